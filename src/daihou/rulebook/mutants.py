"""Rulebooks with one thing wrong: a rule gone, a figure off by one, a comparison turned. Worked cases must notice each.

The parsed values are changed, not the text, so nothing is read again. The name of a mutant is made of identifiers and
stays the same as long as the rule does: what is left unnoticed can be listed by it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from decimal import Decimal
from fractions import Fraction
from types import MappingProxyType
from typing import Any

from daihou.rulebook import nodes
from daihou.rulebook.model import (
    Dated,
    Duty,
    Escalation,
    Fact,
    Figure,
    Gate,
    Grade,
    LookupTable,
    Periods,
    Person,
    Responsible,
    Rolling,
    Rule,
    Rulebook,
    Upgrade,
    Warning,
)
from daihou.rulebook.nodes import Kind, Literal, Node
from daihou.rulebook.walking import figures_of, with_facts

TURNED: Mapping[str, str] = MappingProxyType(
    {"<": "<=", "<=": "<", ">": ">=", ">=": ">", "=": "<>", "<>": "="}
)
LONGER: Mapping[str, str] = MappingProxyType(
    {
        "day": "week",
        "working_day": "week",
        "week": "month",  # an anchored week has no half month
        "half_month": "month",
        "month": "quarter",
        "quarter": "half_year",
        "half_year": "year",
        "year": "half_year",  # there is nothing longer
    }
)
"""An interval doubled, or the next longer one."""

_COUNTED = frozenset({Kind.INT, Kind.DAYS, Kind.WORKDAYS, Kind.MONTHS, Kind.FEN})
_LASTING = frozenset({Kind.DAYS, Kind.WORKDAYS, Kind.MONTHS})
_PERCENT, _HUNDREDTH = Fraction(1, 100), Decimal("0.01")
_POSTS = ("inspector", "board_supervisor")  # nobody stands above them, so no other holder steps in

Variant = tuple[str, Any]
"""What was done, and the value with it done."""


@dataclass(frozen=True)
class Mutant:
    """A rulebook with one thing wrong. ``owner``: the rule, figure, table, fact or scope changed; ``touched``: rules that may answer otherwise."""

    book: str
    owner: str
    name: str
    touched: frozenset[str]
    make: Callable[[Rulebook], Rulebook]


def mutants(rulebook: Rulebook) -> Iterator[Mutant]:
    """Every mutant of what a rulebook itself says and uses; rules that answer nothing are left out."""
    yield from _named(_mutants_of(rulebook))


def answers(rule: Rule) -> bool:
    """Whether a rule ever answers: one with an unset figure sleeps, a warning raised by hand only is no result."""
    return not rule.sleeping and not (isinstance(rule, Warning) and not rule.levels)


def _mutants_of(rulebook: Rulebook) -> Iterator[Mutant]:
    awake = [rule for rule in rulebook.rules if answers(rule)]
    for rule in awake:
        touched = frozenset({rule.id})
        yield Mutant(rulebook.id, rule.id, "removed", touched, _without(rule))
        for name, changed in _rule_variants(rule):
            yield Mutant(rulebook.id, rule.id, name, touched, _with_rule(changed))
    yield from _scopes(rulebook)
    used = {rule.id: figures_of(rule, rulebook.facts) for rule in awake}
    held: list[Figure | LookupTable] = [*rulebook.figures.values(), *rulebook.lookups.values()]
    for figure in held:
        touched = frozenset(rule_id for rule_id, named in used.items() if figure.id in named)
        if touched:
            for name, other in _figure_variants(figure):
                yield Mutant(figure.book, figure.id, name, touched, _with_figure(other))
    yield from _facts(rulebook, awake)


def _named(found: Iterable[Mutant]) -> Iterator[Mutant]:
    """The same mutants; those of one name are numbered."""
    seen: Counter[tuple[str, str]] = Counter()
    for one in found:
        seen[one.owner, one.name] += 1
        count = seen[one.owner, one.name]
        yield one if count == 1 else replace(one, name=f"{one.name} #{count}")


# -- rules


def _without(rule: Rule) -> Callable[[Rulebook], Rulebook]:
    def make(book: Rulebook) -> Rulebook:
        return _rules_changed(book, lambda one: None if one.id == rule.id else one)

    return make


def _with_rule(changed: Rule) -> Callable[[Rulebook], Rulebook]:
    def make(book: Rulebook) -> Rulebook:
        return _rules_changed(book, lambda one: changed if one.id == changed.id else one)

    return make


def _rules_changed(book: Rulebook, change: Callable[[Any], Rule | None]) -> Rulebook:
    kinds = ("duties", "warnings", "grades", "gates")
    parts: dict[str, Any] = {
        kind: tuple(one for rule in getattr(book, kind) if (one := change(rule)) is not None)
        for kind in kinds
    }
    return replace(book, **parts)


def _rule_variants(rule: Rule) -> Iterator[tuple[str, Rule]]:
    if isinstance(rule, Duty):
        yield from _duty_variants(rule)
    elif isinstance(rule, Warning):
        yield from _in_field(rule, "condition", _condition)
        yield from _warning_variants(rule)
    elif isinstance(rule, Grade):
        yield from _in_field(rule, "condition", _condition)
        yield from _grade_variants(rule)
    elif isinstance(rule, Gate):
        yield from _in_field(rule, "condition", _condition)
        yield from _in_field(rule, "refusals", _one_less)
        for place, refusal in enumerate(rule.refusals):
            for what, when in _expression(refusal.when):
                changed = replace(refusal, when=when)
                refusals = (*rule.refusals[:place], changed, *rule.refusals[place + 1 :])
                yield f"refusal {place + 1}: {what}", replace(rule, refusals=refusals)


def _duty_variants(duty: Duty) -> Iterator[tuple[str, Duty]]:
    yield from _in_field(duty, "conditions", _steps(_condition))
    for name in ("opens", "due", "expires", "buffer"):
        yield from _in_field(duty, name, _steps(_expression))
    for name in ("start", "done", "occurrence"):
        yield from _in_field(duty, name, _expression)
    yield from _in_field(duty, "exempt", _condition)
    yield from _in_field(duty, "periods", _periods)
    yield from _in_field(duty, "rolling", _rolling)
    yield from _in_field(duty, "responsible", _steps(_responsible))
    yield from _in_field(duty, "escalations", _steps(_escalations))
    yield from _in_field(duty, "chain", _one_less)
    yield from _in_field(duty, "reminder", _expression)
    if duty.form is not None:
        yield "form dropped", replace(duty, form=None)
    if duty.postponable:
        yield "postponement dropped", replace(duty, postponable=False)


def _warning_variants(rule: Warning) -> Iterator[tuple[str, Warning]]:
    yield "mode turned", replace(rule, mode={"A": "S", "S": "A"}[rule.mode])
    yield from _in_field(rule, "levels", _levels)
    yield from _in_field(rule, "measures", _one_less)
    yield from _in_field(rule, "evidence", _one_less)
    for name in ("episode", "party", "contract"):
        yield from _in_field(rule, name, _expression)


def _grade_variants(rule: Grade) -> Iterator[tuple[str, Grade]]:
    yield from _in_field(rule, "levels", _levels)
    yield from _in_field(rule, "proposal", _condition)
    for name in ("manual", "manual_approved", "current", "upgrade"):
        if getattr(rule, name) is not None:
            dropped: dict[str, Any] = {name: None}
            yield f"{name} dropped", replace(rule, **dropped)
    if rule.upgrade is not None:
        for by in (-1, 1):
            upgrade = Upgrade(rule.upgrade.months + by, rule.upgrade.since)
            yield f"upgrade {by:+} month", replace(rule, upgrade=upgrade)
        for what, since in _expression(rule.upgrade.since):
            yield f"upgrade: {what}", replace(rule, upgrade=replace(rule.upgrade, since=since))


def _in_field(value: Any, name: str, vary: Callable[[Any], Iterator[Variant]]) -> Iterator[Variant]:
    """Variants of one field of a frozen value; an empty field has none."""
    if getattr(value, name) is None:
        return
    for what, changed in vary(getattr(value, name)):
        with_it: dict[str, Any] = {name: changed}
        yield f"{name}: {what}", replace(value, **with_it)


def _steps(vary: Callable[[Any], Iterator[Variant]]) -> Callable[[Dated[Any]], Iterator[Variant]]:
    """Variants of each step of a dated part."""

    def varied(dated: Dated[Any]) -> Iterator[Variant]:
        for place, (since, value) in enumerate(dated.steps):
            if value is None:
                continue
            prefix = "" if since is None else f"from {since}: "
            for what, changed in vary(value):
                steps = (*dated.steps[:place], (since, changed), *dated.steps[place + 1 :])
                yield f"{prefix}{what}", Dated(steps)

    return varied


def _one_less(items: tuple[Any, ...]) -> Iterator[Variant]:
    """Each item dropped once."""
    for place, item in enumerate(items):
        shown = item if isinstance(item, str) else item[0] if isinstance(item, tuple) else place + 1
        yield f"{shown} dropped", (*items[:place], *items[place + 1 :])


def _levels(levels: tuple[tuple[str, Node], ...]) -> Iterator[Variant]:
    yield from _one_less(levels)
    for place, (level, when) in enumerate(levels):
        for what, changed in _expression(when):
            yield f"{level}: {what}", (*levels[:place], (level, changed), *levels[place + 1 :])


def _condition(condition: Node) -> Iterator[Variant]:
    """What may go wrong in a condition: what may in any expression, and that it is not asked at all."""
    if not isinstance(condition, nodes.And):
        yield "dropped", None
    yield from _expression(condition)


def _periods(periods: Periods) -> Iterator[Variant]:
    for name in ("kind", "anchor", "first", "last"):
        if name != "kind" or not periods.yearly:  # a list of days has no kind of its own
            yield from _in_field(periods, name, _expression)
    for place, (month, day) in enumerate(periods.yearly):
        for by in (-1, 1):
            days = (*periods.yearly[:place], (month, day + by), *periods.yearly[place + 1 :])
            yield f"{month:02}-{day:02} {by:+} day", replace(periods, yearly=days)
    if periods.join_days:
        for by in (-1, 1):
            yield f"first period {by:+} day", replace(periods, join_days=periods.join_days + by)
    yield "backlog turned", replace(periods, backlog=not periods.backlog)


def _rolling(rolling: Rolling) -> Iterator[Variant]:
    yield from _in_field(rolling, "where", _condition)
    yield from _in_field(rolling, "first", _expression)


def _responsible(responsible: Responsible) -> Iterator[Variant]:
    for place, person in enumerate(responsible.persons):
        other = Person(None, _other_post(person.post), person.branch)
        persons = (*responsible.persons[:place], other, *responsible.persons[place + 1 :])
        yield f"person {place + 1} swapped", replace(responsible, persons=persons)
    if responsible.starter is not None:
        starter = Person(None, _other_post(responsible.starter.post), responsible.starter.branch)
        yield "starter swapped", replace(responsible, starter=starter)


def _escalations(steps: tuple[Escalation, ...]) -> Iterator[Variant]:
    yield from _one_less(steps)
    for place, step in enumerate(steps):
        changed = [("post swapped", replace(step, post=_other_post(step.post)))]
        for by in (-1, 1):
            if step.after is not None:
                changed.append((f"after {by:+}", replace(step, after=_moved(step.after, by))))
            if step.missed is not None:
                changed.append((f"missed {by:+}", replace(step, missed=step.missed + by)))
        for what, other in changed:
            yield f"step {place + 1} {what}", (*steps[:place], other, *steps[place + 1 :])


def _other_post(post: str | None) -> str:
    return next(one for one in _POSTS if one != post)


# -- what several rules share


def _scopes(rulebook: Rulebook) -> Iterator[Mutant]:
    """Each range that the book's head gives: dropped, and each of its variants, in all rules that have it."""
    scopes: dict[tuple[str, Node], set[str]] = {}
    for rule in rulebook.rules:
        if rule.scope is not None and answers(rule):
            scopes.setdefault((rule.table, rule.scope), set()).add(rule.id)
    for (table, scope), touched in scopes.items():
        for what, changed in _condition(scope):
            name = f"scope: {what}"
            yield Mutant(
                rulebook.id, f"scope {table}", name, frozenset(touched), _with_scope(touched, changed)
            )


