"""The watch list: a client put on it with his plan, steps and looks, their duties, and off again by signature."""

from datetime import date, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from staging import staged
from tests_cast import BY, DAY, NOW, PASSWORD, browser_of, on_its_day, reading_of, write_sheets

from daihou.dayend.acts import run_day
from daihou.duties.models import Duty, DutyPerson
from daihou.duties.signing import sign
from daihou.ledger.acts import enter, take_in
from daihou.people.acts import open_accounts
from daihou.registers.kept import homes, standing
from daihou.signoff.models import APPROVED, Matter
from daihou.signoff.reads import signers_of
from daihou.trail.acts import Actor
from daihou.trail.models import Event
from daihou.trail.reads import verify
from daihou.warnings.acts import WarningRefusedError
from daihou.warnings.watching import (
    Plan,
    WatchRefusedError,
    add_steps,
    finish_step,
    look_at,
    propose_removal,
    put_on_list,
)

MANAGER = Actor("甲", "test")
SOON = DAY + timedelta(30)


@pytest.fixture(autouse=True)
def small(monkeypatch):
    """The rules of a guarantee company and the day of the cast."""
    on_its_day(monkeypatch)


@staged
def company(tmp_path):
    reading = reading_of(write_sheets(tmp_path / "book"))
    take_in(reading.book, by=BY, at=NOW, day=DAY, file="book", digest="d1", read=0, left_out=0)
    run_day(DAY, by=BY, at=NOW)
    open_accounts([(one, one) for one in "甲乙丙丁戊辛"], PASSWORD, by=BY, at=NOW, sample=True)


def client(title="张三"):
    return standing(homes()["party"]).get(title=title)


def put(
    title="张三",
    reason="回款慢了一个月",
    kind="action_plan",
    told="",
    person="甲",
    steps=(("追加质押", SOON),),
):
    return put_on_list(client(title).key, reason, Plan(kind, told, person, steps), by=MANAGER, at=NOW)


@pytest.mark.covers("P05-05")
def test_a_client_is_put_on_the_list_with_plan_and_steps_in_one_event_and_is_known_as_a_latent_risk(
    company,
) -> None:
    before = Event.objects.count()
    key = put(told="先稳住现金")
    assert Event.objects.count() == before + 1
    row = standing(homes()["watch_listing"]).get()
    assert (row.key, row.plan_kind, row.plan_told, row.responsible_person, row.listed_day) == (
        key,
        "action_plan",
        "先稳住现金",
        "甲",
        DAY,
    )
    step = standing(homes()["watch_step"]).get()
    assert (step.key, step.step_told, step.deadline) == (f"{key}/1", "追加质押", SOON)
    assert client().latent_risk is True
    run_day(DAY, by=BY, at=NOW)
    duty = Duty.objects.get(rule="watch-list-step")
    assert (duty.due, DutyPerson.objects.get(duty=duty, ordinal=0).employee) == (SOON, "甲")
    assert list(verify()) == []


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"kind": "wait"}, "no-such-plan"),
        ({"reason": "  "}, "told-missing"),
        ({"reason": "长" * 1001}, "told-too-long"),
        ({"person": "没有这人"}, "nobody-such"),
        ({"steps": (("", SOON),)}, "step-missing"),
        ({"steps": (("追加质押", DAY - timedelta(1)),)}, "day-passed"),
    ],
)
def test_a_listing_that_cannot_be_is_refused_and_leaves_nothing(company, changed, code) -> None:
    before = Event.objects.count()
    with pytest.raises((WatchRefusedError, WarningRefusedError)) as error:
        put(**changed)
    assert (error.value.code, Event.objects.count()) == (code, before)


def test_a_client_is_on_the_list_once(company) -> None:
    put()
    with pytest.raises(WatchRefusedError) as error:
        put()
    assert error.value.code == "on-already"
    assert put("东城食品有限公司", person="丙").endswith("-0002")


