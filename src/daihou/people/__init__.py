"""Posts, staff, branches, accounts; who sees what and may do what."""

__all__ = [
    "accounts",
    "acts",
    "decided",
    "factors",
    "models",
    "reads",
    "rights",
    "roll",
    "tokens",
]  # modules: Django loads models only when it is ready, so nothing is lifted up here
