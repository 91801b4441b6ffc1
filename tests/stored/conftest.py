"""A small company in the database."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))  # tests are no package; the cast is found beside them


@pytest.fixture
def company(db, tmp_path):
    """The company, taken in once."""
    from tests_cast import BY, DAY, NOW, reading_of, write_sheets

    from daihou.ledger.acts import take_in

    reading = reading_of(write_sheets(tmp_path / "book"))
    read = sum(reading.rows_read.values())
    return take_in(reading.book, by=BY, at=NOW, day=DAY, file="book", digest="d1", read=read, left_out=0)
