"""How the plan of a contract follows its extension: not at all, its last instalment with the maturity, or all that is still to come.

What fell due before the day stays where it is: arrears are not moved away by an extension.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from django.db.models import Max, QuerySet

from daihou.ledger.acts import RowRefusedError
from daihou.registers.kept import homes, standing
from daihou.units import add_months

STAYS, LAST, LATER = "stays", "last", "later"


def gettext_noop(sentence: str) -> str:
    """Says that a sentence is one of the catalogue, for whoever tells it in the language of the reader."""
    return sentence


WAYS: Mapping[str, str] = {
    STAYS: gettext_noop("不动：另外更正，或导入新的计划"),
    LAST: gettext_noop("最后一期改到新的到期日"),
    LATER: gettext_noop("还没到期的各期一起顺延"),
}
"""By way, as people are asked."""


def to_come(contract: str, day: date) -> QuerySet[Any]:
    """The instalments that are not paid off and did not fall due before a day."""
    plan = standing(homes()["instalment"])
    return plan.filter(contract=contract, paid_off_day__isnull=True, due_day__gte=day)


def last_of(contract: str, day: date) -> QuerySet[Any]:
    """Those of them that fall due last."""
    rows = to_come(contract, day)
    return rows.filter(due_day=rows.order_by().aggregate(last=Max("due_day"))["last"])


def moved(held: Any, way: str, until: date, day: date) -> dict[str, dict[str, date]]:
    """The due days that follow from an extension of a contract to a day, by key of the instalment.

    Raises RowRefusedError: plan-way where there is no such way, plan-none-to-come where nothing is left to move.
    """
    if way not in WAYS:
        raise RowRefusedError("plan-way", "plan")
    if way == STAYS:
        return {}
    rows = last_of(held.key, day) if way == LAST else to_come(held.key, day)
    found = {
        key: {"due_day": until if way == LAST else later(due, held.maturity_day or due, until)}
        for key, due in rows.values_list("key", "due_day")
    }
    if not found:
        raise RowRefusedError("plan-none-to-come", "plan")
    return found


def later(due: date, old: date, new: date) -> date:
    """A day as much later as one maturity is than another: by months where these are whole ones apart, else by days."""
    months = (new.year - old.year) * 12 + new.month - old.month
    if add_months(old, months) == new:
        return add_months(due, months)
    return due + timedelta(days=(new - old).days)
