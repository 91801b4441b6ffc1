"""The installation of the sample company, made by the commands of the README once for all processes of a run, which take half a minute; each gets a copy."""

import fcntl
import os
import shutil
from pathlib import Path

import pytest
from commands import daihou


def sample_at(home: Path, runs: pytest.TempPathFactory) -> None:
    """Lay the installation out at ``home``; its rows lie in a file within."""
    made = _of_the_run(runs) / "sample"
    made.mkdir(exist_ok=True)
    with (made / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (made / "home").is_dir():
            make_sample(made / "unfinished", DATABASE_URL="")
            (made / "unfinished" / "home").rename(made / "home")
    shutil.copytree(made / "home", home)


def make_sample(folder: Path, **database: str) -> Path:
    """Make the installation as `make run` does; its home."""
    shutil.rmtree(folder, ignore_errors=True)
    made = daihou("demo", folder / "demo", "--contracts", 80)
    assert (folder / "demo" / "台账.xlsx").is_file(), made.stdout + made.stderr
    done = daihou("init", "--home", folder / "home", "--sample", folder / "demo" / "台账.xlsx", **database)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder / "home"


def _of_the_run(runs: pytest.TempPathFactory) -> Path:
    """A folder that all processes of this run have in common, and no other run: that of a worker lies within it."""
    own = runs.getbasetemp()
    return own.parent if "PYTEST_XDIST_WORKER" in os.environ else own
