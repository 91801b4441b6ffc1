"""What was done in time: duties of a period by how they ended, of everybody, by person and post, and month by month."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from django.db.models import Case, Count, F, Q, QuerySet, When

from daihou.duties.crediting import credited
from daihou.duties.models import Duty, DutyPerson
from daihou.units import month_start

ON_TIME, LATE = "on_time", "late"
UNDONE = ("overdue", "missed")
DECIDED = (ON_TIME, LATE, *UNDONE)
"""States of a duty of which it is known whether it was in time: one that is not done and whose day has not passed is not judged."""


@dataclass(frozen=True)
class Tally:
    """How the duties that fell due in a period ended: done by the due date, done after it, not done though it has passed."""

    on_time: int = 0
    late: int = 0
    undone: int = 0

    @property
    def total(self) -> int:
        """All that fell due and can be judged."""
        return self.on_time + self.late + self.undone

    @property
    def rate(self) -> float | None:
        """Done by the due date ÷ fell due, in per cent; None where nothing fell due."""
        return None if not self.total else 100 * self.on_time / self.total

    @classmethod
    def of(cls, states: Iterable[tuple[str, int]]) -> Tally:
        """The tally of numbers by state."""
        found = dict.fromkeys(("on_time", "late", "undone"), 0)
        for state, number in states:
            found["undone" if state in UNDONE else state] += number
        return cls(**found)


@dataclass(frozen=True)
class PersonTally:
    """The tally of a person by all posts under which duties fell to him, none where the register named him; or of what lies in the pool of a post."""

    employee: str | None
    posts: tuple[str, ...]
    tally: Tally


def fell_due(duties: QuerySet[Duty], since: date, until: date) -> QuerySet[Duty]:
    """Duties that fell due from one day to another, both counted, and of which it is known whether they were in time. Withdrawn and waived ones are none."""
    return duties.filter(withdrawn_on__isnull=True, state__in=DECIDED, due__gte=since, due__lte=until)


@dataclass(frozen=True)
class Ended:
    """How duties ended, by the day on which they fell due: day, state, number."""

    days: tuple[tuple[date, str, int], ...]

    def tally(self, since: date = date.min, until: date = date.max) -> Tally:
        """Those that fell due from one day to another, both counted."""
        return Tally.of((state, number) for due, state, number in self.days if since <= due <= until)

    def by_month(self) -> Mapping[date, Tally]:
        """By the month of the due date, its first day as key; months without any duty are left out."""
        states: dict[date, list[tuple[str, int]]] = {}
        for due, state, number in self.days:
            states.setdefault(month_start(due), []).append((state, number))
        return {month: Tally.of(states[month]) for month in sorted(states)}


def ended(duties: QuerySet[Duty]) -> Ended:
    """How duties ended: one query. A row for each day: to cut a day to its month in the database costs more, and a period is cut out of it too."""
    rows = duties.order_by().values_list("due", "state").annotate(Count("pk", distinct=True))
    return Ended(tuple((due, state, number) for due, state, number in rows if due is not None))


def by_person(duties: QuerySet[Duty]) -> list[PersonTally]:
    """The same by whom each counts for (who did it, else the first person), the worst first: one query."""
    persons = DutyPerson.objects.filter(credited(), duty__in=duties).order_by()
    states: dict[tuple[str | None, str | None], list[tuple[str, int]]] = {}
    posts: dict[tuple[str | None, str | None], set[str]] = {}
    for employee, post, state, number in persons.values_list("employee", "post", "duty__state").annotate(
        Count("duty", distinct=True)
    ):
        whose = (employee, None if employee else post)
        states.setdefault(whose, []).append((state, number))
        posts.setdefault(whose, set()).update([post] if post else [])
    found = [
        PersonTally(whose[0], tuple(sorted(posts[whose])), Tally.of(rows)) for whose, rows in states.items()
    ]
    return sorted(
        found, key=lambda one: (one.tally.rate or 0.0, -one.tally.total, one.employee or "", one.posts)
    )


@dataclass(frozen=True)
class PostTally:
    """How many duties are overdue under a post; under none whom the registers named who holds none."""

    post: str | None
    number: int
    named: tuple[str, ...] = ()


def overdue_by_post(duties: QuerySet[Duty], posts: Mapping[str, str]) -> list[PostTally]:
    """What is overdue now, by post, most first: one query. ``posts``: under which one each is counted whom a register named alone (``posts_counted``)."""
    persons = DutyPerson.objects.filter(
        Q(duty__in=duties.filter(withdrawn_on__isnull=True, state="overdue")), ordinal=0
    )
    alone = Case(When(post__isnull=True, then=F("employee")))
    rows = persons.order_by().annotate(alone=alone).values_list("post", "alone").annotate(Count("duty", distinct=True))  # fmt: skip
    numbers: dict[str | None, int] = {}
    named: set[str] = set()
    for post, who, number in rows:
        counted = post or posts.get(who or "")
        numbers[counted] = numbers.get(counted, 0) + number
        named |= {who} if counted is None and who else set()
    found = [PostTally(post, number, () if post else tuple(sorted(named))) for post, number in numbers.items()]  # fmt: skip
    return sorted(found, key=lambda one: (-one.number, one.post or ""))
