"""Letters to who owes begin with the debt as the registers tell it on the day when they are opened; what is changed says so."""

import re
from datetime import date

import pytest
from staging import staged
from tests_cast import BY, DAY, NOW, PASSWORD, SHEETS, browser_of, on_its_day, taken_in

from daihou.dayend.acts import run_day
from daihou.duties.filing import about_of, correct_filed, file_form
from daihou.duties.models import Duty
from daihou.duties.signing import changed_since, form_of, matter_of, sign
from daihou.ledger.acts import correct, enter
from daihou.ledger.owing import Debt, debts_of
from daihou.papers.filling import About, checked, shown
from daihou.papers.models import Paper
from daihou.papers.owed import owed_in
from daihou.papers.reading import Kind, forms
from daihou.people.acts import open_accounts
from daihou.registers.kept import homes, standing
from daihou.signoff.reads import signers_of
from daihou.trail.acts import Actor
from daihou.web.gist import gist_of

CARS = (
    "合同号,客户,机构,客户经理,业务线,产品,品种,金额,期限月,放款日,到期日,状态,董事会批准,展期次数,风险分类,本金余额\n"
    "C1,510000199803180019,J2,甲,车贷,汽车贷款担保,个人贷款,60000,12,2026-07-21,2027-07-21,在保,否,0,1,60000\n"
    "C2,510000199803180019,J2,甲,担保,贷款担保,流动资金贷款,500000,6,2026-01-05,2026-07-05,已代偿,否,0,1,\n"
    "C3,51000019860709002X,J2,甲,车贷,汽车贷款担保,个人贷款,30000,3,2026-07-21,2026-10-21,在保,否,0,1,12000\n"
)
PLAN = (
    "合同,期次,应还日,应还额,应还本金,应还利息,已还额,已还本金,还款日,还清日\n"
    "C1,1,2026-08-21,5300,5000,300,5300,,,2026-08-21\nC1,2,2026-10-14,5300,5000,300,1000,700,2026-10-20,\n"
    "C1,3,2026-11-14,5300,5000,300,0,,,\nC1,4,2026-12-14,5300,,,0,,,\nC1,5,2027-01-14,5300,,,0,,,\n"
)
SURETIES = (
    "合同,反担保人,方式,自,至,金额\nC2,51000019860709002X,保证,2026-01-05,,300000\nC2,91510000100000000L,保证,2026-01-05,2026-07-01,\n"
    "C2,510000199803180019,抵押,2026-01-05,,\n"
)
PAID = "代偿号,合同,起息日,本金,利息,罚息,费用\nDC1,C2,2026-11-20,450000,3000,200,100\n"
BACK = "动作号,代偿,种类,日期,收回\nZ1,DC1,和解,2026-11-21,50000\n"
DUNNING, RECOURSE, MATURITY = (
    forms()[name] for name in ("demand_notice", "recourse_notice", "maturity_notice")
)


@pytest.fixture(autouse=True)
def small(monkeypatch):
    """The rules of car loans too, and the day of the cast."""
    on_its_day(monkeypatch, "carloan")


@staged
def company(tmp_path):
    """A car loan in arrears, a guarantee that was compensated, and a loan that matured without a plan."""
    posts = SHEETS["任职"] + "甲,催收专员,J2,2025-01-01\n乙,评审委员,J1,2025-01-01\n丙,股东,J1,2025-01-01\n"
    sheets = {"任职": posts, "合同": CARS, "期供": PLAN, "反担保": SURETIES, "代偿": PAID, "追偿动作": BACK}
    taken_in(tmp_path / "book", **sheets)
    run_day(DAY, by=BY, at=NOW)
    open_accounts([(one, one) for one in "甲丁"], PASSWORD, by=BY, at=NOW, sample=True)


def the_duty(rule: str, contract: str) -> Duty:
    return Duty.objects.get(rule=rule, contract=contract, withdrawn_on__isnull=True)


def values_on(page: str) -> dict[str, str]:
    """The values of the fields that a page shows, by name; empty ones left out."""
    found = re.findall(r'<input [^>]*?name="([^"]+)"[^>]*? value="([^"]*)"', page)
    chosen = re.findall(r'<select [^>]*name="([^"]+)">.*?<option value="([^"]+)" selected>', page)
    return {name: text for name, text in (*found, *chosen) if text}


