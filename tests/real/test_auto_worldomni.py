"""7,572 car loans of one month with their days past due: the buckets come out of the derived warnings."""

from bisect import bisect_right
from collections import Counter
from datetime import date, timedelta
from statistics import median

import pytest
from rawvalues import columns_of, fen, whole, yuan

from daihou.engine import derive
from daihou.rulebook import read_shipped

NAME = "auto_worldomni"
DAY = date(2020, 7, 31)
BUCKETS = (1, 30, 60, 90)


@pytest.fixture(scope="module")
def book(reading):
    return reading(NAME)


@pytest.fixture(scope="module")
def loans(raw):
    return raw(f"{NAME}/worldomni_wosat2020a_2020-07.parquet")


@pytest.fixture(scope="module")
def results(book):
    return derive(read_shipped("carloan"), book.book, DAY, only=["car-overdue", "phone-collection"])


@pytest.fixture(scope="module")
def days_past_due(results):
    """Days past due by loan, read off the evidence of the warnings."""
    evidence = (int(e.partition("=")[2]) for e in results.warnings["evidence"].to_pylist())
    return dict(zip(results.warnings["object"].to_pylist(), evidence, strict=True))


def test_every_loan_stands_and_nothing_is_refused(book, loans, stated) -> None:
    assert [book.rows_read["contract"]] == stated(NAME, r"([\d,]+) loans, 79 columns")
    assert book.rows_read["contract"] == len(loans)
    assert not any(book.rows_left_out.values())
    assert not [fault for fault in book.faults if fault.severity == "error"]


def test_a_term_that_does_not_fit_the_maturity_is_said_row_by_row(book, loans) -> None:
    def months(text):
        month, year = text.split("/")
        return int(year) * 12 + int(month)

    odd = {
        i
        for i, loan in enumerate(loans, 1)
        if abs(
            months(loan["loanMaturityDate"]) - months(loan["originationDate"]) - loan["originalLoanTerm"] + 1
        )
        > 1
    }
    said = {fault.row for fault in book.faults if fault.code == "term-differs"}
    assert said == odd


def test_the_key_is_the_row_for_the_asset_number_has_lost_its_digits(loans) -> None:
    numbers = {int(loan["assetNumber"]) for loan in loans}
    assert len(numbers) < len(loans)
    assert all(int(float(number)) == number for number in numbers)  # each is a binary fraction, rounded


def test_days_past_due_come_out_of_the_derived_warnings(days_past_due, loans, stated) -> None:
    expected = {
        f"WO-{i}": loan["currentDelinquencyStatus"]
        for i, loan in enumerate(loans, 1)
        if loan["currentDelinquencyStatus"] > 0
    }
    assert days_past_due == expected
    assert [len(days_past_due)] == stated(NAME, r"currentDelinquencyStatus > 0 on ([\d,]+);")


def test_the_buckets_are_those_that_the_source_states(days_past_due, loans, stated) -> None:
    found = Counter(bisect_right(BUCKETS, days) for days in days_past_due.values())
    found[0] = len(loans) - len(days_past_due)
    number = r"([\d,]+)"
    buckets = stated(NAME, rf"buckets 0 / 1-29 / 30-59 / 60-89 / 90\+ = {' / '.join([number] * 5)}\.")
    assert [found[i] for i in range(5)] == buckets


def test_every_overdue_loan_is_to_be_called_by_the_next_working_day(results, loans) -> None:
    states = Counter(results.duties["state"].to_pylist())
    days = [loan["currentDelinquencyStatus"] for loan in loans]
    # 31 July 2020 is a Friday: what fell due on Wednesday is overdue since Thursday and is called about by Friday
    assert states == {"open": sum(0 < d <= 2 for d in days), "overdue": sum(d > 2 for d in days)}


def test_amounts_terms_and_rates_are_those_of_the_file(book, loans) -> None:
    contracts = book.book.tables["contract"]
    for ours, theirs in (
        ("amount", "originalLoanAmount"),
        ("principal_balance", "reportingPeriodActualEndBalanceAmount"),
        ("interest_rate", "originalInterestRatePercentage"),
    ):
        assert sum(contracts[ours].to_pylist()) == sum(yuan(loan[theirs]) for loan in loans) * 100, ours
    due = sum(
        fen(loan["reportingPeriodScheduledPaymentAmount"])
        for loan in loans
        if loan["currentDelinquencyStatus"] > 0
    )
    assert sum(book.book.tables["instalment"]["due_amount"].to_pylist()) == due


def test_the_term_is_the_number_of_payments(book, loans, stated) -> None:
    """The annuity on our term is what the file asks each month, as SOURCE.md found for one payment fewer than theirs."""
    ratios = []
    rows = columns_of(book, "contract", "amount", "term_months", "interest_rate")
    for loan, (amount, term, rate) in zip(loans, rows, strict=True):
        monthly = float(rate) / 1200
        annuity = amount / 100 * (monthly / (1 - (1 + monthly) ** -term) if monthly else 1 / term)
        ratios.append(loan["reportingPeriodScheduledPaymentAmount"] / annuity)
    (wanted,) = stated(NAME, r"median ratio (\d\.\d{4})")
    assert whole(yuan(median(ratios)) * 10_000) == wanted * 10_000


def test_a_first_payment_is_missed_only_where_the_delay_began_in_the_month_after_the_loan(
    book, loans
) -> None:
    def began_with_the_first(loan) -> bool:
        due = DAY - timedelta(days=loan["currentDelinquencyStatus"])
        month, year = loan["originationDate"].split("/")
        return (due.year - int(year)) * 12 + due.month - int(month) == 1

    expected = {
        f"WO-{i}"
        for i, loan in enumerate(loans, 1)
        if loan["currentDelinquencyStatus"] > 0 and began_with_the_first(loan)
    }
    found = derive(read_shipped("carloan"), book.book, DAY, only=["car-first-payment"]).warnings
    assert set(found["contract"].to_pylist()) == expected
    assert 0 < len(expected) < 100
