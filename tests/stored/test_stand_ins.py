"""Stand-ins: while somebody is absent his work is a colleague's to see and to do, for the days that were said and not one more; manager B may always help."""

import json
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from staging import staged
from tests_cast import BY, DAY, NOW, PASSWORD, SHEETS, browser_of, on_its_day, taken_in, words_of

from daihou.cli import stand_ins as commands
from daihou.cli.refusal import Stopped
from daihou.dayend.acts import run_day
from daihou.dayend.telling import Holders, morning_list
from daihou.duties.completing import closable
from daihou.duties.models import Duty, DutyPerson
from daihou.duties.reads import doable, mine, seen
from daihou.duties.standing_in import StandInRefusedError, end_stand_in, known_to, stand_in
from daihou.messaging.models import Notice
from daihou.people.acts import open_accounts
from daihou.people.models import StandIn
from daihou.people.reads import viewer_of, visible
from daihou.policy.rules import rules
from daihou.registers.kept import homes, standing
from daihou.trail.acts import Actor
from daihou.trail.models import Event

ABSENT, HEAD, DEPUTY = Actor("甲"), Actor("乙"), Actor("丙")
TILL = DAY + timedelta(days=4)
ASKED = {"absent": "", "person": "丙某（丙）", "since": DAY.isoformat(), "until": TILL.isoformat(), "reason": "休假"}  # fmt: skip
INSPECTION = {"visit_no": "ZF9", "contract": "C1", "kind": "用途", "client": "张三", "inspected_day": DAY.isoformat(), "inspected_by": "丙某（丙）", "result": "完成", "urgent": "否"}  # fmt: skip


@pytest.fixture
def its_day(monkeypatch):
    """The rules of a guarantee company, on the day of the cast."""
    on_its_day(monkeypatch)


@staged
def at_work(tmp_path, its_day):
    """The company, 甲 manager B of the western contract besides, 寅 head of the guarantee department, its day derived, and accounts."""
    contracts = SHEETS["合同"].replace("客户经理,", "客户经理,经理B,").replace(",甲,担保", ",甲,,担保").replace(",丙,担保", ",丙,甲,担保")  # fmt: skip
    taken_in(
        tmp_path / "book", 合同=contracts, 员工=SHEETS["员工"] + "寅,寅某,J1,\n", 任职=SHEETS["任职"] + "寅,担保部经理,J1,2025-01-01\n"
    )  # fmt: skip
    run_day(DAY, by=BY, at=NOW)
    open_accounts([(one, one) for one in "甲乙丙丁戊己辛"], PASSWORD, by=BY, at=NOW, sample=True)


def arranged(absent="甲", deputy="丙", *, by=ABSENT, **said):
    return stand_in(
        absent, deputy, **{"since": DAY, "until": TILL, "reason": "休假", "by": by, "at": NOW, **said}
    )


def refusal(act, *args, **said) -> str:
    with pytest.raises(StandInRefusedError) as refused:
        act(*args, **said)
    return refused.value.code


def check_of_funds(contract="C1") -> Duty:
    return Duty.objects.get(rule="fund-use-check", object=contract)


def sees(who, day=DAY) -> tuple[set[str], bool, bool]:
    """The contracts that somebody sees, and whether the check of C1 is on his list and may be done by him."""
    viewer, duty = viewer_of(who, day), check_of_funds()
    contracts = set(visible("contract", viewer).values_list("key", flat=True))
    return contracts, *(Duty.objects.filter(which(viewer), pk=duty.pk).exists() for which in (mine, doable))


def test_the_work_of_who_is_absent_is_his_deputys_for_the_days_that_were_said(at_work) -> None:
    assert sees("丙") == ({"C2"}, False, False)
    held = arranged(since=DAY + timedelta(1))
    for day, has in ((DAY, False), (DAY + timedelta(1), True), (TILL, True), (TILL + timedelta(1), False)):
        assert sees("丙", day) == ({"C1", "C2"} if has else {"C2"}, has, has), day
    assert sees("甲", TILL) == ({"C1", "C2"}, True, True)
    assert not Duty.objects.filter(seen(viewer_of("戊", TILL)), pk=check_of_funds().pk).exists()
    end_stand_in(held, by=ABSENT, at=NOW)
    assert sees("丙", TILL) == ({"C2"}, False, False)


