"""Random expressions in the notation of the rules, made so that their types fit.

One maker per construct; ``@makes`` says which nodes and functions it writes. ``Writer.of(kind, place)`` asks for an expression of a kind.
What a place cannot give (no child table, no dated column) is passed over for a plain value.
"""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, replace
from random import Random
from typing import Any

from hypothesis import strategies as st

from daihou.rulebook.nodes import Kind
from generators.words import (
    COLUMNS,
    DERIVED,
    Named,
    children,
    links,
    named,
    references,
    table_of,
    values_of,
    word,
)

D, F, I, N, B, E = Kind.DATE, Kind.FEN, Kind.INT, Kind.NUM, Kind.BOOL, Kind.ENUM  # noqa: E741
COUNTED = (F, I, N)
LENGTHS = (Kind.DAYS, Kind.WORKDAYS, Kind.MONTHS)
KINDS = (D, F, I, N, B)
DEEPEST = 4
NUMBERS = st.integers(0, 2**32 - 1)
"""What Hypothesis chooses: everything drawn follows from one number, so that one number brings it back."""


@dataclass(frozen=True)
class Place:
    """Where an expression stands. ``rows``: functions that look at other rows may stand there; ``derived``: results may be looked at."""

    table: str
    moments: tuple[str, ...] = ()
    child: str | None = None
    rows: bool = True
    derived: bool = False
    facts: bool = True

    @property
    def bare(self) -> str:
        """The table whose columns are named without 本."""
        return self.child or self.table


Maker = Callable[["Writer", Place, Kind, int], str | None]
MAKERS: dict[Kind, list[Maker]] = defaultdict(list)
DECLARED: set[str] = set()


def makes(*names: str, kinds: tuple[Kind, ...], weight: int = 1) -> Callable[[Maker], Maker]:
    """Register a maker of expressions of some kinds; ``names`` are the nodes and functions that it writes."""

    def keep(maker: Maker) -> Maker:
        DECLARED.update(names)
        for kind in kinds:
            MAKERS[kind] += [maker] * weight
        return maker

    return keep


class Writer:
    """Writes expressions of one book under way; every choice follows from one number.

    Hypothesis would rather vary and repeat the choices of earlier examples: of the rulebooks that it drew so, most were near copies.
    """

    def __init__(self, number: int, names: Named) -> None:
        self.random = Random(number)
        self.names = names

    # -- choices

    def pick(self, options: Any) -> Any:
        return self.random.choice(tuple(options))

    def chance(self, one_in: int) -> bool:
        """True once in so many times."""
        return self.random.randrange(one_in) == 0

    def some(self, options: Any, least: int, most: int) -> list[Any]:
        """Some different ones, in the order given."""
        options = tuple(options)
        count = self.random.randint(least, min(most, len(options)))
        return [options[place] for place in sorted(self.random.sample(range(len(options)), count))]

    # -- expressions

    def of(self, kind: Kind, place: Place, deep: int = 0) -> str:
        """An expression of a kind."""
        if deep < DEEPEST and MAKERS[kind]:
            made = self.pick(MAKERS[kind])(self, place, kind, deep)
            if made is not None:
                return made
        return self.leaf(kind, place)

    def leaf(self, kind: Kind, place: Place) -> str:
        """A name or a constant."""
        known = self.known(kind, place)
        constant = self.constant(kind)
        if known and (constant is None or not self.chance(3)):
            return self.pick(known)
        return constant or "NULL"

    def known(self, kind: Kind, place: Place) -> list[str]:
        """Names of a kind: columns, facts, figures, moments."""
        found = [path for path, _ in named(place.bare, kind, steps=1)]
        if place.child is not None:
            found += [f"本.{path}" for path, _ in named(place.table, kind, steps=0)]
        if place.facts:
            found += [
                name for table, name, type_ in self.names.facts if table == place.bare and type_.kind is kind
            ]
            found += [
                f"{step}.{name}"
                for step, to in references(place.bare)
                for table, name, type_ in self.names.facts
                if table == to and type_.kind is kind
            ]
        found += [name for name, of in self.names.figures if of is kind] * 3
        if kind is D:
            own = "" if place.child is None else "本."
            found += [own + moment for moment in place.moments if moment != "期名"] * 3
        return found

    def constant(self, kind: Kind) -> str | None:
        """A constant of a kind, from the values that books hold too."""
        options = {
            D: ("当日", "DATE '2026-01-31'", "DATE '2024-02-29'", "DATE '2026-10-01'", "DATE '2027-01-04'"),
            F: ("10万元", "312.50元", "1元", "0.01元"),
            I: ("0", "1", "2", "3", "30"),
            N: ("0.5", "2", "4.35", "60"),
            B: ("TRUE", "FALSE", "NULL"),
            Kind.RATIO: ("20%", "0%", "33.3%", "100%"),
            Kind.DAYS: ("1天", "10天", "0天", "30天"),
            Kind.WORKDAYS: ("1工作日", "3工作日", "0工作日", "5工作日"),
            Kind.MONTHS: ("1月", "6月", "12月", "0月"),
            Kind.PERIOD: ("'月'", "'季'", "'半年'", "'年'", "'周'", "'半月'", "'日'", "'工作日'"),
        }
        return self.pick(options[kind]) if kind in options else None

    def two(self, kind: Kind, place: Place, deep: int) -> tuple[str, str] | None:
        """Two expressions that may be compared: not twice the same, not two constants."""
        left = self.of(kind, place, deep)
        for _ in range(3):
            right = self.of(kind, place, deep)
            if left != right and not (_is_constant(left) and _is_constant(right)):
                return left, right
            left = self.leaf(kind, place)
        return None

    def length(self, kind: Kind, place: Place, deep: int) -> str:
        """Days, working days or months to add: a constant, a figure, a lookup, a whole number of the row."""
        return self.leaf(I, place) if self.chance(4) else self.of(kind, place, deep + 1)

    def dated(self, kind: Kind, place: Place) -> str | None:
        """A dated column of a kind."""
        found = [path for path, _ in named(place.bare, kind, steps=1, dated=True)]
        return self.pick(found) if found else None


