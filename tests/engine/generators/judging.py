"""Both executions asked the same, and where they differ."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from daihou.engine import derive
from daihou.engine.twin import Twin
from daihou.rulebook import Rulebook
from daihou.units import Calendar
from generators.books import Asked

RESULTS = ("duties", "assignments", "escalations", "warnings", "grades", "gates", "gaps", "gap_assignments")
CALENDAR = Calendar.standard()
WORKING = {
    day: CALENDAR.is_working(day) for day in (date(2004, 1, 1) + timedelta(k) for k in range(366 * 24))
}
PUBLISHED = frozenset(CALENDAR.published_years())

Lines = list[tuple[str, ...]]


@dataclass(frozen=True)
class Difference:
    """A table of results in which the two executions differ: its columns, the rows that only one of them gives."""

    table: str
    columns: tuple[str, ...]
    only_compiled: Lines
    only_judge: Lines

    def __str__(self) -> str:
        lines = [f"{self.table}: {' | '.join(self.columns)}"]
        lines += [f"  engine  {' | '.join(row)}" for row in self.only_compiled]
        lines += [f"  judge   {' | '.join(row)}" for row in self.only_judge]
        return "\n".join(lines)


def twin_of(rulebook: Rulebook, asked: Asked, *, leftovers: bool = False) -> Twin:
    """The judge on the book and day asked about."""
    return Twin(
        (rulebook,),
        asked.book(),
        asked.as_of,
        known=asked.known,
        go_live=asked.go_live,
        calendar_days=WORKING,
        published_years=PUBLISHED,
        leftovers=leftovers,
    )


def differences(
    rulebook: Rulebook, asked: Asked, scope: str, only: tuple[str, ...] | None = None
) -> list[Difference]:
    """Where the compiled engine and the judge give different rows, in any column; with a go-live also of what it leaves out."""
    found = _differences(rulebook, asked, scope, only, leftovers=False)
    if not found and asked.go_live is not None:
        return _differences(rulebook, asked, scope, only, leftovers=True)
    return found


def _differences(
    rulebook: Rulebook, asked: Asked, scope: str, only: tuple[str, ...] | None, *, leftovers: bool
) -> list[Difference]:
    fast = derive(
        (rulebook,),
        asked.book(),
        asked.as_of,
        known=asked.known,
        go_live=asked.go_live,
        scope=scope,
        only=only,
        leftovers=leftovers,
    )
    slow = twin_of(rulebook, asked, leftovers=leftovers).derive(scope=scope, only=only)
    found = []
    for name in RESULTS:
        table = getattr(fast, name)
        columns = tuple(table.column_names)
        one, other = lines_of(table.to_pylist(), columns), lines_of(getattr(slow, name), columns)
        if one != other:
            found.append(Difference(name, columns, _without(one, other), _without(other, one)))
    return found


def lines_of(rows: list[dict[str, Any]], columns: tuple[str, ...]) -> Lines:
    """Rows as texts, sorted."""
    return sorted(tuple(str(row[column]) for column in columns) for row in rows)


def _without(rows: Lines, others: Lines) -> Lines:
    left = list(rows)
    for row in others:
        if row in left:
            left.remove(row)
    return left
