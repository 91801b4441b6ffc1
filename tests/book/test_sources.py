"""Files as people have them: other encodings, broken, locked, too large; and one content in three kinds of file."""

import csv
import io
import re
import zipfile
from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb
import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from daihou.book import (
    BookFileError,
    Column,
    ColumnType,
    NotCleanError,
    Table,
    read_book,
    sources,
    stamp_checked,
    write_book,
    write_parquet,
)

D = date


def write_csvs(folder: Path, sheets, encoding: str = "utf-8", separator: str = ",") -> Path:
    folder.mkdir()
    for name, rows in sheets.items():
        with (folder / f"{name}.csv").open("w", encoding=encoding, newline="") as file:
            csv.writer(file, delimiter=separator).writerows(
                ["" if c is None else c for c in row] for row in rows
            )
    return folder


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("separator", [",", "\t", ";"])
def test_csv_files_are_read_in_the_encodings_and_separators_in_use(
    tmp_path, good, encoding, separator
) -> None:
    reading = read_book(write_csvs(tmp_path / "台账", good, encoding, separator))
    assert [f.reason("zh") for f in reading.faults] == []
    assert reading.rows_read["contract"] == 2
    assert reading.book.tables["contract"]["_sheet"][0].as_py() == "合同.csv"
    assert reading.book.tables["contract"]["_row"].to_pylist() == [2, 3]


def test_rows_of_a_csv_file_keep_their_numbers_past_blank_lines_and_line_breaks_in_cells(
    tmp_path, good
) -> None:
    folder = write_csvs(tmp_path / "台账", good)
    good["员工"][1][1] = "王\n强"
    lines = '工号,姓名,机构\r\n\r\nE1,"王\n强",B1\r\n,,\r\nE2,李敏\r\n\r\n'
    (folder / "员工.csv").write_text(lines, "utf-8", newline="")
    reading = read_book(folder)
    assert ("value-missing", 5, "branch") in [(f.code, f.row, f.column) for f in reading.faults]
    assert reading.book.tables["employee"]["_row"].to_pylist() == [3]
    assert reading.book.tables["employee"]["full_name"].to_pylist() == ["王\n强"]


def test_files_beside_the_tables_are_said_and_one_bad_file_does_not_stop_the_others(tmp_path, good) -> None:
    folder = write_csvs(tmp_path / "台账", good)
    (folder / "照片.jpg").write_bytes(b"x")
    (folder / "说明.csv").write_text("x", "utf-8")
    (folder / "押品.csv").write_bytes(b"")
    (folder / "借据.csv").write_bytes(b"\xff\xff\x00\x80,1")
    said = {(f.code, f.severity, f.sheet) for f in read_book(folder).faults}
    assert said == {
        ("file-not-read", "warning", "照片.jpg"),
        ("sheet-aside", "warning", "说明.csv"),
        ("file-empty", "error", "押品.csv"),
        ("file-encoding", "error", "借据.csv"),
    }


def _truncated(good_path: Path) -> bytes:
    return good_path.read_bytes()[:2000]