def test_manager_b_may_do_what_is_the_account_managers_though_it_is_not_on_his_list(at_work) -> None:
    duty = check_of_funds("C2")
    for who, lists, does in (("甲", False, True), ("丙", True, True), ("乙", False, False)):
        viewer = viewer_of(who, DAY)
        assert Duty.objects.filter(mine(viewer), pk=duty.pk).exists() is lists
        assert Duty.objects.filter(doable(viewer), pk=duty.pk).exists() is does
    others = Duty.objects.filter(contract="C2").exclude(persons__employee="丙")
    assert not others.filter(doable(viewer_of("甲", DAY))).exists()
    page = words_of(browser_of("甲").get(f"/duties/{duty.pk}/"))
    assert "填表" in page
    told = browser_of(
        "乙"
    )  # over whose branch nobody heads it, so that it was reported to him: he reads it and does not do it
    assert (
        told.get(f"/duties/{duty.pk}/").status_code,
        told.post(f"/duties/{duty.pk}/", {}).status_code,
    ) == (200, 403)


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"deputy": "甲"}, "same-person"),
        ({"reason": "  "}, "reason-missing"),
        ({"reason": "长" * 201}, "reason-long"),
        ({"until": DAY - timedelta(1), "since": DAY - timedelta(9)}, "days-wrong"),
        ({"since": TILL + timedelta(1)}, "days-wrong"),
        ({"deputy": "庚"}, "nobody-such"),
        ({"deputy": "无"}, "nobody-such"),
        ({"absent": "庚", "by": Actor("辛")}, "nobody-such"),
        ({"by": DEPUTY}, "not-yours"),
        ({"by": Actor("戊")}, "not-yours"),
        ({"by": Actor("庚")}, "not-yours"),
        ({"deputy": "戊"}, "other-post"),
        ({"deputy": "丁", "absent": "乙", "by": HEAD}, "other-post"),
    ],
)
def test_what_cannot_be_arranged_is_refused_and_nothing_stays(at_work, said, code) -> None:
    before = Event.objects.count()
    assert refusal(arranged, **said) == code
    assert (StandIn.objects.count(), Event.objects.count()) == (0, before)


@pytest.mark.parametrize(
    ("absent", "deputy", "by"),
    [("甲", "丙", "甲"), ("甲", "丙", "乙"), ("甲", "丙", "辛"), ("甲", "乙", "甲"), ("甲", "辛", "乙")],
)
def test_one_himself_or_who_heads_him_lets_a_colleague_of_the_same_post_or_a_head_stand_in(
    at_work, absent, deputy, by
) -> None:
    held = arranged(absent, deputy, by=Actor(by))
    event = Event.objects.get(act="stand-in")
    assert (event.by, event.subject, event.after["deputy"]) == (by, str(held.pk), deputy)
    told = {one.to: one.title["zh"] for one in Notice.objects.filter(kind__in=("standing_in", "stood_in"))}
    assert set(told) == {absent, deputy} - {by}
    assert "甲某" in told.get(deputy, "甲某")


def test_the_same_arrangement_does_not_stand_twice_and_ends_once(at_work) -> None:
    held = arranged()
    assert refusal(arranged, since=TILL, until=TILL + timedelta(3)) == "stands-already"
    arranged(since=TILL + timedelta(1), until=TILL + timedelta(3))
    arranged(deputy="乙")
    for who in ("丙", "戊"):
        assert refusal(end_stand_in, held, by=Actor(who), at=NOW) == "not-yours"
    end_stand_in(held, by=HEAD, at=NOW)
    assert refusal(end_stand_in, held, by=HEAD, at=NOW) == "ended-already"
    assert [one.act for one in Event.objects.filter(kind="stand_in", subject=str(held.pk))] == ["stand-in", "end-stand-in"]  # fmt: skip
    arranged()


