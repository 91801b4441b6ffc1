"""Running a day, and letting work follow an act: read at one moment, derived without holding anybody up, stored in one transaction.

Who stores says in ``Standing`` which events of the trail the results take in. That row is locked while results are stored and compared with
what it said when the book was read: results derived from an older book never replace newer ones, whoever is quicker.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

import pyarrow as pa
from django.db import transaction

from daihou.book import Book
from daihou.dayend.pools import lay
from daihou.dayend.storing import (
    DUTY,
    PERSON,
    Change,
    Raised,
    Told,
    as_stored,
    beside,
    book_with,
    held,
    raise_warnings,
    store,
    unraised,
)
from daihou.dayend.telling import tell_run
from daihou.duties.models import WAITING, DayRun, Standing
from daihou.duties.pools import lapse, lapsing, wanted
from daihou.engine import Opened, Results
from daihou.engine.reach import leaning, looks_at_all_duties, looks_at_warnings, reached
from daihou.ledger.reads import last_seal, touched
from daihou.policy.books import go_live_of_company, rulebooks_of_company
from daihou.registers.rows import one_moment, stored_book
from daihou.rulebook import Rulebook, Warning
from daihou.trail.acts import Actor, record
from daihou.trail.models import Head
from daihou.units import Calendar
from daihou.warnings.telling import tell_severe

ONE_DAY = timedelta(days=1)
TRIES = 3
"""How often an act's results are derived beside others before they are derived with the others held up."""
COMPANY = "company"


class DayPassedError(ValueError):
    """A day before the one that the stored results speak of: to store it would put old results in place of new ones."""

    def __init__(self, day: date, stands: date) -> None:
        self.day, self.stands = day, stands
        super().__init__(f"results stand at {stands}; {day} is not stored any more")


@dataclass(frozen=True)
class Basis:
    """What results are derived from: the registers at one moment, and what stood then: its day, the events it takes in, its run.

    ``known``: the last event that the registers hold.
    """

    book: Book
    rulebooks: tuple[Rulebook, ...]
    go_live: date | None
    known: int
    day: date | None
    taken_in: int
    run: int | None

    def stands(self, now: Standing | None) -> bool:
        """Whether what stood then stands now: nothing was stored meanwhile."""
        told = None if now is None else (now.day, now.known_event, now.run_id)
        return told == (None if self.day is None else (self.day, self.taken_in, self.run))

    def with_warnings(self, raised: Mapping[str, Raised]) -> Basis:
        """The same once warnings stand in the register."""
        return replace(self, book=book_with(self.book, raised))

    def asked(self, day: date, **how: Any) -> Results:
        """Derive on a day."""
        return self.opened(day, **how).ask(go_live=self.go_live)

    def opened(
        self, day: date, *, rulebooks: Sequence[Rulebook] | None = None, only: Collection[str] | None = None
    ) -> Opened:
        """The registers as they stand on a day, to be asked more than once."""
        return Opened(
            self.rulebooks if rulebooks is None else rulebooks,
            self.book,
            day,
            calendar=Calendar.standard(),
            only=only,
        )


def basis() -> Basis:
    """The registers as they stand at this moment."""
    with one_moment() as own:
        known = Head.objects.filter(pk=1).values_list("number", flat=True).first() or 0
        stands = Standing.objects.filter(pk=1).first()
        return Basis(
            replace(stored_book(keep=own), fingerprint=last_seal()),
            rulebooks_of_company(),
            go_live_of_company(),
            known,
            None if stands is None else stands.day,
            0 if stands is None else stands.known_event,
            None if stands is None else stands.run_id,
        )


def day_to_run(today: date) -> date:
    """The day to run where people do not choose one: today, or the later day at which results stand."""
    stands = Standing.at()
    return today if stands is None else max(today, stands)


def run_day(
    day: date, *, by: Actor, at: datetime, within: Callable[[DayRun], object] | None = None
) -> DayRun:
    """Derive a day and store what came of it. The same day again changes nothing; a run that dies leaves nothing behind.

    Days missed since the last run are made good: what began and ended on them is stored too. What people wrote meanwhile follows at
    the end. ``within`` is called with the run in its own transaction: what it writes stands or falls with the run. Raises DayPassedError
    where results of a later day stand.
    """
    begun = time.perf_counter()
    held_by = basis()
    if held_by.day is not None and day < held_by.day:
        raise DayPassedError(day, held_by.day)
    read = time.perf_counter()
    told = Told({rule.id: rule for book in held_by.rulebooks for rule in book.rules}, whole=True)
    _missed_warnings(told, held_by, day)
    held_by = held_by.with_warnings(unraised(told))
    opened = held_by.opened(day)
    results = opened.ask(go_live=held_by.go_live)
    told.take(results)
    _past(told, held_by, opened, day, _unfollowed(held_by))
    seconds = {
        "book": round(read - begun, 3), "derive": round(time.perf_counter() - read, 3),
        **{stage: spent for stage, spent in results.seconds.items() if stage != "book"},
    }  # fmt: skip
    run = store_run(told, held_by, results, day, seconds, by=by, at=at, within=within)
    follow(day, by=by, at=at)
    return run


