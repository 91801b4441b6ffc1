"""The room as a Django application."""

from django.apps import AppConfig


class ImportsConfig(AppConfig):
    """Settings of the room."""

    name = "daihou.imports"
    label = "imports"
