"""Warnings on screen: what waits for what, one warning with all about it, a signal raised by hand, the radar."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from daihou.book import declared, masked
from daihou.dayend.about import explained
from daihou.dayend.acts import follow
from daihou.duties.models import Duty
from daihou.duties.naming import Names, names_for
from daihou.duties.reads import seen
from daihou.engine import render as told
from daihou.papers.acts import attach
from daihou.papers.kinds import ACCEPTED, FileRefusedError
from daihou.papers.reading import messages as paper_messages
from daihou.papers.reads import paper_of_row
from daihou.people.reads import Viewer, visible
from daihou.people.rights import Scope
from daihou.policy.rules import books, rules
from daihou.registers.kept import homes, standing
from daihou.registers.sealing import seals
from daihou.screens.answers import say_done
from daihou.screens.lists import sheet
from daihou.screens.tags import lang, listed, word
from daihou.signoff.acts import SigningRefusedError
from daihou.signoff.words import refusals as signing_refusals
from daihou.trail.acts import record
from daihou.units import DateTextError, month_end, read_date
from daihou.warnings.acts import (
    CLOSING,
    DECISION,
    RESPONSE,
    REVIEW,
    TRUE,
    Chosen,
    WarningRefusedError,
    choose_measures,
    kind_of,
    raise_by_hand,
    report_result,
    under_way,
    verify,
)
from daihou.warnings.closing import approvers, propose_closing
from daihou.warnings.mitigating import MITIGATION, plan_of
from daihou.warnings.reads import (
    ANSWER,
    CARRY_OUT,
    CLOSED,
    SIGNING,
    STAGES,
    TO_CLOSE,
    VERIFY,
    Before,
    Next,
    Tally,
    before_payment,
    by_month,
    by_signal_and_month,
    circle_of,
    counted,
    duties_of,
    measures_of,
    next_duties,
    not_overtaken,
    of_contracts_with,
    of_parties_with,
    open_around,
    ordered,
    seen_through,
    tallied,
    tallied_by_channel,
    tallied_by_contract,
    tallied_by_party,
    warnings_of,
)
from daihou.warnings.refusals import refusals
from daihou.warnings.suggested import (
    CHANNELS,
    LEVELS,
    PRIVATE,
    channel_of,
    figures_of,
    measures,
    signal_of,
    signals,
)
from daihou.web.attachments import brought
from daihou.web.desk import lines
from daihou.web.entry import label_of, named_key
from daihou.web.gate import Request
from daihou.web.matters import PERSON, staff_of
from daihou.web.registers import told_history
from daihou.web.timeline import of_warning

ROWS, MONTHS = 50, 12
OUTCOMES = ("confirmed", "false_alarm", "duplicate")
COLOURS: Mapping[str, str] = {"watch": "quiet", "important": "soon", "severe": "late"}


def stage_words() -> dict[str, str]:
    """What a warning waits for."""
    return {
        VERIFY: _("待核实"), ANSWER: _("待定措施"), CARRY_OUT: _("措施在办"), TO_CLOSE: _("待送签关闭"), SIGNING: _("签批中"),
        CLOSED: _("已关闭"),
    }  # fmt: skip


def _may_see(viewer: Viewer) -> None:
    if viewer.rights.scope("warnings") is Scope.NONE:
        raise Http404


def _may_answer(viewer: Viewer) -> bool:
    return "warnings" in viewer.rights.enters


# ------------------------------------------------------------------ the list


@dataclass(frozen=True)
class Line:
    """A warning as the list shows it."""

    row: Any
    name: str
    client: str
    stage: str
    due: date | None
    people: str


@require_safe
def warnings(request: Request) -> HttpResponse:
    """The warnings that a viewer sees: what each waits for, by when, who; the worst first."""
    _may_see(request.viewer)
    every = warnings_of(request.viewer)
    whole = not_overtaken(every)
    asked = {name: request.GET.get(name, "") for name in (*_ASKED, *_GROUPS, SINCE)}
    if not request.GET:  # who asks for nothing else looks for what is to be done
        asked["stage"] = OPEN
    since = _since(asked[SINCE])
    asked[SINCE] = "" if since is None else since.isoformat()
    # what the radar counts holds milder ones that a worse one overtook
    rows = whole if since is None else every.filter(raised_day__gte=since)
    rows = _sorted(_filtered(request.viewer, rows, asked), asked["order"])
    if request.GET.get("as") == "xlsx":
        return _workbook(request, _lines(list(rows)), asked)
    page = Paginator(rows, ROWS).get_page(request.GET.get("page"))
    names = names_for(branches=True)
    open_ = whole.filter(closed_day__isnull=True)
    context = {
        "lines": _lines(list(page.object_list)), "page": page, "total": page.paginator.count, **asked,
        "counts": counted(open_), "levels": LEVELS, "stages": [(one, stage_words()[one]) for one in STAGES], "not_closed": OPEN, "branches": names.branches,
        "known": sorted({one: signal_of(one).name for one in set(whole.order_by().values_list("rule", flat=True))}.items()),
        "query": urlencode({name: value for name, value in asked.items() if value}), "may_raise": _may_answer(request.viewer),
        "may_radar": request.viewer.rights.scope("warnings") is not Scope.OWN,
        "groups": [(name, said() if asked[name] else "", _said_of_group(name, asked[name])) for name, said in _GROUPS.items()], "since": since,
    }  # fmt: skip
    return render(request, "web/warnings.html", context)


SINCE = "since"
OPEN = "open"
"""In the address, in place of a stage: all that are not closed, as the figures count them."""
_ASKED = ("stage", "level", "rule", "branch", "q", "order")
_GROUPS: Mapping[str, Callable[[], str]] = {
    "industry": lambda: _("行业"), "channel": lambda: _("从哪一路看出来"), "dealer": lambda: _("经销商"), "creditor": lambda: _("债权银行"),
}  # fmt: skip
"""What the radar counts by besides signals and branches; the list filters by them when one comes from there."""


def _since(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None


def _said_of_group(name: str, value: str) -> str:
    """A value by which the list is filtered, in words."""
    return word(value) if value and name in {"industry", "channel"} else value


def _filtered(viewer: Viewer, rows: QuerySet[Any], asked: Mapping[str, str]) -> QuerySet[Any]:
    if asked["stage"] in STAGES:
        rows = rows.filter(stage=asked["stage"])
    elif asked["stage"] == OPEN:
        rows = rows.filter(closed_day__isnull=True)
    for name in ("level", "rule"):
        if asked[name]:
            rows = rows.filter(**{name: asked[name]})
    for name in ("branch", "dealer", "creditor"):
        if asked[name]:
            rows = of_contracts_with(viewer, rows, name, asked[name])
    if asked["industry"]:
        rows = of_parties_with(viewer, rows, "industry", asked["industry"])
    if asked["channel"]:
        rows = seen_through(rows, asked["channel"])
    if asked["q"].strip():
        said = asked["q"].strip()
        clients = standing(homes()["party"]).filter(title__icontains=said).values("key")
        rows = rows.filter(Q(party__in=clients) | Q(contract__icontains=said) | Q(party=seals().marked(said)))
    return rows


_ORDERS: Mapping[str, tuple[str, ...]] = {
    "raised": ("raised_day", "key"), "-raised": ("-raised_day", "key"), "signal": ("rule", "-rank", "key"), "client": ("party", "-rank", "key"),
}  # fmt: skip


def _sorted(rows: QuerySet[Any], order: str) -> QuerySet[Any]:
    return rows.order_by(*_ORDERS[order]) if order in _ORDERS else ordered(rows)


def _lines(rows: Sequence[Any]) -> list[Line]:
    """Warnings as the list shows them, the names for all of them at once."""
    upcoming = next_duties({one.key: one.stage for one in rows})
    names = names_for(
        parties=[one.party for one in rows], people=[who for one in upcoming.values() for who in one.people]
    )
    return [_line(one, upcoming, names) for one in rows]


def _line(row: Any, upcoming: Mapping[str, Next], names: Names) -> Line:
    nearest = upcoming.get(row.key)
    people = () if nearest is None else nearest.people
    return Line(
        row, signal_of(row.rule).name, names.parties.get(row.party, ""), stage_words()[row.stage], None if nearest is None else nearest.due,
        listed(names.people.get(one, one) for one in people),
    )  # fmt: skip


def _workbook(request: Request, lines: Sequence[Line], asked: Mapping[str, str]) -> HttpResponse:
    """The list as it was asked for, all of it, as Excel; that it was taken is on record."""
    about = " ".join(f"{name}={value}" for name, value in asked.items() if value)
    with transaction.atomic():
        record(
            "export", by=request.actor, at=timezone.now(), kind="warning", subject="*",
            after={"rows": len(lines), "asked": seals().marked(about)},
        )  # fmt: skip
    heads = [
        _("级别"),
        _("信号"),
        _("客户"),
        _("合同"),
        _("等什么"),
        _("期限"),
        _("谁办"),
        _("提出日"),
        _("关闭日"),
    ]
    cells = [
        (
            word(one.row.level), one.name, one.client, one.row.contract, one.stage, one.due, one.people, one.row.raised_day,
            one.row.closed_day,
        )
        for one in lines
    ]  # fmt: skip
    return sheet(_("预警"), heads, cells, about=masked(about), by=request.viewer.name, day=request.today)


# ------------------------------------------------------------------ one warning


def warning_page(request: Request, key: str) -> HttpResponse:
    """One warning: what shows it, whom it concerns, what was found and done, and what the viewer may do now."""
    _may_see(request.viewer)
    row = _row(request.viewer, key)
    fault = ""
    if request.method == "POST":
        if not _may_answer(request.viewer):
            raise PermissionDenied
        act = _ACTS.get(request.POST.get("act", ""))
        if act is None:
            raise Http404
        try:
            said = act(request, row)
        except WarningRefusedError as error:
            fault = refusals()[error.code]
        except SigningRefusedError as error:
            fault = signing_refusals()[error.code]
        else:
            follow(request.today, by=request.actor, at=timezone.now())
            say_done(request, said)
            return redirect("warning", key)
        row = _row(request.viewer, key)
    status = HTTPStatus.CONFLICT if fault else HTTPStatus.OK
    return render(request, "web/warning.html", _context(request, row) | {"fault": fault}, status=status)


def _row(viewer: Viewer, key: str) -> Any:
    row = warnings_of(viewer).filter(key=key).first()
    if row is None:
        raise Http404
    return row


def _context(request: Request, row: Any) -> dict[str, Any]:
    viewer, key = request.viewer, row.key
    taken, near, signal = measures_of(key), circle_of(request.viewer, row.party), signal_of(row.rule)
    others = list(open_around(viewer, near).exclude(key=key))
    asked = list(duties_of(key).prefetch_related("persons"))
    carried = {one.object: one for one in asked if one.table == RESPONSE}
    doers = {
        on: next((who.employee for who in one.persons.all() if who.employee), "")
        for on, one in carried.items()
    }
    matters = list(under_way(key, CLOSING, REVIEW, DECISION).order_by("pk"))
    closing = any(one.kind == CLOSING for one in matters)
    signed = [(told, one) for one in matters if one.kind != CLOSING for told in one.content["measures"]]
    history = told_history(viewer, "warning", key)
    people = {
        row.verified_by,
        row.raised_by,
        *(who for one in taken for who in (one.decided_by, one.responsible_person)),
        *doers.values(),
        *(told["person"] for told, _matter in signed),
    }
    names = names_for(parties=near.parties, people=people)
    may = _may_answer(viewer) and row.closed_day is None
    rule = rules().get(row.rule)
    running = {one.measure for one in taken if one.completed_day is None} | {
        told["measure"] for told, _matter in signed
    }
    measure_words = {one.key: word(one.measure) for one in taken}
    return {
        "row": row, "signal": signal, "client": names.parties.get(row.party, ""), "names": names, "stage": stage_words()[row.stage],
        "measures": taken, "signed": signed, "figures": figures_of(row.rule, row.remark or ""), "entries": of_warning(viewer, row, history["events"], history["people"].people), "contracts": near.contracts, "guaranteed": [(one, names.parties.get(one.client, "")) for one in near.guaranteed],
        "guarantors": [(one, names.parties.get(one, "")) for one in near.guarantors],
        "related": [(one, names.parties.get(one, "")) for one in near.related],
        "others": [(one, signal_of(one.rule).name, names.parties.get(one.party, "")) for one in others],
        "duties": [(line, measure_words.get(one.object, "")) for line, one in zip(lines(asked), asked, strict=True)],
        "carried": carried, "doers": {on: names.people.get(who, who) for on, who in doers.items()}, "matters": matters, "outcomes": OUTCOMES, "rule": rule, "why": rule is not None and rule.table == "party",
        "suggested": [one for one in signal.measures if one not in running],
        "others_to_choose": [one for one in measures() if one not in signal.measures and one not in running],
        "may_verify": may and row.stage == VERIFY, "may_choose": may and row.verification == TRUE and not closing,
        "may_report": may and bool(running) and not closing, "approvers": approvers(row, request.actor, timezone.now()), "private": kind_of(row.party) in PRIVATE,
        "may_close": may and row.stage == TO_CLOSE, "today": request.today,
        "person_attrs": PERSON, "channel": channel_of(row), **_mitigated(viewer, row),
    }  # fmt: skip


def _mitigated(viewer: Viewer, row: Any) -> dict[str, Any]:
    """The plan against a grave risk: what it says, its paper where the viewer may open it, where it stands."""
    plan = plan_of(row.key)
    if plan is None:
        return {"plan": None}
    paper = paper_of_row(MITIGATION, plan.key)
    shown = paper is not None and Duty.objects.filter(seen(viewer), pk=paper.duty_no).exists()
    who = names_for(people=[plan.executor]).people.get(plan.executor, plan.executor)
    return {"plan": plan, "plan_paper": paper if shown else None, "plan_person": who}


def _verified(request: Request, row: Any) -> str:
    post = request.POST
    verify(row.key, post.get("outcome", ""), post.get("told", ""), by=request.actor, at=timezone.now())
    return _("核实已记下。")


def _decided(request: Request, row: Any) -> str:
    """The measures that were ticked; ``all``: every suggested one, in the time that each gives."""
    post = request.POST
    if post.get("all"):
        running = _running(row)
        chosen = [
            Chosen(one, personal=bool(post.get(f"personal-{one}")))
            for one in signal_of(row.rule).measures
            if one not in running
        ]
    else:
        chosen = [
            Chosen(
                one,
                _person(post.get(f"person-{one}", "")),
                _day(post.get(f"until-{one}", "")),
                personal=bool(post.get(f"personal-{one}")),
            )
            for one in post.getlist("measure")
        ]
    keys, matters = choose_measures(row.key, chosen, by=request.actor, at=timezone.now())
    if not matters:
        return _("已定下 %(n)s 项措施，办理人的工作台上马上看得到。") % {"n": len(keys)}
    numbers = listed(one.number for one in matters)
    if not keys:
        return _("措施已送签（%(numbers)s），签过才算定下。") % {"numbers": numbers}
    return _("已定下 %(n)s 项措施；另有措施已送签（%(numbers)s），签过才算定下。") % {
        "n": len(keys),
        "numbers": numbers,
    }


def _person(text: str) -> str:
    """The staff number that a text means; empty stays empty."""
    return staff_of(text) if text.strip() else ""


def _running(row: Any) -> set[str]:
    """The measures that are being carried out or being signed."""
    signed = under_way(row.key, REVIEW, DECISION).values_list("content", flat=True)
    return {one.measure for one in measures_of(row.key) if one.completed_day is None} | {
        told["measure"] for content in signed for told in content["measures"]
    }


def _reported(request: Request, row: Any) -> str:
    post = request.POST
    key = post.get("response", "")
    if key not in {one.key for one in measures_of(row.key)}:
        raise WarningRefusedError("no-such-measure")
    report_result(
        key,
        _day(post.get("done", "")) or request.today,
        post.get("told", ""),
        by=request.actor,
        at=timezone.now(),
    )
    return _("成效已记下。")


def _closing(request: Request, row: Any) -> str:
    matter = propose_closing(row.key, request.POST.get("conclusion", ""), by=request.actor, at=timezone.now())
    return _("关闭已送签（%(number)s），签完才关。") % {"number": matter.number}


_ACTS: Mapping[str, Callable[[Request, Any], str]] = {
    "verify": _verified,
    "decide": _decided,
    "report": _reported,
    "close": _closing,
}


def _day(text: str) -> date | None:
    if not text.strip():
        return None
    try:
        return read_date(text.strip())
    except DateTextError as error:
        raise WarningRefusedError("day-wrong") from error


@require_safe
def warning_why(request: Request, key: str) -> HttpResponse:
    """Why the rule says so of the client today: the judge asked again. A part of the warning's page."""
    _may_see(request.viewer)
    row = _row(request.viewer, key)
    rule = rules().get(row.rule)
    if rule is None or rule.table != "party":
        raise Http404
    answer = explained(books(), rule, row.party, request.today)
    return render(request, "web/why.html", {"text": told(answer, lang()), "duty": None})


