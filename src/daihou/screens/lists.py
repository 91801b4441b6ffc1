"""A list of stored rows: searched, filtered, sorted, paged, exported as seen. Everything it is asked stands in the address."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from importlib import resources
from typing import Any
from urllib.parse import unquote

import xlsxwriter
from django.core.paginator import Page, Paginator
from django.db.models import Count, F, OrderBy, Q, QuerySet, Sum
from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils.http import content_disposition_header
from django.utils.translation import gettext
from xlsxwriter.utility import xl_range

from daihou.book import PHONE, Column, ColumnType, Table, declared, domains, masked, phone_number
from daihou.registers.held import held
from daihou.registers.kept import FOUND_BY, field_name, homes, is_sealed, names_party, standing, values_of
from daihou.registers.lines import parts
from daihou.registers.sealing import TAIL, is_mark, is_resident, seals
from daihou.screens.tags import EMPTY, PERCENT, word
from daihou.terms import read_mapping

_A_NUMBER = re.compile(r"[0-9A-Za-z+*#]+")
PAGE_ROWS = 50
FIRST_COLUMNS = 9
FILTER_VALUES = 40
FIRST_FILTERS = 3
EXPORT_ROWS = 100_000
"""Rows of a workbook. A list of more is counted and summed when it is asked for: of millions of rows that takes seconds."""
ABOUT = "of."
"""In the address, before a column: only rows that name this row there."""
EMPTY_ONES, FILLED = "empty", "filled"
"""In the address, with a column: only rows in which it is empty, in which it is filled in."""
SHOW = "show"
"""In the address, with a column: it stands in the list besides those that a person chose."""
WHOLE = "whole"
"""In the address: count and sum, however many there are."""
_COLUMNS, _FILTERS, _HEAD, _OPEN = "列", "筛", "首", "未了"
_FOUND_IN = frozenset({ColumnType.ID, ColumnType.TEXT, ColumnType.REF})
_NUMBERS = frozenset({ColumnType.FEN, ColumnType.INT, ColumnType.NUM})
_DAYS = frozenset({ColumnType.DATE, ColumnType.HAPPENED})
ROWS_SAID = 2_000
"""Rows of a workbook whose words are asked for together."""
DAYS = "yyyy-mm-dd"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True)
class Filter:
    """A column of few values that one can choose among."""

    column: Column
    values: Sequence[str]
    chosen: str
    first: bool
    """Whether it stands in the bar; the others are folded away until one of them is used."""


@dataclass
class Listing:
    """One page of rows and all that the page needs to show and change what is asked.

    ``more``: there are more rows than ``total``, which were not counted; nothing is summed then. ``about``: the rows that those listed must name, by column.
    ``gaps``: columns that must be empty in them (True) or filled in (False). ``named``: columns that the address names besides.
    """

    table: Table
    columns: Sequence[Column]
    page: Page[Any]
    total: int
    filters: Sequence[Filter]
    words: str
    order: str
    offered: Sequence[Column] = ()
    sums: Mapping[str, int] = field(default_factory=dict)
    more: bool = False
    about: Sequence[tuple[Column, str]] = ()
    gaps: Sequence[tuple[Column, bool]] = ()
    named: Sequence[Column] = ()

    @property
    def folded(self) -> Sequence[Filter]:
        """Filters that are not in the bar."""
        return [one for one in self.filters if not one.first]

    @property
    def unfolded(self) -> bool:
        """Whether one of the folded filters is used."""
        return any(one.chosen for one in self.folded)

    @property
    def money(self) -> Sequence[tuple[Column, int]]:
        """Sums of the money columns over all that is filtered, in fen."""
        return [
            (column, self.sums[column.id]) for column in self.columns if self.sums.get(column.id) is not None
        ]

    @property
    def number_columns(self) -> frozenset[str]:
        """Columns whose values stand at the right."""
        return frozenset(column.id for column in numbers_among(self.columns))


def numbers_among(columns: Sequence[Column]) -> frozenset[Column]:
    """Columns whose values stand at the right; numbers that have names are read as words."""
    return frozenset(column for column in columns if column.type in _NUMBERS and not column.classes)


class ListsError(ValueError):
    """A table of lists that names what is not there."""


@cache
def _said() -> Mapping[str, Mapping[str, Sequence[str]]]:
    """What ``lists.yaml`` says, by identifiers: of each table its columns and filters. Raises ListsError."""
    tables = {table.word: table for table in declared().values()}
    found: dict[str, dict[str, Sequence[str]]] = {}
    for name, says in read_mapping(resources.files("daihou.screens") / "lists.yaml").items():
        if name not in tables or set(says) - {_COLUMNS, _FILTERS, _HEAD, _OPEN}:
            raise ListsError(f"lists.yaml: {name}")
        ids = {column.word: column.id for column in values_of(tables[name])}
        unknown = [one for part in says.values() for one in part if one not in ids]
        if unknown:
            raise ListsError(f"lists.yaml: {name} has no {', '.join(unknown)}")
        found[tables[name].id] = {part: [ids[one] for one in words] for part, words in says.items()}
    return found


def offered(table: Table) -> list[Column]:
    """The columns that a list can show: all but sealed numbers."""
    return [column for column in values_of(table) if not is_sealed(column)]


def columns_of(table: Table, chosen: Sequence[str] = ()) -> list[Column]:
    """The columns that a list shows: those chosen, else those that the table of lists names, else the first ones; sealed numbers never."""
    shown = {column.id: column for column in offered(table)}
    wanted = [shown[one] for one in shown if one in chosen]
    return wanted or [
        shown[one] for one in _said().get(table.id, {}).get(_COLUMNS, list(shown)[:FIRST_COLUMNS])
    ]


def _besides(table: Table, asked: QueryDict) -> tuple[list[Column], list[Column]]:
    """The columns that the address names, and that by which it orders: a figure that led here, or an order, is not seen without its column."""
    order = asked.get("order", "").removeprefix("-")
    besides = [one for one in offered(table) if one.id in asked.getlist(SHOW)]
    return besides, [one for one in offered(table) if one.id == order]


def head_columns(table: Table) -> Sequence[str]:
    """Identifiers of the two or three figures that stand in the head of a row's page."""
    return _said().get(table.id, {}).get(_HEAD, ())


