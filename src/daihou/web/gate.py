"""The door of every page: nobody without a login, security headers on every answer, the viewer on every request."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import cast
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import Resolver404, resolve, reverse
from django.utils import timezone, translation

from daihou.people.factors import factor_of, wants_factor
from daihou.people.models import Account
from daihou.people.reads import NOBODY, Viewer, viewer_of
from daihou.trail.acts import Actor
from daihou.units import day_of

OPEN = frozenset({"login", "second", "health", "worker"})
"""Names of the addresses that need no login; everything else does."""

LEAVING = frozenset({"password", "logout"})
"""What is open to a login that may do nothing else: one must change its password, or its person holds no post."""

PROGRAMS = "api"
"""The addresses of programs have a door of their own, which asks for a token and knows no session."""

NUL = "\0"

POLICY = (
    "default-src 'self'; img-src 'self' data:; style-src 'self'; script-src 'self'; object-src 'none'; base-uri 'none'; "
    "frame-ancestors 'none'; form-action 'self'"
)


class Request(HttpRequest):
    """A request behind the door: who looks, and on which day."""

    viewer: Viewer
    today: date
    actor: Actor


def today() -> date:
    """The day in Shanghai."""
    return day_of(timezone.now())


class Gate:
    """Deny by default: an address is open only by its name."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer with the headers that every page bears."""
        behind = cast("Request", request)
        account = _known(behind)
        response = _kept_out(behind, account) or self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", POLICY)
        response.headers.setdefault("Permissions-Policy", "camera=(self), geolocation=(self), microphone=()")
        response.headers.setdefault("Cache-Control", "no-store")
        return response

    def process_view(
        self,
        request: HttpRequest,
        view: Callable[..., HttpResponse],
        args: Sequence[object],
        said: Mapping[str, object],
    ) -> HttpResponse | None:
        """The answer to what no database can be asked for: PostgreSQL refuses the sign NUL even in a question."""
        del view, args
        found = request.resolver_match
        if found is not None and PROGRAMS in found.namespaces:
            return None
        typed = [
            text
            for asked in (request.GET, request.POST)
            for name, texts in asked.lists()
            for text in (name, *texts)
        ]
        if not any(NUL in str(text) for text in (*typed, *said.values())):
            return None
        from daihou.web.answers import unreadable  # noqa: PLC0415 - answers render templates, which need this room

        return unreadable(request)


def _known(request: Request) -> Account | None:
    """Put on a request who looks and on which day; his account, where he has logged in."""
    account = request.user if isinstance(request.user, Account) and request.user.is_active else None
    translation.activate("en" if account is not None and account.lang == "en" else "zh-hans")
    request.today = today()
    request.viewer = NOBODY if account is None else viewer_of(account.staff_no, request.today)
    request.actor = Actor(request.viewer.staff_no, request.META.get("REMOTE_ADDR", ""))
    return account


def _kept_out(request: Request, account: Account | None) -> HttpResponse | None:
    """The answer for who may not come in, before any page is looked for: whether an address exists is not told outside."""
    try:
        found = resolve(request.path_info)
    except Resolver404:
        name = None
    else:
        if PROGRAMS in found.namespaces:
            return None
        name = found.url_name
    if account is None:
        return None if name in OPEN else _to_login(request, name)
    if not request.viewer.posts and name not in OPEN | LEAVING:
        from daihou.web.answers import no_post  # noqa: PLC0415 - answers render templates, which need this room

        return no_post(request)
    if request.viewer.posts and account.must_change and name not in LEAVING | {"health"}:
        return redirect("password")
    if _lacks_factor(request, account) and name not in LEAVING | {"factor", "health", "preferences"}:
        return redirect("factor")
    return None


def _lacks_factor(request: Request, account: Account) -> bool:
    """Whether an account lacks the second factor that it must have."""
    return must_have_factor(request, account) and factor_of(account) is None


def must_have_factor(request: Request, account: Account) -> bool:
    """Whether an account may not do without a second factor."""
    return wants_factor(account, request.viewer)


def _to_login(request: Request, name: str | None) -> HttpResponse:
    login = reverse("login")
    return redirect(login if name == "desk" else f"{login}?{urlencode({'next': request.get_full_path()})}")
