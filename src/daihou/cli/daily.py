"""The longer commands, step by step: demo, template, marked copies, the day, one object explained."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path

from daihou.book import BookFileError, Reading, declared, write_marked, write_template
from daihou.cli import faults, given, results, today, why, worklist
from daihou.cli.given import Asked
from daihou.cli.names import Names
from daihou.cli.refusal import FINDINGS, FINE, REFUSED, UNREADABLE, USAGE, Stopped
from daihou.cli.screen import at_work, document, line
from daihou.cli.tasks import rules_of
from daihou.cli.words import joined, say
from daihou.engine import Results, TwoRegimesError, derive, explain, reach
from daihou.rulebook import Rule, read_shipped
from daihou.sample import FEWEST, write_sample
from daihou.terms import Lang

WORK_LIST: Mapping[Lang, str] = {"zh": "任务清单.xlsx", "en": "worklist.xlsx"}


def demo(folder: Path, day: date, contracts: int, lang: Lang) -> int:
    """The sample company from register to work list; everything is written into the folder."""
    if contracts < FEWEST:
        raise Stopped(USAGE, [say("too-few", lang, fewest=FEWEST)])
    line(say("demo-start", lang))
    try:
        with at_work("demo-making", lang, contracts=contracts):
            files = write_sample(folder, day, contracts=contracts)
    except OSError as error:
        raise Stopped(UNREADABLE, [say("cannot-write", lang, file=folder)]) from error
    line(say("demo-files", lang, register=files.register, faulty=files.faulty))
    reading = given.a_book(files.register, lang, day=given.looked_at(day))
    faults.show_reading(reading, lang)
    line()
    asked = Asked(
        rulebooks=given.rulebooks(None, lang),
        day=day,
        known=day,
        out=folder / WORK_LIST[lang],
        lang=lang,
    )
    code = derive_day(reading, asked)
    files_named = {"faulty": files.faulty, "register": files.register}
    line(say("demo-next", lang, daihou=given.program(), day=day, **files_named))
    return code


def template(file: Path, names: str | None, lang: Lang) -> int:
    """An empty workbook, of the sheets that go with some rulebooks only where they are named; a file that is there already is not overwritten."""
    if file.suffix.lower() != ".xlsx":
        raise Stopped(USAGE, [say("bad-template", lang, file=file)])
    if file.exists():
        raise Stopped(USAGE, [say("file-there", lang, file=file)])
    kept = (
        set(declared()) if names is None else reach.worked_with(given.rulebooks(names, lang), read_shipped())
    )
    write_template(
        given.a_target(file, lang), lang, {name: declared()[name] for name in declared() if name in kept}
    )
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
    if results.is_folder(asked.out):
        given.a_target_folder(asked.out, asked.lang)
        return
    if asked.out.suffix not in results.FORMATS:
        raise Stopped(USAGE, [say("bad-out", asked.lang, file=asked.out)])
    given.a_target(asked.out, asked.lang)


def derive_day(reading: Reading, asked: Asked) -> int:
    """Derive, print or write; rows with errors are left out and listed first, or all is refused."""
    asked = replace(asked, go_live=given.a_go_live(asked.go_live, reading.book)).by_book(reading.book)
    lang = asked.lang
    if asked.strict and faults.errors_of(reading):
        faults.show_left_out(reading, lang, every=asked.every, unmasked=asked.unmasked)
        raise Stopped(FINDINGS, [say("strict-stop", lang, count=len(faults.errors_of(reading)))])
    if not asked.as_json:
        faults.show_left_out(reading, lang, every=asked.every, unmasked=asked.unmasked)
    with at_work("deriving", lang, rules=sum(len(book.rules) for book in asked.rulebooks), day=asked.day):
        found = _derived(reading, asked)
    if asked.out is not None and results.is_folder(asked.out):
        return _write_folder(asked.out, found, asked)
    names = Names(reading.book, rules_of(asked.rulebooks), asked.day, lang, unmasked=asked.unmasked)
    if asked.as_json:
        document(_document(found, reading, asked))
    else:
        today.show_day(found, asked.rulebooks, names, asked.calendar, every=asked.every)
        if asked.go_live is not None:
            line(say("since-go-live", lang, day=asked.go_live))
        line()
    if asked.out is not None:
        _write(asked.out, found, reading, asked, names)
    elif not asked.as_json:
        line(say("try-out", lang))
    return FINE


def _write_folder(folder: Path, found: Results, asked: Asked) -> int:
    """Every table of a day that is too long for a screen, as Parquet; nobody's name is looked up."""
    with at_work("writing", asked.lang, file=folder.name):
        written = results.write_tables(folder, found, unmasked=asked.unmasked)
    if asked.as_json:
        document({table: str(file) for table, file in zip(results.TABLES, written, strict=True)})
        return FINE
    counts = {table: f"{getattr(found, table).num_rows:,}" for table in results.TABLES}
    line(say("rows-found", asked.lang, **counts))
    line(say("written", asked.lang, file=joined([str(file) for file in written], asked.lang)))
    return FINE


def _document(found: Results, reading: Reading, asked: Asked) -> dict[str, object]:
    return results.as_document(found, unmasked=asked.unmasked) | {
        "go_live": results.plain(asked.go_live),
        "rows_left_out": {table: count for table, count in reading.rows_left_out.items() if count},
    }


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
            worklist.write_worklist(path, found, reading, asked, names)
        written_to = str(path)
    else:
        written_to = joined(
            [str(one) for one in results.write_tables(path, found, unmasked=asked.unmasked)], lang
        )
    if not asked.as_json:
        line(say("written", lang, file=written_to))


def explain_one(reading: Reading, asked: Asked, rule: Rule, target: str) -> int:
    """Why a rule says what it says of one object, by the same go-live day and the same calendar as ``derive``."""
    asked = asked.by_book(reading.book)
    found = why.find(reading.book, rule, target)
    names = Names(reading.book, rules_of(asked.rulebooks), asked.day, asked.lang, unmasked=asked.unmasked)
    if found.row is None:
        if asked.as_json:
            document(why.absent_document(found, rule, asked.day, unmasked=asked.unmasked))
        else:
            why.show_absent(found, rule, names)
        return FINDINGS
    with at_work("explaining", asked.lang, rule=rule.said(asked.lang), day=asked.day):
        told = explain(
            asked.rulebooks,
            reading.book,
            rule.id,
            found.key,
            asked.day,
            known=asked.known,
            go_live=given.a_go_live(asked.go_live, reading.book),
            calendar=asked.calendar,
        )
    if asked.as_json:
        document(why.as_document(told, asked.lang, unmasked=asked.unmasked))
    else:
        why.show_explained(told, found, names)
    return FINE
