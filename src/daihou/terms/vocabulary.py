"""The terms: each Chinese word has exactly one identifier, and back.

Data: ``words/<subject>.yaml`` with one line per term,
``中文: [identifier, English label, 中文含义]``. All files share one namespace.
"""

from __future__ import annotations

import difflib
import keyword
import re
from dataclasses import dataclass
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

from daihou.terms.strict_yaml import read_mapping

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from importlib.resources.abc import Traversable

Lang = Literal["zh", "en"]

# The second form is for what the requirement list numbers: warning signals S01.., measures M01...
_IDENTIFIER = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*|[SM][0-9]{2}")
_PARTS = 3
# Short Chinese words share few characters even when one is a slip of the other.
_CLOSE_ENOUGH = 0.5
_LONGEST = 60


@dataclass(frozen=True, slots=True)
class Term:
    """One thing: its Chinese word, identifier, English label and meaning in Chinese; ``subject`` is the file it stands in."""

    word: str
    id: str
    label: str
    meaning: str
    subject: str


class WordsError(ValueError):
    """A line of the word files that cannot stand; says file, word and reason."""

    def __init__(self, file: str, word: str, reason: str) -> None:
        """Keep the file's name, the word and the reason for whoever mends it."""
        self.file = file
        self.word = word
        self.reason = reason
        super().__init__(f"{file}: {word}: {reason}")


class UnknownTermError(KeyError):
    """A word or identifier that no term has; ``closest`` may be what was meant."""

    def __init__(self, name: str, closest: str | None) -> None:
        """Keep the unknown name and the nearest known one, if any."""
        self.name = name
        self.closest = closest
        hint = "" if closest is None else f"; did you mean {closest!r}?"
        super().__init__(f"no term {name!r}{hint}")


class Terms:
    """All terms, found by word or by identifier. Never changes once built."""

    def __init__(self, found: Iterable[Term]) -> None:
        """Index the terms; the caller has made sure that none stands twice."""
        listed = tuple(found)
        self._by_word: Mapping[str, Term] = MappingProxyType({t.word: t for t in listed})
        self._by_id: Mapping[str, Term] = MappingProxyType({t.id: t for t in listed})

    def __iter__(self) -> Iterator[Term]:
        """Go through the terms in the order of the files."""
        return iter(self._by_word.values())

    def __len__(self) -> int:
        """How many terms there are."""
        return len(self._by_word)

    def by_word(self, word: str) -> Term | None:
        """Return the term of a Chinese word, or None."""
        return self._by_word.get(word)

    def by_id(self, identifier: str) -> Term | None:
        """Return the term of an identifier, or None."""
        return self._by_id.get(identifier)

    def find(self, name: str) -> Term | None:
        """Return the term of a word or an identifier, or None."""
        return self._by_word.get(name) or self._by_id.get(name)

    def word(self, identifier: str) -> str:
        """Return the Chinese word of an identifier; UnknownTermError if there is none."""
        return self._known(self.by_id(identifier), identifier).word

    def id(self, word: str) -> str:
        """Return the identifier of a Chinese word; UnknownTermError if there is none."""
        return self._known(self.by_word(word), word).id

    def label(self, identifier: str, lang: Lang) -> str:
        """Return what a reader of ``lang`` sees for an identifier."""
        term = self._known(self.by_id(identifier), identifier)
        return term.word if lang == "zh" else term.label

    def closest(self, name: str, among: Iterable[str] | None = None) -> str | None:
        """Return the known name nearest to ``name``, in the alphabet of ``name``, or None.

        ``among`` narrows the search; its members may be words, identifiers or
        names that are no terms.
        """
        pool = list(self._by_word) if among is None else list(among)
        candidates = dict.fromkeys(self._spelled_like(name, one) for one in pool)
        near = difflib.get_close_matches(name, candidates, n=1, cutoff=_CLOSE_ENOUGH)
        return near[0] if near else None

    def _spelled_like(self, name: str, candidate: str) -> str:
        """Turn a candidate into the alphabet of ``name`` where it is a term."""
        term = self.find(candidate)
        if term is None:
            return candidate
        return term.id if name.isascii() else term.word

    def _known(self, term: Term | None, name: str) -> Term:
        """Return the term, or raise UnknownTermError with the nearest name."""
        if term is None:
            raise UnknownTermError(name, self.closest(name))
        return term


def load_terms(folder: Traversable) -> Terms:
    """Read every ``*.yaml`` of ``folder`` into one vocabulary.

    Raises WordsError for a line of the wrong shape and for a word or identifier
    that stands twice over all files, YamlError for a file that is no strict YAML.
    """
    by_word: dict[str, tuple[str, Term]] = {}
    by_id: dict[str, tuple[str, Term]] = {}
    files = sorted((f for f in folder.iterdir() if f.name.endswith(".yaml")), key=lambda f: f.name)
    for file in files:
        for word, line in read_mapping(file).items():
            term = _read_line(file.name, word, line)
            for index, name in ((by_word, term.word), (by_id, term.id)):
                if name in index:
                    other_file, other = index[name]
                    taken = f"{name!r} already belongs to {other.word} ({other.id}) in {other_file}"
                    raise WordsError(file.name, word, taken)
                index[name] = (file.name, term)
    return Terms(term for _, term in by_word.values())


def _read_line(file: str, word: str, line: object) -> Term:
    """Turn one line into a term, or refuse it with the reason."""
    if not isinstance(line, list) or len(line) != _PARTS:
        raise WordsError(file, word, "write [identifier, English label, 中文含义]")
    if not all(isinstance(part, str) and part.strip() == part and part for part in line):
        raise WordsError(file, word, "all three parts must be text without spaces at the ends")
    identifier, label, meaning = line
    if word.isascii() or word.strip() != word or " " in word:
        raise WordsError(file, word, "the word must be Chinese and hold no spaces")
    if _IDENTIFIER.fullmatch(identifier) is None or len(identifier) > _LONGEST:
        raise WordsError(file, word, f"identifier {identifier!r} is not lower_case")
    if keyword.iskeyword(identifier):
        raise WordsError(file, word, f"identifier {identifier!r} is a keyword of Python")
    if not label.isascii():
        raise WordsError(file, word, f"English label {label!r} is not plain English")
    if meaning.isascii():
        raise WordsError(file, word, "the meaning must be Chinese")
    return Term(word=word, id=identifier, label=label, meaning=meaning, subject=file.removesuffix(".yaml"))


@cache
def terms() -> Terms:
    """Return the vocabulary of the product, read once."""
    return load_terms(resources.files("daihou.terms") / "words")
