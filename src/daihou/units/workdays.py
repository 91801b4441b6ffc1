"""The working-day calendar: State Council holidays off, make-up weekends on.

A year without a published notice is computed as weekends only, save the days that are expected of it, and
can be asked whether it was (`is_assumed`).

How it counts: the working days up to a day are the weekdays up to it (arithmetic) plus a correction, which
changes only at the few days that are exceptions to the week. So a count is one binary search among some
hundred exceptions, and so is its inverse; nothing walks day by day.
"""

import hashlib
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache, cached_property

import chinese_calendar

from daihou.units.dates import from_ordinal
from daihou.units.published import ListedDay, PublishedYear, missing_holidays, notices_of, on_weekend

_MAKE_UP = "调休上班"
_UNNAMED_HOLIDAY = "节假日"
_DECEMBER = 12
_WEEKDAYS, _WEEK = 5, 7


@dataclass(frozen=True, slots=True)
class CalendarDay:
    """One row of the table that working-day arithmetic joins on.

    Ordinals number the working days from the table's first day on, the first being 1. `at_or_before` counts
    the working days up to and with `day`; `at_or_after` is the ordinal of the first working day on or after
    it. For n > 0 the day n working days later is the working day with ordinal at_or_before + n; for n < 0
    that with at_or_after + n.
    """

    day: date
    working: bool
    published: bool
    at_or_before: int
    at_or_after: int


@dataclass(frozen=True)
class _Line:
    """The exceptions in order: ordinals, correction before each (and after the last), rank at each."""

    ordinals: tuple[int, ...]
    corrections: tuple[int, ...]
    ranks: tuple[int, ...]


