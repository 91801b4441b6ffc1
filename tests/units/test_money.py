"""Money: what people write is read exactly or refused; what is written can be read again."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daihou.units import MAX_FEN, MoneyError, chinese_capitals, format_wan, format_yuan, read_fen

FEN = st.integers(-MAX_FEN, MAX_FEN)


@pytest.mark.parametrize(
    ("written", "fen"),
    [
        ("1,234.56", 123456),
        ("１２３４．５６", 123456),
        ("12.5万元", 12_500_000),
        ("12.5 万", 12_500_000),
        ("3亿元", 30_000_000_000),
        ("¥3,000", 300_000),
        ("￥3,000.00元", 300_000),
        ("人民币100元整", 10_000),
        ("RMB 1,234,567.8", 123_456_780),
        ("-5", -500),
        ("－5.10", -510),
        ("¥-5", -500),
        ("-¥5", -500),
        ("\u22125", -500),
        ("(3,000.00)", -300_000),
        ("（3,000.00）", -300_000),
        ("+7", 700),
        (" 0 ", 0),
        ("-0.00", 0),
        (".5", 50),
        ("1.2300", 123),
        ("0.000001万元", 1),
        ("12.34567万元", 12_345_670),
        ("5分", 5),
        ("1200000", 120_000_000),
        (-5, -500),
        (0, 0),
        (Decimal("1234.56"), 123456),
        (Decimal("1E+3"), 100_000),
        (1234.56, 123456),
        (0.1 + 0.2, 30),  # what Excel leaves of a sum
        (0.3 - 0.1 - 0.2, 0),  # -2.8e-17
        (33.333333333333336 * 3, 10000),
        (1e9, 100_000_000_000),
    ],
)
def test_an_amount_of_certain_meaning_is_read_in_fen(written, fen):
    assert read_fen(written) == fen


@pytest.mark.parametrize(
    ("written", "unit", "fen"),
    [
        ("12.5", "万元", 12_500_000),
        (12.5, "万元", 12_500_000),
        (3, "亿元", 30_000_000_000),
        ("100元", "万元", 10_000),  # the unit that is written has the last word
        (250, "分", 250),
        (0.1 + 0.2, "万元", 300_000),
    ],
)
def test_a_bare_number_counts_in_the_unit_of_its_column(written, unit, fen):
    assert read_fen(written, unit) == fen


@pytest.mark.parametrize(
    ("written", "code"),
    [
        (None, "money-empty"),
        ("", "money-empty"),
        ("　", "money-empty"),
        ("1.234,56", "money-grouping"),
        ("1,23", "money-grouping"),
        ("12,3456", "money-grouping"),
        ("1,234,56.00", "money-grouping"),
        ("0.1,234", "money-grouping"),
        ("1..2", "money-grouping"),
        ("5.", "money-grouping"),
        ("000000123456", "money-leading-zero"),
        ("0,123", "money-leading-zero"),
        ("1.005", "money-below-fen"),
        ("12.3456789万", "money-below-fen"),
        ("0.5分", "money-below-fen"),
        (1.005, "money-below-fen"),
        (Decimal("0.001"), "money-below-fen"),
        (Decimal("1E-500000"), "money-below-fen"),
        ("约10万", "money-approximate"),
        ("10万以上", "money-approximate"),
        ("10-20万", "money-approximate"),
        ("10多万", "money-approximate"),
        ("1.2E5", "money-exponent"),
        ("1.23457E+05", "money-exponent"),
        ("$3,000", "money-currency"),
        ("3000美元", "money-currency"),
        ("壹万元整", "money-text"),
        ("-", "money-text"),
        ("—", "money-text"),
        ("无", "money-text"),
        ("1 234.56", "money-text"),
        ("3元5角", "money-text"),
        ("--5", "money-text"),
        ("-¥-5", "money-text"),
        ("(-5)", "money-text"),
        ("()", "money-text"),
        ("20%", "money-text"),
        ("#REF!", "money-text"),
        ("九" * 300, "money-text"),
        ("9" * 300, "money-text"),
        (True, "money-text"),
        ([], "money-text"),
        (float("nan"), "money-text"),
        (float("inf"), "money-text"),
        (Decimal("NaN"), "money-text"),
        (Decimal("1E+500000"), "money-too-large"),
        ("99999999亿元", "money-too-large"),
        (10**20, "money-too-large"),
        (1e13, "money-float-digits"),
        (1e300, "money-float-digits"),
    ],
)
def test_what_could_mean_two_things_is_refused_and_the_remedy_told(written, code):
    with pytest.raises(MoneyError) as caught:
        read_fen(written)
    assert caught.value.code == code
    assert "请" in caught.value.text("zh")
    assert caught.value.text("en")


def test_an_unknown_unit_of_a_column_is_refused():
    with pytest.raises(MoneyError) as caught:
        read_fen("5", "美元")
    assert caught.value.code == "money-unit"


@given(fen=FEN, grouping=st.booleans())
def test_what_is_written_is_read_again(fen, grouping):
    assert read_fen(format_yuan(fen, grouping=grouping)) == fen


@given(fen=st.integers(-(10**13), 10**13))
def test_the_fraction_in_a_cell_is_read_again(fen):
    assert read_fen(fen / 100) == fen


@pytest.mark.parametrize(
    ("fen", "yuan", "wan"),
    [
        (0, "0.00", "0.00"),
        (5, "0.05", "0.00"),
        (-5, "-0.05", "0.00"),
        (123456, "1,234.56", "0.12"),
        (-123456, "-1,234.56", "-0.12"),
        (12_345_000, "123,450.00", "12.35"),  # 12.345, the half is rounded up
        (-12_345_000, "-123,450.00", "-12.35"),  # away from zero
        (12_344_999, "123,449.99", "12.34"),
        (100_000_000_000, "1,000,000,000.00", "100,000.00"),
    ],
)
def test_amounts_are_shown_in_yuan_and_in_ten_thousands(fen, yuan, wan):
    assert (format_yuan(fen), format_wan(fen)) == (yuan, wan)


def test_grouping_can_be_left_out():
    assert format_yuan(-123_456_789, grouping=False) == "-1234567.89"


@pytest.mark.parametrize(
    ("yuan", "capitals"),
    [
        # the examples of the Payment and Settlement Measures (支付结算办法, annex 1)
        ("1409.50", "壹仟肆佰零玖元伍角"),
        ("6007.14", "陆仟零柒元壹角肆分"),
        ("1680.32", "壹仟陆佰捌拾元叁角贰分"),
        ("107000.53", "壹拾万柒仟元伍角叁分"),
        ("16409.02", "壹万陆仟肆佰零玖元零贰分"),
        ("325.04", "叁佰贰拾伍元零肆分"),
        ("10000.05", "壹万元零伍分"),
        ("100", "壹佰元整"),
        ("0", "零元整"),
        ("0.05", "伍分"),
        ("0.50", "伍角"),
        ("100010", "壹拾万零壹拾元整"),
        ("100000000", "壹亿元整"),
        ("-5.20", "负伍元贰角"),
    ],
)
def test_amounts_in_capitals_are_written_as_banks_write_them(yuan, capitals):
    assert chinese_capitals(read_fen(yuan)) == capitals


def _from_capitals(text: str) -> int:
    """Capitals read back by another way: each figure times its places, sections of ten thousand."""
    figures = {c: n for n, c in enumerate("零壹贰叁肆伍陆柒捌玖")}
    places = {"拾": 10, "佰": 100, "仟": 1000}
    total = section = figure = 0
    for c in text.removeprefix("负").removesuffix("整"):
        if c in figures:
            figure = figures[c]
        elif c in places:
            section, figure = section + figure * places[c], 0
        elif c in "万亿":
            base = 10**4 if c == "万" else 10**8
            whole = total + section + figure if c == "亿" else section + figure
            total = whole * base if c == "亿" else total + whole * base
            section = figure = 0
        elif c == "元":
            total, section, figure = (total + section + figure) * 100, 0, 0
        else:
            total, figure = total + figure * {"角": 10, "分": 1}[c], 0
    return -total if text.startswith("负") else total


@given(fen=FEN)
def test_amounts_in_capitals_mean_the_amount(fen):
    assert _from_capitals(chinese_capitals(fen)) == fen


def test_amounts_beyond_all_reason_have_no_capitals():
    with pytest.raises(MoneyError):
        chinese_capitals(MAX_FEN + 1)
