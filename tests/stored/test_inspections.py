"""Reports of inspections: the row that they write, what stands beside them, what to notice in them, what follows from them."""

from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from staging import staged
from test_papers import PDF, PNG
from tests_cast import (
    BY,
    DAY,
    NOW,
    PASSWORD,
    browser_of,
    guarantee_alone,
    on_its_day,
    reading_of,
    write_sheets,
)

from daihou.dayend.acts import run_day
from daihou.duties.filing import FilingRefusedError, about_of, correct_filed, file_form, target_of
from daihou.duties.models import Duty
from daihou.duties.returning import refuse, resubmit, send_back, to_submit
from daihou.duties.signing import form_of, matter_of, paper_about, sign
from daihou.inspections.beside import Step, Way, finances_of, last_paper, stock_of
from daihou.inspections.classing import TIER
from daihou.inspections.ratios import RATIOS, flaws_of
from daihou.inspections.remarks import remarks_on
from daihou.ledger.acts import correct, enter, take_in
from daihou.papers.acts import PaperRefusedError, attach
from daihou.papers.filling import checked
from daihou.papers.kept_forms import form_of_paper, read, told
from daihou.papers.models import Paper
from daihou.papers.reading import Kind, carried_by, checkpoints, form_for, forms
from daihou.people.acts import open_accounts
from daihou.registers.kept import homes, standing
from daihou.signoff.acts import SigningRefusedError, copy_to, withdraw
from daihou.signoff.models import APPROVED, Matter
from daihou.signoff.reads import signers_of
from daihou.terms import terms
from daihou.trail.acts import Actor
from daihou.trail.models import Event
from daihou.trail.reads import verify
from daihou.web.inspections import moved_of as in_words

EAST = "91510000100000000L"
MANAGER, OTHER = Actor("甲", "test"), Actor("丙", "test")
STATEMENTS = (
    "主体,期末,口径,合并报表,收到日,货币资金,应收账款,存货,流动资产,资产总计,短期借款,应付账款,流动负债,长期借款,负债合计,权益,营业收入,营业成本,利息费用,利润总额,净利润,经营净流,销售收现\n"
    f"{EAST},2026-09-30,季,否,2026-10-20,100000,400000,300000,900000,2000000,500000,200000,1000000,200000,1400000,600000,1800000,1500000,60000,30000,20000,50000,1400000\n"
    f"{EAST},2025-12-31,年,否,2026-02-20,120000,300000,300000,800000,1900000,400000,200000,900000,200000,1300000,600000,2000000,1600000,60000,90000,70000,90000,1900000\n"
    f"{EAST},2025-09-30,季,否,2025-10-20,120000,200000,300000,800000,1900000,400000,200000,900000,200000,1300000,600000,1500000,1200000,60000,80000,60000,90000,1400000\n"
)
LOTS = "押品号,合同,种类,名称,最低数量,状态,入库日\nY1,C1,存货,钢材,100,已入库,2026-11-10\n"
COUNTS = (
    "押品,日期,来源,实际数量,监管正常,置换合规\nY1,2026-11-20,现场,120,是,是\nY1,2026-11-21,监管方,90,是,是\n"
)
TOLD = "新开一条灌装线，用的是旧厂房，设备是二手的，投产比计划晚了一个月，订单已经排到明年春天"
REPORT = {
    "inspected_day": "2026-11-20", "inspected_by": "甲某", "manner": "on_site", "occasion": "regular",
    "since_last": "新开了一条灌装线，用的是旧厂房", "conclusion": "经营正常，未见新的风险", "risk_grade": "safe", "days_idle": "0",
}  # fmt: skip


@pytest.fixture(autouse=True)
def small(monkeypatch):
    """The rules of a guarantee company with the signals, and the day of the cast."""
    on_its_day(monkeypatch, "signals")


def with_its_day(folder) -> None:
    """The cast with statements, a lot of steel and its counts, and a day's work."""
    reading = reading_of(write_sheets(folder, 报表=STATEMENTS, 押品=LOTS, 库存记录=COUNTS))
    take_in(reading.book, by=BY, at=NOW, day=DAY, file="book", digest="d1", read=0, left_out=0)
    run_day(DAY, by=BY, at=NOW)
    open_accounts([(one, one) for one in "甲乙丙丁辛"], PASSWORD, by=BY, at=NOW, sample=True)


@staged
def company(tmp_path):
    """The cast with its day."""
    with_its_day(tmp_path / "book")


def duty(rule, contract="C1"):
    return Duty.objects.get(rule=rule, contract=contract, withdrawn_on__isnull=True)


def answers(form, **said):
    """A whole form, every question answered for good, with some answers of its own."""
    typed = dict(REPORT)
    for one in form.fields:
        if one.kind is Kind.YES_NO:
            typed[one.name] = {"yes": "no", "no": "yes", None: "no"}[one.explain]
        elif one.required and one.kind is Kind.LONG:
            typed.setdefault(one.name, "看过原件")
    return {name: text for name, text in {**typed, **said}.items() if text}


def filed(of, by=MANAGER, at=NOW, day=DAY, **said):
    form = form_of(of)
    filled = checked(form, answers(form, **said), today=day, opens=of.start or of.opens)
    assert [(one.name, one.code) for one in filled.faults] == []
    return file_form(of, form, filled, by=by, at=at, day=day)


def signed_through(matter, at=NOW):
    """Every signer signs, in order."""
    for _turn in range(9):
        matter = Matter.objects.get(pk=matter.pk)
        if matter.state == APPROVED:
            return matter
        who = min(signers_of(matter, DAY))
        sign(matter, by=Actor(who, "test"), at=at, opinion="同意")
    raise AssertionError(matter.state)


def visited(day, by):
    """A visit entered in the register, its report not yet written."""
    values = {
        "key": "ZF9/C1/regular", "visit_no": "ZF9", "contract": "C1", "kind": "regular", "client": standing(homes()["contract"]).get(key="C1").client,
        "inspected_day": day, "inspected_by": by, "result": terms().find("完成").id, "urgent": False,
    }  # fmt: skip
    enter("inspection", values, by=MANAGER, at=NOW, day=DAY)
    run_day(DAY, by=BY, at=NOW)


# ------------------------------------------------------------------ the row that a form writes


@pytest.mark.covers("P01-02", "P01-11")
def test_a_report_writes_the_inspection_closes_both_duties_and_is_signed_once(company) -> None:
    done = filed(duty("regular-inspection"))
    row = standing(homes()["inspection"]).get()
    assert (row.kind, row.result, row.contract, row.inspected_day, row.inspected_by, row.urgent) == (
        "regular", terms().find("完成").id, "C1", date(2026, 11, 20), "甲", False,
    )  # fmt: skip
    assert (row.report_submitted_day, row.visit_no, row.conclusion) == (
        DAY,
        done.paper.number,
        REPORT["conclusion"],
    )
    assert (done.paper.row_table, done.paper.row_key) == ("inspection", row.key)
    assert done.matter.content["fact"]["key"] == row.key
    run_day(DAY, by=BY, at=NOW)
    visit = Duty.objects.get(pk=done.duty.pk)
    report = Duty.objects.get(rule="inspection-form")
    assert (visit.done, report.done) == (date(2026, 11, 20), DAY)
    assert paper_about(report) == done.paper
    assert (matter_of(report), to_submit(report), to_submit(visit)) == (done.matter, False, False)
    assert list(verify()) == []


