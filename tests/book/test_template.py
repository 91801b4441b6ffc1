"""The template that users fill in, the register that the sample company writes, the copy with remarks."""

import csv
from datetime import date
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest

from daihou.book import declared, domains, read_book, write_book, write_marked, write_template

D = date


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_empty_template_reads_as_an_empty_book_without_a_fault(tmp_path, lang) -> None:
    write_template(tmp_path / "t.xlsx", lang)
    reading = read_book(tmp_path / "t.xlsx")
    assert dict(reading.book.tables) == {}
    assert reading.faults == ()


def test_the_template_has_a_guide_a_sheet_per_table_comments_choices_and_an_example(tmp_path) -> None:
    write_template(tmp_path / "t.xlsx")
    book = openpyxl.load_workbook(tmp_path / "t.xlsx")
    assert book.sheetnames[0] == "说明"
    assert book.sheetnames[1:-1] == [t.word for t in declared().values()]
    sheet = book["合同"]
    assert sheet["A1"].value == "合同号 *"
    assert "必填" in sheet["A1"].comment.text
    said = {cell.value: cell.comment.text for cell in book["公司"][1]}
    assert said["自 *"].startswith("启用日："), "what a word means in this table, where it says too little"
    heads = [c.value for c in sheet[1]]
    amount = sheet.cell(1, heads.index("金额 *") + 1)
    assert "单位元" in amount.comment.text
    assert sheet["A2"].value.startswith("例-")
    assert sheet["A2"].font.color.rgb.endswith("999999")
    assert sheet.freeze_panes == "B2"
    assert len(sheet.data_validations.dataValidation) >= 8
    assert "合同" in [c.value for c in book["说明"]["A"]]


def test_a_template_filled_in_below_the_example_is_read(tmp_path, good) -> None:
    path = tmp_path / "t.xlsx"
    write_template(path)
    book = openpyxl.load_workbook(path)
    for name, (heads, *rows) in good.items():
        places = {str(c.value).removesuffix(" *"): c.column for c in book[name][1]}
        for i, row in enumerate(rows, 3):
            for head, value in zip(heads, row, strict=True):
                book[name].cell(i, places[head]).value = value
    book.save(path)
    reading = read_book(path)
    assert reading.faults == ()
    assert reading.rows_read["contract"] == 2


def test_what_is_not_the_templates_own_is_still_said_in_a_copy_of_it(tmp_path) -> None:
    """A number that begins with 例, an example half written over, a sheet of their own."""
    path = tmp_path / "t.xlsx"
    write_template(path)
    book = openpyxl.load_workbook(path)
    book["主体"].cell(3, 1).value = "例012"
    terms = book["任职"]
    heads = [str(cell.value).removesuffix(" *") for cell in terms[1]]
    terms.cell(2, heads.index("员工") + 1).value = "E1"
    book.create_sheet("_旧").append(["x"])
    book.create_sheet("合同台帐").append(["x"])
    book.save(path)
    said = {(f.code, f.sheet, f.row) for f in read_book(path).faults}
    assert said == {
        ("example-row", "主体", 3),
        ("example-row", "任职", 2),
        ("sheet-aside", "_旧", None),
        ("unknown-sheet", "合同台帐", None),
    }


def test_rows_written_as_a_register_are_read_back_as_they_were(tmp_path) -> None:
    rows: dict[str, list[dict[str, object]]] = {
        "company": [
            {
                "company_no": "C1",
                "title": "=甲",
                "type": domains()["company_type"][0],
                "since": D(2015, 1, 1),
                "net_assets": 123456789,
            },
            {
                "company_no": "007",
                "title": "乙",
                "type": domains()["company_type"][1],
                "since": D(2016, 1, 1),
                "net_assets": 10**15 + 1,
            },
        ],
    }
    ids = {c.word: c.id for c in declared()["data_through"].columns.values()}
    rows["data_through"] = [{ids["表"]: "company", ids["截至"]: D(2026, 11, 22)}]
    log = {c.word: c.id for c in declared()["change_log"].columns.values()}
    entry = {
        "表": "company",
        "对象": "C1",
        "项目": "net_assets",
        "生效日": D(2026, 5, 1),
        "新值": "123456789",
    }
    rows["change_log"] = [{log[word]: value for word, value in entry.items()}]
    write_book(rows, tmp_path / "册.xlsx")
    reading = read_book(tmp_path / "册.xlsx")
    assert [f.reason("zh") for f in reading.faults] == []
    for name, expected in rows.items():
        got = [
            {k: v for k, v in r.items() if v is not None and k[0] != "_"}
            for r in reading.book.tables[name].to_pylist()
        ]
        assert got == expected
    sheet = openpyxl.load_workbook(tmp_path / "册.xlsx")["变更记录"]
    assert [c.value for c in sheet[2]][:2] == ["公司", "C1"]
    assert "1234567.89" in [c.value for c in sheet[2]]
    assert reading.book.through == {"company": D(2026, 11, 22)}


