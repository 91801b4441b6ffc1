"""Arrow tables of a book to stored rows and back: set-based, personal numbers sealed on the way in."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from django.db import OperationalError, connection, transaction

from daihou.book import ARROW_TYPES, Book, Column, ColumnType, Fault, Reading, Table, TellingRows, declared
from daihou.registers import lines, shelf
from daihou.registers.kept import (
    Kept,
    field_name,
    held_as,
    homes,
    in_book,
    is_sealed,
    names_party,
    standing,
    values_of,
)
from daihou.registers.sealing import TAIL, Seals, is_mark, is_resident, seals

_JOINED = frozenset({ColumnType.ID, ColumnType.REF})
_MARKED_WORDS = frozenset({"对象", "对象键", "次"})  # texts that hold keys: the change log's object, a duty's


def sealed_rows(table: Table, rows: pa.Table) -> list[dict[str, Any]]:
    """Rows of a checked book as values of the stored model's fields, with their key; numbers sealed and marked."""
    closing = seals()
    columns = values_of(table)
    held = {column.id: rows[column.id].to_pylist() for column in columns}
    for column in columns:
        if column.type in _JOINED or column.word in _MARKED_WORDS:
            known = {one: closing.marked(one) for one in set(held[column.id]) if one is not None}
            if names_party(column):
                held[f"{column.id}/plain"] = held[column.id]
            held[column.id] = [None if one is None else known[one] for one in held[column.id]]
    return [_sealed_row(table, columns, held, at, closing) for at in range(rows.num_rows)]


def sealed_row(table: Table, values: Mapping[str, Any]) -> dict[str, Any]:
    """One row out of its plain values by column (columns left out are empty), as ``sealed_rows`` gives it."""
    arrays = {
        column.id: pa.array([values.get(column.id)], ARROW_TYPES[column.type]) for column in values_of(table)
    }
    return sealed_rows(table, pa.table(arrays))[0]


def _sealed_row(
    table: Table, columns: Sequence[Column], held: Mapping[str, list[Any]], at: int, closing: Seals
) -> dict[str, Any]:
    row: dict[str, Any] = {}
    for column in columns:
        name, value = field_name(column.id), held[column.id][at]
        if names_party(column):
            plain = held[f"{column.id}/plain"][at]
            private = plain is not None and is_resident(plain)
            row[f"{name}_sealed"] = closing.seal(plain) if private else ""
            row[f"{name}_tail"] = plain[-TAIL:] if private else ""
        elif is_sealed(column):
            row[f"{name}_mark"] = "" if value is None else closing.mark(value)
            row[f"{name}_tail"] = "" if value is None else value[-TAIL:]
            value = None if value is None else closing.seal(value)
        row[name] = value
    row["key"] = "/".join(key_text(row[field_name(part)]) for part in table.key)
    return row


def write(model: type[Kept], rows: Iterable[Mapping[str, Any]]) -> None:
    """New rows of a stored table, each by the values of its fields; what it does not name is as the field begins. No object is made for any.

    TypeError where a row names what is no field.
    """
    fields = [one for one in model._meta.concrete_fields if not one.primary_key]
    begins = {one.attname: one.get_default() for one in fields}
    named = list(begins)

    def values() -> Iterator[list[Any]]:
        for row in rows:
            whole = {**begins, **row}
            if len(whole) > len(begins):
                message = f"no fields of {model.table.id}: {sorted(whole.keys() - begins.keys())}"
                raise TypeError(message)
            yield [_plain(whole[name]) for name in named]

    lines.insert(model._meta.db_table, [str(one.column) for one in fields], values())


def _plain(value: Any) -> Any:
    """A value as every database reads it."""
    return (
        value.isoformat() if isinstance(value, date) else str(value) if isinstance(value, Decimal) else value
    )


def seal_in_place(source: str, field: str, kept: Callable[[str], str]) -> None:
    """Seal the numbers that an earlier release kept in clear in a field of a stored table: sealed, with their marks and their ends.

    ``kept``: a number as it is kept now.
    """
    closing, quoted = seals(), connection.ops.quote_name
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT id, {quoted(field)} FROM {quoted(source)} WHERE {quoted(field)} IS NOT NULL")  # noqa: S608 - names of a migration, quoted
        clear = cursor.fetchall()
    columns = (field, f"{field}_mark", f"{field}_tail")
    said = ((number, kept(text)) for number, text in clear)
    sealed = ((closing.seal(text), closing.mark(text), text[-TAIL:], number) for number, text in said)
    lines.update(source, columns, sealed)


