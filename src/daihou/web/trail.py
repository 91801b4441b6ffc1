"""The trail: who did what, when and from where; found by the words that the page shows."""

from __future__ import annotations

from functools import reduce
from operator import and_
from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from daihou.book import declared
from daihou.duties.naming import names_for
from daihou.people.models import Account
from daihou.people.reads import Viewer, visible
from daihou.people.rights import May
from daihou.registers.kept import FOUND_BY, homes, standing
from daihou.registers.sealing import seals
from daihou.terms import terms
from daihou.trail.acts import SYSTEM
from daihou.trail.models import Event
from daihou.trail.reads import verify
from daihou.web.gate import Request

EVENTS = 100
_ACT = "act_"
KINDS = frozenset(
    {
        "account", "answer", "batch", "channel", "delegation", "figure", "form", "mapping", "message", "overview", "own_reminder", "radar",
        "rows", "run", "sending", "signature", "signing_matter", "taking", "template", "token", "upload",
    }
)  # fmt: skip
"""Kinds of things that acts are about, besides the rows of declared tables."""
_BY_STAFF_NO = ("employee", "message", "signature")
"""Kinds of things that are called by a staff number."""


def _may(request: Request) -> Viewer:
    viewer: Viewer = request.viewer
    if not viewer.may(May.TRAIL):
        raise PermissionDenied
    return viewer


@require_safe
def trail(request: Request) -> HttpResponse:
    """What was done, by whom, when: searched by person, thing or act; and whether the chain holds."""
    viewer = _may(request)
    words = request.GET.get("q", "").strip()
    rows = Event.objects.filter(_found(words, viewer)).order_by("-number")
    page = Paginator(rows, EVENTS).get_page(request.GET.get("page"))
    breaks = list(verify()) if request.GET.get("verify") == "1" else None
    context = {
        "page": page, "words": words, "breaks": breaks, "total": page.paginator.count,
        "people": names_for(people=[event.by for event in page.object_list]),
    }  # fmt: skip
    return render(request, "web/trail.html", context)


def _found(words: str, viewer: Viewer) -> Q:
    """Events that some words find: all of them in a row, or each of them by itself."""
    parts = words.split()
    if not parts:
        return Q()
    each = reduce(and_, (_said(one, viewer) for one in parts))
    return each if len(parts) == 1 else _said(words, viewer) | each


def _said(words: str, viewer: Viewer) -> Q:
    """Events of which the page says something: act, kind of thing, who did it, whom it is about; or by their stored codes."""
    acts, kinds = _named(words)
    staff = _keys(standing(homes()["employee"]), words)
    clients = _keys(visible("party", viewer), words)
    logins = Account.objects.filter(staff_no__in=staff).values("login")
    found = (
        Q(subject__icontains=seals().marked(words.upper() if words.isascii() else words))
        | Q(by=words) | Q(act=words) | Q(kind=words) | Q(act__in=acts) | Q(kind__in=kinds)
        | Q(by__in=staff) | Q(kind__in=_BY_STAFF_NO, subject__in=staff) | Q(kind="account", subject__in=logins)
        | Q(kind="party", subject__in=clients)
    )  # fmt: skip
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
