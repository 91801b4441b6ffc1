"""The working-day calendar: shown, checked against a published list, and that list taken into an installation."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

from daihou.cli import given
from daihou.cli.refusal import FINDINGS, FINE, USAGE, Stopped
from daihou.cli.screen import SOON, at_work, document, line, out, table
from daihou.cli.words import joined, say
from daihou.terms import Lang
from daihou.units import Calendar, PublishedYear

_FIRST, _LAST = 1990, 2199


def in_range(year: int) -> bool:
    """Whether a year can be asked for."""
    return _FIRST <= year <= _LAST


def show(year: int, files: Sequence[Path] | None, home: Path | None, lang: Lang, *, as_json: bool) -> int:
    """A year by the published lists, by what an installation says of it where one is named, and by lists given with it."""
    calendar = Calendar.standard() if home is None else _of_house(home, lang)
    calendar = calendar.with_years(given.published_years(files, lang))
    if as_json:
        document(as_document(calendar, year))
    else:
        show_year(calendar, year, lang, home=home)
    return FINE


def _of_house(home: Path, lang: Lang) -> Calendar:
    """The calendar of an installation as it stands today."""
    from daihou.cli.house import enter

    enter(home, lang)
    from daihou.registers.calendar import calendar_on

    return calendar_on(given.today())


def check_list(file: Path, lang: Lang) -> int:
    """Check a published list and show the years it speaks of. Nothing is kept, and how to keep it is said."""
    years = _years_of(file, lang)
    if not years:
        return FINDINGS
    line(say("calendar-read", lang, file=file))
    line(say("calendar-not-kept", lang, file=file, daihou=given.program()))
    return FINE


def keep_list(file: Path, home: Path, by: str, lang: Lang) -> int:
    """Take a published list into the register 日历 of an installation, and let all work follow; by who may import."""
    from daihou.cli.house import enter

    enter(home, lang)
    from daihou.imports.notices import Taken, take_notices
    from daihou.people.reads import viewer_of
    from daihou.people.rights import May

    if not viewer_of(by, given.today()).may(May.IMPORT):
        raise Stopped(USAGE, [say("may-not-import", lang, by=by)])
    years = _years_of(file, lang)
    if not years:
        return FINDINGS
    from daihou.cli.acting import acted

    digest = sha256(file.read_bytes()).hexdigest()
    with at_work("taking", lang, file=file.name):
        taken: Taken = acted(
            by, lang,
            lambda actor, at: take_notices(years, file=file.name, digest=digest, by=actor, at=at, day=given.today()),
            refused={},
        )  # fmt: skip
    counts = {"new": taken.new, "changed": taken.changed, "same": taken.same}
    line(
        say(
            "calendar-kept" if taken.batch else "calendar-same",
            lang,
            file=file.name,
            daihou=given.program(),
            **counts,
        )
    )
    for code, days in (("calendar-house-rows", taken.kept), ("calendar-beyond", [one.isoformat() for one in taken.beyond])):  # fmt: skip
        if days:
            line(say(code, lang, days=joined(list(days), lang)), style=SOON)
    return FINDINGS if taken.kept or taken.beyond else FINE


def _years_of(file: Path, lang: Lang) -> Mapping[int, PublishedYear]:
    """The years of a list, shown; none, which is said, where it names no day."""
    years = {year: listed for year, listed in given.published_years([file], lang).items() if listed}
    calendar = Calendar.standard().with_years(years)
    for year in years:
        show_year(calendar, year, lang)
    if not years:
        line(say("calendar-empty", lang, file=file))
    return years


def show_year(calendar: Calendar, year: int, lang: Lang, *, home: Path | None = None) -> None:
    """Holidays and make-up days of a year, working days by month; ``home``: of an installation, where its list is to be kept."""
    if not calendar.published(year):
        code = "calendar-assumed" if home is None else "calendar-assumed-house"
        line(say(code, lang, year=year, daihou=given.program(), home=home or ""), style=SOON)
        if any(day.year == year for day in calendar.expected):
            line(say("calendar-expected", lang, year=year), style=SOON)
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
