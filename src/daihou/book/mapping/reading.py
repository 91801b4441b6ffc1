"""A mapping file read whole: every mistake in it said by file and line, and none let through."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from importlib import resources
from pathlib import Path

from daihou.book.cells import MONEY_UNITS, Bad, CellReader, nearest
from daihou.book.declared import Column, ColumnType, Table, declared, domains
from daihou.book.faults import Fault, Severity
from daihou.book.mapping.expressions import Compiled, ExpressionError, read_expression
from daihou.book.mapping.model import (
    KIND_WORDS,
    Feed,
    FixedRow,
    ForeignColumn,
    ForeignFile,
    ForeignMap,
    Kind,
    Refusal,
    Trait,
    Value,
    Way,
    said,
)
from daihou.book.mapping.notations import ISO, Notation, NotationError, notation
from daihou.terms import Block, Listing, Scalar, Source, Tree, read_tree, terms

_FITS: Mapping[ColumnType, frozenset[Kind]] = {
    **dict.fromkeys(
        (ColumnType.ID, ColumnType.TEXT, ColumnType.REF, ColumnType.ENUM), frozenset({Kind.TEXT})
    ),
    **dict.fromkeys((ColumnType.DATE, ColumnType.HAPPENED), frozenset({Kind.DATE})),
    ColumnType.FEN: frozenset({Kind.FEN}),
    ColumnType.INT: frozenset({Kind.INT}),
    ColumnType.NUM: frozenset({Kind.INT, Kind.NUM}),
    ColumnType.BOOL: frozenset({Kind.BOOL}),
}
_YES = frozenset({"是", "true", "TRUE", "yes"})
_NAMES = frozenset({"title", "full_name", "creditor", "creditor_branch", "dealer", "purpose"})
"""Columns of text that several rows may well share."""
_SEVERITIES = {"拒": "error", "疑": "warning"}


class MapRefusedError(ValueError):
    """A mapping that cannot be used; ``faults`` holds every mistake, ``sheet`` the file and ``row`` the line."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        """Keep the mistakes in the order of the file."""
        self.faults = tuple(sorted(faults, key=lambda f: f.row or 0))
        super().__init__(
            "\n".join(f"{f.sheet}:{f.row} {f.reason('en')} {f.remedy('en')}" for f in self.faults)
        )


class _WrongError(Exception):
    """Stops the reading of one part; its fault is collected and the reading goes on."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.code)
        self.fault = fault


def shipped_maps() -> Mapping[str, Path]:
    """The mappings that come with the product, by name."""
    folder = Path(str(resources.files("daihou.mappings")))
    return {file.stem: file for file in sorted(folder.glob("*.yaml"))}


def read_map(
    path: Path,
    *,
    tables: Mapping[str, Table] | None = None,
    domains_of: Mapping[str, tuple[str, ...]] | None = None,
) -> ForeignMap:
    """Read a mapping against the declared tables; MapRefusedError with every mistake where there is one."""
    known = declared() if tables is None else tables
    reader = _MapReader(path.name, known, domains() if domains_of is None else domains_of)
    tree = read_tree(path, path.name, reader.say)
    found = None
    with reader.collecting():
        if tree is not None or not reader.faults:
            found = reader.whole(tree, _digest(path))
    if reader.faults or found is None:
        raise MapRefusedError(reader.faults)
    return found


def _left_empty(tree: Tree) -> bool:
    """Whether a translation says that a text of theirs means nothing of ours."""
    return isinstance(tree, Scalar) and tree.empty


def _digest(path: Path) -> str:
    return hashlib.blake2b(path.read_bytes(), digest_size=16).hexdigest()


def _tells(trait: Trait, table: Table, tables: Mapping[str, Table]) -> bool:
    """Whether a trait tells a row: an identifier, a client's number, a text that is no name; or the row it lies within is known."""
    column = table.columns[trait.path[0]]
    if len(trait.path) > 1:
        column = tables[column.ref or ""].columns[trait.path[1]]
    if trait.own is not None:
        return True
    if column.id in _NAMES:
        return False
    return column.type in {ColumnType.ID, ColumnType.TEXT} or column.ref == "party"


