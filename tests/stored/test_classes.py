"""The classes that the rules give a contract or a client, on their pages and on the command line: which, by what, beside what is on record."""

import json
from datetime import timedelta

import pytest
from staging import staged
from tests_cast import BY, DAY, NOW, PASSWORD, browser_of, on_its_day, taken_in, words_of

from daihou.cli import asking as commands
from daihou.dayend.grading import classes_of, grades_on
from daihou.ledger.acts import correct, enter
from daihou.people.acts import open_accounts
from daihou.policy import books, rules

PAGE = "/registers/contract/row/C1/classes/"


@pytest.fixture
def its_day(monkeypatch):
    """The rules of a guarantee company, on the day of the cast."""
    on_its_day(monkeypatch)


@staged
def at_work(tmp_path, its_day):
    """The company, and accounts."""
    taken_in(tmp_path / "book")
    open_accounts([(one, one) for one in "甲乙丙戊"], PASSWORD, by=BY, at=NOW, sample=True)


def behind(days: int) -> None:
    """An instalment of C1 that fell due so many days ago and was not paid."""
    values = {"contract": "C1", "instalment_no": 1, "due_day": DAY - timedelta(days), "due_amount": 100_000, "key": "C1/1"}  # fmt: skip
    enter("instalment", values, by=BY, at=NOW, day=DAY)


def classed():
    (one,) = classes_of("contract", "C1", DAY)
    return one.level, one.cause


@pytest.mark.parametrize(
    ("days", "level"),
    [(0, "safe"), (1, "fairly_safe"), (30, "fairly_safe"), (31, "risky"), (90, "risky"), (91, "close_watch")],
)
def test_a_contract_behind_for_longer_is_classed_worse(at_work, days, level) -> None:
    assert classed() == ("class_safe", "floor")
    behind(days)
    assert classed() == (f"class_{level}", "floor")


def test_a_worse_class_on_record_stays_and_what_is_not_there_is_not_classed(at_work) -> None:
    behind(31)
    correct(
        "contract", "C1", {"risk_class": 4}, by=BY, at=NOW, day=DAY, reason="查实", decision={"risk_class": 4}
    )
    assert classed() == ("class_close_watch", "proposal")
    assert classes_of("contract", "C9", DAY) == ()
    assert grades_on("warning") == classes_of("warning", "C1", DAY) == ()


def test_the_page_of_a_contract_tells_it_to_who_sees_the_contract_and_to_nobody_else(at_work) -> None:
    behind(31)
    client = browser_of("甲")
    page = client.get("/registers/contract/row/C1/").content.decode()
    assert f'hx-get="{PAGE}"' in page
    told = words_of(client.get(PAGE))
    for said in ("风险类", "风险分类下限", "保后管理办法 一(一)3", "按条件", "逾期天数"):
        assert said in told, said
    for who, where, status in (
        ("乙", PAGE, 200),
        ("丙", PAGE, 404),
        ("戊", PAGE, 404),
        ("甲", PAGE.replace("C1", "C9"), 404),
        ("甲", "/registers/nothing/row/C1/classes/", 404),
    ):
        assert browser_of(who).get(where).status_code == status, (who, where)
    assert client.post(PAGE).status_code == 405
    key = client.get("/registers/party/?q=张三").content.decode()
    assert "应评的级别" not in key


def test_the_command_line_tells_it_too(at_work, tmp_path, monkeypatch, capsys) -> None:
    monkeypatch.setattr(commands, "enter", lambda *_: None)
    monkeypatch.setattr(commands.given, "today", lambda: DAY)
    behind(31)
    assert commands.ask(tmp_path, "合同", (), "zh", key="C1", by="甲", as_json=False) == 0
    assert "风险分类下限：风险类，按条件（保后管理办法 一(一)3）" in capsys.readouterr().out
    assert commands.ask(tmp_path, "contract", (), "en", key="C1", by="甲", as_json=False) == 0
    assert "Risky, by the conditions" in capsys.readouterr().out
    commands.ask(tmp_path, "contract", (), "zh", key="C1", by="甲", as_json=True)
    (told,) = json.loads(capsys.readouterr().out)["classes"]
    assert (told["grade"], told["level"], told["recorded"], told["cause"]) == ("risk-class", "class_risky", "", "floor")  # fmt: skip


@pytest.fixture
def micro(monkeypatch, its_day):
    """The rules of a micro-loan company."""
    monkeypatch.setitem(books.BOOKS_BY_KIND, "guarantee_company", ("microloan",))
    rules.rules_of_kind.cache_clear()
    yield
    rules.rules_of_kind.cache_clear()


@pytest.mark.covers("P17-17")
def test_beside_the_class_stands_what_is_on_record_and_a_rank_among_all_clients_is_left_to_the_run(
    at_work, micro, tmp_path, monkeypatch, capsys
) -> None:
    said = {"business_line": "micro_loan", "five_tier": "normal"}
    correct("contract", "C1", said, by=BY, at=NOW, day=DAY, reason="备料", decision=said)
    behind(95)
    (one,) = classes_of("contract", "C1", DAY)
    assert (one.grade.id, one.level, one.now, one.to_change) == ("five-tier", "substandard", "normal", True)
    told = words_of(browser_of("甲").get(PAGE))
    assert "次级" in told
    assert "登记的是 正常" in told
    party = browser_of("甲").get("/registers/contract/row/C1/").context["row"].client
    (rank,) = classes_of("party", party, DAY)
    assert (rank.grade.id, rank.level, rank.told) == ("client-rank", "", None)
    assert "要和全部客户比" in words_of(browser_of("甲").get(f"/registers/party/row/{party}/classes/"))
    monkeypatch.setattr(commands, "enter", lambda *_: None)
    monkeypatch.setattr(commands.given, "today", lambda: DAY)
    commands.ask(tmp_path, "合同", (), "zh", key="C1", by="甲", as_json=False)
    assert "登记的是 正常" in capsys.readouterr().out
