"""A disagreement made small: parts of rules and rows are left out as long as the two executions still differ.

Hypothesis shrinks choices; here the example itself is a plain mapping and a few tables, so it is quicker to take away rules, keys and rows.
"""

import copy
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from daihou.book import declared
from daihou.rulebook import RulebookRefused
from generators.books import Asked, Rows
from generators.judging import differences
from generators.questions import Question
from generators.rulebooks import RULES, Drawn

Fails = Callable[[Question], bool]
Way = tuple[Any, ...]
PATIENCE = 400  # examples tried


def told(question: Question) -> str:
    """A disagreement made small: the rules, the rows, what is asked, and the results that differ."""
    small = minimal(question, _differ)
    found = "\n".join(str(one) for one in differences(small.rulebook, small.asked, small.scope))
    return f"engine and judge differ\n{small}\n{found}"


def _differ(question: Question) -> bool:
    return bool(differences(question.rulebook, question.asked, question.scope))


def minimal(question: Question, fails: Fails) -> Question:
    """The smallest question that still fails, found by leaving out one thing after the other."""
    tried, smaller = 0, True
    while smaller and tried < PATIENCE:
        smaller = False
        for book, asked in _candidates(question.book, question.asked):
            tried += 1
            less = replace(question, book=book, asked=asked)
            if _still_fails(less, fails):
                question, smaller = less, True
                break
            if tried >= PATIENCE:
                break
    return question


def _still_fails(question: Question, fails: Fails) -> bool:
    """What the reader refuses has not failed; without its id a rule cannot even be written."""
    try:
        return fails(question)
    except (RulebookRefused, KeyError):
        return False


def _candidates(book: Drawn, asked: Asked) -> Iterator[tuple[Drawn, Asked]]:
    """Everything with one thing less, large things first."""
    for kind in RULES:
        for index in range(len(book.get(kind, ()))):
            yield _without(book, (kind, index)), asked
    for table in asked.rows:
        yield book, replace(asked, rows={name: rows for name, rows in asked.rows.items() if name != table})
    for part in ("known", "go_live"):
        if getattr(asked, part) is not None:
            yield book, replace(asked, **{part: None})
    for way in _ways(book):
        yield _without(book, way), asked
    for rows in _fewer(asked.rows):
        yield book, replace(asked, rows=rows)
    for way, text in _texts(book):
        for simple in _simpler(text):
            yield _with(book, way, simple), asked


def _fewer(held: Rows) -> Iterator[Rows]:
    """The tables with one row less, then with one value less."""
    for table, rows in held.items():
        for index in range(len(rows)):
            yield held | {table: [*rows[:index], *rows[index + 1 :]]}
    for table, rows in held.items():
        for index, row in enumerate(rows):
            for column in (name for name in row if name not in declared()[table].key):
                less = {name: value for name, value in row.items() if name != column}
                yield held | {table: [*rows[:index], less, *rows[index + 1 :]]}


def _ways(value: Any, way: Way = ()) -> Iterator[Way]:
    """Ways to everything inside mappings and lists, the outer first."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, _ in inner:
        yield (*way, key)
    for key, part in (
        inner if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    ):
        yield from _ways(part, (*way, key))


def _texts(value: Any, way: Way = ()) -> Iterator[tuple[Way, str]]:
    for one in _ways(value, way):
        part = _at(value, one)
        if isinstance(part, str):
            yield one, part


def _simpler(text: str) -> Iterator[str]:
    """An expression with one pair of parentheses opened, or one side of a sign alone."""
    depth, starts = 0, []
    for place, sign in enumerate(text):
        if sign == "(":
            starts.append(place)
            depth += 1
        elif sign == ")" and starts:
            start = starts.pop()
            inside = text[start + 1 : place]
            for part in _arguments(inside):
                yield text[: _word_start(text, start)] + part + text[place + 1 :]
    for sign in (" AND ", " OR ", " = ", " + ", " - "):
        if sign in text:
            left, _, right = text.partition(sign)
            yield left
            yield right


def _arguments(text: str) -> Iterator[str]:
    depth, start = 0, 0
    for place, sign in enumerate(text):
        depth += {"(": 1, ")": -1}.get(sign, 0)
        if sign == "," and depth == 0:
            yield text[start:place].strip()
            start = place + 1
    yield text[start:].strip()


def _word_start(text: str, place: int) -> int:
    while place > 0 and (text[place - 1].isalnum() or text[place - 1] == "_"):
        place -= 1
    return place


def _at(value: Any, way: Way) -> Any:
    for key in way:
        value = value[key]
    return value


def _without(book: Drawn, way: Way) -> Drawn:
    less = copy.deepcopy(book)
    del _at(less, way[:-1])[way[-1]]
    return less


def _with(book: Drawn, way: Way, text: str) -> Drawn:
    other = copy.deepcopy(book)
    _at(other, way[:-1])[way[-1]] = text
    return other
