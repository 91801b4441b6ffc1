"""The judge's door: everything a day brings, row by row, in the layers of S35; what was indexed stays for the next question."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

from daihou.book import Book, Table, declared, domains, posts
from daihou.engine.twin import names
from daihou.engine.twin.dates import ONE_DAY, WorkDays, add_days
from daihou.engine.twin.duties import DutyJudge, Judged, Occurrence
from daihou.engine.twin.evaluate import Evaluator
from daihou.engine.twin.gaps import Gaps
from daihou.engine.twin.layers import FIRST_WARNED, STORED, WARNED, Layers
from daihou.engine.twin.people import Assigned, answering, assigned, told
from daihou.engine.twin.signals import APART, Raised, graded, not_yet_stored, raised, refusal_words, refusals
from daihou.engine.twin.store import BookOnDay, Row
from daihou.engine.twin.subject import subject
from daihou.rulebook import model, nodes
from daihou.terms import Lang

Scope = Literal["day", "history"]
Line = dict[str, Any]


@dataclass
class TwinResults:
    """What a day brings: lists of rows, columns as in the room's README, sorted."""

    duties: list[Line] = field(default_factory=list)
    assignments: list[Line] = field(default_factory=list)
    escalations: list[Line] = field(default_factory=list)
    warnings: list[Line] = field(default_factory=list)
    grades: list[Line] = field(default_factory=list)
    gates: list[Line] = field(default_factory=list)
    gaps: list[Line] = field(default_factory=list)
    gap_assignments: list[Line] = field(default_factory=list)

    def sort(self) -> None:
        """By rule, object and what tells rows of one object apart."""
        within = {
            "duties": ("occurrence",),
            "assignments": ("occurrence", "ordinal"),
            "escalations": ("occurrence", "step"),
            "warnings": ("episode",),
            "gaps": ("part",),
            "gap_assignments": ("ordinal", "role", "post", "employee", "branch"),
        }
        for name, lines in vars(self).items():
            lines.sort(
                key=lambda line: tuple(
                    _last_if_empty(line[c]) for c in ("rule", "object", *within.get(name, ()))
                )
            )


def _last_if_empty(value: object) -> tuple[bool, Any]:
    return (value is None, "" if value is None else value)


@dataclass(frozen=True)
class Found:
    """What could not be judged of a row; ``doing``: the persons of its duties on the list."""

    row: Row
    gaps: Gaps
    doing: tuple[Assigned, ...] = ()


