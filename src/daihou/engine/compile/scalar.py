"""Expressions to SQL: one node, one text; whatever needs another table becomes a LEFT JOIN on a unique key of the frame it stands in.

A :class:`Frame` is one SELECT in the making. Joins are on unique keys, so they never change the number of rows; relation functions become
one grouped pass per child table and link where they do not look at the row itself, else a pass over frame and child together.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

from daihou.engine.compile import functions, ratios
from daihou.engine.compile.text import conjunction, constant, day, literal, name, number, pointer, sql_type
from daihou.rulebook.nodes import (
    OF_NONE,
    Aggregate,
    And,
    Arithmetic,
    AtRow,
    Before,
    Call,
    Case,
    Column,
    Compare,
    Dated,
    Figure,
    Fold,
    In,
    IsNull,
    Kind,
    Literal,
    Lookup,
    Moment,
    Node,
    Not,
    Or,
    Ordinal,
    Rank,
    Scope,
    Since,
    Today,
)

if TYPE_CHECKING:
    from daihou.engine.compile.days import Days


@dataclass(frozen=True)
class Row:
    """A row that can be looked at: its alias in a frame and its table."""

    alias: str
    table: str


@dataclass
class Frame:
    """One SELECT: a source under an alias, the joins its expressions asked for, the columns added.

    ``ids``: columns that identify a row of the source. ``at``: SQL of the day on which figures are valued. ``moments``: columns that hold
    the occurrence's own dates. ``segment``: SQL of the day on which dated columns are read (None: the as-of day).
    ``returned``: SQL of the day up to which own dates were sent back and read as empty (None: no own date was).
    """

    days: Days
    source: str
    row: Row
    ids: tuple[str, ...] = ("_key",)
    at: str | None = None
    moments: Mapping[str, str] = field(default_factory=dict)
    segment: str | None = None
    returned: str | None = None
    joins: list[str | Grouped] = field(default_factory=list)
    added: list[tuple[str, str]] = field(default_factory=list)
    workdays: dict[tuple[str, str, str], str] = field(default_factory=dict)
    _paths: dict[tuple[str, str], Row] = field(default_factory=dict)
    _memo: dict[tuple[Row, Row | None, Node, str | None, str | None, str | None], str] = field(
        default_factory=dict
    )
    _groups: dict[tuple[object, ...], Grouped] = field(default_factory=dict)

    # -- assembling -------------------------------------------------------------------------------------------------------------

    def fresh(self, stem: str) -> str:
        """An alias not used in any frame of this statement."""
        return self.days.fresh(stem)

    def join(self, relation: str, alias: str, on: str) -> None:
        """Add a LEFT JOIN on a unique key."""
        self.joins.append(f"LEFT JOIN {relation} AS {name(alias)} ON {on}")

    def add(self, column: str, sql: str) -> str:
        """Add an output column; returns how later frames name it."""
        self.added.append((column, sql))
        return column

    def add_node(self, column: str, node: Node) -> str:
        """Add an expression as an output column of its type."""
        return self.add(column, f"CAST({self.sql(node)} AS {sql_type(node.type)})")

    def body(self) -> str:
        """FROM and joins, the grouped passes included."""
        joins = " ".join(part if isinstance(part, str) else part.join() for part in self.joins)
        return f"FROM {self.source} AS {name(self.row.alias)} {joins}".rstrip()

    def select(self, columns: str | None = None, where: list[str] | None = None) -> str:
        """The whole SELECT: all source columns (or ``columns``) and those added."""
        head = f"{name(self.row.alias)}.*" if columns is None else columns
        extra = "".join(f", {sql} AS {name(column)}" for column, sql in self.added)
        chosen = (head + extra).lstrip(", ")
        condition = f" WHERE {conjunction(where)}" if where else ""
        return f"SELECT {chosen} {self.body()}{condition}"

    # -- expressions ------------------------------------------------------------------------------------------------------------

    def sql(self, node: Node, child: Row | None = None, own: Row | None = None) -> str:
        """The SQL of a node; ``child`` is the child row inside a relation function, ``own`` another row than the frame's."""
        own = own or self.row
        key = (own, child, node, self.at, self.segment, self.returned)
        if key not in self._memo:
            self._memo[key] = _COMPILERS[type(node)](self, node, own, child)
        return self._memo[key]

    def path(self, row: Row, steps: tuple[str, ...], tables: tuple[str, ...]) -> Row:
        """The row reached by reference columns."""
        for step, table in zip(steps, tables, strict=True):
            key = (row.alias, step)
            if key not in self._paths:
                alias = self.fresh("p")
                reference = f"{name(row.alias)}.{name(step)}"
                self.join(self.days.table(table), alias, f'{name(alias)}."_key" = {reference}')
                self._paths[key] = Row(alias, table)
            row = self._paths[key]
        return row

    def _read(self, row: Row, column: str) -> str:
        """A plain column of a row, as on the segment's day where one is set."""
        plain = f"{name(row.alias)}.{name(column)}"
        if self.segment is None or not self.days.has_history(row.table, column):
            return plain
        return self._on(row, column, self.segment, plain)

    def _on(self, row: Row, column: str, on: str, plain: str) -> str:
        key = (row.alias, f"{column}@{on}")
        if key not in self._paths:
            alias = self.fresh("h")
            a = name(alias)
            key_sql = f'{name(row.alias)}."_key"'
            self.join(
                self.days.history(row.table, column),
                alias,
                f'{a}."_key" = {key_sql} AND {a}."from" <= {on} AND {on} < {a}."to"',
            )
            self._paths[key] = Row(alias, row.table)
        found = name(self._paths[key].alias)
        return f'CASE WHEN {found}."_key" IS NULL THEN {plain} ELSE {found}."value" END'

    # -- columns ----------------------------------------------------------------------------------------------------------------

    def _column(self, node: Node, own: Row, child: Row | None) -> str:
        assert isinstance(node, Column)
        value = self._plain(node, own, child)
        dated = node.scope is Scope.OWN and node.type.kind is Kind.DATE
        if self.returned is None or child is not None or own != self.row or not dated:
            return value
        return f"CASE WHEN {value} <= {self.returned} THEN NULL ELSE {value} END"

    def _plain(self, node: Column, own: Row, child: Row | None) -> str:
        start = own if node.scope is Scope.OWN else child
        if start is None:
            message = f"child column {node.name} outside a relation function"
            raise AssertionError(message)
        row = self.path(start, node.path, node.tables)
        if node.fact and not self.days.stored(row.table, node.name):
            written = self._fact(row, node.name)
            # a reference that leads nowhere has no fact, whatever the formula says of nothing
            return (
                f'CASE WHEN {name(row.alias)}."_key" IS NOT NULL THEN {written} END' if node.path else written
            )
        return self._read(row, node.name)

    def _fact(self, row: Row, fact: str) -> str:
        """A scalar fact written out in place: its figures and dated columns are those of the as-of day, whatever the rule's are."""
        at, segment, returned = self.at, self.segment, self.returned
        self.at = self.segment = self.returned = None
        try:
            formula = self.days.formula(row.table, fact)
            written = self.sql(formula, None, row)
            return number(written) if formula.type.kind is Kind.NUM else written
        finally:
            self.at, self.segment, self.returned = at, segment, returned

    def _today(self, node: Node, _own: Row, _child: Row | None) -> str:
        assert isinstance(node, Today)
        return day(self.days.as_of if node.table is None else self.days.data_day(node.table))

    def _moment(self, node: Node, _own: Row, _child: Row | None) -> str:
        assert isinstance(node, Moment)
        return self.moments[node.name]

    def _dated(self, node: Node, own: Row, child: Row | None) -> str:
        assert isinstance(node, Dated)
        column = node.column
        row = self.path(own if column.scope is Scope.OWN else child or own, column.path, column.tables)
        plain = f"{name(row.alias)}.{name(column.name)}"
        on = self.sql(node.on, child, own)
        value = (
            self._on(row, column.name, on, plain) if self.days.has_history(row.table, column.name) else plain
        )
        return f"CASE WHEN {on} IS NULL THEN NULL ELSE {value} END"

    def _turn(self, node: Node, own: Row, child: Row | None) -> str:
        assert isinstance(node, Since | Before)
        column = node.column
        row = self.path(own if column.scope is Scope.OWN else child or own, column.path, column.tables)
        if not self.days.has_history(row.table, column.name):
            return constant(None, node.type)
        today = day(self.days.as_of)
        plain = f"{name(row.alias)}.{name(column.name)}"
        self._on(row, column.name, today, plain)
        found = name(self._paths[row.alias, f"{column.name}@{today}"].alias)
        return f'{found}."since"' if isinstance(node, Since) else f'{found}."before"'

    # -- figures ----------------------------------------------------------------------------------------------------------------

    def stepped(
        self, steps: tuple[tuple[date | None, object], ...], one: Callable[[object], str], empty: str = "NULL"
    ) -> str:
        """A dated value by the frame's valuation day, on the as-of day where none is set; ``empty`` before its first step."""
        if self.at is None:
            known = [value for since, value in steps if since is None or since <= self.days.as_of]
            return one(known[-1]) if known else empty
        if len(steps) == 1 and steps[0][0] is None:
            return one(steps[0][1])
        whens = " ".join(
            f"WHEN {'TRUE' if since is None else f'{self.at} >= {day(since)}'} THEN {one(value)}"
            for since, value in reversed(steps)
        )
        return f"CASE {whens} ELSE {empty} END"

    def _figure(self, node: Node, _own: Row, _child: Row | None) -> str:
        assert isinstance(node, Figure)
        figure = self.days.figures[node.name]
        return self.stepped(figure.value.steps, lambda value: _step(value, node), constant(None, node.type))

    def _lookup(self, node: Node, own: Row, child: Row | None) -> str:
        assert isinstance(node, Lookup)
        table = self.days.lookups[node.name]
        key = self.sql(node.key, child, own)

        def one(values: object) -> str:
            assert isinstance(values, Mapping)
            whens = " ".join(
                f"WHEN {key} = {constant(value, table.key)} THEN {literal(result)}"
                for value, result in values.items()
            )
            if table.default is None:
                return f"CASE {whens} END"
            return f"CASE WHEN {key} IS NULL THEN NULL {whens} ELSE {literal(table.default)} END"

        return self.stepped(table.value.steps, one, constant(None, node.type))

    # -- logic ------------------------------------------------------------------------------------------------------------------

    def _compare(self, node: Node, own: Row, child: Row | None) -> str:
        assert isinstance(node, Compare)
        if Kind.RATIO in (node.left.type.kind, node.right.type.kind):
            return ratios.compare(self, node, own, child)
        return f"({self.sql(node.left, child, own)} {node.op} {self.sql(node.right, child, own)})"

    def _arithmetic(self, node: Node, own: Row, child: Row | None) -> str:
        assert isinstance(node, Arithmetic)
        left, right = self.sql(node.left, child, own), self.sql(node.right, child, own)
        if node.op == "*" and node.type.kind is not Kind.NUM:
            # 10^11 fen times 10^12 fen overflows 64 bits
            left, right = f"CAST({left} AS DECIMAL(38, 0))", f"CAST({right} AS DECIMAL(38, 0))"
        return f"({left} {node.op} {right})"

    def _case(self, node: Node, own: Row, child: Row | None) -> str:
        assert isinstance(node, Case)
        if node.type.kind is Kind.NULL:
            return "NULL"  # a choice of nothing but empties; PostgreSQL would call it a text
        whens = " ".join(
            f"WHEN {self.sql(when, child, own)} THEN {self.sql(then, child, own)}"
            for when, then in node.branches
        )
        return f"CASE {whens} ELSE {self.sql(node.otherwise, child, own)} END"

    def _call(self, node: Node, own: Row, child: Row | None) -> str:
        assert isinstance(node, Call)
        return functions.call(self, node, own, child)

    # -- other rows of the own table --------------------------------------------------------------------------------------------

    def relative(self, node: AtRow, own: Row) -> Row:
        """The row before, twelve months before, at the last year end."""
        key = (own.alias, f"@{node.which}")
        if key not in self._paths:
            alias = self.fresh("q")
            other = f"{name(own.alias)}.{name(pointer(node.which))}"
            self.join(self.days.table(own.table), alias, f'{name(alias)}."_key" = {other}')
            self._paths[key] = Row(alias, own.table)
        return self._paths[key]

    def _at_row(self, node: Node, own: Row, _child: Row | None) -> str:
        assert isinstance(node, AtRow)
        other = self.relative(node, own)
        item = self.sql(node.item, None, other)
        if isinstance(node.item, Column) and not node.item.fact:
            return item
        # what has a value without any row must not have one where there is no such row
        return f'CASE WHEN {name(other.alias)}."_key" IS NOT NULL THEN {item} END'

    def _ordinal(self, node: Node, own: Row, _child: Row | None) -> str:
        assert isinstance(node, Ordinal)
        inner = self.days.frame(own.table)
        order, group = inner.sql(node.order), inner.sql(node.group)
        place = f'ROW_NUMBER() OVER (PARTITION BY {group} ORDER BY {order}, {name(inner.row.alias)}."_key")'
        inner.add("place", place)
        sql = inner.select(f'{name(inner.row.alias)}."_key"', [inner.sql(node.where)])
        return self._joined(sql, own)

    def _rank(self, node: Node, own: Row, _child: Row | None) -> str:
        assert isinstance(node, Rank)
        inner = self.days.frame(own.table)
        item = inner.sql(node.item)
        inner.add("place", f"RANK() OVER (ORDER BY {item} DESC)")
        where = [f"{item} IS NOT NULL", *([inner.sql(node.where)] if node.where else [])]
        return self._joined(inner.select(f'{name(inner.row.alias)}."_key"', where), own)

    def _joined(self, sql: str, own: Row) -> str:
        alias = self.fresh("n")
        self.join(f"({sql})", alias, f'{name(alias)}."_key" = {name(own.alias)}."_key"')
        return f'{name(alias)}."place"'

    # -- relation functions -----------------------------------------------------------------------------------------------------

    def _aggregate(self, node: Node, own: Row, _child: Row | None) -> str:
        assert isinstance(node, Aggregate)
        return self.fold(node, own)

    def fold(self, node: Aggregate, own: Row | None = None, by: Folder | None = None) -> str:
        """A relation function as a column of a grouped pass. ``by``: another SQL than the node's own fold."""
        own = own or self.row
        if self.days.without_rows(node.table) and node.type.kind is not Kind.RATIO:
            return _of_none(node) if by is None else "CAST(NULL AS BIGINT)"
        grouped = self._group(node, own)
        inner, child = grouped.frame, grouped.child
        conditions = [] if node.where is None else [inner.sql(node.where, child)]
        if node.windowed:
            assert node.item is not None
            item, seen, expires = inner.sql(node.item, child), self.moments["seen"], self.moments["expires"]
            conditions += [f"{item} >= {seen}", f"{expires} IS NULL OR {item} <= {expires}"]
        summed = _summed_only(inner, node)
        if summed is None:
            item_sql = None if node.item is None else inner.sql(node.item, child)
        else:
            (when, then), own_of = summed, Row(child.alias, child.table)
            conditions.append(inner.sql(when, child, own_of))
            item_sql = inner.sql(then, child, own_of)
        grouped.folds.append((by or _fold(node), item_sql, conjunction(conditions) if conditions else None))
        column = f"{name(grouped.alias)}.{name(f'v{len(grouped.folds)}')}"
        return _empty(node, column) if by is None else column

    def _group(self, node: Aggregate, own: Row) -> Grouped:
        looks_back = _looks_back(node) or (self.at is not None and _is_valued(node))
        latest = node.fold is Fold.LATEST
        key = (node.table, node.links, own, looks_back, (node.where, node.windowed) if latest else None)
        if key not in self._groups:
            make = self._pass_with_own if looks_back else self._pass_over_child
            self._groups[key] = make(node, own)
            self._groups[key].latest = latest
            self.joins.append(self._groups[key])
        return self._groups[key]

    def _pass_over_child(self, node: Aggregate, own: Row) -> Grouped:
        inner = self.days.frame(node.table, alias="c")
        child = inner.row
        returned, self.returned = self.returned, None  # what was sent back still says whose rows they are
        links = tuple((inner.sql(theirs, child), self.sql(ours, None, own)) for theirs, ours in node.links)
        self.returned = returned
        return Grouped(self.fresh("g"), inner, child, links)

    def _pass_with_own(self, node: Aggregate, own: Row) -> Grouped:
        if own != self.row:
            message = "a relation function that looks at its row must stand in the rule itself"
            raise AssertionError(message)
        inner = Frame(self.days, self.source, Row("o", own.table), self.ids, self.at, self.moments)
        ours = [inner.sql(mine) for _, mine in node.links]
        below = self.days.frame(node.table, alias="c")
        for index, (theirs, _) in enumerate(node.links):
            below.add(f"@k{index}", below.sql(theirs, below.row))
        on = conjunction([f'"c".{name(f"@k{i}")} = {mine}' for i, mine in enumerate(ours)])
        inner.joins.append(f'JOIN ({below.select()}) AS "c" ON {on}')
        mine_names = tuple((f'"o".{name(i)}', f"{name(self.row.alias)}.{name(i)}") for i in self.ids)
        return Grouped(self.fresh("g"), inner, Row("c", node.table), mine_names)


