"""What differs between two versions of a rulebook, part by part, figure by figure, and from which day.

Meaning is compared, not text: the order of keys and files, comments and spaces are no difference. What is only said to people (name, article,
sense) is reported too, but apart (``worded``), for it changes nobody's work.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from datetime import date
from typing import Literal as OneOf

from daihou.rulebook.fingerprint import WORDING, canonical
from daihou.rulebook.model import Dated, Duty, Rule, Rulebook
from daihou.rulebook.nodes import Node
from daihou.rulebook.walking import figures_of, with_facts
from daihou.terms import Source

What = OneOf["rule", "figure", "lookup", "fact", "measure"]
How = OneOf["added", "removed", "changed"]

_PAIR = 2
_DERIVED = frozenset({"book", "sleeping", "source", "type"})
"""Fields of no meaning of their own: where a thing stands, what follows from figures and expressions."""


@dataclass(frozen=True)
class Difference:
    """One thing that is there in one version only, or one part of it that is not the same.

    ``id``: of the rule or figure; table and name joined by a dot for a fact. ``part``: path of fields of the model ("due", "periods.kind"),
    empty where the whole is new or gone. ``key``: which entry of the part (a level, a key of a figure table). ``since``: first day on which
    the two differ in this way (None: from ever on), ``until``: first day on which they no longer do (None: for good). ``before``, ``after``: values of the model, None for nothing.
    ``rules``: ids of the rules, in either version, that rest on it (of a rule: itself).
    """

    what: What
    how: How
    id: str
    name: str
    part: str = ""
    key: str = ""
    since: date | None = None
    until: date | None = None
    before: object = None
    after: object = None
    worded: bool = False
    rules: tuple[str, ...] = ()


def differences(before: Rulebook, after: Rulebook) -> tuple[Difference, ...]:
    """Everything that differs between two versions, rules first; empty where both mean and say the same."""
    found: list[Difference] = []
    for what, hold in _KINDS.items():
        ones, others = hold(before), hold(after)
        for identifier in sorted({*ones, *others}):
            one, other = ones.get(identifier), others.get(identifier)
            whole = one if other is None else other
            rests = _resting(what, identifier, (before, after))
            said = (what, identifier, str(getattr(whole, "name", identifier)))
            found += [_difference(said, rests, change) for change in _changes(one, other)]
    return tuple(found)


def differ_in(what: What, identifier: str, before: Rulebook, after: Rulebook, *, worded: bool) -> bool:
    """Whether one thing is not the same in two versions; ``worded``: its words count too. ``identifier`` as in :class:`Difference`."""
    hold = _KINDS[what]
    changes = _changes(hold(before).get(identifier), hold(after).get(identifier))
    return any(worded or not change.worded for change in changes)


@dataclass(frozen=True)
class _Change:
    how: How = "changed"
    part: str = ""
    key: str = ""
    since: date | None = None
    until: date | None = None
    before: object = None
    after: object = None
    worded: bool = False


def _difference(said: tuple[What, str, str], rules: tuple[str, ...], change: _Change) -> Difference:
    what, identifier, name = said
    return Difference(what, id=identifier, name=name, rules=rules, **vars(change))


def _by_id(rulebook: Rulebook) -> Mapping[str, object]:
    return {rule.id: rule for rule in rulebook.rules}


def _by_name(rulebook: Rulebook) -> Mapping[str, object]:
    return {f"{table}.{name}": fact for (table, name), fact in rulebook.facts.items()}


_KINDS: Mapping[What, Callable[[Rulebook], Mapping[str, object]]] = {
    "rule": _by_id,
    "figure": lambda book: book.figures,
    "lookup": lambda book: book.lookups,
    "fact": _by_name,
    "measure": lambda book: book.measures,
}


def _resting(what: What, identifier: str, versions: Sequence[Rulebook]) -> tuple[str, ...]:
    """Ids of the rules that rest on a thing, in either version."""
    if what == "rule":
        return (identifier,)
    return tuple(
        sorted({rule.id for book in versions for rule in book.rules if _rests(rule, what, identifier, book)})
    )


def _rests(rule: Rule, what: What, identifier: str, rulebook: Rulebook) -> bool:
    if what == "measure":
        return identifier in getattr(rule, "measures", ())
    if what == "fact":
        return any(
            getattr(node, "fact", False)
            and f"{getattr(node, 'table', '')}.{getattr(node, 'name', '')}" == identifier
            for node in with_facts(rule, rulebook.facts)
        )
    return identifier in figures_of(rule, rulebook.facts)


def _changes(one: object, other: object) -> Iterator[_Change]:
    if one is None or other is None:
        yield _Change(how="added" if one is None else "removed", before=one, after=other)
    elif type(one) is not type(other):  # a duty that became a warning
        yield _Change(part="kind", before=type(one).__name__, after=type(other).__name__)
    else:
        yield from _fields(one, other, "")


def _fields(one: object, other: object, above: str) -> Iterator[_Change]:
    """The fields of two values of one class in which they differ."""
    assert is_dataclass(one)
    said_only = next((names for kind, names in WORDING.items() if isinstance(one, kind)), frozenset[str]())
    for field in fields(one):
        if field.name in _DERIVED or (isinstance(one, Duty) and field.name == "condition"):
            continue  # the condition of a duty stands among its dated parts
        left, right = getattr(one, field.name), getattr(other, field.name)
        if isinstance(left, Source) or _same(left, right):
            continue
        for change in _within(left, right, f"{above}{field.name}"):
            yield replace(change, worded=True) if field.name in said_only else change


def _same(one: object, other: object) -> bool:
    return _bare(canonical(one, meaning=False)) == _bare(canonical(other, meaning=False))


def _mean_the_same(one: object, other: object) -> bool:
    """Whether two values differ in words for people only: the reasons of a gate said otherwise."""
    return _bare(canonical(one, meaning=True)) == _bare(canonical(other, meaning=True))


def _bare(value: object) -> object:
    """A canonical value without the types that follow from its parts: an unset figure must not seem to change the rules that name it."""
    if not isinstance(value, tuple):
        return value
    kept = value if value[:1] == ("Literal",) else tuple(one for one in value if not _is_type(one))
    return tuple(_bare(one) for one in kept)


def _is_type(part: object) -> bool:
    return isinstance(part, tuple) and part[:1] == ("type",)


def _within(one: object, other: object, part: str) -> Iterator[_Change]:
    """What differs inside a part, as small as it can be said."""
    if isinstance(one, Dated) and isinstance(other, Dated):
        yield from _dated(one, other, part)
    elif _is_keyed(one) and _is_keyed(other) and (one or other):
        yield from _keyed(one, other, part)
    elif isinstance(one, Mapping) or isinstance(other, Mapping):
        yield from _keyed(tuple((one or {}).items()), tuple((other or {}).items()), part)  # type: ignore[attr-defined] # one of them is a mapping, the other at most empty
    elif is_dataclass(one) and type(one) is type(other) and not isinstance(one, Node):
        yield from _fields(one, other, f"{part}.")
    else:
        yield _Change(part=part, before=one, after=other, worded=_mean_the_same(one, other))


def _dated(one: Dated[object], other: Dated[object], part: str) -> Iterator[_Change]:
    """The spans of days in which the values in force are not the same."""
    days = {since for held in (one, other) for since, _ in held.steps}
    ascending = sorted(days, key=lambda day: (day is not None, day or date.min))
    spans = [None, *(day for day in ascending if day is not None)]
    shown: list[tuple[date | None, object, object]] = []
    for since in spans:
        left, right = one.on(since or date.min), other.on(since or date.min)
        if not shown or not (_same(left, shown[-1][1]) and _same(right, shown[-1][2])):
            shown.append((since, left, right))
    for place, (since, left, right) in enumerate(shown):
        until = shown[place + 1][0] if place + 1 < len(shown) else None
        if not _same(left, right):
            for change in _within(left, right, part):
                yield replace(change, since=since, until=until)


def _is_keyed(value: object) -> bool:
    """Pairs of a key and an expression: levels, figures shown, values of a sentence."""
    return isinstance(value, tuple) and all(
        isinstance(item, tuple) and len(item) == _PAIR and isinstance(item[0], str) for item in value
    )


def _keyed(one: object, other: object, part: str) -> Iterator[_Change]:
    """Entry by entry; where all are the same and only their order differs, the order."""
    left, right = dict(one), dict(other)  # type: ignore[call-overload] # both are pairs
    entries = (*left, *(key for key in right if key not in left))
    differing = [key for key in entries if not _same(left.get(key), right.get(key))]
    for key in differing:
        yield _Change(part=part, key=str(key), before=left.get(key), after=right.get(key))
    if not differing:
        yield _Change(part=f"{part}.order", before=tuple(map(str, left)), after=tuple(map(str, right)))
