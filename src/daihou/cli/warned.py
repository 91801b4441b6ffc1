"""Warnings in an installation: listed, raised, verified, answered, put to signature for closing, in the name of a member of staff."""

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

from daihou.cli import given
from daihou.cli.acting import acted
from daihou.cli.house import enter
from daihou.cli.refusal import FINE, USAGE, Stopped
from daihou.cli.screen import document, line, out, table
from daihou.cli.words import joined, label, say
from daihou.terms import Lang


def show(home: Path, by: str, lang: Lang, *, closed: bool, as_json: bool) -> int:
    """List the warnings that somebody sees, the worst first."""
    enter(home, lang)
    from daihou.duties.naming import names_for
    from daihou.people.reads import viewer_of
    from daihou.warnings.reads import not_overtaken, ordered, warnings_of
    from daihou.warnings.suggested import signal_of

    rows = not_overtaken(warnings_of(viewer_of(by, given.today())))
    found = list(ordered(rows if closed else rows.filter(closed_day__isnull=True)))
    names = names_for(parties=[one.party for one in found]).parties
    if as_json:
        document(
            [
                {
                    "key": one.key, "signal": signal_of(one.rule).name, "level": one.level, "client": names.get(one.party, ""),
                    "stage": one.stage, "raised": one.raised_day.isoformat(),
                    "closed": None if one.closed_day is None else one.closed_day.isoformat(),
                }
                for one in found
            ]
        )  # fmt: skip
    elif not found:
        line(say("no-warnings", lang))
    else:
        lines = [
            [label(one.level, lang), signal_of(one.rule).name, names.get(one.party, ""), say(f"stage-{one.stage}", lang), one.key]
            for one in found
        ]  # fmt: skip
        out().print(
            table(("level", "signal", "party", "warning-stage", "warning-key"), lines, lang, fixed=("level",))
        )
        line(say("warnings-count", lang, count=len(found)))
    return FINE


def raise_one(
    home: Path, lang: Lang, *, rule: str, party: str, level: str, told: str, contract: str | None, channel: str | None, by: str
) -> int:  # fmt: skip
    """Raise a signal by hand."""
    enter(home, lang)
    from daihou.people.reads import visible
    from daihou.registers.sealing import seals
    from daihou.warnings.acts import WarningRefusedError, raise_by_hand

    viewer, key = answering(by, lang), seals().marked(party)

    def act(actor: Any, at: datetime) -> str:
        if not visible("party", viewer).filter(key=key).exists():
            raise WarningRefusedError("no-such-client")
        return str(
            raise_by_hand(
                rule,
                key,
                told,
                level=_level(level),
                contract=contract,
                channel=_level(channel) if channel else None,
                by=actor,
                at=at,
            ).key
        )

    made = answered(by, lang, act)
    line(say("warning-raised", lang, key=made))
    return FINE


def _level(text: str) -> str:
    from daihou.terms import terms

    found = terms().find(text)
    return text if found is None else found.id


def verify(home: Path, lang: Lang, *, key: str, outcome: str, told: str, by: str) -> int:
    """Say whether a warning is true."""
    enter(home, lang)
    from daihou.warnings.acts import verify as verified

    _seen(by, key, lang)
    answered(by, lang, lambda actor, at: verified(key, _level(outcome), told, by=actor, at=at))
    line(say("warning-verified", lang, key=key))
    return FINE


def decide(
    home: Path,
    lang: Lang,
    *,
    key: str,
    measures: list[str],
    person: str,
    until: date | None,
    personal: bool,
    by: str,
) -> int:
    """Decide on measures."""
    enter(home, lang)
    from daihou.warnings.acts import Chosen, choose_measures

    _seen(by, key, lang)
    chosen = [Chosen(_level(one), person, until, personal=personal) for one in measures]
    keys, matters = answered(by, lang, lambda actor, at: choose_measures(key, chosen, by=actor, at=at))
    if keys:
        line(say("measures-decided", lang, count=len(keys), keys=joined(keys, lang)))
    for matter in matters:
        line(say("measures-to-sign", lang, number=matter.number))
    return FINE


def result(home: Path, lang: Lang, *, key: str, done: date | None, told: str, by: str) -> int:
    """Tell what came of a measure."""
    enter(home, lang)
    from daihou.registers.kept import homes, standing
    from daihou.warnings.acts import report_result

    row = standing(homes()["response"]).filter(key=key).first()
    if row is None:
        raise Stopped(USAGE, [say("no-such-measure-key", lang, key=key)])
    _seen(by, row.warning, lang)
    answered(by, lang, lambda actor, at: report_result(key, done or given.today(), told, by=actor, at=at))
    line(say("result-told", lang, key=key))
    return FINE


def close(home: Path, lang: Lang, *, key: str, conclusion: str, by: str) -> int:
    """Put a warning's closing to signature."""
    enter(home, lang)
    from daihou.warnings.closing import propose_closing

    _seen(by, key, lang)
    matter = answered(by, lang, lambda actor, at: propose_closing(key, conclusion, by=actor, at=at))
    line(say("closing-proposed", lang, number=matter.number))
    return FINE


def answering(by: str, lang: Lang) -> Any:
    """Who acts, as far as he may answer warnings."""
    from daihou.people.reads import viewer_of

    viewer = viewer_of(by, given.today())
    if "warnings" not in viewer.rights.enters:
        raise Stopped(USAGE, [say("may-not-warn", lang, by=by)])
    return viewer


def _seen(by: str, key: str, lang: Lang) -> None:
    """Refuse where somebody may not answer warnings, or does not see this one."""
    from daihou.warnings.reads import warnings_of

    if not warnings_of(answering(by, lang)).filter(key=key).exists():
        raise Stopped(USAGE, [say("no-such-warning-key", lang, key=key)])


def answered(by: str, lang: Lang, act: Callable[[Any, datetime], Any]) -> Any:
    """An act on warnings, the watch list or risk notices in somebody's name."""
    from daihou.signoff.acts import SigningRefusedError
    from daihou.signoff.words import refusals as signing_refusals
    from daihou.warnings.acts import WarningRefusedError
    from daihou.warnings.noticing import NoticeRefusedError
    from daihou.warnings.refusals import refusals
    from daihou.warnings.watching import WatchRefusedError

    said = {
        WarningRefusedError: lambda error: refusals()[error.code], WatchRefusedError: lambda error: refusals()[error.code], NoticeRefusedError: lambda error: refusals()[error.code],
        SigningRefusedError: lambda error: signing_refusals()[error.code],
    }  # fmt: skip
    return acted(by, lang, act, refused=said)