Folder = Callable[[str | None, str], str]
"""From the folded item's SQL and a FILTER clause (may be empty) to the fold's SQL."""


@dataclass
class Grouped:
    """A grouped pass over a child table being collected: the functions that share child, links and frame."""

    alias: str
    frame: Frame
    child: Row
    links: tuple[tuple[str, str], ...]
    folds: list[tuple[Folder, str | None, str | None]] = field(default_factory=list)
    latest: bool = False

    def join(self) -> str:
        """The LEFT JOIN that brings the folds to the frame which asked for them."""
        keys = [f"{theirs} AS {name(f'k{i}')}" for i, (theirs, _) in enumerate(self.links)]
        match = conjunction(
            [f"{name(self.alias)}.{name(f'k{i}')} = {ours}" for i, (_, ours) in enumerate(self.links)]
        )
        single = len(self.folds) == 1
        tests = [test for _, _, test in self.folds]
        # rows that no fold takes are dropped before they are grouped; a group without rows says what a missing one says
        condition = (
            f" WHERE {' OR '.join(f'({test})' for test in tests)}" if all(test for test in tests) else ""
        )
        if self.latest:
            inner = self._latest(keys, condition)
        else:
            folds = [
                f"{fold(item, '' if single or not test else f' FILTER (WHERE {test})')} AS {name(f'v{i}')}"
                for i, (fold, item, test) in enumerate(self.folds, 1)
            ]
            groups = ", ".join(str(i + 1) for i in range(len(keys)))
            inner = f"SELECT {', '.join([*keys, *folds])} {self.frame.body()}{condition}" + (
                f" GROUP BY {groups}" if keys else ""
            )
        return f"LEFT JOIN ({inner}) AS {name(self.alias)} ON {match}"

    def _latest(self, keys: list[str], condition: str) -> str:
        """The items of the row that comes last in the declared order (else by business date), then by key; all under one condition."""
        table = self.frame.days.declared[self.child.table]
        child = name(self.child.alias)
        column = table.order.by if table.order else table.date
        by = f"{child}.{name(column)} DESC NULLS LAST, " if column else ""
        parts = ", ".join(theirs for theirs, _ in self.links)
        partition = f"PARTITION BY {parts} " if parts else ""
        place = f'ROW_NUMBER() OVER ({partition}ORDER BY {by}{child}."_key" DESC) AS "place"'
        items = [f"{item} AS {name(f'v{i}')}" for i, (_, item, _) in enumerate(self.folds, 1)]
        rows = f"SELECT {', '.join([*keys, *items, place])} {self.frame.body()}{condition}"
        names = ", ".join(
            [*(name(f"k{i}") for i in range(len(keys))), *(name(f"v{i}") for i in range(1, len(items) + 1))]
        )
        return f'SELECT {names} FROM ({rows}) AS "x" WHERE "place" = 1'


