"""The working-day calendar on the screen."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from daihou.cli.screen import SOON, line, out, table
from daihou.cli.words import say
from daihou.terms import Lang
from daihou.units import Calendar

_FIRST, _LAST = 1990, 2199


def in_range(year: int) -> bool:
    """Whether a year can be asked for."""
    return _FIRST <= year <= _LAST


def show_year(calendar: Calendar, year: int, lang: Lang) -> None:
    """Holidays and make-up days of a year, working days by month."""
    if not calendar.published(year):
        line(say("calendar-assumed", lang, year=year), style=SOON)
    rows = []
    for name, first, last in spans(calendar, year):
        days = first.isoformat() if first == last else f"{first.isoformat()} … {last.isoformat()}"
        weekdays = say(f"weekday-{first.isoweekday()}", lang)
        if first != last:
            weekdays += f" … {say(f'weekday-{last.isoweekday()}', lang)}"
        free = say("day-works" if calendar.is_working(first) else "day-off", lang)
        rows.append([days, weekdays, str((last - first).days + 1), free, name])
    if rows:
        out().print(table(("day", "weekday", "days", "working", "holiday"), rows, lang))
    months = [
        f"{month:02d}: {sum(calendar.is_working(day) for day in days_of(year) if day.month == month)}"
        for month in range(1, 13)
    ]
    working = sum(calendar.is_working(day) for day in days_of(year))
    line(say("calendar-year", lang, year=year, working=working, months="  ".join(months)))


def days_of(year: int) -> Iterator[date]:
    """Every day of a year."""
    day = date(year, 1, 1)
    while day.year == year:
        yield day
        day += timedelta(days=1)


def spans(calendar: Calendar, year: int) -> Iterator[tuple[str, date, date]]:
    """Runs of days that bear one name: the name, first and last day."""
    run: tuple[str, date, date] | None = None
    for day in days_of(year):
        name = calendar.name(day)
        if run is not None and name == run[0] and calendar.is_working(day) == calendar.is_working(run[1]):
            run = (run[0], run[1], day)
            continue
        if run is not None:
            yield run
        run = None if name is None else (name, day, day)
    if run is not None:
        yield run


def as_document(calendar: Calendar, year: int) -> dict[str, Any]:
    """A year for a program."""
    return {
        "year": year,
        "published": calendar.published(year),
        "days": [
            {"date": day.isoformat(), "working": calendar.is_working(day), "name": calendar.name(day)}
            for day in days_of(year)
        ],
    }
