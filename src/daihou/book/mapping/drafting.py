"""A mapping drafted from the headings of a file: what a heading most likely means, and the text of what somebody chose."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import yaml

from daihou.book.cells import is_blank
from daihou.book.declared import Column, ColumnType, Table, declared
from daihou.book.faults import shown
from daihou.book.headings import normal
from daihou.book.mapping.expressions import FILE_DAY
from daihou.book.sources import CSVS, PARQUETS, Grid, cell_text, open_csv, open_workbook
from daihou.terms import read_mapping

SAMPLES = 3
_LEAST_HEADINGS = 2
_PLAIN = re.compile(r"[^\W\d]\w*")
_BRACKETED = re.compile(r"[(\[【].*?[)\]】]")
_NOTATIONS = ["ISO", "YYYY/M/D", "YYYY.M.D", "YYYYMMDD", "YYYY年M月D日", "Excel"]
_KINDS: Mapping[ColumnType, str] = {
    ColumnType.FEN: "金额", ColumnType.INT: "整数", ColumnType.NUM: "小数", ColumnType.BOOL: "是否",
    ColumnType.DATE: "日期", ColumnType.HAPPENED: "日期",
}  # fmt: skip
RECOGNISED_BY: Mapping[str, tuple[str, ...]] = {
    "contract": ("主合同号", "保证合同号", "合同号", "客户", "客户.名称", "金额"),
    "instalment": ("期次", "应还日"),
    "party": ("证件号", "名称"),
    "vehicle": ("车架号", "车牌"),
}
"""By what the rows of a table are known outside, the surest first."""
_NEVER_ALONE = frozenset({"金额"})
_WITHIN: Mapping[str, str] = {"instalment": "合同"}
"""Rows that are told apart only inside another row of the same line."""


@dataclass(frozen=True)
class Layout:
    """One sheet or file as it lies: its headings in order, and some cells below each."""

    sheet: str | None  # None: the file has one table
    title: str
    headings: tuple[str, ...]
    samples: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Target:
    """What a heading may mean for a table: a column, or what a column's row is recognised by (``column.trait``).

    ``id``: ``逾期本金``, or ``合同:主合同号``.
    """

    id: str
    column: Column
    trait: str | None


def layouts(path: Path) -> list[Layout]:
    """The tables of a file by their headings: the row among the first with most filled, distinct texts. BookFileError as reading does."""
    if path.suffix.lower() in PARQUETS:
        schema = pq.read_schema(path)
        return [Layout(None, path.stem, tuple(schema.names), tuple(() for _ in schema.names))]
    if path.suffix.lower() in CSVS:
        found = _layout(open_csv(path), None)
        return [] if found is None else [found]
    grids = [one for one in open_workbook(path) if isinstance(one, Grid)]
    read = [_layout(one, one.title if len(grids) > 1 else None) for one in grids]
    return [one for one in read if one is not None]


def _layout(grid: Grid, sheet: str | None) -> Layout | None:
    rows = [[cell_text(cell).strip() for cell in row] for row in grid.head]
    filled = [len({cell for cell in row if cell and not _is_number(cell)}) for row in rows]
    if not filled or max(filled) < _LEAST_HEADINGS:
        return None
    at = filled.index(max(filled))
    places = [i for i, cell in enumerate(rows[at]) if cell and cell not in rows[at][:i]]
    below = [row for row in grid.head[at + 1 :] if not all(is_blank(cell) for cell in row)][:SAMPLES]
    samples = tuple(
        tuple(shown(row[i]) or "" for row in below if i < len(row) and not is_blank(row[i])) for i in places
    )
    return Layout(sheet, grid.title, tuple(rows[at][i] for i in places), samples)


def _is_number(text: str) -> bool:
    return re.fullmatch(r"[\d.,/\-:年月日 ]+", text) is not None


def targets(table: Table) -> list[Target]:
    """Everything that a heading may mean for a table, required columns first."""
    columns = [c for c in table.columns.values() if c.id not in {"recorded", "voided"}]
    found = []
    for column in sorted(columns, key=lambda c: not c.required):
        traits = RECOGNISED_BY.get(column.ref or "", ())
        if traits:
            found += [Target(f"{column.word}:{trait}", column, trait) for trait in traits]
        else:
            found.append(Target(column.word, column, None))
    return found


@cache
def _synonyms() -> Mapping[str, tuple[str, ...]]:
    said = read_mapping(resources.files("daihou.book") / "mapping" / "synonyms.yaml")
    return {word: tuple(normal(one) for one in names) for word, names in said.items()}


def guessed(layout: Layout, table: Table) -> dict[str, str]:
    """What each heading most likely means: heading -> target; each target once. Headings that say nothing known are left out."""
    found: dict[str, str] = {}
    taken: set[str] = set()
    known = targets(table)
    scored = sorted(
        ((score, i, heading, target.id) for i, heading in enumerate(layout.headings)
         for target in known if (score := _score(heading, target))),
        key=lambda one: (-one[0], one[1]),
    )  # fmt: skip
    for _, _, heading, target in scored:
        if heading not in found and target not in taken:
            found[heading] = target
            taken.add(target)
    return found


def _score(heading: str, target: Target) -> int:
    """How well a heading fits: the letters that it shares with the longest name by which the target goes; 0 where none.

    What never tells a row by itself has to be named outright: 贷款金额 may choose among contracts, 逾期金额 is another amount.
    """
    said = normal(_BRACKETED.sub("", heading))
    word = target.trait or target.column.word
    names = {normal(word), *_synonyms().get(word, ())}
    if target.trait is None and target.column.word == "金额":
        names |= set(_synonyms()["还款金额"])
    if target.trait is None:
        names.add(target.column.id)
    if said in names:
        return 100 + len(said)
    if target.trait in _NEVER_ALONE:
        return 0
    return max((len(one) for one in names if len(one) > 1 and one in said), default=0)


_COMPOSED: Mapping[str, tuple[str, ...]] = {"repayment": ("合同", "起息日", "金额")}
"""Tables whose files mostly bear no number of their own: by what columns a row is numbered then. A bank's running number begins anew every month."""


