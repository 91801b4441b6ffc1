"""Risk notices: a change told to business, risk control, the review body and whoever has the clients; each reads it in time."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from staging import staged
from tests_cast import BY, DAY, NOW, PASSWORD, SHEETS, browser_of, on_its_day, reading_of, write_sheets

from daihou.dayend.acts import run_day
from daihou.duties.models import Duty
from daihou.ledger.acts import take_in
from daihou.messaging.models import Notice
from daihou.people.acts import open_accounts
from daihou.people.reads import viewer_of
from daihou.people.rights import May, rights_by_post
from daihou.registers.kept import homes, standing
from daihou.trail.acts import Actor
from daihou.trail.models import Event
from daihou.trail.reads import verify as verify_trail
from daihou.warnings.acts import WarningRefusedError
from daihou.warnings.noticing import MOST_CLIENTS, NoticeRefusedError, Told, read_notice, send_notice, told_to

DEPUTY = Actor("副", "test")
ALL = ("business", "risk", "review")


@pytest.fixture(autouse=True)
def small(monkeypatch):
    """The rules of a guarantee company, and the day of the cast."""
    on_its_day(monkeypatch)


@staged
def company(tmp_path):
    """The cast with a deputy general manager and a committee member; 东城食品 is in the food trade and 丙's client."""
    staff = SHEETS["员工"] + "副,副某,J1,\n委,委某,J1,\n"
    posts = SHEETS["任职"] + "副,副总经理,J1,2025-01-01\n委,评审委员,J1,2025-01-01\n"
    parties = (
        SHEETS["主体"].replace("国有,手机\n", "国有,手机,行业\n").replace("企业,否,\n", "企业,否,,制造业\n")
    )
    parties = parties.replace("13800000001\n", "13800000001,\n").replace("13800000002\n", "13800000002,\n")
    reading = reading_of(write_sheets(tmp_path / "book", 员工=staff, 任职=posts, 主体=parties))
    take_in(reading.book, by=BY, at=NOW, day=DAY, file="book", digest="d1", read=0, left_out=0)
    open_accounts([(one, one) for one in "甲乙丙丁戊辛副委"], PASSWORD, by=BY, at=NOW, sample=True)


def party(title):
    return standing(homes()["party"]).get(title=title).key


def sent(audiences=ALL, topic="policy_change", title="糖价放开", text="下月起食糖储备停收", **more):
    return send_notice(Told(topic, title, text, audiences, **more), by=DEPUTY, at=NOW)


def readers(key):
    return "".join(
        sorted(standing(homes()["notice_reading"]).filter(risk_notice=key).values_list("employee", flat=True))
    )


@pytest.mark.covers("P05-26")
@pytest.mark.parametrize(
    ("audiences", "industry", "clients", "told"),
    [
        (("business",), None, (), "乙"),
        (("risk",), None, (), "丁"),
        (("review",), None, (), "委"),
        (ALL, None, (), "丁乙委"),
        ((), "manufacturing", (), "丙"),  # whoever has running clients of the industry
        ((), None, ("张三",), "甲"),  # whoever has the client
        (("review",), "manufacturing", ("张三",), "丙委甲"),
        ((), None, ("张三", "东城食品有限公司"), "丙甲"),
    ],
)
def test_business_risk_review_and_whoever_has_the_clients_are_told(
    company, audiences, industry, clients, told
) -> None:
    key = sent(audiences, industry=industry, clients=[party(one) for one in clients])
    assert readers(key) == "".join(sorted(told))
    assert set(Notice.objects.filter(subject=f"risk_notice/{key}").values_list("to", flat=True)) == set(told)


@pytest.mark.covers("P05-26")
@pytest.mark.parametrize("topic", ["industry_change", "law_change", "policy_change", "client_change"])
def test_a_notice_is_one_event_and_each_has_a_duty_to_read_it_by_the_next_working_day(company, topic) -> None:
    before = Event.objects.filter(act="correct-many").count()
    key = sent(topic=topic)
    assert Event.objects.filter(act="correct-many").count() == before + 1
    run_day(DAY, by=BY, at=NOW)
    duties = Duty.objects.filter(rule="risk-notice-reading")
    assert {one.persons.get().employee for one in duties} == set("丁乙委")
    assert {one.due - DAY for one in duties} <= {timedelta(days=1), timedelta(days=2), timedelta(days=3)}
    read_notice(key, "我的客户不受影响", by=Actor("乙", "test"), at=NOW)
    run_day(DAY, by=BY, at=NOW)
    assert Duty.objects.get(rule="risk-notice-reading", object=f"{key}/乙").state == "on_time"
    assert Duty.objects.get(rule="risk-notice-reading", object=f"{key}/丁").state == "open"
    assert list(verify_trail()) == []


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"topic": "weather"}, "no-such-topic"),
        ({"industry": "alchemy"}, "no-such-industry"),
        ({"audiences": ("everybody",)}, "no-such-audience"),
        ({"title": " "}, "title-missing"),
        ({"title": "长" * 81}, "title-missing"),
        ({"text": " "}, "told-missing"),
        ({"text": "长" * 1001}, "told-too-long"),
        ({"clients": ["nobody"]}, "no-such-client"),
        ({"clients": [str(one) for one in range(MOST_CLIENTS + 1)]}, "too-many-clients"),
        ({"audiences": ()}, "nobody-to-read"),
    ],
)
def test_what_cannot_be_told_is_refused_and_nothing_is_written(company, changed, code) -> None:
    with pytest.raises((NoticeRefusedError, WarningRefusedError)) as error:
        sent(**changed)
    assert error.value.code == code
    assert not standing(homes()["risk_notice"]).exists()
    assert not Notice.objects.exists()


