"""The shell, and every page that shows several rooms: desks, registers, duties, days, the trail."""

__all__ = [
    "desk",
    "inspections",
    "papers",
    "prints",
    "urls",
]  # modules: Django loads models only when it is ready, so nothing is lifted up here; the command line tells what pages tell
