"""The company's own figures: a figure of an adopted rulebook changed from a day on, by sign-off, layered on the book."""

__all__ = [
    "acts",
    "books",
    "checking",
    "faults",
    "laying",
    "models",
    "modules",
    "previews",
    "reads",
    "rules",
    "sources",
]  # modules: Django loads models only when it is ready, so nothing is lifted up here
