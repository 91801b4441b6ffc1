"""Duties out of a pool: taken, given back, assigned, moved; on whose desk they are; a run afterwards changes nothing; what lapses shows."""

import json
from datetime import timedelta
from types import SimpleNamespace
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import QuerySet
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
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
    write_sheets,
)

from daihou.api import door
from daihou.cli import pooled
from daihou.cli.refusal import Stopped
from daihou.dayend.acts import follow, follow_takings, run_day
from daihou.duties.dossier import of_person
from daihou.duties.models import Duty, DutyPerson, Taking
from daihou.duties.pools import PoolRefusedError, assign, give_back, take
from daihou.duties.reads import mine
from daihou.ledger.acts import correct, take_in
from daihou.messaging.models import Notice
from daihou.people.acts import open_accounts
from daihou.people.models import Account
from daihou.people.reads import viewer_of
from daihou.people.tokens import ApiScope, make_token
from daihou.policy.rules import rules
from daihou.registers.held import held
from daihou.registers.kept import homes, standing
from daihou.trail.acts import Actor
from daihou.trail.models import Event
from daihou.trail.reads import verify
from daihou.web import gate

WU, MAO, CHEN = Actor("戊"), Actor("卯"), Actor("辰")
HEAD = Actor("辛")


pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def vault(django_db_setup, django_db_blocker, tmp_path_factory):
    """The company with a vault at J2 and two cashiers there, 戊 and 卯; 辰 is one at J3; their duties of last month lie in the pool of J2. Made once."""
    with pytest.MonkeyPatch.context() as patch, django_db_blocker.unblock(), transaction.atomic():
        guarantee_alone(patch)
        patch.setattr(gate, "today", lambda: DAY)
        book = write_sheets(
            tmp_path_factory.mktemp("vault") / "book",
            机构="机构号,名称,公司,上级机构,有库,设立日\nJ1,总部,G1,,否,\nJ2,东城分公司,G1,J1,是,2026-10-01\nJ3,西城分公司,G1,J1,否,\n",
            员工=SHEETS["员工"] + "卯,卯某,J2,\n辰,辰某,J3,\n",
            任职=SHEETS["任职"] + "卯,出纳,J2,2025-01-01\n辰,出纳,J3,2025-01-01\n",
        )
        take_in(reading_of(book).book, by=BY, at=NOW, day=DAY, file="book", digest="d", read=1, left_out=0)
        run_day(DAY, by=BY, at=NOW)
        open_accounts([(one, one) for one in "戊卯辰辛甲"], PASSWORD, by=BY, at=NOW, sample=True)
        duties = list(Duty.objects.filter(persons__pool=True, state="overdue").order_by("due", "pk"))
        assert len(duties) >= 2
        yield SimpleNamespace(duties=duties, first=duties[0])
        transaction.set_rollback(True)


def desk_of(staff_no: str) -> set[int]:
    """What lies on somebody's desk."""
    return set(Duty.objects.filter(mine(viewer_of(staff_no, DAY))).values_list("pk", flat=True))


def test_counts_of_duties_follow_who_takes_them(vault) -> None:
    """Between the taking and the desks that say so nothing is counted that would be told afterwards."""
    mine_now = DutyPerson.objects.filter(employee="戊", duty__state="overdue")

    def told():
        return held(mine_now, "number", QuerySet.count)

    before = told()
    take(vault.first, by=WU, at=NOW, day=DAY)
    assert told() == before
    follow_takings()
    assert told() == before + 1
    give_back(vault.first, by=WU, at=NOW)
    assert told() == before + 1
    follow_takings()
    assert told() == before


def test_taken_it_is_ones_own_and_the_others_of_the_pool_see_who_has_it(vault) -> None:
    pk = vault.first.pk
    assert pk in desk_of("戊") & desk_of("卯")
    wu, mao = browser_of("戊"), browser_of("卯")
    assert 'formaction="/pool/"' in wu.get("/").content.decode()
    answer = wu.post("/pool/", {"duty": pk, "act": "take", "from": "duty"}, follow=True)
    page = answer.content.decode()
    assert answer.redirect_chain == [(f"/duties/{pk}/", 302)]
    assert "戊某 领取" in page
    assert "退回岗位池" in page
    assert (pk in desk_of("戊"), pk in desk_of("卯")) == (True, False)
    assert "戊某" in mao.get(f"/pool/?duty={pk}").content.decode()
    assert mao.get(f"/duties/{pk}/").status_code == 200
    assert mao.post(f"/duties/{pk}/").status_code == 403
    load = browser_of("辛").get("/desk/load/").context["load"]
    assert [one["number"] for one in load if one["employee"] == "戊"] == [1]
    # who sees a branch and heads nobody has no pane of others' work on the desk
    assert (
        "/desk/load/" in browser_of("辛").get("/").content.decode(),
        "/desk/load/" in wu.get("/").content.decode(),
    ) == (True, False)
    assert wu.post("/pool/", {"duty": pk, "act": "give_back"}).status_code == 302
    assert pk in desk_of("戊") & desk_of("卯")
    assert "退回了岗位池" in wu.get(f"/duties/{pk}/").content.decode()
    assert [one.act for one in Event.objects.filter(kind="taking")] == ["take-duty", "give-back-duty"]
    assert list(verify()) == []


