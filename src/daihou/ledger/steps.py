"""The steps of a contract that start or end duties, each an act: disbursed, extended, compensated, settled or released, written off, cancelled.

A step says from which states it leads, which facts it asks for, and what follows from them; it is written as a correction of the
contract, so that the states it went through stay in the change log.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext, gettext_noop

from daihou.book import ColumnType
from daihou.ledger.acts import RowRefusedError, correct
from daihou.registers.kept import Kept, homes, standing
from daihou.trail.acts import Actor

AWAITING, GUARANTEED, LENT, PAID_FOR = "awaiting_disbursement", "in_guarantee", "on_loan", "compensated"
BALANCES = ("principal_balance", "nominal_balance", "outstanding_balance", "liability_balance")
WHOLE = Decimal(100)

Said = Mapping[str, Any]
Follows = Callable[[Any, Said], dict[str, Any]]


@dataclass(frozen=True)
class ContractStep:
    """One step. ``word``: its name in Chinese, by which the trail tells it; ``asks``: columns of the contract that must be told.

    ``follows``: what else is written, out of the standing row and what was told; RowRefusedError where that makes no sense.
    """

    id: str
    word: str
    starts: frozenset[str]
    asks: tuple[str, ...]
    follows: Follows

    @property
    def title(self) -> str:
        """Its name in the language of whoever asks."""
        return gettext(self.word)


def _disbursed(held: Any, said: Said) -> dict[str, Any]:
    """In force from the day of disbursement; balances that were not told begin with the amount, less the shares of others."""
    if said["maturity_day"] <= said["disbursed_day"]:
        raise RowRefusedError("maturity-not-later", "maturity_day")
    begins: dict[str, Any] = {"principal_balance": held.amount}
    guaranteed = held.business_line == "guarantee"
    if guaranteed:
        own = WHOLE - (held.bank_share or 0)
        begins["nominal_balance"] = held.amount
        begins["outstanding_balance"] = _share(held.amount, own)
        begins["liability_balance"] = _share(held.amount, own - (held.re_guarantee_share or 0))
    told = {name: value for name, value in begins.items() if getattr(held, name) is None}
    return {"status": GUARANTEED if guaranteed else LENT, **told}


def _share(amount: int, share: Decimal | int) -> int:
    """A share in per cent of an amount in fen, to the fen."""
    return int((amount * Decimal(share) / WHOLE).quantize(Decimal(1), ROUND_HALF_EVEN))


def _extended(held: Any, said: Said) -> dict[str, Any]:
    """Matures later, and counts one extension more."""
    if held.maturity_day is not None and said["maturity_day"] <= held.maturity_day:
        raise RowRefusedError("maturity-not-later", "maturity_day")
    return {"extensions": (held.extensions or 0) + 1}


def _compensated(_held: Any, _said: Said) -> dict[str, Any]:
    """The company has paid the creditor; the row of the payment itself is entered in 代偿."""
    return {"status": PAID_FOR}


def _ended(held: Any, said: Said) -> dict[str, Any]:
    """Nothing is owed or answered for any more: a guarantee is released, after a compensation as such; a loan is settled."""
    _refuse_before(held, said["settled_day"], "settled_day")
    ends = {GUARANTEED: "released", PAID_FOR: "compensated_release"}
    return {"status": ends.get(held.status, "settled"), **_nothing_left(held)}


def _written_off(held: Any, said: Said) -> dict[str, Any]:
    """Taken off the books with its loss; the claim is not given up by that."""
    _refuse_before(held, said["written_off_day"], "written_off_day")
    return {"status": "written_off"}


def _cancelled(_held: Any, _said: Said) -> dict[str, Any]:
    """Never disbursed, and will not be."""
    return {"status": "withdrawn_contract"}


def _refuse_before(held: Any, day: date, column: str) -> None:
    if held.disbursed_day is not None and day < held.disbursed_day:
        raise RowRefusedError("before-disbursement", column)


def _nothing_left(held: Any) -> dict[str, int]:
    return {name: 0 for name in BALANCES if getattr(held, name) is not None}


STEPS: Mapping[str, ContractStep] = {
    one.id: one
    for one in (
        ContractStep(
            "disburse", gettext_noop("放款"), frozenset({AWAITING}), ("disbursed_day", "maturity_day"), _disbursed
        ),
        ContractStep("extend", gettext_noop("展期"), frozenset({GUARANTEED, LENT}), ("maturity_day",), _extended),
        ContractStep("compensate", gettext_noop("转为已代偿"), frozenset({GUARANTEED}), (), _compensated),
        ContractStep(
            "settle", gettext_noop("结清解保"), frozenset({GUARANTEED, LENT, PAID_FOR}), ("settled_day",), _ended
        ),
        ContractStep(
            "write-off", gettext_noop("核销"), frozenset({LENT, PAID_FOR}), ("written_off_day", "loss_written_off"), _written_off
        ),
        ContractStep("cancel", gettext_noop("撤销合同"), frozenset({AWAITING}), (), _cancelled),
    )
}  # fmt: skip
"""The steps by id, in the order of a contract's life."""


def steps_from(status: str) -> tuple[ContractStep, ...]:
    """The steps that lead on from a state."""
    return tuple(one for one in STEPS.values() if status in one.starts)


def take_step(
    contract: str, step: str, said: Said, *, by: Actor, at: datetime, day: date, reason: str = ""
) -> Kept:
    """Take a contract one step on. ``said``: the columns that the step asks for; happened days must have come.

    RowRefusedError: the contract is not in a state from which the step leads, a fact is missing or makes no sense.
    KeyError: no such step.
    """
    one = STEPS[step]
    with transaction.atomic():
        held: Any = standing(homes()["contract"]).select_for_update().filter(key=contract).first()
        if held is None:
            raise RowRefusedError("row-not-found", contract)
        if held.status not in one.starts:
            raise RowRefusedError("step-not-now", contract)
        for column in one.asks:
            if said.get(column) is None:
                raise RowRefusedError("value-missing", column)
            if held.table.columns[column].type is ColumnType.HAPPENED and said[column] > day:
                raise RowRefusedError("day-ahead", column)  # the state moves today, so the day has come
        told = {column: said[column] for column in one.asks}
        values = {**told, **one.follows(held, told)}
        why = f"{one.word}：{reason.strip()}" if reason.strip() else one.word
        return correct("contract", contract, values, by=by, at=at, day=day, reason=why)
