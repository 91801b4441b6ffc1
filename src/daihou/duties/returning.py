"""Work that its signers did not accept, and work put forward, again or for the first time (language.md S12).

What was sent back or refused does not stand: the duty that its handing in had closed is open again, due two working days after at the earliest.
Put forward again it counts on that day. The day of a visit is a fact and stays: of a check that was made, its report is open again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from typing import Any

from django.db import transaction

from daihou.duties.completing import CompletionRefusedError, complete
from daihou.duties.models import Duty
from daihou.duties.signing import (
    APPROVAL,
    DUTY,
    NOW,
    changed_since,
    corrected_since,
    duty_of,
    fact_of,
    form_of,
    matter_of,
    open_duty_matter,
    row_before_signers,
)
from daihou.ledger.acts import RowRefusedError, correct, enter, void
from daihou.papers.reading import TODAY
from daihou.policy.rules import rules
from daihou.registers.kept import Kept, field_name, homes, standing
from daihou.registers.sealing import seals
from daihou.rulebook import Closing, closing_of
from daihou.rulebook import Duty as DutyRule
from daihou.signoff import acts
from daihou.signoff.acts import SigningRefusedError
from daihou.signoff.models import APPROVED, REFUSED, RETURNED, WITHDRAWN, Matter
from daihou.trail.acts import Actor
from daihou.units import day_of

RULING = "duty_ruling"
ENDED = frozenset({REFUSED, WITHDRAWN})
"""States of a matter that ended without an approval."""
SENT_BACK = "returned"
"""The kind of ruling by which acts on or before its day do not count."""


# ------------------------------------------------------------------ not accepted


def refuse(matter: Matter, *, opinion: str, by: Actor, at: datetime, **seen: Any) -> Matter:
    """Disagree, with the reason: the matter ends, and what it put forward does not stand. Takes and raises what ``signoff.acts.refuse`` does."""
    return _not_accepted(acts.refuse, matter, opinion, by, at, seen)


def send_back(matter: Matter, *, opinion: str, by: Actor, at: datetime, **seen: Any) -> Matter:
    """Return for completion, saying what is wanted; until it is put forward again it does not stand. Takes and raises what ``signoff.acts.send_back`` does."""
    return _not_accepted(acts.send_back, matter, opinion, by, at, seen)


def _not_accepted(
    decide: Callable[..., Matter], matter: Matter, opinion: str, by: Actor, at: datetime, seen: Mapping[str, Any]
) -> Matter:  # fmt: skip
    with transaction.atomic():
        held = decide(matter, opinion=opinion, by=by, at=at, **seen)
        _open_again(held, opinion, by, at)
    return held


def _open_again(matter: Matter, opinion: str, by: Actor, at: datetime) -> None:
    """Write that what closed the duties of a matter is sent back as of the day."""
    day = day_of(at)
    for duty in _handed_in_with(matter):
        if duty.done is None or ruling_of(duty) is not None:  # open anyhow
            continue
        values = {
            "key": f"{duty.key}/{SENT_BACK}/{day.isoformat()}", "duty": duty.key, "kind": SENT_BACK, "since": day, "until": None,
            "reason": seals().marked(opinion.strip()), "approved_by": by.by, "approved_day": day,
        }  # fmt: skip
        enter(RULING, values, by=by, at=at, day=day)


def _handed_in_with(matter: Matter) -> list[Duty]:
    """The duties that the handing in of a matter's work closes: of a form about a check the report, else the matter's own duty."""
    duty = duty_of(matter) if matter.kind == DUTY else None
    if duty is None or duty.withdrawn_on is not None:
        return []
    row = fact_of(duty) or row_before_signers(matter.content)
    if row is not None:
        beside = Duty.objects.filter(table=row.table.id, object=row.key, withdrawn_on__isnull=True)
        reports = [one for one in beside if _closed_by_handing_in(one)]
        if reports:
            return reports
    return [] if _day_of_a_visit(duty) else [duty]


def _closing(duty: Duty) -> Closing | None:
    rule = rules().get(duty.rule)
    return closing_of(rule) if isinstance(rule, DutyRule) else None


def _closed_by_handing_in(duty: Duty) -> bool:
    """Whether the day on which its form is handed in closes a duty about a row."""
    closing, form = _closing(duty), form_of(duty)
    if closing is None or closing.new or closing.path or form is None or closing.column is None:
        return False
    return form.rows.get(closing.table, {}).get(closing.column) == TODAY


def _day_of_a_visit(duty: Duty) -> bool:
    """Whether what closes a duty is not the handing in of its form: the row has another column for that day."""
    closing, form = _closing(duty), form_of(duty)
    if closing is None or form is None:
        return False
    sources = form.rows.get(closing.table, {})
    return TODAY in sources.values() and sources.get(closing.column or "") != TODAY


# ------------------------------------------------------------------ put forward


def last_ruling(duty: Duty) -> Any:
    """The last ruling by which a duty's work was sent back, whether it was put forward again or not; None without one."""
    return standing(homes()[RULING]).filter(duty=duty.key, kind=SENT_BACK).order_by("since").last()


def ruling_of(duty: Duty) -> Any:
    """The ruling by which a duty's work was sent back and that still holds: nothing done later closed the duty. None without one."""
    last = last_ruling(duty)
    return None if last is None or (duty.done is not None and duty.done > last.since) else last


