"""Declared tables and columns; reading registers from files; checking their rows."""

from daihou.book.belonging import Paired, TellingRows
from daihou.book.calendar import book_of_notices, calendar_of, calendar_with, listed_days
from daihou.book.cells import canonical_text
from daihou.book.converting import ARROW_TYPES
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
    meaning_of,
    posts,
)
from daihou.book.faults import BookFileError, Fault, Severity
from daihou.book.headings import HeadingMap
from daihou.book.identifiers import PHONE, check_identifier, phone_number
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
    numbered_by,
    read_map,
    shipped_maps,
    targets,
)
from daihou.book.marking import write_marked
from daihou.book.masking import each_number, hidden, masked
from daihou.book.passing import Passing
from daihou.book.reading import (
    Book,
    NotCleanError,
    Reading,
    read_book,
    stamp_checked,
    write_parquet,
)
from daihou.book.rowchecks import row_checks
from daihou.book.statements import UNITS, Doubt, Statement, controls, read_statement
from daihou.book.template import write_book, write_template
from daihou.book.yearchecks import CALENDAR

__all__ = [
    "ARROW_TYPES",
    "CALENDAR",
    "CHECKS",
    "PHONE",
    "RECORDED",
    "UNITS",
    "VOIDED",
    "Book",
    "BookFileError",
    "Column",
    "ColumnType",
    "DeclarationError",
    "Declarations",
    "Doubt",
    "Draft",
    "Fault",
    "ForeignMap",
    "HeadingMap",
    "Layout",
    "MapRefusedError",
    "NotCleanError",
    "Order",
    "Paired",
    "Passing",
    "Reading",
    "Recognised",
    "Recogniser",
    "Severity",
    "Statement",
    "Table",
    "Target",
    "TellingRows",
    "Wanted",
    "Way",
    "book_of_notices",
    "calendar_of",
    "calendar_with",
    "canonical_text",
    "check_identifier",
    "controls",
    "declared",
    "domains",
    "drafted",
    "each_number",
    "guessed",
    "hidden",
    "layouts",
    "listed_days",
    "load_declarations",
    "masked",
    "meaning_of",
    "numbered_by",
    "phone_number",
    "posts",
    "read_book",
    "read_map",
    "read_statement",
    "row_checks",
    "shipped_maps",
    "stamp_checked",
    "targets",
    "write_book",
    "write_marked",
    "write_parquet",
    "write_template",
]
