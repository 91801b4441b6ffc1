"""The weeks ahead for people: per post and person by month, per rule, the busiest weeks, what cannot be foreseen; as workbook, files, document."""

import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pyarrow.csv
import pyarrow.parquet
import xlsxwriter
from rich.text import Text

from daihou.cli.names import Names
from daihou.cli.results import plain
from daihou.cli.screen import FAINT, SOON, line, out, table
from daihou.cli.words import NOTHING, joined, label, say
from daihou.cli.worklist import Styles
from daihou.engine import Forecast
from daihou.rulebook import Rule
from daihou.terms import Lang

TABLES = ("weeks", "months", "totals")
_BUSIEST = 3
_RULES = 15
"""Rules shown on the screen unless all are asked for: those with the most duties."""
_NAMES_WIDE, _TOTAL_WIDE, _MONTH_WIDE = 20, 7, 6
_WEEK = timedelta(days=6)

Row = Mapping[str, Any]
Who = tuple[str | None, str | None]


def show_forecast(found: Forecast, rules: Mapping[str, Rule], names: Names, *, every: bool = False) -> None:
    """Print the months ahead; ``every``: all rules, not only those with the most duties."""
    lang = names.lang
    total = sum(found.totals["duties"].to_pylist())
    title = say("title-ahead", lang, start=found.as_of, end=found.until, duties=total)
    out().print(Text(title, style="bold reverse"))
    if total:
        line()
        _by_person(found, names)
        line()
        _by_rule(found, rules, lang, every=every)
        line()
        _busiest(found, rules, names)
    line()
    for text in notes(found, rules, lang):
        line(text, style=FAINT)


# -- tables of months -------------------------------------------------------------------------------------------------------------


class _Counts:
    """Duties by month of one row of a table, and in which months some rest on assumed working days."""

    def __init__(self) -> None:
        self.of: Counter[date] = Counter()
        self.assumed: set[date] = set()

    def add(self, row: Row) -> None:
        self.of[row["month"]] += row["duties"]
        if row["assumed"]:
            self.assumed.add(row["month"])

    def cell(self, month: date) -> str:
        count = self.of[month]
        return f"{count}{'*' if month in self.assumed else ''}" if count else NOTHING


def _months(found: Forecast) -> list[date]:
    first = (found.as_of + timedelta(days=1)).replace(day=1)
    months = []
    while first <= found.until:
        months.append(first)
        first = (first + timedelta(days=31)).replace(day=1)
    return months


