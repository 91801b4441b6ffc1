"""Who does a duty, who answers for it or for what could not be judged, and to whom it is told when it is late (S34, C14, C19, S7, S8)."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from daihou.engine.twin import names
from daihou.engine.twin.dates import add_days
from daihou.engine.twin.duties import DutyJudge, Occurrence
from daihou.engine.twin.evaluate import At, Evaluator
from daihou.engine.twin.gaps import Gaps
from daihou.engine.twin.store import BookOnDay, Row
from daihou.engine.twin.subject import subject
from daihou.engine.twin.window import in_force
from daihou.rulebook import model, nodes


@dataclass(frozen=True)
class Holder:
    """Who holds a post: he alone, or a pool from which anyone takes it, or the post above."""

    post: str
    employee: str | None
    pool: bool
    fallback: bool


@dataclass(frozen=True)
class Assigned:
    """One person of a duty."""

    role: str
    ordinal: int
    post: str | None
    employee: str | None
    answerable: str | None
    branch: str | None
    pool: bool
    fallback: bool


@dataclass(frozen=True)
class Told:
    """A step of escalation that has been reached."""

    step: int
    reached_on: date
    post: str


def holders(book: BookOnDay, post: str, branch: str | None) -> list[str]:
    """The employees who hold a post on the day and have not left; at a branch, or anywhere."""
    posts = book.index("holders", names.ASSIGNMENT, lambda row: row.values.get(names.HELD_POST))
    found: set[str] = set()
    for row in posts.get(post, []):
        since, until = row.values.get(names.HELD_FROM), row.values.get(names.HELD_TO)
        held = (
            isinstance(since, date)
            and since <= book.day
            and (not isinstance(until, date) or until >= book.day)
        )
        employee = book.row(names.EMPLOYEE, row.values.get(names.HOLDER))
        left = employee is not None and book.read(employee, names.LEFT) is not None
        if held and not left and (branch is None or row.values.get(names.HELD_AT) == branch):
            found.add(str(row.values[names.HOLDER]))
    return sorted(found)


def holder(book: BookOnDay, above: Mapping[str, str | None], post: str, branch: str | None) -> Holder:
    """At the branch, else anywhere, else the post above in the same way, else nobody."""
    asked: str | None = post
    while asked is not None:
        people = (holders(book, asked, branch) if branch is not None else []) or holders(book, asked, None)
        if people:
            alone = people[0] if len(people) == 1 else None
            return Holder(asked, alone, pool=alone is None, fallback=asked != post)
        asked = above.get(asked)
    return Holder(post, None, pool=False, fallback=True)


def assigned(
    ev: Evaluator, above: Mapping[str, str | None], duty: model.Duty, one: Occurrence, gaps: Gaps
) -> Iterator[Assigned]:
    """The persons of an occurrence, the starter first."""
    responsible = in_force(duty.responsible, one.candidate.at)
    return _persons(ev, above, responsible, one.row, one.due, gaps)


def answering(
    ev: Evaluator,
    above: Mapping[str, str | None],
    rule: model.Rule,
    row: Row,
    parts: Collection[str],
    doing: Sequence[Assigned],
) -> list[Assigned]:
    """Who answers for what could not be judged of a row (S7).

    ``parts``: what could not. ``doing``: the persons of the row's duties, who are asked where only a person is missing; else those who would do
    a duty that began on the day. Where the rule finds nobody, whoever looks after the row. Nobody is ``answerable``: nothing is due.
    """
    found = list(doing) if "person" in parts else []
    if isinstance(rule, model.Duty) and set(parts) - {"person"}:
        found += _persons(ev, above, in_force(rule.responsible, ev.book.day), row, None, Gaps())
    named = [
        replace(one, answerable=None) for one in found if one.employee is not None or one.post is not None
    ]
    return list(dict.fromkeys(named)) or [_keeper(ev.book, above, row)]


def _keeper(book: BookOnDay, above: Mapping[str, str | None], row: Row) -> Assigned:
    """The account manager of the contract, else the caretaker of the party, else whoever holds that post at the branch."""
    about = subject(book, row)
    contract, party = book.row(names.CONTRACT, about.contract), book.row(names.PARTY, about.party)
    manager = None if contract is None else book.read(contract, names.ACCOUNT_MANAGER)
    caretaker = None if party is None else book.read(party, names.CARETAKER)
    if manager is None and caretaker is None:
        found = holder(book, above, names.ACCOUNT_MANAGER, about.branch)
        return Assigned(
            names.ALONE, 0, found.post, found.employee, None, about.branch, found.pool, found.fallback
        )
    post = None if manager is None else names.ACCOUNT_MANAGER
    employee = str(caretaker if manager is None else manager)
    return Assigned(names.ALONE, 0, post, employee, None, about.branch, pool=False, fallback=False)


def _persons(
    ev: Evaluator,
    above: Mapping[str, str | None],
    responsible: model.Responsible,
    row: Row,
    due: date | None,
    gaps: Gaps,
) -> Iterator[Assigned]:
    people = [(responsible.together.value, person) for person in responsible.persons]
    if responsible.starter is not None:
        people.insert(0, ("starter", responsible.starter))
    for ordinal, (role, person) in enumerate(people):
        yield _assigned(ev, above, (row, due), (role, ordinal), person, gaps)


def _assigned(
    ev: Evaluator,
    above: Mapping[str, str | None],
    asked: tuple[Row, date | None],
    place: tuple[str, int],
    person: model.Person,
    gaps: Gaps,
) -> Assigned:
    row, due = asked
    at = At(row)
    employee = answerable = None
    branch = None if person.branch is None else ev.value(person.branch, at)
    if person.column is not None:
        employee = answerable = ev.value(person.column, at)
        if isinstance(person.column, nodes.Column) and not person.column.fact:
            on = ev.book.day if due is None else min(due, ev.book.day)
            answerable = ev.value(person.column, At(row, dated_on=on))
        if employee is None:
            gaps.add("person", ev, at, [person.column])
    if employee is not None or person.post is None:
        return Assigned(*place, person.post, employee, answerable, branch, pool=False, fallback=False)
    found = holder(ev.book, above, person.post, branch)
    return Assigned(
        *place,
        found.post,
        found.employee,
        answerable or found.employee,
        branch,
        found.pool,
        found.fallback,
    )


def told(judge: DutyJudge, one: Occurrence) -> Iterator[Told]:
    """The steps of escalation reached: so long after the due day, or so many periods missed in a row. None of what was left over at go-live."""
    if judge.leftovers:
        return
    for step, rung in enumerate(in_force(judge.duty.escalations, one.candidate.at), 1):
        if rung.missed is not None:
            period = one.candidate.period
            if period is not None and one.state != "missed" and one.missed_run >= rung.missed:
                yield Told(step, period.start, rung.post)
        elif one.state == "overdue" and one.due is not None and rung.after is not None:
            base = max(day for day in (one.due, one.row.recorded, judge.go_live) if day is not None)
            after = int(str(rung.after.value))
            counts_working = rung.after.type.kind is nodes.Kind.WORKDAYS
            reached = judge.ev.work.add(base, after) if counts_working else add_days(base, after)
            if reached <= judge.data_day:
                yield Told(step, reached, rung.post)
