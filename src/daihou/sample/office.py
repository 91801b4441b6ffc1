"""Writes what the office does by the calendar: cash, bank reconciliations, returns, archives, assignments."""

from collections.abc import Iterator
from datetime import date, timedelta

from daihou.sample.company import BRANCHES, COMPANY, EAST, HEAD, WEST, founded
from daihou.sample.deals import WAN, Deal
from daihou.sample.register import Register, Value
from daihou.units import Period, PeriodKind, add_months, day_of_next_month, period_of, shift

_CASH_DAYS = 60
_HALF_MONTHS = 26
# name, post, receiver, frequency, days of grace
_RETURNS: tuple[tuple[str, str, str, str, int], ...] = (
    ("融资担保公司主要数据月报表", "档案员", "地方金融管理局", "月", 10),
    ("风险指标季报", "风控专员", "地方金融管理局", "季", 15),
    ("资金周报", "出纳", "财务经理", "周", 2),
    ("现金日报", "出纳", "财务经理", "工作日", 1),
    ("费用预算执行通报", "会计", "各部门", "季", 20),
    ("操作风险报告", "风控专员", "总经理", "半年", 30),
    ("客户满意度调查", "客服部经理", "总经理", "季", 20),
    ("服务质量半月报", "客服专员", "客服部经理", "半月", 3),
    ("年度信贷计划", "信贷主管", "总经理", "年", 31),
)
_KINDS = {
    "工作日": PeriodKind.WORKDAY,
    "周": PeriodKind.WEEK,
    "半月": PeriodKind.HALF_MONTH,
    "月": PeriodKind.MONTH,
    "季": PeriodKind.QUARTER,
    "半年": PeriodKind.HALF_YEAR,
    "年": PeriodKind.YEAR,
}
_COMPANY_REPORTS: tuple[tuple[str, PeriodKind, int, str], ...] = (
    ("担保质量分析", PeriodKind.QUARTER, 13, "E12"),
    ("风险报告", PeriodKind.MONTH, 8, "E08"),
)


def write_office(register: Register, deals: list[Deal]) -> None:
    """Write everything of this module."""
    _reconciliations(register)
    _cash(register)
    _returns(register)
    _company_reports(register)
    _archives(register, deals)
    _assignments(register)
    _asked_forms(register, deals)


def _ended(register: Register, kind: PeriodKind, start: date) -> Iterator[Period]:
    """Give the periods from a day on that have ended by the day of the register."""
    period = period_of(kind, start, register.calendar)
    while period.end < register.as_of:
        yield period
        period = shift(period, 1, register.calendar)


def _reconciliations(register: Register) -> None:
    for number, account in enumerate(register.found("账户")):
        for month in _ended(register, PeriodKind.MONTH, founded(register.as_of)):
            made = day_of_next_month(month.end, 3 + number)
            late = number == 3 and (register.as_of - month.end).days < 31  # noqa: PLR2004 - the last account is behind
            if not late:
                register.add(
                    "余额调节", 账户=str(account["account_no"]), 所属月=month.start, 编制日=made, 未达金额=0
                )
    for month in _ended(register, PeriodKind.MONTH, founded(register.as_of)):
        done = day_of_next_month(month.end, 4)
        register.add(
            "对账", 公司=COMPANY, 所属月=month.start, 日期=done, 会计不良=30 * WAN, 台账不良=30 * WAN
        )


def _cash(register: Register) -> None:
    for back in range(_CASH_DAYS, -1, -1):
        day = register.as_of - timedelta(days=back)
        if not register.calendar.is_working(day):
            continue
        for number, branch in enumerate(BRANCHES):
            over = (back + number * 5) % 19 == 0
            banked = None if over and back < 2 else register.work(day, 1)  # noqa: PLR2004 - the last is still in the vault
            amount = 24_000_00 if over else 9_000_00 + (back * 131 + number * 57) % 7000 * 100
            register.add("现金日结", 机构=branch, 日期=day, 余额=amount, 送存日=banked if over else None)
            if branch != EAST and (back > 0 or branch == HEAD):
                register.add("现金盘点", 机构=branch, 日期=day, 种类="自盘", 账面数=amount, 实点数=amount)
    half = shift(period_of(PeriodKind.HALF_MONTH, register.as_of), -_HALF_MONTHS)
    while half.start <= register.as_of:
        for number, branch in enumerate((HEAD, WEST)):
            day = register.calendar.roll_back(half.end - timedelta(days=1 + number))
            register.add("现金盘点", 机构=branch, 日期=day, 种类="会盘", 账面数=8_000_00, 实点数=8_000_00)
        half = shift(half, 1)
    for number, (amount, use) in enumerate(
        ((86_000, "差旅"), (240_000, "零星支出"), (3_000_000, "其他"), (120_000, "备用金"))
    ):
        day = register.as_of - timedelta(days=number)
        register.add("现金支出", 凭证号=register.number("PZ"), 机构=HEAD, 日期=day, 金额=amount, 用途=use)


