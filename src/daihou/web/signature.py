"""One's own picture of a signature, for prints: brought, seen, laid aside."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from daihou.papers.acts import PaperRefusedError
from daihou.papers.kinds import MEDIA, FileRefusedError
from daihou.papers.reading import messages
from daihou.papers.signatures import (
    LARGEST,
    content_of_signature,
    keep_signature,
    retire_signature,
    signature_of,
)
from daihou.screens.answers import say_done
from daihou.screens.tags import lang
from daihou.web.attachments import brought
from daihou.web.gate import Request


def signature(request: Request) -> HttpResponse:
    """The picture in use; another one brought, or none from now on."""
    refused = ""
    if request.method == "POST":
        try:
            if "retire" in request.POST:
                retire_signature(by=request.actor, at=timezone.now())
                say_done(request, _("签名图已停用。"))
            else:
                name, content = brought(request, LARGEST, "signature-too-large")
                keep_signature(name, content, by=request.actor, at=timezone.now())
                say_done(request, _("签名图已启用：从现在签的表，导出时印上它。"))
            return redirect("signature")
        except (FileRefusedError, PaperRefusedError) as error:
            refused = messages().text(error.code, lang())
    context = {"held": signature_of(request.viewer.staff_no), "refused": refused}
    return render(request, "web/signature.html", context, status=422 if refused else 200)


@require_safe
def signature_picture(request: Request) -> HttpResponse:
    """One's own picture."""
    held = signature_of(request.viewer.staff_no)
    if held is None:
        raise Http404
    answer = HttpResponse(content_of_signature(held), content_type=MEDIA[held.kind])
    answer.headers["X-Content-Type-Options"] = "nosniff"
    return answer
