"""Writes the checks of every contract as a diligent company makes them, and the few that were missed."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from decimal import Decimal

from daihou.sample.deals import WAN, Deal
from daihou.sample.dice import Dice
from daihou.sample.register import Register, Value
from daihou.units import PeriodKind, add_months, period_of, shift

CLASS_MONTHS = {1: 6, 2: 3, 3: 1}
_WORST_CLASS = 4
_FORGOTTEN = 25  # of a hundred acts that fell into the last days
_RECENT = 9
_STOCK_DAYS = 45
_STOCKS = 5


def write_inspections(register: Register, deals: list[Deal], seed: int) -> None:
    """Write the checks of all contracts."""
    to_do = next(
        (deal for deal in deals if deal.line == "小贷" and deal.disbursed and deal.closed is None), None
    )
    for deal in deals:
        if deal.disbursed:
            dice = Dice(seed, "inspections", deal.no)
            if deal.line == "小贷":
                _micro(register, deal, dice, followed=deal is not to_do)
            else:
                {"担保": _guarantee, "贷款": _loan, "车贷": _car}[deal.line](register, deal, dice)
    stocked = [deal for deal in deals if deal.line == "担保" and deal.fate == "健康"][:_STOCKS]
    for number, deal in enumerate(stocked):
        _stock(register, deal, number)


def visit(register: Register, deal: Deal, kind: str, day: date, **more: Value) -> str | None:
    """Write one check with its report; None when the day has not come."""
    if day > register.as_of or (deal.closed is not None and day > deal.closed):
        return None
    cells: dict[str, Value] = {
        "报告提交日": register.work(day, 2),
        "报送项目部日": register.work(day, 3) if deal.line == "贷款" else None,
        "报送风控部日": register.work(day, 3) if deal.line == "贷款" else None,
        "归档日": register.work(day, 4),
        "书面建议日": register.work(day, 1) if deal.risk_class == _WORST_CLASS else None,
        "结果": "完成",
        "紧急": False,
        "结论": "经营正常，未见异常",
    }
    return register.add(
        "检查",
        走访号=register.number("ZF"),
        合同=deal.no,
        种类=kind,
        客户=deal.client.key,
        检查日=day,
        检查人=deal.manager,
        **(cells | more),
    )


def _rolling(register: Register, deal: Deal, dice: Dice, due_after: Callable[[date], date]) -> Iterator[date]:
    """Give the days of checks, each a little before it fell due; some of the latest were forgotten."""
    day = deal.start
    limit = min(register.as_of, deal.closed or register.as_of)
    while True:
        due = due_after(day)
        day = register.calendar.roll_back(due - timedelta(days=dice.below(max(2, (due - day).days // 6))))
        if day > limit or ((register.as_of - day).days < _RECENT and dice.chance(_FORGOTTEN)):
            return
        yield day


def _guarantee(register: Register, deal: Deal, dice: Dice) -> None:
    use = deal.start + timedelta(days=2 + dice.below(8))
    if not (deal.fate == "新放" and dice.chance(50)):
        visit(register, deal, "用途", use)
    months = CLASS_MONTHS.get(deal.risk_class)
    due: Callable[[date], date] = lambda day: add_months(day, months) if months else day + timedelta(days=21)  # noqa: E731
    for day in _rolling(register, deal, dice, due):
        visit(register, deal, "常规", day)
    end = add_months(deal.ends, -6) if deal.fate == "展期" else deal.ends
    before = end - timedelta(days=15) if deal.kind == "承兑" else add_months(end, -1)
    forgotten = deal.fate == "到期" and (register.as_of - before).days > _RECENT
    if not forgotten:
        visit(
            register,
            deal,
            "还款能力",
            max(before - timedelta(days=dice.below(9)), deal.start + timedelta(days=1)),
        )


def _loan(register: Register, deal: Deal, dice: Dice) -> None:
    paid = register.work(deal.start, 2)
    visit(register, deal, "用途", register.work(paid, 1), 发现挪用=False)
    days = 90 if deal.product in {"固定资产贷款", "项目贷款"} else 45
    stock = deal.amount // 3
    for number, day in enumerate(_rolling(register, deal, dice, lambda day: day + timedelta(days=days - 3))):
        made = day
        if deal.fate == "核销" and number > 1:
            made = day + timedelta(days=12)
        stock = stock * (94 + dice.below(13)) // 100
        last = number == 0 and deal.product == "项目贷款"
        visit(
            register,
            deal,
            "日常",
            made,
            存货=stock,
            停工天数=0,
            变化提示日=register.work(made, 1) if last else None,
        )
    if deal.fate == "健康" and deal.product != "委托贷款":
        _promises(register, deal, dice)


def _promises(register: Register, deal: Deal, dice: Dice) -> None:
    """Write the day on which delivery or invoicing was agreed, and that it was looked at."""
    agreed = deal.start + timedelta(days=30 + dice.below(120))
    seen = agreed if (register.as_of - agreed).days > 1 else None
    register.add(
        "用途约定",
        借据=f"{deal.no}-1",
        种类=dice.pick(("预付款", "到货", "开票")),
        约定日=agreed,
        核查日=seen,
    )
    if deal.product != "项目贷款":
        return
    day = add_months(deal.start, 2)
    while day <= register.as_of:
        register.add("项目进度", 合同=deal.no, 报告日=day, 状态="正常", 延误月=Decimal(0))
        day = add_months(day, 3)


def _micro(register: Register, deal: Deal, dice: Dice, *, followed: bool) -> None:
    """Follow the funds once in every period: by the year, the half-year or the quarter, by amount. Of one loan that of today's period is still to do, whatever the day."""
    kind = PeriodKind.QUARTER
    if deal.amount <= 5 * WAN:
        kind = PeriodKind.YEAR if deal.amount <= WAN else PeriodKind.HALF_YEAR
    for day in once_a_period(register, kind, deal.start, deal.closed, dice):
        if followed or day < period_of(kind, register.as_of).start:
            visit(register, deal, "跟踪", day)
    if deal.amount >= 28 * WAN and not deal.waits:
        for day in once_a_period(register, PeriodKind.YEAR, deal.start, deal.closed, dice):
            visit(register, deal, "公司年检", day)


