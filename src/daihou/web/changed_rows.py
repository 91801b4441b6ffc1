"""The rows that a file changes, as a page and a workbook show them: names as everywhere on screen, and who wrote in the house what stays."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.paginator import Paginator
from django.utils.translation import gettext as _

from daihou.book import Column, declared
from daihou.duties.naming import Names, names_for
from daihou.imports.changes import CHANGED, KEPT, OVER, ChangedRow, changes_for
from daihou.imports.models import TAKEN, Upload
from daihou.ledger.acts import MANY
from daihou.people.reads import Viewer
from daihou.screens.tags import act, kept, key, word
from daihou.signoff.models import Matter
from daihou.signoff.reads import seen as seen_matters
from daihou.units import day_of
from daihou.web.gate import Request

ROWS, KEPT_ROWS = 50, 200
"""Changed rows on a page, and rows that stay which can be chosen one by one there."""

NAMED = ("employee", "party", "branch")


@dataclass(frozen=True)
class Cell:
    """A column in which a row differs: what stood, and what the file says."""

    column: Column
    old: str
    new: str


@dataclass(frozen=True)
class Shown:
    """A row as people know it. ``written``: who wrote it in the house, when, by what; ``matter``: the signed matter that did, where the viewer sees it."""

    row: ChangedRow
    title: str
    cells: Sequence[Cell]
    written: str = ""
    matter: int | None = None

    @property
    def value(self) -> str:
        """What names the row in a form."""
        return f"{self.row.table}:{self.row.key}"


def shown_changes(request: Request, upload: Upload) -> dict[str, Any]:
    """The rows that stay and those that change, for the page of a file."""
    found = changes_for(request.viewer, upload)
    stays, moved = found.kept, found.moved
    page = Paginator(moved, ROWS).get_page(request.GET.get("changed"))
    shown = told_rows(request.viewer, [*stays[:KEPT_ROWS], *page.object_list])
    first = len(stays[:KEPT_ROWS])
    return {
        "stays": shown[:first], "stays_total": len(stays), "stays_more": len(stays) - first, "moved_rows": shown[first:],
        "moved_page": page, "changes_unseen": found.unseen, "changes_more": found.more, "was_taken": upload.state == TAKEN,
        "over_chosen": set(request.POST.getlist("over")), "over_all": "over_all" in request.POST,
        "over_reason": request.POST.get("over_reason", ""),
    }  # fmt: skip


def told_rows(viewer: Viewer, rows: Sequence[ChangedRow]) -> list[Shown]:
    """Rows with their names: one question per table of names, whatever the number of rows."""
    names = _names(rows)
    matters = _matters(viewer, rows)
    return [
        Shown(
            row, _title(row, names), [_cell(declared()[row.table].columns[name], pair, names) for name, pair in row.columns.items()],
            _written(row, names), None if row.written is None else matters.get(row.written.subject),
        )
        for row in rows
    ]  # fmt: skip


def _names(rows: Iterable[ChangedRow]) -> Names:
    wanted: dict[str, set[Any]] = {one: set() for one in NAMED}
    for row in rows:
        if row.table in wanted:
            wanted[row.table].add(row.key)
        if row.written is not None:
            wanted["employee"].add(row.written.by)
        for name, pair in row.columns.items():
            ref = declared()[row.table].columns[name].ref
            if ref in wanted:
                wanted[ref] |= set(pair)
    return names_for(people=wanted["employee"], parties=wanted["party"], branches=bool(wanted["branch"]))


def _matters(viewer: Viewer, rows: Iterable[ChangedRow]) -> dict[str, int]:
    """The signed matters that wrote rows, as far as the viewer sees them, by number."""
    numbers = {
        row.written.subject: int(row.written.subject[2:])
        for row in rows
        if row.written is not None
        and row.written.kind == MANY
        and row.written.subject.startswith("QP")
        and row.written.subject[2:].isdecimal()
    }
    if not numbers:
        return {}
    found = set(
        Matter.objects.filter(seen_matters(viewer), pk__in=numbers.values()).values_list("pk", flat=True)
    )
    return {number: pk for number, pk in numbers.items() if pk in found}


def _titles(names: Names) -> Mapping[str, Mapping[str, str]]:
    return {"employee": names.people, "party": names.parties, "branch": names.branches}


def _title(row: ChangedRow, names: Names) -> str:
    return f"{word(row.table)} {_titles(names).get(row.table, {}).get(row.key) or key(row.key)}"


def _cell(column: Column, pair: tuple[Any, Any], names: Names) -> Cell:
    known = _titles(names).get(column.ref or "", {})
    old, new = (known.get(value) or kept(value, column) for value in pair)
    return Cell(column, old, new)


def _written(row: ChangedRow, names: Names) -> str:
    if row.written is None:
        return ""
    who = names.people.get(row.written.by, row.written.by)
    return f"{who} {day_of(row.written.at).isoformat()} {act(row.written.act)}"


def heads() -> list[str]:
    """The headings of the workbook."""
    return [_("表"), _("记录"), _("列"), _("原来的值"), _("文件里的值"), _("怎么办"), _("在本系统里改过")]


def sheet_rows(viewer: Viewer, upload: Upload) -> list[list[str | float | None]]:
    """The listed rows for the workbook, a line for each column."""
    how = {CHANGED: _("变动"), KEPT: _("保留本系统的"), OVER: _("用文件里的覆盖")}
    return [
        [word(one.row.table), one.title.partition(" ")[2], word(cell.column.id), cell.old, cell.new, how[one.row.how], one.written]
        for one in told_rows(viewer, changes_for(viewer, upload).rows)
        for cell in one.cells
    ]  # fmt: skip
