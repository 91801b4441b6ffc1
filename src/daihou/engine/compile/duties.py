"""A duty rule as set-based SQL: its occurrences, their window, what closed them, their state. The contract is engine/README.md."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from daihou.engine.compile import functions, recurring
from daihou.engine.compile.days import Days
from daihou.engine.compile.emptiness import where_unknown
from daihou.engine.compile.periodrows import WORKING_DAY
from daihou.engine.compile.scalar import Frame
from daihou.engine.compile.steps import (
    NO_NAMES,
    Steps,
    as_text,
    empty_columns,
    gap_columns,
    nodes_of,
    own_columns,
    versioned,
    where_empty,
)
from daihou.engine.compile.subject import subject_columns
from daihou.engine.compile.text import conjunction, day, name, text
from daihou.engine.compile.watching import Watch, narrowed, past_hope, watched
from daihou.rulebook.model import Duty, Recurrence
from daihou.rulebook.nodes import Aggregate, Call, Column, Fold, Kind, Literal, Node, Scope

ROWS = {
    "rule": "VARCHAR",
    "object": "VARCHAR",
    "occurrence": "VARCHAR",
    "contract": "VARCHAR",
    "party": "VARCHAR",
    "branch": "VARCHAR",
    "start": "DATE",
    "opens": "DATE",
    "seen": "DATE",
    "due": "DATE",
    "expires": "DATE",
    "done": "DATE",
    "remind": "DATE",
    "state": "VARCHAR",
    "days_late": "INTEGER",
    "missed_run": "INTEGER",
    "run_from": "DATE",
    "run_to": "DATE",
    "as_known": "DATE",
    "assumed": "BOOLEAN",
    "late_entry": "BOOLEAN",
    "postponed": "BOOLEAN",
    "own_recorded": "DATE",
    "own_start": "DATE",
    "shown": "BOOLEAN",
}
"""Columns of the store of duties; the last three serve what comes after and are not results.

``own_start``: the day on which figures and wordings of the duty are valued. ``shown``: whether it is on the list that was asked for.
"""

LATE_ENTRY_DAYS = 3


@dataclass(frozen=True)
class Run:
    """What all rules of one derivation share. ``falling``: keep only what is still to do and falls due after the first of these days and by the second.

    ``leftovers``: only what fell due before go-live, which is otherwise left out (S23).
    """

    as_of: date
    go_live: date | None
    history: bool
    falling: tuple[date, date] | None = None
    leftovers: bool = False


def derive_duty(days: Days, rule: Duty, run: Run, watches: Sequence[Watch] = ()) -> None:
    """Insert the rule's duties into the store, and its gaps: those of the day, and those that rules on duties look at (``watches``: those that meet it)."""
    if run.leftovers and not leaves_over(rule):
        return
    if recurring.is_daily(rule):
        recurring.derive_daily(days, rule, run, watches)
        return
    steps = Steps(days, rule.table)
    candidates(steps, rule)
    if judge(steps, rule, run, watches):
        insert(steps, rule, run, watches)


def leaves_over(rule: Duty) -> bool:
    """Whether duties of a rule can have fallen due before go-live and be open still: it has a due day, does not go from act to act, and is no daily one."""
    return rule.recurrence is not Recurrence.ROLLING and not rule.endless and not recurring.is_daily(rule)


def judge(steps: Steps, rule: Duty, run: Run, watches: Sequence[Watch] = ()) -> bool:
    """From candidates to occurrences with their window, what closed them and their state; whether there is any."""
    _occurrences(steps, rule)
    _window(steps, rule)
    if not run.history:
        _drop_past_hope(steps, rule, run, watches)
    if not steps.store():
        return False
    put_first_gaps(steps, rule.id, _needed(rule))
    if run.go_live is not None and not run.leftovers and run.falling is None and leaves_over(rule):
        _note_left_out(steps, rule, run.go_live)
    ruled = ruled_about(steps.days, rule)
    _relief(steps, rule, _usable(rule, run), ruled=ruled)
    _close(steps, rule, run, ruled=ruled)
    if run.falling is None:
        recurring.fold_runs(steps, rule)
    else:
        recurring.stand_alone(steps, rule)
    return True


