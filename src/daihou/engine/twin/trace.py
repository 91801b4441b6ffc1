"""What the evaluator remembers while it judges, so that an answer can be shown down to the rows it counted."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import TypeVar

from daihou.rulebook import nodes

E = TypeVar("E")


@dataclass(frozen=True)
class ReadColumn:
    """A column was read: on which row, by which path, what it said, and for which day if not the as-of day."""

    table: str
    key: str
    name: tuple[str, ...]
    value: object
    type: nodes.Type
    on: date | None = None
    fact: bool = False


@dataclass(frozen=True)
class UsedFigure:
    """A figure or a line of a figure table was used: its value on the day for which it was asked."""

    name: str
    key: object
    value: object
    type: nodes.Type
    asked_for: date
    since: date | None
    citations: tuple[str, ...]
    ours: bool


@dataclass(frozen=True)
class CountedRows:
    """A relation function looked at child rows: those that counted (key and folded value), and what came of them."""

    fold: str
    table: str
    looked_at: int
    rows: tuple[tuple[str, object], ...]
    value: object
    item_type: nodes.Type | None
    type: nodes.Type


@dataclass(frozen=True)
class WalkedDays:
    """Working days were counted from a day: every day passed, and whether it counted."""

    start: date
    n: int
    end: date
    days: tuple[tuple[date, bool], ...]


@dataclass(frozen=True)
class Stepped:
    """A plain date function: what it was asked and what it said."""

    function: str
    args: tuple[object, ...]
    value: date


Event = ReadColumn | UsedFigure | CountedRows | WalkedDays | Stepped


@dataclass
class Trace:
    """Events in the order in which they happened; the same event is kept once."""

    events: list[Event] = field(default_factory=list)
    _seen: set[Event] = field(default_factory=set)

    def add(self, event: Event) -> None:
        """Remember an event."""
        if event not in self._seen:
            self._seen.add(event)
            self.events.append(event)

    def of(self, kind: type[E]) -> list[E]:
        """The events of one kind."""
        return [event for event in self.events if isinstance(event, kind)]
