"""daihou: the commands. Chinese by default, English by --lang en; exit codes by kind of fault.

0 fine · 1 findings · 2 usage · 3 the file cannot be read · 4 rulebook refused · 5 the program failed.
"""

from __future__ import annotations

import json
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn
from zoneinfo import ZoneInfo

import typer

from daihou.cli.words import say
from daihou.terms import Lang

if TYPE_CHECKING:
    from daihou.book import Reading
    from daihou.rulebook import Rulebook
    from daihou.units import Calendar

FINE, FINDINGS, USAGE, UNREADABLE, REFUSED, FAILED = range(6)

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    help="贷后：把保后、贷后管理制度变成每个人当天的任务。Turns written post-loan rules into each person's work for the day.",
)
rulebooks_app = typer.Typer(
    no_args_is_help=True,
    help="规则册：列出、看一条、检查、看 SQL、跑案例。Rulebooks: list, show, check, sql, cases.",
)
calendar_app = typer.Typer(
    no_args_is_help=True,
    help="工作日历：看一年、检查一份公布的安排。Working days: show a year, check a published list.",
)
app.add_typer(rulebooks_app, name="rulebook")
app.add_typer(calendar_app, name="calendar")

Book = Annotated[
    Path,
    typer.Argument(
        metavar="BOOK", help="台账：工作簿（.xlsx .xls .et），或 CSV、Parquet 文件夹。A workbook or a folder."
    ),
]
LangOption = Annotated[Lang, typer.Option("--lang", help="语言。Language.")]
DayOption = Annotated[
    str | None, typer.Option("--as-of", help="哪一天，如 2026-11-23；默认今天。The day; today by default.")
]
RulesOption = Annotated[
    str | None,
    typer.Option(
        "--rulebook", help="规则册，逗号分开；默认全部。Comma-separated ids or folders; all by default."
    ),
]
CalendarOption = Annotated[
    list[Path] | None,
    typer.Option("--calendar", help="新公布的放假安排（JSON 或 CSV）。A newly published year."),
]


def main() -> None:
    """Run the command line; a fault of ours is told in one line, never as a stack trace."""
    try:
        app()
    except Exception as error:
        typer.echo(say("internal", "zh", reason=f"{type(error).__name__}: {error}"), err=True)
        raise SystemExit(FAILED) from error


def _stop(code: int, text: str) -> NoReturn:
    typer.echo(text, err=True)
    raise typer.Exit(code)


def _day(value: str | None, lang: Lang) -> date:
    if value is None:
        return datetime.now(ZoneInfo("Asia/Shanghai")).date()
    try:
        return date.fromisoformat(value)
    except ValueError:
        _stop(USAGE, say("bad-date", lang, value=value))


def _read(book: Path, lang: Lang) -> Reading:
    from daihou.book import BookFileError, read_book

    typer.echo(say("reading", lang, file=book.name), err=True)
    try:
        return read_book(book)
    except BookFileError as error:
        _stop(
            UNREADABLE,
            say("cannot-read", lang, file=book.name, reason=error.reason(lang), remedy=error.remedy(lang)),
        )


def _rulebooks(names: str | None, lang: Lang) -> tuple[Rulebook, ...]:
    from daihou.rulebook import RulebookRefused, read_rulebook, read_shipped, shipped_ids

    try:
        if names is None:
            return read_shipped()
        found: list[Rulebook] = []
        for name in names.split(","):
            if name in shipped_ids():
                found += read_shipped(name)
            elif Path(name).is_dir():
                found.append(read_rulebook(Path(name)))
            else:
                _stop(USAGE, say("unknown-rulebook", lang, name=name, known="、".join(shipped_ids())))
        return tuple(found)
    except RulebookRefused as refused:
        typer.echo(say("rules-refused", lang, count=len(refused.mistakes)), err=True)
        for mistake in refused.mistakes:
            typer.echo(f"  {mistake.text(lang)} {mistake.remedy(lang)}", err=True)
        raise typer.Exit(REFUSED) from refused


def _calendar(files: list[Path] | None, lang: Lang) -> Calendar:
    from daihou.units import Calendar, CalendarFileError, read_calendar

    calendar = Calendar.standard()
    for file in files or []:
        try:
            calendar = calendar.with_years(read_calendar(file.read_text(encoding="utf-8-sig")))
        except OSError as error:
            _stop(UNREADABLE, say("calendar-bad", lang, reason=error.strerror or file.name))
        except CalendarFileError as error:
            _stop(UNREADABLE, say("calendar-bad", lang, reason=error.text(lang)))
    return calendar


@app.command()
def template(
    file: Annotated[Path, typer.Argument(help="写到哪里，如 台账.xlsx")] = Path("台账模板.xlsx"),
    lang: LangOption = "zh",
) -> None:
    """写一份空白台账：每张表一页，表头有批注，枚举有下拉。Write an empty register to fill in."""
    from daihou.book import write_template

    write_template(file, lang)
    typer.echo(say("template-written", lang, file=file))


