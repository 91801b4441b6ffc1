"""The statements of a day, transpiled and nothing else, give on PostgreSQL what they give here: the sample company, every shipped book."""

import os
from collections import Counter
from datetime import date

import pytest
from generators.questions import QUESTIONS
from hypothesis import HealthCheck, Phase, given, seed, settings

from daihou.engine import derive
from daihou.rulebook import read_shipped, shipped_ids

DAY = date(2026, 11, 23)
DAYS = (DAY, date(2026, 10, 8), date(2026, 2, 28))
TABLES = ("duties", "assignments", "escalations", "warnings", "grades", "gates", "gaps", "gap_assignments")

pytestmark = [pytest.mark.slow, pytest.mark.postgres]


def _rows(rows) -> list[tuple[object, ...]]:
    """In an order that does not lean on a database's; values with their types, amounts and dates and all."""
    return sorted((tuple(row) for row in rows), key=repr)


def _compare(results, elsewhere) -> Counter[str]:
    """Rows of each table, once both databases agree on every one of them."""
    counted = Counter[str]()
    for what in TABLES:
        here = _rows(row.values() for row in getattr(results, what).to_pylist())
        assert _rows(elsewhere[what]) == here, what
        counted[what] = len(here)
    return counted


@pytest.mark.parametrize(
    "day", [pytest.param(day, marks=[] if day == DAY else [pytest.mark.long]) for day in DAYS], ids=str
)
def test_every_shipped_book_comes_out_the_same(book, on_postgres, day) -> None:
    total = Counter[str]()
    for name in shipped_ids():
        results = derive(read_shipped(name), book, day, whole=True)
        total += _compare(results, on_postgres(results))
    # equal because empty would prove nothing
    assert total["duties"] > 100
    assert total["assignments"] >= total["duties"]
    assert total["gates"] > 100
    assert day != DAY or min(total[what] for what in TABLES) > 50


@pytest.mark.parametrize("name", ["guarantee", "finance"])
def test_every_occurrence_there_ever_was_comes_out_the_same(book, on_postgres, name) -> None:
    results = derive(read_shipped(name), book, DAY, scope="history", go_live=date(2025, 1, 1), whole=True)
    assert _compare(results, on_postgres(results))["duties"] > 100


def test_what_was_known_later_comes_out_the_same(book, on_postgres) -> None:
    results = derive(read_shipped("microloan"), book, date(2026, 10, 8), known=DAY, whole=True)
    assert _compare(results, on_postgres(results))["grades"] > 50


# -- rulebooks and books drawn at random

DRAWN = int(os.environ.get("DAIHOU_QUESTIONS", "15"))


def test_drawn_rules_on_drawn_rows_come_out_the_same(on_postgres) -> None:
    total, seen = Counter[str](), Counter[str]()

    @seed(20261123)
    @settings(
        max_examples=DRAWN,
        phases=(Phase.generate,),
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(QUESTIONS)
    def asked_about(question) -> None:
        if question is None:
            seen["refused"] += 1
            return
        asked = question.asked
        results = derive(
            (question.rulebook,),
            asked.book(),
            asked.as_of,
            known=asked.known,
            go_live=asked.go_live,
            scope=question.scope,
            whole=True,
        )
        found = _compare(results, on_postgres(results))
        seen["something" if found.total() else "nothing"] += 1
        total.update(found)

    asked_about()
    assert seen["refused"] <= 0.1 * DRAWN
    assert seen["something"] >= 0.5 * DRAWN
    # every table of results has rows in the sample company above; of the drawn ones one or the other may be empty
    assert total["duties"] > 10
    assert sum(total[what] > 0 for what in TABLES) >= len(TABLES) - 2
