"""Two people who sign the same matters and take the same duties out of their pool at the same moments, each in a process of his own: python two_signers.py BOOK-FOLDER.

Prints one JSON object: what became of each for either of them, how many decisions and takings stand, and whether the trail is whole.
"""

import json
import multiprocessing
import os
import sys
import time
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
MATTERS = 12
EVERY = 0.15  # seconds between two moments
PATIENCE = 60  # seconds that one waits for the other to be there


def set_up(book: Path) -> tuple[list[int], list[int]]:
    """The company, matters that wait for either of two risk managers, and duties that lie in their pool."""
    from daihou.book import read_book
    from daihou.config.schema import build_at_once
    from daihou.ledger.acts import take_in
    from daihou.signoff.acts import open_matter
    from daihou.trail.acts import Actor

    assert build_at_once()
    reading = read_book(book)
    take_in(
        reading.book,
        by=Actor("system"),
        at=NOW,
        day=date(2026, 11, 23),
        file="book",
        digest="d",
        read=0,
        left_out=0,
    )
    matters = [
        open_matter(
            kind="trial", subject=str(number), title={"zh": "检查表", "en": "Check"}, content={}, chain=["risk_manager"],
            by=Actor("甲"), at=NOW,
        ).pk
        for number in range(MATTERS)
    ]  # fmt: skip
    return matters, duties_of_a_pool()


def duties_of_a_pool() -> list[int]:
    """As a day's run would have left them."""
    from daihou.duties.models import DayRun, Duty, DutyPerson

    run = DayRun.objects.create(
        day=date(2026, 11, 23), at=NOW, by="system", fingerprint="", known_event=0, seconds={}, asleep=[]
    )
    made = []
    for number in range(MATTERS):
        duty = Duty.objects.create(
            rule="trial", object=str(number), table="contract", state="open", first_run=run, last_run=run
        )
        DutyPerson.objects.create(duty=duty, ordinal=0, post="risk_manager", branch="J1", pool=True)
        made.append(duty.pk)
    return made


class Start:
    """The moment at which both begin: once either of them is there, however long it takes a machine to start them."""

    def __init__(self, context: Any) -> None:
        self._met = context.Barrier(2)
        self._moment = context.Value("d", 0.0)

    def agreed(self) -> float:
        """Wait for the other; the moment, of which one tells both."""
        if self._met.wait(PATIENCE) == 0:
            self._moment.value = time.monotonic() + EVERY
        self._met.wait(PATIENCE)
        moment: float = self._moment.value
        return moment


def sign_all(who: str, matters: list[int], duties: list[int], start: Start, told: Any) -> None:
    """Sign one matter at each moment, then take one duty at each."""
    import django

    django.setup()
    from django.db import connection

    from daihou.signoff.acts import SigningRefusedError, sign
    from daihou.signoff.models import Matter, Step
    from daihou.trail.acts import Actor

    connection.ensure_connection()
    begin = start.agreed()
    found: list[str] = []
    for at, pk in enumerate(matters):
        matter = Matter.objects.get(pk=pk)
        step = Step.objects.get(matter=pk).pk
        time.sleep(max(0.0, begin + at * EVERY - time.monotonic()))
        try:
            found.append(sign(matter, by=Actor(who), at=NOW, step=step, digest=matter.digest).state)
        except SigningRefusedError as refused:
            found.append(refused.code)
    told.put((who, found, take_all(who, duties, begin + MATTERS * EVERY)))


def take_all(who: str, duties: list[int], begin: float) -> list[str]:
    """Take one duty at each moment: what became of it."""
    from daihou.duties.models import Duty
    from daihou.duties.pools import PoolRefusedError, take
    from daihou.trail.acts import Actor

    found: list[str] = []
    for at, duty in enumerate(Duty.objects.filter(pk__in=duties).order_by("pk")):
        time.sleep(max(0.0, begin + at * EVERY - time.monotonic()))
        try:
            take(duty, by=Actor(who), at=NOW, day=date(2026, 11, 23))
            found.append("mine")
        except PoolRefusedError as refused:
            found.append(f"{refused.code} {refused.who}")
    return found


def main(book: Path) -> None:
    """Let both sign and print what came of it."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "daihou.config.settings"
    import django

    django.setup()
    matters, duties = set_up(book)
    fresh = multiprocessing.get_context("spawn")  # a connection is not shared by two processes
    told = fresh.Queue()
    start = Start(fresh)
    both = [fresh.Process(target=sign_all, args=(who, matters, duties, start, told)) for who in ("丁", "丑")]
    for one in both:
        one.start()
    heard = [told.get(timeout=120) for _ in both]
    answers = {who: signed for who, signed, _taken in heard}
    takes = {who: taken for who, _signed, taken in heard}
    for one in both:
        one.join()
    from daihou.duties.models import Taking
    from daihou.signoff.models import Step
    from daihou.trail.reads import verify

    decided = Step.objects.exclude(decision="").count()
    told_last = {
        "answers": answers, "decided": decided, "takes": takes, "taken": Taking.objects.count(), "breaks": len(list(verify())),
    }  # fmt: skip
    print(json.dumps(told_last))  # noqa: T201 - its result


if __name__ == "__main__":
    main(Path(sys.argv[1]))
