"""Signing limits: above an amount of a contract more posts sign, from a day on, by a paper of the board and two signatures."""

from datetime import timedelta

import pytest
from django.test import Client
from staging import staged
from test_signoff import MORE, NOW, actor, did, opened
from tests_cast import BY, DAY, PASSWORD, browser_of, on_its_day, reading_of, write_sheets

from daihou.duties.signing import DUTY, POSTPONEMENT
from daihou.inspections.classing import BY_KIND
from daihou.ledger.acts import enter, take_in
from daihou.signoff.acts import SigningRefusedError
from daihou.signoff.chains import Rung, chains, without_own
from daihou.signoff.limiting import Asked, propose_end, propose_limit, withdraw_limit
from daihou.signoff.limits import DROPPED, ENDED, FUTURE, IN_FORCE, LIMITED, PROPOSED, raised, standing_of
from daihou.signoff.models import Matter, SigningLimit
from daihou.trail.models import Event
from daihou.trail.reads import verify
from daihou.warnings.acts import CLOSING, DECISION, REVIEW

YI = 100_000_000_00  # fen of a hundred million yuan
GM, FD = "general_manager", "financial_director"


@staged
def firm(tmp_path):
    """The company of the tests of sign-off: 丁 and 丑 risk managers, 辛 general manager, 子 financial director."""
    reading = reading_of(write_sheets(tmp_path / "book", **MORE))
    return take_in(reading.book, by=BY, at=NOW, day=DAY, file="book", digest="d1", read=0, left_out=0)


def asked(**said) -> Asked:
    return Asked(**{
        "kinds": (), "above": 5_000_000_00, "posts": (GM, FD), "since": DAY, "citation": "董事会决议〔2026〕5号", "reason": "重大事项联签",
        **said,
    })  # fmt: skip


def proposed(by: str = "丁", own=("risk_manager",), **said) -> SigningLimit:
    return propose_limit(asked(**said), own_posts=own, by=actor(by), at=NOW)


def adopted(**said) -> SigningLimit:
    limit = proposed(**said)
    sign_all(limit.matter)
    return SigningLimit.objects.select_related("matter", "ending").get(pk=limit.pk)


def sign_all(matter: Matter) -> None:
    """Every step by whoever may."""
    for _ in range(9):
        matter.refresh_from_db()
        if matter.state != "under_way":
            return
        step = matter.steps.filter(ordinal=matter.stage, decision="").first()
        assert any(did("sign", matter, one, opinion="同意") in {"under_way", "approved"} for one in HOLDERS[step.held_post])  # fmt: skip
    raise AssertionError("endless")


HOLDERS = {
    "risk_manager": ("丁", "丑"), "general_manager": ("辛",), "financial_director": ("子",), "business_manager": ("乙", "壬"),
}  # fmt: skip


def posts_of(matter: Matter) -> list[tuple[str, ...]]:
    """The chain of a matter as it came to be: posts by step."""
    steps = list(matter.steps.order_by("ordinal", "seat"))
    return [
        tuple(one.post for one in steps if one.ordinal == n) for n in sorted({one.ordinal for one in steps})
    ]


# ------------------------------------------------------------------ what a limit does to a chain


@pytest.mark.covers("P09-01")
@pytest.mark.parametrize(
    ("chain", "posts", "becomes"),
    [
        # one who signs anyway keeps his place, the other signs jointly with him
        (("business_manager", GM), (GM, FD), [("business_manager",), (GM, FD)]),
        # nobody of them signs: a step at the end, joint where they are two
        (("business_manager",), (GM, FD), [("business_manager",), (GM, FD)]),
        (("business_manager",), (GM,), [("business_manager",), (GM,)]),
        # he stands in the middle: the chain keeps its order
        ((GM, "business_manager"), (FD, GM), [(GM, FD), ("business_manager",)]),
    ],
)
def test_above_the_amount_the_posts_sign_too(firm, chain, posts, becomes) -> None:
    adopted(posts=posts)
    matter = opened(chain=chain, kind="duty", amount=5_000_000_01, contract="C1")
    assert posts_of(matter) == becomes


def test_who_signs_already_is_not_asked_twice(firm) -> None:
    adopted()
    assert posts_of(opened(chain=(GM, FD), kind="duty", amount=YI)) == [(GM,), (FD,)]


@pytest.mark.parametrize(
    ("said", "matter", "joins"),
    [
        ({}, {"amount": 5_000_000_01}, True),
        ({}, {"amount": 5_000_000_00}, False),  # the amount itself is not above
        ({}, {"amount": None, "contract": ""}, False),  # about no contract
        ({}, {"amount": None, "contract": "gone"}, True),  # of an unknown amount: taken for one above
        ({"kinds": (POSTPONEMENT,)}, {"amount": YI}, False),
        ({"kinds": (POSTPONEMENT, DUTY)}, {"amount": YI}, True),
        ({"since": DAY + timedelta(1)}, {"amount": YI}, False),
    ],
)
def test_where_a_limit_holds(firm, said, matter, joins) -> None:
    adopted(**said)
    found = opened(chain=("business_manager",), kind=DUTY, **matter)
    assert (posts_of(found) == [("business_manager",), (GM, FD)]) is joins


