"""Duties as people look for them: by kind, whose, where, until when, how they stand; among those that the viewer may see and no others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from django.db.models import Case, Count, F, OrderBy, OuterRef, Q, QuerySet, Subquery, Value, When

from daihou.book import declared
from daihou.duties.crediting import credited, under_none, under_post
from daihou.duties.models import LEFTOVER, OLD_DONE, STATES, WAITING, DayRun, Duty, DutyPerson
from daihou.duties.punctuality import DECIDED, LATE, ON_TIME, UNDONE
from daihou.duties.reads import named, seen
from daihou.duties.reported import reported_to
from daihou.duties.run_moves import NEW, changes_of, of_run
from daihou.people.reads import Viewer
from daihou.people.rights import Scope
from daihou.policy.rules import rules
from daihou.registers.held import held
from daihou.registers.kept import homes, standing
from daihou.screens.lists import named as called
from daihou.screens.tags import lang

WEEK = 7
"""Days ahead that count as soon."""

MINE, NOBODY, TOLD = "mine", "-", "reported"
"""Whose: what lies on one's own desk, pools included; what is nobody's yet, or under no post; what was reported to one because it is late."""

PAST, TODAY, SOON = "past", "today", "week"
NEAR = (PAST, TODAY, SOON)
"""Quick choices of the deadline: it has passed and the duty waits still; today; in the seven days after today."""

BY_DEADLINE = (F("due").asc(nulls_last=True), "rule", "object")
"""Earliest first; what has no deadline comes last."""

_SEVERAL: Mapping[str, Sequence[str]] = {
    "": WAITING, "done": (ON_TIME, LATE), "undone": UNDONE, "judged": DECIDED, "all": STATES, **{one: (one,) for one in STATES},
}  # fmt: skip
WITHDRAWN = "withdrawn"
STANDS = (*_SEVERAL, WITHDRAWN)
"""How duties stand, as one asks for them: those to be done now (nothing said), one state, several, or what the rules no longer ask for."""


@dataclass(frozen=True)
class Sought:
    """What is looked for; what is empty is not asked. ``first``: only who answers for a duty first counts as its person.

    ``run``: only what a run of a day moved, ``moved`` in which way; nothing said of how they stand then means however they stand.
    """

    stands: str = ""
    near: str = ""
    rule: str = ""
    person: str = ""
    post: str = ""
    first: bool = False
    branch: str = ""
    contract: str = ""
    party: str = ""
    words: str = ""
    since: date | None = None
    until: date | None = None
    run: DayRun | None = None
    moved: str = ""


def found(viewer: Viewer, sought: Sought, today: date) -> QuerySet[Duty]:
    """The duties that are looked for, of those that a viewer may see; each once, in no order."""
    stands = Q() if sought.run is not None and not sought.stands else _standing(sought.stands)
    rows = Duty.objects.filter(stands, seen(viewer))
    if sought.run is not None:
        rows = rows.filter(of_run(sought.run, sought.moved))
    wanted = {
        "rule": sought.rule, "branch": sought.branch, "contract": sought.contract, "party": sought.party, "due__gte": sought.since, "due__lte": sought.until,
    }  # fmt: skip
    rows = rows.filter(**{name: value for name, value in wanted.items() if value})
    if sought.person == TOLD:
        rows = rows.filter(pk__in=reported_to(viewer).values("duty"))
    if sought.near:
        rows = rows.filter(_near(today)[sought.near])
    who = _whose(viewer, sought)
    if who:
        rows = rows.filter(pk__in=DutyPerson.objects.filter(who).values("duty"))
    if sought.run is not None and sought.moved != NEW:
        became = changes_of(sought.run, sought.moved).filter(duty=OuterRef("pk")).values("after")[:1]
        rows = rows.annotate(**{CHANGE: Subquery(became)})
    return rows.filter(_told(sought.words.strip())) if sought.words.strip() else rows


def unseen(viewer: Viewer, sought: Sought) -> int:
    """How many duties of a colleague that wait the viewer does not see; 0 where no colleague is asked for alone.

    Who may hand over his work is told the number there too; what it is he is told nowhere.
    """
    if (
        not sought.person
        or sought.person in {MINE, NOBODY, TOLD}
        or replace(sought, person="", first=False) != Sought()
    ):
        return 0
    waiting = Duty.objects.filter(
        _standing(""), pk__in=DutyPerson.objects.filter(_whose(viewer, sought)).values("duty")
    )
    return waiting.count() - waiting.filter(seen(viewer)).count()


def _standing(stands: str) -> Q:
    if stands == WITHDRAWN:
        return Q(withdrawn_on__isnull=False)
    states = _SEVERAL[stands]
    in_one = Q() if states is STATES else Q(state__in=states)
    return in_one & Q(withdrawn_on__isnull=True)


def _near(today: date) -> Mapping[str, Q]:
    return {
        PAST: Q(due__lt=today, state__in=WAITING, withdrawn_on__isnull=True),
        TODAY: Q(due=today),
        SOON: Q(due__gt=today, due__lte=today + timedelta(WEEK)),
    }


def _whose(viewer: Viewer, sought: Sought) -> Q:
    """What one person of a duty must be; empty where nothing is said of persons."""
    who = _counted(sought) if sought.first else Q()
    if sought.person == MINE:
        who &= named(viewer)
    elif sought.person not in {"", TOLD}:
        who &= Q(employee__isnull=True) if sought.person == NOBODY else Q(employee=sought.person)
    if sought.post and sought.first:
        who &= under_none(viewer.day) if sought.post == NOBODY else under_post(sought.post, viewer.day)
    elif sought.post:
        who &= Q(post__isnull=True) if sought.post == NOBODY else Q(post=sought.post)
    return who


def _counted(sought: Sought) -> Q:
    """Whose each duty counts, once: of what is late still the first person's, else who did it."""
    return Q(ordinal=0) if sought.stands in UNDONE else credited()


