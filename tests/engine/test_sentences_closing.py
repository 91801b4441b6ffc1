"""What closes a duty, what opens it again, what excuses it (S9-S15, S36): small registers and the state of each day."""

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
ONE = "合同: [{合同号: C1, 客户: K1, 机构: J1, 客户经理: E1, 状态: 在保, 放款日: 2026-03-02}]"


@keeps("S9")
def test_a_later_act_changes_nothing_and_an_act_of_tomorrow_does_not_exist_today(holds) -> None:
    holds(
        USE,
        """
        账册:
          合同: [{合同号: C1, 客户: K1, 机构: J1, 客户经理: E1, 状态: 在保, 放款日: 2026-03-02}]
          检查:
          - {走访号: V1, 合同: C1, 种类: 用途, 检查日: 2026-03-10}
          - {走访号: V2, 合同: C1, 种类: 用途, 检查日: 2026-03-20}
        期望:
        - {当日: 2026-03-09, 状态: 待办}
        - {当日: 2026-03-10, 状态: 按期, 完成: 2026-03-10}
        - {当日: 2026-03-31, 状态: 按期, 完成: 2026-03-10}
        """,
    )


@keeps("S10")
def test_one_visit_closes_duties_of_two_rules_and_of_two_contracts_but_one_period_only(holds) -> None:
    rules = """
    规则:
    - {编号: first-look, 对象: 合同, 起算: 放款日, 到期: "加天(起算, 10天)", 完成: "最早(检查.检查日, 检查.客户 = 本.客户)", 责任: 客户经理}
    - {编号: monthly, 对象: 合同, 每: 月, 首: 放款日, 完成: "最早(检查.检查日, 检查.客户 = 本.客户)", 责任: 客户经理}
    """
    holds(
        rules,
        """
        账册:
          合同:
          - {合同号: C1, 客户: K1, 机构: J1, 客户经理: E1, 放款日: 2026-03-02}
          - {合同号: C2, 客户: K1, 机构: J1, 客户经理: E1, 放款日: 2026-03-02}
          检查: [{走访号: V1, 客户: K1, 种类: 常规, 检查日: 2026-03-10}]
        期望:
        - {当日: 2026-04-02, 状态: 按期, 完成: 2026-03-10, 数: 4}
        - {当日: 2026-04-02, 规则: monthly, 对象: C1, 次: 2026-04月, 状态: 待办}
        - {当日: 2026-04-02, 规则: monthly, 对象: C2, 次: 2026-04月, 状态: 待办}
        """,
    )


@keeps("S10")
def test_a_backlog_whose_act_does_not_name_the_period_it_belongs_to_is_refused(ask) -> None:
    rule = (
        "规则: [{编号: m, 对象: 合同, 每: 月, 首: 放款日, 补: 是, 完成: '最早(检查.检查日)', 责任: 客户经理}]"
    )
    with pytest.raises(RulebookRefused, match="keeps a backlog"):
        ask(rule, ONE, D(2026, 4, 2))


@keeps("S11", "S32")
def test_a_voided_act_opens_the_same_task_again_with_its_old_due_day(holds) -> None:
    holds(
        USE,
        """
        账册:
          合同: [{合同号: C1, 客户: K1, 机构: J1, 客户经理: E1, 状态: 在保, 放款日: 2026-03-02}]
          检查: [{走访号: V1, 合同: C1, 种类: 用途, 检查日: 2026-03-10, 录入日: 2026-03-10, 作废日: 2026-03-16}]
        期望:
        - {当日: 2026-03-15, 状态: 按期, 到期: 2026-03-12}
        - {当日: 2026-03-16, 状态: 逾期, 到期: 2026-03-12, 迟天: 4}
        - {当日: 2026-03-15, 知悉: 2026-03-16, 状态: 逾期, 迟天: 3}
        """,
    )


RETURNED = """
规则:
- {编号: form, 对象: 检查, 起算: 检查日, 到期: "加工作日(起算, 5工作日)", 完成: 报告提交日, 责任: 合同.客户经理}
"""


