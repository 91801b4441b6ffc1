"""Dated rules and figures, the register as of a day, grades, warnings, layers, persons, exact arithmetic (S20-S39)."""

from datetime import date

import pytest

from daihou.rulebook import RulebookRefused
from daihou.units import Calendar

D = date
keeps = pytest.mark.keeps

ONE = "合同: [{合同号: C1, 客户: K1, 机构: J1, 客户经理: E1, 状态: 在保, 放款日: 2026-03-02}]"


# -- versions and figures

FIGURED = """
数值:
  查访期限: {义: 期限, 依据: 一, 值: [{自: 2020-01-01, 值: 10天, 依据: 一}, {自: 2026-03-05, 值: 5天, 依据: 一}]}
规则:
- {规则: 用途检查, 编号: use, 依据: 一, 条目: [], 意旨: 试, 对象: 合同, 起算: 放款日, 到期: "加天(起算, 查访期限)", 责任: 客户经理}
"""


@keeps("S28", "S30")
@pytest.mark.parametrize(
    ("paid_out", "due"), [("2026-03-04", D(2026, 3, 14)), ("2026-03-05", D(2026, 3, 10))]
)
def test_the_figure_in_force_at_the_start_governs_to_the_end(ask, paid_out, due) -> None:
    row = ONE.replace("2026-03-02", paid_out)
    assert [r.due for r in ask(FIGURED, row, D(2026, 3, 9))] == [due]


@keeps("S28")
def test_the_wording_in_force_at_the_start_of_the_period_governs_the_period(holds) -> None:
    rule = """
    规则:
    - {编号: m, 对象: 合同, 每: 月, 首: 放款日, 补: 是, 到期: "次月日(期末, 10)", 完成: "最早(检查.检查日, 检查日 = 本.期初)", 责任: 客户经理,
       版本: [{自: 2026-10-15, 依据: 二, 到期: "次月日(期末, 5)"}]}
    """
    holds(
        rule,
        """
        账册:
          合同: [{合同号: C1, 客户: K1, 机构: J1, 客户经理: E1, 放款日: 2026-09-01}]
        期望:
        - {当日: 2026-11-23, 次: 2026-10月, 到期: 2026-11-10}
        - {当日: 2026-11-23, 次: 2026-11月, 到期: 2026-12-05}
        """,
    )


ROLLING = """
表:
  间隔: {义: 间隔, 依据: 一, 值: {1: 6月, 2: 3月, 3: 1月}}
规则:
- {规则: 常规检查, 编号: routine, 依据: 一, 条目: [], 意旨: 按级别定期检查, 对象: 合同, 循环: {行: 检查, 条件: "种类 = '常规'", 日: 检查日, 首: 放款日},
   到期: "加月(起算, 查(间隔, 风险分类))", 缓冲: 5工作日, 责任: 客户经理}
"""


@keeps("S7", "N6")
def test_a_contract_without_a_class_is_a_gap_and_not_a_duty_left_out_in_silence(ask) -> None:
    assert ask(ROLLING, ONE, D(2026, 5, 1)) == []
    assert [(g.part, g.columns) for g in ask(ROLLING, ONE, D(2026, 5, 1), "gaps")] == [("due", "risk_class")]


