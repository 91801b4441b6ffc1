"""Literals with a unit, and the first look at an expression: words, texts, numbers, signs, each with its place.

SQL parsers take ``1万`` for "1, called 万" without complaint, and curly quotes for names; so the text is cut here, before any parser sees it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from daihou.rulebook.mistakes import NOWHERE, WrongError
from daihou.rulebook.nodes import BOOL as YES_NO
from daihou.rulebook.nodes import (
    DATE,
    DAYS,
    FEN,
    INT,
    MONTHS,
    NUM,
    PERIOD,
    RATIO,
    TEXT,
    WORKDAYS,
    Literal,
    Type,
)
from daihou.terms import Source

LONGEST = 4000  # characters of one expression
_MOST_DIGITS = 18  # a number longer than this would not fit the columns

_MONEY = {"元": 100, "万元": 1_000_000, "亿元": 10_000_000_000}
_COUNTS = {"天": DAYS, "工作日": WORKDAYS, "月": MONTHS}
UNITS = (*_MONEY, *_COUNTS, "%")

PERIODS = {
    "日": "day",
    "工作日": "working_day",
    "周": "week",
    "半月": "half_month",
    "月": "month",
    "季": "quarter",
    "半年": "half_year",
    "年": "year",
}
"""Kinds of period by word, and their identifiers."""

KEYWORDS = frozenset(
    "AND OR NOT IN BETWEEN IS NULL CASE WHEN THEN ELSE END TRUE FALSE DATE".split()  # noqa: SIM905
)

_TOKEN = re.compile(
    r"(?P<space>[ \t\r\n]+)"
    r"|(?P<string>'(?:[^']|'')*')"
    r"|(?P<number>[0-9]+(?:\.[0-9]+)?)"
    r"|(?P<name>[A-Za-z_〇㐀-䶿一-鿿][0-9A-Za-z_〇㐀-䶿一-鿿]*(?:\.[A-Za-z_〇㐀-䶿一-鿿][0-9A-Za-z_〇㐀-䶿一-鿿]*)*)"
    r"|(?P<comment>--|/\*)"
    r"|(?P<sign><>|!=|<=|>=|[=<>+\-*(),%])"
)
_WIDE = dict(zip("“”‘’，（）；：＝＞＜％＋－＊。、　！｜＂＇", "''''`()  =><%+-*.,      ''", strict=False))
_AMOUNT = re.compile(
    r"(?P<sign>[-+]?)(?P<number>[0-9]+(?:\.[0-9]+)?) *(?P<unit>亿元|万元|元|工作日|天|月|%)?"
)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


@dataclass(frozen=True)
class Token:
    """A piece of an expression: ``kind`` is string, value, name, keyword or sign; ``at`` counts characters from 1."""

    kind: str
    text: str
    at: int
    value: Literal | None = None

    @property
    def operand(self) -> bool:
        """Whether it can stand on one side of a sign."""
        return self.kind in {"string", "value", "name"}


def cut(text: str, source: Source = NOWHERE) -> list[Token]:
    """Cut an expression into tokens; WrongError where a character or a unit has no meaning here."""
    if len(text) > LONGEST:
        raise WrongError("expression-too-long", source, limit=LONGEST)
    tokens: list[Token] = []
    position = 0
    while position < len(text):
        found = _TOKEN.match(text, position)
        if found is None:
            raise _strange(text, position, source)
        kind = str(found.lastgroup)
        if kind == "number":
            token, position = _number(text, found, source)
            tokens.append(token)
            continue
        if kind == "comment" or found.group() == "%":
            raise WrongError("strange-sign", source, position + 1, sign=found.group())
        if kind != "space":
            tokens.append(_plain(kind, found.group(), position + 1))
        position = found.end()
    return _with_dates(tokens, source)


def _plain(kind: str, text: str, at: int) -> Token:
    if kind == "string":
        body = text[1:-1].replace("''", "'")
        return Token("string", body, at, Literal(TEXT, body))
    if kind == "name" and text.upper() in KEYWORDS:
        return Token("keyword", text.upper(), at)
    return Token(kind, text, at)


def _strange(text: str, position: int, source: Source) -> WrongError:
    """The mistake of a character that cannot stand in an expression."""
    sign = text[position]
    if sign in _WIDE:
        return WrongError("full-width", source, position + 1, sign=sign)
    if sign == "'":
        return WrongError("open-quote", source, position + 1)
    if sign == '"':
        return WrongError("double-quote", source, position + 1)
    if sign == "/":
        return WrongError("division", source, position + 1)
    return WrongError("strange-sign", source, position + 1, sign=sign)


def _number(text: str, found: re.Match[str], source: Source) -> tuple[Token, int]:
    """A number with the unit that follows it, directly or after spaces."""
    at = found.start() + 1
    end = found.end()
    if text.startswith("%", end):
        return Token("value", found.group() + "%", at, amount(found.group(), "%", source, at)), end + 1
    gap = len(text) - len(text[end:].lstrip(" "))
    following = _TOKEN.match(text, gap)
    if following is not None and following.lastgroup == "name":
        word = following.group()
        if word in UNITS:
            return Token(
                "value", found.group() + word, at, amount(found.group(), word, source, at)
            ), following.end()
        if gap == end:
            raise WrongError("unknown-unit", source, at, number=found.group(), unit=word)
    return Token("value", found.group(), at, amount(found.group(), None, source, at)), end


def _with_dates(tokens: list[Token], source: Source) -> list[Token]:
    """Join the keyword DATE with the text behind it."""
    joined: list[Token] = []
    for token in tokens:
        if token.kind == "string" and joined and joined[-1].text == "DATE" and joined[-1].kind == "keyword":
            at = joined.pop().at
            day = day_of(token.text)
            if day is None:
                raise WrongError("bad-date", source, token.at, text=token.text)
            joined.append(Token("value", token.text, at, Literal(DATE, day)))
        else:
            joined.append(token)
    return joined


def amount(number: str, unit: str | None, source: Source, at: int | None = None) -> Literal:
    """A number with its unit as a literal: money in fen, ratios exact, durations as whole counts."""
    if len(number) > _MOST_DIGITS:
        raise WrongError("number-too-long", source, at, number=number)
    value = Decimal(number)
    if unit is None:
        return Literal(NUM, value) if "." in number else Literal(INT, int(number))
    if unit == "%":
        return Literal(RATIO, Fraction(value) / 100)
    factor = _MONEY.get(unit, 1)
    whole = value * factor
    if int(whole) >= 10**_MOST_DIGITS:
        raise WrongError("amount-too-large", source, at, text=number + unit)
    if whole != int(whole):
        code = "broken-amount" if unit in _MONEY else "not-whole"
        raise WrongError(code, source, at, text=number + unit, name=unit)
    return Literal(FEN if unit in _MONEY else _COUNTS[unit], int(whole))


def day_of(text: str) -> date | None:
    """The day of an ISO text; None if it is none."""
    if _DAY.fullmatch(text) is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def constant(text: str, source: Source) -> Literal:
    """A constant written as a YAML value: 10天, 10万元, 20%, 3, 0.5, 季, 2026-01-31, 是, '文本'."""
    found = _AMOUNT.fullmatch(text)
    if found is not None:
        literal = amount(found["number"], found["unit"], source)
        return literal if found["sign"] != "-" else negative(literal)
    if text in PERIODS or text in PERIODS.values():
        return Literal(PERIOD, PERIODS.get(text, text))
    if (day := day_of(text)) is not None:
        return Literal(DATE, day)
    if (flag := flag_of(text)) is not None:
        return Literal(YES_NO, flag)
    if len(text) > 1 and text[0] == text[-1] == "'":
        return Literal(TEXT, text[1:-1])
    raise WrongError("bad-constant", source, text=text)


def negative(literal: Literal) -> Literal:
    """The same number below zero."""
    value = literal.value
    if isinstance(value, bool) or not isinstance(value, int | Decimal | Fraction):
        raise TypeError(literal)
    return Literal(literal.type, -value)


def flag_of(text: str) -> bool | None:
    """Yes or no; None for anything else."""
    return {"是": True, "否": False, "true": True, "false": False, "yes": True, "no": False}.get(text.lower())


def kind_of_unit(unit: str) -> Type | None:
    """The type that a unit gives."""
    return FEN if unit in _MONEY else RATIO if unit == "%" else _COUNTS.get(unit)
