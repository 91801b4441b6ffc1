"""Attachments of things: brought, looked at, taken out, voided."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from daihou.duties.attaching import Thing, bring, thing_of, thing_with
from daihou.papers.acts import PaperRefusedError, void_attachment
from daihou.papers.kinds import LARGEST, MEDIA, FileRefusedError
from daihou.papers.models import DUTY, HANDED_IN, PAPER, Attachment, Paper
from daihou.papers.photos import PICTURES, SIDES, NoPictureError, picture_of
from daihou.papers.reading import messages
from daihou.papers.reads import content_of
from daihou.people.reads import Viewer
from daihou.screens.answers import say_done
from daihou.screens.tags import lang
from daihou.web.gate import Request

Back = tuple[str, tuple[Any, ...]]
"""The page of a thing: its name and places."""


def _thing(viewer: Viewer, table: str, key: str) -> Thing:
    """A thing that the viewer sees; what he does not is not there for him."""
    thing = thing_of(viewer, table, key)
    if thing is None:
        raise Http404
    return thing


def page_of(thing: Thing) -> Back:
    """The page to which one goes back from a file of a thing."""
    values = thing.values
    if values["table"] == DUTY:
        return "duty", (values["duty_no"],)
    if values["table"] == PAPER:
        return "paper", (values["paper"].pk,)
    return "row", (values["table"], values["key"])


@require_POST
def attach_file(request: Request, table: str, key: str) -> HttpResponse:
    """Attach the file of the form to a thing."""
    thing = _thing(request.viewer, table, key)
    if not thing.may:
        raise PermissionDenied
    try:
        file, content = brought(request)
        made, new = bring(
            request.viewer, thing, file, content, request.POST.dict(), by=request.actor, at=timezone.now()
        )
    except FileRefusedError as error:
        refused = messages().text(error.code, lang())
        return render(
            request,
            "web/refused.html",
            {"said": refused, "back": _back_to(request, thing, table)},
            status=422,
        )
    said = _uploaded(made) if new else _("%(name)s 已经在这里了，没有再存一份。") % {"name": made.name}
    say_done(request, said)
    return redirect(_back_to(request, thing, table))


def _back_to(request: Request, thing: Thing, table: str) -> str:
    """The page of the thing, or the page of a form of its duty from which the file was brought."""
    name, back = page_of(thing)
    asked_from = request.POST.get("back", "")
    own = table == DUTY and asked_from in {reverse("paper-form", args=back), *_corrections(thing)}
    return f"{asked_from}#attachments" if own else reverse(name, args=back)


def _corrections(thing: Thing) -> set[str]:
    """The pages on which forms of a duty are corrected."""
    papers = Paper.objects.filter(duty_no=thing.values["duty_no"], state=HANDED_IN)
    return {reverse("paper-correction", args=[one.pk]) for one in papers}


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
    thing = thing_with(viewer, held)
    if thing is None:
        raise Http404
    return held, thing


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
            {"said": said, "back": reverse(page_of(thing)[0], args=page_of(thing)[1])},
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
    name, back = page_of(thing)
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
