"""A file handed in: kept sealed, checked whole, taken (the good rows or none), thrown away, or taken back."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import fields, replace
from datetime import date, datetime, timedelta
from hashlib import sha256
from pathlib import Path, PurePosixPath

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction

from daihou.book import BookFileError, Fault, Reading, read_book, write_marked
from daihou.imports.changes import sealed_changes
from daihou.imports.laying import payments_of_their_own, with_payments_laid
from daihou.imports.mapping import foreign_map
from daihou.imports.models import (
    CHECKED,
    CHECKING,
    DISCARDED,
    FAILED,
    TAKEN,
    TAKING,
    CompanyMapping,
    Upload,
)
from daihou.imports.reads import UNBOUND, Bounds
from daihou.imports.recognising import Recognition, Unmatched, kept_unmatched, read_unmatched
from daihou.imports.refusals import UploadRefusedError, named_tables
from daihou.ledger.acts import RowRefusedError, take_in
from daihou.ledger.differing import NOTHING, Difference, Overwriting, differences
from daihou.registers.models import Batch
from daihou.registers.rows import paired, stands, titled, without_derived
from daihou.registers.sealing import seals
from daihou.terms import Lang
from daihou.trail.acts import Actor, record
from daihou.units import day_of

ACCEPTED = (".xlsx", ".xls", ".et", ".csv", ".parquet")
LARGEST = 64 * 1024 * 1024
_TOLD_EVERY = timedelta(seconds=0.5)  # between two notes of how far the work is
_FOLDER = "uploads"

Clock = Callable[[], datetime]
"""Tells the time whenever it is asked: whoever waits for long work is told that it goes on."""


def receive(
    name: str, content: bytes, *, by: Actor, at: datetime, mapping: CompanyMapping | None = None,
    file_day: date | None = None,
) -> Upload:  # fmt: skip
    """Keep a file, sealed; ``mapping``: how it is read, ``file_day``: which day it tells of. UploadRefusedError: empty, too large, of a kind that is no register."""
    plain = PurePosixPath(name.replace("\\", "/")).name[:255]
    if Path(plain).suffix.lower() not in ACCEPTED:
        raise UploadRefusedError("not-a-book")
    if not content:
        raise UploadRefusedError("empty-file")
    if len(content) > LARGEST:
        raise UploadRefusedError("file-too-large")
    digest = sha256(content).hexdigest()
    kept = default_storage.save(f"{_FOLDER}/{digest}", ContentFile(seals().seal_bytes(content)))
    with transaction.atomic():
        upload = Upload.objects.create(
            file=plain,
            digest=digest,
            size=len(content),
            at=at,
            by=by.by,
            content=kept,
            alive=at,
            mapping=mapping,
            file_day=file_day,
        )
        record(
            "upload", by=by, at=at, kind="upload", subject=str(upload.pk),
            after={"file": plain, "digest": digest, "size": len(content), **({"mapping": str(mapping)} if mapping else {})},
        )  # fmt: skip
    return upload


@contextmanager
def opened(upload: Upload) -> Iterator[Path]:
    """The file as it came, in a folder of its own that is gone afterwards."""
    with default_storage.open(upload.content) as kept, tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / upload.file
        path.write_bytes(seals().opened_bytes(kept.read()))
        yield path


def inspect(upload: Upload, *, now: Clock) -> None:
    """Read and check the whole file, and say what taking it would do. A file that cannot be read fails with its reason."""
    try:
        reading, found = _read(upload, now, day=day_of(now()))
        reading = with_payments_laid(reading)
    except BookFileError as error:
        _fail(upload, error, at=now())
        return
    _tell_changes(upload, reading, list(differences(reading.book)))
    upload.faults = seals().seal(json.dumps([_told(fault) for fault in reading.faults], ensure_ascii=False))
    upload.unmatched = (
        seals().seal(json.dumps(kept_unmatched(found.unmatched), ensure_ascii=False)) if found else ""
    )
    upload.matched = dict(found.counts) if found else {}
    upload.errors = sum(fault.severity == "error" for fault in reading.faults)
    upload.doubts = len(reading.faults) - upload.errors
    upload.state, upload.share, upload.doing = CHECKED, 100, ""
    upload.alive = now()
    upload.save()


def _tell_changes(upload: Upload, reading: Reading, found: Sequence[Difference]) -> None:
    """Note how the tables of a file stand, and which rows it changes."""
    would = {one.table.id: [len(one.new), len(one.changed), one.same] for one in found}
    upload.tables = {
        name: [count, reading.rows_left_out[name], *would.get(name, (0, 0, 0))]
        for name, count in reading.rows_read.items()
    } | {name: [0, 0, *counts] for name, counts in would.items() if name not in reading.rows_read}
    upload.kept = {one.table.id: len(one.kept) for one in found if one.kept}
    upload.changes = sealed_changes(found)


def _read(upload: Upload, now: Clock, *, day: date) -> tuple[Reading, Recognition | None]:
    """The file as looked at on a day, against what stands in the registers, by its mapping where it has one."""
    mapping, found = None, None
    if upload.mapping is not None:
        mapping = replace(foreign_map(upload.mapping), day=upload.file_day)
        found = Recognition(upload.mapping.name)
    with opened(upload) as path:
        reading = read_book(
            path,
            mapping=mapping,
            elsewhere=stands,
            titled=titled,
            paired=paired,
            recognise=found,
            day=day,
            progress=_telling(upload, now),
        )
    return payments_of_their_own(without_derived(reading)), found


def unmatched_of(upload: Upload) -> list[Unmatched]:
    """What of a file could not be recognised, or was said to be none of ours."""
    return [one for one in _asked_of(upload) if one.outcome != "by_hand"]


def by_hand_of(upload: Upload) -> list[Unmatched]:
    """What of a file people had said, of the rows it means and of those that are none of ours."""
    return [one for one in _asked_of(upload) if one.outcome in {"by_hand", "set_aside"}]


def _asked_of(upload: Upload) -> list[Unmatched]:
    return read_unmatched(json.loads(seals().opened(upload.unmatched))) if upload.unmatched else []


def _told(fault: Fault) -> dict[str, object]:
    said = {one.name: getattr(fault, one.name) for one in fields(fault)}
    return said | {"params": dict(fault.params)}


def faults_of(upload: Upload) -> list[Fault]:
    """What the check found."""
    if not upload.faults:
        return []
    return [Fault(**said) for said in json.loads(seals().opened(upload.faults))]


def _fail(upload: Upload, error: BookFileError, *, at: datetime) -> None:
    upload.state, upload.code = FAILED, error.code
    upload.params = {name: str(value) for name, value in error.params.items()}
    upload.alive = at
    upload.save()


def _telling(upload: Upload, now: Clock) -> Callable[[str, float], None]:
    """Note now and then how far the reading is, so that whoever waits can see it."""
    told = now()

    def tell(name: str, share: float) -> None:
        nonlocal told
        moment = now()
        if moment - told < _TOLD_EVERY:
            return
        told = moment
        Upload.objects.filter(pk=upload.pk).update(share=round(share * 100), doing=name[:120], alive=moment)

    return tell


def begin_taking(upload: Upload, *, at: datetime) -> None:
    """Put a checked file to work; one of two who press at once is told that it is under way."""
    moved = Upload.objects.filter(pk=upload.pk, state=CHECKED).update(state=TAKING, share=0, alive=at)
    if not moved:
        raise UploadRefusedError("not-checked")
    upload.refresh_from_db()


def read_by(upload: Upload, mapping: CompanyMapping | None, *, file_day: date | None, at: datetime) -> None:
    """Put a file that was checked, or could not be read, to a check by another mapping; None: by our own headings."""
    moved = Upload.objects.filter(pk=upload.pk, state__in=(CHECKED, FAILED)).update(
        state=CHECKING, share=0, alive=at, mapping=mapping, file_day=file_day, code="", params={}
    )
    if not moved:
        raise UploadRefusedError("not-checked")
    upload.refresh_from_db()


def check_anew(upload: Upload, *, at: datetime) -> None:
    """Put a checked file back to its check, because people said what its rows mean."""
    moved = Upload.objects.filter(pk=upload.pk, state=CHECKED).update(state=CHECKING, share=0, alive=at)
    if not moved:
        raise UploadRefusedError("not-checked")
    upload.refresh_from_db()


def begin_again(upload: Upload, *, at: datetime) -> None:
    """Check once more a file whose check, or whose taking, was broken off."""
    moved = Upload.objects.filter(pk=upload.pk, state__in=(CHECKING, TAKING)).update(
        state=CHECKING, share=0, alive=at
    )
    if not moved:
        raise UploadRefusedError("not-broken-off")
    upload.refresh_from_db()


def take(
    upload: Upload, *, by: Actor, at: datetime, day: date, now: Clock, over: Overwriting = NOTHING,
    bounds: Bounds = UNBOUND,
) -> Batch:  # fmt: skip
    """Take the good rows of a file into the registers: one transaction, checked once more against what stands now.

    ``day``: the day on which they are looked at and become known. ``over``: which rows that the house has written since it may write over; the others
    stay. UploadRefusedError where no row is good, or what would be written is outside his ``bounds``.
    """
    reading, _ = _read(upload, now, day=day)
    with transaction.atomic():
        held = Upload.objects.select_for_update().get(pk=upload.pk)
        if held.state != TAKING:
            raise UploadRefusedError("not-checked")
        batch = _taken(held, with_payments_laid(reading), over, bounds, by=by, at=at, day=day)
        held.state, held.batch, held.alive, held.share, held.doing = TAKEN, batch, at, 100, ""
        held.save()
    upload.refresh_from_db()
    return batch


def _taken(
    upload: Upload, reading: Reading, over: Overwriting, bounds: Bounds, *, by: Actor, at: datetime, day: date
) -> Batch:  # fmt: skip
    read, left = sum(reading.rows_read.values()), sum(reading.rows_left_out.values())
    if read == left:
        raise UploadRefusedError("nothing-good")

    def tell(found: Sequence[Difference]) -> None:
        if any((one.changed or one.new) and one.table.id in bounds.closed for one in found):
            raise UploadRefusedError("posts-not-yours")
        told = {name for name, count in reading.rows_read.items() if count}
        unseen = [one.table.id for one in found if one.changed and one.table.id in bounds.blind & told]
        if unseen:
            raise UploadRefusedError("changes-unseen", named_tables(unseen))
        _tell_changes(upload, reading, found)

    try:
        return take_in(
            reading.book,
            by=by,
            at=at,
            day=day,
            file=upload.file,
            digest=upload.digest,
            read=read,
            left_out=left,
            over=over,
            tell=tell,
        )
    except (
        RowRefusedError
    ) as error:  # a room above does not let a correction stand, so nothing of the file does
        raise UploadRefusedError(error.code, error.said.get("told", "")) from error


def give_up(upload: Upload, code: str, told: str = "") -> None:
    """Note that the work on a file ended with a fault, so that nobody waits for it; ``told``: what stands in the way."""
    Upload.objects.filter(pk=upload.pk, state__in=(CHECKING, TAKING)).update(
        state=FAILED, code=code, params={"told": told} if told else {}
    )


def discard(upload: Upload, *, by: Actor, at: datetime) -> None:
    """Throw away a file that was not taken; its name and digest stay on record, its content goes."""
    with transaction.atomic():
        held = Upload.objects.select_for_update().get(pk=upload.pk)
        if held.state not in {CHECKED, FAILED}:
            raise UploadRefusedError("not-to-discard")
        held.state, held.faults, held.changes = DISCARDED, "", ""
        held.save()
        record("discard", by=by, at=at, kind="upload", subject=str(held.pk), before={"file": held.file})
        transaction.on_commit(lambda: default_storage.delete(held.content))
    upload.refresh_from_db()


def marked_copy(upload: Upload, lang: Lang) -> tuple[str, bytes]:
    """The file with remarks beside its rows: its name and content."""
    with opened(upload) as path, tempfile.TemporaryDirectory() as folder:
        suffix = path.suffix.lower()
        target = Path(folder) / f"{path.stem}-检查意见{suffix if suffix == '.csv' else '.xlsx'}"
        write_marked(path, faults_of(upload), target, lang)
        return target.name, target.read_bytes()
