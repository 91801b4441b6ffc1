"""Who sees what: each of the cast, every table, and always a case of another branch."""

import pytest
from django.contrib.auth.hashers import check_password, get_hasher
from django.test import Client
from tests_cast import BY, DAY, NOW, guarantee_alone

from daihou.book import posts
from daihou.dayend.acts import run_day
from daihou.duties.models import DutyPerson
from daihou.ledger.acts import correct
from daihou.people.acts import open_with_secrets, reset_password
from daihou.people.models import Account
from daihou.people.reads import NOBODY, viewer_of, visible, way_to
from daihou.people.rights import Scope, rights_by_post, together
from daihou.registers.kept import homes, standing
from daihou.registers.sealing import seals
from daihou.web import gate

ZHANG, LI = (seals().mark(number) for number in ("510000199803180019", "51000019860709002X"))
FOOD = "91510000100000000L"


def test_every_post_has_its_line_in_the_table_of_rights() -> None:
    assert set(rights_by_post()) == set(posts())


@pytest.mark.parametrize(
    ("who", "contracts", "parties", "staff"),
    [
        pytest.param("甲", {"C1"}, {ZHANG, LI}, set(), id="account manager: his own contract, its client and guarantor"),
        pytest.param("乙", {"C1"}, {ZHANG, LI}, {"甲", "乙", "戊", "庚"}, id="head of business at J2: his branch"),
        pytest.param("丙", {"C2"}, {FOOD}, set(), id="account manager at J3: nothing of J2"),
        pytest.param("丁", {"C1", "C2"}, {ZHANG, LI, FOOD}, {"甲", "乙", "丙", "丁", "戊", "己", "庚", "辛"}, id="risk manager: all"),
        pytest.param("戊", set(), set(), set(), id="cashier: no clients, no contracts"),
        pytest.param("庚", set(), set(), set(), id="who has left sees nothing"),
        pytest.param("无此人", set(), set(), set(), id="nobody"),
    ],
)  # fmt: skip
def test_each_sees_what_is_his(company, who, contracts, parties, staff) -> None:
    viewer = viewer_of(who, DAY)
    assert set(visible("contract", viewer).values_list("key", flat=True)) == contracts
    assert set(visible("party", viewer).values_list("key", flat=True)) == parties
    assert set(visible("employee", viewer).values_list("key", flat=True)) == staff
    assert set(visible("counter_guarantee", viewer).values_list("contract", flat=True)) == contracts - {"C2"}


ROLES = [
    # post, whose rows, rooms it enters, rooms it sees and does not enter, rooms that are closed to it
    pytest.param("project_manager", "own", {"inspections", "warnings", "loans"}, {"recovery", "duties"}, {"cashier", "people"}, marks=pytest.mark.covers("P02-02")),
    pytest.param("project_department_head", "branch", {"inspections", "loans"}, {"recovery", "duties", "signoff"}, {"cashier"}, marks=pytest.mark.covers("P02-02")),
    pytest.param("risk_officer", "branch", {"inspections", "recovery"}, {"loans", "collection", "duties"}, {"cashier", "people"}, marks=pytest.mark.covers("P02-02")),
    pytest.param("risk_manager", "company", {"inspections", "recovery"}, {"loans", "intake", "duties", "signoff"}, set(), marks=pytest.mark.covers("P02-02", "P06-01")),
    pytest.param("general_manager", "company", set(), {"loans", "intake", "inspections", "cashier", "signoff"}, set(), marks=pytest.mark.covers("P06-01")),
    pytest.param("executive_deputy", "company", set(), {"loans", "intake", "inspections", "signoff"}, set(), marks=pytest.mark.covers("P06-01")),
    pytest.param("internal_control_manager", "company", {"service"}, {"loans", "intake", "inspections", "signoff"}, set(), marks=pytest.mark.covers("P06-01")),
    pytest.param("guarantee_supervisor", "branch", {"loans", "inspections"}, {"intake", "duties"}, {"cashier", "people"}, marks=pytest.mark.covers("P10-01")),
    pytest.param("personnel_officer", "company", {"people"}, set(), {"ledger", "loans", "inspections", "cashier"}, marks=pytest.mark.covers("P05-15")),
]  # fmt: skip


@pytest.mark.parametrize(("post", "scope", "enters", "sees", "closed"), ROLES)
def test_a_post_enters_sees_and_is_kept_from_what_its_description_says(
    post, scope, enters, sees, closed
) -> None:
    rights = rights_by_post()[post]
    assert enters <= rights.enters
    assert {rights.scope(room).value for room in enters | sees} == {scope}
    assert not sees & rights.enters
    assert {rights.scope(room).value for room in closed} <= {"none"}


