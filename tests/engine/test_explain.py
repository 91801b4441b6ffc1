"""Why a rule says what it says ends on what derive() gives: every result of the sample company is asked for its reasons.

``explain`` asks the judge again, with a memory; ``derive`` is the compiled engine. Were they to end on different days, a user would be
given the reasons of another answer.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

import pytest

from daihou.book import Book
from daihou.engine import Explanation, OccurrenceAnswer, derive, render
from daihou.engine.asking import twin_of
from daihou.engine.explain import explain_with
from daihou.engine.twin import Twin
from daihou.engine.wording import word
from daihou.rulebook import read_shipped, shipped_ids

DAY, GO_LIVE = date(2026, 11, 23), date(2025, 1, 1)
ALL = 10_000
"""Occurrences told at most: more than any object has."""

ANSWERS = ("duties", "warnings", "grades", "gates")
OF_A_DUTY = ("assignments", "escalations")

VERDICT = (
    "occurrence", "state", "start", "opens", "seen", "due", "expires", "done", "days_late", "missed_run", "run_from", "run_to", "late_entry",
)  # fmt: skip
WINDOW = ("start", "opens", "due", "expires", "done")
NAMED = ("rule", "object", "occurrence")

Row = dict[str, Any]
Asked = tuple[str, str]


@dataclass(frozen=True)
class Day:
    """What derive() gives of a shipped book, by rule and object, and the judge to be asked why."""

    scope: Literal["day", "history"]
    twin: Twin
    rows: dict[str, dict[Asked, list[Row]]]

    @classmethod
    def of(cls, name: str, book: Book, day: date, scope: Literal["day", "history"] = "day") -> "Day":
        rulebooks, go_live = read_shipped(name), None if scope == "day" else GO_LIVE
        results = derive(rulebooks, book, day, scope=scope, go_live=go_live)
        rows = {
            what: _by_object(getattr(results, what).to_pylist())
            for what in (*ANSWERS, *OF_A_DUTY, "gaps", "gap_assignments")
        }
        return cls(scope, twin_of(rulebooks, book, day, go_live=go_live), rows)

    def explain(self, asked: Asked) -> Explanation:
        return explain_with(self.twin, *asked, shown=ALL)

    def every(self) -> list[Asked]:
        """Each rule and object that has a result."""
        return sorted({asked for what in ANSWERS for asked in self.rows[what]})

    def disagreements(self, asked: Asked) -> list[str]:
        """Where the reasons end on something else than the results."""
        told = self.explain(asked)
        given = {what: self.rows[what].get(asked, []) for what in (*ANSWERS, *OF_A_DUTY)}
        ends = _ends_of(told, every=self.scope == "history")
        wrong = [
            f"{asked} {what}: derive gives {_plain(given[what], ends[what])}, explain ends on {ends[what]}"
            for what in ends
            if _plain(given[what], ends[what]) != ends[what] or len(given[what]) != len(ends[what])
        ]
        text = render(told, "zh")
        in_english = render(told, "en") if given["gates"] else ""
        missing = [one for one in _to_be_told(given) if one not in text]
        missing += [one for one in _reasons(given, "english", "; ") if one not in in_english]
        return wrong + [f"{asked}: {one} is not told" for one in missing]


def _by_object(rows: list[Row]) -> dict[Asked, list[Row]]:
    found: dict[Asked, list[Row]] = {}
    for row in rows:
        found.setdefault((row["rule"], row["object"]), []).append(row)
    return found


def _ends_of(told: Explanation, *, every: bool) -> dict[str, list[Row]]:
    """What an explanation ends on, as rows of the results, in the columns it knows of."""
    shown = [one for one in told.duties if every or one.of_today]
    ends: dict[str, list[Row]] = {"duties": [_duty(one) for one in shown]}
    for what, name in (("assignments", "persons"), ("escalations", "told")):
        ends[what] = [
            {"occurrence": one.verdict.occurrence} | vars(part)
            for one in shown
            for part in getattr(one, name)
        ]
    for what, only_there in (("warnings", "episode"), ("grades", "cause"), ("gates", "allowed")):
        ends[what] = [dict(row) for row in told.results if only_there in row]
    return {what: sorted(rows, key=repr) for what, rows in ends.items()}


def _duty(one: OccurrenceAnswer) -> Row:
    told = {column: getattr(one.verdict, column) for column in VERDICT}
    return told | {
        "assumed": one.assumed,
        "as_known": one.as_known,
        "postponed": one.verdict.relief.postponed,
    }


def _plain(given: list[Row], ends: list[Row]) -> list[Row]:
    """Rows of the results in the columns that the explanation knows of."""
    columns = list(ends[0]) if ends else list(NAMED)
    return sorted(({column: row.get(column) for column in columns} for row in given), key=repr)


def _to_be_told(given: dict[str, list[Row]]) -> Iterator[str]:
    """What a reader of the explanation must find in it."""
    for row in given["duties"]:
        yield word(row["state"], "zh")
        yield from (row[column].isoformat() for column in WINDOW if row[column] is not None)
    for row in (*given["warnings"], *given["grades"]):
        yield word(row["level"], "zh")
    yield from _reasons(given, "said", "；")


def _reasons(given: dict[str, list[Row]], column: str, apart: str) -> Iterator[str]:
    """What the gates have against an act."""
    for row in given["gates"]:
        yield from row[column].split(apart)


BOOKS = [name for name in shipped_ids() if read_shipped(name)[0].rules]


@pytest.fixture(scope="module", params=BOOKS)
def day(request, book) -> Day:
    return Day.of(request.param, book, DAY)


def _agreed(day: Day) -> int:
    """Of how many rules and objects both say the same; it fails where they do not."""
    assert [wrong for asked in day.every() for wrong in day.disagreements(asked)] == []
    return len(day.every())


def test_for_every_result_of_the_sample_explain_ends_on_what_derive_gives(day) -> None:
    assert _agreed(day) > min(5, 3 * len(day.twin.rules))  # a book of one rule has few results


@pytest.mark.long
@pytest.mark.parametrize("other", [date(2026, 10, 8), date(2026, 2, 28)], ids=str)
def test_so_it_is_on_other_days(book, other) -> None:
    assert sum(_agreed(Day.of(name, book, other)) for name in BOOKS) > 500


@pytest.mark.slow
@pytest.mark.parametrize("name", BOOKS)
def test_so_it_is_of_every_occurrence_since_go_live(book, name) -> None:
    assert _agreed(Day.of(name, book, DAY, "history")) > 10


def test_where_a_rule_gives_an_object_nothing_explain_says_why(day) -> None:
    """The first object of each rule's table that has neither result nor gap: no result is told, and at least one reason is."""
    heard = {asked for rows in day.rows.values() for asked in rows}
    silent = 0
    for rule in day.twin.rules.values():
        keys = sorted(row.key for row in day.twin.rows(rule, None) if (rule.id, row.key) not in heard)
        for key in keys[:1]:
            told = day.explain((rule.id, key))
            assert not any(one.of_today for one in told.duties), (rule.id, key)
            assert told.results == (), (rule.id, key)
            assert told.duties or told.nothing, (rule.id, key)
            silent += 1
    assert silent > min(3, len(day.twin.rules) - 1)  # a book of one rule has one such object


