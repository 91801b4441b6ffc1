"""A company's own list of days laid over the published ones: what counts as published, and what is expected only."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daihou.units import Calendar, ListedDay, read_calendar

STANDARD = Calendar.standard()
# the holidays of 2027 as a notice might give them, with one make-up Sunday
OFF = [date(2027, 1, 1), *[date(2027, 2, n) for n in range(5, 12)], date(2027, 4, 5), date(2027, 5, 3), date(2027, 5, 1), *[date(2027, 10, n) for n in range(1, 8)]]  # fmt: skip
MAKE_UP = date(2027, 2, 14)
NOTICE = {**dict.fromkeys(OFF, False), MAKE_UP: True}


def listed(days: dict[date, bool], *, published: bool = True) -> list[ListedDay]:
    return [ListedDay(day, working, published) for day, working in days.items()]


def as_file(days: dict[date, bool]) -> str:
    return "\n".join(["日期,是否上班", *[f"{day},{'是' if works else '否'}" for day, works in days.items()]])


# what the list says | is 2027 published | is 2027-02-08 (a Monday) worked | is 2026-05-11 (a Monday) worked | why
TABLE = [
    ({}, False, True, True, "no list: weekends only, assumed"),
    (NOTICE, True, False, True, "a whole notice is published, as a file of it is"),
    ({date(2027, 2, 8): False}, False, False, True, "one day of a notice counts, and the year stays assumed"),
    ({date(2026, 5, 11): False}, False, True, False, "one day of a published year is corrected"),
    ({**NOTICE, date(2026, 5, 11): False}, True, False, False, "both"),
]


@pytest.mark.parametrize(("days", "published", "monday", "may", "why"), TABLE, ids=[row[-1] for row in TABLE])
def test_what_a_list_makes_of_a_year(days, published, monday, may, why):
    calendar = STANDARD.with_listed(listed(days))
    assert calendar.published(2027) is published, why
    assert calendar.is_assumed(date(2027, 3, 1)) is not published, why
    assert (calendar.is_working(date(2027, 2, 8)), calendar.is_working(date(2026, 5, 11))) == (monday, may), (
        why
    )
    assert calendar.published(2026)
    assert not calendar.is_working(date(2026, 10, 1)), "what the list does not speak of stays"


def test_a_whole_notice_by_rows_is_the_notice_by_file():
    assert STANDARD.with_listed(listed(NOTICE)) == STANDARD.with_years(read_calendar(as_file(NOTICE)))


def test_a_whole_notice_takes_the_place_of_the_one_known():
    revised = {day: working for day, working in STANDARD.years[2026].items() if day != date(2026, 10, 10)}
    calendar = STANDARD.with_listed(listed(revised))
    assert not calendar.is_working(date(2026, 10, 10)), "the make-up Saturday is taken back"
    assert calendar.name(date(2026, 10, 1)) == "国庆节"


def test_the_december_before_counts_with_the_notice_and_with_a_part_of_it():
    eve = {date(2026, 12, 31): False}
    assert not STANDARD.with_listed(listed(NOTICE | eve)).is_working(date(2026, 12, 31))
    part = STANDARD.with_listed(listed(eve | {date(2027, 1, 4): False}))
    assert not part.is_working(date(2026, 12, 31))
    assert part.published(2026)
    assert part.is_assumed(date(2027, 1, 4))


def test_what_is_expected_counts_until_the_notice_is_out():
    expected = listed({date(2027, 2, 8): False, date(2027, 2, 13): True}, published=False)
    calendar = STANDARD.with_listed(expected)
    assert not calendar.is_working(date(2027, 2, 8))
    assert calendar.is_working(date(2027, 2, 13))
    assert calendar.assumed_between(date(2027, 2, 8), date(2027, 2, 9))
    out = STANDARD.with_listed(
        [*expected, *[one for one in listed(NOTICE) if one.day.month != 2 or one.day.day != 8]]
    )
    assert out.is_working(date(2027, 2, 8)) is True, "the notice does not name it"
    assert not out.is_working(date(2027, 2, 13))
    assert calendar.with_years(read_calendar(as_file(NOTICE))).is_working(date(2027, 2, 13)) is False


def test_what_is_expected_of_a_published_year_does_not_count():
    calendar = STANDARD.with_listed(listed({date(2026, 5, 6): False}, published=False))
    assert calendar == STANDARD


@given(
    st.dictionaries(
        st.dates(date(2025, 12, 1), date(2028, 12, 31)), st.tuples(st.booleans(), st.booleans()), max_size=80
    ),
    st.dates(date(2025, 6, 1), date(2029, 1, 31)),
    st.integers(-60, 60).filter(bool),
)
def test_every_row_that_counts_is_told_and_counting_walks_by_it(days, start, n):
    rows = [ListedDay(day, working, published) for day, (working, published) in days.items()]
    calendar = STANDARD.with_listed(rows)
    for one in rows:
        if one.published or not calendar.published(one.day.year):
            assert calendar.is_working(one.day) is one.working
    found, step, left = start, timedelta(1 if n > 0 else -1), abs(n)
    while left:
        found += step
        left -= calendar.is_working(found)
    assert calendar.add_working_days(start, n) == found
    assert STANDARD.with_listed(reversed(rows)) == calendar, "the order of rows does not matter"
