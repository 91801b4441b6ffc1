"""What people are told: by every way, never twice, quiet at night; what a channel answers decides what becomes of a message."""

import http.server
import json
import threading
import time as clock
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml
from django.db import IntegrityError, transaction
from django.urls import resolve
from tests_cast import BY, DAY, NOW, PASSWORD, browser_of, guarantee_alone

from daihou.dayend.acts import follow, run_day
from daihou.dayend.telling import morning_list
from daihou.duties.models import Duty
from daihou.ledger.acts import correct, enter
from daihou.messaging import sender
from daihou.messaging.acts import (
    PAUSES,
    STALE,
    Draft,
    MessagingRefusedError,
    Terms,
    add_channel,
    allowed_at,
    alter_channel,
    note,
    notify,
    read,
    remind,
    reminded,
    remove_channel,
    send_due,
    tell_signer,
    try_channel,
    withdraw_note,
)
from daihou.messaging.models import Channel, Delivery, Note, Notice, Reminder
from daihou.messaging.sender import Outcome, address_of
from daihou.people.acts import open_accounts
from daihou.registers.kept import homes, standing
from daihou.signoff.acts import open_matter
from daihou.trail.acts import Actor
from daihou.trail.models import Event, Head
from daihou.trail.reads import verify
from daihou.units import ZONE
from daihou.web import gate
from daihou.web.messages import kinds

pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated")  # Apprise asks for it while it loads

ALWAYS = Terms("甲的手机", owner="甲", quiet_from=time(0), quiet_until=time(0))
KEY = "0a1b2c3d-4e5f-6789-abcd-ef0123456789"


def at(hour: int, minute: int = 0, day: int = 23) -> datetime:
    """A moment in Shanghai."""
    return datetime(2026, 11, day, hour, minute, tzinfo=ZONE)


@pytest.fixture
def channel(db):
    """A channel to 甲 that is never quiet, switched on."""
    made = add_channel("memory", "box-of-甲", ALWAYS, by=BY, at=NOW)
    return alter_channel(made, by=BY, at=NOW, on=True)


def tell(to: str = "甲", severity: str = "urgent", when: datetime = NOW) -> int:
    return notify([Draft(to, "test", {"channel": "甲"}, severity=severity)], by=BY, at=when)


def answering(*outcomes):
    """A sender that answers one after the other, and counts."""
    left = list(outcomes)
    calls = []

    def send(*message):
        calls.append(message)
        return left.pop(0)

    send.calls = calls
    return send


SENT, FAILED, LOST = (
    Outcome("sent"),
    Outcome("failed", "refused", "HTTP 500"),
    Outcome("uncertain", "answer-lost"),
)


# ------------------------------------------------------------------ what the channel does, and what becomes of it


class Robot(http.server.BaseHTTPRequestHandler):
    """A robot on this machine that answers as it is told."""

    def do_POST(self) -> None:
        """Take a message."""
        self.server.taken.append(self.rfile.read(int(self.headers["Content-Length"])))
        how = self.server.how
        if how == "hang":
            self.server.go_on.wait(10)
            return
        if how == "drop":
            self.close_connection = True
            self.connection.close()
            return
        status, body = how
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_said) -> None:
        """Say nothing."""