def once_a_period(
    register: Register, kind: PeriodKind, start: date, end: date | None, dice: Dice
) -> Iterator[date]:
    """Give one day in every period between two days; a first period of less than 30 days joins the next."""
    period = period_of(kind, start)
    if (period.end - start).days + 1 < 30:  # noqa: PLR2004 - the docstring says it
        period = shift(period, 1)
    last = min(register.as_of, end or register.as_of)
    while period.start <= last:
        first = max(period.start, start + timedelta(days=1))
        span = (period.end - first).days * 7 // 10
        day = register.calendar.roll_forward(first + timedelta(days=dice.below(max(1, span))))
        if day <= last:
            yield min(day, period.end)
        period = shift(period, 1)


def _car(register: Register, deal: Deal, dice: Dice) -> None:
    """Look at a car loan once a year, and at every troubled one a week after it fell behind."""
    for day in _rolling(register, deal, dice, lambda day: add_months(day, 12)):
        visit(register, deal, "常规", day)


def _stock(register: Register, deal: Deal, number: int) -> None:
    """Write pledged stock, counted every day, by the warehouse on days of rest."""
    key = register.add(
        "押品",
        押品号=f"CH{deal.no}",
        合同=deal.no,
        种类="存货",
        名称=("冷轧钢卷", "白酒基酒", "大米", "电解铜", "木浆")[number],
        权属人=deal.client.key,
        评估价=deal.amount,
        评估日=deal.start,
        抵押率=Decimal(70),
        存放地=f"{deal.client.city}保税仓库{number + 1}号库",
        监管方="青岚仓储监管有限公司",
        最低数量=Decimal(800),
        状态="已入库",
        入库日=deal.start,
    )
    for back in range(_STOCK_DAYS, -1, -1):
        day = register.as_of - timedelta(days=back)
        today_open = back == 0 and number % 2 == 0
        if day <= deal.start or today_open:
            continue
        on_site = register.calendar.is_working(day)
        short = number == 1 and back == 0
        register.add(
            "库存记录",
            押品=key,
            日期=day,
            来源="现场" if on_site else "监管方",
            实际数量=Decimal(760 if short else 900 + (back * 7 + number * 13) % 60),
            监管正常=True,
            置换合规=True,
        )
