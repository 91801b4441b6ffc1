"""How often each signal that data can show is raised, on the sample company and on the real books: python benchmarks/precision.py

Our own sample proves that the machinery raises what was put into it, not that a signal is worth anything. The real books hold car loans and
small business loans with few columns: a signal that needs statements, registries or courts finds nothing there, and that is told as it is.
"""

import argparse
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pyarrow.compute as pc

from daihou.book import Book, read_book, read_map, shipped_maps
from daihou.engine import derive
from daihou.rulebook import Rulebook, read_shipped
from daihou.rulebook import Warning as Signal
from daihou.sample import write_sample

DATA = Path(__file__).parents[2] / "shared" / "data"
REAL = {
    "auto_worldomni": date(2020, 7, 31),
    "auto_ally": date(2019, 9, 30),
    "sba_guarantee": date(2010, 6, 30),
}
"""The real books and the day of their time on which they are asked."""
BY_HAND = "M"


def books(data: Path, day: date) -> Iterator[tuple[str, date, Book]]:
    """The sample company as of a day, then each real book that is there."""
    with tempfile.TemporaryDirectory() as folder:
        path = write_sample(Path(folder), day).register
        yield "sample", day, read_book(path).book
    for name, then in REAL.items():
        if (data / name).is_dir():
            yield name, then, read_book(data / name, mapping=read_map(shipped_maps()[name])).book


def signals(rulebooks: tuple[Rulebook, ...]) -> dict[str, Signal]:
    """The signals that the day's run raises, by id."""
    return {
        rule.id: rule
        for book in rulebooks
        for rule in book.rules
        if isinstance(rule, Signal) and rule.mode != BY_HAND
    }


def main() -> None:
    """Print one table: signals by book, warnings raised and the share of clients with a contract that runs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--day", type=date.fromisoformat, default=date(2026, 11, 27))
    asked = parser.parse_args()
    rulebooks = tuple(read_shipped())
    known = signals(rulebooks)
    found: dict[str, dict[str, str]] = defaultdict(dict)
    heads = []
    for name, day, book in books(asked.data, asked.day):
        contracts = book.tables["contract"]
        running = contracts.filter(
            pc.and_(pc.is_valid(contracts["disbursed_day"]), pc.is_null(contracts["settled_day"]))
        )
        clients = len(set(running["client"].to_pylist())) or 1
        heads.append(f"{name} {day} ({clients:,} clients)")
        raised = derive(rulebooks, book, day, only=sorted(known)).warnings
        by_rule: dict[str, set[str]] = defaultdict(set)
        for rule, party in zip(raised["rule"].to_pylist(), raised["party"].to_pylist(), strict=True):
            by_rule[rule].add(party)
        for rule, parties in by_rule.items():
            found[rule][heads[-1]] = f"{len(parties):,} ({100 * len(parties) / clients:.1f}%)"
    print("| signal | " + " | ".join(heads) + " |")
    print("|---" * (len(heads) + 1) + "|")
    for rule in sorted(known, key=lambda one: (one not in found, one)):
        print(
            f"| {rule} {known[rule].name} | "
            + " | ".join(found[rule].get(head, "·") for head in heads)
            + " |"
        )
    silent = sum(not any(found[rule].values()) for rule in known)
    print(f"\n{len(known)} signals that data can show; {silent} raised nothing on any of these books.")


if __name__ == "__main__":
    main()
