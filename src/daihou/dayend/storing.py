"""What was derived, written to where desks look: duties, persons, gaps, warnings; only what differs is touched.

Both sides are tables of Arrow and are compared as tables: a duty that did not move never becomes an object of Python.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, fields, replace
from datetime import date
from typing import Any, NamedTuple, Self, cast

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
from django.db import models
from django.db.models import Max

from daihou.book import ARROW_TYPES, Book, ColumnType, Passing, declared, domains
from daihou.duties.models import (
    DUE,
    LIVE,
    REPORTED,
    STATE,
    TO_DO,
    WITHDRAWN,
    ClassDue,
    DayRun,
    Duty,
    DutyChange,
    DutyPerson,
    GapPerson,
    GapRow,
)
from daihou.duties.pools import Holders
from daihou.engine import Results
from daihou.registers import lines
from daihou.registers.kept import homes, standing
from daihou.registers.rows import write
from daihou.rulebook import Rule
from daihou.warnings.suggested import RANK
from daihou.warnings.telling import SEVERE

CHUNK = 400
WARNING, DUPLICATE = "warning", "duplicate"
KEY = ("rule", "object", "occurrence")
"""What a duty is known by."""
SAID = (
    "contract", "party", "branch", "start", "opens", "seen", "due", "expires", "done", "remind", "state", "missed_run",
    "run_from", "run_to", "as_known", "assumed", "late_entry", "postponed",
)  # fmt: skip
_PERSON = ("ordinal", "role", "post", "employee", "answerable", "branch", "pool", "fallback")
_GAP = ("rule", "object", "part", "columns")
_CLASS = ("rule", "object", "level", "now", "cause")
_GAP_PERSON = ("ordinal", "role", "post", "employee", "branch", "pool", "fallback")
_KINDS: Mapping[type[models.Field[Any, Any]], ColumnType] = {
    models.CharField: ColumnType.TEXT, models.DateField: ColumnType.DATE, models.BooleanField: ColumnType.BOOL,
    models.IntegerField: ColumnType.INT, models.PositiveSmallIntegerField: ColumnType.INT, models.BigAutoField: ColumnType.INT,
    models.ForeignKey: ColumnType.INT,
}  # fmt: skip

Row = Mapping[str, Any]
Gap = tuple[str, str, str, str]
Classed = tuple[str, str, str]
"""How a row is to be classed, how it is on record, by what."""
Asked = tuple[int, str, str | None, str | None, str | None, bool, bool]
"""Who is asked for what is missing, as the columns are stored."""


def _kinds(model: type[models.Model], names: Sequence[str]) -> dict[str, ColumnType]:
    """What columns of a stored model hold."""
    fields = {one.name: one for one in model._meta.concrete_fields}
    return {name: _KINDS[type(fields[name])] for name in names}


DUTY = pa.schema([(name, ARROW_TYPES[kind]) for name, kind in _kinds(Duty, (*KEY, *SAID)).items()])
"""A duty as it is stored."""
PERSON = pa.schema(
    [
        *((name, pa.string()) for name in KEY),
        *((name, ARROW_TYPES[kind]) for name, kind in _kinds(DutyPerson, _PERSON).items()),
    ]
)
"""Who does a duty, as it was derived."""
ASKED = pa.schema(
    [
        ("rule", pa.string()),
        ("object", pa.string()),
        *((name, ARROW_TYPES[kind]) for name, kind in _kinds(GapPerson, _GAP_PERSON).items()),
    ]
)
"""Who is asked for what is missing, as it was derived."""
REACHED = pa.schema(
    [*((name, pa.string()) for name in KEY), ("reached_on", pa.date32()), ("post", pa.string())]
)
"""That a late duty was reported to a post, as it was derived."""


def as_stored(rows: pa.Table, schema: pa.Schema) -> pa.Table:
    """Rows of results by the columns of a schema; a duty that occurs once has an empty occurrence."""
    at = rows.column_names.index("occurrence")
    whole = rows.set_column(at, "occurrence", pc.fill_null(rows["occurrence"], ""))
    return whole.select(schema.names).cast(schema)


@contextmanager
def beside(**tables: pa.Table) -> Iterator[duckdb.DuckDBPyConnection]:
    """A passing database in which tables can be compared."""
    with Passing() as found:
        for name, rows in tables.items():
            found.connection.register(name, rows)
        yield found.connection


@dataclass(frozen=True)
class Bound:
    """That of some rules only the results about some objects were asked; None: about all."""

    rules: frozenset[str]
    objects: frozenset[str] | None


@dataclass
class Told:
    """What the rules say of a day, ready to be stored.

    ``rules``: the rules that were asked, by id; what is stored of others is left alone. ``whole``: all rules in force were asked, so that
    what is stored of any other rule is of a rule no longer in force. ``duties``: those of the day; ``past``: others of which
    something is stored that their history now tells otherwise, or that belonged to a missed day. ``held``: what is stored, as it was read
    while this was derived; None where it may be another by now. ``bounds``: where only some objects were asked about; what is stored of
    others is left alone. ``decided``: warnings of which it is said already whether they are open or go into another. ``reached``: what was
    reported up and was not before. ``asked``: who is asked for what is missing. ``classes``: which rows, by rule and key, are to be
    classed otherwise than they are.
    """

    rules: dict[str, Rule]
    whole: bool = False
    duties: pa.Table = field(default_factory=DUTY.empty_table)
    past: pa.Table = field(default_factory=DUTY.empty_table)
    persons: pa.Table = field(default_factory=PERSON.empty_table)
    gaps: set[Gap] = field(default_factory=set)
    warnings: dict[str, tuple[date, Row]] = field(default_factory=dict)
    decided: dict[str, Raised] = field(default_factory=dict)
    held: pa.Table | None = None
    bounds: tuple[Bound, ...] | None = None
    reached: pa.Table = field(default_factory=REACHED.empty_table)
    asked: pa.Table = field(default_factory=ASKED.empty_table)
    classes: dict[tuple[str, str], Classed] = field(default_factory=dict)

    def take(self, results: Results) -> None:
        """What was derived for the day of some of the rules."""
        self.duties = pa.concat_tables([self.duties, as_stored(results.duties, DUTY)])
        self.persons = pa.concat_tables([self.persons, as_stored(results.assignments, PERSON)])
        self.gaps |= set(zip(*(results.gaps[name].to_pylist() for name in _GAP), strict=True))
        told = results.gap_assignments.select(ASKED.names).cast(ASKED)
        self.asked = pa.concat_tables([self.asked, told])
        self.take_warnings(results.warnings, results.as_of)
        for row in results.grades.filter(results.grades["changed"]).to_pylist():
            told = row["level"], row["previous"] or "", row["cause"]
            self.classes[row["rule"], row["object"]] = told

    def take_warnings(self, found: pa.Table, day: date) -> None:
        """Warnings found on a day; one found on an earlier day stays of that day."""
        for row in found.to_pylist():
            self.warnings.setdefault(warning_key(row), (day, row))

    def take_past(self, duties: pa.Table, persons: pa.Table) -> None:
        """What history tells of duties that the day does not speak of."""
        self.past = pa.concat_tables([self.past, duties])
        self.persons = pa.concat_tables([self.persons, persons])

    @classmethod
    def together(cls, parts: Sequence[Told]) -> Told:
        """Rules and warnings of several."""
        found = cls({})
        for one in parts:
            found.rules |= one.rules
            found.warnings |= one.warnings
            found.decided |= one.decided
        return found

    def without(self, rules: Collection[str]) -> Told:
        """The same without some rules: of those something newer is stored already."""
        if not rules:
            return self
        gone = pa.array(sorted(rules), pa.string())

        def rest(rows: pa.Table) -> pa.Table:
            return rows.filter(pc.invert(pc.is_in(rows["rule"], gone)))

        return Told(
            {name: rule for name, rule in self.rules.items() if name not in rules},
            self.whole,
            rest(self.duties),
            rest(self.past),
            rest(self.persons),
            {gap for gap in self.gaps if gap[0] not in rules},
            {key: found for key, found in self.warnings.items() if found[1]["rule"] not in rules},
            {key: found for key, found in self.decided.items() if found.row["rule"] not in rules},
            asked=rest(self.asked),
            classes={key: told for key, told in self.classes.items() if key[0] not in rules},
        )


Moved = tuple[int, str | None, str, str, str]
"""One duty by its number, the day (empty: that of the results), what moved, what it was and is."""


@dataclass
class Change:
    """How many duties are new, moved, closed, withdrawn, unchanged; gaps and warnings that differ. ``rewritten``: duties whose stored persons were others. ``steps``: of stored duties what moved, as ``write_steps`` takes it."""

    new: int = 0
    moved: int = 0
    closed: int = 0
    withdrawn: int = 0
    unchanged: int = 0
    persons: int = 0
    gaps: int = 0
    warnings: int = 0
    rewritten: list[int] = field(default_factory=list)
    steps: list[Moved] = field(default_factory=list)

    def __iadd__(self, other: Change) -> Self:
        """Both together."""
        for one in fields(self):
            setattr(self, one.name, getattr(self, one.name) + getattr(other, one.name))
        return self

    @property
    def reported(self) -> int:
        """How many duties were reported up."""
        return len({pk for pk, _day, what, *_rest in self.steps if what == REPORTED})

    def __bool__(self) -> bool:
        """Whether anything was written."""
        return any((self.new, self.moved, self.withdrawn, self.persons, self.gaps, self.warnings))


def warning_key(row: Row) -> str:
    """The key under which a warning stands in the register."""
    return "/".join((row["rule"], row["party"], row["episode"] or "", row["level"]))


def quoted(states: Iterable[str]) -> str:
    """States of the model as a statement lists them."""
    return ", ".join(f"'{one}'" for one in states)


_HELD = ("id", *KEY, *SAID, "withdrawn_on")
_LIVE_STATES = quoted(LIVE)
_IS_LIVE = f"withdrawn_on IS NULL AND state IN ({_LIVE_STATES})"
"""The bound on duties that somebody still has to do: what was done in years past is not read every day."""


def held(told: Told, left: Collection[str] = (), doubtful: Collection[str] | None = ()) -> pa.Table:
    """The stored duties of which the rules that were asked have the say, but for the rules ``left``.

    Where all rules were asked those that somebody still has to do, and all of the ``doubtful`` rules (None: of all rules).
    """
    where, said = _of_rules(told, left)
    if told.whole and doubtful is not None:
        live = f"({_IS_LIVE} OR rule IN ({_places(doubtful)}))" if doubtful else f"({_IS_LIVE})"
        where, said = f"{live} AND {where}" if where else live, [*sorted(doubtful), *said]
    return _read(Duty, _HELD, where, said)


def _held_besides(at: duckdb.DuckDBPyConnection) -> pa.Table:
    """Of the duties spoken of those that are stored but were not read: done or over."""
    wanted: dict[str, list[str]] = {}
    for rule, object_ in at.sql(f"SELECT DISTINCT rule, object FROM ({_NEW}) ORDER BY ALL").fetchall():  # noqa: S608 - names of the model
        wanted.setdefault(rule, []).append(object_)
    found = [
        _read(Duty, _HELD, f"rule = %s AND object IN ({_places(some)}) AND NOT ({_IS_LIVE})", [rule, *some])
        for rule, objects in wanted.items()
        for some in lines.portions(objects)
    ]
    return pa.concat_tables([at.sql("SELECT * FROM held").to_arrow_table(), *found])


def _of_rules(told: Told, left: Collection[str]) -> tuple[str, list[str]]:
    """The bound on rows of duties of which the rules that were asked have the say."""
    if told.whole:
        return (f"rule NOT IN ({_places(left)})", sorted(left)) if left else ("", [])
    asked = set(told.rules) - set(left)
    parts, said = [], list[str]()
    for bound in (Bound(frozenset(asked), None),) if told.bounds is None else told.bounds:
        rules = sorted(bound.rules & asked)
        if not rules or (bound.objects is not None and not bound.objects):
            continue
        part = f"rule IN ({_places(rules)})"
        said += rules
        if bound.objects is not None:
            part += f" AND object IN ({_places(bound.objects)})"
            said += sorted(bound.objects)
        parts.append(f"({part})")
    return (" OR ".join(parts), said) if parts else ("1 = 0", [])


def _places(values: Collection[object]) -> str:
    return ", ".join(["%s"] * len(values))


def _read(model: type[models.Model], names: Sequence[str], where: str, said: Sequence[Any]) -> pa.Table:
    attributes = {one.name: one.attname for one in model._meta.concrete_fields}
    columns = {name: (attributes[name], kind) for name, kind in _kinds(model, names).items()}
    return lines.read(model._meta.db_table, columns, where, said)


def newest_duty() -> int:
    """The last duty stored so far; 0 where there is none."""
    last: int | None = Duty.objects.aggregate(last=Max("pk"))["last"]
    return last or 0


def store(told: Told, run: DayRun, day: date, left: Collection[str] = ()) -> Change:
    """Write what differs. ``run``: the run that is named as the last to move a duty. ``left``: rules of which nothing is to be written."""
    change = Change()
    spoken = pa.concat_tables([told.duties, told.past])
    stored = held(told, left) if told.held is None else told.held
    last = newest_duty()
    with beside(spoken=spoken, held=stored) as at:
        if told.whole:
            stored = _held_besides(at)
            at.register("held", stored)
        _store_duties(at, told, run, day, change)
        new = "first_run_id = %s AND id > %s" if change.new else "1 = 0"
        at.register("fresh", _read(Duty, ("id", *KEY), new, [run.pk, last] if change.new else []))
        at.register("persons", told.persons)
        at.register("listed", told.duties)
        _store_persons(at, told, day, left, change)
        if told.reached.num_rows:
            at.register("reached", told.reached)
            change.steps += [(pk, on, REPORTED, "", post) for pk, on, post in at.sql(_UPWARDS).fetchall()]
    change.unchanged = spoken.num_rows - change.new - change.moved
    _store_gaps(told, run, day, change, left)
    _store_classes(told, run, left)
    return change


_SAME_KEY = f"USING ({', '.join(KEY)})"
_NEW = f"SELECT spoken.* FROM spoken ANTI JOIN held {_SAME_KEY}"  # noqa: S608 - names of the model
_MOVED = f"""
SELECT held.id, held.done IS NULL AND spoken.done IS NOT NULL AS closes, CAST(held.due AS VARCHAR) AS due_before,
  CASE WHEN held.withdrawn_on IS NULL THEN held.state ELSE '{WITHDRAWN}' END AS state_before, {{said}}
