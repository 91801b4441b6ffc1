"""Warnings, grades and gates as set-based SQL: one row looked at, its level, class or refusals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from string import Formatter

from daihou.book import domains
from daihou.engine.compile.days import Days
from daihou.engine.compile.scalar import Frame
from daihou.engine.compile.steps import NO_NAMES, Steps, as_text, cheap, empty_columns, where_empty
from daihou.engine.compile.subject import subject_columns
from daihou.engine.compile.text import day, name, text
from daihou.rulebook.model import Gate, Grade, Refusal, Rule, Warning
from daihou.rulebook.nodes import Kind, Node, conjuncts
from daihou.terms import Lang, terms

LEVELS = ("watch", "important", "severe")
"""Severity of a warning, mild to severe."""
APART: Mapping[Lang, str] = {"zh": "；", "en": "; "}
"""What stands between the reasons of a gate, told beside each other in each of these languages."""

STORES = {
    "warning_store": {
        "rule": "VARCHAR", "object": "VARCHAR", "episode": "VARCHAR", "level": "VARCHAR", "mode": "VARCHAR", "party": "VARCHAR",
        "contract": "VARCHAR", "evidence": "VARCHAR", "again": "BOOLEAN",
    },
    "grade_store": {
        "rule": "VARCHAR", "object": "VARCHAR", "level": "VARCHAR", "cause": "VARCHAR", "previous": "VARCHAR", "changed": "BOOLEAN",
    },
    "gate_store": {"rule": "VARCHAR", "object": "VARCHAR", "allowed": "BOOLEAN", "reasons": "VARCHAR", "said": "VARCHAR", "english": "VARCHAR"},
    "gap_store": {
        "rule": "VARCHAR", "object": "VARCHAR", "part": "VARCHAR", "columns": "VARCHAR", "contract": "VARCHAR", "party": "VARCHAR", "branch": "VARCHAR",
    },
}  # fmt: skip
"""Columns of the result stores."""


def _scope(frame: Frame, rule: Rule) -> list[str]:
    where = frame.days.of_around(rule.table)
    where += [] if rule.scope is None else [frame.sql(rule.scope)]
    held = (part for part in conjuncts(rule.condition) if cheap(part, valued=True))
    return [*where, *(f"{frame.sql(part)} IS NOT FALSE" for part in held)]


def _opened(days: Days, rule: Rule) -> tuple[Steps, Frame]:
    """Rows in scope whose condition is not FALSE, with the condition's truth, and what each is about."""
    steps = Steps(days, rule.table)
    frame = steps.frame()
    frame.add("_key", '"o"."_key"')
    for column, sql in subject_columns(frame, rule.table).items():
        frame.add(column, sql)
    condition = rule.condition
    frame.add("@cond", "TRUE" if condition is None else f"CAST({frame.sql(condition)} AS BOOLEAN)")
    frame.add("@gap", NO_NAMES if condition is None else _names(frame, condition))
    return steps, frame


def _names(frame: Frame, node: Node) -> str:
    """Names of the empty columns on which a value rests, where it is empty."""
    return where_empty(frame.sql(node), empty_columns(frame, [node]))


def _put(days: Days, store: str, sql: str) -> None:
    days.run(f"INSERT INTO {store} {sql}")


def _gaps(steps: Steps, rule: Rule, unknown: Sequence[tuple[str, str, str]]) -> None:
    """Insert a gap for each row where something is unknown: (condition, part, columns); the first that holds counts."""
    parts = " ".join(f"WHEN {condition} THEN {text(part)}" for condition, part, _ in unknown)
    columns = " ".join(f"WHEN {condition} THEN {named}" for condition, _, named in unknown)
    where = " OR ".join(f"({condition})" for condition, _, _ in unknown)
    about = '"@contract", "@party", "@branch"'
    select = f'SELECT {text(rule.id)}, "_key", CASE {parts} END, CASE {columns} END, {about} FROM {steps.source} WHERE {where}'
    _put(steps.days, "gap_store", steps.statement(select))


# -- warnings ---------------------------------------------------------------------------------------------------------------------


