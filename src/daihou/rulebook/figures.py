"""数值, 表, 事实, 措施: the named things that rules are built from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType

from daihou.rulebook.blocks import Reader, Words, scalar_text
from daihou.rulebook.expressions import read_expression
from daihou.rulebook.literals import constant
from daihou.rulebook.mistakes import WrongError
from daihou.rulebook.model import Dated, Fact, Figure, LookupTable, Measure
from daihou.rulebook.nodes import DATE, INT, NULL, TEXT, Kind, Literal, Type
from daihou.rulebook.yaml_source import Block, Listing, Tree
from daihou.terms import Source

CODE_FACTS: Mapping[str, tuple[str, Type]] = MappingProxyType(
    {
        # name -> (word of the table it belongs to, type); computed by the engine itself
        "arrears_start": ("合同", DATE),
        "party_arrears_start": ("主体", DATE),
    }
)
"""Facts computed by the engine: arrears_start is the due day of the instalment that opened the present arrears spell."""

_FIGURE_KEYS = frozenset({"义", "英", "值", "依据", "来源", "其他", "键", "可为零"})
_STEP_KEYS = frozenset({"自", "值", "依据", "来源"})
FACT_KEYS = frozenset({"义", "式", "码", "依据"})
MEASURE_KEYS = frozenset({"义", "依据", "名称"})
UNSET = "待定"
OURS = "自定"


@dataclass(frozen=True)
class Step:
    """One dated value as written; ``ours``: set by the company itself."""

    since: date | None
    tree: Tree
    cited: tuple[str, ...]
    ours: bool
    source: Source

    @property
    def sourced(self) -> bool:
        """Whether it says where it comes from."""
        return bool(self.cited) or self.ours


def origin_of(words: Words) -> tuple[tuple[str, ...], bool]:
    """Citations and whether the thing is the company's own; one of the two is needed."""
    citations = words.texts("依据")
    source = words.maybe_text("来源")
    word = None if source is None else words.reader.vocabulary.word(source)
    if word not in {None, OURS, UNSET}:
        closest = words.reader.vocabulary.closest(str(source), (OURS, UNSET))
        raise WrongError("unknown-origin", words.place("来源"), name=str(source), closest=closest)
    return citations, word == OURS


def dated_steps(words: Words) -> Iterator[Step]:
    """The dated values of 值: one value, or a list of {自, 值}; days must ascend."""
    value = words.tree("值")
    if not isinstance(value, Listing):
        yield Step(None, value, (), ours=False, source=value.source)
        return
    before: date | None = None
    for number, item in enumerate(value.items):
        step = words.reader.block(item, item.source, "值", _STEP_KEYS)
        step.need("值")
        since = step.there("自", step.day("自")) if number else step.day("自")
        if since is not None and before is not None and since <= before:
            code = "same-day-twice" if since == before else "days-out-of-order"
            raise WrongError(code, step.place("自"), day=since.isoformat())
        before = since
        inner = step.get("值")
        if inner is not None:
            cited, ours = origin_of(step)
            yield Step(since, inner, cited, ours, inner.source)


def _some(steps: Iterable[Step], words: Words) -> Iterator[Step]:
    """The steps, of which there must be one: an empty list holds no value."""
    step = None
    for step in steps:
        yield step
    if step is None:
        raise WrongError("missing-key", words.place("值"), name="值")


def read_figure(reader: Reader, name: str, tree: Tree, place: Source, book: str) -> Figure:
    """One dated figure."""
    words = reader.block(tree, place, name, _FIGURE_KEYS - {"其他", "键"})
    words.need("义", "值")
    citations, ours = origin_of(words)
    sourced = bool(citations) or "来源" in words
    steps: list[tuple[date | None, Literal | None]] = []
    kind = NULL
    for step in _some(dated_steps(words), words):
        if steps and not step.sourced:
            raise WrongError("step-uncited", step.source, name=name)
        if not step.sourced and not sourced:
            raise WrongError("no-citation", place, name=name)
        citations += step.cited
        ours = ours or step.ours
        literal = figure_value(reader, name, step)
        if literal is not None and kind not in (NULL, literal.type):
            raise WrongError("kinds-differ", step.source, left=kind, right=literal.type)
        kind = kind if literal is None else literal.type
        steps.append((step.since, literal))
    return Figure(
        id=reader.vocabulary.id(name),
        name=reader.vocabulary.word(name),
        meaning=words.text("义"),
        type=kind,
        value=Dated(tuple(steps)),
        citations=citations,
        ours=ours,
        source=place,
        book=book,
        zero=words.flag("可为零"),
        english=words.maybe_text("英") or "",
    )


