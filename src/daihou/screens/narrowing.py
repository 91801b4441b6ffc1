"""A list narrowed to some days, some amounts, one branch: what the address asks of it, and what is wrong with that."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.translation import gettext as _

from daihou.book import Column, ColumnType, Table
from daihou.registers.kept import field_name, values_of
from daihou.screens.tags import lang
from daihou.units import UnitsError, read_date, read_fen

DAY, MONEY = "day", "money"
_TYPES: Mapping[str, frozenset[ColumnType]] = {
    DAY: frozenset({ColumnType.DATE, ColumnType.HAPPENED}), MONEY: frozenset({ColumnType.FEN}),
}  # fmt: skip
_READ: Mapping[str, Callable[[str], Any]] = {DAY: read_date, MONEY: read_fen}
LONGEST = 40
"""Letters of a bound; more is no day and no amount."""


@dataclass(frozen=True)
class Range:
    """From a bound to a bound, both counted in, of one column among some. In the address: ``<name>_of``, ``_from``, ``_to``."""

    name: str
    columns: Sequence[Column]
    column: Column
    low: str
    high: str
    faults: Mapping[str, str] = field(default_factory=dict)
    """By ``from`` and ``to``, what is wrong with a bound."""

    @property
    def used(self) -> bool:
        """Whether a bound is asked for."""
        return bool(self.low or self.high)

    @property
    def low_fault(self) -> str:
        """What is wrong with the lower bound; empty: nothing."""
        return self.faults.get("from", "")

    @property
    def high_fault(self) -> str:
        """What is wrong with the upper bound; empty: nothing."""
        return self.faults.get("to", "")


@dataclass(frozen=True)
class Branches:
    """The branches that one can choose among, by key with their names."""

    column: Column
    names: Mapping[str, str]
    chosen: str


@dataclass(frozen=True)
class Narrow:
    """By what a list can be narrowed besides its columns of few values."""

    ranges: Sequence[Range]
    branches: Branches | None

    @property
    def offered(self) -> bool:
        """Whether there is anything to choose."""
        return bool(self.ranges) or self.branches is not None

    @property
    def used(self) -> bool:
        """Whether something was chosen."""
        return any(one.used for one in self.ranges) or (
            self.branches is not None and bool(self.branches.chosen)
        )

    @property
    def wrong(self) -> bool:
        """Whether something that was typed cannot be read."""
        return any(one.faults for one in self.ranges)


def narrowed(
    rows: QuerySet[Any], table: Table, asked: QueryDict, branches: Mapping[str, str]
) -> tuple[QuerySet[Any], Narrow]:
    """The rows inside all bounds that the address asks for, none where one of them cannot be read. ``branches``: those offered, by key."""
    ranges = []
    for name, types in _TYPES.items():
        columns = [column for column in values_of(table) if column.type in types]
        if columns:
            one, bounds = _range(name, columns, table, asked)
            ranges.append(one)
            rows = rows.filter(**bounds)
    column = next((one for one in values_of(table) if one.ref == "branch"), None)
    choice = None
    if column is not None and len(branches) > 1:
        chosen = asked.get(column.id, "")
        choice = Branches(column, branches, chosen if chosen in branches else "")
        if choice.chosen:
            rows = rows.filter(**{field_name(column.id): choice.chosen})
    found = Narrow(ranges, choice)
    return (rows.none() if found.wrong else rows), found


def _range(
    name: str, columns: Sequence[Column], table: Table, asked: QueryDict
) -> tuple[Range, dict[str, Any]]:
    """What is asked of the columns of one kind, and the bounds of it that can be read, as a question to the database."""
    by_id = {column.id: column for column in columns}
    usual = by_id.get(table.date or "", columns[0])
    column = by_id.get(asked.get(f"{name}_of", ""), usual)
    said = {end: asked.get(f"{name}_{end}", "").strip()[:LONGEST] for end in ("from", "to")}
    read, faults = bounds_of(name, said["from"], said["to"])
    at = field_name(column.id)
    bounds = {f"{at}__{'gte' if end == 'from' else 'lte'}": value for end, value in read.items()}
    return Range(name, columns, column, said["from"], said["to"], faults), bounds


def bounds_of(name: str, low: str, high: str) -> tuple[dict[str, Any], dict[str, str]]:
    """Of two bounds as they were typed what can be read, and what is wrong; both by ``from`` and ``to``. ``name``: of what kind they are."""
    read: dict[str, Any] = {}
    faults: dict[str, str] = {}
    for end, text in (("from", low), ("to", high)):
        try:
            if text:
                read[end] = _READ[name](text)
        except UnitsError as error:
            faults[end] = error.text(lang())
    if {"from", "to"} <= read.keys() and read["from"] > read["to"]:
        faults["to"] = _("止比起还早。") if name == DAY else _("止比起还小。")
    return read, faults
