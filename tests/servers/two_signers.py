"""Two people who sign the same matters at the same moments, each in a process of his own: python two_signers.py BOOK-FOLDER.

Prints one JSON object: what became of each matter for either of them, how many decisions stand, and whether the trail is whole.
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


def set_up(book: Path) -> list[int]:
    """The company, and matters that wait for either of two risk managers."""
    from django.core.management import call_command

    from daihou.book import read_book
    from daihou.ledger.acts import take_in
    from daihou.signoff.acts import open_matter
    from daihou.trail.acts import Actor

    call_command("migrate", verbosity=0, interactive=False)
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
    return [
        open_matter(
            kind="trial", subject=str(number), title={"zh": "检查表", "en": "Check"}, content={}, chain=["risk_manager"],
            by=Actor("甲"), at=NOW,
        ).pk
        for number in range(MATTERS)
    ]  # fmt: skip


def sign_all(who: str, matters: list[int], begin: float, told: Any) -> None:
    """Sign one matter at each moment."""
    import django

    django.setup()
    from daihou.signoff.acts import SigningRefusedError, sign
    from daihou.signoff.models import Matter, Step
    from daihou.trail.acts import Actor

    found: list[str] = []
    for at, pk in enumerate(matters):
        matter = Matter.objects.get(pk=pk)
        step = Step.objects.get(matter=pk).pk
        time.sleep(max(0.0, begin + at * EVERY - time.monotonic()))
        try:
            found.append(sign(matter, by=Actor(who), at=NOW, step=step, digest=matter.digest).state)
        except SigningRefusedError as refused:
            found.append(refused.code)
    told.put((who, found))


def main(book: Path) -> None:
    """Let both sign and print what came of it."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "daihou.config.settings"
    import django

    django.setup()
    matters = set_up(book)
    fresh = multiprocessing.get_context("spawn")  # a connection is not shared by two processes
    told = fresh.Queue()
    begin = time.monotonic() + 8
    both = [fresh.Process(target=sign_all, args=(who, matters, begin, told)) for who in ("丁", "丑")]
    for one in both:
        one.start()
    answers = dict(told.get(timeout=120) for _ in both)
    for one in both:
        one.join()
    from daihou.signoff.models import Step
    from daihou.trail.reads import verify

    decided = Step.objects.exclude(decision="").count()
    print(json.dumps({"answers": answers, "decided": decided, "breaks": len(list(verify()))}))  # noqa: T201 - its result


if __name__ == "__main__":
    main(Path(sys.argv[1]))
