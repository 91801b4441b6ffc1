"""The pages of this repository are what the data make them, and no requirement of kind R goes without an answer."""

from pathlib import Path

from daihou.cli.pages import books, stale
from daihou.cli.pages.coverage import read_proof


def test_every_requirement_has_its_answer_and_every_one_named_is_listed(repo_root: Path) -> None:
    proof = read_proof(repo_root, books())
    assert proof.uncovered() == []
    assert proof.unlisted() == []


def test_no_page_made_from_the_data_is_stale(repo_root: Path) -> None:
    assert stale(repo_root) == [], "run daihou docs"
