"""Worked cases: every rule has one, and each expectation could fail and could hold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from daihou.rulebook.cases import FLAG, STATES, TERM, TEXT, WANTS
from daihou.rulebook.checking.whole import Whole
from daihou.rulebook.dependence import DUTY, WARNING
from daihou.rulebook.mistakes import Mistakes
from daihou.rulebook.model import CaseBook, Duty, Expectation, Gate, Grade, Rule, Warning

_ANY = frozenset({"none", "count", "rule"})
_ASKED = {
    Duty: _ANY
    | frozenset(
        "state start opens seen due expires done days_late missed_run assumed late_entry post employee escalated_to "  # noqa: SIM905
        "reached_on remind form chain columns".split()
    ),
    Warning: _ANY | frozenset({"level", "mode", "measures", "evidence", "columns"}),
    Grade: _ANY | frozenset({"level", "cause", "previous", "changed", "columns"}),
    Gate: _ANY | frozenset({"allowed", "reasons", "columns"}),
}
_CAUSES = frozenset({"floor", "proposal", "manual", "held"})
_LATENESS = frozenset({"overdue", "late"})


def check_cases(whole: Whole, mistakes: Mistakes) -> None:
    """Note rules without a case, and expectations that can never hold or never fail."""
    names: set[str] = set()
    cased: set[str] = set()
    read: dict[str, list[Rule]] = {}
    for rule in whole.rulebook.rules:
        read.setdefault(rule.id, []).append(rule)
    for case in whole.rulebook.cases:
        cased.update(case.rules)
        if case.name in names:
            mistakes.add("named-twice", case.source, name=case.name)
        names.add(case.name)
        if not case.expectations:
            mistakes.add("expects-nothing", case.source)
        for expectation in case.expectations:
            _check_expectation(whole, read, case, expectation, mistakes)
    for rule in whole.rulebook.rules if whole.complete else ():
        by_hand = isinstance(rule, Warning) and rule.mode == "M"
        if rule.id not in cased and not by_hand:
            mistakes.add("no-case", rule.source, name=rule.name)


def _check_expectation(
    whole: Whole, read: Mapping[str, Sequence[Rule]], case: CaseBook, asked: Expectation, mistakes: Mistakes
) -> None:
    named = asked.want.get("rule")
    if named is not None and named not in case.rules:
        mistakes.add("never-expected", asked.source, what=_as_written(whole, "rule", named))
        return
    rules = [rule for one in ([named] if named else case.rules) for rule in read.get(one, ())]
    if not rules:
        return  # a rule that could not be read is told of already
    wanted = {} if asked.want.get("none") == "true" else asked.want
    for key, value in wanted.items():
        if not any(_can_be(whole, rule, key, value) for rule in rules):
            mistakes.add("never-expected", asked.source, what=_as_written(whole, key, value))
    if asked.object is not None and all(_is_absent(whole, rule, case, asked.object) for rule in rules):
        mistakes.add("object-not-in-case", asked.source, name=asked.object)


def _as_written(whole: Whole, key: str, value: str) -> str:
    """What an expectation asks for, in the words of the language: 状态: 撤回; the key alone where its value has many parts."""
    word, how = next((word, how) for word, (one, how) in WANTS.items() if one == key)
    shown = ""
    if how == FLAG:
        shown = "是" if value == "true" else "否"
    elif key == "state":
        shown = next((name for name, state in STATES.items() if state == value), value)
    elif how in {TERM, TEXT}:
        shown = whole.vocabulary.word(value)
    return f"{word}: {shown}" if shown else word


def _can_be(whole: Whole, rule: Rule, key: str, value: str) -> bool:
    """Whether the results of a rule can hold this value at all."""
    if key not in next(keys for kind, keys in _ASKED.items() if isinstance(rule, kind)):
        return False
    if key == "state" and isinstance(rule, Duty):
        return value in _states(rule)
    if key == "level" and isinstance(rule, Warning | Grade):
        return value in {"", *_levels(whole, rule)}
    if key == "cause":
        return value in {"", *_CAUSES}
    if key in {"post", "escalated_to"}:
        return value in {"", *whole.vocabulary.posts}
    return True


def _states(duty: Duty) -> frozenset[str]:
    """The states that a duty can be in (S6, S17); 撤回 belongs to stored tasks and is never derived."""
    found = {"not_yet", "open", "on_time", "waived"}
    lapses = any(node is not None for _, node in duty.expires.steps)
    if duty.periods is not None and not duty.periods.backlog and not lapses:
        return frozenset({*found, "missed"})
    if not duty.endless:
        found |= _LATENESS
    return frozenset(found | ({"missed"} if lapses else set()))


def _levels(whole: Whole, rule: Warning | Grade) -> Iterator[str]:
    yield from (name for name, _ in rule.levels)
    if isinstance(rule, Grade):
        for node in (rule.current, rule.proposal, rule.manual):
            if node is not None and node.type.of is not None:
                yield from whole.vocabulary.domains[node.type.of]


def _is_absent(whole: Whole, rule: Rule, case: CaseBook, key: str) -> bool:
    """Whether the case's book has no such row, so that nothing can come of it; results of rules are not rows of a case."""
    if rule.table in {DUTY, WARNING}:
        return False
    table = whole.vocabulary.tables[rule.table]
    rows = case.rows.get(rule.table, ())
    return key not in {"/".join(row.get(part, "") for part in table.key) for row in rows}
