"""The big book: the SQL in book/ run by DuckDB, one Parquet file per table. The same size gives the same book everywhere."""

from datetime import date
from pathlib import Path
from time import perf_counter

import duckdb

from daihou.book import declared, posts

HERE = Path(__file__).parent
DAY = date(2026, 11, 23)
"""The day the book is made for, and the day that is derived."""
CONTRACTS_PER_MANAGER = 10_000
"""Managers of a branch grow with the book: one for so many contracts of the company, two at least."""


def make(contracts: int, folder: Path) -> float:
    """Write the book of so many contracts; returns the seconds it took."""
    folder.mkdir(parents=True, exist_ok=True)
    began = perf_counter()
    with duckdb.connect(config={"threads": 2}) as connection:
        # what is spilled must not fill the memory of a small machine
        connection.execute("SET temp_directory = ?", [str(folder.parent / "spilled")])
        connection.execute("SET preserve_insertion_order = true")
        connection.execute(f"SET VARIABLE day = DATE '{DAY}'")
        connection.execute(f"SET VARIABLE n = {contracts}")
        connection.execute(f"SET VARIABLE managers = {max(2, contracts // CONTRACTS_PER_MANAGER)}")
        connection.execute(f"SET VARIABLE posts = {list(posts())}")
        for script in sorted((HERE / "book").glob("*.sql")):
            connection.execute(script.read_text(encoding="utf-8"))
        found = connection.execute("SELECT view_name FROM duckdb_views() WHERE temporary AND NOT internal")
        for (table,) in found.fetchall():
            assert table in declared(), table
            target = folder / f"{table}.parquet"
            connection.execute(f"COPY (FROM {table}) TO '{target}' (FORMAT parquet, COMPRESSION zstd)")
    return perf_counter() - began
