"""Real books, read by their shipped mappings; the raw files again by plain means, and what is stated of them, as judges.

No expected number stands in these tests: each is parsed out of the SOURCE.md beside the data, or counted in the raw file.
"""

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from daihou.book import Reading, read_book, read_map, shipped_maps

DAY = date(2026, 11, 23)


@pytest.fixture(scope="session")
def reading(shared_data: Path) -> Callable[[str], Reading]:
    """Reads a book by the mapping of its name, as looked at on a day: what it says has been has been."""
    return lambda name: read_book(shared_data / name, mapping=read_map(shipped_maps()[name]), day=DAY)


@pytest.fixture(scope="session")
def raw(shared_data: Path) -> Callable[..., list[dict[str, Any]]]:
    """The rows of a raw Parquet file, or some columns of them, as Python values."""
    return lambda name, *columns: pq.read_table(shared_data / name, columns=list(columns) or None).to_pylist()


@pytest.fixture(scope="session")
def stated(shared_data: Path) -> Callable[..., list[Decimal]]:
    """The numbers that a SOURCE.md states where a pattern fits, one for each group; the pattern must fit once."""

    def numbers(book: str, pattern: str) -> list[Decimal]:
        text = (shared_data / book / "SOURCE.md").read_text("utf-8")
        (found,) = re.finditer(pattern, text)
        return [Decimal(number.replace(",", "")) for number in found.groups()]

    return numbers
