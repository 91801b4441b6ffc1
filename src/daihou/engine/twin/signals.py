"""Warnings, grades and gates: one row looked at, its level, its class, what refuses it (S3, S21, S22)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from daihou.engine.twin import names
from daihou.engine.twin.dates import add_months
from daihou.engine.twin.duties import in_scope
from daihou.engine.twin.evaluate import NOT_COMPARABLE, At, Evaluator
from daihou.engine.twin.gaps import Gaps
from daihou.engine.twin.store import Row, text_of
from daihou.engine.twin.subject import subject
from daihou.rulebook import model, nodes
from daihou.terms import Lang, terms

APART: dict[Lang, str] = {"zh": "；", "en": "; "}
"""What stands between the reasons of a gate."""


@dataclass(frozen=True)
class Raised:
    """A level reached by one object, before identities are compared."""

    object: str
    episode: str
    level: str
    severity: int
    party: str
    contract: str | None
    evidence: str


def opened(ev: Evaluator, rule: model.Rule, row: Row, gaps: Gaps) -> bool:
    """Whether the row is in scope and its condition TRUE; an unknown condition is a gap."""
    if not in_scope(ev, rule, row):
        return False
    if rule.condition is None:
        return True
    value = ev.value(rule.condition, At(row))
    if value is None:
        gaps.add("condition", ev, At(row), [rule.condition])
    return value is True


def raised(ev: Evaluator, rule: model.Warning, row: Row, gaps: Gaps) -> Raised | None:
    """The worst level that is TRUE, with its identity; unknown levels are not reached."""
    at = At(row)
    if not rule.levels or not opened(ev, rule, row, gaps):
        return None
    truths = [ev.value(when, at) for _, when in rule.levels]
    if True not in truths:
        if None in truths:
            gaps.add("condition", ev, at, [when for _, when in rule.levels])
        return None
    severity = max(place for place, truth in enumerate(truths) if truth is True)
    episode = "" if rule.episode is None else ev.value(rule.episode, at)
    if episode is None:
        gaps.add("occurrence", ev, at, [node for node in (rule.episode,) if node is not None])
        return None
    about = subject(ev.book, row)
    party = about.party if rule.party is None else ev.value(rule.party, at)
    if party is None:
        gaps.found["party"] = ""
        return None
    contract = about.contract if rule.contract is None else ev.value(rule.contract, at)
    evidence = "; ".join(f"{name}={_shown(ev.value(node, at))}" for name, node in rule.evidence)
    level = rule.levels[severity][0]
    return Raised(row.key, text_of(episode), level, severity, party, contract, evidence)


def _shown(value: Any) -> str:
    return "" if value is NOT_COMPARABLE else text_of(value)


def not_yet_stored(
    ev: Evaluator, rule: model.Warning, found: list[Raised], severity: list[str]
) -> Iterator[tuple[Raised, bool]]:
    """The worst of each (party, episode), where no stored warning is as bad; with whether a milder one is stored."""
    worst: dict[tuple[str, str], Raised] = {}
    for one in sorted(found, key=lambda one: (-severity.index(one.level), one.object)):
        worst.setdefault((one.party, one.episode), one)
    for (party, episode), one in worst.items():
        rows = ev.book.index("warned", names.WARNING, _identity).get((rule.id, party, episode), [])
        stored = [severity.index(str(row.values[names.WARNED_LEVEL])) for row in rows]
        if not stored or max(stored) < severity.index(one.level):
            yield one, bool(stored)


def _identity(row: Row) -> tuple[object, ...]:
    return (
        row.values[names.WARNED_RULE],
        row.values[names.WARNED_PARTY],
        row.values[names.WARNED_EPISODE],
    )


@dataclass(frozen=True)
class Graded:
    """The class of a row and why."""

    level: str
    cause: str
    previous: str | None
    changed: bool


def graded(ev: Evaluator, rule: model.Grade, row: Row, gaps: Gaps) -> Graded | None:
    """The worse of the floor and the choice (manual if approved, else proposal); an upgrade waits (S22)."""
    at = At(row)
    if not opened(ev, rule, row, gaps):
        return None
    order = [level for level, _ in rule.levels]
    floor = next((place for place, (_, when) in enumerate(rule.levels) if ev.value(when, at) is True), None)
    proposal = _place(ev, rule.proposal, order, at)
    manual = _place(ev, rule.manual, order, at)
    if rule.manual_approved is not None:
        approved = ev.value(rule.manual_approved, at)
        manual = manual if isinstance(approved, date) and approved <= ev.book.day else None
    choice = proposal if manual is None else manual
    places = [place for place in (floor, choice) if place is not None]
    if not places:
        gaps.add("condition", ev, at, [when for _, when in rule.levels])
        return None
    value, cause = min(places), "floor"
    if floor is None or (choice is not None and choice < floor):
        cause = "proposal" if manual is None else "manual"
    previous = _place(ev, rule.current, order, at)
    if previous is not None and previous < value and _waits(ev, rule.upgrade, at):
        value, cause = previous, "held"
    before = None if previous is None else order[previous]
    return Graded(order[value], cause, before, rule.current is not None and value != previous)


def _place(ev: Evaluator, node: nodes.Node | None, order: list[str], at: At) -> int | None:
    """The place of a level in the order written; None where empty or not among them."""
    value = None if node is None else ev.value(node, at)
    return order.index(value) if value in order else None


def _waits(ev: Evaluator, upgrade: model.Upgrade | None, at: At) -> bool:
    """Whether an upgrade still has to wait."""
    if upgrade is None:
        return False
    since = ev.value(upgrade.since, at)
    return not isinstance(since, date) or add_months(since, upgrade.months) > ev.book.day


def refusals(ev: Evaluator, rule: model.Gate, row: Row, gaps: Gaps) -> list[int] | None:
    """The places of the refusals that hold, unknown ones too; None where the gate does not look at the row."""
    if not opened(ev, rule, row, gaps):
        return None
    return [
        place for place, refusal in enumerate(rule.refusals) if ev.value(refusal.when, At(row)) is not False
    ]


def refusal_words(ev: Evaluator, rule: model.Gate, row: Row, place: int, lang: Lang) -> str:
    """The words of a refusal with its figures in their places; money in yuan, values of enumerations in words, nothing as a dash."""
    refusal = rule.refusals[place]
    values = {name: _figure(ev.value(node, At(row)), node.type, lang) for name, node in refusal.values}
    return re.sub(r"\{([^{}]*)\}", lambda found: values.get(found[1], found[0]), refusal.said(lang))


def _figure(value: Any, type_: nodes.Type, lang: Lang) -> str:
    if value is None:
        return "—"
    if type_.kind is nodes.Kind.FEN:
        yuan, rest = divmod(abs(int(value)), 100)
        return f"{'-' if value < 0 else ''}{yuan}.{rest:02d}"
    return terms().label(str(value), lang) if type_.kind is nodes.Kind.ENUM else text_of(value)
