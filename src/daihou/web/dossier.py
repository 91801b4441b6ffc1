"""The due-diligence file on screen and on paper: of a contract for who sees it, of a person for himself, his head and who audits."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from daihou.book import declared
from daihou.duties.dossier import Dossier, of_contract, of_person
from daihou.duties.naming import names_for
from daihou.people.reads import Viewer, heads, visible
from daihou.people.rights import May, Scope
from daihou.policy.rules import rules
from daihou.registers.kept import homes, standing
from daihou.screens.narrowing import DAY, LONGEST, bounds_of
from daihou.units import year_start
from daihou.web.gate import Request
from daihou.web.timeline import move_words


@require_safe
def contract_file(request: Request, key: str) -> HttpResponse:
    """The file of a contract."""
    if not visible("contract", request.viewer).filter(key=key).exists():
        raise Http404
    return _page(request, of_contract(key, rules()), contract=key, person="")


@require_safe
def person_file(request: Request, staff_no: str) -> HttpResponse:
    """The file of a person, of what fell due in some days: this year's unless others, or all, are asked for."""
    if not may_read_person(request.viewer, staff_no):
        raise Http404
    low, high = (request.GET.get(name, "").strip()[:LONGEST] for name in ("from", "until"))
    read, faults = bounds_of(DAY, low, high)
    if not (low or high) and request.GET.get("all") != "1":
        read = {"from": year_start(request.today)}
    made = of_person(staff_no, rules(), since=read.get("from"), until=read.get("to"))
    period = {"since": read.get("from"), "until": read.get("to"), "low": low, "high": high, "faults": faults}
    return _page(request, made, contract="", person=staff_no, period=period)


def may_read_person(viewer: Viewer, staff_no: str) -> bool:
    """Himself, who stands above one of his posts at his branch or one above it, the general manager, and who audits."""
    if not standing(homes()["employee"]).filter(key=staff_no).exists():
        return False
    if staff_no == viewer.staff_no or "general_manager" in viewer.posts or viewer.may(May.TRAIL):
        return True
    return heads(viewer, staff_no)


def _open(viewer: Viewer) -> frozenset[str]:
    """Tables whose rows the viewer may read at all: those of the others are not named to him, their duties are."""
    return frozenset(
        name for name, table in declared().items() if viewer.rights.scope(table.room) is not Scope.NONE
    )


def _page(
    request: Request, dossier: Dossier, *, contract: str, person: str, period: Mapping[str, Any] | None = None
) -> HttpResponse:  # fmt: skip
    entries = dossier.said["duties"]
    people = {one["employee"] for entry in entries for one in entry["persons"]} | {person}
    people |= {
        part["by"]
        for entry in entries
        for name in ("changes", "completions", "facts", "papers", "attachments", "takings")
        for part in entry[name]
    } | {part["employee"] for entry in entries for part in entry["takings"]}
    names = names_for(people=people, contracts=[contract])
    context: dict[str, Any] = {
        "dossier": dossier, "period": period, "contract": contract, "person": names.people.get(person, person), "staff_no": person,
        "client": names.parties.get(names.clients.get(contract, ""), ""), "people": names.people,
        "lines": [(entry, rules().get(entry["rule"]), _moves(entry)) for entry in entries], "rooms": _open(request.viewer),
        "late": sum(1 for entry in entries if entry["days_late"]), "done": sum(1 for entry in entries if entry["done"]),
    }  # fmt: skip
    status = HTTPStatus.UNPROCESSABLE_ENTITY if period and period["faults"] else HTTPStatus.OK
    return render(request, "web/dossier.html", context, status=status)


def _moves(entry: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any]]]:
    """What moved of a duty, in words, each with what the file holds of it."""
    return [(move_words(one["what"], one["before"], one["after"]), one) for one in entry["changes"]]