def store_run(
    told: Told,
    held_by: Basis,
    results: Results,
    day: date,
    seconds: Mapping[str, float],
    *,
    by: Actor,
    at: datetime,
    within: Callable[[DayRun], object] | None = None,
) -> DayRun:
    """Everything that a run found, in one transaction with one event."""
    begun = time.perf_counter()
    with transaction.atomic():
        stands = _locked()
        if stands is not None and day < stands.day:
            raise DayPassedError(day, stands.day)
        newer = _stored_since(stands, held_by)
        run = DayRun.objects.create(
            day=day,
            at=at,
            by=by.by,
            fingerprint=results.fingerprint,
            known_event=held_by.known,
            seconds={},
            asleep=[[rule, list(figures)] for rule, figures in results.asleep],
        )
        told = told.without(newer)
        if not held_by.stands(stands):
            told.held = None
        change = store(told, run, day, newer)
        lapsed = lapsing(day)
        after = _told(run, change) | ({"lapsed": len(lapsed)} if lapsed else {})
        event = record("day", by=by, at=at, kind="run", subject=day.isoformat(), after=after)
        lapse(lapsed, event.number, by=by, at=at)
        lay(change.rewritten)
        raised = raise_warnings(told, day, event.number)
        run.warnings_raised = len(raised)
        run.found_new, run.moved, run.closed = change.new, change.moved, change.closed
        run.withdrawn, run.unchanged, run.gaps = change.withdrawn, change.unchanged, len(told.gaps)
        run.seconds = {**seconds, "write": round(time.perf_counter() - begun, 3)}
        run.save()
        same_day = stands is not None and stands.day == day
        known = max(held_by.known, stands.known_event) if stands is not None and same_day else held_by.known
        Standing.objects.update_or_create(pk=1, defaults={"day": day, "known_event": known, "run": run})
        if within is not None:
            within(run)
        tell_run(run, None if stands is None else stands.day, results, told.rules, by=by, at=at)
        tell_severe(raised, by=by, at=at)
    return run


def _told(run: DayRun, change: Change) -> dict[str, Any]:
    return {
        "run": run.pk, "fingerprint": run.fingerprint, "new": change.new, "moved": change.moved, "closed": change.closed,
        "withdrawn": change.withdrawn, "unchanged": change.unchanged,
    }  # fmt: skip


def _locked() -> Standing | None:
    """What the stored results speak of, locked until the transaction ends."""
    stands = Standing.objects.select_for_update().filter(pk=1).first()
    if stands is None:  # before the first run the head of the trail keeps two of them apart
        Head.objects.select_for_update().filter(pk=1).first()
        stands = Standing.objects.filter(pk=1).first()
    return stands


def _stored_since(stands: Standing | None, held_by: Basis) -> frozenset[str]:
    """Rules of which results of a newer book were stored while these were derived."""
    if stands is None or stands.known_event <= held_by.known:
        return frozenset()
    written = touched(held_by.known, stands.known_event)
    if COMPANY in written:
        return frozenset(rule.id for book in held_by.rulebooks for rule in book.rules)
    return leaning(held_by.rulebooks, reached(held_by.rulebooks, written))


def _unfollowed(held_by: Basis) -> frozenset[str]:
    """Rules reached by acts that nothing followed yet: what is stored of them, done long ago even, may be told otherwise."""
    if held_by.day is None:
        return frozenset()
    return reached(held_by.rulebooks, touched(held_by.taken_in, held_by.known))


def _past(told: Told, held_by: Basis, opened: Opened | None, day: date, doubtful: Collection[str]) -> None:
    """What the day does not speak of, told by its whole history: still waiting in the store; of rules in doubt; of missed days (S26).

    ``opened``: the registers as the day was asked of them.
    """
    told.held = held(told)
    doubted = pa.table({"rule": pa.array(sorted(doubtful), pa.string())})
    last = held_by.day if held_by.day is not None and held_by.day < day - ONE_DAY and told.whole else None
    with beside(held=told.held, listed=told.duties, doubted=doubted) as at:
        at.execute(f"CREATE TABLE missing AS {_MISSING}")
        untold = {rule for (rule,) in at.sql("SELECT DISTINCT rule FROM missing").fetchall()}
        rules = set(told.rules) if last is not None else untold & set(told.rules)
        if not rules:
            return
        objects = (
            None if last is not None else at.sql("SELECT DISTINCT rule, object FROM missing").to_arrow_table()
        )
        opened = opened or held_by.opened(day, only=rules)
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
WHERE rule IN (SELECT rule FROM doubted) OR (withdrawn_on IS NULL AND state IN ({", ".join(f"'{one}'" for one in WAITING)}))
"""  # noqa: S608 - states of the model
_OF_MISSED_DAYS = """
SELECT whole.* FROM whole ANTI JOIN held USING (rule, object, occurrence) ANTI JOIN listed USING (rule, object, occurrence)
WHERE seen <= $day AND CASE
  WHEN state IN ('on_time', 'late') THEN done > $last AND done <= $day
  WHEN state = 'waived' THEN due IS NULL OR due > $last
  WHEN state = 'missed' THEN expires >= $last AND expires < $day
  ELSE false END
