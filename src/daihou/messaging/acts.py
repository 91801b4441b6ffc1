"""Telling people: notices, channels, deliveries; and what people write for themselves: reminders, notes on a client."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import cache
from typing import Any

from cryptography.exceptions import InvalidTag
from django.conf import settings
from django.db import transaction

from daihou.messaging import sender
from daihou.messaging.models import (
    FAILED,
    GIVEN_UP,
    MEMORY,
    NORMAL,
    QUIET_FROM,
    QUIET_UNTIL,
    TO_SEND,
    UNCERTAIN,
    URGENT,
    WAITING,
    Channel,
    Delivery,
    Mark,
    Note,
    Notice,
    Reminder,
)
from daihou.messaging.sender import Outcome
from daihou.registers.lines import portions
from daihou.registers.sealing import seals
from daihou.terms import Catalogue, Lang
from daihou.trail.acts import Actor, record
from daihou.trail.models import Head
from daihou.units import ZONE

PAUSES = tuple(timedelta(minutes=one) for one in (1, 5, 15, 60, 240))
"""How long is waited after each failed try; after as many tries and one more it is given up."""

STALE = timedelta(days=2)
"""What could not be sent for so long is not sent any more: it would be old news."""

AT_ONCE = 500
"""Deliveries of one go."""

MORNING, TEST, SIGNATURE, OUTCOME, DAY = "morning", "test", "signature", "outcome", "day"
COPIED, DELEGATED = "copied", "delegated"
GROUP = "#"
CHUNK = 400
LONGEST_TEXT = 500

log = logging.getLogger(__name__)

Send = Callable[[str, str, str, str], Outcome]


class MessagingRefusedError(ValueError):
    """A write that is not taken; ``code`` says why."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


@cache
def _catalogue() -> Catalogue:
    return Catalogue.load("daihou.messaging")


def say(code: str, lang: Lang, /, **params: object) -> str:
    """A text of this room."""
    return _catalogue().text(code, lang, **params)


def _both(code: str, params: Mapping[str, object]) -> dict[str, str]:
    """A text in both languages; a param that is told in both is taken in each."""

    def told(lang: Lang) -> str:
        return say(
            code,
            lang,
            **{name: one[lang] if isinstance(one, Mapping) else one for name, one in params.items()},
        )

    return {"zh": told("zh"), "en": told("en")}


@dataclass(frozen=True)
class Draft:
    """What one person is to be told: the text ``code`` of messages.yaml with its ``params``; the other fields as in Notice."""

    to: str
    kind: str
    params: Mapping[str, object] = field(default_factory=dict)
    code: str = ""
    severity: str = NORMAL
    path: str = ""
    subject: str = ""
    once: str = ""
    lines: Sequence[Mapping[str, str]] = ()

    @property
    def leaves(self) -> bool:
        """Whether it goes out by channels too: what is urgent, and the morning's list. All else waits in the application."""
        return self.severity == URGENT or self.kind == MORNING

    def notice(self, at: datetime) -> Notice:
        """The row."""
        code = self.code or self.kind
        return Notice(
            to=self.to, kind=self.kind, severity=self.severity, title=_both(code, self.params),
            text=_both(f"{code}.text", self.params), lines=[dict(one) for one in self.lines], path=self.path,
            subject=self.subject, once=self.once, at=at,
        )  # fmt: skip


# ------------------------------------------------------------------ notices


def notify(drafts: Iterable[Draft], *, by: Actor, at: datetime) -> int:
    """Tell many people at once; whoever was told under the same ``once`` already is not told again. The number of new notices."""
    wanted = list({(one.to, one.once or str(at_)): one for at_, one in enumerate(drafts)}.values())
    if not wanted:
        return 0
    with transaction.atomic():
        list(Head.objects.select_for_update().filter(pk=1))  # two who tell the same wait for each other
        told = _told({one.once for one in wanted if one.once})
        made = [(one, one.notice(at)) for one in wanted if (one.to, one.once) not in told]
        fresh = [notice for _, notice in made]
        if not fresh:
            return 0
        Notice.objects.bulk_create(fresh, batch_size=CHUNK)
        deliveries = _deliveries([notice for draft, notice in made if draft.leaves], at)
        Delivery.objects.bulk_create(deliveries, batch_size=CHUNK)
        record(
            "notify", by=by, at=at, kind="message", subject=fresh[0].to if len(fresh) == 1 else "*",
            after={"kinds": dict(Counter(one.kind for one in fresh)), "to": sorted({one.to for one in fresh}), "leave": len(deliveries)},
        )  # fmt: skip
    return len(fresh)