@pytest.mark.covers("P20-03")
def test_a_dunning_letter_begins_with_what_is_owed_item_by_item(company) -> None:
    duty = the_duty("letter-collection", "C1")
    assert form_of(duty).form == DUNNING.form
    page = browser_of("甲").get(f"/duties/{duty.pk}/form/").content.decode()
    said = values_on(page)
    assert {name: text for name, text in said.items() if name.startswith(("debt", "owed", "contract_no", "sent_day"))} == {
        "contract_no": "C1", "sent_day": DAY.isoformat(), "owed_until": DAY.isoformat(), "owed_days": "40", "debt_total": "9600.00",
        "debts/0/debt_item": "C1/2", "debts/0/debt_due": "2026-10-14", "debts/0/debt_principal": "4300.00",
        "debts/1/debt_item": "C1/3", "debts/1/debt_due": "2026-11-14", "debts/1/debt_principal": "5000.00", "debts/1/debt_interest": "300.00",
    }  # fmt: skip
    assert "取自台账，可以改" in page
    assert "开头的几行取自台账" in page


def test_what_was_changed_stands_beside_what_the_register_tells_and_has_to_add_up(company) -> None:
    mine, duty = browser_of("甲"), the_duty("letter-collection", "C1")
    address = f"/duties/{duty.pk}/form/"
    begins = values_on(mine.get(address).content.decode())
    said = begins | {
        "letter_no": "催〔2026〕1号",
        "delivery": "registered_mail",
        "pay_by": "2026-12-05",
        "debts/1/debt_other": "50",
    }
    refused = mine.post(address, said)
    assert refused.status_code == 422
    assert "按各项算出来是 9,650，差 50" in refused.content.decode()
    assert mine.post(address, said | {"debt_total": "9650", "draft": "1"}).status_code == 302
    assert "台账上是 9,600.00" in mine.get(address).content.decode()
    asks = mine.post(address, said | {"debt_total": "9650"})
    assert asks.status_code == 422
    assert "和台账不一样，台账上是 9,600.00" in asks.content.decode()
    confirmed = {"debt_total": "9650", "noticed": asks.context["noticed"]}
    assert mine.post(address, said | confirmed).status_code == 302
    paper = Paper.objects.get(state="handed_in")
    assert paper.values["debt_total/register"] == "9600.00"
    assert "台账上是 9,600.00" in mine.get(f"/papers/{paper.pk}/").content.decode()
    assert (paper.values["debt_total"], paper.values["debts/1/debt_other"]) == ("9650.00", "50.00")
    assert standing(homes()["notice"]).get().kind == "collecting"


@pytest.mark.covers("P01-21", "P01-34")
def test_a_recourse_notice_names_who_owes_and_how_much_was_not_recovered(company) -> None:
    duty = the_duty("recovery-notice", "C2")
    said = values_on(browser_of("丁").get(f"/duties/{duty.pk}/form/").content.decode())
    assert (said["paid_total"], said["still_owed"]) == ("453300.00", "403300.00")
    assert {name: text for name, text in said.items() if name.startswith("addressees/")} == {
        "addressees/0/name_to": "张三", "addressees/0/capacity": "client", "addressees/0/demanded": "403300.00",
        "addressees/1/name_to": "李四", "addressees/1/capacity": "guarantor", "addressees/1/demanded": "300000.00",
    }  # fmt: skip


def notice(**said) -> dict[str, str]:
    """The form of the recourse notice as it begins, filled."""
    begun = values_on(
        browser_of("丁").get(f"/duties/{the_duty('recovery-notice', 'C2').pk}/form/").content.decode()
    )
    return begun | {"letter_no": "追〔2026〕1号", "pay_within": "10", "vouchers_enclosed": "yes"} | said


def targets() -> dict[str, tuple]:
    names = dict(standing(homes()["party"]).values_list("key", "title"))
    rows = standing(homes()["recovery_target"]).filter(compensation="DC1")
    return {names[one.party]: (one.standing, one.recourse_sent_day, one.receipt_day) for one in rows}


