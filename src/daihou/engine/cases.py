"""Worked cases beside the rules: a small book derived on a day, and whether what was promised comes out."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from hashlib import blake2b
from typing import Protocol

import pyarrow as pa

from daihou.book import Book, Column, ColumnType, declared
from daihou.engine.asking import twin_of
from daihou.engine.derive import Results, derive
from daihou.engine.twin import TwinResults
from daihou.rulebook import CaseBook, Duty, Expectation, Rulebook, Warning, only_what

ARROW: Mapping[ColumnType, pa.DataType] = {
    ColumnType.DATE: pa.date32(),
    ColumnType.HAPPENED: pa.date32(),
    ColumnType.FEN: pa.int64(),
    ColumnType.INT: pa.int64(),
    ColumnType.NUM: pa.decimal128(18, 6),
    ColumnType.BOOL: pa.bool_(),
}

Found = Mapping[str, object]


@dataclass(frozen=True)
class Mismatch:
    """An expectation that does not hold: what was wanted and the rows that came out instead."""

    case: CaseBook
    expectation: Expectation
    got: tuple[Mapping[str, str], ...]


def case_book(case: CaseBook) -> Book:
    """The small book of a case; columns not named are empty."""
    tables: dict[str, pa.Table] = {}
    for table_id, rows in case.rows.items():
        table = declared()[table_id]
        columns = {
            column.id: pa.array(
                [_typed(row.get(column.id), column) for row in rows], ARROW.get(column.type, pa.string())
            )
            for column in table.columns.values()
        }
        columns["_sheet"] = pa.array([table.word] * len(rows), pa.string())
        columns["_row"] = pa.array(range(1, len(rows) + 1), pa.int32())
        tables[table_id] = pa.table(columns)
    mark = blake2b(
        repr(sorted((t, [sorted(r.items()) for r in rows]) for t, rows in case.rows.items())).encode(),
        digest_size=16,
    )
    return Book(tables, _through(tables), mark.hexdigest())


def _typed(text: str | None, column: Column) -> object:
    if text is None or text == "":
        return text if text == "" and column.type is ColumnType.TEXT else None
    match column.type:
        case ColumnType.DATE | ColumnType.HAPPENED:
            return date.fromisoformat(text)
        case ColumnType.FEN | ColumnType.INT:
            return int(text)
        case ColumnType.NUM:
            return Decimal(text)
        case ColumnType.BOOL:
            return text == "true"
        case _:
            return text


def _through(tables: Mapping[str, pa.Table]) -> dict[str, date]:
    found = tables.get("data_through")
    if found is None:
        return {}
    return dict(zip(found["table_name"].to_pylist(), found["through"].to_pylist(), strict=True))


class Executor(Protocol):
    """Whoever derives a case: the compiled engine, or the judge."""

    def __call__(
        self,
        rulebooks: Sequence[Rulebook],
        book: Book,
        as_of: date,
        *,
        known: date | None,
        go_live: date | None,
        only: Collection[str],
    ) -> Results | TwinResults:
        """Every occurrence there ever was of the rules named."""
        ...


def compiled(
    rulebooks: Sequence[Rulebook],
    book: Book,
    as_of: date,
    *,
    known: date | None,
    go_live: date | None,
    only: Collection[str],
) -> Results:
    """The case by the compiled engine."""
    return derive(rulebooks, book, as_of, known=known, go_live=go_live, scope="history", only=only)


def judged(
    rulebooks: Sequence[Rulebook],
    book: Book,
    as_of: date,
    *,
    known: date | None,
    go_live: date | None,
    only: Collection[str],
) -> TwinResults:
    """The case by the row-by-row judge: on a few rows much the faster."""
    within = [
        only_what(rulebook, only) for rulebook in rulebooks
    ]  # ordering all rules takes longer than asking
    twin = twin_of(within, book, as_of, known=known, go_live=go_live)
    return twin.derive(scope="history", only=only)


def run_cases(rulebook: Rulebook, executor: Executor = compiled) -> Iterator[Mismatch]:
    """Every expectation of a rulebook's cases that does not hold."""
    for case in rulebook.cases:
        yield from run_case(case, rulebook, executor)


