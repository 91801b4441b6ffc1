"""What cannot be: something that has been before its day came, an hour that no clock has, a month by the wrong name, a count without figures."""

from datetime import date, time

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from daihou.book import ColumnType, declared, read_book, stamp_checked, write_parquet
from daihou.book.faults import Fault

D = date
TODAY = D(2026, 11, 23)
TOMORROW = D(2026, 11, 24)

MORE = {
    "联络": [
        ["联络号", "主体", "合同", "日期", "时刻", "钟点", "方式", "事由", "结果", "承诺日", "承诺额"],
        ["X1", "360426199101010071", "HT2", D(2026, 5, 3), "10:20", None, "电话", "催收", "接通", None, None],
        ["X2", "360426199101010071", "HT2", D(2026, 5, 6), None, None, "电话", "催收", "承诺还款", D(2026, 12, 1), 500],
    ],
    "账户": [["账号", "机构", "开户日"], ["A1", "B1", D(2020, 1, 2)]],
    "余额调节": [["账户", "所属月", "编制日"], ["A1", D(2026, 9, 1), D(2026, 10, 8)]],
    "现金盘点": [
        ["机构", "日期", "种类", "账面数", "实点数"],
        ["B1", D(2026, 11, 20), "自盘", 800, 800],
        ["B1", D(2026, 11, 21), "自盘", 0, 0],
    ],
}  # fmt: skip


@pytest.fixture
def kept(good):
    """The company without a fault, with its calls and its cash."""
    return {**good, **{name: [list(row) for row in rows] for name, rows in MORE.items()}}


def put(sheets, sheet, row, **cells) -> None:
    """Write values under headings; row counts from 1 as Excel does."""
    heads = sheets[sheet][0]
    for column, value in cells.items():
        if column not in heads:
            heads.append(column)
            for line in sheets[sheet][1:]:
                line.append(None)
        sheets[sheet][row - 1][heads.index(column)] = value


def said(faults: tuple[Fault, ...]) -> list[tuple[str, str, int | None, str]]:
    return [(one.code, one.sheet, one.row, one.reason("zh")) for one in faults]


def test_a_company_that_says_nothing_impossible_has_no_fault(kept, workbook) -> None:
    assert said(read_book(workbook(kept), day=TODAY).faults) == []


# sheet, row, what is written, what is said of it
IMPOSSIBLE = [
    ("还款", 2, {"起息日": TOMORROW}, "day-ahead", "“起息日”2026-11-24 晚于 2026-11-23"),
    ("还款", 2, {"起息日": D(2062, 4, 1)}, "day-ahead", "“起息日”2062-04-01 晚于"),
    ("期供", 2, {"还款日": TOMORROW}, "day-ahead", "“还款日”"),
    ("合同", 3, {"结清日": TOMORROW}, "day-ahead", "“结清日”"),
    ("联络", 2, {"日期": TOMORROW}, "day-ahead", "“日期”"),
    ("现金盘点", 2, {"日期": TOMORROW}, "day-ahead", "“日期”"),
    ("主体", 3, {"生日": D(2091, 1, 1)}, "day-ahead", "“生日”"),
    ("变更记录", 3, {"生效日": TOMORROW}, "day-ahead", "“生效日”"),
    ("数据截至", 2, {"截至": TOMORROW}, "day-ahead", "“截至”"),
    ("还款", 2, {"录入日": TOMORROW}, "day-ahead", "“录入日”"),
    ("余额调节", 2, {"所属月": D(2026, 12, 1)}, "day-ahead", "“所属月”"),
    ("余额调节", 2, {"所属月": D(2026, 9, 30)}, "month-not-first", "2026-09-30 不是那个月的一日"),
    ("联络", 2, {"时刻": "25:99"}, "clock-impossible", "“25:99”"),
    ("联络", 2, {"时刻": "24:00"}, "clock-impossible", "00:00 至 23:59"),
    ("联络", 2, {"时刻": "9:5"}, "clock-impossible", "“9:5”"),
    ("联络", 2, {"时刻": "上午"}, "clock-impossible", "“上午”"),
    ("联络", 2, {"时刻": "21:05", "钟点": 9}, "hour-differs", "“钟点”9 与“时刻”21:05 不符"),
    ("现金盘点", 2, {"账面数": None}, "count-without-figure", "没有“账面数”"),
    ("现金盘点", 2, {"实点数": None}, "count-without-figure", "没有“实点数”"),
]


@pytest.mark.parametrize(("sheet", "row", "cells", "code", "words"), IMPOSSIBLE)
def test_what_cannot_be_is_said_with_its_place_and_its_row_is_left_out(
    kept, workbook, sheet, row, cells, code, words
) -> None:
    put(kept, sheet, row, **cells)
    reading = read_book(workbook(kept), day=TODAY)
    (fault,) = [one for one in reading.faults if one.code not in {"parent-left-out", "change-last-differs"}]
    assert (fault.code, fault.sheet, fault.row, fault.severity) == (code, sheet, row, "error")
    assert words in fault.reason("zh")
    assert fault.remedy("zh")
    assert fault.reason("en")
    assert fault.remedy("en")
    assert reading.rows_left_out[fault.table] > 0


