"""Approved changes laid on the shipped books, as a layer would say them: the same book to the fingerprint."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache

from daihou.rulebook import (
    Figure,
    FigureStep,
    LookupTable,
    Rulebook,
    RulebookRefused,
    Source,
    WrongError,
    constant,
    with_figures,
    written_shipped,
)
from daihou.rulebook.written import figure_named

LAYER, VERSION = "policy", "1.0.0"
_KEPT = 64  # layered books kept read: one company's books, before and after a few changes
_NOWHERE = Source(LAYER, 1)

Entry = tuple[str, str]


@dataclass(frozen=True)
class Step:
    """One change in force: ``since`` is the first day on which it acts. ``value``: a constant, or (key, constant) pairs of a table."""

    number: int
    rulebook: str
    figure: str
    since: date
    value: str | tuple[Entry, ...]
    citation: str = ""


@dataclass(frozen=True)
class Layered:
    """The books with the changes laid on; ``left_out``: numbers of changes that a book as it is now does not bear."""

    books: tuple[Rulebook, ...]
    left_out: frozenset[int]


def lay(ids: Sequence[str], steps: Iterable[Step]) -> Layered:
    """Shipped books by id with changes on them; ``steps`` in the order in which they were decided.

    A change that no longer fits (its figure is gone from a new release, or together with a later one a rule makes no sense) is left
    out and named, so that no signature can stop the company's day.
    """
    asked = tuple(steps)
    books, left = [], {step.number for step in asked if step.rulebook not in ids}
    for one in ids:
        mine = tuple(step for step in asked if step.rulebook == one)
        book, refused = _borne(one, mine)
        books.append(book)
        left |= refused
    return Layered(tuple(books), frozenset(left))


@lru_cache(maxsize=_KEPT)
def _borne(book: str, steps: tuple[Step, ...]) -> tuple[Rulebook, frozenset[int]]:
    """A book with as many of the changes as it bears, the earlier decided first."""
    if not steps:
        return written_shipped(book).book, frozenset()
    try:
        return laid(book, steps), frozenset()
    except RulebookRefused:
        pass
    borne: tuple[Step, ...] = ()
    refused = set()
    for step in steps:
        try:
            laid(book, (*borne, step))
        except RulebookRefused:
            refused.add(step.number)
        else:
            borne = (*borne, step)
    return laid(book, borne), frozenset(refused)


def laid(book: str, steps: Sequence[Step]) -> Rulebook:
    """One book with changes on it. Raises RulebookRefused with the reasons of the layer."""
    written = written_shipped(book)
    by_figure: dict[str, list[Step]] = {}
    for step in steps:
        by_figure.setdefault(step.figure, []).append(step)
    changes: dict[str, list[FigureStep]] = {}
    for name, mine in by_figure.items():
        figure = figure_named(written.book, name)
        said = [_figure_step(one) for one in _one_a_day(mine)]
        acting = said if figure is None else _acting(figure, said)
        if acting:
            changes[name] = acting
    if not changes:
        return written.book
    return with_figures(written, changes, name=LAYER, version=VERSION)


def _one_a_day(steps: Sequence[Step]) -> list[Step]:
    """At most one change of a figure for a day, days ascending: of two the later decided; keys of a table add up."""
    by_day: dict[date, Step] = {}
    for step in steps:
        below = by_day.get(step.since)
        value = step.value
        if below is not None and isinstance(below.value, tuple) and isinstance(value, tuple):
            value = tuple({**dict(below.value), **dict(value)}.items())
        by_day[step.since] = replace(step, value=value)
    return [by_day[since] for since in sorted(by_day)]


def _figure_step(step: Step) -> FigureStep:
    value = step.value if isinstance(step.value, str) else dict(step.value)
    return FigureStep(step.since, value, step.citation or None)


def _acting(figure: Figure | LookupTable, steps: Sequence[FigureStep]) -> list[FigureStep]:
    """Without the changes that say what is in force anyhow: a layer refuses such a line, and a change decided later may make one so."""
    said: dict[date, object] = {since or date.min: _plain(value) for since, value in figure.value.steps}
    kept = []
    for step in steps:
        assert step.since is not None
        days = [day for day in said if day <= step.since]
        below = said[max(days)] if days else None
        value = _read(step.value, below)
        if not days or value != below:
            said[step.since] = value
            kept.append(step)
    return kept


def _plain(value: object) -> object:
    return {str(key): one for key, one in value.items()} if isinstance(value, Mapping) else value


def _read(value: str | Mapping[str, str], below: object) -> object:
    """A value to compare by; one that is no constant stays text, and the layer says what is wrong with it."""
    try:
        if isinstance(value, str):
            return constant(value, _NOWHERE)
        under = below if isinstance(below, dict) else {}
        return {**under, **{key: constant(one, _NOWHERE) for key, one in value.items()}}
    except WrongError:
        return value
