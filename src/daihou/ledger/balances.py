"""Balances of contracts follow their plan: where a balance is what the plan asks of principal still, it stays so when payments are laid on it or taken back.

A balance that says anything else is somebody's word (a bank's monthly figure, a file of another day) and is left alone, and that is told.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from daihou.book import Fault
from daihou.ledger.owing import balance_of, left_of
from daihou.registers.kept import homes, standing
from daihou.registers.lines import portions

if TYPE_CHECKING:
    from daihou.ledger.laying import OpenInstalment

CONTRACTS = "contract"
FOLLOWED, APART = "balances-followed", "balances-apart"

Asked = tuple[int | None, int | None]
"""The principal that a plan asked before something happened to it, and after, in fen."""


def asked_still(plan: Sequence[OpenInstalment], *, moved: bool) -> int | None:
    """The principal that a plan asks still, in fen, as it stands or as payments ``moved`` it; None where an instalment does not tell its principal."""
    left = 0
    for one in plan:
        due, paid = one.held.due_principal, one.principal(moved=moved)
        if due is None or paid is None:
            return None
        left += max(due - paid, 0)
    return left


def laid_of(plans: Mapping[str, Sequence[OpenInstalment]]) -> dict[str, Asked]:
    """What each plan asked before payments were laid on it, and what it asks with them."""
    return {
        contract: (asked_still(plan, moved=False), asked_still(plan, moved=True))
        for contract, plan in plans.items()
    }


def following(asked: Mapping[str, Asked]) -> tuple[dict[str, dict[str, int]], list[str]]:
    """By contract the balances that follow its plan, and the contracts whose balance is another than their plan's was, so that it does not.

    A few questions however many contracts; of one whose plan does not tell its principal nothing is said.
    """
    moved = {
        contract: (before, after)
        for contract, (before, after) in asked.items()
        if before is not None and after is not None and before != after
    }
    follow: dict[str, dict[str, int]] = {}
    apart: list[str] = []
    for held in _of(sorted(moved)):
        told, (before, after) = balance_of(held), moved[held.key]
        if told is None:
            continue
        if told and told == before:
            follow[held.key] = left_of(held, after, told)
        else:
            apart.append(held.key)
    return follow, apart


def _of(contracts: Sequence[str]) -> Iterator[Any]:
    for some in portions(contracts):
        yield from standing(homes()[CONTRACTS]).filter(key__in=some)


def said_of(
    follow: Mapping[str, Mapping[str, int]], apart: Sequence[str], sheet: str = ""
) -> Iterator[Fault]:
    """Tell how many balances followed, and of which contracts they did not."""
    if follow:
        yield Fault(FOLLOWED, "warning", CONTRACTS, sheet, params={"count": str(len(follow))})
    if apart:
        params = {"count": str(len(apart)), "example": apart[0]}
        yield Fault(APART, "warning", CONTRACTS, sheet, value=apart[0], params=params)
