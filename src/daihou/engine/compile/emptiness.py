"""When a value can be empty, told by columns of the row itself, so that rows of which all is known are dropped before anything is joined to them.

A condition that cannot be judged is a gap, so a row may be dropped unread only where its condition is sure to be TRUE or FALSE. To ask the
condition itself takes every row that it looks at; what its emptiness rests on are mostly one or two columns of the row.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING, Any

from daihou.engine.compile.steps import from_first
from daihou.engine.compile.text import name
from daihou.rulebook.nodes import (
    And,
    Arithmetic,
    Call,
    Case,
    Column,
    Compare,
    Figure,
    In,
    IsNull,
    Kind,
    Literal,
    Moment,
    Node,
    Not,
    Or,
    Scope,
    Today,
    conjuncts,
)

if TYPE_CHECKING:
    from daihou.engine.compile.days import Days
    from daihou.rulebook.model import Dated, Rule

Place = tuple[tuple[str, ...], str]
"""A column: the reference columns on the way from the row, and its name."""

Places = frozenset[Place] | None
"""A value is empty only where one of these is; None: that is not told."""

NEVER: Places = frozenset()
_FILLED_MOMENTS = frozenset({"start", "opens", "period_start", "period_end", "period_label"})


def where_unknown(days: Days, rule: Rule, dated: Dated[Node | None]) -> list[str] | None:
    """SQL of conditions on own columns, one of which holds wherever a versioned part of a duty rule is empty; None where the row alone does not tell.

    The part is read as of the day itself, not by segments. A column that every good row has is never empty.
    """
    reading = _Reading(days, _reached(rule))
    found = _any_of(NEVER if node is None else reading.places(node) for _, node in from_first(dated))
    if found is None or any(path for path, _ in found):
        return None
    return [f'"o".{name(column)} IS NULL' for _, column in sorted(found)]


def _reached(rule: Rule) -> frozenset[tuple[str, ...]]:
    """The ways that lead to a row wherever the scope of a rule holds: it demands something of what stands there."""
    found: set[tuple[str, ...]] = {()}
    for part in conjuncts(rule.scope):
        item = part.left if isinstance(part, Compare) else part.item if isinstance(part, In) else None
        if isinstance(item, Column) and item.scope is Scope.OWN:
            found |= {item.path[:steps] for steps in range(1, len(item.path) + 1)}
    return frozenset(found)


def _any_of(parts: Iterable[Places]) -> Places:
    """Empty where any of some values is."""
    return reduce(lambda one, other: None if one is None or other is None else one | other, parts, NEVER)


@dataclass(frozen=True)
class _Reading:
    """What a value's emptiness rests on, in one rule."""

    days: Days
    reached: frozenset[tuple[str, ...]]

    def places(self, node: Node, way: tuple[str, ...] = ()) -> Places:
        """The columns one of which is empty wherever the node is; ``way``: how the row that it is about is reached."""
        told = _TOLD.get(type(node))
        return None if told is None else told(self, node, way)

    def _literal(self, node: Literal, _way: tuple[str, ...]) -> Places:
        return None if node.value is None else NEVER

    def _never(self, _node: Node, _way: tuple[str, ...]) -> Places:
        return NEVER

    def _moment(self, node: Moment, _way: tuple[str, ...]) -> Places:
        return NEVER if node.name in _FILLED_MOMENTS else None

    def _column(self, node: Column, way: tuple[str, ...]) -> Places:
        to = (*way, *node.path)
        if node.scope is not Scope.OWN or to not in self.reached:
            return None
        if node.fact and not self.days.stored(node.table, node.name):
            return self.places(self.days.formula(node.table, node.name), to)
        column = self.days.declared[node.table].columns.get(node.name)
        if column is not None and column.required and not self.days.has_history(node.table, node.name):
            return NEVER  # a row without it is no good row; but a log may leave open what it held on a day
        return frozenset({(to, node.name)})

    def _all_or_any(self, node: And | Or, way: tuple[str, ...]) -> Places:
        found = _any_of(self.places(item, way) for item in node.items)
        return None if found is None else found - self._decided(node, way)

    def _decided(self, node: And | Or, way: tuple[str, ...]) -> frozenset[Place]:
        """The columns that decide the whole where they are empty: ``x IS NULL OR …``, ``x IS NOT NULL AND …``."""
        found: set[Place] = set()
        for item in node.items:
            asked = item.item if isinstance(node, And) and isinstance(item, Not) else item
            if isinstance(asked, IsNull) and (isinstance(node, Or) or asked is not item):
                found |= self._itself(asked.item, way)
        return frozenset(found)

    def _itself(self, item: Node, way: tuple[str, ...]) -> frozenset[Place]:
        """The column that an item is; of a formula an empty column says nothing for sure."""
        plain = isinstance(item, Column) and (not item.fact or self.days.stored(item.table, item.name))
        return (self.places(item, way) if plain else None) or frozenset()

    def _item(self, node: Not | In, way: tuple[str, ...]) -> Places:
        return self.places(node.item, way)

    def _sides(self, node: Compare | Arithmetic, way: tuple[str, ...]) -> Places:
        if Kind.RATIO in (node.left.type.kind, node.right.type.kind):
            return None
        return _any_of(self.places(side, way) for side in (node.left, node.right))

    def _choice(self, node: Case, way: tuple[str, ...]) -> Places:
        return _any_of(
            self.places(value, way) for value in (*(then for _, then in node.branches), node.otherwise)
        )

    def _figure(self, node: Figure, _way: tuple[str, ...]) -> Places:
        return None if constant_days(self.days, node) is None else NEVER

    def _call(self, node: Call, way: tuple[str, ...]) -> Places:
        if node.name == "add_days":
            return _any_of(self.places(part, way) for part in node.args)
        if node.name != "coalesce":
            return None
        told = [found for part in node.args if (found := self.places(part, way)) is not None]
        return min(told, key=len, default=None)  # it is empty only where all are, so any of them tells


