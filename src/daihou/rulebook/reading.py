"""The text of a rulebook to a Rulebook: everything is read, every mistake is collected."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from daihou.rulebook.blocks import Reader, Words, scalar_text
from daihou.rulebook.cases import read_cases
from daihou.rulebook.checking import Whole, check
from daihou.rulebook.duties import DutyReader
from daihou.rulebook.expressions import read_expression
from daihou.rulebook.figures import fact_place, read_fact, read_figure, read_lookup, read_measure
from daihou.rulebook.fingerprint import sealed
from daihou.rulebook.folders import HEAD_FILE, HEAD_KEYS, RULES, SUBJECT_KEYS, Folder
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
from daihou.rulebook.rules import entries_of, read_gate, read_grade, read_warning
from daihou.rulebook.stepping import Stepped, lay_over
from daihou.rulebook.vocabulary import Vocabulary
from daihou.rulebook.walking import figures_of, nodes_of
from daihou.rulebook.yaml_source import Block, Tree
from daihou.terms import Source

R = TypeVar("R", bound=Rule)


@dataclass(frozen=True)
class Opened:
    """One folder whose keys have been turned into words, for this reading."""

    id: str
    title: str
    version: str
    head: Words
    subjects: tuple[Words, ...]
    cases: tuple[Block, ...]


class Reading:
    """One reading of one rulebook with the books it uses."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary
        self.mistakes = Mistakes()
        self.reader = Reader(vocabulary, self.mistakes)
        self.facts: dict[tuple[str, str], Fact] = {}
        self.measures: dict[str, Measure] = {}
        self.places: dict[str, Words] = {}  # rule id -> the mapping in which it is written
        self.scopes: dict[str, tuple[Node, Source]] = {}
        self.inherited: frozenset[str] = frozenset()  # ids of the rules of the books used
        self.open_facts: list[tuple[str, str]] = []

    def read(self, texts: Sequence[Folder], steps: Sequence[Stepped] = ()) -> Rulebook:
        """The rulebook of the last folder, which uses those before it; mistakes are collected.

        ``steps``: what layers say of figures that stand in one of the folders.
        """
        folders = [self._opened(text) for text in texts]
        own = folders[-1]
        for folder in folders:
            if folder is own:
                self.inherited = frozenset(self.vocabulary.rules.values())
            self._register_rules(folder)
        for folder in folders:
            self._figures(folder)
        for step in steps:
            with self.mistakes.collecting():
                lay_over(self.reader, step, own.id)
        fact_readers = [one for folder in folders for one in self._register_facts(folder)]
        for read in fact_readers:
            with self.mistakes.collecting():
                read()
        rules = self._rules(own)
        cases = self._cases(own)
        return self._whole(own, rules, cases)

    def _opened(self, text: Folder) -> Opened:
        top = Source(f"{text.path.name}/{HEAD_FILE}", 1)
        head = self.reader.block(text.head, top, HEAD_FILE, HEAD_KEYS)
        subjects = tuple(
            self.reader.block(one, one.source, Path(one.source.file).name, SUBJECT_KEYS)
            for one in text.subjects
        )
        return Opened(text.id, text.title, text.version, head, subjects, text.cases)

    # -- named things --------------------------------------------------------

    def _register_rules(self, folder: Opened) -> None:
        """Ids and names of all rules, so that expressions may name them; an id twice is refused."""
        for subject in folder.subjects:
            for kind, allowed in RULES.items():
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

    def _figures(self, folder: Opened) -> None:
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

    def _register_facts(self, folder: Opened) -> Iterator[Callable[[], Type]]:
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

    def _rules(self, folder: Opened) -> list[Rule]:
        scopes = self._scopes(folder)
        rules: list[Rule] = []
        for subject in folder.subjects:
            for heading in RULES:
                with self.mistakes.collecting():
                    for item in subject.items(heading):
                        with self.mistakes.collecting():
                            kind = _kind_of(item, heading)
                            words = self.reader.block(item, item.source, kind, RULES[kind])
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

    def _scopes(self, folder: Opened) -> dict[str, Node]:
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

    def _cases(self, folder: Opened) -> tuple[CaseBook, ...]:
        found: list[CaseBook] = []
        for block in folder.cases:
            with self.mistakes.collecting():
                found += read_cases(self.reader, block, folder.id)
        return tuple(found)

    def _whole(self, folder: Opened, rules: list[Rule], cases: tuple[CaseBook, ...]) -> Rulebook:
        by_id = sorted(rules, key=lambda rule: rule.id)
        rulebook = Rulebook(
            id=folder.id,
            name=folder.title,
            version=folder.version,
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
        return sealed(rulebook)

    def _lookups(self) -> dict[str, LookupTable]:
        """The tables, those keyed by an enumeration with the domain they were asked with."""
        uses = self.vocabulary.lookup_uses
        return {
            name: replace(one, key=Type(Kind.ENUM, uses[name])) if name in uses else one
            for name, one in sorted(self.vocabulary.lookups.items())
        }


def _kind_of(item: Tree, heading: str) -> str:
    """What an entry is: by the key that names it, whichever list it stands in."""
    if isinstance(item, Block):
        return next((kind for kind in RULES if kind in item.entries), heading)
    return heading
