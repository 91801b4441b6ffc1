"""The commands: what each takes, and how the program is entered and left. Everything heavy is imported when needed.

Help texts are messages: a command's stands under ``help-<path>``, its examples under ``try-<path>``, an argument's or
option's under the code given here. Standard output holds results only; progress and refusals go to standard error.
"""  # fmt: skip

import re
import sys
import tempfile
import traceback
from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, get_args

import typer

from daihou.cli.refusal import FAILED, FINDINGS, FINE, USAGE, Stopped
from daihou.cli.words import knows, say
from daihou.terms import Lang

app = typer.Typer(no_args_is_help=True, add_completion=False, rich_markup_mode="rich")
rulebook_app = typer.Typer(no_args_is_help=True)
calendar_app = typer.Typer(no_args_is_help=True)
audit_app = typer.Typer(no_args_is_help=True)
duties_app = typer.Typer(no_args_is_help=True)
app.add_typer(rulebook_app, name="rulebook")
app.add_typer(calendar_app, name="calendar")
app.add_typer(audit_app, name="audit")
tokens_app = typer.Typer(no_args_is_help=True)
app.add_typer(tokens_app, name="tokens")
app.add_typer(duties_app, name="duties")
messages_app = typer.Typer(no_args_is_help=True)
app.add_typer(messages_app, name="messages")
map_app = typer.Typer(no_args_is_help=True)
app.add_typer(map_app, name="map")
policy_app = typer.Typer(no_args_is_help=True)
app.add_typer(policy_app, name="policy")
pool_app = typer.Typer(no_args_is_help=True)
app.add_typer(pool_app, name="pool")
errand_app = typer.Typer(no_args_is_help=True)
app.add_typer(errand_app, name="errand")
stand_in_app = typer.Typer(no_args_is_help=True)
app.add_typer(stand_in_app, name="stand-in")
warnings_app = typer.Typer(no_args_is_help=True)
app.add_typer(warnings_app, name="warnings")
statement_app = typer.Typer(no_args_is_help=True)
app.add_typer(statement_app, name="statement")
notice_app = typer.Typer(no_args_is_help=True)
app.add_typer(notice_app, name="notice")
watch_app = typer.Typer(no_args_is_help=True)
app.add_typer(watch_app, name="watch")
form_app = typer.Typer(no_args_is_help=True)
app.add_typer(form_app, name="form")
handover_app = typer.Typer(no_args_is_help=True)
app.add_typer(handover_app, name="handover")
leftovers_app = typer.Typer(no_args_is_help=True)
app.add_typer(leftovers_app, name="leftovers")

BookArgument = Annotated[Path, typer.Argument(metavar="BOOK", help="arg-book")]
RuleArgument = Annotated[str, typer.Argument(metavar="RULE", help="arg-rule")]
MapOption = Annotated[str | None, typer.Option("--map", metavar="FILE|NAME", help="opt-map")]
DayOption = Annotated[str | None, typer.Option("--as-of", metavar="DATE", help="opt-as-of")]
KnownOption = Annotated[str | None, typer.Option("--known", metavar="DATE", help="opt-known")]
GoLiveOption = Annotated[str | None, typer.Option("--go-live", metavar="DATE", help="opt-go-live")]
RulesOption = Annotated[str | None, typer.Option("--rulebook", metavar="ID,…", help="opt-rulebook")]
CalendarOption = Annotated[list[Path] | None, typer.Option("--calendar", metavar="FILE", help="opt-calendar")]
JsonOption = Annotated[bool, typer.Option("--json", help="opt-json")]
AllOption = Annotated[bool, typer.Option("--all", help="opt-all")]
UnmaskedOption = Annotated[bool, typer.Option("--unmasked", help="opt-unmasked")]
ByOption = Annotated[str, typer.Option("--by", metavar="STAFF", help="opt-acting")]
ToldOption = Annotated[str, typer.Option("--told", metavar="TEXT", help="opt-told")]
DutyNumber = Annotated[int, typer.Argument(metavar="NUMBER", help="arg-duty-number")]
ReasonOption = Annotated[str, typer.Option("--reason", metavar="TEXT", help="opt-reason-why")]
WarningArgument = Annotated[str, typer.Argument(metavar="WARNING", help="arg-warning")]
HOME = Path("home")
HomeOption = Annotated[Path, typer.Option("--home", metavar="FOLDER", help="opt-home")]
SomeRulebook = Annotated[str | None, typer.Argument(metavar="[RULEBOOK]", help="arg-rulebook")]


def main() -> None:
    """Enter from the shell."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """Run one command line; the exit code. A refusal is told in the user's words, a fault of ours in one line."""
    lang: Lang = "zh"
    try:
        lang, rest = _language(arguments)
        command = typer.main.get_command(app)
        _in_language(command, "", lang)
        code = command.main(list(rest), prog_name="daihou", standalone_mode=False, obj=lang)
    except Stopped as stopped:
        _complain(stopped.lines)
        return stopped.code
    except typer.TyperException as error:
        return _usage(error, lang)
    except typer.Abort:
        return FAILED
    except BrokenPipeError:
        return FINE
    except Exception as error:  # noqa: BLE001 - the last resort: no stack trace reaches the user
        return _failed(error, lang)
    return code if isinstance(code, int) else FINE


def _language(arguments: Sequence[str]) -> tuple[Lang, Sequence[str]]:
    """The language asked for, wherever --lang stands, and the other arguments."""
    rest, asked = [], "zh"
    ahead = iter(arguments)
    for one in ahead:
        if one == "--lang":
            asked = next(ahead, "")
        elif one.startswith("--lang="):
            asked = one.partition("=")[2]
        else:
            rest.append(one)
    if asked not in get_args(Lang):
        raise Stopped(USAGE, [say("bad-lang", "zh", value=asked)])
    return ("en" if asked == "en" else "zh"), rest


def _in_language(command: Any, path: str, lang: Lang) -> None:
    """Put the help texts of one language into a command and those below it."""
    command.help = say(f"help{path}", lang)
    command.options_metavar = say("usage-options", lang)
    command.get_usage = lambda context: _usage_line(command, context, lang)
    command.short_help = re.split(r"[。：，；]|[.:;,] ", command.help, maxsplit=1)[0].removesuffix(".")
    own_help: Any = command.get_help_option(typer.Context(command))
    own_help.help = say("opt-help", lang)
    if knows(f"try{path}"):
        command.epilog = say(f"try{path}", lang)
    for parameter in (*command.params, own_help):
        if parameter.help and knows(parameter.help):
            parameter.help = say(parameter.help, lang)
        if getattr(parameter, "is_flag", False):
            parameter.metavar = ""  # a switch takes no value, and none is shown
    for name, below in getattr(command, "commands", {}).items():
        _in_language(below, f"{path}-{name}", lang)
    if hasattr(command, "subcommand_metavar"):
        command.subcommand_metavar = say("usage-command", lang)
    if not path:
        _frame_in_language(lang)


def _frame_in_language(lang: Lang) -> None:
    """The words that typer itself puts around a help page."""
    from typer import rich_utils

    rich_utils.ARGUMENTS_PANEL_TITLE = say("panel-arguments", lang)
    rich_utils.OPTIONS_PANEL_TITLE = say("panel-options", lang)
    rich_utils.COMMANDS_PANEL_TITLE = say("panel-commands", lang)
    rich_utils.DEFAULT_STRING = say("panel-default", lang)
    rich_utils.REQUIRED_LONG_STRING = say("panel-required", lang)


def _usage_line(command: Any, context: Any, lang: Lang) -> str:
    return say("usage", lang, path=context.command_path, rest=" ".join(command.collect_usage_pieces(context)))


def _complain(lines: Sequence[str]) -> None:
    for one in lines:
        typer.echo(one, err=True)


