"""derive(): the rulebooks and the book on a day, to everybody's work."""

from daihou.engine.cases import Mismatch, case_book, run_case, run_cases
from daihou.engine.derive import Results, TwoRegimesError, derive

__all__ = ["Mismatch", "Results", "TwoRegimesError", "case_book", "derive", "run_case", "run_cases"]
