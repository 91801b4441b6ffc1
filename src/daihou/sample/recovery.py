"""Writes what was demanded of the company, what it paid for clients, and how it goes after them."""

from datetime import date, timedelta

from daihou.sample.deals import Deal
from daihou.sample.register import Register, Value

_STEPS = (("起诉", 5), ("财产保全", 12), ("强制执行", 120), ("和解", 150))


def write_recovery(register: Register, deals: list[Deal]) -> None:
    """Write the demand of today, the payments of today and of three working days ago, and the one long since recovered."""
    for deal in deals:
        if deal.fate == "代偿要求":
            _demand(register, deal, register.as_of, reported=False)
        elif deal.fate == "代偿":
            paid = register.as_of if deal.waits else register.work(register.as_of, -3)
            _payment(register, deal, paid, half_done=True)
        elif deal.fate == "已追偿":
            _payment(register, deal, register.work(register.as_of - timedelta(days=215), 1), half_done=False)


def _demand(register: Register, deal: Deal, day: date, *, reported: bool) -> str:
    told = day if reported else None
    cells: dict[str, Value] = {"业务部报告日": day, "担保经理报告日": told, "股东报告日": told}
    amount = deal.amount * 103 // 100
    return register.add(
        "代偿要求", 要求号=register.number("YQ"), 合同=deal.no, 收到日=day, 金额=amount, **cells
    )


def _payment(register: Register, deal: Deal, paid: date, *, half_done: bool) -> None:
    """Half done: plan and letters went out, the suit and half of the offices are still open."""
    demand = _demand(register, deal, register.work(paid, -8), reported=True)
    soon = register.work(paid, 1)
    key = register.add(
        "代偿",
        代偿号=register.number("DC"),
        合同=deal.no,
        代偿要求=demand,
        起息日=paid,
        本金=deal.amount,
        利息=deal.amount * 2 // 100,
        罚息=deal.amount // 100,
        费用=0,
        项目经理报告日=paid,
        风控经理报告日=paid,
        股东报告日=soon,
        方案提出日=soon,
        方案批准日=None if half_done else soon,
        法律顾问告知日=soon,
    )
    _pursued(register, deal, key, paid, half_done=half_done)
    if half_done:
        register.moved("合同", deal.no, "状态", (paid, "在保", "已代偿"))
        return
    for means, after in _STEPS:
        cells: dict[str, Value] = {
            "代偿": key,
            "种类": means,
            "日期": paid + timedelta(days=after),
            "经办人": "E11",
        }
        back = deal.amount if means == "和解" else None
        register.add(
            "追偿动作", 动作号=register.number("ZC"), **cells, 对方=deal.client.key, 费用=20_000_00, 收回=back
        )


def _pursued(register: Register, deal: Deal, key: str, paid: date, *, half_done: bool) -> None:
    soon = register.work(paid, 1)
    register.add(
        "追偿对象",
        代偿=key,
        主体=deal.client.key,
        身份="债务人",
        通知发出日=soon,
        回执日=register.work(soon, 2),
    )
    for surety in register.found("反担保", "合同", deal.no):
        told = None if half_done else soon
        cells: dict[str, Value] = {
            "通知发出日": told,
            "回执日": None if half_done else register.work(soon, 4),
        }
        register.add("追偿对象", 代偿=key, 主体=str(surety["counter_guarantor"]), 身份="反担保人", **cells)
    for number, office in enumerate(("市场监管", "税务", "司法机关", "贷款银行")):
        asked = None if half_done and number < 2 else register.work(paid, 2)  # noqa: PLR2004 - two of the four are open
        register.add("联系事项", 代偿=key, 单位=office, 联系日=asked)
