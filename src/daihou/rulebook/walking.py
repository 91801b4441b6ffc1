"""Everything below a rule: its nodes, the figures and facts it rests on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass

from daihou.rulebook.model import Fact
from daihou.rulebook.nodes import Aggregate, Column, Figure, Lookup, Node, Today
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
        for one in fields(value):
            yield from nodes_of(getattr(value, one.name))


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
