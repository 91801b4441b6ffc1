"""What a signal is called, how severe it may be, the measures that its rule suggests and the figures that show it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from daihou.book import domains, masked
from daihou.engine import canonical_words, evidence_of
from daihou.policy.rules import rules
from daihou.rulebook import Warning as WarningRule
from daihou.screens.tags import EMPTY, lang, listed, word
from daihou.terms import Lang, read_mapping, terms

LEVELS = ("watch", "important", "severe")
"""Mild to severe."""

RANK: Mapping[str, int] = {name: at for at, name in enumerate(LEVELS)}
PRESSING = frozenset({"M12"})
"""Measures that the law does not allow against private persons without more: disclosure, pressure through third parties."""

WATCHING = frozenset({"M11"})
"""Measures that watch people: whether an owner leaves the country, with what."""

STATE_ONLY = frozenset({"M13"})
"""Measures for state-owned clients for whom was paid (P01-M13)."""

PRIVATE = frozenset({"individual", "sole_proprietor", "farm_household"})
"""Kinds of clients that are people."""


@dataclass(frozen=True)
class Signal:
    """A signal: the rule that tells it, its name, the measures suggested, whether data alone show it."""

    id: str
    name: str
    measures: tuple[str, ...]
    automatic: bool


CHANNELS = domains()["warning_channel"]
"""Through what a risk is seen: industry, market, finances, on site, off site, credit bureau, media (P04-01)."""


@cache
def channels() -> Mapping[str, str]:
    """The channel through which each signal is usually seen, by the id of its rule."""
    found: dict[str, str] = {}
    for said, ids in read_mapping(resources.files("daihou.warnings") / "channels.yaml").items():
        term = terms().find(said)
        if term is None or term.id not in CHANNELS:
            raise ValueError(f"channels.yaml: {said} is no channel")
        found |= dict.fromkeys(ids, term.id)
    return found


def channel_of(row: Any) -> str:
    """Through what a warning was seen: as who raised it says, else as its signal usually is; empty where neither is known."""
    return row.signal_channel or channels().get(row.rule, "")


def signals() -> dict[str, Signal]:
    """Every signal that the company's rulebooks know, by the id of its rule, in the language of the page."""
    return {rule.id: _signal(rule, lang()) for rule in rules().values() if isinstance(rule, WarningRule)}


def signal_of(rule: str, said: Lang | None = None) -> Signal:
    """One signal, in the language of the page where none is said; a rule that no rulebook has any more is called by its id."""
    held = rules().get(rule)
    return (
        _signal(held, said or lang())
        if isinstance(held, WarningRule)
        else Signal(rule, rule, (), automatic=False)
    )


def _signal(rule: WarningRule, said: Lang) -> Signal:
    return Signal(rule.id, rule.said(said), rule.measures, rule.mode == "A")


def measures() -> tuple[str, ...]:
    """The thirteen measures."""
    return domains()["response_measure"]


def told_in_words(row: Any) -> str:
    """What a warning says: the figures that show it in words, or what people told."""
    figures = figures_of(row.rule, row.remark or "")
    said = [f"{name} {value}" for name, value in figures]
    return listed(said, "；") if said else row.remark or ""


def figures_of(rule: str, told: str) -> list[tuple[str, str]]:
    """The figures that show a warning, in words; empty where people told it."""
    known, found = rules().get(rule), evidence_of(told)
    kinds = {name: node.type.kind for name, node in known.evidence} if isinstance(known, WarningRule) else {}
    if any(name not in kinds for name, _value in found):
        return []
    return [
        (word(name), (canonical_words(value, kinds[name], lang()) or masked(value)) if value else EMPTY) for name, value in found
    ]  # fmt: skip