def _with_scope(touched: set[str], scope: Node | None) -> Callable[[Rulebook], Rulebook]:
    def make(book: Rulebook) -> Rulebook:
        return _rules_changed(book, lambda rule: replace(rule, scope=scope) if rule.id in touched else rule)

    return make


def _figure_variants(figure: Figure | LookupTable) -> Iterator[tuple[str, Figure | LookupTable]]:
    if isinstance(figure, Figure):
        yield from _in_field(figure, "value", _steps(_constant))
        return
    yield from _in_field(figure, "value", _steps(_entries))
    yield from _in_field(figure, "default", _constant)


def _entries(entries: Mapping[str | int, Literal]) -> Iterator[Variant]:
    for key, value in entries.items():
        for what, changed in _constant(value):
            yield f"{key}: {what}", {**entries, key: changed}


def _with_figure(changed: Figure | LookupTable) -> Callable[[Rulebook], Rulebook]:
    def make(book: Rulebook) -> Rulebook:
        if isinstance(changed, Figure):
            return replace(book, figures={**book.figures, changed.id: changed})
        return replace(book, lookups={**book.lookups, changed.id: changed})

    return make


def _facts(rulebook: Rulebook, awake: list[Rule]) -> Iterator[Mutant]:
    resting: dict[tuple[str, str], set[str]] = {}
    for rule in awake:
        for node in with_facts(rule, rulebook.facts):
            if isinstance(node, nodes.Column) and node.fact:
                resting.setdefault((node.table, node.name), set()).add(rule.id)
    for key, fact in rulebook.facts.items():
        if fact.formula is None or key not in resting:
            continue
        for what, changed in _expression(fact.formula):
            touched = frozenset(resting[key])
            yield Mutant(
                fact.book,
                ".".join(key),
                what,
                touched,
                _with_fact(key, replace(fact, formula=changed)),
            )


