"""The work of a day under a layer differs exactly where the layer says, and from the day that it says."""

from datetime import date
from pathlib import Path

import pytest

from daihou.book import read_book, write_book
from daihou.engine import derive, run_case
from daihou.rulebook import FigureStep, read_rulebook, shipped, with_figures, written_shipped
from daihou.sample import sample_rows

DAY = date(2026, 11, 23)
SINCE = date(2026, 11, 1)
HEAD = "基于: guarantee\n名称: 我司\n版本: 1.0.0\n"
LAYER = """
数值:
  用途检查期限: {值: [{自: 2026-11-01, 值: 7天, 依据: 2026年第12号会议纪要}]}
"""
CASES = """
案例:
- 案例: 十一月起放款的七天内查用途
  规则: [fund-use-check]
  账册: {合同: [{合同号: C1, 业务线: 担保, 状态: 在保, 放款日: 2026-11-02}, {合同号: C2, 业务线: 担保, 状态: 在保, 放款日: 2026-10-30}]}
  期望:
  - {当日: 2026-11-03, 对象: C1, 到期: 2026-11-09}
  - {当日: 2026-11-03, 对象: C2, 到期: 2026-11-09}
"""


def layer(root: Path, **files: str):
    for name, text in {"book": HEAD, **files}.items():
        file = root / "ours" / f"{name}.yaml"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    (root / "ours" / "cases").mkdir(exist_ok=True)
    (root / "ours" / "cases" / "own.yaml").write_text(CASES, encoding="utf-8")
    return read_rulebook(root / "ours", root=shipped())


@pytest.fixture(scope="module")
def register(tmp_path_factory):
    file = tmp_path_factory.mktemp("layers") / "台账.xlsx"
    write_book(sample_rows(DAY, contracts=80), file)
    return read_book(file).book


def everything(rulebook, register):
    """Every occurrence there ever was, by rule, object and occurrence."""
    duties = derive([rulebook], register, DAY, scope="history").duties.to_pylist()
    return {(row["rule"], row["object"], row["occurrence"]): row for row in duties}


def test_only_checks_of_money_lent_from_the_day_of_the_layer_on_are_due_otherwise(register, tmp_path) -> None:
    base, ours = written_shipped("guarantee").book, layer(tmp_path, our=LAYER)
    before, after = everything(base, register), everything(ours, register)
    assert before.keys() == after.keys()
    changed = {key for key, row in after.items() if row != before[key]}
    meant = {key for key, row in before.items() if key[0] == "fund-use-check" and row["start"] >= SINCE}
    assert changed == meant
    assert len(meant) > 1
    assert all((after[key]["due"] - after[key]["start"]).days == 7 for key in meant)
    assert all((before[key]["due"] - before[key]["start"]).days == 10 for key in meant)


def test_a_retired_rule_asks_for_nothing_that_begins_later_and_leaves_the_others_alone(
    register, tmp_path
) -> None:
    retired = "停用:\n- {规则: 融资用途检查, 自: 2026-11-01, 因: 改由银行查}\n"
    base, ours = written_shipped("guarantee").book, layer(tmp_path, our=retired)
    before, after = everything(base, register), everything(ours, register)
    meant = {key for key, row in before.items() if key[0] == "fund-use-check" and row["start"] >= SINCE}
    assert before.keys() - after.keys() == meant
    assert after == {key: row for key, row in before.items() if key not in meant}


def test_figures_given_in_memory_derive_the_same_day_as_the_folder(register, tmp_path) -> None:
    steps = {"用途检查期限": [FigureStep(SINCE, "7天", "2026年第12号会议纪要")]}
    given = with_figures(written_shipped("guarantee"), steps, name="我司", version="1.0.0")
    ours = layer(tmp_path, our=LAYER)
    days = [derive([book], register, DAY) for book in (given, ours)]
    assert days[0].fingerprint == days[1].fingerprint
    assert days[0].duties == days[1].duties


def test_the_cases_of_the_layer_and_of_the_base_are_run_on_the_effective_book(tmp_path) -> None:
    ours = layer(tmp_path, our=LAYER)
    asked = [case for case in ours.cases if case.rules == ("fund-use-check",)]
    assert {case.source.file.split("/")[0] for case in asked} == {"ours", "guarantee"}
    assert [miss for case in asked for miss in run_case(case, ours)] == []


def test_a_case_of_the_base_that_the_layer_breaks_fails_until_it_is_named(tmp_path) -> None:
    shorter = "数值:\n  用途检查期限: {来源: 自定, 值: 3天}\n"
    ours = layer(tmp_path, our=shorter)
    asked = [case for case in ours.cases if case.rules == ("fund-use-check",) and case.source.file.startswith("guarantee/")]  # fmt: skip
    broken = sorted({miss.case.name for case in asked for miss in run_case(case, ours)})
    assert broken
    named = f"不再适用:\n- {{案例: [{', '.join(broken)}], 因: 改成三天}}\n"
    ours = layer(tmp_path, our=shorter + named)
    kept = {case.name for case in ours.cases}
    assert not kept & set(broken)
    assert {case.name for case in asked} - set(broken) <= kept
