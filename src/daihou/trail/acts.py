"""The only way into the trail: record one event inside the transaction of the act that it tells of."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from daihou.book import masked
from daihou.trail.models import Event, Head

START = "0" * 64
"""What the first row has for the seal of the row before it."""

SYSTEM = "system"
"""Who acts where no person does: the timer, the installation."""

Values = Mapping[str, Any]
Listener = Callable[[Event], None]
_listeners: dict[str, list[Listener]] = {}


@dataclass(frozen=True)
class Actor:
    """Who acts and from where: staff number (or ``system``), address or program."""

    by: str
    origin: str = ""


def listen(act: str, listener: Listener) -> None:
    """Have a room above told of an act, after its transaction is committed."""
    told = _listeners.setdefault(act, [])
    if listener not in told:
        told.append(listener)


def record(
    act: str,
    *,
    by: Actor,
    at: datetime,
    kind: str,
    subject: str,
    branch: str = "",
    before: Values | None = None,
    after: Values | None = None,
    reason: str = "",
) -> Event:
    """Append one event. Only inside a transaction: an event without its act, or an act without its event, cannot be.

    ``reason``: in somebody's own words; a personal number that he writes into it is kept by its first three and last four signs,
    for a row of the trail cannot be rewritten.
    """
    if not connection.in_atomic_block:
        raise RuntimeError(f"{act}: an event is written in the transaction of its act")
    head = _locked_head()
    event = Event(
        number=head.number + 1,
        at=at.astimezone(UTC),
        by=by.by,
        origin=by.origin,
        act=act,
        kind=kind,
        subject=subject,
        branch=branch,
        before=None if before is None else plain(before),
        after=None if after is None else plain(after),
        reason=masked(reason),
        previous=head.seal,
    )
    event.seal = seal_of(event)
    event.save(force_insert=True)
    Head.objects.filter(pk=1).update(number=event.number, seal=event.seal)
    for listener in _listeners.get(act, ()):
        transaction.on_commit(lambda told=listener: told(event))  # type: ignore[misc]
    return event


def _locked_head() -> Head:
    """The head, locked until the transaction ends, so that numbers follow each other."""
    Head.objects.get_or_create(pk=1, defaults={"number": 0, "seal": START})
    return Head.objects.select_for_update().get(pk=1)


def plain(values: Values) -> dict[str, Any]:
    """Values as JSON keeps them: days in ISO, decimals as text."""
    return {
        name: value if value is None or isinstance(value, str | int | bool | list | dict) else str(value)
        for name, value in values.items()
    }


def seal_of(event: Event) -> str:
    """The keyed hash over everything a row says, and over the seal of the row before."""
    said = [
        event.number, event.at.astimezone(UTC).isoformat(), event.by, event.origin, event.act, event.kind, event.subject,
        event.branch, event.before, event.after, event.reason, event.previous,
    ]  # fmt: skip
    text = json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hmac.new(settings.DAIHOU_TRAIL_KEY, text.encode(), hashlib.sha256).hexdigest()
