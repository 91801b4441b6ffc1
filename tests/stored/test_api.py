"""The API from outside: by token, inside the bounds of its account, each write once, every error by one scheme."""

import json
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from tests_cast import BY, DAY, NOW, SHEETS, guarantee_alone

from daihou.api import acts as api_acts
from daihou.api import door
from daihou.api.models import Answer
from daihou.api.urls import api
from daihou.dayend.acts import follow, run_day
from daihou.duties.completing import closable
from daihou.duties.models import DayRun, Duty, DutyChange, DutyPerson
from daihou.ledger.acts import correct
from daihou.people import factors
from daihou.people.acts import open_accounts
from daihou.people.models import Account, ApiToken
from daihou.people.rights import May
from daihou.people.tokens import ApiScope, TokenRefusedError, hashed, make_token, revoke_token
from daihou.policy.rules import rules
from daihou.registers.kept import homes, standing
from daihou.registers.sealing import seals
from daihou.signoff.acts import open_matter
from daihou.signoff.models import Matter
from daihou.signoff.reads import signers_of
from daihou.trail.acts import Actor
from daihou.trail.models import Event
from daihou.trail.reads import verify

ZHANG = "510000199803180019"
EVERY = [scope.value for scope in ApiScope]
INSPECTION = {
    "visit_no": "ZF1", "contract": "C1", "kind": "purpose", "client": ZHANG, "inspected_by": "甲", "inspected_day": "2026-11-20",
    "result": "done", "urgent": False,
}  # fmt: skip
GOOD = "走访号,合同,种类,客户,检查日,结果,紧急\nZF1,C1,用途,510000199803180019,2026-11-20,完成,否\n"
MIXED = GOOD + "ZF3,C9,常规,510000199803180019,2026-11-21,完成,否\n"


class Program:
    """A program with a token."""

    def __init__(self, clear: str) -> None:
        self.client = Client(enforce_csrf_checks=True)
        self.clear = clear

    def ask(self, method, at, said=None, key=None, **how):
        headers = {"Authorization": f"Bearer {self.clear}"}
        if key:
            headers["Idempotency-Key"] = key
        if method == "get":
            return self.client.get(f"/api/v1/{at}", said or {}, headers=headers)
        if "file" in (said or {}):
            return self.client.post(f"/api/v1/{at}", said, headers=headers)
        text = said if isinstance(said, str) else json.dumps(said or {})
        return self.client.post(f"/api/v1/{at}", text, content_type="application/json", headers=headers)

    def get(self, at, **said):
        return self.ask("get", at, said)

    def post(self, at, said=None, key=None):
        return self.ask("post", at, said, key or str(uuid4()))


@pytest.fixture(autouse=True)
def small(monkeypatch):
    """One rulebook, and the day of the cast."""
    guarantee_alone(monkeypatch)
    monkeypatch.setattr(door, "today", lambda: DAY)


@pytest.fixture
def come(company):
    """A program of one member of the cast, with all scopes or some."""
    open_accounts([(one, one) for one in "甲乙丙丁戊己辛"], "right horse battery", by=BY, at=NOW, sample=True)

    def program(who: str, *scopes: str) -> Program:
        account = Account.objects.get(login=who)
        until = timezone.now() + timedelta(days=30)
        _, clear = make_token(
            account, name="对账", scopes=scopes or EVERY, expires=until, by=BY, at=timezone.now()
        )
        return Program(clear)

    return program


def problem(answer, status, code):
    """The refusal, which is of the scheme and nothing else."""
    assert answer.status_code == status, answer.content.decode()
    assert answer.headers["Content-Type"] == "application/problem+json"
    said = answer.json()
    assert set(said) == {"type", "title", "status", "code", "fields"}
    assert (said["status"], said["code"], said["type"]) == (status, code, f"urn:daihou:problem:{code}")
    assert said["title"]
    return said


# ------------------------------------------------------------------ tokens