@pytest.mark.covers("P01-11")
def test_a_visit_entered_first_gets_its_report_later_and_that_too_is_one_paper_and_one_matter(
    company,
) -> None:
    visited(DAY - timedelta(3), "甲")
    report = Duty.objects.get(rule="inspection-form")
    assert target_of(report, form_of(report)).held.key == "ZF9/C1/regular"
    done = filed(report, urgent="yes", **{"urgent/why": "账户被冻结"})
    row = standing(homes()["inspection"]).get()
    assert (row.report_submitted_day, row.urgent, row.visit_no) == (DAY, True, "ZF9")
    run_day(DAY, by=BY, at=NOW)
    visit = Duty.objects.get(rule="regular-inspection", object="C1", done__isnull=False)
    assert (paper_about(visit), matter_of(visit)) == (done.paper, done.matter)
    with pytest.raises(PaperRefusedError):
        filed(visit)


def test_a_form_filled_after_the_register_told_of_the_visit_fills_what_is_empty_and_changes_nothing_else(
    company,
) -> None:
    visited(DAY - timedelta(2), "乙")
    filed(Duty.objects.get(rule="regular-inspection", object="C1", done__isnull=False))
    row = standing(homes()["inspection"]).get()
    assert (row.inspected_day, row.inspected_by, row.report_submitted_day, row.days_idle) == (
        DAY - timedelta(2),
        "乙",
        DAY,
        0,
    )


@pytest.mark.covers("P01-05")
def test_a_fund_use_check_that_finds_diversion_says_so_in_the_register_and_its_warning_follows(
    company,
) -> None:
    of = duty("fund-use-check")
    lines = {
        "payments/0/pay_day": "2026-11-12",
        "payments/0/payee": "某贸易公司",
        "payments/0/pay_amount": "100万元",
        "payments/0/pay_purpose": "还借款",
    }
    filed(
        of,
        occasion="",
        drawn="100万元",
        diverted="yes",
        proof="银行流水",
        **{"diverted/why": "转给关联方"},
        **lines,
    )
    row = standing(homes()["inspection"]).get()
    assert (row.kind, row.diversion_found) == ("purpose", True)
    run_day(DAY, by=BY, at=NOW)
    assert standing(homes()["warning"]).filter(rule="fund-diversion", party=row.client).exists()
    report = Duty.objects.get(rule="inspection-form")
    assert form_of(report) is forms()["fund_use_form"]  # the report of a fund-use check is its own form
    assert report.done == DAY


@pytest.mark.covers("P01-04")
def test_a_stock_check_writes_the_count_of_the_day(company) -> None:
    of = Duty.objects.filter(rule="daily-stock-check", due=DAY).get()
    filed(of, checked_day=DAY.isoformat(), checked_by="甲某", stock_origin="on_site", actual="118.5")
    row = standing(homes()["stock_record"]).get(on_day=DAY)
    assert (row.origin, row.actual_quantity, row.supervision_sound, row.swap_compliant) == (
        "on_site",
        Fraction(237, 2),
        True,
        True,
    )
    run_day(DAY, by=BY, at=NOW)
    assert Duty.objects.get(pk=of.pk).done == DAY


def test_what_the_register_refuses_is_told_beside_the_field_and_nothing_stands(company) -> None:
    of = Duty.objects.filter(rule="daily-stock-check", due=DAY).get()
    values = {
        "key": f"Y1/{DAY}/on_site",
        "collateral": "Y1",
        "on_day": DAY,
        "origin": "on_site",
        "actual_quantity": 110,
    }
    enter("stock_record", values, by=OTHER, at=NOW, day=DAY)
    before = Event.objects.count()
    with pytest.raises(FilingRefusedError) as error:
        filed(of, checked_day=DAY.isoformat(), checked_by="甲某", stock_origin="on_site", actual="118")
    assert [name for name, _said in error.value.faults] == [""]  # that day's count stands already
    assert (Paper.objects.count(), Event.objects.count()) == (0, before)


def test_a_correction_sets_the_row_right_with_the_form(company) -> None:
    done = filed(duty("regular-inspection"))
    manager = browser_of("甲")
    typed = answers(done.form, conclusion="经营正常，成品偏多", inspected_day="2026-11-19") | {
        "reason": "写错日子"
    }
    assert manager.post(f"/papers/{done.paper.pk}/correct/", typed).status_code == 302
    row = standing(homes()["inspection"]).get()
    assert (row.conclusion, row.inspected_day, row.report_submitted_day) == (
        "经营正常，成品偏多",
        date(2026, 11, 19),
        DAY,
    )
    assert [(one.edition, one.row_key) for one in Paper.objects.order_by("edition")] == [
        (1, row.key),
        (2, row.key),
    ]


# ------------------------------------------------------------------ what follows


@pytest.mark.covers("P01-12", "P04-02")
def test_demands_become_rectifications_with_their_deadlines_and_duties(company) -> None:
    done = filed(
        duty("regular-inspection"),
        **{"demands/0/demand": "补报应收账龄表", "demands/0/demand_until": "2026-12-05"},
    )
    row = standing(homes()["rectification"]).get()
    assert (row.key, row.kind, row.contract, row.demanded_day, row.deadline, row.remark) == (
        f"{done.paper.number}-1", "inspection_finding", "C1", DAY, date(2026, 12, 5), "补报应收账龄表",
    )  # fmt: skip
    run_day(DAY, by=BY, at=NOW)
    assert Duty.objects.get(rule="rectification").due == date(2026, 12, 5)


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"demands/0/demand": "补报", "demands/0/demand_until": "2026-11-20"}, "demands/0/demand_until"),
        ({"risk_grade": "watch"}, "grade_why"),
    ],
    ids=["a deadline that has passed", "another class without a reason"],
)
def test_a_finding_that_cannot_be_is_refused_beside_its_field(company, said, field) -> None:
    with pytest.raises(FilingRefusedError) as error:
        filed(duty("regular-inspection"), **said)
    assert [name for name, _said in error.value.faults] == [field]
    assert not Paper.objects.exists()


@pytest.mark.covers("P01-13", "P02-33")
def test_a_warning_named_in_a_report_is_raised_and_one_that_is_open_is_not_raised_again(company) -> None:
    said = {
        "raised/0/raised_signal": "S17",
        "raised/0/raised_level": "important",
        "raised/0/raised_seen": "要改做房地产",
    }
    done = filed(duty("regular-inspection"), **said)
    row = standing(homes()["warning"]).get(rule="S17")
    assert (row.level, row.origin, row.contract, row.raised_by) == ("important", "manual", "C1", "甲")
    assert done.paper.number in row.remark
    lines = {
        "payments/0/pay_day": "2026-11-12",
        "payments/0/payee": "某公司",
        "payments/0/pay_amount": "1",
        "payments/0/pay_purpose": "货款",
    }
    filed(duty("fund-use-check"), occasion="", drawn="100万元", proof="流水", **lines, **said)
    assert standing(homes()["warning"]).filter(rule="S17").count() == 1


@pytest.mark.covers("P01-03", "P09-26")
def test_a_change_of_class_is_proposed_with_its_reason_and_written_when_the_last_signer_signed(
    company,
) -> None:
    done = filed(duty("regular-inspection"), risk_grade="risky", grade_why="回款慢")
    assert standing(homes()["contract"]).get(key="C1").risk_class == 1
    assert signed_through(done.matter).state == APPROVED
    assert standing(homes()["contract"]).get(key="C1").risk_class == 3
    log = standing(homes()["change_log"]).get(item="risk_class")
    assert (log.subject, log.old_value, log.new_value, log.effective_day) == ("C1", "1", "3", DAY)
    run_day(DAY, by=BY, at=NOW)
    fresh = Duty.objects.get(
        rule="regular-inspection", object="C1", done__isnull=True, withdrawn_on__isnull=True
    )
    assert fresh.due <= date(2026, 12, 21)  # of class 3 every month, from the inspection on