def numbered_by(table: Table, told: Iterable[str]) -> tuple[str, ...]:
    """The columns, by word, out of which the number of a row is made where its file has none; empty where that cannot be, for want of them or of such a rule."""
    parts = _COMPOSED.get(table.id, ())
    return parts if set(parts) <= set(told) else ()


@dataclass(frozen=True)
class Draft:
    """What somebody chose for one sheet: ``chosen``: heading -> target; ``unit`` of bare amounts; ``fixed``: column word -> value for every row.

    ``file_day``: column word that takes the day of the file.
    """

    name: str
    meaning: str
    table: Table
    sheet: str | None
    chosen: Mapping[str, str]
    unit: str = "元"
    fixed: Mapping[str, str] | None = None
    file_day: str | None = None


def drafted(draft: Draft) -> str:
    """The text of the mapping, as ``read_map`` reads it."""
    known = {target.id: target for target in targets(draft.table)}
    chosen = {heading: known[target] for heading, target in draft.chosen.items()}
    file: dict[str, Any] = {"文件": "*"}
    if draft.sheet is not None:
        file["工作表"] = draft.sheet
    file["列"] = {heading: _foreign(target, draft.unit) for heading, target in chosen.items()}
    columns: dict[str, Any] = {}
    for column in draft.table.columns.values():
        traits = {t.trait: h for h, t in chosen.items() if t.column is column and t.trait is not None}
        plain = next((h for h, t in chosen.items() if t.column is column and t.trait is None), None)
        if traits:
            columns[column.word] = {"认": list(_ways(str(column.ref), traits))}
        elif plain is not None:
            columns[column.word] = _name(plain)
        elif draft.fixed and column.word in draft.fixed:
            columns[column.word] = {"定": draft.fixed[column.word]}
        elif draft.file_day == column.word:
            columns[column.word] = FILE_DAY
        elif (column.id,) == draft.table.key and (number := _number(draft, chosen)):
            columns[column.word] = number
    whole = {
        "映射": draft.name,
        "义": draft.meaning,
        "来源": {"表格": file},
        "表": [{"表": draft.table.word, "来源": "表格", "列": columns}],
    }
    return yaml.safe_dump(whole, allow_unicode=True, sort_keys=False, width=120)


def _number(draft: Draft, chosen: Mapping[str, Target]) -> str:
    """The expression of a row's number out of what it says of its contract, day and amount; empty where the file says too little."""
    told = {target.column.word for target in chosen.values()} | (
        {draft.file_day} if draft.file_day else set()
    )
    parts: list[str] = []
    for word in numbered_by(draft.table, told):
        headings = [heading for heading, target in chosen.items() if target.column.word == word]
        parts += [_name(one) for one in headings] or [FILE_DAY]
    return " || '-' || ".join(f"优先({one}, '')" if _is_text(one, chosen) else one for one in parts)


def _is_text(name: str, chosen: Mapping[str, Target]) -> bool:
    """Whether a heading in an expression is read as a text: an empty one does not make the number empty."""
    return any(
        _name(heading) == name and _KINDS.get(_typed(target).type) is None
        for heading, target in chosen.items()
    )


def _ways(table: str, traits: Mapping[str, str]) -> Iterator[dict[str, str]]:
    """One way for each number, then by name; the amount chooses among several, and never tells a row by itself."""
    inside = _WITHIN.get(table)
    weak = {trait for trait in traits if trait.endswith("名称") or trait in _NEVER_ALONE}
    for trait in RECOGNISED_BY[table]:
        if trait in traits and trait not in weak:
            yield {**({inside: f"本.{inside}"} if inside else {}), trait: _name(traits[trait])}
            if "金额" in traits and trait == "客户":
                yield {trait: _name(traits[trait]), "金额": _name(traits["金额"])}
    names = [trait for trait in RECOGNISED_BY[table] if trait in weak - _NEVER_ALONE]
    for trait in names:
        yield {trait: _name(traits[trait])}
        if "金额" in traits:
            yield {trait: _name(traits[trait]), "金额": _name(traits["金额"])}


def _foreign(target: Target, unit: str) -> Any:
    """How the cells of a heading are read."""
    kind = _KINDS.get(_typed(target).type, "文本")
    if kind == "日期":
        return {"型": kind, "记": list(_NOTATIONS)}
    return {"型": kind, "单位": unit} if kind == "金额" and unit != "元" else kind


def _typed(target: Target) -> Column:
    """The column whose type says how the heading is read."""
    if target.trait is None:
        return target.column
    table, column = declared()[str(target.column.ref)], target.column
    for part in target.trait.split("."):
        column = next(c for c in table.columns.values() if c.word == part)
        table = declared().get(column.ref or "", table)
    return column


def _name(heading: str) -> str:
    """A heading in an expression: quoted where it is no plain word."""
    return heading if _PLAIN.fullmatch(heading) else '"' + heading.replace('"', '""') + '"'
