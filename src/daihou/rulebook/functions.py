"""The functions of the language: word, identifier, what they take, what they give.

Words are those of ``terms`` (words/language.yaml); a function may be called by word or by identifier.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from daihou.rulebook.nodes import BOOL, DATE, DAYS, INT, MONTHS, WORKDAYS, Fold, Kind, Relative, Type


@dataclass(frozen=True)
class Scalar:
    """A function of values of one row. ``takes``: the kind of each argument; ``gives``: its result."""

    id: str
    takes: tuple[Type, ...]
    gives: Type


@dataclass(frozen=True)
class Choice:
    """A function of any number of arguments of one kind, which is also its result; ``kinds`` that it accepts."""

    id: str
    kinds: frozenset[Kind]
    least: int = 2


_NUMBERS = frozenset({Kind.FEN, Kind.INT, Kind.NUM, Kind.DAYS, Kind.WORKDAYS, Kind.MONTHS})
_DATES = frozenset({Kind.DATE})

SCALARS: Mapping[str, Scalar] = MappingProxyType(
    {
        "加天": Scalar("add_days", (DATE, DAYS), DATE),
        "加月": Scalar("add_months", (DATE, MONTHS), DATE),
        "加工作日": Scalar("add_working_days", (DATE, WORKDAYS), DATE),
        "当月日": Scalar("day_of_month", (DATE, INT), DATE),
        "次月日": Scalar("day_of_next_month", (DATE, INT), DATE),
        "相差天": Scalar("days_between", (DATE, DATE), INT),
        "工作日数": Scalar("working_days_between", (DATE, DATE), INT),
        "是工作日": Scalar("is_working_day", (DATE,), BOOL),
        "年": Scalar("year", (DATE,), INT),
        "月": Scalar("month", (DATE,), INT),
        "日": Scalar("day", (DATE,), INT),
        "月初": Scalar("month_start", (DATE,), DATE),
        "月末": Scalar("month_end", (DATE,), DATE),
        "季初": Scalar("quarter_start", (DATE,), DATE),
        "季末": Scalar("quarter_end", (DATE,), DATE),
        "半年初": Scalar("half_start", (DATE,), DATE),
        "半年末": Scalar("half_end", (DATE,), DATE),
        "年首": Scalar("year_start", (DATE,), DATE),
        "年末": Scalar("year_end", (DATE,), DATE),
    }
)

CHOICES: Mapping[str, Choice] = MappingProxyType(
    {
        "较早": Choice("earliest_of", _DATES),
        "较晚": Choice("latest_of", _DATES),
        "取小": Choice("least_of", _NUMBERS),
        "取大": Choice("greatest_of", _NUMBERS),
        "优先": Choice("coalesce", frozenset(Kind) - {Kind.RATIO}),
        "绝对值": Choice("absolute", _NUMBERS, least=1),
        "全部": Choice("all_of", _DATES),
    }
)

ROW_KEY = "row_key"
"""Call made by the reader only: the key of the own row, its parts joined by "/" (arguments: the key columns)."""

FOLDS: Mapping[str, Fold] = MappingProxyType(
    {
        "最早": Fold.FIRST,
        "最晚": Fold.LAST,
        "合计": Fold.SUM,
        "最大": Fold.MAX,
        "最小": Fold.MIN,
        "计数": Fold.COUNT,
        "计数日": Fold.COUNT_DISTINCT,
        "有": Fold.EXISTS,
        "全部": Fold.ALL_DONE,
        "最近": Fold.LATEST,
    }
)

RELATIVES: Mapping[str, Relative] = MappingProxyType(
    {"前期": Relative.PREVIOUS, "同期": Relative.SAME_PERIOD, "年初": Relative.YEAR_START}
)

SPECIAL: Mapping[str, str] = MappingProxyType(
    {
        "序号": "ordinal",
        "名次": "rank",
        "当时": "value_on",
        "生效日": "effective_date",
        "前值": "value_before",
        "查": "lookup",
        "增幅": "growth",
        "占比": "share",
        "数据日": "data_day",
    }
)

MOMENTS: Mapping[str, str] = MappingProxyType(
    {
        "起算": "start",
        "开放": "opens",
        "到期": "due",
        "失效": "expires",
        "期初": "period_start",
        "期末": "period_end",
        "期名": "period_label",
        "上次": "start",
    }
)

TODAY = "当日"
OWN = "本"


def function_words() -> tuple[str, ...]:
    """All words that can stand before a parenthesis."""
    return tuple(dict.fromkeys((*SCALARS, *CHOICES, *FOLDS, *RELATIVES, *SPECIAL)))


def word_of_id(name: str) -> str | None:
    """The word of a function called by its identifier; None if there is none."""
    known = {word: one.id for word, one in SCALARS.items()} | {word: one.id for word, one in CHOICES.items()}
    for word, identifier in known.items():
        if identifier == name:
            return word
    return next((word for word, identifier in SPECIAL.items() if identifier == name), None)
