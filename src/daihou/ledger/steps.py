"""The steps of a contract that start or end duties, each an act: disbursed, extended, compensated, settled or released, written off, cancelled.

A step says from which states it leads, which facts it asks for, and what follows from them; it is written as a correction of the
contract, so that the states it went through stay in the change log. It holds what it is told against what the registers say is owed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext

from daihou.book import declared, domains
from daihou.ledger.acts import RowRefusedError, correct, correct_many, enter
from daihou.ledger.owing import BALANCES, balance_of, compensated, left_of, unpaid_interest, unpaid_of_plan
from daihou.ledger.replanning import STAYS, moved
from daihou.ledger.step_words import STEP_WORDS
from daihou.people.decided import may_take
from daihou.people.reads import posts_of
from daihou.registers.kept import Kept, homes, standing
from daihou.trail.acts import SYSTEM, Actor
from daihou.units import format_yuan

AWAITING, GUARANTEED, LENT, PAID_FOR = "awaiting_disbursement", "in_guarantee", "on_loan", "compensated"
WHOLE = Decimal(100)
MICRO_LOAN, CAR_LOAN, OWN_FUNDS = "micro_loan", "car_loan", "own_funds"

Said = Mapping[str, Any]
Follows = Callable[[Any, Said, date], dict[str, Any]]
Moves = Callable[[Any, Said], Iterator[tuple[str, str, dict[str, Any]]]]


def _always(_held: Any) -> bool:
    return True


@dataclass(frozen=True)
class ContractStep:
    """One step. ``word``: its name in Chinese, by which the trail tells it; ``asks``: columns that must be told, ``may_ask``: that may.

    ``table``: whose columns they are; of another table than the contract a row is entered with the step. ``follows``: what else is
    written of the contract, out of the standing row, what was told and the day; RowRefusedError where that makes no sense.
    ``reason``: whether the step is nothing without one. ``moves``: rows of other tables that move with it, by the values they take.
    ``replans``: whether it is asked how the plan follows. ``fits``: whether it is a step of such a contract at all.
    """

    id: str
    word: str
    starts: frozenset[str]
    asks: tuple[str, ...]
    follows: Follows
    table: str = "contract"
    may_ask: tuple[str, ...] = ()
    reason: bool = False
    moves: Moves | None = None
    replans: bool = False
    fits: Callable[[Any], bool] = _always

    @property
    def title(self) -> str:
        """Its name in the language of whoever asks."""
        return gettext(self.word)

    @property
    def told(self) -> tuple[str, ...]:
        """All columns that may be told."""
        return self.asks + self.may_ask

    def leads_on(self, held: Any) -> bool:
        """Whether it leads on from where a contract stands."""
        return held.status in self.starts and self.fits(held)

    def refused(self, held: Any) -> RowRefusedError:
        """Why a contract cannot take it as it stands: in another state than it leads on from, or of another kind."""
        if held.status in self.starts:
            return RowRefusedError("step-of-others", held.key, step=self.title)
        states = domains()[declared()["contract"].columns["status"].enum or ""]
        leads = ",".join(one for one in states if one in self.starts)
        return RowRefusedError("step-not-now", held.key, step=self.title, now=held.status, starts=leads)


def _disbursed(held: Any, said: Said, _day: date) -> dict[str, Any]:
    """In force from the day of disbursement; balances that were not told, or told as nothing before, begin with the amount, less the shares of others."""
    if said["maturity_day"] <= said["disbursed_day"]:
        raise RowRefusedError("maturity-not-later", "maturity_day")
    begins: dict[str, Any] = {"principal_balance": held.amount}
    guaranteed = held.business_line == "guarantee"
    if guaranteed:
        own = WHOLE - (held.bank_share or 0)
        begins["nominal_balance"] = held.amount
        begins["outstanding_balance"] = _share(held.amount, own)
        begins["liability_balance"] = _share(held.amount, own - (held.re_guarantee_share or 0))
    told = {name: value for name, value in begins.items() if not getattr(held, name)}
    return {"status": GUARANTEED if guaranteed else LENT, **told}


def _share(amount: int, share: Decimal | int) -> int:
    """A share in per cent of an amount in fen, to the fen."""
    return int((amount * Decimal(share) / WHOLE).quantize(Decimal(1), ROUND_HALF_EVEN))


def _extended(held: Any, said: Said, day: date) -> dict[str, Any]:
    """Matures later, and counts one extension more; a micro-loan only after all interest came in (P17-16)."""
    if held.maturity_day is not None and said["maturity_day"] <= held.maturity_day:
        raise RowRefusedError("maturity-not-later", "maturity_day")
    if held.business_line == MICRO_LOAN:
        _refuse_owing("interest-owing", "maturity_day", unpaid_interest(held.key, day))
    return {"extensions": (held.extensions or 0) + 1}


def notes_to_extend(held: Any) -> QuerySet[Any]:
    """Drawdowns that mature with the contract and are not paid off: an extension is theirs too."""
    notes = standing(homes()["loan_note"])
    return notes.filter(contract=held.key, maturity_day=held.maturity_day, settled_day__isnull=True)


def _notes_extended(held: Any, said: Said) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for note in notes_to_extend(held):
        yield (
            "loan_note",
            note.key,
            {"maturity_day": said["maturity_day"], "extensions": (note.extensions or 0) + 1},
        )


def _stood_in_for(held: Any) -> bool:
    """Whether the company answers for a loan that another gave: a guarantee, and a bank's car loan whose service company stands in (P07). A loan out of its own funds it cannot pay to itself."""
    banks: bool = held.business_line == CAR_LOAN and held.funding != OWN_FUNDS
    return held.status != LENT or banks


