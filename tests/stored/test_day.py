"""The day: run twice it changes nothing, what is done closes, what is no longer asked for is withdrawn and said so."""

from datetime import timedelta

import pytest
from tests_cast import BY, DAY, NOW

from daihou.dayend import acts, books
from daihou.dayend.acts import follow, run_day
from daihou.duties.models import Duty, DutyPerson, GapRow
from daihou.ledger.acts import correct, enter
from daihou.registers.kept import homes, standing
from daihou.registers.sealing import seals
from daihou.trail.models import Event
from daihou.trail.reads import verify


@pytest.fixture(autouse=True)
def only_guarantee(monkeypatch, settings):
    """One rulebook: the machinery is the same for all, and the tests are quicker."""
    settings.DAIHOU_SAMPLE = False
    monkeypatch.setitem(books.BOOKS_BY_KIND, "guarantee_company", ("guarantee",))


def state_of(rule: str, subject: str) -> list[tuple[str, str, str | None]]:
    found = Duty.objects.filter(rule=rule, object=subject).order_by("occurrence")
    return [
        (one.state, str(one.due), None if one.withdrawn_on is None else str(one.withdrawn_on))
        for one in found
    ]


def stored() -> tuple[object, ...]:
    duties = Duty.objects.order_by("rule", "object", "occurrence")
    fields = [
        field.attname
        for field in Duty._meta.concrete_fields
        if field.attname not in ("id", "first_run_id", "last_run_id")
    ]
    persons = DutyPerson.objects.order_by("duty__rule", "duty__object", "duty__occurrence", "ordinal")
    return (
        list(duties.values_list(*fields)),
        list(persons.values_list("duty__rule", "duty__object", "post", "employee", "branch", "pool")),
        list(
            GapRow.objects.order_by("rule", "object", "part").values_list("rule", "object", "part", "columns")
        ),
        list(standing(homes()["warning"]).order_by("key").values_list("key", flat=True)),
    )


def test_the_same_day_again_changes_nothing(company) -> None:
    first = run_day(DAY, by=BY, at=NOW)
    held = stored()
    second = run_day(DAY, by=BY, at=NOW)
    assert first.found_new > 3
    assert (second.found_new, second.moved, second.withdrawn, second.warnings_raised) == (0, 0, 0, 0)
    assert stored() == held
    assert list(verify()) == []


@pytest.mark.covers("P01-05")
def test_a_duty_lies_on_the_desk_of_the_account_manager_and_a_check_entered_closes_it_at_once(
    company,
) -> None:
    run_day(DAY, by=BY, at=NOW)
    assert state_of("fund-use-check", "C1") == [("overdue", "2026-11-20", None)]
    assert {
        one.employee for one in DutyPerson.objects.filter(duty__rule="fund-use-check", duty__object="C1")
    } == {"甲"}
    values = {
        "visit_no": "V1", "contract": "C1", "client": seals().mark("510000199803180019"), "inspected_by": "甲", "kind": "purpose", "inspected_day": DAY, "result": "done", "urgent": False,
        "key": "V1/C1/purpose",
    }  # fmt: skip
    enter("inspection", values, by=BY, at=NOW, day=DAY)
    follow(DAY, by=BY, at=NOW)
    assert state_of("fund-use-check", "C1") == [("late", "2026-11-20", None)]
    held = stored()
    assert run_day(DAY, by=BY, at=NOW).withdrawn == 0
    assert [row for row in stored()[0] if row[0] == "fund-use-check"] == [
        row for row in held[0] if row[0] == "fund-use-check"
    ]


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


def test_a_missed_day_run_late_and_the_next_day_end_where_two_days_in_order_end(company) -> None:
    for day in (DAY, DAY + timedelta(1), DAY + timedelta(2)):
        run_day(day, by=BY, at=NOW)
    in_order = stored()[0]
    Duty.objects.all().delete()
    run_day(DAY, by=BY, at=NOW)
    run_day(DAY + timedelta(2), by=BY, at=NOW)
    waiting = [row for row in in_order if row[18] in ("open", "overdue")]
    assert [row for row in stored()[0] if row[18] in ("open", "overdue")] == waiting
