"""Help and refusals: every command teaches, in both languages; a wrong command line is told in words."""

import re
from functools import cache

import pytest
import typer

from daihou.cli.app import app

CHINESE = re.compile(r"[\u4e00-\u9fff]")


def _paths(command: object, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    below = getattr(command, "commands", {})
    return [path, *(deeper for name, one in below.items() for deeper in _paths(one, (*path, name)))]


PATHS = _paths(typer.main.get_command(app))
named = pytest.mark.parametrize("path", PATHS, ids=[" ".join(("daihou", *path)) for path in PATHS])


def test_the_commands_are_those_that_are_told_of() -> None:
    assert {" ".join(path) for path in PATHS} >= {
        "demo",
        "template",
        "check",
        "derive",
        "explain",
        "rulebook list",
        "rulebook show",
        "rulebook check",
        "rulebook cases",
        "rulebook sql",
        "calendar show",
        "calendar import",
        "map list",
        "map show",
        "map check",
    }


@pytest.fixture(scope="session")
def helped(daihou):
    """``helped(path, "en", width=80)`` ends as the command's help does; what was shown once is not rendered again."""

    @cache
    def shown(path: tuple[str, ...], lang: str | None = None, width: int = 120):
        return daihou(*path, "--help", *(() if lang is None else ("--lang", lang)), width=width)

    return shown


@named
def test_help_is_whole_in_80_columns(helped, path) -> None:
    for lang in ("zh", "en"):
        page = helped(path, lang, width=80)
        assert page.code == 0
        assert re.findall(r"\S* …", page.out) == [], page.out  # a text cut off by the table


@named
def test_help_in_english_has_no_chinese_but_names_and_in_chinese_no_english_frame(helped, path) -> None:
    english = helped(path, "en").out
    sentences = [line for line in english.splitlines() if "Usage" in line or "Options" in line]
    assert sentences
    assert not any(CHINESE.search(line) for line in sentences)
    chinese = helped(path).out
    for word in ("Usage", "Options", "Arguments", "Commands", "required", "default", "Show this"):
        assert word not in chinese


@named
def test_every_command_shows_an_example(helped, path) -> None:
    if path in {
        ("rulebook",),
        ("calendar",),
        ("map",),
        ("audit",),
        ("duties",),
        ("messages",),
        ("policy",),
        ("handover",),
        ("tokens",),
    }:
        return  # these only gather the commands below them, which have examples
    assert f"daihou {' '.join(path)}".strip() in helped(path).out.split("─╯")[-1]


@pytest.mark.parametrize(
    ("line", "said", "english"),
    [
        ("nonsense", "没有“nonsense”这个命令", "There is no command nonsense"),
        ("derve", "是不是“derive”", "Did you mean derive"),
        ("derive x.xlsx --sctrict", "是不是“--strict”", "Did you mean --strict"),
        ("derive", "少了“BOOK”", "BOOK is missing"),
        ("derive a b", "多写了“b”", "b is too much"),
        ("derive x.xlsx --as-of", "“--as-of”后面要写一个值", "The option --as-of wants a value"),
        ("derive x.xlsx --as-of 23/11/2026", "2026-11-23", "2026-11-23"),
        ("derive x.xlsx --as-of 2026-02-30", "2026-02-30", "2026-02-30"),
        ("derive x.xlsx --out x.doc", ".parquet", ".parquet"),
        ("derive x.xlsx --rulebook guarante", "是不是“guarantee”", "Did you mean guarantee"),
        ("derive x.xlsx --rulebook ,", "没有写是哪一册", "No rulebook is named"),
        ("derive x.xlsx --rulebook finance,finance", "给了两次", "given twice"),
        ("explain x.xlsx fund-use-chek C1", "是不是“fund-use-check”", "Did you mean fund-use-check"),
        ("rulebook show 融资用途检察", "是不是“融资用途检查”", "Did you mean 融资用途检查"),
        ("rulebook sql fund-use-check --dialect oracle", "duckdb postgres spark", "duckdb postgres spark"),
        ("calendar show 1800", "1990 到 2199", "1990 to 2199"),
        ("calendar show abc", "“YEAR”写得不对", "YEAR is not of the right form"),
        ("demo x --contracts 5", "至少 69 笔", "at least 69"),
        ("template x.doc", ".xlsx", ".xlsx"),
    ],
)
def test_a_wrong_command_line_ends_with_2_and_says_what_was_meant(daihou, line, said, english) -> None:
    for lang, words in (("zh", said), ("en", english)):
        ended = daihou(*line.split(), "--lang", lang)
        assert ended.code == 2, ended.err
        assert words in ended.err
        assert ended.out == ""


def test_an_unknown_language_is_refused(daihou) -> None:
    ended = daihou("check", "x.xlsx", "--lang", "fr")
    assert ended.code == 2
    assert "zh" in ended.err


def test_without_a_command_the_help_is_shown(daihou) -> None:
    assert "derive" in daihou().out


def test_a_fault_of_ours_ends_with_5_in_one_line_and_the_trace_in_a_file(
    daihou, files, monkeypatch, tmp_path
) -> None:
    def fails(*_arguments: object, **_named: object) -> None:
        raise ZeroDivisionError("what nobody foresaw")

    monkeypatch.setattr("daihou.cli.given.read_book", fails)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    ended = daihou("check", files.register)
    assert ended.code == 5
    assert "what nobody foresaw" in ended.err
    assert "Traceback" not in ended.err
    (log,) = tmp_path.glob("daihou-*.log")
    assert str(log) in ended.err
    assert "Traceback" in log.read_text("utf-8")
