"""A run that somebody asks for on a page: begun at once, worked on beside his request, its steps told meanwhile and its end kept."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta

from daihou.dayend.acts import DayPassedError, run_day
from daihou.duties.models import BEHIND, DONE, FAILED, WORKING, RunAsked
from daihou.trail.acts import Actor

SILENT = timedelta(minutes=10)
"""After so long without a word a run is taken for broken off: its process is gone. A step of a large book takes a minute or so."""


def at_work(now: datetime) -> RunAsked | None:
    """The run that is being worked on; None where there is none, or it was broken off."""
    return RunAsked.objects.filter(state=WORKING, alive__gt=now - SILENT).first()


def begin(day: date, *, by: Actor, at: datetime) -> RunAsked:
    """Note that a run was asked for."""
    return RunAsked.objects.create(day=day, by=by.by, at=at, alive=at)


def work(asked: RunAsked, *, by: Actor, now: Callable[[], datetime]) -> None:
    """Run the day that was asked for. Its own trail is that of the run; this tells the page how far it is."""

    def telling(step: str) -> None:
        RunAsked.objects.filter(pk=asked.pk).update(doing=step, alive=now())

    try:
        run = run_day(asked.day, by=by, at=asked.at, telling=telling)
    except DayPassedError:
        _ended(asked, BEHIND, now())
    else:
        RunAsked.objects.filter(pk=asked.pk).update(run=run)
        _ended(asked, DONE, now())


def give_up(asked: RunAsked, now: datetime) -> None:
    """Note that a run ended with a fault of ours."""
    _ended(asked, FAILED, now)


def _ended(asked: RunAsked, state: str, at: datetime) -> None:
    RunAsked.objects.filter(pk=asked.pk).update(state=state, doing="", alive=at)
