"""The second factor: what lets in and what does not, at the act and at the page."""

from datetime import UTC, datetime, timedelta

import pyotp
import pytest
from django.test import Client
from django.utils import timezone

from daihou.people import factors
from daihou.people.acts import SAMPLE_PASSWORD, open_accounts
from daihou.people.factors import (
    FactorRefusedError,
    begin_factor,
    confirm_factor,
    factor_of,
    passes,
    remove_factor,
)
from daihou.people.models import Account, SecondFactor, SpareCode
from daihou.people.rights import May, rights_by_post
from daihou.trail.acts import Actor
from daihou.trail.models import Event

NOW = datetime(2026, 11, 26, 1, 0, 10, tzinfo=UTC)
BY = Actor("甲", "127.0.0.1")


@pytest.fixture
def account(company):
    (one,) = open_accounts([("甲", "jia")], SAMPLE_PASSWORD, by=BY, at=NOW, sample=True)
    return one


def code_at(secret: str, seconds: int) -> str:
    return pyotp.TOTP(secret).at(NOW + timedelta(seconds=seconds))


@pytest.fixture
def armed(account):
    """An account with a factor confirmed at NOW, its secret and spare codes."""
    secret = begin_factor(account, by=BY, at=NOW)
    return account, secret, confirm_factor(account, code_at(secret, 0), by=BY, at=NOW)


def test_a_secret_counts_only_once_a_code_of_it_was_given(account) -> None:
    secret = begin_factor(account, by=BY, at=NOW)
    assert factor_of(account) is None
    with pytest.raises(FactorRefusedError, match="code-wrong"):
        confirm_factor(account, "000000", by=BY, at=NOW)
    confirm_factor(account, code_at(secret, 0), by=BY, at=NOW)
    assert factor_of(account) is not None
    with pytest.raises(FactorRefusedError, match="factor-there"):
        begin_factor(account, by=BY, at=NOW)


# seconds after NOW at which the code is made, and at which it is given; NOW is the tenth second of a half minute
CODES = {
    "of this half minute": (30, 30, True),
    "typed with blanks": (30, 30, True),
    "of the half minute before": (30, 60, True),
    "of the half minute after": (60, 30, True),
    "of two half minutes before": (30, 90, False),
    "of two half minutes after": (90, 30, False),
    "that confirmed the factor, given again": (0, 0, False),
}


@pytest.mark.parametrize("name", CODES)
def test_a_code_lets_in_near_its_half_minute(armed, name) -> None:
    account, secret, _ = armed
    made, given, expected = CODES[name]
    code = code_at(secret, made)
    code = f" {code[:3]} {code[3:]} " if "blanks" in name else code
    assert passes(account, code, origin="", at=NOW + timedelta(seconds=given)) is expected


def test_no_code_is_taken_twice_nor_one_older_than_the_last(armed) -> None:
    account, secret, _ = armed
    later = NOW + timedelta(seconds=60)
    assert passes(account, code_at(secret, 60), origin="", at=later)
    assert not passes(account, code_at(secret, 60), origin="", at=later)
    assert not passes(account, code_at(secret, 30), origin="", at=later)


def test_a_spare_code_is_good_once_and_on_record(armed) -> None:
    account, _, spare = armed
    assert (len(spare), len(set(spare))) == (factors.SPARE_CODES, factors.SPARE_CODES)
    assert passes(account, f" {spare[0].upper()} ", origin="", at=NOW)
    assert not passes(account, spare[0], origin="", at=NOW)
    assert passes(account, spare[1], origin="", at=NOW)
    assert Event.objects.filter(act="spare-code", subject="jia").count() == 2
    held = {*SpareCode.objects.values_list("digest", flat=True), SecondFactor.objects.get().secret}
    assert not any(one in text for one in spare for text in held)


def test_the_fifth_wrong_code_locks_the_account_for_right_ones_too(armed) -> None:
    account, secret, _ = armed
    for _ in range(5):
        assert not passes(account, "000000", origin="", at=NOW)
    soon, later = NOW + timedelta(minutes=14), NOW + timedelta(minutes=16)
    assert not passes(account, pyotp.TOTP(secret).at(soon), origin="", at=soon)
    assert passes(account, pyotp.TOTP(secret).at(later), origin="", at=later)


