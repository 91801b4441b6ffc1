"""The rule manual: each shipped rulebook for a risk officer, by source document, rule by rule."""

import re
from collections.abc import Iterator, Sequence

from daihou.cli.pages.duty import duty_lines
from daihou.cli.pages.entries import formula_of, formulas_of, ranges_of
from daihou.cli.pages.formula import places_in_words
from daihou.cli.pages.markdown import both, code, page, said, table
from daihou.cli.rulesview import kind_of
from daihou.cli.words import joined, label, say
from daihou.rulebook import (
    Duty,
    Figure,
    Gate,
    Grade,
    LookupTable,
    Rule,
    Rulebook,
    Warning,
    figures_of,
)
from daihou.rulebook.written import figure_named, figure_steps, steps_words

_CASES_SHOWN = 3
_NUMBER_AT_END = re.compile(r"\d+$")

Lines = Iterator[str]


def index(books: Sequence[Rulebook]) -> str:
    """The rulebooks, and how much each holds."""
    rows = (
        (
            f"[{book.name}]({book.id}.md)",
            code(book.id),
            book.version,
            str(len(book.rules)),
            str(_own_facts(book)),
            str(len(book.cases)),
        )
        for book in books
    )
    heads = ("book", "id", "version", "rules", "facts", "cases")
    return page(both("manual"), (said("manual-intro"), "", *table(heads, rows)))


def manual(book: Rulebook) -> str:
    """The page of one rulebook."""
    return page(f"{book.name} `{book.id}`", _manual_lines(book))


def document_of(citation: str) -> str:
    """The document that a citation names first: without the article, and without the number of a question."""
    first = re.split("[；;]", citation)[0].strip()
    if first.startswith("GB"):
        return first
    return _NUMBER_AT_END.sub("", first.split()[0])


def _own_facts(book: Rulebook) -> int:
    return sum(fact.book == book.id for fact in book.facts.values())


def _manual_lines(book: Rulebook) -> Lines:
    counts = {"rules": len(book.rules), "facts": _own_facts(book), "cases": len(book.cases)}
    yield from (said("counts", version=book.version, **counts), "", said("reading"))
    ranges = list(ranges_of(book))
    if ranges:
        yield from ("", f"{said('range')}", "", *table(("table", "written"), ranges))
    groups = _by_document(book)
    for document, rules in groups.items():
        rows = (
            (
                f"[{rule.name}](#{rule.id})",
                say(f"kind-{kind_of(rule)}", "zh"),
                rule.citation,
                " ".join(rule.items),
            )
            for rule in rules
        )
        yield from ("", f"**{document}**", "", *table(("rule", "kind", "article", "items"), rows))
    for document, rules in groups.items():
        yield from ("", f"## {document}")
        for rule in rules:
            yield from _rule_lines(book, rule)
    yield from _figures(book)
    yield from _facts(book)
    yield from _measures(book)


def _by_document(book: Rulebook) -> dict[str, list[Rule]]:
    """The rules by the document they cite first; documents in the order of the requirements, rules as written."""
    found: dict[str, list[Rule]] = {}
    for rule in sorted(book.rules, key=lambda one: (one.source.file, one.source.line)):
        found.setdefault(document_of(rule.citation), []).append(rule)
    first = {
        document: min(item for rule in rules for item in rule.items) for document, rules in found.items()
    }
    return dict(sorted(found.items(), key=lambda held: first[held[0]]))


def _rule_lines(book: Rulebook, rule: Rule) -> Lines:
    kind = say(f"kind-{kind_of(rule)}", "zh")
    yield from ("", f'<a id="{rule.id}"></a>', f"### {rule.name} `{rule.id}` · {kind}", "", rule.sense, "")
    ours = said("ours") if rule.ours else ""
    points = [
        said("article", citation=rule.citation + ours, items=" ".join(rule.items)),
        said("object", table=label(rule.table, "zh")),
        *_kind_lines(book, rule),
        *_period_line(rule),
        *_figure_lines(book, rule),
        *_case_line(book, rule),
    ]
    yield from (f"- {point}" for point in points)
    written = list(formulas_of(rule))
    if written:
        yield from ("", *table(("part", "written"), written))


