"""The registers of a small sample company, and the commands as a user runs them."""

import contextlib
import io
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest

from daihou.book import Reading, read_book
from daihou.cli import run as run_command
from daihou.engine import Results, derive
from daihou.sample import write_sample

DAY = date(2026, 11, 23)
WIDTHS = ("COLUMNS", "TERMINAL_WIDTH")


@dataclass(frozen=True)
class Ran:
    """How a command ended: exit code, standard output, standard error."""

    code: int
    out: str
    err: str


@pytest.fixture(scope="session")
def files(tmp_path_factory):
    return write_sample(tmp_path_factory.mktemp("cli"), DAY, contracts=80)


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
        patch.setattr("daihou.cli.given.today", lambda: DAY)
        yield
