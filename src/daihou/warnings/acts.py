"""What people do about warnings: raise by hand, verify, choose measures, tell what came of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from daihou.book import domains
from daihou.ledger.acts import RowRefusedError, correct, correct_many, enter
from daihou.registers.kept import Kept, homes, standing
from daihou.registers.sealing import seals
from daihou.signoff.models import STANDING, Matter
from daihou.signoff.reads import staff_on
from daihou.trail.acts import Actor
from daihou.units import day_of
from daihou.warnings.suggested import (
    CHANNELS,
    PRESSING,
    PRIVATE,
    RANK,
    STATE_ONLY,
    WATCHING,
    measures,
    signals,
)
from daihou.warnings.telling import tell_named, tell_severe

WARNING, RESPONSE = "warning", "response"
CLOSING, REVIEW, DECISION = "warning_closing", "measure_review", "measure_decision"
"""The kinds of matters about a warning: its closing, measures that the lawyer reads first, measures that somebody proposes whose decision they are not."""

TRUE = "confirmed"
LONGEST = 1000
"""Letters of what is told."""

PAID = ("compensated", "compensated_release")


class WarningRefusedError(ValueError):
    """Something that cannot be done about a warning; ``code`` says why, ``key`` names the warning, or of several measures the one, that stands in the way."""

    def __init__(self, code: str, key: str = "") -> None:
        self.code, self.key = code, key
        super().__init__(f"{code} {key}".strip())


@dataclass(frozen=True)
class Chosen:
    """A measure decided on: who carries it out (empty: the client's caretaker), until when (empty: as the measure gives time).

    ``personal``: of a firm's measure, that it also aims at people (owners, controllers, guarantors).
    """

    measure: str
    person: str = ""
    deadline: date | None = None
    personal: bool = False


def said(text: str, missing: str) -> str:
    """What was told, personal numbers replaced by their marks. WarningRefusedError where nothing, or too much, was."""
    told = seals().marked(text.strip())
    if not told:
        raise WarningRefusedError(missing)
    if len(told) > LONGEST:
        raise WarningRefusedError("told-too-long")
    return told


def held(key: str) -> Any:
    """The standing row of a warning, held until the transaction ends. WarningRefusedError where there is none, or it is closed."""
    row = standing(homes()[WARNING]).select_for_update().filter(key=key).first()
    if row is None:
        raise WarningRefusedError("no-such-warning", key)
    if row.closed_day is not None:
        raise WarningRefusedError("closed-already", key)
    return row


def open_of(rule: str, party: str) -> list[Any]:
    """The open warnings of a client for a signal, the worst first."""
    rows = standing(homes()[WARNING]).filter(rule=rule, party=party, closed_day__isnull=True)
    return sorted(rows, key=lambda row: (-RANK.get(row.level, 0), row.raised_day, row.key))


def raise_by_hand(
    rule: str, party: str, told: str, *, level: str, contract: str | None = None, channel: str | None = None, by: Actor, at: datetime
) -> Kept:  # fmt: skip
    """Raise a signal with what was seen (P01-13) and through which channel (P04-01). Where one is open already only a worse one is raised, in the same episode.

    WarningRefusedError: no such signal or client, nothing told, a level or channel that is none, one as bad is open (``key`` names it).
    """
    day = day_of(at)
    if rule not in signals():
        raise WarningRefusedError("no-such-signal")
    if level not in RANK:
        raise WarningRefusedError("no-such-level")
    if channel is not None and channel not in CHANNELS:
        raise WarningRefusedError("no-such-channel")
    evidence = said(told, "told-missing")
    with transaction.atomic():
        if not standing(homes()["party"]).select_for_update().filter(key=party).exists():
            raise WarningRefusedError("no-such-client")  # the client is held: of two who raise one wins
        stands = open_of(rule, party)
        if stands and RANK.get(stands[0].level, 0) >= RANK[level]:
            raise WarningRefusedError("open-already", stands[0].key)
        occurrence = stands[0].occurrence if stands else day.isoformat()
        known = frozenset(domains()["warning_signal"])
        values = {
            "key": f"{rule}/{party}/{occurrence}/{level}", "rule": rule, "party": party, "occurrence": occurrence, "level": level,
            "contract": contract, "signal": rule if rule in known else None, "raised_day": day, "origin": "manual",
            "raised_by": by.by, "remark": evidence, "signal_channel": channel,
        }  # fmt: skip
        try:
            raised = enter(WARNING, values, by=by, at=at, day=day)
        except RowRefusedError as error:
            code = "raised-today" if error.code == "row-stands-already" else "no-such-contract"
            raise WarningRefusedError(code, str(values["key"])) from error
        tell_severe([raised], by=by, at=at)
    return raised


def verify(key: str, outcome: str, told: str, *, by: Actor, at: datetime) -> Kept:
    """Say whether a warning is true, and what that rests on (P01-14). Of two who verify one wins.

    WarningRefusedError: verified or closed already, no such outcome, nothing told.
    """
    if outcome not in domains()["verification"]:
        raise WarningRefusedError("no-such-outcome")
    rests_on = said(told, "told-missing")
    day = day_of(at)
    with transaction.atomic():
        row = held(key)
        if row.verified_day is not None:
            raise WarningRefusedError("verified-already", key)
        values = {
            "verified_day": day, "verification": outcome, "verified_by": by.by, "verification_told": rests_on,
        }  # fmt: skip
        return correct(WARNING, key, values, by=by, at=at, day=day, reason=rests_on, decision=values.keys())


def choose_measures(
    key: str, chosen: Sequence[Chosen], *, by: Actor, at: datetime
) -> tuple[list[str], list[Matter]]:
    """Decide on measures about a true warning: the keys of those written, and the matters of those that have to be signed first.

    Measures are the risk manager's decision, those of a severe warning the general manager's too (P01-14, P01-M01): what somebody else
    chooses is put before them. Surveillance of and pressure on people is read by the lawyer first.
    WarningRefusedError: not verified as true, none chosen, a measure that is none, not for this client, under way or being signed
    already, somebody who holds no post, a day that has passed. SigningRefusedError where nobody can sign.
    """
    from daihou.warnings.closing import approvers, put_to_signature  # noqa: PLC0415 - it writes what this act decides

    day = day_of(at)
    with transaction.atomic():
        row = held(key)
        if row.verification != TRUE:
            raise WarningRefusedError("not-true", key)
        _refuse_wrong(row, chosen, day)
        private = kind_of(row.party) in PRIVATE
        reviewed = [one for one in chosen if for_lawyer(one, private=private)]
        others = [one for one in chosen if one not in reviewed]
        asked_too = approvers(row, by, at)
        asked = {REVIEW: reviewed, DECISION: others if asked_too else []}
        if any(some and under_way(key, kind).exists() for kind, some in asked.items()):
            raise WarningRefusedError("decision-under-way", key)
        matters = [
            put_to_signature(row, kind, some, asked_too, by=by, at=at) for kind, some in asked.items() if some
        ]
        written = [] if asked_too else others
        keys = enter_measures(row.key, written, decided_by=by.by, by=by, at=at, day=day) if written else []
        return keys, matters


def for_lawyer(one: Chosen, *, private: bool) -> bool:
    """Whether the lawyer reads a measure first: it watches people, or presses a person."""
    return one.measure in WATCHING or (one.measure in PRESSING and (private or one.personal))


def under_way(key: str, *kinds: str) -> QuerySet[Matter]:
    """The matters of a warning that are being signed, or were returned."""
    return Matter.objects.filter(subject=key, kind__in=kinds, state__in=STANDING)


def measures_in(matters: QuerySet[Matter]) -> set[str]:
    """The measures that matters are about."""
    return {
        one["measure"] for content in matters.values_list("content", flat=True) for one in content["measures"]
    }


def kind_of(party: str) -> str:
    """What kind of client somebody is."""
    kind = standing(homes()["party"]).filter(key=party).values_list("kind", flat=True).first()
    return kind or ""


def _refuse_wrong(row: Any, chosen: Sequence[Chosen], day: date) -> None:
    if not chosen:
        raise WarningRefusedError("nothing-chosen")
    asked = [one.measure for one in chosen]
    twice = next((one for one in asked if asked.count(one) > 1 or one not in measures()), None)
    if twice is not None:
        raise WarningRefusedError("no-such-measure", twice)
    running = standing(homes()[RESPONSE]).filter(
        warning=row.key, completed_day__isnull=True, measure__in=asked
    )
    if under_way(row.key, CLOSING).exists():
        raise WarningRefusedError("closing-under-way", row.key)
    if running.exists() or measures_in(under_way(row.key, REVIEW, DECISION)) & set(asked):
        raise WarningRefusedError("under-way-already")
    if set(asked) & STATE_ONLY and not _state_and_paid(row.party):
        raise WarningRefusedError("state-only")
    for one in chosen:
        if one.deadline is not None and one.deadline < day:
            raise WarningRefusedError("day-passed", one.measure)
    people = {one.person for one in chosen if one.person}
    missing = people - staff_on(day, people).places.keys()
    for one in chosen:
        if one.person in missing:
            raise WarningRefusedError("nobody-such", one.measure)


def _state_and_paid(party: str) -> bool:
    owned = standing(homes()["party"]).filter(key=party, state_owned=True).exists()
    return owned and standing(homes()["contract"]).filter(client=party, status__in=PAID).exists()


def enter_measures(
    warning: str, chosen: Sequence[Chosen], *, decided_by: str, by: Actor, at: datetime, day: date
) -> list[str]:
    """Write measures as rows of 处置, with one event; their keys."""
    rows = [
        {
            "key": f"{warning}/{one.measure}/{day.isoformat()}", "warning": warning, "measure": one.measure, "decided_day": day,
            "decided_by": decided_by, "responsible_person": one.person or None, "deadline": one.deadline,
        }
        for one in chosen
    ]  # fmt: skip
    try:
        correct_many({}, entered={RESPONSE: rows}, subject=warning, by=by, at=at, day=day, reason="处置措施")
    except RowRefusedError as error:
        raise WarningRefusedError("decided-today", warning) from error
    named = [(one.person, one.measure, one.deadline) for one in chosen]
    tell_named(standing(homes()[WARNING]).get(key=warning), named, by=by, at=at)
    return [str(one["key"]) for one in rows]


def report_result(key: str, done: date, told: str, *, by: Actor, at: datetime) -> Kept:
    """Say that a measure was carried out, on which day and what came of it.

    WarningRefusedError: no such measure, told already, a day before the decision or after today, nothing told.
    """
    day = day_of(at)
    outcome = said(told, "told-missing")
    with transaction.atomic():
        row = standing(homes()[RESPONSE]).select_for_update().filter(key=key).first()
        if row is None:
            raise WarningRefusedError("no-such-measure")
        if row.completed_day is not None:
            raise WarningRefusedError("done-already")
        if not row.decided_day <= done <= day:
            raise WarningRefusedError("day-wrong")
        values = {"completed_day": done, "outcome": outcome}
        return correct(RESPONSE, key, values, by=by, at=at, day=day, reason=outcome)
