"""A database that passes: empty, in memory, for one piece of work, and gone when that is done.

To begin a DuckDB takes some 25 ms, however little is asked of it, and a day of a small company asks a dozen. One that has begun
serves all: each piece of work gets a memory of its own attached to it, which takes half a millisecond, and sees no other.
"""

from __future__ import annotations

import itertools
import os
import threading
import weakref
from typing import Self

import duckdb

_NUMBERS = itertools.count(1)
_BEGINNING = threading.Lock()


def _new(threads: int | None, *, ordered: bool) -> duckdb.DuckDBPyConnection:
    asked: dict[str, str | bool | int | float | list[str]] = {
        "python_enable_replacements": "false",
        "preserve_insertion_order": ordered,
        # what is kept in memory for one piece of work is not worth tidying up in between
        "checkpoint_threshold": "1TB",
    }
    if threads is not None:
        asked["threads"] = threads
    return duckdb.connect(":memory:", config=asked)


_begun: dict[tuple[int | None, bool], duckdb.DuckDBPyConnection] = {}
"""What all pieces of work of one kind share: it runs their statements and holds nothing."""
_of_the_parent: list[object] = []


def _shared(threads: int | None, *, ordered: bool) -> duckdb.DuckDBPyConnection:
    key = threads, ordered
    with _BEGINNING:
        if key not in _begun:
            _begun[key] = _new(threads, ordered=ordered)
        return _begun[key]


def _leave_to_the_parent() -> None:
    """In a child of a fork: the threads of a DuckDB stay with the parent, so it is neither asked nor ended here."""
    global _BEGINNING  # noqa: PLW0603 - it may have been held by a thread that is not here
    _BEGINNING = threading.Lock()
    _of_the_parent.append(dict(_begun))
    _begun.clear()


os.register_at_fork(after_in_child=_leave_to_the_parent)


class Passing:
    """An empty database in memory; a statement sees no variable of the program.

    ``threads``: cores for one statement (default: as many as there are). ``ordered``: rows come as they went in where nothing orders
    them. ``alone``: a DuckDB of its own, whose number of cores may be changed. It is gone when it is closed, or when nothing holds it any longer.
    """

    def __init__(self, *, threads: int | None = None, ordered: bool = True, alone: bool = False) -> None:
        self._shared = (_new if alone else _shared)(threads, ordered=ordered)
        self._name = f"passing{next(_NUMBERS)}"
        with self._shared.cursor() as at:
            at.execute(f"ATTACH ':memory:' AS {self._name}")
        self.connection = self.another()
        self._ended = weakref.finalize(self, _end, self._shared, self.connection, self._name, os.getpid())

    def another(self) -> duckdb.DuckDBPyConnection:
        """One more connection to the same tables; what is temporary or registered is seen by one connection only."""
        connection = self._shared.cursor()
        connection.execute(f"USE {self._name}")
        connection.execute("SET enable_progress_bar = false")
        return connection

    def close(self) -> None:
        """Give back its memory."""
        self._ended()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _end(
    shared: duckdb.DuckDBPyConnection, connection: duckdb.DuckDBPyConnection, name: str, process: int
) -> None:
    if os.getpid() != process:
        _of_the_parent.append((shared, connection))
        return
    connection.close()
    with shared.cursor() as at:
        at.execute(f"DETACH {name}")