@keeps("S29", "S30")
def test_a_figure_tightened_under_way_leaves_the_buffer_and_relaxed_cures_nothing(holds) -> None:
    rule = """
    数值:
      间隔: {义: 间隔, 依据: 一, 值: [{自: 2020-01-01, 值: 3月, 依据: 一}, {自: 2026-05-20, 值: 1月, 依据: 一}, {自: 2026-06-20, 值: 6月, 依据: 一}]}
    规则:
    - {规则: 常规检查, 编号: routine, 依据: 一, 条目: [], 意旨: 试, 对象: 合同, 循环: {行: 检查, 日: 检查日, 首: 放款日},
       到期: "加月(起算, 间隔)", 缓冲: 5工作日, 责任: 客户经理}
    """
    holds(
        rule,
        """
        账册:
          合同:
          - {合同号: C1, 客户: K1, 机构: J1, 客户经理: E1, 放款日: 2026-04-08}
          - {合同号: C2, 客户: K1, 机构: J1, 客户经理: E1, 放款日: 2026-05-25}
        期望:
        - {当日: 2026-05-19, 对象: C1, 状态: 待办, 到期: 2026-07-08}
        - {当日: 2026-05-20, 对象: C1, 状态: 待办, 到期: 2026-05-27}
        - {当日: 2026-05-28, 对象: C1, 状态: 逾期, 迟天: 1}
        - {当日: 2026-06-21, 对象: C1, 状态: 逾期, 到期: 2026-05-27, 迟天: 25}
        - {当日: 2026-06-19, 对象: C2, 状态: 待办, 到期: 2026-06-25}
        - {当日: 2026-06-20, 对象: C2, 状态: 待办, 到期: 2026-11-25}
        """,
    )


@keeps("S31")
def test_an_ended_rule_begets_nothing_new_and_what_is_open_stays_unless_it_is_withdrawn(holds) -> None:
    rules = """
    规则:
    - {编号: stays, 对象: 合同, 起算: 放款日, 到期: "加天(起算, 10天)", 责任: 客户经理, 至: 2026-03-05}
    - {编号: goes, 对象: 合同, 起算: 放款日, 到期: "加天(起算, 10天)", 责任: 客户经理, 至: 2026-03-05, 终止: 撤回}
    """
    holds(
        rules,
        """
        账册:
          合同:
          - {合同号: C1, 客户: K1, 机构: J1, 客户经理: E1, 放款日: 2026-03-05}
          - {合同号: C2, 客户: K1, 机构: J1, 客户经理: E1, 放款日: 2026-03-06}
        期望:
        - {当日: 2026-03-05, 规则: goes, 对象: C1, 状态: 待办}
        - {当日: 2026-03-20, 规则: stays, 对象: C1, 状态: 逾期}
        - {当日: 2026-03-20, 规则: stays, 对象: C2, 无: 是}
        - {当日: 2026-03-20, 规则: goes, 对象: C1, 无: 是}
        """,
    )


@keeps("S28", "S31")
def test_a_rule_begins_with_what_starts_on_its_first_day(ask) -> None:
    rule = '规则: [{编号: new, 对象: 合同, 起算: 放款日, 到期: "加天(起算, 10天)", 责任: 客户经理, 自: 2026-03-02}]'
    assert len(ask(rule, ONE, D(2026, 3, 20))) == 1
    assert ask(rule, ONE.replace("2026-03-02", "2026-03-01"), D(2026, 3, 20)) == []


# -- as of a day

USE = """
规则:
- {编号: use, 对象: 合同, 条件: "状态 = '在保'", 起算: 放款日, 到期: "加天(起算, 10天)", 完成: "最早(检查.检查日, 种类 = '用途')", 责任: 客户经理}
"""


@keeps("S32")
def test_the_register_of_a_past_day_has_what_was_recorded_by_then_and_dated_values_as_they_were(
    holds,
) -> None:
    holds(
        USE,
        """
        账册:
          合同:
          - {合同号: C1, 客户: K1, 机构: J1, 客户经理: E1, 状态: 结清, 放款日: 2026-03-02}
          - {合同号: C2, 客户: K1, 机构: J1, 客户经理: E1, 状态: 在保, 放款日: 2026-03-02, 录入日: 2026-03-09}
          变更记录: [{表: 合同, 对象: C1, 项目: 状态, 生效日: 2026-03-10, 原值: 在保, 新值: 结清}]
        期望:
        - {当日: 2026-03-09, 对象: C1, 状态: 待办}
        - {当日: 2026-03-10, 对象: C1, 无: 是}
        - {当日: 2026-03-08, 对象: C2, 无: 是}
        - {当日: 2026-03-08, 知悉: 2026-03-09, 对象: C2, 状态: 待办}
        - {当日: 2026-03-09, 对象: C2, 状态: 待办}
        """,
    )


