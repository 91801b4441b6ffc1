# ruff: noqa: S608 -- the SQL is made of declared identifiers; values of users never enter it
"""Names where keys are asked for: people write 甲公司 where its number should stand, and lists give names too.

A name that exactly one row bears, of those in the files and those that stand outside them, is read as that row's key, and it is said that it was. A
name that several bear is refused with their number; one that none bears is what it was: a reference that leads nowhere.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from daihou.book.converting import SHEET
from daihou.book.declared import VOIDED, Table, declared
from daihou.book.faults import Fault
from daihou.book.keys import key_text_sql
from daihou.book.rowchecks import quoted

if TYPE_CHECKING:
    from daihou.book.checking import Checker

Titled = Callable[[str, Sequence[str]], Mapping[str, Collection[str]]]
"""The keys of the rows of a table that bear some names, in the registers that files are read into; by name."""

SEVERAL = "several_titles"
"""The relation of what names several rows: table, column, value, how many."""


def settle_titles(checker: "Checker", titled: Titled | None) -> frozenset[tuple[str, str]]:
    """Replace names by keys in all references that people wrote; those that several rows bear are put into ``SEVERAL``. The columns that hold such, by table."""
    checker.con.execute(
        f"CREATE TEMP TABLE {SEVERAL} (name VARCHAR, item VARCHAR, value VARCHAR, many BIGINT)"
    )
    for name, held in list(checker.rows.items()):
        if held.canonical:
            continue
        for column, ref in checker.references(name):
            parent = checker.rows[ref].table if ref in checker.rows else declared().get(ref)
            if parent is None or parent.title is None:
                continue
            values = _no_keys(checker, name, column, ref)
            if values:
                _settle(checker, name, column, _bearers(checker, parent, values, titled))
    found = checker.con.sql(f"SELECT DISTINCT name, item FROM {SEVERAL}").fetchall()
    return frozenset((name, item) for name, item in found)


def _no_keys(checker: "Checker", name: str, column: str, ref: str) -> list[str]:
    """The values of a reference that are no key of the table it refers to."""
    q, missing = quoted(column), checker.leads_nowhere(name, column, ref)
    rows = checker.con.sql(f"SELECT DISTINCT t.{q} FROM {checker.view(name)} t WHERE {missing} ORDER BY 1")
    return [value for (value,) in rows.fetchall()]


def _bearers(
    checker: "Checker", parent: Table, values: Sequence[str], titled: Titled | None
) -> dict[str, set[str]]:
    """The keys of the rows that bear each name, in the files and outside them."""
    found: dict[str, set[str]] = {}
    if parent.id in checker.rows:
        checker.con.register("wanted", pa.table({"value": pa.array(values, pa.string())}))
        borne = checker.con.sql(
            f"SELECT p.{quoted(str(parent.title))}, {key_text_sql(parent, 'p.')} FROM {checker.view(parent.id)} p "
            f'WHERE p.{quoted(str(parent.title))} IN (SELECT value FROM wanted) AND p."{VOIDED}" IS NULL'
        ).fetchall()
        checker.con.unregister("wanted")
        for value, key in borne:
            found.setdefault(value, set()).add(key)
    for value, keys in (titled(parent.id, values) if titled is not None else {}).items():
        found.setdefault(value, set()).update(keys)
    return found


def _settle(checker: "Checker", name: str, column: str, bearers: Mapping[str, Collection[str]]) -> None:
    """Put the key of the only bearer in the place of its name; remember the names of several."""
    sure = {value: next(iter(keys)) for value, keys in bearers.items() if len(keys) == 1}
    several = [(name, column, value, len(keys)) for value, keys in bearers.items() if len(keys) > 1]
    if several:
        checker.con.executemany(f"INSERT INTO {SEVERAL} VALUES (?, ?, ?, ?)", several)
    if not sure:
        return
    held = checker.rows[name]
    said = held.data[column]
    at = pc.index_in(said, value_set=pa.array(list(sure), pa.string()))
    keys = pa.array(list(sure.values()), pa.string()).take(at.combine_chunks())
    _say(checker, name, column, at)
    data = held.data.set_column(
        held.data.column_names.index(column), column, pc.coalesce(keys, said.combine_chunks())
    )
    checker.hold(name, replace(held, data=data))


def _say(checker: "Checker", name: str, column: str, at: pa.ChunkedArray) -> None:
    """Of each sheet how many cells were read by name, and one of them."""
    data = checker.rows[name].data
    named = pa.table({"sheet": data[SHEET], "value": data[column]}).filter(pc.is_valid(at))
    for entry in pc.value_counts(named["sheet"]).to_pylist():
        sheet = entry["values"]
        first = named.filter(pc.equal(named["sheet"], sheet))["value"][0].as_py()
        checker.faults.add(
            Fault(
                "read-by-name",
                "warning",
                name,
                sheet,
                column=column,
                value=first,
                params={"count": str(entry["counts"])},
            )
        )
