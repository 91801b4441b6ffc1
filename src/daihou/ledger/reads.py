"""What was written to the registers since an event: out of the trail, for those who let results follow."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from django.db.models import Count, Max, Q, QuerySet

from daihou.engine.reach import Touch
from daihou.registers.kept import homes
from daihou.registers.lines import portions
from daihou.trail.models import Event

ROW_ACTS = frozenset({"enter", "correct", "void"})
BATCH_ACTS = frozenset({"import", "withdraw-import"})
MANY_ACTS = frozenset({"correct-many"})
WRITES = ROW_ACTS | BATCH_ACTS | MANY_ACTS
LOG = "change_log"
RECORDED = "recorded"


def last_seal() -> str:
    """The seal of the last act that wrote to a register: it stands for all that is written there; empty where nothing is."""
    last = Event.objects.filter(act__in=WRITES).aggregate(number=Max("number"))["number"]
    seal: str | None = Event.objects.filter(number=last).values_list("seal", flat=True).first()
    return seal or ""


def touched(after: int, until: int | None = None) -> dict[str, Touch]:
    """What was written to each table by acts with numbers above ``after`` (up to ``until``); empty where nothing was."""
    acts = Event.objects.filter(number__gt=after, act__in=WRITES)
    if until is not None:
        acts = acts.filter(number__lte=until)
    found: dict[str, Touch] = {}
    entered: dict[str, set[str]] = {}

    def add(table: str, touch: Touch) -> None:
        found[table] = found[table] | touch if table in found else touch

    log = False
    for act, kind, subject, before, said in acts.order_by("number").values_list(
        "act", "kind", "subject", "before", "after"
    ):
        keys = frozenset({subject})
        match act:
            case "enter":
                entered.setdefault(kind, set()).add(subject)
                log = log or kind == LOG
            case "correct":
                add(kind, Touch(_differing(before or {}, said or {}), keys=keys))
                log = True
            case "void":
                add(kind, Touch(None, keys=keys))
                log = log or kind == LOG
            case "correct-many":
                for table, touch, new in _of_many(said or {}):
                    add(table, touch)
                    entered.setdefault(table, set()).update(new)
                log = True
            case _:
                for table in _of_batch(subject):
                    add(table, Touch(None, keys=None))
                log = True
    for table, touch in _entered(entered):
        add(table, touch)
    for table, touch in _logged(after, until) if log else ():
        add(table, touch)
    return found


def the_act(after: int, until: int) -> int | None:
    """The number of the act that wrote to the registers above one number and up to another; None where there was none, or more than one."""
    acts = Event.objects.filter(number__gt=after, number__lte=until, act__in=WRITES)
    numbers = list(acts.values_list("number", flat=True)[:2])
    return numbers[0] if len(numbers) == 1 else None


def _entered(entered: Mapping[str, Collection[str]]) -> Iterable[tuple[str, Touch]]:
    """What came under new keys, by table; a key that stood once already may be referred to."""
    for table, subjects in entered.items():
        if subjects:
            known = _stood_before(table, subjects)
            yield table, Touch(None if known else frozenset(), fresh=True, keys=frozenset(subjects))


def _differing(before: Mapping[str, Any], said: Mapping[str, Any]) -> frozenset[str]:
    """Columns in which two rows of one key differ; the new row was recorded anew in any case."""
    return frozenset(name for name in {*before, *said} if before.get(name) != said.get(name)) | {RECORDED}


def _of_many(said: Mapping[str, Any]) -> Iterable[tuple[str, Touch, Iterable[str]]]:
    """The tables that one act for many rows wrote to: what was corrected, and the keys of what was entered."""
    corrected: Mapping[str, Mapping[str, Mapping[str, Any]]] = said.get("corrected", {})
    fresh: Mapping[str, Sequence[str]] = said.get("entered", {})
    for table in {*corrected, *fresh}:
        rows = corrected.get(table, {})
        columns = frozenset(column for row in rows.values() for column in row)
        touch = Touch(columns | {RECORDED}, keys=frozenset(rows)) if rows else Touch()
        yield table, touch, fresh.get(table, ())


def _of_batch(batch: str) -> Iterable[str]:
    """The tables that an import wrote to."""
    told = Event.objects.filter(act="import", subject=batch).values_list("after", flat=True).first()
    tables: dict[str, list[int]] = (told or {}).get("tables", {})
    return [table for table, (new, changed, _) in tables.items() if new or changed]


def _stood_before(table: str, keys: Iterable[str]) -> bool:
    """Whether some of the keys had a row once already, to which others may refer."""
    rows = homes()[table]._default_manager
    wanted = sorted(keys)
    return any(
        rows.filter(key__in=some).values("key").annotate(times=Count("pk")).filter(times__gt=1).exists()
        for some in portions(wanted)
    )


def _logged(after: int, until: int | None) -> Iterable[tuple[str, Touch]]:
    """Rows of the change log written since: they move a column of the table that they tell of."""
    written = Q(event__gt=after) | Q(void_event__gt=after)
    if until is not None:
        written = Q(event__gt=after, event__lte=until) | Q(void_event__gt=after, void_event__lte=until)
    model: Any = homes()[LOG]
    rows = model._default_manager.filter(written)
    for key, table, subject, item in rows.values_list("key", "table_name", "subject", "item"):
        yield LOG, Touch(None, keys=frozenset({key}))
        if table in homes():
            yield table, Touch(frozenset({item}), keys=frozenset({subject}))


def history_of(table: str, key: str) -> QuerySet[Event]:
    """What was done to a row, newest first: acts on it alone, and those on many that wrote or voided one of its versions (a file, a handover)."""
    versions = homes()[table]._default_manager.filter(key=key)
    numbers = {
        number
        for pair in versions.values_list("event", "void_event")
        for number in pair
        if number is not None
    }
    return Event.objects.filter(Q(kind=table, subject=key) | Q(number__in=numbers)).order_by("-number")
