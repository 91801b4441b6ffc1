"""What was derived, written to where desks look: duties, persons, gaps, warnings; only what differs is touched."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import pyarrow as pa
from django.db.models import QuerySet

from daihou.book import Book, declared, domains
from daihou.duties.models import WAITING, DayRun, Duty, DutyPerson, GapRow
from daihou.duties.pools import Holders
from daihou.engine import Results
from daihou.registers.kept import homes, standing
from daihou.registers.rows import ARROW
from daihou.rulebook import Rule

CHUNK = 400
WARNING = "warning"
SAID = (
    "contract", "party", "branch", "start", "opens", "seen", "due", "expires", "done", "remind", "state", "days_late", "missed_run",
    "run_from", "run_to", "as_known", "assumed", "late_entry", "postponed",
)  # fmt: skip
_PERSON = ("ordinal", "role", "post", "employee", "answerable", "branch", "pool", "fallback")
_GAP = ("rule", "object", "part", "columns")

Identity = tuple[str, str, str]
Row = Mapping[str, Any]
Places = Mapping[tuple[str, str], tuple[str, str]]


@dataclass
class Told:
    """What the rules say of a day, ready to be stored.

    ``rules``: the rules that were asked, by id; what is stored of others is left alone. ``whole``: all rules in force were asked, so that
    what is stored of any other rule is of a rule no longer in force. ``duties``: those of the day; ``past``: others of which
    something is stored that their history now tells otherwise, or that belonged to a missed day.
    """

    rules: dict[str, Rule]
    whole: bool = False
    duties: dict[Identity, Row] = field(default_factory=dict)
    past: dict[Identity, Row] = field(default_factory=dict)
    persons: dict[Identity, list[Row]] = field(default_factory=dict)
    gaps: set[tuple[str, str, str, str]] = field(default_factory=set)
    warnings: dict[str, tuple[date, Row]] = field(default_factory=dict)

    def take(self, results: Results) -> None:
        """What was derived for the day of some of the rules."""
        for row in results.duties.to_pylist():
            self.duties[identity(row)] = row
        for row in results.assignments.to_pylist():
            self.persons.setdefault(identity(row), []).append(row)
        for row in results.gaps.to_pylist():
            self.gaps.add((row["rule"], row["object"], row["part"], row["columns"]))
        self.take_warnings(results, results.as_of)

    def take_warnings(self, results: Results, day: date) -> None:
        """Warnings found on a day; one found on an earlier day stays of that day."""
        for row in results.warnings.to_pylist():
            self.warnings.setdefault(warning_key(row), (day, row))

    def without(self, rules: Collection[str]) -> Told:
        """The same without some rules: of those something newer is stored already."""
        if not rules:
            return self
        return Told(
            {name: rule for name, rule in self.rules.items() if name not in rules},
            self.whole,
            {one: row for one, row in self.duties.items() if one[0] not in rules},
            {one: row for one, row in self.past.items() if one[0] not in rules},
            {one: rows for one, rows in self.persons.items() if one[0] not in rules},
            {gap for gap in self.gaps if gap[0] not in rules},
            {key: found for key, found in self.warnings.items() if found[1]["rule"] not in rules},
        )


@dataclass
class Change:
    """How many duties are new, moved, closed, withdrawn, unchanged; gaps and warnings that differ. ``rewritten``: duties whose stored persons were others."""

    new: int = 0
    moved: int = 0
    closed: int = 0
    withdrawn: int = 0
    unchanged: int = 0
    persons: int = 0
    gaps: int = 0
    warnings: int = 0
    rewritten: list[int] = field(default_factory=list)

    def __bool__(self) -> bool:
        """Whether anything was written."""
        return any((self.new, self.moved, self.withdrawn, self.persons, self.gaps, self.warnings))


def identity(row: Row) -> Identity:
    """Rule, object and occurrence: what a duty is known by."""
    return row["rule"], row["object"], row["occurrence"] or ""


def warning_key(row: Row) -> str:
    """The key under which a warning stands in the register."""
    return "/".join((row["rule"], row["party"], row["episode"] or "", row["level"]))


def held(told: Told) -> QuerySet[Duty]:
    """The stored duties of which the rules that were asked have the say."""
    rows = Duty.objects.all()
    return rows if told.whole else rows.filter(rule__in=list(told.rules))


def store(told: Told, run: DayRun, day: date, left: Collection[str] = ()) -> Change:
    """Write what differs. ``run``: the run that is named as the last to move a duty. ``left``: rules of which nothing is to be written."""
    change = Change()
    have = {
        (one.rule, one.object, one.occurrence): one
        for one in held(told).iterator(chunk_size=5_000)
        if one.rule not in left
    }
    _store_duties(told, have, run, day, change)
    _store_persons(told, have, change, day)
    _store_gaps(told, run, change, left)
    return change


def _store_duties(told: Told, have: dict[Identity, Duty], run: DayRun, day: date, change: Change) -> None:
    fresh: dict[Identity, Duty] = {}
    moved: list[Duty] = []
    spoken = {**told.past, **told.duties}
    for one, row in spoken.items():
        duty = have.get(one)
        said = {name: row[name] for name in SAID}
        if duty is None:
            rule, subject, occurrence = one
            table = told.rules[rule].table
            fresh[one] = Duty(
                rule=rule, object=subject, occurrence=occurrence, table=table, first_run=run, last_run=run, **said
            )  # fmt: skip
        elif duty.withdrawn_on is not None or any(getattr(duty, name) != said[name] for name in SAID):
            change.closed += duty.done is None and said["done"] is not None
            for name, value in said.items():
                setattr(duty, name, value)
            duty.withdrawn_on, duty.last_run = None, run
            moved.append(duty)
    gone = [
        duty for one, duty in have.items()
        if one not in spoken and duty.state in WAITING and duty.withdrawn_on is None
    ]  # fmt: skip
    for duty in gone:
        duty.withdrawn_on, duty.last_run = day, run
    Duty.objects.bulk_create(fresh.values(), batch_size=CHUNK)
    _rewrite(moved, (*SAID, "withdrawn_on", "last_run"))
    _rewrite(gone, ("withdrawn_on", "last_run"))
    have.update(fresh)
    change.new, change.moved, change.withdrawn = len(fresh), len(moved), len(gone)
    change.unchanged = len(spoken) - len(fresh) - len(moved)


def _rewrite(duties: Sequence[Duty], columns: Sequence[str]) -> None:
    """Write columns of duties that stand, many in a statement: inserted over themselves, for a CASE of every value takes minutes for thousands of rows."""
    Duty.objects.bulk_create(
        duties, batch_size=CHUNK, update_conflicts=True, unique_fields=["id"], update_fields=list(columns)
    )


def _store_persons(told: Told, have: Mapping[Identity, Duty], change: Change, day: date) -> None:
    """The persons of the day's duties: where they differ from what is stored they are written anew. Who took a duty out of a pool is no difference."""
    lies = _places(told.persons.values(), day)
    said = {have[one].pk: [_person(row, lies) for row in rows] for one, rows in told.persons.items()}
    said |= {have[one].pk: [] for one in told.duties if one not in told.persons}
    stored: dict[int, list[tuple[Any, ...]]] = {}
    for keys in _chunks(sorted(said)):
        rows = DutyPerson.objects.filter(duty_id__in=keys).values_list("duty_id", *_PERSON)
        for pk, *person in rows:
            stored.setdefault(pk, []).append(_as_derived(person))
    differing = [
        pk for pk, persons in said.items() if sorted(persons, key=str) != sorted(stored.get(pk, []), key=str)
    ]
    for keys in _chunks(differing):
        DutyPerson.objects.filter(duty_id__in=keys).delete()
    fresh = (
        DutyPerson(duty_id=pk, **dict(zip(_PERSON, person, strict=True)))
        for pk in differing
        for person in said[pk]
    )
    DutyPerson.objects.bulk_create(fresh, batch_size=CHUNK)
    change.persons = len(differing)
    change.rewritten = [pk for pk in differing if pk in stored]


