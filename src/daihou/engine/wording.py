"""Expressions and values in the words of those who sign the rules."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import cache
from typing import Any

from daihou.engine.twin.evaluate import NOT_COMPARABLE
from daihou.rulebook import Rulebook, nodes
from daihou.terms import Catalogue, Lang, terms
from daihou.units import format_yuan

_OPERATORS = {"<=": "≤", ">=": "≥", "<>": "≠", "*": "×"}
_UNITS = {
    nodes.Kind.DAYS: "unit-days",
    nodes.Kind.WORKDAYS: "unit-workdays",
    nodes.Kind.MONTHS: "unit-months",
}


@cache
def texts() -> Catalogue:
    """The messages of the engine."""
    return Catalogue.load("daihou.engine")


def say(code: str, lang: Lang, /, **params: object) -> str:
    """A message of the engine."""
    return texts().text(code, lang, **params)


def word(identifier: str, lang: Lang) -> str:
    """The word of an identifier; the identifier itself where it is no term."""
    term = terms().by_id(identifier)
    if term is None:
        return identifier
    return term.word if lang == "zh" else term.label


def path_words(path: tuple[str, ...], lang: Lang) -> str:
    """A path of columns in words."""
    return (" › " if lang == "en" else "的").join(word(step, lang) for step in path)


def day_words(day: date, lang: Lang) -> str:
    """A day with its weekday."""
    return say("day", lang, day=day.isoformat(), weekday=say(f"weekday-{day.isoweekday()}", lang))


def value_words(value: Any, type_: nodes.Type | None, lang: Lang) -> str:
    """A value as people write it: money in yuan, values of enumerations as words, ratios in percent, nothing as empty."""
    kind = None if type_ is None else type_.kind
    if value is None or value is NOT_COMPARABLE:
        return say("value-empty" if value is None else "value-not-comparable", lang)
    if isinstance(value, bool):
        return say("value-yes" if value else "value-no", lang)
    if kind is nodes.Kind.FEN:
        return say("money", lang, amount=format_yuan(int(value)))
    if kind is nodes.Kind.RATIO:
        return f"{_plain(Fraction(value) * 100)}%"
    if kind in _UNITS and kind is not None:
        return say(_UNITS[kind], lang, n=value)
    if kind in (nodes.Kind.ENUM, nodes.Kind.PERIOD):
        return word(str(value), lang)
    return value.isoformat() if isinstance(value, date) else _plain(value)


def evidence_of(text: str) -> list[tuple[str, str]]:
    """The figures that show a warning, as its row tells them: identifiers with canonical texts; empty where the text tells none."""
    parts = [part.partition("=") for part in text.split("; ") if part]
    return (
        [(name, value) for name, _sign, value in parts] if all(sign for _name, sign, _value in parts) else []
    )


def canonical_words(text: str, kind: nodes.Kind | None, lang: Lang) -> str | None:
    """A canonical text as people write it: amounts (fen) in yuan, numbers without idle zeros, yes-no and choices as words.

    None where the text is words of somebody's own: whether they may be shown is the reader's to know.
    """
    match kind:
        case nodes.Kind.FEN:
            return format_yuan(int(text))
        case nodes.Kind.NUM:
            return f"{Decimal(text).normalize():f}"
        case nodes.Kind.BOOL:
            return say("value-yes" if text == "true" else "value-no", lang)
        case nodes.Kind.ENUM:
            return word(text, lang)
        case nodes.Kind.INT | nodes.Kind.DATE:
            return text
        case _:
            return None


def _plain(value: object) -> str:
    """A number without idle zeros."""
    if isinstance(value, Fraction):
        value = (Decimal(value.numerator) / Decimal(value.denominator)).quantize(Decimal("0.01"))
    if isinstance(value, Decimal):
        shown = format(value, "f")
        return shown.rstrip("0").rstrip(".") if "." in shown else shown
    return str(value)


class Wording:
    """Says the expressions of one rulebook in one language."""

    def __init__(self, rulebook: Rulebook, lang: Lang) -> None:
        """The rulebook gives the names of figures."""
        self.rulebook = rulebook
        self.lang: Lang = lang
        self._below = 0
        self._by_node: Mapping[type[nodes.Node], Callable[[Any], str]] = {
            nodes.Literal: lambda node: value_words(node.value, node.type, self.lang),
            nodes.Today: self._today,
            nodes.Moment: lambda node: say(f"moment-{node.name.replace('_', '-')}", self.lang),
            nodes.Column: self._column,
            nodes.Figure: lambda node: self.figure(node.name),
            nodes.Lookup: lambda node: self._said(
                "said-lookup", table=self.figure(node.name), key=self.of(node.key)
            ),
            nodes.Not: self._not,
            nodes.And: lambda node: self._said("said-and").join(self._inside(item) for item in node.items),
            nodes.Or: lambda node: self._said("said-or").join(self._inside(item) for item in node.items),
            nodes.Compare: self._binary,
            nodes.Arithmetic: self._arithmetic,
            nodes.In: self._in,
            nodes.IsNull: lambda node: self._said("said-empty", item=self.of(node.item)),
            nodes.Case: self._case,
            nodes.Call: lambda node: self._called(node.name, *node.args),
            nodes.Aggregate: self._aggregate,
            nodes.Dated: lambda node: self._said("said-on", item=self.of(node.column), day=self.of(node.on)),
            nodes.Since: lambda node: self._said("said-since", item=self.of(node.column)),
            nodes.Before: lambda node: self._said("said-before", item=self.of(node.column)),
            nodes.AtRow: lambda node: self._said(_relative("at", node.which), item=self.of(node.item)),
            nodes.Ordinal: lambda node: self._said(
                "said-ordinal", order=self.of(node.order), where=self.of(node.where)
            ),
            nodes.Rank: lambda node: self._said("said-rank", item=self.of(node.item)),
            nodes.Growth: lambda node: self._said(_relative("growth", node.base), item=self.of(node.item)),
            nodes.Share: lambda node: self._said(
                "said-share", part=self.of(node.part), whole=self.of(node.whole)
            ),
        }

    def of(self, node: nodes.Node) -> str:
        """An expression in words."""
        return self._by_node[type(node)](node)

    def of_child(self, node: nodes.Node) -> str:
        """An expression about rows that a rule looks for: bare names are theirs."""
        self._below += 1
        said = self.of(node)
        self._below -= 1
        return said

    def figure(self, name: str) -> str:
        """The name of a figure or figure table."""
        held = self.rulebook.figures.get(name) or self.rulebook.lookups.get(name)
        return name if held is None else held.name

    def _said(self, code: str, **params: str) -> str:
        return say(code, self.lang, **params)

    def _inside(self, node: nodes.Node) -> str:
        """In brackets where it would be misread."""
        return f"({self.of(node)})" if isinstance(node, nodes.And | nodes.Or) else self.of(node)

    def _today(self, node: nodes.Today) -> str:
        if node.table is None:
            return self._said("said-today")
        return self._said("said-data-day", table=word(node.table, self.lang))

    def _column(self, node: nodes.Column) -> str:
        said = path_words((*node.path, node.name), self.lang)
        own = self._below and node.scope is nodes.Scope.OWN
        return self._said("said-own", item=said) if own else said

    def _binary(self, node: nodes.Compare | nodes.Arithmetic) -> str:
        return f"{self._inside(node.left)} {_OPERATORS.get(node.op, node.op)} {self._inside(node.right)}"

    def _arithmetic(self, node: nodes.Arithmetic) -> str:
        if node.op == "-" and isinstance(node.left, nodes.Literal) and node.left.value == 0:
            return f"-{self._inside(node.right)}"
        return self._binary(node)

    def _not(self, node: nodes.Not) -> str:
        if isinstance(node.item, nodes.IsNull):
            return self._said("said-not-empty", item=self.of(node.item.item))
        if isinstance(node.item, nodes.In):
            return self._among("said-not-in", node.item)
        return self._said("said-not", item=self._inside(node.item))

    def _in(self, node: nodes.In) -> str:
        return self._among("said-in", node)

    def _among(self, code: str, node: nodes.In) -> str:
        among = self._said("said-comma").join(self.of(value) for value in node.values)
        return self._said(code, item=self.of(node.item), among=among)

    def _case(self, node: nodes.Case) -> str:
        cases = [
            self._said("said-when", when=self.of(when), then=self.of(then)) for when, then in node.branches
        ]
        return self._said("said-semicolon").join(
            [*cases, self._said("said-else", then=self.of(node.otherwise))]
        )

    def _called(self, name: str, *args: nodes.Node) -> str:
        listed = self._said("said-comma").join(self.of(arg) for arg in args)
        return f"{self._said(f'function-{name}')}({listed})"

    def _aggregate(self, node: nodes.Aggregate) -> str:
        child = word(node.table, self.lang)
        self._below += 1  # in here bare names are the child's
        what = (
            child
            if node.item is None
            else f"{child}{' › ' if self.lang == 'en' else '的'}{self.of(node.item)}"
        )
        where = "" if node.where is None else self._said("said-where", where=self.of(node.where))
        self._below -= 1
        return f"{self._said(f'fold-{node.fold.value}')}({what}{where})"


def _relative(what: str, which: nodes.Relative) -> str:
    return f"said-{what}-{which.value.replace('_', '-')}"
