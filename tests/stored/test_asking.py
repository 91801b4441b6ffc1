"""The gates, asked before an act: what is entered, and which step a contract takes, only where the rules allow it, or with a reason on record."""

import html
import json
import re
from datetime import date, timedelta

import pytest
from django.test import Client
from tests_cast import BY, DAY, NOW, PASSWORD, browser_of, on_its_day, words_of

from daihou.api import door
from daihou.dayend.asking import (
    GateRefusedError,
    answers_about,
    answers_before,
    asked_first,
    enter_asked,
    gates_on,
    step_asked,
)
from daihou.ledger.acts import RowRefusedError, correct, enter
from daihou.ledger.refusals import refusal
from daihou.people.acts import open_accounts
from daihou.people.models import Account
from daihou.people.tokens import ApiScope, make_token
from daihou.policy import books, rules
from daihou.registers.kept import homes, standing
from daihou.registers.rows import sealed_row
from daihou.trail.models import Event
from daihou.trail.reads import verify
from daihou.web import entry

ZHANG = "510000199803180019"
MATURES, LATER = date(2027, 11, 10), date(2028, 2, 10)


@pytest.fixture(autouse=True)
def rules_of_three(company, monkeypatch):
    """The rules of guarantees, of car loans and of micro-loans; C1 is a car loan."""
    on_its_day(monkeypatch, "carloan", "microloan")
    rules.forget()
    stand(business_line="car_loan", status="on_loan")
    yield
    rules.forget()


def stand(**said) -> None:
    """Have the contract stand so."""
    correct("contract", "C1", said, by=BY, at=NOW, day=DAY, reason="备料")


def held():
    return standing(homes()["contract"]).get(key="C1")


def row(table: str, number: str, **said) -> dict:
    """A row under a number; personal numbers sealed."""
    columns = {**said, homes()[table].table.key[0]: number}
    return sealed_row(homes()[table].table, columns)


def call(number: str = "LL1", **said) -> dict:
    """A collector's call to the client in the afternoon."""
    usual = {
        "party": held().client, "contract": "C1", "on_day": DAY, "clock_hour": 15, "mode": "phone", "matter": "collecting",
        "answered_by": "in_person", "dialled_no": "13800000001", "result": "connected",
    }  # fmt: skip
    return row("contact", number, **{**usual, **said})


def against(values: dict, table: str = "contact") -> list[str]:
    """What the gates have against a row that is proposed."""
    answers = answers_before(table, values, by=BY, at=NOW, day=DAY)
    return [reason for one in answers for reason in one.because("zh")]


def written() -> tuple[int, int]:
    """Events of the trail and rows of the registers."""
    return Event.objects.count(), sum(model._default_manager.count() for model in homes().values())


# ------------------------------------------------------------------ a row that does not stand yet

CALLS = [
    # what is said of the call                                      what the gate has against it
    ({}, []),
    ({"clock_hour": 8}, []),
    ({"clock_hour": 7}, ["7时在可以联系的钟点之外，本人也没有同意"]),
    ({"clock_hour": 21}, []),
    ({"clock_hour": 22}, ["22时在可以联系的钟点之外，本人也没有同意"]),
    ({"clock_hour": 22, "consented": True}, []),
    ({"clock_hour": None}, ["还缺：时刻"]),
    ({"clock_hour": None, "answered_by": None}, ["还缺：时刻、对方身份"]),
    ({"clock_hour": None, "dialled_no": None}, ["打电话要登记号码", "还缺：时刻"]),
    ({"clock_hour": 22, "mode": "letter"}, []),
    ({"dialled_no": None}, ["打电话要登记号码"]),
    ({"answered_by": "third_party"}, ["不得向第三人催收"]),
    ({"clock_hour": 22, "answered_by": "third_party"}, ["22时在可以联系的钟点之外，本人也没有同意", "不得向第三人催收"]),
]  # fmt: skip


