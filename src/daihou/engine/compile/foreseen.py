"""What a duty will ask for later if nothing else is recorded: its occurrences that fall due in a span of days ahead.

The same steps as on any day. A rolling duty goes on: each act is taken as done on its due day, and the next interval starts there.
"""

from __future__ import annotations

from datetime import date

from daihou.engine.compile import duties, recurring
from daihou.engine.compile.days import Days
from daihou.engine.compile.steps import Steps
from daihou.engine.compile.text import day, text
from daihou.rulebook.model import Duty

PERIODS_BACK = 119
"""How many periods back one look reaches; a span of days ahead may hold many short ones."""
ASSUMED_MARK = "@"
"""First letter of the occurrence of an interval that an assumed act opened."""


def foresee(days: Days, rule: Duty, run: duties.Run, today: date) -> None:
    """Insert into the store what the rule asks for in ``run.falling``; ``today``: the day on which the book was closed."""
    if recurring.is_daily(rule):
        recurring.derive_daily(days, rule, run, ())
        return
    steps = Steps(days, rule.table)
    duties.candidates(steps, rule, PERIODS_BACK)
    if not duties.judge(steps, rule, run):
        return
    if rule.rolling is None:
        duties.insert(steps, rule, run, ())
        return
    steps.store()
    duties.insert(steps, rule, run, ())
    _go_on(days, rule, run, today, steps.source)


def _go_on(days: Days, rule: Duty, run: duties.Run, today: date, judged: str) -> None:
    """Interval after interval, until the last falls due outside the span. What is late today is taken as done today."""
    assert run.falling is not None
    _, until = run.falling
    for place in range(1, (until - today).days + 1):
        starts = _starts(days, judged, today, until)
        if not days.connection.execute(f"SELECT COUNT(*) FROM {starts}").fetchall()[0][0]:
            return
        steps = Steps(days, rule.table)
        frame = duties.first_step(steps, rule)
        steps.close(frame, duties.first_filter(frame, rule), "")
        nothing = 'CAST(NULL AS DATE) AS "@next", CAST(NULL AS DATE) AS "@next_recorded"'
        label = text(f"{ASSUMED_MARK}{place}")
        steps.put(
            f'SELECT b.*, s."@start", {label} AS "@occ", {nothing} FROM {steps.source} AS b JOIN {starts} AS s ON s."_key" = b."_key"'
        )
        steps.ids = ("_key", "@occ")
        steps.has("start", "@start")
        steps.at = steps.moments["start"]
        if not duties.judge(steps, rule, run):
            return
        steps.store()
        duties.insert(steps, rule, run, ())
        judged = steps.source


def _starts(days: Days, judged: str, today: date, until: date) -> str:
    """Where the next interval of each object starts: on the due day of its newest open one, today where that is past."""
    newest = (
        'SELECT *, ROW_NUMBER() OVER (PARTITION BY "_key" ORDER BY "@start" DESC, "@occ" DESC) AS "@newest" '
        f"FROM {judged}"
    )
    relation = days.fresh("starts")
    days.run(
        f'CREATE TEMP TABLE {relation} AS SELECT "_key", GREATEST("@due1", {day(today)}) AS "@start" FROM ({newest}) AS n '
        f'WHERE "@newest" = 1 AND "@state" IN (\'open\', \'overdue\') AND "@due1" < {day(until)} '
        f'AND GREATEST("@due1", {day(today)}) > "@start"'
    )
    return relation
