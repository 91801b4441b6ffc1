"""The people as a Django application."""

from django.apps import AppConfig


class PeopleConfig(AppConfig):
    """Settings of the room."""

    name = "daihou.people"
    label = "people"
    default_auto_field = "django.db.models.BigAutoField"