def _told(words: set[str]) -> set[tuple[str, str]]:
    ordered = sorted(words)
    found: set[tuple[str, str]] = set()
    for some in portions(ordered):
        rows = Notice.objects.filter(once__in=some)
        found.update(rows.values_list("to", "once"))
    return found


def _deliveries(notices: Sequence[Notice], at: datetime) -> list[Delivery]:
    """The ways of notices: each channel that is on and leads to whom they are for."""
    if not notices:
        return []
    ways: dict[str, list[Channel]] = {}
    for channel in Channel.objects.filter(on=True, removed_at__isnull=True):
        ways.setdefault(channel.owner or f"{GROUP}{channel.pk}", []).append(channel)
    return [
        Delivery(
            notice=notice, channel=channel, next_try=allowed_at(channel, at, urgent=notice.severity == URGENT)
        )
        for notice in notices
        for channel in ways.get(notice.to, ())
    ]


def tell_signer(
    to: str, *, title: Mapping[str, str], who: str, path: str, subject: str, once: str, by: Actor, at: datetime
) -> int:  # fmt: skip
    """Tell the next signer that a matter waits for him; ``once`` names the matter and the step, so that he is told once; ``title`` in both languages."""
    text = {"title": title, "who": who}
    draft = Draft(to, SIGNATURE, text, severity=URGENT, path=path, subject=subject, once=once)
    return notify([draft], by=by, at=at)


def tell_outcome(
    people: Iterable[str], outcome: str, *, title: Mapping[str, str], who: str, path: str, subject: str, once: str, by: Actor, at: datetime
) -> int:  # fmt: skip
    """Tell how a matter ended or that it came back. ``outcome``: approved, refused or returned; the last two are urgent, for there is something to do.

    The opinion itself stays in the application: a message may leave it.
    """
    drafts = [
        Draft(
            one, OUTCOME, {"title": title, "who": who}, code=f"{OUTCOME}-{outcome}", severity=NORMAL if outcome == "approved" else URGENT,
            path=path, subject=subject, once=once,
        )
        for one in people
    ]  # fmt: skip
    return notify(drafts, by=by, at=at)


def tell_copied(
    people: Iterable[str], *, title: Mapping[str, str], who: str, path: str, subject: str, once: str, by: Actor, at: datetime
) -> int:  # fmt: skip
    """Tell people that a matter is shown to them, each once."""
    drafts = [
        Draft(one, COPIED, {"title": title, "who": who}, path=path, subject=subject, once=once) for one in people
    ]  # fmt: skip
    return notify(drafts, by=by, at=at)


def tell_delegated(
    to: str, *, who: str, since: date, until: date, path: str, once: str, by: Actor, at: datetime
) -> int:  # fmt: skip
    """Tell somebody that he signs in another's place from a day to a day."""
    text = {"who": who, "since": since, "until": until}
    return notify([Draft(to, DELEGATED, text, severity=URGENT, path=path, once=once)], by=by, at=at)


def read(notices: Iterable[int], *, by: Actor, at: datetime) -> int:
    """Note that somebody has read notices of his own; those of others, and those read before, are left alone."""
    return _read(Notice.objects.filter(pk__in=list(notices), to=by.by), by=by, at=at)


def read_all(*, by: Actor, at: datetime) -> int:
    """Note that somebody has read all that he was told."""
    return _read(Notice.objects.filter(to=by.by), by=by, at=at)


def _read(rows: Any, *, by: Actor, at: datetime) -> int:
    with transaction.atomic():
        number: int = rows.filter(read_at__isnull=True).update(read_at=at)
        if number:
            record("read-notices", by=by, at=at, kind="message", subject=by.by, after={"number": number})
    return number


