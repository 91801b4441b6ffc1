"""What a program does for its person as the pages let him: matters handed on, shown and urged; duties put forward and off; absences; errands."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.utils import timezone
from test_api import by_act, come, problem, small  # noqa: F401 - fixtures
from tests_cast import BY, DAY, NOW

from daihou.dayend.acts import run_day
from daihou.duties.models import Duty
from daihou.duties.reads import mine
from daihou.people.models import StandIn
from daihou.people.reads import viewer_of
from daihou.policy.rules import rules
from daihou.registers.kept import homes, standing
from daihou.signoff.acts import open_matter
from daihou.signoff.models import Delegation, Matter
from daihou.trail.acts import Actor
from daihou.trail.models import Event

TILL = (DAY + timedelta(4)).isoformat()
TODAY = DAY.isoformat()


@pytest.fixture(autouse=True)
def its_moment(monkeypatch):
    """What is done is done on the day of the cast."""
    monkeypatch.setattr(timezone, "now", lambda: NOW)


@pytest.fixture
def matter():
    """Something that 甲 put before the head of business and the head of risk."""
    return open_matter(
        kind="trial", subject="一", title={"zh": "一", "en": "one"}, content={"结论": "正常"}, chain=("business_manager", "risk_manager"),
        branch="J2", by=Actor("甲"), at=NOW,
    )  # fmt: skip


def waits_for(program, matter) -> bool:
    return program.get(f"matters/{matter.pk}").json()["my_step"] is not None


# ------------------------------------------------------------------ matters


def test_a_step_is_handed_on_and_another_is_asked_to_sign_besides(come, matter) -> None:  # noqa: F811
    at, head, risk = f"matters/{matter.pk}", come("乙"), come("丁")
    assert (waits_for(head, matter), waits_for(risk, matter)) == (True, False)
    problem(head.post(f"{at}/signers", {"employee": "无", "reason": "请看"}), 422, "nobody-such")
    problem(head.post(f"{at}/signers", {"employee": "乙", "reason": "请看"}), 422, "yourself")
    problem(head.post(f"{at}/signers", {"employee": "甲", "reason": "请看"}), 403, "own-work")
    problem(head.post(f"{at}/signers", {"employee": "丙", "reason": ""}), 422, "invalid")
    problem(
        head.post(f"{at}/signers", {"employee": "丙", "reason": "请看", "place": "nowhere"}), 422, "invalid"
    )
    problem(come("甲").post(f"{at}/signers", {"employee": "丙", "reason": "请看"}), 403, "own-work")
    asked = head.post(
        f"{at}/signers", {"employee": "丙", "reason": "请看", "place": "before"}, key="asked-once"
    )
    assert asked.status_code == 200, asked.content.decode()
    assert head.post(f"{at}/signers", {"employee": "丙", "reason": "请看", "place": "before"}, key="asked-once").content == asked.content  # fmt: skip
    assert [one["post"] for one in asked.json()["steps"]] == [
        "account_manager",
        "business_manager",
        "risk_manager",
    ]
    beside = come("丙")
    assert (waits_for(beside, matter), waits_for(head, matter)) == (True, False)
    digest = beside.get(at).json()["digest"]
    beside.post(f"{at}/decision", {"decision": "agree", "digest": digest, "opinion": "看过"})
    given = head.post(f"{at}/hand-on", {"employee": "辛", "reason": "出差"})
    assert given.status_code == 200, given.content.decode()
    assert (waits_for(head, matter), waits_for(come("辛"), matter)) == (False, True)
    problem(head.post(f"{at}/hand-on", {"employee": "辛", "reason": "出差"}), 403, "not-yours")
    problem(come("戊").post(f"{at}/hand-on", {"employee": "辛", "reason": "出差"}), 404, "not-found")


def test_a_matter_is_shown_read_and_urged_once_a_day(come, matter) -> None:  # noqa: F811
    at, opener, shown = f"matters/{matter.pk}", come("甲"), come("戊")
    problem(shown.get(at), 404, "not-found")
    problem(come("辛").post(f"{at}/copies", {"employees": ["戊"]}), 403, "not-yours")
    problem(opener.post(f"{at}/copies", {"employees": ["无"]}), 422, "nobody-such")
    problem(opener.post(f"{at}/copies", {"employees": []}), 422, "invalid")
    assert opener.post(f"{at}/copies", {"employees": ["戊"]}).status_code == 200
    assert shown.get(at).status_code == 200
    assert shown.post(f"{at}/reading").status_code == 200
    problem(shown.post(f"{at}/reading"), 409, "nothing-to-read")
    problem(shown.post(f"{at}/urging"), 403, "not-yours")
    assert opener.post(f"{at}/urging", {"text": "急"}).status_code == 200
    problem(opener.post(f"{at}/urging"), 409, "urged-today")


def test_a_returned_matter_is_put_forward_anew(come, matter) -> None:  # noqa: F811
    at, head, opener = f"matters/{matter.pk}", come("乙"), come("甲")
    problem(opener.post(f"{at}/resubmission", {"remark": "补了"}), 409, "not-returned")
    digest = head.get(at).json()["digest"]
    back = head.post(f"{at}/decision", {"decision": "send_back", "digest": digest, "opinion": "缺附件"})
    assert back.json()["state"] == "returned"
    problem(head.post(f"{at}/resubmission", {"remark": "补了"}), 403, "not-yours")
    anew = opener.post(f"{at}/resubmission", {"remark": "补了附件"})
    assert (anew.status_code, anew.json()["state"], anew.json()["version"]) == (200, "under_way", 2), (
        anew.content.decode()
    )
    assert waits_for(head, matter)


# ------------------------------------------------------------------ duties before their signers


def test_what_a_fact_closed_is_put_forward_and_what_waits_is_put_off(come) -> None:  # noqa: F811
    run_day(DAY, by=BY, at=NOW)
    manager = come("甲")
    late = Duty.objects.get(rule="fund-use-check", object="C1")
    problem(
        manager.post(f"duties/{late.pk}/postponement", {"until": TILL, "reason": "出差"}),
        409,
        "not-to-postpone",
    )
    problem(manager.post(f"duties/{late.pk}/submission"), 409, "not-to-submit")
    problem(come("乙").post(f"duties/{late.pk}/submission"), 403, "not-yours")
    problem(come("丙").post(f"duties/{late.pk}/submission"), 404, "not-found")
    ahead = (
        Duty.objects.filter(mine(viewer_of("甲", DAY)), due__gte=DAY, state__in=("open", "not_yet"))
        .order_by("pk")
        .first()
    )
    at = f"duties/{ahead.pk}/postponement"
    problem(manager.post(at, {"until": ahead.due.isoformat(), "reason": "出差"}), 422, "not-later")
    problem(manager.post(at, {"until": TILL, "reason": ""}), 422, "invalid")
    until = (ahead.due + timedelta(3)).isoformat()
    asked = manager.post(at, {"until": until, "reason": "出差"})
    assert asked.status_code == 201, asked.content.decode()
    assert Matter.objects.get(pk=asked.json()["matter"]).content["until"] == until
    problem(manager.post(at, {"until": until, "reason": "出差"}), 409, "under-way-already")


def test_work_that_was_not_put_forward_when_it_was_done_is_put_forward_later(come, monkeypatch) -> None:  # noqa: F811
    run_day(DAY, by=BY, at=NOW)
    duty, who = by_act()
    mine_ = come(who)
    done = mine_.post(f"duties/{duty.pk}/completion", {"completion_day": TODAY, "evidence": "检查表 1"})
    assert (done.status_code, done.json()["matter"]) == (201, None), done.content.decode()
    signed = {**rules(), duty.rule: replace(rules()[duty.rule], chain=(("risk_manager",),))}
    for room in ("duties.signing", "duties.returning"):
        monkeypatch.setattr(f"daihou.{room}.rules", lambda: signed)
    sent = mine_.post(f"duties/{duty.pk}/submission")
    assert sent.status_code == 201, sent.content.decode()
    assert Matter.objects.get(pk=sent.json()["matter"]).state == "under_way"
    problem(mine_.post(f"duties/{duty.pk}/submission"), 409, "not-to-submit")


# ------------------------------------------------------------------ absences


def test_a_stand_in_is_arranged_listed_and_ended_by_program(come) -> None:  # noqa: F811
    said = {"deputy": "丙", "since": TODAY, "until": TILL, "reason": "休假"}
    mine_, deputy = come("甲"), come("丙")
    for wrong, status, code in (
        ({"deputy": "无"}, 422, "nobody-such"), ({"deputy": "戊"}, 422, "other-post"), ({"absent": "丁"}, 403, "not-yours"),
        ({"deputy": "甲"}, 422, "same-person"), ({"until": "2026-11-01"}, 422, "days-wrong"), ({"reason": ""}, 422, "invalid"),
    ):  # fmt: skip
        problem(mine_.post("stand-ins", {**said, **wrong}), status, code)
    assert deputy.get("registers/contract/rows").json()["total"] == 1
    made = mine_.post("stand-ins", said)
    assert made.status_code == 201, made.content.decode()
    told = made.json()
    assert (told["absent"], told["deputy"], told["by"], told["ended"]) == ("甲", "丙", "甲", None)
    assert deputy.get("registers/contract/rows").json()["total"] == 2
    assert [one["id"] for one in deputy.get("stand-ins").json()["stand_ins"]] == [told["id"]]
    problem(mine_.post("stand-ins", said), 409, "stands-already")
    problem(deputy.post(f"stand-ins/{told['id']}/end"), 403, "not-yours")
    problem(come("戊").post(f"stand-ins/{told['id']}/end"), 404, "not-found")
    ended = come("乙").post(f"stand-ins/{told['id']}/end")
    assert (ended.status_code, ended.json()["ended"] is not None) == (200, True)
    problem(mine_.post(f"stand-ins/{told['id']}/end"), 409, "ended-already")
    assert deputy.get("registers/contract/rows").json()["total"] == 1
    assert StandIn.objects.count() == 1


def test_a_delegation_is_given_listed_and_taken_back_by_program(come, matter) -> None:  # noqa: F811
    said = {"taker": "丁", "since": TODAY, "until": TILL, "reason": "出差", "amount_limit": 100}
    head, taker = come("乙"), come("丁")
    problem(head.post("delegations", {**said, "taker": "无"}), 422, "nobody-such")
    problem(head.post("delegations", {**said, "until": "2026-11-01"}), 422, "days-wrong")
    problem(head.post("delegations", {**said, "amount_limit": -1}), 422, "invalid")
    made = head.post("delegations", said)
    assert made.status_code == 201, made.content.decode()
    assert [one["giver"] for one in taker.get("delegations").json()["delegations"]] == ["乙"]
    assert come("甲").get("delegations").json()["delegations"] == []
    problem(taker.post(f"delegations/{made.json()['id']}/end"), 404, "not-found")
    assert head.post(f"delegations/{made.json()['id']}/end").status_code == 200
    problem(head.post(f"delegations/{made.json()['id']}/end"), 409, "ended-already")
    assert Delegation.objects.get().ended_at == NOW


# ------------------------------------------------------------------ errands


def test_an_errand_is_given_put_off_done_and_called_off_by_program(come) -> None:  # noqa: F811
    said = {"employees": ["甲"], "matter": "补齐回执", "deadline": TILL}
    head, doer = come("乙"), come("甲")
    problem(doer.post("errands", {**said, "employees": ["乙"]}), 403, "not-below")
    problem(head.post("errands", {**said, "deadline": "2026-11-01"}), 422, "day-passed")
    problem(head.post("errands", {**said, "contract": "C2"}), 422, "no-such-contract")
    problem(head.post("errands", {**said, "form": "tier_form"}), 422, "no-such-form")
    problem(head.post("errands", {**said, "matter": "  "}), 422, "matter-missing")
    made = head.post("errands", {**said, "contract": "C1"})
    assert made.status_code == 201, made.content.decode()
    (errand,) = made.json()["errands"]
    at = f"errands/{errand['errand']}"
    assert [one["errand"] for one in doer.get("errands").json()["errands"]] == [errand["errand"]]
    assert head.get("errands").json()["total"] == 0
    assert head.get("errands", of="by_me").json()["total"] == 1
    problem(doer.post(f"{at}/put-off", {"deadline": "2026-12-31", "reason": "忙"}), 403, "not-yours")
    problem(head.post(f"{at}/put-off", {"deadline": TODAY, "reason": "忙"}), 422, "day-wrong")
    assert (
        head.post(f"{at}/put-off", {"deadline": "2026-12-31", "reason": "忙"}).json()["deadline"]
        == "2026-12-31"
    )
    problem(come("丙").post(f"{at}/done", {"day": TODAY, "told": "办好"}), 404, "not-found")
    problem(doer.post(f"{at}/done", {"day": "2026-11-24", "told": "办好"}), 422, "day-wrong")
    assert doer.post(f"{at}/done", {"day": TODAY, "told": "已归档"}).json()["done"] == TODAY
    problem(doer.post(f"{at}/done", {"day": TODAY, "told": "已归档"}), 409, "done-already")
    problem(head.post(f"{at}/call-off", {"reason": "不用了"}), 409, "done-already")
    other = head.post("errands", said).json()["errands"][0]["errand"]
    assert head.post(f"errands/{other}/call-off", {"reason": "不用了"}).json() == {"errand": other}
    problem(head.post(f"errands/{other}/call-off", {"reason": "不用了"}), 404, "not-found")
    assert standing(homes()["errand"]).count() == 1
    assert Event.objects.filter(act="void", subject=other).exists()
