"""The occurrences of a duty on one row: window, relief, what closed it, state; missed periods folded into runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from daihou.engine.twin import names
from daihou.engine.twin.candidates import (
    PERIODS_BACK,
    Candidate,
    Span,
    days_between,
    kind_of,
    once,
    periodic,
    rolling,
    span,
)
from daihou.engine.twin.dates import WORKING_DAY, Period, add_days
from daihou.engine.twin.evaluate import At, Evaluator
from daihou.engine.twin.evaluate import Window as ActWindow
from daihou.engine.twin.gaps import Gaps
from daihou.engine.twin.store import Row, text_of
from daihou.engine.twin.window import Relief, Window, in_force, place, relief, uses_working_days, window
from daihou.rulebook import model, nodes

LATE_ENTRY_DAYS = 3
STAND_ALONE = 12
DAILY = frozenset({"day", WORKING_DAY})
NOT_DONE = frozenset({"open", "overdue"})


@dataclass(frozen=True)
class Occurrence:
    """One occurrence as judged on the day; the fields are those of the results."""

    row: Row
    occurrence: str
    candidate: Candidate
    frame: Window
    relief: Relief
    seen: date
    due: date | None
    expires: date | None
    done: date | None
    state: str
    days_late: int | None
    late_entry: bool
    missed_run: int = 0
    run_from: date | None = None
    run_to: date | None = None
    start: date | None = None
    opens: date | None = None

    @property
    def offset(self) -> int:
        """Place of its period, counted from the period of the as-of day."""
        return 0 if self.candidate.period is None else self.candidate.period.offset


@dataclass(frozen=True)
class Judged:
    """All occurrences of a rule on a row, and what could not be judged."""

    row: Row
    occurrences: tuple[Occurrence, ...]
    gaps: Gaps
    kind: str | None = None


class DutyJudge:
    """Judges one duty; ``go_live``: nothing whose due lies before (S23); ``leftovers``: nothing else."""

    def __init__(
        self, ev: Evaluator, duty: model.Duty, go_live: date | None, *, leftovers: bool = False
    ) -> None:
        self.ev = ev
        self.duty = duty
        self.go_live = go_live
        self.leftovers = leftovers
        self.day = ev.book.day
        self._leans_on_working_days = uses_working_days(duty)
        self.data_day = min((ev.book.through(table) for table in tables_of_done(duty)), default=self.day)

    def judge(self, row: Row) -> Judged:
        """Everything the rule says of a row."""
        gaps = Gaps()
        if (self.leftovers and not self._leaves_over()) or not in_scope(self.ev, self.duty, row):
            return Judged(row, (), gaps)
        if self.duty.recurrence is model.Recurrence.PERIODIC:
            return self._periodic(row, gaps)
        find = once if self.duty.recurrence is model.Recurrence.ONCE else rolling
        found = [self.occurrence(row, candidate, gaps) for candidate in find(self.ev, self.duty, row)]
        return Judged(row, tuple(one for one in found if one is not None), gaps)

    def assumed(self, judged: Judged, one: Occurrence) -> bool:
        """Whether the dates of an occurrence rest on a year without published holidays (S37)."""
        leans = self._leans_on_working_days or judged.kind == WORKING_DAY
        if not leans or one.start is None or one.opens is None:
            return False
        last = max(day for day in (one.start, one.opens, one.due) if day is not None)
        return self.ev.work.assumed(min(one.start, one.opens), last)

    # -- one occurrence

    def occurrence(self, row: Row, candidate: Candidate, gaps: Gaps) -> Occurrence | None:
        """An occurrence, unless the rule is not in force, its condition fails, something is unknown, or it lies before go-live."""
        if not self.is_in_force(candidate.start) or not self.condition(row, candidate, gaps):
            return None
        key = self._key(row, candidate, gaps)
        if key is None:
            return None
        frame = self.window(row, candidate, gaps)
        if frame is None or self.before_go_live(frame.due) is not self.leftovers:
            return None
        judged = self.close(row, key, candidate, frame)
        ended = self.duty.until is not None and self.day > self.duty.until
        if self.duty.withdraw_at_end and ended and judged.state in {"open", "overdue", "not_yet"}:
            return None
        return judged

    def is_in_force(self, start: date) -> bool:
        """Whether the rule is in force at a start (S31)."""
        since, until = self.duty.since, self.duty.until
        return (since is None or since <= start) and (until is None or start <= until)

    def condition(self, row: Row, candidate: Candidate, gaps: Gaps) -> bool:
        """条件 on the as-of day, worded and valued as at the start; unknown is a gap (S7)."""
        node = in_force(self.duty.conditions, candidate.at)
        if node is None:
            return True
        at = place(row, candidate)
        value = self.ev.value(node, at)
        if value is None:
            gaps.add("condition", self.ev, at, [node])
        return value is True

    def _key(self, row: Row, candidate: Candidate, gaps: Gaps) -> str | None:
        """次: given by the kind, else by the rule, else empty (S1)."""
        if candidate.key is not None:
            return candidate.key
        if self.duty.occurrence is None:
            return ""
        at = place(row, candidate)
        value = self.ev.value(self.duty.occurrence, at)
        if value is None:
            gaps.add("occurrence", self.ev, at, [self.duty.occurrence])
            return None
        return text_of(value)

    def window(self, row: Row, candidate: Candidate, gaps: Gaps) -> Window | None:
        """From when to when; None where the due day is unknown, which is a gap."""
        until = min(self.day, candidate.next_act[0]) if candidate.next_act else self.day
        frame = window(self.ev, self.duty, row, candidate, until)
        if frame is None:
            due = in_force(self.duty.due, candidate.at)
            gaps.add("due", self.ev, place(row, candidate), [] if due is None else [due])
        return frame

    def before_go_live(self, due: date | None) -> bool:
        """Once and periodic: nothing whose due, before relief, lies before go-live (S23)."""
        if self.go_live is None or due is None or self.duty.recurrence is model.Recurrence.ROLLING:
            return False
        return due < self.go_live

    def _leaves_over(self) -> bool:
        """Whether what fell due before go-live is left out: not of what has no due day, goes from act to act, or is of each day by itself."""
        daily = self.duty.periods is not None and is_daily(self.duty.periods)
        return not (self.duty.recurrence is model.Recurrence.ROLLING or self.duty.endless or daily)

    def close(self, row: Row, key: str, candidate: Candidate, frame: Window) -> Occurrence:
        """Relief, then what closed it, then the state (S6)."""
        given = relief(self.ev, self.duty, row, key, frame)
        due, expires = given.due, frame.expires
        lapses = self.duty.periods is not None and not self.duty.periods.backlog
        if expires is None and lapses:
            expires = due
        seen = frame.opens
        if in_force(self.duty.opens, candidate.at) is not None and due is not None:
            seen = min(seen, self.ev.work.on_or_before(due))
        moments = {"opens": frame.opens, "due": due, "expires": expires, "seen": seen}
        at = replace(place(row, candidate, **moments), window=ActWindow(seen, expires, given.returned))
        done, late_entry = self._done(row, key, candidate, at)
        state = self._state(seen, due, expires, done, waived=self._waived(given, at))
        return Occurrence(
            row, key, candidate, frame, given, seen, due, expires, done, state,
            self._days_late(state, due, done), late_entry, start=candidate.start, opens=frame.opens,
        )  # fmt: skip

    def _waived(self, given: Relief, at: At) -> bool:
        if given.waived:
            return True
        return (
            self.duty.exempt is not None and self.ev.value(self.duty.exempt, replace(at, window=None)) is True
        )

    def _done(self, row: Row, key: str, candidate: Candidate, at: At) -> tuple[date | None, bool]:
        """The day it was done, and whether that was entered late (S9, S13)."""
        assert at.window is not None
        if self.duty.rolling is not None:
            if candidate.next_act is None or at.window.returned(candidate.next_act[0]):
                return None, False
            day, act = candidate.next_act
            return day, _entered_late(day, [act])
        if self.duty.done is None:
            return self._completed(row, key, at.window), False
        done = self.ev.value(self.duty.done, at)
        if not isinstance(done, date) or at.window.returned(done):
            return None, False
        return done, _entered_late(done, [act for day, act in at.window.acts if day == done])

    def _completed(self, row: Row, key: str, within: ActWindow) -> date | None:
        """The earliest 办结 of the duty's key."""
        index = self.ev.book.index("completions", names.COMPLETION, _completed_duty)
        keys = [f"{rule_id}/{row.key}/{key}" for rule_id in (self.duty.id, *self.duty.inherits)]
        days = [self.ev.book.read(done, names.COMPLETION_DAY) for one in keys for done in index.get(one, [])]
        return min((day for day in days if isinstance(day, date) and not within.returned(day)), default=None)

    def _state(
        self, seen: date, due: date | None, expires: date | None, done: date | None, *, waived: bool
    ) -> str:
        """State on the day; lateness is known only as far as the data reach (S33)."""
        if done is not None:
            return "on_time" if due is None or done <= due else "late"
        if waived:
            return "waived"
        if self.day < seen:
            return "not_yet"
        if expires is not None and self.data_day > expires:
            return "missed"
        return "overdue" if due is not None and self.data_day > due else "open"

    def _days_late(self, state: str, due: date | None, done: date | None) -> int | None:
        if due is None:
            return None
        if state == "late" and done is not None:
            return (done - due).days
        return (self.data_day - due).days if state == "overdue" else 0

    # -- periods

    def _periodic(self, row: Row, gaps: Gaps) -> Judged:
        assert self.duty.periods is not None
        periods = self.duty.periods
        within = span(self.ev, periods, row)
        if within is None:
            return Judged(row, (), gaps)
        kind = kind_of(self.ev, periods, in_force(self.duty.conditions, self.day), row, gaps)
        if kind is None:
            return Judged(row, (), gaps)
        if is_daily(periods):
            return Judged(row, tuple(self._daily(row, kind, within, gaps)), gaps, kind)
        found: list[Occurrence] = []
        for candidate in periodic(self.ev, self.duty, row, kind, within):
            one = self.occurrence(row, candidate, gaps)
            if one is not None:
                found.append(one)
        folded = fold_missed(found)
        return Judged(row, tuple(fold_backlog(folded) if periods.backlog else folded), gaps, kind)

    def _daily(self, row: Row, kind: str, within: Span, gaps: Gaps) -> list[Occurrence]:
        """Every day (working day) by itself: today's row, and runs of the days before it that were missed."""
        ev = self.ev
        given = [day for day in (within.entry, self.duty.since, self.go_live) if day is not None]
        back = (
            ev.work.add(self.day, -PERIODS_BACK) if kind == WORKING_DAY else add_days(self.day, -PERIODS_BACK)
        )
        first = max(given) if given else back
        last = min(day for day in (self.day, within.leave, self.duty.until) if day is not None)
        asked = Candidate(self.day, self.day, _moments_of(self.day, one_day(kind, self.day).label))
        if first > last or not self.condition(row, asked, gaps):
            return []
        days = [day for day in days_between(first, last) if kind != WORKING_DAY or ev.work.working(day)]
        closable = self._closable_days(row, kind, days)
        found: list[Occurrence] = []
        for offset, day in enumerate(days):
            one = self._on_day(row, replace(one_day(kind, day), offset=offset), closable=day in closable)
            if day == self.day or one.state not in NOT_DONE:
                found.append(one)
        return fold_missed(found)

    def _on_day(self, row: Row, period: Period, *, closable: bool) -> Occurrence:
        """A day as an occurrence: opened, due and lapsing on the day itself; rulings do not reach it."""
        day = period.start
        candidate = Candidate(day, day, _moments_of(day, period.label), period.label, period)
        at = replace(
            place(row, candidate, opens=day, due=day, expires=day, seen=day), window=ActWindow(day, day)
        )
        done, late_entry = None, False
        if closable and self.duty.done is None:
            done = day
        elif closable:
            done, late_entry = self._done(row, period.label, candidate, at)
        waived = self.duty.exempt is not None and self._waived(Relief(day), at)
        state = self._state(day, day, day, done, waived=waived)
        return Occurrence(
            row, period.label, candidate, Window(day, day, day), Relief(day), day, day, day, done, state,
            self._days_late(state, day, done), late_entry, start=day, opens=day,
        )  # fmt: skip

    def _closable_days(self, row: Row, kind: str, days: list[date]) -> set[date]:
        """The days that an act or a completion may close; the others need no look."""
        if self.duty.done is None:
            index = self.ev.book.index("completions", names.COMPLETION, _completed_duty)
            named = ((day, f"{row.key}/{one_day(kind, day).label}") for day in days)
            ids = (self.duty.id, *self.duty.inherits)
            return {day for day, key in named if any(f"{rule_id}/{key}" in index for rule_id in ids)}
        acts = [node for node in self.duty.done.walk() if isinstance(node, nodes.Aggregate)]
        if _reads_own(self.duty.done) or not all(act.windowed and not _reads_moments(act) for act in acts):
            return set(days)
        found: set[date] = set()
        for act in acts:
            assert act.item is not None
            for child in self.ev.linked(act.table, act.links, At(row)):
                found.add(self.ev.value(act.item, At(row, child)))
        return found