def mark(name: str) -> int:
    """How far something was told; 0 where it never was."""
    number: int | None = Mark.objects.filter(name=name).values_list("number", flat=True).first()
    return number or 0


def set_mark(name: str, number: int) -> None:
    """Note how far something is told now. Part of the act that tells, whose event speaks for it."""
    Mark.objects.update_or_create(name=name, defaults={"number": number})


# ------------------------------------------------------------------ channels


@dataclass(frozen=True)
class Terms:
    """What a person says of a channel."""

    title: str
    owner: str = ""
    branch: str = ""
    urgent_at_night: bool = False
    quiet_from: time = QUIET_FROM
    quiet_until: time = QUIET_UNTIL


def add_channel(kind: str, address: str, said: Terms, *, by: Actor, at: datetime) -> Channel:
    """A new channel, off until somebody switches it on. MessagingRefusedError: an address that is none of its kind, no title."""
    kept = _address(kind, address)
    if not said.title.strip():
        raise MessagingRefusedError("title-missing")
    with transaction.atomic():
        channel = Channel.objects.create(
            kind=kind, address=seals().seal(kept), tail=kept[-4:], **_fields(said)
        )
        record(
            "add-channel", by=by, at=at, kind="channel", subject=str(channel.pk), after=_shown(channel)
        )  # fmt: skip
    return channel


def _address(kind: str, given: str) -> str:
    if kind == MEMORY and not settings.DAIHOU_INLINE:
        raise MessagingRefusedError("address-wrong")
    try:
        return sender.address_of(kind, given)
    except sender.AddressError as error:
        raise MessagingRefusedError("address-wrong") from error


def _fields(said: Terms) -> dict[str, Any]:
    return {
        "title": said.title.strip()[:80], "owner": said.owner, "branch": "" if said.owner else said.branch,
        "urgent_at_night": said.urgent_at_night, "quiet_from": said.quiet_from, "quiet_until": said.quiet_until,
    }  # fmt: skip


def _shown(channel: Channel) -> dict[str, Any]:
    """What the trail says of a channel; never its address."""
    names = ("kind", "title", "owner", "branch", "tail", "on", "urgent_at_night", "quiet_from", "quiet_until")
    return {name: getattr(channel, name) for name in names}


def alter_channel(
    channel: Channel, *, by: Actor, at: datetime, said: Terms | None = None, address: str = "", on: bool | None = None
) -> Channel:  # fmt: skip
    """Other terms, another address, or switched on or off; what is not given stays."""
    kept = _address(channel.kind, address) if address else ""
    if said is not None and not said.title.strip():
        raise MessagingRefusedError("title-missing")
    with transaction.atomic():
        held = Channel.objects.select_for_update().get(pk=channel.pk)
        if held.removed_at is not None:
            raise MessagingRefusedError("channel-gone")
        before = _shown(held)
        for name, value in (_fields(said) if said is not None else {}).items():
            setattr(held, name, value)
        if kept:
            held.address, held.tail = seals().seal(kept), kept[-4:]
        held.on = held.on if on is None else on
        held.save()
        record(
            "alter-channel",
            by=by,
            at=at,
            kind="channel",
            subject=str(held.pk),
            before=before,
            after=_shown(held),
        )
    return held


def remove_channel(channel: Channel, *, by: Actor, at: datetime) -> None:
    """Take a channel out: its address goes, what was sent by it stays on record, what waits is given up."""
    with transaction.atomic():
        held = Channel.objects.select_for_update().get(pk=channel.pk)
        if held.removed_at is not None:
            return
        before = _shown(held)
        held.on, held.removed_at, held.address = False, at, ""
        held.save()
        waiting = Delivery.objects.filter(channel=held, state__in=TO_SEND)
        number = waiting.update(state=GIVEN_UP, next_try=None, error="channel-off")
        record(
            "remove-channel", by=by, at=at, kind="channel", subject=str(held.pk), before=before, after={"given_up": number}
        )  # fmt: skip


