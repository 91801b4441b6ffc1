"""The compiled engine and the row-by-row judge, which share only the parsed rules, give equal results on the sample company."""

from datetime import date, timedelta

import pytest

from daihou.engine import derive
from daihou.engine.twin import derive_rows
from daihou.rulebook import read_shipped, shipped_ids
from daihou.units import Calendar

DAY = date(2026, 11, 23)
RESULTS = ("duties", "assignments", "escalations", "warnings", "grades", "gates", "gaps", "gap_assignments")
CALENDAR = Calendar.standard()
DAYS = {
    day: CALENDAR.is_working(day) for day in (date(2004, 1, 1) + timedelta(days=k) for k in range(366 * 40))
}
PUBLISHED = frozenset(CALENDAR.published_years())


def _rows(rows, columns) -> list[tuple[str, ...]]:
    return sorted(tuple(str(row.get(column)) for column in columns) for row in rows)


@pytest.mark.parametrize("name", [name for name in shipped_ids() if read_shipped(name)[0].rules])
@pytest.mark.parametrize("day", [DAY, date(2026, 10, 8), date(2026, 9, 30)])
def test_both_executions_agree_row_by_row(book, name, day) -> None:
    rulebooks = read_shipped(name)
    fast = derive(rulebooks, book, day)
    slow = derive_rows(rulebooks, book, day, calendar_days=DAYS, published_years=PUBLISHED)
    for what in RESULTS:
        table = getattr(fast, what)
        columns = table.column_names
        assert _rows(getattr(slow, what), columns) == _rows(table.to_pylist(), columns), what


@pytest.mark.parametrize("scope", ["day", pytest.param("history", marks=pytest.mark.long)])
@pytest.mark.parametrize("name", [name for name in shipped_ids() if read_shipped(name)[0].rules])
def test_both_executions_agree_on_what_was_left_over_at_go_live(book, name, scope) -> None:
    rulebooks, go_live = read_shipped(name), date(2026, 9, 1)
    fast = derive(rulebooks, book, DAY, go_live=go_live, scope=scope, leftovers=True)
    slow = derive_rows(
        rulebooks, book, DAY, go_live=go_live, scope=scope, calendar_days=DAYS, published_years=PUBLISHED, leftovers=True
    )  # fmt: skip
    for what in ("duties", "assignments", "escalations", "gaps"):
        columns = getattr(fast, what).column_names
        assert _rows(getattr(slow, what), columns) == _rows(getattr(fast, what).to_pylist(), columns), what
    assert fast.escalations.num_rows == 0
    asked = derive(rulebooks, book, DAY, go_live=go_live, scope=scope).duties.to_pylist()
    keys = {(row["rule"], row["object"], row["occurrence"]) for row in asked}
    assert all((row["rule"], row["object"], row["occurrence"]) not in keys for row in fast.duties.to_pylist())


@pytest.mark.parametrize("name", ["guarantee", "finance"])
def test_both_executions_agree_on_every_occurrence_there_ever_was(book, name) -> None:
    rulebooks = read_shipped(name)
    fast = derive(rulebooks, book, DAY, scope="history", go_live=date(2025, 1, 1))
    slow = derive_rows(
        rulebooks,
        book,
        DAY,
        scope="history",
        go_live=date(2025, 1, 1),
        calendar_days=DAYS,
        published_years=PUBLISHED,
    )
    assert fast.duties.num_rows > 50
    assert _rows(slow.duties, fast.duties.column_names) == _rows(
        fast.duties.to_pylist(), fast.duties.column_names
    )