def _note_left_out(steps: Steps, rule: Duty, go_live: date) -> None:
    """Remember of a rule that something is left out for having fallen due before go-live, so that what is left over is asked of few rules."""
    query = f'SELECT 1 FROM {steps.source} WHERE "@due0" < {day(go_live)} LIMIT 1'
    if steps.days.connection.execute(query).fetchone() is not None:
        steps.days.left_out.add(rule.id)


# -- which rows -------------------------------------------------------------------------------------------------------------------


def needed_columns(days: Days, rule: Duty) -> set[str]:
    """Own columns read after the first step."""
    roots: list[Node] = [
        *nodes_of(rule.conditions), *nodes_of(rule.opens), *nodes_of(rule.due), *nodes_of(rule.expires), *nodes_of(rule.buffer),
        *[n for n in (rule.start, rule.occurrence, rule.done, rule.exempt) if n is not None],
    ]  # fmt: skip
    if rule.rolling:
        roots += [ours for _, ours in rule.rolling.links]
        roots += [] if rule.rolling.where is None else [rule.rolling.where]
    return own_columns(days, rule.table, roots)


def first_step(steps: Steps, rule: Duty) -> Frame:
    """A frame over the object's table with what later steps read."""
    frame = steps.frame()
    frame.add("_key", '"o"."_key"')
    for column in sorted(needed_columns(steps.days, rule)):
        frame.add(column, f'"o".{name(column)}')
    frame.add("@recorded", '"o"."recorded"')
    for column, sql in subject_columns(frame, rule.table).items():
        frame.add(column, sql)
    return frame


def first_filter(frame: Frame, rule: Duty) -> list[str]:
    """The scope, those parts of the condition that can be judged at once, and the objects asked for."""
    return [*narrowed(frame, rule), *frame.days.of_around(rule.table), *frame.days.asked(rule.id)]


def candidates(steps: Steps, rule: Duty, back: int | None = None) -> None:
    """One row for each time the duty may be due for an object, with its start or period. ``back``: how many periods back (default: the contract's)."""
    frame = first_step(steps, rule)
    where = first_filter(frame, rule)
    if rule.recurrence is Recurrence.ONCE:
        assert rule.start is not None
        frame.add_node("@start", rule.start)
        steps.close(frame, [*where, f"{frame.sql(rule.start)} IS NOT NULL"], "")
        steps.has("start", "@start")
    elif rule.rolling is not None:
        frame.add_node("@entry", rule.rolling.first)
        steps.close(frame, where, "")
        recurring.intervals(steps, rule, rule.rolling)
    else:
        assert rule.periods is not None
        recurring.add_period_inputs(frame, rule.periods)
        steps.close(frame, where, "")
        recurring.periods(steps, rule, rule.periods, back)
    steps.at = steps.moments.get("start") or steps.moments["period_start"]


def _occurrences(steps: Steps, rule: Duty) -> None:
    """Own start of a periodic duty, condition, key of the occurrence."""
    if rule.recurrence is Recurrence.PERIODIC:
        frame = steps.frame()
        if rule.start is not None:
            frame.add_node("@start", rule.start)
            steps.close(frame, [f"{frame.sql(rule.start)} IS NOT NULL"])
        else:
            frame.add("@start", steps.moments["period_start"])
            steps.close(frame)
        steps.has("start", "@start")
    frame = steps.frame()
    conditions = versioned(frame, rule.conditions, "TRUE") if nodes_of(rule.conditions) else "TRUE"
    frame.add("@cond", f"CAST({conditions} AS BOOLEAN)")
    frame.add("@gap_condition", gap_columns(frame, rule.conditions, conditions))
    gap = NO_NAMES
    if rule.recurrence is Recurrence.ONCE:
        occurrence = rule.occurrence
        frame.add("@occ", "''" if occurrence is None else as_text(frame.sql(occurrence), occurrence.type))
        if occurrence is not None:
            gap = where_empty(frame.sql(occurrence), empty_columns(frame, [occurrence]))
    frame.add("@gap_occurrence", gap)
    steps.close(frame)
    where = ['"@cond" IS NOT FALSE', *_in_force(rule)]
    steps.put(f"SELECT * FROM {steps.source} WHERE {conjunction(where)}")


