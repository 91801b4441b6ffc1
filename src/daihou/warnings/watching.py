"""The watch list (名单管理): a client with latent risk, a plan of action or of orderly exit, its steps, a look every month, and off again by signature."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction

from daihou.book import domains
from daihou.ledger.acts import RowRefusedError, correct, correct_many, enter
from daihou.registers.kept import Kept, homes, standing
from daihou.signoff import acts as signing
from daihou.signoff.acts import SigningRefusedError
from daihou.signoff.models import STANDING, Matter
from daihou.signoff.reads import staff_on
from daihou.trail.acts import Actor
from daihou.units import day_of
from daihou.warnings.acts import said
from daihou.warnings.closing import GENERAL_MANAGER, RISK_MANAGER, newest_branch, rungs

LISTING, STEP, LOOK = "watch_listing", "watch_step", "watch_look"
REMOVAL = "watch_removal"
"""The kind of matter that takes a client off the list."""
NUMBER = "GZ"


class WatchRefusedError(ValueError):
    """Something that cannot be done about the watch list; ``code`` says why."""

    def __init__(self, code: str, key: str = "") -> None:
        self.code, self.key = code, key
        super().__init__(f"{code} {key}".strip())


def listed(key: str) -> Any:
    """The standing row of a listing, held until the transaction ends. WatchRefusedError where there is none, or it is over."""
    row = standing(homes()[LISTING]).select_for_update().filter(key=key).first()
    if row is None:
        raise WatchRefusedError("no-such-listing", key)
    if row.delisted_day is not None:
        raise WatchRefusedError("off-already", key)
    return row


@dataclass(frozen=True)
class Plan:
    """What is to be done about a listed client: action or exit, in words, who answers for it, the first steps with their deadlines."""

    kind: str
    told: str
    person: str
    steps: Sequence[tuple[str, date]] = ()


def put_on_list(party: str, reason: str, plan: Plan, *, by: Actor, at: datetime) -> str:
    """Put a client on the watch list with his plan and its first steps (P05-05): one event; the key of the listing.

    WatchRefusedError: no such client or plan, on the list already, nobody, a step without text or
    in the past; WarningRefusedError (told-missing, told-too-long) for the reason.
    """
    day = day_of(at)
    if plan.kind not in domains()["watch_plan"]:
        raise WatchRefusedError("no-such-plan")
    why = said(reason, "told-missing")
    _refuse_steps(plan.steps, day)
    if plan.person not in staff_on(day, {plan.person}).places:
        raise WatchRefusedError("nobody-such")
    with transaction.atomic():
        if not standing(homes()["party"]).select_for_update().filter(key=party).exists():
            raise WatchRefusedError("no-such-client")
        if standing(homes()[LISTING]).filter(party=party, delisted_day__isnull=True).exists():
            raise WatchRefusedError("on-already", party)
        ever: Any = homes()[LISTING]._default_manager
        key = f"{NUMBER}{day:%Y}-{ever.filter(listed_day__year=day.year).count() + 1:04d}"
        row = {
            "key": key, "watch_no": key, "party": party, "listed_day": day, "watch_reason": why, "plan_kind": plan.kind,
            "plan_told": said(plan.told, "told-missing") if plan.told.strip() else None, "responsible_person": plan.person,
        }  # fmt: skip
        entered = {LISTING: [row], STEP: _step_rows(key, 0, plan.steps)}
        try:
            correct_many(
                {"party": {party: {"latent_risk": True}}},
                entered=entered,
                subject=key,
                by=by,
                at=at,
                day=day,
                reason=why,
                decision=("latent_risk",),
            )
        except RowRefusedError as error:
            raise WatchRefusedError("quicker", key) from error
    return key


def _refuse_steps(steps: Sequence[tuple[str, date]], day: date) -> None:
    if any(not text.strip() for text, _until in steps):
        raise WatchRefusedError("step-missing")
    if any(until < day for _text, until in steps):
        raise WatchRefusedError("day-passed")


def _step_rows(listing: str, have: int, steps: Sequence[tuple[str, date]]) -> list[dict[str, Any]]:
    return [
        {
            "key": f"{listing}/{number}", "watch_listing": listing, "ordinal": number, "step_told": said(text, "told-missing"),
            "deadline": until,
        }
        for number, (text, until) in enumerate(steps, start=have + 1)
    ]  # fmt: skip


def add_steps(key: str, steps: Sequence[tuple[str, date]], *, by: Actor, at: datetime) -> int:
    """Add steps to a plan; how many there are now. WatchRefusedError: off the list, no step, one without text or in the past."""
    day = day_of(at)
    if not steps:
        raise WatchRefusedError("step-missing")
    _refuse_steps(steps, day)
    with transaction.atomic():
        listed(key)
        ever: Any = homes()[STEP]._default_manager
        have = ever.filter(watch_listing=key).values("ordinal").distinct().count()
        correct_many(
            {},
            entered={STEP: _step_rows(key, have, steps)},
            subject=key,
            by=by,
            at=at,
            day=day,
            reason="方案步骤",
        )
    return int(have) + len(steps)


def finish_step(key: str, done: date, told: str, *, by: Actor, at: datetime) -> Kept:
    """Say that a step was carried out and what came of it. WatchRefusedError: no such step, told already, a day before the listing or ahead."""
    day = day_of(at)
    outcome = said(told, "told-missing")
    with transaction.atomic():
        row: Any = standing(homes()[STEP]).select_for_update().filter(key=key).first()
        if row is None:
            raise WatchRefusedError("no-such-step", key)
        if row.completed_day is not None:
            raise WatchRefusedError("done-already", key)
        if not listed(row.watch_listing).listed_day <= done <= day:
            raise WatchRefusedError("day-wrong", key)
        return correct(
            STEP, key, {"completed_day": done, "outcome": outcome}, by=by, at=at, day=day, reason=outcome
        )


def look_at(key: str, told: str, *, by: Actor, at: datetime) -> Kept:
    """Write down the month's look at a listed client (P05-09). WatchRefusedError: off the list, looked at today already."""
    day = day_of(at)
    seen = said(told, "told-missing")
    with transaction.atomic():
        listed(key)
        values = {
            "key": f"{key}/{day.isoformat()}",
            "watch_listing": key,
            "on_day": day,
            "employee": by.by,
            "remark": seen,
        }
        try:
            return enter(LOOK, values, by=by, at=at, day=day)
        except RowRefusedError as error:
            raise WatchRefusedError("looked-today", key) from error