def read_lookup(reader: Reader, name: str, tree: Tree, place: Source, book: str) -> LookupTable:
    """One dated one-key table; text keys are values of an enumeration."""
    words = reader.block(tree, place, name, _FIGURE_KEYS)
    words.need("义", "值")
    citations, ours = origin_of(words)
    sourced = bool(citations) or "来源" in words
    domain = words.maybe_text("键")
    steps: list[tuple[date | None, Mapping[str | int, Literal]]] = []
    for step in _some(dated_steps(words), words):
        if steps and not step.sourced:
            raise WrongError("step-uncited", step.source, name=name)
        if not step.sourced and not sourced:
            raise WrongError("no-citation", place, name=name)
        citations += step.cited
        ours = ours or step.ours
        steps.append((step.since, lookup_value(reader, name, step)))
    default = words.literal("其他")
    held = [*(one for _, step in steps for one in step.values()), *(() if default is None else (default,))]
    kinds = dict.fromkeys(one.type for one in held)  # in the order written
    if len(kinds) != 1:
        left, right = (*kinds, NULL, NULL)[:2]
        raise WrongError("kinds-differ", place, left=left, right=right)
    return LookupTable(
        id=reader.vocabulary.id(name),
        name=reader.vocabulary.word(name),
        meaning=words.text("义"),
        key=_key_type(reader, steps, domain, words),
        type=next(iter(kinds)),
        value=Dated(tuple(steps)),
        default=default,
        citations=citations,
        ours=ours,
        source=place,
        book=book,
        zero=words.flag("可为零"),
        english=words.maybe_text("英") or "",
    )


def figure_value(reader: Reader, name: str, step: Step) -> Literal | None:
    """The constant of one step; None for 待定."""
    text = scalar_text(step.tree)
    if text is None:
        raise WrongError("not-text", step.source, name=name)
    return None if reader.vocabulary.word(text) == UNSET else constant(text, step.source)


def lookup_value(reader: Reader, name: str, step: Step) -> Mapping[str | int, Literal]:
    """The constants of one step of a figure table, by key."""
    if not isinstance(step.tree, Block):
        raise WrongError("not-a-mapping", step.source, name=name)
    return MappingProxyType(dict(_entries(reader, step.tree)))


def _entries(reader: Reader, block: Block) -> Iterator[tuple[str | int, Literal]]:
    for key, value in block.entries.items():
        text = scalar_text(value)
        if text is None:
            raise WrongError("not-text", value.source, name=key)
        identifier = reader.vocabulary.id(key)
        yield (int(key) if key.isdecimal() and key.isascii() else identifier), constant(text, value.source)


def _key_type(
    reader: Reader,
    steps: list[tuple[date | None, Mapping[str | int, Literal]]],
    domain: str | None,
    words: Words,
) -> Type:
    """INT where every key is a whole number, else an enumeration: the one named by 键, or whichever the rules ask with."""
    keys = {key for _, step in steps for key in step}
    if all(isinstance(key, int) for key in keys):
        return INT
    if any(isinstance(key, int) for key in keys):
        raise WrongError("kinds-differ", words.place("值"), left=INT, right=TEXT)
    if domain is None:
        return Type(Kind.ENUM)
    identifier = reader.vocabulary.id(domain)
    if identifier not in reader.vocabulary.domains:
        closest = reader.vocabulary.closest(domain, reader.vocabulary.domains)
        raise WrongError("unknown-domain", words.place("键"), name=domain, closest=closest)
    return Type(Kind.ENUM, identifier)


def fact_place(reader: Reader, name: str, place: Source) -> tuple[str, str]:
    """(table, fact) of a key such as 合同.在管."""
    table_name, dot, fact_name = name.partition(".")
    if not dot or not fact_name or "." in fact_name:
        raise WrongError("fact-name", place, name=name)
    vocabulary = reader.vocabulary
    table, fact = vocabulary.id(table_name), vocabulary.id(fact_name)
    if table not in vocabulary.tables:
        closest = vocabulary.closest(table_name, vocabulary.tables)
        raise WrongError("unknown-table", place, name=table_name, closest=closest)
    if fact in vocabulary.tables[table].columns:
        raise WrongError("fact-is-column", place, name=name)
    return table, fact


def read_fact(reader: Reader, name: str, tree: Tree, place: Source, book: str) -> Fact:
    """One derived column: a formula, or the name of one that the engine computes."""
    table, fact = fact_place(reader, name, place)
    words = reader.block(tree, place, name, FACT_KEYS)
    words.need("义")
    code = words.maybe_text("码")
    if (code is None) is ("式" not in words):
        raise WrongError("fact-formula", place, name=name)
    vocabulary = reader.vocabulary
    if code is not None:
        known = {one: kind for one, (word, kind) in CODE_FACTS.items() if vocabulary.id(word) == table}
        if code not in known:
            closest = vocabulary.closest(code, known)
            raise WrongError("unknown-code", words.place("码"), name=code, closest=closest)
        formula, kind = None, known[code]
    else:
        source = words.place("式")
        formula = read_expression(words.text("式"), reader.context(table, source))
        kind = formula.type
        if kind.kind in {Kind.RATIO, Kind.NULL, Kind.PERIOD}:
            raise WrongError("fact-kind", source, name=name, have=kind)
    return Fact(table, fact, vocabulary.word(fact), words.text("义"), kind, formula, code, place, book)


def read_measure(reader: Reader, name: str, tree: Tree, place: Source, book: str) -> Measure:
    """One measure that answers a warning."""
    words = reader.block(tree, place, name, MEASURE_KEYS)
    words.need("义", "依据")
    title = words.maybe_text("名称") or name
    return Measure(name, title, words.text("义"), words.text("依据"), place, book)
