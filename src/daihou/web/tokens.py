"""One's own API tokens: made, shown once, revoked; who manages accounts sees and revokes everybody's."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from daihou.duties.naming import names_for
from daihou.people.models import Account, ApiToken
from daihou.people.rights import May
from daihou.people.tokens import ALWAYS, ApiScope, TokenRefusedError, make_token, revoke_token, tokens_of
from daihou.screens.answers import say_done
from daihou.screens.tags import bracketed
from daihou.web.gate import Request

SHOWN = 200
_DAYS = (30, 90, 180, 365)


def scope_words() -> dict[str, str]:
    """What each scope opens, in words."""
    return {
        ApiScope.READ_REGISTERS: _("看台账"),
        ApiScope.WRITE_REGISTERS: _("登记、更正、作废"),
        ApiScope.READ_IMPORTS: _("看导入和检查意见"),
        ApiScope.WRITE_IMPORTS: _("上传、导入、撤回"),
        ApiScope.READ_DAYS: _("看推演"),
        ApiScope.RUN_DAY: _("推演一天"),
        ApiScope.READ_DUTIES: _("看任务"),
        ApiScope.WRITE_DUTIES: _("办结任务"),
        ApiScope.READ_MATTERS: _("看签批"),
        ApiScope.WRITE_MATTERS: _("签批"),
    }


class TokenForm(forms.Form):
    """What a token is for, what it opens, how long it holds."""

    name = forms.CharField(
        label=gettext_lazy("用途"), max_length=64, help_text=gettext_lazy("例如：核心系统每日对账")
    )
    scopes = forms.MultipleChoiceField(label=gettext_lazy("范围"), widget=forms.CheckboxSelectMultiple)
    days = forms.TypedChoiceField(label=gettext_lazy("有效期"), coerce=int, initial=90)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["scopes"].choices = [  # type: ignore[attr-defined]
            (scope.value, bracketed(words, scope.value))
            for scope, words in ((one, scope_words()[one]) for one in ApiScope if one not in ALWAYS)
        ]
        self.fields["days"].choices = [(days, _("%(days)s 天") % {"days": days}) for days in _DAYS]  # type: ignore[attr-defined]


def _seen(request: Request) -> QuerySet[ApiToken]:
    account = request.user
    assert isinstance(account, Account)
    return tokens_of(None if request.viewer.may(May.ACCOUNTS) else account)


def tokens(request: Request) -> HttpResponse:
    """The tokens, and the form that makes one; its text is on the answer to that form and nowhere else."""
    account = request.user
    assert isinstance(account, Account)
    form = TokenForm(request.POST or None)
    clear = ""
    if request.method == "POST" and form.is_valid():
        now = timezone.now()
        said = form.cleaned_data
        try:
            _token, clear = make_token(
                account, name=said["name"], scopes=said["scopes"], expires=now + timedelta(days=said["days"]),
                by=request.actor, at=now,
            )  # fmt: skip
        except TokenRefusedError:
            form.add_error(None, _("这个令牌发不了：请写用途，选范围。"))
        else:
            form = TokenForm()
    shown = list(_seen(request)[:SHOWN])
    context = {
        "form": form, "clear": clear, "tokens": shown, "now": timezone.now(), "all": request.viewer.may(May.ACCOUNTS),
        "people": names_for(people=[one.account.staff_no for one in shown]),
    }  # fmt: skip
    return render(request, "web/tokens.html", context)


@require_POST
def revoke(request: Request, pk: int) -> HttpResponse:
    """End a token for good."""
    token = _seen(request).filter(pk=pk).first()
    if token is None:
        raise Http404
    revoke_token(token, by=request.actor, at=timezone.now())
    say_done(request, _("令牌“%(name)s”已吊销，马上不能再用。") % {"name": token.name})
    return redirect("tokens")
