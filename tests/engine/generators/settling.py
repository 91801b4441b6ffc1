"""Rulebooks as they are drawn, read without regard to their sense; what cannot mean anything is taken out of the draw first."""

import copy
from pathlib import Path

import yaml

from daihou.rulebook import Rulebook, RulebookRefused
from daihou.rulebook.mistakes import Mistake
from daihou.rulebook.reading import Reading
from daihou.rulebook.vocabulary import Vocabulary
from generators.rulebooks import NAME, Drawn, written

SENSELESS = frozenset(
    [
        "act-in-two-periods",
        "always-true",
        "class-twice",
        "compared-constants",
        "compared-with-itself",
        "due-before-start",
        "duration-too-long",
        "figure-ended",
        "lapses-before-due",
        "level-hidden",
        "levels-leave-gap",
        "never-due",
        "never-in-scope",
        "never-late",
        "never-missed",
        "never-true",
        "never-with-condition",
        "not-positive",
        "opens-after-due",
        "person-twice",
        "says-nothing",
        "scope-unused",
        "steps-not-ascending",
        "unused",
        "wording-empty",
        "wording-out-of-force",
    ]
)
"""Mistakes of sense only: a company would be refused, yet both executions have an answer, and it must be one and the same."""

ROUNDS = 6
_LISTS = ("规则", "预警", "分级", "闸")
_MAPPINGS = ("事实", "数值", "表")


def read(book: Drawn, folder: Path) -> Rulebook:
    """The rulebook through the reader; RulebookRefused where it cannot mean anything."""
    target = written(book, folder)
    reading = Reading(Vocabulary.of(None), target.parent)
    rulebook = reading.read(target)
    grave = tuple(one for one in reading.mistakes.found if one.code not in SENSELESS)
    if grave or rulebook is None:
        raise RulebookRefused(grave)
    return rulebook


def settled(book: Drawn, folder: Path) -> Drawn | None:
    """The draw without the rules, facts and figures that cannot be read; None where nothing is left."""
    for _ in range(ROUNDS):
        try:
            read(book, folder)
        except RulebookRefused as refused:
            book = _without(book, refused.mistakes, folder)
        else:
            return book if any(book.get(kind) for kind in _LISTS) else None
    return None


def _without(book: Drawn, mistakes: tuple[Mistake, ...], folder: Path) -> Drawn:
    lines = {one.source.line for one in mistakes if one.source.file.endswith("rules.yaml")}
    left = copy.deepcopy(book)
    if any(one.source.file.endswith("book.yaml") for one in mistakes):
        left.pop("范围", None)
    text = (folder / NAME / "rules.yaml").read_text("utf-8")
    for key, value in yaml.compose(text).value:
        if key.value in _LISTS:
            left[key.value] = [
                one
                for one, node in zip(left[key.value], value.value, strict=True)
                if not _holds(node, node, lines)
            ]
        elif key.value in _MAPPINGS:
            for name, node in value.value:
                if _holds(name, node, lines):
                    del left[key.value][name.value]
    return left


def _holds(first: yaml.Node, last: yaml.Node, lines: set[int]) -> bool:
    """Whether one of the lines, counted from 1, lies between the beginning and the end of a part of the file."""
    return any(first.start_mark.line < line <= last.end_mark.line for line in lines)
