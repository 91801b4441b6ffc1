"""Posts, staff, branches, accounts; who sees what and may do what."""

__all__ = [
    "acts",
    "models",
    "reads",
    "rights",
]  # modules: Django loads models only when it is ready, so nothing is lifted up here
