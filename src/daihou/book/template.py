"""Writing workbooks: the empty template that users fill in, and a register full of rows."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.worksheet import Worksheet

from daihou.book.cells import word_of
from daihou.book.declared import Column, ColumnType, Table, declared, domains, meaning_of
from daihou.book.faults import messages
from daihou.book.keys import ChangeLog, change_log_of
from daihou.book.template_parts import CHOICES, GUIDE, example_of
from daihou.terms import Lang
from daihou.units import format_yuan

YES_NO = ("是", "否")

_ROWS_PER_SHEET = 1_048_000  # Excel has 1,048,576
_FILLED_ROWS = 10_000  # rows that get drop-downs in a template
_EXACT_YUAN = 10**12  # a cell keeps fen exactly up to here
_EXACT_DIGITS = 15
_DAYS = frozenset({ColumnType.DATE, ColumnType.HAPPENED})
_WIDTHS: Mapping[ColumnType, int] = {
    ColumnType.TEXT: 18,
    ColumnType.ID: 20,
    ColumnType.REF: 20,
    ColumnType.FEN: 16,
}
_DEFAULT_WIDTH = 12


class Styles:
    """The cell formats of one workbook."""

    def __init__(self, book: xlsxwriter.Workbook) -> None:
        """Make them."""
        head = {
            "bold": True,
            "bg_color": "#DCE6F1",
            "border": 1,
            "border_color": "#9DB2CC",
            "text_wrap": True,
        }
        grey = {"font_color": "#999999", "italic": True}
        self.head: Format = book.add_format(head)
        self.required: Format = book.add_format(head | {"font_color": "#C00000"})
        self.title: Format = book.add_format({"bold": True, "font_size": 14})
        self.wrap: Format = book.add_format({"text_wrap": True, "valign": "top"})
        self.link: Format = book.add_format({"font_color": "#0563C1", "underline": 1})
        self.plain = {
            ColumnType.FEN: book.add_format({"num_format": "#,##0.00"}),
            ColumnType.INT: book.add_format({"num_format": "0"}),
            ColumnType.NUM: book.add_format({"num_format": "0.######"}),
            **dict.fromkeys(_DAYS, book.add_format({"num_format": "yyyy-mm-dd"})),
        }
        self.text: Format = book.add_format({"num_format": "@"})
        self.examples = {
            kind: book.add_format(grey | {"num_format": form.num_format}) for kind, form in self.plain.items()
        }
        self.example_text: Format = book.add_format(grey | {"num_format": "@"})

    def of(self, kind: ColumnType) -> Format:
        """The format of a column's values."""
        return self.plain.get(kind, self.text)


# a register


