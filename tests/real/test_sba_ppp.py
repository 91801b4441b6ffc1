"""256,867 loans of the Paycheck Protection Program with their lenders: mapped, checked, and their first duty derived."""

from collections import Counter
from datetime import date, timedelta
from decimal import Decimal

import pytest

from daihou.engine import derive
from daihou.rulebook import read_shipped

DAY = date(2020, 7, 5)


@pytest.fixture(scope="module")
def book(reading):
    return reading("sba_ppp")


@pytest.fixture(scope="module")
def loans(raw):
    return raw("sba_ppp/ppp_under150k_20_files.parquet")


def stands(loan):
    return loan["LoanAmount"] > 0 and loan["BusinessType"] is not None


@pytest.mark.slow
def test_every_loan_becomes_a_contract_or_is_said(book, loans) -> None:
    assert book.rows_read["contract"] == len(loans) == 256_867
    good = [i for i, loan in enumerate(loans, 1) if stands(loan)]
    assert book.book.tables["contract"]["_row"].to_pylist() == good
    refused = Counter(f.column for f in book.faults if f.severity == "error")
    assert refused == {
        "LoanAmount": sum(loan["LoanAmount"] <= 0 for loan in loans),
        "BusinessType": sum(loan["BusinessType"] is None for loan in loans),
    }


@pytest.mark.slow
def test_amounts_and_lenders_are_those_of_the_file(book, loans) -> None:
    contracts = book.book.tables["contract"]
    total = sum(Decimal(repr(loan["LoanAmount"])) for loan in loans if stands(loan))
    assert sum(contracts["amount"].to_pylist()) == total * 100
    assert Counter(contracts["creditor"].to_pylist()) == Counter(
        loan["Lender"] for loan in loans if stands(loan)
    )
    assert book.book.tables["branch"].num_rows == len({loan["Lender"] for loan in loans}) == 1_737


@pytest.mark.slow
def test_every_loan_s_use_of_funds_is_to_be_checked_ten_days_after_it_was_granted(book, loans) -> None:
    duties = derive(read_shipped("guarantee"), book.book, DAY, only=["fund-use-check"]).duties
    counted = Counter()
    for loan in filter(stands, loans):
        if loan["DateApproved"] <= DAY:
            late = loan["DateApproved"] + timedelta(days=10) < DAY
            counted["overdue" if late else "open"] += 1
    assert Counter(duties["state"].to_pylist()) == counted
