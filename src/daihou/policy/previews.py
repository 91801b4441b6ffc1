"""Finding out what a change of a figure would do: begun, told how far it is, kept until it is proposed, dropped, or other inputs take its place."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any

from django.db import transaction

from daihou.policy.acts import KIND
from daihou.policy.checking import Asked, Checked
from daihou.policy.laying import Step
from daihou.policy.models import CURRENT, DROPPED, FAILED, FORESEEING, FORESEEN, PROPOSED, Preview
from daihou.registers.sealing import seals
from daihou.trail.acts import Actor, record
from daihou.units import read_date

Clock = Callable[[], datetime]


class PreviewGoneError(Exception):
    """The work on a preview goes on for nobody: it was dropped, replaced, or begun again elsewhere."""


def digest_of(checked: Checked, adopted: Sequence[Step]) -> str:
    """What a preview speaks of: the change as written, and the figures in force that it is laid on."""
    said = [
        checked.asked.rulebook, checked.figure.id, checked.value, checked.since.isoformat(),
        [[one.number, one.since.isoformat()] for one in adopted],
    ]  # fmt: skip
    return sha256(json.dumps(said, ensure_ascii=False).encode()).hexdigest()


def current(rulebook: str, figure: str, by: str) -> Preview | None:
    """Somebody's preview of a figure, where he has one."""
    return Preview.objects.filter(rulebook=rulebook, figure=figure, by=by, state__in=CURRENT).first()


def asked_of(preview: Preview) -> Asked:
    """The change that a preview was asked about."""
    said = preview.asked
    return Asked(
        preview.rulebook, preview.figure, said["value"], read_date(said["since"]), said["reason"], said["citation"]
    )  # fmt: skip


def begin(checked: Checked, digest: str, *, by: Actor, at: datetime) -> Preview:
    """Begin a preview; an earlier one of the same figure by the same person is dropped, also where it is still being worked on."""
    asked = checked.asked
    said = {
        "value": asked.value if isinstance(asked.value, str) else dict(asked.value), "since": checked.since.isoformat(),
        "citation": asked.citation, "reason": asked.reason,
    }  # fmt: skip
    with transaction.atomic():
        record(
            "preview-figure",
            by=by,
            at=at,
            kind=KIND,
            subject=f"{asked.rulebook}/{checked.figure.id}",
            after={"value": said["value"], "since": said["since"]},
        )  # fmt: skip - first, for the event holds the head of the trail: of two who begin at once the later drops the earlier
        _current(asked.rulebook, checked.figure.id, by).update(state=DROPPED, result="")
        return Preview.objects.create(
            rulebook=asked.rulebook,
            figure=checked.figure.id,
            asked=said,
            digest=digest,
            by=by.by,
            at=at,
            alive=at,
        )


def _current(rulebook: str, figure: str, by: Actor) -> Any:
    return Preview.objects.filter(rulebook=rulebook, figure=figure, by=by.by, state__in=CURRENT)


def begin_again(preview: Preview, *, at: datetime) -> bool:
    """Begin the work once more where it was broken off or failed; False where somebody did already. Whoever still works on it ends."""
    moved = Preview.objects.filter(pk=preview.pk, tries=preview.tries, state__in=(FORESEEING, FAILED)).update(
        state=FORESEEING, share=0, doing="", alive=at, tries=preview.tries + 1
    )
    preview.refresh_from_db()
    return bool(moved)


def telling(preview: Preview, now: Clock) -> Callable[[str, float], None]:
    """Note how far the work is. PreviewGoneError where nobody waits for it any more."""
    rows = _mine(preview)

    def tell(doing: str, share: float) -> None:
        if not rows.update(share=round(share * 100), doing=doing, alive=now()):
            raise PreviewGoneError

    return tell


def _mine(preview: Preview) -> Any:
    return Preview.objects.filter(pk=preview.pk, tries=preview.tries, state=FORESEEING)


def keep(preview: Preview, result: Mapping[str, Any], *, at: datetime) -> None:
    """Keep what was found; nothing where it is waited for no more."""
    text = seals().seal(json.dumps(result, ensure_ascii=False))
    _mine(preview).update(state=FORESEEN, share=100, doing="", alive=at, result=text)


def give_up(preview: Preview) -> None:
    """Note that the work ended with a fault, so that nobody waits for it."""
    _mine(preview).update(state=FAILED)


def result_of(preview: Preview) -> Mapping[str, Any] | None:
    """What was found, where it was."""
    if preview.state != FORESEEN:
        return None
    found: Mapping[str, Any] = json.loads(seals().opened(preview.result))
    return found


def drop(preview: Preview, *, by: Actor, at: datetime) -> None:
    """Throw a preview away; the work on it ends by itself."""
    with transaction.atomic():
        subject = f"{preview.rulebook}/{preview.figure}"
        if (
            _current(preview.rulebook, preview.figure, by)
            .filter(pk=preview.pk)
            .update(state=DROPPED, result="")
        ):
            record("drop-preview", by=by, at=at, kind=KIND, subject=subject)


def proposed(preview: Preview) -> None:
    """Note that a preview went to signature; part of the act that puts it there."""
    Preview.objects.filter(pk=preview.pk, state=FORESEEN).update(state=PROPOSED)
