"""Warnings: raised by hand or by the day, verified, answered by measures, closed by signature; who may, and what stands in the way."""

import html
import io
import json
import re
from datetime import date, timedelta
from urllib.parse import quote
from uuid import uuid4

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from staging import staged
from test_papers import PNG
from tests_cast import BY, DAY, NOW, PASSWORD, browser_of, on_its_day, words_of

from daihou.book import domains
from daihou.dayend.acts import run_day
from daihou.dayend.storing import Told, raise_warnings, warning_key
from daihou.duties.models import Duty, DutyPerson
from daihou.duties.signing import named, sign
from daihou.ledger.acts import correct, enter, take_in
from daihou.messaging.models import Notice
from daihou.papers.models import Attachment, Paper
from daihou.people.acts import open_accounts
from daihou.people.reads import viewer_of
from daihou.people.rights import rights_by_post
from daihou.registers.kept import homes, standing
from daihou.rulebook import Warning as WarningRule
from daihou.rulebook import read_shipped
from daihou.signoff.acts import SigningRefusedError, withdraw
from daihou.signoff.models import Matter
from daihou.signoff.reads import signers_of
from daihou.terms import terms
from daihou.trail.acts import Actor
from daihou.trail.models import Event
from daihou.trail.reads import verify as verify_trail
from daihou.warnings.acts import (
    Chosen,
    WarningRefusedError,
    choose_measures,
    raise_by_hand,
    report_result,
    verify,
)
from daihou.warnings.closing import propose_closing
from daihou.warnings.reads import (
    before_payment,
    by_month,
    by_signal_and_month,
    circle_of,
    counted,
    next_duties,
    not_overtaken,
    open_around,
    tallied,
    tallied_by_channel,
    tallied_by_contract,
    warnings_of,
)
from daihou.warnings.suggested import CHANNELS, channels, figures_of, signal_of, signals
from daihou.warnings.telling import tell_severe
from daihou.web.registers import told_history

ZHANG, LI, EAST = "510000199803180019", "51000019860709002X", "91510000100000000L"
MANAGER, HEAD, RISK, GENERAL, LAWYER = (Actor(one, "test") for one in "甲乙丁辛律")
SIGNAL = "S20"


@pytest.fixture(autouse=True)
def small(monkeypatch):
    """The rules and the signals, and the day of the cast."""
    on_its_day(monkeypatch, "signals")


@staged
def company(tmp_path):
    """The cast, with a lawyer."""
    from tests_cast import SHEETS, reading_of, write_sheets

    staff = SHEETS["员工"] + "律,律某,J1,\n"
    posts = SHEETS["任职"] + "律,律师,J1,2025-01-01\n"
    reading = reading_of(write_sheets(tmp_path / "book", 员工=staff, 任职=posts))
    return take_in(reading.book, by=BY, at=NOW, day=DAY, file="book", digest="d1", read=0, left_out=0)


def key_of(number: str) -> str:
    return (
        standing(homes()["party"])
        .get(title={ZHANG: "张三", LI: "李四", EAST: "东城食品有限公司"}[number])
        .key
    )


def raised(number=EAST, *, rule=SIGNAL, level="important", told="老板出国三周没有音信", by=MANAGER, at=NOW):
    return raise_by_hand(rule, key_of(number), told, level=level, by=by, at=at).key


def row(key):
    return standing(homes()["warning"]).get(key=key)


@pytest.mark.covers("P01-13")
def test_a_warning_raised_by_hand_stands_in_the_register_with_its_evidence(company) -> None:
    key = raised(told=f"邻居说 {ZHANG} 走了")
    found = row(key)
    assert (found.rule, found.level, found.origin, found.raised_by, found.raised_day) == (
        SIGNAL,
        "important",
        "manual",
        "甲",
        DAY,
    )
    assert ZHANG not in found.remark
    assert list(verify_trail()) == []


@pytest.mark.covers("P01-13")
@pytest.mark.parametrize(
    ("first", "second", "refused"),
    [
        ("important", "important", "open-already"),
        ("severe", "important", "open-already"),
        ("watch", "important", None),
        ("important", "severe", None),
    ],
)
def test_one_warning_of_a_client_and_signal_is_open_and_only_a_worse_one_is_raised_again(
    company, first, second, refused
) -> None:
    key = raised(level=first)
    if refused:
        with pytest.raises(WarningRefusedError) as error:
            raised(level=second)
        assert (error.value.code, error.value.key) == (refused, key)
        return
    worse = raised(level=second)
    assert row(worse).occurrence == row(key).occurrence
    shown = not_overtaken(warnings_of(viewer_of("丁", DAY)))
    assert [one.key for one in shown] == [worse]


@pytest.mark.covers("P04-01")
def test_a_risk_is_told_through_the_channel_in_which_it_was_seen_and_the_radar_counts_by_it(company) -> None:
    officer = Actor("甲", "test")
    raise_by_hand(
        "S37", key_of(ZHANG), "晚报写他欠薪", level="watch", channel="media_channel", by=officer, at=NOW
    )
    raise_by_hand(
        "S23", key_of(EAST), "全行业停产", level="important", channel="market_channel", by=officer, at=NOW
    )
    raise_by_hand(
        "S07", key_of(EAST), "仓库满了", level="watch", by=officer, at=NOW
    )  # as the signal is usually seen
    found = tallied_by_channel(warnings_of(viewer_of("丁", DAY)))
    assert {one.value: one.raised for one in found} == {"media_channel": 1, "market_channel": 1, "on_site": 1}
    with pytest.raises(WarningRefusedError) as error:
        raise_by_hand("S20", key_of(EAST), "走了", level="watch", channel="hearsay", by=officer, at=NOW)
    assert error.value.code == "no-such-channel"


@pytest.mark.covers("P04-01")
def test_every_signal_has_a_channel_and_every_channel_has_signals() -> None:
    everywhere = {rule.id for book in read_shipped() for rule in book.rules if isinstance(rule, WarningRule)}
    assert set(channels()) == everywhere
    assert set(channels().values()) == set(CHANNELS) == set(domains()["warning_channel"])
    assert len(CHANNELS) == 7


@pytest.mark.covers("P04-01")
def test_the_post_loan_officer_may_raise_what_he_found() -> None:
    assert "warnings" in rights_by_post()["post_loan_officer"].enters


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"rule": "S99"}, "no-such-signal"),
        ({"rule": "fund-use-check"}, "no-such-signal"),
        ({"party": "91510000MA00000000"}, "no-such-client"),
        ({"told": "  "}, "told-missing"),
        ({"told": "长" * 1001}, "told-too-long"),
        ({"level": "白"}, "no-such-level"),
        ({"contract": "C99"}, "no-such-contract"),
    ],
)
def test_a_warning_that_says_nothing_certain_is_not_raised(company, changed, code) -> None:
    asked = {"rule": SIGNAL, "party": EAST, "told": "有人看见", "level": "important", **changed}
    rule, party, told = asked.pop("rule"), asked.pop("party"), asked.pop("told")
    with pytest.raises(WarningRefusedError) as error:
        raise_by_hand(rule, party, told, **asked, by=MANAGER, at=NOW)
    assert error.value.code == code
    assert not standing(homes()["warning"]).exists()


@pytest.mark.covers("P01-14")
def test_a_warning_is_verified_once_with_what_it_rests_on_and_its_duty_follows(company) -> None:
    key = raised()
    run_day(DAY, by=BY, at=NOW)
    held = Duty.objects.get(rule="warning-verification", object=key)
    DutyPerson.objects.create(
        duty=Duty.objects.create(
            rule="warning-response", object=key, occurrence="earlier", table="warning", due=DAY - timedelta(9), state="open",
            first_run=held.first_run, last_run=held.last_run,
        ),
        ordinal=0, employee="辛",
    )  # fmt: skip
    assert (
        next_duties({key: "verify"})[key].duty == held.pk
    )  # whoever has to do something else meanwhile does not verify it
    assert next_duties({key: "answer"})[key].people == ("辛",)
    Duty.objects.filter(occurrence="earlier").first().persons.all().delete()
    Duty.objects.filter(occurrence="earlier").delete()
    for outcome, told, code in (("对", "看过", "no-such-outcome"), ("confirmed", " ", "told-missing")):
        with pytest.raises(WarningRefusedError) as error:
            verify(key, outcome, told, by=MANAGER, at=NOW)
        assert error.value.code == code
    verify(key, "confirmed", "到厂里看过，老板娘也承认", by=MANAGER, at=NOW)
    (event, _matter, moved) = told_history(viewer_of("甲", DAY), "warning", key)["events"][0]
    assert (event.act, moved) == ("correct", "核实日、核实结果、核实人、核实说明")
    assert (row(key).verified_by, row(key).verification_told) == ("甲", "到厂里看过，老板娘也承认")
    with pytest.raises(WarningRefusedError) as error:
        verify(key, "false_alarm", "没有这回事", by=RISK, at=NOW)
    assert error.value.code == "verified-already"
    run_day(DAY, by=BY, at=NOW)
    states = dict(Duty.objects.filter(table="warning", object=key).values_list("rule", "state"))
    assert (states["warning-verification"], states["warning-response"]) == ("on_time", "open")