def test_who_comes_second_is_told_who_has_it(vault) -> None:
    take(vault.first, by=WU, at=NOW, day=DAY)
    answer = browser_of("卯").post("/pool/", {"duty": vault.first.pk, "act": "take"})
    assert answer.status_code == 409
    assert "戊某 已经先领了" in answer.content.decode()
    taking = Taking.objects.get()
    with pytest.raises(IntegrityError), transaction.atomic():  # the database itself keeps two apart
        Taking.objects.create(
            duty=taking.duty, post=taking.post, branch=taking.branch, employee="卯", by="卯", at=NOW, event=1
        )
    assert Taking.objects.get().employee == "戊"


@pytest.mark.covers("P02-02")
def test_a_head_assigns_some_at_once_and_moves_them_with_a_reason(vault) -> None:
    head, those = browser_of("辛"), [one.pk for one in vault.duties]
    asked = {"duty": those, "act": "assign", "employee": "卯"}
    assert head.post("/pool/", asked).status_code == 302
    assert set(those) <= desk_of("卯") - desk_of("戊")
    told = Notice.objects.get(kind="assigned")
    assert (told.to, told.path, len(told.lines)) == ("卯", "/", min(len(those), 5))
    assert "辛某" in told.title["zh"]
    refused = head.post("/pool/", {**asked, "employee": "戊"})
    assert refused.status_code == 422
    assert set(refused.context["wrong"]) == {"reason"}
    moved = head.post("/pool/", {**asked, "employee": "戊", "reason": "卯某休假"})
    assert moved.status_code == 302
    assert set(those) <= desk_of("戊") - desk_of("卯")
    assert Notice.objects.get(kind="moved_away").to == "卯"
    assert set(Taking.objects.filter(employee="卯").values_list("why", flat=True)) == {"moved"}
    page = head.get(f"/duties/{those[0]}/").content.decode()
    assert "辛某 分派给 戊某" in page
    assert "卯某休假" in page


NOT_HIS = [
    ("卯", {"act": "assign", "employee": "戊"}, 409),  # no head
    ("辛", {"act": "assign", "employee": "辰"}, 409),  # to a cashier of another branch
    ("辛", {"act": "assign", "employee": ""}, 422),
    ("辛", {"act": "take"}, 409),  # a head holds no such post
    ("辰", {"act": "take"}, 422),  # another branch: he does not see it
    ("甲", {"act": "take"}, 422),  # another post
    ("戊", {"act": "give_back"}, 409),  # not his
    ("戊", {"act": "burn"}, 422),
]


def test_what_is_not_ones_to_do_is_refused_and_nothing_is_written(vault) -> None:
    browsers = {who: browser_of(who) for who in dict.fromkeys(who for who, _said, _status in NOT_HIS)}
    for who, said, status in NOT_HIS:
        answer = browsers[who].post("/pool/", {"duty": vault.first.pk, **said})
        assert answer.status_code == status, (who, said)
    assert not Taking.objects.exists()
    assert not Event.objects.filter(kind="taking").exists()


def test_a_full_run_afterwards_changes_nothing_nor_does_following(vault) -> None:
    take(vault.first, by=WU, at=NOW, day=DAY)
    assign(vault.duties[1], "卯", reason="", by=HEAD, at=NOW, day=DAY)
    assert follow_takings()
    held = stored()
    rows = list(DutyPerson.objects.order_by("pk").values_list("pk", "employee"))
    assert not follow(DAY, by=BY, at=NOW)
    run_day(DAY, by=BY, at=NOW)
    assert stored() == held
    assert list(DutyPerson.objects.order_by("pk").values_list("pk", "employee")) == rows
    assert Taking.objects.filter(ended_at__isnull=True).count() == 2


def test_what_nothing_followed_is_made_good_by_the_next_run(vault) -> None:
    take(vault.first, by=WU, at=NOW, day=DAY)
    assert vault.first.pk in desk_of("卯")
    run_day(DAY, by=BY, at=NOW)
    assert vault.first.pk not in desk_of("卯")


def test_who_leaves_the_post_has_it_no_longer_and_the_page_says_so(vault) -> None:
    assign(vault.first, "卯", reason="", by=HEAD, at=NOW, day=DAY)
    follow_takings()
    held = standing(homes()["assignment"]).get(employee="卯")
    correct("assignment", held.key, {"branch": "J3"}, reason="调走", by=BY, at=NOW, day=DAY)
    follow(DAY, by=BY, at=NOW)
    assert Taking.objects.get().why == "post_left"
    assert vault.first.pk not in desk_of("卯")
    assert vault.first.pk in desk_of("戊")
    assert "已不任这个岗位" in browser_of("辛").get(f"/duties/{vault.first.pk}/").content.decode()
    held_now = stored()
    run_day(DAY, by=BY, at=NOW)
    assert stored() == held_now


