"""The kinds of matters about a warning: its closing, measures that the lawyer reads first, measures that are not the chooser's to decide; what their approval writes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import F

from daihou.ledger.acts import correct_many
from daihou.people.reads import above
from daihou.registers.kept import homes, standing
from daihou.signoff import acts as signing
from daihou.signoff.acts import SigningRefusedError
from daihou.signoff.chains import Rung
from daihou.signoff.models import Matter
from daihou.signoff.reads import staff_on
from daihou.trail.acts import Actor
from daihou.units import day_of
from daihou.warnings.acts import (
    CLOSING,
    DECISION,
    RESPONSE,
    REVIEW,
    TRUE,
    WARNING,
    Chosen,
    WarningRefusedError,
    enter_measures,
    held,
    open_of,
    said,
    under_way,
)
from daihou.warnings.suggested import RANK, signal_of

RISK_MANAGER, GENERAL_MANAGER = "risk_manager", "general_manager"
LAWYERS = ("lawyer", "legal_officer")
"""Who reads a measure against a private person: the first of these posts that somebody holds, else who stands above it."""


# ------------------------------------------------------------------ closing


def propose_closing(key: str, conclusion: str, *, by: Actor, at: datetime) -> Matter:
    """Put a warning's closing to signature: what was found, what was done, what came of it, and the conclusion.

    WarningRefusedError: not verified; true without a measure, or with one that is not carried out. SigningRefusedError as the room of signatures says.
    """
    concluded = said(conclusion, "conclusion-missing")
    with transaction.atomic():
        row = held(key)
        taken = list(standing(homes()[RESPONSE]).filter(warning=key).order_by("decided_day", "key"))
        if row.verified_day is None:
            raise WarningRefusedError("not-verified", key)
        if row.verification == TRUE and not taken:
            raise WarningRefusedError("no-measure", key)
        if any(one.completed_day is None for one in taken) or under_way(key, REVIEW, DECISION).exists():
            raise WarningRefusedError("measure-open", key)
        makers = {by.by, row.verified_by, *(one.responsible_person for one in taken)} - {None}
        asked = [RISK_MANAGER]
        if RANK.get(row.level, 0) >= RANK["important"]:
            asked.append(GENERAL_MANAGER)
        return signing.open_matter(
            kind=CLOSING, subject=key, content=_content(row, taken, concluded), chain=rungs(asked, branch_of(row), makers, at),
            branch=branch_of(row), contract=row.contract, party=row.party, makers=sorted(makers - {by.by}), by=by, at=at,
            title=_title(row, "预警关闭", "Closing of a warning"),
        )  # fmt: skip


def rungs(posts: Sequence[str], branch: str, makers: set[str], at: datetime) -> list[Rung]:
    """The posts that sign; one that falls to the post above where a maker holds it is asked once."""
    staff = staff_on(day_of(at))
    asked: list[str] = []
    for post in posts:
        seat = staff.seat(post, branch, makers)
        if seat is None:
            raise SigningRefusedError("nobody-to-sign")
        if seat.post not in asked:
            asked.append(seat.post)
    return [Rung((post,)) for post in asked]


def _title(row: Any, zh: str, en: str) -> dict[str, str]:
    name = standing(homes()["party"]).filter(key=row.party).values_list("title", flat=True).first() or ""
    return {
        "zh": f"{zh}：{signal_of(row.rule, 'zh').name} {name}",
        "en": f"{en}: {signal_of(row.rule, 'en').name} {name}",
    }


def branch_of(row: Any) -> str:
    """The branch whose people answer a warning: that of its contract, else of the client's newest."""
    contracts = standing(homes()["contract"])
    if row.contract:
        return contracts.filter(key=row.contract).values_list("branch", flat=True).first() or ""
    return newest_branch(row.party)


def newest_branch(party: str) -> str:
    """The branch of a client's newest contract; empty where he has none."""
    theirs = standing(homes()["contract"]).filter(client=party)
    newest = theirs.order_by(F("disbursed_day").desc(nulls_last=True), "key")
    return newest.values_list("branch", flat=True).first() or ""


