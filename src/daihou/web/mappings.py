"""Mappings that the company keeps: how files of other layouts are read, made from their headings or written out; rows matched by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import PurePosixPath
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import Count
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from daihou.book import (
    BookFileError,
    Draft,
    Layout,
    Table,
    declared,
    domains,
    drafted,
    guessed,
    layouts,
    masked,
    numbered_by,
    targets,
)
from daihou.duties.naming import names_for
from daihou.imports.acts import (
    check_anew,
    give_up,
    inspect,
    opened,
    read_by,
)
from daihou.imports.mapping import (
    MappingRefusedError,
    forget_match,
    in_use,
    keep_mapping,
    match_by_hand,
    named,
    read_text,
    retire_mapping,
)
from daihou.imports.matching import chosen_rows, meanings
from daihou.imports.models import CHECKED, FAILED, CompanyMapping, HandMatch, Upload
from daihou.imports.refusals import UploadRefusedError, refusals
from daihou.people.rights import May
from daihou.registers.sealing import seals
from daihou.screens.answers import say_done
from daihou.screens.tags import lang, listed
from daihou.screens.work import behind
from daihou.terms import terms
from daihou.web.entry import named_key
from daihou.web.gate import Request
from daihou.web.imports import refused, seen_upload

MATCHES, LISTED = 200, 100
UNITS = ("元", "万元", "千元", "分")
FIRST_TABLES = ("overdue_list", "repayment", "instalment", "contract", "party", "statement")
"""Tables that files of others most often hold, offered first."""


def _may(request: Request) -> None:
    if not request.viewer.may(May.IMPORT):
        raise PermissionDenied


def mappings(request: Request) -> HttpResponse:
    """The mappings in use, and the place to keep another."""
    _may(request)
    faults: Sequence[str] = ()
    text = ""
    if request.method == "POST":
        text = _text_of(request)
        try:
            kept = keep_mapping(text, by=request.actor, at=timezone.now())
        except MappingRefusedError as error:
            faults = said_of(error)
        else:
            say_done(
                request,
                _("映射“%(name)s”第 %(edition)s 版已保存。") % {"name": kept.name, "edition": kept.edition},
            )
            return redirect("mapping", kept.pk)
    rows = list(in_use())
    uses = dict(
        Upload.objects.filter(mapping__name__in=[one.name for one in rows])
        .values_list("mapping__name").annotate(Count("pk"))
    )  # fmt: skip
    context = {
        "lines": [(one, read_text(one.text).meaning[lang()], uses.get(one.name, 0)) for one in rows],
        "faults": faults, "text": text, "people": names_for(people=[one.by for one in rows]),
    }  # fmt: skip
    return render(request, "web/mappings.html", context, status=422 if faults else 200)


def _text_of(request: Request) -> str:
    """What was typed, or the file that was chosen."""
    file = request.FILES.get("file")
    if file is None:
        return str(request.POST.get("text", ""))
    try:
        return str(file.read(), "utf-8-sig")
    except UnicodeDecodeError:
        return ""


def said_of(error: MappingRefusedError) -> list[str]:
    """Why a mapping is not kept: the reason, then every mistake with its line."""
    lines = [
        _("第 %(line)s 行：%(why)s") % {"line": one.row or 1, "why": one.text(lang())}
        for one in error.faults
    ]  # fmt: skip
    return [refusals()[error.code], *lines]


def mapping_page(request: Request, pk: int) -> HttpResponse:
    """One edition with its text, its other editions and what people said of rows; a changed text becomes the next edition."""
    _may(request)
    kept = _kept(pk)
    faults: Sequence[str] = ()
    text = kept.text
    if request.method == "POST":
        text = request.POST.get("text", "").replace("\r\n", "\n")
        try:
            made = _next_edition(kept, text, request)
        except MappingRefusedError as error:
            faults = said_of(error)
        else:
            say_done(
                request,
                _("映射“%(name)s”第 %(edition)s 版已保存。") % {"name": made.name, "edition": made.edition},
            )
            return redirect("mapping", made.pk)
    current = named(kept.name)
    matches = list(HandMatch.objects.filter(mapping=kept.name, ended_event=None).order_by("-id")[:MATCHES])
    editions = list(CompanyMapping.objects.filter(name=kept.name).order_by("-edition"))
    meant = meanings(request.viewer, matches)
    context = {
        "kept": kept, "text": text, "faults": faults, "current": current, "editions": editions,
        "is_current": current is not None and current.pk == kept.pk,
        "matches": [(one, masked(seals().opened(one.said)), meant[one.pk]) for one in matches],
        "people": names_for(people=[kept.by, *(one.by for one in matches), *(one.by for one in editions)]),
    }  # fmt: skip
    return render(request, "web/mapping.html", context, status=422 if faults else 200)


def _next_edition(kept: CompanyMapping, text: str, request: Request) -> CompanyMapping:
    """The changed text kept as the next edition of the same mapping."""
    if read_text(text).id != kept.name:
        raise MappingRefusedError("mapping-renamed")
    return keep_mapping(text, by=request.actor, at=timezone.now())


def _kept(pk: int) -> CompanyMapping:
    kept = CompanyMapping.objects.filter(pk=pk).first()
    if kept is None:
        raise Http404
    return kept


@require_POST
def retire(request: Request, pk: int) -> HttpResponse:
    """Take a mapping out of use."""
    _may(request)
    kept = _kept(pk)
    try:
        retire_mapping(kept, by=request.actor, at=timezone.now())
    except MappingRefusedError as error:
        say_done(request, refusals()[error.code])
        return redirect("mapping", pk)
    say_done(request, _("映射“%(name)s”已停用；按它导入过的文件照旧。") % {"name": kept.name})
    return redirect("mappings")


@require_POST
def forget(request: Request, pk: int) -> HttpResponse:
    """Forget what was said of a foreign row; from the page of a file, which is checked anew without it."""
    _may(request)
    match = HandMatch.objects.filter(pk=pk).first()
    if match is None:
        raise Http404
    if request.POST.get("upload", "").isdecimal():
        return _taken_back(request, match, seen_upload(request.viewer, int(request.POST["upload"])))
    try:
        forget_match(match, by=request.actor, at=timezone.now())
    except MappingRefusedError as error:
        say_done(request, refusals()[error.code])
    else:
        say_done(request, _("已忘掉这一条：下次遇到会再问。"))
    kept = CompanyMapping.objects.filter(name=match.mapping).order_by("-edition").first()
    return redirect("mappings") if kept is None else redirect("mapping", kept.pk)


def _taken_back(request: Request, match: HandMatch, upload: Upload) -> HttpResponse:
    """The page of a file after a word about its rows was forgotten; nothing is forgotten where the file cannot be checked anew."""
    if upload.state != CHECKED:
        return refused(request, upload, "not-checked")
    try:
        forget_match(match, by=request.actor, at=timezone.now())
        check_anew(upload, at=timezone.now())
    except (MappingRefusedError, UploadRefusedError) as error:
        return refused(request, upload, error.code)
    _check_behind(upload)
    say_done(request, _("已撤销这一条，正在重新核对。"))
    return redirect("import", upload.pk)


# rows that stand for no certain row


@require_POST
def match(request: Request, pk: int) -> HttpResponse:
    """Say what rows of a file mean; the file is checked anew, and the next one of the same layout knows it."""
    _may(request)
    upload = seen_upload(request.viewer, pk)
    if upload.mapping is None or upload.state != CHECKED:
        return refused(request, upload, "not-checked")
    try:
        said = _said_rows(request, upload)
        match_by_hand(upload.mapping.name, said, by=request.actor, at=timezone.now())
        check_anew(upload, at=timezone.now())
    except (MappingRefusedError, UploadRefusedError) as error:
        return refused(request, upload, error.code)
    _check_behind(upload)
    say_done(request, _("记下了 %(count)s 条，以后的名单也按它认；正在重新核对。") % {"count": len(said)})
    return redirect("import", pk)


def _said_rows(request: Request, upload: Upload) -> dict[tuple[str, str, str], str]:
    """What was chosen or typed for each row: a key, or that it is none of ours."""
    said: dict[str, str] = {}
    for name in request.POST:
        mark = name.removeprefix("to-")
        chosen, typed = request.POST.get(f"to-{mark}", ""), request.POST.get(f"key-{mark}", "").strip()
        if name.startswith("to-") and (chosen or typed):
            said[mark] = "" if chosen == "none" and not typed else typed or chosen
    return chosen_rows(request.viewer, upload, said, key_of=partial(named_key, request.viewer))


def _check_behind(upload: Upload) -> None:
    behind("check", partial(inspect, upload, now=timezone.now), partial(give_up, upload, "failed"))


# a mapping out of a file's headings


@dataclass(frozen=True)
class Line:
    """One heading of the file: what lies below it, and what it is taken for."""

    heading: str
    samples: str
    chosen: str


def headings(request: Request, pk: int) -> HttpResponse:
    """The headings of a file beside our columns: what is chosen becomes a mapping, and the file is read by it."""
    _may(request)
    upload = seen_upload(request.viewer, pk)
    if upload.state not in {CHECKED, FAILED}:
        return refused(request, upload, "not-checked")
    try:
        with opened(upload) as path:
            found = layouts(path)
    except (BookFileError, OSError):
        found = []
    if not found:
        return refused(request, upload, "headings-none")
    asked = request.POST if request.method == "POST" else request.GET
    layout = next((one for one in found if one.sheet == asked.get("sheet")), found[0])
    table = declared().get(asked.get("table", "")) or _likely_table(layout)
    fault = ""
    if request.method == "POST":
        try:
            kept, day = _drafted(request, layout, table)
            read_by(upload, kept, file_day=day, at=timezone.now())
        except MappingRefusedError as error:
            fault = " ".join(error.args) if error.code == "headings" else " ".join(said_of(error))
        except UploadRefusedError as error:
            return refused(request, upload, error.code)
        else:
            _check_behind(upload)
            say_done(request, _("映射“%(name)s”已保存，以后同样的文件选它就行。") % {"name": kept.name})
            return redirect("import", pk)
    context = _headings_context(request, upload, found, layout, table)
    return render(request, "web/headings.html", {**context, "fault": fault}, status=422 if fault else 200)


def _likely_table(layout: Layout) -> Table:
    """The table of which the headings tell most; of several the first offered."""
    known = [declared()[name] for name in FIRST_TABLES]
    return max(known, key=lambda table: len(guessed(layout, table)))


def _headings_context(
    request: Request, upload: Upload, found: Sequence[Layout], layout: Layout, table: Table
) -> dict[str, Any]:
    posted = request.method == "POST"
    guess = {} if posted else guessed(layout, table)
    lines = [
        Line(heading, masked(listed(samples)), request.POST.get(f"col-{i}", "") if posted else guess.get(heading, ""))
        for i, (heading, samples) in enumerate(zip(layout.headings, layout.samples, strict=True))
    ]  # fmt: skip
    days = [
        c
        for c in table.columns.values()
        if c.type.value in {"date", "happened"} and c.id not in {"recorded", "voided"}
    ]
    fixed = [(c, _choices(c.enum)) for c in table.columns.values() if c.required and c.enum]
    return {
        "upload": upload, "layouts": found, "layout": layout, "table": table, "lines": lines, "units": UNITS,
        "tables": _tables(), "targets": _offered(table), "days": days,
        "fixed": [(c, choices, request.POST.get(f"fix-{c.id}", "")) for c, choices in fixed],
        "numbered": numbered_by(table, [c.word for c in table.columns.values()]),
        "required": [c for c in table.columns.values() if c.required],
        "name": request.POST.get("name", "") or PurePosixPath(upload.file).stem[:40], "unit": request.POST.get("unit", "元"),
        "day_column": request.POST.get("day_column", ""), "day": request.POST.get("day", ""),
        "known": list(in_use()),
    }  # fmt: skip


def _choices(domain: str | None) -> list[tuple[str, str]]:
    known = (terms().by_id(one) for one in domains()[str(domain)])
    return [(one.word, one.word if lang() == "zh" else one.label) for one in known if one is not None]


def _tables() -> list[Table]:
    """All tables of the registers, those first that others' files most often hold."""
    first = [declared()[name] for name in FIRST_TABLES]
    return first + [one for one in declared().values() if one not in first]


