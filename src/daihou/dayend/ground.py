"""What results are derived from: the registers at one moment, what stood then, and what history tells of duties that a day does not speak of."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from hashlib import blake2b
from typing import Any

import pyarrow as pa

from daihou.book import Book
from daihou.dayend.storing import DUTY, PERSON, Raised, Told, as_stored, beside, book_with, held, quoted
from daihou.duties.models import LEFTOVER, OLD_DONE, WAITING, Standing
from daihou.engine import Opened, Results
from daihou.ledger.reads import last_seal
from daihou.policy.books import go_live_of_company, rulebooks_of_company
from daihou.registers.calendar import calendar_as_of, calendar_rows
from daihou.registers.rows import one_moment, stored_book
from daihou.rulebook import Rulebook
from daihou.trail.models import Head
from daihou.units import Calendar

ONE_DAY = timedelta(days=1)
NOTHING = Book({}, {}, "")


@dataclass(frozen=True)
class Basis:
    """The registers at one moment, and what stood then: its day, the events it takes in, its run.

    ``known``: the last event that the registers hold. ``days``: the rows of the register 日历.
    """

    book: Book
    rulebooks: tuple[Rulebook, ...]
    go_live: date | None
    known: int
    day: date | None
    taken_in: int
    run: int | None
    days: pa.Table = field(hash=False, compare=False)

    def calendar_on(self, known: date) -> Calendar:
        """The company's calendar as known on a day. It is not read from the book, for a book of some rows holds none of it."""
        return calendar_as_of(self.days, known)

    @property
    def told_until(self) -> date | None:
        """The last day that is told already: that of the last run; before the first, the day before go-live."""
        begins = None if self.go_live is None else self.go_live - ONE_DAY
        return begins if self.day is None else self.day

    @property
    def rules_fingerprint(self) -> str:
        """Of all rulebooks together: the same as long as no rule means anything else."""
        marks = "\n".join(one.fingerprint for one in self.rulebooks)
        return blake2b(marks.encode(), digest_size=16).hexdigest()

    def stands(self, now: Standing | None) -> bool:
        """Whether what stood then stands now: nothing was stored meanwhile."""
        told = None if now is None else (now.day, now.known_event, now.run_id)
        return told == (None if self.day is None else (self.day, self.taken_in, self.run))

    def on(self, book: Book) -> Basis:
        """The same on rows of the registers, read at the same moment."""
        return replace(self, book=replace(book, fingerprint=last_seal()))

    def with_warnings(self, raised: Mapping[str, Raised]) -> Basis:
        """The same once warnings stand in the register."""
        return replace(self, book=book_with(self.book, raised))

    def asked(self, day: date, **how: Any) -> Results:
        """Derive on a day."""
        return self.opened(day, **how).ask(go_live=self.go_live)

    def opened(
        self,
        day: date,
        *,
        rulebooks: Sequence[Rulebook] | None = None,
        only: Collection[str] | None = None,
        objects: Mapping[str, Collection[str]] | None = None,
    ) -> Opened:
        """The registers as they stand on a day, to be asked more than once; ``objects``: about these only, by table."""
        return Opened(
            self.rulebooks if rulebooks is None else rulebooks,
            self.book,
            day,
            calendar=self.calendar_on(day),
            only=only,
            around=objects,
        )


def standing_now() -> Basis:
    """What stands at this moment, before any row of the registers is read."""
    known = Head.objects.filter(pk=1).values_list("number", flat=True).first() or 0
    stands = Standing.objects.filter(pk=1).first()
    return Basis(
        NOTHING,
        rulebooks_of_company(),
        go_live_of_company(),
        known,
        None if stands is None else stands.day,
        0 if stands is None else stands.known_event,
        None if stands is None else stands.run_id,
        calendar_rows(),
    )


def basis() -> Basis:
    """The whole registers as they stand at this moment."""
    with one_moment() as own:
        return standing_now().on(stored_book(keep=own))


def tell_past(told: Told, held_by: Basis, opened: Opened, day: date, doubtful: Collection[str]) -> None:
    """What the day does not speak of, told by its whole history: still waiting in the store; of rules in doubt; of missed days (S26).

    ``opened``: the registers as the day was asked of them.
    """
    doubted = pa.table({"rule": pa.array(sorted(doubtful), pa.string())})
    reached = held_by.told_until
    last = reached if reached is not None and reached < day - ONE_DAY and told.whole else None
    told.held = held(told, doubtful=doubtful if last is None else None)
    with beside(held=told.held, listed=told.duties, doubted=doubted) as at:
        at.execute(f"CREATE TABLE missing AS {_MISSING}")
        untold = {rule for (rule,) in at.sql("SELECT DISTINCT rule FROM missing").fetchall()}
        rules = set(told.rules) if last is not None else untold & set(told.rules)
        if not rules:
            return
        objects = (
            None if last is not None else at.sql("SELECT DISTINCT rule, object FROM missing").to_arrow_table()
        )
        whole = opened.ask(go_live=held_by.go_live, scope="history", only=rules, objects=objects)
        at.register("whole", as_stored(whole.duties, DUTY))
        at.register("persons", as_stored(whole.assignments, PERSON))
        at.execute(
            "CREATE TABLE past AS SELECT whole.* FROM whole SEMI JOIN missing USING (rule, object, occurrence)"
        )
        if last is not None:
            at.execute(f"INSERT INTO past {_OF_MISSED_DAYS}", {"last": last, "day": day})
        told.take_past(
            at.sql("SELECT * FROM past ORDER BY rule, object, occurrence").to_arrow_table(),
            at.sql(_PERSONS_OF_NEW).to_arrow_table(),
        )


_MISSING = f"""
SELECT rule, object, occurrence FROM held ANTI JOIN listed USING (rule, object, occurrence)
WHERE (rule IN (SELECT rule FROM doubted) AND state NOT IN ({quoted((LEFTOVER, OLD_DONE))}))
OR (withdrawn_on IS NULL AND state IN ({quoted(WAITING)}))
"""  # noqa: S608 - states of the model
"""What had fallen due before go-live is told apart (``leftovers``)."""
_OF_MISSED_DAYS = """
SELECT whole.* FROM whole ANTI JOIN held USING (rule, object, occurrence) ANTI JOIN listed USING (rule, object, occurrence)
WHERE seen <= $day AND CASE
  WHEN state IN ('on_time', 'late') THEN done > $last AND done <= $day
  WHEN state = 'waived' THEN due IS NULL OR due > $last
  WHEN state = 'missed' THEN expires >= $last AND expires < $day
  ELSE false END
"""
"""What was on the list of a day after the last run (after go-live, where there was none) and before this one, as it would have been stored then (S26)."""
_PERSONS_OF_NEW = """
SELECT persons.* FROM persons SEMI JOIN past USING (rule, object, occurrence) ANTI JOIN held USING (rule, object, occurrence)
ORDER BY rule, object, occurrence, ordinal
"""
