"""The judge made ready: a book and a day, with working days out of a calendar, to be asked as often as one likes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from functools import lru_cache

from daihou.book import Book
from daihou.engine.twin import Twin
from daihou.rulebook import Rulebook
from daihou.units import Calendar


def twin_of(
    rulebooks: Sequence[Rulebook],
    book: Book,
    as_of: date,
    *,
    known: date | None = None,
    go_live: date | None = None,
    calendar: Calendar | None = None,
    leftovers: bool = False,
) -> Twin:
    """The judge of a book on a day. Arguments are those of ``derive``; keep it to ask again without reading the book again."""
    days, years = exceptions_to_the_week(calendar or Calendar.standard())
    return Twin(
        rulebooks, book, as_of, known=known, go_live=go_live, calendar_days=days, published_years=years, leftovers=leftovers
    )  # fmt: skip


@lru_cache(maxsize=8)
def exceptions_to_the_week(calendar: Calendar) -> tuple[Mapping[date, bool], frozenset[int]]:
    """The days that a calendar's notices make other than the week would, and the years that have a notice."""
    years = calendar.published_years()
    if not years:
        return {}, frozenset()
    table = calendar.table(date(years[0], 1, 1), date(years[-1], 12, 31))
    saturday = 5
    return {
        row.day: row.working for row in table if row.working != (row.day.weekday() < saturday)
    }, frozenset(years)
