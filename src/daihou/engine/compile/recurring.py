"""Duties that come back: intervals from act to act, periods, days that are never enumerated, dues that move by segments."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

from daihou.engine.compile import duties, functions
from daihou.engine.compile.periodrows import WORKING_DAY
from daihou.engine.compile.scalar import Frame, Row
from daihou.engine.compile.steps import (
    Steps,
    empty_columns,
    from_first,
    gap_columns,
    nodes_of,
    versioned,
)
from daihou.engine.compile.text import FIRST_DAY, conjunction, constant, day, name, text
from daihou.rulebook.model import Duty, Periods, Rolling
from daihou.rulebook.nodes import (
    DATE,
    Aggregate,
    Column,
    Figure,
    Literal,
    Lookup,
    Moment,
    Node,
    Scope,
)

if TYPE_CHECKING:
    from daihou.engine.compile.days import Days
    from daihou.engine.compile.duties import Run
    from daihou.engine.compile.watching import Watch

BACK, BACK_WITH_BACKLOG = 12, 119
STAND_ALONE = 12
DAILY = frozenset({"day", WORKING_DAY})
MONTHS_OF = {"month": 1, "quarter": 3, "half_year": 6, "year": 12}
DAYS_OF = {"day": 1, "week": 7}
UNIT_WORDS = {"day": "日", "week": "周", "month": "月", "quarter": "季", "half_year": "半年", "year": "年"}

FIRST_LABEL = "first"

RESULT = (
    "_key", "@occ", "@contract", "@party", "@branch", "@start", "@opens", "@seen", "@due1", "@expires1", "@done", "@state", "@late_entry",
    "@postponed", "@recorded",
)  # fmt: skip
CARRIED = ', a."@idx", a."@ps", a."@pe", a."@kind"'
"""What a row of a period keeps to the end besides its result."""
NO_RUN = 'CAST(NULL AS DATE) AS "@run_from", CAST(NULL AS DATE) AS "@run_to"'


# -- from act to act --------------------------------------------------------------------------------------------------------------


def intervals(steps: Steps, rule: Duty, rolling: Rolling) -> None:
    """One row per interval: opened on entry or by an act, closed by the next act (S16)."""
    base = steps.source
    frame = Frame(steps.days, base, Row("o", rule.table), steps.ids)
    ours = [frame.sql(mine) for _, mine in rolling.links]
    below = steps.days.frame(rolling.table, alias="c")
    for index, (theirs, _) in enumerate(rolling.links):
        below.add(f"@k{index}", below.sql(theirs, below.row))
    below.add("@day", below.sql(rolling.day, below.row))
    on = conjunction([f'"c".{name(f"@k{i}")} = {mine}' for i, mine in enumerate(ours)])
    frame.joins.append(f'JOIN ({below.select()}) AS "c" ON {on}')
    where = ['"c"."@day" >= "o"."@entry"']
    if rolling.where is not None:
        where.append(frame.sql(rolling.where, Row("c", rolling.table)))
    acts = frame.select(
        '"o"."_key" AS "_key", "c"."@day" AS "@start", "c"."_key" AS "@occ", "c"."recorded" AS "@rec", 1 AS "@n"',
        where,
    )
    entry = f'SELECT "_key", "@entry", {text(FIRST_LABEL)}, CAST(NULL AS DATE), 0 FROM {base} WHERE "@entry" IS NOT NULL'
    over = 'OVER (PARTITION BY "_key" ORDER BY "@n", "@start", "@occ")'
    steps.put(f"{acts} UNION ALL {entry}")
    steps.put(
        f'SELECT "_key", "@start", "@occ", LEAD("@start") {over} AS "@next", LEAD("@rec") {over} AS "@next_recorded" FROM {steps.source}'
    )
    chosen = 'b.*, i."@start", i."@occ", i."@next", i."@next_recorded"'
    steps.put(f'SELECT {chosen} FROM {steps.source} AS i JOIN {base} AS b ON b."_key" = i."_key"')
    steps.ids = ("_key", "@occ")
    steps.has("start", "@start")


# -- periods ----------------------------------------------------------------------------------------------------------------------


def is_daily(rule: Duty) -> bool:
    """Whether the rule's period is a day or working day without backlog: never enumerated."""
    periods = rule.periods
    if periods is None or periods.backlog or periods.anchor is not None or periods.yearly:
        return False
    return isinstance(periods.kind, Literal) and periods.kind.value in DAILY