@pytest.mark.covers("P01-03")
@pytest.mark.parametrize("none", ["", "无。"])
def test_a_report_of_class_four_with_measures_is_the_written_advice_and_one_without_is_not(
    company, none
) -> None:
    correct("contract", "C1", {"risk_class": 4}, by=BY, at=NOW, day=DAY - timedelta(5), reason="调整")
    run_day(DAY, by=BY, at=NOW)
    of = Duty.objects.get(rule="close-watch-inspection", object="C1", withdrawn_on__isnull=True)
    filed(of, inspected_day=DAY.isoformat(), risk_grade="watch", analysis="现金只够两个月", measures=none)
    run_day(DAY, by=BY, at=NOW)
    advice = Duty.objects.get(rule="close-watch-advice")
    assert (advice.done, standing(homes()["inspection"]).get().written_advice_day) == (None, None)
    again = Duty.objects.get(
        rule="close-watch-inspection", object="C1", done__isnull=True, withdrawn_on__isnull=True
    )
    filed(
        again,
        inspected_day=DAY.isoformat(),
        risk_grade="watch",
        analysis="现金只够两个月",
        measures="追加质押",
        at=NOW + timedelta(hours=1),
    )
    run_day(DAY, by=BY, at=NOW)
    assert Duty.objects.filter(rule="close-watch-advice", done=DAY).count() == 1


def test_a_class_that_is_the_contracts_already_when_the_report_is_signed_is_left(company) -> None:
    done = filed(duty("regular-inspection"), risk_grade="fair", grade_why="回款慢")
    correct("contract", "C1", {"risk_class": 2}, by=BY, at=NOW, day=DAY, reason="调整")
    signed_through(done.matter)
    assert standing(homes()["contract"]).get(key="C1").risk_class == 2


# ------------------------------------------------------------------ what stands beside


@pytest.mark.covers("P01-10")
def test_the_report_before_stands_beside_the_new_one_and_what_moved_is_marked(company) -> None:
    done = filed(
        duty("regular-inspection"), utilisation="80", **{"loans/0/lender": "建行", "loans/0/used": "50万元"}
    )
    signed_through(done.matter)
    run_day(DAY, by=BY, at=NOW)
    again = Duty.objects.get(rule="regular-inspection", object="C1", done__isnull=True)
    assert last_paper(again, done.form) == done.paper
    page = browser_of("甲").get(f"/duties/{again.pk}/form/").content.decode()
    assert "上次：80" in page
    assert 'name="loans/0/lender" value="建行"' in page  # carried
    assert 'name="utilisation" inputmode="decimal" class="num" value=""' in page  # asked anew
    later = NOW + timedelta(days=1)
    second = filed(again, at=later, inspected_day="2026-11-22", utilisation="60")
    shown = browser_of("甲").get(f"/papers/{second.paper.pk}/").content.decode()
    assert "上次：80" in shown


@pytest.mark.covers("P01-31")
def test_statements_stand_side_by_side_with_their_ratios(company) -> None:
    party = standing(homes()["contract"]).get(key="C2").client
    held = finances_of(standing(homes()["statement"]).filter(party=party), date(2026, 11, 1))
    assert [(one.name, one.end.isoformat()) for one in held.heads] == [
        ("latest", "2026-09-30"), ("year_before", "2025-09-30"), ("year_start", "2025-12-31"), ("at_approval", "2026-09-30"),
    ]  # fmt: skip
    lines = {one.name: one for one in held.lines}
    assert (lines["receivables"].step, lines["receivables"].marked) == (Step(Way.UP, Fraction(1)), True)
    assert (lines["inventory"].step, lines["inventory"].marked) == (Step(Way.LEVEL, Fraction(0)), False)
    ratios = {one.name: one.values[0] for one in held.ratios}
    assert ratios["debt_ratio"] == Fraction(7, 10)
    for value, before, said in (
        ("0.146", "0.144", "升 0.01"),
        ("0.241", "0.236", "平"),
        ("0.2449", "0.2351", "平"),
    ):
        step = Step(Way.UP, Fraction(value) - Fraction(before))
        moved = in_words(step, "times", Fraction(value))
        assert f"{moved.way} {moved.by}".strip() == said, "as the two figures stand beside each other"
    assert ratios["receivable_days"] == Fraction(
        350_000 * 365, 2_400_000
    )  # mean of 40 and 30, sales of nine months to twelve
    assert ratios["return_on_equity"] == Fraction(20_000 * 12, 9 * 600_000)
    assert finances_of(standing(homes()["statement"]).filter(party="nobody")) is None


def told_of(end, consolidated=False, **figures):
    """A statement of the client of C2 entered in the register, when its period has ended."""
    day = max(DAY, end)
    party = standing(homes()["contract"]).get(key="C2").client
    basis = "year" if end.month == 12 else "quarter"
    values = {
        "party": party,
        "period_end": end,
        "basis_period": basis,
        "consolidated": consolidated,
        "received_day": day,
    } | figures
    enter("statement", {"key": f"{end}/{consolidated}"} | values, by=MANAGER, at=NOW, day=day)
    return standing(homes()["statement"]).filter(party=party)


@pytest.mark.covers("P01-31")
def test_nine_months_stand_beside_nine_months_and_never_beside_a_whole_year(company) -> None:
    rows = standing(homes()["statement"]).filter(party=standing(homes()["contract"]).get(key="C2").client)
    held = finances_of(rows)
    assert [one.name for one in held.heads] == ["latest", "year_before", "year_start"]
    lines, ratios = {one.name: one for one in held.lines}, {one.name: one for one in held.ratios}
    revenue = lines["revenue"]
    assert revenue.values == (180_000_000, 150_000_000, None)  # not the 200 of twelve months
    assert revenue.step == Step(Way.UP, Fraction(1, 5))
    assert lines["net_profit"].step == Step(Way.DOWN, Fraction(2, 6) - 1)
    assert lines["total_assets"].values == (200_000_000, 190_000_000, 190_000_000)
    assert [value is None for value in ratios["gross_margin"].values] == [False, False, True]
    assert [value is None for value in ratios["debt_ratio"].values] == [False, False, False]
    assert ratios["debt_ratio"].step == Step(Way.UP, Fraction(14, 20) - Fraction(13, 19))
    assert held.trend is None  # two years stand side by side already


@pytest.mark.covers("P01-31")
def test_the_trend_follows_the_same_months_over_the_years(company) -> None:
    told_of(date(2024, 12, 31), revenue=999)
    held = finances_of(told_of(date(2024, 9, 30), revenue=100_000_000, net_profit=-5, equity=0))
    assert [end.isoformat() for end in held.trend.ends] == ["2024-09-30", "2025-09-30", "2026-09-30"]
    courses = {one.name: one for one in held.trend.courses}
    assert courses["revenue"].values == (100_000_000, 150_000_000, 180_000_000)
    assert courses["revenue"].steps == (None, Step(Way.UP, Fraction(1, 2)), Step(Way.UP, Fraction(1, 5)))
    assert courses["net_profit"].steps[1] == Step(Way.UP, None)  # out of a loss: a way, no share
    assert courses["total_assets"].steps[1] is None
    page = browser_of("丙").get(f"/duties/{duty('regular-inspection', 'C2').pk}/form/").content.decode()
    for text in ("走势：每年同期", "</span> 升 50.0%", "</span> 升 20.0%", "累计 1–9 月", "上年末数"):
        assert text in page, text


