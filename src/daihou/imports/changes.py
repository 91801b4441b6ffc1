"""The rows that a file would change or has changed, column by column, and those that stay because the house wrote them since."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from daihou.book import Column, Table, declared
from daihou.imports.models import Upload
from daihou.imports.refusals import UploadRefusedError
from daihou.ledger.differing import Difference, Overwriting, Pair, Written, differing_columns, row_values
from daihou.people.reads import Viewer, visible
from daihou.people.rights import Scope
from daihou.registers.kept import field_name, is_sealed, names_party
from daihou.registers.lines import portions
from daihou.registers.sealing import seals

CHANGED, KEPT, OVER = "changed", "kept", "over"
"""How a row stands: it takes what the file says; it stays as the house wrote it; it is written over by somebody's word."""

MOST_KEPT, MOST_CHANGED = 5_000, 2_000
"""Rows that are listed; how many more there are is told."""


@dataclass(frozen=True)
class ChangedRow:
    """A row with the columns in which the file says something else: what stood, what the file says. Personal numbers by their last figures."""

    table: str
    key: str
    how: str
    columns: Mapping[str, tuple[Any, Any]]
    written: Written | None = None


@dataclass(frozen=True)
class Changes:
    """The rows listed, those that stay first; ``unseen``: how many a viewer does not see; ``more``: how many are not listed."""

    rows: Sequence[ChangedRow]
    unseen: int = 0
    more: int = 0

    @property
    def kept(self) -> list[ChangedRow]:
        """Those that stay as the house wrote them."""
        return [row for row in self.rows if row.how == KEPT]

    @property
    def moved(self) -> list[ChangedRow]:
        """Those that the file changes."""
        return [row for row in self.rows if row.how != KEPT]


def sealed_changes(found: Sequence[Difference]) -> str:
    """What a file would change, as an upload keeps it."""
    kept = [row for one in found for row in _rows(one, one.kept[:MOST_KEPT], KEPT)]
    changed = [row for one in found for row in _rows(one, one.changed[:MOST_CHANGED], CHANGED)]
    listed = kept[:MOST_KEPT] + changed[:MOST_CHANGED]
    more = sum(len(one.kept) + len(one.changed) for one in found) - len(listed)
    return seals().seal(json.dumps({"rows": listed, "more": more}, ensure_ascii=False)) if listed else ""


def _rows(found: Difference, pairs: Sequence[Pair], how: str) -> Iterator[dict[str, Any]]:
    for held, said in pairs:
        old = row_values(held)
        columns = {
            column.id: [_told(column, old), _told(column, said)]
            for column in differing_columns(found.table, old, said)
        }
        row: dict[str, Any] = {"table": found.table.id, "key": held.key, "how": how, "columns": columns}
        if held.key in found.over:
            row["how"] = OVER
        if held.key in found.written:
            by = found.written[held.key]
            row["written"] = [by.number, by.act, by.kind, by.subject, by.by, by.at.isoformat()]
        yield row


def _told(column: Column, row: Mapping[str, Any]) -> Any:
    """A value as JSON holds it."""
    name = field_name(column.id)
    value = row[name]
    if value and (is_sealed(column) or (names_party(column) and row.get(f"{name}_tail"))):
        return f"*** {row[f'{name}_tail']}"
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value


def changes_of(upload: Upload) -> Changes:
    """What a file would change, or has changed."""
    if not upload.changes:
        return Changes(())
    said = json.loads(seals().opened(upload.changes))
    return Changes([_read(row) for row in said["rows"]], more=said["more"])


def _read(row: Mapping[str, Any]) -> ChangedRow:
    columns = {name: (old, new) for name, (old, new) in row["columns"].items()}
    written = None
    if "written" in row:
        number, act, kind, subject, by, at = row["written"]
        written = Written(number, act, kind, subject, by, datetime.fromisoformat(at))
    return ChangedRow(row["table"], row["key"], row["how"], columns, written)


def changes_for(viewer: Viewer, upload: Upload) -> Changes:
    """Those that a viewer may see; of the others only how many they are."""
    found = changes_of(upload)
    keys: dict[str, list[str]] = {}
    for row in found.rows:
        keys.setdefault(row.table, []).append(row.key)
    seen = {table: _seen(viewer, declared()[table], some) for table, some in keys.items()}
    rows = [row for row in found.rows if row.key in seen[row.table]]
    return replace(found, rows=rows, unseen=len(found.rows) - len(rows))


def _seen(viewer: Viewer, table: Table, keys: list[str]) -> Collection[str]:
    scope = viewer.rights.scope_of(table)
    if scope in {Scope.NONE, Scope.COMPANY}:
        return keys if scope is Scope.COMPANY else ()
    return {
        key
        for some in portions(keys)
        for key in visible(table.id, viewer).filter(key__in=some).values_list("key", flat=True)
    }


def chosen_over(
    viewer: Viewer, upload: Upload, *, every: bool, rows: Collection[tuple[str, str]], reason: str
) -> Overwriting:
    """What a viewer lets a file write over: all that he sees of what would stay, or the rows that he names, with his reason.

    Each as it stood when the file was checked: what the house wrote after that stays. UploadRefusedError: no reason, a row that is not among them.
    """
    if not every and not rows:
        return Overwriting()
    if not reason.strip():
        raise UploadRefusedError("over-reason")
    kept = {(row.table, row.key): row for row in changes_for(viewer, upload).kept}
    if set(rows) - kept.keys():
        raise UploadRefusedError("over-not-found")
    wanted = kept if every else {at: kept[at] for at in rows}
    numbers = {at: row.written.number for at, row in wanted.items() if row.written is not None}
    return Overwriting(rows=numbers, reason=reason.strip())