# ------------------------------------------------------------------ raised by hand


def raise_warning(request: Request) -> HttpResponse:
    """A signal raised by hand, with what was seen."""
    _may_see(request.viewer)
    if not _may_answer(request.viewer):
        raise PermissionDenied
    said = {
        name: request.POST.get(name, request.GET.get(name, "")).strip()
        for name in ("party", "contract", "rule", "level", "told", "channel")
    }
    named = visible("party", request.viewer).filter(key=said["party"]).first()
    if named is not None and request.method != "POST":
        said["party"] = label_of(declared()["party"], named)
    fault, field, stands = "", "", ""
    if request.method == "POST":
        try:
            with transaction.atomic():
                made = _raised(request, said)
                _attached(request, made)
        except FileRefusedError as error:
            fault, field = paper_messages().text(error.code, lang()), "file"
        except WarningRefusedError as error:
            fault, field = refusals()[error.code], _FIELDS.get(error.code, "told")
            stands = (
                error.key
                if error.code == "open-already" and warnings_of(request.viewer).filter(key=error.key).exists()
                else ""
            )
        else:
            follow(request.today, by=request.actor, at=timezone.now())
            say_done(request, _("已提出，核实的任务已派出。"))
            return redirect("warning", made)
    known = sorted(signals().values(), key=lambda one: (one.automatic, one.id))
    context = {
        "said": said,
        "fault": fault,
        "field": field,
        "stands": stands,
        "signals": known,
        "levels": LEVELS,
        "channels": CHANNELS,
        "accept": ",".join(ACCEPTED),
    }
    return render(request, "web/warning_raise.html", context, status=422 if fault else 200)