def _content(row: Any, taken: Iterable[Any], conclusion: str) -> dict[str, Any]:
    """What is signed: the warning as it stands, its measures, the conclusion."""
    return {
        "warning": row.key, "rule": row.rule, "level": row.level, "raised_day": row.raised_day.isoformat(), "remark": row.remark or "",
        "verification": row.verification, "verification_told": row.verification_told or "", "verified_by": row.verified_by or "",
        "conclusion": conclusion,
        "measures": [
            {
                "measure": one.measure, "person": one.responsible_person or "", "decided": one.decided_day.isoformat(),
                "done": None if one.completed_day is None else one.completed_day.isoformat(), "outcome": one.outcome or "",
            }
            for one in taken
        ],
    }  # fmt: skip


def content_now(matter: Matter) -> dict[str, Any] | None:
    """The closing as it would be put forward now; None where the warning is gone."""
    row = standing(homes()[WARNING]).filter(key=matter.subject).first()
    if row is None:
        return None
    taken = standing(homes()[RESPONSE]).filter(warning=row.key).order_by("decided_day", "key")
    return _content(row, taken, matter.content["conclusion"])


def close_signed(matter: Matter, by: Actor, at: datetime) -> None:
    """Close a warning that was signed, and the milder ones of the same signal that it overtook; in the approval's transaction."""
    day = day_of(at)
    row = standing(homes()[WARNING]).filter(key=matter.subject, closed_day__isnull=True).first()
    if row is None:
        raise SigningRefusedError("warning-gone")
    rank = RANK.get(row.level, 0)
    with_it = [
        one for one in open_of(row.rule, row.party) if one.key == row.key or RANK.get(one.level, 0) < rank
    ]
    told = matter.content["conclusion"]
    changes = {WARNING: {one.key: {"closed_day": day, "closing_told": told} for one in with_it}}
    correct_many(
        changes, entered={}, subject=matter.number, by=by, at=at, day=day, reason=matter.title["zh"], decision=("closed_day", "closing_told")
    )  # fmt: skip


# ------------------------------------------------------------------ measures before they are written


def approvers(row: Any, by: Actor, at: datetime) -> list[str]:
    """The posts that have to agree to measures which somebody chooses: those of the decision that are neither his nor below one of his."""
    wanted = [RISK_MANAGER, *([GENERAL_MANAGER] if RANK.get(row.level, 0) >= RANK["severe"] else [])]
    own = {post for post, _branch in staff_on(day_of(at), {by.by}).places.get(by.by, ())}
    return [one for one in wanted if not own & {one, *above(one)}]


def put_to_signature(
    row: Any, kind: str, chosen: Sequence[Chosen], approving: Sequence[str], *, by: Actor, at: datetime
) -> Matter:
    """Put measures before who has to sign them, the lawyer first where it is a review: they are written when the last has signed."""
    chain = rungs(approving, branch_of(row), {by.by}, at) if approving else []
    if kind == REVIEW:
        staff = staff_on(day_of(at))
        post = next((one for one in LAWYERS if staff.holders(one) - {by.by}), LAWYERS[0])
        chain = [Rung((post,), opinion=True), *chain]
    content = {
        "warning": row.key, "rule": row.rule, "level": row.level, "decided_by": "" if approving else by.by, "remark": row.remark or "",
        "verification": row.verification, "verification_told": row.verification_told or "", "verified_by": row.verified_by or "",
        "measures": [
            {
                "measure": one.measure, "person": one.person, "deadline": None if one.deadline is None else one.deadline.isoformat(),
                "personal": one.personal,
            }
            for one in chosen
        ],
    }  # fmt: skip
    named = ("措施送律师审", "Measure before the lawyer") if kind == REVIEW else ("定处置措施", "Measures")
    return signing.open_matter(
        kind=kind, subject=row.key, content=content, chain=chain, branch=branch_of(row),
        contract=row.contract, party=row.party, by=by, at=at, title=_title(row, *named),
    )  # fmt: skip


def enter_signed(matter: Matter, by: Actor, at: datetime) -> None:
    """Write measures that were signed, in the approval's transaction: decided by who chose them, where it was his to decide, else by the last signer."""
    day, content = day_of(at), matter.content
    try:
        held(matter.subject)
        enter_measures(
            matter.subject, [_chosen(one) for one in content["measures"]], decided_by=content["decided_by"] or by.by, by=by, at=at, day=day
        )  # fmt: skip
    except WarningRefusedError as error:
        raise SigningRefusedError("warning-gone") from error


def _chosen(told: Mapping[str, Any]) -> Chosen:
    deadline = told["deadline"]
    return Chosen(told["measure"], told["person"], None if deadline is None else date.fromisoformat(deadline))
