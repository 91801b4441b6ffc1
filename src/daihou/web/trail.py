"""The trail: who did what, when and from where; found by the words that the page shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, time, timedelta
from functools import reduce
from http import HTTPStatus
from operator import and_
from typing import Any
from urllib.parse import unquote_plus

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import CharField, Q, QuerySet
from django.db.models.functions import Cast
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from daihou.book import declared, masked
from daihou.duties.naming import names_for
from daihou.duties.witnesses import newest_named
from daihou.imports.models import Upload
from daihou.people.models import Account
from daihou.people.reads import Viewer, visible
from daihou.people.rights import May
from daihou.registers.kept import FOUND_BY, homes, standing
from daihou.registers.lines import parts
from daihou.registers.models import Batch
from daihou.registers.sealing import seals
from daihou.screens.lists import EXPORT_ROWS, sheet
from daihou.screens.narrowing import DAY, LONGEST, bounds_of
from daihou.screens.tags import act as act_words
from daihou.terms import terms
from daihou.trail.acts import SYSTEM, record
from daihou.trail.models import Event
from daihou.trail.reads import Break, links_of, verify
from daihou.units import ZONE
from daihou.web.gate import Request
from daihou.web.things import KINDS, STAFF, link_of, things
from daihou.web.told import plain, told

EVENTS = 100
PART = 2_000
"""Rows of a workbook whose names are looked up at once."""
_ACT = "act_"


def _may(request: Request) -> Viewer:
    viewer: Viewer = request.viewer
    if not viewer.may(May.TRAIL):
        raise PermissionDenied
    return viewer


@require_safe
def trail(request: Request) -> HttpResponse:
    """What was done, by whom, when: searched by person, thing or act, narrowed to an act and to days, taken as Excel; and whether the chain holds."""
    viewer = _may(request)
    words, act = request.GET.get("q", "").strip(), request.GET.get("act", "")
    low, high = (request.GET.get(name, "").strip()[:LONGEST] for name in ("from", "until"))
    read, faults = bounds_of(DAY, low, high)
    rows = (
        Event.objects.none()
        if faults
        else Event.objects.filter(_found(words, viewer), _narrowed(act, read)).order_by("-number")
    )
    if request.GET.get("as") == "xlsx" and not faults:
        return _workbook(request, viewer, rows[:EXPORT_ROWS])
    page = Paginator(rows, EVENTS).get_page(request.GET.get("page"))
    breaks = (
        [_where(one) for one in verify({newest_named(): ""})] if request.GET.get("verify") == "1" else None
    )
    events = list(page.object_list)
    named = things(viewer, events)
    context = {
        "page": page, "rows": [(event, named[event.number], plain(event.reason)) for event in events], "words": words, "breaks": breaks,
        "total": page.paginator.count, "people": names_for(people=[event.by for event in events]),
        "act": act, "acts": acts(), "low": low, "high": high, "faults": faults, "asked": bool(words or act or low or high),
    }  # fmt: skip
    return render(
        request,
        "web/trail.html",
        context,
        status=HTTPStatus.UNPROCESSABLE_ENTITY if faults else HTTPStatus.OK,
    )


def acts() -> list[tuple[str, str]]:
    """The acts that the trail knows, by code, in the order of their words."""
    known = [one.id.removeprefix(_ACT).replace("_", "-") for one in terms() if one.id.startswith(_ACT)]
    return sorted(((one, act_words(one)) for one in known), key=lambda one: one[1])


def _narrowed(act: str, bounds: Mapping[str, Any]) -> Q:
    """Events of one act, and of days as they are counted in Shanghai, both counted in."""
    found = Q(act=act) if act else Q()
    if "from" in bounds:
        found &= Q(at__gte=datetime.combine(bounds["from"], time.min, ZONE))
    if "to" in bounds:
        found &= Q(at__lt=datetime.combine(bounds["to"] + timedelta(1), time.min, ZONE))
    return found


def _workbook(request: Request, viewer: Viewer, rows: QuerySet[Event]) -> HttpResponse:
    """The events as they were asked for, as the page shows them; that they were taken is on record."""
    cells: list[list[Any]] = []
    for part in parts(rows.iterator(chunk_size=PART), PART):
        named, people = things(viewer, part), names_for(people=[event.by for event in part]).people
        cells += [
            [
                event.number, localtime(event.at).strftime("%Y-%m-%d %H:%M:%S"), people.get(event.by, event.by), event.origin, act_words(event.act),
                f"{named[event.number].kind} {named[event.number].name}".strip(), plain(event.reason), event.seal,
            ]
            for event in part
        ]  # fmt: skip
    about = unquote_plus(request.GET.urlencode())
    with transaction.atomic():
        record(
            "export", by=request.actor, at=timezone.now(), kind="trail", subject="*",
            after={"rows": len(cells), "asked": seals().marked(about)},
        )  # fmt: skip
    heads = ["#", _("时间"), _("谁"), _("从哪里"), _("动作"), _("对象"), _("理由"), _("印记")]
    return sheet(_("操作记录"), heads, cells, about=masked(about), by=viewer.name, day=request.today)


@require_safe
def event(request: Request, number: int) -> HttpResponse:
    """One event: who, when, from where, on what, why; before and after side by side; its seal and whether it holds in the chain."""
    viewer = _may(request)
    one = get_object_or_404(Event, number=number)
    links = links_of(one)
    fields = told(viewer, one)
    both = one.before is not None and one.after is not None
    context = {
        "event": one, "thing": replace(things(viewer, [one])[one.number], link=link_of(viewer, one)), "reason": plain(one.reason),
        "fields": fields, "both": both, "changed": [field for field in fields if field.changed],
        "same": [field for field in fields if not field.changed],
        "before": links.before, "after": links.after, "breaks": [_where(each) for each in links.breaks],
        "names": names_for(people=[one.by], branches=bool(one.branch)),
    }  # fmt: skip
    return render(request, "web/event.html", context)


def _where(one: Break) -> str:
    """Where the chain does not hold, and how."""
    said = {
        "trail-missing": _("第 %(n)s 条不在了"), "trail-moved": _("第 %(n)s 条与前一条接不上"), "trail-changed": _("第 %(n)s 条的内容改过"),
        "trail-replaced": _("第 %(n)s 条不是当时的那一条"),
        "trail-no-head": _("到第 %(n)s 条为止，末尾的记录不在了"), "trail-cut": _("末尾被截：到第 %(n)s 条对不上"),
    }  # fmt: skip
    return said[one.code] % {"n": one.number}


def _found(words: str, viewer: Viewer) -> Q:
    """Events that some words find: all of them in a row, or each of them by itself."""
    parts = words.split()
    if not parts:
        return Q()
    each = reduce(and_, (_said(one, viewer) for one in parts))
    return each if len(parts) == 1 else _said(words, viewer) | each


def _said(words: str, viewer: Viewer) -> Q:
    """Events of which the page says something: act, kind of thing, who did it, what it is about, why; or by their stored codes."""
    acts, kinds = _named(words)
    staff = _keys(standing(homes()["employee"]), words)
    clients = _keys(visible("party", viewer), words)
    contracts = visible("contract", viewer).filter(client__in=clients).values("key")
    logins = Account.objects.filter(staff_no__in=staff).values("login")
    mark = seals().marked(words.upper() if words.isascii() else words)
    found = Q(act__in=acts) | Q(kind__in=kinds) | Q(by__in=staff)
    found |= (
        Q(subject__icontains=mark)
        | Q(reason__icontains=mark)
        | Q(by=words)
        | Q(act=words)
        | Q(kind=words)
        | Q(origin=words)
    )
    found |= Q(kind__in=STAFF, subject__in=staff) | Q(kind="account", subject__in=logins)
    found |= Q(kind="party", subject__in=clients) | Q(kind="contract", subject__in=contracts)
    for kind, model in (("upload", Upload), ("batch", Batch)):
        files = model._default_manager.filter(file__icontains=words)
        found |= Q(kind=kind, subject__in=files.annotate(number=Cast("pk", CharField())).values("number"))
    return found | Q(by=SYSTEM) if words in _("系统") else found


def _named(words: str) -> tuple[list[str], list[str]]:
    """Codes of acts, and of kinds of things, whose words hold these, in either language."""
    asked = words.lower()
    ids = [one.id for one in terms() if asked in one.word or asked in one.label.lower()]
    acts = [one.removeprefix(_ACT).replace("_", "-") for one in ids if one.startswith(_ACT)]
    return acts, [one for one in ids if one in KINDS or one in declared()]


def _keys(rows: QuerySet[Any], words: str) -> QuerySet[Any]:
    """Keys of people or clients whom some words name, by their pinyin initials too."""
    return rows.filter(**{f"{FOUND_BY}__contains": words.lower()}).values("key")
