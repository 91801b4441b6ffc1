"""From what a cell holds to the column's kind of value, where the meaning is certain; else why not.

Values are read once per distinct value of a column, never once per row.
"""

import difflib
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation

from daihou.book.declared import CLOCK, Column, ColumnType, Table
from daihou.book.faults import NOTHING_NEAR, Severity
from daihou.book.identifiers import PHONE, check_identifier, phone_number
from daihou.terms import terms
from daihou.units import DateTextError, MoneyError, read_date, read_fen, to_halfwidth

TYPE_CODES: Mapping[ColumnType, str] = {kind: f"type-{kind.value}" for kind in ColumnType}
"""Codes of the messages that say what a column of each type takes."""

EXCEL_ERRORS = frozenset(
    {"#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NULL!", "#NUM!", "#SPILL!", "#CALC!"}
)
PERCENT_UNIT = "百分比"
MONEY_UNITS: Mapping[str, str] = {
    **{u: u for u in ("分", "角", "元", "千元", "万元", "百万元", "千万元", "亿元")},
    "人民币元": "元",
    "人民币": "元",
    "万": "万元",
    "亿": "亿元",
    "人民币万元": "万元",
    "yuan": "元",
    "fen": "分",
}
_YES = frozenset({"是", "√", "✓", "✔", "1", "y", "yes", "true", "t", "对"})
_NO = frozenset({"否", "×", "✗", "✘", "0", "n", "no", "false", "f", "错"})
_NUMBER = re.compile(r"[-+]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?", re.ASCII)
_POWER = re.compile(r"[-+]?\d+(?:\.\d+)?[eE][+]?\d+", re.ASCII)
_SERIAL_TEXT = re.compile(r"[2-8]\d{4}", re.ASCII)
_CLOCK = re.compile(r"(\d{1,2})(?::(\d{2})(?::[0-5]\d)?|[点时](\d{1,2})分)", re.ASCII)
_MONTH = re.compile(r"(\d{4})(?:[-/.](\d{1,2})|年(\d{1,2})月)", re.ASCII)
LONGEST_ID, LONGEST_KEY = 64, 400
"""Signs of an identifier and of a whole key: as long as the columns of a database that keep them, which not every database lets grow."""
_EXACT_INTEGER = 10**15  # Excel keeps 15 digits: a longer number has lost its end
_INT64 = 2**63
_PLAIN_YUAN = 10**9
_NUM_PLACES = Decimal("0.000001")
_NUM_LIMIT = Decimal(10**12)
_FLOAT_NOISE = Decimal("5e-10")
_TEXTS = frozenset({ColumnType.ID, ColumnType.TEXT, ColumnType.REF})
_CLOSE = 0.5


@dataclass(frozen=True, slots=True)
class Bad:
    """Why a value is refused (error: no value is read) or doubted (warning: the value stands)."""

    code: str
    severity: Severity = "error"
    params: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FormulaWithoutValue:
    """Stands in a cell whose formula was never computed."""

    def __str__(self) -> str:
        """As the report shows it."""
        return "="


Read = tuple[object, Bad | None]


def longest(column: Column) -> int:
    """How many signs an identifier in a column may have; a reference may name a row of which the key has several parts."""
    return LONGEST_KEY if column.type is ColumnType.REF else LONGEST_ID


def is_blank(value: object) -> bool:
    """Whether a cell holds nothing: empty or only spaces."""
    return value is None or (isinstance(value, str) and not value.strip("\ufeff\u3000 \t\r\n\xa0"))


def nearest(name: str, among: Iterable[str]) -> str:
    """The known name nearest to a slip of the pen, or a dash."""
    found = difflib.get_close_matches(name, list(among), n=1, cutoff=_CLOSE)
    return found[0] if found else NOTHING_NEAR


def plain(value: object) -> str:
    """A cell as trimmed text: whole numbers without a point, days as ISO dates."""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < _EXACT_INTEGER else f"{value:.15g}"
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(" ")
    return str(value).replace("\r\n", "\n").strip("\ufeff\u3000 \t\r\n\xa0")