def _looks_back(node: Aggregate) -> bool:
    """Whether a relation function looks at its own row other than through its links."""
    if node.windowed:
        return True
    parts = [part for root in (node.where, node.item) if root is not None for part in root.walk()]
    return any(
        isinstance(part, Moment) or (isinstance(part, Column) and part.scope is Scope.OWN) for part in parts
    )


def _summed_only(inner: Frame, node: Aggregate) -> tuple[Node, Node] | None:
    """Where a sum adds something under a condition and nothing else: the condition, and what is added. Rows that add nothing need not be looked at."""
    item = node.item
    if node.fold is not Fold.SUM or inner.at is not None or not isinstance(item, Column):
        return None
    if item.path or not item.fact or inner.days.stored(item.table, item.name):
        return None
    match inner.days.formula(item.table, item.name):
        case Case(branches=((when, then),), otherwise=Literal(value=0), type=type_) if (
            type_.kind is not Kind.NUM
        ):
            return when, then
        case _:
            return None


def _is_valued(node: Aggregate) -> bool:
    """Whether the condition of a relation function rests on figures, which are valued on the day of the rule's row."""
    return node.where is not None and any(isinstance(part, Figure | Lookup) for part in node.where.walk())


def _fold(node: Aggregate) -> Folder:
    match node.fold:
        case Fold.FIRST | Fold.MIN:
            return lambda item, only: f"MIN({item}){only}"
        case Fold.LAST | Fold.MAX:
            return lambda item, only: f"MAX({item}){only}"
        case Fold.SUM:
            kind = sql_type(node.type)
            return lambda item, only: f"CAST(SUM({item}){only} AS {kind})"
        case Fold.COUNT | Fold.EXISTS:
            return lambda _item, only: f"COUNT(*){only}"
        case Fold.COUNT_DISTINCT:
            return lambda item, only: f"COUNT(DISTINCT {item}){only}"
        case Fold.ALL_DONE:
            return lambda item, only: (
                f"CASE WHEN COUNT(*){only} = COUNT({item}){only} THEN MAX({item}){only} END"
            )
        case Fold.LATEST:
            return lambda item, _only: str(item)


