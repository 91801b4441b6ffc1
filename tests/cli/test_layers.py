"""Layers from the command line: begun, told of wherever the book is told of, renewed after a new release beneath."""

import json
import re
import shutil
from pathlib import Path

import pytest

from daihou.rulebook import read_shipped

STEP = "数值:\n  理赔期限: {值: [{自: 2027-01-01, 值: 7天, 依据: 会议}]}\n"
BOOK = {
    "book.yaml": "规则册: small\n名称: 试\n版本: 1.0.0\n",
    "rules.yaml": """
数值:
  理赔期限: {义: 几天内办, 值: 10天, 依据: 一}
规则:
- {规则: 用途, 编号: use, 依据: 一, 条目: [], 意旨: 查用途, 对象: 合同, 起算: 放款日, 到期: "加天(起算, 理赔期限)", 责任: 客户经理}
""",
    "cases/one.yaml": """
案例:
- {案例: 十天内, 规则: [use], 账册: {合同: [{合同号: C1, 放款日: 2026-03-02}]}, 期望: [{当日: 2026-03-03, 对象: C1, 到期: 2026-03-12}]}
""",
}


@pytest.fixture
def base(tmp_path) -> Path:
    for name, text in BOOK.items():
        file = tmp_path / "small" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return tmp_path / "small"


@pytest.fixture
def mine(base, daihou) -> Path:
    """A layer begun on the small book, with one figure changed."""
    folder = base.parent / "我司"
    assert daihou("rulebook", "layer", folder, "--on", base).code == 0
    (folder / "figures.yaml").write_text(STEP, encoding="utf-8")
    return folder


def test_a_layer_is_begun_with_comments_that_teach_and_is_clean_at_once(base, daihou) -> None:
    folder = base.parent / "我司"
    begun = daihou("rulebook", "layer", folder, "--on", base)
    assert begun.code == 0
    assert "现在与它一样" in begun.out
    names = sorted(str(file.relative_to(folder)) for file in folder.rglob("*.yaml"))
    assert names == ["book.yaml", "cases/own.yaml", "figures.yaml", "rules.yaml"]
    assert "基于: ../small" in (folder / "book.yaml").read_text("utf-8")
    assert daihou("rulebook", "check", folder).code == 0
    assert daihou("rulebook", "diff", base, folder).code == 0


def test_in_english_a_rule_and_its_figures_say_what_they_mean_in_english(daihou) -> None:
    (book,) = read_shipped("guarantee")
    rule, figure = book.rule("fund-use-check"), book.figures["用途检查期限"]
    for lang, told, untold in (("zh", rule.sense, rule.english), ("en", rule.english, rule.sense)):
        shown = daihou("rulebook", "show", rule.id, "--lang", lang).out.split("\n\n")[
            0
        ]  # its text stands below
        assert told in shown
        assert untold not in shown
        assert (figure.english in shown) is (lang == "en")


def test_in_english_a_rule_that_is_new_is_told_in_english_and_so_is_its_book(base, daihou) -> None:
    rules = base / "rules.yaml"
    copy = shutil.copytree(base, base.parent / "new" / "small")
    rules.write_text(rules.read_text("utf-8").replace("编号: use", "编号: check"), encoding="utf-8")
    cases = base / "cases" / "one.yaml"
    cases.write_text(cases.read_text("utf-8").replace("[use]", "[check]"), encoding="utf-8")
    text = (copy / "rules.yaml").read_text("utf-8")
    (copy / "rules.yaml").write_text(
        text.replace("意旨: 查用途", "意旨: 查用途, 英: Check the use of funds"), encoding="utf-8"
    )
    ended = daihou("rulebook", "diff", base, copy, "--lang", "en").out
    assert "Small · small" in ended
    assert "Check the use of funds" in ended
    assert "查用途" in ended, "the rule that is gone had no English"


def test_where_something_stands_already_or_the_name_is_the_bases_nothing_is_written(base, daihou) -> None:
    before = {file: file.read_text("utf-8") for file in base.rglob("*.yaml")}
    assert daihou("rulebook", "layer", base, "--on", "guarantee").code == 2
    other = base.parent / "other" / "small"
    assert daihou("rulebook", "layer", other, "--on", base).code == 2
    assert not other.exists()
    assert {file: file.read_text("utf-8") for file in base.rglob("*.yaml")} == before


def test_a_folder_without_rules_and_a_book_of_its_own_have_no_note_to_renew(base, daihou) -> None:
    nowhere = daihou("rulebook", "layer", base.parent / "nothing")
    assert (nowhere.code, "--on" in nowhere.err) == (2, True)
    assert daihou("rulebook", "layer", base).code == 2
    assert daihou("rulebook", "layer", base.parent / "mine", "--on", "garantee").code == 2


@pytest.mark.parametrize("command", [("list",), ("check",), ("show", "use", "--rulebook")])
def test_whatever_tells_of_a_book_tells_what_it_is_laid_on(mine, daihou, command) -> None:
    told = daihou("rulebook", *command, mine)
    assert told.code == 0
    found = re.search(
        r"叠加：我司 1\.0\.0，叠在 small 1\.0\.0（指纹 (\w{12})）上；叠好的指纹 (\w{12})", told.out
    )
    assert found is not None
    assert found[1] != found[2]


def test_a_program_is_told_the_layers_and_each_entry_with_its_place(mine, daihou) -> None:
    (book,) = json.loads(daihou("rulebook", "list", mine, "--json").out)
    (layer,) = book["layers"]
    assert (book["id"], book["version"]) == ("small", "1.0.0+1.0.0")
    assert layer["base_fingerprint"] != book["fingerprint"]
    assert [(one["what"], one["touch"], one["source"]) for one in layer["entries"]] == [
        ("figure", "changed", "我司/figures.yaml:2")
    ]
    assert layer["moved"] is None
    assert json.loads(daihou("rulebook", "list", "customer-care", "--json").out)[0]["layers"] == []