def true_one(number=EAST, **more):
    key = raised(number, **more)
    verify(key, "confirmed", "看过", by=MANAGER, at=NOW)
    return key


@pytest.mark.covers("P01-14", "P17-12")
def test_measures_become_duties_of_who_was_named_and_are_told_done(company) -> None:
    key = true_one()
    deadline = DAY + timedelta(days=9)
    keys, matters = choose_measures(key, [Chosen("M10", "甲", deadline), Chosen("M06")], by=RISK, at=NOW)
    assert matters == []
    run_day(DAY, by=BY, at=NOW)
    duties = {one.object: one for one in Duty.objects.filter(table="response")}
    assert [one.employee for one in duties[keys[0]].persons.all()] == ["甲"]
    assert duties[keys[0]].due == deadline
    with pytest.raises(WarningRefusedError) as error:
        report_result(keys[0], DAY + timedelta(days=1), "还没到", by=MANAGER, at=NOW)
    assert error.value.code == "day-wrong"
    report_result(keys[0], DAY, "账户已经盯住", by=MANAGER, at=NOW)
    with pytest.raises(WarningRefusedError) as error:
        report_result(keys[0], DAY, "再说一次", by=MANAGER, at=NOW)
    assert error.value.code == "done-already"
    assert standing(homes()["response"]).get(key=keys[0]).outcome == "账户已经盯住"


MEASURES = """
M02 抵扣存款 2026-11-26 | M03 取消额度提前实现 2026-11-30 | M04 完善合同 2026-12-07 | M05 限期纠正收贷 2026-12-07 | M06 追加反担保 2026-12-07
M07 协商重组 2026-12-21 | M08 供销纾困 2026-12-21         | M09 引入资金 2026-12-21 | M10 监控账户 2026-11-26
"""
"""A measure, what it is called, and the day by which one decided on Monday 2026-11-23 is carried out."""


@pytest.mark.parametrize(
    ("measure", "name", "due"),
    [
        pytest.param(*cell.split(), marks=pytest.mark.covers(f"P01-{cell.split()[0]}"), id=cell.split()[0])
        for cell in MEASURES.replace("\n", "|").split("|")
        if cell.strip()
    ],
)
def test_a_measure_is_suggested_by_a_signal_and_somebody_s_work_until_its_day(
    company, measure, name, due
) -> None:
    suggesting = [one for one in signals().values() if measure in one.measures]
    key = true_one(rule=suggesting[0].id)
    ((written,), matters) = choose_measures(key, [Chosen(measure, "甲")], by=RISK, at=NOW)
    run_day(DAY, by=BY, at=NOW)
    duty = Duty.objects.get(rule="warning-response-named", object=written)
    assert (matters, duty.due.isoformat(), [one.employee for one in duty.persons.all()]) == ([], due, ["甲"])
    assert name in " ".join(named(duty))
    report_result(written, DAY, "办好了", by=MANAGER, at=NOW)
    run_day(DAY, by=BY, at=NOW)
    assert Duty.objects.get(pk=duty.pk).state == "on_time"


@pytest.mark.parametrize(
    ("chosen", "code"),
    [
        ([], "nothing-chosen"),
        ([Chosen("M99")], "no-such-measure"),
        ([Chosen("M01"), Chosen("M01")], "no-such-measure"),
        ([Chosen("M01", "庚")], "nobody-such"),
        ([Chosen("M01", "甲", DAY - timedelta(days=1))], "day-passed"),
        ([Chosen("M13")], "state-only"),
    ],
)
def test_a_measure_that_nobody_can_carry_out_is_not_written(company, chosen, code) -> None:
    key = true_one()
    with pytest.raises(WarningRefusedError) as error:
        choose_measures(key, chosen, by=RISK, at=NOW)
    assert error.value.code == code
    assert not standing(homes()["response"]).exists()


@pytest.mark.covers("P01-M13")
@pytest.mark.parametrize(
    ("owned", "status", "allowed"),
    [(True, "compensated", True), (True, "in_guarantee", False), (False, "compensated", False)],
)
def test_talks_with_the_authority_over_a_state_firm_are_for_one_that_was_paid_for(
    company, owned, status, allowed
) -> None:
    party = key_of(EAST)
    correct("party", party, {"state_owned": owned}, by=BY, at=NOW, day=DAY, reason="股权查过")
    correct("contract", "C2", {"status": status}, by=BY, at=NOW, day=DAY, reason="状态")
    key = true_one(EAST)
    if not allowed:
        with pytest.raises(WarningRefusedError) as error:
            choose_measures(key, [Chosen("M13", "丙")], by=RISK, at=NOW)
        assert error.value.code == "state-only"
        return
    ((measure,), _matters) = choose_measures(
        key, [Chosen("M13", "丙", DAY + timedelta(days=10))], by=RISK, at=NOW
    )
    run_day(DAY, by=BY, at=NOW)
    duty = Duty.objects.get(rule="warning-response-named", object=measure)
    assert (duty.due, [one.employee for one in duty.persons.all()]) == (DAY + timedelta(days=10), ["丙"])
    report_result(measure, DAY, "国资委同意减免利息，余下的转投资", by=Actor("丙", "test"), at=NOW)
    assert standing(homes()["response"]).get(key=measure).outcome == "国资委同意减免利息，余下的转投资"


def test_measures_wait_for_verification_and_are_not_decided_twice(company) -> None:
    key = raised()
    with pytest.raises(WarningRefusedError) as error:
        choose_measures(key, [Chosen("M01")], by=RISK, at=NOW)
    assert error.value.code == "not-true"
    verify(key, "confirmed", "看过", by=MANAGER, at=NOW)
    choose_measures(key, [Chosen("M01")], by=RISK, at=NOW)
    with pytest.raises(WarningRefusedError) as error:
        choose_measures(key, [Chosen("M01")], by=RISK, at=NOW)
    assert error.value.code == "under-way-already"


@pytest.mark.covers("P01-14")
def test_pressure_on_a_private_person_is_read_by_the_lawyer_before_it_is_decided(company) -> None:
    key = true_one(ZHANG)
    keys, (matter,) = choose_measures(key, [Chosen("M10"), Chosen("M12", "甲")], by=RISK, at=NOW)
    assert [one.split("/")[-2] for one in keys] == ["M10"]
    assert signers_of(matter, DAY) == {"律"} or list(signers_of(matter, DAY)) == ["律"]
    with pytest.raises(WarningRefusedError) as error:
        choose_measures(key, [Chosen("M12")], by=RISK, at=NOW)
    assert error.value.code == "under-way-already"
    with pytest.raises(SigningRefusedError):
        sign(matter, by=LAWYER, at=NOW)  # the lawyer says why
    sign(matter, by=LAWYER, at=NOW, opinion="只发律师函，不披露、不找第三人")
    decided = standing(homes()["response"]).get(measure="M12")
    assert (decided.decided_by, decided.responsible_person) == ("丁", "甲")
    firm = true_one(EAST)
    keys, matters = choose_measures(firm, [Chosen("M12")], by=RISK, at=NOW)
    assert (len(keys), matters) == (1, [])


