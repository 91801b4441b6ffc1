"""Who does the duties of whom while he is absent: arranged by himself or by who heads him, ended before its day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms
from django.db.models import Q
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from daihou.duties.naming import names_for
from daihou.duties.standing_in import (
    LONGEST,
    StandInRefusedError,
    end_stand_in,
    known_to,
    may_end,
    refusals,
    stand_in,
)
from daihou.people.models import StandIn
from daihou.people.reads import Viewer
from daihou.screens.answers import say_done
from daihou.signoff.acts import SigningRefusedError
from daihou.web.gate import Request
from daihou.web.matters import PERSON, staff_of

ROWS = 100
_BESIDE = {"same-person": "person", "nobody-such": "person", "other-post": "person", "stands-already": "person", "not-yours": "absent", "reason-missing": "reason", "reason-long": "reason", "days-wrong": "until"}  # fmt: skip
"""The field beside which a refusal stands."""


class StandInForm(forms.Form):
    """Who is absent, who does his duties, from when to when, why."""

    absent = forms.CharField(
        label=gettext_lazy("谁不在"),
        required=False,
        help_text=gettext_lazy("不填就是您自己；也可以是您管的人"),
    )
    person = forms.CharField(
        label=gettext_lazy("由谁代办"), help_text=gettext_lazy("姓名或工号；同岗位的人，或管着他的人")
    )
    since = forms.DateField(
        label=gettext_lazy("起"), widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    )
    until = forms.DateField(
        label=gettext_lazy("止"), widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    )
    reason = forms.CharField(
        label=gettext_lazy("理由"), help_text=gettext_lazy("例如：出差、休假、病假"), max_length=LONGEST
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("absent", "person"):
            self.fields[name].widget.attrs.update(
                PERSON | {"hx-get": f"{reverse('choices', args=['employee'])}?from={name}"}
            )


def stand_ins(request: Request) -> HttpResponse:
    """Who stands in for whom, as far as it concerns the viewer, and a new arrangement."""
    viewer: Viewer = request.viewer
    form = StandInForm(request.POST if request.method == "POST" else None, initial={"since": request.today})
    if request.method == "POST" and form.is_valid() and _arranged(request, form):
        return redirect("stand-ins")
    rows = list(StandIn.objects.filter(known_to(viewer))[:ROWS])
    people = [who for one in rows for who in (one.absent, one.deputy, one.by)]
    context = {
        "form": form, "rows": _told(rows, viewer, request.today), "people": names_for(people=people).people, "most": len(rows) == ROWS,
    }  # fmt: skip
    return render(request, "web/stand_ins.html", context, status=422 if form.errors else 200)


def _arranged(request: Request, form: StandInForm) -> bool:
    said, field = form.cleaned_data, "absent"
    try:
        absent = staff_of(said["absent"]) if said["absent"].strip() else request.viewer.staff_no
        field = "person"
        stand_in(
            absent, staff_of(said["person"]), since=said["since"], until=said["until"], reason=said["reason"], by=request.actor,
            at=timezone.now(),
        )  # fmt: skip
    except StandInRefusedError as error:
        form.add_error(_BESIDE[error.code], refusals()[error.code])
        return False
    except SigningRefusedError:
        form.add_error(field, refusals()["nobody-such"])
        return False
    say_done(request, _("已安排代办，双方都会收到消息。"))
    return True


def _told(rows: Sequence[StandIn], viewer: Viewer, today: date) -> list[tuple[StandIn, str, str, bool]]:
    """Arrangements with how they stand: colour and word, and whether the viewer may end them."""
    found, may = [], may_end(viewer, rows)
    for one in rows:
        if one.ended_at is not None:
            colour, said = "quiet", _("已停")
        elif one.until < today:
            colour, said = "quiet", _("已到期")
        elif one.since > today:
            colour, said = "plain", _("还没开始")
        else:
            colour, said = "good", _("有效")
        found.append((one, colour, said, colour != "quiet" and one.pk in may))
    return found


@require_POST
def stand_in_end(request: Request, pk: int) -> HttpResponse:
    """End an arrangement before its day."""
    held = StandIn.objects.filter(known_to(request.viewer), pk=pk).first()
    if held is None:
        raise Http404
    try:
        end_stand_in(held, by=request.actor, at=timezone.now())
    except StandInRefusedError as error:
        if error.code == "not-yours":
            raise Http404 from error
    else:
        say_done(request, _("代办已停。"))
    return redirect("stand-ins")


def beside_desk(viewer: Viewer) -> dict[str, Any]:
    """For the desk: for whom the viewer stands in today, and who stands in for him, until when."""
    today = viewer.day
    now = StandIn.objects.in_force(today)
    rows = list(now.filter(Q(absent=viewer.staff_no) | Q(deputy=viewer.staff_no)).order_by("until", "pk"))
    people = (
        names_for(people=[who for one in rows for who in (one.absent, one.deputy)]).people if rows else {}
    )
    return {
        "stands_for": [(people.get(one.absent, one.absent), one.until) for one in rows if one.deputy == viewer.staff_no],
        "stood_by": [(people.get(one.deputy, one.deputy), one.until) for one in rows if one.absent == viewer.staff_no],
    }  # fmt: skip
