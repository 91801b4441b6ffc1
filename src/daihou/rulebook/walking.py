"""Everything below a rule: its nodes, the figures and facts it rests on."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import is_dataclass, replace

from daihou.rulebook.model import Fact, Rule, Rulebook
from daihou.rulebook.nodes import Aggregate, Column, Figure, Lookup, Node, Today, field_names
from daihou.terms import Source


def nodes_of(value: object) -> Iterator[Node]:
    """Every node inside a value of the model, depth first."""
    if isinstance(value, Node):
        yield from value.walk()
    elif isinstance(value, tuple | list):
        for item in value:
            yield from nodes_of(item)
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from nodes_of(item)
    elif is_dataclass(value) and not isinstance(value, Source):
        for name in field_names(value):
            yield from nodes_of(getattr(value, name))


def with_facts(value: object, facts: Mapping[tuple[str, str], Fact]) -> Iterator[Node]:
    """Every node inside a value and inside the facts it rests on, each fact once."""
    seen: set[tuple[str, str]] = set()
    ahead: list[object] = [value]
    while ahead:
        for node in nodes_of(ahead.pop()):
            yield node
            if isinstance(node, Column) and node.fact and (node.table, node.name) not in seen:
                seen.add((node.table, node.name))
                fact = facts.get((node.table, node.name))
                if fact is not None and fact.formula is not None:
                    ahead.append(fact.formula)


def figures_of(value: object, facts: Mapping[tuple[str, str], Fact]) -> frozenset[str]:
    """The figures and lookup tables that a rule uses, also through facts."""
    return frozenset(node.name for node in with_facts(value, facts) if isinstance(node, Figure | Lookup))


def tables_read(value: object, facts: Mapping[tuple[str, str], Fact]) -> frozenset[str]:
    """The tables that a rule looks into through paths, relation functions and data days."""
    found: set[str] = set()
    for node in with_facts(value, facts):
        if isinstance(node, Aggregate):
            found.add(node.table)
        elif isinstance(node, Column):
            found.update((node.base, *node.tables))
        elif isinstance(node, Today) and node.table is not None:
            found.add(node.table)
    return frozenset(found)


def only_what(rulebook: Rulebook, asked: Collection[str]) -> Rulebook:
    """The rulebook with no more rules than those asked can see: warnings where they look at warnings, duties where at duties."""
    kept: dict[str, Rule] = {}
    ahead = [rule for rule in rulebook.rules if rule.id in asked]
    while ahead:
        rule = ahead.pop()
        if rule.id in kept:
            continue
        kept[rule.id] = rule
        seen = tables_read(rule, rulebook.facts) | {rule.table}
        ahead += rulebook.warnings if "warning" in seen else ()
        ahead += rulebook.duties if "duty" in seen else ()
    return replace(
        rulebook,
        duties=tuple(rule for rule in rulebook.duties if rule.id in kept),
        warnings=tuple(rule for rule in rulebook.warnings if rule.id in kept),
        grades=tuple(rule for rule in rulebook.grades if rule.id in kept),
        gates=tuple(rule for rule in rulebook.gates if rule.id in kept),
    )
