"""The door of the API: nobody without a token, the viewer on every request, no answer outside the one scheme of errors."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from functools import wraps
from http import HTTPStatus
from typing import Any, cast
from urllib.parse import unquote

from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation
from ninja.parser import Parser
from ninja.security import HttpBearer

from daihou.api.problems import PROBLEM_JSON, ProblemError, answered, problem_of
from daihou.imports.acts import LARGEST
from daihou.people.acts import LOCK
from daihou.people.factors import factor_of, wants_factor
from daihou.people.models import ApiToken
from daihou.people.reads import Viewer, viewer_of
from daihou.people.tokens import ApiScope, TokenRefusedError, come_in
from daihou.trail.acts import Actor
from daihou.units import day_of

LARGEST_JSON = 1024 * 1024
_FRAME = 64 * 1024
"""What a form may hold beside its file."""


class Asked(HttpRequest):
    """A request behind the door: by which token, who asks, and on which day."""

    token: ApiToken
    viewer: Viewer
    today: date
    actor: Actor


def today() -> date:
    """The day in Shanghai."""
    return day_of(timezone.now())


def behind_the_door(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A view that answers only who comes with a token, and always by the scheme. A session opens nothing, so no form can be forged."""

    @wraps(view)
    def asked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            _let_in(cast("Asked", request))
            answer = view(request, *args, **kwargs)
        except Exception as error:  # noqa: BLE001 - whatever it is, a program is told by the scheme; it is logged there
            problem = problem_of(error)
            answer = answered(problem)
            if problem.status == HTTPStatus.UNAUTHORIZED:
                answer.headers["WWW-Authenticate"] = "Bearer"
            if problem.code == "token-locked":
                answer.headers["Retry-After"] = str(int(LOCK.total_seconds()))
        if (
            answer.status_code == HTTPStatus.METHOD_NOT_ALLOWED
            and answer.headers.get("Content-Type") != PROBLEM_JSON
        ):
            allowed = answer.headers.get("Allow", "")
            answer = answered(ProblemError(405, "no-such-method"))
            answer.headers["Allow"] = allowed
        return answer

    asked.csrf_exempt = True  # type: ignore[attr-defined]
    return asked


def _let_in(request: Asked) -> None:
    """Put on a request who asks; ProblemError where it stays outside."""
    scheme, _, clear = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not clear.strip():
        raise ProblemError(401, "token-missing")
    origin = request.META.get("REMOTE_ADDR", "")
    try:
        token = come_in(clear.strip(), origin=origin, at=timezone.now())
    except TokenRefusedError as error:
        raise ProblemError(429 if error.code == "token-locked" else 401, error.code) from error
    translation.activate("en" if token.account.lang == "en" else "zh-hans")
    request.token, request.today = token, today()
    request.viewer = viewer_of(token.account.staff_no, request.today)
    request.actor = Actor(request.viewer.staff_no, f"api …{token.tail} {origin}"[:64])
    if not request.viewer.posts:
        raise ProblemError(403, "no-post")
    if token.account.must_change:
        raise ProblemError(403, "password-first")
    if wants_factor(token.account, request.viewer) and factor_of(token.account) is None:
        raise ProblemError(403, "factor-first")
    _refuse_unreadable(request)


def _refuse_unreadable(request: Asked) -> None:
    form = (request.content_type or "").startswith("multipart/")
    length = request.headers.get("Content-Length", "")
    if length.isdecimal() and int(length) > (LARGEST + _FRAME if form else LARGEST_JSON):
        raise ProblemError(413, "too-large")
    if "\0" in unquote(request.get_full_path()):
        raise ProblemError(400, "malformed")  # no database holds it


class Token(HttpBearer):
    """What an operation asks of the token that the door let in: a scope."""

    def __init__(self, scope: ApiScope) -> None:
        super().__init__()
        self.scope = scope

    def __call__(self, request: HttpRequest) -> ApiToken:
        """The token. ProblemError where it lacks the scope."""
        token = cast("Asked", request).token
        if self.scope.value not in token.scopes:
            raise ProblemError(403, "scope-missing")
        return token

    def authenticate(self, request: HttpRequest, token: str) -> ApiToken:
        """The door did it."""
        del token
        return cast("Asked", request).token


class PlainParser(Parser):
    """JSON whose texts can be stored: no NUL, no half of a sign."""

    def parse_body(self, request: HttpRequest) -> dict[str, Any]:
        """The object of the body. ValueError, which is answered as malformed."""
        said = json.loads(request.body)
        text = json.dumps(said, ensure_ascii=False, allow_nan=False)
        text.encode()
        if "\\u0000" in text:
            raise ValueError("NUL")
        return cast("dict[str, Any]", said)
