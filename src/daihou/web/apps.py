"""The room as a Django application."""

from django.apps import AppConfig


class WebConfig(AppConfig):
    """Settings of the room."""

    name = "daihou.web"
    label = "web"