def _in_force(rule: Duty) -> list[str]:
    """By start, or the period's start where the rule gives none."""
    where = []
    base = '"@start"'
    if rule.since is not None:
        where.append(f"{base} >= {day(rule.since)}")
    if rule.until is not None:
        where.append(f"{base} <= {day(rule.until)}")
    return where


# -- the window -------------------------------------------------------------------------------------------------------------------


def _mentions(nodes: list[Node], moment: str) -> bool:
    return any(
        getattr(part, "name", None) == moment and type(part).__name__ == "Moment"
        for node in nodes
        for part in node.walk()
    )


def _window(steps: Steps, rule: Duty) -> None:
    """opens, due, expires: those that do not lean on each other in one step."""
    nodes = {"due": nodes_of(rule.due), "opens": nodes_of(rule.opens), "expires": nodes_of(rule.expires)}
    for together in _in_order(rule, nodes):
        if together == ("due",) and rule.piecewise and nodes["due"]:
            recurring.piecewise_due(steps, rule)
            frame = steps.frame()
            frame.add("@gap_due", gap_columns(frame, rule.due, '"o"."@due"'))
        else:
            frame = steps.frame()
            for part in together:
                {"due": _due, "opens": _opens, "expires": _expires}[part](frame, steps, rule)
        steps.close(frame)
        for part in together:
            steps.has(part, f"@{part}")
    frame = steps.frame()
    due, opens = steps.moments["due"], steps.moments["opens"]
    frame.add(
        "@due0",
        unknown_date()
        if rule.endless
        else f"CASE WHEN {due} IS NULL THEN NULL ELSE GREATEST({due}, {opens}) END",
    )
    steps.close(frame)
    steps.has("due", "@due0")


def _in_order(rule: Duty, nodes: Mapping[str, list[Node]]) -> list[tuple[str, ...]]:
    """The parts of the window, each after those that it names; a due day by segments stands alone."""
    parts = ["opens", "due"] if _mentions(nodes["due"], "opens") else ["due", "opens"]
    found: list[tuple[str, ...]] = []
    for part in (*parts, "expires"):
        alone = rule.piecewise and "due" in (part, *(found[-1] if found else ()))
        if not found or alone or any(_mentions(nodes[part], other) for other in found[-1]):
            found.append((part,))
        else:
            found[-1] += (part,)
    return found


def unknown_date() -> str:
    """A typed empty date."""
    return "CAST(NULL AS DATE)"


def _due(frame: Frame, steps: Steps, rule: Duty) -> None:
    if rule.endless:
        due, gap = unknown_date(), NO_NAMES
    else:
        default = steps.moments.get("period_end", unknown_date())
        due = versioned(frame, rule.due, default) if nodes_of(rule.due) else default
        gap = gap_columns(frame, rule.due, due)
    frame.add("@due", f"CAST({due} AS DATE)")
    frame.add("@gap_due", gap)


def _opens(frame: Frame, steps: Steps, rule: Duty) -> None:
    default = steps.moments["start"]
    if rule.recurrence is Recurrence.PERIODIC:
        default = steps.moments["period_start"] if rule.start is None else steps.moments["start"]
    nodes = nodes_of(rule.opens)
    frame.add(
        "@opens", f"COALESCE({versioned(frame, rule.opens, unknown_date())}, {default})" if nodes else default
    )


def _expires(frame: Frame, _steps: Steps, rule: Duty) -> None:
    expires = versioned(frame, rule.expires, unknown_date()) if nodes_of(rule.expires) else unknown_date()
    frame.add("@expires", f"CAST({expires} AS DATE)")


# -- gaps -------------------------------------------------------------------------------------------------------------------------


_ABOUT = 'MIN("@contract") AS contract, MIN("@party") AS party, MIN("@branch") AS branch'
"""What an object is about: the same in all its rows."""


def put_gaps(steps: Steps, rule_id: str, part: str, columns: str, where: str) -> None:
    """Insert one gap per object where something needed is unknown."""
    select = (
        f'SELECT {text(rule_id)} AS rule, "_key" AS object, {text(part)} AS part, MIN({name(columns)}) AS columns, {_ABOUT} '
        f'FROM {steps.source} WHERE {where} GROUP BY "_key"'
    )
    steps.days.run(f"INSERT INTO gap_store {steps.statement(select)}")