def try_channel(channel: Channel, *, by: Actor, at: datetime, send: Send = sender.send) -> Delivery:
    """Send one message by a channel at once, whether it is on or not, at night too, and say what came of it."""
    with transaction.atomic():
        notice = Draft(by.by, TEST, {"channel": channel.title}).notice(at)
        notice.save()
        delivery = Delivery.objects.create(notice=notice, channel=channel, next_try=at)
        record("try-channel", by=by, at=at, kind="channel", subject=str(channel.pk))
    _attempt(delivery, by=by, at=at, send=send)
    delivery.refresh_from_db()
    return delivery


# ------------------------------------------------------------------ deliveries


def allowed_at(channel: Channel, moment: datetime, *, urgent: bool) -> datetime:
    """The first moment, not before ``moment``, at which a channel is not quiet."""
    begin, end = channel.quiet_from, channel.quiet_until
    if begin == end or (urgent and channel.urgent_at_night):
        return moment
    local = moment.astimezone(ZONE)
    now = local.time()
    quiet = begin <= now < end if begin < end else (now >= begin or now < end)
    if not quiet:
        return moment
    over = local.replace(hour=end.hour, minute=end.minute, second=0, microsecond=0)
    return over if over > local else over + timedelta(days=1)


def after_answer(
    outcome: Outcome, tries: int, at: datetime, channel: Channel, *, urgent: bool
) -> tuple[str, datetime | None]:
    """The state of a delivery after so many tries, and when it is tried again."""
    if outcome.state != FAILED:
        return outcome.state, None
    if tries > len(PAUSES):
        return GIVEN_UP, None
    return FAILED, allowed_at(channel, at + PAUSES[tries - 1], urgent=urgent)


def send_due(*, by: Actor, at: datetime, send: Send = sender.send) -> Counter[str]:
    """Send what is due at a moment; how many ended in which state. Safe to call by two at once and again after a kill.

    A delivery is *uncertain* from before it is sent until the answer is stored: who is killed in between leaves it so, and nothing goes twice.
    """
    done: Counter[str] = Counter()
    due = Delivery.objects.filter(state__in=TO_SEND, next_try__lte=at).select_related("notice", "channel")
    for delivery in list(due.order_by("next_try", "pk")[:AT_ONCE]):
        state = _sent_or_put_off(delivery, by=by, at=at, send=send)
        if state:
            done[state] += 1
    return done


def _sent_or_put_off(delivery: Delivery, *, by: Actor, at: datetime, send: Send) -> str:
    """The state in which one delivery that is due ends; empty where somebody else has it."""
    channel, notice = delivery.channel, delivery.notice
    if not channel.on or channel.removed_at is not None:
        return _given_up(delivery, "channel-off", by=by, at=at)
    if at - notice.at > STALE:
        return _given_up(delivery, "too-old", by=by, at=at)
    allowed = allowed_at(channel, at, urgent=notice.severity == URGENT)
    if allowed > at:  # its quiet hours were changed meanwhile
        Delivery.objects.filter(pk=delivery.pk, state__in=TO_SEND).update(next_try=allowed)
        return WAITING
    try:
        return _attempt(delivery, by=by, at=at, send=send)
    except Exception:
        log.exception("delivery %s ended with a fault of ours", delivery.pk)
        return UNCERTAIN


def _given_up(delivery: Delivery, error: str, *, by: Actor, at: datetime) -> str:
    with transaction.atomic():
        rows = Delivery.objects.filter(pk=delivery.pk, state__in=TO_SEND)
        if not rows.update(state=GIVEN_UP, next_try=None, error=error, detail=""):
            return ""
        record(
            "delivery", by=by, at=at, kind="sending", subject=str(delivery.pk),
            after={"state": GIVEN_UP, "error": error},
        )  # fmt: skip
    return GIVEN_UP


