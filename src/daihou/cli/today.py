"""The day on the screen: at a glance per person, then what each must do, then warnings and what could not be judged."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import chain, groupby

from rich.text import Text

from daihou.cli.names import Names
from daihou.cli.screen import FAINT, LATE, SOON, line, out, table
from daihou.cli.tasks import (
    Gap,
    Line,
    asked_gates,
    duty_lines,
    gap_lines,
    gate_cells,
    grade_cells,
    rules_of,
    warning_cells,
)
from daihou.cli.words import NOTHING, joined, label, say
from daihou.engine import Results
from daihou.rulebook import Rule, Rulebook
from daihou.terms import Lang
from daihou.units import Calendar

A_PERSON, A_LIST = 5, 12
"""Rows shown per person, and of warnings and refusals, unless all are asked for."""
A_POST = 12
"""People shown of one post, unless all are asked for: of more, those with the most overdue duties."""
_SOON_WORKING_DAYS = 3
_WIDE = 110
"""Columns of a terminal from which an object and a deadline fit on one line."""
_NAMED = 3


def show_day(
    results: Results, rulebooks: Sequence[Rulebook], names: Names, calendar: Calendar, *, every: bool = False
) -> None:
    """Print the day's work; ``every``: all rows, not only the most urgent."""
    rules, lang = rules_of(rulebooks), names.lang
    lines = duty_lines(results, rules, names, calendar)
    lacking = _lacking(gap_lines(results, rules, names))
    late = sum(state in ("overdue", "missed") for state in results.duties["state"].to_pylist())
    console = out()
    title = say(
        "title-day",
        lang,
        day=day_words(results.as_of, lang),
        duties=results.duties.num_rows,
        overdue=late,
        warnings=results.warnings.num_rows,
    )
    console.print(Text(title, style="bold reverse"))
    soon = calendar.add_working_days(results.as_of, _SOON_WORKING_DAYS)
    posts = _people(lines, every=every)
    if lines:
        _glance(posts, results.as_of, soon, lang)
    for post in posts:
        for person, mine in post.shown.items():
            _person(post.id, person, mine, soon, lang, every=every)
            _missing(lacking.pop((post.id, person), ()), lang)
        for person in post.rest:  # counted, so they are not shown for what they lack either
            lacking.pop((post.id, person), None)
    _only_missing(lacking, lang, every=every)
    _warnings(results, rulebooks, rules, names, every=every)
    _gates(results, rules, names, every=every)
    _listed(
        "grades", [c for c in grade_cells(results, rules, names) if c[5]], (0, 1, 4, 2, 3), lang, every=every
    )
    _unjudged(results, rules, lang)


_HEADS = {
    "grades": ("rule", "object", "previous", "class", "cause"),
    "refusals": ("rule", "object", "reason"),
}


def day_words(day: date, lang: Lang) -> str:
    """A day with its weekday."""
    return f"{day.isoformat()} {say(f'weekday-{day.isoweekday()}', lang)}"


@dataclass(frozen=True)
class _Post:
    """The duties of one post by person: those who are shown one by one, and the rest, who are counted."""

    id: str
    shown: Mapping[str, Sequence[Line]]
    rest: Mapping[str, Sequence[Line]]


def _people(lines: Sequence[Line], *, every: bool) -> list[_Post]:
    """Posts in the order of the lines, of each the people to be shown."""
    found = []
    for post, ours in groupby(lines, key=lambda one: one.post):
        people = {person: list(mine) for person, mine in groupby(ours, key=lambda one: one.person)}
        shown = list(people)
        if len(shown) > A_POST and not every:
            shown = sorted(shown, key=lambda person: -sum(one.late for one in people[person]))[:A_POST]
        rest = {person: mine for person, mine in people.items() if person not in shown}
        found.append(_Post(post, {person: people[person] for person in shown}, rest))
    return found


