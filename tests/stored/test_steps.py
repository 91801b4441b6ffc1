"""The steps of a contract: from which states, what they ask, what follows; on record, and its duties follow at once."""

import re
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.utils import translation
from tests_cast import BY, DAY, NOW, PASSWORD, browser_of, guarantee_alone

from daihou.book import declared, domains
from daihou.dayend.acts import run_day
from daihou.duties.models import Duty
from daihou.ledger.acts import RowRefusedError, correct
from daihou.ledger.steps import STEPS, steps_from, take_step
from daihou.people.acts import open_accounts
from daihou.policy import books
from daihou.registers.kept import homes, standing
from daihou.trail.models import Event
from daihou.web import gate

DISBURSED, MATURES = date(2026, 11, 20), date(2027, 11, 20)
A_MILLION = 100_000_000  # fen


def contract():
    return standing(homes()["contract"]).get(key="C1")


def stand(**said) -> None:
    """Have the contract stand so."""
    correct("contract", "C1", said, by=BY, at=NOW, day=DAY, reason="备料")


def took(step: str, **said) -> str:
    """The state that a step leads to, or why it was refused."""
    try:
        take_step("C1", step, said, by=BY, at=NOW, day=DAY)
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
    ("in_guarantee", "compensate", {}, "compensated"),
    ("in_guarantee", "settle", {"settled_day": DAY}, "released"),
    ("in_guarantee", "settle", {"settled_day": date(2026, 11, 9)}, "before-disbursement"),
    ("in_guarantee", "settle", {"settled_day": date(2026, 11, 24)}, "day-ahead"),
    ("in_guarantee", "write-off", {"written_off_day": DAY, "loss_written_off": 1}, "step-not-now"),
    ("on_loan", "settle", {"settled_day": DAY}, "settled"),
    ("on_loan", "write-off", {"written_off_day": DAY, "loss_written_off": 1}, "written_off"),
    ("compensated", "settle", {"settled_day": DAY}, "compensated_release"),
    ("compensated", "write-off", {"written_off_day": DAY, "loss_written_off": 1}, "written_off"),
    ("released", "extend", {"maturity_day": MATURES}, "step-not-now"),
]  # fmt: skip


@pytest.mark.parametrize(("state", "step", "said", "becomes"), LEADS)
def test_a_step_leads_from_its_states_to_the_next(company, state, step, said, becomes) -> None:
    if state != "in_guarantee":
        stand(status=state)
    assert took(step, **said) == becomes


def test_every_state_and_step_is_known_and_named() -> None:
    states = domains()[declared()["contract"].columns["status"].enum]
    assert set().union(*(one.starts for one in STEPS.values())) <= set(states)
    assert {one for state in states for one in steps_from(state)} == set(STEPS.values())
    assert all(one.title == one.word for one in STEPS.values())
    with translation.override("en"):
        assert all(re.fullmatch("[A-Z][a-z ]+", one.title) for one in STEPS.values())
    assert all(column in declared()["contract"].columns for one in STEPS.values() for column in one.asks)


def test_balances_begin_with_the_amount_less_the_shares_of_others_and_end_with_nothing(company) -> None:
    stand(status="awaiting_disbursement", bank_share=Decimal(20), re_guarantee_share=Decimal("33.333333"))
    took("disburse", disbursed_day=DISBURSED, maturity_day=MATURES)
    held = contract()
    assert (held.principal_balance, held.nominal_balance) == (A_MILLION, A_MILLION)
    assert (held.outstanding_balance, held.liability_balance) == (80_000_000, 46_666_667)
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
    assert (event.by, event.reason) == ("甲", "结清解保：客户提前还款")
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
    took("settle", settled_day=DAY)
    assert waiting() == set()
