"""The longer commands, step by step: demo, template, marked copies, the day, two wordings of rules, calendar files."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from daihou.book import BookFileError, Reading, write_marked, write_template
from daihou.cli import days, faults, given, results, today, versions, worklist, written
from daihou.cli.names import Names
from daihou.cli.refusal import FINDINGS, FINE, REFUSED, UNREADABLE, USAGE, Stopped
from daihou.cli.screen import at_work, line, raw
from daihou.cli.tasks import rules_of
from daihou.cli.words import joined, say
from daihou.engine import Results, TwoRegimesError, derive
from daihou.rulebook import Rulebook
from daihou.sample import write_sample
from daihou.terms import Lang
from daihou.units import Calendar, CalendarFileError, read_calendar

WORK_LIST: Mapping[Lang, str] = {"zh": "任务清单.xlsx", "en": "worklist.xlsx"}


@dataclass(frozen=True)
class Asked:
    """What a derivation was asked for."""

    rulebooks: tuple[Rulebook, ...]
    day: date
    calendar: Calendar
    known: date
    go_live: date | None = None
    history: bool = False
    out: Path | None = None
    strict: bool = False
    every: bool = False
    unmasked: bool = False
    as_json: bool = False
    lang: Lang = "zh"


def demo(folder: Path, day: date, contracts: int, lang: Lang) -> int:
    """The sample company from register to work list; everything is written into the folder."""
    line(say("demo-start", lang))
    try:
        with at_work("demo-making", lang, contracts=contracts):
            files = write_sample(folder, day, contracts=contracts)
    except OSError as error:
        raise Stopped(UNREADABLE, [say("cannot-write", lang, file=folder)]) from error
    line(say("demo-files", lang, register=files.register, faulty=files.faulty))
    reading = given.a_book(files.register, lang)
    faults.show_reading(reading, lang)
    line()
    asked = Asked(
        rulebooks=given.rulebooks(None, lang),
        day=day,
        calendar=Calendar.standard(),
        known=day,
        out=folder / WORK_LIST[lang],
        lang=lang,
    )
    code = derive_day(reading, asked)
    line(say("demo-next", lang, faulty=files.faulty, register=files.register, day=day))
    return code


def template(file: Path, lang: Lang) -> int:
    """An empty workbook; a file that is there already is not overwritten."""
    if file.suffix.lower() != ".xlsx":
        raise Stopped(USAGE, [say("bad-template", lang, file=file)])
    if file.exists():
        raise Stopped(USAGE, [say("file-there", lang, file=file)])
    write_template(given.a_target(file, lang), lang)
    line(say("template-written", lang, file=file))
    return FINE


def mark(book: Path, reading: Reading, target: Path, lang: Lang) -> None:
    """A copy of the register with remarks beside the rows."""
    if target.resolve() == book.resolve():
        raise Stopped(USAGE, [say("marked-same", lang)])
    try:
        write_marked(book, reading.faults, target, lang)
    except BookFileError as error:
        raise Stopped(UNREADABLE, [error.reason(lang), error.remedy(lang)]) from error
    except OSError as error:
        raise Stopped(UNREADABLE, [say("cannot-write", lang, file=target)]) from error
    line(say("marked", lang, file=target))


def check_out(asked: Asked) -> None:
    """Refuse a file that could not be written, before anything long is done."""
    if asked.out is None:
        return
    if asked.out.suffix not in results.FORMATS:
        raise Stopped(USAGE, [say("bad-out", asked.lang, file=asked.out)])
    given.a_target(asked.out, asked.lang)


def derive_day(reading: Reading, asked: Asked) -> int:
    """Derive, print or write; rows with errors are left out and listed first, or all is refused."""
    lang = asked.lang
    if asked.strict and faults.errors_of(reading):
        faults.show_left_out(reading, lang, every=asked.every, unmasked=asked.unmasked)
        raise Stopped(FINDINGS, [say("strict-stop", lang, count=len(faults.errors_of(reading)))])
    if not asked.as_json:
        faults.show_left_out(reading, lang, every=asked.every, unmasked=asked.unmasked)
    with at_work("deriving", lang, rules=sum(len(book.rules) for book in asked.rulebooks), day=asked.day):
        found = _derived(reading, asked)
    names = Names(reading.book, rules_of(asked.rulebooks), asked.day, lang, unmasked=asked.unmasked)
    if asked.as_json:
        raw(_json(found, reading))
    else:
        today.show_day(found, asked.rulebooks, names, asked.calendar, every=asked.every)
        line()
    if asked.out is not None:
        _write(asked.out, found, reading, asked, names)
    elif not asked.as_json:
        line(say("try-out", lang))
    return FINE


def _json(found: Results, reading: Reading) -> str:
    document = results.as_document(found)
    document["rows_left_out"] = {t: n for t, n in reading.rows_left_out.items() if n}
    return json.dumps(document, ensure_ascii=False, indent=1)


def _derived(reading: Reading, asked: Asked) -> Results:
    try:
        return derive(
            asked.rulebooks,
            reading.book,
            asked.day,
            known=asked.known,
            go_live=asked.go_live,
            scope="history" if asked.history else "day",
            calendar=asked.calendar,
        )
    except TwoRegimesError as error:
        one, other = error.rules
        said = say("two-regimes", asked.lang, one=one, other=other, count=error.count, example=error.example)
        raise Stopped(REFUSED, [said]) from error


def _write(path: Path, found: Results, reading: Reading, asked: Asked, names: Names) -> None:
    lang = asked.lang
    given.a_target(path, lang)
    if path.suffix == ".xlsx":
        with at_work("writing", lang, file=path.name):
            worklist.write_worklist(path, found, reading, asked.rulebooks, names, asked.calendar)
        written_to = str(path)
    else:
        written_to = joined([str(one) for one in results.write_tables(path, found)], lang)
    if not asked.as_json:
        line(say("written", lang, file=written_to))


def diff(old: str, new: str, book: Path | None, day: date, lang: Lang, *, show: bool) -> dict[str, Any]:
    """Two wordings of one rulebook, and the duties of a day that they change."""
    (one,), (other,) = given.one_rulebook(old, lang), given.one_rulebook(new, lang)
    entries = (written.entries(given.folder_of(old)), written.entries(given.folder_of(new)))
    changes = versions.compare(one, other, entries, lang)
    if show:
        versions.show_changes(changes, one, other, lang)
    if book is None:
        return versions.as_document(changes, ())
    reading = given.a_book(book, lang)
    rules = {**rules_of([one]), **rules_of([other])}
    names = Names(reading.book, rules, day, lang)
    with at_work("deriving-twice", lang, day=day):
        found = versions.effects(one, other, reading.book, day, Calendar.standard(), names)
    if show:
        versions.show_effects(found, rules, names, day)
    return versions.as_document(changes, found)


def import_calendar(file: Path, lang: Lang) -> int:
    """Check a published list of days and show the years it speaks of; nothing is kept."""
    calendar = given.a_calendar([file], lang)
    try:
        years = [
            year for year, listed in read_calendar(file.read_text(encoding="utf-8-sig")).items() if listed
        ]
    except CalendarFileError as error:
        raise Stopped(UNREADABLE, [error.text(lang)]) from error
    for year in years:
        days.show_year(calendar, year, lang)
    line(say("calendar-read" if years else "calendar-empty", lang, file=file))
    return FINE if years else FINDINGS
