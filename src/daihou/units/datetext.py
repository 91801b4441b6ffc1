"""Reading a day from what office files hold: dates, text in the forms people use, Excel's serial numbers.

Day-month order is never guessed and a century never added: such texts are refused with a code.
"""

import re
from datetime import date, datetime

from daihou.units.faults import UnitsError
from daihou.units.halfwidth import to_halfwidth

_EXCEL_DAY_ZERO = date(1899, 12, 30).toordinal()  # the 1900 system, after its false 1900-02-29
_SERIALS = range(20_000, 80_001)  # 1954-10-03 to 2119-01-11
_COMPACT = range(19_000_101, 22_000_000)  # 20261123 in a cell typed as a number
_YEARS = range(1900, 2200)
_MAX_CHARACTERS = 40

_TIME = re.compile(r"(?<=\d)(?:T|\s+)\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?$")
_FULL = (
    re.compile(r"(?P<y>\d{4})(?P<s>[-/.])(?P<m>\d{1,2})(?P=s)(?P<d>\d{1,2})"),
    re.compile(r"(?P<y>\d{4})\s*年\s*(?P<m>\d{1,2})\s*月\s*(?P<d>\d{1,2})\s*[日号]"),
    re.compile(r"(?P<y>\d{4})(?P<m>\d{2})(?P<d>\d{2})"),
)
_REASONS = (
    ("date-ambiguous", re.compile(r"\d{1,2}[-/.]\d{1,2}[-/.]\d{4}")),
    ("date-short-year", re.compile(r"\d{2}[-/.]\d{1,2}[-/.]\d{1,2}|\d{2}年\d{1,2}月\d{1,2}[日号]?")),
    ("date-no-day", re.compile(r"\d{4}[-/.]\d{1,2}|\d{4}年(?:\d{1,2}月?)?|\d{6}|\d{4}")),
    ("date-number-text", re.compile(r"\d+(?:\.\d+)?")),
)


class DateTextError(UnitsError):
    """A value from which no single day can be read."""


def read_date(value: object) -> date:
    """The day that a cell or field names; DateTextError where that is not certain.

    Read are date and datetime (its day; a time zone is refused), and text such as 2026-11-23, 2026/11/23,
    2026.11.23, 2026年11月23日, 20261123, full-width too, a time of day after it being dropped. A number is
    an Excel serial of the 1900 system where whole and within 20000..80000 (1954 to 2119), or a compact
    20261123. Years 1900 to 2199.
    """
    if isinstance(value, datetime):
        if value.tzinfo is not None:
            raise DateTextError("date-time-zone", value=value.isoformat())
        return _in_range(value.date(), value)
    if isinstance(value, date):
        return _in_range(value, value)
    if isinstance(value, str):
        return _read_text(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise DateTextError("date-empty" if value is None else "date-text", value=value)
    return _read_number(value)


def _read_number(value: float) -> date:
    if value != value or value in (float("inf"), float("-inf")):  # noqa: PLR0124 -- only NaN differs from itself
        raise DateTextError("date-number", value=value)
    if value != int(value):
        raise DateTextError("date-fraction", value=value)
    number = int(value)
    if number in _SERIALS:
        return date.fromordinal(_EXCEL_DAY_ZERO + number)
    if number in _COMPACT:
        return _build(number // 10_000, number // 100 % 100, number % 100, number)
    raise DateTextError("date-number", value=value)


def _read_text(text: str) -> date:
    body = to_halfwidth(text).strip().strip("\ufeff")
    if not body:
        raise DateTextError("date-empty", value=text)
    if len(body) > _MAX_CHARACTERS:
        raise DateTextError("date-text", value=text[:_MAX_CHARACTERS])
    day = _TIME.sub("", body)
    for pattern in _FULL:
        if found := pattern.fullmatch(day):
            return _build(int(found["y"]), int(found["m"]), int(found["d"]), text)
    for code, reason in _REASONS:
        if reason.fullmatch(day):
            raise DateTextError(code, value=text)
    raise DateTextError("date-text", value=text)


def _build(year: int, month: int, day: int, shown: object) -> date:
    try:
        return _in_range(date(year, month, day), shown)
    except DateTextError:
        raise
    except ValueError:
        raise DateTextError("date-impossible", value=shown) from None


def _in_range(day: date, shown: object) -> date:
    """Refuse the year 9999 that stands for "for ever": every sum of days after it would break."""
    if day.year not in _YEARS:
        raise DateTextError("date-year", value=shown)
    return day
