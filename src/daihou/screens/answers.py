"""What was just done, said in one line with a link to the thing."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _


def say_done(request: HttpRequest, text: str, name: str = "", *args: Any) -> None:
    """Tell what was done; ``name`` and ``args`` are the address of the thing."""
    messages.success(request, _with_link(text, name, args))


def say_against(request: HttpRequest, text: str, name: str = "", *args: Any) -> None:
    """Tell, beside what was done, what is against it, in the colour of faults."""
    messages.error(request, _with_link(text, name, args))


def _with_link(text: str, name: str, args: tuple[Any, ...]) -> str:
    if not name:
        return text
    return format_html('{} <a href="{}">{}</a>', text, reverse(name, args=args), _("打开"))
