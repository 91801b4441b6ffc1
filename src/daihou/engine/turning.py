"""On which days ahead a rule may answer otherwise although nothing more is recorded: between two such days one look is enough.

A closed book still moves: a row dated ahead begins to exist, a noted change comes into force, a figure steps, and conditions name the
day itself. All these days can be read off the book and the rule, but for conditions that count with the day in other ways than by
comparing it (``restless``): such a rule is looked at on every day.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, timedelta

import pyarrow as pa
import pyarrow.compute as pc

from daihou.book import Book, ColumnType, declared, domains
from daihou.engine.compile.codefacts import CODE_FACTS
from daihou.engine.compile.days import Days
from daihou.engine.compile.duties import Run
from daihou.engine.compile.foreseen import foresee
from daihou.engine.compile.periodrows import PERIOD_KINDS
from daihou.engine.compile.recurring import is_daily
from daihou.engine.compile.subject import subject_reads
from daihou.engine.compile.text import day, text
from daihou.engine.derive import nodes_of as roots_of
from daihou.rulebook import Dated, Duty, Fact, Rulebook, figures_of, rewritten, tables_read, with_facts
from daihou.rulebook.nodes import Aggregate, Column, Compare, Figure, Literal, Moment, Node, Scope, Today

ONE_DAY = timedelta(days=1)
SHORTEST = {
    "day": 1, "working_day": 1, "week": 7, "half_month": 13, "month": 28, "quarter": 90, "half_year": 181, "year": 365,
}  # fmt: skip
"""Days of the shortest period of each kind."""
PERIODS_A_LOOK = 60
"""How many periods one look covers; the compiler looks back twice as many, so a due day may follow its period by as many again."""

_ALWAYS = ("assignment", "employee", "duty_ruling", "completion")


class _RestlessError(Exception):
    """An expression counts with the day itself in another way than by comparing it."""


@dataclass(frozen=True)
class Edge:
    """A date with which a condition compares the day: an expression on the rows of a table."""

    table: str
    node: Node


@dataclass(frozen=True)
class Ahead:
    """The closed book and the days ahead. ``days``: the book on ``today`` with what the rules read; ``last``: the same on ``until``."""

    rulebooks: Sequence[Rulebook]
    book: Book
    today: date
    until: date
    days: Days
    last: Days


def looks(rule: Duty, ahead: Ahead) -> tuple[date, ...]:
    """The days on which to look at a rule so that each due day after today up to ``until`` is answered by the next look, ascending."""
    rulebooks, book, days, today, until = ahead.rulebooks, ahead.book, ahead.days, ahead.today, ahead.until
    facts = {key: fact for rulebook in rulebooks for key, fact in rulebook.facts.items()}
    moved = book_turns(book, _tables(rule, facts), today, until) | _stepped(rule, rulebooks, facts)
    moved = {turn for turn in moved if today < turn <= until}
    compared = _compared(rule, facts)
    if compared is None or (compared and moved):
        # where the book moves, what the day is compared with may move too
        ends = set(_every_day(today, until))
    else:
        turns = moved | _values(days, compared, today, until) | _daily_turns(rule, book, today)
        ends = {turn - ONE_DAY for turn in turns if today + ONE_DAY < turn <= until} | {until}
    reach = _reach(rule, rulebooks)
    if reach is not None:
        ends |= {today + k * reach * ONE_DAY for k in range(1, (until - today).days // reach + 1)}
    if is_daily(rule):
        return _daily_looks(rule, ahead, ends)
    if compared != [] and not moved and _compared(_unconditional(rule), facts) == []:
        return _worth_it(sorted(ends), _due_days(rule, ahead))
    return tuple(sorted(ends))


def _compared(rule: Duty, facts: Mapping[tuple[str, str], Fact]) -> list[Edge] | None:
    """What the rule compares the day with; None where it counts with the day in another way."""
    try:
        return list(_edges_of(rule, facts))
    except _RestlessError:
        return None


def _daily_looks(rule: Duty, ahead: Ahead, ends: set[date]) -> tuple[date, ...]:
    """A duty of every working day is nowhere to be seen on a rest day: look on the last working day before it."""
    if _kind(rule) == "working_day":
        ends = {ahead.days.working.roll_back(end) for end in ends}
    return tuple(sorted(end for end in ends if end > ahead.today))


def _unconditional(rule: Duty) -> Duty:
    """The rule for every row of its table, whatever it is like."""
    return replace(rule, scope=None, condition=None, conditions=Dated(((None, None),)))


def _due_days(rule: Duty, ahead: Ahead) -> list[date]:
    """The days on which the rule could fall due at all."""
    anyway = _unconditional(rule)
    run = Run(ahead.until, None, history=True, falling=(ahead.today, ahead.until))
    foresee(ahead.last, anyway, run, ahead.today)
    found = ahead.last.connection.execute(
        f'SELECT DISTINCT "due" FROM duty_store WHERE "rule" = {text(rule.id)} ORDER BY "due"'
    )
    return [due for (due,) in found.fetchall()]


def _worth_it(ends: Sequence[date], dues: Sequence[date]) -> tuple[date, ...]:
    """Of the looks those that answer for some due day."""
    return tuple(sorted({next(end for end in ends if end >= due) for due in dues}))


def _every_day(today: date, until: date) -> Iterator[date]:
    for k in range(1, (until - today).days + 1):
        yield today + k * ONE_DAY


# -- what the book itself holds ahead ---------------------------------------------------------------------------------------------


def _tables(rule: Duty, facts: Mapping[tuple[str, str], Fact]) -> frozenset[str]:
    tables = declared()
    coded = {
        table
        for node in with_facts(rule, facts)
        if isinstance(node, Column) and node.fact and (code := facts[node.table, node.name].code)
        for table, _ in CODE_FACTS[code].reads
    }
    about = {table for table, _ in subject_reads(tables, rule.table)}
    return frozenset({rule.table, *tables_read(rule, facts), *coded, *about, *_ALWAYS})


def book_turns(book: Book, tables: frozenset[str], today: date, until: date) -> set[date]:
    """Days after ``today`` on which rows known by then begin to exist, days that lie ahead arrive, or noted changes come into force."""
    found: set[date] = set()
    for table_id in tables & book.tables.keys():
        table, rows = declared()[table_id], _known(book.tables[table_id], today)
        happened = [c.id for c in table.columns.values() if c.type is ColumnType.HAPPENED]
        for column in {*happened, *([table.date] if table.date else [])} & set(rows.column_names):
            found |= _ahead(rows[column], today, until)
    log = book.tables.get("change_log")
    if log is not None:
        rows = _known(log, today)
        rows = rows.filter(pc.is_in(rows["table_name"], pa.array(sorted(tables), pa.string())))
        found |= _ahead(rows["effective_day"], today, until)
    tenures = book.tables.get("assignment")
    if tenures is not None:
        rows = _known(tenures, today)
        found |= _ahead(rows["since"], today, until)
        found |= {last + ONE_DAY for last in _ahead(rows["until"], today - ONE_DAY, until)}
    return found


def _known(rows: pa.Table, today: date) -> pa.Table:
    limit = pa.scalar(today, pa.date32())
    for column, keep in (("recorded", pc.less_equal), ("voided", pc.greater)):
        if column in rows.column_names:
            values = rows[column].cast(pa.date32())
            rows = rows.filter(pc.or_kleene(pc.is_null(values), keep(values, limit)))
    return rows


def _ahead(column: pa.ChunkedArray, after: date, until: date) -> set[date]:
    values = pc.unique(column.cast(pa.date32())).to_pylist()
    return {value for value in values if value is not None and after < value <= until}


# -- what the rules hold ahead ----------------------------------------------------------------------------------------------------


def _stepped(rule: Duty, rulebooks: Sequence[Rulebook], facts: Mapping[tuple[str, str], Fact]) -> set[date]:
    """Days on which a figure that the rule uses, or a wording of the rule, comes into force."""
    used = figures_of(rule, facts)
    found = {
        since
        for rulebook in rulebooks
        for held in (rulebook.figures, rulebook.lookups)
        for name in used & held.keys()
        for since, _ in held[name].value.steps
    }
    for field in fields(rule):
        part = getattr(rule, field.name)
        if isinstance(part, Dated):
            found |= {since for since, _ in part.steps}
    return {since for since in found if since is not None}


def _edges_of(rule: Duty, facts: Mapping[tuple[str, str], Fact]) -> Iterator[Edge]:
    """What the rule and its facts compare the day with; raises where the day is used in another way."""
    rolling, periods = rule.rolling, rule.periods
    if rolling is not None:
        acts = [
            *(node for link in rolling.links for node in link),
            *([rolling.where] if rolling.where else []),
        ]
        if any(_is_today(part) for act in acts for part in act.walk()):
            raise _RestlessError
        yield from _edges(rolling.first, rule.table, facts, inside=False)
    if periods is not None and is_daily(rule):
        for bound in (periods.first, periods.last):
            if bound is not None:
                yield _edge(bound, rule.table, facts, inside=False)
    for root in roots_of(replace(rule, rolling=None)):
        yield from _edges(root, rule.table, facts, inside=False)
    for key in {(n.table, n.name) for n in with_facts(rule, facts) if isinstance(n, Column) and n.fact}:
        formula = facts[key].formula
        if formula is not None:
            yield from _edges(formula, key[0], facts, inside=False)


def _edges(node: Node, table: str, facts: Mapping[tuple[str, str], Fact], *, inside: bool) -> Iterator[Edge]:
    if isinstance(node, Today) and node.table is None:
        raise _RestlessError
    if isinstance(node, Compare):
        sides = [side for side in (node.left, node.right) if not _is_today(side)]
        if len(sides) == 1:
            yield _edge(sides[0], table, facts, inside=inside)
            return
    if isinstance(node, Aggregate):
        for child in node.children():
            yield from _edges(child, node.table, facts, inside=True)
        return
    for child in node.children():
        yield from _edges(child, table, facts, inside=inside)


def _edge(node: Node, table: str, facts: Mapping[tuple[str, str], Fact], *, inside: bool) -> Edge:
    if any(_is_today(part) or isinstance(part, Moment) for part in with_facts(node, facts)):
        raise _RestlessError
    if not inside:
        return Edge(table, node)
    parts = list(node.walk())
    if any(
        isinstance(part, Aggregate) or (isinstance(part, Column) and part.scope is Scope.OWN)
        for part in parts
    ):
        raise _RestlessError
    return Edge(table, rewritten(node, _as_own))


def _as_own(node: Node) -> Node:
    return replace(node, scope=Scope.OWN) if isinstance(node, Column) else node


def _is_today(node: Node) -> bool:
    return isinstance(node, Today) and node.table is None


def _values(days: Days, edges: Sequence[Edge], today: date, until: date) -> set[date]:
    """The days compared with, and the days after them: there a comparison may turn."""
    found: set[date] = set()
    for edge in edges:
        frame = days.frame(edge.table)
        frame.at = day(today)
        value = f"CAST({frame.sql(edge.node)} AS DATE)"
        rows = days.connection.execute(
            frame.select(f"DISTINCT {value}", [f"{value} BETWEEN {day(today)} AND {day(until)}"])
        ).fetchall()
        found |= {turn for (one,) in rows for turn in (one, one + ONE_DAY)}
    return found


# -- periods ----------------------------------------------------------------------------------------------------------------------


def _kind(rule: Duty) -> object:
    assert rule.periods is not None
    return rule.periods.kind.value if isinstance(rule.periods.kind, Literal) else None


def _daily_turns(rule: Duty, book: Book, today: date) -> set[date]:
    """Days on which a duty of every day is in force from or to, and days that a completion names ahead."""
    if not is_daily(rule):
        return set()
    found = {turn for turn in (rule.since, rule.until and rule.until + ONE_DAY) if turn}
    done = book.tables.get("completion")
    if rule.done is None and done is not None:
        for key in _known(done, today)["duty"].to_pylist():
            rule_id, _, rest = str(key).partition("/")
            if rule_id in (rule.id, *rule.inherits):
                named = _day_named(rest.rpartition("/")[2])
                found |= set() if named is None else {named, named + ONE_DAY}
    return found


def _day_named(label: str) -> date | None:
    try:
        return date.fromisoformat(label[:10])
    except ValueError:
        return None


def _reach(rule: Duty, rulebooks: Sequence[Rulebook]) -> int | None:
    """How many days one look covers; None: as many as one likes."""
    if rule.periods is None or is_daily(rule):
        return None
    if rule.periods.yearly:
        return PERIODS_A_LOOK * (SHORTEST["year"] // len(rule.periods.yearly))
    kinds: set[str] = set()
    for node in rule.periods.kind.walk():
        if isinstance(node, Literal):
            kinds.add(str(node.value))
        elif isinstance(node, Figure):
            kinds |= _kinds_of(node, rulebooks)
        elif isinstance(node, Column):
            kinds |= set(domains()["frequency"])
    return PERIODS_A_LOOK * min(SHORTEST[kind] for kind in kinds & set(PERIOD_KINDS))


def _kinds_of(node: Figure, rulebooks: Sequence[Rulebook]) -> set[str]:
    figures = [rulebook.figures[node.name] for rulebook in rulebooks if node.name in rulebook.figures]
    return {str(value.value) for figure in figures for _, value in figure.value.steps if value is not None}
