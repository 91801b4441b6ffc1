"""What people read of a day's results: rows with names instead of numbers, for the terminal and the workbook."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from daihou.book import declared, posts
from daihou.cli.names import Names, Thing
from daihou.cli.words import NOTHING, joined, label, say
from daihou.engine import Results
from daihou.papers.reading import form_for
from daihou.rulebook import Duty, Rule, Rulebook, Warning, nodes
from daihou.rulebook.written import chain_words
from daihou.units import Calendar, deadline_words

LATE_STATES = frozenset({"overdue", "missed"})
_ORDER = {"overdue": 0, "missed": 1, "open": 2}
_SEVERITY = {"severe": 0, "important": 1, "watch": 2}
_FLAGS = ("assumed", "late_entry", "postponed")

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Line:
    """One duty as one person sees it.

    ``post`` and ``state`` are identifiers, all else are words; ``periods``: how many occurrences it stands for.
    """

    person: str
    post: str
    due: date | None
    deadline: str
    state: str
    duty: str
    period: str
    thing: Thing
    article: str
    form: str
    chain: str
    note: str
    rule: str
    key: str
    periods: int

    @property
    def over(self) -> bool:
        """Whether nothing is left to be done."""
        return self.state not in _ORDER

    @property
    def late(self) -> bool:
        """Whether it should have been done already."""
        return self.state in LATE_STATES


def rules_of(rulebooks: Sequence[Rulebook]) -> Mapping[str, Rule]:
    """All rules by id."""
    return {rule.id: rule for rulebook in rulebooks for rule in rulebook.rules}


def duty_lines(results: Results, rules: Mapping[str, Rule], names: Names, calendar: Calendar) -> list[Line]:
    """The duties, one line per person: by post, person, overdue first, then by deadline."""
    people: dict[tuple[str, str, str], list[Row]] = defaultdict(list)
    for row in results.assignments.to_pylist():
        people[row["rule"], row["object"], row["occurrence"]].append(row)
    told = _Told(rules, names, results.as_of, calendar)
    lines = [
        _line(duty, person, told, names)
        for duty in results.duties.to_pylist()
        for person in people.get((duty["rule"], duty["object"], duty["occurrence"]), [{}])
    ]
    rank = {post: place for place, post in enumerate(posts())}
    lines.sort(
        key=lambda one: (
            rank.get(one.post, len(rank)),
            one.person,
            _ORDER.get(one.state, len(_ORDER)),
            one.due or date.max,
            one.rule,
            str(one.thing),
        )
    )
    return lines


class _Told:
    """Words that many lines share, each made once: of rules, and of the days on which something is due."""

    def __init__(self, rules: Mapping[str, Rule], names: Names, today: date, calendar: Calendar) -> None:
        self.rules, self.names, self.today, self.calendar = rules, names, today, calendar
        self._forms: dict[tuple[str, str | None], tuple[str, str]] = {}
        self._deadlines: dict[date, str] = {}

    def form(self, rule: Rule, kind: str | None) -> tuple[str, str]:
        """Form and approvals of a rule; ``kind``: of the client, for whom another form may stand in its place."""
        if (rule.id, kind) not in self._forms:
            own, lang = rule if isinstance(rule, Duty) else None, self.names.lang
            named = own.form if own else None
            found = form_for(named, kind) if named else None
            form = label(found.form if found else named, lang) if named else ""
            chain = chain_words(own.chain, lambda post: label(post, lang)) if own else ""
            self._forms[rule.id, kind] = form, chain
        return self._forms[rule.id, kind]

    def deadline(self, duty: Row) -> str:
        """When it is due, or was done."""
        due = duty["due"]
        if duty["done"] is not None:
            return say("done-on", self.names.lang, day=duty["done"])
        if due is None:
            return say("endless", self.names.lang)
        if due not in self._deadlines:
            self._deadlines[due] = deadline_words(due, self.today, self.calendar, self.names.lang)
        return self._deadlines[due]


def _line(duty: Row, person: Row, told: _Told, names: Names) -> Line:
    rule, lang = told.rules[duty["rule"]], names.lang
    name, post = whose(person, names)
    form, chain = told.form(rule, names.client_kind(duty["contract"], duty["party"]))
    return Line(
        person=name,
        post=post,
        due=duty["due"],
        deadline=told.deadline(duty),
        state=duty["state"],
        duty=rule.said(lang),
        period=rule.period_said(duty["occurrence"], lang) if isinstance(rule, Duty) else "",
        thing=names.thing(rule.table, duty["object"], duty["contract"], duty["party"]),
        article=rule.citation,
        form=form,
        chain=chain,
        note=joined(notes(duty, person, names), lang),
        rule=rule.id,
        key=duty["object"],
        periods=duty["missed_run"] if duty["run_from"] is not None else 1,
    )


def whose(person: Row, names: Names) -> tuple[str, str]:
    """The name of who has to do something, or that several may, or nobody; and the identifier of his post."""
    employee = person.get("employee")
    post = names.post(person.get("post"), employee) or ""
    if employee:
        return names.person(employee), post
    return say("pool" if person.get("pool") else "nobody", names.lang), post


def notes(duty: Row, person: Row, names: Names) -> list[str]:
    """What else must be known of a duty."""
    lang, said = names.lang, []
    if duty["run_from"] is not None:
        run = {"start": duty["run_from"], "end": duty["run_to"], "count": duty["missed_run"]}
        said.append(say("note-run", lang, **run))
    elif duty["missed_run"]:
        said.append(say("note-missed", lang, count=duty["missed_run"]))
    if duty["as_known"] is not None:
        said.append(say("note-known", lang, day=duty["as_known"]))
    said += [say(f"note-{flag.replace('_', '-')}", lang) for flag in _FLAGS if duty[flag]]
    if person.get("fallback"):
        said.append(say("note-fallback", lang))
    answerable = person.get("answerable")
    if duty["state"] in LATE_STATES and answerable and answerable != person.get("employee"):
        said.append(say("note-answerable", lang, name=names.person(answerable)))
    return said


def warning_cells(
    results: Results, rulebooks: Sequence[Rulebook], rules: Mapping[str, Rule], names: Names
) -> list[list[str]]:
    """Level, signal, party, evidence, proposed measures, article; severe first."""
    measures = {key: one for book in rulebooks for key, one in book.measures.items()}
    cells = []
    rows = sorted(
        results.warnings.to_pylist(), key=lambda r: (_SEVERITY.get(r["level"], 9), r["rule"], r["party"])
    )
    for row in rows:
        rule, lang = rules[row["rule"]], names.lang
        proposed = rule.measures if isinstance(rule, Warning) else ()
        said = [
            measures[one].name if lang == "zh" and one in measures else label(one, lang) for one in proposed
        ]
        cells.append(
            [
                label(row["level"], lang),
                rule.said(lang),
                _party(row, names),
                joined(names.evidence(row["evidence"], kinds_of(rule)), lang),
                joined(said, lang),
                rule.citation,
            ]
        )
    return cells


def kinds_of(rule: Rule) -> Mapping[str, nodes.Kind]:
    """Of what kind the figures are that show a warning."""
    return {name: node.type.kind for name, node in rule.evidence} if isinstance(rule, Warning) else {}


def _party(row: Row, names: Names) -> str:
    return " ".join(filter(None, (names.party(row["party"]), row["contract"])))


def grade_cells(results: Results, rules: Mapping[str, Rule], names: Names) -> list[list[str]]:
    """Rule, object, class, cause, class before, whether it changes; changes first."""
    rows = sorted(results.grades.to_pylist(), key=lambda r: not r["changed"])
    return [
        [
            rules[row["rule"]].said(names.lang),
            str(names.thing(rules[row["rule"]].table, row["object"], *_contract(rules, row))),
            label(row["level"], names.lang),
            say(f"cause-{row['cause']}", names.lang),
            label(row["previous"], names.lang),
            say("changes", names.lang) if row["changed"] else "",
        ]
        for row in rows
    ]


def _contract(rules: Mapping[str, Rule], row: Row) -> tuple[str | None]:
    """The contract, where the object is one."""
    return (row["object"] if rules[row["rule"]].table == "contract" else None,)


def asked_gates(results: Results, rules: Mapping[str, Rule], names: Names) -> list[Row]:
    """The gates of acts that are still to come; an act dated before the day has been done and is not asked about."""
    return [row for row in results.gates.to_pylist() if not _past(rules[row["rule"]], row, results, names)]


def _past(rule: Rule, row: Row, results: Results, names: Names) -> bool:
    dated = declared()[rule.table].date
    day = None if dated is None else names.read(rule.table, row["object"], (dated,))
    return isinstance(day, date) and day < results.as_of


def gate_cells(results: Results, rules: Mapping[str, Rule], names: Names) -> list[list[str]]:
    """Rule, object, allowed, reasons with their figures, article; refusals first."""
    cells = []
    for row in sorted(asked_gates(results, rules, names), key=lambda r: r["allowed"]):
        rule = rules[row["rule"]]
        shown = str(names.thing(rule.table, row["object"], *_contract(rules, row)))
        allowed = say("allowed" if row["allowed"] else "refused", names.lang)
        cells.append(
            [
                rule.said(names.lang),
                shown,
                allowed,
                names.shown(row["said" if names.lang == "zh" else "english"]),
                rule.citation,
            ]
        )
    return cells


@dataclass(frozen=True)
class Gap:
    """What a rule cannot judge of an object, as one of those sees it who are asked for what is missing; ``post`` is an identifier, all else are words."""

    person: str
    post: str
    rule: str
    thing: Thing
    part: str
    columns: str

    @property
    def missing(self) -> str:
        """The empty columns; where it is none of the object's own, what cannot be judged."""
        return self.part if self.columns == NOTHING else self.columns