def _usage(error: typer.TyperException, lang: Lang) -> int:
    """A wrong command line: what is wrong in the user's language, what was perhaps meant, and where to read on."""
    kind = type(error).__name__
    if kind == "NoArgsIsHelpError":
        return FINE
    context: Any = getattr(error, "ctx", None)
    path = context.command_path if context else "daihou"
    parameter: Any = getattr(error, "param", None)
    quoted = re.search(r"'(.+?)'|\(([^()]+)\)$", error.message.rstrip("."))
    name = (quoted[1] or quoted[2]) if quoted else ""
    near: list[str] = []
    if kind in ("NoSuchOption", "BadOptionUsage"):
        code = "no-such-option" if kind == "NoSuchOption" else "no-value"
        name = str(getattr(error, "option_name", name))
        near = list(getattr(error, "possibilities", None) or ())[:1]
        said = say(code, lang, name=name)
    elif kind == "MissingParameter" and parameter is not None:
        said = say("missing-argument", lang, name=parameter.metavar or parameter.name)
    elif kind == "BadParameter" and parameter is not None:
        said = say("bad-argument", lang, name=parameter.metavar or parameter.opts[0])
    elif name and error.message.startswith("No such command"):
        said = say("no-such-command", lang, name=name)
        near = get_close_matches(name, getattr(context.command, "commands", {}), 1)
    elif name and error.message.startswith("Got unexpected"):
        said = say("too-many", lang, name=name)
    else:
        said = say("bad-usage", lang, reason=error.format_message())
    meant = [say("did-you-mean", lang, name=near[0])] if near else []
    _complain([said, *meant, say("see-help", lang, command=path)])
    return USAGE


def _failed(error: Exception, lang: Lang) -> int:
    """A fault of the program: one line for the user, the trace in a file for whoever mends it."""
    with tempfile.NamedTemporaryFile(
        "w", prefix="daihou-", suffix=".log", delete=False, encoding="utf-8"
    ) as log:
        log.write("".join(traceback.format_exception(error)))
    _complain(
        [say("internal", lang, reason=f"{type(error).__name__}: {error}".splitlines()[0], file=log.name)]
    )
    return FAILED


def _document(document: object) -> None:
    from daihou.cli.screen import document as write

    write(document)


@app.callback()
def _root(
    lang: Annotated[str, typer.Option("--lang", metavar="zh|en", help="opt-lang")] = "zh",
) -> None:
    """The whole program; --lang has been taken out before and is named here for the help only."""


@app.command()
def demo(
    ctx: typer.Context,
    folder: Annotated[Path, typer.Argument(metavar="[FOLDER]", help="arg-demo-folder")] = Path("demo"),
    as_of: DayOption = None,
    contracts: Annotated[int, typer.Option("--contracts", min=1, max=100_000, help="opt-contracts")] = 300,
) -> int:
    """Make the sample company, check it, derive its day, write the work list."""
    from daihou.cli import daily, given

    return daily.demo(folder, given.a_day(as_of, ctx.obj), contracts, ctx.obj)


@app.command()
def template(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="arg-template-file")],
    rulebook: RulesOption = None,
) -> int:
    """Write an empty workbook."""
    from daihou.cli import daily

    return daily.template(file, rulebook, ctx.obj)


@app.command()
def check(
    ctx: typer.Context,
    book: BookArgument,
    mapping: MapOption = None,
    as_of: Annotated[str | None, typer.Option("--as-of", metavar="DATE", help="opt-looked-at")] = None,
    marked: Annotated[Path | None, typer.Option("--marked", metavar="FILE", help="opt-marked")] = None,
    stamp: Annotated[bool, typer.Option("--stamp", help="opt-stamp")] = False,
    every: AllOption = False,
    unmasked: UnmaskedOption = False,
    as_json: JsonOption = False,
) -> int:
    """Name every fault of a register."""
    from daihou.cli import faults, given

    lang: Lang = ctx.obj
    if stamp and mapping is not None:
        raise Stopped(USAGE, [say("stamp-or-map", lang)])
    foreign = given.a_map(mapping, lang)
    day = given.a_day(as_of, lang)
    reading = (
        given.a_stamped_folder(book, lang, day=day)
        if stamp
        else given.a_book(book, lang, day=day, mapping=foreign)
    )
    if as_json:
        _document(faults.as_document(reading, lang, unmasked=unmasked))
    else:
        faults.show_reading(reading, lang, mapped=mapping is not None, every=every, unmasked=unmasked)
    if marked is not None:
        from daihou.cli.daily import mark

        mark(book, reading, marked, lang)
    elif reading.faults and not as_json:
        faults.show_next(reading, book, mapping, lang)
    if stamp and not as_json:
        from daihou.cli.screen import line

        line(say("not-stamped" if faults.errors_of(reading) else "stamped", lang, file=book))
    return FINDINGS if faults.errors_of(reading) else FINE


@app.command()
def derive(
    ctx: typer.Context,
    book: BookArgument,
    mapping: MapOption = None,
    rulebook: RulesOption = None,
    as_of: DayOption = None,
    known: KnownOption = None,
    go_live: GoLiveOption = None,
    calendar: CalendarOption = None,
    history: Annotated[bool, typer.Option("--history", help="opt-history")] = False,
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE", help="opt-out")] = None,
    strict: Annotated[bool, typer.Option("--strict", help="opt-strict")] = False,
    every: AllOption = False,
    unmasked: UnmaskedOption = False,
    as_json: JsonOption = False,
) -> int:
    """Derive the work of a day."""
    from daihou.cli import daily, given

    lang: Lang = ctx.obj
    day = given.a_day(as_of, lang)
    asked = given.Asked(
        rulebooks=given.rulebooks(rulebook, lang),
        day=day,
        published=given.published_years(calendar, lang),
        known=given.a_day(known, lang, day),
        go_live=None if go_live is None else given.a_day(go_live, lang),
        history=history,
        out=out,
        strict=strict,
        every=every,
        unmasked=unmasked,
        as_json=as_json,
        lang=lang,
    )
    foreign = given.a_map(mapping, lang)
    daily.check_out(asked)
    return daily.derive_day(given.a_book(book, lang, day=given.looked_at(day), mapping=foreign), asked)


@app.command()
def forecast(
    ctx: typer.Context,
    book: BookArgument,
    mapping: MapOption = None,
    months: Annotated[int, typer.Option("--months", metavar="N", help="opt-months")] = 12,
    rulebook: RulesOption = None,
    against: Annotated[str | None, typer.Option("--against", metavar="ID|FOLDER", help="opt-against")] = None,
    as_of: DayOption = None,
    go_live: GoLiveOption = None,
    calendar: CalendarOption = None,
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE", help="opt-out")] = None,
    every: AllOption = False,
    unmasked: UnmaskedOption = False,
    as_json: JsonOption = False,
) -> int:
    """How many duties of each kind fall on whom in the months ahead; what would change with other rules."""
    from daihou.cli import foreseeing, given

    lang: Lang = ctx.obj
    foreseeing.check_months(months, lang)
    day = given.a_day(as_of, lang)
    rules, others = (
        (given.rulebooks(rulebook, lang), None)
        if against is None
        else foreseeing.two_versions(rulebook, against, lang)
    )
    asked = given.Asked(
        rulebooks=rules,
        day=day,
        published=given.published_years(calendar, lang),
        known=day,
        go_live=None if go_live is None else given.a_day(go_live, lang),
        out=out,
        every=every,
        unmasked=unmasked,
        as_json=as_json,
        lang=lang,
    )
    foreseeing.check_out(asked, against=others is not None)
    foreign = given.a_map(mapping, lang)
    reading = given.a_book(book, lang, day=given.looked_at(day), mapping=foreign)
    if others is None:
        return foreseeing.foresee(reading, asked, months)
    return foreseeing.foresee_change(reading, asked, others, months)


