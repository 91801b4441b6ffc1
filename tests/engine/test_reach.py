"""Which rules answer otherwise after rows were written: none that is not said to be reached."""

import os
from dataclasses import replace
from datetime import date
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given, note, settings
from hypothesis import strategies as st

from daihou.book import Book, declared
from daihou.engine import Results, derive
from daihou.engine.reach import Touch, leaning, looks_at_all_duties, reached, readings
from daihou.rulebook import Duty, read_shipped, tables_read

DAY = date(2026, 11, 23)
QUESTIONS = max(3, int(os.environ.get("DAIHOU_QUESTIONS", "0")) // 50)  # each is a day derived anew
Answers = dict[str, set[tuple[Any, ...]]]
TABLES = ("duties", "assignments", "warnings", "gaps", "gap_assignments")


def touched(table: str, **said: Any) -> frozenset[str]:
    return reached(read_shipped(), {table: Touch(**said)})


def test_every_rule_says_of_each_table_that_it_names_that_it_reads_it() -> None:
    """Two walks over the rules: the compiler's, which this rests on, and the rulebook's."""
    books = read_shipped()
    known = readings(books)
    facts = {key: fact for book in books for key, fact in book.facts.items()}
    for book in books:
        for rule in book.rules:
            assert tables_read(rule, facts) | {rule.table} <= known[rule.id].tables, rule.id


@pytest.mark.parametrize(
    ("table", "said", "inside", "outside"),
    [
        pytest.param(
            "inspection", {"fresh": True}, "fund-use-check", "severe-warning-report", id="a check closes a check"
        ),
        pytest.param(
            "completion", {"fresh": True, "keys": frozenset({"budget-notice/C1//2026-11-23"})}, "budget-notice", "fund-use-check",
            id="a completion names its rule",
        ),
        pytest.param(
            "contract", {"columns": frozenset({"risk_class"})}, "close-watch-inspection", "fund-use-check", id="only who reads the column"
        ),
        pytest.param("assignment", {"fresh": True}, "S03", "", id="who holds a post answers for what any rule cannot judge"),
        pytest.param("party", {"columns": frozenset({"caretaker"})}, "S03", "fund-use-check", id="who looks after a client, where the rule asks no post"),
        pytest.param("data_through", {"columns": None, "keys": None}, "fund-use-check", "", id="how far tables go is read by all"),
    ],
)  # fmt: skip
def test_what_is_written_reaches_who_reads_it(table, said, inside, outside) -> None:
    found = touched(table, **said)
    assert inside in found
    assert outside not in found


def test_who_reads_warnings_leans_on_them_and_who_reads_every_duty_on_all() -> None:
    books = read_shipped()
    assert "warning-verification" in leaning(books, {"S03"})
    assert "warning-verification" not in leaning(books, {"S03"}, on_warnings=False)
    everybody = {rule.id for book in books for rule in book.rules if looks_at_all_duties(rule)}
    assert everybody <= leaning(books, {"fund-use-check"})
    assert any(isinstance(rule, Duty) and rule.id in everybody for book in books for rule in book.rules)


def answers(results: Results) -> Answers:
    """What each rule answered, in whatever table of results."""
    found: Answers = {}
    for what in TABLES:
        for row in getattr(results, what).to_pylist():
            found.setdefault(row["rule"], set()).add((what, *map(str, row.values())))
    return found


def disturbed(draw: Any, book: Book, table_id: str) -> tuple[Book, Touch]:
    """The book with one row gone, or with one column of all rows turned about by one."""
    rows, table = book.tables[table_id], declared()[table_id]
    columns = sorted(set(table.columns) - {*table.key, "recorded", "voided"})
    if draw(st.booleans()):
        gone = draw(st.integers(0, rows.num_rows - 1))
        keep = pa.array([at != gone for at in range(rows.num_rows)])
        changed, touch = rows.filter(keep), Touch(columns=None, keys=None)
        note(f"{table_id}: row {gone} gone")
    else:
        column = draw(st.sampled_from(columns))
        turned = pa.array([*range(1, rows.num_rows), 0])
        at = rows.column_names.index(column)
        changed = rows.set_column(at, column, pc.take(rows[column], turned))
        touch = Touch(columns=frozenset({column}), keys=None)
        note(f"{table_id}.{column} turned about")
    return replace(book, tables={**book.tables, table_id: changed}), touch


@pytest.mark.slow
@settings(max_examples=QUESTIONS)
@given(data=st.data())
def test_a_rule_that_is_not_reached_answers_as_before(data, book: Book, before: Answers) -> None:
    books = read_shipped()
    table = data.draw(st.sampled_from(sorted(set(book.tables) - {"change_log"})))
    other, touch = disturbed(data.draw, book, table)
    after = answers(derive(books, other, DAY))
    moved = {rule for rule in before.keys() | after.keys() if before.get(rule) != after.get(rule)}
    assert moved <= leaning(books, reached(books, {table: touch}))


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Book:
    """The register of a sample company."""
    from daihou.book import read_book, write_book
    from daihou.sample import FEWEST, sample_rows

    file = tmp_path_factory.mktemp("book") / "台账.xlsx"
    write_book(sample_rows(DAY, contracts=FEWEST), file)
    return read_book(file).book


@pytest.fixture(scope="module")
def before(book: Book) -> Answers:
    """What every rule answers on the register as it is."""
    return answers(derive(read_shipped(), book, DAY))
