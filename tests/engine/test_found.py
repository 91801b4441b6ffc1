"""What a random search found: each a disagreement between the compiled engine and the judge, made small, and decided by a sentence.

Both executions are asked every time (and PostgreSQL in the long run); what comes out is what the sentence says, not what either gave.
"""

from datetime import date

import pytest

D = date
keeps = pytest.mark.keeps

HEAD = "对象: 合同, 责任: 客户经理"
ONE = "合同: [{合同号: C1, 客户: K1, 机构: J1, 客户经理: E1, 放款日: 2026-03-02}]"


# -- identity


@keeps("S1")
def test_a_number_names_an_occurrence_with_six_places_however_it_came_about(holds) -> None:
    rules = f"""
    规则:
    - {{编号: by-score, {HEAD}, 起算: 放款日, 到期: "加天(起算, 10天)", 次: "五级评分 * 2"}}
    """
    holds(
        rules,
        """
        账册:
          合同: [{合同号: C1, 客户: K1, 机构: J1, 客户经理: E1, 放款日: 2026-03-02, 五级评分: 0.5}]
        期望: [{当日: 2026-03-05, 次: "1.000000", 状态: 待办}]
        """,
    )


# -- what is empty


@keeps("S7")
def test_a_period_without_a_day_to_count_from_is_a_gap_and_not_silence(ask) -> None:
    rules = """
    规则:
    - {编号: birthday, 对象: 合同, 每: {期: 年, 自: 客户.生日}, 责任: 客户经理}
    """
    rows = f"{ONE}\n主体: [{{证件号: K1, 种类: 企业}}]"
    assert ask(rules, rows, D(2026, 3, 5)) == []
    assert [(g.part, g.columns) for g in ask(rules, rows, D(2026, 3, 5), "gaps")] == [
        ("period", "client.birthday")
    ]


@keeps("S7")
def test_a_period_without_a_day_is_a_gap_though_the_condition_names_its_label(ask) -> None:
    rules = """
    规则:
    - {编号: birthday, 对象: 合同, 每: {期: 年, 自: 客户.生日}, 条件: "期名 <> '2026-10月'", 责任: 客户经理}
    """
    rows = f"{ONE}\n主体: [{{证件号: K1, 种类: 企业}}]"
    assert ask(rules, rows, D(2026, 3, 5)) == []
    assert [(g.part, g.columns) for g in ask(rules, rows, D(2026, 3, 5), "gaps")] == [
        ("period", "client.birthday")
    ]


@keeps("S7")
def test_a_period_whose_start_is_empty_has_not_begun(ask) -> None:
    rules = f"""
    规则:
    - {{编号: monthly, {HEAD}, 每: 月, 开放: 期初, 起算: 到期日, 到期: "加天(期末, 5天)"}}
    """
    assert ask(rules, ONE, D(2026, 3, 5)) == []
    assert ask(rules, ONE, D(2026, 3, 5), "gaps") == []


@keeps("S7", "S28")
def test_only_the_wording_in_force_can_lack_something(ask) -> None:
    rules = f"""
    规则:
    - {{编号: later-needs-class, {HEAD}, 起算: 放款日, 条件: "展期次数 >= 1", 到期: "加天(起算, 10天)",
       版本: [{{自: 2026-06-01, 依据: 二, 条件: "风险分类 >= 3"}}]}}
    """
    rows = "合同: [{合同号: C1, 客户: K1, 机构: J1, 客户经理: E1, 放款日: 2026-03-02, 展期次数: 1}]"
    assert [row.due for row in ask(rules, rows, D(2026, 3, 5))] == [D(2026, 3, 12)]
    assert ask(rules, rows, D(2026, 3, 5), "gaps") == []


@keeps("S7", "S28")
def test_a_due_that_is_unknown_names_what_its_own_wording_lacks(ask) -> None:
    rules = f"""
    规则:
    - {{编号: reworded, {HEAD}, 起算: 放款日, 开放: 起算, 到期: "最早(检查.检查日)",
       版本: [{{自: 2026-09-01, 依据: 二, 到期: "加月(起算, 风险分类)"}}]}}
    """
    assert [(g.part, g.columns) for g in ask(rules, ONE, D(2026, 10, 8), "gaps")] == [("due", "")]
    later = ONE.replace("2026-03-02", "2026-09-02")
    assert [(g.part, g.columns) for g in ask(rules, later, D(2026, 10, 8), "gaps")] == [("due", "risk_class")]


