"""The registers: every declared table as a list, every row as a page with what belongs to it; numbers opened on record."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from http import HTTPStatus
from typing import Any
from urllib.parse import unquote_plus

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Case, Count, F, Q, QuerySet, When, Window
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from daihou.book import CALENDAR, Column, Table, declared, masked
from daihou.dayend.asking import answers_about
from daihou.dayend.grading import grades_on
from daihou.duties.finding import Sought, unseen
from daihou.duties.handover import may_hand_over
from daihou.duties.models import LEFTOVER, LIVE, Duty
from daihou.duties.naming import Names, names_for
from daihou.duties.own_work import waiting_for
from daihou.duties.reads import seen
from daihou.ledger.acts import MANY
from daihou.ledger.owing import DUE_DAY_COUNTS, TO_RECOVER, Arrears, arrears_among, compensated
from daihou.ledger.reads import history_of
from daihou.ledger.steps import steps_from
from daihou.people.decided import may_take, slip_columns
from daihou.people.reads import Viewer, visible
from daihou.people.reads import readable as may_read
from daihou.people.rights import Scope
from daihou.policy.modules import registers_at_work
from daihou.policy.rules import figure_on, rules
from daihou.registers.kept import field_name, finding_any, homes, is_sealed, names_party, standing, values_of
from daihou.registers.sealing import seals
from daihou.screens.lists import (
    SHOW,
    Listing,
    columns_of,
    head_columns,
    listing,
    named,
    numbers_among,
    open_first,
    workbook,
)
from daihou.screens.narrowing import Narrow, narrowed
from daihou.screens.tags import EMPTY, lang, listed, value_text, word
from daihou.signoff.models import Matter
from daihou.signoff.reads import seen as seen_matters
from daihou.trail.acts import record
from daihou.trail.models import Event
from daihou.warnings.reads import circle_of, open_around
from daihou.warnings.suggested import signal_of
from daihou.web.allowed import shown
from daihou.web.days import unlisted_years
from daihou.web.desk import Line, lines
from daihou.web.gate import Request
from daihou.web.matters_about import signatures_about
from daihou.web.messages import notes_for
from daihou.web.own_rows import seen_row, seen_rows
from daihou.web.papers import row_pane
from daihou.web.timeline import of_row

CHILDREN = 12
FOUND = 1_000
"""Up to how many the finds of a table are counted."""
DUTIES = 40
EVENTS = 30
WARNED = 12


@dataclass(frozen=True)
class Cell:
    """A value on a page: its words, and the address of the thing that it names."""

    column: Column
    text: str
    link: tuple[str, str] | None

    @property
    def empty(self) -> bool:
        """Whether there is nothing."""
        return self.text == EMPTY


@dataclass(frozen=True)
class Pane:
    """Rows of another table that belong to a row."""

    table: Table
    columns: Sequence[Column]
    rows: Sequence[tuple[str, Sequence[Cell]]]
    total: int
    by: str

    @property
    def numbers(self) -> frozenset[Column]:
        """Columns whose values stand at the right."""
        return numbers_among(self.columns)


@require_safe
def registers(request: Request) -> HttpResponse:
    """All tables that the viewer may read, by subject; apart, those that a company of this kind does not work with."""
    viewer: Viewer = request.viewer
    at_work = registers_at_work()
    rooms: dict[str, list[Table]] = {}
    others: list[Table] = []
    for table in declared().values():
        if table.id in homes() and viewer.rights.scope_of(table) is not Scope.NONE:
            (rooms.setdefault(table.room, []) if table.id in at_work else others).append(table)
    return render(request, "web/registers.html", {"rooms": rooms, "others": others})


def readable(viewer: Viewer, name: str) -> Table:
    """A declared table that the viewer may read at all; what he may not is not there for him."""
    table = may_read(name, viewer)
    if table is None:
        raise Http404
    return table


@require_safe
def register(request: Request, name: str) -> HttpResponse:
    """One table as a list, or as a workbook."""
    table = readable(request.viewer, name)
    listed, narrow = _asked(request, table)
    if request.GET.get("as") == "xlsx" and not narrow.wrong:
        return _exported(request, listed)
    return _page(request, listed, narrow)


@require_http_methods(["GET", "POST"])
def register_clear(request: Request, name: str) -> HttpResponse:
    """A list as a workbook with all personal numbers of its rows in clear: for who may open them, with a reason, on record before anything is sent."""
    table = readable(request.viewer, name)
    if request.method == "GET":  # where a page that told what was wrong leads on, the list goes on
        return redirect(f"{reverse('register', args=[name])}?{request.GET.urlencode()}")
    if not request.viewer.rights.numbers:
        raise PermissionDenied
    listed, narrow = _asked(request, table)
    reason = request.POST.get("reason", "").strip()
    if narrow.wrong or not reason:
        fault = "" if reason else _("请写明导出完整号码的理由。")
        return _page(request, listed, narrow, fault=fault)
    return _exported(request, listed, reason=reason)


def _asked(request: Request, table: Table) -> tuple[Listing, Narrow]:
    """What of a table the address asks for, of the rows that the viewer sees."""
    viewer: Viewer = request.viewer
    rows, narrow = narrowed(seen_rows(viewer, table.id), table, request.GET, _branches(viewer, table))
    return listing(rows, table, request.GET, _chosen_columns(request, table.id)), narrow


def _page(request: Request, listed: Listing, narrow: Narrow, *, fault: str = "") -> HttpResponse:
    """The list; ``fault``: why its numbers were not exported."""
    viewer, table = request.viewer, listed.table
    context = {
        "list": listed, "table": table, "rows": rows_of(listed), "may_enter": viewer.rights.may_enter(table), "narrow": narrow,
        "back": f"{request.path}?{_kept(request).urlencode()}",
        "unfolded": listed.unfolded or narrow.used, "fault": fault, "about": _about(viewer, listed),
        "clear": viewer.rights.numbers and bool(_secret(table)), **(unlisted_years(request) if table.id == CALENDAR else {}),
    }  # fmt: skip
    status = HTTPStatus.UNPROCESSABLE_ENTITY if narrow.wrong or fault else HTTPStatus.OK
    return render(request, "web/register.html", context, status=status)


def _kept(request: Request) -> QueryDict:
    """What the address asks of a list, whatever its columns and page."""
    kept = request.GET.copy()
    for name in ("col", SHOW, "page", "as"):
        kept.pop(name, None)
    return kept


def _about(viewer: Viewer, listed: Listing) -> list[tuple[Column, str, str]]:
    """The rows that those listed name, each by what it is called where the viewer sees it."""
    told = []
    for column, key in listed.about:
        held = (
            None
            if may_read(column.ref or "", viewer) is None
            else visible(column.ref or "", viewer).filter(key=key).first()
        )
        told.append((column, key, key if held is None else title_of(declared()[column.ref or ""], held)))
    return told


def _exported(request: Request, listed: Listing, *, reason: str = "") -> HttpResponse:
    """The list as a workbook, on record; with a ``reason`` its personal numbers are in clear."""
    held: Any = listed.page.paginator.object_list
    asked = masked(unquote_plus(request.GET.urlencode()))
    opened = _secret(listed.table) if reason else []
    # numbers that no list shows stand behind its columns
    listed = replace(listed, columns=[*listed.columns, *(one for one in opened if one not in listed.columns)])
    after: dict[str, Any] = {"rows": listed.total, "asked": asked}
    if opened:
        after["columns"] = [one.id for one in opened]
    with transaction.atomic():
        record(
            "export-numbers" if opened else "export", by=request.actor, at=timezone.now(), kind=listed.table.id, subject="*",
            reason=reason, after=after,
        )  # fmt: skip

    secret = {at for at, column in enumerate(listed.columns) if column in opened}

    def said(some: Sequence[Any]) -> list[list[str]]:
        return [
            [
                (_number(row, cell.column) if at in secret else None) or cell.text
                for at, cell in enumerate(line)
            ]
            for row, line in zip(some, _cells(some, listed.columns), strict=True)
        ]

    noted = [_("含完整号码，理由：%s") % masked(reason)] if opened else []
    viewer: Viewer = request.viewer
    return workbook(request, held, listed, said, by=viewer.name, day=request.today, noted=noted)


def _secret(table: Table) -> list[Column]:
    """The columns of a table that hold personal numbers."""
    return [one for one in values_of(table) if is_sealed(one) or names_party(one)]


def _number(row: Any, column: Column) -> str | None:
    """The personal number of a row in clear; None where the column holds none, or a company's code, which is no secret."""
    at = field_name(column.id)
    sealed = getattr(row, at) if is_sealed(column) else getattr(row, f"{at}_sealed", "")
    return seals().opened(sealed) if sealed else None


