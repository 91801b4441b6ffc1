"""Calendar days and months: plain arithmetic on `date`, no working days.

Month terms end on the same day number or, where the month is shorter, on its last day (S38, Civil Code 202).
"""

from calendar import monthrange
from datetime import date, timedelta

from daihou.units.faults import UnitsError

_MONTHS_PER_QUARTER, _MONTHS_PER_HALF, _MONTHS_PER_YEAR = 3, 6, 12


class DateRangeError(UnitsError):
    """A computed day that lies outside the years 1 to 9999."""


def from_ordinal(ordinal: int) -> date:
    """The day with this proleptic ordinal (1 is 0001-01-01, a Monday). DateRangeError where there is none."""
    if not date.min.toordinal() <= ordinal <= date.max.toordinal():
        raise DateRangeError("date-out-of-range", days=ordinal)
    return date.fromordinal(ordinal)


def from_month_index(index: int, day: int = 1) -> date:
    """The day-th of a month counted from year 0 (year * 12 + month - 1), clamped to the month's last day."""
    year, month = divmod(index, _MONTHS_PER_YEAR)
    if not date.min.year <= year <= date.max.year:
        raise DateRangeError("date-out-of-range", days=year)
    return date(year, month + 1, min(day, monthrange(year, month + 1)[1]))


def month_index(day: date) -> int:
    """Months since year 0: year * 12 + month - 1. Equal for two days of one month."""
    return day.year * _MONTHS_PER_YEAR + day.month - 1


def add_days(day: date, n: int) -> date:
    """N calendar days later (earlier when negative); the start day is not counted."""
    return from_ordinal(day.toordinal() + n)


def add_months(day: date, n: int) -> date:
    """N months later (earlier when negative): same day number, else the month's last day.

    Not to be chained: 01-31 plus one month plus one month is 03-28, plus two months is 03-31.
    """
    return from_month_index(month_index(day) + n, day.day)


def day_of_month(day: date, n: int) -> date:
    """The n-th (1..31) of the month of `day`, or its last day where the month is shorter."""
    _require_day_number(n)
    return from_month_index(month_index(day), n)


def day_of_next_month(day: date, n: int) -> date:
    """The n-th (1..31) of the month after that of `day`, or its last day where that month is shorter."""
    _require_day_number(n)
    return from_month_index(month_index(day) + 1, n)


def _require_day_number(n: int) -> None:
    if not 1 <= n <= 31:  # noqa: PLR2004 -- a month has 31 days at most
        raise DateRangeError("date-day-number", n=n)


def _end(start: date, months: int) -> date:
    """The last day of the `months` months that begin on `start`, the first of a month."""
    last = from_month_index(month_index(start) + months - 1)
    return last.replace(day=monthrange(last.year, last.month)[1])


def _start(day: date, months: int) -> date:
    """The first day of the block of `months` months, counted from January, that holds `day`."""
    return from_month_index(month_index(day) // months * months)


def month_start(day: date) -> date:
    """The first of the month of `day`."""
    return day.replace(day=1)


def month_end(day: date) -> date:
    """The last day of the month of `day`."""
    return _end(month_start(day), 1)


def quarter_start(day: date) -> date:
    """The first day of the calendar quarter of `day`."""
    return _start(day, _MONTHS_PER_QUARTER)


def quarter_end(day: date) -> date:
    """The last day of the calendar quarter of `day`."""
    return _end(quarter_start(day), _MONTHS_PER_QUARTER)


def half_start(day: date) -> date:
    """01-01 or 07-01, whichever opens the half-year of `day`."""
    return _start(day, _MONTHS_PER_HALF)


def half_end(day: date) -> date:
    """06-30 or 12-31, whichever closes the half-year of `day`."""
    return _end(half_start(day), _MONTHS_PER_HALF)


def year_start(day: date) -> date:
    """01-01 of the year of `day`."""
    return day.replace(month=1, day=1)


def year_end(day: date) -> date:
    """12-31 of the year of `day`."""
    return day.replace(month=12, day=31)


def is_month_end(day: date) -> bool:
    """Whether `day` is the last day of its month."""
    return day == month_end(day)


def days_between(a: date, b: date) -> int:
    """Calendar days from a to b: 0 for the same day, negative where b is earlier."""
    return (b - a) // timedelta(days=1)
