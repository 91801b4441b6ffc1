"""What is refused of rulebooks that are used side by side: a name that would mean one thing in one book and another in the next."""

from __future__ import annotations

from collections.abc import Sequence

from daihou.rulebook.checking.layers import rings, waiting
from daihou.rulebook.mistakes import Mistakes
from daihou.rulebook.model import Rulebook
from daihou.terms import Source


def check_together(rulebooks: Sequence[Rulebook]) -> None:
    """Raise RulebookRefused where two books use one id, or their rules wait for each other in a circle."""
    mistakes = Mistakes()
    _check_ids(rulebooks, mistakes)
    _check_names(rulebooks, mistakes)
    rules = [rule for rulebook in rulebooks for rule in rulebook.rules]
    waits = waiting(rules)
    if not mistakes.found:
        for ring in rings({one: others - {one} for one, others in waits.items()}):
            first = next(rule for rule in rules if rule.id == ring[0])
            mistakes.add("rules-in-a-circle", first.source, ring=" → ".join((*ring, ring[0])))
    mistakes.refuse()


def _check_ids(rulebooks: Sequence[Rulebook], mistakes: Mistakes) -> None:
    owner: dict[str, str] = {}
    for rulebook in rulebooks:
        for rule in rulebook.rules:
            if rule.id in owner:
                mistakes.add("id-in-two-books", rule.source, name=rule.id, other=owner[rule.id])
            owner[rule.id] = rulebook.id
    heirs: dict[str, str] = {}
    for rulebook in rulebooks:
        for duty in rulebook.duties:
            for old in duty.inherits:
                if old in owner:
                    mistakes.add("old-id-alive", duty.source, name=old)
                elif old in heirs:
                    mistakes.add("old-id-claimed", duty.source, name=old, other=heirs[old])
                heirs[old] = duty.id


def _check_names(rulebooks: Sequence[Rulebook], mistakes: Mistakes) -> None:
    """Figures, tables of figures, facts and measures of one name come from one book."""
    owner: dict[tuple[str, object], str] = {}
    for rulebook in rulebooks:
        for name, key, book, source in _named(rulebook):
            if owner.setdefault(key, book) != book:
                mistakes.add("named-in-two-books", source, name=name, other=owner[key])


def _named(rulebook: Rulebook) -> list[tuple[str, tuple[str, object], str, Source]]:
    return [
        *((one.name, ("figure", one.id), one.book, one.source) for one in rulebook.figures.values()),
        *((one.name, ("figure", one.id), one.book, one.source) for one in rulebook.lookups.values()),
        *((one.name, ("fact", key), one.book, one.source) for key, one in rulebook.facts.items()),
        *((one.id, ("measure", one.id), one.book, one.source) for one in rulebook.measures.values()),
    ]
