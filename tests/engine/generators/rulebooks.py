"""A random rulebook: figures, lookups, facts and some rules of every kind, as the plain mappings that its YAML files hold."""

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from hypothesis import strategies as st

from daihou.rulebook import Rulebook, RulebookRefused
from daihou.rulebook.folders import Loader
from daihou.rulebook.mistakes import Mistake
from daihou.rulebook.nodes import DATE, Kind, Type
from daihou.rulebook.reading import Reading
from daihou.rulebook.vocabulary import Vocabulary
from generators.duties import LATER, OBJECTS, duty
from generators.expressions import NUMBERS, Place, Writer
from generators.signals import ASKED, GRADED, WARNED, gate, grade, warning
from generators.words import DERIVED, Named, named, values_of

NAME = "drawn"
RULES = ("规则", "预警", "分级", "闸")
STEPS = ("2025-07-01", "2026-01-01", "2026-09-01", "2026-11-01")
VALUES = {
    Kind.DAYS: ("10天", "1天", "30天", "0天", "400天"),
    Kind.WORKDAYS: ("5工作日", "1工作日", "0工作日", "12工作日"),
    Kind.MONTHS: ("1月", "3月", "12月"),
    Kind.FEN: ("10万元", "1元", "312.50元"),
    Kind.INT: ("1", "2", "30"),
    Kind.NUM: ("0.5", "4.35", "60.0"),
    Kind.RATIO: ("20%", "33.3%", "100%"),
    Kind.DATE: ("2026-01-31", "2026-10-10"),
    Kind.BOOL: ("是", "否"),
    Kind.PERIOD: ("月", "季", "周", "半月", "日"),
}
FACTS = ("合同", "主体", "检查", "报表", "整改")
CODE = {"合同": "arrears_start", "主体": "party_arrears_start"}

Drawn = dict[str, Any]


def rulebooks(most: int = 5) -> st.SearchStrategy[Drawn]:
    """Rulebooks of up to ``most`` rules."""
    return NUMBERS.map(lambda number: rulebook_of(number, most))


def rulebook_of(number: int, most: int = 5) -> Drawn:
    """The subject file of a rulebook, less what the reader refuses of it."""
    return fitting(as_drawn(number, most))


def as_drawn(number: int, most: int = 5) -> Drawn:
    """The subject file of a rulebook of 3 to ``most`` rules; types and names fit, but the reader may refuse a rule all the same."""
    w = Writer(number, Named())
    book: Drawn = {"数值": _figures(w), "表": _lookups(w)}
    book["事实"] = _facts(w)
    kinds = [
        w.pick(("规则", "规则", "规则", "规则", "预警", "预警", "分级", "闸"))
        for _ in range(w.pick(range(3, most + 1)))
    ]
    w.names.rules += [
        f"r{place}" if kind != "预警" or place != 1 else "S02" for place, kind in enumerate(kinds)
    ]
    for place, kind in enumerate(kinds):
        book.setdefault(kind, []).append(_rule(w, kind, place))
    book["措施"] = {"措一": {"义": "约谈", "依据": "某办法 二"}}
    if w.chance(9):
        book["范围"] = {"合同": w.of(Kind.BOOL, Place("合同", rows=False), 1)}
    return {key: value for key, value in book.items() if value}


def _rule(w: Writer, kind: str, number: int) -> Drawn:
    if kind == "规则":
        later = number > 0 and w.chance(6)
        return duty(w, number, w.pick(LATER if later else OBJECTS))
    if kind == "预警":
        return warning(w, number, w.pick(WARNED))
    return grade(w, number, w.pick(GRADED)) if kind == "分级" else gate(w, number, w.pick(ASKED))


def _figures(w: Writer) -> Drawn:
    figures: Drawn = {}
    for number in range(w.pick((1, 2, 3, 4))):
        kind = w.pick(VALUES)
        name = f"数{number}"
        w.names.figures.append((name, kind))
        value: Any = "待定" if w.chance(20) else w.pick(VALUES[kind])
        if w.chance(2):
            value = [
                {"自": since, "值": w.pick(VALUES[kind]), "依据": "某办法"} for since in w.some(STEPS, 1, 2)
            ]
            if w.chance(2):
                del value[0]["自"]
            if w.chance(4):
                value[-1]["值"] = "待定"
        figures[name] = {"义": "一个数", "值": value} | w.pick(
            ({"依据": "某办法"}, {"来源": "自定"}, {"来源": "自定", "可为零": "是", "英": "A figure"})
        )
    return figures


def _lookups(w: Writer) -> Drawn:
    lookups: Drawn = {}
    for number in range(w.pick((0, 1, 2))):
        kind = w.pick((Kind.DAYS, Kind.MONTHS, Kind.WORKDAYS, Kind.FEN, Kind.INT, Kind.NUM))
        by_class = w.chance(2)
        keys = values_of("five_tier") if by_class else (0, 1, 2, 3, 30)
        name = f"表{number}"
        lookup: Drawn = {"义": "一张表", "依据": "某办法"} | w.pick(
            ({}, {"来源": "自定", "英": "A table"}, {"可为零": "是"})
        )
        some = w.chance(2)

        lookup["值"] = _filled(w, keys, kind, some=some)
        if w.chance(3):
            lookup["值"] = [
                {"自": since, "值": _filled(w, keys, kind, some=some), "依据": "某办法"}
                for since in w.some(STEPS, 1, 2)
            ]
        if some:
            lookup["其他"] = w.pick(VALUES[kind])
        if by_class and w.chance(2):
            lookup["键"] = "五级"
        w.names.lookups.append((name, "five_tier" if by_class else None, kind))
        lookups[name] = lookup
    return lookups


