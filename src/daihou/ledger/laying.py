"""Payments laid on the plan of their contract: oldest due first, or on the instalment that they name. A file's, and one that somebody enters."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from django.db import connection, transaction
from django.db.models import Sum

from daihou.book import Fault
from daihou.ledger.acts import RowRefusedError, correct, void
from daihou.ledger.balances import CONTRACTS, Asked, asked_still, following, laid_of, said_of
from daihou.registers.kept import Kept, field_name, homes, standing, values_of
from daihou.registers.lines import portions
from daihou.trail.acts import Actor
from daihou.trail.models import Event
from daihou.units import format_yuan

PLAN, PAYMENTS = "instalment", "repayment"
LAID, BEFORE, OVER, NO_PLAN = "payments-laid", "payments-before", "payments-over", "payments-no-plan"


@dataclass(frozen=True)
class Payment:
    """What came in: fen, and for which instalment where it says so; ``sheet``, ``row``: where a file tells it."""

    contract: str
    instalment: str | None
    day: date
    amount: int
    sheet: str = ""
    row: int | None = None


class OpenInstalment:
    """One instalment while payments are laid on it."""

    def __init__(self, row: Any) -> None:
        """As it stands."""
        self.held = row
        self.paid: int = self.held.paid_amount or 0
        self.moved: date | None = None

    @property
    def lacks(self) -> int:
        """What is still to be paid on it, in fen."""
        return 0 if self.held.paid_off_day is not None else max(0, self.held.due_amount - self.paid)

    def lay(self, amount: int, day: date) -> int:
        """Lay as much of an amount on it as it lacks; what was laid."""
        laid = min(amount, self.lacks)
        if laid:
            self.paid, self.moved = self.paid + laid, day
        return laid

    def principal(self, *, moved: bool) -> int | None:
        """What was paid on its principal, in fen, as it stands or once it moved; None where it does not tell."""
        if moved and self.moved is not None:
            told: int | None = self.moves().get("paid_principal")
            return told
        held = self.held
        if held.paid_off_day is not None or held.paid_principal is not None:
            own: int | None = held.due_principal if held.paid_off_day is not None else held.paid_principal
            return own
        if not held.paid_amount:
            return 0
        return None if held.due_interest is None else max(0, held.paid_amount - held.due_interest)

    def moves(self) -> dict[str, Any]:
        """The columns that payments move. Of what is paid in part, interest is paid before principal (民法典 561)."""
        done = self.paid >= self.held.due_amount
        said = {
            "paid_amount": self.paid,
            "last_paid_day": max(self.moved, self.held.last_paid_day or self.moved) if self.moved else None,
            "paid_off_day": self.moved if done else None,
        }
        if done and self.held.due_principal is not None:
            said["paid_principal"] = self.held.due_principal
        elif self.held.due_interest is not None:
            said["paid_principal"] = max(0, self.paid - self.held.due_interest)
        return said

    def values(self) -> dict[str, Any]:
        """The row as it stands then."""
        said = {column.id: getattr(self.held, field_name(column.id)) for column in values_of(self.held.table)}
        return said | self.moves()


def plans_of(contracts: set[str]) -> dict[str, list[OpenInstalment]]:
    """The standing plans of some contracts, by due day, held until the transaction ends where there is one."""
    found: dict[str, list[OpenInstalment]] = {}
    rows = standing(homes()[PLAN])
    if connection.in_atomic_block:
        rows = rows.select_for_update()
    for some in portions(sorted(contracts)):
        for row in rows.filter(contract__in=some).order_by("due_day", "instalment_no"):
            found.setdefault(row.contract, []).append(OpenInstalment(row))
    return found


def lay(plan: Sequence[OpenInstalment], payments: Sequence[Payment], untold: int = 0) -> Iterator[Fault]:
    """Lay the payments of one contract; what could not be laid is told: no plan, not later than what the plan tells already (it would count twice), more than it asks.

    ``untold``: how much of such payments, in fen, the plan is known not to tell of: so much is laid.
    """
    days = [day for one in plan for day in (one.held.last_paid_day, one.held.paid_off_day) if day is not None]
    told = max(days, default=None)
    named = {one.held.key: one for one in plan}
    for payment in payments:
        counted = told is not None and payment.day <= told
        left = min(payment.amount, untold) if counted else payment.amount
        if not plan:
            yield _doubt(NO_PLAN, payment)
        elif told is not None and left <= 0:
            yield _doubt(BEFORE, payment, day=told.isoformat())
        else:
            first = named.get(payment.instalment or "")
            for one in (*([first] if first else []), *plan):
                left -= one.lay(left, payment.day)
            if left:
                yield _doubt(OVER, payment, over=f"{left // 100}.{left % 100:02d}")


def laid_on(plan: Sequence[OpenInstalment], sheet: str) -> Iterator[Fault]:
    """Tell how many instalments of how many contracts moved, where any did."""
    contracts = {one.held.contract for one in plan if one.moved is not None}
    if contracts:
        count = sum(one.moved is not None for one in plan)
        params = {"count": str(count), "contracts": str(len(contracts))}
        yield Fault(LAID, "warning", PLAN, sheet, params=params)


def lay_entered(row: Kept, *, by: Actor, at: datetime, day: date) -> list[Fault]:
    """Lay a payment that was just entered on its plan, inside the transaction of its act; what was laid, and what could not be."""
    entered: Any = row
    plan = plans_of({entered.contract}).get(entered.contract, [])
    payment = Payment(entered.contract, entered.instalment, entered.value_day, entered.amount)
    came_in = (
        standing(homes()[PAYMENTS]).filter(contract=entered.contract).aggregate(all=Sum("amount"))["all"]
    )
    untold = (came_in or 0) - sum(one.paid for one in plan)
    doubts = list(lay(plan, [payment], untold))
    for one in plan:
        if one.moved is not None:
            moved = one.moves()
            correct(
                PLAN,
                one.held.key,
                moved,
                by=by,
                at=at,
                day=day,
                reason=_laid(row.key),
                decision=moved.keys(),
            )
    said = _follow(laid_of({entered.contract: plan}), by=by, at=at, day=day, reason=_laid(row.key))
    return [*laid_on(plan, ""), *said, *doubts]


def _follow(asked: Mapping[str, Asked], *, by: Actor, at: datetime, day: date, reason: str) -> list[Fault]:
    """Let balances follow their plans, inside the transaction of the act; what followed, and what did not."""
    follow, apart = following(asked)
    for contract, balances in follow.items():
        correct(CONTRACTS, contract, balances, by=by, at=at, day=day, reason=reason, decision=balances.keys())
    return list(said_of(follow, apart))


TOLERANCE = 10
"""In a hundred of the contract's amount: so much more than its plan asks may come in (early settlement, costs); more is a slip of the pen."""