def test_a_years_end_has_no_second_column_of_its_beginning_and_a_group_is_not_held_against_one_company(
    company,
) -> None:
    held = finances_of(told_of(date(2026, 12, 31), revenue=250_000_000))
    assert [one.name for one in held.heads] == ["latest", "year_before"]
    assert {one.name: one for one in held.lines}["revenue"].step == Step(Way.UP, Fraction(1, 4))
    held = finances_of(told_of(date(2026, 12, 31), consolidated=True, revenue=900_000_000))
    revenue = {one.name: one for one in held.lines}["revenue"]
    assert (revenue.values, revenue.step) == ((900_000_000, 200_000_000), None)


def test_the_page_of_a_report_shows_statements_and_that_of_a_stock_check_the_counts(company) -> None:
    other = browser_of("丙").get(f"/duties/{duty('regular-inspection', 'C2').pk}/form/").content.decode()
    for text in ("报表和比率", "资产负债率", "70.0%", "上年同期", "</span> 升 100.0%"):
        assert text in other, text
    of = Duty.objects.filter(rule="daily-stock-check", due=DAY).get()
    lot, counts = stock_of(of, standing(homes()["stock_record"]))
    assert (lot.key, [one.short for one in counts]) == ("Y1", [True, False])
    page = browser_of("甲").get(f"/duties/{of.pk}/form/").content.decode()
    assert "最低数量" in page
    assert "不够" in page


# ------------------------------------------------------------------ ratios


def value_of(name, row, opening=None):
    return next(one for one in RATIOS if one.name == name).of(row, opening)


YEAR = {"period_end": date(2026, 12, 31)}


@pytest.mark.parametrize(
    ("name", "row", "value", "watched"),
    [
        ("debt_ratio", {"total_liabilities": 70, "total_assets": 100}, Fraction(7, 10), False),
        ("debt_ratio", {"total_liabilities": 71, "total_assets": 100}, Fraction(71, 100), True),
        ("current_ratio", {"current_assets": 100, "current_liabilities": 100}, Fraction(1), False),
        ("current_ratio", {"current_assets": 99, "current_liabilities": 100}, Fraction(99, 100), True),
        ("quick_ratio", {"current_assets": 100, "inventory": 40, "current_liabilities": 100}, Fraction(6, 10), False),
        ("interest_cover", {"profit_before_tax": 50, "interest_expense": 100}, Fraction(3, 2), False),
        ("interest_cover", {"profit_before_tax": 49, "interest_expense": 100}, Fraction(149, 100), True),
        ("loans_to_revenue", YEAR | {"short_term_loans": 50, "long_term_loans": 10, "revenue": 100}, Fraction(6, 10), False),
        ("gross_margin", {"revenue": 100, "cost_of_sales": 101}, Fraction(-1, 100), True),
        ("cash_to_revenue", {"cash_from_sales": 79, "revenue": 100}, Fraction(79, 100), True),
        ("receivable_days", {"period_end": date(2026, 6, 30), "receivables": 100, "revenue": 365}, Fraction(50), False),
    ],
)  # fmt: skip
def test_a_ratio_at_and_over_its_bound(name, row, value, watched) -> None:
    assert value_of(name, row) == value
    assert next(one for one in RATIOS if one.name == name).watch(value) is watched


@pytest.mark.parametrize(
    ("name", "row"),
    [
        ("debt_ratio", {"total_liabilities": 70, "total_assets": None}),
        ("debt_ratio", {"total_liabilities": 70, "total_assets": 0}),
        ("debt_ratio", {"total_assets": 100}),
        ("return_on_equity", YEAR | {"net_profit": 5, "equity": -10}),
        ("interest_cover", {"profit_before_tax": 5, "interest_expense": 0}),
        ("receivable_days", {"receivables": 100, "revenue": 365}),
        ("inventory_days", YEAR | {"inventory": 100, "cost_of_sales": 0}),
    ],
    ids=["nothing", "zero", "left out", "negative", "no interest", "no period", "no cost"],
)  # fmt: skip
def test_a_ratio_without_its_parts_or_over_nothing_is_none_and_not_zero(name, row) -> None:
    assert value_of(name, row) is None


@pytest.mark.parametrize(
    ("row", "flaws"),
    [
        ({"total_assets": 100, "total_liabilities": 60, "equity": 40}, []),
        ({"total_assets": 100, "total_liabilities": 60, "equity": 41}, ["does-not-balance"]),
        ({"total_assets": 100, "total_liabilities": 60, "equity": None}, []),
        ({"total_assets": 100, "current_assets": 101}, ["current_assets-above-whole"]),
        ({"total_liabilities": 10, "current_liabilities": 11}, ["current_liabilities-above-whole"]),
    ],
)
def test_a_statement_is_held_against_its_own_arithmetic(row, flaws) -> None:
    assert flaws_of(row) == flaws


# ------------------------------------------------------------------ what to notice


FORM = forms()["guarantee_inspection_form"]


@pytest.mark.covers("P01-10")
@pytest.mark.parametrize(
    ("said", "last", "codes"),
    [
        ({}, {}, []),
        ({"since_last": "新开一条灌装线，旧厂房改的"}, {"since_last": "新开一条灌装线， 旧厂房改的。"}, [("copied", "since_last")]),
        ({"since_last": "无变化"}, {"since_last": "无变化"}, []),
        ({"effect": "新开一条灌装线，旧厂房改的"}, {"since_last": "新开一条灌装线，旧厂房改的"}, [("copied", "effect")]),
        ({"disputes/why": "欠货款被起诉一次正在调解"}, {"disputes/why": "欠货款被起诉一次正在调解"}, [("copied", "disputes/why")]),
        ({"since_last": f"{TOLD}，八月底"}, {"since_last": f"{TOLD}，九月底"}, [("copied", "since_last")]),
        ({"since_last": f"{TOLD}，又添了三台设备，工人多招了二十个"}, {"since_last": TOLD}, []),
        ({"new_risks": "大客户回款慢", "effect": "月底可能还不上"}, {}, [("risk-without-measure", "measures")]),
        ({"new_risks": "大客户回款慢", "measures": "每周看回款"}, {}, [("risk-without-effect", "effect")]),
        ({"new_risks": "无"}, {}, []),
        ({"new_risks": "大客户回款慢", "effect": "月底可能还不上", "measures": "追加质押"}, {}, []),
        ({"disputes": "yes"}, {}, [("alarm-without-measure", "measures")]),
        ({"willing": "no"}, {}, [("alarm-without-measure", "measures")]),
        ({"risk_grade": "watch"}, {}, [("major-without-analysis", "analysis")]),
        ({"urgent": "yes", "measures": "保全"}, {}, [("major-without-analysis", "analysis")]),
        ({"risk_grade": "watch", "analysis": "现金只够两个月"}, {}, []),
    ],
)  # fmt: skip
def test_what_a_report_should_be_looked_at_for(said, last, codes) -> None:
    assert [(one.code, one.name) for one in remarks_on(FORM, said, last)] == codes


@pytest.mark.covers("P02-04")
@pytest.mark.parametrize(
    ("kind", "manner", "remarked"),
    [
        ("problem", "off_site", True), ("problem", "on_site", False), ("problem", "both", False), ("routine", "off_site", True),
        ("routine", "on_site", True), ("routine", "both", False), ("fund_use", "off_site", False), ("fund_use", "on_site", False),
    ],
)  # fmt: skip
def test_a_check_of_each_kind_is_made_in_the_manner_of_its_article(kind, manner, remarked) -> None:
    told = remarks_on(forms()["loan_inspection_report"], {"report_kind": kind, "manner": manner})
    assert [(one.code, one.name) for one in told] == [("not-on-the-spot", "manner")] * remarked


