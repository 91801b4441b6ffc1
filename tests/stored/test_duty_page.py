"""The page of a duty: a withdrawn one says so and asks for nothing."""

import pytest
from tests_cast import BY, DAY, NOW, PASSWORD, browser_of, on_its_day, words_of

from daihou.dayend.acts import follow, run_day
from daihou.duties.models import Duty
from daihou.ledger.acts import correct
from daihou.people.acts import open_accounts
from daihou.trail.acts import Actor


@pytest.fixture
def screen(company, monkeypatch):
    """Who logs in gets a browser; the day is that of the cast, derived once."""
    on_its_day(monkeypatch)
    run_day(DAY, by=BY, at=NOW)
    open_accounts([(one, one) for one in "甲乙丙丁辛"], PASSWORD, by=BY, at=NOW, sample=True)
    return browser_of


def check_of_funds() -> Duty:
    """The check of the use of funds of C1, overdue since 2026-11-20."""
    return Duty.objects.get(rule="fund-use-check", object="C1")


def not_paid_out() -> None:
    """Correct the contract: it is not paid out yet, so nobody asks for a check."""
    said = {"disbursed_day": None, "status": "awaiting_disbursement"}
    correct("contract", "C1", said, by=Actor("甲", "test"), at=NOW, day=DAY, reason="尚未放款")
    follow(DAY, by=Actor("甲", "test"), at=NOW)


def test_a_withdrawn_duty_says_when_and_asks_for_nothing(screen) -> None:
    duty, mine = check_of_funds(), screen("甲")
    address = f"/duties/{duty.pk}/"
    before = words_of(mine.get(address))
    for said in ("逾期 3 天", "when-late", "还没有交", "填表", "申请延期"):
        assert (said in before) == (said not in {"还没有交", "申请延期"}), said
    assert "还没有交" in words_of(screen("乙").get(address))
    not_paid_out()
    duty.refresh_from_db()
    assert (duty.state, duty.withdrawn_on) == ("overdue", DAY)
    for who in "甲乙":
        page = words_of(screen(who).get(address))
        assert f"{DAY} 撤回：规则不再要求办这件事。" in page
        assert "已撤回，不用再办。" in page
        for said in (
            "逾期",
            "when-late",
            "when-soon",
            "还没有交",
            "填表",
            "去登记",
            "自动办结",
            "申请延期",
            "呈签",
        ):
            assert said not in page, said
    assert mine.post(address, {"completion_day": DAY.isoformat(), "evidence": "一"}).status_code == 200