def key_text(value: Any) -> str:
    """A part of a key as the book writes it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.isoformat() if isinstance(value, date) else str(value)


def content(table: Table, row: Mapping[str, Any]) -> tuple[Any, ...]:
    """What a row says, to tell whether a new one says anything else: sealed numbers by their marks."""
    said: list[Any] = []
    for column in values_of(table):
        name = field_name(column.id)
        value = row[f"{name}_mark"] or None if is_sealed(column) else row[name]
        said.append(Decimal(value).normalize() if isinstance(value, Decimal) else value)
    return tuple(said)


def shown(table: Table, row: Mapping[str, Any]) -> dict[str, Any]:
    """A row for the trail: personal numbers only as their marks."""
    return {
        column.id: row[f"{field_name(column.id)}_mark"] if is_sealed(column) else row[field_name(column.id)]
        for column in values_of(table)
        if row.get(field_name(column.id)) is not None
    }


def without_derived(reading: Reading) -> Reading:
    """A reading without the tables that are derived here and kept by no register (任务): their rows count as left out, and a doubt says so."""
    derived = [name for name in reading.book.tables if name not in homes()]
    if not derived:
        return reading
    tables = {name: rows for name, rows in reading.book.tables.items() if name in homes()}
    told = tuple(Fault("table-derived", "warning", name, declared()[name].word) for name in derived)
    left = {**reading.rows_left_out, **{name: reading.rows_read[name] for name in derived}}
    return replace(
        reading,
        book=replace(reading.book, tables=tables),
        faults=(*reading.faults, *told),
        rows_left_out=left,
    )


def stored_book(tables: Sequence[str] | None = None, *, keep: bool = False) -> Book:
    """The whole book out of the database, voided rows too (a book is asked as of a day); sealed columns stay empty.

    What was kept of an earlier reading is carried on (``shelf``). ``keep``: this reading is of one moment, outside any writing, and is
    kept for the next where much has come since.
    """
    wanted = {name: model for name, model in homes().items() if tables is None or name in tables}
    moment = shelf.Moment.now()
    shelved = shelf.taken_down({name: unsealed(model.table) for name, model in wanted.items()})
    found: dict[str, pa.Table] = {}
    for name, model in wanted.items():
        rows, came = _carried_on(model, shelved.get(name))
        if keep and rows.num_rows and (came is None or came > max(WORTH, rows.num_rows // WORTH_OF)):
            shelf.put_up(name, rows, moment, unsealed(model.table))
        if rows.num_rows:
            found[name] = as_book(model.table, rows)
    return Book(found, through_of(found), "")


WORTH, WORTH_OF = 2_000, 50
"""From how many rows that came since a table was kept it is kept anew: so many, or such a part of its rows."""


def stored_table(model: type[Kept]) -> pa.Table:
    """One stored table as the book's Arrow table, read whole."""
    return as_book(model.table, _lines_of(model, unsealed(model.table)))


def unsealed(table: Table) -> tuple[Column, ...]:
    """The columns of a table that a book out of the database holds."""
    return tuple(column for column in table.columns.values() if in_book(column))


def _carried_on(model: type[Kept], held: shelf.Shelved | None) -> tuple[pa.Table, int | None]:
    """A table as it stands: what was kept of it, the rows voided and written since; and how many those were, None where nothing was kept."""
    columns = unsealed(model.table)
    if held is None:
        return _lines_of(model, columns), None
    source, last = connection.ops.quote_name(model._meta.db_table), held.last
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT id, CAST(voided AS text) FROM {source} WHERE void_event > %s AND id <= %s",  # noqa: S608 - a name of the declarations, quoted
            [held.moment.event, last],
        )
        gone = {number: date.fromisoformat(day) for number, day in cursor.fetchall()}
    fresh = _lines_of(model, columns, last)
    rows = shelf.voided_since(held.rows, gone)
    return (pa.concat_tables([rows, fresh]) if fresh.num_rows else rows), len(gone) + fresh.num_rows


def _lines_of(model: type[Kept], columns: Sequence[Column], after: int = 0) -> pa.Table:
    """The rows of a stored table with numbers above ``after``, and these."""
    wanted = {shelf.ID: ("id", ColumnType.INT)}
    wanted |= {column.id: (held_as(column), column.type) for column in columns}
    return no_mark_is_nothing(columns, lines.read(model._meta.db_table, wanted, "id > %s", [after]))


def no_mark_is_nothing(columns: Sequence[Column], rows: pa.Table) -> pa.Table:
    """Rows as they were read, where an empty mark of a number says that there is no number."""
    for column in columns:
        if is_sealed(column):
            marks = rows[column.id]
            nothing = pa.scalar(None, marks.type)
            empty = pc.if_else(pc.equal(marks, ""), nothing, marks)
            rows = rows.set_column(rows.column_names.index(column.id), column.id, empty)
    return rows


