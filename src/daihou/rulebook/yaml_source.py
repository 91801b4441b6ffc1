"""A rulebook's YAML: read with the line of every value, its mistakes collected in the room's words."""

from __future__ import annotations

from pathlib import Path

from daihou.rulebook.mistakes import Mistakes, WrongError
from daihou.terms import Block, Listing, Scalar, Source, Tree, read_tree

__all__ = ["Block", "Listing", "Scalar", "Tree", "items_of", "read_yaml", "text_of"]


def read_yaml(path: Path, name: str, mistakes: Mistakes) -> Tree | None:
    """Read one file; ``name`` is how it is called in messages. None when nothing can be read."""
    return read_tree(path, name, lambda code, source, params: mistakes.add(code, source, **params))


def text_of(tree: Tree | None, name: str, place: Source) -> str:
    """The text of a scalar; anything else is refused in the name of its key."""
    if isinstance(tree, Scalar) and not tree.empty and tree.text:
        return tree.text
    raise WrongError("not-text", place if tree is None else tree.source, name=name)


def items_of(tree: Tree) -> tuple[Tree, ...]:
    """The items of a list; one value stands for a list of one."""
    return tree.items if isinstance(tree, Listing) else (tree,)
