"""The page of signing limits: above which amount who signs too; one proposed, taken back, or done away with."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from daihou.book import posts
from daihou.duties.naming import names_for
from daihou.people.rights import May, Scope
from daihou.screens.amounts import YuanField
from daihou.screens.answers import say_done
from daihou.screens.tags import word
from daihou.signoff.acts import SigningRefusedError
from daihou.signoff.limiting import Asked, propose_end, propose_limit, withdraw_limit
from daihou.signoff.limits import DROPPED, ENDED, FUTURE, IN_FORCE, LIMITED, PROPOSED, standing_of
from daihou.signoff.models import SigningLimit
from daihou.signoff.words import refusals
from daihou.web.gate import Request

_FIELDS = {
    "limit-posts": "post", "limit-empty": "post", "limit-kinds": "kinds", "amount-wrong": "above", "limit-day": "since", "citation-missing": "citation", "reason-missing": "reason",
}  # fmt: skip


class LimitForm(forms.Form):
    """A limit as typed. Whether it is right is asked of the room; what is wrong comes back beside its field."""

    above = YuanField(
        label=gettext_lazy("合同金额超过（元）"),
        help_text=gettext_lazy("例如 5000000 或 500万元；正好等于的不算超过"),
    )
    post = forms.ChoiceField(label=gettext_lazy("加签的岗位"))
    beside = forms.ChoiceField(
        label=gettext_lazy("同时联签的岗位"), required=False, help_text=gettext_lazy("要两个岗位联签的才填")
    )
    kinds = forms.MultipleChoiceField(
        label=gettext_lazy("哪几类"), required=False, help_text=gettext_lazy("不选就是全部"),
        widget=forms.CheckboxSelectMultiple,
    )  # fmt: skip
    since = forms.DateField(
        label=gettext_lazy("从哪天起"), widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    )
    citation = forms.CharField(
        label=gettext_lazy("依据"), max_length=200, help_text=gettext_lazy("例如：董事会决议〔2026〕5号")
    )
    reason = forms.CharField(
        label=gettext_lazy("理由"), max_length=500, widget=forms.Textarea(attrs={"rows": 2})
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered = [("", "—"), *((one, word(one)) for one in posts())]
        for name in ("post", "beside"):
            self.fields[name].choices = offered  # type: ignore[attr-defined]
        self.fields["kinds"].choices = [(one, word(one)) for one in LIMITED]  # type: ignore[attr-defined]


def standing_words() -> dict[str, tuple[str, str]]:
    """How a limit stands: colour and word."""
    return {
        PROPOSED: ("soon", _("签批中")), FUTURE: ("plain", _("批了，还没到日子")), IN_FORCE: ("good", _("在用")),
        ENDED: ("quiet", _("已取消")), DROPPED: ("quiet", _("没有通过")),
    }  # fmt: skip


@require_safe
def limits(request: Request) -> HttpResponse:
    """All limits, newest first."""
    if request.viewer.rights.scope("policy") is Scope.NONE:
        raise Http404
    return _page(request, LimitForm(initial={"since": request.today}), HTTPStatus.OK)


@require_POST
def limit_new(request: Request) -> HttpResponse:
    """Put a limit to signature."""
    if not request.viewer.may(May.FIGURES):
        raise PermissionDenied
    form = LimitForm(request.POST)
    if form.is_valid():
        said = form.cleaned_data
        try:
            propose_limit(
                Asked(
                    tuple(said["kinds"]), said["above"], tuple(one for one in (said["post"], said["beside"]) if one),
                    said["since"], said["citation"], said["reason"],
                ),
                own_posts=request.viewer.posts, by=request.actor, at=timezone.now(),
            )  # fmt: skip
        except SigningRefusedError as error:
            form.add_error(_FIELDS.get(error.code), refusals()[error.code])
        else:
            say_done(request, _("已送签。批准以后，呈签的事照新的限额。"))
            return redirect("limits")
    return _page(request, form, HTTPStatus.UNPROCESSABLE_ENTITY)


def _page(request: Request, form: LimitForm, status: HTTPStatus, refused: str = "") -> HttpResponse:
    said = standing_words()
    rows = list(SigningLimit.objects.select_related("matter", "ending"))
    told = [(one, standing_of(one, request.today)) for one in rows]
    context = {
        "form": form, "refused": refused, "may_propose": request.viewer.may(May.FIGURES),
        "rows": [(one, how, *said[how], _endable(one, how)) for one, how in told],
        "names": names_for(people=[one.proposed_by for one in rows]).people,
    }  # fmt: skip
    return render(request, "web/limits.html", context, status=status)


def _endable(limit: SigningLimit, how: str) -> bool:
    """Whether one may ask that a limit be done away with: adopted, and nobody asks for it already."""
    return how in {FUTURE, IN_FORCE} and (limit.ending is None or limit.ending.decided_at is not None)


@require_POST
def limit_withdraw(request: Request, pk: int) -> HttpResponse:
    """Take a proposal back."""
    return _done(request, pk, _("已撤回。"), withdraw=True)


@require_POST
def limit_end(request: Request, pk: int) -> HttpResponse:
    """Ask that a limit be done away with."""
    return _done(request, pk, _("已送签。批准以后，这条限额不再用。"), withdraw=False)


def _done(request: Request, pk: int, said: str, *, withdraw: bool) -> HttpResponse:
    if not request.viewer.may(May.FIGURES):
        raise PermissionDenied
    held = get_object_or_404(SigningLimit.objects.select_related("matter", "ending"), pk=pk)
    try:
        if withdraw:
            withdraw_limit(held, by=request.actor, at=timezone.now())
        else:
            propose_end(
                held, request.POST.get("reason", ""), own_posts=request.viewer.posts, by=request.actor, at=timezone.now()
            )  # fmt: skip
    except SigningRefusedError as error:
        empty = LimitForm(initial={"since": request.today})
        return _page(request, empty, HTTPStatus.CONFLICT, refusals()[error.code])
    say_done(request, said)
    return redirect("limits")
