"""Entry and correction by form: the checks of a file beside the fields, the bounds of the writer, the duty that follows."""

import re
from datetime import date

import pytest
from django.test import Client
from tests_cast import BY, DAY, NOW, PASSWORD, browser_of, guarantee_alone, words_of

from daihou.dayend.acts import run_day
from daihou.dayend.asking import correct_asked, enter_asked
from daihou.duties.models import Duty
from daihou.ledger.acts import RowRefusedError, correct, enter
from daihou.ledger.refusals import refusal
from daihou.people.acts import open_accounts
from daihou.registers.kept import homes, standing
from daihou.registers.rows import stands
from daihou.registers.sealing import seals
from daihou.trail.models import Event
from daihou.web import gate

ZHANG = "510000199803180019"
INSPECTION = {
    "visit_no": "ZF1", "contract": "C1", "kind": "用途", "client": "张三", "inspected_day": "2026-11-20", "result": "完成",
    "urgent": "否",
}  # fmt: skip


@pytest.fixture(autouse=True)
def small(monkeypatch):
    """One rulebook, and the day of the cast."""
    guarantee_alone(monkeypatch)
    monkeypatch.setattr(gate, "today", lambda: DAY)


@pytest.fixture
def log_in(company):
    """A browser of one member of the cast."""
    open_accounts([(one, one) for one in "甲乙丙丁戊己辛"], PASSWORD, by=BY, at=NOW, sample=True)

    return browser_of


def faults_of(answer) -> dict[str, list[str]]:
    return {name: list(said) for name, said in answer.context["form"].errors.items()}


@pytest.mark.covers("P02-03")
def test_a_manager_enters_an_inspection_by_the_names_of_client_and_colleague(log_in) -> None:
    answer = log_in("甲").post("/registers/inspection/new/", {**INSPECTION, "inspected_by": "甲某（甲）"})
    assert answer.status_code == 302, faults_of(answer)
    (row,) = standing(homes()["inspection"])
    assert (row.contract, row.client, row.inspected_by, row.kind) == (
        "C1",
        seals().mark(ZHANG),
        "甲",
        "purpose",
    )
    event = Event.objects.latest("number")
    assert (event.act, event.kind, event.by, ZHANG in str(event.after)) == (
        "enter",
        "inspection",
        "甲",
        False,
    )


@pytest.mark.parametrize(
    ("said", "field", "because"),
    [
        ({"visit_no": ""}, "visit_no", "空着"),
        ({"contract": "C9"}, "contract", "没有"),
        ({"client": "王五"}, "client", "没有"),
        ({"inspected_day": "昨天"}, "inspected_day", "日期"),
        ({"inventory": "-5"}, "inventory", "负"),
        ({"days_idle": "三点五"}, "days_idle", "数"),
        ({"inspected_by": "无此人"}, "inspected_by", "没有"),
    ],
)
def test_what_a_file_would_be_refused_for_is_said_beside_the_field(log_in, said, field, because) -> None:
    client = log_in("甲")
    events = Event.objects.count()
    answer = client.post("/registers/inspection/new/", {**INSPECTION, **said})
    assert answer.status_code == 200
    found = faults_of(answer)
    assert list(found) == [field], found
    assert because in found[field][0]
    assert (Event.objects.count(), standing(homes()["inspection"]).count()) == (events, 0)


def test_the_same_row_twice_is_refused_with_the_way_out(log_in) -> None:
    client = log_in("甲")
    client.post("/registers/inspection/new/", INSPECTION)
    answer = client.post("/registers/inspection/new/", INSPECTION)
    assert "更正" in faults_of(answer)["__all__"][0]
    assert standing(homes()["inspection"]).count() == 1