def searched(rows: QuerySet[Any], table: Table, words: str) -> QuerySet[Any]:
    """Rows that hold some words: in a number, a name or a text, or in what finds a row that they refer to.

    A name is found by its pinyin initials too; a whole personal number by its mark, four digits by its end.
    """
    said = _asked_for(words)
    if not said:
        return rows
    found = named(table, words)
    for column in values_of(table):
        name = field_name(column.id)
        if column.type in _FOUND_IN and not is_sealed(column):
            found |= Q(**{f"{name}__icontains": said})
        if column.ref is not None and column.ref in homes() and declared()[column.ref].found:
            found |= Q(**{f"{name}__in": _keys_named(column.ref, said)})
    return rows.filter(found)


def named(table: Table, words: str) -> Q:
    """Rows that people look for by some words: numbers, names, pinyin initials; ends and marks of numbers."""
    said = _asked_for(words)
    if not table.found or is_mark(said):
        found = Q(key__icontains=said)
    else:
        found = Q(**{f"{FOUND_BY}__contains": said.lower()})
    end = len(said) == TAIL
    for column in values_of(table):
        name = field_name(column.id)
        number = phone_number(said) if column.check == PHONE else said
        if is_sealed(column) and len(number) > TAIL and _A_NUMBER.fullmatch(number):
            found |= Q(**{f"{name}_mark": number if is_mark(number) else seals().mark(number)})
        if end and (is_sealed(column) or names_party(column)):
            found |= Q(**{f"{name}_tail": said})
    return found


def _asked_for(words: str) -> str:
    """Words as they are looked for: a personal number by its mark."""
    words = words.strip()
    return seals().mark(words.upper()) if is_resident(words.upper()) else words


def _keys_named(table: str, words: str) -> QuerySet[Any]:
    """Keys of rows of another table that some words find."""
    return standing(homes()[table]).filter(**{f"{FOUND_BY}__contains": words.lower()}).values("key")


class Counted(Paginator):  # type: ignore[type-arg]
    """Pages of rows that were counted already."""

    def __init__(self, rows: QuerySet[Any], number: int) -> None:
        super().__init__(rows, PAGE_ROWS)
        self.__dict__["count"] = number


