"""Rows of the declared tables out of foreign files: one statement of SQL for each feed of a mapping."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path
from typing import Self

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from daihou.book.cells import Bad, CellReader, word_of
from daihou.book.converting import (
    ARROW_TYPES,
    SHEET,
    Cells,
    Piece,
    Scope,
    canonical,
    not_among,
    read_cells,
    same,
)
from daihou.book.declared import CLOCK, Column, ColumnType, Table
from daihou.book.faults import LIST_LIMIT, BookFileError, Fault, FaultList, shown
from daihou.book.mapping.expressions import DAY_VARIABLE, IN_FILE, NUMBERED, quoted, view
from daihou.book.mapping.foreign import Foreign, read_foreign
from daihou.book.mapping.model import Feed, ForeignMap, Kind, Refusal, Trait, Value
from daihou.book.mapping.recognising import Recogniser, Said, recognised
from daihou.book.passing import Passing
from daihou.book.sources import distinct_of_texts

_REFUSED, _KEEP = "_refused", "_keep"


def mapped_pieces(
    path: Path, mapping: ForeignMap, scope: Scope, faults: FaultList, tell: Callable[[str, float], None],
    *, recognise: Recogniser | None = None,
) -> Iterator[Piece]:  # fmt: skip
    """All rows that a mapping makes of the files at ``path``, by feed; what cannot be mapped is said.

    ``recognise``: who knows the rows that the files name in another way than by their keys.
    BookFileError where the mapping needs the day of the files and it was not said.
    """
    if mapping.needs_day and mapping.day is None:
        raise BookFileError("map-needs-day", file=path.name, map=mapping.file)
    with _Feeder(mapping, scope, faults, read_foreign(path, mapping, faults)) as feeder:
        feeder.recognise = recognise
        if mapping.day is not None:
            feeder.con.execute(f"SET VARIABLE {DAY_VARIABLE} = DATE '{mapping.day.isoformat()}'")
        feeder.refuse()
        for i, feed in enumerate(mapping.feeds):
            tell(scope.tables[feed.table].word, i / len(mapping.feeds))
            piece = feeder.piece(feed)
            if piece is not None:
                yield piece


class _Feeder:
    """The foreign files as views of one DuckDB, and the numbers of their refused rows."""

    def __init__(
        self, mapping: ForeignMap, scope: Scope, faults: FaultList, foreign: Mapping[str, Foreign]
    ) -> None:
        self.mapping, self.scope, self.faults = mapping, scope, faults
        self.foreign = dict(foreign)
        self.recognise: Recogniser | None = None
        self._passing = Passing()
        self.con = self._passing.connection
        for name, held in foreign.items():
            self.con.register(f"src_{name}", held.data)
            self.con.execute(f"CREATE TEMP TABLE {self.bad(name)} (n BIGINT)")
            self.con.register("numbers", pa.table({"n": held.refused}))
            self.con.execute(f"INSERT INTO {self.bad(name)} SELECT n FROM numbers")
            self.con.unregister("numbers")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._passing.close()

    @staticmethod
    def bad(name: str) -> str:
        """The SQL name of the numbers of a foreign file's refused rows."""
        return quoted(f"bad_{name}")

    def arrow(self, sql: str) -> pa.Table:
        """The result of a statement as Arrow."""
        try:
            return self.con.sql(sql).to_arrow_table()
        except duckdb.Error as error:
            raise self._failed(error) from error

    def _failed(self, error: duckdb.Error) -> BookFileError:
        return BookFileError("map-failed", file=self.mapping.file, why=str(error).splitlines()[0][:200])

    # what is refused

    def refuse(self) -> None:
        """Rows without one certain row above them, then the conditions of 不取."""
        for file in self.mapping.files.values():
            for above, columns in file.joins.items():
                if above in self.foreign:
                    self._refuse_twice(above, columns)
        for refusal in self.mapping.refusals:
            if refusal.file in self.foreign and self._complete(refusal.file):
                self._refuse(refusal)
        for feed in self.mapping.feeds:
            if feed.where is not None and feed.file in self.foreign and self._complete(feed.file):
                self._refuse_unknown(feed)

    def _complete(self, name: str) -> bool:
        """Whether every file that expressions over this one may look at is there."""
        near = {*self.mapping.files[name].joins}
        near |= {f.name for f in self.mapping.files.values() if name in f.joins}
        return near <= set(self.foreign)

    def _refuse_twice(self, name: str, columns: tuple[str, ...]) -> None:
        """Rows that others belong to must be told apart by the columns they are joined on."""
        keys = ", ".join(quoted(c) for c in columns)
        said = " || '/' || ".join(f"CAST({quoted(c)} AS VARCHAR)" for c in columns)
        self._say(
            name,
            f"""SELECT {NUMBERED}, {SHEET}, {IN_FILE}, {said} FROM {view(name)}
            QUALIFY count(*) OVER (PARTITION BY {keys}) > 1""",
            lambda sheet, row, value: Fault(
                "map-join-twice",
                "error",
                None,
                sheet,
                row,
                columns[0],
                value,
                {"columns": "、".join(columns)},
            ),
            ("map-join-twice", columns[0]),
        )

    def _refuse(self, refusal: Refusal) -> None:
        """Rows under one condition of 不取."""
        shown_sql = "NULL" if refusal.column is None else self._shown(refusal.file, refusal.column)
        reasons = {"reason_zh": refusal.reason_zh, "reason_en": refusal.reason_en}
        code = "map-refused" if refusal.severity == "error" else "map-doubted"
        self._say(
            refusal.file,
            self._rows_where(refusal.file, refusal.condition, shown_sql),
            lambda sheet, row, value: Fault(
                code, refusal.severity, None, sheet, row, refusal.column, value, reasons
            ),
            (code, refusal.column),
            keep=refusal.severity == "warning",
        )

    def _shown(self, file: str, column: str) -> str:
        """The SQL of a cell as it is shown: amounts in yuan, as people write them."""
        cell = f"t.{quoted(column)}"
        if self.mapping.files[file].columns[column].kind is Kind.FEN:
            cell = f"CAST({cell} AS DECIMAL(19, 0)) * CAST(0.01 AS DECIMAL(3, 2))"
        return f"CAST({cell} AS VARCHAR)"

    def _refuse_unknown(self, feed: Feed) -> None:
        """Rows of which the feed's condition cannot be decided, for something it looks at is empty."""
        name = feed.file or ""
        word = word_of(feed.table)
        self._say(
            name,
            f"FROM ({self._rows_where(name, f'({feed.where}) IS NULL', 'NULL')})"
            f" WHERE {NUMBERED} NOT IN (SELECT n FROM {self.bad(name)})",
            lambda sheet, row, _value: Fault(
                "map-undecided", "error", feed.table, sheet, row, params={"target": word}
            ),
            ("map-undecided", None),
        )

    @staticmethod
    def _rows_where(name: str, condition: str, shown_sql: str) -> str:
        """Number, sheet, row and a value of the rows of a file under a condition, which may look at the row before."""
        return (
            f"SELECT {NUMBERED}, {SHEET}, {IN_FILE}, shown FROM (SELECT t.{NUMBERED}, t.{SHEET}, t.{IN_FILE},"
            f" {shown_sql} AS shown, {condition} AS wanted FROM {view(name)} AS t) WHERE wanted"
        )

    def _say(
        self,
        name: str,
        query: str,
        fault: Callable[[str, int, str | None], Fault],
        kind: tuple[str, str | None],
        *,
        keep: bool = False,
    ) -> None:
        """Say the rows that a query finds (number, sheet, row, value), and leave them out unless kept."""
        try:
            self.con.execute(f"CREATE OR REPLACE TEMP TABLE found AS {query}")
        except duckdb.Error as error:
            raise self._failed(error) from error
        total = self.con.sql("SELECT count(*) FROM found").fetchall()[0][0]
        listed = self.con.sql(f"FROM found ORDER BY 1 LIMIT {LIST_LIMIT}").fetchall()
        for _, sheet, row, value in listed:
            self.faults.add(fault(sheet, row, shown(value)))
        if total > len(listed):
            self.faults.count_more(kind[0], None, kind[1], total - len(listed))
        if not keep:
            self.con.execute(f"INSERT INTO {self.bad(name)} SELECT {NUMBERED} FROM found")

    # what is fed

    def piece(self, feed: Feed) -> Piece | None:
        """The rows of one feed; None where its file is not there."""
        table = self.scope.tables[feed.table]
        if feed.file is None:
            return self._stated(feed, table)
        if feed.file not in self.foreign or not self._complete(feed.file):
            return None
        found = self.arrow(self._query(feed))
        sheets, rows = found[SHEET].combine_chunks(), found[IN_FILE].combine_chunks().cast(pa.int32())
        bad = [pc.indices_nonzero(found[_REFUSED].combine_chunks())]
        self._mute(table, sheets, rows, bad[0])
        columns: dict[str, pa.Array | pa.ChunkedArray] = {}
        for name, value in feed.values.items():
            column = table.columns[name]
            if value.ways:
                cells = Cells(table.id, sheets, rows, name)
                said = _traits_said(name, value, found, columns)
                columns[name], wrong, aside = recognised(
                    table.id, column, value, said, cells, recognise=self.recognise, faults=self.faults
                )
                bad.append(wrong)
                self._set_aside(feed, [(sheets[at].as_py(), rows[at].as_py()) for at in aside])
                continue
            if value.sql is None:
                columns[name] = same(pa.scalar(value.constant, ARROW_TYPES[column.type]), len(rows))
                continue
            cells = Cells(table.id, sheets, rows, name)
            columns[name], wrong = self._converted(found[f"v_{name}"], value, column, cells)
            bad.append(wrong)
        data = canonical(table, columns, sheets, rows)
        positions = pa.concat_arrays([b.cast(pa.int64()) for b in bad])
        one_sheet = self.foreign[feed.file].one_sheet
        return Piece(table, data, positions, one_sheet, absent=not_among(table, columns))

    def _mute(self, table: Table, sheets: pa.Array, rows: pa.Array, refused: pa.Array) -> None:
        """Of rows refused already it is not said once more that something in them is empty."""
        places = zip(sheets.take(refused).to_pylist(), rows.take(refused).to_pylist(), strict=True)
        self.faults.mute(table.id, places)

    def _set_aside(self, feed: Feed, places: Collection[tuple[str, int]]) -> None:
        """Say nothing of rows that are none of ours; what is wrong in the file itself counts while another feed takes the row."""
        alone = sum(other.file == feed.file for other in self.mapping.feeds) == 1
        self.faults.set_aside({feed.table, None} if alone else {feed.table}, places)

    def _query(self, feed: Feed) -> str:
        """One feed as SQL: every value over all rows first (前期 looks at the row before), then the condition."""
        name = feed.file or ""
        values = {f"v_{c}": v for c, v in feed.values.items() if v.sql is not None}
        for c, v in feed.values.items():
            values |= {n: Value(t.sql, t.kind) for n, t in _traits(c, v) if t.sql is not None}
        parts = "".join(f", {_not_blank(v)} AS {quoted(c)}" for c, v in values.items())
        rows = (
            f"SELECT t.{NUMBERED}, t.{SHEET}, t.{IN_FILE}, t.{NUMBERED} IN (SELECT n FROM {self.bad(name)})"
            f" AS {_REFUSED}, {feed.where or 'TRUE'} AS {_KEEP}{parts} FROM {view(name)} AS t"
        )
        if not feed.distinct:
            return f"SELECT * FROM ({rows}) WHERE {_KEEP} ORDER BY {NUMBERED}"
        named = "".join(f", {quoted(c)}" for c in values)
        group = f"GROUP BY {named[2:]}" if named else "HAVING count(*) > 0"
        return (
            f"SELECT min({NUMBERED}) AS {NUMBERED}, arg_min({SHEET}, {NUMBERED}) AS {SHEET},"
            f" arg_min({IN_FILE}, {NUMBERED}) AS {IN_FILE}, bool_and({_REFUSED}) AS {_REFUSED}{named}"
            f" FROM ({rows}) WHERE {_KEEP} {group} ORDER BY 1"
        )

    def _converted(
        self, found: pa.ChunkedArray, value: Value, column: Column, cells: Cells
    ) -> tuple[pa.Array | pa.ChunkedArray, pa.Array]:
        """One column of a feed in its declared type, and the positions whose value is refused."""
        kind = ARROW_TYPES[column.type]
        if value.translated is not None:
            raw = distinct_of_texts(found.cast(pa.string()))
            return read_cells(raw, _translating(value), kind, cells, self.faults)
        reader = CellReader(column, self.scope.tables, self.scope.domains, whole=True)
        if self._needs_reading(column, reader) and not pa.types.is_null(found.type):
            return read_cells(
                distinct_of_texts(found.cast(pa.string())), reader.read, kind, cells, self.faults
            )
        return found.cast(kind), pa.array([], pa.int64())

    def _needs_reading(self, column: Column, reader: CellReader) -> bool:
        """Whether a text is more than itself: a choice of a domain, a time of day, a key with days or numbers in it."""
        referred = self.scope.tables.get(column.ref or "")
        return (
            column.type is ColumnType.ENUM
            or column.check == CLOCK
            or (referred is not None and not reader.key_is_text(referred))
        )

    def _stated(self, feed: Feed, table: Table) -> Piece:
        """Rows that the mapping states, placed at its lines."""
        lines = [row.line for row in feed.rows]
        if len(set(lines)) < len(lines):
            lines = list(range(1, len(lines) + 1))
        columns = {
            name: pa.array([row.values.get(name) for row in feed.rows], ARROW_TYPES[column.type])
            for name, column in table.columns.items()
            if any(name in row.values for row in feed.rows)
        }
        data = canonical(table, columns, self.mapping.file, pa.array(lines, pa.int32()))
        return Piece(table, data, pa.array([], pa.int64()), absent=not_among(table, columns))


