"""A client's own financial statements out of his workbook: each line found by its name, its figure by the heading above it.

Reads what companies hand in: sheets of the balance sheet, the profit and the cash flow statement in the formats of 2019, of small
enterprises and of before; one list or two side by side; in yuan or in ten thousands. Nothing is guessed: a line that stands
there twice with different figures, or under no heading, is told and left to a person.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import ROUND_HALF_EVEN, Decimal
from enum import StrEnum
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from daihou.book.cells import FormulaWithoutValue
from daihou.book.declared import Table, declared
from daihou.book.faults import BookFileError
from daihou.book.sources import Notice, open_workbook
from daihou.terms import Catalogue, Lang, read_mapping
from daihou.units import MoneyError, format_yuan, read_fen, to_halfwidth

TABLE = "statement"
UNITS: Mapping[str, int] = {"元": 1, "千元": 1_000, "万元": 10_000, "百万元": 1_000_000}
"""Yuan in a unit that a statement may be written in."""
TOP = 8
"""Rows at the top of a sheet where unit and period are looked for."""
MOST_ROWS, MOST_COLUMNS = 500, 60
"""A statement is no larger; what is beyond is not looked at."""


class Heading(StrEnum):
    """What a column of a statement says."""

    CLOSING = "closing"
    OPENING = "opening"
    TO_DATE = "to_date"
    BEFORE = "before"
    MONTH = "month"
    PERIOD = "period"
    NUMBER = "number"


@dataclass(frozen=True)
class Cell:
    """Where a figure stands: sheet and place as Excel names it."""

    sheet: str
    place: str


@dataclass(frozen=True)
class Doubt:
    """Something that a person has to look at; ``code`` of its message."""

    code: str
    params: Mapping[str, str] = field(default_factory=dict, hash=False)

    def text(self, lang: Lang) -> str:
        """What to look at, in a language."""
        return _messages().text(self.code, lang, **self.params)


@dataclass(frozen=True)
class Found:
    """One line: its figure in fen (None where it is left to a person), that of the opening or the year before, and where it stands."""

    value: int | None
    before: int | None
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Statement:
    """What a workbook says. ``lines`` by column of the table, ``others`` by name of what only controls ask for.

    ``period_end`` and ``unit`` as the file tells them; None where it does not.
    """

    lines: Mapping[str, Found]
    others: Mapping[str, Found]
    period_end: date | None
    unit: str | None
    doubts: tuple[Doubt, ...]


@dataclass(frozen=True)
class _Line:
    """A line that is looked for."""

    key: str
    stock: bool
    names: tuple[str, ...]
    adds: bool
    loss: bool


@cache
def _messages() -> Catalogue:
    return Catalogue.load("daihou.book", "statement_messages.yaml")


@cache
def _lines() -> tuple[_Line, ...]:
    said = read_mapping(resources.files("daihou.book") / "statement_lines.yaml")
    table: Table = declared()[TABLE]
    words = {column.word: column.id for column in table.columns.values()}
    return tuple(
        _Line(words[name] if part == "columns" else name, one["kind"] == "stock", tuple(one.get("names") or one["sum"]), "sum" in one, bool(one.get("loss")))
        for part in ("columns", "controls") for name, one in said[part].items()
    )  # fmt: skip


@cache
def _controls() -> frozenset[str]:
    return frozenset(read_mapping(resources.files("daihou.book") / "statement_lines.yaml")["controls"])


# ------------------------------------------------------------------ reading


def read_statement(
    content: bytes, name: str, *, unit: str | None = None, period_end: date | None = None
) -> Statement:
    """The statement in a workbook. ``unit``, ``period_end``: what a person says, before what the file does. BookFileError where it cannot be read."""
    every = [(title, rows) for title, rows in _sheets(content, name) if rows]
    if not every:
        raise BookFileError("file-empty", file=name)
    sheets = [
        one
        for one in every
        if _OF_STATEMENTS.search(one[0]) or any(_OF_STATEMENTS.search(text) for text in _texts(one[1]))
    ] or every
    units = list(dict.fromkeys(found for _title, rows in sheets if (found := _unit(rows)) is not None))
    told_unit = unit or (units[0] if units else None)
    end = period_end or _first(_period(rows) for _title, rows in sheets)
    doubts: list[Doubt] = [] if told_unit else [Doubt("statement-no-unit")]
    if unit is None and len(units) > 1:
        doubts.append(Doubt("statement-units", {"units": "、".join(units)}))
    figures = [one for title, rows in sheets for one in _Sheet(title, rows, end).figures(doubts)]
    yuan = UNITS[told_unit or "元"]
    every_line = {line.key: _found(line, figures, yuan, doubts) for line in _lines()}
    lines = {key: one for key, one in every_line.items() if one is not None}
    if not lines:
        doubts.append(Doubt("statement-nothing"))
    return Statement(
        {key: one for key, one in lines.items() if key not in _controls()},
        {key: one for key, one in lines.items() if key in _controls()},
        end, told_unit, tuple(dict.fromkeys(doubts)),
    )  # fmt: skip


def _sheets(content: bytes, name: str) -> Iterator[tuple[str, list[list[object]]]]:
    """The visible sheets of a workbook as rows."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"statement{Path(name).suffix.lower()}"
        path.write_bytes(content)
        for grid in open_workbook(path):
            if isinstance(grid, Notice):
                continue
            width = min(max((len(row) for row in grid.head), default=0), MOST_COLUMNS)
            columns = grid.body(0, width) if width else []
            rows = [
                [column.values[at] for column, at in zip(columns, places, strict=True)]
                for places in zip(
                    *(column.indices.to_pylist()[:MOST_ROWS] for column in columns), strict=True
                )
            ]
            yield grid.title, rows