@pytest.mark.covers("P01-14", "P01-M11", "P01-M12")
@pytest.mark.parametrize(
    ("chosen", "lawyer"),
    [
        (Chosen("M12"), False),
        (Chosen("M12", personal=True), True),
        (Chosen("M11"), True),
        (Chosen("M06", personal=True), False),
    ],
)
def test_of_a_firm_s_measures_the_lawyer_reads_those_that_aim_at_people(company, chosen, lawyer) -> None:
    key = true_one(EAST)
    keys, matters = choose_measures(key, [chosen], by=RISK, at=NOW)
    assert (len(keys), [one.kind for one in matters]) == ((0, ["measure_review"]) if lawyer else (1, []))


@pytest.mark.covers("P01-14", "P01-M01")
@pytest.mark.parametrize(
    ("level", "who", "signers"),
    [
        ("watch", "甲", "丁"),
        ("important", "甲", "丁"),
        ("severe", "甲", "丁辛"),
        ("severe", "丁", "辛"),
        ("important", "丁", ""),
        ("severe", "辛", ""),
    ],
)
def test_measures_are_decided_by_the_risk_manager_and_those_of_a_severe_warning_by_the_general_manager_too(
    company, level, who, signers
) -> None:
    key = true_one(level=level)
    keys, matters = choose_measures(key, [Chosen("M10", "甲"), Chosen("M06")], by=Actor(who, "test"), at=NOW)
    assert (len(keys), len(matters)) == ((0, 1) if signers else (2, 0))
    viewer = viewer_of("丁", DAY)
    for signer in signers:
        assert warnings_of(viewer).get(key=key).stage == "signing"
        assert not standing(homes()["response"]).exists()
        sign(matters[0], by=Actor(signer, "test"), at=NOW)
    written = standing(homes()["response"]).order_by("measure")
    assert [(one.measure, one.decided_by) for one in written] == [
        (measure, signers[-1:] or who) for measure in ("M06", "M10")
    ]
    assert warnings_of(viewer).get(key=key).stage == "carry_out"
    assert list(verify_trail()) == []


def test_a_second_proposal_waits_until_the_first_is_signed(company) -> None:
    key = true_one()
    _keys, (matter,) = choose_measures(key, [Chosen("M10")], by=MANAGER, at=NOW)
    for measure, code in (("M10", "under-way-already"), ("M06", "decision-under-way")):
        with pytest.raises(WarningRefusedError) as error:
            choose_measures(key, [Chosen(measure)], by=MANAGER, at=NOW)
        assert error.value.code == code
    assert len(choose_measures(key, [Chosen("M06")], by=RISK, at=NOW)[0]) == 1  # it is his to decide
    with pytest.raises(WarningRefusedError) as error:
        propose_closing(key, "可关", by=MANAGER, at=NOW)
    assert error.value.code == "measure-open"
    sign(matter, by=RISK, at=NOW)
    assert standing(homes()["response"]).count() == 2


@pytest.mark.covers("P01-14")
def test_who_chooses_on_the_page_is_told_who_has_to_sign(company) -> None:
    open_accounts([(one, one) for one in "甲丁辛"], PASSWORD, by=BY, at=NOW, sample=True)
    key = true_one(ZHANG, level="severe")
    address = reverse("warning", args=[key])
    page = browser_of("甲").get(address).content.decode()
    assert ("定措施要签过才算" in page, "全部建议送签" in page or "所选的送签" in page) == (True, True)
    answer = browser_of("甲").post(address, {"act": "decide", "measure": ["M10", "M11"]})
    assert answer.status_code == 302
    kinds = sorted(Matter.objects.filter(subject=key).values_list("kind", flat=True))
    assert kinds == ["measure_decision", "measure_review"]
    review = Matter.objects.get(kind="measure_review")
    assert [one.post for one in review.steps.order_by("ordinal")][1:] == ["risk_manager", "general_manager"]
    page = (
        browser_of("丁").get(f"/matters/{Matter.objects.get(kind='measure_decision').pk}/").content.decode()
    )
    assert "监控账户" in page
    page = (
        browser_of("辛")
        .get(reverse("warning", args=[true_one(ZHANG, level="severe", rule="S17")]))
        .content.decode()
    )
    assert "定措施要签过才算" not in page


def test_what_lies_before_the_lawyer_holds_up_no_other_measure_but_the_closing(company) -> None:
    key = true_one(ZHANG, level="watch")
    ((measure,), (matter,)) = choose_measures(key, [Chosen("M10", "甲"), Chosen("M12")], by=RISK, at=NOW)
    viewer = viewer_of("丁", DAY)
    assert warnings_of(viewer).get(key=key).stage == "carry_out"
    report_result(measure, DAY, "已盯", by=MANAGER, at=NOW)
    assert warnings_of(viewer).get(key=key).stage == "signing"
    with pytest.raises(WarningRefusedError) as error:
        propose_closing(key, "可关", by=MANAGER, at=NOW)
    assert error.value.code == "measure-open"
    sign(matter, by=LAWYER, at=NOW, opinion="可以发律师函")
    assert warnings_of(viewer).get(key=key).stage == "carry_out"


def test_a_closing_that_is_being_signed_takes_no_more_measures(company) -> None:
    key = true_one()
    ((measure,), _) = choose_measures(key, [Chosen("M10")], by=RISK, at=NOW)
    report_result(measure, DAY, "已盯", by=MANAGER, at=NOW)
    propose_closing(key, "可关", by=MANAGER, at=NOW)
    with pytest.raises(WarningRefusedError) as error:
        choose_measures(key, [Chosen("M06")], by=RISK, at=NOW)
    assert error.value.code == "closing-under-way"


def test_the_figures_that_show_a_warning_are_told_in_words_and_what_people_wrote_is_not_figures(
    company,
) -> None:
    told = figures_of("S01", "days_past_due=31; overdue_since=2026-10-27; principal_in_arrears=false")
    assert told == [("逾期天数", "31"), ("逾期起日", "2026-10-27"), ("拖欠本金", "否")]
    for text in ("", "他说 a=b", "days_past_due=3; 还有别的", "no_such_fact=1"):
        assert figures_of("S01", text) == [], text


@pytest.mark.covers("P01-14")
@pytest.mark.parametrize(("level", "signers"), [("watch", "丁"), ("important", "丁辛"), ("severe", "丁辛")])
def test_a_warning_is_closed_by_signature_when_everything_is_carried_out(company, level, signers) -> None:
    key = raised(level=level)
    for code in ("not-verified", "no-measure", "measure-open"):
        with pytest.raises(WarningRefusedError) as error:
            propose_closing(key, "可以关了", by=MANAGER, at=NOW)
        assert error.value.code == code
        if code == "not-verified":
            verify(key, "confirmed", "看过", by=MANAGER, at=NOW)
        elif code == "no-measure":
            ((measure,), _) = choose_measures(key, [Chosen("M10", "甲")], by=GENERAL, at=NOW)
    report_result(measure, DAY, "办好", by=MANAGER, at=NOW)
    with pytest.raises(WarningRefusedError) as error:
        propose_closing(key, "", by=MANAGER, at=NOW)
    assert error.value.code == "conclusion-missing"
    matter = propose_closing(key, "老板已回来，欠息已还", by=MANAGER, at=NOW)
    for who in signers:
        assert row(key).closed_day is None
        with pytest.raises(SigningRefusedError):
            sign(matter, by=MANAGER, at=NOW)
        matter = sign(matter, by=Actor(who, "test"), at=NOW, opinion="同意")
    assert (matter.state, row(key).closed_day, row(key).closing_told) == (
        "approved",
        DAY,
        "老板已回来，欠息已还",
    )
    assert list(verify_trail()) == []


def test_a_false_alarm_is_closed_without_a_measure_and_whoever_verified_does_not_sign(company) -> None:
    key = raised(level="watch")
    verify(key, "false_alarm", "老板在家", by=RISK, at=NOW)
    matter = propose_closing(key, "误会", by=MANAGER, at=NOW)
    with pytest.raises(SigningRefusedError):
        sign(matter, by=RISK, at=NOW)
    assert sign(matter, by=GENERAL, at=NOW).state == "approved"


def test_closing_the_worse_one_closes_the_milder_it_overtook_and_nothing_else(company) -> None:
    milder, other = raised(level="watch"), raised(rule="S17")
    worse = raised(level="important")
    verify(worse, "false_alarm", "没有这回事", by=MANAGER, at=NOW)
    matter = propose_closing(worse, "误会", by=MANAGER, at=NOW)
    for who in (RISK, GENERAL):
        sign(matter, by=who, at=NOW)
    assert [row(one).closed_day for one in (milder, worse, other)] == [DAY, DAY, None]
    assert Event.objects.filter(act="correct-many", subject=matter.number).count() == 1


