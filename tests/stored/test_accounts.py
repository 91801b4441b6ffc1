"""Accounts in the hands of who manages them: each act with its refusals, who is out at once, what is told once, the list, the desk, the commands."""

import io
import json
import logging
import re
from datetime import timedelta
from urllib.parse import unquote

import pytest
from django.apps import apps
from django.contrib.auth.hashers import check_password
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook
from staging import staged
from tests_cast import BY, DAY, NOW, PASSWORD, SHEETS, browser_of, on_its_day, taken_in, words_of

from daihou.cli import logins
from daihou.cli.refusal import Stopped
from daihou.dayend.acts import run_day
from daihou.duties.reads import empty_posts
from daihou.ledger.acts import enter
from daihou.messaging.acts import Draft, Terms, add_channel, alter_channel, notify
from daihou.messaging.models import GIVEN_UP, Delivery, Notice
from daihou.people.accounts import (
    AccountRefusedError,
    another_secret,
    close_account,
    lift_factor,
    open_account,
    reopen_account,
    unlock_account,
)
from daihou.people.acts import FAILURES, LOCK, SAMPLE_PASSWORD, open_accounts, sign_in
from daihou.people.factors import factor_of
from daihou.people.models import Account, SecondFactor, SpareCode
from daihou.people.roll import roll
from daihou.people.tokens import ApiScope, make_token
from daihou.trail.acts import Actor
from daihou.trail.models import Event
from daihou.trail.reads import verify
from daihou.web import gate

KEEPER = Actor("戊", "127.0.0.1")
WHY = "离职"


@pytest.fixture
def its_day(monkeypatch):
    """The rules of a guarantee company, on the day of the cast."""
    on_its_day(monkeypatch)


@staged
def house(tmp_path, its_day):
    """The company; the cashier 戊 is its only administrator, 辛 and 丁 have no account, 庚 has left and has one."""
    taken_in(tmp_path / "book", 任职=SHEETS["任职"] + "戊,管理员,J1,2025-01-01\n")
    open_accounts([(one, f"{one}1") for one in "甲乙丙己庚"], PASSWORD, by=BY, at=NOW, sample=False)
    Account.objects.update(must_change=False)
    open_accounts(
        [("戊", "戊1")], PASSWORD, by=BY, at=NOW, sample=True
    )  # who must have a second factor otherwise


def of(staff_no):
    return Account.objects.get(staff_no=staff_no)


def locked(staff_no, until=LOCK):
    Account.objects.filter(staff_no=staff_no).update(locked_until=NOW + until, failures=3)


def with_factor(staff_no):
    held = SecondFactor.objects.create(account=of(staff_no), secret="sealed", begun_at=NOW, confirmed_at=NOW)  # noqa: S106 - made up
    SpareCode.objects.create(factor=held, digest="d")


def events():
    return [(one.act, one.subject, one.reason) for one in Event.objects.order_by("number")]


# ------------------------------------------------------------------ each act, and what it refuses

