"""What only the rows of a whole year of 日历 tell: a list that is a part, days expected of a year that is published.

Both are doubts: the rows stay, and are said because they do not count as somebody may think.
"""

from typing import TYPE_CHECKING

from daihou.book.converting import ROW, SHEET
from daihou.book.declared import VOIDED
from daihou.book.faults import Fault
from daihou.units import Calendar, ListedDay, missing_holidays, notices_of

if TYPE_CHECKING:
    from daihou.book.checking import Checker

CALENDAR = "calendar"
"""The table 日历."""
DAY, WORKING, PUBLISHED = "day", "working_day", "published"


def check_years(checker: "Checker") -> None:
    """Say of 日历 what does not count as published. Rows that join others in a register are not looked at: these may be the rest."""
    if checker.elsewhere is not None or CALENDAR not in checker.rows:
        return
    rows = checker.good(CALENDAR).to_pylist()
    days = {
        row[DAY]: (ListedDay(row[DAY], row[WORKING], row[PUBLISHED]), row[SHEET], row[ROW])
        for row in rows
        if row[VOIDED] is None
    }
    known = Calendar.standard().with_listed(day for day, *_ in days.values())
    for year, listed in notices_of(day for day, *_ in days.values()).items():
        missing = missing_holidays(year, listed)
        if missing and not known.published(year):
            _, sheet, row = days[next(iter(listed))]
            params = {"year": str(year), "missing": missing}
            checker.faults.add(
                Fault("calendar-part", "warning", CALENDAR, sheet, row, PUBLISHED, None, params)
            )
    for day, (one, sheet, row) in days.items():
        if not one.published and known.published(day.year):
            params = {"year": str(day.year)}
            checker.faults.add(
                Fault(
                    "calendar-overtaken", "warning", CALENDAR, sheet, row, PUBLISHED, day.isoformat(), params
                )
            )
