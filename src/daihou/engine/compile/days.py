"""The book on a day: every table as it stood, with its facts, in a DuckDB that sees nothing else (S32, C3).

A table becomes a view over what was loaded: rows known and not voided, dated on or before the day; days that lie ahead read as empty;
dated columns as on the day. Facts that fold child rows are stored, layer by layer; scalar ones are written out where they are used.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from copy import copy
from dataclasses import dataclass, field
from datetime import date
from functools import cache, cached_property, lru_cache, partial
from itertools import accumulate

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from daihou.book import Book, ColumnType, Passing, Table
from daihou.engine.compile.codefacts import CODE_FACTS
from daihou.engine.compile.periodrows import (
    PERIOD_KINDS,
    PeriodRow,
    calendar_periods,
    yearly_name,
    yearly_periods,
)
from daihou.engine.compile.scalar import Frame, Row
from daihou.engine.compile.screening import Screen
from daihou.engine.compile.text import FIRST_DAY, LAST_DAY, day, key_of, name, pointer, sql_type, text
from daihou.rulebook.model import Fact, Figure, LookupTable
from daihou.rulebook.nodes import (
    Aggregate,
    AtRow,
    Before,
    Column,
    Dated,
    Growth,
    Literal,
    Node,
    Rank,
    Relative,
    Since,
)
from daihou.units import Calendar

AT_ONCE = 2
"""Rules worked on at the same time: what is planned for each takes one core, what runs takes the other."""

THREADS = 2
"""Cores for one statement where only one runs."""
LARGE_ROWS = 100_000
"""From so many rows on a book is worth more than one core for a statement."""

FEW_ROWS = 1_000
"""Up to so many rows one rule is worked on at a time: what runs takes no time worth a second connection."""

_NAMING_DUTIES = ("duty_ruling", "completion")
_GROWN = frozenset({"duty", "warning"})
"""Tables to which rows are added while rules run."""

STORED_ROWS = 5_000_000
"""Tables of a file with more rows are not stored as on the day."""

MANY_ROWS = 500_000
"""A table that is in memory already is stored as on the day up to so many rows: to read it anew in every statement that names it takes longer."""

CALENDAR_FROM, CALENDAR_TO = date(1900, 1, 1), date(2110, 12, 31)

TYPES = {
    ColumnType.DATE: "DATE",
    ColumnType.HAPPENED: "DATE",
    ColumnType.FEN: "BIGINT",
    ColumnType.INT: "BIGINT",
    ColumnType.NUM: "DECIMAL(18, 6)",
    ColumnType.BOOL: "BOOLEAN",
}


@dataclass(frozen=True)
class Needs:
    """What a set of rules reads: columns and facts by table, whose other rows.

    ``parted``: the column of a table by one value of which most rules on it choose their rows. ``layers``: the facts that fold other rows,
    those of one table together, in order of dependence.
    """

    columns: Mapping[str, frozenset[str]]
    facts: frozenset[tuple[str, str]]
    relatives: frozenset[tuple[str, Relative]]
    parted: Mapping[str, str] = field(default_factory=dict)
    layers: tuple[tuple[str, tuple[str, ...]], ...] = ()

    @cached_property
    def folding(self) -> frozenset[str]:
        """Tables of which a fact folds other rows."""
        return frozenset(table for table, _ in self.layers)


def needs(
    roots: Iterable[Node], facts: Mapping[tuple[str, str], Fact], declared: Mapping[str, Table]
) -> Needs:
    """Walk expressions, and the facts they use, down to plain columns."""
    columns: dict[str, set[str]] = {}
    used: set[tuple[str, str]] = set()
    relatives: set[tuple[str, Relative]] = set()
    waiting = list(roots)

    def read(table: str, column: str) -> None:
        columns.setdefault(table, set()).add(column)

    while waiting:
        for node in waiting.pop().walk():
            match node:
                case Column():
                    _go(node, columns)
                    _use(node, facts, used, waiting, read, declared)
                case Aggregate():
                    columns.setdefault(node.table, set())
                    ordered = declared[node.table].order
                    for column in (declared[node.table].date, ordered.by if ordered else None):
                        if column:
                            read(node.table, column)
                case AtRow(which=which, item=item) | Growth(base=which, item=item):
                    for base in {part.base for part in item.walk() if isinstance(part, Column)}:
                        relatives.add((base, which))
                        for column in ordering(declared[base]):
                            read(base, column)
                case _:
                    pass
    return Needs(
        {table: frozenset(found) for table, found in columns.items()}, frozenset(used), frozenset(relatives)
    )


def _go(node: Column, columns: dict[str, set[str]]) -> None:
    """The references of a way, and the table at its end: a fact there need not read any of its columns."""
    for table, step in zip((node.base, *node.tables), (*node.path, None), strict=True):
        columns.setdefault(table, set()).update(() if step is None else (step,))


def ordering(table: Table) -> tuple[str, ...]:
    """The columns by which the rows of a table stand in order."""
    return () if table.order is None else (*table.order.group, table.order.by)


def _use(
    node: Column,
    facts: Mapping[tuple[str, str], Fact],
    used: set[tuple[str, str]],
    waiting: list[Node],
    read: object,
    declared: Mapping[str, Table],
) -> None:
    assert callable(read)
    if not node.fact:
        read(node.table, node.name)
        return
    key = (node.table, node.name)
    if key in used:
        return
    used.add(key)
    fact = facts[key]
    if fact.formula is not None:
        waiting.append(fact.formula)
        if any(isinstance(part, AtRow | Growth) for part in fact.formula.walk()):
            for column in ordering(declared[fact.table]):
                read(fact.table, column)
    else:
        for table, column in CODE_FACTS[str(fact.code)].reads:
            read(table, column)


class Days:
    """A connection with the book as on ``as_of``, known on ``known``; names of its relations; the stored facts."""

    def __init__(
        self,
        book: Book,
        as_of: date,
        known: date,
        declared: Mapping[str, Table],
        calendar: Calendar,
        figures: Mapping[str, Figure],
        lookups: Mapping[str, LookupTable],
        facts: Mapping[tuple[str, str], Fact],
        wanted: Needs,
        *,
        whole: bool = False,
    ) -> None:
        self.book, self.as_of, self.known = book, as_of, known
        self.declared, self.figures, self.lookups, self.facts = declared, figures, lookups, facts
        self.working = calendar
        self.wanted, self.whole = wanted, whole
        self.statements: list[str] = []
        self.left_out: set[str] = set()
        """Rules of which something was left out for having fallen due before go-live."""
        self.inputs: dict[str, pa.Table] = {}
        self.calendar, self.workdays = '"calendar"', '"workdays"'
        self._numbers = itertools.count(1)
        self._mark = ""
        self._relations: dict[str, str] = {}
        self._laid_later: list[str] = []
        self._some: dict[str, bool] = {}
        self._stored: set[tuple[str, str]] = set()
        self._histories: dict[tuple[str, str], str] = {}
        self._former: dict[str, str | None] = {}
        self._bound: frozenset[str] = frozenset()
        self._named: dict[str, frozenset[str]] = {}
        self._yearly: list[tuple[tuple[int, int], ...]] = []
        # of files nobody asks how many rows they have: to count the rows of a table that lies in one would read it whole
        rows = 0 if book.files else sum(held.num_rows for held in book.tables.values())
        self._few = not book.files and rows <= FEW_ROWS
        self._large = bool(book.files) or rows >= LARGE_ROWS
        self._passing = Passing(threads=THREADS if self._large else 1, ordered=False, alone=self._large)
        self.connection = self._passing.connection
        self._through = self._read_through()
        self._load_calendar()
        self._load_tables()
        self._store_facts()
        self._kept_to: Mapping[str, Collection[str]] = {}
        self._laid_out = self._made()

    # -- running ----------------------------------------------------------------------------------------------------------------

    def run(self, sql: str) -> None:
        """Run a statement and remember it."""
        self._run(sql)

    def keep(self, relation: str, query: str) -> bool:
        """Keep the rows of a query as a table; whether there is anything to go on from, which there always is where the ``whole`` is asked for."""
        made = self._run(f"CREATE TEMP TABLE {relation} AS {query}").fetchone()
        return self.whole or made is None or made[0] > 0

    def _run(self, sql: str) -> duckdb.DuckDBPyConnection:
        self.statements.append(sql)
        # a temporary table is seen by one connection only, and several work at the same rows
        return self.connection.execute(sql.replace("CREATE TEMP ", "CREATE ", 1))

    def register(self, relation: str, rows: pa.Table) -> None:
        """Let statements read rows from outside under a name, and remember which: with them the statements run anywhere else."""
        self.inputs[relation] = rows
        self.connection.register(relation, rows)

    def close(self) -> None:
        """Give back all that it holds."""
        self._passing.close()

    def fetch(self, sql: str) -> pa.Table:
        """The rows of a query."""
        return self.connection.sql(sql).to_arrow_table()

    def fresh(self, stem: str) -> str:
        """A name not used before."""
        return f"{stem}{self._mark}{next(self._numbers)}"

    def settle(self, closings: Iterable[tuple[tuple[int, int], ...]]) -> None:
        """Make all that rules make when first asked for, so that none of several at work makes it for the others; ``closings``: of yearly periods."""
        self.numbers()
        for closing in closings:
            self.yearly_kind(closing)
        self.periods()
        for table in _NAMING_DUTIES:
            self.names_duties_of(table, ())

    def at_once(self, tasks: Sequence[Callable[[Days], None]]) -> None:
        """Do tasks that do not lean on each other, two at a time; afterwards their statements stand in the order of the tasks."""
        started = next(self._numbers)
        own = [self._beside(f"{started}_{place}_") for place in range(len(tasks))]
        if self._few:
            self._one_by_one(zip(tasks, own, strict=True))
            return
        waiting = iter(zip(tasks, own, strict=True))

        def work() -> None:
            with self._passing.another() as connection:
                for relation, rows in self.inputs.items():
                    connection.register(relation, rows)
                while (pair := next(waiting, None)) is not None:
                    task, days = pair
                    days.connection = connection
                    task(days)
                    days.drop_own()

        # where each of them has a core of its own, to share out one statement as well only costs
        self._share(1)
        try:
            with ThreadPoolExecutor(AT_ONCE) as pool:
                for done in [pool.submit(work) for _ in range(min(AT_ONCE, len(tasks)))]:
                    done.result()
        finally:
            self._share(THREADS)
        for days in own:
            self.statements += days.statements

    def _one_by_one(self, tasks: Iterable[tuple[Callable[[Days], None], Days]]) -> None:
        for task, days in tasks:
            task(days)
            days.drop_own()
            self.statements += days.statements

    def _share(self, threads: int) -> None:
        """Let one statement use so many cores; a small book stays with one, for threads cost more than they bring there."""
        if self._large:
            self.connection.execute(f"SET threads = {threads}")

    def drop_own(self) -> None:
        """Give back the memory of the tables that a task made for itself; the list of statements does not tell it, for it changes no answer."""
        head = "CREATE TEMP TABLE "
        for statement in self.statements:
            made = statement.removeprefix(head).split(" ", 1)[0]
            if statement.startswith(head) and self._mark in made:
                self.connection.execute(f"DROP TABLE {made}")

    def _beside(self, mark: str) -> Days:
        """The same book for one task: it sees all there is, and has names and a list of statements of its own."""
        days = copy(self)
        days.statements, days._numbers, days._mark = [], itertools.count(1), mark
        return days

    def frame(self, table: str, alias: str = "o") -> Frame:
        """A frame over a table as on the day."""
        return Frame(self, self.table(table), Row(alias, table))

    def anew(self, stores: Iterable[str] = (), rules: Iterable[str] = (), grown: Iterable[str] = ()) -> Days:
        """The same book for another question: what was derived for the last one is gone, what was laid out stays.

        Of ``stores`` the results of ``rules`` stay too, and tables ``grown`` by them as they are.
        """
        for table in self._former.keys() - set(grown):
            relation = self._former.pop(table)
            if relation is None:
                del self._relations[table]
            else:
                self._relations[table] = relation
        kept = {one.strip('"') for one in self._relations.values()} | set(stores)
        for relation, kind in self._made() - self._laid_out:
            if relation not in kept:
                self.connection.execute(f"DROP {kind} {name(relation)}")
        listed = ", ".join(text(rule) for rule in sorted(rules))
        for store in stores:
            self.connection.execute(f'DELETE FROM {store} WHERE "rule" NOT IN ({listed or "NULL"})')
        days = copy(self)
        days.statements, days.left_out = [*self.statements, *self._laid_later], set()
        return days

    def _made(self) -> set[tuple[str, str]]:
        """Every relation of the database, each with what it is."""
        ours = "database_name IN (current_database(), 'temp')"
        tables = f"SELECT table_name, 'TABLE' FROM duckdb_tables() WHERE {ours}"
        views = f"SELECT view_name, 'VIEW' FROM duckdb_views() WHERE {ours} AND NOT internal"
        return set(self.connection.execute(f"{tables} UNION ALL {views}").fetchall())

    def keep_to(self, objects: Mapping[str, Collection[str]]) -> None:
        """Of some tables ask about the rows of these keys only."""
        if not objects:
            return
        pairs = [(table, key) for table, keys in objects.items() for key in sorted(keys)]
        rows = {
            "of": pa.array([of for of, _ in pairs], pa.string()),
            "object": pa.array([key for _, key in pairs], pa.string()),
        }
        self.register("raw_around", pa.table(rows))
        self.run("CREATE TEMP TABLE around AS SELECT * FROM raw_around")
        self.connection.unregister("raw_around")
        self._kept_to, self._laid_out = dict(objects), self._made()

    def of_around(self, table: str) -> list[str]:
        """The condition under which a row of a table is asked about; none where all are."""
        wanted = f'SELECT a."object" FROM around AS a WHERE a."of" = {text(table)}'
        return [f'"o"."_key" IN ({wanted})'] if table in self._kept_to else []

    def bound(self, objects: pa.Table | None, rules: frozenset[str]) -> None:
        """Of some duty rules look at these objects only: columns rule and object. None: at all of all rules."""
        self._bound = frozenset() if objects is None else rules
        if objects is not None:
            self.register("raw_asked", objects)
            self.run("CREATE TEMP TABLE asked AS SELECT * FROM raw_asked")
            self.connection.unregister("raw_asked")

    def asked(self, rule: str) -> list[str]:
        """The condition under which a row of a duty rule is asked for; none where all are."""
        wanted = f'SELECT a."object" FROM asked AS a WHERE a."rule" = {text(rule)}'
        return [f'"o"."_key" IN ({wanted})'] if rule in self._bound else []

    # -- names ------------------------------------------------------------------------------------------------------------------

    def table(self, table: str) -> str:
        """The relation that holds a table as on the day, facts stored so far included."""
        if table not in self._relations and table in self.wanted.columns:
            before = len(self.statements)
            self._lay_out(table)
            self._laid_later += self.statements[before:]
        return self._relations[table]

    def replace(self, table: str, sql: str, stem: str) -> None:
        """From here on a table is another query: derived rows beside (or instead of) the book's."""
        relation = name(f"{stem}_{table}")
        self.run(f"CREATE TEMP TABLE {relation} AS {sql}")
        self._former.setdefault(table, self._relations.get(table))
        self._relations[table] = relation

    def stored(self, table: str, fact: str) -> bool:
        """Whether a fact is a stored column."""
        return (table, fact) in self._stored

    def formula(self, table: str, fact: str) -> Node:
        """The formula of a scalar fact, to be written out in place."""
        formula = self.facts[table, fact].formula
        assert formula is not None
        return formula

    def has_history(self, table: str, column: str) -> bool:
        """Whether the change log says anything of a column."""
        return (table, column) in self._histories

    def history(self, table: str, column: str) -> str:
        """Segments of a dated column: _key, from, to, value, since, before."""
        return self._histories[table, column]

    def data_day(self, table: str) -> date:
        """The day up to which a table is complete, at most the as-of day (S33)."""
        return min(self.as_of, self._through.get(table, self.as_of))

    def incomplete(self, table: str) -> bool:
        """Whether a table is known to end before the as-of day."""
        return self.data_day(table) < self.as_of

    def has_rows(self, table: str) -> bool:
        """Whether there is any row of a table, in the book or added on the way (asked before joining rarely used tables)."""
        if table in self._former:
            relation = self.table(table)
            if relation not in self._some:
                found = self.connection.execute(f"SELECT 1 FROM {relation} LIMIT 1").fetchone()
                self._some[relation] = found is not None
            return self._some[relation]
        return self._held(table)

    def without_rows(self, table: str) -> bool:
        """Whether it is known that nothing is found in a table, and what looks for it may be left out."""
        return not self.whole and not self.has_rows(table)

    @cached_property
    def screen(self) -> Screen:
        """What the rows of a small book say at once, without a statement; asked for once it is known of which objects is asked."""
        held = {
            table: self.inputs[f"raw_{table}"] for table in self.declared if f"raw_{table}" in self.inputs
        }
        return Screen(
            self.declared, held, self.book.files.keys(), self.as_of, self.known, self.data_day, self._changed(), _GROWN, self._kept_to,
            lambda table, fact: self.facts[table, fact].formula, self._figure,
        )  # fmt: skip

    def _figure(self, figure: str) -> object:
        """The value of a figure on the day; None: not decided yet."""
        value = self.figures[figure].value.on(self.as_of)
        return value.value if isinstance(value, Literal) else None

    def _changed(self) -> frozenset[tuple[str, str]]:
        """Columns of which the change log says anything, whenever."""
        log = self.book.tables.get("change_log")
        if log is None:
            return frozenset()
        pairs = log.select(["table_name", "item"]).group_by(["table_name", "item"]).aggregate([])
        return frozenset(zip(*(pairs[column].to_pylist() for column in ("table_name", "item")), strict=True))

    def names_duties_of(self, table: str, rules: Sequence[str]) -> bool:
        """Whether a row of a table that refers to duties (任务处理, 办结) names one of these rules."""
        if table not in self._named:
            found = self.connection.execute(
                f"SELECT DISTINCT SPLIT_PART(\"duty\", '/', 1) FROM {self.table(table)}"
            ).fetchall()
            self._named[table] = frozenset(rule for (rule,) in found)
        return not self._named[table].isdisjoint(rules)

    def plan_day(self) -> date:
        """The day up to which plans and payments are complete."""
        return min(self.data_day("instalment"), self.data_day("repayment"))

    def arrears(self) -> str:
        """The instalments that were ever overdue by then: out of a long table the few by which spells of arrears are told."""
        if "@arrears" not in self._relations:
            late = f'"due_day" < {day(self.plan_day())} AND ("paid_off_day" IS NULL OR "paid_off_day" > "due_day" + 1)'
            columns = '"contract", "due_day", "paid_off_day"'
            self.run(
                f"CREATE TEMP TABLE arrears AS SELECT {columns} FROM {self.table('instalment')} WHERE {late}"
            )
            self._relations["@arrears"] = "arrears"
        return self._relations["@arrears"]

    # -- periods ----------------------------------------------------------------------------------------------------------------

    def periods(self) -> str:
        """Periods of every kind around the day: kind, idx (0 = the one containing the day), start, end, label, before.

        ``before`` is the start of the period before.
        """
        if "@periods" not in self._relations:
            self.register("raw_periods", periods_table(self.as_of, self.working, tuple(self._yearly)))
            self.run("CREATE TEMP TABLE periods AS SELECT * FROM raw_periods")
            self.connection.unregister("raw_periods")
            self._relations["@periods"] = '"periods"'
        return '"periods"'

    def yearly_kind(self, closing: tuple[tuple[int, int], ...]) -> str:
        """The kind under which periods that end on days of the year stand in the table of periods."""
        if closing not in self._yearly:
            self._yearly.append(closing)
            if "@periods" in self._relations:
                self._insert_periods(yearly_periods(closing, self.as_of))
        return yearly_name(closing)

    def numbers(self) -> str:
        """A column idx of -121 … 1."""
        if "@numbers" not in self._relations:
            listed = ", ".join(f"({i})" for i in range(-121, 2))
            self.run('CREATE TEMP TABLE numbers ("idx" INTEGER)')
            self.run(f"INSERT INTO numbers VALUES {listed}")
            self._relations["@numbers"] = '"numbers"'
        return '"numbers"'

    def _insert_periods(self, rows: Sequence[PeriodRow]) -> None:
        values = ", ".join(
            f"({text(r.kind)}, {r.idx}, {day(r.start)}, {day(r.end)}, {text(r.label)}, {day(r.before)})"
            for r in rows
        )
        self.run(f"INSERT INTO periods VALUES {values}")

    # -- loading ----------------------------------------------------------------------------------------------------------------

    def _read_through(self) -> dict[str, date]:
        return dict(self.book.through)

    def _load_calendar(self) -> None:
        self.register("raw_calendar", calendar_table(self.working))
        self.run("CREATE TEMP TABLE calendar AS SELECT * FROM raw_calendar")
        self.run(
            "CREATE TEMP TABLE workdays AS SELECT day, at_or_before AS place FROM calendar WHERE working"
        )
        self.connection.unregister("raw_calendar")

    def _load_tables(self) -> None:
        for table_id, columns in self.wanted.columns.items():
            self._load_raw(self.declared[table_id], columns)
        for table_id, columns in self.wanted.columns.items():
            self._load_history(table_id, columns)
        # where one rule is worked on at a time, what has no rows is laid out when it is first named, which most of it never is
        laid = [
            table for table in self.wanted.columns if not self._few or self._held(table) or table in _GROWN
        ]
        self.at_once(
            [
                partial(Days._lay_out, table_id=table_id)
                for table_id in sorted(laid, key=self._size, reverse=True)
            ]
        )

    def _held(self, table: str) -> bool:
        """Whether the book has a file or any row of a table."""
        return table in self.book.files or self._size(table) > 0

    def _size(self, table: str) -> int:
        """How many rows the book has of a table."""
        file = self.book.files.get(table)
        if file is not None:
            return int(pq.read_metadata(file).num_rows)
        held = self.book.tables.get(table)
        return 0 if held is None else int(held.num_rows)

    def _lay_out(self, table_id: str) -> None:
        """A table as on the day."""
        relation = name(f"on_{table_id}")
        of = self._on_the_day if self._held(table_id) else self._without_rows
        rows = of(self.declared[table_id], self.wanted.columns[table_id])
        others = sorted(which for table, which in self.wanted.relatives if table == table_id)
        if others:
            self._store_with_others(self.declared[table_id], rows, others)
        else:
            kind = "TABLE" if self._worth_keeping(table_id) else "VIEW"
            self.run(f"CREATE TEMP {kind} {relation} AS {rows}")
        self._relations[table_id] = relation

    def _store_with_others(self, table: Table, rows: str, others: Sequence[Relative]) -> None:
        """Store the rows of a table, each with the keys of the other rows at which rules look from it."""
        source, plain = f"({rows})", name(f"plain_{table.id}")
        paired = [which for which in others if which is not Relative.PREVIOUS]
        if paired:
            self.run(f"CREATE TEMP TABLE {plain} AS {rows}")
            source = plain
        parts, joins = ["t.*"], []
        for which in others:
            if which is Relative.PREVIOUS:
                parts.append(f"{_row_before(table)} AS {name(pointer(which))}")
                continue
            alias = name(f"b_{which}")
            joins.append(
                f'LEFT JOIN ({_row_on(table, plain, which)}) AS {alias} ON {alias}."_key" = t."_key"'
            )
            parts.append(f'{alias}."other" AS {name(pointer(which))}')
        on = name(f"on_{table.id}")
        self.run(f"CREATE TEMP TABLE {on} AS SELECT {', '.join(parts)} FROM {source} AS t {' '.join(joins)}")
        if paired:
            self.connection.execute(f"DROP TABLE {plain}")

    def _load_raw(self, table: Table, columns: frozenset[str]) -> None:
        """Let the connection see the columns that are read: of a file where it lies, else of the book's own rows."""
        needed = {*columns, *table.key, "recorded", "voided", *([table.date] if table.date else [])}
        source = name(f"raw_{table.id}")
        file = self.book.files.get(table.id)
        raw = None if file is not None else self.book.tables.get(table.id)
        if file is not None:
            held = set(pq.read_schema(file).names)
            parts = [
                name(c) if c in held else f"{self._nothing(table, c)} AS {name(c)}" for c in sorted(needed)
            ]
            listed = ", ".join(parts)
            self.connection.execute(
                f"CREATE VIEW {source} AS SELECT {listed} FROM read_parquet({text(str(file))})"
            )
        elif raw is not None and raw.num_rows:
            kept = [c for c in raw.column_names if c in needed]
            self.register(f"raw_{table.id}", raw.select(kept))

    @staticmethod
    def _nothing(table: Table, column: str) -> str:
        return f"CAST(NULL AS {TYPES.get(table.columns[column].type, 'VARCHAR')})"

    def _without_rows(self, table: Table, columns: frozenset[str]) -> str:
        """What a table of which the book has no row is like on any day."""
        read = [column for column in table.columns if column in {*columns, *table.key, "recorded"}]
        parts = ['CAST(NULL AS VARCHAR) AS "_key"']
        parts += [f"{self._nothing(table, column)} AS {name(column)}" for column in read]
        for of, facts in self.wanted.layers:
            if of == table.id:
                kinds = {fact: sql_type(self.facts[of, fact].type) for fact in facts}
                parts += [f"CAST(NULL AS {kind}) AS {name(fact)}" for fact, kind in kinds.items()]
        return f"SELECT {', '.join(parts)} WHERE FALSE"

    def _worth_keeping(self, table: str) -> bool:
        """Whether a table as on the day is stored: many rules read it; a very long one is read where it lies, a few columns at a time."""
        if table in self.wanted.folding:
            return False
        if table in self.book.files:
            return self._size(table) <= STORED_ROWS
        return 0 < self._size(table) <= MANY_ROWS

    def _known(self, alias: str) -> list[str]:
        known = day(self.known)
        return [
            f'{alias}."recorded" IS NULL OR {alias}."recorded" <= {known}',
            f'{alias}."voided" IS NULL OR {alias}."voided" > {known}',
        ]

    def _load_history(self, table: str, columns: frozenset[str]) -> None:
        log = self.book.tables.get("change_log")
        if log is None or log.num_rows == 0:
            return
        dated = [c for c in self.declared[table].columns.values() if c.dated and c.id in columns]
        if dated and "raw_change_log" not in self._relations:
            self.register("raw_change_log", log)
            self._relations["raw_change_log"] = '"raw_change_log"'
        for column in dated:
            entries = _turns(table, column.id, TYPES.get(column.type, "VARCHAR"), self._known("l"))
            relation = name(f"history_{table}_{column.id}")
            self.run(f"CREATE TEMP TABLE {relation} AS {entries}")
            counted = self.connection.execute(f"SELECT COUNT(*) FROM {relation}").fetchall()
            if counted[0][0]:
                self._histories[table, column.id] = relation

    def _on_the_day(self, table: Table, columns: frozenset[str]) -> str:
        today = day(self.as_of)
        kept = [
            c for c in table.columns.values() if c.id in columns or c.id in table.key or c.id == "recorded"
        ]
        joins, parts = [], [f'{key_of("r", table.key)} AS "_key"']
        for column in kept:
            plain = f"r.{name(column.id)}"
            if (table.id, column.id) in self._histories:
                alias = name(f"h_{column.id}")
                history = self._histories[table.id, column.id]
                joins.append(
                    f'LEFT JOIN {history} AS {alias} ON {alias}."_key" = {key_of("r", table.key)}'
                    f' AND {alias}."from" <= {today} AND {today} < {alias}."to"'
                )
                plain = f'CASE WHEN {alias}."_key" IS NULL THEN {plain} ELSE {alias}."value" END'
            if column.type is ColumnType.HAPPENED:
                plain = f"CASE WHEN {plain} <= {today} THEN {plain} END"
            parts.append(f"{plain} AS {name(column.id)}")
        where = self._known("r")
        if table.date and table.id != "change_log":
            where.append(f"r.{name(table.date)} IS NULL OR r.{name(table.date)} <= {today}")
        conditions = " AND ".join(f"({condition})" for condition in where)
        return f"SELECT {', '.join(parts)} FROM {name(f'raw_{table.id}')} AS r {' '.join(joins)} WHERE {conditions}"

    # -- facts ------------------------------------------------------------------------------------------------------------------

    def _store_facts(self) -> None:
        """Store the facts that fold other rows, in order of dependence; the scalar ones stay formulas."""
        for table, chosen in self.wanted.layers:
            if self._held(table):
                self._store(table, [self.facts[table, fact] for fact in chosen])
            else:
                self._stored |= {(table, fact) for fact in chosen}

    def _store(self, table: str, facts: Sequence[Fact]) -> None:
        frame = self.frame(table)
        for fact in facts:
            if fact.formula is None:
                CODE_FACTS[str(fact.code)].add(frame, fact.id)
            else:
                frame.add(fact.id, f"CAST({frame.sql(fact.formula)} AS {sql_type(fact.type)})")
        relation = name(f"{table}_{self.fresh('facts')}")
        # rows that rules choose together lie together: the blocks of others are passed over unread
        parted = self.wanted.parted.get(table)
        order = "" if parted is None else f" ORDER BY {name(parted)}"
        self.run(f"CREATE TEMP TABLE {relation} AS {frame.select()}{order}")
        self._relations[table] = relation
        self._stored |= {(fact.table, fact.id) for fact in facts}


