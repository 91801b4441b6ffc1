"""The calendar of this installation: what its register 日历 says of days, laid over the published lists."""

from __future__ import annotations

from datetime import date
from typing import Any

import pyarrow as pa
from django.db.models import QuerySet

from daihou.book import CALENDAR, calendar_with, listed_days
from daihou.registers.held import held
from daihou.registers.kept import homes
from daihou.registers.rows import stored_table
from daihou.units import Calendar

_COLUMNS = ("day", "working_day", "published", "recorded", "voided")


def calendar_rows() -> pa.Table:
    """All rows of the register, voided ones too, as they stand at this moment: a book is asked as of a day."""
    return stored_table(homes()[CALENDAR])


def calendar_on(known: date) -> Calendar:
    """The calendar as known on a day. Its rows are read again only once some were written: by any process, for the trail tells."""
    rows = homes()[CALENDAR]._default_manager.order_by("pk")
    return calendar_as_of(held(rows, CALENDAR, _told), known)


def calendar_as_of(rows: pa.Table, known: date) -> Calendar:
    """The calendar that rows of the register make as known on a day."""
    return calendar_with(listed_days(rows, known))


def _told(rows: QuerySet[Any]) -> pa.Table:
    told = list(rows.values(*_COLUMNS))
    return pa.table({name: [one[name] for one in told] for name in _COLUMNS})
