"""Matters put before others: who may do what in which state, nobody signs his own work, what was signed stays what it was."""

from datetime import date, timedelta
from types import SimpleNamespace

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from staging import staged
from tests_cast import (
    BY,
    DAY,
    NOW,
    PASSWORD,
    SHEETS,
    browser_of,
    on_its_day,
    reading_of,
    taken_in,
    write_sheets,
)

from daihou.dayend.acts import follow
from daihou.duties import signing
from daihou.duties.models import Duty, DutyPerson
from daihou.duties.signing import ask_to_postpone
from daihou.ledger.acts import correct, enter, take_in
from daihou.messaging.models import Notice
from daihou.people.reads import viewer_of
from daihou.registers.held import forget
from daihou.registers.kept import homes, standing
from daihou.signoff import acts
from daihou.signoff.acts import SigningRefusedError, digest_of
from daihou.signoff.chains import ChainsError, Rung, chains, read_chains
from daihou.signoff.models import Delegation, Matter, Step
from daihou.signoff.reads import other_posts, seen, signers_of, waiting_for, waiting_on
from daihou.trail.acts import Actor
from daihou.trail.models import Event
from daihou.trail.reads import verify

# beside the cast: 壬 heads the western branch's business, 癸 is a second account manager at the eastern branch,
# 子 is financial director, 丑 a second risk manager
MORE = {
    "员工": SHEETS["员工"] + "壬,壬某,J3,\n癸,癸某,J2,\n子,子某,J1,\n丑,丑某,J1,\n",
    "任职": SHEETS["任职"]
    + "壬,业务部经理,J3,2025-01-01\n癸,客户经理,J2,2025-01-01\n子,财务总监,J1,2025-01-01\n丑,风控部经理,J1,2025-01-01\n",
}
CHAIN = ("business_manager", "risk_manager", "general_manager")
CONTENT = {"检查": "库存相符", "金额": 1000}


@staged
def firm(tmp_path):
    """The company with several holders of a post."""
    reading = reading_of(write_sheets(tmp_path / "book", **MORE))
    return take_in(reading.book, by=BY, at=NOW, day=DAY, file="book", digest="d1", read=0, left_out=0)


def actor(who: str) -> Actor:
    return Actor(who, "test")


def opened(by: str = "甲", chain=CHAIN, **said) -> Matter:
    said = {
        "kind": "trial",
        "subject": "C1",
        "title": {"zh": "检查表", "en": "Check"},
        "content": CONTENT,
        "branch": "J2",
        **said,
    }
    return acts.open_matter(chain=chain, by=actor(by), at=NOW, **said)


def did(act: str, matter: Matter, by: str, *args, at=NOW, **said) -> str:
    """What became of an act: the state of the matter, or why it was refused."""
    if act in {"refuse", "send_back", "refer_up"}:
        said.setdefault("opinion", "请看")
    if act in {"hand_on", "add_signer"}:
        said.setdefault("reason", "出差")
    try:
        getattr(acts, act)(matter, *args, by=actor(by), at=at, **said)
    except SigningRefusedError as refused:
        return refused.code
    matter.refresh_from_db()
    return matter.state


def waits(who: str, day: date = DAY) -> list[int]:
    """The matters that wait for somebody; the count of everybody's at once says the same."""
    found = sorted(waiting_for(who, day).values_list("matter_id", flat=True))
    assert waiting_on(day).get(who, 0) == len(set(found))
    return found


# ------------------------------------------------------------------ the chain


@pytest.mark.covers("P01-12")
def test_a_matter_goes_from_post_to_post_and_is_approved_by_the_last(firm) -> None:
    matter = opened()
    assert (matter.state, matter.digest) == ("under_way", digest_of(CONTENT))
    assert [signers_of(matter, DAY), waits("乙"), waits("丁"), waits("辛")] == [["乙"], [matter.pk], [], []]
    assert did("sign", matter, "乙", opinion="同意") == "under_way"
    assert signers_of(matter, DAY) == ["丁", "丑"]
    assert did("sign", matter, "丑") == "under_way"
    assert did("sign", matter, "辛") == "approved"
    assert (matter.decided_at, matter.stage, waits("辛")) == (NOW, None, [])
    rows = standing(homes()["signing_step"]).order_by("step")
    assert list(rows.values_list("document", "step", "post", "signed_by", "decision", "opinion")) == [
        (matter.number, 1, "business_manager", "乙", "agreed", "同意"),
        (matter.number, 2, "risk_manager", "丑", "agreed", None),
        (matter.number, 3, "general_manager", "辛", "agreed", None),
    ]
    assert list(Event.objects.filter(kind=acts.KIND).order_by("number").values_list("act", "by")) == [
        ("open-matter", "甲"), ("sign", "乙"), ("sign", "丑"), ("sign", "辛"),
    ]  # fmt: skip
    assert list(verify()) == []


WHO_MAY = [
    # act, where the matter stands, who, what becomes of it
    ("sign", "first", "乙", "under_way"),
    ("sign", "first", "丁", "not-yours"),  # his turn comes later
    ("sign", "first", "壬", "not-yours"),  # the same post at another branch
    ("sign", "first", "甲", "own-work"),
    ("sign", "first", "庚", "not-yours"),  # has left
    ("sign", "second", "乙", "not-yours"),  # has signed already
    ("sign", "last", "辛", "approved"),
    ("sign", "approved", "辛", "not-under-way"),
    ("sign", "returned", "乙", "not-under-way"),
    ("refuse", "second", "丁", "refused"),
    ("refuse", "second", "戊", "not-yours"),
    ("refuse", "refused", "丁", "not-under-way"),
    ("send_back", "second", "丑", "returned"),
    ("send_back", "second", "甲", "own-work"),
    ("refer_up", "first", "乙", "under_way"),
    ("refer_up", "first", "己", "not-yours"),
    ("withdraw", "first", "甲", "withdrawn"),
    ("withdraw", "first", "乙", "not-yours"),
    ("withdraw", "second", "甲", "signed-already"),
    ("withdraw", "returned", "甲", "withdrawn"),
    ("withdraw", "approved", "甲", "not-under-way"),
    ("withdraw", "withdrawn", "甲", "not-under-way"),
    ("urge", "first", "甲", "under_way"),
    ("urge", "first", "乙", "not-yours"),
    ("urge", "returned", "甲", "not-under-way"),
]


