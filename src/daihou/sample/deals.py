"""Which contracts the sample has: the special ones that each show something, then healthy ones up to the number.

A deal is the plan of a contract; `contracts` writes it, the other modules write what was done about it. All days
are counted from the day of the register.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from daihou.sample.company import (
    BRANCHES,
    CAR_MANAGERS,
    CREDIT_OFFICERS,
    EAST,
    GUARANTEE_MANAGERS,
    HEAD,
    LOAN_MANAGERS,
    WEST,
)
from daihou.sample.dice import Dice
from daihou.sample.parties import Client, Parties
from daihou.units import add_months

WAN = 10_000_00
_CAR_PAY_DAY = 21
_LINES: tuple[tuple[str, int], ...] = (("担保", 37), ("贷款", 17), ("车贷", 30), ("小贷", 16))
_PREFIX = {"担保": "DB", "贷款": "DK", "车贷": "CD", "小贷": "XD"}
_SHARES = ("担保",) * 37 + ("贷款",) * 17 + ("车贷",) * 30 + ("小贷",) * 16


@dataclass(frozen=True, slots=True)
class Spec:
    """One special contract: its line, what happens to it, and how many days ago (or ahead). ``waits``: nobody has taken the next step yet."""

    line: str
    fate: str
    days: int = 0
    product: str | None = None
    months: int | None = None
    waits: bool = False


SPECIALS: tuple[Spec, ...] = (
    *(Spec("担保", "逾期", days) for days in (1, 7, 31)),
    *(Spec("贷款", "逾期", days) for days in (7, 31, 95)),
    *(Spec("小贷", "逾期", days) for days in (1, 7, 31, 95, 280, 400)),
    *(Spec("车贷", "逾期", missed) for missed in (1, 1, 1, 2, 2, 3)),
    Spec("担保", "代偿", 45),
    Spec("担保", "已追偿", 300),
    Spec("担保", "代偿要求", 62),
    *(Spec("担保", "到期", days) for days in (9, 20, 28, 33, 44)),
    Spec("担保", "到期", 24, "票据承兑担保", 6),
    *(Spec("担保", "新放", days) for days in (0, 4, 9, 13)),
    Spec("担保", "健康", 200, "履约担保", 24),
    Spec("担保", "健康", 90, "诉讼保全担保", 12),
    Spec("担保", "健康", 400, "债券担保", 36),
    Spec("担保", "健康", 150, "供应链担保", 12),
    Spec("担保", "展期", 40),
    *(Spec("担保", "待放", 0) for _ in range(2)),
    Spec("贷款", "健康", 250, "项目贷款", 36),
    Spec("贷款", "健康", 120, "固定资产贷款", 36),
    Spec("贷款", "健康", 330, "委托贷款", 12),
    Spec("贷款", "募集", 15),
    Spec("贷款", "募集", 9),
    Spec("贷款", "募集", 40),
    *(Spec("贷款", "新放", days) for days in (2, 6, 11)),
    Spec("贷款", "核销", 20),
    *(Spec("小贷", "到期", days) for days in (0, 3, 6, 25)),
    *(Spec("小贷", "结清", days) for days in (5, 20, 33)),
    Spec("小贷", "展期", 60),
    Spec("小贷", "新放", 1),
    *(Spec("车贷", "新放", days) for days in (1, 2, 5, 12, 25)),
    Spec("车贷", "健康", 900, "二手车分期担保", 36),
    Spec("车贷", "健康", 500, "汽车贷款担保", 36),
    Spec("担保", "代偿", 46, waits=True),  # paid today: no plan yet
    Spec("小贷", "逾期", 96, waits=True),  # bad by its days, and not in the books
    Spec("小贷", "健康", 400, "抵押贷款", 24, waits=True),  # granted by the board: looked at once a year
    Spec("车贷", "逾期", 2, waits=True),  # nobody has called, nobody has been there
    Spec("车贷", "新放", 26, waits=True),  # called to the mortgage, which is not made
)
FEWEST = len(SPECIALS)


@dataclass(frozen=True, slots=True)
class Deal:
    """The plan of one contract. `unpaid_from`: index of the first instalment that stays unpaid, if one does. `waits`: as in its spec."""

    no: str
    line: str
    fate: str
    client: Client
    branch: str
    manager: str
    product: str
    kind: str
    amount: int
    rate: int  # hundredths of a percent a year
    method: str
    start: date
    dues: tuple[date, ...]
    unpaid_from: int | None
    closed: date | None
    risk_class: int
    state: str
    waits: bool = False

    @property
    def ends(self) -> date:
        """The day the contract falls due."""
        return self.dues[-1]

    @property
    def disbursed(self) -> bool:
        """Whether the money went out."""
        return self.fate != "待放"

    def live_on(self, day: date) -> bool:
        """Whether the contract is in management on a day."""
        return self.disbursed and self.start <= day and (self.closed is None or self.closed > day)

    def days_past_due(self, as_of: date) -> int:
        """Days since the oldest unpaid instalment fell due; 0 when nothing is."""
        return 0 if self.unpaid_from is None else max(0, (as_of - self.dues[self.unpaid_from]).days)


@dataclass(frozen=True, slots=True)
class _Course:
    """The days of a contract's life."""

    start: date
    dues: tuple[date, ...]
    unpaid_from: int | None = None
    closed: date | None = None