def _first(found: Iterator[Any]) -> Any:
    return next((one for one in found if one is not None), None)


def _texts(rows: Sequence[Sequence[object]]) -> Iterator[str]:
    return (_plain(cell) for row in rows[:TOP] for cell in row if isinstance(cell, str) and cell.strip())


def _unit(rows: Sequence[Sequence[object]]) -> str | None:
    for text in _texts(rows):
        found = re.search(r"(?:单位|金额单位|货币单位)[:：]?(?:人民币)?[(（]?(百万元|万元|千元|元)", text)
        if found is not None:
            return found.group(1)
    return None


_DAY = re.compile(r"(20\d\d)[年./-](\d{1,2})[月./-](\d{1,2})日?")
_MONTHS = re.compile(r"(20\d\d)年(?:1[-—~至到]+)?(1[0-2]|0?[1-9])月(?!\d{1,2}日)")
_YEAR = re.compile(r"(20\d\d)年度")
_MADE = re.compile(r"打印|编制日期|制表日期|填报日期|报送日期")
"""Texts whose day is not that of the period."""
_OF_STATEMENTS = re.compile(r"资产负债|利润|损益|现金流量")
"""What the title or the top of a sheet says that is looked at; where none does, all are."""


def _days_in(text: str) -> Iterator[date]:
    for year, month, day in _DAY.findall(text):
        try:
            yield date(int(year), int(month), int(day))
        except ValueError:
            continue


def _period(rows: Sequence[Sequence[object]]) -> date | None:
    """The last day that the top of a sheet tells; a day in a cell of its own counts too."""
    days = [_day(cell) for row in rows[:TOP] for cell in row if isinstance(cell, date)]
    for text in _texts(rows):
        if _MADE.search(text):
            continue
        days += _days_in(text)
        days += [_month_end(int(year), int(month)) for year, month in _MONTHS.findall(text)]
        days += [date(int(year), 12, 31) for year in _YEAR.findall(text)]
    return max(days, default=None)


def _day(cell: date) -> date:
    return cell.date() if isinstance(cell, datetime) else cell


