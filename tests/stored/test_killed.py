"""The day is safe: killed at any moment, run twice at once, with users writing meanwhile, on both databases."""

import json
import os
import queue
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import psycopg
import pytest
from cluster import url_of

from daihou.book import write_book
from daihou.config.place import make_keys
from daihou.sample import FEWEST, sample_rows

FIRST, NEXT, LATER = "2026-11-22", "2026-11-23", "2026-11-24"
KILLS = int(os.environ.get("DAIHOU_KILLS", "20"))
"""Kills of a run on each database; `make soak` asks a thousand."""
IN_A_ROW = 4
"""Kills until a run is let go on to its end."""
PATIENCE = 300
WAITS_AT_MOST = 5.0
WORKER = Path(__file__).parent.parent / "servers" / "house_work.py"

pytestmark = pytest.mark.slow


class House:
    """An installation that can be put back to how it was founded, and processes that work in it."""

    def __init__(self, home: Path, server: Path | None) -> None:
        self.home, self.server = home, server
        self.url = None if server is None else url_of(server, "house")
        env = {**os.environ, "DAIHOU_HOME": str(home), "DATABASE_URL": self.url or ""}
        self.worker = subprocess.Popen(
            [sys.executable, str(WORKER)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=env
        )
        self.said: queue.Queue[dict[str, Any]] = queue.Queue()
        self.kept: dict[int, list[dict[str, Any]]] = {}
        self.listener = threading.Thread(target=self._listen, daemon=True)
        self.listener.start()
        assert self.said.get(timeout=PATIENCE) == {"ready": True}

    def _listen(self) -> None:
        assert self.worker.stdout is not None
        for line in self.worker.stdout:
            self.said.put(json.loads(line))

    def begin(self, do: str, **said: Any) -> int:
        """Begin a piece of work; the number of its process."""
        assert self.worker.stdin is not None
        self.worker.stdin.write(json.dumps({"do": do, **said}) + "\n")
        self.worker.stdin.flush()
        while True:
            told = self.said.get(timeout=PATIENCE)
            self.kept.setdefault(told["pid"], []).append(told)
            if told.get("begun"):
                return int(told["pid"])

    def told(self, pid: int, what: str) -> Any:
        """What a process says of something, waited for."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            for told in self.kept.get(pid, ()):
                assert "failed" not in told, told["failed"]
                if what in told:
                    return told[what]
            told = self.said.get(timeout=PATIENCE)
            self.kept.setdefault(told["pid"], []).append(told)
        raise TimeoutError(what)

    def do(self, do: str, **said: Any) -> Any:
        """A piece of work to its end."""
        return self.told(self.begin(do, **said), "done")

    def kill(self, pid: int) -> None:
        """Kill a process of this house, whatever it does, and wait until it is gone."""
        try:
            os.kill(pid, signal.SIGKILL)
            while True:
                os.kill(pid, 0)
                time.sleep(0.005)
        except ProcessLookupError:
            return

    def keep(self, name: str) -> None:
        """Remember the database as it is."""
        self._copy("house", name)

    def put_back(self, name: str) -> None:
        """The database as it was remembered."""
        self._copy(name, "house")

    def _copy(self, source: str, target: str) -> None:
        if self.server is None:
            names = {"house": "daihou"}
            file, other = (self.home / f"{names.get(one, one)}.sqlite3" for one in (source, target))
            for rest in self.home.glob(f"{other.stem}.sqlite3*"):
                rest.unlink()
            for part in self.home.glob(
                f"{file.name}*"
            ):  # what is still in the log of the database belongs to it
                shutil.copy(part, self.home / part.name.replace(file.stem, other.stem, 1))
            return
        where = f"host={self.server} user=daihou dbname=postgres"
        with psycopg.connect(where, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE IF EXISTS {target} WITH (FORCE)")
            connection.execute(f"CREATE DATABASE {target} TEMPLATE {source}")

    def close(self) -> None:
        """No more work."""
        assert self.worker.stdin is not None
        self.worker.stdin.close()
        self.worker.wait(PATIENCE)
        self.listener.join(PATIENCE)
        assert self.worker.stdout is not None
        self.worker.stdout.close()


@pytest.fixture(scope="module")
def register(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The register of a sample company of the smallest size."""
    file = tmp_path_factory.mktemp("register") / "台账.xlsx"
    write_book(sample_rows(date.fromisoformat(NEXT), contracts=FEWEST), file)
    return file


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def house(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, register: Path
) -> Iterator[House]:
    """A house whose first day was run; ``first`` is remembered of it."""
    home = tmp_path_factory.mktemp(f"house-{request.param}")
    make_keys(home)
    server = None
    if request.param == "postgres":
        server = Path(request.getfixturevalue("postgres").split()[0].removeprefix("host="))
        with psycopg.connect(f"host={server} user=daihou dbname=postgres", autocommit=True) as connection:
            connection.execute("DROP DATABASE IF EXISTS house WITH (FORCE)")
            connection.execute("CREATE DATABASE house")
    made = House(home, server)
    try:
        made.do("found", book=str(register), day=FIRST)
        made.do("run", day=FIRST)
        made.keep("first")
        yield made
    finally:
        made.close()


@pytest.fixture(scope="module")
def undisturbed(house: House) -> tuple[dict[str, Any], float, float]:
    """The state after the next day's run, and how long it took, in all and to write."""
    house.put_back("first")
    before = house.do("state")
    begun = time.monotonic()
    seconds = house.do("run", day=NEXT)["seconds"]
    took = time.monotonic() - begun
    state = house.do("state")
    assert state["stored"] != before["stored"], "a run that changes nothing proves nothing"
    return state, took, seconds["write"]


def assert_whole(house: House, expected: dict[str, Any]) -> dict[str, Any]:
    """The state is what it would be had nothing happened; no run without its event, the trail whole."""
    state = house.do("state")
    for what, rows in expected["stored"].items():
        assert state["stored"][what] == rows, what
    assert state["breaks"] == []
    assert state["runs"] == state["run_events"]
    return dict(state)


def test_a_run_killed_at_any_moment_and_run_again_ends_where_an_undisturbed_one_ends(
    house, undisturbed
) -> None:
    """Some in a row, each beginning where the one before was killed, until a run is let go on to its end."""
    expected, took, writing = undisturbed
    dice = random.Random(20261123)
    cut = {"before": 0, "after": 0}
    in_a_row = 0
    while sum(cut.values()) < KILLS or cut["before"] < KILLS // 4:
        assert sum(cut.values()) < 4 * KILLS, f"runs end before they are killed: {cut}, {took=}, {writing=}"
        if not in_a_row:
            house.put_back("first")
        while_writing = sum(cut.values()) % 2
        moment = dice.uniform(0, 1.2 * writing if while_writing else took)
        pid = house.begin("run", day=NEXT)
        if while_writing:
            house.told(pid, "stage")
        time.sleep(moment)
        house.kill(pid)
        between = house.do("state")
        assert between["breaks"] == []
        whole = between["stored"] == expected["stored"]
        assert whole or between["stored"] == house_first(house), "a run is stored as a whole or not at all"
        cut["after" if whole else "before"] += 1
        in_a_row += 1
        if whole:  # it takes no longer than this: the first one, which was measured, may have been a slow one
            took, writing = (took, min(writing, moment)) if while_writing else (min(took, moment), writing)
        if whole or in_a_row == IN_A_ROW:
            house.do("run", day=NEXT)
            assert assert_whole(house, expected)["runs"] >= 2
            in_a_row = 0
    house.do("run", day=NEXT)
    assert_whole(house, expected)


_firsts: dict[Path, dict[str, Any]] = {}


def house_first(house: House) -> dict[str, Any]:
    """What was stored before the run that is killed."""
    return _firsts[house.home]


@pytest.fixture(autouse=True)
def _first(house: House, undisturbed: object) -> None:
    if house.home not in _firsts:
        house.put_back("first")
        _firsts[house.home] = house.do("state")["stored"]


def test_two_runs_at_once_end_where_one_ends(house, undisturbed) -> None:
    expected, _, _ = undisturbed
    house.put_back("first")
    both = [house.begin("run", day=NEXT) for _ in range(2)]
    found = [house.told(pid, "done") for pid in both]
    assert sorted(run["new"] > 0 for run in found) == [False, True], (
        "what one has found is not new to the other"
    )
    assert assert_whole(house, expected)["runs"] == 3


def test_runs_of_two_days_at_once_leave_the_later_one(house, undisturbed) -> None:
    house.put_back("first")
    house.do("run", day=NEXT)
    house.do("run", day=LATER)
    expected = house.do("state")
    house.put_back("first")
    both = [house.begin("run", day=day) for day in (LATER, NEXT)]
    for pid in both:
        house.told(pid, "done")
    assert_whole(house, expected)
    assert house.do("run", day=NEXT) == {"passed": LATER}
    assert_whole(house, expected)


@pytest.mark.parametrize("killed", [False, True], ids=["to its end", "killed meanwhile"])
def test_who_writes_during_a_run_is_never_refused_waits_little_and_loses_nothing(
    house, undisturbed, tmp_path, killed
) -> None:
    _, took, _ = undisturbed
    house.put_back("first")
    enough = tmp_path / "enough"
    writer = house.begin("write", day=NEXT, until=str(enough), seconds=PATIENCE / 2)
    pid = house.begin("run", day=NEXT)
    if killed:
        time.sleep(random.Random(7).uniform(0.5, 1) * took)
        house.kill(pid)
        pid = house.begin("run", day=NEXT)
    house.told(pid, "done")
    enough.touch()
    written = house.told(writer, "done")
    assert written["rows"] > 5
    assert written["slowest"] < WAITS_AT_MOST
    house.do("follow", day=NEXT)
    state = house.do("state")
    assert state["entered"] == state["entered_events"] == written["rows"]
    again = house.do("run", day=NEXT)
    assert (again["new"], again["moved"], again["withdrawn"]) == (0, 0, 0)
    assert_whole(house, state)