def test_a_manager_of_another_branch_can_neither_name_nor_write_what_he_does_not_see(log_in) -> None:
    client = log_in("丙")
    answer = client.post("/registers/inspection/new/", INSPECTION)
    assert answer.status_code == 200
    assert standing(homes()["inspection"]).count() == 0
    offered = client.get("/registers/party/choices/?from=client&client=张").content.decode()
    assert "张三" not in offered
    assert client.get("/registers/contract/row/C1/correct/").status_code == 404
    assert client.post("/registers/contract/row/C1/void/", {"reason": "试"}).status_code == 404


def test_a_post_that_does_not_enter_a_register_is_shown_no_form(log_in) -> None:
    client = log_in("辛")  # the general manager reads all and enters nothing
    assert client.get("/registers/inspection/new/").status_code == 403
    assert client.post("/registers/inspection/new/", INSPECTION).status_code == 403
    assert "登记一条" not in client.get("/registers/inspection/").content.decode()


@pytest.mark.parametrize(
    ("table", "typed", "found"),
    [
        ("party", "zs", "张三（*0019）"),
        ("party", "0019", "张三（*0019）"),
        ("party", "510000199803180019", "张三（*0019）"),
        ("party", "dcsp", "东城食品有限公司（91510000100000000L）"),
        ("contract", "zs", "C1"),
        ("employee", "乙", "乙某（乙）"),
    ],
)
def test_choices_are_found_by_what_a_search_finds(log_in, table, typed, found) -> None:
    offered = log_in("辛").get(f"/registers/{table}/choices/", {"from": "x", "x": typed}).content.decode()
    assert f'value="{found}"' in offered


def test_choices_name_a_private_person_by_his_last_four(log_in) -> None:
    offered = log_in("甲").get("/registers/party/choices/?from=client&client=张").content.decode()
    assert "张三（*0019）" in offered
    assert ZHANG not in offered


def shown(client: Client, address: str) -> dict[str, str]:
    """What a form shows, as a browser would send it back."""
    form = client.get(address).context["form"]
    return {name: form[name].value() or "" for name in form.fields}


@pytest.mark.covers("P05-23")
def test_a_correction_is_a_new_row_with_its_reason_and_leaves_sealed_numbers_alone(log_in) -> None:
    client = log_in("甲")
    mark = seals().mark(ZHANG)
    address = f"/registers/party/row/{mark}/correct/"
    said = shown(client, address)
    assert said["mobile"] == ""
    assert faults_of(client.post(address, {**said, "city": "青岚"}))["reason"]
    answer = client.post(address, {**said, "city": "青岚", "reason": "搬家"})
    assert answer.status_code == 302, faults_of(answer)
    (row,) = standing(homes()["party"]).filter(key=mark)
    assert (row.city, seals().opened(row.mobile), row.mobile_tail) == ("青岚", "13800000001", "0001")
    assert homes()["party"]._default_manager.filter(key=mark).count() == 2
    assert Event.objects.latest("number").reason == "搬家"


def test_a_correction_that_changes_nothing_is_told_so(log_in) -> None:
    client = log_in("甲")
    address = "/registers/contract/row/C1/correct/"
    answer = client.post(address, {**shown(client, address), "reason": "看看"})
    assert "没有改动" in faults_of(answer)["__all__"][0]


def test_a_row_in_use_is_not_voided_and_one_that_is_free_leaves_the_list(log_in) -> None:
    client = log_in("甲")
    client.post("/registers/inspection/new/", INSPECTION)
    answer = client.post("/registers/contract/row/C1/void/", {"reason": "录错"}, follow=True)
    assert "引用" in answer.content.decode()
    (row,) = standing(homes()["inspection"])
    client.post(f"/registers/inspection/row/{row.key}/void/", {"reason": ""})
    assert standing(homes()["inspection"]).count() == 1
    client.post(f"/registers/inspection/row/{row.key}/void/", {"reason": "录错"})
    assert standing(homes()["inspection"]).count() == 0
    assert Event.objects.filter(act="void", reason="录错").count() == 1