@pytest.mark.covers("P05-09")
def test_a_listed_client_is_looked_at_every_month_by_who_answers_for_him(company) -> None:
    key = put()
    run_day(DAY, by=BY, at=NOW)
    duty = Duty.objects.get(rule="watch-list-look")
    assert (duty.due, duty.state) == (date(2026, 11, 30), "open")
    look_at(key, "回款恢复", by=MANAGER, at=NOW)
    run_day(DAY, by=BY, at=NOW)
    assert Duty.objects.get(pk=duty.pk).done == DAY
    with pytest.raises(WatchRefusedError) as error:
        look_at(key, "又看一次", by=MANAGER, at=NOW)
    assert error.value.code == "looked-today"


def test_steps_are_added_and_carried_out_each_once(company) -> None:
    key = put()
    assert add_steps(key, [("收回两成", SOON), ("停新做", SOON)], by=MANAGER, at=NOW) == 3
    for done, code in ((DAY + timedelta(1), "day-wrong"), (DAY - timedelta(1), "day-wrong")):
        with pytest.raises(WatchRefusedError) as error:
            finish_step(f"{key}/2", done, "收回了", by=MANAGER, at=NOW)
        assert error.value.code == code
    finish_step(f"{key}/2", DAY, "收回了", by=MANAGER, at=NOW)
    for number, code in ((2, "done-already"), (9, "no-such-step")):
        with pytest.raises(WatchRefusedError) as error:
            finish_step(f"{key}/{number}", DAY, "收回了", by=MANAGER, at=NOW)
        assert error.value.code == code
    with pytest.raises(WatchRefusedError):
        add_steps(key, [], by=MANAGER, at=NOW)
    run_day(DAY, by=BY, at=NOW)
    assert Duty.objects.filter(rule="watch-list-step", done=DAY).count() == 1


@pytest.mark.covers("P05-09")
def test_a_client_comes_off_when_every_step_is_done_and_all_have_signed(company) -> None:
    key = put()
    with pytest.raises(WatchRefusedError) as error:
        propose_removal(key, "欠款结清", by=MANAGER, at=NOW)
    assert error.value.code == "steps-open"
    finish_step(f"{key}/1", DAY, "已质押", by=MANAGER, at=NOW)
    matter = propose_removal(key, "欠款结清", by=MANAGER, at=NOW)
    with pytest.raises(WatchRefusedError) as error:
        propose_removal(key, "欠款结清", by=MANAGER, at=NOW)
    assert error.value.code == "being-signed"
    signed = []
    while matter.state != APPROVED:
        (who,) = signers_of(matter, DAY)
        signed.append(who)
        sign(matter, by=Actor(who, "test"), at=NOW, opinion="同意")
        matter = Matter.objects.get(pk=matter.pk)
        assert (client().latent_risk, matter.state == APPROVED) in {(True, False), (False, True)}
    assert signed == ["丁", "辛"]
    row = standing(homes()["watch_listing"]).get()
    assert (row.delisted_day, row.delisting_told) == (DAY, "欠款结清")
    with pytest.raises(WatchRefusedError) as error:
        look_at(key, "还看", by=MANAGER, at=NOW)
    assert error.value.code == "off-already"
    run_day(date(2026, 12, 1), by=BY, at=NOW + timedelta(8))
    assert not Duty.objects.filter(rule="watch-list-look", occurrence="2026-12月").exists()
    put()  # and may come on it again


# ------------------------------------------------------------------ on screen


