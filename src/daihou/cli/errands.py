"""Errands: what somebody gave others to do and what was given to him; given, done, called off, in his name."""

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

from daihou.cli import given
from daihou.cli.acting import acted
from daihou.cli.house import enter
from daihou.cli.refusal import FINE, USAGE, Stopped
from daihou.cli.screen import document, line, out, table
from daihou.cli.words import joined, say
from daihou.terms import Lang, terms


def show(home: Path, by: str, lang: Lang, *, done: bool, as_json: bool) -> int:
    """List errands that somebody gave or has to do, the earliest deadline first."""
    enter(home, lang)
    from django.db.models import Q

    from daihou.book import masked
    from daihou.duties.naming import names_for
    from daihou.registers.kept import homes, standing

    rows: Any = standing(homes()["errand"]).filter(Q(assigned_by=by) | Q(employee=by))
    if not done:
        rows = rows.filter(completed_day__isnull=True)
    found = list(rows.order_by("deadline", "key"))
    names = names_for(people=[who for one in found for who in (one.employee, one.assigned_by)]).people
    if as_json:
        document(
            [
                {
                    "errand": one.key, "matter": masked(one.matter or ""), "to": one.employee, "by": one.assigned_by,
                    "deadline": one.deadline.isoformat(), "done": None if one.completed_day is None else one.completed_day.isoformat(),
                }
                for one in found
            ]
        )  # fmt: skip
    elif not found:
        line(say("no-errands", lang))
    else:
        lines = [
            [one.key, masked(one.matter or ""), names.get(one.employee, one.employee), names.get(one.assigned_by, ""), one.deadline.isoformat()]
            for one in found
        ]  # fmt: skip
        out().print(
            table(
                ("errand-no", "errand-matter", "errand-to", "errand-by", "due"),
                lines,
                lang,
                fixed=("errand-no",),
            )
        )
    return FINE


def give(
    home: Path,
    to: list[str],
    lang: Lang,
    *,
    matter: str,
    until: date,
    by: str,
    contract: str = "",
    form: str = "",
) -> int:
    """Give each of some people the same thing to do."""
    enter(home, lang)
    from daihou.duties.errands import give as gave
    from daihou.duties.errands import may_give
    from daihou.people.reads import viewer_of, visible

    viewer = viewer_of(by, given.today())
    above = [one for one in to if not may_give(viewer, one)]
    if above:
        raise Stopped(USAGE, [say("errand-not-below", lang, by=by, to=joined(above, lang))])
    term = terms().find(form) if form else None
    asked = form if term is None else term.id
    if contract and not visible("contract", viewer).filter(key=contract).exists():
        raise Stopped(USAGE, [say("no-such-contract-of-viewer", lang, contract=contract)])
    rows = _done(
        by, lang, lambda actor, at: gave(to, matter, until, contract=contract, form=asked, by=actor, at=at)
    )
    line(say("errand-given", lang, keys=joined([one.key for one in rows], lang)))
    return FINE


def finish(home: Path, key: str, lang: Lang, *, done: date | None, told: str, by: str) -> int:
    """Say that an errand is done, and how it went."""
    enter(home, lang)
    from daihou.duties.errands import finish as finished

    _done(by, lang, lambda actor, at: finished(key, done or given.today(), told, by=actor, at=at))
    line(say("errand-done", lang, key=key))
    return FINE


def call_off(home: Path, key: str, lang: Lang, *, reason: str, by: str) -> int:
    """Call an errand off."""
    enter(home, lang)
    from daihou.duties.errands import call_off as called_off

    _done(by, lang, lambda actor, at: called_off(key, reason, by=actor, at=at))
    line(say("errand-called-off", lang, key=key))
    return FINE


def _done(by: str, lang: Lang, act: Callable[[Any, datetime], Any]) -> Any:
    """An act on errands in somebody's name."""
    from daihou.duties.errands import ErrandRefusedError, refusals

    return acted(by, lang, act, refused={ErrandRefusedError: lambda error: refusals()[error.code]})
