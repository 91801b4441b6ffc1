"""The periods around a day, as rows to join on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from daihou.units import Calendar, PeriodKind, period_of, shift, yearly

BACK = 120
WORKING_DAY = "working_day"
PERIOD_KINDS = ("day", WORKING_DAY, "week", "half_month", "month", "quarter", "half_year", "year")
"""Kinds of period by their identifier in the rule language."""


@dataclass(frozen=True)
class PeriodRow:
    """One period: its place counted from the one that contains the day, its days, its label, and the start of the period before it."""

    kind: str
    idx: int
    start: date
    end: date
    label: str
    before: date


def calendar_periods(kind: str, today: date, calendar: Calendar) -> list[PeriodRow]:
    """The period containing the day, the next, and the 120 before. A rest day is in no working day: there place 0 is left out."""
    if kind == WORKING_DAY:
        return _working_days(today, calendar)
    here = period_of(PeriodKind(kind), today)
    spans = [shift(here, k) for k in range(-BACK - 1, 2)]
    return [
        PeriodRow(kind, k, now.start, now.end, now.label, before.start)
        for k, before, now in zip(range(-BACK, 2), spans, spans[1:], strict=False)
    ]


def _working_days(today: date, calendar: Calendar) -> list[PeriodRow]:
    working = calendar.is_working(today)
    last = calendar.roll_back(today)
    rows = []
    for k in range(-BACK, 2):
        if k == 0 and not working:
            continue
        # on a rest day the last working day is one period back, not the present one
        steps = k if working else (k + 1 if k < 0 else k)
        this = calendar.add_working_days(last, steps)
        before = calendar.add_working_days(this, -1)
        rows.append(PeriodRow(WORKING_DAY, k, this, this, f"{this.isoformat()}工作日", before))
    return rows


def yearly_name(closing: tuple[tuple[int, int], ...]) -> str:
    """The name of a list of closing days."""
    return "yearly:" + ",".join(f"{month:02}-{day:02}" for month, day in closing)


def yearly_periods(closing: tuple[tuple[int, int], ...], today: date) -> list[PeriodRow]:
    """Periods that end on the listed days of each year, around the day."""
    spans = [yearly(closing, today)]
    while len(spans) < BACK + 2:
        spans.insert(0, yearly(closing, spans[0].start - timedelta(days=1)))
    spans.append(yearly(closing, spans[-1].end + timedelta(days=1)))
    name = yearly_name(closing)
    return [
        PeriodRow(name, k, now.start, now.end, now.label, before.start)
        for k, before, now in zip(range(-BACK, 2), spans, spans[1:], strict=False)
    ]
