"""Two wordings of a rulebook side by side: which figures, facts and rules differ, and what that changes for whom."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from typing import Any

from daihou.book import Book
from daihou.cli.names import Names
from daihou.cli.screen import FAINT, line, out, table
from daihou.cli.tasks import Row, rules_of
from daihou.cli.words import NOTHING, joined, label, say
from daihou.cli.written import Entry, figure_steps, flow, steps_words
from daihou.engine import derive
from daihou.rulebook import Figure, Gate, LookupTable, Rule, Rulebook, figures_of
from daihou.terms import Lang
from daihou.units import Calendar

# what is said to people about a rule, and what follows from elsewhere
_WORDING = frozenset({"name", "book", "citation", "items", "sense", "ours", "sleeping", "source"})
_SHOWN = 40


@dataclass(frozen=True)
class Change:
    """One difference: of a ``figure``, ``fact`` or ``rule``; how: added, gone, meaning, wording, or through a figure."""

    kind: str
    how: str
    id: str
    name: str
    before: str
    after: str


def compare(
    old: Rulebook, new: Rulebook, written: tuple[Mapping[str, Entry], Mapping[str, Entry]], lang: Lang
) -> list[Change]:
    """Every difference between two rulebooks."""
    figures = _figures(old, new, lang)
    changed = {one.id for one in figures}
    return [*figures, *_facts(old, new), *_rules(old, new, written, changed, lang)]


def _figures(old: Rulebook, new: Rulebook, lang: Lang) -> list[Change]:
    before, after = _all_figures(old), _all_figures(new)
    found = []
    for name in sorted({**before, **after}):
        one, other = before.get(name), after.get(name)
        said = [steps_words(figure_steps(f, lang), lang) if f else "" for f in (one, other)]
        if said[0] != said[1]:
            figure = other or one
            title = figure.name if figure else name
            found.append(Change("figure", _how(one, other), name, title, said[0], said[1]))
    return found


def _all_figures(rulebook: Rulebook) -> Mapping[str, Figure | LookupTable]:
    return {**rulebook.figures, **rulebook.lookups}


def _how(one: object, other: object) -> str:
    if one is None:
        return "added"
    return "gone" if other is None else "meaning"


def _facts(old: Rulebook, new: Rulebook) -> list[Change]:
    found = []
    for key in sorted({*old.facts, *new.facts}):
        one, other = old.facts.get(key), new.facts.get(key)
        if one and other and (one.formula, one.code, one.type) == (other.formula, other.code, other.type):
            continue
        fact = other or one
        if fact is not None:
            name = f"{label(fact.table, 'zh')}.{fact.name}"
            found.append(Change("fact", _how(one, other), ".".join(key), name, "", fact.meaning))
    return found


def _rules(
    old: Rulebook,
    new: Rulebook,
    written: tuple[Mapping[str, Entry], Mapping[str, Entry]],
    changed: set[str],
    lang: Lang,
) -> list[Change]:
    before, after = rules_of([old]), rules_of([new])
    found = []
    for rule_id in sorted({*before, *after}):
        one, other = before.get(rule_id), after.get(rule_id)
        if one is None or other is None:
            rule = other or one
            name = rule.name if rule else rule_id
            found.append(Change("rule", _how(one, other), rule_id, name, "", ""))
            continue
        how = _difference(one, other)
        if how:
            said = _entries(written[0].get(rule_id, {}), written[1].get(rule_id, {}))
            found.append(Change("rule", how, rule_id, other.name, *said))
        elif through := figures_of(other, new.facts) & changed:
            told = joined([label(name, lang) for name in sorted(through)], lang)
            found.append(Change("rule", "through", rule_id, other.name, "", told))
    return found


def _difference(one: Rule, other: Rule) -> str | None:
    """meaning, wording, or None where two rules are the same."""
    differing = {
        field.name
        for field in fields(one)
        if type(one) is not type(other) or getattr(one, field.name) != getattr(other, field.name, None)
    }
    if isinstance(one, Gate) and isinstance(other, Gate):
        conditions = [[refusal.when for refusal in gate.refusals] for gate in (one, other)]
        if "refusals" in differing and conditions[0] == conditions[1]:
            differing = (differing - {"refusals"}) | {"sense"}
    if differing - _WORDING:
        return "meaning"
    return "wording" if differing - {"source", "sleeping"} else None


def _entries(one: Entry, other: Entry) -> tuple[str, str]:
    """The keys of two entries that differ, as written."""
    keys = [key for key in {**one, **other} if flow(one.get(key)) != flow(other.get(key))]
    before = "；".join(f"{key}: {flow(one[key])}" for key in keys if key in one)
    return before, "；".join(f"{key}: {flow(other[key])}" for key in keys if key in other)


def show_changes(changes: Sequence[Change], old: Rulebook, new: Rulebook, lang: Lang) -> None:
    """Print the differences."""
    line(f"{old.name} {old.version} → {new.version} ({new.id})", style="bold")
    if not changes:
        line(say("diff-none", lang))
        return
    rows = [
        [
            say(f"diff-{one.kind}", lang),
            one.name,
            say(f"diff-{one.how}", lang),
            one.before or NOTHING,
            one.after or NOTHING,
        ]
        for one in changes
    ]
    out().print(table(("kind", "what", "change", "before", "after"), rows, lang, fixed=("kind", "change")))
    if not any(one.how != "wording" for one in changes):
        line(say("diff-wording-only", lang))


@dataclass(frozen=True)
class Effect:
    """What a change of rules does to one duty on one day; days are due dates, None where there is no duty."""

    rule: str
    object: str
    occurrence: str
    how: str
    before: date | None
    after: date | None
    person: str


def effects(
    old: Rulebook, new: Rulebook, book: Book, day: date, calendar: Calendar, names: Names
) -> list[Effect]:
    """The duties of a day that appear, vanish, or fall due on another day."""
    sides = [derive((side,), book, day, calendar=calendar) for side in (old, new)]
    duties = [{_id(row): row for row in side.duties.to_pylist()} for side in sides]
    people: dict[tuple[str, str, str], str] = {}
    for side in sides:
        for row in side.assignments.to_pylist():
            people[_id(row)] = (
                names.person(row["employee"]) if row["employee"] else label(row["post"], names.lang)
            )
    found = []
    for key in sorted({*duties[0], *duties[1]}):
        one, other = duties[0].get(key), duties[1].get(key)
        if one and other and (one["due"], one["state"]) == (other["due"], other["state"]):
            continue
        how = "moved" if one and other else _how(one, other)
        found.append(Effect(*key, how, one and one["due"], other and other["due"], people.get(key, NOTHING)))
    return found


def _id(row: Row) -> tuple[str, str, str]:
    return row["rule"], row["object"], row["occurrence"]


def show_effects(found: Sequence[Effect], rules: Mapping[str, Rule], names: Names, day: date) -> None:
    """Print what changes for whom."""
    lang = names.lang
    line()
    people = len({one.person for one in found})
    line(say("effects-title", lang, day=day, count=len(found), people=people), style="bold")
    rows = [
        [
            one.person,
            rules[one.rule].name,
            str(names.thing(rules[one.rule].table, one.object, *_contract(rules[one.rule], one))),
            say(f"effect-{one.how}", lang),
            str(one.before or NOTHING),
            str(one.after or NOTHING),
        ]
        for one in sorted(found, key=lambda one: (one.person, one.rule, one.object))[:_SHOWN]
    ]
    if rows:
        heads = ("person", "duty", "object", "change", "before", "after")
        out().print(table(heads, rows, lang, fixed=("before", "after", "change")))
    if len(found) > _SHOWN:
        line("  " + say("more-rows-json", lang, count=len(found) - _SHOWN), style=FAINT)


def _contract(rule: Rule, one: Effect) -> tuple[str | None]:
    return (one.object if rule.table == "contract" else None,)


def as_document(changes: Sequence[Change], found: Sequence[Effect]) -> dict[str, Any]:
    """The differences for a program."""
    return {
        "changes": [{field.name: getattr(one, field.name) for field in fields(one)} for one in changes],
        "effects": [{field.name: _plain(getattr(one, field.name)) for field in fields(one)} for one in found],
    }


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, date) else value
