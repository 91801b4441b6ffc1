"""Counts and sums over registers, told again without being asked again until somebody writes.

A stored row is never changed but for being voided, and every writing has an event under a seal of its own. So the newest row of a table, its
newest voiding and the seals of their events say how the table stands: as long as these are the same, the same question has the same answer.
Of a table that is no register its room says how it stands (``stands_by``).
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Callable, Sequence
from threading import Lock
from typing import Any, TypeVar, cast

from django.core.exceptions import EmptyResultSet
from django.db.models import QuerySet

from daihou.registers.kept import Kept, homes
from daihou.trail.models import Event

T = TypeVar("T")

HELD = 512
"""Answers that one process holds; the one not asked for longest goes first."""

_SOURCES = re.compile(r'\b(?:FROM|JOIN)\s+"(\w+)"')
_answers: OrderedDict[tuple[object, ...], object] = OrderedDict()
_lock = Lock()
_told: dict[str, Callable[[], object]] = {}


def stands_by(table: str, tell: Callable[[], object]) -> None:
    """Let a table of the database that is no register be counted too. ``tell``: something that is another after every writing to it, and never was before."""
    _told[table] = tell


def held(rows: QuerySet[Any], question: str, ask: Callable[[QuerySet[Any]], T]) -> T:
    """What ``ask`` finds in some rows; found before, where none of the tables that they come from was written to since.

    ``question`` tells what is asked from what else is asked of the same rows, days and other figures in it included. The conditions of the
    rows are part of the question, so whoever sees others has another answer. Rows from tables of which nobody knows how they stand are always asked.
    The answer is shared: it must not be changed by who gets it.
    """
    try:
        sql, values = rows.query.sql_with_params()
    except EmptyResultSet:
        return ask(rows)
    stands = _stand(sql)
    if stands is None:
        return ask(rows)
    key = (sql, repr(values), question, stands)
    with _lock:
        if key in _answers:
            _answers.move_to_end(key)
            return cast("T", _answers[key])
    answer = ask(rows)
    with _lock:
        _answers[key] = answer
        while len(_answers) > HELD:
            _answers.popitem(last=False)
    return answer


def _stand(sql: str) -> tuple[object, ...] | None:
    """How the tables of a question stand; None where one is not known, or the event of its newest writing is not on the trail."""
    models = {model._meta.db_table: model for model in homes().values()}
    names = sorted(set(_SOURCES.findall(sql)))
    if not names or any(name not in models and name not in _told for name in names):
        return None
    others = {tell: tell() for tell in {_told[name] for name in names if name not in models}}
    newest = {name: _newest(models[name]) for name in names if name in models}
    numbers = {number for last in newest.values() for number in (last[1], last[2]) if number}
    seals = dict(Event.objects.filter(number__in=numbers).values_list("number", "seal"))
    if numbers - seals.keys():
        return None
    return (
        *((name, row, seals.get(event or 0), seals.get(gone or 0)) for name, (row, event, gone) in newest.items()),
        *others.values(),
    )  # fmt: skip


def _newest(model: type[Kept]) -> tuple[int | None, int | None, int | None]:
    """The newest row of a table, the event that wrote it, and the event of the newest voiding; None where there is none."""
    rows = model._default_manager.order_by()
    row: Sequence[int | None] = rows.order_by("-pk").values_list("pk", "event").first() or (None, None)
    gone = (
        rows.filter(void_event__isnull=False)
        .order_by("-void_event")
        .values_list("void_event", flat=True)
        .first()
    )
    return row[0], row[1], gone


def newest_event() -> int:
    """The highest number of an event that wrote or voided a row of any register; 0 where there is none."""
    return max((number or 0 for model in homes().values() for number in _newest(model)[1:]), default=0)


def forget() -> None:
    """Ask everything anew."""
    with _lock:
        _answers.clear()
