"""What the authors wrote: the entry of a rule, the formula of a fact, the range of a book, as stands in the YAML."""

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from daihou.cli.pages.formula import in_words, places_in_words
from daihou.cli.pages.markdown import code, said
from daihou.rulebook import Fact, Rule, Rulebook, shipped
from daihou.terms import read_mapping, terms

FORMULAS = (
    *("条件", "起算", "次", "每", "首", "末", "首期", "循环", "开放", "到期", "失效", "取值", "缓冲", "完成"),
    *("变通", "版本", "终止", "承接"),  # up to here of duties, then of warnings, grades and gates
    *("主体", "级", "数据", "底线", "建议", "人工", "现级", "上调", "不许"),
)
"""The parts of a rule that are formulas, in the order in which a reader asks for them."""

_RULES = ("规则", "预警", "分级", "闸")  # the lists, and the key that names an entry
_BREAK = "<br>"
_BECAUSE = "因"  # the words of a refusal, which are no formula
_ENGLISH = "英"  # the same for the pages of who reads in English
_ALWAYS = ("TRUE", True)


@cache
def _file(path: Path) -> Mapping[str, Any]:
    found: Mapping[str, Any] = _in_words(read_mapping(path))
    return found


def _in_words(tree: Any) -> Any:
    """The tree with keys that are identifiers turned into their words; keys that are no terms as they are."""
    if isinstance(tree, Mapping):
        return {_word(key): _in_words(value) for key, value in tree.items()}
    return [_in_words(one) for one in tree] if isinstance(tree, list) else tree


def _word(key: object) -> object:
    term = terms().by_id(key) if isinstance(key, str) else None
    return key if term is None else term.word


def entry_of(rule: Rule) -> Mapping[str, Any]:
    """The entry of a shipped rule, keys in words."""
    file = _file(shipped() / rule.source.file)
    entries = (entry for heading in _RULES for entry in file.get(heading, ()))
    return next(entry for entry in entries if entry["编号"] == rule.id)


def formulas_of(rule: Rule) -> Iterator[tuple[str, str]]:
    """(part, how it is written) of a rule, as cells of a table."""
    entry = entry_of(rule)
    return ((part, _written(entry[part])) for part in FORMULAS if part in entry)


def _written(value: Any) -> str:
    if isinstance(value, Mapping):
        return _BREAK.join(_named(str(key), inner) for key, inner in value.items() if key != _ENGLISH)
    if isinstance(value, list):
        return _BREAK.join(_written(one) for one in value)
    return _formula(value)


def _named(key: str, value: Any) -> str:
    if key == value:
        return _formula(value)  # a figure that is shown under its own name
    if key == _BECAUSE:
        return f"{key}：{places_in_words(str(value))}"
    return f"{key}：{said('without-more') if value in _ALWAYS else _written(value)}"


def _formula(value: Any) -> str:
    return code(in_words(value) if isinstance(value, str) else value)


def formula_of(fact: Fact) -> str | None:
    """The formula of a shipped fact; None where the engine computes it."""
    facts = _file(shipped() / fact.source.file)["事实"]
    names = ((*(str(key).split(".")), value) for key, value in facts.items())
    found = next(
        value for held, name, value in names if (terms().id(held), terms().id(name)) == (fact.table, fact.id)
    )
    return _formula(found["式"]) if "式" in found else None


def ranges_of(book: Rulebook) -> Iterator[tuple[str, str]]:
    """(table, condition) of the range of a shipped book."""
    ranges = _file(shipped() / book.id / "book.yaml").get("范围", {})
    return ((str(table), _formula(condition)) for table, condition in ranges.items())
