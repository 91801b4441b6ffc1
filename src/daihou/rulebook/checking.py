"""What is refused of a rulebook although each of its lines can be read."""

from __future__ import annotations

from daihou.rulebook.mistakes import Mistakes
from daihou.rulebook.model import Rulebook
from daihou.rulebook.vocabulary import Vocabulary


def check(rulebook: Rulebook, vocabulary: Vocabulary, mistakes: Mistakes) -> None:
    """Note everything that would be wrong at run."""
    del rulebook, vocabulary, mistakes
