"""A copy of the user's files with the faults beside the rows: a column 检查意见, bad cells coloured."""

import csv
import io
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import openpyxl
import xlsxwriter
from openpyxl.styles import Alignment, PatternFill
from openpyxl.utils import get_column_letter

from daihou.book.declared import Table, declared
from daihou.book.faults import BookFileError, Fault, FaultList, messages, name_of
from daihou.book.headings import REMARKS, HeadingMap, Names, find_header, match_header
from daihou.book.sources import CSVS, HEAD_ROWS, WORKBOOKS, Grid, cell_text, open_csv, open_workbook, records
from daihou.terms import Lang

SUMMARY = "_检查意见"
"""Sheet or file that lists all faults; passed over on reading."""

_COLOURS = {"error": "FFC7CE", "warning": "FFEB9C"}
_WIDE = 60


@dataclass(frozen=True)
class _Marks:
    """The faults of one sheet: remarks by row, weight by cell (row from 1, column from 0)."""

    remarks: Mapping[int, str]
    cells: Mapping[tuple[int, int], str]
    header_row: int


def write_marked(
    source: Path,
    faults: Iterable[Fault],
    target: Path,
    lang: Lang = "zh",
    *,
    tables: Mapping[str, Table] | None = None,
    mapping: HeadingMap | None = None,
) -> None:
    """Copy a workbook, a CSV file or a folder of CSV files with remarks beside the rows.

    An .xlsx keeps its formats; .xls and .et come back as .xlsx with values only. All faults, those of whole
    files too, are listed in the sheet (or file) _检查意见. A folder's Parquet files are listed there and not
    copied. BookFileError where the source cannot be read.
    """
    known = declared() if tables is None else tables
    names = Names(known, mapping)
    by_sheet: dict[str, list[Fault]] = defaultdict(list)
    listed = list(faults)
    for fault in listed:
        by_sheet[fault.sheet].append(fault)
    if source.is_dir():
        target.mkdir(parents=True, exist_ok=True)
        for file in sorted(source.iterdir()):
            if file.suffix.lower() in CSVS and file.name in by_sheet:
                _mark_csv(file, target / file.name, by_sheet[file.name], names, lang)
        _write_summary_csv(target / f"{SUMMARY}.csv", listed, lang)
    elif source.suffix.lower() in CSVS:
        _mark_csv(source, target, by_sheet[source.name], names, lang)
    elif source.suffix.lower() in {".xlsx", ".xlsm"}:
        _mark_in_place(source, target, by_sheet, listed, names, lang)
    elif source.suffix.lower() in WORKBOOKS:
        _mark_rebuilt(source, target, by_sheet, listed, names, lang)
    else:
        raise BookFileError("file-not-a-book", file=source.name)


def _marks_of(grid: Grid, faults: Sequence[Fault], names: Names, lang: Lang) -> _Marks:
    """Where on the sheet each fault belongs."""
    table = names.table(grid.title)
    header = find_header(grid, table, names) if table is not None else None
    places: dict[str, int] = {}
    if table is not None and header is not None:
        headings = match_header(header, table, names, grid.name, FaultList())
        places = {h.column.id: h.position for h in headings}
    remarks: dict[int, list[str]] = defaultdict(list)
    cells: dict[tuple[int, int], str] = {}
    header_row = header.end if header is not None else 1
    for fault in faults:
        row = fault.row or header_row
        if row <= header_row:
            continue  # faults of the sheet or its header stand in the list; the heading must stay a heading
        column = (
            "" if fault.column is None else name_of(fault.column, lang) + (": " if lang == "en" else "：")
        )
        remarks[row].append(f"{column}{fault.text(lang)}")
        place = places.get(fault.column or "")
        if place is not None and cells.get((row, place)) != "error":
            cells[row, place] = fault.severity
    return _Marks({row: "\n".join(dict.fromkeys(said)) for row, said in remarks.items()}, cells, header_row)


def _remarks_column(head: Sequence[Sequence[object]], header_row: int) -> int:
    """Position of the column of remarks: the one of an earlier copy, else the first free one."""
    row = head[header_row - 1] if header_row <= len(head) else []
    texts = [cell_text(cell) for cell in row]
    if REMARKS in texts:
        return texts.index(REMARKS)
    return max((len(r) for r in head), default=0)


