"""Who is told what came of a day: one notice per person after a run, and the morning's list.

All is counted in the database, whatever the number of duties; of each kind a person is shown the first few by name.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from django.db.models import Count, F, Max, Q, QuerySet, Window
from django.db.models.functions import RowNumber

from daihou.dayend.storing import beside
from daihou.duties.models import REPORTED, WAITING, DayRun, Duty, DutyChange, DutyPerson
from daihou.engine import Results
from daihou.messaging.acts import DAY, GROUP, MORNING, Draft, mark, notify, set_mark
from daihou.messaging.models import NORMAL, URGENT
from daihou.messaging.reads import channels, waiting_reminders
from daihou.people.models import StandIn
from daihou.people.rights import May, rights_by_post
from daihou.policy.books import rulebooks_of_company
from daihou.registers.kept import homes, standing
from daihou.registers.lines import portions
from daihou.rulebook import Rule
from daihou.signoff.reads import waiting_on
from daihou.trail.acts import Actor
from daihou.trail.models import Head

SHOWN = 5
MORNING_FROM = time(8)
"""From when on the morning's list is made (Shanghai)."""

WEEK = timedelta(days=7)
NAMED = "duty-persons"
"""The mark of how far people know what was given to them."""

DESK, LATE, TOLD = "/", "/?late=1", "/duties/?person=reported"
_WHO = ("employee", "post", "branch")

Who = tuple[str | None, str | None, str | None]


def page_of(duty: int) -> str:
    """The page of a duty."""
    return f"/duties/{duty}/"


@dataclass
class Heap:
    """What one person is told: how many of each kind, the first ones by name, and the number of the only one."""

    counts: dict[str, int] = field(default_factory=dict)
    lines: dict[int, tuple[date, str]] = field(default_factory=dict)

    def add(self, counts: Mapping[str, int]) -> None:
        """More of some kinds."""
        for kind, number in counts.items():
            self.counts[kind] = self.counts.get(kind, 0) + number

    def shown(self) -> list[dict[str, str]]:
        """The first few, earliest first."""
        first = sorted(self.lines.items(), key=lambda one: (one[1], one[0]))[:SHOWN]
        return [{"text": text, "path": page_of(pk)} for pk, (_, text) in first]


@dataclass
class Holders:
    """Who holds which post at which branch on a day, which branch is above which, and who stands in for whom."""

    posts: Mapping[str, Sequence[tuple[str, str]]]
    above: Mapping[str, str | None]
    deputies: Mapping[str, Sequence[str]]

    @classmethod
    def on(cls, day: date) -> Holders:
        """As the registers say, and what was arranged: three questions."""
        gone = standing(homes()["employee"]).filter(left_day__lte=day).values("key")
        held = standing(homes()["assignment"]).filter(since__lte=day).exclude(employee__in=gone)
        posts: dict[str, list[tuple[str, str]]] = {}
        for post, employee, branch in held.filter(Q(until__isnull=True) | Q(until__gte=day)).values_list(
            "post", "employee", "branch"
        ):
            posts.setdefault(post, []).append((employee, branch))
        deputies: dict[str, list[str]] = {}
        for absent, deputy in StandIn.objects.in_force(day).values_list("absent", "deputy"):
            deputies.setdefault(absent, []).append(deputy)
        return cls(
            posts, dict(standing(homes()["branch"]).values_list("branch_no", "parent_branch")), deputies
        )

    def pool(self, post: str, branch: str | None) -> list[str]:
        """Those in whose pool a duty of a post lies: all of its holders at the branch."""
        return [who for who, at in self.posts.get(post, ()) if branch is None or at == branch]

    def head(self, post: str, branch: str | None) -> list[str]:
        """The holders of a post for a branch: there, else at the next branch above, else anywhere."""
        here, known = branch, set[str]()
        while here is not None and here not in known:
            found = self.pool(post, here)
            if found:
                return found
            known.add(here)
            here = self.above.get(here)
        return self.pool(post, None)

    def below(self, top: str) -> set[str]:
        """A branch and all below it."""
        found, grown = {top}, True
        while grown:
            more = {branch for branch, parent in self.above.items() if parent in found} - found
            found |= more
            grown = bool(more)
        return found

    def of(self, who: Who) -> list[str]:
        """The persons whom a row of persons means: one and who stands in for him, a pool, or nobody where the post is empty."""
        employee, post, branch = who
        return (
            [employee, *self.deputies.get(employee, ())]
            if employee
            else self.pool(post, branch)
            if post
            else []
        )


