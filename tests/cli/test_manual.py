"""The manual page on changing a rule: every command in it is run, in order, in a folder of its own."""

import re
import shlex
from pathlib import Path

import pytest
import typer
import yaml

from daihou.cli.app import app

COMMAND = re.compile(r"^(?P<command>\S.*?)(?:\s+# 退出码 (?P<code>\d))?$", re.MULTILINE)


@pytest.fixture
def page(repo_root: Path) -> str:
    return (repo_root / "docs" / "manual" / "change-a-rule.zh.md").read_text("utf-8")


def commands(page: str) -> list[tuple[list[str], int]]:
    """The command lines of the page with the exit code that it promises (0 where it says nothing)."""
    blocks = re.findall(r"```sh\n(.*?)```", page, re.DOTALL)
    return [
        (shlex.split(found["command"]), int(found["code"] or 0))
        for block in blocks
        for found in COMMAND.finditer(block)
    ]


def written(page: str) -> dict[str, str]:
    """What the page tells the reader to write, by file."""
    return dict(re.findall(r"写进 `([^`]+)`[^\n]*\n+```yaml\n(.*?)```", page, re.DOTALL))


def write_all(page: str, root: Path) -> None:
    """What sections 3 and 7 tell the reader to write into the layer that section 2 began."""
    for name, text in written(page).items():
        file = root / name
        assert all(line.startswith("#") for line in file.read_text("utf-8").splitlines())
        file.write_text(text, encoding="utf-8")
    head = root / "我司规则" / "book.yaml"
    old, new = re.search(r"`(版本: [\d.]+)` 改成 `(版本: [\d.]+)`", page).groups()
    assert head.read_text("utf-8").count(f"\n{old}") == 1
    head.write_text(head.read_text("utf-8").replace(f"\n{old}", f"\n{new}"), encoding="utf-8")


def test_every_command_of_the_page_is_one_of_ours_with_options_it_has(page) -> None:
    asked = [line for line, _ in commands(page) if line[0] == "daihou"]
    assert len(asked) >= 9
    for line in asked:
        command = typer.main.get_command(app)
        words = line[1:]
        while words[0] in getattr(command, "commands", {}):
            command = command.commands[words.pop(0)]
        options = {name for parameter in command.params for name in parameter.opts}
        assert {word for word in words if word.startswith("--")} <= options, line


def test_what_the_page_says_to_write_is_read_and_its_mistakes_are_told_as_the_page_says(
    page, daihou, tmp_path
) -> None:
    mine = tmp_path / "我司规则"
    assert daihou("rulebook", "layer", mine, "--on", "guarantee").code == 0
    assert daihou("rulebook", "diff", "guarantee", mine).code == 0
    write_all(page, tmp_path)
    assert daihou("rulebook", "check", mine).code == 0
    changed = daihou("rulebook", "diff", "guarantee", mine)
    assert changed.code == 1
    assert "10 天 → 7 天，自 2026-11-01 起" in changed.out
    assert "1.0.0 → 1.0.0+1.1.0" in changed.out
    heads = [line for line in changed.out.splitlines() if line.startswith(("+", "−", "~"))]
    assert sorted(set(heads)) == [
        "~ 数值 用途检查期限（用途检查期限）",
        "~ 规则 融资用途检查（fund-use-check）",
    ]
    told = [row.split("|")[1].strip() for row in page.splitlines() if row.startswith("| ")][1:]
    seen = set()
    for name, right, wrong in (
        ("cases/own.yaml", "状态: 在保", "状态: 在宝"),
        ("figures.yaml", "用途检查期限", "用途检察期限"),
        ("figures.yaml", ", 依据: 2026年第12号会议纪要", ""),
        ("figures.yaml", "7天", "10天"),
    ):
        file = mine / name
        before = file.read_text("utf-8")
        assert right in before
        file.write_text(before.replace(right, wrong, 1), encoding="utf-8")
        ended = daihou("rulebook", "check", mine)
        file.write_text(before, encoding="utf-8")
        assert ended.code == 4
        seen |= {message for message in told if message in ended.err}
    empty = tmp_path / "空"
    empty.mkdir()
    ended = daihou("rulebook", "check", empty)
    assert ended.code == 4
    assert "book.yaml" in ended.err
    assert seen | {message for message in told if message in ended.err} == set(told)


@pytest.mark.slow
def test_every_command_of_the_page_ends_as_the_page_says(page, daihou, tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    ran = 0
    for line, code in commands(page):
        ended = daihou(*line[1:])
        assert ended.code == code, (line, ended.err, ended.out)
        assert ended.out
        if "--on" in line:
            write_all(page, tmp_path)
        ran += 1
    assert ran >= 10
    assert (tmp_path / "预测.xlsx").is_file()
    assert (tmp_path / "清单.xlsx").is_file()


def test_the_yaml_of_the_page_is_yaml_and_each_piece_has_its_file(page) -> None:
    assert page.count("```yaml") == len(written(page))
    assert {name: list(yaml.safe_load(text)) for name, text in written(page).items()} == {
        "我司规则/figures.yaml": ["数值"],
        "我司规则/rules.yaml": ["改"],
        "我司规则/cases/own.yaml": ["案例"],
    }