def gap_lines(results: Results, rules: Mapping[str, Rule], names: Names) -> list[Gap]:
    """What cannot be judged, one line per person who is asked: by post, person, rule."""
    people: dict[tuple[str, str], list[tuple[str, str]]] = defaultdict(list)
    for row in results.gap_assignments.to_pylist():
        people[row["rule"], row["object"]].append(whose(row, names))
    parts: dict[str, str] = {}
    columns: dict[str, str] = {}
    found = []
    for row in results.gaps.to_pylist():
        rule = rules[row["rule"]]
        part = parts.setdefault(row["part"], say(f"part-{row['part']}", names.lang))
        empty = columns.setdefault(row["columns"], column_words(row["columns"], names))
        thing = names.thing(rule.table, row["object"], row["contract"], row["party"])
        found += [
            Gap(name, post, rule.said(names.lang), thing, part, empty)
            for name, post in people[row["rule"], row["object"]]
        ]
    rank = {post: place for place, post in enumerate(posts())}
    return sorted(
        found, key=lambda one: (rank.get(one.post, len(rank)), one.person, one.rule, str(one.thing), one.part)
    )


def gap_cells(results: Results, rules: Mapping[str, Rule], names: Names) -> list[list[str]]:
    """Who is asked, his post, rule, object, what cannot be judged, the empty columns."""
    return [
        [one.person, label(one.post, names.lang), one.rule, str(one.thing), one.part, one.columns]
        for one in gap_lines(results, rules, names)
    ]


def column_words(columns: str, names: Names) -> str:
    """Columns of a gap, paths with dots."""
    lang = names.lang
    paths = [".".join(label(step, lang) for step in path.split(".")) for path in columns.split(",") if path]
    return joined(paths, lang) if paths else NOTHING


def escalation_cells(results: Results, rules: Mapping[str, Rule], names: Names) -> list[list[str]]:
    """Duty, object, who is told, since when."""
    duties = {(d["rule"], d["object"], d["occurrence"]): d for d in results.duties.to_pylist()}
    cells = []
    for row in results.escalations.to_pylist():
        duty = duties.get((row["rule"], row["object"], row["occurrence"]))
        rule = rules[row["rule"]]
        known = (duty["contract"], duty["party"]) if duty else ()
        cells.append(
            [
                rule.said(names.lang),
                str(names.thing(rule.table, row["object"], *known)),
                label(row["post"], names.lang),
                row["reached_on"].isoformat(),
            ]
        )
    return cells
