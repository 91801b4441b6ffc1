"""Columns that are decided and not merely entered, and who takes which step of a contract. Written by hand, read strictly, closed where nothing is said."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from daihou.book import declared, posts
from daihou.people.rights import together
from daihou.terms import Lang, read_mapping, terms

ENTERING = "entering"
"""In the place of posts: whoever enters contracts."""

_FILE = "decided.yaml"
_KEYS = frozenset({"of", "zh", "en", "slips", "first", "new", "stays"})
_NEEDED = frozenset({"of", "zh", "en", "slips"})


@dataclass(frozen=True)
class Decided:
    """Columns of a table that change by a decision. ``said``: where; ``slips``: posts that may correct them; ``first``: whoever enters may fill in what is empty; ``new``: a new row may bring them; ``stays``: their row is taken out by those posts only."""

    columns: frozenset[str]
    said: Mapping[Lang, str]
    slips: frozenset[str]
    first: bool
    new: bool
    stays: bool = False


class DecidedError(ValueError):
    """A declaration of decided columns that cannot stand."""


@cache
def decided_columns() -> Mapping[str, tuple[Decided, ...]]:
    """Decided columns by table. Raises DecidedError for an unknown table, column, post or key, and for a column said twice."""
    words = {table.word: name for name, table in declared().items()}
    found: dict[str, tuple[Decided, ...]] = {}
    for word, entries in _written()["columns"].items():
        if word not in words:
            raise DecidedError(f"{_FILE}: no table {word}")
        items = tuple(_read(word, words[word], entry) for entry in entries)
        if sum(len(one.columns) for one in items) > len(frozenset().union(*(one.columns for one in items))):
            raise DecidedError(f"{_FILE}: {word} says a column twice")
        found[words[word]] = items
    return found


@cache
def steps_open_to() -> Mapping[str, frozenset[str] | None]:
    """Posts by step of a contract; None where whoever enters contracts may take it. A step that is not here is open to nobody."""
    return {
        step: None if said == ENTERING else _posts(step, said) for step, said in _written()["steps"].items()
    }


def may_take(step: str, held: Collection[str]) -> bool:
    """Whether somebody with some posts may take a step of a contract."""
    if step not in steps_open_to():
        return False
    open_to = steps_open_to()[step]
    if open_to is None:
        return declared()["contract"].room in together(held).enters
    return bool(open_to & set(held))


def closed_columns(table: str, held: Collection[str]) -> dict[str, Decided]:
    """The decided columns of a table that somebody with some posts may not correct."""
    return {
        column: one
        for one in decided_columns().get(table, ())
        if not one.slips & set(held)
        for column in one.columns
    }


def slip_columns(table: str, held: Collection[str]) -> frozenset[str]:
    """The decided columns of a table in which somebody with some posts may set right a slip of the pen."""
    return frozenset().union(
        *(one.columns for one in decided_columns().get(table, ()) if one.slips & set(held))
    )


def _written() -> Mapping[str, Any]:
    said = read_mapping(resources.files("daihou.people") / _FILE)
    if set(said) != {"columns", "steps"}:
        raise DecidedError(f"{_FILE}: columns and steps, and nothing else")
    return said


def _read(word: str, table: str, entry: Mapping[str, Any]) -> Decided:
    wrong = [*sorted(set(entry) - _KEYS), *sorted(_NEEDED - set(entry))]
    if wrong:
        raise DecidedError(f"{_FILE}: {word}: {', '.join(wrong)}")
    by_word = {column.word: name for name, column in declared()[table].columns.items()}
    unknown = [one for one in entry["of"] if one not in by_word]
    if unknown:
        raise DecidedError(f"{_FILE}: {word} has no column {', '.join(unknown)}")
    return Decided(
        frozenset(by_word[one] for one in entry["of"]),
        {"zh": entry["zh"], "en": entry["en"]},
        _posts(word, entry["slips"]),
        bool(entry.get("first", False)),
        bool(entry.get("new", False)),
        bool(entry.get("stays", False)),
    )


def _posts(where: str, said: Any) -> frozenset[str]:
    return frozenset(_post_ids(where, said))


def _post_ids(where: str, said: Any) -> Iterator[str]:
    for word in said:
        term = terms().find(word)
        if term is None or term.id not in posts():
            raise DecidedError(f"{_FILE}: {where}: {word} is no post")
        yield term.id