def _attempt(delivery: Delivery, *, by: Actor, at: datetime, send: Send) -> str:
    """Take a delivery, send it, store what came of it."""
    tries = delivery.tries + 1
    with transaction.atomic():
        free = Delivery.objects.filter(pk=delivery.pk, state__in=TO_SEND, tries=delivery.tries)
        taken = {
            "state": UNCERTAIN,
            "tries": tries,
            "tried_at": at,
            "next_try": None,
            "error": "answer-lost",
            "detail": "",
        }
        if not free.update(**taken):
            return ""
        record(
            "send", by=by, at=at, kind="sending", subject=str(delivery.pk),
            after={"notice": delivery.notice_id, "channel": delivery.channel_id, "try": tries},
        )  # fmt: skip
    outcome = _sent(delivery, send)
    urgent = delivery.notice.severity == URGENT
    state, next_try = after_answer(outcome, tries, at, delivery.channel, urgent=urgent)
    with transaction.atomic():
        Delivery.objects.filter(pk=delivery.pk, state=UNCERTAIN, tries=tries).update(
            state=state, next_try=next_try, error=outcome.error, detail=outcome.detail
        )
        record(
            "delivery", by=by, at=at, kind="sending", subject=str(delivery.pk),
            after={"state": state, "error": outcome.error, "detail": outcome.detail},
        )  # fmt: skip
    return state


def _sent(delivery: Delivery, send: Send) -> Outcome:
    channel, notice = delivery.channel, delivery.notice
    try:
        address = seals().opened(channel.address)
    except (InvalidTag, ValueError):
        return Outcome(FAILED, "address-broken")
    return send(channel.kind, address, notice.title["zh"], outside(notice))


def outside(notice: Notice) -> str:
    """The text of a notice as it leaves: with its things and, where the installation knows its own address, links that open them."""
    base = settings.DAIHOU_ADDRESS.rstrip("/")
    parts = [notice.text["zh"]]
    parts += [f"· {one['text']}" + (f" {base}{one['path']}" if base else "") for one in notice.lines]
    if base and notice.path:
        parts.append(f"{base}{notice.path}")
    return "\n".join(parts)


# ------------------------------------------------------------------ what people write for themselves


def remind(
    text: str, day: date, *, by: Actor, at: datetime, table: str = "", key: str = ""
) -> Reminder:  # fmt: skip
    """Be reminded of something on a day. MessagingRefusedError: no text, too long a one."""
    words = _words(text)
    with transaction.atomic():
        reminder = Reminder.objects.create(
            owner=by.by, day=day, text=seals().seal(words), table=table, key=key, at=at
        )
        record(
            "remind", by=by, at=at, kind="own_reminder", subject=str(reminder.pk),
            after={"day": day, "table": table, "key": key},
        )  # fmt: skip
    return reminder


def reminded(reminder: Reminder, *, by: Actor, at: datetime) -> None:
    """Put a reminder of one's own away. MessagingRefusedError: another's."""
    if reminder.owner != by.by:
        raise MessagingRefusedError("not-yours")
    with transaction.atomic():
        if Reminder.objects.filter(pk=reminder.pk, done_at__isnull=True).update(done_at=at):
            record("reminded", by=by, at=at, kind="own_reminder", subject=str(reminder.pk))


def note(party: str, text: str, *, by: Actor, at: datetime, branch: str = "") -> Note:
    """Note something on a client. Who may see the client is asked above. MessagingRefusedError: no text, too long a one."""
    words = _words(text)
    with transaction.atomic():
        made = Note.objects.create(party=party, by=by.by, at=at, text=seals().seal(words))
        record("note", by=by, at=at, kind="party", subject=party, branch=branch, after={"note": made.pk})
    return made


def withdraw_note(held: Note, *, by: Actor, at: datetime) -> None:
    """Take back a note of one's own; it stays on record. MessagingRefusedError: another's."""
    if held.by != by.by:
        raise MessagingRefusedError("not-yours")
    with transaction.atomic():
        if Note.objects.filter(pk=held.pk, withdrawn_at__isnull=True).update(withdrawn_at=at):
            record("withdraw-note", by=by, at=at, kind="party", subject=held.party, before={"note": held.pk})


def _words(text: str) -> str:
    words = text.strip()
    if not words:
        raise MessagingRefusedError("text-missing")
    if len(words) > LONGEST_TEXT:
        raise MessagingRefusedError("text-long")
    return words
