"""Calendar days and months."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daihou.units import (
    DateRangeError,
    add_days,
    add_months,
    day_of_month,
    day_of_next_month,
    days_between,
    half_end,
    half_start,
    is_month_end,
    month_end,
    month_start,
    quarter_end,
    quarter_start,
    year_end,
    year_start,
)

DAYS = st.dates(date(1990, 1, 1), date(2090, 12, 31))


@pytest.mark.parametrize(
    ("start", "n", "due"),
    [
        ("2026-01-31", 1, "2026-02-28"),
        ("2026-01-31", 2, "2026-03-31"),
        ("2026-01-31", 3, "2026-04-30"),
        ("2028-01-31", 1, "2028-02-29"),
        ("2024-02-29", 12, "2025-02-28"),
        ("2024-02-29", 48, "2028-02-29"),
        ("2026-03-31", -1, "2026-02-28"),
        ("2026-03-15", -3, "2025-12-15"),
        ("2026-11-23", 0, "2026-11-23"),
        ("2026-02-28", 1, "2026-03-28"),
    ],
)
def test_a_month_later_is_the_same_day_number_or_the_end_of_a_shorter_month(start, n, due):
    assert add_months(date.fromisoformat(start), n) == date.fromisoformat(due)


@given(start=DAYS, n=st.integers(-600, 600))
def test_months_are_counted_exactly_and_the_day_only_ever_clamped(start, n):
    due = add_months(start, n)
    assert (due.year - start.year) * 12 + due.month - start.month == n
    assert due.day == start.day or (due.day < start.day and is_month_end(due))


@given(start=DAYS, n=st.integers(-5000, 5000))
def test_days_are_added_and_counted_alike(start, n):
    assert add_days(start, n) == start + timedelta(days=n)
    assert days_between(start, add_days(start, n)) == n


@pytest.mark.parametrize(
    ("n", "this", "following"),
    [(1, "2026-01-01", "2026-02-01"), (10, "2026-01-10", "2026-02-10"), (31, "2026-01-31", "2026-02-28")],
)
def test_the_nth_of_a_month_is_its_last_day_where_it_is_shorter(n, this, following):
    assert day_of_month(date(2026, 1, 20), n).isoformat() == this
    assert day_of_next_month(date(2026, 1, 20), n).isoformat() == following


def test_the_next_month_of_december_is_january():
    assert day_of_next_month(date(2026, 12, 31), 5) == date(2027, 1, 5)


@pytest.mark.parametrize("n", [0, 32, -1])
def test_no_month_has_such_a_day(n):
    with pytest.raises(DateRangeError, match="1 至 31"):
        day_of_month(date(2026, 1, 1), n)


@pytest.mark.parametrize(
    ("text", "month", "quarter", "half", "year"),
    [
        ("2026-02-14", "02-01 02-28", "01-01 03-31", "01-01 06-30", "01-01 12-31"),
        ("2026-06-30", "06-01 06-30", "04-01 06-30", "01-01 06-30", "01-01 12-31"),
        ("2026-07-01", "07-01 07-31", "07-01 09-30", "07-01 12-31", "01-01 12-31"),
        ("2026-12-31", "12-01 12-31", "10-01 12-31", "07-01 12-31", "01-01 12-31"),
    ],
)
def test_the_ends_of_the_spans_that_hold_a_day(text, month, quarter, half, year):
    day = date.fromisoformat(text)
    pairs = [
        (month_start(day), month_end(day), month),
        (quarter_start(day), quarter_end(day), quarter),
        (half_start(day), half_end(day), half),
        (year_start(day), year_end(day), year),
    ]
    for start, end, expected in pairs:
        assert f"{start:%m-%d} {end:%m-%d}" == expected
        assert start.year == end.year == 2026


def test_the_last_month_of_all_has_an_end():
    assert month_end(date(9999, 12, 1)) == quarter_end(date(9999, 12, 1)) == date.max


@pytest.mark.parametrize(
    ("text", "last"), [("2026-02-28", True), ("2028-02-28", False), ("2028-02-29", True)]
)
def test_the_end_of_february_depends_on_the_year(text, last):
    assert is_month_end(date.fromisoformat(text)) is last


def test_days_out_of_all_years_are_refused_in_words():
    for attempt in (lambda: add_days(date.max, 1), lambda: add_months(date(9999, 12, 1), 1)):
        with pytest.raises(DateRangeError, match="9999"):
            attempt()
