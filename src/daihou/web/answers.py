"""Answers that are no page of their own: forbidden, not found, no post, failed. Each says what to do next."""

from __future__ import annotations

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def no_post(request: HttpRequest) -> HttpResponse:
    """A login whose person has left or holds no post today."""
    return _said(request, "no-post", HTTPStatus.FORBIDDEN)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """The viewer's posts do not open this page."""
    del exception
    return _said(request, "forbidden", HTTPStatus.FORBIDDEN)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """There is no such thing, or it is not the viewer's to see; which of the two is not told."""
    del exception
    return _said(request, "not-found", HTTPStatus.NOT_FOUND)


def failed(request: HttpRequest) -> HttpResponse:
    """A fault of ours; no trace reaches the user."""
    return _said(request, "failed", HTTPStatus.INTERNAL_SERVER_ERROR)


def unreadable(request: HttpRequest) -> HttpResponse:
    """An address or a form with a sign that nobody types and no database keeps."""
    return _said(request, "unreadable", HTTPStatus.BAD_REQUEST)


def expired(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form whose token does not fit: the page stood open too long, or the login changed meanwhile."""
    del reason
    return _said(request, "expired", HTTPStatus.FORBIDDEN)


def _said(request: HttpRequest, kind: str, status: HTTPStatus) -> HttpResponse:
    return render(request, "web/answer.html", {"kind": kind}, status=status)