def _branches(viewer: Viewer, table: Table) -> Mapping[str, str]:
    """The branches by which a viewer can narrow a table, with their names: those that he sees of it; none where it names no branch."""
    scope = viewer.rights.scope_of(table)
    if scope is Scope.OWN or all(column.ref != "branch" for column in values_of(table)):
        return {}
    names = names_for(branches=True).branches
    return (
        names if scope is Scope.COMPANY else {key: one for key, one in names.items() if key in viewer.below}
    )


def _chosen_columns(request: Request, name: str) -> list[str]:
    """The columns of a list: those that the address names, else those that the person chose."""
    return request.GET.getlist("col") or list(request.user.columns.get(name, ()))  # type: ignore[union-attr]


@require_safe
def clients(request: Request) -> HttpResponse:
    """The parties."""
    return register(request, "party")


@require_safe
def contracts(request: Request) -> HttpResponse:
    """The contracts."""
    return register(request, "contract")


def rows_of(listed: Listing) -> list[tuple[str, list[Cell]]]:
    """The rows of a page with their cells; names of what they refer to in one query per table."""
    page = list(listed.page.object_list)
    return [(row.key, cells) for row, cells in zip(page, _cells(page, listed.columns), strict=True)]


def _cells(rows: Sequence[Any], columns: Sequence[Column]) -> list[list[Cell]]:
    """The cells of rows, in a list's page and in its workbook alike; names in one query per table for all of them."""
    names = _names(rows, columns)
    return [[_cell(row, column, names) for column in columns] for row in rows]


