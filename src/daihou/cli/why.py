"""Why a rule says what it says of one object: article, figures, values, result, the days counted out."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from daihou.book import Book, ColumnType, declared
from daihou.cli.names import Names, label_of_flag
from daihou.cli.screen import FAINT, line
from daihou.cli.tasks import column_words, kinds_of, notes, refusal_words, rules_of
from daihou.cli.words import NOTHING, joined, label, say
from daihou.cli.written import figure_named, figure_steps, steps_words
from daihou.engine import Results, derive
from daihou.rulebook import Rule, Rulebook, figures_of, nodes, nodes_of
from daihou.terms import Lang, terms
from daihou.units import Calendar, format_yuan

_LONGEST_COUNT = 62
"""Days that are still written out one by one."""
_NEAREST = 5

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Answer:
    """All that was found about one rule and one object on one day."""

    rule: Rule
    rulebook: Rulebook
    key: str
    row: Row | None
    results: Results
    near: tuple[str, ...]

    def rows(self, table: str) -> list[Row]:
        """The results about the object."""
        return [row for row in getattr(self.results, table).to_pylist() if row["object"] == self.key]


def ask(
    rulebooks: Sequence[Rulebook], book: Book, rule: Rule, target: str, day: date, calendar: Calendar
) -> Answer:
    """Derive one rule for a day and look at one object, named by its key, or by its own or its client's name."""
    rulebook = next(one for one in rulebooks if one.rule(rule.id) is not None)
    rows = dict(_rows(book, rule.table))
    key, near = _key(rows, book, rule, target)
    results = derive(rulebooks, book, day, scope="history", calendar=calendar, only=[rule.id])
    return Answer(rule, rulebook, key, rows.get(key), results, near)


def _rows(book: Book, table: str) -> Iterator[tuple[str, Row]]:
    held = book.tables.get(table)
    if held is None:
        return
    key = declared()[table].key
    for row in held.to_pylist():
        parts = [row[column] for column in key]
        yield "/".join(part.isoformat() if isinstance(part, date) else str(part) for part in parts), row


def _key(rows: Mapping[str, Row], book: Book, rule: Rule, target: str) -> tuple[str, tuple[str, ...]]:
    """The key meant, and near ones where nothing bears that key or name."""
    if target in rows:
        return target, ()
    names = Names(book, {}, date.min, "zh")
    found = [key for key, row in rows.items() if target in _called(names, rule.table, key, row)]
    if len(found) == 1:
        return found[0], ()
    near = found or [key for key in rows if target in key]
    closest = terms().closest(target, list(rows)) if not near else None
    return target, tuple((near or ([closest] if closest else []))[:_NEAREST])


def _called(names: Names, table: str, key: str, row: Row) -> set[str]:
    """The names by which people may ask for a row."""
    client = row.get("client") or row.get("party")
    return {names.title(table, key) or "", names.title("party", str(client)) or "" if client else ""} - {""}


def show_answer(answer: Answer, names: Names, calendar: Calendar) -> bool:
    """Print an answer; False where the register has no such object."""
    rule, lang, day = answer.rule, names.lang, answer.results.as_of
    line(say("explain-title", lang, name=rule.name, rule=rule.id, day=day), style="bold")
    line(say("explain-article", lang, article=rule.citation, sense=rule.sense, source=rule.source))
    if answer.row is None:
        line(say("explain-absent", lang, table=label(rule.table, lang), object=names.shown(answer.key)))
        if answer.near:
            near = [names.shown(key) for key in answer.near]
            line(say("explain-near", lang, keys=joined(near, lang)))
        return False
    contract = answer.key if rule.table == "contract" else _text(answer.row.get("contract"))
    party = _text(answer.row.get("client") or answer.row.get("party"))
    line(say("explain-object", lang, object=names.thing(rule.table, answer.key, contract, party)))
    place = say("explain-place", lang, sheet=answer.row["_sheet"], row=answer.row["_row"])
    line(say("explain-values", lang, values=joined(values_of(answer, names), lang) or NOTHING, place=place))
    for said in figures_said(answer, lang):
        line(say("explain-figure", lang, figure=said))
    line()
    if not _told(answer, names, calendar):
        line(say("explain-none", lang))
    return True


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def values_of(answer: Answer, names: Names) -> list[str]:
    """The register's values of the columns that the rule reads on its own row."""
    rule, lang = answer.rule, names.lang
    read = {
        part.path[0] if part.path else part.name
        for node in nodes_of((rule, _facts_of(answer)))
        for part in node.walk()
        if isinstance(part, nodes.Column) and part.scope is nodes.Scope.OWN and part.base == rule.table
    }
    said = []
    for column in declared()[rule.table].columns.values():
        if column.id in read and answer.row is not None:
            value = answer.row.get(column.id)
            said.append(f"{label(column.id, lang)} {_value(value, column.type, names)}")
    return said


def _facts_of(answer: Answer) -> tuple[nodes.Node, ...]:
    """Formulas of the facts that the rule reads on its own row."""
    table, facts = answer.rule.table, answer.rulebook.facts
    found = []
    for node in nodes_of(answer.rule):
        if isinstance(node, nodes.Column) and node.fact and not node.path and node.base == table:
            fact = facts.get((table, node.name))
            if fact is not None and fact.formula is not None:
                found.append(fact.formula)
    return tuple(found)


def _value(value: object, kind: ColumnType, names: Names) -> str:
    if value is None:
        return NOTHING
    if isinstance(value, bool):
        return label_of_flag(flag=value, lang=names.lang)
    if kind is ColumnType.FEN and isinstance(value, int):
        return format_yuan(value)
    if kind is ColumnType.ENUM:
        return label(str(value), names.lang)
    return names.shown(str(value))


