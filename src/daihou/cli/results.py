"""Results as files and for programs: identifiers, ISO dates, integer fen; personal numbers as far as they may be seen."""

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet

from daihou.book import masked
from daihou.engine import Results

TABLES = ("duties", "assignments", "escalations", "warnings", "grades", "gates", "gaps")
FORMATS = (".xlsx", ".csv", ".parquet")
# coarser than the mask itself and quick on millions of rows: only what it finds is looked at one by one
_PERHAPS_PERSONAL = r"\d{11}"


def tables_of(results: Results, *, unmasked: bool) -> Mapping[str, pa.Table]:
    """The tables of a day by name. ``unmasked``: personal numbers are shown whole."""
    found = {table: getattr(results, table) for table in TABLES}
    return found if unmasked else {table: _masked(held) for table, held in found.items()}


def _masked(held: pa.Table) -> pa.Table:
    for place, name in enumerate(held.column_names):
        column = held.column(place)
        if pa.types.is_string(column.type):
            perhaps = pc.match_substring_regex(column, _PERHAPS_PERSONAL)
            hidden = [masked(text) for text in column.filter(perhaps).to_pylist()]
            if hidden:
                seen = pc.replace_with_mask(
                    column.combine_chunks(),
                    pc.fill_null(perhaps, fill_value=False).combine_chunks(),
                    pa.array(hidden, pa.string()),
                )
                held = held.set_column(place, name, seen)
    return held


def as_document(results: Results, *, unmasked: bool) -> dict[str, Any]:
    """The whole day for a program."""
    document: dict[str, Any] = {
        "as_of": results.as_of.isoformat(),
        "known": results.known.isoformat(),
        "fingerprint": results.fingerprint,
        "asleep": [{"rule": rule, "figures": list(figures)} for rule, figures in results.asleep],
        "seconds": dict(results.seconds),
    }
    for table, held in tables_of(results, unmasked=unmasked).items():
        document[table] = [{key: plain(value) for key, value in row.items()} for row in held.to_pylist()]
    return document


def plain(value: object) -> object:
    """A value as JSON takes it."""
    return value.isoformat() if isinstance(value, date) else value


def targets(path: Path) -> Sequence[Path]:
    """The files that tables are written to: one per table, named after the file asked for."""
    return [path.with_name(f"{path.stem}_{table}{path.suffix}") for table in TABLES]


def write_tables(path: Path, results: Results, *, unmasked: bool) -> Sequence[Path]:
    """Write every table as CSV (UTF-8 with a mark, so that Excel opens it right) or Parquet."""
    for held, target in zip(tables_of(results, unmasked=unmasked).values(), targets(path), strict=True):
        if path.suffix == ".parquet":
            pyarrow.parquet.write_table(held, target)
            continue
        with target.open("wb") as file:
            file.write(b"\xef\xbb\xbf")
            pyarrow.csv.write_csv(held, file)
    return targets(path)
