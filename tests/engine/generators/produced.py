"""What a drawn rulebook is made of, by the names that the language gives it."""

from collections.abc import Iterator
from typing import Any

from daihou.rulebook import Rulebook, nodes, nodes_of
from daihou.rulebook.functions import CHOICES, FOLDS, MOMENTS, RELATIVES, ROW_KEY, SCALARS
from generators.rulebooks import Drawn

_CALLS = {one.id: word for word, one in (*SCALARS.items(), *CHOICES.items())} | {ROW_KEY: ROW_KEY}
_FOLDED = {fold: word for word, fold in FOLDS.items()}
_RELATED = {which: word for word, which in RELATIVES.items()}
_SPECIAL = {
    nodes.Ordinal: "序号", nodes.Rank: "名次", nodes.Dated: "当时", nodes.Since: "生效日", nodes.Before: "前值",
    nodes.Lookup: "查", nodes.Growth: "增幅", nodes.Share: "占比",
}  # fmt: skip
_MOMENTS = {moment: word for word, moment in reversed(MOMENTS.items())}


def node_classes() -> set[str]:
    """Every kind of node there is."""
    return {
        one.__name__
        for one in vars(nodes).values()
        if isinstance(one, type) and issubclass(one, nodes.Node) and one is not nodes.Node
    }


def of_rulebook(rulebook: Rulebook) -> Iterator[str]:
    """Node classes, functions, kinds of literals, moments that stand in a rulebook as it was read."""
    for node in nodes_of((rulebook.rules, tuple(rulebook.facts.values()))):
        yield type(node).__name__
        match node:
            case nodes.Call(name=name):
                yield _CALLS[name]
            case nodes.Aggregate(fold=fold):
                yield _FOLDED[fold]
            case nodes.AtRow(which=which):
                yield _RELATED[which]
            case nodes.Growth(base=which):
                yield _RELATED[which]
            case nodes.Today(table=table) if table is not None:
                yield "数据日"
            case nodes.Literal(type=type_):
                yield f"literal {type_.kind}"
            case nodes.Moment(name=name):
                yield _MOMENTS[name]
            case _:
                pass
        if type(node) in _SPECIAL:
            yield _SPECIAL[type(node)]


def keys_of(book: Drawn) -> Iterator[str]:
    """Every key written, below the kind of rule it stands in: 规则.每, 规则.每.年内, 预警.级 …"""
    for kind in ("规则", "预警", "分级", "闸", "数值", "表"):
        listed = book.get(kind, [])
        for rule in listed.values() if isinstance(listed, dict) else listed:
            yield from _keys(rule, kind)


def _keys(value: Any, way: str) -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield f"{way}.{key}"
            yield from _keys(inner, f"{way}.{key}")
    elif isinstance(value, list):
        for item in value:
            yield from _keys(item, way)
    elif isinstance(value, str) and len(value) < 4:
        yield f"{way}={value}"
