"""Periods of a recurring duty: calendar periods, periods anchored to a day, and yearly lists of closing days.

All three tile the time line: each day lies in exactly one period of a kind. A label names its kind, so that
a label alone tells one occurrence from another (S1).
"""

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from daihou.units.dates import add_days, add_months, from_month_index, from_ordinal, month_index
from daihou.units.faults import UnitsError
from daihou.units.workdays import Calendar

_WEEK = 7
_MIDDLE = 15  # the last day of the first half of a month
_LEAP_YEAR = 2024
_MONTHS_OF_YEAR = range(1, 13)


class PeriodKind(StrEnum):
    """How the time line is cut."""

    DAY = "day"
    WORKDAY = "workday"  # ends on a working day; rest days belong to the working day after them
    WEEK = "week"  # Monday to Sunday
    HALF_MONTH = "half_month"  # 1st to 15th, 16th to month end
    MONTH = "month"
    QUARTER = "quarter"
    HALF_YEAR = "half_year"
    YEAR = "year"


_MONTHS = {PeriodKind.MONTH: 1, PeriodKind.QUARTER: 3, PeriodKind.HALF_YEAR: 6, PeriodKind.YEAR: 12}
_DAYS = {PeriodKind.DAY: 1, PeriodKind.WEEK: _WEEK}
_UNIT_WORDS = {
    PeriodKind.DAY: "日",
    PeriodKind.WEEK: "周",
    PeriodKind.MONTH: "月",
    PeriodKind.QUARTER: "季",
    PeriodKind.HALF_YEAR: "半年",
    PeriodKind.YEAR: "年",
}


class PeriodError(UnitsError):
    """A period that cannot be formed: no calendar for working days, no such unit, no such closing day."""


@dataclass(frozen=True)
class Period:
    """A closed span of days. `label` is unique among the periods of all kinds that share a cutting."""

    kind: PeriodKind
    start: date
    end: date
    label: str

    def __contains__(self, day: date) -> bool:
        """Whether the day lies within the period, both ends included."""
        return self.start <= day <= self.end


@dataclass(frozen=True)
class AnchoredPeriod(Period):
    """The k-th period (from 0) counted from an origin such as a birthday or the day of the loan."""

    origin: date
    k: int


@dataclass(frozen=True)
class ListedPeriod(Period):
    """A period that ends on one of some (month, day) of every year. Its kind is YEAR: the list is yearly."""

    closing: tuple[tuple[int, int], ...]


def period_of(kind: PeriodKind, day: date, calendar: Calendar | None = None) -> Period:
    """The calendar period that holds `day`. WORKDAY needs the calendar (PeriodError without)."""
    if kind is PeriodKind.WORKDAY:
        return _workday(_require(calendar).roll_forward(day), _require(calendar))
    return _numbered(kind, _number(kind, day))


def shift(period: Period, k: int, calendar: Calendar | None = None) -> Period:
    """The k-th period after (before, when negative) of the same cutting. WORKDAY needs the calendar."""
    if isinstance(period, AnchoredPeriod):
        return anchored(period.kind, period.origin, period.k + k)
    if isinstance(period, ListedPeriod):
        return _listed(period.closing, _closing_number(period.closing, period.end) + k)
    if period.kind is PeriodKind.WORKDAY:
        return _workday(_require(calendar).add_working_days(period.end, k), _require(calendar))
    return _numbered(period.kind, _number(period.kind, period.start) + k)


def _require(calendar: Calendar | None) -> Calendar:
    if calendar is None:
        raise PeriodError("period-needs-calendar")
    return calendar


def _workday(end: date, calendar: Calendar) -> Period:
    start = add_days(calendar.add_working_days(end, -1), 1)
    return Period(PeriodKind.WORKDAY, start, end, f"{end.isoformat()}工作日")


def _number(kind: PeriodKind, day: date) -> int:
    """The running number of the period of this kind that holds `day`."""
    if kind in _DAYS:
        return (day.toordinal() - 1) // _DAYS[kind]  # ordinal 1 is a Monday
    if kind is PeriodKind.HALF_MONTH:
        return month_index(day) * 2 + (day.day > _MIDDLE)
    return month_index(day) // _MONTHS[kind]


def _start(kind: PeriodKind, number: int) -> date:
    if kind in _DAYS:
        return from_ordinal(number * _DAYS[kind] + 1)
    if kind is PeriodKind.HALF_MONTH:
        month, half = divmod(number, 2)
        return from_month_index(month, _MIDDLE + 1 if half else 1)
    return from_month_index(number * _MONTHS[kind])


