"""What the user gave: files, days, rulebooks and calendars, read or refused in the user's words."""

import shutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path

import pyarrow.compute as pc

from daihou.book import (
    Book,
    BookFileError,
    ForeignMap,
    MapRefusedError,
    NotCleanError,
    Reading,
    calendar_of,
    read_book,
    read_map,
    shipped_maps,
    stamp_checked,
)
from daihou.cli.refusal import REFUSED, UNREADABLE, USAGE, Stopped
from daihou.cli.screen import at_work
from daihou.cli.words import joined, say
from daihou.rulebook import (
    Rule,
    Rulebook,
    RulebookRefused,
    Written,
    read_shipped,
    read_written,
    shipped,
    shipped_ids,
    written_shipped,
)
from daihou.terms import Lang, terms
from daihou.units import (
    Calendar,
    CalendarFileError,
    DateTextError,
    PublishedYear,
    day_of,
    read_calendar,
    read_date,
)

PROGRAM = "daihou"
HEAD_FILE = "book.yaml"
"""What makes a folder a rulebook."""
_COMPANY, _SINCE = "company", "since"
SHARED_BOOK = "portfolio"
"""The book of facts that the others build on; a folder of rulebooks without it uses ours."""


@dataclass(frozen=True)
class Asked:
    """What a derivation or an explanation was asked for. ``go_live`` None: as the register says.

    ``published``: lists of holidays given with it, laid over what the register says of days; ``calendar``: both together, once the
    register is read (``by_book``).
    """

    rulebooks: tuple[Rulebook, ...]
    day: date
    known: date
    published: Mapping[int, PublishedYear] = field(default_factory=dict)
    calendar: Calendar = field(default_factory=Calendar.standard)
    go_live: date | None = None
    history: bool = False
    out: Path | None = None
    strict: bool = False
    every: bool = False
    unmasked: bool = False
    as_json: bool = False
    lang: Lang = "zh"

    def by_book(self, book: Book) -> "Asked":
        """The same by the calendar of a register."""
        return replace(self, calendar=calendar_of(book, self.known).with_years(self.published))


def today() -> date:
    """The day in Shanghai: the one place where the clock is read."""
    return day_of(datetime.now(UTC))


def program() -> str:
    """How the program was called, so that a command that is proposed can be copied."""
    called = Path(sys.argv[0])
    return (
        PROGRAM if called.name != PROGRAM or shutil.which(PROGRAM) == str(called.absolute()) else str(called)
    )


def a_day(text: str | None, lang: Lang, default: date | None = None) -> date:
    """A day as people write it; without one the default, or today."""
    if text is None:
        return default or today()
    try:
        return read_date(text)
    except DateTextError as error:
        raise Stopped(USAGE, [say("bad-date", lang, reason=error.text(lang))]) from error


def looked_at(day: date) -> date:
    """The day on which a register is looked at that is asked for a day: a past day does not make too late what has been since."""
    return max(day, today())


def a_book(path: Path, lang: Lang, *, day: date, mapping: ForeignMap | None = None) -> Reading:
    """The register as looked at on a day, with every fault collected; ``mapping``: how files of other headings become our tables."""
    try:
        with at_work("reading", lang, file=path.name) as tell:
            return read_book(path, mapping=mapping, day=day, progress=tell)
    except BookFileError as error:
        raise Stopped(UNREADABLE, [error.reason(lang), error.remedy(lang)]) from error


def a_stamped_folder(path: Path, lang: Lang, *, day: date) -> Reading:
    """A folder looked at on a day, checked and, where it has no errors, stamped; else its reading with all faults."""
    try:
        with at_work("reading", lang, file=path.name) as tell:
            return stamp_checked(path, day=day, progress=tell)
    except NotCleanError as error:
        return error.reading
    except BookFileError as error:
        raise Stopped(UNREADABLE, [error.reason(lang), error.remedy(lang)]) from error