def _returns(register: Register) -> None:
    """Every return in time, but for the last of three of them."""
    for number, (name, post, receiver, frequency, grace) in enumerate(_RETURNS, 1):
        years = 1 if frequency in {"工作日", "周", "半月"} else 3
        start = period_of(_KINDS[frequency], add_months(register.as_of, -12 * years), register.calendar).start
        key = f"BS{number:02d}"
        cells: dict[str, Value] = {
            "岗位": post,
            "收件方": receiver,
            "频率": frequency,
            "宽限天": grace,
            "起用日": start,
        }
        register.add("报送事项", 事项号=key, 机构=HEAD, 名称=name, **cells)
        periods = list(_ended(register, _KINDS[frequency], start))
        for index, period in enumerate(periods):
            if number in {1, 3, 7} and index == len(periods) - 1:
                continue
            sent = period.end + timedelta(days=max(1, grace * 2 // 3))
            register.add("报送记录", 事项=key, 所属期初=period.start, 报送日=sent, 报送人="E33")


def _company_reports(register: Register) -> None:
    for kind, every, day, author in _COMPANY_REPORTS:
        for period in _ended(register, every, founded(register.as_of)):
            sent = day_of_next_month(period.end, day)
            cells: dict[str, Value] = {
                "公司": COMPANY,
                "员工": author,
                "所属期初": period.start,
                "提交日": sent,
            }
            register.add("报告", 报告号=register.number("BG"), 种类=kind, **cells)


def _archives(register: Register, deals: list[Deal]) -> None:
    for years in range(4):
        day = add_months(register.as_of, -12 * years).replace(month=4, day=12)
        register.add("档案检查", 公司=COMPANY, 日期=day, 检查人="E34")
    lent = [deal for deal in deals if deal.disbursed and deal.fate == "健康"][:6]
    for number, deal in enumerate(lent):
        out = register.as_of - timedelta(days=6 + number * 9)
        due = out + timedelta(days=7)
        back = None if number in {0, 2} else due - timedelta(days=1)
        cells: dict[str, Value] = {"借阅人": deal.manager, "借出日": out, "应归还日": due, "归还日": back}
        volume = str(register.found("档案卷", "合同", deal.no)[0]["volume_kind"])
        register.add("档案借阅", 借阅号=register.number("JY"), 档案卷=f"{deal.no}/{volume}", **cells)


def _asked_forms(register: Register, deals: list[Deal]) -> None:
    """A questionnaire about a healthy client and a worksheet about a car, each given yesterday."""
    guaranteed = next(
        deal for deal in deals if deal.line == "担保" and deal.fate == "健康" and not deal.closed
    )
    car = next(deal for deal in deals if deal.line == "车贷" and not deal.closed and deal.disbursed)
    for deal, form, text in (
        (guaranteed, "客户问卷", "发一份问卷，收回原件留底"),
        (car, "车贷贷后工作表", "上门看车，填车贷贷后工作表"),
    ):
        register.add(
            "交办", 交办号=register.number("JB"), 员工=deal.manager, 交办人="E04", 事由=text, 合同=deal.no, 要填的表=form,
            交办日=_from(register, -1), 期限=_from(register, 5),
        )  # fmt: skip


def _assignments(register: Register) -> None:
    """What a superior put on a desk: done, open, due today, overdue; advances to staff; the specialist's daily review."""
    for officer, text, given, due, done in (
        ("E16", "核实青岚食品园客户名单", -20, -10, -12),
        ("E18", "补齐项目贷款工程进度照片", -9, -2, None),
        ("E10", "汇总第三季度预警处理情况", -6, 0, None),
        ("E33", "整理监管检查整改材料", -3, 4, None),
        ("E25", "回复云浦客户投诉", -1, 1, None),
    ):
        cells: dict[str, Value] = {
            "员工": officer,
            "交办人": "E04",
            "事由": text,
            "期限": _from(register, due),
        }
        day = _from(register, done) if done is not None else None
        register.add("交办", 交办号=register.number("JB"), **cells, 交办日=_from(register, given), 完成日=day)
    for back in range(20, 0, -1):
        day = register.as_of - timedelta(days=back)
        if register.calendar.is_working(day):
            cells = {
                "员工": "E25",
                "交办人": "E04",
                "事由": "查阅客户资料",
                "交办日": day,
                "期限": day,
                "完成日": day,
            }
            register.add("交办", 交办号=register.number("JB"), **cells)
    for number, (lent, due, paid) in enumerate(((-60, -30, -31), (-25, -4, None), (-5, 25, None))):
        cells = {"员工": ("E19", "E20", "E23")[number], "金额": (number + 2) * 1000_00, "事由": "差旅借支"}
        back_day = _from(register, paid) if paid is not None else None
        register.add(
            "借支",
            借支号=register.number("JZ"),
            **cells,
            借出日=_from(register, lent),
            应收日=_from(register, due),
            收讫日=back_day,
        )


def _from(register: Register, days: int) -> date:
    return register.as_of + timedelta(days=days)
