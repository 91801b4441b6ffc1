"""What entry of a row asks for, by form or by program: which rows may be named, values as a file would write them, the writer's bounds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from daihou.book import Column, ColumnType, Table, declared, masked
from daihou.ledger.steps import ContractStep
from daihou.people.reads import Viewer, visible
from daihou.registers.kept import Kept, field_name, homes, is_sealed, names_party, standing, values_of
from daihou.registers.sealing import seals
from daihou.terms import terms
from daihou.units import format_yuan

COLLEAGUES = frozenset({"employee", "branch", "company"})


class OutsideError(Exception):
    """A row that its writer could not see afterwards."""


def nameable(table: str, viewer: Viewer) -> Any:
    """Rows that a viewer may name in a form: colleagues and branches by name, of everything else what he sees."""
    if table in COLLEAGUES:
        return standing(homes()[table])
    return visible(table, viewer)


def plain_key(table: Table, row: Any) -> str:
    """The key of a row as a file would write it: a private person's number in clear."""
    first = table.columns[table.key[0]]
    sealed = getattr(row, f"{field_name(first.id)}_sealed", "") if names_party(first) else ""
    return seals().opened(sealed) if sealed else str(row.key)


def kept_cells(table: Table, held: Kept, typed: Mapping[str, str]) -> dict[str, str]:
    """What a correction leaves as it is: the key, and personal numbers left empty."""
    kept: dict[str, str] = {}
    for column in values_of(table):
        name = field_name(column.id)
        if column.id in table.key:
            kept[column.id] = cell_text(column, held)
        elif not typed.get(column.id, "").strip() and unshown(column, getattr(held, name)):
            text = getattr(held, name)
            kept[column.id] = seals().opened(text) if is_sealed(column) else text
    return kept


def unshown(column: Column, value: Any) -> bool:
    """Whether a form leaves a value out: a personal number, or a text that holds one."""
    return bool(value) and (is_sealed(column) or (column.type is ColumnType.TEXT and masked(value) != value))


def cell_text(column: Column, held: Any) -> str:
    """A value of a row as a file would write it."""
    name = field_name(column.id)
    value = getattr(held, name)
    if value is None:
        return ""
    if is_sealed(column):
        return seals().opened(value)
    if names_party(column) and getattr(held, f"{name}_sealed"):
        return seals().opened(getattr(held, f"{name}_sealed"))
    if column.type is ColumnType.FEN:
        return format_yuan(int(value))
    if column.type is ColumnType.ENUM:
        term = terms().by_id(str(value))
        return str(value) if term is None else term.word
    if column.type is ColumnType.BOOL:
        return "是" if value else "否"
    return str(value) if column.type is not ColumnType.NUM else format(value.normalize(), "f")


def beside_step(step: ContractStep, held: Any) -> dict[str, str]:
    """What the cells that a step asks for are checked with, as a file would write it: the contract as it stands, or the key of the row that is entered with the step."""
    own = declared()[step.table]
    if own.id == held.table.id:
        stands = {column.id: cell_text(column, held) for column in values_of(own)}
        if (
            step.moves is not None
        ):  # an extension is counted, and so its term is not held against the maturity
            stands["extensions"] = str((held.extensions or 0) + 1)
        return stands
    return {own.key[0]: held.key, held.table.id: held.key}


def refuse_outside(viewer: Viewer, table: Table, row: Kept) -> None:
    """Refuse a row just written that its writer does not see; inside the transaction of the act, which then leaves nothing."""
    if not visible(table.id, viewer).filter(pk=row.pk).exists():
        raise OutsideError
