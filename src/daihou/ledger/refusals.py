"""Why a row cannot be written, in the user's words."""

from __future__ import annotations

from django.utils.translation import gettext as _

from daihou.ledger.acts import RowRefusedError
from daihou.registers.sealing import seals


def refusal(refused: RowRefusedError) -> str:
    """Why a row cannot be written, in the user's words."""
    texts = {
        "row-stands-already": _("已经有同样的一条（%(key)s）；要改它请用“更正”。"),
        "row-not-found": _("这一条刚刚被别人更正或作废了，请刷新后再看。"),
        "row-referred-to": _("还有别的记录引用它（%(key)s），先作废那一条。"),
        "reason-missing": _("请写明理由。"),
        "value-missing": _("缺这一项。"),
        "step-not-now": _("这份合同现在的状态不能办这一步，请刷新后再看。"),
        "work-held": _("%(key)s 名下还有%(told)s：先办责任移交，签完再登记离职；他自己做过的事由他办完。"),
        "day-ahead": _("只能写今天和以前的日子。"),
        "maturity-not-later": _("到期日要更晚。"),
        "before-disbursement": _("不能早于放款日。"),
    }
    shown = seals().marked(refused.key)
    return texts.get(refused.code, _("不能写入（%(key)s）。")) % {"key": shown, "told": refused.told}
