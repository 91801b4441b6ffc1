"""Warnings: raised by hand or by the day, verified, answered by measures, closed by signature; who may, and what stands in the way."""

from datetime import date, timedelta

import pytest
from tests_cast import BY, DAY, NOW, guarantee_alone

from daihou.dayend.acts import run_day
from daihou.duties.models import Duty
from daihou.duties.signing import sign
from daihou.ledger.acts import enter, take_in
from daihou.people.reads import viewer_of
from daihou.registers.kept import homes, standing
from daihou.signoff.acts import SigningRefusedError
from daihou.signoff.reads import signers_of
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
    around,
    before_payment,
    by_month,
    counted,
    next_duties,
    not_overtaken,
    tallied,
    tallied_by_contract,
    warnings_of,
)
from daihou.web import gate

ZHANG, LI, EAST = "510000199803180019", "51000019860709002X", "91510000100000000L"
MANAGER, HEAD, RISK, GENERAL, LAWYER = (Actor(one, "test") for one in "甲乙丁辛律")
SIGNAL = "S20"


@pytest.fixture(autouse=True)
def small(monkeypatch):
    """The rules and the signals, and the day of the cast."""
    guarantee_alone(monkeypatch, "signals")
    monkeypatch.setattr(gate, "today", lambda: DAY)


@pytest.fixture
def company(db, tmp_path):
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
    assert next_duties([key])[key].due == DAY
    for outcome, told, code in (("对", "看过", "no-such-outcome"), ("confirmed", " ", "told-missing")):
        with pytest.raises(WarningRefusedError) as error:
            verify(key, outcome, told, by=MANAGER, at=NOW)
        assert error.value.code == code
    verify(key, "confirmed", "到厂里看过，老板娘也承认", by=MANAGER, at=NOW)
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


@pytest.mark.covers("P01-14")
def test_measures_become_duties_of_who_was_named_and_are_told_done(company) -> None:
    key = true_one()
    deadline = DAY + timedelta(days=9)
    keys, matter = choose_measures(key, [Chosen("M10", "甲", deadline), Chosen("M06")], by=RISK, at=NOW)
    assert matter is None
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
    keys, matter = choose_measures(key, [Chosen("M10"), Chosen("M12", "甲")], by=RISK, at=NOW)
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
    keys, matter = choose_measures(firm, [Chosen("M12")], by=RISK, at=NOW)
    assert (len(keys), matter) == (1, None)


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
            ((measure,), _) = choose_measures(key, [Chosen("M10", "甲")], by=HEAD, at=NOW)
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
    found = around(viewer_of("甲", DAY), row(east))
    assert [one.key for one in found["contracts"]] == ["C1"]
    assert found["guarantors"] == [key_of(LI)]
    raised(LI)
    assert [one.party for one in around(viewer_of("丁", DAY), row(east))["warnings"]] == [key_of(LI)]


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
        by=BY, at=NOW, day=DAY,
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
