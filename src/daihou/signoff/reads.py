"""Who may sign, what waits for somebody, what he may see; bound in the queries themselves."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from daihou.book import posts
from daihou.people.reads import Viewer, visible
from daihou.people.rights import Scope
from daihou.registers.kept import homes, standing
from daihou.signoff.models import REFUSED, RETURNED, UNDER_WAY, Copy, Delegation, Maker, Matter, Step
from daihou.units import day_of

Place = tuple[str, str]
"""A post and the branch at which it is held."""


@dataclass(frozen=True)
class Seat:
    """Who answers for a post: everybody who holds ``post``, at ``branch`` or (empty) anywhere. ``fallback``: it is a post above."""

    post: str
    branch: str
    fallback: bool


@dataclass(frozen=True)
class Staff:
    """Who holds which posts on a day; who has left holds none."""

    places: Mapping[str, frozenset[Place]]

    def holders(self, post: str, branch: str = "") -> frozenset[str]:
        """The staff who hold a post, at a branch or anywhere."""
        return frozenset(
            who
            for who, held in self.places.items()
            if any(one == post and (not branch or at == branch) for one, at in held)
        )

    def seat(self, post: str, branch: str, without: Collection[str]) -> Seat | None:
        """Who answers for a post at a branch: there, else anywhere, else for the post above; None: nobody all the way up.

        ``without`` counts as if they did not hold the post: nobody signs his own work.
        """
        asked: str | None = post
        while asked is not None:
            for at in dict.fromkeys((branch, "")):
                if self.holders(asked, at) - set(without):
                    return Seat(asked, at, asked != post)
            asked = posts().get(asked)
        return None


def staff_on(day: date, who: Iterable[str] | None = None) -> Staff:
    """The posts held on a day, of all or of some staff: two queries."""
    held = standing(homes()["assignment"]).filter(since__lte=day)
    held = held.filter(Q(until__isnull=True) | Q(until__gte=day))
    left = standing(homes()["employee"]).filter(left_day__isnull=False, left_day__lte=day)
    if who is not None:
        held, left = held.filter(employee__in=list(who)), left.filter(key__in=list(who))
    gone = set(left.values_list("key", flat=True))
    places: dict[str, set[Place]] = {}
    for employee, post, branch in held.values_list("employee", "post", "branch"):
        if employee not in gone:
            places.setdefault(employee, set()).add((post, branch))
    return Staff({one: frozenset(held) for one, held in places.items()})


def concerning(staff_no: str) -> QuerySet[Delegation]:
    """Delegations that somebody gave, and those given to him."""
    return Delegation.objects.filter(Q(giver=staff_no) | Q(taker=staff_no))


def delegations_to(taker: str, day: date) -> QuerySet[Delegation]:
    """Delegations under which somebody signs for others on a day."""
    return Delegation.objects.filter(taker=taker, since__lte=day, until__gte=day, ended_at__isnull=True)


@dataclass(frozen=True)
class Right:
    """A right to sign: one's own (``for_whom`` empty) or in somebody's place, within the delegation's kinds and amount (fen).

    A right with a limit reaches what has no amount by its nature, not a contract of which no amount is known.
    """

    who: str
    places: frozenset[Place]
    for_whom: str = ""
    kinds: tuple[str, ...] = ()
    limit: int | None = None

    def bound(self) -> Q:
        """The steps that the right reaches, as a bound on a query of steps."""
        seat = Q(employee=self.who)
        for post, branch in self.places:
            seat |= Q(employee="", held_post=post, branch__in=("", branch))
        if self.kinds:
            seat &= Q(matter__kind__in=self.kinds)
        if self.limit is not None:
            seat &= Q(matter__amount__isnull=True, matter__contract="") | Q(matter__amount__lte=self.limit)
        return seat & Q(~Exists(Maker.objects.filter(matter=OuterRef("matter"), employee=self.who)))

    def covers(self, step: Step, matter: Matter, makers: Collection[str]) -> bool:
        """Whether the right reaches a step; the same as ``bound``, of one step."""
        if self.who in makers or (self.kinds and matter.kind not in self.kinds):
            return False
        if self.limit is not None and not self._within(matter):
            return False
        if step.employee:
            return step.employee == self.who
        return any(post == step.held_post and step.branch in {"", branch} for post, branch in self.places)

    def _within(self, matter: Matter) -> bool:
        """Whether a matter is within the limit."""
        if matter.amount is None:
            return not matter.contract
        return self.limit is None or matter.amount <= self.limit


def rights_of(staff_no: str, day: date) -> list[Right]:
    """All rights of a person to sign on a day, his own first. Who holds no post has none, nor has he whose giver left."""
    given = list(delegations_to(staff_no, day).order_by("pk"))
    staff = staff_on(day, {staff_no, *(one.giver for one in given)})
    if staff_no not in staff.places:
        return []
    own = Right(staff_no, staff.places[staff_no])
    return [
        own,
        *(
            Right(one.giver, staff.places[one.giver], one.giver, tuple(one.kinds), one.amount_limit)
            for one in given
            if one.giver in staff.places
        ),
    ]


def open_steps() -> QuerySet[Step]:
    """Steps at which a signature is waited for."""
    return Step.objects.filter(
        decided_at__isnull=True, matter__state=UNDER_WAY, version=F("matter__version"), ordinal=F("matter__stage")
    )  # fmt: skip


def waiting_for(staff_no: str, day: date) -> QuerySet[Step]:
    """The steps that somebody may sign on a day, by his own right or in another's place; never those of his own work."""
    rights = rights_of(staff_no, day)
    if not rights:
        return Step.objects.none()
    bound = Q()
    for right in rights:
        bound |= right.bound()
    own = Exists(Maker.objects.filter(matter=OuterRef("matter"), employee=staff_no))
    beside = Exists(
        Step.objects.filter(
            matter=OuterRef("matter"), version=OuterRef("version"), ordinal=OuterRef("ordinal"), signed_by=staff_no
        )
    )  # fmt: skip
    return open_steps().filter(bound).filter(~own, ~beside)


