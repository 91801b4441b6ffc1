"""A figure of the company changed from a day on: proposed, looked at, signed, in force from its day and not before."""

import re
from datetime import date, datetime, timedelta, timezone
from urllib.parse import quote

import pytest
from staging import staged
from tests_cast import (
    BY,
    DAY,
    NOW,
    PASSWORD,
    SHEETS,
    browser_of,
    guarantee_alone,
    reading_of,
    stored,
    words_of,
    write_sheets,
)

from daihou.dayend.acts import follow, run_day
from daihou.dayend.foreseeing import Foreseen, affected, foresee
from daihou.duties.models import DayRun, Duty
from daihou.engine import Moved
from daihou.ledger.acts import take_in
from daihou.people.acts import open_accounts
from daihou.people.rights import May, rights_by_post
from daihou.policy.acts import KIND, propose, withdraw
from daihou.policy.books import ids_for, kind_of_company, rulebooks_of_company
from daihou.policy.checking import Asked, check, figure_of
from daihou.policy.faults import FigureRefusedError
from daihou.policy.laying import Step, lay
from daihou.policy.models import FigureChange, Preview
from daihou.policy.reads import acts_from, figures_on, stands
from daihou.policy.sources import Whose, papers, source_of, whose
from daihou.rulebook import FigureStep, read_shipped, shipped_ids, with_figures, written_shipped
from daihou.signoff.acts import SigningRefusedError, refuse, send_back, sign
from daihou.signoff.chains import chains, without_own
from daihou.signoff.models import Matter
from daihou.trail.acts import Actor
from daihou.trail.models import Event
from daihou.trail.reads import verify
from daihou.web import figures, gate
from daihou.web.brief import briefs_of

IDS = ("guarantee",)
FIGURE, RULE = "用途检查期限", "fund-use-check"
RISK, GENERAL = Actor("丁", "test"), Actor("辛", "test")
SINCE = date(2026, 12, 1)
MAY = {"risk_manager", "risk_director", "internal_control_manager"}
CHINA = timezone(timedelta(hours=8))


def at(day: date) -> datetime:
    """The morning of a day in the company's zone."""
    return datetime(day.year, day.month, day.day, 9, tzinfo=CHINA)


@pytest.fixture(autouse=True)
def small(monkeypatch):
    """One rulebook, and the day of the cast."""
    guarantee_alone(monkeypatch)
    monkeypatch.setattr(gate, "today", lambda: DAY)


def asked(value="7天", since=SINCE, **other) -> Asked:
    said = {"rulebook": "guarantee", "figure": FIGURE, "reason": "资金用途要早看", **other}
    return Asked(value=value, since=since, **said)


def proposed(value="7天", since=SINCE, day=DAY, **other) -> FigureChange:
    """A change put to signature by the risk manager."""
    checked = check(asked(value, since, **other), ids_for(kind_of_company()), figures_on(), day)
    return propose(checked, foreseen={}, posts={"risk_manager"}, by=RISK, at=at(day))


def approved(value="7天", since=SINCE, day=DAY, **other) -> FigureChange:
    """A change signed by the general manager on a day."""
    change = proposed(value, since, day, **other)
    sign(change.matter, by=GENERAL, at=at(day))
    change.refresh_from_db()
    assert change.matter.state == "approved"
    return change


@staged
def lending(tmp_path):
    """The company with two contracts more, lent on the eve of the change and on its day."""
    more = "".join(
        f"{number},51000019860709002X,J2,甲,担保,贷款担保,流动资金贷款,100000,12,{day},2027-{day[5:]},在保,否,0,1\n"
        for number, day in (("C3", "2026-11-30"), ("C4", "2026-12-01"))
    )
    reading = reading_of(write_sheets(tmp_path / "lending", 合同=SHEETS["合同"] + more))
    return take_in(reading.book, by=BY, at=NOW, day=DAY, file="book", digest="d2", read=0, left_out=0)


def due_of(contract: str) -> date:
    return Duty.objects.get(rule=RULE, contract=contract).due


def fault_of(**other) -> list[tuple[str, str]]:
    with pytest.raises(FigureRefusedError) as caught:
        check(asked(**other), IDS, (), DAY)
    return [(one.place, one.code) for one in caught.value.faults]


# ------------------------------------------------------------------ whose a figure is


