"""Which occurrences a duty can have on a row: the one, the periods, the intervals between acts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from daihou.engine.twin.dates import ONE_DAY, Period, anchored_period, calendar_period, yearly_period
from daihou.engine.twin.evaluate import At, Evaluator
from daihou.engine.twin.gaps import Gaps
from daihou.engine.twin.store import Row
from daihou.rulebook import model, nodes

PERIODS_BACK = 12
PERIODS_BACK_WITH_BACKLOG = 119
FIRST_INTERVAL = "first"


@dataclass(frozen=True)
class Candidate:
    """One possible occurrence: its start, the moments known so far, the day its figures are valued on.

    ``key``: the occurrence where its kind gives it (label, act). ``period``: its period, ``start`` being that of the
    period as adjusted. ``next_act``: the act that ends an interval, with the day of it.
    """

    start: date
    at: date
    moments: Mapping[str, Any]
    key: str | None = None
    period: Period | None = None
    next_act: tuple[date, Row] | None = None


def once(ev: Evaluator, duty: model.Duty, row: Row) -> Iterator[Candidate]:
    """起算, on the as-of day; empty: not begun (S7)."""
    start = None if duty.start is None else ev.value(duty.start, At(row))
    if isinstance(start, date):
        yield Candidate(start, start, {"start": start})


def rolling(ev: Evaluator, duty: model.Duty, row: Row) -> Iterator[Candidate]:
    """The interval from the first day, and from each act on; each ended by the next act (S16)."""
    assert duty.rolling is not None
    entry = ev.value(duty.rolling.first, At(row))
    if not isinstance(entry, date):
        return
    acts: list[tuple[date, str, Row]] = []
    for child in ev.linked(duty.rolling.table, duty.rolling.links, At(row)):
        there = At(row, child)
        day = ev.value(duty.rolling.day, there)
        counts = duty.rolling.where is None or ev.value(duty.rolling.where, there) is True
        if counts and isinstance(day, date) and day >= entry:
            acts.append((day, child.key, child))
    acts.sort(key=lambda act: act[:2])
    openings = [(entry, FIRST_INTERVAL), *((day, key) for day, key, _ in acts)]
    closings = [*((day, child) for day, _, child in acts), None]
    for (start, key), closing in zip(openings, closings, strict=True):
        yield Candidate(start, start, {"start": start}, key, next_act=closing)


@dataclass(frozen=True)
class Span:
    """When the object is in the scope of a periodic duty: first day (None: always), last day (None: still)."""

    entry: date | None
    leave: date | None


def span(ev: Evaluator, periods: model.Periods, row: Row) -> Span | None:
    """首 and 末 on the as-of day; None where the object has not entered."""
    entry = None if periods.first is None else ev.value(periods.first, At(row))
    leave = None if periods.last is None else ev.value(periods.last, At(row))
    if periods.first is not None and (not isinstance(entry, date) or entry > ev.book.day):
        return None
    return Span(entry, leave if isinstance(leave, date) else None)


def kind_of(
    ev: Evaluator, periods: model.Periods, condition: nodes.Node | None, row: Row, gaps: Gaps
) -> str | None:
    """The kind of period on the as-of day; unknown (or without its anchor) is a gap unless the condition is FALSE."""
    wanted = [periods.kind] if periods.anchor is None else [periods.kind, periods.anchor]
    if periods.yearly:
        return "year"
    values = [ev.value(node, At(row)) for node in wanted]
    if None in values:
        if condition is None or ev.value(condition, At(row, figures_on=ev.book.day)) is not False:
            gaps.add("period", ev, At(row), wanted)
        return None
    return str(values[0])


def period_at(ev: Evaluator, periods: model.Periods, row: Row, kind: str, offset: int) -> Period | None:
    """The period ``offset`` periods from the one that holds the as-of day; None before the anchor."""
    if periods.yearly:
        return yearly_period(periods.yearly, ev.book.day, offset)
    if periods.anchor is not None:
        return anchored_period(kind, ev.value(periods.anchor, At(row)), ev.book.day, offset)
    return calendar_period(kind, ev.book.day, offset, ev.work)


def periodic(ev: Evaluator, duty: model.Duty, row: Row, kind: str, within: Span) -> Iterator[Candidate]:
    """The period of the as-of day and those before it, the oldest first, the first one joined where it is short."""
    periods = duty.periods
    assert periods is not None
    back = PERIODS_BACK_WITH_BACKLOG if periods.backlog else PERIODS_BACK
    entered_late: date | None = None
    for offset in range(-back - 1, 2):
        period = period_at(ev, periods, row, kind, offset)
        if period is None or _outside(period, within):
            continue
        first, joined = period.start, entered_late is not None
        if entered_late is not None:
            first, entered_late = entered_late, None
        elif within.entry is not None and period.start <= within.entry <= period.end:
            if (period.end - within.entry).days + 1 < periods.join_days:
                entered_late = within.entry
                continue
            first = max(first, within.entry)
        if offset < -back or (offset > 0 and not joined):
            continue
        candidate = of_period(ev, duty, row, replace(period, start=first))
        if candidate is not None:
            yield candidate


def _outside(period: Period, within: Span) -> bool:
    """Whether a period ends before the object entered, or begins after it left."""
    if within.entry is not None and period.end < within.entry:
        return True
    return within.leave is not None and period.start > within.leave


def of_period(ev: Evaluator, duty: model.Duty, row: Row, period: Period) -> Candidate | None:
    """The occurrence of a period; None where 起算 is declared and empty."""
    moments: dict[str, Any] = {
        "period_start": period.start,
        "period_end": period.end,
        "period_label": period.label,
    }
    start = period.start if duty.start is None else ev.value(duty.start, At(row, moments=moments))
    if not isinstance(start, date):
        return None
    return Candidate(start, period.start, {**moments, "start": start}, period.label, period)


def days_between(first: date, last: date) -> Iterator[date]:
    """Every day from first to last, both included."""
    while first <= last:
        yield first
        first += ONE_DAY