def _needed(rule: Duty) -> list[tuple[str, str, str]]:
    """What has to be known of an occurrence: part, column, names of what it rests on."""
    needed = [("condition", "@cond", "@gap_condition")]
    if rule.occurrence is not None:
        needed.append(("occurrence", "@occ", "@gap_occurrence"))
    if not rule.endless:
        needed.append(("due", "@due0", "@gap_due"))
    return needed


def _usable(rule: Duty, run: Run) -> list[str]:
    """The conditions under which a row goes on: it is known to the end, and asked for."""
    usable = [f"{name(column)} IS NOT NULL" for _, column, _ in _needed(rule)]
    if run.go_live is not None and rule.recurrence is not Recurrence.ROLLING and not rule.endless:
        usable.append(f'"@due0" {"<" if run.leftovers else ">="} {day(run.go_live)}')
    return usable


def put_first_gaps(steps: Steps, rule_id: str, unknown: Sequence[tuple[str, str, str]]) -> None:
    """Insert one gap per object and part: ``unknown`` lists (part, column that is empty, names of what it rests on), the first empty one counts."""
    parts = " ".join(f"WHEN {name(column)} IS NULL THEN {text(part)}" for part, column, _ in unknown)
    names = " ".join(f"WHEN {name(column)} IS NULL THEN {name(rests)}" for _, column, rests in unknown)
    any_empty = " OR ".join(f"{name(column)} IS NULL" for _, column, _ in unknown)
    rows = (
        f'SELECT "_key", "@contract", "@party", "@branch", CASE {parts} END AS part, CASE {names} END AS columns '
        f"FROM {steps.source} WHERE {any_empty}"
    )
    select = (
        f'SELECT {text(rule_id)} AS rule, g."_key" AS object, g.part, MIN(g.columns) AS columns, {_ABOUT} FROM ({rows}) AS g '
        'GROUP BY g."_key", g.part'
    )
    steps.days.run(f"INSERT INTO gap_store {steps.statement(select)}")


def _drop_past_hope(steps: Steps, rule: Duty, run: Run, watches: Sequence[Watch]) -> None:
    """Leave out the rows that cannot be of the day, at which no rule on duties looks, about which nobody ruled and of which all is known."""
    frame = steps.frame()
    hopes = [
        f"({condition}) IS NOT TRUE"
        for condition in past_hope(frame, rule, run.as_of, data_day(steps.days, rule))
    ]
    unknown = [condition for part in _needed(rule) for condition in _where_unknown(steps.days, rule, part)]
    looked_at = watched(watches, '"o"."@contract"', '"o"."@party"', None)
    if ruled_about(steps.days, rule):
        looked_at.append(
            f'{DUTY_ROW} IN (SELECT a."row" FROM {named_duties(steps.days, rule, "duty_ruling")} AS a)'
        )
    # one by one, so that those about the row itself are judged before anything is joined to it; but looks are not repeated
    apart = [conjunction(hopes)] if looked_at else hopes
    steps.close(frame, [" OR ".join(f"({it})" for it in (*unknown, hope, *looked_at)) for hope in apart])


def _where_unknown(days: Days, rule: Duty, part: tuple[str, str, str]) -> list[str]:
    """The conditions, one of which holds where a part of an occurrence is unknown; they may hold of more rows."""
    which, column, _ = part
    told = None
    if which == "condition":
        told = where_unknown(days, rule, rule.conditions)
    elif which == "due" and not rule.piecewise:
        told = where_unknown(days, rule, rule.due)
    return [f'"o".{name(column)} IS NULL'] if told is None else told


# -- relief -----------------------------------------------------------------------------------------------------------------------


DUTY_ROW = '"o"."_key" || \'/\' || "o"."@occ"'
"""SQL of a duty's key without the rule."""