ACTS = {
    # name: (what is so before, the act, its code of refusal, or its event)
    "closed": (None, lambda: close_account(of("甲"), reason=WHY, by=KEEPER, at=NOW), ("close-account", "甲1", WHY)),
    "closed by the system": (None, lambda: close_account(of("甲"), reason=WHY, by=BY, at=NOW), ("close-account", "甲1", WHY)),
    "closed of one who left": (None, lambda: close_account(of("庚"), reason=WHY, by=KEEPER, at=NOW), ("close-account", "庚1", WHY)),
    "closed without a reason": (None, lambda: close_account(of("甲"), reason=" ", by=KEEPER, at=NOW), "reason-missing"),
    "closed twice": (lambda: close_account(of("甲"), reason=WHY, by=BY, at=NOW), lambda: close_account(of("甲"), reason=WHY, by=KEEPER, at=NOW), "account-closed"),
    "his own closed": (None, lambda: close_account(of("戊"), reason=WHY, by=KEEPER, at=NOW), "own-account"),
    "the last keeper's closed": (None, lambda: close_account(of("戊"), reason=WHY, by=BY, at=NOW), "last-keeper"),
    "reopened": (lambda: close_account(of("甲"), reason=WHY, by=BY, at=NOW), lambda: reopen_account(of("甲"), by=KEEPER, at=NOW), ("reopen-account", "甲1", "")),
    "reopened though open": (None, lambda: reopen_account(of("甲"), by=KEEPER, at=NOW), "account-open"),
    "reopened of one who left": (lambda: close_account(of("庚"), reason=WHY, by=BY, at=NOW), lambda: reopen_account(of("庚"), by=KEEPER, at=NOW), "not-staff"),
    "unlocked": (lambda: locked("甲"), lambda: unlock_account(of("甲"), by=KEEPER, at=NOW), ("unlock-account", "甲1", "")),
    "unlocked though not locked": (None, lambda: unlock_account(of("甲"), by=KEEPER, at=NOW), "not-locked"),
    "unlocked when the lock is over": (lambda: locked("甲", -LOCK), lambda: unlock_account(of("甲"), by=KEEPER, at=NOW), "not-locked"),
    "reset": (None, lambda: another_secret(of("甲"), by=KEEPER, at=NOW), ("reset-password", "甲1", "")),
    "his own reset": (None, lambda: another_secret(of("戊"), by=KEEPER, at=NOW), "own-account"),
    "reset though closed": (lambda: close_account(of("甲"), reason=WHY, by=BY, at=NOW), lambda: another_secret(of("甲"), by=KEEPER, at=NOW), "account-closed"),
    "factor lifted": (lambda: with_factor("甲"), lambda: lift_factor(of("甲"), reason="手机丢了", by=KEEPER, at=NOW), ("remove-factor", "甲1", "手机丢了")),
    "factor lifted without a reason": (lambda: with_factor("甲"), lambda: lift_factor(of("甲"), reason="", by=KEEPER, at=NOW), "reason-missing"),
    "factor lifted that is not there": (None, lambda: lift_factor(of("甲"), reason="手机丢了", by=KEEPER, at=NOW), "no-factor"),
    "his own factor lifted": (lambda: with_factor("戊"), lambda: lift_factor(of("戊"), reason="手机丢了", by=KEEPER, at=NOW), "own-account"),
    "opened": (None, lambda: open_account("丁", " ding ", by=KEEPER, at=NOW), ("accounts", "*", "")),
    "opened for who has one": (None, lambda: open_account("甲", "x", by=KEEPER, at=NOW), "account-there"),
    "opened for nobody": (None, lambda: open_account("无", "x", by=KEEPER, at=NOW), "not-staff"),
    "opened for one who left": (lambda: of("庚").delete(), lambda: open_account("庚", "x", by=KEEPER, at=NOW), "not-staff"),
    "opened under another's name": (None, lambda: open_account("丁", "甲1", by=KEEPER, at=NOW), "login-taken"),
    "opened under no name": (None, lambda: open_account("丁", "  ", by=KEEPER, at=NOW), "login-wrong"),
    "opened under two words": (None, lambda: open_account("丁", "a b", by=KEEPER, at=NOW), "login-wrong"),
    "opened under a long name": (None, lambda: open_account("丁", "x" * 65, by=KEEPER, at=NOW), "login-wrong"),
}  # fmt: skip


@pytest.mark.parametrize("name", ACTS)
def test_an_act_is_one_event_and_a_refused_one_changes_nothing(house, name) -> None:
    before, act, expected = ACTS[name]
    if before is not None:
        before()
    stood, told = list(Account.objects.order_by("pk").values()), events()
    factors = SecondFactor.objects.count()
    if isinstance(expected, str):
        with pytest.raises(AccountRefusedError, match=f"^{expected}$"):
            act()
        assert (list(Account.objects.order_by("pk").values()), events()) == (stood, told)
        assert SecondFactor.objects.count() == factors
    else:
        act()
        assert events() == [*told, expected]
        assert list(verify()) == []


def test_of_two_keepers_one_may_be_closed_and_then_no_other(house) -> None:
    enter("assignment", {"key": "己/administrator/J1/2026-01-01", "employee": "己", "post": "administrator", "branch": "J1", "since": DAY}, by=BY, at=NOW, day=DAY)  # fmt: skip
    close_account(of("己"), reason=WHY, by=KEEPER, at=NOW)
    with pytest.raises(AccountRefusedError, match="last-keeper"):
        close_account(of("戊"), reason=WHY, by=BY, at=NOW)
    reopen_account(of("己"), by=KEEPER, at=NOW)
    close_account(of("戊"), reason=WHY, by=Actor("己"), at=NOW)
    assert not of("戊").is_active


