"""A node with some of its parts replaced: bottom up, everything else untouched."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace
from typing import Any

from daihou.rulebook.nodes import Column, Node, Scope


def rewritten(node: Node, change: Callable[[Node], Node]) -> Node:
    """``node`` with ``change`` applied to it and to everything below it."""
    changed: dict[str, Any] = {
        one.name: _rewritten(getattr(node, one.name), change)
        for one in fields(node)
        if isinstance(getattr(node, one.name), Node | tuple)
    }
    return change(replace(node, **changed) if changed else node)


def _rewritten(value: object, change: Callable[[Node], Node]) -> object:
    if isinstance(value, Node):
        return rewritten(value, change)
    if isinstance(value, tuple):
        return tuple(_rewritten(item, change) for item in value)
    return value


def moved(node: Node, base: str, way: tuple[str, ...], tables: tuple[str, ...]) -> Node:
    """An expression on one table as seen from ``base``, from whose rows ``way`` leads there over ``tables``."""

    def prefixed(one: Node) -> Node:
        if isinstance(one, Column) and one.scope is Scope.OWN:
            return replace(one, base=base, path=(*way, *one.path), tables=(*tables, *one.tables))
        return one

    return rewritten(node, prefixed)
