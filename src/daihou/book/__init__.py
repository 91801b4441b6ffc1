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
    Draft,
    ForeignMap,
    Layout,
    MapRefusedError,
    Recognised,
    Recogniser,
    Target,
    Wanted,
    Way,
    drafted,
    guessed,
    layouts,
    read_map,
    shipped_maps,
    targets,
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
    "Draft",
    "Fault",
    "ForeignMap",
    "HeadingMap",
    "Layout",
    "MapRefusedError",
    "NotCleanError",
    "Order",
    "Reading",
    "Recognised",
    "Recogniser",
    "Severity",
    "Table",
    "Target",
    "Wanted",
    "Way",
    "canonical_text",
    "check_identifier",
    "declared",
    "domains",
    "drafted",
    "each_number",
    "guessed",
    "layouts",
    "load_declarations",
    "masked",
    "posts",
    "read_book",
    "read_map",
    "row_checks",
    "shipped_maps",
    "stamp_checked",
    "targets",
    "write_book",
    "write_marked",
    "write_parquet",
    "write_template",
]