def _traits(column: str, value: Value) -> Iterator[tuple[str, Trait]]:
    """The traits of a column's ways, each with the name under which its statement gives it."""
    for i, way in enumerate(value.ways):
        for j, trait in enumerate(way.traits):
            yield f"r_{column}_{i}_{j}", trait


def _traits_said(
    column: str, value: Value, found: pa.Table, made: Mapping[str, pa.Array | pa.ChunkedArray]
) -> list[list[list[Said]]]:
    """What each row says, by way and by trait; an own column that was not made is empty."""
    named = {
        (i, j): f"r_{column}_{i}_{j}" for i, way in enumerate(value.ways) for j in range(len(way.traits))
    }

    def values_of(i: int, j: int, trait: Trait) -> list[Said]:
        if trait.own is None:
            return list(found[named[i, j]].to_pylist())
        own = made.get(trait.own)
        return [None] * found.num_rows if own is None else list(own.to_pylist())

    return [
        [values_of(i, j, trait) for j, trait in enumerate(way.traits)] for i, way in enumerate(value.ways)
    ]


def _not_blank(value: Value) -> str:
    """The SQL of a value; a blank text is empty."""
    return f"nullif(trim({value.sql}), '')" if value.kind is Kind.TEXT else str(value.sql)


def _translating(value: Value) -> Callable[[object], tuple[object, Bad | None]]:
    """Reads what the foreign file says as what the mapping says it means."""
    known = value.translated or {}
    choices = "、".join(list(known)[:12])

    def read(said: object) -> tuple[object, Bad | None]:
        if said is None:
            return None, None
        if said in known:
            return known[str(said)], None
        if value.has_otherwise:
            return value.otherwise, None
        return None, Bad("map-untranslated", params={"choices": choices})

    return read
