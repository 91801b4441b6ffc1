"""The book as it was on a day (S32): rows that existed, values as they were, indexes to find them."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Any

from daihou.book import RECORDED, VOIDED, Book, Column, ColumnType, Table
from daihou.engine.twin import names

_SIX_PLACES = Decimal("0.000001")

Plain = date | int | Decimal | bool | str | None


@dataclass(frozen=True, slots=True, eq=False)
class Row:
    """One row of a table as the register holds it; ``key`` is the text of its key columns."""

    table: Table
    key: str
    values: Mapping[str, Plain]

    @property
    def recorded(self) -> date | None:
        """The day it was recorded; None: known from the start."""
        day = self.values.get(RECORDED)
        return day if isinstance(day, date) else None


@dataclass(frozen=True, slots=True)
class Move:
    """A dated column took a new value on a day."""

    since: date
    old: Plain
    new: Plain


def text_of(value: object) -> str:
    """A value as keys, occurrences and evidence write it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal | Fraction):
        return format(rounded(value), "f")
    return str(value)


def rounded(value: Decimal | Fraction | int) -> Decimal:
    """A number as columns, facts and texts hold it: six places, half away from zero."""
    exact = (
        Decimal(value.numerator) / Decimal(value.denominator)
        if isinstance(value, Fraction)
        else Decimal(value)
    )
    return exact.quantize(_SIX_PLACES, ROUND_HALF_UP)


def value_of(text: object, column: Column) -> Plain:
    """A value of the change log, read by the type of its column."""
    if not isinstance(text, str) or text == "":
        return None
    if column.type in (ColumnType.DATE, ColumnType.HAPPENED):
        return date.fromisoformat(text)
    if column.type in (ColumnType.FEN, ColumnType.INT):
        return int(text)
    if column.type is ColumnType.NUM:
        return Decimal(text)
    if column.type is ColumnType.BOOL:
        return text == "true"
    return text


