"""What a condition can come out as, over everything its rows could hold: to find those that are always, or never, true.

Each value that the condition compares takes the values that make a difference (one below, at and above each constant; the values of an
enumeration; empty), each part that cannot be taken apart is true, false or unknown. The answer may hold too much, never too little.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction
from itertools import islice, product
from typing import Any

from daihou.rulebook.nodes import (
    SIGNS,
    Aggregate,
    And,
    Arithmetic,
    Case,
    Column,
    Compare,
    Figure,
    Fold,
    In,
    IsNull,
    Kind,
    Literal,
    Node,
    Not,
    Or,
    Ordinal,
    Rank,
)
from daihou.rulebook.vocabulary import Vocabulary

Outcome = bool | None
Judge = Callable[[tuple[Any, ...]], Outcome]

_MOST = 6000  # combinations looked at; a condition with more is not judged
_WHOLE = frozenset({Kind.DATE, Kind.FEN, Kind.INT, Kind.DAYS, Kind.WORKDAYS, Kind.MONTHS})
_NUMBERS = _WHOLE | {Kind.NUM, Kind.RATIO}
_COUNTS = frozenset({Fold.COUNT, Fold.COUNT_DISTINCT})
_TURNED = {"=": "=", "<>": "<>", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
_INCOMPARABLE = object()  # a ratio whose base is empty or not positive: every comparison is FALSE
_OTHER = object()  # a text that no constant names


@dataclass
class _Variable:
    """A value, or the way two values stand to each other, with the constants it meets."""

    kind: Kind
    low: int | None = None
    high: int | None = None
    domain: tuple[str, ...] | None = None
    never_empty: bool = False
    pair: bool = False
    same: bool = False
    cuts: set[Any] = field(default_factory=set)

    def values(self) -> list[Any]:
        """The values that make a difference, the likelier first."""
        return [*self._filled(), *(() if self.never_empty else (None,))]

    def _filled(self) -> list[Any]:
        if self.pair:
            return [0] if self.same else [0, -1, 1]
        if self.kind is Kind.BOOL:
            return [True, False]
        if self.domain is not None:
            return list(self.domain)
        if self.kind not in _NUMBERS:
            return [*sorted(self.cuts, key=str), _OTHER]
        step = Fraction(1) if self.kind in _WHOLE else Fraction(1, 10**9)
        near = {cut + side for cut in self.cuts for side in (-step, 0, step)} or {Fraction(1)}
        inside = [one for one in sorted(near) if self._within(one)]
        return [*inside, *((_INCOMPARABLE,) if self.kind is Kind.RATIO else ())]

    def _within(self, value: Fraction) -> bool:
        return (self.low is None or value >= self.low) and (self.high is None or value <= self.high)


class Truths:
    """Judges conditions of one vocabulary."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary

    def outcomes(self, condition: Node) -> frozenset[Outcome] | None:
        """TRUE, FALSE, unknown, whichever can come out; None where there are too many combinations to tell."""
        reading = _Reading(self.vocabulary)
        judge = reading.judge(condition)
        values = [variable.values() for variable in reading.variables.values()]
        found: set[Outcome] = set()
        count = 0
        for given in islice(product(*values), _MOST):
            count += 1
            found.add(judge(given))
            if found >= {True, False}:
                return frozenset(found)
        return None if count == _MOST else frozenset(found)

    def never(self, *conditions: Node | None) -> bool:
        """Whether all the conditions can be shown never to be TRUE together."""
        given = [one for one in conditions if one is not None]
        found = self.outcomes(given[0] if len(given) == 1 else And(given[0].type, tuple(given)))
        return found is not None and True not in found

    def always(self, condition: Node) -> bool:
        """Whether the condition can be shown never to be FALSE."""
        found = self.outcomes(condition)
        return found is not None and False not in found


