"""Sheets and headings as people make them: titles, units, totals, two rows of header, slips of the pen."""

from datetime import date, datetime

import openpyxl
import pytest

from daihou.book import read_book
from daihou.terms import terms

D = date


def put(sheets, sheet, row, column, value):
    """Write a value under a heading; row counts from 1 as Excel does."""
    heads = sheets[sheet][0]
    if column not in heads:
        for line in sheets[sheet]:
            line.append(None)
        heads[-1] = column
    sheets[sheet][row - 1][heads.index(column)] = value


def test_a_misspelt_column_is_not_read_and_the_right_name_is_offered(good, workbook) -> None:
    good["期供"][0][5] = "还款曰"
    reading = read_book(workbook(good))
    fault = next(f for f in reading.faults if f.code == "unknown-column")
    assert (fault.severity, fault.row, fault.value) == ("error", 1, "还款曰")
    assert "还款日" in fault.remedy("zh")
    assert any(f.code == "paid-without-date" for f in reading.faults)


def test_a_missing_required_column_leaves_the_whole_sheet_out(good, workbook) -> None:
    for line in good["期供"]:
        del line[3]
    reading = read_book(workbook(good))
    assert [(f.code, f.column) for f in reading.faults if f.sheet == "期供" and f.column == "due_amount"] == [
        ("missing-column", "due_amount")
    ]
    assert reading.rows_left_out["instalment"] == 2


def test_an_unknown_sheet_is_said_and_the_right_name_is_offered(good, workbook) -> None:
    good["合同台帐"] = good.pop("合同")
    reading = read_book(workbook(good))
    fault = next(f for f in reading.faults if f.code == "unknown-sheet")
    assert (fault.sheet, fault.severity) == ("合同台帐", "error")
    assert "合同" in fault.remedy("zh")
    absent = [f for f in reading.faults if f.code == "parent-table-absent"]
    assert {f.sheet for f in absent} == {"期供", "还款", "车辆"}
    assert "文件里没有“合同”表" in absent[0].reason("zh")


def test_totals_examples_blank_rows_and_titles_are_passed_over(good, workbook) -> None:
    good["合同"].insert(0, ["某某担保公司合同台账"])
    good["合同"].insert(1, ["单位：元", None])
    good["合同"].insert(4, [None] * 3)
    good["合同"] += [["合 计", None, None, None, None, None, None, 1120000.5], [None] * 14, ["  "], [None]]
    good["主体"].insert(1, ["例001", "示例公司", "企业", "否"])
    reading = read_book(workbook(good))
    assert [(f.code, f.sheet, f.row, f.severity) for f in reading.faults] == [
        ("example-row", "主体", 2, "warning"),
        ("total-row", "合同", 7, "warning"),
    ]
    assert reading.book.tables["contract"]["_row"].to_pylist() == [4, 6]
    assert reading.rows_read["contract"] == 2


def test_a_header_of_two_rows_is_read_as_one(good, workbook) -> None:
    head = good["期供"][0]
    good["期供"][0] = ["合同", "期次", "应还", None, "实还", None]
    good["期供"].insert(1, [None, None, *head[2:]])
    assert read_book(workbook(good)).rows_read["instalment"] == 2
    assert read_book(workbook(good)).faults == ()


def test_hidden_sheets_and_sheets_for_the_reader_are_passed_over_and_said(good, workbook) -> None:
    path = workbook(good | {"说明": [["怎样填"]], "_旧": [["x"]], "备份": [["x"]]})
    book = openpyxl.load_workbook(path)
    book["备份"].sheet_state = "hidden"
    book.save(path)
    said = {(f.code, f.sheet) for f in read_book(path).faults}
    assert said == {("sheet-aside", "说明"), ("sheet-aside", "_旧"), ("sheet-hidden", "备份")}


