"""A layer that was never in a folder: figures of a base changed from a day on, by whoever asks what would follow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from daihou.book import Declarations
from daihou.rulebook.layering.layer import Known, LayerText
from daihou.rulebook.layering.stacking import Written, stacked
from daihou.rulebook.model import Rulebook
from daihou.rulebook.reading import Reading
from daihou.rulebook.vocabulary import Vocabulary
from daihou.rulebook.yaml_source import Block, Listing, Scalar, Tree
from daihou.terms import Source


@dataclass(frozen=True)
class FigureStep:
    """One dated value of a figure.

    ``value``: a constant as rulebooks write it, with its unit (``7天``, ``10万元``), or ``待定``; for a figure table a mapping of the keys that differ.
    ``since``: first day; None: from ever on. ``citation``: what it rests on; None: the company's own (来源: 自定).
    """

    since: date | None
    value: str | Mapping[str, str]
    citation: str | None = None


def with_figures(
    base: Written,
    changes: Mapping[str, Sequence[FigureStep]],
    *,
    name: str,
    version: str,
    declared: Declarations | None = None,
) -> Rulebook:
    """The book that ``base`` becomes with other values of some of its figures: the same, to the fingerprint, as a layer's folder that says so.

    Pure: no file is read or written, ``base`` stays as it is. ``changes``: word or identifier of a figure or figure table of the base -> its
    new steps, days ascending; ``name`` and ``version`` (three numbers) are what the layer is called in ``Rulebook.layers``.
    ``declared``: as given to ``read_written``. Raises RulebookRefused as for a folder; the file of a mistake is ``name``, its line counts
    the steps given, from 1.
    """
    reading = Reading(Vocabulary.of(declared))
    top = Source(name, 1)
    entries: dict[str, Tree] = {}
    places: dict[str, Source] = {}
    line = 1
    for figure, steps in changes.items():
        places[figure] = Source(name, line)
        items = []
        for step in steps:
            items.append(_step(step, Source(name, line)))
            line += 1
        entries[figure] = _block({"值": Listing(tuple(items), places[figure])}, places[figure])
    subject = _block({"数值": Block(entries, places, top)}, top)
    words = reading.reader.block(subject, top, name, frozenset({"数值"}))
    layer = LayerText(name, base.book.id, top, name, version, Known(), (words,), ())
    return stacked(base, layer, reading).book


def _step(step: FigureStep, place: Source) -> Block:
    entries: dict[str, Tree] = {} if step.since is None else {"自": Scalar(step.since.isoformat(), place)}
    if isinstance(step.value, str):
        entries["值"] = Scalar(step.value, place)
    else:
        entries["值"] = _block({key: Scalar(one, place) for key, one in step.value.items()}, place)
    if step.citation is None:
        entries["来源"] = Scalar("自定", place)
    else:
        entries["依据"] = Scalar(step.citation, place)
    return _block(entries, place)


def _block(entries: Mapping[str, Tree], place: Source) -> Block:
    return Block(entries, dict.fromkeys(entries, place), place)