def test_nothing_is_done_about_a_closed_warning(company) -> None:
    key = raised(level="watch")
    verify(key, "duplicate", "前天报过", by=MANAGER, at=NOW)
    sign(propose_closing(key, "重复", by=MANAGER, at=NOW), by=RISK, at=NOW)
    for act in (
        lambda: verify(key, "confirmed", "x", by=MANAGER, at=NOW),
        lambda: choose_measures(key, [Chosen("M01")], by=RISK, at=NOW),
        lambda: propose_closing(key, "再关", by=MANAGER, at=NOW),
    ):
        with pytest.raises(WarningRefusedError) as error:
            act()
        assert error.value.code == "closed-already"
    again = raised(level="watch", at=NOW + timedelta(days=1))  # a new episode
    assert again != key


def test_a_list_tells_what_each_warning_waits_for(company) -> None:
    viewer = viewer_of("丁", DAY)
    keys = [raised(rule=rule) for rule in ("S17", "S19", "S20", "S23", "S27", "S28")]
    for key in keys[1:]:
        verify(key, "confirmed", "看过", by=MANAGER, at=NOW)
    measures = {key: choose_measures(key, [Chosen("M07")], by=RISK, at=NOW)[0][0] for key in keys[2:]}
    for key in keys[3:]:
        report_result(measures[key], DAY, "办好", by=MANAGER, at=NOW)
    matters = [propose_closing(key, "可关", by=MANAGER, at=NOW) for key in keys[4:]]
    for who in (RISK, GENERAL):  # he who decided on the measures did not carry them out
        matters[1] = sign(matters[1], by=who, at=NOW)
    stages = {one.key: one.stage for one in warnings_of(viewer)}
    assert [stages[key] for key in keys] == ["verify", "answer", "carry_out", "to_close", "signing", "closed"]
    assert counted(warnings_of(viewer))["stages"] == dict.fromkeys(stages.values(), 1)


def test_who_sees_which_warning(company) -> None:
    east, west = raised(ZHANG), raised(EAST)  # 张三 is a client of J2, the other one of J3
    for who, seen in (("甲", {east}), ("乙", {east}), ("丙", {west}), ("丁", {east, west}), ("戊", set())):
        assert {one.key for one in warnings_of(viewer_of(who, DAY))} == seen, who


def test_warnings_are_seen_on_all_who_stand_or_fall_together(company, django_assert_num_queries) -> None:
    """李四 guarantees 张三, 东城食品 is of one group with 张三: 李四's trouble shows at the page of either contract's client as far as it concerns him."""
    group = {"related_group": "张家"}
    for number in (ZHANG, EAST):
        correct("party", key_of(number), group, by=RISK, at=NOW, day=DAY, reason="同一家人")
    risk = viewer_of("丁", DAY)
    zhang, li, east = (circle_of(risk, key_of(one)) for one in (ZHANG, LI, EAST))
    assert ([one.key for one in zhang.contracts], zhang.guarantors, zhang.related) == (
        ["C1"],
        [key_of(LI)],
        [key_of(EAST)],
    )
    assert ([one.key for one in li.contracts], [one.key for one in li.guaranteed], li.parties) == (
        [],
        ["C1"],
        [key_of(LI), key_of(ZHANG)],
    )
    assert (east.guarantors, east.related) == ([], [key_of(ZHANG)])
    assert [one.key for one in circle_of(viewer_of("甲", DAY), key_of(ZHANG)).contracts] == ["C1"]
    key = raised(LI, by=RISK)
    with django_assert_num_queries(1):
        assert [one.key for one in open_around(risk, zhang)] == [key]
    assert [[one.key for one in open_around(risk, one)] for one in (li, east)] == [[key], []]
    open_accounts([("丁", "丁")], PASSWORD, by=BY, at=NOW, sample=True)
    browser = browser_of("丁")
    for address in ("/registers/contract/row/C1/", f"/registers/party/row/{quote(key_of(ZHANG))}/"):
        assert "业主异常" in browser.get(address).content.decode(), address
    page = words_of(browser.get(f"/warnings/of/{quote(key)}/"))
    assert "他反担保的" in page
    assert "C1" in page
    rule = next(one for one in read_shipped("signals")[0].rules if one.id == SIGNAL)
    assert f'<p class="quiet">{rule.sense} <span' in page
    browser.post("/preferences/", {"lang": "en"})
    page = words_of(browser.get(f"/warnings/of/{quote(key)}/"))
    assert f'<p class="quiet">{rule.english} <span' in page
    assert rule.sense not in page


def test_the_radar_counts_what_was_raised_true_false_and_before_a_payment(
    company, django_assert_max_num_queries
) -> None:
    viewer = viewer_of("丁", DAY)
    one, two = raised(ZHANG), raised(EAST, rule="S17")
    verify(one, "confirmed", "看过", by=MANAGER, at=NOW)
    verify(two, "false_alarm", "看过", by=MANAGER, at=NOW)
    enter(
        "compensation",
        {"key": "DC1", "compensation_no": "DC1", "contract": "C1", "value_day": DAY + timedelta(days=20), "principal": 100, "interest": 0},
        by=BY, at=NOW, day=DAY + timedelta(days=20),
    )  # fmt: skip
    rows = warnings_of(viewer)
    with django_assert_max_num_queries(12):
        assert by_month(rows, date(2026, 1, 1)) == [("2026-11", {"important": 2})]
        signals = {
            tally.value: (tally.raised, tally.true, tally.share_false) for tally in tallied(rows, "rule")
        }
        assert signals == {SIGNAL: (1, 1, 0), "S17": (1, 0, 100)}
        assert [(t.value, t.raised) for t in tallied_by_contract(viewer, rows, "branch")] == [
            ("J2", 1),
            ("J3", 1),
        ]
        (before,) = before_payment(viewer, rows)
    assert (before.rule, before.before, before.paid, before.with_signal) == (SIGNAL, 1, 1, 1)


def test_the_radar_counts_each_signal_by_month_and_puts_what_has_no_value_last(
    company, django_assert_num_queries
) -> None:
    viewer = viewer_of("丁", DAY)
    raised(ZHANG, at=NOW - timedelta(days=40))
    raised(EAST)
    raised(EAST, rule="S17")
    correct("contract", "C1", {"dealer": "顺风车行"}, by=BY, at=NOW, day=DAY, reason="合同原件")
    rows = warnings_of(viewer)
    with django_assert_num_queries(1):
        assert by_signal_and_month(rows, date(2025, 12, 1)) == [
            (SIGNAL, {"2026-10": 1, "2026-11": 1}),
            ("S17", {"2026-11": 1}),
        ]
    with django_assert_num_queries(2):
        dealers = tallied_by_contract(viewer, rows, "dealer")
    assert [(one.value, one.raised) for one in dealers] == [("顺风车行", 1), ("", 2)]
    of_c1 = {"level": "important", "contract": "C1", "by": MANAGER, "at": NOW}
    raise_by_hand(
        "S18", key_of(EAST), "合同 C1 的事", **of_c1
    )  # counted at its own contract, not at the client's newest
    assert [(one.value, one.raised) for one in tallied_by_contract(viewer, rows, "branch")] == [
        ("J2", 2),
        ("J3", 2),
    ]


# on screen


@pytest.fixture
def come(company):
    """A browser of anybody of the cast."""
    open_accounts([(one, one) for one in "甲乙丙丁戊辛律"], PASSWORD, by=BY, at=NOW, sample=True)
    return browser_of


