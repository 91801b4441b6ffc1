"""What could not be judged because something is empty (S7): a gap, never a silent no."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from daihou.engine.twin.evaluate import At, Evaluator
from daihou.rulebook import nodes

_ELSEWHERE = (nodes.Aggregate, nodes.AtRow, nodes.Ordinal, nodes.Rank)


class Gaps:
    """The gaps of one rule on one row: at most one per part."""

    def __init__(self) -> None:
        self.found: dict[str, str] = {}

    def add(self, part: str, ev: Evaluator, at: At, roots: Iterable[nodes.Node]) -> None:
        """Name the empty columns on which expressions rest."""
        columns = ",".join(empty_columns(ev, at, roots))
        self.found[part] = min(self.found.get(part, columns), columns)


def empty_columns(ev: Evaluator, at: At, roots: Iterable[nodes.Node]) -> list[str]:
    """Own columns, outside relation functions and other rows, that are empty on the as-of day."""
    plain = At(at.own)
    columns = {".".join((*c.path, c.name)): c for root in roots for c in own_columns(root)}
    return sorted(name for name, column in columns.items() if ev.value(column, plain) is None)


def own_columns(node: nodes.Node) -> Iterator[nodes.Column]:
    """The columns of the own row that an expression reads outside relation functions and other rows."""
    if isinstance(node, _ELSEWHERE):
        return
    if isinstance(node, nodes.Column) and node.scope is nodes.Scope.OWN:
        yield node
    for child in node.children():
        yield from own_columns(child)