def test_who_was_a_keeper_and_is_none_today_leaves_the_last_one_alone(house) -> None:
    """A post that begins tomorrow helps nobody today."""
    enter("assignment", {"key": "己/administrator/J1/2026-12-01", "employee": "己", "post": "administrator", "branch": "J1", "since": DAY + timedelta(8)}, by=BY, at=NOW, day=DAY)  # fmt: skip
    with pytest.raises(AccountRefusedError, match="last-keeper"):
        close_account(of("戊"), reason=WHY, by=BY, at=NOW)
    close_account(of("戊"), reason=WHY, by=BY, at=NOW + timedelta(8))


# ------------------------------------------------------------------ out at once


def token_of(staff_no):
    scopes, until = [ApiScope.READ_REGISTERS], NOW + timedelta(days=30)
    return make_token(of(staff_no), name="试", scopes=scopes, expires=until, by=BY, at=NOW)


def asks(clear):
    return Client().get("/api/v1/me", headers={"Authorization": f"Bearer {clear}"}).status_code


def test_the_closed_one_is_out_at_once_and_no_session_or_token_wakes_when_he_is_let_in_again(house) -> None:
    browser, (token, clear) = browser_of("甲1"), token_of("甲")
    assert (browser.get("/contracts/").status_code, asks(clear)) == (200, 200)
    close_account(of("甲"), reason=WHY, by=KEEPER, at=NOW)
    assert browser.get("/contracts/").headers["Location"].startswith("/login/")
    assert asks(clear) == 401
    assert Event.objects.get(act="close-account").after == {"tokens": 1}
    assert Client().post("/login/", {"login": "甲1", "password": PASSWORD}).status_code == 200
    reopen_account(of("甲"), by=KEEPER, at=NOW)
    assert browser.get("/contracts/").headers["Location"].startswith("/login/")
    assert asks(clear) == 401
    token.refresh_from_db()
    assert token.revoked_at == NOW
    assert browser_of("甲1").get("/contracts/").status_code == 200


def test_another_password_ends_the_sessions_and_leaves_the_factor(house) -> None:
    browser = browser_of("甲1")
    with_factor("甲")
    secret = another_secret(of("甲"), by=KEEPER, at=NOW)
    assert browser.get("/contracts/").headers["Location"].startswith("/login/")
    assert sign_in("甲1", PASSWORD, origin="", at=NOW) is None
    account = sign_in("甲1", secret, origin="", at=NOW)
    assert account is not None
    assert account.must_change
    assert factor_of(account) is not None


def test_who_gave_the_old_password_and_not_yet_his_code_begins_again(house) -> None:
    with_factor("甲")
    browser = Client()
    assert (
        browser.post("/login/", {"login": "甲1", "password": PASSWORD}).headers["Location"]
        == "/login/second/"
    )
    assert browser.get("/login/second/").status_code == 200
    another_secret(of("甲"), by=KEEPER, at=NOW)
    assert browser.get("/login/second/").headers["Location"] == "/login/"


def test_unlocked_he_comes_in_before_the_quarter_of_an_hour_is_over(house) -> None:
    for _ in range(FAILURES):
        sign_in("甲1", "wrong", origin="", at=NOW)
    assert sign_in("甲1", PASSWORD, origin="", at=NOW) is None
    unlock_account(of("甲"), by=KEEPER, at=NOW)
    assert sign_in("甲1", PASSWORD, origin="", at=NOW) is not None


# ------------------------------------------------------------------ the secret is told once

SHOWN = re.compile(r"<dt>密码</dt><dd><code>([^<]+)</code>")


@pytest.mark.parametrize(
    ("who", "said"), [("甲", {"act": "reset"}), ("丁", {"act": "open", "login": "ding"})]
)
def test_the_secret_stands_on_the_answer_and_nowhere_else(house, caplog, who, said) -> None:
    caplog.set_level(logging.DEBUG)
    browser = browser_of("戊1")
    answer = browser.post(f"/accounts/{who}/", said)
    (secret,) = SHOWN.findall(answer.content.decode())
    assert re.fullmatch(r"[2-9a-z]{6}-[2-9a-z]{6}-[2-9a-z]{6}", secret)
    assert answer.headers["Cache-Control"] == "no-store"
    assert check_password(secret, of(who).password)
    assert of(who).must_change
    assert secret not in browser.get(f"/accounts/{who}/").content.decode()
    assert secret not in caplog.text
    for model in apps.get_models():
        assert secret not in str(list(model._default_manager.values_list())), model