def named_duties(days: Days, rule: Duty, table: str) -> str:
    """The rows of a table that refers to duties (任务处理, 办结) which name the rule, under its own or an inherited id; ``row``: the key without it."""
    ids = ", ".join(text(rule_id) for rule_id in (rule.id, *rule.inherits))
    return (
        f'(SELECT n.*, SUBSTR(n."duty", STRPOS(n."duty", \'/\') + 1) AS "row" FROM {days.table(table)} AS n '
        f"WHERE SPLIT_PART(n.\"duty\", '/', 1) IN ({ids}))"
    )


def ruled_about(days: Days, rule: Duty) -> bool:
    """Whether there is any act on a duty of the rule."""
    return days.names_duties_of("duty_ruling", (rule.id, *rule.inherits))


def _relief(steps: Steps, rule: Duty, usable: list[str], *, ruled: bool) -> None:
    """暂停, 延期, 退回, 豁免 out of the acts on duties, in that order (S36, S12); ``ruled``: whether there is any."""
    if not ruled:
        frame = steps.frame()
        frame.add("@postponed", "FALSE")
        frame.add("@due1", steps.moments["due"])
        _shift_expiry(steps, rule, frame, usable)
        return
    steps.put(f"SELECT * FROM {steps.source} WHERE {conjunction(usable)}")
    folds = {
        "@paused": _paused(steps),
        "@returned": 'MAX(CASE WHEN a."kind" = \'returned\' THEN a."since" END)',
        "@exempt_acts": "SUM(CASE WHEN a.\"kind\" = 'waiver' THEN 1 ELSE 0 END)",
    }
    _acts(steps, rule, folds)
    frame = steps.frame()
    frame.add("@due_p", f'({steps.moments["due"]} + CAST(COALESCE("o"."@paused", 0) AS INTEGER))')
    steps.close(frame)
    put_off = (
        'MAX(CASE WHEN a."kind" = \'postponement\' AND a."approved_day" <= "o"."@due_p" THEN a."until" END)'
    )
    _acts(steps, rule, {"@put_off": put_off})
    frame = steps.frame()
    again = functions.add_working_days(frame, '"o"."@returned"', "2", 2)
    frame.add("@exempted", 'COALESCE("o"."@exempt_acts", 0) > 0')
    frame.add("@postponed", '("o"."@put_off" > "o"."@due_p") IS TRUE')
    due = f'GREATEST("o"."@due_p", "o"."@put_off", {again})'
    frame.add("@due1", f'CASE WHEN "o"."@due_p" IS NULL THEN NULL ELSE {due} END')
    steps.close(frame)
    steps.has("due", "@due1")
    _shift_expiry(steps, rule, steps.frame())


def _paused(steps: Steps) -> str:
    today = day(steps.days.as_of)
    due, opens = steps.moments["due"], steps.moments["opens"]
    span = f'DATE_DIFF(\'day\', GREATEST(a."since", {opens}), LEAST(COALESCE(a."until", {today}), {due})) + 1'
    return f"SUM(CASE WHEN a.\"kind\" = 'pause' THEN GREATEST(0, {span}) ELSE 0 END)"


def _acts(steps: Steps, rule: Duty, folds: Mapping[str, str]) -> None:
    """Fold the acts on each duty into columns."""
    steps.store()  # what is folded and what it is joined to are the same rows
    frame = steps.frame()
    alias = steps.days.fresh("g")
    ids = [name(i) for i in (*steps.ids, *(["@occ"] if "@occ" not in steps.ids else []))]
    mine = ", ".join(f'"o".{i}' for i in ids)
    folded = (
        f"SELECT {mine}, {', '.join(f'{fold} AS {name(column)}' for column, fold in folds.items())} "
        f'FROM {steps.source} AS "o" JOIN {named_duties(steps.days, rule, "duty_ruling")} AS a '
        f'ON a."row" = {DUTY_ROW} AND a."approved_day" IS NOT NULL GROUP BY {mine}'
    )
    frame.join(f"({folded})", alias, conjunction([f'{name(alias)}.{i} = "o".{i}' for i in ids]))
    for column in folds:
        frame.add(column, f"{name(alias)}.{name(column)}")
    steps.close(frame)


