"""Declared tables and columns; reading registers from files; checking their rows."""

__all__: list[str] = []
