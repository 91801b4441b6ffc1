"""The SQL keeps to what other databases read alike: every statement transpiles, and none uses what elsewhere means something else.

What changes silently from one database to the next: a difference in months counts boundaries here and full months there; DATE + INTERVAL
is a timestamp here and a day there; DATE - DATE is a number here and an interval there; 7/2 is a fraction here and a whole number there;
day of the week starts here at 0 and there at 1; to_months, make_date and the like are simply not translated.
"""

import re
from collections.abc import Iterable
from datetime import date
from functools import cache

import pytest
import sqlglot
from sqlglot import exp

from daihou.book import Book
from daihou.engine import Results, derive
from daihou.engine.compile.days import CALENDAR_FROM, CALENDAR_TO, calendar_table
from daihou.rulebook import read_shipped, shipped_ids
from daihou.units import Calendar

DAY = date(2026, 11, 23)

ALIKE = frozenset({
    exp.Abs, exp.And, exp.Case, exp.Cast, exp.Coalesce, exp.Count, exp.DateDiff, exp.DateTrunc, exp.Extract, exp.Floor, exp.Greatest, exp.If,
    exp.Lag, exp.Lead, exp.Least, exp.Length, exp.Max, exp.Min, exp.Or, exp.Rank, exp.RowNumber, exp.Substring, exp.Sum, exp.TimestampTrunc,
    exp.Trim,
})  # fmt: skip
"""Functions that PostgreSQL and Spark have under a name sqlglot knows and with the same meaning, as far as these checks let them be used."""

TYPES = frozenset({"DATE", "TEXT", "BOOLEAN", "INT", "BIGINT"})


def complaints(tree: exp.Expression) -> list[str]:
    """What of a statement would mean something else, or nothing, on another database."""
    return [f"{why}: {node.sql()}" for node in tree.walk() for why in _why(node)]


def _why(node: exp.Expression) -> Iterable[str]:
    match node:
        case exp.Div():
            # a division of whole numbers would be cut off elsewhere; one with a decimal factor is not
            if not any(isinstance(part, exp.Literal) and "." in part.name for part in node.this.walk()):
                yield "whole division"
        case exp.DateDiff() if node.unit is not None and node.unit.name.upper() != "DAY":
            yield "difference other than in days"
        case exp.Extract() if node.name.upper() not in {"YEAR", "MONTH", "DAY"}:
            yield "part of a date that is counted differently"
        case exp.TimestampTrunc() | exp.DateTrunc() if not _is_date(node.parent):
            yield "a truncated day that is not cast back to a day"
        case exp.Interval():
            yield from _why_interval(node)
        case exp.Sub() if _is_day(node.this) and _is_day(node.expression):
            yield "difference of two days by minus"
        case exp.Cast() if node.to.sql() not in TYPES and not node.to.is_type("decimal"):
            yield "a type that is not everywhere"
        case exp.Anonymous() | exp.Func() if type(node) not in ALIKE:
            yield "a function that is not known to be alike"
        case _:
            return


def _is_date(node: exp.Expression | None) -> bool:
    return isinstance(node, exp.Cast) and node.to.is_type("date")


def _why_interval(node: exp.Interval) -> Iterable[str]:
    above = node.parent
    while isinstance(above, exp.Mul | exp.Add | exp.Sub | exp.Paren):
        above = above.parent
    if node.unit is None or node.unit.name.upper() != "MONTH":
        yield "an interval other than of months"
    if not _is_date(above):
        yield "a day plus an interval that is not cast back to a day"


_DAY_NAMES = frozenset({
    "day", "d", "nd", "f", "t", "due", "opens", "start", "done", "seen", "until", "since", "end", "before", "e", "from", "to",
    "@ns", "@pe", "@ps", "@entry", "@leave", "@anchor", "@start", "@done", "@due", "@due1", "@due0", "@opens", "@seen", "@expires", "@from",
    "@last", "@next", "@ss", "@se", "@returned",
})  # fmt: skip


def _is_day(node: exp.Expression) -> bool:
    """Whether an expression is seen to be a day: by its cast, by its name, or because it is a day moved by days."""
    if isinstance(node, exp.Paren):
        return _is_day(node.this)
    if isinstance(node, exp.Add | exp.Sub):
        return _is_day(node.this) and not _is_day(node.expression)
    if isinstance(node, exp.Least | exp.Greatest | exp.Coalesce):
        return _is_day(node.this)
    return _is_date(node) or (
        isinstance(node, exp.Column) and (node.name in _DAY_NAMES or node.name.endswith("_day"))
    )