def test_what_is_added_by_amount_says_so_and_wants_an_opinion(firm) -> None:
    adopted(posts=(FD,))
    matter = opened(chain=("business_manager",), kind=DUTY, amount=YI)
    assert [(one.post, one.why, one.opinion_required) for one in matter.steps.order_by("ordinal")] == [
        ("business_manager", "chain", False),
        (FD, "amount", True),
    ]


def test_several_limits_add_up_the_lowest_first(firm) -> None:
    adopted(posts=(GM,), above=1_000_000_00)
    adopted(posts=(FD,), above=2_000_000_00)
    chain = raised((Rung(("business_manager",)),), kind=DUTY, amount=YI, contract="C1", day=DAY)
    assert [one.posts for one in chain] == [("business_manager",), (GM,), (FD,)]


def test_what_is_being_signed_stays_as_it_is(firm) -> None:
    before = opened(chain=("business_manager",), kind=DUTY, amount=YI)
    adopted()
    assert posts_of(before) == [("business_manager",)]


def test_one_statement_more_whatever_the_number_of_limits(firm, django_assert_num_queries) -> None:
    for number in range(1, 4):
        adopted(above=number * 100)
        with django_assert_num_queries(1):
            raised((Rung(("business_manager",)),), kind=DUTY, amount=YI, contract="C1", day=DAY)


# ------------------------------------------------------------------ how one comes to be and ends


def test_a_limit_stands_from_its_adoption_to_the_approval_of_its_end(firm) -> None:
    limit = proposed(own=())
    assert standing_of(limit, DAY) == PROPOSED
    assert [one.posts for one in without_own(chains()["signing_limit"], ())] == [("risk_manager",), (GM,)]
    sign_all(limit.matter)
    limit.refresh_from_db()
    assert (standing_of(limit, DAY), standing_of(limit, DAY - timedelta(1))) == (IN_FORCE, FUTURE)
    propose_end(limit, "董事会另定", own_posts=(), by=actor("丁"), at=NOW)
    limit.refresh_from_db()
    assert standing_of(limit, DAY) == IN_FORCE  # not before it is approved
    with pytest.raises(SigningRefusedError, match="under-way-already"):
        propose_end(limit, "董事会另定", own_posts=(), by=actor("丁"), at=NOW)
    sign_all(limit.ending)
    limit = SigningLimit.objects.select_related("matter", "ending").get(pk=limit.pk)
    assert standing_of(limit, DAY) == ENDED
    assert posts_of(opened(chain=("business_manager",), kind=DUTY, amount=YI)) == [("business_manager",)]
    with pytest.raises(SigningRefusedError, match="limit-gone"):
        propose_end(limit, "再取消", own_posts=(), by=actor("丁"), at=NOW)
    assert {"propose-signing-limit", "end-signing-limit"} <= set(Event.objects.values_list("act", flat=True))
    assert list(verify()) == []


def test_one_that_nobody_signed_yet_is_taken_back_by_its_proposer(firm) -> None:
    limit = proposed()
    with pytest.raises(SigningRefusedError, match="not-yours"):
        withdraw_limit(limit, by=actor("丑"), at=NOW)
    withdraw_limit(limit, by=actor("丁"), at=NOW)
    assert (
        standing_of(SigningLimit.objects.select_related("matter", "ending").get(pk=limit.pk), DAY) == DROPPED
    )


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"posts": ()}, "limit-posts"),
        ({"posts": (GM, GM)}, "limit-posts"),
        ({"posts": (GM, FD, "risk_manager")}, "limit-posts"),
        ({"posts": ("king",)}, "limit-posts"),
        ({"posts": ("lawyer",)}, "limit-empty"),  # nobody holds it
        ({"posts": (GM, "lawyer")}, "limit-empty"),
        ({"kinds": ("figure",)}, "limit-kinds"),
        ({"above": -1}, "amount-wrong"),
        ({"since": DAY - timedelta(1)}, "limit-day"),
        ({"citation": " "}, "citation-missing"),
        ({"reason": " "}, "reason-missing"),
    ],
)
def test_what_cannot_be_a_limit_is_refused_and_nothing_is_written(firm, said, code) -> None:
    events = Event.objects.count()
    with pytest.raises(SigningRefusedError, match=code):
        proposed(**said)
    assert (SigningLimit.objects.count(), Matter.objects.count(), Event.objects.count()) == (0, 0, events)


