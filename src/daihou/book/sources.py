"""Opening what users bring: workbooks, CSV files, folders. Gives grids of raw cells; knows no table."""

import codecs
import csv
import html
import io
import re
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
from python_calamine import CalamineSheet, CalamineWorkbook, PasswordError, SheetTypeEnum, SheetVisibleEnum

from daihou.book.cells import FormulaWithoutValue, is_blank
from daihou.book.faults import BookFileError
from daihou.book.template_parts import sheets_for_the_reader

WORKBOOKS = frozenset({".xlsx", ".xlsm", ".xls", ".xlsb", ".et", ".ett"})
CSVS = frozenset({".csv", ".tsv", ".txt"})
PARQUETS = frozenset({".parquet", ".pq"})
MAX_WORKBOOK_BYTES = 200 * 2**20
MAX_UNPACKED_BYTES = 2**30
MAX_CSV_BYTES = 4 * 2**30
MAX_CELLS = 20_000_000
MAX_COLUMNS = 1_000
HEAD_ROWS = 12
"""Rows looked at to find the header."""

_OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ZIP_MAGIC = b"PK\x03\x04"
_OTHER_WORKBOOKS = frozenset({"xl/workbook.bin", "content.xml"})
"""Parts by which an archive is a workbook of another kind: .xlsb, .ods. How far its cells go and which of them are errors is not told before it is read."""
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_CELL = re.compile(rb'<c r="([A-Z]{1,3})([0-9]+)"([^>]*)(?<!/)>(.*?)</c>', re.DOTALL)
_COLUMN_AT, _ROW_AT = re.compile(rb'\sr="([A-Z]+)\d'), re.compile(rb'\sr="[A-Z]+(\d+)"')
_STYLE = re.compile(rb'\bs="(\d+)"')
_VALUE = re.compile(rb"<v[^>]*>([^<]*)</v>")
_PERCENT_FORMATS = frozenset({b"9", b"10"})  # built in: 0% and 0.00%
_BLANK_LINE = re.compile(rb"\n[ \t]*\r?\n")
_OTHER_KIND = re.compile(rb'\bt="(?!n")')


@dataclass(frozen=True)
class Distinct:
    """One column of raw cells: its distinct values, and for each row which of them it holds."""

    values: list[object]
    indices: pa.Array  # int32, never null

    def rows_where(self, wanted: Callable[[object], bool]) -> pa.Array:
        """Boolean per row: whether its value is one of those wanted."""
        chosen = [i for i, value in enumerate(self.values) if wanted(value)]
        return pc.is_in(self.indices, value_set=pa.array(chosen, pa.int32()))

    def keep(self, mask: pa.Array) -> "Distinct":
        """Only the rows of the mask."""
        return Distinct(self.values, self.indices.filter(mask))


@dataclass(frozen=True)
class Grid:
    """One sheet or CSV file before its header is known.

    ``head``: its first rows. ``body(start, width)``: the columns from row ``start`` (counted from 0) on. ``merges``: the last column of each
    merged range of its head, by row and column of the cell that holds the text; a CSV file has none.
    """

    name: str
    title: str  # the name of the table as the user wrote it: sheet name, or file name without its ending
    head: Sequence[Sequence[object]]
    body: Callable[[int, int], list[Distinct]] = field(repr=False)
    merges: Mapping[tuple[int, int], int] = field(default_factory=dict)


@dataclass(frozen=True)
class Notice:
    """Something to say of a sheet or file, by the code of its message: that it is not read, or read half-blind."""

    name: str
    code: str


def distinct_of(values: Sequence[object]) -> Distinct:
    """Index a column of Python values by their distinct values."""
    kinds = set(map(type, values))
    if bool in kinds and kinds & {int, float}:  # True and 1 are equal keys, and different cells
        values = [("TRUE" if v else "FALSE") if isinstance(v, bool) else v for v in values]
    known: dict[object, int] = {}
    indices = [known.setdefault(value, len(known)) for value in values]
    return Distinct(list(known), pa.array(indices, pa.int32()))