def test_a_token_is_kept_as_its_hash_only_and_its_making_is_on_record(come) -> None:
    program = come("甲", "read:duties")
    held = ApiToken.objects.get()
    assert (held.digest, held.tail, held.scopes) == (
        hashed(program.clear), program.clear[-4:], ["read:duties", "read:me"],
    )  # fmt: skip
    event = Event.objects.get(act="token-make")
    assert program.clear not in json.dumps([event.after, event.subject])
    assert program.get("me").json()["token"]["tail"] == program.clear[-4:]


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"name": " "}, "name-missing"),
        ({"scopes": []}, "no-scope"),
        ({"scopes": ["read:me"]}, "no-scope"),
        ({"scopes": ["read:all"]}, "no-such-scope"),
        ({"expires": NOW - timedelta(days=1)}, "expires-wrong"),
        ({"expires": NOW + timedelta(days=400)}, "expires-wrong"),
    ],
)
def test_a_token_that_says_too_little_or_too_much_is_not_made(come, said, code) -> None:
    how = {"name": "对账", "scopes": ["read:duties"], "expires": NOW + timedelta(days=30), **said}
    with pytest.raises(TokenRefusedError, match=code):
        make_token(Account.objects.get(login="甲"), **how, by=BY, at=NOW)
    assert ApiToken.objects.count() == 0


def test_nobody_comes_in_without_a_token_not_even_with_a_session(come) -> None:
    browser = Client()
    browser.post("/login/", {"login": "丁", "password": "right horse battery"})
    for client in (browser, Client()):
        for at in ("me", "registers", "openapi.json", "no/such/place", ""):
            answer = client.get(f"/api/v1/{at}")
            problem(answer, 401, "token-missing")
            assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_a_revoked_an_expired_and_a_closed_accounts_token_open_nothing(come) -> None:
    revoked, expired, closed = come("甲"), come("乙"), come("丙")
    revoke_token(ApiToken.objects.get(account__login="甲"), by=BY, at=NOW)
    ApiToken.objects.filter(account__login="乙").update(
        made_at=NOW - timedelta(9), expires=NOW - timedelta(1)
    )
    Account.objects.filter(login="丙").update(is_active=False)
    for program in (revoked, expired, closed):
        problem(program.get("me"), 401, "token-ended")
    assert Event.objects.filter(act="token-failed").count() == 3


def test_after_five_failed_tokens_their_origin_waits_and_a_good_token_does_not(come) -> None:
    good = come("甲")
    for _ in range(5):
        problem(Program("dh_guess").get("me"), 401, "token-unknown")
    events = Event.objects.count()
    answer = Program("dh_guess").get("me")
    problem(answer, 429, "token-locked")
    assert answer.headers["Retry-After"] == "900"
    assert Event.objects.count() == events
    assert good.get("me").status_code == 200


def test_who_must_change_his_password_or_has_no_second_factor_or_holds_no_post_gets_nothing(
    come, monkeypatch
) -> None:
    first = come("甲")
    Account.objects.filter(login="甲").update(must_change=True)
    problem(first.get("registers"), 403, "password-first")
    keeper = come("己")
    Account.objects.filter(login="己").update(sample=False)
    monkeypatch.setattr(factors, "MUST_HAVE_FACTOR", frozenset({May.TRAIL}))
    problem(keeper.get("registers"), 403, "factor-first")
    left = come("乙")
    standing(homes()["assignment"]).filter(employee="乙").update(until=DAY - timedelta(1))
    problem(left.get("registers"), 403, "no-post")


def test_a_scope_narrows_and_never_widens(come) -> None:
    reader = come("甲", "read:registers")
    assert reader.get("registers/contract/rows").status_code == 200
    problem(reader.post("registers/inspection/rows", {"values": INSPECTION}), 403, "scope-missing")
    problem(reader.get("duties"), 403, "scope-missing")
    general = come("辛")
    problem(general.post("registers/inspection/rows", {"values": INSPECTION}), 403, "forbidden")
    problem(general.get("imports"), 403, "forbidden")
    assert standing(homes()["inspection"]).count() == 0


# ------------------------------------------------------------------ registers


