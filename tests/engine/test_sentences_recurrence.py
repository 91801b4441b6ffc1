"""What comes back: from act to act, by period, by day; backlogs, first periods, go-live (S16-S20, S23-S25)."""

from datetime import date

import pytest

D = date
keeps = pytest.mark.keeps

ROLLING = """
规则:
- {编号: routine, 对象: 合同, 循环: {行: 检查, 条件: "种类 = '常规'", 日: 检查日, 首: 放款日}, 到期: "加月(起算, 3月)", 责任: 客户经理}
"""


@keeps("S1", "S16")
def test_from_check_to_check_there_is_one_open_duty_counted_from_the_last_early_or_late(holds) -> None:
    holds(
        ROLLING,
        """
        账册:
          合同: [{合同号: C1, 客户: K1, 机构: J1, 客户经理: E1, 放款日: 2026-01-31}]
          检查:
          - {走访号: V1, 合同: C1, 种类: 常规, 检查日: 2026-03-02}      # early
          - {走访号: V2, 合同: C1, 种类: 用途, 检查日: 2026-03-20}      # another kind of check
          - {走访号: V3, 合同: C1, 种类: 常规, 检查日: 2026-08-03}      # late
        期望:
        - {当日: 2026-03-01, 次: 首, 状态: 待办, 到期: 2026-04-30, 数: 1}
        - {当日: 2026-03-02, 次: 首, 状态: 按期, 完成: 2026-03-02}
        - {当日: 2026-03-02, 次: V1/C1/regular, 状态: 待办, 到期: 2026-06-02}
        - {当日: 2026-07-31, 状态: 逾期, 迟天: 59, 数: 1}
        - {当日: 2026-08-03, 次: V1/C1/regular, 状态: 迟办, 迟天: 62}
        - {当日: 2026-08-03, 次: V3/C1/regular, 状态: 待办, 到期: 2026-11-03}
        - {当日: 2026-11-23, 状态: 逾期, 数: 1}
        """,
    )


@keeps("S16")
def test_two_checks_on_one_day_and_a_check_on_the_day_of_entry(ask) -> None:
    rows = """
    合同: [{合同号: C1, 客户: K1, 机构: J1, 客户经理: E1, 放款日: 2026-03-02}]
    检查:
    - {走访号: V1, 合同: C1, 种类: 常规, 检查日: 2026-03-02}
    - {走访号: V2, 合同: C1, 种类: 常规, 检查日: 2026-05-05}
    - {走访号: V3, 合同: C1, 种类: 常规, 检查日: 2026-05-05}
    """
    found = sorted((r.start, r.occurrence, r.state, r.done) for r in ask(ROLLING, rows, D(2026, 5, 6)))
    assert found == [
        (D(2026, 3, 2), "V1/C1/regular", "on_time", D(2026, 5, 5)),
        (D(2026, 3, 2), "first", "on_time", D(2026, 3, 2)),
        (D(2026, 5, 5), "V2/C1/regular", "on_time", D(2026, 5, 5)),
        (D(2026, 5, 5), "V3/C1/regular", "open", None),
    ]


@keeps("S11", "S16")
def test_a_voided_check_joins_the_two_intervals_beside_it(holds) -> None:
    holds(
        ROLLING,
        """
        账册:
          合同: [{合同号: C1, 客户: K1, 机构: J1, 客户经理: E1, 放款日: 2026-01-31}]
          检查: [{走访号: V1, 合同: C1, 种类: 常规, 检查日: 2026-04-10, 录入日: 2026-04-10, 作废日: 2026-05-11}]
        期望:
        - {当日: 2026-05-10, 状态: 待办, 到期: 2026-07-10}
        - {当日: 2026-05-11, 次: 首, 状态: 逾期, 到期: 2026-04-30, 迟天: 11}
        - {当日: 2026-05-11, 数: 1}
        """,
    )


# -- periods

MONTHLY = (
    "规则: [{编号: m, 对象: 合同, 每: 月, 首: 放款日, 末: 结清日, 完成: '最早(检查.检查日)', 责任: 客户经理}]"
)


