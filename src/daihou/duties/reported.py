"""Duties that were reported up, for who they were reported to: whoever holds the post for the duty's branch, there or at the nearest branch above.

A duty is reported because it is late, or because the periods right before it were missed in a row; of the second kind the duty itself may
have all its time yet.
"""

from __future__ import annotations

from datetime import date

from django.db.models import F, Q, QuerySet

from daihou.duties.models import REPORTED, WAITING, Duty, DutyChange, DutyPerson
from daihou.duties.pools import Holders
from daihou.people.reads import Viewer


def reported_to(viewer: Viewer) -> QuerySet[DutyChange]:
    """What was reported up to a viewer: to a post of his, of duties for whose branch nobody nearer holds it."""
    holders = Holders.on(viewer.day)
    bound = Q(pk__in=())
    for post in viewer.posts:
        here = Q(duty__branch__isnull=True) | Q(duty__branch__in=holders.branches_of(viewer.staff_no, post))
        bound |= Q(after=post) & here
    return DutyChange.objects.filter(bound, what=REPORTED)


def for_missed_periods(reached: date, start: date | None) -> bool:
    """Whether what reached a post on a day is the missed periods before the duty: that is told as its own period begins (S8), lateness only after it."""
    return start is not None and reached <= start


def waiting_on_word(viewer: Viewer) -> QuerySet[Duty]:
    """The duties of others that were reported to a viewer and wait still, the earliest first; he sees them, whatever they are about. His own stand among his work."""
    own = DutyPerson.objects.filter(employee__in=viewer.persons)
    waiting = Duty.objects.filter(state__in=WAITING, withdrawn_on__isnull=True).exclude(
        pk__in=own.values("duty")
    )
    told = waiting.filter(pk__in=reported_to(viewer).values("duty"))
    return told.order_by(F("due").asc(nulls_last=True), "pk")