@app.command()
def explain(
    ctx: typer.Context,
    book: BookArgument,
    rule: RuleArgument,
    target: Annotated[str, typer.Argument(metavar="OBJECT", help="arg-object")],
    mapping: MapOption = None,
    as_of: DayOption = None,
    known: KnownOption = None,
    go_live: GoLiveOption = None,
    rulebook: RulesOption = None,
    calendar: CalendarOption = None,
    unmasked: UnmaskedOption = False,
    as_json: JsonOption = False,
) -> int:
    """Why a rule says what it says of one object."""
    from daihou.cli import daily, given

    lang: Lang = ctx.obj
    day = given.a_day(as_of, lang)
    asked = given.Asked(
        rulebooks=given.rulebooks(rulebook, lang),
        day=day,
        published=given.published_years(calendar, lang),
        known=given.a_day(known, lang, day),
        go_live=None if go_live is None else given.a_day(go_live, lang),
        unmasked=unmasked,
        as_json=as_json,
        lang=lang,
    )
    wanted = given.a_rule(asked.rulebooks, rule, lang)
    foreign = given.a_map(mapping, lang)
    reading = given.a_book(book, lang, day=given.looked_at(day), mapping=foreign)
    return daily.explain_one(reading, asked, wanted, target)


@rulebook_app.command("list")
def rulebook_list(ctx: typer.Context, rulebook: SomeRulebook = None, as_json: JsonOption = False) -> int:
    """What rules there are."""
    from daihou.cli import given, rulesview

    books = given.rulebooks(rulebook, ctx.obj)
    if as_json:
        _document(rulesview.list_document(books))
    else:
        rulesview.show_rulebooks(books, ctx.obj)
    return FINE


@rulebook_app.command("show")
def rulebook_show(ctx: typer.Context, rule: RuleArgument, rulebook: RulesOption = None) -> int:
    """One rule: article, sense, figures, and as it is written."""
    from daihou.cli import given, rulesview

    lang: Lang = ctx.obj
    books = given.rulebooks(rulebook, lang)
    found = given.a_rule(books, rule, lang)
    own = next(book for book in books if book.rule(found.id) is not None)
    rulesview.show_rule(found, own, given.roots(rulebook), lang)
    return FINE


@rulebook_app.command("check")
def rulebook_check(ctx: typer.Context, rulebook: SomeRulebook = None) -> int:
    """Read rulebooks and refuse what is wrong, with file and line."""
    from daihou.cli import given, layers
    from daihou.cli.screen import line

    for book in given.rulebooks(rulebook, ctx.obj):
        counts = {"rules": len(book.rules), "cases": len(book.cases)}
        line(
            say("rulebook-fine", ctx.obj, name=book.said(ctx.obj), id=book.id, version=book.version, **counts)
        )
        layers.show_layers(book, ctx.obj)
    return FINE


@rulebook_app.command("layer")
def rulebook_layer(
    ctx: typer.Context,
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="arg-layer")],
    on: Annotated[str | None, typer.Option("--on", metavar="ID|FOLDER", help="opt-on")] = None,
) -> int:
    """Begin a layer on a rulebook, or note what a layer stands on now."""
    from daihou.cli import layers

    if on is None:
        layers.renew(folder, ctx.obj)
    else:
        layers.begin(folder, on, ctx.obj)
    return FINE


@rulebook_app.command("diff")
def rulebook_diff(
    ctx: typer.Context,
    before: Annotated[str, typer.Argument(metavar="BEFORE", help="arg-before")],
    after: Annotated[str, typer.Argument(metavar="AFTER", help="arg-after")],
    as_json: JsonOption = False,
) -> int:
    """What differs between two versions of the rules."""
    from daihou.cli import given, rulesdiff

    lang: Lang = ctx.obj
    pairs = rulesdiff.paired(given.versions(before, lang), given.versions(after, lang))
    if as_json:
        _document(rulesdiff.as_document(pairs, lang))
    else:
        rulesdiff.show_differences(pairs, lang)
    return FINDINGS if rulesdiff.differ(pairs) else FINE


@rulebook_app.command("cases")
def rulebook_cases(ctx: typer.Context, rulebook: SomeRulebook = None, as_json: JsonOption = False) -> int:
    """Run the worked cases beside the rules."""
    from daihou.cli import given, rulesview
    from daihou.cli.screen import at_work

    lang: Lang = ctx.obj
    failed: list[dict[str, object]] = []
    for book in given.rulebooks(rulebook, lang):
        with at_work("running-cases", lang, name=book.said(lang), count=len(book.cases)):
            wrong = rulesview.run_cases_of(book)
        failed += [
            {
                "case": miss.case.name,
                "source": str(miss.expectation.source),
                "day": miss.expectation.day.isoformat(),
                "wanted": dict(miss.expectation.want),
                "got": [dict(row) for row in miss.got],
            }
            for miss in wrong
        ]
        if not as_json:
            rulesview.show_cases(book, wrong, lang)
    if as_json:
        _document(failed)
    return FINDINGS if failed else FINE


@rulebook_app.command("sql")
def rulebook_sql(
    ctx: typer.Context,
    rule: RuleArgument,
    rulebook: RulesOption = None,
    dialect: Annotated[str, typer.Option("--dialect", metavar="NAME", help="opt-dialect")] = "duckdb",
) -> int:
    """The SQL that a rule becomes."""
    from daihou.cli import given, rulesview
    from daihou.cli.screen import raw

    lang: Lang = ctx.obj
    if dialect not in rulesview.DIALECTS:
        raise Stopped(USAGE, [say("bad-dialect", lang, name=dialect, known=" ".join(rulesview.DIALECTS))])
    books = given.rulebooks(rulebook, lang)
    found = given.a_rule(books, rule, lang)
    for text in rulesview.sql_of(books, found, dialect):
        raw(f"{text};\n")
    return FINE


@calendar_app.command("show")
def calendar_show(
    ctx: typer.Context,
    year: Annotated[int, typer.Argument(metavar="YEAR", help="arg-year")],
    calendar: CalendarOption = None,
    home: Annotated[Path | None, typer.Option("--home", metavar="FOLDER", help="opt-calendar-home")] = None,
    as_json: JsonOption = False,
) -> int:
    """Holidays, make-up days and working days of a year; of an installation by its own calendar."""
    from daihou.cli import days

    lang: Lang = ctx.obj
    if not days.in_range(year):
        raise Stopped(USAGE, [say("bad-year", lang, year=year)])
    return days.show(year, calendar, home, lang, as_json=as_json)


@calendar_app.command("import")
def calendar_import(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="arg-calendar-file")],
    home: Annotated[Path | None, typer.Option("--home", metavar="FOLDER", help="opt-calendar-home")] = None,
    by: Annotated[str | None, typer.Option("--by", metavar="STAFF", help="opt-acting")] = None,
) -> int:
    """Check a published list and show what it says; take it into an installation where one is named."""
    from daihou.cli import days

    if (home is None) is not (by is None):
        raise Stopped(USAGE, [say("calendar-home-and-by", ctx.obj)])
    if home is None or by is None:
        return days.check_list(file, ctx.obj)
    return days.keep_list(file, home, by, ctx.obj)


@app.command()
def init(
    ctx: typer.Context,
    home: HomeOption = HOME,
    company: Annotated[str | None, typer.Option("--company", metavar="NAME", help="opt-company")] = None,
    kind: Annotated[str | None, typer.Option("--kind", metavar="KIND", help="opt-kind")] = None,
    since: Annotated[str | None, typer.Option("--since", metavar="DATE", help="opt-since")] = None,
    admin: Annotated[str | None, typer.Option("--admin", metavar="NAME", help="opt-admin")] = None,
    register: Annotated[Path | None, typer.Option("--register", metavar="BOOK", help="opt-register")] = None,
    sample: Annotated[Path | None, typer.Option("--sample", metavar="BOOK", help="opt-sample")] = None,
) -> int:
    """Make an installation: a company with its administrator, or with a register's staff, or the sample company."""
    from daihou.cli import given, house

    lang: Lang = ctx.obj
    of_company = {"--company": company, "--kind": kind, "--since": since, "--admin": admin}
    spare = [option for option, value in of_company.items() if value is not None]
    if spare and (register is not None or sample is not None):
        raise Stopped(
            USAGE, [say("init-spare", lang, options="、".join(spare) if lang == "zh" else ", ".join(spare))]
        )
    if sample is not None:
        return house.init_sample(home, sample, given.today(), lang)
    if register is None and (company is None or admin is None):
        raise Stopped(USAGE, [say("init-needs", lang)])
    return house.init(
        home, lang, company=company or "", kind=kind or "融资担保公司", since=given.a_day(since, lang), admin=admin or "", register=register
    )  # fmt: skip