@app.command()
def check(
    book: Book,
    marked: Annotated[
        Path | None, typer.Option("--marked", help="写一份带检查意见的副本。Write a copy with remarks.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="给程序读。For programs.")] = False,
    lang: LangOption = "zh",
) -> None:
    """检查台账：哪页、哪行、哪列、什么值、为什么、怎么改。Check a register and name every fault with its cure."""
    from daihou.book import write_marked
    from daihou.cli.show import show_faults

    reading = _read(book, lang)
    errors = [fault for fault in reading.faults if fault.severity == "error"]
    if as_json:
        listed = [
            {
                "code": f.code, "severity": str(f.severity), "sheet": f.sheet, "row": f.row, "table": f.table, "column": f.column,
                "value": f.value, "reason": f.reason(lang), "remedy": f.remedy(lang),
            }
            for f in reading.faults
        ]  # fmt: skip
        typer.echo(json.dumps(listed, ensure_ascii=False, indent=1))
    else:
        show_faults(reading, lang)
    if marked is not None:
        write_marked(book, reading.faults, marked, lang)
        typer.echo(say("marked", lang, file=marked), err=as_json)
    raise typer.Exit(FINDINGS if errors else FINE)


@app.command()
def derive(
    book: Book,
    rulebook: RulesOption = None,
    as_of: DayOption = None,
    known: Annotated[
        str | None, typer.Option("--known", help="到哪天为止录入的算数；默认同一天。Recorded by then.")
    ] = None,
    go_live: Annotated[
        str | None, typer.Option("--go-live", help="启用日：早于它到期的不派。Nothing due before it.")
    ] = None,
    calendar: CalendarOption = None,
    history: Annotated[
        bool, typer.Option("--history", help="列出每一次，不只今天的。Every occurrence, not only today's.")
    ] = False,
    out: Annotated[
        Path | None, typer.Option("--out", help="写到 .xlsx、.csv 或 .parquet。Write the results.")
    ] = None,
    strict: Annotated[bool, typer.Option("--strict", help="台账有错就停。Stop at any error.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="给程序读。For programs.")] = False,
    lang: LangOption = "zh",
) -> None:
    """派出这一天的任务、预警、分级和闸口。Derive the work of a day."""
    day = _day(as_of, lang)
    books, days = _rulebooks(rulebook, lang), _calendar(calendar, lang)
    if out is not None and out.suffix not in {".xlsx", ".csv", ".parquet"}:
        _stop(USAGE, say("bad-out", lang, file=out))
    _derive_and_show(
        book, books, day, days, known=_day(known, lang) if known else None, go_live=_day(go_live, lang) if go_live else None,
        history=history, out=out, strict=strict, as_json=as_json, lang=lang,
    )  # fmt: skip


def _derive_and_show(
    book: Path, books: tuple[Rulebook, ...], day: date, calendar: Calendar, *, known: date | None = None, go_live: date | None = None,
    history: bool = False, out: Path | None = None, strict: bool = False, as_json: bool = False, lang: Lang = "zh",
) -> None:  # fmt: skip
    from daihou.cli.show import as_document, show_day, show_left_out, write_out
    from daihou.engine import TwoRegimesError
    from daihou.engine import derive as run

    reading = _read(book, lang)
    if not as_json:
        show_left_out(reading, lang)
    if strict and any(fault.severity == "error" for fault in reading.faults):
        _stop(FINDINGS, say("strict-stop", lang))
    try:
        results = run(
            books,
            reading.book,
            day,
            known=known,
            go_live=go_live,
            scope="history" if history else "day",
            calendar=calendar,
        )
    except TwoRegimesError as error:
        said = say(
            "two-regimes",
            lang,
            one=error.rules[0],
            other=error.rules[1],
            count=error.count,
            example=error.example,
        )
        _stop(REFUSED, said)
    if as_json:
        typer.echo(json.dumps(as_document(results), ensure_ascii=False, indent=1))
    else:
        show_day(results, reading, books, calendar, lang)
    if out is not None:
        for path in write_out(out, results, reading, books, calendar, lang):
            typer.echo(say("written", lang, file=path), err=as_json)


@app.command()
def explain(
    book: Book,
    rule: Annotated[str, typer.Argument(help="规则编号或名称，如 fund-use-check")],
    target: Annotated[str, typer.Argument(metavar="OBJECT", help="对象的键，如合同号")],
    as_of: DayOption = None,
    rulebook: RulesOption = None,
    calendar: CalendarOption = None,
    lang: LangOption = "zh",
) -> None:
    """一条规则对一个对象为什么这样：依据、用到的值、日子怎么数出来。Why a rule says what it says of an object."""
    from daihou.cli.why import show_why

    day = _day(as_of, lang)
    books, days = _rulebooks(rulebook, lang), _calendar(calendar, lang)
    if not any(one.rule(rule) for one in books):
        _stop(USAGE, say("unknown-rule", lang, name=rule))
    reading = _read(book, lang)
    if not show_why(books, reading.book, rule, target, day, days, lang):
        raise typer.Exit(FINDINGS)


@app.command()
def demo(
    folder: Annotated[Path, typer.Argument(help="示例公司放在哪里。Where to put the sample company.")] = Path(
        "demo"
    ),
    as_of: DayOption = None,
    lang: LangOption = "zh",
) -> None:
    """示例公司走一遍：造台账、检查、派任务、写清单。The sample company from register to work list."""
    from daihou.cli.show import show_faults
    from daihou.sample import write_sample
    from daihou.units import Calendar, add_months, month_start

    day = _day(as_of, lang)
    typer.echo(say("demo-start", lang))
    files = write_sample(folder, day)
    typer.echo(say("demo-register", lang, file=files.register, faulty=files.faulty))
    show_faults(_read(files.register, lang), lang)
    _derive_and_show(
        files.register,
        _rulebooks(None, lang),
        day,
        Calendar.standard(),
        go_live=add_months(month_start(day), -2),
        out=folder / "任务清单.xlsx",
        lang=lang,
    )
    typer.echo(say("try-next", lang, command=f"daihou check {files.faulty}"))


@rulebooks_app.command("list")
def rulebook_list(rulebook: RulesOption = None, lang: LangOption = "zh") -> None:
    """有哪些规则。All rules."""
    from daihou.cli.show import show_rules

    show_rules(_rulebooks(rulebook, lang), lang)


@rulebooks_app.command("show")
def rulebook_show(rule: str, rulebook: RulesOption = None, lang: LangOption = "zh") -> None:
    """看一条规则：依据、意旨、写在哪里、原文。One rule as it is written."""
    from daihou.cli.show import show_rule

    found = [one for book in _rulebooks(rulebook, lang) if (one := book.rule(rule))]
    if not found:
        _stop(USAGE, say("unknown-rule", lang, name=rule))
    show_rule(found[0], lang)


@rulebooks_app.command("check")
def rulebook_check(
    rulebook: Annotated[str | None, typer.Argument(help="规则册的编号或文件夹；默认全部")] = None,
    lang: LangOption = "zh",
) -> None:
    """检查规则册；有错整册不用，错在哪个文件哪一行都说。Check rulebooks; a book with a mistake is refused whole."""
    for book in _rulebooks(rulebook, lang):
        typer.echo(
            say(
                "rulebook-fine",
                lang,
                name=f"{book.name}（{book.id}）",
                rules=len(book.rules),
                cases=len(book.cases),
            )
        )


@rulebooks_app.command("cases")
def rulebook_cases(
    rulebook: Annotated[str | None, typer.Argument(help="规则册的编号或文件夹；默认全部")] = None,
    lang: LangOption = "zh",
) -> None:
    """跑规则旁边的案例。Run the cases beside the rules."""
    from daihou.cli.show import show_cases

    ok = [show_cases(book, lang) for book in _rulebooks(rulebook, lang) if book.cases]
    raise typer.Exit(FINE if all(ok) else FINDINGS)


@rulebooks_app.command("sql")
def rulebook_sql(
    rule: str,
    rulebook: RulesOption = None,
    dialect: Annotated[str, typer.Option(help="duckdb | postgres | spark")] = "duckdb",
    lang: LangOption = "zh",
) -> None:
    """一条规则变成的 SQL。The SQL that a rule becomes."""
    from daihou.cli.show import show_sql

    books = _rulebooks(rulebook, lang)
    found = [one for book in books if (one := book.rule(rule))]
    if not found:
        _stop(USAGE, say("unknown-rule", lang, name=rule))
    show_sql(books, found[0], dialect)


@calendar_app.command("show")
def calendar_show(year: int, calendar: CalendarOption = None, lang: LangOption = "zh") -> None:
    """一年的工作日、节假日和调休。Working days, holidays and make-up days of a year."""
    from daihou.cli.show import show_calendar

    show_calendar(_calendar(calendar, lang), year, lang)


@calendar_app.command("import")
def calendar_import(file: Path, lang: LangOption = "zh") -> None:
    """检查一份公布的放假安排，看它读成了什么；用时加 --calendar 文件。Check a published list; use it with --calendar."""
    from daihou.cli.show import show_calendar
    from daihou.units import read_calendar

    calendar = _calendar([file], lang)
    years = [year for year, days in read_calendar(file.read_text(encoding="utf-8-sig")).items() if days]
    typer.echo(say("calendar-read", lang, years="、".join(map(str, years)) or "—"))
    for year in years:
        show_calendar(calendar, year, lang)