def a_target_folder(path: Path, lang: Lang) -> Path:
    """A folder that can be written to, made where it is not there."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Stopped(UNREADABLE, [say("cannot-write", lang, file=path)]) from error
    return path


def map_file(name: str, lang: Lang) -> Path:
    """The file of a mapping, by the name of a shipped one or by its path."""
    found = shipped_maps().get(name)
    if found is not None:
        return found
    file = Path(name)
    if file.is_file():
        return file
    said = [say("unknown-map", lang, name=name, known=joined(list(shipped_maps()), lang))]
    near = terms().closest(name, list(shipped_maps()))
    if near:
        said.append(say("did-you-mean", lang, name=near))
    raise Stopped(USAGE, said)


def a_map(name: str | None, lang: Lang) -> ForeignMap | None:
    """A mapping; None where none is asked for."""
    return None if name is None else read_mapping(name, lang)


def read_mapping(name: str, lang: Lang) -> ForeignMap:
    """A mapping, refused whole where one thing in it is wrong."""
    try:
        return read_map(map_file(name, lang))
    except MapRefusedError as refused:
        lines = [say("map-refused", lang, count=len(refused.faults), file=name)]
        for fault in refused.faults:
            lines += [f"  {fault.sheet}:{fault.row}  {fault.reason(lang)}", f"      → {fault.remedy(lang)}"]
        raise Stopped(REFUSED, lines) from refused


def a_go_live(asked: date | None, book: Book) -> date | None:
    """The day before which nothing is asked for (S23): as asked for, else 公司.自 of the register, of several the earliest."""
    companies = book.tables.get(_COMPANY)
    if asked is not None or companies is None:
        return asked
    since: date | None = pc.min(companies[_SINCE]).as_py()
    return since


def rulebooks(names: str | None, lang: Lang) -> tuple[Rulebook, ...]:
    """Shipped rulebooks by id, or folders; all shipped ones that hold rules where none is named."""
    if names is None:
        return read_shipped_books((), lang)
    found: list[Rulebook] = []
    for name in filter(None, (part.strip() for part in names.replace("，", ",").split(","))):
        found += one_rulebook(name, lang)
    if not found:
        raise Stopped(USAGE, [say("no-rulebook-named", lang, known=joined(list(shipped_ids()), lang))])
    twice = {book.id for book in found if [b.id for b in found].count(book.id) > 1}
    if twice:
        raise Stopped(USAGE, [say("rulebook-twice", lang, names=joined(sorted(twice), lang))])
    return tuple(found)


def one_rulebook(name: str, lang: Lang) -> tuple[Rulebook, ...]:
    """One rulebook, by shipped id or folder."""
    if name in shipped_ids():
        return read_shipped_books((name,), lang)
    return (own_rulebook(_a_rulebook_folder(name, lang), lang),)


def _a_rulebook_folder(name: str, lang: Lang) -> Path:
    folder = Path(name)
    if folder.is_dir():
        return folder
    near = terms().closest(name, shipped_ids())
    said = [say("unknown-rulebook", lang, name=name, known=joined(list(shipped_ids()), lang))]
    if near:
        said.append(say("did-you-mean", lang, name=near))
    raise Stopped(USAGE, said)


def versions(name: str, lang: Lang) -> tuple[Rulebook, ...]:
    """The rulebooks of one version: a shipped id, a rulebook's folder, or a folder that holds such folders; several by commas."""
    found: list[Rulebook] = []
    for one in filter(None, (part.strip() for part in name.replace("，", ",").split(","))):
        folder = Path(one)
        below = sorted(head.parent for head in folder.glob(f"*/{HEAD_FILE}")) if folder.is_dir() else []
        if one in shipped_ids() or not below or (folder / HEAD_FILE).is_file():
            found += one_rulebook(one, lang)
        else:
            found += [own_rulebook(each, lang) for each in below]
    if not found:
        raise Stopped(USAGE, [say("no-rulebook-named", lang, known=joined(list(shipped_ids()), lang))])
    twice = {book.id for book in found if [b.id for b in found].count(book.id) > 1}
    if twice:
        raise Stopped(USAGE, [say("rulebook-twice", lang, names=joined(sorted(twice), lang))])
    return tuple(found)


