"""Questions by number, and a search as long as one likes.

From the repository: ``PYTHONPATH=src:tests/engine python -m generators 4711`` asks one question again and shows where the executions differ;
``… -m generators --search 600 --from 1`` asks questions 1, 2, … for 600 seconds and tells each disagreement, made small.
"""

import sys
import traceback
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Sequence
from time import perf_counter

from generators.judging import differences
from generators.minimising import told
from generators.questions import Question, question


def main(arguments: Sequence[str]) -> int:
    """0 where the executions agree, 1 where they differ."""
    parser = ArgumentParser(prog="python -m generators", description=__doc__)
    parser.add_argument("numbers", nargs="*", type=int, help="questions to ask")
    parser.add_argument("--search", type=float, metavar="SECONDS", default=0)
    parser.add_argument("--from", type=int, dest="first", default=1, metavar="NUMBER")
    chosen = parser.parse_args(arguments)
    wrong = sum(_ask_one(number) for number in chosen.numbers)
    if chosen.search:
        wrong += _search(chosen.first, chosen.search)
    return int(wrong > 0)


def _ask_one(number: int) -> int:
    asked = question(number)
    found = [] if asked is None else differences(asked.rulebook, asked.asked, asked.scope)
    _say(f"question {number}: refused at load" if asked is None else str(asked))
    for one in found:
        _say(str(one))
    return len(found)


def _search(first: int, seconds: float) -> int:
    """How many questions were answered differently."""
    seen: Counter[str] = Counter()
    end, number = perf_counter() + seconds, first
    while perf_counter() < end:
        seen[_outcome(number)] += 1
        number += 1
    _say(f"questions {first} to {number - 1}: {dict(seen)}")
    return seen["differ"] + seen["fell"]


def _outcome(number: int) -> str:
    """agree, differ, refused; or fell, where an execution gave up instead of answering."""
    try:
        asked = question(number)
        if asked is None:
            return "refused"
        if not differences(asked.rulebook, asked.asked, asked.scope):
            return "agree"
        _say(_told(asked))
    except Exception:  # noqa: BLE001 - a search goes on after whatever it meets, and tells it
        _say(f"question {number} fell\n{traceback.format_exc()}")
        return "fell"
    return "differ"


def _told(asked: Question) -> str:
    return f"question {asked.number}\n{told(asked)}\n"


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