class CellReader:
    """Reads the values of one column of one sheet.

    ``unit``: what bare amounts count (元 unless header or title says otherwise). ``whole``: the file keeps
    canonical values (Parquet): amounts are integer fen. ``percents``: the header said (%).
    """

    def __init__(
        self,
        column: Column,
        tables: Mapping[str, Table],
        domains: Mapping[str, tuple[str, ...]],
        *,
        unit: str = "元",
        whole: bool = False,
        percents: bool = False,
    ) -> None:
        """Prepare what the column's type needs."""
        self.column = column
        self._tables = tables
        self._domains = domains
        self._unit = unit
        self._whole = whole
        self._percents = percents
        self._values = enum_values(domains.get(column.enum or "", ()))
        self._read: Callable[[object], Read] = {
            ColumnType.ID: self._id,
            ColumnType.TEXT: self._text,
            ColumnType.REF: self._ref,
            ColumnType.ENUM: self._enum,
            ColumnType.DATE: self._date,
            ColumnType.HAPPENED: self._date,
            ColumnType.FEN: self._fen,
            ColumnType.INT: self._int,
            ColumnType.NUM: self._num,
            ColumnType.BOOL: self._bool,
        }[column.type]

    def read(self, value: object) -> Read:
        """The value of the column's type, None for an empty cell or a refused value."""
        if is_blank(value):
            return None, None
        if isinstance(value, FormulaWithoutValue):
            return None, Bad("formula-without-value")
        if isinstance(value, str) and value.strip() in EXCEL_ERRORS:
            return None, Bad("error-cell")
        return self._read(value)

    def _wrong(self) -> Read:
        return None, Bad(TYPE_CODES[self.column.type])

    def _text(self, value: object) -> Read:
        if self.column.check == CLOCK:
            return _clock(value)
        if isinstance(value, time | timedelta):
            return self._wrong()
        return (phone_number(plain(value)) if self.column.check == PHONE else plain(value)), None

    def _id(self, value: object) -> Read:
        if isinstance(value, bool | date | time | timedelta):
            return None, Bad("id-not-text")
        if isinstance(value, float | int) and not isinstance(value, bool):
            if abs(value) >= _EXACT_INTEGER:
                return None, Bad("id-digits-lost")
            if value != int(value):
                return None, Bad("id-not-text")
        text = to_halfwidth(plain(value)).strip()
        if self.column.check is not None and _POWER.fullmatch(text):
            return None, Bad("id-digits-lost")
        most = longest(self.column)
        if len(text) > most:
            return None, Bad("id-too-long", params={"most": str(most)})
        return text, None

    def _ref(self, value: object) -> Read:
        text, bad = self._id(value)
        table = self._tables.get(self.column.ref or "")
        return (text, bad) if bad is not None or table is None else self.key_of(table, str(text))

    def key_of(self, table: Table, text: str) -> Read:
        """The canonical key text of a row of ``table``: typed parts in their canonical form."""
        parts = self._key_parts(table)
        typed = [i for i, part in enumerate(parts) if part.type not in _TEXTS]
        if not typed:
            return text, None
        tokens = text.split("/")
        surplus = len(tokens) - len(parts)
        loose = [i for i in range(len(parts)) if i not in typed]
        if surplus < 0 or (surplus and not loose):
            return None, Bad("reference-parts", params={"parts_id": ",".join(p.id for p in parts)})
        if surplus:  # a contract number may itself hold a slash
            i = loose[0]
            tokens[i : i + surplus + 1] = ["/".join(tokens[i : i + surplus + 1])]
        said = []
        for part, token in zip(parts, tokens, strict=True):
            reader = CellReader(part, self._tables, self._domains, whole=self._whole)
            value, bad = reader.read(token) if part.type not in _TEXTS else (token.strip(), None)
            if bad is not None or value is None:
                return None, Bad("reference-parts", params={"parts_id": ",".join(p.id for p in parts)})
            said.append(canonical_text(value))
        return "/".join(said), None

    def key_is_text(self, table: Table) -> bool:
        """Whether keys of ``table`` are texts that stand as they are, without typed parts to read."""
        return all(part.type in _TEXTS for part in self._key_parts(table))

    def _key_parts(self, table: Table) -> list[Column]:
        """The columns of a key, keys of referred tables unfolded."""
        parts: list[Column] = []
        for name in table.key:
            column = table.columns[name]
            referred = self._tables.get(column.ref or "")
            unfolded = [] if referred is None else self._key_parts(referred)
            parts.extend(unfolded if len(unfolded) > 1 else [column])
        return parts

    def _enum(self, value: object) -> Read:
        text = to_halfwidth(plain(value)).strip()
        found = self._values.get(text)
        if found is not None:
            return found, None
        known = [name for name in self._values if name.isascii() == text.isascii()]
        words = dict.fromkeys(word_of(v) for v in self._values.values())
        choices = "、".join(list(words)[:12]) + ("…" if len(words) > 12 else "")  # noqa: PLR2004 -- a line's worth
        return None, Bad("unknown-value", params={"near": nearest(text, known), "choices": choices})

    def _date(self, value: object) -> Read:
        if isinstance(value, str) and _SERIAL_TEXT.fullmatch(to_halfwidth(value.strip())):
            value = int(to_halfwidth(value.strip()))  # a CSV file shows Excel's serial number as text
        if self.column.month and isinstance(value, str):
            value = _first_of_month(value)
        try:
            return read_date(value), None
        except DateTextError as error:
            return None, _of_units(error)

    def _fen(self, value: object) -> Read:
        if isinstance(value, bool | date | time | timedelta):
            return self._wrong()
        if isinstance(value, float) and self._unit == "元" and not self._whole and abs(value) < _PLAIN_YUAN:
            fen = round(value * 100)
            if (
                fen / 100 == value
            ):  # the very number that so many fen are: what read_fen finds, ten times faster
                return fen, None
        try:
            return read_fen(value, "分" if self._whole else self._unit), None
        except MoneyError as error:
            return None, _of_units(error)

    def _number(self, value: object) -> Decimal | None:
        """A plain decimal number, with its thousands grouped or not; None for anything else."""
        if isinstance(value, bool | date | time | timedelta):
            return None
        if isinstance(value, int | Decimal):
            return Decimal(value)
        if isinstance(value, float):
            return Decimal(f"{value:.15g}")
        text = to_halfwidth(str(value)).replace("\u2212", "-").strip()
        if not _NUMBER.fullmatch(text):
            return None
        try:
            return Decimal(text.replace(",", ""))
        except InvalidOperation:
            return None

    def _int(self, value: object) -> Read:
        if isinstance(value, str) and self.column.unit is not None:
            body = to_halfwidth(value).strip()
            if body.endswith(self.column.unit):
                value = body.removesuffix(self.column.unit).removesuffix("个").strip()
        if isinstance(value, str) and self.column.classes:
            value = self._class_number(to_halfwidth(value).strip())
        number = self._number(value)
        if number is None or number != int(number) or abs(number) >= _INT64:
            return self._wrong()
        return int(number), None

    def _class_number(self, text: str) -> str:
        """The number of a class that is written by its name, or by both as lists show it (3 风险类); any other text as it is."""
        numbers = {
            name: str(number)
            for number, one in enumerate(self.column.classes, self.column.low or 0)
            for name in (one, word_of(one))
        }
        head, _space, name = text.partition(" ")
        if name:
            return head if numbers.get(name.strip()) == head else text
        return numbers.get(text, text)

    def _num(self, value: object) -> Read:
        in_percent = self.column.unit == PERCENT_UNIT
        percent = isinstance(value, str) and to_halfwidth(value).strip().endswith("%")
        if percent:
            if self.column.unit not in (None, PERCENT_UNIT):
                return None, Bad("percent-without-meaning", params={"unit": self.column.unit or ""})
            value = to_halfwidth(str(value)).strip().removesuffix("%").strip()
        number = self._number(value)
        if number is None or not number.is_finite() or abs(number) >= _NUM_LIMIT:
            return self._wrong()
        if (percent or self._percents) and not in_percent:
            number = number.scaleb(-2)
        rounded = number.quantize(_NUM_PLACES)
        noise = isinstance(value, float) and abs(rounded - number) <= _FLOAT_NOISE * max(
            abs(number), Decimal(1)
        )
        bad = None if rounded == number or noise else Bad("rounded", "warning", {"kept": f"{rounded:f}"})
        return rounded, bad

    def _bool(self, value: object) -> Read:
        if isinstance(value, bool):
            return value, None
        text = to_halfwidth(plain(value)).strip().lower()
        if text in _YES:
            return True, None
        return (False, None) if text in _NO else self._wrong()


