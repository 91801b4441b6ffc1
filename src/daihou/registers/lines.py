"""Many rows at once: out of the database as Arrow columns, and into it without an object of a model for each.

Reading, the database writes each row as one line of text and Arrow reads the lines: a value never becomes an object of Python, which is what
reading millions of them cost most.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, TypeVar

import pyarrow as pa
from django.db import connection
from pyarrow import csv

from daihou.book import ARROW_TYPES, ColumnType

_Value = TypeVar("_Value")

IN_A_QUESTION = 400
"""Keys named in one question: SQLite takes a thousand values at most, of other conditions too."""

AT_A_TIME = 10_000
"""Rows handed to the database at once."""

IN_A_PART = 100_000
"""Rows taken from the database at once: of so many the lines are held while they are turned into columns."""


def portions(values: Sequence[_Value]) -> Iterator[Sequence[_Value]]:
    """Values as many at a time as one question names."""
    return (values[start : start + IN_A_QUESTION] for start in range(0, len(values), IN_A_QUESTION))


def parts(rows: Iterable[_Value], size: int) -> Iterator[list[_Value]]:
    """Rows as they come, so many at a time that memory need not feel them."""
    left = iter(rows)
    while some := list(islice(left, size)):
        yield some


def read(
    source: str, columns: Mapping[str, tuple[str, ColumnType]], where: str = "", said: Sequence[Any] = ()
) -> pa.Table:
    """Rows of a stored table in the order of their ids; many of them in several chunks.

    ``columns``: by the name that each is to have, the column of the database and what it holds. ``where``: SQL behind WHERE, its values
    in ``said``; names in it are the caller's to quote.
    """
    line = " || ',' || ".join(_in_line(name, kind) for name, kind in columns.values())
    table = connection.ops.quote_name(source)
    bound = f" WHERE {where}" if where else ""
    kinds = {name: ARROW_TYPES[kind] for name, (_column, kind) in columns.items()}
    with connection.chunked_cursor() as cursor:
        cursor.execute(f"SELECT {line} FROM {table}{bound} ORDER BY id", list(said))  # noqa: S608 - names of declarations, quoted
        tables = [
            _parsed([row[0] for row in some], kinds) for some in iter(lambda: cursor.fetchmany(IN_A_PART), [])
        ]
    return pa.concat_tables(tables) if tables else _parsed([], kinds)


def _in_line(column: str, kind: ColumnType) -> str:
    """The SQL of a value in a line: texts in quotes, so that an empty text is not nothing; days, numbers and yes-no bare."""
    name = connection.ops.quote_name(column)
    match kind:
        case ColumnType.BOOL:
            said = f"CASE WHEN {name} THEN '1' ELSE '0' END"
        case ColumnType.NUM if connection.vendor == "sqlite":  # kept there as a binary fraction
            said = f"printf('%%.6f', {name})"
        case ColumnType.DATE | ColumnType.HAPPENED | ColumnType.FEN | ColumnType.INT | ColumnType.NUM:
            said = f"CAST({name} AS text)"
        case _:
            said = f"""'"' || replace({name}, '"', '""') || '"'"""
    return f"CASE WHEN {name} IS NULL THEN '' ELSE {said} END"


def _parsed(lines: Sequence[str], kinds: Mapping[str, pa.DataType]) -> pa.Table:
    """Lines as Arrow columns."""
    if not lines:
        return pa.table({name: pa.nulls(0, kind) for name, kind in kinds.items()})
    text = "\n".join(
        [*lines, ""]
    )  # the last line is ended too: without, Arrow takes an empty last value behind a text for a text
    return csv.read_csv(
        pa.BufferReader(text.encode()),
        read_options=csv.ReadOptions(column_names=list(kinds)),
        parse_options=csv.ParseOptions(newlines_in_values=True, ignore_empty_lines=False),
        convert_options=csv.ConvertOptions(
            column_types=dict(kinds), null_values=[""], strings_can_be_null=True, quoted_strings_can_be_null=False,
            true_values=["1"], false_values=["0"],
        ),
    ).combine_chunks()  # fmt: skip


def insert(source: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """New rows of a stored table. Days are told as their text, which every database reads."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            _copy(cursor, source, columns, rows)
        return
    names = ", ".join(connection.ops.quote_name(name) for name in columns)
    places = ", ".join(["%s"] * len(columns))
    said = f"INSERT INTO {connection.ops.quote_name(source)} ({names}) VALUES ({places})"  # noqa: S608 - names of declarations, quoted
    _each(said, rows)


def update(source: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Columns of rows that stand; the last value of each row is its id."""
    quoted = [connection.ops.quote_name(name) for name in columns]
    table = connection.ops.quote_name(source)
    if connection.vendor == "postgresql":
        # one statement for all: a statement for each row takes several times as long
        listed = ", ".join([*quoted, "id"])
        moved = ", ".join(f"{name} = moved.{name}" for name in quoted)
        with connection.cursor() as cursor:
            like = f"SELECT {listed} FROM {table} WHERE FALSE"  # noqa: S608 - names of declarations, quoted
            cursor.execute(f"CREATE TEMP TABLE moved ON COMMIT DROP AS {like}")
            _copy(cursor, "moved", (*columns, "id"), rows)
            cursor.execute(f"UPDATE {table} SET {moved} FROM moved WHERE {table}.id = moved.id")  # noqa: S608 - as above
            cursor.execute("DROP TABLE moved")
        return
    names = ", ".join(f"{name} = %s" for name in quoted)
    _each(f"UPDATE {table} SET {names} WHERE id = %s", rows)  # noqa: S608 - names of declarations, quoted


def _each(said: str, rows: Iterable[Sequence[Any]]) -> None:
    """A statement for each of some rows."""
    with connection.cursor() as cursor:
        for some in parts(rows, AT_A_TIME):
            cursor.executemany(said, some)


def _copy(cursor: Any, source: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Rows into a table by the way of PostgreSQL for many."""
    names = ", ".join(connection.ops.quote_name(name) for name in columns)
    with cursor.cursor.copy(f"COPY {connection.ops.quote_name(source)} ({names}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)
