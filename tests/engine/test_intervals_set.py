"""What the source gives no interval for sleeps in the shipped books, and is done once a company has set one."""

import pytest

from daihou.engine import judged, run_case
from daihou.rulebook import read_rulebook, read_shipped, shipped_ids

LAYER = """
基于: microloan
名称: 我司
版本: 1.0.0
"""
FIGURES = """
数值:
  操作风险报告周期: {来源: 自定, 值: 半年}
  往来核对周期: {来源: 自定, 值: 季}
  合规检查周期: {来源: 自定, 值: 季}
  押品盘点周期: {来源: 自定, 值: 月}
"""
DROPPED = "不再适用: [{案例: [来源没有定周期的，公司定下以前都睡着], 因: 周期定下了}]\n"
CASES = """
案例:
- 案例: 定了周期的，按期派出，责任、签批和上报都在
  规则: [operational-risk-report, compliance-check, collateral-count, debts-reconciliation]
  账册:
    公司: [{公司号: G1, 类型: 小额贷款公司, 自: 2026-01-10}, {公司号: G2, 类型: 融资担保公司, 自: 2026-01-10}]
    办结: [{任务: "debts-reconciliation/G1/2026-04-01", 办结日: 2026-06-30, 办结人: E1}]
  期望:
  - {当日: 2026-06-29, 规则: operational-risk-report, 对象: G1, 次: 2026H1半年, 状态: 未到}
  - {当日: 2026-07-05, 规则: operational-risk-report, 对象: G1, 次: 2026H1半年, 状态: 待办, 到期: 2026-07-05, 岗位: 风控专员, 签批: [风控部经理, 总经理], 提醒日: 2026-07-03}
  - {当日: 2026-07-06, 规则: operational-risk-report, 对象: G1, 次: 2026H1半年, 状态: 逾期, 上报: 风控部经理, 上报日: 2026-07-06}
  - {当日: 2026-06-30, 规则: compliance-check, 对象: G1, 次: 2026Q2季, 状态: 待办, 到期: 2026-06-30, 岗位: 风控部经理, 签批: [总经理]}
  - {当日: 2026-07-01, 规则: compliance-check, 对象: G1, 次: 2026Q3季, 上报: 总经理, 上报日: 2026-07-01}
  - {当日: 2026-02-28, 规则: collateral-count, 对象: G1, 次: 2026-02月, 状态: 待办, 到期: 2026-02-28, 岗位: 风控专员, 签批: [风控部经理]}
  - {当日: 2026-03-01, 规则: collateral-count, 对象: G1, 次: 2026-03月, 上报: 风控部经理, 上报日: 2026-03-01}
  - {当日: 2026-03-31, 规则: debts-reconciliation, 对象: G1, 次: 2026Q1季, 状态: 待办, 到期: 2026-03-31, 岗位: 会计, 签批: [财务经理]}
  - {当日: 2026-04-01, 规则: debts-reconciliation, 对象: G1, 次: 2026Q2季, 上报: 财务经理, 上报日: 2026-04-01}
  - {当日: 2026-06-30, 对象: G2, 无: 是}
"""
SET = {"operational-risk-report", "compliance-check", "collateral-count", "debts-reconciliation"}


@pytest.fixture
def company(tmp_path):
    """The micro-loan book under a company's layer that sets every interval of the list above."""
    (tmp_path / "cases").mkdir()
    (tmp_path / "book.yaml").write_text(LAYER, encoding="utf-8")
    (tmp_path / "figures.yaml").write_text(FIGURES + DROPPED, encoding="utf-8")
    (tmp_path / "cases/own.yaml").write_text(CASES, encoding="utf-8")
    return read_rulebook(tmp_path)


@pytest.mark.covers("P09-06", "P09-10", "P09-22", "P09-27")
def test_an_interval_that_the_company_sets_brings_the_duty(company) -> None:
    (case,) = (case for case in company.cases if set(case.rules) == SET)
    assert [
        (str(miss.expectation.source), dict(miss.expectation.want), miss.got)
        for miss in run_case(case, company, judged)
    ] == []


