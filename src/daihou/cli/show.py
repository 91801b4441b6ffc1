"""What commands print and write."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from pathlib import Path

import pyarrow.csv
import pyarrow.parquet
import sqlglot
from rich.console import Console
from rich.table import Table

from daihou.book import Fault, Reading, declared
from daihou.cli.words import label, say
from daihou.cli.worklist import (
    SHOWN_LATE,
    Line,
    Names,
    duty_lines,
    gate_rows,
    rules_of,
    warning_rows,
    write_worklist,
)
from daihou.engine import Results, derive, run_case
from daihou.rulebook import Duty, Gate, Grade, Rule, Rulebook, Warning, shipped
from daihou.terms import Lang
from daihou.units import Calendar

EXAMPLES_OF_A_FAULT = 3
LINES_A_PERSON = 6
TABLES = ("duties", "assignments", "escalations", "warnings", "grades", "gates", "gaps")


def console() -> Console:
    """The terminal; plain text where it is none."""
    return Console(highlight=False, soft_wrap=False)


# -- faults -----------------------------------------------------------------------------------------------------------------------


def show_faults(reading: Reading, lang: Lang) -> None:
    """Every kind of fault with a few places and the cure."""
    rows = sum(reading.rows_read.values())
    good = rows - sum(reading.rows_left_out.values())
    console().print(say("read-done", lang, rows=rows, tables=len(reading.rows_read), good=good))
    if not reading.faults:
        console().print(say("nothing-wrong", lang))
        return
    errors = sum(fault.severity == "error" for fault in reading.faults)
    console().print(say("faults-found", lang, errors=errors, warnings=len(reading.faults) - errors))
    _print_kinds(reading.faults, lang)


def show_left_out(reading: Reading, lang: Lang) -> None:
    """How many rows were not used, and why."""
    left = sum(reading.rows_left_out.values())
    if left:
        console().print(say("left-out", lang, count=left))
        _print_kinds([fault for fault in reading.faults if fault.severity == "error"], lang)


def _print_kinds(faults: Iterable[Fault], lang: Lang) -> None:
    kinds: dict[str, list[Fault]] = {}
    for fault in faults:
        kinds.setdefault(fault.code, []).append(fault)
    for found in sorted(kinds.values(), key=len, reverse=True):
        console().print(f"[bold]{found[0].remedy(lang)}[/bold]")
        for fault in found[:EXAMPLES_OF_A_FAULT]:
            place = " ".join(
                filter(
                    None,
                    (fault.sheet, str(fault.row or ""), label(fault.column, lang) if fault.column else ""),
                )
            )
            console().print(f"  {place}: {fault.reason(lang)}", markup=False)
        if len(found) > EXAMPLES_OF_A_FAULT:
            console().print("  " + say("more-places", lang, count=len(found) - EXAMPLES_OF_A_FAULT))


# -- the day ----------------------------------------------------------------------------------------------------------------------


def show_day(
    results: Results, reading: Reading, rulebooks: Sequence[Rulebook], calendar: Calendar, lang: Lang
) -> None:
    """Per person, overdue first; warnings with severity; refusals; what is asleep."""
    rules, names, out = rules_of(rulebooks), Names(reading.book, lang), console()
    late = sum(state in SHOWN_LATE for state in results.duties["state"].to_pylist())
    weekday = "一二三四五六日"[results.as_of.weekday()] if lang == "zh" else results.as_of.strftime("%A")
    day = f"周{weekday}" if lang == "zh" else weekday
    title = say(
        "title-day", lang, day=results.as_of.isoformat(), weekday=day, duties=results.duties.num_rows, overdue=late,
        warnings=results.warnings.num_rows,
    )  # fmt: skip
    out.rule(title)
    _print_people(duty_lines(results, rules, names, calendar), lang, out)
    _print_table(
        out,
        lang,
        "warnings",
        ("level", "signal", "party", "evidence", "measures"),
        [r[:5] for r in warning_rows(results, rules, names)],
    )
    _print_table(
        out,
        lang,
        "gates",
        ("rule", "object", "reason"),
        [[r[0], r[1], r[3]] for r in gate_rows(results, rules, names)],
    )
    if results.gaps.num_rows:
        out.print(say("all-gaps", lang, count=results.gaps.num_rows))
    if results.asleep:
        out.print(
            say(
                "asleep",
                lang,
                names="、".join(rules[rule].name for rule, _ in results.asleep if rule in rules),
            )
        )


def _print_people(lines: Sequence[Line], lang: Lang, out: Console) -> None:
    people: dict[tuple[str, str], list[Line]] = {}
    for line in lines:
        people.setdefault((line.person, line.post), []).append(line)
    late = {label(state, lang) for state in SHOWN_LATE}
    for (person, post), mine in sorted(
        people.items(), key=lambda item: -sum(line.state in late for line in item[1])
    ):
        table = Table(
            title=say("someone", lang, name=person, post=post),
            title_justify="left",
            box=None,
            pad_edge=False,
            expand=True,
        )
        for head, ratio in (("deadline", 3), ("duty", 3), ("object", 4), ("article", 3)):
            table.add_column(say(f"head-{head}", lang), ratio=ratio, overflow="fold")
        for line in mine[:LINES_A_PERSON]:
            style = "red" if line.state in late else None
            note = f"（{line.note}）" if line.note else ""
            table.add_row(line.deadline, line.duty + note, line.object, line.article, style=style)
        out.print(table)
        if len(mine) > LINES_A_PERSON:
            out.print("  " + say("more-rows", lang, count=len(mine) - LINES_A_PERSON), style="dim")


def _print_table(
    out: Console, lang: Lang, name: str, heads: Sequence[str], rows: Sequence[Sequence[str]]
) -> None:
    if not rows:
        return
    table = Table(
        title=say(f"sheet-{name}", lang), title_justify="left", box=None, pad_edge=False, expand=True
    )
    for head in heads:
        table.add_column(say(f"head-{head}", lang), overflow="fold")
    for row in rows[:40]:
        table.add_row(*row)
    out.print(table)
    if len(rows) > 40:  # noqa: PLR2004 - a screenful
        out.print("  " + say("more-rows", lang, count=len(rows) - 40), style="dim")


def as_document(results: Results) -> dict[str, object]:
    """The results for a program: identifiers, ISO dates, integer fen."""

    def plain(value: object) -> object:
        return value.isoformat() if isinstance(value, date) else value

    document: dict[str, object] = {"as_of": results.as_of.isoformat(), "fingerprint": results.fingerprint}
    for table in TABLES:
        document[table] = [
            {key: plain(value) for key, value in row.items()} for row in getattr(results, table).to_pylist()
        ]
    return document


def write_out(
    path: Path,
    results: Results,
    reading: Reading,
    rulebooks: Sequence[Rulebook],
    calendar: Calendar,
    lang: Lang,
) -> list[Path]:
    """Write the results; a workbook for people, else one file per result beside the name given."""
    if path.suffix == ".xlsx":
        write_worklist(path, results, reading, rulebooks, calendar, lang)
        return [path]
    written = []
    for table in TABLES:
        target = path.with_name(f"{path.stem}_{table}{path.suffix}")
        if path.suffix == ".csv":
            pyarrow.csv.write_csv(getattr(results, table), target)
        else:
            pyarrow.parquet.write_table(getattr(results, table), target)
        written.append(target)
    return written


# -- rules ------------------------------------------------------------------------------------------------------------------------


def kind_of(rule: Rule, lang: Lang) -> str:
    """Duty, warning, class or gate."""
    kinds: tuple[tuple[type[Rule], str], ...] = (
        (Duty, "duty"),
        (Warning, "warning"),
        (Grade, "grade"),
        (Gate, "gate"),
    )
    return say(f"kind-{next(word for kind, word in kinds if isinstance(rule, kind))}", lang)


def show_rules(rulebooks: Sequence[Rulebook], lang: Lang) -> None:
    """A line per rule."""
    for book in rulebooks:
        table = Table(
            title=f"{book.name} · {book.id} {book.version}", title_justify="left", box=None, pad_edge=False
        )
        for rule in book.rules:
            table.add_row(rule.id, kind_of(rule, lang), rule.name, rule.citation)
        console().print(table)


def show_rule(rule: Rule, lang: Lang) -> None:
    """A rule for a reader, and as it is written."""
    out = console()
    out.print(f"{rule.name} · {rule.id} · {kind_of(rule, lang)}", style="bold")
    lines = [
        ("article", rule.citation),
        ("sense", rule.sense),
        ("object", declared()[rule.table].word if lang == "zh" else rule.table),
    ]
    if isinstance(rule, Duty):
        lines += [
            ("form", rule.form or "—"),
            ("chain", " → ".join(label(post, lang) for post in rule.chain) or "—"),
        ]
    if isinstance(rule, Warning):
        lines.append(("measures", " ".join(rule.measures) or "—"))
    lines.append(("source", str(rule.source)))
    if rule.sleeping:
        lines.append(("asleep", "、".join(label(figure, lang) for figure in rule.sleeping)))
    for key, value in lines:
        out.print(f"{say(f'says-{key}', lang)}: {value}", markup=False)
    file = shipped() / rule.source.file
    if file.is_file():
        out.print(_entry(file, rule.source.line), markup=False)


def _entry(file: Path, line: int) -> str:
    """The lines of a rule's entry in its file."""
    lines = file.read_text(encoding="utf-8").splitlines()
    start = line - 1
    while start > 0 and not lines[start].startswith("- "):
        start -= 1
    end = start + 1
    while end < len(lines) and (lines[end].startswith(" ") or not lines[end].strip()):
        end += 1
    return "\n".join(lines[start:end]).rstrip()


