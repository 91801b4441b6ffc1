"""The registers as a Django application."""

from django.apps import AppConfig


class RegistersConfig(AppConfig):
    """Settings of the room."""

    name = "daihou.registers"
    label = "registers"
    default_auto_field = "django.db.models.BigAutoField"