def _with_fact(key: tuple[str, str], changed: Fact) -> Callable[[Rulebook], Rulebook]:
    def make(book: Rulebook) -> Rulebook:
        return replace(book, facts={**book.facts, key: changed})

    return make


# -- expressions


def _expression(node: Node) -> Iterator[Variant]:
    """The expression with one thing wrong, anywhere in it."""
    yield from _own(node)
    for one in fields(node):
        value = getattr(node, one.name)
        if isinstance(node, nodes.Aggregate) and one.name == "links":
            continue  # by which column a child belongs to its row is not a condition
        for what, changed in _inside(value):
            with_it: dict[str, Any] = {one.name: changed}
            yield what, replace(node, **with_it)


def _inside(value: object) -> Iterator[Variant]:
    if isinstance(value, Node):
        yield from _expression(value)
    elif isinstance(value, tuple):
        for place, item in enumerate(value):
            for what, changed in _inside(item):
                yield what, (*value[:place], changed, *value[place + 1 :])


def _own(node: Node) -> Iterator[Variant]:
    """What may go wrong with the node itself."""
    if isinstance(node, Literal):
        yield from _constant(node)
    elif isinstance(node, nodes.Compare):
        yield f"{said(node)} turned to {TURNED[node.op]}", replace(node, op=TURNED[node.op])
    elif isinstance(node, nodes.And | nodes.Or):
        other = nodes.Or if isinstance(node, nodes.And) else nodes.And
        yield f"{said(node)} turned to {other.__name__.lower()}", other(node.type, node.items)
        for place, item in enumerate(node.items):
            rest = (*node.items[:place], *node.items[place + 1 :])
            yield f"{said(item)} dropped", rest[0] if len(rest) == 1 else replace(node, items=rest)
    elif isinstance(node, nodes.Not):
        yield f"not of {said(node.item)} dropped", node.item
    elif isinstance(node, nodes.In) and len(node.values) > 1:
        for place, value in enumerate(node.values):
            rest_of = (*node.values[:place], *node.values[place + 1 :])
            yield f"{said(node.item)} in: {said(value)} dropped", replace(node, values=rest_of)
    elif isinstance(node, nodes.Case) and len(node.branches) > 1:
        for place, (when, _) in enumerate(node.branches):
            kept = (*node.branches[:place], *node.branches[place + 1 :])
            yield f"branch {said(when)} dropped", replace(node, branches=kept)
    elif (
        isinstance(node, nodes.Aggregate | nodes.Rank)
        and node.where is not None
        and not isinstance(node.where, nodes.And)
    ):
        yield f"{said(node.where)} dropped", replace(node, where=None)