def test_every_paper_that_a_shipped_figure_cites_is_told_to_be_ours_or_from_outside() -> None:
    books = [written_shipped(one).book for one in shipped_ids()]
    figures = [one for book in books for one in (*book.figures.values(), *book.lookups.values())]
    unknown = {paper for one in figures for paper in papers(one.citations) if source_of(paper) is None}
    assert unknown == set()
    assert {whose(one) for one in figures} == {Whose.LAW, Whose.PAPER, Whose.OURS}


@pytest.mark.parametrize(
    ("rulebook", "figure", "code"),
    [
        ("carloan", "催收最早钟点", "figure-of-law"),
        ("microloan", "次级天数", "figure-of-law"),
        ("microloan", "满期天数", "figure-shared"),
        ("guarantee", "没有这个数", "no-such-figure"),
    ],
)
def test_what_is_set_from_outside_or_shared_is_refused_with_its_reason(rulebook, figure, code) -> None:
    with pytest.raises(FigureRefusedError) as caught:
        figure_of(shipped_ids(), rulebook, figure)
    (fault,) = caught.value.faults
    assert fault.code == code
    assert figure in fault.text("zh")
    assert figure in fault.text("en")


# ------------------------------------------------------------------ looked at before it is proposed


@pytest.mark.parametrize(
    ("typed", "place", "code"),
    [
        ("", "value", "value-missing"),
        ("待定", "value", "value-unset"),
        ("7工作日", "value", "kinds-differ"),
        ("一星期", "value", "value-unread"),
        ("-3天", "value", "value-negative"),
        ("0", "value", "value-zero"),
        ("0天", "value", "value-zero"),
        ("两个月", "value", "value-unread"),
        ("是", "value", "value-unread"),
        ("9999天", "value", "value-too-large"),
        ("10", "value", "value-same"),
    ],
)
def test_a_bad_value_is_told_beside_its_field(typed, place, code) -> None:
    assert fault_of(value=typed) == [(place, code)]


def test_all_that_is_wrong_is_told_at_once() -> None:
    wrong = fault_of(value="", since=DAY - timedelta(days=1), reason=" ", citation="长" * 201)
    assert wrong == [
        ("since", "since-passed"), ("reason", "reason-missing"), ("citation", "too-long"), ("value", "value-missing"),
    ]  # fmt: skip
    assert fault_of(since=None) == [("since", "since-missing")]
    assert fault_of(since=date(2030, 1, 1)) == [("since", "since-too-far")]


def test_a_table_is_changed_by_the_keys_that_differ() -> None:
    one = check(asked({"2": "２", "1": " "}, figure="常规间隔"), IDS, (), DAY)
    assert one.value == (("2", "2月"),)
    held = one.after[0].lookups["常规间隔"].value
    assert {key: value.value for key, value in held.on(SINCE).items()} == {1: 6, 2: 2, 3: 1, 4: 600}
    assert {key: value.value for key, value in held.on(DAY).items()} == {1: 6, 2: 3, 3: 1, 4: 600}
    assert fault_of(value={"9": "2月"}, figure="常规间隔") == [("value", "no-such-key")]
    assert fault_of(value={}, figure="常规间隔") == [("value", "value-missing")]
    assert fault_of(value={"2": "-2月"}, figure="常规间隔") == [("value.2", "value-negative")]
    assert fault_of(value={"1": "0", "2": "两个月"}, figure="常规间隔") == [
        ("value.1", "value-zero"),
        ("value.2", "value-unread"),
    ]
    assert fault_of(value="0", figure="突发检查期限") == [
        ("value", "value-same")
    ]  # it says of itself that it may be zero


# ------------------------------------------------------------------ laid on the book


def test_a_change_laid_on_is_the_book_that_a_layer_folder_gives_to_the_fingerprint() -> None:
    step = Step(1, "guarantee", FIGURE, SINCE, "7天")
    layer = with_figures(
        written_shipped("guarantee"), {FIGURE: [FigureStep(SINCE, "7天")]}, name="x", version="1.0.0"
    )
    (book,) = lay(IDS, [step]).books
    assert book.fingerprint == layer.fingerprint
    assert book.fingerprint != written_shipped("guarantee").book.fingerprint
    assert lay(IDS, []).books == (written_shipped("guarantee").book,)


def test_a_later_decision_may_make_an_earlier_one_say_nothing_and_the_day_is_not_stopped() -> None:
    first = Step(1, "guarantee", FIGURE, date(2027, 2, 1), "7天")
    then = Step(2, "guarantee", FIGURE, date(2027, 1, 1), "7天")
    same_day = Step(3, "guarantee", FIGURE, date(2027, 1, 1), "5天")
    laid = lay(IDS, [first, then])
    assert laid.left_out == frozenset()
    assert [value.value for _, value in laid.books[0].figures[FIGURE].value.steps] == [10, 7]
    (book,) = lay(IDS, [first, then, same_day]).books
    assert [value.value for _, value in book.figures[FIGURE].value.steps] == [10, 5, 7]


