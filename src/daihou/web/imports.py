"""Files that come in: handed in, looked through with every fault and its remedy, taken, taken back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from daihou.book import BookFileError, Fault, declared, masked, write_template
from daihou.dayend.acts import day_to_run, run_day
from daihou.duties.naming import names_for
from daihou.imports.acts import (
    ACCEPTED,
    LARGEST,
    begin_again,
    begin_taking,
    discard,
    faults_of,
    give_up,
    inspect,
    marked_copy,
    receive,
    take,
)
from daihou.imports.changes import chosen_over
from daihou.imports.mapping import in_use, named
from daihou.imports.matching import by_hand_rows, open_rows
from daihou.imports.models import AT_WORK, CHECKED, FAILED, TAKEN, Upload
from daihou.imports.reads import bounds_of, handed_in_by, not_his_to_take
from daihou.imports.refusals import UploadRefusedError, refusal_of, refusals
from daihou.ledger.acts import RowRefusedError, withdraw
from daihou.ledger.differing import Overwriting
from daihou.people.reads import Viewer
from daihou.people.rights import May
from daihou.policy.modules import registers_at_work
from daihou.screens.answers import say_done
from daihou.screens.lists import XLSX, sheet
from daihou.screens.tags import lang
from daihou.screens.work import behind
from daihou.web.changed_rows import heads, sheet_rows, shown_changes
from daihou.web.gate import Request

UPLOADS = 50
FAULTS = 100
OPEN_ROWS = 100
BROKEN_OFF = timedelta(minutes=3)
"""Work that has told nothing for so long is taken as broken off."""

_CSV = "text/csv; charset=utf-8"


def _may(request: Request) -> None:
    if not request.viewer.may(May.IMPORT):
        raise PermissionDenied


def imports(request: Request) -> HttpResponse:
    """What came in so far, newest first, and the place to hand in another file."""
    _may(request)
    fault = ""
    if request.method == "POST":
        try:
            upload = _handed_in(request)
        except UploadRefusedError as error:
            fault = refusals()[error.code]
        else:
            behind("check", lambda: inspect(upload, now=timezone.now), lambda: give_up(upload, "failed"))
            return redirect("import", upload.pk)
    words = request.GET.get("q", "").strip()
    found = handed_in_by(request.viewer)
    page = Paginator(found.filter(file__icontains=words) if words else found, UPLOADS).get_page(
        request.GET.get("page")
    )
    uploads = list(page.object_list)
    context = {
        "uploads": uploads, "page": page, "total": page.paginator.count, "words": words, "fault": fault, "accept": ",".join(ACCEPTED), "mappings": list(in_use()),
        "chosen": request.POST.get("mapping", ""), "file_day": request.POST.get("file_day", ""),
        "people": names_for(people=[one.by for one in uploads]),
    }  # fmt: skip
    return render(request, "web/imports.html", context, status=422 if fault else 200)


def _handed_in(request: Request) -> Upload:
    """The file of the form, kept."""
    file = request.FILES.get("file")
    if file is None:
        raise UploadRefusedError("no-file")
    if file.size is not None and file.size > LARGEST:
        raise UploadRefusedError("file-too-large")
    name = request.POST.get("mapping", "")
    mapping = named(name) if name else None
    if name and mapping is None:
        raise UploadRefusedError("mapping-unknown")
    try:
        day = date.fromisoformat(request.POST["file_day"]) if request.POST.get("file_day") else None
    except ValueError as error:
        raise UploadRefusedError("headings-day") from error
    return receive(
        file.name or "", file.read(), by=request.actor, at=timezone.now(), mapping=mapping, file_day=day
    )


@dataclass(frozen=True)
class Line:
    """How a table of the file stands: rows read, left out, and what the others would do or did."""

    table: str
    read: int
    left: int
    new: int
    changed: int
    same: int
    kept: int = 0


FOLLOWS = "parent-left-out"
"""The kind of fault that only follows from another: the row that it refers to is left out."""


FOREIGN = frozenset({"unknown-sheet", "no-header"})
"""Kinds of fault by which a whole sheet is not read, as others' sheets are not."""