def test_the_database_keeps_days_in_order_and_two_persons(at_work) -> None:
    rows = ({"deputy": "甲", "until": DAY}, {"deputy": "丙", "until": DAY - timedelta(1)})
    for wrong in rows:
        with pytest.raises(IntegrityError), transaction.atomic():
            StandIn.objects.create(absent="甲", since=DAY, reason="一", by="甲", at=NOW, **wrong)


def test_a_deputy_of_a_deputy_gets_nothing_further(at_work) -> None:
    arranged("丙", "甲", by=DEPUTY)
    arranged("甲", "乙")
    assert viewer_of("乙", DAY).stands_for == {"甲"}


def test_whoever_holds_no_post_stands_in_for_nobody(at_work) -> None:
    StandIn.objects.create(absent="甲", deputy="庚", since=DAY, until=TILL, reason="一", by="辛", at=NOW)
    assert viewer_of("庚", DAY).stands_for == frozenset()


# ------------------------------------------------------------------ on screen


@pytest.mark.covers("P02-03")
def test_a_deputy_does_the_work_of_the_absent_on_screen_and_it_stands_on_record_as_his(at_work) -> None:
    duty, deputy = check_of_funds(), browser_of("丙")
    assert deputy.get(f"/duties/{duty.pk}/").status_code == 404
    assert deputy.post("/registers/inspection/new/", INSPECTION).status_code == 200
    assert standing(homes()["inspection"]).count() == 0
    arranged()
    desk = words_of(deputy.get("/"))
    assert "您代 甲某 办事" in desk
    assert "代 甲某</span>" in deputy.get("/").content.decode()
    assert "丙某 代您办事" in words_of(browser_of("甲").get("/"))
    assert "填表" in words_of(deputy.get(f"/duties/{duty.pk}/"))
    assert deputy.post("/registers/inspection/new/", INSPECTION).status_code == 302
    duty.refresh_from_db()
    assert (duty.state, duty.done) == ("late", DAY)
    (row,) = standing(homes()["inspection"])
    assert Event.objects.get(kind="inspection", subject=row.key).by == "丙"
    assert [one.employee for one in duty.persons.all()] == ["甲"]


def test_what_a_deputy_completes_is_marked_as_done_in_anothers_place(at_work) -> None:
    persons = DutyPerson.objects.filter(employee="寅").select_related("duty").order_by("pk")
    person = next(one for one in persons if closable(one.duty, rules()[one.duty.rule]))
    due, said = person.duty, {"completion_day": DAY.isoformat(), "evidence": "纪要 7 号", "remark": ""}
    assert browser_of("辛").post(f"/duties/{due.pk}/", said).status_code == 403
    arranged(person.employee, "辛", by=Actor("辛"))
    assert browser_of("辛").post(f"/duties/{due.pk}/", said).status_code == 302
    assert standing(homes()["completion"]).get(duty=due.key).completed_by == "辛"
    page = words_of(browser_of("辛").get(f"/duties/{due.pk}/"))
    assert "辛某 办结" in page
    assert "代办" in page.partition('id="history"')[2]


