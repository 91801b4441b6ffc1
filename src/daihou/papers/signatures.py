"""Pictures of signatures for prints: each brings his own, and a print shows that which he had when he signed. A picture proves nothing; the fingerprint and the trail do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from hashlib import sha256

from django.db import transaction

from daihou.papers.acts import PaperRefusedError
from daihou.papers.kinds import FileRefusedError, look
from daihou.papers.models import SignatureImage
from daihou.registers.sealing import seals
from daihou.trail.acts import Actor, record

LARGEST = 200 * 1024
"""Bytes of a picture."""
SIDES = range(40, 2001)
"""Pixels that it may be wide and high."""
KINDS = frozenset({"png", "jpg"})


def signature_of(staff_no: str) -> SignatureImage | None:
    """The picture in use of somebody's signature."""
    return SignatureImage.objects.filter(staff_no=staff_no, until_at__isnull=True).first()


def content_of_signature(held: SignatureImage) -> bytes:
    """The picture as it was brought."""
    return seals().opened_bytes(bytes(held.content))


def keep_signature(name: str, content: bytes, *, by: Actor, at: datetime) -> SignatureImage:
    """Keep a picture of one's own signature; the one in use before is laid aside. FileRefusedError: no picture, too large, of odd sides. PaperRefusedError: the same is in use."""
    if len(content) > LARGEST:
        raise FileRefusedError("signature-too-large")
    looked = look(name, content)
    if looked.kind not in KINDS:
        raise FileRefusedError("signature-no-picture")
    if looked.width not in SIDES or looked.height not in SIDES:
        raise FileRefusedError("signature-sides")
    digest = sha256(content).hexdigest()
    with transaction.atomic():
        before = _in_use(by.by)
        if before is not None and before.digest == digest:
            raise PaperRefusedError("no-change")
        event = record(
            "keep-signature", by=by, at=at, kind="signature", subject=by.by,
            before=None if before is None else {"digest": before.digest}, after={"digest": digest},
        )  # fmt: skip
        if before is not None:
            _lay_aside(before, at)
        return SignatureImage.objects.create(
            staff_no=by.by, kind=looked.kind, content=seals().seal_bytes(content), digest=digest, at=at, event=event.number
        )  # fmt: skip


def retire_signature(*, by: Actor, at: datetime) -> None:
    """Lay one's own picture aside: what is signed from now on is printed without. PaperRefusedError where none is in use."""
    with transaction.atomic():
        held = _in_use(by.by)
        if held is None:
            raise PaperRefusedError("signature-none")
        record(
            "retire-signature", by=by, at=at, kind="signature", subject=by.by, before={"digest": held.digest}
        )
        _lay_aside(held, at)


def _in_use(staff_no: str) -> SignatureImage | None:
    return SignatureImage.objects.select_for_update().filter(staff_no=staff_no, until_at__isnull=True).first()


def _lay_aside(held: SignatureImage, at: datetime) -> None:
    held.until_at = at
    held.save(update_fields=["until_at"])


def images_of(signed: Iterable[tuple[str, datetime]]) -> Mapping[tuple[str, datetime], bytes]:
    """The picture that each had when he signed, by who and when; who had none is left out. One question."""
    asked = list(signed)
    held = list(SignatureImage.objects.filter(staff_no__in={who for who, _at in asked}))
    found: dict[tuple[str, datetime], bytes] = {}
    for who, at in asked:
        then = next(
            (
                one
                for one in held
                if one.staff_no == who and one.at <= at and (one.until_at is None or at < one.until_at)
            ),
            None,
        )
        if then is not None:
            found[who, at] = content_of_signature(then)
    return found
