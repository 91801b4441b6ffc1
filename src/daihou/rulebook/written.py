"""Rules as their authors wrote them: entries of the YAML files, figures as people say them."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from fractions import Fraction
from pathlib import Path

from daihou.rulebook import nodes as language
from daihou.rulebook.model import Figure, LookupTable, Rule, Rulebook
from daihou.rulebook.shipped import shipped
from daihou.terms import Lang, Source, terms
from daihou.units import format_yuan

_YUAN_PER_WAN, _FEN_PER_YUAN = 10_000, 100
_UNITS = {language.Kind.DAYS: "天", language.Kind.WORKDAYS: "工作日", language.Kind.MONTHS: "月"}
_UNITS_EN = {
    language.Kind.DAYS: "days",
    language.Kind.WORKDAYS: "working days",
    language.Kind.MONTHS: "months",
}


def chain_words(chain: Sequence[Sequence[str]], said: Callable[[str], str]) -> str:
    """Who signs, in order; those of a joint step beside each other. ``said``: the words of a post."""
    return " → ".join("、".join(said(post) for post in step) for step in chain)


def lines_of(file: Path, line: int) -> str:
    """The lines of the entry of a list that holds a line (from 1)."""
    lines = file.read_text(encoding="utf-8").splitlines()
    start = line - 1
    while start > 0 and not lines[start].startswith("- "):
        start -= 1
    end = start + 1
    while end < len(lines) and (lines[end].startswith(" ") or not lines[end].strip()):
        end += 1
    return "\n".join(lines[start:end]).rstrip()


def file_of(rule: Rule, roots: Sequence[Path]) -> Path | None:
    """The file in which a rule is written, looked for below several folders."""
    return file_at(rule.source, roots)


def file_at(source: Source, roots: Sequence[Path]) -> Path | None:
    """The file of a place."""
    return next((root / source.file for root in roots if (root / source.file).is_file()), None)


def literal_words(literal: language.Literal | None, lang: Lang) -> str:
    """A constant as people say it: 10天, 5 working days, 10万元, 20%; unset where it is not decided yet."""
    if literal is None:
        return {"zh": "待定", "en": "unset"}[lang]
    kind, value = literal.type.kind, literal.value
    if kind in _UNITS:
        return f"{value}{_UNITS[kind]}" if lang == "zh" else f"{value} {_UNITS_EN[kind]}"
    if kind is language.Kind.FEN and isinstance(value, int):
        return _money_words(value, lang)
    if isinstance(value, Fraction):
        return f"{float(value * 100):.12g}%"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bool):
        return _word("affirmed" if value else "denied", lang)
    return _word(str(value), lang)


def _money_words(fen: int, lang: Lang) -> str:
    wan, rest = divmod(fen, _YUAN_PER_WAN * _FEN_PER_YUAN)
    if lang == "zh" and wan and not rest:
        return f"{wan:,}万元"
    shown = format_yuan(fen).removesuffix(".00")
    return f"{shown}元" if lang == "zh" else f"{shown} yuan"


def _word(identifier: str, lang: Lang) -> str:
    term = terms().by_id(identifier)
    if term is None:
        return identifier
    return term.word if lang == "zh" else term.label


def text_of(rule: Rule) -> str:
    """A shipped rule as its author wrote it; empty where its file is not there."""
    file = file_of(rule, [shipped()])
    return "" if file is None else lines_of(file, rule.source.line)


def figure_steps(figure: Figure | LookupTable, lang: Lang) -> list[tuple[date | None, str]]:
    """The values of a figure or figure table, each with its first day (None: always)."""
    steps = []
    for since, value in figure.value.steps:
        if isinstance(figure, LookupTable) and isinstance(value, Mapping):
            said = [f"{_word(str(key), lang)}: {literal_words(one, lang)}" for key, one in value.items()]
            if figure.default is not None:
                said.append(f"{'其他' if lang == 'zh' else 'other'}: {literal_words(figure.default, lang)}")
            steps.append((since, ", ".join(said)))
        else:
            steps.append((since, literal_words(value if isinstance(value, language.Literal) else None, lang)))
    return steps


def steps_words(steps: Sequence[tuple[date | None, str]], lang: Lang) -> str:
    """Dated values on one line."""
    since = "自 {day} 起 {said}" if lang == "zh" else "{said} from {day}"
    said = [value if day is None else since.format(day=day, said=value) for day, value in steps]
    return ("；" if lang == "zh" else "; ").join(said)


def figure_named(rulebook: Rulebook, name: str) -> Figure | LookupTable | None:
    """A figure or figure table of a rulebook by identifier."""
    return rulebook.figures.get(name) or rulebook.lookups.get(name)
