"""The steps of a contract: from which states, what they ask, what follows; on record, and its duties follow at once."""

import re
from datetime import date, timedelta
from decimal import Decimal
from types import SimpleNamespace

import pytest
from django.utils import translation
from tests_cast import BY, DAY, NOW, PASSWORD, browser_of, guarantee_alone, words_of

from daihou.book import declared, domains
from daihou.dayend.acts import run_day
from daihou.duties.models import Duty
from daihou.ledger.acts import RowRefusedError, correct, enter
from daihou.ledger.owing import BALANCES, arrears_among
from daihou.ledger.refusals import refusal
from daihou.ledger.steps import STEPS, steps_from, take_step
from daihou.people.acts import open_accounts
from daihou.people.decided import steps_open_to
from daihou.policy import books
from daihou.registers.kept import homes, standing
from daihou.trail.acts import Actor
from daihou.trail.models import Event
from daihou.web import gate

DISBURSED, MATURES = date(2026, 11, 20), date(2027, 11, 20)
A_MILLION = 100_000_000  # fen


def contract():
    return standing(homes()["contract"]).get(key="C1")


def stand(**said) -> None:
    """Have the contract stand so."""
    correct("contract", "C1", said, by=BY, at=NOW, day=DAY, reason="备料")


def took(step: str, reason: str = "", by: Actor = BY, **said) -> str:
    """The state that a step leads to, or why it was refused."""
    try:
        take_step("C1", step, said, by=by, at=NOW, day=DAY, reason=reason)
    except RowRefusedError as refused:
        return refused.code
    return contract().status


LEADS = [
    # from                   step          what is said                                     becomes
    ("awaiting_disbursement", "disburse", {"disbursed_day": DISBURSED, "maturity_day": MATURES}, "in_guarantee"),
    ("awaiting_disbursement", "disburse", {"disbursed_day": DISBURSED}, "value-missing"),
    ("awaiting_disbursement", "disburse", {"disbursed_day": DISBURSED, "maturity_day": DISBURSED}, "maturity-not-later"),
    ("awaiting_disbursement", "settle", {"settled_day": DAY}, "step-not-now"),
    ("awaiting_disbursement", "cancel", {}, "withdrawn_contract"),
    ("in_guarantee", "cancel", {}, "step-not-now"),
    ("in_guarantee", "disburse", {"disbursed_day": DISBURSED, "maturity_day": MATURES}, "step-not-now"),
    ("in_guarantee", "extend", {"maturity_day": date(2027, 11, 11)}, "in_guarantee"),
    ("in_guarantee", "extend", {"maturity_day": date(2027, 11, 10)}, "maturity-not-later"),
    ("in_guarantee", "compensate", {}, "value-missing"),
    ("in_guarantee", "compensate", {"value_day": DAY, "principal": A_MILLION, "interest": 0}, "compensated"),
    ("in_guarantee", "compensate", {"value_day": DAY, "principal": A_MILLION - 1, "interest": 0}, "in_guarantee"),
    ("in_guarantee", "compensate", {"value_day": DAY, "principal": 0, "interest": 0}, "amount-nothing"),
    ("in_guarantee", "compensate", {"value_day": date(2026, 11, 24), "principal": 5, "interest": 0}, "day-ahead"),
    ("in_guarantee", "compensate", {"value_day": date(2026, 11, 9), "principal": 5, "interest": 0}, "before-disbursement"),
    ("in_guarantee", "compensate", {"value_day": DAY, "principal": A_MILLION + 1, "interest": 0}, "exceeds-owing"),
    ("in_guarantee", "compensate", {"value_day": DAY, "principal": 5, "interest": A_MILLION + 1}, "exceeds-owing"),
    ("in_guarantee", "settle", {"settled_day": DAY}, "released"),
    ("in_guarantee", "settle", {"settled_day": date(2026, 11, 9)}, "before-disbursement"),
    ("in_guarantee", "settle", {"settled_day": date(2026, 11, 24)}, "day-ahead"),
    ("in_guarantee", "write-off", {"written_off_day": DAY, "loss_written_off": 1}, "step-not-now"),
    ("on_loan", "settle", {"settled_day": DAY}, "settled"),
    ("on_loan", "write-off", {"written_off_day": DAY, "loss_written_off": 1, "reason": "董事会"}, "written_off"),
    ("on_loan", "write-off", {"written_off_day": DAY, "loss_written_off": 1}, "reason-missing"),
    ("on_loan", "write-off", {"written_off_day": DAY, "loss_written_off": 0, "reason": "董事会"}, "amount-nothing"),
    ("on_loan", "write-off", {"written_off_day": DAY, "loss_written_off": A_MILLION + 1, "reason": "董事会"}, "exceeds-owing"),
    ("compensated", "settle", {"settled_day": DAY}, "compensated_release"),
    ("compensated", "write-off", {"written_off_day": DAY, "loss_written_off": 1, "reason": "董事会"}, "written_off"),
    ("released", "extend", {"maturity_day": MATURES}, "step-not-now"),
    ("on_loan", "compensate", {"value_day": DAY, "principal": A_MILLION, "interest": 0}, "step-of-others"),
]  # fmt: skip