@pytest.mark.covers("P01-21")
def test_a_recourse_notice_enters_whom_it_went_to_and_closes_its_duty(company) -> None:
    duty, risk = the_duty("recovery-notice", "C2"), browser_of("丁")
    address = f"/duties/{duty.pk}/form/"
    assert "交表就登记到“追偿对象”" in risk.get(address).content.decode()
    ahead = risk.post(address, notice(**{"addressees/0/received_on": "2026-11-30"}))
    assert (ahead.status_code, targets()) == (422, {})
    assert risk.post(address, notice(**{"addressees/0/received_on": DAY.isoformat()})).status_code == 302
    assert targets() == {"张三": ("debtor", DAY, DAY), "李四": ("counter_guarantor", DAY, None)}
    duty.refresh_from_db()
    assert duty.done == DAY
    paper = Paper.objects.get(state="handed_in")
    later = paper.values | {"addressees/1/received_on": DAY.isoformat(), "reason": "回执到了"}
    assert risk.post(f"/papers/{paper.pk}/correct/", later).status_code == 302
    assert targets()["李四"] == ("counter_guarantor", DAY, DAY)


def test_a_correction_of_something_else_leaves_what_the_register_says_and_takes_a_receipt_back(
    company,
) -> None:
    duty, risk = the_duty("recovery-notice", "C2"), browser_of("丁")
    li = standing(homes()["party"]).get(title="李四").key
    before = {"key": f"DC1/{li}", "compensation": "DC1", "party": li, "standing": "counter_guarantor"}
    sent = {"recourse_sent_day": date(2026, 11, 21), "receipt_day": date(2026, 11, 22)}
    enter("recovery_target", before | sent, by=BY, at=NOW, day=DAY)
    said = notice(**{"addressees/0/received_on": DAY.isoformat()})
    assert risk.post(f"/duties/{duty.pk}/form/", said).status_code == 302
    assert targets()["李四"] == ("counter_guarantor", date(2026, 11, 21), date(2026, 11, 22))
    paper = Paper.objects.get(state="handed_in")
    other = {name: text for name, text in paper.values.items() if name != "addressees/0/received_on"}
    typed = other | {"addressees/1/tracking": "SF1", "reason": "补单号，客户没签收"}
    assert risk.post(f"/papers/{paper.pk}/correct/", typed).status_code == 302
    assert targets() == {
        "张三": ("debtor", DAY, None),
        "李四": ("counter_guarantor", date(2026, 11, 21), date(2026, 11, 22)),
    }


def test_debtors_of_one_name_are_each_a_target_and_spaces_make_no_other_name(company) -> None:
    duty, risk = the_duty("recovery-notice", "C2"), browser_of("丁")
    parties = standing(homes()["party"])
    east, li = parties.get(title="东城食品有限公司").key, parties.get(title="李四").key
    for party in (east, li):
        correct("party", party, {"title": "李　 四"}, by=BY, at=NOW, day=DAY, reason="改名")
    row = standing(homes()["counter_guarantee"]).get(contract="C2", counter_guarantor=east)
    correct("counter_guarantee", row.key, {"until": None}, by=BY, at=NOW, day=DAY, reason="没到期")
    assert risk.post(f"/duties/{duty.pk}/form/", notice()).status_code == 302
    rows = standing(homes()["recovery_target"]).filter(compensation="DC1", standing="counter_guarantor")
    assert {one.party for one in rows} == {east, li}
    duty.refresh_from_db()
    assert duty.done == DAY