def _of_none(node: Aggregate) -> str:
    """What a relation function says where its table has no row at all; to look for rows there would only take time."""
    return f"CAST({constant(OF_NONE[node.fold], node.type)} AS {sql_type(node.type)})"


def _empty(node: Aggregate, column: str) -> str:
    """What a relation function says of no row at all."""
    if node.fold is Fold.EXISTS:  # told by how many there are
        return f"(COALESCE({column}, 0) > 0)"
    said = OF_NONE[node.fold]
    return column if said is None else f"COALESCE({column}, {said})"


def _step(value: object, node: Node) -> str:
    """The value of a figure at one of its steps; one that is not decided yet is empty, and still of the figure's type."""
    if isinstance(value, Literal) and value.value is not None:
        return literal(value)
    return constant(None, node.type)


def _literal(_frame: Frame, node: Node, _own: Row, _child: Row | None) -> str:
    assert isinstance(node, Literal)
    return literal(node)


def _not(frame: Frame, node: Node, own: Row, child: Row | None) -> str:
    assert isinstance(node, Not)
    return f"(NOT {frame.sql(node.item, child, own)})"


def _and(frame: Frame, node: Node, own: Row, child: Row | None) -> str:
    assert isinstance(node, And)
    return "(" + " AND ".join(frame.sql(item, child, own) for item in node.items) + ")"


