"""Two versions of a rulebook: what is meant is compared, not how it is written; nothing that differs is left out."""

import shutil
from datetime import date
from pathlib import Path

import pytest

from daihou.rulebook import differences, mutants, read_rulebook, read_shipped, shipped

HEAD = "规则册: small\n名称: 试\n版本: 1.0.0\n"
RULES = """
数值:
  期限: {义: 几天内办, 值: 10天, 依据: 一}
表:
  间隔: {义: 多久一次, 依据: 一, 值: {1: 6月, 2: 3月}, 其他: 1月}
事实:
  合同.在查: {义: 还要查, 式: "状态 = '在保'"}
规则:
- {规则: 用途, 编号: use, 依据: 一, 条目: [], 意旨: 查用途, 对象: 合同, 条件: 在查, 起算: 放款日, 到期: "加天(起算, 期限)", 责任: 客户经理, 逾期: [{满: 1工作日, 报: 总经理}]}
- {规则: 常规, 编号: regular, 依据: 一, 条目: [], 意旨: 常规检查, 对象: 合同, 起算: 放款日, 到期: "加月(起算, 查(间隔, 风险分类))", 责任: 客户经理}
"""
CASES = """
案例:
- 案例: 一
  规则: [use, regular]
  账册: {合同: [{合同号: C1, 状态: 在保, 放款日: 2026-03-02}]}
  期望: [{当日: 2026-03-01, 对象: C1, 无: 是}]
"""


@pytest.fixture
def version(tmp_path: Path):
    """version(*(old, new)) -> the rulebook with these texts replaced."""
    made = []

    def write(*changes: tuple[str, str]):
        folder = tmp_path / str(len(made)) / "small"
        made.append(folder)
        (folder / "cases").mkdir(parents=True)
        rules, cases = RULES, CASES
        for old, new in changes:
            assert old in rules + cases
            rules = rules.replace(old, new, 1)
            cases = cases.replace(old.removeprefix("编号: "), new.removeprefix("编号: "))
        (folder / "book.yaml").write_text(HEAD, encoding="utf-8")
        (folder / "rules.yaml").write_text(rules, encoding="utf-8")
        (folder / "cases" / "one.yaml").write_text(cases, encoding="utf-8")
        return read_rulebook(folder)

    return write


def told(version, *changes: tuple[str, str]):
    return [
        (one.what, one.how, one.id, one.part, one.key, one.since, one.until)
        for one in differences(version(), version(*changes))
        if not one.worded
    ]


def test_the_same_is_no_difference_however_it_is_written(version) -> None:
    spaced = ("{义: 几天内办, 值: 10天, 依据: 一}", "{依据: 一,   值: 10天, 义: 几天内办}  # 注")
    assert differences(version(), version(spaced)) == ()
    assert differences(version(), version(("对象: 合同, 起算: 放款日", "起算: 放款日, 对象: 合同"))) == ()


def test_a_figure_changed_from_a_day_on_is_told_with_the_day_and_the_rules_that_use_it(version) -> None:
    dated = "值: [{自: 2020-01-01, 值: 10天, 依据: 一}, {自: 2027-01-01, 值: 7天, 依据: 二}]"
    found = [one for one in differences(version(), version(("值: 10天, 依据: 一", dated))) if not one.worded]
    before, later = found
    assert (before.since, before.until, before.after) == (None, date(2020, 1, 1), None)
    assert (later.since, later.until) == (date(2027, 1, 1), None)
    assert (later.before.value, later.after.value) == (10, 7)
    assert later.rules == ("use",)


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (("条件: 在查, ", '条件: "在查 AND 金额 > 0元", '), ("rule", "changed", "use", "conditions", "", None, None)),
        (('放款日, 到期: "加天(起算, 期限)"', '放款日, 到期: "加天(放款日, 期限)"'), ("rule", "changed", "use", "due", "", None, None)),
        (("报: 总经理", "报: 业务部经理"), ("rule", "changed", "use", "escalations", "", None, None)),
        (("2: 3月", "2: 2月"), ("lookup", "changed", "interval", "value", "2", None, None)),
        (("状态 = '在保'", "状态 = '在贷'"), ("fact", "changed", "contract.checked", "formula", "", None, None)),
        (("逾期: [", "表单: 保后检查表, 逾期: ["), ("rule", "changed", "use", "form", "", None, None)),
    ],
)  # fmt: skip
def test_a_change_is_told_where_it_was_made(version, change, what) -> None:
    found = [one for one in told(version, change) if one[0] != "figure"]
    assert [(one[1], one[3], one[4]) for one in found] == [(what[1], what[3], what[4])]
    assert found[0][0] == what[0]


def test_a_figure_that_is_unset_does_not_seem_to_change_the_rules_that_name_it(version) -> None:
    found = told(version, ("值: 10天, 依据: 一", "来源: 待定, 值: 待定"))
    assert [one[:4] for one in found] == [("figure", "changed", found[0][2], "value")]


def test_a_rule_that_is_there_in_one_version_only_is_new_or_gone(version) -> None:
    one, other = version(), version(("编号: regular", "编号: routine"))
    assert {(d.how, d.id) for d in differences(one, other) if d.what == "rule"} == {
        ("removed", "regular"),
        ("added", "routine"),
    }


def test_another_sense_or_article_is_said_apart(version) -> None:
    found = differences(version(), version(("意旨: 查用途", "意旨: 核对资金用在哪里")))
    assert [(one.part, one.worded) for one in found] == [("sense", True)]


GATE = '- {闸: 放款, 编号: lend, 依据: 一, 条目: [], 意旨: 可以放款, 对象: 合同, 不许: [{因: "{金额}还没还", 当: 金额 > 0元}]}'


@pytest.mark.parametrize(
    ("change", "part"),
    [
        (("意旨: 查用途", "意旨: 查用途, 英: Check the use of funds"), "english"),
        (("{义: 几天内办, 值", "{义: 几天内办, 英: Days to do it, 值"), "english"),
        (("{义: 多久一次, 依据", "{义: 多久一次, 英: How often, 依据"), "english"),
    ],
)
def test_english_is_text_and_no_other_meaning(version, change, part) -> None:
    one, other = version(), version(change)
    assert [(found.part, found.worded) for found in differences(one, other)] == [(part, True)]
    assert one.fingerprint == other.fingerprint
    assert one.wording != other.wording


@pytest.mark.parametrize("said", ["还欠{金额}", '{金额}还没还", 英: "{金额} is still owed'])
def test_a_reason_of_a_gate_said_otherwise_is_no_other_meaning(version, said) -> None:
    rules, asked = ("规则:\n", f"闸:\n{GATE}\n规则:\n"), ("[use, regular]", "[use, regular, lend]")
    one, other = version(rules, asked), version((rules[0], rules[1].replace("{金额}还没还", said)), asked)
    assert [(found.part, found.worded) for found in differences(one, other)] == [("refusals", True)]
    assert one.fingerprint == other.fingerprint


def test_no_mutant_of_a_shipped_rulebook_is_without_a_difference() -> None:
    (book,) = read_shipped("customer-care")
    asked = 0
    for mutant in mutants(book):
        asked += 1
        assert any(not one.worded for one in differences(book, mutant.make(book))), mutant
    assert asked > 50


def test_a_copied_folder_is_the_same(tmp_path: Path) -> None:
    shutil.copytree(shipped() / "portfolio", tmp_path / "portfolio")
    (book,) = read_shipped("portfolio")
    assert differences(book, read_rulebook(tmp_path / "portfolio")) == ()