def show_cases(book: Rulebook, lang: Lang) -> bool:
    """Run the cases of a book; whether all hold."""
    out = console()
    wrong = [mismatch for case in book.cases for mismatch in run_case(case, book)]
    lines = sum(len(case.expectations) for case in book.cases)
    if not wrong:
        out.print(say("cases-passed", lang, name=book.name, cases=len(book.cases), lines=lines))
        return True
    out.print(say("cases-failed", lang, name=book.name, failed=len(wrong)))
    for miss in wrong:
        want = " ".join(f"{key}={value}" for key, value in miss.expectation.want.items())
        got = (
            "; ".join(
                " ".join(f"{key}={row.get(key, '')}" for key in miss.expectation.want) for row in miss.got
            )
            or "—"
        )
        out.print(
            "  "
            + say("case-line", lang, place=miss.expectation.source, case=miss.case.name, want=want, got=got),
            markup=False,
        )
    return False


def show_sql(rulebooks: Sequence[Rulebook], rule: Rule, dialect: str) -> None:
    """The statements that derive one rule on an empty book, in one dialect."""
    from daihou.book import Book

    day = date(2026, 1, 1)
    results = derive(rulebooks, Book({}, {}, ""), day, only=[rule.id])
    for statement in results.statements:
        if "INSERT INTO" in statement or statement.startswith('CREATE TEMP TABLE "w'):
            for text in sqlglot.transpile(statement, read="duckdb", write=dialect, pretty=True):
                print(text + ";\n")  # noqa: T201 - SQL goes out as it is


def show_calendar(calendar: Calendar, year: int, lang: Lang) -> None:
    """A year's working days, holidays and make-up days."""
    out = console()
    if not calendar.published(year):
        out.print(say("calendar-assumed", lang, year=year))
    first = date(year, 1, 1)
    days = [first + timedelta(days=k) for k in range((date(year + 1, 1, 1) - first).days)]
    out.print(say("calendar-year", lang, year=year, working=sum(calendar.is_working(day) for day in days)))
    named: Counter[str] = Counter()
    for day in days:
        name = calendar.name(day)
        if name is not None:
            named[name] += 1
            out.print(f"  {day.isoformat()} 周{'一二三四五六日'[day.weekday()]} {name}")
