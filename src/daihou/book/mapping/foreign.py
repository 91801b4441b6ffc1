"""Foreign files as typed Arrow tables: the columns that a mapping names, each distinct cell read once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fnmatch import fnmatchcase
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from daihou.book.cells import Bad, CellReader, is_blank, nearest, plain
from daihou.book.converting import SHEET, Cells, read_cells, same, without_nul
from daihou.book.declared import Column, ColumnType
from daihou.book.faults import BookFileError, Fault, FaultList
from daihou.book.headings import normal
from daihou.book.mapping.expressions import IN_FILE, NUMBERED
from daihou.book.mapping.model import ForeignColumn, ForeignFile, ForeignMap, Kind
from daihou.book.sources import (
    CSVS,
    PARQUETS,
    WORKBOOKS,
    Distinct,
    Grid,
    Notice,
    cell_text,
    distinct_of,
    distinct_of_texts,
    open_csv,
    open_workbook,
)

ARROW: Mapping[Kind, pa.DataType] = {
    Kind.TEXT: pa.string(),
    Kind.INT: pa.int64(),
    Kind.NUM: pa.decimal128(18, 6),
    Kind.FEN: pa.int64(),
    Kind.DATE: pa.date32(),
    Kind.BOOL: pa.bool_(),
}
_READ_AS = {
    Kind.INT: ColumnType.INT,
    Kind.NUM: ColumnType.NUM,
    Kind.FEN: ColumnType.FEN,
    Kind.BOOL: ColumnType.BOOL,
}


@dataclass(frozen=True)
class Foreign:
    """The rows of one foreign file: its columns, then ``_sheet``, ``_row`` and ``_n`` (from 0 over all files).

    ``refused``: the ``_n`` of rows with a cell that cannot be read. ``one_sheet``: whether one file or sheet
    holds them all.
    """

    data: pa.Table
    refused: pa.Array
    one_sheet: bool


def read_foreign(path: Path, mapping: ForeignMap, faults: FaultList) -> dict[str, Foreign]:
    """All foreign files of a mapping found at ``path`` (one file, or a folder of them), by their names in it.

    Files that nothing claims are said; a foreign file that is not there, or lacks a column, is left out and
    said. BookFileError where none is there.
    """
    found: dict[str, list[Grid | Path]] = {name: [] for name in mapping.files}
    for source in _opened(path, mapping, faults):
        name = _claimed(source, mapping)
        if name is None:
            called = source.name
            faults.add(Fault("map-file-unused", "warning", None, called, params={"map": mapping.file}))
        else:
            found[name].append(source)
    if mapping.files and not any(found.values()):
        wanted = "、".join(p for f in mapping.files.values() for p in f.files)
        raise BookFileError("map-nothing-found", file=path.name, map=mapping.file, wanted=wanted)
    read: dict[str, Foreign] = {}
    for name, sources in found.items():
        file = mapping.files[name]
        if not sources:
            params = {"map": mapping.file, "wanted": "、".join(file.files)}
            faults.add(Fault("map-file-absent", "error", None, path.name, value=name, params=params))
        elif (whole := _read(file, sources, faults)) is not None:
            read[name] = whole
    return read


def _opened(path: Path, mapping: ForeignMap, faults: FaultList) -> Iterator[Grid | Path]:
    """Sheets, CSV files and Parquet files; files of other kinds that no pattern names are passed over."""
    files = [path]
    if path.is_dir():
        files = sorted(p for p in path.iterdir() if p.is_file() and not p.name.startswith((".", "~$", "_")))
    for file in files:
        if file.suffix.lower() in PARQUETS:
            yield file
        elif file.suffix.lower() in CSVS:
            yield open_csv(file)
        elif file.suffix.lower() in WORKBOOKS:
            for sheet in open_workbook(file):
                if isinstance(sheet, Notice):
                    faults.add(Fault(sheet.code, "warning", None, sheet.name))
                elif _wanted_sheet(file, sheet, mapping):
                    yield sheet
        elif file == path:
            raise BookFileError("file-not-a-book", file=path.name)


def _wanted_sheet(file: Path, sheet: Grid, mapping: ForeignMap) -> bool:
    """A sheet counts only where its workbook's name fits too; a mapping may feed on one sheet of several."""
    return any(
        f.sheet in (None, sheet.title) and any(fnmatchcase(file.name, p) for p in f.files)
        for f in mapping.files.values()
    )


def _claimed(source: Grid | Path, mapping: ForeignMap) -> str | None:
    """The foreign file that a file or sheet is, by name."""
    for name, file in mapping.files.items():
        if isinstance(source, Grid) and source.name == source.title:  # a sheet, whose workbook fits already
            if file.sheet in (None, source.title):
                return name
        elif file.sheet is None and any(fnmatchcase(source.name, pattern) for pattern in file.files):
            return name
    return None


def _read(file: ForeignFile, sources: Sequence[Grid | Path], faults: FaultList) -> Foreign | None:
    """The rows of all files of one kind, one after the other."""
    tables: list[pa.Table] = []
    refused: list[pa.Array] = []
    before = 0
    for source in sources:
        raw = (
            _raw_grid(source, file, faults)
            if isinstance(source, Grid)
            else _raw_parquet(source, file, faults)
        )
        if raw is None:
            return None
        columns, rows = raw
        name = source.name
        bad: list[pa.Array] = []
        arrays: list[pa.Array] = []
        for column in file.columns.values():
            array, wrong = _typed(columns[column.name], column, Cells(None, name, rows, column.name), faults)
            arrays.append(array)
            bad.append(wrong)
        numbers = pa.arange(before, before + len(rows))
        sheets = same(pa.scalar(name, pa.string()), len(rows))
        tables.append(
            pa.table([*arrays, sheets, rows, numbers], names=[*file.columns, SHEET, IN_FILE, NUMBERED])
        )
        refused += [pc.add(wrong.cast(pa.int64()), before) for wrong in bad if len(wrong)]
        before += len(rows)
    together = pa.concat_arrays(refused) if refused else pa.array([], pa.int64())
    return Foreign(pa.concat_tables(tables), pc.unique(together), len(sources) == 1)


