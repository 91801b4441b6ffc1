"""The sample company: clean when it should be, faulty when it should be, the same twice."""

from datetime import date

import pytest

from daihou.book import read_book
from daihou.sample import sample_rows, write_sample

DAY = date(2026, 11, 23)


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    return write_sample(tmp_path_factory.mktemp("sample"), DAY)


def test_the_register_has_no_fault(files) -> None:
    reading = read_book(files.register)
    assert [(f.code, f.sheet, f.row) for f in reading.faults] == []
    assert reading.book.tables["contract"].num_rows == 300


def test_the_other_one_has_faults_of_many_kinds_and_keeps_the_good_rows(files) -> None:
    reading = read_book(files.faulty)
    kinds = {fault.code for fault in reading.faults}
    assert {
        "key-twice",
        "orphan",
        "date-impossible",
        "money-approximate",
        "unknown-value",
        "vin-proof",
        "company-proof",
    } <= kinds
    assert 200 < reading.book.tables["contract"].num_rows < 300


def test_the_same_day_gives_the_same_rows_and_another_day_others() -> None:
    assert sample_rows(DAY) == sample_rows(DAY)
    assert sample_rows(DAY) != sample_rows(date(2026, 10, 9))
