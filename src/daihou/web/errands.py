"""Errands given by hand: a list of those given and received, a new one, and what is done with one on the page of its duty."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from http import HTTPStatus
from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.db.models import F
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from daihou.dayend.acts import follow
from daihou.duties.errands import (
    LONGEST,
    ErrandRefusedError,
    call_off,
    errand_of,
    finish,
    forms_to_ask,
    give,
    may_give,
    put_off,
    refusals,
)
from daihou.duties.models import Duty
from daihou.duties.naming import names_for
from daihou.people.reads import Viewer, visible
from daihou.registers.kept import homes, standing
from daihou.screens.answers import say_done
from daihou.screens.tags import word
from daihou.signoff.acts import SigningRefusedError
from daihou.units import DateTextError, read_date
from daihou.web.gate import Request
from daihou.web.matters import PERSON, person_named

ROWS = 50
TABS = {"given": "assigned_by", "mine": "employee"}


class ErrandForm(forms.Form):
    """To whom, what, until when."""

    person = forms.CharField(label=gettext_lazy("交给谁办"), help_text=gettext_lazy("姓名或工号"))
    matter = forms.CharField(
        label=gettext_lazy("办什么"), max_length=LONGEST, widget=forms.Textarea(attrs={"rows": 3})
    )
    deadline = forms.DateField(
        label=gettext_lazy("期限"), widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    )

    contract = forms.CharField(label=gettext_lazy("哪份合同"), required=False, max_length=400)
    asked_form = forms.ChoiceField(
        label=gettext_lazy("要填的表"), required=False, help_text=gettext_lazy("选了表，填好交上才算办好")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["asked_form"].choices = [("", "—"), *((one, word(one)) for one in forms_to_ask())]  # type: ignore[attr-defined]
        self.fields["contract"].widget.attrs.update(
            {
                "list": "choices-contract", "autocomplete": "off", "hx-get": f"{reverse('choices', args=['contract'])}?from=contract",
                "hx-trigger": "input changed delay:200ms", "hx-target": "#choices-contract",
            }
        )  # fmt: skip
        self.fields["person"].widget.attrs.update(
            PERSON | {"hx-get": f"{reverse('choices', args=['employee'])}?from=person"}
        )


def errands(request: Request) -> HttpResponse:
    """What I gave others to do, what others gave me; and a new errand."""
    asked = request.POST if request.method == "POST" else None
    form = ErrandForm(
        asked, initial={"person": request.GET.get("to", ""), "contract": request.GET.get("contract", "")}
    )
    if request.method == "POST" and form.is_valid() and _give(request, form):
        return redirect("errands")
    tab = request.GET.get("tab", "")
    tab = tab if tab in TABS else "given"
    column = TABS[tab]
    found = standing(homes()["errand"]).filter(**{column: request.viewer.staff_no})
    rows = found.order_by(F("completed_day").desc(nulls_first=True), "deadline", "key")
    page = Paginator(rows, ROWS).get_page(request.GET.get("page"))
    listed = list(page.object_list)
    duties = dict(
        Duty.objects.filter(table="errand", object__in=[one.key for one in listed], withdrawn_on__isnull=True)
        .order_by("pk")
        .values_list("object", "pk")
    )
    context = {
        "form": form, "tab": tab, "page": page, "total": page.paginator.count,
        "lines": [(one, duties.get(one.key)) for one in listed],
        "names": names_for(people=[who for one in listed for who in (one.employee, one.assigned_by)]),
    }  # fmt: skip
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return render(request, "web/errands.html", context, status=status)


def _give(request: Request, form: ErrandForm) -> bool:
    """Give it; False, with the fault beside its field, where it cannot be."""
    said = form.cleaned_data
    try:
        to = person_named(request)
        if not may_give(request.viewer, to):
            form.add_error("person", refusals()["not-below"])
            return False
        contract = _contract_of(request.viewer, said["contract"].strip())
        give(
            [to], said["matter"], said["deadline"], contract=contract, form=said["asked_form"], by=request.actor, at=timezone.now()
        )  # fmt: skip
    except SigningRefusedError as error:
        form.add_error("person", refusals()[error.code])
    except ErrandRefusedError as error:
        fields = {
            "nobody-such": "person", "day-passed": "deadline", "matter-missing": "matter", "matter-too-long": "matter",
            "no-such-contract": "contract", "contract-missing": "contract", "no-such-form": "asked_form",
        }  # fmt: skip
        form.add_error(fields[error.code], refusals()[error.code])
    else:
        follow(request.today, by=request.actor, at=timezone.now())
        say_done(request, _("已交办，对方的工作台上马上看得到。"))
        return True
    return False


def _contract_of(viewer: Viewer, key: str) -> str:
    """A contract that the viewer sees, or none; any other is not there for him."""
    if key and not visible("contract", viewer).filter(key=key).exists():
        raise ErrandRefusedError("no-such-contract")
    return key


def errand_pane(request: Request, duty: Duty) -> dict[str, Any]:
    """For the page of a duty that an errand is: who gave it, and what the viewer may do with it."""
    row = errand_of(duty.object) if duty.table == "errand" else None
    if row is None:
        return {"errand": None}
    me = request.viewer.staff_no
    is_open = row.completed_day is None
    return {
        "errand": row, "errand_giver": names_for(people=[row.assigned_by]).people.get(row.assigned_by or "", row.assigned_by or ""),
        "may_finish": is_open and not row.asked_form and me in {row.employee, row.assigned_by}, "may_call_off": is_open and me == row.assigned_by,
    }  # fmt: skip


def _finish(request: Request, key: str, said: Mapping[str, str]) -> str:
    finish(key, _day(said.get("day", "")), said.get("told", ""), by=request.actor, at=timezone.now())
    return _("已办好，交办的人看得到。")


def _put_off(request: Request, key: str, said: Mapping[str, str]) -> str:
    put_off(key, _day(said.get("day", "")), said.get("reason", ""), by=request.actor, at=timezone.now())
    return _("期限已延后。")


def _call_off(request: Request, key: str, said: Mapping[str, str]) -> str:
    call_off(key, said.get("reason", ""), by=request.actor, at=timezone.now())
    return _("已撤销这件交办。")


def _day(typed: str) -> date:
    try:
        return read_date(typed.strip())
    except DateTextError:
        raise ErrandRefusedError("day-wrong") from None


ACTS: Mapping[str, Callable[[Request, str, Mapping[str, str]], str]] = {
    "finish": _finish, "put_off": _put_off, "call_off": _call_off,
}  # fmt: skip


@require_POST
def errand_act(request: Request, key: str) -> HttpResponse:
    """Say that an errand is done, give it more time, call it off. Only for who gave it and who does it; for others it is not there."""
    row = errand_of(key)
    act = ACTS.get(request.POST.get("act", ""))
    if row is None or act is None or request.viewer.staff_no not in {row.employee, row.assigned_by}:
        raise Http404
    try:
        said = act(request, key, request.POST.dict())
    except ErrandRefusedError as error:
        say_done(request, refusals()[error.code])
        return _back(key)
    follow(request.today, by=request.actor, at=timezone.now())
    say_done(request, said)
    return redirect("errands") if errand_of(key) is None else _back(key)


def _back(key: str) -> HttpResponse:
    """The page of the errand's duty, else the list."""
    duty = Duty.objects.filter(table="errand", object=key, withdrawn_on__isnull=True).order_by("pk").first()
    return redirect("errands") if duty is None else redirect("duty", duty.pk)
