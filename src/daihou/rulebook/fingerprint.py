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
from daihou.rulebook.nodes import field_names
from daihou.terms import Source

_SIZE = 16  # bytes
_LAYERS = "layers"  # of a rulebook: how it came about, not what it says
# What is said about a thing to people, and what follows from other fields.
WORDING = {
    Rule: frozenset({"name", "book", "citation", "items", "sense", "ours", "sleeping"}),
    Figure: frozenset({"name", "meaning", "citations", "ours", "book"}),
    LookupTable: frozenset({"name", "meaning", "citations", "ours", "book"}),
    Refusal: frozenset({"words", "values"}),
    Fact: frozenset({"name", "meaning", "book"}),
    Measure: frozenset({"name", "meaning", "citation", "book"}),
}


def canonical(value: object, *, meaning: bool) -> object:
    """A value of the model as nested tuples of text; with ``meaning`` the sentences for people are left out."""
    if value is None or isinstance(value, bool | int | str):
        return f"{type(value).__name__}:{value}"
    if isinstance(value, tuple | list):
        return tuple(canonical(item, meaning=meaning) for item in value)
    if is_dataclass(value):
        hidden = _hidden(value) if meaning else frozenset[str]()
        parts = [
            (name, canonical(inner, meaning=meaning))
            for name in field_names(value)
            if name not in hidden
            and name != _LAYERS
            and not isinstance(inner := getattr(value, name), Source)
        ]
        return (type(value).__name__, *parts)
    if isinstance(value, Mapping):
        items = ((str(key), canonical(inner, meaning=meaning)) for key, inner in value.items())
        return tuple(sorted(items, key=lambda item: item[0]))
    return _plain(value)


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


def digest(value: object, *, meaning: bool) -> str:
    """The fingerprint of a value: 32 letters."""
    text = repr(canonical(value, meaning=meaning))
    return hashlib.blake2b(text.encode(), digest_size=_SIZE).hexdigest()


def sealed(rulebook: Rulebook) -> Rulebook:
    """The book with both its fingerprints, of what is in force in it: whether one folder says it or several laid upon each other is no part of them."""
    said = replace(rulebook, cases=(), layers=(), fingerprint="", wording="")
    return replace(
        rulebook,
        fingerprint=digest(replace(said, name="", version=""), meaning=True),
        wording=digest(said, meaning=False),
    )