@pytest.mark.covers("P01-21")
def test_the_last_signature_of_a_recovery_plan_writes_its_approval_and_closes_that_duty(company) -> None:
    duty, approval = the_duty("recovery-plan", "C2"), the_duty("recovery-plan-approval", "C2")
    form = form_of(duty)
    typed = {one.name: "写明了" for one in form.fields if one.required and one.kind in {Kind.TEXT, Kind.LONG}}
    lines = {"actions/0/action": "起诉", "actions/0/person": "甲某", "actions/0/until": "2026-12-31"}
    held = {
        "paid_principal": "450000",
        "proposed_day": DAY.isoformat(),
        "first_duty": "丁",
        "proposed_by": "丁某",
    }
    filled = checked(form, typed | held | lines, today=DAY, opens=None)
    assert filled.faults == ()
    matter = file_form(duty, form, filled, by=Actor("丁", "test"), at=NOW, day=DAY).matter
    while matter.state != "approved":
        assert standing(homes()["compensation"]).get(key="DC1").plan_approved_day is None
        sign(matter, by=Actor(signers_of(matter, DAY)[0], "test"), at=NOW, opinion="同意")
        matter.refresh_from_db()
    assert standing(homes()["compensation"]).get(key="DC1").plan_approved_day == DAY
    run_day(DAY, by=BY, at=NOW)
    approval.refresh_from_db()
    assert (approval.state, approval.done) == ("on_time", DAY)
    assert not changed_since(matter)


@pytest.mark.covers("P01-21")
def test_whom_the_registers_do_not_know_as_a_debtor_is_no_target_and_the_duty_stays_open(company) -> None:
    duty = the_duty("recovery-notice", "C2")
    said = notice(**{"addressees/1/name_to": "李泗"})
    answer = browser_of("丁").post(f"/duties/{duty.pk}/form/", said, follow=True)
    assert "李泗不在台账的客户和反担保人里" in answer.content.decode()
    duty.refresh_from_db()
    assert (list(targets()), duty.done) == (["张三"], None)
    page = browser_of("丁").get(f"/duties/{duty.pk}/").content.decode()
    assert "还没有登记通知的：李四。" in page
    assert f"/papers/{Paper.objects.get(state='handed_in').pk}/correct/" in page


def about(contract: str) -> About:
    return About("d", 1, "contract", contract, contract, None, None)


def test_a_maturity_notice_begins_with_all_that_is_not_paid_until_then(company) -> None:
    assert owed_in(MATURITY, about("C1"), DAY) == {"due_total": "20200.00"}
    assert owed_in(MATURITY, about("C3"), DAY) == {}, "what interest it will bear nobody knows"


def test_what_was_compensated_or_matured_without_a_plan_is_owed_as_a_whole(company) -> None:
    contracts = standing(homes()["contract"])
    assert debts_of(contracts.get(key="C2"), DAY) == [Debt(None, date(2026, 11, 20), 0, 0, 40_330_000)]
    assert debts_of(contracts.get(key="C3"), DAY) == [Debt(None, date(2026, 10, 21), 1_200_000, 0)]
    owed = owed_in(DUNNING, about("C2"), DAY)
    assert (owed["debts/0/debt_other"], owed["debt_total"], owed["owed_days"]) == (
        "403300.00",
        "403300.00",
        "3",
    )
    assert "debts/0/debt_principal" not in owed


def test_a_debt_is_told_as_of_the_day_up_to_which_the_data_reach(company) -> None:
    reach = {"key": "instalment", "table_name": "instalment", "through": date(2026, 11, 10)}
    enter("data_through", reach, by=BY, at=NOW, day=DAY)
    owed = owed_in(DUNNING, about("C1"), DAY)
    assert (owed["owed_until"], owed["owed_days"], owed["debt_total"]) == ("2026-11-10", "27", "4300.00")


def test_what_is_not_owed_is_left_empty(company) -> None:
    for number in (2, 3):
        correct(
            "instalment",
            f"C1/{number}",
            {"paid_off_day": DAY, "paid_amount": 530_000},
            by=BY,
            at=NOW,
            day=DAY,
            reason="还清",
        )
    assert owed_in(DUNNING, about("C1"), DAY) == {}
    assert owed_in(DUNNING, about("nowhere"), DAY) == {}
    assert owed_in(forms()["home_visit_report"], about("C1"), DAY) == {}
    assert about_of(the_duty("letter-collection", "C1")).contract == "C1"