@keeps("S17")
def test_without_backlog_a_period_lapses_and_the_next_shows_how_many_were_missed(holds) -> None:
    holds(
        MONTHLY,
        """
        账册:
          合同: [{合同号: C1, 客户: K1, 机构: J1, 客户经理: E1, 放款日: 2026-01-01}]
          检查: [{走访号: V1, 合同: C1, 种类: 常规, 检查日: 2026-03-31}]
        期望:
        - {当日: 2026-02-28, 次: 2026-02月, 状态: 待办, 连漏: 1}
        - {当日: 2026-03-15, 次: 2026-03月, 状态: 待办, 连漏: 2}
        - {当日: 2026-03-31, 次: 2026-03月, 状态: 按期, 连漏: 2}
        - {当日: 2026-04-01, 次: 2026-04月, 状态: 待办, 连漏: 0}
        - {当日: 2026-05-01, 次: 2026-04月, 状态: 漏办, 连漏: 1}
        - {当日: 2026-05-01, 次: 2026-05月, 状态: 待办, 连漏: 1}
        """,
    )


BACKLOG = """
规则:
- {编号: monthly, 对象: 账户, 每: 月, 首: 开户日, 补: 是, 到期: "次月日(期末, 10)", 完成: "最早(余额调节.编制日, 所属月 = 本.期初)", 责任: 会计@机构}
"""


@keeps("S17", "N10")
@pytest.mark.parametrize(
    ("opened", "alone", "folded"), [("2025-12-03", 12, []), ("2025-11-03", 12, [1]), ("2025-01-03", 12, [11])]
)
def test_of_a_backlog_twelve_stand_alone_and_the_older_fold_into_one_line_with_a_count(
    ask, opened, alone, folded
) -> None:
    rows = ask(BACKLOG, f"账户: [{{账号: A1, 机构: J1, 开户日: {opened}}}]", D(2026, 11, 23))
    assert len([r for r in rows if not r.missed_run]) == alone
    assert [r.missed_run for r in rows if r.missed_run] == folded
    assert all(r.run_from == D.fromisoformat(opened) for r in rows if r.missed_run)


@keeps("S17")
def test_a_late_reconciliation_closes_its_own_month_only(holds) -> None:
    holds(
        BACKLOG,
        """
        账册:
          账户: [{账号: A1, 机构: J1, 开户日: 2026-08-01}]
          余额调节:
          - {账户: A1, 所属月: 2026-09-01, 编制日: 2026-11-20}
          - {账户: A1, 所属月: 2026-10-01, 编制日: 2026-11-05}
        期望:
        - {当日: 2026-11-23, 次: 2026-08月, 状态: 逾期, 到期: 2026-09-10}
        - {当日: 2026-11-23, 次: 2026-09月, 状态: 迟办, 到期: 2026-10-10, 迟天: 41}
        - {当日: 2026-11-23, 次: 2026-10月, 状态: 按期}
        - {当日: 2026-11-23, 次: 2026-11月, 状态: 待办, 到期: 2026-12-10}
        """,
    )


@keeps("S18")
@pytest.mark.parametrize(
    ("anchor", "kind", "starts"),
    [
        ("2026-01-31", "月", [D(2026, 1, 31), D(2026, 2, 28), D(2026, 3, 31), D(2026, 4, 30)]),
        ("2024-02-29", "年", [D(2024, 2, 29), D(2025, 2, 28), D(2026, 2, 28)]),
        ("2025-05-30", "季", [D(2025, 5, 30), D(2025, 8, 30), D(2025, 11, 30), D(2026, 2, 28)]),
        ("2026-04-16", "周", [D(2026, 4, 16), D(2026, 4, 23), D(2026, 4, 30)]),
    ],
)
def test_anchored_periods_are_counted_from_the_anchor_and_never_from_each_other(
    ask, anchor, kind, starts
) -> None:
    rule = f"规则: [{{编号: a, 对象: 合同, 每: {{期: {kind}, 自: 放款日}}, 补: 是, 完成: '最早(检查.检查日, 检查日 = 本.期初)', 责任: 客户经理}}]"
    rows = ask(
        rule, f"合同: [{{合同号: C1, 客户: K1, 机构: J1, 客户经理: E1, 放款日: {anchor}}}]", D(2026, 4, 30)
    )
    assert sorted(r.opens for r in rows) == starts