@pytest.mark.parametrize(("state", "step", "said", "becomes"), LEADS)
def test_a_step_leads_from_its_states_to_the_next(company, state, step, said, becomes) -> None:
    if state != "in_guarantee":
        stand(status=state)
    assert took(step, **said) == becomes


def test_every_state_and_step_is_known_and_named() -> None:
    states = domains()[declared()["contract"].columns["status"].enum]
    assert set().union(*(one.starts for one in STEPS.values())) <= set(states)
    rows = [SimpleNamespace(status=state, business_line="car_loan", funding="bank_funds") for state in states]
    assert {one for row in rows for one in steps_from(row)} == set(STEPS.values())
    assert all(one.title == one.word for one in STEPS.values())
    with translation.override("en"):
        assert all(re.fullmatch("[A-Z][a-z ]+", one.title) for one in STEPS.values())
    assert all(column in declared()[one.table].columns for one in STEPS.values() for column in one.told)
    assert steps_open_to().keys() == STEPS.keys()


def test_balances_begin_with_the_amount_less_the_shares_of_others_and_end_with_nothing(company) -> None:
    stand(status="awaiting_disbursement", bank_share=Decimal(20), re_guarantee_share=Decimal("33.333333"))
    took("disburse", disbursed_day=DISBURSED, maturity_day=MATURES)
    held = contract()
    assert (held.principal_balance, held.nominal_balance) == (A_MILLION, A_MILLION)
    assert (held.outstanding_balance, held.liability_balance) == (80_000_000, 46_666_667)
    assert took("settle", settled_day=DAY) == "balance-owing"
    stand(principal_balance=0)
    took("settle", settled_day=DAY)
    held = contract()
    assert (
        held.principal_balance,
        held.nominal_balance,
        held.outstanding_balance,
        held.liability_balance,
    ) == (0,) * 4


def test_an_extension_is_counted_and_told_balances_are_kept(company) -> None:
    stand(status="awaiting_disbursement", principal_balance=5)
    took("disburse", disbursed_day=DISBURSED, maturity_day=MATURES)
    took("extend", maturity_day=MATURES + timedelta(30))
    held = contract()
    assert (held.principal_balance, held.extensions, held.maturity_day) == (5, 1, MATURES + timedelta(30))


def test_an_extension_moves_the_drawdowns_that_mature_with_the_contract(company) -> None:
    matures = contract().maturity_day
    note = {
        "contract": "C1",
        "facility": "working_capital_loan",
        "amount": 5,
        "disbursed_day": DISBURSED,
        "extensions": 0,
    }
    for key, more in (
        ("N1", {"maturity_day": matures}),
        ("N2", {"maturity_day": matures - timedelta(1)}),
        ("N3", {"maturity_day": matures, "settled_day": DAY}),
    ):
        enter("loan_note", {"key": key, "loan_note_no": key, **note, **more}, by=BY, at=NOW, day=DAY)
    took("extend", maturity_day=matures + timedelta(30))
    notes = standing(homes()["loan_note"]).order_by("key").values_list("key", "maturity_day", "extensions")
    assert list(notes) == [
        ("N1", matures + timedelta(30), 1),
        ("N2", matures - timedelta(1), 0),
        ("N3", matures, 0),
    ]


