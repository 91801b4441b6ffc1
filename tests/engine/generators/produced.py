"""The parts of the language, by the model and the reader themselves, and those of which a drawn rulebook is made.

A part is: a class of the model or of its nodes with each field filled that may be empty, each yes or no both ways, each value by date that
changes; every member of an enumeration; every function, moment, kind of literal, kind of period, sign, mode, fact computed by code; every
key of every kind of rule.
"""

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from functools import cache
from types import ModuleType, NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from daihou.rulebook import Rulebook, model, nodes, nodes_of
from daihou.rulebook.duties import DUTY_KEYS, VERSION_KEYS
from daihou.rulebook.expressions import SIGNS, SUMS
from daihou.rulebook.figures import CODE_FACTS
from daihou.rulebook.functions import (
    CHOICES,
    FOLDS,
    MOMENTS,
    RELATIVES,
    ROW_KEY,
    SCALARS,
    function_words,
)
from daihou.rulebook.literals import PERIODS
from daihou.rulebook.rules import GATE_KEYS, GRADE_KEYS, MODES, WARNING_KEYS
from daihou.terms import Source
from generators.rulebooks import RULES, Drawn

KEYS = dict(zip(RULES, (DUTY_KEYS, WARNING_KEYS, GRADE_KEYS, GATE_KEYS), strict=True))
NOT_OF_RULES = {
    *(model.CaseBook, model.Expectation),  # worked cases beside the rules are no part of what is executed
    *(
        model.Layer,
        model.LayerEntry,
        model.Moved,
        model.Touch,
    ),  # what a book tells of its layers; it runs as one without
}
_CALLS = {one.id: word for word, one in (*SCALARS.items(), *CHOICES.items())} | {ROW_KEY: ROW_KEY}
_WORDS = {kind: f"函数 {word}" for word, kind in (
    ("序号", nodes.Ordinal), ("名次", nodes.Rank), ("当时", nodes.Dated), ("生效日", nodes.Since), ("前值", nodes.Before),
    ("查", nodes.Lookup), ("增幅", nodes.Growth), ("占比", nodes.Share),
)}  # fmt: skip


# -- what there is


def parts_of_the_language() -> set[str]:
    """Every part there is."""
    parts = {f"函数 {word}" for word in (*function_words(), ROW_KEY)}
    parts |= {f"时点 {one}" for one in MOMENTS.values()}
    parts |= {f"常量 {kind}" for kind in nodes.Kind if kind is not nodes.Kind.REF}
    parts |= {f"周期 {kind}" for kind in PERIODS.values()}
    parts |= {f"符号 {sign}" for sign in (*SIGNS.values(), *SUMS.values())}
    parts |= {f"方式 {mode}" for mode in MODES}
    parts |= {f"码 {code}" for code in CODE_FACTS}
    parts |= {f"{kind}.{key}" for kind, keys in KEYS.items() for key in keys}
    parts |= {f"版本.{key}" for key in VERSION_KEYS}
    return parts.union(*(_parts_of_class(kind) for kind in _classes()))


def nodes_and_functions() -> set[str]:
    """Every class of node by its name, every function by its word."""
    return {one.__name__ for one in _classes() if issubclass(one, nodes.Node)} | set(function_words())


@cache
def _classes() -> tuple[type, ...]:
    """Classes of what a rulebook holds once it is read, its nodes among them."""
    found = (*_declared(model), *_declared(nodes))
    return tuple(one for one in found if one not in {*NOT_OF_RULES, nodes.Node, model.Rule, model.Rulebook})


def _declared(module: ModuleType) -> list[type]:
    return [
        one
        for one in vars(module).values()
        if isinstance(one, type)
        and one.__module__ == module.__name__
        and (is_dataclass(one) or issubclass(one, Enum))
    ]


