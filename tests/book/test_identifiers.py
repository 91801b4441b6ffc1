"""Numbers that prove themselves: each mistake by name, and the fast check never surer than the slow one."""

import re

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stdnum import numdb
from stdnum.cn import ric, uscc

from daihou.book import check_identifier
from daihou.book.identifiers import _LAST_KNOWN, doubtful_sql, phone_number

CASES = [
    ("身份证", "360426199101010071", None),
    ("身份证", "36042619910101007", "resident-length"),
    ("身份证", "360426199101010072", "resident-proof"),
    ("身份证", "36042619910101007x", "resident-form"),
    ("身份证", "110101199013010015", "resident-birth"),
    ("身份证", "999999199101010018", "resident-place"),
    ("身份证", "110101900101001", "resident-old"),
    ("统一码", "91110000600037341L", None),
    ("统一码", "91110000600037341A", "company-proof"),
    ("统一码", "91110000600037341l", "company-form"),
    ("统一码", "A1110000600037341L", "company-form"),
    ("统一码", "911100006000", "company-length"),
    ("主体证件", "91110000600037341L", None),
    ("主体证件", "360426199101010071", None),
    ("主体证件", "360426199101010072", "resident-proof"),
    ("主体证件", "91110000600037341A", "company-proof"),
    ("主体证件", "护照E1234567", "party-length"),
    ("车架号", "1HGCM82633A004352", None),
    ("车架号", "1HGCM82643A004352", "vin-proof"),
    ("车架号", "1HGCM82633A00435", "vin-form"),
    ("车架号", "1HGCM82633A00435I", "vin-form"),
    ("手机号", "13800138000", None),
    ("手机号", "12800138000", "mobile-form"),
    ("手机号", "+8613800138000", "mobile-form"),
    ("电话", "13800138000", None),
    ("电话", "057187654321*208", None),
    ("电话", "+4915112345678", None),
    ("电话", "110", None),
    ("电话", "没有", "phone-form"),
    ("电话", "138001380001380013800138", "phone-form"),
    ("电话", "0571-87654321", "phone-form"),
    ("车牌", "粤B12345", None),
    ("车牌", "粤BD12345", None),
    ("车牌", "京A1234学", None),
    ("车牌", "粤B·12345", "plate-form"),
    ("车牌", "粤BI2345", "plate-form"),
    ("车牌", "国A12345", "plate-form"),
    ("时刻", "00:00", None),
    ("时刻", "23:59", None),
    ("时刻", "24:00", "clock-impossible"),
    ("时刻", "25:99", "clock-impossible"),
    ("时刻", "8:30", "clock-impossible"),
]


def _proved(number: str) -> str:
    """A resident's number with the right last digit."""
    return number[:-1] + ric.calc_check_digit(number)


@pytest.mark.parametrize(("kind", "value", "code"), CASES)
def test_each_mistake_has_its_name(kind, value, code) -> None:
    if code in ("resident-birth", "resident-place"):
        value = _proved(value)
    found = check_identifier(kind, value)
    assert (found and found[0]) == code


def test_a_doubtful_place_and_a_car_without_check_digit_are_warnings_only() -> None:
    assert check_identifier("身份证", _proved("999999199101010018")) == ("resident-place", "warning")
    assert check_identifier("车架号", "1HGCM82643A004352") == ("vin-proof", "warning")


DIGITS = st.text("0123456789", min_size=17, max_size=17)
RESIDENT = st.builds(
    lambda place, year, rest: _proved(f"{place}{year}{rest}0"),
    st.sampled_from(["110101", "110103", "440308", "360426", "123456"]),
    st.integers(1949, 2010),
    st.text("0123", min_size=7, max_size=7),
)
COMPANY = st.builds(
    lambda head, tail: head + tail + uscc.calc_check_digit(head + tail + "0"),
    st.text("0123456789", min_size=8, max_size=8),
    st.text("0123456789ABCDEFGHJKLMNPQRTUWXY", min_size=9, max_size=9),
)
CLOCK = st.text("0123456789:", min_size=4, max_size=5)
VIN = st.text("ABCDEFGHJKLMNPRSTUVWXYZ0123456789IOQ", min_size=17, max_size=17)
ANY = st.text("0123456789XABI粤京学 -", max_size=19)


@pytest.fixture(scope="module")
def con():
    """One database for all examples: to begin one takes longer than to ask it."""
    with duckdb.connect() as begun:
        yield begun


@settings(max_examples=20)
@given(values=st.lists(st.one_of(RESIDENT, COMPANY, VIN, CLOCK, DIGITS, ANY), min_size=30, max_size=60))
@pytest.mark.parametrize("kind", ["身份证", "统一码", "主体证件", "车架号", "手机号", "电话", "车牌", "时刻"])
def test_what_the_fast_check_passes_the_slow_one_passes_too(con, kind, values) -> None:
    con.execute("CREATE OR REPLACE TABLE v AS SELECT unnest(?::VARCHAR[]) AS v", [values])
    sure = con.sql(f"SELECT v FROM v WHERE NOT {doubtful_sql(kind, 'v')}").fetchall()
    assert [v for (v,) in sure if check_identifier(kind, v) is not None] == []
    if kind == "统一码":
        assert sorted(v for (v,) in sure) == sorted(v for v in values if check_identifier(kind, v) is None)


PHONES = [
    ("13800138000", "13800138000"),
    ("+86 138 0013 8000", "13800138000"),
    ("008613800138000", "13800138000"),
    ("0571-87654321", "057187654321"),
    ("（0571）８７６５４３２１转208", "057187654321*208"),
    ("+49 151 12345678", "+4915112345678"),
    ("没有", "没有"),
]


@pytest.mark.parametrize(("written", "kept"), PHONES)
def test_a_telephone_number_is_the_same_however_it_is_written(written, kept) -> None:
    assert phone_number(written) == kept
    assert phone_number(kept) == kept


@pytest.mark.parametrize(
    ("place", "year", "known"),
    [
        ("420106", 1975, True),  # 武昌区 since 1983: his number was given out from 1984 on
        ("420106", 1980, True),
        ("420106", 1990, True),
        ("320503", 1990, True),  # 平江区 until 2012
        ("320503", 2015, False),  # born when it was no more
        ("320508", 1990, True),  # 姑苏区 since 2012: entered there later
        ("310103", 1965, True),  # 卢湾区 until 2011
        ("110221", 1970, True),  # 昌平县 until 1999
        ("110221", 2005, False),
        ("999999", 1990, False),
    ],
)
def test_a_place_is_that_of_the_year_in_which_the_number_was_given_out(place, year, known) -> None:
    found = check_identifier("身份证", _proved(f"{place}{year}01010010"))
    assert found == (None if known else ("resident-place", "warning"))


def test_no_place_of_the_published_list_begins_after_the_last_year_that_is_tried() -> None:
    written = [
        props.get("county", "")
        for _, _, _, _, counties in numdb.get("cn/loc").prefixes
        for _, _, _, props, _ in counties
    ]
    assert max(int(year) for one in written for year in re.findall(r"[0-9]{4}", one)) <= _LAST_KNOWN
