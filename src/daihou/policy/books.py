"""Which rulebooks a company works by: by its kind, by hand."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from django.conf import settings

from daihou.policy.laying import lay
from daihou.policy.reads import figures_on
from daihou.registers.kept import homes, standing
from daihou.rulebook import Rulebook, read_shipped

BOOKS_BY_KIND: Mapping[str, tuple[str, ...]] = {
    # a licensed guarantee company: its guarantees, car-loan guarantees among them, and loans out of own funds
    "guarantee_company": ("guarantee", "carloan", "finance", "signals", "errands"),
    "micro_loan_company": ("microloan", "signals"),
    "finance_company": ("finance", "signals", "errands"),
    # no licence to guarantee: what serves a bank's car loans, and nothing that speaks of guarantees
    "loan_facilitator": ("carloan", "signals", "errands"),
    "car_service_company": ("carloan", "customer-care", "signals", "errands"),
}
"""Shipped rulebooks by the kind of company (公司类型)."""


def books_of(kind: str) -> tuple[Rulebook, ...]:
    """The rulebooks of a kind of company. KeyError where the kind is none of 公司类型."""
    return read_shipped(*BOOKS_BY_KIND[kind])


def kind_of_company() -> str | None:
    """The kind of the company of this installation; None before it is founded."""
    kind: str | None = standing(homes()["company"]).order_by("id").values_list("type", flat=True).first()
    return kind


def books_for(kind: str | None) -> tuple[Rulebook, ...]:
    """The rulebooks of this installation as released; the made-up company shows the work of every kind, whatever it is itself."""
    if settings.DAIHOU_SAMPLE:
        return read_shipped()
    return () if kind is None else books_of(kind)


def ids_for(kind: str | None) -> tuple[str, ...]:
    """Ids of the rulebooks of this installation."""
    return tuple(book.id for book in books_for(kind))


def books_in_force(kind: str | None) -> tuple[Rulebook, ...]:
    """The rulebooks of this installation with the figures that the company has changed by sign-off."""
    return lay(ids_for(kind), figures_on()).books


def rulebooks_of_company() -> tuple[Rulebook, ...]:
    """The rulebooks in force here."""
    return books_in_force(kind_of_company())


def go_live_of_company() -> date | None:
    """The day from which work is asked for; None where none is set."""
    since: date | None = standing(homes()["company"]).order_by("id").values_list("since", flat=True).first()
    return since
