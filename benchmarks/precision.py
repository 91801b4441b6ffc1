"""How often each signal that data can show is raised, on the sample company and on the real books: python benchmarks/precision.py

With --before: which signals came in the twelve months before loans of the one real book that follows its loans to their end defaulted.

Our own sample proves that the machinery raises what was put into it, not that a signal is worth anything. The real books hold car loans and
small business loans with few columns: a signal that needs statements, registries or courts finds nothing there, and that is told as it is.
"""

import argparse
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

import pyarrow.compute as pc
import pyarrow.parquet as pq

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
YEAR = 366


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


@dataclass
class Came:
    """Of one signal: the borrowers for whom it was raised, and those of them who defaulted one day to twelve months after its first day."""

    raised: set[str] = field(default_factory=set)
    before: set[str] = field(default_factory=set)


def defaults(data: Path) -> dict[str, date]:
    """Ally's borrowers who defaulted, by their number, with the last month end at which they still owed something: what came after is no warning."""
    folder = data / "auto_ally"
    loans = pq.read_table(folder / "loans.parquet", columns=["deal", "assetNumber", "D"])
    failed = {
        (deal, number)
        for deal, number, flag in zip(*(loans[name].to_pylist() for name in loans.schema.names), strict=True)
        if flag
    }
    months = pq.read_table(
        folder / "monthly.parquet", columns=["deal", "assetNumber", "report_month_end", "balance_end"]
    )
    last: dict[str, date] = {}
    for deal, number, day, balance in zip(
        *(months[name].to_pylist() for name in months.schema.names), strict=True
    ):
        if (deal, number) in failed and balance and balance > 0:
            last[str(number)] = max(last.get(str(number), day), day)
    return last


def before(data: Path, rulebooks: tuple[Rulebook, ...], known: dict[str, Signal]) -> None:
    """Print which signals came before defaults of Ally's borrowers: each month end is derived as of its day, on a book that knows no later payment."""
    book = read_book(data / "auto_ally", mapping=read_map(shipped_maps()["auto_ally"])).book
    failed = defaults(data)
    clients = set(book.tables["contract"]["client"].to_pylist())
    ends = sorted(
        {one for one in book.tables["instalment"]["due_day"].to_pylist() if one <= max(failed.values())}
    )
    came: dict[str, Came] = defaultdict(Came)
    for day in [one for one in ends if (one + timedelta(days=1)).day == 1]:
        raised = derive(rulebooks, book, day, only=sorted(known)).warnings
        for rule, party in zip(raised["rule"].to_pylist(), raised["party"].to_pylist(), strict=True):
            held = came[rule]
            held.raised.add(party)
            if party in failed and 0 <= (failed[party] - day).days <= YEAR:
                held.before.add(party)
    base = 100 * len(failed) / len(clients)
    print(f"\n{len(clients):,} borrowers, {len(failed):,} defaulted ({base:.1f}%).")
    print("| signal | raised for | of them defaulted within a year | of all who defaulted |")
    print("|---|---|---|---|")
    for rule, held in sorted(came.items(), key=lambda pair: -len(pair[1].before)):
        hit = len(held.before)
        print(
            f"| {rule} {known[rule].name} | {len(held.raised):,} | {hit:,} ({100 * hit / len(held.raised):.1f}%) | {100 * hit / len(failed):.1f}% |"
        )


def main() -> None:
    """Print one table: signals by book, warnings raised and the share of clients with a contract that runs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--day", type=date.fromisoformat, default=date(2026, 11, 27))
    parser.add_argument("--before", action="store_true", help="which signals came before defaults")
    asked = parser.parse_args()
    rulebooks = tuple(read_shipped())
    known = signals(rulebooks)
    if asked.before:
        before(asked.data, rulebooks, known)
        return
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