# ------------------------------------------------------------------ after a run


def tell_run(
    run: DayRun, last: date | None, results: Results, anew: pa.Table, rules: Mapping[str, Rule], *, by: Actor, at: datetime
) -> int:  # fmt: skip
    """Tell everybody what is new for him since the last run: given to him, overdue, reported to him (``anew``). Part of the run."""
    known = mark(NAMED)
    newest: int = DutyPerson.objects.aggregate(newest=Max("pk"))["newest"] or 0
    given = Q(pk__gt=known)
    begun, passed = _since(last, run.day)
    fresh = Q(duty__state="open") & (given | begun)
    late = Q(duty__state="overdue") & (given | passed)
    persons = DutyPerson.objects.filter(duty__withdrawn_on__isnull=True, duty__state__in=WAITING)
    holders = Holders.on(run.day)
    heaps: dict[str, Heap] = {}
    _count(heaps, holders, persons, {"new": fresh, "late": late})
    _name(heaps, holders, persons.filter(fresh | late), rules)
    _told(heaps, holders, results, anew, rules)
    set_mark(NAMED, newest)
    return notify(
        (_digest(who, heap, run) for who, heap in sorted(heaps.items())), by=by, at=at
    )  # fmt: skip


def _since(last: date | None, day: date) -> tuple[Q, Q]:
    """Duties that opened after the last run, and those that passed their due day since."""
    if last is None:
        return Q(pk__gt=0), Q(pk__gt=0)
    opened = Q(duty__opens__gt=last, duty__opens__lte=day)
    return opened | Q(duty__opens__isnull=True, duty__seen__gt=last), Q(
        duty__due__gte=last, duty__due__lt=day
    )


def _digest(who: str, heap: Heap, run: DayRun) -> Draft:
    counts = {"new": 0, "late": 0, "told": 0} | heap.counts
    alone = sum(counts.values()) == 1 and len(heap.lines) == 1
    path = page_of(next(iter(heap.lines))) if alone else _path(counts)
    return Draft(
        who, DAY, {"day": run.day, **counts}, severity=URGENT if counts["told"] else NORMAL, path=path, subject=f"run/{run.pk}",
        once=f"{DAY}/{run.pk}", lines=heap.shown(),
    )  # fmt: skip


def _path(counts: Mapping[str, int]) -> str:
    """Where what a person is told of stands together; the desk has his own and what was reported to him."""
    if counts["told"]:
        return DESK if counts["late"] or counts["new"] else TOLD
    return LATE if counts["late"] else DESK


def _count(
    heaps: dict[str, Heap], holders: Holders, persons: QuerySet[DutyPerson], kinds: Mapping[str, Q]
) -> None:
    """How many of each kind everybody has; one question."""
    asked = {kind: Count("duty", filter=which, distinct=True) for kind, which in kinds.items()}
    some = Q()
    for which in kinds.values():
        some |= which
    for row in persons.filter(some).order_by().values(*_WHO).annotate(**asked):
        counts = {kind: row[kind] for kind in kinds if row[kind]}
        for who in holders.of((row["employee"], row["post"], row["branch"])) if counts else ():
            heaps.setdefault(who, Heap()).add(counts)


def _name(
    heaps: dict[str, Heap], holders: Holders, persons: QuerySet[DutyPerson], rules: Mapping[str, Rule]
) -> None:  # fmt: skip
    """The first few duties of everybody by name; one question."""
    place = Window(
        RowNumber(),
        partition_by=[F(one) for one in _WHO],
        order_by=(F("duty__due").asc(nulls_last=True), F("duty_id").asc()),
    )
    rows = persons.annotate(place=place).filter(place__lte=SHOWN)
    for *who, pk, rule, contract, due in rows.values_list(
        *_WHO, "duty_id", "duty__rule", "duty__contract", "duty__due"
    ):
        for one in holders.of((who[0], who[1], who[2])):
            heaps.setdefault(one, Heap()).lines[pk] = _line(rules, rule, contract, due)


