"""Which rows of a duty are worth keeping: those of the day, and those that rules on duties look at.

A portfolio has twenty instalments to a contract and one of them matters today. Rows that cannot be of the day, whatever closed them, are
dropped before their closing is looked for; rules on duties say which contracts and states they look at, and only those rows stay beside.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from daihou.engine.compile.emptiness import shifted
from daihou.engine.compile.steps import cheap
from daihou.engine.compile.subject import CONTRACT, PARTY, reference
from daihou.engine.compile.text import conjunction, day, name, text
from daihou.rulebook.model import Dated, Duty, Recurrence, Rule
from daihou.rulebook.nodes import (
    Aggregate,
    AtRow,
    Call,
    Column,
    Compare,
    Growth,
    In,
    IsNull,
    Literal,
    Moment,
    Node,
    Ordinal,
    Rank,
    Scope,
    conjuncts,
)

if TYPE_CHECKING:
    from datetime import date

    from daihou.book import Table
    from daihou.engine.compile.days import Days
    from daihou.engine.compile.scalar import Frame

HOLIDAYS_AT_MOST = 30
"""Longer than any run of rest days: the last working day before a due day is never further back."""

SELECTING = frozenset({"earliest_of", "latest_of", "all_of", "coalesce"})
"""Functions whose value is one of their arguments."""


@dataclass(frozen=True)
class Watch:
    """What a rule on duties looks at: duties of some rules (None: all), in some states (None: any), of the contracts in a relation (None: any).

    ``alike``: what all those contracts have in common, a value by column, as far as the scope of the rule says it. ``parties``: only duties about
    the parties in a relation. ``of_none``: only duties about no contract.
    """

    rules: frozenset[str] | None
    states: frozenset[str] | None
    contracts: str | None
    alike: Mapping[str, str] = field(default_factory=dict)
    parties: str | None = None
    of_none: bool = False

    def meets(self, rule: Duty, tables: Mapping[str, Table]) -> bool:
        """Whether duties of a rule can be looked at: its scope may keep it to other contracts, of another business line."""
        if self.rules is not None and rule.id not in self.rules:
            return False
        if self.of_none and _always_of_one(rule.table, tables):
            return False
        mine = demanded(rule, _way_to_contract(rule.table, tables))
        return all(mine.get(column, value) == value for column, value in self.alike.items())


ALL = Watch(None, None, None)
"""Looks at every duty there ever was."""


def watches(days: Days, rule: Rule, nodes: Sequence[Node]) -> list[Watch]:
    """What a rule looks at in the table of duties; ``nodes`` are its expressions."""
    looks = [
        part for node in nodes for part in node.walk() if isinstance(part, Aggregate) and part.table == "duty"
    ]
    beside = any(isinstance(part, Column) and "duty" in part.tables for node in nodes for part in node.walk())
    if rule.table == "duty" and not looks and not beside:
        return [Watch(rules_admitted(rule), None, None)]
    if rule.table == "duty" or beside:
        return [ALL]
    moved = any(isinstance(part, AtRow | Growth | Ordinal | Rank) for node in nodes for part in node.walk())
    made: dict[Node, str] = {}
    found = []
    for look in looks:
        contract, party = (None if moved else _compared_with(column, look) for column in (CONTRACT, PARTY))
        for node in (contract, party):
            if node is not None and node not in made:
                made[node] = _values_seen(days, rule, node)
        found.append(
            Watch(
                _values_of("rule", conjuncts(look.where)),
                _values_of("status", conjuncts(look.where)),
                None if contract is None else made[contract],
                {} if contract is None else demanded(rule, _way_of(contract, days.declared)),
                None if party is None else made[party],
                _of_no_contract(conjuncts(look.where)),
            )
        )
    return found


def _always_of_one(table: str, tables: Mapping[str, Table]) -> bool:
    """Whether every row of a table is about a contract."""
    way = _way_to_contract(table, tables)
    return way is not None and all(tables[table].columns[column].required for column in way)


def _of_no_contract(parts: Sequence[Node]) -> bool:
    """Whether conditions admit only duties about no contract."""
    return any(
        isinstance(part, IsNull)
        and isinstance(part.item, Column)
        and (part.item.name, part.item.path, part.item.scope) == (CONTRACT, (), Scope.CHILD)
        for part in parts
    )


def _way_to_contract(table: str, tables: Mapping[str, Table]) -> tuple[str, ...] | None:
    """The reference columns from a row to the contract that it is about; None: it is about none."""
    if table == CONTRACT:
        return ()
    column = reference(tables[table], CONTRACT)
    return None if column is None else (column,)


def _way_of(node: Node, tables: Mapping[str, Table]) -> tuple[str, ...] | None:
    """The reference columns from a row to the contract that an expression names; None: that cannot be told."""
    if not isinstance(node, Column) or node.fact or node.scope is not Scope.OWN:
        return None
    if (node.name,) == tables[CONTRACT].key and node.table == CONTRACT:
        return node.path
    refers = tables[node.table].columns.get(node.name)
    return (*node.path, node.name) if refers is not None and refers.ref == CONTRACT else None


def demanded(rule: Rule, way: tuple[str, ...] | None) -> dict[str, str]:
    """The values that the scope of a rule demands of columns of a row; ``way``: the reference columns to it from the rule's own."""
    return {
        part.left.name: str(part.right.value)
        for part in conjuncts(rule.scope)
        if isinstance(part, Compare)
        and part.op == "="
        and isinstance(part.left, Column)
        and not part.left.fact
        and part.left.path == way
        and isinstance(part.right, Literal)
    }


