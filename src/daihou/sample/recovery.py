"""Writes what was demanded of the company, what it paid for clients, and how it goes after them."""

from datetime import date, timedelta

from daihou.sample.deals import Deal
from daihou.sample.inspections import visit
from daihou.sample.register import Register, Value

_SEEN_BEFORE = (
    ("S20", "业主异常", 110, "老板两次约见都没有露面，厂里说在外地躲债"),
    ("S27", "项目停缓", 75, "新车间停工，设备款没有付清"),
)
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
    _warned_before(register, deal, paid)
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


def _warned_before(register: Register, deal: Deal, paid: date) -> None:
    """What had been seen of a client before the company paid for him: verified, looked into, answered, closed with the payment."""
    for rule, signal, back, seen in _SEEN_BEFORE:
        day = register.work(paid - timedelta(days=back), 1)
        if day <= deal.start:
            continue
        cells: dict[str, Value] = {
            "主体": deal.client.key, "次": day.isoformat(), "合同": deal.no, "信号": signal, "提出日": day, "来源": "人工", "渠道": "现场",
            "提出人": deal.manager, "说明": seen, "核实日": day, "核实结果": "属实", "核实人": deal.manager, "核实说明": "到厂里看过",
            "关闭日": paid, "关闭说明": "已代偿，转入追偿",
        }  # fmt: skip
        key = register.add("预警", 规则=rule, 级别="重要", **cells)
        visit(register, deal, "预警", register.work(day, 1), 结论=seen, 预警=key)
        done: dict[str, Value] = {
            "决定日": register.work(day, 2), "决定人": "E08", "负责人": deal.manager, "期限": day + timedelta(days=30),
            "完成日": register.work(day, 12), "成效": "账户已经盯住，没有挡住逾期",
        }  # fmt: skip
        register.add("处置", 预警=key, 措施="监控账户", **done)


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
