"""The room as Django knows it."""

from django.apps import AppConfig


class ImportsConfig(AppConfig):
    """Files that come in."""

    name = "daihou.imports"
    label = "imports"
