"""Real books, each read once by its shipped mapping; and the raw files again by plain means, as the judge."""

from collections import Counter
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from daihou.book import Reading, read_book, read_map, shipped_maps


@pytest.fixture(scope="session")
def reading(shared_data: Path) -> Callable[[str], Reading]:
    @cache
    def read(name: str) -> Reading:
        return read_book(shared_data / name, mapping=read_map(shipped_maps()[name]))

    return read


@pytest.fixture(scope="session")
def raw(shared_data: Path) -> Callable[[str], list[dict[str, Any]]]:
    """The rows of a raw Parquet file, as Python values."""

    @cache
    def rows(name: str) -> list[dict[str, Any]]:
        return pq.read_table(shared_data / name).to_pylist()

    return rows


def said(found: Reading) -> Counter:
    """How many faults of each reason, in English, there are in a reading."""
    return Counter(f.reason("en") for f in found.faults if f.code in ("map-refused", "map-doubted"))
