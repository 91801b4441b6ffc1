"""Why nothing comes of a rule for an object: asleep, no such row, out of scope, not begun, a condition that fails, a gap."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from daihou.book import RECORDED, VOIDED
from daihou.engine.twin import Twin
from daihou.engine.twin import names as of
from daihou.engine.twin.candidates import Candidate, kind_of, once, periodic, rolling, span
from daihou.engine.twin.dates import WORKING_DAY
from daihou.engine.twin.duties import DAILY
from daihou.engine.twin.evaluate import At, Evaluator
from daihou.engine.twin.gaps import Gaps, own_columns
from daihou.engine.twin.signals import not_yet_stored, raised
from daihou.engine.twin.store import Row, text_of
from daihou.engine.twin.window import in_force, place
from daihou.rulebook import Duty, Recurrence, Rule, Warning, nodes

GAPS = ("none-gap", "none-gap-unnamed")
"""Codes of what cannot be judged: with the empty columns, and without."""


@dataclass(frozen=True)
class Atom:
    """A condition and whether it holds (None: unknown), with the parts it is made of."""

    node: nodes.Node
    truth: bool | None
    below: tuple[Atom, ...] = ()

    def failing(self) -> Iterator[nodes.Node]:
        """The smallest parts by which it fails."""
        parts = [atom for atom in self.below if atom.truth is False]
        if self.truth is False and parts and not isinstance(self.node, nodes.Not):
            for atom in parts:
                yield from atom.failing()
        elif self.truth is False:
            yield self.node


@dataclass(frozen=True)
class Reason:
    """Why there is nothing: a code of the messages and what it speaks of (days, nodes, columns as dotted paths)."""

    code: str
    params: Mapping[str, Any]


def atom(ev: Evaluator, node: nodes.Node, at: At) -> Atom:
    """A condition taken apart at AND, OR and NOT, each part judged by itself."""
    parts = node.items if isinstance(node, nodes.And | nodes.Or) else ()
    if isinstance(node, nodes.Not) and isinstance(node.item, nodes.And | nodes.Or):
        parts = (node.item,)
    return Atom(node, ev.value(node, at), tuple(atom(ev, part, at) for part in parts))


def missing(ev: Evaluator, node: nodes.Node, at: At) -> tuple[nodes.Column, ...]:
    """The empty columns of the row for which a condition is not known, each once: those of its smallest parts that are not known."""
    found = dict.fromkeys(
        column for part in _unknown(atom(ev, node, at)) for column in own_columns(part) if ev.value(column, at) is None
    )  # fmt: skip
    return tuple(found)


def _unknown(found: Atom) -> Iterator[nodes.Node]:
    """The smallest parts by which a condition is not known."""
    parts = [one for one in found.below if one.truth is None]
    if found.truth is not None:
        return
    if not parts:
        yield found.node
    for one in parts:
        yield from _unknown(one)


def why_nothing(twin: Twin, rule: Rule, key: str, row: Row | None) -> tuple[Reason, ...]:
    """Every reason that can be named why the rule gives nothing for the object."""
    if rule.sleeping:
        return (Reason("none-asleep", {"figures": rule.sleeping}),)
    if row is None:
        return (_why_no_row(twin, rule, key),)
    ev = twin.evaluator(rule)
    if rule.scope is not None and ev.value(rule.scope, At(row)) is not True:
        return (Reason("none-out-of-scope", {}),)
    if isinstance(rule, Duty):
        found = tuple(_why_no_duty(twin, rule, row))
    elif isinstance(rule, Warning):
        found = tuple(_why_no_warning(twin, rule, row))
    else:
        found = tuple(_why_condition(ev, rule.condition, At(row)))
    return (*found, *_gaps(twin, rule, row))


def _gaps(twin: Twin, rule: Rule, row: Row) -> Iterator[Reason]:
    asked = twin.derive(scope="history", only=[rule.id], objects={rule.id: row.key})
    for gap in asked.gaps:
        code = GAPS[0] if gap["columns"] else GAPS[1]
        columns = tuple(column for column in gap["columns"].split(",") if column)
        yield Reason(code, {"part": gap["part"], "columns": columns})


def _why_no_row(twin: Twin, rule: Rule, key: str) -> Reason:
    """The row is not in the book on the day: voided, recorded or dated later, or never there."""
    table = twin.tables[rule.table]
    arrow = twin.book.tables.get(rule.table)
    for values in [] if arrow is None else arrow.to_pylist():
        if "/".join(text_of(values.get(part)) for part in table.key) != key:
            continue
        voided, recorded = values.get(VOIDED), values.get(RECORDED)
        dated = values.get(table.date) if table.date is not None else None
        if isinstance(voided, date) and voided <= twin.known:
            return Reason("none-voided", {"day": voided})
        if isinstance(recorded, date) and recorded > twin.known:
            return Reason("none-not-recorded", {"day": recorded})
        if isinstance(dated, date) and dated > twin.as_of:
            return Reason("none-dated-later", {"day": dated})
    return Reason("none-no-such-row", {"table": rule.table})


def _why_condition(ev: Evaluator, condition: nodes.Node | None, at: At) -> Iterator[Reason]:
    if condition is not None:
        for node in atom(ev, condition, at).failing():
            yield Reason("none-condition", {"said": node})


# -- duties


def _why_no_duty(twin: Twin, duty: Duty, row: Row) -> Iterator[Reason]:
    ev = twin.evaluator(duty)
    if duty.recurrence is Recurrence.PERIODIC:
        yield from _why_no_period(twin, duty, row)
        return
    find = once if duty.recurrence is Recurrence.ONCE else rolling
    found = list(find(ev, duty, row))
    if found:
        yield from _why_not_this(twin, duty, row, found[-1])
        return
    begins = duty.start if duty.rolling is None else duty.rolling.first
    yield Reason("none-not-begun", {"columns": _columns(begins)})


def _why_no_period(twin: Twin, duty: Duty, row: Row) -> Iterator[Reason]:
    ev, periods = twin.evaluator(duty), duty.periods
    assert periods is not None
    within = span(ev, periods, row)
    if within is None:
        yield Reason("none-not-entered", {"columns": _columns(periods.first)})
        return
    if within.leave is not None and within.leave < twin.as_of:
        yield Reason("none-left", {"day": within.leave})
    kind = kind_of(ev, periods, in_force(duty.conditions, twin.as_of), row, Gaps())
    if kind is None:
        yield from _why_condition(ev, in_force(duty.conditions, twin.as_of), At(row))
        return
    if kind == WORKING_DAY and not twin.work.working(twin.as_of):
        yield Reason("none-rest-day", {})
    if kind in DAILY and not periods.backlog:
        day = Candidate(twin.as_of, twin.as_of, {"period_start": twin.as_of, "period_end": twin.as_of})
        yield from _why_not_this(twin, duty, row, day)
        return
    found = list(periodic(ev, duty, row, kind, within))
    if found:
        yield from _why_not_this(twin, duty, row, found[-1])
    elif duty.start is not None:
        yield Reason("none-not-begun", {"columns": _columns(duty.start)})


def _why_not_this(twin: Twin, duty: Duty, row: Row, candidate: Candidate) -> Iterator[Reason]:
    """Why a possible occurrence is none."""
    judge = twin.judge(duty)
    if not judge.is_in_force(candidate.start):
        span_ = {"since": duty.since, "until": duty.until, "start": candidate.start}
        yield Reason("none-not-in-force", span_)
        return
    failing = list(_why_condition(judge.ev, in_force(duty.conditions, candidate.at), place(row, candidate)))
    yield from failing
    frame = None if failing else judge.window(row, candidate, Gaps())
    if frame is not None and not judge.leftovers and judge.before_go_live(frame.due):
        yield Reason("none-before-go-live", {"due": frame.due, "go_live": twin.go_live})
    elif frame is not None and duty.withdraw_at_end and duty.until is not None and twin.as_of > duty.until:
        yield Reason("none-withdrawn", {"until": duty.until})


def _columns(node: nodes.Node | None) -> tuple[str, ...]:
    """The own columns that an expression reads, as dotted paths."""
    found = () if node is None else own_columns(node)
    return tuple(dict.fromkeys(".".join((*column.path, column.name)) for column in found))


# -- warnings


def _why_no_warning(twin: Twin, rule: Warning, row: Row) -> Iterator[Reason]:
    if not rule.levels:
        yield Reason("none-by-hand", {})
        return
    ev = twin.evaluator(rule)
    failing = list(_why_condition(ev, rule.condition, At(row)))
    if failing:
        yield from failing
        return
    one = raised(ev, rule, row, Gaps())
    if one is None:
        if all(ev.value(when, At(row)) is False for _, when in rule.levels):
            yield Reason("none-no-level", {})
        return
    for stored in ev.book.rows(of.WARNING):
        identity = tuple(stored.values[c] for c in (of.WARNED_RULE, of.WARNED_PARTY, of.WARNED_EPISODE))
        level = str(stored.values[of.WARNED_LEVEL])
        if identity == (rule.id, one.party, one.episode) and twin.severity.index(
            level
        ) >= twin.severity.index(one.level):
            yield Reason("none-already-raised", {"level": level, "day": stored.values["raised_day"]})
            return
    others = [
        found for other in twin.rows(rule, None) if (found := raised(ev, rule, other, Gaps())) is not None
    ]
    for winner, _ in not_yet_stored(ev, rule, others, twin.severity):
        if (winner.party, winner.episode) == (one.party, one.episode) and winner.object != row.key:
            yield Reason("none-other-object", {"object": winner.object, "level": winner.level})
