"""Identity and window of a duty (S1-S8): small registers, and what has to stand on the desk on which day. 班: a make-up working day."""

from datetime import date

import pytest

from daihou.rulebook import RulebookRefused

D = date
keeps = pytest.mark.keeps

USE = """
规则:
- {编号: use, 对象: 合同, 条件: "状态 = '在保'", 起算: 放款日, 到期: "加天(起算, 10天)",
   完成: "最早(检查.检查日, 种类 = '用途')", 责任: 客户经理}
"""


# -- identity


@keeps("S1", "S2", "N8")
def test_a_corrected_disbursement_day_moves_the_one_task_and_makes_no_second(holds) -> None:
    rows = """
    账册:
      合同: [{合同号: C1, 客户: K1, 机构: J1, 客户经理: E1, 状态: 在保, 放款日: %s}]
      检查: [{走访号: V1, 合同: C1, 种类: 用途, 检查日: 2026-03-04}]
    期望:
    - {当日: 2026-03-11, 对象: C1, 数: 1}
    - {当日: 2026-03-11, 对象: C1, 状态: %s, 到期: %s}
    """
    holds(USE, rows % ("2026-03-02", "按期", "2026-03-12"))
    holds(USE, rows % ("2026-03-05", "待办", "2026-03-15"))  # the check of 03-04 no longer counts


@keeps("S1")
def test_an_occurrence_is_named_by_its_period_its_opening_act_or_a_value_but_never_by_a_day_people_correct(
    ask,
) -> None:
    quarterly = "规则: [{编号: q, 对象: 合同, 每: 季, 责任: 客户经理}]"
    one = "合同: [{合同号: C1, 客户: K1, 机构: J1, 客户经理: E1, 放款日: 2026-03-02, 展期次数: 2}]"
    assert "2026Q4季" in {row.occurrence for row in ask(quarterly, one, D(2026, 11, 23))}
    yearly = "规则: [{编号: y, 对象: 合同, 每: {期: 年, 自: 放款日}, 责任: 客户经理}]"
    moved = one.replace("2026-03-02", "2026-03-05")
    assert [row.occurrence for row in ask(yearly, one, D(2026, 11, 23))] == ["第1年"]
    assert [row.occurrence for row in ask(yearly, moved, D(2026, 11, 23))] == ["第1年"]
    extended = "规则: [{编号: e, 对象: 合同, 起算: 放款日, 次: 展期次数, 到期: 放款日, 责任: 客户经理}]"
    assert [row.occurrence for row in ask(extended, one, D(2026, 11, 23))] == ["2"]


@keeps("S2")
def test_a_renamed_rule_carries_on_what_was_ruled_and_closed_under_the_old_id(holds) -> None:
    rule = """
    规则:
    - {编号: new-name, 承接: [old-name], 对象: 合同, 起算: 放款日, 到期: "加天(起算, 10天)", 责任: 客户经理}
    """
    holds(
        rule,
        """
        账册:
          合同:
          - {合同号: C1, 客户: K1, 机构: J1, 客户经理: E1, 放款日: 2026-03-02}
          - {合同号: C2, 客户: K1, 机构: J1, 客户经理: E1, 放款日: 2026-03-02}
          办结: [{任务: old-name/C1/, 办结日: 2026-03-09, 办结人: E1}]
          任务处理: [{任务: old-name/C2/, 种类: 延期, 自: 2026-03-09, 至: 2026-03-20, 理由: 出差, 批准人: E9, 批准日: 2026-03-09}]
        期望:
        - {当日: 2026-03-13, 对象: C1, 状态: 按期, 完成: 2026-03-09}
        - {当日: 2026-03-13, 对象: C2, 状态: 待办, 到期: 2026-03-20}
        """,
    )


