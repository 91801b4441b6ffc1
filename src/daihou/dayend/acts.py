"""Running a day, and letting work follow an act: read at one moment, derived without holding anybody up, stored in one transaction.

Who stores says in ``Standing`` which events of the trail the results take in. That row is locked while results are stored and compared with
what it said when the book was read: results derived from an older book never replace newer ones, whoever is quicker.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from typing import Any

from django.db import transaction

from daihou.dayend.following import COMPANY, Following, what_follows
from daihou.dayend.ground import ONE_DAY, Basis, basis, tell_past
from daihou.dayend.leftovers import tell_leftovers
from daihou.dayend.pools import lay
from daihou.dayend.storing import (
    REACHED,
    Change,
    Told,
    as_stored,
    newest_duty,
    raise_warnings,
    registering,
    store,
    unraised,
    write_steps,
)
from daihou.dayend.telling import reached_anew, tell_run
from daihou.duties.models import DayRun, Standing, stamped
from daihou.duties.pools import lapse, lapsing, wanted
from daihou.engine import Results
from daihou.engine.reach import leaning, reached
from daihou.ledger.reads import the_act, touched
from daihou.registers.rows import look_at_sizes
from daihou.rulebook import Warning
from daihou.trail.acts import Actor, record
from daihou.trail.models import Head
from daihou.warnings.telling import tell_severe

TRIES = 3
"""How often an act's results are derived beside others before they are derived with the others held up."""


class DayPassedError(ValueError):
    """A day before the one that the stored results speak of: to store it would put old results in place of new ones."""

    def __init__(self, day: date, stands: date) -> None:
        self.day, self.stands = day, stands
        super().__init__(f"results stand at {stands}; {day} is not stored any more")


def day_to_run(today: date) -> date:
    """The day to run where people do not choose one: today, or the later day at which results stand."""
    stands = Standing.at()
    return today if stands is None else max(today, stands)


def run_day(
    day: date, *, by: Actor, at: datetime, within: Callable[[DayRun], object] | None = None,
    telling: Callable[[str], object] | None = None,
) -> DayRun:  # fmt: skip
    """Derive a day and store what came of it. The same day again changes nothing; a run that dies leaves nothing behind.

    Days missed since the last run are made good: what began and ended on them is stored too. Before the first run these are the days since
    go-live, and of them duties only: a warning is raised on the day of that run. What people wrote meanwhile follows at the end. ``within`` is called with the run in its own transaction: what it writes stands or falls with the run. ``telling`` is called with
    the step that begins (book, derive, write), outside of any transaction of the run. Raises DayPassedError where results of a later day stand.
    """
    tell = telling or (lambda _step: None)
    begun = time.perf_counter()
    tell("book")
    held_by = basis()
    if held_by.day is not None and day < held_by.day:
        raise DayPassedError(day, held_by.day)
    read = time.perf_counter()
    tell("derive")
    told = Told({rule.id: rule for book in held_by.rulebooks for rule in book.rules}, whole=True)
    _missed_warnings(told, held_by, day)
    held_by = held_by.with_warnings(told.decided)
    opened = held_by.opened(day)
    results = opened.ask(go_live=held_by.go_live, registered=registering(told, day))
    told.take(results)
    doubtful = _unfollowed(held_by)
    tell_past(told, held_by, opened, day, doubtful)
    tell_leftovers(told, held_by, opened, results, doubtful)
    seconds = {
        "book": round(read - begun, 3), "derive": round(time.perf_counter() - read, 3),
        **{stage: spent for stage, spent in results.seconds.items() if stage != "book"},
    }  # fmt: skip
    tell("write")
    run = store_run(told, held_by, results, day, seconds, by=by, at=at, within=within)
    look_at_sizes()
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
            rules_fingerprint=held_by.rules_fingerprint,
            facts_fingerprint=held_by.book.fingerprint,
            known_event=held_by.known,
            seconds={},
            asleep=[[rule, list(figures)] for rule, figures in results.asleep],
        )
        told = told.without(newer)
        if not held_by.stands(stands):
            told.held = None
        last = None if stands is None else stands.day
        anew = reached_anew(results, last)
        told.reached = as_stored(anew, REACHED)
        change = store(told, run, day, newer)
        lapsed = lapsing(day)
        after = _told(run, change) | ({"lapsed": len(lapsed)} if lapsed else {})
        event = record("day", by=by, at=at, kind="run", subject=day.isoformat(), after=after)
        write_steps(change.steps, run, day, event.number)
        lapse(lapsed, event.number, by=by, at=at)
        lay(change.rewritten)
        run.warnings_raised, severe = raise_warnings(told, day, event.number)
        run.found_new, run.moved, run.closed = change.new, change.moved, change.closed
        run.withdrawn, run.unchanged, run.gaps = change.withdrawn, change.unchanged, len(told.gaps)
        run.reported, run.event, run.newest_duty = change.reported, event.number, newest_duty()
        run.seconds = {**seconds, "write": round(time.perf_counter() - begun, 3)}
        run.save()
        same_day = stands is not None and stands.day == day
        known = max(held_by.known, stands.known_event) if stands is not None and same_day else held_by.known
        Standing.objects.update_or_create(
            pk=1, defaults={"day": day, "known_event": known, "run": run, "stamp": stamped()}
        )
        if within is not None:
            within(run)
        tell_run(run, last, results, anew, told.rules, by=by, at=at)
        tell_severe(severe, by=by, at=at)
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


