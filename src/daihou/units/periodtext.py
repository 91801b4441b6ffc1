"""The label of a period in words, as lists and titles show which occurrence of a recurring duty is meant."""

import re
from datetime import date

from daihou.terms import Lang
from daihou.units.dates import month_end
from daihou.units.faults import wording
from daihou.units.periods import PeriodKind, period_of, shift
from daihou.units.workdays import Calendar

_SHAPES = tuple(
    (re.compile(shape), code)
    for shape, code in (
        (r"(?P<year>\d{4})年", "period-year"),
        (r"(?P<year>\d{4})H(?P<n>[12])半年", "period-half"),
        (r"(?P<year>\d{4})Q(?P<n>[1-4])季", "period-quarter"),
        (r"(?P<year>\d{4})-(?P<month>\d\d)月", "period-month"),
        (r"(?P<year>\d{4})-(?P<month>\d\d)(?P<n>上|下)", "period-half-month"),
        (r"(?P<year>\d{4})W(?P<n>\d\d)周", "period-week"),
        (r"(?P<year>\d{4})-(?P<month>\d\d)-(?P<day>\d\d)止", "period-until"),
        (r"第(?P<n>-?\d+)年", "period-of-years"),
        (r"第(?P<n>-?\d+)半年", "period-of-halves"),
        (r"第(?P<n>-?\d+)季", "period-of-quarters"),
        (r"第(?P<n>-?\d+)月", "period-of-months"),
        (r"第(?P<n>-?\d+)周", "period-of-weeks"),
    )
)
_BY_NUMBER = frozenset({"period-half", "period-quarter", "period-half-month"})
"""Periods whose number within the year or month is a word of its own."""
_HALVES = {"上": 1, "下": 2}


_MONTHS = {"period-year": 12, "period-half": 6, "period-quarter": 3}
_ENDS_ON = re.compile(r"(\d{4}-\d\d-\d\d)(?:工作日|日|止)")
_FIRST_HALF_ENDS, _SUNDAY = 15, 7


_BY_PLACE = re.compile(r"第(-?\d+)(年|半年|季|月|周)")
_KINDS = tuple(
    (re.compile(shape), kind)
    for shape, kind in (
        (r"\d{4}年", PeriodKind.YEAR),
        (r"\d{4}H[12]半年", PeriodKind.HALF_YEAR),
        (r"\d{4}Q[1-4]季", PeriodKind.QUARTER),
        (r"\d{4}-\d\d月", PeriodKind.MONTH),
        (r"\d{4}-\d\d(上|下)", PeriodKind.HALF_MONTH),
        (r"\d{4}W\d\d周", PeriodKind.WEEK),
        (r"\d{4}-\d\d-\d\d日", PeriodKind.DAY),
        (r"\d{4}-\d\d-\d\d工作日", PeriodKind.WORKDAY),
    )
)
"""Periods of the calendar by their labels; the days of a yearly list (止) are not told by the label alone."""


def period_words(label: str, lang: Lang) -> str:
    """2026-10月 → 2026年10月, 2026Q3季 → 2026年三季度.

    Empty for single days, of which the deadline tells all, and for what is no label of a period.
    """
    found = _shape_of(label)
    if found is None:
        return ""
    texts, (hit, code) = wording(), found
    parts = {name: _HALVES.get(part) or int(part) for name, part in hit.groupdict().items()}
    said: dict[str, str | int] = dict(parts)
    if "month" in parts:
        said["month"] = texts.text(f"month-{parts['month']}", lang)
    if code in _BY_NUMBER:
        code = f"{code}-{said.pop('n')}"
    return texts.text(code, lang, **said)


def labels_before(label: str, n: int, calendar: Calendar) -> tuple[str, str] | None:
    """The first and the last of the ``n`` periods right before one: 2026-10月, 3 → 2026-07月, 2026-09月. None for what is no label of a period."""
    counted = _BY_PLACE.fullmatch(label)
    if counted is not None:
        place, unit = int(counted[1]), counted[2]
        return f"第{place - n}{unit}", f"第{place - 1}{unit}"
    end = period_end(label)
    kind = next((kind for shape, kind in _KINDS if shape.fullmatch(label)), None)
    if end is None or kind is None:
        return None
    this = period_of(kind, end, calendar)
    return shift(this, -n, calendar).label, shift(this, -1, calendar).label


def _shape_of(label: str) -> tuple[re.Match[str], str] | None:
    return next(((hit, code) for shape, code in _SHAPES if (hit := shape.fullmatch(label))), None)


def period_end(label: str) -> date | None:
    """2026-10月 → its 31st. None for periods that count from a day of their own (第3月), and for what is no label of a period."""
    ends_on = _ENDS_ON.fullmatch(label)
    if ends_on is not None:
        return date.fromisoformat(ends_on[1])
    found = _shape_of(label)
    parts = {} if found is None else found[0].groupdict()
    if found is None or "year" not in parts:
        return None
    year, number = int(parts["year"]), parts.get("n") or "1"
    if found[1] == "period-week":
        return date.fromisocalendar(year, int(number), _SUNDAY)
    if number == "上":
        return date(year, int(parts["month"]), _FIRST_HALF_ENDS)
    month = int(parts["month"]) if "month" in parts else _MONTHS[found[1]] * int(number)
    return month_end(date(year, month, 1))
