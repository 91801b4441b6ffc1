"""Running a day. The book is read at one moment, derived without holding anybody up, and written back in one transaction."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction

from daihou.book import Book, domains
from daihou.duties.models import WAITING, DayRun, Duty, DutyPerson, GapRow
from daihou.engine import Results, derive
from daihou.registers.kept import homes, standing
from daihou.registers.rows import stored_book
from daihou.rulebook import Rulebook, read_shipped, shipped_ids
from daihou.trail.acts import Actor, record
from daihou.trail.models import Head
from daihou.units import Calendar

BOOKS_BY_KIND: Mapping[str, tuple[str, ...]] = {
    "guarantee_company": ("guarantee", "signals", "carloan", "finance", "customer-care", "microloan"),
}
CHUNK = 400
SAID = (
    "contract", "party", "branch", "start", "opens", "seen", "due", "expires", "done", "remind", "state", "days_late", "missed_run",
    "run_from", "run_to", "as_known", "assumed", "late_entry", "postponed",
)  # fmt: skip

Identity = tuple[str, str, str]


@dataclass(frozen=True)
class Found:
    """What was derived for a day, and of what."""

    results: Results
    book: Book
    rulebooks: tuple[Rulebook, ...]
    known_event: int
    seconds: Mapping[str, float]


def rulebooks_of_company() -> tuple[Rulebook, ...]:
    """The rulebooks in force: all that ship with rules."""
    return tuple(book for name in shipped_ids() for book in read_shipped(name) if book.rules)


def find(day: date, *, go_live: date | None) -> Found:
    """Derive a day from what is stored now; nothing is written."""
    begun = time.perf_counter()
    with transaction.atomic():
        known = Head.objects.filter(pk=1).values_list("number", flat=True).first() or 0
        book = stored_book()
    read = time.perf_counter()
    rulebooks = rulebooks_of_company()
    results = derive(rulebooks, book, day, go_live=go_live, calendar=Calendar.standard())
    seconds = {
        "book": round(read - begun, 3),
        "derive": round(time.perf_counter() - read, 3),
        **results.seconds,
    }
    return Found(results, book, rulebooks, known, seconds)


def run_day(day: date, *, by: Actor, at: datetime) -> DayRun:
    """Derive a day and store what came of it. The same day again changes nothing; a run that dies leaves nothing behind."""
    go_live = standing(homes()["company"]).values_list("since", flat=True).first()
    found = find(day, go_live=go_live)
    vanished = _vanished(found, day, go_live)
    begun = time.perf_counter()
    with transaction.atomic():
        run = DayRun.objects.create(
            day=day,
            at=at,
            by=by.by,
            fingerprint=found.results.fingerprint,
            known_event=found.known_event,
            seconds=dict(found.seconds),
            asleep=[[rule, list(figures)] for rule, figures in found.results.asleep],
        )
        _store_duties(run, found, vanished)
        event = record("day", by=by, at=at, kind="run", subject=day.isoformat(), after=_told(run))
        run.warnings_raised = _raise_warnings(found.results, day, event.number)
        _store_gaps(run, found.results)
        run.seconds = {**run.seconds, "write": round(time.perf_counter() - begun, 3)}
        run.save()
    return run


def _told(run: DayRun) -> dict[str, Any]:
    return {
        "run": run.pk, "fingerprint": run.fingerprint, "new": run.found_new, "moved": run.moved, "closed": run.closed,
        "withdrawn": run.withdrawn, "unchanged": run.unchanged,
    }  # fmt: skip


def _identity(row: Mapping[str, Any]) -> Identity:
    return row["rule"], row["object"], row["occurrence"] or ""


def _vanished(found: Found, day: date, go_live: date | None) -> dict[Identity, Mapping[str, Any]]:
    """Stored duties still waiting that the day does not speak of, as their whole history tells them now (S26)."""
    spoken = {
        _identity(row) for row in found.results.duties.select(["rule", "object", "occurrence"]).to_pylist()
    }
    waiting = Duty.objects.filter(state__in=WAITING, withdrawn_on__isnull=True)
    missing = [one for one in waiting.values_list("rule", "object", "occurrence") if one not in spoken]
    if not missing:
        return {}
    rules = {rule for rule, _, _ in missing}
    whole = derive(found.rulebooks, found.book, day, go_live=go_live, scope="history", only=rules)
    wanted = set(missing)
    return {_identity(row): row for row in whole.duties.to_pylist() if _identity(row) in wanted}


def _store_duties(run: DayRun, found: Found, vanished: Mapping[Identity, Mapping[str, Any]]) -> None:
    tables = {rule.id: rule.table for book in found.rulebooks for rule in book.rules}
    rows = {_identity(row): row for row in found.results.duties.to_pylist()} | dict(vanished)
    have = {
        (one.rule, one.object, one.occurrence): one for one in Duty.objects.all().iterator(chunk_size=5_000)
    }
    fresh: list[Duty] = []
    moved: list[Duty] = []
    for identity, row in rows.items():
        held = have.get(identity)
        said = {name: row[name] for name in SAID}
        if held is None:
            rule, subject, occurrence = identity
            fresh.append(
                Duty(rule=rule, object=subject, occurrence=occurrence, table=tables[rule], first_run=run, last_run=run, **said)
            )  # fmt: skip
        elif held.withdrawn_on is not None or any(
            getattr(held, name) != value for name, value in said.items()
        ):
            run.closed += held.done is None and said["done"] is not None
            for name, value in said.items():
                setattr(held, name, value)
            held.withdrawn_on, held.last_run = None, run
            moved.append(held)
    gone = [
        one for identity, one in have.items()
        if identity not in rows and one.state in WAITING and one.withdrawn_on is None
    ]  # fmt: skip
    for one in gone:
        one.withdrawn_on, one.last_run = run.day, run
    Duty.objects.bulk_create(fresh, batch_size=CHUNK)
    Duty.objects.bulk_update(moved, [*SAID, "withdrawn_on", "last_run"], batch_size=CHUNK // 8)
    Duty.objects.bulk_update(gone, ["withdrawn_on", "last_run"], batch_size=CHUNK)
    run.found_new, run.moved, run.withdrawn = len(fresh), len(moved), len(gone)
    run.unchanged = len(rows) - len(fresh) - len(moved)
    _store_persons(found.results, {**have, **{(one.rule, one.object, one.occurrence): one for one in fresh}})


def _store_persons(results: Results, duties: Mapping[Identity, Duty]) -> None:
    """The persons of the day's duties: where they differ from what is stored they are written anew."""
    said: dict[int, list[tuple[Any, ...]]] = {}
    for row in results.assignments.to_pylist():
        duty = duties[_identity(row)]
        said.setdefault(duty.pk, []).append(_person(row))
    held: dict[int, list[tuple[Any, ...]]] = {}
    names = ("ordinal", "role", "post", "employee", "answerable", "branch", "pool", "fallback")
    for pk, *person in DutyPerson.objects.order_by("duty_id", "ordinal").values_list("duty_id", *names):
        held.setdefault(pk, []).append(tuple(person))
    differing = [
        pk for pk, persons in said.items() if sorted(persons, key=str) != sorted(held.get(pk, []), key=str)
    ]
    for start in range(0, len(differing), CHUNK):
        DutyPerson.objects.filter(duty_id__in=differing[start : start + CHUNK]).delete()
    fresh = (
        DutyPerson(duty_id=pk, **dict(zip(names, person, strict=True)))
        for pk in differing
        for person in said[pk]
    )
    DutyPerson.objects.bulk_create(fresh, batch_size=CHUNK)


