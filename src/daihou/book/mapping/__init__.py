"""Mappings: YAML files that say how foreign files become rows of the declared tables."""

from daihou.book.mapping.model import ForeignMap, Way
from daihou.book.mapping.reading import MapRefusedError, read_map, shipped_maps
from daihou.book.mapping.recognising import Recognised, Recogniser, Wanted

__all__ = [
    "ForeignMap",
    "MapRefusedError",
    "Recognised",
    "Recogniser",
    "Wanted",
    "Way",
    "read_map",
    "shipped_maps",
]