@pytest.mark.covers("P01-26")
def test_manager_b_sees_the_contract_of_manager_a_whose_the_work_stays(company, monkeypatch) -> None:
    guarantee_alone(monkeypatch)
    assert not visible("contract", viewer_of("丙", DAY)).filter(key="C1").exists()
    correct("contract", "C1", {"manager_b": "丙"}, by=BY, at=NOW, day=DAY, reason="补登经理B")
    assert set(visible("contract", viewer_of("丙", DAY)).values_list("key", flat=True)) == {"C1", "C2"}
    run_day(DAY, by=BY, at=NOW)
    firsts = DutyPerson.objects.filter(duty__contract="C1", ordinal=0, post="account_manager")
    assert set(firsts.values_list("employee", flat=True)) == {"甲"}


def test_nobody_sees_a_row_of_any_table(company) -> None:
    assert [name for name in homes() if visible(name, NOBODY).exists()] == []


def test_who_holds_no_post_on_the_day_sees_nothing(company) -> None:
    standing(homes()["assignment"]).filter(employee="甲").update(until="2026-11-22")
    assert viewer_of("甲", DAY).posts == ()
    assert not visible("contract", viewer_of("甲", DAY)).exists()


def test_several_posts_give_of_each_thing_the_widest() -> None:
    both = together(["account_manager", "risk_supervisor"])
    assert both.scope("loans") is Scope.COMPANY
    assert both.scope("service") is Scope.OWN
    assert both.scope("cashier") is Scope.NONE
    assert both.enters >= {"ledger", "recovery"}


def test_a_table_without_a_way_to_an_owner_is_seen_by_those_who_see_the_company_only(company) -> None:
    loose = [
        name
        for name in homes()
        if all(way_to(name, anchor) is None for anchor in ("contract", "party", "branch", "employee"))
    ]
    loose = [name for name in loose if name not in ("contract", "party", "branch", "employee")]
    assert "change_log" in loose
    for name in loose:
        assert not visible(name, viewer_of("乙", DAY)).exists(), name


# ------------------------------------------------------------------ the first login


SECRET = "jk5fqy-h9zt9w-b9u3a7"  # noqa: S105 - of an account that lives as long as a test


def test_the_secret_of_a_first_login_leads_to_the_page_that_sets_a_password_and_nowhere_else(
    company, monkeypatch
) -> None:
    monkeypatch.setattr(gate, "today", lambda: DAY)
    open_with_secrets([("甲", "甲", SECRET), ("没有这人", "x", SECRET)], by=BY, at=NOW)
    account = Account.objects.get()
    assert (account.password.startswith("first_login$"), SECRET in account.password, account.must_change) == (
        True,
        False,
        True,
    )
    client = Client()
    assert client.post("/login/", {"login": "甲", "password": SECRET.upper()}).status_code == 200
    assert client.post("/login/", {"login": "甲", "password": SECRET}).status_code == 302
    account.refresh_from_db()
    assert not account.password.startswith("first_login$")  # the slow hash takes its place at once
    assert client.get("/contracts/").headers["Location"] == "/password/"
    assert (
        client.post(
            "/password/",
            {
                "old_password": SECRET,
                "new_password1": "long enough words",
                "new_password2": "long enough words",
            },
        ).status_code
        == 302
    )
    account.refresh_from_db()
    assert not account.must_change


def test_another_secret_unlocks_and_a_wrong_one_takes_the_time_of_a_slow_hash(company, monkeypatch) -> None:
    open_with_secrets([("甲", "甲", SECRET)], by=BY, at=NOW)
    Account.objects.update(failures=5, locked_until=NOW, must_change=False)
    account = reset_password("甲", "another-secret-entirely", by=BY, at=NOW)
    assert (account.failures, account.locked_until, account.must_change) == (0, None, True)
    slow = []
    monkeypatch.setattr(
        type(get_hasher()), "encode", lambda self, password, salt: slow.append(password) or "md5$x$y"
    )
    assert not check_password("wrong", account.password)
    assert slow == ["wrong"]
    assert not check_password(SECRET, account.password)


def test_a_hash_of_another_installation_opens_nothing(company, settings) -> None:
    open_with_secrets([("甲", "甲", SECRET)], by=BY, at=NOW)
    stored = Account.objects.get().password
    assert check_password(SECRET, stored)
    settings.SECRET_KEY = "of another installation"  # noqa: S105 - made up
    assert not check_password(SECRET, stored)
