"""What one database does otherwise than the other, and what the house says itself so that nobody notices: where empty ones stand in an order."""

import pytest
from tests_cast import BY, DAY, NOW, PASSWORD, SHEETS, browser_of, on_its_day, taken_in

from daihou.people.acts import open_accounts
from daihou.people.reads import viewer_of
from daihou.registers.kept import homes, standing
from daihou.trail.acts import Actor
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