def derive_warning(days: Days, rule: Warning) -> None:
    """Insert what the rule raises on the day, worst level per party and episode, and its gaps (S3, S21)."""
    if not rule.levels:
        return
    steps, frame = _opened(days, rule)
    truths = {level: f"CAST({frame.sql(when)} AS BOOLEAN)" for level, when in rule.levels}
    for level, truth in truths.items():
        frame.add(f"@is_{level}", truth)
    frame.add("@gap_level", where_empty(_worst(truths), empty_columns(frame, [w for _, w in rule.levels])))
    frame.add("@occ", "''" if rule.episode is None else as_text(frame.sql(rule.episode), rule.episode.type))
    frame.add("@gap_occ", NO_NAMES if rule.episode is None else _names(frame, rule.episode))
    subject = subject_columns(frame, rule.table)
    frame.add("@raised_party", subject["@party"] if rule.party is None else frame.sql(rule.party))
    frame.add("@raised_contract", subject["@contract"] if rule.contract is None else frame.sql(rule.contract))
    frame.add("@evidence", _evidence(frame, rule))
    where = [*_scope(frame, rule)]
    steps.close(frame, where, "")
    held = {level: name(f"@is_{level}") for level in truths}
    unknown = " OR ".join(f"{truth} IS NULL" for truth in held.values())
    steps.put(f'SELECT *, {_worst(held)} AS "@level" FROM {steps.source}')
    steps.put(
        f'SELECT * FROM {steps.source} WHERE "@cond" IS NULL OR ("@cond" AND ("@level" IS NOT NULL OR {unknown}))'
    )
    if not steps.store():
        return
    _gaps(
        steps,
        rule,
        (
            ('"@cond" IS NULL', "condition", '"@gap"'),
            ('"@level" IS NULL', "condition", '"@gap_level"'),
            ('"@occ" IS NULL', "occurrence", '"@gap_occ"'),
            ('"@raised_party" IS NULL', "party", "''"),
        ),
    )
    _raise(steps, rule)


def _worst(truths: Mapping[str, str]) -> str:
    """The number of the worst level that holds; ``truths``: SQL by level, mild to severe."""
    whens = " ".join(
        f"WHEN {truth} THEN {LEVELS.index(level)}" for level, truth in reversed(list(truths.items()))
    )
    return f"CASE {whens} END"


def _evidence(frame: Frame, rule: Warning) -> str:
    if not rule.evidence:
        return "''"
    return " || '; ' || ".join(
        f"{text(word + '=')} || COALESCE({_shown(frame, node)}, '')" for word, node in rule.evidence
    )


def _shown(frame: Frame, node: Node) -> str:
    sql = frame.sql(node)
    if node.type.kind is Kind.BOOL:
        return f"CASE WHEN {sql} THEN 'true' WHEN NOT {sql} THEN 'false' END"
    return as_text(sql, node.type)


def _raise(steps: Steps, rule: Warning) -> None:
    """The worst level of each identity, where no row of that identity has it already."""
    days = steps.days
    steps.put(
        f'SELECT * FROM {steps.source} WHERE "@cond" AND "@level" IS NOT NULL AND "@occ" IS NOT NULL AND "@raised_party" IS NOT NULL'
    )
    steps.put(
        'SELECT *, ROW_NUMBER() OVER (PARTITION BY "@raised_party", "@occ" ORDER BY "@level" DESC, "_key") AS "@place" '
        f"FROM {steps.source}"
    )
    names = " ".join(f"WHEN {i} THEN '{level}'" for i, level in enumerate(LEVELS))
    head = f'SELECT {text(rule.id)}, w."_key", w."@occ", CASE w."@level" {names} END, {text(rule.mode)}, w."@raised_party", w."@raised_contract", w."@evidence"'
    if not days.has_rows("warning"):
        _put(
            days,
            "warning_store",
            steps.statement(f'{head}, FALSE FROM {steps.source} AS w WHERE w."@place" = 1'),
        )
        return
    ranks = " ".join(f"WHEN '{level}' THEN {i}" for i, level in enumerate(LEVELS))
    stored = (
        f'SELECT s."party", s."occurrence", MAX(CASE s."level" {ranks} END) AS top FROM {days.table("warning")} AS s '
        f'WHERE s."rule" = {text(rule.id)} GROUP BY s."party", s."occurrence"'
    )
    final = (
        f"{head}, k.top IS NOT NULL FROM {steps.source} AS w LEFT JOIN ({stored}) AS k "
        f'ON k."party" = w."@raised_party" AND k."occurrence" = w."@occ" '
        f'WHERE w."@place" = 1 AND (k.top IS NULL OR k.top < w."@level")'
    )
    _put(days, "warning_store", steps.statement(final))


# -- grades -----------------------------------------------------------------------------------------------------------------------


