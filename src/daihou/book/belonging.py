# ruff: noqa: S608 -- the SQL is made of declared identifiers; values of users never enter it
"""Two values of a row that have to belong together by another table: who is called, and the contract that it is about.

Data: 同属 in ``checks.yaml``. What the files tell counts, and what stands in the registers that they are read into.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa

from daihou.book.converting import ROW, SHEET
from daihou.book.declared import VOIDED, Table, declared
from daihou.book.rowchecks import quoted, said_checks

if TYPE_CHECKING:
    from daihou.book.checking import Checker

Pair = tuple[str, str]
Paired = Callable[["TellingRows", Sequence[Pair]], Collection[Pair]]
"""Which of some pairs stand together in a row outside the files, in the registers that they are read into."""


@dataclass(frozen=True, slots=True)
class TellingRows:
    """Rows of a table that say that two values belong together, and the columns that hold them."""

    table: str
    by: str
    value: str


@dataclass(frozen=True, slots=True)
class Belonging:
    """What ``column`` holds belongs to what ``by`` holds, by a row of one of some tables; else the fault ``code``."""

    code: str
    table: str
    column: str
    by: str
    ways: tuple[TellingRows, ...]


def check_belonging(checker: "Checker", paired: Paired | None) -> None:
    """Say of rows that stand so far which of their values do not belong together."""
    tables = {**declared(), **{name: held.table for name, held in checker.rows.items()}}
    for one in _belongings({table.word: table for table in tables.values()}):
        if one.table in checker.rows:
            _check(checker, one, paired)


def _belongings(by_word: Mapping[str, Table]) -> Iterator[Belonging]:
    """What is said to belong together, as far as the tables have the columns."""
    for rule in said_checks()["同属"]:
        told = _columns(by_word, str(rule["表"]), (rule["列"], rule["属"]))
        ways = [_columns(by_word, str(of), both) for of, *both in rule["凭"]]
        if told is not None and None not in ways:
            yield Belonging(
                str(rule["码"]), *told, tuple(TellingRows(*way) for way in ways if way is not None)
            )


def _columns(by_word: Mapping[str, Table], word: str, both: Sequence[str]) -> tuple[str, str, str] | None:
    """A table and two of its columns by their words, as identifiers; None where it has them not."""
    table = by_word.get(word)
    ids = {} if table is None else {column.word: column.id for column in table.columns.values()}
    if table is None or not set(both) <= ids.keys():
        return None
    return table.id, ids[both[0]], ids[both[1]]


def _check(checker: "Checker", one: Belonging, paired: Paired | None) -> None:
    number, column, by = checker.number(one.table), quoted(one.column), quoted(one.by)
    stands = f"t.{number} NOT IN (SELECT position FROM {checker.bad(one.table)})"
    found = checker.con.sql(
        f"SELECT DISTINCT t.{by}, t.{column} FROM {checker.view(one.table)} t"
        f" WHERE t.{by} IS NOT NULL AND t.{column} IS NOT NULL AND {stands}{''.join(_not_told(checker, one))}"
    )
    off = set(found.fetchall())
    for way in one.ways if paired is not None else ():
        told = _told_here(checker, way, {by for by, _value in off})
        asked = [pair for pair in off if pair[0] not in told]
        off -= set(paired(way, asked)) if paired is not None and asked else set()
    if off:
        _say(checker, one, off, stands)


def _not_told(checker: "Checker", one: Belonging) -> Iterator[str]:
    """Of each of the tables that the files hold the condition that no row of it has both."""
    for way in one.ways:
        if way.table in checker.rows:
            both = (
                f"w.{quoted(way.by)} = t.{quoted(one.by)} AND w.{quoted(way.value)} = t.{quoted(one.column)}"
            )
            yield f" AND NOT EXISTS (FROM {checker.view(way.table)} w WHERE {both} AND w.{quoted(VOIDED)} IS NULL)"


def _told_here(checker: "Checker", way: TellingRows, asked: Collection[str]) -> set[str]:
    """Of which the files hold the one row that tells it, so that what the registers said before no longer counts."""
    if way.table not in checker.rows or checker.rows[way.table].table.key != (way.by,):
        return set()
    by = quoted(way.by)
    checker.con.register("asked", pa.table({"key": pa.array(sorted(asked), pa.string())}))
    found = checker.con.sql(
        f"SELECT {by} FROM {checker.view(way.table)} WHERE {by} IN (SELECT key FROM asked)"
    )
    told = {key for (key,) in found.fetchall()}
    checker.con.unregister("asked")
    return told


def _say(checker: "Checker", one: Belonging, off: Collection[Pair], stands: str) -> None:
    column, by = quoted(one.column), quoted(one.by)
    pairs = {"b": [of for of, _value in off], "v": [value for _of, value in off]}
    checker.con.register("off", pa.table(pairs))
    checker.say(
        one.table,
        one.column,
        f"""SELECT t.{checker.number(one.table)}, t."{SHEET}", t."{ROW}", t.{column}, '{one.code}', 'error', '{one.by}', t.{by}
        FROM {checker.view(one.table)} t JOIN off o ON o.b = t.{by} AND o.v = t.{column} WHERE {stands}""",
        ("other_id", "other_value"),
    )
    checker.con.unregister("off")
