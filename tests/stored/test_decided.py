"""What a decision alone changes: refused in correction, shown on the form, open to the posts declared for a slip of the pen; the same by program."""

from datetime import date

import pytest
from tests_cast import BY, DAY, NOW, PASSWORD, browser_of, guarantee_alone

from daihou.book import declared, domains, posts
from daihou.ledger import steps
from daihou.ledger.acts import DecidedElsewhereError, RowRefusedError, correct, enter, void
from daihou.ledger.refusals import refusal
from daihou.papers.reading import forms
from daihou.people import decided
from daihou.people.acts import open_accounts
from daihou.people.decided import DecidedError, decided_columns, slip_columns, steps_open_to
from daihou.registers.kept import homes, standing
from daihou.trail.acts import Actor
from daihou.trail.models import Event
from daihou.web import gate

MANAGER, HEAD, RISK = Actor("甲"), Actor("乙"), Actor("丁")
ADDRESS = "/registers/contract/row/C1/correct/"
WRITING = {"at": NOW, "day": DAY, "reason": "录错"}


@pytest.fixture
def log_in(company, monkeypatch):
    guarantee_alone(monkeypatch)
    monkeypatch.setattr(gate, "today", lambda: DAY)
    open_accounts([(one, one) for one in "甲乙丁己"], PASSWORD, by=BY, at=NOW, sample=True)
    return browser_of


def contract():
    return standing(homes()["contract"]).get(key="C1")


def shown(client, address=ADDRESS) -> dict[str, str]:
    """What a form shows in the fields that a browser sends back."""
    form = client.get(address).context["form"]
    return {name: form[name].value() or "" for name, field in form.fields.items() if not field.disabled}


def refused_to(by: Actor, said: dict[str, object], table: str = "contract", key: str = "C1") -> str | None:
    """The column that a correction was refused for; None where it stands."""
    try:
        correct(table, key, said, by=by, **WRITING)
    except DecidedElsewhereError as error:
        return error.key
    return None


def test_a_class_is_changed_by_its_signers_and_by_no_correction_of_an_account_manager(company) -> None:
    for by in (MANAGER, HEAD, Actor("己"), Actor("庚"), Actor("nobody")):
        assert refused_to(by, {"risk_class": 4}) == "risk_class"
    assert contract().risk_class == 1
    assert refused_to(RISK, {"risk_class": 4}) is None
    assert Event.objects.filter(act="correct", kind="contract").latest("number").reason == "录错"
    assert refused_to(MANAGER, {"risk_class": 4, "purpose": "买料"}) is None  # says of it what stands


SAID = [
    ("five_tier", "loss", "甲乙"), ("manual_tier", "normal", "甲乙"), ("status", "settled", "甲乙"), ("settled_day", DAY, "甲乙"),
    ("loss_written_off", 1, "甲乙"), ("maturity_day", DAY, "甲乙"), ("extensions", 1, "甲乙"),
]  # fmt: skip


@pytest.mark.parametrize(("column", "value", "closed_to"), SAID)
def test_what_steps_and_decisions_change_no_correction_does(company, column, value, closed_to) -> None:
    for who in closed_to:
        assert refused_to(Actor(who), {column: value}) == column
    assert refused_to(RISK, {column: value}) is None


@pytest.mark.covers("P17-26")
def test_who_is_in_charge_is_filled_in_once_and_then_handed_over(company) -> None:
    assert refused_to(MANAGER, {"manager_b": "乙"}) is None
    assert refused_to(MANAGER, {"manager_b": "丙"}) == "manager_b"
    assert refused_to(RISK, {"account_manager": "丙"}) == "account_manager"


def test_a_row_that_was_taken_out_comes_back_as_it_was(company) -> None:
    row = {
        "key": "C9", "contract_no": "C9", "client": contract().client, "branch": "J2", "account_manager": "甲", "business_line": "guarantee",
        "product": "loan_guarantee", "facility": "working_capital_loan", "amount": 5, "term_months": 12, "status": "in_guarantee",
        "board_approved": False, "extensions": 0, "risk_class": 4,
    }  # fmt: skip
    enter("contract", row, by=MANAGER, at=NOW, day=DAY)  # a new contract is entered as it stands
    void("contract", "C9", by=MANAGER, **WRITING)
    with pytest.raises(DecidedElsewhereError):
        enter("contract", {**row, "risk_class": 1}, by=MANAGER, at=NOW, day=DAY)
    enter("contract", {**row, "term_months": 24}, by=MANAGER, at=NOW, day=DAY)


def test_a_new_row_does_not_bring_along_what_its_act_writes(company) -> None:
    row = {
        "key": "GZ1", "watch_no": "GZ1", "party": contract().client, "listed_day": DAY, "watch_reason": "停产", "plan_kind": domains()["watch_plan"][0],
        "responsible_person": "甲",
    }  # fmt: skip
    with pytest.raises(DecidedElsewhereError) as refused:
        enter("watch_listing", {**row, "delisted_day": DAY}, by=MANAGER, at=NOW, day=DAY)
    assert "送签" in refusal(refused.value)
    enter("watch_listing", row, by=MANAGER, at=NOW, day=DAY)


