"""What people are told: notices in the application, channels outside it, deliveries; reminders and notes that people write themselves."""

__all__ = [
    "acts",
    "models",
    "reads",
    "sender",
]  # modules: Django loads models only when it is ready, so nothing is lifted up here
