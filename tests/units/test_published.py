"""Calendar files: what is read, and the message for each way of being wrong."""

import json
from datetime import date

import pytest

from daihou.units import Calendar, CalendarFileError, PublishedYear, read_calendar

FESTIVAL = [f"2027-02-{n:02d}" for n in range(6, 13)]
OFF = ["2027-01-01", *FESTIVAL, "2027-05-01", "2027-05-03", *[f"2027-10-{n:02d}" for n in range(1, 8)]]


def holiday_cn(*extra: dict, year: object = 2027, off: list[str] | None = None) -> str:
    days = [{"name": "节", "date": d, "isOffDay": True} for d in (OFF if off is None else off)]
    return json.dumps({"year": year, "papers": [], "days": [*days, *extra]}, ensure_ascii=False, indent=1)


def table(*rows: str, heading: str = "日期,是否上班,名称") -> str:
    return "\n".join([heading, *[f"{d},否,节" for d in OFF], *rows])


def test_a_notice_in_json_is_read_with_its_names():
    make_up = {"name": "春节", "date": "2027-02-20", "isOffDay": False}
    years = read_calendar(holiday_cn(make_up))
    assert list(years) == [2027]
    assert years[2027][date(2027, 2, 20)] is True
    assert years[2027][date(2027, 10, 1)] is False
    assert Calendar({}).with_years(years).name(date(2027, 10, 1)) == "节"


def test_the_december_before_belongs_to_the_notice():
    years = read_calendar(holiday_cn({"name": "元旦", "date": "2026-12-31", "isOffDay": True}))
    assert list(years) == [2027]
    assert years[2027][date(2026, 12, 31)] is False


@pytest.mark.parametrize("yes", ["是", "上班", "班", "TRUE", "1"])
@pytest.mark.parametrize(
    "heading", ["日期,是否上班,名称", "date,working,name", "\ufeff日期,是否上班,名称,备注"]
)
def test_a_table_is_read_with_chinese_or_english_headings(yes, heading):
    years = read_calendar(table(f"2027/2/20,{yes},补班", heading=heading))
    assert years[2027][date(2027, 2, 20)] is True
    assert years[2027][date(2027, 1, 1)] is False


def test_a_december_day_in_a_table_of_next_year_does_not_pass_for_a_year_of_its_own():
    years = read_calendar(table("2026-12-31,否,元旦"))
    assert list(years) == [2027]
    standard = Calendar.standard().with_years(years)
    assert not standard.is_working(date(2026, 12, 31))
    assert not standard.is_working(date(2026, 10, 1)), "2026 keeps its own holidays"


def test_a_table_of_every_day_of_the_year_is_the_same_as_one_of_exceptions():
    off = {date.fromisoformat(d) for d in OFF}
    days = [date.fromordinal(n) for n in range(date(2027, 1, 1).toordinal(), date(2028, 1, 1).toordinal())]
    rows = [f"{d},{'否' if d in off or d.weekday() >= 5 else '是'},{'节' if d in off else ''}" for d in days]
    whole = Calendar({}).with_years(read_calendar("\n".join(["日期,是否上班,名称", *rows])))
    assert whole == Calendar({}).with_years(read_calendar(table()))
    assert whole.name(date(2027, 11, 20)) is None, "an ordinary Saturday has no name although it is listed"


@pytest.mark.parametrize("text", [holiday_cn(off=[]), "日期,是否上班,名称\n", '{"year": 2027, "days": []}'])
def test_an_empty_list_means_not_published(text):
    assert read_calendar(text) == {}


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        ("", "calendar-empty", 1),
        (" \n ", "calendar-empty", 1),
        ("x" * 2_000_001, "calendar-too-long", 1),
        ('{"year": 2027,\n "days": [', "calendar-json", 2),
        ("[1]", "calendar-shape", 1),
        ('{"year": "2027", "days": []}', "calendar-shape", 1),
        ('{"year": true, "days": []}', "calendar-shape", 1),
        ('{"year": 27, "days": []}', "calendar-shape", 1),
        ('{"year": 2027, "days": {}}', "calendar-shape", 1),
        ("[" * 100_000, "calendar-shape", 1),
        ('{"year": 2027,\n"days": [\n{"date": "2027-01-01"}]}', "calendar-day-shape", 3),
        ('{"year": 2027, "days": [\n5]}', "calendar-day-shape", 1),
        ('{"year": 2027,\n"days": [{"name":"{","date":"2027-02-30","isOffDay":true}]}', "calendar-date", 2),
        (holiday_cn({"name": "x", "date": "2028-01-01", "isOffDay": True}), "calendar-other-year", 90),
        (holiday_cn({"name": "x", "date": "2026-11-30", "isOffDay": True}), "calendar-other-year", 90),
        (holiday_cn({"name": "x", "date": "2027-10-01", "isOffDay": False}), "calendar-twice", 90),
        (holiday_cn(off=["2027-10-01"]), "calendar-incomplete", 5),
        (holiday_cn(off=[d for d in OFF if d not in FESTIVAL]), "calendar-incomplete", 5),
        ("日子,上班\n2027-01-01,否", "calendar-header", 1),
        ('日期,是否上班\n"2027', "calendar-date", 2),
        (table("2027-13-01,否,x"), "calendar-date", 19),
        (table("11/12/2027,否,x"), "calendar-date", 19),
        (table("2027-02-20,也许,x"), "calendar-working", 19),
        (table("2027-02-20"), "calendar-working", 19),
        (table("2027-10-01,是,x"), "calendar-twice", 19),
        (table("2028-01-01,否,元旦"), "calendar-incomplete", 19),
    ],
)
def test_a_wrong_file_is_refused_with_its_line_and_a_remedy(text, code, line):
    with pytest.raises(CalendarFileError) as caught:
        read_calendar(text)
    assert (caught.value.code, caught.value.line) == (code, line)
    assert str(line) in caught.value.text("zh")
    assert str(line) in caught.value.text("en")


def test_the_missing_holidays_are_named():
    with pytest.raises(CalendarFileError, match=r"2027-01-01、2027-10-01、春节"):
        read_calendar("日期,是否上班\n2027-05-03,否")


def test_all_faults_of_a_file_are_told_together():
    with pytest.raises(CalendarFileError) as caught:
        read_calendar(table("2027-02-30,否,x", "2027-02-20,也许,x", ",,"))
    assert [(p.line, p.code) for p in caught.value.problems] == [
        (19, "calendar-date"),
        (20, "calendar-working"),
    ]
    assert len(str(caught.value).splitlines()) == 2


def test_no_more_than_fifty_faults_are_told():
    with pytest.raises(CalendarFileError) as caught:
        read_calendar(table(*["x,否,x"] * 200))
    assert len(caught.value.problems) == 50


def test_a_published_year_is_a_plain_mapping_of_its_days():
    year = PublishedYear(2027, {date(2027, 1, 1): False})
    assert year == {date(2027, 1, 1): False}
    assert date(2027, 1, 2) not in year
