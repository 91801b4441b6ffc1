"""The trail as a Django application."""

from django.apps import AppConfig


class TrailConfig(AppConfig):
    """Settings of the room."""

    name = "daihou.trail"
    label = "trail"
    default_auto_field = "django.db.models.BigAutoField"
