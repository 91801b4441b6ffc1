"""Duties in pools: what lies in those that somebody takes from or assigns out of; taken, given back, assigned, in his name."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from daihou.cli import given
from daihou.cli.acting import acted
from daihou.cli.house import enter
from daihou.cli.refusal import FINE, USAGE, Stopped
from daihou.cli.screen import document, line, out, table
from daihou.cli.words import label, say
from daihou.terms import Lang


def show(home: Path, by: str, lang: Lang, *, as_json: bool) -> int:
    """List what lies in somebody's pools, the most urgent first."""
    enter(home, lang)
    from django.db.models import F, Q

    from daihou.duties.models import WAITING, Duty, DutyPerson
    from daihou.duties.naming import names_for
    from daihou.duties.pools import headed, in_pools
    from daihou.duties.reads import pooled, seen
    from daihou.duties.signing import named
    from daihou.people.reads import viewer_of

    viewer = viewer_of(by, given.today())
    lying: Any = in_pools(pooled(viewer) | headed(viewer))
    open_ = Duty.objects.filter(seen(viewer) & Q(state__in=WAITING, withdrawn_on__isnull=True))
    rows = list(
        lying.filter(duty__in=open_)
        .select_related("duty")
        .order_by(F("duty__due").asc(nulls_last=True), "duty_id")
    )
    has = names_for(people=[one.employee for one in rows]).people
    found = [
        {
            "number": one.duty_id, "duty": " ".join(named(one.duty)).strip(), "post": one.post, "branch": one.branch,
            "due": None if one.duty.due is None else one.duty.due.isoformat(), "taken_by": one.employee,
        }
        for one in rows
        if isinstance(one, DutyPerson)
    ]  # fmt: skip
    if as_json:
        document(found)
    elif not found:
        line(say("pool-empty", lang))
    else:
        lines = [
            [str(one["number"]), str(one["due"] or ""), str(one["duty"]), label(str(one["post"]), lang), has.get(str(one["taken_by"]), "")]
            for one in found
        ]  # fmt: skip
        out().print(
            table(("pool-number", "due", "duty", "post", "taken-by"), lines, lang, fixed=("pool-number",))
        )
    return FINE


def take(home: Path, number: int, lang: Lang, *, by: str) -> int:
    """Take a duty out of one's pool."""
    enter(home, lang)
    from daihou.duties.pools import take as taken

    _done(number, by, lang, lambda duty, actor, at: taken(duty, by=actor, at=at, day=given.today()))
    line(say("pool-taken", lang, number=number))
    return FINE


def give_back(home: Path, number: int, lang: Lang, *, by: str) -> int:
    """Put a duty back into its pool."""
    enter(home, lang)
    from daihou.duties.pools import give_back as given_back

    _done(number, by, lang, lambda duty, actor, at: given_back(duty, by=actor, at=at))
    line(say("pool-given-back", lang, number=number))
    return FINE


def assign(home: Path, number: int, to: str, lang: Lang, *, reason: str, by: str) -> int:
    """Give a duty out of a pool to a holder of its post; by who stands above it."""
    enter(home, lang)
    from daihou.duties.models import DutyPerson, Taking
    from daihou.duties.pools import assign as assigned
    from daihou.duties.pools import headed, tell
    from daihou.people.reads import viewer_of

    viewer = viewer_of(by, given.today())
    if not DutyPerson.objects.filter(headed(viewer), duty=number).exists():
        raise Stopped(USAGE, [say("pool-not-head", lang, by=by)])
    had = dict(Taking.objects.filter(duty=number, ended_at__isnull=True).values_list("duty", "employee"))

    def act(duty: Any, actor: Any, at: datetime) -> None:
        made = assigned(duty, to, reason=reason, by=actor, at=at, day=given.today())
        tell([made], had, who=viewer.name, by=actor, at=at)

    _done(number, by, lang, act)
    line(say("pool-assigned", lang, number=number, to=to))
    return FINE


def _done(number: int, by: str, lang: Lang, act: Callable[[Any, Any, datetime], Any]) -> None:
    """An act on a duty that somebody sees, in his name, and the desks that follow."""
    from daihou.duties.models import Duty
    from daihou.duties.pools import PoolRefusedError, why_not
    from daihou.duties.reads import seen
    from daihou.people.reads import viewer_of

    duty = Duty.objects.filter(seen(viewer_of(by, given.today())), pk=number).first()
    if duty is None:
        raise Stopped(USAGE, [say("no-such-duty-number", lang, number=number)])
    acted(
        by, lang, lambda actor, at: act(duty, actor, at), refused={PoolRefusedError: why_not}, follows=False
    )
