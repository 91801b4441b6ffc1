"""The signatures about a contract or a client, for its page: what is under way and at whom it waits, what is finished."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Case, Count, F, IntegerField, Max, Value, When, Window

from daihou.duties.naming import names_for
from daihou.people.reads import Viewer
from daihou.screens.tags import listed, word
from daihou.signoff.models import STANDING, Maker, Matter, Step
from daihou.signoff.reads import Staff, open_steps, seen, staff_on
from daihou.units import day_of
from daihou.web.matters import matter_states, title_of

SHOWN = 12
NAMED = 3
"""Signers that a line names; of more it names the post alone."""


@dataclass(frozen=True)
class About:
    """One matter on the page of what it is about. ``step`` of ``steps``: which of its signatures it has come to; ``next_ones``: who gives it."""

    pk: int
    title: str
    number: str
    state: tuple[str, str]
    day: date
    step: int | None
    steps: int
    next_ones: tuple[str, ...]


def signatures_about(viewer: Viewer, table: str, key: str) -> dict[str, Any]:
    """The matters about a contract or a client that the viewer may see: those under way first, then the newest. So many questions for any number."""
    if table not in {"contract", "party"}:
        return {"signatures": [], "signatures_total": 0}
    standing_first = Case(
        When(state__in=STANDING, then=Value(0)), default=Value(1), output_field=IntegerField()
    )
    rows = Matter.objects.filter(seen(viewer), **{table: key}).annotate(in_all=Window(Count("pk")))
    matters = list(rows.order_by(standing_first, "-pk")[:SHOWN])
    if not matters:
        return {"signatures": [], "signatures_total": 0}
    numbers = [one.pk for one in matters]
    current = Step.objects.filter(matter__in=numbers, version=F("matter__version"))
    lengths = dict(current.order_by().values_list("matter").annotate(Max("ordinal")))
    waiting = _next(numbers, viewer.day)
    return {
        "signatures": [
            About(
                one.pk, title_of(one), one.number, matter_states()[one.state], day_of(one.decided_at or one.opened_at), one.stage,
                lengths.get(one.pk, 0), tuple(waiting.get(one.pk, ())),
            )
            for one in matters
        ],
        "signatures_total": matters[0].in_all,
    }  # fmt: skip


def _next(numbers: Sequence[int], day: date) -> Mapping[int, list[str]]:
    """Who signs each of some matters next, by name and post."""
    steps = list(open_steps().filter(matter__in=numbers))
    if not steps:
        return {}
    staff = staff_on(day)
    makers: dict[int, set[str]] = {}
    for matter, who in Maker.objects.filter(matter__in=numbers).values_list("matter", "employee"):
        makers.setdefault(matter, set()).add(who)
    asked = {one.pk: _who(one, staff, makers.get(one.matter_id, set())) for one in steps}
    names = names_for(people={who for some in asked.values() for who in some}).people
    found: dict[int, list[str]] = {}
    for one in steps:
        post = word(one.held_post or one.post)
        people = listed(names.get(who, who) for who in asked[one.pk])
        found.setdefault(one.matter_id, []).append(f"{people} {post}".strip())
    return found


def _who(step: Step, staff: Staff, makers: set[str]) -> list[str]:
    """Who holds the post of a step; nobody is named where they are many."""
    if step.employee:
        return [step.employee]
    holders = sorted(staff.holders(step.held_post, step.branch) - makers)
    return holders if len(holders) <= NAMED else []
