"""Mappings: YAML files that say how foreign files become rows of the declared tables."""

from daihou.book.mapping.drafting import (
    Draft,
    Layout,
    Target,
    drafted,
    guessed,
    layouts,
    numbered_by,
    targets,
)
from daihou.book.mapping.model import ForeignMap, Way
from daihou.book.mapping.reading import MapRefusedError, read_map, shipped_maps
from daihou.book.mapping.recognising import Recognised, Recogniser, Wanted

__all__ = [
    "Draft",
    "ForeignMap",
    "Layout",
    "MapRefusedError",
    "Recognised",
    "Recogniser",
    "Target",
    "Wanted",
    "Way",
    "drafted",
    "guessed",
    "layouts",
    "numbered_by",
    "read_map",
    "shipped_maps",
    "targets",
]
