"""The worked cases beside the shipped rules: what a risk officer was promised comes out, of the judge and of the compiled engine.

The judge answers every case in seconds. The compiled engine takes a tenth of a second for a day, so of each case one day
is compared row by row with the judge, and all days only where there is time (long).
"""

from collections import Counter

import pytest

from daihou.engine import case_book, compiled, judged, run_case
from daihou.rulebook import read_shipped, shipped_ids

BOOKS = {name: read_shipped(name)[0] for name in shipped_ids()}
RESULTS = ("duties", "assignments", "escalations", "warnings", "grades", "gates", "gaps", "gap_assignments")


def _cases(*, covering):
    """Every case; ``covering``: marked with the requirements of its rules, where what it promises is looked at."""
    for name, book in BOOKS.items():
        for case in book.cases:
            # of a rule that sleeps a case promises nothing, and would come out without it
            awake = [rule for rule in map(book.rule, case.rules) if not rule.sleeping]
            items = sorted({item for rule in awake for item in rule.items})
            marks = [pytest.mark.covers(*items)] if covering and items else []
            yield pytest.param(name, case, marks=marks, id=f"{name}-{case.source.line}-{case.name}")


EVERY_CASE = pytest.mark.parametrize(("name", "case"), list(_cases(covering=False)))
EVERY_PROMISE = pytest.mark.parametrize(("name", "case"), list(_cases(covering=True)))


def _wrong(name, case, executor):
    return [
        (str(miss.expectation.source), dict(miss.expectation.want), miss.got)
        for miss in run_case(case, BOOKS[name], executor)
    ]


@EVERY_PROMISE
def test_what_a_case_promises_comes_out(name, case) -> None:
    assert _wrong(name, case, judged) == []


@EVERY_CASE
def test_the_compiled_engine_answers_as_the_judge_on_the_day_most_asked_of_a_case(name, case) -> None:
    asked = Counter((expectation.day, expectation.known) for expectation in case.expectations)
    (day, known), _ = asked.most_common(1)[0]
    fast, slow = (
        execute((BOOKS[name],), case_book(case), day, known=known, go_live=case.go_live, only=case.rules)
        for execute in (compiled, judged)
    )
    for what in RESULTS:
        table = getattr(fast, what)
        columns = table.column_names
        assert _rows(table.to_pylist(), columns) == _rows(getattr(slow, what), columns), what


@pytest.mark.parametrize("execute", [compiled, judged])
def test_a_reason_is_told_in_both_languages_and_names_a_value_by_its_word(execute) -> None:
    book = BOOKS["microloan"]
    case = next(one for one in book.cases if "cash-purpose" in one.rules)
    (day, *_) = (expectation.day for expectation in case.expectations)
    found = execute((book,), case_book(case), day, known=None, go_live=case.go_live, only=case.rules).gates
    rows = {row["object"]: row for row in (found if isinstance(found, list) else found.to_pylist())}
    told = {key: (rows[key]["said"], rows[key]["english"]) for key in ("C1", "C8", "C10")}
    assert told == {
        "C1": ("", ""),
        "C8": ("其他不在可以付现金的范围", "Other is not among the purposes that may be paid in cash"),
        "C10": (
            "零星支出1000.01超过结算起点",
            "The petty payment of 1000.01 exceeds the amount that may be paid in cash",
        ),
    }


def _rows(rows, columns):
    return sorted(tuple(str(row.get(column)) for column in columns) for row in rows)


@pytest.mark.long
@EVERY_CASE
def test_what_a_case_promises_comes_out_compiled_on_every_day(name, case) -> None:
    assert _wrong(name, case, compiled) == []


def test_every_rule_that_answers_has_a_case() -> None:
    for name, book in BOOKS.items():
        asked = {rule_id for case in book.cases for rule_id in case.rules}
        silent = [
            rule.id
            for rule in book.rules
            if rule.id not in asked and not rule.sleeping and getattr(rule, "mode", "") != "M"
        ]
        assert silent == [], name
