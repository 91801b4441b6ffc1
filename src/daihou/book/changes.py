# ruff: noqa: S608 -- the SQL is made of declared identifiers; values of users never enter it
"""The change log: how dated columns moved. Its words are settled on reading, its sense is checked."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from daihou.book.cells import Bad, CellReader, canonical_text
from daihou.book.converting import ROW, SHEET, Piece, Scope
from daihou.book.declared import VOIDED, Table
from daihou.book.faults import Fault, FaultList, shown
from daihou.book.keys import ChangeLog, canonical_sql, change_log_of, key_text_sql
from daihou.book.rowchecks import quoted
from daihou.book.sources import distinct_of_texts

if TYPE_CHECKING:
    from daihou.book.checking import Checker

_BETWEEN = "\x1f"
_NOTHING = "\x00"
Parts = Sequence[str | None]


def settle_names(piece: Piece, scope: Scope, faults: FaultList, *, whole: bool) -> Piece:
    """Words of tables, columns and values inside the change log and 数据截至 become canonical text.

    ``whole``: the file keeps canonical values already (amounts in fen).
    """
    log = change_log_of(scope.tables)
    if log is not None and piece.table.id == log.name:
        return _settle_log(piece, log, scope, faults, whole=whole)
    if piece.table.word == "数据截至":
        column = next(c.id for c in piece.table.columns.values() if c.word == "表")
        return _settle(piece, (column,), column, lambda parts: _table_id(parts[0], scope), faults)
    return piece


def _settle_log(piece: Piece, log: ChangeLog, scope: Scope, faults: FaultList, *, whole: bool) -> Piece:
    piece = _settle(piece, (log.table,), log.table, lambda parts: _table_id(parts[0], scope), faults)
    both = (log.table, log.item)
    piece = _settle(piece, both, log.item, lambda parts: _item_id(parts, scope), faults)
    piece = _settle(
        piece,
        (log.table, log.object),
        log.object,
        lambda parts: _object_key(parts, scope, whole=whole),
        faults,
    )
    for value in (log.old, log.new):
        piece = _settle(piece, (*both, value), value, lambda parts: _value(parts, scope, whole=whole), faults)
    return piece


def _settle(
    piece: Piece,
    sources: tuple[str, ...],
    target: str,
    read: Callable[[Parts], tuple[str | None, Bad | None]],
    faults: FaultList,
) -> Piece:
    """Replace one column by what ``read`` makes of each distinct combination of the source columns."""
    joined = pc.binary_join_element_wise(
        *(piece.data[c] for c in sources), _BETWEEN, null_handling="replace", null_replacement=_NOTHING
    )
    raw = distinct_of_texts(joined)
    values: list[str | None] = []
    refused: dict[int, tuple[Bad, str | None]] = {}
    for i, text in enumerate(raw.values):
        parts = [None if part == _NOTHING else part for part in str(text).split(_BETWEEN)]
        value, bad = read(parts)
        values.append(value)
        if bad is not None:
            refused[i] = (bad, parts[-1])
    positions = pc.indices_nonzero(pc.is_in(raw.indices, value_set=pa.array(list(refused), pa.int32())))
    for position in positions.to_pylist():
        bad, said = refused[raw.indices[position].as_py()]
        sheet, row = piece.data[SHEET][position].as_py(), piece.data[ROW][position].as_py()
        faults.add(Fault(bad.code, bad.severity, piece.table.id, sheet, row, target, shown(said), bad.params))
    column = pa.array(values, pa.string()).take(raw.indices)
    place = piece.data.column_names.index(target)
    bad_rows = pa.concat_arrays([piece.bad, positions.cast(pa.int64())])
    return replace(piece, data=piece.data.set_column(place, target, column), bad=bad_rows)


def _table_id(name: str | None, scope: Scope) -> tuple[str | None, Bad | None]:
    if name is None:
        return None, None
    table = scope.names.table(name)
    if table is None:
        return name, Bad("table-unknown", params={"near": scope.names.nearest_table(name)})
    return table.id, None


def _item_id(parts: Parts, scope: Scope) -> tuple[str | None, Bad | None]:
    table, item = scope.tables.get(parts[0] or ""), parts[1]
    if table is None or item is None:
        return item, None
    column = scope.names.column(table, item)
    if column is None:
        return item, Bad(
            "item-unknown", params={"of_id": table.id, "near": scope.names.nearest_column(table, item)}
        )
    if not column.dated:
        dated = [c.id for c in table.columns.values() if c.dated]
        return column.id, Bad(
            "item-not-dated", params={"of_id": table.id, "dated_id": ",".join(dated) or "—"}
        )
    return column.id, None


def _object_key(parts: Parts, scope: Scope, *, whole: bool) -> tuple[str | None, Bad | None]:
    table, text = scope.tables.get(parts[0] or ""), parts[1]
    if table is None or text is None:
        return text, None
    column = table.columns[table.key[0]]
    key, bad = CellReader(column, scope.tables, scope.domains, whole=whole).key_of(table, text)
    return (text, bad) if bad is not None else (str(key), None)


def _value(parts: Parts, scope: Scope, *, whole: bool) -> tuple[str | None, Bad | None]:
    table, item, text = scope.tables.get(parts[0] or ""), parts[1], parts[2]
    if table is None or item is None or item not in table.columns or text is None:
        return text, None
    value, bad = CellReader(table.columns[item], scope.tables, scope.domains, whole=whole).read(text)
    return (None if value is None else canonical_text(value)), bad


def check_changes(checker: "Checker") -> None:
    """Every row names an object that is there; every last new value is the register's."""
    log = change_log_of({n: r.table for n, r in checker.rows.items()})
    if log is None:
        return
    standing = f"{checker.number(log.name)} NOT IN (SELECT position FROM {checker.bad(log.name)})"
    series = checker.con.sql(
        f"SELECT DISTINCT {quoted(log.table)}, {quoted(log.item)}"
        f" FROM {checker.view(log.name)} WHERE {standing}"
    ).fetchall()
    for table, item in sorted(series):
        narrowed = f"l.{quoted(log.table)} = '{table}' AND l.{quoted(log.item)} = '{item}' AND l.{standing}"
        _check_objects(checker, log, table, narrowed)
        if table in checker.rows:
            _check_last(checker, log, checker.rows[table].table, item, narrowed)


