"""Days, working days and periods, counted the slow way: one day after the other.

Nothing here is shared with ``daihou.units``: what both agree on is then agreed by two who did not copy.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

ONE_DAY = timedelta(days=1)
KEPT = 4096
"""Periods remembered: the same ones are asked for each rule, object and contract of a day."""
WORKING_DAY = "working_day"
_SATURDAY = 5
_MIDDLE = 15
_DECEMBER = 12
_MONTHS_OF = {"month": 1, "quarter": 3, "half_year": 6, "year": 12}
_DAYS_OF = {"day": 1, "week": 7}
_UNIT_WORDS = {"day": "日", "week": "周", "month": "月", "quarter": "季", "half_year": "半年", "year": "年"}


def add_days(day: date, n: int) -> date:
    """N calendar days later; earlier when negative."""
    return day + timedelta(days=n)


def last_of_month(year: int, month: int) -> date:
    """The last day of a month."""
    following = date(year + 1, 1, 1) if month == _DECEMBER else date(year, month + 1, 1)
    return following - ONE_DAY


def clamped(year: int, month: int, day: int) -> date:
    """That day of the month, or its last day where the month is shorter."""
    return date(year, month, min(day, last_of_month(year, month).day))


def add_months(day: date, n: int) -> date:
    """N months later, same day number or the month's last day (S38)."""
    months = day.year * 12 + day.month - 1 + n
    return clamped(months // 12, months % 12 + 1, day.day)


def day_of_month(day: date, number: int) -> date:
    """That day of the month of ``day``, or its last day."""
    return clamped(day.year, day.month, number)


def day_of_next_month(day: date, number: int) -> date:
    """That day of the month after the month of ``day``, or its last day."""
    first = add_months(day.replace(day=1), 1)
    return clamped(first.year, first.month, number)


def block_start(day: date, months: int) -> date:
    """First day of the block of 1, 3, 6 or 12 months of the year that holds ``day``."""
    return date(day.year, (day.month - 1) // months * months + 1, 1)


def block_end(day: date, months: int) -> date:
    """Last day of the block of 1, 3, 6 or 12 months of the year that holds ``day``."""
    return add_months(block_start(day, months), months) - ONE_DAY


def is_month_end(day: date) -> bool:
    """Whether the next day is the first of a month."""
    return (day + ONE_DAY).day == 1


class WorkDays:
    """Working days from a mapping day -> working; ``days`` need to name only the exceptions to the week.

    Of a year not published they name what is expected of it, mostly nothing: then it is weekends only.
    """

    def __init__(self, days: Mapping[date, bool], published_years: frozenset[int]) -> None:
        self._days = days
        self._years = published_years
        self._added: dict[tuple[date, int], date] = {}
        self._counted: dict[tuple[date, date], int] = {}

    def working(self, day: date) -> bool:
        """Whether people work on that day."""
        return self._days.get(day, day.weekday() < _SATURDAY)

    def add(self, day: date, n: int) -> date:
        """The n-th working day after ``day`` (before it when negative); the day itself for 0 (S38)."""
        known = self._added.get((day, n))
        if known is None:
            known = self._added[day, n] = self.walk(day, n)[-1][0]
        return known

    def walk(self, day: date, n: int) -> list[tuple[date, bool]]:
        """The start, then every day passed with whether it was counted, up to the n-th working day."""
        passed = [(day, False)]
        left = abs(n)
        while left:
            day = day + ONE_DAY if n > 0 else day - ONE_DAY
            counts = self.working(day)
            passed.append((day, counts))
            left -= counts
        return passed

    def count(self, start: date, end: date) -> int:
        """Working days d with start < d <= end; minus the count the other way round where end is earlier."""
        if end < start:
            return -self.count(end, start)
        known = self._counted.get((start, end))
        if known is None:
            span = (end - start).days
            known = sum(self.working(start + timedelta(days=i)) for i in range(1, span + 1))
            self._counted[start, end] = known
        return known

    def on_or_before(self, day: date) -> date:
        """The last working day not after ``day``."""
        while not self.working(day):
            day -= ONE_DAY
        return day

    def assumed(self, first: date, last: date) -> bool:
        """Whether a day from first to last lies in a year that is not published."""
        return any(year not in self._years for year in range(first.year, last.year + 1))


@dataclass(frozen=True)
class Period:
    """A span of days, both ends included; ``offset`` counts from the period that holds the as-of day."""

    offset: int
    start: date
    end: date
    label: str


def calendar_period(kind: str, day: date, offset: int, work: WorkDays) -> Period | None:
    """The period of a kind that lies ``offset`` periods from the one that holds ``day``.

    A rest day lies in no working day: there the present period is None, those before are the working days before.
    """
    if kind == WORKING_DAY:
        if offset == 0 and not work.working(day):
            return None
        end = work.add(day, offset)
        return Period(offset, end, end, f"{end.isoformat()}工作日")
    return _plain_period(kind, day, offset)


@lru_cache(maxsize=KEPT)
def _plain_period(kind: str, day: date, offset: int) -> Period:
    """A period that no holiday moves."""
    if kind == "half_month":
        return _half_month(day, offset)
    if kind in _DAYS_OF:
        length = _DAYS_OF[kind]
        start = add_days(day if length == 1 else add_days(day, -day.weekday()), offset * length)
        return Period(offset, start, add_days(start, length - 1), _label(kind, start))
    months = _MONTHS_OF[kind]
    start = add_months(block_start(day, months), offset * months)
    return Period(offset, start, block_end(start, months), _label(kind, start))


def _half_month(day: date, offset: int) -> Period:
    """1st to 15th, 16th to month end."""
    halves = (day.year * 12 + day.month - 1) * 2 + (day.day > _MIDDLE) + offset
    months, second = divmod(halves, 2)
    first = date(months // 12, months % 12 + 1, 1)
    if second:
        return Period(offset, first.replace(day=16), block_end(first, 1), f"{first:%Y-%m}下")
    return Period(offset, first, first.replace(day=_MIDDLE), f"{first:%Y-%m}上")


def _label(kind: str, start: date) -> str:
    """The year, the place in the year, the kind."""
    year, week, _ = start.isocalendar()
    return {
        "day": f"{start.isoformat()}日",
        "week": f"{year}W{week:02d}周",
        "month": f"{start:%Y-%m}月",
        "quarter": f"{start.year}Q{(start.month - 1) // 3 + 1}季",
        "half_year": f"{start.year}H{(start.month - 1) // 6 + 1}半年",
        "year": f"{start.year}年",
    }[kind]


def anchored_start(kind: str, anchor: date, k: int) -> date:
    """The day on which the k-th period (from 0) after an anchor begins; never chained (S18)."""
    if kind in _DAYS_OF:
        return add_days(anchor, k * _DAYS_OF[kind])
    return add_months(anchor, k * _MONTHS_OF[kind])


def anchored_period(kind: str, anchor: date, day: date, offset: int) -> Period | None:
    """The anchored period ``offset`` periods from the one that holds ``day``; None before the anchor."""
    if day < anchor:
        return None
    per_year = {"day": 366, "week": 53}.get(kind) or 12 // _MONTHS_OF[kind]
    k = max(0, (day.year - anchor.year - 1) * (per_year - 1))
    while anchored_start(kind, anchor, k + 1) <= day:
        k += 1
    k += offset
    if k < 0:
        return None
    start = anchored_start(kind, anchor, k)
    return Period(
        offset, start, anchored_start(kind, anchor, k + 1) - ONE_DAY, f"第{k + 1}{_UNIT_WORDS[kind]}"
    )


@lru_cache(maxsize=KEPT)
def yearly_period(closing: tuple[tuple[int, int], ...], day: date, offset: int) -> Period:
    """The period ``offset`` periods from that of ``day`` where one ends on each listed (month, day)."""
    years = range(day.year - abs(offset) - 2, day.year + abs(offset) + 3)
    ends = sorted(clamped(year, month, number) for year in years for month, number in closing)
    here = next(i for i, end in enumerate(ends) if end >= day) + offset
    return Period(offset, ends[here - 1] + ONE_DAY, ends[here], f"{ends[here].isoformat()}止")