def test_the_form_shows_what_is_decided_and_says_where_it_is_changed(log_in) -> None:
    client = log_in("甲")
    page = client.get(ADDRESS)
    field = page.context["form"].fields["risk_class"]
    assert (field.disabled, page.context["form"]["risk_class"].value()) == (True, "1")
    assert "最后一位签批人签了才改" in page.content.decode()
    assert not page.context["form"].fields["purpose"].disabled
    sent = {**shown(client), "risk_class": "4", "reason": "试"}
    answer = client.post(ADDRESS, sent)
    assert answer.context["form"].errors.keys() == {"risk_class"}
    answer = client.post(ADDRESS, {**shown(client), "purpose": "买料", "reason": "合同原件"})
    assert answer.status_code == 302
    assert (contract().risk_class, contract().purpose) == (1, "买料")


def test_the_risk_manager_corrects_what_he_decides_and_nothing_else(log_in) -> None:
    client = log_in("丁")
    assert ADDRESS in client.get("/registers/contract/row/C1/").content.decode()
    form = client.get(ADDRESS).context["form"]
    open_to_him = {name for name, field in form.fields.items() if not field.disabled} - {"reason"}
    assert open_to_him == slip_columns("contract", ["risk_manager"])
    assert client.post(ADDRESS, {**shown(client), "term_months": "5", "reason": "录错"}).context[
        "form"
    ].errors.keys() == {"term_months"}
    assert client.post(ADDRESS, {**shown(client), "risk_class": "2", "reason": "录错"}).status_code == 302
    assert contract().risk_class == 2
    assert client.post("/registers/contract/row/C1/void/", {"reason": "录错"}).status_code == 403
    assert log_in("己").get(ADDRESS).status_code == 403


def test_of_forms_only_those_of_a_verification_and_of_a_class_fill_what_is_decided() -> None:
    filled = {
        (table, column)
        for form in forms().values()
        for table, columns in form.rows.items()
        for one in decided_columns().get(table, ())
        for column in one.columns & columns.keys()
    }
    told = {"verified_day", "verification", "verified_by", "verification_told"}
    classed = {"class_before", "class_after", "approved_by"}
    assert filled == {("warning", column) for column in told} | {
        ("class_change", column) for column in classed
    }


def test_the_declaration_names_what_there_is_and_every_step(company) -> None:
    assert steps_open_to().keys() == steps.STEPS.keys()
    for table, entries in decided_columns().items():
        for one in entries:
            assert one.columns <= declared()[table].columns.keys()
            assert one.slips <= set(posts())
            assert all(one.said.values())


BROKEN = [
    ({"columns": {"无此表": []}, "steps": {}}, "no table"),
    (
        {"columns": {"合同": [{"of": ["无此列"], "zh": "一", "en": "a", "slips": []}]}, "steps": {}},
        "no column",
    ),
    (
        {"columns": {"合同": [{"of": ["状态"], "zh": "一", "en": "a", "slips": ["无此岗"]}]}, "steps": {}},
        "no post",
    ),
    ({"columns": {"合同": [{"of": ["状态"], "zh": "一", "slips": []}]}, "steps": {}}, "en"),
    (
        {"columns": {"合同": [{"of": ["状态"], "zh": "一", "en": "a", "slips": [], "who": 1}]}, "steps": {}},
        "who",
    ),
    ({"columns": {"合同": [{"of": ["状态"], "zh": "一", "en": "a", "slips": []}] * 2}, "steps": {}}, "twice"),
    ({"columns": {}}, "nothing else"),
]


@pytest.mark.parametrize(("said", "because"), BROKEN)
def test_a_declaration_with_a_mistake_is_refused(monkeypatch, said, because) -> None:
    monkeypatch.setattr(decided, "read_mapping", lambda _file: said)
    with pytest.raises(DecidedError, match=because):
        decided_columns.__wrapped__()


def test_a_step_that_is_not_declared_is_open_to_nobody(company, monkeypatch) -> None:
    monkeypatch.setattr(decided, "steps_open_to", dict)
    with pytest.raises(RowRefusedError, match="step-not-yours"):
        steps.take_step("C1", "settle", {"settled_day": DAY}, by=MANAGER, at=NOW, day=DAY)


def test_who_manages_a_loan_does_not_move_away_its_arrears_nor_what_was_approved(company) -> None:
    said = {"key": "C1/1", "contract": "C1", "instalment_no": 1, "due_day": DAY, "due_amount": 1_000}
    enter("instalment", said, by=MANAGER, at=NOW, day=DAY)  # the plan as the bank gave it
    for table, key, moved in (
        ("instalment", "C1/1", {"due_day": date(2027, 5, 30)}),
        ("instalment", "C1/1", {"due_amount": 1}),
        ("contract", "C1", {"amount": 1}),
    ):
        with pytest.raises(DecidedElsewhereError):
            correct(table, key, moved, by=MANAGER, **WRITING)
    correct("instalment", "C1/1", {"paid_amount": 1_000, "paid_off_day": DAY}, by=MANAGER, **WRITING)
    with pytest.raises(DecidedElsewhereError):
        void("instalment", "C1/1", by=MANAGER, **WRITING)
    correct("instalment", "C1/1", {"due_day": date(2027, 5, 30)}, by=Actor("丁"), **WRITING)
    void("instalment", "C1/1", by=Actor("丁"), **WRITING)
