"""What the room says of an act that it refuses, in the language of whoever asked."""

from __future__ import annotations

from django.utils.translation import gettext as _


def refusals() -> dict[str, str]:
    """What is said when an act on a matter is refused, by code."""
    return {
        "under-way-already": _("这件事已经在签批了，不能再呈一份。"),
        "no-chain": _("没有规定由谁签批；请找管理员补上签批链。"),
        "amount-missing": _("这类事按金额定签批人，请写明金额。"),
        "nobody-to-sign": _("签批链上有岗位空缺，往上也没有人能签；请管理员补上任职。"),
        "too-many-steps": _("签批步骤太多了，请另呈一份。"),
        "decided-already": _("这一步刚刚已有人签过，请看最新的情况。"),
        "not-under-way": _("这件事现在不在签批中。"),
        "content-changed": _("您打开之后内容有了新的一版，请看过新的内容再签。"),
        "own-work": _("自己的事不能自己签，也不能请经手的人签。"),
        "signed-beside": _("联签要由不同的人签，您已经签过。"),
        "not-yours": _("这一步不由您办。"),
        "opinion-missing": _("请写明意见。"),
        "nobody-above": _("上面没有更高的岗位了。"),
        "not-returned": _("只有退回补正的才能重新呈签。"),
        "nothing-new": _("内容没有变，也没有写补正说明。"),
        "signed-already": _("已经有人签过，不能撤回；请他退回。"),
        "reason-missing": _("请写明理由。"),
        "yourself": _("不能选自己。"),
        "nobody-such": _("没有这个人，或者他今天没有任职。"),
        "signs-already": _("他已经在这一步里了。"),
        "no-such-place": _("请选加在前面、同时还是后面。"),
        "nothing-to-read": _("没有要标为已阅的。"),
        "urged-today": _("今天已经催过一次了。"),
        "days-wrong": _("止日不能早于起日，也不能早于今天。"),
        "amount-wrong": _("金额上限要写成数字，例如 500000。"),
        "ended-already": _("这份授权已经结束了。"),
        "limit-posts": _("请选一个或两个岗位。"),
        "limit-empty": _(
            "要加签的岗位今天没有人担任，或者两个岗位是同一个人，会签不下去；请先登记任职，或另选岗位。"
        ),
        "limit-kinds": _("只有可能涉及合同的事才有金额，请从列出的几类里选。"),
        "limit-day": _("起用日不能早于今天。"),
        "citation-missing": _("请写明依据，例如董事会决议的文号。"),
        "limit-there": _("同样的限额已经在用了。"),
        "limit-gone": _("这条限额已经不在用，或者还没有批下来。"),
        "done-meanwhile": _("任务已经办结，不用再延期；请退回或不同意。"),
        "too-late": _("任务已过期限，延期不再起作用；请退回或不同意。"),
        "postponed-today": _("这项任务今天已经批过一次延期了。"),
        "same-person": _("移交人和接收人不能是同一个人。"),
        "nothing-to-hand-over": _("没有选要移交的事项。"),
        "not-his-any-more": _("清单上有的事项已经不在他名下，或者已在另一份移交单上；请刷新后重新选。"),
        "taker-left": _("接收人今天已经没有任职，移交不能生效；请退回或不同意，另换接收人。"),
        "taker-unfit": _(
            "接收人不担任能接手这些事的岗位，或任职的机构管不到其中的合同；请另选接收人，或先登记他的任职。"
        ),
        "supervises-himself": _("监交人不能是交接双方；请退回，由别人监交。"),
        "warning-gone": _("这条预警已经关闭或不在了，签了也写不下去；请退回或不同意。"),
        "day-wrong": _("延到哪天要写成日期，并且晚于现在的期限。"),
    }
