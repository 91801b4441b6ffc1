"""The telephone numbers that the register has of a client, for the fields of forms that ask for one: to be chosen, with no more than their ends shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from daihou.book import PHONE, check_identifier, declared, phone_number
from daihou.papers.filling import About, client_of, tokens_of
from daihou.papers.reading import Form, Kind
from daihou.registers.kept import field_name, homes, is_sealed, standing
from daihou.registers.sealing import seals

_COLUMNS = ("mobile", "phone")
"""Where the register of clients has their numbers."""


@dataclass(frozen=True)
class Known:
    """A number of a client: the column that holds it, its mark, and the number sealed."""

    column: str
    mark: str
    sealed: str


def known_numbers(form: Form, about: About) -> tuple[Known, ...]:
    """The numbers of the client whom a form is about, each once; none where the form asks for no number."""
    if not _asks(form):
        return ()
    row = standing(homes()["party"]).filter(key=client_of(about)).first()
    found: dict[str, Known] = {}
    for column in () if row is None else _COLUMNS:
        number = _number(row, column)
        if number:
            mark = seals().mark(number)
            found.setdefault(mark, Known(column, mark, seals().seal(number)))
    return tuple(found.values())


def _asks(form: Form) -> bool:
    return any(
        one.kind is Kind.PHONE or any(column.kind is Kind.PHONE for column in one.columns)
        for one in form.fields
    )


def _number(row: Any, name: str) -> str:
    """The number in a column as it is kept; empty where what stands there is none, or several."""
    column = declared()["party"].columns[name]
    value = getattr(row, field_name(name)) or ""
    number = phone_number(seals().opened(value) if value and is_sealed(column) else value)
    return number if number and check_identifier(PHONE, number) is None else ""


def offered(known: Sequence[Known], held: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """What may be chosen: how a number is shown among all that the page holds, and the column that it stands in."""
    tokens = tokens_of(held)
    return tuple((tokens[one.mark], one.column) for one in known if one.mark in tokens)