def test_a_client_goes_on_the_list_and_off_again_on_screen(company) -> None:
    manager = browser_of("甲")
    assert "名单上没有客户" in manager.get("/watch/").content.decode()
    typed = {"party": "张三", "reason": "回款慢", "plan": "orderly_exit", "told": "", "person": "", "step-0": "收回两成", "until-0": SOON.isoformat()}  # fmt: skip
    for wrong, said in (
        ({"party": "没有这人"}, "候选"),
        ({"plan": ""}, "方案"),
        ({"until-0": "明天"}, "日子"),
        ({"person": "谁"}, ""),
    ):
        answer = manager.post("/watch/new/", typed | wrong)
        assert (answer.status_code, said in answer.content.decode()) == (422, True)
        assert '<div class="fault" role="alert">' in answer.content.decode(), "beside its field"
    made = manager.post("/watch/new/", typed)
    assert made.status_code == 302, made.content.decode()
    at = made.headers["Location"]
    page = manager.get(at).content.decode()
    for text in ("张三", "有序退出", "收回两成", "C1", "还没有看过"):
        assert text in page, text
    key = at.strip("/").rpartition("/")[2]
    steps = (
        {"act": "look", "told": "回款正常"},
        {"act": "add", "step-0": "停新做", "until-0": SOON.isoformat()},
        {"act": "finish", "step": f"{key}/1", "done": DAY.isoformat(), "told": "已收回"},
        {"act": "finish", "step": f"{key}/2", "done": DAY.isoformat(), "told": "已停"},
        {"act": "remove", "told": "风险解除"},
    )
    for one in steps:
        assert manager.post(at, one).status_code == 302, one
    assert (
        manager.post(
            at, {"act": "finish", "step": "GZ9/1", "done": DAY.isoformat(), "told": "别人的"}
        ).status_code
        == 422
    )
    assert manager.post(at, {"act": "look", "told": " "}).status_code == 422
    assert manager.post(at, {"act": "nothing"}).status_code == 404
    matter = Matter.objects.get(kind="watch_removal")
    assert "风险解除" in browser_of("丁").get(f"/matters/{matter.pk}/").content.decode()
    listed = manager.get("/watch/?q=张").content.decode()
    assert "还剩 0 / 2" in listed


def test_the_list_is_inside_the_bounds_of_each_post(company) -> None:
    key = put()
    assert browser_of("丙").get(f"/watch/{key}/").status_code == 404  # of another branch
    assert "张三" not in browser_of("丙").get("/watch/").content.decode()
    assert browser_of("戊").get("/watch/").status_code == 404  # a cashier sees no warnings
    general = browser_of("辛")
    assert "张三" in general.get("/watch/").content.decode()
    assert general.post(f"/watch/{key}/", {"act": "look", "told": "看"}).status_code == 403
    assert general.get("/watch/new/").status_code == 403


def test_the_questions_of_the_list_do_not_grow_with_its_rows(company) -> None:
    boss = browser_of("丁")
    put()
    with CaptureQueriesContext(connection) as one:
        boss.get("/watch/")
    put("东城食品有限公司", person="丙")
    with CaptureQueriesContext(connection) as two:
        boss.get("/watch/")
    assert len(two) == len(one)


@pytest.mark.covers("P05-11")
def test_the_file_of_a_listed_client_is_kept_together_and_tells_what_it_lacks(company) -> None:
    """His reports, statements, attachments and contracts on one page, and the forms that are overdue."""
    key, party = put(), client().key
    enter(
        "statement",
        {"key": f"{party}/2026-09-30/quarter/false", "party": party, "period_end": date(2026, 9, 30), "basis_period": "quarter", "consolidated": False, "received_day": DAY},
        by=MANAGER, at=NOW, day=DAY,
    )  # fmt: skip
    browser = browser_of("甲")
    upload = browser.post(
        f"/attach/watch_listing/{key}/", {"file": SimpleUploadedFile("分析.txt", "现金流分析".encode())}
    )
    assert upload.status_code in {200, 302}
    run_day(DAY + timedelta(60), by=BY, at=NOW)
    text = browser.get(f"/watch/{key}/").content.decode()
    assert "分析.txt" in text
    assert "2026-09-30 报表" in text or "9月30日 报表" in text
    lacking = text.split("档案还缺什么")[1]
    late = Duty.objects.filter(party=party, state="overdue", rule="fund-use-check")
    assert late.exists()
    assert f"/duties/{late.get().pk}/" in lacking
    other = browser_of("丙")  # another branch: nothing of it is there
    assert other.get(f"/watch/{key}/").status_code == 404


@pytest.mark.covers("P05-11")
def test_a_file_that_lacks_nothing_says_so(company) -> None:
    key = put("李四")
    text = browser_of("丁").get(f"/watch/{key}/").content.decode()
    assert "不缺：该交的表没有逾期的" in text