def _missed_warnings(told: Told, held_by: Basis, day: date) -> None:
    """Warnings of days that were not run: each is asked for itself, for a warning holds on its day only."""
    if held_by.day is None:
        return
    rules = [rule.id for rule in told.rules.values() if isinstance(rule, Warning)]
    for missed in _days_between(held_by.day, day):
        asked = held_by.with_warnings(told.decided).opened(missed, only=rules)
        told.take_warnings(
            asked.ask(go_live=held_by.go_live, registered=registering(told, missed)).warnings, missed
        )
        told.decided = unraised(told)


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
        found = what_follows(day)
        if found is None:
            return follow_takings()
        with transaction.atomic():
            stands = _locked()
            if stands is not None and found.held_by.stands(stands):
                return _store_following(found, stands, day, by=by, at=at)
    with transaction.atomic():
        stands = _locked()
        found = what_follows(day)
        if found is None:
            return _laid()
        assert stands is not None
        return _store_following(found, stands, day, by=by, at=at)


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
        return _laid()


def _laid() -> bool:
    """Who took what laid over the persons, where nothing else is stored with it. True where anything changed."""
    Standing.objects.filter(pk=1).update(stamp=stamped())
    return bool(lay())


def _store_following(found: Following, stands: Standing, day: date, *, by: Actor, at: datetime) -> bool:
    day = max(day, stands.day)
    change = Change()
    for told in found.told:
        change += store(told, stands.run, day)
    told = Told.together(found.told)
    raised, lapsed = unraised(told), lapsing(day)
    if change or raised or lapsed:
        after = {
            "rules": len(told.rules), "new": change.new, "moved": change.moved, "closed": change.closed, "withdrawn": change.withdrawn,
            "warnings": len(raised), **({"lapsed": len(lapsed)} if lapsed else {}),
        }  # fmt: skip
        event = record("follow", by=by, at=at, kind="run", subject=day.isoformat(), after=after)
        acted = the_act(stands.known_event, found.held_by.known) if change.steps else None
        write_steps(change.steps, stands.run, day, acted or event.number)
        lapse(lapsed, event.number, by=by, at=at)
        _, severe = raise_warnings(told, day, event.number)
        tell_severe(severe, by=by, at=at)
    laid = lay(change.rewritten)
    Standing.objects.filter(pk=1).update(known_event=found.held_by.known, stamp=stamped())
    return bool(change or raised or laid)
