"""What is owed on a contract as the registers say it: its balance, instalments that fell due, what was compensated and came back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from django.db.models import Count, Exists, F, Min, OuterRef, Q, QuerySet, Sum, Value
from django.db.models.functions import Coalesce

from daihou.registers.kept import homes, standing

DUE_DAY_COUNTS = "应还日计数"
"""The figure of the rules that says as which day in arrears a due day counts."""
TO_RECOVER = frozenset({"compensated", "written_off"})
"""States in which the client owes the company and no instalment to the bank any more."""
BALANCES = ("principal_balance", "nominal_balance", "outstanding_balance", "liability_balance")


def balance_of(contract: Any) -> int | None:
    """The balance that the register tells, in fen: the principal, else the first of the others; None where it tells none."""
    return next((told for name in BALANCES if (told := getattr(contract, name)) is not None), None)


def left_of(contract: Any, left: int, owing: int) -> dict[str, int]:
    """The balances once ``left`` of ``owing`` (more than nothing, in fen) is owed: each in the same proportion, to the fen."""
    told = {name: balance for name in BALANCES if (balance := getattr(contract, name))}
    return {
        name: int((Decimal(balance) * left / owing).quantize(Decimal(1), ROUND_HALF_EVEN))
        for name, balance in told.items()
    }


@dataclass(frozen=True)
class Arrears:
    """Instalments that fell due and are not paid off: how many, what they lack in fen, the earliest due day. ``until``: the day up to which plans and payments are complete.

    ``counts``: as which day in arrears the due day itself counts (应还日计数).
    """

    number: int
    amount: int
    since: date | None
    until: date
    counts: int = 0

    @property
    def days(self) -> int:
        """Days past due of the earliest, as the rules count them (合同.逾期天数)."""
        return 0 if self.since is None else (self.until - self.since).days + self.counts


def arrears_among(instalments: QuerySet[Any], today: date, *, counts: int = 0) -> Arrears:
    """What is in arrears among some instalments: one question, and one for how far the registers are complete.

    What the bank's file does not tell yet is not called unpaid, as the rules have it (合同.欠款最早日, S33).
    """
    until = complete_until(today)
    found = late_among(instalments, until).aggregate(
        number=Count("pk"), amount=Sum(_LACKS), since=Min("due_day")
    )
    return Arrears(found["number"], found["amount"] or 0, found["since"], until, counts)


def complete_until(today: date) -> date:
    """The day up to which plans and payments are complete: today, or the earlier day that a source says."""
    sources = standing(homes()["data_through"]).filter(table_name__in=("instalment", "repayment"))
    told: list[date] = [day for day in sources.values_list("through", flat=True) if day is not None]
    return min([today, *told])


_LACKS = F("due_amount") - Coalesce("paid_amount", Value(0))


def late_among(instalments: QuerySet[Any], until: date) -> QuerySet[Any]:
    """Those that fell due and are not paid off; of a contract that ended none: what was paid back early leaves its plan as it was.

    None either of one that the company paid for: what is owed on it is what did not come back of that.
    """
    ours = standing(homes()["contract"]).filter(key=OuterRef("contract"))
    paid = standing(homes()["compensation"]).filter(_PAID, contract=OuterRef("key"))
    over = ours.filter(Q(settled_day__isnull=False) | Q(Exists(paid), status__in=TO_RECOVER))
    return instalments.filter(~Exists(over), due_day__lt=until, paid_off_day__isnull=True)


PARTS = ("principal", "interest", "penalty_interest", "expense")
"""What a payment to the creditor is made of."""
_PAID = Q(*((f"{one}__gt", 0) for one in PARTS), _connector=Q.OR)


@dataclass(frozen=True)
class Aged:
    """Contracts whose earliest unpaid instalment is behind for some days, both counted (``to`` None: or longer): how many, of how many instalments, what they lack in fen."""

    since: int
    to: int | None
    contracts: int
    instalments: int
    amount: int


AGES = ((1, 30), (31, 60), (61, 90), (91, 180), (181, None))
"""Days past due of the earliest unpaid instalment, as overdue loans are reported."""


def arrears_by_age(late: QuerySet[Any], until: date) -> list[Aged]:
    """What is in arrears, contract by contract, by how long the earliest is behind: one question. ``late``: instalments in arrears (``late_among``)."""
    rows = late.order_by().values_list("contract")
    found = [
        ((until - since).days, number, amount or 0)
        for _contract, since, number, amount in rows.annotate(Min("due_day"), Count("pk"), lacks=Sum(_LACKS))
    ]
    ages = []
    for low, high in AGES:
        here = [one for one in found if low <= one[0] and (high is None or one[0] <= high)]
        ages.append(Aged(low, high, len(here), sum(one[1] for one in here), sum(one[2] for one in here)))
    return ages


@dataclass(frozen=True)
class Debt:
    """One thing that is owed, in fen: ``number`` of the instalment, None of the whole; ``other``: what is not told apart into principal and interest."""

    number: int | None
    due: date | None
    principal: int
    interest: int
    other: int = 0

    @property
    def amount(self) -> int:
        """All of it."""
        return self.principal + self.interest + self.other


def debts_of(contract: Any, until: date) -> list[Debt]:
    """What is owed on a contract, one by one: what the company paid and did not get back, else the instalments in arrears, else a balance that matured without a plan."""
    if contract.status in TO_RECOVER:
        rows = standing(homes()["compensation"]).filter(contract=contract.key)
        _principal, paid, back = compensated(contract.key)
        if paid:
            since = rows.aggregate(first=Min("value_day"))["first"]
            return [Debt(None, since, 0, 0, paid - back)] if paid > back else []
    plan = standing(homes()["instalment"]).filter(contract=contract.key)
    late = [_debt(row) for row in late_among(plan, until).order_by("due_day", "instalment_no")]
    matured = (
        contract.settled_day is None and contract.maturity_day is not None and contract.maturity_day < until
    )
    if late or not matured or plan.exists():
        return [one for one in late if one.amount > 0]
    left = balance_of(contract)
    return [Debt(None, contract.maturity_day, left, 0)] if left else []


def _debt(row: Any) -> Debt:
    """What an instalment lacks. Of what is paid in part, interest is paid before principal (民法典 561)."""
    paid, due, principal, interest = row.paid_amount or 0, row.due_amount, row.due_principal, row.due_interest
    lacks = max(due - paid, 0)
    if principal is None and interest is None:
        return Debt(row.instalment_no, row.due_day, 0, 0, lacks)
    interest = due - principal if interest is None else interest
    principal = due - interest if principal is None else principal
    principal_paid = max(paid - interest, 0) if row.paid_principal is None else row.paid_principal
    principal_lacks = min(max(principal - principal_paid, 0), lacks)
    interest_lacks = min(max(interest - max(paid - principal_paid, 0), 0), lacks - principal_lacks)
    return Debt(
        row.instalment_no,
        row.due_day,
        principal_lacks,
        interest_lacks,
        lacks - principal_lacks - interest_lacks,
    )


def unpaid_of_plan(contract: str, until: date | None = None) -> int:
    """What the instalments of a contract lack, in fen; ``until``: only of those that fell due by a day."""
    return sum(max(due - (paid or 0), 0) for due, paid, _interest, _principal in _unpaid(contract, until))


def unpaid_interest(contract: str, until: date) -> int:
    """Interest that fell due by a day and did not come in, in fen: what was paid beyond the principal it paid is interest."""
    return sum(
        max((interest or 0) - max((paid or 0) - (principal or 0), 0), 0)
        for _due, paid, interest, principal in _unpaid(contract, until)
    )


def _unpaid(contract: str, until: date | None) -> Any:
    rows = standing(homes()["instalment"]).filter(contract=contract, paid_off_day__isnull=True)
    if until is not None:
        rows = rows.filter(due_day__lte=until)
    return rows.values_list("due_amount", "paid_amount", "due_interest", "paid_principal")


def compensated(contract: str, *, but_of: date | None = None) -> tuple[int, int, int]:
    """What the company paid for a client and what came back, in fen: principal paid, everything paid, recovered. ``but_of``: payments of this value day are left out."""
    rows = standing(homes()["compensation"]).filter(contract=contract)
    if but_of is not None:
        rows = rows.exclude(value_day=but_of)
    paid = rows.aggregate(**{f"all_{one}": Sum(one) for one in PARTS})
    actions = standing(homes()["recovery_action"]).filter(compensation__in=rows.values("key"))
    back = actions.aggregate(all_back=Sum("recovered"))["all_back"] or 0
    return paid["all_principal"] or 0, sum(paid[f"all_{one}"] or 0 for one in PARTS), back
