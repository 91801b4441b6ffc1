"""Attachments of things: brought, looked at, taken out, voided."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from urllib.parse import quote

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from daihou.book import declared
from daihou.duties.models import Duty
from daihou.duties.reads import doable
from daihou.papers.acts import PaperRefusedError, attach, void_attachment
from daihou.papers.kinds import LARGEST, MEDIA, FileRefusedError
from daihou.papers.models import DUTY, HANDED_IN, PAPER, Attachment, Paper
from daihou.papers.photos import PICTURES, SIDES, NoPictureError, exif_of, picture_of
from daihou.papers.places import Taken, metres, taken_of, told_by_photo
from daihou.papers.reading import messages
from daihou.papers.reads import content_of
from daihou.people.reads import Viewer, visible
from daihou.registers.kept import homes
from daihou.screens.answers import say_done
from daihou.screens.tags import lang
from daihou.web.gate import Request
from daihou.web.papers import duty_of_viewer, may_attach, paper_of_viewer


@dataclass(frozen=True)
class Thing:
    """What a file is attached to: where it stands, where it leads, the address to go back to, whether the viewer may attach."""

    values: Mapping[str, Any]
    back: tuple[str, tuple[Any, ...]]
    may: bool


def _thing(viewer: Viewer, table: str, key: str) -> Thing:
    """A thing that the viewer sees; what he does not is not there for him."""
    if table in {DUTY, PAPER}:
        paper = None
        if table == PAPER:
            paper, duty = paper_of_viewer(viewer, int(key) if key.isdecimal() else 0)
        else:
            duty = duty_of_viewer(viewer, int(key) if key.isdecimal() else 0)
        values = {
            "table": table, "key": duty.key if paper is None else paper.number, "duty_no": duty.pk, "paper": paper,
            "contract": duty.contract, "party": duty.party, "branch": duty.branch,
        }  # fmt: skip
        back = ("duty", (duty.pk,)) if paper is None else ("paper", (paper.pk,))
        return Thing(values, back, Duty.objects.filter(doable(viewer), pk=duty.pk).exists())
    if table not in homes() or table not in declared():
        raise Http404
    row = visible(table, viewer).filter(key=key).first()
    if row is None:
        raise Http404
    values = {
        "table": table, "key": key, "contract": key if table == "contract" else getattr(row, "contract", None),
        "party": key if table == "party" else getattr(row, "client", None), "branch": getattr(row, "branch", None),
    }  # fmt: skip
    return Thing(values, ("row", (table, key)), may_attach(viewer, table))


@require_POST
def attach_file(request: Request, table: str, key: str) -> HttpResponse:
    """Attach the file of the form to a thing."""
    thing = _thing(request.viewer, table, key)
    if not thing.may:
        raise PermissionDenied
    name, back = thing.back
    try:
        file, content = brought(request)
        exif = exif_of(content, timezone.get_current_timezone())
        taken = told_by_photo(exif) or taken_of(request.POST.dict(), timezone.now())
        held = _there_already(request, thing, content, taken)
        if held is not None:
            say_done(request, _("%(name)s 已经在这里了，没有再存一份。") % {"name": held.name})
            return _back_from(request, thing, table)
        made = attach(
            file, content, by=request.actor, at=timezone.now(), taken=taken, distance=_distance(request.viewer, thing, taken),
            exif=exif, **thing.values,
        )  # fmt: skip
    except FileRefusedError as error:
        refused = messages().text(error.code, lang())
        return render(
            request, "web/refused.html", {"said": refused, "back": reverse(name, args=back)}, status=422
        )
    say_done(request, _uploaded(made))
    return _back_from(request, thing, table)


def _back_from(request: Request, thing: Thing, table: str) -> HttpResponse:
    """To the page of the thing, or the page of a form of its duty from which the file was brought."""
    name, back = thing.back
    asked_from = request.POST.get("back", "")
    own = table == DUTY and asked_from in {reverse("paper-form", args=back), *_corrections(thing)}
    return redirect(f"{asked_from}#attachments") if own else redirect(name, *back)


def _there_already(request: Request, thing: Thing, content: bytes, taken: Taken | None) -> Attachment | None:
    """The very same file that the viewer brought to the same thing before: a device sends again what it was not told has arrived."""
    at, latitude, longitude = (
        (None, None, None) if taken is None else (taken.at, taken.latitude, taken.longitude)
    )
    return Attachment.objects.filter(
        table=thing.values["table"], key=thing.values["key"], digest=sha256(content).hexdigest(), by=request.viewer.staff_no,
        voided_at__isnull=True, taken_at=at, latitude=latitude, longitude=longitude,
    ).first()  # fmt: skip


def _corrections(thing: Thing) -> set[str]:
    """The pages on which forms of a duty are corrected."""
    papers = Paper.objects.filter(duty_no=thing.values["duty_no"], state=HANDED_IN)
    return {reverse("paper-correction", args=[one.pk]) for one in papers}


def _distance(viewer: Viewer, thing: Thing, taken: Taken | None) -> int | None:
    """Metres from where a photo was taken to the client's place; None where either is not known."""
    contract = visible("contract", viewer).filter(key=thing.values["contract"] or "").first()
    key = thing.values["party"] or (None if contract is None else contract.client)
    client = visible("party", viewer).filter(key=key or "").first()
    if taken is None or client is None or client.latitude is None or client.longitude is None:
        return None
    return metres((taken.latitude, taken.longitude), (client.latitude, client.longitude))


