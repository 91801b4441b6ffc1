"""The gates, asked before an act: may this be entered, may the contract take this step; and if not, why.

A gate is asked of a row. One that does not stand yet is written, asked, and taken back before anybody sees it, so that the gate sees of the
registers what it would see of a row that stands. What has happened can be entered against a gate, with a reason that the trail keeps: a call
that was made at night was made. A step of a contract is not taken against one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction

from daihou.book import Fault, declared
from daihou.dayend.about import explained
from daihou.engine import Explanation, refused_because
from daihou.ledger.acts import RowRefusedError, correct, enter
from daihou.ledger.classing import class_follows
from daihou.ledger.differing import row_values
from daihou.ledger.laying import PAYMENTS, lay_entered, refuse_beyond
from daihou.ledger.lending import LOANS, refuse_lending
from daihou.ledger.recovering import RECOVERIES, refuse_recovery
from daihou.ledger.steps import MICRO_LOAN, take_step
from daihou.policy.rules import books, rules
from daihou.registers.kept import Kept, held_as, homes, in_book, is_sealed, standing, values_of
from daihou.rulebook import Gate
from daihou.terms import Lang
from daihou.trail.acts import Actor

EXTENSION, LENDING = "extension_request", "lending_request"
AGAINST = "规则不许"
"""What the trail says of a row that was entered against gates, before their names."""
WHEN_TOLD = frozenset({"responsibility_handover"})
"""Tables whose rows tell of an act that comes later, of a handover that is in force once all have signed: entered unasked, asked as they stand."""

Values = Mapping[str, Any]
Bound = Callable[[Kept], None]


def _unbound(_row: Kept) -> None:
    """No bound: an act of the installation itself."""


@dataclass(frozen=True)
class Answer:
    """What a gate says of one row. ``told``: the whole why; ``ends``: by the mark of a number of the row how it is shown."""

    gate: Gate
    told: Explanation
    ends: Mapping[str, str]

    @property
    def allowed(self) -> bool:
        """Whether it lets the act pass."""
        return not self.told.refused

    @property
    def missing(self) -> tuple[str, ...]:
        """The columns of the row that are empty and for want of which it cannot say yes; the hour by the time of day that it is taken from."""
        own = self.gate.table
        named = (
            declared()[own].columns.get(one.name)
            for refused in self.told.refused for one in refused.missing if not one.path
        )  # fmt: skip
        return tuple(dict.fromkeys(one.hour_of or one.id for one in named if one is not None))

    def because(self, lang: Lang) -> tuple[str, ...]:
        """The reasons for its no; nothing where it lets the act pass."""
        return tuple(self._shown(words) for words in refused_because(self.told, lang))

    def _shown(self, words: str) -> str:
        for mark, end in self.ends.items():
            words = words.replace(mark, end)
        return words


class GateRefusedError(Exception):
    """A gate is against the act. ``answers``: of all gates that were asked."""

    def __init__(self, answers: Sequence[Answer]) -> None:
        self.answers = tuple(answers)
        super().__init__(", ".join(one.gate.id for one in answers if not one.allowed))


def gates_on(table: str) -> tuple[Gate, ...]:
    """The gates in force here that are asked of rows of a table."""
    return tuple(
        rule
        for rule in rules().values()
        if isinstance(rule, Gate) and rule.table == table and not rule.sleeping
    )


def asked_first(table: str) -> bool:
    """Whether gates are asked before a row of a table is entered."""
    return table not in WHEN_TOLD and bool(gates_on(table))


def answers_about(table: str, key: str, day: date) -> tuple[Answer, ...]:
    """What the gates say of a row that stands, on a day; of gates that have nothing to do with the row nothing."""
    gates = gates_on(table)
    ends = _ends_of(table, key) if gates else {}
    asked = (Answer(gate, explained(books(), gate, key, day), ends) for gate in gates)
    return tuple(one for one in asked if one.told.results)


def _ends_of(table: str, key: str) -> dict[str, str]:
    """The sealed numbers of a row by their marks, each as its last four signs: a rule's words hold the mark."""
    sealed = [held_as(one) for one in values_of(declared()[table]) if is_sealed(one) and in_book(one)]
    row: Any = standing(homes()[table]).filter(key=key).first() if sealed else None
    if row is None:
        return {}
    ends = {getattr(row, mark): getattr(row, mark.removesuffix("_mark") + "_tail") for mark in sealed}
    return {mark: f"*{end}" for mark, end in ends.items() if mark}


def answers_before(
    table: str, values: Values, *, by: Actor, at: datetime, day: date, bound: Bound = _unbound
) -> tuple[Answer, ...]:
    """What the gates would say of a row that does not stand yet. ``values`` as for ``enter``; its refusals are raised. Nothing is left written.

    ``bound``: refuses a row that is not for who asks, before anything is said of it.
    """
    if not gates_on(table):
        return ()
    with transaction.atomic():
        row = enter(table, values, by=by, at=at, day=day)
        bound(row)
        answers = answers_about(table, row.key, day)
        transaction.set_rollback(True)
    return answers