def _compensated(held: Any, said: Said, _day: date) -> dict[str, Any]:
    """The company has paid the creditor, within what was owing; the payment is entered in 代偿 with the step.

    Of the whole: nothing is answered for any more, what is left is to get it back. Of a part: the guarantee stands for the rest, and its
    checks go on.
    """
    _refuse_before(held, said["value_day"], "value_day")
    if not said["principal"] + said["interest"]:
        raise RowRefusedError("amount-nothing", "principal")
    already, _paid, _back = compensated(held.key, but_of=said["value_day"])
    told = balance_of(held)
    owing = max(held.amount - already, 0) if told is None else told
    left = owing - said["principal"]
    if left < 0:
        raise RowRefusedError("exceeds-owing", "principal", owing=format_yuan(owing))
    _refuse_beyond_demand(held, said, owing)
    return {"status": PAID_FOR, **_nothing_left(held)} if not left else left_of(held, left, owing)


def _refuse_beyond_demand(held: Any, said: Said, owing: int) -> None:
    """Refuse interest and costs beyond the principal, and more than the creditor demands unless it is said why."""
    beside = sum(said[part] or 0 for part in ("interest", "penalty_interest", "expense"))
    if beside > max(owing, said["principal"]):
        raise RowRefusedError("exceeds-owing", "interest", owing=format_yuan(owing))
    demand = unanswered_demands(held.key).first()
    asked = None if demand is None else demand.amount
    if asked and said["principal"] + beside > asked and not said["reason"]:
        raise RowRefusedError("exceeds-demand", "reason", owing=format_yuan(asked))


def unanswered_demands(contract: str) -> QuerySet[Any]:
    """The creditor's demands on which nothing was paid, the newest first."""
    demands = standing(homes()["compensation_demand"]).filter(contract=contract)
    answered = standing(homes()["compensation"]).filter(contract=contract, compensation_demand__isnull=False)
    return demands.exclude(key__in=answered.values("compensation_demand")).order_by("-received_day")