def test_a_manager_lists_his_own_rows_with_numbers_hidden_and_another_branch_is_not_there(come) -> None:
    mine = come("甲")
    listed = mine.get("registers/contract/rows").json()
    assert [row["key"] for row in listed["rows"]] == ["C1"]
    assert listed["rows"][0]["values"]["amount"] == 100_000_000
    assert mine.get("registers/contract/rows", q="C2").json()["total"] == 0
    assert mine.get("registers/contract/rows", status="in_guarantee").json()["total"] == 1
    assert mine.get("registers/contract/rows", status="settled").json()["total"] == 0
    parties = mine.get("registers/party/rows").content.decode()
    assert ZHANG not in parties
    assert "13800000001" not in parties
    assert "*** 0001" in parties
    problem(mine.get("registers/contract/row", key="C2"), 404, "not-found")
    problem(mine.get("registers/cash_close/rows"), 404, "not-found")
    assert mine.get("registers/contract/row", key="C1").json()["values"]["account_manager"] == "甲"


def test_a_row_is_entered_corrected_and_voided_and_the_duty_follows(come) -> None:
    run_day(DAY, by=BY, at=NOW)
    mine = come("甲")
    answer = mine.post("registers/inspection/rows", {"values": INSPECTION})
    assert answer.status_code == 201, answer.content.decode()
    row = answer.json()
    assert row["values"]["client"] == seals().mark(ZHANG)
    assert Duty.objects.get(rule="fund-use-check", object="C1").state == "on_time"
    said = {
        "key": row["key"],
        "values": {"client": row["values"]["client"], "urgent": True},
        "reason": "核对",
    }
    corrected = mine.post("registers/inspection/row/correct", said)
    assert (corrected.status_code, corrected.json()["values"]["urgent"]) == (200, True)
    problem(mine.post("registers/inspection/row/correct", said), 409, "unchanged")
    said = {"key": row["key"], "reason": "登记错了"}
    assert mine.post("registers/inspection/row/void", said).json()["voided"]
    problem(mine.post("registers/inspection/row/void", said), 404, "not-found")
    assert Event.objects.get(act="void").origin.startswith("api …")
    assert list(verify()) == []


def test_a_contract_is_taken_a_step_on_by_program(come) -> None:
    run_day(DAY, by=BY, at=NOW)
    mine, head = come("甲"), come("乙")
    told = mine.get("contracts/steps", key="C1").json()
    assert (told["status"], {one["id"]: one["yours"] for one in told["steps"]}) == (
        "in_guarantee", {"extend": False, "compensate": False, "settle": True},
    )  # fmt: skip
    (settle,) = [one for one in told["steps"] if one["id"] == "settle"]
    assert (settle["title"], settle["asks"], settle["reason"]) == ("结清或解保", ["settled_day"], False)
    assert {one["id"] for one in head.get("contracts/steps", key="C1").json()["steps"] if one["yours"]} == {
        "extend", "compensate", "settle",
    }  # fmt: skip

    said = {"key": "C1", "step": "settle", "values": {"settled_day": (DAY + timedelta(1)).isoformat()}}
    assert problem(mine.post("contracts/steps", said), 422, "invalid")["fields"][0]["field"] == "settled_day"
    problem(mine.post("contracts/steps", {**said, "step": "nothing"}), 422, "invalid")
    problem(mine.post("contracts/steps", {**said, "values": {"amount": 1}}), 422, "invalid")
    problem(mine.post("contracts/steps", {**said, "key": "C2"}), 404, "not-found")
    problem(mine.post("contracts/steps", {**said, "step": "disburse", "values": {}}), 409, "step-not-now")
    problem(mine.post("contracts/steps", {**said, "step": "extend", "values": {}}), 403, "forbidden")
    assert standing(homes()["contract"]).get(key="C1").status == "in_guarantee"

    longer = {"key": "C1", "step": "extend", "values": {"maturity_day": "2028-02-10"}}
    problem(head.post("contracts/steps", {**longer, "plan": "last"}), 409, "plan-none-to-come")
    problem(head.post("contracts/steps", {**longer, "plan": "somehow"}), 422, "invalid")

    paid = {"value_day": DAY.isoformat(), "principal": 1_000_000_00, "interest": 1_00}
    answer = head.post(
        "contracts/steps",
        {"key": "C1", "step": "compensate", "values": paid, "reason": "银行来函"},
        key="compensate-1",
    )
    assert (answer.status_code, answer.json()["values"]["status"]) == (200, "compensated"), (
        answer.content.decode()
    )
    assert standing(homes()["compensation"]).get(contract="C1").principal == 1_000_000_00
    assert Duty.objects.filter(rule="recovery-notice", contract="C1", withdrawn_on=None).exists(), (
        "work follows at once"
    )
    again = head.post(
        "contracts/steps",
        {"key": "C1", "step": "compensate", "values": paid, "reason": "银行来函"},
        key="compensate-1",
    )
    assert again.json() == answer.json(), "the same key, the same answer"
    problem(
        head.post("contracts/steps", {"key": "C1", "step": "compensate", "values": paid}), 409, "step-not-now"
    )
    assert (
        "转为已代偿：银行来函" in Event.objects.filter(act="correct", kind="contract").latest("number").reason
    )
    assert list(verify()) == []


