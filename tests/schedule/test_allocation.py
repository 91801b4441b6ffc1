"""Payments laid on instalments, judged by a loop that hands out one payment after the other."""

from datetime import date, timedelta

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from daihou.schedule import allocate

PLAN = pa.schema(
    [("contract", pa.string()), ("number", pa.int64()), ("due_day", pa.date32()), ("due", pa.int64())]
)
PAID = pa.schema([("contract", pa.string()), ("day", pa.date32()), ("amount", pa.int64())])
FIRST = date(2026, 1, 1)


def plan_of(*rows):
    return pa.Table.from_pylist([dict(zip(PLAN.names, row, strict=True)) for row in rows], PLAN)


def payments_of(*rows):
    return pa.Table.from_pylist([dict(zip(PAID.names, row, strict=True)) for row in rows], PAID)


def day(number):
    return FIRST + timedelta(days=number)


def by_hand(plan, payments):
    """One payment after the other, each poured into the oldest instalment that is not full."""
    laid = {(r["contract"], r["number"]): [0, None, r["due_day"] if r["due"] == 0 else None] for r in plan}
    left = {}
    for payment in sorted(payments, key=lambda r: r["day"]):
        rest = payment["amount"]
        own = [r for r in plan if r["contract"] == payment["contract"]]
        for row in sorted(own, key=lambda r: (r["due_day"], r["number"])):
            held = laid[row["contract"], row["number"]]
            poured = min(rest, row["due"] - held[0])
            if poured > 0:
                held[0] += poured
                held[1] = payment["day"]
                rest -= poured
                if held[0] == row["due"]:
                    held[2] = payment["day"]
        if rest:
            left[payment["contract"]] = left.get(payment["contract"], 0) + rest
    return laid, left


def as_dicts(found):
    laid = {
        (r["contract"], r["number"]): [r["paid"], r["paid_day"], r["paid_off_day"]]
        for r in found.instalments.to_pylist()
    }
    return laid, {r["contract"]: r["amount"] for r in found.left_over.to_pylist()}


@pytest.mark.parametrize(
    ("paid", "expected", "left"),
    [
        ([], [[0, None, None], [0, None, None]], {}),
        ([(9, 100)], [[100, day(9), day(9)], [0, None, None]], {}),
        ([(9, 60)], [[60, day(9), None], [0, None, None]], {}),
        ([(9, 60), (12, 40)], [[100, day(12), day(12)], [0, None, None]], {}),
        ([(9, 60), (12, 60)], [[100, day(12), day(12)], [20, day(12), None]], {}),
        ([(9, 250)], [[100, day(9), day(9)], [100, day(9), day(9)]], {"C": 50}),
        ([(9, 30), (9, 70)], [[100, day(9), day(9)], [0, None, None]], {}),
    ],
    ids=[
        "nothing paid",
        "one instalment paid",
        "a part of it paid",
        "paid in two parts",
        "the rest falls on the next",
        "more than is due is left over",
        "two payments of one day are one",
    ],
)
def test_payments_fall_on_the_oldest_instalment_first(paid, expected, left) -> None:
    found = allocate(
        plan_of(("C", 1, day(10), 100), ("C", 2, day(40), 100)),
        payments_of(*(("C", day(on), amount) for on, amount in paid)),
    )
    laid, over = as_dicts(found)
    assert [laid["C", 1], laid["C", 2]] == expected
    assert over == left


def test_the_order_is_that_of_due_days_and_not_of_numbers() -> None:
    found = allocate(plan_of(("C", 1, day(40), 100), ("C", 2, day(10), 100)), payments_of(("C", day(5), 100)))
    laid, _ = as_dicts(found)
    assert laid == {("C", 1): [0, None, None], ("C", 2): [100, day(5), day(5)]}


def test_an_instalment_of_nothing_is_paid_off_on_its_due_day() -> None:
    laid, _ = as_dicts(allocate(plan_of(("C", 1, day(10), 0)), payments_of(("C", day(5), 100))))
    assert laid == {("C", 1): [0, None, day(10)]}


def test_payments_of_a_contract_without_a_plan_are_left_over() -> None:
    _, left = as_dicts(allocate(plan_of(("C", 1, day(10), 100)), payments_of(("D", day(5), 70))))
    assert left == {"D": 70}


contracts = st.sampled_from("ABC")
plans = st.lists(
    st.tuples(contracts, st.integers(1, 6), st.integers(0, 60), st.integers(0, 300)),
    unique_by=lambda row: row[:2],
    max_size=12,
)
payments = st.lists(st.tuples(contracts, st.integers(0, 90), st.integers(0, 400)), max_size=12)


@settings(max_examples=40)
@given(plan=plans, paid=payments)
def test_the_set_based_allocation_gives_what_the_loop_gives(plan, paid) -> None:
    plan_table = plan_of(*((c, n, day(d), due) for c, n, d, due in plan))
    paid_table = payments_of(*((c, day(d), amount) for c, d, amount in paid))
    assert as_dicts(allocate(plan_table, paid_table)) == by_hand(
        plan_table.to_pylist(), paid_table.to_pylist()
    )


@settings(max_examples=40)
@given(plan=plans, paid=payments)
def test_no_fen_is_lost_or_made(plan, paid) -> None:
    plan_table = plan_of(*((c, n, day(d), due) for c, n, d, due in plan))
    paid_table = payments_of(*((c, day(d), amount) for c, d, amount in paid))
    laid, left = as_dicts(allocate(plan_table, paid_table))
    assert sum(row[0] for row in laid.values()) + sum(left.values()) == sum(amount for *_, amount in paid)
