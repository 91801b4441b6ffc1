"""The desk: what must I do now, by when, why; what comes next; the warnings of my clients; for heads, the load of all."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Count, F, Q, QuerySet, Window
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from daihou.duties.completing import closable
from daihou.duties.models import WAITING, DayRun, Duty, DutyPerson
from daihou.duties.naming import Names, names_for
from daihou.duties.reads import mine, seen
from daihou.messaging.reads import due_reminders
from daihou.people.reads import Viewer
from daihou.people.rights import Scope
from daihou.policy.rules import rules
from daihou.registers.held import held
from daihou.rulebook import Duty as DutyRule
from daihou.screens.tags import lang
from daihou.warnings.reads import open_warnings, ordered
from daihou.warnings.suggested import signal_of
from daihou.web.gate import Request
from daihou.web.matters import desk_matters
from daihou.web.overview import portfolio

WEEK = 7
SHOWN, WARNINGS, LOADED = 60, 12, 40
BY_DEADLINE = (F("due").asc(nulls_last=True), "rule", "object")
"""Earliest first; what has no deadline comes last."""


@dataclass(frozen=True)
class Line:
    """A duty as its person reads it."""

    pk: int
    rule: str
    name: str
    article: str
    form: str | None
    object: str
    due: date | None
    state: str
    post: str | None
    pool: bool
    missed: int
    closable: bool


def duties_of(viewer: Viewer) -> QuerySet[Duty]:
    """The duties that wait for a person, earliest first."""
    waiting = Duty.objects.filter(state__in=WAITING, withdrawn_on__isnull=True)
    return waiting.filter(mine(viewer)).distinct().order_by(*BY_DEADLINE)


def coming(viewer: Viewer, day: date) -> QuerySet[Duty]:
    """Duties of the next seven days that are not yet open."""
    ahead = Duty.objects.filter(state="not_yet", withdrawn_on__isnull=True, due__lte=day + timedelta(WEEK))
    return ahead.filter(mine(viewer)).distinct().order_by(*BY_DEADLINE)


def lines(duties: Iterable[Duty]) -> list[Line]:
    """Duties with their rules and names; two queries for any number."""
    rows = list(duties)
    names = names_for(
        parties=(one.party or (one.object if one.table == "party" else None) for one in rows),
        contracts=(one.contract for one in rows),
        people=(one.object for one in rows if one.table == "employee"),
        errands=(one.object for one in rows if one.table == "errand"),
        branches=any(one.table == "branch" for one in rows),
    )
    persons = {
        person.duty_id: person
        for person in DutyPerson.objects.filter(duty_id__in=[one.pk for one in rows], ordinal=0)
    }
    return [_line(one, names, persons.get(one.pk)) for one in rows]


def _line(duty: Duty, names: Names, person: DutyPerson | None) -> Line:
    rule = rules().get(duty.rule)
    return Line(
        pk=duty.pk,
        rule=duty.rule,
        name=duty.rule if rule is None else rule.said(lang()),
        article="" if rule is None else rule.citation,
        form=rule.form if isinstance(rule, DutyRule) else None,
        object=names.object(duty.table, duty.object, duty.contract, duty.party),
        due=duty.due,
        state=duty.state,
        post=None if person is None else person.post,
        pool=person is not None and person.pool and person.employee is None,
        missed=duty.missed_run or 0,
        closable=closable(duty, rule),
    )


@require_safe
def desk(request: Request) -> HttpResponse:
    """The first page after the login."""
    viewer: Viewer = request.viewer
    today: date = request.today
    kind, late = request.GET.get("rule", ""), request.GET.get("late") == "1"
    own = duties_of(viewer)
    kinds = _by_rule(own, today)
    chosen = own.filter(rule=kind) if kind else own
    if late:
        chosen = chosen.filter(due__lt=today)
    listed = lines(chosen[:SHOWN])
    context = {
        "counts": {name: sum(one[name] for one in kinds) for name in ("late", "today", "week")},
        "lines": listed,
        "total": sum(one["late" if late else "number"] for one in kinds if kind in {"", one["rule"]}),
        "shown": len(listed),
        "group": sum(line.closable for line in listed) > 1,
        "takeable": any(line.pool for line in listed),
        "kinds": [(one["rule"], rules()[one["rule"]].said(lang()), one["number"]) for one in kinds if one["rule"] in rules()],
        "kind": kind,
        "late": late,
        "coming": lines(coming(viewer, today)[:SHOWN]),
        **_warnings(viewer),
        "heads": _heads(viewer),
        "portfolio": portfolio(viewer, today) if _sees_company(viewer) else None,
        "run": DayRun.objects.first(),
        **desk_matters(viewer.staff_no, today),
        "reminders": due_reminders(viewer.staff_no, today),
    }  # fmt: skip
    return render(request, "web/desk.html", context)


def _by_rule(duties: QuerySet[Duty], today: date) -> list[dict[str, Any]]:
    """How many duties there are of each rule, late, due today and in the next seven days; the most first, one query."""
    counts = {
        "late": Q(due__lt=today),
        "today": Q(due=today),
        "week": Q(due__gt=today, due__lte=today + timedelta(WEEK)),
    }
    asked = {name: Count("pk", filter=which, distinct=True) for name, which in counts.items()}
    rows: Any = duties.order_by().values("rule").annotate(number=Count("pk", distinct=True), **asked)
    return list(rows.order_by("-number", "rule"))


def _sees_company(viewer: Viewer) -> bool:
    """Whether a viewer answers for all contracts."""
    return viewer.rights.scope("loans") is Scope.COMPANY and viewer.rights.scope("duties") is not Scope.NONE


def _warnings(viewer: Viewer) -> dict[str, Any]:
    """How many warnings of the viewer's clients are open, and the worst of them."""
    found = open_warnings(viewer)
    # numbers first: to sort thousands of whole rows for the first dozen takes as long as to find them
    first = held(
        found,
        "the first",
        lambda rows: list(
            ordered(rows.annotate(together=Window(Count("pk")))).values_list("pk", "together")[:WARNINGS]
        ),
    )
    rows = list(ordered(found.filter(pk__in=[pk for pk, _ in first]))) if first else []
    names = names_for(parties=[row.party for row in rows])
    return {
        "warnings": [(row, signal_of(row.rule).name, names.parties.get(row.party, "")) for row in rows],
        "warnings_total": first[0][1] if first else 0,
    }  # fmt: skip