@keeps("S1", "N8")
def test_a_typo_in_the_maturity_day_keeps_the_task_and_an_extension_begins_a_new_one(ask) -> None:
    rule = """
    规则:
    - {编号: ability, 对象: 合同, 起算: 到期日, 次: 展期次数, 开放: "加月(到期日, -2月)", 到期: "加月(到期日, -1月)",
       完成: "最早(检查.检查日, 种类 = '还款能力')", 责任: 客户经理}
    """
    row = "合同: [{合同号: C1, 客户: K1, 机构: J1, 客户经理: E1, 到期日: %s, 展期次数: %s}]"
    assert [(r.occurrence, r.due) for r in ask(rule, row % ("2026-03-31", 0), D(2026, 2, 10))] == [
        ("0", D(2026, 2, 28))
    ]
    assert [(r.occurrence, r.due) for r in ask(rule, row % ("2026-03-30", 0), D(2026, 2, 10))] == [
        ("0", D(2026, 2, 28))
    ]
    assert [(r.occurrence, r.due) for r in ask(rule, row % ("2026-09-30", 1), D(2026, 8, 10))] == [
        ("1", D(2026, 8, 30))
    ]


# -- window


@keeps("S4")
def test_due_before_opening_is_set_to_the_opening(holds) -> None:
    rule = """
    规则:
    - {编号: before, 对象: 兑付, 起算: 兑付日, 开放: "加天(兑付日, -4天)", 到期: "加工作日(兑付日, -3工作日)", 完成: 提示日, 责任: 合同.客户经理}
    """
    holds(
        rule,
        """
        账册:
          合同: [{合同号: C1, 客户: K1, 机构: J1, 客户经理: E1}]
          兑付: [{合同: C1, 兑付日: 2026-06-22}]     # the third working day before it is 06-16: 06-19 to 06-21 are off
        期望:
        - {当日: 2026-06-18, 对象: C1/2026-06-22, 状态: 待办, 开放: 2026-06-18, 到期: 2026-06-18, 见日: 2026-06-18}
        - {当日: 2026-06-19, 对象: C1/2026-06-22, 状态: 逾期, 迟天: 1}
        """,
    )


@keeps("S4")
def test_a_due_day_that_may_lie_before_the_start_is_refused_without_an_opening(ask) -> None:
    rule = "规则: [{编号: before, 对象: 兑付, 起算: 兑付日, 到期: '加工作日(兑付日, -12工作日)', 完成: 提示日, 责任: 合同.客户经理}]"
    with pytest.raises(RulebookRefused, match="due before its start"):
        ask(rule, "兑付: [{合同: C1, 兑付日: 2026-06-20}]", D(2026, 6, 1))


@keeps("S4")
def test_without_opening_and_due_a_period_opens_on_its_first_day_and_ends_on_its_last(holds) -> None:
    holds(
        "规则: [{编号: q, 对象: 合同, 每: 季, 责任: 客户经理}]",
        """
        账册:
          合同: [{合同号: C1, 客户: K1, 机构: J1, 客户经理: E1}]
        期望:
        - {当日: 2026-12-31, 对象: C1, 次: 2026Q4季, 状态: 待办, 开放: 2026-10-01, 到期: 2026-12-31, 失效: 2026-12-31}
        - {当日: 2027-01-01, 对象: C1, 状态: 漏办, 失效: 2026-12-31}
        """,
    )


REDEMPTION = """
规则:
- {编号: remind, 对象: 兑付, 起算: 兑付日, 开放: "加工作日(兑付日, -12工作日)", 到期: "加工作日(兑付日, -7工作日)", 完成: 提示日, 责任: 合同.客户经理}
- {编号: funds, 对象: 兑付, 起算: 兑付日, 开放: "加工作日(兑付日, -12工作日)", 到期: "加工作日(兑付日, -1工作日)", 完成: 资金到位日, 责任: 合同.客户经理}
- {编号: contingency, 对象: 兑付, 起算: 兑付日, 开放: "加工作日(兑付日, -12工作日)",
   到期: "优先(发行方否定日, 加工作日(兑付日, -1工作日))", 完成: 应急启动日, 责任: 合同.客户经理}
"""


