# ruff: noqa: S608 -- the SQL is made of declared identifiers; values of users never enter it
"""Checking the rows of a book set by set: DuckDB over Arrow tables, never a row at a time in Python."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

import pyarrow as pa
import pyarrow.compute as pc

from daihou.book.belonging import Paired, check_belonging
from daihou.book.changes import check_changes
from daihou.book.converting import ROW, SHEET
from daihou.book.declared import RECORDED, VOIDED, Table
from daihou.book.faults import LIST_LIMIT, Fault, FaultList, shown
from daihou.book.identifiers import (
    RESIDENTS,
    check_identifier,
    doubtful_sql,
    known_places,
    place_and_year_sql,
)
from daihou.book.keys import change_log_of, key_text_sql, names_row_sql, said, strictly_rising
from daihou.book.lacking import lacking_columns, say_lacking
from daihou.book.passing import Passing
from daihou.book.rowchecks import RowCheck, ahead_checks, quoted, row_checks
from daihou.book.titles import SEVERAL, Titled, settle_titles
from daihou.book.yearchecks import check_years

Progress = Callable[[str, float], None]
Elsewhere = Callable[[str, Sequence[str]], Collection[str]]
"""Which of some keys of a table stand outside the files, in the registers that they are read into."""

POSITION = "_position"


@dataclass(frozen=True)
class Rows:
    """The rows of one table as read, and the positions already refused while reading.

    ``canonical``: they came as we write them, so that a reference holds a key. ``absent``: by sheet, the declared columns that it has not at all.
    """

    table: Table
    data: pa.Table
    bad: pa.Array
    one_source: bool
    canonical: bool = False
    absent: Mapping[str, frozenset[str]] = field(default_factory=dict)


class Checker:
    """Runs every check over all tables; keeps which rows are left out. Use once."""

    def __init__(
        self,
        rows: Mapping[str, Rows],
        domains: Mapping[str, tuple[str, ...]],
        faults: FaultList,
        elsewhere: Elsewhere | None = None,
        day: date | None = None,
        titled: Titled | None = None,
        paired: Paired | None = None,
    ) -> None:
        """Register the tables; nothing is copied. ``day``: on which they are looked at; without it no day is too late."""
        self.rows = dict(rows)
        self.titled = titled
        self.paired = paired
        self.several: frozenset[tuple[str, str]] = frozenset()
        self.domains = domains
        self.faults = faults
        self.elsewhere = elsewhere
        self.day = day
        self._passing = Passing(ordered=False)
        self.con = self._passing.connection
        for name, held in rows.items():
            self.hold(name, held)
            self.con.execute(f"CREATE TEMP TABLE {self.bad(name)} (position INTEGER)")
            if len(held.bad):
                self.mark(
                    name, held.data[ROW].take(held.bad) if held.one_source else held.bad.cast(pa.int32())
                )

    def hold(self, name: str, held: Rows) -> None:
        """Take the rows of a table for what is checked from here on."""
        self.rows[name] = held
        self.con.register(f"rows_{name}", self._numbered(held))

    @staticmethod
    def _numbered(held: Rows) -> pa.Table:
        """The table with a number for each row: its Excel row where one sheet gave all, else its position."""
        if held.one_source:
            return held.data
        return held.data.append_column(POSITION, pa.arange(0, held.data.num_rows).cast(pa.int32()))

    def view(self, name: str) -> str:
        """The SQL name of a table's rows."""
        return quoted(f"rows_{name}")

    def bad(self, name: str) -> str:
        """The SQL name of the row numbers left out of a table."""
        return quoted(f"bad_{name}")

    def number(self, name: str) -> str:
        """The SQL name of the column that numbers a table's rows."""
        return quoted(ROW if self.rows[name].one_source else POSITION)

    def mark(self, name: str, numbers: pa.ChunkedArray | pa.Array) -> None:
        """Leave rows out by number."""
        self.con.register("numbers", pa.table({"n": numbers}))
        self.con.execute(f"INSERT INTO {self.bad(name)} SELECT n FROM numbers")
        self.con.unregister("numbers")

    def run(self, progress: Progress) -> None:
        """All checks, then the rows that refer to rows left out, until no more follow."""
        steps = max(1, len(self.rows))
        self.several = settle_titles(self, self.titled)
        say_lacking(self)
        for i, (name, held) in enumerate(self.rows.items()):
            progress(name, i / steps)
            self._check_rows(name, held.table)
            self._check_identifiers(name, held.table)
            self._check_keys(name, held)
        for name in self.rows:
            self._check_references(name)
        check_belonging(self, self.paired)
        check_changes(self)
        check_years(self)
        self._cascade()
        progress("", 1.0)

    def good(self, name: str) -> pa.Table:
        """The rows of a table that stand."""
        held = self.rows[name]
        bad = self.con.sql(f"SELECT DISTINCT position FROM {self.bad(name)}").to_arrow_table()["position"]
        if not len(bad):
            return held.data
        if held.one_source:
            return held.data.filter(pc.invert(pc.is_in(held.data[ROW], value_set=bad)))
        numbers = pa.arange(0, held.data.num_rows).cast(pa.int32())
        return held.data.filter(pc.invert(pc.is_in(numbers, value_set=bad)))

    # one row at a time, all rows at once

    def _check_rows(self, name: str, table: Table) -> None:
        """Conditions on single rows: counted together in one pass, listed only where there are any."""
        nulls = {c: self.rows[name].data[c].null_count for c in table.columns}
        size = self.rows[name].data.num_rows
        ahead = [] if self.day is None else ahead_checks(table, self.day)
        asked = (self._but_for_lacking(name, check) for check in (*row_checks(table), *ahead))
        checks = [c for c in asked if self._can_occur(c, nulls, size)]
        if not checks or not size:
            return
        counts = ", ".join(f"count(*) FILTER (WHERE {c.condition})" for c in checks)
        found = self.con.sql(f"SELECT {counts} FROM {self.view(name)}").fetchall()[0]
        for check, count in zip(checks, found, strict=True):
            if count:
                self._list_rows(name, check, count)

    def _but_for_lacking(self, name: str, check: RowCheck) -> RowCheck:
        """A check for what is missing, without the sheets that have not the column at all: of those it was said already."""
        if check.code != "value-missing":
            return check
        held = self.rows[name]
        sheets = [sheet for sheet in held.absent if check.column in lacking_columns(held, sheet)]
        if not sheets:
            return check
        listed = ", ".join("'" + sheet.replace("'", "''") + "'" for sheet in sheets)
        return replace(check, condition=f'({check.condition}) AND "{SHEET}" NOT IN ({listed})')

    @staticmethod
    def _can_occur(check: RowCheck, nulls: Mapping[str, int], size: int) -> bool:
        """A cheap no: nothing is missing, or the columns compared are empty throughout."""
        if check.code == "value-missing":
            return nulls[check.column] > 0
        named = [check.column] if check.other is None else [check.column, check.other]
        return "IS NULL" in check.condition or all(nulls[c] < size for c in named)

    def _list_rows(self, name: str, check: RowCheck, count: int) -> None:
        other = f"CAST({quoted(check.other)} AS VARCHAR)" if check.other else "NULL"
        number = self.number(name)
        listed = self.con.sql(
            f'SELECT {number}, "{SHEET}", "{ROW}", CAST({quoted(check.column)} AS VARCHAR), {other}'
            f" FROM {self.view(name)} WHERE {check.condition} ORDER BY 1 LIMIT {LIST_LIMIT}"
        ).fetchall()
        columns = self.rows[name].table.columns
        for _, sheet, row, value, against in listed:
            if check.absent and self._said_already(name, sheet, row, check.column):
                continue
            params = dict(check.params)
            if check.other is not None:
                params["other_value"] = said(columns[check.other].type, against) or "—"
            value_said = said(columns[check.column].type, value)
            self.faults.add(
                Fault(check.code, check.severity, name, sheet, row, check.column, value_said, params)
            )
        if not listed or not self._said_already(name, listed[-1][1], None, check.column):
            self.faults.count_more(check.code, name, check.column, count - len(listed))
        if check.severity == "error":
            self.con.execute(
                f"INSERT INTO {self.bad(name)} SELECT {number} FROM {self.view(name)} WHERE {check.condition}"
            )

    def _said_already(self, name: str, sheet: str, row: int | None, column: str) -> bool:
        """Whether the cell was refused rather than empty, or the sheet lacks the column altogether."""
        return self.faults.has(name, sheet, row, column) or self.faults.has(name, sheet, None, column)

    def _check_identifiers(self, name: str, table: Table) -> None:
        """Numbers that prove themselves: the sure ones by SQL, the doubtful ones once per value."""
        for column in table.columns.values():
            if column.check is None:
                continue
            q = quoted(column.id)
            places = self._known_places(name, q) if column.check in RESIDENTS else None
            doubtful = self.con.sql(
                f"SELECT DISTINCT {q} FROM {self.view(name)} WHERE {doubtful_sql(column.check, q, places)}"
            ).fetchall()
            verdicts = {v: verdict for (v,) in doubtful if (verdict := check_identifier(column.check, v))}
            if not verdicts:
                continue
            self.con.register(
                "verdicts",
                pa.table(
                    {
                        "value": list(verdicts),
                        "code": [c for c, _ in verdicts.values()],
                        "severity": [s for _, s in verdicts.values()],
                    }
                ),
            )
            self.say(
                name,
                column.id,
                f'SELECT t.{self.number(name)}, t."{SHEET}", t."{ROW}", t.{q}, v.code, v.severity'
                f" FROM {self.view(name)} t JOIN verdicts v ON v.value = t.{q}",
            )
            self.con.unregister("verdicts")

    def _known_places(self, name: str, column: str) -> str:
        """A query for the places and years of birth in a column that are right: looked up once each, not once per person."""
        found = self.con.sql(
            f"SELECT DISTINCT {place_and_year_sql(column)} FROM {self.view(name)}"
        ).fetchall()
        known = known_places(text for (text,) in found)
        self.con.execute("CREATE OR REPLACE TEMP TABLE known_places (place VARCHAR)")
        self.con.register("places", pa.table({"place": pa.array(known, pa.string())}))
        self.con.execute("INSERT INTO known_places SELECT place FROM places")
        self.con.unregister("places")
        return "SELECT place FROM known_places"

    def say(self, name: str, column: str | None, query: str, params: Sequence[str] = ()) -> int:
        """Say what a query finds: number, sheet, row, value, code, severity, then one column per param."""
        # what makes a table answers with the number of its rows; mostly nothing is found, and then nothing more is asked
        (count,) = self.con.execute(f"CREATE OR REPLACE TEMP TABLE found AS {query}").fetchall()[0]
        if not count:
            return 0
        names = [row[0] for row in self.con.sql("DESCRIBE found").fetchall()]
        number, severity, code = quoted(names[0]), quoted(names[5]), quoted(names[4])
        listed = self.con.sql(f"FROM found ORDER BY {number} LIMIT {LIST_LIMIT}").fetchall()
        for _, sheet, row, value, said_code, weight, *rest in listed:
            filled = dict(zip(params, (str(r) for r in rest), strict=True))
            self.faults.add(Fault(said_code, weight, name, sheet, row, column, shown(value), filled))
        if count > len(listed):
            counted = self.con.sql(f"SELECT {code}, count(*) FROM found GROUP BY 1").fetchall()
            for said_code, total in counted:
                more = total - sum(1 for row in listed if row[4] == said_code)
                self.faults.count_more(said_code, name, column, more)
        self.con.execute(
            f"INSERT INTO {self.bad(name)} SELECT {number} FROM found WHERE {severity} = 'error'"
        )
        return int(count)

    # keys

    def _check_keys(self, name: str, held: Rows) -> None:
        """No two rows of one key whose lives (recorded to voided) overlap."""
        if held.data.num_rows < 2 or strictly_rising([held.data[c] for c in held.table.key]):  # noqa: PLR2004
            return
        keys = ", ".join(quoted(c) for c in held.table.key)
        named = " AND ".join(f"{quoted(c)} IS NOT NULL" for c in held.table.key)
        view, number = self.view(name), self.number(name)
        # equal keys have equal hashes; the few other rows that share one are told apart below
        self.con.execute(
            f"CREATE OR REPLACE TEMP TABLE twice AS SELECT hash({keys}) AS h FROM {view} WHERE {named}"
            " GROUP BY 1 HAVING count(*) > 1"
        )
        if not self.con.sql("SELECT count(*) FROM twice").fetchall()[0][0]:
            return
        self.say(
            name,
            held.table.key[0],
            f"""WITH shared AS (
                SELECT {number} AS n, * FROM {view} WHERE hash({keys}) IN (SELECT h FROM twice) AND {named}),
            lives AS (SELECT n, "{SHEET}", "{ROW}", {keys}, {key_text_sql(held.table)} AS key_text,
                coalesce("{RECORDED}", DATE '-infinity') AS since,
                coalesce("{VOIDED}", DATE 'infinity') AS till
                FROM shared),
            beside AS (SELECT *,
                max(till) OVER (PARTITION BY {keys} ORDER BY since, n
                    ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before,
                lead(since) OVER (PARTITION BY {keys} ORDER BY since, n) AS after,
                coalesce(lag("{ROW}") OVER (PARTITION BY {keys} ORDER BY since, n),
                         lead("{ROW}") OVER (PARTITION BY {keys} ORDER BY since, n)) AS other,
                coalesce(lag("{SHEET}") OVER (PARTITION BY {keys} ORDER BY since, n),
                         lead("{SHEET}") OVER (PARTITION BY {keys} ORDER BY since, n)) AS other_sheet
                FROM lives WHERE since < till)
            SELECT n, "{SHEET}", "{ROW}", key_text, 'key-twice', 'error', other_sheet, other FROM beside
            WHERE before > since OR after < till""",
            ("other_sheet", "other_row"),
        )

    # references

    def references(self, name: str) -> Iterator[tuple[str, str]]:
        """Columns of a table that refer, and the table each refers to."""
        for column in self.rows[name].table.columns.values():
            if (
                column.ref is not None
                and self.rows[name].data[column.id].null_count < self.rows[name].data.num_rows
            ):
                yield column.id, column.ref

    def _check_references(self, name: str) -> None:
        """Every reference names a row that the files hold, or that stands elsewhere."""
        for column, ref in self.references(name):
            q, view, number = quoted(column), self.view(name), self.number(name)
            if ref not in self.rows and self.elsewhere is None:
                self._say_absent(name, column, ref)
                continue
            missing = self.leads_nowhere(name, column, ref)
            cell = f't.{number}, t."{SHEET}", t."{ROW}", t.{q}'
            named = (name, column) in self.several
            several = f"{SEVERAL} s ON s.name = '{name}' AND s.item = '{column}' AND s.value = t.{q}"
            of_none = f"{view} t ANTI JOIN {several}" if named else f"{view} t"
            self.say(
                name,
                column,
                f"SELECT {cell}, 'orphan', 'error', '{ref}' FROM {of_none} WHERE {missing}",
                ("parent_id",),
            )
            if named:
                self.say(
                    name,
                    column,
                    f"SELECT {cell}, 'name-of-several', 'error', '{ref}', s.many FROM {view} t JOIN {several} WHERE {missing}",
                    ("parent_id", "many"),
                )

    def leads_nowhere(self, name: str, column: str, ref: str) -> str:
        """The condition under which a row ``t`` of a table refers to none of the files nor of those that stand outside them; good until the next is asked."""
        q = quoted(column)
        missing = f"t.{q} IS NOT NULL"
        if ref in self.rows:
            names_row = names_row_sql(self.rows[ref].table, f"t.{q}", "p.")
            missing += f" AND NOT EXISTS (FROM {self.view(ref)} p WHERE {names_row})"
        self.find_elsewhere(f"SELECT DISTINCT t.{q} FROM {self.view(name)} t WHERE {missing}", ref)
        return f"{missing} AND t.{q} NOT IN (SELECT key FROM known_elsewhere)"

    def find_elsewhere(self, missing: str, ref: str) -> None:
        """Put those of the missing keys that stand outside the files into ``known_elsewhere``."""
        asked = [] if self.elsewhere is None else [key for (key,) in self.con.sql(missing).fetchall()]
        known = self.elsewhere(ref, asked) if self.elsewhere is not None and asked else ()
        self.con.register("keys", pa.table({"key": pa.array(known, pa.string())}))
        self.con.execute("CREATE OR REPLACE TEMP TABLE known_elsewhere AS SELECT key FROM keys")
        self.con.unregister("keys")

    def _say_absent(self, name: str, column: str, ref: str) -> None:
        """The table referred to is not in the files: said once, not once per row."""
        q, number = quoted(column), self.number(name)
        (count, sheet) = self.con.sql(
            f'SELECT count(*), min("{SHEET}") FROM {self.view(name)} WHERE {q} IS NOT NULL'
        ).fetchall()[0]
        self.faults.add(
            Fault(
                "parent-table-absent",
                "error",
                name,
                sheet,
                column=column,
                params={"parent_id": ref, "count": str(count)},
            )
        )
        self.con.execute(
            f"INSERT INTO {self.bad(name)} SELECT {number} FROM {self.view(name)} WHERE {q} IS NOT NULL"
        )

    # what follows from rows left out

    def _cascade(self) -> None:
        """Rows that refer to rows left out are left out too, until nothing more follows."""
        waiting = [name for name in self.rows if self.bad_count(name)]
        while waiting:
            parent = waiting.pop(0)
            self.con.execute(f"CREATE OR REPLACE TEMP TABLE lost AS {self._lost_keys(parent)}")
            if not self.con.sql("SELECT count(*) FROM lost").fetchall()[0][0]:
                continue
            for child in self.rows:
                if self._lose_children(child, parent) and child not in waiting:
                    waiting.append(child)

    def bad_count(self, name: str) -> int:
        """How many rows of a table are left out so far."""
        return int(self.con.sql(f"SELECT count(DISTINCT position) FROM {self.bad(name)}").fetchall()[0][0])

    def _lost_keys(self, name: str) -> str:
        """Keys of which no row stands any more."""
        text, view, number, bad = (
            key_text_sql(self.rows[name].table),
            self.view(name),
            self.number(name),
            self.bad(name),
        )
        lost = f"SELECT DISTINCT {text} AS k FROM {view} WHERE {number} IN (SELECT position FROM {bad})"
        return (
            f"WITH l AS ({lost}) SELECT k FROM l WHERE k IS NOT NULL AND k NOT IN "
            f"(SELECT {text} FROM {view} WHERE {text} IN (SELECT k FROM l)"
            f" AND {number} NOT IN (SELECT position FROM {bad}))"
        )

    def _lose_children(self, child: str, parent: str) -> int:
        found = 0
        for column, ref in self.references(child):
            if ref == parent:
                found += self._lose(child, column, f"t.{quoted(column)} IN (SELECT k FROM lost)", parent)
        log = change_log_of({n: r.table for n, r in self.rows.items()})
        if log is not None and log.name == child:
            condition = (
                f"t.{quoted(log.table)} = '{parent}' AND t.{quoted(log.object)} IN (SELECT k FROM lost)"
            )
            found += self._lose(child, log.object, condition, parent)
        return found

    def _lose(self, child: str, column: str, condition: str, parent: str) -> int:
        number = self.number(child)
        return self.say(
            child,
            column,
            f"""SELECT t.{number}, t."{SHEET}", t."{ROW}", t.{quoted(column)},
            'parent-left-out', 'error', '{parent}'
            FROM {self.view(child)} t WHERE {condition}
            AND t.{number} NOT IN (SELECT position FROM {self.bad(child)})""",
            ("parent_id",),
        )
