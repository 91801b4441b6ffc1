"""The door for programs: registers, imports, the day and duties over HTTP, by token, inside the same bounds as the screens."""

__all__ = [
    "acts",
    "models",
    "urls",
]  # modules: Django loads models only when it is ready, so nothing is lifted up here