def add_period_inputs(frame: Frame, periods: Periods) -> None:
    """Kind, entry, leave and anchor of each object."""
    if periods.yearly:
        frame.add("@kind", text(frame.days.yearly_kind(periods.yearly)))
    else:
        frame.add("@kind", frame.sql(periods.kind))
    wanted = [periods.kind] if periods.anchor is None else [periods.kind, periods.anchor]
    frame.add("@gap_kind", empty_columns(frame, wanted))
    for column, node in (("@entry", periods.first), ("@leave", periods.last), ("@anchor", periods.anchor)):
        frame.add(column, constant(None, DATE) if node is None else f"CAST({frame.sql(node)} AS DATE)")


def periods(steps: Steps, rule: Duty, given: Periods, back: int | None = None) -> None:
    """The candidate periods of each object, the joined first one among them (S17–S19)."""
    today = day(steps.days.as_of)
    if given.first is not None:
        steps.put(f'SELECT * FROM {steps.source} WHERE "@entry" <= {today}')
    if given.anchor is not None:
        _gap_of_kind(steps, rule, '("@kind" IS NULL OR "@anchor" IS NULL)')
        steps.put(f'SELECT * FROM {steps.source} WHERE "@anchor" <= {today}')
    elif not isinstance(given.kind, Literal):
        _gap_of_kind(steps, rule, '"@kind" IS NULL')
    if back is None:
        back = BACK_WITH_BACKLOG if given.backlog else BACK
    if given.anchor is not None:
        _anchored(steps, back)
    else:
        steps.put(
            'SELECT o.*, p."idx" AS "@idx", p."label" AS "@occ", p."start" AS "@ns", p."end" AS "@pe", p."before" AS "@before", '
            f'p."idx" <= 0 AS "@usual" FROM {steps.source} AS o JOIN {steps.days.periods()} AS p ON p."kind" = o."@kind" AND p."idx" >= -{back}'
        )
    rest = functions.days_apart('"@entry"', '"@pe"')
    short = f"{rest} + 1 < {given.join_days}" if given.join_days else "FALSE"
    left = functions.days_apart('"@entry"', '"@ns"')
    joined = (
        f'("@entry" < "@ns" AND "@entry" >= "@before" AND {left} < {given.join_days})'
        if given.join_days
        else "FALSE"
    )
    first = '("@entry" >= "@ns" AND "@entry" <= "@pe")'
    steps.put(
        f'SELECT *, CASE WHEN {joined} THEN "@entry" WHEN {first} THEN "@entry" ELSE "@ns" END AS "@ps" FROM {steps.source} '
        f'WHERE ("@entry" IS NULL OR "@pe" >= "@entry") AND ("@leave" IS NULL OR "@ns" <= "@leave") '
        f'AND ({first} AND {short}) IS NOT TRUE AND ("@usual" OR ({joined}) IS TRUE)'
    )
    steps.ids = ("_key", "@idx")
    steps.has("period_start", "@ps")
    steps.has("period_end", "@pe")
    steps.has("period_label", "@occ")


def _gap_of_kind(steps: Steps, rule: Duty, unknown: str) -> None:
    """An unknown kind of period, or an empty anchor, is a gap unless the condition is FALSE whatever the period."""
    frame = steps.frame()
    frame.at = day(steps.days.as_of)
    days = ("period_start", "period_end", "start", "opens", "due", "expires")
    frame.moments = dict.fromkeys(days, "CAST(NULL AS DATE)") | {"period_label": "CAST(NULL AS VARCHAR)"}
    condition = versioned(frame, rule.conditions, "TRUE")
    frame.add("@cond0", f"CAST({condition} AS BOOLEAN)")
    before, chain = steps.source, list(steps.chain)
    steps.close(frame)
    duties.put_gaps(steps, rule.id, "period", "@gap_kind", f'{unknown} AND "@cond0" IS NOT FALSE')
    steps.source, steps.chain = before, chain


