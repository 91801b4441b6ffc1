"""One door, derive(): compile to SQL, run on DuckDB, explain, forecast, the slow twin."""

__all__: list[str] = []