def _is_constant(text: str) -> bool:
    return text[0].isdigit() or text.startswith(("DATE ", "(-"))


# -- yes or no


@makes("Compare", "Literal", "Column", kinds=(B,), weight=5)
def _compare(w: Writer, p: Place, kind: Kind, deep: int) -> str | None:
    sides = w.two(w.pick((D, D, F, I, N, I)), p, deep + 1)
    return None if sides is None else f" {w.pick(('=', '<>', '<', '<=', '>', '>='))} ".join(sides)


@makes("Compare", kinds=(B,), weight=3)
def _same(w: Writer, p: Place, kind: Kind, deep: int) -> str | None:
    """Enumerations, references, texts, yes and no: only = and <>."""
    if "期名" in p.moments and w.chance(3):
        return _label(w, p)
    return w.pick((_enum, _enum, _reference, _flags, _rule))(w, p, kind, deep)


def _label(w: Writer, p: Place) -> str:
    """The name of the period, with that of one."""
    own = "" if p.child is None else "本."
    return f"{own}期名 {w.pick(('=', '<>'))} '{w.pick(('2026Q3季', '2026-10月', '2026年'))}'"


def _enum(w: Writer, p: Place, kind: Kind, deep: int) -> str | None:
    found = named(p.bare, E, steps=1)
    if not found:
        return None
    path, column = w.pick(found)
    value = "'" + w.pick(values_of(str(column.enum))[:4]) + "'"
    others = [other for other, c in found if c.enum == column.enum and other != path]
    if others and w.chance(4):
        value = w.pick(others)
    elif (
        p.child is None
        and p.rows
        and w.chance(3)
        and table_of(column_table(p.bare, path)).columns[column.id].dated
    ):
        path = f"{w.pick(('前值({})', '当时({}, ' + w.of(D, p, deep + 2) + ')'))}".format(path)
    return f"{path} {w.pick(('=', '<>'))} {value}"


def column_table(table: str, path: str) -> str:
    """The table in which a path ends."""
    for step in path.split(".")[:-1]:
        column = next(c for c in table_of(table).columns.values() if c.word == step)
        table = word(str(column.ref))
    return table


def _reference(w: Writer, p: Place, kind: Kind, deep: int) -> str | None:
    found = named(p.bare, Kind.REF, steps=1)
    if not found:
        return None
    path, column = w.pick(found)
    others = [other for other, c in found if c.ref == column.ref and other != path] + ["'E1'", "'K1'"]
    return f"{path} {w.pick(('=', '<>'))} {w.pick(others)}"


