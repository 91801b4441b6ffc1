"""The registers of a small sample company, and the commands as a user runs them."""

import contextlib
import io
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import TypeVar

import pytest

from daihou.book import Book, Reading, read_book
from daihou.cli import given
from daihou.cli import run as run_command
from daihou.engine import Forecast, Results, derive, forecast
from daihou.rulebook import Rulebook, Written, read_written
from daihou.sample import write_sample
from daihou.units import Calendar

DAY = date(2026, 11, 23)
WIDTHS = ("COLUMNS", "TERMINAL_WIDTH")
Answer = TypeVar("Answer", Results, Forecast)


@dataclass(frozen=True)
class Ran:
    """How a command ended: exit code, standard output, standard error."""

    code: int
    out: str
    err: str


@pytest.fixture(scope="session")
def files(tmp_path_factory):
    return write_sample(tmp_path_factory.mktemp("cli"), DAY, contracts=80)


@pytest.fixture(scope="session")
def register(files) -> Book:
    """The register of the company, read as if it were held against no day."""
    return read_book(files.register).book


def _run(arguments: tuple[str, ...], width: int) -> Ran:
    """Run a command in this process; the width of the terminal is what rich reads from the environment each time, and typer once, when it comes in."""
    before = {name: os.environ.get(name) for name in WIDTHS}
    os.environ.update(dict.fromkeys(WIDTHS, str(width)))
    out, err = io.StringIO(), io.StringIO()
    try:
        with (
            pytest.MonkeyPatch.context() as patch,
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
        ):
            patch.setattr("typer.rich_utils.MAX_WIDTH", width)
            code = run_command(arguments)
    finally:
        for name, value in before.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value
    return Ran(code, out.getvalue(), err.getvalue())


@pytest.fixture(scope="session")
def daihou() -> Callable[..., Ran]:
    """``daihou("check", file, width=80)`` runs a command on a terminal of that width."""

    def run(*arguments: object, width: int = 120) -> Ran:
        return _run(tuple(str(one) for one in arguments), width)

    return run


def _asked_once(ask: Callable[..., Answer]) -> Callable[..., Answer]:
    """A question about rulebooks and a book, asked once of the very same ones: two that are merely alike are asked each for itself."""
    answers: dict[tuple[object, ...], tuple[Answer, object]] = {}

    def asked(
        rulebooks: Sequence[Rulebook],
        book: Book,
        day: date,
        *,
        calendar: Calendar,
        progress=None,
        **more: object,
    ) -> Answer:
        told = {} if progress is None else {"progress": progress}
        key = (*map(id, rulebooks), id(book), day, calendar.fingerprint, *sorted(more.items()))
        if key not in answers:
            answer = ask(rulebooks, book, day, calendar=calendar, **told, **more)
            answers[key] = answer, (*rulebooks, book)  # held, so that no other takes their identity
        return answers[key][0]

    return asked


def _written_once() -> Callable[..., Written]:
    """Books of a user's own, read once as long as nothing in their folder and beside it changes; a layer may stand on any folder, so it is read each time."""
    read: dict[tuple[object, ...], Written] = {}

    def written(folder: Path, *, root: Path) -> Written:
        heads = folder / given.HEAD_FILE
        if not heads.is_file() or "基于" in heads.read_text("utf-8", errors="replace"):
            return read_written(folder, root=root)
        key = (folder, root, _content(folder), _content(root))
        if key not in read:
            read[key] = read_written(folder, root=root)
        return read[key]

    return written


def _content(folder: Path) -> str:
    """A mark of all files in a folder: their places and what they hold."""
    mark = sha256()
    for file in sorted(one for one in folder.rglob("*.yaml") if one.is_file()):
        content = file.read_bytes()
        mark.update(f"{file} {len(content)}\n".encode() + content)
    return mark.hexdigest()


@pytest.fixture(scope="session", autouse=True)
def _nothing_is_worked_out_twice() -> Iterator[None]:
    """Reading a file and deriving a day are pure and take seconds: the same question gets the answer it got before. It is the day of the sample."""
    readings: dict[tuple[object, ...], Reading] = {}
    days: dict[tuple[object, ...], Results] = {}

    def read(path: Path, **more: object) -> Reading:
        key = (path, path.stat().st_mtime_ns, more["day"]) if path.is_file() else (path, object())
        if key not in readings:
            readings[key] = read_book(path, **more)
        return readings[key]

    def derived(rulebooks, book, day, *, calendar, **more) -> Results:
        key = (
            tuple(one.fingerprint for one in rulebooks),
            book.fingerprint,
            day,
            calendar.fingerprint,
            *more.values(),
        )
        if key not in days:
            days[key] = derive(rulebooks, book, day, calendar=calendar, **more)
        return days[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("daihou.cli.given.read_book", read)
        patch.setattr("daihou.cli.daily.derive", derived)
        patch.setattr("daihou.cli.given.read_written", _written_once())
        patch.setattr("daihou.cli.foreseeing.forecast", _asked_once(forecast))
        patch.setattr("daihou.cli.foreseeing.derive", _asked_once(derive))
        patch.setattr("daihou.cli.given.today", lambda: DAY)
        yield
