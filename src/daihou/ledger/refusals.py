"""Why a row cannot be written, in the user's words."""

from __future__ import annotations

from django.utils.translation import gettext as _

from daihou.ledger.acts import DecidedElsewhereError, RowRefusedError
from daihou.registers.sealing import seals
from daihou.screens.tags import lang, words


def refusal(refused: RowRefusedError) -> str:
    """Why a row cannot be written, in the user's words."""
    if isinstance(refused, DecidedElsewhereError):
        return refused.decided.said[lang()]
    texts = {
        "row-stands-already": _("已经有同样的一条（%(key)s）；要改它请用“更正”。"),
        "row-not-found": _("这一条刚刚被别人更正或作废了，请刷新后再看。"),
        "row-referred-to": _("还有别的记录引用它（%(key)s），先作废那一条。"),
        "reason-missing": _("请写明理由。"),
        "value-missing": _("缺这一项。"),
        "step-not-now": _("这份合同现在是“%(now)s”，“%(step)s”只能在这些状态办：%(starts)s。"),
        "step-of-others": _("这笔是公司自己放的贷款，不能“%(step)s”：收不回的办核销。"),
        "work-held": _("%(key)s 名下还有%(told)s：先办责任移交，签完再登记离职；他自己做过的事由他办完。"),
        "step-not-yours": _("这一步不归您的岗位办；谁能办见“岗位权限”。"),
        "amount-nothing": _("金额要大于零。"),
        "exceeds-owing": _("多于现在欠的 %(owing)s 元，请核对。"),
        "before-compensation": _("不能早于代偿日 %(day)s。"),
        "exceeds-paid": _("一共代偿 %(owing)s 元，另已收回 %(back)s 元，收不回这么多，请核对。"),
        "not-in-archive": _("这一卷到那天还没有移交档案室，借不出去：先在“档案卷”里登记移交日。"),
        "lent-already": _("这一卷已经借出（%(told)s），还回来才能再借。"),
        "exceeds-demand": _("多于债权人要求的 %(owing)s 元：请核对，确实要多付的写明凭什么。"),
        "balance-owing": _("还欠 %(owing)s 元：先登记还款、把余额改对，再办结清。"),
        "plan-owing": _("到这一天应还的期供还有 %(owing)s 元没还：先在期供里登记还清，再办结清。"),
        "compensation-owing": _(
            "代偿的本金还有 %(owing)s 元没有追回：收回的先在“追偿动作”里登记，确实收不回的办核销。"
        ),
        "compensation-waived": _("代偿款还差 %(owing)s 元没有收回，请写明凭什么了结（和解书、减免的决定）。"),
        "corrected-meanwhile": _("刚刚有别人更正了这一条，您的没有存；请刷新后看过再改。"),
        "paid-early": _(
            "还款计划里还有 %(owing)s 元没有记还：提前还清的，请写明凭什么（银行结清证明、还款凭证）。"
        ),
        "interest-owing": _("到今天还有 %(owing)s 元利息没收：收清利息才能展期。"),
        "extension-not-asked": _("没有展期申请：先在“展期申请”里登记谁要展、准不准，再来办。"),
        "extension-day-missing": _("展期申请 %(request)s 没有写新到期日：先补上，再来办。"),
        "extension-asked-otherwise": _("展期申请里写的新到期日是 %(day)s，和这里不一样。"),
        "loss-below-balance": _("本金余额还有 %(owing)s 元，损失不能比它少：已经收回的先登记、把余额改对。"),
        "paid-otherwise": _("这一天的代偿已经登记过，本金 %(owing)s 元，和这里填的不一样，请核对“代偿”。"),
        "drawn-already": _("已有借据 %(key)s，放过款的合同不能撤销。"),
        "day-ahead": _("只能写今天和以前的日子。"),
        "maturity-not-later": _("到期日要更晚。"),
        "plan-way": _("还款计划怎么跟着变，没有这种办法。"),
        "plan-none-to-come": _("计划里没有还没到期的期供可以改，请选“不动”。"),
        "before-disbursement": _("不能早于放款日。"),
    }
    shown = seals().marked(refused.key)
    said = {name: words(told) if name in {"now", "starts"} else told for name, told in refused.said.items()}
    return texts.get(refused.code, _("不能写入（%(key)s）。")) % {"key": shown, **said}