def test_in_english_a_gate_says_its_reasons_in_english() -> None:
    asked = call(clock_hour=22, answered_by="third_party")
    (answer,) = (one for one in answers_before("contact", asked, by=BY, at=NOW, day=DAY) if not one.allowed)
    assert answer.because("en") == (
        "Hour 22 is outside the hours of contact, and the person has not consented",
        "A third party may not be asked to pay",
    )
    (answer,) = answers_before("contact", call(clock_hour=None), by=BY, at=NOW, day=DAY)
    assert answer.because("en") == ("still missing: Time of day",)


@pytest.mark.parametrize(
    ("said", "reasons"),
    # a call that is allowed would be without the rule too
    [pytest.param(*one, marks=pytest.mark.covers("P20-03") if one[1] else ()) for one in CALLS],
)
def test_a_call_is_asked_about_before_it_is_entered(said, reasons) -> None:
    before = written()
    assert against(call(**said)) == reasons
    assert written() == before, "asking leaves nothing"


@pytest.mark.covers("P20-04")
def test_calls_of_the_day_are_counted_by_person_and_by_number() -> None:
    """Three connected a day to a person, six tries a day to a number, whoever it belongs to; a day later it begins anew."""
    wife = {"party": "91510000100000000L", "dialled_no": "13800000001", "matter": "search"}
    for number in range(3):
        assert against(call(f"A{number}")) == []
        enter("contact", call(f"A{number}"), by=BY, at=NOW, day=DAY)
    assert against(call("A3")) == ["今天接通的催收电话已到上限"]
    for number in range(3):
        enter("contact", call(f"B{number}", **wife), by=BY, at=NOW, day=DAY)
    assert "号码*0001今天拨打次数已到上限" in against(call("B3", **wife))
    assert "号码*0002今天拨打次数已到上限" not in against(call("B3", **{**wife, "dialled_no": "13800000002"}))
    yesterday = DAY - timedelta(1)
    assert against(call("A3", on_day=yesterday)) == []


ACTS = [
    # table            what is said                                                          what the gate has against it
    ("cash_payment", {"branch": "J2", "on_day": DAY, "amount": 90_000, "purpose": "petty_payment"}, []),
    pytest.param(
        "cash_payment", {"branch": "J2", "on_day": DAY, "amount": 10_000_000, "purpose": "petty_payment"},
        ["零星支出100,000.00 元超过结算起点"], marks=pytest.mark.covers("P09-23"),
    ),
    ("collection_action", {"contract": "C1", "on_day": DAY, "kind": "phone"}, []),
    ("collection_action", {"contract": "C1", "on_day": DAY, "kind": "repossession"}, ["逾期只有0天", "还没有发过书面催收"]),
]  # fmt: skip


@pytest.mark.parametrize(("table", "said", "reasons"), ACTS)
def test_other_acts_are_asked_about_too(table, said, reasons, monkeypatch) -> None:
    correct("company", "G1", {"type": "micro_loan_company"}, by=BY, at=NOW, day=DAY, reason="备料")
    monkeypatch.setitem(books.BOOKS_BY_KIND, "micro_loan_company", ("microloan", "carloan"))
    rules.forget()
    assert against(row(table, "N1", **said), table) == reasons


@pytest.mark.covers("P07-04")
def test_where_a_car_is_is_told_to_its_owner_alone_who_is_known() -> None:
    car = row("vehicle", "1HGCM82633A004352", contract="C1", condition="new")
    enter("vehicle", car, by=BY, at=NOW, day=DAY)
    usual = {
        "vehicle": car["key"], "on_day": DAY, "applicant": "张三", "in_person": True, "identity_verified": True, "mode": "in_shop",
    }  # fmt: skip

    def query(**said) -> list[str]:
        return against(row("location_query", "CX1", **{**usual, **said}), "location_query")

    assert query() == []
    assert query(mode="phone", identity_verified=False) == ["还没有核验身份"]
    assert query(applicant="李四", in_person=False, identity_verified=False) == [
        "只有本人可以查询",
        "还没有核验身份",
    ]


