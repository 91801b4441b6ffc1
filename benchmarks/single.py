"""One contract at a time in plain Python: the judge, which shares no line of execution with the compiler and by which it is proved.

`python single.py FOLDER HOW_MANY` prints JSON: how long one contract takes with all rules, warm; and what a night job that goes through
the portfolio contract by contract would take.
"""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from statistics import median, quantiles
from time import perf_counter

import pyarrow as pa
import pyarrow.compute as pc
from making import DAY

from daihou.book import Book, declared, read_book
from daihou.engine.twin import Layers, Twin
from daihou.rulebook import read_shipped
from daihou.units import Calendar

FRAME = ("company", "branch", "employee", "assignment")
"""Tables that are small and of the whole company: every contract is asked with its own part of them."""


class Cutter:
    """Cuts the rows that have to do with one contract out of a book."""

    def __init__(self, book: Book) -> None:
        self.book = book
        self.places: dict[tuple[str, str], Mapping[object, list[int]]] = {}
        self.links = [
            (table.id, column.id, column.ref)
            for table in declared().values()
            if table.id in book.tables
            for column in table.columns.values()
            if column.ref in book.tables and column.ref not in FRAME
        ]

    def found(self, table: str, column: str, value: object) -> list[int]:
        """Places of the rows of a table that hold a value in a column."""
        if (table, column) not in self.places:
            places: dict[object, list[int]] = {}
            for place, held in enumerate(self.book.tables[table][column].to_pylist()):
                places.setdefault(held, []).append(place)
            self.places[table, column] = places
        return self.places[table, column].get(value, [])

    def key(self, table: str, place: int) -> str:
        """The key of a row as references write it."""
        return "/".join(
            str(self.book.tables[table][column][place].as_py()) for column in declared()[table].key
        )

    def cut(self, contract: int) -> Book:
        """The contract at a place, its client and sureties, and every row that refers to one of these."""
        kept: dict[str, set[int]] = {}
        waiting = [("contract", contract)]
        while waiting:
            table, place = waiting.pop()
            if place in kept.setdefault(table, set()):
                continue
            kept[table].add(place)
            key = self.key(table, place)
            for below, column, ref in self.links:
                if ref == table and below != "contract":
                    waiting += [(below, one) for one in self.found(below, column, key)]
                elif below == table and ref == "party":
                    (named,) = declared()["party"].key
                    value = self.book.tables[table][column][place].as_py()
                    waiting += [("party", one) for one in self.found("party", named, value)]
        tables = {t: self.book.tables[t].take(pa.array(sorted(places))) for t, places in kept.items()}
        return Book(tables | self._frame(tables["contract"]), self.book.through, f"contract {contract}")

    def _frame(self, contract: pa.Table) -> dict[str, pa.Table]:
        """The companies, and branch and people of the contract."""
        branch = contract["branch"][0]
        held = self.book.tables
        found = {
            table: held[table].filter(pc.equal(held[table]["branch"], branch))
            for table in ("employee", "assignment")
        }
        found["branch"] = held["branch"].filter(pc.equal(held["branch"]["branch_no"], branch))
        return found | {"company": held["company"]}


def main() -> None:
    """Ask contracts spread over the book, each with all rules, and print what one took."""
    folder, how_many = Path(sys.argv[1]), int(sys.argv[2])
    layers = Layers.of(read_shipped())
    book = read_book(folder).book
    contracts = book.tables["contract"].num_rows
    cutter = Cutter(book)
    books = [cutter.cut(place) for place in range(0, contracts, max(1, contracts // how_many))]
    calendar = Calendar.standard()
    days, years = calendar.exceptions, frozenset(calendar.published_years())
    seconds, lines = [], 0
    for place, one in enumerate([books[0], *books]):
        began = perf_counter()
        told = Twin(layers, one, DAY, calendar_days=days, published_years=years).derive()
        took = perf_counter() - began
        if place:  # the first one warms
            seconds.append(took)
            lines += sum(len(rows) for rows in vars(told).values())
    print(
        json.dumps(
            {
                "asked": len(seconds),
                "contracts": contracts,
                "median": median(seconds),
                "p95": quantiles(seconds, n=20)[-1],
                "mean": sum(seconds) / len(seconds),
                "lines": lines,
            }
        )
    )


if __name__ == "__main__":
    main()