# ------------------------------------------------------------------ off the list


def propose_removal(key: str, told: str, *, by: Actor, at: datetime) -> Matter:
    """Put a client's coming off the list to signature: the risk manager, then the general manager.

    WatchRefusedError: off already, steps open, being signed. SigningRefusedError as the room of signatures says.
    """
    why = said(told, "told-missing")
    with transaction.atomic():
        row = listed(key)
        steps = standing(homes()[STEP]).filter(watch_listing=key)
        if steps.filter(completed_day__isnull=True).exists():
            raise WatchRefusedError("steps-open", key)
        if Matter.objects.filter(subject=key, kind=REMOVAL, state__in=STANDING).exists():
            raise WatchRefusedError("being-signed", key)
        name = standing(homes()["party"]).filter(key=row.party).values_list("title", flat=True).first() or ""
        branch = newest_branch(row.party)
        makers = {by.by, row.responsible_person}
        content = {
            "listing": key, "party": row.party, "since": row.listed_day.isoformat(), "reason": row.watch_reason, "plan": row.plan_kind,
            "told": why, "steps": [[one.step_told, one.completed_day.isoformat(), one.outcome or ""] for one in steps.order_by("ordinal")],
        }  # fmt: skip
        return signing.open_matter(
            kind=REMOVAL, subject=key, content=content, chain=rungs((RISK_MANAGER, GENERAL_MANAGER), branch, makers, at), branch=branch,
            party=row.party, makers=sorted(makers - {by.by}), by=by, at=at,
            title={"zh": f"移出关注名单：{name}", "en": f"Off the watch list: {name}"},
        )  # fmt: skip


def removal_signed(matter: Matter, by: Actor, at: datetime) -> None:
    """Take the client off the list, in the approval's transaction."""
    day = day_of(at)
    try:
        row = listed(matter.subject)
    except WatchRefusedError as error:
        raise SigningRefusedError("too-late") from error
    told = matter.content["told"]
    changes = {
        LISTING: {row.key: {"delisted_day": day, "delisting_told": told}},
        "party": {row.party: {"latent_risk": False}},
    }
    correct_many(
        changes, entered={}, subject=matter.number, by=by, at=at, day=day, reason=told,
        decision=("delisted_day", "delisting_told", "latent_risk"),
    )  # fmt: skip