@keeps("S7")
def test_a_reference_that_leads_nowhere_has_no_fact_whatever_the_fact_says_of_nothing(ask) -> None:
    rules = f"""
    事实:
      主体.无评级: {{义: 没有评级, 式: "银行评级 IS NULL"}}
    规则:
    - {{编号: no-rating, {HEAD}, 起算: 放款日, 条件: 客户.无评级, 到期: "加天(起算, 10天)"}}
    """
    assert ask(rules, ONE, D(2026, 3, 5)) == []
    assert [g.part for g in ask(rules, ONE, D(2026, 3, 5), "gaps")] == ["condition"]
    there = f"{ONE}\n主体: [{{证件号: K1, 种类: 企业}}]"
    assert [row.object for row in ask(rules, there, D(2026, 3, 5))] == ["C1"]


def test_where_there_is_no_earlier_row_nothing_has_a_value_in_it_not_even_a_constant(holds) -> None:
    rules = """
    规则:
    - {编号: second-statement, 对象: 报表, 责任: 风控专员, 起算: 收到日, 条件: "前期(优先(应收账款, 1元)) IS NOT NULL", 到期: "加天(起算, 5天)"}
    """
    holds(
        rules,
        """
        账册:
          主体: [{证件号: K1, 种类: 企业}]
          报表:
          - {主体: K1, 期末: 2025-12-31, 口径: 月, 合并报表: 否, 收到日: 2026-01-10}
          - {主体: K1, 期末: 2026-01-31, 口径: 月, 合并报表: 否, 收到日: 2026-02-10}
        期望:
        - {当日: 2026-02-12, 数: 1}
        - {当日: 2026-02-12, 起算: 2026-02-10, 状态: 待办}
        """,
    )


@keeps("S7", "S31")
def test_a_daily_rule_that_ended_long_ago_lacks_nothing_today(ask) -> None:
    rules = """
    规则:
    - {编号: ended, 对象: 机构, 每: 工作日, 至: 2026-02-14, 条件: 有库, 责任: 风控专员}
    """
    row = "机构: [{机构号: J1, 公司: G1}]"
    assert ask(rules, row, D(2026, 9, 30), "gaps") == []
    assert [g.columns for g in ask(rules, row, D(2026, 2, 13), "gaps")] == ["has_vault"]


@keeps("S7", "S28")
def test_a_daily_rule_names_what_its_wording_of_today_lacks(ask) -> None:
    rules = """
    规则:
    - {编号: reworded, 对象: 机构, 每: 工作日, 条件: 有库, 责任: 风控专员, 版本: [{自: 2026-09-01, 依据: 二, 条件: "现金限额 > 1元"}]}
    """
    row = "机构: [{机构号: J1, 公司: G1}]"
    assert [g.columns for g in ask(rules, row, D(2026, 8, 31), "gaps")] == ["has_vault"]
    assert [g.columns for g in ask(rules, row, D(2026, 9, 1), "gaps")] == ["cash_limit"]


# -- figures and dated columns, valued on the day that the sentence names


@keeps("S28")
def test_a_fact_takes_the_figure_of_the_day_though_the_rule_keeps_that_of_its_start(holds) -> None:
    rules = f"""
    数值:
      大额: {{义: 大额, 依据: 一, 值: [{{自: 2020-01-01, 值: 100万元, 依据: 一}}, {{自: 2026-03-10, 值: 10万元, 依据: 一}}]}}
    事实:
      合同.是大额: {{义: 大额, 式: "金额 >= 大额"}}
    规则:
    - {{编号: by-fact, {HEAD}, 起算: 放款日, 条件: 是大额, 到期: "加天(起算, 30天)"}}
    - {{编号: by-figure, {HEAD}, 起算: 放款日, 条件: "金额 >= 大额", 到期: "加天(起算, 30天)"}}
    """
    holds(
        rules,
        """
        账册:
          合同: [{合同号: C1, 客户: K1, 机构: J1, 客户经理: E1, 放款日: 2026-03-02, 金额: 50万元}]
        期望:
        - {当日: 2026-03-09, 规则: by-fact, 无: 是}
        - {当日: 2026-03-10, 规则: by-fact, 状态: 待办}
        - {当日: 2026-03-10, 规则: by-figure, 无: 是}
        """,
    )


