"""The pools of posts: what lies in them and who has it; taken and given back by who holds the post, assigned by a head."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from http import HTTPStatus
from typing import Any

from django.core.paginator import Page, Paginator
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from daihou.dayend.acts import follow_takings
from daihou.duties.finding import NOBODY, WEEK
from daihou.duties.models import REASON, WAITING, Duty, DutyPerson, Taking
from daihou.duties.naming import names_for
from daihou.duties.pools import (
    MOST,
    Holders,
    PoolRefusedError,
    assign,
    give_back,
    headed,
    in_pools,
    take,
    tell,
    why_not,
)
from daihou.duties.reads import pooled, seen
from daihou.people.reads import Viewer
from daihou.policy.rules import rules
from daihou.screens.answers import say_done
from daihou.screens.tags import lang
from daihou.web.desk import Line, lines
from daihou.web.gate import Request

ROWS = 50

TAKE, GIVE_BACK, ASSIGN = "take", "give_back", "assign"
Refused = Mapping[int, str]


@dataclass(frozen=True)
class Row:
    """A pool's duty as its list shows it. ``fault``: why what was just asked of it was refused."""

    line: Line
    post: str
    branch: str
    has: str
    taking: Taking | None
    mine: bool
    fault: str


def pools_of(viewer: Viewer) -> QuerySet[DutyPerson]:
    """The pools out of which a viewer takes or assigns, of duties that he sees."""
    shown = Exists(Duty.objects.filter(seen(viewer), pk=OuterRef("duty")))
    return in_pools(pooled(viewer) | headed(viewer)).filter(shown)


