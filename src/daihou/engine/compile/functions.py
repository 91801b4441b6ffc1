"""Scalar functions of the language as SQL in a portable subset (DuckDB, PostgreSQL, Spark)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from daihou.engine.compile.text import name
from daihou.rulebook.functions import SCALARS
from daihou.rulebook.nodes import DATE, NULL, Call, Literal, Node, Type

if TYPE_CHECKING:
    from daihou.engine.compile.scalar import Frame, Row

MONTH = "INTERVAL '1' MONTH"


def whole(sql: str) -> str:
    """As a 32-bit integer, the only kind that DATE + n takes everywhere."""
    return sql if sql.lstrip("-").isdigit() else f"CAST({sql} AS INTEGER)"


def plus_days(day: str, n: str) -> str:
    """A day n days later."""
    return f"({day} + {whole(n)})"


def plus_months(day: str, n: str) -> str:
    """A day n months later, clamped to the end of the month (S38)."""
    return f"CAST({day} + {whole(n)} * {MONTH} AS DATE)"


def truncated(unit: str, day: str) -> str:
    """First day of the month, quarter or year."""
    return f"CAST(DATE_TRUNC('{unit}', {day}) AS DATE)"


def month_end(day: str) -> str:
    """Last day of the month."""
    return f"({plus_months(truncated('month', day), '1')} - 1)"


def day_of_month(day: str, n: str) -> str:
    """The n-th of the month, at most its last day."""
    return f"LEAST({plus_days(truncated('month', day), f'{whole(n)} - 1' if not n.isdigit() else str(int(n) - 1))}, {month_end(day)})"


def half_start(day: str) -> str:
    """1 January or 1 July."""
    year = truncated("year", day)
    return f"CASE WHEN EXTRACT(MONTH FROM {day}) <= 6 THEN {year} ELSE {plus_months(year, '6')} END"


def days_apart(start: str, end: str) -> str:
    """End - start in days."""
    return f"CAST(DATE_DIFF('day', {start}, {end}) AS BIGINT)"


_TAKES = {scalar.id: scalar.takes for scalar in SCALARS.values()}


def _kinds(node: Call) -> tuple[Type | None, ...]:
    """What each argument of a call is taken for; None where the function takes any kind."""
    return _TAKES.get(node.name, (None,) * len(node.args))


def _typed(sql: str, kind: Type | None, arg: Node) -> str:
    """What is always empty has no type of its own: where a day is taken the database must be told that it is one."""
    return f"CAST({sql} AS DATE)" if kind == DATE and arg.type == NULL else sql


def call(frame: Frame, node: Call, own: Row, child: Row | None) -> str:
    """A function call; working-day functions join the calendar to the frame."""
    args = [
        _typed(frame.sql(arg, child, own), kind, arg)
        for arg, kind in zip(node.args, _kinds(node), strict=True)
    ]
    if node.name in _WORKING:
        literal = node.args[1] if len(node.args) > 1 else None
        count = literal.value if isinstance(literal, Literal) else None
        return _WORKING[node.name](frame, args, count if isinstance(count, int) else None)
    return _PLAIN[node.name](args)


def add_working_days(frame: Frame, day: str, n: str, known: int | None = None) -> str:
    """The n-th working day after (before) a day; the day itself for 0 (S38)."""
    if known == 0:
        return day
    key = ("+", day, n)
    if key not in frame.workdays:
        near, far = frame.fresh("a"), frame.fresh("b")
        a, b = name(near), name(far)
        frame.join(frame.days.calendar, near, f'{a}."day" = {day}')
        after, before = f'{a}."at_or_before" + {n}', f'{a}."at_or_after" + {n}'
        if known is None:
            place = f"CASE WHEN {n} > 0 THEN {after} ELSE {before} END"
        else:
            place = after if known > 0 else before
        frame.join(frame.days.workdays, far, f'{b}."place" = {place}')
        frame.workdays[key] = f'{b}."day"'
    found = frame.workdays[key]
    return found if known is not None else f"CASE WHEN {n} = 0 THEN {day} ELSE {found} END"


def _joined(frame: Frame, day: str, column: str) -> str:
    key = ("@", day, "")
    if key not in frame.workdays:
        alias = frame.fresh("a")
        frame.join(frame.days.calendar, alias, f'{name(alias)}."day" = {day}')
        frame.workdays[key] = name(alias)
    return f"{frame.workdays[key]}.{name(column)}"


def last_working_day(frame: Frame, day: str) -> str:
    """The last working day on or before a day."""
    key = ("<", day, "")
    if key not in frame.workdays:
        place, alias = _joined(frame, day, "at_or_before"), frame.fresh("b")
        frame.join(frame.days.workdays, alias, f'{name(alias)}."place" = {place}')
        frame.workdays[key] = f'{name(alias)}."day"'
    return frame.workdays[key]


def _add(frame: Frame, args: list[str], known: int | None) -> str:
    return add_working_days(frame, args[0], args[1], known)


def _between(frame: Frame, args: list[str], _known: int | None) -> str:
    start, end = (_joined(frame, arg, "at_or_before") for arg in args)
    return f"CAST({end} - {start} AS BIGINT)"


def _is_working(frame: Frame, args: list[str], _known: int | None) -> str:
    return _joined(frame, args[0], "working")


_WORKING: dict[str, Callable[[Frame, list[str], int | None], str]] = {
    "add_working_days": _add,
    "working_days_between": _between,
    "is_working_day": _is_working,
}
WORKING = frozenset(_WORKING)
"""Functions that read the calendar of working days."""

_PLAIN: dict[str, Callable[[list[str]], str]] = {
    "add_days": lambda a: plus_days(*a),
    "add_months": lambda a: plus_months(*a),
    "day_of_month": lambda a: day_of_month(*a),
    "day_of_next_month": lambda a: day_of_month(plus_months(truncated("month", a[0]), "1"), a[1]),
    "days_between": lambda a: days_apart(*a),
    "year": lambda a: f"CAST(EXTRACT(YEAR FROM {a[0]}) AS BIGINT)",
    "month": lambda a: f"CAST(EXTRACT(MONTH FROM {a[0]}) AS BIGINT)",
    "day": lambda a: f"CAST(EXTRACT(DAY FROM {a[0]}) AS BIGINT)",
    "month_start": lambda a: truncated("month", a[0]),
    "month_end": lambda a: month_end(a[0]),
    "quarter_start": lambda a: truncated("quarter", a[0]),
    "quarter_end": lambda a: f"({plus_months(truncated('quarter', a[0]), '3')} - 1)",
    "half_start": lambda a: half_start(a[0]),
    "half_end": lambda a: f"({plus_months(half_start(a[0]), '6')} - 1)",
    "year_start": lambda a: truncated("year", a[0]),
    "year_end": lambda a: f"({plus_months(truncated('year', a[0]), '12')} - 1)",
    "earliest_of": lambda a: f"LEAST({', '.join(a)})",
    "latest_of": lambda a: f"GREATEST({', '.join(a)})",
    "least_of": lambda a: f"LEAST({', '.join(a)})",
    "greatest_of": lambda a: f"GREATEST({', '.join(a)})",
    "coalesce": lambda a: f"COALESCE({', '.join(a)})",
    "row_key": lambda a: " || '/' || ".join(f"CAST({x} AS VARCHAR)" for x in a),
    "absolute": lambda a: f"ABS({a[0]})",
    "all_of": lambda a: (
        f"CASE WHEN {' OR '.join(f'{x} IS NULL' for x in a)} THEN NULL ELSE GREATEST({', '.join(a)}) END"
    ),
}