def _names(page: Sequence[Any], columns: Sequence[Column]) -> Names:
    return _names_among([(page, columns)])


def _names_among(pages: Iterable[tuple[Sequence[Any], Sequence[Column]]]) -> Names:
    """The names of all that rows refer to in some columns: a question for each table of names, whatever the number of rows and tables."""
    wanted: dict[str, set[str]] = {"employee": set(), "party": set(), "branch": set()}
    for page, columns in pages:
        for column in columns:
            if column.ref in wanted:
                wanted[column.ref] |= {getattr(row, field_name(column.id)) for row in page}
    return names_for(people=wanted["employee"], parties=wanted["party"], branches=bool(wanted["branch"]))


def _linked(viewer: Viewer, cells: list[Cell]) -> list[Cell]:
    """The cells of a row's page, linked to what the viewer may open: elsewhere a name is only a name."""
    wanted: dict[str, set[str]] = {}
    for cell in cells:
        if cell.link is not None and cell.link[0] in homes():
            scope = viewer.rights.scope_of(declared()[cell.link[0]])
            if scope is not Scope.COMPANY:
                wanted.setdefault(cell.link[0], set()).update(
                    [cell.link[1]] if scope is not Scope.NONE else []
                )
    seen = {
        table: set(visible(table, viewer).filter(key__in=keys).values_list("key", flat=True))
        if keys
        else set()
        for table, keys in wanted.items()
    }
    return [
        replace(cell, link=None)
        if cell.link is not None and cell.link[1] not in seen.get(cell.link[0], {cell.link[1]})
        else cell
        for cell in cells
    ]


