"""The sentences of the language, the test of each, and the cases that are nasty; here the table and the sentences shown first.

The tests stand in the modules test_sentences*.py, one heading each. Every one of them is asked of the compiled engine and of the
judge (and, where it is slow, of PostgreSQL), and these have to agree in every row and column. 班: a make-up working day.
"""

import ast
from collections import defaultdict
from datetime import date
from pathlib import Path

import pytest

D = date
keeps = pytest.mark.keeps

SENTENCES = {
    "S1": "An occurrence is rule, object and 次; 次 is never a day that people correct by hand.",
    "S2": "Days, level, person and version may move, the task stays; a renamed rule inherits.",
    "S3": "A warning is rule, object and episode, and a level.",
    "S4": "It opens on 开放, else with its period or start; due before opening is set to the opening.",
    "S5": "Seen when it opens, or on the last working day before a due day in a holiday.",
    "S6": "An act counts from seen to lapse; the seven states.",
    "S7": "Not begun: no row. Something needed is empty: a gap. Without end: never late.",
    "S8": "Escalation counts from due, entry or go-live, whichever is last; each step once.",
    "S9": "The earliest act closes; later ones change nothing; tomorrow's act does not exist.",
    "S10": "One act may close duties of several rules and objects, one of each only.",
    "S11": "Closing is derived: an act voided opens the same occurrence again.",
    "S12": "A return opens a form again, due two working days later at least; each signature is its own duty.",
    "S13": "Entered more than three days after it was done: marked.",
    "S14": "What was stored as open and is derived no more is withdrawn, with the reason.",
    "S15": "What is closed is not touched by absence; a condition true again is the same occurrence.",
    "S16": "From act to act there is one open occurrence, counted from the last act.",
    "S17": "A period lapses and the next shows how many were missed; with backlog it stays, twelve at most alone.",
    "S18": "Anchored periods are counted from the anchor, never chained.",
    "S19": "A short first period is joined to the next; the last goes when the object leaves.",
    "S20": "Conditions hold on the day; a new kind of period looks at its whole window.",
    "S21": "A warning is raised unless that episode has one as severe; it stays until a person closes it.",
    "S22": "A grade is the worse of floor and choice; an upgrade waits; a change is told.",
    "S23": "Nothing due before go-live, but what goes from act to act always.",
    "S24": "Every day is derived, in order.",
    "S25": "Missed days in a row are one run; a record entered later splits it.",
    "S26": "A day's list: open or late on it, closed or lapsed on it.",
    "S27": "Asked alone, an object gets what it gets among all, rules that compare rows apart.",
    "S28": "Version and figures in force at the start govern to the end.",
    "S29": "A due day that moves by segments.",
    "S30": "Tightening is never late at birth, relaxing never cures, there and back leaves no trace.",
    "S31": "An ended rule begets nothing new; what is open stays unless withdrawn.",
    "S32": "The register as of a day, as known on a day.",
    "S33": "Where a table has not come in, its last day counts for today, and the row says so.",
    "S34": "Responsible today does the work, responsible on the due day answers for lateness.",
    "S35": "Facts, grades, warnings, duties, rules on duties; no circles.",
    "S36": "Waived, postponed, paused.",
    "S37": "A count into an unpublished year is marked; publication moves the due day of the same task.",
    "S38": "Working days exclude the start, 0 is the day itself; calendar terms do not shift; months clamp.",
    "S39": "Ratios are exact; a base of nought or less is not comparable; empties are skipped.",
}
NASTY = frozenset({"N1", "N2", "N4", "N6", "N8", "N10", "N13"})

IN_THE_HOUSE = {
    "S2": "that the draft and the signatures stay with the task: they are rows of the database",
    "S8": "that a step is told once: needs what was told yesterday",
    "S14": "compares today's results with the stored ones of yesterday; the reason is asked of `explain`",
    "S15": "that closed rows are not touched by absence: the stored rows are the house's",
    "S21": "that a warning stays until a person closes it: its row is the house's",
    "S22": "that the change becomes a row of 分类变动: derive() only says that it changed",
    "S24": "which days are missing is known to who runs the days; derive() is pure, so their order is free",
    "S26": "the whole history of objects with new rows is asked for by scope 'history'; which objects, the house knows",
    "S34": "that a handover counts from its third signature: the house writes the change log",
}
"""What of a sentence the engine cannot keep, because it needs yesterday's results."""