@pytest.mark.covers("P01-05")
def test_a_duty_leads_to_the_form_that_closes_it(log_in) -> None:
    run_day(DAY, by=BY, at=NOW)
    client = log_in("甲")
    duty = Duty.objects.get(rule="fund-use-check", object="C1")
    page = client.get(f"/duties/{duty.pk}/")
    address, table = page.context["to_close"]
    assert table == "inspection"
    said = shown(client, address)
    assert (said["contract"], said["kind"], said["result"], said["client"]) == (
        "C1",
        "用途",
        "完成",
        "张三（*0019）",
    )
    assert said["inspected_by"] == "甲某（甲）"
    answer = client.post(address, {**said, "urgent": "否"})
    assert answer.status_code == 302, faults_of(answer)
    assert answer["Location"] == f"/duties/{duty.pk}/"
    duty.refresh_from_db()
    assert (duty.state, duty.due.day, duty.done) == (
        "late",
        20,
        DAY,
    )  # disbursed on the 10th, ten days, done on the 23rd


def test_a_duty_is_named_though_its_object_and_occurrence_hold_slashes(company) -> None:
    run = run_day(DAY, by=BY, at=NOW)
    Duty.objects.create(
        rule="fund-use-check",
        object="C1/x",
        occurrence="Z1/C1/y",
        table="contract",
        state="open",
        first_run=run,
        last_run=run,
    )
    names = ["fund-use-check/C1/x/Z1/C1/y", "fund-use-check/C1/x/Z1/C1", "no-such-rule/C1/"]
    assert stands("duty", names) == set(names[:1])


@pytest.mark.covers("P13-05")
def test_a_contract_that_is_entered_stands_in_the_register_and_in_the_sums_of_the_same_day(log_in) -> None:
    head, general = log_in("乙"), log_in("辛")
    before = general.get("/overview/").context["portfolio"]
    said = {
        "contract_no": "C7", "client": "张三", "branch": "J2", "account_manager": "甲", "business_line": "担保", "product": "贷款担保",
        "facility": "流动资金贷款", "amount": "300000", "nominal_balance": "300000", "term_months": "12", "disbursed_day": "2026-11-23",
        "maturity_day": "2027-11-23", "status": "在保", "board_approved": "否", "extensions": "0", "risk_class": "1",
    }  # fmt: skip
    answer = head.post("/registers/contract/new/", said)
    assert answer.status_code == 302, faults_of(answer)
    assert "C7" in words_of(head.get("/contracts/"))
    assert standing(homes()["contract"]).get(key="C7").recorded == DAY  # so that a late entry shows as one
    after = general.get("/overview/").context["portfolio"]
    assert (after["number"] - before["number"], (after["nominal"] or 0) - (before["nominal"] or 0)) == (
        1,
        30_000_000,
    )


@pytest.mark.parametrize(
    ("table", "column", "who"),
    [("inspection", "inspected_day", "甲"), ("contact", "on_day", "甲"), ("repayment", "value_day", "丁"), ("cash_count", "on_day", "戊")],
)  # fmt: skip
def test_a_new_row_begins_with_today_as_the_day_on_which_it_happened(log_in, table, column, who) -> None:
    assert shown(log_in(who), f"/registers/{table}/new/")[column] == DAY.isoformat()
    asked = f"/registers/{table}/new/?{column}=2026-11-20"
    assert shown(log_in(who), asked)[column] == "2026-11-20"


@pytest.mark.parametrize("table", ["loan_note", "contract"])
def test_a_day_that_mostly_lies_back_is_not_taken_for_today(log_in, table) -> None:
    assert DAY.isoformat() not in shown(log_in("甲"), f"/registers/{table}/new/").values()


# ------------------------------------------------------------------ payments


PAYMENT = {"transaction_no": "LS1", "contract": "C1", "value_day": "2026-11-20", "amount": "1500"}


