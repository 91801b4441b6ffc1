"""What a letter to who owes begins with: the debt as the registers tell it on the day when the form is opened, and who owes it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from daihou.ledger.owing import DUE_DAY_COUNTS, TO_RECOVER, Debt, complete_until, debts_of, unpaid_of_plan
from daihou.papers.filling import MOST_LINES, About
from daihou.papers.reading import CLIENT, GUARANTOR, Field, Form, Kind, Owes
from daihou.policy.rules import figure_on
from daihou.registers.kept import homes, standing

COMPENSATION = "compensation"
_PAID_PARTS = ("principal", "interest", "penalty_interest", "expense")
Said = Mapping[Owes, str]


@dataclass(frozen=True)
class Debtor:
    """Who is to make good what the company paid: his key, his name, whether he is the client or a guarantor, how much of it (fen), and when he had the notice."""

    party: str
    name: str
    capacity: str
    demanded: int
    answered: date | None = None


@dataclass(frozen=True)
class _Owed:
    """What is told of one debt: of it as a whole, item by item, and by whom it is owed."""

    whole: Said
    debts: tuple[Said, ...] = ()
    debtors: tuple[Said, ...] = ()


def owed_in(form: Form, about: About, today: date) -> dict[str, str]:
    """What the fields of a form say of a debt, by name of the value; what is not known, or not owed, is left out."""
    if not any(one.owes for one in form.fields):
        return {}
    contract = standing(homes()["contract"]).filter(key=about.contract).first()
    if contract is None:
        return {}
    owed = (
        _after_payment(about.object, contract)
        if about.table == COMPENSATION
        else _on_contract(contract, today)
    )
    found: dict[str, str] = {}
    for one in form.fields:
        if one.owes is None:
            continue
        if one.kind is Kind.LINES:
            found |= _lines(one, owed.debts if one.owes is Owes.DEBTS else owed.debtors)
        elif text := owed.whole.get(one.owes, ""):
            found[one.name] = text
    return found


def _lines(one: Field, rows: Iterable[Said]) -> dict[str, str]:
    return {
        f"{one.name}/{at}/{column.name}": row[column.owes]
        for at, row in zip(range(MOST_LINES), rows, strict=False)
        for column in one.columns
        if column.owes is not None and row.get(column.owes)
    }


def _yuan(fen: int) -> str:
    """An amount as the fields of a form hold it."""
    return f"{fen // 100}.{fen % 100:02d}"


# -- the debt of a contract -------------------------------------------------------------------------------------------


def _on_contract(contract: Any, today: date) -> _Owed:
    until = complete_until(today)
    debts = debts_of(contract, until)
    due = unpaid_of_plan(contract.key)
    at_maturity = {Owes.AT_MATURITY: _yuan(due)} if due and contract.status not in TO_RECOVER else {}
    if not debts:
        return _Owed(at_maturity)
    since = min((one.due for one in debts if one.due is not None), default=None)
    days = None if since is None else (until - since).days + (figure_on(DUE_DAY_COUNTS, today) or 0)
    whole = {
        Owes.UNTIL: until.isoformat(), Owes.SINCE: "" if since is None else since.isoformat(), Owes.DAYS: "" if days is None else str(days),
        Owes.PRINCIPAL: _yuan(sum(one.principal for one in debts)), Owes.INTEREST: _yuan(sum(one.interest for one in debts)),
        Owes.TOTAL: _yuan(sum(one.amount for one in debts)),
    }  # fmt: skip
    if any(one.other for one in debts):  # what is not told apart is part of neither
        whole[Owes.PRINCIPAL] = whole[Owes.INTEREST] = ""
    return _Owed(whole | at_maturity, tuple(_item(one, contract) for one in debts))


def _item(one: Debt, contract: Any) -> Said:
    amounts = {Owes.PRINCIPAL: one.principal, Owes.INTEREST: one.interest, Owes.OTHER: one.other}
    return {
        Owes.ITEM: contract.key if one.number is None else f"{contract.key}/{one.number}",
        Owes.DUE: "" if one.due is None else one.due.isoformat(),
        **{name: _yuan(fen) for name, fen in amounts.items() if fen},
    }


# -- what the company paid in the client's place ----------------------------------------------------------------------


def _after_payment(key: str, contract: Any) -> _Owed:
    """What one payment of the company is still to be made good, and by whom."""
    payment = standing(homes()[COMPENSATION]).filter(key=key).first()
    if payment is None:
        return _Owed({})
    debtors = tuple(
        {
            Owes.NAME: one.name,
            Owes.CAPACITY: one.capacity,
            Owes.DEMANDED: _yuan(one.demanded),
            Owes.ANSWERED: "" if one.answered is None else one.answered.isoformat(),
        }
        for one in debtors_of(payment, contract)
    )
    whole = {Owes.PAID: _yuan(_paid(payment)), Owes.TOTAL: _yuan(_left(payment))}
    return _Owed(whole, debtors=debtors)


def debtors_of(payment: Any, contract: Any) -> list[Debtor]:
    """Who owes what a payment of the company (a row of 代偿) has not brought back: the client, and who answered for him on that day (P01-21)."""
    left, bounds = _left(payment), _sureties(payment, contract)
    parties = standing(homes()["party"]).filter(key__in=[contract.client, *bounds])
    names = dict(parties.values_list("key", "title"))
    targets = standing(homes()["recovery_target"]).filter(compensation=payment.key)
    answered = dict(targets.values_list("party", "receipt_day"))
    return [
        Debtor(
            party,
            names.get(party, ""),
            CLIENT if party == contract.client else GUARANTOR,
            left if bound is None else min(left, bound),
            answered.get(party),
        )
        for party, bound in {contract.client: None, **bounds}.items()
    ]


def _paid(payment: Any) -> int:
    return sum(getattr(payment, part) or 0 for part in _PAID_PARTS)


def _left(payment: Any) -> int:
    actions = standing(homes()["recovery_action"]).filter(compensation=payment.key)
    back = sum(one or 0 for one in actions.values_list("recovered", flat=True))
    return max(_paid(payment) - back, 0)


def _sureties(payment: Any, contract: Any) -> dict[str, int | None]:
    """Who answered for the contract on the day of a payment, but for the client himself, and up to how much: None without bound."""
    rows = standing(homes()["counter_guarantee"]).filter(contract=contract.key, since__lte=payment.value_day)
    found: dict[str, int | None] = {}
    for row in rows.order_by("key"):
        over = row.until is not None and row.until < payment.value_day
        if row.counter_guarantor == contract.client or over:
            continue
        before = found.get(row.counter_guarantor, 0)
        found[row.counter_guarantor] = None if before is None or row.amount is None else before + row.amount
    return found