def test_what_was_hidden_is_not_lost_when_it_is_sent_back_as_it_was_told(come) -> None:
    mine = come("甲")
    row = next(
        one for one in mine.get("registers/party/rows").json()["rows"] if one["values"]["title"] == "张三"
    )
    said = {"key": row["key"], "values": {**row["values"], "title": "张三丰"}, "reason": "改名"}
    answer = mine.post("registers/party/row/correct", said)
    assert answer.status_code == 200, answer.content.decode()
    held = standing(homes()["party"]).get(key=row["key"])
    assert (held.title, seals().opened(held.mobile)) == ("张三丰", "13800000001")


@pytest.mark.parametrize(
    ("said", "field"),
    [({"contract": "C9"}, "contract"), ({"inspected_day": "昨天"}, "inspected_day"), ({"inspected_day": "2026-11-24"}, "inspected_day"), ({"nothing": 1}, "nothing"), ({"visit_no": None}, "visit_no")],
)  # fmt: skip
def test_what_a_file_would_be_refused_for_is_told_by_its_column(come, said, field) -> None:
    answer = come("甲").post("registers/inspection/rows", {"values": {**INSPECTION, **said}})
    assert field in [one["field"] for one in problem(answer, 422, "invalid")["fields"]]
    assert (standing(homes()["inspection"]).count(), Answer.objects.count()) == (0, 0)


def test_nobody_writes_what_he_would_not_see(come) -> None:
    other = come("丙")
    answer = other.post("registers/inspection/rows", {"values": {**INSPECTION, "inspected_by": "丙"}})
    problem(answer, 422, "outside")
    problem(other.post("registers/contract/row/void", {"key": "C1", "reason": "试"}), 404, "not-found")
    assert standing(homes()["inspection"]).count() == 0
    assert Answer.objects.count() == 0


# ------------------------------------------------------------------ once


def test_the_same_request_again_is_given_the_same_answer_and_does_nothing(come) -> None:
    mine = come("甲")
    first = mine.post("registers/inspection/rows", {"values": INSPECTION}, "key-00000001")
    events = Event.objects.count()
    again = mine.post("registers/inspection/rows", {"values": INSPECTION}, "key-00000001")
    assert (again.status_code, again.content) == (201, first.content)
    assert again.headers["Idempotency-Replayed"] == "true"
    other = mine.post(
        "registers/inspection/rows", {"values": {**INSPECTION, "visit_no": "ZF2"}}, "key-00000001"
    )
    problem(other, 409, "key-used")
    assert Event.objects.count() == events
    assert come("乙").post(
        "registers/inspection/row/void", {"key": first.json()["key"], "reason": "别人的键"}, "key-00000001"
    ).status_code in {200, 403}


def test_a_refused_request_keeps_no_answer_and_may_be_sent_again_with_its_key(come) -> None:
    mine = come("甲")
    problem(mine.post("registers/inspection/rows", {"values": {}}, "key-00000002"), 422, "invalid")
    assert mine.post("registers/inspection/rows", {"values": INSPECTION}, "key-00000002").status_code == 201


def test_a_write_without_a_key_is_refused(come) -> None:
    answer = come("甲").ask("post", "registers/inspection/rows", {"values": INSPECTION})
    assert "header.Idempotency-Key" in [one["field"] for one in problem(answer, 422, "invalid")["fields"]]


