"""Results as files and for programs: identifiers, ISO dates, integer fen; personal numbers as far as they may be seen."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet

from daihou.book import masked
from daihou.engine import Results

TABLES = ("duties", "assignments", "escalations", "warnings", "grades", "gates", "gaps", "gap_assignments")
PARQUET = ".parquet"
FORMATS = (".xlsx", ".csv", PARQUET)
AT_ONCE = 2
"""Files written at the same time."""
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


def is_folder(path: Path) -> bool:
    """Whether results are asked for in a folder of their own."""
    return not path.suffix


def targets(path: Path) -> Sequence[Path]:
    """The files that tables are written to: one per table, in the folder asked for or named after the file asked for."""
    if is_folder(path):
        return [path / f"{table}{PARQUET}" for table in TABLES]
    return [path.with_name(f"{path.stem}_{table}{path.suffix}") for table in TABLES]


def write_tables(path: Path, results: Results, *, unmasked: bool) -> Sequence[Path]:
    """Write every table as CSV (UTF-8 with a mark, so that Excel opens it right) or Parquet, two at a time."""
    files = targets(path)
    files[0].parent.mkdir(parents=True, exist_ok=True)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        tables = tables_of(results, unmasked=unmasked).values()
        for done in [pool.submit(_write, held, file) for held, file in zip(tables, files, strict=True)]:
            done.result()
    return files


def _write(held: pa.Table, target: Path) -> None:
    if target.suffix == PARQUET:
        pyarrow.parquet.write_table(held, target)
        return
    with target.open("wb") as file:
        file.write(b"\xef\xbb\xbf")
        pyarrow.csv.write_csv(held, file)