def _places(persons: Iterable[Sequence[Row]], day: date) -> Places:
    """Where the pools lie whose post nobody holds at the branch they are about: a branch or a post above. Nothing is asked where there is no pool."""
    pools = {
        (row["post"], row["branch"]) for rows in persons for row in rows if row["pool"] and row["branch"]
    }
    holders = Holders.on(day) if pools else Holders({})
    found = {one: holders.place(*one) for one in pools}
    return {one: place for one, place in found.items() if place is not None and place != one}


def _person(row: Row, lies: Places) -> tuple[Any, ...]:
    place = lies.get((row["post"], row["branch"])) if row["pool"] else None
    post, branch = (row["post"], row["branch"]) if place is None else place
    return (
        row["ordinal"], row["role"] or "", post, row["employee"], row["answerable"], branch, bool(row["pool"]),
        bool(row["fallback"]) or place is not None,
    )  # fmt: skip


def _as_derived(person: Sequence[Any]) -> tuple[Any, ...]:
    """A stored person as it was derived: a pool is nobody's."""
    said = dict(zip(_PERSON, person, strict=True))
    return tuple((said | {"employee": None} if said["pool"] else said).values())


def _chunks(keys: Sequence[int]) -> Iterable[Sequence[int]]:
    return (keys[start : start + CHUNK] for start in range(0, len(keys), CHUNK))


