"""What is looked at around a row: the rows that a rule reads to answer for one object, as references lead to them.

Of most rules the answer for an object lies in few rows: its own, those it refers to, those that refer to it or to these, as far as the rule's
expressions go. Such a rule can be asked of these rows alone. A rank among all clients or a sum over a branch cannot, nor what looks at the
duties of others. Tables of the whole company (branches, people, accounts, the calendar) are short and count as always there.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cache
from typing import TypeGuard

from daihou.book import ColumnType, declared
from daihou.engine.compile.codefacts import CODE_FACTS
from daihou.engine.compile.subject import CONTRACT, PARTY, reference
from daihou.engine.derive import DUTY_TABLE, WARNING_TABLE, duty_rules_named, nodes_of
from daihou.engine.reach import NAMING_DUTIES
from daihou.rulebook import Duty, Fact, Rule, Rulebook, Warning, tables_read
from daihou.rulebook.nodes import (
    Aggregate,
    AtRow,
    Call,
    Column,
    Growth,
    Node,
    Ordinal,
    Rank,
    Scope,
)

_OF_DUTIES = frozenset({DUTY_TABLE, *NAMING_DUTIES, "signing_step", "gap"})
_ENDS = frozenset({CONTRACT, PARTY})


class Ground(StrEnum):
    """From what a rule can be told: ``around``: an object's own rows; ``company``: tables of the whole company; ``whole``: the whole book."""

    AROUND = "around"
    COMPANY = "company"
    WHOLE = "whole"


@cache
def hanging() -> frozenset[str]:
    """The tables whose rows lead to a contract or a party."""
    found = set(_ENDS)
    while True:
        more = {
            table.id
            for table in declared().values()
            if table.id not in found | _OF_DUTIES
            and any(column.ref in found for column in table.columns.values())
        }
        if not more:
            return frozenset(found)
        found |= more


@dataclass(eq=False)
class Look:
    """Rows of a table that are looked at, and the rows looked at from each: those its references name, those that refer to it.

    ``up``: by reference column; ``down``: by table and the column of it that refers here; ``alike``: by table, the column of it that
    holds a text (a telephone number) and the column here that holds the same.
    """

    table: str
    up: dict[str, Look] = field(default_factory=dict)
    down: dict[tuple[str, str], Look] = field(default_factory=dict)
    alike: dict[tuple[str, str, str], Look] = field(default_factory=dict)

    def to(self, column: str, table: str) -> Look:
        """The rows that a column names."""
        return self.up.setdefault(column, Look(table))

    def under(self, table: str, column: str) -> Look:
        """The rows of a table that name these in a column."""
        return self.down.setdefault((table, column), Look(table))

    def saying(self, table: str, theirs: str, ours: str) -> Look:
        """The rows of a table of which a column holds the same text as a column here."""
        return self.alike.setdefault((table, theirs, ours), Look(table))

    def take(self, other: Look) -> None:
        """Look at all that another looks at too."""
        for column, there in other.up.items():
            self.to(column, there.table).take(there)
        for (table, column), there in other.down.items():
            self.under(table, column).take(there)
        for (table, theirs, ours), there in other.alike.items():
            self.saying(table, theirs, ours).take(there)


@dataclass(frozen=True)
class Around:
    """What a rule looks at around its object.

    ``rivals``: of a warning the way to the party, of all whose objects the worst is raised. ``duties``: of a rule on duties the rules whose
    duties are its objects; what these look at around theirs is looked at too. ``contract``: of a rule that looks at all duties of a contract the way
    there; what every duty rule looks at around the contract's objects is looked at too.
    """

    look: Look
    rivals: tuple[tuple[str, str], ...] | None = None
    duties: frozenset[str] = frozenset()
    contract: tuple[tuple[str, str], ...] | None = None

    @property
    def alone(self) -> bool:
        """Whether the rule looks at no duties."""
        return not self.duties and self.contract is None


class _TooFarError(Exception):
    """The rule looks at rows to which no reference leads."""


_Pairs = frozenset[tuple[str, str]]
_known: dict[tuple[tuple[str, ...], _Pairs], Mapping[str, Around | Ground]] = {}


