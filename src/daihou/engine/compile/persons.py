"""Who does a duty: the person the object names, else the holders of the post, nearest first (C14, C19, S34)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import pyarrow as pa

from daihou.engine.compile.days import Days
from daihou.engine.compile.scalar import Frame, Row
from daihou.engine.compile.steps import from_first, own_columns
from daihou.engine.compile.subject import BRANCH, CONTRACT, PARTY, reference
from daihou.engine.compile.text import day, name, text
from daihou.rulebook.model import Duty, Person
from daihou.rulebook.nodes import DATE, Column, Dated, Moment

ASSIGNMENTS = {
    "rule": "VARCHAR", "object": "VARCHAR", "occurrence": "VARCHAR", "role": "VARCHAR", "ordinal": "INTEGER", "post": "VARCHAR",
    "employee": "VARCHAR", "answerable": "VARCHAR", "branch": "VARCHAR", "named": "VARCHAR", "shown": "BOOLEAN",
}  # fmt: skip
"""Columns of the store of assignments before posts are filled; ``named``: the column that was to hold the person, where there is one;
``shown``: as of the duty."""


def assigning(rules: Sequence[Duty]) -> list[Callable[[Days], None]]:
    """What inserts who does each of the rules' duties in the store, one row per person: one pass for all rules that ask for the same person."""
    asked: dict[tuple[str, Person], list[str]] = {}
    for rule in rules:
        for person, row in _asked(rule):
            asked.setdefault((rule.table, person), []).append(row)
    passes: list[Callable[[Days], None]] = []
    nobody: dict[str, list[str]] = {}
    for (table, person), rows in asked.items():
        if person.column is None and person.branch is None:
            # a post of the whole company needs no look at the object
            nobody.setdefault(str(person.post), []).extend(rows)
        else:
            passes.append(partial(_assign_rows, table=table, person=person, rows=rows))
    return passes + [partial(_assign_post, post=post, rows=rows) for post, rows in nobody.items()]


def _asked(rule: Duty) -> Iterator[tuple[Person, str]]:
    """The persons a rule asks for, each with a row: rule, in force from and until, role, ordinal."""
    steps = from_first(rule.responsible)
    for index, (since, responsible) in enumerate(steps):
        until = steps[index + 1][0] if index + 1 < len(steps) else None
        span = ", ".join("CAST(NULL AS DATE)" if d is None else day(d) for d in (since, until))
        people = [(responsible.together.value, person) for person in responsible.persons]
        if responsible.starter is not None:
            people.insert(0, ("starter", responsible.starter))
        for ordinal, (role, person) in enumerate(people):
            yield person, f"({text(rule.id)}, {span}, {text(role)}, {ordinal})"


def _wanted(rows: list[str]) -> str:
    """The duties of some rules, each beside the row that asks for a person."""
    return (
        f'duty_store AS d JOIN (VALUES {", ".join(rows)}) AS l("rule", "since", "until", "role", "ordinal") ON l."rule" = d."rule" '
        'AND (l."since" IS NULL OR d."own_start" >= l."since") AND (l."until" IS NULL OR d."own_start" < l."until")'
    )


def _assign_post(days: Days, post: str, rows: list[str]) -> None:
    nobody = "CAST(NULL AS VARCHAR)"
    values = f'd."rule", d."object", d."occurrence", l."role", l."ordinal", {text(post)}, {nobody}, {nobody}, {nobody}, {nobody}, d."shown"'
    days.run(f"INSERT INTO assignment_store SELECT {values} FROM {_wanted(rows)}")


def _assign_rows(days: Days, table: str, person: Person, rows: list[str]) -> None:
    chosen = {
        "_key": 'd."object"', "@rule": 'd."rule"', "@occ": 'd."occurrence"', "@shown": 'd."shown"', "@role": 'l."role"', "@ordinal": 'l."ordinal"',
        "@on": f'LEAST(COALESCE(d."due", {day(days.as_of)}), {day(days.as_of)})',
    }  # fmt: skip
    carried = _carried(days, table)
    needed = own_columns(days, table, [node for node in (person.column, person.branch) if node is not None])
    joined = "" if needed <= set(carried) else f'JOIN {days.table(table)} AS o ON o."_key" = d."object"'
    for column in sorted(needed):
        chosen[column] = f"o.{name(column)}" if joined else carried[column]
    listed = ", ".join(f"{sql} AS {name(column)}" for column, sql in chosen.items())
    source = f"(SELECT {listed} FROM {_wanted(rows)} {joined})"
    frame = Frame(
        days, source, Row("o", table), ("_key", "@rule", "@occ", "@ordinal"), None, {"due": '"o"."@on"'}
    )
    employee = answerable = named = "CAST(NULL AS VARCHAR)"
    if person.column is not None:
        employee = answerable = frame.sql(person.column)
        named = "''"
        if isinstance(person.column, Column):
            named = text(".".join((*person.column.path, person.column.name)))
        if isinstance(person.column, Column) and not person.column.fact:
            answerable = frame.sql(Dated(person.column.type, person.column, Moment(DATE, "due")))
    post = "CAST(NULL AS VARCHAR)" if person.post is None else text(person.post)
    branch = "CAST(NULL AS VARCHAR)" if person.branch is None else frame.sql(person.branch)
    values = f'"o"."@rule", "o"."_key", "o"."@occ", "o"."@role", "o"."@ordinal", {post}, {employee}, {answerable}, {branch}, {named}, "o"."@shown"'
    days.run(f"INSERT INTO assignment_store SELECT {values} {frame.body()}")


