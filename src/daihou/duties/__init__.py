"""The day's results as they are kept: duties with their persons, how they were closed, and the runs that found them."""

__all__ = [
    "completing",
    "dossier",
    "errands",
    "filing",
    "finding",
    "handover",
    "holdings",
    "lacking",
    "leftovers",
    "models",
    "naming",
    "pools",
    "punctuality",
    "reads",
    "reported",
    "returning",
    "run_moves",
    "signing",
    "standing_in",
    "witnesses",
]  # modules: Django loads models only when it is ready, so nothing is lifted up here