def test_a_report_with_remarks_is_handed_in_once_they_were_seen_and_every_reader_sees_them(company) -> None:
    of, manager = duty("regular-inspection"), browser_of("甲")
    address = f"/duties/{of.pk}/form/"
    typed = answers(FORM, new_risks="大客户回款慢")
    asked = manager.post(address, typed)
    assert asked.status_code == 422
    page = asked.content.decode()
    assert "没有写措施" in page
    assert not Paper.objects.exists()
    seal = page.partition('name="noticed" value="')[2].partition('"')[0]
    assert manager.post(address, typed | {"noticed": "another"}).status_code == 422
    assert manager.post(address, typed | {"noticed": seal}).status_code == 302
    paper = Paper.objects.get()
    assert "没有写措施" in browser_of("辛").get(f"/papers/{paper.pk}/").content.decode()


def test_all_that_is_wrong_is_told_at_once_in_the_order_of_the_page_and_a_tick_stays_given(company) -> None:
    """A class without its reason, a deadline that is past and a field that must be filled, with what is to be noticed; none of it twice."""
    of, manager = duty("regular-inspection"), browser_of("甲")
    address = f"/duties/{of.pk}/form/"
    past = {"demands/0/demand": "补签决议", "demands/0/demand_until": "2026-11-01"}
    typed = answers(FORM, new_risks="大客户回款慢", risk_grade="risky", conclusion="", **past)
    first = manager.post(address, typed)
    assert [name for name, _label, _text in first.context["faults"]] == [
        "grade_why",
        "demands/0/demand_until",
        "conclusion",
    ]
    assert [one.name for one in first.context["told"]] == ["effect", "measures"]
    seal = first.context["noticed"]
    assert not first.context["ticked"]
    mended = typed | {"conclusion": "经营正常", "demands/0/demand_until": "2026-12-31", "noticed": seal}
    second = manager.post(address, mended)
    assert [name for name, _label, _text in second.context["faults"]] == ["grade_why"]
    assert f'name="noticed" value="{seal}" checked' in second.content.decode()
    other = manager.post(address, mended | {"effect": "会晚一个月"})
    assert not other.context["ticked"], "what was confirmed is not what there is to notice now"
    assert manager.post(address, mended | {"grade_why": "现金流断了"}).status_code == 302
    assert Paper.objects.count() == 1


def test_a_corrected_class_without_its_reason_is_told_with_what_else_is_wrong(company) -> None:
    done = filed(duty("regular-inspection"))
    typed = answers(FORM, risk_grade="risky", conclusion="") | {"reason": "评错了"}
    page = browser_of("甲").post(f"/papers/{done.paper.pk}/correct/", typed)
    assert [name for name, _label, _text in page.context["faults"]] == ["grade_why", "conclusion"]


def test_a_draft_is_kept_while_one_types(company) -> None:
    of, manager = duty("regular-inspection"), browser_of("甲")
    answer = manager.post(
        f"/duties/{of.pk}/form/",
        {"since_last": "写到一半", "draft": "1", "version": str(FORM.version)},
        headers={"X-Draft": "1"},
    )
    assert (answer.status_code, answer.content) == (204, b"")
    assert Paper.objects.get().values["since_last"] == "写到一半"


# ------------------------------------------------------------------ forms


def test_an_old_report_shows_the_form_of_its_time(company, monkeypatch) -> None:
    done = filed(duty("regular-inspection"))
    assert form_of_paper(done.paper) == done.form.__class__(
        **{**vars(done.form), "instead": None, "clients": frozenset(), "where": None}
    )
    changed = told(done.form) | {"version": 9, "title": ["新表", "New form"]}
    monkeypatch.setattr("daihou.papers.kept_forms.forms", lambda: {done.form.form: read(changed)})
    page = browser_of("甲").get(f"/papers/{done.paper.pk}/").content.decode()
    assert "担保业务保后检查表" in page
    assert "新表" not in page


@pytest.mark.parametrize("name", sorted(forms()))
def test_a_form_comes_back_from_its_kept_wording(name) -> None:
    assert told(read(told(forms()[name]))) == told(forms()[name])


@pytest.mark.covers(
    "P01-29", "P01-30", "P01-31", "P01-32", "P01-33", "P02-19", "P02-20", "P02-21", "P02-22", "P02-23", "P02-24", "P02-25", "P02-26",
    "P02-27", "P02-28", "P02-29", "P02-30", "P17-30", "P17-31", "P17-32",
)  # fmt: skip
def test_every_checkpoint_is_carried_by_a_field() -> None:
    carried = {one for form in forms().values() for one in carried_by(form)}
    assert {f"{item}/{name}" for item, those in checkpoints().items() for name in those} == carried


@pytest.mark.covers("P02-10")
@pytest.mark.parametrize(
    ("cause", "asked"),
    [
        ("receivables", {"receivable_genuine", "receivable_collected"}),
        ("market", {"market_recovery"}),
        ("case", {"case_progress"}),
        ("restructuring", {"restructuring_on_time", "restructuring_others"}),
        ("other", set()),
    ],
)
def test_each_cause_of_a_problem_loan_has_its_own_questions(cause, asked) -> None:
    form = forms()["loan_inspection_report"]
    filled = checked(form, {"report_kind": "problem", "problem_cause": cause}, today=DAY, opens=None)
    by_cause = {one.name for one in form.fields if one.when is not None and one.when[0] == "problem_cause"}
    assert {one.name for one in filled.faults if one.code == "missing"} & by_cause == asked


@pytest.mark.parametrize(
    ("kind", "form"),
    [
        ("常规", "保后检查表"),
        ("用途", "融资用途检查表"),
        ("还款能力", "还款能力检查表"),
        ("突发", "突发事件检查表"),
        ("预警", "预警检查表"),
    ],
)
def test_the_report_of_an_inspection_is_the_form_of_its_kind(kind, form) -> None:
    found = form_for("guarantee_inspection_form", None, {"kind": terms().find(kind).id})
    assert found is forms()[terms().find(form).id]


def test_a_report_of_another_branch_is_not_there(company) -> None:
    done = filed(duty("regular-inspection"))
    assert browser_of("丙").get(f"/papers/{done.paper.pk}/").status_code == 404


def test_a_form_is_taken_from_the_day_on_which_its_duty_is_on_the_desk_though_it_counts_from_a_later_one(
    company,
) -> None:
    """A loan falls due in a month: its check counts from then and is on the desk now (S6)."""
    later = Duty(rule="repayment-ability-check", start=DAY + timedelta(30), opens=DAY, seen=DAY)
    assert later.counts_from == DAY
    assert (
        about_of(
            Duty(rule="r", object="o", table="contract", start=DAY + timedelta(30), opens=DAY, seen=DAY)
        ).opens
        == DAY
    )
    assert Duty(rule="r", start=DAY, opens=DAY).counts_from == DAY


# ------------------------------------------------------------------ a duty that follows from a duty

LOAN = (
    "合同号,客户,机构,客户经理,业务线,产品,品种,贷款类型,金额,期限月,放款日,到期日,状态,董事会批准,展期次数,风险分类\n"
    f"L1,{EAST},J2,甲,贷款,流动资金贷款,流动资金贷款,其他,500000,12,2026-10-01,2027-10-01,在贷,否,0,1\n"
)