def _clock(value: object) -> Read:
    """A time of day as 08:30; seconds are dropped as the time after a day is."""
    text = value.isoformat("seconds") if isinstance(value, time) else to_halfwidth(plain(value)).strip()
    found = _CLOCK.fullmatch(text)
    if found is not None:
        text = f"{found[1]:0>2}:{found[2] or found[3]:0>2}"
    wrong = check_identifier(CLOCK, text)
    return (text, None) if wrong is None else (None, Bad(*wrong))


def _first_of_month(text: str) -> str:
    """The first day of a month that is written without a day; other texts as they are."""
    found = _MONTH.fullmatch(to_halfwidth(text).strip())
    return text if found is None else f"{found[1]}-{found[2] or found[3]}-01"


def _of_units(error: DateTextError | MoneyError) -> Bad:
    return Bad(error.code, params={key: str(param)[:80] for key, param in error.params.items()})


def word_of(identifier: str) -> str:
    """The Chinese word of an identifier; the identifier where it is no term."""
    term = terms().by_id(identifier)
    return identifier if term is None else term.word


def enum_values(domain: Iterable[str]) -> dict[str, str]:
    """Words and identifiers of a domain's values, to identifiers."""
    found = {value: value for value in domain}
    return found | {to_halfwidth(word_of(value)): value for value in found}


def canonical_text(value: object) -> str:
    """The canonical text of a value, as the change log and composite keys keep it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return value.isoformat() if isinstance(value, date) else str(value)
