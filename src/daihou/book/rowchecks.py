"""What one row may not say: conditions over its own columns, each with the message it gives.

Data: ``checks.yaml`` beside this file, and what the declaration of each column says.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from importlib import resources
from typing import Any, cast

from daihou.book.declared import Column, ColumnType, Table
from daihou.book.faults import Severity
from daihou.terms import read_mapping

EARLIEST = "1950-01-01"
LATEST = "2100-12-31"

_WORDS = re.compile(r"[\u4e00-\u9fff][\u4e00-\u9fffA-Z0-9]*")
_DAYS = frozenset({ColumnType.DATE, ColumnType.HAPPENED})


@dataclass(frozen=True, slots=True)
class RowCheck:
    """One condition that no row may fulfil.

    ``condition``: DuckDB SQL over quoted column identifiers. ``column``: where the fault is shown;
    ``other``: the column it is held against, whose value the message shows too.
    """

    code: str
    column: str
    condition: str
    severity: Severity = "error"
    other: str | None = None
    params: Mapping[str, str] = field(default_factory=dict)

    @property
    def absent(self) -> bool:
        """Whether it says that its column is empty: not said of a cell that was refused."""
        return f"{quoted(self.column)} IS NULL" in self.condition


def quoted(identifier: str) -> str:
    """An identifier as SQL takes it."""
    return '"' + identifier.replace('"', '""') + '"'


@cache
def said_checks() -> Mapping[str, Any]:
    """What ``checks.yaml`` says."""
    return read_mapping(resources.files("daihou.book") / "checks.yaml")


def row_checks(table: Table) -> list[RowCheck]:
    """All conditions on one row of a table."""
    checks: list[RowCheck] = []
    for column in table.columns.values():
        checks.extend(_column_checks(column))
    by_word = {c.word: c.id for c in table.columns.values()}
    for first, last in said_checks()["次序"]:
        if first in by_word and last in by_word:
            early, late = by_word[first], by_word[last]
            condition = f"{quoted(late)} < {quoted(early)}"
            checks.append(RowCheck("days-out-of-order", late, condition, "error", early, {"other_id": early}))
    for rule in said_checks()["不许"]:
        check = _written_check(table, rule, by_word)
        if check is not None:
            checks.append(check)
    return checks


def ahead_checks(table: Table, day: date) -> list[RowCheck]:
    """What no row may say that is looked at on a day: that something has been which that day has not seen."""
    said = {"today": day.isoformat()}
    return [
        RowCheck("day-ahead", column.id, f"{quoted(column.id)} > DATE '{day.isoformat()}'", params=said)
        for column in table.columns.values()
        if column.past
    ]


def _column_checks(column: Column) -> Iterator[RowCheck]:
    name = quoted(column.id)
    if column.required:
        yield RowCheck("value-missing", column.id, f"{name} IS NULL")
    if column.type in _DAYS:
        outside = f"({name} < DATE '{EARLIEST}' OR {name} > DATE '{LATEST}')"
        yield RowCheck("day-out-of-range", column.id, outside, params={"first": EARLIEST, "last": LATEST})
    if column.month:
        yield RowCheck("month-not-first", column.id, f"{name} <> date_trunc('month', {name})")
    if column.type is ColumnType.FEN and column.word not in said_checks()["可负"]:
        yield RowCheck("amount-negative", column.id, f"{name} < 0")
    if column.low is not None or column.high is not None:
        sides = [
            f"{name} {sign} {bound}"
            for sign, bound in (("<", column.low), (">", column.high))
            if bound is not None
        ]
        bounds = {"low": _bound(column.low), "high": _bound(column.high)}
        yield RowCheck("out-of-bounds", column.id, f"({' OR '.join(sides)})", params=bounds)
    if column.hour_of is not None:
        differs = f"TRY_CAST(left({quoted(column.hour_of)}, 2) AS BIGINT) <> {name}"
        yield RowCheck(
            "hour-differs", column.id, differs, other=column.hour_of, params={"other_id": column.hour_of}
        )


def _bound(bound: int | None) -> str:
    return "…" if bound is None else str(bound)


def _written_check(table: Table, rule: Mapping[str, Any], by_word: Mapping[str, str]) -> RowCheck | None:
    """A check written in words, where the table has all its columns."""
    condition = str(rule["条件"])
    words = set(_WORDS.findall(condition)) | set(rule["见"])
    if not words <= by_word.keys() or rule.get("表", table.word) != table.word:
        return None
    shown, other = cast("Sequence[str]", rule["见"])
    return RowCheck(
        code=str(rule["码"]),
        column=by_word[shown],
        condition=_WORDS.sub(lambda m: quoted(by_word[m[0]]), condition),
        severity=cast("Severity", rule["重"]),
        other=by_word[other],
        params={"other_id": by_word[other]},
    )
