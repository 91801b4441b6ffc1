"""The manual page on changing a rule: every command in it is run, in order, in a folder of its own."""

import re
import shlex
import shutil
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


def change_the_figure(page: str, folder: Path) -> None:
    """What sections 3 tells the reader to write into the copy."""
    (written,) = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    file = folder / "guarantee" / "figures.yaml"
    text, count = re.subn(r"(?m)^  用途检查期限: .*\n", lambda _: written, file.read_text("utf-8"))
    assert count == 1
    file.write_text(text, encoding="utf-8")
    head = folder / "guarantee" / "book.yaml"
    old, new = re.search(r"`(版本: [\d.]+)` 改成 `(版本: [\d.]+)`", page).groups()
    assert old in head.read_text("utf-8")
    head.write_text(head.read_text("utf-8").replace(old, new), encoding="utf-8")


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


def test_the_figure_of_the_page_is_read_and_its_mistakes_are_told_as_the_page_says(
    page, daihou, repo_root, tmp_path
) -> None:
    mine = tmp_path / "我的规则"
    shutil.copytree(repo_root / "src" / "daihou" / "rulebooks", mine)
    change_the_figure(page, mine)
    assert daihou("rulebook", "check", mine / "guarantee").code == 0
    changed = daihou("rulebook", "diff", "guarantee", mine / "guarantee")
    assert changed.code == 1
    assert "10 天 → 7 天，自 2026-11-01 起" in changed.out
    assert "1.0.0 → 1.1.0" in changed.out
    rules, figures = mine / "guarantee" / "inspection.yaml", mine / "guarantee" / "figures.yaml"
    for file, right, wrong in (
        (rules, "'在保'", "'在宝'"),
        (rules, "用途检查期限", "用途检察期限"),
        (figures, "值: 10天, 依据: 保后管理办法 一(一)4(1)②}", "值: 10天}"),
    ):
        before = file.read_text("utf-8")
        file.write_text(before.replace(right, wrong, 1), encoding="utf-8")
        ended = daihou("rulebook", "check", mine / "guarantee")
        file.write_text(before, encoding="utf-8")
        assert ended.code == 4
        told = [row.split("|")[1].strip() for row in page.splitlines() if row.startswith("| ")]
        assert any(message in ended.err for message in told), ended.err
    empty = tmp_path / "空"
    empty.mkdir()
    ended = daihou("rulebook", "check", empty)
    assert ended.code == 4
    assert "book.yaml" in ended.err


@pytest.mark.slow
def test_every_command_of_the_page_ends_as_the_page_says(
    page, daihou, repo_root, tmp_path, monkeypatch
) -> None:
    (tmp_path / "src").symlink_to(repo_root / "src")
    monkeypatch.chdir(tmp_path)
    ran = 0
    for line, code in commands(page):
        if line[0] == "cp":
            shutil.copytree(line[2], line[3])
            change_the_figure(page, Path(line[3]))
        else:
            ended = daihou(*line[1:])
            assert ended.code == code, (line, ended.err, ended.out)
            assert ended.out
        ran += 1
    assert ran >= 10
    assert (tmp_path / "预测.xlsx").is_file()
    assert (tmp_path / "清单.xlsx").is_file()


def test_the_yaml_of_the_page_is_yaml(page) -> None:
    (written,) = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    assert list(yaml.safe_load(written)) == ["用途检查期限"]
