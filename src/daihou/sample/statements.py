"""Writes the statements of enterprises: three years of quarters, healthy but for the few that show a signal.

Figures are cumulated over the year, as the forms ask; assets equal liabilities and equity to the fen.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal

from daihou.sample.deals import WAN, Deal
from daihou.sample.dice import Dice
from daihou.sample.parties import Client
from daihou.sample.register import Register
from daihou.units import add_months, quarter_end

QUARTERS = 12
_REPORTED_AFTER = 20
TROUBLES = (
    "应收异增",
    "存货异增",
    "产品集中",
    "债务猛增",
    "增收减利",
    "现金流恶化",
    "关联异常",
    "出售资产",
    "坏账上升",
    "由盈转亏",
    "资不抵债",
    "报表失实",
)


def reporting_clients(deals: list[Deal]) -> list[Client]:
    """Return the enterprises that owe statements: those with a guarantee or a loan in force, in order."""
    found: dict[str, Client] = {}
    for deal in deals:
        if deal.client.is_firm and deal.disbursed and not deal.closed:
            found[deal.client.key] = deal.client
    return list(found.values())


def write_statements(register: Register, deals: list[Deal], seed: int) -> None:
    """Write the statements and what was asked for; trouble befalls every fifth of the first clients."""
    clients = reporting_clients(deals)
    for number, client in enumerate(clients):
        trouble = TROUBLES[number // 4] if number % 4 == 2 and number // 4 < len(TROUBLES) else None  # noqa: PLR2004
        _statements(register, client, trouble, Dice(seed, "statements", client.key))
        _papers_due(register, client, number)


def last_reported(as_of: date) -> date:
    """Return the last quarter end whose statements are in."""
    return quarter_end(add_months(as_of - timedelta(days=_REPORTED_AFTER + 3), -3))


def _statements(register: Register, client: Client, trouble: str | None, dice: Dice) -> None:
    last = last_reported(register.as_of)
    scale = (600 + dice.below(5000)) * WAN // 100  # a quarter's sales, fen x 1 %
    growth = 3 + dice.below(5)
    for back in range(QUARTERS - 1, -1, -1):
        end = quarter_end(add_months(last, -3 * back))
        year, quarter = end.year - last.year, end.month // 3
        sales = scale * (100 + growth * (year + 3)) * quarter
        figures = _healthy(sales, quarter, scale)
        if back == 0 and trouble is not None:
            figures |= _troubled(trouble, figures)
        received = end + timedelta(days=12 + dice.below(_REPORTED_AFTER - 12))
        register.add(
            "报表",
            主体=client.key,
            期末=end,
            口径="季",
            合并报表=False,
            收到日=received,
            **_balanced(figures),
        )


def _healthy(sales: int, quarter: int, scale: int) -> dict[str, int | Decimal]:
    """A quiet trade: everything in proportion to the sales of a quarter or to the firm's size."""
    base, one = scale * 100, sales // quarter
    return {
        "货币资金": one * 30 // 100,
        "交易性金融资产": 0,
        "应收账款": one * 60 // 100,
        "坏账准备": one * 2 // 100,
        "预付账款": one * 12 // 100,
        "其他应收款": one * 8 // 100,
        "关联应收": one * 3 // 100,
        "存货": one * 70 // 100,
        "固定资产净额": base * 2 - base * quarter // 100,
        "短期借款": base * 80 // 100,
        "应付账款": one * 45 // 100,
        "预收账款": one * 10 // 100,
        "长期借款": base * 50 // 100,
        "营业收入": sales,
        "营业成本": sales * 78 // 100,
        "坏账损失": sales * 3 // 1000,
        "利息费用": base * quarter * 2 // 100,
        "利润总额": sales * 9 // 100,
        "净利润": sales * 7 // 100,
        "本期折旧": base * quarter // 100,
        "经营流入": sales * 108 // 100,
        "销售收现": sales * 105 // 100,
        "经营净流": sales * 6 // 100,
        "纳税收入": sales,
        "银行流入": sales * 98 // 100,
        "首产品占比": Decimal("0.42"),
        "首客户占比": Decimal("0.18"),
    }


def _troubled(trouble: str, of: Mapping[str, int | Decimal]) -> dict[str, int | Decimal]:
    """The figures that a trouble changes."""

    def times(name: str, percent: int) -> int:
        return int(of[name]) * percent // 100

    changes: dict[str, dict[str, int | Decimal]] = {
        "应收异增": {"应收账款": times("应收账款", 155)},
        "存货异增": {"存货": times("存货", 140)},
        "产品集中": {"首产品占比": Decimal("0.78"), "首客户占比": Decimal("0.55")},
        "债务猛增": {"短期借款": times("短期借款", 160)},
        "增收减利": {
            "净利润": times("净利润", 70),
            "利润总额": times("利润总额", 72),
            "营业收入": times("营业收入", 104),
        },
        "现金流恶化": {"经营流入": times("经营流入", 62), "经营净流": -times("经营净流", 120)},
        "关联异常": {"关联应收": times("关联应收", 190), "其他应收款": times("其他应收款", 150)},
        "出售资产": {"固定资产净额": times("固定资产净额", 70)},
        "坏账上升": {"坏账损失": times("坏账损失", 260), "坏账准备": times("坏账准备", 300)},
        "由盈转亏": {"净利润": -times("净利润", 40), "利润总额": -times("利润总额", 30)},
        "资不抵债": {"负债合计": 1, "净利润": -times("净利润", 300), "利润总额": -times("净利润", 300)},
        "报表失实": {"纳税收入": times("纳税收入", 55), "银行流入": times("银行流入", 50)},
    }
    return changes[trouble]


def _balanced(figures: Mapping[str, int | Decimal]) -> dict[str, int | Decimal]:
    """Add the sums; an insolvent firm owes a tenth more than it has."""
    at = {name: int(value) for name, value in figures.items() if isinstance(value, int)}
    current = sum(at[n] for n in ("货币资金", "应收账款", "预付账款", "其他应收款", "存货"))
    total = current + at["固定资产净额"]
    short = at["短期借款"] + at["应付账款"] + at["预收账款"]
    debts = total * 110 // 100 if "负债合计" in at else short + at["长期借款"]
    equity = total - debts
    sums = {"流动资产": current, "资产总计": total, "流动负债": short, "负债合计": debts}
    return {**figures, **sums, "权益": equity, "未分配利润": equity * 2 // 5}


def _papers_due(register: Register, client: Client, number: int) -> None:
    """What the client had to hand in for the last four quarters; a few are late with the last."""
    last = last_reported(register.as_of)
    for back in range(4):
        end = quarter_end(add_months(last, -3 * back))
        due = end + timedelta(days=_REPORTED_AFTER)
        late = back == 0 and number % 37 == 5  # noqa: PLR2004 - one in thirty-seven
        register.add(
            "资料应报",
            主体=client.key,
            资料="纳税申报表" if late else "财务报表",
            所属期末=end,
            应报日=due,
            收到日=None if late else due - timedelta(days=4),
            催办次数=3 if late and number > 40 else int(late),  # noqa: PLR2004 - the later one was asked thrice
            正当理由=False,
        )
