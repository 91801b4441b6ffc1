"""One row as a person typed it, read and checked by the same door as a file."""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from daihou.book import Fault, Table, read_book
from daihou.registers.kept import values_of
from daihou.registers.rows import paired, sealed_rows, stands


@dataclass(frozen=True)
class Typed:
    """What was typed: ``values`` as fields of the stored row, None where an error leaves no row; and what was found."""

    values: Mapping[str, Any] | None
    errors: tuple[Fault, ...]
    doubts: tuple[Fault, ...]


def read_typed(table: Table, cells: Mapping[str, str], *, day: date) -> Typed:
    """Check what was typed on a day, by identifier of the column; a column left out is empty. References may name what stands in the registers."""
    columns = values_of(table)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{table.word}.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow([column.word for column in columns])
            writer.writerow([" ".join(cells.get(column.id, "").split()) for column in columns])
        reading = read_book(path, elsewhere=stands, paired=paired, day=day)
    errors = tuple(fault for fault in reading.faults if fault.severity == "error")
    doubts = tuple(fault for fault in reading.faults if fault.severity != "error")
    rows = reading.book.tables.get(table.id)
    if errors or rows is None or rows.num_rows != 1:
        return Typed(None, errors, doubts)
    return Typed(sealed_rows(table, rows)[0], (), doubts)
