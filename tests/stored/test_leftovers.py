"""What had fallen due before go-live: listed apart, late in no figure, done like any duty, closed in groups with a reason (ADR 15)."""

import json
from datetime import date, timedelta
from functools import partial
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from staging import staged
from tests_cast import (
    BY,
    DAY,
    NOW,
    PASSWORD,
    SHEETS,
    browser_of,
    on_its_day,
    reading_of,
    stored,
    taken_in,
    words_of,
    write_sheets,
)

from daihou.api import door
from daihou.cli import leftovers
from daihou.cli.refusal import Stopped
from daihou.dayend.acts import follow, run_day
from daihou.dayend.telling import morning_list
from daihou.duties.completing import closable, closed_by_act, complete
from daihou.duties.dossier import of_contract
from daihou.duties.leftovers import MOST, LeftoverRefusedError, closable_by, close, own_left_over
from daihou.duties.models import LEFTOVER, REPORTED, DayRun, Duty, DutyChange
from daihou.duties.punctuality import ended, fell_due
from daihou.ledger.acts import correct, enter, take_in, void
from daihou.messaging.models import Notice
from daihou.people.acts import open_accounts
from daihou.people.models import Account
from daihou.people.reads import viewer_of
from daihou.people.tokens import ApiScope, make_token
from daihou.policy.rules import rules
from daihou.registers.kept import homes, standing
from daihou.trail.acts import Actor
from daihou.trail.models import Event
from daihou.trail.reads import verify

GO_LIVE = "2026-11-21"
USE, RETURN = "fund-use-check", "scheduled-return"
CAST = {
    "公司": f"公司号,名称,类型,自\nG1,测试融资担保有限公司,融资担保公司,{GO_LIVE}\n",
    # each month's is due ten days after the month, from May on
    "报送事项": "事项号,机构,名称,频率,宽限天,起用日\nS1,J2,月报,月,10,2026-05-01\n",
    "任职": SHEETS["任职"] + "壬,档案员,J2,2025-01-01\n",
    "员工": SHEETS["员工"] + "壬,壬某,J2,\n",
}
REASON = "启用以前已按纸质办理"

# rule    object  occurrence  due          by whom
LEFT = {
    (USE, "C1", ""): ("2026-11-20", "甲"),
    (USE, "C2", ""): ("2026-11-11", "丙"),
    (RETURN, "S1", "2026-10月"): ("2026-11-10", "壬"),
}


@staged
def begun(tmp_path, alone):
    """The company of the cast, which began with the system when two checks and six returns had fallen due; its day is run."""
    taken_in(tmp_path / "book", **CAST)
    run_day(DAY, by=BY, at=NOW)
    open_accounts([(one, one) for one in "甲乙丙丁戊辛壬"], PASSWORD, by=BY, at=NOW, sample=True)


@pytest.fixture
def alone(monkeypatch):
    """One rulebook, and the day of the cast on the pages."""
    on_its_day(monkeypatch)


def left_over() -> dict[tuple[str, str, str], tuple[str, str]]:
    found = Duty.objects.filter(state=LEFTOVER, withdrawn_on=None).prefetch_related("persons")
    return {
        (one.rule, one.object, one.occurrence): (str(one.due), next(iter(one.persons.all())).employee)
        for one in found
    }


def states(rule: str, subject: str) -> dict[str, str]:
    rows = Duty.objects.filter(rule=rule, object=subject, withdrawn_on=None)
    return dict(rows.values_list("occurrence", "state"))


def duty_of(rule: str, subject: str) -> Duty:
    return Duty.objects.get(rule=rule, object=subject, state=LEFTOVER, withdrawn_on=None)


def changes_nothing() -> None:
    """A full run changes nothing, and the trail holds."""
    held = stored()
    run = run_day(DAY, by=BY, at=NOW)
    assert (run.found_new, run.moved, run.withdrawn) == (0, 0, 0)
    assert stored() == held
    assert list(verify()) == []


# ------------------------------------------------------------------ apart


def test_what_had_fallen_due_is_listed_apart_and_of_what_recurs_the_last_only(begun) -> None:
    assert left_over() == LEFT
    changes_nothing()


