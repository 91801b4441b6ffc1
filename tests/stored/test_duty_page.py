"""The page of a duty: a withdrawn one says so and asks for nothing; its history tells what moved it, when and why."""

from datetime import date, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from staging import staged
from tests_cast import BY, DAY, NOW, PASSWORD, browser_of, on_its_day, taken_in, words_of

from daihou.dayend.acts import follow, run_day
from daihou.duties import signing
from daihou.duties.dossier import of_contract, of_person
from daihou.duties.models import Duty, DutyChange, DutyPerson, Taking
from daihou.duties.pools import Holders
from daihou.duties.signing import ask_to_postpone
from daihou.ledger.acts import correct, enter
from daihou.people.acts import open_accounts
from daihou.people.reads import viewer_of
from daihou.policy.rules import rules
from daihou.registers.kept import homes, standing
from daihou.trail.acts import Actor
from daihou.trail.models import Event
from daihou.web.desk import lines
from daihou.web.timeline import history_of


@pytest.fixture
def its_day(monkeypatch):
    """The rules of a guarantee company, on the day of the cast."""
    on_its_day(monkeypatch)


@staged
def at_work(tmp_path, its_day):
    """The company, its day derived, and accounts."""
    taken_in(tmp_path / "book")
    run_day(DAY, by=BY, at=NOW)
    open_accounts([(one, one) for one in "甲乙丙丁辛"], PASSWORD, by=BY, at=NOW, sample=True)


@pytest.fixture
def screen(at_work):
    """Who logs in gets a browser; the day is that of the cast."""
    return browser_of


def check_of_funds() -> Duty:
    """The check of the use of funds of C1, overdue since 2026-11-20."""
    return Duty.objects.get(rule="fund-use-check", object="C1")


def not_paid_out() -> None:
    """Correct the contract: it is not paid out yet, so nobody asks for a check."""
    said = {"disbursed_day": None, "status": "awaiting_disbursement"}
    correct("contract", "C1", said, by=Actor("甲", "test"), at=NOW, day=DAY, reason="尚未放款", decision=said)
    follow(DAY, by=Actor("甲", "test"), at=NOW)


def test_a_withdrawn_duty_says_when_and_asks_for_nothing(screen) -> None:
    duty, mine = check_of_funds(), screen("甲")
    address = f"/duties/{duty.pk}/"
    before = words_of(mine.get(address))
    for said in ("逾期 3 天", "when-late", "还没有交", "填表", "申请延期"):
        assert (said in before) == (said not in {"还没有交", "申请延期"}), said
    assert "还没有交" in words_of(screen("乙").get(address))
    not_paid_out()
    duty.refresh_from_db()
    assert (duty.state, duty.withdrawn_on) == ("overdue", DAY)
    for who in "甲乙":
        page = words_of(screen(who).get(address))
        assert f"{DAY} 撤回：规则不再要求办这件事。" in page
        assert "已撤回，不用再办。" in page
        now = page.partition('id="history"')[0]
        for said in (
            "逾期",
            "when-late",
            "when-soon",
            "还没有交",
            "填表",
            "去登记",
            "自动办结",
            "申请延期",
            "呈签",
        ):
            assert said not in now, said
    assert mine.post(address, {"completion_day": DAY.isoformat(), "evidence": "一"}).status_code == 200


# ------------------------------------------------------------------ what moved


def moves(duty: Duty) -> list[tuple[str, str, str]]:
    """What is kept of a duty's moves."""
    return list(duty.changes.order_by("pk").values_list("what", "before", "after"))


def told(duty: Duty, who: str = "甲") -> list[tuple[str, str]]:
    """The history of a duty as one of the cast reads it, the oldest first, each with what moved it."""
    duty.refresh_from_db()
    said = history_of(
        duty, viewer_of(who, DAY), persons=list(duty.persons.all()), takings=list(duty.takings.all()),
        completions=list(standing(homes()["completion"]).filter(duty=duty.key)), about=signing.matter_of(duty),
    )  # fmt: skip
    return [(one.said, one.why) for one in reversed(said.entries())]


