"""Attachments as pages list them: who brought each, what kind of file it is, when and where a photo was taken."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from daihou.duties.naming import names_for
from daihou.papers.models import Attachment
from daihou.papers.photos import PICTURES

SHOWN = 60


@dataclass(frozen=True)
class Listed:
    """An attachment as lists say it: who brought it, what kind of file, when and where a photo was taken, how far from the client's place; empty where not known."""

    held: Attachment
    who: str
    kind: str
    taken: str
    distance: str

    @property
    def pictured(self) -> bool:
        """Whether a picture of it can be shown."""
        return self.held.kind in PICTURES


def pane(rows: QuerySet[Attachment]) -> list[Listed]:
    """Attachments of a page, the newest first."""
    return as_listed(list(rows.order_by("-id")[:SHOWN]))


def as_listed(files: Sequence[Attachment]) -> list[Listed]:
    """Some attachments as lists say them, the names of all who brought them in one question."""
    people = names_for(people=[one.by for one in files]).people
    return [
        Listed(one, people.get(one.by, one.by), _kind(one), _taken_said(one), _distance_said(one))
        for one in files
    ]


def _kind(one: Attachment) -> str:
    sides = "" if one.width is None else f" {one.width}×{one.height}"
    return f"{one.kind.upper()}{sides}"


def _taken_said(one: Attachment) -> str:
    """When and where a photo was taken, and who says so: the photo itself, or the device that sent it; empty where nobody does."""
    said: dict[str, object] = {"latitude": one.latitude, "longitude": one.longitude, "accuracy": one.accuracy}
    if one.shot_at is not None:
        said["at"] = minute(one.shot_at)
        if one.latitude is None:
            return _("照片自带：摄于 %(at)s") % said
        if one.accuracy is None:
            return _("照片自带：摄于 %(at)s，%(latitude)s, %(longitude)s") % said
        return _("照片自带：摄于 %(at)s；设备报的位置 %(latitude)s, %(longitude)s（±%(accuracy)s 米）") % said
    if one.taken_at is None or one.latitude is None:
        return ""
    said["at"] = minute(one.taken_at)
    return _("摄于 %(at)s %(latitude)s, %(longitude)s（±%(accuracy)s 米）") % said


def minute(at: datetime) -> str:
    """A moment as papers and prints tell it, to the minute."""
    return f"{timezone.localtime(at):%Y-%m-%d %H:%M}"


def _distance_said(one: Attachment) -> str:
    return "" if one.distance is None else _("离客户 %(metres)s 米") % {"metres": one.distance}