_G, _K = '"@g"', '"@k"'


def _anchored(steps: Steps, back: int) -> None:
    """Periods counted from a day of the object, each from the anchor itself, never chained (S18)."""
    today = day(steps.days.as_of)
    months = " ".join(f"WHEN '{kind}' THEN {count}" for kind, count in MONTHS_OF.items())
    lengths = " ".join(f"WHEN '{kind}' THEN {count}" for kind, count in DAYS_OF.items())
    words = " ".join(f"WHEN '{kind}' THEN '{word}'" for kind, word in UNIT_WORDS.items())
    steps.put(
        f'SELECT o.*, CASE "@kind" {months} END AS "@m", CASE "@kind" {lengths} END AS "@d", CASE "@kind" {words} END AS "@w", '
        f'(EXTRACT(YEAR FROM {today}) - EXTRACT(YEAR FROM "@anchor")) * 12 + EXTRACT(MONTH FROM {today}) - EXTRACT(MONTH FROM "@anchor") AS "@mt", '
        f'DATE_DIFF(\'day\', "@anchor", {today}) AS "@dt" FROM {steps.source} AS o'
    )
    guess = 'CAST(FLOOR(CASE WHEN "@m" IS NOT NULL THEN "@mt" * 1.0 / "@m" ELSE "@dt" * 1.0 / "@d" END) AS INTEGER)'
    steps.put(f'SELECT o.*, {guess} AS "@g" FROM {steps.source} AS o')

    def begin(k: str) -> str:
        by_month = f'CAST("@anchor" + CAST(({k}) * "@m" AS INTEGER) * {functions.MONTH} AS DATE)'
        return (
            f'CASE WHEN "@m" IS NOT NULL THEN {by_month} ELSE "@anchor" + CAST(({k}) * "@d" AS INTEGER) END'
        )

    # a month counts as whole from its first day on, so the guess may be one too many
    steps.put(
        f'SELECT o.*, CASE WHEN {begin(_G)} <= {today} THEN "@g" ELSE "@g" - 1 END AS "@k0" FROM {steps.source} AS o'
    )
    steps.put(
        f'SELECT o.*, p."idx" AS "@idx", "@k0" + p."idx" AS "@k", p."idx" <= 0 AS "@usual" FROM {steps.source} AS o '
        f'JOIN {steps.days.numbers()} AS p ON p."idx" BETWEEN -{back} AND 1 AND "@k0" + p."idx" >= 0'
    )
    steps.put(
        f'SELECT *, {begin(_K)} AS "@ns", {begin(_K + " + 1")} - 1 AS "@pe", '
        f'CASE WHEN {_K} = 0 THEN "@anchor" ELSE {begin(_K + " - 1")} END AS "@before", \'第\' || CAST("@k" + 1 AS VARCHAR) || "@w" AS "@occ" FROM {steps.source}'
    )


# -- dues that move by segments ---------------------------------------------------------------------------------------------------


