"""Whose a gap is (S7): whoever would do the duty, else who looks after the contract or the client, else the post at the branch or above it.

Both executions are asked every time, and PostgreSQL in the long run.
"""

from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest

from daihou.engine import derive
from daihou.rulebook import read_shipped

D = date
DAY = D(2026, 3, 13)
keeps = pytest.mark.keeps

CONTRACT = "合同: [{合同号: C1, 客户: K1, 机构: J1, 客户经理: E1, 放款日: 2026-03-02}]"
UNKNOWN = "对象: 合同, 起算: 放款日, 到期: 到期日"
"""A duty whose due day cannot be told."""


def who(people: list[SimpleNamespace]) -> list[tuple[Any, ...]]:
    """Post, employee, pool and whether the post above answers, in order."""
    return [(one.post, one.employee, one.pool, one.fallback) for one in people]


def held(*posts: str) -> str:
    """Rows of who holds posts: person, post, branch."""
    rows = ", ".join(
        f"{{员工: {person}, 岗位: {post}, 机构: {branch}, 自: 2020-01-01}}"
        for person, post, branch in map(str.split, posts)
    )
    return f"任职: [{rows}]"


@keeps("S7")
def test_a_gap_is_the_persons_whom_the_object_names_for_the_duty(ask) -> None:
    rule = f"规则: [{{编号: g, {UNKNOWN}, 责任: {{各: [客户经理, 家访员]}}}}]"
    rows = CONTRACT.replace("客户经理: E1", "客户经理: E1, 家访员: E2")
    assert [(g.part, g.columns, g.contract, g.party, g.branch) for g in ask(rule, rows, DAY, "gaps")] == [
        ("due", "maturity_day", "C1", "K1", "J1")
    ]
    told = ask(rule, rows, DAY, "gap_assignments")
    assert [(one.ordinal, one.role, one.employee) for one in told] == [(0, "each", "E1"), (1, "each", "E2")]
    assert ask(rule, rows, DAY, "assignments") == []


@keeps("S7", "S34")
def test_it_is_whose_the_object_is_on_the_day(ask) -> None:
    rule = f"规则: [{{编号: g, {UNKNOWN}, 责任: 客户经理}}]"
    moved = f"""
    {CONTRACT}
    变更记录: [{{表: 合同, 对象: C1, 项目: 客户经理, 生效日: 2026-03-10, 原值: E1, 新值: E9}}]
    """
    assert who(ask(rule, moved, D(2026, 3, 9), "gap_assignments")) == [
        ("account_manager", "E1", False, False)
    ]
    assert who(ask(rule, moved, DAY, "gap_assignments")) == [("account_manager", "E9", False, False)]


@keeps("S7")
@pytest.mark.parametrize(
    ("posts", "found"),
    [
        pytest.param(held("E7 出纳 J1"), ("cashier", "E7", False, False), id="one holds it there"),
        pytest.param(
            held("E7 出纳 J1", "E8 出纳 J1"), ("cashier", None, True, False), id="several: their pool"
        ),
        pytest.param(held("E7 出纳 J2"), ("cashier", "E7", False, False), id="one elsewhere"),
        pytest.param(held("E7 总经理 J9"), ("general_manager", "E7", False, True), id="nobody: who heads it"),
        pytest.param("", ("cashier", None, False, True), id="nobody up to the top"),
    ],
)
def test_a_post_is_looked_for_as_for_the_duty(ask, posts, found) -> None:
    rule = f"规则: [{{编号: g, {UNKNOWN}, 责任: 出纳@机构}}]"
    assert who(ask(rule, f"{CONTRACT}\n{posts}".strip(), DAY, "gap_assignments")) == [found]


@keeps("S7", "S28")
def test_the_wording_in_force_on_the_day_says_whose_it_is(ask) -> None:
    rule = f"""
    规则:
    - {{编号: g, {UNKNOWN}, 责任: 客户经理, 版本: [{{自: 2026-03-12, 依据: 二, 责任: 家访员}}]}}
    """
    rows = CONTRACT.replace("客户经理: E1", "客户经理: E1, 家访员: E2")
    assert [one.employee for one in ask(rule, rows, D(2026, 3, 11), "gap_assignments")] == ["E1"]
    assert [one.employee for one in ask(rule, rows, D(2026, 3, 12), "gap_assignments")] == ["E2"]


