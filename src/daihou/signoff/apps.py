"""The room as Django knows it."""

from django.apps import AppConfig


class SignoffConfig(AppConfig):
    """Matters put before others for signature."""

    name = "daihou.signoff"
    label = "signoff"