def _line(rules: Mapping[str, Rule], rule: str, contract: str | None, due: date | None) -> tuple[date, str]:
    """A duty in one line: rule, contract, due day. No client: a message may leave the house."""
    name = rules[rule].name if rule in rules else rule
    return due or date.max, " ".join(filter(None, (name, contract, due.isoformat() if due else "")))


def _told(
    heaps: dict[str, Heap], holders: Holders, results: Results, anew: pa.Table, rules: Mapping[str, Rule]
) -> None:
    """Duties that were reported to a post since the last run: everybody who holds it for the duty's branch counts each once.

    Counted by the posts that a duty reached and its branch, for of those there are few, however many duties there are.
    """
    with beside(reached=anew, duties=results.duties) as at:
        at.execute(f"CREATE TABLE told AS {_REPORTED}")
        firsts = at.sql(_FIRSTS).fetchall()
        numbers = _numbers([(rule, object_, occurrence) for _, _, rule, object_, occurrence, *_ in firsts])
        for branch, posts, number in at.sql(_BY_POSTS).fetchall():
            for who in _heads(holders, branch, posts):
                heaps.setdefault(who, Heap()).add({"told": number})
    for branch, posts, rule, object_, occurrence, contract, due, missed in firsts:
        pk = numbers.get((rule, object_, occurrence))
        if pk is None:
            continue
        for who in _heads(holders, branch, posts):
            heap = heaps.setdefault(who, Heap())
            if len(heap.lines) < SHOWN:
                day, said = _line(rules, rule, contract, due)
                heap.lines[pk] = day, f"{said} 连漏 {missed} 期" if missed else said


def reached_anew(results: Results, last: date | None) -> pa.Table:
    """The posts that duties are reported to for the first time: since the last run; of the first run all.

    And those that would have been told before, had what was entered since been known: of a branch of which it is entered today that it has a
    vault the counts were missed all the same.
    """
    reached = results.escalations
    if last is None or not reached.num_rows:
        return reached
    before = pc.less_equal(reached["reached_on"], pa.scalar(last, pa.date32()))
    if not pc.any(before).as_py():
        return reached
    with beside(reached=reached, known=_reported_before()) as at:
        return at.sql(_ANEW, params={"last": last}).to_arrow_table()


def _reported_before() -> pa.Table:
    """What was reported already of duties that may be reported still, and to whom; one question."""
    live = Q(duty__state__in=WAITING) | Q(duty__missed_run__gt=0)
    rows = DutyChange.objects.filter(live, what=REPORTED).order_by()
    names = ("rule", "object", "occurrence", "post")
    told = rows.values_list("duty__rule", "duty__object", "duty__occurrence", "after")
    schema = pa.schema([(name, pa.string()) for name in names])
    return pa.Table.from_pylist([dict(zip(names, one, strict=True)) for one in told], schema)


_ANEW = """
SELECT r.* FROM reached AS r ANTI JOIN (SELECT DISTINCT * FROM known) AS k
ON r.reached_on <= $last AND k.rule = r.rule AND k.object = r.object AND k.occurrence = coalesce(r.occurrence, '') AND k.post = r.post
"""


_REPORTED = """
SELECT d.branch, d.rule, d.object, d.occurrence, d.contract, d.due, list_sort(list(DISTINCT r.post)) AS posts,
  max(CASE WHEN r.reached_on <= d.start THEN d.missed_run ELSE 0 END) AS missed
FROM reached AS r JOIN duties AS d ON d.rule = r.rule AND d.object = r.object AND d.occurrence IS NOT DISTINCT FROM r.occurrence
GROUP BY ALL
"""
_BY_POSTS = "SELECT branch, posts, count(*) FROM told GROUP BY ALL ORDER BY ALL"
_FIRSTS = f"""
SELECT branch, posts, rule, object, coalesce(occurrence, ''), contract, due, missed FROM told
QUALIFY row_number() OVER (PARTITION BY branch, posts ORDER BY due, rule, object, occurrence) <= {SHOWN} ORDER BY due, rule, object, occurrence
"""  # noqa: S608 - a number of the module


def _heads(holders: Holders, branch: str | None, posts: Sequence[str]) -> list[str]:
    """Everybody who holds one of some posts for a branch, once."""
    return list(dict.fromkeys(who for post in posts for who in holders.head(post, branch)))


