"""From raw cells to the declared columns with their canonical Arrow types, one sheet or file at a time."""

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import repeat
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from daihou.book.cells import Bad, CellReader, is_blank, longest
from daihou.book.declared import Column, ColumnType, Table
from daihou.book.faults import BookFileError, Fault, FaultList, shown
from daihou.book.headings import Heading, Names, find_header, match_header
from daihou.book.identifiers import KEPT_FORMS
from daihou.book.sources import Distinct, Grid, distinct_of_texts
from daihou.book.template_parts import is_example_of

ARROW_TYPES: Mapping[ColumnType, pa.DataType] = {
    **dict.fromkeys((ColumnType.ID, ColumnType.TEXT, ColumnType.REF, ColumnType.ENUM), pa.string()),
    **dict.fromkeys((ColumnType.DATE, ColumnType.HAPPENED), pa.date32()),
    **dict.fromkeys((ColumnType.FEN, ColumnType.INT), pa.int64()),
    ColumnType.NUM: pa.decimal128(18, 6),
    ColumnType.BOOL: pa.bool_(),
}
SHEET = "_sheet"
ROW = "_row"
_TOTALS = frozenset(
    {"合计", "总计", "小计", "本页合计", "本页小计", "累计", "total", "合计:", "总计:", "小计:"}
)
_EXAMPLES = ("例", "示例")
_CHUNK = 1_000_000
_TEXTS = frozenset({ColumnType.ID, ColumnType.TEXT, ColumnType.REF})


@dataclass(frozen=True)
class Scope:
    """What is read against: the declared tables and domains, and the names for them."""

    tables: Mapping[str, Table]
    domains: Mapping[str, tuple[str, ...]]
    names: Names


@dataclass(frozen=True)
class Piece:
    """The rows of one sheet or file in canonical columns, and the positions of those with a fault.

    ``absent``: declared columns that it has not at all. ``canonical``: of a Parquet file, which holds everything as we write it.
    """

    table: Table
    data: pa.Table
    bad: pa.Array  # int64 positions, perhaps repeated
    one_sheet: bool = True  # so that its row numbers tell its rows apart
    absent: frozenset[str] = frozenset()
    canonical: bool = False


def schema_of(table: Table) -> pa.Schema:
    """The canonical Arrow schema: all declared columns in order, then the source position."""
    fields = [pa.field(c.id, ARROW_TYPES[c.type]) for c in table.columns.values()]
    return pa.schema([*fields, pa.field(SHEET, pa.string()), pa.field(ROW, pa.int32())])


def convert_grid(grid: Grid, table: Table, scope: Scope, faults: FaultList) -> Piece | None:
    """Read one sheet or CSV file; None where it has no header to go by."""
    header = find_header(grid, table, scope.names)
    if header is None:
        if any(not is_blank(cell) for row in grid.head for cell in row):
            faults.add(Fault("no-header", "error", table.id, grid.name))
        return None
    headings = match_header(header, table, scope.names, grid.name, faults)
    raw = grid.body(header.end, len(header.texts))
    count = len(raw[0].indices) if raw else 0
    rows = pc.add(pa.arange(0, count), header.end + 1).cast(pa.int32())
    keep = _data_rows(raw, headings, table, rows, grid.name, faults)
    rows = rows.filter(keep)
    columns: dict[str, pa.Array] = {}
    bad: list[pa.Array] = []
    for heading in headings:
        reader = CellReader(
            heading.column, scope.tables, scope.domains, unit=heading.unit, percents=heading.percents
        )
        raw_column = raw[heading.position].keep(keep)
        columns[heading.column.id], wrong = read_column(raw_column, reader, rows, table, grid.name, faults)
        bad.append(wrong)
    data = canonical(table, columns, grid.name, rows)
    return Piece(table, data, _joined(bad), absent=not_among(table, columns))


def _joined(parts: list[pa.Array]) -> pa.Array:
    return pa.concat_arrays([p.cast(pa.int64()) for p in parts]) if parts else pa.array([], pa.int64())


def _data_rows(
    raw: list[Distinct], headings: list[Heading], table: Table, rows: pa.Array, sheet: str, faults: FaultList
) -> pa.Array:
    """True for rows of data: not blank, no total, no example. Nothing is said of the template's own example: its guide promises so."""
    blank = pa.array([True] * len(rows), pa.bool_())
    for column in raw:
        blank = pc.and_(blank, column.rows_where(is_blank))
    keys = [h for h in headings if h.column.id in table.key]
    total = raw[0].rows_where(_is_total) if raw else blank
    example = pa.array([False] * len(rows), pa.bool_())
    own = example  # a key of theirs stands in it
    for heading in keys:
        total = pc.or_(total, raw[heading.position].rows_where(_is_total))
        if heading.column.type in _TEXTS:
            example = pc.or_(example, raw[heading.position].rows_where(_is_example))
            ours = raw[heading.position].rows_where(partial(is_example_of, heading.column))
            own = pc.or_(own, pc.invert(ours))
    for row in rows.filter(total).to_pylist():
        faults.add(Fault("total-row", "warning", table.id, sheet, row))
    for row in rows.filter(pc.and_(example, own)).to_pylist():
        faults.add(Fault("example-row", "warning", table.id, sheet, row))
    return pc.invert(pc.or_(blank, pc.or_(total, example)))


