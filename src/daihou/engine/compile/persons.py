"""Who does a duty: the person the object names, else the holders of the post, nearest first (C14, C19, S34)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pyarrow as pa

from daihou.engine.compile.days import Days
from daihou.engine.compile.scalar import Frame, Row
from daihou.engine.compile.steps import from_first
from daihou.engine.compile.text import conjunction, day, text
from daihou.rulebook.model import Duty, Person
from daihou.rulebook.nodes import DATE, Column, Dated, Moment

ASSIGNMENTS = {
    "rule": "VARCHAR", "object": "VARCHAR", "occurrence": "VARCHAR", "role": "VARCHAR", "ordinal": "INTEGER", "post": "VARCHAR",
    "employee": "VARCHAR", "answerable": "VARCHAR", "branch": "VARCHAR",
}  # fmt: skip
"""Columns of the store of assignments before posts are filled."""


def assign(days: Days, rule: Duty) -> None:
    """Insert who does each of the rule's duties in the store, one row per person."""
    steps = from_first(rule.responsible)
    for index, (since, responsible) in enumerate(steps):
        until = steps[index + 1][0] if index + 1 < len(steps) else None
        span = ([f'd."own_start" >= {day(since)}'] if since else []) + (
            [f'd."own_start" < {day(until)}'] if until else []
        )
        people = [(responsible.together.value, person) for person in responsible.persons]
        if responsible.starter is not None:
            people.insert(0, ("starter", responsible.starter))
        for ordinal, (role, person) in enumerate(people):
            _assign_one(days, rule, span, role, ordinal, person)


def _assign_one(days: Days, rule: Duty, span: list[str], role: str, ordinal: int, person: Person) -> None:
    where = conjunction([f'd."rule" = {text(rule.id)}', *span])
    source = (
        f'(SELECT o.*, d."occurrence" AS "@occ", LEAST(COALESCE(d."due", {day(days.as_of)}), {day(days.as_of)}) AS "@on" '
        f'FROM duty_store AS d JOIN {days.table(rule.table)} AS o ON o."_key" = d."object" WHERE {where})'
    )
    frame = Frame(days, source, Row("o", rule.table), ("_key", "@occ"), None, {"due": '"o"."@on"'})
    employee = answerable = "CAST(NULL AS VARCHAR)"
    if person.column is not None:
        employee = frame.sql(person.column)
        answerable = employee
        if isinstance(person.column, Column) and not person.column.fact:
            answerable = frame.sql(Dated(person.column.type, person.column, Moment(DATE, "due")))
    post = "CAST(NULL AS VARCHAR)" if person.post is None else text(person.post)
    branch = "CAST(NULL AS VARCHAR)" if person.branch is None else frame.sql(person.branch)
    values = f'{text(rule.id)}, "o"."_key", "o"."@occ", {text(role)}, {ordinal}, {post}, {employee}, {answerable}, {branch}'
    days.run(f"INSERT INTO assignment_store SELECT {values} {frame.body()}")
    if person.column is not None:
        columns = (
            ".".join((*person.column.path, person.column.name)) if isinstance(person.column, Column) else ""
        )
        days.run(
            f'INSERT INTO gap_store SELECT DISTINCT {text(rule.id)}, "o"."_key", \'person\', {text(columns)} {frame.body()} WHERE {employee} IS NULL'
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


def fill_posts(days: Days, above: Mapping[str, str | None]) -> None:
    """Make ``desk``: every post and branch asked for, with its holder."""
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
    days.register("raw_desk", table)
    days.run("CREATE TEMP TABLE desk AS SELECT * FROM raw_desk")
    days.connection.unregister("raw_desk")