def test_of_what_could_not_be_judged_explain_says_whose_it_is(day) -> None:
    """The persons of every gap by which an object has no result at all; one that its duties have themselves stands at these."""
    for asked in sorted(day.rows["gaps"].keys() - set(day.every())):
        told = day.explain(asked)
        ends = [
            {name: held for name, held in vars(one).items() if name != "answerable"} for one in told.answering
        ]
        assert ends == _plain(day.rows["gap_assignments"][asked], ends), asked
        text = render(told, "zh")
        assert all(one.employee is None or one.employee in text for one in told.answering), asked


PERIODS = """
数值:
  小额: {义: 小额, 值: 5万元, 依据: 一}
规则:
- {编号: visit, 对象: 合同, 每: "CASE WHEN 金额 <= 小额 THEN '年' WHEN 金额 > 小额 THEN '季' END", 首: 放款日, 责任: 客户经理}
"""
ONE = "合同: [{合同号: C1, 客户: K1, 机构: J1, 客户经理: E1, 放款日: 2026-01-05, 金额: 20万元}]"


def test_of_periods_the_values_are_told_by_which_their_length_was_found(why) -> None:
    told = why(PERIODS, ONE, "visit", "C1", date(2026, 3, 5))
    assert told[told.index("首：放款日") + 1] == "这里得 2026-01-05"
    every = next(place for place, line in enumerate(told) if line.startswith("每："))
    assert told[every + 1] == "这里得 季"
    occurrence = next(place for place, line in enumerate(told) if line.startswith("2026Q1"))
    values = told[occurrence:]
    assert "金额 = 200,000.00 元" in values
    assert "放款日 = 2026-01-05" in values
    assert any(line.startswith("小额 = 50,000.00 元") for line in values)


def test_so_they_are_where_the_length_of_the_period_cannot_be_told(why) -> None:
    told = why(PERIODS, ONE.replace(", 金额: 20万元", ""), "visit", "C1", date(2026, 3, 5))
    assert "金额 = 空" in told
    assert "该补资料的人：E1（客户经理）" in told
