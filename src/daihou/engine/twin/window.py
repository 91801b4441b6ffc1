"""From when to when a duty can be done: opens, due, expires, seen (S4–S6), due by segments (S29), relief (S36, S12)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Any, TypeVar

from daihou.engine.twin import names
from daihou.engine.twin.candidates import Candidate
from daihou.engine.twin.dates import add_days
from daihou.engine.twin.evaluate import At, Evaluator
from daihou.engine.twin.functions import USES_WORKING_DAYS
from daihou.engine.twin.store import Row, text_of
from daihou.rulebook import model, nodes

T = TypeVar("T")
RETURN_WORKING_DAYS = 2


@dataclass(frozen=True)
class Segment:
    """A stretch of time after the start in which nothing that the due day rests on changed (S29)."""

    start: date
    plain: date | None
    counted: date | None


@dataclass(frozen=True)
class Window:
    """When a duty can be done. ``due`` is None where it is endless or unknown; ``segments`` where counted so."""

    opens: date
    due: date | None
    expires: date | None
    segments: tuple[Segment, ...] = ()


@dataclass(frozen=True)
class Relief:
    """What was decided about the duty itself: due after it, whether postponed or waived, what was sent back."""

    due: date | None
    postponed: bool = False
    waived: bool = False
    returned: date | None = None
    acts: tuple[Row, ...] = ()


def in_force(dated: model.Dated[T], day: date) -> T:
    """The version of a part in force on a day; the first one counts always."""
    value = dated.steps[0][1]
    for since, step in dated.steps[1:]:
        if since is None or since <= day:
            value = step
    return value


def place(row: Row, candidate: Candidate, **known: Any) -> At:
    """Where the rest of a duty's expressions stand: figures valued at its start, its moments known."""
    return At(row, figures_on=candidate.at, moments={**candidate.moments, **known})


def window(ev: Evaluator, duty: model.Duty, row: Row, candidate: Candidate, until: date) -> Window | None:
    """opens, due and expires in the order in which they lean on each other; None where due is unknown (a gap).

    ``until``: the last day on which a change still cuts time into segments.
    """
    opens: date | None = None
    if any(node is not None and _mentions(node, "opens") for _, node in duty.due.steps):
        opens = _opens(ev, duty, row, candidate, None)
    due, segments = _due(ev, duty, row, candidate, opens, until)
    if due is None and not duty.endless:
        return None
    if opens is None:
        opens = _opens(ev, duty, row, candidate, due)
    expires = _of_version(ev, duty.expires, row, candidate, opens=opens, due=due)
    if due is not None:
        due = max(due, opens)
    return Window(opens, due, expires, segments)


def _mentions(node: nodes.Node, moment: str) -> bool:
    return any(isinstance(part, nodes.Moment) and part.name == moment for part in node.walk())


def _of_version(
    ev: Evaluator, dated: model.Dated[nodes.Node | None], row: Row, candidate: Candidate, **known: Any
) -> date | None:
    """A dated part of the window by the version in force at the start."""
    node = in_force(dated, candidate.at)
    value = None if node is None else ev.value(node, place(row, candidate, **known))
    return value if isinstance(value, date) else None


def _opens(ev: Evaluator, duty: model.Duty, row: Row, candidate: Candidate, due: date | None) -> date:
    """开放, else the start."""
    return _of_version(ev, duty.opens, row, candidate, due=due) or candidate.start


def _due(
    ev: Evaluator, duty: model.Duty, row: Row, candidate: Candidate, opens: date | None, until: date
) -> tuple[date | None, tuple[Segment, ...]]:
    """到期, else the end of the period; by segments where the rule says so."""
    node = in_force(duty.due, candidate.at)
    if duty.endless:
        return None, ()
    if node is None:
        return (None if candidate.period is None else candidate.period.end), ()
    if duty.piecewise:
        moments = candidate.moments if opens is None else {**candidate.moments, "opens": opens}
        return _due_by_segments(ev, duty, row, replace(candidate, moments=moments), until)
    return _of_version(ev, duty.due, row, candidate, opens=opens), ()


def _due_by_segments(
    ev: Evaluator, duty: model.Duty, row: Row, candidate: Candidate, until: date
) -> tuple[date | None, tuple[Segment, ...]]:
    """c_1 = n_1, c_i = max(n_i, min(n_{i-1}, start_i + buffer)); due = the first c_i before its segment ends (S29)."""
    starts = [candidate.start, *cuts(ev, duty, row, candidate.start, until)]
    segments: list[Segment] = []
    for i, start in enumerate(starts):
        plain = _due_as_on(ev, duty, row, candidate, start)
        counted = plain
        if i > 0 and plain is not None:
            buffer = ev.work.add(start, _buffer(ev, duty, row, candidate, start))
            before = segments[-1].plain
            counted = max(plain, buffer if before is None else min(before, buffer))
        segments.append(Segment(start, plain, counted))
        if counted is not None and (i + 1 == len(starts) or counted < starts[i + 1]):
            return counted, tuple(segments)
    return None, tuple(segments)