@dataclass(frozen=True)
class Said:
    """A fault as the page shows it."""

    fault: Fault
    value: str
    reason: str
    remedy: str

    @property
    def foreign(self) -> bool:
        """Whether it may be a sheet of somebody else, whose headings are laid beside ours."""
        return self.fault.code in FOREIGN


@require_safe
def one_import(request: Request, pk: int) -> HttpResponse:
    """One file: how far the work is, every fault with its remedy, what taking it would do, what it did."""
    _may(request)
    upload = seen_upload(request.viewer, pk)
    return render(request, "web/import.html", _context(request, upload))


def seen_upload(viewer: Viewer, pk: int) -> Upload:
    """A file that a viewer may look into; not found for anybody else."""
    upload = handed_in_by(viewer).filter(pk=pk).first()
    if upload is None:
        raise Http404
    return upload


def _context(request: Request, upload: Upload, fault: str = "") -> dict[str, Any]:
    # stable: of one weight they stay in the order of the file
    faults = sorted(faults_of(upload), key=_weight)
    kind, sheet = request.GET.get("kind", ""), request.GET.get("sheet", "")
    wanted = [
        one
        for one in faults
        if (not kind or kind in {one.code, _kind_of(one)}) and (not sheet or one.sheet == sheet)
    ]
    own = wanted if kind else [one for one in wanted if one.code != FOLLOWS]
    follow_on, wanted = (len(wanted) - len(own), own) if own else (0, wanted)
    page = Paginator(wanted, FAULTS).get_page(request.GET.get("page"))
    lines = list(_lines(upload))
    good = sum(line.read - line.left for line in lines)
    # what was set aside is settled: it stands among what people said
    rows = [one for one in open_rows(request.viewer, upload) if one.found.outcome != "set_aside"]
    by_hand = by_hand_rows(request.viewer, upload)
    takes = upload.state == CHECKED and good > 0
    against = not_his_to_take(request.viewer, upload) if takes else None
    return {
        "upload": upload,
        "lines": lines,
        "good": good,
        "left": sum(line.left for line in lines),
        "moves": sum(line.new + line.changed for line in lines),
        "new": sum(line.new for line in lines),
        "changed": sum(line.changed for line in lines),
        "kept": sum(line.kept for line in lines),
        **shown_changes(request, upload),
        "faults": [_said(one) for one in page.object_list],
        "page": page,
        "kinds": kinds_of(faults),
        "follow_on": follow_on,
        "follows": FOLLOWS,
        "sheets": sorted({one.sheet for one in faults if one.sheet}),
        "kind": kind,
        "sheet": sheet,
        "why_failed": _why(upload),
        "fault": fault,
        "at_work": upload.state in AT_WORK,
        "broken_off": upload.state in AT_WORK and timezone.now() - upload.alive > BROKEN_OFF,
        "may_take": takes and against is None,
        "not_yours": refusal_of(against[0], {"told": against[1]}) if against else "",
        "may_discard": upload.state in {CHECKED, FAILED},
        "may_withdraw": upload.state == TAKEN
        and upload.batch is not None
        and upload.batch.withdrawn_at is None,
        "may_mark": bool(faults)
        and Path(upload.file).suffix.lower() != ".parquet"
        and upload.by == request.viewer.staff_no,
        "people": names_for(people=[upload.by, *(one.match.by for one in by_hand[:OPEN_ROWS])]),
        "by_hand": by_hand[:OPEN_ROWS], "more_by_hand": max(0, len(by_hand) - OPEN_ROWS),
        "matched": _matched(upload), "open_rows": rows[:OPEN_ROWS], "more_open": max(0, len(rows) - OPEN_ROWS),
        "likely": [one for one in rows[:OPEN_ROWS] if one.found.outcome == "likely" and one.choices],
        "may_match": upload.state == CHECKED and upload.mapping is not None,
        "may_map": upload.state in {CHECKED, FAILED},
    }  # fmt: skip


