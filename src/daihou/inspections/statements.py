"""A statement read out of a client's file against what is registered: where the year began otherwise than the last one ended."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from daihou.book import Doubt, Statement, Table, controls, declared
from daihou.registers.kept import field_name, homes, standing, values_of
from daihou.units import format_yuan

TABLE = "statement"
QUARTERS, HALF, WHOLE = frozenset({3, 9}), 6, 12
"""Months at whose end a quarter, half a year, a year ends."""


def doubts_of(found: Statement, last_year: Mapping[str, Any] | None) -> tuple[Doubt, ...]:
    """All that a person has to look at: how the file was read, what does not add up, what began otherwise than last year ended.

    ``last_year``: the client's registered statement at the end of the year before, by column.
    """
    return (*found.doubts, *controls(found), *_openings(found, last_year or {}))


def _openings(found: Statement, last_year: Mapping[str, Any]) -> Iterator[Doubt]:
    table: Table = declared()[TABLE]
    for name, line in found.lines.items():
        closed = last_year.get(name)
        if closed is None or line.before is None or name not in _STOCKS or int(closed) == line.before:
            continue
        params = {
            "line": table.columns[name].word,
            "here": format_yuan(line.before),
            "there": format_yuan(int(closed)),
        }
        yield Doubt("control-opening", params)


_STOCKS = frozenset(
    {
        "cash", "receivables", "inventory", "current_assets", "total_assets", "short_term_loans", "payables", "current_liabilities",
        "long_term_loans", "total_liabilities", "retained_earnings", "equity",
    }
)  # fmt: skip
"""Lines whose opening must be what last year closed with."""


def last_year(party: str, found: Statement) -> dict[str, Any] | None:
    """A client's registered statement at the end of the year before, by column; the consolidated one where both are there, None without one."""
    if found.period_end is None:
        return None
    end = date(found.period_end.year - 1, 12, 31)
    row = standing(homes()[TABLE]).filter(party=party, period_end=end).order_by("consolidated").last()
    return None if row is None else {one.id: getattr(row, field_name(one.id)) for one in values_of(row.table)}


def basis_of(end: date) -> str:
    """Which period most often ends on a day: a word of the domain."""
    return (
        "年"
        if end.month == WHOLE
        else "半年"
        if end.month == HALF
        else "季"
        if end.month in QUARTERS
        else "月"
    )


def cells_of(found: Statement) -> dict[str, str]:
    """What a statement says of a row, by column, in yuan as a person would type it."""
    told = {name: format_yuan(one.value) for name, one in found.lines.items() if one.value is not None}
    if found.period_end is not None:
        told |= {"period_end": found.period_end.isoformat(), "basis_period": basis_of(found.period_end)}
    return told