def test_no_secret_and_no_code_is_in_the_trail(armed) -> None:
    _, secret, spare = armed
    told = " ".join(f"{one.before} {one.after} {one.reason}" for one in Event.objects.all())
    assert not any(one in told for one in (secret, *spare))


def now_code(secret: str, ahead: int = 0) -> str:
    return pyotp.TOTP(secret).at(timezone.now(), counter_offset=ahead)


def signed_in(client) -> bool:
    return client.get("/").status_code == 200


def test_after_the_password_the_page_asks_for_the_code_and_only_then_lets_in(account) -> None:
    secret = begin_factor(account, by=BY, at=NOW)
    confirm_factor(account, code_at(secret, 0), by=BY, at=NOW)
    client = Client()
    said = {"login": "jia", "password": SAMPLE_PASSWORD}
    assert client.get("/login/second/").headers["Location"] == "/login/"
    assert client.post("/login/?next=/contracts/", said).headers["Location"] == "/login/second/"
    assert not signed_in(client)
    wrong = client.post("/login/second/", {"code": "000000"})
    assert (wrong.status_code, "验证码不对" in wrong.content.decode(), signed_in(client)) == (
        200,
        True,
        False,
    )
    right = client.post("/login/second/", {"code": now_code(secret)})
    assert (right.headers["Location"], signed_in(client)) == ("/contracts/", True)


def test_a_right_password_waits_for_its_code_five_minutes_only(account, monkeypatch) -> None:
    secret = begin_factor(account, by=BY, at=NOW)
    confirm_factor(account, code_at(secret, 0), by=BY, at=NOW)
    client = Client()
    client.post("/login/", {"login": "jia", "password": SAMPLE_PASSWORD})
    monkeypatch.setattr("daihou.web.second.HALF_SECONDS", -1)
    assert client.post("/login/second/", {"code": now_code(secret)}).headers["Location"] == "/login/"
    assert not signed_in(client)


def test_its_owner_sets_it_up_and_takes_it_away_on_screen(account) -> None:
    client = Client()
    client.post("/login/", {"login": "jia", "password": SAMPLE_PASSWORD})
    assert client.post("/factor/", {"begin": "1"}).headers["Location"] == "/factor/"
    secret = factors.begun(account)
    page = client.get("/factor/").content.decode()
    assert secret in page
    assert "data:image/svg+xml" in page
    done = client.post("/factor/", {"code": now_code(secret)}).content.decode()
    assert "备用码" in done
    assert secret not in client.get("/factor/").content.decode()
    assert client.post("/factor/", {"code": now_code(secret)}).status_code == 200  # used already
    assert factor_of(account) is not None
    assert client.post("/factor/", {"code": now_code(secret, 1)}).headers["Location"] == "/factor/"
    assert factor_of(account) is None


def test_who_manages_accounts_must_have_one_before_anything_else(account, monkeypatch) -> None:
    client = Client()
    client.post("/login/", {"login": "jia", "password": SAMPLE_PASSWORD})
    Account.objects.update(
        staff_no="辛"
    )  # the general manager may see the trail; let that be what asks for a factor
    monkeypatch.setattr(factors, "MUST_HAVE_FACTOR", frozenset({May.TRAIL}))
    assert signed_in(client)  # the made-up company is left alone
    Account.objects.update(sample=False)
    assert client.get("/contracts/").headers["Location"] == "/factor/"
    assert client.get("/factor/").status_code == 200
    client.post("/factor/", {"begin": "1"})
    secret = factors.begun(account)
    client.post("/factor/", {"code": now_code(secret)})
    assert client.get("/contracts/").status_code == 200
    kept = client.post("/factor/", {"code": now_code(secret, 1)})
    assert "不能取消" in kept.content.decode()
    assert remove_factor(account, by=BY, at=NOW)
    assert client.get("/contracts/").headers["Location"] == "/factor/"


def test_of_the_posts_as_they_are_the_administrator_must_have_one() -> None:
    must = {post for post, rights in rights_by_post().items() if factors.MUST_HAVE_FACTOR & rights.may}
    assert must == {"administrator"}
