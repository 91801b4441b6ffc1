"""The act that closes a duty where no fact of the book does: written to the register 办结, once, by whose duty it is."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction

from daihou.duties.models import TO_DO, Duty
from daihou.ledger.acts import enter
from daihou.registers.kept import Kept
from daihou.rulebook import Duty as DutyRule
from daihou.trail.acts import Actor


class CompletionRefusedError(ValueError):
    """A duty that cannot be completed so; ``code`` says why: not-closable, day-ahead, day-too-early."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


def closed_by_act(rule: object) -> bool:
    """Whether duties of a rule are closed by completing them: the rule names no other proof."""
    return isinstance(rule, DutyRule) and rule.done is None and rule.rolling is None


def closable(duty: Duty, rule: object) -> bool:
    """Whether a duty waits for its completion."""
    return closed_by_act(rule) and duty.state in TO_DO and duty.withdrawn_on is None


def complete(
    duty: Duty,
    *,
    day: date,
    evidence: str,
    remark: str,
    by: Actor,
    at: datetime,
    today: date,
) -> Kept:
    """Write the completion of a duty on a day; the duty follows by ``dayend.follow``.

    Raises CompletionRefusedError for a day that has not come or lies before the duty began, or where somebody was quicker;
    RowRefusedError where it was completed on that day already.
    """
    if day > today:
        raise CompletionRefusedError("day-ahead")
    opens = duty.counts_from
    if opens is not None and day < opens:
        raise CompletionRefusedError("day-too-early")
    values = {
        "duty": duty.key, "completion_day": day, "completed_by": by.by, "evidence": evidence, "remark": remark or None,
        "key": f"{duty.key}/{day.isoformat()}",
    }  # fmt: skip
    with transaction.atomic():
        held = Duty.objects.select_for_update().get(pk=duty.pk)
        if held.state not in TO_DO or held.withdrawn_on is not None:
            raise CompletionRefusedError("not-closable")
        return enter("completion", values, by=by, at=at, day=today)
