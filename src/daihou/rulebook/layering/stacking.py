"""A layer laid on a base that has been read: the effective book, checked as a whole."""

from __future__ import annotations

from dataclasses import dataclass, replace

from daihou.rulebook.differing import differ_in
from daihou.rulebook.fingerprint import sealed
from daihou.rulebook.folders import Folder
from daihou.rulebook.layering.layer import LayerText
from daihou.rulebook.layering.merging import Merging
from daihou.rulebook.layering.standing import moved
from daihou.rulebook.model import Layer, LayerEntry, Rulebook
from daihou.rulebook.reading import Reading
from daihou.rulebook.stepping import Stepped


@dataclass(frozen=True)
class Written:
    """A rulebook together with the text that says it, so that a layer can be laid on it.

    ``folders``: those of the books it uses first, its own last, layers merged in. ``steps``: what its layers say of figures.
    ``base``: what its topmost layer was laid on; None for a book of its own.
    """

    book: Rulebook
    folders: tuple[Folder, ...]
    steps: tuple[Stepped, ...] = ()
    base: Rulebook | None = None


def stacked(base: Written, layer: LayerText, reading: Reading) -> Written:
    """The effective book. Raises RulebookRefused with every mistake of the layer, and of what it makes of the base."""
    merged = Merging(reading.reader, base.folders, layer).merged(base.steps)
    book = reading.read(merged.folders, merged.steps)
    if not reading.mistakes.found:
        _check_effect(base.book, book, merged.entries, reading)
    reading.mistakes.refuse()
    laid = Layer(
        name=layer.name,
        version=layer.version,
        folder=layer.folder,
        base=base.book.id,
        base_version=base.book.version,
        base_fingerprint=base.book.fingerprint,
        entries=merged.entries,
        moved=moved(base.book, layer.known, merged.entries),
    )
    version = f"{base.book.version}+{layer.version}"
    effective = sealed(replace(book, version=version, layers=(*base.book.layers, laid)))
    return Written(effective, merged.folders, merged.steps, base.book)


def _check_effect(base: Rulebook, book: Rulebook, entries: tuple[LayerEntry, ...], reading: Reading) -> None:
    """What is said to change is not the same afterwards, however otherwise it is written; of a figure only its values count."""
    for entry in entries:
        words_count = entry.what not in {"figure", "lookup"}
        if entry.what == "case" or differ_in(entry.what, entry.key, base, book, worded=words_count):
            continue
        reading.mistakes.add("changes-nothing", entry.source, name=entry.name)
