"""What to notice in the photos of a report: taken before the day of the check, or sent in once already for something else."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Q

from daihou.duties.models import Duty
from daihou.papers.models import DUTY, PAPER, Attachment
from daihou.papers.photos import PICTURES
from daihou.units import day_of


@dataclass(frozen=True)
class PhotoRemark:
    """One thing to notice: ``code``, the photo, and since when it is so: the day it was taken, or was sent in before.

    taken-before: by the camera's clock on a day before that of the check. sent-before: the very same file belongs to something else already.
    """

    code: str
    photo: Attachment
    day: date


def photo_remarks(duty: Duty, done: date | None) -> list[PhotoRemark]:
    """What to notice in the photos of a duty and its form. ``done``: the day of the check, None where the form does not say one."""
    found = Q(table__in=(DUTY, PAPER), duty_no=duty.pk, kind__in=PICTURES, voided_at__isnull=True)
    photos = list(Attachment.objects.filter(found).order_by("pk"))
    return [*_taken_before(photos, done), *_sent_before(photos, duty)]


def _taken_before(photos: Sequence[Attachment], done: date | None) -> Iterator[PhotoRemark]:
    for one in photos:
        shot = None if one.shot_at is None else day_of(one.shot_at)
        if shot is not None and done is not None and shot < done:
            yield PhotoRemark("taken-before", one, shot)


def _sent_before(photos: Sequence[Attachment], duty: Duty) -> Iterator[PhotoRemark]:
    """Photos of which the content was sent in before for another duty, a client, a contract; by the first time."""
    elsewhere = Q(duty_no__isnull=True) | ~Q(duty_no=duty.pk)
    others = Attachment.objects.filter(
        elsewhere, digest__in=[one.digest for one in photos], voided_at__isnull=True
    )
    first: dict[str, tuple[int, datetime]] = {}
    for pk, digest, at in others.order_by("pk").values_list("pk", "digest", "at"):
        first.setdefault(digest, (pk, at))
    for one in photos:
        pk, at = first.get(one.digest, (one.pk, one.at))
        if pk < one.pk:
            yield PhotoRemark("sent-before", one, day_of(at))
