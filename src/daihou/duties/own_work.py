"""What the person of a duty may write to close it, whatever registers his post enters: the day in the row that it is about, or the new row that its rule looks for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import F

from daihou.book import declared
from daihou.duties.models import TO_DO, Duty
from daihou.duties.reads import doable
from daihou.duties.signing import along, of_period, row_about, row_before, tied
from daihou.people.reads import Viewer
from daihou.policy.rules import rules
from daihou.registers.kept import Kept, field_name, homes, standing
from daihou.registers.rows import key_text
from daihou.rulebook import Closing, closing_of
from daihou.rulebook import Duty as DutyRule

MOST = 300
"""Duties of a person at most of whose rows the list of a register tells."""


@dataclass(frozen=True)
class OwnWork:
    """How a duty is closed. ``held``: the row in which it is filled in, None where a new row is written, of which ``said`` must hold.

    ``opens``: the columns of ``held`` that are filled in for it: the day that closes; of a row that was written for the duty and does not close it, all by which the rule decides that.
    """

    duty: Duty
    closing: Closing
    held: Kept | None
    said: dict[str, Any]
    opens: frozenset[str] = frozenset()

    @property
    def title(self) -> str:
        """The name of the rule."""
        return title_of(self.duty)

    @property
    def fills(self) -> bool:
        """Whether what it opens is empty still: then nothing is set right, something is entered."""
        if self.held is None or not self.opens:
            return False
        return all(getattr(self.held, field_name(one)) is None for one in self.opens)


def title_of(duty: Duty) -> str:
    """The name of the rule of a duty."""
    rule = rules().get(duty.rule)
    return duty.rule if rule is None else rule.name


def work_to_close(duty: Duty) -> OwnWork | None:
    """How a duty that waits is closed by a row of the registers; None where none closes it, or the row that it is about is gone."""
    closing = _closing(duty)
    row = None if closing is None else row_about(duty)
    if closing is None or row is None or duty.state not in TO_DO or duty.withdrawn_on is not None:
        return None
    held = row_before(duty, row, closing) if closing.new else along(duty.table, row, closing.path)
    if held is not None:
        return OwnWork(duty, closing, held, {}, frozenset({closing.column} if closing.column else ()))
    if not closing.new:
        return None
    ties = tied(duty, row, closing)
    said = {**closing.presets, **ties}
    held = _row_of_key(closing, said, ties)
    if held is not None:
        return OwnWork(duty, closing, held, {}, closing.looks - set(held.table.key))
    return OwnWork(duty, closing, None, said)


def _closing(duty: Duty) -> Closing | None:
    rule = rules().get(duty.rule)
    return closing_of(rule) if isinstance(rule, DutyRule) else None


def _row_of_key(closing: Closing, said: Mapping[str, Any], ties: Mapping[str, Any]) -> Any:
    """The standing row that a row which closes the duty would run into; None where there is none, or what the duty says tells no key."""
    table = declared()[closing.table]
    if not {one for one in table.key if said.get(one) is not None} >= set(table.key):
        return None
    wanted = {
        field_name(one): value for one, value in {**{one: said[one] for one in table.key}, **ties}.items()
    }
    return standing(homes()[closing.table]).filter(**wanted).first()


def rows_of_work(viewer: Viewer, table: str) -> frozenset[str]:
    """The keys of rows of a register that the viewer's duties ask for, done or not: the row that a duty is about, or the one of its object and period.

    Whose duty it is sees what he wrote for it, though his posts see no such rows.
    """
    return frozenset(key for key, _duty in _told_keys(viewer, table))


def waiting_for(viewer: Viewer, table: str, key: str) -> Duty | None:
    """The viewer's duty that waits and is closed by something in a row of a register; None without one."""
    return next((one for told, one in _told_keys(viewer, table, state__in=TO_DO) if told == key), None)


def _told_keys(viewer: Viewer, table: str, **bound: Any) -> Iterator[tuple[str, Duty]]:
    """The viewer's duties that a row of a register closes, with its key where the duty tells it: one question, whatever their number."""
    by_rule = {
        rule.id: closing for rule in rules().values()
        if isinstance(rule, DutyRule) and (closing := closing_of(rule)) is not None and closing.table == table
    }  # fmt: skip
    if not by_rule:
        return
    duties = Duty.objects.filter(doable(viewer), rule__in=by_rule, withdrawn_on__isnull=True, **bound)
    for one in duties.distinct().order_by(F("due").desc(nulls_last=True), "pk")[:MOST]:
        key = _key_told(one, by_rule[one.rule])
        if key is not None:
            yield key, one


def _key_told(duty: Duty, closing: Closing) -> str | None:
    """The key of the row that closes a duty, as the duty alone tells it; None where it does not."""
    if not closing.new:
        return None if closing.path else duty.object
    table, own = declared()[closing.table], declared().get(duty.table)
    told: dict[str, Any] = {**closing.presets, **of_period(duty, closing)}
    told |= {
        child: duty.object
        for child, one in closing.links
        if own is not None and not one.path and (one.name,) == own.key
    }
    values = [told.get(one) for one in table.key]
    return None if None in values else "/".join(key_text(one) for one in values)


def own_work(viewer: Viewer, number: str, table: str) -> OwnWork | None:
    """How a duty of the viewer's, by its number, is closed by a row of a table; None where it is not his, is no longer to be done, or is closed otherwise."""
    duty = waiting(viewer, number)
    work = None if duty is None else work_to_close(duty)
    return work if work is not None and work.closing.table == table else None


def waiting(viewer: Viewer, number: str) -> Duty | None:
    """A duty of the viewer's that is not done, by its number; None where it is done, gone or not his."""
    if not number.isdecimal():
        return None
    return Duty.objects.filter(
        doable(viewer), pk=int(number), state__in=TO_DO, withdrawn_on__isnull=True
    ).first()