@pytest.fixture
def robot(monkeypatch):
    """Where the robots of WeCom stand while a test runs."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Robot)
    server.daemon_threads, server.taken, server.go_on = True, [], threading.Event()
    # it looks so often whether it shall stop, and each test would wait for that
    worker = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    worker.start()
    from apprise.plugins.wecombot import NotifyWeComBot

    port = server.server_address[1]
    monkeypatch.setattr(NotifyWeComBot, "notify_url", f"http://127.0.0.1:{port}/send?key={{key}}")
    monkeypatch.setattr(NotifyWeComBot, "socket_read_timeout", 0.3)
    yield server
    server.go_on.set()
    server.shutdown()
    server.server_close()
    worker.join(5)


# what the channel does -> what becomes of the message, and what is said of it
ANSWERS = [
    ("takes it", (200, b'{"errcode": 0, "errmsg": "ok"}'), ("sent", "", "")),
    ("takes it without a word", (200, b""), ("sent", "", "")),
    ("has too many of them", (200, b'{"errcode": 45009, "errmsg": "limit"}'), ("failed", "refused", "errcode 45009")),
    ("says the key is wrong", (200, b'{"errcode": 93000, "errmsg": "invalid"}'), ("failed", "refused", "errcode 93000")),
    ("is broken", (500, b"oops"), ("failed", "refused", "HTTP 500")),
    ("is busy", (429, b""), ("failed", "refused", "HTTP 429")),
    ("refuses", (403, b""), ("failed", "refused", "HTTP 403")),
    ("stands behind a gateway that lost it", (502, b""), ("uncertain", "answer-lost", "")),
    ("answers the gateway too late", (504, b""), ("uncertain", "answer-lost", "")),
    ("hangs", "hang", ("uncertain", "answer-lost", "")),
    ("cuts the line", "drop", ("uncertain", "answer-lost", "")),
]  # fmt: skip


@pytest.mark.parametrize(("how", "expected"), [row[1:] for row in ANSWERS], ids=[row[0] for row in ANSWERS])
def test_a_channel_that(robot, how, expected) -> None:
    robot.how = how
    outcome = sender.send("wecom", KEY, "标题", "内容")
    assert (outcome.state, outcome.error, outcome.detail) == expected
    assert len(robot.taken) == 1
    assert "内容" in json.loads(robot.taken[0])["text"]["content"]


def test_a_channel_that_is_not_there_was_never_reached_and_is_tried_again(robot) -> None:
    robot.shutdown()
    robot.server_close()
    outcome = sender.send("wecom", KEY, "标题", "内容")
    assert (outcome.state, outcome.error) == ("failed", "unreachable")


def test_nothing_of_an_address_reaches_the_log_of_the_server(robot, capfd) -> None:
    for robot.how in ((200, b'{"errcode": 93000}'), (500, b"oops"), "hang", "drop"):
        assert sender.send("wecom", KEY, "标题", "内容").state != "sent"
    robot.shutdown()
    robot.server_close()
    assert sender.send("wecom", KEY, "标题", "内容").error == "unreachable"
    out, err = capfd.readouterr()
    assert KEY[:8] not in out + err


# tries so far -> when it is tried again after one more that failed; None: given up
RETRIES = [(0, 1), (1, 5), (2, 15), (3, 60), (4, 240), (5, None)]


@pytest.mark.parametrize(("tries", "minutes"), RETRIES)
def test_what_failed_is_tried_again_after_a_growing_pause_and_given_up_in_the_end(
    channel, tries, minutes
) -> None:
    tell()
    Delivery.objects.update(tries=tries)
    assert send_due(by=BY, at=NOW, send=answering(FAILED)) == {"failed" if minutes else "given_up": 1}
    held = Delivery.objects.get()
    assert (held.tries, held.error, held.detail) == (tries + 1, "refused", "HTTP 500")
    assert held.next_try == (NOW + timedelta(minutes=minutes) if minutes else None)
    assert send_due(by=BY, at=NOW, send=answering()) == {}


def test_it_is_tried_again_when_the_pause_is_over_and_sent_once(channel) -> None:
    tell()
    send_due(by=BY, at=NOW, send=answering(FAILED))
    later = NOW + PAUSES[0]
    assert send_due(by=BY, at=later, send=answering(SENT)) == {"sent": 1}
    assert send_due(by=BY, at=later + timedelta(hours=3), send=answering()) == {}
    assert list(verify()) == []
    assert [one.act for one in Event.objects.filter(kind="sending").order_by("number")] == [
        "send",
        "delivery",
    ] * 2


def test_what_may_have_arrived_is_never_sent_again(channel) -> None:
    tell()
    assert send_due(by=BY, at=NOW, send=answering(LOST)) == {"uncertain": 1}
    assert send_due(by=BY, at=NOW + timedelta(days=1), send=answering()) == {}
    assert Delivery.objects.get().state == "uncertain"


class Killed(BaseException):
    """The machine stops."""


def test_a_sender_killed_after_sending_and_before_storing_leaves_it_uncertain_and_nothing_goes_twice(
    channel,
) -> None:
    tell()

    def die(*message):
        sender.OUTBOX.append(message[1:])
        raise Killed

    sender.OUTBOX.clear()
    with pytest.raises(Killed):
        send_due(by=BY, at=NOW, send=die)
    assert Delivery.objects.get().state == "uncertain"
    assert send_due(by=BY, at=NOW + timedelta(hours=1)) == {}
    assert len(sender.OUTBOX) == 1


def test_of_two_who_send_at_once_one_takes_it(channel) -> None:
    tell()
    once = answering(SENT)

    def meanwhile(*message):
        assert send_due(by=BY, at=NOW, send=answering()) == {}
        return once(*message)

    assert send_due(by=BY, at=NOW, send=meanwhile) == {"sent": 1}
    assert len(once.calls) == 1


def test_a_fault_of_ours_leaves_it_uncertain_and_the_others_go_on(channel) -> None:
    tell()
    tell()

    def broken(*_message):
        if len(seen) == 0:
            seen.append(1)
            raise RuntimeError
        return SENT

    seen = []
    assert send_due(by=BY, at=NOW, send=broken) == {"uncertain": 1, "sent": 1}


def test_the_database_keeps_one_delivery_of_a_notice_by_a_channel(channel) -> None:
    tell()
    held = Delivery.objects.get()
    with pytest.raises(IntegrityError), transaction.atomic():
        Delivery.objects.create(notice=held.notice, channel=channel, next_try=NOW)
    with pytest.raises(IntegrityError), transaction.atomic():
        Notice.objects.bulk_create(
            Notice(to="甲", kind="test", title={}, text={}, once="x", at=NOW) for _ in range(2)
        )


def test_what_waited_two_days_or_whose_channel_was_switched_off_is_given_up(channel) -> None:
    tell()
    late = NOW + STALE + timedelta(seconds=1)
    assert send_due(by=BY, at=late, send=answering()) == {"given_up": 1}
    assert Delivery.objects.get().error == "too-old"
    notify([Draft("甲", "test", {"channel": "甲"}, severity="urgent")], by=BY, at=late)
    alter_channel(channel, by=BY, at=late, on=False)
    assert send_due(by=BY, at=late, send=answering()) == {"given_up": 1}


# ------------------------------------------------------------------ quiet at night


# quiet from, until; urgent, urgent at night; moment -> the first moment at which it may leave
QUIET = [
    ("by day", time(21), time(8), False, False, at(14), at(14)),
    ("at nine in the evening", time(21), time(8), False, False, at(21), at(8, day=24)),
    ("after midnight", time(21), time(8), False, False, at(3, 20), at(8)),
    ("at eight sharp", time(21), time(8), False, False, at(8), at(8)),
    ("urgent waits too", time(21), time(8), True, False, at(23, 59), at(8, day=24)),
    ("urgent where the channel says so", time(21), time(8), True, True, at(23, 59), at(23, 59)),
    ("not urgent, where urgent ones may", time(21), time(8), False, True, at(23, 59), at(8, day=24)),
    ("quiet over noon", time(12), time(14), False, False, at(13), at(14)),
    ("never quiet", time(0), time(0), False, False, at(3), at(3)),
]  # fmt: skip


@pytest.mark.parametrize(
    ("begin", "end", "urgent", "night", "moment", "expected"),
    [row[1:] for row in QUIET],
    ids=[row[0] for row in QUIET],
)
def test_a_channel_is_quiet(begin, end, urgent, night, moment, expected) -> None:
    way = Channel(quiet_from=begin, quiet_until=end, urgent_at_night=night)
    assert allowed_at(way, moment, urgent=urgent) == expected


def test_at_night_it_waits_and_leaves_in_the_morning(channel) -> None:
    alter_channel(channel, by=BY, at=NOW, said=Terms("甲", owner="甲"))
    night = at(22)
    notify([Draft("甲", "test", {"channel": "甲"}, severity="urgent")], by=BY, at=night)
    assert send_due(by=BY, at=night, send=answering()) == {}
    assert send_due(by=BY, at=at(8, day=24), send=answering(SENT)) == {"sent": 1}


def test_a_retry_that_would_fall_into_the_night_waits_and_so_does_one_whose_hours_were_changed(
    channel,
) -> None:
    alter_channel(channel, by=BY, at=NOW, said=Terms("甲", owner="甲"))
    evening = at(20, 59)
    notify([Draft("甲", "test", {"channel": "甲"}, severity="urgent")], by=BY, at=evening)
    send_due(by=BY, at=evening, send=answering(FAILED))
    assert Delivery.objects.get().next_try == at(8, day=24)
    alter_channel(channel, by=BY, at=NOW, said=Terms("甲", owner="甲", quiet_until=time(9)))
    assert send_due(by=BY, at=at(8, day=24), send=answering()) == {"waiting": 1}
    assert Delivery.objects.get().next_try == at(9, day=24)


# ------------------------------------------------------------------ channels


ADDRESSES = [
    ("wecom", f"https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key={KEY}", KEY),
    ("wecom", KEY, KEY),
    ("dingtalk", "https://oapi.dingtalk.com/robot/send?access_token=abcdef0123456789", "abcdef0123456789"),
    ("dingtalk", "https://oapi.dingtalk.com/robot/send?access_token=abcdef0123456789&secret=SEC01234567", "SEC01234567@abcdef0123456789"),
    ("feishu", f"https://open.feishu.cn/open-apis/bot/v2/hook/{KEY}", KEY),
    ("mail", "mailtos://u:p@mail.example.cn?to=a@example.cn", "mailtos://u:p@mail.example.cn?to=a@example.cn"),
    ("wecom", f"https://127.0.0.1/cgi-bin/webhook/send?key={KEY}", None),
    ("wecom", f"http://qyapi.weixin.qq.com/cgi-bin/webhook/send?key={KEY}", None),
    ("feishu", f"https://open.feishu.cn.evil.example/hook/{KEY}", None),
    ("dingtalk", "a/../b?c=d&e=f", None),
    ("mail", "a@example.cn", None),
    ("mail", "json://127.0.0.1?to=a@b.cn", None),
    ("fax", KEY, None),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "given", "kept"), ADDRESSES)
def test_an_address_leads_only_to_the_host_of_its_kind(kind, given, kept) -> None:
    if kept is not None:
        assert address_of(kind, given) == kept
        return
    with pytest.raises(sender.AddressError):
        address_of(kind, given)


def test_a_channel_is_off_until_it_is_switched_on_and_its_address_is_sealed(db) -> None:
    made = add_channel("memory", "box-of-甲-1234", ALWAYS, by=BY, at=NOW)
    tell()
    assert (made.on, Delivery.objects.count(), made.tail) == (False, 0, "1234")
    assert "box" not in made.address
    assert "box" not in "".join(str(one.after) for one in Event.objects.all())
    sender.OUTBOX.clear()
    assert try_channel(made, by=Actor("辛"), at=at(23)).state == "sent"
    assert [one[0] for one in sender.OUTBOX] == ["box-of-甲-1234"]


def test_a_removed_channel_loses_its_address_and_keeps_its_record(channel) -> None:
    tell()
    remove_channel(channel, by=BY, at=NOW)
    channel.refresh_from_db()
    assert (channel.address, channel.on, Delivery.objects.get().state) == ("", False, "given_up")
    with pytest.raises(MessagingRefusedError):
        alter_channel(channel, by=BY, at=NOW, on=True)


def test_only_what_is_urgent_leaves_and_only_to_whom_it_is_for(channel) -> None:
    tell("乙")
    tell("甲", severity="normal")
    assert Delivery.objects.count() == 0
    assert (
        tell_signer(
            "甲",
            title={"zh": "代偿方案", "en": "Compensation plan"},
            who="乙某",
            path="/matters/1/",
            subject="matter/1",
            once="matter/1/2",
            by=BY,
            at=NOW,
        )
        == 1
    )
    assert (
        tell_signer(
            "甲",
            title={"zh": "代偿方案", "en": "Compensation plan"},
            who="乙某",
            path="/matters/1/",
            subject="matter/1",
            once="matter/1/2",
            by=BY,
            at=NOW,
        )
        == 0
    )
    assert [one.notice.kind for one in Delivery.objects.all()] == ["signature"]
    assert Notice.objects.get(kind="signature").title == {
        "zh": "等您签批：代偿方案", "en": "Waiting for your signature: Compensation plan"
    }  # fmt: skip


def test_many_are_told_by_a_fixed_number_of_questions(channel, django_assert_max_num_queries) -> None:
    with django_assert_max_num_queries(12):
        notify([Draft(f"w{n}", "test", {"channel": "甲"}, once="many") for n in range(300)], by=BY, at=NOW)
    assert Notice.objects.count() == 300


# ------------------------------------------------------------------ the day and the morning


@pytest.fixture
def day(company, monkeypatch):
    """The small company, one rulebook."""
    guarantee_alone(monkeypatch)
    monkeypatch.setattr(gate, "today", lambda: DAY)
    return SimpleNamespace(company=company)


def told(to: str) -> list[Notice]:
    return list(Notice.objects.filter(to=to, kind="day").order_by("pk"))


def test_a_run_tells_everybody_once_what_is_new_for_him_and_a_second_run_nobody(day) -> None:
    run_day(DAY, by=BY, at=NOW)
    (first,) = told("甲")
    assert first.lines
    assert all(resolve(one["path"].partition("?")[0]).url_name == "duty" for one in first.lines)
    assert "张三" not in str(first.lines)
    assert told("庚") == []
    number = Notice.objects.count()
    run_day(DAY, by=BY, at=NOW)
    assert Notice.objects.count() == number


def test_what_passed_its_day_is_told_on_the_next_run_and_what_is_late_by_the_rule_is_reported(day) -> None:
    """C1's check of the use of funds is due on Friday 2026-11-20; a working day later it is told to the head, three later to the top."""
    run_day(date(2026, 11, 19), by=BY, at=NOW)
    number = {who: len(told(who)) for who in ("甲", "乙", "辛")}
    run_day(DAY, by=BY, at=NOW)
    new = {who: [one.text["zh"] for one in told(who)[had:]] for who, had in number.items()}
    assert new == {
        "甲": ["新派给您 0 件，新逾期 1 件，因逾期或连漏上报给您 0 件。"],
        "乙": ["新派给您 0 件，新逾期 0 件，因逾期或连漏上报给您 1 件。"],
        "辛": [],
    }
    (duty,) = Duty.objects.filter(rule="fund-use-check", contract="C1")
    assert {told(who)[-1].path for who in ("甲", "乙")} == {f"/duties/{duty.pk}/"}
    run_day(date(2026, 11, 25), by=BY, at=NOW)
    last = told("辛")[-1]
    assert (last.text["zh"], last.severity) == (
        "新派给您 0 件，新逾期 0 件，因逾期或连漏上报给您 1 件。",
        "urgent",
    )
    assert last.path == f"/duties/{duty.pk}/"


