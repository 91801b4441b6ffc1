"""Rows that name an event of the trail: whoever cuts the trail off and sets its head back has not thought of them."""

from __future__ import annotations

from django.db.models import Max

from daihou.duties.models import DayRun, DutyChange
from daihou.registers.held import newest_event


def newest_named() -> int:
    """The highest number of an event that a row of the registers, of a duty's moves or of a run names; 0 where none does."""
    moved = DutyChange.objects.aggregate(last=Max("event"))["last"]
    run = DayRun.objects.aggregate(known=Max("known_event"), own=Max("event"))
    return max(newest_event(), moved or 0, run["known"] or 0, run["own"] or 0)