@keeps("S28")
def test_rows_are_counted_by_the_figure_in_force_at_the_start_of_each_duty(holds) -> None:
    rules = f"""
    数值:
      停工界限: {{义: 停工, 依据: 一, 值: [{{自: 2020-01-01, 值: 10, 依据: 一}}, {{自: 2026-03-10, 值: 3, 依据: 一}}]}}
    规则:
    - {{编号: stopped, {HEAD}, 起算: 放款日, 条件: "有(检查, 停工天数 >= 停工界限)", 到期: "加天(起算, 30天)"}}
    """
    holds(
        rules,
        """
        账册:
          合同:
          - {合同号: C1, 客户: K1, 机构: J1, 客户经理: E1, 放款日: 2026-03-02}
          - {合同号: C2, 客户: K1, 机构: J1, 客户经理: E1, 放款日: 2026-03-10}
          检查:
          - {走访号: V1, 合同: C1, 种类: 常规, 检查日: 2026-03-11, 停工天数: 5}
          - {走访号: V2, 合同: C2, 种类: 常规, 检查日: 2026-03-11, 停工天数: 5}
        期望:
        - {当日: 2026-03-12, 对象: C1, 无: 是}
        - {当日: 2026-03-12, 对象: C2, 状态: 待办}
        """,
    )


@keeps("S28")
def test_a_period_is_valued_on_its_first_day_even_where_it_counts_from_another(holds) -> None:
    rules = f"""
    规则:
    - {{编号: monthly, {HEAD}, 每: 月, 补: 是, 起算: "加天(期末, 10天)", 到期: "加天(起算, 5天)", 逾期: [{{满: 1天, 报: 总经理}}],
       版本: [{{自: 2026-02-05, 依据: 二, 逾期: [{{满: 1天, 报: 董事长}}]}}]}}
    """
    holds(
        rules.replace("董事长", "风控部经理"),
        f"""
        账册:
          {ONE}
        期望: [{{当日: 2026-02-20, 次: 2026-01月, 起算: 2026-02-10, 到期: 2026-02-15, 上报: 总经理, 上报日: 2026-02-16}}]
        """,
    )


@keeps("S7", "S39")
def test_a_ratio_beside_a_figure_not_yet_in_force_is_unknown_and_not_a_no(ask) -> None:
    rules = f"""
    数值:
      占比界限: {{义: 界限, 依据: 一, 值: [{{自: 2027-01-01, 值: 20%, 依据: 一}}]}}
    规则:
    - {{编号: share, {HEAD}, 起算: 放款日, 条件: "NOT (占比(本金余额, 金额) > 占比界限)", 到期: "加天(起算, 10天)"}}
    """
    rows = "合同: [{合同号: C1, 客户: K1, 机构: J1, 客户经理: E1, 放款日: 2026-03-02, 金额: 10万元, 本金余额: 5万元}]"
    assert ask(rules, rows, D(2026, 3, 5)) == []
    assert [g.part for g in ask(rules, rows, D(2026, 3, 5), "gaps")] == ["condition"]


@keeps("S8", "S38")
def test_working_days_are_counted_long_before_the_republic_too(holds) -> None:
    rules = """
    规则:
    - {编号: archive, 对象: 机构, 每: 年, 首: 设立日, 末: 设立日, 补: 是, 责任: 风控专员, 逾期: [{满: 1工作日, 报: 总经理}]}
    """
    holds(
        rules,
        """
        账册:
          机构: [{机构号: J1, 公司: G1, 有库: 是, 设立日: 1912-02-05}]
        期望: [{当日: 2026-11-23, 次: 1912年, 到期: 1912-12-31, 上报: 总经理, 上报日: 1913-01-01}]
        """,
    )


# -- closing, relief, data days


@keeps("S36")
def test_a_postponement_that_nobody_approved_moves_nothing(holds) -> None:
    rules = f"""
    规则:
    - {{编号: asked, {HEAD}, 起算: 放款日, 到期: "加天(起算, 10天)", 变通: {{延期: 需理由}}}}
    """
    holds(
        rules,
        f"""
        账册:
          {ONE}
          任务处理: [{{任务: asked/C1/, 种类: 延期, 自: 2026-03-05, 至: 2026-04-30}}]
        期望: [{{当日: 2026-03-13, 到期: 2026-03-12, 状态: 逾期, 迟天: 1}}]
        """,
    )