def rules_admitted(rule: Rule) -> frozenset[str] | None:
    """The duty rules whose duties a rule on duties can be about, under every wording of its condition; None: all."""
    always = conjuncts(rule.scope)
    if not isinstance(rule, Duty):
        return _values_of("rule", (*always, *conjuncts(rule.condition)))
    found: set[str] = set()
    for _, condition in rule.conditions.steps:
        named = _values_of("rule", (*always, *conjuncts(condition)))
        if named is None:
            return None
        found |= named
    return frozenset(found) if rule.conditions.steps else _values_of("rule", always)


def _values_of(column: str, parts: Sequence[Node]) -> frozenset[str] | None:
    """The values of a column of the duties that conditions admit; None: any."""
    for part in parts:
        match part:
            case In(item=Column(name=name_, path=()), values=values) if name_ == column:
                return frozenset(str(value.value) for value in values)
            case Compare(op="=", left=Column(name=name_, path=()), right=Literal(value=value)) if (
                name_ == column
            ):
                return frozenset({str(value)})
            case _:
                pass
    return None


def _compared_with(column: str, look: Aggregate) -> Node | None:
    """What a look compares a column of the duties with, where the rule's own rows tell it at once."""
    for theirs, ours in look.links:
        if not (isinstance(theirs, Column) and theirs.name == column and not theirs.path):
            continue
        if not any(isinstance(part, Moment) or not cheap(part) for part in ours.walk()):
            return ours
    return None


def _values_seen(days: Days, rule: Rule, ours: Node) -> str:
    """A relation of the contracts or parties whose duties are looked at: those of the rule's own rows."""
    frame = days.frame(rule.table)
    frame.add("k", frame.sql(ours))
    relation = name(days.fresh("watched"))
    days.run(
        f"CREATE TEMP TABLE {relation} AS SELECT DISTINCT k FROM ({frame.select('', narrowed(frame, rule))}) AS x"
    )
    return relation


def narrowed(frame: Frame, rule: Rule) -> list[str]:
    """The scope of a rule, and those parts of its condition that can be judged on the row at once."""
    where = [] if rule.scope is None else [frame.sql(rule.scope)]
    condition = rule.condition
    if isinstance(rule, Duty):
        condition = rule.conditions.latest if len(rule.conditions.steps) == 1 else None
    where += [f"{frame.sql(part)} IS NOT FALSE" for part in conjuncts(condition) if cheap(part)]
    return where


# -- which rows of one rule -------------------------------------------------------------------------------------------------------


def watched(found: Sequence[Watch], contract: str, party: str, state: str | None) -> list[str]:
    """Conditions under any of which a row of a duty rule is looked at by one of those that look at it; ``state`` empty: not known yet."""
    alike: dict[tuple[frozenset[str] | None, str | None, bool], list[str | None]] = {}
    for watch in found:
        states = None if state is None else watch.states
        alike.setdefault((states, watch.parties, watch.of_none), []).append(watch.contracts)
    conditions = []
    for (states, parties, of_none), contracts in alike.items():
        parts = [] if states is None else [f"{state} IN ({_listed(states)})"]
        parts += _about(contracts, parties, contract, party, of_none=of_none)
        conditions.append(conjunction(parts))
    return conditions