def _lacking(file: ForeignFile, present: Sequence[str], sheet: str, faults: FaultList) -> bool:
    """Say each column of the mapping that a file lacks; whether there is one."""
    missing = [column for column in file.columns if column not in present]
    for column in missing:
        near = {"near": nearest(column, present)}
        faults.add(Fault("map-column-absent", "error", None, sheet, column=column, params=near))
    return bool(missing)


Raw = tuple[Mapping[str, Distinct | pa.ChunkedArray], pa.Array]


def _raw_parquet(path: Path, file: ForeignFile, faults: FaultList) -> Raw | None:
    """The columns of a Parquet file as they are kept."""
    try:
        if _lacking(file, pq.read_schema(path).names, path.name, faults):
            return None
        loaded = without_nul(pq.read_table(path, columns=list(file.columns)), path.name)
    except (pa.ArrowException, OSError) as error:
        raise BookFileError("file-corrupt", file=path.name) from error
    rows = pa.arange(1, loaded.num_rows + 1).cast(pa.int32())
    return {name: loaded.column(name) for name in file.columns}, rows


def _raw_grid(grid: Grid, file: ForeignFile, faults: FaultList) -> Raw | None:
    """The columns of a sheet or CSV file: its header is the row that holds most of the mapping's columns."""
    wanted = {normal(name): name for name in file.columns}
    best: tuple[int, int] | None = None
    for i, row in enumerate(grid.head):
        known = sum(normal(cell_text(cell)) in wanted for cell in row)
        if known and (best is None or known > best[0]):
            best = (known, i)
    if best is None:
        faults.add(Fault("map-no-header", "error", None, grid.name, value=file.name))
        return None
    header = [cell_text(cell) for cell in grid.head[best[1]]]
    places = {
        wanted[normal(text)]: i for i, text in reversed(list(enumerate(header))) if normal(text) in wanted
    }
    if _lacking(file, list(places), grid.name, faults):
        return None
    body = grid.body(best[1] + 1, len(header))
    keep = pa.array([False] * (len(body[0].indices) if body else 0), pa.bool_())
    for column in body:
        keep = pc.or_(keep, pc.invert(column.rows_where(is_blank)))
    rows = pc.add(pa.arange(0, len(keep)), best[1] + 2).cast(pa.int32()).filter(keep)
    return {name: body[place].keep(keep) for name, place in places.items()}, rows


def _typed(
    raw: Distinct | pa.ChunkedArray, column: ForeignColumn, cells: Cells, faults: FaultList
) -> tuple[pa.Array, pa.Array]:
    """One column in its kind, and the positions of the cells that cannot be read."""
    if isinstance(raw, pa.ChunkedArray):
        quick = _cast(raw, column.kind)
        if quick is not None:
            return quick, pa.array([], pa.int64())
        raw = _distinct(raw)
    return read_cells(raw, _Reader(column).read, ARROW[column.kind], cells, faults)


def _cast(values: pa.ChunkedArray, kind: Kind) -> pa.Array | None:
    """A column of Parquet that needs no reading; None for the others."""
    stored = values.type
    if pa.types.is_null(stored):
        return pa.nulls(len(values), ARROW[kind])
    if kind is Kind.TEXT and (pa.types.is_string(stored) or pa.types.is_large_string(stored)):
        trimmed = pc.utf8_trim_whitespace(values.cast(pa.string()))
        empty = pc.equal(pc.binary_length(trimmed), 0)
        return pc.if_else(empty, None, trimmed).combine_chunks()
    fits = {
        Kind.INT: pa.types.is_integer(stored),
        Kind.DATE: pa.types.is_date32(stored),
        Kind.BOOL: pa.types.is_boolean(stored),
    }.get(kind, False)
    return values.cast(ARROW[kind]).combine_chunks() if fits else None


def _distinct(values: pa.ChunkedArray) -> Distinct:
    """A column of Parquet by its distinct values."""
    return distinct_of(values.to_pylist()) if pa.types.is_boolean(values.type) else distinct_of_texts(values)


class _Reader:
    """Reads the cells of one foreign column."""

    def __init__(self, column: ForeignColumn) -> None:
        self.column = column
        kind = _READ_AS.get(column.kind)
        stand_in = Column(column.name, column.name, kind or ColumnType.TEXT)
        self.cells = CellReader(stand_in, {}, {}, unit=column.unit)

    def read(self, value: object) -> tuple[object, Bad | None]:
        """The value of the column's kind; None for an empty cell or a refused value."""
        if self.column.kind is Kind.DATE:
            return self._date(value)
        if self.column.kind is Kind.TEXT and not is_blank(value) and isinstance(value, int | float | date):
            return plain(value), None
        found, bad = self.cells.read(value)
        return (found.strip() if isinstance(found, str) else found), bad

    def _date(self, value: object) -> tuple[object, Bad | None]:
        if is_blank(value):
            return None, None
        for notation in self.column.notations:
            day = notation.read(value)
            if day is not None:
                return day, None
        written = "、".join(n.text for n in self.column.notations)
        return None, Bad("map-date", params={"notations": written})