@app.command()
def update(ctx: typer.Context, home: HomeOption = HOME) -> int:
    """Bring an installation to this release."""
    from daihou.cli import house

    return house.update(home, ctx.obj)


@app.command()
def accounts(
    ctx: typer.Context,
    home: HomeOption = HOME,
    reset: Annotated[str | None, typer.Option("--reset", metavar="LOGIN", help="opt-reset")] = None,
    close: Annotated[str | None, typer.Option("--close", metavar="LOGIN", help="opt-close-account")] = None,
    reopen: Annotated[
        str | None, typer.Option("--reopen", metavar="LOGIN", help="opt-reopen-account")
    ] = None,
    unlock: Annotated[
        str | None, typer.Option("--unlock", metavar="LOGIN", help="opt-unlock-account")
    ] = None,
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="opt-close-reason")] = "",
    listed: Annotated[bool, typer.Option("--list", help="opt-list-accounts")] = False,
    as_json: JsonOption = False,
) -> int:
    """Open accounts for staff who have none; or list them all, or do one thing to one login."""
    from daihou.cli import house, logins

    asked = {"reset": reset, "close": close, "reopen": reopen, "unlock": unlock}
    chosen = logins.one_of(asked, ctx.obj, reason=reason, listed=listed, as_json=as_json)
    if listed:
        return logins.show(home, ctx.obj, as_json=as_json)
    if chosen is None or chosen == "reset":
        return house.accounts(home, ctx.obj, reset=reset)
    return logins.change(home, ctx.obj, act=chosen, login=str(asked[chosen]), reason=reason)


@app.command()
def serve(
    ctx: typer.Context,
    home: HomeOption = HOME,
    host: Annotated[str, typer.Option("--host", metavar="ADDRESS", help="opt-host")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=1, max=65_535, help="opt-port")] = 8000,
    workers: Annotated[int, typer.Option("--workers", min=1, max=64, help="opt-workers")] = 2,
    certificate: Annotated[
        Path | None, typer.Option("--certificate", metavar="FILE", help="opt-certificate")
    ] = None,
    key: Annotated[Path | None, typer.Option("--key", metavar="FILE", help="opt-key")] = None,
    plain: Annotated[bool, typer.Option("--plain", help="opt-plain")] = False,
) -> int:
    """Serve an installation to browsers."""
    from daihou.cli import house

    if (certificate is None) is not (key is None):
        raise Stopped(USAGE, [say("half-tls", ctx.obj)])
    return house.serve(
        home, ctx.obj, host=host, port=port, workers=workers, certificate=certificate, key=key, plain=plain
    )


@app.command()
def day(
    ctx: typer.Context, home: HomeOption = HOME, as_of: DayOption = None, as_json: JsonOption = False
) -> int:
    """Derive a day of an installation and store it: what the timer calls each morning."""
    from daihou.cli import given, house

    return house.day(home, given.a_day(as_of, ctx.obj), ctx.obj, as_json=as_json)


@app.command("import")
def import_(
    ctx: typer.Context,
    book: BookArgument,
    home: HomeOption = HOME,
    map_: Annotated[str | None, typer.Option("--map", metavar="FILE|NAME", help="opt-kept-map")] = None,
    file_day: Annotated[str | None, typer.Option("--day", metavar="DATE", help="opt-file-day")] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="opt-overwrite")] = False,
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="opt-overwrite-reason")] = "",
) -> int:
    """Take a register into an installation: its good rows; the others are listed."""
    from daihou.cli import given, house

    day_of_file = given.a_day(file_day, ctx.obj) if file_day else None
    return house.take(
        home, book, ctx.obj, name=map_, file_day=day_of_file, overwrite=overwrite, reason=reason
    )


@audit_app.command("verify")
def audit_verify(
    ctx: typer.Context,
    home: HomeOption = HOME,
    against: Annotated[
        list[Path] | None, typer.Option("--against", metavar="BACKUP", help="opt-audit-against")
    ] = None,
    head: Annotated[
        list[str] | None, typer.Option("--head", metavar="LENGTH:SEAL", help="opt-audit-head")
    ] = None,
    as_json: JsonOption = False,
) -> int:
    """Prove that the trail is whole, or say which row is not."""
    from daihou.cli import house, keeping

    told = dict(keeping.head_said(one, ctx.obj) for one in head or ())
    return house.verify(home, ctx.obj, told=told, backups=against or (), as_json=as_json)


@tokens_app.command("make")
def tokens_make(
    ctx: typer.Context,
    login: Annotated[str, typer.Argument(metavar="LOGIN", help="arg-login")],
    name: Annotated[str, typer.Option("--name", metavar="TEXT", help="opt-token-name")],
    scope: Annotated[list[str], typer.Option("--scope", metavar="SCOPE", help="opt-scope")],
    home: HomeOption = HOME,
    days: Annotated[int, typer.Option("--days", min=1, max=365, help="opt-token-days")] = 90,
) -> int:
    """Make an API token for a login; its text is told this once."""
    from daihou.cli import tokens

    return tokens.make(home, login, ctx.obj, name=name, scopes=scope, days=days)


@tokens_app.command("list")
def tokens_list(ctx: typer.Context, home: HomeOption = HOME, as_json: JsonOption = False) -> int:
    """The API tokens of an installation: whose, what for, until when."""
    from daihou.cli import tokens

    return tokens.listed(home, ctx.obj, as_json=as_json)


@tokens_app.command("revoke")
def tokens_revoke(
    ctx: typer.Context,
    number: Annotated[int, typer.Argument(metavar="NUMBER", help="arg-token")],
    home: HomeOption = HOME,
) -> int:
    """End an API token for good."""
    from daihou.cli import tokens

    return tokens.revoke(home, number, ctx.obj)


@policy_app.command("list")
def policy_list(ctx: typer.Context, home: HomeOption = HOME, as_json: JsonOption = False) -> int:
    """List the changes of the company's own figures."""
    from daihou.cli import policy

    return policy.show(home, ctx.obj, as_json=as_json)


@policy_app.command("propose")
def policy_propose(
    ctx: typer.Context,
    figure: Annotated[str, typer.Argument(metavar="FIGURE", help="arg-figure")],
    value: Annotated[str, typer.Argument(metavar="VALUE", help="arg-value")],
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="opt-reason")],
    by: Annotated[str, typer.Option("--by", metavar="STAFF", help="opt-by")],
    since: Annotated[str | None, typer.Option("--from", metavar="DATE", help="opt-from")] = None,
    citation: Annotated[str, typer.Option("--citation", metavar="TEXT", help="opt-citation")] = "",
    home: HomeOption = HOME,
    as_json: JsonOption = False,
) -> int:
    """Propose another value of a figure from a day on, and put it to signature."""
    from daihou.cli import policy

    return policy.propose(
        home, ctx.obj, figure=figure, value=value, since=since, reason=reason, citation=citation, by=by, as_json=as_json
    )  # fmt: skip


@policy_app.command("limits")
def policy_limits(ctx: typer.Context, home: HomeOption = HOME, as_json: JsonOption = False) -> int:
    """List the signing limits: above which amount who signs too."""
    from daihou.cli import limits

    return limits.show(home, ctx.obj, as_json=as_json)