def _shift_expiry(steps: Steps, rule: Duty, frame: Frame, where: list[str] | None = None) -> None:
    """A period without backlog lapses at its due day after relief; when the duty is seen."""
    opens, due, expires = (frame.moments[moment] for moment in ("opens", "due", "expires"))
    lapses = rule.periods is not None and not rule.periods.backlog
    frame.add("@expires1", f"COALESCE({expires}, {due})" if lapses else expires)
    if nodes_of(rule.opens) and not rule.endless:
        frame.add("@seen", f"LEAST({opens}, {functions.last_working_day(frame, due)})")
    else:
        frame.add("@seen", opens)
    steps.close(frame, where)
    steps.has("due", "@due1")
    steps.has("expires", "@expires1")
    steps.has("seen", "@seen")


# -- closing and state ------------------------------------------------------------------------------------------------------------


def data_day(days: Days, rule: Duty) -> date:
    """The day up to which the facts that close the duty are complete (S33)."""
    tables: set[str] = set()
    if rule.rolling is not None:
        tables.add(rule.rolling.table)
    elif rule.done is None:
        tables.add("completion")
    else:
        tables |= {node.table for node in rule.done.walk() if isinstance(node, Aggregate)}
        if reads_own(rule.done):
            tables.add(rule.table)
    return min([days.as_of, *(days.data_day(table) for table in tables)])


def reads_own(node: Node) -> bool:
    """Whether columns of the own row are read outside relation functions."""
    if isinstance(node, Aggregate):
        return False
    if isinstance(node, Column):
        return node.scope is Scope.OWN
    return any(reads_own(child) for child in node.children())


def _close(steps: Steps, rule: Duty, run: Run, *, ruled: bool) -> None:
    frame = _done(steps, rule, ruled=ruled)
    exempt = ['"o"."@exempted"'] if ruled else []
    if rule.exempt is not None:
        exempt.append(f"({frame.sql(rule.exempt)}) IS TRUE")
    frame.add("@exempt", f"({' OR '.join(exempt)})" if exempt else "FALSE")
    steps.close(frame)
    frame = steps.frame()
    frame.add("@state", state(rule, day(run.as_of), day(data_day(steps.days, rule))))
    steps.close(frame)
    if rule.withdraw_at_end and rule.until is not None and run.as_of > rule.until:  # S31
        steps.put(f"SELECT * FROM {steps.source} WHERE \"@state\" NOT IN ('open', 'overdue', 'not_yet')")


def _done(steps: Steps, rule: Duty, *, ruled: bool) -> Frame:
    """A frame with the day on which the duty was done, and whether that was entered late."""
    if rule.rolling is not None:
        frame = steps.frame()
        frame.add("@done", _after_return('"o"."@next"', ruled=ruled))
        frame.add("@late_entry", entered_late('"o"."@next_recorded"', '"o"."@next"'))
        return frame
    if rule.done is None:
        return _done_by_completion(steps, rule, ruled=ruled)
    frame = steps.frame()
    if ruled:
        frame.moments = {**frame.moments, "seen": 'GREATEST("o"."@seen", "o"."@returned" + 1)'}
        frame.returned = '"o"."@returned"'
    done = f"CAST({frame.sql(rule.done)} AS DATE)"
    acts = [(frame.sql(node), _earliest_recorded(frame, node)) for node in _windowed(rule.done)]
    if ruled:
        frame.add("@done_any", done)
        for index, (act, recorded) in enumerate(acts):
            frame.add(f"@act{index}", act)
            frame.add(f"@rec{index}", recorded)
        steps.close(frame)
        frame, done = steps.frame(), '"o"."@done_any"'
        acts = [(f'"o"."@act{index}"', f'"o"."@rec{index}"') for index in range(len(acts))]
    late = [
        f"({act} = {done} AND {recorded} - {_number_of(act)} > {LATE_ENTRY_DAYS})" for act, recorded in acts
    ]
    frame.add("@done", _after_return(done, ruled=ruled))
    frame.add("@late_entry", f"COALESCE({' OR '.join(late)}, FALSE)" if late else "FALSE")
    return frame


def _after_return(done: str, *, ruled: bool) -> str:
    """What was done counts where it was done after the duty came back, if it did."""
    return f'CASE WHEN "o"."@returned" IS NULL OR {done} > "o"."@returned" THEN {done} END' if ruled else done


