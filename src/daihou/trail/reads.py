"""Reading the trail: pages of it, and whether it is whole."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from django.db.models import QuerySet

from daihou.trail.acts import START, seal_of
from daihou.trail.models import Event, Head


@dataclass(frozen=True)
class Break:
    """A place where the trail does not hold: ``number`` of the row, ``code`` of what is wrong."""

    number: int
    code: str


def verify(told: Mapping[int, str] | None = None) -> Iterator[Break]:
    """Every row that was changed, is missing, was moved or put in; and an end that was cut off. Nothing where the trail is whole.

    ``told``: what others know of it: that there was an event of a number, and its seal where they kept that (a backup, a morning message; empty: not).
    An end that was cut off together with its head shows by nothing else; a seal that was told and is another is ``trail-replaced``.
    """
    told = told or {}
    number, seal = 0, START
    for event in Event.objects.order_by("number").iterator(chunk_size=5_000):
        if event.number != number + 1:
            yield Break(number + 1, "trail-missing")
        elif event.previous != seal:
            yield Break(event.number, "trail-moved")
        if seal_of(event) != event.seal:
            yield Break(event.number, "trail-changed")
        elif told.get(event.number, "") not in {"", event.seal}:
            yield Break(event.number, "trail-replaced")
        number, seal = event.number, event.seal
    head = Head.objects.filter(pk=1).first()
    if head is None:
        if number:
            yield Break(number, "trail-no-head")
    elif (head.number, head.seal) != (number, seal):
        yield Break(max(head.number, number), "trail-cut")
        number = max(head.number, number)
    if told and max(told) > number:
        yield Break(max(told), "trail-cut")


@dataclass(frozen=True)
class Links:
    """How one event hangs in the chain: the events beside it (None: there is none), and where it does not hold."""

    before: Event | None
    after: Event | None
    breaks: tuple[Break, ...]


def links_of(event: Event) -> Links:
    """Whether one event says what its seal covers, and fits the events beside it or the head."""
    beside = {
        one.number: one for one in Event.objects.filter(number__in=(event.number - 1, event.number + 1))
    }
    before, after = beside.get(event.number - 1), beside.get(event.number + 1)
    found = []
    if seal_of(event) != event.seal:
        found.append(Break(event.number, "trail-changed"))
    if before is None and event.number > 1:
        found.append(Break(event.number - 1, "trail-missing"))
    elif event.previous != (START if before is None else before.seal):
        found.append(Break(event.number, "trail-moved"))
    if after is not None and after.previous != event.seal:
        found.append(Break(after.number, "trail-moved"))
    if after is None:
        head = Head.objects.filter(pk=1).first()
        if head is None:
            found.append(Break(event.number, "trail-no-head"))
        elif head.number > event.number:
            found.append(Break(event.number + 1, "trail-missing"))
        elif (head.number, head.seal) != (event.number, event.seal):
            found.append(Break(event.number, "trail-cut"))
    return Links(before, after, tuple(found))


def of_subject(kind: str, subject: str) -> QuerySet[Event]:
    """What was done to one thing, newest first."""
    return Event.objects.filter(kind=kind, subject=subject).order_by("-number")