def _attached(request: Request, key: str) -> None:
    """Attach the file that came with a warning, where one did. FileRefusedError: none that is taken."""
    if "file" not in request.FILES:
        return
    name, content = brought(request)
    row = standing(homes()["warning"]).get(key=key)
    attach(
        name, content, table="warning", key=key, contract=row.contract, party=row.party, by=request.actor, at=timezone.now()
    )  # fmt: skip


_FIELDS = {
    "no-such-signal": "rule",
    "no-such-client": "party",
    "no-such-contract": "contract",
    "no-such-level": "level",
    "no-such-channel": "channel",
    "open-already": "rule",
}


def _raised(request: Request, said: Mapping[str, str]) -> str:
    viewer, columns = request.viewer, declared()["warning"].columns
    party = seals().marked(named_key(viewer, columns["party"], said["party"]))
    if not visible("party", viewer).filter(key=party).exists():
        raise WarningRefusedError("no-such-client")
    contract = said["contract"] or None
    if contract and not visible("contract", viewer).filter(key=contract).exists():
        raise WarningRefusedError("no-such-contract")
    return raise_by_hand(
        said["rule"], party, said["told"], level=said["level"], contract=contract, channel=said["channel"] or None, by=request.actor, at=timezone.now()
    ).key  # fmt: skip


