"""Instalment plans, interest, penalty and the allocation of payments."""

__all__: list[str] = []