def test_work_that_came_between_two_runs_is_told_by_the_next(day) -> None:
    run_day(DAY, by=BY, at=NOW)
    before = len(told("丙"))
    held = standing(homes()["contract"]).get(key="C1")
    assert held.account_manager == "甲"
    said = {"account_manager": "丙"}
    correct("contract", "C1", said, by=BY, at=NOW, day=DAY, reason="交接")
    follow(DAY, by=BY, at=NOW)
    run_day(DAY, by=BY, at=NOW)
    assert len(told("丙")) == before + 1


def test_the_morning_list_is_told_once_a_day_and_tells_the_keeper_of_accounts_the_head_of_the_trail(
    day, channel
) -> None:
    run_day(DAY, by=BY, at=NOW)
    keeper = {
        "employee": "辛",
        "post": "administrator",
        "branch": "J1",
        "since": date(2026, 1, 1),
        "key": "辛/administrator/J1/2026-01-01",
    }
    enter("assignment", keeper, by=BY, at=NOW, day=DAY)
    remind("打电话", DAY, by=Actor("甲"), at=NOW)
    group = add_channel(
        "memory",
        "group-of-J2",
        Terms("东城群", branch="J2", quiet_from=time(0), quiet_until=time(0)),
        by=BY,
        at=NOW,
    )
    alter_channel(group, by=BY, at=NOW, on=True)
    for subject in "一二":
        open_matter(
            kind="trial", subject=subject, title={"zh": "试", "en": "trial"}, content={}, chain=("business_manager",), branch="J2",
            by=Actor("甲"), at=NOW,
        )  # fmt: skip
    head = Head.objects.get()
    assert morning_list(DAY, by=BY, at=NOW) > 2
    assert morning_list(DAY, by=BY, at=NOW) == 0
    lists = {one.to: one.text["zh"] for one in Notice.objects.filter(kind="morning")}
    assert f"操作记录共 {head.number} 条，末条印记 {head.seal}" in lists["辛"]
    assert "提醒 1 条" in lists["甲"]
    assert "签批 2 件" in lists["乙"]
    assert "操作记录" not in lists["甲"]
    sender.OUTBOX.clear()
    assert send_due(by=BY, at=NOW) == {"sent": 2}
    assert {one[0] for one in sender.OUTBOX} == {"box-of-甲", "group-of-J2"}


