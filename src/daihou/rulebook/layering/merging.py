"""The text of a base with what a layer says put in its place: plain trees, each value with the place where it is written.

What is not a figure is laid over as text: a key of a rule is replaced as a whole, the rest of the rule stays the base's. So a new release of the
base comes through in everything that the layer does not name. Figures are laid over once they are read (``stepping``).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from daihou.rulebook.blocks import Reader, Words, scalar_text
from daihou.rulebook.differing import What
from daihou.rulebook.figures import FACT_KEYS, MEASURE_KEYS, fact_place
from daihou.rulebook.folders import NAMED, RULES, Folder
from daihou.rulebook.layering.layer import AMENDED, DROPPED, RETIRED, LayerText
from daihou.rulebook.layering.rewording import amended, in_words, laid, retired
from daihou.rulebook.mistakes import WrongError
from daihou.rulebook.model import LayerEntry, Touch
from daihou.rulebook.stepping import Stepped
from daihou.rulebook.yaml_source import Block, Listing, Tree, items_of
from daihou.terms import Source

WHAT: Mapping[str, What] = MappingProxyType(
    {"数值": "figure", "表": "lookup", "事实": "fact", "措施": "measure"}
)
_KEYS = {"事实": FACT_KEYS, "措施": MEASURE_KEYS}  # of what is laid over as text
_SENSE = "义"  # what is new says what it means; what is there keeps its sense
_RETIRING = frozenset({*RULES, "编号", "自", "因", "依据", "终止"})
_DROPPING = frozenset({"案例", "因"})
_NAMING = frozenset({*RULES, AMENDED})  # where a rule gets a name that others may use

Key = tuple[str, str]


@dataclass(frozen=True)
class Merged:
    """What is to be read: the folders, the steps laid over figures (those of layers beneath first), what the layer touches."""

    folders: tuple[Folder, ...]
    steps: tuple[Stepped, ...]
    entries: tuple[LayerEntry, ...]


@dataclass(frozen=True)
class _Named:
    """An entry under 数值, 表, 事实 or 措施, and the number of the folder in which it stands."""

    kind: str
    name: str
    tree: Tree
    place: Source
    folder: int


@dataclass(frozen=True)
class _Rule:
    """One rule as written; ``kind`` is the key that names it."""

    kind: str
    block: Block
    id: str
    name: str


class Merging:
    """One layer being laid on one base."""

    def __init__(self, reader: Reader, folders: tuple[Folder, ...], layer: LayerText) -> None:
        self.reader = reader
        self.vocabulary = reader.vocabulary
        self.mistakes = reader.mistakes
        self.folders = folders
        self.layer = layer
        self.own = len(folders) - 1
        self.named = dict(one for number in range(len(folders)) for one in self._named_in(number))
        self.rules = {rule.id: rule for rule in self._rules_in(folders[-1])}
        self.new: list[_Rule] = []
        self.cases = [name for block in folders[-1].cases for name in _case_names(reader, block)]
        self.steps: list[Stepped] = []
        self.entries: dict[Key, LayerEntry] = {}
        self.said: set[Key] = set()

    def merged(self, below: tuple[Stepped, ...]) -> Merged:
        """The base with everything that the layer says; its mistakes are collected and left out."""
        for kind in NAMED:
            for subject in self.layer.subjects:
                self._named_things(subject, kind)
        takes: dict[str, Callable[[Tree], None]] = {
            **dict.fromkeys(RULES, self._new_rule),
            AMENDED: self._amend,
            RETIRED: self._retire,
            DROPPED: self._drop,
        }
        for kind, take in takes.items():
            for subject in self.layer.subjects:
                with self.mistakes.collecting():
                    for item in subject.items(kind):
                        taken = self._taken(take, item)
                        self.vocabulary.rules_known &= taken or kind not in _NAMING
        return Merged(self._written(), (*below, *self.steps), tuple(self.entries.values()))

    def _taken(self, take: Callable[[Tree], None], item: Tree) -> bool:
        before = len(self.mistakes.found)
        with self.mistakes.collecting():
            take(item)
        return len(self.mistakes.found) == before

    def _note(self, entry: LayerEntry) -> None:
        """One thing is said once in a layer, so that no line of it is without effect."""
        key = (entry.what, entry.key)
        if key in self.entries:
            raise WrongError("named-twice", entry.source, name=entry.name)
        self.entries[key] = entry

    # -- what the base holds -------------------------------------------------

    def _named_in(self, number: int) -> Iterator[tuple[Key, _Named]]:
        for subject in self.folders[number].subjects:
            entries, _ = in_words(self.reader, subject)
            for kind in NAMED:
                block = entries.get(kind)
                if not isinstance(block, Block):
                    continue
                for name, tree in block.entries.items():
                    place = block.keys[name]
                    yield self._key(kind, name, place), _Named(kind, name, tree, place, number)

    def _key(self, kind: str, name: str, place: Source) -> Key:
        """Figures and figure tables share their names; a fact is known by its table too."""
        if kind == "事实":
            return kind, ".".join(fact_place(self.reader, name, place))
        return ("数值" if kind == "表" else kind), self.vocabulary.id(name)

    def _rules_in(self, folder: Folder) -> Iterator[_Rule]:
        for subject in folder.subjects:
            entries, _ = in_words(self.reader, subject)
            for heading in RULES:
                for item in items_of(entries.get(heading, Listing((), subject.source))):
                    if isinstance(item, Block):
                        yield self._rule_of(item, heading)

    def _rule_of(self, item: Block, heading: str) -> _Rule:
        entries, _ = in_words(self.reader, item)
        kind = next((one for one in RULES if one in entries), heading)
        return _Rule(kind, item, scalar_text(entries.get("编号")) or "", scalar_text(entries.get(kind)) or "")

    # -- figures, facts, measures --------------------------------------------

    def _named_things(self, subject: Words, kind: str) -> None:
        value = subject.get(kind)
        if isinstance(value, Block):
            for name, tree in value.entries.items():
                with self.mistakes.collecting():
                    self._named_thing(kind, name, tree, value.keys[name])
        elif value is not None:
            self.mistakes.add("not-a-mapping", value.source, name=kind)

    def _named_thing(self, kind: str, name: str, tree: Tree, place: Source) -> None:
        key = self._key(kind, name, place)
        if key in self.said:
            raise WrongError("named-twice", place, name=name)
        self.said.add(key)
        below = self.named.get(key)
        if not isinstance(tree, Block):
            raise WrongError("not-a-mapping", place, name=name)
        new = _SENSE in in_words(self.reader, tree)[0]
        if new and below is not None:
            raise WrongError("exists-in-base", place, name=name)
        if not new and below is None:
            self.vocabulary.broken.add(key[1])
            closest = self._near(name, (one.name for one in self.named.values() if one.kind == kind))
            raise WrongError("new-without-sense", place, name=name, closest=closest)
        what = WHAT[kind if below is None else below.kind]
        touch = Touch.ADDED if below is None else Touch.CHANGED
        self._note(LayerEntry(what, touch, key[1], self.vocabulary.word(name), place))
        if below is None:
            self.named[key] = _Named(kind, name, tree, place, self.own)
        elif below.kind in _KEYS and isinstance(below.tree, Block):
            words = self.reader.block(tree, place, name, _KEYS[kind])
            self.named[key] = _Named(kind, name, laid(below.tree, words), place, self.own)
        else:
            self.steps.append(Stepped(name, tree, place))

    def _near(self, name: str, among: Iterable[str]) -> str:
        return self.vocabulary.closest(name, among)

    # -- rules ---------------------------------------------------------------

    def _new_rule(self, item: Tree) -> None:
        if not isinstance(item, Block):
            raise WrongError("not-a-mapping", item.source, name="规则")
        rule = self._rule_of(item, "规则")
        if any({rule.id, rule.name} & {known.id, known.name} for known in self.rules.values()):
            raise WrongError("exists-in-base", item.source, name=rule.name)
        self.new.append(rule)
        if rule.id:  # else, and where one id is given twice, refused where the rule is read
            entry = LayerEntry("rule", Touch.ADDED, rule.id, rule.name, item.source)
            self.entries.setdefault(("rule", rule.id), entry)

    def _meant(
        self, item: Tree, heading: str, allowed: Collection[str] | None
    ) -> tuple[_Rule, Words, set[str]]:
        """The rule of the base that an entry names, the entry, and the keys by which it names it.

        By 编号, then its name may be a new one; else by its name or id under the key of its kind. ``allowed``: keys, else those of the rule's kind.
        """
        if not isinstance(item, Block):
            raise WrongError("not-a-mapping", item.source, name=heading)
        entries, _ = in_words(self.reader, item)
        kind = next((one for one in RULES if one in entries), "规则")
        naming = "编号" if "编号" in entries else kind
        name = scalar_text(entries.get(naming))
        if name is None:
            raise WrongError("missing-key", item.source, name="规则")
        found = next((rule for rule in self.rules.values() if name in {rule.id, rule.name}), None)
        if found is None:
            known = [word for rule in self.rules.values() for word in (rule.id, rule.name)]
            raise WrongError(
                "not-in-base", entries[naming].source, name=name, closest=self._near(name, known)
            )
        keys = RULES[found.kind] if allowed is None else frozenset(allowed)
        return found, self.reader.block(item, item.source, heading, keys), {naming}

    def _amend(self, item: Tree) -> None:
        rule, words, naming = self._meant(item, AMENDED, None)
        self._note(LayerEntry("rule", Touch.CHANGED, rule.id, rule.name, item.source))
        if not set(words.keys) - naming:
            raise WrongError("changes-nothing", item.source, name=rule.name)
        self._replace(rule, amended(rule.block, words, naming))

    def _retire(self, item: Tree) -> None:
        rule, words, _ = self._meant(item, RETIRED, _RETIRING)
        words.need("自", "因")
        block, since = retired(rule.block, words, rule.name)
        self._note(
            LayerEntry(
                "rule", Touch.RETIRED, rule.id, rule.name, item.source, since=since, reason=words.text("因")
            )
        )
        self._replace(rule, block)

    def _replace(self, rule: _Rule, block: Block) -> None:
        self.rules[rule.id] = replace(rule, block=block)

    # -- cases ---------------------------------------------------------------

    def _drop(self, item: Tree) -> None:
        words = self.reader.block(item, item.source, DROPPED, _DROPPING)
        words.need("案例", "因")
        reason = words.text("因")
        for tree in items_of(words.tree("案例")):
            with self.mistakes.collecting():
                name = self.reader.text(tree, "案例", tree.source)
                if name not in self.cases:
                    closest = self._near(name, self.cases)
                    raise WrongError("not-in-base", tree.source, name=name, closest=closest)
                self._note(LayerEntry("case", Touch.DROPPED, name, name, tree.source, reason=reason))

    # -- the whole -----------------------------------------------------------

    def _written(self) -> tuple[Folder, ...]:
        gone = {name for what, name in self.entries if what == "case"}
        own = self.folders[-1]
        cases = (*(_without(self.reader, block, gone) for block in own.cases), *self.layer.cases)
        return (
            *(replace(one, subjects=self._subjects(number)) for number, one in enumerate(self.folders[:-1])),
            replace(own, subjects=self._subjects(self.own), cases=cases),
        )

    def _subjects(self, number: int) -> tuple[Block, ...]:
        """One mapping with everything that stands in a folder now."""
        folder = self.folders[number]
        entries: dict[str, Tree] = {}
        for kind in NAMED:
            held = [one for one in self.named.values() if one.kind == kind and one.folder == number]
            if held:
                trees, places = {one.name: one.tree for one in held}, {one.name: one.place for one in held}
                entries[kind] = Block(trees, places, held[0].place)
        rules = [*self.rules.values(), *self.new] if number == self.own else [*self._rules_in(folder)]
        for kind in RULES:
            items = tuple(rule.block for rule in rules if rule.kind == kind)
            if items:
                entries[kind] = Listing(items, items[0].source)
        keys = {kind: tree.source for kind, tree in entries.items()}
        return (Block(entries, keys, folder.head.source),)


def _case_names(reader: Reader, block: Block) -> Iterator[str]:
    """The names of the cases of one file."""
    entries, _ = in_words(reader, block)
    for item in items_of(entries.get("案例", Listing((), block.source))):
        yield _case_name(reader, item)


def _case_name(reader: Reader, item: Tree) -> str:
    return (scalar_text(in_words(reader, item)[0].get("案例")) or "") if isinstance(item, Block) else ""


def _without(reader: Reader, block: Block, gone: set[str]) -> Block:
    """A file of cases without those that no longer apply."""
    entries, keys = in_words(reader, block)
    listing = entries.get("案例")
    if isinstance(listing, Listing):
        kept = tuple(item for item in listing.items if _case_name(reader, item) not in gone)
        entries["案例"] = Listing(kept, listing.source)
    return Block(entries, keys, block.source)
