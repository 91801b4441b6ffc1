"""Whom a row is about: its contract, its party, its branch."""

from __future__ import annotations

from dataclasses import dataclass

from daihou.engine.twin import names
from daihou.engine.twin.store import BookOnDay, Row


@dataclass(frozen=True)
class Subject:
    """Keys of the contract, party and branch of a row; empty where it has none."""

    contract: str | None
    party: str | None
    branch: str | None


def subject(book: BookOnDay, row: Row) -> Subject:
    """Own key if the table is it, else the first own reference to it, else that of the row's contract."""
    contract = _own(book, row, names.CONTRACT)
    holder = book.row(names.CONTRACT, contract)
    party, branch = (_own_or_contracts(book, row, holder, table) for table in (names.PARTY, names.BRANCH))
    return Subject(contract, party, branch)


def _own_or_contracts(book: BookOnDay, row: Row, contract: Row | None, table: str) -> str | None:
    if row.table.id == table or _column(row, table) is not None or contract is None:
        return _own(book, row, table)
    return _own(book, contract, table)


def _column(row: Row, table: str) -> str | None:
    """The first declared column that refers to a table."""
    return next((column.id for column in row.table.columns.values() if column.ref == table), None)


def _own(book: BookOnDay, row: Row, table: str) -> str | None:
    if row.table.id == table:
        return row.key
    column = _column(row, table)
    value = None if column is None else book.read(row, column)
    return value if isinstance(value, str) else None
