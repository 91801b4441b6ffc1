"""What a form says against what the registers say: fixed fields as they stand there, and what differs kept beside what was written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal

from daihou.papers.filling import About, Fault, Filled, lines_in, prefilled, shown
from daihou.papers.models import Paper
from daihou.papers.owed import owed_in
from daihou.papers.reading import ME, Field, Form, Kind, Owes, Path
from daihou.units import read_fen

IN_REGISTER = "register"
"""What follows the name of a value, after a slash, for what the registers said of it when the form was handed in, where the form says something else."""
_COMPARED = frozenset({Kind.TEXT, Kind.DAY, Kind.NUMBER, Kind.MONEY})
"""A long text is the writer's own; a colleague or a choice is asked for because it may be another."""


def fixed(form: Form, about: About, *, me: str) -> dict[str, str]:
    """The fields that say what the registers say, and who fills the form (``me``), by name; one of which they say nothing is left to the writer."""
    told = prefilled(form, about, me=me, today=date.min)
    return {one.name: _kept(one, told[one.name]) for one in form.fields if one.fixed and told.get(one.name)}


def fixed_then(form: Form, about: About, paper: Paper) -> dict[str, str]:
    """The fixed fields of a form that was handed in and is corrected: as the registers say today, and who filled it then."""
    mine = {one.name for one in form.fields if one.source == ME}
    said = shown(paper.values, paper.numbers)
    return fixed(form, about, me="") | {name: text for name, text in said.items() if name in mine}


def kept_to(filled: Filled, fast: Mapping[str, str]) -> tuple[Filled, list[Fault]]:
    """A form with the fixed fields that it left out, and those of which it says something else as faults."""
    said = shown(filled.values, filled.numbers)
    wrong = [
        Fault(name, "in-register", {"told": text})
        for name, text in fast.items()
        if said.get(name, text) != text
    ]
    return replace(filled, values={**fast, **filled.values}), wrong


def compared(form: Form, about: About, filled: Filled, today: date) -> Filled:
    """A form with what the registers say beside what it says differently: of fields that begin with it, and of what each debtor owes."""
    values = {name: text for name, text in filled.values.items() if not name.endswith(f"/{IN_REGISTER}")}
    said, owed = shown(values, filled.numbers), owed_in(form, about, today)
    held = prefilled(form, about, me="", today=today)
    beside = {
        one.name: text
        for one in form.fields
        if one.kind in _COMPARED and not one.fixed and one.name not in form.fills
        and (text := _told(one, held, owed))
    } | dict(_of_debtors(form, said, owed))  # fmt: skip
    other = {name: text for name, text in beside.items() if said.get(name) and said[name] != text}
    return replace(filled, values=values | {f"{name}/{IN_REGISTER}": text for name, text in other.items()})


def _told(one: Field, held: Mapping[str, str], owed: Mapping[str, str]) -> str:
    """What the registers say of a field that begins with it; the day and whoever writes are not theirs."""
    if one.owes is not None:
        return owed.get(one.name, "")
    return _kept(one, held.get(one.name, "")) if isinstance(one.source, Path) else ""


def _kept(one: Field, text: str) -> str:
    """A value out of the registers as a form keeps it."""
    if one.kind is Kind.MONEY and text:
        return f"{Decimal(read_fen(text)) / 100:.2f}"
    return text.replace("\r\n", "\n").strip() if one.kind is Kind.LONG else " ".join(text.split())


def _of_debtors(form: Form, said: Mapping[str, str], owed: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """What the registers demand of each debtor whom a line names, by the name of its cell."""
    for one in form.fields:
        columns = {column.owes: column.name for column in one.columns if column.owes is not None}
        if one.owes is not Owes.DEBTORS or not {Owes.NAME, Owes.DEMANDED} <= set(columns):
            continue
        name, demanded = columns[Owes.NAME], columns[Owes.DEMANDED]
        theirs = {
            owed.get(f"{one.name}/{row}/{name}", ""): owed.get(f"{one.name}/{row}/{demanded}", "")
            for row in range(lines_in(form, owed).get(one.name, 0))
        }
        for row in range(lines_in(form, said).get(one.name, 0)):
            if text := theirs.get(said.get(f"{one.name}/{row}/{name}", ""), ""):
                yield f"{one.name}/{row}/{demanded}", text


def differing(form: Form, values: Mapping[str, str]) -> Iterator[tuple[str, Field, str]]:
    """What a form says otherwise than the registers did when it was handed in: the value's name, its field, and what they said."""
    fields = {one.name: one for one in form.fields}
    for name, text in values.items():
        whole, _slash, last = name.rpartition("/")
        if last != IN_REGISTER:
            continue
        head, _, rest = whole.partition("/")
        one = fields.get(head)
        column = rest.rpartition("/")[2]
        if one is not None:
            yield whole, next((each for each in one.columns if each.name == column), one), text
