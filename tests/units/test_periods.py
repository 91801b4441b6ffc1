"""Periods tile the time line, shift back and forth, and their labels tell them apart."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daihou.units import (
    Calendar,
    PeriodError,
    PeriodKind,
    anchored,
    anchored_of,
    period_of,
    shift,
    yearly,
)

CALENDAR = Calendar.standard()
DAYS = st.dates(date(2004, 1, 1), date(2032, 12, 31))
KINDS = st.sampled_from(PeriodKind)
UNITS = st.sampled_from([k for k in PeriodKind if k not in {PeriodKind.WORKDAY, PeriodKind.HALF_MONTH}])
ONE = timedelta(days=1)
LISTS = st.lists(
    st.dates(date(2023, 1, 1), date(2023, 12, 31)).map(lambda d: (d.month, d.day)),
    min_size=1,
    max_size=6,
    unique=True,
)


@pytest.mark.parametrize(
    ("kind", "day", "start", "end", "label"),
    [
        ("day", "2026-11-23", "2026-11-23", "2026-11-23", "2026-11-23日"),
        ("workday", "2026-11-23", "2026-11-21", "2026-11-23", "2026-11-23工作日"),
        ("workday", "2026-10-10", "2026-10-10", "2026-10-10", "2026-10-10工作日"),
        ("workday", "2026-10-03", "2026-10-01", "2026-10-08", "2026-10-08工作日"),
        ("week", "2026-11-29", "2026-11-23", "2026-11-29", "2026W48周"),
        ("week", "2027-01-01", "2026-12-28", "2027-01-03", "2026W53周"),
        ("half_month", "2026-11-15", "2026-11-01", "2026-11-15", "2026-11上"),
        ("half_month", "2026-11-16", "2026-11-16", "2026-11-30", "2026-11下"),
        ("month", "2026-02-28", "2026-02-01", "2026-02-28", "2026-02月"),
        ("quarter", "2026-11-23", "2026-10-01", "2026-12-31", "2026Q4季"),
        ("half_year", "2026-06-30", "2026-01-01", "2026-06-30", "2026H1半年"),
        ("half_year", "2026-07-01", "2026-07-01", "2026-12-31", "2026H2半年"),
        ("year", "2026-11-23", "2026-01-01", "2026-12-31", "2026年"),
    ],
)
def test_each_kind_of_period_has_its_ends_and_its_label(kind, day, start, end, label):
    period = period_of(PeriodKind(kind), date.fromisoformat(day), CALENDAR)
    assert (period.start.isoformat(), period.end.isoformat(), period.label) == (start, end, label)


@given(kind=KINDS, day=DAYS)
def test_periods_tile_the_time_line(kind, day):
    period = period_of(kind, day, CALENDAR)
    assert day in period
    assert period_of(kind, period.start, CALENDAR) == period == period_of(kind, period.end, CALENDAR)
    following = shift(period, 1, CALENDAR)
    assert following.start == period.end + ONE
    assert following.label != period.label
    if kind is not PeriodKind.WORKDAY:
        assert following.label > period.label, "labels of one kind sort as their periods do"


@given(kind=KINDS, day=DAYS, k=st.integers(-100, 100))
def test_shifting_forth_and_back_comes_home(kind, day, k):
    period = period_of(kind, day, CALENDAR)
    assert shift(shift(period, k, CALENDAR), -k, CALENDAR) == period
    assert (shift(period, k, CALENDAR).start - period.start).days * k >= 0


@given(day=DAYS)
def test_a_working_days_period_ends_on_the_only_working_day_in_it(day):
    period = period_of(PeriodKind.WORKDAY, day, CALENDAR)
    span = [period.start + n * ONE for n in range((period.end - period.start).days + 1)]
    assert [d for d in span if CALENDAR.is_working(d)] == [period.end]


def test_labels_of_different_kinds_never_meet():
    labels = [period_of(kind, date(2026, 1, 1), CALENDAR).label for kind in PeriodKind]
    labels += [
        anchored(PeriodKind.YEAR, date(2026, 1, 1), 0).label,
        yearly([(6, 20)], date(2026, 1, 1)).label,
    ]
    assert len(set(labels)) == len(PeriodKind) + 2


def test_periods_by_working_day_ask_for_the_calendar():
    with pytest.raises(PeriodError) as caught:
        period_of(PeriodKind.WORKDAY, date(2026, 11, 23))
    assert caught.value.code == "period-needs-calendar"
    with pytest.raises(PeriodError):
        shift(period_of(PeriodKind.WORKDAY, date(2026, 11, 23), CALENDAR), 1)


@pytest.mark.parametrize(
    ("kind", "origin", "starts"),
    [
        ("month", "2026-01-31", ["2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30"]),
        ("year", "2024-02-29", ["2024-02-29", "2025-02-28", "2026-02-28", "2027-02-28", "2028-02-29"]),
        ("quarter", "2025-11-30", ["2025-11-30", "2026-02-28", "2026-05-30"]),
        ("half_year", "2026-08-31", ["2026-08-31", "2027-02-28", "2027-08-31"]),
        ("week", "2026-11-25", ["2026-11-25", "2026-12-02"]),
        ("day", "2026-11-25", ["2026-11-25", "2026-11-26"]),
    ],
)
def test_anchored_periods_count_from_the_origin_and_are_never_chained(kind, origin, starts):
    periods = [anchored(PeriodKind(kind), date.fromisoformat(origin), k) for k in range(len(starts))]
    assert [period.start.isoformat() for period in periods] == starts
    assert all(a.end + ONE == b.start for a, b in pairwise(periods))


@given(kind=UNITS, origin=DAYS, day=DAYS)
def test_anchored_periods_tile_before_and_after_their_origin(kind, origin, day):
    period = anchored_of(kind, origin, day)
    assert day in period
    assert (period.k >= 0) == (day >= origin)
    assert shift(period, 1).start == period.end + ONE
    assert shift(period, -1).end == period.start - ONE
    assert anchored_of(kind, origin, period.end) == period == anchored(kind, origin, period.k)


def test_a_corrected_origin_keeps_the_label():
    labels = {anchored(PeriodKind.MONTH, date(2026, 3, n), 2).label for n in (2, 5)}
    assert labels == {"第3月"}


@pytest.mark.parametrize("kind", [PeriodKind.WORKDAY, PeriodKind.HALF_MONTH])
def test_kinds_without_a_fixed_length_have_no_anchor(kind):
    for attempt in (anchored, anchored_of):
        with pytest.raises(PeriodError) as caught:
            attempt(kind, date(2026, 1, 1), 0 if attempt is anchored else date(2026, 2, 1))
        assert caught.value.code == "period-no-unit"


@pytest.mark.parametrize(
    ("day", "start", "end"),
    [
        ("2026-06-20", "2025-12-21", "2026-06-20"),
        ("2026-06-21", "2026-06-21", "2026-12-20"),
        ("2026-12-20", "2026-06-21", "2026-12-20"),
        ("2026-12-31", "2026-12-21", "2027-06-20"),
    ],
)
def test_a_yearly_list_closes_a_period_on_each_day_named(day, start, end):
    period = yearly([(12, 20), (6, 20)], date.fromisoformat(day))
    assert (period.start.isoformat(), period.end.isoformat(), period.label) == (start, end, f"{end}止")


@given(days=LISTS, day=DAYS, k=st.integers(-20, 20))
def test_a_yearly_list_tiles_the_time_line(days, day, k):
    period = yearly(days, day)
    assert day in period
    assert (period.end.month, period.end.day) in days
    assert shift(period, 1).start == period.end + ONE
    assert shift(shift(period, k), -k) == period
    assert shift(period, len(days)).end.year == period.end.year + 1


def test_the_29th_of_february_closes_on_the_28th_of_common_years():
    assert yearly([(2, 29)], date(2026, 2, 1)).end == date(2026, 2, 28)
    assert yearly([(2, 29)], date(2028, 2, 29)).end == date(2028, 2, 29)


@pytest.mark.parametrize(
    ("days", "code"),
    [
        ([], "period-no-days"),
        ([(2, 30)], "period-no-such-day"),
        ([(13, 1)], "period-no-such-day"),
        ([(0, 1)], "period-no-such-day"),
        ([(6, 0)], "period-no-such-day"),
        ([(6, 20), (6, 20)], "period-twice"),
        ([(2, 28), (2, 29)], "period-twice"),
    ],
)
def test_a_list_that_closes_no_period_is_refused(days, code):
    with pytest.raises(PeriodError) as caught:
        yearly(days, date(2026, 1, 1))
    assert caught.value.code == code