@pytest.mark.parametrize(("act", "where", "who", "becomes"), WHO_MAY)
def test_who_may_do_what_where(firm, act, where, who, becomes) -> None:
    matter = opened()
    roads = {
        "first": [], "second": [("sign", "乙")], "last": [("sign", "乙"), ("sign", "丁")],
        "approved": [("sign", "乙"), ("sign", "丁"), ("sign", "辛")], "returned": [("send_back", "乙")],
        "refused": [("refuse", "乙")], "withdrawn": [("withdraw", "甲")],
    }  # fmt: skip
    for one, by in roads[where]:
        did(one, matter, by)
    events = Event.objects.count()
    assert did(act, matter, who) == becomes
    written = becomes in {"under_way", "returned", "approved", "refused", "withdrawn"}
    assert (Event.objects.count() > events) == written  # what is refused leaves nothing


@pytest.mark.parametrize("act", ["refuse", "send_back", "refer_up"])
def test_a_no_wants_its_reason(firm, act) -> None:
    assert did(act, opened(), "乙", opinion=" ") == "opinion-missing"


def test_an_opinion_is_asked_for_where_the_chain_asks(firm) -> None:
    matter = opened(chain=[Rung(("business_manager",), opinion=True)])
    assert did("sign", matter, "乙") == "opinion-missing"
    assert did("sign", matter, "乙", opinion="已核对") == "approved"


# ------------------------------------------------------------------ own work


@pytest.mark.parametrize(
    ("opener", "post", "signs"),
    [
        ("甲", "business_manager", ["乙"]),
        ("乙", "business_manager", ["壬"]),  # as if his post were empty here: its holders elsewhere
        ("丁", "risk_manager", ["丑"]),  # the other of the pool
        ("子", "financial_director", ["辛"]),  # nobody else holds it: the head above
        (
            "甲",
            "risk_officer",
            ["丁", "丑"],
        ),  # an empty post: the head above the head, for that one is empty too
    ],
)
def test_nobody_signs_his_own_work(firm, opener, post, signs) -> None:
    matter = opened(opener, chain=[post])
    assert signers_of(matter, DAY) == signs
    assert did("sign", matter, opener) == "own-work"
    assert waits(opener) == []


def test_nobody_signs_his_own_work_by_delegation_nor_as_one_of_its_makers(firm) -> None:
    acts.delegate("甲", since=DAY, until=DAY, reason="开会", by=actor("乙"), at=NOW)
    matter = opened("甲", makers=["癸"], chain=["business_manager"])
    assert (did("sign", matter, "甲"), waits("甲")) == ("own-work", [])
    acts.delegate("癸", since=DAY, until=DAY, reason="开会", by=actor("乙"), at=NOW)
    assert (did("sign", matter, "癸"), signers_of(matter, DAY)) == ("own-work", ["乙"])
    assert did("hand_on", matter, "乙", "癸") == "own-work"
    assert did("add_signer", matter, "乙", "甲") == "own-work"


def test_where_nobody_can_sign_the_matter_is_not_opened(firm) -> None:
    with pytest.raises(SigningRefusedError, match="nobody-to-sign"):
        opened("辛", chain=["general_manager"])
    assert not Matter.objects.exists()


# ------------------------------------------------------------------ delegation


@pytest.mark.parametrize(
    ("said", "kind", "amount", "day", "becomes"),
    [
        ({}, "trial", None, DAY, "approved"),
        ({}, "trial", None, DAY + timedelta(3), "not-yours"),  # it is over
        ({"kinds": ["trial"]}, "trial", None, DAY, "approved"),
        ({"kinds": ["figure"]}, "trial", None, DAY, "not-yours"),
        ({"amount_limit": 100_00}, "trial", 100_00, DAY, "approved"),
        ({"amount_limit": 100_00}, "trial", 100_01, DAY, "not-yours"),
        ({"since": DAY + timedelta(1)}, "trial", None, DAY, "not-yours"),
    ],
)
def test_a_delegation_holds_within_its_days_kinds_and_amount(firm, said, kind, amount, day, becomes) -> None:
    acts.delegate(
        "戊", **{"since": DAY, "until": DAY + timedelta(2), "reason": "出差", **said}, by=actor("乙"), at=NOW
    )
    matter = opened(kind=kind, amount=amount, chain=["business_manager"])
    at = NOW + (day - DAY)
    assert waits("戊", day) == ([matter.pk] if becomes == "approved" else [])
    assert did("sign", matter, "戊", at=at) == becomes
    if becomes == "approved":
        step = Step.objects.get(matter=matter)
        assert (step.signed_by, step.for_whom) == ("戊", "乙")


@pytest.mark.covers("P09-02")
def test_while_the_general_manager_is_away_his_deputy_signs_in_his_place_and_on_record(firm) -> None:
    held = {
        "employee": "癸",
        "post": "deputy_general_manager",
        "branch": "J1",
        "since": DAY,
        "key": f"癸/deputy_general_manager/J1/{DAY}",
    }
    enter("assignment", held, by=BY, at=NOW, day=DAY)
    matter = opened(chain=["general_manager"])
    assert did("sign", matter, "癸") == "not-yours"
    acts.delegate("癸", since=DAY, until=DAY + timedelta(2), reason="外出", by=actor("辛"), at=NOW)
    given = Event.objects.get(act="delegate")
    assert (given.by, given.after["to"], given.after["until"]) == ("辛", "癸", str(DAY + timedelta(2)))
    assert did("sign", matter, "癸") == "approved"
    row = standing(homes()["signing_step"]).get(document=matter.number)
    step = Step.objects.get(matter=matter)
    assert (row.post, row.signed_by, step.signed_by, step.for_whom) == ("general_manager", "癸", "癸", "辛")


