"""Random duties: every kind of recurrence, every key, in the notation of the rules."""

from typing import Any

from daihou.rulebook.nodes import Kind
from generators.expressions import Place, Writer, down
from generators.words import POSTS, named, references

OBJECTS = ("合同",) * 6 + ("主体", "主体", "检查", "整改", "报表", "期供", "资料应报", "报送事项", "机构")
LATER = ("任务", "预警", "任务")
PERIODS = ("日", "工作日", "周", "半月", "月", "季", "半年", "年")
DAILY = ("日", "工作日")
LONGER = PERIODS[2:]
ANCHORED = ("日", "周", "月", "季", "半年", "年")
MORE = {"表单": "检查表", "签批": ["风控部经理", "总经理"], "类": "常规", "承接": ["old-rule"]}
DAYS = ("2025-12-31", "2026-01-01", "2026-02-14", "2026-09-30", "2024-02-29")


def head(w: Writer, kind: str, table: str, number: int) -> dict[str, Any]:
    """What every rule begins with."""
    rule = {
        kind: f"第{number}条",
        "编号": w.names.rules[number],
        "依据": "某办法 一",
        "条目": ["P00-01"],
        "意旨": "试一试",
        "对象": table,
    }
    if w.chance(3):
        rule["英"] = "Try it"
    if w.chance(4):
        rule["来源"] = "自定"
    since, until = sorted(w.some(DAYS, 2, 2))
    if w.chance(5):
        rule["自"] = since
    if w.chance(9):
        rule["至"] = until
    return rule


def duty(w: Writer, number: int, table: str) -> dict[str, Any]:
    """One duty."""
    rule = head(w, "规则", table, number)
    place = Place(table, derived=table in LATER)
    kind = w.pick(("once", "once", "periodic", "periodic", "rolling"))
    if kind == "rolling" and not _acts(table):
        kind = "once"
    if kind == "periodic":
        moments = _periodic(w, rule, place)
    elif kind == "rolling":
        moments = _rolling(w, rule, place)
    else:
        rule["起算"] = begin(w, place)
        moments = ("起算",)
    if kind == "once" and w.chance(3):
        what = w.pick((Kind.INT, Kind.DATE, Kind.NUM, Kind.BOOL, Kind.FEN))
        rule["次"] = w.leaf(what, Place(table)) if w.chance(2) else w.of(what, _at(place, moments), 1)
    if w.chance(3):
        rule["条件"] = w.of(Kind.BOOL, _at(place, moments), w.pick((0, 1, 2, 3, 4)))
    daily = _is_daily(w, rule)
    if daily:
        rule.pop("起算", None)
    else:
        moments = _window(w, rule, place, kind, moments)
    _rest(w, rule, place, kind, moments)
    if daily:
        _single_days(w, rule, place)
    if w.chance(4):
        named_by_all = () if daily else moments
        rule["版本"] = _versions(w, rule, place, kind, named_by_all)
    return rule


def _single_days(w: Writer, rule: dict[str, Any], place: Place) -> None:
    """A day is its own window; it is closed by an act found in a child table, or by a completion."""
    for key in ("变通", "首期"):
        rule.pop(key, None)
    if "条件" in rule:
        rule["条件"] = w.of(Kind.BOOL, Place(place.table, derived=place.derived))
    if "完成" in rule:
        made = down(w, Place(place.table, rule_moments(rule)), 1, "最早", Kind.DATE)
        rule.pop("完成")
        if made is not None:
            rule["完成"] = made


def _is_daily(w: Writer, rule: dict[str, Any]) -> bool:
    """Whether the periods may be single days: by name, by a branch, by what a figure or a column may hold."""
    every = rule.get("每")
    held = {"频率", *(name for name, kind in w.names.figures if kind is Kind.PERIOD)}
    text = every if isinstance(every, str) else ""
    return text in {*DAILY, *held} or any(f"'{one}'" in text for one in DAILY)


def rule_moments(rule: dict[str, Any]) -> tuple[str, ...]:
    return ("期初", "期末", "起算", "到期") if "每" in rule else ("起算",)


def begin(w: Writer, place: Place) -> str:
    """A day to count from: mostly one that the row itself holds."""
    columns = [path for path, _ in named(place.table, Kind.DATE, steps=0)]
    return w.of(Kind.DATE, place, 1) if not columns or w.chance(6) else w.pick(columns)


def _at(place: Place, moments: tuple[str, ...]) -> Place:
    return Place(place.table, moments, derived=place.derived)


