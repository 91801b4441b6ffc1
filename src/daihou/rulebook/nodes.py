"""The meaning of an expression: frozen, typed nodes. Notation (YAML, words) and execution (SQL, row by row) live elsewhere.

Every node carries its :class:`Type`. Names are identifiers of ``terms``; values of enumerations are identifiers too. Money is integer fen.
Three-valued logic as in SQL: ``None`` is "unknown" and never decides a condition in silence.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from types import MappingProxyType
from typing import Any

from datetime import date  # isort: skip

Value = date | int | Decimal | Fraction | bool | str | None


class Kind(StrEnum):
    """What a value is."""

    DATE = "date"
    FEN = "fen"
    INT = "int"
    NUM = "num"
    RATIO = "ratio"
    BOOL = "bool"
    TEXT = "text"
    ENUM = "enum"
    REF = "ref"
    DAYS = "days"
    WORKDAYS = "workdays"
    MONTHS = "months"
    PERIOD = "period"
    NULL = "null"


@dataclass(frozen=True)
class Type:
    """A kind and, for enumerations, the domain; for references, the table."""

    kind: Kind
    of: str | None = None


class Relative(StrEnum):
    """A row found from a row by declared order: the row before, twelve months before, at the last year end."""

    PREVIOUS = "previous"
    SAME_PERIOD = "same_period"
    YEAR_START = "year_start"


class Scope(StrEnum):
    """Whose row a column belongs to: the rule's own row, or the child row inside a relation function."""

    OWN = "own"
    CHILD = "child"


_FIELDS: dict[type, tuple[str, ...]] = {}


def field_names(value: object) -> tuple[str, ...]:
    """The names of the fields of an instance of a dataclass, in order; asked for every node of a book, so they are kept."""
    kind = value.__class__
    if kind not in _FIELDS:
        _FIELDS[kind] = tuple(value.__dataclass_fields__)  # type: ignore[attr-defined]  # only instances of dataclasses come here
    return _FIELDS[kind]


@dataclass(frozen=True)
class Node:
    """Base of all nodes."""

    type: Type

    def children(self) -> Iterator[Node]:
        """Direct sub-nodes, in order."""
        for name in field_names(self):
            yield from _nodes_in(getattr(self, name))

    def walk(self) -> Iterator[Node]:
        """This node and everything below it, depth first."""
        yield self
        for child in self.children():
            yield from child.walk()


def _nodes_in(value: object) -> Iterator[Node]:
    if isinstance(value, Node):
        yield value
    elif isinstance(value, tuple):
        for item in value:
            yield from _nodes_in(item)


@dataclass(frozen=True)
class Literal(Node):
    """A constant: date, fen, int, Decimal, Fraction (RATIO), bool, text, enum identifier, duration count (int), period kind, None."""

    value: Value


@dataclass(frozen=True)
class Today(Node):
    """当日: the as-of date; with ``table``: 数据日, the earlier of it and the day up to which that table is complete."""

    table: str | None = None


@dataclass(frozen=True)
class Moment(Node):
    """A date (or label) of the occurrence itself: start, opens, due, expires, period_start, period_end, period_label."""

    name: str


@dataclass(frozen=True)
class Column(Node):
    """A column, or a fact, reached by reference columns ``path`` from the row of ``scope`` (whose table is ``base``).

    ``tables`` are the tables walked through, one per step of ``path``; the last is the table of ``name`` (``base`` when the path is empty).
    """

    scope: Scope
    base: str
    path: tuple[str, ...]
    tables: tuple[str, ...]
    name: str
    fact: bool = False

    @property
    def table(self) -> str:
        """The table that holds the column."""
        return self.tables[-1] if self.tables else self.base


@dataclass(frozen=True)
class Figure(Node):
    """A dated figure of the rulebook, valued at the time the rule says (S28, S29); for facts, warnings, grades, gates: on the as-of date."""

    name: str


@dataclass(frozen=True)
class Lookup(Node):
    """查: value of a dated one-key figure table."""

    name: str
    key: Node


@dataclass(frozen=True)
class Not(Node):
    """Logical negation."""

    item: Node


@dataclass(frozen=True)
class And(Node):
    """Conjunction of two or more."""

    items: tuple[Node, ...]


@dataclass(frozen=True)
class Or(Node):
    """Disjunction of two or more."""

    items: tuple[Node, ...]


@dataclass(frozen=True)
class Compare(Node):
    """One of ``= <> < <= > >=`` between values of one kind. RATIO sides are compared exactly; not comparable is FALSE."""

    op: str
    left: Node
    right: Node


