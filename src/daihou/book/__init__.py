"""Declared tables and columns; reading registers from files; checking their rows."""

from daihou.book.cells import canonical_text
from daihou.book.declared import (
    CHECKS,
    RECORDED,
    VOIDED,
    Column,
    ColumnType,
    DeclarationError,
    Declarations,
    Order,
    Table,
    declared,
    domains,
    load_declarations,
    posts,
)
from daihou.book.faults import BookFileError, Fault, Severity
from daihou.book.headings import HeadingMap
from daihou.book.identifiers import check_identifier
from daihou.book.mapping import (
    ForeignMap,
    MapRefusedError,
    Recognised,
    Recogniser,
    Wanted,
    Way,
    read_map,
    shipped_maps,
)
from daihou.book.marking import write_marked
from daihou.book.masking import each_number, masked
from daihou.book.reading import (
    Book,
    NotCleanError,
    Reading,
    read_book,
    stamp_checked,
    write_parquet,
)
from daihou.book.rowchecks import row_checks
from daihou.book.template import write_book, write_template

__all__ = [
    "CHECKS",
    "RECORDED",
    "VOIDED",
    "Book",
    "BookFileError",
    "Column",
    "ColumnType",
    "DeclarationError",
    "Declarations",
    "Fault",
    "ForeignMap",
    "HeadingMap",
    "MapRefusedError",
    "NotCleanError",
    "Order",
    "Reading",
    "Recognised",
    "Recogniser",
    "Severity",
    "Table",
    "Wanted",
    "Way",
    "canonical_text",
    "check_identifier",
    "declared",
    "domains",
    "each_number",
    "load_declarations",
    "masked",
    "posts",
    "read_book",
    "read_map",
    "row_checks",
    "shipped_maps",
    "stamp_checked",
    "write_book",
    "write_marked",
    "write_parquet",
    "write_template",
]