def test_of_two_at_once_the_later_gets_the_answer_of_the_first(come, monkeypatch) -> None:
    """The later one has looked for an answer before the first one kept it."""
    mine = come("甲")
    first = mine.post("registers/inspection/rows", {"values": INSPECTION}, "key-00000003")
    real, asked = api_acts.Once._known, []  # noqa: SLF001 - the moment between looking and keeping is inside

    def late(once):
        asked.append(1)
        return None if len(asked) == 1 else real(once)

    monkeypatch.setattr(api_acts.Once, "_known", late)
    second = mine.post("registers/inspection/rows", {"values": INSPECTION}, "key-00000003")
    assert (second.status_code, second.content) == (201, first.content)
    assert standing(homes()["inspection"]).count() == 1


def test_answers_are_forgotten_after_thirty_days(come) -> None:
    mine = come("甲")
    mine.post("registers/inspection/rows", {"values": INSPECTION}, "key-00000004")
    now = timezone.now()
    assert api_acts.purge(by=BY, at=now) == 0
    assert api_acts.purge(by=BY, at=now + timedelta(31)) == 1
    assert Event.objects.get(act="purge-answers").after == {"answers": 1}


# ------------------------------------------------------------------ import, day, duties


def hand_in(program, text, key=None):
    return program.post("imports", {"file": SimpleUploadedFile("检查.csv", text.encode())}, key)


def test_a_file_is_handed_in_looked_through_taken_and_taken_back(come) -> None:
    risk = come("丁")
    answer = hand_in(risk, MIXED, "key-00000005")
    assert answer.status_code == 202, answer.content.decode()
    assert hand_in(risk, MIXED, "key-00000005").content == answer.content
    at = f"imports/{answer.json()['id']}"
    assert risk.get("imports").json()["total"] == 1
    state = risk.get(at).json()
    assert (state["state"], state["errors"]) == ("checked", 1)
    assert state["tables"]["inspection"] == {
        "read": 2,
        "left_out": 1,
        "new": 1,
        "changed": 0,
        "same": 0,
        "kept": 0,
    }
    (fault,) = risk.get(f"{at}/faults").json()["faults"]
    assert "C9" in fault["reason"]
    assert risk.post(f"{at}/take").status_code == 202
    assert risk.get(at).json()["state"] == "taken"
    problem(risk.post(f"{at}/take"), 409, "not-checked")
    problem(risk.post(f"{at}/discard"), 409, "not-to-discard")
    assert standing(homes()["inspection"]).count() == 1
    assert risk.post(f"{at}/take-back", {"reason": "传错了"}).json()["withdrawn"]
    assert standing(homes()["inspection"]).count() == 0
    problem(come("甲").get(at), 403, "forbidden")


def test_what_was_changed_here_stays_unless_a_program_says_otherwise_and_why(come) -> None:
    risk, text = come("丁"), SHEETS["合同"].replace("J3,丙", "J3,乙")
    correct(
        "contract",
        "C1",
        {"risk_class": 5},
        by=Actor("辛"),
        at=NOW,
        day=DAY,
        reason="四人签过",
        decision=("risk_class",),
    )

    def handed(key: str) -> str:
        answer = risk.post("imports", {"file": SimpleUploadedFile("合同.csv", text.encode())}, key)
        return f"imports/{answer.json()['id']}"

    at = handed("key-00000031")
    assert risk.get(at).json()["tables"]["contract"] == {"read": 2, "left_out": 0, "new": 0, "changed": 1, "same": 0, "kept": 1}  # fmt: skip
    stays, moved = risk.get(f"{at}/changes").json()["changes"]
    assert (stays["key"], stays["how"], stays["columns"], stays["written_by"], stays["written_act"]) == ("C1", "kept", {"risk_class": [5, 1]}, "辛", "correct")  # fmt: skip
    assert (moved["key"], moved["how"], moved["columns"]) == (
        "C2",
        "changed",
        {"account_manager": ["丙", "乙"]},
    )
    problem(risk.post(f"{at}/take", {"overwrite_all": True}), 422, "over-reason")
    problem(risk.post(f"{at}/take", {"overwrite": [{"table": "contract", "key": "C2"}], "reason": "核过"}), 422, "over-not-found")  # fmt: skip
    assert risk.post(f"{at}/take").status_code == 202
    contracts = standing(homes()["contract"])
    assert (contracts.get(key="C1").risk_class, contracts.get(key="C2").account_manager) == (5, "乙")
    again = handed("key-00000032")
    over = {"overwrite": [{"table": "contract", "key": "C1"}], "reason": "与银行核对过"}
    assert risk.post(f"{again}/take", over).status_code == 202
    assert contracts.get(key="C1").risk_class == 1
    assert Event.objects.filter(act="import").last().reason == "与银行核对过"


