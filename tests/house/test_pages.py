"""The pages of this repository are what the data make them, and no requirement of kind R goes without an answer."""

import re
from pathlib import Path

from daihou.cli.pages import books, stale
from daihou.cli.pages.coverage import read_proof
from daihou.cli.words import label
from daihou.people.rights import May, rights_by_post


def test_every_requirement_has_its_answer_and_every_one_named_is_listed(repo_root: Path) -> None:
    proof = read_proof(repo_root, books())
    assert proof.uncovered() == []
    assert proof.unlisted() == []


def test_no_page_made_from_the_data_is_stale(repo_root: Path) -> None:
    assert stale(repo_root) == [], "run daihou docs"


def test_the_manual_tells_of_every_post_what_is_enforced(repo_root: Path) -> None:
    page = (repo_root / "docs/manual/posts.zh.md").read_text("utf-8")
    told = {row.split(" | ")[0].removeprefix("| "): row for row in page.splitlines() if row.count(" | ") == 5}
    rights = rights_by_post()
    assert set(told) == {"岗位", *(label(post, "zh") for post in rights)}
    for post, one in rights.items():
        row = told[label(post, "zh")]
        assert ("写明理由后可看" in row) == one.numbers, post
        assert {may for may in May if label(f"may_{may}", "zh") in row} == one.may, post
    assert "docs/manual/posts.zh.md" in (repo_root / "README.zh.md").read_text("utf-8")
    assert "(posts.zh.md)" in (repo_root / "docs/manual/house.zh.md").read_text("utf-8")


def test_no_page_has_chinese_marks_or_words_of_its_own(repo_root: Path) -> None:
    """What stands between things is a ``stop`` of the page's language, a sentence is a message: else English pages have Chinese marks."""
    wrong = []
    for page in sorted((repo_root / "src" / "daihou").glob("*/templates/**/*.html")):
        text = re.sub(r"\{%\s*blocktrans.*?endblocktrans\s*%\}", "", page.read_text(), flags=re.DOTALL)
        bare = re.sub(r"\{%.*?%\}|\{\{.*?\}\}|\{#.*?#\}", "", text, flags=re.DOTALL)
        bare = bare.replace("中文", "")  # the switch says each language in itself
        found = set(re.findall(r"[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]", bare))
        if found:
            wrong.append(f"{page.name}: {''.join(sorted(found))}")
    assert wrong == []
