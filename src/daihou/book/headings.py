"""Which table a sheet is, in which row its header stands, which column each heading names, in what unit."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from daihou.book.cells import MONEY_UNITS, PERCENT_UNIT, nearest
from daihou.book.declared import Column, ColumnType, Table
from daihou.book.faults import Fault, FaultList
from daihou.book.sources import HEAD_ROWS, Grid, cell_text
from daihou.units import to_halfwidth

REMARKS = "检查意见"
"""Heading of the column that a marked copy adds; passed over when the copy is read again."""

_CONTINUED = re.compile(r"^(.*?)(?:[-_ (（]\d{1,3}[)）]?)$")
_BRACKETS = re.compile(r"^(.+?)[(\[【](?:单位:?)?(.+?)[)\]】]$")
_TITLE_UNIT = re.compile(r"单位:?(?:人民币)?(千元|百万元|千万元|万元|亿元|元|分)")
_ONLY_UNIT = re.compile(r"[(\[【]?(?:金额|货币|计量)?单位:?(?:人民币)?[^)\]】]*[)\]】]?")
_UNCLEAR = "?"
"""Stands for the unit of a column of which the line above says one, and not whether it is meant."""
_LEAST_SHARE = 0.3
_NOTES = frozenset({"必填", "选填", "可空", "*"})
_PERCENTS = frozenset({"%", PERCENT_UNIT, "百分数"})


class HeadingMap(Protocol):
    """How one user's files name our tables and columns; asked before our own words."""

    def table(self, title: str) -> str | None:
        """Identifier of the table that a sheet or file of this name holds, or None."""

    def column(self, table: str, heading: str) -> str | None:
        """Identifier of the column that a heading of that table names, or None."""


@dataclass(frozen=True)
class Heading:
    """One heading: the column it names, and what its brackets say of amounts and shares."""

    position: int  # counted from 0
    column: Column
    unit: str
    percents: bool


@dataclass(frozen=True)
class Header:
    """The header found: the row below it (counted from 0), texts by position, the unit said above for the whole sheet and for some columns."""

    end: int
    texts: tuple[str, ...]
    title_unit: str | None
    above: Mapping[int, str]


def normal(text: str) -> str:
    """A name as names are compared: half-width, without spaces and marks of obligation, lower case."""
    return re.sub(r"\s+", "", to_halfwidth(text)).strip("*").lower()


class Names:
    """The declared names of tables and columns, and the user's own where a map is given."""

    def __init__(self, tables: Mapping[str, Table], user: HeadingMap | None) -> None:
        """Index words and identifiers."""
        self._tables = tables
        self._user = user
        self._by_name = {normal(n): t for t in tables.values() for n in (t.id, t.word)}
        self._columns: dict[str, Mapping[str, Column]] = {}

    def table(self, title: str) -> Table | None:
        """The table of a sheet or file name; 合同_2 and 合同(2) continue 合同."""
        mapped = self._user.table(title) if self._user is not None else None
        if mapped is not None:
            return self._tables.get(mapped)
        found = self._by_name.get(normal(title))
        continued = _CONTINUED.match(title.strip())
        if found is None and continued:
            found = self._by_name.get(normal(continued[1]))
        return found

    def nearest_table(self, title: str) -> str:
        """The known name nearest to an unknown one."""
        names = [t.id if title.isascii() else t.word for t in self._tables.values()]
        return nearest(normal(title), names)

    def column(self, table: Table, heading: str) -> Column | None:
        """The column that a heading names, its brackets already taken off or part of the name."""
        mapped = self._user.column(table.id, heading) if self._user is not None else None
        if mapped is not None:
            return table.columns.get(mapped)
        if table.id not in self._columns:
            self._columns[table.id] = {
                name: column
                for column in reversed([*table.columns.values()])  # of two of one name the first counts
                for name in (normal(column.word), column.id)
            }
        return self._columns[table.id].get(normal(heading))

    def nearest_column(self, table: Table, heading: str) -> str:
        """The column name nearest to an unknown heading, in its alphabet."""
        words = [c.id if heading.isascii() else c.word for c in table.columns.values()]
        return nearest(normal(heading), words)


def find_header(grid: Grid, table: Table, names: Names) -> Header | None:
    """The row, or pair of rows, among the first ten whose cells are best known; None where none is."""
    best: tuple[tuple[int, float, int], int, list[str]] | None = None
    texts = [[cell_text(cell) for cell in row] for row in grid.head]
    for i, row in enumerate(texts[: HEAD_ROWS - 2]):
        below = texts[i + 1] if i + 1 < len(texts) else []
        for end, candidate in ((i + 1, row), (i + 2, _merged(row, below))):
            known = sum(_column_of(t, table, names)[0] is not None for t in candidate if t)
            filled = sum(1 for t in candidate if t)
            share = known / filled if filled else 0.0
            score = (known, share, -end + i)  # of two equally known headers the single row
            if known and share >= _LEAST_SHARE and (best is None or score > best[0]):
                best = (score, end, candidate)
    if best is None:
        return None
    _, end, chosen = best
    named = [at for at, text in enumerate(chosen) if text]
    return Header(end, _trimmed(chosen), *_units_above(texts[:end], named, grid.merges))