def test_a_delegation_is_ended_by_who_gave_it_and_not_handed_further(firm) -> None:
    given = acts.delegate("戊", since=DAY, until=DAY, reason="出差", by=actor("乙"), at=NOW)
    acts.delegate("己", since=DAY, until=DAY, reason="再转", by=actor("戊"), at=NOW)
    matter = opened()
    assert did("sign", matter, "己") == "not-yours"
    with pytest.raises(SigningRefusedError, match="not-yours"):
        acts.end_delegation(given, by=actor("戊"), at=NOW)
    acts.end_delegation(given, by=actor("乙"), at=NOW)
    assert did("sign", matter, "戊") == "not-yours"


# ------------------------------------------------------------------ versions and what was signed


def test_what_was_sent_back_comes_again_as_a_new_version_and_the_old_decisions_stay(firm) -> None:
    matter = opened()
    did("sign", matter, "乙", opinion="可以")
    assert did("send_back", matter, "丁", opinion="缺抵押物照片") == "returned"
    assert did("resubmit", matter, "乙", {"检查": "补了照片"}) == "not-yours"
    assert did("resubmit", matter, "甲", CONTENT) == "nothing-new"
    assert did("resubmit", matter, "甲", {"检查": "补了照片"}, remark="照片补齐") == "under_way"
    assert (matter.version, matter.digest) == (2, digest_of({"检查": "补了照片"}))
    old = Step.objects.filter(matter=matter, version=1).exclude(decision="")
    assert [(one.signed_by, one.decision, one.digest) for one in old] == [
        ("乙", "agreed", digest_of(CONTENT)), ("丁", "returned", digest_of(CONTENT)),
    ]  # fmt: skip
    assert [one.content for one in matter.versions.all()] == [CONTENT, {"检查": "补了照片"}]
    assert signers_of(matter, DAY) == ["乙"]  # all sign anew


def test_what_one_saw_is_what_one_signs(firm) -> None:
    matter = opened()
    seen_digest = matter.digest
    did("send_back", matter, "乙")
    did("resubmit", matter, "甲", {"检查": "另一种"})
    assert did("sign", matter, "乙", digest=seen_digest) == "content-changed"
    assert did("sign", matter, "乙", digest=matter.digest) == "under_way"


def test_one_matter_of_a_subject_at_a_time(firm) -> None:
    matter = opened()
    with pytest.raises(SigningRefusedError, match="under-way-already"):
        opened()
    did("withdraw", matter, "甲")
    assert opened().state == "under_way"


# ------------------------------------------------------------------ others in the chain


def test_a_step_is_handed_on_by_name(firm) -> None:
    matter = opened()
    assert did("hand_on", matter, "乙", "庚") == "nobody-such"
    assert did("hand_on", matter, "乙", "乙") == "yourself"
    assert did("hand_on", matter, "乙", "壬", reason="") == "reason-missing"
    assert did("hand_on", matter, "乙", "壬") == "under_way"
    assert (signers_of(matter, DAY), waits("乙")) == (["壬"], [])
    assert did("sign", matter, "乙") == "not-yours"
    assert did("sign", matter, "壬") == "under_way"


@pytest.mark.parametrize(
    ("place", "now", "then"),
    [("before", ["己"], ["乙"]), ("together", ["乙", "己"], ["乙"]), ("after", ["乙"], ["己"])],
)
def test_a_signer_is_added_before_beside_or_after(firm, place, now, then) -> None:
    matter = opened(chain=["business_manager", "general_manager"])
    assert did("add_signer", matter, "乙", "己", place=place) == "under_way"
    assert signers_of(matter, DAY) == now
    assert did("sign", matter, "乙" if place == "after" else "己") == "under_way"
    assert signers_of(matter, DAY) == then
    assert did("sign", matter, then[0]) == "under_way"
    assert signers_of(matter, DAY) == ["辛"]
    assert did("sign", matter, "辛") == "approved"


@pytest.mark.covers("P09-01")
def test_a_joint_signature_wants_all_in_any_order_each_by_another(firm) -> None:
    matter = opened(chain=[Rung(("general_manager", "financial_director"))])
    assert signers_of(matter, DAY) == ["子", "辛"]
    assert did("sign", matter, "子") == "under_way"
    assert (did("sign", matter, "子"), waits("子")) == ("signed-beside", [])
    assert did("sign", matter, "辛") == "approved"


def told(code: str) -> list[tuple[str, str, str]]:
    """Who was told of an outcome: to whom, how urgently, by which title."""
    rows = Notice.objects.filter(kind="outcome").order_by("to")
    return [(one.to, one.severity, one.title["zh"]) for one in rows if code in one.once]


@pytest.mark.covers("P01-12")
@pytest.mark.parametrize(
    ("acts_", "outcome", "urgency", "title", "people"),
    [
        ([("sign", "乙"), ("sign", "丑"), ("sign", "辛")], "approved", "normal", "已批准：检查表", "丑乙甲"),
        ([("sign", "乙"), ("refuse", "丁")], "refused", "urgent", "没有同意：检查表", "乙甲辛"),
        ([("send_back", "乙")], "returned", "urgent", "退回补正：检查表", "甲辛"),
    ],
    ids=["approved", "refused", "sent back"],
)
def test_the_outcome_goes_back_to_who_did_the_work_who_signed_and_the_general_manager(
    firm, acts_, outcome, urgency, title, people
) -> None:
    matter = opened()
    for act, who in acts_:
        did(act, matter, who)
        assert told(outcome) == [] or matter.state == outcome
    assert told(outcome) == [(one, urgency, title) for one in sorted(people)]


def test_what_exceeds_ones_authority_goes_a_level_up(firm) -> None:
    matter = opened(chain=["business_manager"])
    assert did("refer_up", matter, "乙", opinion="超出权限") == "under_way"
    assert signers_of(matter, DAY) == ["辛"]
    assert did("sign", matter, "辛") == "opinion-missing"
    assert did("sign", matter, "辛", opinion="同意办理") == "approved"


