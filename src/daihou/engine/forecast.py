"""forecast(): how many duties fall due on each post and person in each week ahead, if nothing else is recorded.

A duty is foreseen on its due day when ``derive``, asked on that day of the book as it is closed today (known today, complete up to today),
shows it as still to do. Between two days on which a rule may answer otherwise (``turning``) one look answers for all of them.

Assumed: what is rolling is done on its due day, and what of it is late today is done today; the next interval starts there. Nothing
else is: silence after today proves nothing, so nobody is taken to fall behind (S33), and duties that rest on warnings or on other duties
are counted only as they stand today (``as_on_day``). A duty without a due day is never counted (``never_due``).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date
from hashlib import blake2b

import pyarrow as pa

from daihou.book import Book, Passing, calendar_of, declared, posts
from daihou.engine.compile.duties import Run
from daihou.engine.compile.foreseen import ASSUMED_MARK, foresee
from daihou.engine.compile.persons import assigning, fill_posts
from daihou.engine.compile.recurring import is_daily
from daihou.engine.compile.text import day, text
from daihou.engine.derive import DUTY_TABLE, WARNING_TABLE, derive, opened
from daihou.engine.turning import Ahead, looks
from daihou.rulebook import Duty, Rulebook, tables_read
from daihou.rulebook.nodes import Column, Literal
from daihou.units import Calendar, add_months

Progress = Callable[[int, int], None]
"""Told how many looks are done, and of how many."""

WHO = ("rule", "post", "employee", "branch", "pool")
COUNTS = ("duties", "projected", "assumed")


@dataclass(frozen=True)
class Forecast:
    """What falls due after ``as_of`` and by ``until``, as Arrow tables sorted by week or month and rule.

    ``weeks``: week (its Monday), rule, post, employee, branch, pool, duties, projected, assumed. One duty of several persons counts for each of
    them. ``employee`` empty: anyone of the post (``pool``), else nobody holds it. ``projected``: of the duties, those that follow an assumed
    act. ``assumed``: those whose day rests on a year without published holidays.
    ``months``: the same by month (its first day). ``totals``: week, rule, duties, projected, assumed; each duty once.
    ``asleep``: rules with an unset figure, and the figures. ``looks``: days on which the book was looked at.
    """

    as_of: date
    until: date
    weeks: pa.Table
    months: pa.Table
    totals: pa.Table
    asleep: tuple[tuple[str, tuple[str, ...]], ...]
    never_due: tuple[str, ...]
    as_on_day: tuple[str, ...]
    unpublished: tuple[int, ...]
    looks: tuple[date, ...]
    fingerprint: str


def forecast(
    rulebooks: Sequence[Rulebook],
    book: Book,
    as_of: date,
    *,
    months: int = 12,
    go_live: date | None = None,
    calendar: Calendar | None = None,
    progress: Progress | None = None,
    only: Collection[str] | None = None,
) -> Forecast:
    """The duties that fall due in the ``months`` after a day. ``go_live``: nothing due before it is asked for (S23). ``only``: ids of the rules to ask."""
    if months < 1:
        message = f"months: {months}"
        raise ValueError(message)
    calendar = calendar or calendar_of(book, as_of)
    until = add_months(as_of, months)
    closed = closed_book(book, as_of)
    rules = {rule.id: rule for rulebook in rulebooks for rule in rulebook.duties if not rule.sleeping}
    if only is not None:
        rules = {name: rule for name, rule in rules.items() if name in only}
    facts = {key: fact for rulebook in rulebooks for key, fact in rulebook.facts.items()}
    counted = [rule for rule in rules.values() if not rule.endless]
    resting = [
        rule for rule in counted if {rule.table, *tables_read(rule, facts)} & {DUTY_TABLE, WARNING_TABLE}
    ]
    foreseen = [rule for rule in counted if rule not in resting]
    ask = _Asked(rulebooks, closed, as_of, until, go_live, calendar)
    plan = _plan(ask, foreseen)
    parts = [_standing(ask, resting)]
    for place, (look, asked) in enumerate(plan, start=1):
        parts.append(_look(ask, look, asked))
        if progress is not None:
            progress(place, len(plan))
    return Forecast(
        as_of=as_of,
        until=until,
        weeks=_summed(parts, ("week", *WHO), each_person=True),
        months=_summed(parts, ("month", *WHO), each_person=True),
        totals=_summed(parts, ("week", "rule"), each_person=False),
        asleep=tuple(
            (rule.id, rule.sleeping) for book_ in rulebooks for rule in book_.duties if rule.sleeping
        ),
        never_due=tuple(sorted(rule.id for rule in rules.values() if rule.endless)),
        as_on_day=tuple(sorted(rule.id for rule in resting)),
        unpublished=tuple(y for y in range(as_of.year, until.year + 1) if not calendar.published(y)),
        looks=tuple(look for look, _ in plan),
        fingerprint=_mark(ask),
    )


def closed_book(book: Book, as_of: date) -> Book:
    """The book as complete up to a day at most: what is not there later proves nothing."""
    return replace(book, through={table: min(book.through.get(table, as_of), as_of) for table in declared()})


@dataclass(frozen=True)
class _Asked:
    """What all looks of one forecast share."""

    rulebooks: Sequence[Rulebook]
    book: Book
    as_of: date
    until: date
    go_live: date | None
    calendar: Calendar


def _mark(ask: _Asked) -> str:
    parts = [
        *(rulebook.fingerprint for rulebook in ask.rulebooks),
        ask.book.fingerprint,
        ask.as_of.isoformat(),
        ask.until.isoformat(),
        ask.calendar.fingerprint,
    ]
    return blake2b("\n".join(parts).encode(), digest_size=16).hexdigest()


def _plan(ask: _Asked, rules: Sequence[Duty]) -> list[tuple[date, list[tuple[Duty, date]]]]:
    """The days to look at, each with the rules to ask and the day after which their due days have not been answered yet."""
    ids = [rule.id for rule in rules]
    days, last = (
        opened(ask.rulebooks, ids, ask.book, day_, ask.as_of, ask.calendar)[0]
        for day_ in (ask.as_of, ask.until)
    )
    ahead = Ahead(ask.rulebooks, ask.book, ask.as_of, ask.until, days, last)
    plan: dict[date, list[tuple[Duty, date]]] = {}
    for rule in rules:
        after = ask.as_of
        for look in looks(rule, ahead):
            plan.setdefault(look, []).append((rule, after))
            after = look
    for opened_ in (days, last):
        opened_.close()
    return sorted(plan.items(), key=lambda item: item[0])


# -- counting ---------------------------------------------------------------------------------------------------------------------

_COUNTED = """
SELECT CAST(DATE_TRUNC('week', d."day") AS DATE) AS "week", CAST(DATE_TRUNC('month', d."day") AS DATE) AS "month", d."rule", COALESCE(a."post", n."post") AS "post", a."employee",
       COALESCE(a."branch", d."branch") AS "branch", a."pool", a."ordinal" = 0 AS "first", CAST(COUNT(*) AS BIGINT) AS "duties",
       COUNT(*) FILTER (WHERE d."projected") AS "projected", COUNT(*) FILTER (WHERE d."assumed") AS "assumed"