_TOLD: Mapping[type[Node], Callable[[_Reading, Any, tuple[str, ...]], Places]] = {
    Literal: _Reading._literal,
    Today: _Reading._never,
    IsNull: _Reading._never,
    Moment: _Reading._moment,
    Column: _Reading._column,
    And: _Reading._all_or_any,
    Or: _Reading._all_or_any,
    Not: _Reading._item,
    In: _Reading._item,
    Compare: _Reading._sides,
    Arithmetic: _Reading._sides,
    Case: _Reading._choice,
    Call: _Reading._call,
    Figure: _Reading._figure,
}


def constant_days(days: Days, node: Node) -> int | None:
    """A number of days that is the same for every row, whatever day it is valued on; None where it is not."""
    match node:
        case Literal(value=int(count)):
            return count
        case Figure(name=figure):
            steps = days.figures[figure].value.steps
            since, last = steps[0]
            return (
                constant_days(days, last) if (len(steps), since) == (1, None) and last is not None else None
            )
        case Arithmetic(op="+" | "-" as op, left=left, right=right):
            one, other = constant_days(days, left), constant_days(days, right)
            if one is None or other is None:
                return None
            return one + other if op == "+" else one - other
        case _:
            return None


def shifted(days: Days, dated: Dated[Node | None]) -> tuple[Column, int] | None:
    """An own column and the days from it to a versioned part of a rule, where the part is nothing else; so it can be compared without reckoning a day for each row."""
    match dated.steps:
        case (
            (_, Call(name="add_days", args=(Column(path=(), fact=False, scope=Scope.OWN) as column, count))),
        ):
            known = constant_days(days, count)
            return None if known is None else (column, known)
        case ((_, Column(path=(), fact=False, scope=Scope.OWN) as column),):
            return column, 0
        case _:
            return None