def _person(row: Mapping[str, Any]) -> tuple[Any, ...]:
    return (
        row["ordinal"], row["role"] or "", row["post"], row["employee"], row["answerable"], row["branch"], bool(row["pool"]),
        bool(row["fallback"]),
    )  # fmt: skip


def _raise_warnings(results: Results, day: date, event: int) -> int:
    """Warnings found today become rows of 预警: raised by the rules, to be verified by people."""
    model: Any = homes()["warning"]
    signals = frozenset(domains()["warning_signal"])
    keys = set(standing(model).values_list("key", flat=True))
    rows = [row for row in results.warnings.to_pylist() if _warning_key(row) not in keys]
    made = [
        model(
            key=_warning_key(row), rule=row["rule"], party=row["party"], occurrence=row["episode"], level=row["level"],
            contract=row["contract"], signal=row["rule"] if row["rule"] in signals else None, raised_day=day, origin="by_system", remark=row["evidence"],
            recorded=day, event=event,
        )
        for row in rows
    ]  # fmt: skip
    model._default_manager.bulk_create(made, batch_size=CHUNK)
    return len(made)


def _warning_key(row: Mapping[str, Any]) -> str:
    return "/".join((row["rule"], row["party"], row["episode"] or "", row["level"]))


def _store_gaps(run: DayRun, results: Results) -> None:
    rows = results.gaps.to_pylist()
    GapRow.objects.all().delete()
    seen: set[tuple[Any, ...]] = set()
    fresh: list[GapRow] = []
    for row in rows:
        identity = (row["rule"], row["object"], row["part"], row["columns"])
        if identity not in seen:
            seen.add(identity)
            fresh.append(
                GapRow(
                    rule=row["rule"], object=row["object"], part=row["part"], columns=row["columns"], run=run
                )
            )
    GapRow.objects.bulk_create(fresh, batch_size=CHUNK)
    run.gaps = len(fresh)


def open_duties(rows: Iterable[Duty]) -> Sequence[Duty]:
    """Those still waiting."""
    return [one for one in rows if one.state in WAITING and one.withdrawn_on is None]


def follow(tables: Iterable[str], day: date, *, by: Actor, at: datetime) -> None:
    """After rows of some tables were written, the work that looks at them follows at once."""
    del tables
    if DayRun.objects.exists():
        run_day(day, by=by, at=at)
