"""Warnings and what is done about them: verified, answered by measures, closed by signature; raised by the day's run or by hand."""

__all__ = [
    "acts",
    "closing",
    "forms",
    "mitigating",
    "noticing",
    "reads",
    "refusals",
    "suggested",
    "telling",
    "watching",
]  # modules: Django loads models only when it is ready, so nothing is lifted up here
