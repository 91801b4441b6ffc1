"""Why a rule says what it says of one object: article, values, result, the days counted out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from daihou.book import Book, declared
from daihou.cli.show import console
from daihou.cli.words import label, masked, say
from daihou.cli.worklist import Names, evidence_words
from daihou.engine import Results, derive
from daihou.rulebook import Gate, Rule, Rulebook, nodes_of
from daihou.rulebook.nodes import Column, Scope
from daihou.terms import Lang
from daihou.units import Calendar, format_yuan


def show_why(
    rulebooks: Sequence[Rulebook],
    book: Book,
    rule_id: str,
    key: str,
    day: date,
    calendar: Calendar,
    lang: Lang,
) -> bool:
    """Print the answer; False where the register has no such object."""
    out = console()
    rule = next(found for one in rulebooks if (found := one.rule(rule_id)))
    row = _row(book, rule.table, key)
    out.print(
        say("explain-title", lang, name=rule.name, rule=rule.id, object=masked(key), day=day.isoformat()),
        style="bold",
    )
    out.print(f"{say('says-article', lang)}: {rule.citation}", markup=False)
    out.print(f"{say('says-sense', lang)}: {rule.sense}", markup=False)
    if row is None:
        out.print(say("explain-absent", lang, object=masked(key)))
        return False
    _values(rule, row, lang)
    results = derive(rulebooks, book, day, scope="history", calendar=calendar, only=[rule.id])
    if not _told(results, rule, key, Names(book, lang), calendar, lang):
        out.print(say("explain-none", lang))
    return True


def _row(book: Book, table: str, key: str) -> Mapping[str, object] | None:
    found = book.tables.get(table)
    if found is None:
        return None
    columns = [found[column].to_pylist() for column in declared()[table].key]
    for place, parts in enumerate(zip(*columns, strict=True)):
        if "/".join(part.isoformat() if isinstance(part, date) else str(part) for part in parts) == key:
            return {name: found[name][place].as_py() for name in found.column_names}
    return None


def _values(rule: Rule, row: Mapping[str, object], lang: Lang) -> None:
    """The register's values of the columns that the rule reads on its own row."""
    read = {
        part.path[0] if part.path else part.name
        for node in nodes_of(rule)
        for part in node.walk()
        if isinstance(part, Column) and part.scope is Scope.OWN and part.base == rule.table
    }
    shown = []
    for column in declared()[rule.table].columns.values():
        if column.id in read:
            value = row.get(column.id)
            said = "—" if value is None else masked(label(str(value), lang))
            if value is not None and column.type == "fen":
                said = format_yuan(int(str(value)))
            shown.append(f"{label(column.id, lang)} {said}")
    console().print(f"{say('explain-values', lang)}: {'，'.join(shown) or '—'}", markup=False)


def _told(results: Results, rule: Rule, key: str, names: Names, calendar: Calendar, lang: Lang) -> bool:
    out, said = console(), False
    for row in results.duties.to_pylist():
        if row["object"] == key:
            said = True
            _duty(row, results, names, calendar, lang)
    for row in results.warnings.to_pylist():
        if row["object"] == key:
            said = True
            shown = evidence_words(row["evidence"], lang)
            out.print(
                say(
                    "explain-level",
                    lang,
                    level=label(row["level"], lang),
                    episode=row["episode"],
                    evidence=shown,
                )
            )
    for row in results.grades.to_pylist():
        if row["object"] == key:
            said = True
            out.print(
                say("explain-grade", lang, level=label(row["level"], lang), cause=label(row["cause"], lang))
            )
    for row in results.gates.to_pylist():
        if row["object"] == key and isinstance(rule, Gate):
            said = True
            words = (
                "；".join(
                    rule.refusals[int(place)].words for place in filter(None, row["reasons"].split(","))
                )
                or "—"
            )
            out.print(
                say(
                    "explain-gate",
                    lang,
                    allowed=say("said-yes" if row["allowed"] else "said-no", lang),
                    reasons=words,
                )
            )
    for row in results.gaps.to_pylist():
        if row["object"] == key:
            said = True
            columns = "、".join(
                label(column.split(".")[-1], lang) for column in filter(None, row["columns"].split(","))
            )
            out.print(say("explain-gap", lang, part=label(row["part"], lang), columns=columns or "—"))
    return said


def _duty(row: Mapping[str, object], results: Results, names: Names, calendar: Calendar, lang: Lang) -> None:
    out = console()
    shown = {part: "—" if row[part] is None else str(row[part]) for part in ("start", "opens", "due", "done")}
    out.print(
        say(
            "explain-row",
            lang,
            occurrence=row["occurrence"] or "·",
            state=label(str(row["state"]), lang),
            **shown,
        )
    )
    start, due = row["start"], row["due"]
    if isinstance(start, date) and isinstance(due, date) and start < due:
        days = [start + timedelta(days=k) for k in range(1, (due - start).days + 1)]
        passed = sorted({name for day in days if (name := calendar.name(day))})
        out.print(
            "  " + say(
                "explain-count", lang, start=start, due=due, days=len(days), working=calendar.count_working_days(start, due),
                holidays="、".join(passed) or say("explain-no-holiday", lang),
            )
        )  # fmt: skip
    mine = [
        a
        for a in results.assignments.to_pylist()
        if (a["object"], a["occurrence"]) == (row["object"], row["occurrence"])
    ]
    for person in mine:
        out.print(
            "  "
            + say("explain-person", lang, who=names.person(person["employee"]) or label(person["post"], lang))
        )
