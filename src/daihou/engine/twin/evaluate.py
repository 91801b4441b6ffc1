"""One expression on one row, in three-valued logic: ``None`` is "unknown". One method per kind of node."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from daihou.engine.twin.arrears import CODE_FACTS
from daihou.engine.twin.dates import WorkDays, is_month_end, last_of_month
from daihou.engine.twin.functions import call
from daihou.engine.twin.store import BookOnDay, Row, rounded
from daihou.engine.twin.trace import CountedRows, ReadColumn, Trace, UsedFigure
from daihou.rulebook import model, nodes

Value = Any
"""date | int | Decimal | Fraction | bool | str | None, or NOT_COMPARABLE."""


class _NotComparable:
    """A ratio without a base: every comparison with it is FALSE (S39)."""

    def __repr__(self) -> str:
        return "not comparable"


NOT_COMPARABLE = _NotComparable()
_NOWHERE: Mapping[str, Value] = {}


@dataclass
class Window:
    """The days within which an act found by a relation function counts (S6), and the acts that did count.

    ``after``: acts on or before it were returned and do not count (S12), own dates neither.
    """

    first: date | None
    last: date | None
    after: date | None = None
    acts: list[tuple[date, Row]] = field(default_factory=list)

    def holds(self, day: object) -> bool:
        """Whether an act of this day counts."""
        if not isinstance(day, date):
            return False
        if self.first is not None and day < self.first:
            return False
        if self.last is not None and day > self.last:
            return False
        return not self.returned(day)

    def returned(self, day: object) -> bool:
        """Whether a date was sent back, so that it does not stand."""
        return self.after is not None and isinstance(day, date) and day <= self.after


@dataclass(frozen=True, slots=True)
class At:
    """Where an expression stands: its rows, the day its figures are valued, the moments of the occurrence.

    ``dated_on``: the day on which dated columns read by the rule itself are seen (None: the as-of day).
    """

    own: Row
    child: Row | None = None
    figures_on: date | None = None
    dated_on: date | None = None
    moments: Mapping[str, Value] = field(default_factory=lambda: _NOWHERE)
    window: Window | None = None

    def below(self, child: Row) -> At:
        """The same place with a child row."""
        return At(self.own, child, self.figures_on, None, self.moments, None)

    def on(self, figures_on: date | None, moments: Mapping[str, Value]) -> At:
        """The same row with moments, figures valued on a day."""
        return At(self.own, self.child, figures_on, None, moments, None)


class Evaluator:
    """Judges expressions of one rulebook on one day of one book. ``trace`` remembers what was read."""

    def __init__(self, book: BookOnDay, work: WorkDays, rulebook: model.Rulebook) -> None:
        self.book = book
        self.work = work
        self.rulebook = rulebook
        self.trace: Trace | None = None
        self._facts: dict[tuple[str, str, str], Value] = {}
        self._ranks: dict[nodes.Node, dict[str, int]] = {}
        self._by_node: dict[type[nodes.Node], Callable[[Any, At], Value]] = {
            nodes.Literal: lambda node, _at: node.value,
            nodes.Today: self._today,
            nodes.Moment: lambda node, at: at.moments.get(node.name),
            nodes.Column: self._column,
            nodes.Figure: self._figure,
            nodes.Lookup: self._lookup,
            nodes.Not: self._not,
            nodes.And: self._and,
            nodes.Or: self._or,
            nodes.Compare: self._compare,
            nodes.In: self._in,
            nodes.IsNull: self._is_null,
            nodes.Arithmetic: self._arithmetic,
            nodes.Case: self._case,
            nodes.Call: self._call,
            nodes.Aggregate: self._aggregate,
            nodes.Dated: self._dated,
            nodes.Since: self._since,
            nodes.Before: self._before,
            nodes.AtRow: self._at_row,
            nodes.Ordinal: self._ordinal,
            nodes.Rank: self._rank,
            nodes.Growth: self._growth,
            nodes.Share: self._share,
        }

    def value(self, node: nodes.Node, at: At) -> Value:
        """The value of a node at a place; None is unknown."""
        return self._by_node[type(node)](node, at)

    @contextmanager
    def untraced(self) -> Iterator[None]:
        """Judge something without remembering it."""
        trace, self.trace = self.trace, None
        try:
            yield
        finally:
            self.trace = trace

    # -- constants, days, columns

    def _today(self, node: nodes.Today, _at: At) -> Value:
        return self.book.day if node.table is None else self.book.through(node.table)

    def row_at(self, node: nodes.Column, at: At) -> Row | None:
        """The row that holds a column: from the own or the child row up the references; a dangling one is no row."""
        row = at.own if node.scope is nodes.Scope.OWN else at.child
        for step, table in zip(node.path, node.tables, strict=True):
            if row is None:
                return None
            row = self.book.row(table, self.book.read(row, step))
        return row

    def _column(self, node: nodes.Column, at: At) -> Value:
        row = self.row_at(node, at)
        if row is None:
            value = None
        elif node.fact:
            value = self.fact(row, node.name)
        else:
            value = self.book.read(row, node.name, at.dated_on)
        if self.trace is not None:
            name = (*node.path, node.name)
            on = at.dated_on if at.dated_on != self.book.day else None
            self.trace.add(
                ReadColumn(node.base, row.key if row else "", name, value, node.type, on, node.fact)
            )
        if at.window is not None and node.scope is nodes.Scope.OWN and at.window.returned(value):
            return None
        return value

    def fact(self, row: Row, name: str) -> Value:
        """The value of a fact of a row, on the as-of day."""
        key = (row.table.id, name, row.key)
        if key in self._facts and self.trace is None:
            return self._facts[key]
        fact = self.rulebook.facts[row.table.id, name]
        if fact.formula is not None:
            value = self.value(fact.formula, At(row))
            if fact.type.kind is nodes.Kind.NUM and value is not None:
                value = rounded(value)
        else:
            value = CODE_FACTS[str(fact.code).rpartition(".")[2]](self.book, row)
        self._facts[key] = value
        return value

    def _dated(self, node: nodes.Dated, at: At) -> Value:
        row, on = self.row_at(node.column, at), self.value(node.on, at)
        if row is None or not isinstance(on, date):
            return None
        value = self.book.read(row, node.column.name, on)
        if self.trace is not None:
            name = (*node.column.path, node.column.name)
            self.trace.add(ReadColumn(node.column.base, row.key, name, value, node.type, on))
        return value

    def _since(self, node: nodes.Since, at: At) -> Value:
        row = self.row_at(node.column, at)
        move = None if row is None else self.book.move_in_force(row, node.column.name, self.book.day)
        return None if move is None else move.since

    def _before(self, node: nodes.Before, at: At) -> Value:
        row = self.row_at(node.column, at)
        move = None if row is None else self.book.move_in_force(row, node.column.name, self.book.day)
        return None if move is None else move.old

    # -- figures

    def _figure(self, node: nodes.Figure, at: At) -> Value:
        figure = self.rulebook.figures[node.name]
        on = at.figures_on or self.book.day
        step = figure.value.on(on)
        value = None if step is None else step.value
        self._used(figure, node.name, None, value, on)
        return value

    def _lookup(self, node: nodes.Lookup, at: At) -> Value:
        table = self.rulebook.lookups[node.name]
        on = at.figures_on or self.book.day
        key, values = self.value(node.key, at), table.value.on(on)
        if key is None or values is None:
            return None
        step = values.get(key, table.default)
        value = None if step is None else step.value
        self._used(table, node.name, key, value, on)
        return value

    def _used(self, source: Any, name: str, key: Value, value: Value, on: date) -> None:
        if self.trace is not None:
            since = None
            for step, _ in source.value.steps:
                since = step if step is not None and step <= on else since
            self.trace.add(
                UsedFigure(name, key, value, source.type, on, since, source.citations, source.ours)
            )

    # -- logic

    def _not(self, node: nodes.Not, at: At) -> Value:
        value = self.value(node.item, at)
        return None if value is None else not value

    def _and(self, node: nodes.And, at: At) -> Value:
        unknown = False
        for item in node.items:
            value = self.value(item, at)
            if value is False:
                return False
            unknown = unknown or value is None
        return None if unknown else True

    def _or(self, node: nodes.Or, at: At) -> Value:
        unknown = False
        for item in node.items:
            value = self.value(item, at)
            if value is True:
                return True
            unknown = unknown or value is None
        return None if unknown else False

    def _compare(self, node: nodes.Compare, at: At) -> Value:
        left, right = self.value(node.left, at), self.value(node.right, at)
        if left is NOT_COMPARABLE or right is NOT_COMPARABLE:
            return False
        if left is None or right is None:
            return None
        return compared(node.op, left, right)

    def _in(self, node: nodes.In, at: At) -> Value:
        value = self.value(node.item, at)
        return None if value is None else any(compared("=", value, one.value) for one in node.values)

    def _is_null(self, node: nodes.IsNull, at: At) -> Value:
        value = self.value(node.item, at)
        return value is None or value is NOT_COMPARABLE

    def _arithmetic(self, node: nodes.Arithmetic, at: At) -> Value:
        left, right = self.value(node.left, at), self.value(node.right, at)
        if left is NOT_COMPARABLE or right is NOT_COMPARABLE:
            return NOT_COMPARABLE
        if left is None or right is None:
            return None
        left, right = exact(left), exact(right)
        if node.op == "*":
            return left * right
        return left + right if node.op == "+" else left - right

    def _case(self, node: nodes.Case, at: At) -> Value:
        for when, then in node.branches:
            if self.value(when, at) is True:
                return self.value(then, at)
        return self.value(node.otherwise, at)

    def _call(self, node: nodes.Call, at: At) -> Value:
        return call(node.name, [self.value(arg, at) for arg in node.args], self.work, self.trace)

    # -- down one relation

    def linked(self, table: str, links: tuple[tuple[nodes.Node, nodes.Node], ...], at: At) -> list[Row]:
        """The child rows whose values equal the own row's; an empty value equals nothing."""
        if not links:
            return self.book.rows(table)
        found_by = replace(at, window=None)  # what was sent back still says whose rows they are
        wanted = tuple(self.value(ours, found_by) for _, ours in links)
        if None in wanted:
            return []
        theirs = tuple(link for link, _ in links)

        def key_of(row: Row) -> tuple[Value, ...] | None:
            values = tuple(self.value(link, At(row, row)) for link in theirs)
            return None if None in values else values

        return self.book.index((self.rulebook.id, table, theirs), table, key_of).get(wanted, [])

    def counted(self, node: nodes.Aggregate, at: At) -> list[tuple[Row, Value]]:
        """The child rows that count, each with the value to fold."""
        kept: list[tuple[Row, Value]] = []
        for row in self.linked(node.table, node.links, at):
            there = at.below(row)
            if node.where is not None and self.value(node.where, there) is not True:
                continue
            value = None if node.item is None else self.value(node.item, there)
            if node.windowed and at.window is not None:
                if not at.window.holds(value):
                    continue
                assert isinstance(value, date)
                at.window.acts.append((value, row))
            kept.append((row, value))
        return kept

    def _aggregate(self, node: nodes.Aggregate, at: At) -> Value:
        trace = self.trace
        with self.untraced():  # what single child rows say is shown by the rows that count
            kept = self.counted(node, at)
            looked_at = 0 if trace is None else len(self.linked(node.table, node.links, at))
        value = _FOLDS[node.fold](kept)
        if node.type.kind is nodes.Kind.NUM and value is not None:
            value = rounded(value)
        if trace is not None:
            rows = tuple((row.key, item) for row, item in kept)
            item_type = None if node.item is None else node.item.type
            trace.add(CountedRows(node.fold.value, node.table, looked_at, rows, value, item_type, node.type))
        return value

    # -- other rows of the own table

    def _other(self, which: nodes.Relative, row: Row) -> Row | None:
        rows, place = self.book.order(row)
        if which is nodes.Relative.PREVIOUS:
            return rows[place - 1] if place > 0 else None
        order = row.table.order
        day = self.book.read(row, order.by) if order is not None else None
        if order is None or not isinstance(day, date):
            return None
        target = _year_opening(day) if which is nodes.Relative.YEAR_START else _a_year_before(day)
        found = [other for other in rows if self.book.read(other, order.by) == target]
        return max(found, key=lambda other: other.key, default=None)

    def _at_row(self, node: nodes.AtRow, at: At) -> Value:
        other = self._other(node.which, at.own)
        if other is None:
            return None
        return self.value(node.item, At(other, at.child, at.figures_on, at.dated_on, at.moments))

    def _ordinal(self, node: nodes.Ordinal, at: At) -> Value:
        def group_of(row: Row) -> Value:
            return (self.value(node.group, At(row)),)

        name = (self.rulebook.id, "ordinal", node)
        with self.untraced():
            group = self.book.index(name, at.own.table.id, group_of).get(group_of(at.own), [])
            rows = [row for row in group if self.value(node.where, At(row)) is True]
            rows.sort(key=lambda row: (_last_if_empty(self.value(node.order, At(row))), row.key))
        return next((place for place, row in enumerate(rows, 1) if row is at.own), None)

    def _rank(self, node: nodes.Rank, at: At) -> Value:
        if node not in self._ranks:
            with self.untraced():
                self._ranks[node] = self._ranked(node, at)
        return self._ranks[node].get(at.own.key)

    def _ranked(self, node: nodes.Rank, at: At) -> dict[str, int]:
        values: dict[str, Value] = {}
        for row in self.book.rows(at.own.table.id):
            there = At(row)
            if node.where is None or self.value(node.where, there) is True:
                value = self.value(node.item, there)
                if value is not None:
                    values[row.key] = value
        places: dict[Value, int] = {}
        for place, value in enumerate(sorted(values.values(), reverse=True), 1):
            places.setdefault(value, place)
        return {key: places[value] for key, value in values.items()}

    # -- ratios

    def _growth(self, node: nodes.Growth, at: At) -> Value:
        other = self._other(node.base, at.own)
        now = self.value(node.item, at)
        base = None if other is None else self.value(node.item, At(other, figures_on=at.figures_on))
        if now is None or base is None or base <= 0:
            return NOT_COMPARABLE
        return Fraction(now) / Fraction(base) - 1

    def _share(self, node: nodes.Share, at: At) -> Value:
        part, whole = self.value(node.part, at), self.value(node.whole, at)
        if part is None or whole is None or whole <= 0:
            return NOT_COMPARABLE
        return Fraction(part) / Fraction(whole)


