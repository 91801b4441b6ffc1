"""Random rules on random rows: the compiled engine and the judge give the same, row by row, column by column.

What a failing example says is made small first (``generators.minimising``), so that it can be read and decided by docs/contract.md; what
was found and decided so far stands in test_found.py.
"""

import os
from collections import Counter
from dataclasses import replace

import pytest
from generators import produced
from generators.__main__ import main
from generators.books import Asked
from generators.expressions import DECLARED
from generators.judging import differences, lines_of, twin_of
from generators.minimising import minimal, told
from generators.questions import QUESTIONS, Question
from generators.questions import question as question_of
from generators.rulebooks import RULES, as_drawn, fitting, read
from hypothesis import HealthCheck, Phase, given, seed, settings

from daihou.engine import derive

QUICK, LONG = 15, int(os.environ.get("DAIHOU_QUESTIONS", "25"))
"""Questions of the two searches; `make soak` asks thousands."""
FIRST_BOOK, MOST_BOOKS = 20261123, 200
# a question follows from one number, so a smaller number is no smaller question: what fails is made small by taking things away
DRAWN = {
    "phases": (Phase.explicit, Phase.generate),
    "database": None,
    "deadline": None,
    "suppress_health_check": list(HealthCheck),
}


def _search(examples: int, check, number: int | None = None) -> Counter[str]:
    """Ask ``check`` about so many drawn questions; how many were refused at load, gave nothing, gave something."""
    seen: Counter[str] = Counter()

    @settings(max_examples=examples, **DRAWN)
    @given(QUESTIONS)
    def asked_about(question):
        if question is None:
            seen["refused"] += 1
            return
        seen["something" if check(question) else "nothing"] += 1

    (asked_about if number is None else seed(number)(asked_about))()
    return seen


def _agree(question: Question) -> bool:
    assert not differences(question.rulebook, question.asked, question.scope), told(question)
    found = twin_of(question.rulebook, question.asked).derive(scope="history")
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


def _same_again(question: Question) -> bool:
    first, again = _derived(question), _derived(question)
    assert first.fingerprint == again.fingerprint
    assert _tables(first) == _tables(again)
    return any(_tables(first).values())


def _nothing_from_later(question: Question) -> bool:
    later = replace(question, asked=question.asked.with_later_rows())
    before, after = _derived(question), _derived(later)
    assert after.fingerprint != before.fingerprint
    assert _tables(before) == _tables(after)
    return any(_tables(before).values())


def _one_is_a_part_of_all(question: Question) -> bool:
    """Duties, grades and gates; a warning is an identity over all objects of a party, so it is no part of one object alone."""
    every = _derived(question)
    twin, compared = twin_of(question.rulebook, question.asked), 0
    for what in ("duties", "grades", "gates", "assignments", "escalations"):
        columns = tuple(getattr(every, what).column_names)
        rows = getattr(every, what).to_pylist()
        for rule, key in sorted({(row["rule"], row["object"]) for row in rows}):
            alone = twin.derive(scope=question.scope, only=(rule,), objects={rule: key})
            mine = [row for row in rows if (row["rule"], row["object"]) == (rule, key)]
            assert lines_of(getattr(alone, what), columns) == lines_of(mine, columns)
            compared += 1
    return compared > 0


def _derived(question: Question):
    asked = question.asked
    return derive(
        (question.rulebook,),
        asked.book(),
        asked.as_of,
        known=asked.known,
        go_live=asked.go_live,
        scope=question.scope,
    )


def _tables(results) -> dict[str, list[tuple[str, ...]]]:
    named = ("duties", "assignments", "escalations", "warnings", "grades", "gates", "gaps", "gap_assignments")
    return {
        name: lines_of(getattr(results, name).to_pylist(), tuple(getattr(results, name).column_names))
        for name in named
    }


PROMISES = pytest.mark.parametrize("promise", [_same_again, _nothing_from_later, _one_is_a_part_of_all])


@PROMISES
def test_derive_keeps_its_promises(promise) -> None:
    seen = _search(4, promise)
    assert seen["something"]
    assert not seen["refused"]


@pytest.mark.long
@PROMISES
def test_derive_keeps_its_promises_in_a_long_search(promise) -> None:
    assert _is_rich(_search(20, promise))


# -- that nothing is left out


def test_every_node_and_function_has_a_generator() -> None:
    made_elsewhere = {"Moment"}  # a name that Writer.known gives where moments are known
    assert produced.nodes_and_functions() <= DECLARED | made_elsewhere


def test_what_is_drawn_uses_every_part_of_the_language() -> None:
    """The parts are those of the model and of the reader, not a list kept here: a new one without a generator is missed."""
    wanted, made, books = produced.parts_of_the_language(), set[str](), 0
    drawn, kept = Counter[str](), Counter[str]()
    assert len(wanted) > 400
    while not wanted <= made and books < MOST_BOOKS:
        whole = as_drawn(FIRST_BOOK + books, 12)
        book = fitting(whole)
        made.update(produced.parts_of(book, read(book)))
        drawn.update({kind: len(whole.get(kind, ())) for kind in RULES})
        kept.update({kind: len(book.get(kind, ())) for kind in RULES})
        books += 1
    assert sorted(wanted - made) == [], f"not in {books} rulebooks"
    # what the reader refuses of it is taken out, which must stay little
    assert kept.total() >= 0.8 * drawn.total(), (drawn, kept)


def test_what_is_drawn_holds_the_rows_that_decide() -> None:
    """Rows voided, recorded late, replaced; references that lead nowhere; days that calendars turn on; tables that end early."""
    seen: Counter[str] = Counter()

    @seed(20261123)
    @settings(max_examples=40, **DRAWN)
    @given(QUESTIONS)
    def draw(question):
        if question is not None:
            seen.update(question.asked.features())

    draw()
    assert sorted(Asked.FEATURES - set(seen)) == []


# -- what a failing example says


def test_a_number_brings_its_question_back(capsys) -> None:
    assert main(["7"]) == 0
    first = capsys.readouterr().out
    assert main(["7"]) == 0
    assert first == capsys.readouterr().out
    assert "question 7" in first


def test_a_disagreement_is_made_small_before_it_is_told() -> None:
    """As if the two differed on every book in which a duty is due: one rule is left, one row of its table, and no more of those that it leads to."""
    large = next(one for one in map(question_of, range(100)) if one is not None and _has_duty(one))
    small = minimal(large, _has_duty)
    assert _has_duty(small)
    assert sum(len(small.book.get(kind, ())) for kind in RULES) == 1
    assert max(len(rows) for rows in small.asked.rows.values()) == 1
    assert len(str(small)) < 0.5 * len(str(large))
    assert f"question {large.number}" in str(small)


def _has_duty(question: Question) -> bool:
    return bool(twin_of(question.rulebook, question.asked).derive(scope="history").duties)