@keeps("S33")
def test_a_duty_closed_by_an_act_or_by_its_own_row_is_judged_up_to_where_both_are_known(holds) -> None:
    rules = f"""
    规则:
    - {{编号: either, {HEAD}, 起算: 放款日, 到期: "加天(起算, 10天)", 完成: "优先(结清日, 最早(检查.检查日))"}}
    """
    holds(
        rules,
        f"""
        账册:
          {ONE}
        截至: {{合同: 2026-03-11, 检查: 2026-03-20}}
        期望: [{{当日: 2026-03-20, 到期: 2026-03-12, 状态: 待办}}]
        """,
    )


@keeps("S9", "S25")
def test_a_completion_closes_the_day_that_it_names_of_a_daily_duty(holds) -> None:
    rules = """
    规则:
    - {编号: vault, 对象: 机构, 每: 工作日, 首: 设立日, 责任: 风控专员, 承接: [old-vault]}
    """
    holds(
        rules,
        """
        账册:
          机构: [{机构号: J1, 公司: G1, 有库: 是, 设立日: 2026-03-02}]
          办结:
          - {任务: old-vault/J1/2026-03-03工作日, 办结日: 2026-03-03}
          - {任务: vault/J1/2026-03-04工作日, 办结日: 2026-03-04, 录入日: 2026-03-12}
          - {任务: vault/J1/whenever, 办结日: 2026-03-05}
        期望:
        - {当日: 2026-03-13, 次: 2026-03-03工作日, 状态: 按期}
        - {当日: 2026-03-13, 次: 2026-03-04工作日, 状态: 按期}
        - {当日: 2026-03-13, 次: 2026-03-05工作日, 状态: 漏办}
        """,
    )


@keeps("S29")
def test_a_due_by_segments_may_lean_on_the_opening(holds) -> None:
    rules = f"""
    规则:
    - {{编号: leaning, {HEAD}, 起算: 放款日, 开放: "加天(起算, 3天)", 到期: "加天(开放, 10天)", 取值: 逐段}}
    """
    holds(
        rules,
        f"""
        账册:
          {ONE}
        期望: [{{当日: 2026-03-06, 开放: 2026-03-05, 到期: 2026-03-15}}]
        """,
    )


@keeps("S29")
def test_what_moves_inside_a_fact_cuts_no_segments(holds) -> None:
    rules = f"""
    事实:
      合同.间隔: {{义: 间隔天数, 式: "CASE WHEN 风险分类 >= 3 THEN 10 ELSE 30 END"}}
    规则:
    - {{编号: by-fact, {HEAD}, 起算: 放款日, 到期: "加天(起算, 间隔)", 开放: 起算, 取值: 逐段}}
    """
    holds(
        rules,
        """
        账册:
          合同: [{合同号: C1, 客户: K1, 机构: J1, 客户经理: E1, 放款日: 2026-03-02, 风险分类: 3}]
          变更记录: [{表: 合同, 对象: C1, 项目: 风险分类, 生效日: 2026-03-20, 原值: 2, 新值: 3}]
        期望:
        - {当日: 2026-03-19, 到期: 2026-04-01, 状态: 待办}
        - {当日: 2026-03-20, 到期: 2026-03-12, 状态: 逾期, 迟天: 8}
        """,
    )


def test_rules_derived_side_by_side_may_look_at_the_same_earlier_rows(ask) -> None:
    """A constant taken in an earlier row names no column, so the pairs of rows were made by whichever rule came first: by two at once."""
    rules = "规则:" + "".join(
        f"""
    - {{编号: side-{letter}, 对象: 报表, 责任: 风控专员, 起算: 收到日, 条件: "年初(1元) IS NOT NULL", 到期: "加天(起算, 5天)"}}"""
        for letter in "abcdef"
    )
    rows = """
    主体: [{证件号: K1, 种类: 企业}]
    报表:
    - {主体: K1, 期末: 2025-12-31, 口径: 月, 合并报表: 否, 收到日: 2026-01-10}
    - {主体: K1, 期末: 2026-01-31, 口径: 月, 合并报表: 否, 收到日: 2026-02-10}
    """
    for day in range(11, 15):
        given = ask(rules, rows, D(2026, 2, day))
        assert [(one.rule, one.start) for one in given] == [
            (f"side-{letter}", D(2026, 2, 10)) for letter in "abcdef"
        ]


