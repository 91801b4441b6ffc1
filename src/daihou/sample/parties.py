"""Clients, counter-guarantors and the people behind them."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from daihou.sample.dice import Dice
from daihou.sample.identity import (
    CITIES,
    PROVINCE,
    STREETS,
    Named,
    Names,
    company_code,
    mobile,
    resident_number,
)
from daihou.sample.register import Register, Value
from daihou.units import add_months

_FIRST_FIRM = 1000
_FIRST_PHONE = 1000
_FIRMS = frozenset({"企业", "个体工商户"})


@dataclass(frozen=True, slots=True)
class Client:
    """A party as the other modules need it."""

    key: str
    kind: str
    name: str
    industry: str | None
    city: str
    manager: str
    since: date
    phone: str

    @property
    def is_firm(self) -> bool:
        """Whether the party keeps books: an enterprise."""
        return self.kind == "企业"


def _place(city: str, number: int) -> dict[str, Value]:
    """Where two of three clients are found: around a middle of their town that is no town's on any map."""
    if number % 3 == 0:
        return {}
    north, east = 30 + CITIES.index(city) % 4 * Decimal("0.2"), 110 + CITIES.index(city) // 4 * Decimal("0.2")
    return {
        "纬度": north + Decimal(number * 37 % 101 - 50) / 1000, "经度": east + Decimal(number * 53 % 97 - 48) / 1000,
        "坐标来源": "现场取得" if number % 2 else "手工填写",
    }  # fmt: skip


class Parties:
    """Writes the parties as contracts ask for them."""

    def __init__(self, register: Register, seed: int) -> None:
        self._register = register
        self._dice = Dice(seed, "parties")
        self._names = Names(Dice(seed, "names"))
        self._count = 0
        self._last: dict[str, Client] = {}

    def client(self, line: str, branch: str, manager: str, start: date, *, fresh: bool) -> Client:
        """Return the client of a contract of this line: now and then one already served, else a new one."""
        last = self._last.get(line)
        if (
            last is not None
            and not fresh
            and line != "车贷"
            and last.manager == manager
            and self._dice.chance(35)
        ):
            return last
        kind = self._dice.pick(
            {
                "担保": ("企业",) * 8 + ("个体工商户",),
                "贷款": ("企业",),
                "车贷": ("个人",),
                "小贷": ("农户", "农户", "个体工商户", "个人"),
            }[line]
        )
        city = {"J01": CITIES[0], "J02": CITIES[1], "J03": CITIES[2]}[branch]
        if self._dice.chance(15):
            city = self._dice.pick(CITIES[3:])
        since = start - timedelta(days=30 + self._dice.below(400))
        client = self._write(kind, city, manager, min(since, self._register.as_of))
        if not fresh:
            self._last[line] = client
        return client

    def person(self, manager: str, city: str) -> Client:
        """Return a new counter-guarantor."""
        return self._write("个人", city, manager, self._register.as_of - timedelta(days=500))

    def firm(self, manager: str, city: str) -> Client:
        """Return a new enterprise that stands surety."""
        return self._write("企业", city, manager, self._register.as_of - timedelta(days=500))

    def _write(self, kind: str, city: str, manager: str, since: date) -> Client:
        self._count += 1
        number, dice = self._count, self._dice
        person = self._names.person()
        born = self._birthday(number)
        named = self._named(kind, city, person)
        resident = resident_number(born, number % 1000)
        key = company_code(_FIRST_FIRM + number, shop=kind == "个体工商户") if kind in _FIRMS else resident
        client = Client(
            key, kind, named.name, named.industry or None, city, manager, since, mobile(_FIRST_PHONE + number)
        )
        self._register.add(
            "主体",
            证件号=key,
            名称=named.name,
            种类=kind,
            行业=named.industry or None,
            规模=dice.pick(("中型", "小型", "小型", "微型")) if kind == "企业" else None,
            省=PROVINCE,
            市=city,
            地址=f"{city}{dice.pick(STREETS)}{dice.between(1, 320)}号",
            手机=client.phone,
            法定代表人=person if kind in _FIRMS else None,
            法定代表人证件号=resident if kind in _FIRMS else None,
            实际控制人=person if kind == "企业" else None,
            成立日=since - timedelta(days=1500 + dice.below(2500)) if kind in _FIRMS else None,
            生日=born if kind not in _FIRMS else None,
            国有=kind == "企业" and number % 23 == 0,
            涉外=False,
            行业龙头=False,
            **_place(city, number),
            授信额度=None,
            银行评级=dice.between(2, 4) if kind == "企业" else None,
            证照状态="正常" if kind in _FIRMS else None,
            客户等级="一般",
            管户人=manager,
            潜在风险=False,
            禁止联系=False,
            建档日=since,
        )
        return client

    def _birthday(self, number: int) -> date:
        """Grown up on any day of the register; a few have their birthday today or this week."""
        as_of = self._register.as_of
        years = 22 + self._dice.below(35)
        if number % 40 == 0:
            return add_months(as_of + timedelta(days=number // 40 % 4), -12 * years)
        return add_months(as_of, -12 * years) - timedelta(days=self._dice.below(330))

    def _named(self, kind: str, city: str, person: str) -> Named:
        if kind == "企业":
            return self._names.firm(city)
        return (
            self._names.shop(city, person)
            if kind == "个体工商户"
            else Named(person, "农林牧渔业" if kind == "农户" else "")
        )