@pytest.mark.parametrize(
    ("row", "cells"),
    [
        (3, {"承诺额": None}),
        (3, {"承诺额": 0}),
        (3, {"承诺日": None, "承诺额": None}),
        (2, {"承诺日": D(2026, 12, 1)}),
    ],
)
def test_a_promise_without_an_amount_is_questioned_and_the_call_counts_all_the_same(
    kept, workbook, row, cells
) -> None:
    put(kept, "联络", row, **cells)
    reading = read_book(workbook(kept), day=TODAY)
    assert [(one.code, one.row, one.severity) for one in reading.faults] == [
        ("promise-without-amount", row, "warning")
    ]
    assert "没有“承诺额”" in reading.faults[0].reason("zh")
    assert reading.rows_left_out["contact"] == 0


# what may well be
POSSIBLE = [
    ("还款", 2, {"起息日": TODAY}),
    ("合同", 2, {"到期日": D(2027, 1, 10)}),
    ("期供", 3, {"应还日": D(2027, 5, 2)}),
    ("联络", 3, {"承诺日": D(2026, 12, 31)}),
    ("员工", 3, {"入职日": D(2026, 12, 1)}),
    ("员工", 3, {"离职日": D(2026, 12, 31)}),
    ("机构", 2, {"撤销日": D(2027, 6, 30)}),
    ("公司", 2, {"自": D(2027, 1, 1)}),
    ("余额调节", 2, {"所属月": D(2026, 11, 1)}),
]


@pytest.mark.parametrize(("sheet", "row", "cells"), POSSIBLE)
def test_today_and_what_is_planned_agreed_or_known_beforehand_may_lie_ahead(
    kept, workbook, sheet, row, cells
) -> None:
    put(kept, sheet, row, **cells)
    assert said(read_book(workbook(kept), day=TODAY).faults) == []


def test_a_day_is_too_late_only_for_who_looks_before_it(kept, workbook) -> None:
    put(kept, "还款", 2, 起息日=TOMORROW)
    path = workbook(kept)
    assert [one.code for one in read_book(path, day=TODAY).faults] == ["day-ahead"]
    assert read_book(path, day=TOMORROW).faults == ()
    assert read_book(path).faults == ()


def test_a_cell_that_was_refused_is_not_said_to_be_empty_as_well(kept, workbook) -> None:
    put(kept, "现金盘点", 2, 实点数="约八百")
    assert [one.code for one in read_book(workbook(kept), day=TODAY).faults] == ["money-approximate"]


CLOCKS = [
    ("9:05", "09:05"),
    ("09：05", "09:05"),
    ("23:59", "23:59"),
    ("00:00", "00:00"),
    ("14:03:22", "14:03"),
    ("9点5分", "09:05"),
    ("21时30分", "21:30"),
    (time(8, 30), "08:30"),
]


@pytest.mark.parametrize(("written", "read"), CLOCKS)
def test_a_time_of_day_is_kept_in_one_form(kept, workbook, written, read) -> None:
    put(kept, "联络", 2, 时刻=written)
    reading = read_book(workbook(kept), day=TODAY)
    assert said(reading.faults) == []
    assert reading.book.tables["contact"]["clock_time"].to_pylist() == [read, None]


HOURS = [
    ("21时30分", None, 21),
    ("9:05", None, 9),
    ("00:00", None, 0),
    (time(8, 30), 8, 8),
    (None, 17, 17),
    (None, None, None),
]


@pytest.mark.parametrize(("written", "hour", "read"), HOURS)
def test_the_hour_of_a_contact_is_that_of_its_time(kept, workbook, written, hour, read) -> None:
    put(kept, "联络", 2, 时刻=written, 钟点=hour)
    reading = read_book(workbook(kept), day=TODAY)
    assert said(reading.faults) == []
    assert reading.book.tables["contact"]["clock_hour"].to_pylist() == [read, None]


@pytest.mark.parametrize(("hour", "files"), [(None, set()), (9, {"contact"})])
def test_files_whose_hours_are_to_be_filled_in_are_not_scanned_where_they_lie(
    kept, workbook, tmp_path, hour, files
) -> None:
    put(kept, "联络", 2, 时刻="9:05", 钟点=9)
    folder = tmp_path / "parquet"
    write_parquet(read_book(workbook(kept), day=TODAY).book, folder)
    contacts = pq.read_table(folder / "contact.parquet")
    given = pa.array([hour, None], pa.int64())
    at = contacts.schema.get_field_index("clock_hour")
    pq.write_table(contacts.set_column(at, "clock_hour", given), folder / "contact.parquet")
    stamp_checked(folder, day=TODAY)
    book = read_book(folder, day=TODAY).book
    assert {"contact"} & set(book.files) == files
    assert book.tables["contact"]["clock_hour"].to_pylist() == [9, None]


