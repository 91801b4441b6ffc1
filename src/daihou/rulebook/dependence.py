"""What a rule's answer for one object hangs on besides the book: results of rules, other objects of its own table (S27)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from enum import StrEnum

from daihou.rulebook.model import Fact, Rule, Rulebook, Warning
from daihou.rulebook.nodes import (
    Aggregate,
    And,
    Column,
    Compare,
    In,
    Literal,
    Node,
    Not,
    Rank,
    Scope,
)
from daihou.rulebook.walking import nodes_of, with_facts

DUTY, WARNING, PORTFOLIO = "duty", "warning", "portfolio_quarter"
_RULE = "rule"


class Portfolio(StrEnum):
    """Why a rule cannot be asked of one object alone."""

    RANK = "rank"  # 名次: the place among all
    QUARTER = "quarter"  # 组合季: a sum over everybody's contracts
    RESULTS = "results"  # 任务 or 预警: what other rules gave, for other objects too
    EPISODE = (
        "episode"  # a warning of a party that several of its rows may raise: the worst one stands for all
    )


def portfolio(rule: Rule, facts: Mapping[tuple[str, str], Fact]) -> frozenset[Portfolio]:
    """Why the rule is about the portfolio (S27); empty where deriving one object gives what deriving all gives for it."""
    found: set[Portfolio] = set()
    tables = {rule.table}
    for node in with_facts(rule, facts):
        if isinstance(node, Rank):
            found.add(Portfolio.RANK)
        elif isinstance(node, Aggregate):
            tables.add(node.table)
        elif isinstance(node, Column):
            tables.update((node.base, *node.tables))
    if PORTFOLIO in tables:
        found.add(Portfolio.QUARTER)
    if {DUTY, WARNING} & tables:
        found.add(Portfolio.RESULTS)
    if isinstance(rule, Warning) and rule.levels and not _is_own_party(rule):
        found.add(Portfolio.EPISODE)
    return frozenset(found)


def portfolio_rules(rulebook: Rulebook) -> dict[str, frozenset[Portfolio]]:
    """The rules of a book that are about the portfolio, with the reasons."""
    marked = {rule.id: portfolio(rule, rulebook.facts) for rule in rulebook.rules}
    return {rule_id: reasons for rule_id, reasons in marked.items() if reasons}


def _is_own_party(rule: Warning) -> bool:
    """Whether the party of a warning is the row it looks at, so that no other row can raise the same."""
    party = rule.party
    return isinstance(party, Column) and not party.path and party.type.of in {None, rule.table}


def results_read(value: object, table: str, ids: Mapping[str, Collection[str]]) -> dict[str, frozenset[str]]:
    """The rules whose results a rule reads, by table of results; all of ``ids`` where it does not say which."""
    found: dict[str, frozenset[str]] = {}
    nodes = tuple(nodes_of(value))
    for results in (DUTY, WARNING):
        known = frozenset(ids.get(results, ()))
        named = [_named(where, Scope.CHILD, results, known) for where in _looked_at(nodes, results)]
        if table == results:
            named.append(_named(_own_conditions(value), Scope.OWN, results, known))
        elif any(isinstance(node, Column) and results in node.tables for node in nodes):
            named.append(known)
        if named:
            found[results] = frozenset().union(*named)
    return found


def _looked_at(nodes: Iterable[Node], table: str) -> Iterator[tuple[Node, ...]]:
    for node in nodes:
        if isinstance(node, Aggregate) and node.table == table:
            yield (*(() if node.where is None else _atoms(node.where)),)


def _own_conditions(value: object) -> tuple[Node, ...]:
    condition = value.condition if isinstance(value, Rule) else None
    return () if condition is None else tuple(_atoms(condition))


def _atoms(condition: Node) -> Iterator[Node]:
    """The parts that must all hold."""
    if isinstance(condition, And):
        for item in condition.items:
            yield from _atoms(item)
    else:
        yield condition


def _named(atoms: Iterable[Node], scope: Scope, table: str, known: frozenset[str]) -> frozenset[str]:
    """Of the known rules those that the conditions let through."""
    left = known
    for atom in atoms:
        match atom:
            case Compare(op="=", left=Column() as column, right=Literal(value=value)):
                kept = known & {str(value)}
            case Compare(op="<>", left=Column() as column, right=Literal(value=value)):
                kept = known - {str(value)}
            case In(item=Column() as column, values=values):
                kept = known & {str(one.value) for one in values}
            case Not(item=In(item=Column() as column, values=values)):
                kept = known - {str(one.value) for one in values}
            case _:
                continue
        if (column.name, column.scope, column.table) == (_RULE, scope, table) and not column.path:
            left &= kept
    return left