def plan() -> None:
    """Two instalments of a thousand yuan, of which a hundred each are interest."""
    for number, due in ((1, "2026-10-10"), (2, "2026-11-10")):
        said = {
            "key": f"C1/{number}", "contract": "C1", "instalment_no": number, "due_day": date.fromisoformat(due), "due_amount": 100_000,
            "due_principal": 90_000, "due_interest": 10_000,
        }  # fmt: skip
        enter("instalment", said, by=BY, at=NOW, day=DAY)


def paid() -> list[tuple[int | None, int | None, bool]]:
    """What stands on each instalment: paid, of it principal, paid off."""
    rows = standing(homes()["instalment"]).order_by("instalment_no")
    return [(row.paid_amount, row.paid_principal, row.paid_off_day is not None) for row in rows]


def test_a_payment_that_is_entered_is_laid_on_the_plan_and_that_is_told(log_in) -> None:
    plan()
    client = log_in("丁")
    answer = client.post("/registers/repayment/new/", PAYMENT, follow=True)
    assert paid() == [(100_000, 90_000, True), (50_000, 40_000, False)]
    assert "记到 1 笔合同的 2 期上" in words_of(answer)
    moved = Event.objects.filter(act="correct", kind="instalment")
    assert [(one.subject, one.reason) for one in moved] == [("C1/1", "还款 LS1"), ("C1/2", "还款 LS1")]
    assert "C1/1" not in {duty.object for duty in Duty.objects.filter(state="overdue")}
    answer = client.post(
        "/registers/repayment/new/",
        {**PAYMENT, "transaction_no": "LS2", "value_day": "2026-11-19", "amount": "600"},
        follow=True,
    )
    assert "多 100.00 元" in words_of(answer), "of an earlier day, and the plan did not tell of it"
    assert paid()[1] == (100_000, 90_000, True)
    answer = client.post("/registers/repayment/row/LS2/void/", {"reason": "重复"}, follow=True)
    assert "记到 1 期供上的也撤回了" in words_of(answer)
    assert paid()[1] == (50_000, 40_000, False)


def test_a_payment_that_is_taken_out_leaves_the_plan_as_it_was_but_for_what_moved_since(log_in) -> None:
    plan()
    client = log_in("丁")
    client.post("/registers/repayment/new/", PAYMENT)
    client.post(
        "/registers/repayment/new/",
        {**PAYMENT, "transaction_no": "LS2", "value_day": "2026-11-21", "amount": "100"},
    )
    told = words_of(client.post("/registers/repayment/row/LS1/void/", {"reason": "登错"}, follow=True))
    assert "记到 1 期供上的也撤回了" in told
    assert "记到过期供 C1/2 上，不会跟着变" in told, "another payment was laid on it since"
    assert paid() == [(None, None, False), (60_000, 50_000, False)]
    assert Event.objects.filter(act="correct", kind="instalment").latest("number").reason == "还款 LS1 作废"


@pytest.mark.parametrize(
    ("said", "column", "because"),
    [
        pytest.param(
            {"amount": "102000.01"}, "amount", "多于现在欠的 2,000.00 元", id="far more than is owed"
        ),
        pytest.param(
            {"value_day": "2026-11-09"}, "value_day", "不能早于放款日", id="before the contract was paid out"
        ),
    ],
)
def test_a_payment_that_cannot_be_is_refused_beside_its_field(log_in, said, column, because) -> None:
    plan()
    answer = log_in("丁").post("/registers/repayment/new/", {**PAYMENT, **said})
    assert because in str(answer.context["form"].errors[column])
    assert not standing(homes()["repayment"]).exists()


def test_a_payment_is_set_right_within_what_was_owed_before_it_came(log_in) -> None:
    plan()
    client, address = log_in("丁"), "/registers/repayment/row/LS1/correct/"
    client.post("/registers/repayment/new/", PAYMENT)
    said = {**client.get(address).context["form"].initial, "reason": "看错一位"}
    answer = client.post(address, {**said, "amount": "150000"})
    assert "多于现在欠的 2,000.00 元" in faults_of(answer)["amount"][0]
    assert standing(homes()["repayment"]).get().amount == 150_000
    assert client.post(address, {**said, "amount": "2000"}).status_code == 302
    assert standing(homes()["repayment"]).get().amount == 200_000