# column, heading, cell, what it means
READABLE = [
    ("金额", "金额(万元)", 100, 100_000_000),
    ("金额", "金额（万元）", "12.5", 12_500_000),
    ("金额", "金额", "1,234,567.89", 123_456_789),
    ("金额", "金额", "１２３．４５", 12_345),
    ("金额", "金额", "12.5万元", 12_500_000),
    ("金额", "金额", 1234.5600000000001, 123_456),
    ("期限月", "期限月(个月)", 12, 12),
    ("期限月", "期限月", "12个月", 12),
    ("期限月", " 期限月 * ", "１２", 12),
    ("放款日", "放款日", "2026年1月10日", D(2026, 1, 10)),
    ("放款日", "放款日", "2026/1/10", D(2026, 1, 10)),
    ("放款日", "放款日", 46032, D(2026, 1, 10)),
    ("放款日", "放款日", "46032", D(2026, 1, 10)),
    ("放款日", "放款日", 20260110, D(2026, 1, 10)),
    ("放款日", "放款日", datetime(2026, 1, 10, 15, 30), D(2026, 1, 10)),
    ("董事会批准", "董事会批准", "√", True),
    ("董事会批准", "董事会批准", 1, True),
    ("董事会批准", "董事会批准", "N", False),
    ("董事会批准", "board_approved", True, True),
    ("状态", "状态", " 在保 ", "in_force"),
    ("合同号", "合同号", 20260001, "20260001"),
    ("展期次数", "展期次数", "0", 0),
]


@pytest.mark.parametrize(("column", "heading", "cell", "value"), READABLE)
def test_what_has_one_meaning_is_read(good, workbook, column, heading, cell, value) -> None:
    sheets = {name: good[name] for name in ("公司", "机构", "员工", "主体", "合同")}
    place = good["合同"][0].index(column)
    good["合同"][1][place] = cell
    good["合同"][0][place] = heading
    del good["合同"][2]
    reading = read_book(workbook(sheets))
    assert [f.reason("zh") for f in reading.faults if f.severity == "error"] == []
    got = reading.book.tables["contract"].to_pylist()[0][terms().id(column)]
    assert got == (terms().id("在保") if value == "in_force" else value)


def test_a_unit_written_above_the_header_counts_and_is_said(good, workbook) -> None:
    good["合同"].insert(0, ["合同台账", "单位：万元"])
    reading = read_book(workbook(good))
    assert [(f.code, f.severity) for f in reading.faults] == [("sheet-unit", "warning")]
    assert reading.book.tables["contract"]["amount"][0].as_py() == 1_000_000 * 1_000_000


# lines above 金额, 本金余额, 担保费 (columns 8 to 10 of 合同), their merged ranges, and what each is read in: in yuan, in 万元, or not at all
ABOVE = [
    ({8: "规模（万元）"}, ["H1:I1"], (10_000, 10_000, 1)),
    ({1: "基本信息", 8: "规模（单位：万元）"}, ["A1:G1", "H1:I1"], (10_000, 10_000, 1)),
    ({1: "基本信息", 8: "规模（万元）", 10: "收费（元）"}, [], (10_000, 10_000, 1)),
    ({1: "基本信息", 8: "规模（万元）", 9: "余额"}, [], (10_000, 1, 1)),
    ({1: "合同台账（单位：万元）"}, ["A1:P1"], (10_000, 10_000, 10_000)),
    ({1: "合同台账（单位：万元）"}, [], (10_000, 10_000, 10_000)),
    ({1: "合同台账", 12: "单位：万元"}, ["L1:M1"], (10_000, 10_000, 10_000)),
    ({8: "规模（万元）"}, [], (None, None, None)),
    ({1: "基本信息", 8: "规模（万美元）"}, ["H1:I1"], (None, None, 1)),
]


AMOUNTS = ("金额", "本金余额", "担保费")