def test_new_duties_and_a_day_run_again_leave_no_moves_and_time_alone_is_none(screen) -> None:
    assert set(DutyChange.objects.values_list("what", flat=True)) == {"reported"}
    reported = DutyChange.objects.count()
    run_day(DAY, by=BY, at=NOW)
    assert DutyChange.objects.count() == reported
    duty = check_of_funds()
    correct("contract", "C1", {"disbursed_day": DAY}, by=BY, at=NOW, day=DAY, reason="记错")
    follow(DAY, by=BY, at=NOW)
    kept = moves(duty)
    run_day(DAY + timedelta(11), by=BY, at=NOW + timedelta(11))
    duty.refresh_from_db()
    assert (duty.state, duty.due) == ("overdue", DAY + timedelta(10))
    assert [one for one in moves(duty)[len(kept) :] if one[0] != "reported"] == []


def test_a_moved_due_day_is_kept_with_what_it_was_and_the_act_that_moved_it(screen) -> None:
    duty = check_of_funds()
    said = {"disbursed_day": DAY - timedelta(3)}
    correct("contract", "C1", said, by=Actor("甲", "test"), at=NOW, day=DAY, reason="放款日记错")
    act = Event.objects.get(act="correct")
    follow(DAY, by=Actor("甲", "test"), at=NOW)
    due = str(DAY + timedelta(7))
    assert moves(duty)[-2:] == [("due", "2026-11-20", due), ("state", "overdue", "open")]
    assert set(duty.changes.exclude(what="reported").values_list("event", flat=True)) == {act.number}
    assert told(duty)[-2:] == [
        (f"期限由 2026-11-20 改为 {due}", "甲某 更正一条 · 合同 C1"),
        ("由“逾期”变为“待办”", "甲某 更正一条 · 合同 C1"),
    ]
    run_day(DAY, by=BY, at=NOW)
    assert len(moves(duty)) == len(told(duty)) - 1
    page = words_of(screen("甲").get(f"/duties/{duty.pk}/"))
    assert f"期限由 2026-11-20 改为 {due}" in page
    assert '<a href="/registers/contract/row/C1/">甲某 更正一条 · 合同 C1</a>' in page


def test_who_does_not_see_the_row_that_moved_a_duty_reads_no_key_of_it(screen) -> None:
    duty = check_of_funds()
    DutyPerson.objects.create(duty=duty, ordinal=9, employee="丙")
    not_paid_out()
    page = words_of(screen("丙").get(f"/duties/{duty.pk}/"))
    assert "甲某 更正一条 · 合同" in page
    assert "甲某 更正一条 · 合同 C1" not in page
    assert '/registers/contract/row/C1/">甲某' not in page


def test_a_withdrawn_duty_names_the_act_that_withdrew_it_and_one_found_by_a_run_the_run(screen) -> None:
    duty = check_of_funds()
    not_paid_out()
    duty.refresh_from_db()
    assert moves(duty)[-1] == ("state", "overdue", "withdrawn")
    assert '<a href="/registers/contract/row/C1/">甲某 更正一条 · 合同 C1</a>' in words_of(
        screen("甲").get(f"/duties/{duty.pk}/")
    )
    paid = {"disbursed_day": DAY - timedelta(13), "status": "in_guarantee"}
    correct("contract", "C1", paid, by=Actor("甲", "test"), at=NOW, day=DAY, reason="放款了", decision=paid)
    follow(DAY, by=Actor("甲", "test"), at=NOW)
    assert moves(duty)[-1] == ("state", "withdrawn", "overdue")
    assert told(duty)[-1] == ("又要办了：逾期", "甲某 更正一条 · 合同 C1")
    unpaid = {"disbursed_day": None, "status": "awaiting_disbursement"}
    correct("contract", "C1", unpaid, by=BY, at=NOW, day=DAY, reason="退回")
    run_day(DAY + timedelta(1), by=BY, at=NOW + timedelta(1))
    assert told(duty)[-1] == ("撤回：规则不再要求办", f"{DAY + timedelta(1)} 的推演查出")


