"""The rules in force, as pages and programs need them: one set per kind of company, looked up once a request."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cache
from typing import Any

from asgiref.local import Local
from django.core.signals import request_started

from daihou.policy.books import ids_for, kind_of_company
from daihou.policy.laying import Step, lay
from daihou.policy.reads import figures_on
from daihou.rulebook import Rule, Rulebook

_asked = Local()


def forget(**_said: Any) -> None:
    """A request asks anew: the company may have become another kind of company."""
    for name in ("kind", "changes"):
        if hasattr(_asked, name):
            delattr(_asked, name)


request_started.connect(forget)


def company_kind() -> str | None:
    """The kind of the company of this installation, asked once a request; None before it is founded."""
    if not hasattr(_asked, "kind"):
        _asked.kind = kind_of_company()
    kind: str | None = _asked.kind
    return kind


def _changes() -> tuple[Step, ...]:
    """The figures that the company has changed."""
    if not hasattr(_asked, "changes"):
        _asked.changes = figures_on()
    changes: tuple[Step, ...] = _asked.changes
    return changes


@cache
def rules_of_kind(kind: str | None, changes: tuple[Step, ...] = ()) -> Mapping[str, Rule]:
    """Rules by id of a company of a kind with figures of its own."""
    return {rule.id: rule for book in lay(ids_for(kind), changes).books for rule in book.rules}


def books() -> tuple[Rulebook, ...]:
    """The rulebooks in force."""
    return lay(ids_for(company_kind()), _changes()).books


def rules() -> Mapping[str, Rule]:
    """Rules by id."""
    return rules_of_kind(company_kind(), _changes())


def figure_on(name: str, day: date) -> Any:
    """The value on a day of a figure of the company's rulebooks, by identifier; None where none has it, or it is unset."""
    found = next((book.figures[name] for book in books() if name in book.figures), None)
    value = None if found is None else found.value.on(day)
    return None if value is None else value.value


def home_of(rule_id: str) -> Rulebook | None:
    """The rulebook that a rule belongs to."""
    return next((book for book in books() if book.rule(rule_id) is not None), None)
