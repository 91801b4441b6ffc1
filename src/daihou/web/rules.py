"""The rules in force, as pages need them: read once."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from daihou.dayend.acts import rulebooks_of_company
from daihou.rulebook import Rule, Rulebook


@cache
def books() -> tuple[Rulebook, ...]:
    """The rulebooks in force."""
    return rulebooks_of_company()


@cache
def rules() -> Mapping[str, Rule]:
    """Rules by id."""
    return {rule.id: rule for book in books() for rule in book.rules}


def home_of(rule_id: str) -> Rulebook | None:
    """The rulebook that a rule belongs to."""
    return next((book for book in books() if book.rule(rule_id) is not None), None)
