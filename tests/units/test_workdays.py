"""The working-day calendar: against the published notices, a walk day by day, and the known nasty cases."""

import json
from collections import Counter
from datetime import date, timedelta
from pathlib import Path
from time import perf_counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from daihou.units import Calendar, PublishedYear, UnitsError, add_months, read_calendar

CALENDAR = Calendar.standard()
DAYS = st.dates(date(2003, 6, 1), date(2029, 6, 30))
STEPS = st.integers(-400, 400)


def day(text: str) -> date:
    """09-30 is a day of 2026."""
    return date.fromisoformat(text if len(text) > 5 else f"2026-{text}")


@st.composite
def calendars(draw: st.DrawFn) -> Calendar:
    """A calendar with any exceptions at all in two years: long runs of rest days, worked weekends."""
    listed = draw(st.dictionaries(st.dates(date(2026, 1, 1), date(2027, 12, 31)), st.booleans(), max_size=60))
    years = {year: {d: w for d, w in listed.items() if d.year == year} for year in (2026, 2027)}
    return Calendar({}).with_years(years)


def walk(calendar: Calendar, start: date, n: int) -> date:
    """The slow way: step day by day and count the working days met."""
    step = timedelta(days=1 if n > 0 else -1)
    while n:
        start += step
        if calendar.is_working(start):
            n -= 1 if n > 0 else -1
    return start


@pytest.mark.parametrize(
    ("start", "n", "due", "why"),
    [
        ("09-30", 0, "09-30", "N1: the same day"),
        ("09-30", 1, "10-08", "N1: after seven days of National Day"),
        ("09-30", 3, "10-10", "N1: Saturday 10-10 is made up"),
        ("09-30", 5, "10-13", "N1: 10-08, 10-09, 10-10, 10-12, 10-13"),
        ("10-03", 0, "10-03", "N1: a value date within the holiday is not shifted"),
        ("10-03", 1, "10-08", "N1"),
        ("10-03", 5, "10-13", "N1"),
        ("10-08", 1, "10-09", "N1: first escalation"),
        ("10-08", 3, "10-12", "N1: second escalation, 10-10 counting and 10-11 not"),
        ("02-13", 1, "02-14", "N2: Saturday 02-14 is day 1, before the Spring Festival"),
        ("02-13", 2, "02-24", "N2: the form is due after the Spring Festival"),
        (
            "10-09",
            -12,
            "09-16",
            "N4: the reminder opens; 09-20 is made up, 09-25..27 and 10-01..07 off",
        ),
        ("10-09", -7, "09-22", "N4: the reminder is due"),
        ("10-09", -1, "10-08", "N4: the funds are due"),
        ("10-05", -7, "09-21", "N4: redemption within the holiday"),
        ("10-05", -1, "09-30", "N4: redemption within the holiday"),
        ("09-19", 1, "09-20", "a Sunday made up follows a plain Saturday"),
        ("09-21", -1, "09-20", "and precedes Monday"),
    ],
)
def test_the_known_cases_of_2026_fall_on_their_days(start, n, due, why):
    assert CALENDAR.add_working_days(day(start), n) == day(due), why


def test_all_six_make_up_days_of_2026_are_worked_and_named():
    listed = CALENDAR.table(day("01-01"), day("12-31"))
    weekends = [row.day for row in listed if row.working and row.day.weekday() >= 5]
    assert weekends == [day(d) for d in ("01-04", "02-14", "02-28", "05-09", "09-20", "10-10")]
    assert {CALENDAR.name(d) for d in weekends} == {"调休上班"}
    assert sum(row.working for row in listed) == 248


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("10-01", "国庆节"),
        ("10-03", "国庆节"),  # a Saturday within the holiday
        ("02-16", "春节"),
        ("01-02", "元旦"),
        ("09-25", "中秋"),
        ("10-10", "调休上班"),
        ("11-21", None),  # an ordinary Saturday
        ("11-23", None),
        ("2018-12-31", "元旦"),
        ("2018-12-29", "调休上班"),
    ],
)
def test_holidays_and_make_up_days_have_names_and_ordinary_days_have_none(text, name):
    assert CALENDAR.name(day(text)) == name


@pytest.mark.parametrize("year", range(2007, 2027))
def test_every_day_agrees_with_the_second_source_of_the_notices(year, shared_data: Path):
    folder = shared_data / "holiday_cn"
    texts = [(folder / f"{y}.json").read_text("utf-8") for y in (year, min(year + 1, 2026))]
    published = {k: v for text in texts for k, v in read_calendar(text).items()}
    imported = Calendar({}).with_years(published)
    first = date(year, 1, 1)
    days = [first + timedelta(n) for n in range((date(year + 1, 1, 1) - first).days)]
    assert [d for d in days if imported.is_working(d) != CALENDAR.is_working(d)] == []