def test_copies_are_read_and_urging_is_once_a_day_and_seats_an_empty_post_anew(firm) -> None:
    matter = opened()
    with pytest.raises(SigningRefusedError, match="not-yours"):
        acts.copy_to(matter, ["己"], by=actor("戊"), at=NOW)
    assert [acts.copy_to(matter, ["己"], by=actor("甲"), at=NOW) for _ in range(2)] == [1, 0]
    (told,) = Notice.objects.filter(to="己", kind="copied")
    assert (told.title["zh"], told.path) == (f"甲某 抄送您：{matter.title['zh']}", f"/matters/{matter.pk}/")
    assert Matter.objects.filter(seen(viewer_of("己", DAY))).exists()
    acts.read_copy(matter, by=actor("己"), at=NOW)
    with pytest.raises(SigningRefusedError, match="nothing-to-read"):
        acts.read_copy(matter, by=actor("己"), at=NOW)
    assert [did("urge", matter, "甲"), did("urge", matter, "甲")] == ["under_way", "urged-today"]
    for who in ("乙", "壬"):
        homes()["employee"]._default_manager.filter(key=who).update(left_day=DAY)
    assert signers_of(matter, DAY) == []
    assert did("urge", matter, "甲", at=NOW + timedelta(1)) == "under_way"
    assert signers_of(matter, DAY) == ["辛"]


def test_several_are_signed_each_for_itself_and_who_was_quicker_is_told(firm) -> None:
    matters = [opened(subject=f"S{number}", chain=["risk_manager"]) for number in range(3)]
    asked = [(one.steps.get().pk, one.digest) for one in matters]
    did("sign", matters[1], "丑")
    signed, refused = acts.sign_each(asked, by=actor("丁"), at=NOW)
    assert [one.pk for one in signed] == [matters[0].pk, matters[2].pk]
    assert [(one.pk, code) for one, code in refused] == [(matters[1].pk, "decided-already")]
    assert not waits("丁")


@pytest.mark.parametrize(
    ("who", "sees"),
    [
        ("甲", True),
        ("乙", True),
        ("丙", False),
        ("壬", False),
        ("丁", True),
        ("戊", False),
        ("己", True),
        ("庚", False),
        ("辛", True),
    ],
)
def test_a_matter_is_seen_by_whom_it_concerns_and_by_no_other_branch(firm, who, sees) -> None:
    matter = opened(contract="C1", chain=["business_manager"])
    assert Matter.objects.filter(seen(viewer_of(who, DAY)), pk=matter.pk).exists() is sees


def test_no_number_of_queries_grows_with_the_rows(firm, django_assert_num_queries) -> None:
    acts.delegate("丁", since=DAY, until=DAY, reason="出差", by=actor("乙"), at=NOW)
    for number in range(6):
        opened(subject=f"S{number}")
    with django_assert_num_queries(4):
        assert len(waiting_for("丁", DAY).select_related("matter")) == 6


# ------------------------------------------------------------------ what the database itself refuses


@pytest.mark.parametrize(
    "wrong",
    [
        {"decision": "agreed"},
        {"decision": "perhaps", "signed_by": "乙", "decided_at": NOW, "digest": "x"},
        {"signed_by": "乙"},
        {"why": "so"},
    ],
)
def test_half_a_decision_cannot_be_stored(firm, wrong) -> None:
    step = opened().steps.first()
    with pytest.raises(IntegrityError), transaction.atomic():
        Step.objects.filter(pk=step.pk).update(**wrong)


@pytest.mark.parametrize(
    "wrong", [{"state": "odd"}, {"stage": None}, {"state": "approved"}, {"decided_at": NOW}]
)
def test_a_matter_stands_in_one_state(firm, wrong) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Matter.objects.filter(pk=opened().pk).update(**wrong)


# ------------------------------------------------------------------ chains by kind and amount


@pytest.mark.parametrize(
    ("amount", "posts"),
    [(100_000_00, ["risk_manager"]), (100_000_01, ["risk_manager", "general_manager"]), (None, None)],
)
def test_an_amount_above_the_limit_adds_a_level(firm, amount, posts) -> None:
    chain = [Rung(("risk_manager",)), Rung(("general_manager",), above=100_000_00)]
    if posts is None:
        with pytest.raises(SigningRefusedError, match="amount-missing"):
            opened(chain=chain, amount=amount)
        return
    matter = opened(chain=chain, amount=amount)
    assert [one.post for one in matter.steps.all()] == posts


def test_the_shipped_chains_can_be_read() -> None:
    assert "postponement" in chains()


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("延期: {steps: []}", "without a step"),
        ("延期: {steps: [园丁]}", "no post"),
        ("没有这种: {steps: [总经理]}", "no known word"),
        ("延期: [总经理]", "steps and nothing else"),
        ("延期: {steps: [{post: 总经理, over: 3}]}", "unknown over"),
        ("延期: {steps: [{post: 总经理, together: [总经理, 财务总监]}]}", "names a post"),
        ("延期: {steps: [{together: [总经理]}]}", "several posts"),
        ("延期: {steps: [{together: [总经理, 总经理]}]}", "twice"),
        ("延期: {steps: [{post: 总经理, above: 3.5}]}", "whole number"),
        ("延期: {steps: [{post: 总经理, opinion: perhaps}]}", "true or false"),
    ],
)
def test_a_wrong_chain_is_refused_with_its_reason(tmp_path, text, why) -> None:
    file = tmp_path / "chains.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ChainsError, match=why):
        read_chains(file)


# ------------------------------------------------------------------ random series against a small plain model

PEOPLE = ("甲", "乙", "丁", "丑", "辛", "壬")
HOLDS = {"乙": "business_manager", "丁": "risk_manager", "丑": "risk_manager", "辛": "general_manager"}
SERIES = st.lists(
    st.tuples(st.sampled_from(["sign", "refuse", "send_back", "resubmit", "withdraw"]), st.sampled_from(PEOPLE)), max_size=14
)  # fmt: skip


