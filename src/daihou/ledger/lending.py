"""What the archive lends: a volume that it holds and that is not out already."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from daihou.ledger.acts import RowRefusedError
from daihou.registers.kept import homes, standing

LOANS, VOLUMES = "archive_loan", "file_volume"


def refuse_lending(values: Mapping[str, Any]) -> None:
    """Refuse a loan of a volume that cannot be lent.

    Raises RowRefusedError: not-in-archive where it was never handed over, or later; lent-already where somebody has it.
    """
    volume: Any = standing(homes()[VOLUMES]).filter(key=values.get("file_volume")).first()
    if volume is None:
        return
    handed = volume.handed_to_archive_day
    if handed is None or handed > values["lent_day"]:
        raise RowRefusedError("not-in-archive", "file_volume")
    out = standing(homes()[LOANS]).filter(file_volume=volume.key, given_back_day__isnull=True).first()
    if out is not None and values.get("given_back_day") is None:
        raise RowRefusedError("lent-already", "file_volume", told=out.key)