def _or(frame: Frame, node: Node, own: Row, child: Row | None) -> str:
    assert isinstance(node, Or)
    return "(" + " OR ".join(frame.sql(item, child, own) for item in node.items) + ")"


def _in(frame: Frame, node: Node, own: Row, child: Row | None) -> str:
    assert isinstance(node, In)
    return f"({frame.sql(node.item, child, own)} IN ({', '.join(literal(value) for value in node.values)}))"


def _is_null(frame: Frame, node: Node, own: Row, child: Row | None) -> str:
    assert isinstance(node, IsNull)
    return f"({frame.sql(node.item, child, own)} IS NULL)"


_COMPILERS: dict[type[Node], Callable[[Frame, Node, Row, Row | None], str]] = {
    Literal: _literal,
    Not: _not,
    And: _and,
    Or: _or,
    In: _in,
    IsNull: _is_null,
    Column: Frame._column,
    Today: Frame._today,
    Moment: Frame._moment,
    Dated: Frame._dated,
    Since: Frame._turn,
    Before: Frame._turn,
    Figure: Frame._figure,
    Lookup: Frame._lookup,
    Compare: Frame._compare,
    Arithmetic: Frame._arithmetic,
    Case: Frame._case,
    Call: Frame._call,
    AtRow: Frame._at_row,
    Ordinal: Frame._ordinal,
    Rank: Frame._rank,
    Aggregate: Frame._aggregate,
}
"""One compiler per construct; a test fails when a node has none."""
