"""What can have come back of a compensation: not before it was paid, and no more than it may have grown to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from daihou.ledger.acts import RowRefusedError
from daihou.ledger.owing import compensated
from daihou.registers.kept import homes, standing
from daihou.units import format_yuan

RECOVERIES = "recovery_action"
TIMES = 2
"""So many times what was paid may come back, interest and penalties with it; more is a slip of the pen."""


def refuse_recovery(values: Mapping[str, Any], held: Any = None) -> None:
    """Refuse something done to recover that cannot be; ``held``: the row that it sets right.

    Raises RowRefusedError: before-compensation, exceeds-paid.
    """
    paid_for: Any = standing(homes()["compensation"]).filter(key=values.get("compensation")).first()
    if paid_for is None:
        return
    if values["on_day"] < paid_for.value_day:
        raise RowRefusedError("before-compensation", "on_day", day=paid_for.value_day.isoformat())
    _principal, paid, back = compensated(paid_for.contract)
    others = back - ((held.recovered or 0) if held is not None else 0)
    if (values.get("recovered") or 0) + others > paid * TIMES:
        raise RowRefusedError("exceeds-paid", "recovered", owing=format_yuan(paid), back=format_yuan(others))
