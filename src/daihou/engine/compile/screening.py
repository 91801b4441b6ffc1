"""Rules of which the few rows of a small book say at once that nothing follows, so that no statement is spent on them.

To plan a statement takes a database some milliseconds, however few rows there are; of two contracts half the rules are about other lines of
business or other stages. Here scope, condition and start are judged row by row as far as the rows and the tables without rows tell it;
whatever takes more than that is *unsure*, and a rule that is unsure of one of its rows is asked of the database.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

from daihou.book import ColumnType, Table, canonical_text
from daihou.rulebook.model import Duty, Rule, Warning
from daihou.rulebook.nodes import (
    OF_NONE,
    SIGNS,
    Aggregate,
    And,
    Call,
    Column,
    Compare,
    Figure,
    In,
    IsNull,
    Kind,
    Literal,
    Node,
    Not,
    Or,
    Scope,
    Today,
    conjuncts,
)

if TYPE_CHECKING:
    import pyarrow as pa

SCREENED_ROWS = 60
"""Rules about a table with more rows are asked without being looked at first."""

RowValues = Mapping[str, Any]


class _Unsure:
    """The value of what is not told from the rows alone."""


UNSURE = _Unsure()

_IN_ORDER = frozenset({Kind.DATE, Kind.FEN, Kind.INT})
_ALIKE = frozenset({Kind.TEXT, Kind.ENUM, Kind.REF, Kind.BOOL}) | _IN_ORDER
"""Kinds whose values are equal here exactly where they are in the database; in order, too, are only days and whole numbers."""


@dataclass
class Screen:
    """The rows of a small book as on the day, and what is true of them.

    ``changed``: columns of which the change log says anything. ``grown``: tables to which rows are added on the way.
    ``only``: of some tables the keys asked about. ``formula`` gives a fact's formula, None where it has none; ``figure`` the value of a figure
    on the day.
    """

    declared: Mapping[str, Table]
    held: Mapping[str, pa.Table]
    filed: Collection[str]
    as_of: date
    known: date
    data_day: Callable[[str], date]
    changed: Collection[tuple[str, str]]
    grown: Collection[str]
    only: Mapping[str, Collection[str]]
    formula: Callable[[str, str], Node | None]
    figure: Callable[[str], Any]
    _rows: dict[str, dict[str, RowValues]] = field(default_factory=dict)
    _valued: bool = False
    """Whether figures are those of the day itself: in warnings and facts they are, a duty's own are those of its start."""

    def nothing_follows(self, rule: Rule) -> bool:
        """Whether no row is left about which the rule could say anything: no duty, no warning, no gap."""
        if not isinstance(rule, Duty | Warning) or not self._few(rule.table):
            return False
        only = self.only.get(rule.table)
        rows = self._of(rule.table)
        return all(self._passed_over(rule, row) for key, row in rows.items() if only is None or key in only)

    def _passed_over(self, rule: Duty | Warning, row: RowValues) -> bool:
        self._valued = isinstance(rule, Warning)
        if rule.scope is not None and self._value(rule.scope, rule.table, row) in (False, None):
            return True
        if isinstance(rule, Warning):
            if any(self._value(part, rule.table, row) is False for part in conjuncts(rule.condition)):
                return True
            # where it is not sure that the condition holds it may be unknown, which is a gap whatever the levels say
            held = rule.condition is None or self._value(rule.condition, rule.table, row) is True
            return held and all(self._value(when, rule.table, row) is False for _, when in rule.levels)
        if len(rule.conditions.steps) == 1 and any(
            self._value(part, rule.table, row) is False for part in conjuncts(rule.conditions.latest)
        ):
            return True
        if rule.rolling is None and rule.periods is None and rule.start is not None:
            return self._value(rule.start, rule.table, row) is None
        if rule.periods is not None and rule.periods.first is not None:
            first = self._value(rule.periods.first, rule.table, row)
            return first is None or (isinstance(first, date) and first > self.as_of)
        return False

    # -- rows -------------------------------------------------------------------------------------------------------------------

    def _few(self, table: str) -> bool:
        held = self.held.get(table)
        if table in self.filed or table in self.grown:
            return False
        return held is None or held.num_rows <= SCREENED_ROWS

    def _of(self, table: str) -> dict[str, RowValues]:
        """The rows of a table that are known and not voided, dated on or before the day; by key."""
        if table not in self._rows:
            held = self.held.get(table)
            rows = [] if held is None else held.to_pylist()
            self._rows[table] = {
                key: row for row in rows if self._stands(table, row) and (key := self._key(table, row))
            }
        return self._rows[table]

    def _stands(self, table: str, row: RowValues) -> bool:
        recorded, voided = row.get("recorded"), row.get("voided")
        dated = self.declared[table].date
        happened = None if dated is None or table == "change_log" else row.get(dated)
        return (
            (recorded is None or recorded <= self.known)
            and (voided is None or voided > self.known)
            and (happened is None or happened <= self.as_of)
        )

    def _key(self, table: str, row: RowValues) -> str:
        return "/".join(canonical_text(row[column]) for column in self.declared[table].key)

    # -- values -----------------------------------------------------------------------------------------------------------------

    def _value(self, node: Node, table: str, row: RowValues) -> Any:
        """The value of a node on a row, None where it is empty, UNSURE where more has to be known."""
        told = _TOLD.get(type(node))
        return UNSURE if told is None else told(self, node, table, row)

    def _literal(self, node: Literal, _table: str, _row: RowValues) -> Any:
        return node.value

    def _and(self, node: And, table: str, row: RowValues) -> Any:
        return _all(self._value(item, table, row) for item in node.items)

    def _or(self, node: Or, table: str, row: RowValues) -> Any:
        return _negated(_all(_negated(self._value(item, table, row)) for item in node.items))

    def _not(self, node: Not, table: str, row: RowValues) -> Any:
        return _negated(self._value(node.item, table, row))

    def _in(self, node: In, table: str, row: RowValues) -> Any:
        found = self._value(node.item, table, row)
        if found is UNSURE or node.item.type.kind not in _ALIKE:
            return UNSURE
        return None if found is None else found in {value.value for value in node.values}

    def _is_null(self, node: IsNull, table: str, row: RowValues) -> Any:
        found = self._value(node.item, table, row)
        return UNSURE if found is UNSURE else found is None

    def _today(self, node: Today, _table: str, _row: RowValues) -> Any:
        return self.as_of if node.table is None else self.data_day(node.table)

    def _of_day(self, node: Figure, _table: str, _row: RowValues) -> Any:
        return self.figure(node.name) if self._valued else UNSURE

    def _call(self, node: Call, table: str, row: RowValues) -> Any:
        if node.name != "coalesce":
            return UNSURE
        return _first(self._value(item, table, row) for item in node.args)

    def _aggregate(self, node: Aggregate, _table: str, _row: RowValues) -> Any:
        none = self._few(node.table) and not self._of(node.table)
        return OF_NONE[node.fold] if none else UNSURE

    def _compare(self, node: Compare, table: str, row: RowValues) -> Any:
        kinds = {node.left.type.kind, node.right.type.kind}
        if not kinds <= (_ALIKE if node.op in ("=", "<>") else _IN_ORDER):
            return UNSURE
        left, right = self._value(node.left, table, row), self._value(node.right, table, row)
        if left is None or right is None:
            return None
        return UNSURE if left is UNSURE or right is UNSURE else SIGNS[node.op](left, right)

    def _column(self, node: Column, _table: str, row: RowValues) -> Any:
        if node.scope is not Scope.OWN:
            return UNSURE
        table, at = node.base, row
        for step, beyond in zip(node.path, node.tables, strict=True):
            refers = self._plain(table, step, at)
            if refers is UNSURE or refers is None or not self._few(beyond):
                return None if refers is None else UNSURE
            other = self._of(beyond).get(refers)
            if other is None:
                return None
            table, at = beyond, other
        if not node.fact:
            return self._plain(table, node.name, at)
        formula, valued = self.formula(table, node.name), self._valued
        if formula is None:
            return UNSURE
        self._valued = True
        found = self._value(formula, table, at)
        self._valued = valued
        return found

    def _plain(self, table: str, column: str, row: RowValues) -> Any:
        if (table, column) in self.changed:
            return UNSURE
        value = row.get(column)
        happened = self.declared[table].columns[column].type is ColumnType.HAPPENED
        return None if happened and value is not None and value > self.as_of else value


_TOLD: Mapping[type[Node], Callable[[Screen, Any, str, RowValues], Any]] = {
    Literal: Screen._literal,
    Column: Screen._column,
    Compare: Screen._compare,
    And: Screen._and,
    Or: Screen._or,
    Not: Screen._not,
    In: Screen._in,
    IsNull: Screen._is_null,
    Today: Screen._today,
    Figure: Screen._of_day,
    Call: Screen._call,
    Aggregate: Screen._aggregate,
}
"""What is told without asking, by kind of node; all other kinds are unsure."""


def _all(values: Iterable[Any]) -> Any:
    """Conjunction of values of which some are empty and some are not told."""
    unsure = empty = False
    for value in values:
        if value is False:
            return False
        unsure, empty = unsure or value is UNSURE, empty or value is None
    if unsure:
        return UNSURE
    return None if empty else True


def _first(values: Iterable[Any]) -> Any:
    """The first value that is not empty; not told where one before it is not."""
    return next((value for value in values if value is not None), None)


def _negated(value: Any) -> Any:
    return not value if isinstance(value, bool) else value