def derive_grade(days: Days, rule: Grade) -> None:
    """Insert each row's class with its cause (S22)."""
    steps, frame = _opened(days, rule)
    order = [level for level, _ in rule.levels]
    ranks = " ".join(f"WHEN {text(level)} THEN {i}" for i, level in enumerate(order))
    whens = " ".join(f"WHEN {frame.sql(when)} THEN {i}" for i, (_, when) in enumerate(rule.levels))
    floor = f"CASE {whens} END" if whens else "CAST(NULL AS INTEGER)"
    frame.add("@floor", floor)
    # what has a floor has a value
    frame.add("@gap_level", where_empty(floor, empty_columns(frame, [when for _, when in rule.levels])))

    def rank(node: Node | None) -> str:
        return "CAST(NULL AS INTEGER)" if node is None else f"CASE {frame.sql(node)} {ranks} END"

    manual = rank(rule.manual)
    if rule.manual is not None and rule.manual_approved is not None:
        manual = f"CASE WHEN {frame.sql(rule.manual_approved)} <= {day(days.as_of)} THEN {manual} END"
    frame.add("@manual", manual)
    frame.add("@proposal", rank(rule.proposal))
    frame.add("@previous", rank(rule.current))
    up = "FALSE"
    if rule.upgrade is not None:
        since = frame.sql(rule.upgrade.since)
        ripe = f"CAST({since} + {rule.upgrade.months} * INTERVAL '1' MONTH AS DATE) <= {day(days.as_of)}"
        up = f"({ripe}) IS NOT TRUE"
    frame.add("@wait", up)
    steps.close(frame, _scope(frame, rule), "")
    steps.put(
        f'SELECT *, COALESCE("@manual", "@proposal") AS "@choice" FROM {steps.source} WHERE "@cond" IS NOT FALSE'
    )
    steps.put(
        'SELECT *, LEAST("@floor", "@choice") AS "@value", '
        'CASE WHEN "@choice" IS NULL OR "@floor" <= "@choice" THEN \'floor\' WHEN "@manual" IS NOT NULL THEN \'manual\' ELSE \'proposal\' END AS "@why" '
        f"FROM {steps.source}"
    )
    held = '"@previous" < "@value" AND "@wait"' if rule.upgrade is not None else "FALSE"
    steps.put(f'SELECT *, ({held}) IS TRUE AS "@held" FROM {steps.source}')
    if not steps.store():
        return
    _gaps(
        steps,
        rule,
        (('"@cond" IS NULL', "condition", '"@gap"'), ('"@value" IS NULL', "condition", '"@gap_level"')),
    )
    names = " ".join(f"WHEN {i} THEN {text(level)}" for i, level in enumerate(order))
    value = 'CASE WHEN "@held" THEN "@previous" ELSE "@value" END'
    changed = f'({value} IS DISTINCT FROM "@previous")' if rule.current is not None else "FALSE"
    select = (
        f'SELECT {text(rule.id)}, "_key", CASE {value} {names} END, CASE WHEN "@held" THEN \'held\' ELSE "@why" END, '
        f'CASE "@previous" {names} END, {changed} FROM {steps.source} WHERE "@cond" AND "@value" IS NOT NULL'
    )
    _put(days, "grade_store", steps.statement(select))


# -- gates ------------------------------------------------------------------------------------------------------------------------


def derive_gate(days: Days, rule: Gate) -> None:
    """Insert for each proposed row whether the act is allowed, and which refusals hold; unknown is also no."""
    steps, frame = _opened(days, rule)
    for index, refusal in enumerate(rule.refusals):
        frame.add(f"@no{index}", f"({frame.sql(refusal.when)}) IS NOT FALSE")
        for lang in APART:
            frame.add(f"@{lang}{index}", _said(frame, refusal, lang))
    steps.close(frame, _scope(frame, rule), "")
    if not steps.store():
        return
    if rule.condition is not None:
        _gaps(steps, rule, (('"@cond" IS NULL', "condition", '"@gap"'),))
    flags = [f'"@no{i}"' for i in range(len(rule.refusals))]
    reasons = " || ".join(f"CASE WHEN {flag} THEN '{i},' ELSE '' END" for i, flag in enumerate(flags)) or "''"
    refused = " OR ".join(flags) or "FALSE"
    trimmed = ", ".join([f"RTRIM({reasons}, ',')", *(_joined(flags, lang) for lang in APART)])
    select = f'SELECT {text(rule.id)}, "_key", NOT ({refused}), {trimmed} FROM {steps.source} WHERE "@cond"'
    _put(days, "gate_store", steps.statement(select))


def _joined(flags: Sequence[str], lang: Lang) -> str:
    """The words of all refusals that hold."""
    apart = APART[lang]
    said = (
        f"CASE WHEN {flag} THEN \"@{lang}{i}\" || {text(apart)} ELSE '' END" for i, flag in enumerate(flags)
    )
    return f"RTRIM({' || '.join(said) or text('')}, {text(apart)})"


def _said(frame: Frame, refusal: Refusal, lang: Lang) -> str:
    """The words of a refusal with its figures in their places; money in yuan, values of enumerations in words, nothing as a dash."""
    values = dict(refusal.values)
    parts = []
    for words, place in _pieces(refusal.said(lang)):
        parts.append(text(words))
        if place in values:
            parts.append(f"COALESCE({_figure(frame, values[place], lang)}, '—')")
        elif place:
            parts.append(text(f"{{{place}}}"))
    return " || ".join(parts)


def _pieces(words: str) -> list[tuple[str, str]]:
    """A sentence as pairs of plain words and the name of the place after them ('' at the end)."""
    return [(plain, place or "") for plain, place, _, _ in Formatter().parse(words)]


def _figure(frame: Frame, node: Node, lang: Lang) -> str:
    sql = frame.sql(node)
    if node.type.kind is Kind.ENUM:
        words = (
            f"WHEN {text(one)} THEN {text(terms().label(one, lang))}" for one in domains()[str(node.type.of)]
        )
        return f"CASE {as_text(sql, node.type)} {' '.join(words)} END"
    if node.type.kind is Kind.FEN:
        return as_text(f"CAST(CAST({sql} AS DECIMAL(38, 2)) * 0.01 AS DECIMAL(18, 2))", node.type)
    return _shown(frame, node)