def _flags(w: Writer, p: Place, kind: Kind, deep: int) -> str | None:
    known = list(dict.fromkeys(w.known(B, p)))
    if not known:
        return None
    one = w.pick(known)
    return f"{one} {w.pick(('=', '<>'))} {w.pick([*(other for other in known if other != one), 'TRUE'])}"


def _rule(w: Writer, p: Place, kind: Kind, deep: int) -> str | None:
    if p.bare not in DERIVED or not w.names.rules:
        return None
    return f"规则 = '{w.pick(w.names.rules)}'"


@makes("In", kinds=(B,), weight=2)
def _in(w: Writer, p: Place, kind: Kind, deep: int) -> str | None:
    found = named(p.bare, E, steps=1)
    if not found or w.chance(3):
        return f"{w.of(I, p, deep + 1)} IN (0, 1, 3)"
    path, column = w.pick(found)
    chosen = w.some(values_of(str(column.enum))[:5], 1, 3)
    return f"{path} {w.pick(('IN', 'NOT IN'))} ({', '.join(repr(v) for v in chosen)})"


@makes("IsNull", kinds=(B,), weight=2)
def _is_null(w: Writer, p: Place, kind: Kind, deep: int) -> str:
    what = w.leaf(w.pick(KINDS), p) if w.chance(2) else w.of(w.pick(KINDS), p, deep + 1)
    return f"{what} IS {w.pick(('', 'NOT '))}NULL"


@makes("Not", kinds=(B,))
def _not(w: Writer, p: Place, kind: Kind, deep: int) -> str:
    return f"NOT ({w.of(B, p, deep + 1)})"


@makes("And", "Or", kinds=(B,), weight=3)
def _joined(w: Writer, p: Place, kind: Kind, deep: int) -> str:
    sign = w.pick((" AND ", " OR "))
    return "(" + sign.join(w.of(B, p, deep + 1) for _ in range(w.pick((2, 2, 3)))) + ")"


@makes("Compare", kinds=(B,))
def _between(w: Writer, p: Place, kind: Kind, deep: int) -> str | None:
    side = w.pick((D, F, I))
    known = w.known(side, p)
    low, high = w.of(side, p, deep + 2), w.of(side, p, deep + 2)
    options = [name for name in known if name not in {low, high}]
    return f"({w.pick(options)} BETWEEN {low} AND {high})" if options else None


@makes("是工作日", kinds=(B,))
def _is_working(w: Writer, p: Place, kind: Kind, deep: int) -> str:
    return f"是工作日({w.of(D, p, deep + 1)})"


@makes("有", kinds=(B,), weight=2)
def _exists(w: Writer, p: Place, kind: Kind, deep: int) -> str | None:
    return down(w, p, deep, "有", None)


@makes("增幅", "占比", "Growth", "Share", kinds=(B,), weight=2)
def _ratio(w: Writer, p: Place, kind: Kind, deep: int) -> str | None:
    if not p.rows and p.child is None:
        return None
    left = _ratio_term(w, p, kind, deep)
    if left is None:
        return None
    right = _ratio_term(w, p, kind, deep) if w.chance(4) else None
    figures = [name for name, of in w.names.figures if of is Kind.RATIO]
    right = right or (w.pick(figures) if figures and w.chance(2) else w.constant(Kind.RATIO))
    return f"{left} {w.pick(('>=', '<', '>', '<=', '=', '<>'))} {right}"


def _ratio_term(w: Writer, p: Place, kind: Kind, deep: int) -> str | None:
    ordered = table_of(p.bare).order is not None and p.child is None and p.rows
    side = w.pick(COUNTED)
    if ordered and w.chance(2):
        made = f"增幅({w.leaf(w.pick(COUNTED), p)}, {w.pick(relatives(p.bare))})"
    else:
        whole = w.known(side, p)
        if not whole:
            return None
        made = f"占比({w.of(side, p, deep + 2)}, {w.pick(whole)})"
    return f"({made} {w.pick(('+', '-'))} {w.constant(Kind.RATIO)})" if w.chance(5) else made


def relatives(table: str) -> tuple[str, ...]:
    """前期 everywhere; 同期 and 年初 where rows stand in the order of a day."""
    order = table_of(table).order
    day = order is not None and table_of(table).columns[order.by].type.value in {"date", "happened"}
    return ("前期", "同期", "年初") if day else ("前期",)


# -- any kind


