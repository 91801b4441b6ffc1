"""Duties out of a pool: taken by who holds the post, given back, assigned by a head. A fact each; ``dayend`` lays it over the day's results."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from django.db import IntegrityError, transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from daihou.book import posts
from daihou.duties.models import LIVE, REASON, Duty, DutyPerson, Taking
from daihou.duties.signing import named
from daihou.messaging.acts import Draft, notify
from daihou.people.reads import Viewer, above, branches_below, posts_of
from daihou.registers.kept import homes, standing
from daihou.trail.acts import Actor, record

GENERAL_MANAGER = "general_manager"
MOST = 200
"""Duties that are taken or assigned in one go."""

ASSIGNED, AWAY = "assigned", "moved_away"
SHOWN = 5


class PoolRefusedError(ValueError):
    """What cannot be done with a duty of a pool; ``code`` says why: no-pool, not-of-pool, taken, not-yours, no-reason, unchanged; ``who`` has it."""

    def __init__(self, code: str, who: str = "") -> None:
        self.code, self.who = code, who
        super().__init__(code)


def why_not(error: PoolRefusedError) -> str:
    """What is said of a duty that was not taken, given back or assigned."""
    who = standing(homes()["employee"]).filter(key=error.who).values_list("full_name", flat=True).first()
    said = {
        "taken": _("%(who)s 已经先领了。") % {"who": who or _("别人")},
        "unchanged": _("已经在 %(who)s 名下。") % {"who": who or _("他")},
        "no-pool": _("这件任务已经不在岗位池里：办结了、撤销了，或有了确定的人。"),
        "not-of-pool": _("他不在这个岗位池里：那一天在那个机构没有任这个岗位。"),
        "not-yours": _("这件任务不在您名下。"),
        "no-reason": _("别人已经领了，改派要写理由。"),
    }
    return said[error.code]


@dataclass(frozen=True)
class Holders:
    """Who holds which post at which branch on a day. Who is leaving holds none, as the engine counts it (C19)."""

    held: Mapping[str, Sequence[tuple[str, str]]]
    parents: Mapping[str, str | None] = field(default_factory=dict)

    @classmethod
    def on(cls, day: date) -> Holders:
        """As the registers say; two questions, the branches with them."""
        leaving = standing(homes()["employee"]).filter(left_day__isnull=False).values("key")
        rows = standing(homes()["assignment"]).filter(since__lte=day).exclude(employee__in=leaving)
        found: dict[str, list[tuple[str, str]]] = {}
        current = rows.filter(Q(until__isnull=True) | Q(until__gte=day)).order_by("employee")
        for post, employee, branch in current.values_list("post", "employee", "branch"):
            found.setdefault(post, []).append((employee, branch))
        return cls(found, dict(standing(homes()["branch"]).values_list("branch_no", "parent_branch")))

    def of(self, post: str, branch: str | None) -> list[str]:
        """Who may take out of a pool: the holders at the branch; where there are none there, all of them."""
        every = self.held.get(post, ())
        here = [who for who, at in every if at == branch] if branch else []
        return list(dict.fromkeys(here or [who for who, _at in every]))

    def branches_of(self, employee: str, post: str) -> frozenset[str]:
        """The branches for which somebody holds a post: his own, those below where nobody nearer holds it, and those over which nobody does."""
        every = {at for _who, at in self.held.get(post, ())}
        own = {at for who, at in self.held.get(post, ()) if who == employee}
        nearest = {
            one: next((at for at in _upwards(one, self.parents) if at in every), None) for one in self.parents
        }
        return frozenset(one for one, at in nearest.items() if at in own or (at is None and own))

    def place(self, post: str, branch: str) -> tuple[str, str] | None:
        """At which post and branch a pool lies whose duties are about a branch: there, where somebody holds the post; else at the nearest branch above; else with the post above, in the same way. None: nobody up to the top."""
        over = _upwards(branch, self.parents)
        asked: str | None = post
        while asked is not None:
            held = {at for _who, at in self.held.get(asked, ())}
            here = next((at for at in over if at in held), None)
            if here is not None:
                return asked, here
            asked = posts().get(asked)
        return None


def _upwards(branch: str, parents: Mapping[str, str | None]) -> list[str]:
    """A branch and those above it, the nearest first."""
    found: list[str] = []
    at: str | None = branch
    while at is not None and at not in found:
        found.append(at)
        at = parents.get(at)
    return found


# ------------------------------------------------------------------ who assigns


def headed(viewer: Viewer) -> Q:
    """Pools out of which a viewer assigns, as a bound on persons of duties: of posts that report to one of his, at its branch or below; the general manager all."""
    if GENERAL_MANAGER in viewer.posts:
        return Q(pool=True)
    bound = Q(pk__in=())
    for held, at in posts_of(viewer.staff_no, viewer.day):
        under = [post for post in posts() if held in above(post)]
        if under:
            here = Q(branch__isnull=True) | Q(branch__in=branches_below(frozenset({at})))
            bound |= Q(pool=True, post__in=under) & here
    return bound


# ------------------------------------------------------------------ acts


def take(duty: Duty, *, by: Actor, at: datetime, day: date) -> Taking:
    """Make a duty of one's pool one's own; the desks follow by ``dayend.pools.lay``.

    Raises PoolRefusedError: no-pool, not-of-pool, and taken where somebody was quicker.
    """
    with transaction.atomic():
        place = _place(duty, by.by, Holders.on(day))
        held = _held(place)
        if held is not None:
            raise PoolRefusedError("unchanged" if held.employee == by.by else "taken", held.employee)
        event = record("take-duty", by=by, at=at, kind="taking", subject=duty.key, branch=place.branch or "")
        return _given(place, by.by, "", event.number, by=by, at=at)


def give_back(duty: Duty, *, by: Actor, at: datetime) -> Taking:
    """Put a duty that one has out of a pool back into it. PoolRefusedError: not-yours."""
    with transaction.atomic():
        Duty.objects.select_for_update().get(pk=duty.pk)
        taking = Taking.objects.filter(duty=duty, employee=by.by, ended_at__isnull=True).first()
        if taking is None:
            raise PoolRefusedError("not-yours")
        event = record("give-back-duty", by=by, at=at, kind="taking", subject=duty.key, branch=taking.branch)
        return _ended(taking, "given_back", event.number, by=by, at=at)


def assign(duty: Duty, employee: str, *, reason: str, by: Actor, at: datetime, day: date) -> Taking:
    """Give a duty out of a pool to a holder of its post, or move it to him from another, which takes a reason. That ``by`` is a head is the caller's to know.

    Raises PoolRefusedError: no-pool, not-of-pool, no-reason, unchanged.
    """
    with transaction.atomic():
        place = _place(duty, employee, Holders.on(day))
        held = _held(place)
        reason = reason.strip()[:REASON]
        if held is not None and held.employee == employee:
            raise PoolRefusedError("unchanged", employee)
        if held is not None and not reason:
            raise PoolRefusedError("no-reason", held.employee)
        event = record(
            "assign-duty", by=by, at=at, kind="taking", subject=duty.key, branch=place.branch or "", reason=reason,
            before=None if held is None else {"employee": held.employee}, after={"employee": employee},
        )  # fmt: skip
        if held is not None:
            _ended(held, "moved", event.number, by=by, at=at)
        return _given(place, employee, reason, event.number, by=by, at=at)


def _place(duty: Duty, employee: str, holders: Holders) -> DutyPerson:
    """The pool of a duty out of which a person may have it; the duty is locked."""
    locked = Duty.objects.select_for_update().get(pk=duty.pk)
    rows = list(DutyPerson.objects.filter(duty=duty, pool=True).order_by("ordinal"))
    if not rows or locked.state not in LIVE or locked.withdrawn_on is not None:
        raise PoolRefusedError("no-pool")
    for row in rows:
        if employee in holders.of(row.post or "", row.branch):
            return row
    raise PoolRefusedError("not-of-pool")


def _held(place: DutyPerson) -> Taking | None:
    rows = Taking.objects.filter(duty=place.duty_id, post=place.post, branch=place.branch or "")
    return rows.filter(ended_at__isnull=True).first()


def _given(place: DutyPerson, employee: str, reason: str, event: int, *, by: Actor, at: datetime) -> Taking:
    try:
        with transaction.atomic():
            return Taking.objects.create(
                duty_id=place.duty_id, post=place.post or "", branch=place.branch or "", employee=employee, by=by.by, at=at,
                reason=reason, event=event,
            )  # fmt: skip
    except IntegrityError:
        raise PoolRefusedError("taken") from None


def _ended(taking: Taking, why: str, event: int, *, by: Actor, at: datetime) -> Taking:
    taking.why, taking.ended_event, taking.ended_by, taking.ended_at = why, event, by.by, at
    taking.save(update_fields=["why", "ended_event", "ended_by", "ended_at"])
    return taking


def tell(
    assigned: Sequence[Taking], moved_from: Mapping[int, str], *, who: str, by: Actor, at: datetime
) -> int:
    """Tell the persons to whom a head gave duties, and those from whom he moved them; one message each. ``moved_from``: by duty who had it. ``who``: the head's name."""
    duties = Duty.objects.in_bulk({one.duty_id for one in assigned})
    heaps: dict[tuple[str, str], list[Duty]] = {}
    for one in assigned:
        duty = duties[one.duty_id]
        if one.employee != by.by:
            heaps.setdefault((one.employee, ASSIGNED), []).append(duty)
        before = moved_from.get(one.duty_id, "")
        if before and before not in {by.by, one.employee}:
            heaps.setdefault((before, AWAY), []).append(duty)
    drafts = [
        Draft(
            to, kind, {"number": len(those), "who": who}, path=f"/duties/{those[0].pk}/" if len(those) == 1 else "/",
            subject=those[0].key if len(those) == 1 else "", lines=[_line(duty) for duty in those[:SHOWN]],
        )
        for (to, kind), those in heaps.items()
    ]  # fmt: skip
    return notify(drafts, by=by, at=at)


