"""What taking in a file would change: rows that are new, that say something else, that say the same, and those that the house has written since."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

import pyarrow as pa

from daihou.book import Book, Column, Table, declared
from daihou.registers.kept import Kept, field_name, homes, standing, values_of
from daihou.registers.lines import AT_A_TIME, portions
from daihou.registers.rows import content, sealed_rows
from daihou.trail.acts import SYSTEM
from daihou.trail.models import Event

RESTORED = "withdraw-import"
"""The act that wrote again what a batch, taken back since, had replaced."""

SET_UP = "init"
"""Where the acts come from that set up the company of an installation."""


class Pair(NamedTuple):
    """A standing row, and what the file says of its key."""

    held: Kept
    said: dict[str, Any]


@dataclass(frozen=True)
class Written:
    """By which act of the house a row was written: its number in the trail, what, on what, by whom, when."""

    number: int
    act: str
    kind: str
    subject: str
    by: str
    at: datetime


@dataclass(frozen=True)
class Overwriting:
    """Which rows written in the house a file may write over, and why: all, or those named by table and key.

    Named ones each with the number of the event by which they were written when somebody looked: what was written later stays.
    """

    every: bool = False
    rows: Mapping[tuple[str, str], int] = field(default_factory=dict)
    reason: str = ""

    def __bool__(self) -> bool:
        """Whether anything is to be written over."""
        return self.every or bool(self.rows)

    def covers(self, table: str, held: Kept) -> bool:
        """Whether a row may be written over."""
        return self.every or self.rows.get((table, held.key)) == held.event


NOTHING = Overwriting()

WORKED_OUT = ""
"""In place of a sheet: of rows that were worked out from what stands, the columns of which nothing is said."""


@dataclass
class Difference:
    """What taking in the rows of one table would do: rows that are new, that say something else, that say the same.

    ``kept``: rows that say something else but were written in the house since a file brought them, so that they are left as they are.
    ``over``: keys of those among the changed that are written over by somebody's word. ``written``: of both, by key, by which act.
    """

    table: Table
    new: Rows
    changed: list[Pair] = field(default_factory=list)
    same: int = 0
    kept: list[Pair] = field(default_factory=list)
    over: set[str] = field(default_factory=set)
    written: Mapping[str, Written] = field(default_factory=dict)


@dataclass(frozen=True)
class Rows:
    """Rows of a checked book as the registers will hold them, made when they are gone through: of millions only a few are in memory at once."""

    table: Table
    held: pa.Table
    absent: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def unsaid(self) -> list[frozenset[str]]:
        """Of each row the columns of which its sheet says nothing; since when a row is known is no column of its own."""
        own = {one.id for one in values_of(self.table)}
        absent = {sheet: columns & own for sheet, columns in self.absent.items()}
        if not any(absent.values()):
            return [frozenset()] * len(self)
        return [absent.get(sheet or WORKED_OUT, frozenset()) for sheet in self.held["_sheet"].to_pylist()]

    def __len__(self) -> int:
        return int(self.held.num_rows)

    def from_file(self) -> list[bool]:
        """Of each row whether it stands in a file; one that was worked out from what stands (a plan on which payments were laid) does not."""
        return [place is not None for place in self.held["_row"].to_pylist()]

    def __iter__(self) -> Iterator[dict[str, Any]]:
        for start in range(0, len(self), AT_A_TIME):
            some = self.held.slice(start, AT_A_TIME)
            own = zip(*(some[name].to_pylist() for name in ("recorded", "voided")), strict=True)
            for row, (recorded, voided) in zip(sealed_rows(self.table, some), own, strict=True):
                yield row | {"recorded": recorded, "voided": voided}


def differences(book: Book, over: Overwriting = NOTHING) -> Iterator[Difference]:
    """What a checked book says that the registers do not, table by table; nothing is written.

    Of a column that a sheet has not at all it says nothing: a row that stands keeps what it has there. An empty cell says that it is empty.
    """
    for name, held in book.tables.items():
        rows = Rows(declared()[name], held, book.absent.get(name, {}))
        have = {one.key: one for one in standing(homes()[name]).iterator(chunk_size=5_000)}
        yield _difference(rows, have, over) if have else Difference(rows.table, rows)


def _difference(rows: Rows, have: Mapping[str, Kept], over: Overwriting) -> Difference:
    """What rows say that those which stand do not, by key."""
    new: list[int] = []
    differing: list[Pair] = []
    asked: list[Kept] = []
    from_file, unsaid = rows.from_file(), rows.unsaid()
    for place, row in enumerate(rows):
        stands = have.get(row["key"])
        if stands is None:
            new.append(place)
            continue
        if from_file[place] or unsaid[place]:
            _keep(row, stands, unsaid[place])
        if content(rows.table, row_values(stands)) != content(rows.table, row):
            differing.append(Pair(stands, row))
            if stands.batch_id is None and from_file[place]:
                asked.append(stands)
    written = written_here(rows.table, asked)
    found = Difference(
        rows.table, Rows(rows.table, rows.held.take(pa.array(new, pa.int64()))), written=written
    )
    found.same = len(rows) - len(new) - len(differing)
    for pair in differing:
        ours = pair.held.key in written
        if ours and not over.covers(rows.table.id, pair.held):
            found.kept.append(pair)
            continue
        found.changed.append(pair)
        if ours:
            found.over.add(pair.held.key)
    return found


def _keep(row: dict[str, Any], stands: Kept, columns: Iterable[str]) -> None:
    """Put what stands into a row where its sheet says nothing, and nothing was worked out for it either."""
    for column in columns:
        name = field_name(column)
        if name in row and row[name] is None:
            row.update(
                {
                    one: getattr(stands, one)
                    for one in (name, *(f"{name}_{end}" for end in _BESIDE))
                    if one in row
                }
            )


_BESIDE = ("sealed", "mark", "tail")
"""What is kept beside a number."""


def differing_columns(table: Table, held: Mapping[str, Any], said: Mapping[str, Any]) -> list[Column]:
    """The columns in which two rows of one key differ."""
    sides = zip(values_of(table), content(table, held), content(table, said), strict=True)
    return [column for column, old, new in sides if old != new]


def row_values(row: Kept) -> dict[str, Any]:
    """All that a stored row holds, by field."""
    return {one.attname: getattr(row, one.attname) for one in row._meta.concrete_fields}


def written_here(table: Table, rows: Sequence[Kept]) -> dict[str, Written]:
    """Those of some rows without a batch that an act of the house wrote, by key.

    Not those that a file had brought once and that stand again; nor those that were written when the company was set up: of the company, its
    head office and first member of staff the first file says more, and nobody has changed them.
    """
    events: dict[int, Written] = {}
    for some in portions(sorted({row.event for row in rows})):
        for event in Event.objects.filter(number__in=some):
            if event.by == SYSTEM and event.origin == SET_UP:
                continue
            events[event.number] = Written(
                event.number, event.act, event.kind, event.subject, event.by, event.at
            )
    ours = [row for row in rows if row.event in events]
    brought = _brought(table, [row for row in ours if events[row.event].act == RESTORED])
    return {row.key: events[row.event] for row in ours if row.key not in brought}


def _brought(table: Table, rows: Iterable[Kept]) -> set[str]:
    """The keys of those rows that say what a file once said."""
    says = {row.key: content(table, row_values(row)) for row in rows}
    found: set[str] = set()
    for some in portions(sorted(says)):
        once = homes()[table.id]._default_manager.filter(key__in=some, batch__isnull=False)
        found |= {one.key for one in once if content(table, row_values(one)) == says[one.key]}
    return found
