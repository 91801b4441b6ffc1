"""What people read of a day's results: rows with names instead of numbers, for the terminal and for the workbook."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import xlsxwriter
from xlsxwriter.format import Format

from daihou.book import Book, Reading, declared
from daihou.cli.words import label, masked, say
from daihou.engine import Results
from daihou.rulebook import Duty, Rule, Rulebook, Warning
from daihou.terms import Lang
from daihou.units import Calendar, deadline_words, format_yuan

SHOWN_LATE = frozenset({"overdue", "missed"})
_ORDER = {"overdue": 0, "open": 1, "missed": 2}


@dataclass(frozen=True)
class Line:
    """One duty as one person sees it."""

    person: str
    post: str
    due: date | None
    deadline: str
    state: str
    duty: str
    object: str
    article: str
    form: str
    chain: str
    note: str
    rule: str


class Names:
    """Names of people, parties and contracts out of the book."""

    def __init__(self, book: Book, lang: Lang) -> None:
        self.lang = lang
        self._titles = {
            "employee": _pairs(book, "employee", "staff_no", "full_name"),
            "party": _pairs(book, "party", "party_no", "title"),
            "branch": _pairs(book, "branch", "branch_no", "title"),
            "company": _pairs(book, "company", "company_no", "title"),
        }
        self._clients = _pairs(book, "contract", "contract_no", "client")
        self._book = book
        self._days: dict[str, Mapping[str, date | None]] = {}

    def day(self, table: str, key: str) -> date | None:
        """The business date of a row, where its table has one; keys of one column only."""
        declaration = declared()[table]
        if declaration.date is None or len(declaration.key) != 1:
            return None
        if table not in self._days:
            found = self._book.tables.get(table)
            columns = (
                []
                if found is None
                else [found[name].to_pylist() for name in (declaration.key[0], declaration.date)]
            )
            self._days[table] = dict(zip(*columns, strict=True)) if columns else {}
        return self._days[table].get(key)

    def person(self, staff_no: str | None) -> str:
        """Name of an employee, the number where the register has no name."""
        return self._titles["employee"].get(staff_no or "", staff_no or "")

    def party(self, key: str | None) -> str:
        """Name of a party; a masked number where it has none."""
        return self._titles["party"].get(key or "", masked(key or "—"))

    def object(self, table: str, key: str, contract: str | None, party: str | None) -> str:
        """An object by what people know it by: its own name, its key, and the client's name."""
        own = self._titles.get(table, {}).get(key)
        if own:
            return own
        client = self._titles["party"].get(party or self._clients.get(contract or "", "") or "")
        shown = masked(key)
        if contract and contract not in key:
            shown = f"{contract} {shown}"
        return f"{shown} {client}" if client else shown


def _pairs(book: Book, table: str, key: str, value: str) -> Mapping[str, str]:
    found = book.tables.get(table)
    if found is None or key not in found.column_names or value not in found.column_names:
        return {}
    return dict(zip(found[key].to_pylist(), found[value].to_pylist(), strict=True))


def rules_of(rulebooks: Sequence[Rulebook]) -> Mapping[str, Rule]:
    """All rules by id."""
    return {rule.id: rule for rulebook in rulebooks for rule in rulebook.rules}


def duty_lines(results: Results, rules: Mapping[str, Rule], names: Names, calendar: Calendar) -> list[Line]:
    """Today's duties, one line per person, overdue first, then by deadline."""
    people: dict[tuple[str, str, str], list[Mapping[str, object]]] = {}
    for row in results.assignments.to_pylist():
        people.setdefault((row["rule"], row["object"], row["occurrence"]), []).append(row)
    lines: list[tuple[Mapping[str, object], Line]] = []
    for duty in results.duties.to_pylist():
        rule = rules[duty["rule"]]
        mine = people.get((duty["rule"], duty["object"], duty["occurrence"]), [{}])
        lines.extend((duty, _line(duty, row, rule, names, results.as_of, calendar)) for row in mine)
    lines.sort(
        key=lambda pair: (
            _ORDER.get(str(pair[0]["state"]), 3),
            pair[1].due or date.max,
            pair[1].rule,
            pair[1].object,
        )
    )
    return [line for _, line in lines]


