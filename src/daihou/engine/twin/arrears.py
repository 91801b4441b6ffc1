"""The spell of arrears a contract is in, counted instalment by instalment."""

from __future__ import annotations

from datetime import date, timedelta

from daihou.engine.twin import names
from daihou.engine.twin.store import BookOnDay, Row

ONE_DAY = timedelta(days=1)


def arrears_start(book: BookOnDay, contract: Row) -> date | None:
    """Due day of the instalment that opened the present spell of arrears; empty when nothing is overdue.

    An instalment is overdue from the day after its due day to the day before it is paid off. Spells that touch are
    one. The day looked at is the day up to which plan and payments are complete.
    """
    return _opened(book, _plan_of(book, contract.key))


def party_arrears_start(book: BookOnDay, party: Row) -> date | None:
    """The same over all contracts of a client, as if their instalments were one plan."""
    contracts = book.index("contracts of a client", names.CONTRACT, lambda row: row.values.get("client"))
    return _opened(
        book, [row for contract in contracts.get(party.key, []) for row in _plan_of(book, contract.key)]
    )


def _plan_of(book: BookOnDay, contract: str) -> list[Row]:
    plan = book.index("plan of a contract", names.INSTALMENT, lambda row: row.values.get(names.PLAN_CONTRACT))
    return plan.get(contract, [])


def _opened(book: BookOnDay, plan: list[Row]) -> date | None:
    today = min(book.through(names.INSTALMENT), book.through(names.PAYMENT))
    spells: list[tuple[date, date, date]] = []
    for row in plan:
        due, paid = book.read(row, names.PLAN_DUE), book.read(row, names.PLAN_PAID_OFF)
        if not isinstance(due, date):
            continue
        last = paid - ONE_DAY if isinstance(paid, date) and paid <= today else today
        if due + ONE_DAY <= last:
            spells.append((due + ONE_DAY, last, due))
    opened: date | None = None
    reached: date | None = None
    for first, last, due in sorted(spells):
        if reached is None or first > reached + ONE_DAY:
            opened, reached = due, last
        reached = max(reached, last)
    return opened if reached is not None and reached >= today else None


CODE_FACTS = {"arrears_start": arrears_start, "party_arrears_start": party_arrears_start}
"""Facts that the language cannot say, by the name a rulebook gives them."""