def _cell(row: Any, column: Column, names: Names) -> Cell:
    value = getattr(row, field_name(column.id))
    if is_sealed(column):
        tail = getattr(row, f"{field_name(column.id)}_tail")
        return Cell(column, f"*** {tail}" if value else value_text(column, None), None)
    if names_party(column):
        tail = getattr(row, f"{field_name(column.id)}_tail")
        return Cell(column, f"*** {tail}" if tail else value_text(column, value), None)
    if column.id == "rule" and value in rules():
        return Cell(column, rules()[value].said(lang()), None)
    if column.ref is None or value is None:
        return Cell(column, value_text(column, value), None)
    titles: Mapping[str, Mapping[str, str]] = {
        "employee": names.people, "party": names.parties, "branch": names.branches,
    }  # fmt: skip
    return Cell(
        column, titles.get(column.ref, {}).get(value) or value_text(column, value), (column.ref, value)
    )


@require_safe
def row(request: Request, name: str, key: str) -> HttpResponse:
    """One row and everything about it: what it says, what belongs to it, duties, what was done to it."""
    viewer: Viewer = request.viewer
    found = seen_row(viewer, name, key)
    if found is None:
        raise Http404
    table, held = found
    columns = list(values_of(table))
    names = _names([held], columns)
    duties = _duties(viewer, table, key)
    cells = _linked(viewer, [_cell(held, column, names) for column in columns])
    in_head, history = head_columns(table), told_history(viewer, name, key)
    context = {
        "table": table,
        "row": held,
        "title": title_of(table, held, names),
        "cells": cells,
        "empties": [cell for cell in cells if cell.empty],
        "figures": [cell for cell in cells if cell.column.id in in_head],
        **_owed(viewer, name, held, request.today),
        "panes": list(_panes(viewer, table, key)),
        "enters": [table.id for table in declared().values() if viewer.rights.may_enter(table)],
        "entries": _entries(viewer, name),
        "duties": _told_apart(duties[:DUTIES], name, key),
        "duties_total": duties.count(),
        "duties_unseen": unseen(viewer, Sought(person=key))
        if name == "employee" and may_hand_over(viewer, key)
        else 0,
        "duties_about": name if name in {"contract", "party"} else "",
        **history,
        **signatures_about(viewer, name, key),
        "gates": shown(answers_about(name, key, request.today)),
        "grades": grades_on(name),
        "timeline": of_row(viewer, name, key, history["events"], history["people"].people),
        "may_enter": viewer.rights.may_enter(table),
        "hand_over": name == "employee" and may_hand_over(viewer, key),
        "sees_list": may_read(name, viewer) is not None,
        "for_duty": None if viewer.rights.may_enter(table) else waiting_for(viewer, name, key),
        "may_correct": viewer.rights.may_enter(table) or bool(slip_columns(name, viewer.posts)),
        "steps": [one for one in steps_from(held) if may_take(one.id, viewer.posts)]
        if name == "contract"
        else (),
        "warning_page": name == "warning",
        "reads_statement": name == "party" and viewer.rights.may_enter(declared()["statement"]),
        "may_warn": name == "party" and "warnings" in viewer.rights.enters,
        **row_pane(viewer, name, held),
        **_warnings(viewer, held.client if name == "contract" else key if name == "party" else None),
        "may_open": viewer.rights.numbers and any(is_sealed(one) or names_party(one) for one in columns),
    } | notes_for(viewer, name, key)
    return render(request, "web/row.html", context)


def _entries(viewer: Viewer, name: str) -> list[tuple[str, str]]:
    """The tables of which a viewer may enter a row about a contract or a client, each with the column that names it; the company's own only."""
    if name not in {"contract", "party"}:
        return []
    at_work = registers_at_work()
    found = []
    for other in declared().values():
        if other.id in homes() and other.id in at_work and viewer.rights.may_enter(other):
            by = next((column.id for column in other.columns.values() if column.ref == name), None)
            found += [] if by is None else [(other.id, by)]
    return found


def _owed(viewer: Viewer, name: str, held: Any, today: date) -> dict[str, Any]:
    """What a page tells as owed: arrears; of a contract for which the company paid the whole, what did not come back of it."""
    if name == "contract" and held.status in TO_RECOVER and viewer.rights.scope("recovery") is not Scope.NONE:
        _principal, paid, back = compensated(held.key)
        if paid:
            return {"arrears": None, "to_recover": {"left": max(paid - back, 0), "paid": paid, "back": back}}
    return {"arrears": _arrears(viewer, name, held.key, today)}


