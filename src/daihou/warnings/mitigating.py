"""A plan against a grave risk (化解方案): drafted by form, assessed and decided by signature, carried out by whom the committee named.

The form of the duty writes the row; the last signature of its chain writes the day of the decision, and only then the plan is anybody's work (P02-16, P12-13).
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from daihou.ledger.acts import RowRefusedError, correct
from daihou.registers.kept import homes, standing
from daihou.signoff.acts import SigningRefusedError
from daihou.signoff.models import Matter
from daihou.trail.acts import Actor
from daihou.units import day_of

MITIGATION = "mitigation"


def plan_of(warning: str) -> Any:
    """The standing plan about a warning; None where there is none."""
    return standing(homes()[MITIGATION]).filter(warning=warning).first()


def plan_signed(matter: Matter, by: Actor, at: datetime) -> None:
    """Write that a plan was decided, in the approval's transaction. Of a matter that is about no plan, or one carried out, nothing is written."""
    fact = matter.content.get("fact") or {}
    if fact.get("table") != MITIGATION:
        return
    row: Any = standing(homes()[MITIGATION]).filter(key=fact["key"]).first()
    if row is None:
        raise SigningRefusedError("too-late")
    if row.completed_day is not None:
        return
    said = decided_by(matter)
    try:
        correct(
            MITIGATION,
            row.key,
            said,
            by=by,
            at=at,
            day=day_of(at),
            reason=matter.title["zh"],
            decision=tuple(said),
        )
    except RowRefusedError as error:
        raise SigningRefusedError("too-late") from error


def decided_by(matter: Matter) -> dict[str, date]:
    """What the approval of a plan writes on its row: the day on which the last signer decided it."""
    assert matter.decided_at is not None
    return {"decided_day": day_of(matter.decided_at)}
