"""Who is told of grave warnings at once: the general manager and the heads of risk (P01-14), however the warning came about."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from daihou.messaging.acts import Draft, notify
from daihou.messaging.models import URGENT
from daihou.signoff.acts import HIGHEST
from daihou.signoff.reads import staff_on
from daihou.trail.acts import Actor
from daihou.units import day_of
from daihou.warnings.suggested import LEVELS, signal_of

SEVERE = LEVELS[-1]
TOLD = (HIGHEST, "risk_manager")
"""Posts that hear of a severe warning on the day it is raised."""

SHOWN = 5
KIND = "severe"


def tell_severe(rows: Iterable[Any], *, by: Actor, at: datetime) -> int:
    """Tell of the severe ones among warnings that were just raised, all of one act in one message; whoever raised it himself is not told. The number of messages.

    No client is named: a message may leave the house. ``lines``: the first few, each with its page.
    """
    severe = sorted((one for one in rows if one.level == SEVERE), key=lambda one: one.key)
    if not severe:
        return 0
    staff = staff_on(day_of(at))
    people = set().union(*(staff.holders(post) for post in TOLD)) - {by.by}
    first = severe[0]
    alone = len(severe) == 1
    lines = [{"text": _line(one), "path": _page(one)} for one in severe[:SHOWN]]
    told = {"signal": signal_of(first.rule, "zh").name, "number": len(severe)}
    drafts = [
        Draft(
            who, KIND, told, code=KIND if alone else f"{KIND}-several", severity=URGENT, subject=f"warning/{first.key}",
            path=_page(first) if alone else f"/warnings/?level={SEVERE}", once=f"{KIND}/{first.event}", lines=[] if alone else lines,
        )
        for who in sorted(people)
    ]  # fmt: skip
    return notify(drafts, by=by, at=at)


def _line(row: Any) -> str:
    """A warning in one line: its signal, its contract or else its period."""
    return " ".join(filter(None, (signal_of(row.rule, "zh").name, row.contract or row.occurrence)))


def _page(row: Any) -> str:
    return f"/warnings/of/{row.key}/"