# ------------------------------------------------------------------ the radar


FREQUENT = 12
"""Signals whose months stand open; the others are folded away below them."""


@dataclass(frozen=True)
class Grouped:
    """One table of the radar: what it counts by, its rows by name, and the filter of the list that shows the same (or none)."""

    title: str
    rows: Sequence[tuple[str, Tally]]
    filter: str = ""


@require_safe
def radar(request: Request) -> HttpResponse:
    """Signals over a year: by month, by severity, signal, branch, industry, dealer and bank; which came before the company had to pay."""
    viewer = request.viewer
    _may_see(viewer)
    if viewer.rights.scope("warnings") is Scope.OWN:
        raise PermissionDenied
    since = _first_month(request.today)
    rows = warnings_of(viewer).filter(raised_day__gte=since)
    chart = _chart(by_month(rows, since), since)
    found = Grouped(_("按信号"), [(signal_of(one.value).name, one) for one in tallied(rows, "rule")], "rule")
    tables = _groups(viewer, rows)
    monthly = _monthly(rows, since, chart["months"])
    before = [(signal_of(one.rule).name, one) for one in before_payment(viewer, warnings_of(viewer))]
    if request.GET.get("as") == "xlsx":
        return _radar_workbook(
            request, _radar_lines([found, *tables], chart, dict(monthly), before), chart["months"], since
        )
    named = [(signal_of(rule).name, rule, counts, sum(counts)) for rule, counts in monthly]
    context = {
        "since": since, "chart": chart, "chart_json": json.dumps(chart, ensure_ascii=False), "any": bool(found.rows), "signals": found.rows,
        "tables": tables, "frequent": named[:FREQUENT], "seldom": named[FREQUENT:], "before": before,
    }  # fmt: skip
    return render(request, "web/radar.html", context)


