"""The faults of a register on the screen and for programs."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from daihou.book import Fault, Reading, masked
from daihou.cli.screen import FAINT, line, out, table
from daihou.cli.words import NOTHING, label, say
from daihou.terms import Lang

_NOT_COPIED, _OLD_WORKBOOKS = (".parquet", ".pq"), (".xls", ".et")
EXAMPLES = 5
"""Places shown of one kind of fault unless all are asked for."""
_HEADS = ("sheet", "row", "column", "value", "reason")
_STATED_REASONS = frozenset({"map-refused", "map-doubted"})
"""Faults whose reason stands in the mapping and is the same on every row."""


def show_reading(
    reading: Reading, lang: Lang, *, mapped: bool = False, every: bool = False, unmasked: bool = False
) -> None:
    """How much was read, and every fault by kind; ``mapped``: by a mapping, so that its tables are told too."""
    rows = sum(reading.rows_read.values())
    good = rows - sum(reading.rows_left_out.values())
    code = "map-done" if mapped else "read-done"
    line(say(code, lang, rows=f"{rows:,}", tables=len(reading.rows_read), good=f"{good:,}"))
    if mapped:
        _show_tables(reading, lang)
    if not reading.faults:
        line(say("nothing-wrong", lang))
        return
    errors = len(errors_of(reading))
    line(say("faults-found", lang, errors=errors, warnings=len(reading.faults) - errors))
    show_kinds(reading.faults, lang, every=every, unmasked=unmasked)


def _show_tables(reading: Reading, lang: Lang) -> None:
    """Each table that a mapping filled: rows, those that can be used, those left out."""
    rows = [
        [label(name, lang), f"{count:,}", f"{count - left:,}", f"{left:,}" if left else NOTHING]
        for name, count in reading.rows_read.items()
        for left in [reading.rows_left_out[name]]
    ]
    made = table(("table", "rows", "rows-good", "rows-left"), rows, lang)
    for column in made.columns[1:]:
        column.justify = "right"
    line()
    out().print(made)
    line()


def show_next(reading: Reading, book: Path, mapping: str | None, lang: Lang) -> None:
    """What to try after faults: a mapping where nothing is known by its name, else a copy with remarks."""
    if not reading.rows_read and mapping is None:
        line()
        line(say("foreign", lang))
        return
    suffix = book.suffix.lower()
    if book.is_dir() or suffix not in _NOT_COPIED:
        ending = "" if book.is_dir() else ".xlsx" if suffix in _OLD_WORKBOOKS else suffix
        target = say("remarks-name", lang) + ending
        by = "" if mapping is None else f"--map {mapping} "
        line()
        line(say("try-marked", lang, book=book, mapping=by, target=target))


def errors_of(reading: Reading) -> list[Fault]:
    """The faults that leave something out."""
    return [fault for fault in reading.faults if fault.severity == "error"]


def show_left_out(reading: Reading, lang: Lang, *, every: bool = False, unmasked: bool = False) -> None:
    """How many rows are not used, and why; nothing where all are."""
    left = sum(reading.rows_left_out.values())
    if left:
        line(say("left-out", lang, count=f"{left:,}"), style="bold")
        show_kinds(errors_of(reading), lang, every=every, unmasked=unmasked)
        line()


def show_kinds(faults: Iterable[Fault], lang: Lang, *, every: bool = False, unmasked: bool = False) -> None:
    """Faults grouped by kind, the kinds that are no consequence of others first; the remedy stands above the places."""
    kinds: dict[tuple[str, str], list[Fault]] = {}
    for fault in faults:
        kinds.setdefault((fault.code, _kind(fault, lang, unmasked=unmasked)), []).append(fault)
    ordered = sorted(
        kinds.items(), key=lambda kind: (_follows(kind[0][0]), kind[1][0].severity, -len(kind[1]))
    )
    for (code, kind), found in ordered:
        severity = say(f"severity-{found[0].severity}", lang)
        line()
        line(say("fault-kind", lang, severity=severity, count=len(found), remedy=kind), style="bold")
        shown = found if every else found[:EXAMPLES]
        heads = _HEADS[:-1] if code in _STATED_REASONS else _HEADS
        rows = [fault_cells(fault, lang, unmasked=unmasked)[: len(heads)] for fault in shown]
        out().print(table(heads, rows, lang, fixed=("row",)))
        if len(shown) < len(found):
            line("  " + say("more-places", lang, count=len(found) - len(shown)), style=FAINT)


def _follows(code: str) -> bool:
    """Whether a fault only follows from another one."""
    return code == "parent-left-out"


def _kind(fault: Fault, lang: Lang, *, unmasked: bool) -> str:
    """What faults of one kind have in common: the remedy, and the reason where a mapping states it."""
    said = fault.remedy(lang)
    if fault.code in _STATED_REASONS:
        said = say("stated-reason", lang, reason=fault.reason(lang), remedy=said)
    return said if unmasked else masked(said)


def fault_cells(fault: Fault, lang: Lang, *, unmasked: bool = False) -> list[str]:
    """Sheet, row, column, value, reason, remedy, as a person reads them."""
    cells = [
        fault.sheet or (label(fault.table, lang) if fault.table else NOTHING),
        str(fault.row) if fault.row else NOTHING,
        label(fault.column, lang),
        fault.value or NOTHING,
        fault.reason(lang),
        fault.remedy(lang),
    ]
    return cells if unmasked else [masked(cell) for cell in cells]


def as_document(reading: Reading, lang: Lang, *, unmasked: bool = False) -> Mapping[str, object]:
    """A reading for a program."""
    return {
        "fingerprint": reading.book.fingerprint,
        "rows_read": dict(reading.rows_read),
        "rows_left_out": dict(reading.rows_left_out),
        "faults": _listed(reading.faults, lang, unmasked=unmasked),
    }


def _listed(faults: Sequence[Fault], lang: Lang, *, unmasked: bool) -> list[Mapping[str, object]]:
    def seen(text: str | None) -> str | None:
        return text if unmasked or text is None else masked(text)

    return [
        {
            "code": fault.code,
            "severity": fault.severity,
            "table": fault.table,
            "sheet": fault.sheet,
            "row": fault.row,
            "column": fault.column,
            "value": seen(fault.value),
            "reason": seen(fault.reason(lang)),
            "remedy": seen(fault.remedy(lang)),
        }
        for fault in faults
    ]
