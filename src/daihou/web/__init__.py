"""The shell, and every page that shows several rooms: desks, registers, duties, days, the trail."""

__all__ = ["urls"]  # modules: Django loads models only when it is ready, so nothing is lifted up here
