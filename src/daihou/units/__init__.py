"""Money in integer fen, dates, and the working-day calendar."""

__all__: list[str] = []