def _glance(posts: Sequence[_Post], today: date, soon: date, lang: Lang) -> None:
    """Post, person, and how many duties are overdue, due today, soon and later."""
    rows: list[list[str | Text]] = []
    for post in posts:
        people = list(post.shown.items())
        if post.rest:
            people.append((say("other-people", lang, count=len(post.rest)), list(chain(*post.rest.values()))))
        for person, mine in people:
            count = Counter(_when(one, today, soon) for one in mine)
            late = Text(str(count["late"] or NOTHING), style=LATE if count["late"] else FAINT)
            numbers = [str(count[when] or NOTHING) for when in ("today", "soon", "later", "done")]
            rows.append([label(post.id, lang), person, late, *numbers, str(sum(count.values()))])
    made = table(("post", "person", "overdue", "today", "soon", "later", "over", "total"), rows, lang)
    for column in made.columns[2:]:
        column.justify = "right"
    line()
    out().print(made)


def _when(one: Line, today: date, soon: date) -> str:
    if one.late or one.over:
        return "late" if one.late else "done"
    if one.due is None or one.due > soon:
        return "later"
    return "today" if one.due <= today else "soon"


def _person(post: str, person: str, mine: Sequence[Line], soon: date, lang: Lang, *, every: bool) -> None:
    groups = [list(same) for _, same in groupby(sorted(mine, key=_Rank(mine)), key=lambda o: (o.rule, o.key))]
    shown = groups if every else groups[:A_PERSON]
    rows = [_task_row(group, soon, lang) for group in shown]
    line()
    line(Text.assemble((label(post, lang), "bold"), " · ", (person, "bold cyan")))
    out().print(table(("deadline", "duty", "object", "article"), rows, lang, fixed=("deadline", "duty")))
    left = sum(len(group) for group in groups[len(shown) :])
    if left:
        line("  " + say("more-rows", lang, count=left), style=FAINT)


Lacking = Mapping[tuple[str, str], Sequence[Gap]]
"""What cannot be judged by post and person."""


def _lacking(gaps: Sequence[Gap]) -> dict[tuple[str, str], list[Gap]]:
    found: dict[tuple[str, str], list[Gap]] = defaultdict(list)
    for gap in gaps:
        found[gap.post, gap.person].append(gap)
    return dict(found)


def _missing(mine: Sequence[Gap], lang: Lang) -> None:
    """How many things of one person cannot be judged, and what is missing, the most first."""
    if not mine:
        return
    counted = Counter(gap.missing for gap in mine).most_common()
    told = joined([f"{missing} {count}" for missing, count in counted[:_NAMED]], lang)
    if len(counted) > _NAMED:
        told = say("and-more-missing", lang, shown=told, count=len(counted) - _NAMED)
    line("  " + say("missing", lang, count=len(mine), what=told), style=SOON)


def _only_missing(lacking: Lacking, lang: Lang, *, every: bool) -> None:
    """Those who are shown no duties, but asked for what is missing: the most first."""
    people = sorted(lacking.items(), key=lambda one: -len(one[1]))
    for (post, person), mine in people if every else people[:A_POST]:
        line()
        line(Text.assemble((label(post, lang), "bold"), " · ", (person, "bold cyan")))
        _missing(mine, lang)


class _Rank:
    """The order of first appearance of each rule and object, so that periods of one thing stand together."""

    def __init__(self, mine: Sequence[Line]) -> None:
        self._first: dict[tuple[str, str], int] = {}
        for place, one in enumerate(mine):
            self._first.setdefault((one.rule, one.key), place)

    def __call__(self, one: Line) -> int:
        return self._first[one.rule, one.key]


def _task_row(group: Sequence[Line], soon: date, lang: Lang) -> list[Text]:
    """One thing to do; several periods of it are told as a number behind the most urgent."""
    first, wide = group[0], out().width >= _WIDE
    style = (
        LATE if first.late else SOON if not first.over and first.due is not None and first.due <= soon else ""
    )
    periods = sum(one.periods for one in group)
    one = f"{first.duty} {first.period}".strip()
    duty = one if periods == 1 else say("periods", lang, duty=first.duty, count=periods)
    deadline = first.deadline if wide else first.deadline.replace(" (", "\n(")
    thing = str(first.thing) if wide else first.thing.on_lines()
    return [Text(deadline, style=style), Text(duty), Text(thing), Text(_article(first.article), style=FAINT)]


