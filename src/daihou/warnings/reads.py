"""Warnings as lists and pages need them: bound to the viewer in the query, a fixed number of questions whatever the rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import (
    Case,
    CharField,
    Count,
    Exists,
    F,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Coalesce

from daihou.duties.models import WAITING, Duty
from daihou.people.reads import Viewer, visible
from daihou.policy.rules import rules
from daihou.registers.kept import homes, standing
from daihou.rulebook import Duty as DutyRule
from daihou.rulebook import closing_of
from daihou.signoff.models import STANDING, Matter
from daihou.warnings.acts import CLOSING, DECISION, RESPONSE, REVIEW, TRUE, WARNING
from daihou.warnings.suggested import CHANNELS, LEVELS, channels

VERIFY, ANSWER, CARRY_OUT, TO_CLOSE, SIGNING, CLOSED = (
    "verify",
    "answer",
    "carry_out",
    "to_close",
    "signing",
    "closed",
)
STAGES = (VERIFY, ANSWER, CARRY_OUT, TO_CLOSE, SIGNING, CLOSED)
"""What a warning waits for: verification, measures, their outcome, the closing, signatures; nothing more."""

MOST_RELATED = 200
"""Members of a group that are looked at: the largest are not read whole for one page."""

_RANK = Case(
    *(When(level=name, then=Value(at)) for at, name in enumerate(LEVELS)), default=Value(0), output_field=IntegerField()
)  # fmt: skip


def warnings_of(viewer: Viewer) -> QuerySet[Any]:
    """The warnings that a viewer may see, each with its ``rank`` and its ``stage``."""
    measures = standing(homes()[RESPONSE]).filter(warning=OuterRef("key"))
    matters = Matter.objects.filter(subject=OuterRef("key"), state__in=STANDING)
    true = Q(verification=TRUE)
    stage = Case(
        When(closed_day__isnull=False, then=Value(CLOSED)),
        When(Exists(matters.filter(kind=CLOSING)), then=Value(SIGNING)),
        When(verified_day__isnull=True, then=Value(VERIFY)),
        When(Exists(measures.filter(completed_day__isnull=True)), then=Value(CARRY_OUT)),
        When(true & Exists(matters.filter(kind__in=(REVIEW, DECISION))), then=Value(SIGNING)),
        When(true & ~Exists(measures), then=Value(ANSWER)),
        default=Value(TO_CLOSE),
    )
    rows: QuerySet[Any] = visible(WARNING, viewer).annotate(rank=_RANK, stage=stage)
    return rows


def open_warnings(viewer: Viewer) -> QuerySet[Any]:
    """The open warnings that a viewer sees and that no worse one overtakes, each with its ``rank``; what they wait for is not asked."""
    return not_overtaken(visible(WARNING, viewer).filter(closed_day__isnull=True).annotate(rank=_RANK))


def not_overtaken(rows: QuerySet[Any]) -> QuerySet[Any]:
    """Without open warnings beside which a worse one of the same client and signal is open."""
    worse = standing(homes()[WARNING]).filter(
        rule=OuterRef("rule"), party=OuterRef("party"), closed_day__isnull=True
    )
    worse = worse.annotate(rank=_RANK).filter(rank__gt=OuterRef("rank"))
    return rows.exclude(Exists(worse), closed_day__isnull=True)


def counted(rows: QuerySet[Any]) -> Mapping[str, Mapping[str, int]]:
    """How many there are by severity, and by what they wait for."""
    levels = dict(rows.order_by().values_list("level").annotate(Count("pk")))
    stages = dict(rows.order_by().values_list("stage").annotate(Count("pk")))
    return {"levels": levels, "stages": stages}


def ordered(rows: QuerySet[Any]) -> QuerySet[Any]:
    """Open ones first, the worst and oldest first; closed ones by the day of their closing."""
    return rows.order_by(F("closed_day").desc(nulls_first=True), "-rank", "raised_day", "key")


@dataclass(frozen=True)
class Next:
    """The next day on which something of a warning is due, and who has to do it."""

    due: date | None
    people: tuple[str, ...]
    duty: int


def _verifying() -> set[str]:
    """The rules whose duty is done by verifying."""
    closings = {
        rule.id: closing_of(rule)
        for rule in rules().values()
        if isinstance(rule, DutyRule) and rule.table == WARNING
    }
    return {
        one for one, closing in closings.items() if closing is not None and closing.column == "verified_day"
    }


def next_duties(stages: Mapping[str, str]) -> dict[str, Next]:
    """The open duty of each warning by which it goes on, by its key and stage: of what waits for verification that duty, else the earliest, those of its measures too. Two queries."""
    keys, verifying = list(stages), _verifying()
    measures = dict(standing(homes()[RESPONSE]).filter(warning__in=keys).values_list("key", "warning"))
    waiting = Duty.objects.filter(state__in=WAITING, withdrawn_on__isnull=True)
    mine = Q(table=WARNING, object__in=keys) | Q(table=RESPONSE, object__in=list(measures))
    found: dict[str, Next] = {}
    duties = list(
        waiting.filter(mine).order_by(F("due").asc(nulls_last=True), "pk").prefetch_related("persons")
    )
    ahead = {one.pk for one in duties if one.rule in verifying and stages.get(one.object) == VERIFY}
    for duty in sorted(duties, key=lambda one: one.pk not in ahead):
        key = measures.get(duty.object, duty.object)
        if key not in found:
            people = tuple(dict.fromkeys(one.employee for one in duty.persons.all() if one.employee))
            found[key] = Next(duty.due, people, duty.pk)
    return found


def duties_of(key: str) -> QuerySet[Duty]:
    """The duties about a warning and its measures, the earliest first."""
    measures = list(standing(homes()[RESPONSE]).filter(warning=key).values_list("key", flat=True))
    mine = Q(table=WARNING, object=key) | Q(table=RESPONSE, object__in=measures)
    return Duty.objects.filter(mine, withdrawn_on__isnull=True).order_by(F("due").asc(nulls_last=True), "pk")


def measures_of(key: str) -> list[Any]:
    """The measures decided about a warning, in order."""
    return list(standing(homes()[RESPONSE]).filter(warning=key).order_by("decided_day", "measure"))


@dataclass(frozen=True)
class Circle:
    """Who stands or falls with a client, as far as a viewer sees it: his contracts and those of others that he guarantees; who guarantees his; who is of his group."""

    client: str
    contracts: list[Any]
    guaranteed: list[Any]
    guarantors: list[str]
    related: list[str]

    @property
    def parties(self) -> list[str]:
        """The client first, everybody once; those whose contracts he guarantees too."""
        others = [*self.guarantors, *self.related, *(one.client for one in self.guaranteed)]
        return list(dict.fromkeys([self.client, *others]))


def circle_of(viewer: Viewer, client: str) -> Circle:
    """The circle of a client: a fixed number of questions."""
    contracts = visible("contract", viewer).order_by(F("disbursed_day").desc(nulls_last=True), "key")
    own = list(contracts.filter(client=client))
    behind = visible("counter_guarantee", viewer)
    mine = behind.filter(contract__in=[one.key for one in own]).exclude(counter_guarantor__isnull=True)
    given = behind.filter(counter_guarantor=client).values("contract")
    parties = standing(homes()["party"])
    group = parties.filter(key=client).values_list("related_group", flat=True).first()
    related = (
        parties.filter(related_group=group).exclude(key=client).order_by("key") if group else parties.none()
    )
    return Circle(
        client, own, list(contracts.filter(key__in=given).exclude(client=client)),
        list(mine.order_by("counter_guarantor").values_list("counter_guarantor", flat=True).distinct()),
        list(related.values_list("key", flat=True)[:MOST_RELATED]),
    )  # fmt: skip


def open_around(viewer: Viewer, circle: Circle) -> QuerySet[Any]:
    """The open warnings of a client and of all who stand or fall with him, the worst first (P01-13)."""
    rows = warnings_of(viewer).filter(party__in=circle.parties, closed_day__isnull=True)
    return ordered(not_overtaken(rows))


# ------------------------------------------------------------------ the radar


def by_month(rows: QuerySet[Any], since: date) -> list[tuple[str, dict[str, int]]]:
    """How many were raised in each month from a day on, by severity; one question."""
    found: dict[str, dict[str, int]] = {}
    for raised, level in (
        rows.filter(raised_day__gte=since).order_by("raised_day").values_list("raised_day", "level")
    ):
        month = found.setdefault(f"{raised:%Y-%m}", {})
        month[level] = month.get(level, 0) + 1
    return list(found.items())


def by_signal_and_month(rows: QuerySet[Any], since: date) -> list[tuple[str, dict[str, int]]]:
    """How many of each signal were raised in each month from a day on, the most frequent signal first; one question."""
    found: dict[str, dict[str, int]] = {}
    counts = (
        rows.filter(raised_day__gte=since)
        .order_by()
        .values_list("rule", "raised_day__year", "raised_day__month")
    )
    for rule, year, month, number in counts.annotate(n=Count("pk")):
        found.setdefault(rule, {})[f"{year:04}-{month:02}"] = number
    return sorted(found.items(), key=lambda one: (-sum(one[1].values()), one[0]))


@dataclass(frozen=True)
class Tally:
    """Of one value: how many warnings were raised, are open, came out true and false, and on how many clients."""

    value: str
    raised: int
    open: int
    true: int
    false: int
    clients: int

    @property
    def share_false(self) -> int | None:
        """False alarms of those verified, in per cent; None where none was."""
        verified = self.true + self.false
        return None if not verified else round(100 * self.false / verified)


def tallied(rows: QuerySet[Any], column: str) -> list[Tally]:
    """Warnings counted by a column, the most first, those without a value last; one question."""
    counted_rows = (
        rows.order_by()
        .values_list(column)
        .annotate(
            n=Count("pk"),
            open=Count("pk", filter=Q(closed_day__isnull=True)),
            true=Count("pk", filter=Q(verification=TRUE)),
            false=Count("pk", filter=Q(verification="false_alarm")),
            clients=Count("party", distinct=True),
        )
    )
    found = [
        Tally(value or "", n, still, true, false, clients)
        for value, n, still, true, false, clients in counted_rows
    ]
    return _most_first(found)


def _most_first(found: Sequence[Tally]) -> list[Tally]:
    """The most first; what has no value at the end, however much it is."""
    return sorted(found, key=lambda one: (not one.value, -one.raised, one.value))


def tallied_by_contract(viewer: Viewer, rows: QuerySet[Any], column: str) -> list[Tally]:
    """Warnings counted by a column of their contract (branch, creditor, dealer), of the client's newest where they name none: two questions."""
    asked = rows.order_by()
    theirs = visible("contract", viewer).filter(
        Q(client__in=asked.values("party"))
        | Q(key__in=asked.filter(contract__isnull=False).values("contract"))
    )
    own: dict[str, str] = {}
    newest: dict[str, str] = {}
    by_day = theirs.order_by(F("disbursed_day").asc(nulls_first=True), "key")
    for key, client, value in by_day.values_list("key", "client", column):
        own[key] = newest[client] = value or ""
    return _grouped(rows, lambda party, contract: own.get(contract or "", newest.get(party, "")))