def test_links_leave_the_house_only_where_it_knows_its_address(day, channel, settings) -> None:
    run_day(DAY, by=BY, at=NOW)
    morning_list(DAY, by=BY, at=NOW)
    settings.DAIHOU_ADDRESS = "https://daihou.example.cn/"
    sender.OUTBOX.clear()
    send_due(by=BY, at=NOW)
    text = sender.OUTBOX[0][2]
    assert "https://daihou.example.cn/duties/" in text
    assert text.endswith("https://daihou.example.cn/?late=1")


# ------------------------------------------------------------------ what people write, and the pages


def test_reminders_and_notes_are_sealed_and_only_their_writer_puts_them_away(company) -> None:
    one = remind("王总 13800000001", DAY, by=Actor("甲"), at=NOW)
    made = note("P1", "爱喝茶", by=Actor("甲"), at=NOW)
    assert "王总" not in Reminder.objects.get().text
    assert "喝茶" not in Note.objects.get().text
    with pytest.raises(MessagingRefusedError):
        reminded(one, by=Actor("乙"), at=NOW)
    with pytest.raises(MessagingRefusedError):
        withdraw_note(made, by=Actor("乙"), at=NOW)
    with pytest.raises(MessagingRefusedError):
        remind("  ", DAY, by=Actor("甲"), at=NOW)
    reminded(one, by=Actor("甲"), at=NOW)
    withdraw_note(made, by=Actor("甲"), at=NOW)
    assert (
        Reminder.objects.filter(done_at=None).count(),
        Note.objects.filter(withdrawn_at=None).count(),
    ) == (0, 0)
    assert list(verify()) == []