def _uploaded(made: Attachment) -> str:
    if made.distance is None:
        return _("已上传：%(name)s。") % {"name": made.name}
    return _("已上传：%(name)s，离客户的位置 %(metres)s 米。") % {"name": made.name, "metres": made.distance}


def brought(request: Request, largest: int = LARGEST, code: str = "file-too-large") -> tuple[str, bytes]:
    """Name and content of the file that a request brings; FileRefusedError where it brings none, or too much (``code``)."""
    file = request.FILES.get("file")
    if file is None:
        raise FileRefusedError("file-missing")
    if file.size is not None and file.size > largest:
        raise FileRefusedError(code)
    return file.name or "", file.read()


def attachment_of_viewer(viewer: Viewer, pk: int) -> tuple[Attachment, Thing]:
    """An attachment whose thing the viewer sees."""
    held = Attachment.objects.filter(pk=pk).first()
    if held is None:
        raise Http404
    key = held.key
    if held.table in {DUTY, PAPER}:
        key = str(held.duty_no if held.table == DUTY else held.paper_id)
    return held, _thing(viewer, held.table, key)


@require_safe
def download(request: Request, pk: int) -> HttpResponse:
    """The content of an attachment, to be saved, never shown inside the page."""
    held, thing = attachment_of_viewer(request.viewer, pk)
    try:
        content = content_of(held)
    except PaperRefusedError as error:
        said = messages().text(error.code, lang())
        return render(
            request,
            "web/refused.html",
            {"said": said, "back": reverse(thing.back[0], args=thing.back[1])},
            status=410,
        )
    answer = HttpResponse(content, content_type=MEDIA[held.kind])
    answer.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(held.name)}"
    answer.headers["X-Content-Type-Options"] = "nosniff"
    return answer


@require_safe
def picture(request: Request, pk: int, size: str) -> HttpResponse:
    """A picture of an attached photo, made anew: nothing of what the file holds besides is shown inside a page. 404 where there is none."""
    held, _thing_of = attachment_of_viewer(request.viewer, pk)
    if held.kind not in PICTURES or size not in SIDES:
        raise Http404
    try:
        answer = HttpResponse(picture_of(content_of(held), size), content_type="image/jpeg")
    except (NoPictureError, PaperRefusedError) as error:
        raise Http404 from error
    answer.headers["X-Content-Type-Options"] = "nosniff"
    return answer


@require_POST
def void_file(request: Request, pk: int) -> HttpResponse:
    """Say that an attachment no longer counts, with the reason: who brought it, or who may attach there."""
    held, thing = attachment_of_viewer(request.viewer, pk)
    if not thing.may and held.by != request.viewer.staff_no:
        raise PermissionDenied
    name, back = thing.back
    try:
        void_attachment(
            held, by=request.actor, at=timezone.now(), reason=request.POST.get("reason", "").strip()
        )
    except PaperRefusedError as error:
        said = messages().text(error.code, lang())
        return render(
            request, "web/refused.html", {"said": said, "back": reverse(name, args=back)}, status=409
        )
    say_done(request, _("%(name)s 已作废，文件留着。") % {"name": held.name})
    return redirect(name, *back)
