"""Which duties a viewer may see: his own, those he gave by hand, those reported up to him, and those about rows that he sees, as far as his posts see duties at all."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Q, Subquery

from daihou.duties.models import WAITING, Duty, DutyPerson
from daihou.duties.reported import reported_to
from daihou.papers.models import DRAFT, Paper
from daihou.people.reads import Viewer, visible
from daihou.people.rights import Scope
from daihou.policy.rules import rules
from daihou.registers.kept import homes, standing

MOST_EMPTY = 100
"""Kinds of duties with an empty post that are listed."""
_WIDTH = tuple(Scope)


def named(viewer: Viewer, way: str = "") -> Q:
    """Persons of duties who are the viewer: himself, one for whom he stands in, or the pool of one of his posts at his branch. ``way`` leads to them."""
    pool = Q(**{f"{way}employee__isnull": True, f"{way}pool": True, f"{way}post__in": viewer.posts})
    here = Q(**{f"{way}branch__isnull": True}) | Q(**{f"{way}branch__in": viewer.branches})
    return Q(**{f"{way}employee__in": viewer.persons}) | (pool & here)


def pooled(viewer: Viewer) -> Q:
    """Persons of duties that are a pool of one of the viewer's posts at his branch, whoever took the duty."""
    here = Q(branch__isnull=True) | Q(branch__in=viewer.branches)
    return Q(pool=True, post__in=viewer.posts) & here


def mine(viewer: Viewer) -> Q:
    """Duties that are a person's own, or lie in the pool of one of his posts at his branch and nobody took them."""
    return named(viewer, "persons__")


def doable(viewer: Viewer) -> Q:
    """Duties that a viewer may do: his own, and of contracts whose manager B he is those of the account manager, whom he assists."""
    contracts = standing(homes()["contract"])
    assisted = contracts.filter(manager_b__in=viewer.persons)
    managers = contracts.filter(key=OuterRef("duty__contract")).values("account_manager")
    of_the_manager = DutyPerson.objects.filter(duty=OuterRef("pk"), employee__in=Subquery(managers))
    return mine(viewer) | (Q(contract__in=assisted.values("key")) & Q(Exists(of_the_manager)))


def seen(viewer: Viewer) -> Q:
    """Duties that a viewer may see, as a bound on a query of duties; those about a row need the room of that row."""
    own = Q(pk__in=DutyPerson.objects.filter(named(viewer) | pooled(viewer)).values("duty"))
    tables = _reached(viewer)
    if tables.keys() == {Scope.COMPANY}:
        return Q()  # whoever sees all is not held against each duty
    bound = own | _given(viewer) | Q(pk__in=reported_to(viewer).values("duty"))
    if Scope.COMPANY in tables:
        bound |= Q(table__in=tables[Scope.COMPANY])
    for scope in (Scope.BRANCH, Scope.OWN):
        if scope in tables:
            bound |= Q(table__in=tables[scope]) & _inside(viewer, scope)
    return bound


def sees_every(viewer: Viewer) -> bool:
    """Whether a viewer sees every duty of the company: what he reads counted is then all there is."""
    return _reached(viewer).keys() == {Scope.COMPANY}


def _reached(viewer: Viewer) -> dict[Scope, list[str]]:
    """The tables about whose rows a viewer sees duties, by how far: as far as he sees duties, and no further than those rows."""
    found: dict[Scope, list[str]] = {}
    for name, model in homes().items():
        scope = min(viewer.rights.scope("duties"), viewer.rights.scope_of(model.table), key=_WIDTH.index)
        found.setdefault(scope, []).append(name)
    return found


def duty_seen(viewer: Viewer, number: int) -> Duty | None:
    """A duty by its number; None where the viewer does not see it."""
    return Duty.objects.filter(seen(viewer), pk=number).first()


def paper_seen(viewer: Viewer, number: int) -> Paper | None:
    """A form that was handed in, by its number: seen by whoever sees its duty. Others' drafts are seen by nobody."""
    paper = Paper.objects.exclude(state=DRAFT).filter(pk=number).select_related("wording").first()
    return None if paper is None or duty_seen(viewer, paper.duty_no) is None else paper


def _given(viewer: Viewer) -> Q:
    """Duties that a viewer gave by hand. Their rules are named beside their rows: by both together an index finds them, and a bound all of whose parts are found so reads no other duty."""
    given = standing(homes()["errand"]).filter(assigned_by=viewer.staff_no).values("key")
    by_hand = [rule.id for rule in rules().values() if rule.table == "errand"]
    return Q(rule__in=by_hand, table="errand", object__in=given)


def _inside(viewer: Viewer, scope: Scope) -> Q:
    """Duties of contracts inside a scope; where there is no contract, of clients; where there is neither, of branches."""
    contracts = visible("contract", viewer, scope).values("key")
    parties = visible("party", viewer, scope).values("key")
    found = Q(contract__in=contracts) | Q(contract__isnull=True, party__in=parties)
    if scope is Scope.BRANCH:
        found |= Q(contract__isnull=True, party__isnull=True, branch__in=viewer.below)
    return found


def empty_posts() -> list[dict[str, Any]]:
    """Duties that wait and whose post nobody holds where they are: by rule, the branch they are about, and where they lie instead; the most first.

    ``post``, ``at``: the post and the branch that answer now; ``nobody``: there is none up to the top. One question.
    """
    waits = DutyPerson.objects.filter(fallback=True, duty__state__in=WAITING, duty__withdrawn_on__isnull=True)
    nobody = Q(employee__isnull=True, pool=False)
    rows = waits.values("duty__rule", "duty__branch", "post", "branch").annotate(
        number=Count("duty", distinct=True), nobody=Count("duty", distinct=True, filter=nobody)
    )
    return [
        {
            "rule": one["duty__rule"], "branch": one["duty__branch"], "post": one["post"], "at": one["branch"],
            "number": one["number"], "nobody": one["nobody"] > 0,
        }
        for one in rows.order_by("-number", "duty__rule", F("duty__branch").asc(nulls_last=True), "post", "branch")[:MOST_EMPTY]
    ]  # fmt: skip
