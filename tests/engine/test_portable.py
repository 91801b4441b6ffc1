"""The SQL keeps to what other databases read: every statement of every shipped rule transpiles."""

from datetime import date

import pytest
import sqlglot

from daihou.book import Book
from daihou.engine import derive
from daihou.rulebook import read_shipped


@pytest.mark.parametrize("name", ["guarantee", "signals"])
@pytest.mark.parametrize("dialect", ["postgres", "spark"])
def test_every_statement_transpiles(name, dialect) -> None:
    statements = derive(read_shipped(name), Book({}, {}, ""), date(2026, 11, 23)).statements
    assert len(statements) > 100
    for statement in statements:
        assert len(sqlglot.transpile(statement, read="duckdb", write=dialect)) == 1
