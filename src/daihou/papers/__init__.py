"""Forms as data, filled and handed in; attachments by digest; what shows later who did what."""

__all__ = [
    "acts",
    "agreeing",
    "amending",
    "filling",
    "kept_forms",
    "kinds",
    "models",
    "numbers",
    "owed",
    "photos",
    "places",
    "printing",
    "reading",
    "reads",
    "signatures",
    "signed",
    "word_templates",
]  # modules: Django loads models only when it is ready, so nothing is lifted up here
