"""Work that its signers did not accept is open again, and counts on the day on which it is put forward anew (language.md S12)."""

from datetime import date, datetime, time, timedelta

import pytest
from django.utils import timezone
from test_inspections import (
    DATES,
    MANAGER,
    answers,
    checked_again,
    company,
    demanded,
    duty,
    filed,
    signed_through,
)
from test_paper_signatures import corrected, next_signer
from test_papers import PNG
from tests_cast import BY, DAY, NOW, browser_of, guarantee_alone, words_of

from daihou.dayend.acts import follow, run_day
from daihou.duties import returning
from daihou.duties.filing import correct_filed
from daihou.duties.models import Duty, DutyPerson
from daihou.duties.returning import put_forward, refuse, ruling_of, send_back, to_submit
from daihou.duties.signing import form_of
from daihou.ledger.acts import correct, enter
from daihou.papers.acts import attach
from daihou.papers.filling import checked
from daihou.registers.kept import homes, standing
from daihou.signoff.acts import SigningRefusedError, withdraw
from daihou.signoff.models import Matter
from daihou.trail.acts import Actor
from daihou.trail.reads import verify
from daihou.web import gate

__all__ = ["company", "demanded"]  # the cast with its day, as the tests of reports have it


@pytest.fixture(autouse=True)
def small(monkeypatch):
    """The rules of a guarantee company with the signals, and the day of the cast, a Monday."""
    guarantee_alone(monkeypatch, "signals")
    on_day(monkeypatch, DAY)


def on_day(monkeypatch, day) -> datetime:
    """Make it a day: what the pages take for today and for now."""
    now = timezone.make_aware(datetime.combine(day, time(10)))
    monkeypatch.setattr(gate, "today", lambda: day)
    monkeypatch.setattr(timezone, "now", lambda: now)
    return now


def followed(day=DAY) -> None:
    follow(day, by=BY, at=NOW)


def report() -> Duty:
    return Duty.objects.get(rule="inspection-form", withdrawn_on__isnull=True)


def not_accepted(how, matter, opinion="结论不清楚", at=NOW, day=DAY) -> Matter:
    how(matter, by=next_signer(matter), at=at, opinion=opinion)
    followed(day)
    return Matter.objects.get(pk=matter.pk)


@pytest.mark.covers("P01-11", "P01-12")
@pytest.mark.parametrize("how", [send_back, refuse])
def test_a_report_that_was_not_accepted_is_open_again_and_the_visit_stays_done(company, how) -> None:
    done = filed(duty("regular-inspection"))
    followed()
    assert (report().done, report().state) == (DAY, "on_time")
    not_accepted(how, done.matter)
    visit, again = Duty.objects.get(pk=done.duty.pk), report()
    assert visit.done == date(2026, 11, 20)
    assert (again.done, again.state, again.due) == (None, "open", DAY + timedelta(2))
    assert ruling_of(again).reason == "结论不清楚"
    page = browser_of("甲").get(f"/duties/{again.pk}/").content.decode()
    assert ("这件事又开着" in page, "结论不清楚" in page, "改表" in page, "只登记" in page) == (
        True, True, True, False,
    )  # fmt: skip
    assert (
        f"{DAY} 的推演以后，随登记的事得出这件任务" in page
    )  # no run found it: the visit was entered afterwards
    assert "的推演第一次得出" not in page


@pytest.mark.covers("P01-12")
@pytest.mark.parametrize(
    ("later", "state", "late"), [(0, "on_time", 0), (1, "on_time", 0), (2, "on_time", 0), (3, "late", 1)]
)
def test_a_returned_report_counts_on_the_day_on_which_it_is_put_forward_again(
    company, monkeypatch, later, state, late
) -> None:
    done = filed(duty("regular-inspection"))
    followed()
    not_accepted(send_back, done.matter)
    day = DAY + timedelta(later)
    now = on_day(monkeypatch, day)
    if later:
        run_day(day, by=BY, at=now)
    corrected(done, "写得更明白", at=now)
    answer = browser_of("甲").post(f"/matters/{done.matter.pk}/", {"act": "resubmit", "remark": "改了结论"})
    assert answer.status_code == 302
    again = report()
    assert (again.done, again.state, again.days_late_on(day)) == (day, state, late)
    history = words_of(browser_of("甲").get(f"/duties/{again.pk}/"))
    assert "没有同意，这件事又开着" in history  # though what said so was voided when it was put forward again
    assert standing(homes()["inspection"]).get().report_submitted_day == day
    assert Matter.objects.get(pk=done.matter.pk).state == "under_way"
    assert standing(homes()["duty_ruling"]).count() == (0 if later == 0 else 1)
    before = sorted(Duty.objects.values_list("rule", "object", "occurrence", "state", "done", "due"))
    run_day(day, by=BY, at=now)
    assert sorted(Duty.objects.values_list("rule", "object", "occurrence", "state", "done", "due")) == before
    assert list(verify()) == []


