"""Which registers a company works with. This follows from its rulebooks: no list of modules stands beside them that could say otherwise.

An unlicensed company must not appear to guarantee (domain: 银保监发〔2019〕37号), so nothing of guarantees is offered to it.
"""

from __future__ import annotations

from functools import cache

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


def registers_at_work() -> frozenset[str]:
    """What this company works with: what its rules look into, and every register in which rows stand, wherever they came from."""
    of_rules = registers_of(company_kind())
    others = {name: model for name, model in homes().items() if name not in of_rules}
    if not others:
        return of_rules
    asked = {f"_{name}": Exists(standing(model)) for name, model in others.items()}
    found = standing(homes()["company"]).annotate(**asked).values(*asked).first() or {}
    return of_rules | {name.removeprefix("_") for name, there in found.items() if there}