def distinct_of_texts(column: pa.ChunkedArray | pa.Array) -> Distinct:
    """Index an Arrow column of texts."""
    whole = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    if isinstance(whole, pa.ChunkedArray):
        whole = pa.concat_arrays(whole.chunks)
    encoded = (
        whole if pa.types.is_dictionary(whole.type) else pc.dictionary_encode(whole, null_encoding="encode")
    )
    indices = encoded.indices
    values = encoded.dictionary.to_pylist()
    if indices.null_count:
        indices = indices.fill_null(len(values))
        values.append(None)
    return Distinct(values, indices.cast(pa.int32()))


def open_workbook(path: Path) -> Iterator[Grid | Notice]:
    """The sheets of a workbook (.xlsx, .xls, .et …), told by content and not by name. BookFileError."""
    size = path.stat().st_size
    if size == 0:
        raise BookFileError("file-empty", file=path.name)
    if size > MAX_WORKBOOK_BYTES:
        raise BookFileError("file-too-large", file=path.name, limit=f"{MAX_WORKBOOK_BYTES // 2**20} MB")
    content = path.read_bytes()
    if content.startswith(_OLE_MAGIC) and _ENCRYPTED in content:
        raise BookFileError("file-locked", file=path.name)
    marks = _XlsxMarks(content, path.name) if content.startswith(_ZIP_MAGIC) else None
    book = _calamine(content, path.name)
    if not book.sheet_names:
        raise BookFileError("file-empty", file=path.name)
    return _sheets(book, marks, path.name)


def _calamine(content: bytes, name: str) -> CalamineWorkbook:
    try:
        return CalamineWorkbook.from_filelike(io.BytesIO(content))
    except PasswordError as error:
        raise BookFileError("file-locked", file=name) from error
    except BaseException as error:
        raise _corrupt(error, name) from error


def _corrupt(error: BaseException, name: str) -> BaseException:
    """The refusal of a broken file; an interrupt stays an interrupt (the reader panics outside Exception)."""
    panicked = type(error).__name__ == "PanicException"
    return BookFileError("file-corrupt", file=name) if panicked or isinstance(error, Exception) else error


def _sheets(book: CalamineWorkbook, marks: "_XlsxMarks | None", file: str) -> Iterator[Grid | Notice]:
    cells = 0
    if marks is None:
        yield Notice(file, "errors-unseen")
    ours = sheets_for_the_reader(book.sheet_names)
    for meta in book.sheets_metadata:
        if meta.typ is not SheetTypeEnum.WorkSheet or meta.name in ours:
            continue
        if is_aside(meta.name):
            yield Notice(meta.name, "sheet-aside")
            continue
        if meta.visible is not SheetVisibleEnum.Visible:
            yield Notice(meta.name, "sheet-hidden")
            continue
        # the reader makes room for all cells up to the last one, and a stray cell may stand at the end of the sheet
        if marks is not None:
            _within(file, meta.name, cells, *marks.extent(meta.name))
        sheet = _sheet(book, meta.name, file)
        cells = _within(file, meta.name, cells, sheet.total_height, sheet.total_width)
        rows: list[list[object]] = [list(row) for row in sheet.to_python(skip_empty_area=False)]
        if marks is not None:
            marks.put(meta.name, rows)
        merges = {begin: end[1] for begin, end in sheet.merged_cell_ranges or () if begin[0] < HEAD_ROWS}
        yield replace(grid_of_rows(meta.name, meta.name, rows), merges=merges)


def _within(file: str, sheet: str, cells: int, height: int, width: int) -> int:
    """The cells with those of a sheet of such an extent. BookFileError where they are too many."""
    whole = cells + height * width
    if whole > MAX_CELLS or width > MAX_COLUMNS:
        limits = {"cells": f"{MAX_CELLS:,}", "columns": str(MAX_COLUMNS)}
        extent = {"rows": str(height), "width": str(width)}
        raise BookFileError("workbook-too-large", file=file, sheet=sheet, **limits, **extent)
    return whole


def _sheet(book: CalamineWorkbook, name: str, file: str) -> CalamineSheet:
    try:
        return book.get_sheet_by_name(name)
    except BaseException as error:
        raise _corrupt(error, file) from error


def is_aside(name: str) -> bool:
    """Whether a sheet or file is for the reader only: 说明… or a name that begins with an underscore."""
    return name.strip().startswith(("说明", "_"))