@pytest.fixture
def by_loans(monkeypatch):
    """The rules of loans too."""
    guarantee_alone(monkeypatch, "finance")


@staged
def lender(by_loans, tmp_path):
    """The cast as a finance company with one loan, whose routine check was made and written down."""
    reading = reading_of(write_sheets(tmp_path / "book", 合同=LOAN, 反担保="合同,反担保人,方式,自\n"))
    take_in(reading.book, by=BY, at=NOW, day=DAY, file="book", digest="d1", read=0, left_out=0)
    run_day(DAY, by=BY, at=NOW)
    open_accounts([(one, one) for one in "甲乙丁"], PASSWORD, by=BY, at=NOW, sample=True)
    filed(
        duty("routine-check", "L1"), inspected_day=DAY.isoformat(), conclusion="账实相符", stock_now="300000"
    )
    run_day(DAY, by=BY, at=NOW)


@pytest.mark.covers("P02-09")
@pytest.mark.parametrize(
    ("now", "why", "noticed"),
    [
        ("120", "", False),
        ("120.01", "", True),
        ("80", "", False),
        ("79.99", "", True),
        ("200", "春节备货", False),
        ("", "", False),
    ],
)
def test_stock_that_moved_by_more_than_a_fifth_wants_its_reason(now, why, noticed) -> None:
    form = forms()[terms().find("企业贷后工作表").id]
    values = {"stock_before": "100", "stock_now": now, "stock_why": why}
    assert ("stock-moved" in [one.code for one in remarks_on(form, values)]) is noticed


def test_the_stock_of_last_time_is_what_the_last_worksheet_said(lender) -> None:
    from daihou.inspections.reports import carried, last_of

    report = Duty.objects.get(rule="routine-check", contract="L1", done__isnull=True)
    form = form_of(report)
    assert carried(form, last_of(report, form))["stock_before"] == "300000.00"


@pytest.mark.covers("P02-12")
def test_the_report_of_a_routine_check_fills_the_row_of_that_check_and_counts_once_both_departments_have_it(
    lender,
) -> None:
    report, browser = duty("routine-report", "L1"), browser_of("甲")
    row = standing(homes()["inspection"]).get()
    page = browser.get(f"/duties/{report.pk}/").content.decode()
    assert reverse("correction", args=["inspection", row.key]) in page
    half = filed(report, report_kind="routine", conclusion="账实相符", to_project=DAY.isoformat())
    run_day(DAY, by=BY, at=NOW)
    report.refresh_from_db()
    assert (half.paper.row_table, half.paper.row_key, report.done) == ("inspection", row.key, None)
    form = form_of(report)
    whole = checked(
        form,
        answers(form, report_kind="routine", conclusion="账实相符", to_project=DAY.isoformat(), to_risk=DAY.isoformat()),
        today=DAY, opens=report.counts_from,
    )  # fmt: skip
    correct_filed(half.paper, report, form, whole, by=MANAGER, at=NOW, reason="送到了风控部")
    run_day(DAY, by=BY, at=NOW)
    report.refresh_from_db()
    assert report.done == DAY
    assert browser.get(f"/duties/{report.pk}/").status_code == 200


# ------------------------------------------------------------------ a class that a report proposes where nobody signs the report


@pytest.mark.covers("P01-03")
def test_a_change_of_class_in_a_worksheet_that_nobody_signs_is_a_matter_of_its_own(lender) -> None:
    report = duty("routine-report", "L1")
    with pytest.raises(FilingRefusedError) as error:
        filed(report, report_kind="routine", risk_grade="risky")
    assert [name for name, _said in error.value.faults] == ["grade_why"]
    done = filed(report, report_kind="routine", risk_grade="risky", grade_why="回款慢", new_risks="大客户欠款", effect="可能逾期", measures="每周看回款")  # fmt: skip
    matter = Matter.objects.get(kind="reclassing")
    assert (done.matter, matter.subject, matter.content["now"], matter.content["asked"]) == (None, "L1", 1, 3)
    assert matter.amount == standing(homes()["contract"]).get(key="L1").amount > 0
    page = browser_of("丁").get(f"/matters/{matter.pk}/").content.decode()
    for said in ("从第 1 类改为第 3 类", "回款慢", "大客户欠款", "可能逾期", "每周看回款", "看整张表"):
        assert said in page
    line = browser_of("丁").get("/matters/").context["lines"][0]
    assert [(one.texts, one.bad) for one in line.points[:2]] == [
        (("现在第 1 类，建议改为第 3 类（有风险）", "回款慢"), True),
        (("大客户欠款",), False),
    ]
    assert standing(homes()["contract"]).get(key="L1").risk_class == 1
    assert (
        browser_of("丁").post(f"/matters/{matter.pk}/", {"act": "sign", "opinion": "同意改"}).status_code
        == 302
    )
    assert standing(homes()["contract"]).get(key="L1").risk_class == 3
    log = standing(homes()["change_log"]).get(item="risk_class")
    assert (log.old_value, log.new_value) == ("1", "3")
    assert list(verify()) == []


def test_a_report_that_says_another_class_by_now_is_not_signed_for_the_old_one(lender) -> None:
    report = duty("routine-report", "L1")
    done = filed(report, report_kind="routine", risk_grade="risky", grade_why="回款慢")
    matter = Matter.objects.get(kind="reclassing")
    form = form_of(report)
    typed = answers(
        form, report_kind="routine", risk_grade="fair", grade_why="回款慢一点", conclusion="账实相符"
    )
    filled = checked(form, typed, today=DAY, opens=report.counts_from)
    correct_filed(done.paper, report, form, filled, by=MANAGER, at=NOW, reason="评重了")
    page = browser_of("丁").get(f"/matters/{matter.pk}/").content.decode()
    assert "又改过" in page
    with pytest.raises(SigningRefusedError, match="content-changed"):
        sign(matter, by=Actor("丁", "test"), at=NOW, opinion="同意")
    send_back(matter, by=Actor("丁", "test"), at=NOW, opinion="按新的报")
    matter.refresh_from_db()
    resubmit(matter, by=MANAGER, at=NOW)
    sign(Matter.objects.get(pk=matter.pk), by=Actor("丁", "test"), at=NOW, opinion="同意")
    assert standing(homes()["contract"]).get(key="L1").risk_class == 2


def rewritten(report, done, **said) -> None:
    """A report corrected to say something else."""
    form = form_of(report)
    whole = checked(form, answers(form, **said), today=DAY, opens=report.counts_from)
    correct_filed(done.paper, report, form, whole, by=MANAGER, at=NOW, reason="改写")


def refused_without_a_reason(report, done, said) -> None:
    """Another class than the contract's, proposed by a correction without its reason."""
    with pytest.raises(FilingRefusedError) as error:
        rewritten(report, done, **said)
    assert [name for name, _said in error.value.faults] == ["grade_why"]


@pytest.mark.parametrize(
    ("graded", "how", "proposed"),
    [
        ("risky", "withdraw", [3, 3]),  # taken back by mistake: the corrected report proposes it again
        ("risky", "refuse", [3]),  # it was refused, and nothing about it is new
        ("watch", "refuse", [3, 4]),
        ("watch", "withdraw", [3, 4]),
        ("safe", "withdraw", [3]),  # the class of now: nothing to sign
    ],
)
def test_a_corrected_report_proposes_its_class_anew(lender, graded, how, proposed) -> None:
    report = duty("routine-report", "L1")
    done = filed(report, report_kind="routine", risk_grade="risky", grade_why="回款慢")
    matter = Matter.objects.get(kind="reclassing")
    if how == "withdraw":
        withdraw(matter, by=MANAGER, at=NOW)
    else:
        refuse(matter, by=Actor("丁", "test"), at=NOW, opinion="不同意")
    said = {"report_kind": "routine", "risk_grade": graded, "conclusion": "账实相符"}
    if graded == "watch":
        refused_without_a_reason(report, done, said)
    rewritten(report, done, grade_why="回款慢", **said)
    asked = Matter.objects.filter(kind="reclassing").order_by("pk")
    assert [one.content["asked"] for one in asked] == proposed
    assert list(verify()) == []


