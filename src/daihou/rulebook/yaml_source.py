"""YAML with the line of every value: nothing is converted, no key twice, no aliases."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from daihou.rulebook.mistakes import Mistakes, WrongError
from daihou.rulebook.model import Source

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_LARGEST = 4_000_000  # bytes; a rulebook file is written by hand
_NULL = "tag:yaml.org,2002:null"


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


def read_yaml(path: Path, name: str, mistakes: Mistakes) -> Tree | None:
    """Read one file; ``name`` is how it is called in messages. None when nothing can be read."""
    top = Source(name, 1)
    try:
        data = path.read_bytes()
        if len(data) > _LARGEST:
            mistakes.add("file-too-large", top)
            return None
        text = data.decode("utf-8-sig")
        for event in yaml.parse(text, Loader=_LOADER):
            if isinstance(event, yaml.AliasEvent):
                mistakes.add(
                    "yaml-alias", Source(name, (event.start_mark.line if event.start_mark else 0) + 1)
                )
                return None
        node = yaml.compose(text, Loader=_LOADER)
        return None if node is None else _tree(node, name, mistakes)
    except yaml.MarkedYAMLError as error:
        line = 1 if error.problem_mark is None else error.problem_mark.line + 1
        mistakes.add("bad-yaml", Source(name, line), why=error.problem or "YAML")
    except yaml.YAMLError as error:
        mistakes.add("bad-yaml", top, why=str(error).splitlines()[0])
    except UnicodeDecodeError:
        mistakes.add("not-utf8", top)
    except OSError as error:
        mistakes.add("unreadable", top, why=error.strerror or "")
    except RecursionError:
        mistakes.add("bad-yaml", top, why="too deep")
    return None


def _tree(node: yaml.Node, name: str, mistakes: Mistakes) -> Tree:
    source = Source(name, node.start_mark.line + 1)
    if isinstance(node, yaml.ScalarNode):
        return Scalar(str(node.value).strip(), source, node.tag == _NULL)
    if isinstance(node, yaml.SequenceNode):
        return Listing(tuple(_tree(item, name, mistakes) for item in node.value), source)
    entries: dict[str, Tree] = {}
    keys: dict[str, Source] = {}
    for key_node, value_node in node.value:
        place = Source(name, key_node.start_mark.line + 1)
        if not isinstance(key_node, yaml.ScalarNode):
            mistakes.add("bad-yaml", place, why="key")
            continue
        key = str(key_node.value).strip()
        if key in entries:
            mistakes.add("key-twice", place, name=key)
            continue
        keys[key] = place
        entries[key] = _tree(value_node, name, mistakes)
    return Block(entries, keys, source)


def text_of(tree: Tree | None, name: str, place: Source) -> str:
    """The text of a scalar; anything else is refused in the name of its key."""
    if isinstance(tree, Scalar) and not tree.empty and tree.text:
        return tree.text
    raise WrongError("not-text", place if tree is None else tree.source, name=name)


def items_of(tree: Tree) -> tuple[Tree, ...]:
    """The items of a list; one value stands for a list of one."""
    return tree.items if isinstance(tree, Listing) else (tree,)