@makes("Case", kinds=(*KINDS, *LENGTHS))
def _case(w: Writer, p: Place, kind: Kind, deep: int) -> str:
    branches = "".join(
        f"WHEN {w.of(B, p, deep + 2)} THEN {w.of(kind, p, deep + 1)} " for _ in range(w.pick((1, 1, 2)))
    )
    return f"CASE {branches}{w.pick(('', 'ELSE ' + w.leaf(kind, p) + ' '))}END"


@makes("优先", kinds=(*KINDS,))
def _coalesce(w: Writer, p: Place, kind: Kind, deep: int) -> str:
    return f"优先({', '.join(w.of(kind, p, deep + 1) for _ in range(w.pick((2, 2, 3))))})"


@makes("当时", "前值", "Dated", "Before", kinds=(*KINDS,), weight=2)
def _as_of(w: Writer, p: Place, kind: Kind, deep: int) -> str | None:
    column = w.dated(kind, p)
    if column is None:
        return None
    return f"前值({column})" if w.chance(3) else f"当时({column}, {w.of(D, p, deep + 1)})"


@makes("前期", "同期", "年初", "AtRow", kinds=(*KINDS,), weight=2)
def _at_row(w: Writer, p: Place, kind: Kind, deep: int) -> str | None:
    if not p.rows or p.child is not None or table_of(p.table).order is None:
        return None
    return f"{w.pick(relatives(p.table))}({w.of(kind, replace(p, rows=False), deep + 1)})"


@makes("最近", kinds=(*KINDS,), weight=2)
def _latest(w: Writer, p: Place, kind: Kind, deep: int) -> str | None:
    return down(w, p, deep, "最近", kind)


@makes("查", "Lookup", kinds=(*COUNTED, *LENGTHS), weight=2)
def _lookup(w: Writer, p: Place, kind: Kind, deep: int) -> str | None:
    found = []
    for name, domain, gives in w.names.lookups:
        if gives is kind:
            keys = (
                [w.leaf(I, p)]
                if domain is None
                else [path for path, c in named(p.bare, E, steps=1) if c.enum == domain]
            )
            found += [(name, key) for key in keys]
    if not found:
        return None
    name, key = w.pick(found)
    return f"查({name}, {key})"


# -- days


@makes("加天", "加月", "加工作日", "当月日", "次月日", "Call", kinds=(D,), weight=5)
def _moved(w: Writer, p: Place, kind: Kind, deep: int) -> str:
    how, length = w.pick(
        (
            ("加天", Kind.DAYS),
            ("加月", Kind.MONTHS),
            ("加工作日", Kind.WORKDAYS),
            ("当月日", None),
            ("次月日", None),
        )
    )
    by = w.pick(("1", "15", "30", "31")) if length is None else w.length(length, p, deep)
    return f"{how}({w.of(D, p, deep + 1)}, {by})"


@makes(*["月初", "月末", "季初", "季末", "半年初", "半年末", "年首", "年末"], kinds=(D,))
def _edge(w: Writer, p: Place, kind: Kind, deep: int) -> str:
    return f"{w.pick(['月初', '月末', '季初', '季末', '半年初', '半年末', '年首', '年末'])}({w.of(D, p, deep + 1)})"


@makes("较早", "较晚", "全部", kinds=(D,))
def _of_days(w: Writer, p: Place, kind: Kind, deep: int) -> str:
    count = w.pick((2, 2, 3))
    return f"{w.pick(('较早', '较晚', '全部'))}({', '.join(w.of(D, p, deep + 1) for _ in range(count))})"


@makes("数据日", "Today", kinds=(D,))
def _data_day(w: Writer, p: Place, kind: Kind, deep: int) -> str:
    tables = [t for t in COLUMNS if t not in DERIVED]
    return w.pick(("当日", f"数据日({w.pick(tables)})"))


@makes("生效日", "Since", kinds=(D,))
def _effective(w: Writer, p: Place, kind: Kind, deep: int) -> str | None:
    column = w.dated(w.pick((*KINDS, E)), p)
    return None if column is None else f"生效日({column})"


@makes("最早", "最晚", "全部", "Aggregate", kinds=(D,), weight=4)
def _day_of_rows(w: Writer, p: Place, kind: Kind, deep: int) -> str | None:
    return down(w, p, deep, w.pick(("最早", "最晚", "全部")), D)


# -- numbers


