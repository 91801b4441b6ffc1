"""forecast and rulebook diff as a user runs them."""

import csv
import json
import re
import shutil
from pathlib import Path

import openpyxl
import pyarrow.parquet
import pytest

DAY = ("--as-of", "2026-11-23")
SMALL = ("--rulebook", "customer-care", *DAY)
CHINESE = re.compile(r"[\u4e00-\u9fff]")


@pytest.fixture(scope="module")
def changed(tmp_path_factory, repo_root) -> Path:
    """A copy of the guarantee rules in which the use of funds is checked sooner, from November on."""
    root = tmp_path_factory.mktemp("rules")
    shutil.copytree(repo_root / "src" / "daihou" / "rulebooks", root / "mine")
    figures = root / "mine" / "guarantee" / "figures.yaml"
    text = figures.read_text("utf-8")
    dated = "值: [{自: 2020-01-01, 值: 10天, 依据: 一}, {自: 2026-11-01, 值: 7天, 依据: 二}]"
    old = "值: 10天, 依据: 保后管理办法 一(一)4(1)②"
    assert old in text
    figures.write_text(text.replace(old, dated), encoding="utf-8")
    return root / "mine" / "guarantee"


@pytest.fixture(scope="module")
def ahead(daihou, files):
    return daihou("forecast", files.register, "--rulebook", "carloan,customer-care", *DAY, width=80)


def test_the_months_ahead_fit_80_columns_by_post_and_person(ahead) -> None:
    assert ahead.code == 0
    tables = [
        line
        for line in ahead.out.splitlines()
        if not line.startswith(("忙周", "按到期日", "带 *", "没有", "要看", "规则"))
    ]
    wide = [line for line in tables if len(line) + len(CHINESE.findall(line)) > 80]
    assert wide == []
    for word in ("岗位", "12月", "10月", "合计", "忙周", "推定", "2027", "休眠", "还款提醒"):
        assert word in ahead.out


def test_the_forecast_is_told_in_english(daihou, files) -> None:
    ended = daihou("forecast", files.register, *SMALL, "--months", "2", "--lang", "en")
    assert ended.code == 0
    for word in ("duties foreseen", "Post", "Total", "Busy week", "By due day"):
        assert word in ended.out
    assert "Looking 2 months ahead" in ended.err


def test_tables_for_programs_agree_with_each_other_and_with_the_files(daihou, files, tmp_path) -> None:
    document = json.loads(daihou("forecast", files.register, *SMALL, "--months", "3", "--json").out)
    assert (document["as_of"], document["until"]) == ("2026-11-23", "2027-02-23")
    weeks, months, totals = (
        sum(row["duties"] for row in document[table]) for table in ("weeks", "months", "totals")
    )
    assert weeks == months >= totals > 0
    for suffix in (".csv", ".parquet", ".xlsx"):
        ended = daihou(
            "forecast", files.register, *SMALL, "--months", "3", "--out", tmp_path / f"预测{suffix}"
        )
        assert ended.code == 0
        assert "预测" in ended.out
    rows = list(csv.DictReader((tmp_path / "预测_weeks.csv").read_text("utf-8-sig").splitlines()))
    assert sum(int(row["duties"]) for row in rows) == weeks
    assert sum(pyarrow.parquet.read_table(tmp_path / "预测_weeks.parquet")["duties"].to_pylist()) == weeks
    book = openpyxl.load_workbook(tmp_path / "预测.xlsx")
    assert book.sheetnames == ["按周", "按月", "说明"]
    for sheet in ("按周", "按月"):
        head, *lines = book[sheet].iter_rows(values_only=True)
        assert head[:5] == ("岗位", "责任人", "任务", "依据", "合计")
        assert sum(line[4] for line in lines) == weeks
        assert all(line[4] == sum(filter(None, line[5:])) for line in lines)


@pytest.mark.slow
def test_what_would_change_with_other_rules_is_told_for_whom(daihou, files, changed) -> None:
    asked = ("forecast", files.register, "--against", changed, "--months", "2", *DAY)
    ended = daihou(*asked, width=80)
    assert ended.code == 1
    for word in ("换成新规则会变什么", "融资用途检查", "提前", "2026-11-23 当天"):
        assert word in ended.out
    ended = daihou(*asked, "--json")
    document = json.loads(ended.out)
    assert document["before"][0]["fingerprint"] != document["after"][0]["fingerprint"]
    assert {row["rule"] for row in document["day"]} == {"fund-use-check"}
    for row in document["day"]:
        assert row["how"] == "earlier"
        assert row["after"] < row["before"]