def of_contracts_with(viewer: Viewer, rows: QuerySet[Any], column: str, value: str) -> QuerySet[Any]:
    """The warnings that ``tallied_by_contract`` counts under a value of a column."""
    contracts = visible("contract", viewer)
    newest = contracts.filter(client=OuterRef("party")).order_by(F("disbursed_day").desc(nulls_last=True), "-key")  # fmt: skip
    own = contracts.filter(key=OuterRef("contract"))
    told = rows.annotate(
        of_own=Subquery(own.values(column)[:1]), of_newest=Subquery(newest.values(column)[:1])
    )
    found: QuerySet[Any] = told.filter(Q(of_own=value) | Q(~Exists(own), of_newest=value))
    return found


def of_parties_with(viewer: Viewer, rows: QuerySet[Any], column: str, value: str) -> QuerySet[Any]:
    """The warnings that ``tallied_by_party`` counts under a value of a column."""
    return rows.filter(party__in=visible("party", viewer).filter(**{column: value}).values("key"))


def tallied_by_party(viewer: Viewer, rows: QuerySet[Any], column: str) -> list[Tally]:
    """Warnings counted by a column of the client (industry): two questions."""
    theirs = visible("party", viewer).filter(key__in=rows.order_by().values("party"))
    held = dict(theirs.values_list("key", column))
    return _grouped(rows, lambda party, _contract: held.get(party) or "")


