"""What a run of a day moved: how many duties of each kind, which they are, and what it says of each. Out of what the run wrote itself."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from django.db.models import Count, Q, QuerySet

from daihou.duties.models import REPORTED, STATE, WITHDRAWN, DayRun, Duty, DutyChange
from daihou.duties.punctuality import LATE, ON_TIME

NEW, MOVED, CLOSED = "new", "moved", "closed"
MOVES = (NEW, MOVED, CLOSED, WITHDRAWN, REPORTED)
"""Found for the first time; with another due day or state; done; no longer asked for; reported up. A duty may be of several."""

_DONE = (ON_TIME, LATE)
_ENDED = Q(what=STATE, after__in=_DONE) & ~Q(before__in=_DONE)
_GONE = Q(what=STATE, after=WITHDRAWN)
_KINDS: Mapping[str, Q] = {
    MOVED: ~Q(what=REPORTED) & ~_ENDED & ~_GONE,
    CLOSED: _ENDED,
    WITHDRAWN: _GONE,
    REPORTED: Q(what=REPORTED),
}


def counted(run: DayRun) -> Mapping[str, int]:
    """How many duties a run moved, by kind: one question. Empty of a run of which its moves were not kept."""
    if run.event is None:
        return {}
    asked = {kind: Count("duty", filter=which, distinct=True) for kind, which in _KINDS.items()}
    found: dict[str, Any] = DutyChange.objects.filter(event=run.event).order_by().aggregate(**asked)
    return {NEW: run.found_new, **found}


def of_run(run: DayRun, kind: str) -> Q:
    """The duties of one kind that a run moved (empty: of any), as a bound on a question; none of a run of which they were not kept."""
    if run.event is None:
        return Q(pk__in=())
    new = Q(first_run=run, pk__lte=run.newest_duty)
    if kind == NEW:
        return new
    moved = Q(pk__in=changes_of(run, kind).order_by().values("duty"))
    return moved if kind else new | moved


def changes_of(run: DayRun, kind: str) -> QuerySet[DutyChange]:
    """The moves of one kind that a run wrote (empty: of any), in the order in which it wrote them; events count from 1, so a run without one wrote none."""
    rows = DutyChange.objects.filter(event=run.event or 0)
    return rows.filter(_KINDS[kind]) if kind else rows


def changes_by_duty(run: DayRun, kind: str, duties: Collection[Duty]) -> Mapping[int, list[DutyChange]]:
    """The moves of some duties, by duty: one question."""
    found: dict[int, list[DutyChange]] = {}
    if run.event is None or kind == NEW:
        return found
    for one in changes_of(run, kind).filter(duty__in=[duty.pk for duty in duties]):
        found.setdefault(one.duty_id, []).append(one)
    return found