def own_rulebook(folder: Path, lang: Lang) -> Rulebook:
    """A rulebook or layer of the user's own; what it builds on may stand beside it or be ours."""
    return _own_written(folder, lang).book


def written_rulebook(name: str, lang: Lang) -> Written:
    """One rulebook with its text, by shipped id or folder, so that a layer can be laid on it."""
    if name not in shipped_ids():
        return _own_written(_a_rulebook_folder(name, lang), lang)
    try:
        return written_shipped(name)
    except RulebookRefused as refused:
        raise Stopped(REFUSED, mistakes(refused, lang)) from refused


def _own_written(folder: Path, lang: Lang) -> Written:
    folder = folder.resolve()
    root = folder.parent if (folder.parent / SHARED_BOOK).is_dir() else shipped()
    try:
        return read_written(folder, root=root)
    except RulebookRefused as refused:
        raise Stopped(REFUSED, mistakes(refused, lang)) from refused


def read_shipped_books(ids: Sequence[str], lang: Lang) -> tuple[Rulebook, ...]:
    """Shipped rulebooks by id, or all of them."""
    try:
        return read_shipped(*ids)
    except RulebookRefused as refused:
        raise Stopped(REFUSED, mistakes(refused, lang)) from refused


def mistakes(refused: RulebookRefused, lang: Lang) -> list[str]:
    """Every mistake with its place, reason and remedy."""
    lines = [say("rules-refused", lang, count=len(refused.mistakes))]
    for mistake in refused.mistakes:
        lines += [f"  {mistake.text(lang)}", f"      → {mistake.remedy(lang)}"]
    return lines


def roots(names: str | None) -> list[Path]:
    """The folders below which the files of rulebooks are named: those of the user's own, then ours."""
    own = [Path(name.strip()) for name in (names or "").split(",")]
    return [*(folder.resolve().parent for folder in own if folder.is_dir()), shipped()]


def a_rule(books: Sequence[Rulebook], name: str, lang: Lang) -> Rule:
    """A rule by id or name; a near one is offered where there is none."""
    found = next((rule for book in books if (rule := book.rule(name)) is not None), None)
    if found is not None:
        return found
    said = [say("unknown-rule", lang, name=name)]
    near = terms().closest(
        name, [word for book in books for rule in book.rules for word in (rule.id, rule.name)]
    )
    if near:
        said.append(say("did-you-mean", lang, name=near))
    raise Stopped(USAGE, said)


def a_calendar(files: Sequence[Path] | None, lang: Lang) -> Calendar:
    """The published calendar, with the years that the user gives added."""
    return Calendar.standard().with_years(published_years(files, lang))


def published_years(files: Sequence[Path] | None, lang: Lang) -> dict[int, PublishedYear]:
    """The years that the lists of holidays of the user speak of; of two lists of a year the later."""
    years: dict[int, PublishedYear] = {}
    for file in files or ():
        try:
            years |= read_calendar(file.read_text(encoding="utf-8-sig"))
        except UnicodeDecodeError as error:
            raise Stopped(UNREADABLE, [say("not-utf8", lang, file=file)]) from error
        except OSError as error:
            raise Stopped(UNREADABLE, [say("file-unreadable", lang, file=file)]) from error
        except CalendarFileError as error:
            raise Stopped(
                UNREADABLE, [say("calendar-bad", lang, file=file.name), error.text(lang)]
            ) from error
    return years


def a_target(path: Path, lang: Lang) -> Path:
    """A file that can be written, its folder made; refused where it is open elsewhere or the folder is closed to us."""
    was_there = path.exists()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("ab"):
            pass
        if not was_there:
            path.unlink()
    except OSError as error:
        raise Stopped(UNREADABLE, [say("cannot-write", lang, file=path)]) from error
    return path
