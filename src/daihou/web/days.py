"""The runs of the day: what the machine did."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Count, Min, Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from daihou.book import declared
from daihou.dayend.beside import at_work, begin, give_up, work
from daihou.duties.finding import WITHDRAWN
from daihou.duties.lacking import askers
from daihou.duties.models import BEHIND, FAILED, REPORTED, WORKING, DayRun, GapRow, RunAsked, Standing
from daihou.duties.naming import names_for
from daihou.duties.reads import empty_posts
from daihou.duties.run_moves import CLOSED, MOVED, NEW, counted
from daihou.people.reads import Viewer
from daihou.people.rights import May, Scope
from daihou.policy.rules import rules
from daihou.rulebook import Duty as DutyRule
from daihou.screens.answers import say_done
from daihou.screens.tags import lang
from daihou.screens.work import behind
from daihou.screens.workdays import partly_listed, unlisted
from daihou.units import DateTextError, read_date
from daihou.web.duties import moved_words
from daihou.web.gate import Request

RUNS, ASKED = 60, 3
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Missed:
    """Days that were not run, from one to another; one run makes them good together."""

    since: date
    until: date

    @property
    def number(self) -> int:
        """How many days."""
        return (self.until - self.since).days + 1

    @classmethod
    def between(cls, last: date | None, day: date) -> Missed | None:
        """The days after the last one that was run and before another; None where there is none."""
        if last is None or day <= last + ONE_DAY:
            return None
        return cls(last + ONE_DAY, day - ONE_DAY)


def _may(request: Request, what: May) -> Viewer:
    viewer: Viewer = request.viewer
    if not viewer.may(what):
        raise PermissionDenied
    return viewer


def days(request: Request) -> HttpResponse:
    """The runs, newest first, and the button that runs a day."""
    _may(request, May.DAY)
    today: date = request.today
    fault = ""
    if request.method == "POST":
        try:
            day = read_date(request.POST.get("day", "") or today.isoformat())
        except DateTextError as error:
            fault = error.text("zh")
        else:
            fault = _begun(request, day, today)
            if not fault:
                return redirect("days")
    page = Paginator(DayRun.objects.all(), RUNS).get_page(request.GET.get("page"))
    runs = list(page)
    return render(
        request,
        "web/days.html",
        {
            "runs": runs,
            "page": page,
            "total": page.paginator.count,
            "fault": fault,
            "people": names_for(people=[run.by for run in runs]),
            "missed": Missed.between(Standing.at(), today),
            **_at_work(request),
            **unlisted_years(request),
        },
    )


def _begun(request: Request, day: date, today: date) -> str:
    """Begin the run of a day beside the request; why it is not begun, else nothing."""
    stands = Standing.at()
    if day > today:
        return _("只能推演今天和以前的日子；以后的看预测。")
    if stands is not None and day < stands:
        return _("已经推演到 %(stands)s，更早的日子不再存入；漏掉的日子由下一次推演补齐。") % {
            "stands": stands
        }
    if at_work(timezone.now()) is not None:
        return _("正在推演，等它跑完再说。")
    asked = begin(day, by=request.actor, at=timezone.now())
    actor = request.actor
    behind(
        "day", lambda: work(asked, by=actor, now=timezone.now), lambda: give_up(asked, timezone.now())
    )  # fmt: skip
    asked.refresh_from_db()
    if asked.run is not None:  # done while the request waited, as trials have it
        say_done(request, _("%(day)s 推演完毕。") % {"day": day}, "day", asked.run.pk)
    return ""


def _at_work(request: Request) -> dict[str, Any]:
    """For the page of runs: the run that is being worked on, and how the last one ended that the viewer asked for, where that went wrong."""
    last = RunAsked.objects.filter(by=request.viewer.staff_no).first()
    return {
        "asked": at_work(timezone.now()), "steps": _steps(),
        "failed": last if last is not None and last.state in {BEHIND, FAILED} else None,
    }  # fmt: skip


@require_safe
def day_asked(request: Request, pk: int) -> HttpResponse:
    """How far a run is, asked again and again by the page; when it is over the page is loaded anew."""
    _may(request, May.DAY)
    asked = get_object_or_404(RunAsked, pk=pk)
    context = {"asked": asked, "steps": _steps()}
    answer = render(request, "web/_day_asked.html", context)
    if asked.state != WORKING:
        answer.headers["HX-Refresh"] = "true"
    return answer


def unlisted_years(request: Request) -> dict[str, Any]:
    """What a page needs to say which year's list of holidays is not entered, and to lead to where it is."""
    return {
        "unlisted": unlisted(request.today), "partly": partly_listed(request.today), "may_import": request.viewer.may(May.IMPORT),
    }  # fmt: skip


