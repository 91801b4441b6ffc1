"""Work in an installation, each piece in a process of its own that may be killed: python house_work.py, one JSON command a line.

Each command is answered at once by the number of the process that does it, and at its end by its result. The rulebooks are read once, before
any process is made, so that a piece of work takes as long as its work.
"""

import json
import os
import signal
import sys
import time
import traceback
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
EVERY = 0.05


def say(**told: Any) -> None:
    """One line, written at once, so that lines of several processes do not mix."""
    os.write(1, (json.dumps(told, ensure_ascii=False, default=str) + "\n").encode())


def run(day: str) -> dict[str, Any]:
    """Run a day, and say when it begins to write."""
    from daihou.dayend import acts
    from daihou.trail.acts import Actor

    store = acts.store_run

    def telling(*args: Any, **kwargs: Any) -> Any:
        say(pid=os.getpid(), stage="writing")
        return store(*args, **kwargs)

    acts.store_run = telling
    try:
        made = acts.run_day(date.fromisoformat(day), by=Actor("system", "test"), at=NOW)
    except acts.DayPassedError as error:
        return {"passed": error.stands}
    return {"new": made.found_new, "moved": made.moved, "withdrawn": made.withdrawn, "seconds": made.seconds}


def found(book: str, day: str) -> dict[str, Any]:
    """Make the tables, take a register in."""
    from daihou.config.installing import take_register
    from daihou.config.schema import build_at_once
    from daihou.trail.acts import Actor

    assert build_at_once()
    _, batch = take_register(Path(book), by=Actor("system", "test"), at=NOW, day=date.fromisoformat(day))
    assert batch is not None
    return {"rows": batch.rows_new}


def write(day: str, until: str, seconds: float) -> dict[str, Any]:
    """Enter a check every fifty milliseconds, as a user at a desk, until a file is there; how long the slowest took."""
    from daihou.book import declared
    from daihou.ledger.acts import enter
    from daihou.registers.kept import homes, standing
    from daihou.registers.rows import sealed_row
    from daihou.trail.acts import Actor

    contracts = list(
        standing(homes()["contract"])
        .filter(business_line="guarantee")
        .values_list("key", "client", "account_manager")
    )
    slowest, count, end = 0.0, 0, time.monotonic() + seconds
    while not Path(until).exists() and time.monotonic() < end:
        contract, client, manager = contracts[count % len(contracts)]
        row = {
            "visit_no": f"W{os.getpid()}-{count}", "contract": contract, "client": client, "inspected_by": manager, "kind": "purpose",
            "inspected_day": date.fromisoformat(day) - timedelta(count % 3), "result": "done", "urgent": False,
        }  # fmt: skip
        begun = time.monotonic()
        enter(
            "inspection",
            sealed_row(declared()["inspection"], row),
            by=Actor("E01", "test"),
            at=NOW,
            day=date.fromisoformat(day),
        )
        slowest, count = max(slowest, time.monotonic() - begun), count + 1
        time.sleep(EVERY)
    return {"rows": count, "slowest": slowest}


def follow(day: str) -> dict[str, Any]:
    """Let work follow."""
    from daihou.dayend.acts import follow as after
    from daihou.trail.acts import Actor

    return {"changed": after(date.fromisoformat(day), by=Actor("E01", "test"), at=NOW)}


def state() -> dict[str, Any]:
    """All that desks show, and whether the trail holds and tells of every run once."""
    from tests_cast import stored

    from daihou.duties.models import DayRun, Standing
    from daihou.registers.kept import homes, standing
    from daihou.trail.models import Event
    from daihou.trail.reads import verify

    stands = Standing.objects.first()
    return {
        "stored": {what: [list(row) for row in rows] for what, rows in stored().items()},
        "breaks": [one.code for one in verify()],
        "runs": DayRun.objects.count(),
        "run_events": Event.objects.filter(act="day").count(),
        "entered": standing(homes()["inspection"]).filter(key__startswith="W").count(),
        "entered_events": Event.objects.filter(act="enter", subject__startswith="W").count(),
        "day": None if stands is None else stands.day,
    }


WORK = {"run": run, "found": found, "write": write, "follow": follow, "state": state}


def work(command: str, said: dict[str, Any]) -> int:
    """One piece of work; what went wrong is told, not hidden."""
    try:
        say(pid=os.getpid(), done=WORK[command](**said))
    except Exception:  # noqa: BLE001 - whatever it is, the test has to see it
        say(pid=os.getpid(), failed=traceback.format_exc())
        return 1
    return 0


def main() -> None:
    """Read commands until there are no more."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "house_settings"
    sys.path.append(str(Path(__file__).parent.parent / "stored"))
    import django

    django.setup()
    from daihou.policy import books
    from daihou.rulebook import read_shipped

    books.BOOKS_BY_KIND = {**books.BOOKS_BY_KIND, "guarantee_company": ("guarantee",)}
    read_shipped("guarantee")
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # who has ended is gone, and need not be waited for
    say(ready=True)
    for line in sys.stdin:
        said = json.loads(line)
        child = os.fork()
        if child == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            os._exit(work(said.pop("do"), said))
        say(pid=child, begun=True)


if __name__ == "__main__":
    main()