def test_a_little_more_than_is_owed_comes_in_and_is_told(log_in) -> None:
    """Costs of an early settlement, a rounded transfer."""
    plan()
    answer = log_in("丁").post("/registers/repayment/new/", {**PAYMENT, "amount": "2030"}, follow=True)
    assert "多 30.00 元" in words_of(answer)


def test_two_payments_of_one_day_are_both_laid_and_none_twice(log_in) -> None:
    plan()
    client = log_in("丁")
    for number, amount in (("A", "400"), ("B", "500")):
        client.post("/registers/repayment/new/", {**PAYMENT, "transaction_no": number, "amount": amount})
    assert paid() == [(90_000, 80_000, False), (None, None, False)]
    correct(
        "instalment",
        "C1/1",
        {"paid_amount": 100_000, "paid_off_day": DAY},
        by=BY,
        at=NOW,
        day=DAY,
        reason="银行的数",
    )
    third = {**PAYMENT, "transaction_no": "C", "amount": "100"}
    answer = client.post("/registers/repayment/new/", third, follow=True)
    assert paid()[1] == (None, None, False)
    assert "没有再记到期供上" in words_of(answer), "the plan had told of it"


def test_the_next_number_of_a_day_is_none_that_was_used_and_taken_out(log_in) -> None:
    client = log_in("丁")
    offered = []
    for _again in range(2):
        number = client.get("/registers/repayment/new/").context["form"].initial["transaction_no"]
        offered.append(number.rpartition("-")[2])
        client.post("/registers/repayment/new/", {**PAYMENT, "transaction_no": number})
        client.post(f"/registers/repayment/row/{number}/void/", {"reason": "试"})
    assert offered == ["1", "2"]


@pytest.mark.parametrize(
    ("said", "field", "because"),
    [
        ({"amount": "0"}, "amount", "是 0"),
        ({"principal": "1000", "interest": "500.01"}, "amount", "加起来多于"),
        ({"instalment": "C2/1"}, "instalment", "不是“合同”C1 的"),
    ],
)
def test_a_payment_that_makes_no_sense_is_refused_beside_its_field(log_in, said, field, because) -> None:
    plan()
    enter(
        "instalment",
        {"key": "C2/1", "contract": "C2", "instalment_no": 1, "due_day": DAY, "due_amount": 5},
        by=BY, at=NOW, day=DAY,
    )  # fmt: skip
    answer = log_in("丁").post("/registers/repayment/new/", {**PAYMENT, **said})
    assert because in faults_of(answer)[field][0]
    assert not standing(homes()["repayment"]).exists()


BALANCES = ("principal_balance", "nominal_balance", "outstanding_balance", "liability_balance")


def balances(*told: int | None) -> None:
    """Let the register tell balances of C1: principal, nominal, outstanding, liability, in fen."""
    said = dict(zip(BALANCES, told, strict=True))
    correct("contract", "C1", said, by=BY, at=NOW, day=DAY, reason="月末的数", decision=said)


def told_balances() -> list[int | None]:
    """The balances of C1 as they stand."""
    held = standing(homes()["contract"]).get(key="C1")
    return [getattr(held, name) for name in BALANCES]


def test_balances_follow_the_principal_that_a_payment_brings_and_that_is_taken_back(log_in) -> None:
    plan()
    balances(180_000, 180_000, 144_000, 72_001)
    client = log_in("丁")
    answer = client.post("/registers/repayment/new/", PAYMENT, follow=True)
    assert "1 笔合同的余额跟着还款计划变了" in words_of(answer)
    assert told_balances() == [50_000, 50_000, 40_000, 20_000]  # of 1,500 yuan paid, 200 are interest
    answer = client.post("/registers/repayment/row/LS1/void/", {"reason": "重复"}, follow=True)
    assert "1 笔合同的余额跟着还款计划变了" in words_of(answer)
    assert told_balances() == [180_000, 180_000, 144_000, 72_000]
    moved = Event.objects.filter(act="correct", kind="contract", reason__startswith="还款")
    assert list(moved.values_list("reason", flat=True)) == ["还款 LS1", "还款 LS1 作废"]


