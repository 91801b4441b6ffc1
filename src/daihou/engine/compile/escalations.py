"""Whom a late duty reaches: steps after days or working days late, or after periods missed in a row (S8)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from daihou.engine.compile import functions
from daihou.engine.compile.days import Days
from daihou.engine.compile.scalar import Frame, Row
from daihou.engine.compile.steps import from_first
from daihou.engine.compile.text import conjunction, day, text
from daihou.rulebook.model import Duty
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

DAYS, WORKDAYS, MISSED = "days", "workdays", "missed"
"""How a step is counted: days or working days late, periods missed in a row."""


def escalate(days: Days, rules: Sequence[Duty], go_live: str | None = None) -> None:
    """Insert the steps that the shown duties of the rules have reached: one pass for all steps counted alike."""
    ladders: dict[str, list[str]] = {}
    for rule in rules:
        for way, row in _ladder(rule):
            ladders.setdefault(way, []).append(row)
    for way, rows in ladders.items():
        _reach(days, way, rows, go_live)


def _ladder(rule: Duty) -> Iterator[tuple[str, str]]:
    """The steps of a rule by how they are counted, each a row: rule, in force from and until, step, count, post."""
    steps = from_first(rule.escalations)
    for index, (since, ladder) in enumerate(steps):
        until = steps[index + 1][0] if index + 1 < len(steps) else None
        span = ", ".join("CAST(NULL AS DATE)" if d is None else day(d) for d in (since, until))
        for place, step in enumerate(ladder, 1):
            if step.missed is not None:
                way, count = MISSED, step.missed
            else:
                assert step.after is not None
                way = WORKDAYS if step.after.type.kind is Kind.WORKDAYS else DAYS
                count = int(str(step.after.value))
            yield way, f"({text(rule.id)}, {span}, {place}, {count}, {text(step.post)})"


def _reach(days: Days, way: str, rows: list[str], go_live: str | None) -> None:
    source = (
        '(SELECT d.*, l."step" AS "@step", l."count" AS "@count", l."post" AS "@post" FROM shown_duties AS d '
        f'JOIN (VALUES {", ".join(rows)}) AS l("rule", "since", "until", "step", "count", "post") ON l."rule" = d."rule" '
        'AND (l."since" IS NULL OR d."own_start" >= l."since") AND (l."until" IS NULL OR d."own_start" < l."until"))'
    )
    frame = Frame(days, source, Row("o", "duty"), ("rule", "object", "occurrence"))
    if way == MISSED:
        reached = '"o"."own_start"'
        conditions = ['"o"."missed_run" >= "o"."@count"', '"o"."state" NOT IN (\'missed\')']
    else:
        bases = ['"o"."due"', '"o"."own_recorded"', *([go_live] if go_live else [])]
        base = f"GREATEST({', '.join(bases)})"
        if way == WORKDAYS:
            reached = functions.add_working_days(frame, base, '"o"."@count"')
        else:
            reached = functions.plus_days(base, '"o"."@count"')
        conditions = [
            '"o"."state" = \'overdue\'',
            f'{reached} <= COALESCE("o"."as_known", {day(days.as_of)})',
        ]
    values = f'"o"."rule", "o"."object", "o"."occurrence", "o"."@step", {reached}, "o"."@post"'
    days.run(f"INSERT INTO escalation_store SELECT {values} {frame.body()} WHERE {conjunction(conditions)}")
