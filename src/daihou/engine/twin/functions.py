"""The scalar functions of the language, each as plain as it reads. An empty argument makes the result empty, save where said."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from daihou.engine.twin import dates
from daihou.engine.twin.dates import WorkDays
from daihou.engine.twin.store import text_of
from daihou.engine.twin.trace import Stepped, Trace, WalkedDays

USES_WORKING_DAYS = frozenset({"add_working_days", "working_days_between", "is_working_day"})


def call(name: str, args: list[Any], work: WorkDays, trace: Trace | None) -> Any:
    """The value of a function of the language by its identifier."""
    if name in _SKIPPING:
        known = [arg for arg in args if arg is not None]
        return _SKIPPING[name](known) if known else None
    if any(arg is None for arg in args):
        return None
    if name == "add_working_days":
        return _add_working_days(args[0], int(args[1]), work, trace)
    if name == "working_days_between":
        return work.count(args[0], args[1])
    if name == "is_working_day":
        return work.working(args[0])
    value = _PLAIN[name](*args)
    if trace is not None and isinstance(value, date):
        trace.add(Stepped(name, tuple(args), value))
    return value


def _add_working_days(day: date, n: int, work: WorkDays, trace: Trace | None) -> date:
    end = work.add(day, n)
    if trace is not None:
        trace.add(WalkedDays(day, n, end, tuple(work.walk(day, n)[1:])))
    return end


_SKIPPING: Mapping[str, Callable[[list[Any]], Any]] = {
    "earliest_of": min,
    "latest_of": max,
    "least_of": min,
    "greatest_of": max,
    "coalesce": lambda known: known[0],
}

_PLAIN: Mapping[str, Callable[..., Any]] = {
    "add_days": lambda day, n: dates.add_days(day, int(n)),
    "add_months": lambda day, n: dates.add_months(day, int(n)),
    "day_of_month": lambda day, n: dates.day_of_month(day, int(n)),
    "day_of_next_month": lambda day, n: dates.day_of_next_month(day, int(n)),
    "days_between": lambda start, end: (end - start).days,
    "year": lambda day: day.year,
    "month": lambda day: day.month,
    "day": lambda day: day.day,
    "month_start": lambda day: dates.block_start(day, 1),
    "month_end": lambda day: dates.block_end(day, 1),
    "quarter_start": lambda day: dates.block_start(day, 3),
    "quarter_end": lambda day: dates.block_end(day, 3),
    "half_start": lambda day: dates.block_start(day, 6),
    "half_end": lambda day: dates.block_end(day, 6),
    "year_start": lambda day: dates.block_start(day, 12),
    "year_end": lambda day: dates.block_end(day, 12),
    "absolute": abs,
    "all_of": lambda *days: max(days),
    "row_key": lambda *parts: "/".join(text_of(part) for part in parts),
}
