"""The company's own calendar: the rows of the table 日历, laid over the published lists that come with the program."""

from collections.abc import Mapping
from datetime import date
from functools import lru_cache

import pyarrow as pa

from daihou.book.converting import ARROW_TYPES, ROW, SHEET
from daihou.book.declared import RECORDED, VOIDED, ColumnType, declared
from daihou.book.fingerprint import content_fingerprint
from daihou.book.reading import Book
from daihou.book.yearchecks import CALENDAR, DAY, PUBLISHED, WORKING
from daihou.units import Calendar, ListedDay, PublishedYear


def calendar_of(book: Book, known: date | None = None) -> Calendar:
    """The calendar by which a book is told: what it says of days in 日历, laid over the published lists.

    ``known``: only rows that the company took for true on that day count, as with every table; without it those that stand.
    """
    return calendar_with(listed_days(book.tables.get(CALENDAR), known))


def listed_days(rows: pa.Table | None, known: date | None = None) -> tuple[ListedDay, ...]:
    """The days that rows of 日历 tell of, in their order; none of no rows."""
    if rows is None:
        return ()
    names = (DAY, WORKING, PUBLISHED, RECORDED, VOIDED)
    told = zip(*(rows[name].to_pylist() for name in names), strict=True)
    found = [
        ListedDay(day, working, published)
        for day, working, published, recorded, voided in told
        if _counts(recorded, voided, known)
    ]
    return tuple(sorted(found, key=lambda one: one.day))


def _counts(recorded: date | None, voided: date | None, known: date | None) -> bool:
    """Whether a row stands, or stood as known on a day (S32)."""
    if known is None:
        return voided is None
    return (recorded is None or recorded <= known) and (voided is None or voided > known)


@lru_cache(maxsize=16)
def calendar_with(days: tuple[ListedDay, ...]) -> Calendar:
    """The published lists with some days laid over them (``Calendar.with_listed``); made once, for much is kept by calendar."""
    return Calendar.standard().with_listed(days) if days else Calendar.standard()


def book_of_notices(years: Mapping[int, PublishedYear]) -> Book:
    """Published lists as rows of 日历, to be taken into the registers."""
    table = declared()[CALENDAR]
    days = {day: working for year in sorted(years) for day, working in years[year].items()}
    size = len(days)
    said = {DAY: sorted(days), WORKING: [days[day] for day in sorted(days)], PUBLISHED: [True] * size}
    columns = {
        name: pa.array(said.get(name, [None] * size), ARROW_TYPES[column.type])
        for name, column in table.columns.items()
    }
    places = {
        SHEET: pa.array([table.word] * size, pa.string()),
        ROW: pa.array(range(1, size + 1), ARROW_TYPES[ColumnType.INT]),
    }
    rows = {CALENDAR: pa.table({**columns, **places})}
    return Book(rows if size else {}, {}, content_fingerprint(rows, declared()))
