"""A worked case as people read it: the rows it begins with, table by table, and what must come out, day by day; in Chinese, as rules are written."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from daihou.book import Column, ColumnType, Table, declared
from daihou.rulebook.cases import COLUMNS, FLAG, LIST, PLACES, STATES, TERM, WANTS
from daihou.rulebook.model import CaseBook
from daihou.terms import terms
from daihou.units import format_yuan

_EMPTY, _NONE = "空", "none"
_FLAGS: Mapping[str, str] = {"true": "是", "false": "否"}
_NAMED = frozenset({"table_name", "item"})
"""Columns whose texts name tables and columns."""
_CHANGED = frozenset({"old_value", "new_value"})
"""Columns that hold a value of the column that the row names."""


@dataclass(frozen=True)
class Given:
    """The rows of one table: its name, the columns that any of them fills, the cells each with its column; what is empty is empty."""

    table: str
    heads: tuple[str, ...]
    rows: tuple[tuple[tuple[str, str], ...], ...]


@dataclass(frozen=True)
class Wanted:
    """What must come out on a day about an object, as far as the case names one."""

    day: date
    known: date | None
    about: str
    said: str


def given_of(case: CaseBook) -> list[Given]:
    """The rows with which a case begins."""
    return [_given(declared()[name], rows) for name, rows in case.rows.items() if rows]


def _given(table: Table, rows: tuple[Mapping[str, str], ...]) -> Given:
    filled = [column for name, column in table.columns.items() if any(row.get(name) for row in rows)]
    cells = (
        tuple((column.word, _cell(_kind(column, row), row.get(column.id, ""))) for column in filled)
        for row in rows
    )
    return Given(table.word, tuple(column.word for column in filled), tuple(cells))


def _kind(column: Column, row: Mapping[str, str]) -> Column:
    """The column whose value a cell holds: of a change the one that changed."""
    if column.id in _CHANGED and row.get("item"):
        return declared()[row["table_name"]].columns[row["item"]]
    return column


def _cell(column: Column, text: str) -> str:
    """A cell, canonical in the case, as a register shows it."""
    if not text:
        return ""
    match column.type:
        case ColumnType.FEN:
            return format_yuan(int(text))
        case ColumnType.BOOL:
            return _FLAGS[text]
        case ColumnType.ENUM:
            return _word(text)
        case _:
            return _word(text) if column.id in _NAMED else text


def wanted_of(case: CaseBook, said: Callable[[str, str], str | None]) -> list[Wanted]:
    """What a case wants, in the order in which it says so. ``said``: a value by its key in what is wanted, where others know its words; None: they do not."""
    return [
        Wanted(
            one.day,
            one.known,
            " ".join(
                filter(None, (_key(one.object), "首次" if one.occurrence == "first" else one.occurrence))
            ),
            _said({key: said(key, text) or _value(key, text) for key, text in one.want.items()}),
        )
        for one in case.expectations
    ]


_SAID: Mapping[str, tuple[str, str]] = {key: (word, how) for word, (key, how) in WANTS.items()}
_STATE_WORDS: Mapping[str, str] = {identifier: word for word, identifier in STATES.items()}


def _said(want: Mapping[str, str]) -> str:
    said = "，".join(f"{_SAID[key][0]} {text}" for key, text in want.items() if key != _NONE)
    if want.get(_NONE) != _FLAGS["true"]:
        return said
    return f"没有（{said}）" if said else "没有"


def _key(key: str | None) -> str:
    return "/".join(map(_word, key.split("/"))) if key else ""


def _value(key: str, text: str) -> str:
    if not text:
        return _EMPTY
    if key == "state":
        return _STATE_WORDS[text]
    say = _HOWS.get(_SAID[key][1])
    return text if say is None else say(text)


def _word(identifier: str) -> str:
    term = terms().by_id(identifier)
    return identifier if term is None else term.word


def _several(text: str) -> str:
    return "、".join(map(_word, text.split(",")))


def _paths(text: str) -> str:
    return "、".join(".".join(map(_word, path.split("."))) for path in text.split(","))


def _numbered(text: str) -> str:
    """Refusals by their number, the first being 1."""
    return "、".join(str(int(one) + 1) for one in text.split(","))


_HOWS: Mapping[str, Callable[[str], str]] = {
    TERM: _word, FLAG: _FLAGS.__getitem__, LIST: _several, COLUMNS: _paths, PLACES: _numbered,
}  # fmt: skip