def test_the_whole_second_source_gives_the_same_fingerprint(shared_data: Path):
    published = {}
    for year in range(2007, 2028):
        published |= read_calendar((shared_data / "holiday_cn" / f"{year}.json").read_text("utf-8"))
    early = {year: CALENDAR.years[year] for year in (2004, 2005, 2006)}
    assert Calendar(early).with_years(published) == CALENDAR
    assert CALENDAR.with_years(published).fingerprint == CALENDAR.fingerprint


def test_the_empty_list_of_2027_publishes_nothing(shared_data: Path):
    stub = read_calendar((shared_data / "holiday_cn" / "2027.json").read_text("utf-8"))
    assert stub == {}
    calendar = CALENDAR.with_years(stub).with_years({2027: {}})
    assert not calendar.published(2027)
    assert calendar.published_years()[-1] == 2026


def test_a_notice_without_days_is_not_published_however_it_came_in():
    calendar = Calendar({2027: PublishedYear(2027, {})})
    assert not calendar.published(2027)
    assert calendar.published_years() == ()
    assert calendar == Calendar({})


def test_an_unpublished_year_is_weekends_only_and_says_so():
    assert CALENDAR.is_working(date(2027, 10, 1))
    assert not CALENDAR.is_working(date(2027, 10, 2))
    assert CALENDAR.is_assumed(date(2027, 10, 1))
    assert not CALENDAR.is_assumed(date(2026, 12, 31))
    assert [row.published for row in CALENDAR.table(date(2026, 12, 31), date(2027, 1, 1))] == [True, False]


@pytest.mark.parametrize(
    ("a", "b", "assumed"),
    [
        ("2026-12-31", "2026-01-01", False),
        ("2026-12-31", "2027-01-01", True),
        ("2027-01-01", "2026-12-31", True),
        ("2004-01-01", "2026-12-31", False),
        ("2003-12-31", "2026-12-31", True),
        ("2027-05-05", "2027-05-05", True),
    ],
)
def test_a_span_is_assumed_as_soon_as_one_of_its_days_is(a, b, assumed):
    assert CALENDAR.assumed_between(day(a), day(b)) is assumed


def test_a_gap_between_published_years_is_assumed_too():
    calendar = Calendar({y: CALENDAR.years[y] for y in (2024, 2026)})
    assert calendar.assumed_between(date(2024, 5, 1), date(2026, 5, 1))


def test_an_imported_year_moves_the_count_and_the_fingerprint():
    imported = CALENDAR.with_years({2027: {date(2027, 1, 1): False, date(2027, 1, 3): True}})
    assert CALENDAR.add_working_days(date(2026, 12, 31), 1) == date(2027, 1, 1)
    assert imported.add_working_days(date(2026, 12, 31), 1) == date(2027, 1, 3)
    assert imported.fingerprint != CALENDAR.fingerprint
    assert imported.name(date(2027, 1, 1)) == "节假日"
    assert not CALENDAR.published(2027), "the calendar it came from is untouched"


def test_the_fingerprint_tells_a_published_year_without_exceptions_from_an_unpublished_one():
    ordinary = {date(2027, 1, 4): True}
    assert CALENDAR.with_years({2027: ordinary}).fingerprint != CALENDAR.fingerprint


def test_an_imported_year_replaces_the_whole_year_and_keeps_the_names_of_its_holidays():
    imported = CALENDAR.with_years({2026: {date(2026, 10, 1): False}})
    assert imported.is_working(date(2026, 10, 2))
    assert imported.name(date(2026, 10, 1)) == "国庆节"
    assert not imported.is_working(date(2025, 10, 2)), "other years stay"


def test_a_later_notice_has_the_last_word_on_the_december_before_it():
    imported = CALENDAR.with_years({2027: {date(2026, 12, 31): False, date(2027, 1, 1): False}})
    assert not imported.is_working(date(2026, 12, 31))
    assert imported.is_working(date(2026, 12, 30))


def test_replacing_2018_does_not_lose_the_december_that_the_notice_for_2019_moved():
    imported = CALENDAR.with_years({2018: {date(2018, 1, 1): False}})
    assert imported.is_working(date(2018, 12, 29))
    assert not imported.is_working(date(2018, 12, 31))