def grid_of_rows(name: str, title: str, rows: Sequence[Sequence[object]]) -> Grid:
    """A grid over rows of Python values; short rows are filled up."""

    def body(start: int, width: int) -> list[Distinct]:
        rest = rows[start:]
        if rest and any(len(row) < width for row in rest):
            rest = [[*row, *[""] * (width - len(row))] for row in rest]
        columns = list(zip(*rest, strict=False)) if rest else [()] * width
        return [distinct_of(columns[j]) for j in range(width)]

    return Grid(name, title, rows[:HEAD_ROWS], body)


class _XlsxMarks:
    """What the cell reader does not tell: error cells, formulas never computed, cells shown as percent."""

    def __init__(self, content: bytes, name: str) -> None:
        """Open the archive; BookFileError where it is broken, unpacks to too much or holds a workbook of another kind."""
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(content))
            unpacked = sum(item.file_size for item in self._zip.infolist())
            if unpacked > MAX_UNPACKED_BYTES:
                raise BookFileError("file-too-large", file=name, limit=f"{MAX_UNPACKED_BYTES // 2**30} GB")
            if not _OTHER_WORKBOOKS.isdisjoint(self._zip.namelist()):
                raise BookFileError("file-other-workbook", file=name)
            self._parts = self._sheet_parts()
            self._percent_styles = self._styles()
        except (zipfile.BadZipFile, KeyError, OSError, EOFError, RuntimeError) as error:
            raise BookFileError("file-corrupt", file=name) from error

    def extent(self, sheet: str) -> tuple[int, int]:
        """The last row and column of a sheet that hold a cell, counted from 1, as its own text places them."""
        part = self._parts.get(sheet)
        if part is None:
            return 0, 0
        xml = self._zip.read(part)
        columns = {_column_number(letters) + 1 for letters in set(_COLUMN_AT.findall(xml))}
        return max(map(int, set(_ROW_AT.findall(xml))), default=0), max(columns, default=0)

    def put(self, sheet: str, rows: list[list[object]]) -> None:
        """Write into the rows of a sheet what its cells really hold."""
        part = self._parts.get(sheet)
        if part is None:
            return
        xml = self._zip.read(part)
        if b't="e"' not in xml and b"<f" not in xml and not self._percent_styles:
            return
        for letters, number, attributes, inner in _CELL.findall(xml):
            seen = self._seen(attributes, inner)
            row, column = int(number) - 1, _column_number(letters)
            if seen is not None and row < len(rows) and column < len(rows[row]):
                rows[row][column] = seen

    def _seen(self, attributes: bytes, inner: bytes) -> object:
        value = _VALUE.search(inner)
        if b't="e"' in attributes:
            return value[1].decode() if value else "#N/A"
        if b"<f" in inner and (value is None or not value[1]) and b't="str"' not in attributes:
            return FormulaWithoutValue()
        style = _STYLE.search(attributes)
        if (
            value is None
            or style is None
            or style[1] not in self._percent_styles
            or _OTHER_KIND.search(attributes)
        ):
            return None
        return f"{float(value[1]) * 100:.12g}%"

    def _sheet_parts(self) -> dict[str, str]:
        """Sheet name to the archive's part."""
        names = set(self._zip.namelist())
        if "xl/workbook.xml" not in names or "xl/_rels/workbook.xml.rels" not in names:
            return {}
        rels = self._zip.read("xl/_rels/workbook.xml.rels").decode("utf-8", "replace")
        targets = {}
        for tag in re.findall(r"<Relationship\b[^>]*>", rels):
            said = dict(re.findall(r'(\w+)="([^"]*)"', tag))
            targets[said.get("Id", "")] = said.get("Target", "")
        parts = {}
        book = self._zip.read("xl/workbook.xml").decode("utf-8", "replace")
        for tag in re.findall(r"<(?:\w+:)?sheet\b[^>]*>", book):
            said = dict(re.findall(r'([\w:]+)="([^"]*)"', tag))
            rel = next((v for k, v in said.items() if k.endswith(":id")), "")
            target = targets.get(rel, "").lstrip("/")
            part = target if target.startswith("xl/") else f"xl/{target}"
            if part in names:
                parts[html.unescape(said.get("name", ""))] = part
        return parts

    def _styles(self) -> frozenset[bytes]:
        """Numbers of the cell styles that show a value as percent."""
        if "xl/styles.xml" not in self._zip.namelist():
            return frozenset()
        xml = self._zip.read("xl/styles.xml")
        formats = set(_PERCENT_FORMATS)
        for tag in re.findall(rb"<numFmt\b[^>]*>", xml):
            number, code = re.search(rb'numFmtId="(\d+)"', tag), re.search(rb'formatCode="([^"]*)"', tag)
            if number and code and b"%" in code[1]:
                formats.add(number[1])
        cells = re.search(rb"<cellXfs\b.*?</cellXfs>", xml, re.DOTALL)
        used = re.findall(rb'<xf\b[^>]*numFmtId="(\d+)"', cells[0]) if cells else []
        return frozenset(str(i).encode() for i, number in enumerate(used) if number in formats)


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number - 1


