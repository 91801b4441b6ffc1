"""What a mapping is once read and checked: frozen values, its expressions already SQL over the foreign files' views."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from daihou.book.faults import Severity
from daihou.book.mapping.notations import Notation
from daihou.terms import Lang, Source


class Kind(StrEnum):
    """Kinds of values in a mapping's expressions; the comment says how DuckDB holds them."""

    TEXT = "text"  # VARCHAR
    INT = "int"  # BIGINT
    NUM = "num"  # DECIMAL(18, 6)
    FEN = "fen"  # BIGINT, integer fen
    DATE = "date"  # DATE
    BOOL = "bool"  # BOOLEAN
    NULL = "null"


KIND_WORDS: Mapping[str, Kind] = {
    "文本": Kind.TEXT,
    "整数": Kind.INT,
    "小数": Kind.NUM,
    "金额": Kind.FEN,
    "日期": Kind.DATE,
    "是否": Kind.BOOL,
}
"""The words by which a mapping names the kinds."""


def said(*kinds: Kind) -> str:
    """Kinds in the words of a mapping."""
    return "、".join(word for word, kind in KIND_WORDS.items() if kind in kinds) or "NULL"


@dataclass(frozen=True)
class ForeignColumn:
    """A column of a foreign file and how its cells are read.

    ``unit``: what a bare amount counts (元, 万元, 分 …). ``notations``: how days are written, tried in order.
    """

    name: str
    kind: Kind
    source: Source
    unit: str = "元"
    notations: tuple[Notation, ...] = ()


@dataclass(frozen=True)
class ForeignFile:
    """A kind of foreign file: which files (or sheet) hold it, which columns are read, what its rows belong to.

    ``files``: patterns of file names. ``joins``: name of another foreign file -> columns of equal name that
    lead to its one row. ``group``, ``by``: the order of rows for 前行(); empty where none is declared.
    """

    name: str
    files: tuple[str, ...]
    sheet: str | None
    columns: Mapping[str, ForeignColumn] = field(hash=False)
    joins: Mapping[str, tuple[str, ...]] = field(hash=False)
    group: tuple[str, ...]
    by: str | None
    source: Source


@dataclass(frozen=True)
class Refusal:
    """A condition under which rows of a foreign file are refused (error) or doubted (warning), and why."""

    file: str
    condition: str  # SQL
    reason_zh: str
    reason_en: str
    column: str | None
    severity: Severity


@dataclass(frozen=True)
class Trait:
    """One thing by which a row is recognised: what its column must say.

    ``path``: the column of the row looked for, or of a row that it refers to (``client.name``), by identifiers. ``sql`` over the foreign
    row with its ``kind``; or, where ``sql`` is None, the value of ``own``, a column of the row being made.
    """

    path: tuple[str, ...]
    sql: str | None
    kind: Kind
    own: str | None = None


@dataclass(frozen=True)
class Way:
    """Traits that together tell a row. ``sure``: a number is among them; names and amounts alone are confirmed by people."""

    traits: tuple[Trait, ...]
    sure: bool


@dataclass(frozen=True)
class Value:
    """Where a column's values come from.

    ``sql`` with its ``kind``; or, where ``sql`` is None, the one ``constant``. ``translated``: text of the
    foreign file -> value of the column, ``otherwise`` for the rest where ``has_otherwise``. ``ways``: how the row that the column
    refers to is recognised in the registers, the surest first; then there is neither ``sql`` nor ``constant``.
    """

    sql: str | None
    kind: Kind
    constant: object = None
    translated: Mapping[str, object] | None = field(default=None, hash=False)
    otherwise: object = None
    has_otherwise: bool = False
    ways: tuple[Way, ...] = ()


@dataclass(frozen=True)
class FixedRow:
    """A row that the mapping itself states, its values already of the columns' types."""

    line: int
    values: Mapping[str, object] = field(hash=False)


@dataclass(frozen=True)
class Feed:
    """Rows of one declared table: from a foreign file, at most one of each of its rows; or stated in the mapping.

    ``where``: SQL condition on the foreign row. ``distinct``: equal rows are one. ``unproved``: columns whose
    numbers are another country's and are not proved.
    """

    table: str
    file: str | None
    where: str | None
    values: Mapping[str, Value] = field(hash=False)
    distinct: bool
    unproved: frozenset[str]
    rows: tuple[FixedRow, ...]


@dataclass(frozen=True)
class ForeignMap:
    """A mapping: foreign files, what of them is refused, and which tables they feed.

    ``meaning``: what it is for and what it assumes, by language. ``fingerprint``: of its text. ``day``: which day the files tell of, where
    somebody said it (文件日).
    """

    id: str
    meaning: Mapping[Lang, str] = field(hash=False)
    file: str
    files: Mapping[str, ForeignFile] = field(hash=False)
    refusals: tuple[Refusal, ...]
    feeds: tuple[Feed, ...]
    fingerprint: str
    day: date | None = None

    @property
    def recognises(self) -> bool:
        """Whether it names rows of the registers in another way than by their keys."""
        return any(value.ways for feed in self.feeds for value in feed.values.values())

    @property
    def needs_day(self) -> bool:
        """Whether whoever hands a file in has to say which day it tells of (文件日)."""
        values = [value for feed in self.feeds for value in feed.values.values()]
        said = [value.sql for value in values] + [t.sql for v in values for w in v.ways for t in w.traits]
        conditions = [feed.where for feed in self.feeds] + [refusal.condition for refusal in self.refusals]
        return any("getvariable(" in sql for sql in (*said, *conditions) if sql is not None)

    def unproved(self, table: str) -> frozenset[str]:
        """Columns of a table whose numbers are not proved under this mapping."""
        return frozenset(column for feed in self.feeds if feed.table == table for column in feed.unproved)