def test_what_happened_is_entered_against_a_gate_only_with_a_reason_on_record() -> None:
    night = call(clock_hour=23)
    before = written()
    with pytest.raises(GateRefusedError) as refused:
        enter_asked("contact", night, by=BY, at=NOW, day=DAY)
    assert [one.gate.id for one in refused.value.answers] == ["contact-conduct"]
    with pytest.raises(GateRefusedError):
        enter_asked("contact", night, by=BY, at=NOW, day=DAY, against="  ")
    assert written() == before
    enter_asked("contact", night, by=BY, at=NOW, day=DAY, against="本人来电约定")
    assert Event.objects.latest("number").reason == "规则不许（联系前问），仍要登记：本人来电约定"
    assert [one.allowed for one in answers_about("contact", "LL1", DAY)] == [False]
    enter_asked("contact", call("LL2"), by=BY, at=NOW, day=DAY, against="用不上的理由")
    assert Event.objects.latest("number").reason == ""
    assert list(verify()) == []


def test_what_the_checks_refuse_is_refused_as_ever_and_most_tables_are_not_asked_about() -> None:
    enter("contact", call(), by=BY, at=NOW, day=DAY)
    with pytest.raises(RowRefusedError):
        answers_before("contact", call(), by=BY, at=NOW, day=DAY)
    assert not asked_first("inspection")
    assert answers_about("contract", "C1", DAY) == ()


@pytest.mark.covers("P17-26")
def test_a_handover_is_entered_before_it_is_in_force_and_says_what_it_lacks() -> None:
    stand(business_line="micro_loan")
    assert gates_on("responsibility_handover")
    assert not asked_first("responsibility_handover")
    values = {
        "key": "YJ1/C1", "handover_no": "YJ1", "contract": "C1", "handed_over_by": "甲", "taken_over_by": "乙",
        "handover_supervisor": "丁", "head_moves": False, "initiated_day": DAY, "signed_by_giver_day": DAY,
    }  # fmt: skip
    enter_asked("responsibility_handover", values, by=BY, at=NOW, day=DAY)
    (answer,) = answers_about("responsibility_handover", "YJ1/C1", DAY)
    assert answer.because("zh")[:2] == ("接收人没有签字", "监交人没有签字")


# ------------------------------------------------------------------ steps of a contract


def extended(until: date = LATER) -> list[str]:
    """What is against the extension of the contract."""
    try:
        step_asked("C1", "extend", {"maturity_day": until}, by=BY, at=NOW, day=DAY)
    except RowRefusedError as refused:
        return [refused.code]
    except GateRefusedError as refused:
        return [reason for one in refused.answers for reason in one.because("zh")]
    return []


def asked_for(
    number: str = "ZQ1", *, permitted: bool = True, until: date | None = LATER, on: date = DAY
) -> None:
    values = row(
        "extension_request", number, contract="C1", requested_day=on, permitted=permitted, new_maturity_day=until
    )  # fmt: skip
    enter("extension_request", values, by=BY, at=NOW, day=DAY)


@pytest.mark.covers("P17-16")
def test_a_micro_loan_is_extended_on_a_request_that_the_rules_allow() -> None:
    stand(business_line="micro_loan")
    assert extended() == ["extension-not-asked"]
    asked_for(permitted=False)
    assert extended() == ["不符合展期规定", "没有登记期供，利息收没收清不知道"]
    asked_for("ZQ1A", until=None)
    assert extended() == ["extension-day-missing"]
    correct("extension_request", "ZQ1A", {"new_maturity_day": LATER}, by=BY, at=NOW, day=DAY, reason="补上")
    asked_for("ZQ2")  # the newest counts
    owing = {
        "contract": "C1",
        "instalment_no": 1,
        "due_day": DAY,
        "due_amount": 31_250,
        "due_interest": 31_250,
    }
    enter("instalment", {"key": "C1/1", **owing}, by=BY, at=NOW, day=DAY)
    assert extended() == ["尚欠利息312.50 元"]
    correct(
        "instalment",
        "C1/1",
        {"paid_amount": 31_250, "paid_off_day": DAY},
        by=BY,
        at=NOW,
        day=DAY,
        reason="还清",
    )
    assert extended(LATER + timedelta(1)) == ["extension-asked-otherwise"]
    assert extended() == []
    assert (held().maturity_day, held().extensions) == (LATER, 1)
    assert extended(LATER + timedelta(90)) == ["extension-not-asked"], "a request is granted once"


