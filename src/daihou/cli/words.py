"""Texts and names as the user reads them."""

from functools import cache

from daihou.terms import Catalogue, Lang, terms

NOTHING = "—"


@cache
def _catalogue() -> Catalogue:
    return Catalogue.load("daihou.cli")


def say(code: str, lang: Lang, /, **params: object) -> str:
    """A message of the command line."""
    return _catalogue().text(code, lang, **params)


def knows(code: str) -> bool:
    """Whether there is a message of this code."""
    return code in _catalogue()


def label(identifier: str | None, lang: Lang) -> str:
    """The word of an identifier, the identifier itself where it is no term, a dash for nothing."""
    if not identifier:
        return NOTHING
    term = terms().by_id(identifier)
    if term is None:
        return identifier
    return term.word if lang == "zh" else term.label


def joined(parts: list[str], lang: Lang) -> str:
    """A list of words."""
    return ("、" if lang == "zh" else ", ").join(parts)