def _offered(table: Table) -> list[tuple[str, str]]:
    """What a heading may be taken for, and how it is told."""
    offered = []
    for target in targets(table):
        label = target.column.word if target.trait is None else _("%(column)s：按%(trait)s认") % {
            "column": target.column.word, "trait": target.trait,
        }  # fmt: skip
        offered.append(
            (target.id, f"{label} *" if target.column.required and target.trait is None else label)
        )
    return offered


def _wrong(text: str) -> MappingRefusedError:
    error = MappingRefusedError("headings")
    error.args = (text,)
    return error


def _drafted(request: Request, layout: Layout, table: Table) -> tuple[CompanyMapping, date | None]:
    """The mapping of what was chosen, kept; and the day of this file."""
    said, post = refusals(), request.POST
    chosen: dict[str, str] = {}
    for i, heading in enumerate(layout.headings):
        target = post.get(f"col-{i}", "")
        if target and target in chosen.values():
            raise _wrong(said["headings-twice"] % {"target": target})
        if target:
            chosen[heading] = target
    name = post.get("name", "").strip()
    if not name:
        raise _wrong(said["headings-name"])
    fixed = {c.word: post[f"fix-{c.id}"] for c in table.columns.values() if post.get(f"fix-{c.id}")}
    day_column = declared()[table.id].columns.get(post.get("day_column", ""))
    told = {target.partition(":")[0] for target in chosen.values()} | set(fixed)
    told |= {day_column.word} if day_column is not None else set()
    made = table.key if numbered_by(table, told) else ()
    lacking = [
        c.word for c in table.columns.values() if c.required and c.word not in told and c.id not in made
    ]
    if lacking:
        raise _wrong(said["headings-lacking"] % {"columns": listed(lacking)})
    day = _day(post.get("day", ""), needed=day_column is not None)
    unit = post.get("unit", "元")
    draft = Draft(
        name, _("%(table)s：由 %(file)s 的表头对照而成") % {"table": table.word, "file": layout.title}, table, layout.sheet, chosen,
        unit=unit if unit in UNITS else "元", fixed=fixed, file_day=None if day_column is None else day_column.word,
    )  # fmt: skip
    return keep_mapping(drafted(draft), by=request.actor, at=timezone.now()), day


def _day(text: str, *, needed: bool) -> date | None:
    if not text.strip() and not needed:
        return None
    try:
        return date.fromisoformat(text.strip())
    except ValueError as error:
        raise _wrong(refusals()["headings-day"]) from error
