"""Which files a viewer may look into, and what a file is about."""

from __future__ import annotations

from django.db.models import QuerySet

from daihou.book import declared
from daihou.imports.models import Upload
from daihou.people.reads import Viewer


def handed_in_by(viewer: Viewer) -> QuerySet[Upload]:
    """Files that a viewer may look into: his own, for a file tells what is in it; all for who sees every room."""
    files = Upload.objects.select_related("batch")
    return files if viewer.sees_all else files.filter(by=viewer.staff_no)


def tells_posts(upload: Upload) -> bool:
    """Whether a file says who belongs to the company and holds which post, and so who may see what."""
    return any(declared()[name].room == "people" for name in upload.tables)
