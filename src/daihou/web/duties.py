"""Which duties a viewer may see, as pages ask for it; the bound itself is of the room of duties."""

from daihou.duties.reads import mine, named, seen

__all__ = ["mine", "named", "seen"]
