"""What a book owns: nothing unused, nothing without its source, no name for two things."""

from __future__ import annotations

import re

from daihou.rulebook.checking.whole import Whole
from daihou.rulebook.mistakes import Mistakes
from daihou.rulebook.model import Figure, LookupTable, Rule
from daihou.rulebook.nodes import Column
from daihou.rulebook.nodes import Figure as FigureNode
from daihou.rulebook.nodes import Lookup as LookupNode
from daihou.rulebook.walking import with_facts

_ITEM = re.compile(r"P[0-9]{2}-S?[0-9]{2}[a-z]?")


def check_inventory(whole: Whole, mistakes: Mistakes) -> None:
    """Note dead figures and facts, figures that end under a rule, malformed ids, old ids still alive."""
    _check_names(whole, mistakes)
    for rule in whole.rulebook.rules:
        _check_items(whole, rule, mistakes)
    _check_inherited(whole, mistakes)
    _check_ended(whole, mistakes)
    if whole.complete and whole.rulebook.rules:
        _check_unused(whole, mistakes)


def _check_names(whole: Whole, mistakes: Mistakes) -> None:
    """A rule may be meant by its name, so a name belongs to one rule."""
    ids = {rule.id for rule in whole.rulebook.rules}
    names: set[str] = set()
    for rule in sorted(whole.rulebook.rules, key=lambda rule: (rule.source.file, rule.source.line)):
        if rule.name in names or (rule.name in ids and rule.name != rule.id):
            mistakes.add("rule-name-twice", rule.source, name=rule.name)
        names.add(rule.name)


def _check_items(whole: Whole, rule: Rule, mistakes: Mistakes) -> None:
    for number, item in enumerate(rule.items):
        if _ITEM.fullmatch(item) is None:
            mistakes.add("bad-item", whole.item(rule, "条目", number), name=item)
        elif item in rule.items[:number]:
            mistakes.add("named-twice", whole.item(rule, "条目", number), name=item)


def _check_inherited(whole: Whole, mistakes: Mistakes) -> None:
    """承接: an old id is dead, and carried on by one rule only (S2)."""
    alive = {rule.id for rule in whole.rulebook.rules} | whole.inherited
    heirs: dict[str, str] = {}
    for duty in whole.rulebook.duties:
        for number, old in enumerate(duty.inherits):
            place = whole.item(duty, "承接", number)
            if old in alive:
                mistakes.add("old-id-alive", place, name=old)
            elif old in heirs:
                mistakes.add("old-id-claimed", place, name=old, other=heirs[old])
            heirs[old] = duty.id


# -- figures and facts -------------------------------------------------------


def _check_ended(whole: Whole, mistakes: Mistakes) -> None:
    """A figure that was set and is unset from a day on puts to sleep every rule that still uses it, past days included."""
    for rule in whole.rulebook.rules:
        for name in rule.sleeping:
            figure = whole.rulebook.figures[name]
            ended = next((since for since, value in figure.value.steps[1:] if value is None), None)
            if ended is not None and figure.value.steps[0][1] is not None:
                mistakes.add(
                    "figure-ended", figure.source, name=figure.name, day=ended.isoformat(), rule=rule.id
                )


def _check_unused(whole: Whole, mistakes: Mistakes) -> None:
    """A book with rules uses every figure, table and fact of its own; a dead figure misleads whoever changes it."""
    figures: set[str] = set()
    facts: set[tuple[str, str]] = set()
    scopes = [node for node, _ in whole.scopes.values()]
    for node in with_facts([*whole.rulebook.rules, *scopes], whole.rulebook.facts):
        if isinstance(node, FigureNode | LookupNode):
            figures.add(node.name)
        elif isinstance(node, Column) and node.fact:
            facts.add((node.table, node.name))
    named: list[Figure | LookupTable] = [*whole.rulebook.figures.values(), *whole.rulebook.lookups.values()]
    for figure in named:
        if whole.own(figure.book) and figure.id not in figures:
            mistakes.add("unused", figure.source, name=figure.name)
    for key, fact in whole.rulebook.facts.items():
        if whole.own(fact.book) and key not in facts:
            mistakes.add("unused", fact.source, name=f"{whole.vocabulary.word(fact.table)}.{fact.name}")
    tables = {rule.table for rule in whole.rulebook.rules}
    for table, (_, source) in whole.scopes.items():
        if table not in tables and not _leads_there(whole, tables, table):
            mistakes.add("scope-unused", source, name=whole.vocabulary.word(table))


def _leads_there(whole: Whole, tables: set[str], table: str) -> bool:
    """Whether a rule's rows lead to the contract whose range is given."""
    vocabulary = whole.vocabulary
    return table == vocabulary.id("合同") and any(vocabulary.way(one, table) is not None for one in tables)