@keeps("S32")
def test_a_change_entered_late_is_unknown_to_the_day_run_and_known_to_the_audit(holds) -> None:
    holds(
        USE,
        """
        账册:
          合同: [{合同号: C1, 客户: K1, 机构: J1, 客户经理: E1, 状态: 在保, 放款日: 2026-03-02}]
          变更记录: [{表: 合同, 对象: C1, 项目: 状态, 生效日: 2026-03-05, 原值: 在保, 新值: 结清, 录入日: 2026-03-11}]
        期望:
        - {当日: 2026-03-10, 对象: C1, 状态: 待办}
        - {当日: 2026-03-10, 知悉: 2026-03-11, 对象: C1, 无: 是}
        """,
    )


@keeps("S33")
def test_nothing_is_late_beyond_the_day_up_to_which_the_inspections_have_come_in(ask) -> None:
    rows = ONE + "\n数据截至: [{表: 检查, 截至: 2026-03-12}]"
    assert [(r.state, r.as_known) for r in ask(USE, rows, D(2026, 3, 20))] == [("open", D(2026, 3, 12))]
    rows = ONE + "\n数据截至: [{表: 检查, 截至: 2026-03-15}]"
    assert [(r.state, r.days_late, r.as_known) for r in ask(USE, rows, D(2026, 3, 20))] == [
        ("overdue", 3, D(2026, 3, 15))
    ]


@keeps("S34")
def test_who_is_responsible_today_does_the_work_and_who_was_on_the_due_day_answers_for_it(ask) -> None:
    log = "\n变更记录: [{表: 合同, 对象: C1, 项目: 客户经理, 生效日: %s, 原值: E1, 新值: E2}]"
    one = ONE.replace("客户经理: E1", "客户经理: E2")
    who = {
        moved: [
            (a.employee, a.answerable) for a in ask(USE, one + log % moved, D(2026, 3, 20), "assignments")
        ]
        for moved in ("2026-03-12", "2026-03-13", "2026-03-21")
    }
    assert who == {"2026-03-12": [("E2", "E2")], "2026-03-13": [("E2", "E1")], "2026-03-21": [("E1", "E1")]}


@keeps("S34")
def test_two_who_do_it_together_are_both_named_and_a_leaver_holds_no_post(ask) -> None:
    rule = (
        "规则: [{编号: count, 对象: 现金盘点, 起算: 日期, 到期: 日期, 责任: {同办: [出纳@机构, 会计@机构]}}]"
    )
    rows = """
    机构: [{机构号: J1, 名称: 本部}]
    员工: [{工号: E7, 姓名: 甲, 机构: J1}, {工号: E8, 姓名: 乙, 机构: J1, 离职日: 2026-03-01}, {工号: E9, 姓名: 丙, 机构: J1}]
    任职:
    - {员工: E7, 岗位: 出纳, 机构: J1, 自: 2020-01-01}
    - {员工: E8, 岗位: 会计, 机构: J1, 自: 2020-01-01}
    - {员工: E9, 岗位: 会计, 机构: J1, 自: 2020-01-01}
    现金盘点: [{机构: J1, 日期: 2026-03-15, 种类: 自盘}]
    """
    found = ask(rule, rows, D(2026, 3, 20), "assignments")
    assert [(a.post, a.employee, a.pool) for a in found] == [
        ("cashier", "E7", False),
        ("accountant", "E9", False),
    ]


