"""51,610 US government-guaranteed loans: dirty rows by reason, compensations by share, the recovery work of a day."""

import csv
import gzip
from collections import Counter
from datetime import date, timedelta
from decimal import Decimal

import pytest
from rawvalues import columns_of, fen, refused, whole, yuan

from daihou.book import read_book, read_map, shipped_maps
from daihou.engine import derive
from daihou.rulebook import read_shipped

NAME = "sba_guarantee"
UNION = "sba_guarantee_union.parquet"
DAY = date(2010, 6, 30)
NO_CHARGE_OFF_DAY = "A loan charged off has no charge-off date"
PAID_YET_CHARGED = "A loan paid in full has a charge-off date"
TOO_EARLY = "The charge-off lies before the disbursement"
NOT_DISBURSED = "There is no disbursement date"
NO_STATUS = "There is no status: paid in full or charged off is unknown"
NAMELESS = "The borrower has no name"


@pytest.fixture(scope="module")
def book(reading):
    return reading(NAME)


@pytest.fixture(scope="module")
def loans(raw):
    return raw(
        f"{NAME}/{UNION}",
        *("LoanNr_ChkDgt", "Name", "MIS_Status", "ChgOffDate", "DisbursementDate", "ApprovalDate", "Term"),
        *("DisbursementGross", "ChgOffPrinGr", "SBA_Appv", "GrAppv"),
    )


@pytest.fixture(scope="module")
def good(loans):
    """The loans of the raw file that contradict themselves in nothing."""
    return [loan for loan in loans if not any(contradictions(loan))]


@pytest.fixture(scope="module")
def charged_off(good):
    """Those of them of which the guarantor has to pay a share."""
    return [loan for loan in good if loan["MIS_Status"] == "CHGOFF" and loan["ChgOffPrinGr"] > 0]


def share(loan):
    """The guarantor's part of what was charged off, in hundredths."""
    charged, held, granted = (yuan(loan[column]) for column in ("ChgOffPrinGr", "SBA_Appv", "GrAppv"))
    return charged * 100 * held / granted


def contradictions(loan):
    """What is wrong with a loan, told from the raw file."""
    status, charged, disbursed = loan["MIS_Status"], loan["ChgOffDate"], loan["DisbursementDate"]
    if status == "CHGOFF" and charged is None:
        yield NO_CHARGE_OFF_DAY
    if status == "PIF" and charged is not None:
        yield PAID_YET_CHARGED
    if charged is not None and disbursed is not None and charged < disbursed:
        yield TOO_EARLY
    if disbursed is None:
        yield NOT_DISBURSED
    if status is None:
        yield NO_STATUS
    if loan["Name"] is None:
        yield NAMELESS


def test_every_dirty_row_is_said_by_its_reason(book, loans) -> None:
    assert refused(book) == Counter(reason for loan in loans for reason in contradictions(loan))


@pytest.mark.parametrize(
    ("reason", "pattern"),
    [
        (NO_CHARGE_OFF_DAY, r"(\d+) CHGOFF rows have no ChgOffDate"),
        (PAID_YET_CHARGED, r"(\d+) PIF rows have a ChgOffDate"),
        (TOO_EARLY, r"(\d+) rows have ChgOffDate before DisbursementDate"),
        (NOT_DISBURSED, r"(\d+) have no DisbursementDate"),
        (NO_STATUS, r"(\d+) have no MIS_Status"),
    ],
)
def test_dirty_rows_are_as_many_as_the_source_states(book, stated, reason, pattern) -> None:
    assert [refused(book)[reason]] == stated(NAME, pattern)


def test_a_dirty_row_is_named_by_file_row_and_column(book, loans) -> None:
    first = next(i for i, loan in enumerate(loans, 1) if loan["MIS_Status"] is None)
    fault = next(f for f in book.faults if f.column == "MIS_Status")
    assert (fault.sheet, fault.row, fault.severity) == (UNION, first, "error")
    assert fault.reason("zh") == "没有状态，不知道还清了还是核销了"


def test_what_is_odd_but_taken_is_said_too(book, loans) -> None:
    said = Counter(fault.reason("en") for fault in book.faults if fault.code == "map-doubted")
    days = [(loan["ApprovalDate"], loan["DisbursementDate"]) for loan in loans]
    assert said == {
        "The term is zero months": sum(loan["Term"] == 0 for loan in loans),
        "The disbursement lies before the approval": sum(d is not None and d < a for a, d in days),
        "More was charged off than disbursed": sum(x["ChgOffPrinGr"] > x["DisbursementGross"] for x in loans),
    }


