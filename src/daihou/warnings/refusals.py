"""Why something cannot be done about a warning, in the user's words."""

from __future__ import annotations

from django.utils.translation import gettext as _


def refusals() -> dict[str, str]:
    """What is said when an act is refused, by code."""
    return {
        "no-such-warning": _("没有这条预警，请刷新后再看。"),
        "no-such-signal": _("请从清单里选一个信号。"),
        "no-such-client": _("台账里没有这个客户或担保人，请从候选里选。"),
        "no-such-contract": _("没有这份合同，请从候选里选，或留空。"),
        "no-such-level": _("请选级别。"),
        "no-such-channel": _("请选从哪一路看出来的，或留空。"),
        "told-missing": _("请写清看到了什么、凭什么这样说。"),
        "told-too-long": _("请写短一些（1000 字以内），材料放在附件里。"),
        "open-already": _(
            "这个客户的这个信号已有一条同级或更重的在处理，请到那一条里补充；更重了再提更高的级别。"
        ),
        "raised-today": _("今天已经提过同样的一条。"),
        "no-such-outcome": _("请选核实结果。"),
        "verified-already": _("刚刚已有人核实过，请看最新的情况。"),
        "closing-under-way": _("关闭正在签批；要加措施，先把它撤回或退回。"),
        "closed-already": _("这条预警已经关闭。"),
        "not-true": _("核实属实以后才定措施。"),
        "nothing-chosen": _("请至少选一项措施。"),
        "no-such-measure": _("没有这项措施，或同一项选了两次。"),
        "under-way-already": _("选的措施里有正在办或正在送审的，不必再定。"),
        "decision-under-way": _("前面定的措施还在签批，签完再加；急的请催办，或撤回重定。"),
        "decided-today": _("今天已经定过这项措施。"),
        "state-only": _("“国企协调”只用于国有客户，并且公司已经代偿。"),
        "day-passed": _("期限不能早于今天。"),
        "day-wrong": _("办好的日子在决定之后、今天以前。"),
        "nobody-such": _("没有这个人，或者他今天没有任职。"),
        "done-already": _("这项措施已经填过成效。"),
        "not-verified": _("还没有核实，先核实再关闭。"),
        "no-measure": _("属实的预警要先定措施、办完，再送签关闭。"),
        "measure-open": _("还有措施没有办完。"),
        "no-such-listing": _("名单上没有这一条，请刷新后再看。"),
        "off-already": _("已经移出名单。"),
        "no-such-plan": _("请选方案。"),
        "on-already": _("这个客户已经在名单上。"),
        "quicker": _("刚刚有别人也在列名单，请再点一次。"),
        "step-missing": _("请写清每一步要办的事。"),
        "no-such-step": _("方案里没有这一步，请刷新后再看。"),
        "looked-today": _("今天已经记过一次。"),
        "steps-open": _("方案里还有没办完的步骤。"),
        "being-signed": _("移出正在签批。"),
        "no-such-topic": _("请选是哪方面的变化。"),
        "no-such-industry": _("请从清单里选行业，或留空。"),
        "no-such-audience": _("请选发给哪些部门。"),
        "title-missing": _("请写标题，80 字以内。"),
        "too-many-clients": _("一份提示最多点名 500 个客户；再多就按行业提示。"),
        "nobody-to-read": _("没有人收：选发给谁，或点名客户、行业。"),
        "not-told": _("这份提示没有发给您。"),
        "read-already": _("已经记过阅知。"),
        "conclusion-missing": _("请写处理结论：原因、影响、措施的成效、今后怎么看。"),
    }
