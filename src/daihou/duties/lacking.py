"""What is missing so that something cannot be judged, as those see it who are asked for it (S7)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, F, Q, Window
from django.db.models.functions import RowNumber

from daihou.duties.models import GapPerson, GapRow
from daihou.duties.reads import named
from daihou.people.reads import Viewer

KINDS, OBJECTS = 12, 5
"""Kinds of gaps that are listed, and objects of each."""
_KIND = ("rule", "part", "columns")


@dataclass(frozen=True)
class Kind:
    """Gaps of one rule that lack the same: how many, and the first of the objects by their keys."""

    rule: str
    part: str
    columns: str
    number: int
    objects: tuple[str, ...]


def lacking(viewer: Viewer) -> tuple[Sequence[Kind], int]:
    """What a person is asked for, himself or as one of a pool, the most first; and how many gaps there are in all. One question."""
    mine = GapPerson.objects.filter(named(viewer)).values("gap")
    rows = (
        GapRow.objects.filter(pk__in=mine)
        .annotate(
            number=Window(Count("pk"), partition_by=[F(one) for one in _KIND]),
            place=Window(RowNumber(), partition_by=[F(one) for one in _KIND], order_by="object"),
            total=Window(Count("pk")),
        )
        .filter(place__lte=OBJECTS)
        .order_by("-number", *_KIND, "place")
        .values_list(*_KIND, "number", "total", "object")
    )
    found: dict[tuple[str, str, str, int], list[str]] = {}
    total = 0
    for rule, part, columns, number, total, object_ in rows:  # noqa: B007 - the total is the same in every row
        found.setdefault((rule, part, columns, number), []).append(object_)
    kinds = [
        Kind(rule, part, columns, number, tuple(objects))
        for (rule, part, columns, number), objects in found.items()
    ]
    return kinds[:KINDS], total


def askers(gaps: Q) -> dict[tuple[str, str], list[dict[str, Any]]]:
    """Who is asked for what some gaps lack, by rule and columns: person or post, and for how many; the most first. One question."""
    rows = GapPerson.objects.filter(gaps).values("gap__rule", "gap__columns", "employee", "post", "pool")
    found: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for one in rows.annotate(number=Count("gap", distinct=True)).order_by(
        "-number", F("employee").asc(nulls_last=True), F("post").asc(nulls_last=True)
    ):
        found.setdefault((one["gap__rule"], one["gap__columns"]), []).append(dict(one))
    return found