def _told(words: str) -> Q:
    """What a duty is or is about, by some words: its name, the client as people look for him, the number of the contract or the thing, an errand, a colleague."""
    kinds = [
        one for one, rule in rules().items() if words.lower() in f"{rule.name}\n{rule.said(lang())}".lower()
    ]
    clients = standing(homes()["party"]).filter(called(declared()["party"], words))
    errands = standing(homes()["errand"]).filter(matter__icontains=words)
    people = standing(homes()["employee"]).filter(full_name__icontains=words)
    # the end of a key may be a private person's mark, in which any few letters and figures can be met
    return (
        Q(rule__in=kinds)
        | Q(contract__icontains=words)
        | Q(object__istartswith=words)
        | Q(party__in=clients.values("key"))
        | Q(table="errand", object__in=errands.values("key"))
        | Q(table="employee", object__in=people.values("key"))
    )


# ------------------------------------------------------------------ how many


@dataclass(frozen=True)
class Kind:
    """How many duties of a rule there are, of them by the quick choices of the deadline, and without any deadline."""

    rule: str
    number: int
    near: Mapping[str, int]
    undated: int


def by_rule(duties: QuerySet[Duty], today: date) -> list[Kind]:
    """How many of some duties, each met once, there are of each rule; the most first, one query."""
    asked = {f"_{name}": Count("pk", filter=which) for name, which in _near(today).items()}
    undated = Count("pk", filter=Q(due__isnull=True))
    rows: Any = duties.order_by().values("rule").annotate(_number=Count("pk"), _undated=undated, **asked)
    return [
        Kind(one["rule"], one["_number"], {name: one[f"_{name}"] for name in NEAR}, one["_undated"])
        for one in rows.order_by("-_number", "rule")
    ]


def kinds_of(viewer: Viewer, sought: Sought, today: date) -> list[Kind]:
    """The kinds that one can choose among what else is looked for."""
    rows = found(viewer, replace(sought, rule="", near=""), today)
    return held(rows, f"kinds on {today}", lambda duties: by_rule(duties, today))


def counted(kinds: Sequence[Kind], sought: Sought) -> Mapping[str, int]:
    """How many there are by the quick choices; under nothing: without any of them."""
    chosen = _chosen(kinds, sought)
    return {
        "": sum(one.number for one in chosen),
        **{name: sum(one.near[name] for one in chosen) for name in NEAR},
    }


def _chosen(kinds: Sequence[Kind], sought: Sought) -> list[Kind]:
    return [one for one in kinds if sought.rule in {"", one.rule}]


def dated(kinds: Sequence[Kind], sought: Sought) -> int:
    """How many of what is looked for have a deadline."""
    number = counted(kinds, sought)[sought.near]
    return number if sought.near else number - sum(one.undated for one in _chosen(kinds, sought))


# ------------------------------------------------------------------ in which order

ORDERS = ("due", "rule", "article", "object", "client", "person", "post", "branch", "state", "done")
"""By what a list of duties can be sorted: by what people read, so that what reads alike stands together."""

CHANGE = "change"
"""Besides, what a run moved is sorted by what it became: the day, the state, the post."""


def ordered(rows: QuerySet[Duty], order: str) -> QuerySet[Duty]:
    """In the order asked for (``-`` before it: the other way round), else by deadline; what is empty comes last."""
    name = order.removeprefix("-")
    if not _by_column(rows, order):
        return rows.order_by(F("due").asc(nulls_last=True), "pk")
    first = _first_of_each()
    if name == "person":
        rows = rows.annotate(_who=Subquery(first.values("employee")[:1]))
    told = OrderBy(_by(name), descending=order.startswith("-"), nulls_last=True)
    return rows.order_by(told, *BY_DEADLINE, "pk")


def _by_column(rows: QuerySet[Duty], order: str) -> bool:
    """Whether an order is one of these rows, other than by deadline as it is without any."""
    name = order.removeprefix("-")
    return order != "due" and (name in ORDERS or (name == CHANGE and CHANGE in rows.query.annotations))