def _heads(viewer: Viewer) -> bool:
    """Whether a viewer sees the work of a branch or of the company."""
    return viewer.rights.scope("duties") in (Scope.BRANCH, Scope.COMPANY)


@require_safe
def load(request: Request) -> HttpResponse:
    """How much everybody has to do, as a pane that the desk fetches by itself: to count it takes longer than all the rest of the page."""
    viewer: Viewer = request.viewer
    if not _heads(viewer):
        raise Http404
    rows = _load(viewer, request.today)
    return render(request, "web/_load.html", {"load": rows[:LOADED], "rest": max(0, len(rows) - LOADED)})


def _load(viewer: Viewer, today: date) -> Sequence[dict[str, Any]]:
    """How much each person has open and late of what the viewer may see, the latest first."""
    waiting = Duty.objects.filter(seen(viewer), state__in=WAITING, withdrawn_on__isnull=True)
    persons = DutyPerson.objects.filter(duty__in=waiting)
    late = Count("duty", filter=Q(duty__due__lt=today), distinct=True)
    rows = list(persons.values("employee", "post").annotate(number=Count("duty", distinct=True), late=late))
    names = names_for(people=(row["employee"] for row in rows))
    merged: dict[tuple[str | None, str | None], dict[str, Any]] = {}
    for row in rows:
        who = (row["employee"], None if row["employee"] else row["post"])
        empty: dict[str, Any] = {"employee": row["employee"], "post": row["post"], "number": 0, "late": 0}
        held = merged.setdefault(who, empty)
        held["number"] += row["number"]
        held["late"] += row["late"]
    for one in merged.values():
        one["name"] = names.people.get(one["employee"] or "", "")
    return sorted(merged.values(), key=lambda one: (-one["late"], -one["number"]))
