"""A client's statement out of his own workbook: read line by line, looked through beside what the file says, registered; the file is kept with the client."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from daihou.book import UNITS, BookFileError, Doubt, Statement, declared, read_statement
from daihou.inspections.statements import TABLE, cells_of, doubts_of, last_year
from daihou.ledger.acts import enter
from daihou.papers.acts import attach
from daihou.papers.kinds import FileRefusedError
from daihou.papers.models import Attachment
from daihou.papers.reading import messages
from daihou.papers.reads import content_of
from daihou.people.reads import Viewer, visible
from daihou.registers.sealing import seals
from daihou.screens.tags import lang, listed
from daihou.screens.tags import yuan as yuan_text
from daihou.units import DateTextError, read_date
from daihou.web.attachments import brought
from daihou.web.entry import RowForm, cells_typed, label_of, may_enter, named_key, write_row
from daihou.web.gate import Request

EXCEL = ".xlsx,.xls,.et"


def statement_read(request: Request) -> HttpResponse:
    """Ask for the file; show what was read out of it; register it."""
    may_enter(request.viewer, TABLE)
    if request.method == "POST" and "file_no" in request.POST:
        return _take(request)
    if request.method == "POST":
        return _read(request)
    party = visible("party", request.viewer).filter(key=request.GET.get("party", "")).first()
    return _asking(request, "" if party is None else label_of(declared()["party"], party))


def _asking(request: Request, party: str, refused: str = "") -> HttpResponse:
    context = {
        "party": party, "refused": refused, "units": list(UNITS), "unit": request.POST.get("unit", ""), "end": request.POST.get("end", ""),
        "accept": EXCEL,
    }  # fmt: skip
    return render(request, "web/statement_file.html", context, status=422 if refused else 200)


@dataclass(frozen=True)
class Taken:
    """A file that was brought: kept with the client, read; ``doubts`` about it."""

    party: Any
    kept: Attachment
    found: Statement
    doubts: tuple[Doubt, ...]


def _read(request: Request) -> HttpResponse:
    """The file kept with the client, and the form filled with what it says."""
    said = str(request.POST.get("party", "")).strip()
    party = _party(request.viewer, said)
    if party is None:
        return _asking(request, said, _("没有找到这个客户：打几个字从候选里选。"))
    unit, end = request.POST.get("unit", ""), str(request.POST.get("end", "")).strip()
    try:
        period = read_date(end) if end else None
        name, content = brought(request)
        found = read_statement(content, name, unit=unit if unit in UNITS else None, period_end=period)
        kept = attach(
            name, content, table="party", key=party.key, party=party.key, branch=getattr(party, "branch", None), by=request.actor, at=timezone.now()
        )  # fmt: skip
    except DateTextError:
        return _asking(request, said, _("“期末”不是日期，请写成 2026-09-30。"))
    except BookFileError as error:
        return _asking(request, said, error.text(lang()))
    except FileRefusedError as error:
        return _asking(request, said, messages().text(error.code, lang()))
    taken = Taken(party, kept, found, doubts_of(found, last_year(party.key, found)))
    table = declared()[TABLE]
    first = cells_of(found) | {
        "party": label_of(declared()["party"], party),
        "consolidated": "否",
        "received_day": request.today.isoformat(),
    }
    form = RowForm(None, table=table, fixed=frozenset(), reason=False, initial=first)
    return _shown(request, taken, form)


def _party(viewer: Viewer, text: str) -> Any:
    key = seals().marked(named_key(viewer, declared()[TABLE].columns["party"], text))
    return visible("party", viewer).filter(key=key).first()


def _shown(request: Request, taken: Taken, form: RowForm, *, unseen: bool = False) -> HttpResponse:
    """What was read, beside where it stands in the file."""
    for name, line in taken.found.lines.items():
        where = listed(f"{one.sheet} {one.place}" for one in line.cells)
        before = (
            "" if line.before is None else _("；年初或上年 %(before)s") % {"before": yuan_text(line.before)}
        )
        form.fields[name].help_text = f"{where}{before}"
    refused = unseen or bool(form.errors)
    context = {
        "form": form, "kept": taken.kept, "doubts": [one.text(lang()) for one in taken.doubts], "party": label_of(declared()["party"], taken.party),
        "unit": taken.found.unit or "元", "count": sum(one.value is not None for one in taken.found.lines.values()), "unseen": unseen,
        "noticed": request.POST.get("noticed", ""), "unit_said": request.POST.get("unit", ""), "end_said": request.POST.get("end", ""),
    }  # fmt: skip
    return render(request, "web/statement.html", context, status=422 if refused else 200)


def _take(request: Request) -> HttpResponse:
    """Register what was looked through; what is to be noticed is confirmed."""
    table = declared()[TABLE]
    taken = _again(request)
    form = RowForm(request.POST, table=table, fixed=frozenset(), reason=False)
    if not form.is_valid():
        return _shown(request, taken, form)
    if taken.doubts and not request.POST.get("noticed"):
        return _shown(request, taken, form, unseen=True)
    cells = cells_typed(request.viewer, table, form.cleaned_data)
    done = write_row(
        request, table, form, cells, lambda said: enter(TABLE, said, by=request.actor, at=timezone.now(), day=request.today)
    )  # fmt: skip
    return done or _shown(request, taken, form)


def _again(request: Request) -> Taken:
    """The file that was kept, read once more as before."""
    number = str(request.POST.get("file_no", ""))
    kept = Attachment.objects.filter(
        pk=int(number) if number.isdecimal() else 0, table="party", voided_at__isnull=True
    ).first()
    party = None if kept is None else visible("party", request.viewer).filter(key=kept.key).first()
    if kept is None or party is None:
        raise Http404
    unit, end = request.POST.get("unit", ""), str(request.POST.get("end", "")).strip()
    found = read_statement(
        content_of(kept),
        kept.name,
        unit=unit if unit in UNITS else None,
        period_end=read_date(end) if end else None,
    )
    return Taken(party, kept, found, doubts_of(found, last_year(party.key, found)))
