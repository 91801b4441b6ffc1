"""A change looked at before anybody signs it: may the figure be changed, is the value of its type and range, does the book bear it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from daihou.policy.faults import FigureFault, FigureRefusedError
from daihou.policy.laying import Step, laid, lay
from daihou.policy.sources import may_change
from daihou.rulebook import (
    Figure,
    LookupTable,
    Rulebook,
    RulebookRefused,
    Source,
    WrongError,
    constant,
    written_shipped,
)
from daihou.rulebook.nodes import Kind
from daihou.rulebook.written import figure_named
from daihou.units import add_months

Value = str | Mapping[str, str]

UNSET = frozenset({"待定", "unset"})
UNITS: Mapping[Kind, str] = {
    Kind.DAYS: "天", Kind.WORKDAYS: "工作日", Kind.MONTHS: "月", Kind.FEN: "元", Kind.RATIO: "%",
}  # fmt: skip
"""The unit that a bare number takes, by the figure's kind."""
MOST: Mapping[Kind, tuple[int, str]] = {
    Kind.DAYS: (3660, "3660天"), Kind.WORKDAYS: (2600, "2600工作日"), Kind.MONTHS: (360, "360月"), Kind.RATIO: (10, "1000%"),
    Kind.INT: (1_000_000, "1,000,000"), Kind.FEN: (10**14, "10000亿元"),
}  # fmt: skip
"""Where a value is taken for a slip of the pen, with the words for it."""
EXAMPLES: Mapping[Kind, str] = {
    Kind.DAYS: "10", Kind.WORKDAYS: "3", Kind.MONTHS: "6", Kind.FEN: "100000", Kind.RATIO: "20", Kind.INT: "3", Kind.NUM: "0.5",
}  # fmt: skip
"""How a value of a kind is typed: in figures, for the unit stands beside the field."""
AHEAD = 24
"""Months ahead for which a change may be proposed."""
LONGEST_REASON, LONGEST_CITATION = 500, 200
_BARE = re.compile(r"[0-9]+(?:\.[0-9]+)?")
_NOWHERE = Source("policy", 1)
_OWN_STEP = 0  # the number of the change that is looked at; stored ones count from 1


@dataclass(frozen=True)
class Asked:
    """What somebody wants to change. ``value``: as typed; for a table by key."""

    rulebook: str
    figure: str
    value: Value
    since: date | None
    reason: str
    citation: str = ""


@dataclass(frozen=True)
class Checked:
    """A change that could be proposed: the figure as it stands, the value as rulebooks write it, the book with it."""

    asked: Asked
    figure: Figure | LookupTable
    value: str | tuple[tuple[str, str], ...]
    since: date
    before: tuple[Rulebook, ...]
    after: tuple[Rulebook, ...]


def figure_of(ids: Sequence[str], rulebook: str, name: str) -> Figure | LookupTable:
    """A figure that the company may change, as the release gives it. Raises FigureRefusedError."""
    figure = figure_named(written_shipped(rulebook).book, name) if rulebook in ids else None
    if figure is None:
        raise FigureRefusedError(FigureFault("figure", "no-such-figure", {"name": name}))
    if not may_change(figure):
        said = {"name": figure.name, "citation": "；".join(figure.citations)}
        raise FigureRefusedError(FigureFault("figure", "figure-of-law", said))
    if figure.book != rulebook:
        raise FigureRefusedError(FigureFault("figure", "figure-shared", {"name": figure.name}))
    return figure


