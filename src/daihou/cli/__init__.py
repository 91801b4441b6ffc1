"""The command line: the only place that reads the clock."""

__all__: list[str] = []
