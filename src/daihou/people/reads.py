"""Who somebody is on a day, and which rows he may see."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from django.db.models import Q, QuerySet

from daihou.book import Table, posts
from daihou.book.declared import ROOMS
from daihou.people.models import StandIn
from daihou.people.rights import May, Rights, Scope, rights_by_post, together
from daihou.registers.kept import Kept, field_name, homes, standing

ANCHORS = ("contract", "party", "branch", "employee")
"""Tables whose rows have an owner, in the order in which a way to them is looked for."""

OWNERS = ("account_manager", "manager_b", "home_visitor")
"""Columns of a contract that name those whose own it is."""

Way = tuple[str, ...]


@dataclass(frozen=True)
class Viewer:
    """Who looks: his number and name, his posts with their branches, his rights, all on one day; ``stands_for``: the absent whose work is his meanwhile."""

    staff_no: str
    name: str
    posts: tuple[str, ...]
    branches: frozenset[str]
    rights: Rights
    day: date
    stands_for: frozenset[str] = frozenset()

    def may(self, what: May) -> bool:
        """Whether one of his posts may do a thing."""
        return what in self.rights.may

    @property
    def sees_all(self) -> bool:
        """Whether his posts see every room of the whole company."""
        return all(self.rights.scope(room) is Scope.COMPANY for room in ROOMS)

    @property
    def persons(self) -> frozenset[str]:
        """Himself and the absent for whom he stands in."""
        return self.stands_for | {self.staff_no}

    @cached_property
    def below(self) -> frozenset[str]:
        """His branches and all below them."""
        return branches_below(self.branches)


NOBODY = Viewer("", "", (), frozenset(), Rights({}, frozenset(), numbers=False, may=frozenset()), date.min)


def viewer_of(staff_no: str, day: date) -> Viewer:
    """The viewer with a staff number; who has left, or holds no post on the day, sees nothing."""
    employee = standing(homes()["employee"]).filter(key=staff_no).first()
    if employee is None or (employee.left_day is not None and employee.left_day <= day):
        return NOBODY
    held = standing(homes()["assignment"]).filter(employee=staff_no, since__lte=day)
    rows = list(held.filter(Q(until__isnull=True) | Q(until__gte=day)).values_list("post", "branch"))
    posts = tuple(dict.fromkeys(post for post, _ in rows))
    branches = frozenset(branch for _, branch in rows)
    arranged = StandIn.objects.in_force(day).filter(deputy=staff_no) if posts else StandIn.objects.none()
    absent = frozenset(arranged.values_list("absent", flat=True))
    return Viewer(staff_no, employee.full_name, posts, branches, together(posts), day, absent)


def branches_below(tops: frozenset[str]) -> frozenset[str]:
    """Branches and all that report to them."""
    above: Mapping[str, str | None] = dict(
        standing(homes()["branch"]).values_list("branch_no", "parent_branch")
    )
    found = set(tops)
    grown = True
    while grown:
        more = {branch for branch, parent in above.items() if parent in found} - found
        found |= more
        grown = bool(more)
    return frozenset(found)


def posts_of(staff_no: str, day: date) -> list[tuple[str, str]]:
    """The posts that a person holds on a day, each with its branch."""
    held = standing(homes()["assignment"]).filter(employee=staff_no, since__lte=day)
    return list(held.filter(Q(until__isnull=True) | Q(until__gte=day)).values_list("post", "branch"))


def holding(what: May, day: date) -> set[str]:
    """The staff who hold, on a day, a post that may do a thing."""
    able = [post for post, rights in rights_by_post().items() if what in rights.may]
    held = standing(homes()["assignment"]).filter(post__in=able, since__lte=day)
    held = held.filter(Q(until__isnull=True) | Q(until__gte=day))
    here = standing(homes()["employee"]).filter(Q(left_day__isnull=True) | Q(left_day__gt=day))
    return set(here.filter(key__in=held.values("employee")).values_list("key", flat=True))


def above(post: str) -> set[str]:
    """The posts to which a post reports, all the way up."""
    found: set[str] = set()
    over = posts().get(post)
    while over is not None:
        found.add(over)
        over = posts().get(over)
    return found


def stands_above(viewer: Viewer, post: str, branch: str | None) -> bool:
    """Whether a viewer holds a post above another, at a branch that the other's is or lies below; a post of the whole company needs no branch."""
    over = above(post)
    own = {at for held, at in posts_of(viewer.staff_no, viewer.day) if held in over}
    return bool(own) and (branch is None or branch in branches_below(frozenset(own)))


def heads(viewer: Viewer, staff_no: str) -> bool:
    """Whether a viewer stands above one of somebody's posts."""
    return any(stands_above(viewer, post, branch) for post, branch in posts_of(staff_no, viewer.day))