def test_an_older_withdrawal_without_a_record_names_the_run(screen) -> None:
    duty = check_of_funds()
    not_paid_out()
    DutyChange.objects.all().delete()
    assert f"{DAY} 的推演查出" in words_of(screen("甲").get(f"/duties/{duty.pk}/"))


def test_a_history_tells_who_put_off_signed_and_did_it(screen) -> None:
    duty = Duty.objects.filter(
        contract="C1", state__in=("open", "not_yet"), due__gte=DAY, persons__employee="甲"
    ).first()
    was, until = duty.due, duty.due + timedelta(5)
    matter = ask_to_postpone(duty, until, "客户外出", by=Actor("甲", "test"), at=NOW)
    (line,) = screen("丁").get("/matters/").context["lines"]
    assert [one.texts for one in line.points] == [(f"从 {was} 延到 {until}",), ("客户外出",)]
    signing.sign(matter, by=Actor("丁", "test"), at=NOW + timedelta(minutes=1), opinion="可以")
    signing.sign(matter, by=Actor("辛", "test"), at=NOW + timedelta(minutes=2), opinion="可以")
    follow(DAY, by=Actor("辛", "test"), at=NOW + timedelta(minutes=3))
    said = [one for one, _why in told(duty)]
    for one in (
        f"{DAY} 的推演第一次得出这件任务",
        f"甲某 申请延期到 {until}",
        "丁某（风控部经理）签批：同意",
        "辛某（总经理）签批：同意",
        f"辛某 批准延期到 {until}",
        f"期限由 {was} 改为 {until}",
    ):
        assert one in said, one


def test_a_history_tells_takings_completions_and_who_stood_in(screen) -> None:
    first = check_of_funds()
    duty = Duty.objects.create(
        rule="month-end-ledger-check", object="J2", occurrence="2026-10月", table="branch", branch="J2", opens=DAY, start=DAY, due=DAY,
        state="open", first_run=first.first_run, last_run=first.last_run,
    )  # fmt: skip
    DutyPerson.objects.create(duty=duty, ordinal=0, employee="乙")
    Taking.objects.create(
        duty=duty, post="business_manager", branch="J2", employee="乙", by="乙", at=NOW, event=1
    )
    for who in "乙甲":
        day = DAY if who == "乙" else DAY - timedelta(1)
        row = {
            "key": f"{duty.key}/{day}",
            "duty": duty.key,
            "completion_day": day,
            "completed_by": who,
            "evidence": "记录一",
        }
        enter("completion", row, by=Actor(who, "test"), at=NOW, day=DAY)
    said = [one for one, _why in told(duty)]
    assert {"乙某 领取", f"乙某 办结，办结日 {DAY}", f"甲某 办结，办结日 {DAY - timedelta(1)}"} <= set(said)
    page = words_of(screen("乙").get(f"/duties/{duty.pk}/"))
    assert page.count("代办") == 1


def test_what_was_reported_up_is_told_once_with_its_day(screen) -> None:
    rows = DutyChange.objects.filter(what="reported")
    duty = rows.first().duty
    post = rows.filter(duty=duty).first()
    assert post.day <= DAY
    assert any(one.startswith("逾期没有办，上报 ") for one, _why in told(duty))
    run_day(DAY + timedelta(1), by=BY, at=NOW + timedelta(1))
    assert rows.filter(duty=duty, after=post.after, day=post.day).count() == 1


BRANCHES = {"J1": None, "J2": "J1", "J3": "J1", "J4": "J3"}


@pytest.mark.parametrize(
    ("held", "branches"),
    [
        ([("甲", "J1"), ("乙", "J2")], {"甲": {"J1", "J3", "J4"}, "乙": {"J2"}}),
        ([("甲", "J3"), ("乙", "J3")], {"甲": set(BRANCHES), "乙": set(BRANCHES)}),
        ([("甲", "J3"), ("甲", "J4"), ("乙", "J1")], {"甲": {"J3", "J4"}, "乙": {"J1", "J2"}}),
        ([("甲", "J1")], {"甲": set(BRANCHES), "乙": set()}),
    ],
)
def test_a_late_duty_is_reported_to_the_nearest_holder_of_the_post(held, branches) -> None:
    holders = Holders({"business_manager": held}, BRANCHES)
    assert {who: set(holders.branches_of(who, "business_manager")) for who in branches} == branches