def plainly(model: SimpleNamespace, act: str, who: str) -> bool:
    """Do an act to the plain model; False where it is not allowed."""
    if act in {"sign", "refuse", "send_back"}:
        if model.state != "under_way" or who == "甲" or HOLDS.get(who) != CHAIN[model.at]:
            return False
        model.signed.append((model.version, who))
        if act == "sign":
            model.at += 1
            model.state = "approved" if model.at == len(CHAIN) else "under_way"
        else:
            model.state = {"refuse": "refused", "send_back": "returned"}[act]
        return True
    if who != "甲":
        return False
    if act == "resubmit" and model.state == "returned":
        model.state, model.at, model.version = "under_way", 0, model.version + 1
        return True
    if act == "withdraw" and (model.state == "returned" or (model.state, model.at) == ("under_way", 0)):
        model.state = "withdrawn"
        return True
    return False


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(series=SERIES)
def test_any_series_of_acts_ends_where_a_plain_model_ends(firm, series) -> None:
    with transaction.atomic():
        matter = opened()
        model = SimpleNamespace(state="under_way", at=0, version=1, signed=[])
        for number, (act, who) in enumerate(series):
            args = ({"检查": number},) if act == "resubmit" else ()
            allowed = plainly(model, act, who)
            became = did(act, matter, who, *args)
            assert (became in {"under_way", "returned", "approved", "refused", "withdrawn"}) == allowed
            assert (matter.state, matter.version) == (model.state, model.version)
        decided = Step.objects.filter(matter=matter).exclude(decision="").order_by("version", "ordinal")
        assert [(one.version, one.signed_by) for one in decided] == model.signed
        digests = {one.number: digest_of(one.content) for one in matter.versions.all()}
        assert all(one.digest == digests[one.version] for one in decided)
        assert matter.digest == digest_of(matter.content) == digests[matter.version]
        transaction.set_rollback(True)


# ------------------------------------------------------------------ on screen


@pytest.fixture
def its_day(monkeypatch):
    """The rules of a guarantee company, on the day of the cast."""
    on_its_day(monkeypatch)


@staged
def at_work(tmp_path, its_day):
    """The company with several holders of a post, its day derived, and accounts."""
    from daihou.dayend.acts import run_day
    from daihou.people.acts import open_accounts

    taken_in(tmp_path / "book", **MORE)
    run_day(DAY, by=BY, at=NOW)
    open_accounts([(one, one) for one in "甲乙丙丁辛壬丑"], PASSWORD, by=BY, at=NOW, sample=True)


@pytest.fixture
def screen(at_work):
    """Who logs in gets a browser; the day is that of the cast."""
    return browser_of


def text(answer) -> str:
    return answer.content.decode()


def a_duty(rule: str, contract: str = "C1") -> Duty:
    return Duty.objects.filter(rule=rule, contract=contract).order_by("due").first()


def checked(duty: Duty) -> None:
    """Enter the check that closes a duty about the use of funds, and let the duty follow."""
    said = {
        "key": "ZF1/C1/purpose", "visit_no": "ZF1", "contract": "C1", "kind": "purpose", "client": standing(homes()["contract"]).get(key="C1").client,
        "inspected_day": DAY, "inspected_by": "甲", "result": "done", "urgent": False,
    }  # fmt: skip
    enter("inspection", said, by=actor("甲"), at=NOW, day=DAY)
    follow(DAY, by=actor("甲"), at=NOW)
    duty.refresh_from_db()


def test_who_is_to_sign_in_anothers_place_is_told(firm) -> None:
    given = acts.delegate("戊", since=DAY, until=DAY + timedelta(2), reason="出差", by=actor("乙"), at=NOW)
    (told,) = Notice.objects.filter(to="戊", kind="delegated")
    assert (told.title["zh"], told.path) == (
        f"乙某 请您代签，{given.since} 至 {given.until}",
        "/delegations/",
    )


def test_a_signer_goes_on_to_the_next_finds_what_he_signed_and_what_was_shown_to_him(screen) -> None:
    first, second = opened(chain=["business_manager"]), opened(subject="C2", chain=["business_manager"])
    head = screen("乙")
    assert head.get(f"/matters/{first.pk}/").context["next"] == second.pk
    said = {"act": "sign", "step": first.steps.get().pk, "digest": first.digest, "opinion": ""}
    after = head.post(f"/matters/{first.pk}/", said, follow=True)
    assert f'href="/matters/{second.pk}/">下一件等我签的' in text(after)
    acts.copy_to(second, ["乙", "丁"], by=actor("甲"), at=NOW)
    assert "还没有看的 1 件" in text(screen("丁").get("/"))

    def listed(**asked) -> list[int]:
        return [line.matter.pk for line in head.get("/matters/", {"tab": "signed", **asked}).context["lines"]]

    assert (listed(), listed(state="approved"), listed(state="refused")) == ([first.pk], [first.pk], [])
    assert "没有符合条件的" in text(head.get("/matters/?tab=signed&state=refused"))
    assert "您还没有签过什么" in text(screen("甲").get("/matters/?tab=signed"))


def test_a_signature_in_place_of_an_empty_post_says_after_it_too_as_what_it_was_given(screen) -> None:
    matter = opened(chain=["risk_supervisor", "general_manager"])
    head, asked = screen("辛"), f"/matters/{matter.pk}/"
    assert "由 风控部经理 代" in text(screen("丁").get(asked))
    assert did("sign", matter, "丁") == "under_way"
    strip, opinions = text(head.get(asked)).split("各人的意见")[:2]
    for said in (strip, opinions):
        assert "由 风控部经理 代" in said
    assert did("sign", matter, "辛") == "approved"
    assert text(head.get(asked)).count("由 风控部经理 代") == 2


def test_who_was_asked_by_name_signs_as_what_he_is_on_that_day(screen) -> None:
    matter = opened()
    did("hand_on", matter, "乙", "癸")
    did("sign", matter, "癸")
    first = matter.steps.first()
    assert other_posts(matter.steps.all()) == {first.pk: ("account_manager",)}
    assert "由 客户经理 代" in text(screen("丁").get(f"/matters/{matter.pk}/"))
    # who gave the right to sign holds the post: nothing more is told than in whose place it was used
    given = opened(subject="C2")
    acts.delegate("壬", since=DAY, until=DAY, reason="出差", by=actor("乙"), at=NOW)
    did("sign", given, "壬")
    assert given.steps.first().for_whom == "乙"
    assert other_posts(given.steps.all()) == {}


def test_as_what_several_were_asked_by_name_is_one_question(firm, django_assert_num_queries) -> None:
    matter = opened()
    did("add_signer", matter, "乙", "戊", place="before")
    did("add_signer", matter, "戊", "癸", place="together")
    for who in "戊癸":
        did("sign", matter, who)
    steps = list(matter.steps.all())
    with django_assert_num_queries(1):
        assert other_posts(steps) == {}