FROM spoken JOIN held {_SAME_KEY}
WHERE held.withdrawn_on IS NOT NULL OR {" OR ".join(f"spoken.{name} IS DISTINCT FROM held.{name}" for name in SAID)}
ORDER BY held.id
"""  # noqa: S608 - names of the model
_GONE = f"""
SELECT id, state FROM held ANTI JOIN spoken {_SAME_KEY} WHERE state IN ({quoted(TO_DO)}) AND withdrawn_on IS NULL ORDER BY id
"""  # noqa: S608 - names of the model


def _store_duties(at: duckdb.DuckDBPyConnection, told: Told, run: DayRun, day: date, change: Change) -> None:
    kinds = _kinds(Duty, SAID)
    said = ", ".join(_told("spoken", name, kind) for name, kind in kinds.items())
    new = at.sql(
        f"SELECT rule, object, occurrence, {said} FROM ({_NEW}) AS spoken ORDER BY rule, object, occurrence"  # noqa: S608 - names of the model
    ).fetchall()
    moved = at.sql(_MOVED.format(said=said)).fetchall()
    gone = dict(at.sql(_GONE).fetchall())
    own = {"withdrawn_on": None, "last_run_id": run.pk}
    lines.insert(
        Duty._meta.db_table,
        ("table", "first_run_id", *own, *KEY, *SAID),
        ((told.rules[rule].table, run.pk, *own.values(), rule, *rest) for rule, *rest in new),
    )
    lines.update(
        Duty._meta.db_table,
        (*own, *SAID),
        ((*own.values(), *row, pk) for pk, _closes, _due, _state, *row in moved),
    )
    for keys in lines.portions(list(gone)):
        Duty.objects.filter(pk__in=keys).update(withdrawn_on=day, last_run=run)
    change.new, change.moved, change.withdrawn = len(new), len(moved), len(gone)
    change.closed = sum(closes for _pk, closes, *_row in moved)
    change.steps += [
        one for pk, _closes, due, state, *row in moved for one in _steps(pk, due, state, row[_DUE_AT], row[_STATE_AT])
    ]  # fmt: skip
    change.steps += [(pk, None, STATE, state, WITHDRAWN) for pk, state in gone.items()]


_DUE_AT, _STATE_AT = SAID.index("due"), SAID.index("state")
_BY_TIME = frozenset({("not_yet", "open"), ("not_yet", "overdue"), ("open", "overdue")})
"""Steps that a duty takes as days pass; they can be told from its days, and are by far the most."""


def _steps(pk: int, due_before: str | None, before: str, due: str | None, state: str) -> Iterator[Moved]:
    """What moved of a stored duty, but for what time alone does while its due day stands."""
    if due_before != due:
        yield pk, None, DUE, due_before or "", due or ""
    if before != state and (due_before != due or (before, state) not in _BY_TIME):
        yield pk, None, STATE, before, state


def write_steps(steps: Iterable[Moved], run: DayRun, day: date, event: int) -> None:
    """Write what moved of stored duties: a row each, in the transaction that stores the results. ``event``: what moved them, or found it."""
    rows = ((pk, on or day.isoformat(), run.pk, event, *rest) for pk, on, *rest in steps)
    columns = ("duty_id", "day", "run_id", "event", "what", "before", "after")
    lines.insert(DutyChange._meta.db_table, columns, rows)


def _told(source: str, name: str, kind: ColumnType) -> str:
    """A column as the database is told it: a day as its text, which every one of them reads."""
    return f"CAST({source}.{name} AS VARCHAR)" if kind is ColumnType.DATE else f"{source}.{name}"


_KNOWN = f"SELECT id, {', '.join(KEY)} FROM held UNION SELECT id, {', '.join(KEY)} FROM fresh"  # noqa: S608 - names of the model
_OVER = f"""
SELECT held.id FROM held JOIN spoken {_SAME_KEY} WHERE held.withdrawn_on IS NULL
AND held.state NOT IN ({_LIVE_STATES}) AND spoken.state NOT IN ({_LIVE_STATES})
"""  # noqa: S608 - states of the model
"""Duties that were over when they were last stored and are so still: they stay with whoever had them, whomever the rows name since."""
_AS_SAID = f"""
SELECT known.id AS duty, ordinal, coalesce(role, '') AS role, coalesce(place.lies_post, persons.post) AS post, employee, answerable,
  CASE WHEN place.lies_post IS NULL THEN persons.branch ELSE place.lies_branch END AS branch,
  coalesce(pool, false) AS pool, coalesce(fallback, false) OR place.lies_post IS NOT NULL AS fallback
