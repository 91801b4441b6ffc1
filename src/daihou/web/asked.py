"""The fields of a form as pages and prints show them: the value as people read it, what is wrong with it, what the report before said."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from django.utils.translation import gettext as _

from daihou.papers import filling
from daihou.papers.agreeing import IN_REGISTER
from daihou.papers.filling import WHY, Fault, closed_up, lines_in
from daihou.papers.reading import Field, Form, Kind
from daihou.screens.tags import EMPTY, lang, lead, word
from daihou.units import MoneyError, format_yuan, read_fen

BLANKS = 1
"""Empty lines that a table of lines offers besides those that are filled."""
FIRST_BLANKS = 1


@dataclass(frozen=True)
class Asked:
    """A field as the page asks for it: its name there, its value, what is wrong with it."""

    field: Field
    name: str
    label: str
    value: str
    why: str
    faults: tuple[str, ...]
    why_faults: tuple[str, ...]
    rows: tuple[tuple[Asked, ...], ...] = ()
    last: str = ""
    owed: str = ""
    """What the registers tell of it now, as people read it; of lines that they tell them."""
    numbers: tuple[tuple[str, str], ...] = ()
    """The client's telephone numbers as they are shown, each with the column that holds it."""
    register: str = ""
    """What the registers said when the form was handed in, as people read it, where it says something else."""

    stands: bool = False
    """Whether it is shown and not asked for: it says what the registers say, or who fills the form."""

    @property
    def moved(self) -> bool:
        """Whether the report before said something else."""
        return bool(self.last) and self.last != (lead(self.text) + self.why if self.why else self.text)

    @property
    def as_owed(self) -> bool:
        """Whether it says what the registers tell."""
        return self.field.kind is not Kind.LINES and self.owed == self.text

    @property
    def unit(self) -> str:
        """The unit beside the label."""
        if self.field.kind is Kind.MONEY:
            return _("元")
        return "" if self.field.unit is None else self.field.unit.said(lang())

    @property
    def help(self) -> str:
        """The help below the field."""
        return "" if self.field.help is None else self.field.help.said(lang())

    @property
    def choices(self) -> list[tuple[str, str]]:
        """What may be chosen, in the page's language."""
        if self.field.kind is Kind.YES_NO:
            return [(filling.YES, _("是")), (filling.NO, _("否"))]
        if self.field.kind is Kind.PHONE:
            return [(token, word(column)) for token, column in self.numbers]
        return [(value, words.said(lang())) for value, words in self.field.choices]

    @property
    def text(self) -> str:
        """The value as people read it."""
        if not self.value:
            return EMPTY
        if self.field.kind is Kind.MONEY:
            return _yuan(self.value)
        if self.field.kind in {Kind.CHOICE, Kind.YES_NO}:
            return dict(self.choices).get(self.value, self.value)
        return self.value


def labels_of(fields: list[Asked]) -> dict[str, str]:
    """What fields are called, by name; a cell of a table of lines with its table and its line."""
    told = {one.name: one.label for one in fields}
    for one in fields:
        for at, row in enumerate(one.rows, start=1):
            line = _("%(table)s 第 %(line)s 行") % {"table": one.label, "line": at}
            told |= {cell.name: f"{line} {cell.label}" for cell in row}
    return told


def asked(
    form: Form, values: Mapping[str, str], faults: tuple[Fault, ...], *, blanks: bool, last: Mapping[str, str] | None = None,
    numbers: tuple[tuple[str, str], ...] = (), owed: Mapping[str, str] | None = None,
) -> list[tuple[str, list[Asked]]]:  # fmt: skip
    """The groups of a form with their fields, values and faults.

    ``blanks`` offers empty lines, ``last``: what the report before it said, ``numbers``: the client's telephone numbers, hidden, to be chosen,
    ``owed``: what the registers tell of a debt, by name of the value.
    """
    before = last or {}
    if blanks:
        values = closed_up(
            form, values
        )  # faults count the lines that are filled; empty ones are offered anew, not once more each time
    counts = lines_in(form, values)
    wrong: dict[str, list[str]] = {}
    for fault in faults:
        wrong.setdefault(fault.name, []).append(fault.text(lang()))
    found = []
    for group in form.groups:
        fields = []
        for one in group.fields:
            rows: tuple[tuple[Asked, ...], ...] = ()
            if one.kind is Kind.LINES:
                have = counts.get(one.name, 0)
                number = (
                    min(have + (BLANKS if have else FIRST_BLANKS), filling.MOST_LINES) if blanks else have
                )
                rows = tuple(
                    tuple(
                        replace(
                            _asked(column, f"{one.name}/{row}/{column.name}", values, wrong), numbers=numbers
                        )
                        for column in one.columns
                    )
                    for row in range(number)
                )
            fields.append(
                replace(
                    _asked(one, one.name, values, wrong, rows),
                    last=_before(one, before),
                    numbers=numbers,
                    owed=_owed(one, owed or {}),
                )
            )
        found.append((group.title.said(lang()), fields))
    return found


def standing_fast(
    groups: list[tuple[str, list[Asked]]], fast: Collection[str]
) -> list[tuple[str, list[Asked]]]:
    """The groups of a form with the fields that are shown and not asked for."""
    return [
        (title, [replace(one, stands=True) if one.name in fast else one for one in fields])
        for title, fields in groups
    ]


def _yuan(text: str) -> str:
    """An amount as people read it; what was typed and is none stays as it is."""
    try:
        return format_yuan(read_fen(text))
    except MoneyError:
        return text


def _before(one: Field, last: Mapping[str, str]) -> str:
    """What the report before said of a field, as people read it; empty where it said nothing."""
    if one.kind is Kind.LINES or not last.get(one.name):
        return ""
    said = Asked(one, one.name, "", last[one.name], "", (), ()).text
    why = last.get(f"{one.name}/{WHY}", "")
    return lead(said) + why if why else said


def _owed(one: Field, owed: Mapping[str, str]) -> str:
    """What the registers tell of a field, as people read it; of lines a word where they tell any."""
    if one.kind is Kind.LINES:
        return _("取自台账") if any(name.startswith(f"{one.name}/") for name in owed) else ""
    return Asked(one, one.name, "", owed[one.name], "", (), ()).text if owed.get(one.name) else ""


def _asked(
    one: Field, name: str, values: Mapping[str, str], wrong: Mapping[str, list[str]], rows: tuple[tuple[Asked, ...], ...] = ()
) -> Asked:  # fmt: skip
    why, register = f"{name}/{WHY}", values.get(f"{name}/{IN_REGISTER}", "")
    return Asked(
        one, name, one.label.said(lang()), values.get(name, ""), values.get(why, ""), tuple(wrong.get(name, ())), tuple(wrong.get(why, ())),
        rows, register=Asked(one, name, "", register, "", (), ()).text if register else "",
    )  # fmt: skip