def _line(
    duty: Mapping[str, object],
    person: Mapping[str, object],
    rule: Rule,
    names: Names,
    today: date,
    calendar: Calendar,
) -> Line:
    lang = names.lang
    due = duty["due"]
    post = label(_text(person.get("post")), lang)
    name = names.person(_text(person.get("employee")) or None)
    if not name:
        name = say("pool", lang, post=post) if person.get("pool") else say("nobody", lang)
    return Line(
        person=name,
        post=post,
        due=due if isinstance(due, date) else None,
        deadline=deadline_words(due, today, calendar, lang) if isinstance(due, date) else "—",
        state=label(_text(duty["state"]), lang),
        duty=rule.name,
        object=names.object(
            rule.table, str(duty["object"]), _text(duty["contract"]) or None, _text(duty["party"]) or None
        ),
        article=rule.citation,
        form=(rule.form or "") if isinstance(rule, Duty) else "",
        chain=" → ".join(label(post, lang) for post in rule.chain) if isinstance(rule, Duty) else "",
        note=_note(duty, lang),
        rule=rule.id,
    )


def _text(value: object) -> str:
    return "" if value is None else str(value)


def _note(duty: Mapping[str, object], lang: Lang) -> str:
    notes = []
    if duty["run_from"] is not None:
        notes.append(
            say("note-run", lang, start=duty["run_from"], end=duty["run_to"], count=duty["missed_run"])
        )
    elif duty["missed_run"]:
        notes.append(say("note-missed", lang, count=duty["missed_run"]))
    if duty["as_known"] is not None:
        notes.append(say("note-known", lang, day=duty["as_known"]))
    flags = (flag for flag in ("assumed", "late_entry", "postponed") if duty[flag])
    notes.extend(say(f"note-{flag.replace('_', '-')}", lang) for flag in flags)
    return "；".join(notes) if lang == "zh" else "; ".join(notes)


def evidence_words(text: str, lang: Lang) -> str:
    """Figures that show a warning: identifiers as words, money in yuan."""
    shown = []
    for part in filter(None, text.split("; ")):
        identifier, _, value = part.partition("=")
        said = label(value, lang) if value else "—"
        if value.lstrip("-").isdigit() and _is_money(identifier):
            said = format_yuan(int(value))
        shown.append(f"{label(identifier, lang)} {masked(said)}")
    return "，".join(shown) if lang == "zh" else ", ".join(shown)


def _is_money(identifier: str) -> bool:
    kinds = {
        str(table.columns[identifier].type) for table in declared().values() if identifier in table.columns
    }
    return kinds == {"fen"}


def warning_rows(results: Results, rules: Mapping[str, Rule], names: Names) -> list[list[str]]:
    """Level, signal, party, evidence, measures, article; severe first."""
    order = {"severe": 0, "important": 1, "watch": 2}
    rows = []
    for row in sorted(results.warnings.to_pylist(), key=lambda r: (order[r["level"]], r["rule"], r["party"])):
        rule = rules[row["rule"]]
        measures = " ".join(rule.measures) if isinstance(rule, Warning) else ""
        shown = evidence_words(row["evidence"], names.lang)
        rows.append(
            [
                label(row["level"], names.lang),
                rule.name,
                names.party(row["party"]),
                shown,
                measures,
                rule.citation,
            ]
        )
    return rows


def gate_rows(results: Results, rules: Mapping[str, Rule], names: Names) -> list[list[str]]:
    """What is refused of acts not yet done: rule, object, reasons, article. An act dated before the day has been done."""
    rows = []
    for row in results.gates.to_pylist():
        rule = rules[row["rule"]]
        done = names.day(rule.table, row["object"])
        if row["allowed"] or (done is not None and done < results.as_of):
            continue
        shown = names.object(rule.table, row["object"], None, None)
        rows.append([rule.name, shown, say("said-no", names.lang), row["said"], rule.citation])
    return rows


