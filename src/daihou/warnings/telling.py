"""Who is told of grave warnings at once: the general manager and the heads of risk (P01-14), however the warning came about; who is named for a measure is told too."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from daihou.messaging.acts import Draft, notify
from daihou.messaging.models import URGENT
from daihou.people.reads import viewer_of, visible
from daihou.signoff.acts import HIGHEST
from daihou.signoff.reads import staff_on
from daihou.terms import terms
from daihou.trail.acts import Actor
from daihou.units import day_of
from daihou.warnings.suggested import LEVELS, signal_of

SEVERE = LEVELS[-1]
TOLD = (HIGHEST, "risk_manager")
"""Posts that hear of a severe warning on the day it is raised."""

SHOWN = 5
KIND = "severe"
MEASURE = "measure"


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


def tell_named(row: Any, named: Iterable[tuple[str, str, date | None]], *, by: Actor, at: datetime) -> int:
    """Tell whoever is named for measures of a warning (staff number, measure, day) what he is to do, all of one decision in one message; not who named himself. The number of messages."""
    theirs: dict[str, list[str]] = {}
    for who, measure, until in named:
        if who and who != by.by:
            theirs.setdefault(who, []).append(_of_measure(measure, until))
    drafts = []
    for who, lines in sorted(theirs.items()):
        open_to_him = visible("warning", viewer_of(who, day_of(at))).filter(key=row.key).exists()
        page = _page(row) if open_to_him else "/"
        drafts.append(
            Draft(
                who, MEASURE, {"signal": signal_of(row.rule, "zh").name, "number": len(lines)}, subject=f"warning/{row.key}", path=page,
                lines=[{"text": text, "path": page} for text in lines],
            )
        )  # fmt: skip
    return notify(drafts, by=by, at=at)


def _of_measure(measure: str, until: date | None) -> str:
    term = terms().by_id(measure)
    return " ".join(
        filter(None, (measure if term is None else term.word, "" if until is None else until.isoformat()))
    )


def _line(row: Any) -> str:
    """A warning in one line: its signal, its contract or else its period."""
    return " ".join(filter(None, (signal_of(row.rule, "zh").name, row.contract or row.occurrence)))


def _page(row: Any) -> str:
    return f"/warnings/of/{row.key}/"