def piecewise_due(steps: Steps, rule: Duty) -> None:
    """S29: the due day under each segment between changes of class, figure or wording; tightening leaves a buffer."""
    cuts = _cuts(steps, rule)
    frame = steps.frame()
    frame.segment = steps.moments["start"]
    at_start = f"CAST({versioned(frame, rule.due, 'CAST(NULL AS DATE)')} AS DATE)"
    if not cuts:
        frame.add("@due", at_start)
        steps.close(frame)
        return
    # what never moved is due as on its start; few rows have more than one segment
    before = steps.source
    frame.add("@unmoved", at_start)
    rows = frame.select()
    ids = ", ".join(f"{name(i)}" for i in steps.ids)
    own = ", ".join(f'"o".{name(i)}' for i in steps.ids)
    steps.put(" UNION ".join(cuts))
    cut = steps.source
    steps.put(f"SELECT DISTINCT {ids} FROM {cut}")
    moved = steps.source
    match = conjunction([f'm.{name(i)} = "o".{name(i)}' for i in steps.ids])
    steps.put(
        f'SELECT {own}, {steps.moments["start"]} AS "@ss" FROM {before} AS "o" JOIN {moved} AS m ON {match} '
        f'UNION ALL SELECT {ids}, "@ss" FROM {cut}'
    )
    steps.put(
        f'SELECT {ids}, "@ss", LEAD("@ss") OVER (PARTITION BY {ids} ORDER BY "@ss") AS "@se" FROM {steps.source}'
    )
    match = conjunction([f"s.{name(i)} = b.{name(i)}" for i in steps.ids])
    steps.put(f'SELECT b.*, s."@ss", s."@se" FROM {steps.source} AS s JOIN {before} AS b ON {match}')
    frame = Frame(
        steps.days, steps.source, Row("o", rule.table), (*steps.ids, "@ss"), '"o"."@ss"', dict(steps.moments)
    )
    frame.segment = '"o"."@ss"'
    frame.add("@nd", f"CAST({versioned(frame, rule.due, 'CAST(NULL AS DATE)')} AS DATE)")
    buffer = versioned(frame, rule.buffer, "0") if nodes_of(rule.buffer) else "0"
    frame.add("@soft", functions.add_working_days(frame, '"o"."@ss"', f"CAST({buffer} AS INTEGER)"))
    steps.close(frame)
    over = f'OVER (PARTITION BY {ids} ORDER BY "@ss")'
    steps.put(f'SELECT *, LAG("@nd") {over} AS "@pd", ROW_NUMBER() {over} AS "@sn" FROM {steps.source}')
    chosen = 'CASE WHEN "@sn" = 1 THEN "@nd" ELSE GREATEST("@nd", LEAST("@pd", "@soft")) END'
    steps.put(
        f'SELECT {ids}, "@ss", "@se", CASE WHEN "@nd" IS NULL THEN NULL ELSE {chosen} END AS "@due" FROM {steps.source}'
    )
    steps.put(
        f'SELECT {ids}, "@due", ROW_NUMBER() OVER (PARTITION BY {ids} ORDER BY "@ss") AS "@sn" FROM {steps.source} '
        'WHERE "@due" IS NOT NULL AND ("@se" IS NULL OR "@due" < "@se")'
    )
    segments = steps.source
    steps.put(rows)
    of_moved = conjunction([f"m.{name(i)} = b.{name(i)}" for i in steps.ids])
    of_segment = conjunction([f"d.{name(i)} = b.{name(i)}" for i in steps.ids])
    due = f'CASE WHEN m.{name(steps.ids[0])} IS NULL THEN b."@unmoved" ELSE d."@due" END'
    steps.put(
        f'SELECT b.*, {due} AS "@due" FROM {steps.source} AS b LEFT JOIN {moved} AS m ON {of_moved} '
        f'LEFT JOIN {segments} AS d ON {of_segment} AND d."@sn" = 1'
    )


def _cuts(steps: Steps, rule: Duty) -> list[str]:
    """SELECTs of the days on which the due day may change, after the start and up to the day or the closing act."""
    today = day(steps.days.as_of)
    last = f'LEAST({today}, COALESCE("o"."@next", {today}))' if rule.rolling is not None else today
    start = steps.moments["start"]
    found: list[str] = []
    own = ", ".join(f'"o".{name(i)}' for i in steps.ids)
    for column in _dated_columns(steps.days, nodes_of(rule.due)):
        frame = steps.frame()
        row = frame.path(frame.row, column.path, column.tables)
        history = steps.days.history(column.table, column.name)
        frame.joins.append(
            f'JOIN {history} AS t ON t."_key" = {name(row.alias)}."_key" AND t."from" > {start} AND t."from" <= {last}'
        )
        found.append(frame.select(f'{own}, t."from" AS "@ss"'))
    for step in sorted(
        _steps_of_figures(steps.days, nodes_of(rule.due))
        | {d for d, _ in from_first(rule.due) if d is not None}
    ):
        moment = day(step)
        found.append(
            f'SELECT {own}, {moment} AS "@ss" FROM {steps.source} AS "o" WHERE {moment} > {start} AND {moment} <= {last}'
        )
    return found