def test_another_loan_is_extended_without_a_request_as_its_rules_ask_for_none() -> None:
    stand(business_line="guarantee", status="in_guarantee")
    assert extended() == []


def test_each_refusal_of_a_step_has_words() -> None:
    assert "2028-02-10" in refusal(
        RowRefusedError("extension-asked-otherwise", "maturity_day", day="2028-02-10")
    )
    assert "展期申请" in refusal(RowRefusedError("extension-not-asked", "maturity_day"))
    assert "ZQ1" in refusal(RowRefusedError("extension-day-missing", "maturity_day", request="ZQ1"))


@pytest.mark.covers("P17-13")
def test_nothing_new_is_lent_to_whom_a_breach_is_not_cured() -> None:
    stand(business_line="micro_loan")
    breach = row(
        "breach", "WY1", contract="C1", kind="diversion", demanded_day=DAY, deadline=DAY + timedelta(30)
    )
    enter("breach", breach, by=BY, at=NOW, day=DAY)
    new = {
        "key": "C9", "contract_no": "C9", "client": held().client, "branch": "J2", "account_manager": "甲", "business_line": "micro_loan",
        "product": "loan_guarantee", "facility": "working_capital_loan", "term_months": 12, "amount": 100_000, "status": "awaiting_disbursement", "board_approved": False, "extensions": 0,
    }  # fmt: skip
    enter("contract", new, by=BY, at=NOW, day=DAY)
    said = {"disbursed_day": DAY, "maturity_day": LATER}
    before = written()
    with pytest.raises(GateRefusedError) as refused:
        step_asked("C9", "disburse", said, by=BY, at=NOW, day=DAY)
    assert refused.value.answers[0].because("zh") == ("客户有违约还没有纠正",)
    assert written() == before
    correct("breach", "WY1", {"cured_day": DAY}, by=BY, at=NOW, day=DAY, reason="已纠正")
    assert step_asked("C9", "disburse", said, by=BY, at=NOW, day=DAY).status == "on_loan"
    assert not standing(homes()["lending_request"]).exists()


# ------------------------------------------------------------------ on screen and by program

TYPED = {
    "contact_no": "LL1", "party": "张三", "contract": "C1", "on_day": DAY.isoformat(), "clock_hour": "23", "mode": "电话", "matter": "催收",
    "answered_by": "本人", "dialled_no": "13800000001", "result": "接通",
}  # fmt: skip


def test_on_screen_one_who_asks_where_no_rule_says_anything_is_told_so(monkeypatch) -> None:
    open_accounts([("甲", "甲")], PASSWORD, by=BY, at=NOW, sample=True)
    monkeypatch.setattr(entry, "answers_before", lambda *_said, **_how: ())
    manager = browser_of("甲")
    before = written()
    told = words_of(manager.post("/registers/contact/new/", {**TYPED, "ask": "1"}))
    assert "没有规则管着这样的一条：可以登记。还没有写进台账。" in told
    assert written() == before


def test_on_screen_in_english_a_gate_answers_in_english() -> None:
    open_accounts([("甲", "甲")], PASSWORD, by=BY, at=NOW, sample=True)
    manager = browser_of("甲")
    manager.post("/preferences/", {"lang": "en"})
    told = words_of(manager.post("/registers/contact/new/", {**TYPED, "ask": "1"}))
    assert "<li>Hour 23 is outside the hours of contact, and the person has not consented</li>" in told
    assert "23时在可以联系的钟点之外" not in told


