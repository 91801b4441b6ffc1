"""The due-diligence file on screen and on paper: of a contract for who sees it, of a person for himself, his head and who audits."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from http import HTTPStatus
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from daihou.book import declared
from daihou.duties.dossier import Dossier, of_contract, of_person
from daihou.duties.models import REPORTED, Duty
from daihou.duties.naming import Names, names_for
from daihou.duties.punctuality import UNDONE
from daihou.duties.reads import seen
from daihou.people.reads import Viewer, heads, visible
from daihou.people.rights import May, Scope
from daihou.policy.rules import rules
from daihou.registers.kept import homes, standing
from daihou.registers.lines import portions
from daihou.rulebook import Rule
from daihou.screens.narrowing import DAY, LONGEST, bounds_of
from daihou.screens.tags import key as key_words
from daihou.units import year_start
from daihou.web.desk import Line, lines
from daihou.web.gate import Request
from daihou.web.timeline import move_words, reported_words


@dataclass(frozen=True)
class FileLine:
    """A duty of a file: what is sealed of it, its rule, what it is about, its period, what moved of it, the rows that closed it."""

    entry: Mapping[str, Any]
    rule: Rule | None
    object: str
    period: str
    moves: Sequence[tuple[str, Mapping[str, Any]]]
    facts: Sequence[tuple[str, Mapping[str, Any]]]


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
        name for name, table in declared().items() if viewer.rights.scope_of(table) is not Scope.NONE
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
    rooms = _open(request.viewer)
    facts = [(fact["table"], fact["key"]) for entry in entries for fact in entry["facts"]]
    names = names_for(people=people, contracts=[contract], things=facts)
    named = _named(request.viewer, dossier)
    context: dict[str, Any] = {
        "dossier": dossier, "period": period, "contract": contract, "person": names.people.get(person, person), "staff_no": person,
        "client": names.parties.get(names.clients.get(contract, ""), ""), "people": names.people,
        "lines": [
            FileLine(
                entry, rules().get(entry["rule"]), *_about(entry, named.get(number), rooms), _moves(entry, named.get(number)),
                _facts(entry, names if number in named else None, rooms),
            )
            for number, entry in zip(dossier.duties, entries, strict=True)
        ],
        "done": sum(1 for entry in entries if entry["done"]), "late": sum(1 for entry in entries if entry["done"] and entry["days_late"]),
        "undone": sum(1 for entry in entries if entry["state"] in UNDONE and not entry["withdrawn_on"]),
    }  # fmt: skip
    status = HTTPStatus.UNPROCESSABLE_ENTITY if period and period["faults"] else HTTPStatus.OK
    return render(request, "web/dossier.html", context, status=status)


def _named(viewer: Viewer, dossier: Dossier) -> dict[int, Line]:
    """The duties of a file as lists tell them, by their numbers: those that the viewer sees there too. Of the others he reads the keys alone."""
    return {
        line.pk: line
        for some in portions(dossier.duties)
        for line in lines(Duty.objects.filter(seen(viewer), pk__in=some))
    }


def _about(entry: Mapping[str, Any], line: Line | None, rooms: Container[str]) -> tuple[str, str]:
    """What a duty is about, and for which period it is; of a table that the viewer may not read the row is not named."""
    occurrence = entry["occurrence"] and key_words(entry["occurrence"])
    thing, period = (key_words(entry["object"]), occurrence) if line is None else (line.object, line.period)
    return thing if entry["table"] in rooms else "", period


def _facts(
    entry: Mapping[str, Any], names: Names | None, rooms: Container[str]
) -> list[tuple[str, Mapping[str, Any]]]:
    """The rows that closed a duty, each by what people call it; without ``names`` by its key."""
    told = []
    for one in entry["facts"]:
        table, key = one["table"], one["key"]
        called = key_words(key) if names is None else names.object(table, key, None, None)
        told.append((called if table in rooms else "", one))
    return told


def _moves(entry: Mapping[str, Any], line: Line | None) -> list[tuple[str, Mapping[str, Any]]]:
    """What moved of a duty, in words, each with what the file holds of it."""
    start = date.fromisoformat(entry["start"]) if entry["start"] else None
    missed = "" if line is None else line.missed_before

    def said(one: Mapping[str, Any]) -> str:
        if one["what"] == REPORTED:
            return reported_words(one["after"], date.fromisoformat(one["day"]), start, missed)
        return move_words(one["what"], one["before"], one["after"])

    return [(said(one), one) for one in entry["changes"]]
