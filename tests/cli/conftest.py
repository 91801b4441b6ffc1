"""The registers of a small sample company, and the commands as a user runs them."""

import contextlib
import io
import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import cache

import pytest

from daihou.cli import run as run_command
from daihou.sample import write_sample

WIDTHS = ("COLUMNS", "TERMINAL_WIDTH")


@dataclass(frozen=True)
class Ran:
    """How a command ended: exit code, standard output, standard error."""

    code: int
    out: str
    err: str


@pytest.fixture(scope="session")
def files(tmp_path_factory):
    return write_sample(tmp_path_factory.mktemp("cli"), date(2026, 11, 23), contracts=80)


def _run(arguments: tuple[str, ...], width: int) -> Ran:
    """Run a command in this process; the width of the terminal is what rich and typer read from the environment."""
    before = {name: os.environ.get(name) for name in WIDTHS}
    os.environ.update(dict.fromkeys(WIDTHS, str(width)))
    out, err = io.StringIO(), io.StringIO()
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
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


@pytest.fixture(scope="session")
def asked_once(daihou) -> Callable[..., Ran]:
    """The same, for commands that write no file: what was asked before is not run again."""
    return cache(daihou)
