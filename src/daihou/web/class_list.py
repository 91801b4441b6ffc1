"""The list of what is to be classed otherwise: on record, by the rules, by what, and where to see why."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import Count, QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from daihou.duties.classes_due import classes_due
from daihou.duties.models import ClassDue
from daihou.duties.naming import names_for
from daihou.people.reads import Viewer
from daihou.policy.rules import rules
from daihou.registers.held import held
from daihou.screens.lists import EXPORT_ROWS, sheet
from daihou.screens.tags import lang, word
from daihou.trail.acts import record
from daihou.web.allowed import causes
from daihou.web.gate import Request

ROWS, FIRST = 50, 6


@dataclass(frozen=True)
class Line:
    """A row to be classed: its table and key, what it is called, by which grade, as what, what it is now, by what, since which day."""

    table: str
    key: str
    name: str
    client: str
    grade: str
    level: str
    now: str
    cause: str
    since: date


def class_lines(rows: Iterable[ClassDue]) -> list[Line]:
    """Rows as the page tells them; as many questions for many as for few."""
    found = list(rows)
    contracts = [one.object for one in found if one.table == "contract"]
    names = names_for(contracts=contracts, parties=[one.object for one in found if one.table == "party"])
    return [
        Line(
            one.table, one.object, one.object if one.table == "contract" else names.parties.get(one.object, one.object),
            names.parties.get(names.clients.get(one.object, ""), "") if one.table == "contract" else "",
            rules()[one.rule].said(lang()) if one.rule in rules() else one.rule,
            word(one.level), word(one.now) if one.now else "", causes().get(one.cause, ""), one.run.day,
        )
        for one in found
    ]  # fmt: skip


def first_classes(viewer: Viewer) -> dict[str, Any]:
    """The first few for the desk, and how many there are; nothing where there is none."""
    rows = classes_due(viewer)
    first = class_lines(rows.select_related("run")[:FIRST])
    number = held(rows, "how many", QuerySet.count) if len(first) == FIRST else len(first)
    return {"classes": first, "classes_total": number}


@require_safe
def class_list(request: Request) -> HttpResponse:
    """All of it: narrowed to a grade, by pages, to Excel as seen."""
    viewer, rule = request.viewer, request.GET.get("rule", "")
    every = classes_due(viewer)
    kinds = [
        (one, rules()[one].said(lang()), number)
        for one, number in every.order_by().values_list("rule").annotate(Count("pk")).order_by("rule")
        if one in rules()
    ]
    rows = classes_due(viewer, rule).select_related("run")
    if request.GET.get("as") == "xlsx":
        return _workbook(request, class_lines(rows[:EXPORT_ROWS]))
    page = Paginator(rows, ROWS).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "total": page.paginator.count,
        "lines": class_lines(page),
        "kinds": kinds,
        "rule": rule,
    }
    return render(request, "web/class_list.html", context)


def _workbook(request: Request, lines: list[Line]) -> HttpResponse:
    """The list as Excel; that it was taken is on record."""
    title = _("应改级")
    with transaction.atomic():
        record("export", by=request.actor, at=timezone.now(), kind="class_due", subject="*", after={"rows": len(lines), "asked": title})  # fmt: skip
    heads = [_("对象"), _("客户"), _("分级"), _("登记的是"), _("应评"), _("按什么"), _("从哪天起")]
    cells = [
        [one.name, one.client, one.grade, one.now, one.level, one.cause, one.since.isoformat()]
        for one in lines
    ]
    return sheet(title, heads, cells, about=title, by=request.viewer.name, day=request.today)
