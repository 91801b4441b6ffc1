"""What a layer found in its base when it was written, and what has moved beneath it since."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from daihou.rulebook.fingerprint import digest
from daihou.rulebook.layering.layer import Known
from daihou.rulebook.model import LayerEntry, Moved, Rulebook, Touch

_LETTERS = 12  # of a mark: enough to tell two states of one thing


def marks(base: Rulebook, entries: Iterable[LayerEntry]) -> dict[str, str]:
    """A mark of the meaning of each thing of the base that a layer touches, by entry."""
    return {entry.key: _mark(base, entry) for entry in entries if entry.touch is not Touch.ADDED}


def moved(base: Rulebook, known: Known, entries: tuple[LayerEntry, ...]) -> Moved | None:
    """Whether the base is another one than the layer was written for, and which entries touch what changed; None where it is the same or the layer does not say."""
    if known.fingerprint:
        same = base.fingerprint.startswith(known.fingerprint)
    else:
        same = known.version in {"", base.version}
    if same:
        return None
    if known.marks is None:
        return Moved(known.version, known.fingerprint, None)
    now = marks(base, entries)
    changed = tuple(
        entry for entry in entries if known.marks.get(entry.key, now.get(entry.key)) != now.get(entry.key)
    )
    return Moved(known.version, known.fingerprint, changed)


def _mark(base: Rulebook, entry: LayerEntry) -> str:
    return digest(_beneath(base, entry), meaning=True)[:_LETTERS]


def _beneath(base: Rulebook, entry: LayerEntry) -> object:
    table, _, fact = entry.key.partition(".")
    held: Mapping[str, object] = {
        "rule": base.rule(entry.key),
        "figure": base.figures.get(entry.key),
        "lookup": base.lookups.get(entry.key),
        "fact": base.facts.get((table, fact)),
        "measure": base.measures.get(entry.key),
        "case": tuple(case for case in base.cases if case.name == entry.key),
    }
    return held[entry.what]