def with_lines(good, upper, lower=None):
    """The sheets of contracts whose columns 8 to 10 are amounts of 7, under an upper line; ``lower``: what stands in the row of the headings."""
    head, *rows = good["合同"]
    rest = [one for one in head if one not in AMOUNTS]
    order = [*rest[:7], *AMOUNTS, *rest[7:]]
    said = [dict(zip(head, row, strict=True)) | dict.fromkeys(AMOUNTS, 7) for row in rows]
    lines = [upper(order), order if lower is None else lower(order)]
    return {name: good[name] for name in ("公司", "机构", "员工", "主体")} | {
        "合同": [*lines, *[[row.get(name) for name in order] for row in said]]
    }


def read_with(workbook, sheets, merged):
    """The reading of a workbook with merged cells in its contracts."""
    path = workbook(sheets)
    book = openpyxl.load_workbook(path)
    for area in merged:
        book["合同"].merge_cells(area)
    book.save(path)
    return read_book(path)


@pytest.mark.parametrize(("line", "merged", "times"), ABOVE)
def test_a_unit_above_the_headings_counts_as_far_as_its_cell_reaches_and_no_further(
    good, workbook, line, merged, times
) -> None:
    sheets = with_lines(good, lambda order: [line.get(at + 1) for at in range(len(order))])
    reading = read_with(workbook, sheets, merged)
    refused = {f.column for f in reading.faults if f.code == "unit-unknown"}
    wanted = dict(zip((terms().id(name) for name in AMOUNTS), times, strict=True))
    assert refused == {name for name, factor in wanted.items() if factor is None}
    if "amount" not in refused:  # without a column that must be there no row is taken
        read = reading.book.tables["contract"]
        assert {name: read[name][0].as_py() for name in wanted} == {
            name: 700 * factor for name, factor in wanted.items()
        }
    told = {f.params["unit"] for f in reading.faults if f.code in {"group-unit", "sheet-unit"}}
    assert told == ({"万元"} if 10_000 in times else set())


@pytest.mark.parametrize("merged", [["H1:I1"], []])
def test_a_unit_in_the_upper_of_two_rows_of_headings_is_that_of_the_columns_below_it(
    good, workbook, merged
) -> None:
    below = {7: "规模（万元）", 8: None}
    sheets = with_lines(
        good,
        lambda order: [below.get(at, name) for at, name in enumerate(order)],
        lambda order: [name if at in below else None for at, name in enumerate(order)],
    )
    read = read_with(workbook, sheets, merged).book.tables["contract"]
    assert [read[terms().id(name)][0].as_py() for name in AMOUNTS] == [7_000_000, 7_000_000, 700]


def test_a_cell_shown_as_percent_is_read_as_percent(good, workbook) -> None:
    put(good, "合同", 2, "利率", 0.0435)
    put(good, "合同", 3, "利率", "4.35%")
    path = workbook(good)
    book = openpyxl.load_workbook(path)
    book["合同"].cell(2, 15).number_format = "0.00%"
    book.save(path)
    reading = read_book(path)
    assert [f.code for f in reading.faults] == []
    assert [str(v) for v in reading.book.tables["contract"]["interest_rate"].to_pylist()] == [
        "4.350000",
        "4.350000",
    ]


def test_a_refused_key_does_not_hide_other_faults_of_the_row(good, workbook) -> None:
    put(good, "合同", 2, "合同号", None)
    put(good, "合同", 2, "状态", "在宝")
    codes = {f.code for f in read_book(workbook(good)).faults}
    assert {"value-missing", "unknown-value"} <= codes


def test_a_table_may_go_on_in_a_second_sheet(good, workbook) -> None:
    good["合同_2"] = [good["合同"][0], good["合同"].pop()]
    reading = read_book(workbook(good))
    assert reading.faults == ()
    assert reading.rows_read["contract"] == 2
    good["合同_2"][1][0] = "HT1"
    codes = [(f.code, f.sheet) for f in read_book(workbook(good)).faults if f.code == "key-twice"]
    assert codes == [("key-twice", "合同"), ("key-twice", "合同_2")]
