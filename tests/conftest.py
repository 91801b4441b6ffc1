"""What every test may ask for: requirement ids, the repository, the shared data, a PostgreSQL of its own."""

import json
import os
import re
import shutil
import subprocess
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NoReturn

import pytest
from cluster import postgres_programs, private_server
from hypothesis import HealthCheck, settings

REPO_ROOT = Path(__file__).resolve().parent.parent
REQUIREMENT_ID = re.compile(r"P\d\d-\w+", re.ASCII)
UNDER_CI = os.environ.get("CI", "").lower() == "true"

# A shared machine stalls now and then, so no example is timed. The gate must give the same answer twice.
settings.register_profile(
    "daihou", deadline=None, derandomize=UNDER_CI, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("daihou")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--covers-out",
        metavar="FILE",
        help="write {requirement id: [tests that name it]} as JSON; with --collect-only nothing is run",
    )


def pytest_configure(config: pytest.Config) -> None:
    for line in (
        "covers(*ids): the requirements without which this test would fail, as P01-05",
        "slow: takes more than some seconds; left out of make test",
        "long: says again, at length, what a quicker test says; left to make soak",
        "postgres: needs a PostgreSQL server (the fixture postgres starts one)",
    ):
        config.addinivalue_line("markers", line)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Refuse malformed requirement ids; write the coverage before -m and -k take tests away."""
    covered: dict[str, set[str]] = defaultdict(set)
    for item in items:
        for mark in item.iter_markers("covers"):
            for requirement in _requirement_ids(item, mark):
                covered[requirement].add(item.nodeid.split("[", 1)[0])
    target = config.getoption("--covers-out")
    worker = getattr(config, "workerinput", {"workerid": "gw0"})["workerid"]
    if target and worker == "gw0":  # every worker of a parallel run sees the same tests: one writes
        text = json.dumps({k: sorted(covered[k]) for k in sorted(covered)}, ensure_ascii=False, indent=2)
        Path(target).write_text(text + "\n", encoding="utf-8")


def _requirement_ids(item: pytest.Item, mark: pytest.Mark) -> tuple[str, ...]:
    wrong = [i for i in mark.args if not (isinstance(i, str) and REQUIREMENT_ID.fullmatch(i))]
    if wrong or not mark.args or mark.kwargs:
        message = (
            f"{item.nodeid}: covers() wants requirement ids such as 'P01-05', got {mark.args} {mark.kwargs}"
        )
        raise pytest.UsageError(message)
    return mark.args


def _lacking(what: str) -> NoReturn:
    """Skip so that it is read at the end of the run; in the gate a skip would be a hole, so fail."""
    if UNDER_CI:
        pytest.fail(f"CI=true, and there is no {what}", pytrace=False)
    pytest.skip(f"NOT TESTED: there is no {what}")


@pytest.fixture(scope="session")
def lacking() -> Callable[[str], NoReturn]:
    """For fixtures of one folder: a tool of theirs is not there."""
    return _lacking


@pytest.fixture(scope="session")
def repo_root() -> Path:
    return REPO_ROOT


def _beside_what_it_was_cloned_from() -> Path | None:
    """The shared data of the repository on this machine that this one is a clone of, where it is one."""
    git = shutil.which("git")
    if git is None:
        return None
    asked = [git, "-C", str(REPO_ROOT), "config", "--get", "remote.origin.url"]
    origin = subprocess.run(asked, check=False, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    path = Path(origin.stdout.strip().removeprefix("file://"))
    places = (place / "shared" / "data" for place in path.parents[:2])  # the origin may be its folder .git
    return next((place for place in places if place.is_dir()), None) if path.is_absolute() else None


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Real and reference data: where DAIHOU_SHARED_DATA says, else beside the repository or what it was cloned from."""
    named, beside = os.environ.get("DAIHOU_SHARED_DATA"), REPO_ROOT.parent / "shared" / "data"
    folder = Path(named) if named else beside
    if not folder.is_dir() and not named:
        folder = _beside_what_it_was_cloned_from() or beside
    if not folder.is_dir():
        _lacking(f"folder {folder} (DAIHOU_SHARED_DATA may name another)")
    return folder


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """Connection string of a private server on a unix socket, superuser daihou, gone when the tests end."""
    programs = postgres_programs()
    if programs is None:
        _lacking("PostgreSQL server (Debian: apt install postgresql)")
    with private_server(programs) as folder:
        yield f"host={folder} port=5432 user=daihou dbname=postgres"