@keeps("S12")
def test_a_returned_form_is_due_two_working_days_after_the_return_and_counts_when_handed_in_again(
    holds,
) -> None:
    rows = """
    账册:
      合同: [{合同号: C1, 客户: K1, 机构: J1, 客户经理: E1}]
      检查: [{走访号: V1, 合同: C1, 种类: 常规, 检查日: 2026-11-09, 报告提交日: %s}]    # due 11-16
      任务处理: [{任务: form/V1/C1/regular/, 种类: 退回, 自: 2026-11-16, 理由: 缺照片, 批准人: E9, 批准日: 2026-11-16}]
    """
    as_first_handed_in = """
    期望:
    - {当日: 2026-11-15, 状态: 按期, 到期: 2026-11-16}
    - {当日: 2026-11-16, 状态: 待办, 到期: 2026-11-18}
    - {当日: 2026-11-19, 状态: 逾期, 迟天: 1}
    """
    holds(RETURNED, rows % "2026-11-12" + as_first_handed_in)
    handed_in_again = """
    期望:
    - {当日: 2026-11-17, 状态: 待办, 到期: 2026-11-18}
    - {当日: 2026-11-18, 状态: 按期, 到期: 2026-11-18, 完成: 2026-11-18}
    """
    holds(RETURNED, rows % "2026-11-18" + handed_in_again)


@keeps("S12")
def test_a_return_long_before_the_due_day_does_not_bring_it_forward(holds) -> None:
    holds(
        RETURNED,
        """
        账册:
          合同: [{合同号: C1, 客户: K1, 机构: J1, 客户经理: E1}]
          检查: [{走访号: V1, 合同: C1, 种类: 常规, 检查日: 2026-11-09, 报告提交日: 2026-11-10}]
          任务处理: [{任务: form/V1/C1/regular/, 种类: 退回, 自: 2026-11-10, 理由: 缺照片, 批准人: E9, 批准日: 2026-11-10}]
        期望:
        - {当日: 2026-11-16, 状态: 待办, 到期: 2026-11-16}
        """,
    )


@keeps("S12")
def test_each_signature_is_a_duty_of_its_own_so_the_slow_signer_is_late_and_not_the_writer(holds) -> None:
    rules = """
    规则:
    - {编号: form, 对象: 检查, 起算: 检查日, 到期: "加工作日(起算, 2工作日)", 完成: 报告提交日, 责任: 合同.客户经理}
    - {编号: sign, 对象: 签批步骤, 起算: 到达日, 到期: "加工作日(起算, 1工作日)", 完成: 决定日, 责任: 审批人}
    """
    holds(
        rules,
        """
        账册:
          合同: [{合同号: C1, 客户: K1, 机构: J1, 客户经理: E1}]
          检查: [{走访号: V1, 合同: C1, 种类: 常规, 检查日: 2026-11-09, 报告提交日: 2026-11-11}]
          签批步骤:
          - {单据: F1, 序: 1, 审批人: E5, 到达日: 2026-11-11, 决定日: 2026-11-12}
          - {单据: F1, 序: 2, 审批人: E6, 到达日: 2026-11-12}
        期望:
        - {当日: 2026-11-17, 规则: form, 状态: 按期, 责任人: E1}
        - {当日: 2026-11-17, 规则: sign, 对象: F1/1, 状态: 按期, 责任人: E5}
        - {当日: 2026-11-17, 规则: sign, 对象: F1/2, 状态: 逾期, 迟天: 4, 责任人: E6}
        """,
    )


@keeps("S13")
@pytest.mark.parametrize(
    ("entered", "marked"), [("2026-03-10", False), ("2026-03-13", False), ("2026-03-14", True)]
)
def test_what_was_entered_more_than_three_days_after_it_was_done_is_marked(ask, entered, marked) -> None:
    act = f"\n检查: [{{走访号: V1, 合同: C1, 种类: 用途, 检查日: 2026-03-10, 录入日: {entered}}}]"
    assert [(r.state, r.late_entry) for r in ask(USE, ONE + act, D(2026, 3, 20))] == [("on_time", marked)]


