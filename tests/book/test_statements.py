"""A client's own statements read out of his workbook: the formats companies hand in, what is doubted, controls of arithmetic."""

from datetime import date, datetime

import pytest
from statement_books import BALANCE_2019, BALANCE_SMALL, CASH_2019, OLD, PROFIT_2019, PROFIT_SMALL, workbook

from daihou.book import BookFileError
from daihou.book.statements import Heading, Statement, controls, heading_of, line_name, read_statement

END = date(2026, 9, 30)


def values(statement: Statement) -> dict[str, float]:
    return {key: one.value / 100 for key, one in statement.lines.items() if one.value is not None}


def codes(doubts) -> list[str]:
    return [one.code for one in doubts]


def test_the_format_of_2019_is_read_from_both_sides_of_the_sheet() -> None:
    found = read_statement(
        workbook(资产负债表=BALANCE_2019, 利润表=PROFIT_2019, 现金流量表=CASH_2019), "报表.xlsx"
    )
    assert (found.period_end, found.unit) == (END, "元")
    assert values(found) == {
        "cash": 1_200_000, "trading_assets": 0, "receivables": 2_500_000.5, "prepayments": 300_000, "other_receivables": 90_000,
        "inventory": 1_500_000, "current_assets": 5_590_000.5, "net_fixed_assets": 2_000_000, "total_assets": 7_590_000.5,
        "short_term_loans": 3_000_000, "payables": 800_000, "advances_received": 160_000, "current_liabilities": 3_960_000,
        "long_term_loans": 1_000_000, "total_liabilities": 4_960_000, "retained_earnings": 1_130_000.5, "equity": 2_630_000.5,
        "revenue": 12_000_000, "cost_of_sales": 9_000_000, "bad_debt_loss": 40_000, "interest_expense": 180_000,
        "profit_before_tax": 1_200_000, "net_profit": 900_000.5, "cash_from_sales": 11_000_000, "operating_inflow": 11_200_000,
        "operating_net_flow": 650_000,
    }  # fmt: skip
    assert (found.lines["cash"].before, found.lines["revenue"].before) == (90_000_000, 1_000_000_000)
    assert [(one.sheet, one.place) for one in found.lines["receivables"].cells] == [("资产负债表", "C8")]
    assert [(one.sheet, one.place) for one in found.lines["advances_received"].cells] == [
        ("资产负债表", "G8"), ("资产负债表", "G9")
    ]  # fmt: skip
    assert codes(found.doubts) == ["statement-period-column"]
    assert codes(controls(found)) == []


def test_the_format_of_small_enterprises_in_ten_thousands_takes_what_is_cumulated() -> None:
    found = read_statement(workbook(资产负债表=BALANCE_SMALL, 利润表=PROFIT_SMALL), "小.xlsx")
    assert (found.period_end, found.unit) == (END, "万元")
    told = values(found)
    assert (
        told["receivables"],
        told["trading_assets"],
        told["net_fixed_assets"],
        told["advances_received"],
    ) == (
        2_500_050,
        50_000,
        2_000_000,
        160_000,
    )
    assert (told["revenue"], told["interest_expense"], told["net_profit"]) == (12_000_000, 180_000, 900_000)
    assert found.lines["trading_assets"].before is None  # a dash
    assert codes(found.doubts) == []
    assert codes(controls(found)) == ["control-retained"]
    assert controls(found)[0].params == {"amount": "-40,050.00"}


def test_older_statements_name_their_lines_otherwise() -> None:
    found = read_statement(workbook(损益表=OLD), "旧.xlsx")
    assert (found.period_end, values(found)) == (
        date(2026, 12, 31),
        {"revenue": 5_000_000, "cost_of_sales": -4_100_000, "net_profit": 120_000},
    )
    (told,) = controls(found)
    assert (told.code, told.params) == ("control-negative", {"line": "营业成本"})


def test_a_days_heading_tells_closing_from_opening() -> None:
    sheet = [
        ["资产负债表", None, None],
        ["项目", datetime(2026, 9, 30), "2025年12月31日"],
        ["货币资金", 3.0, 2.0],
    ]  # fmt: skip
    found = read_statement(workbook(资产负债表=sheet), "日.xlsx", period_end=END)
    assert (found.lines["cash"].value, found.lines["cash"].before) == (300, 200)
    assert codes(found.doubts) == ["statement-no-unit"]