@keeps("S5", "S38", "N4")
def test_a_redemption_after_the_national_holiday_is_prepared_before_it(holds) -> None:
    holds(
        REDEMPTION,
        """
        账册:
          合同: [{合同号: C1, 客户: K1, 机构: J1, 客户经理: E1}]
          兑付:
          - {合同: C1, 兑付日: 2026-10-09}
          - {合同: C1, 兑付日: 2026-10-05}
        期望:
        - {当日: 2026-09-15, 规则: remind, 对象: C1/2026-10-09, 状态: 未到}
        - {当日: 2026-09-16, 规则: remind, 对象: C1/2026-10-09, 状态: 待办, 开放: 2026-09-16, 到期: 2026-09-22}
        - {当日: 2026-09-23, 规则: remind, 对象: C1/2026-10-09, 状态: 逾期, 迟天: 1}
        - {当日: 2026-10-08, 规则: funds, 对象: C1/2026-10-09, 状态: 待办, 到期: 2026-10-08}
        - {当日: 2026-10-09, 规则: funds, 对象: C1/2026-10-09, 状态: 逾期, 迟天: 1}
        - {当日: 2026-10-08, 规则: contingency, 对象: C1/2026-10-09, 状态: 待办, 到期: 2026-10-08}
        - {当日: 2026-09-21, 规则: remind, 对象: C1/2026-10-05, 状态: 待办, 到期: 2026-09-21}
        - {当日: 2026-09-30, 规则: funds, 对象: C1/2026-10-05, 状态: 待办, 到期: 2026-09-30}
        """,
    )


@keeps("N4")
def test_the_issuer_who_says_no_brings_the_contingency_forward_to_that_day(holds) -> None:
    holds(
        REDEMPTION,
        """
        账册:
          合同: [{合同号: C1, 客户: K1, 机构: J1, 客户经理: E1}]
          兑付: [{合同: C1, 兑付日: 2026-10-09, 发行方否定日: 2026-09-29}]
        期望:
        - {当日: 2026-09-28, 规则: contingency, 对象: C1/2026-10-09, 到期: 2026-10-08}
        - {当日: 2026-09-29, 规则: contingency, 对象: C1/2026-10-09, 状态: 待办, 到期: 2026-09-29}
        - {当日: 2026-09-30, 规则: contingency, 对象: C1/2026-10-09, 状态: 逾期, 迟天: 1}
        """,
    )


@keeps("S5")
def test_what_falls_due_in_a_holiday_is_on_the_desk_on_the_last_working_day_before_it(holds) -> None:
    rule = """
    规则:
    - {编号: call, 对象: 兑付, 起算: 兑付日, 开放: "加天(兑付日, -1天)", 到期: 兑付日, 完成: 提示日, 责任: 合同.客户经理}
    """
    holds(
        rule,
        """
        账册:
          合同: [{合同号: C1, 客户: K1, 机构: J1, 客户经理: E1}]
          兑付: [{合同: C1, 兑付日: 2026-10-05}]
        期望:
        - {当日: 2026-09-29, 状态: 未到}
        - {当日: 2026-09-30, 状态: 待办, 开放: 2026-10-04, 见日: 2026-09-30, 到期: 2026-10-05}
        - {当日: 2026-10-06, 状态: 逾期, 迟天: 1}
        """,
    )


@keeps("S6", "N4")
def test_a_fee_paid_before_its_window_is_on_time_and_was_never_on_a_desk(ask) -> None:
    rule = """
    规则:
    - {编号: fee, 对象: 保费应收, 起算: 应收日, 开放: "加天(应收日, -5天)", 到期: 应收日, 完成: 收讫日, 责任: 合同.客户经理}
    """
    rows = """
    合同: [{合同号: C1, 客户: K1, 机构: J1, 客户经理: E1}]
    保费应收: [{合同: C1, 期次: 1, 应收日: 2026-11-20, 收讫日: 2026-11-02, 金额: 1万元}]
    """
    assert [r.state for r in ask(rule, rows, D(2026, 11, 1))] == ["not_yet"]
    assert [(r.state, r.done) for r in ask(rule, rows, D(2026, 11, 2))] == [("on_time", D(2026, 11, 2))]
    for day in (D(2026, 11, 1), D(2026, 11, 15), D(2026, 11, 20), D(2026, 11, 21)):
        assert ask(rule, rows, day, scope="day") == []


