"""The weeks ahead against derive asked on every day ahead of the closed book: on the sample company, and on drawn rules and rows."""

import os
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from generators.books import Asked, books
from generators.rulebooks import read, rulebooks
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from daihou.book import Book, posts, read_book
from daihou.engine import derive, forecast
from daihou.engine.asking import twin_of as judge_of
from daihou.engine.forecast import closed_book
from daihou.rulebook import Duty, Rulebook, RulebookRefused, read_shipped
from daihou.sample import write_sample
from daihou.units import add_months

TODAY = date(2026, 11, 23)
ONE_DAY = timedelta(days=1)
Counts = Mapping[tuple[object, ...], int]


def ahead(today: date, months: int) -> Iterator[date]:
    """The days after today."""
    day = today
    while day < add_months(today, months):
        day += ONE_DAY
        yield day


def due_on(
    day: date, duties: list[dict[str, Any]], people: list[dict[str, Any]], rules: Mapping[str, Duty]
) -> Counts:
    """What a derivation on a day shows as still to do and due on that very day, by person."""
    due = {
        (duty["rule"], duty["object"], duty["occurrence"]): duty
        for duty in duties
        if duty["due"] == day and duty["state"] == "open" and duty["rule"] in rules
    }
    found: Counter[tuple[object, ...]] = Counter()
    for person in people:
        duty = due.get((person["rule"], person["object"], person["occurrence"]))
        if duty is None:
            continue
        post = person["post"] or named_post(rules[duty["rule"]], person["ordinal"])
        branch = person["branch"] or duty["branch"]
        week = day - timedelta(days=day.weekday())
        found[week, duty["rule"], post, person["employee"], branch, person["pool"]] += 1
    return found


def named_post(rule: Duty, ordinal: int) -> str | None:
    """The post of a person whom a column names, where the column is called like a post."""
    responsible = rule.responsible.latest
    people = [*([responsible.starter] if responsible.starter else []), *responsible.persons]
    column = getattr(people[ordinal].column, "name", None)
    return column if column in posts() else None


def foreseen(found: Any) -> Counts:
    """The same of a forecast, without what follows acts that it assumes and without what it only takes over from today."""
    rows = found.weeks.to_pylist()
    return {
        (row["week"], row["rule"], row["post"], row["employee"], row["branch"], row["pool"]): count
        for row in rows
        if row["rule"] not in found.as_on_day and (count := row["duties"] - row["projected"])
    }


def asked_of(found: Any, rulebooks_: tuple[Rulebook, ...]) -> Mapping[str, Duty]:
    """The rules that a forecast looks at day by day."""
    left_out = {*found.as_on_day, *found.never_due}
    return {rule.id: rule for book in rulebooks_ for rule in book.duties if rule.id not in left_out}


@pytest.mark.long
def test_a_month_of_the_sample_company_is_what_derive_shows_due_on_each_of_its_days(tmp_path: Path) -> None:
    book = read_book(write_sample(tmp_path, TODAY, contracts=100).register).book
    rules = read_shipped()
    found = forecast(rules, book, TODAY, months=1)
    asked, walked = asked_of(found, rules), Counter[tuple[object, ...]]()
    for day in ahead(TODAY, 1):
        results = derive(
            rules, closed_book(book, TODAY), day, known=TODAY, scope="history", only=sorted(asked)
        )
        walked.update(due_on(day, results.duties.to_pylist(), results.assignments.to_pylist(), asked))
    assert len(walked) > 80
    assert foreseen(found) == dict(walked)


@pytest.mark.long
def test_a_week_of_the_sample_company_is_what_the_judge_shows_too(tmp_path: Path) -> None:
    book = read_book(write_sample(tmp_path, TODAY, contracts=80).register).book
    rules = read_shipped()
    found = forecast(rules, book, TODAY, months=1)
    asked, walked = asked_of(found, rules), Counter[tuple[object, ...]]()
    sunday = date(2026, 11, 29)
    for day in ahead(TODAY, 1):
        if day > sunday:
            break
        results = judge_of(rules, closed_book(book, TODAY), day, known=TODAY).derive(
            scope="history", only=sorted(asked)
        )
        walked.update(due_on(day, results.duties, results.assignments, asked))
    assert walked
    assert {key: n for key, n in foreseen(found).items() if key[0] == TODAY} == dict(walked)


@st.composite
def questions(draw):
    """A drawn rulebook (None where it was refused), and a book for it."""
    try:
        rulebook = read(draw(rulebooks()))
    except RulebookRefused:
        return None
    asked = draw(books(rulebook))
    # most days of a drawn book lie before the day it is asked on: from some weeks earlier they lie ahead
    earlier = timedelta(days=draw(st.sampled_from((0, 5, 20, 40, 100))))
    return rulebook, replace(asked, as_of=asked.as_of - earlier)


def _walked(rulebook: Rulebook, book: Book, asked: Asked, rules: Mapping[str, Duty]) -> Counts:
    walked: Counter[tuple[object, ...]] = Counter()
    for day in ahead(asked.as_of, 1):
        twin = judge_of((rulebook,), book, day, known=asked.as_of, go_live=asked.go_live)
        results = twin.derive(scope="history", only=sorted(rules))
        walked.update(due_on(day, results.duties, results.assignments, rules))
    return dict(walked)


DRAWN = max(24, int(os.environ.get("DAIHOU_QUESTIONS", "0")) // 50)


@pytest.mark.slow
def test_a_month_of_drawn_rules_is_what_the_judge_shows_due_on_each_of_its_days() -> None:
    seen: Counter[str] = Counter()

    @seed(20261123)
    @settings(
        max_examples=DRAWN,
        phases=(Phase.explicit, Phase.generate),
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(questions())
    def agree(question):
        if question is None:
            seen["refused"] += 1
            return
        rulebook, asked = question
        book = asked.book()
        found = forecast((rulebook,), book, asked.as_of, months=1, go_live=asked.go_live)
        rules = asked_of(found, (rulebook,))
        walked = _walked(rulebook, closed_book(book, asked.as_of), asked, rules)
        assert foreseen(found) == walked, asked
        seen["something" if walked else "nothing"] += 1

    agree()
    assert seen["something"] >= 3, seen