def test_who_was_told_of_a_late_duty_finds_it_until_it_is_done(screen) -> None:
    duty = check_of_funds()

    def listed(who: str) -> set[int]:
        return {row.line.pk for row in screen(who).get("/duties/?person=reported").context["rows"]}

    told = DutyChange.objects.filter(what="reported", after="business_manager")
    assert set(told.values_list("duty__branch", flat=True)) == {"J2", "J3"}  # over J3 nobody holds the post
    assert listed("乙") == set(told.values_list("duty", flat=True))
    assert duty.pk in listed("乙")
    assert duty.pk not in listed("甲") | listed("丙")

    def pane() -> str:
        return words_of(screen("乙").get("/")).partition('id="reported"')[2].partition("</section>")[0]

    assert "上报给我的" in pane()
    assert f'href="/duties/{duty.pk}/"' in pane()
    not_paid_out()
    assert duty.pk not in listed("乙")
    assert f'href="/duties/{duty.pk}/"' not in pane()


def test_no_question_more_for_many_moves_than_for_few(screen) -> None:
    duty, mine = check_of_funds(), screen("甲")
    correct(
        "contract",
        "C1",
        {"disbursed_day": DAY - timedelta(3)},
        by=Actor("甲", "test"),
        at=NOW,
        day=DAY,
        reason="记错",
    )
    follow(DAY, by=Actor("甲", "test"), at=NOW)

    def asked() -> int:
        with CaptureQueriesContext(connection) as found:
            assert mine.get(f"/duties/{duty.pk}/").status_code == 200
        return len(found)

    asked()
    few = asked()
    last = duty.changes.last()
    for number in range(20):
        DutyChange.objects.create(
            duty=duty, day=DAY, run=last.run, event=last.event, what="due", before=str(DAY), after=str(DAY + timedelta(number))
        )  # fmt: skip
    assert asked() == few


def test_moves_are_written_together(screen) -> None:
    """The questions of a run do not grow with what moves."""
    contracts = standing(homes()["contract"])

    def asked(*keys: str, back: int) -> tuple[int, int]:
        for key in keys:
            correct(
                "contract",
                key,
                {"disbursed_day": DAY - timedelta(back)},
                by=BY,
                at=NOW,
                day=DAY,
                reason="记错",
            )
        before = DutyChange.objects.count()
        with CaptureQueriesContext(connection) as found:
            follow(DAY, by=BY, at=NOW)
        return sum("duties_dutychange" in one["sql"] for one in found), DutyChange.objects.count() - before

    assert set(contracts.values_list("key", flat=True)) == {"C1", "C2"}
    one, few = asked("C1", back=3)
    both, more = asked("C1", "C2", back=5)
    assert (one == both, more > few > 0) == (True, True)


# ------------------------------------------------------------------ the due-diligence file


def in_file(duty: Duty) -> dict:
    """What the file of the duty's contract holds of it."""
    said = of_contract(duty.contract, rules()).said["duties"]
    return next(one for one in said if (one["rule"], one["object"]) == (duty.rule, duty.object))


def test_the_file_of_a_contract_tells_what_moved_when_and_by_whom(screen) -> None:
    duty = check_of_funds()
    due = str(DAY + timedelta(7))
    correct("contract", "C1", {"disbursed_day": DAY - timedelta(3)}, by=Actor("甲", "test"), at=NOW, day=DAY, reason="放款日记错")  # fmt: skip
    follow(DAY, by=Actor("甲", "test"), at=NOW)
    act = Event.objects.get(act="correct").number
    entry = in_file(duty)
    moved = [one for one in entry["changes"] if one["what"] != "reported"]
    assert moved == [
        {"day": str(DAY), "what": what, "before": before, "after": after, "event": act, "by": "甲", "at": NOW.isoformat(timespec="seconds")}
        for what, before, after in (("due", "2026-11-20", due), ("state", "overdue", "open"))
    ]  # fmt: skip
    assert (entry["found_on"], entry["due"], entry["days_late"]) == (str(DAY), due, 0)
    page = words_of(screen("丁").get("/files/contract/C1/"))
    assert (
        f'{DAY} 期限由 2026-11-20 改为 {due} <span class="nowrap">甲某</span> <span class="nowrap">#{act}</span>'
        in page
    )


