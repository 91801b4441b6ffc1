"""A plan against a grave risk: analysed, drafted, assessed, decided by the committee together, carried out by whom it named."""

from datetime import timedelta

import pytest
from staging import staged
from tests_cast import BY, DAY, NOW, PASSWORD, SHEETS, browser_of, on_its_day, reading_of, write_sheets

from daihou.dayend.acts import run_day
from daihou.duties.filing import file_form
from daihou.duties.models import Duty, DutyPerson
from daihou.duties.signing import changed_since, form_of, sign
from daihou.ledger.acts import correct, take_in
from daihou.papers.filling import checked
from daihou.papers.reading import carried_by, checkpoints, forms
from daihou.people.acts import open_accounts
from daihou.registers.kept import homes, standing
from daihou.rulebook import read_shipped
from daihou.signoff.acts import refuse, send_back
from daihou.signoff.models import APPROVED, Matter, Step
from daihou.signoff.reads import signers_of
from daihou.trail.acts import Actor
from daihou.trail.reads import verify as verify_trail
from daihou.warnings.acts import raise_by_hand, verify
from daihou.warnings.mitigating import plan_of

MANAGER = Actor("甲", "test")
SOON = DAY + timedelta(20)
COMMITTEE = "财,财务总监,J1,2025-01-01\n助,总经理助理,J1,2025-01-01\n"
PLAN = {
    "drafted_day": DAY.isoformat(), "factor": "repayment_lost", "facts": "两家主要买家停产", "outlook_industry": "产能过剩，价格还在跌",
    "outlook_operation": "开工不足三成", "outlook_finance": "短期借款一个亿，半年内到期", "outlook_repayment": "靠自身还不上，要处置厂房",
    "proposal": "重组债务，追加厂房抵押", "measures_planned/0/step_told": "追加厂房抵押", "executor": "乙", "until": SOON.isoformat(),
}  # fmt: skip


@pytest.fixture(autouse=True)
def small(monkeypatch):
    """The rules of a guarantee company with the signals, and the day of the cast."""
    on_its_day(monkeypatch, "signals")


def opened(tmp_path, committee=COMMITTEE):
    """The cast, its client in 甲's care, a committee, and a grave warning that proved true: the plan is 甲's to draft."""
    staff = SHEETS["员工"] + "财,财某,J1,\n助,助某,J1,\n"
    parties = SHEETS["主体"].replace("手机\n", "手机,管户人\n").replace("13800000001\n", "13800000001,甲\n")
    parties = parties.replace("否,\n", "否,,\n").replace("13800000002\n", "13800000002,\n")
    sheets = {"员工": staff, "任职": SHEETS["任职"] + committee, "主体": parties}
    reading = reading_of(write_sheets(tmp_path / "book", **sheets))
    take_in(reading.book, by=BY, at=NOW, day=DAY, file="book", digest="d1", read=0, left_out=0)
    open_accounts([(one, one) for one in "甲乙丙丁戊辛财助"], PASSWORD, by=BY, at=NOW, sample=True)
    party = standing(homes()["party"]).get(title="张三").key
    key = raise_by_hand("S20", party, "老板失踪", level="severe", contract="C1", by=MANAGER, at=NOW).key
    run_day(DAY, by=BY, at=NOW)
    assert not Duty.objects.filter(rule="mitigation-plan", state="open").exists()
    verify(key, "confirmed", "家人报了案", by=MANAGER, at=NOW)
    run_day(DAY, by=BY, at=NOW)
    return Duty.objects.get(rule="mitigation-plan", object=key)


@staged
def duty(tmp_path):
    """The duty to draft the plan, in a company whose posts are all held."""
    return opened(tmp_path)


def drafted(duty, **said):
    filled = checked(form_of(duty), {**PLAN, **said}, today=DAY, opens=duty.start or duty.opens)
    assert [(one.name, one.code) for one in filled.faults] == []
    return file_form(duty, form_of(duty), filled, by=MANAGER, at=NOW, day=DAY)


def by(name):
    return Actor(name, "test")


def asked(matter):
    """Who may sign now, by the step that stands."""
    return sorted(signers_of(Matter.objects.get(pk=matter.pk), DAY))


@pytest.mark.covers("P02-16", "P12-13", "P12-06")
def test_a_plan_is_assessed_by_the_department_decided_by_the_committee_and_is_then_work_of_whom_it_names(
    duty,
) -> None:
    assert set(DutyPerson.objects.filter(duty=duty).values_list("employee", flat=True)) == {"甲"}
    matter = drafted(duty, executor="丙").matter
    plan = plan_of(duty.object)
    assert (plan.mitigation_cause, plan.executor, plan.deadline, plan.raised_by, plan.decided_day) == (
        "repayment_lost", "丙", SOON, "甲", None,
    )  # fmt: skip
    run_day(DAY, by=BY, at=NOW)
    assert Duty.objects.get(pk=duty.pk).state == "on_time"
    assert not Duty.objects.filter(
        rule="mitigation-carried-out"
    ).exists()  # nobody's work before it is decided
    assert asked(matter) == ["乙"]
    sign(matter, by=by("乙"), at=NOW, opinion="评估过：以追加抵押为主")
    assert asked(matter) == sorted(
        ["财", "助", "丁"]
    )  # financial director, assistant, head of risk: in any order
    for name in ("丁", "财", "助"):
        sign(matter, by=by(name), at=NOW, opinion="同意")
    assert asked(matter) == ["辛"]  # the general manager in the chair decides last
    assert plan_of(duty.object).decided_day is None
    sign(matter, by=by("辛"), at=NOW, opinion="同意，由丙执行")
    assert Matter.objects.get(pk=matter.pk).state == APPROVED
    assert plan_of(duty.object).decided_day == DAY
    matter.refresh_from_db()
    assert not changed_since(matter)  # the day of the decision is what its own approval wrote
    run_day(DAY, by=BY, at=NOW)
    work = Duty.objects.get(rule="mitigation-carried-out")
    assert (work.due, [one.employee for one in work.persons.all()]) == (SOON, ["丙"])
    assert list(verify_trail()) == []


