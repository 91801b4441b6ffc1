"""Why a rule says what it says of one object: the judge asked again with a memory. Nothing here decides anything."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from daihou.book import Book, calendar_of
from daihou.engine.asking import twin_of
from daihou.engine.silence import GAPS, Atom, Reason, atom, missing, why_nothing
from daihou.engine.twin import Twin, names
from daihou.engine.twin.duties import Occurrence
from daihou.engine.twin.evaluate import At, Evaluator
from daihou.engine.twin.gaps import Gaps
from daihou.engine.twin.judge import of_the_day
from daihou.engine.twin.people import Assigned, Told, answering, assigned, told
from daihou.engine.twin.store import Row
from daihou.engine.twin.trace import Event, Trace, WalkedDays
from daihou.engine.twin.window import in_force, place
from daihou.rulebook import Duty, Gate, Grade, Refusal, Rule, Rulebook, Warning, nodes
from daihou.units import Calendar

OCCURRENCES_SHOWN = 3
PERIOD_PARTS = ("every", "anchor", "first", "last")
"""Parts that tell the periods of an object."""
WAITING = frozenset({"open", "overdue", "not_yet"})


@dataclass(frozen=True)
class Part:
    """A part of the rule as it reads: its name (start, due, done …) and its expression; none: 到期 无.

    ``value``: of a part that is asked once for the object, not for each occurrence, what came of it on the day; with its type.
    """

    name: str
    node: nodes.Node | None
    value: tuple[Any, nodes.Type] | None = None


@dataclass(frozen=True)
class Test:
    """A condition asked of the row: what it is for (scope, condition, level, refusal), under which name, and how it came out.

    ``refusal``: the reason that it stands for, which has words of its own instead of a name.
    """

    what: str
    name: str
    atom: Atom
    refusal: Refusal | None = None


@dataclass(frozen=True)
class Passed:
    """A day passed while working days were counted: whether it counts, and the name of the holiday or make-up day."""

    day: date
    counts: bool
    name: str | None


@dataclass(frozen=True)
class Walk:
    """Working days counted out from a day, one day after the other."""

    start: date
    n: int
    end: date
    days: tuple[Passed, ...]


@dataclass(frozen=True)
class OccurrenceAnswer:
    """One occurrence of a duty: the judge's own verdict, how its days were counted, and whose it is."""

    verdict: Occurrence
    of_today: bool
    assumed: bool
    as_known: date | None
    tests: tuple[Test, ...]
    read: tuple[Event, ...]
    walks: tuple[Walk, ...]
    persons: tuple[Assigned, ...]
    told: tuple[Told, ...]


@dataclass(frozen=True)
class Refused:
    """A refusal that holds (``truth`` None: it is not known), with the values of its places. ``missing``: the empty columns for which it is not known."""

    refusal: Refusal
    values: Mapping[str, Any]
    truth: bool | None
    missing: tuple[nodes.Column, ...] = ()


@dataclass(frozen=True)
class Explanation:
    """All that can be said of one rule and one object on one day.

    ``tests`` and ``read``: conditions and what was read, where no occurrence has its own. ``duties``: the newest
    occurrences, ``older`` more are left out. ``results``: the judge's rows for a warning, grade or gate.
    ``evidence``: figures that show a warning, with their types. ``people``: names of the employees told of.
    ``nothing``: why nothing comes of it; ``answering``: whose it is where something is missing.
    """

    rule: Rule
    rulebook: Rulebook
    object: str
    day: date
    parts: tuple[Part, ...]
    tests: tuple[Test, ...]
    read: tuple[Event, ...]
    walks: tuple[Walk, ...]
    duties: tuple[OccurrenceAnswer, ...] = ()
    older: int = 0
    results: tuple[Mapping[str, Any], ...] = ()
    refused: tuple[Refused, ...] = ()
    evidence: tuple[tuple[str, tuple[Any, nodes.Type]], ...] = ()
    people: Mapping[str, str] = field(default_factory=dict)
    nothing: tuple[Reason, ...] = ()
    answering: tuple[Assigned, ...] = ()


def explain(  # noqa: PLR0913 - which rule, which object, and all that derive takes
    rulebooks: Sequence[Rulebook],
    book: Book,
    rule_id: str,
    object_key: str,
    as_of: date,
    *,
    known: date | None = None,
    go_live: date | None = None,
    calendar: Calendar | None = None,
    leftovers: bool = False,
) -> Explanation:
    """Why the rule (id or name) says what it says of the object on the day. KeyError where no rule has that id."""
    calendar = calendar or calendar_of(book, known or as_of)
    twin = twin_of(
        rulebooks, book, as_of, known=known, go_live=go_live, calendar=calendar, leftovers=leftovers
    )
    return explain_with(twin, rule_id, object_key, calendar=calendar)


