"""A random book for a rulebook: the columns that its rules read, with values close to what decides.

Days stand around the day that is asked about; keys are few, so that references meet, and some lead nowhere. Rows may be recorded late,
voided, or replaced by a corrected row of the same key; dated columns have a history; tables may end before the day. Completions, rulings
and stored warnings are drawn for duties and warnings that the rules really give.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from hypothesis import strategies as st

from daihou.book import Book, Column, ColumnType, Table, declared, domains
from daihou.engine import case_book
from daihou.rulebook import CaseBook, Rulebook, Source, nodes, nodes_of, with_facts
from generators.expressions import NUMBERS, Writer
from generators.words import COLUMNS, DERIVED, POSTS, Named, ident, word

DAYS = (
    date(2026, 11, 23), date(2026, 2, 13), date(2026, 2, 14), date(2026, 2, 28), date(2024, 2, 29), date(2026, 3, 31),
    date(2026, 9, 30), date(2026, 10, 8), date(2026, 10, 10), date(2025, 12, 31), date(2026, 1, 1), date(2027, 1, 4), date(2026, 12, 31),
)  # fmt: skip
OFFSETS = (
    0,
    0,
    -1,
    -1,
    1,
    -2,
    -3,
    -4,
    2,
    3,
    -10,
    -10,
    -20,
    -30,
    -31,
    -45,
    -60,
    -90,
    -365,
    -366,
    -400,
    -200,
    10,
    31,
)
AMOUNTS = ("10000000", "0", "31250", "100", "1", "10000001", "-100", "99999999999")
DECIMALS = ("0.5", "0", "4.35", "60", "-1.25", "0.000001", "2")
WHOLE = ("1", "0", "2", "3", "30", "4")
KEYS = {
    "contract": "C",
    "party": "K",
    "branch": "J",
    "employee": "E",
    "inspection": "V",
    "rectification": "Z",
    "return_duty": "B",
}

Rows = dict[str, list[dict[str, str]]]


@dataclass(frozen=True)
class Asked:
    """A book and what is asked of it."""

    rows: Rows
    as_of: date
    known: date | None
    go_live: date | None

    FEATURES = frozenset(
        [
            "voided",
            "recorded",
            "replaced",
            "dangling",
            "empty-table",
            "twelve-rows",
            "history",
            "through",
            "unpublished",
            "leap-day",
            "month-end",
            "holiday",
            "make-up-day",
            "same-day",
            "completion",
            "duty_ruling",
            "warning",
            "known",
            "go-live",
        ]
    )

    def book(self) -> Book:
        return book_of(self.rows)

    def with_later_rows(self) -> "Asked":
        """The same with every row once more as if recorded after what is known, and once more as if it happened after the day."""
        known = self.known or self.as_of
        later = {}
        for table, rows in self.rows.items():
            later[table] = list(rows)
            if table == "data_through":
                continue
            stamp = (known + timedelta(1)).isoformat()
            later[table] += [row | {"recorded": stamp} for row in rows]
            day = declared()[table].date
            if day is not None and table != "change_log":
                happened = (self.as_of + timedelta(1)).isoformat()
                later[table] += [_without_life(row) | {day: happened} for row in rows]
        return replace(self, rows=later)

    def features(self) -> set[str]:
        """Which of FEATURES the book shows."""
        flat = [(table, row) for table, rows in self.rows.items() for row in rows]
        days = {value for _, row in flat for value in row.values()}
        named = {
            "unpublished": {"2027-01-04"}, "leap-day": {"2024-02-29"}, "month-end": {"2026-03-31"}, "holiday": {"2026-10-08", "2026-01-01"},
            "make-up-day": {"2026-02-14", "2026-10-10"}, "dangling": {"X9"}, "same-day": {self.as_of.isoformat()},
        }  # fmt: skip
        found = {name for name, wanted in named.items() if wanted & days}
        found |= {column for _, row in flat for column in ("voided", "recorded") if column in row}
        found |= {table for table in ("completion", "duty_ruling", "warning") if self.rows.get(table)}
        keys = [(table, *(row.get(part) for part in declared()[table].key)) for table, row in flat]
        sizes = {len(rows) for rows in self.rows.values()}
        shown = {
            "replaced": len(keys) > len(set(keys)), "twelve-rows": max(sizes, default=0) >= 10, "empty-table": not self.rows.get("contract"),
            "history": bool(self.rows.get("change_log")), "through": bool(self.rows.get("data_through")),
            "known": self.known is not None, "go-live": self.go_live is not None,
        }  # fmt: skip
        return found | {name for name, is_so in shown.items() if is_so}


def _without_life(row: dict[str, str]) -> dict[str, str]:
    return {column: value for column, value in row.items() if column not in {"recorded", "voided"}}


def book_of(rows: Rows) -> Book:
    """The book that holds these rows, columns in canonical text."""
    given = {table: tuple(listed) for table, listed in rows.items() if listed}
    return case_book(CaseBook("drawn", (), given, (), Source("drawn", 1), "drawn"))


def books(rulebook: Rulebook) -> st.SearchStrategy[Asked]:
    """Books for the rules of a rulebook."""
    return NUMBERS.map(lambda number: book_for(rulebook, number))


def book_for(rulebook: Rulebook, number: int) -> Asked:
    """A book for the rules of a rulebook, a day, what is known, a go-live."""
    w = Writer(number, Named())
    as_of = w.pick(DAYS)
    drawer = _Rows(w, as_of, columns_read(rulebook))
    rows = drawer.all()
    known = as_of + timedelta(w.pick((-30, -1, 1, 30, 400))) if w.chance(4) else None
    go_live = as_of + timedelta(w.pick((-365, -365, -90, -30, -1, 0, 10))) if w.chance(6) else None
    return Asked(rows, as_of, known, go_live)


def columns_read(rulebook: Rulebook) -> dict[str, set[str]]:
    """table -> columns that the rules of a book read, with the tables they are about."""
    found: dict[str, set[str]] = {}

    def read(table: str, column: str) -> None:
        found.setdefault(table, set()).add(column)

    for rule in rulebook.rules:
        found.setdefault(rule.table, set())
        for node in (*with_facts(rule, rulebook.facts), *(n for n in nodes_of(rule))):
            if isinstance(node, nodes.Column):
                for table, column in _behind(node, rulebook):
                    read(table, column)
            elif isinstance(node, nodes.Aggregate):
                found.setdefault(node.table, set())
    for table in list(found):
        for target in ("contract", "party", "branch"):
            column = next((c.id for c in declared()[table].columns.values() if c.ref == target), None)
            if column is not None:
                read(table, column)
                if target == "contract":
                    read("contract", "client")
                    read("contract", "branch")
    return found


def _behind(node: nodes.Column, rulebook: Rulebook) -> Iterable[tuple[str, str]]:
    """The columns behind a name: those on its way and its own, or those that the code of a fact reads."""
    yield from zip((node.base, *node.tables), node.path, strict=False)
    if not node.fact:
        yield node.table, node.name
    elif rulebook.facts[node.table, node.name].code is not None:
        yield from (("instalment", column) for column in ("contract", "due_day", "paid_off_day"))
        yield "contract", "client"


class _Rows:
    """Draws the rows of the tables that are read."""

    def __init__(self, w: Writer, as_of: date, read: dict[str, set[str]]) -> None:
        self.w, self.as_of, self.read = w, as_of, read
        self.rows: Rows = {}

    def all(self) -> Rows:
        for table in sorted(self.read, key=lambda one: (one not in KEYS, one)):
            if word(table) not in DERIVED and word(table) in COLUMNS:
                self._table(declared()[table])
        self._people()
        for table in list(self.rows):
            self._history(declared()[table])
        self._through()
        return {table: rows for table, rows in self.rows.items() if rows}

    # -- one table

    def _table(self, table: Table) -> None:
        count = self.w.pick(
            (2, 3, 5, 4, 6, 6, 12, 0)
            if table.id in {"inspection", "instalment", "statement"}
            else (2, 1, 3, 3, 2, 4, 4, 5, 5, 3, 4, 0)
        )
        rows: list[dict[str, str]] = []
        taken: set[str] = set()
        for number in range(count):
            row = self._row(table, number)
            key = "/".join(row.get(part, "") for part in table.key)
            if key in taken:
                continue
            taken.add(key)
            rows.append(row)
            rows += self._corrected(table, row)
        self.rows[table.id] = rows

    def _row(self, table: Table, number: int) -> dict[str, str]:
        row: dict[str, str] = {}
        for column in table.columns.values():
            key = column.id in table.key
            if key or column.id in self.read[table.id] or column.id == table.date:
                # a row without what every row must have is refused when it is read
                value = self._value(column, number, must=key or column.required)
                if value is not None:
                    row[column.id] = value
        return row | self.life()

    def life(self) -> dict[str, str]:
        """When a row was recorded and voided; mostly known from the start."""
        life = {}
        if self.w.chance(6):
            life["recorded"] = self.day(1)
        if self.w.chance(12):
            life["voided"] = self.day(1)
        return life

    def _corrected(self, table: Table, row: dict[str, str]) -> list[dict[str, str]]:
        """A row of the same key that takes the place of one voided."""
        if "voided" not in row or not self.w.chance(2):
            return []
        again = self._row(table, 0) | {part: row[part] for part in table.key}
        again.pop("voided", None)
        return [again | {"recorded": row["voided"]}]

    # -- values

    def _value(self, column: Column, number: int, *, must: bool) -> str | None:
        if not must and self.w.chance(9):
            return None
        if column.type is ColumnType.ID:
            return f"{KEYS.get(self._table_of_id(column), 'N')}{number + 1}"
        if column.type is ColumnType.REF:
            return self._reference(str(column.ref))
        return self.plain(column)

    def _table_of_id(self, column: Column) -> str:
        return next((t.id for t in declared().values() if t.key == (column.id,)), "")

    def plain(self, column: Column) -> str:
        """A value of a column that refers to nothing."""
        match column.type:
            case ColumnType.DATE | ColumnType.HAPPENED:
                return self.day()
            case ColumnType.FEN:
                return self.w.pick(AMOUNTS)
            case ColumnType.INT:
                return self.w.pick(WHOLE)
            case ColumnType.NUM:
                return self.w.pick(DECIMALS)
            case ColumnType.BOOL:
                return self.w.pick(("true", "false"))
            case ColumnType.ENUM:
                return self.w.pick(domains()[str(column.enum)][:4])
            case ColumnType.REF:
                return self._reference(str(column.ref))
            case _:
                return self.w.pick(("甲", "乙", "o'clock", "C1"))

    def _reference(self, table: str) -> str:
        keys = [
            "/".join(row.get(part, "") for part in declared()[table].key) for row in self.rows.get(table, [])
        ]
        if table in KEYS:
            keys += [f"{KEYS[table]}1", f"{KEYS[table]}2"]
        return self.w.pick((*keys, "X9"))

    def day(self, near: int = 0) -> str:
        """A day around the day asked about, or one of the days on which calendars turn."""
        if self.w.chance(6 + near * 10):
            return self.w.pick(DAYS).isoformat()
        return (self.as_of + timedelta(self.w.pick(OFFSETS))).isoformat()

    # -- what stands beside

    def _people(self) -> None:
        """Employees and who holds which post."""
        number = declared()["employee"].key[0]
        staff = self.rows.setdefault("employee", [])
        missing = [f"E{n}" for n in range(1, 4) if not any(row[number] == f"E{n}" for row in staff)]
        staff += [{number: one} | ({"left_day": self.day()} if self.w.chance(4) else {}) for one in missing]
        held: dict[str, dict[str, str]] = {}
        for _ in range(self.w.pick((0, 2, 4))):
            post = {
                "employee": self.w.pick(("E1", "E2", "E3", "X9")), "post": ident(self.w.pick(POSTS)),
                "branch": self.w.pick(("J1", "J2")), "since": self.day(),
            }  # fmt: skip
            if self.w.chance(3):
                post["until"] = self.day()
            held["/".join(post[part] for part in ("employee", "post", "branch", "since"))] = (
                post | self.life()
            )
        self.rows["assignment"] = list(held.values())

    def _history(self, table: Table) -> None:
        """Moves of the dated columns that are read; the register holds the last new value."""
        log = self.rows.setdefault("change_log", [])
        for column in table.columns.values():
            if not column.dated or column.id not in self.read.get(table.id, ()):
                continue
            for row in self.rows[table.id]:
                if not self.w.chance(2):
                    continue
                moves: dict[str, dict[str, str]] = {}
                for _ in range(self.w.pick((1, 2, 3))):
                    since = self.day()
                    move = {
                        "table_name": table.id, "subject": "/".join(row.get(part, "") for part in table.key),
                        "item": column.id, "effective_day": since,
                    }  # fmt: skip
                    for side in ("old_value", "new_value"):
                        if not self.w.chance(8):
                            move[side] = self.plain(column)
                    moves[since] = move | self.life()
                known = {(m["subject"], m["item"], m["effective_day"]) for m in log}
                log += [
                    m for m in moves.values() if (m["subject"], m["item"], m["effective_day"]) not in known
                ]

    def _through(self) -> None:
        tables = [table for table in (*self.rows, "completion") if self.w.chance(6)]
        self.rows["data_through"] = [{"table_name": table, "through": self.day()} for table in tables]


# -- about what the rules give


def acts_on(
    rows: Rows,
    duties: list[tuple[str, str, str]],
    warnings: list[tuple[str, str, str]],
    as_of: date,
    number: int,
) -> Rows:
    """The rows with completions and rulings on some of the duties, and stored warnings beside those that are raised."""
    w = Writer(number, Named())
    drawer = _Rows(w, as_of, {})
    done: dict[str, dict[str, str]] = {}
    ruled: dict[str, dict[str, str]] = {}
    for rule, key, occurrence in _few(w, duties):
        named = f"{rule}/{key}/{occurrence}"
        if w.chance(3):
            day = drawer.day()
            done[f"{named}/{day}"] = {"duty": named, "completion_day": day} | drawer.life()
            continue
        ruling = {
            "duty": named,
            "kind": w.pick(("pause", "postponement", "returned", "waiver")),
            "since": drawer.day(),
        }
        if not w.chance(4):
            ruling["until"] = drawer.day()
        if not w.chance(8):
            ruling["approved_day"] = drawer.day()
        ruled["/".join((named, ruling["kind"], ruling["since"]))] = ruling | drawer.life()
    stored: dict[str, dict[str, str]] = {}
    for rule, party, episode in _few(w, warnings):
        level = w.pick(domains()["warning_level"])
        signal = w.pick(domains()["warning_signal"][:3])
        row = {
            "rule": rule,
            "party": party,
            "occurrence": episode,
            "level": level,
            "signal": signal,
            "raised_day": drawer.day(),
        }
        stored[f"{rule}/{party}/{episode}/{level}"] = row | drawer.life()
    more = {"completion": done, "duty_ruling": ruled, "warning": stored}
    return rows | {table: [*rows.get(table, []), *found.values()] for table, found in more.items() if found}


def _few(w: Writer, found: Iterable[Any]) -> list[Any]:
    found = list(found)
    return w.some(found, 0, min(4, len(found))) if found else []