def test_no_figure_calls_it_late_and_nobody_is_told(begun) -> None:
    run_day(DAY + timedelta(40), by=BY, at=NOW)
    assert set(left_over()) >= {(USE, "C1", ""), (USE, "C2", "")}
    since, until = date(2026, 1, 1), date(2026, 11, 20)
    assert ended(fell_due(Duty.objects.all(), since, until)).tally().total == 0
    left = Duty.objects.filter(state=LEFTOVER)
    assert {one.days_late_on(DAY + timedelta(40)) for one in left} == {0}
    assert not DutyChange.objects.filter(duty__in=left, what=REPORTED).exists()
    told = of_contract("C1", rules()).said["duties"]
    assert [(one["state"], one["days_late"]) for one in told if one["rule"] == USE] == [(LEFTOVER, 0)]


def test_the_messages_of_the_day_do_not_speak_of_it(begun) -> None:
    told = f"{rules()[USE].name} C1"
    morning_list(DAY, by=BY, at=NOW)
    assert Notice.objects.exists()
    assert not any(told in line["text"] for one in Notice.objects.all() for line in one.lines)


# ------------------------------------------------------------------ done like any duty

CHECK = {
    "visit_no": "V1", "contract": "C1", "client": "510000199803180019", "inspected_by": "甲", "kind": "purpose", "inspected_day": DAY,
    "result": "done", "urgent": False, "key": "V1/C1/purpose",
}  # fmt: skip


def test_done_it_is_done_and_not_late_and_what_it_overtook_does_not_come_up(begun) -> None:
    enter("inspection", CHECK | {"client": client_of("C1")}, by=BY, at=NOW, day=DAY)
    enter("return_record", returned("2026-10-01"), by=BY, at=NOW, day=DAY)
    follow(DAY, by=BY, at=NOW)
    assert states(USE, "C1") == {"": "old_done"}
    assert states(RETURN, "S1") == {"2026-10月": "old_done"}
    assert ended(fell_due(Duty.objects.all(), date(2026, 1, 1), DAY)).tally().total == 0
    changes_nothing()
    run_day(DAY + timedelta(5), by=BY, at=NOW)
    assert states(USE, "C1") == {"": "old_done"}
    void("inspection", CHECK["key"], by=BY, at=NOW, day=DAY, reason="没有去过")
    follow(DAY + timedelta(5), by=BY, at=NOW)
    assert states(USE, "C1") == {"": LEFTOVER}


def client_of(contract: str) -> str:
    return standing(homes()["contract"]).get(key=contract).client


def returned(begins: str) -> dict[str, object]:
    """The return of a month, filed today."""
    begin = date.fromisoformat(begins)
    return {"matter_ref": "S1", "period_first_day": begin, "filed_return_day": DAY, "key": f"S1/{begins}"}


def test_what_was_done_before_the_last_is_no_more_work_and_what_lapsed_neither(tmp_path, db, alone) -> None:
    filed = "事项,所属期初,报送日\nS1,2026-10-01,2026-11-09\n"
    taken_in(tmp_path / "book", **CAST, 报送记录=filed)
    run_day(DAY, by=BY, at=NOW)
    assert set(left_over()) == set(LEFT) - {(RETURN, "S1", "2026-10月")}
    changes_nothing()


def test_what_is_closed_by_its_act_can_be_completed(begun) -> None:
    run = DayRun.objects.get()
    by_act = next(rule.id for rule in rules().values() if closed_by_act(rule))
    duty = Duty.objects.create(
        rule=by_act, object="J2", table="branch", branch="J2", start=date(2026, 10, 1), due=date(2026, 11, 1), state=LEFTOVER,
        first_run=run, last_run=run,
    )  # fmt: skip
    assert closable(duty, rules()[by_act])
    complete(duty, day=DAY, evidence="回执", remark="", by=Actor("甲"), at=NOW, today=DAY)
    assert standing(homes()["completion"]).filter(duty=duty.key).count() == 1


# ------------------------------------------------------------------ what is written later


def test_a_correction_brings_it_in_and_takes_it_out_at_once(begun) -> None:
    correct(
        "contract", "C1", {"disbursed_day": date(2026, 11, 20)}, by=BY, at=NOW, day=DAY, reason="日子写错"
    )
    follow(DAY, by=BY, at=NOW)
    assert states(USE, "C1") == {"": "open"}
    changes_nothing()
    correct("contract", "C1", {"disbursed_day": date(2026, 10, 9)}, by=BY, at=NOW, day=DAY, reason="又写错")
    follow(DAY, by=BY, at=NOW)
    assert states(USE, "C1") == {"": LEFTOVER}
    assert Duty.objects.filter(rule=USE, object="C1").count() == 1
    changes_nothing()