def _dated_columns(days: Days, roots: list[Node]) -> list[Column]:
    """Dated own columns that an expression reads itself and whose value has ever moved; facts are as on the day."""
    return list(
        {
            (*node.path, node.name): node
            for root in roots
            for node in root.walk()
            if isinstance(node, Column)
            and node.scope is Scope.OWN
            and not node.fact
            and days.has_history(node.table, node.name)
        }.values()
    )


def _steps_of_figures(days: Days, roots: list[Node]) -> set[date]:
    found: set[date | None] = set()
    for root in roots:
        for node in root.walk():
            if isinstance(node, Figure):
                found |= {since for since, _ in days.figures[node.name].value.steps}
            elif isinstance(node, Lookup):
                found |= {since for since, _ in days.lookups[node.name].value.steps}
    return {since for since in found if since is not None}


# -- runs of missed periods -------------------------------------------------------------------------------------------------------


def stand_alone(steps: Steps, rule: Duty) -> None:
    """Every occurrence is a row of its own; on its due day a period that has not begun is not there yet."""
    if rule.periods is not None:
        steps.put(f'SELECT * FROM {steps.source} WHERE "@ps" <= "@due1"')


def fold_runs(steps: Steps, rule: Duty) -> None:
    """Missed periods that follow each other become one row; of a backlog the newest stand alone, the older fold (S17, S25)."""
    if rule.periods is None:
        return
    columns = ", ".join(f"a.{name(column)}" for column in RESULT)
    rows = steps.source
    steps.put(
        'SELECT "_key", "@idx", "@idx" - ROW_NUMBER() OVER (PARTITION BY "_key" ORDER BY "@idx") AS "@isl" '
        f"FROM {rows} WHERE \"@state\" = 'missed'"
    )
    steps.put(
        'SELECT "_key", "@isl", COUNT(*) AS n, MIN("@idx") AS i0, MAX("@idx") AS i1 '
        f'FROM {steps.source} GROUP BY "_key", "@isl"'
    )
    runs = steps.source
    alone = (
        f'SELECT {columns}{CARRIED}, COALESCE(r.n, 0) AS "@missed_run", {NO_RUN} FROM {rows} AS a LEFT JOIN {runs} AS r '
        f'ON r."_key" = a."_key" AND r.i1 + 1 = a."@idx" WHERE a."@state" <> \'missed\''
    )
    of_last = {"@due1", "@expires1"}
    picked = ", ".join(f"{'z' if column in of_last else 'a'}.{name(column)}" for column in RESULT)
    folded = (
        f'SELECT {picked}{CARRIED}, r.n, a."@ps", z."@pe" FROM {runs} AS r JOIN {rows} AS a ON a."_key" = r."_key" AND a."@idx" = r.i0 '
        f'JOIN {rows} AS z ON z."_key" = r."_key" AND z."@idx" = r.i1'
    )
    steps.put(f"{alone} UNION ALL {folded}")
    steps.has_runs()
    if rule.periods.backlog:
        _fold_backlog(steps, f"{columns}{CARRIED}")