def _broken_part(good_path: Path) -> bytes:
    whole = io.BytesIO()
    with zipfile.ZipFile(good_path) as old, zipfile.ZipFile(whole, "w") as new:
        for item in old.infolist():
            new.writestr(item, old.read(item)[:100] if "sheet1" in item.filename else old.read(item))
    return whole.getvalue()


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def _archive(part: str) -> bytes:
    """An archive that holds one part."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr(part, b"")
    return content.getvalue()


BAD_FILES = [
    ("空.xlsx", lambda _: b"", "file-empty"),
    ("断.xlsx", _truncated, "file-corrupt"),
    ("坏.xlsx", _broken_part, "file-corrupt"),
    ("假.xlsx", lambda _: b"not a workbook", "file-corrupt"),
    ("假.xls", lambda _: OLE + b"\0" * 4000, "file-corrupt"),
    ("密.xlsx", lambda _: OLE + b"\0" * 600 + "EncryptedPackage".encode("utf-16-le"), "file-locked"),
    ("二.xlsb", lambda _: _archive("xl/workbook.bin"), "file-other-workbook"),
    ("二.xlsx", lambda _: _archive("xl/workbook.bin"), "file-other-workbook"),
    ("开.xlsx", lambda _: _archive("content.xml"), "file-other-workbook"),
    ("图.png", lambda _: b"x", "file-not-a-book"),
    ("坏.parquet", lambda _: b"PAR1", "file-corrupt"),
    ("空.csv", lambda _: b"", "file-empty"),
]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
def test_a_csv_file_with_a_sign_that_no_database_keeps_is_refused_in_whatever_encoding(
    tmp_path, encoding
) -> None:
    path = tmp_path / "合同.csv"
    path.write_bytes("合同号,用途\nHT1,甲\0乙\n".encode(encoding))
    with pytest.raises(BookFileError) as refused:
        read_book(path)
    assert refused.value.code == "file-corrupt"


@pytest.mark.parametrize("repeated", [False, True], ids=["as text", "as dictionary"])
def test_so_is_a_parquet_file(tmp_path, repeated) -> None:
    text = pa.array(["甲\0乙"])
    pq.write_table(
        pa.table({"branch_no": ["J1"], "name": text.dictionary_encode() if repeated else text}),
        tmp_path / "机构.parquet",
    )
    with pytest.raises(BookFileError) as refused:
        read_book(tmp_path / "机构.parquet")
    assert refused.value.code == "file-corrupt"


def test_an_identifier_in_a_parquet_file_is_no_longer_than_in_any_other(tmp_path, good, workbook) -> None:
    write_parquet(read_book(workbook(good)).book, tmp_path / "pq")
    staff = pq.read_table(tmp_path / "pq" / "employee.parquet")
    at = staff.column_names.index("staff_no")
    numbers = pa.array(["E" * 65, *staff["staff_no"].to_pylist()[1:]])
    pq.write_table(staff.set_column(at, "staff_no", numbers), tmp_path / "pq" / "employee.parquet")
    found = [one for one in read_book(tmp_path / "pq").faults if one.code == "id-too-long"]
    assert [(one.sheet, one.row, one.column) for one in found] == [("employee.parquet", 1, "staff_no")]


@pytest.mark.parametrize(("name", "content", "code"), BAD_FILES)
def test_a_file_of_which_nothing_can_be_read_is_refused_with_what_to_do(
    tmp_path, good, workbook, name, content, code
) -> None:
    path = tmp_path / name.replace("坏.parquet", "合同.parquet").replace("空.csv", "合同.csv")
    path.write_bytes(content(workbook(good)))
    with pytest.raises(BookFileError) as refused:
        read_book(path)
    assert refused.value.code == code
    assert path.name in refused.value.reason("zh")
    assert refused.value.remedy("zh").endswith("。")
    assert refused.value.remedy("en").endswith(".")


def test_what_is_not_there_and_what_is_an_empty_folder_are_told_apart(tmp_path) -> None:
    with pytest.raises(BookFileError, match="找不到"):
        read_book(tmp_path / "无.xlsx")
    with pytest.raises(BookFileError, match="没有 CSV"):
        read_book(tmp_path)


@pytest.mark.parametrize("cell", ["XFD1", "U1000000", "XFD1048576"])
def test_a_stray_cell_far_away_is_refused_before_room_is_made_for_all_cells_up_to_it(
    good, workbook, monkeypatch, cell
) -> None:
    path = workbook({"合同": good["合同"]})
    book = openpyxl.load_workbook(path)
    book["合同"][cell] = " "
    book.save(path)
    read: list[str] = []
    monkeypatch.setattr(sources, "_sheet", lambda _book, name, _file: read.append(name))
    with pytest.raises(BookFileError) as refused:
        read_book(path)
    assert (refused.value.code, read) == ("workbook-too-large", [])
    assert re.search(r"第 \d+ 行、第 \d+ 列", refused.value.reason("zh"))


def test_it_is_refused_whatever_signs_are_in_the_name_of_its_sheet(good, workbook, monkeypatch) -> None:
    """A sheet's name stands in the file with signs written out; it must be found there."""
    path = workbook({"合同": good["合同"]})
    book = openpyxl.load_workbook(path)
    book["合同"].title = "合同 & 'A'"
    book["合同 & 'A'"]["XFD1"] = " "
    book.save(path)
    rewritten = path.read_bytes()
    with zipfile.ZipFile(io.BytesIO(rewritten)) as old, zipfile.ZipFile(path, "w") as new:
        for item in old.namelist():
            said = old.read(item)
            if item == "xl/workbook.xml":
                said = said.replace("合同".encode(), b"&#x5408;&#21516;")
            new.writestr(item, said)
    monkeypatch.setattr(sources, "_sheet", lambda *_: pytest.fail("read"))
    with pytest.raises(BookFileError) as refused:
        read_book(path)
    assert refused.value.code == "workbook-too-large"


