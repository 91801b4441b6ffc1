"""Values of raw files and of books, as the tests of this folder compare them."""

from collections import Counter
from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from daihou.book import Reading


def yuan(amount: float) -> Decimal:
    """What a binary fraction is written as."""
    return Decimal(repr(amount))


def fen(amount: float) -> int:
    """An amount of two places in hundredths."""
    return whole(yuan(amount) * 100)


def whole(number: Decimal) -> int:
    """The nearest whole number, halves away from zero."""
    return int(number.quantize(Decimal(1), ROUND_HALF_UP))


def refused(found: Reading) -> Counter[str]:
    """How many rows the conditions of the mapping refused, by reason in English."""
    return Counter(fault.reason("en") for fault in found.faults if fault.code == "map-refused")


def columns_of(found: Reading, table: str, *columns: str) -> Iterator[tuple[Any, ...]]:
    """Columns of a table of a book, row by row."""
    held = found.book.tables[table]
    return zip(*(held[column].to_pylist() for column in columns), strict=True)