def _grouped(rows: QuerySet[Any], value_of: Callable[[str, str | None], str]) -> list[Tally]:
    counts: dict[str, list[int]] = {}
    clients: dict[str, set[str]] = {}
    told = rows.order_by().values_list("party", "contract", "closed_day", "verification")
    for party, contract, closed, outcome in told:
        value = value_of(party, contract)
        held = counts.setdefault(value, [0, 0, 0, 0])
        held[0] += 1
        held[1] += closed is None
        held[2] += outcome == TRUE
        held[3] += outcome == "false_alarm"
        clients.setdefault(value, set()).add(party)
    return _most_first(
        [
            Tally(value, held[0], held[1], held[2], held[3], len(clients[value]))
            for value, held in counts.items()
        ]
    )


def _with_channel(rows: QuerySet[Any]) -> QuerySet[Any]:
    """Warnings with the channel ``through`` which they were seen: as told, else as the signal usually is."""
    of_signals = [
        When(rule__in=[one for one, held in channels().items() if held == channel], then=Value(channel))
        for channel in CHANNELS
    ]
    found: QuerySet[Any] = rows.annotate(
        through=Coalesce("signal_channel", Case(*of_signals, default=Value(""), output_field=CharField()))
    )
    return found


def tallied_by_channel(rows: QuerySet[Any]) -> list[Tally]:
    """Warnings counted by the channel through which they were seen (P04-01): one question."""
    return tallied(_with_channel(rows), "through")


