"""Which registers a company works with. This follows from its rulebooks: no list of modules stands beside them that could say otherwise.

An unlicensed company must not appear to guarantee (domain: 银保监发〔2019〕37号), so nothing of guarantees is offered to it.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from django.db import connection
from django.db.models import Exists

from daihou.engine import reach
from daihou.policy.books import ids_for
from daihou.policy.rules import company_kind
from daihou.registers.kept import homes, standing
from daihou.rulebook import read_shipped

GUARANTEES = "compensation"
"""The register that only who answers for other people's debts works with."""


def registers_of(kind: str | None) -> frozenset[str]:
    """What a company of a kind works with: the tables that its rulebooks look into, and those that none of all shipped rulebooks does."""
    return _worked_with(ids_for(kind))


@cache
def _worked_with(ids: tuple[str, ...]) -> frozenset[str]:
    return reach.worked_with(read_shipped(*ids) if ids else (), read_shipped())


def guarantees() -> bool:
    """Whether this company answers for other people's debts: by its kind alone. What it once paid for a client makes no guarantee company of it."""
    return GUARANTEES in registers_of(company_kind())


def registers_at_work() -> frozenset[str]:
    """What this company works with: what its rules look into, and every register in which rows stand, wherever they came from."""
    of_rules = registers_of(company_kind())
    others = tuple(name for name in homes() if name not in of_rules)
    if not others:
        return of_rules
    with connection.cursor() as cursor:
        cursor.execute(*_in_use(others))
        found = cursor.fetchone() or (False,) * len(others)
    return of_rules | {name for name, there in zip(others, found, strict=True) if there}


@cache
def _in_use(tables: tuple[str, ...]) -> tuple[str, tuple[Any, ...]]:
    """The question in which of some registers rows stand. Every page asks it, and to write it out takes longer than to answer it."""
    asked = {f"_{name}": Exists(standing(homes()[name])) for name in tables}
    rows = standing(homes()["company"]).annotate(**asked).values_list(*asked)[:1]
    sql, values = rows.query.sql_with_params()
    return sql, values
