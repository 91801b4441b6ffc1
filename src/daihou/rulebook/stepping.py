"""Dated steps laid over a figure that stands in a book beneath: what a layer says of it, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from types import MappingProxyType
from typing import TypeVar

from daihou.rulebook.blocks import Reader, Words
from daihou.rulebook.figures import Step, dated_steps, figure_value, lookup_value, origin_of
from daihou.rulebook.mistakes import WrongError
from daihou.rulebook.model import Dated, Figure, LookupTable
from daihou.rulebook.nodes import INT, NULL, TEXT, Literal
from daihou.rulebook.yaml_source import Tree
from daihou.terms import Source

V = TypeVar("V")
Steps = dict[date | None, V]

_KEYS = frozenset({"值", "依据", "来源"})


@dataclass(frozen=True)
class Stepped:
    """An entry of a layer under 数值 or 表 that names a figure of the base; not yet read."""

    name: str
    tree: Tree
    place: Source


def lay_over(reader: Reader, entry: Stepped, book: str) -> None:
    """Put the figure or figure table with its added steps in the place of the one that was read; it is ``book``'s from now on.

    Raises WrongError: a step without 依据 or 来源, a value of another kind, a step that changes nothing.
    """
    vocabulary = reader.vocabulary
    words = reader.block(entry.tree, entry.place, entry.name, _KEYS)
    words.need("值")
    identifier = vocabulary.id(entry.name)
    if identifier in vocabulary.figures:
        vocabulary.figures[identifier] = _figure(words, vocabulary.figures[identifier], entry.place, book)
    else:
        vocabulary.lookups[identifier] = _lookup(words, vocabulary.lookups[identifier], entry.place, book)


def _figure(words: Words, base: Figure, place: Source, book: str) -> Figure:
    said: Steps[Literal | None] = dict(base.value.steps)
    kind, origin = base.type, _Origin(words, base)
    for step in dated_steps(words):
        origin.take(step)
        literal = figure_value(words.reader, base.name, step)
        if literal is not None and kind not in (NULL, literal.type):
            raise WrongError("kinds-differ", step.source, left=kind, right=literal.type)
        kind = kind if literal is None else literal.type
        if _in_force(said, step.since) == (literal,):
            raise WrongError("changes-nothing", step.source, name=base.name)
        said[step.since] = literal
    return replace(
        base,
        type=kind,
        value=_dated(said),
        citations=origin.citations,
        ours=origin.ours,
        source=place,
        book=book,
    )


def _lookup(words: Words, base: LookupTable, place: Source, book: str) -> LookupTable:
    """Only the keys named differ from what is in force on that day."""
    said: Steps[Mapping[str | int, Literal]] = dict(base.value.steps)
    origin = _Origin(words, base)
    for step in dated_steps(words):
        origin.take(step)
        given = lookup_value(words.reader, base.name, step)
        for key, literal in given.items():
            if isinstance(key, int) is not (base.key == INT):
                left, right = (INT, TEXT) if base.key == INT else (TEXT, INT)
                raise WrongError("kinds-differ", step.source, left=left, right=right)
            if literal.type != base.type:
                raise WrongError("kinds-differ", step.source, left=base.type, right=literal.type)
        below = _in_force(said, step.since)
        laid = {**(below[0] if below else {}), **given}
        if below and laid == dict(below[0]):
            raise WrongError("changes-nothing", step.source, name=base.name)
        said[step.since] = MappingProxyType(laid)
    return replace(
        base, value=_dated(said), citations=origin.citations, ours=origin.ours, source=place, book=book
    )


class _Origin:
    """Where the values come from once the steps are laid over: what stays of the base is still cited."""

    def __init__(self, words: Words, base: Figure | LookupTable) -> None:
        self.name = base.name
        self.base = base
        self.cited, self.own = origin_of(words)
        self.sourced = bool(self.cited) or "来源" in words
        self.stays = {since for since, _ in base.value.steps}

    def take(self, step: Step) -> None:
        """One step more; refused where nothing says who set it."""
        if not step.sourced and not self.sourced:
            raise WrongError("step-uncited", step.source, name=self.name)
        self.stays.discard(step.since)
        self.cited += step.cited
        self.own = self.own or step.ours

    @property
    def citations(self) -> tuple[str, ...]:
        """Each once, the base's first."""
        below = self.base.citations if self.stays else ()
        return tuple(dict.fromkeys((*below, *self.cited)))

    @property
    def ours(self) -> bool:
        """Whether a value is the company's own."""
        return self.own or (self.base.ours and bool(self.stays))


def _in_force(said: Steps[V], since: date | None) -> tuple[V, ...]:
    """The value before a step is laid over, none where there was none yet."""
    day = date.min if since is None else since
    earlier = [one for one in said if one is None or one <= day]
    return () if not earlier else (said[max(earlier, key=_when)],)


def _when(since: date | None) -> date:
    return date.min if since is None else since


def _dated(said: Steps[V]) -> Dated[V]:
    return Dated(tuple((since, said[since]) for since in sorted(said, key=_when)))
