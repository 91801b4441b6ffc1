"""What one database does otherwise than the other, and what the house says itself so that nobody notices: where empty ones stand in an order, which signs and how long a text can be kept, in which order names are given back."""

import pytest
from tests_cast import BY, DAY, NOW, PASSWORD, SHEETS, browser_of, on_its_day, taken_in, words_of

from daihou.duties.models import DayRun
from daihou.people.acts import open_accounts
from daihou.people.reads import viewer_of
from daihou.registers.kept import homes, standing
from daihou.trail.acts import Actor
from daihou.trail.models import Event
from daihou.warnings.acts import raise_by_hand
from daihou.warnings.closing import newest_branch
from daihou.warnings.reads import circle_of, tallied_by_contract, warnings_of


@pytest.fixture(autouse=True)
def small(monkeypatch):
    """The rules and the signals, and the day of the cast."""
    on_its_day(monkeypatch, "signals")


@pytest.fixture
def undisbursed(tmp_path):
    """The company with a contract more of 张三, at J3, whose money is not paid out: it has no day to be the newest by."""
    granted = "C3,510000199803180019,J3,丙,担保,贷款担保,流动资金贷款,300000,12,,,待放款,否,0,1\n"
    taken_in(tmp_path / "book", 合同=SHEETS["合同"] + granted)
    return standing(homes()["party"]).get(title="张三").key


@pytest.mark.usefixtures("db")
def test_a_contract_whose_money_is_not_paid_out_is_nobodys_newest(undisbursed) -> None:
    viewer = viewer_of("丁", DAY)
    assert newest_branch(undisbursed) == "J2"
    assert [one.key for one in circle_of(viewer, undisbursed).contracts] == ["C1", "C3"]
    raise_by_hand(
        "S20", undisbursed, "老板出国三周没有音信", level="important", by=Actor("甲", "test"), at=NOW
    )
    told = tallied_by_contract(viewer, warnings_of(viewer), "branch")
    assert [(one.value, one.raised) for one in told] == [("J2", 1)]


@pytest.mark.usefixtures("db")
@pytest.mark.parametrize(
    ("order", "keys"), [("disbursed_day", ["C2", "C1", "C3"]), ("-disbursed_day", ["C1", "C2", "C3"])]
)
def test_a_list_puts_what_is_empty_last_whichever_way_it_is_ordered(undisbursed, order, keys) -> None:
    open_accounts([("丁", "丁")], PASSWORD, by=BY, at=NOW, sample=True)
    page = browser_of("丁").get(f"/contracts/?order={order}").context["list"].page
    assert [one.key for one in page] == keys


ASKED = [
    "/duties/?q=%00", "/contracts/?q=C%001", "/registers/contract/row/C1%00/", "/find/?q=%00", "/warnings/?q=%00", "/matters/?q=%00",
    "/watch/?q=%00", "/registers/party/choices/?from=client&client=%00", "/errands/?to=%00",
]  # fmt: skip


@pytest.mark.parametrize("address", ASKED)
def test_an_address_with_a_sign_that_postgres_cannot_be_asked_for_is_answered_and_does_not_fail(
    company, address
) -> None:
    open_accounts([("丁", "丁")], PASSWORD, by=BY, at=NOW, sample=True)
    answer = browser_of("丁").get(address)
    assert answer.status_code == 400
    assert "不能保存的字符" in words_of(answer)


def test_so_is_a_form(company) -> None:
    open_accounts([("甲", "甲")], PASSWORD, by=BY, at=NOW, sample=True)
    browser, before = browser_of("甲"), Event.objects.count()
    typed = {
        "transaction_no": "L1",
        "contract": "C1",
        "value_day": "2026-11-20",
        "amount": "5000",
        "remark": "现\0金",
    }
    answer = browser.post("/registers/repayment/new/", typed)
    assert (answer.status_code, Event.objects.count()) == (400, before)
    assert browser.post("/registers/repayment/new/", {**typed, "remark": "现金"}).status_code == 302


def test_an_identifier_longer_than_its_column_is_refused_beside_its_field(company) -> None:
    open_accounts([("甲", "甲")], PASSWORD, by=BY, at=NOW, sample=True)
    typed = {"transaction_no": "L" * 65, "contract": "C1", "value_day": "2026-11-20", "amount": "5000"}
    answer = browser_of("甲").post("/registers/repayment/new/", typed)
    assert list(answer.context["form"].errors) == ["transaction_no"]
    assert "最多 64 个字符" in answer.context["form"].errors["transaction_no"][0]


def test_what_a_run_spent_its_time_on_stands_in_its_order_however_a_database_keeps_the_names(company) -> None:
    open_accounts([("丁", "丁")], PASSWORD, by=BY, at=NOW, sample=True)
    spent = {
        "write": 8.0,
        "later": 9.0,
        "results": 7.0,
        "duties": 5.0,
        "derive": 2.0,
        "warnings": 4.0,
        "book": 1.0,
        "grades": 3.0,
    }
    run = DayRun.objects.create(
        day=DAY, at=NOW, by="甲", fingerprint="", known_event=1, seconds=spent, asleep=[]
    )
    steps = browser_of("丁").get(f"/days/{run.pk}/").context["steps"]
    assert [seconds for _name, seconds in steps] == sorted(spent.values())
