"""What follows from a report: what the client has to put right, warnings, and the class that it proposes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from daihou.duties.filing import Filed, FilingRefusedError, in_words, refuse
from daihou.duties.models import Duty
from daihou.duties.signing import concerned
from daihou.inspections.classing import propose, wrong_grades
from daihou.ledger.acts import RowRefusedError, enter
from daihou.papers.filling import Fault, lines_telling
from daihou.papers.reading import Form, Tells, messages
from daihou.terms import Lang
from daihou.trail.acts import Actor
from daihou.units import day_of
from daihou.warnings.acts import WarningRefusedError, raise_by_hand
from daihou.warnings.refusals import refusals

_TOLD_ALREADY = frozenset({"open-already", "raised-today"})
"""A warning that is open is not raised a second time; the report stands."""


def enter_findings(filed: Filed, by: Actor, at: datetime) -> None:
    """Write what a report demands of the client and the warnings that it raises, and put its class to signature.

    Raises FilingRefusedError, beside the fields, with all that is wrong before anything is written.
    """
    form, contract, day = filed.form, concerned(filed.duty), day_of(at)
    refuse(wrong_findings(filed.duty, form, filed.filled.values, day))
    for name, line in lines_telling(form, filed.filled.values, Tells.DEMANDS):
        _demand(filed, contract, name, line, by=by, at=at, day=day)
    for name, line in lines_telling(form, filed.filled.values, Tells.WARNINGS):
        _warn(filed, contract, name, line, by=by, at=at)
    propose(filed, by=by, at=at)


def wrong_findings(duty: Duty, form: Form, values: Mapping[str, str], day: date) -> list[Fault]:
    """What of a report cannot be written, as far as it is known before: a class without its reason or while another is signed, a deadline that is past."""
    late = [
        Fault(name, "too-early", {"bound": day.isoformat()})
        for _place, (_demand, (name, until)) in lines_telling(form, values, Tells.DEMANDS)
        if until and date.fromisoformat(until) < day
    ]
    return [*late, *wrong_grades(duty, form, values)]


def _demand(filed: Filed, contract: Any, name: str, line: list[tuple[str, str]], *, by: Actor, at: datetime, day: date) -> None:  # fmt: skip
    (_, told), (_, until) = line
    party = filed.duty.party or (None if contract is None else contract.client)
    if party is None:
        raise FilingRefusedError([(name, _said("no-client"))])
    number = f"{filed.paper.number}-{int(name.partition('/')[2]) + 1}"
    values = {
        "key": number, "rectification_no": number, "party": party, "contract": None if contract is None else contract.key,
        "kind": "inspection_finding", "demanded_day": day, "deadline": date.fromisoformat(until), "reminders": 0, "remark": told,
    }  # fmt: skip
    try:
        enter("rectification", values, by=by, at=at, day=day)
    except RowRefusedError as error:
        raise FilingRefusedError([(name, _said("no-client"))]) from error


def _warn(
    filed: Filed, contract: Any, name: str, line: list[tuple[str, str]], *, by: Actor, at: datetime
) -> None:
    (signal_name, signal), (_, level), (_, seen) = line
    party = filed.duty.party or (None if contract is None else contract.client)
    if party is None:
        raise FilingRefusedError([(name, _said("no-client"))])
    told = f"{seen}（{filed.form.title.zh} {filed.paper.number}）"
    try:
        raise_by_hand(
            signal,
            party,
            told,
            level=level,
            contract=None if contract is None else contract.key,
            by=by,
            at=at,
        )
    except WarningRefusedError as error:
        if error.code not in _TOLD_ALREADY:
            why = str(refusals()[error.code])
            raise FilingRefusedError([(signal_name, in_words(why))]) from error


def _said(code: str, **params: str) -> Any:
    def said(lang: Lang) -> str:
        return messages().text(code, lang, **params)

    return said
