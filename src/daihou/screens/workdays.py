"""The company's calendar as pages tell deadlines by it: looked up once a request, however many lines a list has."""

from __future__ import annotations

from datetime import date
from typing import Any

from asgiref.local import Local
from django.core.signals import request_started

from daihou.registers.calendar import calendar_on
from daihou.units import Calendar

PUBLISHED_FROM = 11
"""The month from which the State Council publishes the holidays of the next year."""

_asked = Local()


def forget(**_said: Any) -> None:
    """A request asks anew: rows of the calendar may have been written, by this process or another."""
    if hasattr(_asked, "calendar"):
        del _asked.calendar


request_started.connect(forget)


def calendar(today: date) -> Calendar:
    """The calendar as known today."""
    known: tuple[date, Calendar] | None = getattr(_asked, "calendar", None)
    if known is None or known[0] != today:
        known = _asked.calendar = (today, calendar_on(today))
    return known[1]


def unlisted(today: date) -> tuple[int, ...]:
    """The years whose list is wanted and is not there: this one, and from November on the next."""
    wanted = (today.year, today.year + 1) if today.month >= PUBLISHED_FROM else (today.year,)
    return tuple(year for year in wanted if not calendar(today).published(year))


def partly_listed(today: date) -> frozenset[int]:
    """The years of which some days are entered, but no whole list."""
    return frozenset(day.year for day in calendar(today).expected)
