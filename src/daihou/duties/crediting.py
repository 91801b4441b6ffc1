"""For whom a duty counts, once: who did it where several were to, else who answers for it first; and under which post who was named by a register alone."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from django.db.models import Exists, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Concat

from daihou.duties.models import DutyPerson
from daihou.papers.models import DRAFT, Paper
from daihou.people.reads import above
from daihou.registers.kept import homes, standing

_DONE = ("on_time", "late")


def credited() -> Q:
    """The one person of each duty for whom it counts, as a bound on persons."""
    others = _who_did_it().filter(ordinal__gt=0)
    earlier = _who_did_it().filter(duty=OuterRef("duty"), ordinal__lt=OuterRef("ordinal"))
    doers = others.filter(~Exists(earlier))
    return (Q(ordinal=0) & ~Q(duty__in=doers.values("duty"))) | Q(pk__in=doers.values("pk"))


def _who_did_it() -> QuerySet[DutyPerson]:
    """Persons of duties that are done who completed it or handed in its form themselves."""
    key = Concat(OuterRef("duty__rule"), Value("/"), OuterRef("duty__object"), Value("/"), OuterRef("duty__occurrence"))  # fmt: skip
    completed = standing(homes()["completion"]).filter(duty=key, completed_by=OuterRef("employee"))
    handed_in = Paper.objects.exclude(state=DRAFT).filter(duty_no=OuterRef("duty"), by=OuterRef("employee"))
    return DutyPerson.objects.filter(
        Exists(completed) | Exists(handed_in), duty__state__in=_DONE, employee__isnull=False
    )


def posts_counted(day: date) -> Mapping[str, str]:
    """The one post under which somebody is counted whom a register named without one: of several the one furthest down; two questions at most."""
    gone = standing(homes()["employee"]).filter(left_day__lte=day).values("key")
    held = standing(homes()["assignment"]).filter(Q(until__isnull=True) | Q(until__gte=day), since__lte=day)
    found: dict[str, str] = {}
    for who, post in held.exclude(employee__in=gone).order_by("employee", "post").values_list("employee", "post"):  # fmt: skip
        if who not in found or len(above(post)) > len(above(found[who])):
            found[who] = post
    return found


def under_post(post: str, day: date) -> Q:
    """Persons who are counted under a post, as a bound: named by it, or named by a register and holding it."""
    holders = [who for who, counted in posts_counted(day).items() if counted == post]
    return Q(post=post) | Q(post__isnull=True, employee__in=holders)


def under_none(day: date) -> Q:
    """Persons who are counted under no post: named by a register, and holding none."""
    return Q(post__isnull=True) & ~Q(employee__in=list(posts_counted(day)))