def _due_as_on(ev: Evaluator, duty: model.Duty, row: Row, candidate: Candidate, day: date) -> date | None:
    """到期 with wording, figures and dated columns as on a day."""
    node = in_force(duty.due, day)
    if node is None:
        return None if candidate.period is None else candidate.period.end
    value = ev.value(node, replace(place(row, candidate), figures_on=day, dated_on=day))
    return value if isinstance(value, date) else None


def _buffer(ev: Evaluator, duty: model.Duty, row: Row, candidate: Candidate, day: date) -> int:
    """缓冲 in working days as on a day; none: 0."""
    node = in_force(duty.buffer, day)
    value = None if node is None else ev.value(node, replace(place(row, candidate), figures_on=day))
    return 0 if value is None else int(value)


def cuts(ev: Evaluator, duty: model.Duty, row: Row, start: date, until: date) -> list[date]:
    """The days after the start on which something that 到期 rests on changes."""
    found = {since for since, _ in duty.due.steps if since is not None}
    for _, root in duty.due.steps:
        for node in () if root is None else root.walk():
            if isinstance(node, nodes.Figure):
                found |= {
                    since for since, _ in ev.rulebook.figures[node.name].value.steps if since is not None
                }
            elif isinstance(node, nodes.Lookup):
                found |= {
                    since for since, _ in ev.rulebook.lookups[node.name].value.steps if since is not None
                }
            elif isinstance(node, nodes.Column) and node.scope is nodes.Scope.OWN and not node.fact:
                holder = ev.row_at(node, At(row))
                if holder is not None:
                    found |= {move.since for move in ev.book.moves(holder, node.name)}
    return sorted(day for day in found if start < day <= until)


def relief(ev: Evaluator, duty: model.Duty, row: Row, occurrence: str, frame: Window) -> Relief:
    """暂停, 延期, 退回 in that order; 豁免 (S36, S12). Only acts approved by the as-of day are in the book."""
    acts = [
        act
        for rule_id in (duty.id, *duty.inherits)
        for act in _acts(ev, f"{rule_id}/{row.key}/{occurrence}")
        if _day(act, names.RULING_APPROVED) is not None
    ]
    due = frame.due
    if due is not None:
        due = add_days(due, sum(_paused_days(ev, act, frame) for act in acts if _kind(act) == names.PAUSE))
    postponed = False
    if due is not None:
        given = [
            _day(act, names.RULING_TO)
            for act in acts
            if _kind(act) == names.POSTPONEMENT and (_day(act, names.RULING_APPROVED) or due) <= due
        ]
        later = max((day for day in given if day is not None), default=None)
        postponed = later is not None and later > due
        due = max(due, later) if later is not None else due
    returns = [_day(act, names.RULING_FROM) for act in acts if _kind(act) == names.RETURNED]
    returned = max((day for day in returns if day is not None), default=None)
    if due is not None and returned is not None:
        due = max(due, ev.work.add(returned, RETURN_WORKING_DAYS))
    waived = any(_kind(act) == names.WAIVER for act in acts)
    return Relief(due, postponed, waived, returned, tuple(acts))


def _acts(ev: Evaluator, duty_key: str) -> list[Row]:
    index = ev.book.index("rulings", names.RULING, lambda row: text_of(row.values.get(names.RULING_OF)))
    return index.get(duty_key, [])


def _kind(act: Row) -> object:
    return act.values.get(names.RULING_KIND)


def _day(act: Row, column: str) -> date | None:
    value = act.values.get(column)
    return value if isinstance(value, date) else None


def _paused_days(ev: Evaluator, act: Row, frame: Window) -> int:
    """Days of the pause that lie between opens and due, both included."""
    assert frame.due is not None
    first, last = _day(act, names.RULING_FROM), _day(act, names.RULING_TO) or ev.book.day
    first = frame.opens if first is None else max(first, frame.opens)
    return max(0, (min(last, frame.due) - first).days + 1)


def uses_working_days(duty: model.Duty) -> bool:
    """Whether the wording of the window leans on the calendar of working days (S37)."""
    if duty.piecewise and any(node is not None for _, node in duty.buffer.steps):
        return True
    roots = [
        node for part in (duty.opens, duty.due, duty.expires) for _, node in part.steps if node is not None
    ]
    return any(
        isinstance(node, nodes.Call) and node.name in USES_WORKING_DAYS
        for root in roots
        for node in root.walk()
    )
