"""Rows that the rules class otherwise than they are on record, as the last run found them, for who sees the rows."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from daihou.duties.models import ClassDue
from daihou.people.reads import Viewer, visible

TABLES = ("contract", "party")
"""Of which rows grades speak whose class is on record."""


def classes_due(viewer: Viewer, rule: str = "") -> QuerySet[ClassDue]:
    """Those that a viewer sees, by grade and row; ``rule``: of one grade alone."""
    bound = Q(pk__in=())
    for table in TABLES:
        bound |= Q(table=table, object__in=visible(table, viewer).values("key"))
    found = ClassDue.objects.filter(bound).order_by("rule", "object")
    return found.filter(rule=rule) if rule else found