def _line(duty: Duty) -> dict[str, str]:
    """A duty in one line: rule, contract, due day. No client: a message may leave the house."""
    due = duty.due.isoformat() if duty.due else ""
    return {
        "text": " ".join(filter(None, (named(duty)[0], duty.contract, due))),
        "path": f"/duties/{duty.pk}/",
    }


# ------------------------------------------------------------------ for the day's run


def standing_takings(duties: Collection[int] = ()) -> QuerySet[Taking]:
    """Takings that stand, of duties that somebody still has to do and of some others."""
    return Taking.objects.filter(_live() | Q(duty__in=list(duties)), ended_at__isnull=True)


def _live() -> Exists:
    """Whether the duty of a row is one that somebody still has to do; asked of each row, for few were taken and many are to be done."""
    return Exists(Duty.objects.filter(pk=OuterRef("duty"), state__in=LIVE, withdrawn_on__isnull=True))


def lapsing(day: date) -> list[tuple[Taking, str]]:
    """Takings that hold no longer on a day, each with the word why: he left the post, or the duty lies in that pool no more. Three questions."""
    takings = list(standing_takings())
    if not takings:
        return []
    holders = Holders.on(day)
    pool = DutyPerson.objects.filter(pool=True, duty__in=standing_takings().values("duty")).values_list(
        "duty", "post", "branch"
    )
    places = {(duty, post, branch or "") for duty, post, branch in pool}
    found = []
    for one in takings:
        if one.employee not in holders.of(one.post, one.branch or None):
            found.append((one, "post_left"))
        elif (one.duty_id, one.post, one.branch) not in places:
            found.append((one, "no_pool"))
    return found


