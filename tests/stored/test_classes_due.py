"""What the rules class otherwise than it is on record: found by the run, told on the desk, a page, the command line and by program, to who sees the row."""

import json
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from staging import staged
from tests_cast import BY, DAY, NOW, PASSWORD, browser_of, on_its_day, taken_in, words_of

from daihou.cli import classes as commands
from daihou.cli import given
from daihou.dayend.acts import follow, run_day
from daihou.dayend.asking import correct_asked
from daihou.duties.classes_due import classes_due
from daihou.duties.models import ClassDue
from daihou.ledger.acts import correct, enter
from daihou.people.acts import open_accounts
from daihou.people.reads import viewer_of
from daihou.trail.acts import Actor
from daihou.trail.models import Event

HEAD = Actor("丁", "test")


@pytest.fixture
def its_day(monkeypatch):
    """The rules of a micro-loan company beside the others, on the day of the cast."""
    on_its_day(monkeypatch, "microloan")


@staged
def behind(tmp_path, its_day):
    """C1 is a micro-loan 95 days in arrears and classed as normal; C2 a guarantee 31 days in arrears of the first risk class."""
    taken_in(tmp_path / "book")
    said = {"business_line": "micro_loan", "five_tier": "normal", "status": "on_loan", "risk_class": None}
    correct("contract", "C1", said, by=BY, at=NOW, day=DAY, reason="备料", decision=said)
    for contract, days in (("C1", 95), ("C2", 31)):
        row = {"contract": contract, "instalment_no": 1, "due_day": DAY - timedelta(days), "due_amount": 100_000, "key": f"{contract}/1"}  # fmt: skip
        enter("instalment", row, by=BY, at=NOW, day=DAY)
    run_day(DAY, by=BY, at=NOW)
    open_accounts([(one, one) for one in "甲丁丙"], PASSWORD, by=BY, at=NOW, sample=True)


def due() -> dict[tuple[str, str], tuple[str, str]]:
    """What is to be classed: by grade and row as what, and what it is now."""
    rows = ClassDue.objects.filter(rule__in=("five-tier", "risk-class"))
    return {(one.rule, one.object): (one.level, one.now) for one in rows}


@pytest.mark.covers("P17-17")
def test_a_run_tells_what_is_to_be_classed_otherwise_and_a_second_changes_nothing(behind) -> None:
    assert due()["five-tier", "C1"] == ("substandard", "normal")
    before = list(ClassDue.objects.order_by("pk").values())
    run_day(DAY, by=BY, at=NOW)
    assert list(ClassDue.objects.order_by("pk").values()) == before


def test_what_was_classed_is_gone_at_once_and_what_moves_on_is_told_anew(behind) -> None:
    correct_asked("contract", "C1", {"five_tier": "substandard"}, by=HEAD, at=NOW, day=DAY, reason="逾期")
    follow(DAY, by=HEAD, at=NOW)
    assert ("five-tier", "C1") not in due()
    later = DAY + timedelta(200)
    run_day(later, by=BY, at=NOW + timedelta(200))
    assert due()["five-tier", "C1"] == ("doubtful", "substandard")


def test_it_is_told_to_who_sees_the_row_and_to_nobody_else(behind) -> None:
    rows = {
        who: {one.object for one in classes_due(viewer_of(who, DAY)) if one.table == "contract"}
        for who in "甲丙丁戊"
    }
    assert "C1" in rows["甲"]
    assert "C1" not in rows["丙"] | rows["戊"]
    assert {"C1"} <= rows["丁"]
    page = words_of(browser_of("甲").get("/classes/"))
    for said in ("C1", "张三", "五级分类", "正常", "次级", "按条件"):
        assert said in page, said
    desk = words_of(browser_of("甲").get("/"))
    assert 'id="classes"' in desk
    assert "C1" not in words_of(browser_of("丙").get("/classes/"))


def test_the_list_is_narrowed_and_taken_as_a_workbook_on_record(behind) -> None:
    boss = browser_of("丁")
    one = boss.get("/classes/?rule=five-tier").context["lines"]
    assert {line.key for line in one} == {"C1"}
    assert boss.get("/classes/?rule=nothing").context["lines"] == []
    answer = boss.get("/classes/?as=xlsx")
    assert (answer.status_code, answer.headers["Content-Type"].startswith("application/vnd.openxml")) == (
        200,
        True,
    )
    event = Event.objects.latest("number")
    assert (event.act, event.kind, event.by, event.after["rows"]) == ("export", "class_due", "丁", 2)


def test_no_question_more_for_many_than_for_few(behind) -> None:
    boss = browser_of("丁")

    def asked() -> int:
        with CaptureQueriesContext(connection) as found:
            assert boss.get("/classes/?rule=five-tier").status_code == 200
        return len(found)

    asked()
    few, run = asked(), ClassDue.objects.first().run
    said = {
        "rule": "five-tier",
        "table": "contract",
        "level": "loss",
        "now": "",
        "cause": "floor",
        "run": run,
    }
    ClassDue.objects.create(object="C2", **said)
    assert asked() == few


def test_the_command_line_and_programs_tell_it_too(behind, tmp_path, monkeypatch, capsys) -> None:
    monkeypatch.setattr(commands, "enter", lambda *_: None)
    monkeypatch.setattr(given, "today", lambda: DAY)
    assert commands.show(tmp_path, "甲", "zh", as_json=False) == 0
    assert "次级" in capsys.readouterr().out
    commands.show(tmp_path, "甲", "zh", as_json=True)
    told = [one for one in json.loads(capsys.readouterr().out) if one["rule"] == "five-tier"]
    assert [(one["key"], one["recorded"], one["level"], one["since"]) for one in told] == [
        ("C1", "normal", "substandard", DAY.isoformat())
    ]