def test_a_file_is_taken_not_at_all(come) -> None:
    risk = come("丁")
    at = f"imports/{hand_in(risk, GOOD).json()['id']}"
    assert risk.post(f"{at}/discard").json()["state"] == "discarded"
    answer = risk.post("imports", {"file": SimpleUploadedFile("台账.exe", b"MZ")})
    problem(answer, 422, "not-a-book")


def test_a_day_is_run_once_for_a_key_and_not_ahead_nor_back(come) -> None:
    risk = come("丁")
    first = risk.post("days", {}, "key-00000006")
    assert (first.status_code, first.json()["day"]) == (201, "2026-11-23")
    assert risk.post("days", {}, "key-00000006").content == first.content
    assert DayRun.objects.count() == 1
    problem(risk.post("days", {"day": "2026-11-24"}), 422, "day-ahead")
    problem(risk.post("days", {"day": "2026-11-20"}), 409, "day-passed")
    assert risk.get("days").json()["total"] == 1
    assert risk.get(f"days/{first.json()['id']}").json()["new"] == first.json()["new"]
    problem(come("甲").get("days"), 403, "forbidden")


def by_act() -> tuple[Duty, str]:
    """A duty that waits to be completed, and whose it is."""
    persons = DutyPerson.objects.filter(employee__in="甲乙丙丁戊己辛").select_related("duty").order_by("pk")
    return next((one.duty, one.employee) for one in persons if closable(one.duty, rules()[one.duty.rule]))


def test_duties_are_listed_explained_and_completed_by_whose_they_are(come) -> None:
    run_day(DAY, by=BY, at=NOW)
    mine, head, other = come("甲"), come("乙"), come("丙")
    listed = mine.get("duties", mine="true").json()
    assert listed["total"] == len(listed["duties"]) > 0
    assert {one["contract"] for one in listed["duties"]} <= {"C1", None}
    late = mine.get("duties", rule="fund-use-check", state="overdue").json()["duties"]
    assert [(one["object"], one["due"], one["by_completion"]) for one in late] == [
        ("C1", "2026-11-20", False)
    ]
    at = f"duties/{late[0]['id']}"
    assert "2026-11-20" in mine.get(f"{at}/why").json()["text"]
    said = {"completion_day": "2026-11-23", "evidence": "检查表 1"}
    problem(mine.post(f"{at}/completion", said), 409, "not-closable")
    problem(head.post(f"{at}/completion", said), 403, "not-yours")
    problem(other.get(at), 404, "not-found")
    problem(mine.get("duties", state="asleep"), 422, "invalid")


def test_a_duty_tells_what_moved_it_and_a_withdrawn_one_is_not_late(come) -> None:
    run_day(DAY, by=BY, at=NOW)
    mine = come("甲")
    duty = mine.get("duties", rule="fund-use-check").json()["duties"][0]
    assert duty["days_late"] == 3
    for said in (
        {"disbursed_day": DAY - timedelta(3)},
        {"disbursed_day": None, "status": "awaiting_disbursement"},
    ):
        correct("contract", "C1", said, by=Actor("丁", "test"), at=NOW, day=DAY, reason="记错", decision=said)
        follow(DAY, by=Actor("丁", "test"), at=NOW)
    one = mine.get(f"duties/{duty['id']}").json()
    assert (one["withdrawn_on"], one["days_late"]) == ("2026-11-23", None)
    moved = [change for change in one["changes"] if change["what"] != "reported"]
    assert [(change["what"], change["before"], change["after"], change["by"]) for change in moved] == [
        ("due", "2026-11-20", "2026-11-30", "丁"), ("state", "overdue", "open", "丁"), ("state", "open", "withdrawn", "丁"),
    ]  # fmt: skip
    assert {change["day"] for change in moved} == {"2026-11-23"}
    listed = mine.get("duties", rule="fund-use-check", withdrawn="true").json()["duties"]
    assert [other["changes"] for other in listed if other["id"] == duty["id"]] == [one["changes"]]


