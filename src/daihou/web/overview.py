"""The overview of heads and leaders: what was done in time, who is behind, the warnings, the portfolio; and its year in a picture."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from django.db import transaction
from django.db.models import Count, Q, QuerySet, Sum
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from daihou.book import declared
from daihou.duties.crediting import posts_counted
from daihou.duties.finding import NOBODY
from daihou.duties.leftovers import left_over
from daihou.duties.models import Duty
from daihou.duties.naming import names_for
from daihou.duties.punctuality import (
    Ended,
    PersonTally,
    PostTally,
    Tally,
    by_person,
    ended,
    fell_due,
    overdue_by_post,
)
from daihou.duties.reads import seen
from daihou.ledger.owing import arrears_by_age, complete_until, late_among
from daihou.people.reads import Viewer, visible
from daihou.people.rights import Scope
from daihou.registers.held import held
from daihou.screens.lists import sheet
from daihou.screens.tags import listed, words
from daihou.trail.acts import record
from daihou.units import add_months, month_start, quarter_start, year_start
from daihou.warnings.reads import open_warnings
from daihou.warnings.suggested import LEVELS
from daihou.web.gate import Request

MONTHS = 12
LISTED = 30
"""People that are listed before all are asked for."""
SOON = (30, 90)
"""Days ahead within which maturing contracts are counted."""


def may_overlook(viewer: Viewer) -> bool:
    """Whether a viewer sees the work of others: of a branch or of the company."""
    return viewer.rights.scope("duties") in (Scope.BRANCH, Scope.COMPANY)


def periods(today: date) -> dict[str, tuple[str, date, date]]:
    """The periods one can choose: their name, first and last day."""
    last = month_start(today) - timedelta(1)
    return {
        "month": (_("本月"), month_start(today), today),
        "last-month": (_("上月"), month_start(last), last),
        "quarter": (_("本季"), quarter_start(today), today),
        "year": (_("今年"), year_start(today), today),
        "twelve": (_("近十二个月"), _year_before(today), today),
    }


def _year_before(today: date) -> date:
    """The first day of the twelve months that end with this one."""
    return add_months(month_start(today), 1 - MONTHS)


@require_safe
def overview(request: Request) -> HttpResponse:
    """One page that a leader reads on the phone: the figures of a period, and what stands today; or the table of people as Excel."""
    viewer: Viewer = request.viewer
    today: date = request.today
    chosen, (title, since, until) = _asked(request)
    duties = Duty.objects.filter(seen(viewer))
    if request.GET.get("as") == "xlsx":
        people_ = _rows(by_person(fell_due(duties, since, until)), since, until)
        return _workbook(request, people_, f"{title} {since.isoformat()} — {until.isoformat()}")
    # every period lies within the twelve months of the picture
    year = ended(fell_due(duties, _year_before(today), today))
    chart = chart_of(year, today)
    context = {
        "periods": [(key, name) for key, (name, _since, _until) in periods(today).items()], "period": chosen,
        "title": title, "since": since, "until": until, "tally": year.tally(since, until), "everybody": request.GET.get("all") == "1",
        "within": _within(since, until), "asked": maturing(today), "chart": chart, "chart_json": json.dumps(chart, ensure_ascii=False),
        "portfolio": None if viewer.rights.scope("loans") is Scope.NONE else portfolio(viewer, today), "paid": _compensated(viewer, since, until),
    }  # fmt: skip
    return render(request, "web/overview.html", context)


@require_safe
def people(request: Request) -> HttpResponse:
    """Who was in time, what is overdue, the open warnings: fetched by the page itself, for to count them takes longer than all the rest of it."""
    viewer: Viewer = request.viewer
    chosen, (_title, since, until) = _asked(request)
    duties = Duty.objects.filter(seen(viewer))
    found = by_person(fell_due(duties, since, until))
    shown = found if request.GET.get("all") == "1" else found[:LISTED]
    context = {
        "period": chosen, "rows": _rows(shown, since, until), "number": len(found), "rest": len(found) - len(shown),
        "overdue": _overdue(duties, request.today), "arrears": _arrears(viewer, request.today), "warnings": _open_warnings(viewer), "left_over": left_over(viewer).count(),
    }  # fmt: skip
    return render(request, "web/_overview_people.html", context)


def _overdue(duties: QuerySet[Duty], today: date) -> list[tuple[PostTally, str]]:
    """What is overdue by post, and by name whom the registers named who holds none."""
    found = overdue_by_post(duties, posts_counted(today))
    names = names_for(people=(who for one in found for who in one.named)).people
    return [(one, listed(names.get(who, who) for who in one.named)) for one in found]


def _asked(request: Request) -> tuple[str, tuple[str, date, date]]:
    """The period that was asked for, and what it is; refused to whoever sees his own work only."""
    if not may_overlook(request.viewer):
        raise Http404
    offered = periods(request.today)
    chosen = request.GET.get("period", "")
    chosen = chosen if chosen in offered else "month"
    return chosen, offered[chosen]


def _rows(people: Sequence[PersonTally], since: date, until: date) -> list[tuple[str, str, Tally, str]]:
    """Name, post and tally of each, and what the list of duties is asked for those counted; what lies in a pool has no name."""
    names = names_for(people=(one.employee for one in people)).people
    return [
        (
            names.get(one.employee, one.employee) if one.employee else _("待领"), words(",".join(one.posts)), one.tally,
            _within(since, until, first="1", **_whose(one)),
        )
        for one in people
    ]  # fmt: skip


def _whose(one: PersonTally) -> dict[str, str]:
    """What the list of duties is asked for those of one person, or of one pool."""
    if one.employee:
        return {"person": one.employee}
    return {"person": NOBODY, "post": one.posts[0] if one.posts else NOBODY}


def _within(since: date, until: date, **whose: str) -> str:
    """What the list of duties is asked for those that fell due in a period."""
    return urlencode({**whose, "from": since.isoformat(), "until": until.isoformat()})


def _workbook(request: Request, rows: Sequence[tuple[str, str, Tally, str]], title: str) -> HttpResponse:
    """The table of people as Excel; that it was taken is on record."""
    day: date = request.today
    with transaction.atomic():
        record(
            "export", by=request.actor, at=timezone.now(), kind="overview", subject="*",
            after={"rows": len(rows), "asked": title},
        )  # fmt: skip
    heads = [_("人"), _("岗位"), _("应办"), _("按时"), _("迟办"), _("未办"), _("按时率（%）")]
    cells = [
        (name, post, one.total, one.on_time, one.late, one.undone, None if one.rate is None else round(one.rate, 1))
        for name, post, one, _asked_for in rows
    ]  # fmt: skip
    return sheet(_("按时率"), heads, cells, about=title, by=request.viewer.name, day=day)


def chart_of(year: Ended, today: date) -> dict[str, Any]:
    """The last twelve months as the picture wants them, from the first in which anything was due: names of months, numbers by how duties ended, the rate of each."""
    found = year.by_month()
    months = [add_months(_year_before(today), number) for number in range(MONTHS)]
    months = [month for month in months if month >= min(found, default=months[0])]
    tallies = [found.get(month) for month in months]
    return {
        "months": [month.strftime("%Y-%m") for month in months],
        "series": [
            {"name": _("按时"), "kind": "good", "values": [0 if one is None else one.on_time for one in tallies]},
            {"name": _("迟办"), "kind": "soon", "values": [0 if one is None else one.late for one in tallies]},
            {"name": _("未办"), "kind": "late", "values": [0 if one is None else one.undone for one in tallies]},
        ],
        "rate": {"name": _("按时率"), "values": [None if one is None or one.rate is None else round(one.rate, 1) for one in tallies]},
        "any": any(one is not None for one in tallies),
    }  # fmt: skip


def _arrears(viewer: Viewer, today: date) -> dict[str, Any] | None:
    """What the contracts that the viewer sees are behind with, by how long; None where he sees no plans."""
    if viewer.rights.scope_of(declared()["instalment"]) is Scope.NONE:
        return None
    until = complete_until(today)
    # what ended or was paid for is in the question itself: the answer is held until contracts and compensations too are written to
    late = late_among(visible("instalment", viewer), until)
    ages = held(late, f"arrears at {until}", lambda rows: arrears_by_age(rows, until))
    before = until - timedelta(1)
    asked = [("empty", "paid_off_day"), ("day_of", "due_day"), ("day_to", before.isoformat())]
    return {
        "ages": ages, "until": until, "asked": urlencode(asked), "contracts": sum(one.contracts for one in ages),
        "instalments": sum(one.instalments for one in ages), "amount": sum(one.amount for one in ages),
    }  # fmt: skip


def _open_warnings(viewer: Viewer) -> list[tuple[str, int]] | None:
    """Open warnings by severity; None where the viewer sees none at all."""
    if viewer.rights.scope("warnings") is Scope.NONE:
        return None
    found = held(
        open_warnings(viewer).order_by(),
        "by level",
        lambda rows: dict(rows.values_list("level").annotate(Count("pk"))),
    )
    return [(level, found.get(level, 0)) for level in reversed(LEVELS)]


def portfolio(viewer: Viewer, today: date) -> dict[str, Any]:
    """The standing contracts that the viewer sees: number, balances (fen), how many mature soon or should have: one query."""
    standing = visible("contract", viewer).filter(settled_day__isnull=True, disbursed_day__isnull=False)
    soon = {
        f"within_{days}": Count(
            "pk", filter=Q(maturity_day__gte=today, maturity_day__lte=today + timedelta(days))
        )
        for days in SOON
    }
    figures = dict(
        number=Count("pk"), principal=Sum("principal_balance"), nominal=Sum("nominal_balance"), outstanding=Sum("outstanding_balance"),
        liability=Sum("liability_balance"), past=Count("pk", filter=Q(maturity_day__lt=today)), **soon,
    )  # fmt: skip
    return held(standing, f"portfolio of {today}", lambda rows: rows.aggregate(**figures))


STANDING = (("filled", "disbursed_day"), ("empty", "settled_day"))
"""What the list of contracts is asked for the standing ones, as ``portfolio`` counts them."""


def maturing(today: date) -> dict[str, str]:
    """What the list of contracts is asked for those that mature soon or should have, by the name of their figure."""

    def asked(since: date | None, until: date) -> str:
        days = {
            "day_of": "maturity_day",
            "day_from": "" if since is None else since.isoformat(),
            "day_to": until.isoformat(),
        }
        return urlencode([*STANDING, *((name, said) for name, said in days.items() if said)])

    soon = {f"within_{days}": asked(today, today + timedelta(days)) for days in SOON}
    return {"number": urlencode(STANDING), "past": asked(None, today - timedelta(1)), **soon}


def _compensated(viewer: Viewer, since: date, until: date) -> dict[str, Any] | None:
    """What was paid to creditors in a period (fen): principal, interest, penalty interest and expenses."""
    if viewer.rights.scope("recovery") is Scope.NONE:
        return None
    parts = ("principal", "interest", "penalty_interest", "expense")
    rows = visible("compensation", viewer).filter(value_day__gte=since, value_day__lte=until)
    found = rows.aggregate(number=Count("pk"), **{one: Sum(one) for one in parts})
    return {"number": found["number"], "amount": sum(found[one] or 0 for one in parts)}
