"""Where the row itself tells that all of a duty is known: such rows are dropped unread once they cannot be of the day; no gap is lost by it.

Each line is a condition and what tells that it is empty: own columns, or nothing but the condition itself (None).
"""

from datetime import date

import pytest

from daihou.book import calendar_of
from daihou.engine import case_book
from daihou.engine.compile.emptiness import where_unknown
from daihou.engine.derive import opened

DAY = date(2026, 6, 15)
LONG_AGO = """
主体: [{证件号: K1, 名称: 甲}]
合同: [{合同号: C1, 客户: K1, 业务线: 车贷, 放款日: 2025-01-02, 到期日: 2027-01-02}, {合同号: C2, 客户: K1, 业务线: 车贷, 放款日: 2025-01-02}]
期供: [{合同: C1, 期次: 1, 应还日: 2025-02-02}, {合同: C2, 期次: 1, 应还日: 2025-02-02, 还清日: 2025-02-01}]
"""
FACT = '事实:\n  合同.在管: {义: 在管, 式: "放款日 IS NOT NULL AND 结清日 IS NULL"}\n'
SCOPED = "范围:\n  合同: \"业务线 = '车贷'\"\n"


def rule(condition: str, scope: str = SCOPED) -> str:
    """A rule on instalments: from six days before they are due to the day before."""
    return (
        f'{scope}{FACT if "在管" in condition else ""}规则:\n- {{编号: call, 对象: 期供, 条件: "{condition}", 起算: 应还日, 开放: "加天(应还日, -6天)", '
        '到期: "加天(应还日, -1天)", 失效: "加天(应还日, -1天)", 完成: 还清日, 责任: 客户经理@合同.机构}\n'
    )


TOLD = {
    "a column that every row has": ("应还日 < 当日", []),
    "a column that a row may lack": ("还清日 < 当日", ["paid_off_day"]),
    "what is asked whether it is empty": ("还清日 IS NULL", []),
    "an empty column decides an alternative": ("还款日 IS NULL OR 还款日 > 还清日", ["paid_off_day"]),
    "a column that is there decides a part": ("还清日 IS NOT NULL AND 还清日 > 当日", []),
    "both columns of a comparison": ("还清日 > 还款日", ["last_paid_day", "paid_off_day"]),
    "a column beyond a reference that every row has": ("合同.业务线 <> '担保'", []),
    "a value instead of an empty one": ("优先(还清日 > 当日, TRUE)", []),
    "an empty column beyond a reference that the scope follows": ("合同.结清日 IS NULL", []),
    "a fact beyond it that is never empty": ("合同.在管", []),
    "a value beyond it that may be empty": ("合同.到期日 > 应还日", None),
    "rows of another table": ("有(还款, 合同 = 本.合同)", None),
}


@pytest.fixture
def told(small):
    """told(rules) -> the own columns that tell where the condition of the only rule is empty; None: they do not."""

    def tell(rules: str) -> list[str] | None:
        rulebook = small(rules, LONG_AGO)
        book = case_book(rulebook.cases[0])
        days, (duty,) = opened((rulebook,), ["call"], book, DAY, DAY, calendar_of(book, DAY))
        found = where_unknown(days, duty, duty.conditions)
        days.close()
        return None if found is None else [part.split('"')[3] for part in found]

    return tell


@pytest.mark.parametrize(("condition", "columns"), TOLD.values(), ids=TOLD)
def test_what_tells_that_a_condition_is_empty(told, condition, columns) -> None:
    assert told(rule(condition)) == columns


def test_a_reference_that_the_scope_does_not_follow_may_lead_nowhere(told) -> None:
    assert told(rule("合同.在管", "")) is None


@pytest.mark.parametrize(
    ("condition", "gaps"),
    [
        pytest.param("还清日 > 应还日", ["C1/1"], id="an own column is empty"),
        pytest.param("合同.到期日 > 应还日", ["C2/1"], id="a column beyond a reference is empty"),
        pytest.param("还清日 IS NULL OR 还清日 > 应还日", [], id="nothing is unknown"),
    ],
)
def test_what_lapsed_long_ago_and_cannot_be_judged_is_still_told(ask, condition, gaps) -> None:
    assert [gap.object for gap in ask(rule(condition), LONG_AGO, DAY, "gaps", scope="day")] == gaps


def test_what_opens_within_a_month_is_looked_at_and_what_opens_later_is_not_of_the_day(ask) -> None:
    days = ("2026-06-16", "2026-06-21", "2026-06-22", "2026-09-01")
    plan = ", ".join(f"{{合同: C1, 期次: {n}, 应还日: {day}}}" for n, day in enumerate(days, 2))
    rows = LONG_AGO.replace("期供: [", f"期供: [{plan}, ")
    found = ask(rule("还清日 IS NULL"), rows, DAY, scope="day")
    assert [(one.object, one.state) for one in found] == [("C1/2", "open"), ("C1/3", "open")]