def _numbered(kind: PeriodKind, number: int) -> Period:
    start = _start(kind, number)
    return Period(kind, start, add_days(_start(kind, number + 1), -1), _label(kind, start))


def _label(kind: PeriodKind, start: date) -> str:
    """The year first, its part, then the kind: labels of one kind sort as their periods do."""
    week_year, week, _ = start.isocalendar()
    labels = {
        PeriodKind.DAY: f"{start.isoformat()}日",
        PeriodKind.WEEK: f"{week_year}W{week:02d}周",
        PeriodKind.HALF_MONTH: f"{start:%Y-%m}{'下' if start.day > _MIDDLE else '上'}",
        PeriodKind.MONTH: f"{start:%Y-%m}月",
        PeriodKind.QUARTER: f"{start.year}Q{(start.month + 2) // 3}季",
        PeriodKind.HALF_YEAR: f"{start.year}H{(start.month + 5) // 6}半年",
        PeriodKind.YEAR: f"{start.year}年",
    }
    return labels[kind]


def anchored(kind: PeriodKind, origin: date, k: int) -> AnchoredPeriod:
    """The k-th period (from 0): starts on origin + k units, ends the day before the next starts (S18).

    Never chained: from 01-31 the months start on 02-28, 03-31, 04-30; a 02-29 birthday falls on 02-28 of
    common years. The label says its place, not its date (第3月 is k = 2), so a corrected origin keeps it.
    PeriodError for kinds that have no fixed unit (working day, half month).
    """
    start, following = _anchored_start(kind, origin, k), _anchored_start(kind, origin, k + 1)
    return AnchoredPeriod(kind, start, add_days(following, -1), f"第{k + 1}{_UNIT_WORDS[kind]}", origin, k)


def anchored_of(kind: PeriodKind, origin: date, day: date) -> AnchoredPeriod:
    """The anchored period that holds `day`; days before the origin lie in periods with negative k."""
    if kind in _MONTHS:
        k = (month_index(day) - month_index(origin)) // _MONTHS[kind]
        k -= _anchored_start(kind, origin, k) > day
    else:
        k = (day - origin).days // _DAYS.get(kind, 1)
    return anchored(kind, origin, k)


def _anchored_start(kind: PeriodKind, origin: date, k: int) -> date:
    if kind in _DAYS:
        return add_days(origin, k * _DAYS[kind])
    if kind in _MONTHS:
        return add_months(origin, k * _MONTHS[kind])
    raise PeriodError("period-no-unit", kind=kind.value)


def yearly(days: Sequence[tuple[int, int]], day: date) -> ListedPeriod:
    """The period of `day` where one ends on each listed (month, day) of every year, that day included.

    From [(6, 20), (12, 20)]: 12-21 to 06-20 and 06-21 to 12-20, labelled 2026-06-20止. 02-29 ends on 02-28
    in common years, so it cannot stand beside 02-28. PeriodError for an empty list, a day no year has, or a
    day named twice.
    """
    closing = tuple(sorted(days))
    for month, number in closing:
        if month not in _MONTHS_OF_YEAR or not 1 <= number <= monthrange(_LEAP_YEAR, month)[1]:
            raise PeriodError("period-no-such-day", month=month, day=number)
    if not closing:
        raise PeriodError("period-no-days")
    if len(set(closing)) < len(closing) or {(2, 28), (2, 29)} <= set(closing):
        raise PeriodError("period-twice")
    return _listed(closing, _closing_number(closing, day))


def _closing_number(closing: tuple[tuple[int, int], ...], day: date) -> int:
    """The running number of the first closing day on or after `day`."""
    first = day.year * len(closing)
    return next(
        number for number in range(first, first + len(closing) + 1) if _closing_day(closing, number) >= day
    )


def _closing_day(closing: tuple[tuple[int, int], ...], number: int) -> date:
    year, place = divmod(number, len(closing))
    month, day = closing[place]
    return from_month_index(year * 12 + month - 1, day)


def _listed(closing: tuple[tuple[int, int], ...], number: int) -> ListedPeriod:
    start, end = add_days(_closing_day(closing, number - 1), 1), _closing_day(closing, number)
    return ListedPeriod(PeriodKind.YEAR, start, end, f"{end.isoformat()}止", closing)
