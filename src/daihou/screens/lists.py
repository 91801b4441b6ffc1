"""A list of stored rows: searched, filtered, sorted, paged, exported as seen. Everything it is asked stands in the address."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import xlsxwriter
from django.core.paginator import Page, Paginator
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict

from daihou.book import Column, ColumnType, Table, domains
from daihou.registers.kept import field_name, is_sealed, names_party, values_of
from daihou.registers.sealing import is_resident, seals
from daihou.screens.tags import value_text, word

PAGE_ROWS = 50
FIRST_COLUMNS = 9
FILTER_VALUES = 40
EXPORT_ROWS = 100_000
_FOUND_IN = frozenset({ColumnType.ID, ColumnType.TEXT, ColumnType.REF})
_NUMBERS = frozenset({ColumnType.FEN, ColumnType.INT, ColumnType.NUM})
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True)
class Filter:
    """A column of few values that one can choose among."""

    column: Column
    values: Sequence[str]
    chosen: str


@dataclass
class Listing:
    """One page of rows and all that the page needs to show and change what is asked."""

    table: Table
    columns: Sequence[Column]
    page: Page[Any]
    total: int
    filters: Sequence[Filter]
    words: str
    order: str
    sums: Mapping[str, int] = field(default_factory=dict)

    @property
    def number_columns(self) -> frozenset[str]:
        """Columns whose values stand at the right."""
        return frozenset(column.id for column in self.columns if column.type in _NUMBERS)


def columns_of(table: Table, chosen: Sequence[str] = ()) -> list[Column]:
    """The columns that a list shows: those chosen, else the first ones; sealed numbers never."""
    shown = [column for column in values_of(table) if not is_sealed(column)]
    wanted = [column for column in shown if column.id in chosen]
    return wanted or shown[:FIRST_COLUMNS]


def searched(rows: QuerySet[Any], table: Table, words: str) -> QuerySet[Any]:
    """Rows that hold some words: in a number, a name or a text; a whole personal number by its mark, four digits by its end."""
    words = words.strip()
    if not words:
        return rows
    if is_resident(words.upper()):
        words_of = seals().mark(words.upper())
        return rows.filter(_holds(table, words_of))
    return rows.filter(_holds(table, words))


def _holds(table: Table, words: str) -> Q:
    found = Q(key__icontains=words)
    for column in values_of(table):
        name = field_name(column.id)
        if is_sealed(column):
            found |= Q(**{f"{name}_mark": seals().mark(words)}) | Q(**{f"{name}_tail": words})
        elif names_party(column):
            found |= Q(**{f"{name}_tail": words})
        elif column.type in _FOUND_IN:
            found |= Q(**{f"{name}__icontains": words})
    return found


def listing(rows: QuerySet[Any], table: Table, asked: QueryDict) -> Listing:
    """The rows that the address asks for."""
    words = asked.get("q", "")
    rows = searched(rows, table, words)
    filters = []
    for column in values_of(table):
        if column.type is not ColumnType.ENUM or column.enum is None:
            continue
        values = domains()[column.enum]
        if len(values) > FILTER_VALUES:
            continue
        chosen = asked.get(column.id, "")
        if chosen in values:
            rows = rows.filter(**{field_name(column.id): chosen})
        filters.append(Filter(column, values, chosen if chosen in values else ""))
    order = asked.get("order", "")
    rows = rows.order_by(*_ordered(table, order))
    total = rows.count()
    page = Paginator(rows, PAGE_ROWS).get_page(asked.get("page"))
    return Listing(table, columns_of(table, asked.getlist("col")), page, total, filters, words, order)


def _ordered(table: Table, order: str) -> tuple[str, ...]:
    """By the column asked for, else newest business date first, else by key."""
    down = order.startswith("-")
    column = table.columns.get(order.removeprefix("-"))
    if column is not None and not is_sealed(column) and column in values_of(table):
        return (f"{'-' if down else ''}{field_name(column.id)}", "key")
    if table.date is not None:
        return (f"-{field_name(table.date)}", "key")
    return ("key",)


def cells(row: Any, columns: Sequence[Column], say: Callable[[Column, Any], str] = value_text) -> list[str]:
    """The values of a row as people read them."""
    return [say(column, getattr(row, field_name(column.id))) for column in columns]


def workbook(
    request: HttpRequest, rows: QuerySet[Any], listed: Listing, *, by: str, day: date
) -> HttpResponse:
    """What is listed as an Excel workbook, all pages of it, with who took it and when; personal numbers stay hidden."""
    held = io.BytesIO()
    book = xlsxwriter.Workbook(
        held, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    bold = book.add_format({"bold": True, "bottom": 1})
    money = book.add_format({"num_format": "#,##0.00"})
    days = book.add_format({"num_format": "yyyy-mm-dd"})
    sheet = book.add_worksheet(listed.table.word[:31])
    for at, column in enumerate(listed.columns):
        sheet.write_string(0, at, word(column.id), bold)
        sheet.set_column(at, at, 16)
    for line, row in enumerate(rows[:EXPORT_ROWS].iterator(chunk_size=2_000), start=1):
        for at, column in enumerate(listed.columns):
            value = getattr(row, field_name(column.id))
            if value is None:
                continue
            if column.type is ColumnType.FEN:
                sheet.write_number(line, at, value / 100, money)
            elif column.type in (ColumnType.DATE, ColumnType.HAPPENED):
                sheet.write_datetime(line, at, value, days)
            else:
                sheet.write_string(line, at, value_text(column, value))
    sheet.freeze_panes(1, 1)
    sheet.autofilter(0, 0, max(listed.total, 1), len(listed.columns) - 1)
    about = book.add_worksheet("说明")
    about.write_column(
        0, 0, [f"{listed.table.word}（{listed.total}）", f"{by} {day.isoformat()}", request.get_full_path()]
    )
    book.close()
    answer = HttpResponse(held.getvalue(), content_type=XLSX)
    answer.headers["Content-Disposition"] = f'attachment; filename="{listed.table.id}-{day.isoformat()}.xlsx"'
    return answer
