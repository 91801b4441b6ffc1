"""Random rules on random rows: the compiled engine and the judge give the same, row by row, column by column.

What a failing example says is made small first (``generators.minimising``), so that it can be read and decided by docs/contract.md; what
was found and decided so far stands in test_found.py.
"""

import tempfile
from collections import Counter
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
import yaml
from generators import produced
from generators.books import Asked, acts, books
from generators.expressions import DECLARED
from generators.judging import differences, lines_of, twin_of
from generators.minimising import minimal
from generators.rulebooks import Drawn, read, rulebooks
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from daihou.engine import derive
from daihou.rulebook import Rulebook, RulebookRefused
from daihou.rulebook.duties import DUTY_KEYS
from daihou.rulebook.functions import CHOICES, FOLDS, MOMENTS, RELATIVES, ROW_KEY, SCALARS, function_words
from daihou.rulebook.nodes import Kind
from daihou.rulebook.rules import GATE_KEYS, GRADE_KEYS, WARNING_KEYS

QUICK, LONG = 14, 100
# what is drawn is made small by taking things away (minimising), which a derivation of a second each cannot afford to do by choices
DRAWN = {
    "phases": (Phase.explicit, Phase.reuse, Phase.generate),
    "database": None,
    "deadline": None,
    "suppress_health_check": list(HealthCheck),
}
KEYS_INSIDE = frozenset(
    [
        "规则.每.年内",
        "规则.每.期",
        "规则.每.自",
        "规则.循环.行",
        "规则.循环.条件",
        "规则.循环.日",
        "规则.循环.首",
        "规则.责任.各",
        "规则.责任.同办",
        "规则.责任.发起",
        "规则.变通.豁免",
        "规则.变通.延期",
        "规则.逾期.满",
        "规则.逾期.连漏",
        "规则.逾期.报",
        "规则.版本.自",
        "规则.版本.依据",
        "规则.版本.条件",
        "规则.版本.开放",
        "规则.版本.到期",
        "规则.版本.失效",
        "规则.版本.缓冲",
        "规则.版本.责任",
        "规则.版本.逾期",
        "分级.人工.列",
        "分级.人工.批准",
        "分级.上调.满",
        "分级.上调.自",
        "闸.不许.因",
        "闸.不许.当",
        "数值.值.自",
        "数值.值.值",
        "表.值.自",
        "表.其他",
        "表.键",
        "数值.值=待定",
        "规则.到期=无",
        "规则.取值=逐段",
        "规则.取值=起算",
        "规则.补=是",
        "规则.每=日",
        "规则.每=工作日",
        "规则.每=周",
        "规则.每=半月",
        "规则.每=月",
        "规则.每=季",
        "规则.每=半年",
        "规则.每=年",
        "分级.取=最差",
        "分级.取=首个",
        "预警.方式=A",
        "预警.方式=S",
        "预警.方式=M",
    ]
)


@cache
def _folder() -> Path:
    return Path(tempfile.mkdtemp(prefix="daihou-drawn-"))


@st.composite
def questions(draw):
    """A rulebook (None where the draw was refused), a book for it, and a scope."""
    book = draw(rulebooks())
    try:
        rulebook = read(book, _folder())
    except RulebookRefused:
        return None
    asked = draw(books(rulebook))
    given_ = twin_of(rulebook, asked).derive(scope="history")
    duties = [(one["rule"], one["object"], one["occurrence"]) for one in given_.duties]
    warnings = [(one["rule"], one["party"], one["episode"]) for one in given_.warnings]
    rows = draw(acts(asked.rows, duties, warnings, asked.as_of))
    return book, replace(asked, rows=rows), draw(st.sampled_from(("history", "day")))


def _told(book: Drawn, asked: Asked, scope: str) -> str:
    """The disagreement made small, as a rule, a book and the rows that differ."""

    def fails(one: Drawn, other: Asked) -> bool:
        try:
            return bool(differences(read(one, _folder()), other, scope))
        except (RulebookRefused, KeyError):  # without its id a rule cannot be written
            return False

    book, asked = minimal(book, asked, fails)
    rules = yaml.safe_dump(book, allow_unicode=True, sort_keys=False, width=200)
    rows = "\n".join(f"{table}: {row}" for table, rows in asked.rows.items() for row in rows)
    when = f"day {asked.as_of}, known {asked.known}, go-live {asked.go_live}, scope {scope}"
    found = "\n".join(str(one) for one in differences(read(book, _folder()), asked, scope))
    return f"engine and judge differ\n{rules}\n{rows}\n{when}\n{found}"


def _search(examples: int, check, number: int | None = None) -> Counter[str]:
    """Ask ``check`` about so many drawn questions; how many were refused at load, gave nothing, gave something."""
    seen: Counter[str] = Counter()

    @settings(max_examples=examples, **DRAWN)
    @given(questions())
    def asked_about(question):
        if question is None:
            seen["refused"] += 1
            return
        seen["something" if check(*question) else "nothing"] += 1

    (asked_about if number is None else seed(number)(asked_about))()
    return seen


def _agree(book: Drawn, asked: Asked, scope: str) -> bool:
    rulebook = read(book, _folder())
    assert not differences(rulebook, asked, scope), _told(book, asked, scope)
    found = twin_of(rulebook, asked).derive(scope="history")
    return any(len(lines) for lines in vars(found).values())


