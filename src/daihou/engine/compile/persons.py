"""Who does a duty, and who answers for a gap: the person the object names, else the holders of the post, nearest first (C14, C19, S7, S34)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import pyarrow as pa

from daihou.book import Table
from daihou.engine.compile.days import Days
from daihou.engine.compile.scalar import Frame, Row
from daihou.engine.compile.steps import from_first, own_columns
from daihou.engine.compile.subject import BRANCH, CONTRACT, PARTY, reference
from daihou.engine.compile.text import day, name, text
from daihou.rulebook.model import Duty, Person, Rule, Together
from daihou.rulebook.nodes import DATE, Column, Dated, Moment

ASSIGNMENTS = {
    "rule": "VARCHAR", "object": "VARCHAR", "occurrence": "VARCHAR", "role": "VARCHAR", "ordinal": "INTEGER", "post": "VARCHAR",
    "employee": "VARCHAR", "answerable": "VARCHAR", "branch": "VARCHAR", "named": "VARCHAR", "shown": "BOOLEAN", "of_gap": "BOOLEAN",
}  # fmt: skip
"""Columns of the store of assignments before posts are filled; ``named``: the column that was to hold the person, where there is one;
``shown``: as of the duty. ``of_gap``: the person answers for what could not be judged of the object, at no occurrence."""

PERSONS = (
    "rule",
    "object",
    "occurrence",
    "role",
    "ordinal",
    "post",
    "employee",
    "answerable",
    "branch",
    "pool",
    "fallback",
)
GAP_PERSONS = ("rule", "object", "ordinal", "role", "post", "employee", "branch", "pool", "fallback")
"""Columns of who does a duty, and of who answers for a gap, once posts are filled."""
ANSWERS = '"of_gap" AND ("employee" IS NOT NULL OR "post" IS NOT NULL)'
"""Rows of the store that name somebody who answers for a gap."""

ACCOUNT_MANAGER, CARETAKER = "account_manager", "caretaker"
"""The columns of a contract and of a party that name who looks after them; the first is a post as well."""
_KEEPERS = ((CONTRACT, ACCOUNT_MANAGER), (PARTY, CARETAKER))

_OF_DUTIES = 'SELECT "rule", "object", "occurrence", "contract", "party", "branch", "due", "own_start", "shown", FALSE AS "of_gap" FROM duty_store'


def assigning(rules: Sequence[Duty], *, gaps: bool = True) -> list[Callable[[Days], None]]:
    """What inserts who does each of the rules' duties in the store, one row per person: one pass for all rules that ask for the same person.

    ``gaps``: the same persons answer for what could not be judged (S7), found in the same passes.
    """
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
            passes.append(partial(_assign_rows, table=table, person=person, rows=rows, gaps=gaps))
    return passes + [partial(_assign_post, post=post, rows=rows, gaps=gaps) for post, rows in nobody.items()]


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


def _wanted(days: Days, rows: list[str], *, gaps: bool) -> str:
    """The duties of some rules, and their gaps as if a duty began on the day, each beside the row that asks for a person."""
    asked = _OF_DUTIES
    if gaps:
        asked += (
            ' UNION ALL SELECT "rule", "object", \'\', "contract", "party", "branch", CAST(NULL AS DATE), '
            f"{day(days.as_of)}, TRUE, TRUE FROM gap_store"
        )
    return (
        f'({asked}) AS d JOIN (VALUES {", ".join(rows)}) AS l("rule", "since", "until", "role", "ordinal") ON l."rule" = d."rule" '
        'AND (l."since" IS NULL OR d."own_start" >= l."since") AND (l."until" IS NULL OR d."own_start" < l."until")'
    )


_NOTHING = "CAST(NULL AS VARCHAR)"


def _assign_post(days: Days, post: str, rows: list[str], *, gaps: bool) -> None:
    nobody = ", ".join([_NOTHING] * 4)
    values = f'd."rule", d."object", d."occurrence", l."role", l."ordinal", {text(post)}, {nobody}, d."shown", d."of_gap"'
    days.run(f"INSERT INTO assignment_store SELECT {values} FROM {_wanted(days, rows, gaps=gaps)}")


def _assign_rows(days: Days, table: str, person: Person, rows: list[str], *, gaps: bool) -> None:
    chosen = {
        "_key": 'd."object"', "@rule": 'd."rule"', "@occ": 'd."occurrence"', "@shown": 'd."shown"', "@of_gap": 'd."of_gap"', "@role": 'l."role"', "@ordinal": 'l."ordinal"',
        "@on": f'LEAST(COALESCE(d."due", {day(days.as_of)}), {day(days.as_of)})',
    }  # fmt: skip
    carried = _carried(days, table)
    needed = own_columns(days, table, [node for node in (person.column, person.branch) if node is not None])
    joined = "" if needed <= set(carried) else f'JOIN {days.table(table)} AS o ON o."_key" = d."object"'
    for column in sorted(needed):
        chosen[column] = f"o.{name(column)}" if joined else carried[column]
    listed = ", ".join(f"{sql} AS {name(column)}" for column, sql in chosen.items())
    source = f"(SELECT {listed} FROM {_wanted(days, rows, gaps=gaps)} {joined})"
    frame = Frame(
        days, source, Row("o", table), ("_key", "@rule", "@occ", "@ordinal"), None, {"due": '"o"."@on"'}
    )
    employee = answerable = named = _NOTHING
    if person.column is not None:
        employee = answerable = frame.sql(person.column)
        named = "''"
        if isinstance(person.column, Column):
            named = text(".".join((*person.column.path, person.column.name)))
        if isinstance(person.column, Column) and not person.column.fact:
            answerable = frame.sql(Dated(person.column.type, person.column, Moment(DATE, "due")))
    post = _NOTHING if person.post is None else text(person.post)
    branch = _NOTHING if person.branch is None else frame.sql(person.branch)
    values = f'"o"."@rule", "o"."_key", "o"."@occ", "o"."@role", "o"."@ordinal", {post}, {employee}, {answerable}, {branch}, {named}, "o"."@shown", "o"."@of_gap"'
    days.run(f"INSERT INTO assignment_store SELECT {values} {frame.body()}")


def _carried(days: Days, table: str) -> dict[str, str]:
    """The own columns that a duty carries along, so that its object need not be looked up for them."""
    found = {}
    for target in (CONTRACT, PARTY, BRANCH):
        column = reference(days.declared[table], target)
        if column is not None and table != target:
            found[column] = f"d.{name(target)}"
    return found


# -- gaps -------------------------------------------------------------------------------------------------------------------------


def put_person_gaps(days: Days, shown: str) -> None:
    """Insert a gap for each duty whose object names nobody in the column asked for, and as who answers for it whoever the duty has; ``shown``: which duties count."""
    counts = f'{shown} AND NOT "of_gap"'
    same = 'd."rule" = a."rule" AND d."object" = a."object" AND d."occurrence" = a."occurrence"'
    days.run(
        'INSERT INTO gap_store SELECT a."rule", a."object", \'person\', MIN(a."named"), MIN(d."contract"), MIN(d."party"), MIN(d."branch") '
        f'FROM (SELECT * FROM assignment_store WHERE {counts} AND "employee" IS NULL AND "named" IS NOT NULL) AS a '
        f'JOIN duty_store AS d ON {same} GROUP BY a."rule", a."object"'
    )
    days.run(
        'INSERT INTO assignment_store SELECT a."rule", a."object", \'\', a."role", a."ordinal", a."post", a."employee", '
        f'{_NOTHING}, a."branch", {_NOTHING}, TRUE, TRUE FROM (SELECT * FROM assignment_store WHERE {counts}) AS a '
        'JOIN gap_store AS g ON g."rule" = a."rule" AND g."object" = a."object" AND g."part" = \'person\''
    )


def names_all(rule: Rule) -> bool:
    """Whether a rule says at any time whose its gaps are: a duty that asks for a post."""
    if not isinstance(rule, Duty):
        return False
    asked = [(r.starter, *r.persons) for _, r in rule.responsible.steps]
    return all(any(person is not None and person.post is not None for person in people) for people in asked)


def keeper_reads(tables: Mapping[str, Table], rule: Rule) -> set[tuple[str, str]]:
    """The columns that tell who looks after what a rule looks at, where its gaps may be nobody's otherwise."""
    if names_all(rule):
        return set()
    about = {
        target
        for target in (CONTRACT, PARTY)
        if rule.table == target or reference(tables[rule.table], target) is not None
    }
    if CONTRACT in about and reference(tables[CONTRACT], PARTY) is not None:
        about.add(PARTY)
    return {(table, column) for table, column in _KEEPERS if table in about}