@dataclass(frozen=True, eq=False, repr=False)
class Calendar:
    """Working days by the published notices, one per year; equal where they say the same (names aside).

    `expected`: days of years whose notice is not known, as somebody expects them. They count, and whatever
    relies on them is assumed; the notice, once known, takes their place.
    """

    years: Mapping[int, PublishedYear]
    expected: Mapping[date, bool] = field(default_factory=dict)

    @classmethod
    def standard(cls) -> "Calendar":
        """The notices that the chinesecalendar package knows (2004 on), read once per process."""
        return _standard()

    def with_years(self, days: Mapping[int, Mapping[date, bool]]) -> "Calendar":
        """This calendar with the given years replaced or added as published.

        `days` maps a year to the days its notice lists (True = working day); ordinary weekdays and weekends
        need not be listed. A year with an empty list is not published and changes nothing. A plain mapping
        carries no names: names already known for its days off are kept. UnitsError where a day is neither
        of its year nor of the December before.
        """
        years = dict(self.years)
        for year, listed in days.items():
            if not listed:
                continue
            known = years[year].names if year in years else {}
            names = {**known, **(listed.names if isinstance(listed, PublishedYear) else {})}
            years[year] = PublishedYear(
                year, dict(listed), {day: name for day, name in names.items() if day in listed}
            )
        return Calendar(years, self.expected)

    def with_listed(self, days: Iterable[ListedDay]) -> "Calendar":
        """This calendar with the days of a company's own list laid over it.

        A year of which the list holds a whole notice is published, and the list takes the place of what was
        known of it, as a file's does (`with_years`). Of a part of a notice, which a file is refused for:
        where the year is published already its days are corrected one by one, else they are expected only
        and the year stays assumed. So are days that the list itself does not call published.
        """
        listed = tuple(days)
        notices = notices_of(listed)
        whole = {year: said for year, said in notices.items() if not missing_holidays(year, said)}
        calendar = self.with_years(whole)
        years = dict(calendar.years)
        expected = dict(self.expected) | {one.day: one.working for one in listed if not one.published}
        for day, working in (
            one for year, said in notices.items() if year not in whole for one in said.items()
        ):
            if calendar.published(day.year):
                known = years[day.year]
                years[day.year] = PublishedYear(day.year, {**known.days, day: working}, known.names)
            else:
                expected[day] = working
        return Calendar(years, expected)

    def published(self, year: int) -> bool:
        """Whether the notice of this year is known."""
        return bool(self.years.get(year))

    def published_years(self) -> tuple[int, ...]:
        """The years whose notices are known, ascending."""
        return tuple(sorted(year for year in self.years if self.published(year)))

    def is_working(self, day: date) -> bool:
        """Whether `day` is a working day; in an unpublished year every Monday to Friday is, if nothing else is expected."""
        return self.exceptions.get(day, not on_weekend(day))

    def is_assumed(self, day: date) -> bool:
        """Whether the year of `day` is not published, so that only weekends, and what is expected, are known."""
        return not self.published(day.year)

    def assumed_between(self, a: date, b: date) -> bool:
        """Whether any day from the earlier to the later, both included, lies in an unpublished year."""
        first, last = sorted((a.year, b.year))
        return any(not self.published(year) for year in range(first, last + 1))

    def name(self, day: date) -> str | None:
        """国庆节 and the like on a holiday, 调休上班 on a make-up day, None on an ordinary day."""
        working = self._listed.get(day)
        if working is None or (working and not on_weekend(day)):
            return None
        if working:
            return _MAKE_UP
        return self._names.get(day, None if on_weekend(day) else _UNNAMED_HOLIDAY)

    def add_working_days(self, day: date, n: int) -> date:
        """The n-th working day after `day`, before it for n < 0; `day` itself, unshifted, for n = 0 (S38)."""
        if n == 0:
            return day
        ordinal = day.toordinal()
        if n > 0:
            return from_ordinal(self._ordinal_of(self._rank(ordinal) + n))
        return from_ordinal(self._ordinal_of(self._rank(ordinal - 1) + n + 1))

    def count_working_days(self, start: date, end: date) -> int:
        """Working days d with start < d <= end; minus the count the other way round where end is earlier."""
        return self._rank(end.toordinal()) - self._rank(start.toordinal())

    def roll_forward(self, day: date) -> date:
        """The first working day on or after `day`."""
        return day if self.is_working(day) else self.add_working_days(day, 1)

    def roll_back(self, day: date) -> date:
        """The last working day on or before `day`."""
        return day if self.is_working(day) else self.add_working_days(day, -1)

    def table(self, first: date, last: date) -> list[CalendarDay]:
        """One row per day from first to last, both included; empty where last is earlier."""
        rows: list[CalendarDay] = []
        count = 0
        for ordinal, working in enumerate(self.working(first, last), first.toordinal()):
            day = date.fromordinal(ordinal)
            count += working
            rows.append(
                CalendarDay(day, working, self.published(day.year), count, count if working else count + 1)
            )
        return rows

    def working(self, first: date, last: date) -> list[bool]:
        """Whether each day from first to last, both included, is a working day; empty where last is earlier."""
        begin = first.toordinal()
        # the first day of all is a Monday
        found = [(ordinal - 1) % _WEEK < _WEEKDAYS for ordinal in range(begin, last.toordinal() + 1)]
        for day, working in self.exceptions.items():
            if first <= day <= last:
                found[day.toordinal() - begin] = working
        return found

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 (hex) over the published years and the exceptions to the week; names do not count."""
        lines = [f"published {year}" for year in self.published_years()]
        lines += [f"{day.isoformat()} {int(working)}" for day, working in sorted(self.exceptions.items())]
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()

    def __repr__(self) -> str:
        """The published years and the beginning of the fingerprint; the days would fill pages."""
        return f"Calendar({self.published_years()}, {self.fingerprint[:12]})"

    def __eq__(self, other: object) -> bool:
        """Whether both know the same years and hold the same days for working days."""
        return isinstance(other, Calendar) and self.fingerprint == other.fingerprint

    def __hash__(self) -> int:
        """By the fingerprint."""
        return hash(self.fingerprint)

    @cached_property
    def _listed(self) -> dict[date, bool]:
        """All listed days; a later notice has the last word on the December before it, what is expected the first."""
        listed = {day: working for day, working in self.expected.items() if not self.published(day.year)}
        for year in self.published_years():
            listed.update(self.years[year])
        return listed

    @cached_property
    def _names(self) -> dict[date, str]:
        return {day: name for year in self.published_years() for day, name in self.years[year].names.items()}

    @cached_property
    def exceptions(self) -> Mapping[date, bool]:
        """The days that differ from the week: working weekends and free weekdays, published or expected."""
        return {day: working for day, working in self._listed.items() if working == on_weekend(day)}

    @cached_property
    def _line(self) -> _Line:
        ordinals: list[int] = []
        corrections = [0]
        ranks: list[int] = []
        for day, working in sorted(self.exceptions.items()):
            ordinals.append(day.toordinal())
            corrections.append(corrections[-1] + (1 if working else -1))
            ranks.append(_weekdays_up_to(day.toordinal()) + corrections[-1])
        return _Line(tuple(ordinals), tuple(corrections), tuple(ranks))

    def _rank(self, ordinal: int) -> int:
        """The number of working days from 0001-01-01 up to and with the day of this ordinal."""
        line = self._line
        return _weekdays_up_to(ordinal) + line.corrections[bisect_right(line.ordinals, ordinal)]

    def _ordinal_of(self, rank: int) -> int:
        """The ordinal of the working day with this rank.

        Between two exceptions ranks run with the weekdays. The day sought lies after the last exception of
        a smaller rank; it is the weekday that the correction there gives or, if that would lie beyond it,
        the next exception itself, which is then a make-up day.
        """
        line = self._line
        place = bisect_left(line.ranks, rank)
        weeks, rest = divmod(rank - line.corrections[place] - 1, _WEEKDAYS)
        ordinal = weeks * _WEEK + rest + 1
        return min(ordinal, line.ordinals[place]) if place < len(line.ordinals) else ordinal


def _weekdays_up_to(ordinal: int) -> int:
    """Mondays to Fridays from 0001-01-01, a Monday, up to and with this ordinal."""
    weeks, rest = divmod(ordinal, _WEEK)
    return weeks * _WEEKDAYS + min(rest, _WEEKDAYS)


@cache
def _standard() -> Calendar:
    """The package lists days by date; New Year's days in December belong to the notice of the next year."""
    days: dict[int, dict[date, bool]] = {}
    names: dict[int, dict[date, str]] = {}
    chinese = {holiday.value: holiday.chinese for holiday in chinese_calendar.Holiday}
    new_year = chinese_calendar.Holiday.new_years_day.value
    sources = ((chinese_calendar.constants.holidays, False), (chinese_calendar.constants.workdays, True))
    for source, working in sources:
        for day, holiday in source.items():
            year = day.year + 1 if day.month == _DECEMBER and holiday == new_year else day.year
            days.setdefault(year, {})[day] = working
            names.setdefault(year, {})[day] = chinese[holiday]
    return Calendar({year: PublishedYear(year, days[year], names[year]) for year in sorted(days)})