@keeps("S18")
def test_the_anniversary_of_a_leap_day_falls_on_the_28th_and_on_the_29th_again_in_a_leap_year(ask) -> None:
    rule = "规则: [{编号: b, 对象: 会员, 每: {期: 年, 自: 生日}, 责任: 前台@机构}]"
    row = "会员: [{会员号: M1, 机构: J1, 生日: 1996-02-29}]"
    opening = {
        day: [r.opens for r in ask(rule, row, day) if r.state == "open"]
        for day in (D(2026, 2, 28), D(2028, 2, 28), D(2028, 2, 29))
    }
    assert opening == {
        D(2026, 2, 28): [D(2026, 2, 28)],
        D(2028, 2, 28): [D(2027, 2, 28)],
        D(2028, 2, 29): [D(2028, 2, 29)],
    }


JOINED = "规则: [{编号: q, 对象: 合同, 每: 季, 首: 放款日, 末: 结清日, 首期: 30, 完成: '最早(检查.检查日)', 责任: 客户经理}]"


@keeps("S19")
@pytest.mark.parametrize(
    ("entered", "label", "opens", "due"),
    [
        ("2026-09-01", "2026Q3季", D(2026, 9, 1), D(2026, 9, 30)),  # thirty days are left
        ("2026-09-02", "2026Q4季", D(2026, 9, 2), D(2026, 12, 31)),  # twenty-nine: joined, open at once
        ("2026-09-30", "2026Q4季", D(2026, 9, 30), D(2026, 12, 31)),
    ],
)
def test_a_short_first_period_is_joined_to_the_next_and_open_at_once(ask, entered, label, opens, due) -> None:
    row = f"合同: [{{合同号: C1, 客户: K1, 机构: J1, 客户经理: E1, 放款日: {entered}}}]"
    assert [(r.occurrence, r.opens, r.due, r.state) for r in ask(JOINED, row, D(2026, 9, 30))] == [
        (label, opens, due, "open")
    ]


@keeps("S19")
def test_a_check_within_the_joined_days_closes_the_joined_period(holds) -> None:
    holds(
        JOINED,
        """
        账册:
          合同: [{合同号: C1, 客户: K1, 机构: J1, 客户经理: E1, 放款日: 2025-12-20}]
          检查: [{走访号: V1, 合同: C1, 种类: 常规, 检查日: 2025-12-29}]
        期望:
        - {当日: 2025-12-28, 次: 2026Q1季, 状态: 待办, 开放: 2025-12-20}
        - {当日: 2026-01-05, 次: 2026Q1季, 状态: 按期, 完成: 2025-12-29}
        - {当日: 2026-01-05, 数: 1}
        """,
    )


@keeps("S19")
def test_the_period_after_the_object_has_left_does_not_begin(holds) -> None:
    holds(
        MONTHLY,
        """
        账册:
          合同: [{合同号: C1, 客户: K1, 机构: J1, 客户经理: E1, 放款日: 2026-09-10, 结清日: 2026-10-31}]
        期望:
        - {当日: 2026-10-31, 次: 2026-10月, 状态: 待办}
        - {当日: 2026-11-01, 次: 2026-11月, 无: 是}
        """,
    )


@keeps("S20")
def test_when_the_band_changes_the_kind_of_period_the_new_one_looks_at_its_whole_window(holds) -> None:
    rule = """
    规则:
    - {编号: band, 对象: 借据, 每: "CASE WHEN 本金余额 >= 10万元 THEN '季' ELSE '半年' END", 完成: "最早(检查.检查日, 检查.合同 = 本.合同)", 责任: 合同.客户经理}
    """
    holds(
        rule,
        """
        账册:
          合同: [{合同号: C1, 客户: K1, 机构: J1, 客户经理: E1}]
          借据: [{借据号: L1, 合同: C1, 放款日: 2025-01-01, 本金余额: 8万元}]
          变更记录: [{表: 借据, 对象: L1, 项目: 本金余额, 生效日: 2026-11-10, 原值: 12万元, 新值: 8万元}]
          检查: [{走访号: V1, 合同: C1, 种类: 常规, 检查日: 2026-08-15}]
        期望:
        - {当日: 2026-11-09, 次: 2026Q4季, 状态: 待办}
        - {当日: 2026-11-10, 次: 2026Q4季, 无: 是}
        - {当日: 2026-11-10, 次: 2026H2半年, 状态: 按期, 完成: 2026-08-15}
        """,
    )