@pytest.mark.covers("P01-12")
def test_a_refused_report_is_put_forward_anew_with_the_check_that_it_tells_of(company) -> None:
    done = filed(duty("regular-inspection"))
    followed()
    not_accepted(refuse, done.matter)
    second = corrected(done, "写得更明白")
    followed()
    again = report()
    assert (again.done, to_submit(again)) == (None, True)  # correcting alone does not hand it in
    assert browser_of("甲").post(f"/duties/{again.pk}/submit/").status_code == 302
    matter = Matter.objects.filter(kind="duty").latest("pk")
    assert (matter.pk != done.matter.pk, matter.subject, matter.content["paper"]["digest"]) == (
        True,
        done.duty.key,
        second.digest,
    )
    assert (report().done, to_submit(report())) == (DAY, False)
    assert signed_through(matter).state == "approved"


def test_nothing_new_is_not_put_forward_again_and_stays_open(company) -> None:
    done = filed(duty("regular-inspection"))
    followed()
    matter = not_accepted(send_back, done.matter)
    with pytest.raises(SigningRefusedError, match="nothing-new"):
        returning.resubmit(matter, by=MANAGER, at=NOW)
    followed()
    assert report().done is None


def test_twice_returned_on_one_day_is_twice_open(company) -> None:
    done = filed(duty("regular-inspection"))
    followed()
    for _turn in range(2):
        matter = not_accepted(send_back, Matter.objects.get(pk=done.matter.pk))
        assert report().done is None
        returning.resubmit(matter, by=MANAGER, at=NOW, remark="补了照片")
        followed()
        assert report().done == DAY


# ------------------------------------------------------------------ without a form


def ledger_check() -> Duty:
    """A duty closed by completing it, whose rule has a chain."""
    like = Duty.objects.first()
    made = Duty.objects.create(
        rule="month-end-ledger-check", object="J2", occurrence="2026-10月", table="branch", branch="J2", opens=DAY, start=DAY, due=DAY,
        state="open", first_run=like.first_run, last_run=like.last_run,
    )  # fmt: skip
    DutyPerson.objects.create(duty=made, ordinal=0, employee="甲")
    return made


@pytest.mark.parametrize(("how", "becomes"), [(refuse, 2), (send_back, 1)])
@pytest.mark.parametrize("later", [False, True])
def test_a_completion_that_was_not_accepted_is_made_again(company, monkeypatch, how, becomes, later) -> None:
    """On the same day the completion is set right; on another there is a second one. A returned matter goes on, after a refusal there is a new one."""
    one = ledger_check()
    client = browser_of("甲")
    said = {"completion_day": DAY.isoformat(), "evidence": "记录一"}
    assert client.post(f"/duties/{one.pk}/", said).status_code == 302
    Duty.objects.filter(pk=one.pk).update(state="on_time", done=DAY, withdrawn_on=None)
    matter = Matter.objects.get(subject=one.key)
    how(matter, by=next_signer(matter), at=NOW, opinion="差额没有说明")
    Duty.objects.filter(pk=one.pk).update(state="open", done=None)
    day = DAY + timedelta(1) if later else DAY
    on_day(monkeypatch, day)
    client = browser_of("甲")
    said = {"completion_day": day.isoformat(), "evidence": "记录二"}
    assert client.post(f"/duties/{one.pk}/", said).status_code == 302
    matters = Matter.objects.filter(subject=one.key).order_by("pk")
    assert (matters.count(), matters.last().state) == (becomes, "under_way")
    told = [(row["completion_day"], row["evidence"]) for row in matters.last().content["completions"]]
    assert told[-1] == (day.isoformat(), "记录二")
    assert len(told) == (2 if later else 1)
    assert standing(homes()["duty_ruling"]).count() == (1 if later else 0)