@keeps("S7")
def test_where_only_a_person_is_missing_the_others_of_the_duty_are_asked(ask) -> None:
    rule = "规则: [{编号: g, 对象: 合同, 起算: 放款日, 到期: 放款日, 责任: {同办: [经理B, 家访员]}}]"
    rows = CONTRACT.replace("客户经理: E1", "客户经理: E1, 家访员: E2")
    assert [(g.part, g.columns) for g in ask(rule, rows, DAY, "gaps")] == [("person", "manager_b")]
    assert [(one.ordinal, one.employee) for one in ask(rule, rows, DAY, "gap_assignments")] == [(1, "E2")]


@keeps("S7")
@pytest.mark.parametrize(
    ("about", "found"),
    [
        pytest.param(CONTRACT, ("account_manager", "E1", False, False), id="the contract's account manager"),
        pytest.param(
            CONTRACT.replace("客户经理: E1, ", "") + "\n主体: [{证件号: K1, 管户人: E3}]", (None, "E3", False, False),
            id="else the client's caretaker",
        ),
        pytest.param(
            CONTRACT.replace("客户经理: E1, ", "") + "\n" + held("E4 客户经理 J1", "E5 客户经理 J2"),
            ("account_manager", "E4", False, False), id="else who holds the post at the branch",
        ),
    ],
)  # fmt: skip
@pytest.mark.parametrize(
    "rule",
    [
        pytest.param(
            "规则: [{编号: g, 对象: 合同, 起算: 放款日, 到期: 放款日, 责任: 经理B}]", id="a duty of nobody"
        ),
        pytest.param(
            "规则: [{预警: 试, 编号: g, 依据: 一, 条目: [], 意旨: 试, 方式: A, 次: 合同号, 措施: [], 对象: 合同, 条件: \"状态 = '在保'\", 级: {重要: 期限月 > 1}}]",
            id="a warning",
        ),
        pytest.param(
            "规则: [{分级: 试, 编号: g, 依据: 一, 条目: [], 意旨: 试, 对象: 合同, 条件: \"状态 = '在保'\", 取: 首个, 级: {正常: 'TRUE'}}]",
            id="a grade",
        ),
        pytest.param(
            "规则: [{闸: 试, 编号: g, 依据: 一, 条目: [], 意旨: 试, 对象: 合同, 条件: \"状态 = '在保'\", 不许: [{因: 长, 当: 期限月 > 1}]}]",
            id="a gate",
        ),
    ],
)
def test_where_the_rule_names_nobody_it_is_whoever_looks_after_the_object(ask, rule, about, found) -> None:
    assert len(ask(rule, about, DAY, "gaps")) == 1
    assert who(ask(rule, about, DAY, "gap_assignments")) == [found]


@keeps("S7")
def test_persons_of_gaps_are_no_persons_of_duties(ask) -> None:
    """A rule on duties sees who does a duty, not who answers for a gap of the same rule and object."""
    rules = f"""
    规则:
    - {{编号: g, {UNKNOWN}, 责任: 客户经理}}
    - {{编号: h, 对象: 合同, 起算: 放款日, 到期: 放款日, 责任: 家访员}}
    - {{编号: about, 对象: 任务, 条件: "规则 IN ('g', 'h')", 起算: 起算, 到期: 起算, 责任: 责任人}}
    """
    rows = CONTRACT.replace("客户经理: E1", "客户经理: E1, 家访员: E2")
    assert {one.employee for one in ask(rules, rows, DAY, "assignments") if one.rule == "about"} == {"E2"}


def test_every_gap_of_the_sample_is_somebodys_and_costs_two_statements(book) -> None:
    """Not one for each rule: they are found in the passes that find who does the duties."""
    results = derive(read_shipped(), book, D(2026, 11, 23))
    gaps = {(g["rule"], g["object"]) for g in results.gaps.to_pylist()}
    people = results.gap_assignments.to_pylist()
    assert gaps
    assert {(one["rule"], one["object"]) for one in people} == gaps
    assert all(one["employee"] or one["pool"] or one["fallback"] for one in people)
    of_gaps = [
        one
        for one in results.statements
        if one.startswith("INSERT INTO assignment_store") and "VALUES" not in one
    ]
    assert len(of_gaps) == 2