@keeps("S20")
def test_a_condition_holds_on_the_day_unless_it_is_frozen_to_the_start_of_the_period(holds) -> None:
    rules = """
    规则:
    - {编号: today, 对象: 合同, 条件: "风险分类 = 1", 每: 季, 责任: 客户经理}
    - {编号: frozen, 对象: 合同, 条件: "当时(风险分类, 期初) = 1", 每: 季, 责任: 客户经理}
    """
    holds(
        rules,
        """
        账册:
          合同: [{合同号: C1, 客户: K1, 机构: J1, 客户经理: E1, 风险分类: 2}]
          变更记录: [{表: 合同, 对象: C1, 项目: 风险分类, 生效日: 2026-11-10, 原值: 1, 新值: 2}]
        期望:
        - {当日: 2026-11-09, 规则: today, 次: 2026Q4季, 状态: 待办}
        - {当日: 2026-11-10, 规则: today, 无: 是}
        - {当日: 2026-11-10, 规则: frozen, 次: 2026Q4季, 状态: 待办}
        - {当日: 2027-01-01, 规则: frozen, 次: 2027Q1季, 无: 是}
        """,
    )


# -- backlog at go-live, days never enumerated


@keeps("S23")
def test_what_fell_due_before_go_live_is_left_alone_except_what_goes_from_act_to_act(holds) -> None:
    rules = """
    规则:
    - {编号: once, 对象: 合同, 起算: 放款日, 到期: "加天(起算, 10天)", 责任: 客户经理}
    - {编号: monthly, 对象: 合同, 每: 月, 首: 放款日, 责任: 客户经理}
    - {编号: rolling, 对象: 合同, 循环: {行: 检查, 日: 检查日, 首: 放款日}, 到期: "加月(起算, 3月)", 责任: 客户经理, 逾期: [{满: 1工作日, 报: 总经理}]}
    """
    holds(
        rules,
        """
        账册:
          合同:
          - {合同号: C1, 客户: K1, 机构: J1, 客户经理: E1, 放款日: 2026-05-02}
          - {合同号: C2, 客户: K1, 机构: J1, 客户经理: E1, 放款日: 2026-10-22}
          - {合同号: C3, 客户: K1, 机构: J1, 客户经理: E1, 放款日: 2026-10-21}
        起用: 2026-11-01
        期望:
        - {当日: 2026-11-03, 规则: once, 对象: C1, 无: 是}
        - {当日: 2026-11-03, 规则: once, 对象: C2, 状态: 逾期, 到期: 2026-11-01, 迟天: 2}
        - {当日: 2026-11-03, 规则: once, 对象: C3, 无: 是}
        - {当日: 2026-11-03, 规则: monthly, 对象: C1, 状态: 漏办, 无: 是}
        - {当日: 2026-11-03, 规则: monthly, 对象: C1, 次: 2026-11月, 状态: 待办, 连漏: 0}
        - {当日: 2026-11-03, 规则: rolling, 对象: C1, 次: 首, 状态: 逾期, 到期: 2026-08-02}
        - {当日: 2026-11-01, 规则: rolling, 对象: C1, 上报: 总经理, 无: 是}
        - {当日: 2026-11-02, 规则: rolling, 对象: C1, 上报: 总经理}
        """,
    )


DAILY = """
规则:
- {编号: stock, 对象: 押品, 每: 日, 首: "加天(合同.放款日, 1天)", 完成: "最早(库存记录.日期, 日期 = 本.期初)", 责任: 合同.客户经理}
"""


@keeps("S25")
def test_a_count_entered_later_splits_the_run_of_missed_days(holds) -> None:
    holds(
        DAILY,
        """
        账册:
          合同: [{合同号: C1, 客户: K1, 机构: J1, 客户经理: E1, 放款日: 2026-11-01}]
          押品: [{押品号: Y1, 合同: C1, 种类: 存货}]
          库存记录: [{押品: Y1, 日期: 2026-11-10, 来源: 现场, 实际数量: 5, 录入日: 2026-11-20}]
        期望:
        - {当日: 2026-11-15, 状态: 漏办, 连漏: 13}
        - {当日: 2026-11-15, 知悉: 2026-11-20, 状态: 漏办, 连漏: 8}
        - {当日: 2026-11-15, 知悉: 2026-11-20, 状态: 漏办, 连漏: 4}
        - {当日: 2026-11-15, 知悉: 2026-11-20, 次: 2026-11-10日, 状态: 按期, 连漏: 8}
        - {当日: 2026-11-15, 知悉: 2026-11-20, 次: 2026-11-15日, 状态: 待办, 连漏: 4}
        """,
    )


