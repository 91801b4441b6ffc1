"""Expressions of a mapping: SQL of one foreign row in the notation of the rules, checked and made DuckDB's.

sqlglot only groups what is written; what is let through is listed here, typed and spelled again, so that no
function, alias or quirk of a dialect creeps in. The row is ``t``; the view of a foreign file is ``src_<name>``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlglot
from sqlglot import exp
from sqlglot.errors import ErrorLevel, SqlglotError

from daihou.book.cells import nearest
from daihou.book.mapping.model import ForeignFile, Kind, said
from daihou.terms import terms
from daihou.units import MoneyError, read_fen

ROW_NUMBER = "行号"
FILE_DAY = "文件日"
"""The day that whoever hands a file in says it tells of: a list without a column for its own day."""

DAY_VARIABLE = "file_day"
NUMBERED = "_n"
"""Column of a foreign file's view that numbers its rows over all files read."""

IN_FILE = "_row"
_AMOUNT = re.compile(r"(?<![\w.])(\d+(?:\.\d+)?) ?(分|元|千元|万元|百万元|亿元)(?!\w)")
_TEXT_PARTS = re.compile(r"('(?:[^']|'')*')")
_FEN = "fen_"
_NUMBERS = frozenset({Kind.INT, Kind.NUM})
_SIGNS: Mapping[type[exp.Expr], str] = {
    exp.EQ: "=",
    exp.NEQ: "<>",
    exp.LT: "<",
    exp.LTE: "<=",
    exp.GT: ">",
    exp.GTE: ">=",
}
_SUMS: Mapping[type[exp.Expr], str] = {exp.Add: "+", exp.Sub: "-", exp.Mul: "*"}
_DECIMAL = "DECIMAL(18, 6)"


class ExpressionError(ValueError):
    """An expression that cannot stand: code and blanks of its message."""

    def __init__(self, code: str, **params: str) -> None:
        """Keep code and blanks."""
        super().__init__(code)
        self.code = code
        self.params = params


@dataclass(frozen=True)
class Compiled:
    """An expression as DuckDB's SQL over the alias ``t``, and the kind of its values."""

    sql: str
    kind: Kind


def quoted(name: str) -> str:
    """A name in SQL."""
    return '"' + name.replace('"', '""') + '"'


def view(file: str) -> str:
    """The SQL name of the view of a foreign file."""
    return quoted(f"src_{file}")


def text_literal(text: str) -> str:
    """A text in SQL."""
    return "'" + text.replace("'", "''") + "'"


def read_expression(text: str, file: ForeignFile, files: Mapping[str, ForeignFile]) -> Compiled:
    """The SQL of an expression on the rows of a foreign file; ExpressionError where it cannot stand."""
    spelled = "".join(
        part if i % 2 else _AMOUNT.sub(_amount, part) for i, part in enumerate(_TEXT_PARTS.split(text))
    )
    try:
        tree = sqlglot.parse_one(spelled, error_level=ErrorLevel.RAISE)
        return _Walker(file, files, "t").compiled(tree)
    except SqlglotError as error:
        why = str(error).splitlines()[0][:120]
        raise ExpressionError("map-expression", text=text, why=why) from None
    except RecursionError:
        raise ExpressionError("map-expression", text=text[:80], why="too deep") from None


def _amount(found: re.Match[str]) -> str:
    try:
        return f"{_FEN}({read_fen(found[0])})"
    except MoneyError:
        raise ExpressionError("map-expression", text=found[0], why=found[2]) from None


