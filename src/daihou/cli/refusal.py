"""Exit codes, and how a command stops: with a code and words for the user."""

from collections.abc import Sequence

FINE, FINDINGS, USAGE, UNREADABLE, REFUSED, FAILED = range(6)
"""0 fine · 1 findings · 2 usage · 3 a file cannot be read or written · 4 rulebook refused · 5 the program failed."""


class Stopped(Exception):  # noqa: N818 - what happened to the command, as the user sees it
    """The command ends here: ``code`` for the shell, ``lines`` for the user (what happened, what to do)."""

    def __init__(self, code: int, lines: Sequence[str]) -> None:
        """Keep code and words."""
        super().__init__(code, tuple(lines))
        self.code = code
        self.lines = tuple(lines)