def _constant(literal: Literal) -> Iterator[Variant]:
    """A figure one more and one less; an interval doubled."""
    kind, value = literal.type.kind, literal.value
    if value is None or isinstance(value, bool):
        return
    if kind in _COUNTED or kind in {Kind.RATIO, Kind.NUM}:
        for by in (-1, 1):
            yield f"{said(literal)} {by:+}", _moved(literal, by)
    if kind in _LASTING and isinstance(value, int) and value > 1:
        yield f"{said(literal)} doubled", replace(literal, value=value * 2)
    if kind is Kind.PERIOD:
        yield f"{value} becomes {LONGER[str(value)]}", replace(literal, value=LONGER[str(value)])


def _moved(literal: Literal, by: int) -> Literal:
    """A constant moved by its smallest unit: a day, a month, a fen, one in a hundred."""
    value = literal.value
    if isinstance(value, Fraction) or literal.type.kind is Kind.RATIO:
        return replace(literal, value=Fraction(str(value)) + by * _PERCENT)
    if isinstance(value, Decimal):
        return replace(literal, value=value + by * _HUNDREDTH)
    assert isinstance(value, int)
    return replace(literal, value=value + by)


def said(node: Node) -> str:
    """An expression in identifiers, short: for names only."""
    say = _SAID.get(type(node))
    return f"{type(node).__name__.lower()}({_listed(node.children())})" if say is None else say(node)