class _Reading:
    """One condition turned into a function of its variables."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary
        self.variables: dict[object, _Variable] = {}

    def judge(self, node: Node) -> Judge:
        match node:
            case Literal(value=value):
                known = value if isinstance(value, bool) else None
                return lambda _: known
            case And(items=items):
                return _all_of([self.judge(item) for item in items])
            case Or(items=items):
                none_of = _all_of([_turned(self.judge(item)) for item in items])
                return _turned(none_of)
            case Not(item=item):
                return _turned(self.judge(item))
            case Compare() | In() | IsNull():
                return self._looked_at(node)
            case Case(branches=branches, otherwise=otherwise):
                return _first_true(
                    [(self.judge(when), self.judge(then)) for when, then in branches], self.judge(otherwise)
                )
            case _:
                at = self._variable(node)
                return lambda given: given[at]

    def _looked_at(self, node: Compare | In | IsNull) -> Judge:
        match node:
            case Compare(op=op, left=left, right=right):
                return self._compared(op, left, right)
            case In(item=item, values=values):
                return _any_equal([self._compared("=", item, value) for value in values])
            case IsNull(item=item):
                return self._empty(item)

    def _empty(self, item: Node) -> Judge:
        if self._constant(item) is not None:
            return lambda _: False
        at = self._variable(item)
        return lambda given: given[at] is None

    def _compared(self, op: str, left: Node, right: Node) -> Judge:
        here, there = self._constant(left), self._constant(right)
        if here is not None and there is not None:
            known = SIGNS[op](here, there)
            return lambda _: known
        if here is not None:
            return self._compared(_TURNED[op], right, left)
        if there is None:
            return self._between(op, left, right)
        at = self._variable(left, cut=there)
        return lambda given: _held(op, given[at], there)

    def _between(self, op: str, left: Node, right: Node) -> Judge:
        """Two values that both depend on the row: only how they stand to each other matters."""
        if repr(right) < repr(left):
            op, left, right = _TURNED[op], right, left
        if (left, right) not in self.variables:
            same = left == right
            self.variables[left, right] = _Variable(left.type.kind, pair=True, same=same)
        at = list(self.variables).index((left, right))
        return lambda given: _held(op, given[at], 0)

    def _variable(self, node: Node, cut: object = None) -> int:
        if node not in self.variables:
            self.variables[node] = self._declared(node)
        if cut is not None:
            self.variables[node].cuts.add(cut)
        return list(self.variables).index(node)

    def _declared(self, node: Node) -> _Variable:
        kind = node.type.kind
        counted = isinstance(node, Aggregate) and node.fold in {*_COUNTS, Fold.EXISTS}
        variable = _Variable(kind, never_empty=counted)
        if isinstance(node, Aggregate) and node.fold in _COUNTS:
            variable.low = 0
        if isinstance(node, Column) and not node.fact:
            column = self.vocabulary.tables[node.table].columns[node.name]
            variable.low, variable.high = column.low, column.high
        if kind is Kind.ENUM and node.type.of is not None:
            variable.domain = self.vocabulary.domains[node.type.of]
        return variable

    def _constant(self, node: Node) -> Any:
        """The value of a constant, of a figure as it stands last, or of their sum; None for anything else."""
        match node:
            case Literal(value=value):
                return _plain(value)
            case Figure(name=name):
                latest = self.vocabulary.figures[name].value.latest
                return None if latest is None else _plain(latest.value)
            case Arithmetic(op="+" | "-" as op, left=left, right=right):
                here, there = self._constant(left), self._constant(right)
                if isinstance(here, Fraction) and isinstance(there, Fraction):
                    return here + there if op == "+" else here - there
        return None


def _plain(value: object) -> object:
    """Numbers and days on one scale."""
    if isinstance(value, date):
        return Fraction(value.toordinal())
    if isinstance(value, int | Decimal | Fraction) and not isinstance(value, bool):
        return Fraction(value)
    return value


def _held(op: str, value: object, other: object) -> Outcome:
    if value is None:
        return None
    if value is _INCOMPARABLE:
        return False
    if value is _OTHER:
        return op == "<>"
    return SIGNS[op](value, other)


def _turned(judge: Judge) -> Judge:
    def turned(given: tuple[Any, ...]) -> Outcome:
        value = judge(given)
        return None if value is None else not value

    return turned


def _all_of(judges: list[Judge]) -> Judge:
    def all_of(given: tuple[Any, ...]) -> Outcome:
        unknown = False
        for judge in judges:
            value = judge(given)
            if value is False:
                return False
            unknown = unknown or value is None
        return None if unknown else True

    return all_of


def _any_equal(judges: list[Judge]) -> Judge:
    return _turned(_all_of([_turned(judge) for judge in judges]))


def _first_true(branches: list[tuple[Judge, Judge]], otherwise: Judge) -> Judge:
    def chosen(given: tuple[Any, ...]) -> Outcome:
        for when, then in branches:
            if when(given) is True:
                return then(given)
        return otherwise(given)

    return chosen


def conditions_within(node: Node) -> Iterator[Node]:
    """The conditions inside an expression: of relation functions, of CASE, of 序号 and 名次."""
    for one in node.walk():
        if isinstance(one, Aggregate | Ordinal | Rank) and one.where is not None:
            yield one.where
        if isinstance(one, Case):
            yield from (when for when, _ in one.branches)