def test_in_the_sample_company_a_reset_gives_its_one_password_back(house, settings) -> None:
    settings.DAIHOU_SAMPLE = True
    open_account("丁", "ding", by=KEEPER, at=NOW, sample=True)
    assert another_secret(of("丁"), by=KEEPER, at=NOW) == SAMPLE_PASSWORD
    account = sign_in("ding", SAMPLE_PASSWORD, origin="", at=NOW)
    assert account is not None
    assert not account.must_change
    Account.objects.filter(staff_no="辛").delete()
    answer = browser_of("戊1").post("/accounts/辛/", {"act": "open", "login": "xin"})
    assert SHOWN.findall(answer.content.decode()) == [SAMPLE_PASSWORD]
    assert (of("辛").sample, of("辛").must_change) == (True, False)


# ------------------------------------------------------------------ the page of one account

OFFERED = {
    # whose page, what is so before: which acts it offers
    "of who has none": ("丁", None, {"open"}),
    "as it should be": ("甲", None, {"reset", "close"}),
    "locked": ("甲", lambda: locked("甲"), {"unlock", "reset", "close"}),
    "with a factor": ("甲", lambda: with_factor("甲"), {"reset", "lift", "close"}),
    "closed": ("甲", lambda: close_account(of("甲"), reason=WHY, by=BY, at=NOW), {"reopen"}),
    "of one who left": ("庚", None, {"close"}),
    "closed, of one who left": ("庚", lambda: close_account(of("庚"), reason=WHY, by=BY, at=NOW), set()),
    "his own": ("戊", None, set()),
}


@pytest.mark.parametrize("name", OFFERED)
def test_a_page_offers_what_can_be_done(house, name) -> None:
    who, before, expected = OFFERED[name]
    if before is not None:
        before()
    page = words_of(browser_of("戊1").get(f"/accounts/{who}/"))
    assert set(re.findall(r'name="act" value="(\w+)"', page)) == expected


def test_an_act_by_the_page_is_his_who_did_it_and_a_refusal_is_said_beside_it(house) -> None:
    browser = browser_of("戊1")
    refused = browser.post("/accounts/甲/", {"act": "close", "reason": ""})
    assert refused.status_code == 422
    assert "请写明理由" in words_of(refused)
    assert browser.post("/accounts/甲/", {"act": "close", "reason": WHY}).status_code == 302
    event = Event.objects.get(act="close-account")
    assert (event.by, event.subject, event.reason) == ("戊", "甲1", WHY)
    page = words_of(browser.get("/accounts/甲/"))
    assert "已停用" in page
    assert WHY in page
    for act in ("unlock", "reset", "nonsense", ""):
        assert browser.post("/accounts/甲/", {"act": act}).status_code == 422, act
        assert browser.post("/accounts/丁/", {"act": act}).status_code == 422, act
    assert browser.post("/accounts/戊/", {"act": "close", "reason": WHY}).status_code == 422
    assert browser.get("/accounts/无此人/").status_code == 404


def test_who_does_not_manage_accounts_neither_sees_nor_does(house) -> None:
    browser = browser_of("己1")  # an auditor, who sees every register
    assert browser.get("/accounts/").status_code == 403
    assert browser.get("/accounts/?as=xlsx").status_code == 403
    assert browser.get("/accounts/甲/").status_code == 403
    assert browser.post("/accounts/甲/", {"act": "close", "reason": WHY}).status_code == 403
    assert browser.get("/desk/keeping/").status_code == 404
    assert 'href="/accounts/"' not in words_of(browser.get("/"))
    assert of("甲").is_active


# ------------------------------------------------------------------ the list


def standing_all(day=DAY):
    return {one.staff_no: one.state.value for one in roll(day, NOW)}