def test_a_workbook_over_the_limit_is_refused_before_it_is_read(good, workbook, monkeypatch) -> None:
    path = workbook(good)
    monkeypatch.setattr(sources, "MAX_CELLS", 5)
    with pytest.raises(BookFileError) as refused:
        read_book(path)
    assert refused.value.code == "workbook-too-large"
    monkeypatch.setattr(sources, "MAX_UNPACKED_BYTES", 100)
    with pytest.raises(BookFileError) as refused:
        read_book(path)
    assert refused.value.code == "file-too-large"
    monkeypatch.setattr(sources, "MAX_WORKBOOK_BYTES", 100)
    with pytest.raises(BookFileError, match="拆成"):
        read_book(path)


def test_a_workbook_is_known_by_its_content_whatever_its_ending(tmp_path, good, workbook) -> None:
    path = tmp_path / "台账.et"
    path.write_bytes(workbook(good).read_bytes())
    assert read_book(path).faults == ()


def test_a_map_of_the_users_own_names_is_asked_first(good, workbook) -> None:
    class Own:
        def table(self, title: str) -> str | None:
            return {"业务台账": "contract"}.get(title)

        def column(self, table: str, heading: str) -> str | None:
            return {("contract", "贷款编号"): "contract_no"}.get((table, heading))

    good["合同"][0][0] = "贷款编号"
    good["业务台账"] = good.pop("合同")
    assert read_book(workbook(good), mapping=Own()).faults == ()


def test_parquet_with_foreign_types_is_read_where_nothing_is_lost_and_refused_where_it_is(
    tmp_path, good
) -> None:
    folder = write_csvs(tmp_path / "a", {n: good[n] for n in ("公司", "机构", "员工", "主体")})
    rows = {
        "contract_no": pa.array(["HT1"]).dictionary_encode(),
        "client": ["91110000600037341L"],
        "branch": ["B1"],
        "account_manager": ["E1"],
        "business_line": ["担保"],
        "product": ["贷款担保"],
        "facility": ["流动资金贷款"],
        "amount": pa.array([100], pa.int32()),
        "term_months": pa.array([12], pa.int8()),
        "disbursed_day": pa.array([D(2026, 1, 10)], pa.date64()),
        "status": ["在保"],
        "board_approved": [True],
        "extensions": [0],
        "interest_rate": [4.35],
    }
    pq.write_table(pa.table(rows), folder / "合同.parquet")
    reading = read_book(folder)
    assert [f.reason("zh") for f in reading.faults] == []
    row = reading.book.tables["contract"].to_pylist()[0]
    assert (row["amount"], row["disbursed_day"], row["interest_rate"]) == (
        100,
        D(2026, 1, 10),
        Decimal("4.350000"),
    )
    pq.write_table(pa.table(rows | {"amount": [100.5]}), folder / "合同.parquet")
    codes = {(f.code, f.column) for f in read_book(folder).faults}
    assert {("parquet-type", "amount"), ("missing-column", "amount")} <= codes


def _small_table() -> dict[str, Table]:
    columns = [
        Column("contract_no", "合同号", ColumnType.ID, required=True),
        Column("instalment_no", "期次", ColumnType.INT, required=True),
        Column("amount", "金额", ColumnType.FEN),
        Column("due_day", "应还日", ColumnType.DATE),
        Column("interest_rate", "利率", ColumnType.NUM),
        Column("board_approved", "董事会批准", ColumnType.BOOL),
        Column("status", "状态", ColumnType.ENUM, enum="tier"),
        Column("remark", "说明", ColumnType.TEXT),
        Column("recorded", "录入日", ColumnType.DATE),
        Column("voided", "作废日", ColumnType.DATE),
    ]
    table = Table(
        "contract",
        "合同",
        ("contract_no", "instalment_no"),
        {c.id: c for c in columns},
        None,
        None,
        "loans",
        "试",
    )
    return {"contract": table}


TIERS = {"tier": ("pass", "loss")}
WORDS = st.text(
    st.characters(codec="utf-8", exclude_categories=("C", "Z"), exclude_characters='"，'),
    min_size=1,
    max_size=8,
).filter(
    lambda t: not t.startswith(("例", "示例", "#", "合", "总", "小", "本", "累")) and t.lower() != "total"
)


