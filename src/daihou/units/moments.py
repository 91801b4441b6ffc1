"""The day of a moment: "today" is today in Shanghai, wherever the machine stands."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Asia/Shanghai")


def day_of(moment: datetime) -> date:
    """The day in Shanghai on which a moment lies. ValueError for a moment that names no zone: it could be any of two days."""
    if moment.tzinfo is None:
        raise ValueError(moment)
    return moment.astimezone(ZONE).date()