@require_safe
def day(request: Request, pk: int) -> HttpResponse:
    """One run: what was new, moved, closed, withdrawn, reported up, each figure leading to its duties; of what; how long each step took; what could not be decided."""
    viewer = _may(request, May.DAY)
    run = get_object_or_404(DayRun, pk=pk)
    newest = not DayRun.objects.filter(pk__gt=run.pk).exists()
    before = DayRun.objects.filter(pk__lt=run.pk).first()
    # a gap is kept once, with the run that first told it, for as long as it stands: all that stand are the newest run's
    standing_gaps = GapRow.objects.all() if newest else GapRow.objects.filter(run=run)
    grouped = standing_gaps.values("rule", "columns").annotate(number=Count("pk"), first=Min("object"))
    asked = askers(Q() if newest else Q(gap__run=run))
    people = names_for(people=[one["employee"] for some in asked.values() for one in some[:ASKED]]).people
    gaps = [
        _gap(viewer, gap) | _whose(asked.get((gap["rule"], gap["columns"]), []), people)
        for gap in grouped.order_by("-number", "rule")
    ]
    asleep = [(rules()[rule].said(lang()), figures) for rule, figures in run.asleep if rule in rules()]
    context = {
        "run": run, "steps": _spent(run), "gaps": gaps, "gaps_count": sum(gap["number"] for gap in gaps), "newest": newest, "asleep": asleep, "empty": _empty() if newest else [],
        "branches": names_for(branches=True).branches if newest else {}, "by": names_for(people=[run.by]).people.get(run.by, run.by),
        "figures": _figures(viewer, run), "missed": None if before is None else Missed.between(before.day, run.day), "before": before,
        "trail": viewer.may(May.TRAIL) and run.known_event > 0,
    }  # fmt: skip
    return render(request, "web/day.html", context)


def _whose(asked: Sequence[Mapping[str, Any]], people: Mapping[str, str]) -> dict[str, Any]:
    """The first of those who are asked for what gaps of one kind lack, and how many more there are."""
    told = [{**one, "name": people.get(one["employee"] or "", one["employee"])} for one in asked[:ASKED]]
    return {"asked": told, "more": len(asked) - len(told)}


@dataclass(frozen=True)
class Figure:
    """How many duties a run moved in one way (None: not kept of this run). ``kind``: by which the list of duties shows them; empty: not to this viewer."""

    said: str
    number: int | None
    kind: str


def _figures(viewer: Viewer, run: DayRun) -> list[Figure]:
    """What a run moved. Who does not see every duty is told the figures alone: behind them he would find fewer."""
    kept = counted(run)
    told: Mapping[str, int | None] = kept or {
        NEW: run.found_new, MOVED: run.moved, CLOSED: run.closed, WITHDRAWN: run.withdrawn, REPORTED: None,
    }  # fmt: skip
    leads = bool(kept) and viewer.sees_all
    return [
        Figure(moved_words(kind) if kept or kind != MOVED else _("变动"), number, kind if leads else "")
        for kind, number in told.items()
    ]


def _steps() -> dict[str, str]:
    """What a run at work is doing, in words."""
    return {"book": _step("book"), "derive": _("推演"), "write": _step("write")}


def _step(name: str) -> str:
    """What a run spent its time on, in words."""
    return _spendings().get(name, name)


def _spent(run: DayRun) -> list[tuple[str, float]]:
    """What a run spent its time on, what is part of another behind it: PostgreSQL gives the names of an object back in an order of its own."""
    places = {name: at for at, name in enumerate(_spendings())}
    found = sorted(run.seconds.items(), key=lambda one: (places.get(one[0], len(places)), one[0]))
    return [(_step(name), seconds) for name, seconds in found]


def _spendings() -> dict[str, str]:
    """All that a run spends its time on, in the order in which it is told."""
    return {
        "book": _("读账册"), "derive": _("推演合计"), "grades": _("其中分级"), "warnings": _("其中预警"), "duties": _("其中任务"),
        "rules on duties": _("其中看任务的规则"), "results": _("其中整理结果"), "write": _("写回"),
    }  # fmt: skip


def _empty() -> list[dict[str, Any]]:
    """Posts that nobody holds where duties ask for them, as it stands now: the rule's name, the posts it asks for, who answers instead."""
    told = []
    for one in empty_posts():
        rule = rules().get(one["rule"])
        if not isinstance(rule, DutyRule):
            continue
        asked = dict.fromkeys(
            person.post for _since, step in rule.responsible.steps for person in step.persons if person.post
        )
        told.append(one | {"name": rule.said(lang()), "asked": list(asked)})
    return told


def _gap(viewer: Viewer, gap: Mapping[str, Any]) -> dict[str, Any]:
    """Gaps of one kind with their rule's name; an example only for who sees such things of the whole company."""
    rule = rules().get(gap["rule"])
    if rule is None:
        return {**gap, "name": gap["rule"], "first": ""}
    seen = viewer.rights.scope_of(declared()[rule.table]) is Scope.COMPANY
    return {**gap, "name": rule.said(lang()), "first": gap["first"] if seen else ""}
