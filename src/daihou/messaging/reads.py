"""What pages ask of this room: who was told what, what is unread, what became of deliveries, reminders and notes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Count, QuerySet

from daihou.messaging.models import Channel, Delivery, Note, Notice, Reminder
from daihou.registers.sealing import seals


@dataclass(frozen=True)
class Written:
    """A reminder or a note, opened. ``day``: of a reminder. ``by`` and ``at``: who wrote it and when."""

    pk: int
    text: str
    by: str
    at: datetime
    day: date | None = None
    table: str = ""
    key: str = ""
    done: bool = False


def notices_of(staff_no: str) -> QuerySet[Notice]:
    """What somebody was told, newest first."""
    return Notice.objects.filter(to=staff_no)


def unread(staff_no: str) -> int:
    """How much of it he has not read."""
    return Notice.objects.filter(to=staff_no, read_at__isnull=True).count()


def channels() -> QuerySet[Channel]:
    """The channels that were not removed."""
    return Channel.objects.filter(removed_at__isnull=True)


def deliveries() -> QuerySet[Delivery]:
    """All deliveries, newest first, with their notices and channels."""
    return Delivery.objects.select_related("notice", "channel").order_by("-id")


def reminders_of(staff_no: str) -> QuerySet[Reminder]:
    """Somebody's reminders, earliest first."""
    return Reminder.objects.filter(owner=staff_no)


def due_reminders(staff_no: str, day: date) -> Sequence[Written]:
    """Those that are to be shown on a day: of that day, and of days before it that were not put away."""
    return opened_reminders(reminders_of(staff_no).filter(done_at__isnull=True, day__lte=day))


def opened_reminders(rows: QuerySet[Reminder]) -> Sequence[Written]:
    """Reminders with their texts."""
    return [
        Written(
            one.pk,
            seals().opened(one.text),
            one.owner,
            one.at,
            one.day,
            one.table,
            one.key,
            one.done_at is not None,
        )
        for one in rows
    ]


def notes_on(party: str, limit: int) -> Sequence[Written]:
    """The newest notes on a client that stand."""
    rows = Note.objects.filter(party=party, withdrawn_at__isnull=True)[:limit]
    return [Written(one.pk, seals().opened(one.text), one.by, one.at) for one in rows]


def waiting_reminders(day: date) -> dict[str, int]:
    """How many reminders everybody has on a day."""
    rows = Reminder.objects.filter(done_at__isnull=True, day__lte=day).order_by().values("owner")
    return dict(rows.annotate(number=Count("pk")).values_list("owner", "number"))
