"""YAML with the line of every value: nothing is converted, no key twice, no aliases.

For files that people write and that are refused by file and line: rulebooks, mappings.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import yaml

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_LARGEST = 4_000_000  # bytes; such a file is written by hand
_NULL = "tag:yaml.org,2002:null"
_NULL_WORDS = frozenset({"", "~", "null", "Null", "NULL"})


@dataclass(frozen=True)
class Source:
    """Where something is written: file (as messages call it) and 1-based line."""

    file: str
    line: int

    def __str__(self) -> str:
        """As ``file:line``."""
        return f"{self.file}:{self.line}"


@dataclass(frozen=True)
class Scalar:
    """One text as written; ``empty`` for a YAML null."""

    text: str
    source: Source
    empty: bool = False


@dataclass(frozen=True)
class Listing:
    """A YAML list."""

    items: tuple[Tree, ...]
    source: Source


@dataclass(frozen=True)
class Block:
    """A YAML mapping: key text -> value, with the place of every key."""

    entries: Mapping[str, Tree] = field(hash=False)
    keys: Mapping[str, Source] = field(hash=False)
    source: Source

    def __contains__(self, key: object) -> bool:
        return key in self.entries

    def __iter__(self) -> Iterator[str]:
        return iter(self.entries)

    def get(self, key: str) -> Tree | None:
        """The value of a key; None when it is absent or left empty."""
        value = self.entries.get(key)
        return None if isinstance(value, Scalar) and value.empty else value


Tree = Scalar | Listing | Block
Say = Callable[[str, Source, Mapping[str, str]], None]
"""Takes a mistake: its code, its place, the values of its blanks."""


def read_tree(path: Path, name: str, say: Say) -> Tree | None:
    """Read one file, called ``name`` in messages; None when nothing can be read, and why is said.

    Codes said: file-too-large, yaml-alias, bad-yaml (why), not-utf8, unreadable (why), key-twice (name).
    """
    top = Source(name, 1)
    try:
        data = path.read_bytes()
        if len(data) > _LARGEST:
            say("file-too-large", top, {})
            return None
        return _Tree(name, say).read(data.decode("utf-8-sig"))
    except yaml.MarkedYAMLError as error:
        line = 1 if error.problem_mark is None else error.problem_mark.line + 1
        say("bad-yaml", Source(name, line), {"why": error.problem or "YAML"})
    except yaml.YAMLError as error:
        say("bad-yaml", top, {"why": str(error).splitlines()[0]})
    except UnicodeDecodeError:
        say("not-utf8", top, {})
    except OSError as error:
        say("unreadable", top, {"why": error.strerror or ""})
    except RecursionError:
        say("bad-yaml", top, {"why": "too deep"})
    return None


class _AliasError(Exception):
    """Somebody wrote an alias; its place."""


class _Tree:
    """One document, built from the parser's events as they come: composing nodes first takes twice the time."""

    def __init__(self, name: str, say: Say) -> None:
        self.name = name
        self.say = say
        self.mistakes: list[tuple[str, Source, Mapping[str, str]]] = []

    def read(self, text: str) -> Tree | None:
        """The tree. What is wrong within it is said only where the whole can be read; raises yaml.YAMLError."""
        try:
            tree = self._document(yaml.parse(text, Loader=_LOADER))
        except _AliasError as alias:
            self.say("yaml-alias", alias.args[0], {})
            return None
        for mistake in self.mistakes:
            self.say(*mistake)
        return tree

    def _document(self, events: Iterator[yaml.Event]) -> Tree | None:
        next(events)  # the stream begins
        if not isinstance(next(events), yaml.DocumentStartEvent):
            return None
        tree = self._value(next(events), events)
        next(events)  # the document ends
        after = next(events)
        if isinstance(after, yaml.DocumentStartEvent):
            raise yaml.composer.ComposerError(None, None, "but found another document", after.start_mark)  # type: ignore[arg-type]  # a mark of the parser in C is as good
        return tree

    def _value(self, event: yaml.Event, events: Iterator[yaml.Event]) -> Tree:
        if isinstance(event, yaml.ScalarEvent):
            return Scalar(event.value.strip(), self._place(event), _is_null(event))
        if isinstance(event, yaml.SequenceStartEvent):
            return self._listing(event, events)
        if isinstance(event, yaml.MappingStartEvent):
            return self._block(event, events)
        raise _AliasError(self._place(event))

    def _listing(self, start: yaml.Event, events: Iterator[yaml.Event]) -> Listing:
        items = []
        while not isinstance(event := next(events), yaml.SequenceEndEvent):
            items.append(self._value(event, events))
        return Listing(tuple(items), self._place(start))

    def _block(self, start: yaml.Event, events: Iterator[yaml.Event]) -> Block:
        entries: dict[str, Tree] = {}
        keys: dict[str, Source] = {}
        while not isinstance(event := next(events), yaml.MappingEndEvent):
            key, value = self._value(event, events), self._value(next(events), events)
            if not isinstance(key, Scalar):
                self.mistakes.append(("bad-yaml", key.source, {"why": "key"}))
            elif key.text in entries:
                self.mistakes.append(("key-twice", key.source, {"name": key.text}))
            else:
                keys[key.text], entries[key.text] = key.source, value
        return Block(entries, keys, self._place(start))

    def _place(self, event: yaml.Event) -> Source:
        return Source(self.name, 1 if event.start_mark is None else event.start_mark.line + 1)


def _is_null(event: yaml.ScalarEvent) -> bool:
    """Whether a text as written is the null of YAML's core schema: bare, and nothing or one of its words."""
    return event.tag == _NULL if event.tag else event.implicit[0] and event.value in _NULL_WORDS
