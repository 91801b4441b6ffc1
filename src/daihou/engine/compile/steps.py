"""One statement as a chain of named steps (WITH a AS (…), b AS (…) SELECT …), each adding columns to the rows of the one before."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import TypeVar

from daihou.engine.compile.days import Days
from daihou.engine.compile.scalar import Frame, Row
from daihou.engine.compile.text import constant, name, number, pointer
from daihou.rulebook.model import Dated as DatedValue
from daihou.rulebook.nodes import (
    BOOL,
    Aggregate,
    AtRow,
    Column,
    Dated,
    Figure,
    Growth,
    Kind,
    Lookup,
    Moment,
    Node,
    Ordinal,
    Rank,
    Scope,
    Type,
)

T = TypeVar("T")

NO_NAMES = "''"
"""SQL of the list of empty columns that is empty itself."""

MOMENTS = ("start", "opens", "due", "expires", "period_start", "period_end", "period_label", "seen")


class Steps:
    """The chain being built over the rows of one table."""

    def __init__(self, days: Days, table: str) -> None:
        self.days, self.table = days, table
        self.chain: list[tuple[str, str]] = []
        self.source = days.table(table)
        self.ids: tuple[str, ...] = ("_key",)
        self.at: str | None = None
        self.moments: dict[str, str] = {}
        self.runs: Mapping[str, str] = {"missed_run": "0", "run_from": "NULL", "run_to": "NULL"}

    def frame(self) -> Frame:
        """A frame over the rows so far."""
        return Frame(self.days, self.source, Row("o", self.table), self.ids, self.at, dict(self.moments))

    def close(self, frame: Frame, where: list[str] | None = None, columns: str | None = None) -> None:
        """Make the frame the newest step."""
        self.put(frame.select(columns, where))

    def put(self, sql: str) -> None:
        """Make a SELECT the newest step."""
        step = name(self.days.fresh("s"))
        self.chain.append((step, sql))
        self.source = step

    def statement(self, final: str) -> str:
        """The chain with a last SELECT."""
        head = ", ".join(f"{step} AS ({sql})" for step, sql in self.chain)
        return f"WITH {head} {final}" if head else final

    def store(self, columns: str = "*") -> bool:
        """Keep the rows so far as a temporary table and go on from it; whether there are any: of none nothing follows, and no more need be asked."""
        relation = name(self.days.fresh("w"))
        going = self.days.keep(relation, self.statement(f"SELECT {columns} FROM {self.source}"))
        self.chain, self.source = [], relation
        return going

    def has_runs(self) -> None:
        """Say that how many periods were missed in a row, and from when to when, stand in columns from here on."""
        self.runs = {run: f'"o".{name(f"@{run}")}' for run in self.runs}

    def has(self, moment: str, column: str) -> None:
        """Say that a moment of the occurrence stands in a column from here on."""
        self.moments[moment] = f'"o".{name(column)}'


def from_first(dated: DatedValue[T]) -> tuple[tuple[date | None, T], ...]:
    """The steps of a versioned part, the first one counting always."""
    (_, first), *rest = dated.steps
    return ((None, first), *rest)


def versioned(frame: Frame, dated: DatedValue[Node | None], empty: str) -> str:
    """A versioned part by the frame's valuation day; ``empty`` where a version has none."""

    def one(node: object) -> str:
        return frame.sql(node) if isinstance(node, Node) else empty

    return frame.stepped(from_first(dated), one)


def nodes_of(dated: DatedValue[Node | None]) -> list[Node]:
    """All nodes of a versioned part."""
    return [node for _, node in dated.steps if node is not None]


def own_columns(days: Days, table: str, roots: Iterable[Node]) -> set[str]:
    """Columns of the rule's own row that expressions read directly (first step of a path, stored facts, plain columns, the way to another row)."""
    found: set[str] = set()
    waiting = list(roots)
    while waiting:
        for node in waiting.pop().walk():
            if isinstance(node, AtRow):
                found.add(pointer(node.which))
            elif isinstance(node, Growth):
                found.add(pointer(node.base))
            if not isinstance(node, Column) or node.scope is not Scope.OWN or node.base != table:
                continue
            if node.path:
                found.add(node.path[0])
            elif node.fact and not days.stored(table, node.name):
                waiting.append(days.formula(table, node.name))
            else:
                found.add(node.name)
    return found


def judged(node: Node) -> list[Column]:
    """The own columns on which a value rests, outside relation functions and other rows: what a gap names."""
    found: dict[str, Column] = {}

    def look(part: Node) -> None:
        if isinstance(part, Aggregate | AtRow | Ordinal | Rank):
            return
        if isinstance(part, Column) and part.scope is Scope.OWN:
            found[".".join((*part.path, part.name))] = part
        for child in part.children():
            look(child)

    look(node)
    return [found[key] for key in sorted(found)]


def empty_columns(frame: Frame, nodes: Iterable[Node]) -> str:
    """SQL of the names of empty columns among those a value rests on, joined by commas."""
    columns: dict[str, Column] = {}
    for node in nodes:
        columns.update({".".join((*c.path, c.name)): c for c in judged(node)})
    if not columns:
        return NO_NAMES
    parts = [
        f"CASE WHEN {frame.sql(columns[key])} IS NULL THEN '{key},' ELSE '' END" for key in sorted(columns)
    ]
    return f"RTRIM({' || '.join(parts)}, ',')"


def gap_columns(frame: Frame, dated: DatedValue[Node | None], value: str) -> str:
    """SQL of the names of empty columns on which the version in force rests, where its ``value`` is empty."""
    names = frame.stepped(
        from_first(dated), lambda node: empty_columns(frame, [node] if isinstance(node, Node) else [])
    )
    return where_empty(value, names)


def where_empty(value: str, names: str) -> str:
    """Names of empty columns for rows whose value is empty: on all others the text would be put together for nothing."""
    return names if names == NO_NAMES else f"CASE WHEN ({value}) IS NULL THEN {names} ELSE {NO_NAMES} END"


def cheap(node: Node, *, valued: bool = False) -> bool:
    """Whether a condition can be judged on the row and its paths alone, before anything is folded; ``valued``: on the day itself."""
    heavy: tuple[type[Node], ...] = (Aggregate, AtRow, Dated, Growth, Moment, Ordinal, Rank)
    if not valued:  # figures are valued on a day of the row that is not known yet
        heavy = (*heavy, Figure, Lookup)
    return not any(isinstance(part, heavy) for part in node.walk())


def unknown(type_: Type = BOOL) -> str:
    """A typed empty value."""
    return constant(None, type_)


def as_text(sql: str, type_: Type) -> str:
    """A value as the text of an occurrence; numbers with six places."""
    return f"CAST({number(sql) if type_.kind is Kind.NUM else sql} AS VARCHAR)"


Columns = Mapping[str, str]
