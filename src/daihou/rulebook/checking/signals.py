"""Warnings, grades and gates: keys that could never have an effect."""

from __future__ import annotations

from daihou.rulebook.checking.whole import Whole
from daihou.rulebook.mistakes import Mistakes
from daihou.rulebook.model import Gate, Grade


def check_signals(whole: Whole, mistakes: Mistakes) -> None:
    """Note measures named twice, keys that a grade does not look at, gates that refuse nothing."""
    for warning in whole.rulebook.warnings:
        if len(set(warning.measures)) < len(warning.measures):
            twice = next(one for one in warning.measures if warning.measures.count(one) > 1)
            mistakes.add("named-twice", whole.place(warning, "措施"), name=twice)
        if warning.mode != "M" and not warning.levels:
            mistakes.add("says-nothing", whole.place(warning, "级"), name="级")
    for grade in whole.rulebook.grades:
        _check_grade(whole, grade, mistakes)
    for gate in whole.rulebook.gates:
        _check_gate(whole, gate, mistakes)


def _check_grade(whole: Whole, grade: Grade, mistakes: Mistakes) -> None:
    """取: 首个 looks at nothing but its levels; an upgrade waits in the present level."""
    given = {"建议": grade.proposal, "人工": grade.manual, "上调": grade.upgrade}
    for word, value in given.items():
        if value is not None and not grade.worst:
            mistakes.add("key-does-not-fit", whole.place(grade, word), name=word, with_="取: 首个")
    if grade.upgrade is not None and grade.worst and grade.current is None:
        mistakes.add("key-needs", whole.place(grade, "上调"), name="上调", other="现级")
    if grade.upgrade is not None and grade.upgrade.months < 1:
        mistakes.add("not-positive", whole.place(grade, "上调"), name="满")
    if not grade.levels:
        mistakes.add("says-nothing", grade.source, name="级")


def _check_gate(whole: Whole, gate: Gate, mistakes: Mistakes) -> None:
    if not gate.refusals:
        mistakes.add("says-nothing", whole.place(gate, "不许"), name="不许")
    reasons = [refusal.words for refusal in gate.refusals]
    for number, reason in enumerate(reasons):
        if reason in reasons[:number] and gate.refusals[number].when in [
            one.when for one in gate.refusals[:number]
        ]:
            mistakes.add("named-twice", whole.item(gate, "不许", number), name=reason)
