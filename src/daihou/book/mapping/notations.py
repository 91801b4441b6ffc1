"""How foreign files write days: YYYY, YY, MM, M, Mon, DD, D and what stands between them; ISO; Excel's serials."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from daihou.units import DateTextError, month_end, read_date, to_halfwidth

ISO, EXCEL = "ISO", "Excel"
_PIECES = {
    "YYYY": r"(?P<year>\d{4})",
    "YY": r"(?P<short>\d{2})",
    "Mon": r"(?P<name>[A-Za-z]{3})",
    "MM": r"(?P<month>\d{2})",
    "M": r"(?P<month>\d{1,2})",
    "DD": r"(?P<day>\d{2})",
    "D": r"(?P<day>\d{1,2})",
}
_TOKEN = re.compile("|".join(sorted(_PIECES, key=len, reverse=True)))
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_CENTURY = 100


class NotationError(ValueError):
    """A notation from which no single day can be read; ``code`` says why."""

    def __init__(self, code: str) -> None:
        """Keep the code of the message."""
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Notation:
    """One way of writing days.

    ``century_from``: two-digit years lie in the hundred years from this one on. ``last``: a month without a
    day means its last day, else its first.
    """

    text: str
    pattern: re.Pattern[str] | None
    century_from: int | None = None
    last: bool = False

    def read(self, value: object) -> date | None:
        """The day that a cell names in this notation; None where it is not written so."""
        if self.pattern is None:
            return _plain(value) if self.text == ISO else _serial(value)
        found = self.pattern.fullmatch(to_halfwidth(str(value)).strip())
        if found is None:
            return None
        parts = found.groupdict()
        month = _month(parts)
        try:
            day = date(self._year(parts), month, int(parts.get("day") or 1))
        except ValueError:
            return None
        return month_end(day) if self.last and not parts.get("day") else day

    def _year(self, parts: dict[str, str | None]) -> int:
        if parts.get("year"):
            return int(parts["year"] or 0)
        start = self.century_from or 0
        return start + (int(parts["short"] or 0) - start) % _CENTURY


def _month(parts: dict[str, str | None]) -> int:
    name = parts.get("name")
    if name is None:
        return int(parts["month"] or 0)
    return _MONTHS.index(name.lower()) + 1 if name.lower() in _MONTHS else 0


def _plain(value: object) -> date | None:
    """A day that is one already, or is written with the year first."""
    if isinstance(value, int | float):
        return None
    try:
        return read_date(value)
    except DateTextError:
        return None


def _serial(value: object) -> date | None:
    """A day that is one already, or Excel's serial number, as number or as text."""
    if isinstance(value, date | datetime):
        return _plain(value)
    text = to_halfwidth(str(value)).strip().removesuffix(".0")
    if not text.isdigit():
        return None
    try:
        return read_date(int(text))
    except DateTextError:
        return None


def notation(text: str, century_from: int | None, month_day: str | None) -> Notation:
    """The notation of a text such as MM/YYYY or D-Mon-YY.

    ``month_day``: 月初 or 月末, which day a month without one means. NotationError where year or month is
    missing or stands twice, where YY has no century, where a month has no day and none is said.
    """
    if text in (ISO, EXCEL):
        return Notation(text, None)
    tokens = _TOKEN.findall(text)
    years = [t for t in tokens if t in ("YYYY", "YY")]
    months = [t for t in tokens if t in ("Mon", "MM", "M")]
    days = [t for t in tokens if t in ("DD", "D")]
    if len(years) != 1 or len(months) != 1 or len(days) > 1:
        raise NotationError("map-notation")
    if years == ["YY"] and century_from is None:
        raise NotationError("map-century")
    if not days and month_day is None:
        raise NotationError("map-month-day")
    pattern = _spelled(text, lambda token: _PIECES[token])
    return Notation(text, re.compile(pattern), century_from, month_day == "月末")


def _spelled(text: str, piece: Callable[[str], str]) -> str:
    """The notation with every token replaced and the rest taken literally."""
    spelled, at = "", 0
    for found in _TOKEN.finditer(text):
        spelled += re.escape(text[at : found.start()]) + piece(found[0])
        at = found.end()
    return spelled + re.escape(text[at:])
