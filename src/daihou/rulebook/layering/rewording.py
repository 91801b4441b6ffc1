"""Keys laid over a mapping of the base: of a rule, of one of its later wordings, of a fact or measure."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta

from daihou.rulebook.blocks import Reader, Words, scalar_text
from daihou.rulebook.duties import VERSION_KEYS
from daihou.rulebook.folders import RULES
from daihou.rulebook.literals import day_of
from daihou.rulebook.mistakes import WrongError
from daihou.rulebook.yaml_source import Block, Listing, Scalar, Tree
from daihou.terms import Source

NEEDED = frozenset({*RULES, "编号", "依据", "条目", "意旨", "对象", "责任", "方式", "取", "不许", "义", "自"})
CITING = frozenset({"依据", "来源"})
_WORDINGS, _NOTHING, _ENDLESS = "版本", "无", "到期"
_SENSE, _ENGLISH = "意旨", "英"


def amended(base: Block, words: Words, naming: Collection[str]) -> Block:
    """A rule with the keys that ``words`` says otherwise; ``naming``: those that only say which rule is meant."""
    changed = set(words.keys) - set(naming)
    if changed - {_WORDINGS} and not CITING & changed:
        raise WrongError("change-uncited", words.source, name=_name_of(words, naming))
    rest = laid(base, words, leaving={*naming, _WORDINGS})
    later = words.get(_WORDINGS)
    if later is None:
        return rest
    entries, keys = dict(rest.entries), dict(rest.keys)
    entries[_WORDINGS] = _wordings(words.reader, rest.entries.get(_WORDINGS), later)
    keys[_WORDINGS] = later.source
    return Block(entries, keys, words.source)


def laid(base: Block, words: Words, *, leaving: Collection[str] = ()) -> Block:
    """The mapping with the keys of ``words`` in it: each replaces the base's whole, 无 takes it away (到期: 无 means never late)."""
    entries, keys = in_words(words.reader, base)
    for word, key in words.keys.items():
        if word in leaving:
            continue
        tree, place = words.block.entries[key], words.block.keys[key]
        below = entries.get(word)
        if word != _ENDLESS and _says_nothing(words.reader, tree):
            if word in NEEDED:
                raise WrongError("key-must-stay", place, name=word)
            if below is None:
                raise WrongError("changes-nothing", place, name=word)
            del entries[word], keys[word]
            continue
        if below is not None and word not in CITING and bare(below) == bare(tree):
            raise WrongError("changes-nothing", place, name=word)
        entries[word], keys[word] = tree, place
    if _SENSE in words.keys and _ENGLISH not in words.keys:  # the base's English says the base's sense
        for held in (entries, keys):
            held.pop(_ENGLISH, None)
    return Block(entries, keys, words.source)


def retired(base: Block, words: Words, name: str) -> tuple[Block, date]:
    """A rule with its end, and the first day without it."""
    since = words.there("自", words.day("自"))
    entries, keys = in_words(words.reader, base)
    until = day_of(scalar_text(entries.get("至")) or "")
    if until is not None and until < since:
        raise WrongError("changes-nothing", words.place("自"), name=name)
    last = since - timedelta(days=1)
    entries["至"] = Scalar(last.isoformat(), words.place("自"))
    keys["至"] = words.place("自")
    on_end = words.get("终止")
    if on_end is not None:
        entries["终止"], keys["终止"] = on_end, words.block.keys[words.keys["终止"]]
    return Block(entries, keys, base.source), since


def in_words(reader: Reader, block: Block) -> tuple[dict[str, Tree], dict[str, Source]]:
    """The entries of a mapping and the places of its keys, by word."""
    vocabulary = reader.vocabulary
    return (
        {vocabulary.word(key): tree for key, tree in block.entries.items()},
        {vocabulary.word(key): place for key, place in block.keys.items()},
    )


def bare(tree: Tree) -> object:
    """A tree without its places."""
    if isinstance(tree, Scalar):
        return tree.text, tree.empty
    if isinstance(tree, Listing):
        return tuple(bare(item) for item in tree.items)
    return frozenset((key, bare(value)) for key, value in tree.entries.items())


def _says_nothing(reader: Reader, tree: Tree) -> bool:
    text = scalar_text(tree)
    return text is not None and reader.vocabulary.word(text) == _NOTHING


def _name_of(words: Words, naming: Collection[str]) -> str:
    return next(words.text(word) for word in words.keys if word in naming)


def _wordings(reader: Reader, base: Tree | None, given: Tree) -> Tree:
    """The later wordings of both by their days; of one day only the keys named are the layer's."""
    if not isinstance(given, Listing):
        return given  # refused where the rule is read
    below = {_day(reader, item): item for item in (base.items if isinstance(base, Listing) else ())}
    said: list[tuple[date, Tree]] = []
    for item in given.items:
        day = _day(reader, item)
        beneath = below.pop(day, None)
        if isinstance(beneath, Block):
            words = reader.block(item, item.source, _WORDINGS, VERSION_KEYS)
            words.need("依据")
            said.append((day, laid(beneath, words, leaving={"自"})))
        else:
            said.append((day, item))
    every = sorted([*below.items(), *said], key=lambda one: one[0])
    return Listing(tuple(item for _, item in every), given.source)


def _day(reader: Reader, item: Tree) -> date:
    """From when a wording counts; where that cannot be read it stands last, and is refused where the rule is read."""
    if not isinstance(item, Block):
        return date.max
    entries, _ = in_words(reader, item)
    return day_of(scalar_text(entries.get("自")) or "") or date.max