def test_a_plan_that_somebody_changes_after_its_decision_is_no_longer_what_was_signed(duty) -> None:
    matter = drafted(duty).matter
    while Matter.objects.get(pk=matter.pk).state != APPROVED:
        sign(matter, by=by(asked(matter)[0]), at=NOW, opinion="同意")
    matter.refresh_from_db()
    assert not changed_since(matter)
    for said in ({"decided_day": DAY - timedelta(1)}, {"decided_day": DAY, "deadline": SOON + timedelta(1)}):
        correct(
            "mitigation",
            plan_of(duty.object).key,
            said,
            by=MANAGER,
            at=NOW,
            day=DAY,
            reason="改正",
            decision=tuple(said),
        )
        assert changed_since(matter), said


@pytest.mark.covers("P02-16")
def test_whom_the_committee_named_says_what_came_of_it_and_the_plan_is_over(duty) -> None:
    matter = drafted(duty).matter
    while Matter.objects.get(pk=matter.pk).state != APPROVED:
        sign(matter, by=by(asked(matter)[0]), at=NOW, opinion="同意")
    run_day(DAY, by=BY, at=NOW)
    work = Duty.objects.get(rule="mitigation-carried-out")
    said = {
        "finished_day": DAY.isoformat(), "steps_done/0/done_told": "办妥抵押", "steps_done/0/done_day": DAY.isoformat(), "outcome": "厂房已抵押",
    }  # fmt: skip
    filled = checked(form_of(work), said, today=DAY, opens=work.start)
    assert [(one.name, one.code) for one in filled.faults] == []
    done = file_form(work, form_of(work), filled, by=by("乙"), at=NOW, day=DAY)
    plan = plan_of(duty.object)
    assert (plan.completed_day, plan.outcome) == (DAY, "厂房已抵押")
    assert asked(done.matter) == ["丁"]
    sign(done.matter, by=by("丁"), at=NOW, opinion="属实")
    run_day(DAY, by=BY, at=NOW)
    assert Duty.objects.get(pk=work.pk).state == "on_time"


@pytest.mark.covers("P02-14")
@pytest.mark.parametrize(
    "name", ["outlook_industry", "outlook_operation", "outlook_finance", "outlook_repayment", "proposal"]
)
def test_a_plan_without_its_analysis_and_forecast_is_not_handed_in(duty, name) -> None:
    filled = checked(form_of(duty), {**PLAN, name: ""}, today=DAY, opens=duty.start)
    assert [(one.name, one.code) for one in filled.faults] == [(name, "missing")]


@pytest.mark.covers("P02-14")
def test_the_form_carries_every_point_of_the_analysis_and_the_statements_stand_beside_it() -> None:
    form = forms()["risk_mitigation_plan"]
    wanted = {f"P02-14/{one}" for one in ("industry", "operation", "finances", "repayment", "proposals")}
    assert {f"P02-14/{one}" for one in checkpoints()["P02-14"]} == wanted
    assert wanted <= set(carried_by(form))
    assert [one.name for one in form.fields if one.tells is not None and one.tells.value == "finances"] == [
        "outlook_finance"
    ]


@pytest.mark.covers("P02-16")
@pytest.mark.parametrize("how", [refuse, send_back])
def test_a_plan_that_the_committee_does_not_decide_is_nobodys_work(duty, how) -> None:
    matter = drafted(duty).matter
    sign(matter, by=by(asked(matter)[0]), at=NOW, opinion="已评估")
    how(matter, by=by("财"), at=NOW, opinion="换人执行")
    assert plan_of(duty.object).decided_day is None
    run_day(DAY, by=BY, at=NOW)
    assert not Duty.objects.filter(rule="mitigation-carried-out").exists()


@pytest.mark.covers("P12-06")
def test_of_a_committee_whose_posts_are_empty_those_are_asked_who_are_there(db, tmp_path) -> None:
    """Financial director and assistant report to the general manager, who decides anyway: he is not asked three times."""
    duty = opened(tmp_path, committee="财,出纳,J1,2025-01-01\n助,出纳,J1,2025-01-01\n")
    matter = drafted(duty).matter
    posts = list(
        Step.objects.filter(matter=matter).order_by("ordinal", "seat").values_list("ordinal", "post")
    )
    assert posts == [(1, "business_manager"), (2, "risk_manager"), (3, "general_manager")]


@pytest.mark.covers("P12-06")
def test_every_report_after_the_guarantee_is_read_by_the_head_of_the_department_first() -> None:
    reports = [
        rule for rule in read_shipped("guarantee")[0].duties
        if rule.form in {"guarantee_inspection_form", "fund_use_form", "repayment_ability_form"}
    ]  # fmt: skip
    assert len(reports) > 3
    assert {rule.chain[0] for rule in reports} == {("business_manager",)}


def test_the_plan_stands_on_the_page_of_its_warning(duty) -> None:
    page = browser_of("甲")
    before = page.get(f"/warnings/of/{duty.object}/").content.decode()
    assert "化解方案" not in before.split("任务", 1)[0]
    done = drafted(duty)
    text = page.get(f"/warnings/of/{duty.object}/").content.decode()
    assert "还款能力丧失" in text
    assert f"/papers/{done.paper.pk}/" in text
    assert "还没定" in text
