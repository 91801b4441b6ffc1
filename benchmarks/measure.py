"""One measured pass in a process of its own, so that its peak memory is its own: `python measure.py PASS FOLDER [OUT]` prints JSON."""

import json
import resource
import sys
from pathlib import Path
from time import perf_counter
from typing import Any

import duckdb
from making import DAY

from daihou.book import read_book, stamp_checked
from daihou.cli.results import TABLES, write_tables
from daihou.engine import derive
from daihou.rulebook import read_shipped

OUTCOMES = ("duties", "assignments", "escalations", "warnings", "grades", "gates")
"""The tables whose rows count as results; gaps, which say that nothing could be decided, do not."""
FLOOR = "SELECT contract, COUNT(*), SUM(due_amount), MIN(due_day), MAX(paid_off_day) FROM read_parquet('{file}') GROUP BY contract"


def derived(folder: Path, out: Path) -> dict[str, Any]:
    """From the files of a folder to results written: with all row checks, or without them where a stamp vouches for the folder."""
    began = perf_counter()
    rulebooks = read_shipped()
    rules_read = perf_counter()
    reading = read_book(folder)
    assert not reading.faults, reading.faults[:3]
    read = perf_counter()
    found = derive(rulebooks, reading.book, DAY)
    done = perf_counter()
    write_tables(out, found, unmasked=True)
    written = perf_counter()
    fired: dict[str, int] = {}
    for table in ("duties", "warnings", "grades", "gates"):
        for entry in getattr(found, table)["rule"].value_counts().to_pylist():
            fired[entry["values"]] = fired.get(entry["values"], 0) + entry["counts"]
    return {
        "checked": reading.checked,
        "rules_seconds": rules_read - began,
        "seconds": written - rules_read,
        "laps": {"read": read - rules_read, **found.seconds, "write": written - done},
        "rows_read": sum(reading.rows_read.values()),
        "rows": {table: getattr(found, table).num_rows for table in TABLES},
        "results": sum(getattr(found, table).num_rows for table in OUTCOMES),
        "statements": len(found.statements),
        "fired": fired,
        "fingerprint": found.fingerprint,
    }


def floored(folder: Path, _out: Path) -> dict[str, Any]:
    """What no portfolio engine can do without: the instalments read once and grouped by contract, by DuckDB itself."""
    with duckdb.connect(config={"threads": 2}) as connection:
        began = perf_counter()
        connection.execute("CREATE TEMP TABLE floor AS " + FLOOR.format(file=folder / "instalment.parquet"))
        seconds = perf_counter() - began
        (groups,) = connection.sql("SELECT COUNT(*) FROM floor").fetchall()[0]
        (rows,) = connection.sql(f"SELECT COUNT(*) FROM '{folder / 'instalment.parquet'}'").fetchall()[0]
    return {"seconds": seconds, "contracts": groups, "instalments": rows}


def stamped(folder: Path, _out: Path) -> dict[str, Any]:
    """The folder checked and stamped."""
    began = perf_counter()
    stamp_checked(folder)
    return {"seconds": perf_counter() - began}


PASSES = {"derived": derived, "floor": floored, "stamp": stamped}


def main() -> None:
    """Run one pass and print what was measured."""
    which, folder, out = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
    told = PASSES[which](folder, out)
    told["peak_gb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9
    print(json.dumps(told))


if __name__ == "__main__":
    main()