class _MapReader:
    """Reads one file; keeps its mistakes."""

    def __init__(
        self, name: str, tables: Mapping[str, Table], domains: Mapping[str, tuple[str, ...]]
    ) -> None:
        self.name, self.tables, self.domains = name, tables, domains
        self.faults: list[Fault] = []
        self.files: dict[str, ForeignFile] = {}
        self.join_places: dict[str, Source] = {}

    # mistakes

    def fault(self, code: str, source: Source, **params: str) -> Fault:
        """A mistake at a line of the file."""
        return Fault(code, "error", None, self.name, source.line, params=params)

    def say(self, code: str, source: Source, params: Mapping[str, str]) -> None:
        """Note what keeps the file from being YAML."""
        self.faults.append(self.fault(f"map-{code}", source, **params))

    def wrong(self, code: str, source: Source, **params: str) -> _WrongError:
        """A mistake that ends the part it stands in."""
        return _WrongError(self.fault(code, source, **params))

    @contextmanager
    def collecting(self) -> Iterator[None]:
        """Read one part; a mistake in it ends only that part."""
        try:
            yield
        except _WrongError as wrong:
            self.faults.append(wrong.fault)

    # shapes

    def block(self, tree: Tree | None, place: Source, name: str, known: str, needed: str = "") -> Block:
        """A block with known keys only and the needed ones present; both lists are words in one text."""
        if not isinstance(tree, Block):
            raise self.wrong("map-not-mapping", place if tree is None else tree.source, name=name)
        allowed = known.split()
        for key in tree:
            if key not in allowed:
                near = nearest(key, allowed)
                self.faults.append(
                    self.fault("map-unknown-key", tree.keys[key], name=key, within=name, near=near)
                )
        for key in needed.split():
            if tree.get(key) is None:
                raise self.wrong("map-key-missing", tree.source, name=key, within=name)
        return tree

    def text(self, tree: Tree | None, place: Source, name: str) -> str:
        """A text that is not empty."""
        if isinstance(tree, Scalar) and tree.text:
            return tree.text
        raise self.wrong("map-not-text", place if tree is None else tree.source, name=name)

    def texts(self, tree: Tree | None, place: Source, name: str) -> tuple[str, ...]:
        """A list of texts; one text stands for a list of one."""
        items = tree.items if isinstance(tree, Listing) else (() if tree is None else (tree,))
        return tuple(self.text(item, place, name) for item in items)

    def entries(self, tree: Tree | None, place: Source, name: str) -> Block:
        """A block whose keys are the author's own names."""
        if not isinstance(tree, Block):
            raise self.wrong("map-not-mapping", place if tree is None else tree.source, name=name)
        return tree

    def items(self, tree: Tree | None, name: str) -> tuple[Tree, ...]:
        """A list."""
        if tree is None:
            return ()
        if not isinstance(tree, Listing):
            raise self.wrong("map-not-list", tree.source, name=name)
        return tree.items

    # the whole

    def whole(self, tree: Tree | None, fingerprint: str) -> ForeignMap:
        """All parts, the foreign files before what is said of them."""
        top = Source(self.name, 1)
        block = self.block(tree, top, "映射", "映射 义 英 来源 表", "映射 义 表")
        origins = block.get("来源")
        listed: Block | None = None
        if origins is not None:
            listed = self.entries(origins, top, "来源")
            for name in listed:
                with self.collecting():
                    self.files[name] = self.foreign_file(name, listed.entries[name], listed.keys[name])
            self.check_joins()
        refusals = tuple(self.refusals(listed)) if listed is not None else ()
        feeds = []
        for item in self.items(block.get("表"), "表"):
            with self.collecting():
                feeds.append(self.feed(item))
        meaning = self.text(block.get("义"), top, "义")
        english = meaning if block.get("英") is None else self.text(block.get("英"), top, "英")
        return ForeignMap(
            self.text(block.get("映射"), top, "映射"),
            {"zh": meaning, "en": english},
            self.name,
            self.files,
            refusals,
            tuple(feeds),
            fingerprint,
        )

    # foreign files

    def foreign_file(self, name: str, tree: Tree, place: Source) -> ForeignFile:
        """One foreign file: where it is and how its columns are read."""
        block = self.block(tree, place, name, "文件 工作表 列 接 次序 不取", "文件 列")
        columns: dict[str, ForeignColumn] = {}
        listed = self.entries(block.get("列"), place, "列")
        for column in listed:
            with self.collecting():
                columns[column] = self.foreign_column(column, listed.entries[column], listed.keys[column])
        joins: dict[str, tuple[str, ...]] = {}
        joined = block.get("接")
        if joined is not None:
            under = self.entries(joined, place, "接")
            joins = {key: self.texts(under.entries[key], under.keys[key], key) for key in under}
            self.join_places[name] = block.keys["接"]
        group, by = self.order(block, place)
        for column, at in [(c, block.keys["次序"]) for c in (*group, *([by] if by else []))]:
            if column not in listed:
                raise self.wrong(
                    "map-unknown-name", at, name=column, file=name, near=nearest(column, list(listed))
                )
        sheet = block.get("工作表")
        return ForeignFile(
            name,
            self.texts(block.get("文件"), place, "文件"),
            None if sheet is None else self.text(sheet, place, "工作表"),
            columns,
            joins,
            group,
            by,
            place,
        )

    def order(self, block: Block, place: Source) -> tuple[tuple[str, ...], str | None]:
        """The declared order of rows, where there is one."""
        if block.get("次序") is None:
            return (), None
        order = self.block(block.get("次序"), place, "次序", "分组 按", "分组 按")
        return self.texts(order.get("分组"), place, "分组"), self.text(order.get("按"), place, "按")

    def foreign_column(self, name: str, tree: Tree, place: Source) -> ForeignColumn:
        """One column: its kind in one word, or with unit and notations."""
        if isinstance(tree, Scalar):
            return ForeignColumn(name, self.kind(tree, place), place, notations=(Notation(ISO, None),))
        block = self.block(tree, place, name, "型 单位 记 日 世纪自", "型")
        kind = self.kind(block.get("型"), place)
        unit = "元"
        if block.get("单位") is not None:
            unit = MONEY_UNITS.get(self.text(block.get("单位"), place, "单位"), "")
            if not unit or kind is not Kind.FEN:
                raise self.wrong("map-unit", block.keys["单位"], name=name, known="、".join(MONEY_UNITS))
        day = block.get("日")
        if day is not None and self.text(day, place, "日") not in ("月初", "月末"):
            raise self.wrong("map-month-day", block.keys["日"], text=self.text(day, place, "日"))
        notations = tuple(self.notations(block, place)) or (Notation(ISO, None),)
        return ForeignColumn(name, kind, place, unit, notations)

    def kind(self, tree: Tree | None, place: Source) -> Kind:
        """The kind that a word names."""
        text = self.text(tree, place, "型")
        if text not in KIND_WORDS:
            raise self.wrong("map-unknown-kind", place, name=text, known="、".join(KIND_WORDS))
        return KIND_WORDS[text]

    def notations(self, block: Block, place: Source) -> Iterator[Notation]:
        """The ways in which days are written in a column."""
        century = block.get("世纪自")
        day = block.get("日")
        year = None
        if century is not None:
            written = self.text(century, place, "世纪自")
            if not re.fullmatch(r"(18|19|20)\d\d", written):
                raise self.wrong("map-century", block.keys["世纪自"], text=written)
            year = int(written)
        for text in self.texts(block.get("记"), place, "记"):
            try:
                yield notation(text, year, None if day is None else self.text(day, place, "日"))
            except NotationError as error:
                raise self.wrong(error.code, block.keys["记"], text=text) from None

    def check_joins(self) -> None:
        """Files and columns that 接 names are there on both sides."""
        for file in self.files.values():
            for other, columns in file.joins.items():
                place = self.join_places[file.name]
                if other not in self.files:
                    near = nearest(other, list(self.files))
                    self.faults.append(self.fault("map-unknown-file", place, name=other, near=near))
                    continue
                for side in (file, self.files[other]):
                    for column in columns:
                        if column not in side.columns:
                            said = {"name": column, "file": side.name}
                            near = nearest(column, list(side.columns))
                            self.faults.append(self.fault("map-unknown-name", place, **said, near=near))

    def refusals(self, listed: Block) -> Iterator[Refusal]:
        """What of each file is refused or doubted, and why."""
        for name in listed:
            tree = listed.entries[name]
            if name not in self.files or not isinstance(tree, Block):
                continue
            for item in self.items(tree.get("不取"), "不取"):
                with self.collecting():
                    yield self.refusal(self.files[name], item)

    def refusal(self, file: ForeignFile, item: Tree) -> Refusal:
        """One condition with its reason."""
        block = self.block(item, item.source, "不取", "当 因 英 见 重", "当 因")
        condition = self.expression(block.get("当"), item.source, "当", file, Kind.BOOL)
        shown = block.get("见")
        column = None if shown is None else self.text(shown, item.source, "见")
        if column is not None and column not in file.columns:
            near = nearest(column, list(file.columns))
            raise self.wrong("map-unknown-name", block.keys["见"], name=column, file=file.name, near=near)
        weight = "拒" if block.get("重") is None else self.text(block.get("重"), item.source, "重")
        if weight not in _SEVERITIES:
            raise self.wrong("map-weight", block.keys["重"], text=weight)
        reason = self.text(block.get("因"), item.source, "因")
        english = reason if block.get("英") is None else self.text(block.get("英"), item.source, "英")
        severity: Severity = "error" if weight == "拒" else "warning"
        return Refusal(file.name, condition.sql, reason, english, column, severity)

    # tables

    def feed(self, item: Tree) -> Feed:
        """Rows of one declared table."""
        block = self.block(item, item.source, "表", "表 来源 条件 去重 列 行", "表")
        table = self.table(block)
        if block.get("行") is not None:
            if block.get("来源") is not None or block.get("列") is not None:
                raise self.wrong("map-two-ways", block.keys["行"], table_id=table.id)
            rows = tuple(self.fixed(row, table) for row in self.items(block.get("行"), "行"))
            return Feed(table.id, None, None, {}, distinct=False, unproved=frozenset(), rows=rows)
        for key in ("来源", "列"):
            if block.get(key) is None:
                raise self.wrong("map-key-missing", block.source, name=key, within=table.word)
        name = self.text(block.get("来源"), item.source, "来源")
        if name not in self.files:
            near = nearest(name, list(self.files))
            raise self.wrong("map-unknown-file", block.keys["来源"], name=name, near=near)
        file = self.files[name]
        where = None
        if block.get("条件") is not None:
            where = self.expression(block.get("条件"), item.source, "条件", file, Kind.BOOL).sql
        values, unproved = self.values(block, table, file)
        distinct = block.get("去重") is not None and self.text(block.get("去重"), item.source, "去重") in _YES
        return Feed(table.id, name, where, values, distinct, unproved, ())

    def table(self, block: Block) -> Table:
        """The declared table that the feed names."""
        name = self.text(block.get("表"), block.source, "表")
        term = terms().find(name)
        table = self.tables.get(name if term is None else term.id)
        if table is None:
            near = nearest(name, [t.word for t in self.tables.values()])
            raise self.wrong("map-unknown-table", block.keys["表"], name=name, near=near)
        return table

    def column(self, name: str, table: Table, place: Source) -> Column:
        """The declared column of a name."""
        term = terms().find(name)
        column = table.columns.get(name if term is None else term.id)
        if column is None:
            near = nearest(name, [c.word for c in table.columns.values()])
            raise self.wrong("map-unknown-column", place, name=name, table_id=table.id, near=near)
        return column

    def check_required(self, given: Iterable[str], table: Table, place: Source) -> None:
        """No required column is left out."""
        missing = [c.id for c in table.columns.values() if c.required and c.id not in set(given)]
        if missing:
            self.faults.append(
                self.fault("map-required", place, table_id=table.id, columns_id=",".join(missing))
            )

    def fixed(self, tree: Tree, table: Table) -> FixedRow:
        """A row stated in the mapping."""
        block = self.entries(tree, tree.source, "行")
        values: dict[str, object] = {}
        named: set[str] = set()
        for key in block:
            with self.collecting():
                column = self.column(key, table, block.keys[key])
                named.add(column.id)
                values[column.id] = self.constant(block.entries[key], column, block.keys[key])
        self.check_required(named, table, tree.source)
        return FixedRow(tree.source.line, values)

    def values(
        self, block: Block, table: Table, file: ForeignFile
    ) -> tuple[dict[str, Value], frozenset[str]]:
        """Where each column's values come from; the columns whose numbers are another country's."""
        listed = self.entries(block.get("列"), block.source, "列")
        found: dict[str, Value] = {}
        named: set[str] = set()
        unproved: set[str] = set()
        for key, tree in listed.entries.items():
            with self.collecting():
                column = self.column(key, table, listed.keys[key])
                named.add(column.id)
                found[column.id] = self.value(tree, column, file, listed.keys[key])
                if isinstance(tree, Block) and tree.get("外号") is not None:
                    unproved.add(column.id)
        self.check_required(named, table, block.source)
        return found, frozenset(unproved)

    def value(self, tree: Tree, column: Column, file: ForeignFile, place: Source) -> Value:
        """One column: an expression, a constant, or an expression with its translation."""
        if isinstance(tree, Scalar):
            return self._expressed(tree, column, file, place)
        block = self.block(tree, place, column.word, "取 定 译 其他 外号 认")
        if block.get("认") is not None:
            return Value(None, Kind.TEXT, ways=self.ways(block, column, file))
        if block.get("定") is not None:
            return Value(None, Kind.NULL, self.constant(block.get("定"), column, place))
        if block.get("译") is None:
            return self._expressed(block.get("取"), column, file, place)
        listed = self.entries(block.get("译"), place, "译")
        translated = {
            key: None if _left_empty(tree) else self.constant(tree, column, listed.keys[key])
            for key, tree in listed.entries.items()
        }
        compiled = self.expression(block.get("取"), place, "取", file, Kind.TEXT, Kind.INT)
        otherwise = block.get("其他")
        return Value(
            compiled.sql,
            compiled.kind,
            translated=translated,
            otherwise=None if otherwise is None else self.constant(otherwise, column, place),
            has_otherwise=otherwise is not None,
        )

    def ways(self, block: Block, column: Column, file: ForeignFile) -> tuple[Way, ...]:
        """How the row that a column refers to is recognised: ways in their order, each some of its columns."""
        place = block.keys["认"]
        table = self.tables.get(column.ref or "")
        if table is None or block.get("取") is not None or block.get("定") is not None:
            raise self.wrong("map-recognise-what", place, name=column.word)
        tree = block.get("认")
        listed = tree.items if isinstance(tree, Listing) else () if tree is None else (tree,)
        found = [self.way(item, table, file, place) for item in listed]
        if not found:
            raise self.wrong("map-not-list", place, name="认")
        return tuple(found)

    def way(self, tree: Tree, table: Table, file: ForeignFile, place: Source) -> Way:
        """One way: columns of the row looked for and what they must say."""
        block = self.entries(tree, place, "认")
        traits = tuple(self.trait(key, block.entries[key], table, file, block.keys[key]) for key in block)
        if not traits:
            raise self.wrong("map-not-list", place, name="认")
        return Way(traits, any(_tells(one, table, self.tables) for one in traits))

    def trait(self, name: str, tree: Tree, table: Table, file: ForeignFile, place: Source) -> Trait:
        """A column of the row looked for, or of one that it refers to, and what it must say."""
        first, _, rest = name.partition(".")
        column = self.column(first, table, place)
        path: tuple[str, ...] = (column.id,)
        if rest:
            referred = self.tables.get(column.ref or "")
            if referred is None:
                raise self.wrong("map-recognise-path", place, name=name)
            column = self.column(rest, referred, place)
            path = (*path, column.id)
        text = self.text(tree, place, name)
        if text.startswith("本."):
            return Trait(path, None, Kind.TEXT, own=self._own(text, place))
        compiled = self.expression(tree, place, name, file, *_FITS[column.type])
        return Trait(path, compiled.sql, compiled.kind)

    def _own(self, text: str, place: Source) -> str:
        term = terms().find(text.removeprefix("本."))
        if term is None:
            raise self.wrong("map-recognise-path", place, name=text)
        return term.id

    def _expressed(self, tree: Tree | None, column: Column, file: ForeignFile, place: Source) -> Value:
        compiled = self.expression(tree, place, column.word, file, *_FITS[column.type])
        return Value(compiled.sql, compiled.kind)

    def constant(self, tree: Tree | None, column: Column, place: Source) -> object:
        """A value written in the mapping, read as a cell of the column would be."""
        text = self.text(tree, place, column.word)
        value, bad = CellReader(column, self.tables, self.domains).read(text)
        if isinstance(bad, Bad) and bad.severity == "error":
            params = dict(bad.params)
            raise _WrongError(Fault(bad.code, "error", None, self.name, place.line, column.id, text, params))
        return value

    def expression(
        self, tree: Tree | None, place: Source, name: str, file: ForeignFile, *wanted: Kind
    ) -> Compiled:
        """An expression over the rows of a foreign file, of one of the kinds wanted where any is."""
        text = self.text(tree, place, name)
        at = place if tree is None else tree.source
        try:
            compiled = read_expression(text, file, self.files)
        except ExpressionError as error:
            raise self.wrong(error.code, at, **error.params) from None
        if wanted and compiled.kind not in (*wanted, Kind.NULL):
            raise self.wrong("map-kind", at, text=text, got=said(compiled.kind), wanted=said(*wanted))
        return compiled