def around(rulebooks: Sequence[Rulebook], empty: _Pairs) -> Mapping[str, Around | Ground]:
    """What each rule looks at around its object, by its id; COMPANY or WHOLE where it is told from these. Made once per set of rulebooks.

    ``empty``: columns (table, column) that the book leaves empty, so that nothing is found by them.
    """
    mark = tuple(book.fingerprint for book in rulebooks), empty
    if mark not in _known:
        facts = {key: fact for book in rulebooks for key, fact in book.facts.items()}
        _known[mark] = {rule.id: _around(rule, facts, empty) for book in rulebooks for rule in book.rules}
    return _known[mark]


def _around(rule: Rule, facts: Mapping[tuple[str, str], Fact], empty: _Pairs) -> Around | Ground:
    named = duty_rules_named(rule) if rule.table == DUTY_TABLE else None
    if rule.table not in hanging() and named is None:
        return Ground.WHOLE if ({rule.table} | tables_read(rule, facts)) & hanging() else Ground.COMPANY
    try:
        return replace(_Looking(facts, empty).of(rule), duties=named or frozenset())
    except _TooFarError:
        return Ground.WHOLE


class _Looking:
    """Walks the expressions of one rule from its object."""

    def __init__(self, facts: Mapping[tuple[str, str], Fact], empty: _Pairs) -> None:
        self.facts, self.empty = facts, empty
        self._told: set[tuple[int, str]] = set()
        self._nowhere = Look("")
        self._contract: tuple[tuple[str, str], ...] | None = None

    def of(self, rule: Rule) -> Around:
        """What the rule looks at."""
        own = Look(rule.table)
        bare: Rule = rule
        if isinstance(rule, Duty) and rule.rolling is not None:
            rolling = rule.rolling
            bare = replace(rule, rolling=None)
            acts = self._linked(own, rolling.links, rolling.table)
            self._visit_all((rolling.where, rolling.day, rolling.first), own, acts)
        self._visit_all(nodes_of(bare), own, None)
        ways = {target: way_to(rule.table, target) for target in (CONTRACT, PARTY)}
        for way in ways.values():
            self._climb(own, way or ())
        if not isinstance(rule, Warning):
            return Around(own, contract=self._contract)
        rivals = ways[PARTY] if rule.party is None else _way_of(rule.party)
        if rivals is None:
            raise _TooFarError
        # what was raised of the party already is not raised again
        self._climb(own, rivals).under(WARNING_TABLE, PARTY)
        return Around(own, rivals, contract=self._contract)

    def _visit(self, node: Node | None, own: Look, child: Look | None) -> None:
        match node:
            case None:
                pass
            case Rank():
                raise _TooFarError
            case Column():
                self._column(node, own, child)
            case Aggregate():
                below = self._linked(own, node.links, node.table)
                self._visit_all(
                    (node.item, node.where, *(one for pair in node.links for one in pair)), own, below
                )
            case AtRow(item=item) | Growth(item=item):
                self._visit(item, own, None)
                self._visit(item, self._beside(own), None)
            case Ordinal(order=order, group=group, where=where):
                self._visit_all((order, group, where), self._grouped(own, group), None)
            case _:
                self._visit_all(node.children(), own, child)

    def _visit_all(self, nodes: Iterable[Node | None], own: Look, child: Look | None) -> None:
        for node in nodes:
            self._visit(node, own, child)

    def _grouped(self, own: Look, group: Column) -> Look:
        """The rows of the table that are counted through with a row."""
        way = _way_of(group)
        if way is None:
            raise _TooFarError
        return self._fall(self._climb(own, way), way, own.table)

    def _column(self, node: Column, own: Look, child: Look | None) -> None:
        start = own if node.scope is Scope.OWN else child
        if start is None:
            raise _TooFarError
        for step, table in zip(node.path, node.tables, strict=True):
            if table not in hanging() or start is self._nowhere:
                return
            start = start.to(step, table)
        if node.fact and start is not self._nowhere:
            self._fact(start, node.name)

    def _fact(self, look: Look, name: str) -> None:
        if (id(look), name) in self._told:
            return
        self._told.add((id(look), name))
        fact = self.facts[look.table, name]
        if fact.formula is not None:
            self._visit(fact.formula, look, None)
        else:
            for table, column in CODE_FACTS[str(fact.code)].ways:
                look = look.under(table, column)

    def _linked(self, own: Look, links: Sequence[tuple[Node, Node]], table: str) -> Look:
        """The rows of a table that a relation finds from a row; no rows to be fetched where the table is one of the whole company."""
        if table == DUTY_TABLE:
            return self._duties(own, links)
        if table in _OF_DUTIES:
            raise _TooFarError
        if table not in hanging():
            return self._nowhere
        if any(self._is_empty(one) for pair in links for one in pair):
            return self._nowhere
        for theirs, ours in links:
            down, up = _way_of(theirs), _way_of(ours)
            if down is not None and up is not None and _end(table, down) == _end(own.table, up):
                return self._fall(self._climb(own, up), down, table)
        for theirs, ours in links:
            if _text(theirs) and _text(ours):
                return own.saying(table, theirs.name, ours.name)
        raise _TooFarError

    def _duties(self, own: Look, links: Sequence[tuple[Node, Node]]) -> Look:
        """The duties of the contract that a row hangs on: no rows to be fetched, they are derived."""
        for theirs, ours in links:
            up = _way_of(ours)
            of_contract = isinstance(theirs, Column) and theirs.name == CONTRACT and not theirs.path
            if (
                of_contract
                and up is not None
                and _end(own.table, up) == CONTRACT
                and self._contract in (None, up)
            ):
                self._contract = up
                return self._nowhere
        raise _TooFarError

    def _is_empty(self, node: Node) -> bool:
        return isinstance(node, Column) and not node.fact and (node.table, node.name) in self.empty

    def _beside(self, own: Look) -> Look:
        """The other rows of the table that hang on what a row hangs on in the order declared."""
        order = declared()[own.table].order
        columns = declared()[own.table].columns
        for name in () if order is None else order.group:
            ref = columns[name].ref
            if ref in hanging():
                way = ((name, str(ref)),)
                return self._fall(self._climb(own, way), way, own.table)
        raise _TooFarError

    @staticmethod
    def _climb(look: Look, way: Sequence[tuple[str, str]]) -> Look:
        for column, table in way:
            look = look.to(column, table)
        return look

    @staticmethod
    def _fall(look: Look, way: Sequence[tuple[str, str]], table: str) -> Look:
        """From the end of a way back to the rows of a table that it leads from."""
        starts = [table, *(there for _, there in way)]
        for (column, _), start in zip(reversed(way), reversed(starts[:-1]), strict=True):
            look = look.under(start, column)
        return look


