"""The worked cases beside the shipped rules, run through the engine: what a risk officer was promised comes out."""

import pytest

from daihou.engine import run_case
from daihou.rulebook import read_shipped, shipped_ids

BOOKS = {name: read_shipped(name)[0] for name in shipped_ids()}


def _cases():
    for name, book in BOOKS.items():
        for case in book.cases:
            items = sorted({item for rule_id in case.rules for item in book.rule(rule_id).items})
            yield pytest.param(
                name, case, marks=pytest.mark.covers(*items), id=f"{name}-{case.source.line}-{case.name}"
            )


@pytest.mark.parametrize(("name", "case"), list(_cases()))
def test_what_a_case_promises_comes_out(name, case) -> None:
    wrong = [
        (str(miss.expectation.source), dict(miss.expectation.want), miss.got)
        for miss in run_case(case, BOOKS[name])
    ]
    assert wrong == []


def test_the_cases_ask_something_of_most_rules() -> None:
    for name in ("guarantee", "finance"):
        asked = {rule_id for case in BOOKS[name].cases for rule_id in case.rules}
        silent = [rule.id for rule in BOOKS[name].rules if rule.id not in asked and not rule.sleeping]
        assert silent == [], name