def _article(citation: str) -> str:
    """A citation on one line where there is room, else the article below its book."""
    return citation if out().width >= _WIDE else "\n".join(citation.rsplit(" ", 1))


def _warnings(
    results: Results, rulebooks: Sequence[Rulebook], rules: Mapping[str, Rule], names: Names, *, every: bool
) -> None:
    cells = warning_cells(results, rulebooks, rules, names)
    if not cells:
        return
    lang = names.lang
    counted = Counter(row[0] for row in cells)
    levels = joined([f"{level} {count}" for level, count in counted.items()], lang)
    line()
    line(Text(say("title-warnings", lang, levels=levels), style="bold"))
    rows: list[list[str | Text]]
    if every:
        rows = [[_level(row[0], lang), row[1], row[2], row[3]] for row in cells]
        out().print(table(("level", "signal", "party", "evidence"), rows, lang, fixed=("level",)))
        return
    rows = [
        [_level(level, lang), signal, str(len(same)), _some([row[2] for row in same], lang), same[0][3]]
        for (level, signal), found in groupby(cells, key=lambda row: (row[0], row[1]))
        for same in [list(found)]
    ]
    heads = ("level", "signal", "count", "party", "evidence")[: 5 if out().width >= _WIDE else 4]
    out().print(table(heads, [row[: len(heads)] for row in rows], lang, fixed=("level", "signal")))


def _level(level: str, lang: Lang) -> Text:
    return Text(level, style=LATE if level == label("severe", lang) else SOON)


def _some(parties: Sequence[str], lang: Lang) -> str:
    """The first few of those concerned."""
    more = len(parties) - _NAMED
    shown = joined(list(parties[:_NAMED]), lang)
    return say("and-more", lang, shown=shown, count=more) if more > 0 else shown


def _gates(results: Results, rules: Mapping[str, Rule], names: Names, *, every: bool) -> None:
    """By gate how many acts are allowed and refused; then the refused ones with their reasons."""
    lang = names.lang
    asked = asked_gates(results, rules, names)
    if not asked:
        return
    counts: dict[str, Counter[bool]] = defaultdict(Counter)
    for row in asked:
        counts[row["rule"]][row["allowed"]] += 1
    line()
    line(Text(say("title-gates", lang), style="bold"))
    rows = [
        [rules[rule].said(lang), str(count[True]), str(count[False]), _article(rules[rule].citation)]
        for rule, count in counts.items()
    ]
    out().print(table(("rule", "allowed-count", "refused-count", "article"), rows, lang, fixed=("rule",)))
    refused = [cells for cells in gate_cells(results, rules, names) if cells[2] == say("refused", lang)]
    _listed("refusals", refused, (0, 1, 3), lang, every=every)


def _listed(
    name: str, cells: Sequence[Sequence[str]], places: Sequence[int], lang: Lang, *, every: bool
) -> None:
    """A short list of refusals or changed classes."""
    if not cells:
        return
    line()
    line(Text(say(f"title-{name}", lang, count=len(cells)), style="bold"))
    shown = cells if every else cells[:A_LIST]
    rows = [[row[place] for place in places] for row in shown]
    out().print(table(_HEADS[name], rows, lang))
    if len(shown) < len(cells):
        line("  " + say("more-rows", lang, count=len(cells) - len(shown)), style=FAINT)


def _unjudged(results: Results, rules: Mapping[str, Rule], lang: Lang) -> None:
    """What could not be judged, and which rules sleep."""
    if results.gaps.num_rows or results.asleep:
        line()
    if results.gaps.num_rows:
        most = Counter(rules[rule].said(lang) for rule in results.gaps["rule"].to_pylist()).most_common(3)
        told = joined([f"{name} {count}" for name, count in most], lang)
        line(say("all-gaps", lang, count=results.gaps.num_rows, most=told))
    for rule, figures in results.asleep:
        if rule in rules:
            line(
                say(
                    "asleep",
                    lang,
                    rule=rules[rule].said(lang),
                    figures=joined([label(f, lang) for f in figures], lang),
                )
            )
