"""Days as office files hold them."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daihou.units import DateTextError, read_date, to_halfwidth

DAY = date(2026, 11, 23)
YEARS = st.dates(date(1900, 1, 1), date(2199, 12, 31))


@pytest.mark.parametrize(
    "value",
    [
        DAY,
        datetime(2026, 11, 23, 15, 30),
        "2026-11-23",
        "2026/11/23",
        "2026.11.23",
        "2026年11月23日",
        "2026 年 11 月 23 日",
        "2026年11月23号",
        "20261123",
        "２０２６－１１－２３",
        "２０２６年１１月２３日",
        " 2026-11-23 ",
        "2026-11-23 00:00:00",
        "2026-11-23T15:30",
        "2026/11/23 9:05",
        46349,
        46349.0,
        20261123,
        20261123.0,
    ],
)
def test_one_day_in_the_many_forms_of_office_files(value):
    assert read_date(value) == DAY


def test_single_digits_will_do():
    assert read_date("2026/1/5") == read_date("2026年1月5日") == date(2026, 1, 5)


@pytest.mark.parametrize(
    ("serial", "day"), [(20000, date(1954, 10, 3)), (45292, date(2024, 1, 1)), (80000, date(2119, 1, 11))]
)
def test_serial_numbers_are_those_of_excels_1900_system(serial, day):
    assert read_date(serial) == day


@given(day=YEARS)
def test_every_form_is_read_back(day):
    forms = [f"{day:%Y-%m-%d}", f"{day:%Y/%m/%d}", f"{day:%Y%m%d}", f"{day.year}年{day.month}月{day.day}日"]
    assert {read_date(form) for form in forms} == {day}


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (None, "date-empty"),
        ("", "date-empty"),
        ("　", "date-empty"),
        ("11/12/2026", "date-ambiguous"),
        ("23/11/2026", "date-ambiguous"),
        ("26-11-23", "date-short-year"),
        ("26年11月23日", "date-short-year"),
        ("11-12-26", "date-short-year"),
        ("2026-11", "date-no-day"),
        ("2026年11月", "date-no-day"),
        ("202611", "date-no-day"),
        ("2026", "date-no-day"),
        ("2026年", "date-no-day"),
        ("46349", "date-number-text"),
        ("2026-02-30", "date-impossible"),
        ("20261301", "date-impossible"),
        (20261301, "date-impossible"),
        ("0000-01-01", "date-impossible"),
        ("9999-12-31", "date-year"),
        ("1899-12-31", "date-year"),
        (date(9999, 12, 31), "date-year"),
        (19999, "date-number"),
        (80001, "date-number"),
        (-1, "date-number"),
        (10**30, "date-number"),
        (float("nan"), "date-number"),
        (float("inf"), "date-number"),
        (46349.5, "date-fraction"),
        (datetime(2026, 11, 23, tzinfo=UTC), "date-time-zone"),
        (True, "date-text"),
        ([], "date-text"),
        ("2026-11/23", "date-text"),
        ("明天", "date-text"),
        ("二〇二六年十一月二十三日", "date-text"),
        ("长期", "date-text"),
        ("2026-11-23至2026-11-30", "date-text"),
        ("9" * 500, "date-text"),
        ("²⁰26-11-23", "date-text"),
    ],
)
def test_what_names_no_single_day_is_refused_and_the_remedy_told(value, code):
    with pytest.raises(DateTextError) as caught:
        read_date(value)
    assert caught.value.code == code
    assert "请" in caught.value.text("zh")
    assert caught.value.text("en")


def test_full_width_signs_become_plain_and_chinese_stays():
    assert to_halfwidth("ＡＢｃ１２３（￥）　合同，号") == "ABc123(¥) 合同,号"