def _maybe(strategy):
    return st.none() | strategy


ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "contract_no": st.text("HTａ0123456789-担保字第号（）/", min_size=1, max_size=10),
            "instalment_no": st.integers(1, 400),
            "amount": _maybe(st.integers(0, 10**13)),
            "due_day": _maybe(st.dates(D(1955, 1, 1), D(2100, 12, 31))),
            "interest_rate": _maybe(st.decimals(-999, 999, places=6)),
            "board_approved": _maybe(st.booleans()),
            "status": _maybe(st.sampled_from(TIERS["tier"])),
            "remark": _maybe(WORDS),
            "recorded": st.none(),
            "voided": st.none(),
        }
    ),
    min_size=1,
    max_size=12,
    unique_by=lambda r: (
        r["contract_no"].replace("ａ", "a").replace("（", "(").replace("）", ")"),
        r["instalment_no"],
    ),
)


def _said(value: object) -> str:
    if value is None:
        return ""
    return {True: "是", False: "否"}[value] if isinstance(value, bool) else str(value)


@settings(max_examples=25)
@given(rows=ROWS)
def test_one_content_is_one_book_from_workbook_csv_and_parquet(tmp_path_factory, rows) -> None:
    folder = tmp_path_factory.mktemp("three")
    tables = _small_table()
    ask = {"tables": tables, "domains_of": TIERS}
    write_book({"contract": rows}, folder / "a.xlsx", tables=tables)
    from_workbook = read_book(folder / "a.xlsx", **ask)
    assert [f.reason("en") for f in from_workbook.faults] == []
    headings = list(tables["contract"].columns)
    lines = [
        [
            f"{r[h] // 100}.{r[h] % 100:02d}" if h == "amount" and r[h] is not None else _said(r[h])
            for h in headings
        ]
        for r in reversed(rows)
    ]
    from_csv = read_book(write_csvs(folder / "csv", {"contract": [headings, *lines]}), **ask)
    assert [f.reason("en") for f in from_csv.faults] == []
    write_parquet(from_csv.book, folder / "pq")
    from_parquet = read_book(folder / "pq", **ask)
    assert [f.reason("en") for f in from_parquet.faults] == []
    books = [r.book for r in (from_workbook, from_csv, from_parquet)]
    order = [("contract_no", "ascending"), ("instalment_no", "ascending")]
    plain = [b.tables["contract"].drop_columns(["_sheet", "_row"]).sort_by(order) for b in books]
    assert plain[0].equals(plain[1])
    assert plain[1].equals(plain[2])
    assert len({b.fingerprint for b in books}) == 1


def test_the_fingerprint_follows_the_content_and_nothing_else(good, workbook) -> None:
    before = read_book(workbook(good)).book.fingerprint
    good["期供"][1:] = reversed(good["期供"][1:])
    good["期供"] = [list(reversed(row)) for row in good["期供"]]
    good["说明"] = [["x"]]
    assert read_book(workbook(good)).book.fingerprint == before
    good["员工"][1][1] = "王小强"
    assert read_book(workbook(good)).book.fingerprint != before


def test_a_stamped_folder_is_read_without_row_checks_until_a_file_changes(tmp_path, good, workbook) -> None:
    good["车辆"][1][0] = "1HGCM82643A004352"  # doubted, not refused
    folder = tmp_path / "账"
    write_parquet(read_book(workbook(good)).book, folder)
    stamped = stamp_checked(folder)
    again = read_book(folder)
    assert stamped.checked
    assert not again.checked
    assert again.book.fingerprint == stamped.book.fingerprint
    assert again.book.tables["contract"].equals(stamped.book.tables["contract"])
    assert [f.code for f in again.faults] == [f.code for f in stamped.faults] == ["vin-proof"]
    assert again.faults[0].reason("zh") == stamped.faults[0].reason("zh")
    table = pq.read_table(folder / "instalment.parquet")
    due = table.column_names.index("due_amount")
    pq.write_table(
        table.set_column(due, "due_amount", pa.array([-1, -1], pa.int64())), folder / "instalment.parquet"
    )
    changed = read_book(folder)
    assert changed.checked
    assert changed.rows_left_out["instalment"] == 2
    with pytest.raises(NotCleanError) as refused:
        stamp_checked(folder)
    assert refused.value.reading.rows_left_out["instalment"] == 2
    assert not (folder / "_checked.json").exists()


