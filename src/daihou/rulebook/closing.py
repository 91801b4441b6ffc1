"""What closes a duty: the row that its rule looks for, told so that a person can be led to write it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from daihou.rulebook.model import Duty
from daihou.rulebook.nodes import (
    Aggregate,
    Call,
    Column,
    Compare,
    Kind,
    Literal,
    Moment,
    Node,
    Scope,
    conjuncts,
)

Link = tuple[str, Column]


@dataclass(frozen=True)
class Closing:
    """A row that closes a duty.

    ``table``: where it stands. ``path``: references from the duty's object to it, empty where it is a new row or the object itself.
    ``column``: the day that closes. ``new``: whether a row is to be written, else the day is filled in on the row found by ``path``.
    ``links``: columns of the new row and the column of the object that gives their value. ``presets``: values that it must have.
    ``periods``: columns that must hold a day of the duty's period (``period_start``, ``period_end``, ``period_month``: the first of the month of its end).
    ``looks``: columns of the new row by which the rule decides whether it closes.
    """

    table: str
    column: str | None
    new: bool
    path: tuple[str, ...] = ()
    links: tuple[Link, ...] = ()
    presets: Mapping[str, str] = field(default_factory=dict)
    periods: Mapping[str, str] = field(default_factory=dict)
    looks: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Sought:
    """The rows of a table that a rule looks for to close its duty: ``item`` the day, ``links`` what ties them to the object, ``where`` what must hold of them."""

    table: str
    item: Node | None
    links: tuple[tuple[Node, Node], ...]
    where: Node | None


def closing_of(rule: Duty) -> Closing | None:
    """What closes a duty of a rule; None where nothing of the registers does and a completion is written."""
    found = _looked_for(rule)
    if found is not None and found.table == rule.table:  # a later day of the object itself
        return Closing(found.table, found.column, new=False)
    if found is not None and rule.start is not None:  # then a duty does not hold where its period begins
        return replace(found, periods={c: day for c, day in found.periods.items() if day != "period_start"})
    return found


def sought(rule: Duty) -> Sought | None:
    """The rows that a rule looks for; None where it looks for none, or reads a day of a row that is there first."""
    if rule.rolling is not None:
        rolling = rule.rolling
        return Sought(rolling.table, rolling.day, rolling.links, rolling.where)
    found = _first_read(rule)
    return Sought(found.table, found.item, found.links, found.where) if isinstance(found, Aggregate) else None


def _first_read(rule: Duty) -> Aggregate | Column | None:
    """What the rule reads first to see whether its duty is done: rows, or a day of a row that is there."""
    for node in () if rule.done is None else rule.done.walk():
        if isinstance(node, Aggregate):
            return node
        if (
            isinstance(node, Column)
            and node.scope is Scope.OWN
            and node.type.kind is Kind.DATE
            and not node.fact
        ):
            return node
    return None


def _looked_for(rule: Duty) -> Closing | None:
    rows = sought(rule)
    if rows is not None:
        return _row(rows)
    day = _first_read(rule)
    return Closing(day.table, day.name, new=False, path=day.path) if isinstance(day, Column) else None


def _row(rows: Sought) -> Closing:
    tied = [
        (child.name, own)
        for child, own in rows.links
        if isinstance(child, Column) and not child.path and isinstance(own, Column)
    ]
    return Closing(
        rows.table,
        rows.item.name if isinstance(rows.item, Column) else None,
        new=True,
        links=tuple(tied),
        presets=dict(_presets(rows.where)),
        periods=dict(_periods(rows.where)),
        looks=frozenset(_columns(rows)),
    )


def _columns(rows: Sought) -> Iterator[str]:
    for part in (rows.item, rows.where):
        for node in () if part is None else part.walk():
            if isinstance(node, Column) and node.scope is Scope.CHILD and not node.path and not node.fact:
                yield node.name


def _periods(where: Node | None) -> Iterator[tuple[str, str]]:
    """Columns of which a condition demands a day of the duty's period."""
    for part in conjuncts(where):
        if isinstance(part, Compare) and part.op == "=":
            for one, other in ((part.left, part.right), (part.right, part.left)):
                match one, other:
                    case Column(path=(), scope=Scope.CHILD, name=column), Moment(
                        name="period_start" | "period_end" as day
                    ):
                        yield column, day
                    case (
                        Column(path=(), scope=Scope.CHILD, name=column),
                        Call(name="month_start", args=(Moment(name="period_end"),)),
                    ) | (
                        Call(name="month_end", args=(Column(path=(), scope=Scope.CHILD, name=column),)),
                        Moment(name="period_end"),
                    ):
                        yield column, "period_month"
                    case _:
                        pass


def _presets(where: Node | None) -> Iterator[tuple[str, str]]:
    """Columns of which a condition demands one value."""
    for part in conjuncts(where):
        if isinstance(part, Compare) and part.op == "=":
            column, value = part.left, part.right
            if isinstance(column, Literal):
                column, value = value, column
            if (
                isinstance(column, Column)
                and not column.path
                and isinstance(value, Literal)
                and isinstance(value.value, str)
            ):
                yield column.name, value.value