def test_an_instalment_that_does_not_tell_its_parts_is_owed_undivided(company) -> None:
    correct(
        "instalment",
        "C1/2",
        {"due_principal": None, "due_interest": None, "paid_principal": None},
        by=BY,
        at=NOW,
        day=DAY,
        reason="没有分",
    )
    found = debts_of(standing(homes()["contract"]).get(key="C1"), DAY)
    assert found == [Debt(2, date(2026, 10, 14), 0, 0, 430_000), Debt(3, date(2026, 11, 14), 500_000, 30_000)]
    owed = owed_in(DUNNING, about("C1"), DAY)
    assert (owed["debts/0/debt_other"], owed["debt_total"]) == ("4300.00", "9600.00")


# ------------------------------------------------------------------ what a form says against what the registers say


@pytest.mark.parametrize(
    ("name", "typed", "held"),
    [
        ("contract_no", "C9", "C2"),
        ("client", "李四", "张三"),
        ("compensation_no", "DC7", "DC1"),
        ("value_day", "2026-11-01", "2026-11-20"),
        ("sent_by", "乙某", "丁某"),
    ],
)
def test_whom_and_what_a_letter_is_about_cannot_be_typed_over(company, name, typed, held) -> None:
    duty, risk = the_duty("recovery-notice", "C2"), browser_of("丁")
    address = f"/duties/{duty.pk}/form/"
    page = risk.get(address).content.decode()
    assert f'<input type="hidden" name="{name}" value="{held}">' in page
    refused = risk.post(address, notice(**{name: typed}))
    assert refused.status_code == 422
    assert f"这一栏不用填，是“{held}”" in refused.content.decode()
    assert f'<input type="hidden" name="{name}" value="{held}">' in refused.content.decode()
    assert not Paper.objects.filter(state="handed_in").exists()


def test_what_a_form_leaves_out_of_the_registers_is_filled_in(company) -> None:
    duty, risk = the_duty("recovery-notice", "C2"), browser_of("丁")
    said = {name: text for name, text in notice().items() if name not in {"contract_no", "client"}}
    assert risk.post(f"/duties/{duty.pk}/form/", said).status_code == 302
    paper = Paper.objects.get(state="handed_in")
    assert (paper.values["contract_no"], paper.values["client"]) == ("C2", "张三")


def test_a_draft_shows_the_client_as_he_is_called_now(company) -> None:
    duty, risk = the_duty("recovery-notice", "C2"), browser_of("丁")
    address = f"/duties/{duty.pk}/form/"
    assert risk.post(address, notice(draft="1")).status_code == 302
    client = standing(homes()["party"]).get(title="张三").key
    correct("party", client, {"title": "张三丰"}, by=BY, at=NOW, day=DAY, reason="改名")
    assert values_on(risk.get(address).content.decode())["client"] == "张三丰"


def test_another_amount_demanded_is_told_before_after_and_not_on_the_letter(company) -> None:
    duty, risk = the_duty("recovery-notice", "C2"), browser_of("丁")
    address = f"/duties/{duty.pk}/form/"
    said = notice(**{"addressees/0/demanded": "500000", "still_owed": "500000"})
    asks = risk.post(address, said)
    assert asks.status_code == 422
    assert [(one.name, one.text) for one in asks.context["told"]] == [
        ("still_owed", "和台账不一样，台账上是 403,300.00。"),
        ("addressees/0/demanded", "和台账不一样，台账上是 403,300.00。"),
    ]
    assert risk.post(address, said | {"noticed": asks.context["noticed"]}).status_code == 302
    paper = Paper.objects.get(state="handed_in")
    page = risk.get(f"/papers/{paper.pk}/").content.decode()
    assert page.count("台账上是 403,300.00") == 4  # said of the form as a whole and beside each figure
    back = {"addressees/0/demanded": "403300", "still_owed": "403300", "reason": "写错了"}
    assert risk.post(f"/papers/{paper.pk}/correct/", paper.values | back).status_code == 302
    second = Paper.objects.get(state="handed_in")
    assert (second.edition, [name for name in second.values if name.endswith("/register")]) == (2, [])


