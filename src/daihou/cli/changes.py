"""What would change with other rules, for people: on the day by rule with examples, on whom, and in the months ahead."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from rich.text import Text

from daihou.cli.names import Names
from daihou.cli.screen import FAINT, line, out, table
from daihou.cli.words import NOTHING, label, say
from daihou.engine import Change, Comparison, Forecast, Moved
from daihou.rulebook import Rule, Rulebook

_EXAMPLES = 3
_LISTED = 15
_HEADS = ("before", "after", "difference", "moved")
_HOWS = ("more", "less", "earlier", "later", "person", "otherwise")


def show_comparison(
    found: Comparison,
    sides: tuple[Forecast, Forecast],
    rules: Mapping[str, Rule],
    names: Names,
    *,
    every: bool,
) -> None:
    """Print what would change; ``every``: all examples."""
    lang, (before, _) = names.lang, sides
    out().print(Text(say("title-against", lang, day=before.as_of, end=before.until), style="bold reverse"))
    if found.empty:
        line(say("against-nothing", lang))
        return
    line()
    line(say("against-day", lang, day=before.as_of), style="bold")
    if found.moved:
        _moved(found.moved, rules, names, every=every)
    else:
        line(say("against-day-nothing", lang))
    if found.load:
        line()
        line(say("against-load", lang), style="bold")
        out().print(_people_table(found.load, names, every=every))
    line()
    line(say("against-ahead", lang, end=before.until), style="bold")
    if not found.ahead_rules and not found.ahead_people:
        line(say("against-ahead-nothing", lang))
        return
    rows = [
        [rules[one.rule].said(lang), *_numbers(one.before, one.after, one.moved)]
        for one in _largest(found.ahead_rules, every=every)
    ]
    if rows:
        out().print(_right(table(("duty", *_HEADS), rows, lang)))
    if found.ahead_people:
        line()
        out().print(_people_table(found.ahead_people, names, every=every))


def _numbers(before: int, after: int, moved: int) -> list[str]:
    return [
        str(before),
        str(after),
        f"{after - before:+d}" if after != before else NOTHING,
        str(moved or NOTHING),
    ]


def _largest(changes: Sequence[Change], *, every: bool) -> list[Change]:
    ranked = sorted(changes, key=lambda one: (-abs(one.after - one.before) - one.moved, one.rule))
    return ranked if every else ranked[:_LISTED]


def _right(made: Any) -> Any:
    for column in made.columns[-len(_HEADS) :]:
        column.justify = "right"
    return made


def _people_table(changes: Sequence[Change], names: Names, *, every: bool) -> Any:
    """Post, person, and the sum with the old and the new rules."""
    sums: defaultdict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0, 0])
    for one in changes:
        who = (label(names.post(one.post, one.employee), names.lang), names.person(one.employee))
        sums[who][0] += one.before
        sums[who][1] += one.after
        sums[who][2] += one.moved
    ranked = sorted(sums.items(), key=lambda item: (-abs(item[1][1] - item[1][0]) - item[1][2], item[0]))
    rows = [[*who, *_numbers(*counts)] for who, counts in (ranked if every else ranked[:_LISTED])]
    return _right(table(("post", "person", *_HEADS), rows, names.lang))


def _moved(moved: Sequence[Moved], rules: Mapping[str, Rule], names: Names, *, every: bool) -> None:
    """How many results of each rule are new, gone or moved; then some of each."""
    lang = names.lang
    counted: defaultdict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for one in moved:
        counted[one.kind, one.rule][one.how] += 1
    rows = [
        [
            say(f"kind-{kind}", lang),
            rules[rule].said(lang),
            *(str(count[how]) if count[how] else NOTHING for how in _HOWS),
        ]
        for (kind, rule), count in sorted(counted.items())
    ]
    made = table(("kind", "rule", *(f"how-{how}" for how in _HOWS)), rows, lang)
    for column in made.columns[2:]:
        column.justify = "right"
    out().print(made)
    line()
    shown: Counter[tuple[str, str]] = Counter()
    left = 0
    for one in moved:
        shown[one.rule, one.how] += 1
        if not every and shown[one.rule, one.how] > _EXAMPLES:
            left += 1
            continue
        line(f"  {_example(one, rules[one.rule], names)}")
    if left:
        line(say("more-rows", lang, count=left), style=FAINT)


def _example(one: Moved, rule: Rule, names: Names) -> str:
    lang = names.lang
    if one.kind == "warning":
        thing = names.party(one.object)
    else:
        contract = one.contract or (one.object if rule.table == "contract" else None)
        thing = str(names.thing(rule.table, one.object, contract))
    said = {"how": say(f"head-how-{one.how}", lang), "rule": rule.said(lang), "object": thing}
    before, after = (_value(one, value, names) for value in (one.before, one.after))
    return say("against-example", lang, **said, before=before, after=after)


def _value(one: Moved, value: str, names: Names) -> str:
    lang = names.lang
    if not value:
        return NOTHING
    if one.how == "person":
        return "+".join(names.title("employee", who) or label(who, lang) for who in value.split(","))
    if one.kind == "gate":
        return say("allowed" if value == "true" else "refused", lang)
    return value if value[:1].isdigit() else label(value, lang)


def as_document(
    found: Comparison,
    sides: tuple[Forecast, Forecast],
    rulebooks: tuple[Sequence[Rulebook], Sequence[Rulebook]],
    names: Names,
) -> dict[str, Any]:
    """What would change, for a program."""
    before, after = (
        [{"id": book.id, "version": book.version, "fingerprint": book.fingerprint} for book in books]
        for books in rulebooks
    )
    return {
        "as_of": sides[0].as_of.isoformat(),
        "until": sides[0].until.isoformat(),
        "before": before,
        "after": after,
        "day": [
            {key: names.shown(v) if isinstance(v, str) else v for key, v in asdict(one).items()}
            for one in found.moved
        ],
        "load": _plain(found.load),
        "ahead_rules": _plain(found.ahead_rules),
        "ahead_people": _plain(found.ahead_people),
    }


def _plain(changes: Sequence[Change]) -> list[dict[str, object]]:
    return [asdict(one) for one in changes]