@policy_app.command("limit")
def policy_limit(
    ctx: typer.Context,
    above: Annotated[str, typer.Argument(metavar="AMOUNT", help="arg-above")],
    posts: Annotated[list[str], typer.Argument(metavar="POST", help="arg-limit-posts")],
    citation: Annotated[str, typer.Option("--citation", metavar="TEXT", help="opt-limit-citation")],
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="opt-reason")],
    by: Annotated[str, typer.Option("--by", metavar="STAFF", help="opt-by")],
    kinds: Annotated[list[str] | None, typer.Option("--kind", metavar="KIND", help="opt-limit-kind")] = None,
    since: Annotated[str | None, typer.Option("--from", metavar="DATE", help="opt-from")] = None,
    home: HomeOption = HOME,
) -> int:
    """Propose that above an amount a post signs too, or two jointly, and put it to signature."""
    from daihou.cli import limits

    return limits.propose(
        home, ctx.obj, above=above, posts=posts, kinds=kinds or [], since=since, reason=reason, citation=citation, by=by
    )  # fmt: skip


@policy_app.command("end-limit")
def policy_end_limit(
    ctx: typer.Context,
    number: Annotated[int, typer.Argument(metavar="NUMBER", help="arg-limit")],
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="opt-reason")],
    by: Annotated[str, typer.Option("--by", metavar="STAFF", help="opt-by")],
    home: HomeOption = HOME,
) -> int:
    """Propose that a signing limit be done away with, and put it to signature."""
    from daihou.cli import limits

    return limits.end(home, ctx.obj, number=number, reason=reason, by=by)


@handover_app.command("show")
def handover_show(
    ctx: typer.Context,
    staff: Annotated[str, typer.Argument(metavar="STAFF", help="arg-staff")],
    home: HomeOption = HOME,
    as_json: JsonOption = False,
) -> int:
    """What a member of staff holds and would have to hand over."""
    from daihou.cli import handover

    return handover.show(home, staff, ctx.obj, as_json=as_json)


@handover_app.command("propose")
def handover_propose(
    ctx: typer.Context,
    giver: Annotated[str, typer.Argument(metavar="FROM", help="arg-giver")],
    taker: Annotated[str, typer.Argument(metavar="TO", help="arg-taker")],
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="opt-handover-reason")],
    by: Annotated[str, typer.Option("--by", metavar="STAFF", help="opt-handover-by")],
    only: Annotated[list[str] | None, typer.Option("--only", metavar="KEY", help="opt-only-held")] = None,
    head_moves: Annotated[bool, typer.Option("--head-moves", help="opt-head-moves")] = False,
    home: HomeOption = HOME,
    as_json: JsonOption = False,
) -> int:
    """Put a handover of clients, contracts and errands to signature."""
    from daihou.cli import handover

    return handover.propose(
        home, ctx.obj, giver=giver, taker=taker, only=only or [], reason=reason, head_moves=head_moves, by=by, as_json=as_json
    )  # fmt: skip


@audit_app.command("files")
def audit_files(ctx: typer.Context, home: HomeOption = HOME, as_json: JsonOption = False) -> int:
    """Prove that every attachment is there and as it was handed in."""
    from daihou.cli import house

    return house.files(home, ctx.obj, as_json=as_json)


@duties_app.command("file")
def duties_file(
    ctx: typer.Context,
    home: HomeOption = HOME,
    contract: Annotated[str | None, typer.Option("--contract", metavar="KEY", help="opt-contract")] = None,
    person: Annotated[
        str | None, typer.Option("--person", metavar="STAFF", help="opt-measure-person")
    ] = None,
    since: Annotated[str | None, typer.Option("--from", metavar="DAY", help="opt-file-from")] = None,
    until: Annotated[str | None, typer.Option("--until", metavar="DAY", help="opt-file-until")] = None,
    as_json: JsonOption = False,
) -> int:
    """The due-diligence file of a contract or a person, with its fingerprint."""
    from daihou.cli import given, house

    days = {name: None if said is None else given.a_day(said, ctx.obj) for name, said in (("since", since), ("until", until))}  # fmt: skip
    return house.dossier(home, ctx.obj, contract=contract, person=person, **days, as_json=as_json)


@messages_app.command("send")
def messages_send(ctx: typer.Context, home: HomeOption = HOME, as_json: JsonOption = False) -> int:
    """Send what is due by the channels that are on; in the morning everybody's list once."""
    from daihou.cli import house

    return house.send_messages(home, ctx.obj, as_json=as_json)


@messages_app.command("test")
def messages_test(ctx: typer.Context, home: HomeOption = HOME) -> int:
    """Send one message by every channel now and say what came of each."""
    from daihou.cli import house

    return house.try_channels(home, ctx.obj)


@app.command()
def backup(
    ctx: typer.Context,
    home: HomeOption = HOME,
    to: Annotated[Path | None, typer.Option("--to", metavar="FOLDER|FILE", help="opt-backup-to")] = None,
    keep: Annotated[int | None, typer.Option("--keep", min=1, help="opt-keep")] = None,
    as_json: JsonOption = False,
) -> int:
    """Back an installation up while it is used, and prove the backup."""
    from daihou.cli import keeping

    return keeping.backup(home, ctx.obj, to=to, keep=keep, as_json=as_json)


@app.command()
def restore(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="BACKUP", help="arg-backup")],
    home: HomeOption = HOME,
    keys: Annotated[Path | None, typer.Option("--keys", metavar="FILE", help="opt-keys")] = None,
) -> int:
    """Put a backup into an empty installation, and prove what came of it."""
    from daihou.cli import keeping

    return keeping.restore(home, file, ctx.obj, key_file=keys)


@audit_app.command("backup")
def audit_backup(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="BACKUP", help="arg-backup")],
    home: HomeOption = HOME,
    as_json: JsonOption = False,
) -> int:
    """Prove that a backup is whole and fits the keys of an installation."""
    from daihou.cli import keeping

    return keeping.check(home, file, ctx.obj, as_json=as_json)


@app.command()
def docs(
    ctx: typer.Context,
    root: Annotated[Path, typer.Argument(metavar="[FOLDER]", help="arg-docs-folder")] = Path(),
    check_only: Annotated[bool, typer.Option("--check", help="opt-docs-check")] = False,
) -> int:
    """Make the pages that are made from the data, or say which are stale."""
    from daihou.cli import pages
    from daihou.cli.screen import line

    lang: Lang = ctx.obj
    if not (root / "docs" / "requirements.yaml").is_file():
        raise Stopped(USAGE, [say("docs-nowhere", lang, folder=root)])
    try:
        names = pages.stale(root) if check_only else pages.write(root)
    except pages.UncarriedError as error:
        raise Stopped(FINDINGS, [say("docs-uncarried", lang, names=" ".join(error.names))]) from error
    except pages.UncoveredError as error:
        code = "docs-unlisted" if isinstance(error, pages.UnlistedError) else "docs-uncovered"
        raise Stopped(FINDINGS, [say(code, lang, ids=" ".join(error.ids))]) from error
    if check_only and names:
        raise Stopped(FINDINGS, [say("docs-stale", lang, names=" ".join(names))])
    line(
        say("docs-fine", lang)
        if check_only or not names
        else say("docs-written", lang, names=" ".join(names))
    )
    return FINE


@map_app.command("list")
def map_list(ctx: typer.Context, as_json: JsonOption = False) -> int:
    """What mappings are shipped."""
    from daihou.cli import mapview

    if as_json:
        _document(mapview.list_document(ctx.obj))
    else:
        mapview.show_maps(ctx.obj)
    return FINE


@map_app.command("show")
def map_show(
    ctx: typer.Context, name: Annotated[str, typer.Argument(metavar="FILE|NAME", help="arg-map")]
) -> int:
    """The text of a mapping, to be copied."""
    from daihou.cli import mapview

    mapview.show_text(name, ctx.obj)
    return FINE


@map_app.command("check")
def map_check(
    ctx: typer.Context, name: Annotated[str, typer.Argument(metavar="FILE|NAME", help="arg-map")]
) -> int:
    """Read a mapping and refuse what is wrong, with file and line."""
    from daihou.cli import mapview

    mapview.show_fine(name, ctx.obj)
    return FINE


