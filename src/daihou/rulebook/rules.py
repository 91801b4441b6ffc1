"""What every kind of rule begins with, and the warnings, grades and gates."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from daihou.rulebook.blocks import Words, scalar_text
from daihou.rulebook.expressions import read_expression
from daihou.rulebook.mistakes import WrongError
from daihou.rulebook.model import Gate, Grade, Refusal, Upgrade, Warning
from daihou.rulebook.names import resolve, table_named
from daihou.rulebook.nodes import BOOL, DATE, MONTHS, TRUE, Column, Kind, Literal, Node, Type
from daihou.rulebook.rewriting import rewritten
from daihou.rulebook.yaml_source import Block, Tree, items_of
from daihou.terms import Source

WHOLE_RULE = frozenset("编号 依据 来源 条目 意旨 英 对象 条件 自 至".split())  # noqa: SIM905
WARNING_KEYS = WHOLE_RULE | frozenset("预警 方式 次 级 措施 数据 主体".split())  # noqa: SIM905
GRADE_KEYS = WHOLE_RULE | frozenset("分级 取 级 底线 建议 人工 现级 上调".split())  # noqa: SIM905
GATE_KEYS = WHOLE_RULE | frozenset({"闸", "不许"})

_ID = re.compile(r"[A-Za-z][A-Za-z0-9]*(-[A-Za-z0-9]+)*")
_LONGEST = 60
_PLACE = re.compile(r"\{([^{}]*)\}")
MODES = frozenset({"A", "S", "M"})
LEVELS = ("关注", "重要", "重大")


@dataclass(frozen=True)
class Head:
    """The part that all rules share."""

    id: str
    name: str
    book: str
    citation: str
    items: tuple[str, ...]
    sense: str
    english: str
    ours: bool
    table: str
    since: date | None
    until: date | None
    source: Source

    def fields(self, condition: Node | None) -> dict[str, Any]:
        """The fields of ``Rule``; scope and sleeping are filled in once the whole book has been read."""
        given = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return {**given, "scope": None, "condition": condition, "sleeping": ()}


def read_head(words: Words, name_key: str, book: str) -> Head:
    """Name, identity, citation, sense and table of a rule."""
    words.need(name_key, "编号", "依据", "条目", "意旨", "对象")
    identifier = words.text("编号")
    if _ID.fullmatch(identifier) is None or len(identifier) > _LONGEST:
        raise WrongError("bad-id", words.place("编号"), name=identifier)
    origin = words.maybe_text("来源")
    if origin is not None and words.reader.vocabulary.word(origin) != "自定":
        raise WrongError("unknown-origin", words.place("来源"), name=origin, closest="自定")
    return Head(
        id=identifier,
        name=words.text(name_key),
        book=book,
        citation="；".join(words.texts("依据")),
        items=words.texts("条目"),
        sense=words.text("意旨"),
        english=words.maybe_text("英") or "",
        ours=origin is not None,
        table=table_named(words.text("对象"), None, words.reader.context(None, words.place("对象"))),
        since=words.day("自"),
        until=words.day("至"),
        source=words.place(name_key),
    )


def entries_of(words: Words, key: str) -> Iterator[tuple[str, str, Source]]:
    """(name, expression, place) of a mapping of expressions."""
    value = words.get(key)
    if value is None:
        return
    if not isinstance(value, Block):
        raise WrongError("not-a-mapping", value.source, name=key)
    for name, inner in value.entries.items():
        text = scalar_text(inner)
        if text is None:
            raise WrongError("not-text", value.keys[name], name=name)
        yield name, text, inner.source


# -- warnings ----------------------------------------------------------------


def read_warning(words: Words, book: str, measures: frozenset[str]) -> Warning:
    """One warning signal."""
    words.need("预警", "编号", "依据", "条目", "意旨", "方式", "对象")
    head = read_head(words, "预警", book)
    mode = words.text("方式").upper()
    if mode not in MODES:
        raise WrongError("unknown-choice", words.place("方式"), name=mode, choices="A、S、M")
    if mode == "M" and "级" in words:
        raise WrongError("manual-has-levels", words.place("级"))
    if mode != "M":
        words.need("级", "次")
    condition = words.node("条件", head.table, BOOL)
    return Warning(
        **head.fields(condition),
        mode=mode,
        episode=words.node("次", head.table, None),
        party=_party(words, head.table),
        contract=_contract(words, head.table),
        levels=tuple(_warning_levels(words, head.table)),
        measures=_measures(words, measures),
        evidence=tuple(_evidence(words, head.table)),
    )


def _warning_levels(words: Words, table: str) -> Iterator[tuple[str, Node]]:
    """Levels mild to severe."""
    vocabulary = words.reader.vocabulary
    known = tuple(vocabulary.id(level) for level in LEVELS)
    reached = -1
    for name, text, source in entries_of(words, "级"):
        level = vocabulary.id(name)
        if level not in known:
            closest = vocabulary.closest(name, LEVELS)
            raise WrongError("unknown-level", source, name=name, known="、".join(LEVELS), closest=closest)
        if known.index(level) <= reached:
            raise WrongError("levels-out-of-order", source, name=name, known="、".join(LEVELS))
        reached = known.index(level)
        yield level, read_expression(text, words.reader.context(table, source), BOOL)


def _measures(words: Words, known: frozenset[str]) -> tuple[str, ...]:
    value = words.get("措施")
    for item in () if value is None else items_of(value):
        name = scalar_text(item) or ""
        if name not in known:
            closest = words.reader.vocabulary.closest(name, known)
            raise WrongError("unknown-measure", item.source, name=name, closest=closest)
    return words.texts("措施")


def _evidence(words: Words, table: str) -> Iterator[tuple[str, Node]]:
    for name, text, source in entries_of(words, "数据"):
        yield words.reader.vocabulary.id(name), read_expression(text, words.reader.context(table, source))


def _party(words: Words, table: str) -> Node | None:
    """Whom a warning is about: the path given, else the row itself, its party, or the client of its contract."""
    vocabulary = words.reader.vocabulary
    party, contract = vocabulary.id("主体"), vocabulary.id("合同")
    if "主体" in words:
        source = words.place("主体")
        node = resolve(words.text("主体"), 1, words.reader.context(table, source))
        if node.type != Type(Kind.REF, party):
            raise WrongError("not-a-party", source, name=words.text("主体"))
        return node
    way = vocabulary.way(table, party, farther=False)
    if way is not None:
        return vocabulary.reach(table, way)
    to_contract = vocabulary.way(table, contract)
    onward = None if to_contract is None else vocabulary.way(contract, party, farther=False)
    if to_contract is None or onward is None:
        raise WrongError("no-party", words.source, table=vocabulary.word(table))
    return vocabulary.reach(table, (*to_contract, *onward))


def _contract(words: Words, table: str) -> Node | None:
    vocabulary = words.reader.vocabulary
    way = vocabulary.way(table, vocabulary.id("合同"))
    return None if way is None else vocabulary.reach(table, way)


# -- grades ------------------------------------------------------------------


def read_grade(words: Words, book: str) -> Grade:
    """One grade."""
    words.need("分级", "编号", "依据", "条目", "意旨", "对象", "取")
    head = read_head(words, "分级", book)
    worst = _pick(words)
    current = _current(words, head.table)
    domain = None if current is None else current.type
    levels = tuple(_grade_levels(words, head.table, domain, worst=worst))
    manual, approved = _manual(words, head.table, domain)
    return Grade(
        **head.fields(words.node("条件", head.table, BOOL)),
        worst=worst,
        levels=levels,
        proposal=_proposal(words, head.table, domain, {level for level, _when in levels}),
        manual=manual,
        manual_approved=approved,
        current=current,
        upgrade=_upgrade(words, head.table),
    )


def _pick(words: Words) -> bool:
    text = words.text("取")
    word = words.reader.vocabulary.word(text)
    if word not in {"最差", "首个"}:
        raise WrongError("unknown-choice", words.place("取"), name=text, choices="最差、首个")
    return word == "最差"


def _current(words: Words, table: str) -> Column | None:
    if "现级" not in words:
        return None
    source = words.place("现级")
    node = resolve(words.text("现级"), 1, words.reader.context(table, source))
    if not isinstance(node, Column) or node.type.kind is not Kind.ENUM:
        raise WrongError("wrong-kind", source, 1, have=node.type, want=Type(Kind.ENUM))
    return node


def _proposal(words: Words, table: str, domain: Type | None, levels: Collection[str]) -> Node | None:
    """What is proposed; where no column says which classes there are, the classes written as texts are the grade's own."""
    node = words.node("建议", table, domain)
    if node is None:
        return None
    if node.type.kind not in {Kind.ENUM, Kind.TEXT}:
        raise WrongError("wrong-kind", words.place("建议"), 1, have=node.type, want=Type(Kind.ENUM))

    def own(part: Node) -> Node:
        if not isinstance(part, Literal) or part.type.kind is not Kind.TEXT:
            return part
        level = words.reader.vocabulary.id(str(part.value))
        return replace(part, value=level) if level in levels else part

    return rewritten(node, own)


