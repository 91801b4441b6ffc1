"""Why a rule says what it says of one object: the judge asked of the rows that the rule looks at, not of the whole book."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

from daihou.book import Book
from daihou.dayend.following import MOST, Books, bare, beginnings, book_of_part
from daihou.engine import Explanation, explain, unmet
from daihou.engine.around import Around, Ground, around, way_to
from daihou.engine.derive import DUTY_TABLE, Itself, needed
from daihou.engine.reach import looks_at_warnings
from daihou.policy.books import go_live_of_company
from daihou.registers.calendar import calendar_on
from daihou.registers.part import Fresh, Part, TooManyRowsError, along, back, sealed_columns
from daihou.registers.rows import one_moment, stored_book
from daihou.rulebook import Duty, Rule
from daihou.terms import Lang


def explained(
    books: Books, rule: Rule, object_key: str, day: date, *, leftovers: bool = False
) -> Explanation:
    """Why a rule says what it says of an object on a day; warnings are those of the register. What ``explain`` says of the whole book.

    ``leftovers``: of what had fallen due before go-live.
    """
    books, book = _asked(books, rule, object_key)
    go_live, calendar = go_live_of_company(), calendar_on(day)
    return explain(
        books, book, rule.id, object_key, day, go_live=go_live, calendar=calendar,
        leftovers=leftovers and go_live is not None,
    )  # fmt: skip


def unmet_by(
    books: Books, rule: Duty, key: tuple[str, str, str], day: date, lang: Lang, *, leftovers: bool = False
) -> tuple[str, ...]:
    """What keeps a row from closing a duty, in words; ``key``: the duty's object, its occurrence and the row."""
    books, book = _asked(books, rule, key[0])
    go_live, calendar = go_live_of_company(), calendar_on(day)
    return unmet(
        books, book, rule, key, day, lang, go_live=go_live, calendar=calendar, leftovers=leftovers and go_live is not None,
    )  # fmt: skip


def _asked(books: Books, rule: Rule, object_key: str) -> tuple[Books, Book]:
    """The rules that are asked about an object, and the rows that they look at."""
    grounds = around(books, sealed_columns())
    ground = grounds[rule.id]
    ids = frozenset({rule.id, *_leaned_on(books, ground)})
    if looks_at_warnings(rule) or len(ids) > 1:
        books = bare(tuple(map(Itself, books)), ids, duties=True)
    with one_moment():
        return books, _book_about(books, grounds, rule, object_key, ids)


def _leaned_on(books: Books, ground: Around | Ground) -> Collection[str]:
    """The rules at whose duties a rule looks; any, where it is told from the whole book."""
    if ground is Ground.COMPANY:
        return ()
    if isinstance(ground, Around) and ground.contract is None:
        return ground.duties
    return [rule.id for book in books for rule in book.duties]


@dataclass
class _Gathering:
    """The rows that rules look at about an object. ``objects``: the keys of those they are asked about, by table."""

    rules: Mapping[str, Rule]
    grounds: Mapping[str, Around | Ground]
    part: Part = field(default_factory=lambda: Part(MOST))
    objects: dict[str, set[str]] = field(default_factory=dict)

    def about(self, rule: Rule, key: str) -> None:
        """What a rule looks at about an object; raises TooManyRowsError."""
        ground = self.grounds[rule.id]
        if not isinstance(ground, Around):
            return
        found = {key}
        if ground.contract is not None:
            self._duties_of(along(rule.table, found, ground.contract))
        if ground.rivals is not None:
            found |= back(rule.table, along(rule.table, found, ground.rivals), ground.rivals)
        self.part.gather(ground.look, "key", found, list(self._duty(key)) if ground.duties else ())
        self.objects.setdefault(rule.table, set()).update(found)

    def _duty(self, key: str) -> Iterator[Fresh]:
        """Gather what the rule of a duty looks at about the duty's object; the contract and the party that the duty is about."""
        name, _, rest = key.partition("/")
        rule = self.rules.get(name)
        if rule is None:
            return
        # of the beginnings of what is left one is the object's key; rows of the others are not there
        for beginning in beginnings(rest):
            self.about(rule, beginning)
        for target in ("contract", "party"):
            way = way_to(rule.table, target)
            for one in () if way is None else along(rule.table, set(beginnings(rest)), way):
                yield Fresh(DUTY_TABLE, key, {target: one})

    def _duties_of(self, contracts: Collection[str]) -> None:
        """What every duty rule looks at around the objects of some contracts; a rule that is told from the whole book only is not among them."""
        for rule in self.rules.values():
            ground, way = self.grounds[rule.id], way_to(rule.table, "contract")
            if isinstance(rule, Duty) and isinstance(ground, Around) and ground.alone and way is not None:
                found = back(rule.table, contracts, way)
                self.part.gather(ground.look, "key", found)
                self.objects.setdefault(rule.table, set()).update(found)


def _book_about(
    books: Books, grounds: Mapping[str, Around | Ground], rule: Rule, key: str, ids: Collection[str]
) -> Book:
    """The rows that a rule looks at about an object, as a book; the whole book where no reference leads to them, or to too many."""
    if grounds[rule.id] is Ground.WHOLE:
        return stored_book()
    found = _Gathering({one.id: one for book in books for one in book.rules if one.id in ids}, grounds)
    try:
        found.about(rule, key)
    except TooManyRowsError:
        return stored_book()
    return book_of_part(found.part, found.objects, *needed(books, ids))