def test_a_register_taken_in_later_brings_its_own(begun, tmp_path) -> None:
    old = "C9,510000199803180019,J2,甲,担保,贷款担保,流动资金贷款,1000000,12,2025-12-10,2026-12-10,在保,否,0,1\n"
    reading = reading_of(write_sheets(tmp_path / "later", **CAST, 合同=SHEETS["合同"] + old))
    read = sum(reading.rows_read.values())
    take_in(reading.book, by=BY, at=NOW, day=DAY, file="later", digest="d2", read=read, left_out=0)
    follow(DAY, by=BY, at=NOW)
    assert (USE, "C9", "") in left_over()
    changes_nothing()


def test_without_a_go_live_day_nothing_is_left_over(tmp_path, db, alone) -> None:
    taken_in(
        tmp_path / "book",
        **CAST | {"公司": "公司号,名称,类型,自\nG1,测试融资担保有限公司,融资担保公司,2020-01-01\n"},
    )
    run_day(DAY, by=BY, at=NOW)
    assert left_over() == {}
    assert states(USE, "C1") == {"": "overdue"}


# ------------------------------------------------------------------ closed in groups

# who     of these the returns, C1 at J2, C2 at J3 he may close
MAY = {
    "甲": set(),  # his own
    "乙": {"C1"},  # heads 甲 at J2; an archivist reports elsewhere
    "丙": set(),
    "丁": set(),  # risk control of the whole company heads neither
    "己": set(),  # looks into all, changes nothing
    "辛": {"C1", "C2", "S1"},  # the general manager
    "壬": set(),
}


@pytest.mark.parametrize("who", MAY)
def test_heads_close_what_those_below_them_answer_for(begun, who) -> None:
    assert set(closable_by(viewer_of(who, DAY)).values_list("object", flat=True)) == MAY[who]


def closed_by(who: str, duties=None, reason: str = REASON, **more: object) -> int:
    wanted = Duty.objects.all() if duties is None else duties
    return close(wanted, viewer_of(who, DAY), reason=reason, by=Actor(who), at=NOW, **more)


def test_closing_is_one_act_and_what_was_closed_does_not_come_back(begun) -> None:
    before = Event.objects.count()
    assert closed_by("辛") == 3
    assert Event.objects.count() == before + 1
    told = Event.objects.latest("number")
    assert (told.by, told.reason, len(told.after["entered"]["duty_ruling"])) == ("辛", REASON, 3)
    follow(DAY, by=BY, at=NOW)
    assert left_over() == {}
    assert states(USE, "C1") == {"": "waived"}
    assert states(RETURN, "S1") == {"2026-10月": "waived"}
    changes_nothing()
    correct("contract", "C1", {"amount": 90_000_000}, by=BY, at=NOW, day=DAY, reason="金额写错")
    follow(DAY, by=BY, at=NOW)
    run_day(DAY + timedelta(3), by=BY, at=NOW)
    assert left_over() == {}
    assert states(USE, "C1") == {"": "waived"}
    assert ended(fell_due(Duty.objects.all(), date(2026, 1, 1), date(2026, 11, 20))).tally().total == 0


def test_a_ruling_taken_out_of_the_register_opens_it_again(begun) -> None:
    closed_by("乙")
    follow(DAY, by=BY, at=NOW)
    (row,) = standing(homes()["duty_ruling"])
    void("duty_ruling", row.key, by=BY, at=NOW, day=DAY, reason="关错了")
    follow(DAY, by=BY, at=NOW)
    assert left_over() == LEFT
    changes_nothing()


# what is asked                                          why not
REFUSED = {
    "his own": (lambda: closed_by("甲"), "nothing-left"),
    "of another branch": (lambda: closed_by("乙", Duty.objects.filter(object="C2")), "nothing-left"),
    "without a word": (lambda: closed_by("辛", reason="  "), "reason-missing"),
    "in too many words": (lambda: closed_by("辛", reason="字" * 401), "reason-long"),
    "others than he was shown": (lambda: closed_by("辛", expected=2), "others-now"),
    "of what is no leftover": (lambda: closed_by("辛", Duty.objects.exclude(state=LEFTOVER)), "nothing-left"),
}  # fmt: skip


@pytest.mark.parametrize("asked", REFUSED)
def test_what_may_not_be_closed_is_refused_and_nothing_is_written(begun, asked) -> None:
    act, code = REFUSED[asked]
    before = Event.objects.count()
    with pytest.raises(LeftoverRefusedError) as refused:
        act()
    assert refused.value.code == code
    assert Event.objects.count() == before


def test_twice_at_once_closes_once(begun) -> None:
    assert closed_by("乙") == 1
    with pytest.raises(LeftoverRefusedError, match="nothing-left"):
        closed_by("乙")
    assert closed_by("辛") == 2


