"""The rules in force, as pages need them: one set per kind of company, looked up once a request."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from asgiref.local import Local
from django.core.signals import request_started

from daihou.dayend.books import books_for, kind_of_company
from daihou.rulebook import Rule, Rulebook

_asked = Local()


def forget(**_said: Any) -> None:
    """A request asks anew: the company may have become another kind of company."""
    if hasattr(_asked, "kind"):
        del _asked.kind


request_started.connect(forget)


def _kind() -> str | None:
    if not hasattr(_asked, "kind"):
        _asked.kind = kind_of_company()
    kind: str | None = _asked.kind
    return kind


@cache
def rules_of_kind(kind: str | None) -> Mapping[str, Rule]:
    """Rules by id of a company of a kind."""
    return {rule.id: rule for book in books_for(kind) for rule in book.rules}


def books() -> tuple[Rulebook, ...]:
    """The rulebooks in force."""
    return books_for(_kind())


def rules() -> Mapping[str, Rule]:
    """Rules by id."""
    return rules_of_kind(_kind())


def home_of(rule_id: str) -> Rulebook | None:
    """The rulebook that a rule belongs to."""
    return next((book for book in books() if book.rule(rule_id) is not None), None)
