"""The room as a Django application."""

from django.apps import AppConfig


class ScreensConfig(AppConfig):
    """Settings of the room."""

    name = "daihou.screens"
    label = "screens"