def _ended(held: Any, said: Said, _day: date) -> dict[str, Any]:
    """Nothing is owed or answered for any more: a guarantee is released, after a compensation as such; a loan is settled."""
    day = said["settled_day"]
    _refuse_before(held, day, "settled_day")
    paid, all_paid, back = compensated(held.key)
    if all_paid:
        _refuse_owing("compensation-owing", "settled_day", paid - back)
        if back < all_paid and not said["reason"]:
            raise RowRefusedError("compensation-waived", "reason", owing=format_yuan(all_paid - back))
    if held.status != PAID_FOR or not all_paid:
        _refuse_unpaid(held, day, said["reason"])
    ends = {GUARANTEED: "compensated_release" if all_paid else "released", PAID_FOR: "compensated_release"}
    return {"status": ends.get(held.status, "settled"), **_nothing_left(held)}


def _refuse_unpaid(held: Any, day: date, reason: str) -> None:
    """Refuse to end what is not paid off; where the plan goes on after the day, paid back early, it is said how that is known."""
    told = balance_of(held)
    _refuse_owing("balance-owing", "settled_day", unpaid_of_plan(held.key) if told is None else told)
    _refuse_owing("plan-owing", "settled_day", unpaid_of_plan(held.key, day))
    later = unpaid_of_plan(held.key)
    if later and not reason:
        raise RowRefusedError("paid-early", "reason", owing=format_yuan(later))


def _written_off(held: Any, said: Said, day: date) -> dict[str, Any]:
    """Taken off the books with its loss; the claim is not given up by that. A loan goes with its whole balance, what was compensated with no more than did not come back."""
    _refuse_before(held, said["written_off_day"], "written_off_day")
    loss = said["loss_written_off"]
    if loss <= 0:
        raise RowRefusedError("amount-nothing", "loss_written_off")
    _paid, all_paid, back = compensated(held.key) if held.status == PAID_FOR else (0, 0, 0)
    balance = balance_of(held)
    if all_paid:
        least, most = 0, max(all_paid - back, 0)
    else:
        most = (held.amount if balance is None else balance) + unpaid_interest(held.key, day)
        least = balance or 0
    if loss > most:
        raise RowRefusedError("exceeds-owing", "loss_written_off", owing=format_yuan(most))
    if loss < least and held.status == LENT:
        raise RowRefusedError("loss-below-balance", "loss_written_off", owing=format_yuan(least))
    return {"status": "written_off"}


def _cancelled(held: Any, _said: Said, _day: date) -> dict[str, Any]:
    """Never disbursed, and will not be."""
    drawn = standing(homes()["loan_note"]).filter(contract=held.key).values_list("key", flat=True).first()
    if drawn is not None:
        raise RowRefusedError("drawn-already", drawn)
    return {"status": "withdrawn_contract"}


def _refuse_owing(code: str, column: str, owing: int) -> None:
    if owing > 0:
        raise RowRefusedError(code, column, owing=format_yuan(owing))


def _refuse_before(held: Any, day: date, column: str) -> None:
    if held.disbursed_day is not None and day < held.disbursed_day:
        raise RowRefusedError("before-disbursement", column)


def _nothing_left(held: Any) -> dict[str, int]:
    return {name: 0 for name in BALANCES if getattr(held, name) is not None}


STEPS: Mapping[str, ContractStep] = {
    one.id: one
    for one in (
        ContractStep(
            "disburse", STEP_WORDS["disburse"], frozenset({AWAITING}), ("disbursed_day", "maturity_day"), _disbursed
        ),
        ContractStep("extend", STEP_WORDS["extend"], frozenset({GUARANTEED, LENT}), ("maturity_day",), _extended, moves=_notes_extended, replans=True),
        ContractStep(
            "compensate", STEP_WORDS["compensate"], frozenset({GUARANTEED, LENT}), ("value_day", "principal", "interest"), _compensated,
            table="compensation", may_ask=("penalty_interest", "expense"), fits=_stood_in_for,
        ),
        ContractStep(
            "settle", STEP_WORDS["settle"], frozenset({GUARANTEED, LENT, PAID_FOR}), ("settled_day",), _ended
        ),
        ContractStep(
            "write-off", STEP_WORDS["write-off"], frozenset({LENT, PAID_FOR}), ("written_off_day", "loss_written_off"), _written_off,
            reason=True,
        ),
        ContractStep("cancel", STEP_WORDS["cancel"], frozenset({AWAITING}), (), _cancelled),
    )
}  # fmt: skip
"""The steps by id, in the order of a contract's life."""