def many(number: int) -> None:
    """So many more that are left over, of 甲."""
    run = Duty.objects.first().first_run
    rows = [
        Duty(rule=USE, object="C1", occurrence=f"n{at}", table="contract", contract="C1", branch="J2", due=date(2026, 1, 1), state=LEFTOVER, first_run=run, last_run=run)
        for at in range(number)
    ]  # fmt: skip
    made = Duty.objects.bulk_create(rows)
    person = Duty.objects.filter(rule=USE, object="C1").exclude(persons=None).first().persons.first()
    person.__class__.objects.bulk_create(
        [person.__class__(duty=one, ordinal=0, employee="甲", post=person.post) for one in made]
    )


def test_the_questions_do_not_grow_with_the_rows(begun) -> None:
    with CaptureQueriesContext(
        connection,
    ) as few:
        closed_by("乙")
    many(150)
    with CaptureQueriesContext(connection) as more:
        assert closed_by("乙") == 150
    assert len(more) <= len(few) + 2


def test_more_than_can_be_closed_at_once_are_refused(begun, monkeypatch) -> None:
    assert MOST >= 10_000
    monkeypatch.setattr("daihou.duties.leftovers.MOST", 2)
    with pytest.raises(LeftoverRefusedError, match="too-many"):
        closed_by("辛")
    assert closed_by("乙") == 1


# ------------------------------------------------------------------ on the pages


def test_the_desk_has_one_quiet_line_that_leads_to_the_list(begun) -> None:
    assert own_left_over(viewer_of("甲", DAY)) == 1
    page = browser_of("甲").get("/")
    assert (page.context["counts"]["past"], page.context["left_over"]) == (0, 1)
    assert "/duties/?person=mine&amp;state=leftover" in words_of(page)
    assert "旧账" not in words_of(browser_of("戊").get("/"))
    assert "fund-use-check" not in {line.rule for line in page.context["lines"]}


def test_the_list_shows_it_and_offers_to_close_what_one_may(begun) -> None:
    head, own = (
        browser_of("乙").get("/duties/?state=leftover"),
        browser_of("甲").get("/duties/?state=leftover"),
    )
    assert [row.line.object for row in head.context["rows"] if row.closes] == ["C1 张三"]
    assert (head.context["closing"], own.context["closing"]) == (1, 0)
    assert "when-late" not in words_of(head)
    assert GO_LIVE in words_of(own)
    assert browser_of("乙").get("/duties/").context.get("closing") is None


def test_a_duty_that_was_left_over_says_so_and_why(begun) -> None:
    duty = duty_of(USE, "C1")
    page, why = browser_of("乙").get(f"/duties/{duty.pk}/"), browser_of("甲").get(f"/duties/{duty.pk}/why/")
    assert f"/duties/leftovers/close/?duty={duty.pk}" in words_of(page)
    assert "when-late" not in words_of(page)
    assert "2026-11-20" in words_of(why)
    assert "启用" not in words_of(why)  # not why there is none, but how the day was counted
    assert "leftovers/close" not in words_of(browser_of("甲").get(f"/duties/{duty.pk}/"))


def test_what_was_ticked_is_closed_with_its_reason(begun) -> None:
    head, duties = browser_of("辛"), [duty_of(USE, "C1").pk, duty_of(USE, "C2").pk]
    asked = "&".join(f"duty={one}" for one in duties)
    shown = head.get(f"/duties/leftovers/close/?{asked}")
    assert (shown.context["number"], len(shown.context["lines"])) == (2, 2)
    bare = head.post("/duties/leftovers/close/", {"duty": duties, "reason": " "})
    assert (bare.status_code, bool(bare.context["fault"])) == (422, True)
    done = head.post("/duties/leftovers/close/", {"duty": duties, "reason": REASON}, follow=True)
    assert "已关闭 2 件旧账" in words_of(done)
    assert set(left_over()) == {(RETURN, "S1", "2026-10月")}
    assert REASON in words_of(head.get(f"/duties/{duties[0]}/"))


def test_all_that_the_list_was_narrowed_to_is_closed_but_only_what_was_shown(begun) -> None:
    head = browser_of("辛")
    address = f"/duties/leftovers/close/?all=1&rule={USE}"
    assert head.get(address).context["number"] == 2
    assert head.post(address, {"number": "5", "reason": REASON}).status_code == 422
    assert len(left_over()) == 3
    assert head.post(address, {"number": "2", "reason": REASON}).status_code == 302
    assert set(left_over()) == {(RETURN, "S1", "2026-10月")}


