"""The day: run twice it changes nothing, what is done closes, what is no longer asked for is withdrawn and said so."""

from datetime import date, timedelta

import pytest
from tests_cast import BY, DAY, NOW, guarantee_alone, stored

from daihou.book import declared, domains
from daihou.dayend import acts
from daihou.dayend.acts import DayPassedError, follow, run_day
from daihou.duties.models import Duty, DutyPerson, GapRow, Standing
from daihou.ledger.acts import correct, enter
from daihou.registers.kept import homes
from daihou.registers.sealing import seals
from daihou.trail.models import Event
from daihou.trail.reads import verify


@pytest.fixture(autouse=True)
def only_guarantee(monkeypatch):
    """One rulebook."""
    guarantee_alone(monkeypatch)


RECTIFICATION = domains()[declared()["rectification"].columns["kind"].enum][0]


def state_of(rule: str, subject: str) -> list[tuple[str, str, str | None]]:
    found = Duty.objects.filter(rule=rule, object=subject).order_by("occurrence")
    return [
        (one.state, str(one.due), None if one.withdrawn_on is None else str(one.withdrawn_on))
        for one in found
    ]


def check_of(contract: str, day: date, client: str) -> dict[str, object]:
    """The check of the use of funds of a contract, as a row of 检查."""
    return {
        "visit_no": f"V-{contract}", "contract": contract, "client": client, "inspected_by": "甲", "kind": "purpose",
        "inspected_day": day, "result": "done", "urgent": False, "key": f"V-{contract}/{contract}/purpose",
    }  # fmt: skip


def test_the_same_day_again_changes_nothing(company) -> None:
    first = run_day(DAY, by=BY, at=NOW)
    held = stored()
    second = run_day(DAY, by=BY, at=NOW)
    assert first.found_new > 3
    assert (second.found_new, second.moved, second.withdrawn, second.warnings_raised) == (0, 0, 0, 0)
    assert stored() == held
    assert list(verify()) == []


@pytest.mark.covers("P01-01", "P01-05")
def test_a_duty_lies_on_the_desk_of_the_account_manager_and_a_check_entered_closes_it_at_once(
    company,
) -> None:
    run_day(DAY, by=BY, at=NOW)
    assert state_of("fund-use-check", "C1") == [("overdue", "2026-11-20", None)]
    assert {
        one.employee for one in DutyPerson.objects.filter(duty__rule="fund-use-check", duty__object="C1")
    } == {"甲"}
    enter("inspection", check_of("C1", DAY, seals().mark("510000199803180019")), by=BY, at=NOW, day=DAY)
    follow(DAY, by=BY, at=NOW)
    assert state_of("fund-use-check", "C1") == [("late", "2026-11-20", None)]
    held = stored()
    assert run_day(DAY, by=BY, at=NOW).withdrawn == 0
    assert [row for row in stored()["duties"] if row[0] == "fund-use-check"] == [
        row for row in held["duties"] if row[0] == "fund-use-check"
    ]


@pytest.mark.covers("P04-02")
def test_what_a_check_demanded_stays_work_until_it_is_put_right(company, monkeypatch) -> None:
    demanded = {
        "rectification_no": "ZG1", "party": seals().mark("510000199803180019"), "contract": "C1", "kind": RECTIFICATION, "reminders": 0,
        "demanded_day": DAY - timedelta(6), "deadline": DAY - timedelta(3), "key": "ZG1",
    }  # fmt: skip
    guarantee_alone(monkeypatch, "signals")
    enter("rectification", demanded, by=BY, at=NOW, day=DAY)
    run_day(DAY, by=BY, at=NOW)
    assert state_of("rectification", "ZG1") == [("overdue", "2026-11-20", None)]
    run_day(DAY + timedelta(20), by=BY, at=NOW)
    assert state_of("rectification", "ZG1") == [("overdue", "2026-11-20", None)]
    correct(
        "rectification",
        "ZG1",
        {"completed_day": DAY + timedelta(20)},
        by=BY,
        at=NOW,
        day=DAY + timedelta(20),
        reason="改好了",
    )
    follow(DAY + timedelta(20), by=BY, at=NOW)
    assert state_of("rectification", "ZG1") == [("late", "2026-11-20", None)]