def test_on_screen_one_asks_first_and_writes_why_where_it_was_done_anyway() -> None:
    open_accounts([(one, one) for one in "甲己"], PASSWORD, by=BY, at=NOW, sample=True)
    manager, address = browser_of("甲"), "/registers/contact/new/"
    assert "先问能不能办" in words_of(manager.get(address))
    assert "先问能不能办" not in words_of(manager.get("/registers/inspection/new/"))
    assert manager.get(f"{address}?contract=C1").context["form"]["party"].value() == "张三（*0019）"
    before = written()
    told = words_of(manager.post(address, {**TYPED, "clock_hour": "15", "ask": "1"}))
    assert "可以办" in told
    assert 'name="against"' not in told
    for ask in ({"ask": "1"}, {}, {"clock_hour": "", "clock_time": "23点10分"}):
        answer = manager.post(address, {**TYPED, **ask})
        told = words_of(answer)
        assert answer.status_code == 200
        assert all(
            said in told
            for said in ('class="gate no"', "联系前问", "23时在可以联系的钟点之外", 'name="against"')
        )
    assert manager.post(address, {**TYPED, "ask": "1", "mode": ""}).context["form"].errors.keys() == {"mode"}
    assert written() == before
    answer = manager.post(address, {**TYPED, "against": "本人约定"})
    assert answer.status_code == 302
    page = words_of(manager.get(answer.url))
    assert "规则怎么说" in page
    assert "不能办" in page
    assert "仍要登记：本人约定" in page
    for words in ("13800000001", "+86 138-0000-0001", "0001"):
        assert "LL1" in words_of(manager.get("/registers/contact/", {"q": words})), words
    assert "LL1" not in words_of(manager.get("/registers/contact/", {"q": "13800000002"}))
    auditor = browser_of("己")
    found = re.search(r'href="(/trail/\?q=[^"]+)"', words_of(auditor.get("/rules/contact-conduct/")))
    listed = words_of(auditor.get(html.unescape(found[1])))
    assert "仍要登记：本人约定" in listed
    assert "collecting" not in listed, "what a row is called is no code"
    assert "/trail/" not in words_of(manager.get("/rules/contact-conduct/"))
    assert "在操作记录里看" not in words_of(auditor.get("/rules/fund-use-check/"))


@pytest.mark.parametrize(
    "sent", [{"ask": "1"}, {}, {"against": "想知道"}], ids=["asked", "entered", "against"]
)
def test_on_screen_nothing_is_said_of_what_one_may_not_see(sent) -> None:
    """丙 is an account manager of another branch: the rules tell him nothing of a contract that is not his."""
    open_accounts([("丙", "丙")], PASSWORD, by=BY, at=NOW, sample=True)
    other, before = browser_of("丙"), written()
    typed = {"action_no": "CS1", "contract": "C1", "kind": "收车", "on_day": DAY.isoformat()}
    answer = other.post("/registers/collection_action/new/", {**typed, **sent})
    told = words_of(answer)
    assert answer.status_code == 200
    assert "看不到它了" in told
    assert not [one for one in ('class="gate', "逾期只有", "书面催收") if one in told]
    assert written() == before


def test_on_screen_a_correction_is_written_and_what_is_against_it_told() -> None:
    open_accounts([("甲", "甲")], PASSWORD, by=BY, at=NOW, sample=True)
    enter("contact", call(), by=BY, at=NOW, day=DAY)
    manager, address = browser_of("甲"), "/registers/contact/row/LL1/correct/"
    typed = {name: text for name, text in TYPED.items() if name != "contact_no"}
    page = words_of(manager.post(address, {**typed, "reason": "记错了钟点"}, follow=True))
    assert (
        '<p class="said error" role="status">规则不许：联系前问，23时在可以联系的钟点之外，本人也没有同意。'
        in page
    )
    page = words_of(manager.post(address, {**typed, "clock_hour": "16", "reason": "又记错"}, follow=True))
    assert "规则不许" not in page.replace("规则不许（", "")


