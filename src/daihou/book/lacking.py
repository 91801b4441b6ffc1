# ruff: noqa: S608 -- the SQL is made of declared identifiers and texts in quotes
"""Required columns that a sheet has not at all: a row that stands in the registers keeps what it says there, a new row cannot do without."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pyarrow as pa

from daihou.book.converting import SHEET
from daihou.book.faults import Fault
from daihou.book.keys import key_text_sql

if TYPE_CHECKING:
    from daihou.book.checking import Checker, Rows


def say_lacking(checker: "Checker") -> None:
    """Leave out the rows that need a required column which their sheet has not, and say so once for the column."""
    for name, held in checker.rows.items():
        for sheet in held.absent:
            lacking = lacking_columns(held, sheet)
            if lacking:
                _leave_out(checker, name, sheet, lacking)


def lacking_columns(held: "Rows", sheet: str) -> list[str]:
    """The required columns that a sheet has not at all, in declared order."""
    absent = held.absent.get(sheet, frozenset())
    return [column.id for column in held.table.columns.values() if column.required and column.id in absent]


def _leave_out(checker: "Checker", name: str, sheet: str, lacking: Sequence[str]) -> None:
    table, number = checker.rows[name].table, checker.number(name)
    key = key_text_sql(table)
    of_sheet = f"SELECT {number} AS n, {key} AS k FROM {checker.view(name)} WHERE \"{SHEET}\" = '{sheet.replace(chr(39), chr(39) * 2)}'"
    checker.find_elsewhere(f"SELECT DISTINCT k FROM ({of_sheet}) WHERE k IS NOT NULL", name)
    rows = checker.con.sql(f"SELECT n, k IN (SELECT key FROM known_elsewhere) FROM ({of_sheet})").fetchall()
    new = [n for n, stands in rows if not stands]
    if not new and rows:
        return
    code = "missing-column" if len(new) == len(rows) else "missing-column-new"
    for column in lacking:
        checker.faults.add(Fault(code, "error", name, sheet, column=column, params={"count": str(len(new))}))
    checker.mark(name, pa.array(new, pa.int32()))
