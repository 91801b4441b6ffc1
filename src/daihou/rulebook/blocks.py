"""A YAML mapping read by the words of the language: keys known, needed ones present, values of the right shape."""

from __future__ import annotations

from datetime import date
from typing import TypeVar, cast

from daihou.rulebook.expressions import read_expression
from daihou.rulebook.literals import constant, day_of, flag_of
from daihou.rulebook.mistakes import FollowsError, Mistakes, WrongError
from daihou.rulebook.names import NO_MOMENTS, Context
from daihou.rulebook.nodes import Literal, Node, Type
from daihou.rulebook.vocabulary import Vocabulary
from daihou.rulebook.yaml_source import Block, Listing, Scalar, Tree, items_of, text_of
from daihou.terms import Source

V = TypeVar("V")


class Reader:
    """What every part of the reading needs: the names and the collector of mistakes."""

    def __init__(self, vocabulary: Vocabulary, mistakes: Mistakes) -> None:
        self.vocabulary = vocabulary
        self.mistakes = mistakes

    def block(self, tree: Tree | None, place: Source, name: str, allowed: frozenset[str]) -> Words:
        """A mapping with the keys of ``allowed`` (words), whatever language they are written in."""
        if not isinstance(tree, Block):
            raise WrongError("not-a-mapping", place if tree is None else tree.source, name=name)
        words = Words(self, tree)
        for key in tree:
            word = self.vocabulary.word(key)
            if word not in allowed:
                closest = self.vocabulary.closest(key, allowed)
                words.offered.add(closest)
                self.mistakes.add(
                    "unknown-key",
                    tree.keys[key],
                    name=key,
                    within=name,
                    closest=closest,
                    known="、".join(allowed),
                )
            elif word in words.keys:
                self.mistakes.add("key-twice", tree.keys[key], name=key)
            else:
                words.keys[word] = key
        return words

    def text(self, tree: Tree | None, name: str, place: Source) -> str:
        """A text."""
        return text_of(tree, name, place)

    def id_in(self, tree: Tree | None, name: str, place: Source, known: tuple[str, ...], code: str) -> str:
        """The identifier of a word that must be one of ``known`` identifiers; ``code`` is said where it is none."""
        text = text_of(tree, name, place)
        identifier = self.vocabulary.id(text)
        if identifier not in known:
            closest = self.vocabulary.closest(text, known)
            source = place if tree is None else tree.source
            raise WrongError(code, source, name=text, closest=closest)
        return identifier

    def post(self, tree: Tree | None, name: str, place: Source) -> str:
        """A declared post."""
        return self.id_in(tree, name, place, tuple(self.vocabulary.posts), "unknown-post")

    def context(self, table: str | None, source: Source, moments: frozenset[str] = NO_MOMENTS) -> Context:
        """The context of an expression on a table."""
        return Context(self.vocabulary, table, moments, None, source)


class Words:
    """One mapping whose keys have been turned into words."""

    def __init__(self, reader: Reader, block: Block) -> None:
        self.reader = reader
        self.block = block
        self.keys: dict[str, str] = {}
        self.offered: set[str] = set()  # words that an unknown key may have meant

    @property
    def source(self) -> Source:
        """Where the mapping begins."""
        return self.block.source

    def __contains__(self, word: object) -> bool:
        return word in self.keys and self.block.get(self.keys[str(word)]) is not None

    def get(self, word: str) -> Tree | None:
        """The value of a key, None if absent."""
        return self.block.get(self.keys[word]) if word in self.keys else None

    def place(self, word: str) -> Source:
        """Where a value stands; the mapping itself where the key is absent."""
        value = self.get(word)
        return self.source if value is None else value.source

    def need(self, *words: str) -> None:
        """Refuse a mapping that lacks one of the keys; every missing one is noted, but for those misspelled and told of already."""
        lacking = [word for word in words if word not in self]
        missing = [word for word in lacking if word not in self.offered]
        for word in missing[1:]:
            self.reader.mistakes.add("missing-key", self.source, name=word)
        if missing:
            raise WrongError("missing-key", self.source, name=missing[0])
        if lacking:
            raise FollowsError("missing-key", self.source, name=lacking[0])

    def there(self, word: str, value: V | None) -> V:
        """What was read for a key that must be there."""
        if value is None or word not in self:
            raise WrongError("missing-key", self.source, name=word)
        return value

    def tree(self, word: str) -> Tree:
        """What is written under a key that must be there."""
        return cast("Tree", self.there(word, self.get(word)))

    def text(self, word: str) -> str:
        """The text of a key that must be there."""
        return text_of(self.tree(word), word, self.place(word))

    def maybe_text(self, word: str) -> str | None:
        """The text of a key, or None."""
        return self.text(word) if word in self else None

    def texts(self, word: str) -> tuple[str, ...]:
        """The texts of a list (or of one text); empty if absent."""
        value = self.get(word)
        return () if value is None else tuple(text_of(item, word, item.source) for item in items_of(value))

    def items(self, word: str) -> tuple[Tree, ...]:
        """The items of a list; empty if absent."""
        value = self.get(word)
        if value is not None and not isinstance(value, Listing):
            raise WrongError("not-a-list", value.source, name=word)
        return () if value is None else value.items

    def flag(self, word: str, *, default: bool = False) -> bool:
        """Yes or no."""
        text = self.maybe_text(word)
        if text is None:
            return default
        value = flag_of(text)
        if value is None:
            raise WrongError("not-a-flag", self.place(word), name=word, text=text)
        return value

    def day(self, word: str) -> date | None:
        """A day, or None."""
        text = self.maybe_text(word)
        if text is None:
            return None
        day = day_of(text)
        if day is None:
            raise WrongError("bad-date", self.place(word), text=text)
        return day

    def literal(self, word: str) -> Literal | None:
        """A constant, or None."""
        text = self.maybe_text(word)
        return None if text is None else constant(text, self.place(word))

    def whole(self, word: str) -> int | None:
        """A whole number (with or without unit), or None."""
        literal = self.literal(word)
        if literal is None:
            return None
        if isinstance(literal.value, bool) or not isinstance(literal.value, int):
            raise WrongError("not-whole", self.place(word), name=word)
        return literal.value

    def node(
        self, word: str, table: str | None, want: Type | None, moments: frozenset[str] = NO_MOMENTS
    ) -> Node | None:
        """The expression of a key, or None."""
        value = self.get(word)
        if value is None:
            return None
        text = text_of(value, word, value.source)
        return read_expression(text, self.reader.context(table, value.source, moments), want)


def scalar_text(tree: Tree | None) -> str | None:
    """The text of a scalar; None for anything else."""
    return tree.text if isinstance(tree, Scalar) and not tree.empty else None
