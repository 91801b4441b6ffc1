"""The pages of the trail: found by what they show, and one event with all that is known of it."""

import pytest
from django.db import transaction
from tests_cast import BY, DAY, NOW, PASSWORD, browser_of, on_its_day

from daihou.ledger.acts import correct, enter
from daihou.people.acts import open_accounts
from daihou.registers.sealing import seals
from daihou.trail.acts import Actor, record

ZHANG = "510000199803180019"
MANAGER = Actor("甲", "10.1.2.3")


@pytest.fixture
def auditor(company, monkeypatch):
    """The browser of who reads the trail; 甲 logged in once, entered a branch, put his own contract right and wrote on his client."""
    on_its_day(monkeypatch)
    open_accounts([("甲", "m7"), ("己", "己")], PASSWORD, by=BY, at=NOW, sample=True)
    browser_of("m7")
    branch = {"branch_no": "J9", "title": "北城分公司", "company": "G1", "has_vault": False, "key": "J9"}
    enter("branch", branch, by=MANAGER, at=NOW, day=DAY)
    correct("contract", "C1", {"amount": 90_000_000, "manager_b": "乙"}, by=MANAGER, at=NOW, day=DAY, reason=f"录错，见{ZHANG}")  # fmt: skip
    with transaction.atomic():
        record("note", by=MANAGER, at=NOW, kind="party", subject=seals().mark(ZHANG), after={"note": 7})
    return browser_of("己")


def found(browser, words):
    """What the page lists for some words: acts with the codes of things, newest first."""
    events = browser.get("/trail/", {"q": words}).context["page"].object_list
    return [(event.act, event.kind, event.by) for event in events]


@pytest.mark.parametrize(
    ("words", "acts"),
    [
        ("登录系统", {"login"}),
        ("登录失败", set()),
        ("login", {"login", "accounts"}),
        ("Logged in", {"login"}),
        ("甲某", {"login", "enter", "correct", "note"}),
        ("jm", {"login", "enter", "correct", "note"}),
        ("甲", {"login", "enter", "correct", "note"}),
        ("甲某 更正", {"correct"}),
        ("张三", {"note"}),
        (ZHANG, {"note"}),
        ("主体", {"note"}),
        ("机构", {"enter"}),
        ("J9", {"enter"}),
        ("登录账号", {"login", "accounts"}),
        ("系统", {"login", "accounts", "import"}),
        ("没有这样的", set()),
    ],
)
def test_the_trail_is_searched_by_what_it_shows_and_by_codes(auditor, words, acts) -> None:
    assert {act for act, _kind, _by in found(auditor, words)} == acts
