"""The watch list on screen: who is on it, a client put on it with his plan, steps and monthly looks, and off again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Count, Exists, F, Max, OuterRef, Q, QuerySet, Subquery
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from daihou.book import declared, domains
from daihou.dayend.acts import follow
from daihou.duties.models import Duty
from daihou.duties.naming import names_for
from daihou.duties.reads import seen
from daihou.papers.models import HANDED_IN, Attachment, Paper
from daihou.people.reads import Viewer, readable, visible
from daihou.people.rights import Scope
from daihou.policy.rules import rules
from daihou.registers.kept import homes, standing
from daihou.registers.sealing import seals
from daihou.rulebook import Duty as DutyRule
from daihou.screens.answers import say_done
from daihou.screens.tags import lang
from daihou.signoff.acts import SigningRefusedError
from daihou.signoff.models import Matter
from daihou.signoff.words import refusals as signing_refusals
from daihou.units import DateTextError, read_date
from daihou.warnings.acts import WarningRefusedError
from daihou.warnings.reads import not_overtaken, ordered, warnings_of
from daihou.warnings.refusals import refusals
from daihou.warnings.suggested import signal_of
from daihou.warnings.watching import (
    LISTING,
    LOOK,
    REMOVAL,
    STEP,
    Plan,
    WatchRefusedError,
    add_steps,
    finish_step,
    look_at,
    propose_removal,
    put_on_list,
)
from daihou.web.entry import label_of, named_key
from daihou.web.files import pane
from daihou.web.gate import Request
from daihou.web.matters import matter_states, staff_of
from daihou.web.papers import paper_title

ROWS, STEPS, PAPERS, STATEMENTS = 50, 5, 30, 6
BESIDE = {
    "no-such-client": "party", "on-already": "party", "told-missing": "reason", "told-too-long": "reason", "no-such-plan": "plan",
    "nobody-such": "person", "step-missing": "steps", "day-passed": "steps", "day-wrong": "steps",
}  # fmt: skip
"""Beside which field of the form of a new listing a refusal is told."""


def _may_see(viewer: Viewer) -> None:
    if viewer.rights.scope("warnings") is Scope.NONE:
        raise Http404


def _may_act(viewer: Viewer) -> bool:
    return "warnings" in viewer.rights.enters


@require_safe
def watch_list(request: Request) -> HttpResponse:
    """Who is on the list, the longest unseen first; a fixed number of questions, whatever the rows."""
    _may_see(request.viewer)
    asked = {name: request.GET.get(name, "") for name in ("plan", "q", "off")}
    steps = standing(homes()[STEP]).filter(watch_listing=OuterRef("key"))
    looks = standing(homes()[LOOK]).filter(watch_listing=OuterRef("key")).order_by()
    counted = steps.order_by().values("watch_listing")
    rows = visible(LISTING, request.viewer).annotate(
        steps=Subquery(counted.annotate(n=Count("pk")).values("n")),
        left=Subquery(counted.annotate(n=Count("pk", filter=Q(completed_day__isnull=True))).values("n")),
        late=Exists(steps.filter(completed_day__isnull=True, deadline__lt=request.today)),
        looked=Subquery(looks.values("watch_listing").annotate(last=Max("on_day")).values("last")),
    )
    rows = rows.filter(delisted_day__isnull=asked["off"] != "1")
    if asked["plan"] in domains()["watch_plan"]:
        rows = rows.filter(plan_kind=asked["plan"])
    if asked["q"].strip():
        named = visible("party", request.viewer).filter(title__icontains=asked["q"].strip()).values("key")
        rows = rows.filter(Q(party__in=named) | Q(key__icontains=asked["q"].strip()))
    page = Paginator(rows.order_by(F("looked").asc(nulls_first=True), "listed_day", "key"), ROWS).get_page(
        request.GET.get("page")
    )
    held = list(page.object_list)
    names = names_for(parties=[one.party for one in held], people=[one.responsible_person for one in held])
    context = {
        "lines": [(one, names.parties.get(one.party, one.party), names.people.get(one.responsible_person, "")) for one in held],
        "page": page, "total": page.paginator.count, **asked, "plans": domains()["watch_plan"], "may": _may_act(request.viewer),
        "query": any(asked.values()),
    }  # fmt: skip
    return render(request, "web/watch.html", context)


def watch_new(request: Request) -> HttpResponse:
    """A client put on the list, with the plan and its first steps."""
    viewer = request.viewer
    _may_see(viewer)
    if not _may_act(viewer):
        raise PermissionDenied
    said = {
        name: str((request.POST or request.GET).get(name, "")).strip()
        for name in ("party", "reason", "plan", "told", "person")
    }
    known = visible("party", viewer).filter(key=said["party"]).first()
    if known is not None and request.method != "POST":
        said["party"] = label_of(declared()["party"], known)
    fault = beside = ""
    if request.method == "POST":
        party = _party(viewer, said["party"])
        made, fault, beside = _acted_or_where(
            request,
            lambda at: put_on_list(party, said["reason"], _plan(request, said), by=request.actor, at=at),
        )
        if not fault:
            say_done(request, _("已列入名单，任务已派出。"))
            return redirect("watch-one", made)
    typed = [(request.POST.get(f"step-{at}", ""), request.POST.get(f"until-{at}", "")) for at in range(STEPS)]
    context = {
        "said": said,
        "fault": fault,
        "beside": beside,
        "plans": domains()["watch_plan"],
        "steps": list(enumerate(typed)),
    }
    return render(request, "web/watch_new.html", context, status=422 if fault else 200)


def _plan(request: Request, said: Mapping[str, str]) -> Plan:
    """The plan of a form; who fills it answers for it where nobody else is named."""
    person = staff_of(said["person"]) if said["person"] else request.viewer.staff_no
    return Plan(said["plan"], said["told"], person, _steps(request.POST))


def _party(viewer: Viewer, text: str) -> str:
    """The key of a client as he was typed; empty where nobody is meant."""
    key = seals().marked(named_key(viewer, declared()[LISTING].columns["party"], text))
    return key if visible("party", viewer).filter(key=key).exists() else ""


def _steps(post: QueryDict) -> list[tuple[str, date]]:
    """The steps of a form; a line left empty is none. WatchRefusedError where one lacks its text or its day."""
    found = []
    for at in range(STEPS):
        text, until = post.get(f"step-{at}", "").strip(), post.get(f"until-{at}", "").strip()
        if not text and not until:
            continue
        try:
            found.append((text, read_date(until)))
        except DateTextError:
            raise WatchRefusedError("day-wrong") from None
    return found


def _acted(request: Request, act: Callable[[Any], Any]) -> tuple[Any, str]:
    """What an act made, the duties following; or why it was refused."""
    made, fault, _field = _acted_or_where(request, act)
    return made, fault


def _acted_or_where(request: Request, act: Callable[[Any], Any]) -> tuple[Any, str, str]:
    """What an act made, the duties following; or why it was refused, and beside which field that is told (none: above the form)."""
    try:
        made = act(timezone.now())
    except (WatchRefusedError, WarningRefusedError) as error:
        return None, refusals()[error.code], BESIDE.get(error.code, "")
    except SigningRefusedError as error:
        return None, signing_refusals()[error.code], BESIDE.get(error.code, "")
    follow(request.today, by=request.actor, at=timezone.now())
    return made, "", ""


def watch_page(request: Request, key: str) -> HttpResponse:
    """One client on the list: why, the plan and its steps, what was seen each month, and his papers and warnings together."""
    viewer = request.viewer
    row = visible(LISTING, viewer).filter(key=key).first()
    if row is None:
        raise Http404
    fault = ""
    if request.method == "POST":
        if not _may_act(viewer):
            raise PermissionDenied
        fault = _posted(request, row)
        if not fault:
            return redirect("watch-one", key)
    return render(
        request, "web/watch_one.html", _context(request, row) | {"fault": fault}, status=422 if fault else 200
    )


def _posted(request: Request, row: Any) -> str:
    """What was asked of a listing; why it cannot be, empty where it was done."""
    post, actor = request.POST, request.actor
    told = post.get("told", "")
    acts: Mapping[str, Callable[[Any], Any]] = {
        "look": lambda at: look_at(row.key, told, by=actor, at=at),
        "finish": lambda at: finish_step(_step_of(row, post.get("step", "")), _day(post.get("done", "")), told, by=actor, at=at),
        "add": lambda at: add_steps(row.key, _steps(post), by=actor, at=at),
        "remove": lambda at: propose_removal(row.key, told, by=actor, at=at),
    }  # fmt: skip
    act = acts.get(post.get("act", ""))
    if act is None:
        raise Http404
    _made, fault = _acted(request, act)
    if not fault:
        done = {
            "look": _("已记下。"),
            "finish": _("这一步已办结。"),
            "add": _("步骤已加上。"),
            "remove": _("移出已送签。"),
        }
        say_done(request, done[post["act"]])
    return fault


def _step_of(row: Any, key: str) -> str:
    """A step of this listing and no other."""
    if not key.startswith(f"{row.key}/"):
        raise WatchRefusedError("no-such-step")
    return key


def _day(text: str) -> date:
    try:
        return read_date(text)
    except DateTextError:
        raise WatchRefusedError("day-wrong") from None


def _files(viewer: Viewer, theirs: Q, duties: QuerySet[Any]) -> QuerySet[Attachment]:
    """What is attached to anything about the client that the viewer may open."""
    rows = Attachment.objects.filter(theirs, voided_at__isnull=True)
    tables = [name for name in homes() if readable(name, viewer) is not None]
    return rows.filter(Q(duty_no__isnull=True, table__in=tables) | Q(duty_no__in=duties))


def _lacking(viewer: Viewer, theirs: Q) -> list[tuple[Any, str]]:
    """What the file lacks: duties of the client that are late and whose rule asks for a form (P05-11)."""
    asking = {
        rule.id: rule.said(lang()) for rule in rules().values() if isinstance(rule, DutyRule) and rule.form
    }
    late = Duty.objects.filter(
        theirs & seen(viewer), state="overdue", withdrawn_on__isnull=True, rule__in=list(asking)
    )
    return [(one, asking[one.rule]) for one in late.order_by(F("due").asc(nulls_last=True), "pk")[:PAPERS]]


def _context(request: Request, row: Any) -> dict[str, Any]:
    viewer = request.viewer
    looks = list(standing(homes()[LOOK]).filter(watch_listing=row.key).order_by("-on_day")[:ROWS])
    names = names_for(parties=[row.party], people=[row.responsible_person, *(one.employee for one in looks)])
    contracts = list(
        visible("contract", viewer)
        .filter(client=row.party)
        .order_by(F("disbursed_day").desc(nulls_last=True), "key")
    )
    theirs = Q(party=row.party) | Q(contract__in=[one.key for one in contracts])
    duties = Duty.objects.filter(theirs & seen(viewer)).values("pk")
    papers = Paper.objects.filter(theirs, state=HANDED_IN, duty_no__in=duties)
    matter = Matter.objects.filter(kind=REMOVAL, subject=row.key).first()
    open_ = ordered(not_overtaken(warnings_of(viewer).filter(party=row.party, closed_day__isnull=True)))
    return {
        "row": row, "client": names.parties.get(row.party, row.party), "person": names.people.get(row.responsible_person, ""),
        "steps": list(standing(homes()[STEP]).filter(watch_listing=row.key).order_by("ordinal")),
        "looks": [(one, names.people.get(one.employee or "", "")) for one in looks], "contracts": contracts,
        "warnings": [(one, signal_of(one.rule).name) for one in open_],
        "papers": [(one, paper_title(one)) for one in papers.order_by("-event")[:PAPERS]], "matter": matter,
        "files": pane(_files(viewer, theirs, duties)), "lacking": _lacking(viewer, theirs),
        "statements": list(visible("statement", viewer).filter(party=row.party).order_by("-period_end", "key")[:STATEMENTS]),
        "matter_state": None if matter is None else matter_states()[matter.state],
        "may": _may_act(viewer) and row.delisted_day is None, "blanks": range(2),
        "signing": matter is not None and matter.state in {"under_way", "returned"},
    }  # fmt: skip
