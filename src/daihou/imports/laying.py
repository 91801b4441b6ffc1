"""Payments of a file laid on the plans that stand in the registers, so that a bank's list of payments says at once what is overdue."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from daihou.book import ARROW_TYPES, Fault, Reading, declared
from daihou.ledger.balances import CONTRACTS, following, laid_of, said_of
from daihou.ledger.differing import WORKED_OUT
from daihou.ledger.laying import PAYMENTS, PLAN, Payment, laid_on, lay, plans_of
from daihou.ledger.owing import BALANCES
from daihou.registers.kept import homes, standing
from daihou.registers.lines import portions
from daihou.registers.rows import stands


def payments_of_their_own(reading: Reading) -> Reading:
    """A reading without payments whose number stands for another contract's: a running number that begins anew is not the same payment, and a payment does not change its contract."""
    rows = reading.book.tables.get(PAYMENTS)
    if rows is None or not rows.num_rows:
        return reading
    there = _contracts_of(rows["transaction_no"].to_pylist())
    pairs = list(zip(rows["transaction_no"].to_pylist(), rows["contract"].to_pylist(), strict=True))
    wrong = [at for at, (number, contract) in enumerate(pairs) if there.get(number, contract) != contract]
    if not wrong:
        return reading
    table = declared()[PAYMENTS]
    faults = [
        Fault(
            "payment-of-another", "error", PAYMENTS, rows["_sheet"][at].as_py(), rows["_row"][at].as_py(), table.key[0],
            pairs[at][0], {"contract": there[pairs[at][0]]},
        )
        for at in wrong
    ]  # fmt: skip
    keep = pc.invert(pc.is_in(pa.array(range(rows.num_rows)), value_set=pa.array(wrong)))
    tables = {**reading.book.tables, PAYMENTS: rows.filter(keep)}
    left = {**reading.rows_left_out, PAYMENTS: reading.rows_left_out.get(PAYMENTS, 0) + len(wrong)}
    book = replace(reading.book, tables=tables)
    return replace(reading, book=book, faults=(*reading.faults, *faults), rows_left_out=left)


def _contracts_of(numbers: Sequence[str]) -> dict[str, str]:
    """The contract of each payment that stands under some numbers."""
    found: dict[str, str] = {}
    for some in portions(numbers):
        found.update(standing(homes()[PAYMENTS]).filter(key__in=some).values_list("key", "contract"))
    return found


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
    plans = plans_of({one.contract for one in payments})
    faults: list[Fault] = []
    for contract, some in _by_contract(payments):
        faults += lay(plans.get(contract, []), some)
    open_ones = [one for plan in plans.values() for one in plan]
    faults += laid_on(open_ones, payments[0].sheet)
    moved = [one.values() for one in open_ones if one.moved is not None]
    tables, absent = dict(reading.book.tables), dict(reading.book.absent)
    told = tables.get(CONTRACTS)
    own = set() if told is None else set(told[declared()[CONTRACTS].key[0]].to_pylist())
    follow, apart = following(laid_of({one: plan for one, plan in plans.items() if one not in own}))
    faults += said_of(follow, apart, payments[0].sheet)
    if moved:
        tables[PLAN] = _with(PLAN, tables.get(PLAN), moved)
    if follow:
        number = declared()[CONTRACTS].key[0]
        tables[CONTRACTS] = _with(CONTRACTS, told, [{number: one} | said for one, said in follow.items()])
        # of all else the registers keep what they say
        rest = frozenset(declared()[CONTRACTS].columns) - {number, *BALANCES}
        absent[CONTRACTS] = {**absent.get(CONTRACTS, {}), WORKED_OUT: rest}
    book = replace(reading.book, tables=tables, absent=absent)
    return replace(reading, book=book, faults=(*reading.faults, *faults))


def _told_elsewhere(rows: pa.Table, plan: pa.Table | None) -> pa.Table:
    """The payments of contracts whose plan the file itself does not tell."""
    if plan is None:
        return rows
    own = pc.is_in(rows["contract"], value_set=pc.unique(plan["contract"]))
    return rows.filter(pc.invert(own))


def _new_payments(rows: pa.Table) -> list[Payment]:
    """The payments of a file that do not stand yet, by day."""
    there = stands(PAYMENTS, rows["transaction_no"].to_pylist())
    found = [
        Payment(
            row["contract"], row["instalment"], row["value_day"], row["amount"], row["_sheet"], row["_row"]
        )
        for row in rows.to_pylist()
        if row["transaction_no"] not in there and row["voided"] is None
    ]
    return sorted(found, key=lambda one: (one.day, one.row))


def _by_contract(payments: Sequence[Payment]) -> Iterator[tuple[str, list[Payment]]]:
    held: dict[str, list[Payment]] = {}
    for one in payments:
        held.setdefault(one.contract, []).append(one)
    yield from held.items()


def _with(name: str, told: pa.Table | None, moved: Sequence[Mapping[str, Any]]) -> pa.Table:
    """The rows of a table as they stand after the payments, below those of the file (``told``)."""
    table = declared()[name]
    arrays = {
        name: pa.array([row.get(name) for row in moved], ARROW_TYPES[column.type])
        for name, column in table.columns.items()
    }
    rows = pa.table(
        {**arrays, "_sheet": pa.nulls(len(moved), pa.string()), "_row": pa.nulls(len(moved), pa.int32())}
    )
    return rows if told is None else pa.concat_tables([told, rows.cast(told.schema)])