def layers_of(
    wanted: Iterable[tuple[str, str]], facts: Mapping[tuple[str, str], Fact]
) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """The facts among some that fold other rows, those of one table together, each after those it leans on."""
    folding = {key for key in wanted if _folds(facts[key])}
    leans = {key: _leans_on(key, facts) for key in folding}
    found: list[tuple[str, tuple[str, ...]]] = []
    waiting = set(folding)
    while waiting:
        ready = sorted(key for key in waiting if not (leans[key] & waiting))
        if not ready:
            message = f"facts in a circle: {sorted(waiting)}"
            raise AssertionError(message)
        table = ready[0][0]
        chosen = [key for key in ready if key[0] == table]
        found.append((table, tuple(fact for _, fact in chosen)))
        waiting -= set(chosen)
    return tuple(found)


def _folds(fact: Fact) -> bool:
    return fact.formula is None or any(isinstance(node, Aggregate | Rank) for node in fact.formula.walk())


def _leans_on(
    key: tuple[str, str],
    facts: Mapping[tuple[str, str], Fact],
    seen: frozenset[tuple[str, str]] = frozenset(),
) -> set[tuple[str, str]]:
    fact = facts[key]
    if fact.formula is None:
        return set()
    found: set[tuple[str, str]] = set()
    for node in fact.formula.walk():
        if isinstance(node, Column) and node.fact and (node.table, node.name) not in seen:
            other = (node.table, node.name)
            found.add(other)
            if not _folds(facts[other]):
                found |= _leans_on(other, facts, seen | {key})
    return found