def to_submit(duty: Duty) -> bool:
    """Whether a duty's work can be put before its signers: it is done, or was not accepted and is open again, and nothing about it is under way or approved.

    A form that was corrected after its approval is put forward again.
    """
    rule = rules().get(duty.rule)
    if duty.withdrawn_on is not None or not isinstance(rule, DutyRule) or not rule.chain:
        return False
    last = matter_of(duty)
    if duty.done is None:
        return last is not None and last.state in {RETURNED, *ENDED} and ruling_of(duty) is not None
    if last is None or last.state in ENDED:
        return True
    return last.state == APPROVED and corrected_since(duty, last)


def put_forward(duty: Duty, *, by: Actor, at: datetime) -> Matter | None:
    """Put a duty's work before its signers; what had been sent back counts as of the day. None where its rule asks for no signatures.

    What was sent back goes on as the same matter, whoever has the duty by now. Raises SigningRefusedError.
    """
    with transaction.atomic():
        last = matter_of(duty)
        if last is not None and last.state == RETURNED:
            if last.opened_by != by.by:
                last = acts.take_over(last, by=by, at=at)
            return resubmit(last, by=by, at=at)
        if last is None or last.state not in ENDED:
            return open_duty_matter(duty, by=by, at=at)
        _stands_again(last, by, at)
        about = duty_of(last) or duty  # a report is put forward as it was, with the check that it tells of
        makers = last.makers.values_list("employee", flat=True)
        return open_duty_matter(about, by=by, at=at, makers=makers, before=last.content)


def resubmit(matter: Matter, *, by: Actor, at: datetime, remark: str = "") -> Matter:
    """Put a returned matter forward again, with the content of now; what had been sent back counts as of the day.

    Raises what ``signoff.acts.resubmit`` raises.
    """
    with transaction.atomic():
        if matter.state == RETURNED and not remark.strip() and not changed_since(matter):
            raise SigningRefusedError("nothing-new")
        if matter.state == RETURNED:
            _stands_again(matter, by, at)
        asked = NOW.get(matter.kind)
        content = None if asked is None else asked(matter)
        return acts.resubmit(
            matter, matter.content if content is None else content, by=by, at=at, remark=remark
        )


def _stands_again(matter: Matter, by: Actor, at: datetime) -> None:
    """What was sent back counts as of the day: on the day itself the ruling falls, later what closes the duty is dated anew."""
    day = day_of(at)
    for duty in _handed_in_with(matter):
        ruling = ruling_of(duty)
        if ruling is None:
            continue
        reason = f"重新呈签 {matter.number}"
        if ruling.since == day:
            void(RULING, ruling.key, by=by, at=at, day=day, reason=reason)
            continue
        try:
            _date_anew(duty, matter, ruling.since, day, reason, by, at)
        except (CompletionRefusedError, RowRefusedError):  # waived, or gone, meanwhile
            raise SigningRefusedError("too-late") from None


def _date_anew(
    duty: Duty, matter: Matter, since: date, day: date, reason: str, by: Actor, at: datetime
) -> None:
    closing = _closing(duty)
    if closing is None:
        told = standing(homes()["completion"]).filter(duty=duty.key).order_by("completion_day").last()
        if told is not None and told.completion_day <= since:
            complete(duty, day=day, evidence=told.evidence, remark=told.remark or "", by=by, at=at, today=day)
        return
    row = fact_of(duty) or row_before_signers(matter.content)
    if row is None or closing.column is None or row.table.id != closing.table:
        return
    told_on = getattr(row, field_name(closing.column))
    if told_on is not None and told_on <= since:
        correct(
            closing.table, row.key, {closing.column: day}, by=by, at=at, day=day, reason=reason, decision=(closing.column,)
        )  # fmt: skip


def finish(
    duty: Duty, *, day: date, evidence: str, remark: str, by: Actor, at: datetime, today: date
) -> tuple[Kept, Matter | None]:
    """Complete a duty by act and put its work before the signers of its rule, where it has any: both or neither.

    Raises what ``complete`` raises, and SigningRefusedError where the matter cannot be put forward.
    """
    with transaction.atomic():
        row = _complete_again(duty, day, evidence, remark, by=by, at=at, today=today)
        return row, put_forward(duty, by=by, at=at)


def _complete_again(
    duty: Duty, day: date, evidence: str, remark: str, *, by: Actor, at: datetime, today: date
) -> Kept:
    """A completion; of work that was sent back on the day of its completion, the completion set right."""
    ruling = ruling_of(duty)
    told = (
        None
        if ruling is None or ruling.since != day
        else standing(homes()["completion"]).filter(duty=duty.key, completion_day=day).first()
    )
    if told is None:
        return complete(duty, day=day, evidence=evidence, remark=remark, by=by, at=at, today=today)
    values = {"evidence": evidence, "remark": remark or None, "completed_by": by.by}
    return correct("completion", told.key, values, by=by, at=at, day=today, reason=ruling.reason)


def to_follow(matters: Iterable[Matter]) -> bool:
    """Whether work has to follow what became of matters: what was approved is written, what was not accepted is open again."""
    return any(
        one.kind in APPROVAL if one.state == APPROVED else one.kind == DUTY and one.state in {REFUSED, RETURNED}
        for one in matters
    )  # fmt: skip