def lapse(lapsed: Iterable[tuple[Taking, str]], event: int, *, by: Actor, at: datetime) -> None:
    """End takings that hold no longer; part of the act with that event."""
    rows = [one for one, _why in lapsed]
    for one, why in lapsed:
        one.why, one.ended_event, one.ended_by, one.ended_at = why, event, by.by, at
    Taking.objects.bulk_update(rows, ["why", "ended_event", "ended_by", "ended_at"], batch_size=200)


def wanted(duties: Collection[int] = ()) -> list[DutyPerson]:
    """The rows of pools whose person is not who has the duty now, with him put in; of duties still to do and of some others."""
    taken = standing_takings(duties)
    held = {
        (duty, post, branch): employee
        for duty, post, branch, employee in taken.values_list("duty", "post", "branch", "employee")
    }
    # said so that the short index of what was taken is read, not all that persons have
    rows = {
        one.pk: one
        for one in (
            *DutyPerson.objects.filter(_live(), pool=True, employee__gt="", duty__gt=0),
            *(DutyPerson.objects.filter(pool=True, duty__in=taken.values("duty")) if held else ()),
        )
    }
    found = []
    for one in rows.values():
        employee = held.get((one.duty_id, one.post or "", one.branch or ""))
        if one.employee != employee:
            one.employee = employee
            found.append(one)
    return found


# ------------------------------------------------------------------ lists


def in_pools(bound: Q) -> QuerySet[DutyPerson]:
    """The pools of duties that wait, inside a bound: earliest first."""
    rows = DutyPerson.objects.filter(bound, pool=True, duty__state__in=LIVE, duty__withdrawn_on__isnull=True)
    return rows.select_related("duty").order_by(F("duty__due").asc(nulls_last=True), "duty_id", "ordinal")
