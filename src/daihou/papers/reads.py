"""Reading papers and attachments; whether every content is there and as it was."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256

from cryptography.exceptions import InvalidTag
from django.core.files.storage import default_storage
from django.db.models import Q, QuerySet

from daihou.papers.acts import FOLDER, PaperRefusedError, kept_at
from daihou.papers.models import DUTY, HANDED_IN, PAPER, Attachment, Paper
from daihou.registers.sealing import seals


@dataclass(frozen=True)
class Flaw:
    """A content that does not fit: ``code`` missing, changed, or orphan (no row tells of it: harmless)."""

    digest: str
    code: str


def paper_of(duty_no: int) -> Paper | None:
    """The standing edition of the form of a duty."""
    return Paper.objects.filter(duty_no=duty_no, state=HANDED_IN).first()


def paper_of_row(table: str, key: str) -> Paper | None:
    """The standing edition of the form that wrote or filled a row of a register."""
    return Paper.objects.filter(row_table=table, row_key=key, state=HANDED_IN).order_by("-pk").first()


def editions(paper: Paper) -> QuerySet[Paper]:
    """All editions of a form, newest first."""
    return Paper.objects.filter(number=paper.number).order_by("-edition")


def attachments_of(paper: Paper) -> QuerySet[Attachment]:
    """What is attached to a form, to any edition, and to its duty before it was handed in; not what was voided. In the order in which it was brought."""
    found = Q(table=PAPER, paper__number=paper.number) | Q(table=DUTY, duty_no=paper.duty_no)
    return Attachment.objects.filter(found, voided_at__isnull=True).order_by("pk")


def content_of(attachment: Attachment) -> bytes:
    """The content as it was handed in; PaperRefusedError where it is gone or another."""
    content = _opened(attachment.digest)
    if content is None or sha256(content).hexdigest() != attachment.digest:
        raise PaperRefusedError("file-gone")
    return content


def _opened(digest: str) -> bytes | None:
    try:
        with default_storage.open(kept_at(digest)) as kept:
            return seals().opened_bytes(kept.read())
    except (FileNotFoundError, InvalidTag):
        return None


def check_files() -> Iterator[Flaw]:
    """Every attachment's content opened and hashed, and contents that no row tells of."""
    told = set(Attachment.objects.values_list("digest", flat=True))
    lying = set(_lying())
    for digest in sorted(told - lying):
        yield Flaw(digest, "missing")
    for digest in sorted(lying - told):
        yield Flaw(digest, "orphan")
    for digest in sorted(told & lying):
        content = _opened(digest)
        if content is None or sha256(content).hexdigest() != digest:
            yield Flaw(digest, "changed")


def _lying() -> Iterator[str]:
    """The contents that lie below the folder of attachments."""
    if not default_storage.exists(FOLDER):
        return
    for shelf in default_storage.listdir(FOLDER)[0]:
        yield from default_storage.listdir(f"{FOLDER}/{shelf}")[1]
