"""A year of the State Council's holiday notice, and reading it from a file.

Two forms of file are read: the JSON of the public holiday-cn project and a CSV headed 日期,是否上班,名称.
An empty list of days means that the notice is not out yet; it never means a year without holidays.
A company's own list of days (`ListedDay`) is sorted into notices by the same rules.
"""

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

from daihou.terms import Lang
from daihou.units.datetext import DateTextError, read_date
from daihou.units.faults import UnitsError, wording

_DECEMBER = 12
_SATURDAY = 5
_YEARS = range(1990, 2200)
_MAX_CHARACTERS = 2_000_000
_MAX_PROBLEMS = 50
# Days that the law has made holidays in every year since 2000: a list without them is a part of a notice.
_ALWAYS_OFF = ((1, 1), (5, 1), (10, 1), (10, 2), (10, 3))
_SPRING_FESTIVAL = ((1, 20), (2, 28))
_SPRING_FESTIVAL_WEEKDAYS = 3
_HEADINGS = {"日期": "date", "是否上班": "working", "名称": "name"}
_WORKING = dict.fromkeys(("是", "上班", "班", "true", "1"), True) | dict.fromkeys(
    ("否", "休息", "休", "false", "0"), False
)


def on_weekend(day: date) -> bool:
    """Whether the day is a Saturday or a Sunday."""
    return day.weekday() >= _SATURDAY


@dataclass(frozen=True)
class CalendarProblem:
    """One fault of a calendar file: the line (from 1) and the code and blanks of its text."""

    line: int
    code: str
    params: Mapping[str, object] = field(default_factory=dict)

    def text(self, lang: Lang = "zh") -> str:
        """What is wrong on that line and what to do."""
        return wording().text(self.code, lang, line=self.line, **self.params)


class CalendarFileError(UnitsError):
    """A calendar file that is refused whole; `problems` lists every fault, `line` is that of the first."""

    def __init__(self, problems: Iterable[CalendarProblem]) -> None:
        """Keep the faults in the order of their lines, at most fifty."""
        self.problems = tuple(sorted(problems, key=lambda problem: problem.line))[:_MAX_PROBLEMS]
        first = self.problems[0]
        self.line = first.line
        super().__init__(first.code, line=first.line, **first.params)

    def text(self, lang: Lang = "zh") -> str:
        """Every fault, one per line."""
        return "\n".join(problem.text(lang) for problem in self.problems)