@pytest.mark.parametrize(
    ("statement", "wrong"),
    [
        ("SELECT DATE_DIFF('month', a, b) FROM t", True),
        ("SELECT DATE_DIFF('day', a, b) FROM t", False),
        ("SELECT make_date(2026, 1, 1)", True),
        ("SELECT dayofweek(d) FROM t", True),
        ("SELECT EXTRACT(DOW FROM d) FROM t", True),
        ("SELECT EXTRACT(YEAR FROM d) FROM t", False),
        ("SELECT d + 3 * INTERVAL '1' MONTH FROM t", True),
        ("SELECT CAST(d + 3 * INTERVAL '1' MONTH AS DATE) FROM t", False),
        ("SELECT CAST(d + INTERVAL '3' DAY AS DATE) FROM t", True),
        ("SELECT d + to_months(3) FROM t", True),
        ("SELECT DATE_TRUNC('month', d) FROM t", True),
        ("SELECT CAST(DATE_TRUNC('month', d) AS DATE) FROM t", False),
        ("SELECT due_day - paid_day FROM t", True),
        ('SELECT "@pe" - "@entry" + 1 FROM t', True),
        ("SELECT due_day - 1 FROM t", False),
        ("SELECT 7 / 2", True),
        ("SELECT n * 1.0 / 12 FROM t", False),
        ("SELECT CAST(n AS HUGEINT) FROM t", True),
        ("SELECT CAST(n AS DECIMAL(38, 0)) FROM t", False),
        ("SELECT i FROM generate_series(1, 3) AS t(i)", True),
        ("SELECT strftime(d, '%Y') FROM t", True),
        ("SELECT MAX(a) FILTER (WHERE b) FROM t", False),
    ],
)
def test_what_other_databases_read_otherwise_is_found(statement, wrong) -> None:
    assert bool(complaints(sqlglot.parse_one(statement, read="duckdb"))) is wrong


def _on_spark(tree: exp.Expression) -> exp.Expression:
    """For Spark a temporary table is an ordinary one: it knows temporary views only, and those would see rows that come later."""
    tree = tree.copy()
    for temporary in list(tree.find_all(exp.TemporaryProperty)):
        temporary.pop()
    return tree


def lost(tree: exp.Expression, dialect: str) -> list[str]:
    """What gets lost when a statement is written for a database and read back as that database reads it."""
    told = (_on_spark(tree) if dialect == "spark" else tree).sql(
        dialect=dialect, unsupported_level=sqlglot.ErrorLevel.RAISE
    )
    back = sqlglot.parse_one(told, read=dialect, error_level=sqlglot.ErrorLevel.RAISE)
    found = [f"{dialect} is not read: {told}"] if back.find(exp.Command) is not None else []
    query, again = _body(tree), _body(back)
    if query.sql(dialect=dialect) != again.sql(dialect=dialect):
        found.append(f"{dialect} is read otherwise: {told}")
    foreign = {node.sql(dialect=dialect) for node in back.find_all(exp.Anonymous)}
    return [*found, *(f"{dialect} does not know: {one}" for one in sorted(foreign))]


def _body(tree: exp.Expression) -> exp.Expression:
    """What a statement says, without how tables are made there."""
    if isinstance(tree, exp.Create):
        return tree.this if tree.expression is None else tree.expression
    return tree


def _outside(results: Results) -> list[str]:
    """Everything in the statements and queries of a day that is outside the portable subset."""
    found: set[str] = set()
    for statement in (*results.statements, *results.queries.values()):
        found.update(_against(statement))
    return sorted(found)


@cache
def _against(statement: str) -> tuple[str, ...]:
    """What of one statement is outside; many days and rulebooks ask some of the same."""
    tree = sqlglot.parse_one(statement, read="duckdb")
    found = complaints(tree)
    for dialect in ("postgres", "spark"):
        found += lost(tree, dialect)
    return tuple(found)


@pytest.mark.parametrize("statement", ["SELECT only_here(a) FROM t", "SELECT a FROM t POSITIONAL JOIN u"])
def test_what_a_database_would_not_read_back_is_found(statement) -> None:
    tree = sqlglot.parse_one(statement, read="duckdb")
    found: list[str] = []
    for dialect in ("postgres", "spark"):
        try:
            found += lost(tree, dialect)
        except (sqlglot.errors.UnsupportedError, sqlglot.errors.ParseError) as refused:
            found.append(str(refused))
    assert found


def test_the_subset_is_the_one_that_the_contract_states(repo_root) -> None:
    (stated,) = re.findall(
        r"^Functions of the subset: (.+)\.$",
        (repo_root / "docs" / "contract.md").read_text(encoding="utf-8"),
        re.MULTILINE,
    )
    assert stated.split(" ") == sorted(one.sql_names()[0] for one in ALIKE)


@pytest.mark.parametrize("name", ["finance", "signals"])
def test_every_statement_on_an_empty_register_transpiles_and_means_the_same_elsewhere(name) -> None:
    results = derive(read_shipped(name), Book({}, {}, ""), DAY, whole=True)
    assert len(results.statements) > 10
    assert _outside(results) == []


@pytest.mark.slow
@pytest.mark.parametrize("name", shipped_ids())
def test_every_statement_on_the_sample_company_transpiles_and_means_the_same_elsewhere(book, name) -> None:
    results = derive(read_shipped(name), book, DAY, scope="history", go_live=date(2025, 1, 1), whole=True)
    assert len(results.statements) > 10
    assert _outside(results) == []


def test_the_days_that_statements_join_are_those_of_the_calendar() -> None:
    calendar = Calendar.standard()
    told = [
        {
            "day": one.day, "working": one.working, "published": one.published, "at_or_before": one.at_or_before, "at_or_after": one.at_or_after,
        }
        for one in calendar.table(CALENDAR_FROM, CALENDAR_TO)
    ]  # fmt: skip
    assert calendar_table(calendar).to_pylist() == told