def test_an_undeclared_column_is_not_written(tmp_path) -> None:
    with pytest.raises(KeyError, match="colour"):
        write_book({"company": [{"company_no": "C1", "colour": "red"}]}, tmp_path / "x.xlsx")


def _faulty(good):
    good["合同"].insert(0, ["合同台账"])
    good["合同"][2][7] = "约100万"
    good["合同"][3][3] = "E9"
    good["没有的表"] = [["x"]]
    return good


def test_the_marked_copy_has_remarks_beside_the_rows_and_coloured_cells(tmp_path, good, workbook) -> None:
    source = workbook(_faulty(good))
    reading = read_book(source)
    write_marked(source, reading.faults, tmp_path / "标.xlsx")
    book = openpyxl.load_workbook(tmp_path / "标.xlsx")
    sheet = book["合同"]
    assert [c.value for c in sheet[2]][-1] == "检查意见"
    assert "约数" in sheet.cell(3, 15).value
    assert "“员工”里没有“E9”" in sheet.cell(4, 15).value
    assert sheet.cell(3, 8).fill.fgColor.rgb == "00FFC7CE"
    assert sheet.cell(4, 4).fill.fgColor.rgb == "00FFC7CE"
    assert sheet.cell(4, 8).fill.fgColor.rgb == "00000000"
    listed = [[c.value for c in row] for row in book["_检查意见"].iter_rows()]
    assert len(listed) == len(reading.faults) + 1
    assert any(line[0] == "没有的表" for line in listed)


def test_a_marked_copy_that_was_mended_reads_without_its_remarks(tmp_path, good, workbook) -> None:
    good["期供"][2][3] = -1
    source = workbook(good)
    write_marked(source, read_book(source).faults, tmp_path / "标.xlsx")
    book = openpyxl.load_workbook(tmp_path / "标.xlsx")
    book["期供"].cell(3, 4).value = 3500
    book.save(tmp_path / "标.xlsx")
    reading = read_book(tmp_path / "标.xlsx")
    assert {f.code for f in reading.faults} == {"sheet-aside"}
    write_marked(tmp_path / "标.xlsx", reading.faults, tmp_path / "再标.xlsx")
    heads = [c.value for c in openpyxl.load_workbook(tmp_path / "再标.xlsx")["期供"][1]]
    assert heads.count("检查意见") == 1


def test_a_folder_of_csv_files_comes_back_with_a_column_of_remarks(tmp_path, good) -> None:
    folder = tmp_path / "台账"
    folder.mkdir()
    good["期供"][2][3] = -1
    for name, rows in good.items():
        with (folder / f"{name}.csv").open("w", encoding="gb18030", newline="") as file:
            csv.writer(file).writerows(rows)
    write_marked(folder, read_book(folder).faults, tmp_path / "标", "en")
    lines = list(csv.reader((tmp_path / "标" / "期供.csv").read_text("utf-8-sig").splitlines()))
    assert lines[0][-1] == "检查意见"
    assert "negative" in lines[2][-1]
    assert lines[1][-1] == ""
    assert (tmp_path / "标" / "_检查意见.csv").exists()
    assert not (tmp_path / "标" / "合同.csv").exists()


def test_an_old_workbook_comes_back_as_values_with_remarks(tmp_path, good, workbook) -> None:
    source = Path(tmp_path / "旧.et")
    source.write_bytes(workbook(_faulty(good)).read_bytes())
    write_marked(source, read_book(source).faults, tmp_path / "标.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "标.xlsx")["合同"]
    assert "约数" in sheet.cell(3, 15).value
    assert sheet.cell(3, 10).value.date() == D(2026, 1, 10)


def test_decimals_keep_their_six_places(tmp_path) -> None:
    ids = {c.word: c.id for c in declared()["project_progress"].columns.values()}
    row = {
        "合同": "H",
        "报告日": D(2026, 1, 1),
        "状态": domains()["project_status"][0],
        "延误月": Decimal("1.123456"),
    }
    write_book({"project_progress": [{ids[w]: v for w, v in row.items()}]}, tmp_path / "x.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "x.xlsx")["项目进度"]
    assert sheet.cell(2, 4).value == 1.123456