def test_a_warning_goes_from_a_visit_to_its_closing_on_screen(come) -> None:
    run_day(DAY, by=BY, at=NOW)
    manager, risk, general, lawyer = come("甲"), come("丁"), come("辛"), come("律")
    assert (
        manager.post(
            "/warnings/raise/", {"party": "没有这人", "rule": SIGNAL, "level": "severe", "told": "出国"}
        ).status_code
        == 422
    )
    form = {"party": "张三（*0019）", "rule": SIGNAL, "level": "severe", "told": "出国三周"}
    answer = manager.post("/warnings/raise/", form)
    assert answer.status_code == 302
    at = answer.headers["Location"]
    again = manager.post("/warnings/raise/", form)
    assert (again.status_code, at in again.content.decode()) == (422, True)
    page = manager.get(at).content.decode()
    for word in ("待核实", "张三", "出国三周", "C1", "预警核实"):
        assert word in page
    assert manager.post(at, {"act": "verify", "outcome": "confirmed", "told": ""}).status_code == 409
    assert (
        manager.post(at, {"act": "verify", "outcome": "confirmed", "told": "家里没人，手机停机"}).status_code
        == 302
    )
    assert "全部建议送签" in risk.get(at).content.decode()  # severe: the general manager signs too
    assert risk.post(at, {"act": "decide", "measure": "M12", "person-M12": "没有这人"}).status_code == 409
    answer = risk.post(
        at,
        {"act": "decide", "measure": ["M10", "M12"], "person-M10": "甲某", "until-M10": "2026-12-01"},
        follow=True,
    )
    assert "措施已送签" in answer.content.decode()
    for kind, signers in (("measure_decision", [general]), ("measure_review", [lawyer, general])):
        for browser in signers:
            matter = Matter.objects.get(kind=kind)
            assert (
                "监控账户" in browser.get(f"/matters/{matter.pk}/").content.decode()
                or kind != "measure_decision"
            )
            said = {
                "act": "sign",
                "step": matter.steps.get(ordinal=matter.stage).pk,
                "digest": matter.digest,
                "opinion": "可以",
            }
            assert browser.post(f"/matters/{matter.pk}/", said).status_code == 302
    keys = {one.measure: one.key for one in standing(homes()["response"])}
    assert set(keys) == {"M10", "M12"}
    for measure in keys.values():
        assert (
            manager.post(
                at, {"act": "report", "response": measure, "done": DAY.isoformat(), "told": "已办"}
            ).status_code
            == 302
        )
    assert "送签关闭" in manager.get(at).content.decode()
    assert manager.post(at, {"act": "close", "conclusion": "人已回来，欠息已还清"}).status_code == 302
    closing = Matter.objects.get(kind="warning_closing")
    for browser in (risk, general):
        closing.refresh_from_db()
        shown = browser.get(f"/matters/{closing.pk}/").content.decode()
        assert "人已回来" in shown
        assert "监控账户" in shown
        step = closing.steps.get(ordinal=closing.stage)
        said = {"act": "sign", "step": step.pk, "digest": closing.digest, "opinion": "同意"}
        assert browser.post(f"/matters/{closing.pk}/", said).status_code == 302
    page = manager.get(at).content.decode()
    assert "已关闭" in page
    assert list(verify_trail()) == []


def test_lists_filter_and_who_may_not_answer_only_reads(come) -> None:
    east, west = raised(ZHANG, level="severe"), raised(EAST, rule="S17")
    risk, elsewhere, cashier, general = come("丁"), come("丙"), come("戊"), come("辛")
    book = risk.get("/warnings/?level=severe&as=xlsx")
    told = openpyxl.load_workbook(io.BytesIO(book.content)).worksheets[0]
    assert [cell.value for cell in told[2]][:3] == ["重大", "业主异常", "张三"]
    assert told.max_row == 2
    assert Event.objects.get(act="export", kind="warning").after["rows"] == 1
    assert [
        risk.get(f"/warnings/?order={one}").status_code
        for one in ("raised", "-raised", "signal", "client", "x")
    ] == [200] * 5
    whole = risk.get("/warnings/").content.decode()
    assert whole.count("data-open=") == 2
    for query, count in (
        ("level=severe", 1),
        ("rule=S17", 1),
        ("stage=verify", 2),
        ("stage=closed", 0),
        ("branch=J3", 1),
        ("q=张三", 1),
        ("q=没有", 0),
    ):
        assert risk.get(f"/warnings/?{query}").content.decode().count("data-open=") == count, query
    assert elsewhere.get(f"/warnings/of/{east}/").status_code == 404
    assert elsewhere.get(f"/warnings/of/{west}/").status_code == 200
    assert cashier.get("/warnings/").status_code == 404
    assert general.get(f"/warnings/of/{east}/").status_code == 200
    assert (
        general.post(
            f"/warnings/of/{east}/", {"act": "verify", "outcome": "confirmed", "told": "x"}
        ).status_code
        == 403
    )
    assert elsewhere.get("/warnings/radar/").status_code == 403
    page = general.get("/warnings/radar/").content.decode()
    assert page.count("西城分公司") == 1
    assert "按经销商" not in page  # no contract names one
    assert page.count("?branch=J3") == 2  # name and number lead to the list
    assert "每个信号每月提出" in page
    assert risk.get(f"/warnings/of/{east}/").status_code == 200


def test_the_radar_is_taken_as_excel_and_that_it_was_is_on_record(come) -> None:
    raised(ZHANG, level="severe")
    raised(EAST, rule="S17")
    correct("contract", "C1", {"dealer": "顺风车行"}, by=BY, at=NOW, day=DAY, reason="合同原件")
    answer = come("辛").get("/warnings/radar/?as=xlsx")
    lines = list(openpyxl.load_workbook(io.BytesIO(answer.content)).worksheets[0].iter_rows(values_only=True))
    months = [str(head) for head in lines[0] if str(head).startswith("20")]
    assert (lines[0][:3], len(months), months[-1]) == (("按什么", "名称", "提出"), 12, "2026-11")
    found = {(line[0], line[1]): line for line in lines[1:]}
    assert found["按信号", "业主异常"][2:8] == (1, 1, 1, 0, 0, None)
    assert found["按信号", "业主异常"][lines[0].index("2026-11")] == 1
    assert found["按经销商", "顺风车行"][2] == 1
    assert found["按经销商", "未填"][2] == 1
    event = Event.objects.get(act="export", kind="radar")
    assert (event.by, event.after["rows"]) == ("辛", len(lines) - 1)
    page = come("辛").get("/warnings/radar/").content.decode()
    assert page.index("顺风车行") < page.index("未填")
    assert come("丙").get("/warnings/radar/?as=xlsx").status_code == 403
    assert list(verify_trail()) == []


def test_a_signal_raised_by_hand_takes_the_photo_with_it_or_neither(come) -> None:
    manager = come("甲")
    said = {"party": ZHANG, "rule": SIGNAL, "level": "watch", "told": "门关着", "contract": "C1"}
    bad = SimpleUploadedFile("门.png", b"MZ not a picture")
    answer = manager.post("/warnings/raise/", {**said, "file": bad})
    assert (answer.status_code, standing(homes()["warning"]).count()) == (422, 0)
    answer = manager.post("/warnings/raise/", {**said, "file": SimpleUploadedFile("门.png", PNG)})
    assert answer.status_code == 302
    key = standing(homes()["warning"]).get().key
    held = Attachment.objects.get()
    assert (held.name, held.table, held.key, held.contract) == ("门.png", "warning", key, "C1")
    assert "门.png" in manager.get(reverse("row", args=["warning", key])).content.decode()
    assert list(verify_trail()) == []


def test_what_the_radar_counts_is_the_list_that_it_leads_to(come) -> None:
    milder = raised(ZHANG, level="watch")
    raised(ZHANG, level="severe")  # overtakes it: the radar counts both
    raised(EAST, rule="S17")
    raise_by_hand(
        "S23",
        key_of(EAST),
        "行规变了",
        level="watch",
        contract="C2",
        channel="market_channel",
        by=MANAGER,
        at=NOW,
    )
    correct(
        "contract",
        "C1",
        {"dealer": "顺风车行", "creditor": "城商行"},
        by=BY,
        at=NOW,
        day=DAY,
        reason="合同原件",
    )
    correct("party", key_of(EAST), {"industry": "manufacturing"}, by=BY, at=NOW, day=DAY, reason="执照")
    general = come("辛")
    page = general.get("/warnings/radar/").content.decode()
    links = {
        name: set(re.findall(rf'href="(/warnings/\?{name}=[^"]+)">(\d+)</a>', page))
        for name in ("rule", "branch", "industry", "channel", "dealer", "creditor")
    }
    assert all(links.values()), links
    for address, count in (one for found in links.values() for one in found):
        shown = general.get(html.unescape(address)).content.decode()
        assert shown.count("data-open=") == int(count), address
    assert milder.split("/")[-1] == "watch"
    for odd in ("since=gestern", "since=2026-13-01", "dealer=%27", "industry=x", "channel=y"):
        assert general.get(f"/warnings/?{odd}").status_code == 200


