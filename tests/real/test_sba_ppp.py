"""256,867 loans of the Paycheck Protection Program with their lenders: mapped, checked, and their first duty derived."""

from collections import Counter
from datetime import date, timedelta

import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from rawvalues import columns_of, fen, refused

from daihou.book import read_book, read_map, shipped_maps
from daihou.engine import derive
from daihou.rulebook import read_shipped

NAME = "sba_ppp"
FILE = "ppp_under150k_20_files.parquet"
DAY = date(2020, 7, 5)
GRACE = timedelta(days=10)  # the use of a loan is checked within ten days
NO_AMOUNT = "The amount of the loan is not above zero"
NO_KIND = "The kind of borrower is empty"


@pytest.fixture(scope="module")
def book(reading):
    return reading(NAME)


@pytest.fixture(scope="module")
def loans(raw):
    return raw(f"{NAME}/{FILE}", "LoanAmount", "BusinessType", "DateApproved", "Lender")


@pytest.fixture(scope="module")
def good(loans):
    return [loan for loan in loans if not any(contradictions(loan))]


@pytest.fixture(scope="module")
def alaska(shared_data, tmp_path_factory):
    """The loans of one of the files that the whole was made of."""
    whole = pq.read_table(shared_data / NAME / FILE)
    some = whole.filter(pc.match_substring(whole["source_file"], "_AK"))
    folder = tmp_path_factory.mktemp("alaska")
    pq.write_table(some, folder / "ppp_AK.parquet")
    return folder, some.to_pylist()


def contradictions(loan):
    """What is wrong with a loan, told from the raw file."""
    if loan["LoanAmount"] <= 0:
        yield NO_AMOUNT
    if loan["BusinessType"] is None:
        yield NO_KIND


def duties_by_state(found):
    """How many checks of the use of funds are overdue and open on the day."""
    duties = derive(read_shipped("guarantee"), found.book, DAY, only=["fund-use-check"]).duties
    return Counter(duties["state"].to_pylist())


def duties_expected(good):
    days = [loan["DateApproved"] for loan in good if loan["DateApproved"] <= DAY]
    return Counter("overdue" if day + GRACE < DAY else "open" for day in days)


def test_one_of_the_files_becomes_contracts_with_their_first_duty(alaska) -> None:
    folder, loans = alaska
    found = read_book(folder, mapping=read_map(shipped_maps()[NAME]))
    good = [loan for loan in loans if not any(contradictions(loan))]
    assert found.rows_read["contract"] == len(loans) > len(good) > 0
    assert refused(found) == Counter(reason for loan in loans for reason in contradictions(loan))
    amounts = [amount for (amount,) in columns_of(found, "contract", "amount")]
    assert amounts == [fen(loan["LoanAmount"]) for loan in good]
    assert duties_by_state(found) == duties_expected(good)


@pytest.mark.slow
def test_every_loan_becomes_a_contract_or_is_said(book, loans, stated) -> None:
    assert [book.rows_read["contract"]] == stated(NAME, r"parquet: ([\d,]+) rows")
    assert book.rows_read["contract"] == len(loans)
    stand = [i for i, loan in enumerate(loans, 1) if not any(contradictions(loan))]
    assert book.book.tables["contract"]["_row"].to_pylist() == stand
    said = {fault.row for fault in book.faults if fault.severity == "error"}
    assert said == set(range(1, len(loans) + 1)) - set(stand)
    assert refused(book) == Counter(reason for loan in loans for reason in contradictions(loan))


@pytest.mark.slow
def test_amounts_days_and_lenders_are_those_of_the_file(book, loans, good, stated, shared_data) -> None:
    rows = columns_of(book, "contract", "amount", "disbursed_day", "creditor")
    expected = (
        (fen(loan["LoanAmount"]), loan["DateApproved"], loan["Lender"].strip()) for loan in good
    )  # one lender's name begins with a tab
    assert all(ours == theirs for ours, theirs in zip(rows, expected, strict=True))
    assert [book.book.tables["branch"].num_rows] == stated(NAME, r"Lender \(([\d,]+) distinct\)")
    days = book.book.tables["contract"]["disbursed_day"]
    words = f"DateApproved ({pc.min(days)}..{pc.max(days)})"
    assert words in (shared_data / NAME / "SOURCE.md").read_text("utf-8")


@pytest.mark.slow
def test_every_loan_s_use_of_funds_is_to_be_checked_ten_days_after_it_was_granted(book, good) -> None:
    assert duties_by_state(book) == duties_expected(good)
