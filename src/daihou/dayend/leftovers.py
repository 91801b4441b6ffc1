"""What was left over at go-live: duties that fell due before the company began with the system, kept apart and never late (ADR 15).

The engine leaves them out (S23) and says of which rules it did; of those alone it is asked again. Of a rule and an object the last
occurrence counts: an earlier one that nobody did was overtaken by it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

import duckdb
import pyarrow as pa

from daihou.dayend.ground import Basis
from daihou.dayend.storing import DUTY, PERSON, Told, as_stored, beside, quoted
from daihou.duties.models import LEFTOVER, OLD_DONE, WAITING
from daihou.engine import Opened, Results
from daihou.engine.derive import DUTY_TABLE, reads
from daihou.rulebook import Duty, Rule


def tell_leftovers(
    told: Told, held_by: Basis, opened: Opened, results: Results, doubtful: Collection[str]
) -> None:
    """Add to what was told what is left over, and what became of that which is stored as left over.

    ``results``: what was asked of the day; ``doubtful``: rules of which also what was done since go-live may be told otherwise.
    """
    if held_by.go_live is None or told.held is None:
        return
    rules = _asking(told.rules)
    fresh = sorted(rules & frozenset(results.left_out))
    day = opened.ask(go_live=held_by.go_live, only=fresh, leftovers=True) if fresh else None
    names = pa.table({"rule": pa.array(sorted(doubtful), pa.string())})
    found = DUTY.empty_table() if day is None else as_stored(day.duties, DUTY)
    with beside(found=found, held=told.held, doubted=names, recurring=_recurring(told.rules, fresh)) as at:
        at.execute(f"CREATE TABLE waits AS {_WAITS}")
        at.execute(f"CREATE TABLE stands AS {_STANDS}")
        at.register("history", _history(at, held_by, opened, rules))
        at.execute(f"CREATE TABLE left_over AS {_LEFT_OVER}")
        told.duties = pa.concat_tables([told.duties, at.sql(_AS_LEFTOVERS).to_arrow_table().cast(DUTY)])
        past = at.sql(_ENDED).to_arrow_table().cast(DUTY)
        if day is None:
            told.take_past(past, PERSON.empty_table())
            return
        at.register("persons", as_stored(day.assignments, PERSON))
        told.take_past(past, at.sql(_PERSONS).to_arrow_table().cast(PERSON))


def _asking(rules: Mapping[str, Rule]) -> frozenset[str]:
    """The rules of which anything can be left over: what follows from other duties tells of those that are kept, not of those left out."""
    return frozenset(
        name for name, rule in rules.items() if isinstance(rule, Duty) and not reads(rule, DUTY_TABLE)
    )


def _recurring(rules: Mapping[str, Rule], ids: Collection[str]) -> pa.Table:
    """Those of some rules that ask more than once about an object."""
    several = [
        name
        for name in ids
        if isinstance(rule := rules[name], Duty) and (rule.periods is not None or rule.occurrence is not None)
    ]
    return pa.table({"rule": pa.array(several, pa.string())})


def _history(
    at: duckdb.DuckDBPyConnection, held_by: Basis, opened: Opened, rules: Collection[str]
) -> pa.Table:
    """All that fell due before go-live of the objects about which the day does not tell enough; nothing is asked where there are none."""
    wanted = [name for (name,) in at.sql(_UNSURE_RULES).fetchall()]
    asked = sorted(set(wanted) & set(rules))
    if not asked:
        return DUTY.empty_table()
    objects = at.sql(_UNSURE).to_arrow_table()
    whole = opened.ask(go_live=held_by.go_live, scope="history", only=asked, objects=objects, leftovers=True)
    return as_stored(whole.duties, DUTY)


_LAST = "row_number() OVER (PARTITION BY rule, object ORDER BY due DESC, start DESC, occurrence DESC) = 1"
_WAITS = f"SELECT * FROM found WHERE state IN ({quoted(WAITING)}) QUALIFY {_LAST}"  # noqa: S608 - states of the model
"""Of each rule and object the last occurrence that is open on the day."""
_STANDS = f"""
SELECT held.* FROM held ANTI JOIN waits USING (rule, object, occurrence)
WHERE held.withdrawn_on IS NULL AND (held.state = '{LEFTOVER}' OR held.state = '{OLD_DONE}' AND held.rule IN (SELECT rule FROM doubted))
"""  # noqa: S608 - states of the model
"""What is stored and of which the day does not speak, or speaks of a later occurrence."""
_UNSURE = """
SELECT rule, object FROM waits SEMI JOIN recurring USING (rule) UNION SELECT rule, object FROM stands
"""
_UNSURE_RULES = f"SELECT DISTINCT rule FROM ({_UNSURE})"  # noqa: S608 - a statement of ours
_LEFT_OVER = f"""
SELECT waits.* FROM waits ANTI JOIN recurring USING (rule)
UNION ALL SELECT waits.* FROM waits SEMI JOIN recurring USING (rule) SEMI JOIN (SELECT * FROM history QUALIFY {_LAST}) USING (rule, object, occurrence)
"""  # noqa: S608 - a statement of ours
"""What is left over: nothing where a later occurrence was done, waived or missed for good."""
_AS_LEFTOVERS = f"SELECT * REPLACE ('{LEFTOVER}' AS state) FROM left_over ORDER BY rule, object, occurrence"  # noqa: S608 - a state
_ENDED = f"""
SELECT history.* REPLACE (CASE WHEN state = 'waived' THEN state ELSE '{OLD_DONE}' END AS state)
FROM history SEMI JOIN stands USING (rule, object, occurrence)
WHERE state IN ('on_time', 'late', 'waived') ORDER BY rule, object, occurrence
"""  # noqa: S608 - a state of the model
"""What is stored as left over and was done or waived since. What lapsed, or was overtaken, is asked for no longer: it is withdrawn."""
_PERSONS = """
SELECT persons.* FROM persons SEMI JOIN left_over USING (rule, object, occurrence) ORDER BY rule, object, occurrence, ordinal
"""