def test_the_same_limit_stands_once_in_whatever_order_its_posts_are_named(firm) -> None:
    proposed()
    with pytest.raises(SigningRefusedError, match="under-way-already"):
        proposed(posts=(FD, GM))
    sign_all(Matter.objects.get())
    with pytest.raises(SigningRefusedError, match="limit-there"):
        proposed(posts=(FD, GM))
    proposed(kinds=(DUTY,))


def test_kinds_with_an_amount_are_those_that_are_opened_with_a_contract() -> None:
    assert set(LIMITED) == {DUTY, POSTPONEMENT, *BY_KIND, CLOSING, REVIEW, DECISION}


# ------------------------------------------------------------------ the page and the command


@pytest.fixture
def page(firm, monkeypatch):
    from daihou.people.acts import open_accounts

    on_its_day(monkeypatch)
    open_accounts([(one, one) for one in "丁辛"], PASSWORD, by=BY, at=NOW, sample=True)
    return browser_of


def typed(**said) -> dict[str, object]:
    return {
        "above": "500万元", "post": GM, "beside": FD, "kinds": [], "since": DAY.isoformat(), "citation": "董事会决议〔2026〕5号",
        "reason": "重大事项联签", **said,
    }  # fmt: skip


def test_one_is_proposed_signed_and_ended_on_screen(page) -> None:
    risk: Client = page("丁")
    answer = risk.post("/signing-limits/new/", typed(), follow=True)
    assert "已送签" in answer.content.decode()
    limit = SigningLimit.objects.get()
    assert (limit.above, limit.posts, limit.proposed_by) == (5_000_000_00, [GM, FD], "丁")
    points = page("辛").get("/matters/").context["lines"][0].points
    assert points[0].texts == ("超过 5,000,000.00 元，总经理、财务总监 也要签",)
    shown = page("辛").get(f"/matters/{limit.matter_id}/").content.decode()
    assert all(one in shown for one in ("5,000,000.00", "总经理、财务总监", "联签", "董事会决议〔2026〕5号"))
    sign_all(limit.matter)
    assert "在用" in risk.get("/signing-limits/").content.decode()
    assert "请写明理由" in risk.post(f"/signing-limits/{limit.pk}/end/", {"reason": " "}).content.decode()
    assert (
        "取消签批中"
        in risk.post(f"/signing-limits/{limit.pk}/end/", {"reason": "另定"}, follow=True).content.decode()
    )


@pytest.mark.parametrize(
    ("said", "field", "why"),
    [
        ({"above": "很多"}, "above", "金额上限要写成数字"),
        ({"post": ""}, "post", "必填"),
        ({"beside": GM}, "post", "请选一个或两个岗位"),
        ({"since": "2020-01-01"}, "since", "起用日不能早于今天"),
        ({"citation": ""}, "citation", "必填"),
    ],
)
def test_what_is_wrong_stands_beside_its_field(page, said, field, why) -> None:
    answer = page("丁").post("/signing-limits/new/", typed(**said))
    assert answer.status_code == 422
    assert any(why in one for one in answer.context["form"].errors[field])
    assert not SigningLimit.objects.exists()


def test_two_posts_of_one_person_cannot_sign_jointly(firm) -> None:
    values = {
        "key": f"辛/deputy_general_manager/J1/{DAY}",
        "employee": "辛",
        "post": "deputy_general_manager",
        "branch": "J1",
        "since": DAY,
    }
    enter("assignment", values, by=BY, at=NOW, day=DAY)
    with pytest.raises(SigningRefusedError, match="limit-empty"):
        proposed(posts=(GM, "deputy_general_manager"))


def test_the_page_of_a_duty_tells_who_would_sign(page) -> None:
    from daihou.dayend.acts import run_day
    from daihou.duties.models import Duty

    run_day(DAY, by=BY, at=NOW)
    duty = Duty.objects.get(rule="fund-use-check", contract="C1")  # of a contract of a million
    above = "业务部经理 → 风控部主管 → 风控部经理 → 总经理、财务总监"
    path, risk = f"/duties/{duty.pk}/", page("丁")
    assert "风控部经理 → 总经理</p>" in risk.get(path).content.decode()
    adopted(above=1_000_000_00)
    assert "风控部经理 → 总经理</p>" in risk.get(path).content.decode()
    adopted(above=999_999_99)
    assert above in risk.get(path).content.decode()


def test_the_trail_calls_a_limit_by_its_words_and_leads_to_it(page) -> None:
    proposed()
    event = Event.objects.get(act="propose-signing-limit")
    shown = page("辛").get(f"/trail/{event.number}/").content.decode()
    assert "超过 5,000,000.00 元由总经理、财务总监联签" in shown
    assert all(
        one in shown for one in ("合同金额超过（元）", "5,000,000.00", "加签的岗位", "/signing-limits/")
    )
    assert not any(
        f"<td>{one}</td>" in shown or f">{one}<" in shown for one in ("above", "posts", "500000000")
    )
