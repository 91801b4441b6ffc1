"""The desk: what must I do now, by when, why; what comes next; the warnings of my clients; for heads, the load of all."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from django.db.models import Case, Count, Q, QuerySet, When, Window
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from daihou.book import posts
from daihou.duties.completing import closable
from daihou.duties.finding import BY_DEADLINE, NOBODY, PAST, WEEK, Sought, by_rule, counted
from daihou.duties.lacking import lacking
from daihou.duties.leftovers import own_left_over
from daihou.duties.models import WAITING, DayRun, Duty, DutyPerson
from daihou.duties.naming import Names, missed_before, names_for, period_of
from daihou.duties.reads import mine, named, seen, sees_every
from daihou.duties.reported import waiting_on_word
from daihou.messaging.reads import due_reminders
from daihou.people.reads import Viewer
from daihou.people.rights import May, Scope
from daihou.policy.rules import rules
from daihou.registers.held import held
from daihou.registers.kept import homes
from daihou.rulebook import Duty as DutyRule
from daihou.screens.tags import lang, listed
from daihou.warnings.reads import open_warnings, ordered
from daihou.warnings.suggested import signal_of
from daihou.web.class_list import first_classes
from daihou.web.gate import Request
from daihou.web.matters import desk_matters
from daihou.web.overview import STANDING, portfolio
from daihou.web.stand_ins import beside_desk

SHOWN, WARNINGS, LOADED = 60, 12, 40


@dataclass(frozen=True)
class Line:
    """A duty as its person reads it."""

    pk: int
    rule: str
    name: str
    period: str
    article: str
    form: str | None
    object: str
    due: date | None
    state: str
    post: str | None
    pool: bool
    missed: int
    missed_before: str
    closable: bool
    for_whom: str


def duties_of(viewer: Viewer) -> QuerySet[Duty]:
    """The duties that wait for a person, earliest first."""
    waiting = Duty.objects.filter(state__in=WAITING, withdrawn_on__isnull=True)
    own = DutyPerson.objects.filter(named(viewer))
    return waiting.filter(pk__in=own.values("duty")).order_by(*BY_DEADLINE)


def coming(viewer: Viewer, day: date) -> QuerySet[Duty]:
    """Duties of the next seven days that are not yet open."""
    ahead = Duty.objects.filter(state="not_yet", withdrawn_on__isnull=True, due__lte=day + timedelta(WEEK))
    return ahead.filter(mine(viewer)).distinct().order_by(*BY_DEADLINE)


def lines(duties: Iterable[Duty], absent: Collection[str] = ()) -> list[Line]:
    """Duties with their rules and names; a query per table that they are about, for any number. ``absent``: for whom is told that it is his."""
    rows = list(duties)
    names = names_for(
        people=absent,
        parties=[one.party for one in rows],
        contracts=[one.contract for one in rows],
        things=[(one.table, one.object) for one in rows],
    )
    persons = {
        person.duty_id: person
        for person in DutyPerson.objects.filter(duty_id__in=[one.pk for one in rows], ordinal=0)
    }
    return [_line(one, names, persons.get(one.pk), absent) for one in rows]


def _line(duty: Duty, names: Names, person: DutyPerson | None, absent: Collection[str]) -> Line:
    whose = None if person is None else person.employee
    rule = rules().get(duty.rule)
    return Line(
        pk=duty.pk,
        rule=duty.rule,
        name=duty.rule if rule is None else rule.said(lang()),
        period=period_of(duty),
        article="" if rule is None else rule.citation,
        form=rule.form if isinstance(rule, DutyRule) else None,
        object=names.object(duty.table, duty.object, duty.contract, duty.party),
        due=duty.due,
        state=duty.state,
        post=None if person is None else person.post,
        pool=person is not None and person.pool and person.employee is None,
        missed=duty.missed_run or 0,
        missed_before=missed_before(duty),
        closable=closable(duty, rule),
        for_whom=names.people.get(whose, whose) if whose is not None and whose in absent else "",
    )


def said_people(persons: Sequence[DutyPerson], names: Names) -> str:
    """Whose a duty is: who has it, each once; of a pool whether somebody can take it."""
    return listed(
        dict.fromkeys(
            names.people.get(one.employee, one.employee)
            if one.employee
            else _("待领")
            if one.pool
            else _("没有人任")
            for one in persons
        )
    )


@require_safe
def desk(request: Request) -> HttpResponse:
    """The first page after the login."""
    viewer: Viewer = request.viewer
    today: date = request.today
    kind, late = request.GET.get("rule", ""), request.GET.get("late") == "1"
    own = duties_of(viewer)
    kinds = by_rule(own, today)
    counts = counted(kinds, Sought(rule=kind))
    chosen = own.filter(rule=kind) if kind else own
    if late:
        chosen = chosen.filter(due__lt=today)
    listed = lines(chosen[:SHOWN], viewer.stands_for)
    context = {
        "counts": counted(kinds, Sought()),
        "lines": listed,
        "total": counts[PAST if late else ""],
        "shown": len(listed),
        "group": sum(line.closable for line in listed) > 1,
        "takeable": any(line.pool for line in listed),
        "kinds": [(one.rule, rules()[one.rule].said(lang()), one.number) for one in kinds if one.rule in rules()],
        "kind": kind,
        "late": late,
        "left_over": own_left_over(viewer),
        "coming": lines(coming(viewer, today)[:SHOWN]),
        **_warnings(viewer),
        "heads": _heads(viewer),
        "keeps": viewer.may(May.ACCOUNTS),
        "portfolio": portfolio(viewer, today) if _sees_company(viewer) else None,
        "standing": urlencode(STANDING),
        "run": DayRun.objects.first(),
        **beside_desk(viewer),
        **_reported(viewer),
        **_lacking(viewer),
        **first_classes(viewer),
        **desk_matters(viewer.staff_no, today),
        "reminders": due_reminders(viewer.staff_no, today),
    }  # fmt: skip
    return render(request, "web/desk.html", context)


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


def _lacking(viewer: Viewer) -> dict[str, Any]:
    """What the viewer is asked for because something cannot be judged without it, with its rows by their names."""
    kinds, total = lacking(viewer)
    tables = {one.rule: rules()[one.rule].table for one in kinds if one.rule in rules()}
    keys = [(tables.get(one.rule), key) for one in kinds for key in one.objects]
    names = names_for(
        parties=[key for table, key in keys if table == "party"],
        contracts=[key for table, key in keys if table == "contract"],
        people=[key for table, key in keys if table == "employee"],
    )
    told = []
    for one in kinds:
        table = tables.get(one.rule)
        if table is not None:
            contract = table == "contract"
            rows = [(key, names.object(table, key, key if contract else None, None)) for key in one.objects]
            kept = table if table in homes() else ""  # what was derived has no page in the registers
            told.append({"kind": one, "name": rules()[one.rule].said(lang()), "table": kept, "rows": rows})
    return {"lacking": told, "lacking_total": total}


def _sees_others(viewer: Viewer) -> bool:
    """Whether a viewer sees the work of a branch or of the company."""
    return viewer.rights.scope("duties") in (Scope.BRANCH, Scope.COMPANY)


def _heads(viewer: Viewer) -> bool:
    """Whether it is a viewer's to look after the work that he sees of others: somebody reports to a post of his, or he sees all the staff."""
    leads = set(viewer.posts) & set(posts().values())
    return _sees_others(viewer) and (bool(leads) or viewer.rights.scope("people") is not Scope.NONE)


