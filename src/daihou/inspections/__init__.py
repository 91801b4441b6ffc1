"""Inspections: what stands beside a report while it is written, what the reader should notice in it, and what follows from it."""

__all__ = [
    "beside",
    "classing",
    "findings",
    "photographs",
    "ratios",
    "remarks",
    "reports",
    "statements",
]  # modules: Django loads models only when it is ready, so nothing is lifted up here
