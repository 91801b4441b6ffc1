"""Which files a viewer may look into, and what a file is about."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import QuerySet

from daihou.book import declared
from daihou.imports.models import Upload
from daihou.imports.refusals import named_tables
from daihou.people.reads import Viewer
from daihou.people.rights import Scope


def handed_in_by(viewer: Viewer) -> QuerySet[Upload]:
    """Files that a viewer may look into: his own, for a file tells what is in it; all for who sees every room."""
    files = Upload.objects.select_related("batch")
    return files if viewer.sees_all else files.filter(by=viewer.staff_no)


PEOPLE = frozenset(name for name, table in declared().items() if table.room == "people")
"""Tables that say who belongs to the company and holds which post, and so who may see what."""


def tells_posts(upload: Upload) -> bool:
    """Whether a file says anything new of who belongs to the company and holds which post: rows that stand as they are say nothing."""
    return any(counts[2] or counts[3] for name, counts in upload.tables.items() if name in PEOPLE)


@dataclass(frozen=True)
class Bounds:
    """What a file may not do for who takes it. ``blind``: tables of which he does not see every row, so that none that stands is changed; ``closed``: of which nothing is written."""

    blind: frozenset[str] = frozenset()
    closed: frozenset[str] = frozenset()


UNBOUND = Bounds()


def bounds_of(viewer: Viewer) -> Bounds:
    """The bounds of a viewer: who belongs to the company is said by who enters people."""
    return Bounds(partly_seen(viewer), frozenset() if "people" in viewer.rights.enters else PEOPLE)


def partly_seen(viewer: Viewer) -> frozenset[str]:
    """Tables of which a viewer does not see every row: what stands there he may not have a file change, for he cannot look at what he would do."""
    return frozenset(
        name for name, table in declared().items() if viewer.rights.scope_of(table) is not Scope.COMPANY
    )


def not_his_to_take(viewer: Viewer, upload: Upload) -> tuple[str, str] | None:
    """Why a viewer may not have a file taken, by code and what stands in the way; None: he may.

    Who belongs to the company is said by who enters people; rows that stand are changed by who sees them, as the last check found them.
    """
    if tells_posts(upload) and "people" not in viewer.rights.enters:
        return "posts-not-yours", ""
    blind = partly_seen(viewer)
    # a plan on which new payments are laid is not read from the file: it follows
    unseen = [
        name
        for name in declared()
        if name in blind and (counts := upload.tables.get(name)) and counts[0] and counts[3]
    ]
    return ("changes-unseen", named_tables(unseen)) if unseen else None
