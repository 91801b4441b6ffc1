"""Payments of a file laid on the plans that stand in the registers, so that a bank's list of payments says at once what is overdue."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from daihou.book import ARROW_TYPES, Fault, Reading, declared
from daihou.registers.kept import field_name, homes, standing, values_of
from daihou.registers.lines import portions
from daihou.registers.rows import stands

PLAN, PAYMENTS = "instalment", "repayment"
LAID, BEFORE, OVER, NO_PLAN = "payments-laid", "payments-before", "payments-over", "payments-no-plan"


@dataclass(frozen=True)
class _Payment:
    contract: str
    instalment: str | None
    day: date
    amount: int  # fen
    sheet: str
    row: int


class _Open:
    """One instalment while payments are laid on it."""

    def __init__(self, row: Any) -> None:
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

    def values(self) -> dict[str, Any]:
        """The row as it stands then. Of what is paid in part, interest is paid before principal (民法典 561)."""
        said = {column.id: getattr(self.held, field_name(column.id)) for column in values_of(self.held.table)}
        done = self.paid >= self.held.due_amount
        said |= {
            "paid_amount": self.paid,
            "last_paid_day": self.moved,
            "paid_off_day": self.moved if done else None,
        }
        if done and self.held.due_principal is not None:
            said["paid_principal"] = self.held.due_principal
        elif self.held.due_interest is not None:
            said["paid_principal"] = max(0, self.paid - self.held.due_interest)
        return said


def with_payments_laid(reading: Reading) -> Reading:
    """A reading whose new payments are laid on the standing plan of their contract, oldest due first, or on the instalment they name.

    Left alone: contracts whose plan is in the file itself; payments not later than the last one that the plan already tells of (it
    would count them twice); both and what exceeds a plan are told as doubts. Inside a transaction the rows of the plan are held.
    """
    rows = reading.book.tables.get(PAYMENTS)
    if rows is None or not rows.num_rows:
        return reading
    payments = _new_payments(_told_elsewhere(rows, reading.book.tables.get(PLAN)))
    if not payments:
        return reading
    plans = _plans({one.contract for one in payments})
    faults: list[Fault] = []
    for contract, some in _by_contract(payments):
        faults += _lay(plans.get(contract, []), some)
    moved = [one.values() for plan in plans.values() for one in plan if one.moved is not None]
    if moved:
        contracts = {str(one["contract"]) for one in moved}
        params = {"count": str(len(moved)), "contracts": str(len(contracts))}
        faults.append(Fault(LAID, "warning", PLAN, payments[0].sheet, params=params))
    tables = dict(reading.book.tables)
    if moved:
        tables[PLAN] = _with(tables.get(PLAN), moved)
    book = replace(reading.book, tables=tables)
    return replace(reading, book=book, faults=(*reading.faults, *faults))


def _told_elsewhere(rows: pa.Table, plan: pa.Table | None) -> pa.Table:
    """The payments of contracts whose plan the file itself does not tell."""
    if plan is None:
        return rows
    own = pc.is_in(rows["contract"], value_set=pc.unique(plan["contract"]))
    return rows.filter(pc.invert(own))


def _new_payments(rows: pa.Table) -> list[_Payment]:
    """The payments of a file that do not stand yet, by day."""
    there = stands(PAYMENTS, rows["transaction_no"].to_pylist())
    found = [
        _Payment(
            row["contract"], row["instalment"], row["value_day"], row["amount"], row["_sheet"], row["_row"]
        )
        for row in rows.to_pylist()
        if row["transaction_no"] not in there and row["voided"] is None
    ]
    return sorted(found, key=lambda one: (one.day, one.row))


def _plans(contracts: set[str]) -> dict[str, list[_Open]]:
    """The standing plans of some contracts, by due day, held until the transaction ends."""
    found: dict[str, list[_Open]] = {}
    wanted = sorted(contracts)
    rows = standing(homes()[PLAN])
    if _in_transaction():
        rows = rows.select_for_update()
    for some in portions(wanted):
        for row in rows.filter(contract__in=some).order_by("due_day", "instalment_no"):
            found.setdefault(row.contract, []).append(_Open(row))
    return found


def _in_transaction() -> bool:
    from django.db import connection  # noqa: PLC0415 - only here

    return connection.in_atomic_block


def _by_contract(payments: Sequence[_Payment]) -> Iterator[tuple[str, list[_Payment]]]:
    held: dict[str, list[_Payment]] = {}
    for one in payments:
        held.setdefault(one.contract, []).append(one)
    yield from held.items()


def _lay(plan: Sequence[_Open], payments: Sequence[_Payment]) -> Iterator[Fault]:
    """Lay the payments of one contract; what could not be laid is told at its row."""
    days = [day for one in plan for day in (one.held.last_paid_day, one.held.paid_off_day) if day is not None]
    told = max(days, default=None)
    named = {one.held.key: one for one in plan}
    for payment in payments:
        if not plan:
            yield _doubt(NO_PLAN, payment)
        elif told is not None and payment.day <= told:
            yield _doubt(BEFORE, payment, day=told.isoformat())
        else:
            left = payment.amount
            first = named.get(payment.instalment or "")
            for one in (*([first] if first else []), *plan):
                left -= one.lay(left, payment.day)
            if left:
                yield _doubt(OVER, payment, over=f"{left // 100}.{left % 100:02d}")


def _doubt(code: str, payment: _Payment, **params: str) -> Fault:
    return Fault(code, "warning", PAYMENTS, payment.sheet, payment.row, value=payment.contract, params=params)


def _with(plan: pa.Table | None, moved: Sequence[Mapping[str, Any]]) -> pa.Table:
    """The rows of the plan as they stand after the payments, below those of the file."""
    table = declared()[PLAN]
    arrays = {
        name: pa.array([row.get(name) for row in moved], ARROW_TYPES[column.type])
        for name, column in table.columns.items()
    }
    rows = pa.table(
        {**arrays, "_sheet": pa.nulls(len(moved), pa.string()), "_row": pa.nulls(len(moved), pa.int32())}
    )
    return rows if plan is None else pa.concat_tables([plan, rows.cast(plan.schema)])