@pytest.mark.parametrize("foreign", [date(2026, 11, 30), date(2028, 1, 1)])
def test_a_notice_may_not_speak_of_a_strange_year(foreign):
    with pytest.raises(UnitsError, match="2027") as caught:
        CALENDAR.with_years({2027: {foreign: True}})
    assert caught.value.code == "calendar-foreign-day"


@settings(max_examples=150)
@given(calendar=st.one_of(st.just(CALENDAR), calendars()), start=DAYS, n=st.integers(-60, 60))
def test_adding_working_days_is_the_walk_day_by_day(calendar, start, n):
    assert calendar.add_working_days(start, n) == walk(calendar, start, n)


@given(start=DAYS, n=STEPS)
def test_counting_undoes_adding_from_a_working_day(start, n):
    start = CALENDAR.roll_forward(start)
    assert CALENDAR.count_working_days(start, CALENDAR.add_working_days(start, n)) == n


@given(start=DAYS, n=st.integers(1, 400))
def test_counting_undoes_adding_forward_from_any_day(start, n):
    assert CALENDAR.count_working_days(start, CALENDAR.add_working_days(start, n)) == n


@given(start=DAYS, n=STEPS)
def test_adding_and_taking_away_comes_back_to_a_working_day(start, n):
    start = CALENDAR.roll_back(start)
    assert CALENDAR.add_working_days(CALENDAR.add_working_days(start, n), -n) == start


@given(calendar=calendars(), a=DAYS, b=DAYS)
def test_counting_is_antisymmetric_and_leaves_the_start_out(calendar, a, b):
    first, last = sorted((a, b))
    walked = sum(calendar.is_working(first + timedelta(n)) for n in range(1, (last - first).days + 1))
    assert calendar.count_working_days(first, last) == walked
    assert calendar.count_working_days(last, first) == -walked


@given(calendar=calendars(), start=DAYS)
def test_rolling_finds_the_nearest_working_day_and_leaves_one_alone(calendar, start):
    ahead, back = calendar.roll_forward(start), calendar.roll_back(start)
    assert back <= start <= ahead
    assert calendar.is_working(ahead)
    assert calendar.is_working(back)
    assert calendar.count_working_days(back, ahead) == (0 if calendar.is_working(start) else 1)


def test_the_ordinals_of_the_table_give_what_adding_gives():
    first, last = date(2025, 8, 1), date(2027, 3, 31)
    rows = CALENDAR.table(first, last)
    working = {row.at_or_before: row.day for row in rows if row.working}
    wrong = []
    for row in rows:
        if not date(2025, 10, 1) <= row.day <= date(2027, 1, 31):
            continue
        for n in range(-30, 31):
            base = row.at_or_before if n > 0 else row.at_or_after
            found = working[base + n] if n else row.day
            if found != CALENDAR.add_working_days(row.day, n):
                wrong.append((row.day, n))
    assert wrong == []


def test_the_table_numbers_from_its_first_day_and_holds_each_day_once():
    rows = CALENDAR.table(day("09-30"), day("10-09"))
    assert [(row.at_or_before, row.at_or_after) for row in rows] == [(1, 1)] + [(1, 2)] * 7 + [(2, 2), (3, 3)]
    assert CALENDAR.table(day("10-01"), day("10-01"))[0].at_or_before == 0
    assert CALENDAR.table(day("10-02"), day("10-01")) == []


def test_a_day_beyond_the_year_9999_is_refused_in_words():
    with pytest.raises(UnitsError, match="9999"):
        CALENDAR.add_working_days(date(9999, 12, 31), 1)
    with pytest.raises(UnitsError, match="9999"):
        CALENDAR.add_working_days(date(1, 1, 1), -1)


def test_two_equal_calendars_are_equal_and_hash_alike():
    copy = Calendar(dict(CALENDAR.years))
    assert copy == CALENDAR
    assert hash(copy) == hash(CALENDAR)
    assert Calendar.standard() is CALENDAR
    assert Calendar({}) != CALENDAR


def test_a_hundred_thousand_additions_far_away_take_a_moment():
    starts = [add_months(date(2010, 1, 31), n % 190) for n in range(20_000)]
    before = perf_counter()
    found = Counter(CALENDAR.add_working_days(start, 2500) for start in starts)
    assert perf_counter() - before < 2.0, "a walk of 2,500 days for each would take minutes"
    assert found.total() == 20_000


@pytest.mark.parametrize("year", range(2007, 2027))
def test_every_published_notice_passes_the_check_for_whole_years(year, shared_data: Path):
    text = (shared_data / "holiday_cn" / f"{year}.json").read_text("utf-8")
    published = read_calendar(text)
    assert list(published) == [year]
    assert len(published[year]) == len(json.loads(text)["days"])