def test_no_more_questions_for_duties_that_moved_often(come) -> None:
    run = run_day(DAY, by=BY, at=NOW)
    mine = come("甲")

    def asked() -> int:
        with CaptureQueriesContext(connection) as found:
            assert mine.get("duties").status_code == 200
        return len(found)

    asked()
    few = asked()
    for duty in Duty.objects.filter(contract="C1"):
        DutyChange.objects.create(duty=duty, day=DAY, run=run, event=run.event, what="due", before="", after="2026-12-01")  # fmt: skip
    assert asked() == few


def test_a_duty_closed_by_completion_is_completed_once(come) -> None:
    run_day(DAY, by=BY, at=NOW)
    duty, who = by_act()
    mine = come(who)
    at = f"duties/{duty.pk}/completion"
    problem(mine.post(at, {"completion_day": "2026-11-24", "evidence": "一"}), 422, "day-ahead")
    done = mine.post(at, {"completion_day": "2026-11-23", "evidence": "检查表 1"})
    assert done.status_code == 201, done.content.decode()
    duty.refresh_from_db()
    assert duty.state in {"on_time", "late"}
    problem(mine.post(at, {"completion_day": "2026-11-23", "evidence": "检查表 1"}), 409, "not-closable")


def test_what_signers_must_see_is_put_before_them_and_signed_there(come, monkeypatch) -> None:
    run_day(DAY, by=BY, at=NOW)
    duty, who = by_act()
    signed = {**rules(), duty.rule: replace(rules()[duty.rule], chain=(("risk_manager",),))}
    for room in ("api.duties", "duties.signing"):
        monkeypatch.setattr(f"daihou.{room}.rules", lambda: signed)
    mine = come(who)
    said = {"completion_day": "2026-11-23", "evidence": "检查表 1"}
    done = mine.post(f"duties/{duty.pk}/completion", said)
    assert done.status_code == 201, done.content.decode()
    at = f"matters/{done.json()['matter']}"
    told = mine.get(at).json()
    assert (told["state"], told["my_step"], [one["post"] for one in told["steps"]]) == (
        "under_way",
        None,
        ["risk_manager"],
    )
    assert [one["id"] for one in mine.get("matters", of="sent").json()["matters"]] == [told["id"]]
    agree = {"decision": "agree", "digest": told["digest"], "opinion": "同意"}
    problem(mine.post(f"{at}/decision", agree), 403, "own-work")
    signer = come(signers_of(Matter.objects.get(pk=told["id"]), DAY)[0])
    assert [one["my_step"] for one in signer.get("matters").json()["matters"]] == [told["steps"][0]["id"]]
    problem(signer.post(f"{at}/decision", {**agree, "digest": "0" * 64}), 409, "content-changed")
    problem(
        signer.post(f"{at}/decision", {**agree, "decision": "refuse", "opinion": ""}), 422, "opinion-missing"
    )
    problem(signer.post(f"{at}/decision", {**agree, "decision": "perhaps"}), 422, "invalid")
    answer = signer.post(f"{at}/decision", agree)
    assert (answer.status_code, answer.json()["state"]) == (200, "approved"), answer.content.decode()
    problem(signer.post(f"{at}/decision", agree), 409, "not-under-way")
    problem(mine.post(f"{at}/withdrawal", {}), 409, "not-under-way")


def test_what_was_put_forward_is_taken_back_before_anybody_signed(come, monkeypatch) -> None:
    matter = open_matter(
        kind="trial", subject="一", title={"zh": "一", "en": "one"}, content={"结论": "正常"}, chain=("risk_manager",),
        by=Actor("甲"), at=NOW,
    )  # fmt: skip
    problem(come("乙").post(f"matters/{matter.pk}/withdrawal", {}), 404, "not-found")
    answer = come("甲").post(f"matters/{matter.pk}/withdrawal", {"reason": "写错了"})
    assert (answer.status_code, answer.json()["state"]) == (200, "withdrawn"), answer.content.decode()


# ------------------------------------------------------------------ one scheme, one description


