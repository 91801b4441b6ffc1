"""Whether two values may stand beside each other, and constants turned into the kind that is wanted."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

from daihou.rulebook.literals import PERIODS
from daihou.rulebook.nodes import BOOL, NULL, NUM, Call, Case, Kind, Literal, Node, Type
from daihou.rulebook.vocabulary import Vocabulary

_DURATIONS = frozenset({Kind.DAYS, Kind.WORKDAYS, Kind.MONTHS})
_ORDERED = frozenset({Kind.DATE, Kind.FEN, Kind.INT, Kind.NUM, Kind.RATIO}) | _DURATIONS
# Pairs that compare although they are not of one kind; either way round.
_PAIRS = frozenset(
    {
        frozenset({Kind.INT, Kind.NUM}),
        frozenset({Kind.NUM, Kind.RATIO}),
        frozenset({Kind.REF, Kind.TEXT}),
        *(frozenset({Kind.INT, duration}) for duration in _DURATIONS),
    }
)
_MIXED_CHOICES = frozenset({"coalesce", "earliest_of", "latest_of", "least_of", "greatest_of"})


class NoValueError(Exception):
    """A text that is no value of the enumeration or kind of period it is compared with."""

    def __init__(self, text: str, domain: str, values: tuple[str, ...]) -> None:
        self.text = text
        self.domain = domain
        self.values = values
        super().__init__(text)


def ordered(kind: Type) -> bool:
    """Whether ``<`` means something."""
    return kind.kind in _ORDERED


def comparable(left: Type, right: Type) -> bool:
    """Whether values of two types may be compared or take each other's place."""
    if left == right or Kind.NULL in {left.kind, right.kind}:
        return True
    if left.kind is right.kind:
        return left.kind is Kind.REF and None in {left.of, right.of}
    return frozenset({left.kind, right.kind}) in _PAIRS


def fits(node: Node, want: Type, vocabulary: Vocabulary) -> bool:
    """Whether an expression may stand where a value of a type is wanted."""
    have = node.type
    if want.kind is Kind.PERIOD and have.kind is Kind.ENUM:
        return set(vocabulary.domains[str(have.of)]) <= set(PERIODS.values())
    if want.kind is Kind.NUM or want.kind in _DURATIONS:
        return comparable(have, want) and have.kind is not Kind.RATIO
    return have.kind is Kind.NULL or have == want


def coerce(node: Node, want: Type, vocabulary: Vocabulary) -> Node:
    """Turn constants inside ``node`` into the wanted type; NoValueError for a text that is no value of it.

    What cannot be turned is left as it is: whoever asked checks the type afterwards.
    """
    if node.type == want:
        return node
    if isinstance(node, Literal):
        return _literal(node, want, vocabulary)
    if isinstance(node, Case):
        branches = tuple((when, coerce(then, want, vocabulary)) for when, then in node.branches)
        otherwise = coerce(node.otherwise, want, vocabulary)
        return _retyped(
            replace(node, branches=branches, otherwise=otherwise), (*(b for _, b in branches), otherwise)
        )
    if isinstance(node, Call) and node.name in _MIXED_CHOICES:
        args = tuple(coerce(arg, want, vocabulary) for arg in node.args)
        return _retyped(replace(node, args=args), args)
    return node


def _retyped(node: Node, parts: tuple[Node, ...]) -> Node:
    common = common_type(tuple(part.type for part in parts))
    return node if common is None else replace(node, type=common)


def _literal(node: Literal, want: Type, vocabulary: Vocabulary) -> Node:
    have, value = node.type.kind, node.value
    if have is Kind.TEXT and isinstance(value, str):
        return _named_value(node, value, want, vocabulary)
    if have is Kind.INT and isinstance(value, int):
        if value == 0 and want.kind is Kind.RATIO:
            return Literal(want, Fraction(0))
        if (value == 0 and want.kind is Kind.FEN) or want.kind in _DURATIONS:
            return Literal(want, value)
        if want.kind is Kind.NUM:
            return Literal(want, Decimal(value))
    if have in _DURATIONS and want.kind is Kind.INT:
        return Literal(want, value)
    if have is Kind.RATIO and want.kind is Kind.NUM and isinstance(value, Fraction):
        return Literal(want, Decimal(value.numerator) / Decimal(value.denominator))
    return node


def _named_value(node: Literal, text: str, want: Type, vocabulary: Vocabulary) -> Node:
    if want.kind is Kind.PERIOD:
        if text not in PERIODS and text not in PERIODS.values():
            raise NoValueError(text, "period", tuple(PERIODS))
        return Literal(want, PERIODS.get(text, text))
    if want.kind is Kind.ENUM and want.of is not None:
        values = vocabulary.domains[want.of]
        identifier = vocabulary.id(text)
        if identifier not in values:
            raise NoValueError(text, want.of, values)
        return Literal(want, identifier)
    return node


def common_type(types: tuple[Type, ...]) -> Type | None:
    """The one type of several values that may take each other's place; None if there is none."""
    result = NULL
    for one in types:
        if result.kind is Kind.NULL:
            result = one
        elif one.kind is Kind.NULL or one == result:
            continue
        elif comparable(one, result):
            result = _wider(result, one)
        else:
            return None
    return result


def _wider(one: Type, other: Type) -> Type:
    """Of a pair that may stand beside each other, the kind that holds both."""
    if Kind.NUM in {one.kind, other.kind}:
        return NUM
    if Kind.INT in {one.kind, other.kind}:
        return other if one.kind is Kind.INT else one
    return one if one.kind is Kind.REF else other


def is_condition(node: Node) -> bool:
    """Whether a node can be asked for yes or no."""
    return node.type in (BOOL, NULL)