@pytest.mark.slow
def test_what_would_change_is_told_in_english(daihou, files, changed) -> None:
    ended = daihou("forecast", files.register, "--against", changed, "--months", "2", *DAY, "--lang", "en")
    assert ended.code == 1
    for word in ("What would change", "Earlier", "On 2026-11-23"):
        assert word in ended.out


def test_the_same_rules_change_nothing(daihou, files, repo_root) -> None:
    shipped = repo_root / "src" / "daihou" / "rulebooks" / "customer-care"
    ended = daihou("forecast", files.register, "--against", shipped, "--months", "1", *DAY)
    assert ended.code == 0
    assert "没有变化" in ended.out


def test_what_differs_between_two_versions_is_told_in_both_languages(daihou, changed) -> None:
    ended = daihou("rulebook", "diff", "guarantee", changed)
    assert ended.code == 1
    for word in (
        "数值 用途检查期限",
        "10 天 → 7 天，自 2026-11-01 起",
        "用到它的规则：融资用途检查",
        "只改了说法",
    ):
        assert word in ended.out
    assert (
        "10 days → 7 days, from 2026-11-01"
        in daihou("rulebook", "diff", "guarantee", changed, "--lang", "en").out
    )
    (book,) = json.loads(daihou("rulebook", "diff", "guarantee", changed, "--json").out)
    meant = [one for one in book["differences"] if not one["words_only"]]
    assert [(one["name"], one["since"], one["rules"]) for one in meant if one["since"]] == [
        ("用途检查期限", "2026-11-01", ["fund-use-check"])
    ]


@pytest.mark.slow
def test_one_book_is_compared_with_the_same_one_in_a_folder_of_several(daihou, changed) -> None:
    assert "signals" not in daihou("rulebook", "diff", "guarantee", changed.parent).out
    many = daihou("rulebook", "diff", "guarantee,finance", changed.parent)
    assert many.code == 1
    assert "只在新的一版里有" in many.out


def test_the_same_version_ends_with_0(daihou) -> None:
    ended = daihou("rulebook", "diff", "customer-care", "customer-care")
    assert (ended.code, "两版一样" in ended.out) == (0, True)


@pytest.mark.parametrize(
    ("line", "code", "said", "english"),
    [
        ("forecast x.xlsx --months 0", 2, "1 到 60，不是 0", "1 to 60, not 0"),
        ("forecast x.xlsx --months 1000", 2, "1 到 60，不是 1000", "1 to 60, not 1000"),
        ("forecast x.xlsx --months many", 2, "“N”写得不对", "N is not of the right form"),
        ("forecast x.xlsx --rulebook guarante", 2, "是不是“guarantee”", "Did you mean guarantee"),
        ("forecast x.xlsx --against guarante", 2, "是不是“guarantee”", "Did you mean guarantee"),
        ("forecast x.xlsx --against EMPTY", 4, "book.yaml", "book.yaml"),
        ("forecast x.xlsx --against customer-care --out y.xlsx", 2, "--json", "--json"),
        ("forecast x.xlsx --out y.doc", 2, ".parquet", ".parquet"),
        ("forecast x.xlsx --rulebook customer-care", 3, "x.xlsx", "x.xlsx"),
        ("rulebook diff guarantee", 2, "少了“AFTER”", "AFTER is missing"),
        ("rulebook diff customer-care nowhere", 2, "没有叫“nowhere”的规则册", "There is no rulebook"),
        ("rulebook diff customer-care EMPTY", 4, "book.yaml", "book.yaml"),
        ("rulebook diff customer-care customer-care,customer-care", 2, "给了两次", "given twice"),
    ],
)
def test_bad_input_is_answered(daihou, tmp_path, monkeypatch, line, code, said, english) -> None:
    (tmp_path / "EMPTY").mkdir()
    monkeypatch.chdir(tmp_path)
    for lang, words in (("zh", said), ("en", english)):
        ended = daihou(*line.split(), "--lang", lang)
        assert (ended.code, ended.out) == (code, ""), ended.err
        assert words in ended.err