def test_a_change_that_a_new_release_does_not_bear_is_left_out_and_named_and_the_others_act() -> None:
    gone = Step(1, "guarantee", "去掉了的数", SINCE, "7天")
    good = Step(2, "guarantee", FIGURE, SINCE, "7天")
    wrong = Step(3, "guarantee", FIGURE, SINCE, "7工作日")
    other = Step(4, "carloan", "回票期限", SINCE, "5天")
    laid = lay(IDS, [gone, good, wrong, other])
    assert laid.left_out == {1, 3, 4}
    assert laid.books[0].figures[FIGURE].value.on(SINCE).value == 7


# ------------------------------------------------------------------ proposed, signed, in force


def test_a_change_acts_from_its_day_and_not_before(lending) -> None:
    run_day(DAY, by=BY, at=NOW)
    change = proposed()
    assert rulebooks_of_company() == read_shipped("guarantee")
    assert change.matter.content["before"]["zh"] == "10天"
    sign(change.matter, by=GENERAL, at=at(date(2026, 11, 25)))
    before, after = read_shipped("guarantee")[0], rulebooks_of_company()[0]
    assert before.fingerprint != after.fingerprint
    run_day(date(2026, 12, 2), by=BY, at=at(date(2026, 12, 2)))
    assert (due_of("C3"), due_of("C4")) == (date(2026, 12, 10), date(2026, 12, 8))
    assert due_of("C1") == date(2026, 11, 20)  # begun under the old figure, it keeps it
    assert list(verify()) == []


def test_the_same_day_run_again_has_another_fingerprint_once_a_figure_is_changed(company) -> None:
    first = run_day(DAY, by=BY, at=NOW)
    again = run_day(DAY, by=BY, at=NOW)
    assert first.fingerprint == again.fingerprint
    before = stored()
    approved()
    assert run_day(DAY, by=BY, at=NOW).fingerprint != first.fingerprint
    assert stored() == before  # the change is still to come


def test_signed_late_it_acts_from_the_day_of_the_last_signature(company) -> None:
    change = proposed(since=DAY)
    sign(change.matter, by=GENERAL, at=at(date(2026, 11, 27)))
    change.refresh_from_db()
    assert (change.since, acts_from(change)) == (DAY, date(2026, 11, 27))
    figure = rulebooks_of_company()[0].figures[FIGURE]
    assert [figure.value.on(day).value for day in (date(2026, 11, 26), date(2026, 11, 27))] == [10, 7]


def test_what_was_approved_later_is_not_known_on_an_earlier_day(company) -> None:
    approved(since=DAY)
    assert figures_on(DAY - timedelta(days=1)) == ()
    assert [step.value for step in figures_on(DAY)] == ["7天"]


def test_a_refused_and_a_withdrawn_change_change_nothing(company) -> None:
    refused = proposed()
    refuse(refused.matter, by=GENERAL, at=at(DAY), opinion="不必")
    other = proposed("8天")
    with pytest.raises(FigureRefusedError):
        withdraw(other, by=GENERAL, at=at(DAY))
    withdraw(other, by=RISK, at=at(DAY))
    assert rulebooks_of_company() == read_shipped("guarantee")
    found = stands(FigureChange.objects.select_related("matter"), IDS, SINCE)
    assert [one.standing for one in found] == ["withdrawn", "refused"]
    other.refresh_from_db()
    with pytest.raises(FigureRefusedError):
        withdraw(other, by=RISK, at=at(DAY))


def test_one_change_of_a_figure_is_signed_at_a_time_and_none_is_ever_deleted(company) -> None:
    proposed()
    events = Event.objects.count()
    with pytest.raises(FigureRefusedError) as caught:
        proposed("8天")
    assert caught.value.faults[0].code == "under-way"
    assert (FigureChange.objects.count(), Matter.objects.count(), Event.objects.count()) == (1, 1, events)