def figures_said(answer: Answer, lang: Lang) -> list[str]:
    """The figures that the rule rests on, with value, first day and source."""
    said = []
    for name in sorted(figures_of(answer.rule, answer.rulebook.facts)):
        figure = figure_named(answer.rulebook, name)
        if figure is not None:
            source = joined(list(figure.citations), lang) or NOTHING
            ours = say("ours", lang) if figure.ours else ""
            said.append(f"{figure.name} = {steps_words(figure_steps(figure, lang), lang)} ({source}{ours})")
    return said


def _told(answer: Answer, names: Names, calendar: Calendar) -> bool:
    """Print what came of it; False where nothing did."""
    lang = names.lang
    duties = answer.rows("duties")
    for duty in duties:
        _show_duty(answer, duty, names, calendar)
    for row in answer.rows("warnings"):
        shown = joined(names.evidence(row["evidence"], kinds_of(answer.rule)), lang)
        level = label(row["level"], lang)
        line(say("explain-level", lang, level=level, episode=row["episode"] or NOTHING, evidence=shown))
    for row in answer.rows("grades"):
        cause = say(f"cause-{row['cause']}", lang)
        line(say("explain-grade", lang, level=label(row["level"], lang), cause=cause))
    for row in answer.rows("gates"):
        words = joined(refusal_words(answer.rule, row["object"], row["reasons"], names), lang) or NOTHING
        code = "explain-allowed" if row["allowed"] else "explain-refused"
        line(say(code, lang) if row["allowed"] else say(code, lang, reasons=words))
    for row in answer.rows("gaps"):
        part = say(f"part-{row['part']}", lang)
        line(say("explain-gap", lang, part=part, columns=column_words(row["columns"], names)))
    kinds = ("warnings", "grades", "gates", "gaps")
    return bool(duties) or any(answer.rows(kind) for kind in kinds)


def _show_duty(answer: Answer, duty: Row, names: Names, calendar: Calendar) -> None:
    lang = names.lang
    parts = {part: duty[part] or NOTHING for part in ("start", "opens", "due", "done")}
    occurrence = duty["occurrence"] or say("only-once", lang)
    state = label(duty["state"], lang)
    line(say("explain-row", lang, occurrence=occurrence, state=state, **parts), style="bold")
    start, due = duty["start"], duty["due"]
    if start is not None and due is not None and start < due:
        _count_out(start, due, calendar, lang)
    for person in answer.rows("assignments"):
        if person["occurrence"] == duty["occurrence"]:
            said = notes(duty, person, names)
            who = names.person(person["employee"]) if person["employee"] else say("nobody", lang)
            if person["pool"]:
                who = say("pool", lang)
            post = label(names.post(person["post"], person["employee"]), lang)
            line("  " + say("explain-person", lang, who=who, post=post, notes=joined(said, lang) or NOTHING))
    for step in answer.rows("escalations"):
        if step["occurrence"] == duty["occurrence"]:
            post = label(step["post"], lang)
            line("  " + say("explain-told", lang, day=step["reached_on"], post=post))


def _count_out(start: date, due: date, calendar: Calendar, lang: Lang) -> None:
    """The days from start to due: how many, how many of them working days, which holidays are passed."""
    days = [start + timedelta(days=k) for k in range(1, (due - start).days + 1)]
    holidays: dict[str, list[date]] = {}
    for one in days:
        name = calendar.name(one)
        if name:
            holidays.setdefault(name, []).append(one)
    passed = [f"{name} {_span(found)}" for name, found in holidays.items()]
    said = say(
        "explain-count",
        lang,
        start=start,
        due=due,
        days=len(days),
        working=calendar.count_working_days(start, due),
        holidays=joined(passed, lang) or say("explain-no-holiday", lang),
    )
    if calendar.assumed_between(start, due):
        said += say("explain-assumed", lang)
    line("  " + said)
    if len(days) <= _LONGEST_COUNT:
        line("  " + _day_by_day(days, calendar), style=FAINT)


def _span(days: Sequence[date]) -> str:
    first, last = days[0], days[-1]
    return f"{first:%m-%d}" if first == last else f"{first:%m-%d}…{last:%m-%d}"


def _day_by_day(days: Sequence[date], calendar: Calendar) -> str:
    """Every day with its number; working days counted in round brackets, rest days marked with a dot."""
    said, working = [], 0
    for number, one in enumerate(days, 1):
        working += calendar.is_working(one)
        said.append(f"{number}:{one:%m-%d}" + (f"({working})" if calendar.is_working(one) else "·"))
    return " ".join(said)


def as_document(answer: Answer) -> dict[str, Any]:
    """An answer for a program."""
    document: dict[str, Any] = {
        "as_of": answer.results.as_of.isoformat(),
        "rule": answer.rule.id,
        "article": answer.rule.citation,
        "object": answer.key,
        "found": answer.row is not None,
        "near": list(answer.near),
        "figures": figures_said(answer, "zh"),
    }
    for table in ("duties", "assignments", "escalations", "warnings", "grades", "gates", "gaps"):
        document[table] = [
            {key: value.isoformat() if isinstance(value, date) else value for key, value in row.items()}
            for row in answer.rows(table)
        ]
    return document


def rules_by_id(answer: Answer) -> Mapping[str, Rule]:
    """The rules of the answer's book, for names in keys."""
    return rules_of([answer.rulebook])