def _units_above(
    rows: Sequence[Sequence[str]], named: Sequence[int], merges: Mapping[tuple[int, int], int]
) -> tuple[str | None, dict[int, str]]:
    """What the lines above the lowest row of a header say of units: of the whole sheet, and of columns by position. ``named``: where headings stand.

    A line of its own (单位：万元) and a title speak of the whole sheet, the heading of a group (规模（万元）) of what stands below it: as far as its
    cell is merged or, where it is not, up to the next heading. A unit that may be either is none of the amounts' (``_UNCLEAR``).
    """
    whole: str | None = None
    some: dict[int, str] = {}
    for number, row in enumerate(rows[:-1]):
        filled = [at for at, text in enumerate(row) if text]
        for at in filled:
            said, last = _unit_in(row[at]), merges.get((number, at))
            one_column = number == len(rows) - 2 and not _at(
                rows[-1], at
            )  # it is the heading, and says so itself
            if said is None or one_column:
                continue
            title = at <= named[0] and (
                len(filled) == 1 if last is None else last >= named[-1] or len(filled) == 1
            )
            if title or _ONLY_UNIT.fullmatch(normal(row[at])):
                whole = whole or said
            elif len(filled) == 1 and last is None:
                some |= dict.fromkeys(named, _UNCLEAR)
            else:
                end = next((one for one in filled if one > at), named[-1] + 1) - 1 if last is None else last
                some |= dict.fromkeys(range(at, end + 1), said)
    return whole, some


def _unit_in(text: str) -> str | None:
    """The unit of amounts or shares that a line above the headings says."""
    found = _TITLE_UNIT.search(to_halfwidth(re.sub(r"\s", "", text)))
    if found:
        return found[1]
    brackets = _BRACKETS.match(normal(text))
    said = None if brackets is None else brackets[2]
    return said if said is not None and (said in MONEY_UNITS or said in _PERCENTS or "元" in said) else None


def _at(row: Sequence[str], position: int) -> str:
    return row[position] if position < len(row) else ""


def _merged(row: Sequence[str], below: Sequence[str]) -> list[str]:
    """Two header rows as one: the lower name where there is one, for the upper may span several."""
    width = max(len(row), len(below))
    padded = [*row, *[""] * (width - len(row))]
    lower = [*below, *[""] * (width - len(below))]
    return [b or a for a, b in zip(padded, lower, strict=True)]


def _trimmed(texts: Sequence[str]) -> tuple[str, ...]:
    end = len(texts)
    while end and not texts[end - 1]:
        end -= 1
    return tuple(texts[:end])


def _column_of(text: str, table: Table, names: Names) -> tuple[Column | None, str | None]:
    """The column of a header text, and what its brackets say."""
    column = names.column(table, text)
    if column is not None:
        return column, None
    brackets = _BRACKETS.match(normal(text))
    if brackets is None:
        return None, None
    return names.column(table, brackets[1]), brackets[2]


def match_header(header: Header, table: Table, names: Names, sheet: str, faults: FaultList) -> list[Heading]:
    """The columns that the header names; says unknown ones, repeated ones and units without meaning."""
    found: dict[str, Heading] = {}
    row = header.end
    for position, text in enumerate(header.texts):
        if not text or normal(text) == REMARKS:
            continue
        column, note = _column_of(text, table, names)
        if column is None:
            near = {"near": names.nearest_column(table, text)}
            faults.add(Fault("unknown-column", "error", table.id, sheet, row, value=text, params=near))
        elif column.id in found:
            faults.add(Fault("column-twice", "error", table.id, sheet, row, column.id, text))
        else:
            heading = _heading(position, column, note, header.above.get(position), header.title_unit)
            if heading is None:
                faults.add(Fault("unit-unknown", "error", table.id, sheet, row, column.id, text))
            else:
                found[column.id] = heading
    money = [h for h in found.values() if h.column.type is ColumnType.FEN]
    if header.title_unit not in (None, "元") and money:
        unit = {"unit": header.title_unit or ""}
        faults.add(Fault("sheet-unit", "warning", table.id, sheet, value=header.title_unit, params=unit))
    for said in dict.fromkeys(header.above.values()):
        below = [
            one.column.id for one in money if header.above.get(one.position) == said and one.unit != "元"
        ]
        if below:
            told = {"unit": said, "columns_id": ",".join(below)}
            faults.add(Fault("group-unit", "warning", table.id, sheet, value=said, params=told))
    return list(found.values())


def _heading(
    position: int, column: Column, note: str | None, above: str | None, title_unit: str | None
) -> Heading | None:
    """The heading with its unit; None where the brackets say a unit that the column cannot have, or the line above may or may not mean it."""
    if note in _NOTES:
        note = None
    if note is None and column.type is ColumnType.NUM and above in _PERCENTS:
        note = above
    unit, percents = "元", False
    if column.type is ColumnType.FEN:
        said = note or above or title_unit or "元"
        if said not in MONEY_UNITS:
            return None
        unit = MONEY_UNITS[said]
    elif column.type is ColumnType.NUM and note in _PERCENTS:
        percents = True
    elif column.type in (ColumnType.INT, ColumnType.NUM) and note is not None:
        fits = normal(column.unit or "") in (note, note.removeprefix("个"))
        return Heading(position, column, unit, percents) if fits else None
    return Heading(position, column, unit, percents)