@pytest.mark.parametrize("written", ["2026-09", "2026年9月", "2026.9", "2026/09", "２０２６－０９"])
def test_a_month_may_be_written_without_a_day(kept, workbook, written) -> None:
    put(kept, "余额调节", 2, 所属月=written)
    reading = read_book(workbook(kept), day=TODAY)
    assert said(reading.faults) == []
    assert reading.book.tables["bank_reconciliation"]["month_of"].to_pylist() == [D(2026, 9, 1)]


def test_a_month_that_no_year_has_is_no_month(kept, workbook) -> None:
    put(kept, "余额调节", 2, 所属月="2026-13")
    assert [one.code for one in read_book(workbook(kept), day=TODAY).faults] == ["date-impossible"]


def changed(folder, table: str, column: str, values: list[object]) -> None:
    """Other values in one column of a Parquet folder."""
    held = pq.read_table(folder / f"{table}.parquet")
    place = held.column_names.index(column)
    pq.write_table(
        held.set_column(place, column, pa.array(values, held.schema.field(column).type)),
        folder / f"{table}.parquet",
    )


def test_parquet_is_held_to_the_same(tmp_path, kept, workbook) -> None:
    folder = tmp_path / "账"
    write_parquet(read_book(workbook(kept), day=TODAY).book, folder)
    changed(folder, "contact", "clock_time", ["25:99", "9:05"])
    changed(folder, "repayment", "value_day", [TOMORROW])
    changed(folder, "bank_reconciliation", "month_of", [D(2026, 9, 30)])
    changed(folder, "cash_count", "counted_figure", [None, 0])
    reading = read_book(folder, day=TODAY)
    assert sorted((one.code, one.table) for one in reading.faults) == [
        ("clock-impossible", "contact"),
        ("count-without-figure", "cash_count"),
        ("day-ahead", "repayment"),
        ("month-not-first", "bank_reconciliation"),
    ]
    assert reading.book.tables["contact"]["clock_time"].to_pylist() == ["09:05"]


def test_a_stamp_vouches_for_its_day_and_every_later_one(tmp_path, kept, workbook) -> None:
    put(kept, "还款", 2, 起息日=TODAY)
    folder = tmp_path / "账"
    write_parquet(read_book(workbook(kept)).book, folder)
    stamp_checked(folder, day=TODAY)
    assert not read_book(folder, day=TODAY).checked
    assert not read_book(folder, day=D(2030, 1, 1)).checked
    assert not read_book(folder).checked
    earlier = read_book(folder, day=D(2026, 11, 22))
    assert earlier.checked
    assert ("repayment", "day-ahead") in {(one.table, one.code) for one in earlier.faults}


def test_a_stamp_without_a_day_does_not_vouch_for_days(tmp_path, kept, workbook) -> None:
    put(kept, "还款", 2, 起息日=TOMORROW)
    folder = tmp_path / "账"
    write_parquet(read_book(workbook(kept)).book, folder)
    stamp_checked(folder)
    assert not read_book(folder).checked
    reading = read_book(folder, day=TODAY)
    assert reading.checked
    assert [one.code for one in reading.faults] == ["day-ahead"]


# -- which columns tell the past --------------------------------------------------------------------------------------

MAY_BE_AHEAD = {
    ("机构", "撤销日"), ("员工", "入职日"), ("员工", "离职日"), ("通知书", "约见日"), ("抵押通知", "安排日"),
}  # fmt: skip
"""Of the columns of what happened those that people enter beforehand: they count from their day on."""

TELL_THE_PAST = {
    ("会员", "生日"), ("主体", "生日"), ("对外担保", "截至"), ("数据截至", "截至"), ("变更记录", "生效日"), ("设备异常", "自"), ("组合季", "季末"),
    ("报表", "期末"), ("关联流水", "所属月"), ("对账", "所属月"), ("余额调节", "所属月"),
}  # fmt: skip
"""Of the other days those that nobody knows beforehand."""

MONTHS = {("关联流水", "所属月"), ("对账", "所属月"), ("余额调节", "所属月"), ("到期登记簿", "所属月")}


def test_what_happened_tells_the_past_but_for_what_is_entered_beforehand_and_of_other_days_a_few() -> None:
    columns = [(table.word, one) for table in declared().values() for one in table.columns.values()]
    happened = {(word, one.word) for word, one in columns if one.type is ColumnType.HAPPENED and not one.past}
    given = {(word, one.word) for word, one in columns if one.type is ColumnType.DATE and one.past}
    assert happened == MAY_BE_AHEAD
    assert {one for one in given if one[1] not in {"录入日", "作废日"}} == TELL_THE_PAST
    assert len([one for one in given if one[1] in {"录入日", "作废日"}]) == 2 * len(declared())
    assert {(word, one.word) for word, one in columns if one.month} == MONTHS