def test_the_page_of_an_extension_says_what_moves_and_what_does_not(company, monkeypatch) -> None:
    guarantee_alone(monkeypatch)
    monkeypatch.setattr(gate, "today", lambda: DAY)
    open_accounts([("乙", "乙")], PASSWORD, by=BY, at=NOW, sample=True)
    instalment(1, date(2026, 12, 20))
    page = words_of(browser_of("乙").get("/contracts/C1/step/extend/"))
    assert "最后一期改到新的到期日（1 期，原来 2026-12-20）" in page
    assert "已经过了应还日的各期留在原来的日子，照样算逾期" in page
    assert "一起展期" not in page, "it has no drawdowns"
    assert "/registers/instalment/?of.contract=C1" in page
    said = {"maturity_day": "2027-12-20"}
    asked = words_of(browser_of("乙").post("/contracts/C1/step/extend/", {**said, "plan": ""}))
    assert "请选还款计划怎么跟着变" in asked
    assert contract().maturity_day == date(2027, 11, 10)
    told = browser_of("乙").post("/contracts/C1/step/extend/", {**said, "plan": "last"}, follow=True)
    assert due_days() == {1: date(2027, 12, 20)}
    assert "已办：展期，合同 C1" in words_of(told)
    assert "不符" not in words_of(told), "an extension is held against no term"


def due_days() -> dict[int, date]:
    rows = standing(homes()["instalment"]).filter(contract="C1").order_by("instalment_no")
    return dict(rows.values_list("instalment_no", "due_day"))


PLAN = {1: date(2026, 10, 10), 2: date(2026, 11, 10), 3: date(2027, 1, 31), 4: date(2027, 11, 10)}
"""The first is paid off, the second in arrears."""


@pytest.mark.parametrize(
    ("plan", "until", "due"),
    [
        pytest.param("stays", date(2028, 2, 10), {}, id="it stays"),
        pytest.param("last", date(2028, 2, 10), {4: date(2028, 2, 10)}, id="the last matures with the contract"),
        pytest.param("later", date(2028, 2, 10), {3: date(2027, 4, 30), 4: date(2028, 2, 10)}, id="what is to come, by whole months"),
        pytest.param("later", date(2027, 11, 25), {3: date(2027, 2, 15), 4: date(2027, 11, 25)}, id="what is to come, by days"),
    ],
)  # fmt: skip
def test_the_plan_follows_an_extension_as_it_is_said_and_arrears_stay(company, plan, until, due) -> None:
    for number, day in PLAN.items():
        instalment(
            number,
            day,
            **({"paid_off_day": day, "paid_amount": 1_000, "last_paid_day": day} if number == 1 else {}),
        )
    before = Event.objects.count()
    assert took("extend", maturity_day=until, plan=plan) == "in_guarantee"
    assert due_days() == {**PLAN, **due}
    assert Event.objects.count() - before == (2 if due else 1), (
        "one for the contract, one for all instalments"
    )


def test_a_plan_of_which_nothing_is_to_come_cannot_follow(company) -> None:
    instalment(1, date(2026, 11, 10))
    later = date(2028, 2, 10)
    assert took("extend", maturity_day=later, plan="last") == "plan-none-to-come"
    assert took("extend", maturity_day=later, plan="somehow") == "plan-way"
    assert contract().extensions == 0, "nothing is half done"
    assert took("extend", maturity_day=later) == "in_guarantee"


def test_more_than_the_creditor_demands_is_paid_only_with_a_word(company) -> None:
    demand = {"key": "YQ1", "demand_no": "YQ1", "contract": "C1", "received_day": DAY, "amount": 5_100}
    enter("compensation_demand", demand, by=BY, at=NOW, day=DAY)
    said = {"value_day": DAY, "principal": 5_000, "interest": 101}
    assert took("compensate", **said) == "exceeds-demand"
    assert took("compensate", reason="银行补来利息清单", **said) == "in_guarantee"


def test_a_balance_of_nothing_before_the_disbursement_begins_with_the_amount(company) -> None:
    stand(status="awaiting_disbursement", principal_balance=0, outstanding_balance=0, liability_balance=0)
    took("disburse", disbursed_day=DISBURSED, maturity_day=MATURES)
    held = contract()
    assert {getattr(held, name) for name in BALANCES} == {A_MILLION}


def instalment(number: int, due: date, *, interest: int = 100, **paid) -> None:
    """One instalment of a thousand fen."""
    said = {
        "key": f"C1/{number}",
        "contract": "C1",
        "instalment_no": number,
        "due_day": due,
        "due_amount": 1_000,
        "due_interest": interest,
    }
    enter("instalment", {**said, **paid}, by=BY, at=NOW, day=DAY)  # fmt: skip