@makes("Arithmetic", kinds=COUNTED, weight=2)
def _sum(w: Writer, p: Place, kind: Kind, deep: int) -> str:
    sign = w.pick(("+", "-", "*"))
    if sign == "*":
        left = w.leaf(kind, p)
        return f"({left} * {w.constant(I)})" if not w.chance(3) else f"({w.constant(I)} * {left})"
    return f"({w.of(kind, p, deep + 1)} {sign} {w.of(kind, p, deep + 1)})"


@makes("Arithmetic", kinds=COUNTED)
def _negative(w: Writer, p: Place, kind: Kind, deep: int) -> str:
    return f"(-{w.leaf(kind, p)})"


@makes("取小", "取大", "绝对值", kinds=COUNTED)
def _of_numbers(w: Writer, p: Place, kind: Kind, deep: int) -> str:
    if w.chance(3):
        return f"绝对值({w.of(kind, p, deep + 1)})"
    return f"{w.pick(('取小', '取大'))}({', '.join(w.of(kind, p, deep + 1) for _ in range(2))})"


@makes("合计", "最大", "最小", kinds=COUNTED, weight=3)
def _number_of_rows(w: Writer, p: Place, kind: Kind, deep: int) -> str | None:
    return down(w, p, deep, w.pick(("合计", "最大", "最小")), kind)


@makes("计数", "计数日", kinds=(I,), weight=3)
def _count(w: Writer, p: Place, kind: Kind, deep: int) -> str | None:
    if w.chance(2):
        return down(w, p, deep, "计数日", w.pick((D, E, I)))
    return down(w, p, deep, "计数", None)


@makes("相差天", "工作日数", kinds=(I,), weight=2)
def _apart(w: Writer, p: Place, kind: Kind, deep: int) -> str:
    return f"{w.pick(('相差天', '工作日数'))}({w.of(D, p, deep + 1)}, {w.of(D, p, deep + 1)})"


@makes("年", "月", "日", kinds=(I,))
def _part(w: Writer, p: Place, kind: Kind, deep: int) -> str:
    return f"{w.pick(('年', '月', '日'))}({w.of(D, p, deep + 1)})"


@makes("序号", "Ordinal", kinds=(I,), weight=2)
def _ordinal(w: Writer, p: Place, kind: Kind, deep: int) -> str | None:
    if not p.rows or p.child is not None:
        return None
    order = [path for kind in (D, I) for path, _ in named(p.table, kind, steps=0)]
    group = [path for kind in (Kind.REF, E) for path, _ in named(p.table, kind, steps=0)]
    if not order or not group:
        return None
    return f"序号({w.pick(order)}, {w.pick(group)}, {w.of(B, replace(p, rows=False, moments=()), deep + 2)})"


@makes("名次", "Rank", kinds=(I,), weight=2)
def _rank(w: Writer, p: Place, kind: Kind, deep: int) -> str | None:
    if not p.rows or p.child is not None:
        return None
    inner = replace(p, rows=False, moments=())
    item = w.of(w.pick(COUNTED), inner, deep + 2)
    return f"名次({item}, {w.of(B, inner, deep + 2)})" if w.chance(2) else f"名次({item})"


# -- lengths


@makes("Figure", kinds=LENGTHS, weight=2)
def _length(w: Writer, p: Place, kind: Kind, deep: int) -> str:
    figures = [name for name, of in w.names.figures if of is kind]
    return w.pick(figures) if figures else str(w.constant(kind))


# -- down a relation


def down(w: Writer, p: Place, deep: int, word_: str, kind: Kind | None) -> str | None:
    """A relation function: the child by its only reference, or by an equality that the author writes."""
    if not p.rows or p.child is not None:
        return None
    plain = children(p.table, derived=p.derived)
    far = [t for t in COLUMNS if links(t, p.table) and (p.derived or t not in DERIVED)]
    options = [(t, None) for t in plain] * 2 + [(t, w.names) for t in far]
    options = [one for one in options if kind is None or named(one[0], kind, steps=0)]
    if not options:
        return None
    child, explicit = w.pick(options)
    inside = replace(p, child=child, rows=False)
    item = child if kind is None else f"{child}.{w.pick(named(child, kind, steps=0))[0]}"
    conditions = [] if explicit is None else [w.pick(links(child, p.table))]
    if explicit is not None and child == p.table:
        conditions = [one for one in conditions if not one.startswith("本.")]
    if not w.chance(3):
        made = w.of(B, inside, deep + 2)
        conditions.append(f"({made})" if conditions else made)
    return f"{word_}({', '.join([item, *([' AND '.join(conditions)] if conditions else [])])})"