def exact(value: Value) -> Value:
    """Decimals as fractions, so that nothing is rounded."""
    return Fraction(value) if isinstance(value, Decimal) else value


def compared(op: str, left: Value, right: Value) -> bool:
    """Left op right, exactly."""
    return bool(_COMPARISONS[op](exact(left), exact(right)))


_COMPARISONS: Mapping[str, Callable[[Value, Value], Value]] = {
    "=": operator.eq,
    "<>": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def _last_if_empty(value: Value) -> tuple[bool, Value]:
    return (value is None, value)


def _year_opening(day: date) -> date:
    return date(day.year - 1, 12, 31)


def _a_year_before(day: date) -> date:
    """Twelve months before: month end to month end, else the same day number."""
    if is_month_end(day):
        return last_of_month(day.year - 1, day.month)
    return day.replace(year=day.year - 1)


Counted = list[tuple[Row, Value]]


def _known(kept: Counted) -> list[Value]:
    return [value for _, value in kept if value is not None]


def _all_done(kept: Counted) -> Value:
    known = _known(kept)
    return max(known) if known and len(known) == len(kept) else None


def _latest(kept: Counted) -> Value:
    """The value of the newest row: by the declared order, else by the business date; then by key."""

    def place(one: tuple[Row, Value]) -> tuple[tuple[bool, int], str]:
        row = one[0]
        by = row.table.date if row.table.order is None else row.table.order.by
        value = None if by is None else row.values.get(by)
        newness = value.toordinal() if isinstance(value, date) else value
        return ((isinstance(newness, int), newness if isinstance(newness, int) else 0), row.key)

    return max(kept, key=place)[1] if kept else None


_FOLDS: Mapping[nodes.Fold, Callable[[Counted], Value]] = {
    nodes.Fold.FIRST: lambda kept: min(_known(kept), default=None),
    nodes.Fold.LAST: lambda kept: max(_known(kept), default=None),
    nodes.Fold.MIN: lambda kept: min(_known(kept), default=None),
    nodes.Fold.MAX: lambda kept: max(_known(kept), default=None),
    nodes.Fold.SUM: lambda kept: sum(_known(kept)),
    nodes.Fold.COUNT: len,
    nodes.Fold.COUNT_DISTINCT: lambda kept: len(set(_known(kept))),
    nodes.Fold.EXISTS: bool,
    nodes.Fold.ALL_DONE: _all_done,
    nodes.Fold.LATEST: _latest,
}