@dataclass(frozen=True)
class In(Node):
    """Membership in a list of constants."""

    item: Node
    values: tuple[Literal, ...]


@dataclass(frozen=True)
class IsNull(Node):
    """Whether a value is empty; never unknown."""

    item: Node


@dataclass(frozen=True)
class Arithmetic(Node):
    """``+ - *`` on money, integers, numbers; ``+ -`` on ratios; unary minus is ``0 - x``."""

    op: str
    left: Node
    right: Node


@dataclass(frozen=True)
class Case(Node):
    """CASE WHEN … THEN … ELSE … END: first branch whose condition is TRUE."""

    branches: tuple[tuple[Node, Node], ...]
    otherwise: Node


@dataclass(frozen=True)
class Call(Node):
    """A scalar function of the language by its identifier (``add_days``, ``earliest_of``, ``coalesce`` …)."""

    name: str
    args: tuple[Node, ...]


class Fold(StrEnum):
    """How many child rows become one value."""

    FIRST = "first"
    LAST = "last"
    SUM = "sum"
    MAX = "max"
    MIN = "min"
    COUNT = "count"
    COUNT_DISTINCT = "count_distinct"
    EXISTS = "exists"
    ALL_DONE = "all_done"
    LATEST = "latest"


@dataclass(frozen=True)
class Aggregate(Node):
    """A relation function: child rows of ``table`` with ``links`` (child value = own value) and ``where``, folded.

    ``windowed``: inside 完成 the folded date counts only within [seen, expires] (S6).
    """

    fold: Fold
    table: str
    item: Node | None
    where: Node | None
    links: tuple[tuple[Node, Node], ...]
    windowed: bool = False


@dataclass(frozen=True)
class Dated(Node):
    """当时: the value of a dated column on a day."""

    column: Column
    on: Node


@dataclass(frozen=True)
class Since(Node):
    """生效日: first day of the present value of a dated column (empty when it never changed)."""

    column: Column


@dataclass(frozen=True)
class Before(Node):
    """前值: the value of a dated column before its present one (empty when it never changed)."""

    column: Column


@dataclass(frozen=True)
class AtRow(Node):
    """前期 同期 年初: an expression taken in another row of the own table."""

    which: Relative
    item: Node


@dataclass(frozen=True)
class Ordinal(Node):
    """序号: 1, 2, … among the rows of the own table in one group that satisfy a condition, by ``order`` then key."""

    order: Column
    group: Column
    where: Node


@dataclass(frozen=True)
class Rank(Node):
    """名次: rank of a value among all rows that satisfy the condition, largest first, ties share."""

    item: Node
    where: Node | None


@dataclass(frozen=True)
class Growth(Node):
    """增幅: (x - base) / base with base = x in another row; not comparable when base is empty or not positive."""

    item: Node
    base: Relative


@dataclass(frozen=True)
class Share(Node):
    """占比: part / whole; not comparable when the whole is empty or not positive."""

    part: Node
    whole: Node


SIGNS: Mapping[str, Callable[[Any, Any], bool]] = MappingProxyType(
    {
        "=": operator.eq,
        "<>": operator.ne,
        "<": operator.lt,
        "<=": operator.le,
        ">": operator.gt,
        ">=": operator.ge,
    }
)
"""What the sign of a comparison says of two plain values."""

OF_NONE: Mapping[Fold, int | bool | None] = MappingProxyType(
    dict.fromkeys(Fold) | {Fold.SUM: 0, Fold.COUNT: 0, Fold.COUNT_DISTINCT: 0, Fold.EXISTS: False}
)
"""What a relation function says of no row at all."""


def conjuncts(condition: Node | None) -> tuple[Node, ...]:
    """The conditions that must all hold for one to hold; none where there is no condition."""
    if condition is None:
        return ()
    return condition.items if isinstance(condition, And) else (condition,)


DATE = Type(Kind.DATE)
FEN = Type(Kind.FEN)
INT = Type(Kind.INT)
NUM = Type(Kind.NUM)
RATIO = Type(Kind.RATIO)
BOOL = Type(Kind.BOOL)
TEXT = Type(Kind.TEXT)
DAYS = Type(Kind.DAYS)
WORKDAYS = Type(Kind.WORKDAYS)
MONTHS = Type(Kind.MONTHS)
PERIOD = Type(Kind.PERIOD)
NULL = Type(Kind.NULL)
TRUE = Literal(BOOL, True)  # noqa: FBT003 - a literal of the language
