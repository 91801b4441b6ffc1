"""Which duties a rule on duties can look at: what its scope and theirs say of the contract keeps many of them apart."""

import pytest

from daihou.book import declared
from daihou.engine.compile.watching import Watch, watched
from daihou.rulebook import read_shipped

LOANS = {"business_line": "loan"}


@pytest.fixture(scope="module")
def duties():
    """The shipped rules by id."""
    return {rule.id: rule for book in read_shipped() for rule in book.rules}


@pytest.mark.parametrize(
    ("rule", "rules", "alike", "meets"),
    [
        pytest.param("routine-check", None, LOANS, True, id="a contract of the same line"),
        pytest.param("regular-inspection", None, LOANS, False, id="a contract of another line"),
        pytest.param("regular-inspection", None, {}, True, id="who looks at contracts of any line"),
        pytest.param("guarantee-fee", None, LOANS, False, id="a row whose contract is of another line"),
        pytest.param("guarantee-fee", None, {"business_line": "guarantee"}, True, id="a row whose contract is of that line"),
        pytest.param("warning-verification", None, LOANS, True, id="a row of whose contract the scope says nothing"),
        pytest.param("routine-check", frozenset({"routine-report"}), LOANS, False, id="another rule than those named"),
    ],
)  # fmt: skip
def test_what_meets(duties, rule, rules, alike, meets) -> None:
    assert Watch(rules, None, "watched", alike).meets(duties[rule], declared()) is meets


@pytest.mark.parametrize(
    ("rule", "meets"),
    [
        pytest.param("routine-check", False, id="of contracts"),
        pytest.param("repayment-reminder", False, id="of rows each of which is about a contract"),
        pytest.param("half-year-visit", True, id="of clients"),
    ],
)
def test_who_looks_at_duties_about_no_contract_looks_at_those_of_few_rules(duties, rule, meets) -> None:
    assert Watch(None, None, None, of_none=True).meets(duties[rule], declared()) is meets


def test_a_look_names_the_contracts_and_the_parties_whose_duties_it_needs() -> None:
    looks = [
        Watch(None, frozenset({"late"}), "loans"),
        Watch(None, frozenset({"late"}), None, parties="clients", of_none=True),
    ]
    assert watched(looks, "c", "p", "s") == [
        "(s IN ('late')) AND (c IN (SELECT k FROM loans))",
        "(s IN ('late')) AND (c IS NULL) AND (p IN (SELECT k FROM clients))",
    ]