def _text(node: Node) -> TypeGuard[Column]:
    """Whether a value is a text that stands in the row itself, by which few rows are found: a number, a plate."""
    if not isinstance(node, Column) or node.fact or node.path:
        return False
    return declared()[node.table].columns[node.name].type is ColumnType.TEXT


def _end(table: str, way: Sequence[tuple[str, str]]) -> str:
    return way[-1][1] if way else table


def _way_of(node: Node) -> tuple[tuple[str, str], ...] | None:
    """The references that lead to the row which a value names, each with its table; none where it is the row's own key; None where it may name anything."""
    if isinstance(node, Call) and node.name == "row_key":
        parts = [part for part in node.args if isinstance(part, Column) and not part.path and not part.fact]
        own = declared()[parts[0].base].key if parts else ()
        return () if len(parts) == len(node.args) and tuple(part.name for part in parts) == own else None
    if (
        not isinstance(node, Column)
        or node.fact
        or not (hanging() | {DUTY_TABLE}).issuperset({node.base, *node.tables})
    ):
        return None
    way = tuple(zip(node.path, node.tables, strict=True))
    column = declared()[node.table].columns[node.name]
    if column.ref is not None:
        return (*way, (node.name, column.ref)) if column.ref in hanging() else None
    return way if declared()[node.table].key == (node.name,) else None


def way_to(table: str, target: str) -> tuple[tuple[str, str], ...] | None:
    """The references from a row to the contract or the party that it is about."""
    if table == target:
        return ()
    column = reference(declared()[table], target)
    if column is not None:
        return ((column, target),)
    contract = reference(declared()[table], CONTRACT)
    if table == CONTRACT or contract is None:
        return None
    onward = reference(declared()[CONTRACT], target)
    return None if onward is None else ((contract, CONTRACT), (onward, target))


def together(looks: Collection[Look]) -> Look:
    """All that several look at from rows of one table."""
    found = Look(next(iter(looks)).table)
    for one in looks:
        found.take(one)
    return found