def _windowed(done: Node) -> list[Aggregate]:
    return [
        node
        for node in done.walk()
        if isinstance(node, Aggregate) and node.windowed and node.fold is Fold.FIRST
    ]


def _earliest_recorded(frame: Frame, node: Aggregate) -> str:
    """Day number on which the earliest-entered row of the first day was recorded; day and entry are packed into one number to fold them."""
    recorded = _number_of('"c"."recorded"')
    entered = f"COALESCE({recorded}, 0)"

    def packed(item: str | None, only: str) -> str:
        return f"MIN({_number_of(str(item))} * 1000000 + {entered}){only}"

    return f"({frame.fold(node, None, packed)} % 1000000)"


def _number_of(day: str) -> str:
    """A day as a number of six digits at most; 64 bits wide, which a difference of days is not on every database."""
    return functions.days_apart("DATE '1900-01-01'", day)


def entered_late(recorded: str, done: str) -> str:
    """Whether what was done was entered more than three days later (S13)."""
    return f"COALESCE(DATE_DIFF('day', {done}, {recorded}) > {LATE_ENTRY_DAYS}, FALSE)"


def _done_by_completion(steps: Steps, rule: Duty, *, ruled: bool) -> Frame:
    frame = steps.frame()
    frame.add("@late_entry", "FALSE")
    if not steps.days.names_duties_of("completion", (rule.id, *rule.inherits)):
        frame.add("@done", unknown_date())
        return frame
    alias = steps.days.fresh("g")
    ids = [name(i) for i in (*steps.ids, *(["@occ"] if "@occ" not in steps.ids else []))]
    mine = ", ".join(f'"o".{i}' for i in ids)
    again = ' AND ("o"."@returned" IS NULL OR a."completion_day" > "o"."@returned")' if ruled else ""
    folded = (
        f'SELECT {mine}, MIN(a."completion_day") AS v FROM {steps.source} AS "o" JOIN {named_duties(steps.days, rule, "completion")} AS a '
        f'ON a."row" = {DUTY_ROW}{again} GROUP BY {mine}'
    )
    frame.join(f"({folded})", alias, conjunction([f'{name(alias)}.{i} = "o".{i}' for i in ids]))
    frame.add("@done", f"{name(alias)}.v")
    return frame


def state(rule: Duty, today: str, known: str) -> str:
    """The state on the day (S6)."""
    kept = "TRUE" if rule.endless else '"o"."@done" <= "o"."@due1"'
    return (
        f"CASE WHEN \"o\".\"@done\" IS NOT NULL THEN CASE WHEN {kept} THEN 'on_time' ELSE 'late' END "
        f'WHEN "o"."@exempt" THEN \'waived\' WHEN {today} < "o"."@seen" THEN \'not_yet\' '
        f'WHEN "o"."@expires1" IS NOT NULL AND {known} > "o"."@expires1" THEN \'missed\' '
        f'WHEN "o"."@due1" IS NOT NULL AND {known} > "o"."@due1" THEN \'overdue\' ELSE \'open\' END'
    )


# -- into the store ---------------------------------------------------------------------------------------------------------------


def counts_working_days(rule: Duty) -> bool:
    """Whether the window leans on the calendar of working days (S37)."""
    nodes = [*nodes_of(rule.opens), *nodes_of(rule.due), *nodes_of(rule.expires)]
    by_call = any(
        isinstance(part, Call) and part.name in functions.WORKING for node in nodes for part in node.walk()
    )
    return by_call or (rule.piecewise and bool(nodes_of(rule.buffer)))


def assumed(steps: Steps, rule: Duty) -> str:
    """Whether a day between start and due lies in a year without published holidays."""
    kind = None if rule.periods is None or rule.periods.yearly else rule.periods.kind
    every = isinstance(kind, Literal) and kind.value == WORKING_DAY
    leans = "TRUE" if every or counts_working_days(rule) else f'"o"."@kind" = {text(WORKING_DAY)}'
    if leans != "TRUE" and (kind is None or isinstance(kind, Literal)):
        return "FALSE"
    published = steps.days.working.published_years()
    if not published:
        return leans
    low = 'EXTRACT(YEAR FROM LEAST("o"."@start", "o"."@opens"))'
    high = 'EXTRACT(YEAR FROM GREATEST("o"."@start", "o"."@opens", "o"."@due1"))'
    gaps = _unpublished_spans(published)
    within = " OR ".join(f"({low} <= {b} AND {high} >= {a})" for a, b in gaps)
    return f"COALESCE({leans} AND ({within}), FALSE)"