def put_keepers(days: Days, rules: Sequence[Rule]) -> None:
    """Give the gaps of ``rules`` that are nobody's to whoever looks after the contract, else the party; else the post of account managers at the branch has them."""
    asked = [rule for rule in rules if not names_all(rule)]
    if not asked:
        return
    read = {table for rule in asked for table, _ in keeper_reads(days.declared, rule)}
    kept, joins = {CONTRACT: _NOTHING, PARTY: _NOTHING}, ""
    for table, column in _KEEPERS:
        if table in read:
            kept[table] = f"{table[0]}.{name(column)}"
            joins += f' LEFT JOIN {days.table(table)} AS {table[0]} ON {table[0]}."_key" = g.{name(table)}'
    contract, party = kept[CONTRACT], kept[PARTY]
    # the caretaker of a party holds whatever post he holds
    post = f"CASE WHEN {contract} IS NULL AND {party} IS NOT NULL THEN {_NOTHING} ELSE {text(ACCOUNT_MANAGER)} END"
    listed = ", ".join(text(rule.id) for rule in asked)
    theirs = f'SELECT DISTINCT "rule", "object" FROM assignment_store WHERE {ANSWERS}'
    days.run(
        f'INSERT INTO assignment_store SELECT g."rule", g."object", \'\', {text(Together.ALONE.value)}, 0, {post}, COALESCE({contract}, {party}), '
        f'{_NOTHING}, g."branch", {_NOTHING}, TRUE, TRUE FROM (SELECT * FROM gap_store WHERE "rule" IN ({listed})) AS g '
        f'LEFT JOIN ({theirs}) AS k ON k."rule" = g."rule" AND k."object" = g."object"{joins} WHERE k."rule" IS NULL'
    )


# -- posts ------------------------------------------------------------------------------------------------------------------------


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


_HELD = {
    "post": 'CASE WHEN a."employee" IS NULL THEN COALESCE(k."held_post", a."post") ELSE a."post" END',
    "employee": 'COALESCE(a."employee", k."holder")', "answerable": 'COALESCE(a."answerable", k."holder")',
    "pool": 'COALESCE(k."pool", FALSE)', "fallback": 'COALESCE(k."fallback", FALSE)',
}  # fmt: skip


def held(desk: str, where: str, columns: Sequence[str]) -> str:
    """The persons of the store that ``where`` chooses, with the holders of posts that stand in ``desk``."""
    chosen = ", ".join(f"{_HELD.get(column, f'a.{name(column)}')} AS {name(column)}" for column in columns)
    return (
        f"SELECT {chosen} FROM (SELECT * FROM assignment_store WHERE {where}) AS a "
        f'LEFT JOIN {desk} AS k ON a."employee" IS NULL AND k."post" = a."post" AND k."branch" IS NOT DISTINCT FROM a."branch"'
    )