def _moments_of(day: date, label: str) -> dict[str, object]:
    """The moments of a day that is a period of its own."""
    return {"period_start": day, "period_end": day, "period_label": label, "start": day}


def _reads_moments(act: nodes.Aggregate) -> bool:
    """Whether the links of a relation function name a moment of the occurrence."""
    return any(isinstance(node, nodes.Moment) for pair in act.links for link in pair for node in link.walk())


def one_day(kind: str, day: date) -> Period:
    """A day as a period of its own."""
    label = f"{day.isoformat()}{'工作日' if kind == WORKING_DAY else '日'}"
    return Period(0, day, day, label)


def is_daily(periods: model.Periods) -> bool:
    """Whether every day stands for itself: 每 日 or 工作日, named as such, without 补."""
    named = isinstance(periods.kind, nodes.Literal) and periods.kind.value in DAILY
    return named and not periods.backlog and periods.anchor is None and not periods.yearly


def in_scope(ev: Evaluator, rule: model.Rule, row: Row) -> bool:
    """Whether the regime looks at the row at all."""
    return rule.scope is None or ev.value(rule.scope, At(row)) is True


def tables_of_done(duty: model.Duty) -> set[str]:
    """The tables whose rows 完成 reads: how far they are complete bounds what is known (S33)."""
    if duty.rolling is not None:
        return {duty.rolling.table}
    if duty.done is None:
        return {names.COMPLETION}
    found = {node.table for node in duty.done.walk() if isinstance(node, nodes.Aggregate)}
    return found | ({duty.table} if _reads_own(duty.done) else set())


