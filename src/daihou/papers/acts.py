"""Every write of this room: a draft kept, a form handed in, corrected; a file attached, voided."""

from __future__ import annotations

from datetime import date, datetime
from hashlib import sha256
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction
from django.utils.timezone import get_current_timezone

from daihou.ledger.acts import RowRefusedError, enter
from daihou.papers.filling import About, Filled, digest_of
from daihou.papers.kept_forms import keep
from daihou.papers.kinds import look
from daihou.papers.models import DRAFT, HANDED_IN, PAPER, REPLACED, Attachment, Paper
from daihou.papers.photos import PICTURES, Exif, exif_of
from daihou.papers.places import Taken
from daihou.papers.reading import Form
from daihou.registers.sealing import seals
from daihou.trail.acts import Actor, record

FOLDER = "attachments"


class PaperRefusedError(ValueError):
    """A step that does not follow from where the form or the attachment stands; ``code`` says why."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


def keep_draft(form: Form, about: About, filled: Filled, *, by: Actor, at: datetime) -> Paper:
    """Keep what somebody has filled so far; of one person and duty there is one draft."""
    with transaction.atomic():
        held = Paper.objects.select_for_update().filter(duty_no=about.duty_no, by=by.by, state=DRAFT).first()
        event = record(
            "draft-paper", by=by, at=at, kind="duty", subject=about.duty, branch=about.branch or "",
            after={"form": form.form, "filled": len(filled.values)},
        )  # fmt: skip
        paper = held or Paper(**_about(about), by=by.by)
        paper.form, paper.form_version = form.form, form.version
        paper.values, paper.numbers = dict(filled.values), dict(filled.numbers)
        paper.at, paper.event = at, event.number
        paper.save()
    return paper


def _about(about: About) -> dict[str, str | int | None]:
    return {
        "duty": about.duty, "duty_no": about.duty_no, "contract": about.contract, "party": about.party, "branch": about.branch,
    }  # fmt: skip


def hand_in(
    form: Form, about: About, filled: Filled, *, by: Actor, at: datetime, day: date, completes: bool
) -> Paper:
    """Hand a form in, and with ``completes`` write the completion of its duty, its evidence the number of the form: all or nothing.

    The draft of whoever hands in becomes the form. Raises PaperRefusedError where a value is wrong, or somebody was quicker.
    """
    if filled.faults:
        raise PaperRefusedError("not-whole")
    try:
        with transaction.atomic():
            return _handed_in(form, about, filled, by=by, at=at, day=day, completes=completes)
    except IntegrityError as error:
        raise PaperRefusedError("handed-in-already") from error
    except RowRefusedError as error:
        raise PaperRefusedError("done-already") from error


def _handed_in(
    form: Form, about: About, filled: Filled, *, by: Actor, at: datetime, day: date, completes: bool
) -> Paper:
    digest = digest_of(form, about, filled.values)
    event = record(
        "hand-in-paper", by=by, at=at, kind="duty", subject=about.duty, branch=about.branch or "",
        after={"form": form.form, "version": form.edition, "digest": digest},
    )  # fmt: skip
    if Paper.objects.filter(duty_no=about.duty_no, state=HANDED_IN).exists():
        raise PaperRefusedError("handed-in-already")
    paper = Paper.objects.filter(duty_no=about.duty_no, by=by.by, state=DRAFT).first() or Paper(
        **_about(about), by=by.by
    )
    paper.form, paper.form_version, paper.wording, paper.state = (
        form.form,
        form.version,
        keep(form),
        HANDED_IN,
    )
    paper.values, paper.numbers = dict(filled.values), dict(filled.numbers)
    paper.number, paper.digest = f"{day:%Y}-{event.number:06d}", digest
    paper.at, paper.event = at, event.number
    paper.save()
    if completes:
        done = filled.done or day
        values = {
            "duty": about.duty, "completion_day": done, "completed_by": by.by, "evidence": paper.number,
            "remark": filled.remark or None, "key": f"{about.duty}/{done.isoformat()}",
        }  # fmt: skip
        enter("completion", values, by=by, at=at, day=day)
    return paper


def tie_to_row(paper: Paper, table: str, key: str) -> None:
    """Say which row of a register a form just handed in wrote or filled."""
    paper.row_table, paper.row_key = table, key
    paper.save(update_fields=["row_table", "row_key"])


def correct_paper(paper: Paper, form: Form, about: About, filled: Filled, *, by: Actor, at: datetime, reason: str) -> Paper:  # fmt: skip
    """A new edition of a form that was handed in, with the reason; the old one stays. Raises PaperRefusedError."""
    if filled.faults:
        raise PaperRefusedError("not-whole")
    if not reason.strip():
        raise PaperRefusedError("reason-missing")
    digest = digest_of(form, about, filled.values)
    with transaction.atomic():
        old = Paper.objects.select_for_update().get(pk=paper.pk)
        if old.state != HANDED_IN:
            raise PaperRefusedError("not-handed-in")
        if old.digest == digest:
            raise PaperRefusedError("no-change")
        event = record(
            "correct-paper", by=by, at=at, kind="duty", subject=about.duty, branch=about.branch or "", reason=reason,
            before={"number": old.number, "edition": old.edition, "digest": old.digest},
            after={"number": old.number, "edition": old.edition + 1, "digest": digest},
        )  # fmt: skip
        Paper.objects.filter(pk=old.pk).update(state=REPLACED)
        return Paper.objects.create(
            **_about(about), form=form.form, form_version=form.version, wording=keep(form), state=HANDED_IN, values=dict(filled.values),
            numbers=dict(filled.numbers), number=old.number, edition=old.edition + 1, replaces=old, reason=reason, by=by.by, at=at,
            digest=digest, event=event.number, row_table=old.row_table, row_key=old.row_key,
        )  # fmt: skip


def attach(
    name: str, content: bytes, *, table: str, key: str, by: Actor, at: datetime, duty_no: int | None = None, paper: Paper | None = None,
    contract: str | None = None, party: str | None = None, branch: str | None = None, taken: Taken | None = None, distance: int | None = None,
    exif: Exif | None = None,
) -> Attachment:  # fmt: skip
    """Attach a file to a thing: the content first, sealed, under its digest; then the row, with its event.

    ``taken``: where and when a photo was taken; ``distance`` in metres to the client's place; ``exif``: what the camera wrote, where it has
    been read already.

    A content whose row was never written is told by ``reads.check_files`` and harms nobody. Raises FileRefusedError.
    """
    looked = look(name, content)
    digest = sha256(content).hexdigest()
    if exif is None:
        exif = exif_of(content, get_current_timezone()) if looked.kind in PICTURES else Exif()
    kept = kept_at(digest)
    if not default_storage.exists(kept):
        default_storage.save(kept, ContentFile(seals().seal_bytes(content)))
    with transaction.atomic():
        event = record(
            "attach", by=by, at=at, kind=table, subject=key, branch=branch or "",
            after={"file": looked.name, "kind": looked.kind, "size": len(content), "digest": digest},
        )  # fmt: skip
        return Attachment.objects.create(
            table=table, key=key, duty_no=duty_no, paper=paper if table == PAPER else None, contract=contract, party=party, branch=branch,
            name=looked.name, kind=looked.kind, size=len(content), digest=digest, width=looked.width, height=looked.height, by=by.by, at=at,
            event=event.number, shot_at=exif.at, distance=distance, **({} if taken is None else _place_and_time(taken)),
        )  # fmt: skip


def _place_and_time(taken: Taken) -> dict[str, Any]:
    return {
        "taken_at": taken.at, "latitude": taken.latitude, "longitude": taken.longitude, "accuracy": taken.accuracy,
    }  # fmt: skip


def kept_at(digest: str) -> str:
    """Where a content lies below the folder of files."""
    return f"{FOLDER}/{digest[:2]}/{digest}"


def void_attachment(attachment: Attachment, *, by: Actor, at: datetime, reason: str) -> None:
    """Say that an attachment no longer counts, and why; its row and content stay. Raises PaperRefusedError."""
    if not reason.strip():
        raise PaperRefusedError("reason-missing")
    with transaction.atomic():
        held = Attachment.objects.select_for_update().get(pk=attachment.pk)
        if held.voided_at is not None:
            raise PaperRefusedError("file-voided")
        record(
            "void-attachment", by=by, at=at, kind=held.table, subject=held.key, branch=held.branch or "", reason=reason,
            before={"file": held.name, "digest": held.digest},
        )  # fmt: skip
        held.voided_at, held.voided_by, held.void_reason = at, by.by, reason
        held.save(update_fields=["voided_at", "voided_by", "void_reason"])
    attachment.refresh_from_db()
