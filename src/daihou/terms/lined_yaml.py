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
        text = data.decode("utf-8-sig")
        for event in yaml.parse(text, Loader=_LOADER):
            if isinstance(event, yaml.AliasEvent):
                line = event.start_mark.line if event.start_mark else 0
                say("yaml-alias", Source(name, line + 1), {})
                return None
        node = yaml.compose(text, Loader=_LOADER)
        return None if node is None else _tree(node, name, say)
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


def _tree(node: yaml.Node, name: str, say: Say) -> Tree:
    source = Source(name, node.start_mark.line + 1)
    if isinstance(node, yaml.ScalarNode):
        return Scalar(str(node.value).strip(), source, node.tag == _NULL)
    if isinstance(node, yaml.SequenceNode):
        return Listing(tuple(_tree(item, name, say) for item in node.value), source)
    entries: dict[str, Tree] = {}
    keys: dict[str, Source] = {}
    for key_node, value_node in node.value:
        place = Source(name, key_node.start_mark.line + 1)
        if not isinstance(key_node, yaml.ScalarNode):
            say("bad-yaml", place, {"why": "key"})
            continue
        key = str(key_node.value).strip()
        if key in entries:
            say("key-twice", place, {"name": key})
            continue
        keys[key] = place
        entries[key] = _tree(value_node, name, say)
    return Block(entries, keys, source)