def _reads_own(node: nodes.Node) -> bool:
    """Whether own columns are read outside relation functions."""
    if isinstance(node, nodes.Aggregate):
        return False
    if isinstance(node, nodes.Column):
        return node.scope is nodes.Scope.OWN
    return any(_reads_own(child) for child in node.children())


def _completed_duty(row: Row) -> str:
    return text_of(row.values.get(names.COMPLETION_OF))


def _entered_late(done: date, acts: Sequence[Row]) -> bool:
    """Whether the earliest entry of what was done that day came more than three days later (S13)."""
    if not acts or any(act.recorded is None for act in acts):
        return False
    entered = min(act.recorded for act in acts if act.recorded is not None)
    return entered > add_days(done, LATE_ENTRY_DAYS)


def fold_missed(found: Sequence[Occurrence]) -> list[Occurrence]:
    """Missed periods that follow each other become one row; the row after them shows how many (S17, S25)."""
    folded: list[Occurrence] = []
    run: list[Occurrence] = []
    for one in sorted(found, key=lambda one: one.offset):
        follows = bool(run) and one.offset == run[-1].offset + 1
        if one.state == "missed":
            if run and not follows:
                folded.append(_run(run))
                run = []
            run.append(one)
            continue
        if run:
            folded.append(_run(run))
        folded.append(replace(one, missed_run=len(run) if follows else 0))
        run = []
    return [*folded, _run(run)] if run else folded


def _run(run: Sequence[Occurrence]) -> Occurrence:
    """A run of missed periods as one row: the first one's identity, the last one's end."""
    first, last = run[0], run[-1]
    assert first.candidate.period is not None
    assert last.candidate.period is not None
    return replace(
        first,
        due=last.due,
        expires=last.expires,
        run_from=first.candidate.period.start,
        run_to=last.candidate.period.end,
        missed_run=len(run),
        days_late=None if last.due is None else 0,
    )


def fold_backlog(found: Sequence[Occurrence]) -> list[Occurrence]:
    """Of what is still to be done the newest twelve stand alone, the older ones fold into one line (S17)."""
    waiting = [one for one in found if one.state in NOT_DONE]
    older = waiting[:-STAND_ALONE]
    if not older:
        return list(found)
    first, last = older[0].candidate.period, older[-1].candidate.period
    assert first is not None
    assert last is not None
    line = replace(older[0], run_from=first.start, run_to=last.end, missed_run=len(older))
    return [line, *(one for one in found if all(one is not old for old in older))]