def steps_from(held: Any) -> tuple[ContractStep, ...]:
    """The steps that lead on from where a contract stands."""
    return tuple(one for one in STEPS.values() if one.leads_on(held))


def take_step(
    contract: str, step: str, said: Said, *, by: Actor, at: datetime, day: date, reason: str = ""
) -> Kept:
    """Take a contract one step on. ``said``: the columns that the step asks for; happened days must have come; of an extension ``plan`` besides, how the plan follows it (``WAYS``; default: it stays).

    RowRefusedError: it is not for the posts of who acts, the contract is not in a state from which the step leads, a fact is missing or
    makes no sense, or what is owed is against it. KeyError: no such step.
    """
    one = STEPS[step]
    if by.by != SYSTEM and not may_take(step, [post for post, _branch in posts_of(by.by, day)]):
        raise RowRefusedError("step-not-yours", contract)
    with transaction.atomic():
        held: Any = standing(homes()["contract"]).select_for_update().filter(key=contract).first()
        if held is None:
            raise RowRefusedError("row-not-found", contract)
        if not one.leads_on(held):
            raise one.refused(held)
        _refuse_untold(one, said, reason, day)
        told = {column: said.get(column) for column in one.told}
        follows = one.follows(held, {**told, "reason": reason.strip()}, day)
        why = f"{one.word}：{reason.strip()}" if reason.strip() else one.word
        for table, key, values in () if one.moves is None else list(one.moves(held, told)):
            correct(table, key, values, by=by, at=at, day=day, reason=why, decision=values.keys())
        due = moved(held, said.get("plan", STAYS), said["maturity_day"], day) if one.replans else {}
        if due:
            correct_many(
                {"instalment": due},
                entered={},
                subject=contract,
                by=by,
                at=at,
                day=day,
                reason=why,
                decision={"due_day"},
            )
        if one.table != "contract":
            _enter_with(one, contract, told, by=by, at=at, day=day)
            told = {}
        values = {**told, **follows}
        return correct(
            "contract", contract, values, by=by, at=at, day=day, reason=why, decision=values.keys()
        )


def _refuse_untold(one: ContractStep, said: Said, reason: str, day: date) -> None:
    """Refuse what is missing, and days that have not come: the state moves today."""
    for column in one.told:
        if said.get(column) is None:
            if column in one.asks:
                raise RowRefusedError("value-missing", column)
        elif declared()[one.table].columns[column].past and said[column] > day:
            raise RowRefusedError("day-ahead", column)
    if one.reason and not reason.strip():
        raise RowRefusedError("reason-missing", "reason")


def compensation_number(contract: str, value_day: date) -> str:
    """The number of a payment that a step enters."""
    return f"DC-{contract}-{value_day:%Y%m%d}"


def _enter_with(one: ContractStep, contract: str, told: Said, *, by: Actor, at: datetime, day: date) -> None:
    """Enter the payment that the step tells of; one that stands of that day already must say the same."""
    stands = standing(homes()[one.table]).filter(contract=contract, value_day=told["value_day"]).first()
    if stands is not None:
        if any((getattr(stands, name) or 0) != (told[name] or 0) for name in one.told if name != "value_day"):
            raise RowRefusedError("paid-otherwise", "principal", owing=format_yuan(stands.principal))
        return
    key = compensation_number(contract, told["value_day"])
    asked = unanswered_demands(contract).first()
    values = {
        **told, "key": key, "compensation_no": key, "contract": contract, "compensation_demand": None if asked is None else asked.key,
    }  # fmt: skip
    enter(one.table, values, by=by, at=at, day=day)