def test_it_is_arranged_and_ended_on_screen_with_faults_beside_their_fields(at_work) -> None:
    absent, head, deputy = browser_of("甲"), browser_of("乙"), browser_of("丙")
    for said, field in (
        ({"person": "无此人"}, "person"),
        ({"person": "戊某（戊）"}, "person"),
        ({"absent": "丁某（丁）"}, "absent"),
        ({"absent": "无此人"}, "absent"),
        ({"until": (DAY - timedelta(1)).isoformat()}, "until"),
        ({"until": "后天"}, "until"),
        ({"reason": " "}, "reason"),
    ):
        answer = absent.post("/stand-ins/", {**ASKED, **said})
        assert answer.status_code == 422
        assert set(answer.context["form"].errors) == {field}
    assert StandIn.objects.count() == 0
    assert head.post("/stand-ins/", {**ASKED, "absent": "甲某"}).status_code == 302
    held = StandIn.objects.get()
    for client, sees_it, ends in ((absent, True, True), (head, True, True), (deputy, True, False), (browser_of("戊"), False, False)):  # fmt: skip
        page = client.get("/stand-ins/")
        assert ("甲某" in words_of(page)) is sees_it
        assert (f"/stand-ins/{held.pk}/end/" in page.content.decode()) is ends
    assert deputy.post(f"/stand-ins/{held.pk}/end/").status_code == 404
    assert browser_of("戊").post(f"/stand-ins/{held.pk}/end/").status_code == 404
    assert deputy.get(f"/stand-ins/{held.pk}/end/").status_code == 405
    assert absent.post(f"/stand-ins/{held.pk}/end/").status_code == 302
    assert "已停" in words_of(head.get("/stand-ins/"))
    event = Event.objects.get(act="end-stand-in")
    page = words_of(browser_of("己").get(f"/trail/{event.number}/"))
    assert "甲某 → 丙某" in page
    assert "谁不在" in page


def test_the_page_asks_as_many_questions_however_many_arrangements_there_are(at_work) -> None:
    client = browser_of("乙")
    counted = []
    for days in (range(1), range(1, 12)):
        for one in days:
            arranged(since=DAY + timedelta(10 * one), until=DAY + timedelta(10 * one + 1))
        with CaptureQueriesContext(
            connection,
        ) as asked:
            client.get("/stand-ins/")
        counted.append(len(asked))
    assert counted[0] == counted[1]


# ------------------------------------------------------------------ messages and commands


def test_the_mornings_list_of_who_is_absent_goes_to_his_deputy_too(at_work) -> None:
    who = ("甲", "account_manager", "J2")
    assert Holders.on(DAY).of(who) == ["甲"]
    arranged()
    assert Holders.on(DAY).of(who) == ["甲", "丙"]
    assert Holders.on(TILL + timedelta(1)).of(who) == ["甲"]
    assert Holders.on(DAY).of((None, "account_manager", "J2")) == ["甲"]
    Notice.objects.all().delete()
    morning_list(DAY, by=BY, at=NOW)
    told = {one.to: one.text["zh"] for one in Notice.objects.filter(kind="morning")}
    own = Duty.objects.filter(
        mine(viewer_of("丙", DAY)), state="overdue", withdrawn_on__isnull=True
    ).distinct()
    assert f"逾期 {own.count()} 件" in told["丙"]


def test_it_is_arranged_listed_and_ended_on_the_command_line(at_work, tmp_path, capsys, monkeypatch) -> None:
    monkeypatch.setattr(commands, "enter", lambda *_: None)
    monkeypatch.setattr(commands.given, "today", lambda: DAY)
    monkeypatch.setattr("daihou.cli.acting.now", lambda: NOW)
    with pytest.raises(Stopped, match="只能替自己和自己管的人安排"):
        commands.arrange(tmp_path, "甲", "丙", "zh", since=None, until=TILL, reason="病假", by="丙")
    commands.arrange(tmp_path, "甲", "丙", "zh", since=None, until=TILL, reason="病假", by="乙")
    held = StandIn.objects.get()
    assert (held.absent, held.deputy, held.since, held.by) == ("甲", "丙", DAY, "乙")
    commands.show(tmp_path, "丙", "zh", as_json=False)
    assert "病假" in capsys.readouterr().out
    commands.show(tmp_path, "丙", "zh", as_json=True)
    (told,) = json.loads(capsys.readouterr().out)
    assert (told["absent"], told["state"]) == ("甲", "in-force")
    with pytest.raises(Stopped, match="没有编号"):
        commands.end(tmp_path, held.pk + 1, "zh", by="乙")
    with pytest.raises(Stopped):
        commands.end(tmp_path, held.pk, "zh", by="丙")
    commands.end(tmp_path, held.pk, "zh", by="乙")
    commands.show(tmp_path, "戊", "zh", as_json=False)
    assert "没有代办安排" in capsys.readouterr().out
    assert not StandIn.objects.in_force(DAY).filter(known_to(viewer_of("甲", DAY))).exists()
