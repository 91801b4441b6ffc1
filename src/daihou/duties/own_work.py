"""What the person of a duty may write to close it, whatever registers his post enters: the day in the row that it is about, or the new row that its rule looks for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from daihou.duties.models import TO_DO, Duty
from daihou.duties.reads import doable
from daihou.duties.signing import along, row_about, row_before, tied
from daihou.people.reads import Viewer
from daihou.policy.rules import rules
from daihou.registers.kept import Kept
from daihou.rulebook import Closing, closing_of
from daihou.rulebook import Duty as DutyRule


@dataclass(frozen=True)
class OwnWork:
    """How a duty is closed. ``held``: the row in which the day is filled in, None where a new row is written, of which ``said`` must hold."""

    duty: Duty
    closing: Closing
    held: Kept | None
    said: dict[str, Any]

    @property
    def title(self) -> str:
        """The name of the rule."""
        rule = rules().get(self.duty.rule)
        return self.duty.rule if rule is None else rule.name


def work_to_close(duty: Duty) -> OwnWork | None:
    """How a duty that waits is closed by a row of the registers; None where none closes it, or the row that it is about is gone."""
    rule = rules().get(duty.rule)
    closing = closing_of(rule) if isinstance(rule, DutyRule) else None
    row = None if closing is None else row_about(duty)
    if closing is None or row is None or duty.state not in TO_DO or duty.withdrawn_on is not None:
        return None
    held = row_before(duty, row, closing) if closing.new else along(duty.table, row, closing.path)
    if held is None and not closing.new:
        return None
    said = {} if held is not None else {**closing.presets, **tied(duty, row, closing)}
    return OwnWork(duty, closing, held, said)


def own_work(viewer: Viewer, number: str, table: str) -> OwnWork | None:
    """How a duty of the viewer's, by its number, is closed by a row of a table; None where it is not his, is no longer to be done, or is closed otherwise."""
    if not number.isdecimal():
        return None
    duty = Duty.objects.filter(doable(viewer), pk=int(number)).first()
    work = None if duty is None else work_to_close(duty)
    return work if work is not None and work.closing.table == table else None


def still_open(viewer: Viewer, number: int) -> str:
    """The name of a duty of the viewer's that is not done, by its number; empty where it is done, gone or not his."""
    duty = Duty.objects.filter(doable(viewer), pk=number, state__in=TO_DO, withdrawn_on__isnull=True).first()
    rule = None if duty is None else rules().get(duty.rule)
    return "" if duty is None else duty.rule if rule is None else rule.name