@pytest.mark.parametrize(
    ("method", "at", "said", "status", "code"),
    [
        ("get", "no/such/place", None, 404, "not-found"),
        ("get", "", None, 404, "not-found"),
        ("get", "duties/0", None, 422, "invalid"),
        ("get", "duties/x", None, 422, "invalid"),
        ("get", "duties/99999999", None, 404, "not-found"),
        ("post", "me", {}, 405, "no-such-method"),
        ("post", "openapi.json", {}, 405, "no-such-method"),
        ("post", "registers/inspection/rows", "{", 400, "malformed"),
        ("post", "registers/inspection/rows", '{"values": {"visit_no": "\\u0000"}}', 400, "malformed"),
        ("post", "registers/inspection/rows", '{"values": {"visit_no": "\\ud800"}}', 400, "malformed"),
        ("post", "registers/inspection/rows", "[]", 422, "invalid"),
        ("get", "registers/contract/rows?q=%00", None, 400, "malformed"),
        ("post", "registers/inspection/rows", '{"values": {}, "also": "' + "x" * 1_100_000 + '"}', 413, "too-large"),
    ],
    ids=str,
)  # fmt: skip
def test_every_error_is_of_the_scheme(come, method, at, said, status, code) -> None:
    mine = come("甲")
    problem(mine.get(at) if method == "get" else mine.post(at, said), status, code)


def test_a_fault_of_ours_is_logged_and_tells_nothing(come, monkeypatch, caplog) -> None:
    def torn(*_args, **_said):
        raise RuntimeError("secret of the machine")

    mine = come("甲")
    monkeypatch.setattr("daihou.api.registers.listing", torn)
    answer = mine.get("registers/contract/rows")
    assert "secret" not in json.dumps(problem(answer, 500, "failed"))
    assert "secret of the machine" in caplog.text


def test_an_english_account_is_told_in_english_codes_the_same(come) -> None:
    mine = come("甲")
    Account.objects.filter(login="甲").update(lang="en")
    problem(mine.get("registers/contract/row", key="C2"), 404, "not-found")
    assert mine.get("registers").json()["registers"][0]["word"].isascii()


def test_every_operation_says_what_it_does_its_scope_and_its_errors(db) -> None:
    scopes, names = {scope.value for scope in ApiScope}, set()
    for at, operations in api.get_openapi_schema()["paths"].items():
        for method, operation in operations.items():
            where = f"{method} {at}"
            names.add(operation["operationId"])
            assert len(operation["description"]) > 10, where
            assert operation["x-scope"] in scopes, where
            assert operation["security"] == [{"Token": []}], where
            errors = {status: one for status, one in operation["responses"].items() if int(status) >= 400}
            assert {401, 403, 404, 422, 429, 500} <= {int(status) for status in errors}, where
            for said in errors.values():
                assert said["content"]["application/problem+json"]["schema"]["$ref"].endswith("/Problem"), (
                    where
                )
            if method == "post" and operation.get("x-writes", True):
                assert 409 in {int(status) for status in errors}, where
                keys = [one for one in operation["parameters"] if one["name"] == "Idempotency-Key"]
                assert [one["required"] for one in keys] == [True], where
    assert len(names) == sum(len(one) for one in api.get_openapi_schema()["paths"].values())


def test_the_description_is_served_to_who_has_a_token(come) -> None:
    served = come("甲", "read:duties").get("openapi.json")
    assert served.status_code == 200
    assert served.json()["openapi"].startswith("3.")
    assert "/api/v1/duties" in served.json()["paths"]


def test_what_a_decision_changes_is_refused_to_a_program_as_on_screen(come) -> None:
    manager, risk, auditor = come("甲"), come("丁"), come("己")
    said = {"key": "C1", "values": {"risk_class": 4}, "reason": "录错"}
    told = problem(manager.post("registers/contract/row/correct", said), 409, "decided-elsewhere")
    assert "签批人签了才改" in told["title"]
    problem(auditor.post("registers/contract/row/correct", said), 403, "forbidden")
    other = {**said, "values": {"term_months": 5}}
    problem(risk.post("registers/contract/row/correct", other), 403, "forbidden")
    problem(risk.post("registers/contract/row/correct", {**other, "values": {}}), 409, "unchanged")
    problem(auditor.post("registers/contract/row/correct", {**other, "values": {}}), 403, "forbidden")
    answer = risk.post("registers/contract/row/correct", said)
    assert (answer.status_code, answer.json()["values"]["risk_class"]) == (200, 4)