def _month_end(year: int, month: int) -> date:
    first = date(year + month // 12, month % 12 + 1, 1)
    return date.fromordinal(first.toordinal() - 1)


def _plain(text: str) -> str:
    """A text in half width, without blanks."""
    return re.sub(r"\s+", "", to_halfwidth(text)).replace("，", ",")


_NUMBERING = re.compile(
    r"^(?:[(（][一二三四五六七八九十\d]+[)）]|[一二三四五六七八九十]+[、.,]|\d+[、.,](?!\d)|其中[:：]|加[:：]|减[:：]|[*△▲☆]+|[:：、.])+"
)
_ASIDE = re.compile(r"[(（\[【].*?[)）\]】]")


def line_name(text: str) -> str:
    """The name of a line as the list of lines has it: without blanks, numbering, and what stands in parentheses."""
    plain = _ASIDE.sub("", _plain(text)) if not re.fullmatch(r"[(（].*[)）]", _plain(text)) else _plain(text)
    before = ""
    while before != plain:
        before, plain = plain, _NUMBERING.sub("", plain)
    return re.sub(r"[:：*]+$", "", plain)


@dataclass(frozen=True)
class _Figure:
    """One figure beside the name of a line."""

    name: str
    loss: bool
    heading: Heading | None
    amount: Decimal
    cell: Cell


class _Sheet:
    """The figures of one sheet."""

    def __init__(self, title: str, rows: Sequence[Sequence[object]], end: date | None) -> None:
        self._title, self._rows, self._end = title, rows, end

    def figures(self, doubts: list[Doubt]) -> Iterator[_Figure]:
        """Every figure beside a name that is looked for."""
        known = {name for line in _lines() for name in line.names}
        for r, row in enumerate(self._rows):
            for c, cell in enumerate(row):
                if not isinstance(cell, str) or not cell.strip():
                    continue
                name = line_name(cell)
                if name in known:
                    yield from self._beside(r, c, name, _plain(cell), doubts)

    def _beside(self, r: int, c: int, name: str, said: str, doubts: list[Doubt]) -> Iterator[_Figure]:
        """The figures to the right of a name, as far as the next text."""
        row = self._rows[r]
        taken = []
        for at in range(c + 1, len(row)):
            cell = row[at]
            if (
                isinstance(cell, str)
                and cell.strip()
                and _amount(cell) is None
                and _plain(cell) not in {"-", "—", "--", "——", "/"}
            ):
                break
            if isinstance(cell, FormulaWithoutValue):
                doubts.append(
                    Doubt("statement-formula", {"line": name, "cell": f"{self._title} {_place(r, at)}"})
                )
            heading, amount = self._heading(r, at), _amount(cell)
            if amount is not None and heading is not Heading.NUMBER:
                taken.append((at, heading, amount))
        bare = [at for at, heading, _amount_ in taken if heading is None]
        if bare and len(taken) > 1:
            doubts.append(
                Doubt("statement-no-heading", {"line": name, "cell": f"{self._title} {_place(r, bare[0])}"})
            )
            return
        for at, heading, amount in taken:
            yield _Figure(name, "损失以" in said, heading, amount, Cell(self._title, _place(r, at)))

    def _heading(self, r: int, c: int) -> Heading | None:
        """What the column says: the nearest heading above, in the cell or, of a merged one, to its left."""
        for up in range(r - 1, -1, -1):
            cell = self._rows[up][c] if c < len(self._rows[up]) else None
            found = heading_of(cell, self._end)
            if found is not None:
                return found
        return None


def heading_of(cell: object, end: date | None) -> Heading | None:
    """What a heading says of its column."""
    if isinstance(cell, date):
        return _of_day(_day(cell), end)
    if not isinstance(cell, str):
        return None
    text = _plain(cell)
    for heading, pattern in _HEADINGS:
        if pattern.search(text):
            return heading
    days = list(_days_in(text))
    return _of_day(days[0], end) if days else None


_HEADINGS: tuple[tuple[Heading, re.Pattern[str]], ...] = (
    (Heading.NUMBER, re.compile(r"^(行次|行号|序号|附注|注释号?|附注编号)$")),
    (Heading.OPENING, re.compile(r"年初|期初|上年年末|上年末|上期末|上期期末|上年期末")),
    (Heading.CLOSING, re.compile(r"期末|年末|本年末")),
    (Heading.BEFORE, re.compile(r"上年|上期|去年|上一年")),
    (Heading.TO_DATE, re.compile(r"累计|本年金额|本年数")),
    (Heading.MONTH, re.compile(r"本月")),
    (Heading.PERIOD, re.compile(r"本期")),
)


def _of_day(day: date, end: date | None) -> Heading | None:
    if end is None:
        return None
    if day == end:
        return Heading.CLOSING
    return Heading.OPENING if day == date(end.year - 1, 12, 31) else None


def _amount(cell: object) -> Decimal | None:
    """A figure of a cell; None where it holds none."""
    if isinstance(cell, bool):
        return None
    if isinstance(cell, int | float):
        number = Decimal(str(cell))
        return number if number.is_finite() else None
    if isinstance(cell, str):
        try:
            return Decimal(read_fen(cell)) / 100
        except MoneyError:
            return None
    return None


def _place(r: int, c: int) -> str:
    letters, at = "", c
    while at >= 0:
        letters, at = chr(ord("A") + at % 26) + letters, at // 26 - 1
    return f"{letters}{r + 1}"


# ------------------------------------------------------------------ one line

_STOCK = (Heading.CLOSING, None)
_FLOW = (Heading.TO_DATE, Heading.PERIOD, None)


def _found(line: _Line, figures: Sequence[_Figure], yuan: int, doubts: list[Doubt]) -> Found | None:
    """What the sheets say of a line; None where they do not have it."""
    parts: list[Found] = []
    for name in line.names:
        own = [one for one in figures if one.name == name]
        if not own:
            continue
        parts.append(_one(line, name, own, yuan, doubts))
        if not line.adds:
            break
    if not parts:
        return None
    values = [one.value for one in parts if one.value is not None]
    befores = [one.before for one in parts if one.before is not None]
    whole = sum(values) if values and (line.adds or len(values) == 1) else None
    return Found(whole, sum(befores) if befores else None, tuple(cell for one in parts for cell in one.cells))


def _one(line: _Line, name: str, own: Sequence[_Figure], yuan: int, doubts: list[Doubt]) -> Found:
    now = _under(own, _STOCK if line.stock else _FLOW)
    then = _under(own, (Heading.OPENING,) if line.stock else (Heading.BEFORE,))
    if not line.stock and now and now[0].heading is Heading.PERIOD:
        doubts.append(Doubt("statement-period-column"))
    amounts = {one.amount for one in now}
    if len(amounts) > 1:
        cells = "、".join(f"{one.cell.sheet} {one.cell.place}" for one in now)
        doubts.append(Doubt("statement-two-values", {"line": name, "cells": cells}))
        return Found(None, None, tuple(one.cell for one in now))
    value = None if not now else _fen(_signed(line, now[0]), yuan)
    before = _fen(_signed(line, then[0]), yuan) if then and len({one.amount for one in then}) == 1 else None
    return Found(value, before, tuple(one.cell for one in now[:1]))


def _under(own: Sequence[_Figure], wanted: Sequence[Heading | None]) -> list[_Figure]:
    """The figures under the first of some headings that has any."""
    for heading in wanted:
        if found := [one for one in own if one.heading is heading]:
            return found
    return []


def _signed(line: _Line, one: _Figure) -> Decimal:
    """The figure as it is kept: of a line that shows a loss with a minus, the loss."""
    return -one.amount if line.loss and one.loss else one.amount


def _fen(amount: Decimal, yuan: int) -> int:
    return int((amount * yuan * 100).quantize(Decimal(1), ROUND_HALF_EVEN))


# ------------------------------------------------------------------ controls


def controls(statement: Statement) -> tuple[Doubt, ...]:
    """Which controls of arithmetic a statement fails (domain: closing the two sides, parts and wholes, cash, retained profit)."""
    value = {
        key: one.value
        for key, one in (*statement.lines.items(), *statement.others.items())
        if one.value is not None
    }
    before = {
        key: one.before
        for key, one in (*statement.lines.items(), *statement.others.items())
        if one.before is not None
    }
    told: list[Doubt] = []
    for code, whole, parts in _SUMS:
        for side, suffix in ((value, ""), (before, "-before")):
            have = [side.get(one) for one in (whole, *parts)]
            if all(one is not None for one in have) and have[0] != sum(
                one for one in have[1:] if one is not None
            ):
                told.append(Doubt(f"control-{code}{suffix}"))
    for part, whole in (
        ("inventory", "current_assets"),
        ("current_assets", "total_assets"),
        ("current_liabilities", "total_liabilities"),
    ):
        if part in value and whole in value and value[part] > value[whole]:
            told.append(
                Doubt(
                    "control-part-above",
                    {
                        "part": declared()[TABLE].columns[part].word,
                        "whole": declared()[TABLE].columns[whole].word,
                    },
                )
            )
    words = declared()[TABLE].columns
    told += [Doubt("control-negative", {"line": words[one].word}) for one in sorted(value.keys() & words.keys()) if one not in _SIGNED and value[one] < 0]  # fmt: skip
    if (
        {"cash", "cash_move"} <= value.keys()
        and "cash" in before
        and value["cash"] - before["cash"] != value["cash_move"]
    ):
        told.append(Doubt("control-cash"))
    if {"retained_earnings", "net_profit"} <= value.keys() and "retained_earnings" in before:
        gone = before["retained_earnings"] + value["net_profit"] - value["retained_earnings"]
        if gone:
            told.append(Doubt("control-retained", {"amount": format_yuan(gone)}))
    return tuple(told)


_SIGNED = frozenset(
    {"retained_earnings", "equity", "bad_debt_loss", "interest_expense", "profit_before_tax", "net_profit", "operating_net_flow"}
)  # fmt: skip
"""Lines that may be negative."""
_SUMS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("sides", "total_assets", ("total_liabilities", "equity")),
    ("both", "both_sides", ("total_assets",)),
    ("assets", "total_assets", ("current_assets", "fixed_assets_whole")),
    ("debts", "total_liabilities", ("current_liabilities", "long_debts_whole")),
)
