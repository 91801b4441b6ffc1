"""derive(): the rulebooks and the book on a day, to everybody's work. Pure: same rulebooks, same book, same date, same answer."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from datetime import date
from functools import lru_cache, partial
from hashlib import blake2b
from typing import Any, TypeVar
from typing import Literal as OneOf

import pyarrow as pa

from daihou.book import Book, ColumnType, calendar_of, declared, domains, posts
from daihou.engine.compile.days import Days, Needs, layers_of, needs, ordering
from daihou.engine.compile.duties import ROWS, Run, derive_duty
from daihou.engine.compile.escalations import ESCALATIONS, escalate
from daihou.engine.compile.persons import (
    ANSWERS,
    ASSIGNMENTS,
    GAP_PERSONS,
    PERSONS,
    assigning,
    fill_posts,
    held,
    keeper_reads,
    put_keepers,
    put_person_gaps,
)
from daihou.engine.compile.signals import STORES, derive_gate, derive_grade, derive_warning
from daihou.engine.compile.subject import subject_reads
from daihou.engine.compile.text import day, key_of, name, text
from daihou.engine.compile.watching import ALL, Watch, demanded, looked_at, narrowed, watches
from daihou.rulebook import check_together
from daihou.rulebook.model import Dated, Duty, Fact, Figure, Gate, Grade, LookupTable, Rule, Rulebook, Warning
from daihou.rulebook.nodes import Aggregate, AtRow, Column, Compare, Growth, In, Literal, Node, Relative
from daihou.units import Calendar

DUTY_TABLE, WARNING_TABLE = "duty", "warning"
AnyRule = TypeVar("AnyRule", bound=Rule)

RESULT_DUTIES = tuple(column for column in ROWS if column not in {"own_recorded", "own_start", "shown"})


class TwoRegimesError(ValueError):
    """Two books would give one object duties of one class; neither may win in silence."""

    def __init__(self, duty_class: str, rules: tuple[str, str], count: int, example: str) -> None:
        self.duty_class, self.rules, self.count, self.example = duty_class, rules, count, example
        super().__init__(
            f"{rules[0]} and {rules[1]} both give {count} objects a duty of class {duty_class}, e.g. {example}"
        )


@dataclass(frozen=True)
class Results:
    """What a day brings, as Arrow tables sorted by rule, object, occurrence; columns as in the room's README.

    ``asleep``: rules with an unset figure, and the figures. ``fingerprint``: of rules, book, date and calendar together.
    ``seconds``: how long each stage took. ``statements``: the SQL that ran, in order; ``inputs``: the rows it read, by the name under
    which it read them; ``queries``: the SELECT that gave each table of results. With these three the day can be derived on another
    database, as a test does on PostgreSQL. ``left_out``: ids of the rules of which something was left out for having fallen due before
    go-live; of them alone it is worth asking for ``leftovers``.
    """

    as_of: date
    known: date
    duties: pa.Table
    assignments: pa.Table
    escalations: pa.Table
    warnings: pa.Table
    grades: pa.Table
    gates: pa.Table
    gaps: pa.Table
    gap_assignments: pa.Table
    asleep: tuple[tuple[str, tuple[str, ...]], ...]
    fingerprint: str
    statements: tuple[str, ...]
    inputs: Mapping[str, pa.Table]
    queries: Mapping[str, str]
    seconds: Mapping[str, float]
    left_out: tuple[str, ...] = ()


def derive(
    rulebooks: Sequence[Rulebook],
    book: Book,
    as_of: date,
    *,
    known: date | None = None,
    go_live: date | None = None,
    scope: OneOf["day", "history"] = "day",
    calendar: Calendar | None = None,
    only: Collection[str] | None = None,
    whole: bool = False,
    leftovers: bool = False,
) -> Results:
    """Everybody's work on a day.

    ``known``: what was recorded by then counts (default the day itself). ``go_live``: nothing due before it is asked for (S23).
    ``leftovers``: of duties only what S23 leaves out, as it stands on the day; it is never reported up. It needs a ``go_live``.
    ``calendar``: of working days (default: the book's own, ``calendar_of``). ``scope``: the day's list, or every occurrence there ever was. ``only``: ids of the rules to ask (what they read is derived as well).
    ``whole``: run every statement of every rule, also those that find no rows to work on: for who wants to see or try them.
    Raises RulebookRefused where two books use one name for two things, TwoRegimesError where two books claim the same object for one class of duty.
    """
    opened = Opened(rulebooks, book, as_of, known=known, calendar=calendar, only=only, whole=whole)
    return opened.ask(go_live=go_live, scope=scope, leftovers=leftovers)


class Opened:
    """A book as it stands on a day, to be asked more than once: what the rules read is laid out when it is opened, not for each question.

    ``only``: ids of the rules that may be asked (default: all). ``around``: of the tables named only the objects of these keys are asked about, for the
    book holds no more than what is looked at around them. The rest is as ``derive`` has it.
    """

    def __init__(
        self,
        rulebooks: Sequence[Rulebook],
        book: Book,
        as_of: date,
        *,
        known: date | None = None,
        calendar: Calendar | None = None,
        only: Collection[str] | None = None,
        around: Mapping[str, Collection[str]] | None = None,
        whole: bool = False,
    ) -> None:
        self.rulebooks, self.as_of, self.known = tuple(rulebooks), as_of, known or as_of
        calendar = calendar or calendar_of(book, self.known)
        self._only = None if only is None else frozenset(only)
        self._stand: frozenset[str] | None = None
        self._clock = _Stopwatch()
        plan = _plan(self._held, self._only)
        self._days = _open(plan, book, as_of, self.known, calendar, whole=whole)
        self._days.keep_to(around or {})
        self._clock.lap("book")
        parts = [
            *(r.fingerprint for r in rulebooks),
            book.fingerprint,
            as_of.isoformat(),
            self.known.isoformat(),
            calendar.fingerprint,
        ]
        self._mark = blake2b("\n".join(parts).encode(), digest_size=16).hexdigest()

    @property
    def _held(self) -> tuple[Itself, ...]:
        return tuple(map(Itself, self.rulebooks))

    def ask(
        self,
        *,
        go_live: date | None = None,
        scope: OneOf["day", "history"] = "day",
        only: Collection[str] | None = None,
        objects: pa.Table | None = None,
        registered: Callable[[pa.Table], pa.Table] | None = None,
        leftovers: bool = False,
    ) -> Results:
        """What ``derive`` gives, as often as wanted.

        ``only``: of the rules that it was opened for these. ``objects``: of duty rules at whose duties no other rule looks
        only the objects listed, columns rule and object; the rest of the results is as without it. The statements of a later question do not
        repeat what an earlier one laid out. ``registered``: makes of the warnings found the rows that they will be in the register, as rules on
        warnings shall see them (default: open ones); asked at the first question only.
        """  # fmt: skip
        if only is not None and self._only is not None and not frozenset(only) <= self._only:
            message = f"opened for other rules: {sorted(frozenset(only) - self._only)}"
            raise ValueError(message)
        plan = _plan(self._held, self._only if only is None else frozenset(only))
        clock, stand = self._clock, self._stand
        clock.again()
        known = stand is not None and plan.first <= stand
        days = self._days.anew(_FIRST_STORES, stand or (), (WARNING_TABLE,)) if known else self._days.anew()
        days.bound(objects, _unread(plan))
        _make_stores(days, () if not known else _FIRST_STORES)
        if leftovers and go_live is None:
            raise ValueError("nothing is left over where no go-live is set")
        run = Run(self.as_of, go_live, scope == "history", leftovers=leftovers)
        _refuse_two_regimes(days, plan.awake)
        days.settle(_yearly(plan.awake.duties))
        if not known:
            _run_first(days, plan, clock, registered)
            self._stand = plan.first
        _run_layers(days, plan, run, clock)
        queries = _queries(days, plan.awake, run, beside=known)
        results = {what: days.fetch(query) for what, query in queries.items()}
        clock.lap("results")
        return Results(
            as_of=self.as_of,
            known=self.known,
            **results,
            asleep=tuple(
                (rule.id, rule.sleeping) for book_ in self.rulebooks for rule in book_.rules if rule.sleeping
            ),
            fingerprint=self._mark,
            statements=tuple(days.statements),
            inputs=dict(days.inputs),
            queries=queries,
            seconds=dict(clock.laps),
            left_out=tuple(sorted(days.left_out)),
        )


def _unread(plan: _Plan) -> frozenset[str]:
    """The duty rules that were asked and at whose duties no rule that runs with them looks."""
    read: set[str] = set()
    for rule in plan.later:
        named = duty_rules_named(rule)
        read |= {
            other.id
            for other in plan.awake.duties
            if other is not rule and (named is None or other.id in named)
        }
    return frozenset(duty.id for duty in plan.awake.duties if duty.id in plan.awake.asked - read)


class _Stopwatch:
    """Seconds per stage."""

    def __init__(self) -> None:
        self.laps: dict[str, float] = {}
        self._last = time.perf_counter()

    def again(self) -> None:
        """Begin to measure at this moment."""
        self._last = time.perf_counter()

    def lap(self, stage: str) -> None:
        now = time.perf_counter()
        self.laps[stage] = round(now - self._last, 4)
        self._last = now


@dataclass(frozen=True)
class _Awake:
    """The rules to run, by layer; ``read_later``: ids of duties that rules on duties look at (None: all)."""

    duties: tuple[Duty, ...]
    warnings: tuple[Warning, ...]
    grades: tuple[Grade, ...]
    gates: tuple[Gate, ...]
    asked: frozenset[str]

    @classmethod
    def of(cls, rulebooks: Sequence[Rulebook], only: Collection[str] | None) -> _Awake:
        rules = {rule.id: rule for rulebook in rulebooks for rule in rulebook.rules if not rule.sleeping}
        asked = frozenset(rules) if only is None else frozenset(only) & frozenset(rules)
        wanted = set(asked)
        if only is not None:
            for rule in rules.values():
                if rule.id in asked:
                    wanted |= _leans_on(rule, rules)
        chosen = [rule for rule in rules.values() if rule.id in wanted]
        return cls(
            tuple(r for r in chosen if isinstance(r, Duty)),
            tuple(r for r in chosen if isinstance(r, Warning)),
            tuple(r for r in chosen if isinstance(r, Grade)),
            tuple(r for r in chosen if isinstance(r, Gate)),
            asked,
        )

    @property
    def rules(self) -> tuple[Rule, ...]:
        return (*self.grades, *self.warnings, *self.duties, *self.gates)


def _leans_on(rule: Rule, rules: Mapping[str, Rule]) -> set[str]:
    """Ids of the rules whose results a rule reads."""
    found: set[str] = set()
    if reads(rule, DUTY_TABLE):
        named = duty_rules_named(rule)
        found |= {
            r.id
            for r in rules.values()
            if isinstance(r, Duty) and (named is None or r.id in named) and r.id != rule.id
        }
    if reads(rule, WARNING_TABLE):
        found |= {r.id for r in rules.values() if isinstance(r, Warning) and r.id != rule.id}
    for other in list(found):
        if reads(rules[other], WARNING_TABLE) and not reads(rule, WARNING_TABLE):
            found |= {r.id for r in rules.values() if isinstance(r, Warning)}
    return found


def nodes_of(rule: Rule) -> Iterator[Node]:
    """Every expression of a rule."""
    yield from _expressions(rule)


def _expressions(value: object) -> Iterator[Node]:
    if isinstance(value, Node):
        yield value
    elif isinstance(value, tuple):
        for item in value:
            yield from _expressions(item)
    elif isinstance(value, Dated):
        for _, item in value.steps:
            yield from _expressions(item)
    elif is_dataclass(value) and not isinstance(value, type):
        for field in fields(value):
            yield from _expressions(getattr(value, field.name))


class Itself:
    """A thing that is the same as itself only: to compare rules or rulebooks by what they say takes longer than to work out what is kept of them."""

    __slots__ = ("held",)

    def __init__(self, held: Any) -> None:
        self.held = held

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Itself) and self.held is other.held

    def __hash__(self) -> int:
        return id(self.held)


@dataclass(frozen=True)
class _Looks:
    """The tables of which a rule looks at rows, and the ids of the duty rules that it names (None: it names none)."""

    tables: frozenset[str]
    named: frozenset[str] | None


@lru_cache(maxsize=4096)
def _looks(rule: Itself) -> _Looks:
    """Asked of every rule after every act of somebody, so it is worked out once for each."""
    tables: set[str] = {rule.held.table}
    for node in nodes_of(rule.held):
        for part in node.walk():
            if isinstance(part, Aggregate):
                tables.add(part.table)
            elif isinstance(part, Column):
                tables.update(part.tables)
    return _Looks(frozenset(tables), _named_in(nodes_of(rule.held)))


def reads(rule: Rule, table: str) -> bool:
    """Whether a rule's object is a table's row or it looks at rows of it."""
    return table in _looks(Itself(rule)).tables


def duty_rules_named(rule: Rule) -> frozenset[str] | None:
    """Ids of the duty rules a rule names by its condition on 任务.规则; None where it names none (then it reads all)."""
    return _looks(Itself(rule)).named


def _named_in(nodes: Iterable[Node]) -> frozenset[str] | None:
    found: set[str] = set()
    for node in nodes:
        for part in node.walk():
            match part:
                case Compare(op="=", left=Column(name="rule"), right=Literal(value=value)):
                    found.add(str(value))
                case In(item=Column(name="rule"), values=values):
                    found |= {str(value.value) for value in values}
                case _:
                    pass
    return frozenset(found) or None


def opened(
    rulebooks: Sequence[Rulebook],
    only: Collection[str],
    book: Book,
    as_of: date,
    known: date,
    calendar: Calendar,
) -> tuple[Days, tuple[Duty, ...]]:
    """The book on a day, ready to be asked by the compiler, and the duty rules named that do not sleep."""
    plan = _plan(tuple(map(Itself, rulebooks)), frozenset(only))
    days = _open(plan, book, as_of, known, calendar)
    _make_stores(days, ())
    return days, plan.awake.duties


def _relatives(roots: Iterable[tuple[str, Node]]) -> set[tuple[str, Relative]]:
    """Whose other rows are looked at, by the table of the rule or fact: what is taken there need not name a column."""
    found: set[tuple[str, Relative]] = set()
    for table, root in roots:
        for node in root.walk():
            match node:
                case AtRow(which=which) | Growth(base=which):
                    found.add((table, which))
                case _:
                    pass
    return found


@dataclass(frozen=True)
class _Plan:
    """What follows from the rules alone, whatever the book and the day.

    ``later``: rules that look at duties; ``on_warnings``: ids of signals that look at warnings.
    """

    awake: _Awake
    needs: Needs
    figures: Mapping[str, Figure]
    lookups: Mapping[str, LookupTable]
    facts: Mapping[tuple[str, str], Fact]
    later: tuple[Rule, ...]
    on_warnings: frozenset[str]

    @property
    def first(self) -> frozenset[str]:
        """Ids of the grades and warnings that look at no duties."""
        return frozenset(
            rule.id for rule in (*self.awake.grades, *self.awake.warnings) if rule not in self.later
        )


@lru_cache(maxsize=32)
def _plan(held: tuple[Itself, ...], only: frozenset[str] | None) -> _Plan:
    """Made once for rulebooks that stay: a day is derived after every act of somebody."""
    rulebooks: list[Rulebook] = [one.held for one in held]
    check_together(rulebooks)
    awake = _Awake.of(rulebooks, only)
    facts = {key: fact for rulebook in rulebooks for key, fact in rulebook.facts.items()}
    return _Plan(
        awake, _needs_of(awake, facts),
        {key: figure for rulebook in rulebooks for key, figure in rulebook.figures.items()},
        {key: lookup for rulebook in rulebooks for key, lookup in rulebook.lookups.items()},
        facts,
        tuple(rule for rule in awake.rules if reads(rule, DUTY_TABLE)),
        frozenset(warning.id for warning in awake.warnings if reads(warning, WARNING_TABLE)),
    )  # fmt: skip


def needed(rulebooks: Sequence[Rulebook], only: Collection[str]) -> tuple[frozenset[str], tuple[Duty, ...]]:
    """The tables of a book that some rules are told from with what they lean on, and the duty rules among all these."""
    plan = _plan(tuple(map(Itself, rulebooks)), frozenset(only))
    return frozenset(plan.needs.columns), plan.awake.duties


def _needs_of(awake: _Awake, facts: Mapping[tuple[str, str], Fact]) -> Needs:
    """The columns that the rules read of each table, the facts, whose other rows are looked at."""
    tables = declared()
    wanted = needs([node for rule in awake.rules for node in nodes_of(rule)], facts, tables)
    columns: dict[str, set[str]] = {table: set(found) for table, found in wanted.columns.items()}
    formulas = [(key[0], facts[key].formula) for key in wanted.facts]
    relatives = _relatives(
        [(rule.table, node) for rule in awake.rules for node in nodes_of(rule)]
        + [(table, formula) for table, formula in formulas if formula is not None]
    )
    for table, _ in relatives:
        columns.setdefault(table, set()).update(ordering(tables[table]))
    for rule in awake.rules:
        columns.setdefault(rule.table, set())
        for table, column in subject_reads(tables, rule.table) | keeper_reads(tables, rule):
            columns.setdefault(table, set()).add(column)
    for table, needed in _ALWAYS.items():
        columns.setdefault(table, set()).update(needed)
    if WARNING_TABLE in columns:
        columns[WARNING_TABLE] = set(tables[WARNING_TABLE].columns)
    columns.pop(DUTY_TABLE, None)
    return Needs(
        {t: frozenset(c) for t, c in columns.items()},
        wanted.facts,
        wanted.relatives | relatives,
        _parted(awake.rules),
        layers_of(wanted.facts, facts),
    )


def _parted(rules: Iterable[Rule]) -> dict[str, str]:
    """Of each table the column of which the scopes of most rules on it demand a value."""
    asked = Counter((rule.table, column) for rule in rules for column in demanded(rule, ()))
    return {table: column for (table, column), _ in reversed(asked.most_common())}


def _open(
    plan: _Plan, book: Book, as_of: date, known: date, calendar: Calendar, *, whole: bool = False
) -> Days:
    return Days(
        book, as_of, known, declared(), calendar, plan.figures, plan.lookups, plan.facts, plan.needs, whole=whole
    )  # fmt: skip


_FIRST_STORES = ("warning_store", "grade_store", "gap_store")
"""Where grades and warnings are gathered."""


def _make_stores(days: Days, there: Collection[str]) -> None:
    """Where results are gathered, empty; but for those that are ``there``."""
    stores = {"duty_store": ROWS, "assignment_store": ASSIGNMENTS, "escalation_store": ESCALATIONS, **STORES}
    for store, store_columns in stores.items():
        if store in there:
            continue
        listed = ", ".join(f"{name(column)} {kind}" for column, kind in store_columns.items())
        days.run(f"CREATE TEMP TABLE {store} ({listed})")


_ALWAYS: Mapping[str, frozenset[str]] = {
    "assignment": frozenset({"employee", "post", "branch", "since", "until"}),
    "employee": frozenset({"left_day"}),
    "duty_ruling": frozenset({"duty", "kind", "since", "until", "approved_day"}),
    "completion": frozenset({"duty", "completion_day"}),
    "warning": frozenset({"rule", "party", "occurrence", "level"}),
}


def _refuse_two_regimes(days: Days, awake: _Awake) -> None:
    """C17: two books giving one object a duty of one class are refused."""
    by_class: dict[tuple[str, str], list[Duty]] = {}
    for rule in awake.duties:
        if rule.duty_class is not None:
            by_class.setdefault((rule.duty_class, rule.table), []).append(rule)
    for (duty_class, table), rules in by_class.items():
        if table == DUTY_TABLE:
            continue
        for index, one in enumerate(rules):
            for other in rules[index + 1 :]:
                if one.book == other.book:
                    continue
                frame = days.frame(table)
                where = [part for rule in (one, other) for part in narrowed(frame, rule)]
                sql = frame.select('COUNT(*), MIN("o"."_key")', where)
                count, example = days.connection.execute(sql).fetchall()[0]
                if count:
                    raise TwoRegimesError(duty_class, (one.id, other.id), count, str(example))


def _run_first(
    days: Days, plan: _Plan, clock: _Stopwatch, registered: Callable[[pa.Table], pa.Table] | None
) -> None:
    """Facts stand; then grades and warnings (S35). None of them leans on what of the duties is asked, so they are the same for every question."""
    awake, later = plan.awake, plan.later
    days.at_once([_deriving(grade) for grade in _with_rows(days, awake.grades) if grade not in later])
    clock.lap("grades")
    for second in (False, True):
        ready = [w for w in awake.warnings if w not in later and (w.id in plan.on_warnings) is second]
        days.at_once([_deriving(warning) for warning in _with_rows(days, ready)])
        _grow_warnings(days, awake, registered)
    clock.lap("warnings")


def _run_layers(days: Days, plan: _Plan, run: Run, clock: _Stopwatch) -> None:
    """Duties, and what looks at duties (S35)."""
    awake, later = plan.awake, plan.later
    last = _with_rows(days, later)
    looks = {rule.id: watches(days, rule, list(nodes_of(rule))) for rule in last}
    found = [watch for watched in looks.values() for watch in watched]
    duties = [duty for duty in _with_rows(days, awake.duties) if duty not in later]
    days.at_once(
        [
            partial(
                derive_duty,
                rule=duty,
                run=run,
                watches=[watch for watch in found if watch.meets(duty, days.declared)],
            )
            for duty in duties
        ]
    )
    days.at_once(assigning(_found(days, duties)))
    clock.lap("duties")
    days.at_once([_deriving(gate) for gate in _with_rows(days, awake.gates) if gate not in later])
    _run_later(days, last, run, looks)
    clock.lap("rules on duties")


def _with_rows(days: Days, rules: Sequence[AnyRule]) -> list[AnyRule]:
    """Those of some rules about whose objects the book has any row of which more has to be asked: of the others nothing follows, and to say so takes a statement each."""
    if days.whole:
        return list(rules)
    return [
        rule
        for rule in rules
        if rule.table == DUTY_TABLE or (days.has_rows(rule.table) and not days.screen.nothing_follows(rule))
    ]


def _found(days: Days, duties: Sequence[Duty]) -> list[Duty]:
    """Of some rules those that any duty or gap was found for: nobody else's person is looked up."""
    return _standing_in(days, duties, "duty_store", "gap_store")


def _standing_in(days: Days, duties: Sequence[Duty], *stores: str) -> list[Duty]:
    """Of some rules those of which one of the stores has a row."""
    if days.whole:
        return list(duties)
    query = " UNION ".join(f'SELECT "rule" FROM {store}' for store in stores)
    found = {rule for (rule,) in days.connection.execute(query).fetchall()}
    return [duty for duty in duties if duty.id in found]


def _yearly(duties: Sequence[Duty]) -> Iterator[tuple[tuple[int, int], ...]]:
    for duty in duties:
        if duty.periods is not None and duty.periods.yearly:
            yield duty.periods.yearly


def _deriving(rule: Warning | Grade | Gate) -> Callable[[Days], None]:
    """What derives a rule that is no duty."""
    match rule:
        case Warning():
            return partial(derive_warning, rule=rule)
        case Grade():
            return partial(derive_grade, rule=rule)
        case Gate():
            return partial(derive_gate, rule=rule)


def _run_later(days: Days, later: list[Rule], run: Run, looks: Mapping[str, Sequence[Watch]]) -> None:
    """Rules that read duties, those that others read first."""
    waiting = list(later)
    while waiting:
        names = {rule.id for rule in waiting if isinstance(rule, Duty)}
        ready = [
            rule for rule in waiting if not ((duty_rules_named(rule) or frozenset()) & (names - {rule.id}))
        ] or waiting
        _show_duties(days, [look for rule in ready for look in looks[rule.id]])
        for rule in ready:
            match rule:
                case Duty():
                    derive_duty(days, rule, run, [ALL])
                case Warning() | Grade() | Gate():
                    _deriving(rule)(days)
                case _:
                    pass
        for assign in assigning(_found(days, [rule for rule in ready if isinstance(rule, Duty)])):
            assign(days)
        waiting = [rule for rule in waiting if rule not in ready]


def _grow_warnings(days: Days, awake: _Awake, registered: Callable[[pa.Table], pa.Table] | None) -> None:
    """The warnings of the book and those raised so far, as one table."""
    if registered is not None:
        _grow_registered(days, registered(days.fetch("SELECT * FROM warning_store ORDER BY ALL")))
        return
    signals = {signal.upper(): signal for signal in domains()["warning_signal"]}
    ids = [rule.id for rule in awake.warnings]
    cases = " ".join(
        f"WHEN {text(rule_id)} THEN {text(signals[rule_id.upper()])}"
        for rule_id in ids
        if rule_id.upper() in signals
    )
    signal = f'CASE "rule" {cases} END' if cases else "NULL"
    table = declared()[WARNING_TABLE]
    today = day(days.as_of)
    derived = {
        "rule": '"rule"', "party": '"party"', "occurrence": '"episode"', "level": '"level"', "contract": '"contract"',
        "signal": signal, "raised_day": today,
    }  # fmt: skip
    kinds = {
        "raised_day": "DATE",
        "verified_day": "DATE",
        "closed_day": "DATE",
        "recorded": "DATE",
        "voided": "DATE",
    }
    columns = [c for c in table.columns if c != "voided"]
    chosen = ", ".join(
        f"CAST({derived.get(c, 'NULL')} AS {kinds.get(c, 'VARCHAR')}) AS {name(c)}" for c in columns
    )
    key = '"rule" || \'/\' || "party" || \'/\' || "episode" || \'/\' || "level"'
    listed = ", ".join(name(c) for c in columns)
    stored = f'SELECT "_key", {listed} FROM "on_warning"'
    fresh = f'SELECT {key} AS "_key", {chosen} FROM warning_store'
    days.replace(WARNING_TABLE, f"{stored} UNION ALL {fresh}", days.fresh("grown"))


def _grow_registered(days: Days, rows: pa.Table) -> None:
    """The warnings of the book and those raised so far as the register will hold them."""
    table = declared()[WARNING_TABLE]
    columns = [name_ for name_ in table.columns if name_ != "voided"]
    raw = days.fresh("raised")
    days.register(raw, rows.select(columns))
    listed = ", ".join(name(column) for column in columns)
    days.replace(
        WARNING_TABLE,
        f'SELECT "_key", {listed} FROM "on_warning" UNION ALL SELECT {key_of("r", table.key)} AS "_key", {listed} FROM {raw} AS r',
        days.fresh("grown"),
    )
    days.connection.unregister(raw)


def _show_duties(days: Days, looks: Sequence[Watch]) -> None:
    """The derived duties that are looked at as rows of the declared table of duties, with the first person of each."""
    table = declared()[DUTY_TABLE]

    def of_duty(alias: str) -> str:
        return " AND ".join(f'{alias}."{c}" = d."{c}"' for c in ("rule", "object", "occurrence"))

    first = (
        'SELECT a."rule", a."object", a."occurrence", MIN(COALESCE(a."employee", k."holder")) AS e, '
        'MIN(COALESCE(a."answerable", k."holder")) AS a FROM assignment_store AS a '
        f'JOIN chosen AS d ON {of_duty("a")} AND NOT a."of_gap" '
        f'LEFT JOIN {fill_posts(days, posts())} AS k ON a."employee" IS NULL AND k."post" = a."post" '
        'AND k."branch" IS NOT DISTINCT FROM a."branch" '
        'WHERE a."ordinal" = 0 GROUP BY a."rule", a."object", a."occurrence"'
    )
    derived = {
        "rule": 'd."rule"', "subject_key": 'd."object"', "occurrence": 'd."occurrence"', "contract": 'd."contract"', "party": 'd."party"',
        "version": "''", "counted_from": 'd."start"', "opens": 'd."opens"', "due": 'd."due"', "lapses": 'd."expires"', "done": 'd."done"',
        "status": 'd."state"', "assignee": "f.e", "assignee_at_due": "f.a", "assumed": 'd."assumed"', "entered_late": 'd."late_entry"',
        "recorded": "CAST(NULL AS DATE)",
    }  # fmt: skip
    for (
        column
    ) in table.columns.values():  # what is to happen after the day has not happened, here as in every table
        if column.type is ColumnType.HAPPENED and column.id in derived:
            happened = derived[column.id]
            derived[column.id] = f"CASE WHEN {happened} <= {day(days.as_of)} THEN {happened} END"
    chosen = ", ".join(
        f"{derived.get(c, 'CAST(NULL AS VARCHAR)')} AS {name(c)}" for c in table.columns if c != "voided"
    )
    key = 'd."rule" || \'/\' || d."object" || \'/\' || d."occurrence"'
    days.replace(
        DUTY_TABLE,
        f"WITH chosen AS (SELECT * FROM duty_store AS s WHERE {looked_at(looks, 's')}) "
        f'SELECT {key} AS "_key", {chosen} FROM chosen AS d LEFT JOIN ({first}) AS f ON {of_duty("f")}',
        days.fresh("shown"),
    )


def _queries(days: Days, awake: _Awake, run: Run, *, beside: bool) -> dict[str, str]:
    """The SELECT of each table of results, once escalations and holders of posts stand; ``beside``: results of other rules stand there too."""
    go_live = run.go_live
    asked = ", ".join(text(rule_id) for rule_id in sorted(awake.asked)) or "''"
    all_asked = not beside and awake.asked >= {rule.id for rule in awake.rules}
    shown = '"shown"' if all_asked else f'"shown" AND "rule" IN ({asked})'
    days.run(f"CREATE TEMP VIEW shown_duties AS SELECT * FROM duty_store WHERE {shown}")
    duties = [duty for duty in awake.duties if duty.id in awake.asked]
    climbing = () if run.leftovers else _standing_in(days, duties, "shown_duties")
    escalate(days, climbing, None if go_live is None else day(go_live))
    put_person_gaps(days, shown)
    put_keepers(days, [rule for rule in awake.rules if rule.id in awake.asked])
    desk = fill_posts(days, posts())
    columns = ", ".join(name(c) for c in RESULT_DUTIES)
    persons = held(desk, f'{shown} AND NOT "of_gap"', PERSONS)
    answering = held(desk, f"{shown} AND {ANSWERS}", GAP_PERSONS)
    by_person = ", ".join(map(name, GAP_PERSONS))

    def stored(store: str, order: str, what: str = "*") -> str:
        where = "" if all_asked else f' WHERE "rule" IN ({asked})'
        return f"SELECT {what} FROM {store}{where} ORDER BY {order}"

    return {
        "duties": f'SELECT {columns} FROM shown_duties ORDER BY "rule", "object", "occurrence"',
        "assignments": f'{persons} ORDER BY a."rule", a."object", a."occurrence", a."ordinal"',
        "escalations": stored("escalation_store", '"rule", "object", "occurrence", "step"'),
        "warnings": stored("warning_store", '"rule", "object", "episode"'),
        "grades": stored("grade_store", '"rule", "object"'),
        "gates": stored("gate_store", '"rule", "object"'),
        "gaps": stored("gap_store", '"rule", "object", "part"', "DISTINCT *"),
        "gap_assignments": f"SELECT DISTINCT * FROM ({answering}) AS p ORDER BY {by_person}",
    }