def signers_of(matter: Matter, day: date) -> list[str]:
    """The staff who may sign a matter now, those by delegation with them."""
    steps = list(open_steps().filter(matter=matter))
    if not steps:
        return []
    makers = set(matter.makers.values_list("employee", flat=True))
    rights = _rights_on(day)
    found = {who for who, right in rights if any(right.covers(step, matter, makers) for step in steps)}
    return sorted(found - makers)


def other_posts(steps: Iterable[Step]) -> Mapping[int, tuple[str, ...]]:
    """The steps that another than the holder of their post signs, or signed, each with the posts as which he does. One question at most.

    A step that went to a post above keeps that one. Who was asked by name signed as what he, or who gave him his right, was on that day.
    """
    every = list(steps)
    found: dict[int, tuple[str, ...]] = {
        one.pk: (one.held_post,) for one in every if one.fallback and not one.employee
    }
    by_name = [
        (one, one.for_whom or one.signed_by, day_of(one.decided_at))
        for one in every
        if one.employee and one.decided_at is not None
    ]
    terms = _terms_of({who for _one, who, _day in by_name})
    for one, who, day in by_name:
        held = {post for post, since, until in terms.get(who, ()) if since <= day <= (until or day)}
        if held and one.post not in held:
            found[one.pk] = tuple(sorted(held))
    return found


def _terms_of(staff: Collection[str]) -> Mapping[str, list[tuple[str, date, date | None]]]:
    """The posts that some staff ever held, each from when until when (empty: still)."""
    if not staff:
        return {}
    found: dict[str, list[tuple[str, date, date | None]]] = {}
    rows = standing(homes()["assignment"]).filter(employee__in=staff)
    for who, *term in rows.values_list("employee", "post", "since", "until"):
        found.setdefault(who, []).append((term[0], term[1], term[2]))
    return found


def _rights_on(day: date) -> list[tuple[str, Right]]:
    """Every right to sign on a day, with who may use it: holders their own, takers that of their givers."""
    staff = staff_on(day)
    return [(who, Right(who, held)) for who, held in staff.places.items()] + [
        (one.taker, Right(one.giver, staff.places[one.giver], one.giver, tuple(one.kinds), one.amount_limit))
        for one in Delegation.objects.filter(since__lte=day, until__gte=day, ended_at__isnull=True)
        if one.giver in staff.places and one.taker in staff.places
    ]


