"""Rulebooks on the screen: what they hold, one rule as written, its SQL, whether its cases hold."""

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import sqlglot

from daihou.book import Book
from daihou.cli import layers
from daihou.cli.screen import FAINT, LATE, line, out, table
from daihou.cli.words import NOTHING, joined, label, say
from daihou.engine import Mismatch, derive, judged, run_case
from daihou.rulebook import (
    Duty,
    Gate,
    Grade,
    Rule,
    Rulebook,
    Warning,
    figures_of,
)
from daihou.rulebook.written import chain_words, figure_named, figure_steps, file_at, lines_of, steps_words
from daihou.terms import Lang

_KINDS: tuple[tuple[type[Rule], str], ...] = (
    (Duty, "duty"),
    (Warning, "warning"),
    (Grade, "grade"),
    (Gate, "gate"),
)
_ANY_DAY = date(2026, 1, 1)  # the statements are the same in shape for every day
DIALECTS = ("duckdb", "postgres", "spark")


def kind_of(rule: Rule) -> str:
    """duty, warning, grade or gate."""
    return next(word for kind, word in _KINDS if isinstance(rule, kind))


def show_rulebooks(rulebooks: Sequence[Rulebook], lang: Lang) -> None:
    """Each book and its rules, a line each."""
    for book in rulebooks:
        counted = joined(
            [
                f"{say(f'kind-{kind}', lang)} {count}"
                for _, kind in _KINDS
                if (count := sum(kind_of(rule) == kind for rule in book.rules))
            ],
            lang,
        )
        line()
        line(f"{book.said(lang)} · {book.id} {book.version} · {counted}", style="bold")
        layers.show_layers(book, lang)
        rows = [
            [rule.id, say(f"kind-{kind_of(rule)}", lang), rule.said(lang), rule.citation]
            for rule in book.rules
        ]
        out().print(table(("id", "kind", "rule", "article"), rows, lang))


def list_document(rulebooks: Sequence[Rulebook]) -> list[Mapping[str, Any]]:
    """The books for a program."""
    return [
        {
            "id": book.id,
            "name": book.name,
            "version": book.version,
            "fingerprint": book.fingerprint,
            "layers": layers.document(book),
            "rules": [
                {
                    "id": rule.id,
                    "kind": kind_of(rule),
                    "name": rule.name,
                    "citation": rule.citation,
                    "items": list(rule.items),
                    "object": rule.table,
                    "asleep": list(rule.sleeping),
                    "source": str(rule.source),
                }
                for rule in book.rules
            ],
        }
        for book in rulebooks
    ]


def show_rule(rule: Rule, rulebook: Rulebook, roots: Sequence[Path], lang: Lang) -> None:
    """One rule for a reader, its figures, and the lines as written."""
    line(f"{rule.said(lang)} · {rule.id} · {say(f'kind-{kind_of(rule)}', lang)}", style="bold")
    said = [("article", rule.citation), ("sense", rule.sense_said(lang)), ("object", label(rule.table, lang))]
    if isinstance(rule, Duty):
        chain = chain_words(rule.chain, lambda post: label(post, lang))
        said += [("form", label(rule.form, lang)), ("chain", chain or NOTHING)]
    if isinstance(rule, Warning):
        said.append(("measures", joined([label(one, lang) for one in rule.measures], lang) or NOTHING))
    for head, value in said:
        line(f"  {say(f'head-{head}', lang)}  {value}")
    for name in sorted(figures_of(rule, rulebook.facts)):
        figure = figure_named(rulebook, name)
        if figure is not None:
            value = steps_words(figure_steps(figure, lang), lang)
            source = joined(list(figure.citations), lang) + (say("ours", lang) if figure.ours else "")
            meant = f" · {figure.english}" if lang == "en" and figure.english else ""  # its name is Chinese
            line(f"  {say('head-figure', lang)}  {figure.name} = {value}{meant} · {source} · {figure.source}")
    if rule.sleeping:
        figures = joined([label(figure, lang) for figure in rule.sleeping], lang)
        line(say("asleep", lang, rule=rule.said(lang), figures=figures), style=LATE)
    layers.show_layers(rulebook, lang)
    places = [rule.source, *(entry.source for _, entry in layers.said_of(rulebook, "rule", rule.id))]
    for place in dict.fromkeys(places):  # of a layered rule: as the base says it, then what is laid over it
        line(f"  {say('head-source', lang)}  {place}", style=FAINT)
        file = file_at(place, roots)
        if file is not None:
            line()
            line(lines_of(file, place.line))


def sql_of(rulebooks: Sequence[Rulebook], rule: Rule, dialect: str) -> list[str]:
    """The statements that derive one rule, pretty, in one dialect of SQL; the register itself is left out."""
    results = derive(rulebooks, Book({}, {}, ""), _ANY_DAY, only=[rule.id], whole=True)
    texts = []
    for statement in results.statements:
        texts += [
            text for text in sqlglot.transpile(statement, read="duckdb", write=dialect, pretty=True) if text
        ]
    return texts


def run_cases_of(rulebook: Rulebook) -> list[Mismatch]:
    """The expectations of a book's cases that do not hold; the judge answers a few rows at once, where the engine first plans for a million."""
    return [mismatch for case in rulebook.cases for mismatch in run_case(case, rulebook, judged)]


def show_cases(rulebook: Rulebook, wrong: Sequence[Mismatch], lang: Lang) -> None:
    """How many cases hold; of those that do not, what was wanted and what came out."""
    lines = sum(len(case.expectations) for case in rulebook.cases)
    if not wrong:
        line(say("cases-hold", lang, name=rulebook.said(lang), cases=len(rulebook.cases), lines=lines))
        return
    line(say("cases-fail", lang, name=rulebook.said(lang), failed=len(wrong), lines=lines), style=LATE)
    for miss in wrong:
        line(f"  {miss.expectation.source}  {miss.case.name}", style="bold")
        if rulebook.layers and not miss.case.source.file.startswith(f"{rulebook.layers[-1].folder}/"):
            line("    " + say("case-of-base", lang, name=miss.case.name))
        day, thing = miss.expectation.day, miss.expectation.object or NOTHING
        line(
            "    " + say("case-wanted", lang, day=day, object=thing, want=_said(miss.expectation.want, lang))
        )
        none = "none" in miss.expectation.want  # nothing was wanted: all that is there is told
        for row in miss.got or ({},):
            got = {
                key: value for key, value in row.items() if value and (none or key in miss.expectation.want)
            }
            line("    " + say("case-got", lang, got=_said(got, lang) or say("case-nothing", lang)))


def _said(values: Mapping[str, str], lang: Lang) -> str:
    return joined([f"{label(key, lang)} {label(value, lang)}" for key, value in values.items()], lang)
