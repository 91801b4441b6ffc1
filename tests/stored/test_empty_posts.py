"""A pool whose post nobody holds at the branch that its duties are about: it lies at the nearest branch above, else with the post above, and shows as a fault."""

import pytest
from tests_cast import BY, DAY, NOW, PASSWORD, SHEETS, browser_of, guarantee_alone, reading_of, write_sheets

from daihou.dayend.acts import run_day
from daihou.duties.models import Duty, DutyPerson
from daihou.duties.pools import Holders, PoolRefusedError, take
from daihou.duties.reads import empty_posts, mine
from daihou.ledger.acts import take_in
from daihou.people.acts import open_accounts
from daihou.people.models import Account
from daihou.people.reads import viewer_of
from daihou.trail.acts import Actor
from daihou.web import gate

PARENTS = {"J1": None, "J2": "J1", "J21": "J2", "J3": "J1"}


@pytest.mark.parametrize(
    ("held", "place"),
    [
        pytest.param({"cashier": [("a", "J21"), ("b", "J1")]}, ("cashier", "J21"), id="at the branch"),
        pytest.param({"cashier": [("a", "J2"), ("b", "J1")]}, ("cashier", "J2"), id="the nearest above"),
        pytest.param({"cashier": [("a", "J3"), ("b", "J1")]}, ("cashier", "J1"), id="above, not beside"),
        pytest.param(
            {"cashier": [("a", "J3")], "general_manager": [("c", "J1")]}, ("general_manager", "J1"), id="the post above"
        ),
        pytest.param({"cashier": [("a", "J3")]}, None, id="nobody up to the top"),
    ],
)  # fmt: skip
def test_where_a_pool_lies(held, place) -> None:
    assert Holders(held, PARENTS).place("cashier", "J21") == place


@pytest.mark.covers("P09-17")
@pytest.mark.parametrize(
    ("post", "above"),
    [
        pytest.param("credit_supervisor", "deputy_general_manager", id="credit is the deputy's"),
        pytest.param("financial_director", "deputy_general_manager", id="finance is the deputy's"),
        pytest.param("risk_manager", "general_manager", id="risk is the general manager's"),
        pytest.param("administration_head", "general_manager", id="general affairs are the general manager's"),
    ],
)  # fmt: skip
def test_what_the_deputy_and_the_general_manager_supervise(post, above) -> None:
    both = {"general_manager": [("a", "J1")], "deputy_general_manager": [("b", "J1")]}
    assert Holders(both, PARENTS).place(post, "J21") == (above, "J1")
    alone = {"general_manager": [("a", "J1")]}
    assert Holders(alone, PARENTS).place(post, "J21") == ("general_manager", "J1")


def test_branches_that_report_to_each_other_end_the_search() -> None:
    assert Holders({"cashier": [("a", "J3")]}, {"J1": "J2", "J2": "J1"}).place("cashier", "J1") is None


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("at", "desks", "post"),
    [
        pytest.param("J1", {"戊", "卯"}, "cashier", id="two at the head office"),
        pytest.param("J3", {"辛"}, "general_manager", id="two at a branch beside"),
    ],
)
def test_the_desk_the_taking_and_the_page_of_faults(tmp_path, monkeypatch, at, desks, post) -> None:
    guarantee_alone(monkeypatch)
    monkeypatch.setattr(gate, "today", lambda: DAY)
    book = write_sheets(
        tmp_path / "book",
        机构="机构号,名称,公司,上级机构,有库,设立日\nJ1,总部,G1,,否,\nJ2,东城分公司,G1,J1,是,2026-10-01\nJ3,西城分公司,G1,J1,否,\n",
        员工=SHEETS["员工"] + "卯,卯某,J2,\n",
        任职=SHEETS["任职"].replace("戊,出纳,J2", f"戊,出纳,{at}")
        + f"卯,出纳,{at},2025-01-01\n己,管理员,J1,2025-01-01\n",
    )
    take_in(reading_of(book).book, by=BY, at=NOW, day=DAY, file="book", digest="d", read=1, left_out=0)
    run_day(DAY, by=BY, at=NOW)
    rows = DutyPerson.objects.filter(pool=True, duty__branch="J2", duty__state="overdue")
    duty = rows.order_by("pk").first().duty
    assert set(rows.values_list("post", "branch", "fallback")) == {(post, "J1", True)}
    on = {who for who in "戊卯辛" if Duty.objects.filter(mine(viewer_of(who, DAY)), pk=duty.pk).exists()}
    assert on == desks
    told = [one for one in empty_posts() if one["rule"] == duty.rule]
    assert [(one["branch"], one["post"], one["at"], one["nobody"]) for one in told] == [
        ("J2", post, "J1", False)
    ]
    again = run_day(DAY, by=BY, at=NOW)
    assert (again.found_new, again.moved) == (0, 0)
    assert set(rows.values_list("post", "branch", "fallback")) == {(post, "J1", True)}
    open_accounts([("己", "己")], PASSWORD, by=BY, at=NOW, sample=True)
    assert Account.objects.count() == 1
    page = browser_of("己").get(f"/days/{again.pk}/").content.decode()
    assert "没有人任的岗位" in page
    assert "东城分公司" in page.partition("没有人任的岗位")[2]
    with pytest.raises(PoolRefusedError):
        take(duty, by=Actor("甲"), at=NOW, day=DAY)
    taken = take(duty, by=Actor(min(desks)), at=NOW, day=DAY)
    assert (taken.post, taken.branch) == (post, "J1")