def listing(
    rows: QuerySet[Any], table: Table, asked: QueryDict, chosen_columns: Sequence[str] = (), *, most: int | None = EXPORT_ROWS
) -> Listing:  # fmt: skip
    """The rows that the address asks for, in the columns that a person chose. ``most``: how many are counted and can be paged through; None: all."""
    words = asked.get("q", "")
    in_bar = _said().get(table.id, {}).get(_FILTERS)
    rows = searched(rows, table, words)
    about = [
        (column, key)
        for column in values_of(table)
        if column.ref and (key := asked.get(f"{ABOUT}{column.id}", ""))
    ]
    rows = rows.filter(**{field_name(column.id): key for column, key in about})
    gaps = [
        (column, name == EMPTY_ONES)
        for name in (EMPTY_ONES, FILLED)
        for column in values_of(table)
        if column.id in asked.getlist(name)
    ]
    for column, empty in gaps:
        rows = rows.filter(**{f"{field_name(column.id)}__isnull": empty})
    filters: list[Filter] = []
    for column in values_of(table):
        values = _few_values(column)
        if not 0 < len(values) <= FILTER_VALUES:
            continue
        chosen = asked.get(column.id, "")
        if chosen in values:
            rows = rows.filter(**{field_name(column.id): chosen})
        first = column.id in in_bar if in_bar is not None else len(filters) < FIRST_FILTERS
        filters.append(Filter(column, values, chosen if chosen in values else "", first))
    order = asked.get("order", "")
    rows = rows.order_by(*_ordered(table, order))
    besides, ordering = _besides(table, asked)
    columns = list(dict.fromkeys([*columns_of(table, chosen_columns), *besides, *ordering]))
    money = [column for column in columns if column.type is ColumnType.FEN]
    most = None if asked.get(WHOLE) else most
    counted = rows if most is None else rows.order_by()[: most + 1]
    figures = {column.id: Sum(field_name(column.id)) for column in money}
    found = held(
        counted, f"sums {sorted(figures)}", lambda rows: rows.aggregate(_total=Count("pk"), **figures)
    )
    total, sums = found["_total"], {name: one for name, one in found.items() if name != "_total"}
    more = most is not None and total > most
    if more:
        total, sums = most, {}
    page = Counted(rows, total).get_page(asked.get("page"))
    return Listing(
        table, columns, page, total, filters, words, order, offered(table), sums, more, about, gaps, besides
    )


def _few_values(column: Column) -> Sequence[str]:
    """What one can choose among in a column: the values of its domain, or the numbers that have names; empty where there is no such list."""
    if column.enum is not None:
        return domains()[column.enum]
    return [str(number) for number, _name in enumerate(column.classes, column.low or 0)]


def _ordered(table: Table, order: str) -> tuple[str | OrderBy, ...]:
    """By the column asked for, either way with what is empty last; else newest business date first, else by key."""
    down = order.startswith("-")
    column = table.columns.get(order.removeprefix("-"))
    if column is not None and not is_sealed(column) and column in values_of(table):
        name = field_name(column.id)
        if column.required:
            return (f"-{name}" if down else name, "key")
        return (OrderBy(F(name), descending=down, nulls_last=True), "key")
    return in_order(table)


def open_first(table: Table) -> tuple[Any, ...]:
    """The order in which a few rows of a table stand on the page of what they belong to: where the table of lists says which day ends a row, those that have none come first, then the last ones that have."""
    ends = _said().get(table.id, {}).get(_OPEN, ())
    if not ends:
        return in_order(table)
    ended = field_name(ends[0])
    return (F(ended).desc(nulls_first=True), *in_order(table))


def in_order(table: Table) -> tuple[str, ...]:
    """The order in which rows of a table are read: newest business day first, else their own order, else by key."""
    if table.date is not None:
        return (f"-{field_name(table.date)}", "key")
    if table.order is not None:
        return (*(field_name(one) for one in table.order.group), field_name(table.order.by), "key")
    return ("key",)


Said = Callable[[Sequence[Any]], Iterable[Sequence[str]]]
"""What a page shows of some rows: of each the words of its cells, in the order of the list's columns."""