def test_without_it_the_shipped_rules_sleep_and_name_the_figure_to_set() -> None:
    asleep = {
        rule.id: rule.sleeping
        for name in shipped_ids()
        for rule in read_shipped(name)[0].rules
        if rule.sleeping
    }
    assert asleep == {
        "operational-risk-report": ("操作风险报告周期",),
        "compliance-check": ("合规检查周期",),
        "collateral-count": ("押品盘点周期",),
        "debts-reconciliation": ("往来核对周期",),
        "product-term-check": ("产品期限检查间隔",),
        "service-manager-visit": ("客服经理回访频率",),
        "client-visit": ("在保回访频率",),
    }


VISITS = """
案例:
- 案例: 新客户从第一笔放款起，不满三十天的一期不算；断了又来的，从又来的那天起
  规则: [RULE]
  账册:
    主体: [{证件号: K1, 管户人: E1}, {证件号: K2, 管户人: E1}]
    合同:
    - {合同号: C1, 业务线: LINE, 客户: K1, 机构: J1, 客户经理: E1, 状态: 在保, 放款日: 2026-03-30}
    - {合同号: C2, 业务线: LINE, 客户: K2, 机构: J1, 客户经理: E1, 状态: 解保, 放款日: 2024-01-05, 结清日: 2025-01-05}
    - {合同号: C3, 业务线: LINE, 客户: K2, 机构: J1, 客户经理: E1, 状态: 在保, 放款日: 2026-01-05}
    - {合同号: C4, 业务线: LINE, 客户: K2, 机构: J1, 客户经理: E1, 状态: 在保, 放款日: 2026-05-20}
  期望:
  - {当日: 2026-03-31, 对象: K1, 次: 2026Q1季, 无: 是}
  - {当日: 2026-04-01, 对象: K1, 次: 2026Q2季, 状态: 待办, 到期: 2026-06-30, 连漏: 0}
  - {当日: 2026-07-01, 对象: K1, 次: 2026Q3季, 状态: 待办, 连漏: 1}
  - {当日: 2026-07-01, 对象: K2, 次: 2026Q3季, 状态: 待办, 连漏: 2}
"""


@pytest.mark.parametrize(
    ("book", "rule", "figure", "line"),
    [
        pytest.param(
            "guarantee",
            "client-visit",
            "在保回访频率",
            "担保",
            id="P06-03",
            marks=pytest.mark.covers("P06-03"),
        ),
        pytest.param(
            "customer-care",
            "service-manager-visit",
            "客服经理回访频率",
            "车贷",
            id="P08-02",
            marks=pytest.mark.covers("P08-02"),
        ),
    ],
)
def test_visits_begin_with_the_client_and_not_with_years_that_were_missed(
    tmp_path, book, rule, figure, line
) -> None:
    (tmp_path / "cases").mkdir()
    (tmp_path / "book.yaml").write_text(LAYER.replace("microloan", book), encoding="utf-8")
    asleep = next(case.name for case in read_shipped(book)[0].cases if rule in case.rules)
    dropped = f"不再适用: [{{案例: [{asleep}], 因: 频率定下了}}]\n"
    (tmp_path / "figures.yaml").write_text(
        f"数值: {{{figure}: {{来源: 自定, 值: 季}}}}\n{dropped}", encoding="utf-8"
    )
    (tmp_path / "cases/own.yaml").write_text(
        VISITS.replace("RULE", rule).replace("LINE", line), encoding="utf-8"
    )
    (case,) = (
        case
        for case in read_rulebook(tmp_path).cases
        if case.rules == (rule,) and case.name.startswith("新客户")
    )
    misses = run_case(case, read_rulebook(tmp_path), judged)
    assert [(dict(miss.expectation.want), miss.got) for miss in misses] == []