def check(asked: Asked, ids: Sequence[str], adopted: Sequence[Step], day: date) -> Checked:
    """Look at a change of a company with some books and changes in force. Raises FigureRefusedError with all that is wrong."""
    figure = figure_of(ids, asked.rulebook, asked.figure)
    faults = [*_dates(asked, day), *_texts(asked)]
    value, wrong = _value(figure, asked.value)
    faults += wrong
    if faults or asked.since is None or value is None:
        raise FigureRefusedError(*faults)
    step = Step(_OWN_STEP, asked.rulebook, figure.id, asked.since, value, asked.citation.strip())
    before = lay(ids, adopted)
    borne = [one for one in adopted if one.rulebook == asked.rulebook and one.number not in before.left_out]
    try:
        book = laid(asked.rulebook, (*borne, step))
    except RulebookRefused as error:
        raise FigureRefusedError(
            *(FigureFault("value", one.code, mistake=one) for one in error.mistakes)
        ) from error
    after = tuple(book if one.id == asked.rulebook else one for one in before.books)
    known = figure_named(book, figure.id)
    under = figure_named(next(one for one in before.books if one.id == asked.rulebook), figure.id)
    assert known is not None
    assert under is not None
    if known.value == under.value:
        raise FigureRefusedError(FigureFault("value", "value-same"))
    return Checked(asked, under, value, asked.since, before.books, after)


def _dates(asked: Asked, day: date) -> list[FigureFault]:
    last = add_months(day, AHEAD)
    if asked.since is None:
        return [FigureFault("since", "since-missing")]
    if asked.since < day:
        return [FigureFault("since", "since-passed", {"day": day})]
    return [FigureFault("since", "since-too-far", {"day": last})] if asked.since > last else []


def _texts(asked: Asked) -> list[FigureFault]:
    faults = [] if asked.reason.strip() else [FigureFault("reason", "reason-missing")]
    for place, text, most in (
        ("reason", asked.reason, LONGEST_REASON),
        ("citation", asked.citation, LONGEST_CITATION),
    ):
        if len(text) > most:
            faults.append(FigureFault(place, "too-long", {"most": most}))
    return faults


def _value(
    figure: Figure | LookupTable, value: Value
) -> tuple[str | tuple[tuple[str, str], ...] | None, list[FigureFault]]:
    """The value as rulebooks write it. A table's keys left empty stay as they are."""
    if isinstance(figure, Figure):
        text = written_value(figure, value if isinstance(value, str) else "")
        wrong = _said(figure, "value", text)
        return text, [] if wrong is None else [wrong]
    typed = value if isinstance(value, Mapping) else {}
    known = {str(key) for _, step in figure.value.steps for key in step}
    faults = [FigureFault("value", "no-such-key", {"key": key}) for key in sorted(typed) if key not in known]
    pairs = tuple((key, written_value(figure, one)) for key, one in sorted(typed.items()) if one.strip())
    for key, text in pairs:
        wrong = _said(figure, f"value.{key}", text)
        if wrong is not None:
            faults.append(wrong)
    if not pairs and not faults:
        faults.append(FigureFault("value", "value-missing"))
    return pairs, faults


def _said(figure: Figure | LookupTable, place: str, text: str) -> FigureFault | None:
    if not text:
        return FigureFault(place, "value-missing")
    return FigureFault(place, "value-unset") if text in UNSET else _range(figure, place, text)


def written_value(figure: Figure | LookupTable, typed: str) -> str:
    """What was typed as a constant: full-width signs made plain, a bare number with the figure's unit."""
    text = unicodedata.normalize("NFKC", typed).strip().replace(",", "")
    unit = UNITS.get(figure.type.kind, "")
    return f"{text}{unit}" if unit and _BARE.fullmatch(text) else text


def _range(figure: Figure | LookupTable, place: str, text: str) -> FigureFault | None:
    """A value that is no number where one is asked, below zero or beyond any sense; of what is not a number the layer tells."""
    example = EXAMPLES.get(figure.type.kind)
    unread = (
        None if example is None else FigureFault(place, "value-unread", {"text": text, "example": example})
    )
    try:
        literal = constant(text, _NOWHERE)
    except WrongError:
        return unread
    number = literal.value
    if isinstance(number, bool) or not isinstance(number, int | Decimal | Fraction):
        return unread
    if number < 0:
        return FigureFault(place, "value-negative")
    if number == 0 and not figure.zero:
        return FigureFault(place, "value-zero")
    most = MOST.get(literal.type.kind)
    return FigureFault(place, "value-too-large", {"most": most[1]}) if most and number > most[0] else None
