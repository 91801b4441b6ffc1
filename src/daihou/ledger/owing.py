"""What is owed on a contract as the registers say it: its balance, instalments that fell due, what was compensated and came back."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db.models import Sum

from daihou.registers.kept import homes, standing

BALANCES = ("principal_balance", "nominal_balance", "outstanding_balance", "liability_balance")


def balance_of(contract: Any) -> int | None:
    """The balance that the register tells, in fen: the principal, else the first of the others; None where it tells none."""
    return next((told for name in BALANCES if (told := getattr(contract, name)) is not None), None)


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


def compensated(contract: str) -> tuple[int, int, int]:
    """What the company paid for a client and what came back, in fen: principal paid, everything paid, recovered."""
    rows = standing(homes()["compensation"]).filter(contract=contract)
    parts = ("principal", "interest", "penalty_interest", "expense")
    paid = rows.aggregate(**{f"all_{one}": Sum(one) for one in parts})
    actions = standing(homes()["recovery_action"]).filter(compensation__in=rows.values("key"))
    back = actions.aggregate(all_back=Sum("recovered"))["all_back"] or 0
    return paid["all_principal"] or 0, sum(paid[f"all_{one}"] or 0 for one in parts), back