def test_no_row_is_dropped_in_silence(book, loans, stated) -> None:
    assert [book.rows_read["contract"]] == stated(NAME, r"([\d,]+) unique loans")
    assert book.rows_read["contract"] == len(loans)
    wrong = {i for i, loan in enumerate(loans, 1) if any(contradictions(loan))}
    assert {fault.row for fault in book.faults if fault.severity == "error"} == wrong
    assert book.rows_left_out["contract"] == len(wrong)


def test_contracts_are_those_of_the_file_with_sums_to_the_fen(book, good) -> None:
    contracts = book.book.tables["contract"]
    assert contracts["contract_no"].to_pylist() == [loan["LoanNr_ChkDgt"] for loan in good]
    assert sum(contracts["amount"].to_pylist()) == sum(fen(loan["DisbursementGross"]) for loan in good)
    kinds = Counter(loan["MIS_Status"] for loan in good)
    states = Counter(contracts["status"].to_pylist())
    assert states == {"released": kinds["PIF"], "compensated": kinds["CHGOFF"]}


def test_a_charge_off_becomes_the_compensation_of_the_guarantor_s_share(book, charged_off) -> None:
    paid = {loan["LoanNr_ChkDgt"]: (loan["ChgOffDate"], whole(share(loan))) for loan in charged_off}
    rows = columns_of(book, "compensation", "contract", "value_day", "principal")
    assert {number: (day, principal) for number, day, principal in rows} == paid


def test_with_the_rows_left_out_the_share_is_the_total_that_the_source_states(
    book, loans, charged_off, stated
) -> None:
    in_book = sum(principal for (principal,) in columns_of(book, "compensation", "principal"))
    used = {loan["LoanNr_ChkDgt"] for loan in charged_off}
    left_out = sum(share(loan) for loan in loans if loan["LoanNr_ChkDgt"] not in used)
    total = (Decimal(in_book) + left_out) / 100
    assert [whole(total)] == stated(NAME, r"\(total ([\d,]+) over the union\)")


def test_the_guarantor_s_share_and_the_bank_s_make_a_whole(book, good) -> None:
    for loan, (bank_share,) in zip(good, columns_of(book, "contract", "bank_share"), strict=True):
        held = yuan(loan["SBA_Appv"]) * 100 / yuan(loan["GrAppv"])
        assert abs(bank_share + held - 100) <= Decimal("0.0000005")


def test_the_recovery_of_every_compensation_stands_on_the_list_of_the_day(book, charged_off) -> None:
    results = derive(read_shipped("guarantee"), book.book, DAY, only=["recovery-plan", "legal-step"])
    due = sum(loan["ChgOffDate"] <= DAY for loan in charged_off)
    assert Counter(results.duties["rule"].to_pylist()) == {"recovery-plan": due, "legal-step": due}
    assert set(results.duties["state"].to_pylist()) == {"open", "overdue"}


@pytest.mark.slow
def test_a_loan_not_yet_charged_off_on_the_day_is_still_guaranteed(book, charged_off) -> None:
    """The status moves on the day of the charge-off: a day before it the loan's duties are those of a live one."""
    loan = next(one for one in charged_off if one["ChgOffDate"].year == DAY.year)
    rules = read_shipped("guarantee")

    def asked(day):
        found = derive(rules, book.book, day, only=["recovery-plan", "fund-use-check"]).duties.to_pylist()
        return {row["rule"] for row in found if row["contract"] == loan["LoanNr_ChkDgt"]}

    assert asked(loan["ChgOffDate"] - timedelta(days=1)) == {"fund-use-check"}
    assert asked(loan["ChgOffDate"]) == {"recovery-plan"}


@pytest.mark.slow
def test_the_raw_csv_of_two_notations_of_days_gives_the_same_contracts(
    shared_data, tmp_path, book, stated
) -> None:
    """The union was made of this file and another; its half of the loans is the same to the last column."""
    packed = shared_data / NAME / "raw_aidan_SBAnational_first22427.csv.gz"
    text = gzip.decompress(packed.read_bytes()).decode("utf-8")
    plain = tmp_path / "SBAnational.csv"
    plain.write_text(text, "utf-8")
    numbers = {row["LoanNr_ChkDgt"] for row in csv.DictReader(text.splitlines())}
    found = read_book(plain, mapping=read_map(shipped_maps()[NAME]))
    assert [found.rows_read["contract"]] == stated(NAME, r"([\d,]+) \(first rows of the file")
    for table, key in (("contract", "contract_no"), ("compensation", "contract")):
        in_union = [row for row in rows_of(book, table) if row[key] in numbers]
        assert sorted(rows_of(found, table), key=lambda row: row[key]) == sorted(
            in_union, key=lambda row: row[key]
        )
        assert in_union


def rows_of(found, table):
    """Rows of a table without their places."""
    return found.book.tables[table].drop_columns(["_sheet", "_row"]).to_pylist()
