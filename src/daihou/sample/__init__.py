"""A made-up company whose registers try every rule."""

__all__: list[str] = []