def test_a_duty_whose_reason_is_gone_is_withdrawn_and_comes_back_with_its_reason(company) -> None:
    run_day(DAY, by=BY, at=NOW)
    correct(
        "contract",
        "C1",
        {"disbursed_day": None, "status": "awaiting_disbursement"},
        by=BY,
        at=NOW,
        day=DAY,
        reason="尚未放款",
    )
    run = run_day(DAY, by=BY, at=NOW)
    assert run.withdrawn >= 1
    assert state_of("fund-use-check", "C1") == [("overdue", "2026-11-20", str(DAY))]
    correct(
        "contract",
        "C1",
        {"disbursed_day": DAY, "status": "in_guarantee"},
        by=BY,
        at=NOW,
        day=DAY,
        reason="今天放款",
    )
    run_day(DAY, by=BY, at=NOW)
    assert state_of("fund-use-check", "C1") == [("open", str(DAY + timedelta(10)), None)]


def test_a_run_that_fails_on_its_way_leaves_nothing_behind(company, monkeypatch) -> None:
    run_day(DAY, by=BY, at=NOW)
    held, events = stored(), Event.objects.count()

    def torn(*_args, **_kwargs):
        raise OSError("power cut")

    monkeypatch.setattr(acts, "raise_warnings", torn)
    with pytest.raises(OSError, match="power cut"):
        run_day(DAY + timedelta(1), by=BY, at=NOW)
    assert (stored(), Event.objects.count()) == (held, events)


def forget_all_results() -> None:
    for model in (Standing, Duty, GapRow):
        model.objects.all().delete()
    homes()["warning"]._default_manager.all().delete()


def test_days_missed_are_made_good_by_the_next_run(company) -> None:
    """One company runs every day; the other misses three, on one of which a check falls due and is done, on one a client is in arrears."""
    days = [DAY + timedelta(number) for number in range(5)]
    for number, day in enumerate(days):
        if number == 1:
            enter(
                "inspection", check_of("C2", DAY + timedelta(1), "91510000100000000L"), by=BY, at=NOW, day=day
            )
        run_day(day, by=BY, at=NOW)
    in_order = stored()
    forget_all_results()
    run_day(days[0], by=BY, at=NOW)
    before = Duty.objects.count()
    run_day(days[4], by=BY, at=NOW)
    assert stored() == in_order
    assert Duty.objects.count() >= before


def test_the_first_run_tells_what_was_done_since_go_live_and_nothing_of_before(company) -> None:
    """A check that was made weeks before the first run counts for its month; one from before go-live does not."""
    client = seals().mark("510000199803180019")
    enter("inspection", check_of("C1", date(2026, 11, 16), client), by=BY, at=NOW, day=DAY)
    run_day(DAY, by=BY, at=NOW)
    assert state_of("fund-use-check", "C1") == [("on_time", "2026-11-20", None)]
    found = Duty.objects.get(rule="fund-use-check", object="C1")
    assert found.done == date(2026, 11, 16)
    assert [one.employee for one in DutyPerson.objects.filter(duty=found)] == ["甲"]
    held = stored()
    assert run_day(DAY, by=BY, at=NOW).moved == 0
    assert stored() == held
    forget_all_results()
    company_row = homes()["company"].objects.get(voided__isnull=True)
    correct("company", company_row.key, {"since": date(2026, 11, 21)}, by=BY, at=NOW, day=DAY, reason="启用")
    run_day(DAY, by=BY, at=NOW)
    assert state_of("fund-use-check", "C1") == []


def test_a_day_before_the_one_that_results_speak_of_is_refused_and_spoils_nothing(company) -> None:
    run_day(DAY + timedelta(2), by=BY, at=NOW)
    held, events = stored(), Event.objects.count()
    with pytest.raises(DayPassedError, match="2026-11-25"):
        run_day(DAY + timedelta(1), by=BY, at=NOW)
    assert (stored(), Event.objects.count()) == (held, events)
    assert run_day(DAY + timedelta(2), by=BY, at=NOW).moved == 0