def test_somebody_reads_only_his_own_notices(company) -> None:
    tell("甲")
    (held,) = Notice.objects.all()
    assert read([held.pk], by=Actor("乙"), at=NOW) == 0
    assert read([held.pk], by=Actor("甲"), at=NOW) == 1
    assert read([held.pk], by=Actor("甲"), at=NOW) == 0


@pytest.fixture
def browser(day):
    """The browser of 甲."""
    open_accounts([("甲", "甲"), ("丙", "丙")], PASSWORD, by=BY, at=NOW, sample=True)
    return browser_of("甲")


def test_the_bell_counts_what_is_unread_and_opening_a_notice_leads_to_its_thing(browser) -> None:
    run_day(DAY, by=BY, at=NOW)
    assert 'class="count">1<' in browser.get("/").content.decode()
    (held,) = told("甲")
    answer = browser.post(f"/messages/{held.pk}/open/")
    assert (answer.status_code, answer.headers["Location"]) == (302, held.path)
    assert 'class="count"' not in browser.get("/").content.decode()
    page = browser.get("/messages/").content.decode()
    assert held.text["zh"] in page


def test_a_reminder_stands_on_the_desk_from_its_day_until_it_is_done(browser) -> None:
    browser.post("/reminders/", {"day": DAY.isoformat(), "text": "给东城食品打电话"})
    browser.post("/reminders/", {"day": (DAY + timedelta(days=1)).isoformat(), "text": "明天的事"})
    desk = browser.get("/").content.decode()
    assert ("给东城食品打电话" in desk, "明天的事" in desk) == (True, False)
    held = Reminder.objects.order_by("pk").first()
    browser.post(f"/reminders/{held.pk}/done/", {"back": "/"})
    assert "给东城食品打电话" not in browser.get("/").content.decode()


