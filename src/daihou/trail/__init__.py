"""What was done, by whom, when: append-only, chained, keyed. The one seam between the stored rooms."""

__all__ = [
    "acts",
    "models",
    "reads",
]  # modules: Django loads models only when it is ready, so nothing is lifted up here