def test_a_rule_is_shown_as_the_base_says_it_and_then_what_is_laid_over_it(mine, daihou) -> None:
    (mine / "rules.yaml").write_text("改:\n- {规则: 用途, 来源: 自定, 责任: 业务部经理}\n", encoding="utf-8")
    shown = daihou("rulebook", "show", "use", "--rulebook", mine, width=200).out
    assert shown.index("small/rules.yaml:5") < shown.index("我司/rules.yaml:2")
    assert "- {规则: 用途, 来源: 自定, 责任: 业务部经理}" in shown
    assert "我司/figures.yaml:2" in shown


def test_what_is_retired_and_which_cases_no_longer_hold_is_listed_with_the_reason(mine, daihou) -> None:
    (mine / "rules.yaml").write_text(
        "停用:\n- {规则: 用途, 自: 2026-03-01, 因: 改由银行查}\n不再适用:\n- {案例: 十天内, 因: 停了}\n",
        encoding="utf-8",
    )
    (mine / "cases" / "own.yaml").write_text(
        "案例:\n- {案例: 停了就不派, 规则: [use], 账册: {合同: [{合同号: C1, 放款日: 2026-03-02}]}, 期望: [{当日: 2026-03-03, 对象: C1, 无: 是}]}\n",
        encoding="utf-8",
    )
    listed = daihou("rulebook", "list", mine)
    assert "停用：用途，自 2026-03-01 起：改由银行查" in listed.out
    assert "不再适用的案例：十天内：停了" in listed.out
    assert daihou("rulebook", "cases", mine).code == 0


def test_a_case_of_the_base_that_fails_under_the_layer_is_said_to_be_one_and_how_to_name_it(
    mine, daihou
) -> None:
    (mine / "figures.yaml").write_text("数值:\n  理赔期限: {来源: 自定, 值: 7天}\n", encoding="utf-8")
    ran = daihou("rulebook", "cases", mine, width=200)
    assert ran.code == 1
    assert "small/cases/one.yaml:3  十天内" in ran.out
    assert "不再适用: [{案例: [十天内], 因: …}]" in ran.out
    assert "不再适用" not in daihou("rulebook", "cases", mine.parent / "small").out


def test_after_a_new_release_the_entries_concerned_are_named_until_the_author_notes_it(mine, daihou) -> None:
    assert daihou("rulebook", "layer", mine).code == 0
    assert "底下" not in daihou("rulebook", "check", mine).out
    head, rules = mine.parent / "small" / "book.yaml", mine.parent / "small" / "rules.yaml"
    head.write_text(BOOK["book.yaml"].replace("1.0.0", "1.1.0"), encoding="utf-8")
    rules.write_text(BOOK["rules.yaml"].replace("10天", "9天"), encoding="utf-8")
    told = daihou("rulebook", "check", mine, width=200)
    assert told.code == 0
    assert "底下的 small 是 1.0.0，如今是 1.1.0" in told.out
    assert "底下也变了的：理赔期限 (我司/figures.yaml:2)" in told.out
    (book,) = json.loads(daihou("rulebook", "list", mine, "--json").out)
    assert [one["id"] for one in book["layers"][0]["moved"]["entries"]] == ["理赔期限"]
    assert "底下也变了的：理赔期限" in daihou("rulebook", "layer", mine, width=200).out
    assert "底下" not in daihou("rulebook", "check", mine).out


def test_a_release_that_touches_nothing_of_the_layer_is_told_as_that(mine, daihou) -> None:
    assert daihou("rulebook", "layer", mine).code == 0
    rules = mine.parent / "small" / "rules.yaml"
    rules.write_text(BOOK["rules.yaml"].replace("客户经理", "业务部经理"), encoding="utf-8")
    assert "这一层改的地方，底下都没有变" in daihou("rulebook", "check", mine).out
    note = (mine / "book.yaml").read_text("utf-8").split("针对:")[0]
    (mine / "book.yaml").write_text(note + "针对: {版本: 0.9.0}\n", encoding="utf-8")
    assert "没有记下各条的指纹" in daihou("rulebook", "check", mine).out


def test_a_refused_layer_ends_as_a_refused_book_does_by_file_and_line(mine, daihou) -> None:
    (mine / "figures.yaml").write_text(STEP.replace("理赔期限", "理赔期现"), encoding="utf-8")
    for command in (("rulebook", "check", mine), ("rulebook", "diff", mine.parent / "small", mine)):
        ended = daihou(*command)
        assert ended.code == 4
        assert "我司/figures.yaml:2" in ended.err
        assert "是不是“理赔期限”" in ended.err


def test_every_command_that_takes_a_rulebook_takes_a_layer(mine, daihou, files) -> None:
    day = ("--as-of", "2026-11-23")
    asked = [
        ("rulebook", "sql", "use", "--rulebook", mine),
        ("derive", files.register, "--rulebook", mine, *day),
        ("explain", files.register, "use", "DB20260015", "--rulebook", mine, *day),
        ("forecast", files.register, "--months", "1", "--rulebook", mine, *day),
    ]
    for command in asked:
        ended = daihou(*command)
        assert ended.code == 0, (command, ended.err)
    against = daihou(
        "forecast",
        files.register,
        "--months",
        "1",
        "--rulebook",
        mine.parent / "small",
        "--against",
        mine,
        *day,
    )
    assert against.code in {0, 1}, against.err
    assert daihou("rulebook", "diff", mine.parent / "small", mine, "--json").code == 1