def paid_off() -> None:
    """The first instalment is paid in full."""
    said = {"paid_amount": 1_000, "paid_off_day": DAY}
    correct("instalment", "C1/1", said, by=BY, at=NOW, day=DAY, reason="还清")


def test_nothing_is_settled_while_the_plan_or_the_balance_is_owing(company) -> None:
    stand(status="on_loan", business_line="loan")
    instalment(1, date(2026, 11, 20), paid_amount=400, last_paid_day=DAY)
    instalment(2, date(2026, 12, 20))
    with pytest.raises(RowRefusedError) as refused:
        take_step("C1", "settle", {"settled_day": DAY}, by=BY, at=NOW, day=DAY)
    assert (refused.value.code, refused.value.said) == ("balance-owing", {"owing": "16.00"})
    assert "16.00" in refusal(refused.value)
    stand(principal_balance=0)  # paid back early: what is due later is not owed any more, what was due is
    with pytest.raises(RowRefusedError) as refused:
        take_step("C1", "settle", {"settled_day": DAY}, by=BY, at=NOW, day=DAY)
    assert (refused.value.code, refused.value.said) == ("plan-owing", {"owing": "6.00"})
    paid_off()
    assert took("settle", settled_day=DAY) == "paid-early", (
        "the plan goes on: how is it known that nothing is owed?"
    )
    assert took("settle", "银行结清证明 12 号", settled_day=DAY) == "settled"
    late = arrears_among(standing(homes()["instalment"]), date(2027, 3, 1))
    assert late.number == 0, "what a plan asks after it was paid back is not behind"


def test_a_loan_is_written_off_with_its_whole_balance_and_no_more_than_is_owing(company) -> None:
    stand(status="on_loan", business_line="loan", principal_balance=5_000)
    instalment(1, date(2026, 11, 20))
    written = {"written_off_day": DAY, "reason": "董事会决议"}
    assert took("write-off", loss_written_off=1, **written) == "loss-below-balance"
    assert took("write-off", loss_written_off=5_101, **written) == "exceeds-owing"
    assert (
        took("write-off", loss_written_off=5_100, **written) == "written_off"
    )  # and the interest that fell due


@pytest.mark.covers("P17-16")
def test_a_micro_loan_is_extended_only_after_its_interest_came_in(company) -> None:
    stand(status="on_loan", business_line="micro_loan")
    instalment(1, date(2026, 11, 20), paid_amount=900, paid_principal=900, last_paid_day=DAY)
    assert took("extend", maturity_day=MATURES) == "interest-owing"
    paid_off()
    assert took("extend", maturity_day=MATURES) == "on_loan"


def test_a_compensation_enters_its_payment_and_is_released_when_its_principal_is_back(company) -> None:
    demand = {"key": "YQ1", "demand_no": "YQ1", "contract": "C1", "received_day": DAY}
    enter("compensation_demand", demand, by=BY, at=NOW, day=DAY)
    stand(principal_balance=5_000, nominal_balance=9_000, outstanding_balance=4_000, liability_balance=3_000)
    paid = {"value_day": DAY, "principal": 5_000, "interest": 100, "expense": 10}
    assert took("compensate", **paid) == "compensated"
    assert {getattr(contract(), name) for name in BALANCES} == {0}, "nothing is answered for any more"
    (row,) = standing(homes()["compensation"])
    assert (row.contract, row.value_day, row.principal, row.interest, row.expense) == (
        "C1",
        DAY,
        5_000,
        100,
        10,
    )
    assert row.compensation_demand == "YQ1"
    assert took("settle", settled_day=DAY) == "compensation-owing"
    assert took("write-off", written_off_day=DAY, loss_written_off=5_111, reason="董事会") == "exceeds-owing"
    action = {
        "key": "ZC1", "action_no": "ZC1", "compensation": row.key, "kind": "settlement", "on_day": DAY, "recovered": 5_000,
    }  # fmt: skip
    enter("recovery_action", action, by=BY, at=NOW, day=DAY)
    assert took("settle", settled_day=DAY) == "compensation-waived"
    assert took("settle", settled_day=DAY, reason="和解书 3 号，利息免收") == "compensated_release"


