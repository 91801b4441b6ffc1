"""The due-diligence file (尽职档案) of a contract or a person: what was due, what moved, what was done, by whom, with what evidence, as known at the time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Q, QuerySet

from daihou.book import masked
from daihou.duties.models import WHOLE_KEY, Duty, DutyChange, DutyPerson, Standing, Taking
from daihou.papers.filling import fingerprint
from daihou.papers.models import DRAFT, Attachment, Paper
from daihou.registers.kept import field_name, homes, standing
from daihou.registers.lines import portions
from daihou.rulebook import Closing, Rule, closing_of
from daihou.rulebook import Duty as DutyRule
from daihou.trail.models import Event
from daihou.units import day_of

_DAYS = ("start", "opens", "due", "expires", "done", "as_known", "withdrawn_on")
_FLAGS = ("state", "assumed", "late_entry", "postponed")
Said = dict[str, Any]


@dataclass(frozen=True)
class Dossier:
    """A file: ``said`` is its whole content as JSON, ``digest`` the SHA-256 over the canonical JSON of it.

    ``duties``: the numbers of its duties in their order, by which a page names what they are about; they are no part of what is sealed.
    """

    said: Said
    digest: str
    duties: tuple[int, ...]


def of_contract(key: str, rules: Mapping[str, Rule]) -> Dossier:
    """The file of a contract: every duty that leads to it."""
    return _dossier({"contract": key}, Duty.objects.filter(contract=key), rules)


def of_person(
    staff_no: str, rules: Mapping[str, Rule], *, since: date | None = None, until: date | None = None
) -> Dossier:  # fmt: skip
    """The file of a person: every duty that is his or was his out of a pool, and every other that he completed or filled the form of.

    ``since`` and ``until``: only those due in these days, both counted in, and those without a deadline; the file says so, and its
    fingerprint is of that part.
    """
    done = standing(homes()["completion"]).filter(completed_by=staff_no).values_list("duty", flat=True)
    filled = Paper.objects.exclude(state=DRAFT).filter(by=staff_no).values("duty_no")
    named = Duty.objects.filter(rule__in={one.partition("/")[0] for one in done}).annotate(whole=WHOLE_KEY)
    his = DutyPerson.objects.filter(employee=staff_no).values("duty")
    taken = Taking.objects.filter(employee=staff_no).values("duty")
    found = (
        Q(pk__in=his)
        | Q(pk__in=taken)
        | Q(pk__in=filled)
        | Q(pk__in=named.filter(whole__in=list(done)).values("pk"))
    )
    bounds = {"due__gte": since, "due__lte": until}
    asked = {name: day for name, day in bounds.items() if day is not None}
    duties = Duty.objects.filter(found)
    if asked:
        duties = duties.filter(Q(due__isnull=True) | Q(**asked))
    told = {name: day.isoformat() for name, day in (("since", since), ("until", until)) if day is not None}
    return _dossier({"person": staff_no, **told}, duties, rules)


def _dossier(of: Said, duties: QuerySet[Duty], rules: Mapping[str, Rule]) -> Dossier:
    rows = sorted(
        duties.select_related("first_run"),
        key=lambda one: (one.due or date.max, one.rule, one.object, one.occurrence),
    )
    stands = Standing.at()
    persons = _by_duty(DutyPerson.objects.order_by("ordinal"), "duty_id", [one.pk for one in rows])
    papers = _by_duty(
        Paper.objects.exclude(state=DRAFT).order_by("number", "edition"), "duty_no", [one.pk for one in rows]
    )
    files = _by_duty(Attachment.objects.order_by("event"), "duty_no", [one.pk for one in rows])
    takings = _by_duty(Taking.objects.order_by("pk"), "duty_id", [one.pk for one in rows])
    changes = _by_duty(DutyChange.objects.order_by("pk"), "duty_id", [one.pk for one in rows])
    completion = homes()["completion"]._default_manager.order_by("event")
    done = _by_duty(completion, "duty", [one.key for one in rows])
    facts = _facts([one for one in rows if one.done is not None and not done.get(one.key)], rules)
    entries = [
        {
            "rule": one.rule, "table": one.table, "object": one.object, "occurrence": one.occurrence, "contract": one.contract, "branch": one.branch,
            **{name: _day(getattr(one, name)) for name in _DAYS}, **{name: getattr(one, name) for name in _FLAGS},
            "days_late": one.days_late_on(stands),
            "found_on": _day(one.first_run.day),
            "changes": [_change(change) for change in changes.get(one.pk, ())],
            "persons": [_person(person) for person in persons.get(one.pk, ())],
            "takings": [_taking(taking) for taking in takings.get(one.pk, ())],
            "completions": [_completion(row) for row in done.get(one.key, ())],
            "facts": facts.get(one.pk, []),
            "papers": [_paper(paper) for paper in papers.get(one.pk, ())],
            "attachments": [_attachment(file) for file in files.get(one.pk, ())],
        }
        for one in rows
    ]  # fmt: skip
    said: Said = {
        **of,
        "as_of": _day(stands),
        "duties": _with_doers(entries),
    }
    return Dossier(said, fingerprint(said), tuple(one.pk for one in rows))


def _by_duty(rows: Any, column: str, keys: Sequence[Any]) -> dict[Any, list[Any]]:
    """Rows that belong to duties, by duty; many keys in a few questions."""
    found: dict[Any, list[Any]] = {}
    for some in portions(keys):
        for row in rows.filter(**{f"{column}__in": some}):
            found.setdefault(getattr(row, column), []).append(row)
    return found


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _person(one: DutyPerson) -> Said:
    return {
        "employee": one.employee, "post": one.post, "branch": one.branch, "answerable": one.answerable, "role": one.role, "pool": one.pool,
        "fallback": one.fallback,
    }  # fmt: skip


def _change(one: DutyChange) -> Said:
    """What moved, on which day results said so, by which event: a due day that is another now was held against whoever missed it then."""
    return {
        "day": _day(one.day), "what": one.what, "before": one.before, "after": one.after, "event": one.event,
    }  # fmt: skip


def _taking(one: Taking) -> Said:
    """Who had the duty out of its pool, from when until when, by whose act."""
    return {
        "employee": one.employee, "post": one.post, "branch": one.branch, "by": one.by, "day": _day(day_of(one.at)),
        "ended_day": None if one.ended_at is None else _day(day_of(one.ended_at)), "at": one.at.isoformat(timespec="seconds"),
        "event": one.event, "reason": masked(one.reason), "why": one.why, "ended_by": one.ended_by,
        "ended_at": None if one.ended_at is None else one.ended_at.isoformat(timespec="seconds"), "ended_event": one.ended_event,
    }  # fmt: skip


def _completion(row: Any) -> Said:
    return {
        "day": _day(row.completion_day), "by": row.completed_by, "evidence": masked(row.evidence or ""), "recorded": _day(row.recorded),
        "event": row.event, "voided": _day(row.voided), "void_event": row.void_event,
    }  # fmt: skip


def _paper(one: Paper) -> Said:
    return {
        "number": one.number, "edition": one.edition, "form": one.form, "version": one.form_version, "digest": one.digest, "by": one.by,
        "event": one.event, "reason": masked(one.reason),
    }  # fmt: skip


def _attachment(one: Attachment) -> Said:
    return {
        "name": masked(one.name), "size": one.size, "digest": one.digest, "by": one.by, "event": one.event,
        "voided": one.voided_at is not None, "void_reason": masked(one.void_reason),
    }  # fmt: skip


def _with_doers(entries: list[Said]) -> list[Said]:
    """Beside each event its hour and, of moves and of facts of the registers, who wrote them."""
    parts = [
        part
        for entry in entries
        for name in ("changes", "completions", "facts", "papers", "attachments")
        for part in entry[name]
    ]
    numbers = sorted({part["event"] for part in parts})
    told: dict[int, tuple[str, str]] = {}
    for some in portions(numbers):
        found = Event.objects.filter(number__in=some)
        told |= {
            number: (by, at.isoformat(timespec="seconds"))
            for number, by, at in found.values_list("number", "by", "at")
        }
    for part in parts:
        by, at = told.get(part["event"], ("", ""))
        part["at"] = at
        part.setdefault("by", by)
    return entries


# -- facts of the registers that closed a duty ------------------------------------------------------------------------


def _facts(duties: Iterable[Duty], rules: Mapping[str, Rule]) -> dict[int, list[Said]]:
    """The rows that closed duties, by duty; a few questions per rule, however many duties."""
    by_rule: dict[str, list[Duty]] = {}
    for one in duties:
        by_rule.setdefault(one.rule, []).append(one)
    found: dict[int, list[Said]] = {}
    for name, those in by_rule.items():
        rule = rules.get(name)
        closing = closing_of(rule) if isinstance(rule, DutyRule) else None
        if closing is None or closing.table not in homes():
            continue
        objects = _rows(those[0].table, {one.object for one in those})
        pairs = _new(closing, those, objects) if closing.new else _same(closing, those, objects)
        for pk, row in pairs:
            told = {
                "table": closing.table,
                "key": row.key,
                "column": closing.column,
                "recorded": _day(row.recorded),
                "event": row.event,
            }
            found.setdefault(pk, []).append(told)
    return found


def _rows(table: str, keys: set[str]) -> dict[str, Any]:
    if table not in homes():
        return {}
    wanted = sorted(keys)
    rows: dict[str, Any] = {}
    for some in portions(wanted):
        rows |= {row.key: row for row in standing(homes()[table]).filter(key__in=some)}
    return rows


def _along(table: str, rows: Mapping[str, Any], path: Sequence[str]) -> dict[str, Any]:
    """Of each row the one at the end of a way of references, by the key at its beginning."""
    at = dict(rows)
    for step in path:
        column = homes()[table].table.columns[step]
        table = str(column.ref)
        nexts = {key: getattr(row, field_name(step)) for key, row in at.items()}
        found = _rows(table, {one for one in nexts.values() if one})
        at = {key: found[one] for key, one in nexts.items() if one in found}
    return at


def _same(closing: Closing, duties: Sequence[Duty], objects: Mapping[str, Any]) -> list[tuple[int, Any]]:
    """Duties closed by a day on their own row, or on one that it names."""
    ends = _along(duties[0].table, objects, closing.path)
    column = None if closing.column is None else field_name(closing.column)
    return [
        (one.pk, ends[one.object])
        for one in duties
        if one.object in ends and (column is None or getattr(ends[one.object], column, None) == one.done)
    ]


def _new(closing: Closing, duties: Sequence[Duty], objects: Mapping[str, Any]) -> list[tuple[int, Any]]:
    """Duties closed by a row of another table: tied as the rule ties it, of the day on which the duty was done."""
    if closing.column is None or not closing.links:
        return []
    day = field_name(closing.column)
    tied = []
    for child, own in closing.links:
        ends = _along(duties[0].table, objects, own.path)
        tied.append(
            (field_name(child), {key: getattr(row, field_name(own.name), None) for key, row in ends.items()})
        )
    first, values = tied[0]
    wanted = sorted({str(one) for one in values.values() if one is not None})
    rows: dict[tuple[str, date], list[Any]] = {}
    for some in portions(wanted):
        asked = {f"{first}__in": some, f"{day}__in": {one.done for one in duties}}
        for row in standing(homes()[closing.table]).filter(**asked):
            rows.setdefault((str(getattr(row, first)), getattr(row, day)), []).append(row)
    return [
        (one.pk, row)
        for one in duties
        if one.done is not None
        for row in rows.get((str(values.get(one.object)), one.done), ())
        if _fits(row, one.object, tied[1:], closing.presets)
    ]


def _fits(
    row: Any, key: str, tied: Iterable[tuple[str, Mapping[str, Any]]], presets: Mapping[str, str]
) -> bool:
    if any(str(getattr(row, name)) != str(values.get(key)) for name, values in tied):
        return False
    return all(_plain(getattr(row, field_name(name))) == said for name, said in presets.items())


def _plain(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
