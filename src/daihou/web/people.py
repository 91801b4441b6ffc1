"""Logging in and out, one's password and language, and the table of rights."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth import logout as log_out
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.forms import PasswordChangeForm
from django.db.models import Count
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from daihou.book import declared, posts
from daihou.duties.models import WAITING, DutyPerson
from daihou.ledger.steps import STEPS
from daihou.people.acts import SAMPLE_PASSWORD, change_password, choose_columns, set_preference, sign_in
from daihou.people.decided import decided_columns, steps_open_to
from daihou.people.factors import factor_of
from daihou.people.models import Account
from daihou.people.reads import Viewer, readable
from daihou.people.rights import Scope, in_order, together, told_by_post
from daihou.registers.kept import homes, standing
from daihou.screens.answers import say_done
from daihou.screens.lists import offered
from daihou.screens.tags import lang
from daihou.trail.acts import Actor
from daihou.web.gate import Request
from daihou.web.second import ask_second, let_in


class LoginForm(forms.Form):
    """Login name and password."""

    login = forms.CharField(
        label=gettext_lazy("账号"),
        max_length=64,
        widget=forms.TextInput(attrs={"autofocus": True, "autocomplete": "username"}),
    )
    password = forms.CharField(
        label=gettext_lazy("密码"),
        max_length=256,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )


def login(request: Request) -> HttpResponse:
    """The first page of all; with the sample company it says whom one can log in as."""
    form = LoginForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        origin = request.META.get("REMOTE_ADDR", "")
        account = sign_in(
            form.cleaned_data["login"], form.cleaned_data["password"], origin=origin, at=timezone.now()
        )
        if account is not None:
            if factor_of(account) is not None:
                return ask_second(request, account)
            return let_in(request, account, request.GET.get("next", "/"))
        form.add_error(None, _("账号或密码不对；连续错五次，账号锁十五分钟。"))
    return render(
        request,
        "web/login.html",
        {
            "form": form,
            "people": _sample_people() if settings.DAIHOU_SAMPLE else [],
            "sample_password": SAMPLE_PASSWORD,
        },
    )


def _sample_people() -> list[dict[str, Any]]:
    """Whom one can log in as: one person per post, what each sees, and how much waits for each."""
    accounts = dict(Account.objects.filter(sample=True, is_active=True).values_list("staff_no", "login"))
    names = dict(standing(homes()["employee"]).values_list("key", "full_name"))
    assigned = (
        standing(homes()["assignment"]).filter(until__isnull=True).values_list("employee", "post", "branch")
    )
    held: dict[str, list[str]] = {}
    for staff_no, post, _branch in assigned:
        held.setdefault(staff_no, []).append(post)
    waiting = DutyPerson.objects.filter(duty__state__in=WAITING, duty__withdrawn_on__isnull=True)
    counts = dict(
        waiting.filter(employee__isnull=False)
        .values_list("employee")
        .annotate(number=Count("duty", distinct=True))
    )
    order = {post: at for at, post in enumerate(posts())}
    people = []
    shown: set[str] = set()
    for staff_no in sorted(held, key=lambda one: (min(order[post] for post in held[one]), one)):
        mine = [post for post in dict.fromkeys(held[staff_no]) if post not in shown]
        if mine and staff_no in accounts:
            shown |= set(mine)
            rights = together(held[staff_no])
            widest = max(rights.sees.values(), key=tuple(Scope).index, default=Scope.NONE)
            people.append(
                {
                    "login": accounts[staff_no],
                    "name": names.get(staff_no, staff_no),
                    "posts": mine,
                    "scope": f"scope_{widest}",
                    "rooms": len(rights.sees),
                    "waiting": counts.get(staff_no, 0),
                }
            )
    return people


@require_POST
def logout(request: Request) -> HttpResponse:
    """Leave."""
    log_out(request)
    return redirect("login")


def password(request: Request) -> HttpResponse:
    """Change one's password; at the first login one must."""
    account = request.user
    assert isinstance(account, Account)
    form = PasswordChangeForm(account, request.POST or None)
    if request.method == "POST" and form.is_valid():
        actor = Actor(account.staff_no, request.META.get("REMOTE_ADDR", ""))
        change_password(account, form.cleaned_data["new_password1"], by=actor, at=timezone.now())
        update_session_auth_hash(request, account)
        say_done(request, _("密码已改。"))
        return redirect("desk")
    return render(request, "web/password.html", {"form": form})


@require_POST
def preferences(request: Request) -> HttpResponse:
    """Language, light or dark, the columns of a list."""
    account = request.user
    assert isinstance(account, Account)
    lang, theme = request.POST.get("lang"), request.POST.get("theme")
    if "table" in request.POST:
        _choose_columns(request, account)
    elif lang in {None, "zh", "en"} and theme in {None, "", "dark", "light"}:
        set_preference(account, by=request.actor, at=timezone.now(), lang=lang, theme=theme)
    back = request.POST.get("back", "/")
    safe = url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()})
    return redirect(back if safe else "/")


def _choose_columns(request: Request, account: Account) -> None:
    """Keep which columns of a list he wants; of a table that he may not read, and of columns that no list shows, nothing."""
    table = readable(request.POST["table"], request.viewer)
    if table is None:
        raise Http404
    known = {column.id for column in offered(table)}
    chosen = [one for one in request.POST.getlist("col") if one in known]
    choose_columns(account, table.id, chosen, by=request.actor, at=timezone.now())


@require_safe
def post_table(request: Request) -> HttpResponse:
    """What each post sees and may do, as one table, exactly as it is enforced."""
    viewer: Viewer = request.viewer
    rows = [(one, one.post in viewer.posts) for one in told_by_post()]
    decided = [
        {"table": table, "columns": sorted(one.columns, key=list(declared()[table].columns).index), "said": one.said[lang()], "slips": in_order(one.slips)}
        for table, entries in decided_columns().items()
        for one in entries
    ]  # fmt: skip
    steps = [
        (step, None if (held := steps_open_to()[step.id]) is None else in_order(held)) for step in STEPS.values()
    ]  # fmt: skip
    return render(request, "web/posts.html", {"rows": rows, "decided": decided, "steps": steps})
