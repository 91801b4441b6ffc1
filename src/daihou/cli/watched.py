"""The watch list in an installation: listed, a client put on it, steps and looks written, off again by signature."""

from datetime import date, datetime
from pathlib import Path
from typing import Any

from daihou.cli import given
from daihou.cli.house import enter
from daihou.cli.refusal import FINE, USAGE, Stopped
from daihou.cli.screen import document, line, out, table
from daihou.cli.warned import answered, answering
from daihou.cli.words import label, say
from daihou.terms import Lang


def show(home: Path, by: str, lang: Lang, *, off: bool, as_json: bool) -> int:
    """List who is on the watch list, as far as somebody sees them."""
    enter(home, lang)
    from daihou.duties.naming import names_for
    from daihou.people.reads import visible
    from daihou.warnings.watching import LISTING

    rows = list(
        visible(LISTING, _seeing(by, lang)).filter(delisted_day__isnull=not off).order_by("listed_day", "key")
    )
    names = names_for(parties=[one.party for one in rows]).parties
    if as_json:
        document(
            [
                {
                    "key": one.key, "client": names.get(one.party, ""), "plan": one.plan_kind, "person": one.responsible_person,
                    "listed": _day(one.listed_day), "off": _day(one.delisted_day),
                }
                for one in rows
            ]
        )  # fmt: skip
    elif not rows:
        line(say("watch-none", lang))
    else:
        cells = [[one.key, names.get(one.party, ""), label(one.plan_kind, lang), one.responsible_person, one.listed_day.isoformat()] for one in rows]  # fmt: skip
        out().print(table(("watch-no", "party", "watch-plan", "person", "watch-since"), cells, lang, fixed=("watch-no",)))  # fmt: skip
    return FINE


def tell(home: Path, key: str, by: str, lang: Lang, *, as_json: bool) -> int:
    """Tell a listed client's plan: its steps with their deadlines, and what the monthly looks saw."""
    enter(home, lang)
    from daihou.people.reads import visible
    from daihou.registers.kept import homes, standing
    from daihou.warnings.watching import LISTING, LOOK, STEP

    row = visible(LISTING, _seeing(by, lang)).filter(key=key).first()
    if row is None:
        raise Stopped(USAGE, [say("watch-nowhere", lang, key=key)])
    steps = list(standing(homes()[STEP]).filter(watch_listing=key).order_by("ordinal"))
    looks = list(standing(homes()[LOOK]).filter(watch_listing=key).order_by("on_day"))
    if as_json:
        document(
            {
                "key": key, "reason": row.watch_reason, "plan": row.plan_kind, "told": row.plan_told or "",
                "steps": [{"key": one.key, "told": one.step_told, "deadline": _day(one.deadline), "done": _day(one.completed_day), "outcome": one.outcome or ""} for one in steps],
                "looks": [{"day": _day(one.on_day), "by": one.employee, "told": one.remark} for one in looks],
            }
        )  # fmt: skip
        return FINE
    line(f"{key}  {label(row.plan_kind, lang)}  {row.watch_reason}")
    if row.plan_told:
        line(row.plan_told)
    cells = [[one.key, one.step_told, _day(one.deadline) or "", _day(one.completed_day) or "", one.outcome or ""] for one in steps]  # fmt: skip
    out().print(table(("watch-step", "watch-what", "deadline", "watch-done", "watch-outcome"), cells, lang, fixed=("watch-step",)))  # fmt: skip
    for one in looks:
        line(f"{_day(one.on_day)}  {one.employee}  {one.remark}")
    return FINE


def add(home: Path, lang: Lang, *, party: str, reason: str, plan: str, told: str, person: str, steps: list[str], by: str) -> int:  # fmt: skip
    """Put a client on the watch list; a step is written as DAY=TEXT."""
    enter(home, lang)
    from daihou.people.reads import visible
    from daihou.registers.sealing import seals
    from daihou.terms import terms
    from daihou.warnings.watching import Plan, WatchRefusedError, put_on_list

    viewer, key, found = answering(by, lang), seals().marked(party), terms().find(plan)
    made = Plan(plan if found is None else found.id, told, person or by, _steps(steps, lang))

    def act(actor: Any, at: datetime) -> str:
        if not visible("party", viewer).filter(key=key).exists():
            raise WatchRefusedError("no-such-client")
        return put_on_list(key, reason, made, by=actor, at=at)

    line(say("watch-added", lang, key=answered(by, lang, act)))
    return FINE


def steps_of(home: Path, key: str, steps: list[str], by: str, lang: Lang) -> int:
    """Add steps to a plan."""
    enter(home, lang)
    from daihou.warnings.watching import add_steps

    _seen(by, key, lang)
    count = answered(by, lang, lambda actor, at: add_steps(key, _steps(steps, lang), by=actor, at=at))
    line(say("watch-steps", lang, count=count))
    return FINE


def finish(home: Path, step: str, done: date | None, told: str, by: str, lang: Lang) -> int:
    """Say that a step was carried out."""
    enter(home, lang)
    from daihou.warnings.watching import finish_step

    _seen(by, step.rpartition("/")[0], lang)
    answered(by, lang, lambda actor, at: finish_step(step, done or given.today(), told, by=actor, at=at))
    line(say("watch-done", lang, key=step))
    return FINE


def look(home: Path, key: str, told: str, by: str, lang: Lang) -> int:
    """Write down the month's look."""
    enter(home, lang)
    from daihou.warnings.watching import look_at

    _seen(by, key, lang)
    answered(by, lang, lambda actor, at: look_at(key, told, by=actor, at=at))
    line(say("watch-looked", lang, key=key))
    return FINE


def remove(home: Path, key: str, told: str, by: str, lang: Lang) -> int:
    """Put a client's coming off the list to signature."""
    enter(home, lang)
    from daihou.warnings.watching import propose_removal

    _seen(by, key, lang)
    matter = answered(by, lang, lambda actor, at: propose_removal(key, told, by=actor, at=at))
    line(say("closing-proposed", lang, number=matter.number))
    return FINE


def _steps(told: list[str], lang: Lang) -> list[tuple[str, date]]:
    found = []
    for one in told:
        day, sign, text = one.partition("=")
        if not sign:
            raise Stopped(USAGE, [say("watch-step-shape", lang, value=one)])
        found.append((text, given.a_day(day, lang)))
    return found


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _seeing(by: str, lang: Lang) -> Any:
    from daihou.people.reads import viewer_of
    from daihou.people.rights import Scope

    viewer = viewer_of(by, given.today())
    if viewer.rights.scope("warnings") is Scope.NONE:
        raise Stopped(USAGE, [say("may-not-warn", lang, by=by)])
    return viewer


def _seen(by: str, key: str, lang: Lang) -> None:
    from daihou.people.reads import visible
    from daihou.warnings.watching import LISTING

    if not visible(LISTING, answering(by, lang)).filter(key=key).exists():
        raise Stopped(USAGE, [say("watch-nowhere", lang, key=key)])
