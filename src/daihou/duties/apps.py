"""The duties as a Django application."""

from django.apps import AppConfig


class DutiesConfig(AppConfig):
    """Settings of the room."""

    name = "daihou.duties"
    label = "duties"
    default_auto_field = "django.db.models.BigAutoField"