# by program and on the command line


@pytest.fixture
def program(come, monkeypatch):
    """A token of the account manager."""
    from daihou.api import door
    from daihou.people.models import Account
    from daihou.people.tokens import make_token

    monkeypatch.setattr(door, "today", lambda: DAY)
    account, scopes = Account.objects.get(login="甲"), ["read:duties", "write:duties"]
    until = NOW + timedelta(days=30)
    _, clear = make_token(account, name="预警", scopes=scopes, expires=until, by=BY, at=NOW)

    def ask(method, at, said=None):
        headers = {"Authorization": f"Bearer {clear}", "Idempotency-Key": str(uuid4())}
        if method == "get":
            return Client().get(f"/api/v1/{at}", headers=headers)
        return Client().post(
            f"/api/v1/{at}", json.dumps(said), content_type="application/json", headers=headers
        )

    return ask


def test_a_program_takes_a_warning_from_its_raising_to_the_signature(program) -> None:
    said = {"rule": SIGNAL, "party": ZHANG, "level": "watch", "told": "邻居说出国了"}
    made = program("post", "warnings", said).json()
    assert (made["name"], made["stage"]) == ("业主异常", "verify")
    assert program("post", "warnings", said).json()["code"] == "open-already"
    assert (
        program("post", "warnings", {**said, "party": EAST}).json()["code"] == "no-such-client"
    )  # of another branch
    assert program("post", "warnings", {**said, "level": "白"}).status_code == 422
    at = quote(made["key"])
    early = program("post", f"warnings/measures?warning={at}", {"measures": [{"measure": "M10"}]})
    assert (early.status_code, early.json()["code"]) == (422, "not-true")
    answer = program("post", f"warnings/verification?warning={at}", {"outcome": "confirmed", "told": "看过"})
    assert answer.json()["stage"] == "answer"
    again = program("post", f"warnings/verification?warning={at}", {"outcome": "confirmed", "told": "看过"})
    assert again.status_code == 409
    decided = program(
        "post", f"warnings/measures?warning={at}", {"measures": [{"measure": "M10"}, {"measure": "M12"}]}
    ).json()
    assert (decided["measures"], len(decided["matters"])) == ([], 2)  # an account manager proposes
    sign(Matter.objects.get(kind="measure_decision"), by=RISK, at=NOW)
    decided = program("get", f"warnings/measures?warning={at}").json()
    assert [one["measure"] for one in decided["measures"]] == ["M10"]
    done = {"response": decided["measures"][0]["key"], "done": DAY.isoformat(), "told": "已盯"}
    assert program("post", f"warnings/results?warning={at}", done).json()["measures"][0]["outcome"] == "已盯"
    assert (
        program("post", f"warnings/results?warning={at}", {**done, "response": "别的"}).json()["code"]
        == "no-such-measure"
    )
    early = program("post", f"warnings/closing?warning={at}", {"conclusion": "可关"})
    assert early.json()["code"] == "measure-open"  # the lawyer has not read the other one yet
    for who, said in ((LAWYER, "只发律师函"), (RISK, "")):
        sign(Matter.objects.get(kind="measure_review"), by=who, at=NOW, opinion=said)
    (letter,) = standing(homes()["response"]).filter(measure="M12").values_list("key", flat=True)
    assert program("post", f"warnings/results?warning={at}", {**done, "response": letter}).status_code == 200
    closing = program("post", f"warnings/closing?warning={at}", {"conclusion": "可关"})
    assert closing.json()["number"].startswith("QP")
    assert [one["stage"] for one in program("get", "warnings?open=true").json()["warnings"]] == ["signing"]
    assert program("get", "warnings?stage=closed").json()["total"] == 0


def test_the_commands_take_a_warning_to_the_signature_in_somebodys_name(
    company, tmp_path, monkeypatch, capsys
) -> None:
    from daihou.cli import acting, warned
    from daihou.cli.refusal import Stopped

    monkeypatch.setattr(warned, "enter", lambda home, lang: None)
    monkeypatch.setattr(warned.given, "today", lambda: DAY)
    monkeypatch.setattr(acting, "now", lambda: NOW)
    said = {"rule": SIGNAL, "party": ZHANG, "told": "邻居说出国了", "contract": None, "channel": "现场"}
    for by, level in (
        ("戊", "关注"),
        ("丙", "关注"),
        ("甲", "白"),
    ):  # no such room, another branch, no such level
        with pytest.raises(Stopped):
            warned.raise_one(tmp_path, "zh", **said, level=level, by=by)
    assert warned.raise_one(tmp_path, "zh", **said, level="关注", by="甲") == 0
    assert standing(homes()["warning"]).get().signal_channel == "on_site"
    key = standing(homes()["warning"]).get().key
    with pytest.raises(Stopped):
        warned.verify(tmp_path, "zh", key=key, outcome="属实", told="看过", by="丙")
    assert warned.verify(tmp_path, "zh", key=key, outcome="属实", told="看过", by="甲") == 0
    assert (
        warned.decide(
            tmp_path, "zh", key=key, measures=["监控账户"], person="甲", until=None, personal=False, by="丁"
        )
        == 0
    )
    measure = standing(homes()["response"]).get().key
    with pytest.raises(Stopped):
        warned.result(tmp_path, "zh", key="没有", done=None, told="x", by="甲")
    assert warned.result(tmp_path, "zh", key=measure, done=None, told="已盯", by="甲") == 0
    capsys.readouterr()
    assert warned.show(tmp_path, "甲", "zh", closed=False, as_json=True) == 0
    assert '"to_close"' in capsys.readouterr().out
    assert warned.show(tmp_path, "甲", "zh", closed=True, as_json=False) == 0
    assert "待送签关闭" in capsys.readouterr().out
    assert warned.close(tmp_path, "zh", key=key, conclusion="可关", by="甲") == 0
    assert Matter.objects.get(kind="warning_closing").subject == key


# ------------------------------------------------------------------ one of a client and a signal at a time


def found_on(day, *, rule="S05", episode="2026-06-30", level="important", party=EAST):
    """A warning as the rules find it."""
    row_ = {
        "rule": rule, "party": key_of(party), "episode": episode, "level": level, "contract": None, "evidence": "负债率=0.8",
    }  # fmt: skip
    return day, row_


def raise_found(*found, day=DAY) -> list[str]:
    """Raise what was found on a day as a run does; the periods and levels that are open afterwards."""
    told = Told({}, warnings={warning_key(row_): (on, row_) for on, row_ in found})
    raise_warnings(told, day, 1)
    rows = standing(homes()["warning"]).filter(closed_day__isnull=True).order_by("key")
    return [f"{one.occurrence} {one.level}" for one in rows]


@pytest.mark.covers("P01-13")
def test_of_several_periods_found_at_once_the_worst_and_newest_is_open_and_the_others_go_into_it(
    company,
) -> None:
    periods = ("2026-03-31", "2026-06-30", "2026-09-30")
    assert raise_found(*(found_on(DAY, episode=one) for one in periods)) == ["2026-09-30 important"]
    gone = standing(homes()["warning"]).filter(occurrence="2026-03-31").get()
    assert (gone.verification, gone.verified_day, gone.closed_day) == ("duplicate", DAY, DAY)
    assert "2026-09-30" in gone.verification_told
    assert raise_found(*(found_on(DAY, episode=one) for one in periods)) == ["2026-09-30 important"]


@pytest.mark.covers("P01-13")
@pytest.mark.parametrize(
    ("level", "open_"),
    [
        ("watch", ["2026-06-30 important"]),
        ("important", ["2026-06-30 important"]),
        ("severe", ["2026-06-30 important", "2026-09-30 severe"]),
    ],
)
def test_beside_an_open_warning_only_a_worse_one_is_opened(company, level, open_) -> None:
    raise_found(found_on(DAY))
    assert raise_found(found_on(DAY, episode="2026-09-30", level=level)) == open_