@keeps("S37")
def test_the_published_calendar_moves_the_due_day_of_the_same_task_and_takes_the_mark_away(ask) -> None:
    rule = '规则: [{编号: five, 对象: 代偿, 起算: 起息日, 到期: "加工作日(起算, 5工作日)", 完成: 方案提出日, 责任: 风控部经理}]'
    rows = "代偿: [{代偿号: D1, 合同: C1, 起息日: 2026-09-30, 本金: 10万元, 利息: 0元}]"
    standard = Calendar.standard()
    unpublished = Calendar({year: days for year, days in standard.years.items() if year != 2026})
    got = {
        which: [(r.occurrence, r.due, r.assumed) for r in ask(rule, rows, D(2026, 9, 30), calendar=calendar)]
        for which, calendar in (("before", unpublished), ("after", standard))
    }
    assert got == {"before": [("", D(2026, 10, 7), True)], "after": [("", D(2026, 10, 13), False)]}


@keeps("S37")
@pytest.mark.parametrize(
    ("every", "backlog", "marked"),
    [
        ("工作日", "否", True),
        ("工作日", "是", True),
        ("日", "否", False),
        ("月", "否", False),
        ("\"CASE WHEN 董事会批准 THEN '工作日' ELSE '周' END\"", "否", True),
        ("\"CASE WHEN 董事会批准 THEN '周' ELSE '工作日' END\"", "否", False),
    ],
)
def test_a_duty_of_every_working_day_is_marked_in_a_year_not_yet_published(
    ask, every, backlog, marked
) -> None:
    rule = f"规则: [{{编号: w, 对象: 合同, 每: {every}, 首: 放款日, 补: {backlog}, 责任: 客户经理}}]"
    rows = "合同: [{合同号: C1, 客户: K1, 机构: J1, 客户经理: E1, 放款日: 2027-01-04, 董事会批准: 是}]"
    assert [r.assumed for r in ask(rule, rows, D(2027, 1, 4))] == [marked]


# -- grades

FIVE_TIER = """
规则:
- {分级: 五级分类, 编号: tier, 依据: 一, 条目: [], 意旨: 试, 对象: 合同, 取: 最差,
   底线: {损失: "展期次数 >= 9", 可疑: "展期次数 >= 5", 次级: "展期次数 >= 3", 关注: "展期次数 >= 1", 正常: "TRUE"},
   建议: "CASE WHEN 风险分类 = 1 THEN '正常' ELSE '关注' END", 人工: {列: 人工五级, 批准: 人工五级批准日}, 现级: 五级,
   上调: {满: 6月, 自: 结清日}}
"""


@keeps("S22")
@pytest.mark.parametrize(
    ("columns", "level", "cause", "changed"),
    [
        ("展期次数: 0, 风险分类: 1, 五级: 正常", "normal", "floor", False),
        ("展期次数: 0, 风险分类: 2, 五级: 正常", "watch", "proposal", True),
        ("展期次数: 3, 风险分类: 1, 五级: 正常", "substandard", "floor", True),
        (
            "展期次数: 0, 风险分类: 1, 五级: 正常, 人工五级: 可疑, 人工五级批准日: 2026-11-23",
            "doubtful",
            "manual",
            True,
        ),
        (
            "展期次数: 0, 风险分类: 1, 五级: 正常, 人工五级: 可疑, 人工五级批准日: 2026-11-24",
            "normal",
            "floor",
            False,
        ),
        (
            "展期次数: 3, 风险分类: 1, 五级: 次级, 人工五级: 正常, 人工五级批准日: 2026-01-01",
            "substandard",
            "floor",
            False,
        ),
        ("展期次数: 0, 风险分类: 1, 五级: 次级", "substandard", "held", False),
        ("展期次数: 0, 风险分类: 1, 五级: 次级, 结清日: 2026-05-24", "substandard", "held", False),
        ("展期次数: 0, 风险分类: 1, 五级: 次级, 结清日: 2026-05-23", "normal", "floor", True),
    ],
)
def test_a_grade_is_the_worse_of_floor_and_choice_and_an_upgrade_waits(
    ask, columns, level, cause, changed
) -> None:
    row = f"合同: [{{合同号: C1, 客户: K1, 机构: J1, 客户经理: E1, {columns}}}]"
    assert [(g.level, g.cause, g.changed) for g in ask(FIVE_TIER, row, D(2026, 11, 23), "grades")] == [
        (level, cause, changed)
    ]


