"""What is covered: requirement by requirement the rules that answer it, what proves them, what is left out and why."""

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from daihou.cli.pages.markdown import both, code, page, said, table
from daihou.cli.words import joined, label
from daihou.rulebook import CaseBook, Rule, Rulebook
from daihou.terms import read_mapping

RULE = "R"
"""The kind of requirement that a rule of the rulebooks must answer."""

_SIGNALS_SHOWN = 8
_NOTHING = "—"
_RANGE = "scope "  # before the table, where the range of a book is changed


@dataclass(frozen=True)
class Requirement:
    """A row of the requirements: document, kind, what it is about, what no rule holds of it and why (empty: nothing)."""

    id: str
    document: str
    kind: str
    said: str
    left_out: str


@dataclass(frozen=True)
class Survivor:
    """A change of a rulebook that no case notices, and why none could."""

    book: str
    owner: str
    mutant: str
    reason: str


@dataclass(frozen=True)
class Proof:
    """All that bears on the requirements: the books, the rows, the files of tests by requirement, the survivors."""

    books: Sequence[Rulebook]
    wanted: Sequence[Requirement]
    tests: Mapping[str, set[str]]
    survivors: Sequence[Survivor]

    @property
    def answers(self) -> Mapping[str, list[tuple[Rulebook, Rule]]]:
        """Requirement -> the rules that cite it, in the order of the books."""
        found: dict[str, list[tuple[Rulebook, Rule]]] = {}
        for book in self.books:
            for rule in book.rules:
                for one in rule.items:
                    found.setdefault(one, []).append((book, rule))
        return found

    def uncovered(self) -> list[str]:
        """Rows of kind R with neither a rule that has a case, nor a test, nor a reason."""
        answers = self.answers
        return [
            one.id
            for one in self.wanted
            if one.kind == RULE
            and not (cases_of(answers.get(one.id, ())) or self.tests.get(one.id) or one.left_out)
        ]

    def unlisted(self) -> list[str]:
        """Requirements that a rule or a test names and that no row lists."""
        return sorted({*self.answers, *self.tests} - {one.id for one in self.wanted})


def read_proof(root: Path, books: Sequence[Rulebook]) -> Proof:
    """What the repository says: docs/requirements.yaml, docs/survivors.yaml, the marks of the tests."""
    return Proof(
        books,
        requirements(root / "docs/requirements.yaml"),
        marked_tests(root / "tests"),
        survivors_of(root / "docs/survivors.yaml"),
    )


def requirements(file: Path) -> list[Requirement]:
    """The rows of the requirements, in order."""
    return [
        Requirement(row_id, part["document"], row["kind"], row["said"], row.get("left_out", ""))
        for part in read_mapping(file).values()
        for row_id, row in part["rows"].items()
    ]


def survivors_of(file: Path) -> list[Survivor]:
    """The changes that no case notices."""
    return [
        Survivor(**{key: str(value) for key, value in one.items()})
        for one in yaml.safe_load(file.read_text("utf-8")) or ()
    ]


def marked_tests(folder: Path) -> Mapping[str, set[str]]:
    """Requirement -> files of tests that say they would fail without it; read, not run."""
    found: dict[str, set[str]] = {}
    for file in sorted(folder.rglob("test_*.py")):
        name = file.relative_to(folder.parent).as_posix()
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr == "covers"
            ):
                for one in node.args:
                    if isinstance(one, ast.Constant) and isinstance(one.value, str):
                        found.setdefault(one.value, set()).add(name)
    return found


def cases_of(answers: Sequence[tuple[Rulebook, Rule]]) -> list[CaseBook]:
    """The worked cases that ask one of the rules."""
    asked = {(book.id, rule.id) for book, rule in answers}
    books = {book.id: book for book, _ in answers}.values()
    return [
        case for book in books for case in book.cases if any((book.id, rule) in asked for rule in case.rules)
    ]


def coverage(proof: Proof) -> str:
    """The page."""
    return page(both("coverage"), _lines(proof))


def _lines(proof: Proof) -> Iterator[str]:
    rules = [one for one in proof.wanted if one.kind == RULE]
    others = [one for one in proof.wanted if one.kind != RULE]
    yield said("coverage-intro", count=len(rules), halves=sum(bool(one.left_out) for one in rules))
    yield from ("", f"## {both('kind-r')}")
    for document, held in _by_document(rules).items():
        yield from ("", f"### {document}", "")
        heads = ("item", "said", "answered", "proof", "left-out")
        rows = ((one.id, one.said, *_answered(proof, one), one.left_out or _NOTHING) for one in held)
        yield from table(heads, rows)
    yield from ("", f"## {both('kind-other')}", "", said("kind-other-intro"))
    for document, held in _by_document(others).items():
        yield from ("", f"### {document}", "")
        heads = ("item", "said", "kind", "answered", "proof")
        rows = ((one.id, one.said, said(f"kind-{one.kind}"), *_answered(proof, one)) for one in held)
        yield from table(heads, rows)
    yield from ("", f"## {both('survivors')}", "")
    yield from (said("survivors-intro"), "")
    titles = {book.id: book.name for book in proof.books}
    survived = (
        (titles[one.book], _place(proof, one), code(one.mutant), one.reason) for one in proof.survivors
    )
    yield from table(("book", "place", "change", "reason"), survived)


def _place(proof: Proof, survivor: Survivor) -> str:
    """Where a change was made: a rule by its name, a fact as 表.词, a figure, a range."""
    names = {
        rule.id: f"[{rule.name}](rules/{book.id}.md#{rule.id})" for book in proof.books for rule in book.rules
    }
    if survivor.owner in names:
        return names[survivor.owner]
    range_of = survivor.owner.removeprefix(_RANGE)
    if range_of != survivor.owner:
        return said("range-of", table=label(range_of, "zh"))
    return ".".join(label(part, "zh") for part in survivor.owner.split("."))


def _by_document(rows: Sequence[Requirement]) -> Mapping[str, list[Requirement]]:
    found: dict[str, list[Requirement]] = {}
    for one in rows:
        found.setdefault(one.document, []).append(one)
    return found


def _answered(proof: Proof, wanted: Requirement) -> tuple[str, str]:
    """The rules that answer a requirement (a measure: how many warnings suggest it), and what proves them."""
    held = proof.answers.get(wanted.id, [])
    links = [f"[{rule.name}](rules/{book.id}.md#{rule.id})" for book, rule in held]
    measure = wanted.id.rpartition("-")[2]
    suggested = sum(
        measure in rule.measures for book in proof.books for rule in book.warnings if wanted.kind == "M"
    )
    if suggested:
        rules = said("suggests", count=suggested)
    elif len(links) > _SIGNALS_SHOWN:
        rules = said("many", count=len(links), first=joined(links[:_SIGNALS_SHOWN], "zh"))
    else:
        rules = joined(links, "zh") or _NOTHING
    cases = len(cases_of(held))
    proofs = [said("proved", count=cases)] if cases else []
    return rules, joined([*proofs, *sorted(proof.tests.get(wanted.id, ()))], "zh") or _NOTHING
