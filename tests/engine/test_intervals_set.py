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