def plan_deals(as_of: date, contracts: int, seed: int, parties: Parties) -> list[Deal]:
    """Return so many deals, the special ones first; ValueError when there is no room for these."""
    if contracts < FEWEST:
        message = f"the sample needs at least {FEWEST} contracts to show everything"
        raise ValueError(message)
    filler = Dice(seed, "filler")
    specs = list(SPECIALS)
    while len(specs) < contracts:
        specs.append(Spec(_SHARES[len(specs) * 7 % 100], "结清" if filler.chance(16) else "健康", -1))
    counts: dict[str, int] = dict.fromkeys(_PREFIX, 0)
    deals: list[Deal] = []
    for number, spec in enumerate(specs):
        counts[spec.line] += 1
        deals.append(_deal(as_of, spec, counts[spec.line], Dice(seed, "deal", number), parties))
    return deals


def _deal(as_of: date, spec: Spec, count: int, dice: Dice, parties: Parties) -> Deal:
    product, kind = _product(spec, dice)
    term = spec.months or _term(spec, dice)
    course = _course(as_of, spec, term, dice)
    branch, manager = _placed(spec.line, count)
    special = spec.days >= 0
    client = parties.client(spec.line, branch, manager, course.start, fresh=special)
    in_force = "在保" if spec.line in {"担保", "车贷"} else "在贷"
    state = {"待放": "待放款", "代偿": "已代偿", "已追偿": "代偿解保", "核销": "核销"}.get(
        spec.fate, in_force
    )
    if spec.fate == "结清":
        state = "解保" if spec.line in {"担保", "车贷"} else "结清"
    return Deal(
        no=f"{_PREFIX[spec.line]}{course.start.year}{count:04d}",
        line=spec.line,
        fate=spec.fate,
        client=client,
        branch=branch,
        manager=manager,
        product=product,
        kind=kind,
        amount=_amount(spec, dice),
        rate={"担保": 435, "贷款": 780, "车贷": 390, "小贷": 1380}[spec.line] + 5 * dice.below(12),
        method=_method(spec, product),
        start=course.start,
        dues=course.dues,
        unpaid_from=course.unpaid_from,
        closed=course.closed,
        risk_class=_risk_class(spec, dice),
        state=state,
        waits=spec.waits,
    )


def _course(as_of: date, spec: Spec, term: int, dice: Dice) -> _Course:
    if spec.line == "车贷":
        return _car_course(as_of, spec, term, dice)
    if spec.fate in {"逾期", "代偿", "已追偿", "代偿要求", "核销"}:
        return _failing_course(as_of, spec, term)
    if spec.fate in {"到期", "募集"}:
        end = as_of + timedelta(days=spec.days)
        return _Course(add_months(end, -term), _monthly(end, term))
    if spec.fate == "展期":
        end = as_of - timedelta(days=spec.days)
        return _Course(add_months(end, -term), (*_monthly(end, term)[:-1], add_months(end, 6)))
    if spec.fate == "结清":
        end = as_of - timedelta(days=spec.days if spec.days >= 0 else 8 + dice.below(420))
        return _Course(add_months(end, -term), _monthly(end, term), closed=end)
    age = spec.days if spec.days >= 0 else 20 + dice.below(term * 30 - 70)
    start = as_of - timedelta(days=age)
    return _Course(start, tuple(add_months(start, k) for k in range(1, term + 1)))


def _failing_course(as_of: date, spec: Spec, term: int) -> _Course:
    """Paid for five months, then no more: the sixth instalment fell due so many days ago."""
    if spec.fate in {"已追偿", "核销"}:
        due = as_of - timedelta(days=spec.days + 120)
        closed = as_of - timedelta(days=60 if spec.fate == "已追偿" else spec.days)
    else:
        due, closed = as_of - timedelta(days=spec.days), None
    dues = tuple(add_months(due, k - 5) for k in range(term))
    return _Course(add_months(due, -6), dues, unpaid_from=5, closed=closed)


