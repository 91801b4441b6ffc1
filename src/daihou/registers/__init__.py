"""How a declared table of the book is kept: one stored table each, corrections as new rows, personal numbers sealed."""

__all__ = [
    "calendar",
    "finding",
    "held",
    "indexing",
    "kept",
    "lines",
    "models",
    "part",
    "rows",
    "sealing",
    "shelf",
]  # modules: Django loads models only when it is ready, so nothing is lifted up here