def _fold_backlog(steps: Steps, columns: str) -> None:
    waiting = "\"@state\" IN ('open', 'overdue')"
    steps.put(
        f'SELECT *, ROW_NUMBER() OVER (PARTITION BY "_key", {waiting} ORDER BY "@idx" DESC) AS "@place" FROM {steps.source}'
    )
    rows = steps.source
    old = f'{waiting} AND "@place" > {STAND_ALONE}'
    alone = (
        f'SELECT {columns}, a."@missed_run", a."@run_from", a."@run_to" FROM {rows} AS a WHERE NOT ({old})'
    )
    steps.put(
        f'SELECT "_key", COUNT(*) AS n, MIN("@idx") AS i0, MIN("@ps") AS f, MAX("@pe") AS t FROM {rows} WHERE {old} GROUP BY "_key"'
    )
    folded = f'SELECT {columns}, r.n, r.f, r.t FROM {steps.source} AS r JOIN {rows} AS a ON a."_key" = r."_key" AND a."@idx" = r.i0'
    steps.put(f"{alone} UNION ALL {folded}")


# -- days, never enumerated -------------------------------------------------------------------------------------------------------


def derive_daily(days: Days, rule: Duty, run: Run, watches: Sequence[Watch]) -> None:
    """A duty of every day or working day: today's row, and the un-acted days before it as runs."""
    given = rule.periods
    assert given is not None
    assert isinstance(given.kind, Literal)
    working = given.kind.value == WORKING_DAY
    steps = Steps(days, rule.table)
    _daily_objects(steps, rule, run, working=working)
    if not steps.store():
        return
    duties.put_gaps(steps, rule.id, "condition", "@gap_condition", '"@cond" IS NULL')
    steps.put(f'SELECT * FROM {steps.source} WHERE "@cond"')
    objects = steps.source
    steps.put(_closed_days(steps, rule, working=working))
    closed = steps.source
    steps.put(_marks(objects, closed))
    _daily_rows(steps, rule, run, objects, closed, working=working)
    duties.insert(steps, rule, run, watches)


def _daily_objects(steps: Steps, rule: Duty, run: Run, *, working: bool) -> None:
    """Objects in scope with their first and last day."""
    given, days = rule.periods, steps.days
    assert given is not None
    frame = duties.first_step(steps, rule)
    frame.at = day(run.as_of)
    frame.moments = dict.fromkeys(
        ("start", "opens", "due", "expires"), day(run.as_of)
    )  # a day is its own window
    floor = [d for d in (rule.since, run.go_live) if d is not None]
    begin = f"GREATEST({', '.join(day(d) for d in floor)})" if floor else ""
    if given.first is not None:
        entry = frame.sql(given.first)
        begin = f"GREATEST({entry}, {begin})" if begin else entry
    if not begin:
        back = (
            days.working.add_working_days(run.as_of, -BACK)
            if working
            else run.as_of.fromordinal(run.as_of.toordinal() - BACK)
        )
        begin = day(back)
    frame.add("@from", begin)
    ends = [day(run.as_of), *([day(rule.until)] if rule.until else [])]
    if given.last is not None:
        ends.append(f"COALESCE({frame.sql(given.last)}, {day(run.as_of)})")
    frame.add("@last", f"LEAST({', '.join(ends)})" if len(ends) > 1 else ends[0])
    conditions = nodes_of(rule.conditions)
    condition = versioned(frame, rule.conditions, "TRUE") if conditions else "TRUE"
    frame.add("@cond", f"CAST({condition} AS BOOLEAN)")
    frame.add("@gap_condition", gap_columns(frame, rule.conditions, condition))
    where = duties.first_filter(frame, rule)
    if given.first is not None:
        where.append(f"{frame.sql(given.first)} <= {day(run.as_of)}")
    steps.close(frame, where, "")
    steps.put(f'SELECT * FROM {steps.source} WHERE "@cond" IS NOT FALSE AND "@from" <= "@last"')