def test_a_part_that_is_paid_leaves_the_guarantee_standing_for_the_rest(company) -> None:
    stand(principal_balance=9_000, nominal_balance=9_000, outstanding_balance=7_200, liability_balance=3_601)
    assert took("compensate", value_day=DAY, principal=3_000, interest=100) == "in_guarantee"
    held = contract()
    assert [getattr(held, name) for name in BALANCES] == [6_000, 6_000, 4_800, 2_401]
    assert took("settle", settled_day=DAY) == "compensation-owing", (
        "what was paid for the client is got back first"
    )
    action = {"key": "ZC1", "action_no": "ZC1", "compensation": standing(homes()["compensation"]).get().key, "kind": "settlement", "on_day": DAY, "recovered": 3_100}  # fmt: skip
    enter("recovery_action", action, by=BY, at=NOW, day=DAY)
    assert took("settle", settled_day=DAY) == "balance-owing"
    stand(principal_balance=0)
    assert took("settle", settled_day=DAY) == "compensated_release"


def test_the_whole_is_paid_in_two_parts_or_by_a_payment_that_stands_already(company) -> None:
    stand(status="in_guarantee", principal_balance=None)
    row = {"key": "DC1", "compensation_no": "DC1", "contract": "C1", "value_day": DAY, "principal": A_MILLION, "interest": 0}  # fmt: skip
    enter("compensation", row, by=BY, at=NOW, day=DAY)
    assert took("compensate", value_day=DAY, principal=A_MILLION, interest=0) == "compensated"


def test_a_payment_that_was_entered_before_is_not_entered_twice(company) -> None:
    row = {
        "key": "DC1", "compensation_no": "DC1", "contract": "C1", "value_day": DAY, "principal": 5_000, "interest": 100,
    }  # fmt: skip
    enter("compensation", row, by=BY, at=NOW, day=DAY)
    stand(principal_balance=5_000)
    assert took("compensate", value_day=DAY, principal=4_000, interest=100) == "paid-otherwise"
    assert took("compensate", value_day=DAY, principal=5_000, interest=100) == "compensated"
    assert standing(homes()["compensation"]).count() == 1


MAY = [
    # step        who may, who may not
    ("settle", "甲乙", "丁己戊"),
    ("extend", "乙丁", "甲己戊"),
    ("compensate", "乙丁", "甲己戊"),
    ("write-off", "丁", "甲乙己戊辛"),
]


@pytest.mark.parametrize(("step", "may", "may_not"), MAY)
def test_a_step_is_for_its_posts_in_the_act_and_on_screen(company, monkeypatch, step, may, may_not) -> None:
    monkeypatch.setattr(gate, "today", lambda: DAY)
    open_accounts([(one, one) for one in may + may_not], PASSWORD, by=BY, at=NOW, sample=True)
    stand(status="compensated" if step == "write-off" else "in_guarantee")
    for one in may:
        assert took(step, by=Actor(one)) == "value-missing"
        assert browser_of(one).get(f"/contracts/C1/step/{step}/").status_code == 200
        assert (
            f"/contracts/C1/step/{step}/"
            in browser_of(one).get("/registers/contract/row/C1/").content.decode()
        )
    for one in may_not:
        assert took(step, by=Actor(one)) == "step-not-yours"
        assert browser_of(one).get(f"/contracts/C1/step/{step}/").status_code in {403, 404}
        assert f"/step/{step}/" not in browser_of(one).get("/registers/contract/row/C1/").content.decode()


def test_a_compensation_on_screen_says_its_faults_beside_the_field(company, monkeypatch) -> None:
    guarantee_alone(monkeypatch)
    monkeypatch.setattr(gate, "today", lambda: DAY)
    open_accounts([("丁", "丁")], PASSWORD, by=BY, at=NOW, sample=True)
    risk, address = browser_of("丁"), "/contracts/C1/step/compensate/"
    assert risk.get(address).context["form"]["value_day"].value() == DAY.isoformat()
    assert risk.post(address, {}).context["form"].errors.keys() == {"value_day", "principal", "interest"}
    said = {"value_day": DAY.isoformat(), "principal": "100万元", "interest": "0"}
    assert risk.post(address, {**said, "principal": "-5"}).context["form"].errors.keys() == {"principal"}
    over = risk.post(address, {**said, "principal": "1000000.01"}).context["form"].errors
    assert over.keys() == {"principal"}
    assert "1,000,000.00" in over["principal"][0]
    answer = risk.post(address, said)
    assert (answer.status_code, contract().status) == (302, "compensated")
    assert standing(homes()["compensation"]).get().principal == A_MILLION