@keeps("S7")
def test_a_fact_that_reads_nothing_is_still_that_of_a_row(ask) -> None:
    rules = f"""
    事实:
      主体.年中: {{义: 下半年, 式: "月(当日) > 6"}}
    规则:
    - {{编号: second-half, {HEAD}, 起算: 放款日, 条件: 客户.年中, 到期: "加天(起算, 10天)"}}
    """
    assert [g.part for g in ask(rules, ONE, D(2026, 7, 5), "gaps")] == ["condition"]
    there = f"{ONE}\n主体: [{{证件号: K1, 种类: 企业}}]"
    assert [row.object for row in ask(rules, there, D(2026, 7, 5))] == ["C1"]
    assert ask(rules, there, D(2026, 6, 5)) == []


# -- rules on duties, and days not published


@keeps("S32", "S35")
def test_for_rules_on_duties_an_act_of_tomorrow_has_not_happened(ask) -> None:
    rules = f"""
    规则:
    - {{编号: fee, {HEAD}, 起算: 放款日, 到期: "加天(起算, 30天)", 完成: 到期日}}
    - {{编号: still-open, 对象: 任务, 条件: "规则 = 'fee' AND 完成 IS NULL", 起算: 起算, 到期: "加天(起算, 30天)", 责任: 风控专员}}
    """
    paid_tomorrow = ONE.replace("放款日: 2026-03-02", "放款日: 2026-03-02, 到期日: 2026-03-09")
    watched = [one.rule for one in ask(rules, paid_tomorrow, D(2026, 3, 8))]
    assert sorted(watched) == ["fee", "still-open"]
    assert [one.rule for one in ask(rules, paid_tomorrow, D(2026, 3, 9))] == ["fee"]


@keeps("S35")
def test_a_rule_on_duties_that_counts_other_duties_sees_those_of_former_days(ask) -> None:
    rules = f"""
    规则:
    - {{编号: fee, {HEAD}, 起算: 放款日, 到期: "加天(起算, 3天)", 完成: 到期日}}
    - {{编号: visit, {HEAD}, 起算: 放款日, 到期: "加天(起算, 60天)"}}
    - {{编号: again, 对象: 任务, 责任: 风控专员, 起算: 起算, 到期: "加天(起算, 60天)",
       条件: "规则 = 'visit' AND 有(任务, 合同 = 本.合同 AND 规则 = 'fee' AND 状态 = '迟办')"}}
    """
    paid_late = ONE.replace("放款日: 2026-03-02", "放款日: 2026-03-02, 到期日: 2026-03-09")
    listed = ask(rules, paid_late, D(2026, 3, 20), scope="day")
    assert sorted(one.rule for one in listed) == ["again", "visit"]


@keeps("S37")
def test_a_duty_of_every_working_day_is_assumed_in_a_year_not_yet_published(holds) -> None:
    rules = """
    规则:
    - {编号: vault, 对象: 机构, 每: 工作日, 首: 设立日, 责任: 风控专员}
    """
    holds(
        rules,
        """
        账册:
          机构: [{机构号: J1, 公司: G1, 有库: 是, 设立日: 2026-12-30}]
        期望:
        - {当日: 2026-12-30, 次: 2026-12-30工作日, 推定: 否}
        - {当日: 2030-03-05, 次: 2030-03-05工作日, 推定: 是}
        """,
    )


# -- what was sent back