def _completed_days(days: Days, rule: Duty, *, working: bool) -> str:
    """Object keys and days that a 办结 row names for a daily duty; the text of a key is compared, never read as a day."""
    label = f"'/' || CAST(d.day AS VARCHAR) || {text(day_word(working=working))}"
    length = len(f"/{FIRST_DAY.isoformat()}{day_word(working=working)}")
    every = days.workdays if working else days.calendar
    found = (
        f'SELECT a."duty", d.day FROM {days.table("completion")} AS a JOIN {every} AS d '
        f'ON SUBSTR(a."duty", GREATEST(LENGTH(a."duty") - {length - 1}, 1)) = {label}'
    )
    parts = [
        f'SELECT SUBSTR(f."duty", {len(own) + 1}, GREATEST(LENGTH(f."duty") - {len(own) + length}, 0)) AS k, f.day AS d '
        f'FROM ({found}) AS f WHERE SUBSTR(f."duty", 1, {len(own)}) = {text(own)}'
        for own in (f"{rule_id}/" for rule_id in (rule.id, *rule.inherits))
    ]
    return " UNION ALL ".join(parts)


def day_word(*, working: bool) -> str:
    """What follows the day in the label of a daily duty."""
    return "工作日" if working else "日"


def _closed_days(steps: Steps, rule: Duty, *, working: bool) -> str:
    """Days on which the duty was done, once per object and day, and whether that was entered late (S13)."""
    days = steps.days
    if rule.done is None:
        if not days.names_duties_of("completion", (rule.id, *rule.inherits)):
            return f'SELECT "_key", CAST(NULL AS DATE) AS d, FALSE AS late FROM {steps.source} WHERE FALSE'
        return (
            f'SELECT DISTINCT o."_key", a.d, FALSE AS late FROM {steps.source} AS o '
            f'JOIN ({_completed_days(days, rule, working=working)}) AS a ON a.k = o."_key" WHERE a.d BETWEEN o."@from" AND o."@last"'
        )
    act = rule.done
    assert isinstance(act, Aggregate)
    assert act.item is not None
    frame = Frame(days, steps.source, Row("o", rule.table), ("_key",), day(days.as_of))
    ours = [frame.sql(mine) for _, mine in act.links if not isinstance(mine, Moment)]
    below = days.frame(act.table, alias="c")
    kept = [theirs for theirs, mine in act.links if not isinstance(mine, Moment)]
    for index, theirs in enumerate(kept):
        below.add(f"@k{index}", below.sql(theirs, below.row))
    on = conjunction([f'"c".{name(f"@k{i}")} = {mine}' for i, mine in enumerate(ours)])
    frame.joins.append(f'JOIN ({below.select()}) AS "c" ON {on}')
    child = Row("c", act.table)
    item = frame.sql(act.item, child)
    frame.moments = dict.fromkeys(
        ("start", "opens", "due", "expires", "period_start", "period_end", "seen"), item
    )
    where = [f'{item} BETWEEN "o"."@from" AND "o"."@last"']
    where += [
        f"{frame.sql(theirs, child)} = {item}" for theirs, mine in act.links if isinstance(mine, Moment)
    ]
    if act.where is not None:
        where.append(frame.sql(act.where, child))
    if working:
        frame.joins.append(f'JOIN {days.workdays} AS wd ON wd."day" = {item}')
    # entered late only where every act of the day was
    tardy = duties.entered_late('"c"."recorded"', item)
    late = f"MIN(CASE WHEN {tardy} THEN 1 ELSE 0 END) = 1"
    acts = frame.select(f'"o"."_key" AS "_key", {item} AS d, {late} AS late', where)
    return f'{acts} GROUP BY "o"."_key", {item}'


def _marks(objects: str, closed: str) -> str:
    """The closed days of each object between the day before its first and the day after its last, each with the next."""
    all_marks = (
        f'SELECT "_key", "@from" - 1 AS d FROM {objects} UNION ALL SELECT "_key", d FROM {closed} '
        f'UNION ALL SELECT "_key", "@last" + 1 FROM {objects}'
    )
    return f'SELECT "_key", d, LEAD(d) OVER (PARTITION BY "_key" ORDER BY d) AS nd FROM ({all_marks}) AS m'