def _groups(viewer: Viewer, rows: QuerySet[Any]) -> list[Grouped]:
    """The tables beside that of the signals; one in which no row has a name is left out."""
    branches = names_for(branches=True).branches
    found = [
        Grouped(_("按机构"), [(branches.get(one.value, one.value), one) for one in tallied_by_contract(viewer, rows, "branch")], "branch"),
        Grouped(_("按行业"), [(_worded(one), one) for one in tallied_by_party(viewer, rows, "industry")], "industry"),
        Grouped(_("从哪一路看出来"), [(_worded(one), one) for one in tallied_by_channel(rows)], "channel"),
        Grouped(_("按经销商"), [(one.value, one) for one in tallied_by_contract(viewer, rows, "dealer")], "dealer"),
        Grouped(_("按债权银行"), [(one.value, one) for one in tallied_by_contract(viewer, rows, "creditor")], "creditor"),
    ]  # fmt: skip
    return [
        Grouped(one.title, [(name or _("未填"), tally) for name, tally in one.rows], one.filter)
        for one in found
        if any(name for name, _tally in one.rows)
    ]


def _worded(one: Tally) -> str:
    return word(one.value) if one.value else ""


def _monthly(rows: QuerySet[Any], since: date, months: Sequence[str]) -> list[tuple[str, list[int]]]:
    """Of each signal the numbers raised in each of the months, the most frequent first."""
    return [
        (rule, [held.get(month, 0) for month in months]) for rule, held in by_signal_and_month(rows, since)
    ]