def _store_gaps(told: Told, run: DayRun, change: Change, left: Collection[str]) -> None:
    rows = GapRow.objects.all() if told.whole else GapRow.objects.filter(rule__in=list(told.rules))
    stored = {gap: pk for pk, *gap_ in rows.values_list("pk", *_GAP) if (gap := tuple(gap_))[0] not in left}
    gone = [pk for gap, pk in stored.items() if gap not in told.gaps]
    for keys in _chunks(gone):
        GapRow.objects.filter(pk__in=keys).delete()
    fresh = [
        GapRow(**dict(zip(_GAP, gap, strict=True)), run=run) for gap in sorted(told.gaps - stored.keys())
    ]
    GapRow.objects.bulk_create(fresh, batch_size=CHUNK)
    change.gaps = len(gone) + len(fresh)


def unraised(told: Told) -> dict[str, tuple[date, Row]]:
    """Of the warnings found those that do not stand in the register."""
    keys = set(standing(homes()[WARNING]).values_list("key", flat=True)) if told.warnings else set()
    return {key: found for key, found in told.warnings.items() if key not in keys}


def _said_of_warning(row: Row, raised: date) -> dict[str, Any]:
    """A warning found on a day, by the columns of the register."""
    signals = frozenset(domains()["warning_signal"])
    return {
        "rule": row["rule"], "party": row["party"], "occurrence": row["episode"], "level": row["level"], "contract": row["contract"],
        "signal": row["rule"] if row["rule"] in signals else None, "raised_day": raised, "origin": "by_system",
        "remark": row["evidence"],
    }  # fmt: skip


def book_with(book: Book, raised: Mapping[str, tuple[date, Row]]) -> Book:
    """The book as it will be once warnings that were found stand in the register."""
    if not raised:
        return book
    table = declared()[WARNING]
    said = [_said_of_warning(row, day) for day, row in raised.values()]
    columns = {
        name: pa.array([one.get(name) for one in said], ARROW[column.type]) for name, column in table.columns.items()
    }  # fmt: skip
    rows = pa.table(
        {**columns, "_sheet": pa.nulls(len(said), pa.string()), "_row": pa.nulls(len(said), pa.int64())}
    )
    held = book.tables.get(WARNING)
    whole = rows if held is None else pa.concat_tables([held, rows.select(held.column_names)])
    return replace(book, tables={**book.tables, WARNING: whole})


def raise_warnings(told: Told, day: date, event: int) -> int:
    """Warnings found become rows of 预警: raised by the rules, to be verified by people."""
    model: Any = homes()[WARNING]
    made = [
        model(key=key, recorded=day, event=event, **_said_of_warning(row, raised))
        for key, (raised, row) in unraised(told).items()
    ]
    model._default_manager.bulk_create(made, batch_size=CHUNK)
    return len(made)
