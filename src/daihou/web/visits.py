"""The way of a day: visits and inspections that are a viewer's to do, by place, for a phone; photos that tell where they were taken."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import groupby
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import F, Q
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from daihou.book import masked
from daihou.dayend.acts import follow
from daihou.duties.models import WAITING, Duty
from daihou.duties.reads import mine
from daihou.ledger.acts import RowRefusedError, correct
from daihou.ledger.refusals import refusal
from daihou.papers.models import Attachment
from daihou.papers.places import metres
from daihou.papers.reading import messages
from daihou.people.reads import Viewer, visible
from daihou.policy.rules import rules
from daihou.rulebook import Duty as DutyRule
from daihou.rulebook import closing_of
from daihou.screens.answers import say_done
from daihou.screens.tags import lang
from daihou.web.attachments import attachment_of_viewer, page_of
from daihou.web.desk import Line, lines
from daihou.web.gate import Request

ON_SITE = frozenset({"inspection", "call_back", "stock_record"})
"""Registers of which a row is written by somebody who was there."""
AHEAD = 14
"""Days ahead that the page looks."""
MOST = 60


@dataclass(frozen=True)
class Stop:
    """One client on the way: where, whom to call, and what is to be done there."""

    party: Any
    lines: tuple[Line, ...]

    @property
    def call(self) -> str:
        """The number to call; empty where it is a personal one, which stays hidden."""
        phone = self.party.phone or ""
        return phone if masked(phone) == phone else ""

    @property
    def point(self) -> tuple[Decimal, Decimal] | None:
        """Latitude and longitude; None where they are not known."""
        held = self.party
        return None if held.latitude is None or held.longitude is None else (held.latitude, held.longitude)

    @property
    def first(self) -> tuple[date, str]:
        """What comes first: the earliest deadline, then the client's number."""
        return min((line.due or date.max for line in self.lines), default=date.max), self.party.key

    @property
    def tasks(self) -> list[tuple[Line, list[Line]]]:
        """What is to be done there, each kind once: of several of one kind the first and the others, each with a form of its own."""
        kinds: dict[str, list[Line]] = {}
        for line in self.lines:
            kinds.setdefault(line.name, []).append(line)
        return [(those[0], those[1:]) for those in kinds.values()]

    @property
    def place(self) -> str:
        """The place that a map program of the phone opens; empty without coordinates."""
        held = self.party
        return (
            "" if held.latitude is None or held.longitude is None else f"geo:{held.latitude},{held.longitude}"
        )


@require_safe
def visits(request: Request) -> HttpResponse:
    """What the viewer has to see on the spot, late first to two weeks ahead, by city and street."""
    until = request.today + timedelta(AHEAD)
    duties = list(visit_duties(request.viewer, request.today, until)[: MOST + 1])
    stops, elsewhere = _stops(request.viewer, duties[:MOST])
    cities = [(city, list(those)) for city, those in groupby(stops, key=lambda one: one.party.city or "")]
    context = {
        "cities": cities,
        "elsewhere": elsewhere,
        "until": until,
        "more": len(duties) > MOST,
        "number": len(duties[:MOST]),
        "forms": [line.pk for stop in stops for line in stop.lines if line.form],
    }
    return render(request, "web/visits.html", context)


def visit_duties(viewer: Viewer, today: date, until: date) -> Any:
    """The duties of a viewer that a visit closes and that have begun and are due by a day."""
    kinds = [rule.id for rule in rules().values() if isinstance(rule, DutyRule) and _on_site(rule)]
    due = Q(due__lte=until) | Q(due__isnull=True)
    begun = Q(opens__isnull=True) | Q(opens__lte=today)
    own = Duty.objects.filter(mine(viewer), rule__in=kinds, state__in=WAITING, withdrawn_on__isnull=True)
    return own.filter(due & begun).distinct().order_by(F("due").asc(nulls_last=True), "pk")


def _on_site(rule: DutyRule) -> bool:
    closing = closing_of(rule)
    return closing is not None and closing.new and closing.table in ON_SITE


def _stops(viewer: Viewer, duties: Sequence[Duty]) -> tuple[list[Stop], list[Line]]:
    """Duties by client, in the order of their places; those of whom no client is known apart. Three questions, whatever the duties."""
    contracts = visible("contract", viewer).filter(key__in={one.contract for one in duties if one.contract})
    clients = dict(contracts.values_list("key", "client"))
    of_duty = {one.pk: one.party or clients.get(one.contract or "") for one in duties}
    parties = {
        one.key: one
        for one in visible("party", viewer).filter(key__in={key for key in of_duty.values() if key})
    }
    told = lines(duties)
    by_party: dict[str, list[Line]] = {}
    elsewhere = []
    for duty, line in zip(duties, told, strict=True):
        key = of_duty[duty.pk]
        if key in parties:
            by_party.setdefault(str(key), []).append(line)
        else:
            elsewhere.append(line)
    stops = [Stop(parties[key], tuple(those)) for key, those in by_party.items()]
    stops.sort(key=_by_place)
    cities = [list(those) for _city, those in groupby(stops, key=lambda one: one.party.city or "")]
    return [stop for those in cities for stop in _along_the_way(those)], elsewhere


def _by_place(stop: Stop) -> tuple[str, str, str]:
    return stop.party.city or "", stop.party.address or "", stop.party.key


def _along_the_way(stops: Sequence[Stop]) -> list[Stop]:
    """The stops of a city one after the other: from that with the earliest deadline always to the nearest left; those of unknown place after them, by street."""
    left = [stop for stop in stops if stop.point is not None]
    found: list[Stop] = []
    while left:
        here = found[-1].point if found else None
        nearest = min(
            left, key=lambda stop: stop.first if here is None else (metres(here, stop.point or here),)
        )
        left.remove(nearest)
        found.append(nearest)
    return found + [stop for stop in stops if stop.point is None]


# -- where a photo was taken ------------------------------------------------------------------------------------------


@require_POST
def place_of_client(request: Request, pk: int) -> HttpResponse:
    """Take the place of a photo for the client's place, where the register holds none yet: whoever may attach there stood there."""
    held, thing = attachment_of_viewer(request.viewer, pk)
    if not thing.may:
        raise PermissionDenied
    name, back = page_of(thing)
    party = None if held.latitude is None else client_of(request.viewer, held)
    if held.latitude is not None and party is None:
        raise Http404
    if party is None or party.latitude is not None:
        said = messages().text("place-none" if party is None else "place-held", lang())
        return render(
            request, "web/refused.html", {"said": said, "back": reverse(name, args=back)}, status=409
        )
    values = {"latitude": held.latitude, "longitude": held.longitude, "place_source": "taken_on_site"}
    reason = _("现场照片 %(name)s") % {"name": held.name}
    try:
        correct(
            "party", party.key, values, by=request.actor, at=timezone.now(), day=request.today, reason=reason
        )
    except RowRefusedError as error:
        return render(
            request,
            "web/refused.html",
            {"said": refusal(error), "back": reverse(name, args=back)},
            status=409,
        )
    follow(request.today, by=request.actor, at=timezone.now())
    say_done(request, _("已把照片的位置记作客户的位置。"))
    return redirect(name, *back)


def client_of(viewer: Viewer, held: Attachment) -> Any:
    """The client of an attachment, as the viewer sees him: its own, else that of its contract; None without one."""
    contract = visible("contract", viewer).filter(key=held.contract or "").first()
    key = held.party or (None if contract is None else contract.client)
    return visible("party", viewer).filter(key=key or "").first()