def _lines(upload: Upload) -> Iterator[Line]:
    """The tables of a file in their order."""
    for name in declared():
        if name in upload.tables:
            read, left, new, changed, same = upload.tables[name]
            yield Line(name, read, left, new, changed, same, upload.kept.get(name, 0))


def _matched(upload: Upload) -> list[tuple[str, int]]:
    """How the rows of a mapped file were recognised: in words, and how many."""
    words = {
        "sure": _("对上了"), "by_hand": _("按人工指定"), "likely": _("像是，等确认"), "several": _("对得上几笔"), "none": _("对不上"),
        "set_aside": _("注明不是我们的"),
    }  # fmt: skip
    return [(said, upload.matched[name]) for name, said in words.items() if upload.matched.get(name)]


def _weight(fault: Fault) -> bool:
    """Sorts what leaves rows out before what is only doubted."""
    return fault.severity != "error"


def _said(fault: Fault) -> Said:
    return Said(fault, masked(fault.value or ""), masked(fault.reason(lang())), masked(fault.remedy(lang())))


_NAMED = ("parent_id", "of_id")
"""What a remedy says is to be mended elsewhere: the register that it names."""


def _kind_of(fault: Fault) -> str:
    """What is wrong, and in which other register it is to be mended: what wants another sheet opened is another kind."""
    return ":".join([fault.code, *(fault.params[one] for one in _NAMED if one in fault.params)])


def kinds_of(faults: list[Fault]) -> list[tuple[str, str, int]]:
    """Each kind of fault with what to do about it and how often it was found: errors before doubts, the frequent ones first."""
    counts: dict[str, int] = {}
    first: dict[str, Fault] = {}
    for one in faults:
        code = _kind_of(one)
        counts[code] = counts.get(code, 0) + 1
        first.setdefault(code, one)
    ordered = sorted(counts, key=lambda code: (_weight(first[code]), -counts[code], code))
    remedies = {code: masked(first[code].remedy(lang())) for code in ordered}
    alike = Counter(
        remedies.values()
    )  # two kinds may want the same done: these are told apart by what is wrong
    return [
        (code, masked(first[code].reason(lang())) if alike[said] > 1 else said, counts[code])
        for code, said in remedies.items()
    ]


def _why(upload: Upload) -> str:
    """Why the work on a file ended without a result."""
    if upload.state != FAILED:
        return ""
    known = refusal_of(upload.code, upload.params)
    if known is not None:
        return known
    error = BookFileError(upload.code, **upload.params)
    return error.text(lang())


@require_safe
def import_state(request: Request, pk: int) -> HttpResponse:
    """How far the work is, asked again and again by the page; when it is over the page is loaded anew."""
    _may(request)
    upload = seen_upload(request.viewer, pk)
    answer = render(request, "web/_progress.html", {"work": upload})
    if upload.state not in AT_WORK:
        answer.headers["HX-Refresh"] = "true"
    return answer


@require_POST
def take_import(request: Request, pk: int) -> HttpResponse:
    """Take the good rows, then run the day, so that what they mean stands on the desks."""
    _may(request)
    upload = seen_upload(request.viewer, pk)
    if stands_against := not_his_to_take(request.viewer, upload):
        return refused(request, upload, *stands_against)
    try:
        over = _over(request, upload)
        begin_taking(upload, at=timezone.now())
    except UploadRefusedError as error:
        return refused(request, upload, error.code)
    actor, day, bounds = request.actor, request.today, bounds_of(request.viewer)

    def work() -> None:
        try:
            take(upload, by=actor, at=timezone.now(), day=day, now=timezone.now, over=over, bounds=bounds)
        except UploadRefusedError as error:
            give_up(upload, error.code, error.told)
        else:
            run_day(day_to_run(day), by=actor, at=timezone.now())

    behind("take", work, lambda: give_up(upload, "failed"))
    return redirect("import", pk)


