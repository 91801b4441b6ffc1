"""Exact comparison of ratios: growth and share are never divided out, both sides are multiplied across (S39)."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import lcm
from typing import TYPE_CHECKING

from daihou.rulebook.nodes import Arithmetic, AtRow, Compare, Figure, Growth, Kind, Literal, Node, Share

if TYPE_CHECKING:
    from daihou.engine.compile.scalar import Frame, Row


@dataclass(frozen=True)
class Ratio:
    """A fraction as SQL: numerator over a positive denominator, and when it can be compared at all (empty text: always)."""

    over: str
    under: str
    comparable: tuple[str, ...] = ()


def _exact(sql: str, kind: Kind) -> str:
    """Wide integer arithmetic; numbers with decimals are scaled by a million, which a ratio does not feel."""
    return (
        f"CAST({sql} * 1000000 AS DECIMAL(38, 0))" if kind is Kind.NUM else f"CAST({sql} AS DECIMAL(38, 0))"
    )


def compare(frame: Frame, node: Compare, own: Row, child: Row | None) -> str:
    """Left op right over ratios; not comparable is FALSE, an empty column or a figure not in force is unknown."""
    left, right = ratio(frame, node.left, own, child), ratio(frame, node.right, own, child)
    test = f"{left.over} * {right.under} {node.op} {right.over} * {left.under}"
    guards = (*left.comparable, *right.comparable)
    if not guards:
        return f"({test})"
    return f"CASE WHEN {' AND '.join(guards)} THEN {test} ELSE FALSE END"


def ratio(frame: Frame, node: Node, own: Row, child: Row | None) -> Ratio:
    """A ratio node as a fraction."""
    match node:
        case Literal(value=value):
            exact = Fraction(str(value))
            return Ratio(f"CAST({exact.numerator} AS DECIMAL(38, 0))", str(exact.denominator))
        case Figure(name=figure):
            return _figure(frame, figure)
        case Growth(item=item, base=base):
            now = frame.sql(item, child, own)
            then = frame.sql(AtRow(item.type, base, item), child, own)
            a, b = _exact(now, item.type.kind), _exact(then, item.type.kind)
            return Ratio(f"({a} - {b})", b, (f"{now} IS NOT NULL", f"{then} > 0"))
        case Share(part=part, whole=whole):
            a, b = frame.sql(part, child, own), frame.sql(whole, child, own)
            kinds = {part.type.kind, whole.type.kind}
            if Kind.NUM in kinds:
                return Ratio(_exact(a, Kind.NUM), _exact(b, Kind.NUM), (f"{a} IS NOT NULL", f"{b} > 0"))
            return Ratio(_exact(a, Kind.INT), _exact(b, Kind.INT), (f"{a} IS NOT NULL", f"{b} > 0"))
        case Arithmetic(op=op, left=left, right=right):
            x, y = ratio(frame, left, own, child), ratio(frame, right, own, child)
            over = f"({x.over} * {y.under} {op} {y.over} * {x.under})"
            return Ratio(over, f"({x.under} * {y.under})", (*x.comparable, *y.comparable))
        case _:
            value = frame.sql(node, child, own)  # a ratio column, kept as a number
            return Ratio(_exact(value, Kind.NUM), "1000000")


def _figure(frame: Frame, figure: str) -> Ratio:
    steps = frame.days.figures[figure].value.steps
    exact = [Fraction(str(step.value)) for _, step in steps if step is not None]
    under = lcm(*(value.denominator for value in exact)) if exact else 1

    def one(step: object) -> str:
        assert isinstance(step, Literal)
        value = Fraction(str(step.value)) * under
        return f"CAST({value.numerator} AS DECIMAL(38, 0))"

    return Ratio(frame.stepped(steps, one), str(under))