def test_what_went_into_an_open_warning_is_not_raised_anew_once_that_is_closed(company) -> None:
    raise_found(found_on(DAY))
    raise_found(found_on(DAY, episode="2026-09-30"))
    first = standing(homes()["warning"]).get(closed_day__isnull=True)
    correct("warning", first.key, {"closed_day": DAY}, by=BY, at=NOW, day=DAY, reason="已还清")
    assert raise_found(found_on(DAY), found_on(DAY, episode="2026-09-30")) == []
    assert raise_found(found_on(DAY, episode="2026-12-31")) == ["2026-12-31 important"]
    assert raise_found(found_on(DAY, rule="S01", episode="2026-11-20")) == [
        "2026-11-20 important",
        "2026-12-31 important",
    ]


# ------------------------------------------------------------------ severe ones are told at once


def severe_told() -> list[tuple[str, str, str]]:
    """Who was told: to whom, the title, where it leads."""
    rows = Notice.objects.filter(kind="severe").order_by("to", "pk")
    assert {one.severity for one in rows} <= {"urgent"}
    return [(one.to, one.title["zh"], one.path) for one in rows]


@pytest.mark.covers("P01-14")
def test_a_severe_warning_by_hand_reaches_the_general_manager_and_the_head_of_risk_at_once(company) -> None:
    raised(level="important")
    assert severe_told() == []
    key = raised(level="severe", told="已经出境", by=RISK)
    assert severe_told() == [("辛", "重大预警：业主异常", f"/warnings/of/{key}/")]  # who raised it knows
    again = raised(ZHANG, level="severe", by=MANAGER)
    assert [(to, path) for to, _title, path in severe_told()][:1] == [("丁", f"/warnings/of/{again}/")]


@pytest.mark.covers("P01-14")
def test_the_severe_warnings_of_a_run_are_one_message(company) -> None:
    found = [
        found_on(DAY, level="severe"),
        found_on(DAY, party=ZHANG, level="severe"),
        found_on(DAY, party=LI),
    ]
    told = Told({}, warnings={warning_key(row_): (on, row_) for on, row_ in found})
    assert tell_severe(raise_warnings(told, DAY, 7)[1], by=BY, at=NOW) == 2
    assert severe_told() == [(who, "新提出 2 条重大预警", "/warnings/?level=severe") for who in ("丁", "辛")]
    lines = Notice.objects.filter(kind="severe").first().lines
    assert [one["text"] for one in lines] == [
        f"{signal_of('S05').name} 2026-06-30"
    ] * 2  # no client: it may leave the house
    assert tell_severe(raise_warnings(told, DAY, 8)[1], by=BY, at=NOW) == 0


# ------------------------------------------------------------------ the form of a warning


@pytest.mark.covers("P01-14")
@pytest.mark.parametrize("outcome", ["confirmed", "false_alarm", "duplicate"])
def test_the_form_of_a_verification_verifies_the_warning_and_its_page_leads_to_that_of_the_warning(
    company, outcome
) -> None:
    correct("party", key_of(ZHANG), {"caretaker": "甲"}, by=RISK, at=NOW, day=DAY, reason="管户")
    key = raised(ZHANG)
    run_day(DAY, by=BY, at=NOW)
    open_accounts([("甲", "甲")], PASSWORD, by=BY, at=NOW, sample=True)
    duty, manager = Duty.objects.get(rule="warning-verification", object=key), browser_of("甲")
    page = manager.get(f"/duties/{duty.pk}/").content.decode()
    assert f'href="/warnings/of/{quote(key)}/"' in page
    told = {
        "signal_detail": "出国三周", "handled_day": DAY.isoformat(), "handled_by": "甲某", "verified": outcome, "cause": "去看儿子，昨天回来了",
        "impact": "没有", "client_told": "yes", "more_security": "no", "conclusion": "照常管",
    }  # fmt: skip
    refused = manager.post(f"/duties/{duty.pk}/form/", {**told, "verified": "unclear"})
    assert refused.status_code == 422
    assert manager.post(f"/duties/{duty.pk}/form/", told).status_code == 302
    found = row(key)
    assert (found.verified_day, found.verification, found.verified_by, found.verification_told) == (
        DAY,
        outcome,
        "甲",
        "去看儿子，昨天回来了",
    )
    duty.refresh_from_db()
    assert (duty.state, duty.done) == ("on_time", DAY)
    assert list(verify_trail()) == []


def test_the_form_of_a_verification_begins_with_the_figures_in_words(company) -> None:
    correct("party", key_of(ZHANG), {"caretaker": "甲"}, by=RISK, at=NOW, day=DAY, reason="管户")
    key = raised(
        ZHANG, rule="S01", told="days_past_due=31; overdue_since=2026-10-27; principal_in_arrears=false"
    )
    run_day(DAY, by=BY, at=NOW)
    open_accounts([("甲", "甲")], PASSWORD, by=BY, at=NOW, sample=True)
    duty = Duty.objects.get(rule="warning-verification", object=key)
    page = browser_of("甲").get(f"/duties/{duty.pk}/form/").content.decode()
    assert "逾期天数 31；逾期起日 2026-10-27；拖欠本金 否" in page
    assert "days_past_due" not in page


def test_a_duty_about_a_warning_leads_from_its_head_to_it_and_to_the_client_where_he_is_seen(company) -> None:
    key = raised(ZHANG)
    run_day(DAY, by=BY, at=NOW)
    open_accounts([(one, one) for one in "甲丙"], PASSWORD, by=BY, at=NOW, sample=True)
    duty = Duty.objects.get(rule="warning-verification", object=key)
    # whose duty it became meanwhile, and who sees neither the warning nor the client
    DutyPerson.objects.create(duty=duty, ordinal=9, employee="丙")

    def head(who) -> str:
        page = words_of(browser_of(who).get(f"/duties/{duty.pk}/"))
        return page.partition("<h1>")[2].partition('<div class="two">')[0]

    called = f"重要 {signal_of(SIGNAL).name} 张三"
    assert f'<a href="/warnings/of/{quote(key)}/">{called}</a>' in head("甲")
    assert f'<a href="/registers/party/row/{key_of(ZHANG)}/">张三</a>' in head("甲")
    assert called in head("丙")
    assert "href" not in head("丙")


@pytest.mark.covers("P01-14")
def test_the_page_says_who_carries_a_measure_out_until_when_though_nobody_was_named(company) -> None:
    correct("party", key_of(ZHANG), {"caretaker": "甲"}, by=RISK, at=NOW, day=DAY, reason="管户")
    key = true_one(ZHANG)
    choose_measures(key, [Chosen("M06"), Chosen("M10")], by=RISK, at=NOW)
    run_day(DAY, by=BY, at=NOW)
    open_accounts([("丁", "丁")], PASSWORD, by=BY, at=NOW, sample=True)
    found = browser_of("丁").get(f"/warnings/of/{quote(key)}/").context
    due = dict(Duty.objects.filter(table="response").values_list("object", "due"))
    assert len(due) == 2
    assert set(found["doers"].values()) == {"甲某"}
    assert {on: one.due for on, one in found["carried"].items()} == due
    assert sorted(
        measure for line, measure in found["duties"] if line.rule == "warning-response-done"
    ) == sorted(terms().by_id(one).word for one in ("M06", "M10"))


UNTIL = DAY + timedelta(7)


def told_true(measures=(), **other) -> dict[str, str]:
    """The form of a warning found true, with lines of measures."""
    lines = {
        f"decided_measures/{number}/{name}": value
        for number, line in enumerate(measures)
        for name, value in line.items()
    }
    return {
        "signal_detail": "出国三周", "handled_day": DAY.isoformat(), "verified": "confirmed", "cause": "人在国外",
        "impact": "还款靠他本人", "client_told": "yes", "more_security": "no", "conclusion": "盯紧", **lines, **other,
    }  # fmt: skip


def to_verify(who):
    """A warning about Zhang, whose caretaker somebody is, and the duty to verify it."""
    correct("party", key_of(ZHANG), {"caretaker": who}, by=RISK, at=NOW, day=DAY, reason="管户")
    key = raised(ZHANG)
    run_day(DAY, by=BY, at=NOW)
    open_accounts([(one, one) for one in {who, "丁"}], PASSWORD, by=BY, at=NOW, sample=True)
    return key, Duty.objects.get(rule="warning-verification", object=key)


def measures_of(key):
    rows = standing(homes()["response"]).filter(warning=key).order_by("measure")
    return [(one.measure, one.responsible_person, one.deadline, one.decided_by) for one in rows]