@map_app.command("keep")
def map_keep(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="arg-map-file")],
    home: HomeOption = HOME,
) -> int:
    """Keep a mapping in an installation: a new one, or the next edition of its name."""
    from daihou.cli import kept

    return kept.keep(home, file, ctx.obj)


@map_app.command("kept")
def map_kept(ctx: typer.Context, home: HomeOption = HOME, as_json: JsonOption = False) -> int:
    """The mappings that an installation keeps."""
    from daihou.cli import kept

    return kept.show(home, ctx.obj, as_json=as_json)


@map_app.command("match")
def map_match(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="arg-kept-map")],
    said: Annotated[str, typer.Argument(metavar="TEXT", help="arg-said")],
    key: Annotated[str, typer.Argument(metavar="KEY|none", help="arg-match-key")],
    column: Annotated[
        str | None, typer.Option("--column", metavar="TABLE.COLUMN", help="opt-match-column")
    ] = None,
    home: HomeOption = HOME,
) -> int:
    """Remember which row the text of a foreign list means, for every later list of the mapping."""
    from daihou.cli import kept

    return kept.match(home, name, said, key, ctx.obj, column=column)


@map_app.command("retire")
def map_retire(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="arg-kept-map")],
    home: HomeOption = HOME,
) -> int:
    """Take a mapping of an installation out of use."""
    from daihou.cli import kept

    return kept.retire(home, name, ctx.obj)


NoticeArgument = Annotated[str, typer.Argument(metavar="NOTICE", help="arg-notice")]


@notice_app.command("list")
def notice_list(
    ctx: typer.Context, by: ByOption, home: HomeOption = HOME, as_json: JsonOption = False
) -> int:
    """The risk notices that somebody may read."""
    from daihou.cli import notices

    return notices.show(home, by, ctx.obj, as_json=as_json)


@notice_app.command("show")
def notice_show(
    ctx: typer.Context,
    notice: NoticeArgument,
    by: ByOption,
    home: HomeOption = HOME,
    as_json: JsonOption = False,
) -> int:
    """One risk notice, and who has read it."""
    from daihou.cli import notices

    return notices.tell(home, notice, by, ctx.obj, as_json=as_json)


@notice_app.command("send")
def notice_send(
    ctx: typer.Context,
    title: Annotated[str, typer.Argument(metavar="TITLE", help="arg-notice-title")],
    topic: Annotated[str, typer.Option("--topic", metavar="TOPIC", help="opt-notice-topic")],
    told: ToldOption,
    by: ByOption,
    to: Annotated[list[str] | None, typer.Option("--to", metavar="AUDIENCE", help="opt-notice-to")] = None,
    industry: Annotated[str, typer.Option("--industry", metavar="INDUSTRY", help="opt-notice-industry")] = "",
    client: Annotated[
        list[str] | None, typer.Option("--client", metavar="PARTY", help="opt-notice-client")
    ] = None,
    home: HomeOption = HOME,
) -> int:
    """Tell business, risk control and review what has changed."""
    from daihou.cli import notices

    return notices.send(
        home,
        ctx.obj,
        topic=topic,
        title=title,
        text=told,
        to=to or [],
        industry=industry,
        clients=client or [],
        by=by,
    )


@notice_app.command("read")
def notice_read(
    ctx: typer.Context, notice: NoticeArgument, told: ToldOption, by: ByOption, home: HomeOption = HOME
) -> int:
    """Say that one has read a risk notice, and what one is going to do."""
    from daihou.cli import notices

    return notices.read(home, notice, told, by, ctx.obj)


WatchArgument = Annotated[str, typer.Argument(metavar="LISTING", help="arg-watch")]
StepOption = Annotated[list[str] | None, typer.Option("--step", metavar="DATE=TEXT", help="opt-watch-step")]


@watch_app.command("list")
def watch_list(
    ctx: typer.Context,
    by: ByOption,
    home: HomeOption = HOME,
    off: Annotated[bool, typer.Option("--off", help="opt-watch-off")] = False,
    as_json: JsonOption = False,
) -> int:
    """Who is on the watch list."""
    from daihou.cli import watched

    return watched.show(home, by, ctx.obj, off=off, as_json=as_json)


@watch_app.command("show")
def watch_show(
    ctx: typer.Context,
    listing: WatchArgument,
    by: ByOption,
    home: HomeOption = HOME,
    as_json: JsonOption = False,
) -> int:
    """The plan of a listed client: its steps and the monthly looks."""
    from daihou.cli import watched

    return watched.tell(home, listing, by, ctx.obj, as_json=as_json)


@watch_app.command("add")
def watch_add(
    ctx: typer.Context,
    party: Annotated[str, typer.Argument(metavar="PARTY", help="arg-party")],
    reason: ReasonOption,
    plan: Annotated[str, typer.Option("--plan", metavar="PLAN", help="opt-watch-plan")],
    by: ByOption,
    step: StepOption = None,
    told: Annotated[str, typer.Option("--told", metavar="TEXT", help="opt-watch-told")] = "",
    person: Annotated[str, typer.Option("--person", metavar="STAFF", help="opt-watch-person")] = "",
    home: HomeOption = HOME,
) -> int:
    """Put a client on the watch list with his plan and its first steps."""
    from daihou.cli import watched

    return watched.add(
        home,
        ctx.obj,
        party=party,
        reason=reason,
        plan=plan,
        told=told,
        person=person,
        steps=step or [],
        by=by,
    )


@watch_app.command("step")
def watch_step(
    ctx: typer.Context, listing: WatchArgument, by: ByOption, step: StepOption = None, home: HomeOption = HOME
) -> int:
    """Add steps to the plan of a listed client."""
    from daihou.cli import watched

    return watched.steps_of(home, listing, step or [], by, ctx.obj)


@watch_app.command("done")
def watch_done(
    ctx: typer.Context,
    step: Annotated[str, typer.Argument(metavar="STEP", help="arg-watch-step")],
    told: ToldOption,
    by: ByOption,
    on: Annotated[str | None, typer.Option("--done", metavar="DATE", help="opt-done")] = None,
    home: HomeOption = HOME,
) -> int:
    """Say that a step was carried out and what came of it."""
    from daihou.cli import given, watched

    return watched.finish(home, step, given.a_day(on, ctx.obj) if on else None, told, by, ctx.obj)


@watch_app.command("look")
def watch_look(
    ctx: typer.Context, listing: WatchArgument, told: ToldOption, by: ByOption, home: HomeOption = HOME
) -> int:
    """Write down the month's look at a listed client."""
    from daihou.cli import watched

    return watched.look(home, listing, told, by, ctx.obj)


@watch_app.command("remove")
def watch_remove(
    ctx: typer.Context, listing: WatchArgument, told: ToldOption, by: ByOption, home: HomeOption = HOME
) -> int:
    """Put a client's coming off the list to signature."""
    from daihou.cli import watched

    return watched.remove(home, listing, told, by, ctx.obj)


@form_app.command("list")
def form_list(ctx: typer.Context, by: ByOption, home: HomeOption = HOME, as_json: JsonOption = False) -> int:
    """The duties of somebody whose form is still to be handed in."""
    from daihou.cli import sheets

    return sheets.listed(home, by, ctx.obj, as_json=as_json)


@form_app.command("show")
def form_show(
    ctx: typer.Context, number: DutyNumber, by: ByOption, home: HomeOption = HOME, as_json: JsonOption = False
) -> int:
    """What the form of a duty asks, and what it begins with."""
    from daihou.cli import sheets

    return sheets.show(home, number, by, ctx.obj, as_json=as_json)


