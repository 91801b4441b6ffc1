"""What had fallen due before go-live: whose it is to close, and closing it in groups with a reason (ADR 15).

One act with one event of the trail: a ruling 豁免 for each duty. The rules read it, so what was closed does not come back.
"""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from daihou.duties.models import LEFTOVER, OLD_DONE, REASON, WHOLE_KEY, Duty, DutyPerson
from daihou.duties.pools import GENERAL_MANAGER, headed
from daihou.duties.reads import named, seen
from daihou.ledger.acts import correct_many
from daihou.people.reads import Viewer, headed_staff
from daihou.registers.kept import homes, standing
from daihou.registers.sealing import seals
from daihou.trail.acts import Actor
from daihou.units import day_of

MOST = 20_000
"""Duties that are closed in one go."""
RULING, WAIVER = "duty_ruling", "waiver"


class LeftoverRefusedError(ValueError):
    """What cannot be closed so; ``code`` says why: nothing-left, reason-missing, reason-long, too-many, others-now (``number``: how many)."""

    def __init__(self, code: str, number: int = 0) -> None:
        self.code, self.number = code, number
        super().__init__(code)


def why_not(error: LeftoverRefusedError) -> str:
    """What is said where nothing was closed."""
    said = {
        "nothing-left": _("没有您能关闭的旧账：已经办了、关了，或不归您管。"),
        "reason-missing": _("请写明为什么关闭。"),
        "reason-long": _("理由请写短一些（%(n)s 字以内）。") % {"n": REASON},
        "too-many": _("一次最多关闭 %(n)s 件，请先筛一筛。") % {"n": MOST},
        "others-now": _("现在符合条件的是 %(n)s 件，和刚才看到的不一样，请再看一眼。") % {"n": error.number},
    }
    return said[error.code]


def fell_before(duty: Duty, go_live: date | None) -> bool:
    """Whether a duty is one that had fallen due before go-live, as far as is stored of it: open, done since, or closed."""
    closed = duty.state == "waived" and go_live is not None and duty.due is not None and duty.due < go_live
    return closed or duty.state in {LEFTOVER, OLD_DONE}


def left_over(viewer: Viewer) -> QuerySet[Duty]:
    """What had fallen due before go-live and is not done, of what a viewer may see; each once, in no order."""
    return Duty.objects.filter(Q(state=LEFTOVER, withdrawn_on__isnull=True), seen(viewer))


def own_left_over(viewer: Viewer) -> int:
    """How much of that is a viewer's own, or lies in his pools."""
    own = DutyPerson.objects.filter(named(viewer)).values("duty")
    return Duty.objects.filter(state=LEFTOVER, withdrawn_on__isnull=True, pk__in=own).count()


def closable_by(viewer: Viewer) -> QuerySet[Duty]:
    """What is left over and a viewer closes: of those below him, who answer for it first, or in whose pool it lies; the general manager all.

    Nobody below the general manager closes his own.
    """
    rows = left_over(viewer)
    if GENERAL_MANAGER in viewer.posts:
        return rows
    first = DutyPerson.objects.filter(duty=OuterRef("pk"), ordinal=0).exclude(employee=viewer.staff_no)
    below = Q(pool=False, employee__in=headed_staff(viewer))
    return rows.filter(Exists(first.filter(below | headed(viewer))))


def close(
    duties: QuerySet[Duty], viewer: Viewer, *, reason: str, by: Actor, at: datetime, expected: int | None = None
) -> int:  # fmt: skip
    """Close those of some duties that a viewer may close, all or none; how many. The work follows by ``dayend.follow``.

    ``expected``: how many he was shown. Raises LeftoverRefusedError.
    """
    reason, day = reason.strip(), day_of(at)
    if not reason or len(reason) > REASON:
        raise LeftoverRefusedError("reason-long" if reason else "reason-missing")
    with transaction.atomic():
        keys = _held(duties, viewer)
        if not keys:
            raise LeftoverRefusedError("nothing-left")
        if len(keys) > MOST:
            raise LeftoverRefusedError("too-many", len(keys))
        if expected is not None and expected != len(keys):
            raise LeftoverRefusedError("others-now", len(keys))
        told = seals().marked(reason)
        rows = [_ruling(key, told, by.by, day) for key in keys]
        correct_many(
            {}, entered={RULING: rows}, subject=f"{LEFTOVER}/{day.isoformat()}", by=by, at=at, day=day, reason=told
        )  # fmt: skip
    return len(rows)


def _held(duties: QuerySet[Duty], viewer: Viewer) -> list[str]:
    """The keys of those that may be closed, held until the transaction ends; without what somebody else closed a moment ago."""
    wanted = Duty.objects.filter(
        pk__in=duties.order_by().values("pk"), state=LEFTOVER, withdrawn_on__isnull=True
    )
    may = wanted.filter(pk__in=closable_by(viewer).values("pk"))
    rows = may.select_for_update().annotate(whole=WHOLE_KEY)
    waived = standing(homes()[RULING]).filter(kind=WAIVER).values("duty")
    return list(rows.exclude(whole__in=waived).order_by("pk").values_list("whole", flat=True)[: MOST + 1])


def _ruling(key: str, reason: str, by: str, day: date) -> dict[str, object]:
    return {
        "key": f"{key}/{WAIVER}/{day.isoformat()}", "duty": key, "kind": WAIVER, "since": day, "until": None, "reason": reason,
        "approved_by": by, "approved_day": day,
    }  # fmt: skip