def waiting_on(day: date) -> Mapping[str, int]:
    """How many matters wait for each person's signature on a day: ``waiting_for`` of everybody in five queries."""
    steps = list(open_steps().select_related("matter"))
    makers: dict[int, set[str]] = {}
    for matter, who in Maker.objects.filter(matter__steps__in=open_steps()).values_list("matter", "employee"):
        makers.setdefault(matter, set()).add(who)
    beside: dict[tuple[int, int, int], set[str]] = {}
    for matter, version, ordinal, who in (
        Step.objects.filter(matter__state=UNDER_WAY, version=F("matter__version"), ordinal=F("matter__stage"))
        .exclude(signed_by="")
        .values_list("matter", "version", "ordinal", "signed_by")
    ):
        beside.setdefault((matter, version, ordinal), set()).add(who)
    named: dict[str, list[tuple[str, Right]]] = {}
    seated: dict[str, list[tuple[str, Right]]] = {}
    for who, right in _rights_on(day):
        named.setdefault(right.who, []).append((who, right))
        for post in {post for post, _branch in right.places}:
            seated.setdefault(post, []).append((who, right))
    found: dict[str, set[int]] = {}
    for step in steps:
        own = makers.get(step.matter_id, set())
        signed = beside.get((step.matter_id, step.version, step.ordinal), set())
        for who, right in named.get(step.employee, ()) if step.employee else seated.get(step.held_post, ()):
            if who not in own and who not in signed and right.covers(step, step.matter, own):
                found.setdefault(who, set()).add(step.matter_id)
    return {who: len(matters) for who, matters in found.items()}


def seen(viewer: Viewer) -> Q:
    """Matters that a viewer may see: those he has to do with, and those inside what his posts see of sign-offs."""
    me = viewer.staff_no
    if not viewer.posts:
        return Q(pk__in=())
    here = {"matter": OuterRef("pk")}
    arrived = Step.objects.filter(arrived_at__isnull=False, **here)
    reached = Q()
    for right in rights_of(me, viewer.day):
        reached |= right.bound()
    bound = (
        Exists(Maker.objects.filter(employee=me, **here))
        | Exists(Copy.objects.filter(employee=me, **here))
        | Exists(Step.objects.filter(Q(signed_by=me) | Q(for_whom=me) | Q(placed_by=me), **here))
        | Exists(arrived.filter(reached))
    )
    found = Q(bound)
    scope = viewer.rights.scope("signoff")
    if scope is Scope.COMPANY:
        return Q()
    if scope is Scope.BRANCH:
        found |= Q(branch__in=viewer.below)
    if scope in (Scope.BRANCH, Scope.OWN):
        found |= Q(contract__in=visible("contract", viewer, scope).values("key"))
    return found


def opened_by(staff_no: str) -> QuerySet[Matter]:
    """The matters that somebody put forward."""
    return Matter.objects.filter(opened_by=staff_no)


def come_back(staff_no: str) -> QuerySet[Matter]:
    """What somebody put forward and has to do over: returned for completion, or not agreed to and not put forward again since."""
    newer = Matter.objects.filter(kind=OuterRef("kind"), subject=OuterRef("subject"), pk__gt=OuterRef("pk"))
    over = Q(state=RETURNED) | Q(state=REFUSED) & ~Exists(newer)
    return opened_by(staff_no).filter(over).order_by("-pk")


def signed_by(staff_no: str) -> QuerySet[Matter]:
    """What somebody has signed, by his own right or in another's place, the newest first."""
    own = Step.objects.filter(matter=OuterRef("pk"), signed_by=staff_no)
    return Matter.objects.filter(Exists(own)).order_by("-pk")


def copied_to(staff_no: str) -> QuerySet[Copy]:
    """The matters that were shown to somebody, unread ones first."""
    return Copy.objects.filter(employee=staff_no).order_by(F("read_at").asc(nulls_first=True), "-id")
