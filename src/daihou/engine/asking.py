"""The judge made ready: a book and a day, with working days out of a calendar, to be asked as often as one likes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from daihou.book import Book, calendar_of
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
    calendar = calendar or calendar_of(book, known or as_of)
    return Twin(
        rulebooks, book, as_of, known=known, go_live=go_live, calendar_days=calendar.exceptions,
        published_years=frozenset(calendar.published_years()), leftovers=leftovers,
    )  # fmt: skip