class Twin:
    """One set of rulebooks, one book, one day; asked as often as one likes.

    Rulebooks laid in layers beforehand (:class:`Layers`) serve many books.

    ``calendar_days``: working or not, by day, the exceptions to the week at least; ``published_years``: what relies on another year is assumed.
    """

    def __init__(  # noqa: PLR0913 - what a judge is asked with, all of it by name
        self,
        rulebooks: Sequence[model.Rulebook] | Layers,
        book: Book,
        as_of: date,
        *,
        known: date | None = None,
        go_live: date | None = None,
        calendar_days: Mapping[date, bool],
        published_years: frozenset[int],
        leftovers: bool = False,
    ) -> None:
        self.as_of = as_of
        self.known = known or as_of
        self.go_live = go_live
        self.leftovers = leftovers
        self.book = book
        self.work = WorkDays(calendar_days, published_years)
        self.tables: Mapping[str, Table] = declared()
        self.above = posts()
        self.severity = list(domains()[names.LEVELS])
        self.layers = rulebooks if isinstance(rulebooks, Layers) else Layers.of(rulebooks)
        self.rules, self.homes = self.layers.rules, self.layers.homes
        self._stages: dict[int, BookOnDay] = {}
        self._evaluators: dict[tuple[int, str], Evaluator] = {}
        self._judges: dict[str, DutyJudge] = {}
        self._judged: dict[tuple[str, str], Judged] = {}
        self._raised_by: dict[str, tuple[list[Line], list[Found]]] = {}

    # -- layers

    def stage_of(self, rule: model.Rule) -> int:
        """Which rows a rule sees: stored ones, those with the warnings of the day, those with its duties."""
        return self.layers.stages[rule.id]

    def stage(self, number: int) -> BookOnDay:
        """The book on the day with what the layers before it brought."""
        if number not in self._stages:
            book = BookOnDay(self.book, self.tables, self.as_of, self.known)
            self._stages[number] = book
            if number >= FIRST_WARNED:
                before = min(number, WARNED) - 1
                given = {row.key: row for stage in range(before + 1) for row in self._warning_rows(stage)}
                book.put(names.WARNING, [*self.stage(STORED).rows(names.WARNING), *given.values()])
            if number > WARNED:
                book.put(names.DUTY, self._duty_rows(number))
        return self._stages[number]

    def evaluator(self, rule: model.Rule) -> Evaluator:
        """The evaluator of a rule's book at the rule's layer."""
        key = (self.stage_of(rule), self.homes[rule.id].id)
        if key not in self._evaluators:
            self._evaluators[key] = Evaluator(self.stage(key[0]), self.work, self.homes[rule.id])
        return self._evaluators[key]

    def _warning_rows(self, stage: int) -> Iterator[Row]:
        """The warnings raised in a layer, as rows of the table of warnings."""
        table = self.tables[names.WARNING]
        signals = {signal.upper(): signal for signal in domains()["warning_signal"]}
        for rule in self.rules.values():
            if isinstance(rule, model.Warning) and not rule.sleeping and self.stage_of(rule) == stage:
                for line in self._warnings(rule, None, []):
                    values = dict.fromkeys(table.columns)
                    values |= {
                        "rule": rule.id, "party": line["party"], "occurrence": line["episode"], "level": line["level"],
                        "contract": line["contract"], "signal": signals.get(rule.id.upper()), "raised_day": self.as_of,
                    }  # fmt: skip
                    yield self.stage(STORED).make(table, values)

    def _duty_rows(self, stage: int) -> Iterator[Row]:
        """All derived duties of earlier layers, as rows of the table of duties, with the first person of each."""
        table = self.tables[names.DUTY]
        for rule in self.rules.values():
            if not isinstance(rule, model.Duty) or rule.sleeping or self.stage_of(rule) >= stage:
                continue
            for row in self.evaluator(rule).book.rows(rule.table):
                judged = self.judged(rule, row)
                for one in judged.occurrences:
                    about = subject(self.evaluator(rule).book, row)
                    first = next(iter(self._people(rule, one, Gaps())), None)
                    values = dict.fromkeys(table.columns)
                    values |= {
                        "rule": rule.id, "subject_key": row.key, "occurrence": one.occurrence, "contract": about.contract,
                        "party": about.party, "version": "", "counted_from": one.start, "opens": one.opens, "due": one.due,
                        "lapses": one.expires, "done": one.done, "status": one.state,
                        "assignee": first and first.employee, "assignee_at_due": first and first.answerable,
                        "assumed": self.judge(rule).assumed(judged, one), "entered_late": one.late_entry,
                    }  # fmt: skip
                    yield self.stage(STORED).make(table, values)

    # -- asking

    def derive(
        self,
        *,
        scope: Scope = "day",
        only: Collection[str] | None = None,
        objects: Mapping[str, str] | None = None,
    ) -> TwinResults:
        """What the day brings. ``only``: ids of the rules asked; ``objects``: rule id -> the one object asked of it."""
        results = TwinResults()
        for rule in self.rules.values():
            if rule.sleeping or (only is not None and rule.id not in only):
                continue
            key = None if objects is None else objects.get(rule.id)
            found: list[Found] = []
            self._ask(rule, key, scope, results, found)
            for one in found:
                self._tell_gaps(rule, one, results)
        results.sort()
        return results

    def _tell_gaps(self, rule: model.Rule, one: Found, results: TwinResults) -> None:
        """What could not be judged of a row, what it is about, and who answers for it."""
        if not one.gaps.found:
            return
        ev, parts = self.evaluator(rule), one.gaps.found
        name = {"rule": rule.id, "object": one.row.key}
        about = vars(subject(ev.book, one.row))
        results.gaps += [name | {"part": part, "columns": columns} | about for part, columns in parts.items()]
        for person in answering(ev, self.above, rule, one.row, parts, one.doing):
            told = {key: value for key, value in vars(person).items() if key != "answerable"}
            results.gap_assignments.append(name | told)

    def rows(self, rule: model.Rule, key: str | None) -> Sequence[Row]:
        """The rows a rule looks at; only one where a key is given."""
        book = self.evaluator(rule).book
        if key is None:
            return book.rows(rule.table)
        row = book.row(rule.table, key)
        return [] if row is None else [row]

    def judge(self, duty: model.Duty) -> DutyJudge:
        """The judge of a duty at its layer."""
        if duty.id not in self._judges:
            self._judges[duty.id] = DutyJudge(
                self.evaluator(duty), duty, self.go_live, leftovers=self.leftovers
            )
        return self._judges[duty.id]

    def judged(self, duty: model.Duty, row: Row) -> Judged:
        """All occurrences of a duty on a row, remembered."""
        known = self._judged.get((duty.id, row.key))
        if known is None:
            known = self.judge(duty).judge(row)
            self._judged[duty.id, row.key] = known
        return known

    def _ask(
        self,
        rule: model.Rule,
        key: str | None,
        scope: Scope,
        results: TwinResults,
        found: list[Found],
    ) -> None:
        if isinstance(rule, model.Duty):
            self._duties(rule, key, scope, results, found)
        elif isinstance(rule, model.Warning):
            results.warnings.extend(self._warnings(rule, key, found))
        elif isinstance(rule, model.Grade):
            results.grades.extend(self._grades(rule, key, found))
        elif isinstance(rule, model.Gate):
            results.gates.extend(self._gates(rule, key, found))

    def _duties(
        self,
        duty: model.Duty,
        key: str | None,
        scope: Scope,
        results: TwinResults,
        found: list[Found],
    ) -> None:
        judge = self.judge(duty)
        for row in self.rows(duty, key):
            judged = self.judged(duty, row)
            gaps = Gaps()
            gaps.found.update(judged.gaps.found)
            doing: list[Assigned] = []
            for one in judged.occurrences:
                if scope == "history" or of_the_day(one, self.as_of):
                    name = {"rule": duty.id, "object": row.key, "occurrence": one.occurrence}
                    results.duties.append(name | self._duty_line(judge, judged, one))
                    persons = self._people(duty, one, gaps)
                    results.assignments += [name | vars(person) for person in persons]
                    doing += persons
                    results.escalations += [name | vars(step) for step in told(judge, one)]
            found.append(Found(row, gaps, tuple(doing)))

    def _people(self, duty: model.Duty, one: Occurrence, gaps: Gaps) -> list[Assigned]:
        return list(assigned(self.evaluator(duty), self.above, duty, one, gaps))

    def _duty_line(self, judge: DutyJudge, judged: Judged, one: Occurrence) -> Line:
        about = subject(judge.ev.book, one.row)
        return {
            "contract": about.contract,
            "party": about.party,
            "branch": about.branch,
            "start": one.start,
            "opens": one.opens,
            "seen": one.seen,
            "due": one.due,
            "expires": one.expires,
            "done": one.done,
            "remind": self._remind(judge.duty, one.due),
            "state": one.state,
            "days_late": one.days_late,
            "missed_run": one.missed_run,
            "run_from": one.run_from,
            "run_to": one.run_to,
            "as_known": judge.data_day if judge.data_day < self.as_of else None,
            "assumed": judge.assumed(judged, one),
            "late_entry": one.late_entry,
            "postponed": one.relief.postponed,
        }

    def _remind(self, duty: model.Duty, due: date | None) -> date | None:
        """So many days or working days before the due day."""
        if duty.reminder is None or due is None:
            return None
        before = -int(str(duty.reminder.value))
        counts_working = duty.reminder.type.kind is nodes.Kind.WORKDAYS
        return self.work.add(due, before) if counts_working else add_days(due, before)

    def _warnings(self, rule: model.Warning, key: str | None, found: list[Found]) -> Sequence[Line]:
        """What a rule raises; the answer for all objects is remembered, for identities are compared among them."""
        if key is not None:
            return list(self._raised(rule, key, found))
        if rule.id not in self._raised_by:
            gaps: list[Found] = []
            self._raised_by[rule.id] = (list(self._raised(rule, None, gaps)), gaps)
        lines, gaps = self._raised_by[rule.id]
        found.extend(gaps)
        return lines

    def _raised(self, rule: model.Warning, key: str | None, found: list[Found]) -> Iterator[Line]:
        ev = self.evaluator(rule)
        reached: list[Raised] = []
        for row in self.rows(rule, key):
            gaps = Gaps()
            one = raised(ev, rule, row, gaps)
            found.append(Found(row, gaps))
            if one is not None:
                reached.append(one)
        for one, again in not_yet_stored(ev, rule, reached, self.severity):
            yield {
                "rule": rule.id,
                "object": one.object,
                "episode": one.episode,
                "level": one.level,
                "mode": rule.mode,
                "party": one.party,
                "contract": one.contract,
                "evidence": one.evidence,
                "again": again,
            }

    def _grades(self, rule: model.Grade, key: str | None, found: list[Found]) -> Iterator[Line]:
        for row in self.rows(rule, key):
            gaps = Gaps()
            one = graded(self.evaluator(rule), rule, row, gaps)
            found.append(Found(row, gaps))
            if one is not None:
                yield {"rule": rule.id, "object": row.key} | vars(one)

    def _gates(self, rule: model.Gate, key: str | None, found: list[Found]) -> Iterator[Line]:
        for row in self.rows(rule, key):
            gaps = Gaps()
            places = refusals(self.evaluator(rule), rule, row, gaps)
            found.append(Found(row, gaps))
            if places is not None:
                reasons = ",".join(str(place) for place in places)
                line = {"rule": rule.id, "object": row.key, "allowed": not places, "reasons": reasons}
                yield line | {
                    "said": self._because(rule, row, places, "zh"),
                    "english": self._because(rule, row, places, "en"),
                }

    def _because(self, rule: model.Gate, row: Row, places: Sequence[int], lang: Lang) -> str:
        """The reasons that hold, beside each other."""
        return APART[lang].join(
            refusal_words(self.evaluator(rule), rule, row, place, lang) for place in places
        )