@pytest.mark.covers("P01-12")
def test_what_came_back_stands_on_the_desk_until_it_is_put_forward_again(screen) -> None:
    one, manager = opened(kind="duty"), screen("甲")
    did("refuse", one, "乙")
    other = opened(kind="duty", subject="C2", title={"zh": "库存表", "en": "Stock"})
    did("send_back", other, "乙")
    opened(kind="trial", subject="C3")
    desk = manager.get("/").context
    assert [(line.title, line.matter.state) for line in desk["back"]] == [
        ("库存表", "returned"),
        ("检查表", "refused"),
    ]
    assert (desk["back_total"], desk["sent_total"]) == (2, 1)
    assert "退回和没同意的" in text(manager.get("/"))
    opened(kind="duty")
    acts.resubmit(other, {"检查": "补了"}, by=actor("甲"), at=NOW)
    assert (manager.get("/").context["back_total"], "退回和没同意的" in text(manager.get("/"))) == (0, False)
    assert screen("乙").get("/").context["back_total"] == 0


def test_the_screens_lead_a_matter_to_its_end(screen) -> None:
    matter = opened(contract="C1")
    head = screen("乙")
    assert "检查表" in text(head.get("/"))
    assert "检查表" in text(head.get("/matters/"))
    page = text(head.get(f"/matters/{matter.pk}/"))
    for said in ("我来签", "库存相符", matter.digest[:16], "退回补正"):
        assert said in page
    assert screen("壬").get(f"/matters/{matter.pk}/").status_code == 404
    assert screen("丙").get(f"/matters/{matter.pk}/").status_code == 404
    step = matter.steps.get(ordinal=1)
    said = {"act": "sign", "step": step.pk, "digest": matter.digest, "opinion": "同意"}
    assert head.post(f"/matters/{matter.pk}/", said).status_code == 302
    again = head.post(f"/matters/{matter.pk}/", said)
    assert (again.status_code, "刚刚已有人签过" in text(again)) == (409, True)
    risk = screen("丁")
    second = matter.steps.get(ordinal=2)
    assert risk.post("/matters/sign/", {"step": f"{second.pk}:{matter.digest}"}).status_code == 302
    late = screen("丑").post("/matters/sign/", {"step": f"{second.pk}:{matter.digest}"})
    assert (late.status_code, "刚刚已有人签过" in text(late)) == (409, True)
    assert did("sign", matter, "辛") == "approved"
    assert "已批准" in text(screen("甲").get("/matters/?tab=opened"))


@pytest.mark.parametrize(
    ("who", "said", "status", "becomes"),
    [
        ("乙", {"act": "refuse", "opinion": "不行"}, 302, "refused"),
        ("乙", {"act": "refuse"}, 409, "under_way"),
        ("乙", {"act": "send_back", "opinion": "补照片"}, 302, "returned"),
        ("乙", {"act": "refer_up", "opinion": "超权限"}, 302, "under_way"),
        ("乙", {"act": "hand_on", "person": "壬某（壬）", "reason": "出差"}, 302, "under_way"),
        ("乙", {"act": "hand_on", "person": "没有的人", "reason": "出差"}, 409, "under_way"),
        (
            "乙",
            {"act": "add_signer", "person": "己", "reason": "请审计看", "place": "before"},
            302,
            "under_way",
        ),
        ("甲", {"act": "copy", "person": "己某"}, 302, "under_way"),
        ("甲", {"act": "urge", "text": "请快些"}, 302, "under_way"),
        ("甲", {"act": "withdraw"}, 302, "withdrawn"),
        ("甲", {"act": "sign"}, 409, "under_way"),
        ("甲", {"act": "nothing"}, 404, "under_way"),
        ("丁", {"act": "sign"}, 409, "under_way"),
        ("丙", {"act": "sign"}, 404, "under_way"),
    ],
)
def test_every_button_does_what_it_says_for_whom_it_is(screen, who, said, status, becomes) -> None:
    matter = opened()
    assert screen(who).post(f"/matters/{matter.pk}/", said).status_code == status
    matter.refresh_from_db()
    assert matter.state == becomes


@pytest.mark.parametrize("act", ["hand_on", "add_signer"])
def test_what_was_typed_stays_where_an_act_is_refused_and_the_reason_stands_beside_it(screen, act) -> None:
    matter = opened()
    said = {"act": act, "person": "没有的人", "reason": "出差一周", "place": "before"}
    page = screen("乙").post(f"/matters/{matter.pk}/", said).content.decode()
    for one in ('value="没有的人"', 'value="出差一周"', 'value="before" selected', 'id="to-fault"', '<details class="more" open>'):  # fmt: skip
        assert one in page, one
    assert "出差一周" not in screen("乙").get(f"/matters/{matter.pk}/").content.decode()


def test_who_hands_on_without_a_reason_is_told_beside_the_reason(screen) -> None:
    matter = opened()
    said = {"act": "hand_on", "person": "壬某（壬）", "reason": " "}
    page = screen("乙").post(f"/matters/{matter.pk}/", said).content.decode()
    assert 'id="reason-fault"' in page
    assert 'id="to-fault"' not in page
    assert 'value="壬某（壬）"' in page


@pytest.mark.covers("P01-12")
def test_a_duty_that_a_fact_closed_is_put_forward_and_what_changes_later_shows(screen) -> None:
    duty = a_duty("fund-use-check")
    mine = screen("甲")
    assert mine.post(f"/duties/{duty.pk}/submit/").status_code == 409  # nothing is done yet
    checked(duty)
    assert duty.done == DAY
    assert "呈签" in text(mine.get(f"/duties/{duty.pk}/"))
    assert screen("丙").post(f"/duties/{duty.pk}/submit/").status_code == 404
    assert mine.post(f"/duties/{duty.pk}/submit/").status_code == 302
    matter = Matter.objects.get(kind="duty")
    assert (matter.subject, matter.branch, matter.content["fact"]["key"]) == (
        duty.key,
        "J2",
        "ZF1/C1/purpose",
    )
    assert [one.post for one in matter.steps.all()] == [
        "business_manager",
        "risk_supervisor",
        "risk_manager",
        "general_manager",
    ]
    assert mine.post(f"/duties/{duty.pk}/submit/").status_code == 409
    page = text(screen("乙").get(f"/matters/{matter.pk}/"))
    assert "呈签之后，这件事在台账里又改过" not in page
    assert did("sign", matter, "乙") == "opinion-missing"
    assert did("sign", matter, "乙", opinion="用途相符") == "under_way"
    correct(
        "inspection", "ZF1/C1/purpose", {"conclusion": "补记"}, by=actor("甲"), at=NOW, day=DAY, reason="漏记"
    )
    assert "呈签之后，这件事在台账里又改过" in text(screen("乙").get(f"/matters/{matter.pk}/"))
    assert "等签" in text(mine.get(f"/duties/{duty.pk}/"))


