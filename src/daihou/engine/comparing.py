"""What would change with other rules: two derivations of one day, and two forecasts of the same months, laid side by side.

Both sides are asked of the same book on the same day; only the rules differ. A rule that carries on another (承接) is taken for it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from daihou.engine.derive import Results
from daihou.engine.forecast import Forecast
from daihou.rulebook import Rulebook

WAITING = frozenset({"open", "overdue"})

Row = Mapping[str, Any]
Key = tuple[str, str, str]
Who = tuple[str, str | None, str | None]
"""Rule, post, employee."""
Counts = Mapping[Who, Counter[date | None]]


@dataclass(frozen=True)
class Moved:
    """One result that is not the same with the other rules.

    ``kind``: duty, warning, grade, gate. ``how``: more (only with the new rules), less (only with the old), earlier, later (a duty's due day),
    person (somebody else does it), otherwise (state, level, grade or answer is another). ``object``, ``occurrence``: of the result; for a
    warning party and episode. ``before``, ``after``: due day, level, answer, or persons, as they are on each side.
    """

    kind: str
    how: str
    rule: str
    object: str
    occurrence: str
    contract: str | None
    before: str
    after: str


@dataclass(frozen=True)
class Change:
    """A count of duties with the old and the new rules. ``moved``: of those on both sides, how many only fall into another week."""

    rule: str
    post: str | None
    employee: str | None
    before: int
    after: int
    moved: int


@dataclass(frozen=True)
class Comparison:
    """What would change: on the day result by result, in the load of persons on the day, and ahead by rule and by person."""

    moved: tuple[Moved, ...]
    load: tuple[Change, ...]
    ahead_rules: tuple[Change, ...]
    ahead_people: tuple[Change, ...]

    @property
    def empty(self) -> bool:
        """Whether nothing would change."""
        return not (self.moved or self.ahead_rules or self.ahead_people)


def compare(
    results: tuple[Results, Results],
    forecasts: tuple[Forecast, Forecast],
    rulebooks: Sequence[Rulebook],
) -> Comparison:
    """Old results and forecast first, new ones second; ``rulebooks`` are the new ones, which may carry on old ids."""
    heir = {old: rule.id for book in rulebooks for rule in book.duties for old in rule.inherits}
    moved = (*_duties(results, heir), *_warnings(results), *_grades(results), *_gates(results))
    totals = [_counted(found.totals.to_pylist(), heir) for found in forecasts]
    people = [_counted(found.weeks.to_pylist(), heir) for found in forecasts]
    return Comparison(
        moved=moved,
        load=tuple(_load(results, heir)),
        ahead_rules=tuple(_changes(*totals)),
        ahead_people=tuple(_changes(*people)),
    )


def _counted(rows: Iterable[Row], heir: Mapping[str, str]) -> Counts:
    """Duties by rule and person, and by week below that."""
    found: defaultdict[Who, Counter[date | None]] = defaultdict(Counter)
    for row in rows:
        who = (heir.get(row["rule"], row["rule"]), row.get("post"), row.get("employee"))
        found[who][row["week"]] += row["duties"]
    return found


def _changes(one: Counts, other: Counts) -> Iterator[Change]:
    nothing: Counter[date | None] = Counter()
    for who in sorted({*one, *other}, key=str):
        weeks, others = one.get(who, nothing), other.get(who, nothing)
        if weeks != others:
            before, after = weeks.total(), others.total()
            yield Change(*who, before, after, min(before, after) - (weeks & others).total())


# -- the day ----------------------------------------------------------------------------------------------------------------------


def _by_key(rows: Iterable[Row], heir: Mapping[str, str], columns: tuple[str, str, str]) -> dict[Key, Row]:
    rule, thing, time = columns
    return {(heir.get(row[rule], row[rule]), row[thing], row[time]): row for row in rows}


def _persons(results: Results, heir: Mapping[str, str]) -> Mapping[Key, frozenset[str]]:
    found: defaultdict[Key, set[str]] = defaultdict(set)
    for row in results.assignments.to_pylist():
        key = (heir.get(row["rule"], row["rule"]), row["object"], row["occurrence"])
        found[key].add(row["employee"] or row["post"] or "")
    return {key: frozenset(who) for key, who in found.items()}


def _duties(results: tuple[Results, Results], heir: Mapping[str, str]) -> Iterator[Moved]:
    columns = ("rule", "object", "occurrence")
    one, other = (_by_key(found.duties.to_pylist(), heir, columns) for found in results)
    who, whose = (_persons(found, heir) for found in results)
    for key in sorted({*one, *other}):
        before, after = one.get(key), other.get(key)
        row = after or before
        assert row is not None
        said = ("duty", key, row["contract"])
        if before is None or after is None:
            yield _moved(said, "less" if after is None else "more", _due(before), _due(after))
            continue
        if before["due"] != after["due"] and before["due"] and after["due"]:
            how = "earlier" if after["due"] < before["due"] else "later"
            yield _moved(said, how, _due(before), _due(after))
        elif before["state"] != after["state"] or before["due"] != after["due"]:
            yield _moved(said, "otherwise", str(before["state"]), str(after["state"]))
        persons = (who.get(key, frozenset()), whose.get(key, frozenset()))
        if persons[0] != persons[1]:
            yield _moved(said, "person", *(",".join(sorted(one_side)) for one_side in persons))


def _due(row: Row | None) -> str:
    return "" if row is None or row["due"] is None else row["due"].isoformat()


def _moved(said: tuple[str, Key, str | None], how: str, before: str, after: str) -> Moved:
    kind, (rule, thing, time), contract = said
    return Moved(kind, how, rule, thing, time, contract, before, after)


def _warnings(results: tuple[Results, Results]) -> Iterator[Moved]:
    one, other = (_by_key(found.warnings.to_pylist(), {}, ("rule", "party", "episode")) for found in results)
    yield from _valued("warning", one, other, "level")


def _grades(results: tuple[Results, Results]) -> Iterator[Moved]:
    one, other = ({(r["rule"], r["object"], ""): r for r in found.grades.to_pylist()} for found in results)
    yield from _valued("grade", one, other, "level")


def _gates(results: tuple[Results, Results]) -> Iterator[Moved]:
    one, other = ({(r["rule"], r["object"], ""): r for r in found.gates.to_pylist()} for found in results)
    yield from _valued("gate", one, other, "allowed")


def _valued(kind: str, one: Mapping[Key, Row], other: Mapping[Key, Row], column: str) -> Iterator[Moved]:
    """Results that are there on one side only, or of another value."""
    for key in sorted({*one, *other}):
        sides = (one.get(key), other.get(key))
        before, after = ("" if row is None else str(row[column]).lower() for row in sides)
        row = sides[1] or sides[0]
        assert row is not None
        if before == after:
            continue
        how = "more" if sides[0] is None else "less" if sides[1] is None else "otherwise"
        yield _moved((kind, key, row.get("contract")), how, before, after)


def _load(results: tuple[Results, Results], heir: Mapping[str, str]) -> Iterator[Change]:
    """Duties waiting on the day, by rule and person, where the count is another."""
    sides = []
    for found in results:
        duties = found.duties.to_pylist()
        waiting = {(d["rule"], d["object"], d["occurrence"]) for d in duties if d["state"] in WAITING}
        sides.append(_waiting(found.assignments.to_pylist(), waiting, heir))
    yield from _changes(sides[0], sides[1])


def _waiting(people: Iterable[Row], waiting: Collection[Key], heir: Mapping[str, str]) -> Counts:
    count: defaultdict[Who, Counter[date | None]] = defaultdict(Counter)
    for row in people:
        if (row["rule"], row["object"], row["occurrence"]) in waiting:
            count[heir.get(row["rule"], row["rule"]), row["post"], row["employee"]][None] += 1
    return count
