"""A contract's five-tier class and the register of its changes say the same: what is written into one is written into the other with it (P17-17)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from daihou.ledger.acts import correct, enter
from daihou.registers.kept import Kept, homes, standing
from daihou.registers.rows import key_text
from daihou.trail.acts import Actor

CONTRACTS, CHANGES, CLASS = "contract", "class_change", "five_tier"


def class_follows(
    row: Kept, before: Kept | None, *, by: Actor, at: datetime, day: date, reason: str = ""
) -> None:
    """After a row was written: the class of the contract follows its newest change, and a class that was set leaves a change.

    ``before``: the row that it stands for, None of a new one. A contract that is entered with its class leaves none, for what it was before is
    not known. Inside the transaction of the act.
    """
    if row.table.id == CHANGES:
        _contract_follows(row, by=by, at=at, day=day)
    elif row.table.id == CONTRACTS and before is not None:
        _change_is_left(row, before, by=by, at=at, day=day, reason=reason)


def _contract_follows(row: Any, *, by: Actor, at: datetime, day: date) -> None:
    """The contract stands as its newest change says."""
    newest: Any = standing(homes()[CHANGES]).filter(contract=row.contract).order_by("-changed_day").first()
    held: Any = standing(homes()[CONTRACTS]).filter(key=row.contract).first()
    if held is None or newest.key != row.key or held.five_tier == row.class_after:
        return
    said = {CLASS: row.class_after}
    correct(CONTRACTS, held.key, said, by=by, at=at, day=day, reason=f"分类变动 {row.key}", decision=said)


def _change_is_left(row: Any, before: Any, *, by: Actor, at: datetime, day: date, reason: str) -> None:
    """The change of the day says what the class was and what it is."""
    if row.five_tier in (None, before.five_tier):
        return
    key = f"{row.key}/{key_text(day)}"
    said = {"class_after": row.five_tier, "reason": reason, "approved_by": _of_the_staff(by.by)}
    if standing(homes()[CHANGES]).filter(key=key).exists():
        correct(CHANGES, key, said, by=by, at=at, day=day, reason=reason or key, decision=said)
        return
    made = said | {"key": key, "contract": row.key, "changed_day": day, "class_before": before.five_tier}
    enter(CHANGES, made, by=by, at=at, day=day, decision=made)


def _of_the_staff(who: str) -> str | None:
    return who if standing(homes()["employee"]).filter(key=who).exists() else None