def _kind_lines(book: Rulebook, rule: Rule) -> Lines:
    if isinstance(rule, Duty):
        yield from duty_lines(rule)
    elif isinstance(rule, Warning):
        yield said(f"mode-{rule.mode}")
        if rule.levels:
            yield said("severities", levels=_labels([level for level, _ in rule.levels]))
        if rule.measures:
            measures = joined([f"{one} {book.measures[one].name}" for one in rule.measures], "zh")
            yield said("suggested", measures=measures)
    elif isinstance(rule, Grade):
        yield said("worst" if rule.worst else "first")
        yield said("levels", levels=_labels([level for level, _ in rule.levels]))
        if rule.upgrade is not None:
            yield said("upgrade", months=rule.upgrade.months)
    elif isinstance(rule, Gate):
        yield said(
            "refused-when", reasons="；".join(places_in_words(refusal.words) for refusal in rule.refusals)
        )


def _labels(identifiers: Sequence[str]) -> str:
    return joined([label(one, "zh") for one in identifiers], "zh")


def _period_line(rule: Rule) -> Lines:
    days = [
        said(code_, day=day)
        for code_, day in (("since-day", rule.since), ("until-day", rule.until))
        if day is not None
    ]
    if days:
        yield said("period", period=" ".join(days))


def _figure_lines(book: Rulebook, rule: Rule) -> Lines:
    for name in sorted(figures_of(rule, book.facts)):
        figure = figure_named(book, name)
        if figure is not None:
            yield said("figure-line", name=figure.name, value=_value(figure), source=_source(figure))
    if rule.sleeping:
        yield said("asleep", figures=_labels(rule.sleeping))


def _value(figure: Figure | LookupTable) -> str:
    return steps_words(figure_steps(figure, "zh"), "zh")


def _source(figure: Figure | LookupTable) -> str:
    named = joined(list(dict.fromkeys(figure.citations)), "zh") or said("none-stated")
    return named + (said("ours") if figure.ours else "")


def _case_line(book: Rulebook, rule: Rule) -> Lines:
    """The cases that ask the rule, those first that ask few others."""
    asking = sorted((case for case in book.cases if rule.id in case.rules), key=lambda one: len(one.rules))
    names = [case.name for case in asking]
    if names:
        more = said("and-more", count=len(names)) if len(names) > _CASES_SHOWN else ""
        yield said(
            "cases-line",
            names=" ".join(filter(None, ("".join(f"「{name}」" for name in names[:_CASES_SHOWN]), more))),
        )


def _figures(book: Rulebook) -> Lines:
    every: list[Figure | LookupTable] = [*book.figures.values(), *book.lookups.values()]
    own = [one for one in every if one.book == book.id]
    if own:
        ordered = sorted(own, key=lambda one: (one.source.file, one.source.line))
        rows = ((one.name, one.meaning, _value(one), _source(one)) for one in ordered)
        heads = ("figure", "meaning", "value", "article")
        yield from ("", f"## {both('figures')}", "", *table(heads, rows))


def _facts(book: Rulebook) -> Lines:
    own = [fact for fact in book.facts.values() if fact.book == book.id]
    if own:
        ordered = sorted(own, key=lambda one: (one.source.file, one.source.line))
        rows = (
            (f"{label(one.table, 'zh')}.{one.name}", one.meaning, formula_of(one) or said("by-engine"))
            for one in ordered
        )
        yield from ("", f"## {both('facts')}", "", *table(("word", "meaning", "written"), rows))


def _measures(book: Rulebook) -> Lines:
    own = [one for one in book.measures.values() if one.book == book.id]
    if own:
        rows = ((f"{one.id} {one.name}", one.meaning, one.citation) for one in own)
        yield from ("", f"## {both('measures')}", "", *table(("measure", "meaning", "article"), rows))
