"""What a form says against what the registers say: fixed fields as they stand there, and what differs kept beside what was written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal

from daihou.papers.filling import LONGEST, About, Fault, Filled, lines_in, prefilled, shown
from daihou.papers.models import Paper
from daihou.papers.owed import owed_in
from daihou.papers.reading import ME, Field, Form, Kind, Owes, Path
from daihou.units import MoneyError, read_fen

IN_REGISTER = "register"
"""What follows the name of a value, after a slash, for what the registers said of it when the form was handed in, where the form says something else."""
_COMPARED = frozenset({Kind.TEXT, Kind.DAY, Kind.NUMBER, Kind.MONEY})
"""A long text is the writer's own; a colleague or a choice is asked for because it may be another."""


def fixed(form: Form, about: About, *, me: str) -> dict[str, str]:
    """The fields that say what the registers say, and who fills the form (``me``), by name; one of which they say nothing is left to the writer."""
    told = prefilled(form, about, me=me, today=date.min)
    return {
        one.name: text for one in form.fields if one.fixed and (text := _kept(one, told.get(one.name, "")))
    }


def fixed_then(form: Form, about: About, paper: Paper) -> dict[str, str]:
    """The fixed fields of a form that was handed in and is corrected: as it said them then; of which the registers say nothing is the writer's still. Who filled it stays."""
    today, said = fixed(form, about, me=""), shown(paper.values, paper.numbers)
    fast = {one.name for one in form.fields if one.source == ME} | today.keys()
    return today | {name: said[name] for name in fast if said.get(name)}


def kept_to(form: Form, filled: Filled, fast: Mapping[str, str]) -> tuple[Filled, list[Fault]]:
    """A form with the fixed fields that it left out, as far as it asks for them, and those of which it says something else as faults."""
    said, told = shown(filled.values, filled.numbers), shown(fast, filled.numbers)
    wrong = [
        Fault(name, "in-register", {"told": text})
        for name, text in told.items()
        if said.get(name, text) != text
    ]
    asked = {one.name for one in form.fields if one.asked(filled.values)}
    missing = {name: text for name, text in fast.items() if name in asked}
    return replace(filled, values={**missing, **filled.values}), wrong


def compared(
    form: Form, about: About, filled: Filled, today: date, before: Mapping[str, str] | None = None
) -> Filled:
    """A form with what the registers say beside what it says differently: of fields that begin with it, and of what each debtor owes.

    ``before``: the values of the edition that is corrected; what it said stays as it was compared then.
    """
    values = {name: text for name, text in filled.values.items() if not name.endswith(f"/{IN_REGISTER}")}
    said, owed = shown(values, filled.numbers), owed_in(form, about, today)
    held = prefilled(form, about, me="", today=today)
    beside = {
        one.name: text
        for one in form.fields
        if one.kind in _COMPARED and not one.fixed and one.name not in form.fills
        and (text := _told(one, held, owed))
    } | dict(_of_debtors(form, said, owed))  # fmt: skip
    other = {
        f"{name}/{IN_REGISTER}": text
        for name, text in beside.items()
        if said.get(name) and said[name] != text
    }
    if before is not None:
        stands = {name for name, text in values.items() if before.get(name) == text}
        other = {name: text for name, text in other.items() if name.rpartition("/")[0] not in stands}
        told = {f"{name}/{IN_REGISTER}" for name in stands}
        other |= {name: text for name, text in before.items() if name in told}
    return replace(filled, values=values | other)


def _told(one: Field, held: Mapping[str, str], owed: Mapping[str, str]) -> str:
    """What the registers say of a field that begins with it; the day and whoever writes are not theirs."""
    if one.owes is not None:
        return owed.get(one.name, "")
    return _kept(one, held.get(one.name, "")) if isinstance(one.source, Path) else ""


def _kept(one: Field, text: str) -> str:
    """A value out of the registers as a form keeps it."""
    if one.kind is Kind.MONEY and text:
        try:
            return f"{Decimal(read_fen(text)) / 100:.2f}"
        except MoneyError:  # a company's field may begin with what is no amount
            return ""
    if one.kind is Kind.LONG:
        return text.replace("\r\n", "\n").strip()
    return " ".join(text.split())[: LONGEST[Kind.TEXT]]


def _of_debtors(form: Form, said: Mapping[str, str], owed: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """What the registers demand of a debtor, by the name of the cell that demands it: where one line alone names him, and one debtor alone is called so."""
    for one in form.fields:
        columns = {column.owes: column.name for column in one.columns if column.owes is not None}
        if one.owes is not Owes.DEBTORS or not {Owes.NAME, Owes.DEMANDED} <= set(columns):
            continue
        who = [columns[what] for what in (Owes.NAME, Owes.CAPACITY) if what in columns]
        known, named = _lines_by(form, one, who, owed), _lines_by(form, one, who, said)
        for debtor, rows in named.items():
            held = known.get(debtor, [])
            if debtor[0] and len(rows) == len(held) == 1:
                text = owed.get(f"{one.name}/{held[0]}/{columns[Owes.DEMANDED]}", "")
                if text:
                    yield f"{one.name}/{rows[0]}/{columns[Owes.DEMANDED]}", text


def _lines_by(form: Form, table: Field, columns: Sequence[str], values: Mapping[str, str]) -> dict[tuple[str, ...], list[int]]:  # fmt: skip
    """The lines of a table by what some columns say."""
    found: dict[tuple[str, ...], list[int]] = {}
    for row in range(lines_in(form, values).get(table.name, 0)):
        told = tuple(" ".join(values.get(f"{table.name}/{row}/{one}", "").split()) for one in columns)
        found.setdefault(told, []).append(row)
    return found


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