def _car_course(as_of: date, spec: Spec, term: int, dice: Dice) -> _Course:
    """Every instalment falls on the bank's repayment day."""
    if spec.fate == "结清":
        last = add_months(as_of, -(spec.days if spec.days >= 0 else 1 + dice.below(13)))
        dues = _car_days(add_months(last, 1 - term), term)
        return _Course(add_months(dues[0], -1), dues, closed=dues[-1])
    age = spec.days if spec.days >= 0 and spec.fate != "逾期" else 40 + dice.below(term * 30 - 100)
    if spec.fate == "逾期":
        age = 380
    start = as_of - timedelta(days=age)
    dues = _car_days(add_months(start, 1), term)
    if spec.fate != "逾期":
        return _Course(start, dues)
    fallen = sum(due < as_of for due in dues)
    return _Course(start, dues, unpaid_from=fallen - spec.days)


def _car_days(first: date, term: int) -> tuple[date, ...]:
    day = first.replace(day=_CAR_PAY_DAY)
    return tuple(add_months(day, k) for k in range(term))


def _monthly(end: date, term: int) -> tuple[date, ...]:
    return tuple(add_months(end, k - term + 1) for k in range(term))


def _term(spec: Spec, dice: Dice) -> int:
    if spec.fate in {"逾期", "代偿要求", "代偿", "核销", "已追偿"} and spec.line != "车贷":
        return 12
    return dice.pick(
        {"担保": (12, 12, 12, 24), "贷款": (12, 12, 24), "车贷": (24, 36, 36), "小贷": (6, 12, 12, 24)}[
            spec.line
        ]
    )


def _placed(line: str, count: int) -> tuple[str, str]:
    """Return the branch and the manager of the n-th contract of a line."""
    if line == "担保":
        manager = GUARANTEE_MANAGERS[count % len(GUARANTEE_MANAGERS)]
        return (WEST if manager == GUARANTEE_MANAGERS[-1] else HEAD), manager
    if line == "贷款":
        return HEAD, LOAN_MANAGERS[count % len(LOAN_MANAGERS)]
    if line == "车贷":
        return WEST, CAR_MANAGERS[count % len(CAR_MANAGERS)]
    return EAST, CREDIT_OFFICERS[count % len(CREDIT_OFFICERS)]


def _product(spec: Spec, dice: Dice) -> tuple[str, str]:
    product = spec.product
    if spec.fate == "募集":
        product = "定向融资"
    if product is None:
        product = dice.pick(
            {
                "担保": ("贷款担保", "贷款担保", "贷款担保", "票据承兑担保", "履约担保", "供应链担保"),
                "贷款": ("流动资金贷款", "流动资金贷款", "固定资产贷款", "项目贷款"),
                "车贷": ("新车分期担保", "新车分期担保", "二手车分期担保", "汽车贷款担保"),
                "小贷": ("经营贷款", "经营贷款", "农户信用贷款", "消费贷款", "抵押贷款"),
            }[spec.line]
        )
        if spec.line == "担保" and spec.fate != "健康":
            product = "贷款担保"
    kinds = {
        "贷款担保": "流动资金贷款",
        "票据承兑担保": "承兑",
        "履约担保": "履约",
        "诉讼保全担保": "保函",
        "债券担保": "债券",
        "供应链担保": "流动资金贷款",
        "新车分期担保": "信用卡分期",
        "二手车分期担保": "信用卡分期",
        "汽车贷款担保": "个人贷款",
        "固定资产贷款": "固定资产贷款",
        "项目贷款": "项目贷款",
        "流动资金贷款": "流动资金贷款",
        "农户信用贷款": "农户贷款",
        "经营贷款": "个人贷款",
        "消费贷款": "个人贷款",
        "抵押贷款": "个人贷款",
    }
    return product, kinds.get(product, "其他")


def _amount(spec: Spec, dice: Dice) -> int:
    """Return fen."""
    if spec.line == "担保":
        return dice.between(20, 200) * 5 * WAN
    if spec.line == "贷款":
        return dice.between(20, 150) * 10 * WAN
    if spec.line == "车贷":
        return dice.between(60, 300) * WAN // 10
    if spec.fate == "逾期":
        return {1: 3, 7: 6, 31: 12, 95: 18, 96: 18, 280: 8, 400: 4}[spec.days] * WAN
    return dice.pick((8, 15, 30, 45, 60, 80, 120, 200, 300)) * WAN // 10


def _method(spec: Spec, product: str) -> str:
    if product in {"票据承兑担保", "履约担保", "诉讼保全担保", "债券担保"}:
        return "到期一次还清"
    if spec.line == "车贷":
        return "等额本息"
    if spec.line == "小贷" and spec.fate != "展期":
        return "等额本金"
    return "按月付息到期还本"


def _risk_class(spec: Spec, dice: Dice) -> int:
    if spec.fate in {"逾期", "代偿", "代偿要求", "核销", "已追偿"}:
        return 4 if spec.days > 30 else 3  # noqa: PLR2004 - a month past due is the worst class
    return dice.pick((1,) * 13 + (2,) * 5 + (3,) * 2)


assert set(_PREFIX) == {line for line, _ in _LINES}, "every line has a prefix"
assert BRANCHES, "contracts need a branch"