FROM persons JOIN known {_SAME_KEY} ANTI JOIN over ON over.id = known.id
LEFT JOIN place ON persons.pool AND persons.post = place.post AND persons.branch = place.branch
"""  # noqa: S608 - names of the model
_ASKED = f"""
SELECT id FROM (SELECT id FROM known SEMI JOIN listed {_SAME_KEY} UNION SELECT id FROM known SEMI JOIN persons {_SAME_KEY}) ANTI JOIN over USING (id)
"""  # noqa: S608 - names of the model
_UPWARDS = f"""
SELECT DISTINCT known.id, CAST(reached_on AS VARCHAR) AS day, post FROM reached JOIN known {_SAME_KEY} ORDER BY ALL
"""  # noqa: S608 - names of the model
_AS_STORED = """
SELECT duty, ordinal, role, post, CASE WHEN pool THEN NULL ELSE employee END AS employee, answerable, branch, pool, fallback
FROM kept WHERE duty IN (SELECT id FROM asked)
"""
_DIFFERING = """
SELECT DISTINCT duty FROM ((SELECT * FROM said EXCEPT ALL SELECT * FROM stored) UNION ALL (SELECT * FROM stored EXCEPT ALL SELECT * FROM said))
ORDER BY duty
"""


def _store_persons(
    at: duckdb.DuckDBPyConnection, told: Told, day: date, left: Collection[str], change: Change
) -> None:
    """The persons of the day's duties: where they differ from what is stored they are written anew. Who took a duty out of a pool is no difference.

    A duty that is over keeps its persons: what somebody finished stays his when the contract goes to another.
    """
    where, said = _of_rules(told, left)
    if told.whole:
        where = f"{_IS_LIVE} AND {where}" if where else _IS_LIVE
    bound = f"duty_id IN (SELECT id FROM {Duty._meta.db_table} WHERE {where})"  # noqa: S608 - names of the model
    kept = _read(DutyPerson, ("duty", *_PERSON), bound, said)
    at.register("place", _pools(told.persons, day))
    for name, query in {"known": _KNOWN, "over": _OVER, "asked": _ASKED, "said": _AS_SAID}.items():
        at.execute(f"CREATE TABLE {name} AS {query}")
    if told.whole:
        kept = pa.concat_tables([kept, *_persons_besides(at)])
    at.register("kept", kept)
    at.execute(f"CREATE TABLE stored AS {_AS_STORED}")
    at.execute(f"CREATE TABLE differing AS {_DIFFERING}")
    differing = [pk for (pk,) in at.sql("SELECT duty FROM differing").fetchall()]
    had = "SELECT duty FROM differing WHERE duty IN (SELECT duty FROM stored) ORDER BY duty"
    change.rewritten = [pk for (pk,) in at.sql(had).fetchall()]
    for keys in lines.portions(change.rewritten):
        DutyPerson.objects.filter(duty_id__in=keys).delete()
    fresh = at.sql(
        "SELECT said.* FROM said SEMI JOIN differing USING (duty) ORDER BY duty, ordinal"
    ).fetchall()
    lines.insert(DutyPerson._meta.db_table, ("duty_id", *_PERSON), fresh)
    change.persons = len(differing)


_DONE = f"""
SELECT known.id FROM known JOIN asked ON asked.id = known.id JOIN spoken {_SAME_KEY} WHERE state NOT IN ({_LIVE_STATES}) ORDER BY 1
"""  # noqa: S608 - states of the model


def _persons_besides(at: duckdb.DuckDBPyConnection) -> Iterator[pa.Table]:
    """The stored persons of those duties spoken of that nobody has to do any more."""
    for some in lines.portions([pk for (pk,) in at.sql(_DONE).fetchall()]):
        yield _read(DutyPerson, ("duty", *_PERSON), f"duty_id IN ({_places(some)})", list(some))


def _pools(persons: pa.Table, day: date) -> pa.Table:
    """Where the pools lie whose post nobody holds at the branch they are about: a branch or a post above. Nothing is asked where there is no pool."""
    pooled = persons.filter(pc.and_kleene(persons["pool"], pc.is_valid(persons["branch"])))
    pools = pooled.select(["post", "branch"]).group_by(["post", "branch"]).aggregate([]).to_pylist()
    holders = Holders.on(day) if pools else Holders({})
    found = [(one, holders.place(one["post"], one["branch"])) for one in pools]
    rows = [
        {**one, "lies_post": place[0], "lies_branch": place[1]}
        for one, place in found
        if place is not None and place != (one["post"], one["branch"])
    ]
    names = ("post", "branch", "lies_post", "lies_branch")
    return pa.Table.from_pylist(rows, pa.schema([(name, pa.string()) for name in names]))


def _store_gaps(told: Told, run: DayRun, day: date, change: Change, left: Collection[str]) -> None:
    """What could not be judged, and who is asked for it; a gap stays with the run that first told it, whosever it is."""
    where, said = _of_rules(told, left)
    rows = _read(GapRow, ("id", *_GAP), where, said)
    stored = {
        tuple(gap): pk for pk, *gap in zip(*(column.to_pylist() for column in rows.columns), strict=True)
    }
    bound = f"gap_id IN (SELECT id FROM {GapRow._meta.db_table}{f' WHERE {where}' if where else ''})"  # noqa: S608 - names of the model
    had = _persons_of(_read(GapPerson, ("gap", *_GAP_PERSON), bound, said))
    gone = [pk for gap, pk in stored.items() if gap not in told.gaps]
    for keys in lines.portions(gone):
        GapRow.objects.filter(pk__in=keys).delete()
    fresh = [
        GapRow(**dict(zip(_GAP, gap, strict=True)), run=run) for gap in sorted(told.gaps - stored.keys())
    ]
    GapRow.objects.bulk_create(fresh, batch_size=CHUNK)
    standing = {gap: pk for gap, pk in stored.items() if gap in told.gaps}
    standing |= {(one.rule, one.object, one.part, one.columns): one.pk for one in fresh}
    asked = _persons_of(_at_their_pools(told.asked, day))
    wanted = {pk: asked.get((rule, object_), []) for (rule, object_, *_), pk in standing.items()}
    moved = [pk for pk, persons in wanted.items() if persons != had.get((pk,), [])]
    for keys in lines.portions([pk for pk in moved if (pk,) in had]):
        GapPerson.objects.filter(gap_id__in=keys).delete()
    lines.insert(
        GapPerson._meta.db_table,
        ("gap_id", *_GAP_PERSON),
        ((pk, *person) for pk in moved for person in wanted[pk]),
    )
    change.gaps = len(gone) + len({*moved, *(one.pk for one in fresh)})


def _store_classes(told: Told, run: DayRun, left: Collection[str]) -> None:
    """Which rows are to be classed otherwise; one stays with the run that first said it so."""
    where, said = _of_rules(told, left)
    stored = {
        (rule, object_): (pk, (level, now, cause))
        for pk, rule, object_, level, now, cause in zip(
            *(column.to_pylist() for column in _read(ClassDue, ("id", *_CLASS), where, said).columns),
            strict=True,
        )
    }
    gone = [pk for key, (pk, classed) in stored.items() if told.classes.get(key) != classed]
    for keys in lines.portions(gone):
        ClassDue.objects.filter(pk__in=keys).delete()
    fresh = [
        ClassDue(rule=rule, table=told.rules[rule].table, object=object_, level=level, now=now, cause=cause, run=run)
        for (rule, object_), (level, now, cause) in sorted(told.classes.items())
        if rule in told.rules and stored.get((rule, object_), (0, None))[1] != (level, now, cause)
    ]  # fmt: skip
    ClassDue.objects.bulk_create(fresh, batch_size=CHUNK)


def _persons_of(rows: pa.Table) -> dict[tuple[Any, ...], list[Asked]]:
    """Who is asked, in order, by what the columns before say."""
    found: dict[tuple[Any, ...], list[Asked]] = {}
    known = rows.num_columns - len(_GAP_PERSON)
    for row in zip(*(column.to_pylist() for column in rows.columns), strict=True):
        found.setdefault(row[:known], []).append(cast("Asked", row[known:]))
    return {key: sorted(persons, key=str) for key, persons in found.items()}


def _at_their_pools(asked: pa.Table, day: date) -> pa.Table:
    """The same, a pool of which nobody is at the branch where it lies."""
    with beside(asked=asked, place=_pools(asked, day)) as at:
        return at.sql(_AT_THEIR_POOLS).to_arrow_table()


_AT_THEIR_POOLS = """
SELECT rule, object, ordinal, coalesce(role, '') AS role, coalesce(place.lies_post, asked.post) AS post, employee,
  CASE WHEN place.lies_post IS NULL THEN asked.branch ELSE place.lies_branch END AS branch,
  coalesce(pool, false) AS pool, coalesce(fallback, false) OR place.lies_post IS NOT NULL AS fallback
