"""The company's Word templates on screen: which are in use, a new one tried and kept, the house's to begin from."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from daihou.duties.naming import names_for
from daihou.papers.acts import PaperRefusedError
from daihou.papers.kinds import MEDIA, FileRefusedError
from daihou.papers.models import WordTemplate
from daihou.papers.printing import WORD, house_template
from daihou.papers.reading import forms, messages
from daihou.papers.word_templates import ALL, LARGEST, keep_template, retire_template
from daihou.people.reads import Viewer
from daihou.people.rights import Scope
from daihou.screens.answers import say_done
from daihou.screens.tags import lang, word
from daihou.web.attachments import brought
from daihou.web.gate import Request


def keeps_templates(viewer: Viewer) -> bool:
    """Whether a viewer keeps the company's papers: he enters them, for the whole company."""
    return "papers" in viewer.rights.enters and viewer.rights.scope("papers") is Scope.COMPANY


def word_templates(request: Request) -> HttpResponse:
    """The templates in use and laid aside; a new one is tried before it is kept."""
    may = keeps_templates(request.viewer)
    if request.viewer.rights.scope("papers") is Scope.NONE:
        raise Http404
    refused = ""
    if request.method == "POST":
        if not may:
            raise PermissionDenied
        refused = _kept(request)
        if not refused:
            return redirect("word-templates")
    rows = list(WordTemplate.objects.defer("content"))
    people = names_for(people=[who for one in rows for who in (one.by, one.until_by)]).people
    context = {
        "rows": [(one, word(one.form) if one.form else _("所有的表"), people.get(one.by, one.by)) for one in rows], "may": may,
        "forms": [(one, form.title.said(lang())) for one, form in sorted(forms().items(), key=lambda pair: pair[1].title.zh)],
        "refused": refused, "chosen": request.POST.get("form", ""),
    }  # fmt: skip
    return render(request, "web/word_templates.html", context, status=422 if refused else 200)


def _kept(request: Request) -> str:
    """Keep the file of the request; why it cannot be, empty where it was."""
    try:
        name, content = brought(request, LARGEST, "template-too-large")
        made = keep_template(
            request.POST.get("form", ALL), name, content, by=request.actor, at=timezone.now()
        )
    except (FileRefusedError, PaperRefusedError) as error:
        return messages().text(error.code, lang())
    say_done(request, _("模板已启用：%(name)s。") % {"name": made.name})
    return ""


@require_safe
def house_word_template(request: Request) -> HttpResponse:
    """The template of the house, to be edited in Word."""
    if request.viewer.rights.scope("papers") is Scope.NONE:
        raise Http404
    return _file(house_template(), "template.docx")


@require_safe
def word_template(request: Request, pk: int) -> HttpResponse:
    """A template that was kept, as a file."""
    held = WordTemplate.objects.filter(pk=pk).first()
    if held is None or request.viewer.rights.scope("papers") is Scope.NONE:
        raise Http404
    return _file(bytes(held.content), f"{held.digest[:12]}.docx")


def _file(content: bytes, name: str) -> HttpResponse:
    answer = HttpResponse(content, content_type=MEDIA[WORD])
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    answer.headers["X-Content-Type-Options"] = "nosniff"
    return answer


@require_POST
def retire_word_template(request: Request, pk: int) -> HttpResponse:
    """Lay a template aside."""
    held = WordTemplate.objects.filter(pk=pk).first()
    if held is None or request.viewer.rights.scope("papers") is Scope.NONE:
        raise Http404
    if not keeps_templates(request.viewer):
        raise PermissionDenied
    try:
        retire_template(held, by=request.actor, at=timezone.now())
    except PaperRefusedError as error:
        said = messages().text(error.code, lang())
        return render(
            request, "web/refused.html", {"said": said, "back": reverse("word-templates")}, status=409
        )
    say_done(request, _("模板已停用。"))
    return redirect("word-templates")
