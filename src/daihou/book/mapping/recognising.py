"""Rows of the registers that foreign files name in another way than by their keys: how they are asked for, and what came of it.

A bank's list names a loan by its own number, or the client and the amount. What is asked leaves this room as ``Wanted``; who keeps
the registers answers with ``Recognised``. Nothing is guessed: several rows, or a row that only a name speaks for, is an answer of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

import pyarrow as pa

from daihou.book.converting import Cells
from daihou.book.declared import Column
from daihou.book.faults import LIST_LIMIT, Fault, FaultList, shown
from daihou.book.mapping.model import Kind, Value, Way

Said = str | int | date | None
_Question = tuple[tuple[Said, ...], ...]
Outcome = Literal["sure", "likely", "several", "none", "by_hand", "set_aside"]


@dataclass(frozen=True)
class Wanted:
    """One distinct way in which rows of a file name a row: for each way of the mapping what its traits say.

    ``text``: the same as people read it, equal for equal questions. ``rows``: how many rows of the file ask so; ``sheet``, ``row``: the first.
    """

    text: str
    said: tuple[tuple[Said, ...], ...]
    rows: int
    sheet: str
    row: int


@dataclass(frozen=True)
class Recognised:
    """What the registers answer: the key where one row is meant, else those that it could be.

    ``set_aside``: people said that these rows are none of ours; they are left out without a word.
    """

    outcome: Outcome
    key: str | None = None
    candidates: tuple[str, ...] = ()

    @property
    def stands(self) -> bool:
        """Whether the row may be taken: told by a number, or by hand."""
        return self.outcome in {"sure", "by_hand"}


Recogniser = Callable[[str, Column, Sequence[Way], Sequence[Wanted]], Sequence[Recognised]]
"""Answers what the rows of a file mean in a column of a table, one answer for each question."""

_SAYS: Mapping[Outcome, str] = {
    "likely": "recognised-likely", "several": "recognised-several", "none": "recognised-none",
}  # fmt: skip


def recognised(
    table: str, column: Column, value: Value, said: Sequence[Sequence[Sequence[Said]]], cells: Cells,
    *, recognise: Recogniser | None, faults: FaultList,
) -> tuple[pa.Array, pa.Array, Sequence[int]]:  # fmt: skip
    """The keys that rows mean, the positions of those that cannot be taken, and of those among them that people set aside.

    ``said``: by way, by trait, what each row says.
    """
    asked: dict[_Question, list[int]] = {}
    for position in range(len(cells.rows)):
        question = tuple(tuple(trait[position] for trait in way) for way in said)
        asked.setdefault(question, []).append(position)
    sheets, rows = cells.sheet, cells.rows
    wanted = [
        Wanted(_text(question, value.ways), question, len(at), str(sheets[at[0]]), int(rows[at[0]].as_py()))
        for question, at in asked.items()
    ]
    if recognise is None:
        faults.add(
            Fault(
                "recognised-nowhere",
                "error",
                table,
                wanted[0].sheet if wanted else column.word,
                column=column.id,
            )
        )
        return pa.nulls(len(rows), pa.string()), pa.array(range(len(rows)), pa.int64()), ()
    keys: list[str | None] = [None] * len(rows)
    refused: list[int] = []
    aside: list[int] = []
    if not column.required:
        wanted, asked = _worth_asking(wanted, asked, value.ways)
    for one, answer, at in zip(
        wanted, recognise(table, column, value.ways, wanted), asked.values(), strict=True
    ):
        if answer.stands:
            for position in at:
                keys[position] = answer.key
            continue
        refused += at
        if answer.outcome == "set_aside":
            aside += at
            continue
        _say(one, answer, [(str(sheets[p]), int(rows[p].as_py())) for p in at], column, table, faults)
    return pa.array(keys, pa.string()), pa.array(sorted(refused), pa.int64()), aside


def _worth_asking(
    wanted: Sequence[Wanted], asked: Mapping[_Question, list[int]], ways: Sequence[Way]
) -> tuple[list[Wanted], dict[_Question, list[int]]]:
    """Without the rows of which the file says nothing: a column that may be empty is empty there."""

    def says_something(question: _Question) -> bool:
        pairs = zip(question, ways, strict=True)
        return any(
            one is not None and trait.own is None
            for said, way in pairs
            for one, trait in zip(said, way.traits, strict=True)
        )

    kept = [one for one in wanted if says_something(one.said)]
    return kept, {one.said: asked[one.said] for one in kept}


def _text(question: Sequence[Sequence[Said]], ways: Sequence[Way]) -> str:
    """What a file says of a row, each thing once, as people read it."""
    seen = dict.fromkeys(
        _plain(one, trait.kind)
        for said, way in zip(question, ways, strict=True)
        for one, trait in zip(said, way.traits, strict=True)
        if one is not None
    )
    return " · ".join(seen)


def _plain(said: Said, kind: Kind) -> str:
    """A thing as people write it, amounts in yuan."""
    if kind is Kind.FEN and isinstance(said, int):
        return f"{Decimal(said) / 100:,.2f}"
    return said.isoformat() if isinstance(said, date) else str(said)


def _say(
    wanted: Wanted, answer: Recognised, places: Sequence[tuple[str, int]], column: Column, table: str, faults: FaultList
) -> None:  # fmt: skip
    """Why the rows are left out."""
    code = _SAYS[answer.outcome]
    params = {"count": str(len(answer.candidates)), "near": "、".join(answer.candidates[:3])}
    for sheet, row in places[:LIST_LIMIT]:
        faults.add(Fault(code, "error", table, sheet, row, column.id, shown(wanted.text), params))
