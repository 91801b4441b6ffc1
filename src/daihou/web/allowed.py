"""What the gates say, as pages show it."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext as _

from daihou.book import masked
from daihou.dayend.asking import Answer, answers_about
from daihou.registers.kept import Kept
from daihou.screens.answers import say_against
from daihou.screens.tags import lang
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
            said = {"rule": one.gate.said(lang()), "why": masked("；".join(reasons))}
            say_against(request, _("规则不许：%(rule)s，%(why)s。") % said, "row", row.table.id, row.key)