def _tests_by_sentence() -> dict[str, list[str]]:
    """The tests that name a sentence by ``@keeps``, read from the modules beside this one."""
    found: dict[str, list[str]] = defaultdict(list)
    for path in sorted(Path(__file__).parent.glob("test_*.py")):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            for mark in node.decorator_list if isinstance(node, ast.FunctionDef) else ():
                if isinstance(mark, ast.Call) and ast.unparse(mark.func) in {"keeps", "pytest.mark.keeps"}:
                    for argument in mark.args:
                        found[ast.literal_eval(argument)].append(f"{path.name}::{node.name}")
    return found


def test_every_sentence_and_every_nasty_case_has_a_test() -> None:
    """Also where a part of a sentence belongs to the house, what the engine has to do with it is tested."""
    tests = _tests_by_sentence()
    assert list(SENTENCES) == [f"S{number}" for number in range(1, 40)]
    assert [one for one in (*SENTENCES, *sorted(NASTY)) if one not in tests] == []
    assert sorted(set(tests) - set(SENTENCES) - NASTY) == []
    assert sorted(set(IN_THE_HOUSE) - set(SENTENCES)) == []


FUND_USE = """
规则:
- {规则: 用途检查, 编号: use, 依据: 一, 条目: [], 意旨: 十天内查用途, 对象: 合同, 条件: "状态 = '在保'", 起算: 放款日,
   到期: "加天(起算, 10天)", 完成: "最早(检查.检查日, 种类 = '用途')", 责任: 客户经理, 逾期: [{满: 1工作日, 报: 业务部经理}, {满: 3工作日, 报: 总经理}]}
"""
ONE = "合同: [{合同号: C1, 客户: K1, 机构: J1, 客户经理: E1, 状态: 在保, 放款日: 2026-03-02}]"


@keeps("S6")
@pytest.mark.parametrize(
    ("day", "state", "late"),
    [
        (D(2026, 3, 1), None, 0),
        (D(2026, 3, 2), "open", 0),
        (D(2026, 3, 12), "open", 0),
        (D(2026, 3, 13), "overdue", 1),
    ],
)
def test_a_duty_is_open_until_its_due_day_and_overdue_the_day_after(ask, day, state, late) -> None:
    rows = ask(FUND_USE, ONE, day)
    assert [(row.state, row.days_late) for row in rows] == ([] if state is None else [(state, late)])


@keeps("S6", "S9")
def test_the_earliest_counting_act_closes_and_an_act_before_the_window_does_not(ask) -> None:
    acts = "\n检查: [{走访号: V1, 合同: C1, 种类: 用途, 检查日: 2026-03-01}, {走访号: V2, 合同: C1, 种类: 用途, 检查日: 2026-03-14}]"
    assert [(r.state, r.done) for r in ask(FUND_USE, ONE + acts, D(2026, 3, 13))] == [("overdue", None)]
    assert [(r.state, r.done, r.days_late) for r in ask(FUND_USE, ONE + acts, D(2026, 3, 20))] == [
        ("late", D(2026, 3, 14), 2)
    ]


@keeps("S7")
def test_an_empty_condition_is_a_gap_that_names_the_column_never_a_silent_no(ask) -> None:
    rows = ONE.replace("状态: 在保, ", "")
    assert ask(FUND_USE, rows, D(2026, 3, 13)) == []
    assert [(g.part, g.columns) for g in ask(FUND_USE, rows, D(2026, 3, 13), "gaps")] == [
        ("condition", "status")
    ]


