"""Shipped rulebooks, damaged at random: whatever is broken, the book is taken or refused by file and line, and nothing else happens."""

import os
import re
import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import daihou.rulebooks
from daihou.rulebook import Mistake, RulebookRefused, read_rulebook, shipped_ids

SHIPPED = Path(daihou.rulebooks.__file__).parent
BASE = "portfolio"  # every other book builds on it
LIGHT = ("customer-care", "finance", "portfolio")  # read in a tenth of a second
WORD = re.compile(r"[A-Za-z_0-9一-鿿]+")
LINE_END = re.compile("\r\n|[\n\r\x85\u2028\u2029]")  # as YAML counts lines
VALUE = re.compile(r"(?<=: )\S.*?(?=\s#|[,}\]]|$)", re.MULTILINE)
SIGNS = list("()[]{}'\"`:,;-&*!%@|>#?=<+/\\.~^$，（）“＝\0\x1b\u200b\ufeff\u2028🀄")
ODD_VALUES = (
    "[]", "{}", "", "~", "null", '""', "''", "5", "-1", "0", "1e999", ".nan", "true", "是", "无", "待定", "2026-02-30", "0000-00-00",
    "99999999999999999999", "[1, [2, {三: 四}]]", "{甲: {乙: []}}", "- 一", "&甲 一", "*甲", "<<: *甲", "!!binary aGk=", "!!python/object:os.system 1",
    "|", ">", '"\\x00"', '"\\uD800"', "NULL", "TRUE", "CASE", "当日", "本.", "本.起算", "起算", "到期", "IN", "加天(起算, 999999999天)", "加天(起算, -36500天)",
    "加月(起算, 999999月)", "加工作日(起算, 99999工作日)", "查(甲, 乙)", "有(任务)", "有(预警)", "'", "0.0000000001元", "1e5元", "-10万元", "１２", "²", "٣天",
)  # fmt: skip


def _line_gone(text: str, at: int, _other: int) -> str:
    lines = text.split("\n")
    del lines[at % len(lines)]
    return "\n".join(lines)


def _block_gone(text: str, at: int, other: int) -> str:
    lines = text.split("\n")
    start = at % len(lines)
    del lines[start : start + other % 12 + 1]
    return "\n".join(lines)


def _line_twice(text: str, at: int, other: int) -> str:
    lines = text.split("\n")
    lines.insert(other % len(lines), lines[at % len(lines)])
    return "\n".join(lines)


def _line_deeper(text: str, at: int, other: int) -> str:
    lines = text.split("\n")
    lines[at % len(lines)] = " " * (other % 9) + lines[at % len(lines)].lstrip()
    return "\n".join(lines)


def _words_swapped(text: str, at: int, other: int) -> str:
    words = list(WORD.finditer(text))
    one, two = sorted((words[at % len(words)], words[other % len(words)]), key=lambda word: word.start())
    if one is two:
        return text
    return text[: one.start()] + two[0] + text[one.end() : two.start()] + one[0] + text[two.end() :]


def _word_copied(text: str, at: int, other: int) -> str:
    words = list(WORD.finditer(text))
    one = words[at % len(words)]
    return text[: one.start()] + words[other % len(words)][0] + text[one.end() :]


def _value_of_another_kind(text: str, at: int, other: int) -> str:
    values = list(VALUE.finditer(text))
    one = values[at % len(values)]
    return text[: one.start()] + ODD_VALUES[other % len(ODD_VALUES)] + text[one.end() :]


def _sign_added(text: str, at: int, other: int) -> str:
    place = at % (len(text) + 1)
    return text[:place] + SIGNS[other % len(SIGNS)] + text[place:]


def _sign_gone(text: str, at: int, _other: int) -> str:
    place = at % len(text)
    return text[:place] + text[place + 1 :]


def _long_line(text: str, at: int, other: int) -> str:
    place = at % (len(text) + 1)
    return (
        text[:place]
        + ("一", "A", " ", "9", "(", "'", "，")[other % 7] * (3_000, 70_000)[other % 2]
        + text[place:]
    )


def _deep(text: str, at: int, other: int) -> str:
    values = list(VALUE.finditer(text))
    one = values[at % len(values)]
    opened = ("[", "{甲: ", "- ", "(", "NOT ", "-", "加天(")[other % 7] * (40, 700, 3_000)[other % 3]
    return text[: one.start()] + opened + text[one.start() :]


