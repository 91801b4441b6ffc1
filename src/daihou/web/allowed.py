"""What the gates say, and how the grades class a row, as pages show it."""

from __future__ import annotations

from collections.abc import Iterable

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from daihou.book import masked
from daihou.dayend.asking import Answer, answers_about
from daihou.dayend.grading import classes_of
from daihou.engine import render as told
from daihou.people.reads import readable, visible
from daihou.registers.kept import Kept
from daihou.screens.answers import say_against
from daihou.screens.tags import lang, listed
from daihou.web.gate import Request

Shown = list[tuple[Answer, tuple[str, ...]]]


def shown(answers: Iterable[Answer]) -> Shown:
    """The answers with the reasons for a no in the page's language; those that refuse first."""
    return [
        (one, one.because(lang())) for one in sorted(answers, key=lambda one: (one.allowed, one.gate.name))
    ]


def tell_against(request: Request, row: Kept) -> None:
    """Tell what the gates have against a row that was written without asking them: by a form, by a correction."""
    for one, reasons in shown(answers_about(row.table.id, row.key, request.today)):
        if reasons:
            said = {
                "rule": one.gate.said(lang()),
                "why": masked(listed(reasons, "；")),
            }
            say_against(request, _("规则不许：%(rule)s，%(why)s。") % said, "row", row.table.id, row.key)


def causes() -> dict[str, str]:
    """By what a row is classed, in words."""
    return {
        "floor": _("按条件"), "proposal": _("按建议"), "manual": _("人工评定已批准"), "held": _("要往好里调，还没满期限"),
    }  # fmt: skip


@require_safe
def classes(request: Request, name: str, key: str) -> HttpResponse:
    """How the rules class a row today, beside how it is classed on record, and why. A part of the row's page."""
    if readable(name, request.viewer) is None or not visible(name, request.viewer).filter(key=key).exists():
        raise Http404
    rows = [
        (one, causes().get(one.cause, ""), "" if one.told is None else masked(told(one.told, lang())))
        for one in classes_of(name, key, request.today)
    ]
    return render(request, "web/classes.html", {"rows": rows})