def of_the_day(one: Occurrence, day: date) -> bool:
    """What belongs on the list of the day: open or late, closed on it, lapsed on the day before it (S26)."""
    if one.seen > day:
        return False
    if one.state == "waived" and (one.due is None or one.due >= day):
        return True
    lapsed = one.state == "missed" and one.expires == day - ONE_DAY
    return one.state in {"open", "overdue"} or one.done == day or lapsed


def derive_rows(  # noqa: PLR0913 - whose rules, which book, which day, what was known, how days are counted
    rulebooks: Sequence[model.Rulebook],
    book: Book,
    as_of: date,
    *,
    known: date | None = None,
    go_live: date | None = None,
    scope: Scope = "day",
    calendar_days: Mapping[date, bool],
    published_years: frozenset[int],
    only: Collection[str] | None = None,
    objects: Mapping[str, str] | None = None,
    leftovers: bool = False,
) -> TwinResults:
    """What a day brings, judged row by row; the arguments are those of :class:`Twin` and of its ``derive``."""
    twin = Twin(
        rulebooks,
        book,
        as_of,
        known=known,
        go_live=go_live,
        calendar_days=calendar_days,
        published_years=published_years,
        leftovers=leftovers,
    )
    return twin.derive(scope=scope, only=only, objects=objects)
