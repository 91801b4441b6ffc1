"""One fault at a time in a company that has none: the code, the place and the message it must give."""

from datetime import date, datetime

import pytest

from daihou.book import Fault, read_book
from daihou.book.cells import nearest

D = date


def put(sheets, sheet, row, column, value):
    """Write a value under a heading; row counts from 1 as Excel does."""
    heads = sheets[sheet][0]
    if column not in heads:
        for line in sheets[sheet]:
            line.append(None)
        heads[-1] = column
    sheets[sheet][row - 1][heads.index(column)] = value


def test_a_company_without_a_fault_is_read_whole(good, workbook) -> None:
    reading = read_book(workbook(good))
    assert [(f.code, f.sheet, f.row, f.column, f.reason("zh")) for f in reading.faults] == []
    assert reading.checked
    assert dict(reading.rows_read)["contract"] == 2
    assert set(reading.rows_left_out.values()) == {0}
    assert dict(reading.book.through) == {"instalment": D(2026, 11, 22)}
    contract = reading.book.tables["contract"].to_pylist()[1]
    assert contract["amount"] == 12_000_050
    assert contract["status"] == "in_guarantee" or contract["status"].isascii()
    assert contract["board_approved"] is False
    assert (contract["_sheet"], contract["_row"]) == ("合同", 3)


@pytest.mark.parametrize(
    ("written", "number"),
    [
        (3, 3),
        ("3", 3),
        ("3 风险类", 3),
        ("３　风险类", 3),
        ("风险类", 3),
        ("重点关注类", 4),
        ("class_safe", 1),
    ],
)
def test_a_class_is_read_by_its_number_its_name_or_both(good, workbook, written, number) -> None:
    put(good, "合同", 1, "风险分类", "风险分类")
    put(good, "合同", 2, "风险分类", written)
    reading = read_book(workbook(good))
    assert [fault.code for fault in reading.faults] == []
    assert reading.book.tables["contract"].to_pylist()[0]["risk_class"] == number