def explain_with(
    twin: Twin,
    rule_id: str,
    object_key: str,
    *,
    calendar: Calendar | None = None,
    shown: int = OCCURRENCES_SHOWN,
) -> Explanation:
    """The same of a judge that is kept: the second question on a book costs little. ``shown``: occurrences told at most."""
    rule = next((one for one in twin.rules.values() if rule_id in (one.id, one.name)), None)
    if rule is None:
        raise KeyError(rule_id)
    asking = _Asking(twin, rule, object_key, calendar or calendar_of(twin.book, twin.known))
    return asking.duty(rule, shown) if isinstance(rule, Duty) else asking.signal()


class _Asking:
    """One question put to the judge."""

    def __init__(self, twin: Twin, rule: Rule, key: str, calendar: Calendar) -> None:
        self.twin, self.rule, self.key, self.calendar = twin, rule, key, calendar
        self.ev = twin.evaluator(rule)
        self.row: Row | None = self.ev.book.row(rule.table, key)

    def duty(self, duty: Duty, shown: int) -> Explanation:
        """The newest occurrences and those still to be done."""
        found = () if self.row is None or duty.sleeping else self.twin.judged(duty, self.row).occurrences
        if not found or self.row is None:
            return self._explained(
                self._tests(in_force(duty.conditions, self.twin.as_of)), **self._why_nothing()
            )
        newest = sorted(found, key=lambda one: (one.state in WAITING, one.start or date.min))[-shown:]
        answers = tuple(self._answer(duty, self.row, one) for one in reversed(newest))
        people = self._called([person for one in answers for person in one.persons])
        return self._explained((), duties=answers, older=len(found) - len(answers), people=people)

    def signal(self) -> Explanation:
        """A warning, grade or gate."""
        tests = self._tests(self.rule.condition)
        if self.row is None or self.rule.sleeping:
            return self._explained(tests, **self._why_nothing())
        asked = self.twin.derive(scope="history", only=[self.rule.id], objects={self.rule.id: self.key})
        results = (*asked.warnings, *asked.grades, *asked.gates)
        if isinstance(self.rule, Warning):
            # one object alone may win an identity that another object holds: the whole rule is asked
            every = self.twin.derive(scope="history", only=[self.rule.id]).warnings
            results = tuple(line for line in every if line["object"] == self.key)
        evidence = (
            tuple(self._evidence(self.rule, self.row)) if isinstance(self.rule, Warning) and results else ()
        )
        refused = tuple(self._refused(self.rule, self.row)) if isinstance(self.rule, Gate) and results else ()
        nothing = {} if results else self._why_nothing()
        return self._explained(tests, results=results, refused=refused, evidence=evidence, **nothing)

    # -- parts of an answer

    def _called(self, persons: Sequence[Assigned]) -> Mapping[str, str]:
        """The names of all that are told of, where the register has them."""
        named = {name for one in persons for name in (one.employee, one.answerable) if name is not None}
        return {name: held for name in named if (held := self._name_of(name)) is not None}

    def _name_of(self, employee: str) -> str | None:
        row = self.ev.book.row(names.EMPLOYEE, employee)
        name = None if row is None else row.values.get(names.NAME)
        return name if isinstance(name, str) else None

    def _evidence(self, rule: Warning, row: Row) -> Iterator[tuple[str, tuple[Any, nodes.Type]]]:
        for name, node in rule.evidence:
            yield name, (self.ev.value(node, At(row)), node.type)

    def _why_nothing(self) -> dict[str, Any]:
        """Why nothing comes of it, and whose that is where something is missing."""
        reasons = why_nothing(self.twin, self.rule, self.key, self.row)
        parts = {reason.params["part"] for reason in reasons if reason.code in GAPS}
        if self.row is None or not parts:
            return {"nothing": reasons}
        persons = tuple(answering(self.ev, self.twin.above, self.rule, self.row, parts, ()))
        return {"nothing": reasons, "answering": persons, "people": self._called(persons)}

    def _explained(
        self, asked: tuple[tuple[Test, ...], tuple[Event, ...]] | tuple[()], **more: Any
    ) -> Explanation:
        tests, read = asked or ((), ())
        parts = tuple(map(self._valued, _parts(self.rule, self.twin.as_of)))
        home = self.twin.homes[self.rule.id]
        walks = self._walks(read)
        return Explanation(self.rule, home, self.key, self.twin.as_of, parts, tests, read, walks, **more)

    def _valued(self, part: Part) -> Part:
        """How long periods are and between which days they lie, with what came of it; what is written as a value needs none."""
        if (
            self.row is None
            or part.name not in PERIOD_PARTS
            or part.node is None
            or isinstance(part.node, nodes.Literal)
        ):
            return part
        return replace(part, value=(self.ev.value(part.node, At(self.row)), part.node.type))

    def _walks(self, read: Sequence[Event]) -> tuple[Walk, ...]:
        walked = [event for event in read if isinstance(event, WalkedDays)]
        return tuple(
            Walk(
                one.start,
                one.n,
                one.end,
                tuple(Passed(d, counts, self.calendar.name(d)) for d, counts in one.days),
            )
            for one in walked
        )

    def _tests(self, condition: nodes.Node | None) -> tuple[tuple[Test, ...], tuple[Event, ...]]:
        """Scope, condition, levels and refusals asked of the row on the day."""
        if self.row is None:
            return (), ()
        at = At(self.row)
        asked = [("scope", "", self.rule.scope), ("condition", "", condition), *_levels(self.rule)]
        refusals = self.rule.refusals if isinstance(self.rule, Gate) else ()
        with _remembering(self.ev) as trace:
            tests = (
                *(
                    Test(what, name, atom(self.ev, node, at))
                    for what, name, node in asked
                    if node is not None
                ),
                *(Test("refusal", "", atom(self.ev, one.when, at), one) for one in refusals),
            )
            for node in _more_of(self.rule):
                self.ev.value(node, at)
        return tests, tuple(trace.events)

    def _answer(self, duty: Duty, row: Row, one: Occurrence) -> OccurrenceAnswer:
        judge = self.twin.judge(duty)
        at = place(row, one.candidate)
        asked = [
            ("scope", duty.scope, At(row)),
            ("condition", in_force(duty.conditions, one.candidate.at), at),
        ]
        with _remembering(self.ev) as trace:
            tests = tuple(
                Test(what, "", atom(self.ev, node, where)) for what, node, where in asked if node is not None
            )
            for node in _more_of(duty):
                self.ev.value(node, At(row))
            if duty.start is not None:
                self.ev.value(duty.start, at)
            judge.occurrence(row, one.candidate, Gaps())
        judged = self.twin.judged(duty, row)
        return OccurrenceAnswer(
            verdict=one,
            of_today=of_the_day(one, self.twin.as_of),
            assumed=judge.assumed(judged, one),
            as_known=judge.data_day if judge.data_day < self.twin.as_of else None,
            tests=tests,
            read=tuple(trace.events),
            walks=self._walks(trace.events),
            persons=tuple(assigned(self.ev, self.twin.above, duty, one, Gaps())),
            told=tuple(told(judge, one)),
        )

    def _refused(self, gate: Gate, row: Row) -> Iterator[Refused]:
        for refusal in gate.refusals:
            truth = self.ev.value(refusal.when, At(row))
            if truth is not False:
                values = {name: self.ev.value(node, At(row)) for name, node in refusal.values}
                yield Refused(
                    refusal, values, truth, () if truth else missing(self.ev, refusal.when, At(row))
                )


