"""7,572 car loans of one month with their days past due: the buckets come out of the derived warnings."""

from collections import Counter
from datetime import date
from decimal import Decimal

import pytest

from daihou.engine import derive
from daihou.rulebook import read_shipped

DAY = date(2020, 7, 31)


@pytest.fixture(scope="module")
def book(reading):
    return reading("auto_worldomni")


@pytest.fixture(scope="module")
def loans(raw):
    return raw("auto_worldomni/worldomni_wosat2020a_2020-07.parquet")


@pytest.fixture(scope="module")
def results(book):
    return derive(read_shipped("carloan"), book.book, DAY, only=["car-overdue", "phone-collection"])


def bucket(days):
    return next(i for i, end in enumerate((1, 30, 60, 90, 10**6)) if days < end)


def days_past_due(results):
    evidence = results.warnings["evidence"].to_pylist()
    return dict(
        zip(results.warnings["object"].to_pylist(), (int(e.partition("=")[2]) for e in evidence), strict=True)
    )


def test_every_loan_stands(book, loans) -> None:
    assert book.rows_read["contract"] == len(loans) == 7_572
    assert not any(book.rows_left_out.values())


def test_the_key_is_the_row_for_the_asset_number_has_lost_its_digits(loans) -> None:
    numbers = {int(loan["assetNumber"]) for loan in loans}
    assert len(numbers) < len(loans)
    assert all(int(float(number)) == number for number in numbers)  # each is a binary float, rounded


def test_days_past_due_come_out_of_the_derived_warnings(results, loans) -> None:
    expected = {
        f"WO-{i}": loan["currentDelinquencyStatus"]
        for i, loan in enumerate(loans, 1)
        if loan["currentDelinquencyStatus"] > 0
    }
    assert days_past_due(results) == expected


def test_the_buckets_are_those_that_the_source_states(results, loans) -> None:
    found = days_past_due(results)
    buckets = Counter(bucket(days) for days in found.values())
    buckets[0] = len(loans) - len(found)
    assert len(found) == 893
    assert [buckets[i] for i in range(5)] == [6_679, 847, 42, 3, 1]


def test_every_overdue_loan_is_to_be_called_by_the_next_working_day(results, loans) -> None:
    states = Counter(results.duties["state"].to_pylist())
    days = [loan["currentDelinquencyStatus"] for loan in loans]
    # 31 July 2020 is a Friday: due on Wednesday: base day Thursday, called by Friday
    assert states == {"open": sum(0 < d <= 2 for d in days), "overdue": sum(d > 2 for d in days)}


def test_amounts_terms_and_rates_are_those_of_the_file(book, loans) -> None:
    contracts = book.book.tables["contract"]
    for ours, theirs, factor in (
        ("amount", "originalLoanAmount", 100),
        ("principal_balance", "reportingPeriodActualEndBalanceAmount", 100),
        ("interest_rate", "originalInterestRatePercentage", 100),
    ):
        total = sum(Decimal(repr(loan[theirs])) for loan in loans)
        assert sum(contracts[ours].to_pylist()) == total * factor, ours
    assert sum(contracts["term_months"].to_pylist()) == sum(x["originalLoanTerm"] - 1 for x in loans)