class _Walker:
    """Walks one expression over the rows of one foreign file, called ``alias`` in the SQL."""

    def __init__(self, file: ForeignFile, files: Mapping[str, ForeignFile], alias: str) -> None:
        self.file, self.files, self.alias = file, files, alias

    def compiled(self, node: exp.Expr) -> Compiled:
        """One node."""
        if isinstance(node, exp.Paren):
            inner = self.compiled(node.this)
            return Compiled(f"({inner.sql})", inner.kind)
        found = _FORMS.get(type(node))
        if found is None:
            raise ExpressionError("map-not-allowed", text=node.sql())
        return found(self, node)

    def wanted(self, node: exp.Expr, *kinds: Kind) -> Compiled:
        """A node that must be of one of the kinds; NULL fits everywhere."""
        found = self.compiled(node)
        if found.kind not in (*kinds, Kind.NULL):
            raise ExpressionError("map-kind", text=node.sql(), got=said(found.kind), wanted=said(*kinds))
        return found

    def alike(self, nodes: Sequence[exp.Expr]) -> tuple[list[Compiled], Kind]:
        """Nodes that must be of one kind; whole numbers among decimals are decimals."""
        parts = [self.compiled(node) for node in nodes]
        kinds = {part.kind for part in parts} - {Kind.NULL}
        if kinds <= _NUMBERS and len(kinds) > 1:
            kinds = {Kind.NUM}
        if len(kinds) > 1:
            raise ExpressionError("map-operands", text="; ".join(n.sql() for n in nodes), kinds=said(*kinds))
        return parts, next(iter(kinds), Kind.NULL)

    # leaves

    def literal(self, node: exp.Literal) -> Compiled:
        """A text or a number."""
        if node.is_string:
            return Compiled(text_literal(node.this), Kind.TEXT)
        if re.fullmatch(r"\d{1,18}", node.this):
            return Compiled(node.this, Kind.INT)
        if re.fullmatch(r"\d{1,12}\.\d{1,6}", node.this):
            return Compiled(f"CAST({node.this} AS {_DECIMAL})", Kind.NUM)
        raise ExpressionError("map-not-allowed", text=node.sql())

    def boolean(self, node: exp.Boolean) -> Compiled:
        """TRUE or FALSE."""
        return Compiled("TRUE" if node.this else "FALSE", Kind.BOOL)

    def null(self, _node: exp.Null) -> Compiled:
        """Nothing."""
        return Compiled("NULL", Kind.NULL)

    def cast(self, node: exp.Cast) -> Compiled:
        """Only DATE '2020-01-31'."""
        inner = node.this
        if node.to.this is not exp.DataType.Type.DATE or not isinstance(inner, exp.Literal):
            raise ExpressionError("map-not-allowed", text=node.sql())
        try:
            return Compiled(f"DATE '{date.fromisoformat(inner.this)}'", Kind.DATE)
        except ValueError:
            raise ExpressionError("map-not-allowed", text=node.sql()) from None

    def column(self, node: exp.Column) -> Compiled:
        """A column of the row, of the row it belongs to, the row's number in its file, or the day of the file."""
        if node.table:
            return self._above(node.table, node.name)
        if node.name == ROW_NUMBER:
            return Compiled(f'CAST({self.alias}."{IN_FILE}" AS BIGINT)', Kind.INT)
        if node.name == FILE_DAY and FILE_DAY not in self.file.columns:
            return Compiled(f"CAST(getvariable('{DAY_VARIABLE}') AS DATE)", Kind.DATE)
        return Compiled(f"{self.alias}.{quoted(node.name)}", self._kind(self.file, node.name))

    @staticmethod
    def _kind(file: ForeignFile, name: str) -> Kind:
        column = file.columns.get(name)
        if column is None:
            near = nearest(name, file.columns)
            raise ExpressionError("map-unknown-name", name=name, file=file.name, near=near)
        return column.kind

    def _above(self, other: str, name: str) -> Compiled:
        """A column of the one row of another file that this row belongs to."""
        columns = self.file.joins.get(other)
        if columns is None:
            near = nearest(other, self.file.joins)
            raise ExpressionError("map-no-way", name=other, file=self.file.name, near=near)
        above = self.files[other]
        same = " AND ".join(f"p.{quoted(c)} = {self.alias}.{quoted(c)}" for c in columns)
        kind = self._kind(above, name)
        return Compiled(f"(SELECT p.{quoted(name)} FROM {view(other)} AS p WHERE {same})", kind)

    # operators

    def junction(self, node: exp.And | exp.Or) -> Compiled:
        """AND, OR."""
        left, right = self.wanted(node.left, Kind.BOOL), self.wanted(node.right, Kind.BOOL)
        word = "AND" if isinstance(node, exp.And) else "OR"
        return Compiled(f"({left.sql} {word} {right.sql})", Kind.BOOL)

    def negated(self, node: exp.Not) -> Compiled:
        """NOT."""
        return Compiled(f"(NOT {self.wanted(node.this, Kind.BOOL).sql})", Kind.BOOL)

    def compared(self, node: exp.Binary) -> Compiled:
        """Comparison of two values of one kind."""
        (left, right), _ = self.alike([node.left, node.right])
        return Compiled(f"({left.sql} {_SIGNS[type(node)]} {right.sql})", Kind.BOOL)

    def between(self, node: exp.Between) -> Compiled:
        """BETWEEN."""
        (value, low, high), _ = self.alike([node.this, node.args["low"], node.args["high"]])
        return Compiled(f"({value.sql} BETWEEN {low.sql} AND {high.sql})", Kind.BOOL)

    def among(self, node: exp.In) -> Compiled:
        """IN with a list."""
        if node.args.get("query") or not node.expressions:
            raise ExpressionError("map-not-allowed", text=node.sql())
        (value, *rest), _ = self.alike([node.this, *node.expressions])
        return Compiled(f"({value.sql} IN ({', '.join(r.sql for r in rest)}))", Kind.BOOL)

    def emptiness(self, node: exp.Is) -> Compiled:
        """IS NULL, inside NOT for IS NOT NULL."""
        if not isinstance(node.expression, exp.Null):
            raise ExpressionError("map-not-allowed", text=node.sql())
        return Compiled(f"({self.compiled(node.this).sql} IS NULL)", Kind.BOOL)

    def summed(self, node: exp.Binary) -> Compiled:
        """Plus, minus, times: numbers with numbers, amounts with amounts, an amount times a whole number."""
        left, right = self.compiled(node.left), self.compiled(node.right)
        kinds = {left.kind, right.kind} - {Kind.NULL}
        times = isinstance(node, exp.Mul)
        if kinds <= _NUMBERS:
            kind = Kind.INT if kinds <= {Kind.INT} else Kind.NUM
        elif (kinds == {Kind.FEN} and not times) or (kinds == {Kind.FEN, Kind.INT} and times):
            kind = Kind.FEN
        else:
            raise ExpressionError("map-operands", text=node.sql(), kinds=said(*kinds))
        sql = f"({left.sql} {_SUMS[type(node)]} {right.sql})"
        return Compiled(f"CAST({sql} AS {_DECIMAL})" if kind is Kind.NUM else sql, kind)

    def minus(self, node: exp.Neg) -> Compiled:
        """A number or amount below zero."""
        inner = self.wanted(node.this, Kind.INT, Kind.NUM, Kind.FEN)
        return Compiled(f"(-{inner.sql})", inner.kind)

    def joined(self, node: exp.DPipe) -> Compiled:
        """Texts one after the other; whole numbers and days as they are written, amounts in fen."""
        parts = [self.wanted(n, Kind.TEXT, Kind.INT, Kind.DATE, Kind.FEN) for n in (node.left, node.right)]
        return Compiled(f"({' || '.join(f'CAST({p.sql} AS VARCHAR)' for p in parts)})", Kind.TEXT)

    def case(self, node: exp.Case) -> Compiled:
        """CASE WHEN … THEN … ELSE … END."""
        if node.this is not None:
            raise ExpressionError("map-not-allowed", text=node.sql())
        whens = [self.wanted(branch.this, Kind.BOOL) for branch in node.args["ifs"]]
        default = node.args.get("default") or exp.Null()
        values, kind = self.alike([*(branch.args["true"] for branch in node.args["ifs"]), default])
        arms = " ".join(f"WHEN {w.sql} THEN {v.sql}" for w, v in zip(whens, values, strict=False))
        return Compiled(f"(CASE {arms} ELSE {values[-1].sql} END)", kind)

    # functions

    def called(self, node: exp.Anonymous) -> Compiled:
        """A function of the language."""
        name = str(node.this)
        if name == _FEN:
            return Compiled(f"CAST({node.expressions[0].this} AS BIGINT)", Kind.FEN)
        term = terms().find(name)
        word = term.word if term is not None else name
        function = _FUNCTIONS.get(word)
        if function is None:
            raise ExpressionError("map-unknown-function", name=name, near=nearest(word, _FUNCTIONS))
        least, most, call = function
        if not least <= len(node.expressions) <= most:
            raise ExpressionError("map-arguments", name=word, least=str(least), most=str(most))
        return call(self, word, node.expressions)

    def day_moved(self, word: str, nodes: Sequence[exp.Expr]) -> Compiled:
        """加天, 加月: the last day of a shorter month where there is no such day."""
        day, count = self.wanted(nodes[0], Kind.DATE), self.wanted(nodes[1], Kind.INT)
        if word == "加天":
            return Compiled(f"({day.sql} + CAST({count.sql} AS INTEGER))", Kind.DATE)
        return Compiled(f"CAST({day.sql} + to_months(CAST({count.sql} AS INTEGER)) AS DATE)", Kind.DATE)

    def month_edge(self, word: str, nodes: Sequence[exp.Expr]) -> Compiled:
        """月初, 月末."""
        day = self.wanted(nodes[0], Kind.DATE)
        edge = "last_day({})" if word == "月末" else "CAST(date_trunc('month', {}) AS DATE)"
        return Compiled(edge.format(day.sql), Kind.DATE)

    def day_part(self, word: str, nodes: Sequence[exp.Expr]) -> Compiled:
        """年, 月, 日."""
        part = {"年": "year", "月": "month", "日": "day"}[word]
        return Compiled(f"{part}({self.wanted(nodes[0], Kind.DATE).sql})", Kind.INT)

    def days_between(self, _word: str, nodes: Sequence[exp.Expr]) -> Compiled:
        """相差天(a, b): days from a to b."""
        first, second = (self.wanted(n, Kind.DATE) for n in nodes)
        return Compiled(f"CAST({second.sql} - {first.sql} AS BIGINT)", Kind.INT)

    def chosen(self, word: str, nodes: Sequence[exp.Expr]) -> Compiled:
        """较早, 较晚, 取小, 取大, 优先: the least, the greatest, the first not empty."""
        parts, kind = self.alike(nodes)
        if kind not in _CHOSEN[word][1] and kind is not Kind.NULL:
            raise ExpressionError("map-kind", text=word, got=said(kind), wanted=said(*_CHOSEN[word][1]))
        return Compiled(f"{_CHOSEN[word][0]}({', '.join(p.sql for p in parts)})", kind)

    def share(self, _word: str, nodes: Sequence[exp.Expr]) -> Compiled:
        """份额(amount, a, b): amount × a ÷ b to the fen, halves away from zero; empty where b ≤ 0."""
        amount = self.wanted(nodes[0], Kind.FEN)
        top, base = self._ratio(nodes[1:])
        product = f"(CAST({amount.sql} AS HUGEINT) * {top})"
        return Compiled(f"CAST({_halves(product, base)} AS BIGINT)", Kind.FEN)

    def percent(self, _word: str, nodes: Sequence[exp.Expr]) -> Compiled:
        """百分比(a, b): a in hundredths of b, six decimals; empty where b ≤ 0."""
        top, base = self._ratio(nodes)
        millionths = _halves(f"({top} * 100000000)", base)
        return Compiled(f"CAST({millionths} * CAST(0.000001 AS {_DECIMAL}) AS {_DECIMAL})", Kind.NUM)

    def _ratio(self, nodes: Sequence[exp.Expr]) -> tuple[str, str]:
        """Two amounts or two whole numbers, the second above zero."""
        (top, base), kind = self.alike(nodes)
        if kind not in (Kind.FEN, Kind.INT):
            raise ExpressionError(
                "map-kind", text=nodes[0].sql(), got=said(kind), wanted=said(Kind.INT, Kind.FEN)
            )
        return (
            f"CAST({top.sql} AS HUGEINT)",
            f"(CASE WHEN {base.sql} > 0 THEN CAST({base.sql} AS HUGEINT) END)",
        )

    def text_of(self, _word: str, nodes: Sequence[exp.Expr]) -> Compiled:
        """文本(x): a whole number or a day as text."""
        part = self.wanted(nodes[0], Kind.TEXT, Kind.INT, Kind.DATE)
        return Compiled(f"CAST({part.sql} AS VARCHAR)", Kind.TEXT)

    def starts(self, _word: str, nodes: Sequence[exp.Expr]) -> Compiled:
        """前几位(text, n): its first n characters."""
        text, count = self.wanted(nodes[0], Kind.TEXT), self.wanted(nodes[1], Kind.INT)
        return Compiled(f"substr({text.sql}, 1, {count.sql})", Kind.TEXT)

    def before(self, _word: str, nodes: Sequence[exp.Expr]) -> Compiled:
        """前期(x): x in the row before, in the declared order."""
        if self.file.by is None or self.alias != "t":
            raise ExpressionError("map-no-order", file=self.file.name)
        inner = self.compiled(nodes[0])
        group = ", ".join(f"t.{quoted(c)}" for c in self.file.group)
        return Compiled(
            f"lag({inner.sql}) OVER (PARTITION BY {group} ORDER BY t.{quoted(self.file.by)})", inner.kind
        )

    def gathered(self, word: str, nodes: Sequence[exp.Expr]) -> Compiled:
        """最早, 最晚, 合计, 计数 over the rows of another file that belong to this one."""
        node = nodes[0]
        if not isinstance(node, exp.Column) or self.alias != "t":
            raise ExpressionError("map-not-allowed", text=node.sql())
        other = node.name if word == "计数" else node.table
        below = self.files.get(other)
        columns = below.joins.get(self.file.name) if below is not None else None
        if below is None or columns is None:
            near = nearest(other, [f.name for f in self.files.values() if self.file.name in f.joins])
            raise ExpressionError("map-no-way-down", name=other, file=self.file.name, near=near)
        inner = _Walker(below, self.files, "c")
        same = " AND ".join(f"c.{quoted(c)} = t.{quoted(c)}" for c in columns)
        if len(nodes) > 1:
            same += f" AND {inner.wanted(nodes[1], Kind.BOOL).sql}"
        call, kind = "count(*)", Kind.INT
        if word != "计数":
            kind = self._kind(below, node.name)
            fits = {Kind.FEN, Kind.INT} if word == "合计" else {Kind.DATE}
            if kind not in fits:
                raise ExpressionError("map-kind", text=node.sql(), got=said(kind), wanted=said(*fits))
            function = {"最早": "min", "最晚": "max", "合计": "sum"}[word]
            call = f"{function}(c.{quoted(node.name)})"
            call = f"CAST(coalesce({call}, 0) AS BIGINT)" if word == "合计" else call
        return Compiled(f"(SELECT {call} FROM {view(other)} AS c WHERE {same})", kind)