# sheet, row, column, value, code, severity, words that the Chinese reason must hold
CELLS = [
    ("合同", 2, "金额", "约100万", "money-approximate", "error", "约数"),
    ("合同", 2, "金额", -5, "amount-negative", "error", "-5.00"),
    ("合同", 2, "金额", "#N/A", "error-cell", "error", "#N/A"),
    ("合同", 2, "金额", "=100+", "formula-without-value", "error", "公式"),
    ("合同", 2, "金额", None, "value-missing", "error", "空着"),
    ("合同", 2, "期限月", "一年", "type-int", "error", "不是整数"),
    ("合同", 2, "期限月", 12.5, "type-int", "error", "不是整数"),
    ("合同", 2, "风险分类", "2 风险类", "type-int", "error", "2 风险类"),
    ("合同", 2, "风险分类", "很差", "type-int", "error", "很差"),
    ("合同", 2, "风险分类", 5, "out-of-bounds", "error", "1 至 4"),
    ("合同", 2, "期限月", 9999, "out-of-bounds", "error", "0 至 600"),
    ("合同", 2, "期限月", 24, "term-differs", "warning", "24"),
    ("合同", 2, "放款日", "2026-13-01", "date-impossible", "error", "不存在"),
    ("合同", 2, "放款日", "01/02/2026", "date-ambiguous", "error", "先后"),
    ("合同", 2, "放款日", D(2027, 5, 1), "days-out-of-order", "error", "早于“放款日”2027-05-01"),
    ("合同", 2, "放款日", D(1926, 1, 10), "day-out-of-range", "error", "1950-01-01"),
    ("合同", 2, "状态", "在宝", "unknown-value", "error", "在宝"),
    ("合同", 2, "董事会批准", "也许", "type-bool", "error", "是"),
    ("合同", 2, "客户经理", "E9", "orphan", "error", "“员工”里没有“E9”"),
    ("合同", 2, "利率", "很高", "type-num", "error", "很高"),
    ("合同", 2, "利率", 4.12345678, "rounded", "warning", "4.123457"),
    ("合同", 2, "五级评分", "12%", "percent-without-meaning", "error", "分"),
    ("合同", 2, "本金余额", 2000000, "balance-exceeds-amount", "warning", "1,000,000.00"),
    ("主体", 3, "证件号", 360426199101010071, "id-digits-lost", "error", "15 位"),
    ("员工", 2, "工号", "E" * 65, "id-too-long", "error", "最多 64 个字符"),
    ("合同", 2, "客户经理", "E" * 401, "id-too-long", "error", "最多 400 个字符"),
    ("主体", 3, "证件号", "360426199101010072", "resident-proof", "error", "校验位"),
    ("主体", 3, "证件号", "36042619910101007", "party-length", "error", "十八位"),
    ("主体", 3, "证件号", "110101900101001", "resident-old", "error", "十五位"),
    ("主体", 2, "证件号", "911100006000373410", "company-proof", "error", "校验位"),
    ("主体", 2, "法定代表人证件号", "36042619910230007X", "resident-proof", "error", "校验位"),
    ("员工", 2, "手机", "1380013800", "mobile-form", "error", "十一位"),
    ("车辆", 2, "车架号", "1HGCM82643A004352", "vin-proof", "warning", "第九位"),
    ("车辆", 2, "车架号", "1HGCM826O3A004352", "vin-form", "error", "十七位"),
    ("车辆", 2, "车牌", "粤BO2345", "plate-form", "error", "车牌"),
    ("期供", 3, "期次", 1, "key-twice", "error", "第 2 行重复"),
    ("期供", 2, "还款日", None, "paid-without-date", "error", "3,500.00"),
    ("期供", 2, "已还额", 3600, "paid-exceeds-due", "error", "3,500.00"),
    ("还款", 2, "期供", "HT2/x", "reference-parts", "error", "斜线"),
    ("还款", 2, "期供", "HT2/9", "orphan", "error", "HT2/9"),
    ("员工", 2, "上级", "E1", "refers-to-itself", "error", "自己"),
    ("变更记录", 2, "表", "合铜", "table-unknown", "error", "合铜"),
    ("变更记录", 2, "项目", "客户精理", "item-unknown", "error", "客户精理"),
    ("变更记录", 2, "项目", "放款日", "item-not-dated", "error", "不记变更"),
    ("变更记录", 2, "对象", "HT9", "object-unknown", "error", "HT9"),
    ("变更记录", 3, "新值", "E2", "change-last-differs", "error", "“E1”"),
    ("变更记录", 3, "原值", "E1", "change-chain-broken", "warning", "E2"),
]


@pytest.mark.parametrize(("sheet", "row", "column", "value", "code", "severity", "words"), CELLS)
def test_a_bad_cell_is_said_with_its_place_and_reason(
    good, workbook, sheet, row, column, value, code, severity, words
) -> None:
    put(good, sheet, row, column, value)
    reading = read_book(workbook(good))
    found = [f for f in reading.faults if f.code == code]
    assert found, [(f.code, f.sheet, f.row, f.reason("zh")) for f in reading.faults]
    fault = next(f for f in found if f.row == row)
    assert (fault.sheet, fault.severity) == (sheet, severity)
    assert words in fault.reason("zh")
    assert fault.remedy("zh")
    assert fault.reason("en").isascii() is False or fault.reason("en")
    assert fault.remedy("en")
    table = fault.table
    assert (reading.rows_left_out[table] > 0) == (severity == "error")


def test_days_that_do_not_count_as_published_are_said(good, workbook) -> None:
    good["日历"] = [
        ["日", "工作日", "公布"],
        [D(2027, 1, 1), "否", "是"],
        [D(2026, 5, 4), "是", "否"],
        [D(2026, 5, 6), "否", "是"],
        [D(2028, 1, 3), "否", "否"],
    ]
    reading = read_book(workbook(good))
    said = {f.row: (f.code, f.severity) for f in reading.faults}
    assert said == {2: ("calendar-part", "warning"), 3: ("calendar-overtaken", "warning")}, (
        "one day of a published year may be corrected, and one of a year to come expected"
    )
    part = next(f for f in reading.faults if f.code == "calendar-part")
    assert "缺 2027-10-01、春节" in part.reason("zh")
    assert all(f.remedy("zh") and f.reason("en") and f.remedy("en") for f in reading.faults)
    assert reading.rows_left_out["calendar"] == 0
    assert [f.code for f in read_book(workbook(good), elsewhere=lambda *_: ()).faults] == [], (
        "in a register the rest may stand already"
    )