FROM ({dues}) AS d
JOIN ({people}) AS a ON a."rule" = d."rule" AND a."object" = d."object" AND a."occurrence" = d."occurrence"
LEFT JOIN named_posts AS n ON n."rule" = a."rule" AND n."ordinal" = a."ordinal"
GROUP BY ALL
"""
"""Duties by week, rule and person; the post of a person whom a column names is the column's, where it is one."""

_ONCE = """
SELECT "rule", "object", "occurrence", "branch", "due" AS "day", "assumed", "occurrence" LIKE '{mark}%' AS "projected"
FROM duty_store WHERE "rule" NOT IN ({daily})
"""
_EVERY_DAY = """
SELECT d."rule", d."object", d."occurrence", d."branch", c."day", {working} AND NOT c."published" AS "assumed", FALSE AS "projected"
FROM duty_store AS d JOIN calendar AS c ON c."day" > {after} AND c."day" <= {look} AND (c."working" OR NOT {working})
WHERE d."rule" = {rule}
"""
"""A duty of every day stands once in the store, on the day of the look; it is the same on all days that the look answers for."""

_HELD = """
SELECT a."rule", a."object", a."occurrence", a."ordinal", a."branch", COALESCE(k."pool", FALSE) AS "pool",
       CASE WHEN a."employee" IS NULL THEN COALESCE(k."held_post", a."post") ELSE a."post" END AS "post",
       COALESCE(a."employee", k."holder") AS "employee"
FROM assignment_store AS a
LEFT JOIN {desk} AS k ON a."employee" IS NULL AND k."post" = a."post" AND k."branch" IS NOT DISTINCT FROM a."branch"
"""


