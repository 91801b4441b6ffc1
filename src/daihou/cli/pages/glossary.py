"""The glossary: every word with its identifier, English label and meaning, by what it names."""

from collections.abc import Callable, Iterable, Iterator, Sequence

from daihou.book import RECORDED, VOIDED, Column, Table, declared, domains, posts
from daihou.cli.pages.markdown import anchor, both, code, page, said, table
from daihou.cli.words import label
from daihou.rulebook import Rulebook
from daihou.terms import Term, terms

_FORMS, _KEYWORDS = "forms", "language"  # the files of terms in which these words stand
_EVERYWHERE = {RECORDED, VOIDED}  # columns of every table, told once
_TERM = ("word", "id", "label", "meaning")

Lines = Iterator[str]


def glossary(books: Sequence[Rulebook]) -> str:
    """The page. A word with several uses stands under each of them, one with none of these under the others."""
    return page(both("glossary"), _lines(books))


def _lines(books: Sequence[Rulebook]) -> Lines:
    sections: tuple[tuple[str, Callable[[], Lines]], ...] = (
        ("posts", _posts),
        ("tables", _tables),
        ("values", _values),
        ("facts", lambda: _facts(books)),
        ("forms", lambda: _terms(_of(_FORMS))),
        ("keywords", lambda: _terms(_of(_KEYWORDS))),
        ("others", lambda: _terms(_others(books))),
    )
    yield from (said("glossary-intro"), "")
    yield from (f"- [{both(name)}](#{anchor(both(name))})" for name, _ in sections)
    for name, lines in sections:
        yield from ("", f"## {both(name)}", "", *lines())


def _cells(term: Term) -> tuple[str, str, str, str]:
    return term.word, code(term.id), term.label, term.meaning


def _known(identifier: str) -> Term:
    term = terms().by_id(identifier)
    assert term is not None, identifier  # declarations and rulebooks are read by the terms
    return term


def _terms(found: Iterable[Term]) -> Lines:
    yield from table(_TERM, (_cells(term) for term in sorted(found, key=lambda one: one.id)))


def _of(subject: str) -> list[Term]:
    return [term for term in terms() if term.subject == subject]


def _posts() -> Lines:
    heads = ("word", "id", "label", "superior", "meaning")
    rows = []
    for post, superior in posts().items():
        word, identifier, english, meaning = _cells(_known(post))
        rows.append((word, identifier, english, label(superior, "zh"), meaning))
    yield from table(heads, rows)


def _tables() -> Lines:
    yield from (said("tables-intro"), "")
    for one in sorted(declared().values(), key=lambda held: held.id):
        term = _known(one.id)
        key = "、".join(label(column, "zh") for column in one.key)
        yield from (
            f"### {term.word} `{one.id}` {term.label}",
            "",
            f"{one.meaning}。{said('key')}：{key}",
            "",
        )
        rows = (_column(one, name) for name in one.columns if name not in _EVERYWHERE)
        yield from table(("word", "id", "label", "type", "meaning"), rows)
        yield ""


def _column(held: Table, name: str) -> tuple[str, str, str, str, str]:
    column = held.columns[name]
    word, identifier, english, meaning = _cells(_known(name))
    return word + ("*" if column.required else ""), identifier, english, _type(column), meaning


def _type(column: Column) -> str:
    name = label(column.ref or column.enum, "zh")
    shown = (
        said(f"type-{column.type}", name=name) if column.ref or column.enum else said(f"type-{column.type}")
    )
    return " ".join(filter(None, (shown, column.unit, said("dated") if column.dated else "")))


def _values() -> Lines:
    for domain, values in domains().items():
        if set(values) == set(posts()):
            continue  # they have a section of their own
        term = _known(domain)
        yield from (f"### {term.word} `{domain}` {term.label}", "", f"{term.meaning}。", "")
        yield from table(_TERM, (_cells(_known(value)) for value in values))
        yield ""


def _facts(books: Sequence[Rulebook]) -> Lines:
    rows = []
    for book in books:
        for (held, name), fact in book.facts.items():
            if fact.book == book.id:
                term = _known(name)
                rows.append((label(held, "zh"), term.word, code(name), term.label, fact.meaning, book.id))
    yield from table(("table", "word", "id", "label", "meaning", "book"), sorted(rows))


def _others(books: Sequence[Rulebook]) -> list[Term]:
    shown = {name for held in declared().values() for name in (held.id, *held.columns)}
    shown |= {name for domain, values in domains().items() for name in (domain, *values)}
    shown |= {name for book in books for _, name in book.facts} | set(posts())
    shown -= _EVERYWHERE
    return [term for term in terms() if term.id not in shown and term.subject not in {_FORMS, _KEYWORDS}]