@pytest.mark.parametrize("who", ["甲", "丙", "丁", "戊"])
def test_who_heads_nobody_closes_nothing_by_the_page_either(begun, who) -> None:
    duties = list(Duty.objects.filter(state=LEFTOVER).values_list("pk", flat=True))
    answer = browser_of(who).post("/duties/leftovers/close/", {"duty": duties, "reason": REASON})
    assert answer.status_code == 422
    assert left_over() == LEFT


def test_the_pages_ask_as_often_for_many_as_for_few(begun) -> None:
    head = browser_of("辛")
    head.get("/duties/?state=leftover")
    asked = []
    for more in (0, 30):
        many(more)
        for page in ("/duties/?state=leftover", "/duties/leftovers/close/?all=1"):
            with CaptureQueriesContext(connection) as queries:
                head.get(page)
            asked.append(len(queries))
    assert asked[2] <= asked[0]
    assert asked[3] <= asked[1]


def test_the_overview_counts_it_apart(begun) -> None:
    page = browser_of("辛").get("/overview/people/?period=twelve")
    assert page.context["left_over"] == 3
    assert page.context["number"] == 0
    assert "/duties/?state=leftover" in words_of(page)


# ------------------------------------------------------------------ by program, by command


def test_a_program_closes_all_it_names_or_nothing(begun, monkeypatch) -> None:
    monkeypatch.setattr(door, "today", lambda: DAY)
    duties = {one.object: one.pk for one in Duty.objects.filter(state=LEFTOVER)}
    clear = {}
    for who in "乙甲":
        account, until = Account.objects.get(staff_no=who), NOW + timedelta(1)
        scopes = [ApiScope.READ_DUTIES.value, ApiScope.WRITE_DUTIES.value]
        clear[who] = make_token(account, name="程序", scopes=scopes, expires=until, by=BY, at=NOW)[1]

    def ask(who: str, named: list[str]) -> tuple[int, dict]:
        headers = {"Authorization": f"Bearer {clear[who]}", "Idempotency-Key": str(uuid4())}
        said = json.dumps({"duties": [duties[one] for one in named], "reason": REASON})
        at = "/api/v1/duties/leftovers/closing"
        answer = Client().post(at, said, content_type="application/json", headers=headers)
        return answer.status_code, answer.json()

    assert [ask("甲", ["C1"])[1]["code"], ask("乙", ["C1", "C2"])[1]["code"]] == [
        "nothing-left",
        "others-now",
    ]
    assert left_over() == LEFT
    assert ask("乙", ["C1"]) == (200, {"closed": 1})
    assert (USE, "C1", "") not in left_over()
    listed = Client().get("/api/v1/duties?state=leftover", headers={"Authorization": f"Bearer {clear['乙']}"})
    assert {one["object"] for one in listed.json()["duties"]} <= {"S1"}


def test_the_commands_list_and_close(begun, tmp_path, monkeypatch, capsys) -> None:
    monkeypatch.setattr(leftovers, "enter", lambda home, lang: None)
    monkeypatch.setattr(leftovers.given, "today", lambda: DAY)
    monkeypatch.setattr("daihou.cli.acting.now", lambda: NOW)
    closing = partial(leftovers.close, tmp_path, lang="zh", reason=REASON)
    number = duty_of(USE, "C1").pk
    assert leftovers.show(tmp_path, "辛", "zh", rule=None, as_json=True) == 0
    told = json.loads(capsys.readouterr().out)
    assert [(one["due"], one["employee"], one["closable"]) for one in told] == [
        ("2026-11-10", "壬", True), ("2026-11-11", "丙", True), ("2026-11-20", "甲", True),
    ]  # fmt: skip
    for refused in (
        lambda: closing([], by="辛", rule=None, every=False),
        lambda: closing([number], by="辛", rule=None, every=True),
        lambda: closing([number], by="甲", rule=None, every=False),
        lambda: closing([], by="乙", rule=RETURN, every=True),
    ):
        with pytest.raises(Stopped):
            refused()
    assert left_over() == LEFT
    assert closing([number], by="乙", rule=None, every=False) == 0
    assert closing([], by="辛", rule=USE, every=True) == 0
    assert set(left_over()) == {(RETURN, "S1", "2026-10月")}
    capsys.readouterr()
    assert leftovers.show(tmp_path, "辛", "en", rule=USE, as_json=False) == 0
    assert "Nothing is left over" in capsys.readouterr().out