def _look(ask: _Asked, look: date, rules: Sequence[tuple[Duty, date]]) -> pa.Table:
    """What one look answers for rules, each from a day on."""
    days, _ = opened(ask.rulebooks, [rule.id for rule, _ in rules], ask.book, look, ask.as_of, ask.calendar)
    for rule, after in rules:
        foresee(days, rule, Run(look, ask.go_live, history=True, falling=(after, look)), ask.as_of)
    for assign in assigning([rule for rule, _ in rules], gaps=False):
        assign(days)
    desk = fill_posts(days, posts())
    daily = [(rule, after) for rule, after in rules if is_daily(rule)]
    listed = ", ".join(text(rule.id) for rule, _ in daily) or "''"
    dues = [_ONCE.format(mark=ASSUMED_MARK, daily=listed)]
    for rule, after in daily:
        assert rule.periods is not None
        working = isinstance(rule.periods.kind, Literal) and rule.periods.kind.value == "working_day"
        dues.append(
            _EVERY_DAY.format(
                working=str(working).upper(), after=day(after), look=day(look), rule=text(rule.id)
            )
        )
    days.connection.register("named_posts", _named_posts([rule for rule, _ in rules]))
    found = days.fetch(_COUNTED.format(dues=" UNION ALL ".join(dues), people=_HELD.format(desk=desk)))
    days.close()
    return found


def _standing(ask: _Asked, rules: Sequence[Duty]) -> pa.Table:
    """The duties on warnings and on other duties as they stand on the day, with due days ahead."""
    results = derive(
        ask.rulebooks, ask.book, ask.as_of, go_live=ask.go_live, scope="history", calendar=ask.calendar, only=[rule.id for rule in rules]
    )  # fmt: skip
    passing = Passing()
    connection = passing.connection
    for relation, rows in (
        ("duties", results.duties),
        ("people", results.assignments),
        ("named_posts", _named_posts(rules)),
    ):
        connection.register(relation, rows)
    dues = (
        'SELECT "rule", "object", "occurrence", "branch", "due" AS "day", "assumed", FALSE AS "projected" FROM duties '
        f'WHERE "state" IN (\'open\', \'not_yet\') AND "due" > {day(ask.as_of)} AND "due" <= {day(ask.until)}'
    )
    return connection.sql(_COUNTED.format(dues=dues, people="SELECT * FROM people")).to_arrow_table()


def _named_posts(rules: Sequence[Duty]) -> pa.Table:
    """The post that the column naming a person stands for, by rule and place among its persons."""
    rows = []
    for rule in rules:
        responsible = rule.responsible.latest
        people = [*([responsible.starter] if responsible.starter else []), *responsible.persons]
        for ordinal, person in enumerate(people):
            column = person.column.name if isinstance(person.column, Column) else None
            rows.append((rule.id, ordinal, column if column in posts() else None))
    rule_ids, ordinals, found = zip(*rows, strict=True) if rows else ((), (), ())
    return pa.table(
        {
            "rule": pa.array(rule_ids, pa.string()),
            "ordinal": pa.array(ordinals, pa.int32()),
            "post": pa.array(found, pa.string()),
        }
    )


def _summed(parts: Sequence[pa.Table], groups: Sequence[str], *, each_person: bool) -> pa.Table:
    """The counts of all looks together."""
    passing = Passing()
    connection = passing.connection
    connection.register("parts", pa.concat_tables(parts, promote_options="permissive"))
    listed = ", ".join(f'"{column}"' for column in groups)
    sums = ", ".join(f'CAST(SUM("{column}") AS BIGINT) AS "{column}"' for column in COUNTS)
    where = "TRUE" if each_person else '"first"'
    order = ", ".join(f'"{column}" NULLS FIRST' for column in groups)
    return connection.sql(
        f"SELECT {listed}, {sums} FROM parts WHERE {where} GROUP BY {listed} ORDER BY {order}"
    ).to_arrow_table()
