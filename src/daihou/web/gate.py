"""The door of every page: nobody without a login, security headers on every answer, the viewer on every request."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import cast
from zoneinfo import ZoneInfo

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone, translation

from daihou.people.models import Account
from daihou.people.reads import NOBODY, Viewer, viewer_of
from daihou.trail.acts import Actor

OPEN = frozenset({"login", "health"})
"""Names of the addresses that need no login; everything else does."""

ZONE = ZoneInfo("Asia/Shanghai")
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
    return timezone.now().astimezone(ZONE).date()


class Gate:
    """Deny by default: an address is open only by its name."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer with the headers that every page bears."""
        response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", POLICY)
        response.headers.setdefault("Permissions-Policy", "camera=(self), geolocation=(self), microphone=()")
        response.headers.setdefault("Cache-Control", "no-store")
        return response

    def process_view(
        self, request: HttpRequest, _view: object, _args: object, _kwargs: object
    ) -> HttpResponse | None:
        """Let in who may come in; everybody else is sent to the login."""
        behind = cast("Request", request)
        behind.today = today()
        behind.viewer = NOBODY
        account = request.user if isinstance(request.user, Account) else None
        translation.activate("en" if account is not None and account.lang == "en" else "zh-hans")
        name = request.resolver_match.url_name if request.resolver_match else None
        if account is not None and account.is_active:
            behind.viewer = viewer_of(account.staff_no, behind.today)
        behind.actor = Actor(behind.viewer.staff_no, request.META.get("REMOTE_ADDR", ""))
        if (
            behind.viewer.posts
            and account is not None
            and account.must_change
            and name not in {"password", "logout"}
        ):
            return redirect("password")
        if name in OPEN or behind.viewer.posts or (account is not None and name in {"logout", "password"}):
            return None
        if account is not None:
            from daihou.web.answers import no_post  # noqa: PLC0415 - answers render templates, which need this room

            return no_post(request)
        return redirect(
            f"{settings.LOGIN_URL}?next={request.get_full_path()}" if name != "desk" else reverse("login")
        )
