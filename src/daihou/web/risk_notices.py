"""Risk notices on screen: those that were told to one, one with who has read it, a new one."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Count, F, OuterRef, Q, Subquery
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from daihou.book import declared, domains
from daihou.dayend.acts import follow
from daihou.duties.naming import names_for
from daihou.people.reads import Viewer, visible
from daihou.people.rights import May, Scope
from daihou.registers.kept import homes, standing
from daihou.registers.sealing import seals
from daihou.screens.answers import say_done
from daihou.warnings.acts import WarningRefusedError
from daihou.warnings.noticing import (
    AUDIENCES,
    CONCERNED,
    READING,
    TITLE_LONGEST,
    NoticeRefusedError,
    Told,
    read_notice,
    send_notice,
    told_to,
)
from daihou.warnings.refusals import refusals
from daihou.web.entry import label_of, named_key
from daihou.web.gate import Request

ROWS, CLIENTS = 50, 100
FIELDS = {
    "no-such-topic": "topic", "no-such-industry": "industry", "no-such-audience": "audience", "nobody-to-read": "audience",
    "no-such-client": "clients", "too-many-clients": "clients", "title-missing": "title", "told-missing": "text", "told-too-long": "text",
}  # fmt: skip
"""The field beside which a refusal is told."""


def audience_words() -> dict[str, str]:
    """Whom a notice may be told to."""
    return {"business": _("业务部门"), "risk": _("风控部门"), "review": _("评审机构")}


@require_safe
def risk_notices(request: Request) -> HttpResponse:
    """The notices, those that I still have to read first; a fixed number of questions, whatever the rows."""
    viewer = request.viewer
    asked = {name: request.GET.get(name, "") for name in ("topic", "q")}
    of_one = standing(homes()[READING]).filter(risk_notice=OuterRef("key")).order_by().values("risk_notice")
    rows = told_to(viewer).annotate(
        readers=Subquery(of_one.annotate(n=Count("pk")).values("n")),
        left=Subquery(of_one.annotate(n=Count("pk", filter=Q(read_day__isnull=True))).values("n")),
        waits=Subquery(
            of_one.filter(employee=viewer.staff_no, read_day__isnull=True).annotate(n=Count("pk")).values("n")
        ),
    )
    if asked["topic"] in domains()["notice_topic"]:
        rows = rows.filter(notice_topic=asked["topic"])
    if asked["q"].strip():
        rows = rows.filter(Q(title__icontains=asked["q"].strip()) | Q(remark__icontains=asked["q"].strip()))
    ordered = rows.order_by(F("waits").desc(nulls_last=True), "-sent_day", "-key")
    page = Paginator(ordered, ROWS).get_page(request.GET.get("page"))
    held = list(page.object_list)
    names = names_for(people=[one.sent_by for one in held]).people
    context = {
        "lines": [(one, names.get(one.sent_by, one.sent_by)) for one in held], "page": page, "total": page.paginator.count, **asked,
        "topics": domains()["notice_topic"], "may_send": viewer.may(May.NOTICES), "query": any(asked.values()),
    }  # fmt: skip
    return render(request, "web/risk_notices.html", context)


def risk_notice(request: Request, key: str) -> HttpResponse:
    """One notice: what has changed, the clients concerned, who has read it and what each is going to do."""
    viewer = request.viewer
    row = told_to(viewer).filter(key=key).first()
    if row is None:
        raise Http404
    fault = ""
    if request.method == "POST":
        try:
            read_notice(key, request.POST.get("told", ""), by=request.actor, at=timezone.now())
        except (NoticeRefusedError, WarningRefusedError) as error:
            fault = refusals()[error.code]
        else:
            follow(request.today, by=request.actor, at=timezone.now())
            say_done(request, _("已记下阅知。"))
            return redirect("risk-notice", key)
    context = _context(viewer, row) | {"fault": fault, "said": request.POST.get("told", "")}
    return render(request, "web/risk_notice.html", context, status=422 if fault else 200)


def _context(viewer: Viewer, row: Any) -> dict[str, Any]:
    readings = list(
        standing(homes()[READING])
        .filter(risk_notice=row.key)
        .order_by(F("read_day").asc(nulls_first=True), "key")
    )
    names = names_for(people=[row.sent_by, *(one.employee for one in readings)]).people
    concerned = Q(key__in=standing(homes()[CONCERNED]).filter(risk_notice=row.key).values("party"))
    running = standing(homes()["contract"]).filter(settled_day__isnull=True, disbursed_day__isnull=False)
    if row.industry:
        concerned |= Q(industry=row.industry, key__in=running.values("client"))
    clients = visible("party", viewer).filter(concerned).order_by("title", "key")
    mine = next((one for one in readings if one.employee == viewer.staff_no), None)
    return {
        "row": row, "sender": names.get(row.sent_by, row.sent_by), "mine": mine,
        "readings": [(one, names.get(one.employee, one.employee)) for one in readings],
        "left": sum(one.read_day is None for one in readings),
        "clients": list(clients[:CLIENTS]), "clients_total": clients.count(), "may_warn": "warnings" in viewer.rights.enters,
    }  # fmt: skip


def risk_notice_new(request: Request) -> HttpResponse:
    """A notice written and sent."""
    viewer = request.viewer
    if viewer.rights.scope("warnings") is Scope.NONE:
        raise Http404
    if not viewer.may(May.NOTICES):
        raise PermissionDenied
    post = request.POST
    said = {name: post.get(name, "").strip() for name in ("topic", "title", "text", "industry", "clients")}
    audiences = post.getlist("audience") if request.method == "POST" else list(AUDIENCES)
    named = visible("party", viewer).filter(key=request.GET.get("party", "")).first()
    if named is not None and request.method != "POST":
        said["clients"] = label_of(declared()["party"], named)
    fault, field = "", ""
    if request.method == "POST":
        try:
            clients = _clients(viewer, said["clients"])
            told = Told(
                said["topic"], said["title"], said["text"], audiences, said["industry"] or None, clients
            )
            key = send_notice(told, by=request.actor, at=timezone.now())
        except (NoticeRefusedError, WarningRefusedError) as error:
            fault, field = refusals()[error.code], FIELDS.get(error.code, "")
        else:
            follow(request.today, by=request.actor, at=timezone.now())
            say_done(request, _("已发出，收到的人工作台上多了一件阅知。"))
            return redirect("risk-notice", key)
    context = {
        "said": said, "fault": fault, "field": field, "topics": domains()["notice_topic"], "industries": domains()["industry"],
        "audiences": [(one, word, one in audiences) for one, word in audience_words().items()], "longest": TITLE_LONGEST,
    }  # fmt: skip
    return render(request, "web/risk_notice_new.html", context, status=422 if fault else 200)


def _clients(viewer: Viewer, text: str) -> list[str]:
    """The keys of the clients typed, one a line. NoticeRefusedError where a line means nobody whom the viewer sees."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    column = declared()[CONCERNED].columns["party"]
    keys = [seals().marked(named_key(viewer, column, line)) for line in lines]
    if visible("party", viewer).filter(key__in=keys).count() != len(set(keys)):
        raise NoticeRefusedError("no-such-client")
    return list(dict.fromkeys(keys))
