"""The stored tables of this room, made from their declarations; those of rooms that do not stand yet are kept here too."""

from __future__ import annotations

from daihou.book import declared
from daihou.registers.kept import homes, kept_model

LABEL = "ledger"
DERIVED = frozenset({"duty", "gap"})
"""Tables that the engine fills: the room of duties keeps them in its own form, and derive never reads them back."""

KEPT = [
    kept_model(name, __name__, LABEL) for name in declared() if name not in homes() and name not in DERIVED
]