def workbook(
    request: HttpRequest,
    rows: QuerySet[Any],
    listed: Listing,
    said: Said,
    *,
    by: str,
    day: date,
    noted: Sequence[str] = (),
) -> HttpResponse:
    """What is listed as an Excel workbook, all pages of it and each cell as it is said, with who took it and when. ``noted``: what else its reader must know."""
    held = io.BytesIO()
    book = _book(held)
    sheet = book.add_worksheet(listed.table.word[:31])
    bold = book.add_format({"bold": True, "bottom": 1})
    for at, column in enumerate(listed.columns):
        sheet.write_string(0, at, word(column.id), bold)
        sheet.set_column(at, at, 16)
    _fill(book, sheet, rows, listed.columns, said)
    _for_paper(sheet, listed.table.word)
    sheet.freeze_panes(1, 1)
    sheet.autofilter(0, 0, max(listed.total, 1), len(listed.columns) - 1)
    about = book.add_worksheet("说明")
    about.write_column(
        0,
        0,
        [
            f"{listed.table.word}（{listed.total}{'，后面的没有导出' if listed.more else ''}）",
            f"{by} {day.isoformat()}",
            masked(unquote(request.get_full_path())),
            *noted,
        ],
    )
    book.close()
    return _sent(held, listed.table.word, day)


def _book(held: io.BytesIO) -> Any:
    """An empty workbook in which a text stays a text, whatever it begins with."""
    return xlsxwriter.Workbook(
        held,
        {
            "in_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "default_date_format": DAYS,
        },
    )


def _fill(book: Any, sheet: Any, rows: QuerySet[Any], columns: Sequence[Column], said: Said) -> None:
    """Write rows below their heads, and below them the sums of amounts; what their cells say is asked for many rows together."""
    money = book.add_format({"num_format": "#,##0.00"})
    sums: dict[int, int] = {}
    ahead = rows[:EXPORT_ROWS].iterator(chunk_size=ROWS_SAID)
    line = 0
    for some in parts(ahead, ROWS_SAID):
        for row, texts in zip(some, said(some), strict=True):
            line += 1
            for at, (column, text) in enumerate(zip(columns, texts, strict=True)):
                value = getattr(row, field_name(column.id))
                if value is None or text == EMPTY:
                    continue
                if column.type is ColumnType.FEN:
                    sheet.write_number(line, at, value / 100, money)
                    sums[at] = sums.get(at, 0) + value
                elif column.type in _NUMBERS and column.unit != PERCENT and not column.classes:
                    sheet.write_number(line, at, value)
                elif column.type in _DAYS:
                    sheet.write_datetime(line, at, value)
                else:
                    sheet.write_string(line, at, text)

    if line and sums and 0 not in sums:
        total = book.add_format({"bold": True, "top": 1, "num_format": "#,##0.00"})
        sheet.write_string(line + 1, 0, gettext(TOTAL), total)
        for at, sum_ in sums.items():  # of the rows that a filter leaves
            sheet.write_formula(
                line + 1, at, f"=SUBTOTAL(109,{xl_range(1, at, line, at)})", total, sum_ / 100
            )


TOTAL = "合计"
"""What stands before sums; who reads the workbook again passes over the row."""


def _for_paper(page: Any, title: str) -> None:
    """A sheet that prints as a report: across A4, as wide as the page, its heads on every page, pages numbered."""
    page.set_landscape()
    page.set_paper(9)
    page.fit_to_pages(1, 0)
    page.repeat_rows(0)
    page.set_header(f"&L{title.replace('&', '&&')}")
    page.set_footer("&C&P / &N")


def sheet(
    title: str, heads: Sequence[str], rows: Sequence[Sequence[str | float | date | None]], *, about: str, by: str, day: date
) -> HttpResponse:  # fmt: skip
    """A table that a page counted as an Excel workbook, with what it is of, who took it and when."""
    held = io.BytesIO()
    book = _book(held)
    page = book.add_worksheet(title[:31])
    page.set_column(0, len(heads) - 1, 14)
    page.write_row(0, 0, heads, book.add_format({"bold": True, "bottom": 1}))
    for line, row in enumerate(rows, start=1):
        page.write_row(line, 0, row)
    page.freeze_panes(1, 1)
    page.autofilter(0, 0, max(len(rows), 1), len(heads) - 1)
    _for_paper(page, title)
    book.add_worksheet("说明").write_column(0, 0, [title, about, f"{by} {day.isoformat()}"])
    book.close()
    return _sent(held, title, day)


def _sent(held: io.BytesIO, name: str, day: date) -> HttpResponse:
    answer = HttpResponse(held.getvalue(), content_type=XLSX)
    told = content_disposition_header(as_attachment=True, filename=f"{name}-{day.isoformat()}.xlsx")
    answer.headers["Content-Disposition"] = str(told)
    return answer