def test_a_duty_is_put_off_only_with_reason_and_approval_and_then_follows(screen) -> None:
    duty = Duty.objects.filter(
        contract="C1", state__in=("open", "not_yet"), due__gte=DAY, persons__employee="甲"
    ).first()
    mine, until = screen("甲"), duty.due + timedelta(5)
    address = f"/duties/{duty.pk}/postpone/"
    assert mine.post(address, {"until": until.isoformat(), "reason": ""}).status_code == 200
    assert mine.post(address, {"until": duty.due.isoformat(), "reason": "客户外出"}).status_code == 200
    assert not Matter.objects.exists()
    assert mine.post(address, {"until": until.isoformat(), "reason": "客户外出"}).status_code == 302
    matter = Matter.objects.get(kind="postponement")
    assert mine.get(address).status_code == 200
    was = duty.due
    for who in ("丁", "辛"):
        step = matter.steps.get(ordinal=matter.stage)
        said = {"act": "sign", "step": step.pk, "digest": matter.digest, "opinion": "同意延期"}
        assert screen(who).post(f"/matters/{matter.pk}/", said).status_code == 302
        matter.refresh_from_db()
    duty.refresh_from_db()
    assert (matter.state, duty.due, duty.postponed) == ("approved", until, True)
    ruling = standing(homes()["duty_ruling"]).get()
    assert (ruling.duty, ruling.kind, ruling.reason, ruling.approved_by) == (
        duty.key,
        "postponement",
        "客户外出",
        "辛",
    )
    assert was < until


def test_a_postponement_that_was_returned_is_set_right_and_put_forward_again(screen) -> None:
    matter = put_off(screen)
    asked = date.fromisoformat(matter.content["until"])
    did("send_back", matter, "丁", opinion="太久了，最多两天")
    mine = screen("甲")
    page = mine.get(f"/matters/{matter.pk}/").content.decode()
    duty = Duty.objects.get(
        rule=matter.content["rule"], object=matter.content["object"], due=matter.content["due"]
    )
    address = f"/duties/{duty.pk}/postpone/"
    assert f'href="{address}"' in page
    assert "先把台账或表单改好" not in page
    assert "延期的申请退回来了" in mine.get(f"/duties/{duty.pk}/").content.decode()
    form = mine.get(address).content.decode()
    assert f'value="{asked}"' in form
    assert "客户外出" in form
    same = mine.post(address, {"until": asked.isoformat(), "reason": "客户外出"})
    assert "内容没有变" in text(same)
    until = asked - timedelta(3)
    answer = mine.post(address, {"until": until.isoformat(), "reason": "客户外出两天"})
    assert answer.status_code == 302
    matter.refresh_from_db()
    assert (matter.state, matter.version, matter.content["until"]) == ("under_way", 2, until.isoformat())
    assert Matter.objects.filter(kind="postponement").count() == 1
    assert "丁" in signers_of(matter, DAY)
    for who in ("丁", "辛"):
        signing.sign(matter, by=actor(who), at=NOW, opinion="可以")
        matter.refresh_from_db()
    assert matter.state == "approved"
    ruling = standing(homes()["duty_ruling"]).get()
    assert (ruling.until, ruling.reason) == (until, "客户外出两天")


def test_a_postponement_that_comes_too_late_is_not_approved(screen) -> None:
    duty = Duty.objects.filter(contract="C1", state__in=("open", "not_yet"), due__gte=DAY).first()
    matter = ask_to_postpone(duty, duty.due + timedelta(5), "客户外出", by=actor("甲"), at=NOW)
    did("sign", matter, "丁", opinion="可以")
    late = NOW + (duty.due - DAY) + timedelta(1)
    with pytest.raises(SigningRefusedError, match="too-late"):
        signing.sign(matter, by=actor("辛"), at=late, opinion="可以")
    matter.refresh_from_db()
    assert (matter.state, standing(homes()["duty_ruling"]).count()) == ("under_way", 0)


def test_a_duty_that_was_done_meanwhile_is_not_put_off(screen) -> None:
    duty = Duty.objects.filter(contract="C1", state__in=("open", "not_yet"), due__gte=DAY).first()
    matter = ask_to_postpone(duty, duty.due + timedelta(5), "客户外出", by=actor("甲"), at=NOW)
    did("sign", matter, "丁", opinion="可以")
    Duty.objects.filter(pk=duty.pk).update(state="on_time", done=DAY)
    with pytest.raises(SigningRefusedError, match="done-meanwhile"):
        signing.sign(matter, by=actor("辛"), at=NOW, opinion="可以")
    assert not standing(homes()["duty_ruling"]).exists()


@pytest.mark.parametrize("signed_above", [True, False])
def test_a_completion_and_its_matter_are_one(screen, signed_above) -> None:
    """Where nobody all the way up can sign, nothing is completed either."""
    like = a_duty("fund-use-check")
    duty = Duty.objects.create(
        rule="month-end-ledger-check", object="J2", occurrence="2026-10月", table="branch", branch="J2", opens=DAY, start=DAY, due=DAY,
        state="open", first_run=like.first_run, last_run=like.last_run,
    )  # fmt: skip
    DutyPerson.objects.create(duty=duty, ordinal=0, employee="甲")
    if not signed_above:
        homes()["employee"]._default_manager.filter(key__in=("子", "辛")).update(left_day=DAY)
    said = {"completion_day": DAY.isoformat(), "evidence": "记录一"}
    answer = screen("甲").post(f"/duties/{duty.pk}/", said)
    matter = Matter.objects.filter(kind="duty", subject=duty.key).first()
    completed = standing(homes()["completion"]).filter(duty=duty.key).count()
    if not signed_above:
        assert (answer.status_code, matter, completed, "岗位空缺" in text(answer)) == (200, None, 0, True)
        return
    assert (answer.status_code, completed, signers_of(matter, DAY)) == (302, 1, ["子"])
    assert [one["evidence"] for one in matter.content["completions"]] == ["记录一"]


