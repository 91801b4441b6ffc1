"""Databases that pass: each empty when it begins, none sees another, nothing of them stays."""

import gc
import os
import threading

import duckdb
import pyarrow as pa
import pytest

from daihou.book import Passing


def attached(passing):
    """The memories that are attached to the DuckDB that serves one of them."""
    rows = passing.connection.execute("SELECT database_name FROM duckdb_databases() WHERE NOT internal")
    return {name for (name,) in rows.fetchall() if name.startswith("passing")}


def test_two_have_tables_of_one_name_and_neither_sees_the_other() -> None:
    with Passing() as one, Passing() as other:
        for number, each in enumerate((one, other)):
            each.connection.register("lent", pa.table({"n": [number]}))
            each.connection.execute("CREATE TABLE kept AS SELECT n FROM lent")
        assert one.connection.sql("SELECT n FROM kept").fetchall() == [(0,)]
        assert other.connection.sql("SELECT n FROM kept").fetchall() == [(1,)]
        assert one.another().sql("SELECT n FROM kept").fetchall() == [(0,)], (
            "its own connections see its tables"
        )


def test_no_statement_sees_a_variable_of_the_program() -> None:
    secret = pa.table({"n": [1]})
    with Passing() as passing, pytest.raises(duckdb.CatalogException):
        passing.connection.sql("SELECT * FROM secret")
    assert secret.num_rows == 1


def test_what_is_closed_or_held_by_nobody_is_gone() -> None:
    with Passing(ordered=False) as watching:
        before = attached(watching)
        closed, left = Passing(ordered=False), Passing(ordered=False)
        left.connection.execute("CREATE TABLE kept AS SELECT range AS n FROM range(1000)")
        assert len(attached(watching) - before) == 2
        closed.close()
        assert len(attached(watching) - before) == 1
        del left
        gc.collect()
        assert attached(watching) == before


def test_one_alone_may_be_given_other_cores() -> None:
    with Passing(threads=1) as shared, Passing(threads=2, alone=True) as alone:
        alone.connection.execute("SET threads = 3")
        assert shared.connection.sql("SELECT current_setting('threads')").fetchall() == [(1,)]
        assert attached(alone).isdisjoint(attached(shared))


def test_many_at_once_do_their_work_beside_each_other() -> None:
    found: list[int] = []

    def work(number: int) -> None:
        for _ in range(20):
            with Passing() as passing:
                passing.connection.execute(f"CREATE TABLE t AS SELECT {number} AS n")
                found.extend(n for (n,) in passing.connection.sql("SELECT n FROM t").fetchall())

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert sorted(found) == sorted([0, 1, 2, 3] * 20)


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_process_that_forked_begins_one_of_its_own() -> None:
    with Passing() as passing:
        passing.connection.execute("CREATE TABLE t AS SELECT 1 AS n")
        child = os.fork()
        if child == 0:
            code = 1
            try:
                with Passing() as own:
                    code = 0 if own.connection.sql("SELECT 7").fetchall() == [(7,)] else 2
            finally:
                os._exit(code)
        _, status = os.waitpid(child, 0)
        assert os.waitstatus_to_exitcode(status) == 0
        assert passing.connection.sql("SELECT n FROM t").fetchall() == [(1,)]
