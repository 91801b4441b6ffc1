"""Mappings: YAML files that say how foreign files become rows of the declared tables."""

from daihou.book.mapping.model import ForeignMap
from daihou.book.mapping.reading import MapRefusedError, read_map, shipped_maps

__all__ = ["ForeignMap", "MapRefusedError", "read_map", "shipped_maps"]