def enter_asked(  # noqa: PLR0913 - what, by whom and when, within what, against what, and who is told
    table: str,
    values: Values,
    *,
    by: Actor,
    at: datetime,
    day: date,
    bound: Bound = _unbound,
    against: str = "",
    tell: Callable[[Fault], object] = lambda _fault: None,
) -> Kept:
    """Enter a row as ``enter`` does, after the gates were asked; a payment is laid on its plan with it, and ``tell`` is told what was laid and what could not be.

    ``against``: why it is entered though a gate refuses; the trail says which, and why. Raises GateRefusedError where there is no such reason.
    ``bound``: refuses a row that is not for who enters it, before a gate says anything of it; of the row that is entered the caller asks that, as of any row.
    """
    with transaction.atomic():
        first = asked_first(table)
        answers = answers_before(table, values, by=by, at=at, day=day, bound=bound) if first else ()
        refused = [one.gate.name for one in answers if not one.allowed]
        if refused and not against.strip():
            raise GateRefusedError(answers)
        reason = f"{AGAINST}（{'、'.join(refused)}），仍要登记：{against.strip()}" if refused else ""
        _refuse_impossible(table, values)
        row = enter(table, values, by=by, at=at, day=day, reason=reason)
        for fault in lay_entered(row, by=by, at=at, day=day) if table == PAYMENTS else ():
            tell(fault)
        class_follows(row, None, by=by, at=at, day=day)
        return row


def _refuse_impossible(table: str, values: Values, held: Kept | None = None) -> None:
    """Refuse what cannot have happened, as other rows tell it; ``held``: the row that is set right."""
    if table == PAYMENTS:
        refuse_beyond(values, held)
    elif table == RECOVERIES:
        refuse_recovery(values, held)
    elif table == LOANS and held is None:
        refuse_lending(values)


def correct_asked(  # noqa: PLR0913 - which row, what, by whom and when, why, and what the writer saw
    table: str,
    key: str,
    values: Values,
    *,
    by: Actor,
    at: datetime,
    day: date,
    reason: str,
    seen: int | None = None,
) -> Kept:
    """Correct a row as ``correct`` does; what cannot have happened is refused, as where a row is entered."""
    with transaction.atomic():
        held: Any = standing(homes()[table]).filter(key=key).first()
        if held is not None:
            _refuse_impossible(table, {**row_values(held), **values}, held)
        row = correct(table, key, values, by=by, at=at, day=day, reason=reason, seen=seen)
        class_follows(row, held, by=by, at=at, day=day, reason=reason)
        return row


def step_asked(
    contract: str, step: str, said: Values, *, by: Actor, at: datetime, day: date, reason: str = ""
) -> Kept:
    """Take a contract one step on as ``take_step`` does, after the gates on what the step is about were asked.

    Before a disbursement the gates on lending are asked of this contract's, as if it were asked for today; before an extension those on
    extensions of the request in the register (P17-13, P17-16). Raises GateRefusedError, and what ``take_step`` raises.
    """
    with transaction.atomic():
        answers = answers_of_step(contract, step, said, by=by, at=at, day=day)
        if not all(one.allowed for one in answers):
            raise GateRefusedError(answers)
        return take_step(contract, step, said, by=by, at=at, day=day, reason=reason)


def answers_of_step(
    contract: str, step: str, said: Values, *, by: Actor, at: datetime, day: date
) -> tuple[Answer, ...]:
    """What the gates say of a step. RowRefusedError where a micro-loan is to be extended and nobody has asked for it, or for another day, or for none."""
    if step == "disburse":
        return _before_disbursing(contract, by=by, at=at, day=day)
    if step == "extend" and gates_on(EXTENSION):
        return _before_extending(contract, said.get("maturity_day"), day)
    return ()


def _before_disbursing(contract: str, *, by: Actor, at: datetime, day: date) -> tuple[Answer, ...]:
    held: Any = standing(homes()["contract"]).filter(key=contract).first()
    if held is None or held.client is None or not held.amount:
        return ()
    number = f"{contract}/{day.isoformat()}"  # of a request that is taken back
    values = {
        "key": number, "request_no": number, "client": held.client, "contract": contract, "requested_day": day, "amount": held.amount,
    }  # fmt: skip
    return answers_before(LENDING, values, by=by, at=at, day=day)


def _before_extending(contract: str, until: date | None, day: date) -> tuple[Answer, ...]:
    held: Any = standing(homes()["contract"]).filter(key=contract).first()
    request = extension_asked_for(held)
    if request is None:
        if lacks_request(held):
            raise RowRefusedError("extension-not-asked", "maturity_day")
        return ()
    asked_until: date | None = request.new_maturity_day
    if asked_until is None:  # by its day it is told whether it was granted already
        raise RowRefusedError("extension-day-missing", "maturity_day", request=request.key)
    if until not in (None, asked_until):
        raise RowRefusedError("extension-asked-otherwise", "maturity_day", day=asked_until.isoformat())
    return answers_about(EXTENSION, request.key, day)


def lacks_request(contract: Any) -> bool:
    """Whether a contract cannot be extended because nobody has asked for it: a micro-loan is extended on a request alone (P17-16)."""
    wants = contract is not None and contract.business_line == MICRO_LOAN and bool(gates_on(EXTENSION))
    return wants and extension_asked_for(contract) is None


def extension_asked_for(contract: Any) -> Any:
    """The newest request to extend a contract that has not been granted yet; None where nobody asks."""
    if contract is None:
        return None
    asked = standing(homes()[EXTENSION]).filter(contract=contract.key)
    if contract.maturity_day is not None:
        asked = asked.exclude(new_maturity_day__lte=contract.maturity_day)
    return asked.order_by("-requested_day", "-key").first()
