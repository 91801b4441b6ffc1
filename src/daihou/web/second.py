"""The second factor on screen: asked for at the login, set up and taken away by its owner."""

from __future__ import annotations

import segno
from django import forms
from django.contrib.auth import login as log_in
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from daihou.people.acts import note_login
from daihou.people.factors import (
    FactorRefusedError,
    address_of,
    begin_factor,
    begun,
    confirm_factor,
    factor_of,
    passes,
    remove_factor,
)
from daihou.people.models import Account
from daihou.screens.answers import say_done
from daihou.web.gate import Request, must_have_factor

HALF = "half_login"
HALF_SECONDS = 300
"""For how long a right password waits for its code."""


class CodeForm(forms.Form):
    """A code of the authenticator, or a spare code."""

    code = forms.CharField(
        label=gettext_lazy("验证码"), max_length=20,
        help_text=gettext_lazy("手机验证器上的六位数字"),
        widget=forms.TextInput(attrs={"autofocus": True, "autocomplete": "one-time-code", "inputmode": "numeric"}),
    )  # fmt: skip


class SecondForm(CodeForm):
    """The same at the login, where a spare code will do too."""

    code = forms.CharField(
        label=gettext_lazy("验证码"), max_length=20,
        help_text=gettext_lazy("手机验证器上的六位数字；手机不在身边，用一个备用码"),
        widget=forms.TextInput(attrs={"autofocus": True, "autocomplete": "one-time-code"}),
    )  # fmt: skip


def let_in(request: Request, account: Account, target: str) -> HttpResponse:
    """The login itself, on record, and on to where one wanted to go."""
    log_in(request, account, backend="django.contrib.auth.backends.ModelBackend")
    note_login(account, origin=request.META.get("REMOTE_ADDR", ""), at=timezone.now())
    safe = url_has_allowed_host_and_scheme(
        target, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return redirect(target if safe else "/")


def ask_second(request: Request, account: Account) -> HttpResponse:
    """Remember for a while that the password was right, and ask for the code."""
    request.session.cycle_key()
    request.session[HALF] = {
        "account": account.pk, "at": timezone.now().timestamp(), "next": request.GET.get("next", "/"), "matches": account.get_session_auth_hash(),
    }  # fmt: skip
    return redirect("second")


def second(request: Request) -> HttpResponse:
    """The code after the password."""
    half = request.session.get(HALF)
    account = None
    if half is not None and timezone.now().timestamp() - half["at"] < HALF_SECONDS:
        account = Account.objects.filter(pk=half["account"], is_active=True).first()
    # who was given another password meanwhile begins again with that
    if half is None or account is None or half.get("matches") != account.get_session_auth_hash():
        return redirect("login")
    form = SecondForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        origin = request.META.get("REMOTE_ADDR", "")
        if passes(account, form.cleaned_data["code"], origin=origin, at=timezone.now()):
            del request.session[HALF]
            return let_in(request, account, half["next"])
        form.add_error("code", _("验证码不对或已用过；连续错五次，账号锁十五分钟。"))
    return render(request, "web/second.html", {"form": form})


def factor(request: Request) -> HttpResponse:
    """Whether the own login asks for a code; set up, confirmed, taken away."""
    account = request.user
    assert isinstance(account, Account)
    held = factor_of(account)
    must = must_have_factor(request, account)
    form = CodeForm(request.POST if "code" in request.POST else None)
    spare: list[str] = []
    if request.method == "POST" and "begin" in request.POST and held is None:
        begin_factor(account, by=request.actor, at=timezone.now())
        return redirect("factor")
    if request.method == "POST" and form.is_bound and form.is_valid():
        code = form.cleaned_data["code"]
        if held is None:
            try:
                spare = confirm_factor(account, code, by=request.actor, at=timezone.now())
            except FactorRefusedError:
                form.add_error("code", _("验证码不对：看看手机的时间准不准，或重新扫码。"))
        elif must:
            form.add_error(None, _("管账号的岗位必须有第二道验证，不能取消。"))
        elif passes(account, code, origin=request.actor.origin, at=timezone.now()):
            remove_factor(account, by=request.actor, at=timezone.now())
            say_done(request, _("已取消第二道验证。"))
            return redirect("factor")
        else:
            form.add_error("code", _("验证码不对或已用过；连续错五次，账号锁十五分钟。"))
    secret = None if held is not None or spare else begun(account)
    picture = (
        None if secret is None else segno.make(address_of(account, secret)).svg_data_uri(scale=5, border=2)
    )
    context = {"form": form, "held": held, "must": must, "spare": spare, "secret": secret, "picture": picture}
    return render(request, "web/factor.html", context)
