"""What follows acts on the registers: the rules that look at what was written, asked of the rows around it where that is enough."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import lru_cache

from daihou.book import Book
from daihou.dayend.ground import Basis, standing_now, tell_past
from daihou.dayend.leftovers import tell_leftovers
from daihou.dayend.storing import Bound, Raised, Told, said_of_warning, unraised
from daihou.engine.around import Around, Ground, around, hanging, together
from daihou.engine.derive import DUTY_TABLE, WARNING_TABLE, Itself, needed
from daihou.engine.reach import NAMING_DUTIES, Touch, leaning, looks_at_all_duties, looks_at_warnings, reached
from daihou.ledger.reads import touched
from daihou.registers.part import (
    LOG,
    Fresh,
    Part,
    TooManyRowsError,
    along,
    back,
    book_of,
    dated_tables,
    objects_of,
    sealed_columns,
)
from daihou.registers.rows import one_moment, stored_book
from daihou.rulebook import Duty, Gate, Rule, Rulebook, Warning

COMPANY = "company"
MOST = 5_000
"""Rows to be fetched one by one; where more are looked at, the whole book is asked."""

Written = Mapping[str, Touch]
Books = tuple[Rulebook, ...]


@dataclass(frozen=True)
class Following:
    """What the rules say that look at what was written, by what they were told from; what stood when it was read."""

    held_by: Basis
    told: tuple[Told, ...]


def what_follows(day: date) -> Following | None:
    """What the rules say that look at what was written since results were stored; None where nothing was, or where no day was ever run."""
    with one_moment() as own:
        held_by = standing_now()
        written = {} if held_by.day is None else touched(held_by.taken_in, held_by.known)
        if held_by.day is None or not written:
            return None
        asking = _Asking(held_by, written, max(day, held_by.day), own=own)
        return Following(held_by, tuple(asking.told()))


@dataclass
class _Asking:
    """The rules that what was written reaches, asked first without those that look at warnings, then these where any is raised or was written.

    ``own``: whether this reads at a moment of its own, outside any writing. ``warned``: the rules that look at warnings; ``first``: those reached
    at once. ``near``: those told from the rows around what was written (``grounds``: what each looks at from its object); the others are
    told from the whole book, which is read only where there are any. Rules that look at all duties wait for the next run; of others nothing is kept.
    """

    held_by: Basis
    written: Written
    day: date
    own: bool
    rules: Mapping[str, Rule] = field(init=False)
    warned: frozenset[str] = field(init=False)
    first: frozenset[str] = field(init=False)
    grounds: Mapping[str, Around | Ground] = field(init=False)
    near: frozenset[str] = field(init=False)
    _whole: Basis | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        books = self.held_by.rulebooks
        self.rules = {rule.id: rule for book in books for rule in book.rules}
        aside = {
            name for name, rule in self.rules.items() if looks_at_all_duties(rule) or _keeps_nothing(rule)
        }
        self.warned = frozenset(name for name, rule in self.rules.items() if looks_at_warnings(rule)) - aside
        found = frozenset(self.rules) if COMPANY in self.written else reached(books, self.written)
        self.first = leaning(books, found, on_warnings=False) - aside
        self.grounds = around(books, sealed_columns())
        self.near = self._near(self.first | self.warned)

    def told(self) -> Iterator[Told]:
        """What they say; warnings that are raised are seen by those that look at them, those raised on account of others too (S35)."""
        early = self._say(self.first - self.warned, {})
        yield from early
        raised = _raised(early)
        signals = frozenset(name for name in self.warned if isinstance(self.rules[name], Warning))
        looking = self._say(signals if raised else self.first & signals, raised)
        yield from looking
        raised |= _raised(looking)
        yield from self._say((self.warned if raised else self.first & self.warned) - signals, raised)

    def _say(self, ids: frozenset[str], raised: Mapping[str, Raised]) -> list[Told]:
        """What some rules say, of the rows around and of the whole book."""
        return [*self._of_part(ids & self.near, raised), *self._of_whole(ids - self.near, raised)]

    def _of_part(self, ids: frozenset[str], raised: Mapping[str, Raised]) -> Iterator[Told]:
        """Rules asked of the rows around."""
        if not ids:
            return
        try:
            book, bounds = self._part(ids, raised)
        except TooManyRowsError:
            yield from self._of_whole(ids, raised)
            return
        yield self._ask(self.held_by.on(book), ids, raised, bounds)

    def _books(self, ids: frozenset[str]) -> Books:
        """The rulebooks; where some look at warnings those without other warnings, for these stand in the register or were just raised."""
        books = self.held_by.rulebooks
        return bare(tuple(map(Itself, books)), ids) if ids & self.warned else books

    def _of_whole(self, ids: frozenset[str], raised: Mapping[str, Raised]) -> Iterator[Told]:
        """Rules asked of the whole book."""
        if not ids:
            return
        if self._whole is None:
            self._whole = self.held_by.on(stored_book(keep=self.own))
        yield self._ask(self._whole, ids, raised, None)

    def _ask(
        self,
        held_by: Basis,
        ids: frozenset[str],
        raised: Mapping[str, Raised],
        bounds: tuple[Bound, ...] | None,
    ) -> Told:
        told = Told({name: self.rules[name] for name in ids}, bounds=bounds)
        seen = held_by.with_warnings(raised)
        opened = seen.opened(
            self.day, only=ids, rulebooks=self._books(ids), objects=_by_table(bounds, self.rules)
        )
        results = opened.ask(go_live=held_by.go_live)
        told.take(results)
        tell_past(told, held_by, opened, self.day, ids)
        tell_leftovers(told, held_by, opened, results, ids)
        return told

    def _near(self, asked: frozenset[str]) -> frozenset[str]:
        """Those of some rules that can be told from the rows around what was written, and from tables of the whole company."""
        books, grounds = self.held_by.rulebooks, self.grounds
        far = {name for name in asked if not _alone(grounds[name])}
        for table, touch in self.written.items():
            # whom a row of the whole company concerns, or a batch, no reference tells
            if touch.keys is None or table not in hanging() | NAMING_DUTIES:
                found = frozenset(self.rules) if table == COMPANY else reached(books, {table: touch})
                far |= {name for name in leaning(books, found) if grounds[name] is not Ground.COMPANY}
        if any(isinstance(self.rules[name], Warning) for name in far):
            far |= {name for name in asked if looks_at_warnings(self.rules[name])}
        return asked - far

    def _part(self, ids: frozenset[str], raised: Mapping[str, Raised]) -> tuple[Book, tuple[Bound, ...]]:
        """The rows around what was written and raised, as a book, and of which objects rules are told from it. Raises TooManyRowsError."""
        rules = {name: self.rules[name] for name in ids}
        fresh = [Fresh(WARNING_TABLE, key, said_of_warning(one)) for key, one in raised.items()]
        part = Part(MOST)
        objects = dict(_objects(rules, self.grounds, self.written, fresh, part))
        tables, duties = needed(self._books(ids), ids)
        book = book_of_part(part, objects, tables, duties)
        by_table: dict[str, set[str]] = {}
        for name, rule in rules.items():
            by_table.setdefault(rule.table, set()).add(name)
        bounds = [
            Bound(frozenset(names), frozenset(objects[table]) if table in objects else None)
            for table, names in by_table.items()
        ]
        return book, tuple(bounds)


def _keeps_nothing(rule: Rule) -> bool:
    """Whether nothing that a rule says is stored: a gate answers who asks it, and without a condition it lacks nothing."""
    return isinstance(rule, Gate) and rule.condition is None


def _raised(found: Sequence[Told]) -> dict[str, Raised]:
    """The warnings that are to be raised of those found."""
    raised: dict[str, Raised] = {}
    for told in found:
        told.decided = unraised(told)
        raised |= told.decided
    return raised


@lru_cache(maxsize=64)
def bare(books: tuple[Itself, ...], ids: frozenset[str], *, duties: bool = False) -> Books:
    """Rulebooks with these of their warnings only, and of their duties where ``duties``; the same ones each time, for much is kept by rulebook."""
    return tuple(
        replace(
            one.held,
            duties=tuple(rule for rule in one.held.duties if rule.id in ids or not duties),
            warnings=tuple(rule for rule in one.held.warnings if rule.id in ids),
        )
        for one in books
    )


# ------------------------------------------------------------------ the rows around


def _objects(
    rules: Mapping[str, Rule],
    grounds: Mapping[str, Around | Ground],
    written: Written,
    fresh: Sequence[Fresh],
    part: Part,
) -> Iterator[tuple[str, set[str]]]:
    """The rows of each table about which its rules may answer otherwise; with what they look at they are gathered in ``part``."""
    keys = {table: touch.keys or () for table, touch in written.items() if table in hanging()}
    named = _named(written, rules)
    by_table: dict[str, list[Around]] = {}
    for name, rule in rules.items():
        ground = grounds[name]
        if isinstance(ground, Around):
            by_table.setdefault(rule.table, []).append(ground)
    for table, ones in by_table.items():
        look = together([one.look for one in ones])
        found = objects_of(look, keys, fresh) | named.get(table, set())
        for way in {one.rivals for one in ones if one.rivals is not None}:
            found |= back(table, along(table, found, way, fresh), way)
        part.gather(look, "key", found, fresh)
        yield table, found


def _alone(ground: Around | Ground) -> bool:
    """Whether a rule can be told without the whole book and without the duties of others."""
    return ground.alone if isinstance(ground, Around) else ground is Ground.COMPANY


def _named(written: Written, rules: Mapping[str, Rule]) -> dict[str, set[str]]:
    """The objects of the duties that acts were about, by table."""
    known = {
        name: rule for rule in rules.values() if isinstance(rule, Duty) for name in (rule.id, *rule.inherits)
    }
    found: dict[str, set[str]] = {}
    for table in NAMING_DUTIES & written.keys():
        for key in written[table].keys or ():
            name, _, rest = key.partition("/")
            if name in known:
                found.setdefault(known[name].table, set()).update(beginnings(rest))
    return found


def beginnings(rest: str) -> Iterator[str]:
    """Of the key of a duty without its rule what may be its object: it ends at one of the slashes, for both it and the occurrence may hold some."""
    parts = rest.split("/")
    return ("/".join(parts[:end]) for end in range(1, len(parts) + 1))


def book_of_part(
    part: Part, objects: Mapping[str, Collection[str]], tables: frozenset[str], duties: Collection[Duty]
) -> Book:
    """Rows around some objects as a book from which rules are told that need some tables, with the acts on the duties of the objects."""
    begun = {name: ("duty", frozenset(_acts_on(duties, objects))) for name in tables & NAMING_DUTIES}
    logged = dated_tables(tables)
    if logged:
        begun[LOG] = ("key", frozenset(_logs_of(logged, part)))
    return book_of(part, tables - hanging() - NAMING_DUTIES - {LOG, DUTY_TABLE}, begun)


def _acts_on(duties: Collection[Duty], objects: Mapping[str, Collection[str]]) -> Iterator[str]:
    """How the keys of duties about the objects begin."""
    for rule in duties:
        for name in (rule.id, *rule.inherits):
            if rule.table in objects:
                yield from (f"{name}/{key}/" for key in objects[rule.table])
            else:
                yield f"{name}/"


def _logs_of(tables: Collection[str], part: Part) -> Iterator[str]:
    """How the keys of entries of the change log about the rows begin."""
    for table in tables:
        if table in hanging():
            yield from (f"{table}/{key}/" for key in part.keys.get(table, ()))
        else:
            yield f"{table}/"


def _by_table(bounds: tuple[Bound, ...] | None, rules: Mapping[str, Rule]) -> dict[str, frozenset[str]]:
    """The objects asked about by the table of the rules; tables of which all are asked about are not named."""
    return {
        rules[next(iter(bound.rules))].table: bound.objects
        for bound in bounds or ()
        if bound.objects is not None
    }