def test_a_later_change_takes_the_place_of_an_earlier_one(company) -> None:
    approved("7天", SINCE)
    approved("5天", date(2026, 12, 15))
    shown = FigureChange.objects.select_related("matter")
    for day, expected in (
        (DAY, ["coming", "coming"]),
        (SINCE, ["coming", "in_force"]),
        (date(2026, 12, 20), ["in_force", "replaced"]),
    ):
        assert [one.standing for one in stands(shown, IDS, day)] == expected
    figure = rulebooks_of_company()[0].figures[FIGURE]
    assert [figure.value.on(day).value for day in (DAY, SINCE, date(2026, 12, 15))] == [10, 7, 5]


@pytest.mark.covers("P15-01")
def test_the_step_of_the_proposers_own_post_falls_away_and_the_last_is_the_general_managers() -> None:
    asked_of = {
        who: [post for rung in without_own(chains()[KIND], {who}) for post in rung.posts] for who in MAY
    }
    assert asked_of == {
        "risk_manager": ["general_manager"],
        "risk_director": ["risk_manager", "general_manager"],
        "internal_control_manager": ["risk_manager", "general_manager"],
    }


def test_the_proposer_cannot_sign_his_own_proposal(company) -> None:
    change = proposed()
    with pytest.raises(SigningRefusedError):
        sign(change.matter, by=RISK, at=at(DAY))
    assert figures_on() == ()


# ------------------------------------------------------------------ what it would change


def test_what_a_change_would_do_is_counted_by_rule_and_person_before_it_is_proposed(lending) -> None:
    checked = check(asked(), IDS, (), DAY)
    assert RULE in affected(checked.after, "guarantee", FIGURE)
    found = foresee(checked, DAY)
    mine = [one for one in found.moved if one.rule == RULE]
    assert [(one.contract, one.how, one.before, one.after) for one in mine] == [
        ("C4", "earlier", "2026-12-11", "2026-12-08")
    ]
    assert found.until == date(2027, 3, 23)
    assert FigureChange.objects.count() == 0
    assert not DayRun.objects.exists()
    content = found.as_content()
    assert content["hows"]["earlier"] >= 1
    assert "C4" not in str(content)


# ------------------------------------------------------------------ on screen

ADDRESS = f"/figures/guarantee/{FIGURE}/"


@pytest.fixture
def risk(lending):
    """The browser of the risk manager."""
    open_accounts([(one, one) for one in "甲丁辛己"], PASSWORD, by=BY, at=NOW, sample=True)
    return browser_of("丁")


def form(**other) -> dict[str, str]:
    return {"value": "7", "since": "2026-12-01", "citation": "", "reason": "资金用途要早看", **other}


def test_the_form_of_a_table_calls_its_keys_by_class_and_says_what_may_be_written(risk) -> None:
    address = "/figures/guarantee/常规间隔/"
    page = risk.get(address).content.decode()
    for key in "1234":
        assert re.search(
            rf'<label for="id_key-{key}">第 {key} 类 <span class="quiet">（个月）</span>', page
        ), key
    typed = {"key-2": "两个月", "key-3": "0", "since": "2026-12-01", "reason": "试试", "act": "foresee"}
    refused = risk.post(address, typed)
    text = refused.content.decode()
    assert refused.status_code == 422
    assert "看不懂“两个月”：请用阿拉伯数字写，例如 6" in text
    assert '<div class="fault">要大于零。</div>' in text
    assert "带引号" not in text
    assert not FigureChange.objects.exists()


def test_a_change_is_seen_before_it_is_proposed_and_goes_to_signature(risk) -> None:
    rule = risk.get(f"/rules/{RULE}/").content.decode()
    assert ADDRESS.split("/")[1] in rule
    assert "提议改数" in rule
    seen = risk.post(ADDRESS, form(act="foresee"), follow=True)
    text = seen.content.decode()
    assert seen.redirect_chain == [(f"{quote(ADDRESS)}#foreseen", 302)]
    for said in ("会变什么", "C4", "2026-12-11", "2026-12-08", "送签"):
        assert said in text
    assert 'type="search" value=""' in text
    assert FigureChange.objects.count() == 0
    assert risk.post(ADDRESS, form(act="propose")).status_code == 302
    change = FigureChange.objects.get()
    assert (change.value, change.since, change.proposed_by, change.matter.state) == (
        "7天",
        SINCE,
        "丁",
        "under_way",
    )
    assert change.matter.content["foreseen"]["hows"]["earlier"] >= 1
    assert "签批中" in risk.get("/figures/").content.decode()


