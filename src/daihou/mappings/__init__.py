"""Data only: mappings of four real books, examples to copy."""

__all__: list[str] = []
