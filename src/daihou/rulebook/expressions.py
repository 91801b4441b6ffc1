"""Text of an expression to a typed node.

Three steps: the text is cut into tokens (literals); sqlglot groups them, seeing only placeholders for names and values, so that
no built-in function, alias or quirk of a SQL dialect can creep in; then the tree is walked and only what the language has is let through.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal

import sqlglot
from sqlglot import exp
from sqlglot.errors import ErrorLevel, SqlglotError

from daihou.rulebook.functions import (
    CHOICES,
    FOLDS,
    RELATIVES,
    SCALARS,
    SPECIAL,
    function_words,
    word_of_id,
)
from daihou.rulebook.kinds import NoValueError, coerce, common_type, comparable, fits, is_condition, ordered
from daihou.rulebook.literals import Token, cut, negative
from daihou.rulebook.mistakes import NOWHERE, FollowsError, RulebookRefused, WrongError
from daihou.rulebook.names import NO_MOMENTS, Context, resolve
from daihou.rulebook.nodes import (
    BOOL,
    FEN,
    NULL,
    NUM,
    TEXT,
    And,
    Arithmetic,
    Call,
    Case,
    Column,
    Compare,
    In,
    IsNull,
    Kind,
    Literal,
    Node,
    Not,
    Or,
    Type,
)
from daihou.rulebook.relations import relation, special
from daihou.rulebook.vocabulary import Vocabulary
from daihou.terms import Source

_DEEPEST = 40  # parentheses inside parentheses
SIGNS: dict[type[exp.Expr], str] = {
    exp.EQ: "=",
    exp.NEQ: "<>",
    exp.LT: "<",
    exp.LTE: "<=",
    exp.GT: ">",
    exp.GTE: ">=",
}
SUMS: dict[type[exp.Expr], str] = {exp.Add: "+", exp.Sub: "-", exp.Mul: "*"}
_COUNTABLE = frozenset(
    {Kind.FEN, Kind.INT, Kind.NUM, Kind.RATIO, Kind.DAYS, Kind.WORKDAYS, Kind.MONTHS, Kind.NULL}
)


def parse_expression(
    text: str,
    table: str | None,
    vocabulary: Vocabulary,
    expect: Type | None = None,
    *,
    moments: frozenset[str] = NO_MOMENTS,
    source: Source = NOWHERE,
) -> Node:
    """The node of an expression on the rows of ``table``; RulebookRefused with the one mistake found first.

    ``moments``: which of start, opens, due, expires, period_start, period_end, period_label are known there.
    """
    try:
        return read_expression(text, Context(vocabulary, table, moments, None, source), expect)
    except WrongError as wrong:
        raise RulebookRefused((wrong.mistake,)) from wrong


def read_expression(text: str, context: Context, expect: Type | None = None) -> Node:
    """As parse_expression, inside the reading of a rulebook: WrongError stops this expression only."""
    tokens = cut(text, context.source)
    _check_sides(tokens, context.source)
    try:
        tree = _grouped(tokens, context.source)
        walker = Walker(tokens, context)
        node = walker.node(tree)
        return node if expect is None else walker.wanted(node, expect)
    except RecursionError:
        raise WrongError("expression-too-deep", context.source) from None


def _check_sides(tokens: list[Token], source: Source) -> None:
    """Refuse an empty expression, two operands side by side (an alias to SQL), and too many parentheses."""
    if not tokens:
        raise WrongError("empty-expression", source)
    depth = 0
    for before, token in zip([None, *tokens], tokens, strict=False):
        if before is not None and before.operand and token.operand:
            raise WrongError("side-by-side", source, token.at, left=before.text, right=token.text)
        if token.kind == "keyword" and token.text == "DATE":
            raise WrongError("bad-date", source, token.at, text="DATE")
        depth += {"(": 1, ")": -1}.get(token.text, 0) if token.kind == "sign" else 0
        if depth > _DEEPEST:
            raise WrongError("expression-too-deep", source, token.at)


def _grouped(tokens: list[Token], source: Source) -> exp.Expr:
    """The tree of the tokens; operands stand in it as ``t`` and their number."""
    pieces: list[str] = []
    starts: list[int] = []
    length = 0
    for number, token in enumerate(tokens):
        piece = f"t{number}" if token.operand else token.text
        starts.append(length)
        pieces.append(piece)
        length += len(piece) + 1
    try:
        trees = sqlglot.parse(" ".join(pieces), dialect="duckdb", error_level=ErrorLevel.IMMEDIATE)
    except SqlglotError as error:
        errors = getattr(error, "errors", None) or [{}]
        column = int(errors[0].get("col") or 1)
        place = max((n for n, start in enumerate(starts) if start < column), default=0)
        raise WrongError("not-understood", source, tokens[place].at, near=tokens[place].text) from error
    except (ValueError, TypeError, AttributeError, KeyError, IndexError):
        trees = []  # the parser lost its way without saying where
    if len(trees) != 1 or trees[0] is None:
        raise WrongError("not-understood", source, tokens[0].at, near=tokens[0].text)
    return trees[0]


class Walker:
    """Walks one tree; knows where in the text each node began."""

    def __init__(self, tokens: list[Token], context: Context) -> None:
        self.tokens = tokens
        self.context = context

    def inside(self, child: str) -> Walker:
        """The walker for the arguments of a relation function over ``child``."""
        return Walker(self.tokens, self.context.inside(child))

    # -- places and mistakes -------------------------------------------------

    def at(self, tree: exp.Expr) -> int:
        """Where the leftmost operand of a tree stands in the text, from 1."""
        numbers = [number for number in _operands(tree) if number < len(self.tokens)]
        return self.tokens[min(numbers)].at if numbers else 1

    def wrong(self, code: str, tree: exp.Expr, /, **params: object) -> WrongError:
        """A mistake at the place of a tree."""
        return WrongError(code, self.context.source, self.at(tree), **params)

    def token(self, tree: exp.Expr) -> Token | None:
        """The operand that a leaf stands for."""
        if not isinstance(tree, exp.Column) or not isinstance(tree.this, exp.Identifier):
            return None
        number = tree.name[1:]  # a keyword where a name should be has none
        return self.tokens[int(number)] if "table" not in _given(tree) and number.isdigit() else None

    def name(self, tree: exp.Expr) -> str | None:
        """The name that a leaf spells; None for anything else."""
        token = self.token(tree)
        return token.text if token is not None and token.kind == "name" else None

    def tokens_of(self, tree: exp.Expr) -> str:
        """The leftmost operand of a tree as written."""
        return next((token.text for token in self.tokens if token.at == self.at(tree)), "")

    # -- nodes ---------------------------------------------------------------

    def node(self, tree: exp.Expr) -> Node:
        """The node of a tree."""
        handler = self._handler(tree)
        if handler is None:
            raise self.wrong("not-in-language", tree)
        return handler(tree)

    def _handler(self, tree: exp.Expr) -> Callable[[exp.Expr], Node] | None:
        table: dict[type, Callable[[exp.Expr], Node]] = {
            exp.Column: self._leaf,
            exp.Paren: lambda inner: self.node(inner.this),
            exp.Boolean: lambda leaf: Literal(BOOL, bool(leaf.this)),
            exp.Null: lambda _: Literal(NULL, None),
            exp.And: lambda both: self._joined(both, exp.And, And),
            exp.Or: lambda both: self._joined(both, exp.Or, Or),
            exp.Not: lambda inner: Not(BOOL, self.condition(inner.this)),
            exp.In: self._in,
            exp.Between: self._between,
            exp.Is: self._is,
            exp.Case: self._case,
            exp.Neg: self._negative,
            exp.Anonymous: self._function,
        }
        if type(tree) in SIGNS:
            return self._compare
        if type(tree) in SUMS:
            return self._arithmetic
        return table.get(type(tree))

    def _leaf(self, tree: exp.Expr) -> Node:
        token = self.token(tree)
        if token is None:
            raise self.wrong("not-in-language", tree)
        if token.value is not None:
            return token.value
        return resolve(token.text, token.at, self.context)

    def condition(self, tree: exp.Expr) -> Node:
        """A node that is asked for yes or no."""
        node = self.node(tree)
        if not is_condition(node):
            raise self.wrong("not-a-condition", tree, have=node.type)
        return node

    def wanted(self, node: Node, want: Type, tree: exp.Expr | None = None) -> Node:
        """The node as a value of the wanted type, or a mistake."""
        column = self.tokens[0].at if tree is None else self.at(tree)
        node = self.turned(node, want, column)
        if not fits(node, want, self.context.vocabulary):
            raise WrongError("wrong-kind", self.context.source, column, have=node.type, want=want)
        return node

    def turned(self, node: Node, want: Type, column: int) -> Node:
        """Constants turned into the wanted type; a text that is no value of it is a mistake."""
        vocabulary = self.context.vocabulary
        try:
            return coerce(node, want, vocabulary)
        except NoValueError as error:
            raise WrongError(
                "unknown-value",
                self.context.source,
                column,
                value=error.text,
                domain=vocabulary.word(error.domain),
                values="、".join(vocabulary.word(value) for value in error.values),
                closest=vocabulary.closest(error.text, error.values),
            ) from error

    def _joined(self, tree: exp.Expr, kind: type[exp.Expr], make: type[And | Or]) -> Node:
        """AND and OR as one node of all that they join."""
        items: list[exp.Expr] = []
        ahead = [tree]
        while ahead:
            one = ahead.pop()
            inner = one.unnest() if isinstance(one, exp.Paren) else one
            if isinstance(inner, kind):
                ahead += [inner.expression, inner.this]
            else:
                items.append(inner)
        return make(BOOL, tuple(self.condition(item) for item in items))

    def _compare(self, tree: exp.Expr) -> Node:
        sign = SIGNS[type(tree)]
        left, right = self._pair(tree.this, tree.expression)
        if Kind.NULL in {left.type.kind, right.type.kind} and any(_is_null(side) for side in (left, right)):
            raise self.wrong("compared-with-null", tree)
        if isinstance(left, Literal) and isinstance(right, Literal):
            raise self.wrong("compared-constants", tree)
        if left == right:
            raise self.wrong("compared-with-itself", tree, name=self.tokens_of(tree.this))
        if sign not in {"=", "<>"}:
            for side, part in ((left, tree.this), (right, tree.expression)):
                if not ordered(side.type) and side.type.kind is not Kind.NULL:
                    raise self.wrong("no-order", part, have=side.type)
        return Compare(BOOL, sign, left, right)

    def _pair(self, left_tree: exp.Expr, right_tree: exp.Expr) -> tuple[Node, Node]:
        """Two sides of a comparison, constants turned into the kind of the other side."""
        left, right = self.node(left_tree), self.node(right_tree)
        left = self.turned(left, right.type, self.at(left_tree)) if _constant(left) else left
        right = self.turned(right, left.type, self.at(right_tree)) if _constant(right) else right
        left, right = self._rules_named(left, right, left_tree), self._rules_named(right, left, right_tree)
        if not comparable(left.type, right.type):
            money = FEN in (left.type, right.type) and {left.type.kind, right.type.kind} & {
                Kind.INT,
                Kind.NUM,
            }
            code = "money-without-unit" if money else "kinds-differ"
            raise self.wrong(code, right_tree, left=left.type, right=right.type)
        return left, right

    def _rules_named(self, side: Node, other: Node, tree: exp.Expr) -> Node:
        """A text compared with the rule column of 任务 or 预警 is the id of a rule; its name will do too."""
        vocabulary = self.context.vocabulary
        column = isinstance(other, Column) and vocabulary.word(other.name) == "规则" and other.type == TEXT
        if not column or not isinstance(side, Literal) or not isinstance(side.value, str):
            return side
        if side.value not in vocabulary.rules and not vocabulary.rules_known:
            raise FollowsError("unknown-rule", self.context.source, self.at(tree), name=side.value)
        if side.value not in vocabulary.rules:
            closest = vocabulary.closest(side.value, vocabulary.rules)
            raise self.wrong("unknown-rule", tree, name=side.value, closest=closest)
        return Literal(TEXT, vocabulary.rules[side.value])

    def _in(self, tree: exp.Expr) -> Node:
        if not tree.expressions or set(_given(tree)) - {"this", "expressions"}:
            raise self.wrong("in-what", tree)
        item = self.node(tree.this)
        values: list[Literal] = []
        for part in tree.expressions:
            left, value = self._pair(tree.this, part)
            if not isinstance(value, Literal) or value.value is None:
                raise self.wrong("in-what", part)
            item = left
            values.append(value)
        return In(BOOL, item, tuple(values))

    def _between(self, tree: exp.Expr) -> Node:
        low = exp.GTE(this=tree.this, expression=tree.args["low"])
        high = exp.LTE(this=tree.this, expression=tree.args["high"])
        return And(BOOL, (self._compare(low), self._compare(high)))

    def _is(self, tree: exp.Expr) -> Node:
        if not isinstance(tree.expression, exp.Null):
            raise self.wrong("is-what", tree)
        return IsNull(BOOL, self.node(tree.this))

    def _case(self, tree: exp.Expr) -> Node:
        if tree.this is not None:
            raise self.wrong("case-of", tree)
        branches = [
            (self.condition(branch.this), self.node(branch.args["true"])) for branch in tree.args["ifs"]
        ]
        default = tree.args.get("default")
        otherwise: Node = Literal(NULL, None) if default is None else self.node(default)
        values = self.alike((*(then for _, then in branches), otherwise), tree)
        cases = tuple((when, then) for (when, _), then in zip(branches, values, strict=False))
        return Case(self._common(values, tree), cases, values[-1])

    def alike(self, values: tuple[Node, ...], tree: exp.Expr) -> tuple[Node, ...]:
        """Values that may take each other's place, constants turned into the kind of the rest."""
        rest = [value.type for value in values if not _constant(value)] or [value.type for value in values]
        common = common_type(tuple(rest))
        if common is None:
            raise self.wrong("kinds-differ", tree, left=rest[0], right=rest[-1])
        return tuple(self.turned(value, common, self.at(tree)) for value in values)

    def _common(self, values: tuple[Node, ...], tree: exp.Expr) -> Type:
        common = common_type(tuple(value.type for value in values))
        if common is None:
            types = tuple(value.type for value in values)
            raise self.wrong(
                "kinds-differ", tree, left=types[0], right=next(t for t in types if t != types[0])
            )
        return common

    def _negative(self, tree: exp.Expr) -> Node:
        item = self.node(tree.this)
        if item.type.kind not in _COUNTABLE:
            raise self.wrong("no-arithmetic", tree, have=item.type)
        if isinstance(item, Literal) and item.value is not None:
            return negative(item)
        zero = Decimal(0) if item.type == NUM else 0
        return Arithmetic(item.type, "-", Literal(item.type, zero), item)

    def _arithmetic(self, tree: exp.Expr) -> Node:
        """Sums of one kind; products of a number with a number or with money."""
        sign = SUMS[type(tree)]
        left, right = self.node(tree.this), self.node(tree.expression)
        for side, part in ((left, tree.this), (right, tree.expression)):
            if side.type.kind is Kind.DATE:
                raise self.wrong("date-arithmetic", part)
            if side.type.kind not in _COUNTABLE:
                raise self.wrong("no-arithmetic", part, have=side.type)
        if sign == "*":
            return Arithmetic(self._product(left.type, right.type, tree), sign, left, right)
        left, right = self.alike((left, right), tree)
        return Arithmetic(self._common((left, right), tree), sign, left, right)

    def _product(self, left: Type, right: Type, tree: exp.Expr) -> Type:
        kinds = {left.kind, right.kind}
        if kinds <= {Kind.INT, Kind.NULL} or (
            Kind.INT in kinds and kinds & {Kind.DAYS, Kind.WORKDAYS, Kind.MONTHS}
        ):
            return right if left.kind in {Kind.INT, Kind.NULL} else left
        if kinds <= {Kind.INT, Kind.NUM, Kind.NULL}:
            return NUM
        if kinds in ({Kind.FEN, Kind.INT}, {Kind.FEN, Kind.NULL}):
            return FEN
        raise self.wrong("no-product", tree, left=left, right=right)

    # -- functions -----------------------------------------------------------

    def _function(self, tree: exp.Expr) -> Node:
        number = str(tree.this)
        token = self.tokens[int(number[1:])] if number[:1] == "t" and number[1:].isdigit() else None
        if token is None or token.kind != "name":
            raise self.wrong("not-in-language", tree)
        word = self.context.vocabulary.word(token.text)
        if word not in function_words():
            word = word_of_id(token.text) or word
        args = tuple(tree.expressions)
        if word in FOLDS and (word != "全部" or self._over_rows(args)):
            return relation(self, FOLDS[word], word, tree, args)
        if word in RELATIVES or word in SPECIAL:
            return special(self, word, tree, args)
        if word in SCALARS:
            return self._scalar(word, tree, args)
        if word in CHOICES:
            return self._choice(word, tree, args)
        closest = self.context.vocabulary.closest(token.text, function_words())
        raise WrongError("unknown-function", self.context.source, token.at, name=token.text, closest=closest)

    def _over_rows(self, args: tuple[exp.Expr, ...]) -> bool:
        """Whether 全部 goes down a relation: one argument, or a column of a child table and a condition."""
        name = self.name(args[0]) if args else None
        if name is None or "." not in name:
            return False
        if len(args) == 1:
            return True
        vocabulary, own = self.context.vocabulary, self.context.table
        first = vocabulary.id(name.split(".")[0])
        return first in vocabulary.tables and (own is None or first not in vocabulary.names_of(own))

    def _scalar(self, word: str, tree: exp.Expr, args: tuple[exp.Expr, ...]) -> Node:
        function = SCALARS[word]
        if len(args) != len(function.takes):
            raise self.wrong("wrong-count", tree, name=word, count=len(function.takes))
        nodes = tuple(
            self.wanted(self.node(arg), want, arg) for arg, want in zip(args, function.takes, strict=True)
        )
        return Call(function.gives, function.id, nodes)

    def _choice(self, word: str, tree: exp.Expr, args: tuple[exp.Expr, ...]) -> Node:
        function = CHOICES[word]
        if len(args) < function.least or (function.id == "absolute" and len(args) > 1):
            raise self.wrong("wrong-count", tree, name=word, count=function.least)
        nodes = self.alike(tuple(self.node(arg) for arg in args), tree)
        common = self._common(nodes, tree)
        if common.kind not in function.kinds and common.kind is not Kind.NULL:
            raise self.wrong("wrong-argument", tree, name=word, have=common)
        return Call(common, function.id, nodes)


def _given(tree: exp.Expr) -> dict[str, object]:
    """The arguments of a tree that are not empty."""
    return {key: value for key, value in tree.args.items() if value}


def _operands(tree: exp.Expr) -> Iterator[int]:
    """The numbers of the operands below a tree."""
    for one in tree.walk():
        name = str(one.this) if isinstance(one, exp.Identifier | exp.Anonymous) else ""
        if name[:1] == "t" and name[1:].isdigit():
            yield int(name[1:])


def _constant(node: Node) -> bool:
    """Whether a node comes out as constants only, so that it takes the kind of what it meets."""
    return all(isinstance(one, Literal) for one in _results(node))


def _results(node: Node) -> Iterator[Node]:
    """What a node may come out as."""
    if isinstance(node, Case):
        for _, then in node.branches:
            yield from _results(then)
        yield from _results(node.otherwise)
    else:
        yield node


def _is_null(node: Node) -> bool:
    return isinstance(node, Literal) and node.value is None
