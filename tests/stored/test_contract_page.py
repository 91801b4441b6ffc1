"""The pages of a contract and a client: the signatures about them, and what happened with the contract in one timeline."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests_cast import BY, DAY, NOW, PASSWORD, browser_of, on_its_day, words_of

from daihou.dayend.acts import follow, run_day
from daihou.duties.models import Duty
from daihou.ledger.acts import correct, enter
from daihou.people.acts import open_accounts
from daihou.people.reads import viewer_of
from daihou.people.rights import Scope
from daihou.registers.kept import homes, standing
from daihou.signoff import acts
from daihou.signoff.models import Matter
from daihou.trail.acts import Actor
from daihou.warnings.acts import raise_by_hand
from daihou.web.timeline import OF_CONTRACT, of_contract

MANAGER = Actor("甲", "test")


@pytest.fixture
def screen(company, monkeypatch):
    """Who logs in gets a browser; the day is that of the cast, derived once."""
    on_its_day(monkeypatch, "signals")
    run_day(DAY, by=BY, at=NOW)
    open_accounts([(one, one) for one in "甲乙丙丁戊辛"], PASSWORD, by=BY, at=NOW, sample=True)
    return browser_of


def client_of(contract: str) -> str:
    return standing(homes()["contract"]).get(key=contract).client


def put_forward(
    subject: str = "一", contract: str = "C1", title: str = "检查表", by: Actor = MANAGER
) -> Matter:
    """Something about a contract and its client before the head of business, then the head of risk."""
    return acts.open_matter(
        kind="duty", subject=subject, title={"zh": title, "en": "Check"}, content={"结论": "正常"}, chain=("business_manager", "risk_manager"),
        branch="J2", contract=contract, party=client_of(contract), by=by, at=NOW,
    )  # fmt: skip


def pane(answer) -> str:
    """The signatures that a page shows; empty where it shows none."""
    return words_of(answer).partition('id="signatures"')[2].partition("</section>")[0]


def pages() -> list[str]:
    return ["/registers/contract/row/C1/", f"/registers/party/row/{client_of('C1')}/"]


def test_the_signatures_about_a_contract_and_a_client_stand_on_their_pages(screen) -> None:
    mine = screen("甲")
    assert [pane(mine.get(one)) for one in pages()] == ["", ""]
    done, open_ = put_forward(title="旧表"), put_forward("二", title="新表")
    acts.sign(done, by=Actor("乙", "test"), at=NOW)
    acts.sign(done, by=Actor("丁", "test"), at=NOW)
    acts.sign(open_, by=Actor("乙", "test"), at=NOW)
    for one in pages():
        shown = pane(mine.get(one))
        for said in (
            "签批中",
            "已批准",
            "第 2 步，共 2 步",
            "丁某 风控部经理",
            f'href="/matters/{open_.pk}/"',
        ):
            assert said in shown, (one, said)
        assert shown.index("新表") < shown.index("旧表")
        assert shown.count("等签") == 1


def test_who_does_not_see_a_matter_does_not_read_of_it_on_the_page(screen) -> None:
    """C2 lies at another branch, and so does what is about it; what is about the east is not read in the west."""
    put_forward()
    matter = put_forward("二", "C2", "西城的表", Actor("丙", "test"))
    Matter.objects.filter(pk=matter.pk).update(branch="J3")
    west = "/registers/contract/row/C2/"
    assert "西城的表" in pane(screen("丁").get(west))
    assert screen("丙").get(pages()[0]).status_code == 404
    own = pane(screen("丙").get(west))
    assert ("西城的表" in own, "检查表" in own) == (True, False)
    assert screen("乙").get(west).status_code == 404
    # a client of both branches: each reads what is about his own
    Matter.objects.filter(pk=matter.pk).update(party=client_of("C1"))
    assert "西城的表" not in pane(screen("甲").get(pages()[1]))
    assert "西城的表" in pane(screen("丁").get(pages()[1]))


def test_no_question_more_for_many_signatures_and_payments_than_for_few(screen) -> None:
    mine, address = screen("甲"), pages()[0]

    def asked() -> int:
        with CaptureQueriesContext(connection) as found:
            assert mine.get(address).status_code == 200
        return len(found)

    def more(number: int) -> None:
        put_forward(str(number))
        paid(number)
        checked(number)

    for number in range(2):
        more(number)
    asked()
    few = asked()
    for number in range(2, 20):
        more(number)
    assert asked() == few
    assert ("20</span>" in pane(mine.get(address)), pane(mine.get(address)).count("data-open")) == (True, 12)


# ------------------------------------------------------------------ what happened


def paid(number: int) -> None:
    said = {
        "key": f"HK{number}",
        "transaction_no": f"HK{number}",
        "contract": "C1",
        "value_day": DAY - timedelta(number),
        "amount": 1_234_56,
    }
    enter("repayment", said, by=BY, at=NOW, day=DAY)


def checked(number: int) -> None:
    said = {
        "key": f"ZF{number}/C1/purpose", "visit_no": f"ZF{number}", "contract": "C1", "kind": "purpose", "client": client_of("C1"),
        "inspected_day": DAY, "inspected_by": "甲", "result": "done", "urgent": False,
    }  # fmt: skip
    enter("inspection", said, by=MANAGER, at=NOW, day=DAY)


def timeline(who: str):
    return of_contract(viewer_of(who, DAY), "C1", (), {})


def test_payments_checks_warnings_and_duties_done_stand_in_one_timeline(screen) -> None:
    paid(1)
    checked(1)
    raise_by_hand("S20", client_of("C1"), "老板出国", level="important", contract="C1", by=MANAGER, at=NOW)
    follow(DAY, by=MANAGER, at=NOW)
    correct("contract", "C1", {"purpose": "周转"}, by=MANAGER, at=NOW, day=DAY, reason="补记用途")
    duty = Duty.objects.get(rule="fund-use-check", object="C1")
    assert duty.done == DAY
    page = words_of(screen("甲").get(pages()[0]))
    past = page[page.rindex('<ul class="told">') :]
    for said in (
        "还款 1,234.56 元",
        "检查 · ",
        "预警 · ",
        f'href="/duties/{duty.pk}/"',
        "甲某 更正一条",
        "补记用途",
        "/registers/repayment/row/HK1/",
    ):
        assert said in past, said


def test_a_timeline_shows_only_what_its_reader_may_see_and_the_newest(screen) -> None:
    for number in range(OF_CONTRACT + 5):
        paid(number)
    raise_by_hand("S20", client_of("C1"), "老板出国", level="important", contract="C1", by=MANAGER, at=NOW)
    shown = timeline("甲")
    assert len(shown) == OF_CONTRACT
    assert min(one.day for one in shown) == DAY - timedelta(OF_CONTRACT - 2)
    assert [one.said for one in shown if one.said.startswith("预警")]
    assert timeline("丙") == []
    mine = viewer_of("甲", DAY)
    blind = replace(mine, rights=replace(mine.rights, sees={**mine.rights.sees, "warnings": Scope.NONE}))
    assert not [one.said for one in of_contract(blind, "C1", (), {}) if one.said.startswith("预警")]
