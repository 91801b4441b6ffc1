"""Keys of rows in SQL and Arrow: their text, their order, how a reference is held against them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from daihou.book.declared import Column, ColumnType, Table
from daihou.book.rowchecks import quoted
from daihou.units import format_yuan

TEXTS = frozenset({ColumnType.ID, ColumnType.TEXT, ColumnType.REF, ColumnType.ENUM})
_TRIAL_ROWS = 10_000  # rows looked at before a table is taken to be sorted by its key


@dataclass(frozen=True, slots=True)
class ChangeLog:
    """The declared change log: its identifier and the identifiers of its columns."""

    name: str
    table: str
    object: str
    item: str
    since: str
    old: str
    new: str


def change_log_of(tables: Mapping[str, Table]) -> ChangeLog | None:
    """The change log among some tables, known by its words."""
    found = next((t for t in tables.values() if t.word == "变更记录"), None)
    if found is None:
        return None
    ids = {c.word: c.id for c in found.columns.values()}
    return ChangeLog(found.id, *(ids[w] for w in ("表", "对象", "项目", "生效日", "原值", "新值")))


def canonical_sql(column: Column, alias: str = "") -> str:
    """A value's canonical text in SQL, as `cells.canonical_text` writes it."""
    name = f"{alias}{quoted(column.id)}"
    if column.type in TEXTS:
        return name
    if column.type is ColumnType.NUM:
        return f"rtrim(rtrim(CAST({name} AS VARCHAR), '0'), '.')"
    return f"CAST({name} AS VARCHAR)"


def key_text_sql(table: Table, alias: str = "") -> str:
    """The text of a row's key, parts joined by a slash; NULL where a part is missing."""
    parts = [canonical_sql(table.columns[c], alias) for c in table.key]
    return "(" + " || '/' || ".join(parts) + ")"


def names_row_sql(parent: Table, text: str, alias: str) -> str:
    """Condition that a reference's text names a row of ``parent``; column by column where that can be told.

    A key of one text followed by numbers, days or the like is split from the right, so that no key of the
    parent has to be written out.
    """
    first, *rest = (parent.columns[c] for c in parent.key)
    if not rest or first.type not in TEXTS or any(c.type in TEXTS for c in rest):
        return f"{text} = {key_text_sql(parent, alias)}"
    kinds = {ColumnType.DATE: "DATE", ColumnType.HAPPENED: "DATE", ColumnType.BOOL: "BOOLEAN"}
    conditions = []
    tail = ""
    for i, column in enumerate(reversed(rest), 1):
        part = f"split_part({text}, '/', -{i})"
        tail = f"{tail} + 1 + length({part})" if tail else f"1 + length({part})"
        conditions.append(
            f"try_cast({part} AS {kinds.get(column.type, 'BIGINT')}) = {alias}{quoted(column.id)}"
        )
    return (
        f"left({text}, length({text}) - ({tail})) = {alias}{quoted(first.id)} AND {' AND '.join(conditions)}"
    )


def strictly_rising(columns: Sequence[pa.ChunkedArray]) -> bool:
    """Whether rows stand in the order of their key without a repeat: then no key stands twice."""
    size = len(columns[0])
    if any(c.null_count or pa.types.is_boolean(c.type) for c in columns):
        return False
    return _rising([c.slice(0, _TRIAL_ROWS) for c in columns]) and (size <= _TRIAL_ROWS or _rising(columns))


def _rising(columns: Sequence[pa.ChunkedArray]) -> bool:
    size = len(columns[0])
    rising = None
    for column in reversed(columns):
        before, after = column.slice(0, size - 1), column.slice(1)
        less = pc.less(before, after)
        rising = less if rising is None else pc.or_(less, pc.and_(pc.equal(before, after), rising))
    return bool(pc.all(rising, min_count=0).as_py())


def said(kind: ColumnType, value: str | None) -> str | None:
    """A value taken from SQL as text, as users write it: amounts in yuan, yes and no in Chinese."""
    if value is None:
        return None
    if kind is ColumnType.FEN:
        return format_yuan(int(value))
    if kind is ColumnType.BOOL:
        return "是" if value == "true" else "否"
    return value