def _over(request: Request, upload: Upload) -> Overwriting:
    """Which of the rows that would stay the file may write over, by the form."""
    named_ones = [one.partition(":") for one in request.POST.getlist("over")]
    return chosen_over(
        request.viewer, upload, every="over_all" in request.POST, reason=request.POST.get("over_reason", ""),
        rows={(table, key) for table, _sign, key in named_ones},
    )  # fmt: skip


@require_safe
def changed_rows(request: Request, pk: int) -> HttpResponse:
    """The rows that a file would change or changed, and those that stay, as an Excel workbook."""
    _may(request)
    upload = seen_upload(request.viewer, pk)
    about = _("%(file)s 导入的变动") % {"file": masked(upload.file)}
    return sheet(
        _("变动"), heads(), sheet_rows(request.viewer, upload), about=about, by=request.viewer.name, day=request.today,
    )  # fmt: skip


def refused(request: Request, upload: Upload, code: str, told: str = "") -> HttpResponse:
    """The page of a file, with why what was asked cannot be done; ``told``: what stands in the way."""
    upload.refresh_from_db()
    said = refusal_of(code, {"told": told}) or ""
    return render(request, "web/import.html", _context(request, upload, said), status=409)


@require_POST
def check_again(request: Request, pk: int) -> HttpResponse:
    """Check once more where the work was broken off."""
    _may(request)
    upload = seen_upload(request.viewer, pk)
    if timezone.now() - upload.alive <= BROKEN_OFF:
        return refused(request, upload, "not-broken-off")
    try:
        begin_again(upload, at=timezone.now())
    except UploadRefusedError as error:
        return refused(request, upload, error.code)
    behind("check", lambda: inspect(upload, now=timezone.now), lambda: give_up(upload, "failed"))
    return redirect("import", pk)


@require_POST
def discard_import(request: Request, pk: int) -> HttpResponse:
    """Throw a file away that was not taken."""
    _may(request)
    upload = seen_upload(request.viewer, pk)
    try:
        discard(upload, by=request.actor, at=timezone.now())
    except UploadRefusedError as error:
        return refused(request, upload, error.code)
    say_done(request, _("%(file)s 已放弃，登记簿没有变。") % {"file": upload.file})
    return redirect("imports")


@require_POST
def withdraw_import(request: Request, pk: int) -> HttpResponse:
    """Take a batch back, with a reason, and run the day anew."""
    _may(request)
    upload = seen_upload(request.viewer, pk)
    reason = request.POST.get("reason", "").strip()
    if upload.batch is None:
        raise Http404
    if not reason:
        return refused(request, upload, "reason-missing")
    day: date = request.today
    try:
        withdraw(upload.batch, by=request.actor, at=timezone.now(), day=day, reason=reason)
    except RowRefusedError as error:
        return refused(request, upload, error.code)
    actor = request.actor
    behind("day", lambda: run_day(day_to_run(day), by=actor, at=timezone.now()), lambda: None)
    say_done(request, _("%(file)s 已整批撤回；撤回的记录留在操作记录里。") % {"file": upload.file})
    return redirect("import", pk)


@require_safe
def marked(request: Request, pk: int) -> HttpResponse:
    """The file with remarks beside its rows, for who handed it in: it holds numbers in clear, as he wrote them."""
    _may(request)
    upload = seen_upload(request.viewer, pk)
    if (
        not upload.faults
        or Path(upload.file).suffix.lower() == ".parquet"
        or upload.by != request.viewer.staff_no
    ):
        raise Http404
    name, content = marked_copy(upload, lang())
    kind = _CSV if name.endswith(".csv") else XLSX
    return _file(name, content, kind)


@require_safe
def template(request: Request) -> HttpResponse:
    """An empty workbook with the sheets of all registers that the company works with."""
    _may(request)
    at_work = registers_at_work()
    import tempfile  # noqa: PLC0415 - only here

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "template.xlsx"
        write_template(path, lang(), {name: table for name, table in declared().items() if name in at_work})
        return _file(_("贷后台账模板.xlsx"), path.read_bytes(), XLSX)


def _file(name: str, content: bytes, kind: str) -> HttpResponse:
    answer = HttpResponse(content, content_type=kind)
    answer.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}"
    return answer
