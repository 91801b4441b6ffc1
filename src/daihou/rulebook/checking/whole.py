"""A rulebook that has been read, with the places where its rules' keys stand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from daihou.rulebook.blocks import Words, scalar_text
from daihou.rulebook.model import (
    Dated,
    Duty,
    Gate,
    Grade,
    Person,
    Responsible,
    Rule,
    Rulebook,
    Warning,
)
from daihou.rulebook.nodes import Node
from daihou.rulebook.vocabulary import Vocabulary
from daihou.rulebook.yaml_source import Block, Listing
from daihou.terms import Source


@dataclass(frozen=True)
class Part:
    """One expression of a rule: the key it is written under, its place, and the day of the later wording it belongs to."""

    word: str
    node: Node
    source: Source
    since: date | None = None


@dataclass(frozen=True)
class Whole:
    """What the checks look at. ``complete``: everything was read; else nothing is said about what seems to be missing."""

    rulebook: Rulebook
    vocabulary: Vocabulary
    places: Mapping[str, Words]  # rule id -> the mapping in which it is written
    scopes: Mapping[str, tuple[Node, Source]]  # 范围 as written, by table
    inherited: frozenset[str]  # ids of the rules of the books it uses
    complete: bool

    def place(self, rule: Rule, word: str, since: date | None = None) -> Source:
        """Where a key of a rule stands (of its later wording ``since`` that day); the rule itself where it has none."""
        words = self.places.get(rule.id)
        if words is None:
            return rule.source
        if since is not None:
            return self._in_wording(words, word, since) or rule.source
        return words.place(word) if word in words else rule.source

    def _in_wording(self, words: Words, word: str, since: date) -> Source | None:
        listing = words.get("版本")
        for item in listing.items if isinstance(listing, Listing) else ():
            if not isinstance(item, Block):
                continue
            named = {self.vocabulary.word(key): key for key in item}
            if scalar_text(item.get(named.get("自", ""))) == since.isoformat() and word in named:
                return item.entries[named[word]].source
        return None

    def entry(self, rule: Rule, word: str, name: str) -> Source:
        """Where a named entry below a key stands, such as one level."""
        words = self.places.get(rule.id)
        block = None if words is None else words.get(word)
        if isinstance(block, Block):
            for key, tree in block.entries.items():
                if self.vocabulary.id(key) == name:
                    return tree.source
        return self.place(rule, word)

    def item(self, rule: Rule, word: str, number: int) -> Source:
        """Where an item of a list below a key stands."""
        words = self.places.get(rule.id)
        listing = None if words is None else words.get(word)
        if isinstance(listing, Listing) and number < len(listing.items):
            return listing.items[number].source
        return self.place(rule, word)

    def own(self, book: str) -> bool:
        """Whether something was written in this book, not in one that it uses."""
        return book == self.rulebook.id

    def parts(self, rule: Rule) -> Iterator[Part]:
        """Every expression of a rule with its place."""
        if isinstance(rule, Duty):
            yield from self._duty_parts(rule)
        elif rule.condition is not None:
            yield Part("条件", rule.condition, self.place(rule, "条件"))
        if isinstance(rule, Warning):
            yield from self._plain(rule, (("次", rule.episode), ("主体", rule.party)))
            yield from self._named(rule, "级", rule.levels)
            yield from self._named(rule, "数据", rule.evidence)
        elif isinstance(rule, Grade):
            word = "底线" if "底线" in self.places.get(rule.id, ()) else "级"
            yield from self._named(rule, word, rule.levels)
            since = None if rule.upgrade is None else rule.upgrade.since
            yield from self._plain(
                rule,
                (
                    ("建议", rule.proposal),
                    ("人工", rule.manual),
                    ("人工", rule.manual_approved),
                    ("上调", since),
                ),
            )
        elif isinstance(rule, Gate):
            for number, refusal in enumerate(rule.refusals):
                yield Part("不许", refusal.when, self.item(rule, "不许", number))
                for _, node in refusal.values:
                    yield Part("因", node, self.item(rule, "不许", number))

    def _duty_parts(self, duty: Duty) -> Iterator[Part]:
        for word, dated in (
            ("条件", duty.conditions),
            ("开放", duty.opens),
            ("到期", duty.due),
            ("失效", duty.expires),
            ("缓冲", duty.buffer),
        ):
            yield from self._dated(duty, word, dated)
        periods, rolling = duty.periods, duty.rolling
        if periods is not None:
            yield from self._plain(
                duty,
                (("每", periods.kind), ("每", periods.anchor), ("首", periods.first), ("末", periods.last)),
            )
        if rolling is not None:
            yield from self._plain(
                duty, (("循环", rolling.where), ("循环", rolling.day), ("循环", rolling.first))
            )
        yield from self._plain(
            duty, (("起算", duty.start), ("次", duty.occurrence), ("完成", duty.done), ("变通", duty.exempt))
        )
        for since, responsible in duty.responsible.steps:
            for person in persons_of(responsible):
                source = self.place(duty, "责任", since)
                yield from (
                    Part("责任", n, source, since) for n in (person.column, person.branch) if n is not None
                )

    def _dated(self, rule: Rule, word: str, dated: Dated[Node | None]) -> Iterator[Part]:
        for since, node in dated.steps:
            if node is not None:
                yield Part(word, node, self.place(rule, word, since), since)

    def _plain(self, rule: Rule, pairs: tuple[tuple[str, Node | None], ...]) -> Iterator[Part]:
        for word, node in pairs:
            if node is not None:
                yield Part(word, node, self.place(rule, word))

    def _named(self, rule: Rule, word: str, pairs: tuple[tuple[str, Node], ...]) -> Iterator[Part]:
        for name, node in pairs:
            yield Part(word, node, self.entry(rule, word, name))


def persons_of(responsible: Responsible | None) -> tuple[Person, ...]:
    """Everybody named under 责任, who starts it first."""
    if responsible is None:
        return ()
    starter = () if responsible.starter is None else (responsible.starter,)
    return (*starter, *responsible.persons)
