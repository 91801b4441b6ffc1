"""Data only: the regimes' rules, one folder per regime."""

__all__: list[str] = []
