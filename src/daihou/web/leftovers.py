"""What had fallen due before go-live, closed together with a reason: those that were ticked, or all that a list was narrowed to."""

from __future__ import annotations

from dataclasses import replace
from http import HTTPStatus

from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from daihou.dayend.acts import follow
from daihou.duties.finding import BY_DEADLINE, found
from daihou.duties.leftovers import LeftoverRefusedError, closable_by, close, why_not
from daihou.duties.models import LEFTOVER, REASON, Duty
from daihou.policy.books import go_live_of_company
from daihou.screens.answers import say_done
from daihou.web.desk import lines
from daihou.web.duties import sought_of
from daihou.web.gate import Request

SHOWN = 60
"""Duties that are listed before they are closed; of more the number is told."""
TICKED = 200
"""Duties that are ticked one by one."""
ALL = "all"


def close_leftovers(request: Request) -> HttpResponse:
    """Show what would be closed, and close it: one reason, one act; only what the viewer may close."""
    wanted = _wanted(request)
    may = wanted.filter(pk__in=closable_by(request.viewer).values("pk"))
    number, fault = may.count(), ""
    if request.method == "POST":
        try:
            done = _close(request, wanted)
        except LeftoverRefusedError as error:
            fault = why_not(error)
        else:
            say_done(request, _("已关闭 %(number)s 件旧账。") % {"number": done})
            return redirect(f"{reverse('duties')}?state={LEFTOVER}")
    context = {
        "lines": lines(may.order_by(*BY_DEADLINE, "pk")[:SHOWN]), "number": number, "every": _every(request), "fault": fault,
        "reason": request.POST.get("reason", ""), "longest": REASON, "go_live": go_live_of_company(),
    }  # fmt: skip
    status = HTTPStatus.UNPROCESSABLE_ENTITY if fault else HTTPStatus.OK
    return render(request, "web/leftovers.html", context, status=status)


def _every(request: Request) -> bool:
    """Whether all is meant that the list was narrowed to."""
    return request.GET.get(ALL) == "1"


def _wanted(request: Request) -> QuerySet[Duty]:
    """What was ticked, or what the list was narrowed to."""
    if _every(request):
        sought, typed = sought_of(request)
        if typed.faults:
            return (
                Duty.objects.none()
            )  # a bound that cannot be read is not left aside: more would be closed than was listed
        return found(request.viewer, replace(sought, stands=LEFTOVER), request.today)
    asked = request.POST if request.method == "POST" else request.GET
    ticked = [int(one) for one in dict.fromkeys(asked.getlist("duty")) if one.isdecimal()][:TICKED]
    return Duty.objects.filter(pk__in=ticked)


def _close(request: Request, wanted: QuerySet[Duty]) -> int:
    """Close them and let the work follow. Of what was not listed to the end the number that was shown must stand still."""
    told = request.POST.get("number", "")
    done = close(
        wanted, request.viewer, reason=request.POST.get("reason", ""), by=request.actor, at=timezone.now(),
        expected=int(told) if _every(request) and told.isdecimal() else None,
    )  # fmt: skip
    follow(request.today, by=request.actor, at=timezone.now())
    return done