def _reported(viewer: Viewer) -> dict[str, Any]:
    """What was reported to a viewer and waits still, the first of it. Not fetched afterwards, for it stands above other panes, and these would move."""
    if not _sees_others(viewer):
        return {"reported": [], "reported_total": 0}
    rows = waiting_on_word(viewer)
    first = lines(rows[:WARNINGS])
    number = held(rows, "how many", QuerySet.count) if len(first) == WARNINGS else len(first)
    persons: dict[int, list[DutyPerson]] = {}
    for one in DutyPerson.objects.filter(duty__in=[line.pk for line in first]).order_by("ordinal", "pk"):
        persons.setdefault(one.duty_id, []).append(one)
    names = names_for(people=[one.employee for some in persons.values() for one in some])
    told = [(line, said_people(persons.get(line.pk, []), names)) for line in first]
    return {"reported": told, "reported_total": number}


@require_safe
def load(request: Request) -> HttpResponse:
    """How much everybody has to do, as a pane that the desk fetches by itself: to count it takes longer than all the rest of the page."""
    viewer: Viewer = request.viewer
    if not _sees_others(viewer):
        raise Http404
    rows = _load(viewer, request.today)
    context = {
        "load": rows[:LOADED], "rest": max(0, len(rows) - LOADED), "in_part": not sees_every(viewer),
    }  # fmt: skip
    return render(request, "web/_load.html", context)


def _load(viewer: Viewer, today: date) -> Sequence[dict[str, Any]]:
    """How much each person has open and late of what the viewer may see, the latest first."""
    waiting = Duty.objects.filter(seen(viewer), state__in=WAITING, withdrawn_on__isnull=True)
    # each duty once for a person, under however many of his posts it is his
    persons = DutyPerson.objects.filter(duty__in=waiting).annotate(
        at=Case(When(employee__isnull=True, then="post"))
    )
    late = Count("duty", filter=Q(duty__due__lt=today), distinct=True)
    counts = persons.order_by().values("employee", "at")
    rows: list[Any] = list(counts.annotate(number=Count("duty", distinct=True), late=late))
    names = names_for(people=(row["employee"] for row in rows))
    for one in rows:
        one["name"] = names.people.get(one["employee"] or "", one["employee"] or "")
        pool = {"person": NOBODY, "post": one["at"] or NOBODY}
        one["asked"] = urlencode({"person": one["employee"]} if one["employee"] else pool)
    return sorted(rows, key=lambda one: (-one["late"], -one["number"]))
