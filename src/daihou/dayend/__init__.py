"""The day: the book out of the database, derive, the results back, recorded and repeatable."""

__all__ = [
    "about",
    "acts",
    "asking",
    "beside",
    "foreseeing",
    "grading",
    "pools",
    "telling",
]  # modules: Django loads models only when it is ready, so nothing is lifted up here
