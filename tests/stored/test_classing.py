"""The five-tier class of a contract and the register of its changes say the same, whichever is written, by a correction, a row or the form."""

from datetime import timedelta

import pytest
from staging import staged
from test_inspections import answers
from tests_cast import BY, DAY, NOW, PASSWORD, browser_of, on_its_day, taken_in

from daihou.dayend.acts import follow, run_day
from daihou.dayend.asking import correct_asked, enter_asked
from daihou.duties.filing import file_form
from daihou.duties.models import Duty
from daihou.duties.signing import form_of
from daihou.ledger.acts import correct, enter
from daihou.papers.filling import checked
from daihou.people.acts import open_accounts
from daihou.registers.kept import homes, standing
from daihou.trail.acts import Actor
from daihou.trail.reads import verify

HEAD = Actor("丁", "test")


@pytest.fixture
def its_day(monkeypatch):
    """The rules of a micro-loan company beside the others, on the day of the cast."""
    on_its_day(monkeypatch, "microloan")


@staged
def lent(tmp_path, its_day):
    """C1 is a micro-loan classed as normal."""
    taken_in(tmp_path / "book")
    said = {"business_line": "micro_loan", "five_tier": "normal", "status": "on_loan"}
    correct("contract", "C1", said, by=BY, at=NOW, day=DAY, reason="备料", decision=said)
    open_accounts([(one, one) for one in "甲丁"], PASSWORD, by=BY, at=NOW, sample=True)


def changes() -> list[tuple[str, str | None, str, str | None]]:
    """The changes of C1: day, class before, class after, by whom."""
    rows = standing(homes()["class_change"]).filter(contract="C1").order_by("changed_day")
    return [(str(row.changed_day), row.class_before, row.class_after, row.approved_by) for row in rows]


def now() -> str:
    """How C1 is classed."""
    return standing(homes()["contract"]).get(key="C1").five_tier


def set_to(tier: str, reason: str = "展期") -> None:
    correct_asked("contract", "C1", {"five_tier": tier}, by=HEAD, at=NOW, day=DAY, reason=reason)


def told(days_ago: int, tier: str) -> None:
    day = DAY - timedelta(days_ago)
    row = {"key": f"C1/{day}", "contract": "C1", "changed_day": day, "class_after": tier}
    enter_asked("class_change", row, by=HEAD, at=NOW, day=DAY)


@pytest.mark.covers("P17-17")
def test_a_class_that_is_set_leaves_its_change(lent) -> None:
    set_to("watch")
    assert changes() == [(str(DAY), "normal", "watch", "丁")]
    set_to("substandard", "又逾期")
    assert changes() == [(str(DAY), "normal", "substandard", "丁")], "of one day one change"
    assert list(verify()) == []


def test_what_leaves_the_class_as_it_is_leaves_no_change(lent) -> None:
    correct_asked("contract", "C1", {"purpose": "周转"}, by=HEAD, at=NOW, day=DAY, reason="补")
    assert changes() == []


@pytest.mark.parametrize(
    ("told_of", "class_now"),
    [
        pytest.param([(3, "substandard")], "substandard", id="the contract follows"),
        pytest.param([(3, "substandard"), (1, "doubtful")], "doubtful", id="and follows again"),
        pytest.param(
            [(1, "doubtful"), (3, "substandard")],
            "doubtful",
            id="an older change, told later, does not count",
        ),
    ],
)
def test_the_class_follows_its_newest_change(lent, told_of, class_now) -> None:
    for days_ago, tier in told_of:
        told(days_ago, tier)
    assert now() == class_now
    assert len(changes()) == len(told_of)


@pytest.mark.covers("P17-17")
def test_the_form_by_which_a_loan_is_classed_writes_both_and_closes_its_duty(lent) -> None:
    due = DAY - timedelta(95)
    enter("instalment", {"key": "C1/1", "contract": "C1", "instalment_no": 1, "due_day": due, "due_amount": 100_000}, by=BY, at=NOW, day=DAY)  # fmt: skip
    run_day(DAY, by=BY, at=NOW)
    duty = Duty.objects.get(rule="reclassify", object="C1", withdrawn_on__isnull=True)
    form = form_of(duty)
    said = {"tier_before": "normal", "tier_after": "substandard", "grounds": "逾期 95 天", "days_overdue": "95", "books_agree": "yes", "decided_day": str(DAY), "decided_by": "丁某"}  # fmt: skip
    filled = checked(form, answers(form, **said), today=DAY, opens=duty.start or duty.opens, me="丁")
    assert filled.faults == ()
    file_form(duty, form, filled, by=HEAD, at=NOW, day=DAY)
    assert (now(), changes()) == ("substandard", [(str(DAY), "normal", "substandard", "丁")])
    follow(DAY, by=HEAD, at=NOW)
    duty.refresh_from_db()
    assert duty.done == DAY


def test_who_may_not_set_the_class_does_not_set_it_by_a_change_either(lent) -> None:
    browser = browser_of("甲")
    row = {"contract": "C1", "changed_day": str(DAY), "class_after": "正常", "class_before": "次级"}
    browser.post("/registers/class_change/new/", row)
    assert changes() == [], "the manager of a loan does not class it"