def _is_total(value: object) -> bool:
    return isinstance(value, str) and re.sub(r"\s+", "", value).replace("：", ":").lower() in _TOTALS


def _is_example(value: object) -> bool:
    return isinstance(value, str) and value.strip().startswith(_EXAMPLES)


@dataclass(frozen=True)
class Cells:
    """The cells of one column: where they stand (table where it is one of ours, sheet, rows), and its name."""

    table: str | None
    sheet: str | pa.Array
    rows: pa.Array
    column: str


def read_column(
    raw: Distinct, reader: CellReader, rows: pa.Array, table: Table, sheet: str, faults: FaultList
) -> tuple[pa.Array, pa.Array]:
    """The canonical column, and the positions of the rows whose cell is refused."""
    cells = Cells(table.id, sheet, rows, reader.column.id)
    return read_cells(raw, reader.read, ARROW_TYPES[reader.column.type], cells, faults)


def read_cells(
    raw: Distinct,
    read: Callable[[object], tuple[object, Bad | None]],
    kind: pa.DataType,
    cells: Cells,
    faults: FaultList,
) -> tuple[pa.Array, pa.Array]:
    """Read each distinct value once; the column, and the positions of the rows whose cell is refused."""
    values: list[object] = []
    problems: dict[int, Bad] = {}
    for i, value in enumerate(raw.values):
        found, problem = read(value)
        values.append(found)
        if problem is not None:
            problems[i] = problem
    column = pa.array(values, kind).take(raw.indices)
    if not problems:
        return column, pa.array([], pa.int64())
    positions = pc.indices_nonzero(pc.is_in(raw.indices, value_set=pa.array(list(problems), pa.int32())))
    places = _places(cells, positions)
    for (sheet, row), i in zip(places, raw.indices.take(positions).to_pylist(), strict=True):
        problem = problems[i]
        value = shown(raw.values[i])
        faults.add(
            Fault(
                problem.code, problem.severity, cells.table, sheet, row, cells.column, value, problem.params
            )
        )
    refused = [i for i, problem in problems.items() if problem.severity == "error"]
    return column, pc.indices_nonzero(pc.is_in(raw.indices, value_set=pa.array(refused, pa.int32())))


def _places(cells: Cells, positions: pa.Array) -> Iterator[tuple[str, int]]:
    """Sheet and row of the cells at some positions."""
    rows = cells.rows.take(positions).to_pylist()
    if isinstance(cells.sheet, str):
        return zip(repeat(cells.sheet), rows, strict=False)
    return zip(cells.sheet.take(positions).to_pylist(), rows, strict=True)


def canonical(
    table: Table, columns: Mapping[str, pa.Array | pa.ChunkedArray], sheet: str | pa.Array, rows: pa.Array
) -> pa.Table:
    """All declared columns in order, empty where the file has none, and the source position."""
    schema = schema_of(table)
    arrays = [
        columns[name] if name in columns else same(pa.scalar(None, schema.field(name).type), len(rows))
        for name in table.columns
    ]
    sheets = same(pa.scalar(sheet, pa.string()), len(rows)) if isinstance(sheet, str) else sheet
    return pa.table([*arrays, sheets, rows], schema=schema)


def not_among(table: Table, names: Collection[str]) -> frozenset[str]:
    """The declared columns of a table that are not among some names."""
    return frozenset(table.columns.keys() - set(names))


def same(value: pa.Scalar, count: int) -> pa.ChunkedArray:
    """One value for every row; the chunks share one buffer, so that millions of rows cost nothing."""
    size = min(count, _CHUNK)
    chunk = pa.repeat(value, size) if value.is_valid else pa.nulls(size, value.type)
    whole, rest = divmod(count, _CHUNK)
    return pa.chunked_array([*[chunk] * whole, *([chunk.slice(0, rest)] if rest else [])], value.type)


def _load(path: Path, table: Table, scope: Scope) -> pa.Table:
    """The file as Arrow; names that repeat are unpacked once per name, which is several times faster."""
    try:
        columns = {name: scope.names.column(table, name) for name in pq.read_schema(path).names}
        repeated = [n for n, c in columns.items() if c and c.type in (ColumnType.REF, ColumnType.ENUM)]
        return without_nul(pq.read_table(path, read_dictionary=repeated), path.name)
    except (pa.ArrowException, OSError) as error:
        raise BookFileError("file-corrupt", file=path.name) from error


def without_nul(loaded: pa.Table, name: str) -> pa.Table:
    """What was read of a file, in whose texts there is no NUL, which no database keeps. BookFileError."""
    for values in loaded.columns:
        texts = values.chunks
        if pa.types.is_dictionary(values.type):
            texts = [chunk.dictionary for chunk in values.chunks]
        if any(
            _is_text(one.type) and pc.any(pc.match_substring(one.cast(pa.large_string()), "\0")).as_py()
            for one in texts
        ):
            raise BookFileError("file-corrupt", file=name)
    return loaded


