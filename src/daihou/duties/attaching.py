"""Files attached to things: to a duty, a form that was handed in, a row of a register; who sees the thing may take them out, who works at it may bring them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from django.utils.timezone import get_current_timezone

from daihou.book import declared
from daihou.duties.models import Duty
from daihou.duties.reads import doable, duty_seen, paper_seen
from daihou.papers.acts import attach
from daihou.papers.models import DUTY, PAPER, Attachment
from daihou.papers.photos import exif_of
from daihou.papers.places import Taken, metres, taken_of, told_by_photo
from daihou.people.reads import Viewer, visible
from daihou.registers.kept import homes
from daihou.trail.acts import Actor


@dataclass(frozen=True)
class Thing:
    """What a file is attached to. ``values``: where it stands, as an attachment keeps it; ``may``: whether the viewer may attach to it."""

    values: Mapping[str, Any]
    may: bool


def thing_of(viewer: Viewer, table: str, key: str) -> Thing | None:
    """A thing by its table and key (of a duty and a form their number) as far as a viewer sees it; None where he does not."""
    if table in {DUTY, PAPER}:
        return _of_work(viewer, table, int(key) if key.isascii() and key.isdecimal() else 0)
    if table not in homes() or table not in declared():
        return None
    row = visible(table, viewer).filter(key=key).first()
    if row is None:
        return None
    values = {
        "table": table, "key": key, "contract": key if table == "contract" else getattr(row, "contract", None),
        "party": key if table == "party" else getattr(row, "client", None), "branch": getattr(row, "branch", None),
    }  # fmt: skip
    return Thing(values, may_attach(viewer, table))


def _of_work(viewer: Viewer, table: str, number: int) -> Thing | None:
    """A duty, or the form of one."""
    paper = paper_seen(viewer, number) if table == PAPER else None
    duty = duty_seen(viewer, number if table == DUTY else 0 if paper is None else paper.duty_no)
    if duty is None:
        return None
    values = {
        "table": table, "key": duty.key if paper is None else paper.number, "duty_no": duty.pk, "paper": paper,
        "contract": duty.contract, "party": duty.party, "branch": duty.branch,
    }  # fmt: skip
    return Thing(values, Duty.objects.filter(doable(viewer), pk=duty.pk).exists())


def thing_with(viewer: Viewer, held: Attachment) -> Thing | None:
    """The thing to which a file is attached; None where the viewer does not see it."""
    key = {DUTY: held.duty_no, PAPER: held.paper_id}.get(held.table, held.key)
    return thing_of(viewer, held.table, str(key))


def may_attach(viewer: Viewer, table: str) -> bool:
    """Whether somebody may attach files to the rows of a table that he sees."""
    return viewer.rights.may_enter(declared()[table]) or "papers" in viewer.rights.enters


def bring(
    viewer: Viewer,
    thing: Thing,
    name: str,
    content: bytes,
    said: Mapping[str, str],
    *,
    by: Actor,
    at: datetime,
) -> tuple[Attachment, bool]:
    """Attach a file that somebody brings; whether it is new. The very same one that he brought there before is not kept twice: a device sends again what it was not told has arrived.

    ``said``: where and when the device says that a photo was taken (taken_at, latitude, longitude, accuracy); what the photo itself says goes
    before it. That the viewer may attach there is the caller's to know. Raises FileRefusedError.
    """
    exif = exif_of(content, get_current_timezone())
    taken = told_by_photo(exif) or taken_of(said, at)
    held = _there_already(thing, content, taken, by=by)
    if held is not None:
        return held, False
    made = attach(
        name, content, by=by, at=at, taken=taken, distance=_distance(viewer, thing, taken), exif=exif, **thing.values
    )  # fmt: skip
    return made, True


def _there_already(thing: Thing, content: bytes, taken: Taken | None, *, by: Actor) -> Attachment | None:
    at, latitude, longitude = (
        (None, None, None) if taken is None else (taken.at, taken.latitude, taken.longitude)
    )
    return Attachment.objects.filter(
        table=thing.values["table"], key=thing.values["key"], digest=sha256(content).hexdigest(), by=by.by,
        voided_at__isnull=True, taken_at=at, latitude=latitude, longitude=longitude,
    ).first()  # fmt: skip


def _distance(viewer: Viewer, thing: Thing, taken: Taken | None) -> int | None:
    """Metres from where a photo was taken to the client's place; None where either is not known."""
    contract = visible("contract", viewer).filter(key=thing.values["contract"] or "").first()
    key = thing.values["party"] or (None if contract is None else contract.client)
    client = visible("party", viewer).filter(key=key or "").first()
    if taken is None or client is None or client.latitude is None or client.longitude is None:
        return None
    return metres((taken.latitude, taken.longitude), (client.latitude, client.longitude))
