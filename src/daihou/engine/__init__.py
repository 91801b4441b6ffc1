"""derive(): the rulebooks and the book on a day, to everybody's work."""

from daihou.engine.cases import Mismatch, case_book, compiled, judged, run_case, run_cases
from daihou.engine.derive import Results, TwoRegimesError, derive
from daihou.engine.mutation import Noticing

__all__ = [
    "Mismatch",
    "Noticing",
    "Results",
    "TwoRegimesError",
    "case_book",
    "compiled",
    "derive",
    "judged",
    "run_case",
    "run_cases",
]
