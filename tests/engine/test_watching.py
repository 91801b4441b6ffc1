"""Which duties a rule on duties can look at: what its scope and theirs say of the contract keeps many of them apart."""

import pytest

from daihou.book import declared
from daihou.engine.compile.watching import Watch
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