@keeps("S6")
def test_an_act_counts_from_the_day_it_is_seen_to_the_day_it_lapses_both_included(ask) -> None:
    rule = """
    规则:
    - {编号: w, 对象: 兑付, 起算: 兑付日, 开放: "加天(兑付日, -10天)", 到期: "加天(兑付日, -5天)", 失效: 兑付日,
       完成: "最早(检查.检查日, 检查.合同 = 本.合同)", 责任: 合同.客户经理}
    """
    for act, state, late in [
        ("2026-06-09", "missed", 0),
        ("2026-06-10", "on_time", 0),
        ("2026-06-15", "on_time", 0),
        ("2026-06-16", "late", 1),
        ("2026-06-20", "late", 5),
        ("2026-06-21", "missed", 0),
    ]:
        rows = f"""
        合同: [{{合同号: C1, 客户: K1, 机构: J1, 客户经理: E1}}]
        兑付: [{{合同: C1, 兑付日: 2026-06-20}}]
        检查: [{{走访号: V1, 合同: C1, 种类: 常规, 检查日: {act}}}]
        """
        assert [(r.state, r.days_late) for r in ask(rule, rows, D(2026, 6, 30))] == [(state, late)], act


@keeps("S6")
def test_the_call_of_january_does_not_hide_the_call_of_november(holds) -> None:
    holds(
        "规则: [{编号: m, 对象: 合同, 每: 月, 完成: '最早(检查.检查日)', 责任: 客户经理}]",
        """
        账册:
          合同: [{合同号: C1, 客户: K1, 机构: J1, 客户经理: E1}]
          检查:
          - {走访号: V1, 合同: C1, 种类: 常规, 检查日: 2026-01-10}
          - {走访号: V2, 合同: C1, 种类: 常规, 检查日: 2026-11-12}
        期望:
        - {当日: 2026-11-23, 次: 2026-11月, 状态: 按期, 完成: 2026-11-12}
        - {当日: 2026-11-23, 次: 2026-01月, 状态: 按期, 完成: 2026-01-10}
        """,
    )


@keeps("S7")
def test_what_has_not_begun_has_no_row_and_no_gap(ask) -> None:
    rows = "合同: [{合同号: C1, 客户: K1, 机构: J1, 客户经理: E1, 状态: 在保}]"
    assert ask(USE, rows, D(2026, 3, 13)) == []
    assert ask(USE, rows, D(2026, 3, 13), "gaps") == []


@keeps("S7")
@pytest.mark.parametrize(
    ("rule", "part", "columns"),
    [
        (
            "{编号: g, 对象: 合同, 条件: \"状态 = '在保'\", 起算: 放款日, 到期: 放款日, 责任: 客户经理}",
            "condition",
            "status",
        ),
        ("{编号: g, 对象: 合同, 起算: 放款日, 到期: 到期日, 责任: 客户经理}", "due", "maturity_day"),
        (
            "{编号: g, 对象: 合同, 起算: 放款日, 次: 展期次数, 到期: 放款日, 责任: 客户经理}",
            "occurrence",
            "extensions",
        ),
        (
            "{编号: g, 对象: 合同, 每: \"CASE WHEN 风险分类 = 1 THEN '季' WHEN 风险分类 = 2 THEN '月' END\", 责任: 客户经理}",
            "period",
            "risk_class",
        ),
        ("{编号: g, 对象: 合同, 起算: 放款日, 到期: 放款日, 责任: 经理B}", "person", "manager_b"),
        (
            "{编号: g, 对象: 合同, 条件: \"客户.行业 = '制造业'\", 起算: 放款日, 到期: 放款日, 责任: 客户经理}",
            "condition",
            "client.industry",
        ),
    ],
)
def test_whatever_is_needed_and_empty_is_a_gap_that_names_the_column(ask, rule, part, columns) -> None:
    rows = "合同: [{合同号: C1, 客户: K1, 机构: J1, 客户经理: E1, 放款日: 2026-03-02}]\n主体: [{证件号: K1}]"
    gaps = ask(f"规则: [{rule}]", rows, D(2026, 3, 13), "gaps")
    assert [(g.part, g.columns) for g in gaps] == [(part, columns)]


