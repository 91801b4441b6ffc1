"""Daihou (贷后): reads the loan book, applies the rulebook, says what is due and why."""

__all__ = ["__version__"]

__version__ = "0.1.0"
