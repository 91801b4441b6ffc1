"""Notices and plans of recourse. A recourse notice that was handed in: whom it went to stands among the recovery targets with it, so that the notice closes its own duty (P01-21).

A form about a compensation whose lines begin with who owes it (``owes: debtors``) is such a notice.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from daihou.duties.filing import Filed, FilingRefusedError, in_words
from daihou.duties.models import Duty
from daihou.ledger.acts import RowRefusedError, correct, enter
from daihou.ledger.refusals import refusal
from daihou.papers.filling import lines_in
from daihou.papers.models import Paper
from daihou.papers.owed import COMPENSATION, debtors_of
from daihou.papers.reading import CLIENT, Field, Form, Owes
from daihou.registers.kept import homes, standing
from daihou.signoff.acts import SigningRefusedError
from daihou.signoff.models import Matter
from daihou.trail.acts import Actor
from daihou.units import day_of

TARGET, PLAN = "recovery_target", "recovery_plan"
_STANDING = {True: "debtor", False: "counter_guarantor"}


@dataclass(frozen=True)
class _Told:
    """One whom a notice went to: the name of the field that says so, his key, the row's cells."""

    field: str
    party: str
    cells: Mapping[str, Any]


def debtor_lines(duty: Duty, form: Form) -> Field | None:
    """The lines of a notice that say whom it went to; None where the form of the duty is none."""
    lines = (
        one
        for one in form.fields
        if one.owes is Owes.DEBTORS and any(column.owes is Owes.ANSWERED for column in one.columns)
    )
    return next(lines, None) if duty.table == COMPENSATION else None


def enter_targets(filed: Filed, by: Actor, at: datetime) -> None:
    """Enter who was given notice, and fill what is empty of rows that stand. Who is no debtor of the registers is told on the letter only.

    Raises FilingRefusedError beside the line.
    """
    for one in _told(filed.duty, filed.form, filed.filled.values):
        _write(filed, one, one.cells, by=by, at=at, keep=True)


def targets_corrected(filed: Filed, before: Paper, by: Actor, at: datetime) -> None:
    """Write what a correction says otherwise: a receipt that came or did not, a day that was wrong, somebody who was left out.

    What it says as before moves nothing, and who is taken out of the lines stays a target: the row may rest on something else by now, and is
    taken out in its register.
    """
    stood = {one.party: one.cells for one in _told(filed.duty, filed.form, before.values)}
    for one in _told(filed.duty, filed.form, filed.filled.values):
        if one.party not in stood:
            _write(filed, one, one.cells, by=by, at=at, keep=True)
            continue
        moved = {name: value for name, value in one.cells.items() if value != stood[one.party][name]}
        if moved:
            _write(filed, one, moved, by=by, at=at, keep=False)


def unknown_names(duty: Duty, form: Form, values: Mapping[str, str]) -> list[str]:
    """Whom a notice names that the registers do not know as a debtor, in its order."""
    lines = debtor_lines(duty, form)
    if lines is None:
        return []
    known = {one.field for one in _told(duty, form, values)}
    name_of = next(one.name for one in lines.columns if one.owes is Owes.NAME)
    fields = [
        f"{lines.name}/{number}/{name_of}" for number in range(lines_in(form, values).get(lines.name, 0))
    ]
    return [values[one] for one in fields if one not in known and values.get(one)]


def without_notice(duty: Duty, form: Form) -> list[str]:
    """Who owes what was compensated and stands in the registers as given no notice yet, by name; of a duty that no notice closes nobody."""
    payment, contract = _payment(duty, form)
    if contract is None:
        return []
    told = standing(homes()[TARGET]).filter(
        compensation=payment.key, recourse_sent_day__gte=payment.value_day
    )
    had = set(told.values_list("party", flat=True))
    return [one.name or one.party for one in debtors_of(payment, contract) if one.party not in had]