def test_a_stamp_changes_nothing_that_the_book_says(tmp_path, good, workbook) -> None:
    """Neither payments laid on a plan that says nothing of them, nor tables and columns named in words."""
    good["期供"] = [row[:4] for row in good["期供"]]
    good["还款"] = [["流水号", "合同", "起息日", "金额"], ["L1", "HT2", D(2026, 4, 1), 3700]]
    folder = tmp_path / "账"
    write_parquet(read_book(workbook(good)).book, folder)
    words = pa.table({"表": ["期供"], "截至": [D(2026, 11, 22)]})
    (folder / "data_through.parquet").unlink()
    pq.write_table(words, folder / "数据截至.parquet")
    log = pq.read_table(folder / "change_log.parquet")
    for column, said in (("table_name", "合同"), ("item", "客户经理")):
        place = log.column_names.index(column)
        log = log.set_column(place, column, pa.array([said] * log.num_rows))
    pq.write_table(log, folder / "change_log.parquet")
    plan = pq.read_table(folder / "instalment.parquet")
    pq.write_table(
        plan.drop_columns(["paid_amount", "last_paid_day", "paid_off_day"]), folder / "instalment.parquet"
    )
    plain = read_book(folder)
    stamp_checked(folder)
    stamped = read_book(folder)
    assert (plain.checked, stamped.checked) == (True, False)
    assert [f.code for f in plain.faults] == [f.code for f in stamped.faults] == ["payments-allocated"]
    assert stamped.book.tables["instalment"]["paid_amount"].to_pylist() == [350000, 20000]
    assert set(plain.book.tables) == set(stamped.book.tables)
    for name, table in plain.book.tables.items():
        assert stamped.book.tables[name].equals(table), name
    assert stamped.book.through == plain.book.through == {"instalment": D(2026, 11, 22)}
    assert stamped.book.fingerprint == plain.book.fingerprint
    assert stamped.rows_read == plain.rows_read
    assert "instalment" not in stamped.book.files  # its file says nothing of what was paid
    assert "contract" in stamped.book.files


@pytest.mark.parametrize("stamp", ["", "{}", "[]", '{"faults": []}', '{"faults": [], "files": 3}'])
def test_a_damaged_stamp_vouches_for_nothing(tmp_path, good, workbook, stamp) -> None:
    folder = tmp_path / "账"
    write_parquet(read_book(workbook(good)).book, folder)
    (folder / "_checked.json").write_text(stamp, "utf-8")
    assert read_book(folder).checked


def test_rows_in_no_order_are_still_searched_for_repeated_keys(tmp_path, good, workbook) -> None:
    folder = tmp_path / "账"
    write_parquet(read_book(workbook(good)).book, folder)
    duckdb.sql(
        f"""COPY (SELECT 'HT1' AS contract, (i * 7919 % 30011 + 1) % 1200 + 1 AS instalment_no,
        DATE '2026-01-01' AS due_day, 100::BIGINT AS due_amount FROM range(1300) t(i))
        TO '{folder / "instalment.parquet"}' (FORMAT parquet)"""
    )
    reading = read_book(folder)
    twice = [f for f in reading.faults if f.code == "key-twice"]
    assert len(twice) >= 200
    assert reading.rows_left_out["instalment"] == len(twice)


def test_more_faults_of_a_kind_than_are_listed_are_counted(good, workbook, monkeypatch) -> None:
    for room in ("checking", "faults"):
        monkeypatch.setattr(f"daihou.book.{room}.LIST_LIMIT", 3)
    good["期供"] = [good["期供"][0], *[["HT2", n, D(2026, 4, 2), -1, None, None] for n in range(1, 11)]]
    good["还款"] = []
    reading = read_book(workbook(good))
    assert sum(f.code == "amount-negative" for f in reading.faults) == 3
    (more,) = [f for f in reading.faults if f.code == "more-of-the-kind"]
    assert "10" in more.reason("zh")
    assert reading.rows_left_out["instalment"] == 10


def test_progress_is_told_from_nothing_to_all(good, workbook) -> None:
    told: list[float] = []
    read_book(workbook(good), progress=lambda _name, share: told.append(share))
    assert told == sorted(told)
    assert told[-1] == 1.0


def test_an_empty_workbook_is_an_empty_book(tmp_path) -> None:
    path = tmp_path / "空白.xlsx"
    book = openpyxl.Workbook()
    book.active.title = "合同"
    book.save(path)
    reading = read_book(path)
    assert reading.book.tables == {}
    assert reading.faults == ()