def test_a_step_on_screen_is_on_record_with_its_name_and_ends_the_duties(company, monkeypatch) -> None:
    guarantee_alone(monkeypatch)
    monkeypatch.setattr(gate, "today", lambda: DAY)
    run_day(DAY, by=BY, at=NOW)
    open_accounts([(one, one) for one in "甲己"], PASSWORD, by=BY, at=NOW, sample=True)
    manager, auditor = browser_of("甲"), browser_of("己")
    page = manager.get("/registers/contract/row/C1/").content.decode()
    assert "/contracts/C1/step/settle/" in page
    assert "/contracts/C1/step/disburse/" not in page
    assert "/step/" not in auditor.get("/registers/contract/row/C1/").content.decode()
    assert auditor.get("/contracts/C1/step/settle/").status_code == 403
    assert manager.get("/contracts/C1/step/nonsense/").status_code == 404
    assert f'value="{DAY.isoformat()}"' in manager.get("/contracts/C1/step/settle/").content.decode()
    wrong = manager.post("/contracts/C1/step/settle/", {"settled_day": "2026-11-09"})
    assert wrong.context["form"].errors.keys() == {"settled_day"}
    assert manager.post("/contracts/C1/step/settle/", {"settled_day": ""}).context["form"].errors.keys() == {
        "settled_day"
    }
    ahead = manager.post("/contracts/C1/step/settle/", {"settled_day": (DAY + timedelta(1)).isoformat()})
    assert ahead.context["form"].errors.keys() == {"settled_day"}
    assert contract().status == "in_guarantee"
    before = Duty.objects.get(rule="fund-use-check", object="C1")
    assert before.withdrawn_on is None
    answer = manager.post(
        "/contracts/C1/step/settle/", {"settled_day": DAY.isoformat(), "reason": "客户提前还款"}
    )
    assert answer.status_code == 302, answer.content.decode()
    assert (contract().status, contract().settled_day) == ("released", DAY)
    event = Event.objects.filter(kind="contract", act="correct").latest("number")
    assert (event.by, event.reason) == ("甲", "结清或解保：客户提前还款")
    assert (
        manager.get("/contracts/C1/step/settle/", follow=True).status_code == 200
    )  # told that it is not so any more


@pytest.mark.covers("P02-01")
def test_post_loan_work_runs_from_the_disbursement_until_everything_is_back(company, monkeypatch) -> None:
    guarantee_alone(monkeypatch)
    monkeypatch.setitem(books.BOOKS_BY_KIND, "guarantee_company", ("finance",))
    stand(business_line="loan", loan_type="other", status="awaiting_disbursement", disbursed_day=None)

    def waiting() -> set[str]:
        run_day(DAY, by=BY, at=NOW)
        found = Duty.objects.filter(
            contract="C1", withdrawn_on__isnull=True, state__in=["not_yet", "open", "overdue"]
        )
        return set(found.values_list("rule", flat=True))

    assert waiting() == set()
    took("disburse", disbursed_day=date(2026, 10, 1), maturity_day=MATURES)
    assert "routine-check" in waiting()
    stand(principal_balance=0)
    took("settle", settled_day=DAY)
    assert waiting() == {"loan-use-check-contract"}, "what was not looked at in time is late to the last day"


@pytest.mark.parametrize(("funding", "becomes"), [("bank_funds", "compensated"), (None, "compensated"), ("own_funds", "step-of-others")])  # fmt: skip
def test_a_banks_car_loan_is_paid_for_by_the_company_that_stands_in_for_it(company, funding, becomes) -> None:
    stand(status="on_loan", business_line="car_loan", funding=funding, principal_balance=5_000)
    assert ("compensate" in [one.id for one in steps_from(contract())]) == (becomes == "compensated")
    assert took("compensate", value_day=DAY, principal=5_000, interest=0) == becomes


def test_a_step_that_cannot_be_taken_says_from_which_states_it_can(company) -> None:
    stand(status="released")
    with pytest.raises(RowRefusedError) as refused:
        take_step("C1", "extend", {"maturity_day": MATURES}, by=BY, at=NOW, day=DAY)
    assert refusal(refused.value) == "这份合同现在是“解保”，“展期”只能在这些状态办：在保、在贷。"