def _payment(duty: Duty, form: Form) -> tuple[Any, Any]:
    """The compensation that a notice is about, and its contract; None where the form is no notice."""
    payment: Any = None
    if debtor_lines(duty, form) is not None:
        payment = standing(homes()[COMPENSATION]).filter(key=duty.object).first()
    contract = None if payment is None else standing(homes()["contract"]).filter(key=payment.contract).first()
    return payment, contract


def _write(filed: Filed, one: _Told, said: Mapping[str, Any], *, by: Actor, at: datetime, keep: bool) -> None:
    """The row of one target; ``keep`` leaves what stands and fills what is empty."""
    key, day = f"{filed.duty.object}/{one.party}", day_of(at)
    reason = f"{filed.form.title.zh} {filed.paper.number}"
    held = standing(homes()[TARGET]).filter(key=key).first()
    try:
        if held is None:
            made = {"key": key, "compensation": filed.duty.object, "party": one.party, **one.cells}
            enter(TARGET, made, by=by, at=at, day=day, reason=reason, decision=made)
            return
        fresh = {
            name: value
            for name, value in said.items()
            if value != getattr(held, name) and not (keep and getattr(held, name) is not None)
        }
        if fresh:
            correct(TARGET, key, fresh, by=by, at=at, day=day, reason=reason, decision=fresh)
    except RowRefusedError as error:
        raise FilingRefusedError([(one.field, in_words(refusal(error)))]) from error


def plan_approved(matter: Matter, by: Actor, at: datetime) -> None:
    """Write that a recovery plan was approved, in the approval's transaction: who signed it last does not say so a second time (P01-21)."""
    said = approved_by(matter)
    if not said:
        return
    row = standing(homes()[COMPENSATION]).filter(key=matter.content["fact"]["key"]).first()
    if row is None:
        raise SigningRefusedError("too-late")
    if row.plan_approved_day is not None:
        return
    try:
        correct(
            COMPENSATION, row.key, said, by=by, at=at, day=day_of(at), reason=matter.title["zh"], decision=said
        )  # fmt: skip
    except RowRefusedError as error:
        raise SigningRefusedError("too-late") from error


def approved_by(matter: Matter) -> dict[str, date]:
    """What the approval of a recovery plan writes on its compensation; nothing of any other work about one."""
    fact, paper = matter.content.get("fact") or {}, matter.content.get("paper") or {}
    if fact.get("table") != COMPENSATION or paper.get("form") != PLAN or matter.decided_at is None:
        return {}
    return {"plan_approved_day": day_of(matter.decided_at)}


def _told(duty: Duty, form: Form, values: Mapping[str, str]) -> Iterator[_Told]:
    """The lines that name a debtor, each debtor once; of two of one name and capacity each line means the next."""
    lines = debtor_lines(duty, form)
    payment, contract = _payment(duty, form)
    if lines is None or contract is None:
        return
    debtors: dict[tuple[str, str], list[str]] = {}
    for debtor in debtors_of(payment, contract):
        debtors.setdefault((_plain(debtor.name), debtor.capacity), []).append(debtor.party)
    columns = {one.owes: one.name for one in lines.columns if one.owes is not None}
    for number in range(lines_in(form, values).get(lines.name, 0)):
        said = {what: values.get(f"{lines.name}/{number}/{name}", "") for what, name in columns.items()}
        parties = debtors.get((_plain(said.get(Owes.NAME, "")), said.get(Owes.CAPACITY, "")))
        if not parties:
            continue
        cells = {
            "standing": _STANDING[said[Owes.CAPACITY] == CLIENT],
            "recourse_sent_day": _day(values.get(form.done or "", "")),
            "receipt_day": _day(said.get(Owes.ANSWERED, "")),
        }
        yield _Told(f"{lines.name}/{number}/{columns[Owes.NAME]}", parties.pop(0), cells)


def _plain(name: str) -> str:
    """A name as a form keeps it: single spaces, none at its ends."""
    return " ".join(name.split())


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None
