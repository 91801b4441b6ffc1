"""A folder of YAML to a Rulebook: everything is read, every mistake is collected, then refused or returned whole."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from daihou.book import Declarations
from daihou.rulebook.blocks import Reader, Words, scalar_text
from daihou.rulebook.cases import read_cases
from daihou.rulebook.checking import Whole, check
from daihou.rulebook.duties import DUTY_KEYS, DutyReader
from daihou.rulebook.expressions import read_expression
from daihou.rulebook.figures import fact_place, read_fact, read_figure, read_lookup, read_measure
from daihou.rulebook.fingerprint import digest
from daihou.rulebook.mistakes import Mistakes, WrongError
from daihou.rulebook.model import (
    CaseBook,
    Duty,
    Fact,
    Gate,
    Grade,
    LookupTable,
    Measure,
    Rule,
    Rulebook,
    Warning,
)
from daihou.rulebook.nodes import BOOL, AtRow, Growth, Kind, Node, Ordinal, Rank, Type
from daihou.rulebook.rewriting import moved
from daihou.rulebook.rules import (
    GATE_KEYS,
    GRADE_KEYS,
    WARNING_KEYS,
    entries_of,
    read_gate,
    read_grade,
    read_warning,
)
from daihou.rulebook.vocabulary import Vocabulary
from daihou.rulebook.walking import figures_of, nodes_of
from daihou.rulebook.yaml_source import Block, Listing, Tree, items_of, read_yaml
from daihou.terms import Source

R = TypeVar("R", bound=Rule)

HEAD_FILE = "book.yaml"
FOLDER = re.compile(r"\w[\w-]{0,63}")  # beside this book, so no path
VERSION = re.compile(r"[0-9]{1,6}\.[0-9]{1,6}\.[0-9]{1,6}")
CASES = "cases"
_HEAD_KEYS = frozenset({"规则册", "名称", "版本", "用", "范围"})
_NAMED = ("数值", "表", "事实", "措施")
_RULES = {"规则": DUTY_KEYS, "预警": WARNING_KEYS, "分级": GRADE_KEYS, "闸": GATE_KEYS}
_SUBJECT_KEYS = frozenset({*_NAMED, *_RULES})


@dataclass(frozen=True)
class Folder:
    """One rulebook folder as YAML: its head, its subject files, its cases."""

    path: Path
    head: Words
    id: str
    title: str
    subjects: tuple[Words, ...]
    cases: tuple[Block, ...]


def read_rulebook(
    folder: Path, *, root: Path | None = None, declared: Declarations | None = None
) -> Rulebook:
    """Read and check the rulebook in ``folder``; books it uses are looked for in ``root`` (default: beside it).

    Raises RulebookRefused with all mistakes found. ``declared``: other tables than the shipped ones.
    """
    reading = Reading(Vocabulary.of(declared), folder.parent if root is None else root)
    rulebook = reading.read(folder)
    reading.mistakes.refuse()
    if rulebook is None:
        raise AssertionError(folder)  # nothing was read and nothing was said about it
    return rulebook


class Reading:
    """One reading of one rulebook with the books it uses."""

    def __init__(self, vocabulary: Vocabulary, root: Path) -> None:
        self.vocabulary = vocabulary
        self.root = root
        self.mistakes = Mistakes()
        self.reader = Reader(vocabulary, self.mistakes)
        self.facts: dict[tuple[str, str], Fact] = {}
        self.measures: dict[str, Measure] = {}
        self.places: dict[str, Words] = {}  # rule id -> the mapping in which it is written
        self.scopes: dict[str, tuple[Node, Source]] = {}
        self.inherited: frozenset[str] = frozenset()  # ids of the rules of the books used
        self.open_facts: list[tuple[str, str]] = []

    def read(self, path: Path) -> Rulebook | None:
        """The rulebook, or None where its head cannot be read; mistakes are collected either way."""
        folders = self._with_used(path)
        if not folders:
            return None
        own = folders[-1]
        for folder in folders:
            if folder is own:
                self.inherited = frozenset(self.vocabulary.rules.values())
            self._register_rules(folder)
        for folder in folders:
            self._figures(folder)
        fact_readers = [one for folder in folders for one in self._register_facts(folder)]
        for read in fact_readers:
            with self.mistakes.collecting():
                read()
        rules = self._rules(own)
        cases = self._cases(own)
        return self._whole(own, rules, cases)

    # -- files ---------------------------------------------------------------

    def _with_used(self, path: Path) -> tuple[Folder, ...]:
        """The folder and those it uses, the used ones first; each once."""
        found: dict[str, Folder] = {}
        active: list[str] = []

        def visit(one: Path, asked: Source) -> None:
            folder = self._folder(one, asked)
            if folder is None or folder.id in found:
                return
            if folder.id in active:
                raise WrongError("books-in-a-circle", asked, name=folder.id)
            active.append(folder.id)
            for item in items_of(folder.head.get("用") or Listing((), asked)):
                with self.mistakes.collecting():
                    visit(self.root / _folder_name(item), item.source)
            active.pop()
            found[folder.id] = folder

        with self.mistakes.collecting():
            visit(path, Source(path.name, 1))
        own = [folder for folder in found.values() if folder.path == path]
        return (*(one for one in found.values() if one.path != path), *own) if own else ()

    def _folder(self, path: Path, asked: Source) -> Folder | None:
        head_path = path / HEAD_FILE
        if not head_path.is_file():
            raise WrongError("no-such-book", asked, name=path.name, file=HEAD_FILE)
        name = f"{path.name}/{HEAD_FILE}"
        tree = read_yaml(head_path, name, self.mistakes)
        head = self.reader.block(tree, Source(name, 1), HEAD_FILE, _HEAD_KEYS)
        head.need("规则册", "名称", "版本")
        title = head.text("名称")
        if head.text("规则册") != path.name:
            self.mistakes.add("book-name", head.place("规则册"), name=head.text("规则册"), folder=path.name)
        if VERSION.fullmatch(head.text("版本")) is None:
            self.mistakes.add("bad-version", head.place("版本"), name=head.text("版本"))
        subjects = []
        for file in sorted(path.glob("*.yaml")):
            if file.name == HEAD_FILE:
                continue
            place = f"{path.name}/{file.name}"
            with self.mistakes.collecting():
                before = len(self.mistakes.found)
                body = read_yaml(file, place, self.mistakes)
                self.vocabulary.rules_known &= len(self.mistakes.found) == before
                if body is not None:
                    subjects.append(self.reader.block(body, Source(place, 1), file.name, _SUBJECT_KEYS))
        cases = []
        for file in sorted((path / CASES).glob("*.yaml")):
            body = read_yaml(file, f"{path.name}/{CASES}/{file.name}", self.mistakes)
            if isinstance(body, Block):
                cases.append(body)
            elif body is not None:
                self.mistakes.add("not-a-mapping", body.source, name=file.name)
        return Folder(path, head, head.text("规则册"), title, tuple(subjects), tuple(cases))

    # -- named things --------------------------------------------------------

    def _register_rules(self, folder: Folder) -> None:
        """Ids and names of all rules, so that expressions may name them; an id twice is refused."""
        for subject in folder.subjects:
            for kind, allowed in _RULES.items():
                known = self.vocabulary.rules_known
                self.vocabulary.rules_known = False
                with self.mistakes.collecting():
                    for item in subject.items(kind):
                        self._register_rule(item, kind, allowed)
                    self.vocabulary.rules_known = known

    def _register_rule(self, item: Tree, kind: str, allowed: frozenset[str]) -> None:
        if not isinstance(item, Block):
            raise WrongError("not-a-mapping", item.source, name=kind)
        keys = {self.vocabulary.word(key): key for key in item if self.vocabulary.word(key) in allowed}
        identifier = scalar_text(item.get(keys.get("编号", "")))
        if identifier is None:
            return
        if self.vocabulary.rules.get(identifier) == identifier:
            place = item.keys[keys["编号"]]
            self.mistakes.add("id-twice", place, name=identifier)
        self.vocabulary.rules[identifier] = identifier
        name = scalar_text(item.get(keys.get(kind, "")))
        if name is not None:
            self.vocabulary.rules.setdefault(name, identifier)

    def _figures(self, folder: Folder) -> None:
        for subject in folder.subjects:
            for kind, keep in (("数值", self._figure), ("表", self._lookup), ("措施", self._measure)):
                for name, tree, place in self._entries(subject, kind):
                    identifier = self.vocabulary.id(name)
                    self.vocabulary.broken.add(identifier)
                    with self.mistakes.collecting():
                        keep(name, tree, place, folder.id)
                        self.vocabulary.broken.discard(identifier)

    def _entries(self, subject: Words, kind: str) -> Iterator[tuple[str, Tree, Source]]:
        value = subject.get(kind)
        if value is None:
            return
        if not isinstance(value, Block):
            self.mistakes.add("not-a-mapping", value.source, name=kind)
            return
        for name, tree in value.entries.items():
            yield name, tree, value.keys[name]

    def _figure(self, name: str, tree: Tree, place: Source, book: str) -> None:
        figure = read_figure(self.reader, name, tree, place, book)
        self._new(figure.id, name, place)
        self.vocabulary.figures[figure.id] = figure

    def _lookup(self, name: str, tree: Tree, place: Source, book: str) -> None:
        lookup = read_lookup(self.reader, name, tree, place, book)
        self._new(lookup.id, name, place)
        self.vocabulary.lookups[lookup.id] = lookup

    def _measure(self, name: str, tree: Tree, place: Source, book: str) -> None:
        if name in self.measures:
            raise WrongError("named-twice", place, name=name)
        self.measures[name] = read_measure(self.reader, name, tree, place, book)

    def _new(self, identifier: str, name: str, place: Source) -> None:
        if identifier in self.vocabulary.figures or identifier in self.vocabulary.lookups:
            raise WrongError("named-twice", place, name=name)

    # -- facts ---------------------------------------------------------------

    def _register_facts(self, folder: Folder) -> Iterator[Callable[[], Type]]:
        """Make every fact known by name; it is read when first asked for, so their order does not matter."""
        for subject in folder.subjects:
            for name, tree, place in self._entries(subject, "事实"):
                with self.mistakes.collecting():
                    key = fact_place(self.reader, name, place)
                    if key in self.vocabulary.facts:
                        raise WrongError("named-twice", place, name=name)
                    self.vocabulary.facts[key] = self._fact_type(key, name, tree, place, folder.id)
                    yield self.vocabulary.facts[key]

    def _fact_type(
        self, key: tuple[str, str], name: str, tree: Tree, place: Source, book: str
    ) -> Callable[[], Type]:
        failed: list[WrongError] = []

        def kind() -> Type:
            if failed:
                raise failed[0]
            if key in self.facts:
                return self.facts[key].type
            if key in self.open_facts:
                ring = [*self.open_facts[self.open_facts.index(key) :], key]
                words = " → ".join(".".join(map(self.vocabulary.word, one)) for one in ring)
                raise WrongError("fact-cycle", place, ring=words)
            self.open_facts.append(key)
            try:
                self.facts[key] = read_fact(self.reader, name, tree, place, book)
            except WrongError as wrong:
                failed.append(wrong)
                raise
            finally:
                self.open_facts.pop()
            return self.facts[key].type

        return kind

    # -- rules ---------------------------------------------------------------

    def _rules(self, folder: Folder) -> list[Rule]:
        scopes = self._scopes(folder)
        rules: list[Rule] = []
        for subject in folder.subjects:
            for heading in _RULES:
                with self.mistakes.collecting():
                    for item in subject.items(heading):
                        with self.mistakes.collecting():
                            kind = _kind_of(item, heading)
                            words = self.reader.block(item, item.source, kind, _RULES[kind])
                            rule = self._finished(self._rule(kind, words, folder.id), scopes)
                            self.places[rule.id] = words
                            rules.append(rule)
        return rules

    def _rule(self, kind: str, words: Words, book: str) -> Rule:
        if kind == "规则":
            return DutyReader(words, book).read()
        if kind == "预警":
            return read_warning(words, book, frozenset(self.measures))
        if kind == "分级":
            return read_grade(words, book)
        return read_gate(words, book)

    def _finished(self, rule: R, scopes: dict[str, Node]) -> R:
        """The rule with its scope and the unset figures it uses."""
        rule = replace(rule, scope=self._scope_of(rule.table, scopes))
        unset = {one.id for one in self.vocabulary.figures.values() if one.value.latest is None}
        return replace(rule, sleeping=tuple(sorted(unset & figures_of(rule, self.facts))))

    def _scopes(self, folder: Folder) -> dict[str, Node]:
        scopes: dict[str, Node] = {}
        with self.mistakes.collecting():
            for name, text, source in entries_of(folder.head, "范围"):
                with self.mistakes.collecting():
                    table = self.vocabulary.id(name)
                    if table not in self.vocabulary.tables:
                        closest = self.vocabulary.closest(name, self.vocabulary.tables)
                        raise WrongError("unknown-table", source, name=name, closest=closest)
                    node = read_expression(text, self.reader.context(table, source), BOOL)
                    if any(isinstance(one, AtRow | Growth | Ordinal | Rank) for one in nodes_of(node)):
                        raise WrongError("scope-too-wide", source)
                    scopes[table] = node
                    self.scopes[table] = (node, source)
        return scopes

    def _scope_of(self, table: str, scopes: dict[str, Node]) -> Node | None:
        """The range on a table: its own where named, else that of the contract to which its rows lead."""
        if table in scopes:
            return scopes[table]
        contract = self.vocabulary.id("合同")
        way = self.vocabulary.way(table, contract) if contract in scopes else None
        if way is None:
            return None
        tables: list[str] = []
        here = table
        for step in way:
            here = str(self.vocabulary.tables[here].columns[step].ref)
            tables.append(here)
        return moved(scopes[contract], table, way, tuple(tables))

    # -- the whole -----------------------------------------------------------

    def _cases(self, folder: Folder) -> tuple[CaseBook, ...]:
        found: list[CaseBook] = []
        for block in folder.cases:
            with self.mistakes.collecting():
                found += read_cases(self.reader, block, folder.id)
        return tuple(found)

    def _whole(self, folder: Folder, rules: list[Rule], cases: tuple[CaseBook, ...]) -> Rulebook:
        by_id = sorted(rules, key=lambda rule: rule.id)
        rulebook = Rulebook(
            id=folder.id,
            name=folder.title,
            version=folder.head.text("版本"),
            figures=dict(sorted(self.vocabulary.figures.items())),
            lookups=self._lookups(),
            facts=dict(sorted(self.facts.items())),
            duties=tuple(rule for rule in by_id if isinstance(rule, Duty)),
            warnings=tuple(rule for rule in by_id if isinstance(rule, Warning)),
            grades=tuple(rule for rule in by_id if isinstance(rule, Grade)),
            gates=tuple(rule for rule in by_id if isinstance(rule, Gate)),
            cases=cases,
            fingerprint="",
            wording="",
            measures=dict(sorted(self.measures.items())),
        )
        complete = not self.mistakes.found
        check(
            Whole(rulebook, self.vocabulary, self.places, self.scopes, self.inherited, complete),
            self.mistakes,
        )
        said = replace(rulebook, cases=(), version="")
        return replace(
            rulebook,
            fingerprint=digest(replace(said, name=""), meaning=True),
            wording=digest(replace(rulebook, cases=()), meaning=False),
        )

    def _lookups(self) -> dict[str, LookupTable]:
        """The tables, those keyed by an enumeration with the domain they were asked with."""
        uses = self.vocabulary.lookup_uses
        return {
            name: replace(one, key=Type(Kind.ENUM, uses[name])) if name in uses else one
            for name, one in sorted(self.vocabulary.lookups.items())
        }


def _folder_name(item: Tree) -> str:
    """The folder of a book that is used."""
    name = scalar_text(item) or ""
    if FOLDER.fullmatch(name) is None:
        raise WrongError("no-such-book", item.source, name=name, file=HEAD_FILE)
    return name


def _kind_of(item: Tree, heading: str) -> str:
    """What an entry is: by the key that names it, whichever list it stands in."""
    if isinstance(item, Block):
        return next((kind for kind in _RULES if kind in item.entries), heading)
    return heading