def _parts_of_class(kind: type) -> Iterator[str]:
    if issubclass(kind, Enum):
        # kinds of values stand in columns, figures and constants, and are counted there
        yield from () if kind is nodes.Kind else (f"{kind.__name__} {member}" for member in kind)
        return
    yield kind.__name__
    hints = get_type_hints(kind)
    for one in fields(kind):
        yield from (f"{kind.__name__}.{one.name} {state}" for state in _states(hints[one.name]))


def _states(hint: Any) -> Iterator[str]:
    """What a field of such a type must have been: filled, yes and no, changed by date, empty by date."""
    if hint is bool:
        yield from ("yes", "no")
    elif get_origin(hint) is model.Dated:
        yield "changes"
        if NoneType in get_args(get_args(hint)[0]):
            yield "empty"
        yield "filled"
    elif _may_be_empty(hint):
        yield "filled"


def _may_be_empty(hint: Any) -> bool:
    if get_origin(hint) in {Union, UnionType}:
        return NoneType in get_args(hint)
    return get_origin(hint) in {tuple, Mapping} or hint in {int, str}


# -- what is there


def parts_of(book: Drawn, rulebook: Rulebook) -> Iterator[str]:
    """The parts that a rulebook is made of, as it was written and as it was read."""
    for kind in RULES:
        for rule in book.get(kind, []):
            yield from (f"{kind}.{key}" for key in rule)
            yield from (f"版本.{key}" for part in rule.get("版本", []) for key in part)
    whole = [getattr(rulebook, one.name) for one in fields(rulebook) if one.name != "cases"]
    for value in _values(whole):
        yield from _parts_of_value(value)
    for node in nodes_of((rulebook.rules, tuple(rulebook.facts.values()))):
        yield from _parts_of_node(node)


def _values(value: Any) -> Iterator[Any]:
    """Every value of a class of the model, however deep."""
    if isinstance(value, Mapping):
        value = tuple(value.values())
    if isinstance(value, tuple | list):
        for item in value:
            yield from _values(item)
    elif is_dataclass(value) and not isinstance(value, Source):
        yield value
        for one in fields(value):
            yield from _values(getattr(value, one.name))


def _parts_of_value(value: Any) -> Iterator[str]:
    kind = type(value).__name__
    yield kind
    for one in fields(value):
        held = getattr(value, one.name)
        if isinstance(held, Enum):
            yield f"{type(held).__name__} {held}"
        yield from (f"{kind}.{one.name} {state}" for state in _states_of(held))
    match value:
        case model.Warning(mode=mode):
            yield f"方式 {mode}"
        case model.Fact(code=code) if code is not None:
            yield f"码 {code}"
        case _:
            pass


def _states_of(held: Any) -> Iterator[str]:
    if isinstance(held, bool):
        yield "yes" if held else "no"
    elif isinstance(held, model.Dated):
        if len(held.steps) > 1:
            yield "changes"
        yield from {"empty" if step is None or step == () else "filled" for _, step in held.steps}
    elif held is not None and held not in ((), 0, ""):
        yield "filled"


def _parts_of_node(node: nodes.Node) -> Iterator[str]:
    match node:
        case nodes.Call(name=name):
            yield f"函数 {_CALLS[name]}"
        case nodes.Aggregate(fold=fold):
            yield from (f"函数 {word}" for word, one in FOLDS.items() if one is fold)
        case nodes.AtRow(which=which) | nodes.Growth(base=which):
            yield from (f"函数 {word}" for word, one in RELATIVES.items() if one is which)
        case nodes.Today(table=table) if table is not None:
            yield "函数 数据日"
        case nodes.Literal(type=type_, value=value):
            yield f"常量 {type_.kind}"
            if type_.kind is nodes.Kind.PERIOD:
                yield f"周期 {value}"
        case nodes.Moment(name=name):
            yield f"时点 {name}"
        case nodes.Compare(op=sign) | nodes.Arithmetic(op=sign):
            yield f"符号 {sign}"
        case _:
            pass
    if type(node) in _WORDS:
        yield _WORDS[type(node)]