def write_book(
    book_rows: Mapping[str, Sequence[Mapping[str, object]]],
    path: Path,
    lang: Lang = "zh",
    *,
    tables: Mapping[str, Table] | None = None,
) -> None:
    """Write rows keyed by column identifiers as a register workbook, amounts in yuan.

    Values as in memory: date, integer fen, int, Decimal, bool, text, enum identifiers; None is empty. A
    table's columns that no row fills are left away unless required. Raises KeyError for a table or column
    that is not declared.
    """
    known = declared() if tables is None else tables
    log = change_log_of(known)
    options = {"constant_memory": True, "strings_to_urls": False, "strings_to_formulas": False}
    with xlsxwriter.Workbook(str(path), options) as book:
        styles = Styles(book)
        for name in sorted(book_rows, key=list(known).index):
            rows = book_rows[name]
            for part in range(max(1, -(-len(rows) // _ROWS_PER_SHEET))):
                title = _name(known[name].id, known[name].word, lang) + (f"_{part + 1}" if part else "")
                some = rows[part * _ROWS_PER_SHEET : (part + 1) * _ROWS_PER_SHEET]
                _write_register(
                    book.add_worksheet(title), known[name], some, lang, styles, _Teller(known, log, lang)
                )


def _name(identifier: str, word: str, lang: Lang) -> str:
    return word if lang == "zh" else identifier


def _write_register(
    sheet: Worksheet,
    table: Table,
    rows: Sequence[Mapping[str, object]],
    lang: Lang,
    styles: Styles,
    teller: "_Teller",
) -> None:
    filled = {c for row in rows for c, value in row.items() if value is not None}
    unknown = filled - table.columns.keys()
    if unknown:
        raise KeyError(f"{table.id} has no column {', '.join(sorted(unknown))}")
    columns = [c for c in table.columns.values() if c.required or c.id in filled]
    _set_widths(sheet, columns, styles)
    for j, column in enumerate(columns):
        sheet.write_string(
            0, j, _name(column.id, column.word, lang), styles.required if column.required else styles.head
        )
    sheet.freeze_panes(1, len([c for c in columns if c.id in table.key]))
    tellers = [teller.of(table, column) for column in columns]
    formats = [styles.of(column.type) for column in columns]
    plan = [(j, column.id, tellers[j], formats[j]) for j, column in enumerate(columns)]
    for i, row in enumerate(rows, 1):
        for j, name, tell, form in plan:
            value = row.get(name)
            if value is None:
                continue
            told = tell(value, row)
            if isinstance(told, str):
                sheet.write_string(i, j, told, form)
            elif isinstance(told, date):
                sheet.write_datetime(i, j, told, form)
            else:
                sheet.write_number(i, j, told, form)


def _set_widths(sheet: Worksheet, columns: Sequence[Column], styles: Styles) -> None:
    for j, column in enumerate(columns):
        sheet.set_column(j, j, _WIDTHS.get(column.type, _DEFAULT_WIDTH), styles.of(column.type))


Told = str | float | date


class _Teller:
    """Says a value in memory as the cell of a workbook."""

    def __init__(self, tables: Mapping[str, Table], log: ChangeLog | None, lang: Lang) -> None:
        """Keep the tables, for the change log speaks of all of them."""
        self._tables = tables
        self._log = log
        self._lang = lang

    def of(self, table: Table, column: Column) -> Callable[[object, Mapping[str, object]], Told]:
        """How the values of one column are said, given the value and its row."""
        if self._log is not None and table.id == self._log.name and column.id != self._log.since:
            return self._of_log(column.id)
        if table.word == "数据截至" and column.word == "表":
            return lambda value, _row: self._word(str(value))
        return lambda value, _row: self.tell(column, value)

    def _of_log(self, name: str) -> Callable[[object, Mapping[str, object]], Told]:
        log = self._log
        if log is not None and name in (log.old, log.new):
            return lambda value, row: self._moved(str(row[log.table]), str(row[log.item]), str(value))
        if log is not None and name in (log.table, log.item):
            return lambda value, _row: self._word(str(value))
        return lambda value, _row: value if isinstance(value, date) else str(value)

    def _word(self, identifier: str) -> str:
        return word_of(identifier) if self._lang == "zh" else identifier

    def _moved(self, table: str, item: str, text: str) -> str:
        """A canonical text of the change log as the user writes such a value."""
        kind = self._tables[table].columns[item].type
        if kind is ColumnType.FEN:
            return format_yuan(int(text), grouping=False)
        if kind is ColumnType.BOOL:
            return YES_NO[text != "true"]
        return self._word(text) if kind is ColumnType.ENUM else text

    def tell(self, column: Column, value: object) -> Told:
        """One value of an ordinary column."""
        if column.type is ColumnType.ENUM:
            return self._word(str(value))
        if column.type is ColumnType.BOOL:
            return YES_NO[not value]
        if isinstance(value, date):
            return value
        if column.type is ColumnType.FEN and isinstance(value, int):
            return value / 100 if abs(value) < _EXACT_YUAN else format_yuan(value, grouping=False)
        if column.type is ColumnType.INT and isinstance(value, int):
            return value if abs(value) < 10**_EXACT_DIGITS else str(value)
        if isinstance(value, Decimal):
            digits = len(value.normalize().as_tuple().digits)
            return float(value) if digits <= _EXACT_DIGITS else f"{value:f}"
        return str(value)


# the template


def write_template(path: Path, lang: Lang = "zh", tables: Mapping[str, Table] | None = None) -> None:
    """Write the empty workbook that users fill in.

    One sheet per table with a comment on each heading, drop-downs, one grey example row and, first, a sheet that
    says how to fill it in; example and guide are passed over on reading, without a word.
    """
    known = declared() if tables is None else tables
    with xlsxwriter.Workbook(str(path), {"strings_to_urls": False}) as book:
        styles = Styles(book)
        guide = book.add_worksheet(GUIDE[lang])
        sheets = {name: book.add_worksheet(_name(t.id, t.word, lang)) for name, t in known.items()}
        choices = _write_choices(book.add_worksheet(CHOICES[lang]), known, lang)
        _write_guide(guide, known, lang, styles)
        for name, table in known.items():
            _write_blank(sheets[name], table, lang, styles, choices)


def _write_choices(sheet: Worksheet, tables: Mapping[str, Table], lang: Lang) -> dict[str, str]:
    """The values of each domain in a column of a hidden sheet; the ranges for drop-downs."""
    used = {c.enum for t in tables.values() for c in t.columns.values() if c.enum is not None}
    ranges = {}
    for j, (domain, values) in enumerate((d, v) for d, v in domains().items() if d in used):
        sheet.write_column(0, j, [_name(v, word_of(v), lang) for v in values])
        letter = xl_col_to_name(j)
        ranges[domain] = f"='{sheet.get_name()}'!${letter}$1:${letter}${len(values)}"
    sheet.hide()
    return ranges


def _write_guide(sheet: Worksheet, tables: Mapping[str, Table], lang: Lang, styles: Styles) -> None:
    text = messages().text
    sheet.set_column(0, 0, 18)
    sheet.set_column(1, 1, 60)
    sheet.set_column(2, 2, 50)
    sheet.write_string(0, 0, text("guide-title", lang), styles.title)
    row = 2
    for n in range(1, 9):
        sheet.write_string(row, 0, text(f"guide-{n}", lang))
        row += 1
    row += 1
    for j, code in enumerate(("guide-table", "guide-meaning", "guide-required")):
        sheet.write_string(row, j, text(code, lang), styles.head)
    for table in tables.values():
        row += 1
        name = _name(table.id, table.word, lang)
        sheet.write_url(row, 0, f"internal:'{name}'!A1", styles.link, name)
        sheet.write_string(row, 1, table.said(lang), styles.wrap)
        required = [_name(c.id, c.word, lang) for c in table.columns.values() if c.required]
        sheet.write_string(row, 2, "、".join(required), styles.wrap)
    sheet.freeze_panes(1, 0)


def _write_blank(
    sheet: Worksheet, table: Table, lang: Lang, styles: Styles, choices: Mapping[str, str]
) -> None:
    columns = list(table.columns.values())
    _set_widths(sheet, columns, styles)
    keys = [j for j, c in enumerate(columns) if c.id in table.key]
    texts = (ColumnType.ID, ColumnType.TEXT, ColumnType.REF)
    has_example = any(columns[j].type in texts for j in keys)
    for j, column in enumerate(columns):
        heading = _name(column.id, column.word, lang) + (" *" if column.required else "")
        sheet.write_string(0, j, heading, styles.required if column.required else styles.head)
        sheet.write_comment(0, j, comment_of(column, lang), {"x_scale": 1.6, "y_scale": 1.2})
        _write_drop_down(sheet, j, column, choices)
        if has_example:
            _write_example(sheet, j, column, lang, styles)
    sheet.freeze_panes(1, max(keys, default=-1) + 1 if keys and max(keys) < 4 else 0)  # noqa: PLR2004 -- leave room


def _write_drop_down(sheet: Worksheet, j: int, column: Column, choices: Mapping[str, str]) -> None:
    source: object = list(YES_NO) if column.type is ColumnType.BOOL else choices.get(column.enum or "")
    if source:
        sheet.data_validation(1, j, _FILLED_ROWS, j, {"validate": "list", "source": source})


def _write_example(sheet: Worksheet, j: int, column: Column, lang: Lang, styles: Styles) -> None:
    form = styles.examples.get(column.type, styles.example_text)
    if column.type in _DAYS:
        sheet.write_datetime(1, j, date(2026, 1, 1 if column.month else 31), form)
    elif column.type is ColumnType.FEN:
        sheet.write_number(1, j, 123456.78, form)
    elif column.type in (ColumnType.INT, ColumnType.NUM):
        sheet.write_number(1, j, max(12, column.low or 0) if column.type is ColumnType.INT else 4.35, form)
    elif column.type is ColumnType.BOOL:
        sheet.write_string(1, j, YES_NO[0], form)
    elif column.type is ColumnType.ENUM:
        values = domains().get(column.enum or "", ())
        sheet.write_string(1, j, _name(values[0], word_of(values[0]), lang) if values else "", form)
    else:
        sheet.write_string(1, j, example_of(column, lang), form)


def comment_of(column: Column, lang: Lang) -> str:
    """What a heading means: meaning, type, unit, whether it must be filled in."""
    text = messages().text
    lines = [meant] if (meant := meaning_of(column, lang)) else []
    lines.append(text(f"comment-{column.type.value}", lang))
    if column.ref is not None:
        lines.append(text("comment-refers", lang, table=word_of(column.ref)))
    if column.unit is not None:
        lines.append(text("comment-unit", lang, unit=column.unit))
    if column.low is not None or column.high is not None:
        bounds = {
            "low": "…" if column.low is None else column.low,
            "high": "…" if column.high is None else column.high,
        }
        lines.append(text("comment-bounds", lang, **bounds))
    if column.past:
        lines.append(text("comment-past", lang))
    if column.month:
        lines.append(text("comment-month", lang))
    lines.append(text("comment-required" if column.required else "comment-optional", lang))
    if column.dated:
        lines.append(text("comment-dated", lang))
    return "\n".join(lines)