@form_app.command("fill")
def form_fill(
    ctx: typer.Context,
    number: DutyNumber,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="arg-form-file")],
    by: ByOption,
    home: HomeOption = HOME,
    draft: Annotated[bool, typer.Option("--draft", help="opt-form-draft")] = False,
    noticed: Annotated[bool, typer.Option("--noticed", help="opt-form-noticed")] = False,
) -> int:
    """Fill the form of a duty from a file and hand it in."""
    from daihou.cli import sheets

    return sheets.fill(home, number, file, by, ctx.obj, draft=draft, noticed=noticed)


@form_app.command("print")
def form_print(
    ctx: typer.Context,
    number: Annotated[str, typer.Argument(metavar="NUMBER", help="arg-form-number")],
    by: ByOption,
    home: HomeOption = HOME,
    kind: Annotated[str, typer.Option("--as", metavar="KIND", help="opt-form-as")] = "pdf",
    to: Annotated[Path | None, typer.Option("--out", metavar="FILE", help="opt-form-out")] = None,
) -> int:
    """Print a form that was handed in as PDF or Word."""
    from daihou.cli import sheets

    return sheets.take_out(home, number, by, ctx.obj, kind=kind, to=to)


StatementFile = Annotated[Path, typer.Argument(metavar="FILE", help="arg-statement")]
UnitOption = Annotated[str | None, typer.Option("--unit", metavar="UNIT", help="opt-statement-unit")]
EndOption = Annotated[str | None, typer.Option("--end", metavar="DATE", help="opt-statement-end")]


@statement_app.command("read")
def statement_read(
    ctx: typer.Context,
    file: StatementFile,
    unit: UnitOption = None,
    end: EndOption = None,
    as_json: JsonOption = False,
) -> int:
    """What a client's own statement says, line by line."""
    from daihou.cli import given, statements

    return statements.tell(
        file, ctx.obj, unit=unit, end=given.a_day(end, ctx.obj) if end else None, as_json=as_json
    )


@statement_app.command("take")
def statement_take(
    ctx: typer.Context,
    file: StatementFile,
    party: Annotated[str, typer.Argument(metavar="PARTY", help="arg-party")],
    by: ByOption,
    unit: UnitOption = None,
    end: EndOption = None,
    basis: Annotated[
        str | None, typer.Option("--basis", metavar="PERIOD", help="opt-statement-basis")
    ] = None,
    consolidated: Annotated[bool, typer.Option("--consolidated", help="opt-statement-consolidated")] = False,
    noticed: Annotated[bool, typer.Option("--noticed", help="opt-form-noticed")] = False,
    home: HomeOption = HOME,
) -> int:
    """Register a client's own statement, and keep the file with the client."""
    from daihou.cli import given, statements

    return statements.take(
        home,
        file,
        party,
        by,
        ctx.obj,
        unit=unit,
        end=given.a_day(end, ctx.obj) if end else None,
        basis=basis,
        consolidated=consolidated,
        noticed=noticed,
    )


FormArgument = Annotated[str, typer.Argument(metavar="FORM", help="arg-form")]


@form_app.command("catalogue")
def form_catalogue(
    ctx: typer.Context, by: ByOption, home: HomeOption = HOME, as_json: JsonOption = False
) -> int:
    """All forms, and what the company changed in each."""
    from daihou.cli import amended

    return amended.catalogue(home, by, ctx.obj, as_json=as_json)


@form_app.command("own")
def form_own(ctx: typer.Context, form: FormArgument, by: ByOption, home: HomeOption = HOME) -> int:
    """What the company adds to a form and changes in it, as YAML."""
    from daihou.cli import amended

    return amended.tell(home, form, by, ctx.obj)


@form_app.command("amend")
def form_amend(
    ctx: typer.Context,
    form: FormArgument,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="arg-form-amend")],
    reason: ReasonOption,
    by: ByOption,
    home: HomeOption = HOME,
) -> int:
    """Set what the company adds to a form and changes in it, from a file."""
    from daihou.cli import amended

    return amended.amend(home, form, file, reason, by, ctx.obj)


@warnings_app.command("list")
def warnings_list(
    ctx: typer.Context,
    by: ByOption,
    home: HomeOption = HOME,
    closed: Annotated[bool, typer.Option("--closed", help="opt-closed")] = False,
    as_json: JsonOption = False,
) -> int:
    """The warnings that somebody sees, the worst first."""
    from daihou.cli import warned

    return warned.show(home, by, ctx.obj, closed=closed, as_json=as_json)


@warnings_app.command("raise")
def warnings_raise(
    ctx: typer.Context,
    signal: Annotated[str, typer.Argument(metavar="SIGNAL", help="arg-signal")],
    party: Annotated[str, typer.Argument(metavar="PARTY", help="arg-party")],
    level: Annotated[str, typer.Option("--level", metavar="LEVEL", help="opt-level")],
    told: ToldOption,
    by: ByOption,
    contract: Annotated[
        str | None, typer.Option("--contract", metavar="KEY", help="opt-warned-contract")
    ] = None,
    channel: Annotated[str | None, typer.Option("--channel", metavar="CHANNEL", help="opt-channel")] = None,
    home: HomeOption = HOME,
) -> int:
    """Raise a signal by hand, with what was seen."""
    from daihou.cli import warned

    return warned.raise_one(
        home,
        ctx.obj,
        rule=signal,
        party=party,
        level=level,
        told=told,
        contract=contract,
        channel=channel,
        by=by,
    )


@warnings_app.command("verify")
def warnings_verify(
    ctx: typer.Context,
    warning: WarningArgument,
    outcome: Annotated[str, typer.Argument(metavar="OUTCOME", help="arg-outcome")],
    told: ToldOption,
    by: ByOption,
    home: HomeOption = HOME,
) -> int:
    """Say whether a warning is true, and what that rests on."""
    from daihou.cli import warned

    return warned.verify(home, ctx.obj, key=warning, outcome=outcome, told=told, by=by)


@warnings_app.command("measure")
def warnings_measure(
    ctx: typer.Context,
    warning: WarningArgument,
    measures: Annotated[list[str], typer.Argument(metavar="MEASURE…", help="arg-measures")],
    by: ByOption,
    person: Annotated[str, typer.Option("--person", metavar="STAFF", help="opt-measure-person")] = "",
    until: Annotated[str | None, typer.Option("--until", metavar="DATE", help="opt-measure-until")] = None,
    personal: Annotated[bool, typer.Option("--personal", help="opt-measure-personal")] = False,
    home: HomeOption = HOME,
) -> int:
    """Decide on measures about a true warning."""
    from daihou.cli import given, warned

    day = None if until is None else given.a_day(until, ctx.obj)
    return warned.decide(
        home, ctx.obj, key=warning, measures=measures, person=person, until=day, personal=personal, by=by
    )


@warnings_app.command("result")
def warnings_result(
    ctx: typer.Context,
    measure: Annotated[str, typer.Argument(metavar="MEASURE", help="arg-measure-key")],
    told: ToldOption,
    by: ByOption,
    done: Annotated[str | None, typer.Option("--done", metavar="DATE", help="opt-done")] = None,
    home: HomeOption = HOME,
) -> int:
    """Tell what came of a measure."""
    from daihou.cli import given, warned

    day = None if done is None else given.a_day(done, ctx.obj)
    return warned.result(home, ctx.obj, key=measure, done=day, told=told, by=by)


@warnings_app.command("close")
def warnings_close(
    ctx: typer.Context, warning: WarningArgument, told: ToldOption, by: ByOption, home: HomeOption = HOME
) -> int:
    """Put the closing of a warning to signature."""
    from daihou.cli import warned

    return warned.close(home, ctx.obj, key=warning, conclusion=told, by=by)


@pool_app.command("list")
def pool_list(ctx: typer.Context, by: ByOption, home: HomeOption = HOME, as_json: JsonOption = False) -> int:
    """What lies in the pools that somebody takes from or assigns out of."""
    from daihou.cli import pooled

    return pooled.show(home, by, ctx.obj, as_json=as_json)


@pool_app.command("take")
def pool_take(ctx: typer.Context, number: DutyNumber, by: ByOption, home: HomeOption = HOME) -> int:
    """Take a duty out of one's pool."""
    from daihou.cli import pooled

    return pooled.take(home, number, ctx.obj, by=by)


