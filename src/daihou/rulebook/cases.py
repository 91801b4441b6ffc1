"""Worked cases beside rules: a small book in canonical text, and what must come out of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from types import MappingProxyType

from daihou.book import RECORDED, VOIDED, Column, ColumnType, Table
from daihou.rulebook.blocks import Reader, Words, scalar_text
from daihou.rulebook.literals import amount, day_of, flag_of
from daihou.rulebook.mistakes import FollowsError, WrongError
from daihou.rulebook.model import CaseBook, Expectation
from daihou.rulebook.yaml_source import Block, Listing, Scalar, Tree
from daihou.terms import Source

Row = Mapping[str, str]

DAY, TEXT, COUNT, FLAG, TERM, COLUMNS = "day", "text", "count", "flag", "term", "columns"
LIST, PLACES, SHOWN = "list", "places", "shown"

WANTS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        # word -> (key in Expectation.want, how its value is written)
        "规则": ("rule", TEXT),
        "状态": ("state", TERM),
        "起算": ("start", DAY),
        "开放": ("opens", DAY),
        "见日": ("seen", DAY),
        "到期": ("due", DAY),
        "失效": ("expires", DAY),
        "完成": ("done", DAY),
        "迟天": ("days_late", COUNT),
        "连漏": ("missed_run", COUNT),
        "推定": ("assumed", FLAG),
        "补录": ("late_entry", FLAG),
        "岗位": ("post", TERM),
        "责任人": ("employee", TEXT),
        "上报": ("escalated_to", TERM),
        "上报日": ("reached_on", DAY),
        "提醒日": ("remind", DAY),
        "表单": ("form", TERM),
        "签批": ("chain", LIST),
        "级别": ("level", TERM),
        "方式": ("mode", TERM),
        "措施": ("measures", LIST),
        "数据": ("evidence", SHOWN),
        "因": ("cause", TERM),
        "现级": ("previous", TERM),
        "变动": ("changed", FLAG),
        "许可": ("allowed", FLAG),
        "理由": ("reasons", PLACES),
        "缺": ("columns", COLUMNS),
        "数": ("count", COUNT),
        "无": ("none", FLAG),
    }
)
"""What an expectation may ask: word, key in ``Expectation.want``; values are canonical text."""

STATES: Mapping[str, str] = MappingProxyType(
    {
        "未到": "not_yet",
        "待办": "open",
        "逾期": "overdue",
        "按期": "on_time",
        "迟办": "late",
        "漏办": "missed",
        "免办": "waived",
        "撤回": "withdrawn",
    }
)
"""States of a duty by word, as results name them."""

_FLAGS: Mapping[str, str] = MappingProxyType({"是": "true", "否": "false"})
_FILE_KEYS = frozenset({"底稿", "案例"})
_CASE_KEYS = frozenset({"案例", "规则", "账册", "截至", "起用", "期望"})
_ASKED = frozenset({"当日", "知悉", "对象", "次"})
_FIRST, _NOTHING = "首", "空"


def read_cases(reader: Reader, block: Block, book: str) -> Iterator[CaseBook]:
    """The cases of one file."""
    words = reader.block(block, block.source, "案例", _FILE_KEYS)
    defaults: dict[str, Row] = {}
    for table, tree, _ in _tables(reader, words.get("底稿"), "底稿"):
        defaults[table.id] = dict(_row(reader, table, tree))
    for item in words.items("案例"):
        with reader.mistakes.collecting():
            yield _case(reader, reader.block(item, item.source, "案例", _CASE_KEYS), defaults, book)


def _case(reader: Reader, words: Words, defaults: Mapping[str, Row], book: str) -> CaseBook:
    words.need("案例", "规则", "账册", "期望")
    rules = []
    for name in words.texts("规则"):
        if name not in reader.vocabulary.rules:
            if not reader.vocabulary.rules_known:
                raise FollowsError("unknown-rule", words.place("规则"), name=name)
            closest = reader.vocabulary.closest(name, reader.vocabulary.rules)
            raise WrongError("unknown-rule", words.place("规则"), name=name, closest=closest)
        rules.append(reader.vocabulary.rules[name])
    rows: dict[str, tuple[Row, ...]] = {}
    for table, tree, _ in _tables(reader, words.get("账册"), "账册"):
        listed = tree.items if isinstance(tree, Listing) else (tree,)
        default = defaults.get(table.id, {})
        rows[table.id] = tuple(_filled(default, dict(_row(reader, table, one))) for one in listed)
    through = tuple(_through(reader, words))
    if through:
        name = reader.vocabulary.id("数据截至")
        rows[name] = (*rows.get(name, ()), *through)
    wanted = [_expectation(reader, item) for item in words.items("期望")]
    return CaseBook(
        name=words.text("案例"),
        rules=tuple(rules),
        rows=rows,
        expectations=tuple(wanted),
        source=words.source,
        book=book,
        go_live=words.day("起用"),
    )


def _filled(default: Row, row: Row) -> Row:
    """A row over the defaults of its table; a cell written empty empties the default."""
    return {column: text for column, text in {**default, **row}.items() if text}


def _tables(reader: Reader, tree: Tree | None, name: str) -> Iterator[tuple[Table, Tree, Source]]:
    """Declared tables named as keys of a mapping."""
    if tree is None:
        return
    if not isinstance(tree, Block):
        raise WrongError("not-a-mapping", tree.source, name=name)
    vocabulary = reader.vocabulary
    for key, value in tree.entries.items():
        table = vocabulary.tables.get(vocabulary.id(key))
        if table is None:
            closest = vocabulary.closest(key, vocabulary.tables)
            raise WrongError("unknown-table", tree.keys[key], name=key, closest=closest)
        yield table, value, tree.keys[key]


def _through(reader: Reader, words: Words) -> Iterator[Row]:
    """截至: rows of 数据截至, one for each table named."""
    vocabulary = reader.vocabulary
    for table, tree, place in _tables(reader, words.get("截至"), "截至"):
        day = day_of(scalar_text(tree) or "")
        if day is None:
            raise WrongError("bad-date", place, text=scalar_text(tree) or "")
        yield {vocabulary.id("表"): table.id, vocabulary.id("截至"): day.isoformat()}


def _row(reader: Reader, table: Table, tree: Tree) -> Iterator[tuple[str, str]]:
    """The cells of one row in canonical text; columns left out or empty stay empty."""
    if not isinstance(tree, Block):
        raise WrongError("not-a-mapping", tree.source, name=table.word)
    vocabulary = reader.vocabulary
    changed = _changed_column(reader, table, tree)
    for key, value in tree.entries.items():
        column = table.columns.get(vocabulary.id(key))
        if column is None:
            closest = vocabulary.closest(key, table.columns)
            raise WrongError("unknown-column", tree.keys[key], name=key, table=table.word, closest=closest)
        if isinstance(value, Scalar) and value.empty:
            yield column.id, ""  # empties what 底稿 filled
            continue
        text = scalar_text(value)
        if text is None:
            raise WrongError("not-text", value.source, name=key)
        if changed is not None and column.word in {"原值", "新值"}:
            yield column.id, cell(reader, changed, text, value.source)
            continue
        if table.word in {"变更记录", "数据截至"} and column.word in {"表", "项目"}:
            yield column.id, vocabulary.id(text)
            continue
        yield column.id, cell(reader, column, text, value.source)


def _changed_column(reader: Reader, table: Table, tree: Block) -> Column | None:
    """The column whose values a row of 变更记录 holds."""
    if table.word != "变更记录":
        return None
    given = {reader.vocabulary.word(key): scalar_text(value) or "" for key, value in tree.entries.items()}
    where = reader.vocabulary.tables.get(reader.vocabulary.id(given.get("表", "")))
    if where is None:
        raise WrongError("unknown-table", tree.source, name=given.get("表", ""), closest="")
    column = where.columns.get(reader.vocabulary.id(given.get("项目", "")))
    if column is None or not column.dated:
        raise WrongError("not-dated", tree.source, None, name=given.get("项目", ""))
    return column


def cell(reader: Reader, column: Column, text: str, source: Source) -> str:
    """One cell in canonical text: ISO date, integer fen, identifier, true or false."""
    kind = column.type
    if kind is ColumnType.ENUM:
        return _value(reader, column, text, source)
    if kind in {ColumnType.DATE, ColumnType.HAPPENED} or column.id in {RECORDED, VOIDED}:
        day = day_of(text)
        if day is None:
            raise WrongError("bad-date", source, text=text)
        return day.isoformat()
    if kind is ColumnType.BOOL:
        flag = flag_of(text)
        if flag is None:
            raise WrongError("not-a-flag", source, name=column.word, text=text)
        return "true" if flag else "false"
    if kind is ColumnType.FEN:
        return str(_fen(text, source))
    if kind in {ColumnType.INT, ColumnType.NUM}:
        return _number(column, text, source)
    return text


def _value(reader: Reader, column: Column, text: str, source: Source) -> str:
    values = reader.vocabulary.domains[str(column.enum)]
    identifier = reader.vocabulary.id(text)
    if identifier not in values:
        raise WrongError(
            "unknown-value",
            source,
            value=text,
            domain=reader.vocabulary.word(str(column.enum)),
            values="、".join(reader.vocabulary.word(one) for one in values),
            closest=reader.vocabulary.closest(text, values),
        )
    return identifier


def _fen(text: str, source: Source) -> int:
    """Money as 12.5万元, 300元 or a bare number of 元."""
    sign, digits = (-1, text[1:]) if text.startswith("-") else (1, text)
    unit = next((one for one in ("亿元", "万元", "元") if digits.endswith(one)), None)
    number = digits.removesuffix(unit or "").strip()
    if not number.replace(".", "", 1).isdecimal() or not number.isascii():
        raise WrongError("bad-constant", source, text=text)
    value = amount(number, unit or "元", source).value
    return sign * int(str(value))


def _number(column: Column, text: str, source: Source) -> str:
    digits = text.removeprefix("-").removesuffix("%")
    whole = column.type is ColumnType.INT
    plain = digits if whole else digits.replace(".", "", 1)
    if not plain.isdecimal() or not plain.isascii() or (whole and text.endswith("%")):
        raise WrongError("bad-constant", source, text=text)
    return text.removesuffix("%")


def _expectation(reader: Reader, tree: Tree) -> Expectation:
    words = reader.block(tree, tree.source, "期望", frozenset(WANTS) | _ASKED)
    day = words.there("当日", words.day("当日"))
    want: dict[str, str] = {}
    for word, (key, how) in WANTS.items():
        if word in words.keys:
            want[key] = _wanted(reader, words, word, how)
    if not want:
        raise WrongError("expects-nothing", words.source)
    occurrence = words.maybe_text("次")
    if occurrence is not None and reader.vocabulary.word(occurrence) == _FIRST:
        occurrence = "first"
    return Expectation(day, words.day("知悉"), words.maybe_text("对象"), occurrence, want, words.source)


def _wanted(reader: Reader, words: Words, word: str, how: str) -> str:
    """One value asked for; an empty one (YAML null or 空) asks for emptiness."""
    whole = _WHOLE.get(how)
    if whole is not None:
        return whole(reader, words, word)
    text = words.maybe_text(word)
    if text is None or text == _NOTHING:
        return ""
    if how == DAY:
        day = words.day(word)
        return "" if day is None else date.isoformat(day)
    if how == COUNT:
        return str(words.whole(word))
    if how == FLAG:
        return "true" if words.flag(word) else "false"
    if how == TEXT:
        return reader.vocabulary.rules.get(text, text) if word == "规则" else text
    return _state(reader, text, words.place(word)) if word == "状态" else reader.vocabulary.id(text)


def _state(reader: Reader, text: str, source: Source) -> str:
    found = STATES.get(reader.vocabulary.word(text))
    if found is None and text not in STATES.values():
        closest = reader.vocabulary.closest(text, STATES)
        known = "、".join(STATES)
        raise WrongError("unknown-value", source, value=text, domain="状态", values=known, closest=closest)
    return found or text


def _list(reader: Reader, words: Words, word: str) -> str:
    return ",".join(reader.vocabulary.id(text) for text in words.texts(word) if text != _NOTHING)


def _columns(reader: Reader, words: Words, word: str) -> str:
    """Paths of empty columns as a gap names them: identifiers, sorted, joined by commas."""
    named = [one.strip() for text in words.texts(word) for one in text.replace("、", ",").split(",")]
    return ",".join(
        sorted(
            ".".join(reader.vocabulary.id(step) for step in one.split("."))
            for one in named
            if one != _NOTHING
        )
    )


def _places(_reader: Reader, words: Words, word: str) -> str:
    """The refusals of a gate by their number, the first being 1; results count from 0."""
    numbers = words.texts(word)
    if not all(one.isascii() and one.isdecimal() and int(one) > 0 for one in numbers):
        raise WrongError("bad-constant", words.place(word), text="、".join(numbers))
    return ",".join(str(int(one) - 1) for one in numbers)


def _evidence(reader: Reader, words: Words, word: str) -> str:
    """The figures that a warning shows, as its results write them; money with its unit, 是 and 否, words of enumerations."""
    tree = words.get(word)
    if not isinstance(tree, Block):
        raise WrongError("not-a-mapping", words.place(word), name=word)
    shown = []
    for key, value in tree.entries.items():
        text = scalar_text(value) or ""
        if text == _NOTHING:
            text = ""
        elif text.endswith("元"):
            text = str(_fen(text, value.source))
        elif text in _FLAGS:
            text = _FLAGS[text]
        elif text.removeprefix("-").replace(".", "", 1).isdecimal() and "." in text:
            text = f"{Decimal(text):.6f}"
        shown.append(f"{reader.vocabulary.id(key)}={reader.vocabulary.id(text)}")
    return "; ".join(shown)


_WHOLE: Mapping[str, Callable[[Reader, Words, str], str]] = MappingProxyType(
    {COLUMNS: _columns, LIST: _list, PLACES: _places, SHOWN: _evidence}
)
"""How values that are lists or mappings are read."""
