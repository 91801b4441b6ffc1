"""The page on which somebody's responsibility is handed over: what he holds, to whom it goes, and the list put to signature."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import Count, Q
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from daihou.duties.handover import (
    HANDOVER,
    Item,
    held_by,
    may_hand_over,
    on_lists,
    open_duties,
    propose,
    seen_items,
    supervisors,
    told,
)
from daihou.registers.kept import homes, standing
from daihou.screens.answers import say_done
from daihou.signoff.acts import SigningRefusedError
from daihou.signoff.models import STANDING, Matter
from daihou.signoff.words import refusals
from daihou.web.gate import Request
from daihou.web.handed import tables_of
from daihou.web.matters import PERSON, person_named, title_of


class HandoverForm(forms.Form):
    """To whom, why, and whether a principal head moves."""

    person = forms.CharField(label=gettext_lazy("移交给谁"), help_text=gettext_lazy("姓名或工号"))
    reason = forms.CharField(
        label=gettext_lazy("理由"), max_length=200, help_text=gettext_lazy("例如：离职、换岗")
    )
    head_moves = forms.BooleanField(
        label=gettext_lazy("移交人是机构负责人"), required=False,
        help_text=gettext_lazy("负责人调动由稽核负责人监交"),
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["person"].widget.attrs.update(
            PERSON | {"hx-get": f"{reverse('choices', args=['employee'])}?from=person"}
        )
        for name in ("person", "reason"):
            self.fields[name].must = True  # type: ignore[attr-defined]


def handover(request: Request, staff_no: str) -> HttpResponse:
    """What a member of staff holds, and a list of it put to signature."""
    person = standing(homes()["employee"]).filter(key=staff_no).first()
    if person is None or not may_hand_over(request.viewer, staff_no):
        raise Http404
    form = HandoverForm(request.POST if request.method == "POST" else None)
    items = held_by(staff_no)
    listed, seen = on_lists(staff_no), seen_items(request.viewer, items)
    if request.method == "POST":
        wanted = set(request.POST.getlist("item"))
        chosen = [
            one for one in items
            if (one.table, one.key) not in listed and (f"{one.table}:{one.key}" in wanted or (one.table, one.key) not in seen)
        ]  # fmt: skip
        done = _put_forward(request, staff_no, form, chosen)
        if done is not None:
            return done
    duties = _duties(staff_no)
    context = {
        "person": person, "form": form, "told": told(items), "tables": tables_of(items, seen, seen, duties, listed),
        "under_way": _under_way(staff_no), "supervisors": supervisors(items, head_moves=False), "free": len(items) - len(listed),
        "duties": open_duties(staff_no).count(), "chosen": set(request.POST.getlist("item")) if request.method == "POST" else None,
    }  # fmt: skip
    return render(request, "web/handover.html", context, status=422 if form.errors else 200)


def _put_forward(
    request: Request, staff_no: str, form: HandoverForm, chosen: list[Item]
) -> HttpResponse | None:
    """Put the list to signature; None, with the fault on the form, where it cannot be."""
    if not form.is_valid():
        return None
    said = form.cleaned_data
    try:
        matter = propose(
            staff_no, person_named(request), chosen, reason=said["reason"], head_moves=said["head_moves"], by=request.actor,
            at=timezone.now(),
        )  # fmt: skip
    except SigningRefusedError as error:
        form.add_error(
            "person" if error.code in {"nobody-such", "same-person"} else None, refusals()[error.code]
        )
        return None
    say_done(request, _("移交单已呈签；三方签齐之后，客户、合同和任务才转到接收人名下。"))
    return redirect("matter", matter.pk)


def _duties(staff_no: str) -> dict[tuple[str, str], tuple[int, int]]:
    """Open and late duties of somebody, by the contract that they are about, else by the client, else by their object."""
    rows = (
        open_duties(staff_no)
        .order_by()
        .values("contract", "party", "table", "object")
        .annotate(number=Count("pk"), late=Count("pk", filter=Q(state="overdue")))
    )
    found: dict[tuple[str, str], tuple[int, int]] = {}
    for row in rows:
        at = (
            ("contract", row["contract"]) if row["contract"] else ("party", row["party"]) if row["party"] else (row["table"], row["object"])
        )  # fmt: skip
        number, late = found.get(at, (0, 0))
        found[at] = (number + row["number"], late + row["late"])
    return found


def _under_way(staff_no: str) -> list[tuple[Matter, str]]:
    """The handovers of his that are being signed."""
    found = Matter.objects.filter(kind=HANDOVER, state__in=STANDING, subject__startswith=f"{staff_no}/")
    return [(one, title_of(one)) for one in found if one.content["giver"] == staff_no]
