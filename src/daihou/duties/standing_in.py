"""Who is absent lets a colleague do his duties from a day to a day; a head arranges it for somebody who cannot."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from daihou.messaging.acts import Draft, notify
from daihou.messaging.models import NORMAL, URGENT
from daihou.people.models import StandIn
from daihou.people.reads import Viewer, headed_staff, heads, viewer_of
from daihou.registers.kept import homes, standing
from daihou.registers.sealing import seals
from daihou.trail.acts import Actor, record
from daihou.units import day_of

GENERAL_MANAGER = "general_manager"
KIND = "stand_in"
STANDS, STOOD = "standing_in", "stood_in"
PAGE = "/stand-ins/"
LONGEST = 200


class StandInRefusedError(ValueError):
    """What cannot be arranged; ``code`` says why: same-person, reason-missing, reason-long, days-wrong, nobody-such, not-yours, other-post, stands-already, ended-already."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


def refusals() -> Mapping[str, str]:
    """What is said when it is refused, by code."""
    return {
        "same-person": _("不在的人和代办的人不能是同一个。"),
        "reason-missing": _("请写明理由。"),
        "reason-long": _("理由请写短一些（%(n)s 字以内）。") % {"n": LONGEST},
        "days-wrong": _("止日不能早于起日，也不能早于今天。"),
        "nobody-such": _("没有这个人，或者他今天没有任职。"),
        "not-yours": _("只能替自己和自己管的人安排。"),
        "other-post": _("代办的人要和他任同样的岗位，或者管着他。"),
        "stands-already": _("这几天已经安排了同一个人代他办。"),
        "ended-already": _("已经停了，或者已经到期。"),
    }


def may_arrange(viewer: Viewer, absent: str) -> bool:
    """Whether a viewer may say who stands in for somebody: himself, who heads him, the general manager."""
    return bool(viewer.posts) and (
        viewer.staff_no == absent or GENERAL_MANAGER in viewer.posts or heads(viewer, absent)
    )


def may_end(viewer: Viewer, rows: Iterable[StandIn]) -> set[int]:
    """Which arrangements a viewer may end: those he made, and those of whom he may arrange; two questions for any number."""
    headed = {*headed_staff(viewer).values_list("employee", flat=True), viewer.staff_no}
    return {
        one.pk
        for one in rows
        if one.by == viewer.staff_no or GENERAL_MANAGER in viewer.posts or one.absent in headed
    }


def known_to(viewer: Viewer) -> Q:
    """Arrangements that a viewer is told of: his own, those he made, those of whom he heads."""
    me = viewer.staff_no
    return Q(absent=me) | Q(deputy=me) | Q(by=me) | Q(absent__in=headed_staff(viewer))


def stand_in(
    absent: str, deputy: str, *, since: date, until: date, reason: str, by: Actor, at: datetime
) -> StandIn:
    """Let a colleague of the same post, or who heads him, do somebody's duties; both are told. StandInRefusedError where it cannot be."""
    today = day_of(at)
    reason = reason.strip()
    if absent == deputy:
        raise StandInRefusedError("same-person")
    if not reason:
        raise StandInRefusedError("reason-missing")
    if len(reason) > LONGEST:
        raise StandInRefusedError("reason-long")
    if until < max(since, today):
        raise StandInRefusedError("days-wrong")
    with transaction.atomic():
        people = {one: viewer_of(one, today) for one in {absent, deputy, by.by}}
        if not people[deputy].posts or not people[absent].posts:
            raise StandInRefusedError("nobody-such")
        if not may_arrange(people[by.by], absent):
            raise StandInRefusedError("not-yours")
        if not _fits(people[deputy], people[absent]):
            raise StandInRefusedError("other-post")
        here = StandIn.objects.filter(absent=absent, deputy=deputy, ended_at__isnull=True)
        if here.filter(since__lte=until, until__gte=since).exists():
            raise StandInRefusedError("stands-already")
        made = StandIn.objects.create(
            absent=absent, deputy=deputy, since=since, until=until, reason=reason, by=by.by, at=at
        )
        after = {"absent": absent, "deputy": deputy, "since": since, "until": until}
        record(
            "stand-in", by=by, at=at, kind=KIND, subject=str(made.pk), after=after, reason=seals().marked(reason)
        )  # fmt: skip
        _tell(made, by=by, at=at)
    return made


def _fits(deputy: Viewer, absent: Viewer) -> bool:
    """Whether he holds a post of the absent one, or heads him."""
    return bool(set(deputy.posts) & set(absent.posts)) or heads(deputy, absent.staff_no)


def _tell(made: StandIn, *, by: Actor, at: datetime) -> None:
    """Tell the deputy; and the absent one, where another arranged it."""
    staff = standing(homes()["employee"]).filter(key__in=[made.absent, made.deputy])
    names = dict(staff.values_list("key", "full_name"))
    said = {"since": made.since, "until": made.until, "absent": names.get(made.absent), "deputy": names.get(made.deputy)}  # fmt: skip
    drafts = [
        Draft(made.deputy, STANDS, said, severity=URGENT, path=PAGE, once=f"{KIND}/{made.pk}"),
        Draft(made.absent, STOOD, said, severity=NORMAL, path=PAGE, once=f"{KIND}/{made.pk}"),
    ]
    notify([one for one in drafts if one.to != by.by], by=by, at=at)


def end_stand_in(held: StandIn, *, by: Actor, at: datetime) -> StandIn:
    """End it before its day: the absent one, who arranged it, who heads him. StandInRefusedError: not-yours, ended-already."""
    with transaction.atomic():
        held = StandIn.objects.select_for_update().get(pk=held.pk)
        if not may_end(viewer_of(by.by, day_of(at)), [held]):
            raise StandInRefusedError("not-yours")
        if held.ended_at is not None or held.until < day_of(at):
            raise StandInRefusedError("ended-already")
        held.ended_at = at
        held.save(update_fields=["ended_at"])
        after = {"absent": held.absent, "deputy": held.deputy}
        record("end-stand-in", by=by, at=at, kind=KIND, subject=str(held.pk), after=after)
    return held