def convert_parquet(path: Path, table: Table, scope: Scope, faults: FaultList) -> Piece:
    """Read one Parquet file; columns that have their canonical type already are not touched."""
    loaded = _load(path, table, scope)
    rows = pa.arange(1, loaded.num_rows + 1).cast(pa.int32())
    columns: dict[str, pa.ChunkedArray | pa.Array] = {}
    bad: list[pa.Array] = []
    for name in loaded.column_names:
        if name in (SHEET, ROW):
            continue
        column = scope.names.column(table, name)
        if column is None:
            near = {"near": scope.names.nearest_column(table, name)}
            faults.add(Fault("unknown-column", "error", table.id, path.name, value=name, params=near))
        elif column.id in columns:
            faults.add(Fault("column-twice", "error", table.id, path.name, None, column.id, name))
        else:
            quick = _cast(loaded.column(name), column, scope)
            if quick is not None:
                columns[column.id] = quick
            elif _is_text(loaded.column(name).type):
                reader = CellReader(column, scope.tables, scope.domains, whole=True)
                raw = distinct_of_texts(loaded.column(name))
                columns[column.id], wrong = read_column(raw, reader, rows, table, path.name, faults)
                bad.append(wrong)
            else:
                kind = {"type": str(loaded.column(name).type)}
                faults.add(Fault("parquet-type", "error", table.id, path.name, None, column.id, name, kind))
    data = canonical(table, columns, path.name, rows)
    return Piece(table, data, _joined(bad), absent=not_among(table, columns), canonical=True)


def _is_text(kind: pa.DataType) -> bool:
    plain = kind.value_type if pa.types.is_dictionary(kind) else kind
    return bool(
        pa.types.is_string(plain) or pa.types.is_large_string(plain) or pa.types.is_string_view(plain)
    )


def _cast(values: pa.ChunkedArray, column: Column, scope: Scope) -> pa.ChunkedArray | None:
    """The values in the canonical type where that loses nothing and needs no reading; else None."""
    kind, wanted = values.type, ARROW_TYPES[column.type]
    if pa.types.is_null(kind):
        return pa.chunked_array([pa.nulls(len(values), wanted)])
    if column.type in _TEXTS or column.type is ColumnType.ENUM:
        return _cast_text(values, column, scope)
    fits = {
        pa.date32(): pa.types.is_date(kind) or pa.types.is_timestamp(kind),
        pa.int64(): pa.types.is_integer(kind),
        pa.bool_(): pa.types.is_boolean(kind),
    }.get(wanted, pa.types.is_decimal(kind) or pa.types.is_integer(kind) or pa.types.is_floating(kind))
    if kind == wanted or not fits:
        return values if kind == wanted else None
    try:
        if pa.types.is_floating(kind):
            return pc.round(values, 6).cast(wanted)
        return values.cast(wanted)
    except pa.ArrowInvalid:
        return None


def as_it_stands(values: pa.ChunkedArray, column: Column, domains: Mapping[str, tuple[str, ...]]) -> bool:
    """Whether values have the canonical type, and nothing in them needs reading: no empty text, no name of a value for the value."""
    if values.type != ARROW_TYPES[column.type]:
        return False
    if column.type is ColumnType.ENUM:
        known = pa.array([None, *domains.get(column.enum or "", ())], pa.string())
        return bool(pc.all(pc.is_in(values, value_set=known), min_count=0).as_py())
    if not _all_kept(values, column) or not _short_enough(values, column):
        return False
    return column.type not in _TEXTS or pc.min(pc.binary_length(values)).as_py() != 0


def _short_enough(values: pa.ChunkedArray, column: Column) -> bool:
    """Whether no identifier or reference is longer than one may be."""
    if column.type not in {ColumnType.ID, ColumnType.REF}:
        return True
    return (pc.max(pc.utf8_length(values)).as_py() or 0) <= longest(column)


def _all_kept(values: pa.ChunkedArray, column: Column) -> bool:
    """Whether every text is written as it is kept: a time of day, a telephone number."""
    form = KEPT_FORMS.get(column.check or "")
    if form is None:
        return True
    return bool(pc.all(pc.match_substring_regex(values, f"^{form.pattern}$"), min_count=0).as_py())


def _cast_text(values: pa.ChunkedArray, column: Column, scope: Scope) -> pa.ChunkedArray | None:
    """Texts as they stand where nothing in them needs reading; whole numbers as names."""
    if pa.types.is_integer(values.type) and column.type in _TEXTS:
        return values.cast(pa.string())
    if not _is_text(values.type):
        return None
    if column.type is ColumnType.ENUM:
        texts = values.cast(pa.string())
        known = pa.array([None, *scope.domains.get(column.enum or "", ())], pa.string())
        return texts if pc.all(pc.is_in(texts, value_set=known)).as_py() else None
    texts = values.cast(pa.string())
    if not _all_kept(texts, column) or not _short_enough(texts, column):
        return None
    return None if pc.min(pc.binary_length(texts)).as_py() == 0 else texts
