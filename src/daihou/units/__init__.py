"""Money in integer fen, dates, periods and the working-day calendar.

The lowest room that computes. It reads no clock, no file and no database: the day is always an argument.
"""

from daihou.units.dates import (
    DateRangeError,
    add_days,
    add_months,
    day_of_month,
    day_of_next_month,
    days_between,
    half_end,
    half_start,
    is_month_end,
    month_end,
    month_start,
    quarter_end,
    quarter_start,
    year_end,
    year_start,
)
from daihou.units.datetext import DateTextError, read_date
from daihou.units.deadline import deadline_words
from daihou.units.faults import UnitsError
from daihou.units.halfwidth import to_halfwidth
from daihou.units.moments import ZONE, day_of
from daihou.units.money import MAX_FEN, MoneyError, chinese_capitals, format_wan, format_yuan, read_fen
from daihou.units.periods import (
    AnchoredPeriod,
    ListedPeriod,
    Period,
    PeriodError,
    PeriodKind,
    anchored,
    anchored_of,
    period_of,
    shift,
    yearly,
)
from daihou.units.periodtext import labels_before, period_end, period_words
from daihou.units.published import (
    CalendarFileError,
    CalendarProblem,
    ListedDay,
    PublishedYear,
    missing_holidays,
    notices_of,
    read_calendar,
)
from daihou.units.workdays import Calendar, CalendarDay

__all__ = [
    "MAX_FEN",
    "ZONE",
    "AnchoredPeriod",
    "Calendar",
    "CalendarDay",
    "CalendarFileError",
    "CalendarProblem",
    "DateRangeError",
    "DateTextError",
    "ListedDay",
    "ListedPeriod",
    "MoneyError",
    "Period",
    "PeriodError",
    "PeriodKind",
    "PublishedYear",
    "UnitsError",
    "add_days",
    "add_months",
    "anchored",
    "anchored_of",
    "chinese_capitals",
    "day_of",
    "day_of_month",
    "day_of_next_month",
    "days_between",
    "deadline_words",
    "format_wan",
    "format_yuan",
    "half_end",
    "half_start",
    "is_month_end",
    "labels_before",
    "missing_holidays",
    "month_end",
    "month_start",
    "notices_of",
    "period_end",
    "period_of",
    "period_words",
    "quarter_end",
    "quarter_start",
    "read_calendar",
    "read_date",
    "read_fen",
    "shift",
    "to_halfwidth",
    "year_end",
    "year_start",
    "yearly",
]