def _unpublished_spans(published: tuple[int, ...]) -> list[tuple[int, int]]:
    """Spans of years without data, as (first, last)."""
    spans, previous = [], 0
    for year in sorted(published):
        if year > previous + 1:
            spans.append((previous + 1, year - 1))
        previous = year
    return [*spans, (previous + 1, 9999)]


def insert(steps: Steps, rule: Duty, run: Run, watches: Sequence[Watch]) -> None:
    """Put the rows into the store of duties: those of the day, and those that rules on duties look at."""
    known = data_day(steps.days, rule)
    de, today = day(known), day(run.as_of)
    frame = steps.frame()
    reminder = unknown_date()
    if rule.reminder is not None and not rule.endless:
        count = int(str(rule.reminder.value))
        due = steps.moments["due"]
        if rule.reminder.type.kind is Kind.WORKDAYS:
            reminder = functions.add_working_days(frame, due, str(-count), -count)
        else:
            reminder = functions.plus_days(due, str(-count))
    late = (
        'CASE "o"."@state" WHEN \'late\' THEN DATE_DIFF(\'day\', "o"."@due1", "o"."@done") '
        f"WHEN 'overdue' THEN DATE_DIFF('day', \"o\".\"@due1\", {de}) ELSE 0 END"
    )
    o = '"o".'
    values = {
        "rule": text(rule.id), "object": f'{o}"_key"', "occurrence": f'{o}"@occ"', "contract": f'{o}"@contract"', "party": f'{o}"@party"',
        "branch": f'{o}"@branch"', "start": f'{o}"@start"', "opens": f'{o}"@opens"', "seen": f'{o}"@seen"', "due": f'{o}"@due1"',
        "expires": f'{o}"@expires1"', "done": f'{o}"@done"', "remind": reminder, "state": f'{o}"@state"',
        "days_late": f"CAST({unless_endless(rule, late)} AS INTEGER)", **steps.runs,
        "as_known": de if known < run.as_of else unknown_date(), "assumed": assumed(steps, rule),
        "late_entry": f'{o}"@late_entry"', "postponed": f'{o}"@postponed"', "own_recorded": f'{o}"@recorded"', "own_start": steps.moments.get("period_start", f'{o}"@start"'),
    }  # fmt: skip
    listed = of_the_day(today, run.as_of)
    values["shown"] = "TRUE" if run.history else f"COALESCE({listed}, FALSE)"
    for column, kind in ROWS.items():
        frame.add(column, f"CAST({values[column]} AS {kind})")
    kept = [listed, *watched(watches, '"o"."@contract"', '"o"."@party"', '"o"."@state"')]
    where = [] if run.history else [" OR ".join(f"({condition})" for condition in kept)]
    if run.falling is not None:
        after, until = run.falling
        where = [f'"o"."@state" = \'open\' AND "o"."@due1" > {day(after)} AND "o"."@due1" <= {day(until)}']
    steps.days.run(f"INSERT INTO duty_store {steps.statement(frame.select('', where))}")


def unless_endless(rule: Duty, sql: str) -> str:
    """No days late where there is no due day."""
    return "NULL" if rule.endless else sql


def of_the_day(today: str, as_of: date) -> str:
    """What belongs on today's list (S26)."""
    yesterday = day(date.fromordinal(as_of.toordinal() - 1))
    return (
        f'"o"."@seen" <= {today} AND ("o"."@state" IN (\'open\', \'overdue\') OR "o"."@done" = {today} '
        f'OR ("o"."@state" = \'waived\' AND ("o"."@due1" >= {today} OR "o"."@due1" IS NULL)) '
        f'OR ("o"."@state" = \'missed\' AND "o"."@expires1" = {yesterday}))'
    )
