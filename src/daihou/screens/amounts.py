"""A field for an amount of money."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from daihou.units import MoneyError, read_fen


class YuanField(forms.CharField):
    """Yuan as typed, such as 5000000 or 500万元; what comes of it is fen, None where nothing was typed."""

    def __init__(self, **said: Any) -> None:
        super().__init__(widget=forms.TextInput(attrs={"inputmode": "decimal"}), **said)

    def clean(self, value: Any) -> Any:
        """The amount in fen. ValidationError where its meaning is not certain."""
        typed = super().clean(value)
        if not typed:
            return None
        try:
            return read_fen(typed)
        except MoneyError:
            raise forms.ValidationError(gettext_lazy("金额上限要写成数字，例如 500000。")) from None