def test_on_screen_a_step_is_refused_with_the_rule_that_is_against_it() -> None:
    stand(business_line="micro_loan")
    open_accounts([("乙", "乙")], PASSWORD, by=BY, at=NOW, sample=True)
    head, address = browser_of("乙"), "/contracts/C1/step/extend/"
    assert "/registers/extension_request/new/?contract=C1" in words_of(head.get(address))
    assert head.post(address, {"maturity_day": LATER.isoformat()}).context["form"].errors.keys() == {
        "maturity_day"
    }
    assert head.get(address).context["form"]["maturity_day"].value() == "", "the day that stands is not it"
    asked_for(permitted=False)
    told = head.get(address)
    assert "不符合展期规定" in words_of(told), "told before anything is typed"
    assert told.context["form"]["maturity_day"].value() == LATER.isoformat(), "the day that was asked for"
    answer = head.post(address, {"maturity_day": LATER.isoformat()})
    assert (answer.status_code, held().maturity_day) == (200, MATURES)
    assert "不能办" in words_of(answer)
    paid = {
        "contract": "C1",
        "instalment_no": 1,
        "due_day": DAY,
        "due_amount": 31_250,
        "paid_amount": 31_250,
        "paid_off_day": DAY,
    }
    enter("instalment", {"key": "C1/1", **paid}, by=BY, at=NOW, day=DAY)
    asked_for("ZQ2")
    assert head.post(address, {"maturity_day": "2028-03-01"}).context["form"].errors.keys() == {
        "maturity_day"
    }
    assert head.post(address, {"maturity_day": LATER.isoformat()}).status_code == 302
    assert held().maturity_day == LATER


def test_by_program_a_refusal_names_the_rule_and_a_reason_lets_it_in(monkeypatch) -> None:
    monkeypatch.setattr(door, "today", lambda: DAY)
    open_accounts([("甲", "甲")], PASSWORD, by=BY, at=NOW, sample=True)
    account = Account.objects.get(login="甲")
    scopes = [one.value for one in ApiScope]
    _, clear = make_token(account, name="外呼", scopes=scopes, expires=NOW + timedelta(30), by=BY, at=NOW)
    headers = {"Authorization": f"Bearer {clear}"}
    values = {
        "contact_no": "LL1", "party": ZHANG, "contract": "C1", "on_day": DAY.isoformat(), "clock_hour": 23, "mode": "phone",
        "matter": "collecting", "answered_by": "in_person", "dialled_no": "13800000001", "result": "connected",
    }  # fmt: skip

    def posted(key: str, **more):
        return Client().post(
            "/api/v1/registers/contact/rows", json.dumps({"values": values, **more}), content_type="application/json",
            headers={**headers, "Idempotency-Key": key},
        )  # fmt: skip

    def asked(**said):
        asks = Client().post(
            "/api/v1/registers/contact/rows/ask", json.dumps({"values": {**values, **said}}), content_type="application/json",
            headers=headers,
        )  # fmt: skip
        return asks.json()["gates"] if asks.status_code == 200 else asks.json()["code"]

    before = written()
    assert [(one["rule"], one["allowed"]) for one in asked()] == [("contact-conduct", False)]
    assert [one["because"] for one in asked(clock_hour=15)] == [[]]
    assert [one["because"] for one in asked(clock_hour=None, clock_time="15:20")] == [[]], (
        "the hour of its time"
    )
    assert asked(clock_hour=25) == "invalid"
    assert asked(dialled_no="没有") == "invalid"
    assert written() == before
    refused = posted("calls-of-today-1")
    assert (refused.status_code, refused.json()["code"]) == (409, "gate-refuses"), refused.json()["fields"]
    assert refused.json()["fields"] == [
        {
            "field": "contact-conduct",
            "code": "gate-refuses",
            "title": "联系前问：23时在可以联系的钟点之外，本人也没有同意",
        }
    ]
    assert posted("calls-of-today-2", against="本人约定").status_code == 201
    told = (
        Client().get("/api/v1/registers/contact/row/gates", {"key": "LL1"}, headers=headers).json()["gates"]
    )
    assert [(one["rule"], one["allowed"], one["because"]) for one in told] == [
        ("contact-conduct", False, ["23时在可以联系的钟点之外，本人也没有同意"])
    ]
    none = Client().get("/api/v1/registers/contract/row/gates", {"key": "C1"}, headers=headers)
    assert none.json() == {"gates": []}
