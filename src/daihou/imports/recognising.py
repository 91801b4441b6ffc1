"""Rows of a bank's list found in the registers: by number, by name and amount, or as people said before."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from daihou.book import Column, Recognised, Wanted, Way, declared
from daihou.imports.models import HandMatch
from daihou.registers.kept import field_name, homes, is_sealed, standing
from daihou.registers.lines import portions
from daihou.registers.sealing import seals
from daihou.units import to_halfwidth

CANDIDATES = 20
"""How many rows a question keeps as candidates."""
_GAPS = re.compile(r"[\s\-_—–]+")


@dataclass(frozen=True)
class Unmatched:
    """Rows of a file that no number leads to one row: what they say, how many they are, what they could be, or that people said what they are."""

    column: str  # table.column
    ref: str
    text: str
    rows: int
    sheet: str
    row: int
    outcome: str
    candidates: tuple[str, ...]


@dataclass
class Recognition:
    """Answers what the rows of one file mean, and keeps what it could not say, and what people had said. Use once."""

    mapping: str
    counts: Counter[str] = field(default_factory=Counter)
    unmatched: list[Unmatched] = field(default_factory=list)

    def __call__(
        self, table: str, column: Column, ways: Sequence[Way], wanted: Sequence[Wanted]
    ) -> list[Recognised]:
        """One answer for each question. People's word goes before every number: they looked at the papers."""
        name = f"{table}.{column.id}"
        told = self._told(name, str(column.ref), wanted)
        found = _Finder(str(column.ref), ways)
        answers = []
        for one in wanted:
            answer = told.get(one.text) or found.answer(one)
            self.counts[answer.outcome] += one.rows
            if answer.outcome != "sure":
                self.unmatched.append(
                    Unmatched(
                        name, str(column.ref), one.text, one.rows, one.sheet, one.row, answer.outcome, answer.candidates
                    )
                )  # fmt: skip
            answers.append(answer)
        return answers

    def _told(self, column: str, ref: str, wanted: Sequence[Wanted]) -> dict[str, Recognised]:
        """What people said before, by what the file says; a row that stands no longer is asked anew."""
        marks = {seals().mark(one.text): one.text for one in wanted}
        kept = HandMatch.objects.filter(mapping=self.mapping, column=column, ended_event=None)
        rows = [
            row
            for some in portions(list(marks))
            for row in kept.filter(mark__in=some).values_list("mark", "key")
        ]
        stand = _standing_keys(ref, {key for _, key in rows if key})
        return {
            marks[mark]: Recognised("by_hand", key) if key else Recognised("set_aside")
            for mark, key in rows
            if not key or key in stand
        }


def _standing_keys(table: str, keys: set[str]) -> set[str]:
    rows = standing(homes()[table])
    return {
        k for some in portions(sorted(keys)) for k in rows.filter(key__in=some).values_list("key", flat=True)
    }


class _Finder:
    """The standing rows of a table by what the ways of a mapping look at: read once, whatever the number of questions."""

    def __init__(self, table: str, ways: Sequence[Way]) -> None:
        self.ways = ways
        paths = list(dict.fromkeys(trait.path for way in ways for trait in way.traits))
        rows = _values(table, paths)
        places = {path: at for at, path in enumerate(paths, 1)}
        self.sealed = [[_is_sealed_at(table, trait.path) for trait in way.traits] for way in ways]
        self.held: list[dict[tuple[Any, ...], list[str]]] = []
        for way in ways:
            by_said: dict[tuple[Any, ...], list[str]] = {}
            for row in rows:
                said = tuple(row[places[trait.path]] for trait in way.traits)
                if None not in said:
                    by_said.setdefault(said, []).append(row[0])
            self.held.append(by_said)

    def answer(self, wanted: Wanted) -> Recognised:
        """By the first way that leads to one row; of several the later ways choose; a name alone is only likely."""
        left: list[str] = []
        sure = False
        for way, said, held, sealed in zip(self.ways, wanted.said, self.held, self.sealed, strict=True):
            if None in said:
                continue
            fitting = held.get(
                tuple(_asked(one, hide=hide) for one, hide in zip(said, sealed, strict=True)), []
            )
            narrowed = [key for key in fitting if key in left] if left else fitting
            sure = sure or (way.sure and bool(narrowed))
            if len(narrowed) == 1:
                (key,) = narrowed
                return Recognised("sure", key) if sure else Recognised("likely", None, (key,))
            left = narrowed or left
        if left:
            return Recognised("several", None, tuple(sorted(left)[:CANDIDATES]))
        return Recognised("none")


def _values(table: str, paths: Sequence[tuple[str, ...]]) -> list[tuple[Any, ...]]:
    """Key and compared values of every standing row; what a row refers to is read once for all."""
    model = homes()[table]
    firsts = list(dict.fromkeys(path[0] for path in paths))
    beyond = {path: _of_referred(table, path) for path in paths if len(path) > 1}
    rows = standing(model).values_list("key", *(_compared_field(table, first) for first in firsts))
    return [
        (key, *(_one(path, dict(zip(firsts, said, strict=True)), beyond) for path in paths))
        for key, *said in rows.order_by("key").iterator(chunk_size=5_000)
    ]


def _one(
    path: tuple[str, ...], said: Mapping[str, Any], beyond: Mapping[tuple[str, ...], Mapping[str, Any]]
) -> Any:
    value = said[path[0]]
    return _compared(value) if len(path) == 1 else beyond[path].get(value)


def _of_referred(table: str, path: tuple[str, ...]) -> dict[str, Any]:
    """What the rows that a column refers to say, by their key."""
    ref = str(declared()[table].columns[path[0]].ref)
    held = standing(homes()[ref]).values_list("key", _compared_field(ref, path[1]))
    return {key: _compared(value) for key, value in held.iterator(chunk_size=5_000)}


def _compared_field(table: str, column: str) -> str:
    declared_column = declared()[table].columns[column]
    return f"{field_name(column)}_mark" if is_sealed(declared_column) else field_name(column)


def _is_sealed_at(table: str, path: Sequence[str]) -> bool:
    if len(path) > 1:
        table = str(declared()[table].columns[path[0]].ref)
    return is_sealed(declared()[table].columns[path[-1]])


def _asked(value: Any, *, hide: bool) -> Any:
    """What a file says, as it is compared: a number that is kept sealed by its mark."""
    said = _compared(value)
    return seals().mark(said) if hide and isinstance(said, str) else said


def _compared(value: Any) -> Any:
    """A value as values are compared: texts half-width, without gaps and strokes, large; personal numbers by their marks."""
    if not isinstance(value, str):
        return value
    return seals().marked(_GAPS.sub("", to_halfwidth(value)).upper()) or None


def kept_unmatched(found: Sequence[Unmatched]) -> list[dict[str, Any]]:
    """What could not be recognised, as it is sealed with the file."""
    return [asdict(one) for one in found]


def read_unmatched(kept: Sequence[Mapping[str, Any]]) -> list[Unmatched]:
    """The same, read again."""
    return [Unmatched(**{**one, "candidates": tuple(one["candidates"])}) for one in kept]