@pytest.mark.parametrize(
    ("before", "told"),
    [
        pytest.param((179_999, None, None, None), True, id="another figure: somebody's word"),
        pytest.param((0, None, None, None), True, id="nothing is owed, says the register"),
        pytest.param((None, None, None, None), False, id="the register tells none"),
    ],
)
def test_a_balance_that_is_not_its_plans_is_left_alone(log_in, before, told) -> None:
    plan()
    balances(*before)
    answer = words_of(log_in("丁").post("/registers/repayment/new/", PAYMENT, follow=True))
    assert told_balances() == list(before)
    assert ("余额没有跟着变" in answer) is told


def test_of_a_plan_that_does_not_tell_its_principal_no_balance_follows(log_in) -> None:
    plan()
    correct("instalment", "C1/2", {"due_principal": None}, by=BY, at=NOW, day=DAY, reason="没有分开")
    balances(180_000, None, None, None)
    answer = words_of(log_in("丁").post("/registers/repayment/new/", PAYMENT, follow=True))
    assert told_balances()[0] == 180_000
    assert "余额没有跟着变" not in answer


# ------------------------------------------------------------------ what came back of a compensation


def action(**said) -> dict[str, object]:
    """Something that was done to recover what was paid for C1 on the twentieth: a thousand yuan in all."""
    paid = {"key": "DC1", "compensation_no": "DC1", "contract": "C1", "value_day": date(2026, 11, 20), "principal": 90_000, "interest": 10_000}  # fmt: skip
    if not standing(homes()["compensation"]).exists():
        enter("compensation", paid, by=BY, at=NOW, day=DAY)
    return {
        "key": "ZC1",
        "action_no": "ZC1",
        "compensation": "DC1",
        "kind": "settlement",
        "on_day": DAY,
        **said,
    }


def recovered(act) -> str:
    """How an act ends: done, or the code and the column of its refusal."""
    try:
        act()
    except RowRefusedError as refused:
        return f"{refused.code} {refused.key}"
    return "done"


@pytest.mark.parametrize(
    ("said", "ends"),
    [
        pytest.param({"recovered": 200_000}, "done", id="twice what was paid, interest with it"),
        pytest.param({"recovered": 200_001}, "exceeds-paid recovered", id="more than it may have grown to"),
        pytest.param(
            {"on_day": date(2026, 11, 20)}, "done", id="on the day of the payment, nothing came yet"
        ),
        pytest.param(
            {"on_day": date(2026, 11, 19)}, "before-compensation on_day", id="before anything was paid"
        ),
    ],
)
def test_what_comes_back_of_a_compensation_is_bounded_by_what_was_paid(company, said, ends) -> None:
    values = action(**said)
    assert recovered(lambda: enter_asked("recovery_action", values, by=BY, at=NOW, day=DAY)) == ends


def test_what_came_back_is_set_right_within_the_same_bounds(company) -> None:
    for key, came in (("ZC1", 50_000), ("ZC2", 100_000)):
        values = {**action(recovered=came), "key": key, "action_no": key}
        enter_asked("recovery_action", values, by=BY, at=NOW, day=DAY)

    def corrected(came: int) -> str:
        said = {"recovered": came}
        made = {"by": BY, "at": NOW, "day": DAY, "reason": "看错一位"}
        return recovered(lambda: correct_asked("recovery_action", "ZC1", said, **made))

    assert [corrected(came) for came in (100_001, 100_000)] == ["exceeds-paid recovered", "done"]


# ------------------------------------------------------------------ two who correct the same row


