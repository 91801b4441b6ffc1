"""Which rules may answer otherwise after rows of some tables were written, and which lean on the results of those."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from daihou.book import CALENDAR, declared
from daihou.engine.compile.codefacts import CODE_FACTS
from daihou.engine.compile.days import needs
from daihou.engine.compile.persons import keeper_reads
from daihou.engine.compile.subject import subject_reads
from daihou.engine.derive import DUTY_TABLE, WARNING_TABLE, duty_rules_named, nodes_of, reads
from daihou.rulebook import Duty, Fact, Rule, Rulebook, Warning, with_facts
from daihou.rulebook.nodes import Aggregate, AtRow, Column, Growth, Rank

NAMING_DUTIES = frozenset({"completion", "duty_ruling"})
NAMING_HOLDERS = frozenset({"assignment", "employee"})
_THROUGH = "数据截至"
_RECORDED = "recorded"


@dataclass(frozen=True)
class Touch:
    """What was written to one table.

    ``columns``: what changed in rows that stay; None where rows were replaced or taken out, so that anything may have.
    ``fresh``: rows came under keys that had never stood. ``keys``: of the rows written; None where they are not known.
    """

    columns: frozenset[str] | None = frozenset()
    fresh: bool = False
    keys: frozenset[str] | None = frozenset()

    def __or__(self, other: Touch) -> Touch:
        """Both together."""
        columns = None if self.columns is None or other.columns is None else self.columns | other.columns
        keys = None if self.keys is None or other.keys is None else self.keys | other.keys
        return Touch(columns, self.fresh or other.fresh, keys)


@dataclass(frozen=True)
class Reading:
    """What one rule reads: columns by table; ``looked_for``: tables among whose rows it looks for some, its own included."""

    columns: frozenset[tuple[str, str]]
    looked_for: frozenset[str]

    @property
    def tables(self) -> frozenset[str]:
        """Every table read."""
        return self.looked_for | {table for table, _ in self.columns}


def reading_of(rule: Rule, facts: Mapping[tuple[str, str], Fact]) -> Reading:
    """What a rule reads, itself and through facts. Results of other rules are told by ``leaning``."""
    tables = declared()
    found = needs(list(nodes_of(rule)), facts, tables)
    columns = {(table, column) for table, names in found.columns.items() for column in names}
    columns |= subject_reads(tables, rule.table) | keeper_reads(tables, rule)
    coded = {
        table
        for key in found.facts
        if (code := facts[key].code) is not None
        for table, _ in CODE_FACTS[code].reads
    }
    looked_for = {rule.table, *coded, *_looked_for(rule, facts)}
    if isinstance(rule, Duty):
        columns |= {(table, _RECORDED) for table in _closing(rule)}
        looked_for |= {rule.rolling.table} if rule.rolling is not None else set()
    # a table read without any column (rows are counted) stands in the needs as well
    return Reading(frozenset(columns), frozenset(looked_for | found.columns.keys() - _by_path(columns)))


def _by_path(columns: Collection[tuple[str, str]]) -> set[str]:
    return {table for table, _ in columns}


def _looked_for(rule: Rule, facts: Mapping[tuple[str, str], Fact]) -> Iterator[str]:
    for node in with_facts(rule, facts):
        match node:
            case Aggregate(table=table):
                yield table
            case AtRow() | Growth() | Rank():
                yield from (part.base for part in node.walk() if isinstance(part, Column))
            case _:
                pass


def _closing(rule: Duty) -> Iterator[str]:
    """Tables of whose rows the day of entry counts: those that close the duty (entered late or not)."""
    if rule.rolling is not None:
        yield rule.rolling.table
    if rule.done is not None:
        yield from (node.table for node in rule.done.walk() if isinstance(node, Aggregate))


_known: dict[tuple[str, ...], Mapping[str, Reading]] = {}


def readings(rulebooks: Sequence[Rulebook]) -> Mapping[str, Reading]:
    """What each rule reads, by its id; made once per set of rulebooks."""
    mark = tuple(book.fingerprint for book in rulebooks)
    if mark not in _known:
        facts = {key: fact for book in rulebooks for key, fact in book.facts.items()}
        _known[mark] = {rule.id: reading_of(rule, facts) for book in rulebooks for rule in book.rules}
    return _known[mark]


_DERIVED = frozenset({"duty", "gap"})
"""Tables that the rules fill: they are there in every company, and nobody is asked for their rows."""


def worked_with(rulebooks: Sequence[Rulebook], every: Sequence[Rulebook]) -> frozenset[str]:
    """The declared tables that any rule of some rulebooks looks into, with those to which their rows must refer.

    And those that no rule of ``every`` rulebook does: they go with none, but for those whose rows must refer to a table that is not among
    these. Nobody could fill in a row of 档案借阅 where there is no 档案卷.
    """
    found = _with_referred(_looked_into(rulebooks))
    others = frozenset(declared()) - _looked_into(every)
    while lacking := {name for name in others if _must_refer(name) - found - others}:
        others -= lacking
    return found | others


def _with_referred(tables: frozenset[str]) -> frozenset[str]:
    """Some tables with those to which their rows must refer, and so on."""
    found, left = set(tables), list(tables)
    while left:
        more = _must_refer(left.pop()) - found
        found |= more
        left += more
    return frozenset(found)


def _must_refer(table: str) -> frozenset[str]:
    """The tables that people fill to which every row of one refers."""
    refs = {one.ref for one in declared()[table].columns.values() if one.required and one.ref is not None}
    return frozenset(refs) - _DERIVED


def _looked_into(rulebooks: Sequence[Rulebook]) -> frozenset[str]:
    return frozenset(table for one in readings(rulebooks).values() for table in one.tables)


def reached(rulebooks: Sequence[Rulebook], touched: Mapping[str, Touch]) -> frozenset[str]:
    """Ids of the rules that may answer otherwise on rows so written; what leans on their results is not among them."""
    through = next(table.id for table in declared().values() if table.word == _THROUGH)
    rules = [rule for book in rulebooks for rule in book.rules]
    # how complete the tables are, and which days are working days, any rule may lean on: no reference tells which
    if through in touched or CALENDAR in touched:
        return frozenset(rule.id for rule in rules)
    known = readings(rulebooks)
    return frozenset(
        rule.id
        for rule in rules
        if any(_reaches(rule, known[rule.id], table, touch) for table, touch in touched.items())
    )


def _reaches(rule: Rule, reading: Reading, table: str, touch: Touch) -> bool:
    # a post is looked for: of every duty's person, and of whoever answers for what any rule cannot judge
    if table in NAMING_HOLDERS:
        return True
    if isinstance(rule, Duty) and table in NAMING_DUTIES and _named(touch, {rule.id, *rule.inherits}):
        return True
    if isinstance(rule, Warning) and table == WARNING_TABLE and _named(touch, {rule.id}):
        return True
    shape = declared()[table]
    if touch.columns is None or touch.columns & {*shape.key, shape.date}:
        return table in reading.tables
    return (touch.fresh and table in reading.looked_for) or any(
        (table, column) in reading.columns for column in touch.columns
    )


def _named(touch: Touch, ids: Collection[str]) -> bool:
    """Whether a key of the rows begins with one of the rules."""
    return touch.keys is None or any(key.partition("/")[0] in ids for key in touch.keys)


def leaning(
    rulebooks: Sequence[Rulebook], ids: Collection[str], *, on_warnings: bool = True
) -> frozenset[str]:
    """The given rules and all that read their results, directly or through others: duties, and warnings unless these are left aside."""
    rules = [rule for book in rulebooks for rule in book.rules]
    found = set(ids)
    grown = True
    while grown:
        duties = {rule.id for rule in rules if rule.id in found and isinstance(rule, Duty)}
        warned = on_warnings and any(rule.id in found and isinstance(rule, Warning) for rule in rules)
        more = {
            rule.id
            for rule in rules
            if (warned and looks_at_warnings(rule)) or (duties - {rule.id} and _looks_at_duties(rule, duties))
        }
        grown = not more <= found
        found |= more
    return frozenset(found)


def looks_at_warnings(rule: Rule) -> bool:
    """Whether a rule reads warnings: those of the register and those just raised."""
    return reads(rule, WARNING_TABLE)


def looks_at_all_duties(rule: Rule) -> bool:
    """Whether a rule reads duties without naming their rules, so that it can only be told once every rule has been."""
    return reads(rule, DUTY_TABLE) and duty_rules_named(rule) is None


def _looks_at_duties(rule: Rule, ids: Collection[str]) -> bool:
    if not reads(rule, DUTY_TABLE):
        return False
    named = duty_rules_named(rule)
    return named is None or not named.isdisjoint(ids)
