"""The sample company's registers, and the commands as a user runs them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import pytest

from daihou.cli import run as run_command
from daihou.sample import write_sample


@dataclass(frozen=True)
class Ran:
    """How a command ended: exit code, standard output, standard error."""

    code: int
    out: str
    err: str


@pytest.fixture(scope="session")
def files(tmp_path_factory):
    return write_sample(tmp_path_factory.mktemp("cli"), date(2026, 11, 23))


@pytest.fixture
def daihou(capsys, monkeypatch) -> Callable[..., Ran]:
    """``daihou("check", file, width=80)`` runs a command on a terminal of that width."""

    def run(*arguments: object, width: int = 120) -> Ran:
        monkeypatch.setenv("COLUMNS", str(width))
        monkeypatch.setenv("TERMINAL_WIDTH", str(width))
        code = run_command([str(one) for one in arguments])
        said = capsys.readouterr()
        return Ran(code, said.out, said.err)

    return run