def _filled(w: Writer, keys: Sequence[Any], kind: Kind, *, some: bool) -> Drawn:
    return {key: w.pick(VALUES[kind]) for key in (w.some(keys, 1, 3) if some else keys)}


def _facts(w: Writer) -> Drawn:
    facts: Drawn = {}
    for number in range(w.pick((0, 1, 2, 3))):
        table = w.pick(FACTS)
        name = f"实{number}"
        if table in CODE and w.chance(3):
            facts[f"{table}.{name}"] = {"义": "欠款起日", "码": CODE[table]}
            w.names.facts.append((table, name, DATE))
            continue
        kind = w.pick((Kind.DATE, Kind.FEN, Kind.INT, Kind.NUM, Kind.BOOL))
        text = _formula(w, kind, table)
        known = [path for path, _ in named(table, kind, steps=0)]
        if text in {"NULL", "当日"} and known:
            text = w.pick(known)
        facts[f"{table}.{name}"] = {"义": "一个事实", "式": text}
        w.names.facts.append((table, name, Type(kind)))
    return facts


def _formula(w: Writer, kind: Kind, table: str) -> str:
    """An expression that looks at no result of the rules: facts come first."""
    while True:
        text = w.of(kind, Place(table), 0 if w.chance(2) else 1)
        if not any(f"{result}." in text or f"({result}" in text for result in DERIVED):
            return text


# -- as files


def files_of(book: Drawn) -> dict[str, str]:
    """The YAML files of a rulebook by their paths, with the case that every rule needs."""
    first = {"规则册": NAME, "名称": "随机", "版本": "1.0.0"} | (
        {"范围": book["范围"]} if "范围" in book else {}
    )
    body = {key: value for key, value in book.items() if key != "范围"}
    rules = [rule["编号"] for kind in RULES for rule in book.get(kind, []) if "编号" in rule]
    case = {
        "案例": [{"案例": "空账册", "规则": rules, "账册": {}, "期望": [{"当日": "2026-01-01", "无": "是"}]}]
    }
    contents = {"book.yaml": first, "rules.yaml": body, "cases/one.yaml": case}
    return {
        path: yaml.dump(content, Dumper=_Plain, allow_unicode=True, sort_keys=False)
        for path, content in contents.items()
    }


class _Plain(yaml.CSafeDumper):
    """Writes in full what stands in two places: the reader takes no anchors."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


SENSELESS = frozenset({
    "unused", "never-true", "always-true", "levels-leave-gap", "never-late", "never-missed", "opens-after-due", "due-before-start",
    "lapses-before-due", "act-in-two-periods", "person-twice", "wording-out-of-force", "figure-ended", "not-positive", "steps-not-ascending",
    "unknown-form", "level-hidden",
})  # fmt: skip
"""Said of a rule that would run and mean what it says, though no author can have meant it. What is drawn at random may be such."""


def read(book: Drawn) -> Rulebook:
    """The rulebook as the reader reads it; RulebookRefused where anything but its sense is wrong."""
    rulebook, mistakes = _read(tuple(files_of(book).items()))
    if mistakes or rulebook is None:
        raise RulebookRefused(mistakes)
    return rulebook


@lru_cache(maxsize=16)
def _read(files: tuple[tuple[str, str], ...]) -> tuple[Rulebook | None, tuple[Mistake, ...]]:
    """What the reader makes of files; a book is asked for again and again while it is fitted, drawn for and compared."""
    with tempfile.TemporaryDirectory(prefix="daihou-drawn-") as folder:
        target = Path(folder) / NAME
        for path, content in files:
            (target / path).parent.mkdir(parents=True, exist_ok=True)
            (target / path).write_text(content, encoding="utf-8")
        reading = Reading(Vocabulary.of(None))
        texts = Loader(reading.reader, (target.parent,)).with_used(target)
        rulebook = reading.read(texts) if texts else None
    return rulebook, tuple(one for one in reading.mistakes.found if one.code not in SENSELESS)


# -- what does not fit is taken out


def fitting(book: Drawn) -> Drawn:
    """The book without the rules, facts and figures that the reader refuses: what is left is read."""
    while True:
        files = files_of(book)
        mistakes = _read(tuple(files.items()))[1]
        head = [("范围", None)] if any(one.source.file == f"{NAME}/book.yaml" for one in mistakes) else []
        lines = {one.source.line for one in mistakes if one.source.file == f"{NAME}/rules.yaml"}
        parts = _parts(files["rules.yaml"]) if lines else ()
        less = _without(book, [*head, *(part for part, span in parts if not lines.isdisjoint(span))])
        if less == book:
            return book
        book = less


def _parts(text: str) -> Iterator[tuple[tuple[str, Any], range]]:
    """(kind, place or name) of every rule, fact and figure, and the lines it stands on."""
    root = yaml.compose(text, Loader=yaml.CSafeLoader)
    for kind, body in [] if root is None else root.value:
        named = enumerate(body.value) if isinstance(body, yaml.SequenceNode) else ()
        keyed = body.value if isinstance(body, yaml.MappingNode) else ()
        for place, node in named:
            yield (kind.value, place), range(node.start_mark.line + 1, node.end_mark.line + 1)
        for key, node in keyed:
            yield (kind.value, key.value), range(key.start_mark.line + 1, node.end_mark.line + 1)


def _without(book: Drawn, refused: Iterable[tuple[str, Any]]) -> Drawn:
    gone = set(refused)
    left: Drawn = {}
    for kind, body in book.items():
        if isinstance(body, list):
            left[kind] = [one for place, one in enumerate(body) if (kind, place) not in gone]
        elif kind != "范围":
            left[kind] = {name: one for name, one in body.items() if (kind, name) not in gone}
        elif (kind, None) not in gone:
            left[kind] = body
    return {key: value for key, value in left.items() if value}