@keeps("S13")
def test_of_two_acts_of_one_day_the_one_entered_first_decides_whether_it_was_entered_late(ask) -> None:
    acts = "\n检查: [{走访号: V1, 合同: C1, 种类: 用途, 检查日: 2026-03-10, 录入日: 2026-03-19}, {走访号: V2, 合同: C1, 种类: 用途, 检查日: 2026-03-10, 录入日: 2026-03-11}]"
    assert [r.late_entry for r in ask(USE, ONE + acts, D(2026, 3, 20))] == [False]


@keeps("S15")
def test_a_condition_that_holds_again_brings_back_the_same_occurrence(ask) -> None:
    log = "\n变更记录: [{表: 合同, 对象: C1, 项目: 状态, 生效日: 2026-03-05, 原值: 在保, 新值: 已代偿}, {表: 合同, 对象: C1, 项目: 状态, 生效日: 2026-03-08, 原值: 已代偿, 新值: 在保}]"
    states = {
        day: [(r.occurrence, r.state, r.due) for r in ask(USE, ONE + log, D(2026, 3, day))]
        for day in (4, 5, 7, 8)
    }
    same = [("", "open", D(2026, 3, 12))]
    assert states == {4: same, 5: [], 7: [], 8: same}


# -- acts on duties

BARE = '规则: [{编号: form, 对象: 合同, 起算: 放款日, 到期: "加天(起算, 10天)", 责任: 客户经理}]'


def _ruled(kind: str, since: str, until: str, approved: str) -> str:
    until = f"至: {until}, " if until else ""
    return f"\n任务处理: [{{任务: form/C1/, 种类: {kind}, 自: {since}, {until}理由: 事出有因, 批准人: E9, 批准日: {approved}}}]"


@keeps("S36")
@pytest.mark.parametrize(
    ("approved", "day", "state", "due"),
    [
        ("2026-03-12", D(2026, 3, 13), "open", D(2026, 3, 20)),  # approved on the due day
        ("2026-03-13", D(2026, 3, 13), "overdue", D(2026, 3, 12)),  # a day too late
        ("2026-03-12", D(2026, 3, 11), "open", D(2026, 3, 12)),  # not approved yet
        ("2026-03-12", D(2026, 3, 21), "overdue", D(2026, 3, 20)),
    ],
)
def test_a_postponement_counts_only_if_approved_on_or_before_the_due_day(
    ask, approved, day, state, due
) -> None:
    rows = ask(BARE, ONE + _ruled("延期", "2026-03-10", "2026-03-20", approved), day)
    assert [(r.state, r.due) for r in rows] == [(state, due)]


@keeps("S36")
def test_a_postponement_to_an_earlier_day_takes_nothing_away(ask) -> None:
    rows = ask(BARE, ONE + _ruled("延期", "2026-03-05", "2026-03-08", "2026-03-05"), D(2026, 3, 9))
    assert [(r.state, r.due, r.postponed) for r in rows] == [("open", D(2026, 3, 12), False)]


@keeps("S36")
@pytest.mark.parametrize(
    ("since", "until", "day", "due"),
    [
        ("2026-03-04", "2026-03-06", D(2026, 3, 9), D(2026, 3, 15)),  # three days within the window
        ("2026-02-20", "2026-03-03", D(2026, 3, 9), D(2026, 3, 14)),  # only 03-02 and 03-03 lie within
        ("2026-03-11", "2026-03-30", D(2026, 3, 31), D(2026, 3, 14)),  # only 03-11 and 03-12 lie within
        ("2026-03-05", "", D(2026, 3, 9), D(2026, 3, 17)),  # still paused today: five days so far
        ("2026-03-20", "2026-03-30", D(2026, 3, 31), D(2026, 3, 12)),  # after it was due: nothing
    ],
)
def test_a_pause_moves_the_due_day_by_its_days_within_the_window(ask, since, until, day, due) -> None:
    rows = ask(BARE, ONE + _ruled("暂停", since, until, since), day)
    assert [r.due for r in rows] == [due]


