"""Errands: what a head gives by hand becomes a duty of whoever does it, is reported where it is not done, and ends with a word of how it went."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.utils import timezone
from staging import staged
from test_papers import PDF
from tests_cast import BY, DAY, NOW, PASSWORD, browser_of, taken_in

from daihou.cli import acting
from daihou.cli import errands as commands
from daihou.cli.refusal import Stopped
from daihou.dayend.acts import follow, run_day
from daihou.duties.errands import ErrandRefusedError, call_off, errand_of, finish, give, may_give, put_off
from daihou.duties.filing import FilingRefusedError, file_form
from daihou.duties.models import Duty
from daihou.duties.signing import form_of
from daihou.ledger.acts import correct
from daihou.messaging.models import Notice
from daihou.papers.acts import attach
from daihou.papers.filling import checked
from daihou.papers.reading import ME, Kind
from daihou.people.acts import open_accounts
from daihou.people.reads import viewer_of
from daihou.policy import books, rules
from daihou.registers.kept import homes, standing
from daihou.trail.acts import Actor
from daihou.web import gate

HEAD, DOER, OTHER = Actor("乙"), Actor("甲"), Actor("丙")
SOON = DAY + timedelta(days=2)


@pytest.fixture
def small(monkeypatch):
    """The rulebook of errands alone, and the day of the cast."""
    monkeypatch.setattr(settings, "DAIHOU_SAMPLE", False)
    monkeypatch.setitem(books.BOOKS_BY_KIND, "guarantee_company", ("errands",))
    rules.rules_of_kind.cache_clear()
    monkeypatch.setattr(gate, "today", lambda: DAY)
    monkeypatch.setattr(timezone, "now", lambda: NOW)
    yield
    rules.rules_of_kind.cache_clear()


@staged
def work(small, tmp_path):
    """The company with its day derived."""
    batch = taken_in(tmp_path / "book")
    run_day(DAY, by=BY, at=NOW)
    return batch


def given(**said):
    asked = {"to": ["甲"], "matter": "补齐抵押登记回执", "deadline": SOON, "by": HEAD, "at": NOW, **said}
    (row,) = give(asked.pop("to"), asked.pop("matter"), asked.pop("deadline"), **asked)
    follow(DAY, by=HEAD, at=NOW)
    return row


def refusal(act, *args, **said) -> str:
    with pytest.raises(ErrandRefusedError) as refused:
        act(*args, **said)
    return refused.value.code


def the_duty() -> Duty:
    return Duty.objects.get(rule="leader-errand", withdrawn_on__isnull=True)


@pytest.mark.covers("P05-27")
def test_what_a_head_gives_is_a_duty_at_once_and_is_chased_until_it_is_told_done(work) -> None:
    row = given()
    duty = the_duty()
    assert (duty.object, duty.due, duty.state) == (row.key, SOON, "open")
    assert [one.employee for one in duty.persons.all()] == ["甲"]
    (notice,) = Notice.objects.filter(kind="errand")
    assert (notice.to, "乙某 交办：补齐抵押登记回执" in notice.title["zh"]) == ("甲", True)
    finish(row.key, DAY, "回执已收，放进第二卷", by=DOER, at=NOW)
    follow(DAY, by=DOER, at=NOW)
    assert (the_duty().state, the_duty().done) == ("on_time", DAY)


@pytest.mark.covers("P05-27")
def test_more_time_moves_the_duty_and_calling_off_withdraws_it(work) -> None:
    row = given()
    put_off(row.key, SOON + timedelta(days=3), "等房管局", by=HEAD, at=NOW)
    follow(DAY, by=HEAD, at=NOW)
    assert the_duty().due == SOON + timedelta(days=3)
    call_off(row.key, "不用办了", by=HEAD, at=NOW)
    follow(DAY, by=HEAD, at=NOW)
    assert Duty.objects.get(rule="leader-errand").withdrawn_on == DAY


def test_one_thing_is_given_to_several_people_each_for_himself(work) -> None:
    rows = give(["甲", "丙", "甲"], "报送名单", SOON, by=Actor("辛"), at=NOW)
    assert [(one.key, one.employee) for one in rows] == [
        (f"JB{DAY:%Y%m%d}-1", "甲"),
        (f"JB{DAY:%Y%m%d}-2", "丙"),
    ]
    assert given().key.endswith("-3")


def test_what_makes_no_sense_is_refused(work) -> None:
    assert refusal(given, matter="  ") == "matter-missing"
    assert refusal(given, matter="字" * 201) == "matter-too-long"
    assert refusal(given, deadline=DAY - timedelta(days=1)) == "day-passed"
    assert refusal(given, to=["庚"]) == "nobody-such"  # has left
    assert refusal(given, to=["甲", "庚"]) == "nobody-such"
    assert not standing(homes()["errand"]).exists()
    key = given().key
    for act, day, text, by, code in (
        (finish, DAY, "办了", OTHER, "not-yours"),
        (finish, DAY + timedelta(days=1), "办了", DOER, "day-wrong"),
        (finish, DAY - timedelta(days=1), "办了", DOER, "day-wrong"),
        (finish, DAY, " ", DOER, "told-missing"),
        (put_off, SOON, "等等", HEAD, "day-wrong"),
        (put_off, SOON + timedelta(days=1), "", HEAD, "reason-missing"),
        (put_off, SOON + timedelta(days=1), "等等", DOER, "not-yours"),
    ):
        assert refusal(act, key, day, text, by=by, at=NOW) == code
    assert refusal(call_off, key, "不办", by=DOER, at=NOW) == "not-yours"
    assert refusal(call_off, key, "", by=HEAD, at=NOW) == "reason-missing"
    finish(key, DAY, "办了", by=HEAD, at=NOW)
    assert refusal(finish, key, DAY, "办了", by=DOER, at=NOW) == "done-already"
    assert refusal(call_off, key, "不办", by=HEAD, at=NOW) == "done-already"


MAY = [
    # who   post                     甲 at J2  丙 at J3  乙, head of J2
    ("甲", "account manager",        False,    False,    False),
    ("乙", "head of J2",             True,     False,    False),
    ("辛", "general manager",        True,     True,     True),
    ("丁", "risk manager",           False,    False,    False),
    ("己", "auditor",                False,    False,    False),
    ("庚", "has left",               False,    False,    False),
]  # fmt: skip


@pytest.mark.parametrize(("who", "post", "east", "west", "head"), MAY)
def test_an_errand_is_given_downwards(company, who, post, east, west, head) -> None:
    viewer = viewer_of(who, DAY)
    assert tuple(may_give(viewer, to) for to in "甲丙乙") == (east, west, head), post


def test_given_and_done_on_screen(work) -> None:
    open_accounts([(one, one) for one in "甲乙丙"], PASSWORD, by=BY, at=NOW, sample=True)
    head, doer, other = (browser_of(one) for one in "乙甲丙")
    for said, text in (
        ({"person": "丙", "matter": "催款", "deadline": SOON}, "只能交办给自己管的人"),
        ({"person": "甲", "matter": "催款", "deadline": DAY - timedelta(days=1)}, "期限不能早于今天"),
        ({"person": "谁", "matter": "催款", "deadline": SOON}, "没有这个人"),
    ):
        answer = head.post("/errands/", said)
        assert (answer.status_code, text in answer.content.decode()) == (422, True), text
    answer = head.post("/errands/", {"person": "甲某", "matter": "补齐抵押登记回执", "deadline": SOON})
    assert answer.status_code == 302
    assert "补齐抵押登记回执" in head.get("/errands/").content.decode()
    assert "补齐抵押登记回执" in doer.get("/errands/?tab=mine").content.decode()
    assert "补齐抵押登记回执" in doer.get("/").content.decode()
    pk, key = the_duty().pk, the_duty().object
    assert "办好了" in doer.get(f"/duties/{pk}/").content.decode()
    assert (
        "撤销交办" in head.get(f"/duties/{pk}/").content.decode()
    )  # who gave it sees it, whatever his posts see
    assert other.get(f"/duties/{pk}/").status_code == 404
    assert other.post(f"/errands/{key}/", {"act": "finish", "day": DAY, "told": "x"}).status_code == 404
    page = doer.post(f"/errands/{key}/", {"act": "finish", "day": "昨天", "told": "好了"}, follow=True)
    assert "日子不对" in page.content.decode()
    doer.post(f"/errands/{key}/", {"act": "finish", "day": DAY.isoformat(), "told": "好了"})
    assert errand_of(key).completed_day == DAY
    assert "办好" in head.get("/errands/").content.decode()


def test_who_leaves_hands_his_errands_over(work) -> None:
    given()
    moved = standing(homes()["contract"]).get(key="C1")
    correct("contract", moved.key, {"account_manager": "丙"}, by=BY, at=NOW, day=DAY, reason="换人")
    with pytest.raises(Exception, match="work-held"):
        correct("employee", "甲", {"left_day": DAY}, by=BY, at=NOW, day=DAY, reason="离职")


def test_the_commands_give_list_finish_and_call_off(work, tmp_path, monkeypatch, capsys) -> None:
    monkeypatch.setattr(commands, "enter", lambda home, lang: None)
    monkeypatch.setattr(commands.given, "today", lambda: DAY)
    monkeypatch.setattr(acting, "now", lambda: NOW)
    for refused in (
        lambda: commands.give(tmp_path, ["乙"], "zh", matter="x", until=SOON, by="甲"),  # upwards
        lambda: commands.give(tmp_path, ["甲"], "zh", matter=" ", until=SOON, by="乙"),
        lambda: commands.give(tmp_path, ["甲"], "zh", matter="x", until=DAY - timedelta(days=1), by="乙"),
        lambda: commands.give(
            tmp_path, ["甲"], "zh", matter="x", until=SOON, by="乙", contract="C2"
        ),  # of another branch
        lambda: commands.give(
            tmp_path, ["甲"], "zh", matter="x", until=SOON, by="乙", form="客户问卷"
        ),  # about nothing
        lambda: commands.give(
            tmp_path, ["甲"], "zh", matter="x", until=SOON, by="乙", contract="C1", form="追偿方案"
        ),
        lambda: commands.finish(tmp_path, "JB0", "zh", done=None, told="x", by="甲"),
    ):
        with pytest.raises(Stopped):
            refused()
    assert commands.give(tmp_path, ["甲"], "zh", matter="补齐回执", until=SOON, by="乙") == 0
    assert commands.give(tmp_path, ["甲"], "zh", matter="不用办的", until=SOON, by="乙") == 0
    done, dropped = standing(homes()["errand"]).order_by("key").values_list("key", flat=True)
    assert Duty.objects.filter(table="errand", object=done, state="open").exists()
    capsys.readouterr()
    assert commands.show(tmp_path, "甲", "zh", done=False, as_json=False) == 0
    assert "补齐回执" in capsys.readouterr().out
    assert commands.finish(tmp_path, done, "zh", done=DAY, told="已归档", by="甲") == 0
    with pytest.raises(Stopped):
        commands.call_off(tmp_path, dropped, "zh", reason="不用办", by="甲")  # only who gave it
    assert commands.call_off(tmp_path, dropped, "zh", reason="不用办", by="乙") == 0
    capsys.readouterr()
    assert commands.show(tmp_path, "甲", "zh", done=True, as_json=True) == 0
    told = capsys.readouterr().out
    assert done in told
    assert dropped not in told


# ------------------------------------------------------------------ a form that is asked for


@pytest.mark.parametrize(
    ("asked", "title"),
    [
        pytest.param("client_questionnaire", "客户问卷", marks=pytest.mark.covers("P02-11")),
        pytest.param("car_loan_worksheet", "车贷贷后管理工作表", marks=pytest.mark.covers("P02-18")),
    ],
)
def test_an_errand_can_ask_for_a_form_and_is_done_when_that_is_handed_in(work, asked, title) -> None:
    row = given(contract="C1", form=asked)
    duty = the_duty()
    form = form_of(duty)
    assert (duty.contract, form.title.zh) == ("C1", title)
    assert refusal(finish, row.key, DAY, "办好了", by=DOER, at=NOW) == "form-first"
    typed = {}
    for one in form.fields:
        if one.source == ME:
            typed[one.name] = "甲某"
        elif one.kind is Kind.YES_NO:
            typed[one.name] = {"yes": "no", "no": "yes", None: "no"}[one.explain]
        elif one.required:
            typed[one.name] = {
                Kind.CHOICE: one.choices[0][0] if one.choices else "",
                Kind.DAY: DAY.isoformat(),
                Kind.NUMBER: "0",
            }.get(one.kind, "看过了")
    filled = checked(form, typed, today=DAY, opens=duty.counts_from)
    assert filled.faults == ()
    if asked == "client_questionnaire":
        with pytest.raises(FilingRefusedError) as error:
            file_form(duty, form, filled, by=DOER, at=NOW, day=DAY)
        assert [name for name, _said in error.value.faults] == ["returned"]
        attach("问卷.pdf", PDF, table="duty", key=duty.key, duty_no=duty.pk, by=DOER, at=NOW)
    file_form(duty, form, filled, by=DOER, at=NOW, day=DAY)
    follow(DAY, by=DOER, at=NOW)
    assert (the_duty().state, errand_of(row.key).completed_day) == ("on_time", DAY)


def test_an_errand_without_a_form_asks_for_none(work) -> None:
    given(contract="C1")
    assert form_of(the_duty()) is None


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"form": "client_questionnaire"}, "contract-missing"),
        ({"form": "recovery_plan", "contract": "C1"}, "no-such-form"),
        ({"contract": "C9"}, "no-such-contract"),
    ],
)
def test_a_form_is_asked_about_a_contract_that_there_is(work, said, code) -> None:
    assert refusal(given, **said) == code


def test_who_gives_an_errand_on_screen_chooses_contract_and_form(work) -> None:
    open_accounts([(one, one) for one in "甲乙"], PASSWORD, by=BY, at=NOW, sample=True)
    head = browser_of("乙")
    said = {
        "person": "甲某",
        "matter": "发问卷",
        "deadline": SOON.isoformat(),
        "contract": "C2",
        "asked_form": "client_questionnaire",
    }
    answer = head.post("/errands/", said)  # of another branch: not there for him
    assert (answer.status_code, "没有这份合同" in answer.content.decode()) == (422, True)
    assert head.post("/errands/", {**said, "contract": "C1"}).status_code == 302
    page = browser_of("甲").get(f"/duties/{the_duty().pk}/").content.decode()
    assert ("填好《客户问卷》交上就办好了" in page, "填表" in page, "办好了</button>" in page) == (
        True,
        True,
        False,
    )