def classed_normal() -> None:
    """The loan stands in the best tier."""
    said = {"five_tier": "normal"}
    correct("contract", "L1", said, by=BY, at=NOW, day=DAY, reason="初评", decision=said)


@pytest.mark.covers("P09-26")
def test_a_report_proposes_another_tier_of_a_loan_and_the_register_of_changes_follows_its_signature(
    lender,
) -> None:
    classed_normal()
    report = duty("routine-report", "L1")
    assert "合同现在是正常" in browser_of("甲").get(f"/duties/{report.pk}/form/").content.decode()
    with pytest.raises(FilingRefusedError) as error:
        filed(report, report_kind="routine", tier_proposed="doubtful")
    assert [name for name, _said in error.value.faults] == ["grade_why"]
    filed(report, report_kind="routine", tier_proposed="doubtful", grade_why="停产两个月", analysis="停产")
    matter = Matter.objects.get(kind="retiering")
    assert (matter.subject, matter.content["now"], matter.content["asked"]) == ("L1", "normal", "doubtful")
    page = browser_of("丁").get(f"/matters/{matter.pk}/").content.decode()
    assert ("从正常改为可疑" in page, "停产两个月" in page) == (True, True)
    line = browser_of("丁").get("/matters/").context["lines"][0]
    assert [(one.label, one.texts, one.bad) for one in line.points[:1]] == [
        ("改级", ("现在正常，建议改为可疑", "停产两个月"), True)
    ]
    assert standing(homes()["contract"]).get(key="L1").five_tier == "normal"
    sign(matter, by=Actor("丁", "test"), at=NOW, opinion="同意")
    assert standing(homes()["contract"]).get(key="L1").five_tier == "doubtful"
    judged = standing(homes()["contract"]).get(key="L1")
    assert (judged.manual_tier, judged.manual_tier_approved_day) == (
        "doubtful",
        DAY,
    )  # by what the rules grade on
    change = standing(homes()["class_change"]).get(contract="L1")
    assert (change.class_before, change.class_after, change.changed_day) == ("normal", "doubtful", DAY)
    assert list(verify()) == []


def test_a_loan_without_a_tier_is_given_its_first_by_signature(lender) -> None:
    report = duty("routine-report", "L1")
    assert "合同现在是未分级" in browser_of("甲").get(f"/duties/{report.pk}/form/").content.decode()
    filed(report, report_kind="routine", tier_proposed="watch", grade_why="回款慢")
    matter = Matter.objects.get(kind="retiering")
    assert "从未分级改为关注" in browser_of("丁").get(f"/matters/{matter.pk}/").content.decode()
    sign(matter, by=Actor("丁", "test"), at=NOW, opinion="同意")
    assert standing(homes()["contract"]).get(key="L1").five_tier == "watch"


def test_a_corrected_report_proposes_its_tier_anew(lender) -> None:
    classed_normal()
    report = duty("routine-report", "L1")
    done = filed(report, report_kind="routine")
    said = {"report_kind": "routine", "tier_proposed": "loss", "conclusion": "账实相符"}
    refused_without_a_reason(report, done, said)
    rewritten(report, done, grade_why="停产", **said)
    assert Matter.objects.get(kind="retiering").content["asked"] == "loss"


@pytest.mark.parametrize("tier", ["", "normal"])
def test_a_tier_that_is_not_another_proposes_nothing(lender, tier) -> None:
    classed_normal()
    filed(duty("routine-report", "L1"), report_kind="routine", tier_proposed=tier)
    assert not Matter.objects.filter(kind="retiering").exists()


def test_a_report_about_no_contract_proposes_no_tier() -> None:
    form = forms()[terms().find("企业贷后工作表").id]
    assert TIER.proposed(form, {"tier_proposed": "loss"}, None) is None


def test_a_bad_tier_without_its_analysis_is_noticed() -> None:
    form = forms()[terms().find("企业贷后工作表").id]
    for tier, found in (("watch", False), ("substandard", True), ("loss", True)):
        codes = [one.code for one in remarks_on(form, {"tier_proposed": tier})]
        assert ("major-without-analysis" in codes) is found


def test_an_old_report_corrected_does_not_propose_its_class_again(lender) -> None:
    """The contract has moved on since; a word set right in the report of then moves nothing."""
    report = duty("routine-report", "L1")
    done = filed(report, report_kind="routine", risk_grade="safe")
    correct("contract", "L1", {"risk_class": 3}, by=BY, at=NOW, day=DAY, reason="预警属实")
    form = form_of(report)
    said = answers(form, report_kind="routine", risk_grade="safe", conclusion="账实相符")
    whole = checked(form, said, today=DAY, opens=report.counts_from)
    correct_filed(done.paper, report, form, whole, by=MANAGER, at=NOW, reason="错字")
    assert not Matter.objects.filter(kind="reclassing").exists()


def test_who_only_gets_a_copy_reads_the_points_and_not_the_whole_form(company) -> None:
    said = {
        "risk_grade": "risky",
        "grade_why": "回款慢",
        "new_risks": "大客户破产",
        "effect": "少三成",
        "measures": "追加抵押",
    }
    done = filed(duty("regular-inspection"), **said)
    copy_to(done.matter, ["丙"], by=MANAGER, at=NOW)
    page = browser_of("丙").get(f"/matters/{done.matter.pk}/").content.decode()
    assert ("大客户破产" in page, "看整张表" in page) == (True, False)


@pytest.mark.parametrize(
    ("grade", "code"), [("risky", None), ("watch", "class-being-signed"), ("safe", None)]
)
def test_a_second_proposal_while_one_is_signed_is_the_same_or_waits(lender, grade, code) -> None:
    from daihou.inspections.findings import enter_findings

    report = duty("routine-report", "L1")
    first = filed(report, report_kind="routine", risk_grade="risky", grade_why="回款慢")
    again = replace(first, filled=replace(first.filled, values={**first.filled.values, "risk_grade": grade}))
    if code is None:
        enter_findings(again, MANAGER, NOW)
    else:
        with pytest.raises(FilingRefusedError) as error:
            enter_findings(again, MANAGER, NOW)
        assert error.value.faults[0][0] == "risk_grade"
    assert Matter.objects.filter(kind="reclassing").count() == 1


@pytest.mark.covers("P01-12")
def test_who_signs_a_report_reads_first_what_it_proposes_and_what_is_bad(company) -> None:
    said = {
        "risk_grade": "risky", "grade_why": "回款慢", "new_risks": "大客户破产", "effect": "还款来源少三成", "measures": "追加抵押",
    }  # fmt: skip
    done = filed(duty("regular-inspection"), **said)
    page = browser_of("乙").get(f"/matters/{done.matter.pk}/").content.decode()
    for text in (
        "现在第 1 类，建议改为第 3 类",
        *(one for name, one in said.items() if name != "risk_grade"),
        "看整张表",
    ):
        assert text in page
    assert page.index("建议改为第 3 类") < page.index("大客户破产") < page.index("看整张表")
    assert "建议改为第 3 类" in browser_of("乙").get("/matters/").content.decode()
    assert "建议改为第 3 类" in browser_of("乙").get("/").content.decode()
    assert "建议改为" not in browser_of("甲").get("/matters/?tab=opened").content.decode()
    signed_through(done.matter)
    assert standing(homes()["contract"]).get(key="C1").risk_class == 3
    page = browser_of("乙").get(f"/matters/{done.matter.pk}/").content.decode()
    assert "现在第 1 类，建议改为第 3 类" in page, (
        "what was signed is told, not what follows of today's class"
    )
    assert "呈签之后，这件事在台账里又改过" not in page