def test_who_corrects_what_another_corrected_meanwhile_reads_that_before_he_saves(log_in) -> None:
    client, address = log_in("甲"), "/registers/inspection/row/ZF1/C1/purpose/correct/"
    assert client.post("/registers/inspection/new/", INSPECTION).status_code == 302
    first = {
        **client.get(address).context["form"].initial,
        "seen": str(client.get(address).context["row"].pk),
    }
    client.post(address, {**first, "inventory": "30000", "reason": "核过"})
    late = client.post(address, {**first, "days_idle": "3", "reason": "补记"})
    assert (late.status_code, standing(homes()["inspection"]).get().days_idle) == (200, None)
    (told,) = faults_of(late)["__all__"]
    assert "存货 — → 30,000.00" in told or "存货 — → 30000" in told
    shown = late.context["form"]
    assert (shown["days_idle"].value(), shown["inventory"].value()) == ("3", "30,000.00")
    again = {name: shown[name].value() or "" for name in shown.fields} | {"seen": str(late.context["row"].pk)}
    assert client.post(address, again).status_code == 302
    row = standing(homes()["inspection"]).get()
    assert (row.inventory, row.days_idle) == (3_000_000, 3), "neither lost the other's"


def test_what_is_typed_is_kept_in_the_tab_but_for_personal_numbers(log_in) -> None:
    page = log_in("甲").get("/registers/inspection/new/").content.decode()
    assert 'data-typed=""' in page
    assert "screens/typed" in page
    other = log_in("甲").get("/registers/contact/new/").content.decode()
    assert re.search(r'<input[^>]*name="dialled_number"[^>]*data-unkept', other) or "data-unkept" in other
    assert not re.search(r'<input[^>]*name="visit_no"[^>]*data-unkept', page)
    bound = log_in("甲").post("/registers/inspection/new/", {"visit_no": "ZF9"}).content.decode()
    assert 'data-typed="bound"' in bound


# ------------------------------------------------------------------ files of the archive


@pytest.mark.parametrize(
    ("volume", "lent", "because"),
    [
        pytest.param("C1/basic_volume", "2026-11-20", "已经借出（JY0）", id="somebody has it"),
        pytest.param("C2/basic_volume", "2026-11-20", "还没有移交档案室", id="it was never handed over"),
        pytest.param("C1/basic_volume", "2026-11-10", "还没有移交档案室", id="it was handed over later"),
    ],
)
def test_a_volume_that_the_archive_has_not_is_not_lent(company, volume, lent, because) -> None:
    for contract, handed in (("C1", date(2026, 11, 12)), ("C2", None)):
        said = {
            "key": f"{contract}/basic_volume",
            "contract": contract,
            "volume_kind": "basic_volume",
            "formed_day": date(2026, 11, 2),
        }
        enter("file_volume", {**said, "handed_to_archive_day": handed}, by=BY, at=NOW, day=DAY)
    loan = {
        "file_volume": "C1/basic_volume",
        "borrowed_by": "甲",
        "return_due_day": DAY,
        "given_back_day": None,
    }
    enter(
        "archive_loan",
        {**loan, "key": "JY0", "archive_loan_no": "JY0", "lent_day": date(2026, 11, 13)},
        by=BY,
        at=NOW,
        day=DAY,
    )
    asked = {
        **loan,
        "key": "JY1",
        "archive_loan_no": "JY1",
        "file_volume": volume,
        "lent_day": date.fromisoformat(lent),
    }
    with pytest.raises(RowRefusedError) as refused:
        enter_asked("archive_loan", asked, by=BY, at=NOW, day=DAY)
    assert because in refusal(refused.value)
    correct("archive_loan", "JY0", {"given_back_day": DAY}, by=BY, at=NOW, day=DAY, reason="归还")
    if volume.startswith("C1") and lent == "2026-11-20":
        assert enter_asked("archive_loan", asked, by=BY, at=NOW, day=DAY).key == "JY1"
