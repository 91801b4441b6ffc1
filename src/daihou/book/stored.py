"""Tables that stay in their Parquet files until somebody asks for them.

A stamp vouches for the files of a folder. Where a file holds its table as the book would (identifiers for headings, canonical types,
nothing to be read in its values), the engine scans the file itself and takes only the columns it needs; whoever asks for the table gets it.
"""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from daihou.book.converting import as_it_stands
from daihou.book.declared import Column, Table
from daihou.book.keys import change_log_of

_WRITTEN_IN_WORDS = "数据截至"


class StoredTables(Mapping[str, pa.Table]):
    """Tables by identifier, some of them read only when asked for, and then kept."""

    def __init__(self, ready: Mapping[str, pa.Table], waiting: Mapping[str, Callable[[], pa.Table]]) -> None:
        self._ready = dict(ready)
        self._waiting = dict(waiting)

    def __getitem__(self, table: str) -> pa.Table:
        """The table, read now if need be."""
        if table in self._waiting:
            self._ready[table] = self._waiting.pop(table)()
        return self._ready[table]

    def __iter__(self) -> Iterator[str]:
        """The identifiers, in order."""
        return iter(sorted([*self._ready, *self._waiting]))

    def __len__(self) -> int:
        """How many tables there are."""
        return len(self._ready) + len(self._waiting)


def canonical_files(
    files: Mapping[str, Path], tables: Mapping[str, Table], domains: Mapping[str, tuple[str, ...]]
) -> list[str]:
    """Names of the files that hold their table as the book would; ``files`` by table. The change log is written in words and never is one."""
    log = change_log_of(tables)
    found = []
    for table_id, file in files.items():
        table = tables[table_id]
        in_words = table.word == _WRITTEN_IN_WORDS or (log is not None and log.name == table_id)
        if not in_words and _is_canonical(file, table, domains):
            found.append(file.name)
    return sorted(found)


def _is_canonical(file: Path, table: Table, domains: Mapping[str, tuple[str, ...]]) -> bool:
    """Whether every column is declared, by identifier, and its values need no reading."""
    schema = pq.read_schema(file)
    if any(name not in table.columns for name in schema.names):
        return False
    for name in schema.names:
        values = pq.read_table(file, columns=[name]).column(name)
        if not as_it_stands(values, table.columns[name], domains):
            return False
    if any(_hours_to_fill(file, column, schema.names) for column in table.columns.values()):
        return False
    return bool(pq.read_metadata(file).num_rows > 0)


def _hours_to_fill(file: Path, column: Column, names: list[str]) -> bool:
    """Whether the book would take an empty hour of the column from its time of day (``filling.py``)."""
    if column.hour_of is None or column.hour_of not in names:
        return False
    if column.id not in names:
        return True
    held = pq.read_table(file, columns=[column.id, column.hour_of])
    return bool(
        pc.any(pc.and_(pc.is_null(held[column.id]), pc.is_valid(held[column.hour_of])), min_count=0).as_py()
    )