@lru_cache(maxsize=64)
def periods_table(
    today: date, calendar: Calendar, yearly: tuple[tuple[tuple[int, int], ...], ...] = ()
) -> pa.Table:
    """The periods of every kind around a day, and those that end on days of the year.

    As statements with a thousand values they would take longer to read than a small book to ask.
    """
    rows = [row for kind in PERIOD_KINDS for row in calendar_periods(kind, today, calendar)]
    rows += [row for closing in yearly for row in yearly_periods(closing, today)]
    return pa.table(
        {
            "kind": pa.array([row.kind for row in rows], pa.string()),
            "idx": pa.array([row.idx for row in rows], pa.int32()),
            "start": pa.array([row.start for row in rows], pa.date32()),
            "end": pa.array([row.end for row in rows], pa.date32()),
            "label": pa.array([row.label for row in rows], pa.string()),
            "before": pa.array([row.before for row in rows], pa.date32()),
        }
    )


@cache
def calendar_table(calendar: Calendar) -> pa.Table:
    """Every day with its ordinals of working days; made once per calendar."""
    working = calendar.working(CALENDAR_FROM, CALENDAR_TO)
    begin, size = (CALENDAR_FROM - date(1970, 1, 1)).days, len(working)
    counts = list(accumulate(map(int, working)))
    published = [
        calendar.published(year)
        for year in range(CALENDAR_FROM.year, CALENDAR_TO.year + 1)
        for _ in range((date(year + 1, 1, 1) - date(year, 1, 1)).days)
    ]
    return pa.table(
        {
            "day": pa.array(range(begin, begin + size), pa.int32()).cast(pa.date32()),
            "working": pa.array(working, pa.bool_()),
            "published": pa.array(published, pa.bool_()),
            "at_or_before": pa.array(counts, pa.int64()),
            "at_or_after": pa.array(
                [count + (not day) for count, day in zip(counts, working, strict=True)], pa.int64()
            ),
        }
    )