def test_a_change_of_maturity_is_kept_in_canonical_text(good, workbook) -> None:
    good["变更记录"] += [
        ["合同", "HT1", "到期日", D(2026, 2, 1), "2026年12月10日", datetime(2027, 1, 10)],
        ["合同", "HT1", "本金余额", D(2026, 2, 1), "100万元", 800000],
        ["主体", "张三", "客户等级", D(2026, 2, 1), "一般", "重点"],
    ]
    put(good, "合同", 2, "本金余额", 800000)
    good["变更记录"][-1][1] = "360426199101010071"
    put(good, "主体", 3, "客户等级", "重点")
    reading = read_book(workbook(good))
    assert [f.code for f in reading.faults] == []
    log = reading.book.tables["change_log"].to_pylist()
    assert [(r["table_name"], r["item"]) for r in log[2:4]] == [
        ("contract", "maturity_day"),
        ("contract", "principal_balance"),
    ] or log
    values = [tuple(r.values())[4:6] for r in log[2:]]
    assert values[0] == ("2026-12-10", "2027-01-10")
    assert values[1] == ("100000000", "80000000")
    assert values[2][1].isascii()


def test_rows_that_refer_to_a_row_left_out_are_left_out_too_to_the_end(good, workbook) -> None:
    put(good, "主体", 3, "种类", "人个")
    reading = read_book(workbook(good))
    left = [(f.code, f.sheet, f.row) for f in reading.faults]
    assert ("parent-left-out", "合同", 3) in left
    assert ("parent-left-out", "期供", 2) in left
    assert ("parent-left-out", "还款", 2) in left
    assert ("parent-left-out", "车辆", 2) in left
    assert dict(reading.rows_left_out) | {"party": 1, "contract": 1, "instalment": 2} == dict(
        reading.rows_left_out
    )
    assert reading.book.tables["contract"]["contract_no"].to_pylist() == ["HT1"]
    assert "instalment" not in reading.book.tables
    (fault,) = [f for f in reading.faults if f.sheet == "合同"]
    assert "主体" in fault.reason("zh")
    assert "360426199101010071" in fault.reason("zh")


def test_the_history_of_a_row_left_out_goes_with_it(good, workbook) -> None:
    put(good, "合同", 2, "金额", None)
    reading = read_book(workbook(good))
    assert "change_log" not in reading.book.tables
    assert sum(f.code == "parent-left-out" and f.sheet == "变更记录" for f in reading.faults) == 2


def test_a_voided_row_and_the_row_that_corrects_it_may_share_a_key(good, workbook) -> None:
    put(good, "期供", 2, "录入日", None)
    put(good, "期供", 2, "作废日", D(2026, 4, 20))
    good["期供"].append(["HT2", 1, D(2026, 4, 3), 3500, 3500, D(2026, 4, 1), D(2026, 4, 20), None])
    reading = read_book(workbook(good))
    assert [f.code for f in reading.faults] == []
    good["期供"][3][6] = D(2026, 4, 1)
    codes = [(f.code, f.row) for f in read_book(workbook(good)).faults]
    assert ("key-twice", 2) in codes
    assert ("key-twice", 4) in codes


@pytest.mark.parametrize(
    ("typed", "remedy"),
    [("常规检", "是不是“常规”？可选："), ("不定期", "可选：")],
)
def test_a_guess_is_made_only_where_something_is_near(typed, remedy) -> None:
    fault = Fault(
        "unknown-value",
        "error",
        "inspection",
        "检查",
        params={"near": nearest(typed, ["常规", "用途"]), "choices": "常规、用途"},
    )
    assert fault.remedy("zh") == f"{remedy}常规、用途。"
    alone = Fault(
        "item-unknown",
        "error",
        "change_log",
        "变更记录",
        params={"near": nearest(typed, []), "of_id": "contract"},
    )
    assert (alone.remedy("zh"), alone.remedy("en")) == ("请对照模板核对。", "Compare it with the template.")