"""
"""What was on the list of a day after the last run and before this one, as it would have been stored then (S26)."""
_PERSONS_OF_NEW = """
SELECT persons.* FROM persons SEMI JOIN past USING (rule, object, occurrence) ANTI JOIN held USING (rule, object, occurrence)
ORDER BY rule, object, occurrence, ordinal
"""


def _missed_warnings(told: Told, held_by: Basis, day: date) -> None:
    """Warnings of days that were not run: each is asked for itself, for a warning holds on its day only."""
    if held_by.day is None:
        return
    rules = [rule.id for rule in told.rules.values() if isinstance(rule, Warning)]
    for missed in _days_between(held_by.day, day):
        told.take_warnings(held_by.with_warnings(unraised(told)).asked(missed, only=rules), missed)


def _days_between(last: date, day: date) -> Iterator[date]:
    for number in range(1, (day - last).days):
        yield last + number * ONE_DAY


def follow(day: date, *, by: Actor, at: datetime) -> bool:
    """After acts on the registers: all work that looks at what was written since results were last stored follows at once.

    Duties, persons, gaps and warnings of the rules that read it, in one transaction with one event. Nothing has to be named: the trail
    tells what was written. What only every rule together tells (rules that look at the duties of all rules) waits for the next run. Before
    the first run nothing follows. True where anything changed.
    """
    if not _anything_written():
        return follow_takings()
    for _ in range(TRIES):
        held_by = basis()
        told = _following(held_by, day)
        if told is None:
            return follow_takings()
        with transaction.atomic():
            stands = _locked()
            if stands is not None and held_by.stands(stands):
                return _store_following(told, held_by, stands, day, by=by, at=at)
    with transaction.atomic():
        stands = _locked()
        held_by = basis()
        told = _following(held_by, day)
        if told is None:
            return bool(lay())
        return _store_following(told, held_by, stands, day, by=by, at=at)


def _anything_written() -> bool:
    """Whether the registers say anything that the stored results do not take in: asked of the trail, before the whole book is read for it."""
    stands = Standing.objects.filter(pk=1).first()
    return stands is not None and bool(touched(stands.known_event))


def follow_takings() -> bool:
    """After a duty was taken out of its pool, assigned or given back: the desks say so. True where anything changed."""
    if not wanted():
        return False
    with transaction.atomic():
        _locked()
        return bool(lay())


def _store_following(
    told: Told, held_by: Basis, stands: Standing | None, day: date, *, by: Actor, at: datetime
) -> bool:
    assert stands is not None
    day = max(day, stands.day)
    change = store(told, stands.run, day)
    raised, lapsed = unraised(told), lapsing(day)
    if change or raised or lapsed:
        after = {
            "rules": len(told.rules), "new": change.new, "moved": change.moved, "closed": change.closed, "withdrawn": change.withdrawn,
            "warnings": len(raised), **({"lapsed": len(lapsed)} if lapsed else {}),
        }  # fmt: skip
        event = record("follow", by=by, at=at, kind="run", subject=day.isoformat(), after=after)
        lapse(lapsed, event.number, by=by, at=at)
        tell_severe(raise_warnings(told, day, event.number), by=by, at=at)
    laid = lay(change.rewritten)
    Standing.objects.filter(pk=1).update(known_event=held_by.known)
    return bool(change or raised or laid)


def _following(held_by: Basis, day: date) -> Told | None:
    """What the rules say that look at what was written since; None where nothing was, or where no day was ever run."""
    if held_by.day is None:
        return None
    written = touched(held_by.taken_in, held_by.known)
    if not written:
        return None
    day = max(day, held_by.day)
    rules = {rule.id: rule for book in held_by.rulebooks for rule in book.rules}
    first = frozenset(rules) if COMPANY in written else reached(held_by.rulebooks, written)
    waits = {name for name, rule in rules.items() if looks_at_all_duties(rule)}
    warned = {name for name, rule in rules.items() if looks_at_warnings(rule)} - waits
    first = leaning(held_by.rulebooks, first, on_warnings=False) - waits
    told = Told({name: rules[name] for name in first - warned})
    opened = None
    if told.rules:
        opened = held_by.opened(day, only=told.rules.keys())
        told.take(opened.ask(go_live=held_by.go_live))
    raised = unraised(told)
    later = warned if raised else first & warned
    if later:
        told.rules |= {name: rules[name] for name in later}
        told.take(_after_warnings(held_by, day, later, raised))
        opened = None  # rules were added, and warnings perhaps
    _past(told, held_by, opened, day, told.rules.keys())
    return told


def _after_warnings(
    held_by: Basis, day: date, later: Collection[str], raised: Mapping[str, Raised]
) -> Results:
    """Rules that read warnings: of the register and those just found, so that none has to be found again."""
    bare = tuple(
        replace(book, warnings=tuple(rule for rule in book.warnings if rule.id in later))
        for book in held_by.rulebooks
    )
    return held_by.with_warnings(raised).asked(day, only=later, rulebooks=bare)
