"""A rulebook with one thing wrong must be noticed by a worked case; what is not noticed stands in docs/survivors.yaml with its reason.

Run by ``make check``. One test for each rule, figure, table, fact and range that can be made wrong.
"""

from collections import Counter, defaultdict
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
import yaml

from daihou.engine import Noticing
from daihou.rulebook import read_shipped, shipped_ids

LISTED = yaml.safe_load(
    (Path(__file__).resolve().parents[2] / "docs/survivors.yaml").read_text(encoding="utf-8")
)
SHORTEST_REASON = 10  # characters of Chinese


@cache
def noticing() -> Noticing:
    return Noticing([read_shipped(name)[0] for name in shipped_ids()])


@cache
def made_wrong():
    """(book, owner) -> its mutants, each with the books in which it can be made."""
    found = defaultdict(list)
    for mutant, made in noticing().mutants():
        found[mutant.book, mutant.owner].append((mutant.name, made))
    return found


def listed(book, owner):
    return {one["mutant"] for one in LISTED if (one["book"], one["owner"]) == (book, owner)}


@pytest.mark.parametrize(
    ("book", "owner"), [pytest.param(*key, id="-".join(key).replace(" ", "-")) for key in made_wrong()]
)
def test_a_case_notices_each_mutant_or_the_list_says_why_not(book, owner) -> None:
    unnoticed = {name for name, made in made_wrong()[book, owner] if not noticing().noticed(made)}
    known = listed(book, owner)
    assert sorted(unnoticed - known) == [], "no case notices these"
    assert sorted(known - unnoticed) == [], "these are noticed, or are no longer made: take them off the list"


def test_the_list_names_what_can_be_made_wrong_once_each_and_says_why() -> None:
    entries = [(one["book"], one["owner"], one["mutant"]) for one in LISTED]
    assert [entry for entry, times in Counter(entries).items() if times > 1] == []
    assert [entry for entry in entries if entry[:2] not in made_wrong()] == []
    assert [one for one in LISTED if len(one["reason"]) < SHORTEST_REASON] == []


def test_a_case_that_fails_as_it_stands_notices_nothing() -> None:
    whole = noticing().rulebooks["errands"]
    failing = tuple(
        replace(case, expectations=tuple(replace(one, want={"state": "late"}) for one in case.expectations))
        for case in whole.cases
    )
    asked = Noticing([replace(whole, cases=failing)])
    assert [mutant.name for mutant, made in asked.mutants() if asked.noticed(made)] == []
    sound = Noticing([whole])
    assert any(sound.noticed(made) for _, made in sound.mutants())


def test_every_shipped_book_with_rules_is_made_wrong() -> None:
    assert {name for name in shipped_ids() if read_shipped(name)[0].rules} <= {
        book for book, _ in made_wrong()
    }


@pytest.mark.parametrize(
    ("way", "at_least"),
    [
        ("removed", 150),  # a rule
        ("value: ", 250),  # a figure
        ("doubled", 80),  # an interval
        ("becomes", 15),  # a period
        ("turned to", 700),  # a comparison, AND and OR
        (" dropped", 1000),  # a part of a condition, a level, a signature, a measure
        ("swapped", 200),  # a person, a post that is told
        ("after ", 150),  # a step of escalation
    ],
)
def test_each_way_of_going_wrong_is_tried(way, at_least) -> None:
    tried = sum(way in name for found in made_wrong().values() for name, _ in found)
    assert tried >= at_least