@pytest.mark.covers("P01-14")
def test_measures_written_in_the_form_of_a_warning_are_decided_with_it(company) -> None:
    key, duty = to_verify("丁")
    answer, risk = f"/duties/{duty.pk}/form/", browser_of("丁")
    refused = risk.post(answer, told_true([{"measure": "M02", "by_day": "2020-01-01"}]))
    assert (refused.status_code, "期限不能早于今天" in words_of(refused)) == (422, True)
    assert row(key).verified_day is None  # nothing of a form that is refused stands
    lines = [{"measure": "M02", "owner": "甲", "by_day": UNTIL.isoformat()}, {"measure": "M03"}]
    assert risk.post(answer, told_true(lines)).status_code == 302
    assert measures_of(key) == [("M02", "甲", UNTIL, "丁"), ("M03", None, None, "丁")]
    assert Duty.objects.get(rule="warning-response", object=key).state == "on_time"
    assert list(verify_trail()) == []


@pytest.mark.covers("P01-14")
def test_measures_of_a_form_that_are_anothers_decision_are_put_before_him(company) -> None:
    key, duty = to_verify("甲")
    answer, manager = f"/duties/{duty.pk}/form/", browser_of("甲")
    handed_in = manager.post(answer, told_true([{"measure": "M02"}]), follow=True)
    assert "措施已送签（QP" in words_of(handed_in)
    (matter,) = Matter.objects.filter(kind="measure_decision", subject=key)
    assert measures_of(key) == []
    page = words_of(manager.get(reverse("warning", args=[key])))
    assert "0 + 1 项签批中" in page
    told = browser_of("丁").get(f"/matters/{matter.pk}/").content.decode()
    assert "属实" in told
    assert "人在国外" in told  # who decides on measures sees what the verification found
    sign(matter, by=RISK, at=NOW)
    assert measures_of(key) == [("M02", None, None, "丁")]
    # a correction that tells them again decides only what it adds
    edition = duty_paper(duty)
    more = told_true([{"measure": "M02"}, {"measure": "M05"}], reason="漏了一项")
    assert manager.post(f"/papers/{edition.pk}/correct/", more).status_code == 302
    added = Matter.objects.filter(kind="measure_decision", subject=key).exclude(pk=matter.pk).get()
    assert [one["measure"] for one in added.content["measures"]] == ["M05"]


def test_a_measure_whose_matter_was_taken_back_is_put_forward_again_and_a_decided_one_is_not_told_otherwise(
    company,
) -> None:
    key, duty = to_verify("甲")
    manager, day = browser_of("甲"), UNTIL.isoformat()
    manager.post(f"/duties/{duty.pk}/form/", told_true([{"measure": "M02"}]))
    withdraw(Matter.objects.get(kind="measure_decision", subject=key), by=MANAGER, at=NOW)
    address = f"/papers/{duty_paper(duty).pk}/correct/"
    again = told_true([{"measure": "M02", "owner": "甲", "by_day": day}], reason="改期限")
    assert manager.post(address, again).status_code == 302
    last = Matter.objects.filter(kind="measure_decision", subject=key).latest("pk")
    assert [(one["measure"], one["person"], one["deadline"]) for one in last.content["measures"]] == [
        ("M02", "甲", day)
    ]
    other = told_true([{"measure": "M02", "owner": "乙", "by_day": day}], reason="换人")
    refused = manager.post(f"/papers/{duty_paper(duty).pk}/correct/", other)
    assert (refused.status_code, "负责人、期限和定的不一样" in words_of(refused)) == (422, True)


def test_a_correction_that_nobody_can_sign_says_so_and_keeps_what_was_typed(company) -> None:
    key, duty = to_verify("甲")
    manager = browser_of("甲")
    manager.post(f"/duties/{duty.pk}/form/", told_true())
    for row_ in standing(homes()["assignment"]).filter(employee__in=("丁", "辛")):
        correct("assignment", row_.key, {"until": DAY - timedelta(1)}, by=BY, at=NOW, day=DAY, reason="调走")
    told = told_true([{"measure": "M02"}], reason="补一项", conclusion="改写的处理意见")
    refused = manager.post(f"/papers/{duty_paper(duty).pk}/correct/", told)
    assert (refused.status_code, "改写的处理意见" in words_of(refused)) == (409, True)
    assert measures_of(key) == []


def test_a_fault_of_a_measure_stands_beside_its_own_line(company) -> None:
    _key, duty = to_verify("丁")
    lines = [{"measure": "M02"}, {"measure": "M03", "by_day": "2020-01-01"}]
    page = browser_of("丁").post(f"/duties/{duty.pk}/form/", told_true(lines))
    assert [name for name, *_rest in page.context["faults"]] == ["decided_measures/1/by_day"]


def test_measures_of_a_false_alarm_are_not_asked_and_not_written(company) -> None:
    key, duty = to_verify("丁")
    told = told_true([{"measure": "M02"}], verified="false_alarm")
    assert browser_of("丁").post(f"/duties/{duty.pk}/form/", told).status_code == 302
    assert measures_of(key) == []
    assert row(key).verification == "false_alarm"


def test_the_form_of_the_measures_duty_decides_what_the_warning_lacks(company) -> None:
    key, _duty = to_verify("丁")
    verify(key, "confirmed", "核过", by=RISK, at=NOW)
    choose_measures(key, [Chosen("M02")], by=RISK, at=NOW)
    run_day(DAY, by=BY, at=NOW)
    duty = Duty.objects.get(rule="warning-response", object=key)
    told = told_true([{"measure": "M02"}, {"measure": "M06"}])
    page = words_of(browser_of("丁").get(f"/duties/{duty.pk}/form/"))
    assert ("交表就登记到“处置”" in page, "正在办的不重复定" in page, "不填就是保后经办人" in page) == (
        True,
    ) * 3
    assert browser_of("丁").post(f"/duties/{duty.pk}/form/", told).status_code == 302
    assert [measure for measure, *_rest in measures_of(key)] == ["M02", "M06"]


def duty_paper(duty):
    return Paper.objects.get(duty=duty.key, state="handed_in")


def test_who_is_named_for_measures_is_told_once_and_not_by_himself(company) -> None:
    open_accounts([("甲", "甲")], PASSWORD, by=BY, at=NOW, sample=True)
    key = true_one(ZHANG)
    chosen = [
        Chosen("M10", "甲", DAY + timedelta(days=9)),
        Chosen("M06", "甲"),
        Chosen("M02", "丁"),
        Chosen("M03"),
    ]
    choose_measures(key, chosen, by=RISK, at=NOW)
    (notice,) = Notice.objects.filter(kind="measure")
    assert (notice.to, notice.path) == ("甲", reverse("warning", args=[key]))
    assert notice.title["zh"] == "请您办 2 项预警措施：业主异常"
    assert [one["text"] for one in notice.lines] == ["监控账户 2026-12-02", "追加反担保"]
    assert "预警措施" in words_of(browser_of("甲").get("/messages/"))


def test_the_story_of_a_warning_tells_its_forms_measures_results_and_signers(company) -> None:
    key, duty = to_verify("甲")
    manager = browser_of("甲")
    manager.post(f"/duties/{duty.pk}/form/", told_true([{"measure": "M02", "owner": "乙"}]))
    sign(Matter.objects.get(kind="measure_decision", subject=key), by=RISK, at=NOW)
    (measure,) = standing(homes()["response"]).filter(warning=key)
    report_result(measure.key, DAY, "扣了二十万", by=HEAD, at=NOW)
    matter = propose_closing(key, "已经处理好", by=MANAGER, at=NOW)
    for one in (RISK, GENERAL):
        sign(matter, by=one, at=NOW)
    told = [
        (one.said, one.mark, one.quiet)
        for one in manager.get(reverse("warning", args=[key])).context["entries"]
    ]
    paper = duty_paper(duty)
    for said in (
        (f"甲某 交《预警处理表》{paper.number}", "", ""),
        ("甲某 呈签", "处置措施审定", ""),
        ("丁某（风控部经理）签批：同意", "处置措施审定", ""),
        ("丁某 定措施：抵扣存款", "", "乙某 办"),
        ("措施办好：抵扣存款", "", "扣了二十万"),
        ("甲某 呈签", "预警关闭", ""),
        ("辛某（总经理）签批：同意", "预警关闭", ""),
    ):
        assert said in told, "\n".join(map(str, told))