@keeps("S36")
def test_a_waived_duty_is_waived_unless_it_was_done_all_the_same(ask) -> None:
    waived = ONE + _ruled("豁免", "2026-03-05", "", "2026-03-05")
    assert [r.state for r in ask(BARE, waived, D(2026, 3, 20))] == ["waived"]
    done = waived + "\n办结: [{任务: form/C1/, 办结日: 2026-03-10, 办结人: E1}]"
    assert [r.state for r in ask(BARE, done, D(2026, 3, 20))] == ["on_time"]


@keeps("S36")
def test_the_rule_itself_may_excuse(holds) -> None:
    rule = """
    规则:
    - {编号: notice, 对象: 抵押通知, 起算: 通知日, 到期: "加天(起算, 7天)", 完成: 办妥日, 变通: {豁免: "次序 = 1 AND 客户原因", 延期: 需理由}, 责任: 车辆.合同.客户经理}
    """
    holds(
        rule,
        """
        账册:
          合同: [{合同号: C1, 客户: K1, 机构: J1, 客户经理: E1}]
          车辆: [{车架号: LFV2A21K8A4000001, 合同: C1}]
          抵押通知:
          - {车辆: LFV2A21K8A4000001, 次序: 1, 通知日: 2026-03-02, 客户原因: 是}
          - {车辆: LFV2A21K8A4000001, 次序: 2, 通知日: 2026-03-02, 客户原因: 是}
          - {车辆: LFV2A21K8A4000001, 次序: 3, 通知日: 2026-03-02}
        期望:
        - {当日: 2026-03-20, 对象: LFV2A21K8A4000001/1, 状态: 免办}
        - {当日: 2026-03-20, 对象: LFV2A21K8A4000001/2, 状态: 逾期, 迟天: 11}
        - {当日: 2026-03-20, 对象: LFV2A21K8A4000001/3, 状态: 逾期}
        """,
    )


@keeps("S26")
def test_the_list_of_a_day_has_what_is_open_or_late_and_what_was_closed_or_lapsed_that_day(ask) -> None:
    act = "\n检查: [{走访号: V1, 合同: C1, 种类: 用途, 检查日: 2026-03-14}]"
    listed = {
        day: [r.state for r in ask(USE, ONE + act, D(2026, 3, day), scope="day")]
        for day in (1, 2, 12, 13, 14, 15)
    }
    assert listed == {1: [], 2: ["open"], 12: ["open"], 13: ["overdue"], 14: ["late"], 15: []}


@keeps("S26")
def test_a_lapsed_duty_is_shown_once_on_the_day_after_it_lapsed(ask) -> None:
    rule = "规则: [{编号: m, 对象: 合同, 每: 月, 首: 放款日, 完成: '最早(检查.检查日)', 责任: 客户经理}]"
    listed = {
        day: [(r.occurrence, r.state) for r in ask(rule, ONE, day, scope="day")]
        for day in (D(2026, 3, 31), D(2026, 4, 1), D(2026, 4, 2))
    }
    assert listed == {
        D(2026, 3, 31): [("2026-03月", "open")],
        D(2026, 4, 1): [("2026-03月", "missed"), ("2026-04月", "open")],
        D(2026, 4, 2): [("2026-04月", "open")],
    }


