"""The big book of the benchmark, small: a stamped folder, scanned where it lies, gives what the checked one gives."""

import sys
from datetime import date
from pathlib import Path

import pytest

from daihou.book import read_book, stamp_checked
from daihou.engine import derive
from daihou.rulebook import read_shipped

TABLES = ("duties", "assignments", "escalations", "warnings", "grades", "gates", "gaps", "gap_assignments")
CONTRACTS = 2_000


@pytest.fixture(scope="module")
def folder(tmp_path_factory, repo_root):
    sys.path.insert(0, str(Path(repo_root) / "benchmarks"))
    try:
        from making import make
    finally:
        sys.path.pop(0)
    made = tmp_path_factory.mktemp("big")
    make(CONTRACTS, made)
    return made


def test_a_stamped_folder_gives_the_results_of_a_checked_one(folder) -> None:
    rulebooks, day = read_shipped(), date(2026, 11, 23)
    checked = read_book(folder)
    assert checked.checked
    assert checked.faults == ()
    stamp_checked(folder)
    stamped = read_book(folder)
    assert not stamped.checked
    assert "instalment" in stamped.book.files
    before, after = derive(rulebooks, checked.book, day), derive(rulebooks, stamped.book, day)
    assert before.fingerprint == after.fingerprint
    for table in TABLES:
        held = getattr(before, table)
        assert held.num_rows > 0, table
        assert held == getattr(after, table), table