@contextmanager
def _remembering(ev: Evaluator) -> Iterator[Trace]:
    """Let the evaluator remember what it reads."""
    ev.trace = Trace()
    try:
        yield ev.trace
    finally:
        ev.trace = None


def _levels(rule: Rule) -> list[tuple[str, str, nodes.Node | None]]:
    """Levels of a warning or grade, each with its name."""
    return (
        [("level", level, node) for level, node in rule.levels] if isinstance(rule, Warning | Grade) else []
    )


def _more_of(rule: Rule) -> list[nodes.Node]:
    """Other expressions asked of the row on the day, whose values are worth seeing: of a duty those that tell its periods."""
    if isinstance(rule, Duty) and rule.periods is not None:
        periods = rule.periods
        return [n for n in (periods.kind, periods.anchor, periods.first, periods.last) if n is not None]
    if isinstance(rule, Warning):
        return [node for node in (rule.episode, rule.party) if node is not None]
    if isinstance(rule, Grade):
        since = None if rule.upgrade is None else rule.upgrade.since
        found = (rule.proposal, rule.manual, rule.manual_approved, rule.current, since)
        return [node for node in found if node is not None]
    return []


def _parts(rule: Rule, day: date) -> Iterator[Part]:
    """The rule as it reads on a day, part by part."""
    if not isinstance(rule, Duty):
        if rule.condition is not None:
            yield Part("condition", rule.condition)
        return
    named: list[tuple[str, nodes.Node | None]] = [("condition", in_force(rule.conditions, day))]
    if rule.periods is not None:
        told = (rule.periods.kind, rule.periods.anchor, rule.periods.first, rule.periods.last)
        named += zip(PERIOD_PARTS, told, strict=True)
    if rule.rolling is not None:
        named += [("rolling", rule.rolling.where), ("first", rule.rolling.first)]
    named += [("start", rule.start), ("opens", in_force(rule.opens, day)), ("due", in_force(rule.due, day))]
    named += [("expires", in_force(rule.expires, day)), ("done", rule.done), ("exempt", rule.exempt)]
    for name, node in named:
        if node is not None or (name == "due" and rule.endless):
            yield Part(name, node)