@keeps("S33", "N10")
def test_the_supervisors_count_of_a_saturday_is_missing_only_once_his_file_has_come_in(holds) -> None:
    holds(
        DAILY,
        """
        账册:
          合同: [{合同号: C1, 客户: K1, 机构: J1, 客户经理: E1, 放款日: 2026-11-15}]
          押品: [{押品号: Y1, 合同: C1, 种类: 存货}]
          库存记录:
          - {押品: Y1, 日期: 2026-11-16, 来源: 现场, 实际数量: 5}
          - {押品: Y1, 日期: 2026-11-17, 来源: 现场, 实际数量: 5}
        截至: {库存记录: 2026-11-19}
        期望:
        - {当日: 2026-11-23, 状态: 漏办, 连漏: 1, 失效: 2026-11-18}
        - {当日: 2026-11-23, 状态: 待办, 次: 2026-11-23日}
        """,
    )


WORKING = """
规则:
- {编号: cash, 对象: 机构, 条件: 有库, 每: 工作日, 首: 设立日, 完成: "最早(现金日结.日期, 日期 = 本.期初)", 责任: 出纳}
"""


@keeps("S17", "S25", "S38")
def test_a_duty_of_every_working_day_knows_make_up_days_and_rests_on_holidays(holds) -> None:
    holds(
        WORKING,
        """
        账册:
          机构: [{机构号: J1, 名称: 本部, 有库: 是, 设立日: 2026-09-28}]
          现金日结: [{机构: J1, 日期: 2026-09-29, 余额: 1万元}, {机构: J1, 日期: 2026-10-01, 余额: 1万元}]
        期望:
        - {当日: 2026-09-28, 次: 2026-09-28工作日, 状态: 待办}
        - {当日: 2026-09-29, 次: 2026-09-29工作日, 状态: 按期, 连漏: 1}
        - {当日: 2026-10-05, 状态: 待办, 无: 是}                               # a holiday
        - {当日: 2026-10-05, 状态: 漏办, 连漏: 1, 失效: 2026-09-30}
        - {当日: 2026-10-08, 次: 2026-10-08工作日, 状态: 待办, 连漏: 1}        # 09-30
        - {当日: 2026-10-10, 次: 2026-10-10工作日, 状态: 待办, 连漏: 3}        # a Saturday, 班
        - {当日: 2026-10-11, 状态: 待办, 无: 是}                               # a Sunday
        """,
    )


@keeps("S24")
@pytest.mark.anew
def test_a_day_is_derived_from_its_own_register_whichever_days_were_derived_before(ask) -> None:
    row = "合同: [{合同号: C1, 客户: K1, 机构: J1, 客户经理: E1, 放款日: 2026-01-01}]"
    forwards = [ask(MONTHLY, row, day) for day in (D(2026, 3, 1), D(2026, 3, 2), D(2026, 3, 3))]
    backwards = [ask(MONTHLY, row, day) for day in (D(2026, 3, 3), D(2026, 3, 2), D(2026, 3, 1))]
    assert forwards == backwards[::-1]


@keeps("S18")
def test_a_list_of_closing_days_gives_periods_of_unequal_length(holds) -> None:
    holds(
        "规则: [{编号: sum, 对象: 员工, 每: {年内: [06-20, 12-20]}, 首: 入职日, 完成: '最早(回访总结.报送日)', 责任: 会计@机构}]",
        """
        账册:
          员工: [{工号: E1, 姓名: 甲, 机构: J1, 入职日: 2026-01-01}]
        期望:
        - {当日: 2026-06-20, 到期: 2026-06-20, 状态: 待办}
        - {当日: 2026-06-21, 到期: 2026-06-20, 状态: 漏办}
        - {当日: 2026-06-21, 到期: 2026-12-20, 状态: 待办, 连漏: 1}
        - {当日: 2026-12-21, 状态: 漏办, 连漏: 2}
        """,
    )
