"""The rulebooks that come with the product."""

from __future__ import annotations

from functools import cache
from importlib import resources
from pathlib import Path

from daihou.rulebook.checking import check_together
from daihou.rulebook.model import Rulebook
from daihou.rulebook.reading import HEAD_FILE, read_rulebook


def shipped() -> Path:
    """The folder of the shipped rulebooks."""
    return Path(str(resources.files("daihou.rulebooks")))


@cache
def shipped_ids() -> tuple[str, ...]:
    """Their identifiers, one folder each."""
    return tuple(sorted(folder.name for folder in shipped().iterdir() if (folder / HEAD_FILE).is_file()))


@cache
def read_shipped(*ids: str) -> tuple[Rulebook, ...]:
    """Read some of them, all that hold rules where none is named. Raises RulebookRefused."""
    if ids:
        found = tuple(read_rulebook(shipped() / book) for book in ids)
    else:
        every = (read_rulebook(shipped() / book) for book in shipped_ids())
        found = tuple(book for book in every if book.rules)
    check_together(found)
    return found