@keeps("S8")
def test_escalation_counts_working_days_after_the_due_day(ask) -> None:
    rows = ONE.replace("2026-03-02", "2026-02-03")  # due Fri 02-13; 02-14 is 班, the holiday runs to 02-23
    told = ask(FUND_USE, rows, D(2026, 2, 24), "escalations")
    assert [(t.step, t.reached_on, t.post) for t in told] == [(1, D(2026, 2, 14), "business_manager")]


@keeps("S23")
def test_nothing_due_before_go_live_is_asked_for(ask) -> None:
    assert ask(FUND_USE, ONE, D(2026, 4, 1), go_live=D(2026, 3, 13)) == []
    assert len(ask(FUND_USE, ONE, D(2026, 4, 1), go_live=D(2026, 3, 12))) == 1


@keeps("S23")
def test_what_fell_due_before_go_live_can_be_asked_for_alone_and_is_never_reported_up(ask) -> None:
    left = ask(FUND_USE, ONE, D(2026, 4, 1), go_live=D(2026, 3, 13), leftovers=True)
    assert [(one.due, one.state) for one in left] == [(D(2026, 3, 12), "overdue")]
    assert ask(FUND_USE, ONE, D(2026, 4, 1), go_live=D(2026, 3, 12), leftovers=True) == []
    assert ask(FUND_USE, ONE, D(2026, 4, 1), "escalations", go_live=D(2026, 3, 12)) != []
    assert ask(FUND_USE, ONE, D(2026, 4, 1), "escalations", go_live=D(2026, 3, 13), leftovers=True) == []


@keeps("S13", "S32")
def test_what_was_recorded_later_is_not_known_on_the_day(ask) -> None:
    act = "\n检查: [{走访号: V1, 合同: C1, 种类: 用途, 检查日: 2026-03-10, 录入日: 2026-03-20}]"
    assert [r.state for r in ask(FUND_USE, ONE + act, D(2026, 3, 13))] == ["overdue"]
    later = ask(FUND_USE, ONE + act, D(2026, 3, 13), known=D(2026, 3, 20))
    assert [(r.state, r.late_entry) for r in later] == [("on_time", True)]


WORKING = """
规则:
- {规则: 五日, 编号: five, 依据: 一, 条目: [], 意旨: 五个工作日, 对象: 代偿, 起算: 起息日, 到期: "加工作日(起算, 5工作日)", 完成: 方案提出日, 责任: 风控部经理}
"""


@keeps("S38", "N1")
@pytest.mark.parametrize(
    ("paid", "due"),
    [(D(2026, 9, 30), D(2026, 10, 13)), (D(2026, 10, 3), D(2026, 10, 13)), (D(2026, 2, 13), D(2026, 2, 27))],
)
def test_working_days_pass_holidays_and_count_make_up_days(ask, paid, due) -> None:
    rows = f"代偿: [{{代偿号: D1, 合同: C1, 起息日: {paid.isoformat()}, 本金: 10万元, 利息: 0元}}]"
    assert [(r.due, r.assumed) for r in ask(WORKING, rows, paid)] == [(due, False)]


@keeps("S37")
def test_a_count_into_an_unpublished_year_is_marked_assumed(ask) -> None:
    rows = "代偿: [{代偿号: D1, 合同: C1, 起息日: 2026-12-30, 本金: 10万元, 利息: 0元}]"
    assert [r.assumed for r in ask(WORKING, rows, D(2026, 12, 31))] == [True]


ROLLING = """
表:
  间隔: {义: 间隔, 依据: 一, 值: {1: 6月, 2: 3月, 3: 1月}}
规则:
- {规则: 常规检查, 编号: routine, 依据: 一, 条目: [], 意旨: 按级别定期检查, 对象: 合同, 循环: {行: 检查, 条件: "种类 = '常规'", 日: 检查日, 首: 放款日},
   到期: "加月(起算, 查(间隔, 风险分类))", 缓冲: 5工作日, 责任: 客户经理}
"""