def test_who_corrects_a_form_does_not_become_who_filled_it(company) -> None:
    duty, risk = the_duty("recovery-notice", "C2"), browser_of("丁")
    assert risk.post(f"/duties/{duty.pk}/form/", notice()).status_code == 302
    paper = Paper.objects.get(state="handed_in")
    form = form_of(duty)
    said = shown(paper.values, paper.numbers) | {"letter_remark": "补一笔"}
    typed = checked(form, said, today=DAY, opens=None)
    made = correct_filed(paper, duty, form, typed, by=Actor("甲", "test"), at=NOW, reason="补一笔")
    assert made.values["sent_by"] == "丁某"


def test_who_signs_a_recovery_plan_sees_what_was_paid_and_every_step(company) -> None:
    duty, risk = the_duty("recovery-plan", "C2"), browser_of("丁")
    address = f"/duties/{duty.pk}/form/"
    begun = values_on(risk.get(address).content.decode())
    assert (begun["claims/0/debtor"], begun["claims/0/claim_amount"]) == ("张三", "403300.00")
    words = {one.name: "写明了" for one in form_of(duty).fields if one.required and one.kind is Kind.LONG}
    kinds = {f"claims/{row}/claim_kind": "保证" for row in range(2)}
    step = {"actions/0/action": "起诉", "actions/0/person": "丁", "actions/0/target": "200000"}
    past = risk.post(address, begun | words | kinds | step | {"actions/0/until": "2026-11-01"})
    assert past.status_code == 422
    answer = risk.post(address, begun | words | kinds | step | {"actions/0/until": "2026-12-31"})
    assert answer.status_code == 302
    points = {one.label: one.texts for one in gist_of(matter_of(duty).content)["points"]}
    assert points["涉及金额"] == (
        "代偿本金：450,000.00 元", "代偿利息：3,000.00 元", "罚息：200.00 元", "费用：100.00 元",
    )  # fmt: skip
    assert points["步骤"] == ("起诉 · 丁某（丁） · 2026-12-31 · 200,000.00",)


def test_a_correction_keeps_what_was_right_then_and_compares_only_what_it_says_otherwise(company) -> None:
    duty, risk = the_duty("recovery-notice", "C2"), browser_of("丁")
    assert risk.post(f"/duties/{duty.pk}/form/", notice()).status_code == 302
    paper = Paper.objects.get(state="handed_in")
    client = standing(homes()["party"]).get(title="张三").key
    correct("party", client, {"title": "张三丰"}, by=BY, at=NOW, day=DAY, reason="改名")
    back = {
        "key": "Z2",
        "action_no": "Z2",
        "compensation": "DC1",
        "kind": "settlement",
        "on_day": DAY,
        "recovered": 10_000_000,
    }
    enter("recovery_action", back, by=BY, at=NOW, day=DAY)
    assert owed_in(RECOURSE, about_of(duty), DAY)["still_owed"] == "303300.00"
    typed = paper.values | {"letter_remark": "补一句", "reason": "漏写"}
    assert risk.post(f"/papers/{paper.pk}/correct/", typed).status_code == 302
    second = Paper.objects.get(state="handed_in")
    assert (second.values["client"], second.values["still_owed"]) == ("张三", "403300.00")
    assert [name for name in second.values if name.endswith("/register")] == []
    typed = second.values | {"still_owed": "500000", "reason": "再改"}
    assert risk.post(f"/papers/{second.pk}/correct/", typed).status_code == 302
    third = Paper.objects.get(state="handed_in")
    told = {name: text for name, text in third.values.items() if name.endswith("/register")}
    assert told == {"still_owed/register": "303300.00"}


def test_a_colleague_who_left_stays_in_the_plan_that_named_him(company) -> None:
    duty = the_duty("recovery-plan", "C2")
    form = form_of(duty)
    typed = {one.name: "写明了" for one in form.fields if one.required and one.kind is Kind.LONG}
    step = {"actions/0/action": "起诉", "actions/0/person": "老王律师", "actions/0/until": "2026-12-31"}
    said = typed | step | {"first_duty": "丁", "proposed_day": DAY.isoformat(), "proposed_by": "丁某"}
    assert [one.code for one in checked(form, said, today=DAY, opens=None).faults] == ["no-colleague"]
    assert checked(form, said, today=DAY, opens=None, before={"actions/0/person": "老王律师"}).faults == ()
