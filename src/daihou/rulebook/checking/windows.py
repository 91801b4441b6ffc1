"""The window of a duty: what opens, is due and lapses in an order that can be worked with (S4, S10, S16, S17)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from daihou.rulebook.checking.bounds import DUE, PERIOD_END, PERIOD_START, START, Bounds
from daihou.rulebook.checking.whole import Whole
from daihou.rulebook.mistakes import Mistakes
from daihou.rulebook.model import Dated, Duty
from daihou.rulebook.nodes import (
    Aggregate,
    Case,
    Column,
    Compare,
    Figure,
    Fold,
    Kind,
    Literal,
    Lookup,
    Moment,
    Node,
    Scope,
    conjuncts,
)
from daihou.rulebook.walking import nodes_of

DAILY = frozenset({"day", "working_day"})
_PERIOD = frozenset({"period_start", "period_end", "period_label"})
_BOUNDED = frozenset({"period_start", "period_end"})


def check_windows(whole: Whole, mistakes: Mistakes) -> None:
    """Note windows that close before they open, and acts that would close two periods."""
    for duty in whole.rulebook.duties:
        for day in () if duty.sleeping else _days_of(duty):  # an unset figure has no length yet
            _check_order(whole, duty, day, mistakes)
        if duty.periods is None:
            continue
        if daily_kinds(whole, duty) and not duty.periods.backlog:
            _check_daily(whole, duty, mistakes)
        elif duty.done is not None and not tied(duty.done):
            _check_shared_acts(whole, duty, mistakes)


def _days_of(duty: Duty) -> list[date | None]:
    """The days on which a wording of the window begins; None for the first."""
    steps = (*duty.opens.steps, *duty.due.steps, *duty.expires.steps)
    return sorted({since for since, _ in steps}, key=lambda day: day or date.min)


def _on(dated: Dated[Node | None], day: date | None) -> Node | None:
    return dated.on(day or date.min)


def _check_order(whole: Whole, duty: Duty, day: date | None, mistakes: Mistakes) -> None:
    opens, due, expires = (_on(one, day) for one in (duty.opens, duty.due, duty.expires))
    bounds = Bounds.of(whole.vocabulary, duty, opens, due)
    ends = due or (PERIOD_END if duty.periods is not None else None)
    if ends is None or duty.endless:
        return
    start = duty.start or (START if duty.periods is None else PERIOD_START)
    if opens is None and not bounds.never_before(ends, start):
        mistakes.add("due-before-start", whole.place(duty, "到期", day), name=duty.name)
    if opens is not None and bounds.always_after(opens, ends):
        mistakes.add("opens-after-due", whole.place(duty, "开放", day), name=duty.name)
    if expires is not None and bounds.always_after(ends if due is None else DUE, expires):
        mistakes.add("lapses-before-due", whole.place(duty, "失效", day), name=duty.name)


# -- every day ---------------------------------------------------------------


def daily_kinds(whole: Whole, duty: Duty) -> bool:
    """Whether a period of the duty can be a single day."""
    kind = None if duty.periods is None else duty.periods.kind
    return kind is not None and bool(DAILY & set(_kinds(whole, kind)))


def _kinds(whole: Whole, node: Node) -> Iterator[str]:
    """The kinds of period that an expression can come out as."""
    vocabulary = whole.vocabulary
    match node:
        case Literal(value=str() as value):
            yield value
        case Case(branches=branches, otherwise=otherwise):
            for one in (*(then for _, then in branches), otherwise):
                yield from _kinds(whole, one)
        case Figure(name=name):
            yield from (str(one.value) for _, one in vocabulary.figures[name].value.steps if one is not None)
        case Lookup(name=name):
            table = vocabulary.lookups[name]
            yield from (str(one.value) for _, step in table.value.steps for one in step.values())
            yield from () if table.default is None else (str(table.default.value),)
        case _ if node.type.kind is Kind.ENUM:
            yield from vocabulary.domains[str(node.type.of)]
        case _:
            for child in node.children():
                yield from _kinds(whole, child)


def _check_daily(whole: Whole, duty: Duty, mistakes: Mistakes) -> None:
    """A duty of every day is never enumerated, so its window is the day and nothing else."""
    for word, dated in (("开放", duty.opens), ("到期", duty.due), ("失效", duty.expires)):
        for since, node in dated.steps:
            if node is not None:
                mistakes.add("daily-window", whole.place(duty, word, since), name=duty.name, key=word)
    if duty.start is not None:
        mistakes.add("daily-window", whole.place(duty, "起算"), name=duty.name, key="起算")
    if duty.periods is not None and duty.periods.join_days:
        mistakes.add("daily-window", whole.place(duty, "首期"), name=duty.name, key="首期")
    if duty.exempt is not None or duty.postponable:
        mistakes.add("daily-window", whole.place(duty, "变通"), name=duty.name, key="变通")
    if duty.piecewise:
        mistakes.add("daily-window", whole.place(duty, "取值"), name=duty.name, key="取值")
    done = duty.done
    if done is not None and not (isinstance(done, Aggregate) and done.fold is Fold.FIRST):
        mistakes.add("daily-act", whole.place(duty, "完成"), name=duty.name)
    for since, condition in duty.conditions.steps:
        if _names_period(condition):
            mistakes.add("daily-condition", whole.place(duty, "条件", since), name=duty.name)


def _names_period(value: object) -> bool:
    return any(isinstance(node, Moment) and node.name in _PERIOD for node in nodes_of(value))


# -- one act, one period -----------------------------------------------------


def _check_shared_acts(whole: Whole, duty: Duty, mistakes: Mistakes) -> None:
    """S10: where the act does not name its period, no day may belong to the windows of two periods."""
    if duty.periods is not None and duty.periods.backlog:
        mistakes.add("backlog-unmatched", whole.place(duty, "完成"), name=duty.name)
        return
    if not any(isinstance(node, Aggregate) for node in nodes_of(duty.done)):
        return
    for day in _days_of(duty):
        opens, due, expires = (_on(one, day) for one in (duty.opens, duty.due, duty.expires))
        bounds = Bounds.of(whole.vocabulary, duty, opens, due)
        if opens is not None and not bounds.never_before(opens, PERIOD_START):
            mistakes.add("act-in-two-periods", whole.place(duty, "开放", day), name=duty.name)
        for word, end in (("到期", due), ("失效", expires)):
            if end is not None and not bounds.never_before(PERIOD_END, end):
                mistakes.add("act-in-two-periods", whole.place(duty, word, day), name=duty.name)


def tied(done: Node) -> bool:
    """Whether every act that closes the duty is asked for the period it belongs to."""
    looked = [node for node in nodes_of(done) if isinstance(node, Aggregate) and node.type.kind is Kind.DATE]
    return bool(looked) and all(any(_ties(atom) for atom in conjuncts(one.where)) for one in looked)


def _ties(atom: Node) -> bool:
    """An equality of something of the act with a bound of the period."""
    if not isinstance(atom, Compare) or atom.op != "=":
        return False
    sides = ((atom.left, atom.right), (atom.right, atom.left))
    return any(_is_bound(own) and _is_of_act(act) for own, act in sides)


def _is_bound(node: Node) -> bool:
    return any(isinstance(one, Moment) and one.name in _BOUNDED for one in nodes_of(node))


def _is_of_act(node: Node) -> bool:
    found = [one for one in nodes_of(node) if isinstance(one, Column | Moment)]
    return bool(found) and all(isinstance(one, Column) and one.scope is Scope.CHILD for one in found)