def test_it_is_read_once_and_only_by_whom_it_was_told_to(company) -> None:
    key = sent(("business",))
    for who, code in (("甲", "not-told"), ("乙", None), ("乙", "read-already")):
        if code is None:
            read_notice(key, "知道了", by=Actor(who, "test"), at=NOW)
            continue
        with pytest.raises(NoticeRefusedError) as error:
            read_notice(key, "知道了", by=Actor(who, "test"), at=NOW)
        assert error.value.code == code


def test_a_notice_is_seen_by_whom_it_was_told_to_and_by_who_sees_the_whole_company(company) -> None:
    key = sent((), clients=[party("张三")])
    seen = {who: told_to(viewer_of(who, DAY)).filter(key=key).exists() for who in "甲乙丙丁戊辛副委"}
    assert {who for who, sees in seen.items() if sees} == set("甲丁辛副委")
    for who, sees in seen.items():
        assert browser_of(who).get(f"/risk-notices/{key}/").status_code == (200 if sees else 404)


def test_who_sends_notices_is_written_in_the_table_of_rights() -> None:
    posts = {post for post, rights in rights_by_post().items() if May.NOTICES in rights.may}
    assert posts == {
        "general_manager",
        "executive_deputy",
        "deputy_general_manager",
        "risk_director",
        "risk_manager",
    }


@pytest.mark.covers("P05-26")
def test_it_is_written_on_screen_read_on_screen_and_refused_beside_the_field(company) -> None:
    run_day(DAY, by=BY, at=NOW)
    deputy = browser_of("副")
    assert "发风险提示" in deputy.get("/risk-notices/").content.decode()
    said = {
        "topic": "client_change",
        "title": "换了厂长",
        "text": "老厂长退休",
        "audience": ["business"],
        "clients": "张三\n没有这家",
    }
    wrong = deputy.post("/risk-notices/new/", said)
    assert wrong.status_code == 422
    assert '<div class="field wrong"><label for="clients">' in wrong.content.decode()
    assert "老厂长退休" in wrong.content.decode()  # nothing typed is lost
    done = deputy.post("/risk-notices/new/", said | {"clients": "张三"})
    key = standing(homes()["risk_notice"]).get().key
    assert (done.status_code, done.url) == (302, f"/risk-notices/{key}/")
    assert browser_of("甲").get("/risk-notices/new/").status_code == 403
    assert browser_of("甲").post("/risk-notices/new/", said).status_code == 403
    mine = browser_of("甲")
    text = mine.get(f"/risk-notices/{key}/").content.decode()
    assert "对我的客户有什么影响" in text
    assert "张三" in text
    assert mine.post(f"/risk-notices/{key}/", {"told": ""}).status_code == 422
    assert mine.post(f"/risk-notices/{key}/", {"told": "下周去看"}).status_code == 302
    assert "下周去看" in deputy.get(f"/risk-notices/{key}/").content.decode()
    assert (
        Duty.objects.get(rule="risk-notice-reading", object=f"{key}/甲").state == "on_time"
    )  # the duties followed


def test_the_list_asks_a_fixed_number_of_questions(company) -> None:
    deputy = browser_of("副")
    counts = []
    for _more in range(2):
        for _one in range(3):
            sent()
        with CaptureQueriesContext(connection) as asked:
            assert deputy.get("/risk-notices/").status_code == 200
        counts.append(len(asked))
    assert counts[0] == counts[1]


def test_the_commands_send_list_show_and_read(company, tmp_path, monkeypatch, capsys) -> None:
    from daihou.cli import acting, notices
    from daihou.cli.refusal import Stopped

    monkeypatch.setattr(notices, "enter", lambda home, lang: None)
    monkeypatch.setattr(notices.given, "today", lambda: DAY)
    monkeypatch.setattr(acting, "now", lambda: NOW)
    said = {
        "topic": "政策变化",
        "title": "限产",
        "text": "下月起限产三成",
        "to": ["business"],
        "industry": "",
        "clients": [],
    }
    for by, changed in (("甲", {}), ("副", {"clients": ["没有"]}), ("副", {"topic": "天气"})):
        with pytest.raises(Stopped):
            notices.send(tmp_path, "zh", **{**said, **changed}, by=by)
    assert notices.send(tmp_path, "zh", **said, by="副") == 0
    key = standing(homes()["risk_notice"]).get().key
    capsys.readouterr()
    assert notices.show(tmp_path, "乙", "zh", as_json=False) == 0
    assert "待看" in capsys.readouterr().out
    with pytest.raises(Stopped):
        notices.tell(tmp_path, key, "丙", "zh", as_json=False)
    with pytest.raises(Stopped):
        notices.read(tmp_path, key, "知道了", "丙", "zh")
    assert notices.read(tmp_path, key, "知道了", "乙", "zh") == 0
    assert notices.tell(tmp_path, key, "乙", "zh", as_json=False) == 0
    assert "知道了" in capsys.readouterr().out
    assert notices.tell(tmp_path, key, "乙", "en", as_json=True) == 0
    assert notices.show(tmp_path, "乙", "en", as_json=True) == 0
    assert '"to_read": false' in capsys.readouterr().out
    assert notices.show(tmp_path, "戊", "zh", as_json=False) == 0
    assert "没有风险提示" in capsys.readouterr().out
