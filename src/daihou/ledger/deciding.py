"""What a decision alone changes: which decided columns a write would move without one, asked before the write stands."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import date
from typing import Any

from daihou.book import Table
from daihou.people.decided import Decided, closed_columns, decided_columns
from daihou.people.reads import posts_of
from daihou.registers.kept import field_name, homes
from daihou.trail.acts import SYSTEM, Actor

Values = Mapping[str, Any]
Pair = tuple[Values | None, Values]
"""What a row says, by field: before (None: no row of its key ever stood) and after."""


def undecided(
    table: Table, pairs: Iterable[Pair], decision: Collection[str], *, by: Actor, day: date
) -> tuple[str, Decided] | None:
    """The first decided column that a write moves though no decision does and none of the writer's posts may; None where all is well.

    ``decision``: columns that the act itself decides. Where no person acts, nothing is asked: no door lets a person act so.
    """
    if table.id not in decided_columns() or by.by == SYSTEM:
        return None
    moved = {column for pair in pairs for column in _moved(table.id, pair) if column not in decision}
    if not moved:
        return None
    closed = closed_columns(table.id, [post for post, _branch in posts_of(by.by, day)])
    return next(((column, closed[column]) for column in sorted(moved) if column in closed), None)


def staying(table: Table, *, by: Actor, day: date) -> tuple[str, Decided] | None:
    """A decided column for whose sake a row is not taken out by who writes; None where it may be."""
    staying = [one for one in decided_columns().get(table.id, ()) if one.stays]
    if not staying or by.by == SYSTEM:
        return None
    held = {post for post, _branch in posts_of(by.by, day)}
    return next(((min(one.columns), one) for one in staying if not one.slips & held), None)


def _moved(table: str, pair: Pair) -> Iterable[str]:
    """Decided columns that say something else than before; of what is new those that a new row may not bring along."""
    before, after = pair
    for one in decided_columns()[table]:
        for column in one.columns:
            name = field_name(column)
            value = after.get(name)
            if before is None:
                if not one.new and value is not None:
                    yield column
            elif before.get(name) != value and not (one.first and before.get(name) is None):
                yield column


def last_said(table: Table, key: str) -> Values | None:
    """What the last row of a key said that was taken out, where the table has decided columns: entering it anew is correcting it."""
    if table.id not in decided_columns():
        return None
    rows: Any = homes()[table.id]._default_manager
    return rows.filter(key=key, voided__isnull=False).order_by("-pk").values().first()  # type: ignore[no-any-return]