def write_worklist(
    path: Path,
    results: Results,
    reading: Reading,
    rulebooks: Sequence[Rulebook],
    calendar: Calendar,
    lang: Lang,
) -> None:
    """The day as a workbook: duties, warnings, classes, gates, gaps, escalations, rows left out, fingerprints."""
    rules, names = rules_of(rulebooks), Names(reading.book, lang)
    with xlsxwriter.Workbook(str(path), {"strings_to_urls": False, "strings_to_formulas": False}) as book:
        styles = {
            "head": book.add_format({"bold": True, "bg_color": "#E9EEF5", "bottom": 1, "text_wrap": True}),
            "late": book.add_format({"font_color": "#B42318"}),
            "plain": book.add_format({}),
        }
        late = frozenset(label(state, lang) for state in SHOWN_LATE)
        lines = sorted(
            duty_lines(results, rules, names, calendar),
            key=lambda x: (x.person, x.state not in late, x.due or date.max),
        )
        pages: dict[str, list[list[str]]] = {
            "duties": [[getattr(line, head) for head in _PAGES["duties"]] for line in lines],
            "warnings": warning_rows(results, rules, names),
            "gates": gate_rows(results, rules, names),
            "left-out": [
                [
                    f.sheet,
                    str(f.row or ""),
                    label(f.column, lang),
                    f.value or "",
                    f.reason(lang),
                    f.remedy(lang),
                ]
                for f in reading.faults
            ],
            "marks": [[b.name, b.id, b.version, b.fingerprint] for b in rulebooks]
            + [["", "", results.as_of.isoformat(), results.fingerprint]],
            **_small_pages(results, rules, names),
        }
        for name, heads in _PAGES.items():
            _sheet(book, styles, lang, name, heads, pages[name], late)


_PAGES: Mapping[str, Mapping[str, int]] = {
    "duties": {
        "person": 14, "post": 16, "deadline": 30, "state": 8, "duty": 20, "object": 34, "article": 26, "form": 18, "chain": 30, "note": 22,
    },
    "warnings": {"level": 8, "signal": 24, "party": 30, "evidence": 50, "measures": 16, "article": 26},
    "grades": {"rule": 24, "object": 36, "class": 12, "cause": 14},
    "gates": {"rule": 24, "object": 36, "allowed": 8, "reason": 50, "article": 26},
    "gaps": {"rule": 24, "object": 36, "part": 12, "columns": 30},
    "escalations": {"duty": 24, "object": 36, "post": 18, "reached": 12},
    "left-out": {"sheet": 14, "row": 6, "column": 16, "value": 24, "reason": 40, "remedy": 40},
    "marks": {"rule": 30, "object": 16, "reached": 14, "note": 40},
}  # fmt: skip
"""Pages of the work list: headings and widths."""


def _small_pages(results: Results, rules: Mapping[str, Rule], names: Names) -> dict[str, list[list[str]]]:
    """Classes, gaps and escalations."""
    lang = names.lang
    return {
        "grades": [
            [
                rules[r["rule"]].name,
                names.object(rules[r["rule"]].table, r["object"], None, None),
                label(r["level"], lang),
                label(r["cause"], lang),
            ]
            for r in results.grades.to_pylist()
        ],
        "gaps": [
            [
                rules[r["rule"]].name,
                masked(r["object"]),
                label(r["part"], lang),
                column_words(r["columns"], lang),
            ]
            for r in results.gaps.to_pylist()
        ],
        "escalations": [
            [rules[r["rule"]].name, masked(r["object"]), label(r["post"], lang), r["reached_on"].isoformat()]
            for r in results.escalations.to_pylist()
        ],
    }


def column_words(paths: str, lang: Lang) -> str:
    """Paths of empty columns by the word of their last step."""
    return "、".join(label(path.split(".")[-1], lang) for path in filter(None, paths.split(",")))


def _sheet(
    book: xlsxwriter.Workbook,
    styles: Mapping[str, Format],
    lang: Lang,
    name: str,
    heads: Mapping[str, int],
    rows: Sequence[Sequence[str]],
    late: frozenset[str],
) -> None:
    sheet = book.add_worksheet(say(f"sheet-{name}", lang))
    for column, head in enumerate(heads):
        sheet.write_string(0, column, say(f"head-{head}", lang), styles["head"])
        sheet.set_column(column, column, heads[head])
    for place, row in enumerate(rows, 1):
        style = styles["late"] if late & set(row) else styles["plain"]
        for column, value in enumerate(row):
            sheet.write_string(place, column, str(value), style)
    sheet.freeze_panes(1, 0)
    if rows:
        sheet.autofilter(0, 0, len(rows), len(heads) - 1)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)
