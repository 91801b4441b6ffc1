"""The English of the pages is whole, and no page says anything outside it."""

import re
import runpy
from pathlib import Path

IDEOGRAPH = re.compile(r"[\u4e00-\u9fff]")
SAID = re.compile(
    r"\{%\s*blocktrans.*?endblocktrans\s*%\}|\{%\s*trans .*?%\}|\{#.*?#\}|>中文<", re.DOTALL
)  # the button to Chinese is read by those who look for Chinese


def test_every_sentence_of_the_pages_has_its_english(repo_root: Path) -> None:
    words = runpy.run_path(str(repo_root / "catalogue/words.py"))
    assert words["faults"]() == []


def test_no_page_says_chinese_outside_the_catalogue(repo_root: Path) -> None:
    found = [
        f"{page.relative_to(repo_root)}: {line.strip()[:80]}"
        for page in sorted((repo_root / "src").rglob("*.html"))
        for line in SAID.sub("", page.read_text("utf-8")).splitlines()
        if IDEOGRAPH.search(line)
    ]
    assert found == []