def _print_months(found: Forecast, head: str, rows: Sequence[tuple[str | Text, _Counts]], lang: Lang) -> None:
    """One table, or several below each other where the terminal is too narrow for all months."""
    months, console = _months(found), out()
    fit = max(1, (console.width - _NAMES_WIDE - _TOTAL_WIDE) // _MONTH_WIDE)
    blocks = math.ceil(len(months) / fit)
    size = math.ceil(len(months) / blocks)
    for block in range(blocks):
        mine = months[block * size : (block + 1) * size]
        last = block == blocks - 1
        made = table((head,), [], lang)
        for month in mine:
            made.add_column(say(f"month-{month.month}", lang), justify="right", no_wrap=True)
        if last:
            made.add_column(say("head-total", lang), justify="right", no_wrap=True)
        for name, counts in rows:
            total = [str(counts.of.total())] if last else []
            made.add_row(name, *(counts.cell(month) for month in mine), *total)
        console.print(made)
        if not last:
            line()


def _by_person(found: Forecast, names: Names) -> None:
    """A line per post, and below it one per person who holds it."""
    lang = names.lang
    posts: defaultdict[str | None, _Counts] = defaultdict(_Counts)
    people: defaultdict[str | None, defaultdict[str, _Counts]] = defaultdict(lambda: defaultdict(_Counts))
    for row in found.months.to_pylist():
        post = names.post(row["post"], row["employee"])
        posts[post].add(row)
        people[post][person(row, names)].add(row)
    rows: list[tuple[str | Text, _Counts]] = []
    for post in sorted(posts, key=lambda one: -posts[one].of.total()):
        rows.append((Text(label(post, lang), style="bold"), posts[post]))
        held = sorted(people[post].items(), key=lambda item: (-item[1].of.total(), item[0]))
        rows += [(f"  {name}", counts) for name, counts in held]
    _print_months(found, "post", rows, lang)


def person(row: Row, names: Names) -> str:
    """Who it falls on: a name, several who hold the post, or nobody."""
    if row["employee"]:
        return names.person(row["employee"])
    return say("pool" if row["pool"] else "nobody", names.lang)


def _by_rule(found: Forecast, rules: Mapping[str, Rule], lang: Lang, *, every: bool) -> None:
    counted: defaultdict[str, Counter[date]] = defaultdict(Counter)
    for row in found.totals.to_pylist():
        counted[row["rule"]][row["week"]] += row["duties"]
    ranked = sorted(counted, key=lambda rule: (-counted[rule].total(), rule))
    shown = ranked if every else ranked[:_RULES]
    heads = ("duty", "article", "total", "per-week", "most", "week")
    rows = []
    for rule in shown:
        weeks = counted[rule]
        busiest = min(weeks, key=lambda week: (-weeks[week], week))
        span = max(1, ((found.until - found.as_of).days + 6) // 7)
        rows.append(
            [
                rules[rule].said(lang),
                rules[rule].citation,
                str(weeks.total()),
                f"{weeks.total() / span:.1f}",
                str(weeks[busiest]),
                busiest.isoformat(),
            ]
        )
    made = table(heads, rows, lang, fixed=("week",))
    for column in made.columns[2:5]:
        column.justify = "right"
    out().print(made)
    if len(shown) < len(ranked):
        line(say("more-kinds", lang, count=len(ranked) - len(shown)), style=FAINT)


def _busiest(found: Forecast, rules: Mapping[str, Rule], names: Names) -> None:
    """The weeks with the most duties, of what, and on whom most falls."""
    lang = names.lang
    weeks: Counter[date] = Counter()
    kinds: defaultdict[date, Counter[str]] = defaultdict(Counter)
    for row in found.totals.to_pylist():
        weeks[row["week"]] += row["duties"]
        kinds[row["week"]][row["rule"]] += row["duties"]
    people: defaultdict[date, Counter[str]] = defaultdict(Counter)
    for row in found.weeks.to_pylist():
        post = label(names.post(row["post"], row["employee"]), lang)
        people[row["week"]][f"{post} {person(row, names)}"] += row["duties"]
    for week in sorted(weeks, key=lambda one: (-weeks[one], one))[:_BUSIEST]:
        most, count = people[week].most_common(1)[0]
        what = [f"{rules[rule].said(lang)} {n}" for rule, n in kinds[week].most_common(2)]
        said = {"start": week, "end": week + _WEEK, "count": weeks[week]}
        line(
            say("busiest", lang, **said, kinds=joined(what, lang), person=most, most=count),
            style=SOON,
        )


def notes(found: Forecast, rules: Mapping[str, Rule], lang: Lang) -> list[str]:
    """What the figures rest on, and what is not in them."""
    said = [say("ahead-how", lang)]
    if any(found.totals["assumed"].to_pylist()):
        years = joined([str(year) for year in found.unpublished], lang)
        said.append(say("ahead-assumed", lang, years=years))
    for code, ids in (("ahead-never-due", found.never_due), ("ahead-as-on-day", found.as_on_day)):
        if ids:
            said.append(say(code, lang, rules=joined([rules[rule].said(lang) for rule in ids], lang)))
    for rule, figures in found.asleep:
        said.append(
            say(
                "asleep",
                lang,
                rule=rules[rule].said(lang),
                figures=joined([label(f, lang) for f in figures], lang),
            )
        )
    return said


# -- files and documents ----------------------------------------------------------------------------------------------------------


def as_document(found: Forecast) -> dict[str, Any]:
    """The forecast for a program."""
    document: dict[str, Any] = {
        "as_of": found.as_of.isoformat(),
        "until": found.until.isoformat(),
        "fingerprint": found.fingerprint,
        "looks": len(found.looks),
        "unpublished": list(found.unpublished),
        "never_due": list(found.never_due),
        "as_on_day": list(found.as_on_day),
        "asleep": [{"rule": rule, "figures": list(figures)} for rule, figures in found.asleep],
    }
    for name in TABLES:
        document[name] = [
            {key: plain(value) for key, value in row.items()} for row in getattr(found, name).to_pylist()
        ]
    return document


def write_tables(path: Path, found: Forecast) -> list[Path]:
    """Weeks, months and totals as CSV (with a mark, so that Excel opens it right) or Parquet, a file each."""
    written = []
    for name in TABLES:
        target = path.with_name(f"{path.stem}_{name}{path.suffix}")
        if path.suffix == ".parquet":
            pyarrow.parquet.write_table(getattr(found, name), target)
        else:
            with target.open("wb") as file:
                file.write(b"\xef\xbb\xbf")
                pyarrow.csv.write_csv(getattr(found, name), file)
        written.append(target)
    return written


def write_workbook(path: Path, found: Forecast, rules: Mapping[str, Rule], names: Names) -> None:
    """Three sheets: person and duty by week, the same by month, and what the figures rest on."""
    lang = names.lang
    with xlsxwriter.Workbook(str(path), {"strings_to_urls": False, "strings_to_formulas": False}) as book:
        book.set_properties({"title": say("sheet-weeks", lang), "subject": found.as_of.isoformat()})
        styles = Styles(book)
        for sheet, span, held in (("weeks", "week", found.weeks), ("months", "month", found.months)):
            _write_spans(
                book, say(f"sheet-{sheet}", lang), styles, _cells(held.to_pylist(), span, rules, names), lang
            )
        page = book.add_worksheet(say("sheet-ahead-notes", lang))
        page.set_column(0, 0, 110)
        for place, text in enumerate(notes(found, rules, lang)):
            page.write_string(place, 0, text, styles.of[False, False])


def _cells(
    rows: Sequence[Row], span: str, rules: Mapping[str, Rule], names: Names
) -> tuple[list[date], dict[tuple[str, str, str, str], Counter[date]]]:
    """Which weeks or months there are, and per post, person, duty and article how many fall into each."""
    found: dict[tuple[str, str, str, str], Counter[date]] = defaultdict(Counter)
    for row in rows:
        rule = rules[row["rule"]]
        post = label(names.post(row["post"], row["employee"]), names.lang)
        found[post, person(row, names), rule.said(names.lang), rule.citation][row[span]] += row["duties"]
    return sorted({row[span] for row in rows}), found


def _write_spans(
    book: xlsxwriter.Workbook,
    title: str,
    styles: Styles,
    cells: tuple[list[date], dict[tuple[str, str, str, str], Counter[date]]],
    lang: Lang,
) -> None:
    spans, rows = cells
    page = book.add_worksheet(title)
    heads = [
        *(say(f"head-{head}", lang) for head in ("post", "person", "duty", "article")),
        say("head-total", lang),
    ]
    for column, (head, width) in enumerate(zip(heads, (14, 12, 24, 26, 7), strict=True)):
        page.write_string(0, column, head, styles.head)
        page.set_column(column, column, width)
    for column, span in enumerate(spans, start=len(heads)):
        page.write_string(0, column, span.isoformat()[2:], styles.head)
        page.set_column(column, column, 9)
    for place, (said, counts) in enumerate(sorted(rows.items()), start=1):
        for column, text in enumerate(said):
            page.write_string(place, column, text, styles.of[False, False])
        page.write_number(place, len(said), counts.total(), styles.of[False, False])
        for column, span in enumerate(spans, start=len(heads)):
            if counts[span]:
                page.write_number(place, column, counts[span], styles.of[False, False])
    page.freeze_panes(1, 3)
    page.autofilter(0, 0, max(len(rows), 1), len(heads) + len(spans) - 1)
    page.set_landscape()
    page.fit_to_pages(1, 0)
    page.repeat_rows(0)
