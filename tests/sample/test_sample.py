"""The sample company: clean when it should be, faulty when it should be, the same twice."""

from datetime import date

import pytest

from daihou.book import read_book
from daihou.sample import sample_rows, write_sample

DAY = date(2026, 11, 23)


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    return write_sample(tmp_path_factory.mktemp("sample"), DAY)


@pytest.fixture(scope="module")
def faulty(files):
    return read_book(files.faulty, day=DAY)


def test_the_register_has_no_fault(files) -> None:
    reading = read_book(files.register, day=DAY)
    assert [(f.code, f.sheet, f.row) for f in reading.faults] == []
    assert reading.book.tables["contract"].num_rows == 300


SORTS = {
    "a wrong type": "type-int", "an unknown column": "unknown-column", "no key": "value-missing", "a reference to nothing": "orphan",
    "an impossible day": "date-impossible", "negative money": "amount-negative", "a bad resident number": "resident-proof",
    "a bad company number": "company-proof", "a bad VIN": "vin-proof", "a row twice": "key-twice", "a word of no list": "unknown-value",
    "an approximate amount": "money-approximate", "a day to come for what has been": "day-ahead", "a time of no clock": "clock-impossible",
    "a month by some day of it": "month-not-first", "a count without its figure": "count-without-figure",
    "a promise without an amount": "promise-without-amount",
}  # fmt: skip


@pytest.mark.parametrize("code", SORTS.values(), ids=list(SORTS))
def test_the_other_one_has_a_fault_of_each_sort(faulty, code) -> None:
    assert code in {fault.code for fault in faulty.faults}


def test_the_other_one_keeps_the_good_rows_and_offers_the_right_heading(faulty) -> None:
    assert 200 < faulty.book.tables["contract"].num_rows < 300
    heading = next(fault for fault in faulty.faults if fault.code == "unknown-column")
    assert heading.value == "资金用途"
    assert "用途" in heading.remedy("zh")


def test_the_same_day_gives_the_same_rows_and_another_day_others() -> None:
    assert sample_rows(DAY) == sample_rows(DAY)
    assert sample_rows(DAY) != sample_rows(date(2026, 10, 9))
