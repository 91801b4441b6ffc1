"""The room as Django knows it."""

from django.apps import AppConfig


class PapersConfig(AppConfig):
    """Forms and attachments."""

    name = "daihou.papers"
    label = "papers"