@pytest.mark.parametrize(
    ("rows", "code", "value"),
    [
        ([["货币资金", 3.0, 2.0]], "statement-no-heading", None),
        ([["项目", "期末余额"], ["货币资金", 3.0], ["货币资金", 4.0]], "statement-two-values", None),
        ([["项目", "期末余额"], ["货币资金", 3.0], ["货币资金", 3.0]], None, 300),
        ([["货币资金", 3.0]], None, 300),
        ([["项目", "期末余额"], ["货币资金", "=1+2"]], "statement-formula", None),
        ([["项目", "期末余额"], ["商誉", 3.0]], "statement-nothing", None),
        ([["项目", "行次", "期末余额"], ["货币资金", 1.0, 3.0]], None, 300),
        ([["单位：万元"], ["项目", "期末余额"], ["货币资金", 3.0]], None, 3_000_000),
        ([["单位：元"], ["项目", "期末余额"], ["货币资金", 1.005]], None, 100),
    ],
    ids=["two figures bare", "two values", "twice the same", "one figure bare", "formula", "nothing", "number of the line", "ten thousands", "rounded to the fen"],
)  # fmt: skip
def test_what_is_not_certain_is_told_and_left(rows, code, value) -> None:
    found = read_statement(workbook(资产负债表=rows), "一.xlsx", period_end=END)
    told = [one for one in codes(found.doubts) if one != "statement-no-unit"]
    assert [one for one in told if one != "statement-nothing" or code == one] == (
        [] if code is None else [code]
    )
    assert (found.lines["cash"].value if "cash" in found.lines else None) == value
    assert all(one.text("zh") and one.text("en") for one in found.doubts)


def test_notes_and_other_sheets_are_not_looked_at_where_the_statements_are_there() -> None:
    notes = [["项目", "期末余额"], ["货币资金", 9.0]]
    found = read_statement(workbook(附注=notes, 资产负债表=BALANCE_SMALL), "报表.xlsx")
    assert values(found)["cash"] == 1_200_000


def test_what_a_person_says_of_unit_and_period_counts_before_the_file() -> None:
    found = read_statement(
        workbook(资产负债表=BALANCE_SMALL), "报表.xlsx", unit="元", period_end=date(2026, 6, 30)
    )
    assert (values(found)["cash"], found.unit, found.period_end) == (120, "元", date(2026, 6, 30))


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (("资产总计|30|755.005", "资产总计|30|755.006"), "control-sides"),
        (("总计|53|755.005", "总计|53|755"), "control-both"),
        (("|755.005|640", "|755.005|641"), "control-sides-before"),
        (("存货|9|150|140", "存货|9|900|140"), "control-part-above"),
    ],
)
def test_controls_of_arithmetic_tell_what_does_not_add_up(change, code) -> None:
    text = BALANCE_SMALL.replace(*change)
    assert text != BALANCE_SMALL
    found = read_statement(workbook(资产负债表=text), "报表.xlsx")
    assert code in codes(controls(found))
    assert codes(controls(read_statement(workbook(资产负债表=BALANCE_SMALL), "报表.xlsx"))) == []


def test_cash_that_moved_otherwise_than_the_cash_flow_says_is_told() -> None:
    text = CASH_2019.replace("300,000|100,000", "310,000|100,000")
    found = read_statement(workbook(资产负债表=BALANCE_2019, 现金流量表=text), "报表.xlsx")
    assert codes(controls(found)) == ["control-cash"]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("一、营业收入", "营业收入"), ("　减：营业成本", "营业成本"), ("（一）营业 收入", "营业收入"), ("其中：利息费用", "利息费用"),
        ("三、利润总额（亏损总额以“-”号填列）", "利润总额"), ("所有者权益（或股东权益）合计", "所有者权益合计"), ("*存货", "存货"), ("1、货币资金：", "货币资金"),
        ("加：其他收益", "其他收益"),
    ],
)  # fmt: skip
def test_a_line_is_known_by_its_name_alone(text, name) -> None:
    assert line_name(text) == name


@pytest.mark.parametrize(
    ("text", "heading"),
    [
        ("期末余额", Heading.CLOSING), ("年 初 余 额", Heading.OPENING), ("上年年末余额", Heading.OPENING), ("年末数", Heading.CLOSING),
        ("本年累计金额", Heading.TO_DATE), ("上年同期累计", Heading.BEFORE), ("本月金额", Heading.MONTH), ("本期金额", Heading.PERIOD),
        ("上期金额", Heading.BEFORE), ("行次", Heading.NUMBER), ("2026-09-30", Heading.CLOSING), ("2025年12月31日", Heading.OPENING),
        ("2024年12月31日", None), ("附注", Heading.NUMBER), ("项目", None), (3, None),
    ],
)  # fmt: skip
def test_a_heading_says_what_its_column_is(text, heading) -> None:
    assert heading_of(text, END) is heading


@pytest.mark.parametrize("content", [b"", b"no workbook", b"PK\x03\x04 broken"])
def test_a_file_that_is_no_workbook_is_refused(content) -> None:
    with pytest.raises(BookFileError):
        read_statement(content, "报表.xlsx")