def _mark_in_place(
    source: Path,
    target: Path,
    by_sheet: Mapping[str, Sequence[Fault]],
    listed: Sequence[Fault],
    names: Names,
    lang: Lang,
) -> None:
    sheets = [g for g in open_workbook(source) if isinstance(g, Grid)]
    book = openpyxl.load_workbook(source)
    fills = {weight: PatternFill("solid", fgColor=colour) for weight, colour in _COLOURS.items()}
    wrap = Alignment(wrap_text=True, vertical="top")
    for grid in sheets:
        if not by_sheet.get(grid.name):
            continue
        marks = _marks_of(grid, by_sheet[grid.name], names, lang)
        sheet = book[grid.name]
        place = _remarks_column(grid.head, marks.header_row)
        sheet.column_dimensions[get_column_letter(place + 1)].width = _WIDE
        for row in range(1, sheet.max_row + 1):
            sheet.cell(row, place + 1).value = None
        sheet.cell(marks.header_row, place + 1).value = REMARKS
        for row, text in marks.remarks.items():
            cell = sheet.cell(row, place + 1)
            cell.value = text
            cell.alignment = wrap
        for (row, column), weight in marks.cells.items():
            sheet.cell(row, column + 1).fill = fills[weight]
    if SUMMARY in book.sheetnames:
        del book[SUMMARY]
    summary = book.create_sheet(SUMMARY)
    for line in _summary(listed, lang):
        summary.append(line)
    book.save(target)


def _mark_rebuilt(
    source: Path,
    target: Path,
    by_sheet: Mapping[str, Sequence[Fault]],
    listed: Sequence[Fault],
    names: Names,
    lang: Lang,
) -> None:
    """Values only, for formats that cannot be written back."""
    with xlsxwriter.Workbook(str(target), {"strings_to_urls": False, "strings_to_formulas": False}) as book:
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        plain = book.add_format()
        fills = {weight: book.add_format({"bg_color": f"#{colour}"}) for weight, colour in _COLOURS.items()}
        dated = {
            w: book.add_format({"bg_color": f"#{c}", "num_format": "yyyy-mm-dd"}) for w, c in _COLOURS.items()
        }
        for grid in open_workbook(source):
            if not isinstance(grid, Grid):
                continue
            marks = _marks_of(grid, by_sheet.get(grid.name, ()), names, lang)
            sheet = book.add_worksheet(grid.name)
            width = max((len(row) for row in grid.head), default=0)
            for j, column in enumerate(grid.body(0, width)):
                for i, k in enumerate(column.indices.to_pylist()):
                    weight = marks.cells.get((i + 1, j))
                    if isinstance(column.values[k], date | datetime):
                        sheet.write_datetime(i, j, column.values[k], dated[weight] if weight else day)
                    else:
                        sheet.write(i, j, column.values[k], fills[weight] if weight else plain)
            place = _remarks_column(grid.head, marks.header_row)
            sheet.write_string(marks.header_row - 1, place, REMARKS)
            for row, text in marks.remarks.items():
                sheet.write_string(row - 1, place, text)
        summary = book.add_worksheet(SUMMARY)
        for i, line in enumerate(_summary(listed, lang)):
            summary.write_row(i, 0, line)


def _mark_csv(source: Path, target: Path, faults: Sequence[Fault], names: Names, lang: Lang) -> None:
    """The same records with one field more, in UTF-8 that Excel opens."""
    grid = open_csv(source)
    marks = _marks_of(grid, faults, names, lang)
    place = _remarks_column(grid.head[:HEAD_ROWS], marks.header_row)
    with target.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        for number, record in enumerate(records(source), 1):
            line = [*record, *[""] * (place + 1 - len(record))]
            line[place] = REMARKS if number == marks.header_row else marks.remarks.get(number, "")
            writer.writerow(line)


def _summary(faults: Sequence[Fault], lang: Lang) -> list[list[object]]:
    """All faults as lines under a heading."""
    text = messages().text
    heads = ("place", "row", "column", "value", "severity", "reason", "remedy")
    lines: list[list[object]] = [[text(f"marked-{head}", lang) for head in heads]]
    lines.extend(
        [
            fault.sheet,
            fault.row or "",
            name_of(fault.column, lang) if fault.column else "",
            _as_text(fault.value),
            text(f"marked-{fault.severity}", lang),
            fault.reason(lang),
            fault.remedy(lang),
        ]
        for fault in faults
    )
    return lines


def _as_text(value: str | None) -> str:
    """A value that no spreadsheet takes for a formula."""
    return f" {value}" if value and value[0] in "=+-@" else value or ""


def _write_summary_csv(target: Path, faults: Sequence[Fault], lang: Lang) -> None:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(_summary(faults, lang))
    target.write_text(text.getvalue(), "utf-8-sig", newline="")