def _daily_rows(steps: Steps, rule: Duty, run: Run, objects: str, closed: str, *, working: bool) -> None:
    """Runs of missed days, closed days, and today's row."""
    marks, days = steps.source, steps.days
    today, known = day(run.as_of), day(duties.data_day(days, rule))
    word = day_word(working=working)
    label = f"|| '{word}'"
    first, last = "m.d + 1", f"LEAST(m.nd - 1, {known} - 1, {today} - 1)"
    cal = ""
    count = f"{functions.days_apart(first, last)} + 1"
    begin, finish = first, last
    if working:
        cal = f"LEFT JOIN {days.calendar} AS c0 ON c0.day = m.d LEFT JOIN {days.calendar} AS c1 ON c1.day = {last} "
        cal += f"LEFT JOIN {days.workdays} AS w0 ON w0.place = c0.at_or_before + 1 LEFT JOIN {days.workdays} AS w1 ON w1.place = c1.at_or_before"
        count, begin, finish = "c1.at_or_before - c0.at_or_before", "w0.day", "w1.day"
    runs = f'SELECT m."_key", {begin} AS f, {finish} AS t, {count} AS n FROM {marks} AS m {cal} WHERE m.nd IS NOT NULL AND {count} > 0'
    steps.put(runs)
    missed = steps.source
    base = 'b."@contract", b."@party", b."@branch"'

    def row(key: str, start: str, end: str, done: str, status: str, late: str = "FALSE") -> str:
        names = f'{start} AS "@start", {start} AS "@opens", {start} AS "@seen", {end} AS "@due1", {end} AS "@expires1"'
        return f'{key}."_key", CAST({start} AS VARCHAR) {label} AS "@occ", {base}, {names}, {done} AS "@done", {status} AS "@state", {late} AS "@late_entry", FALSE AS "@postponed", b."@recorded"'

    earlier, day_before = "", "k.d - 1"
    if working:
        earlier = f"LEFT JOIN {days.calendar} AS ce ON ce.day = k.d LEFT JOIN {days.workdays} AS we ON we.place = ce.at_or_before - 1"
        day_before = "we.day"
    empty = "CAST(NULL AS DATE)"
    run_rows = (
        f'SELECT {row("r", "r.f", "r.t", empty, chr(39) + "missed" + chr(39))}, r.n AS "@missed_run", r.f AS "@run_from", r.t AS "@run_to" '
        f'FROM {missed} AS r JOIN {objects} AS b ON b."_key" = r."_key"'
    )
    done_rows = (
        f"SELECT {row('k', 'k.d', 'k.d', 'k.d', chr(39) + 'on_time' + chr(39), 'k.late')}, COALESCE(r.n, 0), {empty}, {empty} "
        f'FROM {closed} AS k JOIN {objects} AS b ON b."_key" = k."_key" {earlier} LEFT JOIN {missed} AS r ON r."_key" = k."_key" '
        f"AND r.t = {day_before} WHERE k.d < {today}"
    )
    if working and not days.working.is_working(run.as_of):
        steps.put(f"{run_rows} UNION ALL {done_rows}")
    else:
        before = run.as_of.fromordinal(run.as_of.toordinal() - 1)
        before = days.working.roll_back(before) if working else before
        status = "CASE WHEN k.d IS NULL THEN 'open' ELSE 'on_time' END"
        today_rows = (
            f"SELECT {row('b', today, today, 'k.d', status, 'COALESCE(k.late, FALSE)')}, COALESCE(r.n, 0), {empty}, {empty} FROM {objects} AS b "
            f'LEFT JOIN {closed} AS k ON k."_key" = b."_key" AND k.d = {today} '
            f'LEFT JOIN {missed} AS r ON r."_key" = b."_key" AND r.t = {day(before)} WHERE b."@last" >= {today}'
        )
        steps.put(f"{run_rows} UNION ALL {done_rows} UNION ALL {today_rows}")
    steps.has_runs()
    for moment, column in (
        ("start", "@start"),
        ("opens", "@opens"),
        ("due", "@due1"),
        ("expires", "@expires1"),
        ("seen", "@seen"),
    ):
        steps.has(moment, column)