def _numbers(wanted: Sequence[tuple[str, str, str]]) -> dict[tuple[str, str, str], int]:
    """The numbers of some duties that stand; a few questions."""
    found: dict[tuple[str, str, str], int] = {}
    for part in portions(wanted):
        rows = Duty.objects.filter(
            rule__in={one[0] for one in part}, object__in={one[1] for one in part}, withdrawn_on__isnull=True
        )
        found |= {
            (rule, object_, occurrence): pk
            for pk, rule, object_, occurrence in rows.values_list("pk", "rule", "object", "occurrence")
        }
    return found


# ------------------------------------------------------------------ in the morning


def morning_list(day: date, *, by: Actor, at: datetime) -> int:
    """Tell everybody what waits for him today, once a day: overdue, today, the next seven days, signatures, reminders. The number of lists.

    Who keeps the accounts is told head and length of the trail, so that a trail cut off later does not fit what was sent out of
    the house.
    """
    rules = {rule.id: rule for book in rulebooks_of_company() for rule in book.rules}
    reminders = waiting_reminders(day)
    holders = Holders.on(day)
    heaps: dict[str, Heap] = {}
    persons = DutyPerson.objects.filter(
        duty__withdrawn_on__isnull=True, duty__state__in=(*WAITING, "not_yet"), duty__due__lte=day + WEEK
    )
    kinds = {
        "late": Q(duty__due__lt=day, duty__state__in=WAITING),
        "today": Q(duty__due=day),
        "week": Q(duty__due__gt=day),
    }
    _count(heaps, holders, persons, kinds)
    _name(heaps, holders, persons.filter(kinds["late"] | kinds["today"]), rules)
    for kind, numbers in (("signatures", waiting_on(day)), ("reminders", reminders)):
        for who, number in numbers.items():
            heaps.setdefault(who, Heap()).add({kind: number})
    drafts = _lists(heaps, _keepers(holders), day) + _groups(holders, day)
    return notify(drafts, by=by, at=at)


def _keepers(holders: Holders) -> set[str]:
    """Who keeps the accounts."""
    posts = (post for post, rights in rights_by_post().items() if May.ACCOUNTS in rights.may)
    return {who for post in posts for who in holders.pool(post, None)}


def _lists(heaps: Mapping[str, Heap], keepers: set[str], day: date) -> list[Draft]:
    head = Head.objects.filter(pk=1).first()
    trail = {"length": 0 if head is None else head.number, "head": "" if head is None else head.seal}
    nothing = {"late": 0, "today": 0, "week": 0, "signatures": 0, "reminders": 0}
    drafts = []
    for who in sorted({*heaps, *keepers}):
        heap = heaps.get(who, Heap())
        counts = nothing | heap.counts
        keeper = who in keepers
        drafts.append(
            Draft(
                who,
                MORNING,
                {"day": day, **counts, **(trail if keeper else {})},
                code="morning-keeper" if keeper else MORNING,
                path=LATE if counts["late"] else DESK,
                once=f"{MORNING}/{day}",
                lines=heap.shown(),
            )
        )
    return drafts


def _groups(holders: Holders, day: date) -> list[Draft]:
    """The list of each group's channel: sums only, for a group is read by many."""
    groups = list(channels().filter(on=True, owner=""))
    if not groups:
        return []
    waiting = Duty.objects.filter(
        withdrawn_on__isnull=True, state__in=(*WAITING, "not_yet"), due__lte=day + WEEK
    )
    asked = {
        "late": Count("pk", filter=Q(due__lt=day, state__in=WAITING)), "today": Count("pk", filter=Q(due=day)),
        "week": Count("pk", filter=Q(due__gt=day)),
    }  # fmt: skip
    rows: list[Mapping[str, Any]] = list(waiting.order_by().values("branch").annotate(**asked))
    titles = dict(standing(homes()["branch"]).values_list("key", "title"))
    drafts = []
    for group in groups:
        inside = holders.below(group.branch) if group.branch else None
        counts = {
            kind: sum(row[kind] for row in rows if inside is None or row["branch"] in inside)
            for kind in asked
        }
        params = {"day": day, "branch": titles.get(group.branch, ""), **counts}
        drafts.append(
            Draft(
                f"{GROUP}{group.pk}",
                MORNING,
                params,
                code="morning-group",
                path=DESK,
                once=f"{MORNING}/{day}",
            )
        )
    return drafts