def _arrears(viewer: Viewer, name: str, key: str, today: date) -> Arrears | None:
    """What a contract, or a client on all his contracts that the viewer sees, is behind with; None of other things and where there is no plan."""
    if name not in {"contract", "party"} or viewer.rights.scope_of(declared()["instalment"]) is Scope.NONE:
        return None
    rows = visible("instalment", viewer)
    if name == "contract":
        rows = rows.filter(contract=key)
    else:
        rows = rows.filter(contract__in=visible("contract", viewer).filter(client=key).values("key"))
    return arrears_among(rows, today, counts=figure_on(DUE_DAY_COUNTS, today) or 0) if rows.exists() else None


def _warnings(viewer: Viewer, client: str | None) -> dict[str, Any]:
    """The open warnings of a client and of all who stand or fall with him, the worst few; nothing where the viewer sees no warnings."""
    if client is None or viewer.rights.scope("warnings") is Scope.NONE:
        return {"near": False}
    circle = circle_of(viewer, client)
    rows = open_around(viewer, circle)
    shown = list(rows.annotate(in_all=Window(Count("pk")))[:WARNED])
    names = names_for(parties=[one.party for one in shown]).parties
    return {
        "near": True, "near_total": shown[0].in_all if shown else 0,
        "near_rows": [(one, signal_of(one.rule).name, names.get(one.party, "")) for one in shown],
    }  # fmt: skip


def told_history(viewer: Viewer, table: str, key: str) -> dict[str, Any]:
    """What was done to a row, by whom; acts on many that a signed matter made lead to it, as far as the viewer sees the matter."""
    events = list(history_of(table, key)[:EVENTS])
    numbers = {
        event.number: int(event.subject[2:])
        for event in events
        if event.kind == MANY and event.subject.startswith("QP") and event.subject[2:].isdecimal()
    }
    seen_ones = set(
        Matter.objects.filter(seen_matters(viewer), pk__in=numbers.values()).values_list("pk", flat=True)
    )
    return {
        "events": [
            (event, numbers.get(event.number) if numbers.get(event.number) in seen_ones else None, _moved(table, event)) for event in events
        ],
        "people": names_for(people=[event.by for event in events]),
    }  # fmt: skip


def _moved(table: str, event: Event) -> str:
    """Which columns of a row an act moved, by their words; empty where it moved none, or wrote the row first."""
    before, after = event.before, event.after
    if event.kind != table or not isinstance(before, dict) or not isinstance(after, dict):
        return ""
    moved = [one for one in declared()[table].columns if before.get(one) != after.get(one)]
    return listed(map(word, moved))


def title_of(table: Table, held: Any, names: Names | None = None) -> str:
    """A row in the reader's words: its name, else its table and the parts of its key, each by what it is known by."""
    names = names or _names([held], list(values_of(table)))
    if "title" in table.columns:
        return str(held.title)
    if "full_name" in table.columns:
        return str(held.full_name)
    if table.id == "contract":
        return f"{held.key} {names.parties.get(held.client, '')}"
    said = [_cell(held, table.columns[name], names).text for name in table.key]
    return " ".join([word(table.id), *said])


def _duties(viewer: Viewer, table: Table, key: str) -> Any:
    asked = Duty.objects.filter(withdrawn_on__isnull=True, state__in=(*LIVE, "missed"))
    apart = Case(When(state=LEFTOVER, then=1), default=0)  # what is due now comes first
    found = asked.filter(seen(viewer)).order_by(apart, F("due").asc(nulls_last=True), "pk")
    if table.id == "contract":
        return found.filter(contract=key)
    if table.id == "party":
        return found.filter(party=key)
    return found.filter(table=table.id, object=key)


