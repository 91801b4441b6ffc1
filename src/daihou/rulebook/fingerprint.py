"""Two fingerprints of a rulebook: of what it means, and of what it says as well."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import is_dataclass, replace
from datetime import date
from decimal import Decimal
from enum import Enum
from fractions import Fraction

from daihou.rulebook.model import Fact, Figure, LookupTable, Measure, Refusal, Rule, Rulebook
from daihou.rulebook.nodes import Node, field_names
from daihou.terms import Source

_SIZE = 16  # bytes
_LAYERS = "layers"  # of a rulebook: how it came about, not what it says
# What is said about a thing to people, and what follows from other fields.
WORDING = {
    Rule: frozenset({"name", "book", "citation", "items", "sense", "english", "ours", "sleeping"}),
    Figure: frozenset({"name", "meaning", "english", "citations", "ours", "book", "zero"}),
    LookupTable: frozenset({"name", "meaning", "english", "citations", "ours", "book", "zero"}),
    Refusal: frozenset({"words", "english", "values"}),
    Fact: frozenset({"name", "meaning", "book"}),
    Measure: frozenset({"name", "meaning", "citation", "book"}),
}


Said = dict[int, object]
"""What a node says, by its identity: nodes hold no sentences for people, so they say the same in both fingerprints."""


def canonical(value: object, *, meaning: bool, said: Said | None = None) -> object:
    """A value of the model as nested tuples of text; with ``meaning`` the sentences for people are left out."""
    return _canonical(value, {} if said is None else said, meaning=meaning)


def _canonical(value: object, said: Said, *, meaning: bool) -> object:
    if value is None or isinstance(value, bool | int | str):
        return f"{type(value).__name__}:{value}"
    if isinstance(value, tuple | list):
        return tuple(_canonical(item, said, meaning=meaning) for item in value)
    if isinstance(value, Node):
        if id(value) not in said:
            said[id(value)] = _parts(value, said, meaning=meaning)
        return said[id(value)]
    if is_dataclass(value):
        return _parts(value, said, meaning=meaning)
    if isinstance(value, Mapping):
        items = ((str(key), _canonical(inner, said, meaning=meaning)) for key, inner in value.items())
        return tuple(sorted(items, key=lambda item: item[0]))
    return _plain(value)


def _parts(value: object, said: Said, *, meaning: bool) -> object:
    """What the fields of a dataclass say, but for the places where it is written."""
    hidden = _hidden(value) if meaning else frozenset[str]()
    parts = [
        (name, _canonical(inner, said, meaning=meaning))
        for name in field_names(value)
        if name not in hidden and name != _LAYERS and not isinstance(inner := getattr(value, name), Source)
    ]
    return (type(value).__name__, *parts)


def _plain(value: object) -> str:
    """A day, a decimal, a ratio or a word of the language as text."""
    if isinstance(value, date):
        return f"date:{value.isoformat()}"
    if isinstance(value, Decimal):
        return f"decimal:{value.normalize():f}"
    if isinstance(value, Fraction):
        return f"fraction:{value}"
    if isinstance(value, Enum):
        return f"enum:{value.value}"
    raise TypeError(value)


def _hidden(value: object) -> frozenset[str]:
    return next((names for base, names in WORDING.items() if isinstance(value, base)), frozenset())


def digest(value: object, *, meaning: bool, said: Said | None = None) -> str:
    """The fingerprint of a value: 32 letters."""
    text = repr(canonical(value, meaning=meaning, said=said))
    return hashlib.blake2b(text.encode(), digest_size=_SIZE).hexdigest()


def sealed(rulebook: Rulebook) -> Rulebook:
    """The book with both its fingerprints, of what is in force in it: whether one folder says it or several laid upon each other is no part of them."""
    whole = replace(rulebook, cases=(), layers=(), fingerprint="", wording="")
    said: Said = {}
    return replace(
        rulebook,
        fingerprint=digest(replace(whole, name="", version=""), meaning=True, said=said),
        wording=digest(whole, meaning=False, said=said),
    )