OF_TEXT = (
    _line_gone, _block_gone, _line_twice, _line_deeper, _words_swapped, _word_copied, _value_of_another_kind, _sign_added, _sign_gone, _long_line, _deep,
)  # fmt: skip


def _cut_off(data: bytes, at: int) -> bytes:
    return data[: at % (len(data) + 1)]


def _byte_changed(data: bytes, at: int) -> bytes:
    place = at % len(data)
    return data[:place] + bytes([(data[place] + at) % 256]) + data[place + 1 :]


def _tabs(data: bytes, at: int) -> bytes:
    lines = data.split(b"\n")
    lines[at % len(lines) :] = [line.replace(b"  ", b"\t") for line in lines[at % len(lines) :]]
    return b"\n".join(lines)


def _windows_lines(data: bytes, _at: int) -> bytes:
    return data.replace(b"\n", b"\r\n")


def _mark_ahead(data: bytes, _at: int) -> bytes:
    return b"\xef\xbb\xbf" + data


def _other_encoding(data: bytes, at: int) -> bytes:
    return data.decode("utf-8", "ignore").encode(("gb18030", "utf-16", "utf-32", "big5")[at % 4], "replace")


OF_BYTES = (_cut_off, _byte_changed, _tabs, _windows_lines, _mark_ahead, _other_encoding)
PLACES = st.integers(0, 10**6)
OF_A_TEXT = st.tuples(st.sampled_from(OF_TEXT), PLACES, PLACES)
OF_A_FILE = st.tuples(st.sampled_from(OF_BYTES), PLACES)


def _files(book: str) -> list[Path]:
    return sorted((SHIPPED / book).rglob("*.yaml"))


DAMAGE = st.tuples(
    PLACES, st.lists(OF_A_TEXT, min_size=0, max_size=3), st.one_of(st.none(), st.none(), OF_A_FILE)
)


def _damaged(file: Path, changes: list, of_bytes: tuple | None) -> None:
    text = file.read_text(encoding="utf-8")
    for change, at, other in changes:
        if text.strip():
            text = change(text, at, other) if VALUE.search(text) and WORD.search(text) else text
    data = text.encode("utf-8", "surrogatepass")
    file.write_bytes(data if of_bytes is None or not data else of_bytes[0](data, of_bytes[1]))


def _is_taken_or_refused_by_file_and_line(book: str, damage: tuple) -> None:
    number, changes, of_bytes = damage
    with tempfile.TemporaryDirectory() as root:
        for name in {book, BASE}:
            shutil.copytree(SHIPPED / name, Path(root) / name)
        files = [Path(root) / file.relative_to(SHIPPED) for file in _files(book)]
        _damaged(files[number % len(files)], changes, of_bytes)
        mistakes = _mistakes_of(Path(root) / book)
        for mistake in mistakes:
            lines = LINE_END.split((Path(root) / mistake.source.file).read_text("utf-8", "replace"))
            assert 1 <= mistake.source.line <= len(lines) + 1, mistake
            assert all(mistake.text(lang) and mistake.remedy(lang) for lang in ("zh", "en")), mistake


def _mistakes_of(folder: Path) -> tuple[Mistake, ...]:
    """What is said about a book, each mistake with its place; nothing where it is taken under its own name."""
    try:
        read = read_rulebook(folder)
    except RulebookRefused as refused:
        return refused.mistakes
    assert read.id == folder.name
    return ()


DAMAGES = max(10, int(os.environ.get("DAIHOU_QUESTIONS", "0")) // 20)
"""Damages to each shipped book; `make soak` asks many more."""


@settings(max_examples=50)
@given(st.sampled_from(LIGHT), DAMAGE)
def test_a_damaged_book_is_taken_or_refused_by_file_and_line(book, damage) -> None:
    _is_taken_or_refused_by_file_and_line(book, damage)


@pytest.mark.slow
@pytest.mark.parametrize("book", shipped_ids())
@settings(max_examples=DAMAGES)
@given(damage=DAMAGE)
def test_every_shipped_book_however_damaged_is_taken_or_refused_by_file_and_line(book, damage) -> None:
    _is_taken_or_refused_by_file_and_line(book, damage)