def test_who_signs_in_english_reads_in_english_what_the_figure_is(risk) -> None:
    change = proposed()
    figure = read_shipped("guarantee")[0].figures[FIGURE]
    assert (change.matter.content["meaning"], change.matter.content["english"]) == (
        figure.meaning,
        figure.english,
    )
    for lang, told, untold in (
        ("zh", figure.meaning, figure.english),
        ("en", figure.english, figure.meaning),
    ):
        risk.post("/preferences/", {"lang": lang})
        page = words_of(risk.get(f"/matters/{change.matter_id}/"))
        assert f"<dd>{told}</dd>" in page
        assert untold not in page
    del change.matter.content["english"]  # proposed before rules were said in English
    assert figures.matter_shown(change.matter.content)["meaning"] == figure.meaning


@pytest.fixture
def at_once(monkeypatch):
    """What a change would do, known without asking the engine: C4 is due earlier."""
    moved = Moved("duty", "earlier", RULE, "C4", "", "C4", "2026-12-11", "2026-12-08")

    def foreseen(_checked, _day, progress) -> Foreseen:
        progress("book", 0.0)
        progress("ahead", 0.7)
        return Foreseen(date(2027, 3, 23), (RULE,), (), (), (moved,), {"earlier": 1})

    monkeypatch.setattr(figures, "foresee", foreseen)


@pytest.mark.usefixtures("at_once")
def test_while_one_is_being_signed_another_of_the_figure_is_refused(risk) -> None:
    proposed()
    risk.post(ADDRESS, form(value="8", act="foresee"))
    refused = risk.post(ADDRESS, form(value="8", act="propose"))
    assert refused.status_code == 422
    assert "已有一项改动在签批" in refused.content.decode()


@pytest.mark.usefixtures("at_once")
def test_what_was_not_looked_at_is_not_proposed_and_other_inputs_need_another_look(risk) -> None:
    assert "请再“先看会变什么”" in risk.post(ADDRESS, form(act="propose")).content.decode()
    risk.post(ADDRESS, form(act="foresee"))
    answer = risk.post(ADDRESS, form(value="8", act="propose"))
    assert answer.status_code == 422
    assert "C4" not in words_of(answer)
    assert [one.state for one in Preview.objects.all()] == ["dropped"]
    risk.post(ADDRESS, form(act="foresee"))
    approved(
        "9天", since=date(2027, 1, 4)
    )  # another change comes into force meanwhile: what was found speaks of other figures
    assert risk.post(ADDRESS, form(act="propose")).status_code == 422
    assert FigureChange.objects.count() == 1


@pytest.mark.usefixtures("at_once")
def test_the_work_is_done_beside_the_request_told_and_ends_when_nobody_waits(risk, monkeypatch) -> None:
    waiting = []
    monkeypatch.setattr(figures, "behind", lambda _name, task, broken: waiting.append((task, broken)))
    risk.post(ADDRESS, form(act="foresee"))
    first = Preview.objects.get()
    page = risk.get(ADDRESS).content.decode()
    state = f"/figures/previews/{first.pk}/state/"
    assert state in page
    assert "正在推算会变什么" in page
    assert "HX-Refresh" not in risk.get(state).headers
    assert "还在推算" in risk.post(ADDRESS, form(act="propose")).content.decode()
    risk.post(
        ADDRESS, form(value="8", act="foresee")
    )  # other inputs: the first work ends at its next step, its result is not kept
    waiting[0][0]()
    first.refresh_from_db()
    assert (first.state, first.result) == ("dropped", "")
    second = Preview.objects.first()
    waiting[1][1]()  # a fault of ours
    assert "重新推算" in risk.get(ADDRESS).content.decode()
    risk.post(ADDRESS, form(value="8", act="again"))
    waiting[1][0]()  # who was thought broken off and comes late keeps nothing
    second.refresh_from_db()
    assert (second.state, second.tries) == ("foreseeing", 2)
    waiting[2][0]()
    second.refresh_from_db()
    assert (second.state, second.share) == ("foreseen", 100)
    assert "2026-12-11" not in second.result  # sealed
    assert risk.get(f"/figures/previews/{second.pk}/state/").headers["HX-Refresh"] == "true"
    assert "C4" in words_of(risk.get(ADDRESS))
    assert risk.post(ADDRESS, {"act": "drop"}).status_code == 302
    assert "C4" not in words_of(risk.get(ADDRESS))


