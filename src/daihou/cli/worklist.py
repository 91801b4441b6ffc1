"""The work list as an Excel workbook: what each person prints, filters and crosses off."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from daihou.book import Reading
from daihou.cli.faults import errors_of, fault_cells
from daihou.cli.given import Asked
from daihou.cli.names import Names
from daihou.cli.tasks import (
    Line,
    duty_lines,
    escalation_cells,
    gap_cells,
    gate_cells,
    grade_cells,
    rules_of,
    warning_cells,
)
from daihou.cli.words import NOTHING, joined, label, say
from daihou.engine import Results
from daihou.rulebook import Rulebook

_A4 = 9
_DUTY_HEADS = (
    ("person", 12),
    ("post", 14),
    ("due", 11),
    ("deadline", 26),
    ("state", 7),
    ("duty", 22),
    ("period", 14),
    ("object", 34),
    ("client", 28),
    ("article", 26),
    ("form", 16),
    ("chain", 30),
    ("note", 34),
)
Cell = str | date | int


@dataclass(frozen=True)
class Sheet:
    """One sheet: its name by code, headings by code with widths, rows; ``late``: places of rows to be shown red."""

    name: str
    heads: Sequence[tuple[str, int]]
    rows: Sequence[Sequence[Cell]]
    late: frozenset[int] = frozenset()


def write_worklist(
    path: Path,
    results: Results,
    reading: Reading,
    asked: Asked,
    names: Names,
) -> None:
    """Write the day for people; the sheets and headings in the language of ``names``."""
    rules, lang = rules_of(asked.rulebooks), names.lang
    lines = sorted(duty_lines(results, rules, names, asked.calendar), key=_by_person)
    sheets = (
        Sheet(
            "duties",
            _DUTY_HEADS,
            [_duty_cells(one, names) for one in lines],
            frozenset(place for place, one in enumerate(lines) if one.late),
        ),
        _warning_sheet(results, asked.rulebooks, names),
        Sheet(
            "grades",
            (("rule", 24), ("object", 44), ("class", 10), ("cause", 16), ("previous", 10), ("changed", 10)),
            grade_cells(results, rules, names),
        ),
        Sheet(
            "gates",
            (("rule", 26), ("object", 44), ("allowed", 10), ("reason", 60), ("article", 28)),
            gate_cells(results, rules, names),
        ),
        Sheet(
            "gaps",
            (("person", 12), ("post", 14), ("rule", 26), ("object", 50), ("part", 14), ("columns", 40)),
            gap_cells(results, rules, names),
        ),
        Sheet(
            "escalations",
            (("duty", 26), ("object", 50), ("told", 18), ("reached", 12)),
            escalation_cells(results, rules, names),
        ),
        Sheet(
            "left-out",
            (("sheet", 14), ("row", 7), ("column", 14), ("value", 24), ("reason", 50), ("remedy", 50)),
            [fault_cells(fault, lang, unmasked=asked.unmasked) for fault in errors_of(reading)],
        ),
        Sheet(
            "marks",
            (("what", 30), ("id", 18), ("version", 14), ("mark", 40)),
            _marks(results, reading, asked),
        ),
    )
    with xlsxwriter.Workbook(str(path), {"strings_to_urls": False, "strings_to_formulas": False}) as book:
        book.set_properties({"title": say("sheet-duties", lang), "subject": results.as_of.isoformat()})
        styles = Styles(book)
        for sheet in sheets:
            _write(book.add_worksheet(say(f"sheet-{sheet.name}", lang)), sheet, styles, results.as_of, names)


def _by_person(one: Line) -> tuple[str, bool, date, str, str]:
    return (one.person, not one.late, one.due or date.max, one.duty, str(one.thing))


def _duty_cells(one: Line, names: Names) -> list[Cell]:
    lang = names.lang
    return [
        one.person,
        label(one.post, lang),
        one.due or say("endless", lang),
        one.deadline,
        label(one.state, lang),
        one.duty,
        one.period,
        " ".join(filter(None, (one.thing.head, one.thing.rest))),
        one.thing.client,
        one.article,
        one.form,
        one.chain,
        one.note,
    ]


def _warning_sheet(results: Results, rulebooks: Sequence[Rulebook], names: Names) -> Sheet:
    cells = warning_cells(results, rulebooks, rules_of(rulebooks), names)
    severe = label("severe", names.lang)
    heads = (("level", 8), ("signal", 22), ("party", 40), ("evidence", 50), ("measures", 34), ("article", 26))
    return Sheet("warnings", heads, cells, frozenset(p for p, row in enumerate(cells) if row[0] == severe))


def _marks(results: Results, reading: Reading, asked: Asked) -> list[list[Cell]]:
    """By what this day can be derived again: rulebooks, register, dates, calendar; and the rules that sleep."""
    lang, rules = asked.lang, rules_of(asked.rulebooks)
    rows: list[list[Cell]] = [
        [book.said(lang), book.id, book.version, book.fingerprint] for book in asked.rulebooks
    ]
    years = asked.calendar.published_years()
    rows += [
        [say("mark-book", lang), "", "", reading.book.fingerprint],
        [say("mark-day", lang), "", "", results.as_of],
        [say("mark-known", lang), "", "", results.known],
        [say("mark-go-live", lang), "", "", asked.go_live or NOTHING],
        [
            say("mark-calendar", lang),
            "",
            f"{years[0]}-{years[-1]}" if years else "",
            asked.calendar.fingerprint[:32],
        ],
        [say("mark-result", lang), "", "", results.fingerprint],
    ]
    rows += [
        [say("mark-asleep", lang), rule, "", joined([label(figure, lang) for figure in figures], lang)]
        for rule, figures in results.asleep
        if rule in rules
    ]
    return rows


class Styles:
    """The formats of the workbook."""

    def __init__(self, book: xlsxwriter.Workbook) -> None:
        """Make them."""
        body = {"valign": "top", "text_wrap": True, "border": 1, "border_color": "#D9DEE5"}
        late = body | {"font_color": "#B42318"}
        day = {"num_format": "yyyy-mm-dd", "align": "left"}
        self.head: Format = book.add_format(
            {"bold": True, "bg_color": "#E9EEF5", "border": 1, "border_color": "#9DB2CC", "valign": "vcenter"}
        )
        self.of: Mapping[tuple[bool, bool], Format] = {
            (False, False): book.add_format(body),
            (False, True): book.add_format(body | day),
            (True, False): book.add_format(late),
            (True, True): book.add_format(late | day),
        }


def _write(page: Worksheet, sheet: Sheet, styles: Styles, today: date, names: Names) -> None:
    lang = names.lang
    for column, (head, width) in enumerate(sheet.heads):
        page.write_string(0, column, say(f"head-{head}", lang), styles.head)
        page.set_column(column, column, width)
    for place, row in enumerate(sheet.rows):
        for column, value in enumerate(row):
            style = styles.of[place in sheet.late, isinstance(value, date)]
            if isinstance(value, date):
                page.write_datetime(place + 1, column, value, style)
            elif isinstance(value, int):
                page.write_number(place + 1, column, value, style)
            else:
                page.write_string(place + 1, column, value, style)
    if not sheet.rows:
        page.write_string(1, 0, say("nothing-here", lang), styles.of[False, False])
    page.freeze_panes(1, 2 if sheet.name == "duties" else 0)
    page.autofilter(0, 0, max(len(sheet.rows), 1), len(sheet.heads) - 1)
    _set_up_print(page, say(f"sheet-{sheet.name}", lang), today, names)


def _set_up_print(page: Worksheet, title: str, today: date, names: Names) -> None:
    """A4 across, one page wide, the heading on every page, page x of y below."""
    page.set_landscape()
    page.set_paper(_A4)
    page.fit_to_pages(1, 0)
    page.repeat_rows(0)
    page.set_margins(left=0.4, right=0.4, top=0.7, bottom=0.6)
    page.set_header(f"&L{title}&R{today.isoformat()}")
    page.set_footer("&C" + say("page-of", names.lang, page="&P", pages="&N"))