def _is_rich(seen: Counter[str]) -> bool:
    """Whether nearly all rulebooks load, and most questions have an answer: a search that draws nothing would find nothing."""
    return seen["refused"] <= 0.1 * seen.total() and seen["something"] >= 0.5 * seen.total()


def test_engine_and_judge_agree_on_drawn_rules_and_rows() -> None:
    assert _is_rich(_search(QUICK, _agree))


@pytest.mark.slow
def test_engine_and_judge_agree_in_a_long_search() -> None:
    assert _is_rich(_search(LONG, _agree))


# -- what derive() promises whatever the rules


def _same_again(book: Drawn, asked: Asked, scope: str) -> bool:
    rulebook = read(book, _folder())
    first, again = _derived(rulebook, asked, scope), _derived(rulebook, asked, scope)
    assert first.fingerprint == again.fingerprint
    assert _tables(first) == _tables(again)
    return any(_tables(first).values())


def _nothing_from_later(book: Drawn, asked: Asked, scope: str) -> bool:
    rulebook = read(book, _folder())
    before, after = _derived(rulebook, asked, scope), _derived(rulebook, asked.with_later_rows(), scope)
    assert after.fingerprint != before.fingerprint
    assert _tables(before) == _tables(after)
    return any(_tables(before).values())


def _one_is_a_part_of_all(book: Drawn, asked: Asked, scope: str) -> bool:
    """Duties, grades and gates; a warning is an identity over all objects of a party, so it is no part of one object alone."""
    rulebook = read(book, _folder())
    every = _derived(rulebook, asked, scope)
    twin, compared = twin_of(rulebook, asked), 0
    for what in ("duties", "grades", "gates", "assignments", "escalations"):
        columns = tuple(getattr(every, what).column_names)
        rows = getattr(every, what).to_pylist()
        for rule, key in sorted({(row["rule"], row["object"]) for row in rows}):
            alone = twin.derive(scope=scope, only=(rule,), objects={rule: key})
            mine = [row for row in rows if (row["rule"], row["object"]) == (rule, key)]
            assert lines_of(getattr(alone, what), columns) == lines_of(mine, columns)
            compared += 1
    return compared > 0


def _derived(rulebook: Rulebook, asked: Asked, scope: str):
    return derive(
        (rulebook,), asked.book(), asked.as_of, known=asked.known, go_live=asked.go_live, scope=scope
    )


def _tables(results) -> dict[str, list[tuple[str, ...]]]:
    named = ("duties", "assignments", "escalations", "warnings", "grades", "gates", "gaps")
    return {
        name: lines_of(getattr(results, name).to_pylist(), tuple(getattr(results, name).column_names))
        for name in named
    }


PROMISES = pytest.mark.parametrize("promise", [_same_again, _nothing_from_later, _one_is_a_part_of_all])


@PROMISES
def test_derive_keeps_its_promises(promise) -> None:
    assert not _search(3, promise)["refused"]


@pytest.mark.slow
@PROMISES
def test_derive_keeps_its_promises_in_a_long_search(promise) -> None:
    assert _is_rich(_search(20, promise))


# -- that nothing is left out


def test_every_node_and_function_has_a_generator() -> None:
    made_elsewhere = {"Moment"}  # a name that Writer.known gives where moments are known
    assert produced.node_classes() | set(function_words()) <= DECLARED | made_elsewhere


def _parts_of_the_language() -> set[str]:
    """Nodes, kinds of literals, functions, moments, and the keys of every kind of rule."""
    literals = {f"literal {kind}" for kind in Kind if kind is not Kind.REF}
    functions = {*SCALARS, *CHOICES, *FOLDS, *RELATIVES, *function_words(), ROW_KEY}
    moments = set(MOMENTS) - {"上次"}  # the word of 循环 for 起算
    kinds = {"规则": DUTY_KEYS, "预警": WARNING_KEYS, "分级": GRADE_KEYS, "闸": GATE_KEYS}
    keys = {f"{kind}.{key}" for kind, allowed in kinds.items() for key in allowed}
    return produced.node_classes() | literals | functions | moments | keys | KEYS_INSIDE


@pytest.mark.slow
def test_what_is_drawn_uses_every_part_of_the_language() -> None:
    made: Counter[str] = Counter()
    wanted = _parts_of_the_language()

    @settings(max_examples=150, **DRAWN)
    @given(rulebooks(12))
    def draw(book):
        try:
            rulebook = read(book, _folder())
        except RulebookRefused:
            made["refused"] += 1
            return
        made["loaded"] += 1
        made.update(produced.of_rulebook(rulebook))
        made.update(produced.keys_of(book))

    for look in range(6):
        if not wanted <= set(made):
            seed(20261123 + look)(draw)()
    assert made["refused"] <= 0.1 * made["loaded"]
    assert sorted(wanted - set(made)) == [], made["loaded"]


def test_what_is_drawn_holds_the_rows_that_decide() -> None:
    """Rows voided, recorded late, replaced; references that lead nowhere; days that calendars turn on; tables that end early."""
    seen: Counter[str] = Counter()

    @settings(max_examples=30, **DRAWN)
    @given(questions())
    def draw(question):
        if question is not None:
            seen.update(question[1].features())

    for look in range(6):
        if not set(seen) >= Asked.FEATURES:
            seed(20261123 + look)(draw)()
    assert sorted(Asked.FEATURES - set(seen)) == []
