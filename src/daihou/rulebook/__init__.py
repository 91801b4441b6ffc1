"""The rule language: reading, checking, dated values, citations, fingerprints."""

__all__: list[str] = []
