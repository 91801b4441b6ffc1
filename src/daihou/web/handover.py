"""The page on which somebody's responsibility is handed over: what he holds, to whom it goes, and the list put to signature."""

from __future__ import annotations

from collections import Counter
from typing import Any

from django import forms
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from daihou.duties.handover import HANDOVER, may_hand_over, on_lists, propose, seen_items, supervisors
from daihou.duties.holdings import Item, held_by, kept_by, open_duties, posts_for, told, with_items
from daihou.duties.models import Duty
from daihou.policy.rules import rules
from daihou.registers.kept import homes, standing
from daihou.screens.answers import say_done
from daihou.screens.tags import lang
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
    duties = with_items(list(open_duties(staff_no)), items)
    context = {
        "person": person, "form": form, "told": told(items), "tables": tables_of(items, seen, seen, _tallied(duties), listed),
        "own": told(kept_by(staff_no)), "staying": _left_behind(duties),
        "under_way": _under_way(staff_no), "supervisors": supervisors(items, head_moves=False), "takers": posts_for(staff_no), "free": len(items) - len(listed),
        "duties": len(duties), "chosen": set(request.POST.getlist("item")) if request.method == "POST" else None,
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
            "person" if error.code in {"nobody-such", "same-person", "taker-unfit"} else None,
            refusals()[error.code],
        )
        return None
    say_done(request, _("移交单已呈签；三方签齐之后，客户、合同和任务才转到接收人名下。"))
    return redirect("matter", matter.pk)


def _tallied(
    duties: list[tuple[Duty, tuple[str, str] | None]],
) -> dict[tuple[str, str], tuple[int, int]]:
    """Open and late duties by the row with which they go."""
    found: dict[tuple[str, str], tuple[int, int]] = {}
    for duty, at in duties:
        if at is not None:
            number, late = found.get(at, (0, 0))
            found[at] = (number + 1, late + (duty.state == "overdue"))
    return found


def _left_behind(duties: list[tuple[Duty, tuple[str, str] | None]]) -> list[tuple[str, int]]:
    """The duties that go with no row, by their rule: how many stay, the most first."""
    known = rules()
    counts = Counter(duty.rule for duty, at in duties if at is None)
    return [
        (known[name].said(lang()) if name in known else name, number) for name, number in counts.most_common()
    ]


def _under_way(staff_no: str) -> list[tuple[Matter, str]]:
    """The handovers of his that are being signed."""
    found = Matter.objects.filter(kind=HANDOVER, state__in=STANDING, subject__startswith=f"{staff_no}/")
    return [(one, title_of(one)) for one in found if one.content["giver"] == staff_no]