@pool_app.command("give-back")
def pool_give_back(ctx: typer.Context, number: DutyNumber, by: ByOption, home: HomeOption = HOME) -> int:
    """Put a duty back into its pool."""
    from daihou.cli import pooled

    return pooled.give_back(home, number, ctx.obj, by=by)


@pool_app.command("assign")
def pool_assign(
    ctx: typer.Context,
    number: DutyNumber,
    to: Annotated[str, typer.Argument(metavar="STAFF", help="arg-assign-to")],
    by: ByOption,
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="opt-assign-reason")] = "",
    home: HomeOption = HOME,
) -> int:
    """Give a duty out of a pool to a holder of its post, or move it from another."""
    from daihou.cli import pooled

    return pooled.assign(home, number, to, ctx.obj, reason=reason, by=by)


@app.command()
def ask(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(metavar="TABLE", help="arg-ask-table")],
    by: ByOption,
    said: Annotated[list[str] | None, typer.Argument(metavar="[COLUMN=VALUE]…", help="arg-ask-said")] = None,
    key: Annotated[str | None, typer.Option("--key", metavar="KEY", help="opt-ask-key")] = None,
    home: HomeOption = HOME,
    as_json: JsonOption = False,
) -> int:
    """Whether the rules allow an act: of a row that stands, or as it would be entered."""
    from daihou.cli import asking

    return asking.ask(home, name, said or (), ctx.obj, key=key, by=by, as_json=as_json)


@app.command()
def classes(ctx: typer.Context, by: ByOption, home: HomeOption = HOME, as_json: JsonOption = False) -> int:
    """What is to be classed otherwise than it is on record, of what somebody sees."""
    from daihou.cli import classes as listed

    return listed.show(home, by, ctx.obj, as_json=as_json)


@app.command()
def step(
    ctx: typer.Context,
    contract: Annotated[str, typer.Argument(metavar="CONTRACT", help="arg-step-contract")],
    name: Annotated[str, typer.Argument(metavar="STEP", help="arg-step")],
    by: ByOption,
    said: Annotated[list[str] | None, typer.Argument(metavar="[COLUMN=VALUE]…", help="arg-step-said")] = None,
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="opt-step-reason")] = "",
    plan: Annotated[str, typer.Option("--plan", metavar="WAY", help="opt-step-plan")] = "stays",
    home: HomeOption = HOME,
) -> int:
    """Take a contract one step on."""
    from daihou.cli import stepping

    return stepping.step(home, contract, name, said or (), ctx.obj, by=by, reason=reason, plan=plan)


@leftovers_app.command("list")
def leftovers_list(
    ctx: typer.Context,
    by: ByOption,
    rule: Annotated[str | None, typer.Option("--rule", metavar="RULE", help="opt-leftovers-rule")] = None,
    home: HomeOption = HOME,
    as_json: JsonOption = False,
) -> int:
    """What had fallen due before go-live and is not done, of what somebody sees."""
    from daihou.cli import leftovers

    return leftovers.show(home, by, ctx.obj, rule=rule, as_json=as_json)


@leftovers_app.command("close")
def leftovers_close(
    ctx: typer.Context,
    by: ByOption,
    reason: ReasonOption,
    numbers: Annotated[
        list[int] | None, typer.Argument(metavar="[NUMBER]…", help="arg-leftovers-numbers")
    ] = None,
    rule: Annotated[str | None, typer.Option("--rule", metavar="RULE", help="opt-leftovers-rule")] = None,
    every: Annotated[bool, typer.Option("--all", help="opt-leftovers-all")] = False,
    home: HomeOption = HOME,
) -> int:
    """Close some of it with one reason; by who stands above the one who answers for it."""
    from daihou.cli import leftovers

    return leftovers.close(home, numbers or (), ctx.obj, by=by, reason=reason, rule=rule, every=every)


@errand_app.command("list")
def errand_list(
    ctx: typer.Context,
    by: ByOption,
    home: HomeOption = HOME,
    done: Annotated[bool, typer.Option("--done", help="opt-errand-done")] = False,
    as_json: JsonOption = False,
) -> int:
    """Errands that somebody gave or has to do."""
    from daihou.cli import errands

    return errands.show(home, by, ctx.obj, done=done, as_json=as_json)


@errand_app.command("give")
def errand_give(
    ctx: typer.Context,
    to: Annotated[list[str], typer.Argument(metavar="STAFF…", help="arg-errand-to")],
    matter: Annotated[str, typer.Option("--matter", metavar="TEXT", help="opt-matter")],
    until: Annotated[str, typer.Option("--until", metavar="DATE", help="opt-errand-until")],
    by: ByOption,
    contract: Annotated[str, typer.Option("--contract", metavar="CONTRACT", help="opt-errand-contract")] = "",
    form: Annotated[str, typer.Option("--form", metavar="FORM", help="opt-errand-form")] = "",
    home: HomeOption = HOME,
) -> int:
    """Give somebody below a thing to do until a day."""
    from daihou.cli import errands, given

    day = given.a_day(until, ctx.obj)
    return errands.give(home, to, ctx.obj, matter=matter, until=day, by=by, contract=contract, form=form)


@errand_app.command("done")
def errand_done(
    ctx: typer.Context,
    errand: Annotated[str, typer.Argument(metavar="ERRAND", help="arg-errand")],
    told: ToldOption,
    by: ByOption,
    done: Annotated[str | None, typer.Option("--done", metavar="DATE", help="opt-done")] = None,
    home: HomeOption = HOME,
) -> int:
    """Say that an errand is done, and how it went."""
    from daihou.cli import errands, given

    day = None if done is None else given.a_day(done, ctx.obj)
    return errands.finish(home, errand, ctx.obj, done=day, told=told, by=by)


@errand_app.command("call-off")
def errand_call_off(
    ctx: typer.Context,
    errand: Annotated[str, typer.Argument(metavar="ERRAND", help="arg-errand")],
    reason: ReasonOption,
    by: ByOption,
    home: HomeOption = HOME,
) -> int:
    """Call an errand off, with the reason."""
    from daihou.cli import errands

    return errands.call_off(home, errand, ctx.obj, reason=reason, by=by)


@stand_in_app.command("list")
def stand_in_list(
    ctx: typer.Context, by: ByOption, home: HomeOption = HOME, as_json: JsonOption = False
) -> int:
    """Who does whose duties, as far as it concerns somebody."""
    from daihou.cli import stand_ins

    return stand_ins.show(home, by, ctx.obj, as_json=as_json)


@stand_in_app.command("arrange")
def stand_in_arrange(
    ctx: typer.Context,
    absent: Annotated[str, typer.Argument(metavar="ABSENT", help="arg-absent")],
    deputy: Annotated[str, typer.Argument(metavar="DEPUTY", help="arg-deputy")],
    until: Annotated[str, typer.Option("--until", metavar="DATE", help="opt-stand-in-until")],
    reason: ReasonOption,
    by: ByOption,
    since: Annotated[str | None, typer.Option("--since", metavar="DATE", help="opt-stand-in-since")] = None,
    home: HomeOption = HOME,
) -> int:
    """Let a colleague do the duties of somebody who is absent."""
    from daihou.cli import given, stand_ins

    first = None if since is None else given.a_day(since, ctx.obj)
    last = given.a_day(until, ctx.obj)
    return stand_ins.arrange(home, absent, deputy, ctx.obj, since=first, until=last, reason=reason, by=by)


@stand_in_app.command("end")
def stand_in_end(
    ctx: typer.Context,
    number: Annotated[int, typer.Argument(metavar="NUMBER", help="arg-stand-in")],
    by: ByOption,
    home: HomeOption = HOME,
) -> int:
    """End a stand-in before its day."""
    from daihou.cli import stand_ins

    return stand_ins.end(home, number, ctx.obj, by=by)