def headed_staff(viewer: Viewer) -> QuerySet[Any]:
    """The numbers of those one of whose posts a viewer stands above, as a part of a question: whom he ``heads``."""
    under = Q(pk__in=())
    for held, at in posts_of(viewer.staff_no, viewer.day):
        below = [post for post in posts() if held in above(post)]
        if below:
            under |= Q(post__in=below, branch__in=branches_below(frozenset({at})))
    rows = standing(homes()["assignment"]).filter(under, since__lte=viewer.day)
    return rows.filter(Q(until__isnull=True) | Q(until__gte=viewer.day)).values("employee")


def visible(table: str, viewer: Viewer, reach: Scope | None = None) -> QuerySet[Any]:
    """The standing rows of a table that a viewer may see; the bound is in the query itself.

    ``reach`` asks for the rows inside a scope instead of that which his posts give him in the table's room.
    """
    model = homes()[table]
    scope = viewer.rights.scope_of(model.table) if reach is None else reach
    rows = standing(model)
    if scope is Scope.COMPANY:
        return rows
    if scope is Scope.NONE:
        return rows.none()
    bound = _bound(model, viewer, scope)
    return rows.none() if bound is None else rows.filter(bound)


def readable(table: str, viewer: Viewer) -> Table | None:
    """A declared table that a viewer may read at all; None where there is none for him."""
    model = homes().get(table)
    return None if model is None or viewer.rights.scope_of(model.table) is Scope.NONE else model.table


def _bound(model: type[Kept], viewer: Viewer, scope: Scope) -> Q | None:
    """Which rows of a table are inside a scope; None where nothing ties the table to anybody."""
    table = model.table
    if table.id in ANCHORS:
        return _anchored(table.id, viewer, scope)
    bound: Q | None = None
    missing = Q()
    for anchor in _anchors(table.id, scope):
        way = way_to(table.id, anchor)
        if way is None:
            continue
        tied = _along(table.id, way, _anchored(anchor, viewer, scope))
        bound = tied if bound is None else bound | (missing & tied)
        if table.columns[way[0]].required:
            break  # every row has this tie; the next ones would only widen
        missing &= Q(**{f"{field_name(way[0])}__isnull": True})
    return bound


def _anchors(table: str, scope: Scope) -> Way:
    """The anchors of a table in their order. What names its branch is tied by that before its client; own is nothing by a branch alone."""
    if scope is Scope.OWN:
        return ("contract", "party", "employee")
    way = way_to(table, "branch") or ("",)
    here, direct = table, scope is Scope.BRANCH
    for column in way[:-1]:
        here = str(homes()[here].table.columns[column].ref)
        direct = direct and here not in ANCHORS
    return ("contract", "branch", "party", "employee") if direct else ANCHORS


def way_to(table: str, anchor: str) -> Way | None:
    """The shortest way of references from a table to an anchor, as columns; None where there is none."""
    tables = {name: model.table for name, model in homes().items()}
    ahead: list[tuple[str, Way]] = [(table, ())]
    seen = {table}
    while ahead:
        here, way = ahead.pop(0)
        for column in tables[here].columns.values():
            if column.ref == anchor:
                return (*way, column.id)
            if column.ref is not None and column.ref in tables and column.ref not in seen:
                seen.add(column.ref)
                ahead.append((column.ref, (*way, column.id)))
    return None


def _along(table: str, way: Way, bound: Q) -> Q:
    """A bound on the far end of a way, as a bound on its beginning: keys inside keys, one query."""
    column = homes()[table].table.columns[way[0]]
    target = str(column.ref)
    inside = bound if len(way) == 1 else _along(target, way[1:], bound)
    keys = standing(homes()[target]).filter(inside).values("key")
    return Q(**{f"{field_name(column.id)}__in": keys})


def _anchored(anchor: str, viewer: Viewer, scope: Scope) -> Q:
    own = scope is Scope.OWN
    if anchor == "contract":
        if not own:
            return Q(branch__in=viewer.below)
        mine = Q()
        for column in OWNERS:
            mine |= Q(**{f"{column}__in": viewer.persons})
        return mine
    if anchor == "party":
        return _parties(viewer, scope)
    if anchor == "branch":
        return Q(key__in=viewer.branches if own else viewer.below)
    return Q(key=viewer.staff_no) if own else Q(branch__in=viewer.below)


def _parties(viewer: Viewer, scope: Scope) -> Q:
    """Clients of the contracts inside the scope, those who answer for them, and clients in one's own care."""
    contracts = standing(homes()["contract"]).filter(_anchored("contract", viewer, scope))
    answering = standing(homes()["counter_guarantee"]).filter(contract__in=contracts.values("key"))
    keepers = (
        viewer.persons
        if scope is Scope.OWN
        else standing(homes()["employee"]).filter(branch__in=viewer.below).values("key")
    )
    return (
        Q(key__in=contracts.values("client"))
        | Q(key__in=answering.values("counter_guarantor"))
        | Q(caretaker__in=keepers)
    )
