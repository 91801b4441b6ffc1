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
    today = min(book.through(names.INSTALMENT), book.through(names.PAYMENT))
    plan = book.index("plan of a contract", names.INSTALMENT, lambda row: row.values.get(names.PLAN_CONTRACT))
    spells: list[tuple[date, date, date]] = []
    for row in plan.get(contract.key, []):
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


CODE_FACTS = {"arrears_start": arrears_start}
"""Facts that the language cannot say, by the name a rulebook gives them."""
