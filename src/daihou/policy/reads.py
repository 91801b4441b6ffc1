"""Which changes are in force, and how each stands."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import QuerySet

from daihou.policy.laying import Step, lay
from daihou.policy.models import FigureChange
from daihou.units import day_of

APPROVED, UNDER_WAY, RETURNED, REFUSED, WITHDRAWN = (
    "approved",
    "under_way",
    "returned",
    "refused",
    "withdrawn",
)
OPEN = (UNDER_WAY, RETURNED)
COMING, IN_FORCE, REPLACED, LEFT_OUT = "coming", "in_force", "replaced", "left_out"
STANDINGS = (UNDER_WAY, RETURNED, COMING, IN_FORCE, REPLACED, LEFT_OUT, REFUSED, WITHDRAWN)
"""How a change stands: being signed; approved and to come, in force, replaced by a later one, not borne by the book; or without effect."""


def changes() -> QuerySet[FigureChange]:
    """All that was ever proposed, newest first, each with its matter."""
    return FigureChange.objects.select_related("matter")


def of_figure(rulebook: str, figure: str) -> QuerySet[FigureChange]:
    """What was proposed of one figure, newest first."""
    return changes().filter(rulebook=rulebook, figure=figure)


def decided_on(change: FigureChange) -> date:
    """The day in the company's zone on which a change was approved or refused."""
    decided = change.matter.decided_at
    assert decided is not None, change
    return day_of(decided)


def acts_from(change: FigureChange) -> date:
    """The first day on which an approved change acts: the day asked for, never before that of its approval, for past days stay as they were."""
    return max(change.since, decided_on(change))


def figures_on(day: date | None = None) -> tuple[Step, ...]:
    """The approved changes as a layer, in the order of their approval: those known on a day, or all. One query."""
    found = changes().filter(matter__state=APPROVED).order_by("matter__decided_at", "pk")
    return tuple(_step(one) for one in found if day is None or decided_on(one) <= day)


def _step(change: FigureChange) -> Step:
    return Step(
        change.pk, change.rulebook, change.figure, acts_from(change), value_of(change), change.citation
    )


def value_of(change: FigureChange) -> str | tuple[tuple[str, str], ...]:
    """The value as it is laid on: a constant, or the keys of a table that differ."""
    value: Any = change.value
    return value if isinstance(value, str) else tuple(value.items())


def approved_after(at: datetime | None, day: date) -> int:
    """How many changes in force on a day were approved after a moment (None: ever): what a run of then could not know."""
    later = changes().filter(matter__state=APPROVED)
    if at is not None:
        later = later.filter(matter__decided_at__gt=at)
    return sum(acts_from(one) <= day for one in later)


@dataclass(frozen=True)
class Stand:
    """One change and how it stands on a day. ``acts``: its first day, where it was approved."""

    change: FigureChange
    standing: str
    acts: date | None


def stands(shown: Iterable[FigureChange], ids: Sequence[str], day: date) -> list[Stand]:
    """How changes stand on a day. ``ids``: the rulebooks of the company."""
    adopted = figures_on()
    left_out = lay(ids, adopted).left_out
    return [_stand(one, adopted, left_out, day) for one in shown]


def _stand(change: FigureChange, adopted: Sequence[Step], left_out: Collection[int], day: date) -> Stand:
    if change.matter.state != APPROVED:
        return Stand(change, change.matter.state, None)
    acts = acts_from(change)
    if change.pk in left_out:
        return Stand(change, LEFT_OUT, acts)
    if acts > day:
        return Stand(change, COMING, acts)
    return Stand(change, REPLACED if _replaced(change, adopted, day) else IN_FORCE, acts)


def _replaced(change: FigureChange, adopted: Sequence[Step], day: date) -> bool:
    """Whether later changes of the same figure in force say otherwise of all that this one says."""
    own = next(place for place, step in enumerate(adopted) if step.number == change.pk)
    mine = adopted[own]
    over = [
        step for place, step in enumerate(adopted)
        if (step.rulebook, step.figure) == (mine.rulebook, mine.figure)
        and step.since <= day and (step.since, place) > (mine.since, own)
    ]  # fmt: skip
    if isinstance(mine.value, str):
        return bool(over)
    keys: Mapping[str, str] = {
        key: one for step in over if isinstance(step.value, tuple) for key, one in step.value
    }
    return {key for key, _ in mine.value} <= keys.keys()
