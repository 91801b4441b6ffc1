"""Whose a figure is: set from outside, by the papers that the company goes by, or left to the company."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from functools import cache
from importlib import resources

from daihou.rulebook import Figure, LookupTable
from daihou.terms import read_mapping


class Whose(StrEnum):
    """Who has set a value: law and standards, a paper of the company, the company's choice, a change signed here."""

    LAW = "law"
    PAPER = "paper"
    OURS = "ours"
    COMPANY = "company"


_LISTS: Mapping[str, Whose] = {"外部": Whose.LAW, "本公司": Whose.PAPER}


@cache
def beginnings() -> Mapping[str, Whose]:
    """Beginnings of citations as ``sources.yaml`` lists them."""
    said: Mapping[str, Sequence[str]] = read_mapping(resources.files("daihou.policy") / "sources.yaml")
    return {begins: _LISTS[name] for name, listed in said.items() for begins in listed}


def source_of(citation: str) -> Whose | None:
    """What kind of paper one citation names; None where it is not listed."""
    fits = [begins for begins in beginnings() if citation.startswith(begins)]
    return beginnings()[max(fits, key=len)] if fits else None


def papers(citations: Sequence[str]) -> list[str]:
    """Each paper cited; several stand in one citation with a semicolon between."""
    return [one.strip() for citation in citations for one in citation.replace("；", ";").split(";")]


def whose(figure: Figure | LookupTable) -> Whose:
    """Whose the values are that a shipped book gives: what says it is the company's own choice is so, whatever it leans on."""
    if figure.ours:
        return Whose.OURS
    found = [source_of(one) for one in papers(figure.citations)]
    return Whose.PAPER if all(one is Whose.PAPER for one in found) else Whose.LAW


def may_change(figure: Figure | LookupTable) -> bool:
    """Whether a company may give it another value."""
    return whose(figure) is not Whose.LAW