def _about(
    contracts: Sequence[str | None], parties: str | None, contract: str, party: str, *, of_none: bool
) -> list[str]:
    """Conditions that keep duties to those about the contracts in any of some relations, the parties in another, no contract."""
    parts = [f"{contract} IS NULL"] if of_none else []
    if None not in contracts:
        # one look for all who look alike
        keys = " UNION ALL ".join(
            f"SELECT k FROM {relation}" for relation in sorted(map(str, set(contracts)))
        )
        parts.append(f"{contract} IN ({keys})")
    if parties is not None:
        parts.append(f"{party} IN (SELECT k FROM {parties})")
    return parts


def looked_at(found: Sequence[Watch], alias: str) -> str:
    """The condition under which a row of the store of duties is looked at; nothing looks: none is."""
    conditions = []
    for watch in found:
        parts = []
        if watch.rules is not None:
            parts.append(f'{alias}."rule" IN ({_listed(watch.rules)})')
        if watch.states is not None:
            parts.append(f'{alias}."state" IN ({_listed(watch.states)})')
        contract, party = f'{alias}."contract"', f'{alias}."party"'
        parts += _about([watch.contracts], watch.parties, contract, party, of_none=watch.of_none)
        conditions.append(conjunction(parts))
    return " OR ".join(f"({condition})" for condition in dict.fromkeys(conditions)) or "FALSE"


def _listed(values: frozenset[str]) -> str:
    return ", ".join(text(value) for value in sorted(values)) or "NULL"


def past_hope(frame: Frame, rule: Duty, as_of: date, known: date) -> list[str]:
    """Conditions under any of which a row cannot be of the day: not seen yet, closed on an earlier day, lapsed long ago.

    For rules about which nothing was ruled. ``known``: the day up to which what closes the duty is complete.
    """
    today, opens, due = day(as_of), frame.moments["opens"], frame.moments["due"]
    far = as_of + timedelta(days=HOLIDAYS_AT_MOST)
    conditions = [f"{opens} > {today} AND ({due} IS NULL OR {due} > {day(far)})"]
    # the same of what opens later still, so that it can be told from the row alone: nothing is due before it opens
    conditions += _shifted(frame, rule.opens, ">", far)
    if rule.rolling is not None:
        return [*conditions, f'"o"."@next" < {today}']
    if rule.done is None:
        return conditions
    conditions += [f"{frame.sql(column)} < {today}" for column in _no_later_than(rule.done)]
    parts = _values(rule.done)
    if rule.recurrence is Recurrence.ONCE and rule.exempt is None and parts is not None:
        gone = min(known, as_of - timedelta(days=1))
        ended = _shifted(frame, rule.expires, "<", gone) or [f"{frame.moments['expires']} < {day(gone)}"]
        ended += [
            f"{frame.sql(column)} IS DISTINCT FROM {today}" for column in parts if isinstance(column, Column)
        ]
        conditions.append(conjunction(ended))
    return conditions


def _shifted(frame: Frame, dated: Dated[Node | None], sign: str, than: date) -> list[str]:
    """A comparison of a versioned day with a constant one as a comparison of the own column that it is counted from; none where it is not."""
    found = shifted(frame.days, dated)
    if found is None:
        return []
    column, count = found
    return [f"{frame.sql(column)} {sign} {day(than - timedelta(days=count))}"]


def _no_later_than(done: Node) -> list[Column]:
    """Own columns that the closing day never exceeds where they hold a day."""
    if isinstance(done, Column) and done.scope is Scope.OWN and not done.fact:
        return [done]
    if isinstance(done, Call) and done.name == "earliest_of":
        return [column for part in done.args for column in _no_later_than(part)]
    return []


def _values(done: Node) -> list[Node] | None:
    """The own columns and windowed look-ups of which the closing day is one; None where it may be another day."""
    if isinstance(done, Column) and done.scope is Scope.OWN and not done.fact:
        return [done]
    if isinstance(done, Aggregate) and done.windowed:
        return [done]
    if isinstance(done, Call) and done.name in SELECTING:
        parts = [_values(part) for part in done.args]
        return (
            None if any(part is None for part in parts) else [value for part in parts for value in part or ()]
        )
    return None