@keeps("S7")
def test_a_condition_that_is_false_whatever_the_empty_column_says_is_no_gap(ask) -> None:
    rule = "规则: [{编号: g, 对象: 合同, 条件: \"状态 = '在保' AND 金额 > 100万元\", 起算: 放款日, 到期: 放款日, 责任: 客户经理}]"
    rows = "合同: [{合同号: C1, 客户: K1, 机构: J1, 客户经理: E1, 放款日: 2026-03-02, 金额: %s}]"
    assert ask(rule, rows % "50万元", D(2026, 3, 13), "gaps") == []
    assert [g.columns for g in ask(rule, rows % "500万元", D(2026, 3, 13), "gaps")] == ["status"]


@keeps("S7")
def test_a_duty_without_end_is_never_late(holds) -> None:
    holds(
        "规则: [{编号: e, 对象: 合同, 起算: 放款日, 到期: 无, 完成: '最早(检查.检查日)', 责任: 客户经理}]",
        """
        账册:
          合同: [{合同号: C1, 客户: K1, 机构: J1, 客户经理: E1, 放款日: 2020-03-02}]
          检查: [{走访号: V1, 合同: C1, 种类: 常规, 检查日: 2026-11-12}]
        期望:
        - {当日: 2026-11-11, 对象: C1, 状态: 待办}
        - {当日: 2026-11-12, 对象: C1, 状态: 按期}
        """,
    )


# -- escalation

COMPENSATION = """
规则:
- {编号: same-day, 对象: 代偿, 起算: 起息日, 到期: 起息日, 完成: 项目经理报告日, 责任: 风控部经理}
- {编号: one, 对象: 代偿, 起算: 起息日, 到期: "加工作日(起算, 1工作日)", 完成: 风控经理报告日, 责任: 风控部经理,
   逾期: [{满: 1工作日, 报: 业务部经理}, {满: 3工作日, 报: 总经理}]}
- {编号: five, 对象: 代偿, 起算: 起息日, 到期: "加工作日(起算, 5工作日)", 完成: 方案提出日, 责任: 风控部经理}
"""


@keeps("S8", "S38", "N1")
def test_a_compensation_on_the_eve_of_the_national_holiday(holds) -> None:
    holds(
        COMPENSATION,
        """
        账册:
          代偿: [{代偿号: D1, 合同: C1, 起息日: 2026-09-30, 本金: 10万元, 利息: 0元, 录入日: 2026-09-30}]
        期望:
        - {当日: 2026-09-30, 规则: same-day, 状态: 待办, 到期: 2026-09-30}
        - {当日: 2026-09-30, 规则: one, 状态: 待办, 到期: 2026-10-08}
        - {当日: 2026-09-30, 规则: five, 状态: 待办, 到期: 2026-10-13}
        - {当日: 2026-10-08, 规则: one, 上报: 业务部经理, 无: 是}
        - {当日: 2026-10-09, 规则: one, 状态: 逾期, 上报: 业务部经理}
        - {当日: 2026-10-11, 规则: one, 上报: 总经理, 无: 是}
        - {当日: 2026-10-12, 规则: one, 状态: 逾期, 上报: 总经理}
        """,
    )


@keeps("N1")
def test_a_compensation_on_a_saturday_within_the_holiday(holds) -> None:
    holds(
        COMPENSATION,
        """
        账册:
          代偿: [{代偿号: D1, 合同: C1, 起息日: 2026-10-03, 本金: 10万元, 利息: 0元}]
        期望:
        - {当日: 2026-10-03, 规则: same-day, 到期: 2026-10-03}
        - {当日: 2026-10-03, 规则: one, 到期: 2026-10-08}
        - {当日: 2026-10-03, 规则: five, 到期: 2026-10-13}
        """,
    )


