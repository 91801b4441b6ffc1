"""Faults of a register as data: where, what, why refused, what to do. Collected, never raised."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from types import MappingProxyType
from typing import Literal

from daihou.terms import Catalogue, Lang, terms
from daihou.units import UnitsError

Severity = Literal["error", "warning"]
LIST_LIMIT = 10_000
"""How many faults of one code, table and column are listed; the rest are counted in one more fault."""

NOTHING_NEAR = "—"
"""What stands for a name where none is near enough to be guessed."""
_SHOWN_CHARACTERS = 80
_UNITS_CODES = ("money-", "date-")  # refusals of the units room are said in its words
_PLACE = ("table", "sheet", "row", "column", "value")


@cache
def messages() -> Catalogue:
    """The texts of this room's faults: ``code`` says why, ``code.remedy`` what to do."""
    return Catalogue.load("daihou.book")


def name_of(identifier: str, lang: Lang) -> str:
    """What a reader sees for an identifier; the identifier itself where it is no term."""
    term = terms().by_id(identifier)
    if term is None:
        return identifier
    return term.word if lang == "zh" else term.label


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault of a file.

    ``severity``: an error leaves out what it names (the row; without a row the column, the sheet or the
    file), a warning leaves nothing out. ``table`` and ``column`` are identifiers; ``sheet`` is the sheet or
    the file as the user named it; ``row`` counts from 1 as Excel does. ``params`` fill the message; those
    ending in ``_id`` hold identifiers (comma-separated), said in the reader's language; a pair ending in
    ``_zh`` and ``_en`` is one blank that the user's own file says in both.
    """

    code: str
    severity: Severity
    table: str | None
    sheet: str
    row: int | None = None
    column: str | None = None
    value: str | None = None
    params: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}), hash=False)

    def reason(self, lang: Lang) -> str:
        """Why it is refused or doubted."""
        if self.code.startswith(_UNITS_CODES):
            return UnitsError(self.code, **self.params).text(lang)
        return messages().text(self.code, lang, **self._said(lang))

    def remedy(self, lang: Lang) -> str:
        """What to do about it."""
        code = self.code
        for prefix in _UNITS_CODES:
            if code.startswith(prefix):
                code = prefix.rstrip("-")
        text = messages().text(f"{code}.remedy", lang, **self._said(lang))
        if self.params.get("near") == NOTHING_NEAR:
            guess = messages().text("guide-guess", lang, near=NOTHING_NEAR)
            text = text.replace(guess, "").strip() or messages().text("guide-nothing-near", lang)
        return text

    def text(self, lang: Lang) -> str:
        """What is wrong and what to do about it."""
        return _both(self.reason(lang), self.remedy(lang), lang)

    def _said(self, lang: Lang) -> dict[str, str]:
        said = {
            "table": name_of(self.table, lang) if self.table else "",
            "sheet": self.sheet,
            "row": str(self.row or ""),
            "column": name_of(self.column, lang) if self.column else "",
            "value": self.value or "",
        }
        for key, param in self.params.items():
            if key.endswith("_id"):
                separator = "、" if lang == "zh" else ", "
                said[key.removesuffix("_id")] = separator.join(name_of(p, lang) for p in param.split(","))
            elif key.endswith(("_zh", "_en")):
                said |= {key[:-3]: param} if key.endswith(lang) else {}
            else:
                said[key] = param
        return said


def shown(value: object) -> str | None:
    """A value as the report shows it: short, and numbers as Excel shows them."""
    if value is None:
        return None
    text = f"{value:.15g}" if isinstance(value, float) else str(value)
    return text if len(text) <= _SHOWN_CHARACTERS else text[:_SHOWN_CHARACTERS] + "…"


class BookFileError(ValueError):
    """Nothing can be read from the file: why, and what to do, in either language."""

    def __init__(self, code: str, **params: str) -> None:
        """Keep the code and the values of its blanks."""
        super().__init__(code, params)
        self.code = code
        self.params: Mapping[str, str] = MappingProxyType(params)

    def reason(self, lang: Lang) -> str:
        """Why nothing can be read."""
        return messages().text(self.code, lang, **self.params)

    def remedy(self, lang: Lang) -> str:
        """What to do about it."""
        return messages().text(f"{self.code}.remedy", lang, **self.params)

    def text(self, lang: Lang) -> str:
        """Why nothing can be read and what to do about it."""
        return _both(self.reason(lang), self.remedy(lang), lang)

    def __str__(self) -> str:
        """Reason and remedy in Chinese."""
        return self.text("zh")


def _both(reason: str, remedy: str, lang: Lang) -> str:
    """Two sentences, apart as the language has them."""
    return f"{reason}{'' if lang == 'zh' else ' '}{remedy}"


class FaultList:
    """Faults as they are found; at most LIST_LIMIT of one kind are kept, the others counted."""

    def __init__(self) -> None:
        """Start without faults."""
        self._kept: list[Fault] = []
        self._counts: dict[tuple[str, str | None, str | None], int] = {}
        self._cells: set[tuple[str | None, str, int | None, str | None]] = set()
        self._muted: set[tuple[str, str, int]] = set()
        self._aside: set[tuple[str | None, str, int | None]] = set()

    def add(self, fault: Fault) -> None:
        """Keep a fault, or count it where too many of its kind are listed already."""
        if (fault.table, fault.sheet, fault.row) in self._aside:
            return
        kind = (fault.code, fault.table, fault.column)
        count = self._counts[kind] = self._counts.get(kind, 0) + 1
        if count <= LIST_LIMIT:
            self._kept.append(fault)
            self._cells.add((fault.table, fault.sheet, fault.row, fault.column))

    def extend(self, faults: Iterable[Fault]) -> None:
        """Keep several faults."""
        for fault in faults:
            self.add(fault)

    def mute(self, table: str, rows: Iterable[tuple[str, int]]) -> None:
        """Rows (sheet and number) of a table that are refused whole: nothing more is said of their cells."""
        self._muted.update((table, sheet, row) for sheet, row in rows)

    def set_aside(self, tables: Collection[str | None], rows: Collection[tuple[str, int]]) -> None:
        """Rows (sheet and number) that mean nothing to some tables (None: to the file that holds them): what was said of them is taken back, nothing more is said."""
        aside = {(table, sheet, row) for table in tables for sheet, row in rows}
        self._aside |= aside
        for fault in self._kept:
            if (fault.table, fault.sheet, fault.row) in aside:
                self._counts[fault.code, fault.table, fault.column] -= 1
        self._kept = [one for one in self._kept if (one.table, one.sheet, one.row) not in aside]

    def count_more(self, code: str, table: str | None, column: str | None, more: int) -> None:
        """Count faults of a kind that nobody listed one by one."""
        kind = (code, table, column)
        self._counts[kind] = self._counts.get(kind, 0) + more

    def has(self, table: str, sheet: str, row: int | None, column: str | None) -> bool:
        """Whether a fault of this cell, or of its whole row, is listed already."""
        return (table, sheet, row, column) in self._cells or (table, sheet, row) in self._muted

    def result(self) -> tuple[Fault, ...]:
        """All faults by sheet and row, then what was counted and not listed."""
        listed = sorted(self._kept, key=lambda f: (f.sheet, f.row or 0, f.column or "", f.code))
        more = [
            Fault(
                "more-of-the-kind",
                "warning",
                table,
                "",
                column=column,
                params={
                    "code": code,
                    "count": str(count),
                    "limit": str(LIST_LIMIT),
                },
            )
            for (code, table, column), count in self._counts.items()
            if count > LIST_LIMIT
        ]
        return (*listed, *more)
