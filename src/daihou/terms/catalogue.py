"""Messages as data: one code, a Chinese and an English text.

A package keeps its messages in ``messages.yaml``, one per code:
``code: {zh: "…{param}…", en: "…{param}…"}``.
"""

from __future__ import annotations

import string
from importlib import resources
from types import MappingProxyType
from typing import TYPE_CHECKING

from daihou.terms.strict_yaml import read_mapping

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from importlib.resources.abc import Traversable

    from daihou.terms.vocabulary import Lang

_LANGS = frozenset({"zh", "en"})


class MessageError(LookupError):
    """A message that cannot be said: unknown code, missing parameter, bad entry."""


class Catalogue:
    """The messages of one package, said by code."""

    def __init__(self, source: str, texts: Mapping[str, Mapping[str, str]]) -> None:
        """Keep the texts by code and language; ``source`` names them in errors."""
        self._source = source
        self._texts = MappingProxyType(dict(texts))

    @classmethod
    def load(cls, package: str, name: str = "messages.yaml") -> Catalogue:
        """Read the catalogue ``name`` of a package; MessageError if an entry is bad."""
        return cls.read(resources.files(package) / name, f"{package}/{name}")

    @classmethod
    def read(cls, file: Traversable, source: str) -> Catalogue:
        """Read one file of messages; both languages must use the same parameters."""
        texts: dict[str, Mapping[str, str]] = {}
        for code, entry in read_mapping(file).items():
            if not isinstance(entry, dict) or set(entry) != _LANGS:
                message = f"{source}: {code}: write exactly zh and en"
                raise MessageError(message)
            if not all(isinstance(text, str) and text for text in entry.values()):
                message = f"{source}: {code}: both texts must be non-empty text"
                raise MessageError(message)
            if parameters(entry["zh"]) != parameters(entry["en"]):
                message = f"{source}: {code}: zh and en do not use the same parameters"
                raise MessageError(message)
            texts[code] = MappingProxyType(entry)
        return cls(source, texts)

    def __iter__(self) -> Iterator[str]:
        """Go through the codes."""
        return iter(self._texts)

    def __contains__(self, code: object) -> bool:
        """Whether the catalogue has this code."""
        return code in self._texts

    def text(self, code: str, lang: Lang, /, **params: object) -> str:
        """Say a message in one language; MessageError for an unknown code or a missing parameter."""
        entry = self._texts.get(code)
        if entry is None:
            message = f"{self._source}: no message {code!r}"
            raise MessageError(message)
        missing = parameters(entry[lang]) - params.keys()
        if missing:
            message = f"{self._source}: {code}: missing {', '.join(sorted(missing))}"
            raise MessageError(message)
        return entry[lang].format(**params)

    def outline(self, code: str, lang: Lang) -> str:
        """A message in one language with … in place of its parameters."""
        entry = self._texts.get(code)
        return self.text(code, lang, **dict.fromkeys(parameters(entry[lang]) if entry else (), "…"))


def parameters(text: str) -> frozenset[str]:
    """Return the names between braces in a text."""
    return frozenset(name for _, name, _, _ in string.Formatter().parse(text) if name)