FEW = 5_000
"""So many duties are found and sorted sooner than met along the index of deadlines."""


def some(
    rows: QuerySet[Duty], order: str, begin: int, end: int, with_deadline: int, sought: Sought
) -> list[Duty]:
    """Duties from one place of an order up to another, ``with_deadline`` of them all having one.

    By deadline those that have one are read along the index, which ends at the last one wanted; where what has none were to come last in
    the same question, all would be read and sorted for the first page. Few are sorted: the index leads past all that others have to do.
    """
    if _by_column(rows, order) or with_deadline < FEW:
        return list(ordered(rows, order)[begin:end])
    found: list[Duty] = []
    if begin < with_deadline:
        found += _by_deadline(rows, begin, min(end, with_deadline), _states(sought))
    if end > with_deadline:
        rest = rows.filter(due__isnull=True).order_by("pk")
        found += rest[max(0, begin - with_deadline) : end - with_deadline]
    return found


def _by_deadline(rows: QuerySet[Duty], begin: int, end: int, states: Sequence[str]) -> list[Duty]:
    """Duties that have a deadline. The index lies by states, so each state is read along it and what is read is merged."""
    first, *others = (
        rows.filter(state=one, due__isnull=False).order_by().values_list("due", "pk") for one in states
    )
    together = first.union(*others, all=True) if others else first
    keys = [key for _due, key in together.order_by("due", "pk")[begin:end]]
    return list(rows.filter(pk__in=keys, due__isnull=False).order_by("due", "pk"))


def _states(sought: Sought) -> Sequence[str]:
    """The states in which what is looked for can be."""
    if sought.stands == WITHDRAWN or (sought.run is not None and not sought.stands):
        return STATES
    return _SEVERAL[sought.stands]


def _first_of_each() -> QuerySet[DutyPerson]:
    """Persons of the duty that is asked about, who answers for it first."""
    return DutyPerson.objects.filter(duty=OuterRef("pk")).order_by("ordinal", "pk")


def _by(name: str) -> Any:
    match name:
        case "rule":
            return _ranked("rule", {one: rule.said(lang()) for one, rule in rules().items()})
        case "article":
            return _ranked("rule", {one: rule.citation for one, rule in rules().items()})
        case "state":
            return _ranked("state", {one: str(at) for at, one in enumerate(_BY_URGENCY)})
        case "client":
            return _title("party", "title", "party")
        case "branch":
            return _title("branch", "title", "branch")
        case "person":
            return _title("employee", "full_name", "_who")
        case "post":
            return Subquery(_first_of_each().values("post")[:1])
        case _:
            return F(name)


_BY_URGENCY = ("overdue", "open", "not_yet", LEFTOVER, "missed", "late", "on_time", OLD_DONE, "waived")


def _ranked(column: str, words: Mapping[str, str]) -> Case:
    """The place of a column's value among words; what has none comes last."""
    places = {said: at for at, said in enumerate(sorted(set(words.values())))}
    return Case(*(When(**{column: one}, then=Value(places[said])) for one, said in words.items()))


def _title(table: str, name: str, column: str) -> Subquery:
    """What the row of a register is called whose key a column holds."""
    return Subquery(standing(homes()[table]).filter(key=OuterRef(column)).values(name)[:1])


# ------------------------------------------------------------------ what can be chosen


def people_offered(viewer: Viewer) -> QuerySet[Any]:
    """Colleagues by whom a viewer can choose: of the company or of his branches; where he sees his own clients only, those who have work there."""
    staff = standing(homes()["employee"]).filter(Q(left_day__isnull=True) | Q(left_day__gt=viewer.day))
    match viewer.rights.scope("duties"):
        case Scope.COMPANY:
            return staff
        case Scope.BRANCH:
            return staff.filter(branch__in=viewer.below)
    waiting = found(viewer, Sought(), viewer.day)
    return staff.filter(key__in=DutyPerson.objects.filter(duty__in=waiting).values("employee"))


def colleague(viewer: Viewer, text: str) -> str | None:
    """The number of the colleague whom a number, a name, or a name with its number after it means, of those by whom a viewer can choose; None where that is nobody or several."""
    label, _bracket, number = text.replace("(", "（").rstrip("）)").rpartition("（")
    meant = Q(key=number) if label else Q(key=text) | Q(full_name=text)
    keys = list(people_offered(viewer).filter(meant).values_list("key", flat=True)[:2])
    return str(keys[0]) if len(keys) == 1 else None


def branches_offered(viewer: Viewer) -> QuerySet[Any]:
    """Branches by which a viewer can choose; none where he sees his own clients only."""
    rows = standing(homes()["branch"])
    match viewer.rights.scope("duties"):
        case Scope.COMPANY:
            return rows
        case Scope.BRANCH:
            return rows.filter(key__in=viewer.below)
    return rows.none()
