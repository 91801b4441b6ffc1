"""The smaller keys of a duty: reminders, escalation, persons, wordings; a key that could never do anything is refused."""

from __future__ import annotations

from collections.abc import Iterable

from daihou.rulebook.checking.whole import Whole, persons_of
from daihou.rulebook.duties import VERSION_KEYS
from daihou.rulebook.mistakes import Mistakes
from daihou.rulebook.model import Duty, Escalation, Recurrence, Rule
from daihou.rulebook.nodes import Literal, Type
from daihou.terms import Source


def check_duties(whole: Whole, mistakes: Mistakes) -> None:
    """Note keys that contradict each other or can have no effect."""
    for rule in whole.rulebook.rules:
        _check_in_force(whole, rule, mistakes)
    for duty in whole.rulebook.duties:
        _check_companions(whole, duty, mistakes)
        _check_reminder(whole, duty, mistakes)
        _check_escalations(whole, duty, mistakes)
        _check_persons(whole, duty, mistakes)
        _check_wordings(whole, duty, mistakes)
        _check_form(whole, duty, mistakes)


def _check_in_force(whole: Whole, rule: Rule, mistakes: Mistakes) -> None:
    if rule.since is not None and rule.until is not None and rule.until < rule.since:
        mistakes.add("ends-before-begins", whole.place(rule, "至"), name=rule.name)


def _check_companions(whole: Whole, duty: Duty, mistakes: Mistakes) -> None:
    """Keys that mean something only beside another one."""

    def alone(word: str, other: str) -> None:
        mistakes.add("key-needs", whole.place(duty, word), name=word, other=other)

    for since, buffer in duty.buffer.steps:
        if buffer is not None and not duty.piecewise:
            mistakes.add("key-needs", whole.place(duty, "缓冲", since), name="缓冲", other="取值: 逐段")
    if duty.withdraw_at_end and duty.until is None:
        alone("终止", "至")
    if duty.periods is not None and duty.periods.join_days and duty.periods.first is None:
        alone("首期", "首")
    if duty.periods is not None and duty.periods.join_days < 0:
        mistakes.add("not-positive", whole.place(duty, "首期"), name="首期")


def _check_reminder(whole: Whole, duty: Duty, mistakes: Mistakes) -> None:
    if duty.reminder is None:
        return
    place = whole.place(duty, "提醒")
    if duty.endless:
        mistakes.add("never-due", place, name=duty.name, key="提醒")
    elif _number(duty.reminder) < 1:
        mistakes.add("not-positive", place, name="提醒")


# -- escalation --------------------------------------------------------------


def _check_escalations(whole: Whole, duty: Duty, mistakes: Mistakes) -> None:
    for since, steps in duty.escalations.steps:
        place = whole.place(duty, "逾期", since)
        late = [step for step in steps if step.after is not None]
        missed = [step for step in steps if step.missed is not None]
        if duty.endless and steps:
            mistakes.add("never-due", place, name=duty.name, key="逾期")
            continue
        if late and _lapses_at_due(duty):
            mistakes.add("never-late", place, name=duty.name)
        if missed and not _can_be_missed(duty):
            mistakes.add("never-missed", place, name=duty.name)
        _check_ascending(whole, late, place, mistakes)
        _check_ascending(whole, missed, place, mistakes)


def _lapses_at_due(duty: Duty) -> bool:
    """A period without backlog and without a day of its own to lapse is missed once it is past due, never late (S17)."""
    no_expiry = all(node is None for _, node in duty.expires.steps)
    return duty.periods is not None and not duty.periods.backlog and no_expiry


def _can_be_missed(duty: Duty) -> bool:
    """Whether periods of it can be missed one after the other."""
    if duty.recurrence is not Recurrence.PERIODIC or duty.periods is None:
        return False
    return not duty.periods.backlog or any(node is not None for _, node in duty.expires.steps)


def _check_ascending(whole: Whole, steps: Iterable[Escalation], place: Source, mistakes: Mistakes) -> None:
    before: dict[Type | None, int] = {}
    for step in steps:
        kind = None if step.after is None else step.after.type
        count = step.missed or 0 if step.after is None else _number(step.after)
        if count < 1:
            mistakes.add("not-positive", place, name="连漏" if kind is None else "满")
        elif count <= before.get(kind, 0):
            mistakes.add("steps-not-ascending", place, post=whole.vocabulary.word(step.post))
        before[kind] = count


def _number(literal: Literal) -> int:
    return literal.value if isinstance(literal.value, int) else 0


# -- persons, wordings, form -------------------------------------------------


def _check_persons(whole: Whole, duty: Duty, mistakes: Mistakes) -> None:
    for since, responsible in duty.responsible.steps:
        persons = persons_of(responsible)
        if len(set(persons)) < len(persons):
            mistakes.add("person-twice", whole.place(duty, "责任", since), name=duty.name)
    signers = [post for step in duty.chain for post in step]
    if len(set(signers)) < len(signers):
        mistakes.add("person-twice", whole.place(duty, "签批"), name=duty.name)


def _check_wordings(whole: Whole, duty: Duty, mistakes: Mistakes) -> None:
    """A later wording begins while the rule is in force, and changes something."""
    words = whole.places.get(duty.id)
    if words is None:
        return
    for item in words.items("版本"):
        wording = words.reader.block(item, item.source, "版本", VERSION_KEYS)
        since = wording.day("自")
        outside = since is not None and (
            (duty.since is not None and since <= duty.since)
            or (duty.until is not None and since > duty.until)
        )
        if outside:
            mistakes.add("wording-out-of-force", wording.place("自"), name=duty.name)
        if not set(wording.keys) - {"自", "依据"}:
            mistakes.add("wording-empty", wording.source, name=duty.name)


def _check_form(whole: Whole, duty: Duty, mistakes: Mistakes) -> None:
    """A form is a word of the terms, and the word of nothing else that is declared."""
    if duty.form is None:
        return
    vocabulary = whole.vocabulary
    declared = {*vocabulary.tables, *vocabulary.posts, *vocabulary.domains}
    declared |= {column for table in vocabulary.tables.values() for column in table.columns}
    if vocabulary.terms.find(duty.form) is None or duty.form in declared:
        closest = vocabulary.closest(
            vocabulary.word(duty.form), [term.word for term in vocabulary.terms if term.id not in declared]
        )
        mistakes.add(
            "unknown-form", whole.place(duty, "表单"), name=vocabulary.word(duty.form), closest=closest
        )
