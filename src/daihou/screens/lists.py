"""A list of stored rows: searched, filtered, sorted, paged, exported as seen. Everything it is asked stands in the address."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from importlib import resources
from typing import Any
from urllib.parse import unquote

import xlsxwriter
from django.core.paginator import Page, Paginator
from django.db.models import Count, Q, QuerySet, Sum
from django.http import HttpRequest, HttpResponse, QueryDict

from daihou.book import Column, ColumnType, Table, declared, domains, masked
from daihou.registers.kept import field_name, is_sealed, names_party, values_of
from daihou.registers.sealing import is_resident, seals
from daihou.screens.tags import value_text, word
from daihou.terms import read_mapping

PAGE_ROWS = 50
FIRST_COLUMNS = 9
FILTER_VALUES = 40
FIRST_FILTERS = 3
EXPORT_ROWS = 100_000
_COLUMNS, _FILTERS, _HEAD = "列", "筛", "首"
_FOUND_IN = frozenset({ColumnType.ID, ColumnType.TEXT, ColumnType.REF})
_NUMBERS = frozenset({ColumnType.FEN, ColumnType.INT, ColumnType.NUM})
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
    """One page of rows and all that the page needs to show and change what is asked."""

    table: Table
    columns: Sequence[Column]
    page: Page[Any]
    total: int
    filters: Sequence[Filter]
    words: str
    order: str
    offered: Sequence[Column] = ()
    sums: Mapping[str, int] = field(default_factory=dict)

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
    """Columns whose values stand at the right."""
    return frozenset(column for column in columns if column.type in _NUMBERS)


class ListsError(ValueError):
    """A table of lists that names what is not there."""


@cache
def _said() -> Mapping[str, Mapping[str, Sequence[str]]]:
    """What ``lists.yaml`` says, by identifiers: of each table its columns and filters. Raises ListsError."""
    tables = {table.word: table for table in declared().values()}
    found: dict[str, dict[str, Sequence[str]]] = {}
    for name, says in read_mapping(resources.files("daihou.screens") / "lists.yaml").items():
        if name not in tables or set(says) - {_COLUMNS, _FILTERS, _HEAD}:
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


def head_columns(table: Table) -> Sequence[str]:
    """Identifiers of the two or three figures that stand in the head of a row's page."""
    return _said().get(table.id, {}).get(_HEAD, ())


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


def listing(
    rows: QuerySet[Any], table: Table, asked: QueryDict, chosen_columns: Sequence[str] = ()
) -> Listing:
    """The rows that the address asks for, in the columns that a person chose."""
    words = asked.get("q", "")
    in_bar = _said().get(table.id, {}).get(_FILTERS)
    rows = searched(rows, table, words)
    filters: list[Filter] = []
    for column in values_of(table):
        if column.type is not ColumnType.ENUM or column.enum is None:
            continue
        values = domains()[column.enum]
        if len(values) > FILTER_VALUES:
            continue
        chosen = asked.get(column.id, "")
        if chosen in values:
            rows = rows.filter(**{field_name(column.id): chosen})
        first = column.id in in_bar if in_bar is not None else len(filters) < FIRST_FILTERS
        filters.append(Filter(column, values, chosen if chosen in values else "", first))
    order = asked.get("order", "")
    rows = rows.order_by(*_ordered(table, order))
    columns = columns_of(table, chosen_columns)
    money = [column for column in columns if column.type is ColumnType.FEN]
    told = rows.aggregate(_total=Count("pk"), **{column.id: Sum(field_name(column.id)) for column in money})
    page = Paginator(rows, PAGE_ROWS).get_page(asked.get("page"))
    return Listing(table, columns, page, told.pop("_total"), filters, words, order, offered(table), told)


def _ordered(table: Table, order: str) -> tuple[str, ...]:
    """By the column asked for, else newest business date first, else by key."""
    down = order.startswith("-")
    column = table.columns.get(order.removeprefix("-"))
    if column is not None and not is_sealed(column) and column in values_of(table):
        return (f"{'-' if down else ''}{field_name(column.id)}", "key")
    return in_order(table)


def in_order(table: Table) -> tuple[str, ...]:
    """The order in which rows of a table are read: newest business day first, else their own order, else by key."""
    if table.date is not None:
        return (f"-{field_name(table.date)}", "key")
    if table.order is not None:
        return (*(field_name(one) for one in table.order.group), field_name(table.order.by), "key")
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
        0,
        0,
        [
            f"{listed.table.word}（{listed.total}）",
            f"{by} {day.isoformat()}",
            masked(unquote(request.get_full_path())),
        ],
    )
    book.close()
    answer = HttpResponse(held.getvalue(), content_type=XLSX)
    answer.headers["Content-Disposition"] = f'attachment; filename="{listed.table.id}-{day.isoformat()}.xlsx"'
    return answer
