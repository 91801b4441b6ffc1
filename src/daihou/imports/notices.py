"""Published lists of holidays taken into the register 日历: by the usual act, the same list twice writes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from daihou.book import CALENDAR, book_of_notices
from daihou.ledger.acts import take_in
from daihou.ledger.differing import differences
from daihou.registers.kept import homes, standing
from daihou.registers.models import Batch
from daihou.trail.acts import Actor
from daihou.units import ListedDay, PublishedYear, notices_of


@dataclass(frozen=True)
class Taken:
    """What came of it: rows new, changed, the same, and those that stay because the house wrote them. ``batch``: None where nothing was written.

    ``beyond``: days that the register calls published in one of these years and that the list does not name; they go on counting.
    """

    batch: Batch | None
    new: int
    changed: int
    same: int
    kept: tuple[str, ...]
    beyond: tuple[date, ...]


def take_notices(
    years: Mapping[int, PublishedYear], *, file: str, digest: str, by: Actor, at: datetime, day: date
) -> Taken:
    """Take whole years into the register: one transaction, one event, one batch, none where everything stands already.

    ``day``: from which the rows are known. Rows that an act of the house wrote stay, as with every file.
    """
    book = book_of_notices(years)
    with transaction.atomic():
        found = list(differences(book))
        new, changed = sum(len(one.new) for one in found), sum(len(one.changed) for one in found)
        kept = tuple(pair.held.key for one in found for pair in one.kept)
        batch = None
        if new or changed:
            rows = sum(len(year) for year in years.values())
            batch = take_in(book, by=by, at=at, day=day, file=file, digest=digest, read=rows, left_out=0)
        return Taken(batch, new, changed, sum(one.same for one in found), kept, _beyond(years))


def _beyond(years: Mapping[int, PublishedYear]) -> tuple[date, ...]:
    """Days that stand as published in some years without being on their lists."""
    rows = standing(homes()[CALENDAR]).values_list("day", "working_day", "published")
    named = {day for year in years.values() for day in year}
    held = notices_of(ListedDay(*row) for row in rows)
    return tuple(sorted(day for year in years for day in held.get(year, {}) if day not in named))