def as_book(table: Table, rows: pa.Table) -> pa.Table:
    """Rows as the book has them: every declared column in its order, sealed ones empty, no numbers of rows."""
    size = rows.num_rows
    whole = {
        name: rows[name] if name in rows.column_names else pa.nulls(size, ARROW_TYPES[column.type])
        for name, column in table.columns.items()
    }
    return pa.table({**whole, "_sheet": pa.nulls(size, pa.string()), "_row": pa.nulls(size, pa.int64())})


def through_of(tables: Mapping[str, pa.Table]) -> dict[str, date]:
    """How far each source table is complete: the standing rows of 数据截至."""
    table = next(one for one in declared().values() if one.word == "数据截至")
    held = tables.get(table.id)
    if held is None:
        return {}
    ids = {column.word: column.id for column in table.columns.values()}
    rows = zip(*(held[name].to_pylist() for name in (ids["表"], ids["截至"], "voided")), strict=True)
    return {name: day for name, day, voided in rows if voided is None}


Lookup = Callable[[Sequence[str]], set[str]]
_derived: dict[str, Lookup] = {}


def derive_in(table: str, lookup: Lookup) -> None:
    """A room that keeps a declared table as results of its own says which keys of it stand."""
    _derived[table] = lookup


def stands(table: str, keys: Sequence[str]) -> set[str]:
    """Which of some keys of a table stand in the registers; a private person's number is looked up by its mark."""
    closing = seals()
    marked = {closing.marked(key): key for key in keys}
    asked = list(marked)
    if table in _derived:
        return {marked[key] for key in _derived[table](asked)}
    found: set[str] = set()
    for some in lines.portions(asked):
        rows = standing(homes()[table]).filter(key__in=some)
        found.update(rows.values_list("key", flat=True))
    return {marked[key] for key in found}


def titled(table: str, names: Sequence[str]) -> dict[str, set[str]]:
    """The keys of the standing rows of a table that bear some names, as a file writes them: a private person's is the number itself."""
    of = declared()[table]
    if of.title is None or table in _derived:
        return {}
    number = next(
        (column for column in values_of(of) if names_party(column) and of.key == (column.id,)), None
    )
    sealed = [f"{field_name(number.id)}_sealed"] if number is not None else []
    title, closing = field_name(of.title), seals()
    found: dict[str, set[str]] = {}
    for some in lines.portions(list(names)):
        rows = standing(homes()[table]).filter(**{f"{title}__in": some})
        for name, key, *number_sealed in rows.values_list(title, "key", *sealed):
            plain = closing.opened(number_sealed[0]) if any(number_sealed) else key
            found.setdefault(name, set()).add(plain)
    return found


def paired(way: TellingRows, pairs: Sequence[tuple[str, str]]) -> set[tuple[str, str]]:
    """Which of some pairs stand together in a row of the registers; private persons' numbers are looked up by their marks."""
    closing = seals()
    marked = {(closing.marked(by), closing.marked(value)): (by, value) for by, value in pairs}
    fields = field_name(way.by), field_name(way.value)
    found: set[tuple[str, str]] = set()
    for some in lines.portions(sorted({by for by, _value in marked})):
        rows = standing(homes()[way.table]).filter(**{f"{fields[0]}__in": some})
        found.update(rows.values_list(*fields))
    return {pair for both, pair in marked.items() if both in found}


def plain_key(key: str) -> str:
    """A key for people: marks told as hidden numbers."""
    return "/".join("•••" if is_mark(part) else part for part in key.split("/"))


@contextmanager
def one_moment() -> Iterator[bool]:
    """Read many tables as they stood at one moment, without holding up anybody who writes.

    SQLite: a transaction that takes no lock; PostgreSQL: one snapshot. Inside another transaction: that transaction.
    Whether it is a moment of its own, outside any writing.
    """
    if connection.in_atomic_block:
        yield False
        return
    connection.ensure_connection()  # a connection of SQLite learns its mode when it is opened
    own: Any = connection
    mode = getattr(own, "transaction_mode", None)
    if connection.vendor == "sqlite":
        own.transaction_mode = "DEFERRED"
    try:
        with transaction.atomic():
            if connection.vendor == "postgresql":
                with connection.cursor() as cursor:
                    cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            yield True
    finally:
        if connection.vendor == "sqlite":
            own.transaction_mode = mode


SAMPLED = 1_000
"""Rows of each index that SQLite looks at for its sizes: a tenth of a second at any size."""


def look_at_sizes() -> None:
    """Let SQLite see how its tables have grown: it chooses indexes by it, and without it takes every table for a small one. PostgreSQL looks by itself.

    Where somebody writes for as long as a writer waits, the next time does.
    """
    if connection.vendor != "sqlite":
        return
    with suppress(OperationalError), connection.cursor() as cursor:
        cursor.execute(f"PRAGMA analysis_limit = {SAMPLED}")
        cursor.execute("ANALYZE")