# -- warnings

SIGNAL = """
事实:
  合同.逾期起日: {义: 最早未还期供的应还日, 式: "最早(期供.应还日, 应还日 < 数据日(期供) AND 还清日 IS NULL)"}
规则:
- {预警: 逾期, 编号: late-pay, 依据: 一, 条目: [], 意旨: 逾期了, 方式: A, 对象: 合同, 次: 逾期起日, 措施: [], 数据: {逾期起日: 逾期起日},
   级: {关注: "相差天(逾期起日, 数据日(期供)) >= 1", 重要: "相差天(逾期起日, 数据日(期供)) >= 7", 重大: "相差天(逾期起日, 数据日(期供)) >= 30"}}
"""


@keeps("S3", "S21", "N13")
def test_a_spell_of_arrears_is_told_once_per_level_and_a_second_spell_is_a_new_episode(ask) -> None:
    rows = """
    合同: [{合同号: C1, 客户: K1, 机构: J1, 客户经理: E1}]
    期供:
    - {合同: C1, 期次: 1, 应还日: 2026-09-21, 应还额: 1万元, 还清日: 2026-10-08}
    - {合同: C1, 期次: 2, 应还日: 2026-10-21, 应还额: 1万元}
    预警: [{规则: late-pay, 主体: K1, 次: 2026-09-21, 级别: 关注, 信号: S01, 提出日: 2026-09-22, 来源: 系统, 关闭日: 2026-09-25}]
    """

    def told(day: D) -> list[tuple[str, str, bool]]:
        return [(w.episode, w.level, w.again) for w in ask(SIGNAL, rows, day, "warnings")]

    assert told(D(2026, 9, 25)) == []  # closed by a person, four days past due: silent
    assert told(D(2026, 9, 27)) == []
    assert told(D(2026, 9, 28)) == [("2026-09-21", "important", True)]
    assert told(D(2026, 10, 8)) == []  # paid off
    assert told(D(2026, 10, 22)) == [("2026-10-21", "watch", False)]


GUARANTORS = (
    SIGNAL
    + """- {预警: 担保人出事, 编号: guarantor, 依据: 一, 条目: [], 意旨: 保证人有重大预警, 方式: A, 对象: 反担保, 主体: 合同.客户, 次: 反担保人, 措施: [],
   级: {重要: "有(预警, 预警.规则 <> 'guarantor' AND 预警.主体 = 本.反担保人 AND 级别 = '重大')"}}
"""
)


@keeps("S35", "N13")
def test_two_who_guarantee_each_other_do_not_warn_of_each_other_for_ever(ask) -> None:
    rows = """
    合同: [{合同号: CA, 客户: KA, 机构: J1, 客户经理: E1}, {合同号: CB, 客户: KB, 机构: J1, 客户经理: E1}]
    期供: [{合同: CA, 期次: 1, 应还日: 2026-09-21, 应还额: 1万元}]
    反担保: [{合同: CA, 反担保人: KB, 方式: 保证}, {合同: CB, 反担保人: KA, 方式: 保证}]
    """
    found = ask(GUARANTORS, rows, D(2026, 11, 23), "warnings")
    assert [(w.rule, w.party, w.contract, w.level) for w in found] == [
        ("guarantor", "KB", "CB", "important"),
        ("late-pay", "KA", "CA", "severe"),
    ]