def _check_objects(checker: "Checker", log: ChangeLog, table: str, narrowed: str) -> None:
    known = (
        f"SELECT {key_text_sql(checker.rows[table].table)} AS k FROM {checker.view(table)}"
        if table in checker.rows
        else "SELECT NULL::VARCHAR AS k WHERE false"
    )
    checker.say(
        log.name,
        log.object,
        f"""SELECT l.{checker.number(log.name)}, l."{SHEET}", l."{ROW}", l.{quoted(log.object)},
        'object-unknown', 'error', '{table}' FROM {checker.view(log.name)} l ANTI JOIN ({known}) p
        ON p.k = l.{quoted(log.object)} WHERE {narrowed} AND l.{quoted(log.object)} IS NOT NULL""",
        ("of_id",),
    )


def _check_last(checker: "Checker", log: ChangeLog, table: Table, item: str, narrowed: str) -> None:
    """The last new value against the register; each old value against the new one before it."""
    number, obj, new, old = checker.number(log.name), quoted(log.object), quoted(log.new), quoted(log.old)
    register = (
        f"SELECT {key_text_sql(table)} AS k, {canonical_sql(table.columns[item])} AS v"
        f' FROM {checker.view(table.id)} WHERE "{VOIDED}" IS NULL AND {checker.number(table.id)} NOT IN'
        f" (SELECT position FROM {checker.bad(table.id)})"
    )
    checker.con.execute(
        f"""CREATE OR REPLACE TEMP TABLE series AS
        SELECT l.{number} AS n, l."{SHEET}" AS sheet, l."{ROW}" AS row, l.{obj} AS object,
        l.{new} AS new, l.{old} AS old,
        row_number() OVER (PARTITION BY l.{obj} ORDER BY l.{quoted(log.since)} DESC) AS back,
        lag(l.{new}) OVER (PARTITION BY l.{obj} ORDER BY l.{quoted(log.since)}) AS before,
        lag(l.{obj}) OVER (PARTITION BY l.{obj} ORDER BY l.{quoted(log.since)}) IS NOT NULL AS later
        FROM {checker.view(log.name)} l WHERE {narrowed} AND l."{VOIDED}" IS NULL"""
    )
    checker.con.execute(
        f"""CREATE OR REPLACE TEMP TABLE differs AS
        SELECT s.n, s.object, p.v FROM series s JOIN ({register}) p
        ON p.k = s.object WHERE s.back = 1 AND s.new IS DISTINCT FROM p.v"""
    )
    checker.say(
        log.name,
        log.new,
        f"""SELECT s.n, s.sheet, s.row, s.new, 'change-last-differs', 'error', '{table.id}', '{item}',
        coalesce(d.v, '—') FROM series s JOIN differs d ON d.n = s.n""",
        ("of_id", "item_id", "held"),
    )
    checker.say(
        log.name,
        log.new,
        f"""SELECT s.n, s.sheet, s.row, s.new, 'change-series-left-out', 'error', '{table.id}', '{item}'
        FROM series s JOIN differs d ON d.object = s.object WHERE s.n <> d.n""",
        ("of_id", "item_id"),
    )
    checker.say(
        log.name,
        log.old,
        """SELECT n, sheet, row, old, 'change-chain-broken', 'warning', coalesce(before, '—') FROM series
        WHERE later AND old IS NOT NULL AND old IS DISTINCT FROM before""",
        ("before",),
    )