def test_somebody_else_s_completion_is_still_refused_twice(company) -> None:
    one = ledger_check()
    client = browser_of("甲")
    said = {"completion_day": DAY.isoformat(), "evidence": "记录一"}
    assert client.post(f"/duties/{one.pk}/", said).status_code == 302
    Duty.objects.filter(pk=one.pk).update(state="open", done=None, withdrawn_on=None)  # not yet followed
    answer = client.post(f"/duties/{one.pk}/", {**said, "evidence": "记录二"})
    assert (answer.status_code, standing(homes()["completion"]).get().evidence) == (200, "记录一")


# ------------------------------------------------------------------ a day of a row


def handed_over() -> Duty:
    """A volume of a contract's file, handed to the archivist and put forward."""
    values = {
        "key": "C1/basic_volume",
        "contract": "C1",
        "volume_kind": "basic_volume",
        "formed_day": DAY - timedelta(1),
    }
    enter("file_volume", values, by=MANAGER, at=NOW, day=DAY)
    followed()
    correct(
        "file_volume",
        "C1/basic_volume",
        {"handed_to_archive_day": DAY},
        by=MANAGER,
        at=NOW,
        day=DAY,
        reason="移交了",
    )
    followed()
    one = Duty.objects.get(rule="archive-handover", withdrawn_on__isnull=True)
    put_forward(one, by=MANAGER, at=NOW)
    return one


def test_what_a_day_of_its_own_row_closed_is_dated_anew(company, monkeypatch) -> None:
    """Handed to the archivist on one day, sent back, handed over again on the next: the register has the later day."""
    one = handed_over()
    assert one.done == DAY
    matter = not_accepted(send_back, Matter.objects.get(subject=one.key), "缺两份合同")
    one.refresh_from_db()
    assert (one.done, one.state) == (None, "open")
    day = DAY + timedelta(1)
    now = on_day(monkeypatch, day)
    run_day(day, by=BY, at=now)
    returning.resubmit(matter, by=MANAGER, at=now, remark="补了两份合同")
    followed(day)
    one.refresh_from_db()
    assert (one.done, standing(homes()["file_volume"]).get().handed_to_archive_day) == (day, day)


# ------------------------------------------------------------------ taken back, taken over, corrected again


def test_what_was_sent_back_and_taken_back_is_put_forward_anew(company) -> None:
    done = filed(duty("regular-inspection"))
    followed()
    matter = not_accepted(send_back, done.matter)
    withdraw(matter, by=MANAGER, at=NOW)
    again = report()
    assert (again.done, to_submit(again)) == (None, True)
    fresh = put_forward(again, by=MANAGER, at=NOW)
    followed()
    assert (fresh.pk != matter.pk, report().done, to_submit(report())) == (True, DAY, False)


def test_whose_work_it_is_by_now_takes_over_what_was_sent_back_to_another(company) -> None:
    done = filed(duty("regular-inspection"))
    followed()
    matter = not_accepted(send_back, done.matter)
    corrected(done, "写得更明白")
    taker = Actor("癸", "test")
    assert to_submit(report())
    again = put_forward(report(), by=taker, at=NOW)
    assert (again.pk, again.state, again.opened_by) == (matter.pk, "under_way", "癸")
    makers = set(again.makers.values_list("employee", flat=True))
    assert {"甲", "癸"} <= makers
    followed()
    assert report().done == DAY
    assert list(verify()) == []


def test_a_correction_after_it_was_put_forward_again_leaves_the_later_day(demanded, monkeypatch) -> None:
    """The form still says the day on which it was put right first; what stands is the day on which it was put forward anew."""
    attach("决议.png", PNG, table="duty", key=demanded.key, duty_no=demanded.pk, by=MANAGER, at=NOW)
    done = checked_again(demanded, corrected="yes", completed_day=DAY.isoformat())
    followed()
    matter = not_accepted(send_back, done.matter)
    day = DAY + timedelta(1)
    now = on_day(monkeypatch, day)
    run_day(day, by=BY, at=now)
    returning.resubmit(matter, by=MANAGER, at=now, remark="补了照片")
    followed(day)
    assert standing(homes()["rectification"]).get().completed_day == day
    form = form_of(demanded)
    said = {
        "seen": "看了原件",
        "outcome": "写得更明白",
        "reminders": "1",
        "corrected": "yes",
        "completed_day": DAY.isoformat(),
        **DATES,
    }
    filled = checked(form, answers(form, **said), today=day, opens=demanded.start)
    correct_filed(done.paper, demanded, form, filled, by=MANAGER, at=now, reason="写明白")
    followed(day)
    again = Duty.objects.get(pk=demanded.pk)
    assert (again.done, standing(homes()["rectification"]).get().completed_day) == (day, day)