@keeps("S8")
def test_nobody_is_told_before_the_row_was_entered_nor_before_go_live(ask) -> None:
    rows = "代偿: [{代偿号: D1, 合同: C1, 起息日: 2026-09-30, 本金: 10万元, 利息: 0元, 录入日: 2026-10-20}]"
    told = ask(COMPENSATION, rows, D(2026, 10, 20), "escalations")
    assert told == []  # late since 10-08, known since today
    told = ask(COMPENSATION, rows, D(2026, 10, 23), "escalations")
    assert [(t.rule, t.step, t.reached_on) for t in told] == [
        ("one", 1, D(2026, 10, 21)),
        ("one", 2, D(2026, 10, 23)),
    ]
    early = rows.replace("2026-10-20", "2026-09-30")
    told = ask(COMPENSATION, early, D(2026, 10, 20), "escalations", go_live=D(2026, 10, 8))
    assert [(t.step, t.reached_on) for t in told] == [(1, D(2026, 10, 9)), (2, D(2026, 10, 12))]


@keeps("S8")
def test_each_step_is_one_row_per_duty_however_long_it_stays_late(ask) -> None:
    rows = "代偿: [{代偿号: D1, 合同: C1, 起息日: 2026-09-30, 本金: 10万元, 利息: 0元}]"
    told = ask(COMPENSATION, rows, D(2027, 6, 30), "escalations")
    assert [(t.rule, t.step) for t in told] == [("one", 1), ("one", 2)]


@keeps("S8")
def test_missed_in_a_row_is_told_on_the_first_day_of_the_period_that_shows_it(holds) -> None:
    rule = """
    规则:
    - {编号: m, 对象: 合同, 每: 月, 首: 放款日, 完成: '最早(检查.检查日)', 责任: 客户经理, 逾期: [{连漏: 2, 报: 总经理}]}
    """
    holds(
        rule,
        """
        账册:
          合同: [{合同号: C1, 客户: K1, 机构: J1, 客户经理: E1, 放款日: 2026-01-01}]
        期望:
        - {当日: 2026-02-28, 次: 2026-02月, 状态: 待办, 连漏: 1}
        - {当日: 2026-02-28, 上报: 总经理, 无: 是}
        - {当日: 2026-03-01, 次: 2026-03月, 状态: 待办, 连漏: 2, 上报: 总经理}
        """,
    )


# -- forms after an inspection

FORMS = """
规则:
- {编号: form, 对象: 检查, 条件: "NOT 紧急", 起算: 检查日, 到期: "加工作日(起算, 2工作日)", 完成: 报告提交日, 责任: 合同.客户经理}
- {编号: urgent, 对象: 检查, 条件: 紧急, 起算: 检查日, 到期: "加天(起算, 1天)", 完成: 报告提交日, 责任: 合同.客户经理}
"""


@keeps("S38", "N2")
def test_forms_of_inspections_around_spring_festival(holds) -> None:
    holds(
        FORMS,
        """
        账册:
          合同: [{合同号: C1, 客户: K1, 机构: J1, 客户经理: E1}]
          检查:
          - {走访号: V1, 合同: C1, 种类: 常规, 检查日: 2026-02-13, 紧急: 否}    # Friday; 02-14 is 班 and day 1
          - {走访号: V2, 合同: C1, 种类: 常规, 检查日: 2026-02-13, 紧急: 是}
          - {走访号: V3, 合同: C1, 种类: 常规, 检查日: 2026-02-14, 紧急: 是}
        期望:
        - {当日: 2026-02-24, 对象: V1/C1/regular, 状态: 待办, 到期: 2026-02-24}
        - {当日: 2026-02-25, 对象: V1/C1/regular, 状态: 逾期, 迟天: 1}
        - {当日: 2026-02-14, 对象: V2/C1/regular, 状态: 待办, 到期: 2026-02-14}
        - {当日: 2026-02-15, 对象: V3/C1/regular, 状态: 待办, 到期: 2026-02-15}    # a holiday: calendar terms do not shift
        - {当日: 2026-02-16, 对象: V3/C1/regular, 状态: 逾期, 迟天: 1}
        """,
    )
