"""Reading a rulebook from its folder, whether it is a book of its own or a layer on another."""

from __future__ import annotations

from functools import cache
from importlib import resources
from pathlib import Path

from daihou.book import Declarations
from daihou.rulebook.folders import Loader
from daihou.rulebook.kept import once
from daihou.rulebook.layering.layer import base_of, layer_in
from daihou.rulebook.layering.stacking import Written, stacked
from daihou.rulebook.mistakes import WrongError
from daihou.rulebook.model import Rulebook
from daihou.rulebook.reading import Reading
from daihou.rulebook.vocabulary import Vocabulary
from daihou.rulebook.yaml_source import Tree
from daihou.terms import Source


def shipped() -> Path:
    """The folder of the shipped rulebooks."""
    return Path(str(resources.files("daihou.rulebooks")))


def read_rulebook(
    folder: Path, *, root: Path | None = None, declared: Declarations | None = None
) -> Rulebook:
    """Read and check the rulebook or layer in ``folder``; see :func:`read_written`."""
    return read_written(folder, root=root, declared=declared).book


def read_written(folder: Path, *, root: Path | None = None, declared: Declarations | None = None) -> Written:
    """Read and check the rulebook or layer in ``folder``, and keep its text; books it uses are looked for in ``root`` (default: beside it).

    What a layer stands on is looked for in ``root`` too, then among the shipped books; where it is given as a path, from the layer's own folder.
    Raises RulebookRefused with all mistakes found. ``declared``: other tables than the shipped ones.
    """
    roots = (folder.parent if root is None else root,)
    return _Opening(declared).opened(folder, roots, ())


@cache
def written_shipped(book: str) -> Written:
    """One shipped rulebook with its text, read once, and by other processes out of what is kept of that. Raises RulebookRefused."""
    return once(
        shipped(), book, lambda: _Opening(None, _SHIPPED_FILES).opened(shipped() / book, (shipped(),), ())
    )


_SHIPPED_FILES: dict[Path, Tree | None] = {}
"""What was read of the shipped books: most of them use one another, and a package does not change while it runs."""


class _Opening:
    """The reading of a folder and of everything it stands on, each with a vocabulary of its own."""

    def __init__(self, declared: Declarations | None, kept: dict[Path, Tree | None] | None = None) -> None:
        self.declared = declared
        self.kept = kept

    def opened(self, folder: Path, roots: tuple[Path, ...], above: tuple[Path, ...]) -> Written:
        """A book or layer. ``above``: the layers that stand on it."""
        reading = Reading(Vocabulary.of(self.declared))
        loader = Loader(reading.reader, roots, self.kept)
        head: Tree | None = None
        with reading.mistakes.collecting():
            head = loader.head(folder, Source(folder.name, 1))
        if loader.is_layer(head):
            return self._layered(folder, head, (*roots, shipped()), reading, above)
        texts = loader.with_used(folder)
        book = reading.read(texts) if texts else None
        reading.mistakes.refuse()
        if book is None:
            raise AssertionError(folder)  # nothing was read and nothing was said about it
        return Written(book, texts)

    def _layered(
        self,
        folder: Path,
        head: Tree | None,
        roots: tuple[Path, ...],
        reading: Reading,
        above: tuple[Path, ...],
    ) -> Written:
        loader = Loader(reading.reader, roots)
        here = (*above, folder.resolve())
        with reading.mistakes.collecting():
            layer = layer_in(loader, folder, head)
            beneath = base_of(loader, layer, folder)
            if beneath in here:
                raise WrongError("layers-in-a-circle", layer.place, name=layer.base)
            return stacked(self._base(beneath, roots, here), layer, reading)
        reading.mistakes.refuse()
        raise AssertionError(folder)  # nothing was read and nothing was said about it

    def _base(self, folder: Path, roots: tuple[Path, ...], above: tuple[Path, ...]) -> Written:
        """What a layer stands on; the books that it uses stand beside it, or where those of the layer are."""
        if self.declared is None and folder.parent == shipped().resolve():
            return written_shipped(folder.name)
        return self.opened(folder, (folder.parent, *roots), above)
