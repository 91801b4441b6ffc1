"""The room as a Django application."""

from django.apps import AppConfig


class ApiConfig(AppConfig):
    """Settings of the room."""

    name = "daihou.api"
    label = "api"
    default_auto_field = "django.db.models.BigAutoField"
