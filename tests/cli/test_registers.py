"""template and check as a user runs them: what they print, what they write, how they end."""

import json

import openpyxl
import pytest


def test_a_template_has_a_sheet_per_table_and_can_be_checked(daihou, tmp_path) -> None:
    file = tmp_path / "空白.xlsx"
    assert daihou("template", file).code == 0
    assert {"说明", "合同", "主体"} <= set(openpyxl.load_workbook(file).sheetnames)
    assert daihou("check", file).code in {0, 1}


def test_a_template_for_some_rulebooks_has_no_sheets_that_they_do_not_use(daihou, tmp_path) -> None:
    file = tmp_path / "小贷.xlsx"
    assert daihou("template", file, "--rulebook", "microloan,signals").code == 0
    sheets = set(openpyxl.load_workbook(file).sheetnames)
    assert {"合同", "主体", "现金盘点"} <= sheets
    assert not {"代偿", "设备"} & sheets
    refused = daihou("template", tmp_path / "没有.xlsx", "--rulebook", "nothing")
    assert refused.code != 0
    assert not (tmp_path / "没有.xlsx").exists()


def test_a_template_overwrites_nothing(daihou, tmp_path) -> None:
    file = tmp_path / "台账.xlsx"
    file.write_bytes(b"mine")
    ended = daihou("template", file)
    assert (ended.code, file.read_bytes()) == (2, b"mine")
    assert "没有覆盖" in ended.err


def test_a_clean_register_ends_with_0(daihou, files) -> None:
    ended = daihou("check", files.register)
    assert ended.code == 0
    assert "没有发现问题" in ended.out
    assert "Nothing wrong was found" in daihou("check", files.register, "--lang", "en").out


def test_a_faulty_register_ends_with_1_and_every_kind_of_fault_stands_under_its_remedy(daihou, files) -> None:
    ended = daihou("check", files.faulty, width=80)
    assert ended.code == 1
    for word in ("表页", "行", "列", "值", "原因", "请只留一行", "是不是“企业”？", "另有", "--marked"):
        assert word in ended.out


def test_all_places_are_listed_when_asked_for(daihou, files) -> None:
    few, every = daihou("check", files.faulty).out, daihou("check", files.faulty, "--all").out
    assert "另有" in few
    assert "另有" not in every
    assert len(every.splitlines()) > 2 * len(few.splitlines())


def test_the_marked_copy_says_the_faults_beside_the_rows_and_never_replaces_the_register(
    daihou, files, tmp_path
) -> None:
    copy = tmp_path / "意见.xlsx"
    ended = daihou("check", files.faulty, "--marked", copy)
    assert ended.code == 1
    assert str(copy) in ended.out
    texts = [str(cell.value) for row in openpyxl.load_workbook(copy)["合同"].iter_rows() for cell in row]
    assert any("约数" in text for text in texts)
    before = files.faulty.read_bytes()
    assert daihou("check", files.faulty, "--marked", files.faulty).code == 2
    assert files.faulty.read_bytes() == before


def test_programs_get_each_fault_with_place_reason_and_remedy(daihou, files) -> None:
    ended = daihou("check", files.faulty, "--json")
    document = json.loads(ended.out)
    assert ended.code == 1
    money = next(fault for fault in document["faults"] if fault["code"] == "money-approximate")
    assert (money["sheet"], money["row"], money["column"], money["value"]) == (
        "合同",
        4,
        "amount",
        "约三十万",
    )
    assert money["severity"] == "error"
    assert money["reason"] != money["remedy"]
    assert document["rows_left_out"]["contract"] > 0


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("没有.xlsx", None, "找不到"),
        ("坏.xlsx", b"PK\x03\x04 nothing", "坏.xlsx"),
        ("空.xlsx", b"", "空.xlsx"),
        ("空.csv", b"", "空.csv"),
        ("文.docx", b"words", "文.docx"),
    ],
)
def test_what_cannot_be_read_ends_with_3_and_says_why(daihou, tmp_path, name, content, said) -> None:
    file = tmp_path / name
    if content is not None:
        file.write_bytes(content)
    ended = daihou("check", file)
    assert ended.code == 3
    assert said in ended.err
    assert ended.out == ""


def test_progress_goes_beside_the_results_and_not_among_them(daihou, files) -> None:
    ended = daihou("check", files.register)
    assert "正在读" in ended.err
    assert "正在读" not in ended.out