def test_a_withdrawn_duty_is_not_late_in_the_file_and_the_file_says_what_withdrew_it(screen) -> None:
    duty, boss = check_of_funds(), screen("丁")
    assert in_file(duty)["days_late"] == 3
    undone = boss.get("/files/contract/C1/").context["undone"]
    not_paid_out()
    entry = in_file(duty)
    assert (entry["withdrawn_on"], entry["days_late"]) == (str(DAY), None)
    assert entry["changes"][-1]["after"] == "withdrawn"
    answer = boss.get("/files/contract/C1/")
    gone = Duty.objects.filter(contract="C1", withdrawn_on=DAY, state="overdue").count()
    assert gone > 0
    assert answer.context["undone"] == undone - gone
    assert f'{DAY} 撤回：规则不再要求办 <span class="nowrap">甲某</span>' in words_of(answer)


def test_no_question_more_for_a_file_of_many_moves(screen) -> None:
    duty, boss = check_of_funds(), screen("丁")
    not_paid_out()

    def asked() -> int:
        with CaptureQueriesContext(connection) as found:
            assert boss.get("/files/contract/C1/").status_code == 200
        return len(found)

    asked()
    few, last = asked(), duty.changes.last()
    for other in Duty.objects.filter(contract="C1"):
        DutyChange.objects.create(duty=other, day=DAY, run=last.run, event=last.event, what="due", before=str(DAY), after="")  # fmt: skip
    assert asked() == few


def test_a_persons_file_is_of_this_year_unless_other_days_or_all_are_asked_for(screen) -> None:
    whole = of_person("甲", rules())
    dues = [one["due"] for one in whole.said["duties"]]
    assert len({due for due in dues if due}) > 1
    middle = min(due for due in dues if due)

    def listed(query: str = ""):
        return screen("甲").get(f"/files/person/甲/{query}")

    assert listed("?all=1").context["dossier"] == whole
    shown = listed(f"?from={middle}&until={middle}").context["dossier"]
    assert [one["due"] for one in shown.said["duties"]] == [due for due in dues if due in {middle, None}]
    assert (shown.said["since"], shown.said["until"], shown.digest == whole.digest) == (middle, middle, False)
    year = listed().context["dossier"]
    assert year.said["since"] == "2026-01-01"
    assert year == of_person("甲", rules(), since=date(2026, 1, 1))
    wrong = listed("?from=十一月")
    assert (wrong.status_code, "aria-invalid" in wrong.content.decode()) == (422, True)


def test_a_file_counts_as_late_what_was_done_late_and_tells_apart_what_is_not_done(screen) -> None:
    assert check_of_funds().days_late_on(DAY) == 3
    filed = screen("甲").get("/files/person/甲/?all=1")
    entries = filed.context["dossier"].said["duties"]
    overdue = [one for one in entries if one["days_late"] and not one["done"]]
    assert overdue
    assert (filed.context["late"], filed.context["undone"]) == (0, len(overdue))
    assert f"办结 0 件，其中迟办 0 件；另有 {len(overdue)} 件过期未办。" in words_of(filed)
    Duty.objects.filter(pk=check_of_funds().pk).update(state="late", done=DAY)
    filed = screen("甲").get("/files/person/甲/?all=1")
    assert (filed.context["done"], filed.context["late"], filed.context["undone"]) == (1, 1, len(overdue) - 1)


