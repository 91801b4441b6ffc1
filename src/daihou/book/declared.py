"""What the book declares: tables with their grain, columns, types, meaning and owner.

Data beside this file: ``tables/<subject>.yaml``, ``enums.yaml`` (the domains of
enumerated columns) and ``posts.yaml`` (posts and whom each reports to). Every
name in them is a term; a declaration with a mistake is refused whole.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Self

from daihou.terms import Catalogue, Lang, Terms, YamlError, read_mapping, terms

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from importlib.resources.abc import Traversable


class ColumnType(StrEnum):
    """The types a column can have; the comment says how a value is kept in memory."""

    ID = "id"  # text; a number or code that names its row
    TEXT = "text"  # text
    REF = "ref"  # text: the key of a row of another table, parts joined by "/"
    ENUM = "enum"  # text: an identifier of the column's domain
    DATE = "date"  # a planned or given day, may lie in the future
    HAPPENED = "happened"  # a day on which something happened; reads as empty before it
    FEN = "fen"  # money, integer fen
    INT = "int"  # whole number
    NUM = "num"  # decimal(18,6)
    BOOL = "bool"  # yes or no


_TYPE_WORDS: Mapping[str, ColumnType] = MappingProxyType(
    {
        "编号": ColumnType.ID,
        "文本": ColumnType.TEXT,
        "引用": ColumnType.REF,
        "枚举": ColumnType.ENUM,
        "日期": ColumnType.DATE,
        "发生日": ColumnType.HAPPENED,
        "金额": ColumnType.FEN,
        "整数": ColumnType.INT,
        "小数": ColumnType.NUM,
        "是否": ColumnType.BOOL,
    }
)

CLOCK = "时刻"
"""The check of a time of day, kept as 08:30."""
CHECKS = frozenset({"身份证", "统一码", "主体证件", "车架号", "手机号", "电话", "车牌", CLOCK})
"""Names of the checks of a text that a column may ask for by ``检``: identifiers, and the time of a day."""

ROOMS = frozenset(
    {
        *("people", "ledger", "intake", "vehicles", "inspections", "warnings", "loans"),
        *("collection", "recovery", "service", "cashier", "office", "duties", "papers", "policy", "signoff"),
    }
)
"""Rooms of the web application that may own a table."""

RECORDED = "recorded"
VOIDED = "voided"

_TABLE_KEYS = frozenset({"义", "英", "键", "业务日", "次序", "找", "名", "室", "列"})
_COLUMN_KEYS = frozenset(
    {"型", "义", "英", "必填", "有史", "表", "域", "单位", "检", "范围", "已过", "月首", "取自", "称"}
)
_DAYS = frozenset({ColumnType.DATE, ColumnType.HAPPENED})
_NUMBERS = frozenset({ColumnType.INT, ColumnType.NUM})
_TEXTS = frozenset({ColumnType.ID, ColumnType.TEXT})
# A name does not move, and a day on which something happened is corrected, not moved.
_NEVER_DATED = frozenset({ColumnType.ID, ColumnType.HAPPENED})
_NEVER_KEY = frozenset({ColumnType.NUM})
_BOUNDS = 2


@dataclass(frozen=True, slots=True)
class Column:
    """One declared column.

    ``dated``: its moves are rows of the change log. ``ref``: identifier of the
    table it points to. ``enum``: identifier of its domain. ``unit``: 月, 天, 百分比 …
    for whole and decimal numbers. ``check``: a name of CHECKS. ``low`` and ``high``:
    inclusive bounds of a whole number, None when open. ``classes``: terms by which people
    call the numbers between those bounds, in order; empty where they go by number. ``past``: it tells what has
    been, so that it cannot lie after the day on which the book is looked at.
    ``month``: it names a month by its first day. ``hour_of``: the column of a time of
    day whose hour it tells: filled from that one where it is empty. ``meaning`` and
    ``english``: what it means in this table, where its word says too little; empty elsewhere.
    """

    id: str
    word: str
    type: ColumnType
    required: bool = False
    dated: bool = False
    ref: str | None = None
    enum: str | None = None
    unit: str | None = None
    check: str | None = None
    low: int | None = None
    high: int | None = None
    classes: tuple[str, ...] = ()
    past: bool = False
    month: bool = False
    hour_of: str | None = None
    meaning: str = ""
    english: str = ""

    def class_of(self, number: int) -> str | None:
        """The term by which people call a number; None where it has none, or is out of its bounds."""
        at = number - (self.low or 0)
        return self.classes[at] if 0 <= at < len(self.classes) else None


@dataclass(frozen=True, slots=True)
class Order:
    """The order of rows inside a group: previous period, same period, rank."""

    group: tuple[str, ...]
    by: str


@dataclass(frozen=True, slots=True)
class Table:
    """One declared table; ``key`` is its grain.

    ``columns`` keeps the declared order and ends with the day of recording and
    the day of voiding. ``date`` is the business-date column: a row dated later
    than the as-of day does not exist on that day; None for standing data.
    ``found``: texts by which people look for a row, names by their pinyin initials too; empty where they look for it by no name.
    ``title``: the text that people call a row by and write where its key is asked for; None where rows have no name.
    ``english``: the meaning in English.
    """

    id: str
    word: str
    key: tuple[str, ...]
    columns: Mapping[str, Column] = field(hash=False)
    date: str | None
    order: Order | None
    room: str
    meaning: str
    found: tuple[str, ...] = ()
    title: str | None = None
    english: str = ""

    def said(self, lang: Lang) -> str:
        """What the table holds, for a reader of ``lang``; the meaning as it stands where nobody said it in English."""
        return self.english or self.meaning if lang == "en" else self.meaning


@dataclass(frozen=True, slots=True)
class Declarations:
    """Everything the book declares: tables, domains and posts, by identifier."""

    tables: Mapping[str, Table] = field(hash=False)
    domains: Mapping[str, tuple[str, ...]] = field(hash=False)
    posts: Mapping[str, str | None] = field(hash=False)


class DeclarationError(ValueError):
    """A declaration that cannot stand; ``text`` says where and why in either language."""

    def __init__(self, code: str, file: str, where: str = "", /, **params: str) -> None:
        self.code = code
        self.file = file
        self.where = where
        self.params = params
        super().__init__(self.text("en"))

    def text(self, lang: Lang) -> str:
        """Say file, place and reason."""
        reason = _messages().text(self.code, lang, **self.params)
        return f"{self.file}: {self.where}: {reason}" if self.where else f"{self.file}: {reason}"


@cache
def _messages() -> Catalogue:
    return Catalogue.load("daihou.book", "declared_messages.yaml")


@dataclass(frozen=True, slots=True)
class _Place:
    """Where in the declarations we read: file, table, column; refuses in its name."""

    vocabulary: Terms
    file: str
    where: str = ""

    def at(self, name: str) -> Self:
        """Go one step deeper."""
        return type(self)(self.vocabulary, self.file, f"{self.where}.{name}" if self.where else name)

    def refused(self, code: str, **params: str) -> DeclarationError:
        """Return the error that names this place."""
        return DeclarationError(code, self.file, self.where, **params)

    def id_of(self, name: object) -> str:
        """Return the identifier of a word; refuse a name that is no term."""
        text = self.text_of(name)
        term = self.vocabulary.find(text)
        if term is None:
            raise self.refused("unknown-term", name=text, hint=self.vocabulary.closest(text) or "—")
        return term.id

    def ids_of(self, names: object) -> tuple[str, ...]:
        """Return the identifiers of a list of words; refuse an empty list and repeats."""
        if not isinstance(names, list) or not names:
            raise self.refused("not-a-list")
        ids = tuple(self.id_of(name) for name in names)
        for one in ids:
            if ids.count(one) > 1:
                raise self.refused("named-twice", name=self.vocabulary.word(one))
        return ids

    def text_of(self, value: object) -> str:
        """Return a text; refuse anything else."""
        if not isinstance(value, str) or not value.strip():
            raise self.refused("not-text", value=repr(value))
        return value

    def flag_of(self, value: object) -> bool:
        """Return a yes or no; refuse anything else."""
        if not isinstance(value, bool):
            raise self.refused("not-a-flag", value=repr(value))
        return value

    def mapping_of(self, value: object, allowed: frozenset[str] | None = None) -> Mapping[str, Any]:
        """Return a mapping; refuse anything else, and keys that are not ``allowed``."""
        if not isinstance(value, dict):
            raise self.refused("not-a-mapping")
        for key in value:
            if allowed is not None and key not in allowed:
                hint = self.vocabulary.closest(key, allowed) or "、".join(sorted(allowed))
                raise self.refused("unknown-key", name=str(key), hint=hint)
        return value


def load_declarations(folder: Traversable, vocabulary: Terms) -> Declarations:
    """Read ``tables/*.yaml``, ``enums.yaml`` and ``posts.yaml`` of a folder.

    Raises DeclarationError at the first mistake.
    """
    posts = _read_posts(folder / "posts.yaml", vocabulary)
    domains = _read_domains(folder / "enums.yaml", vocabulary, posts)
    tables: dict[str, Table] = {}
    places: dict[str, _Place] = {}
    files = (f for f in (folder / "tables").iterdir() if f.name.endswith(".yaml"))
    for file in sorted(files, key=lambda f: f.name):
        top = _Place(vocabulary, file.name)
        for word, body in _read(file).items():
            identifier = top.id_of(word)
            if identifier in tables:
                raise top.refused("named-twice", name=word)
            places[identifier] = top.at(word)
            tables[identifier] = _read_table(places[identifier], identifier, body, domains)
    _check_references(tables, places)
    return Declarations(MappingProxyType(tables), MappingProxyType(domains), MappingProxyType(posts))


def _read(file: Traversable) -> dict[str, Any]:
    """Read one strict YAML file, or refuse it in our words."""
    try:
        return read_mapping(file)
    except YamlError as error:
        where = "" if error.line is None else str(error.line)
        raise DeclarationError("bad-yaml", file.name, where, reason=error.reason) from error


def _read_posts(file: Traversable, vocabulary: Terms) -> dict[str, str | None]:
    """Read post and superior, and refuse superiors that are no posts or go in a circle."""
    top = _Place(vocabulary, file.name)
    posts = {
        top.id_of(word): None if superior is None else top.at(word).id_of(superior)
        for word, superior in _read(file).items()
    }
    for post in posts:
        place = top.at(vocabulary.word(post))
        chain = [post]
        while (above := posts[chain[-1]]) is not None:
            if above not in posts:
                raise place.refused("superior-is-no-post", name=vocabulary.word(above))
            if above in chain:
                raise place.refused("superiors-in-a-circle", name=vocabulary.word(above))
            chain.append(above)
    return posts


def _read_domains(file: Traversable, vocabulary: Terms, posts: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Read the domains; the posts are one of them."""
    top = _Place(vocabulary, file.name)
    domains: dict[str, tuple[str, ...]] = {top.id_of("岗位"): tuple(posts)}
    for word, values in _read(file).items():
        identifier = top.id_of(word)
        if identifier in domains:
            raise top.refused("named-twice", name=word)
        domains[identifier] = top.at(word).ids_of(values)
    return domains


def _read_table(
    place: _Place, identifier: str, body: object, domains: Mapping[str, tuple[str, ...]]
) -> Table:
    """Read one table and check all that it says about itself."""
    declared_as = place.mapping_of(body, _TABLE_KEYS)
    for needed in ("义", "键", "室", "列"):
        if needed not in declared_as:
            raise place.refused("missing-key", name=needed)
    columns: dict[str, Column] = {}
    for word, says in place.mapping_of(declared_as["列"]).items():
        column = _read_column(place, word, says, domains)
        if column.id in (RECORDED, VOIDED):
            raise place.refused("implicit-column", name=word)
        if column.id in columns:
            raise place.refused("named-twice", name=word)
        columns[column.id] = column
    _check_hours(place, columns)
    for implicit in (RECORDED, VOIDED):
        columns[implicit] = Column(implicit, place.vocabulary.word(implicit), ColumnType.DATE, past=True)
    room = place.text_of(declared_as["室"])
    if room not in ROOMS:
        raise place.refused("unknown-room", name=room)
    return Table(
        id=identifier,
        word=place.vocabulary.word(identifier),
        key=_read_key(place.at("键"), declared_as["键"], columns),
        columns=MappingProxyType(columns),
        date=_read_business_date(place.at("业务日"), declared_as.get("业务日"), columns),
        order=_read_order(place.at("次序"), declared_as.get("次序"), columns),
        room=room,
        meaning=place.text_of(declared_as["义"]),
        found=_read_found(place.at("找"), declared_as.get("找"), columns),
        title=_read_title(place.at("名"), declared_as.get("名"), columns),
        english=place.text_of(declared_as["英"]) if "英" in declared_as else "",
    )


def _read_column(table: _Place, word: str, body: object, domains: Mapping[str, tuple[str, ...]]) -> Column:
    """Read one column; what it says beside its type must fit the type."""
    place = table.at(word)
    identifier = table.id_of(word)
    says = place.mapping_of(body, _COLUMN_KEYS)
    kind = _TYPE_WORDS.get(str(says.get("型")))
    if kind is None:
        raise place.refused("unknown-type", name=str(says.get("型")), hint="、".join(_TYPE_WORDS))
    _check_fit(place, kind, says)
    low, high = _read_bounds(place, says.get("范围"))
    enum = place.id_of(says["域"]) if "域" in says else None
    if enum is not None and enum not in domains:
        raise place.refused("unknown-domain", name=says["域"])
    return Column(
        id=identifier,
        word=place.vocabulary.word(identifier),
        type=kind,
        required=place.flag_of(says.get("必填", False)),
        dated=place.flag_of(says.get("有史", False)),
        ref=place.id_of(says["表"]) if "表" in says else None,
        enum=enum,
        unit=place.text_of(says["单位"]) if "单位" in says else None,
        check=says.get("检"),
        low=low,
        high=high,
        classes=_read_classes(place, says.get("称"), low, high),
        past=place.flag_of(says.get("已过", kind is ColumnType.HAPPENED)),
        month=place.flag_of(says.get("月首", False)),
        hour_of=place.id_of(says["取自"]) if "取自" in says else None,
        meaning=place.text_of(says["义"]) if "义" in says else "",
        english=place.text_of(says["英"]) if "英" in says else "",
    )


def _check_fit(place: _Place, kind: ColumnType, says: Mapping[str, Any]) -> None:
    """Refuse what a column of this type cannot say, and what it fails to say."""
    for key, needed_by in (("表", ColumnType.REF), ("域", ColumnType.ENUM)):
        if (key in says) != (kind is needed_by):
            raise place.refused("needs" if kind is needed_by else "does-not-fit", name=key, type=says["型"])
    fitting = {
        "单位": _NUMBERS,
        "检": _TEXTS,
        "范围": {ColumnType.INT},
        "取自": {ColumnType.INT},
        "称": {ColumnType.INT},
        "已过": _DAYS,
        "月首": {ColumnType.DATE},
    }
    for key, fits in fitting.items():
        if key in says and kind not in fits:
            raise place.refused("does-not-fit", name=key, type=says["型"])
    if says.get("有史") is True and kind in _NEVER_DATED:
        raise place.refused("never-dated", type=says["型"])
    if "检" in says and place.text_of(says["检"]) not in CHECKS:
        raise place.refused("unknown-check", name=str(says["检"]), hint="、".join(sorted(CHECKS)))


def _read_classes(place: _Place, names: object, low: int | None, high: int | None) -> tuple[str, ...]:
    """Read what people call each number between the bounds."""
    if names is None:
        return ()
    if low is None or high is None or not isinstance(names, list) or len(names) != high - low + 1:
        raise place.refused("bad-classes")
    return tuple(place.id_of(name) for name in names)


def _read_bounds(place: _Place, bounds: object) -> tuple[int | None, int | None]:
    """Read the inclusive bounds of a whole number; either side may be open."""
    if bounds is None:
        return None, None
    if not isinstance(bounds, list) or len(bounds) != _BOUNDS:
        raise place.refused("bad-bounds")
    low, high = bounds
    for bound in bounds:
        if bound is not None and (not isinstance(bound, int) or isinstance(bound, bool)):
            raise place.refused("bad-bounds")
    if low is not None and high is not None and low > high:
        raise place.refused("bad-bounds")
    return low, high


def _column_of(place: _Place, identifier: str, columns: Mapping[str, Column]) -> Column:
    """Return a column of the same table; refuse a name the table does not have."""
    if identifier not in columns:
        raise place.refused("unknown-column", name=place.vocabulary.word(identifier))
    return columns[identifier]


def _check_hours(place: _Place, columns: Mapping[str, Column]) -> None:
    """Refuse an hour that is taken from anything but a time of day."""
    for column in columns.values():
        if column.hour_of is not None:
            told = place.at(column.word).at("取自")
            if _column_of(told, column.hour_of, columns).check != CLOCK:
                raise told.refused("not-a-clock", name=place.vocabulary.word(column.hour_of))


def _read_key(place: _Place, names: object, columns: Mapping[str, Column]) -> tuple[str, ...]:
    """Read the key: columns that are there, never empty, never move and compare exactly."""
    key = place.ids_of(names)
    for identifier in key:
        column = _column_of(place, identifier, columns)
        if not column.required:
            raise place.refused("key-not-required", name=column.word)
        if column.dated:
            raise place.refused("key-is-dated", name=column.word)
        if column.type in _NEVER_KEY:
            raise place.refused("key-of-wrong-type", name=column.word)
    return key


def _read_business_date(place: _Place, name: object, columns: Mapping[str, Column]) -> str | None:
    """Read the business date: a day that every row has."""
    if name is None:
        return None
    column = _column_of(place, place.id_of(name), columns)
    if column.type not in _DAYS:
        raise place.refused("not-a-day", name=column.word)
    if not column.required:
        raise place.refused("business-date-not-required", name=column.word)
    return column.id


def _read_order(place: _Place, body: object, columns: Mapping[str, Column]) -> Order | None:
    """Read the order of rows: by a day or a whole number that every row has."""
    if body is None:
        return None
    says = place.mapping_of(body, frozenset({"分组", "按"}))
    for needed in ("分组", "按"):
        if needed not in says:
            raise place.refused("missing-key", name=needed)
    group = place.ids_of(says["分组"])
    for identifier in group:
        _column_of(place, identifier, columns)
    by = _column_of(place, place.id_of(says["按"]), columns)
    if by.type not in _DAYS and by.type is not ColumnType.INT:
        raise place.refused("not-an-order", name=by.word)
    if not by.required:
        raise place.refused("order-not-required", name=by.word)
    return Order(group=group, by=by.id)


def _read_found(place: _Place, names: object, columns: Mapping[str, Column]) -> tuple[str, ...]:
    """Read by which columns people look for a row: texts."""
    if names is None:
        return ()
    found = place.ids_of(names)
    for identifier in found:
        column = _column_of(place, identifier, columns)
        if column.type not in _TEXTS:
            raise place.refused("found-by-no-text", name=column.word)
    return found


def _read_title(place: _Place, name: object, columns: Mapping[str, Column]) -> str | None:
    """Read by which column people call a row: a text."""
    if name is None:
        return None
    column = _column_of(place, place.id_of(name), columns)
    if column.type is not ColumnType.TEXT:
        raise place.refused("called-by-no-text", name=column.word)
    return column.id


def _check_references(tables: Mapping[str, Table], places: Mapping[str, _Place]) -> None:
    """Every reference points to a declared table, and no key refers to itself."""
    for table in tables.values():
        for column in table.columns.values():
            if column.ref is not None and column.ref not in tables:
                place = places[table.id].at(column.word)
                raise place.refused("unknown-table", name=place.vocabulary.word(column.ref))
    for table in tables.values():
        _check_key_ends(table, tables, places[table.id])


def _check_key_ends(table: Table, tables: Mapping[str, Table], place: _Place) -> None:
    """Refuse a key that contains itself: its text could never be written down."""
    seen: set[str] = set()
    ahead = [table.id]
    while ahead:
        one = tables[ahead.pop()]
        parts = [ref for part in one.key if (ref := one.columns[part].ref) is not None]
        if table.id in parts:
            raise place.refused("key-in-a-circle", name=one.word)
        ahead.extend(part for part in parts if part not in seen)
        seen.update(parts)


@cache
def _shipped() -> Declarations:
    return load_declarations(resources.files("daihou.book"), terms())


def declared() -> Mapping[str, Table]:
    """Return the tables of the book by identifier, in the order of their files."""
    return _shipped().tables


def domains() -> Mapping[str, tuple[str, ...]]:
    """Return the values of each enumerated domain, by identifier and in order."""
    return _shipped().domains


def posts() -> Mapping[str, str | None]:
    """Return each post with the post it reports to, None for the highest."""
    return _shipped().posts


def meaning_of(column: Column, lang: Lang) -> str:
    """What a column means in its table, else what its word means everywhere (in English its label); empty where neither is said."""
    if own := column.meaning if lang == "zh" else column.english:
        return own
    term = terms().by_id(column.id)
    if term is None:
        return ""
    return term.meaning if lang == "zh" else term.label