def _told_apart(duties: Iterable[Duty], name: str, key: str) -> list[tuple[Line, str, date | None]]:
    """Duties on the page of a row, each with what it is about where that is not the row itself (of a warning its severity and signal, of an instalment its number), and from when it counts."""
    rows = list(duties)
    names = names_for(parties=[one.party for one in rows], contracts=[one.contract for one in rows])
    told = []
    for duty, line in zip(rows, lines(rows), strict=True):
        client = names.parties.get(duty.party or names.clients.get(duty.contract or "", ""), "")
        own = duty.table == name and duty.object == key
        # whose it is the page says, and on the page of a contract which contract
        about = line.object if name == "employee" else line.object.removesuffix(client).strip()
        about = about.removeprefix(f"{key} ") if name == "contract" else about
        told.append((line, "" if own else about, None if line.period else duty.start))
    return told


def _panes(viewer: Viewer, table: Table, key: str) -> list[Pane]:
    """Rows of other tables that name this one: one question which tables have any, one for each that has, and all their names together."""
    naming = {
        (other.id, column.id): standing(homes()[other.id]).filter(**{field_name(column.id): key})
        for other in declared().values()
        if other.id in homes() and viewer.rights.scope_of(other) is not Scope.NONE
        for column in other.columns.values()
        if column.ref == table.id
    }
    pages = []
    for name, by in finding_any(standing(homes()[table.id]).filter(key=key), naming):
        other, column = declared()[name], declared()[name].columns[by]
        rows = visible(other.id, viewer).filter(**{field_name(column.id): key})
        page = list(rows.annotate(in_all=Window(Count("pk"))).order_by(*open_first(other))[:CHILDREN])
        if page:
            columns = [one for one in columns_of(other) if one.id != column.id][:7]
            pages.append((other, column, page, columns))
    names = _names_among((page, columns) for _other, _column, page, columns in pages)
    return [
        Pane(
            other, columns, [(one.key, [_cell(one, part, names) for part in columns]) for one in page], page[0].in_all, column.id,
        )
        for other, column, page, columns in pages
    ]  # fmt: skip


@require_POST
def open_number(request: Request, name: str, key: str) -> HttpResponse:
    """Show the personal numbers of a row in clear, with a reason, on record."""
    viewer: Viewer = request.viewer
    table = readable(viewer, name)
    held = visible(name, viewer).filter(key=key).first()
    if held is None:
        raise Http404
    reason = request.POST.get("reason", "").strip()
    if not viewer.rights.numbers:
        raise PermissionDenied
    if not reason:
        return render(request, "web/numbers.html", {"fault": _("请写明查看完整号码的理由。")})
    numbers = [(column, number) for column in _secret(table) if (number := _number(held, column))]
    with transaction.atomic():
        record(
            "open-number", by=request.actor, at=timezone.now(), kind=name, subject=key, reason=reason,
            after={"columns": [column.id for column, _ in numbers]},
        )  # fmt: skip
    return render(
        request, "web/numbers.html", {"told": [(word(column.id), number) for column, number in numbers]}
    )


def _found(rows: QuerySet[Any], table: Table) -> Listing:
    """What was found, counted up to a bound. The numbers of a few rows are asked for first: so much is in an index."""
    first = list(rows.order_by().values_list("pk", flat=True)[: FOUND + 1])
    few = rows.model._default_manager.filter(pk__in=first) if len(first) <= FOUND else rows
    return listing(few, table, QueryDict(), most=FOUND)


@require_safe
def find(request: Request) -> HttpResponse:
    """One box for everything: clients, contracts, vehicles, colleagues, by what people call them; contracts by their clients too."""
    viewer: Viewer = request.viewer
    words = request.GET.get("q", "").strip()
    found = []
    clients: list[str] = []
    for name in ("party", "contract", "vehicle", "employee"):
        table = declared()[name]
        if words and viewer.rights.scope_of(table) is not Scope.NONE:
            wanted = named(table, words) | (Q(client__in=clients) if name == "contract" else Q())
            listed = _found(visible(name, viewer).filter(wanted), table)
            if listed.total:
                found.append((listed, rows_of(listed)[:10]))
                clients = [key for key, _cells in found[-1][1]] if name == "party" else clients
    return render(request, "web/find.html", {"found": found, "words": words})


__all__ = [
    "clients",
    "contracts",
    "find",
    "open_number",
    "register",
    "register_clear",
    "registers",
    "row",
    "title_of",
]