def _carried(days: Days, table: str) -> dict[str, str]:
    """The own columns that a duty carries along, so that its object need not be looked up for them."""
    found = {}
    for target in (CONTRACT, PARTY, BRANCH):
        column = reference(days.declared[table], target)
        if column is not None and table != target:
            found[column] = f"d.{name(target)}"
    return found


def put_person_gaps(days: Days, shown: str) -> None:
    """Insert a gap for each duty whose object names nobody in the column asked for; ``shown``: which duties count."""
    days.run(
        'INSERT INTO gap_store SELECT "rule", "object", \'person\', MIN("named") FROM assignment_store '
        f'WHERE {shown} AND "employee" IS NULL AND "named" IS NOT NULL GROUP BY "rule", "object"'
    )


@dataclass(frozen=True)
class Holder:
    """What a look-up of a post at a branch finds. ``pool``: several hold it, anyone takes the duty. ``fallback``: the post above answers."""

    post: str
    employee: str | None
    pool: bool
    fallback: bool


def find_holder(
    post: str,
    branch: str | None,
    holders: Mapping[tuple[str, str], frozenset[str]],
    above: Mapping[str, str | None],
) -> Holder:
    """The holder of a post: at the branch, else anywhere, else of the post above, and so on."""
    asked: str | None = post
    fallback = False
    while asked is not None:
        at_branch = holders.get((asked, branch), frozenset()) if branch else frozenset()
        anywhere = frozenset().union(*(people for (held, _), people in holders.items() if held == asked))
        people = at_branch or anywhere
        if people:
            return Holder(asked, next(iter(people)) if len(people) == 1 else None, len(people) > 1, fallback)
        asked, fallback = above.get(asked), True
    return Holder(post, None, pool=False, fallback=True)


def fill_posts(days: Days, above: Mapping[str, str | None]) -> str:
    """Make a table of every post and branch asked for so far, with its holder; its name."""
    rows = days.connection.execute(
        f'SELECT a."post", a."branch", a."employee" FROM {days.table("assignment")} AS a LEFT JOIN {days.table("employee")} AS e '
        f'ON e."_key" = a."employee" WHERE a."since" <= {day(days.as_of)} AND (a."until" IS NULL OR a."until" >= {day(days.as_of)}) '
        'AND e."left_day" IS NULL'
    ).fetchall()
    holders: dict[tuple[str, str], set[str]] = {}
    for post, branch, employee in rows:
        holders.setdefault((post, branch), set()).add(employee)
    fixed = {key: frozenset(people) for key, people in holders.items()}
    asked = days.connection.execute(
        "SELECT DISTINCT post, branch FROM assignment_store WHERE employee IS NULL AND post IS NOT NULL"
    ).fetchall()
    found = [(post, branch, find_holder(post, branch, fixed, above)) for post, branch in asked]
    table = pa.table(
        {
            "post": pa.array([post for post, _, _ in found], pa.string()),
            "branch": pa.array([branch for _, branch, _ in found], pa.string()),
            "held_post": pa.array([h.post for *_, h in found], pa.string()),
            "holder": pa.array([h.employee for *_, h in found], pa.string()),
            "pool": pa.array([h.pool for *_, h in found], pa.bool_()),
            "fallback": pa.array([h.fallback for *_, h in found], pa.bool_()),
        }
    )
    desk = days.fresh("desk")
    days.register(f"raw_{desk}", table)
    days.run(f"CREATE TEMP TABLE {desk} AS SELECT * FROM raw_{desk}")
    days.connection.unregister(f"raw_{desk}")
    return desk
