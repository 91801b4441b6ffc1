"""Matters put before others for signature: chains, decisions with opinions, delegation. Knows no subject: rooms above read a matter's state."""

__all__ = [
    "acts",
    "chains",
    "limiting",
    "limits",
    "models",
    "reads",
    "words",
]  # modules: Django loads models only when it is ready, so nothing is lifted up here
