"""Every command as a user runs it: what it prints, what it writes, how it ends."""

import json
from datetime import date

import openpyxl
import pytest
from typer.testing import CliRunner

from daihou.cli.app import app
from daihou.sample import write_sample

runner = CliRunner()
DAY = "2026-11-23"


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    return write_sample(tmp_path_factory.mktemp("cli"), date(2026, 11, 23))


def run(*args: object):
    return runner.invoke(app, [str(arg) for arg in args])


def test_template_writes_a_workbook_with_a_sheet_per_table(tmp_path) -> None:
    result = run("template", tmp_path / "空白.xlsx")
    assert result.exit_code == 0
    assert {"说明", "合同", "主体"} <= set(openpyxl.load_workbook(tmp_path / "空白.xlsx").sheetnames)


def test_check_of_a_clean_register_ends_with_0(files) -> None:
    result = run("check", files.register)
    assert result.exit_code == 0
    assert "没有发现问题" in result.output


def test_check_of_a_faulty_register_names_the_faults_and_ends_with_1(files, tmp_path) -> None:
    result = run("check", files.faulty, "--marked", tmp_path / "意见.xlsx")
    assert result.exit_code == 1
    assert "合同" in result.output
    assert (tmp_path / "意见.xlsx").exists()
    listed = json.loads(runner.invoke(app, ["check", str(files.faulty), "--json"]).stdout)
    assert {"code", "sheet", "row", "column", "value", "reason", "remedy"} <= set(listed[0])


def test_check_speaks_english_when_asked(files) -> None:
    assert "Nothing wrong was found" in run("check", files.register, "--lang", "en").output


@pytest.mark.parametrize(
    ("args", "code", "words"),
    [
        (("check", "没有这个文件.xlsx"), 3, "没有这个文件"),
        (("derive", "{register}", "--rulebook", "nonsense"), 2, "nonsense"),
        (("derive", "{register}", "--as-of", "23/11/2026"), 2, "2026-11-23"),
        (("derive", "{register}", "--out", "x.doc"), 2, ".xlsx"),
        (("derive", "{faulty}", "--rulebook", "finance", "--strict"), 1, "--strict"),
        (("explain", "{register}", "no-such-rule", "C1"), 2, "no-such-rule"),
        (("rulebook", "show", "no-such-rule"), 2, "no-such-rule"),
    ],
)
def test_a_fault_is_told_in_words_and_ends_with_its_own_code(files, args, code, words) -> None:
    result = run(*(arg.format(register=files.register, faulty=files.faulty) for arg in args))
    assert result.exit_code == code
    assert words in result.output
    assert "Traceback" not in result.output


def test_a_file_that_is_no_workbook_cannot_be_read(tmp_path) -> None:
    broken = tmp_path / "坏.xlsx"
    broken.write_bytes(b"PK\x03\x04 nothing")
    assert run("check", broken).exit_code == 3


def test_derive_prints_the_day_and_writes_the_work_list(files, tmp_path) -> None:
    result = run(
        "derive",
        files.register,
        "--rulebook",
        "guarantee,signals",
        "--as-of",
        DAY,
        "--out",
        tmp_path / "清单.xlsx",
    )
    assert result.exit_code == 0, result.output
    assert "今日任务" in result.output
    sheets = openpyxl.load_workbook(tmp_path / "清单.xlsx")
    assert sheets.sheetnames[:2] == ["今日任务", "预警"]
    assert sheets["今日任务"].max_row > 50


def test_derive_speaks_json_with_identifiers_and_dates(files) -> None:
    result = run("derive", files.register, "--rulebook", "finance", "--as-of", DAY, "--json")
    document = json.loads(result.stdout)
    assert document["as_of"] == DAY
    assert {row["state"] for row in document["duties"]} <= {
        "open",
        "overdue",
        "on_time",
        "late",
        "missed",
        "waived",
    }


def test_derive_works_on_the_good_rows_and_says_how_many_were_left_out(files) -> None:
    result = run("derive", files.faulty, "--rulebook", "finance", "--as-of", DAY)
    assert result.exit_code == 0
    assert "没有取用" in result.output


def test_explain_ends_on_the_date_that_derive_gives(files) -> None:
    document = json.loads(
        run("derive", files.register, "--rulebook", "guarantee", "--as-of", DAY, "--json").stdout
    )
    seen = 0
    for row in document["duties"]:
        if row["rule"] == "fund-use-check" and row["state"] in {"open", "overdue"}:
            seen += 1
            told = run(
                "explain",
                files.register,
                row["rule"],
                row["object"],
                "--rulebook",
                "guarantee",
                "--as-of",
                DAY,
            )
            assert told.exit_code == 0
            assert f"到期 {row['due']}" in told.output
    assert seen >= 2


def test_explain_of_an_object_that_is_not_there_says_so(files) -> None:
    result = run(
        "explain", files.register, "fund-use-check", "没有的合同", "--rulebook", "guarantee", "--as-of", DAY
    )
    assert result.exit_code == 1
    assert "没有这个对象" in result.output


def test_the_rules_can_be_listed_shown_checked_and_seen_as_sql() -> None:
    assert "fund-use-check" in run("rulebook", "list", "--rulebook", "guarantee").output
    shown = run("rulebook", "show", "fund-use-check").output
    assert "保后管理办法" in shown
    assert "到期:" in shown
    assert run("rulebook", "check", "guarantee").exit_code == 0
    assert (
        "SELECT"
        in run("rulebook", "sql", "fund-use-check", "--rulebook", "guarantee", "--dialect", "postgres").output
    )


def test_the_calendar_shows_make_up_days_and_says_when_a_year_is_assumed() -> None:
    assert "2026-10-10 周六" in run("calendar", "show", 2026).output
    assert "还没有公布" in run("calendar", "show", 2027).output