def _row_before(table: Table) -> str:
    """SQL of the key of the row before, of rows under the alias t."""
    order = table.order
    assert order is not None
    group = ", ".join(f"t.{name(column)}" for column in order.group)
    return f'LAG(t."_key") OVER (PARTITION BY {group} ORDER BY t.{name(order.by)}, t."_key")'


def _row_on(table: Table, rows: str, which: Relative) -> str:
    """Pairs of row key and the key of the row twelve months before or at the last year end."""
    order = table.order
    assert order is not None
    by = f"t.{name(order.by)}"
    back = f"CAST({by} - 12 * INTERVAL '1' MONTH AS DATE)"
    ends = f"CAST(DATE_TRUNC('month', {by}) AS DATE)"
    last = f"(CAST({ends} + INTERVAL '1' MONTH AS DATE) - 1)"
    end_back = f"(CAST({ends} - 11 * INTERVAL '1' MONTH AS DATE) - 1)"
    target = f"CASE WHEN {by} = {last} THEN {end_back} ELSE {back} END"
    if which is Relative.YEAR_START:
        target = f"(CAST(DATE_TRUNC('year', {by}) AS DATE) - 1)"
    same = " AND ".join(f"u.{name(c)} IS NOT DISTINCT FROM t.{name(c)}" for c in order.group)
    match = f"{same} AND u.{name(order.by)} = {target}"
    return f'SELECT t."_key", MAX(u."_key") AS "other" FROM {rows} AS t JOIN {rows} AS u ON {match} GROUP BY t."_key"'