@keeps("S12")
@pytest.mark.parametrize(
    ("done", "day"),
    [
        ("较早(到期日, 结清日)", "2026-03-20"),
        ("优先(到期日, 结清日)", "2026-03-20"),
        ("全部(到期日, 结清日)", "null"),
        ("加天(到期日, 5天)", "null"),
        ("最早(检查.检查日, 检查日 >= 本.放款日)", "2026-03-12"),
        ("最早(检查.检查日, 检查.检查日 = 本.到期日)", "null"),
        ("最早(资料应报.收到日, 应报日 = 本.到期日 AND 主体 = 本.客户)", "2026-03-13"),
    ],
)
def test_an_own_date_that_was_sent_back_is_empty_wherever_it_says_what_was_done(holds, done, day) -> None:
    """Sent back on 10 March: 到期日 of 9 March no longer stands, but still says whose rows and which."""
    rules = f"""
    规则:
    - {{编号: handed-in, {HEAD}, 起算: 放款日, 到期: "加天(起算, 10天)", 完成: "{done}"}}
    """
    holds(
        rules,
        f"""
        账册:
          合同: [{{合同号: C1, 客户: K1, 机构: J1, 客户经理: E1, 放款日: 2026-03-02, 到期日: 2026-03-09, 结清日: 2026-03-20}}]
          检查: [{{走访号: V1, 合同: C1, 种类: 常规, 检查日: 2026-03-12}}]
          资料应报: [{{主体: K1, 资料: 纳税申报表, 所属期末: 2026-02-28, 应报日: 2026-03-09, 收到日: 2026-03-13}}]
          任务处理: [{{任务: handed-in/C1/, 种类: 退回, 自: 2026-03-10, 理由: 缺照片, 批准人: E9, 批准日: 2026-03-10}}]
        期望: [{{当日: 2026-03-25, 完成: {day}}}]
        """,
    )


EMPTY = "CASE WHEN 展期次数 = 1 THEN NULL ELSE NULL END"


@keeps("S7")
@pytest.mark.parametrize(
    "condition",
    [
        f"加月({EMPTY}, 12) <= 到期日",
        f"加天({EMPTY}, 12) <= 到期日",
        f"加工作日({EMPTY}, 12) <= 到期日",
        f"月末({EMPTY}) <= 到期日",
        f"相差天({EMPTY}, 到期日) > 3",
        f"{EMPTY} <= 到期日",
        f"{EMPTY} = 展期次数",
        f"{EMPTY} = 状态",
    ],
)
def test_a_choice_of_nothing_but_empties_is_empty_wherever_it_stands(ask, condition) -> None:
    rules = f"""
    规则:
    - {{编号: never-known, {HEAD}, 起算: 放款日, 条件: "{condition}", 到期: "加天(起算, 10天)"}}
    """
    rows = "合同: [{合同号: C1, 客户: K1, 机构: J1, 客户经理: E1, 放款日: 2026-03-02, 展期次数: 1, 到期日: 2027-03-01, 状态: 在保}]"
    assert ask(rules, rows, D(2026, 3, 5)) == []
    assert [g.part for g in ask(rules, rows, D(2026, 3, 5), "gaps")] == ["condition"]


@keeps("S7", "S28")
@pytest.mark.parametrize(
    "condition",
    [
        "加月(CASE WHEN 展期次数 = 1 THEN 启用日 END, 12) <= 到期日",
        "加月(启用日, 12) <= 到期日",
        "月末(启用日) <= 到期日",
        "相差天(启用日, 到期日) > 3",
        "加工作日(启用日, 2) <= 到期日",
        "CASE WHEN 展期次数 = 1 THEN 启用日 END <= 到期日",
    ],
)
def test_a_figure_that_is_not_in_force_yet_is_empty_and_still_of_its_type(ask, condition) -> None:
    rules = f"""
    数值:
      启用日: {{义: 启用, 依据: 一, 值: [{{自: 2027-01-01, 值: 2026-01-31, 依据: 一}}]}}
    规则:
    - {{规则: 未启用, 编号: not-yet, 依据: 一, 条目: [], 意旨: 试, {HEAD}, 起算: 放款日, 条件: "{condition}", 到期: "加天(起算, 10天)"}}
    - {{预警: 未定, 编号: no-signal, 依据: 一, 条目: [], 意旨: 试, 方式: A, 对象: 合同, 次: 合同号, 措施: [], 级: {{重要: "{condition}"}}}}
    """
    rows = "合同: [{合同号: C1, 客户: K1, 机构: J1, 客户经理: E1, 放款日: 2026-03-02, 展期次数: 1, 到期日: 2027-03-01}]"
    assert ask(rules, rows, D(2026, 3, 5)) == []
    assert ask(rules, rows, D(2026, 3, 5), "warnings") == []
