"""Which edition of a form was put before those who sign: a version of a matter names number, edition and digest, and its signatures count for these alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from daihou.papers.models import Paper
from daihou.signoff.models import APPROVED, Matter, Version


@dataclass(frozen=True)
class Forward:
    """How an edition of a form stands with those who sign.

    ``version``: the last version of a matter that put this very edition forward; None: none did, nobody signed it. ``matter``: the last
    matter about the work of the form's duty, None where there is none. ``edition``: the edition that was put forward last of all, None
    where none was; ``approved_at``: when that one had been signed by all, None where it has not.
    """

    version: Version | None
    matter: Matter | None
    edition: int | None
    approved_at: datetime | None


def told_of(paper: Paper) -> dict[str, Any]:
    """What the content of a matter says of the form that it puts forward."""
    return {
        "pk": paper.pk, "form": paper.form, "number": paper.number, "edition": paper.edition, "digest": paper.digest,
    }  # fmt: skip


def put_forward(paper: Paper, kind: str) -> Forward:
    """How an edition stands with those who sign, by the matters of a ``kind`` about its duty. Two queries, the steps with it."""
    rows = Version.objects.filter(matter__kind=kind, matter__subject=paper.duty)
    versions = list(
        rows.select_related("matter").prefetch_related("matter__steps").order_by("matter_id", "number")
    )
    own = [one for one in versions if _names(one, paper)]
    named = [(one, edition) for one in versions if (edition := _edition(one, paper)) is not None]
    last, edition = named[-1] if named else (None, None)
    return Forward(
        own[-1] if own else None,
        versions[-1].matter if versions else None,
        edition,
        None if last is None else _approved_at(last),
    )


def _approved_at(version: Version) -> datetime | None:
    """When a version had been signed by all; None where it has not, or another came after it."""
    matter = version.matter
    return matter.decided_at if matter.state == APPROVED and version.number == matter.version else None


def _edition(version: Version, paper: Paper) -> int | None:
    """The edition of the form that a version put forward; None where it speaks of no form, or of another."""
    said = version.content.get("paper") if isinstance(version.content, Mapping) else None
    return said.get("edition") if isinstance(said, Mapping) and said.get("number") == paper.number else None


def _names(version: Version, paper: Paper) -> bool:
    """Whether a version put forward this edition, with what it says."""
    return (
        _edition(version, paper) == paper.edition and version.content["paper"].get("digest") == paper.digest
    )
