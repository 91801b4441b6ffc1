"""The layers of S35: which rules look at what earlier rules of the same day brought. Found once for a set of rulebooks, whatever the book."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from daihou.engine.twin import names
from daihou.rulebook import model, nodes, nodes_of, with_facts

STORED, FIRST_WARNED, WARNED = 0, 1, 2


@dataclass(frozen=True)
class Layers:
    """Rules and the rulebooks they stand in, by id, and the stage of each rule: the rows it sees.

    Stages: those stored; those with the first warnings of the day; with all of them; then one for each wave of rules on duties.
    """

    rules: Mapping[str, model.Rule]
    homes: Mapping[str, model.Rulebook]
    stages: Mapping[str, int]

    @classmethod
    def of(cls, rulebooks: Sequence[model.Rulebook]) -> Layers:
        """The rules of some rulebooks in layers."""
        homes = {rule.id: rulebook for rulebook in rulebooks for rule in rulebook.rules}
        rules = {rule.id: rule for rulebook in rulebooks for rule in rulebook.rules}
        read = {rule.id: tables_of(rule, homes[rule.id]) for rule in rules.values()}
        stages = {
            rule.id: WARNED + 1 + place
            for place, wave in enumerate(
                _waves([r for r in rules.values() if names.DUTY in read[r.id] and not r.sleeping])
            )
            for rule in wave
        }
        for rule in rules.values():
            if rule.id not in stages:
                looks = names.WARNING in read[rule.id] and not isinstance(rule, model.Grade)
                warned = FIRST_WARNED if isinstance(rule, model.Warning) else WARNED
                stages[rule.id] = warned if looks else STORED
        return cls(rules, homes, stages)


def tables_of(rule: model.Rule, home: model.Rulebook) -> set[str]:
    """Tables whose rows a rule looks at, also through facts."""
    found = {rule.table}
    for node in with_facts(rule, home.facts):
        if isinstance(node, nodes.Aggregate):
            found.add(node.table)
        elif isinstance(node, nodes.Column):
            found.update(node.tables)
    return found


def _waves(waiting: list[model.Rule]) -> list[list[model.Rule]]:
    """Rules that look at duties, those whose duties others name first."""
    waves: list[list[model.Rule]] = []
    while waiting:
        duties = {rule.id for rule in waiting if isinstance(rule, model.Duty)}
        ready = [rule for rule in waiting if not _rules_named(rule) & (duties - {rule.id})] or waiting
        waves.append(ready)
        waiting = [rule for rule in waiting if rule not in ready]
    return waves


def _rules_named(rule: model.Rule) -> set[str]:
    """Ids of the duty rules that a rule names by a condition on 任务.规则."""
    found: set[str] = set()
    for node in nodes_of(rule):
        if isinstance(node, nodes.Compare) and node.op == "=" and isinstance(node.right, nodes.Literal):
            if isinstance(node.left, nodes.Column) and node.left.name == "rule":
                found.add(str(node.right.value))
        elif isinstance(node, nodes.In) and isinstance(node.item, nodes.Column) and node.item.name == "rule":
            found |= {str(value.value) for value in node.values}
    return found
