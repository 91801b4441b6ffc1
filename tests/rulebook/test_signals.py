"""The forty-five signals as a table: who raises each, how severe it can be, what is suggested; written apart from the rules."""

import pytest

from daihou.rulebook import read_shipped

# A raised by the daily run, S proposed for a person to confirm; 17, 19, 20, 23, 27, 28 and 41 are what people see: raised by hand, and
# proposed where somebody wrote an event down as such a signal; levels mild to severe; measures by number
TABLE = """
 1 A 关注重要重大 2 6 10        | 16 A 关注重要     1 10         | 31 A 重要重大     1 10 11 12
 2 S 重要重大     1 2 6         | 17 S 关注重要     4 7          | 32 A 重要         1 5 12
 3 A 重要         1 6 7         | 18 S 关注         5 7          | 33 A 重要         1 5 12
 4 S 关注         7 8           | 19 S 关注重要     7 8          | 34 A 关注重要     1 12
 5 S 重要         1 6 7 9       | 20 S 重要重大     1 6 10 11    | 35 S 重大         1 3 5 12
 6 A 关注重要     7 8           | 21 A 重要重大     1 6 10 12    | 36 A 关注重要     1 7
 7 S 重要重大     1 6 7 8       | 22 S 重要         1 4 6 7      | 37 S 关注重要     1
 8 A 重要         7 9 10        | 23 S 关注重要     7 8          | 38 A 重大         2 6 10 12
 9 S 重大         1 5 10 11     | 24 S 关注重要重大 1 6          | 39 S 重大         1 4 10 12
10 S 重大         1 6 10        | 25 S 重要         1 4 6        | 40 S 重大         1 3 5 12
11 A 关注重要     7             | 26 S 重大         1 6 9 10     | 41 S 重要重大     1 10 11 12
12 A 重要         6 7 9         | 27 S 重要重大     1 5 6 7      | 42 A 重大         1 2 6 10
13 A 重大         1 6 7 10      | 28 S 关注重要     5 7 8        | 43 S 重大         1 3 12
14 A 重大         1 2 6 10      | 29 A 重要         1 6          | 44 S 重大         1 2 4 5
15 S 重要重大     1 6 7         | 30 A 重大         1 3 6 10 12  | 45 S 重要         1 2 5 6
"""
WORDS = {"watch": "关注", "important": "重要", "severe": "重大"}


def _table():
    for cell in TABLE.replace("\n", "|").split("|"):
        if cell.strip():
            number, mode, levels, *measures = cell.split()
            marks = pytest.mark.covers("P01-13", f"P01-S{int(number):02}")
            yield pytest.param(int(number), mode, levels, measures, marks=marks, id=f"S{int(number):02}")


@pytest.mark.parametrize(("number", "mode", "levels", "measures"), list(_table()))
def test_a_signal_is_raised_by_whom_and_as_severe_as_the_table_says(number, mode, levels, measures) -> None:
    (book,) = read_shipped("signals")
    rule = book.rule(f"S{number:02}")
    assert rule.mode == mode
    assert "".join(WORDS.get(level, level) for level, _ in rule.levels) == levels.replace("-", "")
    assert rule.measures == tuple(f"M{int(one):02}" for one in measures)
    assert rule.citation.endswith(f"一(三){number}")


@pytest.mark.covers("P01-13")
def test_there_are_forty_five_signals_and_their_second_forms_are_as_the_first() -> None:
    (book,) = read_shipped("signals")
    ids = [rule.id for rule in book.warnings]
    assert sorted(one for one in ids if len(one) == 3) == [f"S{n:02}" for n in range(1, 46)]
    for other in (one for one in ids if len(one) > 3):
        assert book.rule(other).mode == book.rule(other[:3]).mode
        assert set(book.rule(other).measures) == set(book.rule(other[:3]).measures)
