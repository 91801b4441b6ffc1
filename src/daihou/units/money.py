"""Money as integer fen: reading what people write, and writing it for them. No binary fractions are kept.

A text is read only where one meaning is possible; everything else is refused with a code, never guessed.
"""

import re
from decimal import Decimal
from fractions import Fraction

from daihou.units.faults import UnitsError
from daihou.units.halfwidth import to_halfwidth

MAX_FEN = 10**16
"""The largest amount taken: 10^16 fen, a hundred trillion yuan; above it an amount is a slip of the pen."""

_MAX_FLOAT_YUAN = 10**12  # a cell's binary fraction carries 15 digits; beyond this the fen are not among them
_FLOAT_TOLERANCE_YUAN = Fraction(1, 10**6)
_MAX_CHARACTERS = 60
_FEN_PER_UNIT = {
    "分": 1,
    "角": 10,
    "元": 100,
    "圆": 100,
    "千元": 10**5,
    "万": 10**6,
    "万元": 10**6,
    "百万元": 10**8,
    "千万元": 10**9,
    "亿": 10**10,
    "亿元": 10**10,
}
_FEN_PER_WAN_CENT = 10**4  # 0.01 万元

_CURRENCY = r"(?:¥|人民币|RMB|CNY)?\s*"
_AMOUNT = re.compile(
    rf"(?P<sign>[-+]?)\s*{_CURRENCY}(?P<inner>[-+]?)\s*(?P<number>[\d.,]*\d[\d.,]*)\s*"
    rf"(?P<unit>{'|'.join(sorted(_FEN_PER_UNIT, key=len, reverse=True))})?[整正]?",
    re.IGNORECASE,
)
_LEADING_ZERO = re.compile(r"0\d.*|0,.*")
_PLAIN = re.compile(r"\d*\.?\d+|\d{1,3}(?:,\d{3})+(?:\.\d+)?")
_APPROXIMATE = re.compile(r"[约近余多超几数~≈]|左右|上下|以上|以下|以内|不足|大概|不到|\d\s*[-至到]\s*\d")
_EXPONENT = re.compile(r"\d\s*[eE][-+]?\d")
_FOREIGN = re.compile(r"[$€£]|美元|港[元币]|欧元|日元|英镑|USD|HKD|EUR|JPY|GBP", re.IGNORECASE)


class MoneyError(UnitsError):
    """An amount whose meaning is not certain, or that is no amount."""


def read_fen(text_or_number: object, unit: str = "元") -> int:
    """The amount in fen of a cell or a field, where its meaning is certain; MoneyError otherwise.

    `unit` is what a bare number counts (元, 万元, 亿元, 分, …); a unit written in the text has the last
    word. Text may be full-width, grouped by thousands, signed, in accountants' parentheses, with ¥ before.
    Numbers may be int, Decimal, or the float of an Excel cell that lies within 0.000001 yuan of a whole
    number of fen. Refused are blanks, true and false, more than two decimals of a yuan, foreign grouping
    (1.234,56), approximations (约10万), powers (1.2E+5), other currencies.
    """
    if unit not in _FEN_PER_UNIT:
        raise MoneyError("money-unit", unit=unit)
    if isinstance(text_or_number, str):
        return _read_text(text_or_number, unit)
    if isinstance(text_or_number, bool) or not isinstance(text_or_number, int | float | Decimal):
        raise MoneyError("money-empty" if text_or_number is None else "money-text", value=text_or_number)
    if isinstance(text_or_number, float):
        return _read_float(text_or_number, unit)
    return _scale(Decimal(text_or_number), unit, text_or_number)


def _read_text(text: str, unit: str) -> int:
    body = to_halfwidth(text).replace("\u2212", "-").strip().strip("\ufeff")
    if not body:
        raise MoneyError("money-empty", value=text)
    negative = body.startswith("(") and body.endswith(")")
    found = (
        _AMOUNT.fullmatch(body[1:-1].strip() if negative else body) if len(body) <= _MAX_CHARACTERS else None
    )
    signs = (found["sign"] + found["inner"]) if found else ""
    if found is None or len(signs) > 1 or (negative and signs):
        raise MoneyError(_reason(body), value=text[:_MAX_CHARACTERS])
    if _LEADING_ZERO.fullmatch(found["number"]):  # an account number, or a bank file's fen without a point
        raise MoneyError("money-leading-zero", value=text)
    if not _PLAIN.fullmatch(found["number"]):
        raise MoneyError("money-grouping", value=text)
    number = Decimal(found["number"].replace(",", ""))
    return _scale(-number if negative or signs == "-" else number, found["unit"] or unit, text)


def _reason(body: str) -> str:
    """Which of the known ways of writing no certain amount this is."""
    for code, pattern in (
        ("money-currency", _FOREIGN),
        ("money-exponent", _EXPONENT),
        ("money-approximate", _APPROXIMATE),
    ):
        if pattern.search(body):
            return code
    return "money-text"


def _scale(number: Decimal, unit: str, shown: object) -> int:
    """A decimal number of `unit` as fen, exactly."""
    if not number.is_finite():
        raise MoneyError("money-text", value=shown)
    if number and number.adjusted() > len(str(MAX_FEN)):  # before a power of ten is written out
        raise MoneyError("money-too-large", value=shown)
    if number and number.adjusted() < -_MAX_CHARACTERS:
        raise MoneyError("money-below-fen", value=shown)
    fen = Fraction(number) * _FEN_PER_UNIT[unit]
    if fen.denominator != 1:
        raise MoneyError("money-below-fen", value=shown)
    return _within_limit(int(fen), shown)


def _read_float(number: float, unit: str) -> int:
    """A binary fraction as Excel keeps it: the shortest decimal that means it must lie on a whole fen."""
    exact = Decimal(repr(number))
    if not exact.is_finite():
        raise MoneyError("money-text", value=number)
    fen = Fraction(exact) * _FEN_PER_UNIT[unit]
    if abs(fen) > _MAX_FLOAT_YUAN * 100:
        raise MoneyError("money-float-digits", value=number)
    if abs(fen - round(fen)) / 100 > _FLOAT_TOLERANCE_YUAN:
        raise MoneyError("money-below-fen", value=number)
    return round(fen)


def _within_limit(fen: int, shown: object) -> int:
    if abs(fen) > MAX_FEN:
        raise MoneyError("money-too-large", value=shown)
    return fen


def format_yuan(fen: int, *, grouping: bool = True) -> str:
    """Yuan with two decimals: 1,234.56 or 1234.56; a minus sign before a negative amount."""
    yuan, rest = divmod(abs(fen), 100)
    return f"{'-' if fen < 0 else ''}{yuan:{',' if grouping else ''}}.{rest:02d}"


def format_wan(fen: int) -> str:
    """Ten thousands of yuan with two decimals and grouping, for reading only; halves round away from zero."""
    cents = (abs(fen) + _FEN_PER_WAN_CENT // 2) // _FEN_PER_WAN_CENT
    return format_yuan(-cents if fen < 0 else cents)


def chinese_capitals(fen: int) -> str:
    """The amount in capital figures, as on a receipt: 壹万元零伍分, 壹佰元整, 负伍元贰角.

    MoneyError above MAX_FEN.
    """
    import cn2an  # noqa: PLC0415 - it takes a fifth of a second to come in, and few commands write an amount so

    amount = format_yuan(_within_limit(abs(fen), fen), grouping=False)
    capitals = str(cn2an.an2cn(amount, "rmb"))
    return f"负{capitals}" if fen < 0 else capitals