def test_an_open_period_of_a_file_reads_as_one(screen) -> None:
    mine = screen("甲")
    for query, said in (
        ("", "只列 2026-01-01 以来到期的，和没有期限的。"),
        ("?until=2026-12-31", "只列 2026-12-31 以前到期的（含当天），和没有期限的。"),
        ("?from=2026-11-01&until=2026-12-31", "只列 2026-11-01 到 2026-12-31 之间到期的，和没有期限的。"),
    ):
        page = words_of(mine.get(f"/files/person/甲/{query}"))
        assert said in page
        assert "到 — 之间" not in page
    assert "只列" not in words_of(mine.get("/files/person/甲/?all=1"))


def test_a_file_names_what_its_duties_are_about_as_lists_do_to_who_sees_them_there(screen) -> None:
    duty = check_of_funds()
    said = lines([duty])[0].object
    assert "张三" in said
    for who in "甲乙":
        page = words_of(screen(who).get("/files/person/甲/"))
        assert f'<div class="quiet">{said}</div>' in page
        assert '<span class="nowrap">甲某</span>' in page
    # a duty of another branch came to him: who heads him here reads that he has it, and not whose client it is
    other = Duty.objects.filter(contract="C2").exclude(changes__what="reported").first()
    DutyPerson.objects.create(duty=other, ordinal=9, employee="甲")
    assert "东城食品有限公司" in words_of(screen("甲").get("/files/person/甲/"))
    heads = words_of(screen("乙").get("/files/person/甲/"))
    assert '<div class="quiet">C2</div>' in heads
    assert "东城食品有限公司" not in heads


# ------------------------------------------------------------------ about whom


def test_a_duty_to_ask_an_advance_back_says_whose_and_how_much_in_lists_and_on_its_page(screen) -> None:
    for key, employee, amount in (("JZ1", "甲", 3_000_00), ("JZ2", "丙", 500_00)):
        values = {
            "key": key, "staff_advance_no": key, "employee": employee, "amount": amount, "matter": "差旅借支", "lent_day": DAY - timedelta(60), "receivable_day": DAY - timedelta(1),
        }  # fmt: skip
        enter("staff_advance", values, by=BY, at=NOW, day=DAY)
    follow(DAY, by=BY, at=NOW)
    duty = Duty.objects.get(rule="staff-advance-collection", object="JZ1")
    said = "甲某 差旅借支 3,000.00 元"
    boss = screen("辛")
    assert said in words_of(boss.get(f"/duties/?rule={duty.rule}"))
    assert {said, "丙某 差旅借支 500.00 元"} == {
        one.object for one in lines(Duty.objects.filter(rule=duty.rule))
    }
    with CaptureQueriesContext(connection) as few:
        lines(Duty.objects.filter(pk=duty.pk))
    with CaptureQueriesContext(connection) as many:
        lines(Duty.objects.filter(rule=duty.rule))
    assert len(few) == len(many)
    page = words_of(boss.get(f"/duties/{duty.pk}/")).partition('<div class="two">')[0]
    assert f'<a href="/registers/staff_advance/row/JZ1/">{said}</a>' in page
    assert '<a href="/registers/employee/row/%E7%94%B2/">甲某</a>' in page
    # the cashier asks it back; the register of staff is not his
    DutyPerson.objects.filter(duty=duty).update(employee="甲")
    debtor = words_of(screen("甲").get(f"/duties/{duty.pk}/")).partition('<div class="two">')[0]
    assert (said in debtor, "/registers/employee/" in debtor) == (True, False)
    client = standing(homes()["contract"]).get(key="C1").client
    of_contract_too = words_of(boss.get(f"/duties/{check_of_funds().pk}/"))
    assert f'<a href="/registers/party/row/{client}/">张三</a>' in of_contract_too


def test_the_row_that_closes_a_duty_begins_with_what_the_duty_is_about(screen) -> None:
    duty = check_of_funds()
    table, address = "inspection", screen("甲").get(f"/duties/{duty.pk}/").context["to_close"][0]
    said = parse_qs(urlsplit(address).query)
    client = standing(homes()["contract"]).get(key="C1").client
    assert (address.startswith(f"/registers/{table}/new/"), said["contract"], said["client"]) == (
        True,
        ["C1"],
        [client],
    )