class BookOnDay:
    """Rows that existed on ``day`` as known on ``known``, found by key or by the value of a column.

    ``extra`` are rows of later layers (stored nowhere): they replace or join the rows of their table.
    """

    def __init__(self, book: Book, tables: Mapping[str, Table], day: date, known: date) -> None:
        self.book = book
        self.tables = tables
        self.day = day
        self.known = known
        self._rows: dict[str, list[Row]] = {}
        self._by_key: dict[str, dict[str, Row]] = {}
        self._moves: dict[tuple[str, str, str], list[Move]] | None = None
        self._indexes: dict[Hashable, dict[Hashable, list[Row]]] = {}
        self._places: dict[str, dict[str, tuple[list[Row], int]]] = {}

    def rows(self, table: str) -> list[Row]:
        """The rows that existed, by key."""
        if table not in self._rows:
            self.put(table, self._read(table))
        return self._rows[table]

    def put(self, table: str, rows: Iterable[Row]) -> None:
        """Let a table have these rows; what was indexed of it is forgotten."""
        kept = sorted(rows, key=lambda row: row.key)
        self._rows[table] = kept
        self._by_key[table] = {row.key: row for row in kept}
        self._places.pop(table, None)
        self._indexes.clear()

    def row(self, table: str, key: object) -> Row | None:
        """The row with that key; None where a reference dangles."""
        if not isinstance(key, str):
            return None
        self.rows(table)
        return self._by_key[table].get(key)

    def through(self, table: str) -> date:
        """数据日: the earlier of the day and the day up to which the table is complete (S33)."""
        return min(self.day, self.book.through.get(table, self.day))

    def _read(self, table: str) -> list[Row]:
        arrow = self.book.tables.get(table)
        if arrow is None:
            return []
        declared = self.tables[table]
        read = (self.make(declared, values) for values in arrow.to_pylist())
        return [row for row in read if self._exists(row)]

    def make(self, table: Table, values: Mapping[str, Plain]) -> Row:
        """A row from its values."""
        return Row(table, "/".join(text_of(values.get(part)) for part in table.key), values)

    def _exists(self, row: Row) -> bool:
        """Recorded by then, not voided by then, and not dated later (S32)."""
        recorded, voided = row.values.get(RECORDED), row.values.get(VOIDED)
        if isinstance(recorded, date) and recorded > self.known:
            return False
        if isinstance(voided, date) and voided <= self.known:
            return False
        if row.table.date is None or row.table.id in (names.CHANGE_LOG, names.DATA_THROUGH):
            return True
        business = row.values.get(row.table.date)
        return not isinstance(business, date) or business <= self.day

    def read(self, row: Row, name: str, on: date | None = None) -> Plain:
        """The value of a column: what happened later is not known yet, a dated column is as on ``on``."""
        column = row.table.columns[name]
        value = row.values.get(name)
        if column.dated:
            return self.read_dated(row, column, self.day if on is None else on)
        if column.type is ColumnType.HAPPENED and isinstance(value, date) and value > self.day:
            return None
        return value

    def read_dated(self, row: Row, column: Column, on: date) -> Plain:
        """The value of a dated column on a day: by its moves, else what the register says."""
        moves = self.moves(row, column.id)
        if not moves:
            return row.values.get(column.id)
        value = moves[0].old
        for move in moves:
            if move.since <= on:
                value = move.new
        return value

    def move_in_force(self, row: Row, name: str, on: date) -> Move | None:
        """The last move not after a day."""
        return next((move for move in reversed(self.moves(row, name)) if move.since <= on), None)

    def moves(self, row: Row, name: str) -> list[Move]:
        """All moves of a dated column of a row, the oldest first."""
        if self._moves is None:
            self._moves = self._read_moves()
        return self._moves.get((row.table.id, row.key, name), [])

    def _read_moves(self) -> dict[tuple[str, str, str], list[Move]]:
        found: dict[tuple[str, str, str], list[Move]] = {}
        for row in self.rows(names.CHANGE_LOG) if names.CHANGE_LOG in self.tables else []:
            table = _named(self.tables, row.values[names.LOG_TABLE])
            column = None if table is None else _named(table.columns, row.values[names.LOG_ITEM])
            since = row.values[names.LOG_SINCE]
            if table is None or column is None or not isinstance(since, date):
                continue
            old, new = row.values.get(names.LOG_OLD), row.values.get(names.LOG_NEW)
            move = Move(since, value_of(old, column), value_of(new, column))
            found.setdefault((table.id, text_of(row.values[names.LOG_OBJECT]), column.id), []).append(move)
        for moves in found.values():
            moves.sort(key=lambda move: move.since)
        return found

    def index(self, name: Hashable, table: str, key_of: object) -> dict[Hashable, list[Row]]:
        """Rows of a table by a value computed from each (empty values are left out), made once per name."""
        known = self._indexes.get(name)
        if known is None:
            assert callable(key_of)
            known = {}
            for row in self.rows(table):
                value = key_of(row)
                if value is not None:
                    known.setdefault(value, []).append(row)
            self._indexes[name] = known
        return known

    def order(self, row: Row) -> tuple[Sequence[Row], int]:
        """The rows of the same group in declared order, and the place of this row among them."""
        table = row.table
        if table.id not in self._places:
            self._places[table.id] = self._ordered(table)
        return self._places[table.id].get(row.key, ([row], 0))

    def _ordered(self, table: Table) -> dict[str, tuple[list[Row], int]]:
        order = table.order
        if order is None:
            return {}
        groups: dict[Hashable, list[Row]] = {}
        for row in self.rows(table.id):
            groups.setdefault(tuple(self.read(row, name) for name in order.group), []).append(row)
        places: dict[str, tuple[list[Row], int]] = {}
        for rows in groups.values():
            rows.sort(key=lambda row: (_sortable(self.read(row, order.by)), row.key))
            for place, row in enumerate(rows):
                places[row.key] = (rows, place)
        return places


def _sortable(value: Plain) -> tuple[bool, int]:
    """Days and whole numbers in order, the empty last."""
    if isinstance(value, date):
        return (False, value.toordinal())
    return (False, value) if isinstance(value, int) else (True, 0)


def _named(among: Mapping[str, object], name: object) -> Any:
    """The table or column of an identifier or a word."""
    found = among.get(name) if isinstance(name, str) else None
    return found or next((one for one in among.values() if getattr(one, "word", None) == name), None)
