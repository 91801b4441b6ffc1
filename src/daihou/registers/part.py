"""Some rows of the registers and what is looked at around them, found by the indexes of references: what one act is about, in a book of millions.

Voided rows are among them, as in the whole book, so that what was said of a row before leads to others, too.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import pyarrow as pa
from django.db import connection

from daihou.book import Book, ColumnType, declared
from daihou.engine.around import Look
from daihou.registers import lines
from daihou.registers.kept import Kept, field_name, held_as, homes, in_book
from daihou.registers.rows import as_book, no_mark_is_nothing, stored_book, through_of, unsealed

"""Values in one question."""
LOG, THROUGH = "change_log", "data_through"

Way = Sequence[tuple[str, str]]
"""References that are followed, each with the table it leads to."""
Keys = Mapping[str, Collection[str]]
"""Keys of rows by table."""


class TooManyRowsError(Exception):
    """More rows are looked at than it is worth to fetch one by one."""


@dataclass(frozen=True)
class Fresh:
    """A row that does not stand in the registers yet: its table, its key, its values by column."""

    table: str
    key: str
    values: Mapping[str, Any]


@dataclass
class Part:
    """Rows by table: their numbers, and the keys under which they stand or stood. ``most``: rows at most."""

    most: int
    numbers: dict[str, set[int]] = field(default_factory=dict)
    keys: dict[str, set[str]] = field(default_factory=dict)

    def gather(self, look: Look, column: str, values: Collection[str], fresh: Sequence[Fresh] = ()) -> None:
        """Take the rows that hold one of some values in a stored column, and all that is looked at from them. Raises TooManyRowsError.

        ``fresh``: rows that do not stand yet and are looked from too.
        """
        numbers, keys = self.numbers.setdefault(look.table, set()), self.keys.setdefault(look.table, set())
        named: dict[str, set[str]] = {name: set() for name in look.up}
        named |= {ours: set() for _, _, ours in look.alike}
        own: set[str] = set()
        for number, key, *said in _rows(look.table, column, values, tuple(named)):
            numbers.add(number)
            own.add(key)
            for name, value in zip(named, said, strict=True):
                if value:  # no mark of a number is an empty text
                    named[name].add(value)
        for one in fresh:
            if one.table == look.table:
                for name in named:
                    named[name] |= {one.values[name]} if one.values.get(name) else set()
        keys |= own
        if sum(map(len, self.numbers.values())) > self.most:
            raise TooManyRowsError
        for name, there in look.up.items():
            self.gather(there, "key", named[name])
        for (_, name), there in look.down.items():
            self.gather(there, field_name(name), own)
        for (_, theirs, ours), there in look.alike.items():
            self.gather(there, _held(there.table, theirs), named[ours])


def objects_of(look: Look, written: Keys, fresh: Sequence[Fresh] = ()) -> set[str]:
    """The rows of the table looked from whose view holds one of the rows that were written, or of rows that do not stand yet."""
    found = set(written.get(look.table, ())) | {one.key for one in fresh if one.table == look.table}
    for name, there in look.up.items():
        keys = objects_of(there, written, fresh)
        found.update(key for _, key in _rows(look.table, field_name(name), keys, ()))
    for (table, name), there in look.down.items():
        keys = objects_of(there, written, fresh)
        found.update(ref for _, _, ref in _rows(table, "key", keys, (name,)) if ref is not None)
        found.update(
            one.values[name]
            for one in fresh
            if one.table == table and one.key in keys and one.values.get(name)
        )
    for (table, theirs, ours), there in look.alike.items():
        keys = objects_of(there, written, fresh)
        texts = {text for _, _, text in _rows(table, "key", keys, (theirs,)) if text}
        found.update(key for _, key in _rows(look.table, _held(look.table, ours), texts, ()))
    return found


def along(table: str, keys: Collection[str], way: Way, fresh: Sequence[Fresh] = ()) -> set[str]:
    """Where references lead from some rows, of which some may not stand yet."""
    found = set(keys)
    for name, there in way:
        refs: list[str | None] = [ref for _, _, ref in _rows(table, "key", found, (name,))]
        refs += [one.values.get(name) for one in fresh if one.table == table and one.key in found]
        found = {ref for ref in refs if ref is not None}
        table = there
    return found


def back(table: str, keys: Collection[str], way: Way) -> set[str]:
    """The rows of a table from which references lead to some rows."""
    starts = [table, *(there for _, there in way)][:-1]
    found = set(keys)
    for (name, _), start in zip(reversed(way), reversed(starts), strict=True):
        found = {key for _, key in _rows(start, field_name(name), found, ())}
    return found


def _rows(table: str, column: str, values: Collection[str], names: Sequence[str]) -> Iterator[Any]:
    """Number, key and some columns of the rows that hold one of some values in a stored column."""
    if table not in homes():  # derived here, kept by no register
        return
    rows = homes()[table]._default_manager.order_by()
    fields = [_held(table, name) for name in names]
    for some in lines.portions(sorted(values)):
        yield from rows.filter(**{f"{column}__in": some}).values_list("pk", "key", *fields)


def _held(table: str, column: str) -> str:
    """The stored field by which rows of a table are found that say something in a column."""
    return held_as(declared()[table].columns[column])


@cache
def sealed_columns() -> frozenset[tuple[str, str]]:
    """The columns that a book out of the database leaves empty."""
    return frozenset(
        (name, column.id)
        for name, model in homes().items()
        for column in model.table.columns.values()
        if not in_book(column)
    )


def book_of(part: Part, whole: Collection[str], begun: Mapping[str, tuple[str, Collection[str]]]) -> Book:
    """The rows of a part and the tables that are read whole, as a book, with how far each source is complete.

    ``begun``: of further tables the rows of which a stored column begins with one of some texts, each of one or two parts and a slash; others
    that begin alike may come along, for they are about rows that are not there.
    """
    book = stored_book((*whole, THROUGH))
    tables = dict(book.tables)
    numbers: dict[str, Collection[int]] = dict(part.numbers)
    for name, (column, texts) in begun.items():
        numbers[name] = set(_beginning(homes()[name], column, texts))
    for name, wanted in numbers.items():
        if wanted:
            tables[name] = _read(homes()[name], sorted(wanted))
    return Book(tables, through_of(tables), "")


def _read(model: type[Kept], numbers: Sequence[int]) -> pa.Table:
    """Rows of a stored table by their numbers."""
    columns = unsealed(model.table)
    wanted: dict[str, tuple[str, ColumnType]] = {
        column.id: (held_as(column), column.type) for column in columns
    }
    read = [
        lines.read(model._meta.db_table, wanted, f"id IN ({', '.join(['%s'] * len(some))})", some)
        for some in lines.portions(numbers)
    ]
    return as_book(model.table, no_mark_is_nothing(columns, pa.concat_tables(read)))


def _beginning(model: type[Kept], column: str, texts: Collection[str]) -> Iterator[int]:
    """Numbers of the rows of which a column begins with one of some texts: by its index where texts are ordered by their signs, else by their first parts."""
    source, name = connection.ops.quote_name(model._meta.db_table), connection.ops.quote_name(column)
    for some in lines.portions(sorted(texts)):
        with connection.cursor() as cursor:
            cursor.execute(*_begun(source, name, some))
            yield from (number for (number,) in cursor.fetchall())


def _begun(source: str, name: str, texts: Sequence[str]) -> tuple[str, list[Any]]:
    if connection.vendor == "sqlite":
        places = ", ".join(["(%s, %s)"] * len(texts))
        ends = [end for text in texts for end in (text, f"{text[:-1]}0")]  # the sign after the slash
        return (
            f"SELECT t.id FROM (VALUES {places}) AS v JOIN {source} AS t ON t.{name} >= v.column1 AND t.{name} < v.column2",  # noqa: S608 - names of the declarations, quoted
            ends,
        )
    firsts = sorted({text[:-1] for text in texts if text.count("/") == 1})
    pairs = sorted({"/".join(text.split("/")[:2]) for text in texts if text.count("/") > 1})
    first, second = f"split_part({name}, '/', 1)", f"split_part({name}, '/', 2)"
    where = f"{first} = ANY(%s) OR {first} || '/' || {second} = ANY(%s)"
    return f"SELECT id FROM {source} WHERE {where}", [firsts, pairs]  # noqa: S608 - names of the declarations, quoted


def dated_tables(tables: Iterable[str]) -> frozenset[str]:
    """Those of some tables of which the change log says how values moved."""
    return frozenset(
        name for name in tables if any(column.dated for column in declared()[name].columns.values())
    )
