"""Pages made from the data: always the same, refused when stale, never silent about a requirement without an answer."""

import shutil

import pytest

from daihou.cli import pages


@pytest.fixture
def repository(tmp_path, repo_root):
    """What the pages are made of, in a folder that a test may change."""
    (tmp_path / "docs").mkdir()
    for name in ("requirements.yaml", "survivors.yaml"):
        shutil.copy(repo_root / "docs" / name, tmp_path / "docs" / name)
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_one.py").write_text(
        '@pytest.mark.covers("P01-05")\ndef test_it(): ...\n', "utf-8"
    )
    return tmp_path


def test_pages_are_written_once_and_then_are_up_to_date(daihou, repository) -> None:
    assert daihou("docs", repository, "--check").code == 1
    written = daihou("docs", repository)
    assert written.code == 0
    assert "docs/COVERAGE.md" in written.out
    assert daihou("docs", repository, "--check").code == 0
    assert daihou("docs", repository, "--lang", "en").out == "All pages are up to date.\n"


def test_a_page_changed_by_hand_or_made_no_more_is_named_and_mended(daihou, repository) -> None:
    daihou("docs", repository)
    glossary = repository / "docs" / "GLOSSARY.md"
    glossary.write_text(glossary.read_text("utf-8") + "by hand\n", "utf-8")
    (repository / "docs" / "rules" / "gone.md").write_text("# an old book\n", "utf-8")
    ended = daihou("docs", repository, "--check")
    assert ended.code == 1
    assert "docs/GLOSSARY.md docs/rules/gone.md" in ended.err
    daihou("docs", repository)
    assert not (repository / "docs" / "rules" / "gone.md").exists()
    assert "by hand" not in glossary.read_text("utf-8")


def test_a_rule_requirement_without_a_rule_that_has_a_case_is_refused_by_its_id(daihou, repository) -> None:
    file = repository / "docs" / "requirements.yaml"
    file.write_text(file.read_text("utf-8") + "P99-01: R\n", "utf-8")
    ended = daihou("docs", repository)
    assert ended.code == 1
    assert "P99-01" in ended.err


def test_the_coverage_names_rules_cases_tests_and_what_is_left_out(repository) -> None:
    text = pages.pages(repository)[pages.Path("docs/COVERAGE.md")]
    row = next(line for line in text.splitlines() if line.startswith("| P01-05 |"))
    assert "融资用途检查" in row
    assert "tests/test_one.py" in row
    assert "待定" in next(line for line in text.splitlines() if line.startswith("| P02-32 |"))


def test_a_figure_of_the_rules_stands_on_its_page_with_its_article(repository) -> None:
    text = pages.pages(repository)[pages.Path("docs/rules/guarantee.md")]
    rule = text.split('<a id="fund-use-check"></a>')[1].split("<a id=")[0]
    assert "10天" in rule
    assert "保后管理办法" in rule
    assert "```yaml" in rule


def test_nowhere_but_in_the_repository_are_pages_made(daihou, tmp_path) -> None:
    ended = daihou("docs", tmp_path)
    assert ended.code == 2
    assert "requirements.yaml" in ended.err


def test_the_page_of_refusals_tells_every_mistake_with_its_remedy_in_both_languages(repository) -> None:
    text = pages.pages(repository)[pages.Path("docs/refusals.md")]
    row = next(line for line in text.splitlines() if line.startswith("| `key-twice` |"))
    assert (
        row
        == "| `key-twice` | 键“…”写了两次 | 合并成一处 | The key “…” is written twice; Join them into one |"
    )
    assert "did-you-mean" not in text
    assert "kind-" not in text