def pool(request: Request) -> HttpResponse:
    """What lies in the pools that a viewer takes from or assigns out of; and what he does with those he chose."""
    asked = request.POST if request.method == "POST" else request.GET
    chosen = [int(one) for one in dict.fromkeys(asked.getlist("duty")) if one.isdecimal()][:MOST]
    if request.method != "POST":
        return _page(request, chosen)
    own = {row.duty_id: row.duty for row in pools_of(request.viewer).filter(duty__in=chosen)}
    duties = [own[pk] for pk in chosen if pk in own]
    act = request.POST.get("act", "")
    wrong = _wrong(request, act, duties)
    if wrong:
        return _page(request, chosen, wrong=wrong, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    refused = _each(request, act, duties)
    done = len(duties) - len(refused)
    if done:
        follow_takings()
        say_done(request, _DONE[act](done))
    if refused:
        return _page(request, list(refused), refused=refused, status=HTTPStatus.CONFLICT)
    if request.POST.get("from") == "duty" and len(duties) == 1 and act != GIVE_BACK:
        return redirect("duty", duties[0].pk)
    return redirect("pool")


_DONE = {
    TAKE: lambda number: _("已领取 %(number)s 件。") % {"number": number},
    GIVE_BACK: lambda number: _("已退回岗位池 %(number)s 件。") % {"number": number},
    ASSIGN: lambda number: _("已分派 %(number)s 件。") % {"number": number},
}


def _wrong(request: Request, act: str, duties: Sequence[Duty]) -> dict[str, str]:
    """What is wrong with what was asked, by field."""
    if act not in _DONE or not duties:
        return {"": _("没有选中岗位池里的任务。")}
    if act == ASSIGN and not _employee(request):
        return {"employee": _("请选分派给谁。")}
    moved = Taking.objects.filter(duty__in=duties, ended_at__isnull=True).exclude(employee=_employee(request))
    if act == ASSIGN and not request.POST.get("reason", "").strip() and moved.exists():
        return {"reason": _("选中的任务里有别人已经领了的，改派要写理由。")}
    return {}


def _employee(request: Request) -> str:
    return request.POST.get("employee", "").strip()


def _each(request: Request, act: str, duties: Sequence[Duty]) -> dict[int, str]:
    """Each for itself; those that were refused, with the reason."""
    refused: dict[int, str] = {}
    by, at, day = request.actor, timezone.now(), request.today
    may = _assignable(request.viewer, [one.pk for one in duties]) if act == ASSIGN else set()
    had = dict(Taking.objects.filter(duty__in=duties, ended_at__isnull=True).values_list("duty", "employee"))
    assigned: list[Taking] = []
    with transaction.atomic():  # what was assigned and that it was told: both or neither
        for duty in duties:
            try:
                if act == TAKE:
                    take(duty, by=by, at=at, day=day)
                elif act == GIVE_BACK:
                    give_back(duty, by=by, at=at)
                elif duty.pk in may:
                    reason = request.POST.get("reason", "")
                    assigned.append(assign(duty, _employee(request), reason=reason, by=by, at=at, day=day))
                else:
                    refused[duty.pk] = _("只有这个岗位的上级能分派。")
            except PoolRefusedError as error:
                refused[duty.pk] = why_not(error)
        if assigned:
            tell(assigned, had, who=request.viewer.name, by=by, at=at)
    return refused


def _assignable(viewer: Viewer, duties: Sequence[int]) -> set[int]:
    """Those duties of which the viewer may assign."""
    rows = DutyPerson.objects.filter(headed(viewer), pool=True, duty__in=duties)
    return set(rows.values_list("duty", flat=True))


# ------------------------------------------------------------------ the list


def _page(
    request: Request,
    chosen: Sequence[int],
    *,
    refused: Refused | None = None,
    wrong: Mapping[str, str] | None = None,
    status: HTTPStatus = HTTPStatus.OK,
) -> HttpResponse:
    viewer: Viewer = request.viewer
    kind, who = request.GET.get("rule", ""), request.GET.get("who", "")
    ahead = Q(duty__state="not_yet", duty__due__lte=request.today + timedelta(WEEK))
    soon = Q(duty__state__in=WAITING) | ahead
    every = pools_of(viewer).filter(Q(duty__in=chosen) if chosen else soon)
    listed = every.filter(duty__rule=kind) if kind else every
    if who:
        listed = listed.filter(employee__isnull=True) if who == NOBODY else listed.filter(employee=who)
    page = Paginator(listed, ROWS).get_page(request.GET.get("page"))
    rows = _rows(page, viewer, refused or {})
    heads = _assignable(viewer, [row.duty_id for row in page.object_list])
    holders = Holders.on(request.today) if heads else Holders({})
    people = dict.fromkeys(
        one
        for row in page.object_list
        if row.duty_id in heads
        for one in holders.of(row.post or "", row.branch)
    )
    kinds = every.order_by().values_list("duty__rule", flat=True).distinct()
    had = every.order_by().filter(employee__isnull=False).values_list("employee", flat=True).distinct()
    names = names_for(people=[*people, *had])
    context = {
        "page": page, "rows": rows, "total": page.paginator.count, "chosen": set(chosen), "kind": kind, "who": who, "nobody": NOBODY,
        "kinds": [(one, rules()[one].said(lang())) for one in sorted(set(kinds)) if one in rules()],
        "had": [(one, names.people.get(one or "", one)) for one in dict.fromkeys(had)],
        "people": [(one, names.people.get(one, one)) for one in people],
        "take": _takes(viewer, page),
        "back": any(row.mine for row in rows), "wrong": wrong or {}, "longest": REASON,
        "said": {"employee": _employee(request), "reason": request.POST.get("reason", "")},
    }  # fmt: skip
    return render(request, "web/pool.html", context, status=status)


def _takes(viewer: Viewer, page: Page[DutyPerson]) -> bool:
    """Whether anything on a page lies in a pool of the viewer's own posts and waits to be taken."""
    return any(
        row.employee is None
        and row.post in viewer.posts
        and (row.branch is None or row.branch in viewer.branches)
        for row in page.object_list
    )


def _rows(page: Page[DutyPerson], viewer: Viewer, refused: Refused) -> list[Row]:
    persons = list(page.object_list)
    told = {line.pk: line for line in lines([one.duty for one in persons])}
    takings = {
        (one.duty_id, one.post, one.branch): one
        for one in Taking.objects.filter(duty__in=list(told), ended_at__isnull=True)
    }
    names = names_for(people=[one.employee for one in persons], branches=True)
    return [
        Row(
            told[one.duty_id],
            one.post or "",
            names.branches.get(one.branch or "", ""),
            names.people.get(one.employee or "", one.employee or ""),
            takings.get((one.duty_id, one.post or "", one.branch or "")) if one.employee else None,
            one.employee == viewer.staff_no,
            refused.get(one.duty_id, ""),
        )
        for one in persons
    ]


# ------------------------------------------------------------------ the page of a duty


def pool_pane(duty: Duty, viewer: Viewer, day: date) -> dict[str, Any]:
    """For the page of a duty: who took it or was assigned when, and what the viewer may do about it."""
    takings = list(Taking.objects.filter(duty=duty).order_by("-pk"))
    rows = list(in_pools(Q(duty=duty)))
    open_ = [one for one in takings if one.ended_at is None]
    mine = list(in_pools(pooled(viewer)).filter(duty=duty, employee__isnull=True)) if rows else []
    heads = bool(rows) and bool(_assignable(viewer, [duty.pk]))
    holders = Holders.on(day) if heads else Holders({})
    people = dict.fromkeys(one for row in rows if heads for one in holders.of(row.post or "", row.branch))
    names = names_for(
        people=[*people, *(who for one in takings for who in (one.employee, one.by, one.ended_by))]
    )
    return {
        "takings": takings, "taking_names": names.people, "may_take": bool(mine),
        "may_give_back": bool(rows) and any(one.employee == viewer.staff_no for one in open_),
        "may_assign": [(one, names.people.get(one, one)) for one in people], "moves": bool(open_), "longest": REASON,
    }  # fmt: skip