@dataclass(frozen=True, eq=False)
class PublishedYear(Mapping[date, bool]):
    """One year's notice: a mapping day -> is it a working day, with the holidays' Chinese names where known.

    It holds the days that the notice lists (weekends within a holiday too): those of the year itself, and
    of the December before it, which the notice on New Year's Day has moved in 2006, 2007, 2011, 2018 and
    2022.
    """

    year: int
    days: Mapping[date, bool]
    names: Mapping[date, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse a day that this year's notice cannot speak of."""
        for day in self.days:
            if not _speaks_of(self.year, day):
                raise UnitsError("calendar-foreign-day", year=self.year, day=day.isoformat())

    def __getitem__(self, day: date) -> bool:
        """Whether the listed day is a working day; KeyError where the notice does not list it."""
        return self.days[day]

    def __iter__(self) -> Iterator[date]:
        """The listed days in the order of the file."""
        return iter(self.days)

    def __len__(self) -> int:
        """How many days are listed; 0 means that nothing was published."""
        return len(self.days)


@dataclass(frozen=True, slots=True)
class ListedDay:
    """One day of a company's own calendar: is it a working day, and has the State Council published that.

    `published` False is what the company expects of a year whose notice is not out.
    """

    day: date
    working: bool
    published: bool = True


def notices_of(days: Iterable[ListedDay]) -> dict[int, dict[date, bool]]:
    """The published ones of some days by the year of the notice that lists them, as those of a table are."""
    found: dict[int, dict[date, bool]] = {}
    entries = [_Entry(0, one.day.year, one.day, one.working, "") for one in days if one.published]
    for entry in _to_notices(entries):
        found.setdefault(entry.year, {})[entry.day] = entry.working
    return {year: found[year] for year in sorted(found)}


def missing_holidays(year: int, listed: Mapping[date, bool]) -> str:
    """The holidays of every year that this list leaves as working days, as text; "" where it is a whole notice."""
    missing = [
        f"{year}-{month:02d}-{number:02d}"
        for month, number in _ALWAYS_OFF
        if listed.get(date(year, month, number), not on_weekend(date(year, month, number)))
    ]
    first, last = (date(year, month, number) for month, number in _SPRING_FESTIVAL)
    festival = [
        day for day, working in listed.items() if first <= day <= last and not working and not on_weekend(day)
    ]
    if len(festival) < _SPRING_FESTIVAL_WEEKDAYS:
        missing.append("春节")
    return "、".join(missing)


def _speaks_of(year: int, day: date) -> bool:
    return day.year == year or (day.year == year - 1 and day.month == _DECEMBER)


def read_calendar(text: str) -> Mapping[int, PublishedYear]:
    """The years that a holiday-cn JSON or a CSV publishes; an empty list publishes none and gives {}.

    All faults are gathered into one CalendarFileError. A list without the holidays that every year has is
    refused too, because a year counts as published as a whole.
    """
    body = text.removeprefix("\ufeff")
    if not body.strip():
        raise CalendarFileError([CalendarProblem(1, "calendar-empty")])
    if len(body) > _MAX_CHARACTERS:
        raise CalendarFileError([CalendarProblem(1, "calendar-too-long", {"limit": _MAX_CHARACTERS})])
    entries, problems = _json_entries(body) if body.lstrip()[0] in "{[" else _csv_entries(body)
    years = _gather(entries, problems)
    if problems:
        raise CalendarFileError(problems)
    return years


@dataclass(frozen=True)
class _Entry:
    """One day of a file: the line it stands on and the year of the notice it belongs to."""

    line: int
    year: int
    day: date
    working: bool
    name: str


def _gather(entries: list[_Entry], problems: list[CalendarProblem]) -> dict[int, PublishedYear]:
    """Entries by the year of their notice; contradictions and incomplete years go to the problems."""
    days: dict[int, dict[date, bool]] = {}
    names: dict[int, dict[date, str]] = {}
    for entry in entries:
        listed = days.setdefault(entry.year, {})
        if listed.setdefault(entry.day, entry.working) != entry.working:
            problems.append(CalendarProblem(entry.line, "calendar-twice", {"day": entry.day.isoformat()}))
        if entry.name:
            names.setdefault(entry.year, {})[entry.day] = entry.name
    if not problems:  # a list with unread lines would be called incomplete for the wrong reason
        for year, listed in days.items():
            missing = missing_holidays(year, listed)
            if missing:
                line = next(entry.line for entry in entries if entry.year == year)
                problems.append(
                    CalendarProblem(line, "calendar-incomplete", {"year": year, "missing": missing})
                )
    return {year: PublishedYear(year, listed, names.get(year, {})) for year, listed in sorted(days.items())}


def _json_entries(text: str) -> tuple[list[_Entry], list[CalendarProblem]]:
    """The days of a holiday-cn document."""
    try:
        document = json.loads(text)
    except json.JSONDecodeError as error:
        return [], [CalendarProblem(error.lineno, "calendar-json", {"column": error.colno})]
    except RecursionError:
        return [], [CalendarProblem(1, "calendar-shape")]
    year = document.get("year") if isinstance(document, dict) else None
    days = document.get("days") if isinstance(document, dict) else None
    if type(year) is not int or year not in _YEARS or not isinstance(days, list):
        return [], [CalendarProblem(1, "calendar-shape")]
    entries: list[_Entry] = []
    problems: list[CalendarProblem] = []
    for line, item in zip(_lines_of_days(text, len(days)), days, strict=True):
        found = _json_entry(line, year, item)
        if isinstance(found, _Entry):
            entries.append(found)
        else:
            problems.append(found)
    return entries, problems


def _json_entry(line: int, year: int, item: object) -> _Entry | CalendarProblem:
    if not isinstance(item, dict):
        return CalendarProblem(line, "calendar-day-shape")
    written, off, name = item.get("date"), item.get("isOffDay"), item.get("name")
    if not isinstance(written, str) or not isinstance(off, bool) or not isinstance(name, str | None):
        return CalendarProblem(line, "calendar-day-shape")
    try:
        day = date.fromisoformat(written)
    except ValueError:
        return CalendarProblem(line, "calendar-date", {"value": written})
    if not _speaks_of(year, day):
        return CalendarProblem(line, "calendar-other-year", {"day": written, "year": year})
    return _Entry(line, year, day, not off, (name or "").strip())


def _lines_of_days(text: str, count: int) -> list[int]:
    """The line on which each day's object opens: the braces after the document's own, strings skipped."""
    tokens = re.finditer(r'"(?:[^"\\]|\\.)*"|\{', text)
    lines = [text.count("\n", 0, token.start()) + 1 for token in tokens if token.group() == "{"][1:]
    return lines if len(lines) == count else [1] * count


def _csv_entries(text: str) -> tuple[list[_Entry], list[CalendarProblem]]:
    """The days of a table; each goes to its own year, a December day perhaps to the next."""
    reader = csv.reader(io.StringIO(text, newline=""))
    try:
        rows = [(reader.line_num, [cell.strip() for cell in row]) for row in reader]
    except csv.Error:
        return [], [CalendarProblem(reader.line_num or 1, "calendar-header")]
    rows = [(line, row) for line, row in rows if any(row)]
    line, header = rows[0]
    columns = {_HEADINGS.get(heading, heading): place for place, heading in enumerate(header)}
    if "date" not in columns or "working" not in columns:
        return [], [CalendarProblem(line, "calendar-header")]
    entries: list[_Entry] = []
    problems: list[CalendarProblem] = []
    for number, row in rows[1:]:
        cells = {name: row[place] for name, place in columns.items() if place < len(row)}
        found = _csv_entry(number, cells)
        if isinstance(found, _Entry):
            entries.append(found)
        else:
            problems.append(found)
    return _to_notices(entries), problems


def _csv_entry(line: int, cells: Mapping[str, str]) -> _Entry | CalendarProblem:
    written, answer = cells.get("date", ""), cells.get("working", "")
    working = _WORKING.get(answer.lower())
    try:
        day = read_date(written)
    except DateTextError:
        return CalendarProblem(line, "calendar-date", {"value": written})
    if working is None:
        return CalendarProblem(line, "calendar-working", {"value": answer})
    return _Entry(line, day.year, day, working, cells.get("name", ""))


def _to_notices(entries: list[_Entry]) -> list[_Entry]:
    """A table names no notice: where it holds the next year too, an unusual December day is of that notice.

    Without this, one make-up day of 31 December would pass for the whole list of its year.
    """
    years = {entry.year for entry in entries}
    only_december = {
        year for year in years if all(e.day.month == _DECEMBER for e in entries if e.year == year)
    }

    def notice_year(entry: _Entry) -> int:
        unusual = entry.working == on_weekend(entry.day)
        moved = entry.day.month == _DECEMBER and (unusual or entry.year in only_december)
        return entry.year + 1 if moved and entry.year + 1 in years else entry.year

    return [_Entry(e.line, notice_year(e), e.day, e.working, e.name) for e in entries]
