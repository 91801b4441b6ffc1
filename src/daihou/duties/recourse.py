"""A recourse notice that was handed in: whom it went to stands among the recovery targets with it, so that the notice closes its own duty (P01-21).

A form about a compensation whose lines begin with who owes it (``owes: debtors``) is such a notice.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from daihou.duties.filing import Filed, FilingRefusedError, Said
from daihou.duties.models import Duty
from daihou.ledger.acts import RowRefusedError, correct, enter
from daihou.ledger.refusals import refusal
from daihou.papers.filling import lines_in
from daihou.papers.models import Paper
from daihou.papers.owed import COMPENSATION, debtors_of
from daihou.papers.reading import CLIENT, Field, Form, Owes
from daihou.registers.kept import homes, standing
from daihou.trail.acts import Actor
from daihou.units import day_of

TARGET = "recovery_target"
_STANDING = {True: "debtor", False: "counter_guarantor"}


@dataclass(frozen=True)
class _Told:
    """One whom a notice went to: the name of the field that says so, his key, the row's cells."""

    field: str
    party: str
    cells: Mapping[str, Any]


def debtor_lines(duty: Duty, form: Form) -> Field | None:
    """The lines of a notice that say whom it went to; None where the form of the duty is none."""
    lines = (one for one in form.fields if one.owes is Owes.DEBTORS)
    return next(lines, None) if duty.table == COMPENSATION else None


def enter_targets(filed: Filed, by: Actor, at: datetime) -> None:
    """Enter who was given notice, and fill what is empty of rows that stand. Who is no debtor of the registers is told on the letter only.

    Raises FilingRefusedError beside the line.
    """
    _write(filed, by=by, at=at, keep=True)


def targets_corrected(filed: Filed, _before: Paper, by: Actor, at: datetime) -> None:
    """The same of a correction, which sets right what stands: a receipt that came, a day that was wrong."""
    _write(filed, by=by, at=at, keep=False)


def _write(filed: Filed, *, by: Actor, at: datetime, keep: bool) -> None:
    duty, form = filed.duty, filed.form
    lines = debtor_lines(duty, form)
    if lines is None:
        return
    day, reason = day_of(at), f"{form.title.zh} {filed.paper.number}"
    for one in _told(duty.object, form, lines, filed.filled.values):
        try:
            _write_one(duty.object, one, reason, keep=keep, by=by, at=at, day=day)
        except RowRefusedError as error:
            raise FilingRefusedError([(one.field, _said(refusal(error)))]) from error


def _said(why: str) -> Said:
    return lambda _lang: why


def _write_one(
    compensation: str, one: _Told, reason: str, *, keep: bool, by: Actor, at: datetime, day: date
) -> None:
    key = f"{compensation}/{one.party}"
    held = standing(homes()[TARGET]).filter(key=key).first()
    if held is None:
        made = {"key": key, "compensation": compensation, "party": one.party, **one.cells}
        enter(TARGET, made, by=by, at=at, day=day, reason=reason, decision=made)
        return
    said = {
        name: value
        for name, value in one.cells.items()
        if value != getattr(held, name) and not (keep and getattr(held, name) is not None)
    }
    if said:
        correct(TARGET, key, said, by=by, at=at, day=day, reason=reason, decision=said)


def _told(compensation: str, form: Form, lines: Field, values: Mapping[str, str]) -> Iterator[_Told]:
    """The lines that name a debtor, each debtor once."""
    payment: Any = standing(homes()[COMPENSATION]).filter(key=compensation).first()
    contract = None if payment is None else standing(homes()["contract"]).filter(key=payment.contract).first()
    if contract is None:
        return
    debtors = {(one.name, one.capacity): one.party for one in debtors_of(payment, contract)}
    columns = {one.owes: one.name for one in lines.columns if one.owes is not None}
    sent = values.get(form.done or "", "")
    for number in range(lines_in(form, values).get(lines.name, 0)):
        said = {what: values.get(f"{lines.name}/{number}/{name}", "") for what, name in columns.items()}
        party = debtors.pop((said.get(Owes.NAME, ""), said.get(Owes.CAPACITY, "")), None)
        if party is None:
            continue
        cells: dict[str, Any] = {"standing": _STANDING[said[Owes.CAPACITY] == CLIENT]}
        cells |= {"recourse_sent_day": date.fromisoformat(sent)} if sent else {}
        answered = said.get(Owes.ANSWERED, "")
        cells |= {"receipt_day": date.fromisoformat(answered)} if answered else {}
        yield _Told(f"{lines.name}/{number}/{columns[Owes.NAME]}", party, cells)
