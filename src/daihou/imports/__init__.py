"""Files that come in: kept sealed, checked whole, taken row by row or not at all, taken back."""

__all__ = [
    "acts",
    "changes",
    "laying",
    "mapping",
    "matching",
    "models",
    "notices",
    "reads",
    "recognising",
    "refusals",
]  # modules: Django loads models only when it is ready, so nothing is lifted up here