FROM asked LEFT JOIN place ON asked.pool AND asked.post = place.post AND asked.branch = place.branch
"""


class Raised(NamedTuple):
    """A warning to be written: the day it was found on, what was found, and the key of the open one into which it goes (empty: none)."""

    day: date
    row: Row
    into: str = ""


def unraised(told: Told) -> dict[str, Raised]:
    """Of the warnings found those that do not stand in the register.

    Of a client and a signal one is open: what is found beside it, of another period and no worse, goes into it as a duplicate,
    and so it is not raised anew once that one is closed. Of several found at once the worst and newest is the open one. What was decided
    stays so.
    """
    if not told.warnings:
        return {}
    rows = standing(homes()[WARNING]).values_list("key", "rule", "party", "level", "closed_day").order_by()
    parties = sorted({row["party"] for _day, row in told.warnings.values()})
    keys: set[str] = set()
    open_: dict[tuple[str, str], tuple[int, str]] = {}
    for some in lines.portions(parties):
        for key, rule, party, level, closed in rows.filter(party__in=some):
            keys.add(key)
            if closed is None:
                open_[rule, party] = max(open_.get((rule, party), (-1, "")), (RANK.get(level, 0), key))
    found = {key: one for key, one in told.decided.items() if key not in keys}
    for key, one in found.items():
        if not one.into:
            rank = RANK.get(one.row["level"], 0)
            open_[one.row["rule"], one.row["party"]] = max(
                open_.get((one.row["rule"], one.row["party"]), (-1, "")), (rank, key)
            )
    for key, (day, row) in sorted(told.warnings.items(), key=_worst_first):
        if key in keys or key in found:
            continue
        rank, stands = open_.get((row["rule"], row["party"]), (-1, ""))
        own = RANK.get(row["level"], 0)
        if own > rank:
            open_[row["rule"], row["party"]] = own, key
        found[key] = Raised(day, row, "" if own > rank else stands)
    return found


def _worst_first(found: tuple[str, tuple[date, Row]]) -> tuple[int, int, str]:
    """The order in which warnings are raised: the worst, of those the newest period."""
    key, (_day, row) = found
    period = row["episode"] or ""
    newest = -int("".join(sign for sign in period if sign.isdecimal()) or 0)
    return -RANK.get(row["level"], 0), newest, key


def said_of_warning(raised: Raised) -> dict[str, Any]:
    """A warning to be written, by the columns of the register; a duplicate is verified and closed as one."""
    row, signals = raised.row, frozenset(domains()["warning_signal"])
    said = {
        "rule": row["rule"], "party": row["party"], "occurrence": row["episode"], "level": row["level"], "contract": row["contract"],
        "signal": row["rule"] if row["rule"] in signals else None, "raised_day": raised.day, "origin": "by_system",
        "remark": row["evidence"],
    }  # fmt: skip
    if raised.into:
        told = f"同一信号已有未关闭的预警 {raised.into.split('/')[-2]}，并入那一条"
        said |= {
            "verified_day": raised.day, "verification": DUPLICATE, "verification_told": told, "closed_day": raised.day,
        }  # fmt: skip
    return said


def rows_of(raised: Mapping[str, Raised]) -> pa.Table:
    """Warnings as the register will hold them."""
    said = [said_of_warning(one) for one in raised.values()]
    columns = {
        name: pa.array([one.get(name) for one in said], ARROW_TYPES[column.type]) for name, column in declared()[WARNING].columns.items()
    }  # fmt: skip
    return pa.table(
        {**columns, "_sheet": pa.nulls(len(said), pa.string()), "_row": pa.nulls(len(said), pa.int64())}
    )


def registering(told: Told, day: date) -> Callable[[pa.Table], pa.Table]:
    """What makes of warnings found on a day the rows of the register that they will be: open, or closed as a duplicate of another."""

    def registered(found: pa.Table) -> pa.Table:
        told.take_warnings(found, day)
        told.decided = unraised(told)
        keys = {warning_key(row) for row in found.to_pylist()}
        return rows_of({key: one for key, one in told.decided.items() if key in keys})

    return registered


def book_with(book: Book, raised: Mapping[str, Raised]) -> Book:
    """The book as it will be once warnings that were found stand in the register."""
    if not raised:
        return book
    rows, held = rows_of(raised), book.tables.get(WARNING)
    whole = rows if held is None else pa.concat_tables([held, rows.select(held.column_names)])
    return replace(book, tables={**book.tables, WARNING: whole})


def raise_warnings(told: Told, day: date, event: int) -> tuple[int, list[Any]]:
    """Warnings found become rows of 预警: raised by the rules, to be verified by people. How many are open, and those of these that are severe."""
    model: Any = homes()[WARNING]
    said = [
        {"key": key, "recorded": day, "event": event, **said_of_warning(one)}
        for key, one in unraised(told).items()
    ]
    write(model, said)
    open_ = [one for one in said if one.get("closed_day") is None]
    return len(open_), [model(**one) for one in open_ if one["level"] == SEVERE]
