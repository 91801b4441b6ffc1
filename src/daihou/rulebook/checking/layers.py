"""What reads whose results (S35): facts read none, and no rule may wait for itself."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from daihou.rulebook.checking.whole import Whole
from daihou.rulebook.dependence import DUTY, WARNING, results_read
from daihou.rulebook.mistakes import Mistakes
from daihou.rulebook.model import Duty, Rule, Warning


def check_layers(whole: Whole, mistakes: Mistakes) -> None:
    """Note facts that read results, warnings that read themselves, rules that wait for each other."""
    vocabulary = whole.vocabulary
    for fact in whole.rulebook.facts.values():
        read = results_read(fact.formula, fact.table, {}).keys() if whole.own(fact.book) else ()
        for table in (DUTY, WARNING):
            if table in read:
                mistakes.add("fact-reads-results", fact.source, name=fact.name, table=vocabulary.word(table))
    rules = whole.rulebook.rules
    waits = waiting(rules)
    for rule in rules:
        if isinstance(rule, Warning) and rule.id in waits[rule.id]:
            mistakes.add("reads-itself", rule.source, name=rule.id)
    without_self = {one: others - {one} for one, others in waits.items()}
    for ring in rings(without_self):
        first = next(rule for rule in rules if rule.id == ring[0])
        mistakes.add("rules-in-a-circle", first.source, ring=" → ".join((*ring, ring[0])))


def waiting(rules: Sequence[Rule]) -> dict[str, frozenset[str]]:
    """For every rule the rules whose results it reads, itself included where it does not exclude itself."""
    duties = [rule.id for rule in rules if isinstance(rule, Duty)]
    warnings = [rule.id for rule in rules if isinstance(rule, Warning)]
    found: dict[str, frozenset[str]] = {}
    for rule in rules:
        read = results_read(rule, rule.table, {DUTY: duties, WARNING: warnings})
        others = read.get(DUTY, frozenset()) - {rule.id}  # a duty never sees its own occurrences
        found[rule.id] = others | read.get(WARNING, frozenset())
    return found


def rings(waits: Mapping[str, Collection[str]]) -> Iterator[tuple[str, ...]]:
    """The circles among rules that wait for each other, each once, beginning with its first id."""
    left = dict(waits)
    while True:
        free = [one for one, others in left.items() if not set(others) & left.keys()]
        if not free:
            break
        for one in free:
            del left[one]
    while left:
        ring = _ring(left)
        yield ring
        for one in ring:
            left.pop(one, None)
        while free := [one for one, others in left.items() if not set(others) & left.keys()]:
            for one in free:
                del left[one]


def _ring(waits: Mapping[str, Collection[str]]) -> tuple[str, ...]:
    """One circle among rules that all wait for another one of them."""
    path = [min(waits)]
    while True:
        following = min(set(waits[path[-1]]) & waits.keys())
        if following in path:
            ring = path[path.index(following) :]
            start = ring.index(min(ring))
            return (*ring[start:], *ring[:start])
        path.append(following)