def test_the_roll_tells_how_everybody_stands(house) -> None:
    locked("甲")
    Account.objects.filter(staff_no="乙").update(must_change=True)
    close_account(of("丙"), reason=WHY, by=BY, at=NOW)
    assert standing_all() == {
        "甲": "locked", "乙": "first", "丙": "closed", "丁": "none", "戊": "fine", "己": "fine", "庚": "left", "辛": "none",
    }  # fmt: skip
    Account.objects.filter(staff_no="己").update(staff_no="改过号")
    assert standing_all()["改过号"] == "left"  # no row of the register tells who that is
    assert standing_all()["己"] == "none"


FOUND = {
    "?q=甲某": {"甲"},
    "?q=BM": {"丙"},
    "?q=丙1": {"丙"},
    "?state=none": {"丁", "辛"},
    "?state=left": {"庚"},
    "?state=fine&q=戊": {"戊"},
    "?state=closed": set(),
    "": set("甲乙丙丁戊己庚辛"),
}


@pytest.mark.parametrize("asked", FOUND)
def test_the_list_finds_by_name_initials_login_and_state(house, asked) -> None:
    page = words_of(browser_of("戊1").get(f"/accounts/{asked}"))
    assert set(keys_of(page)) == FOUND[asked]


def keys_of(page):
    return [unquote(one) for one in re.findall(r'data-open="/accounts/([^"]+)/"', page)]


def test_the_list_is_sorted_both_ways_and_unasked_by_what_wants_something(house) -> None:
    browser = browser_of("戊1")
    assert keys_of(words_of(browser.get("/accounts/")))[:3] == ["庚", "丁", "辛"]
    there, back = (keys_of(words_of(browser.get(f"/accounts/?order={one}"))) for one in ("login", "-login"))
    assert there[:6] == list(reversed(back[:6]))
    assert set(there[6:]) == set(back[6:]) == {"丁", "辛"}  # what is empty is last


def test_the_list_goes_to_excel_on_record(house) -> None:
    answer = browser_of("戊1").get("/accounts/?as=xlsx&state=none")
    sheet = load_workbook(io.BytesIO(answer.content)).worksheets[0]
    assert [row[0] for row in sheet.iter_rows(values_only=True)] == ["姓名", "丁某", "辛某"]
    event = Event.objects.get(act="export")
    assert (event.kind, event.by, event.after) == ("account", "戊", {"rows": 2, "asked": "state=none"})


def asked_for(browser, address):
    with CaptureQueriesContext(connection) as heard:
        assert browser.get(address).status_code == 200
    return len(heard)


@pytest.mark.parametrize("address", ["/accounts/", "/accounts/?as=xlsx", "/desk/keeping/"])
def test_many_accounts_ask_no_more_questions_than_few(house, address) -> None:
    browser = browser_of("戊1")
    browser.get(address)
    few = asked_for(browser, address)
    for at in range(60):
        row = {"key": f"S{at}", "staff_no": f"S{at}", "full_name": f"某{at}", "branch": "J2"}
        enter("employee", row, by=BY, at=NOW, day=DAY)
    open_accounts([(f"S{at}", f"s{at}") for at in range(40)], PASSWORD, by=BY, at=NOW, sample=True)
    browser.get(address)
    assert asked_for(browser, address) == few
    assert few < 25


# ------------------------------------------------------------------ the desk of who manages accounts


def things(browser):
    page = words_of(browser.get("/desk/keeping/"))
    rows = re.findall(r'<a href="([^"]+)">([^<]+)</a></td><td class="num"[^>]*>(\d+)', page)
    return {said: (int(number), link.replace("&amp;", "&")) for link, said, number in rows}


def test_nothing_stands_on_the_desk_where_all_is_well(house) -> None:
    close_account(of("庚"), reason=WHY, by=BY, at=NOW)
    open_accounts([("丁", "丁1"), ("辛", "辛1")], PASSWORD, by=BY, at=NOW, sample=True)
    browser = browser_of("戊1")
    assert "没有要管的" in words_of(browser.get("/desk/keeping/"))
    assert 'hx-get="/desk/keeping/"' in words_of(browser.get("/"))