def _class_moves(*moves, now: int) -> str:
    log = "".join(
        f"{{表: contract, 对象: C1, 项目: risk_class, 生效日: {day}, 原值: '{old}', 新值: '{new}'}},"
        for day, old, new in moves
    )
    return (
        f"合同: [{{合同号: C1, 客户: K1, 机构: J1, 客户经理: E1, 放款日: 2026-01-02, 风险分类: {now}}}]\n"
        f"检查: [{{走访号: V1, 合同: C1, 种类: 常规, 检查日: 2026-04-08}}]\n变更记录: [{log}]"
    )


@keeps("S29", "S30", "N6")
@pytest.mark.parametrize(
    ("day", "moves", "now", "due", "late"),
    [
        (
            D(2026, 5, 21),
            [("2026-05-20", 2, 3)],
            3,
            D(2026, 5, 27),
            0,
        ),  # tightened: five working days of grace, not late at birth
        (
            D(2026, 7, 20),
            [("2026-07-20", 2, 3)],
            3,
            D(2026, 7, 8),
            12,
        ),  # late before the change, late after it
        (
            D(2026, 6, 1),
            [("2026-05-20", 3, 2)],
            2,
            D(2026, 5, 8),
            24,
        ),  # relaxed when already late: still late
        (D(2026, 6, 1), [("2026-05-01", 3, 2)], 2, D(2026, 7, 8), 0),  # relaxed in time
        (
            D(2026, 6, 1),
            [("2026-05-20", 2, 3), ("2026-05-25", 3, 2)],
            2,
            D(2026, 7, 8),
            0,
        ),  # there and back leaves no trace
    ],
)
def test_tightening_is_never_late_at_birth_and_relaxing_never_cures(ask, day, moves, now, due, late) -> None:
    rows = ask(ROLLING, _class_moves(*moves, now=now), day)
    assert [(row.due, row.days_late) for row in rows if row.occurrence != "first"] == [(due, late)]


DAILY = """
规则:
- {规则: 每日库存, 编号: stock, 依据: 一, 条目: [], 意旨: 每天核对库存, 对象: 押品, 每: 日, 首: "加天(合同.放款日, 1天)",
   完成: "最早(库存记录.日期, 日期 = 本.期初)", 责任: 合同.客户经理}
"""


@keeps("S25", "N10")
@pytest.mark.parametrize(("record", "runs"), [(None, [367]), ("2026-03-05", [104, 262])])
def test_missed_days_are_one_run_and_a_record_splits_it(ask, record, runs) -> None:
    rows = "合同: [{合同号: C1, 客户: K1, 机构: J1, 客户经理: E1, 放款日: 2025-11-20}]\n押品: [{押品号: Y1, 合同: C1, 种类: 存货}]"
    rows += f"\n库存记录: [{{押品: Y1, 日期: {record}, 来源: 现场, 实际数量: 5}}]" if record else ""
    found = ask(DAILY, rows, D(2026, 11, 23))
    missed = [row for row in found if row.state == "missed"]
    assert [row.missed_run for row in missed] == runs
    assert (missed[0].run_from, missed[-1].run_to) == (D(2025, 11, 21), D(2026, 11, 22))
    assert [(row.due, row.missed_run) for row in found if row.state == "open"] == [
        (D(2026, 11, 23), runs[-1])
    ]


MONTHLY = """
规则:
- {规则: 调节表, 编号: monthly, 依据: 一, 条目: [], 意旨: 每月对账, 对象: 账户, 每: 月, 首: 开户日, 补: 是, 到期: "次月日(期末, 10)",
   完成: "最早(余额调节.编制日, 所属月 = 本.期初)", 责任: 会计@机构}
"""


@keeps("S17", "N10")
def test_a_backlog_stays_open_month_by_month(ask) -> None:
    rows = ask(MONTHLY, "账户: [{账号: A1, 机构: J1, 开户日: 2025-11-03}]", D(2026, 11, 23))
    waiting = [row for row in rows if row.state in {"open", "overdue"}]
    assert len([row for row in waiting if row.state == "overdue"]) == 12  # 2025-11 to 2026-10
    assert [row.due for row in waiting if row.occurrence == "2026-11月"] == [D(2026, 12, 10)]


