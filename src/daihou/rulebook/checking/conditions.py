"""Conditions that decide nothing: never true, always true, or hidden by another one."""

from __future__ import annotations

from collections.abc import Iterator

from daihou.rulebook.checking.truth import Truths, conditions_within
from daihou.rulebook.checking.whole import Part, Whole
from daihou.rulebook.mistakes import Mistakes
from daihou.rulebook.model import Duty, Grade, Rule, Warning
from daihou.rulebook.nodes import BOOL, DAYS, MONTHS, TRUE, WORKDAYS, Kind, Literal, Node, Not
from daihou.terms import Source

_LONGEST = {DAYS: 36_600, WORKDAYS: 25_000, MONTHS: 1_200}  # a hundred years
_CONDITIONS = frozenset({"条件", "级", "底线", "不许", "变通", "循环", "式"})
_CHOICES = frozenset({"级", "底线"})  # the last of them may be plain TRUE: whatever is left


def check_conditions(whole: Whole, mistakes: Mistakes) -> None:
    """Note conditions without a choice, levels that can never be reached, durations beyond reason."""
    truths = Truths(whole.vocabulary)
    for rule in whole.rulebook.rules:
        for part in whole.parts(rule):
            _check_part(truths, rule, part, mistakes)
            _check_durations(part.node, part.source, mistakes)
        for source, node in _under_condition(whole, rule):
            if rule.condition is not None and not truths.never(node) and truths.never(rule.condition, node):
                mistakes.add("never-with-condition", source, name=rule.name)
        if isinstance(rule, Warning | Grade):
            _check_levels(whole, truths, rule, mistakes)
    for node, source in whole.scopes.values():
        _check_condition(truths, node, source, mistakes)
    for fact in whole.rulebook.facts.values():
        if whole.own(fact.book) and fact.formula is not None:
            _check_part(truths, None, Part("式", fact.formula, fact.source), mistakes)
            _check_durations(fact.formula, fact.source, mistakes)
    for figure in whole.rulebook.figures.values():
        for _, literal in figure.value.steps if whole.own(figure.book) else ():
            if literal is not None:
                _check_durations(literal, figure.source, mistakes)
    _check_classes(whole, truths, mistakes)


def _check_part(truths: Truths, rule: Rule | None, part: Part, mistakes: Mistakes) -> None:
    plain = part.word in _CHOICES and part.node == TRUE
    if part.node.type.kind in (Kind.BOOL, Kind.NULL) and part.word in _CONDITIONS and not plain:
        _check_condition(truths, part.node, part.source, mistakes)
    for inner in conditions_within(part.node):
        _check_condition(truths, inner, part.source, mistakes)
    scope = None if rule is None or part.word != "条件" else rule.scope
    if scope is not None and not truths.never(part.node) and truths.never(scope, part.node):
        mistakes.add("never-in-scope", part.source, name=rule.name if rule is not None else "")


def _check_condition(truths: Truths, node: Node, source: Source, mistakes: Mistakes) -> None:
    if truths.never(node):
        mistakes.add("never-true", source)
    elif truths.always(node):
        mistakes.add("always-true", source)


def _under_condition(whole: Whole, rule: Rule) -> Iterator[tuple[Source, Node]]:
    """The conditions that are asked only where the rule's own condition holds."""
    for part in whole.parts(rule):
        if part.word in {"级", "底线", "不许", "变通"} and part.node.type == BOOL:
            yield part.source, part.node


def _check_durations(node: Node, source: Source, mistakes: Mistakes) -> None:
    for one in node.walk():
        longest = _LONGEST.get(one.type) if isinstance(one, Literal) else None
        if longest is not None and isinstance(one, Literal) and abs(int(str(one.value))) > longest:
            mistakes.add("duration-too-long", source, number=one.value, have=one.type)


# -- levels ------------------------------------------------------------------


def _check_levels(whole: Whole, truths: Truths, rule: Warning | Grade, mistakes: Mistakes) -> None:
    """Each level can be the outcome; every row of a grade gets a level."""
    severest_first = tuple(reversed(rule.levels)) if isinstance(rule, Warning) else rule.levels
    word = "底线" if "底线" in whole.places.get(rule.id, ()) else "级"
    before: list[Node] = []
    for name, when in severest_first:
        others = [Not(BOOL, one) for one in before]
        if before and not truths.never(when) and truths.never(rule.condition, when, *others):
            source = whole.entry(rule, word, name)
            mistakes.add("level-hidden", source, name=whole.vocabulary.word(name))
        before.append(when)
    if not isinstance(rule, Grade) or rule.proposal is not None or rule.manual is not None:
        return
    if before and not _covered(truths, rule, before):
        mistakes.add("levels-leave-gap", whole.place(rule, word), name=rule.name)


def _covered(truths: Truths, rule: Grade, levels: list[Node]) -> bool:
    """Whether every row whose values are known has a level."""
    if TRUE in levels:
        return True
    return truths.never(rule.condition, *(Not(BOOL, one) for one in levels))


# -- two duties of one class -------------------------------------------------


def _check_classes(whole: Whole, truths: Truths, mistakes: Mistakes) -> None:
    """C17 inside one book: one object may not be given two duties of one class."""
    seen: list[Duty] = []
    for duty in whole.rulebook.duties:
        for other in seen if duty.duty_class is not None else ():
            if (other.duty_class, other.table) != (duty.duty_class, duty.table) or _apart(other, duty):
                continue
            both = [one.condition for one in (other, duty) if one.condition is not None]
            if not both or not truths.never(*both):
                mistakes.add(
                    "class-twice", whole.place(duty, "类"), name=str(duty.duty_class), other=other.id
                )
        seen.append(duty)


def _apart(one: Duty, other: Duty) -> bool:
    """Whether one ends before the other begins."""
    return any(
        first.until is not None and second.since is not None and first.until < second.since
        for first, second in ((one, other), (other, one))
    )
