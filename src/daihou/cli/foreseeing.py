"""The command forecast, step by step: the months ahead, and what would change with other rules."""

from collections.abc import Sequence
from dataclasses import replace

from daihou.book import Reading
from daihou.cli import ahead, changes, faults, given, results
from daihou.cli.given import Asked
from daihou.cli.names import Names
from daihou.cli.refusal import FINDINGS, FINE, REFUSED, USAGE, Stopped
from daihou.cli.screen import at_work, document, line
from daihou.cli.tasks import rules_of
from daihou.cli.words import joined, say
from daihou.engine import Forecast, Results, TwoRegimesError, compare, derive, forecast
from daihou.rulebook import Rulebook, RulebookRefused, shipped_ids
from daihou.terms import Lang

MOST_MONTHS = 60


def check_months(months: int, lang: Lang) -> None:
    """Refuse a span that is none, or so long that nothing in it is foreseen."""
    if not 1 <= months <= MOST_MONTHS:
        raise Stopped(USAGE, [say("bad-months", lang, months=months, most=MOST_MONTHS)])


def check_out(asked: Asked, *, against: bool) -> None:
    """Refuse a file that could not be written, before anything long is done."""
    if asked.out is None:
        return
    if against:
        raise Stopped(USAGE, [say("out-or-against", asked.lang)])
    if asked.out.suffix not in results.FORMATS:
        raise Stopped(USAGE, [say("bad-out", asked.lang, file=asked.out)])
    given.a_target(asked.out, asked.lang)


def two_versions(
    names: str | None, against: str, lang: Lang
) -> tuple[tuple[Rulebook, ...], tuple[Rulebook, ...]]:
    """The rules as they are and as they would be: a book of the same id is replaced, another is added.

    Without a choice only the books of the other version are asked: what else there is stays as it is.
    """
    others = given.versions(against, lang)
    if names is None:
        shared = [book.id for book in others if book.id in shipped_ids()]
        if not shared:
            one_id = joined([book.id for book in others], lang)
            raise Stopped(USAGE, [say("against-whom", lang, name=one_id)])
        before = given.read_shipped_books(shared, lang)
    else:
        before = given.rulebooks(names, lang)
    of_id = {book.id: book for book in others}
    after = [of_id.pop(book.id, book) for book in before]
    return before, (*after, *of_id.values())


def foresee(reading: Reading, asked: Asked, months: int) -> int:
    """Print or write the months ahead; rows with errors are left out and listed first."""
    asked = replace(asked, go_live=given.a_go_live(asked.go_live, reading.book)).by_book(reading.book)
    _left_out(reading, asked)
    found = _forecast(reading, asked, months)
    names = Names(reading.book, rules_of(asked.rulebooks), asked.day, asked.lang, unmasked=asked.unmasked)
    if asked.as_json:
        document(ahead.as_document(found))
    else:
        ahead.show_forecast(found, rules_of(asked.rulebooks), names, every=asked.every)
    if asked.out is not None:
        _write(found, asked, names)
    elif not asked.as_json:
        line(say("try-ahead-out", asked.lang))
    return FINE


def _left_out(reading: Reading, asked: Asked) -> None:
    if not asked.as_json:
        faults.show_left_out(reading, asked.lang, every=asked.every, unmasked=asked.unmasked)


def _forecast(reading: Reading, asked: Asked, months: int) -> Forecast:
    lang = asked.lang
    with at_work("foreseeing", lang, months=months, rules=_count(asked.rulebooks)) as tell:
        try:
            return forecast(
                asked.rulebooks,
                reading.book,
                asked.day,
                months=months,
                go_live=asked.go_live,
                calendar=asked.calendar,
                progress=lambda place, looks: tell("", place / looks),
            )
        except (TwoRegimesError, RulebookRefused) as error:
            raise Stopped(REFUSED, refusal(error, lang)) from error


def refusal(error: TwoRegimesError | RulebookRefused, lang: Lang) -> list[str]:
    """Why rulebooks cannot be used together."""
    if isinstance(error, RulebookRefused):
        return given.mistakes(error, lang)
    one, other = error.rules
    return [say("two-regimes", lang, one=one, other=other, count=error.count, example=error.example)]


def _count(rulebooks: Sequence[Rulebook]) -> int:
    return sum(len(book.duties) for book in rulebooks)


def _write(found: Forecast, asked: Asked, names: Names) -> None:
    assert asked.out is not None
    lang, path = asked.lang, given.a_target(asked.out, asked.lang)
    if path.suffix == ".xlsx":
        with at_work("writing", lang, file=path.name):
            ahead.write_workbook(path, found, rules_of(asked.rulebooks), names)
        written = str(path)
    else:
        written = joined([str(one) for one in ahead.write_tables(path, found)], lang)
    if not asked.as_json:
        line(say("ahead-written", lang, file=written))


def foresee_change(reading: Reading, asked: Asked, others: tuple[Rulebook, ...], months: int) -> int:
    """What would change with other rules, on the day and in the months ahead; findings where anything would."""
    asked = replace(asked, go_live=given.a_go_live(asked.go_live, reading.book)).by_book(reading.book)
    _left_out(reading, asked)
    sides = (asked, replace(asked, rulebooks=others))
    days = [_day(reading, one) for one in sides]
    months_ahead = [_forecast(reading, one, months) for one in sides]
    forecasts = (months_ahead[0], months_ahead[1])
    found = compare((days[0], days[1]), forecasts, others)
    rules = {**rules_of(asked.rulebooks), **rules_of(others)}
    names = Names(reading.book, rules, asked.day, asked.lang, unmasked=asked.unmasked)
    if asked.as_json:
        document(changes.as_document(found, forecasts, (asked.rulebooks, others), names))
    else:
        changes.show_comparison(found, forecasts, rules, names, every=asked.every)
    return FINE if found.empty else FINDINGS


def _day(reading: Reading, asked: Asked) -> Results:
    lang = asked.lang
    with at_work("deriving", lang, rules=sum(len(book.rules) for book in asked.rulebooks), day=asked.day):
        try:
            return derive(
                asked.rulebooks, reading.book, asked.day, go_live=asked.go_live, calendar=asked.calendar
            )
        except (TwoRegimesError, RulebookRefused) as error:
            raise Stopped(REFUSED, refusal(error, lang)) from error