def _grade_levels(
    words: Words, table: str, domain: Type | None, *, worst: bool
) -> Iterator[tuple[str, Node]]:
    """Levels as written; values of the domain of 现级 where it is named; worst first for 最差."""
    vocabulary = words.reader.vocabulary
    if ("级" in words) is ("底线" in words):
        raise WrongError("levels-or-floors", words.source)
    known = () if domain is None else vocabulary.domains[str(domain.of)]
    before: int | None = None
    for name, text, source in entries_of(words, "级" if "级" in words else "底线"):
        level = vocabulary.id(name)
        if known and level not in known:
            closest = vocabulary.closest(name, known)
            listed = "、".join(vocabulary.word(one) for one in known)
            raise WrongError("unknown-level", source, name=name, known=listed, closest=closest)
        if known and worst:
            if before is not None and known.index(level) >= before:
                listed = "、".join(vocabulary.word(one) for one in reversed(known))
                raise WrongError("levels-out-of-order", source, name=name, known=listed)
            before = known.index(level)
        yield level, read_expression(text, words.reader.context(table, source), BOOL)


def _manual(words: Words, table: str, domain: Type | None) -> tuple[Node | None, Node | None]:
    value = words.get("人工")
    if value is None:
        return None, None
    inner = words.reader.block(value, value.source, "人工", frozenset({"列", "批准"}))
    inner.need("列", "批准")
    return inner.node("列", table, domain), inner.node("批准", table, DATE)