def _acts(table: str) -> list[tuple[str, str]]:
    """(child, day) of the acts that may close the intervals of a rolling duty."""
    acts = {
        "合同": [("检查", "检查日"), ("整改", "要求日"), ("期供", "还款日"), ("检查", "报告提交日")],
        "主体": [("检查", "检查日"), ("报表", "期末"), ("资料应报", "收到日")],
        "报送事项": [("报送记录", "报送日")],
    }
    return acts.get(table, [])


# -- recurrence


def _periodic(w: Writer, rule: dict[str, Any], place: Place) -> tuple[str, ...]:
    shape = w.pick(("word", "word", "word", "yearly", "anchored", "column", "case", "figure"))
    figures = [name for name, kind in w.names.figures if kind is Kind.PERIOD]
    if shape == "yearly":
        rule["每"] = {
            "年内": w.pick((["06-20", "12-20"], ["02-28"], ["03-31", "06-30", "09-30", "12-31"], ["02-29"]))
        }
    elif shape == "anchored":
        rule["每"] = {"期": w.pick(ANCHORED), "自": begin(w, place)}
    elif shape == "column" and place.table == "报送事项":
        rule["每"] = "频率"
    elif shape == "case":
        one, other = (w.pick(PERIODS if w.chance(6) else LONGER) for _ in range(2))
        rule["每"] = (
            f"CASE WHEN {w.of(Kind.BOOL, place, 1)} THEN '{one}' WHEN {w.of(Kind.BOOL, place, 2)} THEN '{other}' END"
        )
    elif shape == "figure" and figures:
        rule["每"] = w.pick(figures)
    else:
        rule["每"] = w.pick(PERIODS)
    if w.chance(2):
        rule["首"] = begin(w, place)
        if w.chance(2):
            rule["首期"] = w.pick((1, 15, 30, 31, 400))
    if w.chance(3):
        rule["末"] = w.of(Kind.DATE, place, 2)
    moments = ("期初", "期末", "期名")
    if w.chance(4):
        rule["起算"] = w.of(Kind.DATE, _at(place, moments), 1)
    return (*moments, "起算")


def _rolling(w: Writer, rule: dict[str, Any], place: Place) -> tuple[str, ...]:
    child, day = w.pick(_acts(place.table))
    rule["循环"] = {"行": child, "日": day, "首": begin(w, place)}
    if w.chance(2):
        rule["循环"]["条件"] = w.of(Kind.BOOL, Place(place.table, child=child, rows=False), 1)
    return ("起算", "上次")


# -- window


def _window(
    w: Writer, rule: dict[str, Any], place: Place, kind: str, moments: tuple[str, ...]
) -> tuple[str, ...]:
    """开放, 到期, 失效 in one of the orders in which they may lean on each other."""
    ended = kind != "periodic" or w.chance(3)
    endless = ended and w.chance(10)
    if w.chance(4):
        rule["开放"] = _day(w, place, moments if w.chance(2) or not ended or endless else (*moments, "到期"))
    leaning = "到期" in rule.get("开放", "")
    if ended:
        known = (*moments, "开放") if "开放" in rule and not leaning else moments
        rule["到期"] = "无" if endless else _day(w, place, known)
    if "开放" in rule:
        moments = (*moments, "开放")
    if not endless:
        moments = (*moments, "到期")
    if w.chance(3):
        rule["失效"] = _day(w, place, moments)
        moments = (*moments, "失效")
    if ended and not endless and w.chance(3):
        rule["取值"] = w.pick(("逐段", "起算"))
    piecewise = rule.get("取值", "逐段" if kind == "rolling" else "起算") == "逐段"
    if piecewise and not endless and w.chance(2):
        rule["缓冲"] = w.length(Kind.WORKDAYS, Place(place.table), 2)
    return moments


def _day(w: Writer, place: Place, moments: tuple[str, ...]) -> str:
    """A day that mostly lies some time after a moment."""
    if w.chance(3):
        return w.of(Kind.DATE, _at(place, moments), 1)
    base = w.pick([moment for moment in moments if moment != "期名"])
    how, length = w.pick((("加天", Kind.DAYS), ("加月", Kind.MONTHS), ("加工作日", Kind.WORKDAYS)))
    return f"{how}({base}, {w.length(length, place, 2)})"


# -- the rest