def test_done_it_stays_his_in_the_file(vault) -> None:
    take(vault.first, by=WU, at=NOW, day=DAY)
    follow_takings()
    said = {"completion_day": DAY.isoformat(), "evidence": "表 1", "remark": ""}
    assert browser_of("戊").post(f"/duties/{vault.first.pk}/", said).status_code == 302
    run_day(DAY, by=BY, at=NOW)
    entry = next(one for one in of_person("戊", rules()).said["duties"] if one["takings"])
    assert (entry["done"], entry["takings"][0]["employee"], entry["takings"][0]["why"]) == (
        DAY.isoformat(),
        "戊",
        "",
    )
    assert entry["takings"][0]["event"] == Taking.objects.get().event
    page = browser_of("戊").get("/files/person/戊/").content.decode()
    assert "戊某 领取" in page
    assert f"#{entry['takings'][0]['event']}" in page
    with pytest.raises(PoolRefusedError, match="no-pool"):
        take(vault.first, by=MAO, at=NOW, day=DAY)
    with pytest.raises(PoolRefusedError, match="not-yours"):
        give_back(vault.duties[1], by=WU, at=NOW)


def test_the_list_asks_no_more_for_more_rows(vault) -> None:
    client = browser_of("辛")
    client.get("/pool/")

    def asked(rows: int) -> int:
        address = "/pool/?" + "&".join(f"duty={one.pk}" for one in vault.duties[:rows])
        with CaptureQueriesContext(connection) as said:
            assert len(client.get(address).context["rows"]) == rows
        return len(said)

    assert asked(1) == asked(2)


def test_a_program_takes_gives_back_and_assigns_inside_the_same_bounds(vault, monkeypatch) -> None:
    monkeypatch.setattr(door, "today", lambda: DAY)
    clear = {}
    for who in "戊卯辛":
        account, until = Account.objects.get(staff_no=who), timezone.now() + timedelta(1)
        scopes = [ApiScope.READ_DUTIES.value, ApiScope.WRITE_DUTIES.value]
        said = {"name": "程序", "scopes": scopes, "expires": until, "by": BY, "at": timezone.now()}
        clear[who] = make_token(account, **said)[1]

    def ask(who: str, act: str, **said: str) -> tuple[int, dict]:
        headers = {"Authorization": f"Bearer {clear[who]}", "Idempotency-Key": str(uuid4())}
        at = f"/api/v1/duties/{vault.first.pk}/{act}"
        answer = Client().post(at, json.dumps(said), content_type="application/json", headers=headers)
        return answer.status_code, answer.json()

    status, told = ask("戊", "take")
    assert (status, told["persons"][0]["employee"], told["takings"][0]["why"]) == (200, "戊", "")
    assert [ask("卯", "take")[1]["code"], ask("卯", "give-back")[1]["code"]] == ["taken", "not-taken"]
    assert [ask("辛", "take")[0], ask("卯", "assignment", employee="卯")[0]] == [403, 403]
    assert ask("辛", "assignment", employee="卯")[1]["code"] == "no-reason"
    assert ask("辛", "assignment", employee="辰", reason="调")[1]["code"] == "not-of-pool"
    status, told = ask("辛", "assignment", employee="卯", reason="调整")
    assert [(one["employee"], one["why"]) for one in told["takings"]] == [("戊", "moved"), ("卯", "")]
    assert Notice.objects.get(kind="assigned").to == "卯"
    assert ask("卯", "give-back")[1]["persons"][0]["employee"] is None


def test_the_commands_list_take_give_back_and_assign(vault, tmp_path, monkeypatch, capsys) -> None:
    monkeypatch.setattr(pooled, "enter", lambda home, lang: None)
    monkeypatch.setattr(pooled.given, "today", lambda: DAY)
    pk = vault.first.pk
    assert pooled.show(tmp_path, "戊", "zh", as_json=False) == 0
    assert str(pk) in capsys.readouterr().out
    assert pooled.take(tmp_path, pk, "zh", by="戊") == 0
    for refused in (
        lambda: pooled.take(tmp_path, pk, "zh", by="卯"),  # somebody was quicker
        lambda: pooled.take(tmp_path, 99_999_999, "zh", by="卯"),
        lambda: pooled.give_back(tmp_path, pk, "zh", by="卯"),
        lambda: pooled.assign(tmp_path, pk, "卯", "zh", reason="", by="卯"),  # heads nobody
        lambda: pooled.assign(tmp_path, pk, "卯", "zh", reason="", by="辛"),  # to move it takes a reason
        lambda: pooled.assign(tmp_path, pk, "甲", "zh", reason="x", by="辛"),  # holds another post
    ):
        with pytest.raises(Stopped):
            refused()
    assert pooled.assign(tmp_path, pk, "卯", "zh", reason="戊请假", by="辛") == 0
    assert (pk in desk_of("戊"), pk in desk_of("卯")) == (False, True)
    assert pooled.give_back(tmp_path, pk, "zh", by="卯") == 0
    assert pk in desk_of("戊") & desk_of("卯")
    capsys.readouterr()
    assert pooled.show(tmp_path, "戊", "en", as_json=True) == 0
    assert f'"number": {pk}' in capsys.readouterr().out