def test_each_thing_to_see_to_leads_to_as_many_as_it_counts(house, monkeypatch) -> None:
    locked("甲")
    run_day(DAY, by=BY, at=NOW)
    channel = add_channel("memory", "box", Terms("信箱"), by=BY, at=NOW)
    alter_channel(channel, by=BY, at=NOW, on=True)
    notify([Draft("甲", "test", {"channel": "甲"}, path="/")], by=BY, at=NOW)
    Delivery.objects.all().delete()
    for days in (1, 30):
        notice = Notice.objects.create(**vals_of(Notice.objects.first(), at=NOW - timedelta(days)))
        Delivery.objects.create(notice=notice, channel=channel, state=GIVEN_UP, tries=6)
    monkeypatch.setattr(gate, "today", lambda: DAY + timedelta(3))
    browser = browser_of("戊1")
    told = things(browser)
    assert {said: number for said, (number, _link) in told.items()} == {
        "锁住的账号": 1, "人已离职、账号还开着": 1, "还没有账号的员工": 2, "没有推演的日子": 2, "没有人任的岗位（有任务等着的）": len(empty_posts()),
        "近 7 天没发出去的消息": 1,
    }  # fmt: skip
    for said, (number, link) in told.items():
        page = words_of(browser.get(link.partition("#")[0]))
        if link.startswith("/accounts/"):
            assert len(keys_of(page)) == number, said
    assert words_of(browser.get(told["近 7 天没发出去的消息"][1])).count("mark-late") == 1
    assert 'id="empty"' in words_of(browser.get(told["没有人任的岗位（有任务等着的）"][1]))
    assert "2 天没有推演过" in words_of(browser.get(told["没有推演的日子"][1]))


def vals_of(one, **other):
    return {
        field.attname: getattr(one, field.attname)
        for field in one._meta.concrete_fields
        if not field.primary_key
    } | other


# ------------------------------------------------------------------ the commands


@pytest.fixture
def shell(house, monkeypatch, tmp_path):
    """The commands on the database of the tests."""
    monkeypatch.setattr(logins, "enter", lambda _home, _lang: None)
    monkeypatch.setattr(logins.given, "today", lambda: DAY)
    return tmp_path


def test_the_shell_closes_reopens_and_unlocks_and_says_what_was_refused(shell, capsys) -> None:
    logins.change(shell, "zh", act="close", login="甲1", reason=WHY)
    assert not of("甲").is_active
    assert (events()[-1], Event.objects.last().by) == (("close-account", "甲1", WHY), "system")
    logins.change(shell, "en", act="reopen", login="甲1", reason="")
    assert of("甲").is_active
    assert "Login 甲1 is open again" in capsys.readouterr().out
    refused = {
        ("close", "甲1", ""): "要写理由", ("close", "戊1", WHY): "最后一个", ("reopen", "甲1", ""): "本来就开着", ("unlock", "甲1", ""): "没有锁",
        ("close", "无此人", WHY): "没有“无此人”", ("reopen", "庚1", ""): "本来就开着",
    }  # fmt: skip
    for (act, login, reason), said in refused.items():
        with pytest.raises(Stopped) as stopped:
            logins.change(shell, "zh", act=act, login=login, reason=reason)
        assert said in str(stopped.value.lines), (act, login)


def test_the_shell_lists_everybody_for_people_and_for_programs(shell, capsys) -> None:
    logins.show(shell, "zh", as_json=False)
    told = capsys.readouterr().out
    assert "甲1" in told
    assert "没有账号" in told
    logins.show(shell, "zh", as_json=True)
    found = {one["staff_no"]: one for one in json.loads(capsys.readouterr().out)}
    assert (found["丁"]["login"], found["丁"]["state"]) == (None, "none")
    assert found["戊"]["posts"] == [
        {"post": "administrator", "branch": "J1"},
        {"post": "cashier", "branch": "J2"},
    ]


ASKED_WRONG = {
    "two acts": ({"close": "a", "reset": "b"}, {"reason": WHY}),
    "an act and the list": ({"unlock": "a"}, {"listed": True}),
    "json without the list": ({}, {"as_json": True}),
    "a reason for nothing": ({"reopen": "a"}, {"reason": WHY}),
}


@pytest.mark.parametrize("name", ASKED_WRONG)
def test_the_shell_does_one_thing_at_a_time(name) -> None:
    asked, said = ASKED_WRONG[name]
    with pytest.raises(Stopped):
        logins.one_of(asked, "zh", **{"reason": "", "listed": False, "as_json": False, **said})