def _listed(items: Iterable[Node]) -> str:
    return ", ".join(said(item) for item in items)


def _joined(node: nodes.And | nodes.Or) -> str:
    return f" {type(node).__name__.lower()} ".join(f"({said(item)})" for item in node.items)


def _binary(node: nodes.Compare | nodes.Arithmetic) -> str:
    return f"{said(node.left)} {node.op} {said(node.right)}"


def _folded(node: nodes.Aggregate) -> str:
    item = "" if node.item is None else f".{said(node.item)}"
    return f"{node.fold.value}({node.table}{item})"


_SAID: Mapping[type[Node], Callable[[Any], str]] = MappingProxyType(
    {
        Literal: lambda node: str(node.value),
        nodes.Column: lambda node: ".".join((*node.path, node.name)),
        nodes.Figure: lambda node: node.name,
        nodes.Moment: lambda node: node.name,
        nodes.Today: lambda node: "today" if node.table is None else f"data_day({node.table})",
        nodes.Compare: _binary,
        nodes.Arithmetic: _binary,
        nodes.And: _joined,
        nodes.Or: _joined,
        nodes.Not: lambda node: f"not {said(node.item)}",
        nodes.In: lambda node: f"{said(node.item)} in {'|'.join(said(value) for value in node.values)}",
        nodes.IsNull: lambda node: f"{said(node.item)} empty",
        nodes.Call: lambda node: f"{node.name}({_listed(node.args)})",
        nodes.Aggregate: _folded,
    }
)