@pytest.mark.usefixtures("at_once")
def test_work_that_told_nothing_for_long_can_be_begun_again_and_not_before(risk, monkeypatch) -> None:
    waiting = []
    monkeypatch.setattr(figures, "behind", lambda _name, task, broken: waiting.append(task))
    risk.post(ADDRESS, form(act="foresee"))
    assert "重新推算" not in risk.get(ADDRESS).content.decode()
    risk.post(ADDRESS, {"act": "again"})
    assert len(waiting) == 1
    Preview.objects.update(alive=NOW - timedelta(days=1))
    assert "好像中断了" in risk.get(ADDRESS).content.decode()
    risk.post(ADDRESS, {"act": "again"})
    assert len(waiting) == 2


@pytest.mark.usefixtures("at_once")
def test_a_returned_change_is_completed_with_other_inputs_and_signed_as_a_new_version(risk) -> None:
    change = proposed()
    (brief,) = briefs_of([change.matter]).values()
    assert brief[0].texts == ("10天 → 7天，自 2026-12-01 起",)
    send_back(change.matter, by=GENERAL, at=at(DAY), opinion="九天就够")
    matter = f"/matters/{change.matter_id}/"
    assert quote(ADDRESS) in risk.get(matter).content.decode()
    page = risk.get(ADDRESS)
    assert page.context["form"].initial["value"] == "7天"
    assert "已退回补正" in page.content.decode()
    said = form(value="9", since="2026-12-02", reason="按意见改成九天", citation="纪要 3 号")
    risk.post(ADDRESS, {**said, "act": "foresee"})
    assert risk.post(ADDRESS, {**said, "act": "propose", "remark": "改了"}).status_code == 302
    change.refresh_from_db()
    assert (change.value, change.since, change.citation, change.reason) == (
        "9天", date(2026, 12, 2), "纪要 3 号", "按意见改成九天",
    )  # fmt: skip
    change.matter.refresh_from_db()
    assert (change.matter.version, change.matter.state, change.matter.content["value"]) == (
        2,
        "under_way",
        "9天",
    )
    assert "2026-12-02" in change.matter.title["zh"]
    assert [one.content["value"] for one in change.matter.versions.order_by("number")] == ["7天", "9天"]
    # it was put forward anew at the browser, by today's clock
    sign(change.matter, by=GENERAL, at=change.matter.versions.latest("number").at)
    assert [step.value for step in figures_on()] == ["9天"]
    assert FigureChange.objects.count() == 1


def test_a_bad_value_is_answered_beside_its_field_and_nothing_is_proposed(risk) -> None:
    answer = risk.post(ADDRESS, form(value="一星期", since="2026-01-01", reason="", act="propose"))
    text = answer.content.decode()
    assert answer.status_code == 422
    assert text.count('class="fault"') == 3  # the value, the day and the reason, all at once
    answer = risk.post(ADDRESS, form(value="一星期", act="propose"))
    assert 'class="field wrong"' in answer.content.decode()
    assert FigureChange.objects.count() == 0


def test_who_may_not_propose_neither_sees_the_button_nor_gets_in_by_the_address(risk) -> None:
    for login in "甲辛":
        client = browser_of(login)
        assert client.get(ADDRESS).status_code == 403
        assert client.post(ADDRESS, form(act="propose")).status_code == 403
        assert "提议改数" not in client.get(f"/rules/{RULE}/").content.decode()
    assert FigureChange.objects.count() == 0
    may = {post for post, rights in rights_by_post().items() if May.FIGURES in rights.may}
    assert may == MAY


@pytest.mark.usefixtures("at_once")
def test_a_proposal_is_taken_back_on_the_page_and_not_twice(risk) -> None:
    risk.post(ADDRESS, form(act="foresee"))
    risk.post(ADDRESS, form(act="propose"))
    change = FigureChange.objects.get()
    assert risk.post(f"/figures/{change.pk}/withdraw/").status_code == 302
    assert "已撤回" in risk.get("/figures/").content.decode()
    assert risk.post(f"/figures/{change.pk}/withdraw/").status_code == 409


def test_a_change_in_force_today_asks_for_a_whole_run_and_is_quiet_after_it(risk) -> None:
    run_day(DAY, by=BY, at=NOW)
    change = proposed(since=DAY)
    sign(change.matter, by=GENERAL, at=NOW + timedelta(hours=2))
    assert "现在推演今天" in risk.get("/figures/").content.decode()
    assert follow(DAY, by=BY, at=NOW + timedelta(hours=3)) is False
    run_day(DAY, by=BY, at=NOW + timedelta(hours=3))
    page = risk.get("/figures/").content.decode()
    assert "现在推演今天" not in page
    assert "生效中" in page
    assert "本公司改定" in risk.get(f"/rules/{RULE}/").content.decode()
