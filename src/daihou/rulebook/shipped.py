"""The rulebooks that come with the product."""

from __future__ import annotations

from functools import cache

from daihou.rulebook.checking import check_together
from daihou.rulebook.folders import HEAD_FILE
from daihou.rulebook.model import Rulebook
from daihou.rulebook.opening import shipped, written_shipped

__all__ = ["read_shipped", "shipped", "shipped_ids"]


@cache
def shipped_ids() -> tuple[str, ...]:
    """Their identifiers, one folder each."""
    return tuple(sorted(folder.name for folder in shipped().iterdir() if (folder / HEAD_FILE).is_file()))


@cache
def read_shipped(*ids: str) -> tuple[Rulebook, ...]:
    """Read some of them, all that hold rules where none is named. Raises RulebookRefused."""
    if ids:
        found = tuple(written_shipped(book).book for book in ids)
    else:
        every = (written_shipped(book).book for book in shipped_ids())
        found = tuple(book for book in every if book.rules)
    check_together(found)
    return found
