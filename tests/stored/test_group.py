"""Several duties completed in one go: each for itself, only one's own, and what was refused is told."""

from datetime import timedelta

import pytest
from staging import staged
from tests_cast import BY, DAY, NOW, PASSWORD, browser_of, guarantee_alone, taken_in

from daihou.dayend.acts import run_day
from daihou.duties.completing import closable, complete
from daihou.duties.models import Duty, DutyPerson
from daihou.people.acts import open_accounts
from daihou.policy.rules import rules
from daihou.registers.kept import homes, standing
from daihou.trail.acts import Actor
from daihou.web import gate

SAID = {"completion_day": DAY.isoformat(), "evidence": "纪要 7 号", "remark": ""}


@pytest.fixture
def its_day(monkeypatch):
    """The rules of a guarantee company; the day of the pages is that of the cast."""
    guarantee_alone(monkeypatch)
    monkeypatch.setattr(gate, "today", lambda: DAY)


@staged
def at_work(tmp_path, its_day):
    """The company, its day derived, and accounts."""
    taken_in(tmp_path / "book")
    run_day(DAY, by=BY, at=NOW)
    open_accounts([(one, one) for one in "甲乙丙丁戊辛"], PASSWORD, by=BY, at=NOW, sample=True)


@pytest.fixture
def desk(at_work):
    """The browser of somebody who has at least two duties to complete, his number, and those duties."""
    found = {}
    for person in DutyPerson.objects.filter(employee__isnull=False).select_related("duty").order_by("pk"):
        if closable(person.duty, rules()[person.duty.rule]):
            found.setdefault(person.employee, {})[person.duty.pk] = person.duty
    who = max(found, key=lambda one: len(found[one]))
    duties = list(found[who].values())[:2]
    assert len(duties) == 2
    return browser_of(who), who, duties


def completed() -> list[str]:
    return sorted(standing(homes()["completion"]).values_list("duty", flat=True))


def test_those_chosen_are_completed_with_one_evidence_and_their_duties_follow(desk) -> None:
    client, _who, duties = desk
    asked = "&".join(f"duty={one.pk}" for one in duties)
    assert 'action="/duties/complete/"' in client.get("/").content.decode()
    page = client.get(f"/duties/complete/?{asked}").content.decode()
    assert all(f'value="{one.pk}" checked' in page for one in duties)
    answer = client.post("/duties/complete/", {**SAID, "duty": [one.pk for one in duties]}, follow=True)
    assert "已办结 2 件" in answer.content.decode()
    assert completed() == sorted(one.key for one in duties)
    assert {one.done for one in Duty.objects.filter(pk__in=[one.pk for one in duties])} == {DAY}


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"evidence": ""}, "evidence"),
        ({"completion_day": (DAY + timedelta(1)).isoformat()}, "completion_day"),
    ],
    ids=["no evidence", "a day that has not come"],
)
def test_what_is_wrong_stands_beside_its_field_and_nothing_is_completed(desk, said, field) -> None:
    client, _who, duties = desk
    answer = client.post("/duties/complete/", {**SAID, **said, "duty": [one.pk for one in duties]})
    assert answer.status_code == 422
    assert field in answer.context["form"].errors
    assert completed() == []


def test_what_somebody_else_completed_meanwhile_is_told_and_the_others_are_done(desk) -> None:
    client, who, duties = desk
    seen = client.get(f"/duties/complete/?duty={duties[0].pk}")
    assert seen.status_code == 200
    complete(duties[0], day=DAY, evidence="一", remark="", by=Actor(who), at=NOW, today=DAY)
    answer = client.post("/duties/complete/", {**SAID, "duty": [one.pk for one in duties]})
    assert answer.status_code == 409
    text = answer.content.decode()
    assert "已经有人办结了" in text
    assert "已办结 1 件" in text
    assert completed() == sorted(one.key for one in duties)


def test_of_others_and_of_nothing_none_is_completed(desk) -> None:
    client, who, _duties = desk
    strange = next(
        one
        for one in Duty.objects.exclude(persons__employee=who)
        if not one.persons.filter(pool=True).exists()
    )
    for asked in ([strange.pk], ["x", "0"], []):
        answer = client.post("/duties/complete/", {**SAID, "duty": asked})
        assert "没有选中能在这里办结的任务" in answer.content.decode()
    assert completed() == []