def seen_through(rows: QuerySet[Any], channel: str) -> QuerySet[Any]:
    """The warnings that ``tallied_by_channel`` counts under a channel."""
    found: QuerySet[Any] = _with_channel(rows).filter(through=channel)
    return found


@dataclass(frozen=True)
class Before:
    """Of clients for whom was paid: how many had a signal in the year before, and of all with that signal how many."""

    rule: str
    before: int
    paid: int
    with_signal: int


def before_payment(viewer: Viewer, rows: QuerySet[Any], *, months: int = 12) -> list[Before]:
    """Which signals came in the months before the company had to pay: three questions. What the book shows, no proof of a cause."""
    payments = visible("compensation", viewer)
    concerned = visible("contract", viewer).filter(key__in=payments.values("contract"))
    contracts = dict(concerned.values_list("key", "client"))
    paid: dict[str, date] = {}
    for contract, day in payments.values_list("contract", "value_day"):
        client = contracts.get(contract)
        if client is not None and day is not None:
            paid[client] = min(day, paid.get(client, day))
    first: dict[str, dict[str, list[date]]] = {}
    for rule, party, raised in rows.order_by().values_list("rule", "party", "raised_day"):
        first.setdefault(rule, {}).setdefault(party, []).append(raised)
    found = [
        Before(rule, sum(_came_before(days, paid[party], months) for party, days in held.items() if party in paid), len(paid), len(held))
        for rule, held in first.items()
    ]  # fmt: skip
    return sorted((one for one in found if one.before), key=lambda one: (-one.before, one.rule))


def _came_before(days: Sequence[date], paid: date, months: int) -> bool:
    """Whether a signal was raised before a payment, and not longer before it than so many months."""
    return any(0 < (paid - day).days <= months * 31 for day in days)