def refuse_beyond(values: Mapping[str, Any], held: Any = None) -> None:
    """Refuse a payment that cannot be: from before the contract was paid out, or far more than is owed; ``held``: the payment that it sets right.

    Raises RowRefusedError: before-disbursement, exceeds-owing.
    """
    contract: Any = standing(homes()["contract"]).filter(key=values.get("contract")).first()
    if contract is None:
        return
    if contract.disbursed_day is not None and values["value_day"] < contract.disbursed_day:
        raise RowRefusedError("before-disbursement", "value_day")
    plan = [OpenInstalment(row) for row in standing(homes()[PLAN]).filter(contract=contract.key)]
    owing = sum(one.lacks for one in plan) if plan else contract.amount or 0
    if plan and held is not None and held.contract == contract.key:
        owing += held.amount  # what it paid is owed again
    if values["amount"] > owing + (contract.amount or 0) * TOLERANCE // 100:
        raise RowRefusedError("exceeds-owing", "amount", owing=format_yuan(owing))


class TakenBack(NamedTuple):
    """What became of the instalments on which a payment was laid, by key: those that stand as before it, those that were ``moved`` since and are to be looked at; and what is said of the balance."""

    back: list[str]
    moved: list[str]
    said: list[Fault]


def void_entered(table: str, key: str, *, by: Actor, at: datetime, day: date, reason: str) -> TakenBack:
    """Void a row as ``void`` does; a payment is taken back from the instalments on which it was laid, as far as nobody moved them since, and the balance follows."""
    with transaction.atomic():
        row = standing(homes()[table]).filter(key=key).first() if table == PAYMENTS else None
        laid = [] if row is None else on_which(row)
        void(table, key, by=by, at=at, day=day, reason=reason)
        back = {one: before for one in laid if (before := _before(one, key)) is not None}
        contract = None if row is None else str(getattr(row, CONTRACTS))
        asked = _asks(contract)
        for instalment, values in back.items():
            correct(
                PLAN,
                instalment,
                values,
                by=by,
                at=at,
                day=day,
                reason=f"{_laid(key)} 作废",
                decision=values.keys(),
            )
        said: list[Fault] = []
        if contract is not None and back:
            now = {contract: (asked, _asks(contract))}
            said = _follow(now, by=by, at=at, day=day, reason=f"{_laid(key)} 作废")
        return TakenBack(list(back), [one for one in laid if one not in back], said)


def _asks(contract: str | None) -> int | None:
    """The principal that the plan of a contract asks as it stands, in fen."""
    return None if contract is None else asked_still(plans_of({contract}).get(contract, []), moved=False)


_MOVED = ("paid_amount", "last_paid_day", "paid_off_day", "paid_principal")


def _before(instalment: str, payment: str) -> dict[str, Any] | None:
    """What payments move of an instalment, as it was before one was laid on it; None where it was written again since."""
    plan: Any = homes()[PLAN]
    held = standing(plan).filter(key=instalment).first()
    event = None if held is None else Event.objects.filter(number=held.event).first()
    if event is None or event.reason != _laid(payment):
        return None
    former = plan._default_manager.filter(key=instalment, void_event=event.number).first()
    return None if former is None else {name: getattr(former, field_name(name)) for name in _MOVED}


def _laid(payment: str) -> str:
    """What the trail says of an instalment on which a payment was laid."""
    return f"还款 {payment}"


def on_which(row: Kept) -> list[str]:
    """The instalments on which a payment that was entered was laid, by their keys: of its own contract only, so that an index finds what was done to them."""
    payment: Any = row
    plan: Any = homes()[PLAN]._default_manager
    own = plan.filter(contract=payment.contract).values("key")
    moved = Event.objects.filter(kind=PLAN, subject__in=own, act="correct", reason=_laid(row.key))
    return list(moved.order_by("number").values_list("subject", flat=True))


def _doubt(code: str, payment: Payment, **params: str) -> Fault:
    return Fault(code, "warning", PAYMENTS, payment.sheet, payment.row, value=payment.contract, params=params)
