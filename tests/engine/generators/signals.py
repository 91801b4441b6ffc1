"""Random warnings, grades and gates in the notation of the rules."""

from typing import Any

from daihou.rulebook.nodes import Kind
from generators.duties import head
from generators.expressions import Place, Writer
from generators.words import ident, named, table_of, values_of

WARNED = ("合同", "合同", "主体", "整改", "报表", "检查", "资料应报")
GRADED = ("合同", "合同", "主体")
ASKED = ("展期申请", "合同", "主体")
LEVELS = ("关注", "重要", "重大")


def warning(w: Writer, number: int, table: str) -> dict[str, Any]:
    """One warning signal."""
    rule = head(w, "预警", table, number)
    place = Place(table, derived=w.chance(4))
    rule["方式"] = w.pick(("A", "A", "S", "M"))
    if w.chance(3):
        rule["条件"] = w.of(Kind.BOOL, place, 1)
    if rule["方式"] != "M":
        rule["级"] = {level: w.of(Kind.BOOL, place, 1) for level in w.some(LEVELS, 1, 3)}
    if rule["方式"] != "M" or w.chance(2):
        kind = w.pick((Kind.DATE, Kind.INT, Kind.TEXT, Kind.ENUM, Kind.BOOL, Kind.NUM, Kind.REF))
        options = [path for path, _ in named(table, kind, steps=0)]
        rule["次"] = (
            w.pick(options) if options and w.chance(2) else w.of(w.pick((Kind.DATE, Kind.INT)), place, 1)
        )
    parties = [path for path, c in named(table, Kind.REF, steps=1) if c.ref == "party"]
    if parties and w.chance(3):
        rule["主体"] = w.pick(parties)
    if w.chance(4):
        rule["措施"] = ["措一"]
    if w.chance(2):
        rule["数据"] = {f"数{i}": _shown(w, place) for i in range(w.pick((1, 2, 3)))}
    return rule


def _shown(w: Writer, place: Place) -> str:
    kind = w.pick((Kind.DATE, Kind.FEN, Kind.INT, Kind.NUM, Kind.BOOL, Kind.ENUM, Kind.TEXT))
    if kind in {Kind.ENUM, Kind.TEXT}:
        options = [path for path, _ in named(place.table, kind, steps=1)]
        return w.pick(options) if options else "当日"
    return w.of(kind, place, 1)


def grade(w: Writer, number: int, table: str) -> dict[str, Any]:
    """One grade."""
    rule = head(w, "分级", table, number)
    place = Place(table)
    column = "五级" if table == "合同" else "客户等级"
    worst = w.chance(2)
    rule["取"] = "最差" if worst else "首个"
    words = values_of(str(table_of(table).columns[ident(column)].enum))
    if worst:
        words = tuple(reversed(words))
    levels = {level: w.of(Kind.BOOL, place, 1) for level in w.some(words, 1, len(words))}
    rule["底线" if worst and w.chance(2) else "级"] = levels
    if w.chance(2):
        rule["条件"] = w.of(Kind.BOOL, place, 1)
    if w.chance(2) or table == "主体":
        rule["现级"] = column
    if not worst:
        return rule
    if w.chance(2):
        rule["建议"] = (
            f"CASE WHEN {w.of(Kind.BOOL, place, 1)} THEN '{w.pick(words)}' ELSE '{w.pick(words)}' END"
        )
        if "现级" not in rule:
            rule["建议"] = column
    if table == "合同" and w.chance(2):
        rule["人工"] = {"列": "人工五级", "批准": "人工五级批准日"}
    if "现级" in rule and w.chance(2):
        rule["上调"] = {"满": w.pick(("1月", "6月")), "自": w.of(Kind.DATE, place, 1)}
    return rule


def gate(w: Writer, number: int, table: str) -> dict[str, Any]:
    """One gate."""
    rule = head(w, "闸", table, number)
    place = Place(table)
    if w.chance(3):
        rule["条件"] = w.of(Kind.BOOL, place, 1)
    refusals: list[Any] = []
    for _ in range(w.pick((1, 2, 2))):
        kind = w.pick((Kind.FEN, Kind.DATE, Kind.INT, Kind.BOOL, Kind.NUM, Kind.ENUM, Kind.TEXT))
        options = [path for path, _ in named(table, kind, steps=1)]
        place_of = f" {{{w.pick(options)}}}" if options else ""
        reason = {"因": f"尚缺{place_of}"} | ({"英": f"Still lacking{place_of}"} if w.chance(2) else {})
        plain = w.chance(3)
        when = w.of(Kind.BOOL, place, 1)
        refusals.append(when if plain else {**reason, "当": when})
    rule["不许"] = refusals
    return rule
