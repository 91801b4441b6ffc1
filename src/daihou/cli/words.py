"""Texts and names as the user reads them."""

import re
from functools import cache

from daihou.terms import Catalogue, Lang, terms

NOTHING = "—"
# a resident id holds a day of birth; a unified company code, which is public, does not
_RESIDENT = r"[1-8]\d{5}(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{2,3}[\dXx]?"
_MOBILE = r"1[3-9]\d{9}"
_PERSONAL = re.compile(rf"(?<![0-9A-Za-z])(?:{_RESIDENT}|{_MOBILE})(?![0-9A-Za-z])")
_HEAD, _TAIL = 3, 4


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


def masked(text: str) -> str:
    """A text in which resident and mobile numbers show their first three and last four signs only."""
    return _PERSONAL.sub(lambda found: _mask(found.group()), text)


def _mask(number: str) -> str:
    return number[:_HEAD] + "*" * (len(number) - _HEAD - _TAIL) + number[-_TAIL:]