def test_a_refused_report_names_table_and_line_offers_one_empty_line_and_has_the_focus(company) -> None:
    browser, address = browser_of("甲"), f"/duties/{duty('regular-inspection').pk}/form/"
    asked = browser.get(address).content.decode()
    assert "合同现在是第 1 类（安全）。" in asked
    typed = {
        "demands/1/demand": "补签决议",
        "demands/2/demand": "",
        "demands/2/demand_until": "",
        "demands/3/demand": "",
    }
    for _again in range(2):
        page = browser.post(address, typed).content.decode()
        assert 'role="alert" tabindex="-1" autofocus><b>还没有交：' in page
        assert '<a href="#f-demands/0/demand_until">要求客户整改的事 第 1 行 期限</a>：必填' in page
        assert 'name="demands/0/demand" value="补签决议"' in page
        assert 'name="demands/1/demand"' in page
        assert 'name="demands/2/demand"' not in page
        typed = {"demands/0/demand": "补签决议", "demands/1/demand": "", "demands/1/demand_until": ""}


def test_who_has_to_give_an_opinion_is_told_beside_the_field(company) -> None:
    done = filed(duty("regular-inspection"))
    signer = browser_of("乙")
    page = signer.get(f"/matters/{done.matter.pk}/").content.decode()
    assert 'name="opinion" rows="3" aria-required="true"' in page
    refused = signer.post(f"/matters/{done.matter.pk}/", {"act": "sign", "opinion": ""})
    page = refused.content.decode()
    assert refused.status_code == 409
    assert '<div class="fault" id="opinion-fault" role="alert">请写明意见。</div>' in page
    assert page.count("请写明意见。") == 1


# ------------------------------------------------------------------ what a client has to put right


DATES = {"demanded_day": DAY.isoformat(), "deadline": (DAY + timedelta(10)).isoformat()}
DEMAND = {"demands/0/demand": "补签股东会决议", "demands/0/demand_until": (DAY + timedelta(10)).isoformat()}


@staged
def demanded(tmp_path) -> Duty:
    """A report demanded something of the client; the duty to see to it."""
    with_its_day(tmp_path / "book")
    client = standing(homes()["contract"]).get(key="C1").client
    correct("party", client, {"caretaker": "甲"}, by=BY, at=NOW, day=DAY, reason="分派")
    filed(
        duty("regular-inspection"), new_risks="决议没有签", effect="反担保可能无效", measures="补签", **DEMAND
    )
    run_day(DAY, by=BY, at=NOW)
    return Duty.objects.get(rule="rectification")


def checked_again(of, *, by=MANAGER, **said):
    form = form_of(of)
    typed = {"seen": "看了原件", "outcome": "已补签", "reminders": "1", **DATES, **said}
    filled = checked(form, answers(form, **typed), today=DAY, opens=of.start)
    assert [(one.name, one.code) for one in filled.faults] == []
    return file_form(of, form, filled, by=by, at=NOW, day=DAY)


@pytest.mark.covers("P01-12", "P04-02", "P13-08")
def test_a_demand_is_sent_as_a_letter_first_and_its_outcome_is_a_form_of_its_own(demanded) -> None:
    letter = Duty.objects.get(rule="rectification-notice")
    assert (letter.due, form_of(letter).form, form_of(demanded).form) == (
        DAY + timedelta(2), "rectification_notice", "rectification_check",
    )  # fmt: skip
    filed(letter, sent_day=DAY.isoformat(), letter_no="整改1号", sent_by="当面交，会计签收", **DATES)  # fmt: skip
    run_day(DAY, by=BY, at=NOW)
    row = standing(homes()["rectification"]).get()
    assert (row.rectification_notice_day, row.completed_day) == (DAY, None)
    assert (Duty.objects.get(pk=letter.pk).state, Duty.objects.get(pk=demanded.pk).state) == (
        "on_time",
        "open",
    )


@pytest.mark.covers("P01-12", "P04-02", "P13-08")
def test_nothing_counts_as_put_right_without_a_file_that_shows_it_and_a_second_person(demanded) -> None:
    said = {"corrected": "yes", "completed_day": DAY.isoformat()}
    with pytest.raises(FilingRefusedError) as error:
        checked_again(demanded, **said)
    assert [name for name, _said in error.value.faults] == ["corrected"]
    assert not Paper.objects.filter(duty_no=demanded.pk).exists()
    browser = browser_of("甲")
    back = f"/duties/{demanded.pk}/form/"
    picture = SimpleUploadedFile("决议.png", PNG, "image/png")
    answer = browser.post(f"/attach/duty/{demanded.pk}/", {"file": picture, "back": back})
    assert (answer.status_code, answer["Location"]) == (302, f"{back}#attachments")
    elsewhere = browser.post(f"/attach/duty/{demanded.pk}/", {"file": SimpleUploadedFile("b.pdf", PDF), "back": "https://example.org/"})  # fmt: skip
    assert elsewhere["Location"] == f"/duties/{demanded.pk}/"
    assert "决议.png" in browser.get(back).content.decode()
    done = checked_again(demanded, **said)
    run_day(DAY, by=BY, at=NOW)
    row = standing(homes()["rectification"]).get()
    assert (row.completed_day, row.reminders, Duty.objects.get(pk=demanded.pk).state) == (DAY, 1, "on_time")
    assert [one.post for one in done.matter.steps.all()] == ["business_manager"]
    assert signed_through(done.matter).state == APPROVED


def test_an_answer_to_what_is_not_asked_is_not_taken(demanded) -> None:
    """The page keeps the day hidden when somebody turns his answer to no: it closes nothing."""
    done = checked_again(
        demanded, corrected="no", completed_day=DAY.isoformat(), **{"corrected/why": "股东还在外地"}
    )
    assert "completed_day" not in done.paper.values
    assert standing(homes()["rectification"]).get().completed_day is None


def test_what_is_not_put_right_yet_stays_open_until_the_form_is_corrected(demanded) -> None:
    done = checked_again(demanded, corrected="no", reminders="2", **{"corrected/why": "股东还在外地"})
    run_day(DAY, by=BY, at=NOW)
    row = standing(homes()["rectification"]).get()
    assert (row.completed_day, row.reminders, Duty.objects.get(pk=demanded.pk).state) == (None, 2, "open")
    form = form_of(demanded)
    attach("决议.png", PNG, table="duty", key=demanded.key, duty_no=demanded.pk, by=MANAGER, at=NOW)
    whole = checked(
        form, answers(form, seen="看了原件", outcome="已补签", reminders="2", corrected="yes", completed_day=DAY.isoformat(), **DATES),
        today=DAY, opens=demanded.start,
    )  # fmt: skip
    correct_filed(done.paper, demanded, form, whole, by=MANAGER, at=NOW, reason="补签了")
    run_day(DAY, by=BY, at=NOW)
    again = Duty.objects.get(pk=demanded.pk)
    assert (again.state, standing(homes()["rectification"]).get().completed_day) == ("on_time", DAY)
