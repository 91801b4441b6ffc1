"""51,610 US government-guaranteed loans: dirty rows by reason, compensations by share, the recovery work of a day."""

import gzip
from collections import Counter
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

import pytest

from daihou.book import read_book, read_map, shipped_maps
from daihou.engine import derive
from daihou.rulebook import read_shipped

DAY = date(2010, 6, 30)


@pytest.fixture(scope="module")
def book(reading):
    return reading("sba_guarantee")


@pytest.fixture(scope="module")
def loans(raw):
    return raw("sba_guarantee/sba_guarantee_union.parquet")


def share_fen(loan):
    """The guarantor's part of what was charged off, in fen, halves away from zero."""
    charged, held, granted = (Decimal(repr(loan[c])) for c in ("ChgOffPrinGr", "SBA_Appv", "GrAppv"))
    return int((charged * 100 * held / granted).quantize(Decimal(1), ROUND_HALF_UP))


def contradictions(loan):
    """What is wrong with a loan, told from the raw file."""
    status, charged, disbursed = loan["MIS_Status"], loan["ChgOffDate"], loan["DisbursementDate"]
    if status == "CHGOFF" and charged is None:
        yield "A loan charged off has no charge-off date"
    if status == "PIF" and charged is not None:
        yield "A loan paid in full has a charge-off date"
    if charged is not None and disbursed is not None and charged < disbursed:
        yield "The charge-off lies before the disbursement"
    if disbursed is None:
        yield "There is no disbursement date"
    if status is None:
        yield "There is no status: paid in full or charged off is unknown"


def stands(loan):
    return not list(contradictions(loan)) and loan["Name"] is not None


def test_every_dirty_row_is_said_by_its_reason(book, loans) -> None:
    counted = Counter(reason for loan in loans for reason in contradictions(loan))
    said = Counter(f.reason("en") for f in book.faults if f.code == "map-refused")
    assert said == counted
    # what SOURCE.md of the data states
    assert sorted(said.values()) == [2, 3, 111, 119, 306]


def test_a_dirty_row_is_named_by_file_row_and_column(book, loans) -> None:
    first = next(i for i, loan in enumerate(loans, 1) if loan["MIS_Status"] is None)
    fault = next(f for f in book.faults if f.column == "MIS_Status")
    assert (fault.sheet, fault.row, fault.severity) == ("sba_guarantee_union.parquet", first, "error")
    assert fault.reason("zh") == "没有状态，不知道还清了还是核销了"


def test_no_row_is_dropped_in_silence(book, loans) -> None:
    assert book.rows_read["contract"] == len(loans) == 51_610
    wrong = {i for i, loan in enumerate(loans, 1) if not stands(loan)}
    named = {f.row for f in book.faults if f.severity == "error"}
    assert named == wrong
    assert book.rows_left_out["contract"] == len(wrong)


def test_contracts_are_those_of_the_file_with_sums_to_the_fen(book, loans) -> None:
    good = [loan for loan in loans if stands(loan)]
    contracts = book.book.tables["contract"]
    assert contracts["contract_no"].to_pylist() == [loan["LoanNr_ChkDgt"] for loan in good]
    total = sum(Decimal(repr(loan["DisbursementGross"])) for loan in good)
    assert sum(contracts["amount"].to_pylist()) == total * 100
    states = Counter(contracts["contract_status"].to_pylist())
    assert states == {
        "released": sum(loan["MIS_Status"] == "PIF" for loan in good),
        "compensated": sum(loan["MIS_Status"] == "CHGOFF" for loan in good),
    }


def test_a_charge_off_becomes_the_compensation_of_the_guarantor_s_share(book, loans) -> None:
    paid = {
        loan["LoanNr_ChkDgt"]: (loan["ChgOffDate"], share_fen(loan))
        for loan in loans
        if stands(loan) and loan["MIS_Status"] == "CHGOFF" and loan["ChgOffPrinGr"] > 0
    }
    held = book.book.tables["compensation"]
    rows = zip(*(held[c].to_pylist() for c in ("contract", "value_day", "principal")), strict=True)
    assert {number: (day, fen) for number, day, fen in rows} == paid


def test_with_the_rows_left_out_the_share_is_the_total_that_the_source_states(book, loans) -> None:
    in_book = sum(book.book.tables["compensation"]["principal"].to_pylist())
    left_out = sum(share_fen(loan) for loan in loans if not (stands(loan) and loan["MIS_Status"] == "CHGOFF"))
    assert round((in_book + left_out) / 100) == 951_279_636


def test_the_guarantor_s_share_and_the_bank_s_make_a_whole(book, loans) -> None:
    shares = book.book.tables["contract"]["bank_share"].to_pylist()
    good = [loan for loan in loans if stands(loan)]
    for share, loan in zip(shares[:2000], good, strict=False):
        held = Decimal(repr(loan["SBA_Appv"])) * 100 / Decimal(repr(loan["GrAppv"]))
        assert abs(share + held - 100) <= Decimal("0.0000005")


def test_the_recovery_of_every_compensation_stands_on_the_list_of_the_day(book, loans) -> None:
    results = derive(read_shipped("guarantee"), book.book, DAY, only=["recovery-plan", "legal-step"])
    due = Counter()
    for loan in loans:
        if stands(loan) and loan["MIS_Status"] == "CHGOFF" and loan["ChgOffPrinGr"] > 0:
            if loan["ChgOffDate"] <= DAY:
                due["recovery-plan"] += 1
                due["legal-step"] += 1
    listed = Counter(results.duties["rule"].to_pylist())
    assert listed == due
    assert set(results.duties["state"].to_pylist()) == {"open", "overdue"}


def test_a_loan_not_yet_charged_off_on_the_day_is_still_guaranteed(book, loans) -> None:
    """The status moves on the day of the charge-off: a day before it the loan's duties are those of a live one."""
    loan = next(
        x for x in loans if stands(x) and x["MIS_Status"] == "CHGOFF" and x["ChgOffDate"].year == 2010
    )
    rules = read_shipped("guarantee")
    counted = {}
    for day in (loan["ChgOffDate"] - timedelta(days=1), loan["ChgOffDate"]):
        found = derive(rules, book.book, day, only=["recovery-plan", "fund-use-check"]).duties
        mine = [r["rule"] for r in found.to_pylist() if r["contract"] == loan["LoanNr_ChkDgt"]]
        counted[day] = sorted(mine)
    before, on = counted.values()
    assert before == ["fund-use-check"]
    assert on == ["recovery-plan"]


def test_the_raw_csv_of_two_notations_of_days_gives_the_same_contracts(shared_data, tmp_path, book) -> None:
    packed = shared_data / "sba_guarantee" / "raw_aidan_SBAnational_first22427.csv.gz"
    plain = tmp_path / "SBAnational.csv"
    plain.write_bytes(gzip.decompress(packed.read_bytes()))
    found = read_book(plain, mapping=read_map(shipped_maps()["sba_guarantee"]))
    assert found.rows_read["contract"] == 22_427
    for table in ("contract", "compensation"):
        whole = {next(iter(r.values())): r for r in map(_bare, book.book.tables[table].to_pylist())}
        mine = [_bare(r) for r in found.book.tables[table].to_pylist()]
        assert mine
        assert all(whole[next(iter(r.values()))] == r for r in mine)


def _bare(row):
    return {k: v for k, v in row.items() if not k.startswith("_")}