def _turns(table: str, column: str, kind: str, known: Sequence[str]) -> str:
    """The segments of a dated column out of the change log: each value from its day to the next turn, the old value before the first."""
    where = " AND ".join(f"({condition})" for condition in known)
    chosen = f'l."table_name" = {text(table)} AND l."item" = {text(column)}'
    entries = (
        'SELECT l."subject" AS "_key", l."effective_day" AS "since", l."new_value" AS "new", l."old_value" AS "old", '
        'LEAD(l."effective_day") OVER (PARTITION BY l."subject" ORDER BY l."effective_day") AS "next", '
        'ROW_NUMBER() OVER (PARTITION BY l."subject" ORDER BY l."effective_day") AS "place" '
        f'FROM "raw_change_log" AS l WHERE {chosen} AND {where}'
    )
    return (
        f'WITH e AS ({entries}) SELECT "_key", "since" AS "from", COALESCE("next", {day(LAST_DAY)}) AS "to", '
        f'CAST("new" AS {kind}) AS "value", "since", CAST("old" AS {kind}) AS "before" FROM e '
        f'UNION ALL SELECT "_key", {day(FIRST_DAY)}, "since", CAST("old" AS {kind}), CAST(NULL AS DATE), CAST(NULL AS {kind}) '
        'FROM e WHERE "place" = 1'
    )


def dated_columns(root: Node) -> list[Column]:
    """The columns whose value on a day an expression names."""
    return [node.column for node in root.walk() if isinstance(node, Dated | Since | Before)]
