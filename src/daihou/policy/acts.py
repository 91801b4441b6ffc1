"""Proposing a change of a figure, completing a returned one, and taking a proposal back. Adopting one is nothing but the approval of its matter."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from daihou.policy.checking import Checked
from daihou.policy.faults import FigureFault, FigureRefusedError
from daihou.policy.models import FigureChange
from daihou.policy.reads import OPEN, of_figure
from daihou.registers.sealing import seals
from daihou.rulebook.written import figure_steps, literal_words
from daihou.signoff import acts as signoff
from daihou.signoff.chains import chains, without_own
from daihou.trail.acts import Actor, record

KIND = "figure"
_CODES = {
    "nobody-to-sign": "nobody-to-sign", "not-yours": "not-yours", "signed-already": "signed-already", "nothing-new": "nothing-new",
}  # fmt: skip
"""Refusals of the room of signatures that have a word here."""


def propose(
    checked: Checked, *, foreseen: Mapping[str, Any], posts: Collection[str], by: Actor, at: datetime
) -> FigureChange:
    """Put a change that was looked at (``checking.check``) to signature, with what it would change (``foreseen``, as JSON).

    ``posts``: those of the proposer. Raises FigureRefusedError where a change of the same figure is being signed already.
    """
    asked, figure = checked.asked, checked.figure
    subject = f"{asked.rulebook}/{figure.id}"
    content = content_of(checked, foreseen)
    title = _title(checked)
    with transaction.atomic():
        event = record(
            "propose-figure", by=by, at=at, kind=KIND, subject=subject, reason=seals().marked(asked.reason.strip()),
            before={"value": content["before"]["zh"]},
            after={"value": content["value"], "since": checked.since, "citation": content["citation"]},
        )  # fmt: skip
        # the event holds the head of the trail: of two who propose at once the later sees the first
        other = of_figure(asked.rulebook, figure.id).filter(matter__state__in=OPEN).first()
        if other is not None:
            said = {"since": other.since, "by": other.proposed_by}
            raise FigureRefusedError(FigureFault("figure", "under-way", said))
        try:
            matter = signoff.open_matter(
                kind=KIND, subject=subject, title=title, content=content, chain=without_own(chains()[KIND], posts), by=by, at=event.at
            )  # fmt: skip
        except signoff.SigningRefusedError as error:
            raise FigureRefusedError(FigureFault("figure", _CODES[error.code])) from error
        return FigureChange.objects.create(
            rulebook=asked.rulebook,
            figure=figure.id,
            value=content["value"],
            since=checked.since,
            citation=content["citation"],
            reason=content["reason"],
            proposed_by=by.by,
            proposed_at=at,
            matter=matter,
        )


def complete(
    change: FigureChange,
    checked: Checked,
    *,
    foreseen: Mapping[str, Any],
    remark: str,
    by: Actor,
    at: datetime,
) -> FigureChange:
    """Put a change whose matter was returned to signature again, with what is now asked and what that would change; the older version stays in the matter.

    Raises FigureRefusedError: not his, not returned, of another figure, nothing new.
    """
    content = content_of(checked, foreseen)
    with transaction.atomic():
        held = FigureChange.objects.select_related("matter").get(pk=change.pk)
        if (held.rulebook, held.figure) != (checked.asked.rulebook, checked.figure.id):
            raise FigureRefusedError(FigureFault("figure", "not-under-way"))
        try:
            signoff.resubmit(held.matter, content, by=by, at=at, remark=remark, title=_title(checked))
        except signoff.SigningRefusedError as error:
            raise FigureRefusedError(
                FigureFault("figure", _CODES.get(error.code, "not-under-way"))
            ) from error
        held.value, held.since = content["value"], checked.since
        held.citation, held.reason = content["citation"], content["reason"]
        held.save(update_fields=["value", "since", "citation", "reason"])
    return held


def _title(checked: Checked) -> dict[str, str]:
    return {
        "zh": f"改数：{checked.figure.name} 自 {checked.since} 起",
        "en": f"Figure {checked.figure.name} from {checked.since}",
    }


def content_of(checked: Checked, foreseen: Mapping[str, Any]) -> dict[str, Any]:
    """What is signed, as JSON: the figure, its values by date so far, the new one, why, and what it would change."""
    figure, value = checked.figure, checked.value
    return {
        "rulebook": checked.asked.rulebook,
        "figure": figure.id,
        "name": figure.name,
        "meaning": figure.meaning,
        "english": figure.english,
        "before": {"zh": _before(checked, "zh"), "en": _before(checked, "en")},
        "value": value if isinstance(value, str) else dict(value),
        "since": checked.since.isoformat(),
        "citation": checked.asked.citation.strip(),
        "reason": checked.asked.reason.strip(),
        "foreseen": dict(foreseen),
    }


def _before(checked: Checked, lang: Any) -> str:
    """The value in force on the eve of the change's first day."""
    held = ""
    for since, said in figure_steps(checked.figure, lang):
        if since is None or since <= checked.since:
            held = said
    return held or literal_words(None, lang)


def withdraw(change: FigureChange, *, by: Actor, at: datetime) -> None:
    """Take a proposal back before anybody has signed it. Raises FigureRefusedError: by somebody else, signed or decided already."""
    with transaction.atomic():
        held = FigureChange.objects.select_related("matter").get(pk=change.pk)
        if held.proposed_by != by.by:
            raise FigureRefusedError(FigureFault("figure", "not-yours"))
        if held.matter.state not in OPEN:
            raise FigureRefusedError(FigureFault("figure", "not-under-way"))
        try:
            signoff.withdraw(held.matter, by=by, at=at)
        except signoff.SigningRefusedError as error:
            code = _CODES.get(error.code, "not-under-way")
            raise FigureRefusedError(FigureFault("figure", code)) from error
