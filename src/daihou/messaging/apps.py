"""The room as Django knows it."""

from django.apps import AppConfig


class MessagingConfig(AppConfig):
    """What people are told."""

    name = "daihou.messaging"
    label = "messaging"