def _upgrade(words: Words, table: str) -> Upgrade | None:
    value = words.get("上调")
    if value is None:
        return None
    inner = words.reader.block(value, value.source, "上调", frozenset({"满", "自"}))
    inner.need("满", "自")
    literal = inner.literal("满")
    since = inner.node("自", table, DATE)
    if literal is None or literal.type != MONTHS or not isinstance(literal.value, int) or since is None:
        raise WrongError("not-months", inner.place("满"))
    return Upgrade(literal.value, since)


# -- gates -------------------------------------------------------------------


def read_gate(words: Words, book: str) -> Gate:
    """One gate; a plain text under 不许 is one condition whose reason is the gate's own sense."""
    words.need("闸", "编号", "依据", "条目", "意旨", "对象", "不许")
    head = read_head(words, "闸", book)
    value = words.get("不许")
    items = () if value is None else items_of(value)
    refusals = tuple(_refusal(words, head, item) for item in items)
    return Gate(**head.fields(words.node("条件", head.table, BOOL)), refusals=refusals)


def _refusal(words: Words, head: Head, tree: Tree) -> Refusal:
    plain = scalar_text(tree)
    if plain is not None:
        context = words.reader.context(head.table, tree.source)
        return Refusal(head.sense, (), read_expression(plain, context, BOOL), head.english)
    inner = words.reader.block(tree, tree.source, "不许", frozenset({"因", "英", "当"}))
    inner.need("因", "当")
    values: dict[str, Node] = {}
    text = _filled(inner, "因", head.table, values)
    english = _filled(inner, "英", head.table, values) if "英" in inner else ""
    when = inner.node("当", head.table, BOOL)
    return Refusal(text, tuple(values.items()), TRUE if when is None else when, english)


def _filled(words: Words, key: str, table: str, values: dict[str, Node]) -> str:
    """The words of a refusal; its places ``{path}`` are written in identifiers, whatever the author wrote, and added to ``values``."""
    source = words.place(key)
    vocabulary = words.reader.vocabulary

    def place(found: re.Match[str]) -> str:
        path = found.group(1).strip()
        name = ".".join(vocabulary.id(part) for part in path.split("."))
        values[name] = resolve(path, found.start(1) + 1, words.reader.context(table, source))
        return "{" + name + "}"

    text = _PLACE.sub(place, words.text(key))
    if text.count("{") != len(_PLACE.findall(text)) or text.count("}") != text.count("{"):
        raise WrongError("broken-braces", source)
    return text
