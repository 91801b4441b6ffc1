"""Texts and names as the user reads them."""

from __future__ import annotations

from functools import cache

from daihou.terms import Catalogue, Lang, terms

PERSONAL_LENGTHS = (11, 18)
SHOWN_HEAD, SHOWN_TAIL = 3, 4


@cache
def _catalogue() -> Catalogue:
    return Catalogue.load("daihou.cli")


def say(code: str, lang: Lang, /, **params: object) -> str:
    """A message of the command line."""
    return _catalogue().text(code, lang, **params)


def label(identifier: str | None, lang: Lang) -> str:
    """The word of an identifier, the identifier itself where it is no term, a dash for nothing."""
    if not identifier:
        return "—"
    term = terms().by_id(identifier)
    if term is None:
        return identifier
    return term.word if lang == "zh" else term.label


def masked(value: str) -> str:
    """Resident and mobile numbers hidden but for head and tail; anything else as it is."""
    parts = value.split("/")
    return "/".join(_masked(part) for part in parts)


def _masked(part: str) -> str:
    digits = part[:-1].isdigit() and (part[-1].isdigit() or part[-1] in "Xx")
    if len(part) in PERSONAL_LENGTHS and digits:
        return part[:SHOWN_HEAD] + "*" * (len(part) - SHOWN_HEAD - SHOWN_TAIL) + part[-SHOWN_TAIL:]
    return part
