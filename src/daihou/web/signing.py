"""What the page of a matter shows of its content, by kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.urls import reverse

from daihou.book import declared
from daihou.duties.handover import HANDOVER
from daihou.duties.models import Duty
from daihou.duties.naming import names_for
from daihou.duties.reads import seen
from daihou.duties.signing import DUTY, POSTPONEMENT, can_postpone, duty_of, named
from daihou.inspections.classing import BY_KIND
from daihou.papers.models import DUTY as DUTY_FILES
from daihou.papers.models import PAPER as PAPER_FILES
from daihou.papers.models import Attachment
from daihou.people.reads import visible
from daihou.policy.acts import KIND as FIGURE
from daihou.signoff.limits import END as LIMIT_END
from daihou.signoff.limits import KIND as LIMIT
from daihou.signoff.models import Matter
from daihou.signoff.reads import waiting_for
from daihou.warnings.acts import CLOSING, DECISION, REVIEW
from daihou.warnings.suggested import figures_of, signal_of
from daihou.warnings.watching import LISTING, REMOVAL
from daihou.web.figures import matter_shown
from daihou.web.files import Listed, pane
from daihou.web.gate import Request
from daihou.web.gist import gist_of
from daihou.web.handed import handover_shown

Shown = Mapping[str, Any]


def _show_duty(matter: Matter, request: Request) -> Shown:
    return {"template": "web/_matter_duty.html", **_duty_shown(matter, request)}


def _show_postponement(matter: Matter, request: Request) -> Shown:
    shown = _duty_shown(matter, request)
    duty = duty_of(matter)
    may = duty is not None and can_postpone(duty, request.today)
    again = reverse("duty-postpone", args=[duty.pk]) if duty is not None and may else None
    return {"template": "web/_matter_postponement.html", "again": again, **shown}


def _gist(matter: Matter, request: Request) -> dict[str, Any]:
    """What a signer reads of the form: its points; the whole of it for who works on it, signs it or sees its duty."""
    found = gist_of(matter.content)
    me = request.viewer.staff_no
    concerned = (
        matter.makers.filter(employee=me).exists()
        or waiting_for(me, request.today).filter(matter=matter).exists()
    )
    concerned = concerned or matter.steps.filter(signed_by=me).exists()
    duty = found.pop("duty", None)
    if not concerned and (duty is None or not Duty.objects.filter(seen(request.viewer), pk=duty).exists()):
        found.pop("form_groups", None)
    return found


def _duty_shown(matter: Matter, request: Request) -> dict[str, Any]:
    duty = duty_of(matter)
    fact = matter.content.get("fact")
    told = matter.content.get("completions", [])
    rows: list[tuple[Any, Any]] = []
    if fact:
        columns = declared()[fact["table"]].columns
        rows = [
            (columns[one], value) for one, value in fact["row"].items() if one in columns and one != "duty"
        ]
    referred = {ref: [value for column, value in rows if column.ref == ref] for ref in ("employee", "party")}
    names = names_for(
        people=[*(one.get("completed_by") for one in told), *referred["employee"]], parties=referred["party"]
    )
    by_ref = {"employee": names.people, "party": names.parties}
    rows = [(column, by_ref.get(column.ref or "", {}).get(value, value)) for column, value in rows]
    return {
        "duty_page": None if duty is None else reverse("duty", args=[duty.pk]),
        "object": "" if duty is None else named(duty)[1], "fact": fact, "fact_rows": rows, "names_of": names.people,
        "gist": _gist(matter, request), "files": _files(duty, request),
    }  # fmt: skip


def _files(duty: Duty | None, request: Request) -> list[Listed]:
    """What was attached to the work, for who sees its duty: a signer decides by it."""
    if duty is None or not Duty.objects.filter(seen(request.viewer), pk=duty.pk).exists():
        return []
    own = Attachment.objects.filter(table__in=(DUTY_FILES, PAPER_FILES), duty_no=duty.pk)
    return pane(own.filter(voided_at__isnull=True))


def _show_class(matter: Matter, request: Request) -> Shown:
    there = visible("contract", request.viewer).filter(key=matter.subject).exists()
    names = names_for(parties=[matter.party])
    return {
        "template": "web/_matter_class.html", "gist": _gist(matter, request), "client": names.parties.get(matter.party, ""),
        "page": reverse("row", args=["contract", matter.subject]) if there else None,
    }  # fmt: skip


def _show_removal(matter: Matter, request: Request) -> Shown:
    row = visible(LISTING, request.viewer).filter(key=matter.subject).first()
    names = names_for(parties=[matter.content["party"]])
    return {
        "template": "web/_matter_watch.html", "client": names.parties.get(matter.content["party"], ""),
        "page": None if row is None else reverse("watch-one", args=[row.key]),
    }  # fmt: skip


def _show_figure(matter: Matter, request: Request) -> Shown:
    del request
    again = reverse("figure", args=[matter.content["rulebook"], matter.content["figure"]])
    return {"template": "web/_matter_figure.html", "again": again, **matter_shown(matter.content)}


def _show_handover(matter: Matter, request: Request) -> Shown:
    return {"template": "web/_matter_handover.html", **handover_shown(matter, request)}


def _show_warning(matter: Matter, request: Request) -> Shown:
    """A warning's closing, or the measures that the lawyer reads: the page only for who sees the warning itself."""
    content = matter.content
    names = names_for(parties=[matter.party], people=[one["person"] for one in content["measures"]])
    there = visible("warning", request.viewer).filter(key=matter.subject).exists()
    return {
        "template": "web/_matter_warning.html", "page": reverse("warning", args=[matter.subject]) if there else None,
        "figures": figures_of(content["rule"], content.get("remark", "")), "signal": signal_of(content["rule"]).name, "client": names.parties.get(matter.party, ""),
        "measures": [(one, names.people.get(one["person"], one["person"])) for one in content["measures"]],
    }  # fmt: skip


def _show_limit(matter: Matter, request: Request) -> Shown:
    del matter, request
    return {"template": "web/_matter_limit.html"}


SHOWN: dict[str, Callable[[Matter, Request], Shown]] = {
    DUTY: _show_duty,
    POSTPONEMENT: _show_postponement,
    FIGURE: _show_figure,
    HANDOVER: _show_handover,
    CLOSING: _show_warning,
    REVIEW: _show_warning,
    DECISION: _show_warning,
    REMOVAL: _show_removal,
    **dict.fromkeys(BY_KIND, _show_class),
    LIMIT: _show_limit,
    LIMIT_END: _show_limit,
}
"""What the page of a matter shows of its content, by kind: the context, with the ``template`` to include."""
