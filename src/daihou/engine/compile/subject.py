"""Whom and what a row is about: its contract, party and branch, found through its reference columns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from daihou.book import Table
from daihou.engine.compile.text import name

if TYPE_CHECKING:
    from daihou.engine.compile.scalar import Frame, Row

CONTRACT, PARTY, BRANCH = "contract", "party", "branch"


def reference(table: Table, target: str) -> str | None:
    """The first declared column of a table that refers to another table."""
    return next((column.id for column in table.columns.values() if column.ref == target), None)


def _read(frame: Frame, row: Row, table: str, target: str) -> str | None:
    if table == target:
        return f'{name(row.alias)}."_key"'
    column = reference(frame.days.declared[table], target)
    return None if column is None else f"{name(row.alias)}.{name(column)}"


def subject_columns(frame: Frame, table: str) -> dict[str, str]:
    """SQL of @contract, @party and @branch of the frame's row."""
    empty = "CAST(NULL AS VARCHAR)"
    contract = _read(frame, frame.row, table, CONTRACT)
    party = _read(frame, frame.row, table, PARTY)
    branch = _read(frame, frame.row, table, BRANCH)
    if contract is not None and table != CONTRACT and (party is None or branch is None):
        column = reference(frame.days.declared[table], CONTRACT)
        assert column is not None
        row = frame.path(frame.row, (column,), (CONTRACT,))
        party = party or _read(frame, row, CONTRACT, PARTY)
        branch = branch or _read(frame, row, CONTRACT, BRANCH)
    return {"@contract": contract or empty, "@party": party or empty, "@branch": branch or empty}


def subject_reads(tables: Mapping[str, Table], table: str) -> set[tuple[str, str]]:
    """Plain columns that the subject of a row of a table rests on."""
    found: set[tuple[str, str]] = set()
    for target in (CONTRACT, PARTY, BRANCH):
        column = reference(tables[table], target)
        if column is not None:
            found.add((table, column))
            if target == CONTRACT and table != CONTRACT:
                found |= subject_reads(tables, CONTRACT)
    return found