def _rest(w: Writer, rule: dict[str, Any], place: Place, kind: str, moments: tuple[str, ...]) -> None:
    rule["责任"] = responsible(w, place.table)
    if kind != "rolling" and w.chance(2):
        rule["完成"] = _done(w, place, moments)
    if kind == "periodic" and w.chance(4):
        _backlog(w, rule, place)
    if w.chance(5):
        rule["变通"] = {"豁免": w.of(Kind.BOOL, _at(place, moments), 1)} | (
            {"延期": "需理由"} if w.chance(2) else {}
        )
    endless = rule.get("到期") == "无"
    if w.chance(3) and not endless:
        rule["逾期"] = ladder(w, kind)
    if w.chance(4) and not endless:
        rule["提醒"] = w.pick(("1工作日", "3天", "0天", "5工作日"))
    rule |= {key: value for key, value in MORE.items() if w.chance(8)}
    if "至" in rule and w.chance(2):
        rule["终止"] = "撤回"


def _done(w: Writer, place: Place, moments: tuple[str, ...]) -> str:
    """An act found in another table, or a day of the row itself, or both."""
    inside = _at(place, moments)
    options = [
        day for day, column in named(place.table, Kind.DATE, steps=0) if column.type.value == "happened"
    ]
    if options and w.chance(3):
        return w.pick(options)
    return w.of(Kind.DATE, inside, 1)


def _backlog(w: Writer, rule: dict[str, Any], place: Place) -> None:
    """补: a duty that stays open is closed by an act that names its own period, or by 办结."""
    rule["补"] = "是"
    rule.pop("完成", None)
    if place.table == "主体" and w.chance(2):
        rule["完成"] = w.pick(
            ("最早(资料应报.收到日, 所属期末 = 本.期末)", "最早(报表.收到日, 期末 = 本.期末)")
        )
    elif place.table == "报送事项" and w.chance(2):
        rule["完成"] = "最早(报送记录.报送日, 所属期初 = 本.期初)"


def responsible(w: Writer, table: str) -> Any:
    """责任: one person, several each, jointly, or started by one."""
    people = _people(table)
    shape = w.pick(("alone", "alone", "each", "jointly", "started"))
    if shape == "alone":
        return w.pick(people)
    if shape == "each":
        return {"各": w.some(people, 1, 2)}
    return {"同办": w.some(people, 1, 2)} | ({"发起": w.pick(POSTS)} if shape == "started" else {})


def _people(table: str) -> tuple[str, ...]:
    columns = [path for path, c in named(table, Kind.REF, steps=1) if c.ref == "employee"]
    branches = (
        ["机构"]
        if table == "机构"
        else [path for path, c in named(table, Kind.REF, steps=1) if c.ref == "branch"]
    )
    at = [f"{post}@{branch}" for post in POSTS[1:3] for branch in branches]
    return (*POSTS[1:], *columns, *columns, *at)


def ladder(w: Writer, kind: str) -> list[dict[str, Any]]:
    """逾期: steps after days, working days, or periods missed."""
    steps = [
        {"满": w.pick(("0天", "1工作日", "3天", "10工作日")), "报": w.pick(POSTS)}
        for _ in range(w.pick((1, 2)))
    ]
    if kind == "periodic" or w.chance(4):
        steps.append({"连漏": w.pick((1, 2, 3)), "报": w.pick(POSTS)})
    return steps


def _versions(
    w: Writer, rule: dict[str, Any], place: Place, kind: str, moments: tuple[str, ...]
) -> list[dict[str, Any]]:
    """Later wordings of some parts; the moments named are those that the first wording knows."""
    known = tuple(m for m in moments if m not in {"开放", "到期", "失效"})
    versions = []
    for since in w.pick((("2026-01-01",), ("2025-07-01", "2026-09-01"))):
        part: dict[str, Any] = {"自": since, "依据": "某办法修订"}
        if w.chance(2):
            part["条件"] = w.of(Kind.BOOL, _at(place, known), 1)
        if "到期" in rule and rule["到期"] != "无" and w.chance(2):
            part["到期"] = _day(w, place, known)
        if "开放" in rule and w.chance(2):
            part["开放"] = _day(w, place, known)
        if "失效" in rule:
            part["失效"] = _day(w, place, known)
        if "缓冲" in rule:
            part["缓冲"] = w.pick(("2工作日", "5工作日"))
        if w.chance(2):
            part["责任"] = responsible(w, place.table)
        if rule.get("到期") != "无" and w.chance(2):
            part["逾期"] = ladder(w, kind)
        versions.append(part)
    return versions


def is_reachable(table: str) -> bool:
    """Whether rows of a table lead to a party."""
    return any(to == "主体" for _, to in references(table))
