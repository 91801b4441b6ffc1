"""The gates, asked on the command line: may this be done, in somebody's name, and if not, why."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from daihou.book import Table, declared, masked
from daihou.cli import given
from daihou.cli.acting import now
from daihou.cli.house import enter
from daihou.cli.refusal import FINDINGS, FINE, USAGE, Stopped
from daihou.cli.screen import document, line
from daihou.cli.words import say
from daihou.terms import Lang, terms

if TYPE_CHECKING:
    from daihou.dayend.asking import Answer
    from daihou.dayend.grading import Class
    from daihou.people.reads import Viewer


def ask(
    home: Path, name: str, said: Sequence[str], lang: Lang, *, key: str | None, by: str, as_json: bool
) -> int:
    """Ask the gates of a row that stands, or of one as it would be entered; of one that stands also how the rules class it. Nothing is written. FINDINGS where a gate refuses."""
    enter(home, lang)
    from daihou.people.reads import readable, viewer_of

    if (key is None) == (not said):
        raise Stopped(USAGE, [say("ask-which", lang)])
    viewer = viewer_of(by, given.today())
    term = terms().find(name)
    table = None if term is None or term.id not in declared() else readable(term.id, viewer)
    if table is None:
        raise Stopped(USAGE, [say("ask-no-table", lang, table=name)])
    answers = (
        _of_standing(table, key, viewer, lang)
        if key is not None
        else _of_proposed(table, cells_of(table, said, lang), viewer, lang)
    )
    classes = () if key is None else _classes(table, key)
    if as_json:
        document(
            {
                "allowed": all(one.allowed for one in answers),
                "gates": [_document(one, lang) for one in answers],
                "classes": [
                    {"grade": one.grade.id, "name": one.grade.said(lang), "level": one.level, "recorded": one.now, "cause": one.cause}
                    for one in classes
                ],
            }
        )  # fmt: skip
    elif not answers and not classes:
        line(say("ask-no-gate", lang, table=name))
    for one in () if as_json else answers:
        code = "ask-allowed" if one.allowed else "ask-refused"
        line(say(code, lang, gate=one.gate.said(lang), citation=one.gate.citation))
        for reason in one.because(lang):
            line(f"  {masked(reason)}")
    if not as_json:
        _tell_classes(classes, lang)
    return FINE if all(one.allowed for one in answers) else FINDINGS


def _tell_classes(classes: Sequence["Class"], lang: Lang) -> None:
    for one in classes:
        said = {"grade": one.grade.said(lang), "citation": one.grade.citation}
        if not one.level:
            line(say("ask-class-whole", lang, **said))
            continue
        line(say(f"ask-class-{one.cause}", lang, level=_level(one.level, lang), **said))
        if one.to_change:
            line("  " + say("ask-class-recorded", lang, level=_level(one.now, lang)))


def _level(level: str, lang: Lang) -> str:
    """A class in words; of a grade without a column it is its own word."""
    return level if terms().by_id(level) is None else terms().label(level, lang)


def _classes(table: Table, key: str) -> tuple["Class", ...]:
    from daihou.dayend.grading import classes_of

    return classes_of(table.id, key, given.today())


def _document(one: "Answer", lang: Lang) -> dict[str, Any]:
    return {
        "gate": one.gate.id, "name": one.gate.said(lang), "citation": one.gate.citation, "allowed": one.allowed,
        "because": [masked(reason) for reason in one.because(lang)],
    }  # fmt: skip


def cells_of(table: Table, said: Sequence[str], lang: Lang) -> dict[str, str]:
    """Column=value pairs by the column's identifier; columns may be named by either."""
    words = {one.word: one.id for one in table.columns.values()}
    cells: dict[str, str] = {}
    for pair in said:
        column, equals, value = pair.partition("=")
        known = words.get(column.strip(), column.strip())
        if not equals or known not in table.columns:
            raise Stopped(USAGE, [say("ask-no-column", lang, pair=pair, table=table.word)])
        cells[known] = value.strip()
    return cells


def _of_standing(table: Table, key: str, viewer: "Viewer", lang: Lang) -> tuple["Answer", ...]:
    from daihou.dayend.asking import answers_about
    from daihou.people.reads import visible

    if not visible(table.id, viewer).filter(key=key).exists():
        raise Stopped(USAGE, [say("ask-no-row", lang, key=key, table=table.word)])
    return answers_about(table.id, key, given.today())


def _of_proposed(table: Table, cells: dict[str, str], viewer: "Viewer", lang: Lang) -> tuple["Answer", ...]:
    from daihou.dayend.asking import answers_before
    from daihou.ledger.acts import RowRefusedError
    from daihou.ledger.entering import OutsideError, refuse_outside
    from daihou.ledger.refusals import refusal
    from daihou.ledger.typed import read_typed
    from daihou.trail.acts import Actor

    if not viewer.rights.may_enter(table):
        raise Stopped(USAGE, [say("ask-not-yours", lang, table=table.word)])
    typed = read_typed(table, cells, day=given.today())
    if typed.values is None:
        raise Stopped(USAGE, [f"{one.reason(lang)}{one.remedy(lang)}" for one in typed.errors])
    try:
        return answers_before(
            table.id, typed.values, by=Actor(viewer.staff_no, "cli"), at=now(), day=given.today(),
            bound=partial(refuse_outside, viewer, table),
        )  # fmt: skip
    except OutsideError as error:
        raise Stopped(USAGE, [say("ask-outside", lang)]) from error
    except RowRefusedError as error:
        raise Stopped(USAGE, [refusal(error)]) from error
