"""Whom a late duty reaches: steps after days or working days late, or after periods missed in a row (S8)."""

from __future__ import annotations

from daihou.engine.compile import functions
from daihou.engine.compile.days import Days
from daihou.engine.compile.scalar import Frame, Row
from daihou.engine.compile.steps import from_first
from daihou.engine.compile.text import conjunction, day, text
from daihou.rulebook.model import Duty, Escalation
from daihou.rulebook.nodes import Kind

ESCALATIONS = {
    "rule": "VARCHAR",
    "object": "VARCHAR",
    "occurrence": "VARCHAR",
    "step": "INTEGER",
    "reached_on": "DATE",
    "post": "VARCHAR",
}
"""Columns of the store of escalations."""


def escalate(days: Days, rule: Duty, go_live: str | None = None) -> None:
    """Insert the steps that the rule's shown duties have reached."""
    steps = from_first(rule.escalations)
    for index, (since, ladder) in enumerate(steps):
        until = steps[index + 1][0] if index + 1 < len(steps) else None
        span = ([f'"own_start" >= {day(since)}'] if since else []) + (
            [f'"own_start" < {day(until)}'] if until else []
        )
        for place, step in enumerate(ladder, 1):
            _one(days, rule, span, place, step, go_live)


def _one(days: Days, rule: Duty, span: list[str], place: int, step: Escalation, go_live: str | None) -> None:
    where = conjunction([f'"rule" = {text(rule.id)}', *span])
    frame = Frame(
        days, f"(SELECT * FROM shown_duties WHERE {where})", Row("o", rule.table), ("object", "occurrence")
    )
    if step.missed is not None:
        reached = '"o"."own_start"'
        conditions = [f'"o"."missed_run" >= {step.missed}', '"o"."state" NOT IN (\'missed\')']
    else:
        assert step.after is not None
        count = str(step.after.value)
        bases = ['"o"."due"', '"o"."own_recorded"', *([go_live] if go_live else [])]
        base = f"GREATEST({', '.join(bases)})"
        if step.after.type.kind is Kind.WORKDAYS:
            reached = functions.add_working_days(frame, base, count, int(count))
        else:
            reached = functions.plus_days(base, count)
        conditions = [
            '"o"."state" = \'overdue\'',
            f'{reached} <= COALESCE("o"."as_known", {day(days.as_of)})',
        ]
    values = f'{text(rule.id)}, "o"."object", "o"."occurrence", {place}, {reached}, {text(step.post)}'
    days.run(f"INSERT INTO escalation_store SELECT {values} {frame.body()} WHERE {conjunction(conditions)}")