POSTS = "员工: [{工号: E7, 姓名: 甲, 机构: J1}, {工号: E8, 姓名: 乙, 机构: J1}]\n"


@keeps("S34")
@pytest.mark.parametrize(
    ("posts", "who"),
    [
        (
            "任职: [{员工: E7, 岗位: 风控部经理, 机构: J1, 自: 2020-01-01}]",
            ("risk_manager", "E7", False, False),
        ),
        (
            "任职: [{员工: E7, 岗位: 风控部经理, 机构: J1, 自: 2020-01-01}, {员工: E8, 岗位: 风控部经理, 机构: J1, 自: 2020-01-01}]",
            ("risk_manager", None, True, False),
        ),
        (
            "任职: [{员工: E7, 岗位: 风控部经理, 机构: J1, 自: 2020-01-01, 至: 2026-01-01}]",
            ("risk_manager", None, False, True),
        ),
    ],
)
def test_a_post_is_answered_by_its_holder_by_the_pool_or_by_nobody(ask, posts, who) -> None:
    rows = POSTS + posts + "\n代偿: [{代偿号: D1, 合同: C1, 起息日: 2026-09-30, 本金: 10万元, 利息: 0元}]"
    assert [
        (a.post, a.employee, a.pool, a.fallback) for a in ask(WORKING, rows, D(2026, 9, 30), "assignments")
    ] == [who]


SIGNAL = """
事实:
  合同.逾期天数: {义: 逾期天数, 式: "优先(相差天(最早(期供.应还日, 应还日 < 数据日(期供) AND 还清日 IS NULL), 数据日(期供)), 0)"}
规则:
- {预警: 逾期, 编号: late-pay, 依据: 一, 条目: [], 意旨: 逾期了, 方式: A, 对象: 合同, 次: 合同号, 措施: [], 数据: {逾期天数: 逾期天数},
   级: {关注: "逾期天数 >= 1", 重要: "逾期天数 >= 7", 重大: "逾期天数 >= 30"}}
"""
PLAN = "合同: [{合同号: C1, 客户: K1, 机构: J1, 客户经理: E1}]\n期供: [{合同: C1, 期次: 1, 应还日: 2026-09-21, 应还额: 1万元}]"


@keeps("S21", "N13")
@pytest.mark.parametrize(
    ("day", "level"),
    [
        (D(2026, 9, 21), None),
        (D(2026, 9, 22), "watch"),
        (D(2026, 9, 27), "watch"),
        (D(2026, 9, 28), "important"),
        (D(2026, 10, 21), "severe"),
    ],
)
def test_a_warning_has_the_worst_level_reached_and_the_due_day_counts_nought(ask, day, level) -> None:
    assert [w.level for w in ask(SIGNAL, PLAN, day, "warnings")] == ([level] if level else [])


@keeps("S21", "N13")
def test_a_warning_already_raised_at_that_level_is_silent_and_a_worse_one_is_raised_again(ask) -> None:
    stored = "\n预警: [{规则: late-pay, 主体: K1, 次: C1, 级别: 关注, 信号: S01, 提出日: 2026-09-22, 来源: 系统, 关闭日: 2026-09-25}]"
    assert ask(SIGNAL, PLAN + stored, D(2026, 9, 25), "warnings") == []
    assert [(w.level, w.again) for w in ask(SIGNAL, PLAN + stored, D(2026, 9, 28), "warnings")] == [
        ("important", True)
    ]


@keeps("S33")
def test_a_bank_file_that_has_not_come_in_does_not_read_as_arrears(ask) -> None:
    through = "\n数据截至: [{表: instalment, 截至: 2026-09-21}]"
    assert ask(SIGNAL, PLAN + through, D(2026, 10, 21), "warnings") == []


@pytest.mark.anew
def test_the_same_question_gives_the_same_answer_twice(ask) -> None:
    assert ask(FUND_USE, ONE, D(2026, 3, 13)) == ask(FUND_USE, ONE, D(2026, 3, 13))