def open_csv(path: Path) -> Grid:
    """A CSV file in UTF-8, UTF-16 or GB18030, split by comma, tab or semicolon. BookFileError."""
    size = path.stat().st_size
    if size == 0:
        raise BookFileError("file-empty", file=path.name)
    if size > MAX_CSV_BYTES:
        raise BookFileError("file-too-large", file=path.name, limit=f"{MAX_CSV_BYTES // 2**30} GB")
    content = _utf8(path.read_bytes(), path.name).rstrip(b"\r\n")
    first = content[: 2**16].decode("utf-8", "ignore")
    separator = _separator(first)
    head, lines = _head(first, separator)

    def body(start: int, width: int) -> list[Distinct]:
        quick = _quick_body(content, separator, lines[start - 1] if start else 0, width)
        if quick is not None:
            return quick
        rows = list(records(path))
        return grid_of_rows(path.name, path.stem, rows).body(start, width)

    return Grid(path.name, path.stem, head, body)


def records(path: Path) -> Iterator[list[str]]:
    """All records of a CSV file as texts, from the first line on. BookFileError."""
    content = _utf8(path.read_bytes(), path.name)
    first = content[: 2**16].decode("utf-8", "ignore")
    try:
        yield from csv.reader(io.StringIO(content.decode("utf-8"), newline=""), delimiter=_separator(first))
    except csv.Error as error:
        raise BookFileError("file-corrupt", file=path.name) from error


def _separator(text: str) -> str:
    return max(",\t;", key=text.count)


def _utf8(content: bytes, name: str) -> bytes:
    """The same text in UTF-8 without a mark at its head."""
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        content = _decoded(content, "utf-16", name)
    content = content.removeprefix(codecs.BOM_UTF8)
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        content = _decoded(content, "gb18030", name)
    if b"\x00" in content:  # in whatever encoding: no database keeps it
        raise BookFileError("file-corrupt", file=name)
    return content


def _decoded(content: bytes, encoding: str, name: str) -> bytes:
    try:
        return content.decode(encoding).encode("utf-8")
    except UnicodeError as error:
        raise BookFileError("file-encoding", file=name) from error


def _head(text: str, separator: str) -> tuple[list[list[str]], list[int]]:
    """The first records, and the line on which each ends."""
    head: list[list[str]] = []
    lines: list[int] = []
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    try:
        for record in reader:
            head.append(record)
            lines.append(reader.line_num)
            if len(head) == HEAD_ROWS:
                break
    except csv.Error:
        pass  # a head that cannot be split has no header, which is said later
    return head, lines


def _quick_body(content: bytes, separator: str, skip: int, width: int) -> list[Distinct] | None:
    """The records by Arrow; None where lines are blank or uneven and must be counted one by one."""
    if _BLANK_LINE.search(content):
        return None
    names = [str(j) for j in range(width)]
    try:
        table = pacsv.read_csv(
            pa.BufferReader(content),
            read_options=pacsv.ReadOptions(column_names=names, skip_rows=skip, block_size=2**24),
            parse_options=pacsv.ParseOptions(delimiter=separator, newlines_in_values=True),
            convert_options=pacsv.ConvertOptions(column_types=dict.fromkeys(names, pa.string())),
        )
    except pa.ArrowInvalid:
        return None
    return [distinct_of_texts(table.column(j)) for j in range(width)]


def cell_text(value: object) -> str:
    """A header cell as one line of text."""
    if is_blank(value) or isinstance(value, date | datetime | time | timedelta):
        return ""
    return re.sub(r"\s+", "", str(value))
