"""The terminal: results on standard output, progress and refusals on standard error."""

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from daihou.cli.words import say
from daihou.terms import Lang

LATE, SOON, FAINT = "red", "yellow", "dim"

Cell = str | Text
Tell = Callable[[str, float], None]


def out() -> Console:
    """Where results go."""
    return Console(highlight=False, markup=False, emoji=False)


def err() -> Console:
    """Where progress and refusals go, so that a pipe gets results only."""
    return Console(stderr=True, highlight=False, markup=False, emoji=False)


@contextmanager
def at_work(code: str, lang: Lang, **params: object) -> Iterator[Tell]:
    """Show that something long is under way: a bar on a terminal, one line elsewhere."""
    console, text = err(), say(code, lang, **params)
    if not console.is_terminal:
        console.print(text, soft_wrap=True)
        yield lambda _name, _share: None
        return
    columns = (TextColumn("{task.description}"), BarColumn(bar_width=24), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task(text, total=None)

        def tell(_name: str, share: float) -> None:
            progress.update(task, total=1.0, completed=share)

        yield tell


def line(text: Cell = "", *, style: str = "") -> None:
    """One line or paragraph of results; long ones are broken by the terminal and not by us."""
    out().print(text, style=style, soft_wrap=True)


def raw(text: str) -> None:
    """Text for programs, as it is."""
    sys.stdout.write(text + "\n")


def document(found: object) -> None:
    """A document for programs."""
    raw(json.dumps(found, ensure_ascii=False, indent=1))


def table(
    heads: Sequence[str], rows: Sequence[Sequence[Cell]], lang: Lang, *, fixed: Sequence[str] = ()
) -> Table:
    """A table under headings named by code; columns named in ``fixed`` are never broken."""
    made = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for head in heads:
        made.add_column(say(f"head-{head}", lang), overflow="fold", no_wrap=head in fixed)
    for row in rows:
        made.add_row(*row)
    return made