def test_a_note_on_a_client_is_read_by_who_sees_the_client_and_by_nobody_else(browser) -> None:
    client = standing(homes()["contract"]).get(key="C1").client
    assert browser.post(f"/clients/{client}/notes/", {"text": "爱喝茶，电话 13800000001"}).status_code == 302
    page = browser.get(f"/registers/party/row/{client}/").content.decode()
    assert "爱喝茶" in page
    assert "13800000001" not in page
    other = browser_of("丙")
    assert other.post(f"/clients/{client}/notes/", {"text": "不该看到"}).status_code == 404
    assert Note.objects.count() == 1


def test_the_clock_is_an_argument(channel) -> None:
    """What is due is told by the moment that is given, not by the machine's."""
    begun = clock.monotonic()
    tell(when=datetime(2030, 1, 1, tzinfo=UTC))
    assert send_due(by=BY, at=datetime(2026, 1, 1, tzinfo=UTC), send=answering()) == {}
    assert clock.monotonic() - begun < 60


def test_every_kind_of_message_has_its_words() -> None:
    """The kinds are those of the texts: a code is a kind, or a kind with more after a bar."""
    of_errors = {
        "refused",
        "unreachable",
        "not-sent",
        "answer-lost",
        "too-old",
        "channel-off",
        "address-broken",
    }
    codes = {
        code.removesuffix(".text")
        for code in yaml.safe_load(Path(sender.__file__).with_name("messages.yaml").read_text("utf-8"))
    } - of_errors
    assert {code.partition("-")[0] for code in codes} == set(kinds())