@keeps("S35")
def test_a_rule_on_duties_sees_the_duties_of_the_day_and_facts_come_before_both(holds) -> None:
    rules = """
    事实:
      合同.超额: {义: 试, 式: "金额 > 100万元"}
    规则:
    - {规则: 检查, 编号: look, 依据: 一, 条目: [], 意旨: 试, 对象: 合同, 条件: 超额, 起算: 放款日, 到期: "加天(起算, 10天)", 完成: "最早(检查.检查日)", 责任: 客户经理}
    - {规则: 督办, 编号: press, 依据: 一, 条目: [], 意旨: 试, 对象: 任务, 条件: "规则 = 'look' AND 状态 = '逾期'", 起算: 到期, 到期: "加天(起算, 5天)", 责任: 总经理}
    """
    holds(
        rules,
        """
        账册:
          合同:
          - {合同号: C1, 客户: K1, 机构: J1, 客户经理: E1, 放款日: 2026-03-02, 金额: 200万元}
          - {合同号: C2, 客户: K1, 机构: J1, 客户经理: E1, 放款日: 2026-03-02, 金额: 100万元}
        期望:
        - {当日: 2026-03-12, 规则: press, 无: 是}
        - {当日: 2026-03-13, 规则: press, 对象: look/C1/, 状态: 待办, 到期: 2026-03-17}
        - {当日: 2026-03-13, 对象: look/C2/, 无: 是}
        """,
    )


@keeps("S35")
def test_facts_in_a_circle_are_refused(ask) -> None:
    rules = """
    事实:
      合同.甲: {义: 试, 式: "NOT 乙"}
      合同.乙: {义: 试, 式: "NOT 甲"}
    规则: [{编号: r, 对象: 合同, 条件: 甲, 起算: 放款日, 到期: 放款日, 责任: 客户经理}]
    """
    with pytest.raises(RulebookRefused):
        ask(rules, ONE, D(2026, 3, 9))


@keeps("S27")
def test_a_rule_that_looks_at_one_row_says_of_it_the_same_alone_and_among_others(ask) -> None:
    rows = "合同:\n" + "\n".join(
        f"- {{合同号: C{k}, 客户: K1, 机构: J1, 客户经理: E1, 状态: 在保, 放款日: 2026-03-0{k}}}"
        for k in range(1, 8)
    )
    alone = "合同: [{合同号: C4, 客户: K1, 机构: J1, 客户经理: E1, 状态: 在保, 放款日: 2026-03-04}]"
    among = [r for r in ask(USE, rows, D(2026, 3, 13)) if r.object == "C4"]
    assert among == ask(USE, alone, D(2026, 3, 13))
    ranked = (
        "规则: [{编号: top, 对象: 合同, 条件: '名次(金额) <= 1', 起算: 放款日, 到期: 放款日, 责任: 客户经理}]"
    )
    two = (
        "合同: [{合同号: C1, 放款日: 2026-03-02, 金额: 1万元}, {合同号: C2, 放款日: 2026-03-02, 金额: 2万元}]"
    )
    assert [r.object for r in ask(ranked, two, D(2026, 3, 13))] == [
        "C2"
    ]  # a portfolio rule: alone C1 would be first


# -- exact arithmetic


