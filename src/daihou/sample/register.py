"""The register being written: rows in the words of the trade, handed out by identifier.

A row is refused at once when the book does not declare its table, its column or its enumerated value, so that
the sample cannot drift from the declarations.
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any

from daihou.book import Column, ColumnType, Table, declared, domains
from daihou.terms import terms
from daihou.units import Calendar

Value = str | int | bool | Decimal | date | None
Row = dict[str, object]

_TEXTUAL = frozenset({ColumnType.ID, ColumnType.TEXT, ColumnType.REF})
_DAYS = frozenset({ColumnType.DATE, ColumnType.HAPPENED})


class Register:
    """Rows of every declared table as they stand on one day."""

    def __init__(self, as_of: date, calendar: Calendar) -> None:
        self.as_of = as_of
        self.calendar = calendar
        self._rows: dict[str, dict[str, Row]] = {table: {} for table in declared()}
        self._counts: dict[str, int] = {}

    def add(self, table_word: str, **cells: Any) -> str:
        """Write one row; return its key. What has not happened by the day of the register is not written.

        Cells are named by the words of the columns; enumerated values are words. A row whose business date
        lies after the day is left out altogether, a day on which something would happen later is left empty.
        """
        table = _table(table_word)
        row: Row = dict.fromkeys(table.columns)
        for word, value in cells.items():
            column = _column(table_word, word)
            row[column.id] = self._converted(column, value)
        for column in table.columns.values():
            if column.required and row[column.id] is None and column.type is ColumnType.BOOL:
                row[column.id] = False
        key = "/".join(_text(row[part]) for part in table.key)
        if table.date is not None:
            acted = cells.get(table.columns[table.date].word)
            if isinstance(acted, date) and acted > self.as_of:
                return key
        missing = [c.word for c in table.columns.values() if c.required and row[c.id] is None]
        assert not missing, f"{table_word} {key} lacks {missing}"
        assert key not in self._rows[table.id], f"{table_word} {key} stands twice"
        self._rows[table.id][key] = row
        return key

    def moved(self, table_word: str, key: str, column_word: str, *steps: tuple[date, Value, Value]) -> None:
        """Write how a dated column moved: (since, old value, new value), oldest first; the last is the row's value."""
        table, column = _table(table_word), _column(table_word, column_word)
        assert column.dated, f"{table_word}.{column_word} has no history"
        for since, old, new in steps:
            if since <= self.as_of:
                before, after = self._converted(column, old), self._converted(column, new)
                row = {"表": table.id, "对象": key, "项目": column.id, "生效日": since}
                self.add("变更记录", **row, 原值=_canonical(before), 新值=_canonical(after))
                self._rows[table.id][key][column.id] = after

    def number(self, prefix: str) -> str:
        """Return the next running number with this prefix: 事0001."""
        self._counts[prefix] = self._counts.get(prefix, 0) + 1
        return f"{prefix}{self._counts[prefix]:05d}"

    def rows(self) -> dict[str, list[Row]]:
        """Return all rows by table identifier, tables in declared order, rows as they were written."""
        return {table: list(rows.values()) for table, rows in self._rows.items() if rows}

    def row(self, table_word: str, key: str) -> Row:
        """Return the row with this key, to be read or mended."""
        return self._rows[_table(table_word).id][key]

    def found(self, table_word: str, column_word: str | None = None, value: str | None = None) -> list[Row]:
        """Return the rows of a table, or those whose text column holds a value."""
        rows = self._rows[_table(table_word).id].values()
        if column_word is None:
            return list(rows)
        column = _column(table_word, column_word).id
        return [row for row in rows if row[column] == value]

    def work(self, day: date, n: int) -> date:
        """Return the n-th working day after the day."""
        return self.calendar.add_working_days(day, n)

    def _converted(self, column: Column, value: Value) -> Value:
        if value is None:
            return None
        if column.type is ColumnType.ENUM:
            assert column.enum is not None, f"{column.word} has no domain"
            found = _values(column.enum).get(str(value))
            assert found, f"{value} is no {column.word}"
            return found
        if column.type is ColumnType.HAPPENED:
            assert isinstance(value, date), f"{column.word} is a day"
            return value if value <= self.as_of else None
        if column.type is ColumnType.NUM:
            assert not isinstance(value, date), f"{column.word} is a number"
            return Decimal(value).quantize(Decimal("0.000001"))
        expected = _python_type(column.type)
        assert isinstance(value, expected), f"{column.word} takes {expected.__name__}, not {value!r}"
        return value


def _python_type(kind: ColumnType) -> type:
    if kind in _TEXTUAL:
        return str
    if kind in _DAYS:
        return date
    return bool if kind is ColumnType.BOOL else int


@cache
def _words() -> Mapping[str, Table]:
    return {table.word: table for table in declared().values()}


def _table(word: str) -> Table:
    return _words()[word]


@cache
def _columns(table_word: str) -> Mapping[str, Column]:
    return {column.word: column for column in _table(table_word).columns.values()}


def _column(table_word: str, word: str) -> Column:
    found = _columns(table_word).get(word)
    assert found, f"{table_word} has no column {word}"
    return found


@cache
def _values(domain: str) -> Mapping[str, str]:
    """Word of a value to its identifier."""
    return {terms().word(value): value for value in domains()[domain]}


def enum_id(domain_word: str, word: str) -> str:
    """Return the identifier of a value of a domain, as it stands in a composite key."""
    return _values(terms().id(domain_word))[word]


def _text(value: object) -> str:
    """Return a key part as text: dates ISO, numbers plain."""
    return value.isoformat() if isinstance(value, date) else str(value)


def _canonical(value: Value) -> str | None:
    """Return the text of a value in the change log."""
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    return format(value.normalize(), "f") if isinstance(value, Decimal) else _text(value)