def _halves(top: str, base: str) -> str:
    """Top ÷ base in whole numbers, halves away from zero; base above zero or empty."""
    return f"(CASE WHEN {top} < 0 THEN -((-2 * {top} + {base}) // (2 * {base})) ELSE (2 * {top} + {base}) // (2 * {base}) END)"


_FORMS: Mapping[type[exp.Expr], Callable[[_Walker, Any], Compiled]] = {
    exp.Literal: _Walker.literal,
    exp.Boolean: _Walker.boolean,
    exp.Null: _Walker.null,
    exp.Cast: _Walker.cast,
    exp.Column: _Walker.column,
    exp.And: _Walker.junction,
    exp.Or: _Walker.junction,
    exp.Not: _Walker.negated,
    **dict.fromkeys(_SIGNS, _Walker.compared),
    exp.Between: _Walker.between,
    exp.In: _Walker.among,
    exp.Is: _Walker.emptiness,
    **dict.fromkeys(_SUMS, _Walker.summed),
    exp.Neg: _Walker.minus,
    exp.DPipe: _Walker.joined,
    exp.Case: _Walker.case,
    exp.Anonymous: _Walker.called,
}
"""How each form is compiled; each method takes the type it stands beside."""

_AMOUNTS = frozenset({Kind.INT, Kind.NUM, Kind.FEN})
_CHOSEN: Mapping[str, tuple[str, frozenset[Kind]]] = {
    "较早": ("least", frozenset({Kind.DATE})),
    "较晚": ("greatest", frozenset({Kind.DATE})),
    "取小": ("least", _AMOUNTS),
    "取大": ("greatest", _AMOUNTS),
    "优先": ("coalesce", frozenset(Kind)),
}
_MANY = 20
_Function = Callable[[_Walker, str, Sequence[exp.Expr]], Compiled]
_FUNCTIONS: Mapping[str, tuple[int, int, _Function]] = {
    **dict.fromkeys(("加天", "加月"), (2, 2, _Walker.day_moved)),
    **dict.fromkeys(("月初", "月末"), (1, 1, _Walker.month_edge)),
    **dict.fromkeys(("年", "月", "日"), (1, 1, _Walker.day_part)),
    "相差天": (2, 2, _Walker.days_between),
    **dict.fromkeys(_CHOSEN, (2, _MANY, _Walker.chosen)),
    "份额": (3, 3, _Walker.share),
    "百分比": (2, 2, _Walker.percent),
    "文本": (1, 1, _Walker.text_of),
    "前几位": (2, 2, _Walker.starts),
    "前期": (1, 1, _Walker.before),
    **dict.fromkeys(("最早", "最晚", "合计", "计数"), (1, 2, _Walker.gathered)),
}