@keeps("S38")
@pytest.mark.parametrize(
    ("said", "day"),
    [
        ("加工作日(放款日, 0工作日)", D(2026, 2, 15)),  # a holiday stays what it is
        ("加工作日(放款日, 1工作日)", D(2026, 2, 24)),
        ("加工作日(放款日, -1工作日)", D(2026, 2, 14)),  # 班
        ("加工作日(放款日, -2工作日)", D(2026, 2, 13)),
        ("加天(放款日, 1天)", D(2026, 2, 16)),  # calendar terms do not shift
        ("加月(DATE '2026-01-31', 1月)", D(2026, 2, 28)),
        ("加月(DATE '2024-01-31', 1月)", D(2024, 2, 29)),
        ("加月(DATE '2026-03-31', -1月)", D(2026, 2, 28)),
        ("加月(DATE '2024-02-29', 12月)", D(2025, 2, 28)),
        ("当月日(放款日, 31)", D(2026, 2, 28)),
        ("次月日(放款日, 31)", D(2026, 3, 31)),
        ("月末(放款日)", D(2026, 2, 28)),
        ("季末(放款日)", D(2026, 3, 31)),
        ("半年末(放款日)", D(2026, 6, 30)),
        ("半年初(DATE '2026-07-01')", D(2026, 7, 1)),
        ("年首(放款日)", D(2026, 1, 1)),
        ("较早(结清日, 放款日)", D(2026, 2, 15)),  # an empty one is skipped
        ("较晚(结清日, 放款日)", D(2026, 2, 15)),
        ("优先(结清日, 放款日)", D(2026, 2, 15)),
    ],
)
def test_days_are_counted_as_the_calendar_is_printed(ask, said, day) -> None:
    rule = f'规则: [{{编号: d, 对象: 合同, 起算: "{said}", 到期: 起算, 责任: 客户经理}}]'
    rows = ask(rule, ONE.replace("2026-03-02", "2026-02-15"), D(2026, 12, 31))
    assert [r.start for r in rows] == [day]


STATEMENTS = """
规则:
- {预警: 应收增幅, 编号: receivables, 依据: 一, 条目: [], 意旨: 试, 方式: A, 对象: 报表, 次: 期末, 措施: [], 主体: 主体,
   级: {关注: "增幅(应收账款, 同期) >= 30%"}}
- {预警: 存货占比, 编号: stock-share, 依据: 一, 条目: [], 意旨: 试, 方式: A, 对象: 报表, 次: 期末, 措施: [], 主体: 主体,
   级: {关注: "占比(存货, 资产总计) > 33.3333%"}}
"""


def _two_years(before: str, now: str, more: str = "") -> str:
    head = "主体: K1, 口径: 年, 合并报表: 否"
    return f"""
    报表:
    - {{{head}, 期末: 2024-12-31, 收到日: 2025-03-01, {before}}}
    - {{{head}, 期末: 2025-12-31, 收到日: 2026-03-01, {now}{more}}}
    """


@keeps("S39")
@pytest.mark.parametrize(
    ("before", "now", "raised"),
    [
        ("应收账款: 100万元", "应收账款: 130万元", True),  # exactly on the limit
        ("应收账款: 100万元", "应收账款: 129.999999万元", False),
        ("应收账款: 0.01元", "应收账款: 0.01元", False),
        ("应收账款: 100000000万元", "应收账款: 130000000万元", True),  # 10^14 fen
        ("应收账款: 0元", "应收账款: 130万元", False),  # nothing to compare with
        ("存货: 1万元", "应收账款: 130万元", False),  # base empty
        ("应收账款: -100万元", "应收账款: 130万元", False),  # base below nought
    ],
)
def test_growth_is_exact_and_what_cannot_be_compared_is_no_warning_and_no_gap(
    ask, before, now, raised
) -> None:
    rows = _two_years(before, now)
    assert [w.rule for w in ask(STATEMENTS, rows, D(2026, 4, 1), "warnings")] == (
        ["receivables"] if raised else []
    )
    assert ask(STATEMENTS, rows, D(2026, 4, 1), "gaps") == []


@keeps("S39")
@pytest.mark.parametrize(
    ("stock", "assets", "raised"),
    [("33.3333万元", "100万元", False), ("333334元", "100万元", True), ("1万元", "0元", False)],
)
def test_a_share_is_never_divided_out(ask, stock, assets, raised) -> None:
    rows = _two_years("应收账款: 1万元", f"存货: {stock}, 资产总计: {assets}")
    assert [w.rule for w in ask(STATEMENTS, rows, D(2026, 4, 1), "warnings")] == (
        ["stock-share"] if raised else []
    )
