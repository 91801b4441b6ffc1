"""The room as Django knows it."""

from django.apps import AppConfig


class PolicyConfig(AppConfig):
    """Adopted rulebooks and the company's own figures."""

    name = "daihou.policy"
    label = "policy"
