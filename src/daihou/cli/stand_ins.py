"""Stand-ins: who does whose duties while he is absent; listed, arranged, ended, in somebody's name."""

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

from daihou.book import masked
from daihou.cli import given
from daihou.cli.acting import acted
from daihou.cli.house import enter
from daihou.cli.refusal import FINE, USAGE, Stopped
from daihou.cli.screen import document, line, out, table
from daihou.cli.words import say
from daihou.terms import Lang


def show(home: Path, by: str, lang: Lang, *, as_json: bool) -> int:
    """List the arrangements that concern somebody, the newest first, with how each stands."""
    enter(home, lang)
    from daihou.duties.naming import names_for
    from daihou.duties.standing_in import known_to
    from daihou.people.models import StandIn
    from daihou.people.reads import viewer_of

    rows = list(StandIn.objects.filter(known_to(viewer_of(by, given.today()))))
    names = names_for(people=[who for one in rows for who in (one.absent, one.deputy)]).people
    if as_json:
        document(
            [
                {
                    "stand_in": one.pk, "absent": one.absent, "deputy": one.deputy, "since": one.since.isoformat(), "until": one.until.isoformat(),
                    "reason": masked(one.reason), "by": one.by, "state": _state(one),
                }
                for one in rows
            ]
        )  # fmt: skip
    elif not rows:
        line(say("no-stand-ins", lang))
    else:
        lines = [
            [str(one.pk), names.get(one.absent, one.absent), names.get(one.deputy, one.deputy), one.since.isoformat(), one.until.isoformat(), say(f"stand-in-{_state(one)}", lang), masked(one.reason)]
            for one in rows
        ]  # fmt: skip
        heads = ("stand-in-no", "stand-in-absent", "stand-in-deputy", "stand-in-since", "stand-in-until", "stand-in-state", "stand-in-reason")  # fmt: skip
        out().print(table(heads, lines, lang, fixed=("stand-in-no", "stand-in-since", "stand-in-until")))
    return FINE


def _state(one: Any) -> str:
    if one.ended_at is not None:
        return "ended"
    if one.until < given.today():
        return "over"
    return "to-come" if one.since > given.today() else "in-force"


def arrange(
    home: Path, absent: str, deputy: str, lang: Lang, *, since: date | None, until: date, reason: str, by: str
) -> int:
    """Let a colleague do somebody's duties from a day, today where none is said, to a day."""
    enter(home, lang)
    from daihou.duties.standing_in import stand_in

    made = _done(
        by, lang, lambda actor, at: stand_in(absent, deputy, since=since or given.today(), until=until, reason=reason, by=actor, at=at)
    )  # fmt: skip
    line(say("stand-in-arranged", lang, number=made.pk, absent=absent, deputy=deputy, since=made.since.isoformat(), until=made.until.isoformat()))  # fmt: skip
    return FINE


def end(home: Path, number: int, lang: Lang, *, by: str) -> int:
    """End an arrangement before its day."""
    enter(home, lang)
    from daihou.duties.standing_in import end_stand_in
    from daihou.people.models import StandIn

    held = StandIn.objects.filter(pk=number).first()
    if held is None:
        raise Stopped(USAGE, [say("no-such-stand-in", lang, number=number)])
    _done(by, lang, lambda actor, at: end_stand_in(held, by=actor, at=at))
    line(say("stand-in-ended-now", lang, number=number))
    return FINE


def _done(by: str, lang: Lang, act: Callable[[Any, datetime], Any]) -> Any:
    """An act on stand-ins in somebody's name."""
    from daihou.duties.standing_in import StandInRefusedError, refusals

    return acted(by, lang, act, refused={StandInRefusedError: lambda error: refusals()[error.code]})
