"""Results as files and for programs: identifiers, ISO dates, integer fen."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow.csv
import pyarrow.parquet

from daihou.engine import Results

TABLES = ("duties", "assignments", "escalations", "warnings", "grades", "gates", "gaps")
FORMATS = (".xlsx", ".csv", ".parquet")


def as_document(results: Results) -> dict[str, Any]:
    """The whole day for a program."""
    document: dict[str, Any] = {
        "as_of": results.as_of.isoformat(),
        "known": results.known.isoformat(),
        "fingerprint": results.fingerprint,
        "asleep": [{"rule": rule, "figures": list(figures)} for rule, figures in results.asleep],
        "seconds": dict(results.seconds),
    }
    for table in TABLES:
        document[table] = [
            {key: _plain(value) for key, value in row.items()} for row in getattr(results, table).to_pylist()
        ]
    return document


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, date) else value


def targets(path: Path) -> Sequence[Path]:
    """The files that tables are written to: one per table, named after the file asked for."""
    return [path.with_name(f"{path.stem}_{table}{path.suffix}") for table in TABLES]


def write_tables(path: Path, results: Results) -> Sequence[Path]:
    """Write every table as CSV (UTF-8 with a mark, so that Excel opens it right) or Parquet."""
    for table, target in zip(TABLES, targets(path), strict=True):
        held = getattr(results, table)
        if path.suffix == ".parquet":
            pyarrow.parquet.write_table(held, target)
            continue
        with target.open("wb") as file:
            file.write(b"\xef\xbb\xbf")
            pyarrow.csv.write_csv(held, file)
    return targets(path)
