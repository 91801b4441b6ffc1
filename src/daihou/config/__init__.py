"""Settings, addresses, the server; the only place that reads the environment."""

__all__ = [
    "backup",
    "database",
    "installing",
    "place",
]  # modules: Django loads models only when it is ready, so nothing is lifted up here