def _radar_lines(
    groups: Sequence[Grouped], chart: Mapping[str, Any], monthly: Mapping[str, Sequence[int]], before: Sequence[tuple[str, Before]]
) -> list[list[str | float | None]]:  # fmt: skip
    """The tables of the radar one under the other: what is counted by, name, counts, months, and what came before a payment."""
    no_counts: list[str | float | None] = [None] * 5
    found: list[list[str | float | None]] = [
        [_("按级别"), one["name"], sum(one["values"]), *no_counts, *one["values"]] for one in chart["series"]
    ]
    for group in groups:
        for name, one in group.rows:
            counts: list[str | float | None] = [
                one.raised,
                one.clients,
                one.open,
                one.true,
                one.false,
                one.share_false,
            ]
            found.append(
                [group.title, name, *counts, *(monthly.get(one.value, ()) if group.filter == "rule" else ())]
            )
    gap: list[str | float | None] = [None] * (len(no_counts) + 1 + MONTHS)
    for name, came in before:
        found.append([_("代偿之前一年里报过的信号"), name, *gap, came.before, came.paid, came.with_signal])
    return found  # fmt: skip


def _radar_workbook(
    request: Request, lines: Sequence[Sequence[str | float | None]], months: Sequence[str], since: date
) -> HttpResponse:
    """The tables of the radar as Excel; that they were taken is on record."""
    about = _("%(day)s 以来提出的预警") % {"day": since.isoformat()}
    with transaction.atomic():
        record(
            "export", by=request.actor, at=timezone.now(), kind="radar", subject="*",
            after={"rows": len(lines), "asked": since.isoformat()},
        )  # fmt: skip
    heads = [
        _("按什么"), _("名称"), _("提出"), _("客户"), _("未关闭"), _("属实"), _("误报"), _("误报占（%）"), *months,
        _("代偿前一年报过的代偿客户"), _("全部代偿客户"), _("报过这个信号的客户"),
    ]  # fmt: skip
    return sheet(_("信号雷达"), heads, lines, about=about, by=request.viewer.name, day=request.today)


def _first_month(today: date) -> date:
    """The first day of the month eleven months before."""
    month = today.year * 12 + today.month - MONTHS
    return date(month // 12, month % 12 + 1, 1)


def _chart(months: Sequence[tuple[str, Mapping[str, int]]], since: date) -> dict[str, Any]:
    held = dict(months)
    names, day = [], since
    for _at in range(MONTHS):
        names.append(f"{day:%Y-%m}")
        day = date.fromordinal(month_end(day).toordinal() + 1)
    series = [
        {"name": word(level), "kind": COLOURS[level], "values": [held.get(one, {}).get(level, 0) for one in names]}
        for level in reversed(LEVELS)
    ]  # fmt: skip
    return {"months": names, "series": series}