def put_off(screen) -> Matter:
    """The postponement of a duty that is still to come, as its person asks for it on the page."""
    waiting = Duty.objects.filter(contract="C1", state__in=("open", "not_yet"), due__gte=DAY)
    duty = waiting.filter(persons__employee="甲").first()
    said = {"until": (duty.due + timedelta(5)).isoformat(), "reason": "客户外出"}
    assert screen("甲").post(f"/duties/{duty.pk}/postpone/", said).status_code == 302
    return Matter.objects.get(kind="postponement")


def put_forward(screen) -> Matter:
    """A duty's work that a fact closed, as its person puts it forward on the page."""
    duty = a_duty("fund-use-check")
    checked(duty)
    assert screen("甲").post(f"/duties/{duty.pk}/submit/").status_code == 302
    return Matter.objects.get(kind="duty")


CONCLUDED = 1_000_000_00
"""For how much the cast's contract C1 was concluded, in fen."""


@pytest.mark.parametrize("opens", [put_off, put_forward])
@pytest.mark.parametrize(
    ("limit", "becomes"), [(1, "not-yours"), (CONCLUDED - 1, "not-yours"), (CONCLUDED, "under_way")]
)
def test_who_signs_for_another_up_to_an_amount_signs_no_larger_contract(
    screen, opens, limit, becomes
) -> None:
    matter = opens(screen)
    assert (matter.contract, matter.amount) == ("C1", CONCLUDED)
    giver = {"business_manager": "乙", "risk_manager": "丁"}[matter.steps.get(ordinal=1).post]
    acts.delegate("戊", since=DAY, until=DAY, reason="出差", amount_limit=limit, by=actor(giver), at=NOW)
    reached = [matter.pk] if becomes == "under_way" else []
    assert waits("戊") == reached
    assert ("戊" in signers_of(matter, DAY)) == bool(reached)
    assert did("sign", matter, "戊", opinion="同意") == becomes


@pytest.mark.parametrize(("above", "added"), [(CONCLUDED - 1, True), (CONCLUDED, False)])
def test_a_level_that_an_amount_adds_looks_at_the_amount_of_the_contract(
    screen, monkeypatch, above, added
) -> None:
    chain = (Rung(("risk_manager",), opinion=True), Rung(("financial_director",), above=above))
    monkeypatch.setattr(signing, "chains", lambda: {"postponement": chain})
    matter = put_off(screen)
    assert ("financial_director" in {one.post for one in matter.steps.all()}) == added


def test_what_is_about_no_contract_has_no_amount_and_an_older_matter_is_given_none(screen) -> None:
    """A limit does not reach a contract of which no amount is known; it does reach what has none by its nature."""
    acts.delegate("戊", since=DAY, until=DAY, reason="出差", amount_limit=1, by=actor("乙"), at=NOW)
    plain = opened(chain=["business_manager"])
    older = opened(subject="C2", chain=["business_manager"], contract="C1")
    Matter.objects.filter(pk=older.pk).update(amount=None)
    assert (plain.amount, waits("戊")) == (None, [plain.pk])
    older.refresh_from_db()
    assert did("sign", older, "戊") == "not-yours"
    assert did("send_back", older, "乙") == "returned"
    acts.resubmit(older, {"检查": "补了"}, by=actor("甲"), at=NOW)
    older.refresh_from_db()
    assert (older.state, older.amount) == ("under_way", None)


def test_delegation_on_screen(screen) -> None:
    head = screen("乙")
    day = DAY.isoformat()
    said = {
        "person": "丁某（丁）",
        "since": day,
        "until": day,
        "reason": "出差",
        "kinds": ["duty"],
        "limit": "500000",
    }
    assert head.post("/delegations/", {**said, "limit": "很多"}).status_code == 200
    assert head.post("/delegations/", {**said, "person": "庚"}).status_code == 200
    assert head.post("/delegations/", said).status_code == 302
    given = Delegation.objects.get()
    assert (given.taker, given.kinds, given.amount_limit) == ("丁", ["duty"], 500_000_00)
    assert "乙某" in text(screen("丁").get("/delegations/"))
    assert screen("丁").post(f"/delegations/{given.pk}/end/").status_code == 404
    assert head.post(f"/delegations/{given.pk}/end/").status_code == 302
    given.refresh_from_db()
    assert given.ended_at == NOW


def test_lists_are_found_sorted_and_filtered(screen) -> None:
    first = opened(subject="S1", amount=5_00, kind="figure", title={"zh": "甲改数", "en": "Change"})
    second = opened(subject="S2", amount=9_00, title={"zh": "乙检查", "en": "Check"})
    mine = screen("甲")
    pages = {
        "kind=figure": [first], "q=检查": [second], f"q={first.number}": [first], "order=-amount": [second, first],
        "order=amount": [first, second], "order=nonsense": [second, first], "q=没有": [],
    }  # fmt: skip
    for query, expected in pages.items():
        said = text(mine.get(f"/matters/?tab=opened&{query}"))
        places = [said.find(f'data-open="/matters/{one.pk}/"') for one in expected]
        assert places == sorted(places), query
        assert -1 not in places, query
        assert said.count('data-open="/matters/') == len(expected), query


def test_no_page_asks_more_for_many_matters_than_for_few(screen) -> None:
    browser, counts = screen("乙"), []
    for number in (2, 20):
        for one in range(number):
            opened(subject=f"S{number}-{one}")
        made = {}
        for page in ("/matters/", "/"):
            forget()
            with CaptureQueriesContext(connection) as asked:
                assert browser.get(page).status_code == 200
            made[page] = len(asked)
        counts.append(made)
    assert counts[0] == counts[1]