@keeps("S9", "S25")
@pytest.mark.parametrize(
    ("every", "named", "done", "runs"),
    [
        ("日", "stock/Y1/2026-03-03日", [D(2026, 3, 3)], [(D(2026, 3, 2), D(2026, 3, 2)), (D(2026, 3, 4), D(2026, 3, 9))]),
        ("日", "elder/Y1/2026-03-03日", [D(2026, 3, 3)], [(D(2026, 3, 2), D(2026, 3, 2)), (D(2026, 3, 4), D(2026, 3, 9))]),
        ("工作日", "stock/Y1/2026-03-03工作日", [D(2026, 3, 3)], [(D(2026, 3, 2), D(2026, 3, 2)), (D(2026, 3, 4), D(2026, 3, 9))]),
        ("工作日", "stock/Y1/2026-03-07工作日", [], [(D(2026, 3, 2), D(2026, 3, 9))]),  # a Saturday
        ("日", "stock/Y2/2026-03-03日", [], [(D(2026, 3, 2), D(2026, 3, 9))]),  # of another
        ("日", "stock/Y1/2026-03-03", [], [(D(2026, 3, 2), D(2026, 3, 9))]),
        ("日", "stock/Y1/2026-13-40日", [], [(D(2026, 3, 2), D(2026, 3, 9))]),
        ("日", "stock/Y1/昨天", [], [(D(2026, 3, 2), D(2026, 3, 9))]),
        ("日", "stock/Y1/", [], [(D(2026, 3, 2), D(2026, 3, 9))]),
        ("日", "stock/2026-03-03日", [], [(D(2026, 3, 2), D(2026, 3, 9))]),
    ],
)  # fmt: skip
def test_a_completion_closes_the_day_that_its_key_names_and_one_that_names_no_day_closes_nothing(
    ask, every, named, done, runs
) -> None:
    rule = f"规则: [{{编号: stock, 承接: [elder], 对象: 押品, 每: {every}, 首: 合同.放款日, 责任: 合同.客户经理}}]"
    rows = f"""
    合同: [{{合同号: C1, 客户: K1, 机构: J1, 客户经理: E1, 放款日: 2026-03-02}}]
    押品: [{{押品号: Y1, 合同: C1, 种类: 存货}}]
    办结: [{{任务: {named}, 办结日: 2026-03-03, 办结人: E1}}]
    """
    found = ask(rule, rows, D(2026, 3, 10))
    assert [r.done for r in found if r.state == "on_time"] == done
    assert [(r.run_from, r.run_to) for r in found if r.state == "missed"] == runs


@keeps("S14")
@pytest.mark.parametrize(
    ("what", "changed", "day", "reason"),
    [
        ("nothing", ("", ""), D(2026, 3, 13), None),
        ("the condition fails", ("状态: 在保", "状态: 解保"), D(2026, 3, 13), "none-condition"),
        ("the day it counts from was taken away", (", 放款日: 2026-03-02", ""), D(2026, 3, 13), "none-not-begun"),
        ("the object was voided", ("状态: 在保", "状态: 在保, 作废日: 2026-03-12"), D(2026, 3, 13), "none-voided"),
        ("the object is another", ("合同号: C1", "合同号: C9"), D(2026, 3, 13), "none-no-such-row"),
        ("the rule has ended", ("", ""), D(2026, 4, 1), "none-withdrawn"),
        ("the day moved past the end of the rule", ("2026-03-02", "2026-04-01"), D(2026, 4, 2), "none-not-in-force"),
    ],
)  # fmt: skip
def test_what_is_no_longer_derived_has_its_reason_which_the_rule_tells_when_asked_again(
    ask, why_nothing, what, changed, day, reason
) -> None:
    rules = """
    规则:
    - {编号: use, 对象: 合同, 条件: "状态 = '在保'", 起算: 放款日, 到期: "加天(起算, 10天)", 完成: "最早(检查.检查日)", 责任: 客户经理,
       自: 2026-01-01, 至: 2026-03-31, 终止: 撤回}
    """
    row = "合同: [{合同号: C1, 客户: K1, 机构: J1, 客户经理: E1, 状态: 在保, 放款日: 2026-03-02}]"
    now = row.replace(*changed) if changed[0] else row
    if reason is None:
        assert [r.state for r in ask(rules, now, day)] == ["overdue"]
    else:
        assert why_nothing(rules, now, "use", "C1", day) == [reason], what