def run_case(
    case: CaseBook, rulebook: Rulebook, executor: Executor = compiled, book: Book | None = None
) -> Iterator[Mismatch]:
    """The expectations of one case that do not hold. ``book``: the case's own, where it was made before."""
    book = case_book(case) if book is None else book
    results: dict[tuple[date, date | None], Results | TwinResults] = {}
    for expectation in case.expectations:
        moment = (expectation.day, expectation.known)
        if moment not in results:
            results[moment] = executor(
                (rulebook,),
                book,
                expectation.day,
                known=expectation.known,
                go_live=case.go_live,
                only=case.rules,
            )
        rows = [
            _shown({**row, **_of_the_rule(rulebook, str(row["rule"]))})
            for row in _rows(results[moment])
            if _about(row, case, expectation)
        ]
        if not _holds(rows, expectation.want):
            yield Mismatch(case, expectation, tuple(rows))


def lines_of(results: Results | TwinResults, table: str) -> list[dict[str, object]]:
    """The rows of one table of results, whoever derived them."""
    found = getattr(results, table)
    return found if isinstance(found, list) else found.to_pylist()


def _rows(results: Results | TwinResults) -> Iterator[Found]:
    """Every result as one flat row; a duty once per person and step of escalation, a gap once per person, under the words of cases."""
    people: dict[tuple[object, ...], list[Found]] = {}
    for row in lines_of(results, "assignments"):
        people.setdefault((row["rule"], row["object"], row["occurrence"]), []).append(row)
    told: dict[tuple[object, ...], list[Found]] = {}
    for row in lines_of(results, "escalations"):
        told.setdefault((row["rule"], row["object"], row["occurrence"]), []).append(row)
    for duty in lines_of(results, "duties"):
        key = (duty["rule"], duty["object"], duty["occurrence"])
        for person in people.get(key, [{}]):
            for step in told.get(key, [{}]):
                who = {"post": person.get("post"), "employee": person.get("employee")}
                yield {
                    **duty,
                    **who,
                    "escalated_to": step.get("post"),
                    "reached_on": step.get("reached_on"),
                }
    for table in ("warnings", "grades", "gates"):
        yield from lines_of(results, table)
    asked: dict[tuple[object, ...], list[Found]] = {}
    for row in lines_of(results, "gap_assignments"):
        asked.setdefault((row["rule"], row["object"]), []).append(row)
    for gap in lines_of(results, "gaps"):
        for person in asked[gap["rule"], gap["object"]]:
            yield {**gap, "post": person["post"], "employee": person["employee"]}


def _of_the_rule(rulebook: Rulebook, rule_id: str) -> Found:
    """What is the same in every result of a rule: its form, who signs, its measures."""
    rule = rulebook.rule(rule_id)
    if isinstance(rule, Duty):
        return {"form": rule.form, "chain": ",".join(post for step in rule.chain for post in step)}
    return {"measures": ",".join(rule.measures)} if isinstance(rule, Warning) else {}


def _about(row: Found, case: CaseBook, expectation: Expectation) -> bool:
    if row["rule"] not in case.rules:
        return False
    if expectation.object is not None and row["object"] != expectation.object:
        return False
    named = row.get("occurrence", row.get("episode"))
    return expectation.occurrence is None or named == expectation.occurrence


def _shown(row: Found) -> dict[str, str]:
    shown: dict[str, str] = {}
    for key, value in row.items():
        if isinstance(value, bool):
            shown[key] = "true" if value else "false"
        elif value is not None:
            shown[key] = value.isoformat() if isinstance(value, date) else str(value)
    return shown


def _holds(rows: list[dict[str, str]], want: Mapping[str, str]) -> bool:
    asked = {key: value for key, value in want.items() if key not in {"none", "count"}}
    matching = [row for row in rows if all(row.get(key, "") == value for key, value in asked.items())]
    if want.get("none") == "true":
        return not matching
    if "count" in want:
        keys = {(row["rule"], row["object"], row.get("occurrence", row.get("episode"))) for row in matching}
        return len(keys) == int(want["count"])
    return bool(matching)
